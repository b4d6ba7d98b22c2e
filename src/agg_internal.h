/*-------------------------------------------------------------------------
 *
 * agg_internal.h
 *	  What a query asks of an aggregation, shared by the files of agg.
 *
 * Planning and execution analyse the same expressions with the same
 * functions, so that both always agree.  Columns are schema indexes until a
 * scan has been started and its wanted columns are known.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_AGG_INTERNAL_H
#define TICK_AGG_INTERNAL_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

#include "compat.h"
#include "core/aggregate.h"
#include "dataset.h"
#include "qual.h"
#include "scan.h"

typedef struct TickAggScope
{
	const TickDataset *dataset;
	Index		relid;
	bool		distinct;		/* count(DISTINCT column) is taken: the caller sees to it (see agg_join.c) */
} TickAggScope;

/* ---- arguments (agg_expression.c) ---- */

/* The column of the dataset that an expression is, or NULL. */
extern const TickAttribute *TickAggColumn(const TickAggScope *scope, Node *node);

/*
 * The expression as terms over schema indexes; false when the core cannot
 * compute it as PostgreSQL does.  A lone column may be of any type.
 */
extern bool TickAggExpression(const TickAggScope *scope, Node *node, TickExpression *expression);

/* ---- keys (agg_key.c) ---- */

/* How a key's number becomes a Datum. */
typedef enum TickAggShow
{
	TICK_SHOW_TEXT,
	TICK_SHOW_STORED,			/* as the attribute shows its stored value */
	TICK_SHOW_TIMESTAMP,		/* microseconds since 1970 */
	TICK_SHOW_DATE,				/* days since 1970 */
	TICK_SHOW_DATE_OF_TIMESTAMP,	/* microseconds since 1970 */
	TICK_SHOW_DATUM,			/* the number is the Datum */
	TICK_SHOW_NUMERIC,
	TICK_SHOW_FLOAT8
} TickAggShow;

/*
 * TickAggKey: an expression that rows are grouped by.
 */
typedef struct TickAggKey
{
	TickGroupKey key;			/* column is a schema index; tables are made when the scan starts */
	TickAggShow show;
	const TickAttribute *attribute;
	Oid			function;		/* that a table is made with, or InvalidOid: the dataset's day */
	Datum		argument;		/* its unit */
	Datum		zone;			/* and zone, if it has three */
	const char *zone_name;		/* of local days in the table; NULL: naive; "" the session's */
} TickAggKey;

extern bool TickAggAnalyseKey(const TickAggScope *scope, Node *node, TickAggKey *key);

/* Make the key's table for stored times low .. high, in the current context. */
extern void TickAggKeyTable(const TickDataset *dataset, TickAggKey *key, int64 low, int64 high);

extern Datum TickAggKeyDatum(const TickDataset *dataset, const TickAggKey *key, const TickAggregateTable *table, int64 number);

/* ---- aggregates (agg_analyse.c) ---- */

typedef enum TickAggKind
{
	TICK_AGG_COUNT,
	TICK_AGG_SUM_NUMERIC,		/* of integers and decimals, as numeric */
	TICK_AGG_SUM_INT8,
	TICK_AGG_SUM_FLOAT8,
	TICK_AGG_SUM_AS_FLOAT8,		/* of integers and decimals, converted */
	TICK_AGG_AVG_NUMERIC,
	TICK_AGG_AVG_FLOAT8,
	TICK_AGG_VALUE,				/* min, max, first, last */
	TICK_AGG_VARIANCE_FLOAT8,
	TICK_AGG_VARIANCE_NUMERIC,
	TICK_AGG_VWAP
} TickAggKind;

/* How an accumulator is answered from a segment's summary of each symbol. */
typedef enum TickAggSource
{
	TICK_SOURCE_NONE,
	TICK_SOURCE_ROWS,
	TICK_SOURCE_PRESENT,		/* rows, when the column has no nulls */
	TICK_SOURCE_OPEN,
	TICK_SOURCE_HIGH,
	TICK_SOURCE_LOW,
	TICK_SOURCE_CLOSE,
	TICK_SOURCE_VOLUME,
	TICK_SOURCE_PRICED_VOLUME,	/* of rows that have a price */
	TICK_SOURCE_TURNOVER
} TickAggSource;

/* TickAggAccumulator: one of the core's, over schema indexes. */
typedef struct TickAggAccumulator
{
	TickAccumulatorKind kind;
	TickExpression expression;
	bool		has_expression;
	TickExpression also;
	bool		has_also;
	int			time;			/* schema index */
	bool		microseconds;
	Node	   *filter;			/* of FILTER, or NULL */
	bool		needs_count;	/* its count is shown, not only whether it is 0 */
	bool		distinct;		/* rows of a group that has a value of the key DISTINCT: 1 is to be made of them */
	TickAggSource source;
	int			column;			/* lone column of the expression, or -1 */
} TickAggAccumulator;

typedef struct TickAggItem
{
	TickAggKind kind;
	Oid			type;			/* of the result */
	const TickAttribute *attribute; /* whose value is shown, or NULL */
	uint8		scale;			/* of sums of decimals */
	bool		sample;			/* variance of a sample, not of a population */
	bool		root;			/* its square root */
	int			accumulator;
	int			second;			/* VWAP: of the sizes */
} TickAggItem;

/* TickAggQuery: all of it. */
typedef struct TickAggQuery
{
	TickAggScope scope;
	int			keys;
	TickAggKey	key[TICK_MAX_KEYS];
	int			items;
	TickAggItem *item;
	int			accumulators;
	TickAggAccumulator *accumulator;
} TickAggQuery;

/*
 * Analyse grouping expressions and aggregates; false when one cannot be
 * pushed down.
 */
extern bool TickAggAnalyse(const TickAggScope *scope, List *keys, List *aggregates, TickAggQuery *query);

/* The column of count(DISTINCT column), or NULL. */
extern Node *TickAggDistinct(Node *node);

/* Is the node an aggregate to push, or a conversion that an aggregate does better itself? */
extern bool TickAggIsAggregate(Node *node);

/* ---- results (agg_result.c) ---- */

extern Datum TickAggDatum(const TickAggQuery *query, const TickAggItem *item, const TickAggregatePlan *plan,
						  TickGroup *group, bool *isnull);

/* ---- answers from what is known of segments (agg_summary.c) ---- */

/* Could summaries of symbols, or zone maps, answer the query, if the scan leaves segments whole? */
extern bool TickAggUsesSymbols(const TickAggQuery *query);
extern bool TickAggUsesZoneMaps(const TickAggQuery *query);

/* Add a segment to the table from the catalog's maps; false, and nothing done, when they do not tell. */
extern bool TickAggFromCatalog(const TickAggQuery *query, const TickAggregatePlan *plan,
							   TickAggregateTable *table, const struct TickSegmentEntry *entry);

/*
 * Add an open segment from its summaries of the symbols in its ranges, which
 * are reduced to what they do not tell.
 */
extern void TickAggFromSymbols(const TickAggQuery *query, const TickAggregatePlan *plan,
							   TickAggregateTable *table, int32 partition, TickScanSegment *segment);

#endif							/* TICK_AGG_INTERNAL_H */
