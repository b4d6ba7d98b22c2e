/*-------------------------------------------------------------------------
 *
 * agg.h
 *	  Aggregation inside the scan of a dataset: what the planner and the
 *	  executor call.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_AGG_H
#define TICK_AGG_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* agg_plan.c */
extern void TickGetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
									 RelOptInfo *output_rel, void *extra);
extern ForeignScan *TickAggPlan(PlannerInfo *root, RelOptInfo *rel, ForeignPath *path, List *tlist);

/* agg_join_plan.c: have the planner asked about joins */
extern void TickAggInit(void);

/* agg_exec.c: of a ForeignScan that has no relation of its own */
extern void TickAggBegin(ForeignScanState *node, int eflags);
extern TupleTableSlot *TickAggIterate(ForeignScanState *node);
extern void TickAggReScan(ForeignScanState *node);
extern void TickAggEnd(ForeignScanState *node);
extern void TickAggExplain(ForeignScanState *node, struct ExplainState *es);

#endif							/* TICK_AGG_H */
