/*-------------------------------------------------------------------------
 *
 * agg_join.h
 *	  Aggregation of a dataset in two steps, below its join with other tables
 *	  or for count(DISTINCT ...), shared by the files of agg_join.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_AGG_JOIN_H
#define TICK_AGG_JOIN_H

#include "postgres.h"

#include "executor/executor.h"
#include "nodes/extensible.h"

#include "agg_state.h"

/*
 * A side is a table, or tables joined with each other, that the dataset is
 * joined with; each is a child.  The node's own tuple: for each side its keys
 * and columns of it that the keys determine; the dataset's keys; aggregates.
 *
 * What a CustomScan's custom_private holds, in order, and what each of its
 * sides is.  Expressions over a child's rows have its columns as OUTER_VAR;
 * those over the dataset have columns numbered as planned.
 */
typedef enum TickJoinPrivate
{
	TICK_JOIN_RELID,			/* Integer: of the dataset, as planned */
	TICK_JOIN_FIRST_RELID,		/* Integer: the least of the join, as planned */
	TICK_JOIN_DATASET_KEYS,		/* Integer: how many of the tuple's columns */
	TICK_JOIN_CLAUSES,			/* List: pushed conditions */
	TICK_JOIN_DISTINCT,			/* List: the column of count(DISTINCT column), or none */
	TICK_JOIN_PRESENCE,			/* List: a key where there would be none: without rows there is no group then */
	TICK_JOIN_SIDES				/* List of Lists */
} TickJoinPrivate;

typedef enum TickJoinSidePrivate
{
	TICK_SIDE_TYPE,				/* Integer: JOIN_INNER, JOIN_LEFT or JOIN_SEMI of the dataset with it */
	TICK_SIDE_EQUALITIES,		/* List: the value, then the column */
	TICK_SIDE_COLUMNS,			/* List: the dataset's side of each */
	TICK_SIDE_OPERATORS,		/* OidList: column = the side's value */
	TICK_SIDE_COLLATIONS,		/* OidList: of each */
	TICK_SIDE_EXPRESSIONS,		/* List: keys and determined columns, over the child's rows */
	TICK_SIDE_KEY_OPERATORS		/* OidList: equality of each key */
} TickJoinSidePrivate;

/* Most equalities of a side. */
#define TICK_JOIN_MAX 4

/* TickJoinRow: equal rows of a side. */
typedef struct TickJoinRow
{
	uint32		hash;
	uint32		next;			/* row of the same join key, counted from 1; 0: none */
	uint32		group;			/* counted from 1; 0: not looked for yet */
	int64		count;
	MinimalTuple tuple;
} TickJoinRow;

/* Numbers of one table's texts in another, by number; -1: not looked up yet. */
typedef struct TickJoinTexts
{
	int64	   *number;
	int64		capacity;
} TickJoinTexts;

/* TickJoinSide: agg_join_side.c */
typedef struct TickJoinSide
{
	JoinType	type;
	PlanState  *child;
	int			joins;			/* equalities */
	Oid			value_type[TICK_JOIN_MAX];	/* of the side's values */
	int			column[TICK_JOIN_MAX];	/* which of the aggregation's keys each is with */
	List	   *private;		/* see TickJoinSidePrivate */
	List	   *columns;		/* TICK_SIDE_COLUMNS, as numbered now */
	int			keys;
	int			shown;			/* keys and determined columns */
	List	   *expressions;	/* ExprState: what is shown */
	TupleTableSlot *value_slot; /* what they give */
	TupleTableSlot *row_slot;
	TupleTableSlot *group_slot;
	ExprContext *econtext;		/* of a row */

	/* rows: in context, which is reset when they are read again */
	MemoryContext context;
	bool		has_read;		/* the child, once at least */
	bool		has_rows;
	TickAggregatePlan key_plan;
	TickAggregateTable *key;	/* by join key: a count, which is the number of its first row */
	int64		rows;			/* distinct ones */
	int64		row_capacity;
	TickJoinRow *row;
	uint32	   *slot;			/* row numbers by hash, 0: free */
	uint32		slots;			/* a power of two */
	TickJoinRow null_row;		/* of what matches none: JOIN_LEFT */
	TupleHashTable groups;		/* by keys */
	MinimalTuple *group_tuple;
	int64		group_count;
	int64		group_capacity;
	TickJoinTexts text[TICK_JOIN_MAX];	/* of this pass: the aggregation's in key */
} TickJoinSide;

/* Read the rows of a side, unless they are known; forget what is known. */
extern void TickJoinReadRows(TickJoinSide *side);
extern void TickJoinForget(TickJoinSide *side);

/* A value of a join key as a number that it alone has; texts are numbered by the table. */
extern int64 TickJoinNumber(TickAggregateTable *table, Oid type, Datum value);

/* First row with such a key, or NULL; the next one of the same key. */
extern TickJoinRow *TickJoinFirst(TickJoinSide *side, const int64_t *number);
static inline TickJoinRow *
TickJoinNextRow(const TickJoinSide *side, const TickJoinRow *row)
{
	return row->next > 0 ? &side->row[row->next - 1] : NULL;
}

/* Number of a row's group, made when new. */
extern int64 TickJoinGroupNumber(TickJoinSide *side, TickJoinRow *row);

/* column = ANY (the side's values of equality number k) */
extern Node *TickJoinFilter(const TickJoinSide *side, int k);

/* TickJoinState: the node */
typedef struct TickJoinState
{
	CustomScanState css;
	TickAggState aggregation;
	Index		relid;			/* of the dataset in this query */
	int			sides;
	TickJoinSide *side;
	int			shown;			/* by all sides */
	int			dataset_keys;
	int			key_of[TICK_MAX_KEYS];	/* which of the aggregation's keys each is */
	int			distinct;		/* which of them count(DISTINCT ...) is of, or -1 */
	List	   *clauses;		/* pushed conditions */

	/* of one pass over the dataset */
	MemoryContext pass_context;
	bool		started;
	TickAggregatePlan plan;		/* of the result: keys are the number of each side's group, and the dataset's */
	TickAggregateTable *result;
	TickJoinTexts key_text[TICK_MAX_KEYS];	/* by dataset key: in the result's */
	TickAggregatePlan seen_plan;	/* with joins: values that count(DISTINCT ...) has counted in a group: */
	TickAggregateTable *seen;	/* by the result's keys and the value, a count that is a bit for each accumulator */
	TickJoinTexts seen_text;
	uint64		found;			/* bits of the accumulators that have the value of the group at hand */
	uint32		text_part;		/* of the aggregation that the numbers are of */
	TickGroup  *power;			/* scratch: a group times a power of two, twice */
	TickGroup  *copy;
	uint32		part;
	uint32		parts;
	uint64		next;			/* group of the result to give out */
} TickJoinState;

/* The next group of the result, or NULL at the end. */
extern TickGroup *TickJoinNext(TickJoinState *state);	/* agg_join.c */

/* agg_join_exec.c */
extern const CustomScanMethods tick_join_scan_methods;
extern const CustomScanMethods tick_distinct_scan_methods;

#endif							/* TICK_AGG_JOIN_H */
