/*-------------------------------------------------------------------------
 *
 * rewrite.h
 *	  Rewrite partitions: finalize, delete, replace.
 *
 * One function does them all: lock the partitions in order, re-read their
 * live segments with the latest snapshot (a stale REPEATABLE READ or
 * SERIALIZABLE caller gets 40001), merge them without the rows that `remove`
 * selects, publish the result and retire what was merged, in this
 * transaction.
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
	int			min_segments;	/* rewrite a partition only when it has at least so many (or rows to remove) */
	int64		except_added;	/* leave segments added by this changeset alone (0: none) */
} TickRewrite;

typedef struct TickRewriteResult
{
	int			partitions;		/* rewritten */
	int64		rows_written;
	int64		rows_removed;
	List	   *emptied_loads;	/* of int64 *: loads none of whose rows remain */
} TickRewriteResult;

extern void TickRewritePartitions(const TickRewrite *rewrite, TickRewriteResult *result);

#endif							/* TICK_REWRITE_H */
