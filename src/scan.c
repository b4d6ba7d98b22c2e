/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Rows of a dataset at a version, filtered, by batches.
 *
 * Without an order, segments are walked one by one with a cursor, over the
 * row ranges of the symbols that pass.  In (symbol, time) order they are
 * merged; when one symbol alone is read, order is by time, and segments that
 * do not overlap in time are merged one group after the other, so that the
 * last row before some time is found in the last segments alone.
 *
 * When no column is wanted and nothing is left to test, rows are counted
 * from the catalog and from directories, and no chunk is read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"

#include "core/aggregate.h"
#include "scan_derived.h"
#include "scan_internal.h"
#include "segment_cache.h"
#include "tick.h"

TickDatasetScan *
TickDatasetScanBegin(const TickScanOptions *options)
{
	const TickSchema *schema = &options->dataset->schema;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick scan", ALLOCSET_DEFAULT_SIZES);
	TickDatasetScan *scan = MemoryContextAllocZero(context, sizeof(TickDatasetScan));

	scan->context = context;
	scan->list_context = AllocSetContextCreate(context, "tick segment list", ALLOCSET_DEFAULT_SIZES);
	scan->start_context = AllocSetContextCreate(context, "tick scan start", ALLOCSET_DEFAULT_SIZES);
	scan->input_context = AllocSetContextCreate(context, "tick scan input", ALLOCSET_DEFAULT_SIZES);
	scan->dataset = options->dataset;
	scan->snapshot = options->snapshot;
	scan->version = options->version;
	scan->order = options->order;
	scan->zone_maps = options->zone_maps;
	if (options->dataset->derived != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		scan->derived = TickDerivedScanBegin(options);
		MemoryContextSwitchTo(old);
		return scan;
	}
	scan->columns = MemoryContextAllocZero(context, schema->columns * sizeof(bool));
	for (int i = 0; i < schema->columns; i++)
	{
		scan->columns[i] = options->columns != NULL && options->columns[i];
		scan->any_column |= scan->columns[i];
	}
	scan->empty = true;
	return scan;
}

/* ---- errors ---- */

/* Tell what was being read: a segment, or several that are merged. */
static void
scan_context(void *arg)
{
	const TickDatasetScan *scan = arg;
	const ScanInput *input = scan->current;

	if (scan->merge_inputs == 1)
		input = scan->merge_input[0];
	else if (scan->merge_inputs == 0 && scan->seek != NULL)
		input = TickScanSeekInput(scan->seek);
	if (input != NULL)
		errcontext("segment %lld of dataset \"%s\"", (long long) input->entry->id, scan->dataset->name);
	else if (scan->merge_inputs > 1)
		errcontext("one of segments %lld to %lld of dataset \"%s\"",
				   (long long) scan->merge_input[0]->entry->id,
				   (long long) scan->merge_input[scan->merge_inputs - 1]->entry->id, scan->dataset->name);
}

void
TickScanRaise(const TickDatasetScan *scan, const TickError *error)
{
	ErrorContextCallback callback = {.previous = error_context_stack,.callback = scan_context,.arg = (void *) scan};

	error_context_stack = &callback;
	TickRaise(error);
}

/* ---- open inputs ---- */

/* Add counters of a cursor or merge to others. */
static void
add_counters(TickCursorCounters *counters, const TickCursorCounters *more)
{
	counters->row_groups += more->row_groups;
	counters->row_groups_pruned += more->row_groups_pruned;
	counters->chunks += more->chunks;
	counters->chunk_bytes += more->chunk_bytes;
	counters->batches += more->batches;
}

void
TickScanAddCursor(TickCursorCounters *counters, const TickCursor *cursor)
{
	TickCursorCounters more;

	tick_cursor_counters(cursor, &more);
	add_counters(counters, &more);
}

void
TickScanCountCursor(TickDatasetScan *scan, const TickCursor *cursor)
{
	TickScanAddCursor(&scan->counters.cursor, cursor);
}

void
TickScanCloseInput(ScanInput *input)
{
	if (input->reader != NULL)
		TickSegmentRelease(input->reader);
	input->reader = NULL;
}

void
TickScanEndMerge(TickDatasetScan *scan)
{
	TickCursorCounters counters;

	if (scan->merge != NULL)
	{
		tick_merge_counters(scan->merge, &counters);
		add_counters(&scan->counters.cursor, &counters);
		tick_merge_free(scan->merge);
	}
	for (int i = 0; i < scan->merge_inputs; i++)
		TickScanCloseInput(scan->merge_input[i]);
	scan->merge = NULL;
	scan->merge_inputs = 0;
	scan->batch_cursor = NULL;
	MemoryContextReset(scan->input_context);
}

/* Close the cursor or merge at hand with its segments. */
static void
close_inputs(TickDatasetScan *scan)
{
	if (scan->cursor != NULL)
	{
		TickScanCountCursor(scan, scan->cursor);
		tick_cursor_free(scan->cursor);
	}
	if (scan->current != NULL)
		TickScanCloseInput(scan->current);
	scan->cursor = NULL;
	scan->current = NULL;
	scan->ranges = scan->next_range = 0;
	TickScanEndMerge(scan);
}

void
TickScanOpenInput(TickDatasetScan *scan, ScanInput *input)
{
	input->reader = TickSegmentAcquire(input->entry, scan->snapshot);
	input->residual = TickScanResidual(scan, input->entry);
	scan->counters.segments_opened++;
}

/* ---- start and end ---- */

/* Is one symbol alone read (or is there no symbol), so that time is the order? */
static bool
time_is_order(const TickDatasetScan *scan)
{
	return scan->dataset->schema.time >= 0 &&
		(scan->dataset->schema.symbol < 0 || (scan->has_symbols && scan->symbols <= 1));
}

/*
 * Find where inputs part into groups that follow each other in time: before
 * an input when all before it end earlier than it and all after it begin.
 * One group when symbols come first in the order, and one a partition when
 * the order is that.
 */
static void
mark_groups(TickDatasetScan *scan)
{
	int64	   *least = palloc(sizeof(int64) * (scan->inputs + 1));
	int64		most = PG_INT64_MIN;
	bool		divide = time_is_order(scan);

	scan->group_begins = palloc0(sizeof(bool) * (scan->inputs + 1));
	scan->group_begins[0] = scan->group_begins[scan->inputs] = true;
	least[scan->inputs] = PG_INT64_MAX;
	for (int i = scan->inputs - 1; i >= 0; i--)
	{
		least[i] = Min(least[i + 1], scan->input[i].entry->time_min);
		divide &= scan->input[i].entry->has_time;
	}
	for (int i = 1; scan->order == TICK_ORDER_PARTITION && i < scan->inputs; i++)
		scan->group_begins[i] = scan->input[i - 1].entry->partition != scan->input[i].entry->partition;
	for (int i = 0; divide && scan->order != TICK_ORDER_PARTITION && i < scan->inputs; i++)
	{
		if (i > 0 && most < least[i])
			scan->group_begins[i] = true;
		most = Max(most, scan->input[i].entry->time_max);
	}
	pfree(least);
}

void
TickDatasetScanStart(TickDatasetScan *scan, const TickFilter *filter, const TickFilter *widest)
{
	MemoryContext old;

	if (scan->derived != NULL)
	{
		TickDerivedScanStart(scan->derived, filter, widest);
		return;
	}
	TickScanEndSeek(scan);
	close_inputs(scan);
	MemoryContextReset(scan->start_context);
	scan->empty = false;
	scan->conjuncts = 0;
	scan->symbol_filter = NULL;
	scan->has_symbols = false;
	scan->symbols = 0;
	scan->inputs = 0;
	scan->prune = NULL;
	scan->counters.starts++;
	old = MemoryContextSwitchTo(scan->start_context);
	TickScanChoose(scan, filter, widest);
	if (scan->order != TICK_ORDER_NONE && !scan->empty)
		mark_groups(scan);
	MemoryContextSwitchTo(old);
	scan->next_input = scan->order == TICK_ORDER_BACKWARD ? scan->inputs : 0;
}

void
TickDatasetScanRewind(TickDatasetScan *scan)
{
	if (scan->derived != NULL)
	{
		TickDerivedScanRewind(scan->derived);
		return;
	}
	TickScanEndSeek(scan);
	close_inputs(scan);
	scan->next_input = scan->order == TICK_ORDER_BACKWARD ? scan->inputs : 0;
}

void
TickDatasetScanEnd(TickDatasetScan *scan)
{
	if (scan->derived != NULL)
		TickDerivedScanEnd(scan->derived);
	TickScanEndSeek(scan);
	close_inputs(scan);
	MemoryContextDelete(scan->context);
}

void
TickDatasetScanCounters(const TickDatasetScan *scan, TickScanCounters *counters)
{
	TickCursorCounters more;

	if (scan->derived != NULL)
	{
		TickDerivedScanCounters(scan->derived, counters);
		return;
	}
	*counters = scan->counters;
	if (scan->seek != NULL)
		TickScanCountSeek(scan, &counters->cursor);
	if (scan->cursor != NULL)
		TickScanAddCursor(&counters->cursor, scan->cursor);
	if (scan->merge != NULL)
	{
		tick_merge_counters(scan->merge, &more);
		add_counters(&counters->cursor, &more);
	}
}

/* ---- batches ---- */

/* Bits first .. first + rows - 1 that are set. */
uint32
TickScanCountBits(const uint64 *bits, uint32 first, uint32 rows)
{
	uint32		end = first + rows;
	uint32		count = 0;

	for (uint32 w = first / 64; w * 64 < end; w++)
	{
		uint64		word = bits[w];

		if (w == first / 64)
			word &= ~UINT64CONST(0) << (first % 64);
		if (end - w * 64 < 64)
			word &= (UINT64CONST(1) << (end % 64)) - 1;
		count += __builtin_popcountll(word);
	}
	return count;
}

static void
reverse_places(uint16 *places, uint32 count)
{
	for (uint32 i = 0; i < count / 2; i++)
	{
		uint16		place = places[i];

		places[i] = places[count - 1 - i];
		places[count - 1 - i] = place;
	}
}

uint32
TickScanPlaces(const TickScanBatch *batch, uint16 *places)
{
	uint32		end = batch->first + batch->span;
	uint32		count = 0;

	if (batch->keep == NULL)
	{
		for (uint32 i = 0; i < batch->span; i++)
			places[i] = (uint16) (batch->first + i);
		count = batch->span;
	}
	for (uint32 w = batch->first / 64; batch->keep != NULL && w * 64 < end; w++)
	{
		uint64		word = batch->keep[w];

		if (w == batch->first / 64)
			word &= ~UINT64CONST(0) << (batch->first % 64);
		if (end - w * 64 < 64)
			word &= (UINT64CONST(1) << (end % 64)) - 1;
		for (; word != 0; word &= word - 1)
			places[count++] = (uint16) (w * 64 + __builtin_ctzll(word));
	}
	if (batch->backward)
		reverse_places(places, count);
	return count;
}

const TickVector *
TickDatasetScanColumn(TickDatasetScan *scan, int column)
{
	const TickVector *vector;
	TickError	error;

	if (scan->derived != NULL)
		return TickDerivedScanColumn(scan->derived, column);
	Assert(scan->batch_cursor != NULL && scan->wanted_index[column] >= 0);
	TickScanCheck(scan, tick_cursor_column(scan->batch_cursor, scan->wanted_index[column], &vector, &error), &error);
	return vector;
}

void
TickScanApply(const TickDatasetScan *scan, const TickFilter *filter, TickCursor *cursor, uint32 rows, uint64 *keep)
{
	TickError	error;

	memset(keep, 0xff, tick_bit_words(rows) * sizeof(uint64));
	TickScanCheck(scan, tick_filter_apply(filter, rows, tick_cursor_filter_column, cursor, keep, &error), &error);
}

/* ---- without an order ---- */

/*
 * Open the next input.  When there is nothing to decode, give all its rows
 * as one batch instead; *counted tells.
 */
static bool
next_input(TickDatasetScan *scan, TickScanBatch *batch, bool *counted)
{
	ScanInput  *input = &scan->input[scan->next_input++];
	MemoryContext old = MemoryContextSwitchTo(scan->input_context);
	TickError	error;

	*counted = false;
	batch->partition = input->entry->partition;
	scan->current = input;
	if (!scan->any_column && scan->symbol_filter == NULL)
	{
		input->residual = TickScanResidual(scan, input->entry);
		if (input->residual == NULL)
		{
			*counted = true;
			batch->rows = input->entry->rows;
			MemoryContextSwitchTo(old);
			return true;
		}
	}
	TickScanOpenInput(scan, input);
	scan->next_range = 0;
	if (!scan->any_column && input->residual == NULL)
	{
		*counted = true;
		TickScanRanges(scan, input, &scan->range, &scan->ranges);
		for (int i = 0; i < scan->ranges; i++)
			batch->rows += scan->range[i].end - scan->range[i].first;
	}
	else
	{
		TickScanCheck(scan, tick_cursor_create(&scan->cursor, TickMemoryFor(scan->input_context), input->reader,
											   scan->wanted, scan->wanted_columns, &error), &error);
		TickScanRanges(scan, input, &scan->range, &scan->ranges);
		tick_cursor_prune(scan->cursor, tick_enable_zone_maps ? input->residual : NULL);
		/* nothing to walk until a range is sought */
		tick_cursor_seek(scan->cursor, 0, 0);
	}
	MemoryContextSwitchTo(old);
	return *counted && batch->rows > 0;
}

/* Move the cursor to its next batch, through the ranges; false at the end. */
static bool
next_cursor_batch(TickDatasetScan *scan, uint32 *rows)
{
	uint64		first_row;
	TickError	error;

	while (scan->cursor != NULL)
	{
		TickStatus	status = tick_cursor_next(scan->cursor, &first_row, rows, &error);

		if (status == TICK_OK)
			return true;
		if (status != TICK_END)
			TickScanRaise(scan, &error);
		if (scan->next_range >= scan->ranges)
			return false;
		tick_cursor_seek(scan->cursor, scan->range[scan->next_range].first, scan->range[scan->next_range].end);
		scan->next_range++;
	}
	return false;
}

/* Fill the batch from the cursor's; false when no row passes. */
static bool
cursor_batch(TickDatasetScan *scan, uint32 rows, TickScanBatch *batch)
{
	scan->counters.rows_scanned += rows;
	scan->batch_cursor = scan->cursor;
	batch->partition = scan->current->entry->partition;
	batch->rows = batch->span = rows;
	if (scan->current->residual != NULL)
	{
		TickScanApply(scan, scan->current->residual, scan->cursor, rows, scan->keep);
		batch->rows = TickScanCountBits(scan->keep, 0, rows);
		if (batch->rows < rows)
			batch->keep = scan->keep;
	}
	return batch->rows > 0;
}

static bool
next_unordered(TickDatasetScan *scan, TickScanBatch *batch)
{
	for (;;)
	{
		uint32		rows;
		bool		counted;

		CHECK_FOR_INTERRUPTS();
		memset(batch, 0, sizeof(*batch));
		if (next_cursor_batch(scan, &rows))
		{
			if (cursor_batch(scan, rows, batch))
				return true;
			continue;
		}
		close_inputs(scan);
		if (scan->next_input >= scan->inputs)
			return false;
		if (next_input(scan, batch, &counted) && counted)
			return true;
	}
}

/* ---- in order ---- */

/* The group of inputs to merge next; false when there is none. */
static bool
next_group(TickDatasetScan *scan, int *first, int *end)
{
	*first = *end = scan->next_input;
	if (scan->order != TICK_ORDER_BACKWARD)
	{
		if (*first >= scan->inputs)
			return false;
		do
			(*end)++;
		while (!scan->group_begins[*end]);
		scan->next_input = *end;
	}
	else
	{
		if (*end <= 0)
			return false;
		do
			(*first)--;
		while (!scan->group_begins[*first]);
		scan->next_input = *first;
	}
	return true;
}

/*
 * Open the inputs of a group, without those that lack all the symbols asked
 * for.  All are ordered by the dataset's symbol and time: whoever moves a role
 * is refused before a scan begins (TickDatasetCheckLayout()).
 */
static void
open_group(TickDatasetScan *scan, int first, int end)
{
	scan->merge_input = palloc(sizeof(ScanInput *) * (end - first));
	for (int i = first; i < end; i++)
	{
		ScanInput  *input = &scan->input[i];
		bool		found = !scan->has_symbols;

		CHECK_FOR_INTERRUPTS();
		TickScanOpenInput(scan, input);
		scan->merge_input[scan->merge_inputs++] = input;
		for (int j = 0; j < scan->symbols && !found; j++)
			found = tick_segment_find_symbol(input->reader, scan->symbol[j].text) >= 0;
		if (!found)
		{
			TickScanCloseInput(input);
			scan->merge_inputs--;
		}
	}
}

void
TickScanBeginMerge(TickDatasetScan *scan, const TickFilterValue *names, int symbols, bool null_symbol,
				   int64 time_low, int64 time_high)
{
	TickMergeOptions options = {.time = -1,.symbols = names,.symbol_count = symbols,.null_symbol = null_symbol,
	.wanted = scan->wanted,.wanted_columns = scan->wanted_columns,.time_low = time_low,.time_high = time_high,
	.descending = scan->order == TICK_ORDER_BACKWARD,.prune = scan->prune};
	MemoryContext old = MemoryContextSwitchTo(scan->input_context);
	TickSegmentReader **readers = palloc(sizeof(TickSegmentReader *) * scan->merge_inputs);
	TickError	error;

	for (int i = 0; i < scan->merge_inputs; i++)
	{
		readers[i] = scan->merge_input[i]->reader;
		scan->merge_input[i]->keep_rows = 0;
		scan->merge_input[i]->keep = palloc(TICK_BATCH_ROWS / 8);
	}
	if (scan->dataset->schema.time >= 0)
		options.time = scan->wanted_index[scan->dataset->schema.time];
	TickScanCheck(scan, tick_merge_create(&scan->merge, TickMemoryFor(scan->input_context), readers,
										  scan->merge_inputs, &options, &error), &error);
	MemoryContextSwitchTo(old);
}

bool
TickScanOpenGroup(TickDatasetScan *scan, TickFilterValue **names, int *symbols, bool *null_symbol)
{
	int			first,
				end;
	MemoryContext old;

	do
	{
		close_inputs(scan);
		if (scan->empty || !next_group(scan, &first, &end))
			return false;
		old = MemoryContextSwitchTo(scan->input_context);
		open_group(scan, first, end);
		MemoryContextSwitchTo(old);
	} while (scan->merge_inputs == 0);

	scan->merges++;
	*names = NULL;
	*symbols = 0;
	*null_symbol = false;
	old = MemoryContextSwitchTo(scan->input_context);
	if (!TickScanMergeSymbols(scan, scan->merge_input, scan->merge_inputs, names, symbols, null_symbol))
		*names = NULL;
	MemoryContextSwitchTo(old);
	return true;
}

/* Merge the next group that has rows; false when there is none left. */
static bool
open_merge(TickDatasetScan *scan)
{
	TickFilterValue *names;
	int			symbols;
	bool		null_symbol;

	if (!TickScanOpenGroup(scan, &names, &symbols, &null_symbol))
		return false;
	TickScanBeginMerge(scan, names, symbols, null_symbol,
					   tick_enable_zone_maps ? scan->time_low : PG_INT64_MIN,
					   tick_enable_zone_maps ? scan->time_high : PG_INT64_MAX);
	return true;
}

/* Each batch is tested once, though it comes in many slices. */
bool
TickScanSliceBatch(TickDatasetScan *scan, TickScanBatch *batch)
{
	ScanInput  *input = scan->merge_input[scan->slice.input];
	uint64		first_row;
	uint32		rows;

	memset(batch, 0, sizeof(*batch));
	scan->counters.rows_scanned += scan->slice.rows;
	scan->batch_cursor = scan->slice.cursor;
	batch->partition = input->entry->partition;
	batch->backward = scan->order == TICK_ORDER_BACKWARD;
	batch->first = scan->slice.first;
	batch->span = scan->slice.rows;
	batch->rows = scan->slice.rows;
	if (scan->dataset->schema.symbol >= 0)
		batch->symbol = &scan->slice.symbol;
	if (input->residual != NULL)
	{
		tick_cursor_position(scan->slice.cursor, &first_row, &rows);
		if (input->keep_rows != rows || input->keep_row != first_row)
		{
			TickScanApply(scan, input->residual, scan->slice.cursor, rows, input->keep);
			input->keep_row = first_row;
			input->keep_rows = rows;
		}
		batch->rows = TickScanCountBits(input->keep, batch->first, batch->span);
		if (batch->rows < batch->span)
			batch->keep = input->keep;
	}
	return batch->rows > 0;
}

bool
TickScanNextSlice(TickDatasetScan *scan)
{
	TickError	error;
	TickStatus	status = tick_merge_next(scan->merge, &scan->slice, &error);

	if (status != TICK_OK && status != TICK_END)
		TickScanRaise(scan, &error);
	return status == TICK_OK;
}

const TickVector *
TickScanSliceTime(TickDatasetScan *scan)
{
	const TickVector *vector;
	TickError	error;

	TickScanCheck(scan, tick_cursor_column(scan->slice.cursor, scan->wanted_index[scan->dataset->schema.time],
										   &vector, &error), &error);
	return vector;
}

static bool
next_ordered(TickDatasetScan *scan, TickScanBatch *batch)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (scan->merge != NULL && TickScanNextSlice(scan))
		{
			if (TickScanSliceBatch(scan, batch))
				return true;
		}
		else if (!open_merge(scan))
			return false;
	}
}

/* ---- segment by segment ---- */

bool
TickDatasetScanJoins(const TickDatasetScan *scan)
{
	return scan->derived != NULL && TickDerivedScanJoins(scan->derived);
}

const TickSegmentEntry *
TickDatasetScanSegment(TickDatasetScan *scan, bool *whole)
{
	ScanInput  *input;
	MemoryContext old;

	if (scan->derived != NULL)
		return TickDatasetScanSegment(scan->derived->left, whole);
	CHECK_FOR_INTERRUPTS();
	if (scan->empty || scan->next_input >= scan->inputs)
		return NULL;
	input = &scan->input[scan->next_input++];
	old = MemoryContextSwitchTo(scan->start_context);
	*whole = scan->symbol_filter == NULL && TickScanResidual(scan, input->entry) == NULL;
	MemoryContextSwitchTo(old);
	return input->entry;
}

void
TickDatasetScanOpen(TickDatasetScan *scan, TickScanSegment *segment)
{
	ScanInput  *input;
	MemoryContext old;
	RowRange   *range;
	int			ranges;

	if (scan->derived != NULL)
	{
		TickDatasetScanOpen(scan->derived->left, segment);
		return;
	}
	input = &scan->input[scan->next_input - 1];
	old = MemoryContextSwitchTo(scan->start_context);
	TickScanOpenInput(scan, input);
	scan->current = input;
	TickScanRanges(scan, input, &range, &ranges);
	scan->current = NULL;
	segment->reader = input->reader;
	input->reader = NULL;
	segment->filter = input->residual;
	segment->symbols_tested = scan->symbol_filter != NULL;
	segment->ranges = ranges;
	segment->range = palloc(sizeof(TickSegmentRange) * Max(ranges, 1));
	for (int i = 0; i < ranges; i++)
	{
		segment->range[i].first = range[i].first;
		segment->range[i].end = range[i].end;
	}
	MemoryContextSwitchTo(old);
}

int
TickDatasetScanSegments(const TickDatasetScan *scan, bool *alone)
{
	*alone = true;
	for (int i = 1; i < scan->inputs; i++)
		if (scan->input[i].entry->partition == scan->input[i - 1].entry->partition)
			*alone = false;
	return scan->empty ? 0 : scan->inputs;
}

bool
TickDatasetScanTimes(const TickDatasetScan *scan, int64 *low, int64 *high)
{
	*low = PG_INT64_MAX;
	*high = PG_INT64_MIN;
	if (scan->derived != NULL)
		scan = scan->derived->left;
	for (int i = 0; i < scan->inputs; i++)
		if (scan->input[i].entry->has_time)
		{
			*low = Min(*low, scan->input[i].entry->time_min);
			*high = Max(*high, scan->input[i].entry->time_max);
		}
	return *low <= *high;
}

int
TickDatasetScanWanted(const TickDatasetScan *scan, const TickColumn **wanted, const int **index)
{
	if (scan->derived != NULL)
		return TickDerivedScanWanted(scan->derived, wanted, index);
	*wanted = scan->wanted;
	*index = scan->wanted_index;
	return scan->wanted_columns;
}

bool
TickDatasetScanNext(TickDatasetScan *scan, TickScanBatch *batch)
{
	if (scan->derived != NULL)
		return TickDerivedScanNext(scan->derived, batch);
	if (scan->empty)
		return false;
	return scan->order == TICK_ORDER_NONE ? next_unordered(scan, batch) : next_ordered(scan, batch);
}
