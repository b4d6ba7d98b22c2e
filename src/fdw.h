/*-------------------------------------------------------------------------
 *
 * fdw.h
 *	  The foreign data wrapper's callbacks, by the file that has them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_FDW_H
#define TICK_FDW_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* What ForeignScan.fdw_private holds, in order. */
enum TickPlanPrivate
{
	TICK_PLAN_ORDER,			/* Integer: a TickScanOrder */
	TICK_PLAN_ATTRIBUTES,		/* IntList: attribute numbers to give out */
	TICK_PLAN_SORT				/* Integer: attribute number that rows ascend by, or 0 */
};

/* fdw_plan.c and fdw_paths.c */
extern void TickGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern void TickGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern ForeignScan *TickGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid relid,
									   ForeignPath *best_path, List *tlist, List *scan_clauses,
									   Plan *outer_plan);

/* fdw_exec.c */
extern void TickBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *TickIterateForeignScan(ForeignScanState *node);
extern void TickReScanForeignScan(ForeignScanState *node);
extern void TickEndForeignScan(ForeignScanState *node);
extern void TickExplainForeignScan(ForeignScanState *node, struct ExplainState *es);

/* fdw_analyze.c */
extern bool TickAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *func, BlockNumber *totalpages);

/* modify.c */
extern void TickAddForeignUpdateTargets(PlannerInfo *root, Index rtindex, RangeTblEntry *target_rte,
										Relation target_relation);
extern List *TickPlanForeignModify(PlannerInfo *root, ModifyTable *plan, Index resultRelation, int subplan_index);
extern void TickBeginForeignModify(ModifyTableState *mtstate, ResultRelInfo *rinfo, List *fdw_private,
								   int subplan_index, int eflags);
extern TupleTableSlot *TickExecForeignInsert(EState *estate, ResultRelInfo *rinfo, TupleTableSlot *slot,
											 TupleTableSlot *planSlot);
extern void TickEndForeignModify(EState *estate, ResultRelInfo *rinfo);
extern void TickBeginForeignInsert(ModifyTableState *mtstate, ResultRelInfo *rinfo);
extern void TickEndForeignInsert(EState *estate, ResultRelInfo *rinfo);
extern int	TickIsForeignRelUpdatable(Relation rel);
extern void TickExecForeignTruncate(List *rels, DropBehavior behavior, bool restart_seqs);

#endif							/* TICK_FDW_H */
