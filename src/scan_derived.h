/*-------------------------------------------------------------------------
 *
 * scan_derived.h
 *	  Scans of derived datasets: what scan.c hands on, and what finds the rows
 *	  before those that are merged.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_SCAN_DERIVED_H
#define TICK_SCAN_DERIVED_H

#include "postgres.h"

#include "utils/hsearch.h"

#include "core/asof.h"
#include "dataset_derived.h"
#include "scan_internal.h"

/*
 * TickDerivedScan: a scan of the left dataset, and the right one's segments
 * that go with the group of left segments which is being merged.
 */
typedef struct TickDerivedScan
{
	const TickDataset *dataset;
	const struct TickDerived *derived;
	TickDatasetScan *left;
	bool	   *columns;		/* by schema index: given out */
	Snapshot	snapshot;
	int64		version;		/* of the right dataset */
	TickScanOrder order;
	MemoryContext context;

	/* of the current start */
	MemoryContext start_context;
	TickFilter *residual;		/* tests right columns, over schema indexes; or NULL */
	int			wanted_columns;
	TickColumn *wanted;			/* of the right side; the time is the last */
	int		   *wanted_index;	/* by number of the derived column, or -1 */
	TickAsofOptions options;
	TickAsof   *asof;			/* NULL: no right column is used */
	HTAB	   *known;			/* prior rows of groups before, by symbol */

	/* of the current group */
	MemoryContext group_context;
	uint64		group;			/* of the left scan's merges */
	int64		time_low;		/* of its rows, in stored units */
	int64		time_high;
	int32		partition_low;	/* of the right side's segments that it needs */
	int			inputs;
	TickSegmentEntry **entry;
	TickSegmentReader **reader;
	TickMerge  *merge;
	int			priors;
	TickAsofPrior *prior;		/* ascending by name */
	int			next_prior;
	uint64		symbol_number;	/* of the left merge */

	TickCursorCounters counters;	/* of what was read of the right side */
	int64		segments_opened;
	uint64		keep[TICK_BATCH_ROWS / 64];
} TickDerivedScan;

/* ---- scan_derived.c: what scan.c calls ---- */

extern TickDerivedScan *TickDerivedScanBegin(const TickScanOptions *options);
extern void TickDerivedScanStart(TickDerivedScan *scan, const TickFilter *filter, const TickFilter *widest);
extern void TickDerivedScanRewind(TickDerivedScan *scan);
extern bool TickDerivedScanNext(TickDerivedScan *scan, TickScanBatch *batch);
extern const TickVector *TickDerivedScanColumn(TickDerivedScan *scan, int column);
extern void TickDerivedScanEnd(TickDerivedScan *scan);
extern void TickDerivedScanCounters(const TickDerivedScan *scan, TickScanCounters *counters);

/* Open the right segments of partitions low .. high that begin by time_high. */
extern int	TickDerivedOpen(TickDerivedScan *scan, int32 low, int32 high, int64 time_high,
							TickSegmentEntry ***entries, TickSegmentReader ***readers);

/* Stored time of a segment's bounds: the catalog counts in ns. */
extern int64 TickDerivedTime(const TickDataset *dataset, int64 ns);

extern void TickDerivedAddCounters(TickDerivedScan *scan, const TickMerge *merge);

/* ---- scan_prior.c ---- */

/* Find the right rows before the group's, for its symbols that may need them. */
extern void TickDerivedFindPriors(TickDerivedScan *scan);

#endif							/* TICK_SCAN_DERIVED_H */
