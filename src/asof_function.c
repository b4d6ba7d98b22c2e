/*-------------------------------------------------------------------------
 *
 * asof_function.c
 *	  tick_asof(): one symbol's last row at or before a moment.
 *
 * It is called for each row of a join, so the scan lives from call to call,
 * as long as the query: its segments stay open, and the next moment is looked
 * for where the last one was found (scan_seek.c).  The version is fixed at
 * the first call, as a scan of the table fixes it when it begins.
 *
 * The scan's memory hangs off the top, for it must be there when the query's
 * context goes and its callback lets go of the segments.  A scan that an error
 * interrupted is not walked again: its pins end with the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "common/int.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/execnodes.h"
#include "parser/parse_type.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "access.h"
#include "convert.h"
#include "dataset_derived.h"
#include "moment.h"
#include "qual.h"
#include "scan.h"

PG_FUNCTION_INFO_V1(tick_asof);

/* What was begun under one snapshot. */
typedef struct Asof
{
	MemoryContext context;		/* of all of it */
	Snapshot	snapshot;		/* the query's, which keeps it */
	uint64		completion;		/* which tell it from another one in its place */
	CommandId	command;
	TickDataset *dataset;
	TupleDesc	descriptor;
	TickDatasetScan *scan;
	bool		seeking;		/* else each call starts the scan anew */
	bool		busy;			/* still set: an error left the scan */
	Datum	   *values;
	bool	   *nulls;
	int			zone_hint;
} Asof;

/* FmgrInfo.fn_extra */
typedef struct AsofCall
{
	MemoryContextCallback callback;
	Asof	   *asof;			/* or NULL */
} AsofCall;

/* ---- from call to call ---- */

static void
end_asof(void *arg)
{
	AsofCall   *call = arg;
	Asof	   *asof = call->asof;

	call->asof = NULL;
	if (asof == NULL)
		return;
	if (!asof->busy)
		TickDatasetScanEnd(asof->scan);
	MemoryContextDelete(asof->context);
}

/* Describe the dataset and fix its version, with the caller's rights; the lock stays. */
static int64
describe(Asof *asof, Oid relid)
{
	TickReading reading;

	TickReadingBegin(&reading, relid);
	asof->dataset = reading.dataset;
	asof->descriptor = CreateTupleDescCopy(RelationGetDescr(reading.relation));
	TickReadingEnd(&reading);
	if (asof->dataset->schema.time < 0 || asof->dataset->schema.symbol < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("dataset \"%s\" lacks a column with the role symbol or time", asof->dataset->name)));
	return reading.number;
}

/* Begin a scan of all columns, backward, in the current memory context. */
static void
begin_scan(Asof *asof, int64 version)
{
	const TickDataset *dataset = asof->dataset;
	bool	   *columns = palloc0(sizeof(bool) * dataset->schema.columns);
	TickScanOptions options = {.dataset = dataset,.snapshot = asof->snapshot,.version = version,
	.columns = columns,.order = TICK_ORDER_BACKWARD};

	for (int a = 0; a < dataset->attributes; a++)
		if (dataset->attribute[a].kind != TICK_ATTRIBUTE_DROPPED && dataset->attribute[a].column >= 0)
			columns[dataset->attribute[a].column] = true;
	asof->values = palloc0(sizeof(Datum) * dataset->attributes);
	asof->nulls = palloc0(sizeof(bool) * dataset->attributes);
	asof->scan = TickDatasetScanBegin(&options);
	TickDatasetScanStart(asof->scan, NULL, NULL);
	asof->seeking = TickDatasetSeekBegin(asof->scan, true);
}

static Asof *
begin_asof(FunctionCallInfo fcinfo)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick asof", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Asof	   *asof = palloc0(sizeof(Asof));

	asof->context = context;
	asof->snapshot = GetActiveSnapshot();
	asof->completion = asof->snapshot->snapXactCompletionCount;
	asof->command = asof->snapshot->curcid;
	begin_scan(asof, describe(asof, TickRowTypeRelation(fcinfo, "tick_asof")));
	MemoryContextSwitchTo(old);
	/* an error until here frees it with the query */
	MemoryContextSetParent(context, TopMemoryContext);
	return asof;
}

/* What was begun by an earlier call under this snapshot, or a new one. */
static Asof *
asof_of_call(FunctionCallInfo fcinfo)
{
	AsofCall   *call = fcinfo->flinfo->fn_extra;
	Snapshot	snapshot = GetActiveSnapshot();

	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(AsofCall));
		call->callback.func = end_asof;
		call->callback.arg = call;
		MemoryContextRegisterResetCallback(fcinfo->flinfo->fn_mcxt, &call->callback);
		fcinfo->flinfo->fn_extra = call;
	}
	if (call->asof != NULL &&
		(call->asof->snapshot != snapshot || call->asof->completion != snapshot->snapXactCompletionCount ||
		 call->asof->command != snapshot->curcid))
		end_asof(call);
	if (call->asof == NULL)
		call->asof = begin_asof(fcinfo);
	return call->asof;
}

/* ---- one row ---- */

/* Stored times that may match, from arguments 2 to 4; false when none may. */
static bool
time_bounds(FunctionCallInfo fcinfo, const TickDataset *dataset, int64 *low, int64 *high)
{
	bool		strict = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	int64		first,
				last,
				tolerance;

	if (!TickMomentArgument(fcinfo, 2, dataset, &first, &last))
		return false;
	*low = PG_INT64_MIN;
	*high = last;
	/* nothing is stored at the very ends, which stand for infinity */
	if (strict && last != PG_INT64_MAX && pg_sub_s64_overflow(first, 1, high))
		return false;
	if (PG_ARGISNULL(3))
		return true;
	tolerance = TickDerivedSpan(dataset, PG_GETARG_INTERVAL_P(3), "tolerance");
	if (tolerance < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("tolerance must not be negative")));
	if (pg_sub_s64_overflow(first, tolerance, low))
		*low = PG_INT64_MIN;
	return true;
}

/* A condition on a column of the schema. */
static TickFilter *
compare_filter(const TickDataset *dataset, int column, TickCompare compare)
{
	TickFilter *filter = TickFilterMake(TICK_FILTER_COMPARE, column, dataset->schema.column[column].type, 1);

	filter->compare = compare;
	return filter;
}

/* Start the scan anew for what cannot be sought: times that are dates. */
static bool
start_and_find(Asof *asof, TickString symbol, int64 low, int64 high, uint32 *at)
{
	const TickSchema *schema = &asof->dataset->schema;
	TickFilter *filter = TickFilterMake(TICK_FILTER_AND, 0, TICK_TEXT, 0);
	uint16		places[TICK_BATCH_ROWS];
	TickScanBatch batch;

	filter->children = 3;
	filter->child = palloc(sizeof(TickFilter *) * filter->children);
	filter->child[0] = compare_filter(asof->dataset, schema->symbol, TICK_EQ);
	filter->child[0]->value->text = symbol;
	filter->child[1] = compare_filter(asof->dataset, schema->time, TICK_GE);
	filter->child[1]->value->i64 = low;
	filter->child[2] = compare_filter(asof->dataset, schema->time, TICK_LE);
	filter->child[2]->value->i64 = high;
	TickDatasetScanStart(asof->scan, filter, NULL);
	if (!TickDatasetScanNext(asof->scan, &batch))
		return false;
	(void) TickScanPlaces(&batch, places);
	*at = places[0];
	return true;
}

/* Place of the last row within the times in the scan's batch; false when there is none. */
static bool
find_row(Asof *asof, TickString symbol, int64 low, int64 high, uint32 *at)
{
	TickSeekBatch sought;

	if (!asof->seeking)
		return start_and_find(asof, symbol, low, high, at);
	if (!TickDatasetSeek(asof->scan, &symbol, low, high) || !TickDatasetSeekNext(asof->scan, &sought))
		return false;
	/* there are no conditions, so all rows of the batch pass */
	*at = sought.batch.first + sought.batch.span - 1 - sought.skip;
	return true;
}

/* The batch's row as a value of the row type. */
static Datum
make_row(Asof *asof, uint32 at)
{
	const TickDataset *dataset = asof->dataset;

	for (int a = 0; a < dataset->attributes; a++)
	{
		const TickAttribute *attribute = &dataset->attribute[a];
		const TickVector *vector;

		asof->nulls[a] = true;
		if (attribute->kind == TICK_ATTRIBUTE_DROPPED || attribute->column < 0)
			continue;
		vector = TickDatasetScanColumn(asof->scan, attribute->column);
		if (!tick_vector_present(vector, at))
			continue;
		asof->nulls[a] = false;
		asof->values[a] = TickToDatum(dataset, attribute, vector, at, &asof->zone_hint);
	}
	return HeapTupleGetDatum(heap_form_tuple(asof->descriptor, asof->values, asof->nulls));
}

/* One row is all that a call gives, so that it is not called again for an end. */
Datum
tick_asof(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		row = (Datum) 0;
	bool		found;
	text	   *symbol;
	Asof	   *asof;
	int64		low,
				high;
	uint32		at;

	if (result == NULL || !IsA(result, ReturnSetInfo) || (result->allowedModes & SFRM_ValuePerCall) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	asof = asof_of_call(fcinfo);
	result->isDone = ExprEndResult;
	if (PG_ARGISNULL(1) || !time_bounds(fcinfo, asof->dataset, &low, &high))
		PG_RETURN_NULL();
	symbol = PG_GETARG_TEXT_PP(1);
	asof->busy = true;
	found = find_row(asof, (TickString) {VARDATA_ANY(symbol), VARSIZE_ANY_EXHDR(symbol)}, low, high, &at);
	if (found)
		row = make_row(asof, at);
	asof->busy = false;
	if (!found)
		PG_RETURN_NULL();
	result->isDone = ExprSingleResult;
	PG_RETURN_DATUM(row);
}
