/*-------------------------------------------------------------------------
 *
 * scan_right.h
 *	  The right side of a join by time: its segments for a range of times,
 *	  merged, and the rows before them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_SCAN_RIGHT_H
#define TICK_SCAN_RIGHT_H

#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/snapshot.h"

#include "catalog.h"
#include "core/asof.h"
#include "dataset.h"

/* A symbol that the left side has in the range, and the first time it looks for. */
typedef struct TickRightNeed
{
	TickString	name;
	int64		time;
} TickRightNeed;

typedef struct TickRight
{
	const TickDataset *dataset;
	Snapshot	snapshot;
	int64		version;
	const TickAsofOptions *options; /* its time is the column after those wanted */
	MemoryContext context;		/* of what lasts from range to range */
	bool		more;			/* ranges to come will be later */
	bool		unmerged;		/* no merge is made: who asks takes the segments apart */
	HTAB	   *known;			/* prior rows of ranges before, by symbol */

	/* of the current range */
	MemoryContext range_context;
	int64		time_low;		/* stored times, inclusive */
	int64		time_high;
	int32		partition_low;	/* of the segments it needs */
	int			inputs;
	TickSegmentEntry **entry;
	TickSegmentReader **reader;
	TickMerge  *merge;			/* NULL: no rows */
	int			priors;
	TickAsofPrior *prior;		/* ascending by name */
	int			next_prior;

	/* what was read, over all ranges */
	TickCursorCounters counters;
	int64		segments_opened;
} TickRight;

/* Set up before the first range, with memory below context; options must live on. */
extern void TickRightInit(TickRight *right, const TickDataset *dataset, Snapshot snapshot, int64 version,
						  const TickAsofOptions *options, MemoryContext context);

/*
 * Turn to a range of times: right->merge gives its rows (and may give some
 * beyond it).  needs ascend by name; of those whose first time the range may
 * have no row for, the last row before the range is looked for.  symbols,
 * when not NULL, are all that will be asked for.
 */
extern void TickRightBegin(TickRight *right, int64 time_low, int64 time_high,
						   const TickRightNeed *needs, int count,
						   const TickFilterValue *symbols, int symbol_count);

/* The row before the range of a symbol (ascending from call to call; NULL where there are none), or NULL. */
extern const TickAsofRow *TickRightPrior(TickRight *right, const TickString *name);

/* Let go of the range; TickRightForget() also of what was known. */
extern void TickRightRelease(TickRight *right);
extern void TickRightForget(TickRight *right);

/*
 * Hand the range over, with its segments: who takes it releases them, and
 * deletes the context that is returned, which holds what else is of the range.
 */
extern MemoryContext TickRightDetach(TickRight *right);

/* Stored time of a segment's bound: the catalog counts in ns. */
extern int64 TickRightTime(const TickDataset *dataset, int64 ns);

/* ---- between scan_right.c and scan_prior.c ---- */

/* Open the segments of partitions low .. high that begin by time_high. */
extern int	TickRightOpen(TickRight *right, int32 low, int32 high, int64 time_high,
						  TickSegmentEntry ***entries, TickSegmentReader ***readers);
extern void TickRightCount(TickRight *right, const TickMerge *merge);
extern void TickRightFindPriors(TickRight *right, const TickRightNeed *needs, int count);

#endif							/* TICK_SCAN_RIGHT_H */
