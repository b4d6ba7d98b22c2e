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
 * If the clause is "column = x", "column = ANY (x)" or such a test of the
 * day of the time, the attribute it fixes, else NULL.  With *values the
 * number of elements (1, or that of a constant array, or 10 as a guess).
 */
extern const TickAttribute *TickQualEquality(const TickDataset *dataset, Index relid, Expr *clause, int *values);

/*
 * Is the clause a test of the time (or of the virtual date) alone, against
 * anything?
 */
extern bool TickQualIsTime(const TickDataset *dataset, Index relid, Expr *clause);

/*
 * Build the filter of pushed clauses (implicitly ANDed), evaluating their
 * constants in econtext.  A comparison with NULL is TICK_FILTER_NULL.
 * Allocated in the current memory context.  The result is an AND with one
 * child a clause, in order.
 *
 * TickQualPrepare() analyses the clauses and sets up the expressions to
 * evaluate, once; TickQualBuild() is called at each (re)scan.
 */
typedef struct TickQual
{
	const TickDataset *dataset;
	List	   *nodes;			/* of TickQualNode, one a clause */
} TickQual;

extern TickQual *TickQualPrepare(const TickDataset *dataset, Index relid, List *clauses, PlanState *parent);
extern TickFilter *TickQualBuild(TickQual *qual, ExprContext *econtext);

/* An empty filter of the current context, with room for values. */
extern TickFilter *TickFilterMake(TickFilterKind kind, int column, TickType type, int values);

/* A filter that uses no parameters: stats_where and the filter argument of functions. */
extern TickFilter *TickQualFromText(const TickDataset *dataset, Relation relation, const char *text, const char *what);

/*
 * Stored time range and partitions that the filter leaves; false when none.
 * filter may be NULL.
 */
extern bool TickQualTimeRange(const TickDataset *dataset, const TickFilter *filter,
							  int64 *time_low, int64 *time_high,
							  int32 *partition_low, int32 *partition_high);

/*
 * ---- between qual.c and qual_build.c ----
 *
 * TickQualNode: a clause's shape, with what has to be evaluated.
 */
typedef enum TickQualKind
{
	TICK_QUAL_AND,
	TICK_QUAL_OR,
	TICK_QUAL_NOT,
	TICK_QUAL_COMPARE,			/* column op constant */
	TICK_QUAL_ARRAY,			/* column op ANY or ALL (array) */
	TICK_QUAL_LIKE,
	TICK_QUAL_IS_NULL,
	TICK_QUAL_BOOLEAN,			/* the column itself is the condition */
	TICK_QUAL_CONSTANT			/* a condition without columns */
} TickQualKind;

typedef struct TickQualNode
{
	TickQualKind kind;
	List	   *children;		/* of TickQualNode */
	const TickAttribute *attribute;
	bool		as_date;		/* the column is a stamp, compared as its date */
	TickCompare compare;
	bool		all;			/* ALL instead of ANY */
	Oid			type;			/* of the constant, or of the array's elements */
	Expr	   *constant;
	ExprState  *state;
} TickQualNode;

/* The filter of one node: qual_build.c */
extern TickFilter *TickQualBuildNode(const TickDataset *dataset, const TickQualNode *node, ExprContext *econtext);

#endif							/* TICK_QUAL_H */
