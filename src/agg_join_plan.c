/*-------------------------------------------------------------------------
 *
 * agg_join_plan.c
 *	  Offer the planner aggregation of a dataset below its join.
 *
 * When a dataset is joined with other tables by equality of its columns, and
 * the aggregates are of its columns alone, then it can be aggregated by those
 * columns first, as if they were the group's keys.  The join is left with a
 * row for each of their values instead of each row of the dataset:
 *
 *		SELECT s.sector, sum(t.size) FROM trades t JOIN sectors s
 *		ON s.sym = t.sym GROUP BY s.sector
 *
 * sums by symbol, and adds each sum to its sector's, once for each row of
 * sectors that has the symbol.  What is added are the aggregates' states, so
 * the result is that of the join, however many rows match.
 *
 * The other side is any relation of the join without the dataset, planned by
 * the planner, which is the only child.  Planning never asks a foreign data
 * wrapper about such a join, so the path is a custom one, from a hook.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "agg.h"
#include "agg_join.h"
#include "agg_plan.h"
#include "fdw.h"
#include "fdw_plan.h"
#include "qual.h"
#include "tick.h"

/* Memory of a distinct row of the other side, and of a group, besides their values. */
#define ROW_BYTES 80
#define GROUP_BYTES 160

static create_upper_paths_hook_type previous_hook = NULL;

/* JoinShape: an aggregation of a join that can be pushed below it. */
typedef struct JoinShape
{
	RelOptInfo *joinrel;
	RelOptInfo *dataset;
	RelOptInfo *others;			/* the join without the dataset */
	/* equalities */
	List	   *clauses;
	List	   *columns;
	List	   *values;			/* their other sides */
	List	   *operators;
	List	   *collations;
	/* groups */
	List	   *keys;			/* of the other side, ... */
	List	   *key_operators;
	List	   *dependent;		/* ... columns that they determine, ... */
	List	   *dataset_keys;	/* ... and of the dataset */
	List	   *aggregates;
	List	   *having;
	TickAggQuery query;
} JoinShape;

/* ---- the join ---- */

/*
 * Is the dataset joined with the others by an inner join, after all other
 * joins of the query?  Outer and semi joins among the others are theirs.
 */
static bool
joined_last(PlannerInfo *root, JoinShape *shape)
{
	Relids		rest = bms_del_member(bms_copy(shape->joinrel->relids), shape->dataset->relid);
	ListCell   *cell;

	foreach(cell, root->join_info_list)
	{
		SpecialJoinInfo *info = lfirst(cell);

		if (!bms_is_subset(info->min_lefthand, rest) || !bms_is_subset(info->min_righthand, rest) ||
			bms_is_member(shape->dataset->relid, info->syn_righthand) ||
			(info->jointype == JOIN_FULL && bms_is_member(shape->dataset->relid, info->syn_lefthand)))
			return false;
	}
	if (bms_get_singleton_member(rest, &(int) {0}))
		shape->others = root->simple_rel_array[bms_singleton_member(rest)];
	else
		shape->others = find_join_rel(root, rest);
	return shape->others != NULL && shape->others->cheapest_total_path != NULL &&
		shape->others->cheapest_total_path->param_info == NULL &&
		bms_is_empty(shape->others->lateral_relids) && bms_is_empty(shape->dataset->lateral_relids) &&
		bms_is_empty(shape->dataset->lateral_referencers) &&
		/* other conditions than equalities on both sides */
		shape->dataset->joininfo == NIL;
}

/* Equalities whose answer is that of the values' bits: of texts under a deterministic collation, integers and dates. */
static bool
compares_bits(Oid operator, Oid collation)
{
	switch (get_opcode(operator))
	{
		case F_TEXTEQ:
			return OidIsValid(collation) && get_collation_isdeterministic(collation);
		case F_INT2EQ:
		case F_INT4EQ:
		case F_INT8EQ:
		case F_INT24EQ:
		case F_INT42EQ:
		case F_INT28EQ:
		case F_INT82EQ:
		case F_INT48EQ:
		case F_INT84EQ:
		case F_DATE_EQ:
			return true;
		default:
			return false;
	}
}

/* Take an equality of a column of the dataset and a value of the other side. */
static bool
take_equality(JoinShape *shape, const TickAggScope *scope, RestrictInfo *rinfo)
{
	OpExpr	   *op = (OpExpr *) rinfo->clause;
	bool		column_left = bms_equal(rinfo->left_relids, shape->dataset->relids);
	Node	   *column;
	Node	   *value;
	Oid			operator;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2 || rinfo->pseudoconstant)
		return false;
	column = column_left ? linitial(op->args) : lsecond(op->args);
	value = column_left ? lsecond(op->args) : linitial(op->args);
	operator = column_left ? op->opno : get_commutator(op->opno);
	if (!OidIsValid(operator) || !compares_bits(operator, op->inputcollid) || TickAggColumn(scope, column) == NULL ||
		!bms_is_subset(column_left ? rinfo->right_relids : rinfo->left_relids, shape->others->relids))
		return false;
	shape->clauses = lappend(shape->clauses, op);
	shape->columns = lappend(shape->columns, column);
	shape->values = lappend(shape->values, value);
	shape->operators = lappend_oid(shape->operators, operator);
	shape->collations = lappend_oid(shape->collations, op->inputcollid);
	return true;
}

/* The join's equalities, at least one; false when one is of another kind. */
static bool
take_equalities(PlannerInfo *root, JoinShape *shape, const TickAggScope *scope)
{
	List	   *clauses = TickJoinEqualities(root, shape->joinrel->relids, shape->others->relids, shape->dataset);
	ListCell   *cell;

	if (clauses == NIL || list_length(clauses) > TICK_JOIN_MAX)
		return false;
	foreach(cell, clauses)
		if (!take_equality(shape, scope, lfirst_node(RestrictInfo, cell)))
			return false;
	return true;
}

/* ---- groups and aggregates ---- */

/* What only the join's own rows may be asked: it would be asked more, or less often. */
static bool
asks_rows(Node *node)
{
	return contain_volatile_functions(node) || contain_subplans(node) || expression_returns_set(node);
}

/* Sort the query's keys by their side; false when one is of both. */
static bool
take_keys(PlannerInfo *root, JoinShape *shape, TickAggTarget *target)
{
	ListCell   *cell;

	foreach(cell, root->parse->groupClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Node	   *key = get_sortgroupclause_expr(clause, root->parse->targetList);
		Relids		relids = pull_varnos(root, key);

		if (asks_rows(key))
			return false;
		if (list_member(target->keys, key))
			continue;
		target->keys = lappend(target->keys, key);
		if (bms_equal(relids, shape->dataset->relids))
			shape->dataset_keys = lappend(shape->dataset_keys, key);
		else if (!bms_is_subset(relids, shape->others->relids) || !clause->hashable)
			return false;
		else
		{
			shape->keys = lappend(shape->keys, key);
			shape->key_operators = lappend_oid(shape->key_operators, clause->eqop);
		}
	}
	return true;
}

/* The upper relation's target and HAVING, made of keys and of aggregates of the dataset. */
static bool
take_target(PlannerInfo *root, RelOptInfo *output_rel, JoinShape *shape)
{
	TickAggTarget target = {.others = shape->others->relids};
	ListCell   *cell;

	if (!take_keys(root, shape, &target) ||
		TickAggCollect((Node *) output_rel->reltarget->exprs, &target) ||
		TickAggCollect((Node *) shape->having, &target))
		return false;
	foreach(cell, target.aggregates)
		if (!bms_is_subset(pull_varnos(root, lfirst(cell)), shape->dataset->relids) || asks_rows(lfirst(cell)))
			return false;
	shape->dependent = target.dependent;
	shape->aggregates = target.aggregates;
	return true;
}

/* Can the engine compute it, grouped by the join's columns and the dataset's keys? */
static bool
analyse(JoinShape *shape, const TickAggScope *scope)
{
	List	   *keys = list_concat_unique(list_copy(shape->columns), shape->dataset_keys);

	return TickAggAnalyse(scope, keys, shape->aggregates, &shape->query);
}

/* ---- the path ---- */

/* The child's columns: values to join, then what keys are made of; NULL when the other side does not have them. */
static PathTarget *
child_target(PlannerInfo *root, const JoinShape *shape)
{
	PathTarget *target = create_empty_pathtarget();
	List	   *needed = list_concat(list_copy(shape->keys), shape->dependent);
	List	   *columns = pull_var_clause((Node *) needed, PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *cell;

	foreach(cell, pull_var_clause((Node *) list_concat(list_copy(needed), shape->values), PVC_INCLUDE_PLACEHOLDERS))
		if (!list_member(shape->others->reltarget->exprs, lfirst(cell)))
			return NULL;
	foreach(cell, shape->values)
		add_column_to_pathtarget(target, lfirst(cell), 0);
	foreach(cell, columns)
		add_new_column_to_pathtarget(target, lfirst(cell));
	return set_pathtarget_cost_width(root, target);
}

/* The part of the dataset's rows, and of its partitions, that have one of the other side's values. */
static void
estimate_fractions(PlannerInfo *root, const JoinShape *shape, double *rows, double *partitions)
{
	const TickPlanInfo *info = shape->dataset->fdw_private;
	ListCell   *value;
	ListCell   *clause;

	*rows = *partitions = 1;
	forboth(value, shape->values, clause, shape->clauses)
	{
		double		values = estimate_num_groups(root, list_make1(lfirst(value)), shape->others->rows, NULL, NULL);
		double		row_fraction,
					partition_fraction;

		if (!TickEqualityFraction(shape->dataset, info, lfirst(clause), &row_fraction, &partition_fraction))
			continue;
		*rows *= Min(1, values * row_fraction);
		*partitions *= Min(1, values * partition_fraction);
	}
}

/* A node of the tree with the child's columns in place of what they are. */
static Node *
over_child(Node *node, List *columns)
{
	int			place = 0;
	ListCell   *cell;

	if (node == NULL)
		return NULL;
	foreach(cell, columns)
	{
		place++;
		if ((IsA(node, Var) || IsA(node, PlaceHolderVar)) && equal(lfirst(cell), node))
			return (Node *) makeVar(OUTER_VAR, place, exprType(node), exprTypmod(node), exprCollation(node), 0);
	}
	return expression_tree_mutator(node, over_child, columns);
}

static Node *
make_private(const JoinShape *shape, const PathTarget *target)
{
	List	   *counts = list_make3_int(list_length(shape->keys), list_length(shape->dependent), list_length(shape->dataset_keys));
	List	   *expressions = list_concat(list_copy(shape->keys), shape->dependent);
	List	   *private;

	expressions = (List *) over_child((Node *) expressions, target->exprs);
	fix_opfuncids((Node *) expressions);
	private = list_make5(makeInteger(shape->dataset->relid),
						 makeInteger(bms_next_member(shape->joinrel->relids, -1)), counts,
						 extract_actual_clauses(shape->dataset->baserestrictinfo, false), shape->clauses);
	private = list_concat(private, list_make5(shape->columns, shape->operators, shape->collations,
											  expressions, shape->key_operators));
	return copyObject((Node *) private);
}

/* The node's tuple: see agg_join.h. */
static List *
make_tuple(const JoinShape *shape)
{
	List	   *expressions = list_concat(list_copy(shape->keys), shape->dependent);
	List	   *tlist = NIL;
	ListCell   *cell;

	expressions = list_concat(list_concat(expressions, shape->dataset_keys), shape->aggregates);
	foreach(cell, expressions)
		tlist = lappend(tlist, makeTargetEntry(lfirst(cell), list_length(tlist) + 1, NULL, false));
	return tlist;
}

/* Parameters of what is pushed. */
static List *
find_parameters(const JoinShape *shape)
{
	List	   *constants = NIL;
	List	   *expressions = list_concat(list_copy(shape->keys), shape->clauses);

	expressions = list_concat(expressions, shape->aggregates);
	(void) TickAggConstants((Node *) expressions, &constants);
	(void) TickAggConstants((Node *) extract_actual_clauses(shape->dataset->baserestrictinfo, false), &constants);
	return constants;
}

static Plan *
plan_join(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = linitial(path->custom_private);
	scan->flags = path->flags;
	scan->custom_plans = custom_plans;
	scan->custom_exprs = lsecond(path->custom_private);
	scan->custom_scan_tlist = lthird(path->custom_private);
	scan->custom_private = lfourth(path->custom_private);
	scan->methods = &tick_join_scan_methods;
	return (Plan *) scan;
}

static const CustomPathMethods path_methods = {
	.CustomName = "TickJoinAggregate",
	.PlanCustomPath = plan_join
};

/* Cost of the path whose child is given; false when its rows or groups may not fit the memory. */
static bool
estimate(PlannerInfo *root, const JoinShape *shape, CustomPath *path, const Path *child)
{
	List	   *dataset_keys = list_concat_unique(list_copy(shape->columns), shape->dataset_keys);
	List	   *keys = list_concat(list_copy(shape->keys), shape->dataset_keys);
	double		limit = (double) get_hash_memory_limit() * TICK_AGG_MEMORY_FACTOR;
	double		side_groups = shape->keys == NIL ? 1 : estimate_num_groups(root, shape->keys, child->rows, NULL, NULL);
	double		groups = keys == NIL ? 1 : estimate_num_groups(root, keys, shape->joinrel->rows, NULL, NULL);
	double		rows,
				partitions,
				values;
	Cost		startup,
				total;

	if (child->rows * (child->pathtarget->width + ROW_BYTES) + side_groups * (child->pathtarget->width + GROUP_BYTES) > limit)
		return false;
	estimate_fractions(root, shape, &rows, &partitions);
	TickAggEstimate(root, shape->dataset, dataset_keys, &shape->query, rows, partitions, &values, &startup, &total);
	path->path.rows = groups;
	/* a look-up of each row and of each value of the dataset, and an addition for each pair of them */
	path->path.startup_cost = child->total_cost + total + child->rows * 2 * cpu_operator_cost +
		(values + Max(values, child->rows)) * cpu_operator_cost * (1 + shape->query.accumulators);
	path->path.total_cost = path->path.startup_cost + groups * (cpu_tuple_cost + cpu_operator_cost * list_length(shape->aggregates));
	return true;
}

static void
add_join_path(PlannerInfo *root, RelOptInfo *output_rel, const JoinShape *shape)
{
	CustomPath *path = makeNode(CustomPath);
	PathTarget *target = child_target(root, shape);
	Path	   *child;

	if (target == NULL)
		return;
	child = (Path *) create_projection_path(root, shape->others, shape->others->cheapest_total_path, target);
	path->path.pathtype = T_CustomScan;
	/* the join's: an upper relation does not say which tables it is of */
	path->path.parent = shape->joinrel;
	path->path.pathtarget = output_rel->reltarget;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->methods = &path_methods;
	path->custom_paths = list_make1(child);
	if (!estimate(root, shape, path, child))
		return;
	path->custom_private = list_make4(shape->having, find_parameters(shape), make_tuple(shape), make_private(shape, target));
	add_path(output_rel, (Path *) path);
}

/* ---- the hook ---- */

/* Offer the aggregation with one of the join's datasets pushed below the join. */
static void
offer(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *output_rel, List *having, RelOptInfo *dataset)
{
	JoinShape	shape = {.joinrel = joinrel,.dataset = dataset,.having = having};
	TickAggScope scope = {.dataset = ((TickPlanInfo *) dataset->fdw_private)->dataset,.relid = dataset->relid};

	if (TickAggConditionsPushed(dataset) && joined_last(root, &shape) && take_equalities(root, &shape, &scope) &&
		take_target(root, output_rel, &shape) && analyse(&shape, &scope))
		add_join_path(root, output_rel, &shape);
}

static void
offer_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel, RelOptInfo *output_rel, void *extra)
{
	int			relid = -1;

	if (previous_hook != NULL)
		previous_hook(root, stage, input_rel, output_rel, extra);
	if (stage != UPPERREL_GROUP_AGG || !tick_enable_aggregate_pushdown ||
		input_rel->reloptkind != RELOPT_JOINREL || output_rel->reloptkind != RELOPT_UPPER_REL ||
		((GroupPathExtraData *) extra)->patype == PARTITIONWISE_AGGREGATE_PARTIAL ||
		root->parse->groupingSets != NIL || root->parse->rowMarks != NIL || root->hasPseudoConstantQuals ||
		IS_DUMMY_REL(input_rel) || !bms_is_empty(input_rel->lateral_relids))
		return;
	while ((relid = bms_next_member(input_rel->relids, relid)) >= 0)
	{
		RelOptInfo *rel = root->simple_rel_array[relid];

		if (rel != NULL && rel->reloptkind == RELOPT_BASEREL && rel->fdwroutine != NULL && rel->fdw_private != NULL &&
			rel->fdwroutine->GetForeignUpperPaths == TickGetForeignUpperPaths)
			offer(root, input_rel, output_rel, (List *) ((GroupPathExtraData *) extra)->havingQual, rel);
	}
}

void
TickAggInit(void)
{
	RegisterCustomScanMethods(&tick_join_scan_methods);
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = offer_paths;
}
