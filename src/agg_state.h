/*-------------------------------------------------------------------------
 *
 * agg_state.h
 *	  An aggregation while it runs: a node of its own (agg_exec.c) or below a
 *	  join (agg_join_exec.c); agg_run.c computes it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_AGG_STATE_H
#define TICK_AGG_STATE_H

#include "postgres.h"

#include "agg_internal.h"
#include "core/aggregate_run.h"
#include "core/asof_join.h"

struct ExplainState;

/* Segments whose jobs may be in flight. */
#define TICK_AGG_OPEN 16
/* Another pass costs more than the executor's spilling of a hash: groups may take so many times its memory. */
#define TICK_AGG_MEMORY_FACTOR 8
#define TICK_AGG_MAX_PARTS 4096

/* How segments were answered, for EXPLAIN. */
typedef struct TickAggCounters
{
	int64		by_maps;
	int64		by_summaries;
	int64		by_rows;
} TickAggCounters;

/* A group of a join by time whose pieces may be in flight (agg_derived.c). */
typedef struct TickAggJoined
{
	struct TickAggState *state;
	bool		open;
	bool		cut;			/* into all of its pieces */
	MemoryContext context;		/* of what the inputs point at */
	MemoryContextCallback guard;
	TickAsofInputs inputs;
	TickAsofGroup *group;
} TickAggJoined;

typedef struct TickAggState
{
	TickDataset *dataset;
	TickAggQuery query;
	TickQual   *qual;
	TickQual  **filter;			/* of each accumulator's FILTER, or NULL */
	int64		version;
	TickDatasetScan *scan;

	/* of one start; reset at the next */
	MemoryContext context;
	bool		started;
	TickAggregatePlan plan;
	TickAggregateTable *table;
	TickAggregateRun *run;
	MemoryContextCallback guard;	/* frees what is malloc's */
	int			open;
	TickAggregateSegment *open_segment[TICK_AGG_OPEN];
	TickSegmentReader *open_reader[TICK_AGG_OPEN];
	uint32		part;
	uint32		parts;
	uint64		next;			/* group of the table to give out */

	/* of a derived dataset whose rows are joined */
	TickAsofJoin   *join;
	TickAggJoined joined[TICK_AGG_OPEN];
	TickAsofPiece *piece;		/* that this process joins itself, or is about to hand on */
	TickAggregateJob *fed;		/* that such a piece goes to */

	/* groups that never come again, given out as they are made */
	bool		streams;
	TickScanSegment segment;	/* whose row groups are being added; reader NULL: none */
	uint32		row_group;
	int			range;
	const TickAggregateTable *groups;	/* of the job at hand */
	uint64		group;
	TickGroup  *pending;		/* last group of a job, which may go on in the next */
	TickGroup  *given;
	bool		has_pending;

	TickAggCounters counters;
	TickAggregateCounters work;
	MemoryContext row_context;	/* of a tuple's values */
} TickAggState;

/*
 * Set up an aggregation of relation number relid, in the current context and
 * for the life of the node: agg_exec.c.
 */
extern void TickAggPrepare(TickAggState *state, PlanState *ps, Index relid, bool distinct,
						   List *keys, List *aggregates, List *clauses);
extern void TickAggRelease(TickAggState *state);

/* Lines of EXPLAIN: expressions one after the other, and what was done. */
extern void TickAggExplainList(const char *name, List *expressions, List *context, bool prefix, struct ExplainState *es);
extern void TickAggExplainWork(const TickAggState *state, struct ExplainState *es);

/* Fix the version, choose the segments and compute groups, all of them or the first. */
extern void TickAggStart(PlanState *ps, TickAggState *state);

/* End the threads, let go of segments and of what the start allocated. */
extern void TickAggStop(TickAggState *state);

/* The next group, or NULL; it stays until the one after. */
extern TickGroup *TickAggNext(TickAggState *state);

/* ---- between agg_run.c and agg_derived.c ---- */

/* Add the rows of a derived dataset, which are joined in threads. */
extern void TickAggAddJoined(TickAggState *state);

/* End the threads and free what is malloc's, whatever has happened; may be called again. */
extern void TickAggEndThreads(TickAggState *state);

/* Let go of the groups that were joined; threads have ended. */
extern void TickAggCloseJoined(TickAggState *state);

/* Keep a part of the hash space only when there are too many groups. */
extern void TickAggBoundMemory(TickAggState *state);

#endif							/* TICK_AGG_STATE_H */
