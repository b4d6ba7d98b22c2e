/*-------------------------------------------------------------------------
 *
 * asof.h
 *	  As-of join: the last right row of the same symbol at or before a time.
 *
 * The right side is a merge of its segments in (symbol, time) order; left
 * rows come by batches, symbol after symbol in the same order, and each batch
 * gets the right columns' values at its own places.  One pass over both:
 * O(n + m).
 *
 * What precedes the merge (earlier partitions, rows before its time bounds)
 * is a prior row, which the caller finds and gives with the symbol.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ASOF_H
#define TICK_CORE_ASOF_H

#include "core/cursor.h"

typedef struct TickAsof TickAsof;

typedef struct TickAsofOptions
{
	const TickColumn *wanted;	/* columns of the right side, as the merge's; they must live on */
	int			wanted_columns;
	int			time;			/* index of its time among them */
	bool		strict;			/* before the left time, not at it */
	int64_t		tolerance;		/* oldest match, in units of the time; INT64_MAX: any */
	bool		fill_previous;	/* a null is the symbol's last value before it */
} TickAsofOptions;

/*
 * TickAsofRow: one right row, value by value.
 */
typedef struct TickAsofRow
{
	bool		found;
	int64_t		time;
	bool	   *present;		/* by wanted column */
	TickFilterValue *value;
} TickAsofRow;

extern TickStatus tick_asof_create(TickAsof **asof, const TickMemory *memory,
								   const TickAsofOptions *options, TickError *error);
extern void tick_asof_free(TickAsof *asof);

/*
 * The right rows from now on, in (symbol, time) order; readers are the
 * merge's.  NULL: none.  Both must live until the next begin.  Rows before
 * time_low, of which a merge may give some, are passed over.
 */
extern void tick_asof_begin(TickAsof *asof, TickMerge *merge, TickSegmentReader **readers, int count,
							int64_t time_low);

/*
 * The left rows from now on are of this symbol (ascending; all rows where
 * there are no symbols).  prior, when found, is the last right row before
 * those of the merge; it is copied.
 */
extern TickStatus tick_asof_symbol(TickAsof *asof, const TickString *name, const TickAsofRow *prior, TickError *error);

/* The left rows from now on match nothing: those of the null symbol. */
extern void tick_asof_no_symbol(TickAsof *asof);

/*
 * Match left rows at places first .. first + span - 1 (of those with a bit in
 * keep; NULL: all), whose times ascend from call to call within a symbol.
 */
extern TickStatus tick_asof_match(TickAsof *asof, const int64_t *time, uint32_t first, uint32_t span,
								  const uint64_t *keep, TickError *error);

/* A column's values at the places of the last match; at other places they mean nothing. */
extern const TickVector *tick_asof_column(TickAsof *asof, int column);

/* The same of doubles that are decimals of one scale, in units of it; else NULL. */
extern const TickVector *tick_asof_decimals(TickAsof *asof, int column);

/* Where a column is null, take the value of a left vector of its type instead. */
extern void tick_asof_fill(TickAsof *asof, int column, const TickVector *left);

/* Which places matched. */
extern const uint64_t *tick_asof_matched(const TickAsof *asof);

/*
 * ---- single rows ----
 */
extern TickStatus tick_asof_row_init(TickAsofRow *row, const TickMemory *memory, int columns, TickError *error);
extern void tick_asof_row_free(TickAsofRow *row, const TickMemory *memory, const TickColumn *wanted, int columns);

extern TickStatus tick_asof_row_copy(TickAsofRow *to, const TickAsofRow *from, const TickMemory *memory,
									 const TickColumn *wanted, int columns, TickError *error);

/* Take what is absent from *row of an older one. */
extern TickStatus tick_asof_row_complete(TickAsofRow *row, const TickAsofRow *older, const TickMemory *memory,
										 const TickColumn *wanted, int columns, TickError *error);

/* Take the value of a vector's row as that of a column. */
extern TickStatus tick_asof_row_set(TickAsofRow *row, const TickMemory *memory, int column,
									const TickVector *vector, uint32_t at, TickError *error);

/*
 * Take what is absent from *row of row `at` of a cursor's batch; *complete
 * tells whether nothing is absent now.
 */
extern TickStatus tick_asof_row_take(TickAsofRow *row, const TickMemory *memory, TickCursor *cursor,
									 const TickAsofOptions *options, uint32_t at,
									 bool *complete, TickError *error);

/*
 * TickAsofPrior: the prior row of a symbol, being looked for.
 */
typedef struct TickAsofPrior
{
	TickString	name;
	bool		done;			/* no earlier row can add to it */
	TickAsofRow row;
} TickAsofPrior;

/*
 * Look for prior rows, those before time bound, in a descending merge of the
 * symbols that are not done.  prior ascends by name; where there are no
 * symbols it is one.
 */
extern TickStatus tick_asof_find_prior(TickMerge *merge, const TickAsofOptions *options, int64_t bound,
									   TickAsofPrior *prior, int count, const TickMemory *memory, TickError *error);

#endif							/* TICK_CORE_ASOF_H */
