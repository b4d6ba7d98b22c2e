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

#include "scan_derived.h"
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
	scan->order = options->order;
	scan->context = CurrentMemoryContext;
	scan->start_context = AllocSetContextCreate(scan->context, "tick derived start", ALLOCSET_DEFAULT_SIZES);
	scan->group_context = AllocSetContextCreate(scan->context, "tick derived group", ALLOCSET_DEFAULT_SIZES);
	scan->columns = palloc0(sizeof(bool) * columns);
	if (options->columns != NULL)
		memcpy(scan->columns, options->columns, sizeof(bool) * columns);
	TickDatasetCheckLayout(derived->right, options->snapshot);
	TickRightInit(&scan->right, derived->right, options->snapshot,
				  TickVersionForScan(derived->right->source, derived->right->dataview_as_of, options->snapshot),
				  &scan->options, scan->context);
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

/* Wanted index of a right column, added when it is new or must be apart. */
static int
want_right(TickDerivedScan *scan, int source, bool apart)
{
	const TickColumn *column = &scan->derived->right->schema.column[source];

	for (int i = 0; i < scan->wanted_columns && !apart; i++)
		if (scan->wanted[i].id == column->id)
			return i;
	scan->wanted[scan->wanted_columns] = *column;
	return scan->wanted_columns++;
}

/* Which right columns the merge has to give, the time last. */
static void
choose_right_columns(TickDerivedScan *scan, const bool *used)
{
	const struct TickDerived *derived = scan->derived;
	int			before = derived->left->schema.columns;

	scan->wanted = palloc(sizeof(TickColumn) * (2 * derived->columns + 1));
	scan->wanted_index = palloc(sizeof(int) * (derived->columns + 1));
	scan->aggregate = palloc0(sizeof(TickWindowAggregate) * (derived->columns + 1));
	scan->aggregates = 0;
	scan->wanted_columns = 0;
	for (int i = 0; i < derived->columns; i++)
	{
		const TickDerivedColumn *column = &derived->column[i];
		TickWindowAggregate *aggregate = &scan->aggregate[scan->aggregates];

		scan->wanted_index[i] = -1;
		if (!scan->columns[before + i] && !used[before + i])
			continue;
		if (!derived->window)
		{
			scan->wanted_index[i] = want_right(scan, column->source, true);
			continue;
		}
		aggregate->kind = column->aggregate;
		aggregate->column = column->source >= 0 ? want_right(scan, column->source, false) : -1;
		aggregate->weight = column->weight >= 0 ? want_right(scan, column->weight, false) : -1;
		aggregate->type = scan->dataset->schema.column[before + i].type;
		aggregate->scale = scan->dataset->schema.column[before + i].scale;
		scan->wanted_index[i] = scan->aggregates++;
	}
	scan->options.wanted = scan->wanted;
	scan->options.wanted_columns = scan->wanted_columns;
	scan->options.time = scan->wanted_columns;
	scan->wanted[scan->wanted_columns] = derived->right->schema.column[derived->right->schema.time];
	scan->options.strict = derived->strict;
	scan->options.tolerance = derived->tolerance;
	scan->options.fill_previous = derived->fill == TICK_DERIVED_FILL_PREVIOUS;
}

/* Make what joins the rows; nothing where no right column is used. */
static void
make_join(TickDerivedScan *scan)
{
	const struct TickDerived *derived = scan->derived;
	const TickMemory *memory = TickMemoryFor(scan->start_context);
	TickWindowOptions options = {.wanted = scan->wanted,.wanted_columns = scan->wanted_columns,
		.time = scan->options.time,.before = derived->before,.after = derived->after,
		.prevailing = derived->prevailing,.aggregate = scan->aggregate,.aggregates = scan->aggregates};
	TickError	error;

	if (derived->window && scan->aggregates > 0)
		TickCheck(tick_window_create(&scan->window, memory, &options, &error), &error);
	else if (!derived->window && scan->wanted_columns > 0)
		TickCheck(tick_asof_create(&scan->asof, memory, &scan->options, &error), &error);
}

bool
TickDerivedScanJoins(const TickDerivedScan *scan)
{
	return scan->asof != NULL || scan->window != NULL;
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
		*column |= TickDerivedScanJoins(scan) && i == derived->left->schema.time;
		scan->left->any_column |= *column;
	}
	scan->left->order = scan->order;
	if (scan->order == TICK_ORDER_NONE && TickDerivedScanJoins(scan))
		scan->left->order = TICK_ORDER_PARTITION;
}

static void
close_group(TickDerivedScan *scan)
{
	if (scan->asof != NULL)
		tick_asof_begin(scan->asof, NULL, NULL, 0, 0);
	if (scan->window != NULL)
		tick_window_begin(scan->window, NULL, 0);
	TickRightRelease(&scan->right);
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

	close_group(scan);
	TickRightForget(&scan->right);
	scan->asof = NULL;
	scan->window = NULL;
	scan->group = 0;
	MemoryContextReset(scan->start_context);
	old = MemoryContextSwitchTo(scan->start_context);
	used = palloc0(sizeof(bool) * scan->dataset->schema.columns);
	part_filter(scan, widest, &widest_left, &ignored, used);
	memset(used, 0, sizeof(bool) * scan->dataset->schema.columns);
	part_filter(scan, filter, &left, &scan->residual, used);
	choose_right_columns(scan, used);
	make_join(scan);
	choose_left_columns(scan, used);
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
TickDerivedScanCounters(const TickDerivedScan *scan, TickScanCounters *counters)
{
	TickCursorCounters more = {0};

	TickDatasetScanCounters(scan->left, counters);
	if (scan->right.merge != NULL)
		tick_merge_counters(scan->right.merge, &more);
	counters->segments_opened += scan->right.segments_opened;
	counters->cursor.row_groups += scan->right.counters.row_groups + more.row_groups;
	counters->cursor.row_groups_pruned += scan->right.counters.row_groups_pruned + more.row_groups_pruned;
	counters->cursor.chunks += scan->right.counters.chunks + more.chunks;
	counters->cursor.chunk_bytes += scan->right.counters.chunk_bytes + more.chunk_bytes;
	counters->cursor.batches += scan->right.counters.batches + more.batches;
}

/* ---- the left side's symbols ---- */

static int
compare_needed(const void *a, const void *b)
{
	return tick_string_compare(((const TickRightNeed *) a)->name, ((const TickRightNeed *) b)->name);
}

/* Append a directory entry's symbol. */
static void
add_needed(TickRightNeed **needed, int *count, int *room, const TickDatasetScan *left,
		   const TickSegmentReader *reader, uint32 index)
{
	TickSymbolEntry entry;
	TickRightNeed *one;

	tick_segment_symbol(reader, index, &entry);
	if (entry.is_null && left->dataset->schema.symbol >= 0)
		return;
	if (*count == *room)
	{
		*room *= 2;
		*needed = repalloc_huge(*needed, sizeof(TickRightNeed) * *room);
	}
	one = &(*needed)[(*count)++];
	one->name = entry.name;
	one->time = entry.time_min;
	if (entry.is_null)
		one->name = (TickString) {"", 0};
}

/* The symbols of the left group, ascending, with their first times. */
static TickRightNeed *
left_symbols(const TickDatasetScan *left, int *count)
{
	int			room = 256;
	int			distinct = 0;
	TickRightNeed *needed = palloc(sizeof(TickRightNeed) * room);

	*count = 0;
	for (int i = 0; i < left->merge_inputs; i++)
	{
		const TickSegmentReader *reader = left->merge_input[i]->reader;

		CHECK_FOR_INTERRUPTS();
		for (uint32 j = 0; !left->has_symbols && j < tick_segment_symbols(reader); j++)
			add_needed(&needed, count, &room, left, reader, j);
		for (int j = 0; j < left->symbols; j++)
		{
			int64		index = tick_segment_find_symbol(reader, left->symbol[j].text);

			if (index >= 0)
				add_needed(&needed, count, &room, left, reader, (uint32) index);
		}
	}
	if (left->merge_inputs == 1)
		return needed;
	qsort(needed, *count, sizeof(TickRightNeed), compare_needed);
	for (int i = 0; i < *count; i++)
	{
		if (distinct > 0 && compare_needed(&needed[distinct - 1], &needed[i]) == 0)
			needed[distinct - 1].time = Min(needed[distinct - 1].time, needed[i].time);
		else
			needed[distinct++] = needed[i];
	}
	*count = distinct;
	return needed;
}

/* ---- groups of left segments ---- */

/* The times of the left group's rows, as far as segments and conditions tell. */
static void
bound_group(const TickDerivedScan *scan, int64 *low, int64 *high)
{
	const TickDatasetScan *left = scan->left;

	*low = PG_INT64_MAX;
	*high = PG_INT64_MIN;
	for (int i = 0; i < left->merge_inputs; i++)
	{
		const TickSegmentEntry *entry = left->merge_input[i]->entry;

		*low = Min(*low, TickRightTime(left->dataset, entry->time_min));
		*high = Max(*high, TickRightTime(left->dataset, entry->time_max));
	}
	if (tick_enable_zone_maps)
	{
		*low = Max(*low, left->time_low);
		*high = Min(*high, left->time_high);
	}
}

/* From the beginning of the first window to the end of the last. */
static void
widen_group(const TickDerivedScan *scan, int64 *low, int64 *high, TickRightNeed *needs, int count)
{
	const struct TickDerived *derived = scan->derived;

	*low = tick_window_bound(*low, -derived->before);
	*high = tick_window_bound(*high, derived->after);
	for (int i = 0; i < count; i++)
		needs[i].time = tick_window_bound(needs[i].time, -derived->before);
}

void
TickDerivedOpenRight(TickDerivedScan *scan, int64 *low, int64 *high)
{
	TickDatasetScan *left = scan->left;
	TickRight  *right = &scan->right;
	MemoryContext old = MemoryContextSwitchTo(scan->group_context);
	TickRightNeed *needs;
	int			count;

	close_group(scan);
	scan->group = left->merges;
	scan->symbol_number = 0;
	bound_group(scan, low, high);
	needs = left_symbols(left, &count);
	right->more = left->next_input < left->inputs;
	if (scan->window != NULL)
	{
		widen_group(scan, low, high, needs, count);
		if (!scan->derived->prevailing)
			count = 0;
	}
	TickRightBegin(right, *low, *high, needs, count, left->has_symbols ? left->symbol : NULL, left->symbols);
	MemoryContextSwitchTo(old);
}

static void
open_group(TickDerivedScan *scan)
{
	TickRight  *right = &scan->right;
	int64		low,
				high;

	right->unmerged = false;
	TickDerivedOpenRight(scan, &low, &high);
	if (scan->window != NULL)
		tick_window_begin(scan->window, right->merge, low);
	else
		tick_asof_begin(scan->asof, right->merge, right->reader, right->inputs, low);
}

/* Turn to the batch's symbol. */
static void
turn_to_symbol(TickDerivedScan *scan, const TickScanBatch *batch)
{
	const TickString *name = batch->symbol != NULL ? &batch->symbol->name : NULL;
	TickError	error;

	scan->symbol_number = scan->left->slice.symbol_number;
	if (batch->symbol != NULL && batch->symbol->is_null)
	{
		if (scan->window != NULL)
			tick_window_no_symbol(scan->window);
		else
			tick_asof_no_symbol(scan->asof);
	}
	else if (scan->window != NULL)
		TickCheck(tick_window_symbol(scan->window, name, TickRightPrior(&scan->right, name), &error), &error);
	else
		TickCheck(tick_asof_symbol(scan->asof, name, TickRightPrior(&scan->right, name), &error), &error);
}

/* ---- batches ---- */

const TickVector *
TickDerivedScanColumn(TickDerivedScan *scan, int column)
{
	int			before = scan->derived->left->schema.columns;

	if (column < before)
		return TickDatasetScanColumn(scan->left, column);
	if (scan->window != NULL)
		return tick_window_column(scan->window, scan->wanted_index[column - before]);
	return tick_asof_column(scan->asof, scan->wanted_index[column - before]);
}

/* The left scan's columns, where no right one is used. */
static int
left_wanted(TickDerivedScan *scan, const TickColumn **wanted, const int **index)
{
	int			columns = scan->dataset->schema.columns;
	int		   *all = MemoryContextAlloc(scan->start_context, sizeof(int) * Max(columns, 1));
	const int  *left;
	int			count = TickDatasetScanWanted(scan->left, wanted, &left);

	for (int i = 0; i < columns; i++)
		all[i] = i < scan->derived->left->schema.columns ? left[i] : -1;
	*index = all;
	return count;
}

int
TickDerivedScanWanted(TickDerivedScan *scan, const TickColumn **wanted, const int **index)
{
	int		   *identity;

	if (!TickDerivedScanJoins(scan))
		return left_wanted(scan, wanted, index);
	identity = MemoryContextAlloc(scan->start_context, sizeof(int) * Max(scan->dataset->schema.columns, 1));

	for (int i = 0; i < scan->dataset->schema.columns; i++)
		identity[i] = i;
	*wanted = scan->dataset->schema.column;
	*index = identity;
	return scan->dataset->schema.columns;
}

static TickStatus
joined_column(void *context, int column, const TickVector **vector, TickError *error)
{
	*vector = TickDerivedScanColumn(context, column);
	return TICK_OK;
}

/* Let left columns stand in for nulls. */
static void
fill_from_left(TickDerivedScan *scan)
{
	for (int i = 0; i < scan->derived->columns; i++)
	{
		int			fill = scan->derived->column[i].fill;

		if (fill >= 0 && scan->wanted_index[i] >= 0)
			tick_asof_fill(scan->asof, scan->wanted_index[i], TickDatasetScanColumn(scan->left, fill));
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

		if (!TickDerivedScanJoins(scan))
			return true;
		if (scan->left->merges != scan->group)
			open_group(scan);
		if (scan->left->slice.symbol_number != scan->symbol_number)
			turn_to_symbol(scan, batch);
		time = TickDatasetScanColumn(scan->left, scan->derived->left->schema.time);
		if (scan->window != NULL)
			TickCheck(tick_window_match(scan->window, time->i64, batch->first, batch->span, batch->keep, &error), &error);
		else
		{
			TickCheck(tick_asof_match(scan->asof, time->i64, batch->first, batch->span, batch->keep, &error), &error);
			fill_from_left(scan);
		}
		if (scan->residual == NULL || test_joined(scan, batch))
			return true;
	}
	return false;
}
