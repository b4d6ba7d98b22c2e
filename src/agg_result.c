/*-------------------------------------------------------------------------
 *
 * agg_result.c
 *	  From an accumulator's state to the aggregate's result.
 *
 * Numerics are made by the functions that PostgreSQL's aggregates end with,
 * so that digits and scales are theirs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "agg_internal.h"
#include "convert.h"
#include "core/sum.h"

/* units / 10^scale */
static Datum
numeric_of(tick_int128 units, uint8 scale)
{
	char		digits[TICK_SUM_TEXT];
	TickSum		sum = {.units = units,.scale = scale};

	if (units == (int64) units)
		return NumericGetDatum(scale == 0 ? int64_to_numeric((int64) units) :
							   int64_div_fast_to_numeric((int64) units, scale));
	if (tick_sum_format(&sum, digits, sizeof(digits)) < 0)
		elog(ERROR, "sum cannot be shown");
	return DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* A value as the column or the expression's type shows it. */
static Datum
value_datum(const TickAggQuery *query, const TickAggItem *item, TickValue value)
{
	int			hint = 0;

	/* what most bars are made of */
	if (item->type == FLOAT8OID)
		return Float8GetDatum(value.f64);
	if (item->attribute != NULL)
	{
		const TickColumn *column = &query->scope.dataset->schema.column[item->attribute->column];
		TickVector	vector = {.type = column->type,.scale = column->scale,.rows = 1,.i64 = &value.i64};

		return TickToDatum(query->scope.dataset, item->attribute, &vector, 0, &hint);
	}
	switch (item->type)
	{
		case INT2OID:
			return Int16GetDatum((int16) value.i64);
		case INT4OID:
			return Int32GetDatum((int32) value.i64);
		case NUMERICOID:
			return numeric_of(value.i64, item->scale);
		default:
			return Int64GetDatum(value.i64);
	}
}

/* As numeric_stddev_internal() does for integers. */
static Datum
variance_numeric(const TickAggItem *item, const TickSquaresState *state)
{
	Datum		rows = NumericGetDatum(int64_to_numeric(state->count));
	Datum		sum = numeric_of(state->sum, 0);
	Datum		above = DirectFunctionCall2(numeric_sub,
											DirectFunctionCall2(numeric_mul, rows, numeric_of(state->squares, 0)),
											DirectFunctionCall2(numeric_mul, sum, sum));
	Datum		below = DirectFunctionCall2(numeric_mul, rows,
											NumericGetDatum(int64_to_numeric(state->count - (item->sample ? 1 : 0))));
	Datum		zero = NumericGetDatum(int64_to_numeric(0));

	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, above, zero)) <= 0)
		return zero;
	return DirectFunctionCall2(numeric_div, above, below);
}

static Datum
variance_float8(const TickAggItem *item, const TickMomentsState *state)
{
	double		variance = state->squares / (double) (state->count - (item->sample ? 1 : 0));

	return Float8GetDatum(item->root ? sqrt(variance) : variance);
}

static Datum
vwap(const TickSumState *turnover, const TickSumState *size, bool *isnull)
{
	double		sizes = tick_sum_double(&size->sum);

	*isnull = sizes == 0;
	return *isnull ? (Datum) 0 : Float8GetDatum(tick_sum_double(&turnover->sum) / sizes);
}

/* A sum of integers that PostgreSQL keeps in a bigint. */
static Datum
sum_int8(const TickUnitsState *state)
{
	if (state->units != (int64) state->units)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	return Int64GetDatum((int64) state->units);
}

Datum
TickAggDatum(const TickAggQuery *query, const TickAggItem *item, const TickAggregatePlan *plan,
			 TickGroup *group, bool *isnull)
{
	void	   *state = tick_group_state(plan, group, item->accumulator);
	int64		count = ((TickCountState *) state)->count;
	TickUnitsState *units = state;
	TickSum		sum;

	*isnull = item->kind != TICK_AGG_COUNT && count <= (item->sample ? 1 : 0);
	if (*isnull)
		return (Datum) 0;
	switch (item->kind)
	{
		case TICK_AGG_COUNT:
			return Int64GetDatum(count);
		case TICK_AGG_SUM_NUMERIC:
			return numeric_of(units->units, item->scale);
		case TICK_AGG_SUM_INT8:
			return sum_int8(state);
		case TICK_AGG_SUM_FLOAT8:
			return Float8GetDatum(tick_sum_double(&((TickSumState *) state)->sum));
		case TICK_AGG_SUM_AS_FLOAT8:
			tick_sum_init(&sum);
			sum.units = units->units;
			sum.scale = item->scale;
			return Float8GetDatum(tick_sum_double(&sum));
		case TICK_AGG_AVG_NUMERIC:
			return DirectFunctionCall2(numeric_div, numeric_of(units->units, item->scale),
									   NumericGetDatum(int64_to_numeric(count)));
		case TICK_AGG_AVG_FLOAT8:
			return Float8GetDatum(tick_sum_double(&((TickSumState *) state)->sum) / (double) count);
		case TICK_AGG_VALUE:
			if (plan->accumulator[item->accumulator].kind == TICK_MIN || plan->accumulator[item->accumulator].kind == TICK_MAX)
				return value_datum(query, item, ((TickRangeState *) state)->value);
			return value_datum(query, item, ((TickEdgeState *) state)->value);
		case TICK_AGG_VARIANCE_FLOAT8:
			return variance_float8(item, state);
		case TICK_AGG_VARIANCE_NUMERIC:
			return variance_numeric(item, state);
		case TICK_AGG_VWAP:
			return vwap(state, tick_group_state(plan, group, item->second), isnull);
	}
	return (Datum) 0;
}
