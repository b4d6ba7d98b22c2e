/*-------------------------------------------------------------------------
 *
 * rollup.h
 *	  Open, high, low, close, volume and turnover of groups of rows: what
 *	  daily stats and bars are made of.
 *
 * Rows are read in (symbol, time) order; a group is a symbol, a bucket of
 * time and, if asked for, the values of some columns.  Groups are given to
 * the caller as soon as their bucket is over.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_ROLLUP_H
#define TICK_ROLLUP_H

#include "postgres.h"

#include "access.h"
#include "core/segment.h"

/* Bucket of a stored time, and the inclusive range of times that share it; false: leave the row out. */
typedef bool (*TickBucketFunction) (void *context, int64 time, int64 *bucket, int64 *low, int64 *high);

typedef struct TickRollupGroup
{
	TickString	symbol;
	bool		null_symbol;
	int64		bucket;
	TickString *by;				/* values of the by columns as text; data NULL: null; no columns: NULL */
	TickSymbolStats stats;
} TickRollupGroup;

typedef void (*TickGroupFunction) (void *context, const TickRollupGroup *group);

typedef struct TickRollup
{
	TickReading *reading;		/* with its segments opened */
	const TickFilter *filter;	/* rows that count (schema indexes), or NULL */
	const TickFilterValue *symbols; /* ascending, or NULL: all */
	int			symbol_count;
	int64		time_low;		/* inclusive */
	int64		time_high;
	TickBucketFunction bucket;
	void	   *bucket_context;
	int			by_columns;
	const TickAttribute **by;
	TickGroupFunction group;
	void	   *group_context;
} TickRollup;

extern void TickRollupRun(const TickRollup *rollup);

/* An array of symbol names as ascending filter values; nulls are left out. */
extern TickFilterValue *TickSymbolsArgument(struct ArrayType *array, int *count);

/* The dataset's stats_where as a filter, NULL when it has none; a dataview's is its source's. */
extern struct TickFilter *TickStatsFilter(const TickReading *reading);

/* Raise when stats and bars make no sense for the dataset. */
extern void TickRollupCheck(const TickDataset *dataset);

/* Add the stats of later rows of the same group; of equal times those in *into come first. */
extern void TickStatsCombine(const TickDataset *dataset, TickSymbolStats *into, const TickSymbolStats *more);

/* A price or a sum of a group in SQL's terms. */
extern const TickColumn *TickPriceColumn(const TickDataset *dataset);
extern double TickPriceValue(const TickColumn *column, TickPrice price);
extern Datum TickSumNumeric(const TickSum *sum);

#endif							/* TICK_ROLLUP_H */
