/*-------------------------------------------------------------------------
 *
 * qual_build.c
 *	  Filters out of analysed conditions and the values of their constants.
 *
 * Stored columns of fixed types are int64, and finer than what SQL sees:
 * a timestamp stands for a thousand nanoseconds, a date for a day of them,
 * and a numeric constant may lie between two stored decimals.  So a constant
 * becomes the interval first .. last of stored values that equal it, in 128
 * bits and empty (last = first - 1) when none does.  Then, for every stored
 * x: x < c is x < first, x <= c is x <= last, and so on; infinite constants
 * are intervals beyond int64.
 *
 * Days of a zone are the one case where "before c" may be no single range
 * of stored times: where clocks went back over midnight.  Then the condition
 * becomes an OR of ranges.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/executor.h"
#include "lib/qunique.h"
#include "pgtime.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "convert.h"
#include "core/value.h"
#include "qual.h"
#include "timezone.h"

#define BEYOND TICK_BEYOND

/* The stored values that a constant equals. */
typedef TickInterval Interval128;

TickFilter *
TickFilterMake(TickFilterKind kind, int column, TickType type, int values)
{
	TickFilter *filter = palloc0(sizeof(TickFilter));

	filter->kind = kind;
	filter->column = column;
	filter->type = type;
	filter->values = values;
	filter->value = palloc0(Max(values, 1) * sizeof(TickFilterValue));
	return filter;
}

/* One that tests no column. */
static TickFilter *
make_filter(TickFilterKind kind)
{
	TickFilter *filter = palloc0(sizeof(TickFilter));

	filter->kind = kind;
	return filter;
}

/* AND, OR or NOT over one or two children. */
static TickFilter *
combine(TickFilterKind kind, TickFilter *first, TickFilter *second)
{
	TickFilter *filter = make_filter(kind);

	filter->child = palloc(2 * sizeof(TickFilter *));
	filter->child[filter->children++] = first;
	if (second != NULL)
		filter->child[filter->children++] = second;
	return filter;
}

static TickFilter *
negate(TickFilter *filter)
{
	return combine(TICK_FILTER_NOT, filter, NULL);
}

/* A comparison with an int64. */
static TickFilter *
compare_int(const TickColumn *column, int index, TickCompare compare, int64 value)
{
	TickFilter *filter = make_filter(TICK_FILTER_COMPARE);

	filter->column = index;
	filter->type = column->type;
	filter->compare = compare;
	filter->values = 1;
	filter->value = palloc0(sizeof(TickFilterValue));
	filter->value->i64 = value;
	return filter;
}

/* stored < bound; FALSE or TRUE for every row that is not null when the bound is no int64 */
static TickFilter *
below(const TickDataset *dataset, int index, int128 bound)
{
	const TickColumn *column = &dataset->schema.column[index];

	if (bound > PG_INT64_MAX)
		return compare_int(column, index, TICK_GE, PG_INT64_MIN);
	if (bound <= PG_INT64_MIN)
		return compare_int(column, index, TICK_LT, PG_INT64_MIN);
	return compare_int(column, index, TICK_LT, (int64) bound);
}

/* first <= stored <= last */
static TickFilter *
within(const TickDataset *dataset, int index, Interval128 interval)
{
	const TickColumn *column = &dataset->schema.column[index];

	if (interval.first > interval.last || interval.last < PG_INT64_MIN || interval.first > PG_INT64_MAX)
		return compare_int(column, index, TICK_LT, PG_INT64_MIN);
	if (interval.first == interval.last)
		return compare_int(column, index, TICK_EQ, (int64) interval.first);
	if (interval.first <= PG_INT64_MIN)
		return below(dataset, index, interval.last + 1);
	if (interval.last >= PG_INT64_MAX)
		return compare_int(column, index, TICK_GE, (int64) interval.first);
	return combine(TICK_FILTER_AND,
				   compare_int(column, index, TICK_GE, (int64) interval.first),
				   compare_int(column, index, TICK_LE, (int64) interval.last));
}

/* stored op constant */
static TickFilter *
compare_interval(const TickDataset *dataset, int index, TickCompare compare, Interval128 interval)
{
	switch (compare)
	{
		case TICK_LT:
			return below(dataset, index, interval.first);
		case TICK_LE:
			return below(dataset, index, interval.last + 1);
		case TICK_GE:
			return negate(below(dataset, index, interval.first));
		case TICK_GT:
			return negate(below(dataset, index, interval.last + 1));
		case TICK_EQ:
			return within(dataset, index, interval);
		case TICK_NE:
			break;
	}
	return negate(within(dataset, index, interval));
}

/* ---- constants to intervals ---- */

static Interval128
point(int128 value)
{
	Interval128 interval = {value, value};

	return interval;
}

static Interval128
integer_interval(Oid type, Datum value)
{
	return point(type == INT2OID ? DatumGetInt16(value) :
				 type == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value));
}

/* A microsecond stands for a thousand stored values. */
static Interval128
stamp_constant(const TickAttribute *attribute, Oid type, Datum value)
{
	int128		us = TickMomentConstant(attribute, type, value);
	Interval128 interval = {us * 1000, us * 1000 + 999};

	return us == BEYOND || us == -BEYOND ? point(us) : interval;
}

/* A date or timestamp as days since 1970; a time after midnight lies between two days. */
static Interval128
day_interval(Oid type, Datum value)
{
	Interval128 interval;
	int64		us;
	int64		day;

	if (type == DATEOID)
	{
		if (DATE_IS_NOBEGIN(DatumGetDateADT(value)))
			return point(-BEYOND);
		if (DATE_IS_NOEND(DatumGetDateADT(value)))
			return point(BEYOND);
		return point((int64) DatumGetDateADT(value) + TICK_EPOCH_DAYS);
	}
	us = DatumGetTimestamp(value);
	if (TIMESTAMP_IS_NOBEGIN(us))
		return point(-BEYOND);
	if (TIMESTAMP_IS_NOEND(us))
		return point(BEYOND);
	day = us / USECS_PER_DAY - (us % USECS_PER_DAY < 0);
	interval.first = interval.last = day + TICK_EPOCH_DAYS;
	if (us % USECS_PER_DAY != 0)
		interval.first++;
	return interval;
}

/* ---- days of a zone ---- */

/* Is the attribute compared by its day, while the stored values are ns? */
static bool
compares_days(const TickDataset *dataset, const TickQualNode *node)
{
	return node->as_date ||
		(node->attribute->kind == TICK_ATTRIBUTE_DATE &&
		 dataset->schema.column[node->attribute->column].type == TICK_STAMP);
}

/*
 * The zone and the beginning of the days that a node compares: the
 * dataset's for the virtual date, the session's for timestamptz::date.
 */
static const TickZone *
zone_of_days(const TickDataset *dataset, const TickQualNode *node, int64 *day_start)
{
	*day_start = 0;
	if (node->as_date)
		return node->attribute->type == TIMESTAMPTZOID ?
			TickZoneByName(pg_get_timezone_name(session_timezone)) : NULL;
	*day_start = dataset->day_start;
	return dataset->zone;
}

/*
 * Stored times before day `day`, as up to four ranges ending (exclusively)
 * at end[i] and beginning at begin[i]; ranges that meet are joined, so that
 * the usual answer is one.
 */
#define MAX_DAY_RANGES 4

static int
before_day(const TickZone *zone, int64 day_start, int128 day, int128 *begin, int128 *end)
{
	int128		midnight = day * TICK_NS_PER_DAY + day_start;
	int			ranges = 1;

	begin[0] = -BEYOND;
	end[0] = midnight;
	if (zone == NULL)
		return 1;
	end[0] = -BEYOND;
	for (int i = 0; i < zone->transitions; i++)
	{
		int128		piece_begin = i == 0 ? -BEYOND : zone->transition[i].at;
		int128		piece_end = i + 1 < zone->transitions ? zone->transition[i + 1].at : BEYOND;
		int128		local_end = midnight - (int128) zone->transition[i].offset * TICK_NS_PER_SECOND;

		if (local_end < piece_end)
			piece_end = local_end;
		if (piece_end <= piece_begin)
			continue;
		if (piece_begin == end[ranges - 1])
			end[ranges - 1] = piece_end;
		else if (ranges < MAX_DAY_RANGES)
		{
			begin[ranges] = piece_begin;
			end[ranges++] = piece_end;
		}
	}
	return ranges;
}

/* day of the stored time < day */
static TickFilter *
day_below(const TickDataset *dataset, const TickQualNode *node, int128 day)
{
	int			index = node->attribute->column;
	int64		day_start;
	const TickZone *zone = zone_of_days(dataset, node, &day_start);
	int128		begin[MAX_DAY_RANGES];
	int128		end[MAX_DAY_RANGES];
	int			ranges;
	TickFilter *filter;

	if (day >= BEYOND || day <= -BEYOND)
		return below(dataset, index, day);
	ranges = before_day(zone, day_start, day, begin, end);
	filter = below(dataset, index, end[0]);
	for (int i = 1; i < ranges; i++)
	{
		Interval128 interval = {begin[i], end[i] - 1};

		filter = combine(TICK_FILTER_OR, filter, within(dataset, index, interval));
	}
	return filter;
}

/*
 * Days first .. last as an interval of stored times; false when the zone
 * makes them more than one.
 */
static bool
day_range(const TickDataset *dataset, const TickQualNode *node, Interval128 days, Interval128 *stored)
{
	int64		day_start;
	const TickZone *zone = zone_of_days(dataset, node, &day_start);
	int128		begin[MAX_DAY_RANGES];
	int128		end[MAX_DAY_RANGES];

	*stored = days;
	if (days.first > -BEYOND && days.first < BEYOND)
	{
		if (before_day(zone, day_start, days.first, begin, end) > 1)
			return false;
		stored->first = end[0];
	}
	if (days.last > -BEYOND && days.last < BEYOND)
	{
		if (before_day(zone, day_start, days.last + 1, begin, end) > 1)
			return false;
		stored->last = end[0] - 1;
	}
	return true;
}

/* day of the stored time op constant, where no single range will do */
static TickFilter *
compare_days(const TickDataset *dataset, const TickQualNode *node, TickCompare compare, Interval128 days)
{
	TickFilter *from = negate(day_below(dataset, node, days.first));
	TickFilter *to = day_below(dataset, node, days.last + 1);

	switch (compare)
	{
		case TICK_LT:
			return negate(from);
		case TICK_LE:
			return to;
		case TICK_GE:
			return from;
		case TICK_GT:
			return negate(to);
		case TICK_EQ:
			return combine(TICK_FILTER_AND, from, to);
		case TICK_NE:
			break;
	}
	return negate(combine(TICK_FILTER_AND, from, to));
}

/* ---- one constant ---- */

/* Where false is returned, days are left as days for compare_days(). */
bool
TickQualConstant(const TickDataset *dataset, const TickQualNode *node, Datum value, Interval128 *interval)
{
	const TickAttribute *attribute = node->attribute;
	const TickColumn *column = &dataset->schema.column[attribute->column];

	if (node->function != TICK_FUNCTION_NONE)
	{
		*interval = TickQualFunctionInterval(dataset, node, value);
		return true;
	}
	if (compares_days(dataset, node))
	{
		Interval128 days = day_interval(node->type, value);

		*interval = days;
		return day_range(dataset, node, days, interval);
	}
	switch (column->type)
	{
		case TICK_BOOL:
			*interval = point(DatumGetBool(value));
			break;
		case TICK_DECIMAL:
			*interval = TickDecimalInterval(column->scale, value);
			break;
		case TICK_DATE:
			*interval = day_interval(node->type, value);
			break;
		case TICK_TIME:
			interval->first = (int128) DatumGetTimeADT(value) * 1000;
			interval->last = interval->first + 999;
			break;
		case TICK_STAMP:
			*interval = attribute->kind == TICK_ATTRIBUTE_STAMP_NS ?
				integer_interval(node->type, value) : stamp_constant(attribute, node->type, value);
			break;
		default:
			*interval = integer_interval(node->type, value);
			break;
	}
	return true;
}

/* A constant of a column that is compared as double or text. */
static TickFilterValue
direct_value(const TickColumn *column, Oid type, Datum value)
{
	TickFilterValue result = {0};

	if (column->type == TICK_DOUBLE)
		result.f64 = type == FLOAT4OID ? DatumGetFloat4(value) : DatumGetFloat8(value);
	else if (type == NUMERICOID)
	{
		result.text.data = DatumGetCString(DirectFunctionCall1(numeric_out, value));
		result.text.length = strlen(result.text.data);
	}
	else
	{
		text	   *copy = DatumGetTextPCopy(value);

		result.text.data = VARDATA(copy);
		result.text.length = VARSIZE(copy) - VARHDRSZ;
	}
	return result;
}

/* Is the column compared as it is stored, not through intervals? */
static bool
compares_directly(const TickColumn *column)
{
	return column->type == TICK_DOUBLE || column->type == TICK_TEXT;
}

/* A test of a directly compared column against values. */
static TickFilter *
direct_test(const TickQualNode *node, const TickColumn *column, TickFilterKind kind,
			TickFilterValue *values, int count)
{
	TickFilter *filter = make_filter(kind);

	filter->column = node->attribute->column;
	filter->type = column->type;
	filter->compare = node->compare;
	filter->values = count;
	filter->value = values;
	filter->decimal = column->type == TICK_TEXT && node->type == NUMERICOID;
	return filter;
}

/* Let the tests of a filter look at a part of the column. */
static void
set_part(TickFilter *filter, const TickFilterPart *part)
{
	if (filter->kind == TICK_FILTER_COMPARE || filter->kind == TICK_FILTER_IN)
		filter->part = part;
	for (int i = 0; i < filter->children; i++)
		set_part(filter->child[i], part);
}

/* Add to a comparison of a part what it implies of the stored times, by which segments are pruned. */
static TickFilter *
with_stored_range(const TickDataset *dataset, const TickQualNode *node, TickFilter *filter, Interval128 constant)
{
	Interval128 stored;

	if (!TickQualTruncateRange(node, node->compare, constant, &stored))
		return filter;
	return combine(TICK_FILTER_AND, within(dataset, node->attribute->column, stored), filter);
}

/* column op value */
static TickFilter *
build_comparison(const TickDataset *dataset, const TickQualNode *node, Datum value)
{
	const TickColumn *column = &dataset->schema.column[node->attribute->column];
	Interval128 interval;

	if (compares_directly(column))
	{
		TickFilterValue *values = palloc(sizeof(TickFilterValue));

		values[0] = direct_value(column, node->type, value);
		return direct_test(node, column, TICK_FILTER_COMPARE, values, 1);
	}
	if (TickQualConstant(dataset, node, value, &interval))
	{
		const TickFilterPart *part = TickQualPartOf(node);
		TickFilter *filter = compare_interval(dataset, node->attribute->column, node->compare, interval);

		if (part == NULL)
			return filter;
		set_part(filter, part);
		return with_stored_range(dataset, node, filter, interval);
	}
	return compare_days(dataset, node, node->compare, day_interval(node->type, value));
}

/* ---- arrays ---- */

static int
interval_order(const void *a, const void *b)
{
	const Interval128 *left = a;
	const Interval128 *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

static int
value_order(const void *a, const void *b, void *test)
{
	return tick_filter_test_compare(test, a, b);
}

/* Sort intervals and join those that meet; returns how many are left. */
static int
join_intervals(Interval128 *intervals, int count)
{
	int			kept = 0;

	qsort(intervals, count, sizeof(Interval128), interval_order);
	for (int i = 0; i < count; i++)
	{
		if (intervals[i].first > intervals[i].last)
			continue;
		if (kept > 0 && intervals[i].first <= intervals[kept - 1].last + 1)
			intervals[kept - 1].last = Max(intervals[kept - 1].last, intervals[i].last);
		else
			intervals[kept++] = intervals[i];
	}
	return kept;
}

/* stored value in any of sorted intervals; single values go into one IN */
static TickFilter *
in_intervals(const TickDataset *dataset, const TickQualNode *node, Interval128 *intervals, int count)
{
	int			index = node->attribute->column;
	TickFilter *in = make_filter(TICK_FILTER_IN);
	TickFilter *any = make_filter(TICK_FILTER_OR);

	in->column = index;
	in->type = dataset->schema.column[index].type;
	in->value = palloc0(sizeof(TickFilterValue) * (count + 1));
	any->child = palloc(sizeof(TickFilter *) * (count + 2));
	for (int i = 0; i < count; i++)
	{
		bool		single = intervals[i].first == intervals[i].last;

		if (single && intervals[i].first >= PG_INT64_MIN && intervals[i].first <= PG_INT64_MAX)
			in->value[in->values++].i64 = (int64) intervals[i].first;
		else
			any->child[any->children++] = within(dataset, index, intervals[i]);
	}
	if (in->values > 0)
		any->child[any->children++] = in;
	/* none of the constants is a possible value: FALSE, but NULL where the column is */
	if (any->children == 0)
		return below(dataset, index, -BEYOND);
	return any->children == 1 ? any->child[0] : any;
}

/* column = any of the values (at least one) */
static TickFilter *
build_in(const TickDataset *dataset, const TickQualNode *node, const Datum *values, int count)
{
	const TickColumn *column = &dataset->schema.column[node->attribute->column];
	Interval128 *intervals;
	TickFilter *filter;

	if (compares_directly(column))
	{
		TickFilterValue *direct = palloc(sizeof(TickFilterValue) * count);
		TickFilter *test = direct_test(node, column, TICK_FILTER_IN, direct, count);

		for (int i = 0; i < count; i++)
			direct[i] = direct_value(column, node->type, values[i]);
		qsort_arg(direct, count, sizeof(TickFilterValue), value_order, test);
		test->values = qunique_arg(direct, count, sizeof(TickFilterValue), value_order, test);
		return test;
	}
	intervals = palloc(sizeof(Interval128) * count);
	for (int i = 0; i < count; i++)
		if (!TickQualConstant(dataset, node, values[i], &intervals[i]))
		{
			TickFilter *any = make_filter(TICK_FILTER_OR);

			any->child = palloc(sizeof(TickFilter *) * count);
			for (i = 0; i < count; i++)
				any->child[any->children++] = compare_days(dataset, node, TICK_EQ,
														   day_interval(node->type, values[i]));
			return any;
		}
	filter = in_intervals(dataset, node, intervals, join_intervals(intervals, count));
	if (TickQualPartOf(node) != NULL)
		set_part(filter, TickQualPartOf(node));
	return filter;
}

/* column op each of the values, all or any of which must hold */
static TickFilter *
build_each(const TickDataset *dataset, const TickQualNode *node, const Datum *values, int count)
{
	TickFilter *filter = make_filter(node->all ? TICK_FILTER_AND : TICK_FILTER_OR);

	filter->child = palloc(sizeof(TickFilter *) * count);
	for (int i = 0; i < count; i++)
		filter->child[filter->children++] = build_comparison(dataset, node, values[i]);
	return filter;
}

/*
 * column op ANY or ALL (array).  Nothing is compared with an empty array;
 * a null element adds a NULL to the OR (or AND) that the others make.
 */
static TickFilter *
build_array(const TickDataset *dataset, const TickQualNode *node, Datum value)
{
	ArrayType  *array = DatumGetArrayTypePCopy(value);
	int16		length;
	bool		by_value;
	char		align;
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	int			present = 0;
	TickFilter *filter;

	get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, align, &elements, &nulls, &count);
	if (count == 0)
		return make_filter(node->all ? TICK_FILTER_TRUE : TICK_FILTER_FALSE);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			elements[present++] = elements[i];
	if (present == 0)
		return make_filter(TICK_FILTER_NULL);
	if (node->compare == TICK_EQ && !node->all)
		filter = build_in(dataset, node, elements, present);
	else if (node->compare == TICK_NE && node->all)
	{
		TickQualNode equal = *node;

		equal.compare = TICK_EQ;
		equal.all = false;
		filter = negate(build_in(dataset, &equal, elements, present));
	}
	else
		filter = build_each(dataset, node, elements, present);
	if (present < count)
		filter = combine(node->all ? TICK_FILTER_AND : TICK_FILTER_OR, filter, make_filter(TICK_FILTER_NULL));
	return filter;
}

/* ---- the tree ---- */

/* column LIKE pattern; PostgreSQL refuses a lone escape at the end, so it is refused here */
static TickFilter *
build_like(const TickDataset *dataset, const TickQualNode *node, Datum value)
{
	const TickColumn *column = &dataset->schema.column[node->attribute->column];
	TickFilterValue *pattern = palloc(sizeof(TickFilterValue));
	uint32		escapes = 0;

	*pattern = direct_value(column, TEXTOID, value);
	while (escapes < pattern->text.length && pattern->text.data[pattern->text.length - 1 - escapes] == '\\')
		escapes++;
	if (escapes % 2 == 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ESCAPE_SEQUENCE),
				 errmsg("LIKE pattern must not end with escape character")));
	return direct_test(node, column, TICK_FILTER_LIKE, pattern, 1);
}

static TickFilter *
is_null_filter(const TickDataset *dataset, const TickQualNode *node)
{
	TickFilter *filter = make_filter(TICK_FILTER_IS_NULL);

	filter->column = node->attribute->column;
	filter->type = dataset->schema.column[filter->column].type;
	return filter;
}

/* column IS DISTINCT FROM value: never null itself */
static TickFilter *
build_distinct(const TickDataset *dataset, const TickQualNode *node, Datum value, bool is_null)
{
	TickFilter *null = is_null_filter(dataset, node);

	return is_null ? negate(null) : combine(TICK_FILTER_OR, null, build_comparison(dataset, node, value));
}

/* A node that compares with the value of an expression, which may be NULL. */
static TickFilter *
build_test(const TickDataset *dataset, const TickQualNode *node, ExprContext *econtext)
{
	bool		is_null;
	Datum		value = ExecEvalExprSwitchContext(node->state, econtext, &is_null);

	if (node->distinct)
		return build_distinct(dataset, node, value, is_null);
	if (is_null)
		return make_filter(TICK_FILTER_NULL);
	switch (node->kind)
	{
		case TICK_QUAL_COMPARE:
			return build_comparison(dataset, node, value);
		case TICK_QUAL_ARRAY:
			return build_array(dataset, node, value);
		case TICK_QUAL_LIKE:
			return build_like(dataset, node, value);
		default:
			return make_filter(DatumGetBool(value) ? TICK_FILTER_TRUE : TICK_FILTER_FALSE);
	}
}

/* A node over other nodes. */
static TickFilter *
build_children(const TickDataset *dataset, const TickQualNode *node, ExprContext *econtext)
{
	TickFilter *filter = make_filter(node->kind == TICK_QUAL_AND ? TICK_FILTER_AND :
									 node->kind == TICK_QUAL_OR ? TICK_FILTER_OR : TICK_FILTER_NOT);
	ListCell   *cell;

	filter->child = palloc(sizeof(TickFilter *) * list_length(node->children));
	foreach(cell, node->children)
		filter->child[filter->children++] = TickQualBuildNode(dataset, lfirst(cell), econtext);
	return filter;
}

TickFilter *
TickQualBuildNode(const TickDataset *dataset, const TickQualNode *node, ExprContext *econtext)
{
	int			index;

	switch (node->kind)
	{
		case TICK_QUAL_AND:
		case TICK_QUAL_OR:
		case TICK_QUAL_NOT:
			return build_children(dataset, node, econtext);
		case TICK_QUAL_IS_NULL:
			return is_null_filter(dataset, node);
		case TICK_QUAL_BOOLEAN:
			index = node->attribute->column;
			return compare_int(&dataset->schema.column[index], index, TICK_EQ, 1);
		case TICK_QUAL_COMPARE:
		case TICK_QUAL_ARRAY:
		case TICK_QUAL_LIKE:
		case TICK_QUAL_CONSTANT:
			break;
	}
	return build_test(dataset, node, econtext);
}
