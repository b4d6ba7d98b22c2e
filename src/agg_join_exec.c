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

/* Expressions whose columns are numbered as planned, as they are now. */
static List *
moved_list(const CustomScan *plan, List *expressions)
{
	expressions = copyObject(expressions);

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

/* What the plan says of the sides, and of the tuple. */
static void
read_plan(TickJoinState *state, const CustomScan *plan)
{
	List	   *sides = list_nth(plan->custom_private, TICK_JOIN_SIDES);

	state->relid = relation_of(plan);
	state->dataset_keys = intVal(list_nth(plan->custom_private, TICK_JOIN_DATASET_KEYS));
	state->clauses = moved_list(plan, list_nth(plan->custom_private, TICK_JOIN_CLAUSES));
	state->sides = list_length(sides);
	state->side = palloc0(sizeof(TickJoinSide) * state->sides);
	for (int i = 0; i < state->sides; i++)
	{
		TickJoinSide *side = &state->side[i];

		side->private = list_nth(sides, i);
		side->type = (JoinType) intVal(list_nth(side->private, TICK_SIDE_TYPE));
		side->columns = moved_list(plan, list_nth(side->private, TICK_SIDE_COLUMNS));
		side->joins = list_length(side->columns);
		side->keys = list_length(list_nth(side->private, TICK_SIDE_KEY_OPERATORS));
		side->shown = list_length(list_nth(side->private, TICK_SIDE_EXPRESSIONS));
		state->shown += side->shown;
	}
}

static int
place_of(List *keys, Node *key)
{
	int			place = 0;

	while (!equal(list_nth(keys, place), key))
		place++;
	return place;
}

/* The aggregation's keys are the columns of the joins, then the dataset's keys among which they may be too. */
static List *
aggregation_keys(TickJoinState *state, const CustomScan *plan)
{
	List	   *dataset_keys = tuple_expressions(plan, state->shown, state->shown + state->dataset_keys);
	List	   *distinct = moved_list(plan, list_nth(plan->custom_private, TICK_JOIN_DISTINCT));
	List	   *keys = moved_list(plan, list_nth(plan->custom_private, TICK_JOIN_PRESENCE));

	for (int i = 0; i < state->sides; i++)
		keys = list_concat_unique(keys, state->side[i].columns);
	keys = list_concat_unique(list_concat_unique(keys, dataset_keys), distinct);
	state->distinct = distinct != NIL ? place_of(keys, linitial(distinct)) : -1;
	for (int i = 0; i < state->sides; i++)
		for (int k = 0; k < state->side[i].joins; k++)
			state->side[i].column[k] = place_of(keys, list_nth(state->side[i].columns, k));
	for (int k = 0; k < state->dataset_keys; k++)
		state->key_of[k] = place_of(keys, list_nth(dataset_keys, k));
	return keys;
}

static void
begin_side(TickJoinSide *side, PlanState *parent)
{
	List	   *expressions = list_nth(side->private, TICK_SIDE_EXPRESSIONS);
	TupleDesc	row = ExecGetResultType(side->child);
	TupleDesc	shown = ExecTypeFromExprList(expressions);

	for (int k = 0; k < side->joins; k++)
		side->value_type[k] = TupleDescAttr(row, k)->atttypid;
	side->expressions = ExecInitExprList(expressions, parent);
	side->econtext = CreateExprContext(parent->state);
	side->row_slot = ExecInitExtraTupleSlot(parent->state, row, &TTSOpsMinimalTuple);
	side->value_slot = ExecInitExtraTupleSlot(parent->state, shown, &TTSOpsVirtual);
	side->group_slot = ExecInitExtraTupleSlot(parent->state, shown, &TTSOpsMinimalTuple);
	side->context = AllocSetContextCreate(CurrentMemoryContext, "tick join side", ALLOCSET_DEFAULT_SIZES);
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	TickJoinState *state = (TickJoinState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	int			first_aggregate;

	read_plan(state, plan);
	for (int i = 0; i < state->sides; i++)
	{
		state->side[i].child = ExecInitNode(list_nth(plan->custom_plans, i), estate,
											eflags & ~(EXEC_FLAG_BACKWARD | EXEC_FLAG_MARK));
		node->custom_ps = lappend(node->custom_ps, state->side[i].child);
	}
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	first_aggregate = state->shown + state->dataset_keys;
	TickAggPrepare(&state->aggregation, &node->ss.ps, state->relid, true, aggregation_keys(state, plan),
				   tuple_expressions(plan, first_aggregate, list_length(plan->custom_scan_tlist)), NIL);
	for (int i = 0; i < state->sides; i++)
		begin_side(&state->side[i], &node->ss.ps);
	state->pass_context = AllocSetContextCreate(CurrentMemoryContext, "tick join pass", ALLOCSET_DEFAULT_SIZES);
}

/* ---- rows out ---- */

/* What a side's group shows, and of how many columns. */
static int
show_group(TickJoinSide *side, int64 group, Datum *values, bool *nulls)
{
	if (side->shown == 0)
		return 0;
	ExecStoreMinimalTuple(side->group_tuple[group], side->group_slot, false);
	slot_getallattrs(side->group_slot);
	memcpy(values, side->group_slot->tts_values, side->shown * sizeof(Datum));
	memcpy(nulls, side->group_slot->tts_isnull, side->shown * sizeof(bool));
	return side->shown;
}

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
	int			place = 0;

	ExecClearTuple(slot);
	group = TickJoinNext(state);
	if (group == NULL)
		return slot;
	for (int i = 0; i < state->sides; i++)
		place += show_group(&state->side[i], group->key[i], slot->tts_values + place, slot->tts_isnull + place);
	MemoryContextReset(aggregation->row_context);
	old = MemoryContextSwitchTo(aggregation->row_context);
	for (int k = 0; k < state->dataset_keys; k++, place++)
	{
		slot->tts_isnull[place] = group->nulls >> (state->sides + k) & 1;
		slot->tts_values[place] = slot->tts_isnull[place] ? (Datum) 0 :
			TickAggKeyDatum(aggregation->dataset, &query->key[state->key_of[k]], state->result, group->key[state->sides + k]);
	}
	for (int i = 0; i < query->items; i++, place++)
		slot->tts_values[place] = TickAggDatum(query, &query->item[i], &state->plan, group, &slot->tts_isnull[place]);
	MemoryContextSwitchTo(old);
	return ExecStoreVirtualTuple(slot);
}

/* Groups are never below a row's lock, where a test of one row would ask for them: an ExecScanRecheckMtd. */
static bool
recheck(ScanState *node, TupleTableSlot *slot)
{
	return false;
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

	for (int i = 0; node->ss.ps.chgParam != NULL && i < state->sides; i++)
	{
		UpdateChangedParamSet(state->side[i].child, node->ss.ps.chgParam);
		TickJoinForget(&state->side[i]);
	}
	/* the same parameters give the same groups, where all are kept */
	if (node->ss.ps.chgParam != NULL || state->parts > 1)
		state->started = false;
	state->next = 0;
	ExecScanReScan(&node->ss);
}

static void
end(CustomScanState *node)
{
	TickJoinState *state = (TickJoinState *) node;

	if (state->pass_context != NULL)
	{
		TickAggRelease(&state->aggregation);
		MemoryContextDelete(state->pass_context);
	}
	for (int i = 0; i < state->sides; i++)
	{
		if (state->side[i].context != NULL)
			MemoryContextDelete(state->side[i].context);
		ExecEndNode(state->side[i].child);
	}
}

/* ---- EXPLAIN ---- */

/* The equalities of sides that are joined in this way. */
static void
explain_joins(const TickJoinState *state, const char *name, JoinType type, List *context, ExplainState *es)
{
	const CustomScan *plan = (const CustomScan *) state->css.ss.ps.plan;
	List	   *conditions = NIL;

	for (int i = 0; i < state->sides; i++)
		if (state->side[i].type == type && state->side[i].joins > 0)
			conditions = lappend(conditions, make_ands_explicit(moved_list(plan, list_nth(state->side[i].private, TICK_SIDE_EQUALITIES))));
	TickAggExplainList(name, conditions, context, true, es);
}

static void
explain_run(const TickJoinState *state, ExplainState *es)
{
	List	   *keys = NIL;

	for (int i = 0; i < state->sides; i++)
		keys = lappend(keys, psprintf(UINT64_FORMAT, tick_aggregate_groups(state->side[i].key)));
	if (keys != NIL)
		ExplainPropertyList("Join Keys", keys, es);
	TickAggExplainWork(&state->aggregation, es);
	if (state->parts > 1)
		ExplainPropertyInteger(keys != NIL ? "Join Passes" : "Count Passes", NULL, state->parts, es);
}

/* Keys of all sides and of the dataset. */
static List *
group_keys(const TickJoinState *state, const CustomScan *plan)
{
	List	   *keys = NIL;
	int			place = 0;

	for (int i = 0; i < state->sides; i++)
	{
		keys = list_concat(keys, tuple_expressions(plan, place, place + state->side[i].keys));
		place += state->side[i].shown;
	}
	return list_concat(keys, tuple_expressions(plan, place, place + state->dataset_keys));
}

static void
explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	TickJoinState *state = (TickJoinState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List	   *context = set_deparse_context_plan(es->deparse_cxt, (Plan *) plan, ancestors);
	bool		prefix = list_length(es->rtable) > 1 || es->verbose;
	RangeTblEntry *relation = rt_fetch(state->relid, es->rtable);

	ExplainPropertyText("Dataset", quote_identifier(get_rel_name(relation->relid)), es);
	TickAggExplainList("Aggregates", tuple_expressions(plan, state->shown + state->dataset_keys, list_length(plan->custom_scan_tlist)),
					   context, prefix, es);
	TickAggExplainList("Group Key", group_keys(state, plan), context, prefix, es);
	explain_joins(state, "Join Cond", JOIN_INNER, context, es);
	explain_joins(state, "Left Join Cond", JOIN_LEFT, context, es);
	explain_joins(state, "Semi Join Cond", JOIN_SEMI, context, es);
	if (state->clauses != NIL)
		ExplainPropertyText("Tick Filter", deparse_expression((Node *) make_ands_explicit(state->clauses), context, prefix, false), es);
	if (es->analyze && state->started)
		explain_run(state, es);
}

/* ---- methods ---- */

const CustomScanMethods tick_join_scan_methods = {
	.CustomName = "TickJoinAggregate",
	.CreateCustomScanState = create_state
};

const CustomScanMethods tick_distinct_scan_methods = {
	.CustomName = "TickDistinctAggregate",
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
