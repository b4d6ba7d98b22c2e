/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  Rows of a dataset at a version, filtered, by batches.
 *
 * The engine under the foreign table and under functions that read rows: it
 * lists the segments, passes over those that cannot match, looks symbols up
 * in directories, decodes only wanted columns and evaluates the filter.
 *
 * A batch is at most TICK_BATCH_ROWS rows of one segment; which of them
 * passed is a bitmap, so that callers fill their own arrays in tight loops.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_SCAN_H
#define TICK_SCAN_H

#include "postgres.h"

#include "utils/snapshot.h"

#include "core/cursor.h"
#include "dataset.h"

typedef enum TickScanOrder
{
	TICK_ORDER_NONE,			/* partition by partition, segment by segment */
	TICK_ORDER_FORWARD,			/* (symbol, time), null symbol last */
	TICK_ORDER_BACKWARD,		/* the reverse */
	TICK_ORDER_PARTITION		/* partition by partition, each in (symbol, time) order */
} TickScanOrder;

typedef struct TickScanOptions
{
	const TickDataset *dataset;
	Snapshot	snapshot;		/* must stay registered or active */
	int64		version;		/* of TickVersionForScan() */
	const bool *columns;		/* by schema index: its values are wanted */
	TickScanOrder order;
	bool		zone_maps;		/* segments are listed with their zone maps */
} TickScanOptions;

typedef struct TickDatasetScan TickDatasetScan;

/*
 * TickScanBatch: rows places first .. first + span - 1 of the vectors that
 * TickDatasetScanColumn() gives passed where keep has a bit (of the place)
 * set; all of them when keep is NULL.  When no column is wanted, span is 0
 * and rows may exceed a batch.
 */
typedef struct TickScanBatch
{
	uint64		rows;			/* that passed, at least 1 */
	uint32		first;
	uint32		span;
	const uint64 *keep;
	bool		backward;		/* the last place comes first in the order */
	int32		partition;
	const TickSymbolEntry *symbol;	/* of all rows, or NULL when they may differ */
} TickScanBatch;

/*
 * Begin allocates in the current memory context.  Start (or start again)
 * applies a filter over schema indexes (NULL: all rows; it must live until
 * the next start) whose every later filter stays within `widest` (NULL: not
 * known), so that the segments are listed once.
 */
extern TickDatasetScan *TickDatasetScanBegin(const TickScanOptions *options);
extern void TickDatasetScanStart(TickDatasetScan *scan, const TickFilter *filter, const TickFilter *widest);
extern bool TickDatasetScanNext(TickDatasetScan *scan, TickScanBatch *batch);

/* Walk the same rows again, from the first one. */
extern void TickDatasetScanRewind(TickDatasetScan *scan);

/*
 * ---- segment by segment, instead of by batches ----
 *
 * The next segment that may hold rows, or NULL; *whole tells that all of its
 * rows pass.  Of a derived dataset they are the left one's, where
 * TickDatasetScanJoins() is false.  Open then says what is to be looked at in it; the caller lets
 * go of the reader with TickSegmentRelease().  Everything else lives until
 * the next start.
 */
typedef struct TickScanSegment
{
	struct TickSegmentReader *reader;
	const TickFilter *filter;	/* over wanted columns; NULL: all rows pass */
	bool		symbols_tested; /* conditions on the symbol have chosen the ranges */
	struct TickSegmentRange *range; /* rows to look at, ascending */
	int			ranges;
} TickScanSegment;

/* Does this start join rows, as columns of a derived dataset's right side are wanted? */
extern bool TickDatasetScanJoins(const TickDatasetScan *scan);

extern const struct TickSegmentEntry *TickDatasetScanSegment(TickDatasetScan *scan, bool *whole);
extern void TickDatasetScanOpen(TickDatasetScan *scan, TickScanSegment *segment);

/* How many segments this start has, and is each alone in its partition? */
extern int	TickDatasetScanSegments(const TickDatasetScan *scan, bool *alone);

/* Stored times (ns since 1970) that the segments of this start lie within; false when they have none. */
extern bool TickDatasetScanTimes(const TickDatasetScan *scan, int64 *low, int64 *high);

/* The columns of this start: those given out and tested; *index by schema index, or -1. */
extern int	TickDatasetScanWanted(const TickDatasetScan *scan, const TickColumn **wanted, const int **index);

/* A copy of a filter whose columns are index[column]; constants are shared. */
extern TickFilter *TickFilterRebind(const TickFilter *filter, const int *index);

/* A copy in the current context, constants too: for threads, which end before it goes. */
extern TickFilter *TickFilterCopy(const TickFilter *filter);

/* A wanted column's values in the current batch, until the next one. */
extern const TickVector *TickDatasetScanColumn(TickDatasetScan *scan, int column);

/*
 * Rows of one symbol within times low .. high, again and again, after a
 * start with all other conditions.  Begin says whether the scan can do it:
 * it must be ordered; by_symbol, the symbol is given to each seek, else the
 * start's conditions leave one alone.  The next start ends it.
 *
 * A seek that returns false finds nothing.  SeekNext gives, in the scan's
 * order, `rows` passing rows of the batch, behind the first `skip` passing
 * ones.  A batch with the same serial as one before holds the same rows.
 */
typedef struct TickSeekBatch
{
	TickScanBatch batch;
	uint64		serial;
	uint32		skip;
	uint32		rows;
} TickSeekBatch;

extern bool TickDatasetSeekBegin(TickDatasetScan *scan, bool by_symbol);
extern bool TickDatasetSeek(TickDatasetScan *scan, const TickString *symbol, int64 low, int64 high);
extern bool TickDatasetSeekNext(TickDatasetScan *scan, TickSeekBatch *out);

/* Let go of segments and memory. */
extern void TickDatasetScanEnd(TickDatasetScan *scan);

/* Positions of the batch's rows in its vectors, in order, into places[span]; returns rows. */
extern uint32 TickScanPlaces(const TickScanBatch *batch, uint16 *places);

/* What was done, for EXPLAIN; sums over all starts. */
typedef struct TickScanCounters
{
	int64		starts;
	int64		seeks;
	int64		partitions;		/* chosen */
	int64		segments;		/* chosen */
	int64		segments_opened;
	int64		symbols;		/* found in directories, when symbols were looked up */
	int64		rows_scanned;	/* decoded for or past the filter */
	TickCursorCounters cursor;
} TickScanCounters;

extern void TickDatasetScanCounters(const TickDatasetScan *scan, TickScanCounters *counters);

#endif							/* TICK_SCAN_H */
