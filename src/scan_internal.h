/*-------------------------------------------------------------------------
 *
 * scan_internal.h
 *	  The state of a scan, shared by scan.c (walking) and scan_select.c
 *	  (choosing what to walk).
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_SCAN_INTERNAL_H
#define TICK_SCAN_INTERNAL_H

#include "postgres.h"

#include "catalog.h"
#include "compat.h"
#include "scan.h"

/*
 * Conjunct: one of the ANDed conditions of the filter.
 */
typedef struct Conjunct
{
	const TickFilter *filter;	/* over schema indexes */
	TickFilter *bound;			/* over wanted indexes */
	bool		symbol_only;	/* of the symbol column alone: decided in directories */
	bool		symbol;			/* tests the symbol among others */
} Conjunct;

/* Rows first .. end - 1 of a segment. */
typedef struct RowRange
{
	uint64		first;
	uint64		end;
} RowRange;

/*
 * ScanInput: a segment that may hold rows, with what is left to test in it.
 */
typedef struct ScanInput
{
	TickSegmentEntry *entry;
	TickFilter *residual;		/* over wanted indexes, NULL: all rows pass */
	TickSegmentReader *reader;	/* while open */
	/* merged scans: the batch that keep was computed for */
	uint64		keep_row;
	uint32		keep_rows;
	uint64	   *keep;
} ScanInput;

typedef struct TickSeek TickSeek;

struct TickDatasetScan
{
	struct TickDerivedScan *derived;	/* does the work for a derived dataset; or NULL */
	const TickDataset *dataset;
	Snapshot	snapshot;
	int64		version;
	TickScanOrder order;
	bool	   *columns;		/* by schema index: given out */
	bool		any_column;
	bool		zone_maps;		/* asked for, whatever the filter needs */

	/* memory: of the whole scan, of a start, of an open segment or merge */
	MemoryContext context;
	MemoryContext start_context;
	MemoryContext input_context;

	/* segments of partitions listed_low .. listed_high */
	List	   *entries;
	bool		listed;
	bool		listed_maps;
	int32		listed_low;
	int32		listed_high;
	MemoryContext list_context;

	/* of the current start */
	bool		empty;			/* nothing can match */
	int64		time_low;
	int64		time_high;
	int			conjuncts;
	Conjunct   *conjunct;
	int			wanted_columns;
	TickColumn *wanted;			/* given out or tested */
	int		   *wanted_index;	/* by schema index, or -1 */
	TickFilter *symbol_filter;	/* AND of the symbol_only ones, its column is 0; or NULL */
	bool		has_symbols;	/* the symbols are these: */
	int			symbols;
	TickFilterValue *symbol;	/* ascending, distinct */
	int			inputs;
	ScanInput  *input;			/* in partition order */
	TickFilter *prune;			/* AND of the others, over wanted indexes; or NULL */

	/* where the walk is */
	int			next_input;
	ScanInput  *current;
	int			ranges;
	RowRange   *range;
	int			next_range;
	TickCursor *cursor;
	TickMerge  *merge;
	uint64		merges;			/* begun */
	bool	   *group_begins;	/* ordered: a merge begins at this input */
	int			merge_inputs;	/* open, of the merge at hand */
	ScanInput **merge_input;
	TickSlice	slice;
	TickCursor *batch_cursor;	/* of the batch given out */
	TickSeek   *seek;			/* NULL unless seeking */
	uint64		keep[TICK_BATCH_ROWS / 64];

	TickScanCounters counters;
};

/* ---- scan.c ---- */

/* Raise *error with the segment at hand in its context. */
extern void TickScanRaise(const TickDatasetScan *scan, const TickError *error) pg_attribute_noreturn();

static inline void
TickScanCheck(const TickDatasetScan *scan, TickStatus status, const TickError *error)
{
	if (status != TICK_OK)
		TickScanRaise(scan, error);
}

/* Open an input's segment and see what is left to test in it. */
extern void TickScanOpenInput(TickDatasetScan *scan, ScanInput *input);
extern void TickScanCloseInput(ScanInput *input);

/* Evaluate a filter over wanted indexes on the cursor's batch. */
extern void TickScanApply(const TickDatasetScan *scan, const TickFilter *filter, TickCursor *cursor, uint32 rows, uint64 *keep);
extern uint32 TickScanCountBits(const uint64 *bits, uint32 first, uint32 rows);

/* Add what a cursor has done to counters, or to those of the scan. */
extern void TickScanAddCursor(TickCursorCounters *counters, const TickCursor *cursor);
extern void TickScanCountCursor(TickDatasetScan *scan, const TickCursor *cursor);

/*
 * Open the next group of inputs that has rows, into scan->merge_input, and
 * say which symbols of it pass (names NULL: all); false when there is none left.
 */
extern bool TickScanOpenGroup(TickDatasetScan *scan, TickFilterValue **names, int *symbols, bool *null_symbol);

/* Merge the open inputs of scan->merge_input, of these symbols (NULL: all). */
extern void TickScanBeginMerge(TickDatasetScan *scan, const TickFilterValue *names, int symbols, bool null_symbol,
							   int64 time_low, int64 time_high);
extern bool TickScanNextSlice(TickDatasetScan *scan);	/* into scan->slice; false at the end */
extern bool TickScanSliceBatch(TickDatasetScan *scan, TickScanBatch *batch);	/* its passing rows; false for none */
extern const TickVector *TickScanSliceTime(TickDatasetScan *scan);
extern void TickScanEndMerge(TickDatasetScan *scan);

/* ---- scan_seek.c ---- */

extern void TickScanEndSeek(TickDatasetScan *scan);
extern void TickScanCountSeek(const TickDatasetScan *scan, TickCursorCounters *counters);	/* add the open cursors' */
extern const ScanInput *TickScanSeekInput(const TickSeek *seek);	/* being read, or NULL */

/* ---- scan_select.c ---- */

/* Split the filter and choose the inputs of this start; sets scan->empty. */
extern void TickScanChoose(TickDatasetScan *scan, const TickFilter *filter, const TickFilter *widest);

/*
 * Rows of an open input whose symbols pass, cut to the time bounds by means
 * of scan->cursor if there is one; allocated in the input context.  Adjacent
 * ranges are joined.
 */
extern void TickScanRanges(TickDatasetScan *scan, ScanInput *input, RowRange **range, int *ranges);

/*
 * Symbols that pass, over open inputs first .. first + count - 1 of a merge:
 * ascending names and whether the null symbol does.  false: all symbols.
 */
extern bool TickScanMergeSymbols(TickDatasetScan *scan, ScanInput **inputs, int count,
								 TickFilterValue **names, int *symbols, bool *null_symbol);

/* Mark the columns that a filter tests. */
extern void TickScanMarkColumns(const TickFilter *filter, bool *used);

/* What is left to test in an input, over wanted indexes. */
extern TickFilter *TickScanResidual(TickDatasetScan *scan, const TickSegmentEntry *entry);

#endif							/* TICK_SCAN_INTERNAL_H */
