/*-------------------------------------------------------------------------
 *
 * aggregate_run.h
 *	  Run the jobs of an aggregation in several threads.
 *
 * The owner loads row groups, which needs the server, and takes part in the
 * work; threads only run what is loaded.  Results are folded in the order in
 * which row groups were added, so the answer is the same for any number of
 * threads.  A run must be freed on every way out: it ends the threads.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_AGGREGATE_RUN_H
#define TICK_CORE_AGGREGATE_RUN_H

#include "core/aggregate.h"

typedef struct TickAggregateRun TickAggregateRun;

/* threads counts the owner; others are made when there is work for them. */
extern TickStatus tick_aggregate_run_create(TickAggregateRun **run, const TickAggregatePlan *plan,
											TickAggregateTable *table, int threads, TickError *error);
extern void tick_aggregate_run_free(TickAggregateRun *run);

/*
 * Add a row group (see tick_aggregate_job_load()); segment and reader must
 * stay until the run has been finished.
 */
extern TickStatus tick_aggregate_run_add(TickAggregateRun *run, TickAggregateSegment *segment, uint32_t row_group,
										 const TickSegmentRange *range, int ranges, TickError *error);

/* Add a job that is fed; feed->done is called in any case. */
extern TickStatus tick_aggregate_run_feed(TickAggregateRun *run, const TickAggregateFeed *feed, TickError *error);

/* Run and fold what is left. */
extern TickStatus tick_aggregate_run_finish(TickAggregateRun *run, TickError *error);

/*
 * ---- job by job instead ----
 *
 * Is there room for another row group?  If not, take the oldest job (see
 * tick_aggregate_take()); what it holds stays until it is released.  NULL:
 * there is none left.
 */
extern bool tick_aggregate_run_has_room(const TickAggregateRun *run);
extern TickStatus tick_aggregate_run_take(TickAggregateRun *run, const TickAggregateTable **groups, TickError *error);
extern void tick_aggregate_run_release(TickAggregateRun *run);

extern void tick_aggregate_run_counters(const TickAggregateRun *run, TickAggregateCounters *counters);

#endif							/* TICK_CORE_AGGREGATE_RUN_H */
