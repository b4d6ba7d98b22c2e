/*-------------------------------------------------------------------------
 *
 * rewrite.h
 *	  Rewrite partitions: finalize, delete, replace.
 *
 * One function does them all: lock the partitions in order, re-read their
 * live segments with the latest snapshot (a stale REPEATABLE READ or
 * SERIALIZABLE caller gets 40001), merge them without the rows that `remove`
 * selects, publish the result and retire what was merged, in this
 * transaction.  Rows at equal stamps keep the order of their changesets,
 * which is why a partition is always merged whole.  A loader that replaces
 * rows calls this before it publishes the new ones.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_REWRITE_H
#define TICK_REWRITE_H

#include "postgres.h"

#include "core/filter.h"
#include "dataset.h"

typedef struct TickRewrite
{
	const TickDataset *dataset;
	int64		changeset;
	int32		partition_low;	/* inclusive */
	int32		partition_high;
	const TickFilter *remove;	/* schema indexes; NULL: keep all rows */
	int			min_segments;	/* merge a partition that has at least so many (0: never for that reason) */
	bool		in_passing;		/* leave what others work on, or changed since the caller's snapshot */
	bool		refresh_stats;	/* rewrite also where the stats_where has changed */
} TickRewrite;

typedef struct TickRewriteResult
{
	int			partitions;		/* rewritten */
	int64		rows_written;
	int64		rows_removed;
	int			emptied_loads;	/* taken off the ledger: none of their rows remain */
} TickRewriteResult;

extern void TickRewritePartitions(const TickRewrite *rewrite, TickRewriteResult *result);

#endif							/* TICK_REWRITE_H */
