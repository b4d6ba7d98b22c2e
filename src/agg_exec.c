/*-------------------------------------------------------------------------
 *
 * agg_exec.c
 *	  Execution of an aggregation inside the scan.
 *
 * When the first group is asked for, the version is resolved, segments are
 * listed and each is answered in turn: from the catalog's zone maps, from its
 * summaries of symbols, or from its rows.  Rows are worked on by threads,
 * row group by row group; this backend reads for them and works with them.
 *
 * Groups are kept in memory.  When they outgrow work_mem (as hash_mem counts
 * it), the rows are gone over several times, each time for a part of the hash
 * space, so that memory stays bounded however many groups there are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "rewrite/rewriteManip.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "agg.h"
#include "agg_internal.h"
#include "catalog.h"
#include "core/aggregate_run.h"
#include "core/value.h"
#include "fdw.h"
#include "segment_cache.h"
#include "tick.h"
#include "version.h"

/* Segments whose jobs may be in flight. */
#define OPEN_SEGMENTS 16
#define MAX_PARTS 4096

/* What a ForeignScan's fdw_private holds, in order. */
enum AggPlanPrivate
{
	AGG_PLAN_RELID,				/* Integer: of the clauses' columns, as planned */
	AGG_PLAN_KEYS,				/* Integer: how many of the tuple's columns are keys */
	AGG_PLAN_CLAUSES			/* List: pushed conditions */
};

/* How segments were answered, for EXPLAIN. */
typedef struct AggCounters
{
	int64		by_maps;
	int64		by_summaries;
	int64		by_rows;
} AggCounters;

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
	TickAggregateSegment *open_segment[OPEN_SEGMENTS];
	TickSegmentReader *open_reader[OPEN_SEGMENTS];
	uint32		part;
	uint32		parts;
	uint64		next;			/* group to give out */
	MemoryContext row_context;	/* of a tuple's values */
	AggCounters counters;
	TickAggregateCounters work;
} TickAggState;

/* ---- begin ---- */

/* Relation number of the dataset in this query. */
static Index
relation_of(ForeignScan *plan)
{
	return (Index) bms_singleton_member(plan->fs_relids);
}

static List *
tuple_expressions(ForeignScan *plan, int from, int count)
{
	List	   *expressions = NIL;

	for (int i = from; i < from + count; i++)
		expressions = lappend(expressions, ((TargetEntry *) list_nth(plan->fdw_scan_tlist, i))->expr);
	return expressions;
}

/* The pushed conditions, whose columns are numbered as in the whole query. */
static List *
pushed_clauses(ForeignScan *plan)
{
	List	   *clauses = copyObject(list_nth(plan->fdw_private, AGG_PLAN_CLAUSES));
	int			offset = (int) relation_of(plan) - intVal(list_nth(plan->fdw_private, AGG_PLAN_RELID));

	if (offset != 0)
		OffsetVarNodes((Node *) clauses, offset, 0);
	return clauses;
}

void
TickAggBegin(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	EState	   *estate = node->ss.ps.state;
	int			keys = intVal(list_nth(plan->fdw_private, AGG_PLAN_KEYS));
	TickAggState *state;
	TickAggScope scope;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state = palloc0(sizeof(TickAggState));
	node->fdw_state = state;
	scope.relid = relation_of(plan);
	state->dataset = TickDatasetOpen(ExecGetRangeTableRelation(estate, scope.relid), estate->es_snapshot);
	scope.dataset = state->dataset;
	if (!TickAggAnalyse(&scope, tuple_expressions(plan, 0, keys),
						tuple_expressions(plan, keys, list_length(plan->fdw_scan_tlist) - keys), &state->query))
		elog(ERROR, "pushed aggregate on dataset \"%s\" cannot be evaluated", state->dataset->name);
	state->qual = TickQualPrepare(state->dataset, scope.relid, pushed_clauses(plan), &node->ss.ps);
	state->filter = palloc0(sizeof(TickQual *) * (state->query.accumulators + 1));
	for (int i = 0; i < state->query.accumulators; i++)
		if (state->query.accumulator[i].filter != NULL)
			state->filter[i] = TickQualPrepare(state->dataset, scope.relid,
											   list_make1(state->query.accumulator[i].filter), &node->ss.ps);
	state->context = AllocSetContextCreate(CurrentMemoryContext, "tick aggregate", ALLOCSET_DEFAULT_SIZES);
	state->row_context = AllocSetContextCreate(CurrentMemoryContext, "tick aggregate row", ALLOCSET_DEFAULT_SIZES);
}

/* ---- the plan of the core ---- */

static void
mark_expression(const TickExpression *expression, bool *columns)
{
	for (int t = 0; t < expression->terms; t++)
		if (expression->term[t].kind == TICK_TERM_COLUMN)
			columns[expression->term[t].column] = true;
}

static void
mark_filter(const TickFilter *filter, bool *columns)
{
	if (filter->kind == TICK_FILTER_COMPARE || filter->kind == TICK_FILTER_IN ||
		filter->kind == TICK_FILTER_IS_NULL || filter->kind == TICK_FILTER_LIKE)
		columns[filter->column] = true;
	for (int i = 0; i < filter->children; i++)
		mark_filter(filter->child[i], columns);
}

/* The columns that keys, arguments and FILTERs are of. */
static bool *
needed_columns(const TickAggState *state, TickFilter **filters)
{
	const TickAggQuery *query = &state->query;
	bool	   *columns = palloc0(sizeof(bool) * state->dataset->schema.columns);

	for (int k = 0; k < query->keys; k++)
		columns[query->key[k].key.column] |= query->key[k].key.kind != TICK_KEY_PARTITION;
	for (int i = 0; i < query->accumulators; i++)
	{
		const TickAggAccumulator *a = &query->accumulator[i];

		if (a->has_expression)
			mark_expression(&a->expression, columns);
		if (a->has_also)
			mark_expression(&a->also, columns);
		if (a->time >= 0)
			columns[a->time] = true;
		if (filters[i] != NULL)
			mark_filter(filters[i], columns);
	}
	return columns;
}

/* A copy of an expression over wanted columns. */
static int
bind_expression(const TickExpression *expression, const int *index, TickExpression *bound, int *count)
{
	TickExpression *copy = &bound[*count];

	*copy = *expression;
	for (int t = 0; t < copy->terms; t++)
		if (copy->term[t].kind == TICK_TERM_COLUMN)
			copy->term[t].column = index[copy->term[t].column];
	return (*count)++;
}

/* Stored times that the scan's segments may hold. */
static void
time_range(const TickDatasetScan *scan, int64 *low, int64 *high)
{
	if (!TickDatasetScanTimes(scan, low, high))
		*low = *high = 0;
}

static void
bind_keys(TickAggState *state, const int *index)
{
	TickAggQuery *query = &state->query;
	int64		low,
				high;

	time_range(state->scan, &low, &high);
	state->plan.keys = query->keys;
	for (int k = 0; k < query->keys; k++)
	{
		TickAggKey *key = &query->key[k];

		if (key->key.kind == TICK_KEY_PIECES || (key->key.kind == TICK_KEY_WIDTH && key->zone_name != NULL))
		{
			/* another column's times are not known */
			if (key->key.column == state->dataset->schema.time)
				TickAggKeyTable(state->dataset, key, low, high);
			else
				TickAggKeyTable(state->dataset, key, PG_INT64_MIN + TICK_NS_PER_DAY, PG_INT64_MAX);
		}
		state->plan.key[k] = key->key;
		state->plan.key[k].column = index[key->key.column];
	}
}

/* Put the core's plan together over the columns of this start. */
static void
bind_plan(TickAggState *state, TickFilter **filters)
{
	const TickAggQuery *query = &state->query;
	TickAggregatePlan *plan = &state->plan;
	TickExpression *bound = palloc0(sizeof(TickExpression) * (2 * query->accumulators + 1));
	const int  *index;

	memset(plan, 0, sizeof(*plan));
	plan->columns = TickDatasetScanWanted(state->scan, &plan->column, &index);
	plan->time = state->dataset->schema.time >= 0 ? index[state->dataset->schema.time] : -1;
	plan->accumulators = query->accumulators;
	plan->accumulator = palloc0(sizeof(TickAccumulator) * (query->accumulators + 1));
	plan->expression = bound;
	for (int i = 0; i < query->accumulators; i++)
	{
		const TickAggAccumulator *from = &query->accumulator[i];
		TickAccumulator *to = &plan->accumulator[i];

		to->kind = from->kind;
		to->expression = from->has_expression ? bind_expression(&from->expression, index, bound, &plan->expressions) : -1;
		to->also = from->has_also ? bind_expression(&from->also, index, bound, &plan->expressions) : -1;
		to->time = from->time >= 0 ? index[from->time] : -1;
		to->microseconds = from->microseconds;
		to->filter = filters[i] != NULL ? TickFilterRebind(filters[i], index) : NULL;
	}
	bind_keys(state, index);
	tick_aggregate_plan_finish(plan);
}

/* ---- going over the segments ---- */

/* MemoryContextCallback: end the threads and free what is malloc's. */
static void
release_run(void *arg)
{
	TickAggState *state = arg;

	tick_aggregate_run_free(state->run);
	state->run = NULL;
}

static int
threads(void)
{
	if (IsInParallelMode() || IsParallelWorker())
		return 1;
	return Max(1, Min(tick_threads, max_parallel_workers_per_gather + 1));
}

/* Let the jobs in flight end, and go of their segments. */
static void
finish_jobs(TickAggState *state)
{
	TickError	error;

	TickCheck(tick_aggregate_run_finish(state->run, &error), &error);
	for (int i = 0; i < state->open; i++)
	{
		tick_aggregate_segment_free(state->open_segment[i]);
		TickSegmentRelease(state->open_reader[i]);
	}
	state->open = 0;
}

/* Too many groups: keep a half of the hash space only, and come back for the other. */
static void
bound_memory(TickAggState *state)
{
	TickError	error;

	while (tick_aggregate_table_memory(state->table) > get_hash_memory_limit() && state->parts < MAX_PARTS)
	{
		finish_jobs(state);
		state->parts *= 2;
		tick_aggregate_table_part(state->table, state->part, state->parts);
		TickCheck(tick_aggregate_table_shrink(state->table, &error), &error);
	}
}

/* Compute a segment's rows. */
static void
add_rows(TickAggState *state, TickScanSegment *segment, int32 partition)
{
	TickAggregateSegment *opened;
	TickError	error;
	int			range = 0;

	TickCheck(tick_aggregate_segment_create(&opened, TickMemoryFor(state->context), &state->plan, segment->reader,
											segment->filter, partition, &error), &error);
	state->open_segment[state->open] = opened;
	state->open_reader[state->open++] = segment->reader;
	for (uint32 g = 0; g < tick_segment_row_groups(segment->reader); g++)
	{
		uint64_t	first;
		uint32_t	rows;

		tick_segment_row_group(segment->reader, g, &first, &rows);
		while (range < segment->ranges && segment->range[range].end <= first)
			range++;
		if (range == segment->ranges)
			break;
		if (segment->range[range].first >= first + rows)
			continue;
		if (tick_enable_zone_maps && !tick_aggregate_may_match(opened, g))
		{
			state->work.row_groups_pruned++;
			continue;
		}
		CHECK_FOR_INTERRUPTS();
		TickCheck(tick_aggregate_run_add(state->run, opened, g, segment->range + range, segment->ranges - range, &error),
				  &error);
	}
	if (state->open == OPEN_SEGMENTS)
		finish_jobs(state);
}

/* Answer one segment, as cheaply as it can be. */
static void
add_segment(TickAggState *state, const TickSegmentEntry *entry, bool whole, bool zone_maps, bool symbols)
{
	TickScanSegment segment;

	if (whole && zone_maps && TickAggFromCatalog(&state->query, &state->plan, state->table, entry))
	{
		state->counters.by_maps++;
		return;
	}
	TickDatasetScanOpen(state->scan, &segment);
	if (segment.filter == NULL && symbols)
	{
		TickAggFromSymbols(&state->query, &state->plan, state->table, entry->partition, &segment);
		if (segment.ranges == 0)
		{
			state->counters.by_summaries++;
			TickSegmentRelease(segment.reader);
			return;
		}
	}
	state->counters.by_rows++;
	add_rows(state, &segment, entry->partition);
}

/* Go over all segments, for the part of the groups at hand. */
static void
add_segments(TickAggState *state)
{
	const TickSegmentEntry *entry;
	bool		zone_maps = TickAggUsesZoneMaps(&state->query);
	bool		symbols = TickAggUsesSymbols(&state->query);
	bool		whole;
	TickAggregateCounters work;
	TickError	error;

	tick_aggregate_table_clear(state->table);
	tick_aggregate_table_part(state->table, state->part, state->parts);
	TickCheck(tick_aggregate_run_create(&state->run, &state->plan, state->table, threads(), &error), &error);
	while ((entry = TickDatasetScanSegment(state->scan, &whole)) != NULL)
	{
		add_segment(state, entry, whole, zone_maps, symbols);
		bound_memory(state);
	}
	finish_jobs(state);
	tick_aggregate_run_counters(state->run, &work);
	state->work.row_groups += work.row_groups;
	state->work.chunks += work.chunks;
	state->work.rows += work.rows;
	tick_aggregate_run_free(state->run);
	state->run = NULL;
	state->next = 0;
}

/* ---- start ---- */

/* Fix the version and make the scan. */
static void
open_scan(ForeignScanState *node, TickAggState *state, const bool *columns)
{
	EState	   *estate = node->ss.ps.state;
	TickScanOptions options = {.dataset = state->dataset,.columns = columns,.order = TICK_ORDER_NONE};
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);

	TickDatasetCheckSource(state->dataset);
	TickDatasetCheckLayout(state->dataset, estate->es_snapshot);
	options.snapshot = estate->es_snapshot;
	options.version = state->version = TickVersionForScan(state->dataset->source, state->dataset->dataview_as_of,
														  estate->es_snapshot);
	options.zone_maps = TickAggUsesZoneMaps(&state->query);
	state->scan = TickDatasetScanBegin(&options);
	MemoryContextSwitchTo(old);
}

static void
start(ForeignScanState *node, TickAggState *state)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	TickFilter **filters;
	TickFilter *filter = NULL;
	MemoryContext old;
	TickError	error;

	MemoryContextReset(state->context);
	old = MemoryContextSwitchTo(state->context);
	state->guard.func = release_run;
	state->guard.arg = state;
	MemoryContextRegisterResetCallback(state->context, &state->guard);
	state->open = 0;
	filters = palloc0(sizeof(TickFilter *) * (state->query.accumulators + 1));
	for (int i = 0; i < state->query.accumulators; i++)
		if (state->filter[i] != NULL)
			filters[i] = TickQualBuild(state->filter[i], econtext);
	if (state->scan == NULL)
		open_scan(node, state, needed_columns(state, filters));
	if (state->qual->nodes != NIL)
		filter = TickQualBuild(state->qual, econtext);
	TickDatasetScanStart(state->scan, filter, NULL);
	bind_plan(state, filters);
	TickCheck(tick_aggregate_table_create(&state->table, TickMemoryFor(state->context), &state->plan, &error), &error);
	state->part = 0;
	state->parts = 1;
	add_segments(state);
	/* without keys there is always one group */
	if (state->query.keys == 0 && tick_aggregate_groups(state->table) == 0)
	{
		int64_t		no_key = 0;
		TickGroup  *group;

		TickCheck(tick_aggregate_find(state->table, &no_key, 0, &group, &error), &error);
	}
	state->started = true;
	MemoryContextSwitchTo(old);
}

/* The part after this one; false when it was the last. */
static bool
next_part(TickAggState *state)
{
	MemoryContext old;

	if (++state->part >= state->parts)
		return false;
	old = MemoryContextSwitchTo(state->context);
	TickDatasetScanRewind(state->scan);
	add_segments(state);
	MemoryContextSwitchTo(old);
	return true;
}

/* ---- groups out ---- */

TupleTableSlot *
TickAggIterate(ForeignScanState *node)
{
	TickAggState *state = node->fdw_state;
	TickAggQuery *query = &state->query;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	TickGroup  *group;
	MemoryContext old;

	ExecClearTuple(slot);
	if (!state->started)
		start(node, state);
	while (state->next >= tick_aggregate_groups(state->table))
		if (!next_part(state))
			return slot;
	CHECK_FOR_INTERRUPTS();
	group = tick_aggregate_group(state->table, state->next++);
	MemoryContextReset(state->row_context);
	old = MemoryContextSwitchTo(state->row_context);
	for (int k = 0; k < query->keys; k++)
	{
		slot->tts_isnull[k] = group->nulls >> k & 1;
		slot->tts_values[k] = slot->tts_isnull[k] ? (Datum) 0 :
			TickAggKeyDatum(state->dataset, &query->key[k], state->table, group->key[k]);
	}
	for (int i = 0; i < query->items; i++)
		slot->tts_values[query->keys + i] = TickAggDatum(query, &query->item[i], &state->plan, group,
														 &slot->tts_isnull[query->keys + i]);
	MemoryContextSwitchTo(old);
	return ExecStoreVirtualTuple(slot);
}

void
TickAggReScan(ForeignScanState *node)
{
	TickAggState *state = node->fdw_state;

	/* the same parameters give the same groups, unless they were made part by part */
	if (node->ss.ps.chgParam != NULL || state->parts > 1)
		state->started = false;
	state->next = 0;
}

void
TickAggEnd(ForeignScanState *node)
{
	TickAggState *state = node->fdw_state;

	if (state == NULL)
		return;
	if (state->scan != NULL)
		TickDatasetScanEnd(state->scan);
	MemoryContextDelete(state->context);
	MemoryContextDelete(state->row_context);
}

/* ---- EXPLAIN ---- */

/* Expressions of the tuple, one after the other. */
static void
explain_list(const char *name, List *expressions, List *context, bool prefix, ExplainState *es)
{
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, expressions)
		texts = lappend(texts, deparse_expression(lfirst(cell), context, prefix, false));
	if (texts != NIL)
		ExplainPropertyList(name, texts, es);
}

static void
explain_work(const TickAggState *state, ExplainState *es)
{
	const AggCounters *counters = &state->counters;
	StringInfoData answered;

	initStringInfo(&answered);
	if (counters->by_maps > 0)
		appendStringInfo(&answered, "zone maps of " INT64_FORMAT, counters->by_maps);
	if (counters->by_summaries > 0)
		appendStringInfo(&answered, "%ssummaries of " INT64_FORMAT, answered.len > 0 ? ", " : "", counters->by_summaries);
	if (counters->by_rows > 0)
		appendStringInfo(&answered, "%sbatches of " INT64_FORMAT, answered.len > 0 ? ", " : "", counters->by_rows);
	if (answered.len > 0)
		appendStringInfoString(&answered, " segments");
	else
		appendStringInfoString(&answered, "no segment");
	ExplainPropertyText("Answered from", answered.data, es);
	if (state->version != TICK_VERSION_PRESENT)
		ExplainPropertyInteger("Version", NULL, state->version, es);
	if (counters->by_rows > 0)
	{
		ExplainPropertyInteger("Row Groups Read", NULL, state->work.row_groups, es);
		ExplainPropertyInteger("Row Groups Skipped", NULL, state->work.row_groups_pruned, es);
		ExplainPropertyInteger("Rows Scanned", NULL, state->work.rows, es);
	}
	if (state->parts > 1)
		ExplainPropertyInteger("Passes", NULL, state->parts, es);
}

void
TickAggExplain(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TickAggState *state = node->fdw_state;
	int			keys = intVal(list_nth(plan->fdw_private, AGG_PLAN_KEYS));
	List	   *context = set_deparse_context_plan(es->deparse_cxt, (Plan *) plan, NIL);
	bool		prefix = list_length(es->rtable) > 1 || es->verbose;
	List	   *clauses = pushed_clauses(plan);

	explain_list("Aggregates", tuple_expressions(plan, keys, list_length(plan->fdw_scan_tlist) - keys), context, prefix, es);
	explain_list("Group Key", tuple_expressions(plan, 0, keys), context, prefix, es);
	if (clauses != NIL)
		ExplainPropertyText("Tick Filter",
							deparse_expression((Node *) make_ands_explicit(clauses), context, prefix, false), es);
	if (es->analyze && state != NULL && state->started)
		explain_work(state, es);
}
