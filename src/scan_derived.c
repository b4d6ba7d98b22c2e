/*-------------------------------------------------------------------------
 *
 * scan_derived.c
 *	  Rows of a derived dataset, filtered, by batches.
 *
 * The left dataset is scanned in (symbol, time) order, partition by partition
 * unless the query's order runs through all of them; each of its batches gets
 * the right columns beside its own.  So pruning, symbol look-ups and versions
 * of the left side are those of any scan.
 *
 * A condition is given to the left scan only if it tests left columns alone;
 * any other is evaluated on joined rows.  The right side is never filtered
 * before the join, but for the symbols that the left side has: whatever was
 * left out of it would change which row is the last.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/value.h"
#include "scan_derived.h"
#include "segment_cache.h"
#include "tick.h"
#include "version.h"

TickDerivedScan *
TickDerivedScanBegin(const TickScanOptions *options)
{
	TickDerivedScan *scan = palloc0(sizeof(TickDerivedScan));
	const struct TickDerived *derived = options->dataset->derived;
	int			columns = options->dataset->schema.columns;
	TickScanOptions left = *options;

	scan->dataset = options->dataset;
	scan->derived = derived;
	scan->snapshot = options->snapshot;
	scan->order = options->order;
	scan->context = CurrentMemoryContext;
	scan->start_context = AllocSetContextCreate(scan->context, "tick derived start", ALLOCSET_DEFAULT_SIZES);
	scan->group_context = AllocSetContextCreate(scan->context, "tick derived group", ALLOCSET_DEFAULT_SIZES);
	scan->columns = palloc0(sizeof(bool) * columns);
	if (options->columns != NULL)
		memcpy(scan->columns, options->columns, sizeof(bool) * columns);
	TickDatasetCheckLayout(derived->right, scan->snapshot);
	scan->version = TickVersionForScan(derived->right->source, derived->right->dataview_as_of, scan->snapshot);
	left.dataset = derived->left;
	left.columns = scan->columns;
	scan->left = TickDatasetScanBegin(&left);
	return scan;
}

/* ---- start ---- */

/* Does the condition test left columns alone? */
static bool
tests_left_only(const TickDerivedScan *scan, const TickFilter *filter, bool *used)
{
	memset(used, 0, scan->dataset->schema.columns * sizeof(bool));
	TickScanMarkColumns(filter, used);
	for (int i = scan->derived->left->schema.columns; i < scan->dataset->schema.columns; i++)
		if (used[i])
			return false;
	return true;
}

/*
 * Part a filter into what the left scan tests and what is tested on joined
 * rows, whose columns are added to used; a part is NULL when it is empty.
 */
static void
part_filter(const TickDerivedScan *scan, const TickFilter *filter, TickFilter **left, TickFilter **joined, bool *used)
{
	bool	   *mine = palloc(scan->dataset->schema.columns * sizeof(bool));
	TickFilter *part[2];

	*left = *joined = NULL;
	if (filter == NULL)
		return;
	if (filter->kind != TICK_FILTER_AND)
	{
		if (tests_left_only(scan, filter, mine))
			*left = (TickFilter *) filter;
		else
			*joined = (TickFilter *) filter;
	}
	else
	{
		for (int i = 0; i < 2; i++)
		{
			part[i] = palloc0(sizeof(TickFilter));
			part[i]->kind = TICK_FILTER_AND;
			part[i]->child = palloc(sizeof(TickFilter *) * Max(filter->children, 1));
		}
		for (int i = 0; i < filter->children; i++)
		{
			TickFilter *to = part[tests_left_only(scan, filter->child[i], mine) ? 0 : 1];

			to->child[to->children++] = filter->child[i];
		}
		*left = part[0];
		if (part[1]->children > 0)
			*joined = part[1];
	}
	if (*joined != NULL)
		TickScanMarkColumns(*joined, used);
}

/* Which right columns the merge has to give, the time last. */
static void
choose_right_columns(TickDerivedScan *scan, const bool *used)
{
	const struct TickDerived *derived = scan->derived;
	int			before = derived->left->schema.columns;

	scan->wanted = palloc(sizeof(TickColumn) * (derived->columns + 1));
	scan->wanted_index = palloc(sizeof(int) * (derived->columns + 1));
	scan->wanted_columns = 0;
	for (int i = 0; i < derived->columns; i++)
	{
		scan->wanted_index[i] = -1;
		if (!scan->columns[before + i] && !used[before + i])
			continue;
		scan->wanted[scan->wanted_columns] = derived->right->schema.column[derived->column[i].source];
		scan->wanted_index[i] = scan->wanted_columns++;
	}
	scan->options.wanted = scan->wanted;
	scan->options.wanted_columns = scan->wanted_columns;
	scan->options.time = scan->wanted_columns;
	scan->wanted[scan->wanted_columns] = derived->right->schema.column[derived->right->schema.time];
	scan->options.strict = derived->strict;
	scan->options.tolerance = derived->tolerance;
	scan->options.fill_previous = derived->fill == TICK_DERIVED_FILL_PREVIOUS;
}

/* The left columns to give out: those wanted, those tested on joined rows, those that stand in for nulls. */
static void
choose_left_columns(TickDerivedScan *scan, const bool *used)
{
	const struct TickDerived *derived = scan->derived;

	scan->left->any_column = false;
	for (int i = 0; i < derived->left->schema.columns; i++)
	{
		bool	   *column = &scan->left->columns[i];

		*column = scan->columns[i] || used[i];
		for (int j = 0; j < derived->columns; j++)
			*column |= scan->wanted_index[j] >= 0 && derived->column[j].fill == i;
		*column |= scan->wanted_columns > 0 && i == derived->left->schema.time;
		scan->left->any_column |= *column;
	}
	scan->left->order = scan->order;
	if (scan->order == TICK_ORDER_NONE && scan->wanted_columns > 0)
		scan->left->order = TICK_ORDER_PARTITION;
}

static void
close_group(TickDerivedScan *scan)
{
	if (scan->asof != NULL)
		tick_asof_begin(scan->asof, NULL, NULL, 0, 0);
	if (scan->merge != NULL)
	{
		TickDerivedAddCounters(scan, scan->merge);
		tick_merge_free(scan->merge);
	}
	scan->merge = NULL;
	for (int i = 0; i < scan->inputs; i++)
		TickSegmentRelease(scan->reader[i]);
	scan->inputs = scan->priors = 0;
	MemoryContextReset(scan->group_context);
}

void
TickDerivedScanStart(TickDerivedScan *scan, const TickFilter *filter, const TickFilter *widest)
{
	MemoryContext old;
	bool	   *used;
	TickFilter *left;
	TickFilter *widest_left;
	TickFilter *ignored;
	TickError	error;

	close_group(scan);
	scan->asof = NULL;
	scan->known = NULL;
	scan->group = 0;
	MemoryContextReset(scan->start_context);
	old = MemoryContextSwitchTo(scan->start_context);
	used = palloc0(sizeof(bool) * scan->dataset->schema.columns);
	part_filter(scan, widest, &widest_left, &ignored, used);
	memset(used, 0, sizeof(bool) * scan->dataset->schema.columns);
	part_filter(scan, filter, &left, &scan->residual, used);
	choose_right_columns(scan, used);
	choose_left_columns(scan, used);
	if (scan->wanted_columns > 0)
		TickCheck(tick_asof_create(&scan->asof, TickMemoryFor(scan->start_context), &scan->options, &error), &error);
	MemoryContextSwitchTo(old);
	TickDatasetScanStart(scan->left, left, widest_left);
}

void
TickDerivedScanRewind(TickDerivedScan *scan)
{
	close_group(scan);
	scan->group = 0;
	TickDatasetScanRewind(scan->left);
}

void
TickDerivedScanEnd(TickDerivedScan *scan)
{
	close_group(scan);
	TickDatasetScanEnd(scan->left);
}

void
TickDerivedAddCounters(TickDerivedScan *scan, const TickMerge *merge)
{
	TickCursorCounters more;

	tick_merge_counters(merge, &more);
	scan->counters.row_groups += more.row_groups;
	scan->counters.row_groups_pruned += more.row_groups_pruned;
	scan->counters.chunks += more.chunks;
	scan->counters.chunk_bytes += more.chunk_bytes;
	scan->counters.batches += more.batches;
}

void
TickDerivedScanCounters(const TickDerivedScan *scan, TickScanCounters *counters)
{
	TickCursorCounters more = {0};

	TickDatasetScanCounters(scan->left, counters);
	if (scan->merge != NULL)
		tick_merge_counters(scan->merge, &more);
	counters->segments_opened += scan->segments_opened;
	counters->cursor.row_groups += scan->counters.row_groups + more.row_groups;
	counters->cursor.row_groups_pruned += scan->counters.row_groups_pruned + more.row_groups_pruned;
	counters->cursor.chunks += scan->counters.chunks + more.chunks;
	counters->cursor.chunk_bytes += scan->counters.chunk_bytes + more.chunk_bytes;
	counters->cursor.batches += scan->counters.batches + more.batches;
}

/* ---- the right side of a group ---- */

int64
TickDerivedTime(const TickDataset *dataset, int64 ns)
{
	return dataset->schema.column[dataset->schema.time].type == TICK_DATE ? ns / TICK_NS_PER_DAY : ns;
}

/* Rows that are not ordered by the dataset's symbol and time cannot be merged. */
static void
check_order(const TickDerivedScan *scan, const TickSegmentEntry *entry, const TickSegmentReader *reader)
{
	const TickSchema *stored = tick_segment_schema(reader);
	const TickSchema *schema = &scan->derived->right->schema;
	int			symbol = schema->symbol < 0 ? 0 : schema->column[schema->symbol].id;

	if (stored->time >= 0 && stored->column[stored->time].id == schema->column[schema->time].id &&
		(stored->symbol < 0 ? schema->symbol < 0 : stored->column[stored->symbol].id == symbol))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("segment %lld of dataset \"%s\" is not ordered by its symbol and time columns",
					(long long) entry->id, scan->derived->right->name),
			 errdetail("A role was given to another column after the segment was written.")));
}

int
TickDerivedOpen(TickDerivedScan *scan, int32 low, int32 high, int64 time_high,
				TickSegmentEntry ***entries, TickSegmentReader ***readers)
{
	const TickDataset *right = scan->derived->right;
	TickSegmentQuery query = {.dataset = right->source,.number = scan->version,
	.partition_low = low,.partition_high = high};
	List	   *list = TickCatalogSegments(&query, scan->snapshot);
	int			count = 0;
	ListCell   *cell;

	*entries = palloc(sizeof(TickSegmentEntry *) * Max(list_length(list), 1));
	*readers = palloc(sizeof(TickSegmentReader *) * Max(list_length(list), 1));
	foreach(cell, list)
	{
		TickSegmentEntry *entry = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		if (entry->rows == 0 || !entry->has_time || TickDerivedTime(right, entry->time_min) > time_high)
			continue;
		(*entries)[count] = entry;
		(*readers)[count] = TickSegmentAcquire(entry, scan->snapshot);
		check_order(scan, entry, (*readers)[count]);
		count++;
	}
	scan->segments_opened += count;
	return count;
}

/* The times of the left group's rows, as far as segments and conditions tell. */
static void
bound_group(TickDerivedScan *scan)
{
	const TickDatasetScan *left = scan->left;
	const TickDataset *dataset = scan->derived->left;

	scan->time_low = PG_INT64_MAX;
	scan->time_high = PG_INT64_MIN;
	for (int i = 0; i < left->merge_inputs; i++)
	{
		const TickSegmentEntry *entry = left->merge_input[i]->entry;

		scan->time_low = Min(scan->time_low, TickDerivedTime(dataset, entry->time_min));
		scan->time_high = Max(scan->time_high, TickDerivedTime(dataset, entry->time_max));
	}
	if (tick_enable_zone_maps)
	{
		scan->time_low = Max(scan->time_low, left->time_low);
		scan->time_high = Min(scan->time_high, left->time_high);
	}
}

/* Right partitions that may hold rows of the group's times. */
static void
group_partitions(TickDerivedScan *scan, int32 *low, int32 *high)
{
	const TickDataset *right = scan->derived->right;
	int64		unit = right->schema.column[right->schema.time].type == TICK_DATE ? TICK_NS_PER_DAY : 1;

	*low = PG_INT32_MIN;
	*high = PG_INT32_MAX;
	if (right->grain == TICK_GRAIN_DAY || right->grain == TICK_GRAIN_MONTH || right->grain == TICK_GRAIN_YEAR)
		TickDatasetPartitions(right, scan->time_low * unit, scan->time_high * unit, low, high);
}

static void
open_group(TickDerivedScan *scan)
{
	TickMergeOptions options = {.wanted = scan->wanted,.wanted_columns = scan->wanted_columns + 1,
	.time = scan->wanted_columns};
	MemoryContext old;
	TickError	error;
	int32		high;

	close_group(scan);
	scan->group = scan->left->merges;
	scan->symbol_number = 0;
	old = MemoryContextSwitchTo(scan->group_context);
	bound_group(scan);
	group_partitions(scan, &scan->partition_low, &high);
	scan->inputs = TickDerivedOpen(scan, scan->partition_low, high, scan->time_high, &scan->entry, &scan->reader);
	TickDerivedFindPriors(scan);
	options.time_low = scan->time_low;
	options.time_high = scan->time_high;
	if (scan->left->has_symbols)
	{
		options.symbols = scan->left->symbol;
		options.symbol_count = scan->left->symbols;
	}
	if (scan->inputs > 0)
		TickCheck(tick_merge_create(&scan->merge, TickMemoryFor(scan->group_context), scan->reader, scan->inputs,
									&options, &error), &error);
	tick_asof_begin(scan->asof, scan->merge, scan->reader, scan->inputs, scan->time_low);
	scan->next_prior = 0;
	MemoryContextSwitchTo(old);
}

/* Turn to the batch's symbol. */
static void
turn_to_symbol(TickDerivedScan *scan, const TickScanBatch *batch)
{
	const TickAsofRow *prior = NULL;
	const TickString *name = NULL;
	TickError	error;

	scan->symbol_number = scan->left->slice.symbol_number;
	if (batch->symbol != NULL && batch->symbol->is_null)
	{
		tick_asof_no_symbol(scan->asof);
		return;
	}
	if (batch->symbol != NULL)
	{
		name = &batch->symbol->name;
		while (scan->next_prior < scan->priors &&
			   tick_string_compare(scan->prior[scan->next_prior].name, *name) < 0)
			scan->next_prior++;
		if (scan->next_prior < scan->priors && tick_string_compare(scan->prior[scan->next_prior].name, *name) == 0)
			prior = &scan->prior[scan->next_prior].row;
	}
	else if (scan->priors > 0)
		prior = &scan->prior[0].row;
	TickCheck(tick_asof_symbol(scan->asof, name, prior, &error), &error);
}

/* ---- batches ---- */

const TickVector *
TickDerivedScanColumn(TickDerivedScan *scan, int column)
{
	int			before = scan->derived->left->schema.columns;

	if (column < before)
		return TickDatasetScanColumn(scan->left, column);
	return tick_asof_column(scan->asof, scan->wanted_index[column - before]);
}

static TickStatus
joined_column(void *context, int column, const TickVector **vector, TickError *error)
{
	*vector = TickDerivedScanColumn(context, column);
	return TICK_OK;
}

/* Let left columns stand in for nulls. */
static void
fill_from_left(TickDerivedScan *scan, const TickScanBatch *batch)
{
	for (int i = 0; i < scan->derived->columns; i++)
	{
		int			fill = scan->derived->column[i].fill;

		if (fill >= 0 && scan->wanted_index[i] >= 0)
			tick_asof_fill(scan->asof, scan->wanted_index[i], TickDatasetScanColumn(scan->left, fill),
						   batch->first, batch->span);
	}
}

/* Test the conditions on joined rows; false when none passes. */
static bool
test_joined(TickDerivedScan *scan, TickScanBatch *batch)
{
	uint32		end = batch->first + batch->span;
	uint32		words = tick_bit_words(end);
	TickError	error;

	if (batch->keep != NULL)
		memcpy(scan->keep, batch->keep, words * sizeof(uint64));
	else
		memset(scan->keep, 0xff, words * sizeof(uint64));
	memset(scan->keep, 0, batch->first / 64 * sizeof(uint64));
	scan->keep[batch->first / 64] &= ~UINT64CONST(0) << (batch->first % 64);
	TickCheck(tick_filter_apply(scan->residual, end, joined_column, scan, scan->keep, &error), &error);
	batch->rows = 0;
	for (uint32 w = batch->first / 64; w < words; w++)
		batch->rows += __builtin_popcountll(scan->keep[w]);
	batch->keep = batch->rows < batch->span ? scan->keep : NULL;
	return batch->rows > 0;
}

bool
TickDerivedScanNext(TickDerivedScan *scan, TickScanBatch *batch)
{
	while (TickDatasetScanNext(scan->left, batch))
	{
		TickError	error;
		const TickVector *time;

		if (scan->asof == NULL)
			return true;
		if (scan->left->merges != scan->group)
			open_group(scan);
		if (scan->left->slice.symbol_number != scan->symbol_number)
			turn_to_symbol(scan, batch);
		time = TickDatasetScanColumn(scan->left, scan->derived->left->schema.time);
		TickCheck(tick_asof_match(scan->asof, time->i64, batch->first, batch->span, batch->keep, &error), &error);
		fill_from_left(scan, batch);
		if (scan->residual == NULL || test_joined(scan, batch))
			return true;
	}
	return false;
}
