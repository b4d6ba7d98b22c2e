/*-------------------------------------------------------------------------
 *
 * fdw_plan.c
 *	  Estimates of a dataset's rows, and the plan node of a scan.
 *
 * Planning never opens a segment.  Rows and time range come from the
 * catalog's totals over the partitions that conditions with constants leave;
 * the share of a symbol from pg_statistic, or else from the number of
 * symbols.  Nothing of it is kept in the plan: what is scanned is decided
 * when the scan starts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_statistic.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "agg.h"
#include "core/value.h"
#include "fdw.h"
#include "fdw_plan.h"
#include "qual.h"
#include "tick.h"

/* Work of a segment's opening and closing, in units of a page's reading. */
#define SEGMENT_PAGES 0.5
/* Decoding or testing one value, in units of cpu_operator_cost. */
#define VALUE_OPERATORS 0.1
/* Handing a row to the executor, in units of cpu_tuple_cost. */
#define ROW_TUPLES 0.5

bool
TickClausePushed(RelOptInfo *baserel, RestrictInfo *rinfo)
{
	const TickPlanInfo *info = baserel->fdw_private;

	return tick_enable_filter_pushdown && !rinfo->pseudoconstant &&
		restriction_is_securely_promotable(rinfo, baserel) &&
		TickQualPushable(info->dataset, baserel->relid, rinfo->clause);
}

/* The snapshot that estimates are made with. */
static Snapshot
planning_snapshot(void)
{
	return ActiveSnapshotSet() ? GetActiveSnapshot() : GetTransactionSnapshot();
}

static bool
has_parameter_walker(Node *node, Index *relid)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return true;
	if (IsA(node, Var))
		return ((Var *) node)->varno != *relid;
	return expression_tree_walker(node, has_parameter_walker, relid);
}

/*
 * The clauses whose constants are known now, with stable functions and bound
 * parameters replaced by their present values.
 */
static List *
constant_clauses(PlannerInfo *root, RelOptInfo *baserel, const TickDataset *dataset, List **others)
{
	List	   *constant = NIL;
	ListCell   *cell;

	*others = NIL;
	foreach(cell, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		Expr	   *clause = (Expr *) estimate_expression_value(root, (Node *) rinfo->clause);
		Index		relid = baserel->relid;

		if (!rinfo->pseudoconstant && TickQualIsTime(dataset, relid, clause) &&
			!has_parameter_walker((Node *) clause, &relid))
			constant = lappend(constant, clause);
		else
			*others = lappend(*others, rinfo);
	}
	return constant;
}

/* The filter of clauses with known constants. */
static TickFilter *
estimate_filter(const TickDataset *dataset, Index relid, List *clauses)
{
	ExprContext *econtext = CreateStandaloneExprContext();
	TickFilter *filter = TickQualBuild(TickQualPrepare(dataset, relid, clauses, NULL), econtext);

	FreeExprContext(econtext, true);
	return filter;
}

/* Totals over the partitions that the filter leaves, and the share of their time. */
static void
estimate_totals(TickPlanInfo *info, const TickFilter *filter)
{
	const TickDataset *dataset = info->dataset;
	TickSegmentQuery query = {.dataset = dataset->source,.number = -1};
	TickSegmentTotals *totals = &info->totals;
	int64		low,
				high;

	info->time_fraction = 1;
	if (!TickQualTimeRange(dataset, filter, &low, &high, &query.partition_low, &query.partition_high))
	{
		memset(totals, 0, sizeof(*totals));
		return;
	}
	TickCatalogTotals(&query, planning_snapshot(), totals);
	if (totals->rows == 0 || dataset->schema.time < 0)
		return;
	if (dataset->schema.column[dataset->schema.time].type == TICK_DATE)
	{
		totals->time_min /= TICK_NS_PER_DAY;
		totals->time_max /= TICK_NS_PER_DAY;
	}
	low = Max(low, totals->time_min);
	high = Min(high, totals->time_max);
	info->time_fraction = high < low ? 0 :
		((double) high - low + 1) / ((double) totals->time_max - totals->time_min + 1);
}

bool
TickEqualityFraction(RelOptInfo *baserel, const TickPlanInfo *info, Expr *clause,
					 double *rows, double *partitions)
{
	const TickDataset *dataset = info->dataset;
	int			values;
	const TickAttribute *attribute = TickQualEquality(dataset, baserel->relid, clause, &values);

	if (attribute == NULL)
		return false;
	*partitions = 1;
	if (attribute->column == dataset->schema.symbol)
	{
		*rows = Min(1, values / info->symbols);
		return true;
	}
	if (attribute->column != dataset->schema.time)
		return false;
	*partitions = Min(1, values / info->partitions);
	*rows = *partitions;
	if (attribute->kind != TICK_ATTRIBUTE_DATE)
		*rows = Min(*rows, values * info->symbols / Max(info->totals.rows, 1));
	return true;
}

static bool
has_statistics(Oid relid, AttrNumber attnum)
{
	return SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(attnum), BoolGetDatum(false));
}

/*
 * Rows that the scan looks at and rows that pass, of the totals.  Conditions
 * on the symbol and the time narrow both.
 */
static void
estimate_rows(PlannerInfo *root, RelOptInfo *baserel, Oid relid, TickPlanInfo *info, List *clauses)
{
	List	   *rest = NIL;
	ListCell   *cell;
	double		narrowed = info->time_fraction;
	double		passed = 1;

	foreach(cell, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		int			values;
		const TickAttribute *attribute = TickQualEquality(info->dataset, baserel->relid, rinfo->clause, &values);
		double		rows,
					partitions;

		if (attribute == NULL || (attribute->column != info->dataset->schema.symbol &&
								  attribute->column != info->dataset->schema.time))
			rest = lappend(rest, rinfo);
		else if (attribute->column == info->dataset->schema.symbol && has_statistics(relid, attribute->attnum))
			narrowed *= clause_selectivity(root, (Node *) rinfo, baserel->relid, JOIN_INNER, NULL);
		else if (TickEqualityFraction(baserel, info, rinfo->clause, &rows, &partitions))
			narrowed *= rows;
	}
	passed = clauselist_selectivity(root, rest, baserel->relid, JOIN_INNER, NULL);
	info->scanned = ceil(info->totals.rows * narrowed);
	info->rows = clamp_row_est(info->scanned * passed);
}

/* Which part of a row is read: columns given out and tested. */
static void
estimate_columns(RelOptInfo *baserel, TickPlanInfo *info)
{
	Bitmapset  *used = NULL;
	List	   *local = NIL;
	ListCell   *cell;
	int			stored = info->dataset->schema.columns - 1;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid, &used);
	foreach(cell, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		pull_varattnos((Node *) rinfo->clause, baserel->relid, &used);
		if (TickClausePushed(baserel, rinfo))
			info->tests++;
		else
			local = lappend(local, rinfo);
	}
	info->columns = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used) ? stored : bms_num_members(used);
	info->column_fraction = stored > 0 ? Min(1.0, (double) info->columns / stored) : 1;
	cost_qual_eval(&info->local_cost, local, NULL);
}

void
TickGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid relid)
{
	TickPlanInfo *info = palloc0(sizeof(TickPlanInfo));
	Relation	relation = table_open(relid, NoLock);
	List	   *others;
	List	   *constant;

	baserel->fdw_private = info;
	info->dataset = TickDatasetOpen(relation, planning_snapshot());
	/* estimates tell of the source too */
	TickDatasetCheckSource(info->dataset);
	table_close(relation, NoLock);
	constant = constant_clauses(root, baserel, info->dataset, &others);
	estimate_totals(info, estimate_filter(info->dataset, baserel->relid, constant));
	info->symbols = Max(info->totals.symbols, 1);
	info->partitions = Max(info->totals.partitions, 1);
	baserel->pages = info->totals.bytes / BLCKSZ + 1;
	baserel->tuples = Max(baserel->tuples, info->totals.rows);
	estimate_columns(baserel, info);
	estimate_rows(root, baserel, relid, info, others);
	/* for the width and the cost of conditions; its rows are not ours */
	set_baserel_size_estimates(root, baserel);
	baserel->rows = info->rows;
}

void
TickEstimateCost(const TickPlanInfo *info, double scanned, double rows, double partition_fraction,
				 TickScanOrder order, bool one_symbol, Cost *startup, Cost *total)
{
	double		segments = ceil(info->totals.segments * partition_fraction);
	double		share = info->totals.rows > 0 ? Min(1, scanned / info->totals.rows) : 0;
	double		pages = info->totals.bytes / BLCKSZ * info->column_fraction * share;
	double		opening = segments * SEGMENT_PAGES * seq_page_cost;
	/* rows that reach the conditions which are left to the executor */
	double		given = Max(rows, info->local_cost.per_tuple > 0 ? scanned / (1 + info->tests) : rows);
	Cost		run;

	run = pages * seq_page_cost +
		scanned * (info->columns + info->tests) * VALUE_OPERATORS * cpu_operator_cost +
		given * (ROW_TUPLES * cpu_tuple_cost + info->local_cost.per_tuple);
	*startup = info->local_cost.startup;
	if (order == TICK_ORDER_NONE)
		run += opening;
	else
	{
		/* symbols are merged over all segments; one symbol's segments follow each other */
		if (one_symbol)
			run += opening;
		else
			*startup += opening;
		run += scanned * VALUE_OPERATORS * cpu_operator_cost;
	}
	*total = *startup + run;
}

/* Attribute numbers that the scan gives out: all for a whole row. */
static List *
attributes_used(RelOptInfo *baserel, const TickDataset *dataset, List *local)
{
	Bitmapset  *used = NULL;
	List	   *attributes = NIL;
	bool		all;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid, &used);
	pull_varattnos((Node *) local, baserel->relid, &used);
	all = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
	for (int i = 0; i < dataset->attributes; i++)
		if (dataset->attribute[i].kind != TICK_ATTRIBUTE_DROPPED &&
			(all || bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, used)))
			attributes = lappend_int(attributes, i + 1);
	return attributes;
}

ForeignScan *
TickGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid relid, ForeignPath *best_path,
				   List *tlist, List *scan_clauses, Plan *outer_plan)
{
	TickPlanInfo *info = baserel->fdw_private;
	List	   *pushed = NIL;
	List	   *local = NIL;
	int			order;
	int			sort;
	List	   *attributes;
	ListCell   *cell;

	if (IS_UPPER_REL(baserel))
		return TickAggPlan(root, baserel, best_path, tlist);
	order = best_path->fdw_private != NIL ? intVal(linitial(best_path->fdw_private)) : TICK_ORDER_NONE;
	sort = list_length(best_path->fdw_private) > 1 ? intVal(lsecond(best_path->fdw_private)) : 0;
	foreach(cell, scan_clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		if (rinfo->pseudoconstant)
			continue;
		if (TickClausePushed(baserel, rinfo))
			pushed = lappend(pushed, rinfo->clause);
		else
			local = lappend(local, rinfo->clause);
	}
	attributes = attributes_used(baserel, info->dataset, local);
	if (sort > 0)
		attributes = list_append_unique_int(attributes, sort);
	return make_foreignscan(tlist, local, baserel->relid, pushed,
							list_make3(makeInteger(order), attributes, makeInteger(sort)),
							NIL, pushed, outer_plan);
}
