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
 * The tables are divided into sides, which are joined with the dataset only,
 * not with each other: each is a relation of the join, or several that are
 * joined among themselves, and its path is the planner's.  A side is joined
 * by an inner join, or is the right side of a left or semi join.  Planning
 * never asks a foreign data wrapper about such a join, so the path is a
 * custom one, from a hook.
 *
 * count(DISTINCT column) of a dataset alone is the same without sides: the
 * dataset is aggregated by the column too, and its values are counted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/joininfo.h"
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

/* With count(DISTINCT ...) there is a bit for each. */
#define MAX_DISTINCT_ACCUMULATORS 64

static create_upper_paths_hook_type previous_hook = NULL;

/* JoinSide: tables that the dataset is joined with. */
typedef struct JoinSide
{
	JoinType	type;
	RelOptInfo *rel;
	/* equalities */
	List	   *clauses;
	List	   *columns;		/* of the dataset */
	List	   *values;			/* their other sides */
	List	   *operators;
	List	   *collations;
	/* groups */
	List	   *keys;
	List	   *key_operators;
	List	   *dependent;		/* columns that keys determine */
	PathTarget *target;			/* of the child */
} JoinSide;

/* JoinShape: an aggregation of a join that can be pushed below it. */
typedef struct JoinShape
{
	RelOptInfo *joinrel;
	RelOptInfo *dataset;
	int			sides;
	JoinSide	side[TICK_MAX_KEYS];
	List	   *columns;		/* of all sides' equalities and of count(DISTINCT column), each once */
	List	   *dataset_keys;
	List	   *distinct;		/* the column of count(DISTINCT column) */
	List	   *presence;		/* the symbol, where nothing else is to aggregate by */
	List	   *aggregates;
	List	   *having;
	TickAggQuery query;
} JoinShape;

/* ---- sides ---- */

/* Is the join of the dataset alone with its right side, which is a side then? */
static bool
joins_dataset(const JoinShape *shape, const SpecialJoinInfo *info)
{
	return (info->jointype == JOIN_LEFT || info->jointype == JOIN_SEMI) &&
		bms_equal(info->min_lefthand, shape->dataset->relids);
}

/* Must these two relations be of the same side? */
static bool
belong_together(PlannerInfo *root, const JoinShape *shape, RelOptInfo *a, RelOptInfo *b)
{
	ListCell   *cell;

	foreach(cell, root->join_info_list)
	{
		SpecialJoinInfo *info = lfirst(cell);
		Relids		all = bms_union(info->min_lefthand, info->min_righthand);

		if (joins_dataset(shape, info))
		{
			/* its conditions are of the dataset and its right side */
			if (bms_is_member(a->relid, info->min_righthand) != bms_is_member(b->relid, info->min_righthand))
				return false;
			if (bms_is_member(a->relid, info->min_righthand))
				return true;
		}
		else if (bms_is_member(a->relid, all) && bms_is_member(b->relid, all))
			return true;
	}
	return have_relevant_joinclause(root, a, b) ||
		bms_overlap(a->lateral_relids, b->relids) || bms_overlap(b->lateral_relids, a->relids);
}

/* The relations that belong together with one, directly or through others. */
static Relids
relations_of_side(PlannerInfo *root, const JoinShape *shape, int first, Relids rest)
{
	Relids		side = bms_make_singleton(first);
	bool		grown = true;

	while (grown)
	{
		int			a = -1;

		grown = false;
		while (!grown && (a = bms_next_member(side, a)) >= 0)
		{
			int			b = -1;

			while (!grown && (b = bms_next_member(rest, b)) >= 0)
				if (!bms_is_member(b, side) &&
					belong_together(root, shape, root->simple_rel_array[a], root->simple_rel_array[b]))
				{
					side = bms_add_member(side, b);
					grown = true;
				}
		}
	}
	return side;
}

/* How a side is joined with the dataset; false when a join of the query is neither within a side nor of this kind. */
static bool
take_join_type(PlannerInfo *root, const JoinShape *shape, JoinSide *side)
{
	ListCell   *cell;

	side->type = JOIN_INNER;
	foreach(cell, root->join_info_list)
	{
		SpecialJoinInfo *info = lfirst(cell);
		Relids		all = bms_union(info->min_lefthand, info->min_righthand);

		if (!bms_overlap(all, side->rel->relids) || bms_is_subset(all, side->rel->relids))
			continue;
		if (side->type != JOIN_INNER || !joins_dataset(shape, info) ||
			!bms_equal(info->min_righthand, side->rel->relids))
			return false;
		side->type = info->jointype;
	}
	return true;
}

/* The side that has all of the relations, or NULL. */
static JoinSide *
side_of(JoinShape *shape, Relids relids)
{
	for (int i = 0; i < shape->sides; i++)
		if (bms_is_subset(relids, shape->side[i].rel->relids))
			return &shape->side[i];
	return NULL;
}

/* Are equal things of several sides equal to something of the dataset too, so that its equalities say it all? */
static bool
equal_through_dataset(JoinShape *shape, EquivalenceClass *class)
{
	int			sides = 0;
	ListCell   *cell;

	if (class->ec_has_const || list_length(class->ec_members) <= 1)
		return true;
	for (int i = 0; i < shape->sides; i++)
		sides += bms_overlap(class->ec_relids, shape->side[i].rel->relids);
	if (sides < 2)
		return true;
	foreach(cell, class->ec_members)
	{
		Relids		relids = ((EquivalenceMember *) lfirst(cell))->em_relids;

		if (!bms_equal(relids, shape->dataset->relids) && side_of(shape, relids) == NULL)
			return false;
	}
	return bms_is_member(shape->dataset->relid, class->ec_relids);
}

/* Is no condition of several sides but those of the dataset? */
static bool
sides_are_apart(PlannerInfo *root, JoinShape *shape)
{
	ListCell   *cell;

	for (int i = 0; i < shape->sides; i++)
	{
		int			relid = -1;

		while ((relid = bms_next_member(shape->side[i].rel->relids, relid)) >= 0)
			foreach(cell, root->simple_rel_array[relid]->joininfo)
			{
				Relids		relids = lfirst_node(RestrictInfo, cell)->required_relids;

				/* the dataset has those that are of it */
				if (!bms_is_member(shape->dataset->relid, relids) && !bms_is_subset(relids, shape->side[i].rel->relids))
					return false;
			}
	}
	foreach(cell, root->eq_classes)
		if (!equal_through_dataset(shape, lfirst(cell)))
			return false;
	return true;
}

/* Divide the join's other relations into sides. */
static bool
take_sides(PlannerInfo *root, JoinShape *shape)
{
	Relids		rest = bms_del_member(bms_copy(shape->joinrel->relids), shape->dataset->relid);
	int			first = -1;
	ListCell   *cell;

	/* the null-extended side of an outer join is never aggregated; of outer joins there is no relation to ask */
	foreach(cell, root->join_info_list)
		if (bms_is_member(shape->dataset->relid, ((SpecialJoinInfo *) lfirst(cell))->syn_righthand))
			return false;
	while ((first = bms_next_member(rest, first)) >= 0)
		if (root->simple_rel_array[first] == NULL)
			return false;
	while ((first = bms_next_member(rest, -1)) >= 0)
	{
		JoinSide   *side = &shape->side[shape->sides];
		Relids		relids = relations_of_side(root, shape, first, rest);

		if (shape->sides++ == TICK_MAX_KEYS)
			return false;
		side->rel = bms_membership(relids) == BMS_SINGLETON ? root->simple_rel_array[first] : find_join_rel(root, relids);
		if (side->rel == NULL || side->rel->cheapest_total_path == NULL ||
			side->rel->cheapest_total_path->param_info != NULL || !bms_is_empty(side->rel->lateral_relids) ||
			!take_join_type(root, shape, side))
			return false;
		rest = bms_del_members(rest, relids);
	}
	return bms_is_empty(shape->dataset->lateral_relids) && bms_is_empty(shape->dataset->lateral_referencers) &&
		sides_are_apart(root, shape);
}

/* ---- equalities ---- */

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

/* The same with the value on the left: servers differ in the order that they make equalities of classes with. */
static OpExpr *
value_first(OpExpr *op)
{
	Oid			commutator = get_commutator(op->opno);

	if (!OidIsValid(commutator))
		return op;
	op = (OpExpr *) make_opclause(commutator, op->opresulttype, op->opretset, lsecond(op->args), linitial(op->args),
								  op->opcollid, op->inputcollid);
	set_opfuncid(op);
	return op;
}

/* Take an equality of a column of the dataset and a value of the side. */
static bool
take_equality(const JoinShape *shape, JoinSide *side, const TickAggScope *scope, RestrictInfo *rinfo)
{
	OpExpr	   *op = (OpExpr *) rinfo->clause;
	bool		column_left = bms_equal(rinfo->left_relids, shape->dataset->relids);
	Node	   *column;
	Node	   *value;
	Oid			operator;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2 || rinfo->pseudoconstant || list_length(side->clauses) == TICK_JOIN_MAX)
		return false;
	column = column_left ? linitial(op->args) : lsecond(op->args);
	value = column_left ? lsecond(op->args) : linitial(op->args);
	operator = column_left ? op->opno : get_commutator(op->opno);
	if (!OidIsValid(operator) || !compares_bits(operator, op->inputcollid) || TickAggColumn(scope, column) == NULL ||
		!bms_is_subset(column_left ? rinfo->right_relids : rinfo->left_relids, side->rel->relids) ||
		contain_volatile_functions(value))
		return false;
	side->clauses = lappend(side->clauses, column_left ? value_first(op) : op);
	side->columns = lappend(side->columns, column);
	side->values = lappend(side->values, value);
	side->operators = lappend_oid(side->operators, operator);
	side->collations = lappend_oid(side->collations, op->inputcollid);
	return true;
}

/* Those of equivalence classes. */
static bool
take_equalities(PlannerInfo *root, JoinShape *shape, JoinSide *side, const TickAggScope *scope)
{
	Relids		both = bms_union(side->rel->relids, shape->dataset->relids);
	ListCell   *cell;

	foreach(cell, TickJoinEqualities(root, both, side->rel->relids, shape->dataset))
		if (!take_equality(shape, side, scope, lfirst_node(RestrictInfo, cell)))
			return false;
	return true;
}

/*
 * The join's equalities; false when there are other conditions.  Those of an
 * outer join are among no equivalence class's; there are none where a
 * constant is equal to both sides.
 */
static bool
take_clauses(PlannerInfo *root, JoinShape *shape, const TickAggScope *scope)
{
	ListCell   *cell;

	for (int i = 0; i < shape->sides; i++)
		if (!take_equalities(root, shape, &shape->side[i], scope))
			return false;
	foreach(cell, shape->dataset->joininfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		int			i = 0;

		while (i < shape->sides && !(shape->side[i].type == JOIN_LEFT && bms_overlap(rinfo->clause_relids, shape->side[i].rel->relids)))
			i++;
		if (i == shape->sides || rinfo->is_pushed_down || !take_equality(shape, &shape->side[i], scope, rinfo))
			return false;
	}
	for (int i = 0; i < shape->sides; i++)
		shape->columns = list_concat_unique(shape->columns, shape->side[i].columns);
	return true;
}

/* ---- groups and aggregates ---- */

/* What only the join's own rows may be asked: it would be asked more, or less often. */
static bool
asks_rows(Node *node)
{
	return contain_volatile_functions(node) || contain_subplans(node) || expression_returns_set(node);
}

/* Sort the query's keys by their side; false when one is of several. */
static bool
take_keys(PlannerInfo *root, JoinShape *shape, TickAggTarget *target)
{
	ListCell   *cell;

	foreach(cell, root->parse->groupClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Node	   *key = get_sortgroupclause_expr(clause, root->parse->targetList);
		Relids		relids = pull_varnos(root, key);
		JoinSide   *side = side_of(shape, relids);

		if (asks_rows(key))
			return false;
		if (list_member(target->keys, key))
			continue;
		target->keys = lappend(target->keys, key);
		if (bms_equal(relids, shape->dataset->relids))
			shape->dataset_keys = lappend(shape->dataset_keys, key);
		else if (side == NULL || !clause->hashable)
			return false;
		else
		{
			side->keys = lappend(side->keys, key);
			side->key_operators = lappend_oid(side->key_operators, clause->eqop);
		}
	}
	return true;
}

/* The one column of count(DISTINCT column), without which there is nothing to offer for a dataset alone. */
static bool
take_distinct(JoinShape *shape)
{
	ListCell   *cell;

	foreach(cell, shape->aggregates)
	{
		Node	   *column = TickAggDistinct(lfirst(cell));

		if (column != NULL)
			shape->distinct = list_append_unique(shape->distinct, column);
	}
	shape->columns = list_concat_unique(shape->columns, shape->distinct);
	return list_length(shape->distinct) == 1 || (shape->distinct == NIL && shape->sides > 0);
}

/* The upper relation's target and HAVING, made of keys and of aggregates of the dataset. */
static bool
take_target(PlannerInfo *root, RelOptInfo *output_rel, JoinShape *shape)
{
	TickAggTarget target = {.others = bms_difference(shape->joinrel->relids, shape->dataset->relids)};
	ListCell   *cell;

	if (!take_keys(root, shape, &target) ||
		TickAggCollect((Node *) output_rel->reltarget->exprs, &target) ||
		TickAggCollect((Node *) shape->having, &target))
		return false;
	foreach(cell, target.aggregates)
		if (!bms_is_subset(pull_varnos(root, lfirst(cell)), shape->dataset->relids) || asks_rows(lfirst(cell)))
			return false;
	foreach(cell, target.dependent)
	{
		JoinSide   *side = side_of(shape, pull_varnos(root, lfirst(cell)));

		if (side == NULL)
			return false;
		side->dependent = lappend(side->dependent, lfirst(cell));
	}
	shape->aggregates = target.aggregates;
	return take_distinct(shape);
}

/* The dataset's symbol, by which it can be aggregated at little cost, or NIL. */
static List *
symbol_column(const TickAggScope *scope)
{
	const TickDataset *dataset = scope->dataset;

	for (int i = 0; i < dataset->attributes && dataset->schema.symbol >= 0; i++)
	{
		const TickAttribute *attribute = &dataset->attribute[i];

		if (attribute->kind == TICK_ATTRIBUTE_STORED && attribute->column == dataset->schema.symbol)
			return list_make1(makeVar(scope->relid, attribute->attnum, attribute->type, attribute->typmod,
									  attribute->collation, 0));
	}
	return NIL;
}

/* Can the engine compute it, grouped by the join's columns and the dataset's keys? */
static bool
analyse(JoinShape *shape, const TickAggScope *scope)
{
	List	   *keys = list_concat_unique(list_copy(shape->columns), shape->dataset_keys);

	/* an aggregate without keys is one row of no rows */
	if (keys == NIL)
		keys = shape->columns = shape->presence = symbol_column(scope);
	return keys != NIL && shape->sides + list_length(shape->dataset_keys) + list_length(shape->distinct) <= TICK_MAX_KEYS &&
		TickAggAnalyse(scope, keys, shape->aggregates, &shape->query) &&
		(shape->distinct == NIL || shape->query.accumulators <= MAX_DISTINCT_ACCUMULATORS);
}

/* ---- the path ---- */

/* The child's columns: values to join, then what keys are made of; false when the side does not have them. */
static bool
make_target(PlannerInfo *root, JoinSide *side)
{
	PathTarget *target = create_empty_pathtarget();
	List	   *needed = list_concat(list_copy(side->keys), side->dependent);
	List	   *columns = pull_var_clause((Node *) needed, PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *cell;

	foreach(cell, pull_var_clause((Node *) list_concat(list_copy(needed), side->values), PVC_INCLUDE_PLACEHOLDERS))
		if (!list_member(side->rel->reltarget->exprs, lfirst(cell)))
			return false;
	foreach(cell, side->values)
		add_column_to_pathtarget(target, lfirst(cell), 0);
	foreach(cell, columns)
		add_new_column_to_pathtarget(target, lfirst(cell));
	side->target = set_pathtarget_cost_width(root, target);
	return true;
}

/* The part of the dataset's rows, and of its partitions, that have one of a side's values. */
static void
estimate_fractions(PlannerInfo *root, const JoinShape *shape, const JoinSide *side, double *rows, double *partitions)
{
	const TickPlanInfo *info = shape->dataset->fdw_private;
	ListCell   *value;
	ListCell   *clause;

	if (side->type == JOIN_LEFT)
		return;
	forboth(value, side->values, clause, side->clauses)
	{
		double		values = estimate_num_groups(root, list_make1(lfirst(value)), side->rel->rows, NULL, NULL);
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

/* What a side is to the executor: see TickJoinSidePrivate. */
static List *
private_side(const JoinSide *side)
{
	List	   *expressions = list_concat(list_copy(side->keys), side->dependent);
	List	   *private = list_make3(makeInteger(side->type), side->clauses, side->columns);

	expressions = (List *) over_child((Node *) expressions, side->target->exprs);
	fix_opfuncids((Node *) expressions);
	return list_concat(private, list_make4(side->operators, side->collations, expressions, side->key_operators));
}

static List *
make_private(const JoinShape *shape)
{
	List	   *sides = NIL;

	for (int i = 0; i < shape->sides; i++)
		sides = lappend(sides, private_side(&shape->side[i]));
	return copyObject(list_concat(list_make4(makeInteger(shape->dataset->relid),
											 makeInteger(bms_next_member(shape->joinrel->relids, -1)),
											 makeInteger(list_length(shape->dataset_keys)),
											 extract_actual_clauses(shape->dataset->baserestrictinfo, false)),
								  list_make3(shape->distinct, shape->presence, sides)));
}

/* The node's tuple: see agg_join.h. */
static List *
make_tuple(const JoinShape *shape)
{
	List	   *expressions = NIL;
	List	   *tlist = NIL;
	ListCell   *cell;

	for (int i = 0; i < shape->sides; i++)
		expressions = list_concat(list_concat(expressions, shape->side[i].keys), shape->side[i].dependent);
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

	for (int i = 0; i < shape->sides; i++)
		(void) TickAggConstants((Node *) shape->side[i].keys, &constants);
	(void) TickAggConstants((Node *) shape->aggregates, &constants);
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
	scan->methods = custom_plans != NIL ? &tick_join_scan_methods : &tick_distinct_scan_methods;
	return (Plan *) scan;
}

static const CustomPathMethods path_methods = {
	.CustomName = "TickAggregate",
	.PlanCustomPath = plan_join
};

/* Memory that a side's rows and groups take, and the cost of reading and looking them up. */
static void
estimate_side(PlannerInfo *root, const JoinSide *side, const Path *child, double *memory, Cost *cost)
{
	double		groups = side->keys == NIL ? 1 : estimate_num_groups(root, side->keys, child->rows, NULL, NULL);

	*memory += child->rows * (side->target->width + ROW_BYTES) + groups * (side->target->width + GROUP_BYTES);
	*cost += child->total_cost + child->rows * 2 * cpu_operator_cost;
}

/* Cost of the path, whose children are given; false when their rows or groups may not fit the memory. */
static bool
estimate(PlannerInfo *root, const JoinShape *shape, CustomPath *path)
{
	List	   *dataset_keys = list_concat_unique(list_copy(shape->columns), shape->dataset_keys);
	List	   *keys = list_copy(shape->dataset_keys);
	double		limit = (double) get_hash_memory_limit() * TICK_AGG_MEMORY_FACTOR;
	double		memory = 0;
	double		rows = 1;
	double		partitions = 1;
	double		groups;
	double		values;
	double		matches;
	Cost		cost = 0;
	Cost		startup,
				total;

	for (int i = 0; i < shape->sides; i++)
	{
		const JoinSide *side = &shape->side[i];

		keys = list_concat(keys, side->keys);
		estimate_side(root, side, list_nth(path->custom_paths, i), &memory, &cost);
		estimate_fractions(root, shape, side, &rows, &partitions);
	}
	if (memory > limit)
		return false;
	groups = keys == NIL ? 1 : estimate_num_groups(root, keys, shape->joinrel->rows, NULL, NULL);
	TickAggEstimate(root, shape->dataset, dataset_keys, &shape->query, rows, partitions, &values, &startup, &total);
	/* a look-up for each value of the dataset, an addition for each row that it is joined with */
	matches = values * Max(1, shape->joinrel->rows / clamp_row_est(shape->dataset->rows * rows));
	path->path.rows = groups;
	path->path.startup_cost = cost + total + (values + matches) * cpu_operator_cost * (1 + shape->query.accumulators);
	path->path.total_cost = path->path.startup_cost + groups * (cpu_tuple_cost + cpu_operator_cost * list_length(shape->aggregates));
	return true;
}

static void
add_join_path(PlannerInfo *root, RelOptInfo *output_rel, JoinShape *shape)
{
	CustomPath *path = makeNode(CustomPath);

	for (int i = 0; i < shape->sides; i++)
	{
		JoinSide   *side = &shape->side[i];

		if (!make_target(root, side))
			return;
		path->custom_paths = lappend(path->custom_paths,
									 create_projection_path(root, side->rel, side->rel->cheapest_total_path, side->target));
	}
	path->path.pathtype = T_CustomScan;
	/* the join's: an upper relation does not say which tables it is of */
	path->path.parent = shape->joinrel;
	path->path.pathtarget = output_rel->reltarget;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->methods = &path_methods;
	if (!estimate(root, shape, path))
		return;
	path->custom_private = list_make4(shape->having, find_parameters(shape), make_tuple(shape), make_private(shape));
	add_path(output_rel, (Path *) path);
}

/* ---- the hook ---- */

/* Offer the aggregation with one of the join's datasets pushed below the join. */
static void
offer(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *output_rel, List *having, RelOptInfo *dataset)
{
	JoinShape	shape = {.joinrel = joinrel,.dataset = dataset,.having = having};
	TickAggScope scope = {.dataset = ((TickPlanInfo *) dataset->fdw_private)->dataset,.relid = dataset->relid,.distinct = true};

	if (TickAggConditionsPushed(dataset) && take_sides(root, &shape) && take_clauses(root, &shape, &scope) &&
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
		(input_rel->reloptkind != RELOPT_JOINREL && input_rel->reloptkind != RELOPT_BASEREL) || output_rel->reloptkind != RELOPT_UPPER_REL ||
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
	RegisterCustomScanMethods(&tick_distinct_scan_methods);
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = offer_paths;
}
