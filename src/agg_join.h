/*-------------------------------------------------------------------------
 *
 * agg_join.h
 *	  Aggregation of a dataset below its join with other tables, shared by
 *	  the files of agg_join.
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
 * The node's own tuple: the other side's keys, columns of it that the keys
 * determine, the dataset's keys, aggregates.
 *
 * What a CustomScan's custom_private holds, in order.  Expressions over the
 * child's rows have its columns as OUTER_VAR; those over the dataset have
 * columns numbered as planned.
 */
typedef enum TickJoinPrivate
{
	TICK_JOIN_RELID,			/* Integer: of the dataset, as planned */
	TICK_JOIN_FIRST_RELID,		/* Integer: the least of the join, as planned */
	TICK_JOIN_COUNTS,			/* IntList: tuple columns of the first three sorts */
	TICK_JOIN_CLAUSES,			/* List: pushed conditions */
	TICK_JOIN_EQUALITIES,		/* List: of the join, as they were written */
	TICK_JOIN_COLUMNS,			/* List: the dataset's side of each */
	TICK_JOIN_OPERATORS,		/* OidList: column = value of the other side */
	TICK_JOIN_COLLATIONS,		/* OidList: of each */
	TICK_JOIN_EXPRESSIONS,		/* List: keys and determined columns, over the child's rows */
	TICK_JOIN_KEY_OPERATORS		/* OidList: equality of each key */
} TickJoinPrivate;

/* Most equalities of a join. */
#define TICK_JOIN_MAX 4

/* TickJoinRow: equal rows of the other side. */
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

typedef struct TickJoinState
{
	CustomScanState css;
	TickAggState aggregation;
	Index		relid;			/* of the dataset in this query */
	int			joins;			/* equalities */
	Oid			type[TICK_JOIN_MAX];	/* of the other side's values */
	int			keys;			/* of the other side */
	int			shown;			/* its keys and determined columns */
	int			dataset_keys;
	int			key_of[TICK_MAX_KEYS];	/* which of the aggregation's keys each is */
	List	   *columns;		/* the dataset's side of each equality */
	List	   *clauses;		/* pushed conditions */
	List	   *expressions;	/* ExprState: what is shown */
	TupleTableSlot *value_slot; /* what they give */
	ExprContext *row_context;	/* of rows of the other side */

	/* rows of the other side: reset when they are read again */
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
	TupleTableSlot *row_slot;
	TupleHashTable groups;		/* of the other side's keys */
	TupleTableSlot *group_slot;
	MinimalTuple *group_tuple;
	int64		group_count;
	int64		group_capacity;

	/* of one pass over the dataset */
	MemoryContext pass_context;
	bool		started;
	TickAggregatePlan plan;		/* of the result: keys are a group's number and the dataset's */
	TickAggregateTable *result;
	TickJoinTexts join_text[TICK_JOIN_MAX];
	TickJoinTexts key_text[TICK_MAX_KEYS];
	uint32		text_part;		/* of the aggregation that the numbers are of */
	TickGroup  *power;			/* scratch: a group times a power of two, twice */
	TickGroup  *copy;
	uint32		part;
	uint32		parts;
	uint64		next;			/* group of the result to give out */
} TickJoinState;

/* The next group of the result, or NULL at the end. */
extern TickGroup *TickJoinNext(TickJoinState *state);

/* Forget what is known of the other side's rows. */
extern void TickJoinForget(TickJoinState *state);

/* agg_join_exec.c */
extern const CustomScanMethods tick_join_scan_methods;

#endif							/* TICK_AGG_JOIN_H */
