/*-------------------------------------------------------------------------
 *
 * fdw_plan.h
 *	  What planning knows of a dataset: shared by fdw_plan.c and fdw_paths.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_FDW_PLAN_H
#define TICK_FDW_PLAN_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "catalog.h"
#include "dataset.h"
#include "scan.h"

/*
 * TickPlanInfo: RelOptInfo.fdw_private of a base relation.
 *
 * totals are of the partitions that constant conditions leave.
 */
typedef struct TickPlanInfo
{
	TickDataset *dataset;
	TickSegmentTotals totals;
	double		symbols;		/* distinct ones, at least 1 */
	double		partitions;		/* at least 1 */
	double		time_fraction;	/* of totals.rows that conditions on the time leave */
	double		scanned;		/* rows that the scan looks at */
	double		rows;			/* that pass */
	double		column_fraction;	/* of the bytes, for the columns used */
	int			columns;		/* used */
	int			tests;			/* pushed conditions */
	QualCost	local_cost;		/* of a row's conditions that are not pushed */
} TickPlanInfo;

/* Can the clause be evaluated inside a scan of baserel? */
extern bool TickClausePushed(RelOptInfo *baserel, RestrictInfo *rinfo);

/* Cost of a scan with this many rows looked at and given out, over a part of the partitions. */
extern void TickEstimateCost(const TickPlanInfo *info, double scanned, double rows, double partition_fraction,
							 TickScanOrder order, bool one_symbol, Cost *startup, Cost *total);

/*
 * Fraction of rows and of partitions that a clause on symbol, date or time
 * leaves, when its constant is not known; false for other clauses.
 */
extern bool TickEqualityFraction(RelOptInfo *baserel, const TickPlanInfo *info, Expr *clause,
								 double *rows, double *partitions);

#endif							/* TICK_FDW_PLAN_H */
