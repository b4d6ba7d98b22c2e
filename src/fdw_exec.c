/*-------------------------------------------------------------------------
 *
 * fdw_exec.c
 *	  Execution of a scan of a dataset.
 *
 * What is scanned is decided when the first row is asked for, with the
 * query's own snapshot: the version, the segments, the values of parameters.
 * A plan that was cached before a load, or before tick.as_of was set, is
 * right afterwards.  A rescan evaluates the parameters again and chooses from
 * the segments that were listed before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "agg.h"
#include "catalog.h"
#include "compat.h"
#include "fdw.h"
#include "fdw_fill.h"
#include "fdw_sort.h"
#include "qual.h"
#include "scan.h"
#include "version.h"

/*
 * TickForeignScan: ForeignScanState.fdw_state.
 */
typedef struct TickForeignScan
{
	TickDataset *dataset;
	TickScanOrder order;
	TickQual   *qual;			/* the pushed conditions */
	TickQual   *fixed;			/* those whose constants never change between rescans; NULL: all of them */
	TickQualSeek *seek;			/* the others, when all they do is seek; or NULL */
	bool		seeking;		/* the scan is set up for it */
	bool		found;			/* the seek at hand may find rows */
	uint64		serial;			/* of the seek's batch that fill holds, or 0 */
	TickFill   *fill;
	bool	   *columns;		/* that the scan gives out */
	int64		version;
	TickDatasetScan *scan;		/* NULL until the first row is asked for */
	MemoryContext filter_context;	/* reset at each start */
	bool		started;
	uint64		row;			/* next one of fill's rows ... */
	uint64		end;			/* ... before this one */
	/* rows by another column than the time */
	AttrNumber	sort_attribute; /* or 0 */
	bool		ascends;		/* they came so the last time */
	Tuplesortstate *sort;		/* NULL unless they did not */
	TupleTableSlot *sorted;
} TickForeignScan;

/* Is it a scan that gives out groups instead of rows? */
static bool
is_aggregation(const ForeignScanState *node)
{
	return ((ForeignScan *) node->ss.ps.plan)->scan.scanrelid == 0;
}

/* Does the expression use a parameter that the executor sets while it runs? */
static bool
changes_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		return true;
	return expression_tree_walker(node, changes_walker, context);
}

/* Divide the conditions into those that are the same at each rescan and, if that is possible, those that seek. */
static void
divide_conditions(ForeignScanState *node, TickForeignScan *state, List *clauses)
{
	Index		relid = ((ForeignScan *) node->ss.ps.plan)->scan.scanrelid;
	List	   *fixed = NIL;
	List	   *changing = NIL;
	ListCell   *cell;

	foreach(cell, clauses)
		if (changes_walker(lfirst(cell), NULL))
			changing = lappend(changing, lfirst(cell));
		else
			fixed = lappend(fixed, lfirst(cell));
	if (changing == NIL)
		return;
	state->fixed = TickQualPrepare(state->dataset, relid, fixed, &node->ss.ps);
	if (state->order != TICK_ORDER_NONE && state->sort_attribute == 0)
		state->seek = TickQualSeekOf(TickQualPrepare(state->dataset, relid, changing, &node->ss.ps));
}

void
TickBeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TickForeignScan *state;

	if (is_aggregation(node))
	{
		TickAggBegin(node, eflags);
		return;
	}
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state = palloc0(sizeof(TickForeignScan));
	node->fdw_state = state;
	state->dataset = TickDatasetOpen(node->ss.ss_currentRelation, node->ss.ps.state->es_snapshot);
	state->order = intVal(list_nth(plan->fdw_private, TICK_PLAN_ORDER));
	state->qual = TickQualPrepare(state->dataset, plan->scan.scanrelid, plan->fdw_exprs, &node->ss.ps);
	state->sort_attribute = (AttrNumber) intVal(list_nth(plan->fdw_private, TICK_PLAN_SORT));
	divide_conditions(node, state, plan->fdw_exprs);
	state->fill = TickFillCreate(state->dataset, list_nth(plan->fdw_private, TICK_PLAN_ATTRIBUTES), &state->columns);
	state->filter_context = AllocSetContextCreate(CurrentMemoryContext, "tick filter", ALLOCSET_DEFAULT_SIZES);
}

/* Columns that are never given out read as null. */
static void
clear_slot(TupleTableSlot *slot)
{
	memset(slot->tts_values, 0, slot->tts_tupleDescriptor->natts * sizeof(Datum));
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
}

/* Fix the version and make the scan. */
static void
open_scan(ForeignScanState *node, TickForeignScan *state)
{
	EState	   *estate = node->ss.ps.state;
	TickScanOptions options = {.dataset = state->dataset,.columns = state->columns,.order = state->order};
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);

	TickDatasetCheckSource(state->dataset);
	TickDatasetCheckLayout(state->dataset, estate->es_snapshot);
	options.snapshot = estate->es_snapshot;
	options.version = state->version = TickVersionForScan(state->dataset->source, state->dataset->dataview_as_of,
														  estate->es_snapshot);
	state->scan = TickDatasetScanBegin(&options);
	MemoryContextSwitchTo(old);
	clear_slot(node->ss.ss_ScanTupleSlot);
}

/* Evaluate the conditions' constants and start the scan, or start it again. */
static void
start_scan(ForeignScanState *node, TickForeignScan *state)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	MemoryContext old;
	TickFilter *filter = NULL;
	TickFilter *widest = NULL;

	if (state->scan == NULL)
		open_scan(node, state);
	MemoryContextReset(state->filter_context);
	old = MemoryContextSwitchTo(state->filter_context);
	if (state->qual->nodes != NIL)
		filter = TickQualBuild(state->qual, econtext);
	if (state->fixed != NULL)
		widest = TickQualBuild(state->fixed, econtext);
	MemoryContextSwitchTo(old);
	TickDatasetScanStart(state->scan, filter, widest);
	state->started = true;
	state->row = state->end = 0;
}

/* Set the scan up for seeks, once; when it cannot seek, each start is an ordinary one. */
static bool
begin_seeking(ForeignScanState *node, TickForeignScan *state)
{
	MemoryContext old;
	TickFilter *filter;

	if (state->scan == NULL)
		open_scan(node, state);
	MemoryContextReset(state->filter_context);
	old = MemoryContextSwitchTo(state->filter_context);
	filter = TickQualBuild(state->fixed, node->ss.ps.ps_ExprContext);
	MemoryContextSwitchTo(old);
	TickDatasetScanStart(state->scan, filter, NULL);
	state->seeking = TickDatasetSeekBegin(state->scan, state->seek->symbol != NULL);
	if (!state->seeking)
		state->seek = NULL;
	return state->seeking;
}

/* Start a scan all of whose changing conditions say where to seek; false when it cannot. */
static bool
start_seek(ForeignScanState *node, TickForeignScan *state)
{
	TickString	symbol;
	int64		low,
				high;

	if (state->seek == NULL || (!state->seeking && !begin_seeking(node, state)))
		return false;
	state->started = true;
	state->row = state->end = 0;
	state->found = TickQualSeekValues(state->seek, node->ss.ps.ps_ExprContext, &symbol, &low, &high) &&
		TickDatasetSeek(state->scan, state->seek->symbol != NULL ? &symbol : NULL, low, high);
	return true;
}

/* Get the next rows of a seek, which mostly are in the batch at hand; false at the end. */
static bool
next_sought(TickForeignScan *state)
{
	TickSeekBatch batch;

	if (!state->found || !TickDatasetSeekNext(state->scan, &batch))
		return false;
	if (batch.serial != state->serial)
		TickFillBatch(state->fill, state->scan, &batch.batch);
	state->serial = batch.serial;
	state->row = batch.skip;
	state->end = batch.skip + batch.rows;
	return true;
}

/* Get the next rows; false at the end. */
static bool
next_batch(TickForeignScan *state)
{
	TickScanBatch batch;

	if (state->seeking)
		return next_sought(state);
	state->row = state->end = 0;
	if (!TickDatasetScanNext(state->scan, &batch))
		return false;
	TickFillBatch(state->fill, state->scan, &batch);
	state->end = state->fill->rows;
	return true;
}

/* Store the next row of the scan; the slot stays empty at the end. */
static TupleTableSlot *
next_row(TickForeignScan *state, TupleTableSlot *slot)
{
	TickFill   *fill = state->fill;
	uint64		row;

	ExecClearTuple(slot);
	if (state->row >= state->end && !next_batch(state))
		return slot;
	row = state->row++;
	for (int i = 0; i < fill->columns; i++)
	{
		const TickFillColumn *column = &fill->column[i];
		uint64		at = column->constant ? 0 : row;

		slot->tts_values[column->place] = column->values[at];
		slot->tts_isnull[column->place] = column->has_nulls && column->nulls[at];
	}
	return ExecStoreVirtualTuple(slot);
}

static void
end_sort(TickForeignScan *state)
{
	if (state->sort == NULL)
		return;
	ExecClearTuple(state->sorted);
	tuplesort_end(state->sort);
	state->sort = NULL;
}

/* See whether rows come in the order that the plan relies on, and sort them when not. */
static void
provide_order(ForeignScanState *node, TickForeignScan *state)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	TupleDesc	descriptor = slot->tts_tupleDescriptor;
	MemoryContext old;

	state->ascends = TickScanAscends(state->scan, state->dataset->attribute[state->sort_attribute - 1].column);
	TickDatasetScanRewind(state->scan);
	if (state->ascends)
		return;
	old = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	if (state->sorted == NULL)
		state->sorted = ExecInitExtraTupleSlot(node->ss.ps.state, descriptor, &TTSOpsMinimalTuple);
	state->sort = TickSortBegin(descriptor, state->sort_attribute);
	MemoryContextSwitchTo(old);
	for (slot = next_row(state, slot); !TTS_EMPTY(slot); slot = next_row(state, slot))
		tuplesort_puttupleslot(state->sort, slot);
	tuplesort_performsort(state->sort);
	/* columns that are not given out are null in sorted rows too */
	ExecClearTuple(slot);
}

TupleTableSlot *
TickIterateForeignScan(ForeignScanState *node)
{
	TickForeignScan *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	if (is_aggregation(node))
		return TickAggIterate(node);
	if (!state->started && !start_seek(node, state))
	{
		start_scan(node, state);
		if (state->sort_attribute > 0)
			provide_order(node, state);
	}
	if (state->sort == NULL)
		return next_row(state, slot);
	ExecClearTuple(slot);
	(void) TickSortNext(state->sort, state->sorted, slot);
	return slot;
}

void
TickReScanForeignScan(ForeignScanState *node)
{
	TickForeignScan *state = node->fdw_state;

	if (is_aggregation(node))
	{
		TickAggReScan(node);
		return;
	}
	end_sort(state);
	state->started = false;
	state->row = state->end = 0;
}

void
TickEndForeignScan(ForeignScanState *node)
{
	TickForeignScan *state = node->fdw_state;

	if (is_aggregation(node))
	{
		TickAggEnd(node);
		return;
	}
	if (state == NULL)
		return;
	end_sort(state);
	if (state->scan != NULL)
		TickDatasetScanEnd(state->scan);
}

/* ---- EXPLAIN ---- */

/* "n of m", or n alone when m is not known to be larger. */
static void
explain_of(const char *name, int64 chosen, int64 all, ExplainState *es)
{
	if (es->format != EXPLAIN_FORMAT_TEXT)
	{
		char	   *total = psprintf("%s in All", name);

		ExplainPropertyInteger(name, NULL, chosen, es);
		ExplainPropertyInteger(total, NULL, all, es);
		return;
	}
	ExplainPropertyText(name, psprintf(INT64_FORMAT " of " INT64_FORMAT, chosen, all), es);
}

static void
explain_filter(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	List	   *context;

	if (plan->fdw_exprs == NIL)
		return;
	context = set_deparse_context_plan(es->deparse_cxt, (Plan *) plan, NIL);
	ExplainPropertyText("Tick Filter",
						deparse_expression((Node *) make_ands_explicit(plan->fdw_exprs), context,
										   TickExplainPrefix(es), false), es);
}

/* The column that rows ascend by, and whether they had to be sorted for it. */
static void
explain_sort(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TickForeignScan *state = node->fdw_state;
	int			attnum = intVal(list_nth(plan->fdw_private, TICK_PLAN_SORT));
	const char *name = NameStr(TupleDescAttr(RelationGetDescr(node->ss.ss_currentRelation), attnum - 1)->attname);

	if (es->analyze && state != NULL && state->scan != NULL)
		name = psprintf("%s (%s)", name, state->ascends ? "as stored" : "sorted");
	ExplainPropertyText("Order", name, es);
}

/* What a scan that ran has done. */
static void
explain_counters(TickForeignScan *state, Snapshot snapshot, ExplainState *es)
{
	TickSegmentQuery query = {.dataset = state->dataset->source,.number = state->version,
	.partition_low = PG_INT32_MIN,.partition_high = PG_INT32_MAX};
	TickSegmentTotals totals;
	TickScanCounters counters;

	TickDatasetScanCounters(state->scan, &counters);
	TickCatalogTotals(&query, snapshot, &totals);
	if (state->version != TICK_VERSION_PRESENT)
		ExplainPropertyInteger("Version", NULL, state->version, es);
	if (counters.seeks > 0)
		ExplainPropertyInteger("Seeks", NULL, counters.seeks, es);
	explain_of("Partitions", counters.partitions, totals.partitions * counters.starts, es);
	explain_of("Segments", counters.segments, totals.segments * counters.starts, es);
	if (counters.symbols > 0)
		ExplainPropertyInteger("Symbol Ranges", NULL, counters.symbols, es);
	ExplainPropertyInteger("Row Groups Read", NULL, counters.cursor.row_groups, es);
	ExplainPropertyInteger("Row Groups Skipped", NULL, counters.cursor.row_groups_pruned, es);
	ExplainPropertyInteger("Chunks Read", NULL, counters.cursor.chunks, es);
	ExplainPropertyInteger("Rows Scanned", NULL, counters.rows_scanned, es);
}

void
TickExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TickForeignScan *state = node->fdw_state;
	int			order;

	if (is_aggregation(node))
	{
		TickAggExplain(node, es);
		return;
	}
	order = intVal(list_nth(plan->fdw_private, TICK_PLAN_ORDER));
	explain_filter(node, es);
	if (intVal(list_nth(plan->fdw_private, TICK_PLAN_SORT)) > 0)
		explain_sort(node, es);
	else if (order != TICK_ORDER_NONE)
		ExplainPropertyText("Order", order == TICK_ORDER_FORWARD ? "symbol, time" : "symbol, time, backward", es);
	if (es->analyze && state != NULL && state->scan != NULL)
		explain_counters(state, node->ss.ps.state->es_snapshot, es);
}
