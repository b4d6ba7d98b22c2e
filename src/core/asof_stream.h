/*-------------------------------------------------------------------------
 *
 * asof_stream.h
 *	  The right rows of a join by time, slice by slice of one symbol.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ASOF_STREAM_H
#define TICK_CORE_ASOF_STREAM_H

#include "core/cursor.h"

typedef struct TickAsofStream
{
	TickMerge  *merge;			/* or NULL: no rows */
	int			time_column;	/* wanted index */
	int64_t		time_low;		/* rows before it are passed over */

	/* the symbol */
	bool		has_symbol;		/* false: all slices are of it */
	TickString	symbol;
	char		name[TICK_MAX_SYMBOL_BYTES];
	uint64_t	symbol_number;	/* of the merge; 0: not met yet */
	bool		ended;			/* no further slice of it */

	bool		has_slice;		/* of this symbol */
	bool		pending;		/* of a later one */
	bool		fresh;			/* has_slice, but not yet given */
	TickSlice	slice;
	const int64_t *time;		/* of its rows, from its first on */
} TickAsofStream;

extern void tick_asof_stream_begin(TickAsofStream *stream, TickMerge *merge, int time_column, int64_t time_low);

/* Turn to a symbol: names ascend; NULL where there are none. */
extern void tick_asof_stream_symbol(TickAsofStream *stream, const TickString *name);

/* Move to the symbol's next slice; has_slice is false at its end. */
extern TickStatus tick_asof_stream_next(TickAsofStream *stream, TickError *error);

#endif							/* TICK_CORE_ASOF_STREAM_H */
