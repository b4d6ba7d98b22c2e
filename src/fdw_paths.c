/*-------------------------------------------------------------------------
 *
 * fdw_paths.c
 *	  The ways to scan a dataset that the planner chooses from.
 *
 * A plain scan; scans in (symbol, time) order either way, which segments
 * give by merging, so that a dataset never has to be sorted by it; scans of
 * one symbol by a column that may ascend as its times do; and scans
 * parameterised by joins on symbol, date or time.  Any attribute made from
 * the time (timestamp, nanoseconds, date) orders as the time does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "compat.h"
#include "fdw.h"
#include "fdw_plan.h"
#include "qual.h"

/* ---- order ---- */

/* The attribute that an expression is, seen through relabelling, or NULL. */
static const TickAttribute *
attribute_of(RelOptInfo *baserel, Expr *expr)
{
	const TickPlanInfo *info = baserel->fdw_private;
	Var		   *var;

	while (expr != NULL && IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	var = (Var *) expr;
	if (var == NULL || !IsA(var, Var) || var->varno != baserel->relid || var->varlevelsup != 0 ||
		var->varattno < 1 || var->varattno > info->dataset->attributes)
		return NULL;
	return &info->dataset->attribute[var->varattno - 1];
}

static bool
is_symbol(const TickDataset *dataset, const TickAttribute *attribute)
{
	return attribute->kind == TICK_ATTRIBUTE_STORED && attribute->column >= 0 &&
		attribute->column == dataset->schema.symbol;
}

/* Is the attribute the time or made from it, so that it never descends while the time ascends? */
static bool
follows_time(const TickDataset *dataset, const TickAttribute *attribute)
{
	if (dataset->schema.time < 0 || attribute->column != dataset->schema.time)
		return false;
	/* days of a zone whose clocks go back over midnight do not quite follow */
	return attribute->kind != TICK_ATTRIBUTE_DATE || dataset->zone == NULL;
}

/* Do conditions leave one symbol at most? */
static bool
one_symbol(RelOptInfo *baserel)
{
	const TickPlanInfo *info = baserel->fdw_private;
	ListCell   *cell;

	if (info->dataset->schema.symbol < 0)
		return true;
	foreach(cell, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		int			values;
		const TickAttribute *attribute;

		/* of = ANY (array) the length is a guess */
		if (rinfo->pseudoconstant || !IsA(rinfo->clause, OpExpr))
			continue;
		attribute = TickQualEquality(info->dataset, baserel->relid, rinfo->clause, &values);
		if (attribute != NULL && is_symbol(info->dataset, attribute))
			return true;
	}
	return false;
}

/*
 * Does a scan in the given direction produce this order next?  The symbol
 * comes first unless it is settled, then anything made from the time.
 */
static bool
provides(RelOptInfo *baserel, const PathKey *pathkey, bool *symbol_settled, TickScanOrder direction)
{
	const TickPlanInfo *info = baserel->fdw_private;
	bool		forward = direction == TICK_ORDER_FORWARD;
	EquivalenceMember *member;

	if (TickPathkeyAscends(pathkey) != forward)
		return false;
	TickForeachMember(member, pathkey->pk_eclass, baserel)
	{
		const TickAttribute *attribute;

		if (!bms_equal(member->em_relids, baserel->relids))
			continue;
		attribute = attribute_of(baserel, member->em_expr);
		if (attribute == NULL)
			continue;
		if (is_symbol(info->dataset, attribute))
		{
			if (!*symbol_settled &&
				pathkey->pk_opfamily == TEXT_BTREE_FAM_OID &&
				TickCollationIsC(pathkey->pk_eclass->ec_collation) &&
				(attribute->not_null || pathkey->pk_nulls_first == !forward))
			{
				*symbol_settled = true;
				return true;
			}
		}
		/* times are never null */
		else if (*symbol_settled && follows_time(info->dataset, attribute))
			return true;
	}
	return false;
}

/* The longest beginning of pathkeys that a scan in the direction provides. */
static List *
provided_prefix(RelOptInfo *baserel, List *pathkeys, TickScanOrder direction)
{
	bool		symbol_settled = one_symbol(baserel);
	List	   *prefix = NIL;
	ListCell   *cell;

	foreach(cell, pathkeys)
	{
		if (!provides(baserel, lfirst(cell), &symbol_settled, direction))
			break;
		prefix = lappend(prefix, lfirst(cell));
	}
	return prefix;
}

/* Append the attribute's ordering as a pathkey if the query has a use for it. */
static bool
append_pathkey(PlannerInfo *root, RelOptInfo *baserel, const TickAttribute *attribute, bool forward, List **pathkeys)
{
	TypeCacheEntry *type = lookup_type_cache(attribute->type == VARCHAROID ? TEXTOID : attribute->type,
											 TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
	Expr	   *expr = (Expr *) makeVar(baserel->relid, attribute->attnum, attribute->type,
										attribute->typmod, attribute->collation, 0);
	List	   *pathkey;

	if (attribute->type == VARCHAROID)
		expr = (Expr *) makeRelabelType(expr, TEXTOID, -1, attribute->collation, COERCE_IMPLICIT_CAST);
	pathkey = TickExpressionPathkey(root, expr, forward ? type->lt_opr : type->gt_opr, baserel);
	if (pathkey == NIL)
		return false;
	if (!EC_MUST_BE_REDUNDANT(((PathKey *) linitial(pathkey))->pk_eclass))
		*pathkeys = list_append_unique_ptr(*pathkeys, linitial(pathkey));
	return true;
}

/*
 * The order of a scan as far as the query speaks of it: how merge joins,
 * grouping and windows learn of it.
 */
static List *
natural_pathkeys(PlannerInfo *root, RelOptInfo *baserel, TickScanOrder direction)
{
	const TickPlanInfo *info = baserel->fdw_private;
	const TickDataset *dataset = info->dataset;
	bool		forward = direction == TICK_ORDER_FORWARD;
	List	   *pathkeys = NIL;
	bool		symbol_done = one_symbol(baserel);

	for (int i = 0; i < dataset->attributes && !symbol_done; i++)
		if (dataset->attribute[i].kind == TICK_ATTRIBUTE_STORED && is_symbol(dataset, &dataset->attribute[i]) &&
			TickCollationIsC(dataset->attribute[i].collation))
			symbol_done = append_pathkey(root, baserel, &dataset->attribute[i], forward, &pathkeys);
	for (int i = 0; i < dataset->attributes && symbol_done; i++)
		if (dataset->attribute[i].kind != TICK_ATTRIBUTE_DROPPED && follows_time(dataset, &dataset->attribute[i]) &&
			append_pathkey(root, baserel, &dataset->attribute[i], forward, &pathkeys))
			break;
	return truncate_useless_pathkeys(root, baserel, pathkeys);
}

/*
 * The attribute that the query orders by, if its values may well ascend with
 * the time: a counter of one symbol's rows, such as a sequence number.  Not
 * under a LIMIT, which a sort serves better when they do not.
 */
static const TickAttribute *
counting_attribute(PlannerInfo *root, RelOptInfo *baserel)
{
	PathKey    *pathkey;
	EquivalenceMember *member;

	if (list_length(root->query_pathkeys) != 1 || root->limit_tuples >= 0 || !one_symbol(baserel))
		return NULL;
	pathkey = linitial(root->query_pathkeys);
	if (!TickPathkeyAscends(pathkey) || pathkey->pk_nulls_first ||
		pathkey->pk_opfamily != INTEGER_BTREE_FAM_OID)
		return NULL;
	TickForeachMember(member, pathkey->pk_eclass, baserel)
	{
		const TickAttribute *attribute;

		if (!bms_equal(member->em_relids, baserel->relids) || !IsA(member->em_expr, Var))
			continue;
		attribute = attribute_of(baserel, member->em_expr);
		if (attribute != NULL && attribute->kind == TICK_ATTRIBUTE_STORED)
			return attribute;
	}
	return NULL;
}

/* ---- paths ---- */

static void
add_scan_path(PlannerInfo *root, RelOptInfo *baserel, TickScanOrder order, List *pathkeys)
{
	const TickPlanInfo *info = baserel->fdw_private;
	Cost		startup,
				total;

	TickEstimateCost(info, info->scanned, info->rows, 1.0, order, one_symbol(baserel), &startup, &total);
	add_path(baserel, (Path *)
			 TickForeignScanPath(root, baserel, info->rows, startup, total, pathkeys,
								 baserel->lateral_relids, list_make1(makeInteger(order))));
}

/* Scans in either direction for the orders that the query may use. */
static void
add_ordered_paths(PlannerInfo *root, RelOptInfo *baserel)
{
	static const TickScanOrder directions[] = {TICK_ORDER_FORWARD, TICK_ORDER_BACKWARD};
	const TickPlanInfo *info = baserel->fdw_private;
	/* an as-of join runs forward only */
	int			count = info->dataset->derived != NULL ? 1 : lengthof(directions);

	for (int i = 0; i < count; i++)
	{
		List	   *wanted = provided_prefix(baserel, root->query_pathkeys, directions[i]);
		List	   *natural = natural_pathkeys(root, baserel, directions[i]);

		if (wanted != NIL)
			add_scan_path(root, baserel, directions[i], wanted);
		if (natural != NIL && !pathkeys_contained_in(natural, wanted))
			add_scan_path(root, baserel, directions[i], natural);
	}
}

/* A scan by time that finds out whether rows ascend by another column too, and sorts them when not. */
static void
add_counting_path(PlannerInfo *root, RelOptInfo *baserel)
{
	const TickPlanInfo *info = baserel->fdw_private;
	const TickAttribute *attribute = counting_attribute(root, baserel);
	Cost		startup,
				total;

	if (attribute == NULL)
		return;
	TickEstimateCost(info, info->scanned, info->rows, 1.0, TICK_ORDER_FORWARD, true, &startup, &total);
	/* looking at the column for every row comes first */
	startup += info->scanned * cpu_operator_cost;
	total += info->scanned * cpu_operator_cost;
	add_path(baserel, (Path *)
			 TickForeignScanPath(root, baserel, info->rows, startup, total, root->query_pathkeys,
								 baserel->lateral_relids,
								 list_make2(makeInteger(TICK_ORDER_FORWARD), makeInteger(attribute->attnum))));
}

/* Is the clause one that makes a parameterised scan worthwhile? */
static bool
narrows_scan(RelOptInfo *baserel, RestrictInfo *rinfo)
{
	double		rows,
				partitions;

	return TickClausePushed(baserel, rinfo) &&
		TickEqualityFraction(baserel, baserel->fdw_private, rinfo->clause, &rows, &partitions);
}

/* Note the outer relations of a join clause that narrows the scan. */
static List *
add_parameterization(PlannerInfo *root, RelOptInfo *baserel, RestrictInfo *rinfo, List *params)
{
	Relids		outer;

	if (!join_clause_is_movable_to(rinfo, baserel) || !narrows_scan(baserel, rinfo))
		return params;
	outer = bms_union(rinfo->clause_relids, baserel->lateral_relids);
	outer = bms_del_member(outer, baserel->relid);
	if (bms_is_empty(outer))
		return params;
	return list_append_unique_ptr(params, get_baserel_parampathinfo(root, baserel, outer));
}

/* State of matches_attribute(): which attribute's clauses are asked for. */
static bool
matches_attribute(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec, EquivalenceMember *em, void *arg)
{
	return attribute_of(rel, em->em_expr) == arg;
}

/*
 * Parameterised scans are useful for joins on symbol, date and time, alone
 * and together: all outer relations that give one of them are tried, and
 * their union.
 */
static List *
useful_parameterizations(PlannerInfo *root, RelOptInfo *baserel)
{
	const TickPlanInfo *info = baserel->fdw_private;
	const TickDataset *dataset = info->dataset;
	List	   *params = NIL;
	Relids		together = NULL;
	ListCell   *cell;

	foreach(cell, baserel->joininfo)
		params = add_parameterization(root, baserel, lfirst_node(RestrictInfo, cell), params);
	for (int i = 0; baserel->has_eclass_joins && i < dataset->attributes; i++)
	{
		const TickAttribute *attribute = &dataset->attribute[i];
		List	   *clauses;

		if (attribute->kind == TICK_ATTRIBUTE_DROPPED ||
			!(is_symbol(dataset, attribute) ||
			  (dataset->schema.time >= 0 && attribute->column == dataset->schema.time)))
			continue;
		clauses = generate_implied_equalities_for_column(root, baserel, matches_attribute,
														 (void *) attribute, baserel->lateral_referencers);
		foreach(cell, clauses)
			params = add_parameterization(root, baserel, lfirst_node(RestrictInfo, cell), params);
	}
	foreach(cell, params)
		together = bms_add_members(together, ((ParamPathInfo *) lfirst(cell))->ppi_req_outer);
	if (list_length(params) > 1)
		params = list_append_unique_ptr(params, get_baserel_parampathinfo(root, baserel, together));
	return params;
}

/* Add the scan that repeats for each row of the outer relations. */
static void
add_parameterized_path(PlannerInfo *root, RelOptInfo *baserel, ParamPathInfo *param)
{
	const TickPlanInfo *info = baserel->fdw_private;
	double		scanned = info->scanned;
	double		rows = info->rows;
	double		partitions = 1;
	List	   *rest = NIL;
	ListCell   *cell;
	Cost		startup,
				total;

	foreach(cell, param->ppi_clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		double		row_fraction,
					partition_fraction;

		if (TickEqualityFraction(baserel, info, rinfo->clause, &row_fraction, &partition_fraction))
		{
			scanned *= row_fraction;
			rows *= row_fraction;
			partitions *= partition_fraction;
		}
		else
			rest = lappend(rest, rinfo);
	}
	rows = clamp_row_est(rows * clauselist_selectivity(root, rest, baserel->relid, JOIN_INNER, NULL));
	TickEstimateCost(info, scanned, rows, partitions, TICK_ORDER_NONE, false, &startup, &total);
	param->ppi_rows = rows;
	add_path(baserel, (Path *)
			 TickForeignScanPath(root, baserel, rows, startup, total, NIL,
								 param->ppi_req_outer, list_make1(makeInteger(TICK_ORDER_NONE))));
}

void
TickGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid relid)
{
	ListCell   *cell;

	add_scan_path(root, baserel, TICK_ORDER_NONE, NIL);
	add_ordered_paths(root, baserel);
	add_counting_path(root, baserel);
	foreach(cell, useful_parameterizations(root, baserel))
		add_parameterized_path(root, baserel, lfirst(cell));
}
