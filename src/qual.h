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

/*
 * Conditions that only say which symbol and from when to when, each one a
 * comparison with something that changes from one start to the next.
 */
typedef struct TickQualSeek
{
	const TickDataset *dataset;
	struct TickQualNode *symbol;	/* or NULL */
	List	   *bounds;			/* of TickQualNode, on the time or the virtual date */
} TickQualSeek;

/* The same conditions in that form, or NULL when one of them is something else. */
extern TickQualSeek *TickQualSeekOf(const TickQual *qual);

/* Evaluate them: symbol points into econtext's memory.  false: no row passes. */
extern bool TickQualSeekValues(const TickQualSeek *seek, ExprContext *econtext, TickString *symbol, int64 *low, int64 *high);

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

/* What a clause makes of the column before it compares it. */
typedef enum TickQualFunction
{
	TICK_FUNCTION_NONE,
	TICK_FUNCTION_NUMERIC,		/* an integer as numeric */
	TICK_FUNCTION_BIN,			/* date_bin() */
	TICK_FUNCTION_EPOCH,		/* extract(epoch from ...) */
	TICK_FUNCTION_PART			/* a part of the local time: see TickPartKind */
} TickQualFunction;

typedef struct TickQualNode
{
	TickQualKind kind;
	List	   *children;		/* of TickQualNode */
	const TickAttribute *attribute;
	bool		as_date;		/* the column is a stamp, compared as its date */
	TickQualFunction function;
	TickPartKind part;
	int64		width;			/* of TICK_FUNCTION_BIN in us; of TICK_PART_TRUNCATE in ns */
	int64		origin;			/* us since 1970 */
	bool		distinct;		/* IS DISTINCT FROM */
	TickCompare compare;
	bool		all;			/* ALL instead of ANY */
	Oid			type;			/* of the constant, or of the array's elements */
	Expr	   *constant;
	ExprState  *state;
} TickQualNode;

/* The filter of one node: qual_build.c */
extern TickFilter *TickQualBuildNode(const TickDataset *dataset, const TickQualNode *node, ExprContext *econtext);

/* Values that a constant equals, in 128 bits: empty, last = first - 1, when none does. */
typedef struct TickInterval
{
	int128		first;
	int128		last;
} TickInterval;

/* Stored values that a constant equals: qual_build.c; false when they are several ranges. */
extern bool TickQualConstant(const TickDataset *dataset, const TickQualNode *node, Datum value, TickInterval *interval);

/*
 * ---- functions of a column: qual_time.c ----
 *
 * If the core knows the function, note it in the node and return the
 * argument that should be the column, else NULL.
 */
extern Node *TickQualKnowFunction(FuncExpr *function, TickQualNode *node);

/* The btree family that orders what the function gives, and may a constant of the type be compared with it? */
extern Oid	TickQualFunctionFamily(const TickQualNode *node, const TickAttribute *attribute);
extern bool TickQualFunctionFits(const TickQualNode *node, const TickAttribute *attribute, Oid type);

/* Beyond every value, on either side; products with a day's ns still fit int128. */
#define TICK_BEYOND ((int128) 1 << 80)

/* A numeric against decimals of so many digits: NaN and infinity are above every one, as PostgreSQL orders them. */
extern TickInterval TickDecimalInterval(uint8 scale, Datum value);
/* A date or timestamp as us since 1970, beyond them when infinite. */
extern int128 TickMomentConstant(const TickAttribute *attribute, Oid type, Datum value);

/* What a constant equals: stored values, or, for TICK_FUNCTION_PART of a zone's time or no truncation, parts. */
extern TickInterval TickQualFunctionInterval(const TickDataset *dataset, const TickQualNode *node, Datum value);

/* The part that the tests of such a node look at, or NULL: they look at stored values. */
extern TickFilterPart *TickQualPartOf(const TickQualNode *node);

/* Stored times that a comparison of a truncated time with a constant leaves at most; false: any. */
extern bool TickQualTruncateRange(const TickQualNode *node, TickCompare compare, TickInterval constant, TickInterval *stored);

#endif							/* TICK_QUAL_H */
