/*-------------------------------------------------------------------------
 *
 * dataset_time.c
 *	  How a dataset's stored times map to days and partitions, and back.
 *
 * A stored time is ns since 1970 (TICK_STAMP; UTC when the column is
 * timestamptz) or a day (TICK_DATE).  A day begins day_start after local
 * midnight.  A partition by day, month or year is numbered by its first day
 * since 1970, so that numbers order like time and survive a change of label.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "core/value.h"
#include "dataset.h"

PG_FUNCTION_INFO_V1(tick_partition_label);

/* Days that int64 ns can hold lie within +-106752 of 1970; those it holds whole, within +-106751. */
#define DAY_LIMIT 200000
#define WHOLE_DAY_LIMIT 106751

/* value limited to what int64 holds */
static int64
clamp_ns(int128 value)
{
	if (value < PG_INT64_MIN)
		return PG_INT64_MIN;
	if (value > PG_INT64_MAX)
		return PG_INT64_MAX;
	return (int64) value;
}

static bool
time_is_date(const TickDataset *dataset)
{
	return dataset->schema.column[dataset->schema.time].type == TICK_DATE;
}

int64
TickDatasetDay(const TickDataset *dataset, int64 stamp, int *zone_hint)
{
	int64		local;

	if (time_is_date(dataset))
		return stamp;
	local = dataset->zone != NULL ? tick_zone_to_local(dataset->zone, stamp, zone_hint) : stamp;
	return tick_floor_div(clamp_ns((int128) local - dataset->day_start), TICK_NS_PER_DAY);
}

/* First day of the month or year that day lies in. */
static int64
partition_of_day(TickGrain grain, int64 day)
{
	int			year,
				month,
				dayofmonth;
	int64		first = day;

	if (grain == TICK_GRAIN_DAY)
		return day;
	tick_day_to_date(day, &year, &month, &dayofmonth);
	(void) tick_date_to_day(year, grain == TICK_GRAIN_MONTH ? month : 1, 1, &first);
	return first;
}

/* Last day of a partition. */
static int64
partition_last_day(TickGrain grain, int64 first_day)
{
	int			year,
				month,
				dayofmonth;
	int64		next = first_day + 1;

	if (grain == TICK_GRAIN_DAY)
		return first_day;
	tick_day_to_date(first_day, &year, &month, &dayofmonth);
	if (grain == TICK_GRAIN_MONTH && month < 12)
		(void) tick_date_to_day(year, month + 1, 1, &next);
	else
		(void) tick_date_to_day(year + 1, 1, 1, &next);
	return next - 1;
}

bool
TickDatasetHoldsTime(const TickDataset *dataset, int64 time)
{
	return !time_is_date(dataset) || (time >= -WHOLE_DAY_LIMIT && time <= WHOLE_DAY_LIMIT);
}

int32
TickDatasetPartition(const TickDataset *dataset, int64 value, int *zone_hint)
{
	switch (dataset->grain)
	{
		case TICK_GRAIN_DAY:
		case TICK_GRAIN_MONTH:
		case TICK_GRAIN_YEAR:
			return (int32) partition_of_day(dataset->grain, TickDatasetDay(dataset, value, zone_hint));
		case TICK_GRAIN_INTEGER:
			if (value < PG_INT32_MIN || value > PG_INT32_MAX)
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("value %lld is out of range for the partition column of dataset \"%s\"",
								(long long) value, dataset->name)));
			return (int32) value;
		case TICK_GRAIN_NONE:
			break;
	}
	return 0;
}

/* The moment when local clocks reach a time: where they leap over it, that of the leap. */
static int64
moment_of_local(const TickZone *zone, int64 local)
{
	int			hint = 0;
	int64		moment = tick_zone_to_utc(zone, local, &hint);

	if (tick_zone_to_local(zone, moment, &hint) == local)
		return moment;
	return zone->transition[hint].at;
}

void
TickDatasetDayRange(const TickDataset *dataset, int64 from_day, int64 to_day, int64 *low, int64 *high)
{
	if (time_is_date(dataset))
	{
		*low = from_day;
		*high = to_day;
		return;
	}
	from_day = Max(from_day, -DAY_LIMIT);
	to_day = Min(to_day, DAY_LIMIT);
	*low = clamp_ns((int128) from_day * TICK_NS_PER_DAY + dataset->day_start);
	*high = clamp_ns((int128) (to_day + 1) * TICK_NS_PER_DAY + dataset->day_start - 1);
	if (dataset->zone == NULL)
		return;
	/* one ns before the next day begins, not the last ns of this one: clocks may go back at midnight */
	if (*low > PG_INT64_MIN)
		*low = moment_of_local(dataset->zone, *low);
	if (*high < PG_INT64_MAX)
		*high = moment_of_local(dataset->zone, *high + 1) - 1;
}

void
TickDatasetPartitionRange(const TickDataset *dataset, int32 partition, int64 *low, int64 *high)
{
	TickDatasetDayRange(dataset, partition, partition_last_day(dataset->grain, partition), low, high);
}

void
TickDatasetPartitions(const TickDataset *dataset, int64 time_low, int64 time_high,
					  int32 *partition_low, int32 *partition_high)
{
	int			hint = 0;

	*partition_low = PG_INT32_MIN;
	*partition_high = PG_INT32_MAX;
	if (dataset->grain == TICK_GRAIN_INTEGER || dataset->grain == TICK_GRAIN_NONE)
		return;
	if (time_is_date(dataset))
	{
		/* infinite dates lie a day beyond those that are stored, not at the other end of int32 */
		time_low = Min(Max(time_low, -WHOLE_DAY_LIMIT - 1), WHOLE_DAY_LIMIT + 1);
		time_high = Max(Min(time_high, WHOLE_DAY_LIMIT + 1), -WHOLE_DAY_LIMIT - 1);
	}
	if (time_low > PG_INT64_MIN)
		*partition_low = TickDatasetPartition(dataset, time_low, &hint);
	if (time_high < PG_INT64_MAX)
		*partition_high = TickDatasetPartition(dataset, time_high, &hint);
}

const char *
TickGrainName(TickGrain grain)
{
	static const char *const names[] = {"day", "month", "year", "integer", "none"};

	return names[grain];
}

char *
TickPartitionLabel(TickGrain grain, int32 partition)
{
	int			year,
				month,
				dayofmonth;

	if (grain == TICK_GRAIN_INTEGER)
		return psprintf("%d", partition);
	if (grain == TICK_GRAIN_NONE)
		return pstrdup("all");
	tick_day_to_date(partition, &year, &month, &dayofmonth);
	if (grain == TICK_GRAIN_DAY)
		return psprintf("%04d-%02d-%02d", year, month, dayofmonth);
	if (grain == TICK_GRAIN_MONTH)
		return psprintf("%04d-%02d", year, month);
	return psprintf("%04d", year);
}

/* tick.partition_label(grain, partition) */
Datum
tick_partition_label(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int			grain;

	for (grain = TICK_GRAIN_DAY; grain < TICK_GRAIN_NONE; grain++)
		if (strcmp(name, TickGrainName(grain)) == 0)
			break;
	PG_RETURN_TEXT_P(cstring_to_text(TickPartitionLabel(grain, PG_GETARG_INT32(1))));
}
