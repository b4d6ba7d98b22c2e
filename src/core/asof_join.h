/*-------------------------------------------------------------------------
 *
 * asof_join.h
 *	  A join by time in pieces that threads can run.
 *
 * A group is the left segments of a partition and the right segments of its
 * times.  It is cut into pieces: some symbols, or some time of one symbol
 * that is large.  The owner cuts, reads the chunks that a piece needs, and lets any
 * thread join it, whose batches go to a job of an aggregation.  Pieces are
 * cut in order of symbol and time, so that what is made of them in that order
 * does not depend on the number of threads.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ASOF_JOIN_H
#define TICK_CORE_ASOF_JOIN_H

#include "core/aggregate.h"
#include "core/asof.h"
#include "core/asof_window.h"

/* What all groups of a join share. */
typedef struct TickAsofJoin
{
	const TickColumn *left;		/* wanted of the left side */
	int			left_columns;
	int			left_time;		/* index among them */
	const TickFilter *prune;	/* of left row groups, over them, or NULL */
	bool		has_symbol;
	const TickAsofOptions *asof;	/* one of these */
	const TickWindowOptions *window;
	/* the joined schema */
	const int  *left_index;		/* by column: index among the left ones, or -1 */
	const int  *right_index;	/* of the others: index of a right column or an aggregate, or -1 */
	const TickFilter *residual; /* over the joined schema, or NULL: all rows pass */
	int			fills;			/* right columns whose nulls left ones stand in for: */
	const int  *fill_right;
	const int  *fill_left;
	bool		sorted;			/* the left time is the one that is shown */
	/* how large pieces become; 0: as is best */
	uint64_t	piece_rows;		/* of both sides; symbols of twice as many are cut */
	uint64_t	piece_bytes;	/* that are read beforehand */
} TickAsofJoin;

/* What a group is of. */
typedef struct TickAsofInputs
{
	int			left_inputs;
	TickSegmentReader **left;
	const TickFilter **filter;	/* of each left segment's rows, over left columns, or NULL */
	int64_t		partition;
	int64_t		time_low;		/* of left rows: others may be left out */
	int64_t		time_high;
	const TickFilterValue *symbols; /* these alone, ascending; NULL: all */
	int			symbol_count;
	bool		null_symbol;	/* with symbols set: the null symbol too */
	int			right_inputs;
	TickSegmentReader **right;
	int64_t		right_low;		/* of right rows: others may be left out */
	int64_t		right_high;
	TickAsofPrior *prior;		/* ascending by name */
	int			priors;
} TickAsofInputs;

typedef struct TickAsofGroup TickAsofGroup;
typedef struct TickAsofPiece TickAsofPiece;

/* join and all that inputs points at must outlive the group, which must outlive its pieces. */
extern TickStatus tick_asof_group_create(TickAsofGroup **group, const TickAsofJoin *join,
										 const TickAsofInputs *inputs, TickError *error);
extern void tick_asof_group_free(TickAsofGroup *group);

/* Pieces that have not been freed. */
extern int	tick_asof_group_pieces(const TickAsofGroup *group);

/* The next piece, NULL at the end; *loaded false: it would take too much memory, and is run by the owner, who reads. */
extern TickStatus tick_asof_join_cut(TickAsofGroup *group, TickAsofPiece **piece, bool *loaded, TickError *error);

/* By the owner, or after all threads have ended. */
extern void tick_asof_piece_free(TickAsofPiece *piece);

/*
 * Join a piece and feed the job.  after, when not NULL, is called after every
 * batch and may raise.
 */
extern TickStatus tick_asof_join_run(TickAsofPiece *piece, TickAggregateJob *job,
								TickStatus (*after) (void *context, TickError *error), void *context, TickError *error);

/* What the owner has read so far. */
extern void tick_asof_join_counters(const TickAsofGroup *group, TickCursorCounters *counters);

#endif							/* TICK_CORE_ASOF_JOIN_H */
