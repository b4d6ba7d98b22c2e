/*-------------------------------------------------------------------------
 *
 * stats.c
 *	  tick_daily_stats(): open, high, low, close, volume and vwap by day and symbol.
 *
 * Where a partition is a day, the answer lies in the segments' symbol
 * directories and no row is read; several segments of a day are combined by
 * time.  Other grains, and segments written under another stats_where, are
 * rolled up from their rows.  Either way nothing is stored besides the
 * segments, so that the figures are never stale.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"

#include "access.h"
#include "catalog.h"
#include "convert.h"
#include "core/segment_stats.h"
#include "rollup.h"
#include "tick.h"

PG_FUNCTION_INFO_V1(tick_daily_stats);

typedef struct DailyStats
{
	TickReading reading;
	const TickColumn *price;
	TickFilter *filter;			/* of stats_where */
	TickFilterValue *symbols;
	int			symbol_count;
	TickDayBounds bounds;
	ReturnSetInfo *result;
	int			zone_hint;
} DailyStats;

/* One row out. */
static void
emit(DailyStats *daily, int64 day, TickString symbol, bool null_symbol, const TickSymbolStats *stats)
{
	const TickDataset *dataset = daily->reading.dataset;
	Datum		values[9] = {0};
	bool		nulls[9] = {false};
	double		vwap = 0;
	const TickColumn *price = daily->price;

	values[0] = DateADTGetDatum((DateADT) (day - TICK_EPOCH_DAYS));
	nulls[1] = null_symbol || dataset->schema.symbol < 0;
	if (!nulls[1])
		values[1] = PointerGetDatum(cstring_to_text_with_len(symbol.data, symbol.length));
	nulls[2] = nulls[3] = nulls[4] = nulls[5] = !stats->has_price;
	if (stats->has_price)
	{
		values[2] = Float8GetDatum(TickPriceValue(price, stats->open));
		values[3] = Float8GetDatum(TickPriceValue(price, stats->high));
		values[4] = Float8GetDatum(TickPriceValue(price, stats->low));
		values[5] = Float8GetDatum(TickPriceValue(price, stats->close));
	}
	nulls[6] = !stats->has_volume;
	if (stats->has_volume)
		values[6] = TickSumNumeric(&stats->volume);
	nulls[7] = !tick_stats_vwap(stats, &vwap);
	values[7] = Float8GetDatum(vwap);
	values[8] = Int64GetDatum(stats->trades);
	tuplestore_putvalues(daily->result->setResult, daily->result->setDesc, values, nulls);
}

/* A symbol's share of one segment; pieces of a day are sorted by name and then in changeset order. */
typedef struct Piece
{
	TickSymbolEntry entry;
	TickSymbolStats stats;
	int			segment;
} Piece;

static int
compare_pieces(const void *a, const void *b)
{
	const Piece *left = a;
	const Piece *right = b;
	int			order = (int) left->entry.is_null - (int) right->entry.is_null;

	if (order == 0)
		order = tick_string_compare(left->entry.name, right->entry.name);
	return order != 0 ? order : left->segment - right->segment;
}

static void
take_piece(Piece *piece, TickSegmentReader *reader, int segment, uint32_t index)
{
	TickError	error;

	tick_segment_symbol(reader, index, &piece->entry);
	TickCheck(tick_segment_symbol_stats(reader, index, &piece->stats, &error), &error);
	piece->segment = segment;
}

/* The wanted symbols' shares of the opened segments. */
static Piece *
collect_pieces(DailyStats *daily, int *count)
{
	TickReading *reading = &daily->reading;
	uint64		capacity = 0;
	Piece	   *pieces;
	int			i,
				j;

	for (i = 0; i < reading->segments; i++)
		capacity += daily->symbols != NULL ? daily->symbol_count : tick_segment_symbols(reading->reader[i]);
	pieces = MemoryContextAllocHuge(CurrentMemoryContext, Max(capacity, 1) * sizeof(Piece));
	*count = 0;
	for (i = 0; i < reading->segments; i++)
	{
		TickSegmentReader *reader = reading->reader[i];

		if (daily->symbols == NULL)
		{
			for (j = 0; j < tick_segment_symbols(reader); j++)
				take_piece(&pieces[(*count)++], reader, i, j);
			continue;
		}
		for (j = 0; j < daily->symbol_count; j++)
		{
			int64_t		index = tick_segment_find_symbol(reader, daily->symbols[j].text);

			if (index >= 0)
				take_piece(&pieces[(*count)++], reader, i, (uint32_t) index);
		}
	}
	qsort(pieces, *count, sizeof(Piece), compare_pieces);
	return pieces;
}

/* A day's stats from the directories of its segments; false when they do not tell all. */
static bool
stats_from_directories(DailyStats *daily, int32 partition)
{
	int			count;
	Piece	   *pieces = collect_pieces(daily, &count);
	int			i;

	/* sizes without a price: how much of the volume the turnover is of is not stored */
	for (i = 0; i < count; i++)
		if (pieces[i].stats.has_unpriced)
			return false;
	i = 0;
	while (i < count)
	{
		Piece	   *first = &pieces[i++];

		while (i < count && first->entry.is_null == pieces[i].entry.is_null &&
			   tick_string_compare(first->entry.name, pieces[i].entry.name) == 0)
			TickStatsCombine(daily->reading.dataset, &first->stats, &pieces[i++].stats);
		if (first->stats.trades > 0)
			emit(daily, partition, first->entry.name, first->entry.is_null, &first->stats);
	}
	return true;
}

/* TickBucketFunction: the day. */
static bool
day_bucket(void *context, int64 time, int64 *bucket, int64 *low, int64 *high)
{
	DailyStats *daily = context;
	const TickDataset *dataset = daily->reading.dataset;

	*bucket = TickDatasetDay(dataset, time, &daily->zone_hint);
	TickDatasetDayRange(dataset, *bucket, *bucket, low, high);
	/* where clocks change at midnight a stamp may lie beside its day's range */
	*low = Min(*low, time);
	*high = Max(*high, time);
	return true;
}

static void
emit_group(void *context, const TickRollupGroup *group)
{
	emit(context, group->bucket, group->symbol, group->null_symbol, &group->stats);
}

/* Stats from the rows of the opened segments. */
static void
stats_from_rows(DailyStats *daily)
{
	TickRollup	rollup = {.reading = &daily->reading,.filter = daily->filter,
		.symbols = daily->symbols,.symbol_count = daily->symbol_count,
		.time_low = daily->bounds.time_low,.time_high = daily->bounds.time_high,
		.bucket = day_bucket,.bucket_context = daily,.group = emit_group,.group_context = daily};

	TickRollupRun(&rollup);
}

/* Do the opened segments' summaries answer for this dataset as it is now? */
static bool
summaries_hold(const DailyStats *daily)
{
	const TickReading *reading = &daily->reading;
	TickStatsShape now;
	int			i;

	if (reading->dataset->grain != TICK_GRAIN_DAY)
		return false;
	tick_stats_shape(&reading->dataset->schema, &now);
	for (i = 0; i < reading->segments; i++)
	{
		const TickSchema *then = tick_segment_schema(reading->reader[i]);
		const TickSchema *schema = &reading->dataset->schema;
		TickStatsShape old;

		tick_stats_shape(then, &old);
		if (tick_segment_stats_filter_hash(reading->reader[i]) != reading->dataset->stats_hash ||
			old.open < 0 || old.double_price != now.double_price ||
			then->column[old.open].id != schema->column[now.open].id ||
			then->column[old.open].scale != schema->column[now.open].scale ||
			(old.volume < 0) != (now.volume < 0) ||
			(now.volume >= 0 && then->column[old.volume].id != schema->column[now.volume].id))
			return false;
	}
	return true;
}

/* One partition after the other, so that rows come out by date. */
static void
run_partitions(DailyStats *daily)
{
	TickSegmentQuery query = {.dataset = daily->reading.dataset->source,.number = daily->reading.number,
	.partition_low = daily->bounds.partition_low,.partition_high = daily->bounds.partition_high};
	List	   *segments = TickCatalogSegments(&query, daily->reading.snapshot);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick daily stats", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = CurrentMemoryContext;
	int64		last = PG_INT64_MIN;
	ListCell   *cell;

	foreach(cell, segments)
	{
		int32		partition = ((TickSegmentEntry *) lfirst(cell))->partition;

		if (partition == last)
			continue;
		last = partition;
		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(context);
		TickReadingSegments(&daily->reading, partition, partition);
		if (!summaries_hold(daily) || !stats_from_directories(daily, partition))
			stats_from_rows(daily);
		TickReadingRelease(&daily->reading);
		MemoryContextSwitchTo(old);
		MemoryContextReset(context);
	}
	MemoryContextDelete(context);
}

Datum
tick_daily_stats(PG_FUNCTION_ARGS)
{
	DailyStats	daily = {0};
	int32		from = PG_ARGISNULL(1) ? 0 : PG_GETARG_DATEADT(1);
	int32		to = PG_ARGISNULL(2) ? 0 : PG_GETARG_DATEADT(2);

	InitMaterializedSRF(fcinfo, 0);
	daily.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("target must not be null")));
	TickReadingBegin(&daily.reading, PG_GETARG_OID(0));
	TickRollupCheck(daily.reading.dataset);
	daily.price = TickPriceColumn(daily.reading.dataset);
	TickDayBoundsFor(daily.reading.dataset, PG_ARGISNULL(1) ? NULL : &from, PG_ARGISNULL(2) ? NULL : &to, &daily.bounds);
	if (!PG_ARGISNULL(3))
		daily.symbols = TickSymbolsArgument(PG_GETARG_ARRAYTYPE_P(3), &daily.symbol_count);
	daily.filter = TickStatsFilter(&daily.reading);
	daily.reading.symbols = daily.symbols;
	daily.reading.symbol_count = daily.symbol_count;
	run_partitions(&daily);
	TickReadingEnd(&daily.reading);
	return (Datum) 0;
}
