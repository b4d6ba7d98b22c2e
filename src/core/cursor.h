/*-------------------------------------------------------------------------
 *
 * cursor.h
 *	  Walk the rows of a segment by batches, decoding only what is asked for.
 *
 * A cursor projects a segment onto wanted columns, found by id.  A column
 * that the segment lacks reads as null; a narrower type is widened exactly
 * (bigint to numeric, numeric to a larger scale, both to the digits of an
 * unbounded numeric); any other difference is TICK_UNSUPPORTED, naming the
 * field and the segment.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_CURSOR_H
#define TICK_CORE_CURSOR_H

#include "core/segment.h"

typedef struct TickCursor TickCursor;

extern TickStatus tick_cursor_create(TickCursor **cursor, const TickMemory *memory,
									 TickSegmentReader *reader, const TickColumn *wanted,
									 int wanted_columns, TickError *error);
extern void tick_cursor_free(TickCursor *cursor);

/* Position before row first; the walk ends before row end. */
extern void tick_cursor_seek(TickCursor *cursor, uint64_t first, uint64_t end);

/*
 * Row groups that cannot match are passed over (columns of the filter are
 * wanted indexes).  The filter is not applied to rows.  NULL: none.
 */
extern void tick_cursor_prune(TickCursor *cursor, const TickFilter *filter);

/*
 * Move to the next batch of 1 .. TICK_BATCH_ROWS rows; a batch never crosses
 * a row group.  TICK_END when there is none.
 */
extern TickStatus tick_cursor_next(TickCursor *cursor, uint64_t *first_row, uint32_t *rows, TickError *error);

/* The same from the end: move to the last batch of the rows still to come. */
extern TickStatus tick_cursor_previous(TickCursor *cursor, uint64_t *first_row, uint32_t *rows, TickError *error);

/* Which rows the current batch holds; rows is 0 when there is none. */
extern void tick_cursor_position(const TickCursor *cursor, uint64_t *first_row, uint32_t *rows);

/*
 * The values of wanted column i in the current batch, decoded at first use.
 * Valid until the next tick_cursor_next(), _previous(), _seek(), _release()
 * or _free().  The vector holds exactly the batch's rows, from index 0.
 */
extern TickStatus tick_cursor_column(TickCursor *cursor, int i, const TickVector **vector, TickError *error);

/* Same, in the shape of TickFilterColumn (context is the cursor). */
extern TickStatus tick_cursor_filter_column(void *context, int column, const TickVector **vector, TickError *error);

/* A retype that is no exact widening: say of which segment. */
extern TickStatus tick_cursor_refuse(const TickSegmentReader *reader, const TickColumn *stored,
									 const TickColumn *wanted, TickError *error);

/* Digits of value / 10^scale, as numeric shows it; returns their length, at most TICK_NUMBER_TEXT. */
#define TICK_NUMBER_TEXT 24		/* bytes of an int64 with sign and point, or 0.<18 digits> */
extern uint32_t tick_write_digits(char *out, int64_t value, int scale);

/*
 * TickLoadedGroup: chunks of a row group that were read beforehand, so that a
 * thread that cannot read may walk them.  Columns that no chunk is needed of
 * have no bytes.
 */
typedef struct TickLoadedGroup
{
	uint32_t	users;			/* for whoever keeps count of them */
	int			columns;
	TickBuffer	bytes[];		/* by wanted column */
} TickLoadedGroup;

/*
 * Read a row group's chunks of all columns; where the pruning filter cannot
 * match, of column `time` alone, by which rows are still looked for.
 */
extern TickStatus tick_cursor_load(TickCursor *cursor, uint32_t row_group, int time, TickLoadedGroup **loaded,
								   TickError *error);
extern void tick_loaded_group_free(TickLoadedGroup *loaded);

/* Bytes that tick_cursor_load() would read when nothing is pruned. */
extern uint64_t tick_cursor_load_bytes(const TickCursor *cursor, uint32_t row_group);

/* From now on nothing is read: chunks are those of loaded[row group]. */
extern void tick_cursor_supply(TickCursor *cursor, TickLoadedGroup *const *loaded);

/*
 * A double column as decimals, where it is stored as such: value = i64[i] /
 * 10^scale.  *vector is NULL when the batch is not, or another type or shape
 * is wanted.  Valid as a column is.
 */
extern TickStatus tick_cursor_decimals(TickCursor *cursor, int i, const TickVector **vector, TickError *error);

/* Bytes held for chunks and batches; give them back, keeping the position. */
extern size_t tick_cursor_memory(const TickCursor *cursor);
extern void tick_cursor_release(TickCursor *cursor);

/* counters since creation, for EXPLAIN */
typedef struct TickCursorCounters
{
	uint64_t	row_groups;		/* entered */
	uint64_t	row_groups_pruned;
	uint64_t	chunks;			/* read */
	uint64_t	chunk_bytes;
	uint64_t	batches;		/* decoded */
} TickCursorCounters;

extern void tick_cursor_counters(const TickCursor *cursor, TickCursorCounters *counters);

/*
 * ---- many segments in one order ----
 *
 * TickMerge yields the rows of several segments in (symbol, time, input
 * number, row) order, as slices of consecutive rows of one input.  Inputs
 * whose rows of a symbol do not overlap in time are walked one after the
 * other, so that only overlapping inputs hold decoded batches.
 */
typedef struct TickMerge TickMerge;

typedef struct TickMergeOptions
{
	const TickColumn *wanted;
	int			wanted_columns;
	int			time;			/* index of the time among wanted, -1: keep input order */
	bool		descending;		/* reverse of everything, ties too */
	const TickFilterValue *symbols; /* only these, ascending; NULL: all */
	int			symbol_count;
	bool		null_symbol;	/* with symbols set: the null symbol too */
	int64_t		time_low,		/* inclusive bounds; rows outside may be left out */
				time_high;
	const TickFilter *prune;	/* as tick_cursor_prune() */
	/* by input, or NULL: */
	TickLoadedGroup *const *const *loaded;	/* as tick_cursor_supply() */
	const uint32_t *symbol_first;	/* of all symbols only those numbered symbol_first .. symbol_end - 1 */
	const uint32_t *symbol_end;
} TickMergeOptions;

extern TickStatus tick_merge_create(TickMerge **merge, const TickMemory *memory,
									TickSegmentReader **inputs, int input_count,
									const TickMergeOptions *options, TickError *error);
extern void tick_merge_free(TickMerge *merge);

/*
 * TickSlice: rows first .. first + rows - 1 of cursor's current batch, all
 * of one symbol, next in order; when descending, from the last of them to
 * the first.  Vectors of the cursor stay valid until the next slice.
 */
typedef struct TickSlice
{
	int			input;
	TickCursor *cursor;
	TickSymbolEntry symbol;		/* the input's; null when it has no symbol column */
	uint64_t	symbol_number;	/* from 1 on; tells symbols apart */
	uint64_t	batch;			/* number of the batch among all of the input's, from 1 on */
	uint32_t	batch_rows;
	uint32_t	first;
	uint32_t	rows;
} TickSlice;

extern TickStatus tick_merge_next(TickMerge *merge, TickSlice *slice, TickError *error);	/* TICK_END at the end */

/* Pass over the rows that are left of the current symbol. */
extern void tick_merge_skip_symbol(TickMerge *merge);

/* Pass over the rows of symbols before this one, the current one's too; not when descending. */
extern void tick_merge_skip_to(TickMerge *merge, TickString name);

extern void tick_merge_counters(const TickMerge *merge, TickCursorCounters *counters);

extern const TickMergeOptions *tick_merge_options(const TickMerge *merge);
extern const TickMemory *tick_merge_memory(const TickMerge *merge);
extern int	tick_merge_inputs(const TickMerge *merge);

/*
 * Write everything the merge yields, but rows for which `remove` is TRUE
 * (columns are wanted indexes; NULL: none), to a writer whose schema is the
 * wanted columns.  *removed counts them.  code gives a symbol's code.
 * interrupt, when not NULL, is called every few thousand rows and may raise.
 */
extern TickStatus tick_merge_write(TickMerge *merge, const TickFilter *remove,
								   TickSymbolCode code, void *code_context,
								   TickSegmentWriter *writer, uint64_t *removed,
								   void (*interrupt) (void), TickError *error);

#endif							/* TICK_CORE_CURSOR_H */
