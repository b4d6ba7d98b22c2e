/*-------------------------------------------------------------------------
 *
 * segment_stats.h
 *	  Each symbol's open, high, low, close, volume and turnover.
 *
 * Rows are given by batches: tick_stats_batch() evaluates the stats filter
 * and brings prices and sizes to integers once, then tick_stats_add() is
 * called for each symbol's rows in the batch.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_SEGMENT_STATS_H
#define TICK_CORE_SEGMENT_STATS_H

#include "core/segment.h"

/*
 * TickStatsShape: which columns (indexes, or -1) the statistics are of.
 *
 * Prices come from the price column, or else from open, high, low and close
 * when all four are there with one type; rows where any of the four is null
 * then give no price.  The volume is of the size, or else of the volume
 * column.  Turnover needs price and size.  Columns that are no numbers are
 * passed over.
 */
typedef struct TickStatsShape
{
	int			open,
				high,
				low,
				close;
	int			volume;
	int			turnover_price; /* times the volume column, which is the size */
	int			time;
	bool		double_price;	/* TickPrice holds f64 */
	bool		double_volume;
} TickStatsShape;

extern void tick_stats_shape(const TickSchema *schema, TickStatsShape *shape);

static inline bool
tick_stats_has_price(const TickStatsShape *shape)
{
	return shape->open >= 0;
}

typedef struct TickStatsAccumulator TickStatsAccumulator;

/* filter: columns are schema indexes; NULL: all rows.  It must outlive the accumulator. */
extern TickStatus tick_stats_create(TickStatsAccumulator **accumulator, const TickMemory *memory,
									const TickSchema *schema, const TickFilter *filter, TickError *error);
extern void tick_stats_free(TickStatsAccumulator *accumulator);

/*
 * Take the next 1 .. TICK_BATCH_ROWS rows.  column gives schema columns'
 * vectors, which must stay until the next batch.  The symbol column is asked
 * for only when the filter tests it.
 */
extern TickStatus tick_stats_batch(TickStatsAccumulator *accumulator, uint32_t rows,
								   TickFilterColumn column, void *context, TickError *error);
extern void tick_stats_add(TickStatsAccumulator *accumulator, uint32_t first, uint32_t rows,
						   TickSymbolStats *stats);

/* Turnover over the sizes that it is of; false when there is none or they add up to 0. */
extern bool tick_stats_vwap(const TickSymbolStats *stats, double *vwap);

extern void tick_stats_init(TickSymbolStats *stats);
/* Bring sums to the one form that does not depend on how rows were batched. */
extern void tick_stats_finish(const TickStatsAccumulator *accumulator, TickSymbolStats *stats);

#endif							/* TICK_CORE_SEGMENT_STATS_H */
