/*-------------------------------------------------------------------------
 *
 * scan_seek.c
 *	  The rows of one symbol before or after some time, again and again.
 *
 * What a join by LATERAL asks for each of its outer rows: the last row at or
 * before a time.  An ordinary start chooses, opens and merges segments, which
 * is worth it for many rows and not for one.  Here segments, decoded batches
 * and the place in them stay as they are between seeks; the next time is
 * looked for where the last one was found, then in the batch behind, then by
 * halves.  Outer rows in order of time cost some tens of nanoseconds each.
 *
 * Segments that overlap in time are one group, and groups are opened when
 * their times are asked for.  Where several segments of a group have rows of
 * the symbol at overlapping times, the group's rows are merged anew for each
 * seek.
 *
 * Memory: a batch and a chunk of each column in each open segment; beyond
 * tick.cache_memory all groups but the one at hand are closed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "scan_internal.h"
#include "segment_cache.h"
#include "tick.h"

/* A symbol's rows in one segment. */
typedef struct SeekPiece
{
	ScanInput  *input;
	TickCursor *cursor;
	TickSymbolEntry entry;
	uint64		end;			/* behind its last row */
} SeekPiece;

/* Inputs that overlap in time. */
typedef struct SeekGroup
{
	int			first;			/* inputs first .. end - 1 */
	int			end;
	int64		time_min;
	int64		time_max;
	MemoryContext context;		/* of what follows, NULL while closed */
	TickCursor **cursor;		/* by input, made when needed */
	uint64		symbol;			/* number of the symbol that pieces are of */
	int			pieces;
	SeekPiece  *piece;			/* in order of time */
	bool		overlap;		/* pieces overlap in time: they must be merged */
} SeekGroup;

struct TickSeek
{
	MemoryContext context;
	int			groups;
	SeekGroup  *group;			/* in order of time */

	/* the symbol sought */
	uint64		symbol;			/* counts changes of it */
	bool		any_symbol;		/* the dataset has no symbol column */
	char		name[TICK_MAX_SYMBOL_BYTES];
	TickFilterValue wanted;		/* its text is name */

	/* what is left of the seek at hand */
	int64		low;
	int64		high;
	int			next_group;
	SeekGroup  *at;				/* NULL when a group is to be entered */
	int			next_piece;
	SeekPiece  *piece;			/* NULL when a piece is to be entered */
	uint64		first;			/* rows of it still to come */
	uint64		end;
	bool		merging;

	/* the batch that is decoded: rows batch_first .. batch_end - 1 of a piece's segment */
	const TickCursor *batch_of;
	uint64		batch_first;
	uint64		batch_end;
	const int64 *time;
	int64		next_time;		/* of row batch_end, when known */
	bool		next_known;
	uint32		hint;			/* where the last search in the batch ended */
	uint64		serial;			/* counts batches and slices */
	uint64		batch_serial;	/* of this one */
	bool		tested;			/* keep is set for it */
	bool		all_pass;
	uint64		keep[TICK_BATCH_ROWS / 64];
};

/* ---- groups ---- */

/* Part the chosen inputs into groups that follow each other in time; false when they have none. */
static bool
make_groups(TickDatasetScan *scan, TickSeek *seek)
{
	int64	   *least = palloc(sizeof(int64) * (scan->inputs + 1));
	SeekGroup  *group = NULL;

	seek->group = palloc0(sizeof(SeekGroup) * Max(scan->inputs, 1));
	least[scan->inputs] = PG_INT64_MAX;
	for (int i = scan->inputs - 1; i >= 0; i--)
	{
		if (!scan->input[i].entry->has_time)
			return false;
		least[i] = Min(least[i + 1], scan->input[i].entry->time_min);
	}
	for (int i = 0; i < scan->inputs; i++)
	{
		const TickSegmentEntry *entry = scan->input[i].entry;

		if (group == NULL || group->time_max < least[i])
		{
			group = &seek->group[seek->groups++];
			group->first = i;
			group->time_min = entry->time_min;
			group->time_max = entry->time_max;
		}
		group->end = i + 1;
		group->time_min = Min(group->time_min, entry->time_min);
		group->time_max = Max(group->time_max, entry->time_max);
	}
	pfree(least);
	return true;
}

static void
close_group(TickDatasetScan *scan, SeekGroup *group)
{
	TickSeek   *seek = scan->seek;

	if (group->context == NULL)
		return;
	for (int i = group->first; i < group->end; i++)
	{
		TickCursor *cursor = group->cursor[i - group->first];

		if (cursor != NULL)
		{
			if (seek->batch_of == cursor)
				seek->batch_of = NULL;
			TickScanCountCursor(scan, cursor);
			tick_cursor_free(cursor);
		}
		TickScanCloseInput(&scan->input[i]);
	}
	MemoryContextDelete(group->context);
	group->context = NULL;
	group->symbol = 0;
}

/* Bytes that open groups hold in cursors. */
static size_t
open_bytes(const TickSeek *seek)
{
	size_t		bytes = 0;

	for (int g = 0; g < seek->groups; g++)
		for (int i = 0; seek->group[g].context != NULL && i < seek->group[g].end - seek->group[g].first; i++)
			if (seek->group[g].cursor[i] != NULL)
				bytes += tick_cursor_memory(seek->group[g].cursor[i]);
	return bytes;
}

static void
open_group(TickDatasetScan *scan, SeekGroup *group)
{
	TickSeek   *seek = scan->seek;
	MemoryContext old;

	if (group->context != NULL)
		return;
	if (open_bytes(seek) > (size_t) tick_cache_memory * 1024)
		for (int g = 0; g < seek->groups; g++)
			close_group(scan, &seek->group[g]);
	group->context = AllocSetContextCreate(seek->context, "tick seek group", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(group->context);
	group->cursor = palloc0(sizeof(TickCursor *) * (group->end - group->first));
	group->piece = palloc0(sizeof(SeekPiece) * (group->end - group->first));
	for (int i = group->first; i < group->end; i++)
		TickScanOpenInput(scan, &scan->input[i]);
	MemoryContextSwitchTo(old);
}

static int
piece_order(const void *a, const void *b)
{
	const SeekPiece *x = a;
	const SeekPiece *y = b;

	return (x->entry.time_min > y->entry.time_min) - (x->entry.time_min < y->entry.time_min);
}

/* Find the symbol's rows in the segments of a group. */
static void
find_pieces(TickDatasetScan *scan, SeekGroup *group)
{
	TickSeek   *seek = scan->seek;

	open_group(scan, group);
	if (group->symbol == seek->symbol)
		return;
	group->pieces = 0;
	group->overlap = false;
	for (int i = group->first; i < group->end; i++)
	{
		SeekPiece  *piece = &group->piece[group->pieces];
		int64		index = seek->any_symbol ? 0 :
			tick_segment_find_symbol(scan->input[i].reader, seek->wanted.text);

		if (index < 0)
			continue;
		piece->input = &scan->input[i];
		piece->cursor = group->cursor[i - group->first];
		tick_segment_symbol(piece->input->reader, (uint32) index, &piece->entry);
		piece->end = piece->entry.first_row + piece->entry.rows;
		group->pieces++;
	}
	if (group->pieces > 1)
		qsort(group->piece, group->pieces, sizeof(SeekPiece), piece_order);
	for (int p = 1; p < group->pieces; p++)
		group->overlap |= group->piece[p].entry.time_min <= group->piece[p - 1].entry.time_max;
	group->symbol = seek->symbol;
}

/* ---- batches of a piece ---- */

/* The cursor of a piece, made at first use. */
static TickCursor *
piece_cursor(TickDatasetScan *scan, SeekPiece *piece)
{
	SeekGroup  *group = scan->seek->at;
	TickError	error;

	if (piece->cursor == NULL)
	{
		TickScanCheck(scan, tick_cursor_create(&piece->cursor, TickMemoryFor(group->context), piece->input->reader,
											   scan->wanted, scan->wanted_columns, &error), &error);
		group->cursor[piece->input - &scan->input[group->first]] = piece->cursor;
	}
	return piece->cursor;
}

static inline bool
batch_holds(const TickSeek *seek, const SeekPiece *piece, uint64 row)
{
	return seek->batch_of != NULL && seek->batch_of == piece->cursor &&
		row >= seek->batch_first && row < seek->batch_end;
}

/* Have the encoded batch that holds a row, as far as it is of the piece. */
static void
load_batch(TickDatasetScan *scan, SeekPiece *piece, uint64 row)
{
	TickSeek   *seek = scan->seek;
	TickCursor *cursor = piece_cursor(scan, piece);
	uint64_t	group_first,
				start;
	uint32_t	group_rows,
				rows;
	const TickVector *vector;
	TickError	error;

	if (batch_holds(seek, piece, row))
		return;
	seek->batch_of = NULL;
	tick_segment_row_group(piece->input->reader, tick_segment_row_group_of_row(piece->input->reader, row),
						   &group_first, &group_rows);
	start = group_first + (row - group_first) / TICK_BATCH_ROWS * TICK_BATCH_ROWS;
	tick_cursor_seek(cursor, Max(start, piece->entry.first_row),
					 Min(Min(start + TICK_BATCH_ROWS, group_first + group_rows), piece->end));
	TickScanCheck(scan, tick_cursor_next(cursor, &start, &rows, &error), &error);
	TickScanCheck(scan, tick_cursor_column(cursor, scan->wanted_index[scan->dataset->schema.time], &vector, &error),
				  &error);
	seek->batch_of = cursor;
	seek->batch_first = start;
	seek->batch_end = start + rows;
	seek->time = vector->i64;
	seek->next_known = false;
	seek->hint = 0;
	seek->tested = false;
	seek->batch_serial = ++seek->serial;
	scan->counters.rows_scanned += rows;
}

/* First place of rows ascending times with at least bound. */
static uint32
lower_bound(const int64 *time, uint32 rows, int64 bound)
{
	const int64 *base = time;

	while (rows > 1)
	{
		uint32		half = rows / 2;

		base += base[half - 1] < bound ? half : 0;
		rows -= half;
	}
	return (uint32) (base - time) + (rows == 1 && *base < bound);
}

/* Same in the batch at hand, where some time is below the bound and some is not: first near the last place. */
static uint32
search_batch(TickSeek *seek, int64 bound)
{
	uint32		rows = (uint32) (seek->batch_end - seek->batch_first);
	uint32		place = seek->hint;

	if (place > 0 && place < rows && seek->time[place - 1] < bound)
		for (uint32 end = Min(place + 8, rows); place < end; place++)
			if (seek->time[place] >= bound)
				return seek->hint = place;
	return seek->hint = lower_bound(seek->time, rows, bound);
}

/* What the batch at hand says of the first row with a time of at least bound; false: it is elsewhere. */
static bool
row_in_batch(TickSeek *seek, const SeekPiece *piece, int64 bound, uint64 *row)
{
	uint32		rows = (uint32) (seek->batch_end - seek->batch_first);

	if (seek->time[0] >= bound)
	{
		*row = seek->batch_first;
		return seek->batch_first == piece->entry.first_row;
	}
	if (seek->time[rows - 1] >= bound)
	{
		*row = seek->batch_first + search_batch(seek, bound);
		return true;
	}
	*row = seek->batch_end;
	return seek->batch_end == piece->end || (seek->next_known && seek->next_time >= bound);
}

/* The batch behind the one at hand, for times mostly go on; false when the row is not there either. */
static bool
row_in_next_batch(TickDatasetScan *scan, SeekPiece *piece, int64 bound, uint64 *row)
{
	TickSeek   *seek = scan->seek;
	uint64		boundary = seek->batch_end;
	uint64		before = seek->batch_first;
	int64		time;

	load_batch(scan, piece, boundary);
	time = seek->time[0];
	if (time < bound)
		return row_in_batch(seek, piece, bound, row);
	*row = boundary;
	if (scan->order == TICK_ORDER_BACKWARD)
	{
		/* the row before is wanted, and the next seek will ask for it again */
		load_batch(scan, piece, before);
		seek->next_known = true;
		seek->next_time = time;
	}
	return true;
}

/* First row of the piece with a time of at least bound; its end when there is none. */
static uint64
find_row(TickDatasetScan *scan, SeekPiece *piece, int64 bound)
{
	TickSeek   *seek = scan->seek;
	uint64		first = piece->entry.first_row;
	uint64		end = piece->end;
	uint64		row;

	if (bound <= piece->entry.time_min)
		return first;
	if (bound > piece->entry.time_max)
		return end;
	/* the batch at hand may be of another symbol of the segment, before or behind */
	if (seek->batch_first < end && batch_holds(seek, piece, Max(seek->batch_first, first)))
	{
		if (row_in_batch(seek, piece, bound, &row))
			return row;
		if (seek->time[0] < bound)
		{
			if (row_in_next_batch(scan, piece, bound, &row))
				return row;
			first = seek->batch_end;
		}
		else
			end = seek->batch_first;
	}
	while (first < end)
	{
		load_batch(scan, piece, first + (end - first) / 2);
		if (row_in_batch(seek, piece, bound, &row))
			return row;
		if (seek->time[0] >= bound)
			end = seek->batch_first;
		else
			first = seek->batch_end;
	}
	return first;
}

/* Test the rows of the batch at hand, once. */
static void
test_batch(TickDatasetScan *scan, const SeekPiece *piece)
{
	TickSeek   *seek = scan->seek;
	uint32		rows = (uint32) (seek->batch_end - seek->batch_first);

	if (seek->tested)
		return;
	seek->all_pass = piece->input->residual == NULL;
	if (!seek->all_pass)
		TickScanApply(scan, piece->input->residual, piece->cursor, rows, seek->keep);
	seek->tested = true;
}

static uint32
passing(const TickSeek *seek, uint32 first, uint32 end)
{
	return seek->all_pass ? end - first : TickScanCountBits(seek->keep, first, end - first);
}

/* Rows of the piece still to come that lie in one batch; false when none of them passes. */
static bool
piece_batch(TickDatasetScan *scan, TickSeekBatch *out)
{
	TickSeek   *seek = scan->seek;
	SeekPiece  *piece = seek->piece;
	bool		backward = scan->order == TICK_ORDER_BACKWARD;
	uint32		rows,
				from,
				to;

	load_batch(scan, piece, backward ? seek->end - 1 : seek->first);
	rows = (uint32) (seek->batch_end - seek->batch_first);
	from = (uint32) (Max(seek->first, seek->batch_first) - seek->batch_first);
	to = (uint32) (Min(seek->end, seek->batch_end) - seek->batch_first);
	if (backward)
		seek->end = seek->batch_first + from;
	else
		seek->first = seek->batch_first + to;
	if (backward ? seek->time[from] < seek->low : seek->time[to - 1] > seek->high)
	{
		/* the other bound lies in this batch: nothing comes behind it */
		if (backward)
			from = lower_bound(seek->time, rows, seek->low);
		else
			to = lower_bound(seek->time, rows, seek->high + 1);
		seek->first = seek->end;
		seek->next_group = backward ? -1 : seek->groups;
		seek->next_piece = backward ? -1 : seek->at->pieces;
	}
	if (from >= to)
		return false;
	test_batch(scan, piece);
	out->rows = passing(seek, from, to);
	out->skip = backward ? passing(seek, to, rows) : passing(seek, 0, from);
	out->serial = seek->batch_serial;
	memset(&out->batch, 0, sizeof(out->batch));
	out->batch.rows = passing(seek, 0, rows);
	out->batch.span = rows;
	out->batch.keep = out->batch.rows < rows ? seek->keep : NULL;
	out->batch.backward = backward;
	out->batch.partition = piece->input->entry->partition;
	out->batch.symbol = seek->any_symbol ? NULL : &piece->entry;
	scan->batch_cursor = piece->cursor;
	return out->rows > 0;
}

/* ---- the walk of a seek ---- */

/* Enter the next group that the bounds reach; false when there is none. */
static bool
enter_group(TickDatasetScan *scan)
{
	TickSeek   *seek = scan->seek;
	bool		backward = scan->order == TICK_ORDER_BACKWARD;
	SeekGroup  *group;

	if (seek->next_group < 0 || seek->next_group >= seek->groups)
		return false;
	group = &seek->group[seek->next_group];
	if (group->time_max < seek->low || group->time_min > seek->high)
		return false;
	seek->next_group += backward ? -1 : 1;
	find_pieces(scan, group);
	seek->at = group;
	seek->next_piece = backward ? group->pieces - 1 : 0;
	return true;
}

/* Enter the next piece of the group and find where the bounds begin in it; false when there is none. */
static bool
enter_piece(TickDatasetScan *scan)
{
	TickSeek   *seek = scan->seek;
	bool		backward = scan->order == TICK_ORDER_BACKWARD;
	SeekPiece  *piece;

	if (seek->next_piece < 0 || seek->next_piece >= seek->at->pieces)
		return false;
	piece = &seek->at->piece[seek->next_piece];
	seek->next_piece += backward ? -1 : 1;
	seek->piece = piece;
	seek->first = seek->end = piece->end;
	if (piece->entry.time_min > seek->high || piece->entry.time_max < seek->low)
		return true;
	seek->first = piece->entry.first_row;
	if (backward && seek->high < PG_INT64_MAX)
		seek->end = find_row(scan, piece, seek->high + 1);
	else if (!backward)
		seek->first = find_row(scan, piece, seek->low);
	return true;
}

/* Merge the rows of a group whose pieces overlap. */
static void
begin_merge(TickDatasetScan *scan)
{
	TickSeek   *seek = scan->seek;
	SeekGroup  *group = seek->at;
	MemoryContext old = MemoryContextSwitchTo(scan->input_context);

	scan->merge_input = palloc(sizeof(ScanInput *) * group->pieces);
	scan->merge_inputs = 0;
	/* inputs in their order: it decides between equal times */
	for (int i = group->first; i < group->end; i++)
		for (int p = 0; p < group->pieces; p++)
			if (group->piece[p].input == &scan->input[i])
				scan->merge_input[scan->merge_inputs++] = &scan->input[i];
	MemoryContextSwitchTo(old);
	TickScanBeginMerge(scan, seek->any_symbol ? NULL : &seek->wanted, 1, false, seek->low, seek->high);
	seek->merging = true;
}

static void
end_merge(TickDatasetScan *scan)
{
	TickSeek   *seek = scan->seek;

	if (!seek->merging)
		return;
	/* the group keeps its segments open */
	scan->merge_inputs = 0;
	TickScanEndMerge(scan);
	seek->merging = false;
}

/* The next slice of a merged group within the bounds; false at its end. */
static bool
merge_batch(TickDatasetScan *scan, TickSeekBatch *out)
{
	TickSeek   *seek = scan->seek;

	for (;;)
	{
		const int64 *time;
		uint32		first,
					end;

		CHECK_FOR_INTERRUPTS();
		if (!TickScanNextSlice(scan))
			return false;
		time = TickScanSliceTime(scan)->i64;
		first = scan->slice.first;
		end = first + scan->slice.rows;
		while (first < end && time[first] < seek->low)
			first++;
		while (first < end && time[end - 1] > seek->high)
			end--;
		scan->slice.first = first;
		scan->slice.rows = end - first;
		if (first == end || !TickScanSliceBatch(scan, &out->batch))
			continue;
		out->serial = ++seek->serial;
		out->skip = 0;
		out->rows = (uint32) out->batch.rows;
		return true;
	}
}

bool
TickDatasetSeekNext(TickDatasetScan *scan, TickSeekBatch *out)
{
	TickSeek   *seek = scan->seek;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (seek->merging)
		{
			if (merge_batch(scan, out))
				return true;
			end_merge(scan);
			seek->at = NULL;
		}
		else if (seek->at == NULL)
		{
			if (!enter_group(scan))
				return false;
			seek->piece = NULL;
			if (seek->at->overlap)
				begin_merge(scan);
		}
		else if (seek->piece == NULL)
		{
			if (!enter_piece(scan))
				seek->at = NULL;
		}
		else if (seek->first >= seek->end)
			seek->piece = NULL;
		else if (piece_batch(scan, out))
			return true;
	}
}

/* The first group to look at: the last (or first) one within the bounds. */
static int
first_group(const TickSeek *seek, bool backward)
{
	int			from = 0;
	int			to = seek->groups;

	/* backward: behind the groups that begin at or before high; forward: the first that ends at or after low */
	while (from < to)
	{
		int			middle = from + (to - from) / 2;

		if (backward ? seek->group[middle].time_min <= seek->high : seek->group[middle].time_max < seek->low)
			from = middle + 1;
		else
			to = middle;
	}
	return backward ? from - 1 : from;
}

bool
TickDatasetSeek(TickDatasetScan *scan, const TickString *symbol, int64 low, int64 high)
{
	TickSeek   *seek = scan->seek;

	end_merge(scan);
	seek->at = NULL;
	seek->piece = NULL;
	scan->counters.seeks++;
	if (low > high)
		return false;
	if (symbol != NULL &&
		(seek->symbol == 0 || symbol->length != seek->wanted.text.length ||
		 memcmp(symbol->data, seek->name, symbol->length) != 0))
	{
		if (symbol->length > TICK_MAX_SYMBOL_BYTES)
			return false;
		memcpy(seek->name, symbol->data, symbol->length);
		seek->wanted.text = (TickString) {seek->name, symbol->length};
		seek->symbol++;
	}
	seek->low = low;
	seek->high = high;
	seek->next_group = first_group(seek, scan->order == TICK_ORDER_BACKWARD);
	return true;
}

bool
TickDatasetSeekBegin(TickDatasetScan *scan, bool by_symbol)
{
	const TickSchema *schema = &scan->dataset->schema;
	MemoryContext old;
	TickSeek   *seek;
	bool		possible;

	if (scan->derived != NULL || (scan->order != TICK_ORDER_FORWARD && scan->order != TICK_ORDER_BACKWARD) ||
		schema->time < 0 || schema->column[schema->time].type != TICK_STAMP ||
		(by_symbol ? scan->symbol_filter != NULL : schema->symbol >= 0 && !(scan->has_symbols && scan->symbols == 1)))
		return false;
	old = MemoryContextSwitchTo(scan->start_context);
	seek = scan->seek = palloc0(sizeof(TickSeek));
	seek->context = AllocSetContextCreate(scan->start_context, "tick seek", ALLOCSET_DEFAULT_SIZES);
	seek->any_symbol = schema->symbol < 0;
	seek->symbol = seek->any_symbol ? 1 : 0;
	possible = make_groups(scan, seek);
	MemoryContextSwitchTo(old);
	if (!possible)
		scan->seek = NULL;
	else if (!by_symbol && !seek->any_symbol)
		(void) TickDatasetSeek(scan, &scan->symbol[0].text, PG_INT64_MIN, PG_INT64_MAX);
	scan->counters.seeks = 0;
	return possible;
}

void
TickScanEndSeek(TickDatasetScan *scan)
{
	if (scan->seek == NULL)
		return;
	end_merge(scan);
	for (int g = 0; g < scan->seek->groups; g++)
		close_group(scan, &scan->seek->group[g]);
	scan->seek = NULL;
}

const ScanInput *
TickScanSeekInput(const TickSeek *seek)
{
	return seek->piece != NULL ? seek->piece->input : NULL;
}

void
TickScanCountSeek(const TickDatasetScan *scan, TickCursorCounters *counters)
{
	const TickSeek *seek = scan->seek;

	for (int g = 0; g < seek->groups; g++)
		for (int i = 0; seek->group[g].context != NULL && i < seek->group[g].end - seek->group[g].first; i++)
			if (seek->group[g].cursor[i] != NULL)
				TickScanAddCursor(counters, seek->group[g].cursor[i]);
}
