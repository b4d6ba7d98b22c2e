/*-------------------------------------------------------------------------
 *
 * scan_derived.h
 *	  Scans of derived datasets: what scan.c hands on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_SCAN_DERIVED_H
#define TICK_SCAN_DERIVED_H

#include "postgres.h"

#include "core/asof_join.h"
#include "dataset_derived.h"
#include "scan_internal.h"
#include "scan_right.h"

/*
 * TickDerivedScan: a scan of the left dataset, and the right side for the
 * group of left segments which is being merged.
 */
typedef struct TickDerivedScan
{
	const TickDataset *dataset;
	const struct TickDerived *derived;
	TickDatasetScan *left;
	bool	   *columns;		/* by schema index: given out */
	TickScanOrder order;
	MemoryContext context;

	/* of the current start */
	MemoryContext start_context;
	TickFilter *residual;		/* tests right columns, over schema indexes; or NULL */
	int			wanted_columns;
	TickColumn *wanted;			/* of the right side; the time is the last */
	int		   *wanted_index;	/* by number of the derived column (of a window: aggregates), or -1 */
	TickAsofOptions options;
	int			aggregates;		/* of a window */
	TickWindowAggregate *aggregate;
	TickAsof   *asof;			/* one of these, or none when no right column is used */
	TickWindow *window;

	/* of the current group */
	TickRight	right;
	MemoryContext group_context;
	uint64		group;			/* number of the left scan's merge */
	uint64		symbol_number;	/* in it */
	uint64		keep[TICK_BATCH_ROWS / 64];
} TickDerivedScan;

extern TickDerivedScan *TickDerivedScanBegin(const TickScanOptions *options);
extern void TickDerivedScanStart(TickDerivedScan *scan, const TickFilter *filter, const TickFilter *widest);
extern void TickDerivedScanRewind(TickDerivedScan *scan);
extern bool TickDerivedScanNext(TickDerivedScan *scan, TickScanBatch *batch);
extern const TickVector *TickDerivedScanColumn(TickDerivedScan *scan, int column);
/* All columns of the schema, as vectors can be asked for by its indexes. */
extern int	TickDerivedScanWanted(TickDerivedScan *scan, const TickColumn **wanted, const int **index);
extern void TickDerivedScanEnd(TickDerivedScan *scan);
extern void TickDerivedScanCounters(const TickDerivedScan *scan, TickScanCounters *counters);

/*
 * ---- group by group, instead of by batches (scan_joined.c) ----
 */

/* What does the work of a derived dataset's scan. */
extern TickDerivedScan *TickDatasetScanDerived(TickDatasetScan *scan);

/* Does this start join rows at all? */
extern bool TickDerivedScanJoins(const TickDerivedScan *scan);

/* What all groups of this start share, for threads: in the current context, which must outlive them. */
extern TickAsofJoin *TickDerivedScanJoin(const TickDerivedScan *scan);

/*
 * The next group; false at the end.  Who asks releases its segments' readers
 * and deletes *context, a child of that of the scan, which holds all else.
 */
extern bool TickDerivedScanGroup(TickDerivedScan *scan, TickAsofInputs *inputs, MemoryContext *context);

/* ---- between scan_derived.c and scan_joined.c ---- */

/* Have the right side of the left group that has been opened. */
extern void TickDerivedOpenRight(TickDerivedScan *scan, int64 *low, int64 *high);

#endif							/* TICK_SCAN_DERIVED_H */
