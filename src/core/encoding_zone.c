/*-------------------------------------------------------------------------
 *
 * encoding_zone.c
 *	  Zone maps: nulls, range and exact sum of a chunk or a column.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/encoding_internal.h"

void
tick_zone_map_init(TickZoneMap *map)
{
	memset(map, 0, sizeof(*map));
}

/*
 * The exact sum.  With the sign bit flipped values are 2^63 larger and not
 * negative; their halves add up in 64 bits (65536 times 2^32), several values
 * at a time.
 */
static tick_int128
sum_of(const int64_t *values, uint32_t count)
{
	uint64_t	low = 0;
	uint64_t	high = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		uint64_t	raised = (uint64_t) values[i] ^ UINT64_C(1) << 63;

		low += raised & UINT32_MAX;
		high += raised >> 32;
	}
	return (tick_int128) low + ((tick_int128) high << 32) - ((tick_int128) count << 63);
}

/* Range, and sum where the type has one, of at least one value. */
void
tick_zone_map_integers(TickZoneMap *map, TickType type, uint8_t scale, const TickStreamPlan *plan,
					   const int64_t *values, uint32_t count)
{
	map->has_range = true;
	map->min_i64 = plan->least;
	map->max_i64 = plan->greatest;
	if (map->has_sum)
		tick_sum_add_units(&map->sum, sum_of(values, count), type == TICK_DECIMAL ? scale : 0);
}

/*
 * Range and number of NaNs of at least one value.  A comparison with NaN is
 * false, so that NaN never becomes an extreme.  Four lanes, because each
 * comparison waits for the one before in its lane.
 */
void
tick_zone_map_doubles(TickZoneMap *map, const double *values, uint32_t count)
{
	double		least[4] = {INFINITY, INFINITY, INFINITY, INFINITY};
	double		greatest[4] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
	uint64_t	nans = 0;
	uint32_t	i = 0;

	for (; i + 4 <= count; i += 4)
	{
		for (int lane = 0; lane < 4; lane++)
		{
			double		value = values[i + lane];

			least[lane] = value < least[lane] ? value : least[lane];
			greatest[lane] = value > greatest[lane] ? value : greatest[lane];
			nans += value != value;
		}
	}
	for (; i < count; i++)
	{
		least[0] = values[i] < least[0] ? values[i] : least[0];
		greatest[0] = values[i] > greatest[0] ? values[i] : greatest[0];
		nans += values[i] != values[i];
	}
	for (int lane = 1; lane < 4; lane++)
	{
		least[0] = least[lane] < least[0] ? least[lane] : least[0];
		greatest[0] = greatest[lane] > greatest[0] ? greatest[lane] : greatest[0];
	}
	map->nans = nans;
	if (nans == count)
		return;
	map->has_range = true;
	/* adding 0.0 makes -0.0 a 0.0 */
	map->min_f64 = least[0] + 0.0;
	map->max_f64 = greatest[0] + 0.0;
}

static uint8_t
cut_text(char *out, TickString text)
{
	uint8_t		length = text.length < TICK_ZONE_TEXT ? (uint8_t) text.length : TICK_ZONE_TEXT;

	if (length > 0)
		memcpy(out, text.data, length);
	return length;
}

void
tick_zone_map_text(TickZoneMap *map, TickString least, TickString greatest)
{
	map->has_range = true;
	map->min_text_length = cut_text(map->min_text, least);
	map->max_text_length = cut_text(map->max_text, greatest);
	map->text_max_cut = greatest.length > TICK_ZONE_TEXT;
}

/*
 * Widen the range of text.  Cut texts have the full TICK_ZONE_TEXT bytes,
 * so that none is a proper prefix of another bound and bounds compare as the
 * texts behind them do.
 */
static void
merge_text_range(TickZoneMap *map, const TickZoneMap *other)
{
	TickString	mine = {map->min_text, map->min_text_length};
	TickString	theirs = {other->min_text, other->min_text_length};
	int			order;

	if (tick_string_compare(theirs, mine) < 0)
	{
		memcpy(map->min_text, other->min_text, TICK_ZONE_TEXT);
		map->min_text_length = other->min_text_length;
	}
	mine = (TickString) {map->max_text, map->max_text_length};
	theirs = (TickString) {other->max_text, other->max_text_length};
	order = tick_string_compare(theirs, mine);
	if (order > 0)
	{
		memcpy(map->max_text, other->max_text, TICK_ZONE_TEXT);
		map->max_text_length = other->max_text_length;
		map->text_max_cut = other->text_max_cut;
	}
	else if (order == 0)
		map->text_max_cut |= other->text_max_cut;
}

static void
merge_range(TickZoneMap *map, TickType type, const TickZoneMap *other)
{
	switch (type)
	{
		case TICK_DOUBLE:
			map->min_f64 = other->min_f64 < map->min_f64 ? other->min_f64 : map->min_f64;
			map->max_f64 = other->max_f64 > map->max_f64 ? other->max_f64 : map->max_f64;
			break;
		case TICK_TEXT:
			merge_text_range(map, other);
			break;
		default:
			map->min_i64 = other->min_i64 < map->min_i64 ? other->min_i64 : map->min_i64;
			map->max_i64 = other->max_i64 > map->max_i64 ? other->max_i64 : map->max_i64;
	}
}

static void
copy_range(TickZoneMap *map, const TickZoneMap *other)
{
	map->has_range = true;
	map->text_max_cut = other->text_max_cut;
	map->min_i64 = other->min_i64;
	map->max_i64 = other->max_i64;
	map->min_f64 = other->min_f64;
	map->max_f64 = other->max_f64;
	map->min_text_length = other->min_text_length;
	map->max_text_length = other->max_text_length;
	memcpy(map->min_text, other->min_text, TICK_ZONE_TEXT);
	memcpy(map->max_text, other->max_text, TICK_ZONE_TEXT);
}

/* A map of no rows takes over the other; a sum is known when both are. */
void
tick_zone_map_merge(TickZoneMap *map, TickType type, const TickZoneMap *other)
{
	if (other->rows == 0)
		return;
	if (map->rows == 0)
	{
		*map = *other;
		return;
	}
	map->rows += other->rows;
	map->nulls += other->nulls;
	map->nans += other->nans;
	if (other->has_range && map->has_range)
		merge_range(map, type, other);
	else if (other->has_range)
		copy_range(map, other);
	if (map->has_sum && other->has_sum)
		tick_sum_add(&map->sum, &other->sum);
	map->has_sum = map->has_sum && other->has_sum && !map->sum.overflow;
	if (!map->has_sum)
		tick_sum_init(&map->sum);
}
