/*-------------------------------------------------------------------------
 *
 * bars.c
 *	  tick_bars(): bars of any width from ticks or from finer bars.
 *
 * Bars are stamped at their start, in the local time of time_zone or else of
 * the dataset.  Widths of hours and less count from local midnight of
 * 2001-01-01, which is a Monday, so that weeks begin on Mondays; widths of
 * months count calendar months.
 *
 * fill puts bars where a symbol has no trades, between its first and its
 * last bar of the same day: with the close before ("previous") or without
 * prices ("null").
 *
 * Where clocks go back, an hour of local time comes twice.  Bars of a dataset
 * with a zone are therefore held back until no later row can have the same
 * local time, and a bar that comes again is added to the first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "access.h"
#include "convert.h"
#include "core/segment_stats.h"
#include "core/value.h"
#include "moment.h"
#include "qual.h"
#include "rollup.h"
#include "tick.h"
#include "timezone.h"

PG_FUNCTION_INFO_V1(tick_bars);

#define BARS_COLUMNS 10
#define MAX_WIDTH (INT64CONST(366000) * USECS_PER_DAY)	/* all times that are stored, and then some */
#define CLOCKS_BACK (4 * USECS_PER_HOUR)

typedef enum BarsFill
{
	FILL_NONE, FILL_PREVIOUS, FILL_NULL
} BarsFill;

typedef struct Bars
{
	TickReading reading;
	const TickZone *zone;		/* of bar stamps, NULL: naive */
	int64		width;			/* us, or 0: months */
	int			months;
	int64		origin;			/* local us of 2001-01-01 */
	BarsFill	fill;
	int			by_columns;
	int			zone_hint;
	ReturnSetInfo *result;
	/* bars held back, of one symbol, by their start */
	TickRollupGroup *held;
	int			held_count;
	int			held_capacity;
	MemoryContext held_context; /* of their names and values */
	/* the bar before, for fill */
	bool		has_previous;
	TickString	previous_symbol;
	char		previous_name[TICK_MAX_SYMBOL_BYTES];
	bool		previous_null;
	int64		previous_bar;
	TickPrice	previous_close;
	bool		previous_has_price;
} Bars;

/* ns kept within int64: wide bars begin before 1677 and end after 2262 */
static int64
clamp(int128 value)
{
	return value < PG_INT64_MIN ? PG_INT64_MIN : value > PG_INT64_MAX ? PG_INT64_MAX : (int64) value;
}

/* Local start of the bar that a local time lies in, and of the next one, in us since 1970. */
static void
bar_of_local(const Bars *bars, int64 local, int64 *start, int64 *next)
{
	if (bars->width > 0)
	{
		*start = bars->origin + tick_floor_div(local - bars->origin, bars->width) * bars->width;
		*next = *start + bars->width;
	}
	else
	{
		int			year,
					month,
					day;
		int64		number;
		int64		first = 0;

		tick_day_to_date(tick_floor_div(local, USECS_PER_DAY), &year, &month, &day);
		number = tick_floor_div(((int64) year - 2001) * 12 + month - 1, bars->months) * bars->months;
		(void) tick_date_to_day((int) (2001 + tick_floor_div(number, 12)), (int) (number - tick_floor_div(number, 12) * 12) + 1, 1, &first);
		*start = first * USECS_PER_DAY;
		number += bars->months;
		(void) tick_date_to_day((int) (2001 + tick_floor_div(number, 12)), (int) (number - tick_floor_div(number, 12) * 12) + 1, 1, &first);
		*next = first * USECS_PER_DAY;
	}
}

/* TickBucketFunction: the local start of the bar. */
static bool
bar_bucket(void *context, int64 time, int64 *bucket, int64 *low, int64 *high)
{
	Bars	   *bars = context;
	int64		scale = bars->reading.dataset->schema.column[bars->reading.dataset->schema.time].type == TICK_DATE ?
		TICK_NS_PER_DAY : 1;
	int64		stamp = time * scale;
	int64		local = bars->zone != NULL ? tick_zone_to_local(bars->zone, stamp, &bars->zone_hint) : stamp;
	int64		next;

	bar_of_local(bars, tick_floor_div(local, 1000), bucket, &next);
	/* the range in stored time; it may be cut short by a change of clocks, never stretched over one */
	*low = Max(clamp((int128) stamp - local + (int128) *bucket * 1000), bars->zone != NULL ? tick_zone_to_utc(bars->zone, clamp((int128) *bucket * 1000), &bars->zone_hint) : PG_INT64_MIN);
	*high = clamp((int128) stamp + (int128) next * 1000 - 1 - local);
	if (bars->zone != NULL)
		*high = Min(*high, tick_zone_to_utc(bars->zone, clamp((int128) next * 1000), &bars->zone_hint) - 1);
	*low = Min(*low, stamp) / scale;
	*high = Max(*high, stamp) / scale;
	return true;
}

/* Put one bar out; group NULL: a filled one. */
static void
emit(Bars *bars, const TickRollupGroup *group, TickString symbol, bool null_symbol, int64 start,
	 bool has_price, TickPrice close)
{
	const TickDataset *dataset = bars->reading.dataset;
	const TickSymbolStats *stats = group != NULL ? &group->stats : NULL;
	Datum		values[BARS_COLUMNS] = {0};
	bool		nulls[BARS_COLUMNS] = {false};
	double		vwap = 0;
	int			i;

	nulls[0] = null_symbol || dataset->schema.symbol < 0;
	if (!nulls[0])
		values[0] = PointerGetDatum(cstring_to_text_with_len(symbol.data, symbol.length));
	values[1] = TimestampGetDatum(start - TICK_EPOCH_DAYS * USECS_PER_DAY);
	for (i = 2; i <= 5; i++)
		nulls[i] = !has_price;
	if (has_price)
	{
		values[2] = Float8GetDatum(TickPriceValue(dataset, stats != NULL ? stats->open : close));
		values[3] = Float8GetDatum(TickPriceValue(dataset, stats != NULL ? stats->high : close));
		values[4] = Float8GetDatum(TickPriceValue(dataset, stats != NULL ? stats->low : close));
		values[5] = Float8GetDatum(TickPriceValue(dataset, close));
	}
	nulls[6] = stats != NULL && !stats->has_volume;
	if (!nulls[6])
		values[6] = stats != NULL ? TickSumNumeric(&stats->volume) :
			DirectFunctionCall1(int8_numeric, Int64GetDatum(0));
	nulls[7] = stats == NULL || !tick_stats_vwap(stats, &vwap);
	values[7] = Float8GetDatum(vwap);
	values[8] = Int64GetDatum(stats != NULL ? stats->trades : 0);
	nulls[9] = bars->by_columns == 0 || group == NULL;
	if (!nulls[9])
	{
		Datum	   *by = palloc(bars->by_columns * sizeof(Datum));
		bool	   *by_nulls = palloc(bars->by_columns * sizeof(bool));
		int			lower = 1;

		for (i = 0; i < bars->by_columns; i++)
		{
			by_nulls[i] = group->by[i].data == NULL;
			by[i] = by_nulls[i] ? (Datum) 0 :
				PointerGetDatum(cstring_to_text_with_len(group->by[i].data, group->by[i].length));
		}
		values[9] = PointerGetDatum(construct_md_array(by, by_nulls, 1, &bars->by_columns, &lower,
													   TEXTOID, -1, false, TYPALIGN_INT));
	}
	tuplestore_putvalues(bars->result->setResult, bars->result->setDesc, values, nulls);
}

/* Is the bar of the same symbol and day as the one before? */
static bool
follows(const Bars *bars, const TickRollupGroup *group)
{
	return bars->has_previous && bars->previous_null == group->null_symbol &&
		tick_string_compare(bars->previous_symbol, group->symbol) == 0 &&
		tick_floor_div(bars->previous_bar, USECS_PER_DAY) == tick_floor_div(group->bucket, USECS_PER_DAY);
}

/* Bars between the one before and this one. */
static void
fill_gap(Bars *bars, const TickRollupGroup *group)
{
	int64		start;
	int64		next;
	bool		priced = bars->fill == FILL_PREVIOUS && bars->previous_has_price;

	if (bars->fill == FILL_NONE)
		return;
	bar_of_local(bars, bars->previous_bar, &start, &next);
	while (next < group->bucket)
	{
		CHECK_FOR_INTERRUPTS();
		emit(bars, NULL, group->symbol, group->null_symbol, next, priced, bars->previous_close);
		bar_of_local(bars, next, &start, &next);
	}
}

/* The next bar in order. */
static void
put_out(Bars *bars, const TickRollupGroup *group)
{
	bool		continues = follows(bars, group);

	if (continues)
		fill_gap(bars, group);
	emit(bars, group, group->symbol, group->null_symbol, group->bucket, group->stats.has_price, group->stats.close);
	bars->has_previous = true;
	memcpy(bars->previous_name, group->symbol.data, Min(group->symbol.length, TICK_MAX_SYMBOL_BYTES));
	bars->previous_symbol.data = bars->previous_name;
	bars->previous_symbol.length = group->symbol.length;
	bars->previous_null = group->null_symbol;
	bars->previous_bar = group->bucket;
	bars->previous_has_price = group->stats.has_price || (continues && bars->previous_has_price);
	if (group->stats.has_price)
		bars->previous_close = group->stats.close;
}

/* ---- bars held back ---- */

static TickString
copy_string(TickString text)
{
	TickString	copy = {NULL, text.length};

	if (text.data != NULL)
		copy.data = pnstrdup(text.data, text.length);
	return copy;
}

/* Put out the first `count` held bars. */
static void
release_held(Bars *bars, int count)
{
	int			i;

	for (i = 0; i < count; i++)
		put_out(bars, &bars->held[i]);
	bars->held_count -= count;
	if (bars->held_count == 0)
		MemoryContextReset(bars->held_context);
	else
		memmove(bars->held, bars->held + count, bars->held_count * sizeof(TickRollupGroup));
}

static bool
same_by(const Bars *bars, const TickRollupGroup *a, const TickRollupGroup *b)
{
	int			i;

	for (i = 0; i < bars->by_columns; i++)
		if ((a->by[i].data == NULL) != (b->by[i].data == NULL) ||
			tick_string_compare(a->by[i], b->by[i]) != 0)
			return false;
	return true;
}

/* Keep a bar, in order; one of the same start and by values takes it in. */
static void
hold(Bars *bars, const TickRollupGroup *group)
{
	int			at = bars->held_count;
	int			i;
	MemoryContext old;
	TickRollupGroup *held;

	for (; at > 0 && bars->held[at - 1].bucket >= group->bucket; at--)
		if (bars->held[at - 1].bucket == group->bucket && same_by(bars, &bars->held[at - 1], group))
		{
			TickStatsCombine(bars->reading.dataset, &bars->held[at - 1].stats, &group->stats);
			return;
		}
	/* bars of one start keep the order they came in */
	while (at < bars->held_count && bars->held[at].bucket == group->bucket)
		at++;
	if (bars->held_count == bars->held_capacity)
	{
		bars->held_capacity = Max(16, bars->held_capacity * 2);
		bars->held = bars->held == NULL ? palloc(bars->held_capacity * sizeof(TickRollupGroup)) :
			repalloc(bars->held, bars->held_capacity * sizeof(TickRollupGroup));
	}
	held = &bars->held[at];
	memmove(held + 1, held, (bars->held_count++ - at) * sizeof(TickRollupGroup));
	*held = *group;
	old = MemoryContextSwitchTo(bars->held_context);
	held->symbol = copy_string(group->symbol);
	held->by = palloc(Max(bars->by_columns, 1) * sizeof(TickString));
	for (i = 0; i < bars->by_columns; i++)
		held->by[i] = copy_string(group->by[i]);
	MemoryContextSwitchTo(old);
}

/* Release what cannot come again: clocks go back by less than CLOCKS_BACK. */
static void
release_settled(Bars *bars, int64 bucket)
{
	int			count = 0;
	int64		start,
				next;

	for (; count < bars->held_count; count++)
	{
		bar_of_local(bars, bars->held[count].bucket, &start, &next);
		if (next > bucket - CLOCKS_BACK)
			break;
	}
	if (count > 0)
		release_held(bars, count);
}

static void
emit_group(void *context, const TickRollupGroup *group)
{
	Bars	   *bars = context;

	if (bars->zone == NULL)
	{
		put_out(bars, group);
		return;
	}
	if (bars->held_count > 0 &&
		(bars->held[0].null_symbol != group->null_symbol ||
		 tick_string_compare(bars->held[0].symbol, group->symbol) != 0))
		release_held(bars, bars->held_count);
	release_settled(bars, group->bucket);
	hold(bars, group);
}

static void
read_width(Bars *bars, const Interval *width)
{
	int64		us = 0;
	bool		large = pg_mul_s64_overflow(width->day, USECS_PER_DAY, &us) || pg_add_s64_overflow(us, width->time, &us);
	int64		first = 0;

	if ((width->month != 0 && us != 0) || width->month < 0 || (width->month == 0 && us <= 0) ||
		large || us > MAX_WIDTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width of bars must be positive, and either months or days and time")));
	bars->months = width->month;
	bars->width = us;
	(void) tick_date_to_day(2001, 1, 1, &first);
	bars->origin = first * USECS_PER_DAY;
}

static BarsFill
read_fill(const char *fill)
{
	if (strcmp(fill, "none") == 0)
		return FILL_NONE;
	if (strcmp(fill, "previous") == 0)
		return FILL_PREVIOUS;
	if (strcmp(fill, "null") == 0)
		return FILL_NULL;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("fill must be none, previous or null, not \"%s\"", fill)));
	return FILL_NONE;			/* not reached */
}

/* The attributes named by argument by. */
static const TickAttribute **
read_by(Bars *bars, ArrayType *array)
{
	const TickDataset *dataset = bars->reading.dataset;
	const TickAttribute **by;
	Datum	   *names;
	int			i,
				a;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, NULL, &bars->by_columns);
	by = palloc(Max(bars->by_columns, 1) * sizeof(TickAttribute *));
	for (i = 0; i < bars->by_columns; i++)
	{
		char	   *name = TextDatumGetCString(names[i]);

		for (a = 0; a < dataset->attributes; a++)
			if (dataset->attribute[a].kind != TICK_ATTRIBUTE_DROPPED &&
				strcmp(NameStr(dataset->attribute[a].name), name) == 0)
				break;
		if (a == dataset->attributes)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of dataset \"%s\" does not exist", name, dataset->name)));
		by[i] = &dataset->attribute[a];
	}
	return by;
}

/* stats_where and the filter argument together. */
static TickFilter *
read_filters(Bars *bars, const char *filter)
{
	const TickDataset *dataset = bars->reading.dataset;
	TickFilter *both;

	if (filter == NULL || dataset->stats_where == NULL)
		return filter == NULL ? TickStatsFilter(&bars->reading) :
			TickQualFromText(dataset, bars->reading.relation, filter, "filter");
	both = palloc0(sizeof(TickFilter));
	both->kind = TICK_FILTER_AND;
	both->children = 2;
	both->child = palloc(2 * sizeof(TickFilter *));
	both->child[0] = TickStatsFilter(&bars->reading);
	both->child[1] = TickQualFromText(dataset, bars->reading.relation, filter, "filter");
	return both;
}

/* Bounds [from_ts, to_ts) as stored times; false when empty. */
static bool
read_bounds(FunctionCallInfo fcinfo, Bars *bars, TickRollup *rollup)
{
	int64		first,
				last;

	rollup->time_low = PG_INT64_MIN;
	rollup->time_high = PG_INT64_MAX;
	if (TickMomentArgument(fcinfo, 3, bars->reading.dataset, &first, &last))
		rollup->time_low = first;
	if (TickMomentArgument(fcinfo, 4, bars->reading.dataset, &first, &last))
	{
		if (first == PG_INT64_MIN)
			return false;
		rollup->time_high = first - 1;
	}
	return rollup->time_low <= rollup->time_high;
}

static void
run_bars(Bars *bars, TickRollup *rollup)
{
	int32		partition_low,
				partition_high;

	TickDatasetPartitions(bars->reading.dataset, rollup->time_low, rollup->time_high, &partition_low, &partition_high);
	bars->reading.symbols = rollup->symbols;
	bars->reading.symbol_count = rollup->symbol_count;
	TickReadingSegments(&bars->reading, partition_low, partition_high);
	TickRollupRun(rollup);
	release_held(bars, bars->held_count);
}

Datum
tick_bars(PG_FUNCTION_ARGS)
{
	Bars		bars = {0};
	TickRollup	rollup = {0};
	TickDataset *dataset;

	InitMaterializedSRF(fcinfo, 0);
	bars.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(7))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("target, width and fill must not be null")));
	if (!PG_ARGISNULL(8))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("calendar \"%s\" does not exist", text_to_cstring(PG_GETARG_TEXT_PP(8))),
				 errhint("Keep a session's bars by their own time, such as WHERE ts::time >= '09:30' AND ts::time < '16:00'.")));
	TickReadingBegin(&bars.reading, PG_GETARG_OID(0));
	dataset = bars.reading.dataset;
	TickRollupCheck(dataset);
	read_width(&bars, PG_GETARG_INTERVAL_P(1));
	bars.fill = read_fill(text_to_cstring(PG_GETARG_TEXT_PP(7)));
	bars.zone = dataset->zone;
	if (!PG_ARGISNULL(9) && dataset->zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time_zone needs a dataset whose time is timestamptz"),
				 errdetail("The stamps of \"%s\" are naive.", dataset->name)));
	if (!PG_ARGISNULL(9))
		bars.zone = TickZoneByName(text_to_cstring(PG_GETARG_TEXT_PP(9)));
	bars.held_context = AllocSetContextCreate(CurrentMemoryContext, "tick held bars", ALLOCSET_DEFAULT_SIZES);
	rollup.reading = &bars.reading;
	if (!PG_ARGISNULL(2))
		rollup.symbols = TickSymbolsArgument(PG_GETARG_ARRAYTYPE_P(2), &rollup.symbol_count);
	if (!PG_ARGISNULL(5))
		rollup.by = read_by(&bars, PG_GETARG_ARRAYTYPE_P(5));
	rollup.by_columns = bars.by_columns;
	rollup.filter = read_filters(&bars, PG_ARGISNULL(6) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(6)));
	rollup.bucket = bar_bucket;
	rollup.bucket_context = &bars;
	rollup.group = emit_group;
	rollup.group_context = &bars;
	if (bars.by_columns > 0 && bars.fill != FILL_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("fill cannot be combined with by")));
	if (read_bounds(fcinfo, &bars, &rollup))
		run_bars(&bars, &rollup);
	TickReadingEnd(&bars.reading);
	return (Datum) 0;
}
