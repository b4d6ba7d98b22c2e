/*-------------------------------------------------------------------------
 *
 * filter_part.c
 *	  Parts of times, for conditions on the time of day, the weekday, ...
 *
 * All parts are made from the local time, which is the stored time itself or
 * what a zone makes of it.  Truncation below the day keeps the offset that
 * the time has, and from the day on reads the local result anew, which is
 * what date_trunc() does where clocks change.
 *
 * A zone map's times tell something of a part when they lie in one local
 * day without a change of clocks between: the time of day then ascends with
 * the time.
 *
 *-------------------------------------------------------------------------
 */
#include "core/filter.h"

#include "core/value.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_SECOND)
#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MINUTE (60 * NS_PER_SECOND)
#define NS_PER_HOUR (60 * NS_PER_MINUTE)
#define NS_PER_DAY (24 * NS_PER_HOUR)

static inline int64_t
floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static inline int64_t
floor_modulo(int64_t a, int64_t b)
{
	int64_t		rest = a % b;

	return rest < 0 ? rest + b : rest;
}

static int
day_of_year(int64_t day)
{
	int			year,
				month,
				dayofmonth;
	int64_t		first;

	tick_day_to_date(day, &year, &month, &dayofmonth);
	return tick_date_to_day(year, 1, 1, &first) ? (int) (day - first) + 1 : 0;
}

/* A part of a local day (since 1970). */
static int64_t
part_of_day(TickPartKind kind, int64_t day)
{
	int			year,
				month,
				dayofmonth;

	switch (kind)
	{
		case TICK_PART_DAY_OF_WEEK:
			return floor_modulo(day + 4, 7);
		case TICK_PART_ISO_DAY_OF_WEEK:
			return floor_modulo(day + 3, 7) + 1;
		case TICK_PART_DAY_OF_YEAR:
			return day_of_year(day);
		default:
			break;
	}
	tick_day_to_date(day, &year, &month, &dayofmonth);
	switch (kind)
	{
		case TICK_PART_DAY:
			return dayofmonth;
		case TICK_PART_MONTH:
			return month;
		case TICK_PART_QUARTER:
			return (month - 1) / 3 + 1;
		default:
			return year;
	}
}

int64_t
tick_part_first_day(TickPartKind kind, int64_t day)
{
	int			year,
				month,
				dayofmonth;
	int64_t		first = day;

	if (kind == TICK_PART_TRUNCATE_DAY)
		return day;
	if (kind == TICK_PART_TRUNCATE_WEEK)
		return day - floor_modulo(day + 3, 7);
	tick_day_to_date(day, &year, &month, &dayofmonth);
	if (kind == TICK_PART_TRUNCATE_QUARTER)
		month = (month - 1) / 3 * 3 + 1;
	else if (kind == TICK_PART_TRUNCATE_YEAR)
		month = 1;
	tick_date_to_day(year, month, 1, &first);
	return first;
}

/* When a local day begins, in us; before ns count, zones have their first offset. */
static int64_t
midnight(const TickZone *zone, int64_t day, int *hint)
{
	int64_t		local;

	if (zone == NULL)
		return day * US_PER_DAY;
	if (__builtin_mul_overflow(day, NS_PER_DAY, &local))
		return day * US_PER_DAY - zone->transition[0].offset * US_PER_SECOND;
	return floor_divide(tick_zone_to_utc(zone, local, hint), 1000);
}

/* The same part of every day for many stamps: days mostly repeat. */
static void
parts_of_days(const TickFilterPart *part, const int64_t *stamp, uint32_t rows, int64_t *out)
{
	bool		truncates = part->kind >= TICK_PART_TRUNCATE_DAY;
	int			local_hint = 0;
	int			utc_hint = 0;
	int64_t		last_day = INT64_MIN;
	int64_t		result = 0;

	for (uint32_t i = 0; i < rows; i++)
	{
		int64_t		local = part->zone != NULL ? tick_zone_to_local(part->zone, stamp[i], &local_hint) : stamp[i];
		int64_t		day = floor_divide(local, NS_PER_DAY);

		if (day != last_day)
		{
			last_day = day;
			if (truncates)
				result = midnight(part->zone, tick_part_first_day(part->kind, day), &utc_hint);
			else
				result = part_of_day(part->kind, day);
		}
		out[i] = result;
	}
}

void
tick_filter_part(const TickFilterPart *part, const int64_t *stamp, uint32_t rows, int64_t *out)
{
	const int64_t *local = stamp;
	int			hint = 0;

	if (part->kind > TICK_PART_SECOND && part->kind != TICK_PART_TRUNCATE)
	{
		parts_of_days(part, stamp, rows, out);
		return;
	}
	if (part->zone != NULL)
	{
		for (uint32_t i = 0; i < rows; i++)
			out[i] = tick_zone_to_local(part->zone, stamp[i], &hint);
		local = out;
	}
	switch (part->kind)
	{
		case TICK_PART_TIME:
			for (uint32_t i = 0; i < rows; i++)
				out[i] = floor_modulo(local[i], NS_PER_DAY);
			break;
		case TICK_PART_HOUR:
			for (uint32_t i = 0; i < rows; i++)
				out[i] = floor_modulo(local[i], NS_PER_DAY) / NS_PER_HOUR;
			break;
		case TICK_PART_MINUTE:
			for (uint32_t i = 0; i < rows; i++)
				out[i] = floor_modulo(local[i], NS_PER_HOUR) / NS_PER_MINUTE;
			break;
		case TICK_PART_SECOND:
			for (uint32_t i = 0; i < rows; i++)
				out[i] = floor_modulo(local[i], NS_PER_MINUTE);
			break;
		default:
			for (uint32_t i = 0; i < rows; i++)
				out[i] = floor_divide(stamp[i] - floor_modulo(local[i], part->unit), 1000);
			break;
	}
}

/* Do low and high lie in one local unit (a day or less) and one interval of the zone? */
static bool
same_unit(const TickFilterPart *part, int64_t low, int64_t high, int64_t unit)
{
	int			low_hint = 0;
	int			high_hint = 0;

	if (part->zone != NULL)
	{
		low = tick_zone_to_local(part->zone, low, &low_hint);
		high = tick_zone_to_local(part->zone, high, &high_hint);
	}
	return low_hint == high_hint && low <= high && floor_divide(low, unit) == floor_divide(high, unit);
}

bool
tick_filter_part_range(const TickFilterPart *part, int64_t low, int64_t high,
					   int64_t *part_low, int64_t *part_high)
{
	int64_t		unit = part->kind == TICK_PART_MINUTE ? NS_PER_HOUR :
		part->kind == TICK_PART_SECOND ? NS_PER_MINUTE : NS_PER_DAY;

	if (!same_unit(part, low, high, unit))
		return false;
	tick_filter_part(part, &low, 1, part_low);
	tick_filter_part(part, &high, 1, part_high);
	return true;
}
