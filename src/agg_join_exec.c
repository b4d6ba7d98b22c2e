/*-------------------------------------------------------------------------
 *
 * agg_join_exec.c
 *	  The node of an aggregation below a join: begin, rows out, EXPLAIN.
 *
 * See agg_join_plan.c for what it is, agg_join.c for how it is computed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/explain.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "agg_join.h"

static const CustomExecMethods exec_methods;

/* ---- what the plan says ---- */

static List *
private_list(const CustomScan *plan, TickJoinPrivate which)
{
	return list_nth(plan->custom_private, which);
}

/* How far relations are numbered from where they were when the join was planned. */
static int
offset_of(const CustomScan *plan)
{
	return bms_next_member(plan->custom_relids, -1) - intVal(list_nth(plan->custom_private, TICK_JOIN_FIRST_RELID));
}

static Index
relation_of(const CustomScan *plan)
{
	return (Index) (intVal(list_nth(plan->custom_private, TICK_JOIN_RELID)) + offset_of(plan));
}

/* Expressions of the plan whose columns are numbered as planned, as they are now. */
static List *
moved_list(const CustomScan *plan, TickJoinPrivate which)
{
	List	   *expressions = copyObject(private_list(plan, which));

	if (offset_of(plan) != 0)
		OffsetVarNodes((Node *) expressions, offset_of(plan), 0);
	return expressions;
}

/* Expressions of the tuple, from one place up to another. */
static List *
tuple_expressions(const CustomScan *plan, int from, int end)
{
	List	   *expressions = NIL;

	for (int i = from; i < end; i++)
		expressions = lappend(expressions, ((TargetEntry *) list_nth(plan->custom_scan_tlist, i))->expr);
	return expressions;
}

/* ---- begin ---- */

static Node *
create_state(CustomScan *plan)
{
	TickJoinState *state = palloc0(sizeof(TickJoinState));

	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	return (Node *) state;
}

/* Places of the tuple and of the aggregation's keys. */
static void
count_columns(TickJoinState *state, const CustomScan *plan)
{
	List	   *counts = private_list(plan, TICK_JOIN_COUNTS);

	state->relid = relation_of(plan);
	state->joins = list_length(private_list(plan, TICK_JOIN_COLUMNS));
	state->keys = linitial_int(counts);
	state->shown = state->keys + lsecond_int(counts);
	state->dataset_keys = lthird_int(counts);
}

/* The aggregation's keys are the columns of the join, then the dataset's keys among which they may be too. */
static List *
aggregation_keys(TickJoinState *state, const CustomScan *plan)
{
	List	   *dataset_keys = tuple_expressions(plan, state->shown, state->shown + state->dataset_keys);
	List	   *keys = list_concat_unique(list_copy(state->columns), dataset_keys);
	int			i = 0;
	ListCell   *cell;

	foreach(cell, dataset_keys)
	{
		int			place = 0;

		while (!equal(list_nth(keys, place), lfirst(cell)))
			place++;
		state->key_of[i++] = place;
	}
	return keys;
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	TickJoinState *state = (TickJoinState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	PlanState  *child = ExecInitNode(linitial(plan->custom_plans), estate, eflags & ~(EXEC_FLAG_BACKWARD | EXEC_FLAG_MARK));
	TupleDesc	shown;
	int			first_aggregate;

	node->custom_ps = list_make1(child);
	count_columns(state, plan);
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	first_aggregate = state->shown + state->dataset_keys;
	state->columns = moved_list(plan, TICK_JOIN_COLUMNS);
	state->clauses = moved_list(plan, TICK_JOIN_CLAUSES);
	TickAggPrepare(&state->aggregation, &node->ss.ps, state->relid, aggregation_keys(state, plan),
				   tuple_expressions(plan, first_aggregate, list_length(plan->custom_scan_tlist)), NIL);
	for (int k = 0; k < state->joins; k++)
		state->type[k] = TupleDescAttr(ExecGetResultType(child), k)->atttypid;
	state->expressions = ExecInitExprList(private_list(plan, TICK_JOIN_EXPRESSIONS), &node->ss.ps);
	state->row_context = CreateExprContext(estate);
	state->row_slot = ExecInitExtraTupleSlot(estate, ExecGetResultType(child), &TTSOpsMinimalTuple);
	shown = ExecTypeFromExprList(private_list(plan, TICK_JOIN_EXPRESSIONS));
	state->value_slot = ExecInitExtraTupleSlot(estate, shown, &TTSOpsVirtual);
	state->group_slot = ExecInitExtraTupleSlot(estate, shown, &TTSOpsMinimalTuple);
	state->context = AllocSetContextCreate(CurrentMemoryContext, "tick join", ALLOCSET_DEFAULT_SIZES);
	state->pass_context = AllocSetContextCreate(CurrentMemoryContext, "tick join pass", ALLOCSET_DEFAULT_SIZES);
}

/* ---- rows out ---- */

/* The next group as a tuple: an ExecScanAccessMtd. */
static TupleTableSlot *
next_tuple(ScanState *node)
{
	TickJoinState *state = (TickJoinState *) node;
	TickAggState *aggregation = &state->aggregation;
	TickAggQuery *query = &aggregation->query;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;
	TickGroup  *group;
	MemoryContext old;
	int			place = state->shown;

	ExecClearTuple(slot);
	group = TickJoinNext(state);
	if (group == NULL)
		return slot;
	if (state->shown > 0)
	{
		ExecStoreMinimalTuple(state->group_tuple[group->key[0]], state->group_slot, false);
		slot_getallattrs(state->group_slot);
		memcpy(slot->tts_values, state->group_slot->tts_values, state->shown * sizeof(Datum));
		memcpy(slot->tts_isnull, state->group_slot->tts_isnull, state->shown * sizeof(bool));
	}
	MemoryContextReset(aggregation->row_context);
	old = MemoryContextSwitchTo(aggregation->row_context);
	for (int k = 0; k < state->dataset_keys; k++, place++)
	{
		slot->tts_isnull[place] = group->nulls >> (k + 1) & 1;
		slot->tts_values[place] = slot->tts_isnull[place] ? (Datum) 0 :
			TickAggKeyDatum(aggregation->dataset, &query->key[state->key_of[k]], state->result, group->key[k + 1]);
	}
	for (int i = 0; i < query->items; i++, place++)
		slot->tts_values[place] = TickAggDatum(query, &query->item[i], &state->plan, group, &slot->tts_isnull[place]);
	MemoryContextSwitchTo(old);
	return ExecStoreVirtualTuple(slot);
}

/* Rows are groups, which no concurrent update changes: an ExecScanRecheckMtd. */
static bool
recheck(ScanState *node, TupleTableSlot *slot)
{
	return true;
}

static TupleTableSlot *
execute(CustomScanState *node)
{
	return ExecScan(&node->ss, next_tuple, recheck);
}

static void
rescan(CustomScanState *node)
{
	TickJoinState *state = (TickJoinState *) node;
	PlanState  *child = linitial(node->custom_ps);

	if (node->ss.ps.chgParam != NULL)
	{
		UpdateChangedParamSet(child, node->ss.ps.chgParam);
		TickJoinForget(state);
	}
	/* the same parameters give the same groups, where all are kept */
	if (state->parts > 1)
		state->started = false;
	state->next = 0;
	ExecScanReScan(&node->ss);
}

static void
end(CustomScanState *node)
{
	TickJoinState *state = (TickJoinState *) node;

	if (state->context != NULL)
	{
		TickAggRelease(&state->aggregation);
		MemoryContextDelete(state->pass_context);
		MemoryContextDelete(state->context);
	}
	ExecEndNode(linitial(node->custom_ps));
}

/* ---- EXPLAIN ---- */

static void
explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	TickJoinState *state = (TickJoinState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List	   *context = set_deparse_context_plan(es->deparse_cxt, (Plan *) plan, ancestors);
	List	   *clauses = moved_list(plan, TICK_JOIN_CLAUSES);
	int			first_aggregate = state->shown + state->dataset_keys;
	RangeTblEntry *relation = rt_fetch(state->relid, es->rtable);

	ExplainPropertyText("Dataset", quote_identifier(get_rel_name(relation->relid)), es);
	TickAggExplainList("Aggregates", tuple_expressions(plan, first_aggregate, list_length(plan->custom_scan_tlist)),
					   context, true, es);
	TickAggExplainList("Group Key", list_concat(tuple_expressions(plan, 0, state->keys),
												tuple_expressions(plan, state->shown, first_aggregate)), context, true, es);
	ExplainPropertyText("Join Cond", deparse_expression((Node *) make_ands_explicit(moved_list(plan, TICK_JOIN_EQUALITIES)),
														context, true, false), es);
	if (clauses != NIL)
		ExplainPropertyText("Tick Filter", deparse_expression((Node *) make_ands_explicit(clauses), context, true, false), es);
	if (!es->analyze || !state->has_rows)
		return;
	ExplainPropertyInteger("Join Keys", NULL, tick_aggregate_groups(state->key), es);
	TickAggExplainWork(&state->aggregation, es);
	if (state->parts > 1)
		ExplainPropertyInteger("Join Passes", NULL, state->parts, es);
}

/* ---- methods ---- */

const CustomScanMethods tick_join_scan_methods = {
	.CustomName = "TickJoinAggregate",
	.CreateCustomScanState = create_state
};

static const CustomExecMethods exec_methods = {
	.CustomName = "TickJoinAggregate",
	.BeginCustomScan = begin,
	.ExecCustomScan = execute,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = explain
};
