/*-------------------------------------------------------------------------
 *
 * fetch.c
 *	  tick_fetch(): one symbol's rows between two moments, in time order.
 *
 * Bounds are inclusive.  session_from and session_to keep the rows whose
 * local time of day lies between them (also over midnight); digits rounds
 * double precision columns, for files whose prices carry binary noise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

#include "access.h"
#include "convert.h"
#include "core/cursor.h"
#include "core/value.h"
#include "moment.h"
#include "tick.h"

/* Numbers below have at most 15 digits, which is what becomes numeric of a double. */
#define MOST_DIGITS INT64CONST(1000000000000000)

PG_FUNCTION_INFO_V1(tick_fetch);

typedef struct Fetch
{
	TickReading reading;
	TickFilterValue symbol;
	int64		time_low;
	int64		time_high;
	bool		has_session;
	int64		session_from;	/* ns since midnight, inclusive */
	int64		session_to;
	int			digits;			/* -1: as stored */
	ReturnSetInfo *result;
	MemoryContext row_context;
	int			zone_hint;
	/* of each attribute: the batch's column, or NULL; and a row */
	const TickVector **vector;
	Datum	   *values;
	bool	   *nulls;
} Fetch;

/* Is the local time of day within the session? */
static bool
in_session(Fetch *fetch, int64 stamp)
{
	const TickDataset *dataset = fetch->reading.dataset;
	int64		local;
	int64		time;

	if (!fetch->has_session)
		return true;
	local = dataset->zone != NULL ? tick_zone_to_local(dataset->zone, stamp, &fetch->zone_hint) : stamp;
	time = local % TICK_NS_PER_DAY;
	if (time < 0)
		time += TICK_NS_PER_DAY;
	if (fetch->session_from <= fetch->session_to)
		return time >= fetch->session_from && time <= fetch->session_to;
	return time >= fetch->session_from || time <= fetch->session_to;
}

/*
 * A double rounded to digits decimals, as round(numeric) does: half away from
 * zero, of the value's first 15 digits.  A decimal that has no more is rounded
 * without a numeric.
 */
static Datum
round_double(Datum value, int digits)
{
	double		number = DatumGetFloat8(value);
	Datum		rounded;
	int64		mantissa;
	uint8		scale;

	if (isnan(number) || isinf(number))
		return value;
	if (tick_double_to_decimal(number, &mantissa, &scale) &&
		mantissa < MOST_DIGITS && mantissa > -MOST_DIGITS)
	{
		int64		step;

		if (scale <= digits)
			return value;
		step = tick_power_of_ten[scale - digits];
		mantissa = (mantissa + (mantissa < 0 ? -step / 2 : step / 2)) / step;
		return Float8GetDatum((double) mantissa / (double) tick_power_of_ten[digits]);
	}
	rounded = DirectFunctionCall2(numeric_round, DirectFunctionCall1(float8_numeric, value), Int32GetDatum(digits));
	return DirectFunctionCall1(numeric_float8, rounded);
}

/* Append row i of the batch whose columns are at hand to the result. */
static void
emit_row(Fetch *fetch, uint32_t i)
{
	const TickDataset *dataset = fetch->reading.dataset;
	MemoryContext old = MemoryContextSwitchTo(fetch->row_context);

	for (int a = 0; a < dataset->attributes; a++)
	{
		const TickAttribute *attribute = &dataset->attribute[a];
		const TickVector *vector = fetch->vector[a];

		fetch->nulls[a] = vector == NULL || !tick_vector_present(vector, i);
		fetch->values[a] = (Datum) 0;
		if (fetch->nulls[a])
			continue;
		fetch->values[a] = TickToDatum(dataset, attribute, vector, i, &fetch->zone_hint);
		if (fetch->digits >= 0 && attribute->type == FLOAT8OID)
			fetch->values[a] = round_double(fetch->values[a], fetch->digits);
	}
	tuplestore_putvalues(fetch->result->setResult, fetch->result->setDesc, fetch->values, fetch->nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(fetch->row_context);
}

/* Have the columns of a slice's batch. */
static void
load_columns(Fetch *fetch, TickCursor *cursor)
{
	const TickDataset *dataset = fetch->reading.dataset;
	TickError	error;

	for (int a = 0; a < dataset->attributes; a++)
	{
		const TickAttribute *attribute = &dataset->attribute[a];

		fetch->vector[a] = NULL;
		if (attribute->kind != TICK_ATTRIBUTE_DROPPED && attribute->column >= 0)
			TickCheck(tick_cursor_column(cursor, attribute->column, &fetch->vector[a], &error), &error);
	}
}

/* Emit the rows of a slice that lie within the bounds. */
static void
emit_slice(Fetch *fetch, const TickSlice *slice)
{
	const TickVector *time;
	TickError	error;
	bool		loaded = false;

	TickCheck(tick_cursor_column(slice->cursor, fetch->reading.dataset->schema.time, &time, &error), &error);
	for (uint32_t i = slice->first; i < slice->first + slice->rows; i++)
	{
		if (time->i64[i] < fetch->time_low || time->i64[i] > fetch->time_high || !in_session(fetch, time->i64[i]))
			continue;
		if (!loaded)
			load_columns(fetch, slice->cursor);
		loaded = true;
		emit_row(fetch, i);
	}
}

static void
run_fetch(Fetch *fetch)
{
	const TickSchema *schema = &fetch->reading.dataset->schema;
	TickMergeOptions options = {.wanted = schema->column,.wanted_columns = schema->columns,.time = schema->time,
		.symbols = &fetch->symbol,.symbol_count = 1,
		.time_low = fetch->time_low,.time_high = fetch->time_high};
	int32		partition_low,
				partition_high;
	TickMerge  *merge;
	TickSlice	slice;
	TickStatus	status;
	TickError	error;

	if (fetch->time_low > fetch->time_high)
		return;
	TickDatasetPartitions(fetch->reading.dataset, fetch->time_low, fetch->time_high, &partition_low, &partition_high);
	fetch->reading.symbols = &fetch->symbol;
	fetch->reading.symbol_count = 1;
	TickReadingSegments(&fetch->reading, partition_low, partition_high);
	if (fetch->reading.segments == 0)
		return;
	TickCheck(tick_merge_create(&merge, TickMemoryFor(CurrentMemoryContext), fetch->reading.reader,
								fetch->reading.segments, &options, &error), &error);
	while ((status = tick_merge_next(merge, &slice, &error)) == TICK_OK)
	{
		CHECK_FOR_INTERRUPTS();
		emit_slice(fetch, &slice);
	}
	if (status != TICK_END)
		TickRaise(&error);
	tick_merge_free(merge);
}

/* Session times and digits, arguments 4 to 6. */
static void
read_options(FunctionCallInfo fcinfo, Fetch *fetch)
{
	fetch->has_session = !PG_ARGISNULL(4) || !PG_ARGISNULL(5);
	fetch->session_from = PG_ARGISNULL(4) ? 0 : PG_GETARG_TIMEADT(4) * 1000;
	fetch->session_to = PG_ARGISNULL(5) ? TICK_NS_PER_DAY : PG_GETARG_TIMEADT(5) * 1000 + 999;
	fetch->digits = PG_ARGISNULL(6) ? -1 : PG_GETARG_INT32(6);
	if (fetch->digits > 30 || (!PG_ARGISNULL(6) && fetch->digits < 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("digits must be between 0 and 30")));
}

Datum
tick_fetch(PG_FUNCTION_ARGS)
{
	Fetch		fetch = {0};
	int64		ignored;
	text	   *symbol;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	fetch.result = (ReturnSetInfo *) fcinfo->resultinfo;
	TickReadingBegin(&fetch.reading, TickRowTypeRelation(fcinfo, "tick_fetch"));
	if (fetch.reading.dataset->schema.time < 0 || fetch.reading.dataset->schema.symbol < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("dataset \"%s\" lacks a column with the role symbol or time", fetch.reading.dataset->name)));
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("symbol must not be null")));
	symbol = PG_GETARG_TEXT_PP(1);
	fetch.symbol.text.data = VARDATA_ANY(symbol);
	fetch.symbol.text.length = VARSIZE_ANY_EXHDR(symbol);
	fetch.time_low = PG_INT64_MIN;
	fetch.time_high = PG_INT64_MAX;
	(void) TickMomentArgument(fcinfo, 2, fetch.reading.dataset, &fetch.time_low, &ignored);
	(void) TickMomentArgument(fcinfo, 3, fetch.reading.dataset, &ignored, &fetch.time_high);
	read_options(fcinfo, &fetch);
	fetch.row_context = AllocSetContextCreate(CurrentMemoryContext, "tick fetch row", ALLOCSET_DEFAULT_SIZES);
	fetch.vector = palloc0(sizeof(TickVector *) * (fetch.reading.dataset->attributes + 1));
	fetch.values = palloc0(sizeof(Datum) * (fetch.reading.dataset->attributes + 1));
	fetch.nulls = palloc0(sizeof(bool) * (fetch.reading.dataset->attributes + 1));
	run_fetch(&fetch);
	TickReadingEnd(&fetch.reading);
	return (Datum) 0;
}
