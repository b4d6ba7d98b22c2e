/*-------------------------------------------------------------------------
 *
 * agg_exec.c
 *	  Execution of an aggregation inside the scan.
 *
 * Expressions are analysed when the node begins, as they were when it was
 * planned; groups are computed (agg_run.c) when the first one is asked for,
 * and shown one by one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "agg.h"
#include "agg_state.h"
#include "compat.h"
#include "version.h"

/* What a ForeignScan's fdw_private holds, in order. */
enum AggPlanPrivate
{
	AGG_PLAN_RELID,				/* Integer: of the clauses' columns, as planned */
	AGG_PLAN_KEYS,				/* Integer: how many of the tuple's columns are keys */
	AGG_PLAN_CLAUSES			/* List: pushed conditions */
};

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
TickAggPrepare(TickAggState *state, PlanState *ps, Index relid, bool distinct,
			   List *keys, List *aggregates, List *clauses)
{
	TickAggScope scope = {.relid = relid,.distinct = distinct};

	state->dataset = TickDatasetOpen(TickRangeTableRelation(ps->state, relid), ps->state->es_snapshot);
	scope.dataset = state->dataset;
	if (!TickAggAnalyse(&scope, keys, aggregates, &state->query))
		elog(ERROR, "pushed aggregate on dataset \"%s\" cannot be evaluated", state->dataset->name);
	state->qual = TickQualPrepare(state->dataset, relid, clauses, ps);
	state->filter = palloc0(sizeof(TickQual *) * (state->query.accumulators + 1));
	for (int i = 0; i < state->query.accumulators; i++)
		if (state->query.accumulator[i].filter != NULL)
			state->filter[i] = TickQualPrepare(state->dataset, relid,
											   list_make1(state->query.accumulator[i].filter), ps);
	state->context = AllocSetContextCreate(CurrentMemoryContext, "tick aggregate", ALLOCSET_DEFAULT_SIZES);
	state->row_context = AllocSetContextCreate(CurrentMemoryContext, "tick aggregate row", ALLOCSET_DEFAULT_SIZES);
}

void
TickAggBegin(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	int			keys = intVal(list_nth(plan->fdw_private, AGG_PLAN_KEYS));

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	node->fdw_state = palloc0(sizeof(TickAggState));
	TickAggPrepare(node->fdw_state, &node->ss.ps, relation_of(plan), false, tuple_expressions(plan, 0, keys),
				   tuple_expressions(plan, keys, list_length(plan->fdw_scan_tlist) - keys), pushed_clauses(plan));
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
		TickAggStart(&node->ss.ps, state);
	CHECK_FOR_INTERRUPTS();
	group = TickAggNext(state);
	if (group == NULL)
		return slot;
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

	/* the same parameters give the same groups, where all are kept */
	if (node->ss.ps.chgParam != NULL || state->parts > 1 || state->streams)
		state->started = false;
	state->next = 0;
}

void
TickAggRelease(TickAggState *state)
{
	TickAggStop(state);
	if (state->scan != NULL)
		TickDatasetScanEnd(state->scan);
	MemoryContextDelete(state->context);
	MemoryContextDelete(state->row_context);
}

void
TickAggEnd(ForeignScanState *node)
{
	if (node->fdw_state != NULL)
		TickAggRelease(node->fdw_state);
}

/* ---- EXPLAIN ---- */

void
TickAggExplainList(const char *name, List *expressions, List *context, bool prefix, ExplainState *es)
{
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, expressions)
		texts = lappend(texts, deparse_expression(lfirst(cell), context, prefix, false));
	if (texts != NIL)
		ExplainPropertyList(name, texts, es);
}

void
TickAggExplainWork(const TickAggState *state, ExplainState *es)
{
	const TickAggCounters *counters = &state->counters;
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
	bool		prefix = TickExplainPrefix(es);
	List	   *clauses = pushed_clauses(plan);
	RangeTblEntry *relation = rt_fetch(relation_of(plan), es->rtable);

	ExplainPropertyText("Dataset", quote_identifier(get_rel_name(relation->relid)), es);
	TickAggExplainList("Aggregates", tuple_expressions(plan, keys, list_length(plan->fdw_scan_tlist) - keys), context, prefix, es);
	TickAggExplainList("Group Key", tuple_expressions(plan, 0, keys), context, prefix, es);
	if (clauses != NIL)
		ExplainPropertyText("Tick Filter",
							deparse_expression((Node *) make_ands_explicit(clauses), context, prefix, false), es);
	if (es->analyze && state != NULL && state->started)
		TickAggExplainWork(state, es);
}
