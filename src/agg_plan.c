/*-------------------------------------------------------------------------
 *
 * agg_plan.c
 *	  Offer the planner aggregation inside the scan.
 *
 * All conditions must be pushed, every grouping expression must be a key and
 * every aggregate an accumulator; what is made of them, HAVING too, is left
 * to the executor.  The node's own tuple is the keys, then the aggregates.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "utils/selfuncs.h"

#include "agg.h"
#include "agg_plan.h"
#include "fdw.h"
#include "fdw_plan.h"
#include "tick.h"

/* Work on a row, and on a value of it, in units of cpu_operator_cost: a tenth of the executor's. */
#define ROW_OPERATORS 0.02
#define VALUE_OPERATORS 0.02

bool
TickAggCollect(Node *node, TickAggTarget *target)
{
	if (node == NULL)
		return false;
	if (list_member(target->keys, node))
		return false;
	if (TickAggIsAggregate(node))
	{
		target->aggregates = list_append_unique(target->aggregates, node);
		return false;
	}
	if (IsA(node, Var) && bms_is_member(((Var *) node)->varno, target->others))
	{
		target->dependent = list_append_unique(target->dependent, node);
		return false;
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) || IsA(node, GroupingFunc) || IsA(node, WindowFunc))
		return true;
	return expression_tree_walker(node, TickAggCollect, target);
}

/* Split the relation's target and HAVING; false when it cannot be pushed. */
static bool
split_target(PlannerInfo *root, RelOptInfo *output_rel, List *having, TickAggTarget *target)
{
	PathTarget *path_target = output_rel->reltarget;
	ListCell   *cell;
	int			i = 0;

	memset(target, 0, sizeof(*target));
	foreach(cell, path_target->exprs)
	{
		Index		ref = get_pathtarget_sortgroupref(path_target, i++);

		if (ref != 0 && get_sortgroupref_clause_noerr(ref, root->parse->groupClause) != NULL)
			target->keys = list_append_unique(target->keys, lfirst(cell));
	}
	/* a key that is not shown has no place in the target */
	foreach(cell, root->parse->groupClause)
	{
		TargetEntry *entry = get_sortgroupclause_tle(lfirst(cell), root->parse->targetList);

		if (!list_member(target->keys, entry->expr) && IS_SIMPLE_REL(output_rel))
			return false;
		if (output_rel->reloptkind == RELOPT_UPPER_REL)
			target->keys = list_append_unique(target->keys, entry->expr);
	}
	return !TickAggCollect((Node *) path_target->exprs, target) && !TickAggCollect((Node *) having, target);
}

bool
TickAggConditionsPushed(RelOptInfo *baserel)
{
	ListCell   *cell;

	foreach(cell, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		if (rinfo->pseudoconstant || !TickClausePushed(baserel, rinfo))
			return false;
	}
	return true;
}

/* Conditions that may leave a part of a segment's rows: not those on the symbol, nor those on the day. */
static int
row_tests(RelOptInfo *baserel)
{
	const TickPlanInfo *info = baserel->fdw_private;
	int			tests = 0;
	ListCell   *cell;

	foreach(cell, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		int			values;
		const TickAttribute *attribute = TickQualEquality(info->dataset, baserel->relid, rinfo->clause, &values);

		if (attribute == NULL ||
			!((attribute->kind == TICK_ATTRIBUTE_DATE && info->dataset->grain == TICK_GRAIN_DAY) ||
			  (attribute->column >= 0 && attribute->column == info->dataset->schema.symbol)))
			tests++;
	}
	return tests;
}

void
TickAggEstimate(PlannerInfo *root, RelOptInfo *baserel, List *keys, const TickAggQuery *query,
				double row_fraction, double partition_fraction, double *groups, Cost *startup, Cost *total)
{
	const TickPlanInfo *info = baserel->fdw_private;
	double		scanned = info->scanned * row_fraction;
	double		work;
	Cost		scan_startup,
				scan_total;

	*groups = keys == NIL ? 1 : estimate_num_groups(root, keys, clamp_row_est(info->rows * row_fraction), NULL, NULL);
	TickEstimateCost(info, 0, 0, partition_fraction, TICK_ORDER_NONE, false, &scan_startup, &scan_total);
	work = scanned * cpu_operator_cost *
		(ROW_OPERATORS + VALUE_OPERATORS * (query->accumulators + query->keys + info->tests));
	if (row_tests(baserel) == 0 && (TickAggUsesZoneMaps(query) || TickAggUsesSymbols(query)))
		work = Min(work, *groups * cpu_operator_cost * (query->accumulators + 1));
	*startup = scan_total + work;
	*total = *startup + *groups * cpu_operator_cost;
}

void
TickGetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
						 RelOptInfo *output_rel, void *extra)
{
	GroupPathExtraData *group = extra;
	TickAggScope scope;
	TickAggQuery query;
	TickAggTarget target;
	double		groups;
	Cost		startup,
				total;

	if (stage != UPPERREL_GROUP_AGG || !tick_enable_aggregate_pushdown || output_rel->fdw_private != NULL ||
		group->patype == PARTITIONWISE_AGGREGATE_PARTIAL || root->parse->groupingSets != NIL ||
		root->parse->rowMarks != NIL || root->hasPseudoConstantQuals ||
		!IS_SIMPLE_REL(input_rel) || input_rel->reloptkind != RELOPT_BASEREL || input_rel->fdw_private == NULL ||
		!bms_is_empty(input_rel->lateral_relids) || !TickAggConditionsPushed(input_rel))
		return;
	scope.dataset = ((TickPlanInfo *) input_rel->fdw_private)->dataset;
	scope.relid = input_rel->relid;
	scope.distinct = false;
	if (!split_target(root, output_rel, (List *) group->havingQual, &target) ||
		!TickAggAnalyse(&scope, target.keys, target.aggregates, &query))
		return;
	TickAggEstimate(root, input_rel, target.keys, &query, 1, 1, &groups, &startup, &total);
	output_rel->fdw_private = input_rel;
	add_path(output_rel, (Path *)
			 TickForeignUpperPath(root, output_rel, groups, startup, total,
								  list_make3(target.keys, target.aggregates, group->havingQual)));
}

bool
TickAggConstants(Node *node, List **constants)
{
	if (node == NULL)
		return false;
	if (IsA(node, List))
		return expression_tree_walker(node, TickAggConstants, constants);
	if (!contain_var_clause(node))
	{
		if (!IsA(node, Const))
			*constants = lappend(*constants, node);
		return false;
	}
	return expression_tree_walker(node, TickAggConstants, constants);
}

ForeignScan *
TickAggPlan(PlannerInfo *root, RelOptInfo *rel, ForeignPath *path, List *tlist)
{
	RelOptInfo *baserel = rel->fdw_private;
	List	   *keys = linitial(path->fdw_private);
	List	   *aggregates = lsecond(path->fdw_private);
	List	   *having = lthird(path->fdw_private);
	List	   *clauses = copyObject(extract_actual_clauses(baserel->baserestrictinfo, false));
	List	   *scan_tlist = NIL;
	List	   *constants = NIL;
	ListCell   *cell;

	foreach(cell, keys)
		scan_tlist = lappend(scan_tlist, makeTargetEntry(lfirst(cell), list_length(scan_tlist) + 1, NULL, false));
	foreach(cell, aggregates)
	{
		bool		is_aggregate = IsA(lfirst(cell), Aggref);
		Aggref	   *aggregate = is_aggregate ? lfirst(cell) : linitial(((FuncExpr *) lfirst(cell))->args);

		scan_tlist = lappend(scan_tlist, makeTargetEntry(lfirst(cell), list_length(scan_tlist) + 1, NULL, false));
		(void) TickAggConstants((Node *) aggregate->aggfilter, &constants);
	}
	(void) TickAggConstants((Node *) clauses, &constants);
	fix_opfuncids((Node *) clauses);
	return make_foreignscan(tlist, having, 0, constants,
							list_make3(makeInteger(baserel->relid), makeInteger(list_length(keys)), clauses),
							scan_tlist, NIL, NULL);
}
