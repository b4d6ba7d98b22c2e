/*-------------------------------------------------------------------------
 *
 * asof_internal.h
 *	  What the files of the as-of join share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ASOF_INTERNAL_H
#define TICK_CORE_ASOF_INTERNAL_H

#include "core/asof.h"
#include "core/asof_stream.h"

/* Text of the rows given out, in blocks that are used again for the next batch. */
typedef struct TickTextBlock
{
	struct TickTextBlock *next;
	size_t		size;
	size_t		used;
	char		data[];
} TickTextBlock;

/* How a column of doubles holds the batch's values. */
typedef enum TickAsofShape
{
	TICK_SHAPE_NONE,			/* there are none yet */
	TICK_SHAPE_UNITS,			/* as decimals, in units */
	TICK_SHAPE_VALUES			/* as they are */
} TickAsofShape;

typedef struct TickAsofColumn
{
	TickVector	vector;			/* owns the arrays; validity is NULL or bits */
	uint64_t   *bits;
	bool		absent;			/* has the batch a null at a place that counts? */
	/* of doubles */
	TickAsofShape shape;
	int64_t    *units;			/* TICK_BATCH_ROWS */
	uint8_t		scale;			/* of the units, also of those before */
	TickVector	shown;			/* the units, as they are given out */
} TickAsofColumn;

struct TickAsof
{
	const TickMemory *memory;
	TickAsofOptions options;
	TickAsofColumn *column;
	uint32_t	first;			/* places of the batch */
	uint32_t	end;
	uint64_t	matched[TICK_BATCH_ROWS / 64];
	uint16_t	at[TICK_BATCH_ROWS];	/* 0: the carried row, else 1 + place in the slice */
	uint16_t	last[TICK_BATCH_ROWS];	/* 1 + place of the last value, while filling */
	TickTextBlock *blocks;
	TickTextBlock *block;		/* being filled */

	TickAsofStream stream;		/* of the right rows */
	int			readers;
	TickSegmentReader **reader;
	TickCursor **cursor;		/* one a reader, to read carried rows; made when needed */

	bool		nothing;		/* the symbol's rows match nothing */

	/* the stream's slice */
	bool		ready;			/* for matching */
	bool		used;			/* a row of it matched */
	bool		skipped;		/* no row of the slice before did */
	uint32_t	next;			/* first of its rows that is too late */

	/* the carried row: the last one before the slice */
	TickAsofRow carried;
	bool		unread;			/* only its place is known: */
	int			unread_input;
	uint64_t	unread_row;
};

/* ---- asof.c ---- */

/* Read the carried row of which only the place is known. */
extern TickStatus tick_asof_read_carried(TickAsof *asof, TickError *error);

/* ---- asof_match.c ---- */

/*
 * at[i] becomes the number of right rows at or before (strict: before) left
 * row i, for i from .. end - 1 as far as it is below rows; returns the first i
 * where it is not, or end.  *next right rows are known to come before the first, and
 * becomes the number of the last one, or rows.  Times of both sides ascend.
 */
extern uint32_t tick_asof_count(uint16_t *at, const int64_t *left, uint32_t from, uint32_t end,
								const int64_t *right, uint32_t rows, uint32_t *next, bool strict);

/* ---- asof_gather.c ---- */

/* Begin the batch of places first .. end - 1 with nothing matched. */
extern void tick_asof_clear(TickAsof *asof, uint32_t first, uint32_t end);

/* Give places from .. to - 1, whose matches are noted in at[], their values. */
extern TickStatus tick_asof_gather(TickAsof *asof, const int64_t *time, uint32_t from, uint32_t to, TickError *error);

/* The batch is complete. */
extern void tick_asof_finish(TickAsof *asof);

static inline TickStatus
tick_asof_no_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

#endif							/* TICK_CORE_ASOF_INTERNAL_H */
