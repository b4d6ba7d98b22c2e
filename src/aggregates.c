/*-------------------------------------------------------------------------
 *
 * aggregates.c
 *	  tick_first, tick_last and tick_vwap as the executor runs them.
 *
 * tick_first(value, ts) is the value of the row with the least ts, the first
 * of equals in the order rows come; tick_last the value with the greatest,
 * the last of equals.  Rows whose value or ts is null do not count, as with
 * first and last over quotes where one side is empty.
 *
 * tick_vwap(price, size) is sum(price * size) / sum(size) over rows where
 * neither is null; null when the sizes add up to zero.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

#include "core/sum.h"

PG_FUNCTION_INFO_V1(tick_first_step);
PG_FUNCTION_INFO_V1(tick_last_step);
PG_FUNCTION_INFO_V1(tick_first_last_final);
PG_FUNCTION_INFO_V1(tick_vwap_float_step);
PG_FUNCTION_INFO_V1(tick_vwap_float_final);
PG_FUNCTION_INFO_V1(tick_vwap_numeric_step);
PG_FUNCTION_INFO_V1(tick_vwap_numeric_final);

/* FirstLast: the best row so far, and how its types compare and copy. */
typedef struct FirstLast
{
	bool		found;
	Datum		value;
	Datum		ts;
	int16		value_length;
	bool		value_by_value;
	int16		ts_length;
	bool		ts_by_value;
	FmgrInfo   *compare;		/* of ts */
	Oid			collation;
} FirstLast;

static FirstLast *
make_first_last(FunctionCallInfo fcinfo, MemoryContext context)
{
	FirstLast  *state = MemoryContextAllocZero(context, sizeof(FirstLast));
	Oid			value_type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	Oid			ts_type = get_fn_expr_argtype(fcinfo->flinfo, 2);
	TypeCacheEntry *type;

	get_typlenbyval(value_type, &state->value_length, &state->value_by_value);
	get_typlenbyval(ts_type, &state->ts_length, &state->ts_by_value);
	type = lookup_type_cache(ts_type, TYPECACHE_CMP_PROC_FINFO);
	if (!OidIsValid(type->cmp_proc_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify a comparison function for type %s", format_type_be(ts_type))));
	state->compare = &type->cmp_proc_finfo;
	state->collation = PG_GET_COLLATION();
	return state;
}

/* Replace a kept Datum, freeing the one before. */
static void
keep_datum(Datum *kept, Datum value, bool by_value, int16 length, bool had_one)
{
	if (had_one && !by_value)
		pfree(DatumGetPointer(*kept));
	*kept = datumCopy(value, by_value, length);
}

/* sign -1 keeps the least ts, the first of equals; +1 the greatest, the last of equals */
static Datum
first_last_step(FunctionCallInfo fcinfo, int sign)
{
	MemoryContext context;
	MemoryContext old;
	FirstLast  *state;
	int			order;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = PG_ARGISNULL(0) ? NULL : (FirstLast *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state == NULL)
		state = make_first_last(fcinfo, context);
	if (state->found)
	{
		order = sign * DatumGetInt32(FunctionCall2Coll(state->compare, state->collation,
													   PG_GETARG_DATUM(2), state->ts));
		if (order < 0 || (order == 0 && sign < 0))
			PG_RETURN_POINTER(state);
	}
	old = MemoryContextSwitchTo(context);
	keep_datum(&state->value, PG_GETARG_DATUM(1), state->value_by_value, state->value_length, state->found);
	keep_datum(&state->ts, PG_GETARG_DATUM(2), state->ts_by_value, state->ts_length, state->found);
	state->found = true;
	MemoryContextSwitchTo(old);
	PG_RETURN_POINTER(state);
}

Datum
tick_first_step(PG_FUNCTION_ARGS)
{
	return first_last_step(fcinfo, -1);
}

Datum
tick_last_step(PG_FUNCTION_ARGS)
{
	return first_last_step(fcinfo, 1);
}

Datum
tick_first_last_final(PG_FUNCTION_ARGS)
{
	FirstLast  *state = PG_ARGISNULL(0) ? NULL : (FirstLast *) PG_GETARG_POINTER(0);

	if (state == NULL || !state->found)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(state->value);
}

/* ---- tick_vwap ---- */

typedef struct Vwap
{
	TickSum		turnover;
	TickSum		size;
} Vwap;

/* price * size, exact when both are short decimals. */
static void
add_product(TickSum *sum, double price, double size)
{
	int64_t		price_units,
				size_units;
	uint8_t		price_scale,
				size_scale;

	if (tick_double_to_decimal(price, &price_units, &price_scale) &&
		tick_double_to_decimal(size, &size_units, &size_scale) &&
		price_scale + size_scale <= TICK_SUM_MAX_SCALE)
		tick_sum_add_units(sum, (tick_int128) price_units * size_units, price_scale + size_scale);
	else
		tick_sum_add_double(sum, price * size);
}

Datum
tick_vwap_float_step(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	Vwap	   *state;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = PG_ARGISNULL(0) ? NULL : (Vwap *) PG_GETARG_POINTER(0);
	if (state == NULL)
	{
		state = MemoryContextAlloc(context, sizeof(Vwap));
		tick_sum_init(&state->turnover);
		tick_sum_init(&state->size);
	}
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		add_product(&state->turnover, PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2));
		tick_sum_add_double(&state->size, PG_GETARG_FLOAT8(2));
	}
	PG_RETURN_POINTER(state);
}

Datum
tick_vwap_float_final(PG_FUNCTION_ARGS)
{
	Vwap	   *state = PG_ARGISNULL(0) ? NULL : (Vwap *) PG_GETARG_POINTER(0);
	double		size;

	if (state == NULL)
		PG_RETURN_NULL();
	size = tick_sum_double(&state->size);
	if (size == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(tick_sum_double(&state->turnover) / size);
}

/* The state of the numeric variant: {turnover, size}. */
static ArrayType *
make_pair(Datum turnover, Datum size)
{
	Datum		pair[2] = {turnover, size};

	return construct_array(pair, 2, NUMERICOID, -1, false, TYPALIGN_INT);
}

Datum
tick_vwap_numeric_step(PG_FUNCTION_ARGS)
{
	Datum		product;
	Datum	   *pair;
	int			count;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	product = DirectFunctionCall2(numeric_mul, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2));
	if (PG_ARGISNULL(0))
		PG_RETURN_ARRAYTYPE_P(make_pair(product, PG_GETARG_DATUM(2)));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), NUMERICOID, -1, false, TYPALIGN_INT, &pair, NULL, &count);
	PG_RETURN_ARRAYTYPE_P(make_pair(DirectFunctionCall2(numeric_add, pair[0], product),
									DirectFunctionCall2(numeric_add, pair[1], PG_GETARG_DATUM(2))));
}

Datum
tick_vwap_numeric_final(PG_FUNCTION_ARGS)
{
	Datum	   *pair;
	int			count;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), NUMERICOID, -1, false, TYPALIGN_INT, &pair, NULL, &count);
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, pair[1],
										  NumericGetDatum(int64_to_numeric(0)))) == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall2(numeric_div, pair[0], pair[1]));
}
