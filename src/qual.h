/*-------------------------------------------------------------------------
 *
 * qual.h
 *	  SQL conditions that the core can evaluate.
 *
 * A clause is pushed only if the core's answer is PostgreSQL's own, for every
 * value: what cannot be promised stays with the executor.  Splitting a
 * clause looks at its shape only; constants, parameters and outer columns
 * are evaluated when the scan starts (or restarts), so that a prepared plan
 * is never wrong.
 *
 * The columns of a filter are schema indexes of the dataset.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_QUAL_H
#define TICK_QUAL_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

#include "core/filter.h"
#include "dataset.h"

/*
 * Can the core evaluate this clause on rows of relation number relid in the
 * range table?  The other sides of its comparisons may be any expression
 * without volatile functions and without columns of that relation.
 */
extern bool TickQualPushable(const TickDataset *dataset, Index relid, Expr *clause);

/*
 * Build the filter of pushed clauses (implicitly ANDed), evaluating their
 * constants in econtext through states of *params.  A comparison with NULL
 * is TICK_FILTER_NULL.  Allocated in the current memory context.
 *
 * TickQualPrepare() collects the expressions to evaluate (in a fixed order)
 * and is called once; TickQualBuild() at each (re)scan.
 */
typedef struct TickQual
{
	const TickDataset *dataset;
	Index		relid;
	List	   *clauses;		/* of Expr */
	List	   *expressions;	/* the constant sides, in walk order */
	List	   *states;			/* of ExprState, same order */
} TickQual;

extern TickQual *TickQualPrepare(const TickDataset *dataset, Index relid, List *clauses, PlanState *parent);
extern TickFilter *TickQualBuild(TickQual *qual, ExprContext *econtext);

/* A filter that uses no parameters: stats_where and the filter argument of functions. */
extern TickFilter *TickQualFromText(const TickDataset *dataset, Relation relation, const char *text, const char *what);

/*
 * Stored time range and partitions that the filter leaves; false when none.
 */
extern bool TickQualTimeRange(const TickDataset *dataset, const TickFilter *filter,
							  int64 *time_low, int64 *time_high,
							  int32 *partition_low, int32 *partition_high);

#endif							/* TICK_QUAL_H */
