/*-------------------------------------------------------------------------
 *
 * filter_zone.c
 *	  What a filter says of rows that nobody has looked at.
 *
 * Every function follows the tree with NOT pushed down, as filter.c does,
 * and errs to one side only: "may match" and a wide range cost time, the
 * opposite would lose rows.
 *
 *-------------------------------------------------------------------------
 */
#include "core/filter.h"

#include <math.h>
#include <string.h>

/*
 * ZoneRange: bounds of the values of a zone that are present, in the shape
 * of filter values.  exact says that all of them are equal to low.
 */
typedef struct ZoneRange
{
	bool		known;			/* low and high are set */
	bool		exact;
	bool		cut;			/* text: high is a prefix, anything may follow */
	TickFilterValue low;
	TickFilterValue high;
} ZoneRange;

/* Bounds of what a test looks at in a zone's times. */
static ZoneRange
part_range(const TickZoneMap *map, const TickFilterPart *part)
{
	ZoneRange	range = {0};

	range.known = tick_filter_part_range(part, map->min_i64, map->max_i64, &range.low.i64, &range.high.i64);
	range.exact = range.known && range.low.i64 == range.high.i64;
	return range;
}

/* Bounds of the numbers of a zone; NaN is not among them. */
static ZoneRange
zone_range(const TickZoneMap *map, const TickFilter *filter)
{
	TickType	type = filter->type;
	ZoneRange	range = {.known = map->has_range};

	/* the order of bytes is not that of numbers */
	if (filter->decimal)
		range.known = false;
	if (!range.known)
		return range;
	if (filter->part != NULL)
		return part_range(map, filter->part);
	if (type == TICK_TEXT)
	{
		range.low.text = (TickString) {map->min_text, map->min_text_length};
		range.high.text = (TickString) {map->max_text, map->max_text_length};
		range.cut = map->text_max_cut;
	}
	else if (type == TICK_DOUBLE)
	{
		range.low.f64 = map->min_f64;
		range.high.f64 = map->max_f64;
	}
	else
	{
		range.low.i64 = map->min_i64;
		range.high.i64 = map->max_i64;
	}
	range.exact = !range.cut && tick_filter_value_compare(&range.low, &range.high, type) == 0;
	return range;
}

/* May a value at or above *value be in the range? */
static bool
range_reaches(const ZoneRange *range, TickType type, const TickFilterValue *value)
{
	TickString	prefix = range->high.text;

	if (tick_filter_value_compare(value, &range->high, type) <= 0)
		return true;
	return range->cut && value->text.length >= prefix.length &&
		(prefix.length == 0 || memcmp(value->text.data, prefix.data, prefix.length) == 0);
}

/* May some value of the range be in the relation to *constant? */
static bool
range_may_compare(const ZoneRange *range, TickType type, TickCompare compare, const TickFilterValue *constant)
{
	int			low = tick_filter_value_compare(&range->low, constant, type);

	switch (compare)
	{
		case TICK_LT:
			return low < 0;
		case TICK_LE:
			return low <= 0;
		case TICK_EQ:
			return low <= 0 && range_reaches(range, type, constant);
		case TICK_NE:
			return !range->exact || low != 0;
		case TICK_GE:
			return range_reaches(range, type, constant);
		case TICK_GT:
			break;
	}
	/* strictly above: a prefix that was cut may always be followed by more */
	return range_reaches(range, type, constant) &&
		(range->cut || tick_filter_value_compare(constant, &range->high, type) < 0);
}

/* The relation to a constant of a zone's NaNs, which are all alike. */
static bool
nan_compares(TickCompare compare, double constant)
{
	if (isnan(constant))
		return compare == TICK_EQ || compare == TICK_LE || compare == TICK_GE;
	return compare == TICK_GT || compare == TICK_GE || compare == TICK_NE;
}

static bool
may_compare(const TickFilter *filter, bool negate, const ZoneRange *range, bool nans, bool numbers)
{
	TickCompare compare = negate ? tick_compare_negate(filter->compare) : filter->compare;

	if (nans && nan_compares(compare, filter->value[0].f64))
		return true;
	return numbers && (!range->known || range_may_compare(range, filter->type, compare, &filter->value[0]));
}

static bool
may_be_in(const TickFilter *filter, bool negate, const ZoneRange *range, bool nans, bool numbers)
{
	TickFilterValue nan = {.f64 = NAN};
	int			first;

	if (nans && tick_filter_in(filter, &nan) != negate)
		return true;
	if (!numbers)
		return false;
	if (!range->known)
		return true;
	if (negate)
		return !range->exact || !tick_filter_in(filter, &range->low);
	/* the smallest value not below the zone's low bound decides */
	first = tick_filter_lower_bound(filter->value, filter->values, filter->type, &range->low);
	return first < filter->values && range_reaches(range, filter->type, &filter->value[first]);
}

/*
 * The bytes that every match of a pattern begins with, into prefix (of
 * TICK_ZONE_TEXT bytes: more would not be compared to anything).
 */
static uint32_t
like_prefix(TickString pattern, char *prefix)
{
	uint32_t	length = 0;

	for (uint32_t p = 0; p < pattern.length && length < TICK_ZONE_TEXT; p++)
	{
		char		c = pattern.data[p];

		if (c == '%' || c == '_')
			break;
		if (c == '\\')
		{
			if (++p >= pattern.length)
				break;
			c = pattern.data[p];
		}
		prefix[length++] = c;
	}
	return length;
}

static bool
may_be_like(const TickFilter *filter, bool negate, const ZoneRange *range)
{
	char		bytes[TICK_ZONE_TEXT];
	TickFilterValue prefix = {.text.data = bytes};
	TickString	low = range->low.text;

	if (!range->known)
		return true;
	if (range->exact)
		return tick_like_match(range->low.text, filter->value[0].text) != negate;
	if (negate)
		return true;
	prefix.text.length = like_prefix(filter->value[0].text, bytes);
	/* matches lie between the prefix and the prefix followed by anything */
	if (low.length > prefix.text.length)
		low.length = prefix.text.length;
	return tick_string_compare(low, prefix.text) <= 0 && range_reaches(range, TICK_TEXT, &prefix);
}

/* May a test (negate: its negation) be TRUE somewhere in the zone? */
static bool
test_may_match(const TickFilter *filter, bool negate, const TickZoneMap *map)
{
	uint64_t	present;
	bool		nans;
	bool		numbers;
	ZoneRange	range;

	if (map == NULL)
		return true;
	present = map->rows - (map->nulls < map->rows ? map->nulls : map->rows);
	if (filter->kind == TICK_FILTER_IS_NULL)
		return negate ? present > 0 : map->nulls > 0;
	nans = filter->type == TICK_DOUBLE && map->nans > 0 && present > 0;
	numbers = present > (nans ? map->nans : 0);
	range = zone_range(map, filter);
	if (filter->kind == TICK_FILTER_COMPARE)
		return may_compare(filter, negate, &range, nans, numbers);
	if (filter->kind == TICK_FILTER_IN)
		return may_be_in(filter, negate, &range, nans, numbers);
	return numbers && may_be_like(filter, negate, &range);
}

static bool may_match(const TickFilter *filter, bool negate, TickFilterZone zone, void *context);

/* Is every child, or (all = false) any child, possible? */
static bool
children_may_match(const TickFilter *filter, bool negate, bool all, TickFilterZone zone, void *context)
{
	for (int i = 0; i < filter->children; i++)
		if (may_match(filter->child[i], negate, zone, context) != all)
			return !all;
	return all;
}

static bool
may_match(const TickFilter *filter, bool negate, TickFilterZone zone, void *context)
{
	switch (filter->kind)
	{
		case TICK_FILTER_AND:
			return children_may_match(filter, negate, !negate, zone, context);
		case TICK_FILTER_OR:
			return children_may_match(filter, negate, negate, zone, context);
		case TICK_FILTER_NOT:
			return may_match(filter->child[0], !negate, zone, context);
		case TICK_FILTER_TRUE:
			return !negate;
		case TICK_FILTER_FALSE:
			return negate;
		case TICK_FILTER_NULL:
			return false;
		case TICK_FILTER_IN:
			if (filter->values == 0)
				return negate;
			break;
		case TICK_FILTER_COMPARE:
		case TICK_FILTER_IS_NULL:
		case TICK_FILTER_LIKE:
			break;
	}
	return test_may_match(filter, negate, zone(context, filter->column));
}

bool
tick_filter_may_match(const TickFilter *filter, TickFilterZone zone, void *context)
{
	return may_match(filter, false, zone, context);
}

/* ---- what a filter implies of one column ---- */

/* Is the filter (negate: its negation) one that is never TRUE, whatever the row? */
static bool
never_true(const TickFilter *filter, bool negate)
{
	return filter->kind == TICK_FILTER_NULL ||
		(filter->kind == TICK_FILTER_FALSE && !negate) ||
		(filter->kind == TICK_FILTER_TRUE && negate) ||
		(filter->kind == TICK_FILTER_IN && filter->values == 0 && !negate);
}

static bool text_set(const TickFilter *filter, bool negate, int column,
					 const TickFilterValue **values, int *count);

/* All children hold: any set will do, and the smallest is best. */
static bool
text_set_of_all(const TickFilter *filter, bool negate, int column,
				const TickFilterValue **values, int *count)
{
	bool		found = false;

	for (int i = 0; i < filter->children; i++)
	{
		const TickFilterValue *child_values;
		int			child_count;

		if (text_set(filter->child[i], negate, column, &child_values, &child_count) &&
			(!found || child_count < *count))
		{
			*values = child_values;
			*count = child_count;
			found = true;
		}
	}
	return found;
}

/*
 * One child holds: all must have a set, and all but one an empty one, for
 * the result must lie inside the filter.
 */
static bool
text_set_of_any(const TickFilter *filter, bool negate, int column,
				const TickFilterValue **values, int *count)
{
	*values = NULL;
	*count = 0;
	for (int i = 0; i < filter->children; i++)
	{
		const TickFilterValue *child_values;
		int			child_count;

		if (!text_set(filter->child[i], negate, column, &child_values, &child_count))
			return false;
		if (child_count == 0)
			continue;
		if (*count > 0)
			return false;
		*values = child_values;
		*count = child_count;
	}
	return true;
}

static bool
text_set(const TickFilter *filter, bool negate, int column,
		 const TickFilterValue **values, int *count)
{
	if (never_true(filter, negate))
	{
		*values = NULL;
		*count = 0;
		return true;
	}
	if (filter->kind == TICK_FILTER_NOT)
		return text_set(filter->child[0], !negate, column, values, count);
	if (filter->kind == TICK_FILTER_AND || filter->kind == TICK_FILTER_OR)
		return (filter->kind == TICK_FILTER_AND) != negate ?
			text_set_of_all(filter, negate, column, values, count) :
			text_set_of_any(filter, negate, column, values, count);
	if (filter->column != column || filter->type != TICK_TEXT || filter->decimal)
		return false;
	if (!(filter->kind == TICK_FILTER_IN && !negate) &&
		!(filter->kind == TICK_FILTER_COMPARE && filter->compare == (negate ? TICK_NE : TICK_EQ)))
		return false;
	*values = filter->value;
	*count = filter->values;
	return true;
}

bool
tick_filter_text_set(const TickFilter *filter, int column,
					 const TickFilterValue **values, int *count)
{
	return text_set(filter, false, column, values, count);
}

static bool narrow(const TickFilter *filter, bool negate, int column, int64_t *low, int64_t *high);

/* Cut low .. high by one comparison. */
static bool
narrow_compare(TickCompare compare, int64_t constant, int64_t *low, int64_t *high)
{
	int64_t		least = INT64_MIN;
	int64_t		most = INT64_MAX;

	switch (compare)
	{
		case TICK_LT:
			if (constant == INT64_MIN)
				return false;
			most = constant - 1;
			break;
		case TICK_LE:
			most = constant;
			break;
		case TICK_EQ:
			least = most = constant;
			break;
		case TICK_NE:
			return *low != *high || *low != constant;
		case TICK_GE:
			least = constant;
			break;
		case TICK_GT:
			if (constant == INT64_MAX)
				return false;
			least = constant + 1;
			break;
	}
	if (least > *low)
		*low = least;
	if (most < *high)
		*high = most;
	return *low <= *high;
}

/* The hull of what each child leaves of low .. high. */
static bool
narrow_any(const TickFilter *filter, bool negate, int column, int64_t *low, int64_t *high)
{
	int64_t		hull_low = INT64_MAX;
	int64_t		hull_high = INT64_MIN;
	bool		possible = false;

	for (int i = 0; i < filter->children; i++)
	{
		int64_t		child_low = *low;
		int64_t		child_high = *high;

		if (!narrow(filter->child[i], negate, column, &child_low, &child_high))
			continue;
		possible = true;
		if (child_low < hull_low)
			hull_low = child_low;
		if (child_high > hull_high)
			hull_high = child_high;
	}
	*low = hull_low;
	*high = hull_high;
	return possible;
}

static bool
narrow_all(const TickFilter *filter, bool negate, int column, int64_t *low, int64_t *high)
{
	for (int i = 0; i < filter->children; i++)
		if (!narrow(filter->child[i], negate, column, low, high))
			return false;
	return true;
}

/* Narrow low .. high to what the filter (negate: its negation) leaves; false when nothing is left. */
static bool
narrow(const TickFilter *filter, bool negate, int column, int64_t *low, int64_t *high)
{
	if (never_true(filter, negate))
		return false;
	if (filter->kind == TICK_FILTER_NOT)
		return narrow(filter->child[0], !negate, column, low, high);
	if (filter->kind == TICK_FILTER_AND || filter->kind == TICK_FILTER_OR)
		return (filter->kind == TICK_FILTER_AND) != negate ?
			narrow_all(filter, negate, column, low, high) :
			narrow_any(filter, negate, column, low, high);
	if (filter->column != column || filter->type == TICK_TEXT || filter->type == TICK_DOUBLE || filter->part != NULL)
		return true;
	if (filter->kind == TICK_FILTER_COMPARE)
		return narrow_compare(negate ? tick_compare_negate(filter->compare) : filter->compare,
							  filter->value[0].i64, low, high);
	if (filter->kind == TICK_FILTER_IN && !negate)
		return narrow_compare(TICK_GE, filter->value[0].i64, low, high) &&
			narrow_compare(TICK_LE, filter->value[filter->values - 1].i64, low, high);
	return true;
}

bool
tick_filter_range(const TickFilter *filter, int column, int64_t *low, int64_t *high)
{
	*low = INT64_MIN;
	*high = INT64_MAX;
	return narrow(filter, false, column, low, high);
}
