/*-------------------------------------------------------------------------
 *
 * aggregate_state.c
 *	  What accumulators keep of a group, and how rows are added to it.
 *
 * A piece of a batch goes to one group in a loop over arrays: sums of small
 * integers in 64 bits, which a batch cannot leave, and from there into 128.
 * Rows that go to different groups are added one by one.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_internal.h"

#include <math.h>
#include <string.h>

size_t
tick_state_bytes(const TickAggregatePlan *plan, const TickAccumulator *accumulator)
{
	switch (accumulator->kind)
	{
		case TICK_COUNT:
			return sizeof(TickCountState);
		case TICK_SUM:
			return tick_expression_is_double(&plan->expression[accumulator->expression]) ?
				sizeof(TickSumState) : sizeof(TickUnitsState);
		case TICK_MIN:
		case TICK_MAX:
			return sizeof(TickRangeState);
		case TICK_FIRST:
		case TICK_LAST:
			return sizeof(TickEdgeState);
		case TICK_MOMENTS:
			return sizeof(TickMomentsState);
		case TICK_SQUARES:
			return sizeof(TickSquaresState);
	}
	return 0;
}

/* What does not fit 128 bits at its scale goes to the rest. */
void
tick_sum_add_all(TickSum *sum, tick_int128 units, uint8_t scale)
{
	TickSum		before = *sum;
	TickSum		term = {.units = units,.scale = scale};

	tick_sum_add_units(sum, units, scale);
	if (!sum->overflow)
		return;
	*sum = before;
	sum->rest += tick_sum_double(&term);
	sum->has_rest = true;
}

bool
tick_sum_add_checked(TickSum *sum, double value)
{
	bool		was_finite = isfinite(sum->rest) && isfinite(value);
	TickSum		before = *sum;

	tick_sum_add_double(sum, value);
	if (sum->overflow)
	{
		*sum = before;
		sum->rest += value;
		sum->has_rest = true;
	}
	return !was_finite || isfinite(sum->rest);
}

/* NaN is greater than every other value, as in PostgreSQL. */
static inline bool
less_double(double a, double b)
{
	return a < b || (b != b && a == a);
}

/* ---- one row at a time ---- */

static inline TickValue
value_at(const TickJobAccumulator *a, uint32_t row)
{
	TickValue	value;

	if (a->doubles)
		value.f64 = a->operand.f64[row];
	else
		value.i64 = a->operand.units[row];
	return value;
}

static inline void
add_range(TickAccumulatorKind kind, bool doubles, TickRangeState *state, TickValue value)
{
	bool		better;

	if (state->count++ == 0)
	{
		state->value = value;
		return;
	}
	if (doubles)
		better = kind == TICK_MIN ? less_double(value.f64, state->value.f64) : less_double(state->value.f64, value.f64);
	else
		better = kind == TICK_MIN ? value.i64 < state->value.i64 : value.i64 > state->value.i64;
	if (better)
		state->value = value;
}

static inline void
add_edge(TickAccumulatorKind kind, TickEdgeState *state, int64_t time, TickValue value)
{
	if (state->count++ == 0 || (kind == TICK_FIRST ? time < state->time : time >= state->time))
	{
		state->time = time;
		state->value = value;
	}
}

/* The step of PostgreSQL's float8_accum(): Youngs and Cramer. */
static TickStatus
add_moment(TickMomentsState *state, double value, TickError *error)
{
	double		n = (double) ++state->count;
	double		sum = state->sum + value;
	double		distance;

	if (state->count > 1)
	{
		distance = value * n - sum;
		state->squares += distance * distance / (n * (n - 1));
		if (isinf(sum) || isinf(state->squares))
		{
			if (!isinf(state->sum) && !isinf(value))
				return tick_double_overflow(error);
			state->squares = NAN;
		}
	}
	else if (!isfinite(value))
		state->squares = NAN;
	state->sum = sum;
	return TICK_OK;
}

static inline int64_t
floor_micros(int64_t ns)
{
	return ns / 1000 - (ns % 1000 < 0);
}

/* Add row i to one group's state. */
static inline TickStatus
add_row(TickAggregateJob *job, int accumulator, uint32_t i, void *state, TickError *error)
{
	const TickAccumulator *plan = &job->plan->accumulator[accumulator];
	const TickJobAccumulator *a = &job->accumulator[accumulator];

	switch (plan->kind)
	{
		case TICK_COUNT:
			((TickCountState *) state)->count++;
			break;
		case TICK_SUM:
			if (!a->doubles)
			{
				((TickUnitsState *) state)->count++;
				((TickUnitsState *) state)->units += a->operand.units[i];
				break;
			}
			((TickSumState *) state)->count++;
			if (!a->exact)
				return tick_expression_add_row(job, plan->expression, i, &((TickSumState *) state)->sum, error);
			tick_sum_add_all(&((TickSumState *) state)->sum, a->operand.units[i], a->operand.scale);
			break;
		case TICK_MIN:
		case TICK_MAX:
			add_range(plan->kind, a->doubles, state, value_at(a, i));
			break;
		case TICK_FIRST:
		case TICK_LAST:
			add_edge(plan->kind, state, plan->microseconds ? floor_micros(a->time[i]) : a->time[i], value_at(a, i));
			break;
		case TICK_MOMENTS:
			return add_moment(state, a->operand.f64[i], error);
		case TICK_SQUARES:
			((TickSquaresState *) state)->count++;
			((TickSquaresState *) state)->sum += a->operand.units[i];
			((TickSquaresState *) state)->squares += (tick_int128) a->operand.units[i] * a->operand.units[i];
			break;
	}
	return TICK_OK;
}

TickStatus
tick_accumulate_rows(TickAggregateJob *job, int accumulator, uint32_t first, uint32_t end, TickError *error)
{
	TickSelection *selection = job->accumulator[accumulator].selection;
	const uint16_t *list = tick_selection_list(selection);
	uint32_t	from,
				to;

	tick_selection_piece(selection, first, end, &from, &to);
	for (uint32_t k = from; k < to; k++)
	{
		uint32_t	i = list != NULL ? list[k] : k;
		TickGroup  *group = tick_aggregate_group(job->table, job->row_group_of[i]);

		TICK_TRY(add_row(job, accumulator, i, tick_group_state(job->plan, group, accumulator), error));
	}
	return TICK_OK;
}

/* ---- a piece at a time ---- */

static tick_int128
sum_large(const int64_t *units, uint32_t count)
{
	tick_int128 sum = 0;

	for (uint32_t k = 0; k < count; k++)
		sum += units[k];
	return sum;
}

/* Values of rows that lie side by side, from the one with this rank on. */
static inline const void *
values_from(const TickJobAccumulator *a, uint32_t rank)
{
	const int64_t *values = a->packed != NULL ? a->packed : a->doubles && a->operand.f64 != NULL ?
		(const void *) a->operand.f64 : a->operand.units;

	return values + rank;
}

/* Add the sum of units, which are exact. */
static void
sum_piece(const TickAggregateJob *job, const TickJobAccumulator *a, uint32_t from, uint32_t to, void *state)
{
	const int64_t *units = values_from(a, from);
	tick_int128 sum = a->small ? job->kernel->sum(units, to - from) : sum_large(units, to - from);

	((TickCountState *) state)->count += to - from;
	if (a->doubles)
		tick_sum_add_all(&((TickSumState *) state)->sum, sum, a->operand.scale);
	else
		((TickUnitsState *) state)->units += sum;
}

/* Least and greatest of rows; a NaN among doubles leaves them to add_row(). */
static bool
range_piece(const TickAggregateJob *job, int accumulator, uint32_t from, uint32_t to, TickRangeState *state)
{
	const TickJobAccumulator *a = &job->accumulator[accumulator];
	TickAccumulatorKind kind = job->plan->accumulator[accumulator].kind;
	const TickValue *values = values_from(a, from);
	TickValue	low = state->count > 0 ? state->value : values[0];
	TickValue	high = low;

	if (!a->doubles)
		job->kernel->range(&values->i64, to - from, &low.i64, &high.i64);
	else if (low.f64 != low.f64 || !job->kernel->range_double(&values->f64, to - from, &low.f64, &high.f64))
		return false;
	state->count += to - from;
	state->value = kind == TICK_MIN ? low : high;
	return true;
}

TickStatus
tick_accumulate_piece(TickAggregateJob *job, int accumulator, uint32_t first, uint32_t end,
					  bool sorted, TickGroup *group, TickError *error)
{
	const TickAccumulator *plan = &job->plan->accumulator[accumulator];
	TickJobAccumulator *a = &job->accumulator[accumulator];
	void	   *state = tick_group_state(job->plan, group, accumulator);
	const uint16_t *list;
	uint32_t	from,
				to;

	tick_selection_piece(a->selection, first, end, &from, &to);
	if (from == to)
		return TICK_OK;
	if (plan->kind == TICK_COUNT)
	{
		((TickCountState *) state)->count += to - from;
		return TICK_OK;
	}
	if (plan->kind == TICK_SUM && a->exact)
	{
		sum_piece(job, a, from, to, state);
		return TICK_OK;
	}
	if ((plan->kind == TICK_MIN || plan->kind == TICK_MAX) && range_piece(job, accumulator, from, to, state))
		return TICK_OK;
	/* in order of the dataset's time, which need not be the one that decides */
	if (sorted && plan->time == job->plan->time && plan->kind == TICK_FIRST)
		to = from + 1;
	if (sorted && plan->time == job->plan->time && plan->kind == TICK_LAST)
		from = to - 1;
	list = tick_selection_list(a->selection);
	for (uint32_t k = from; k < to; k++)
		TICK_TRY(add_row(job, accumulator, list != NULL ? list[k] : k, state, error));
	return TICK_OK;
}

/* ---- states of groups that turn out to be one ---- */

/* PostgreSQL's float8_combine(). */
static TickStatus
combine_moments(TickMomentsState *state, const TickMomentsState *later, TickError *error)
{
	double		n1 = (double) state->count;
	double		n2 = (double) later->count;
	double		distance;
	double		sum = state->sum + later->sum;

	if (state->count == 0 || later->count == 0)
	{
		if (state->count == 0)
			*state = *later;
		return TICK_OK;
	}
	if (isinf(sum) && !isinf(state->sum) && !isinf(later->sum))
		return tick_double_overflow(error);
	distance = state->sum / n1 - later->sum / n2;
	state->squares += later->squares + n1 * n2 * distance * distance / (n1 + n2);
	if (isinf(state->squares) && isfinite(state->sum) && isfinite(later->sum))
		return tick_double_overflow(error);
	state->sum = sum;
	state->count += later->count;
	return TICK_OK;
}

static TickStatus
combine_sums(TickSumState *state, const TickSumState *later, TickError *error)
{
	bool		was_finite = isfinite(state->sum.rest) && isfinite(later->sum.rest);

	tick_sum_add_all(&state->sum, later->sum.units, later->sum.scale);
	if (later->sum.has_rest)
	{
		state->sum.rest += later->sum.rest;
		state->sum.has_rest = true;
	}
	state->count += later->count;
	return was_finite && !isfinite(state->sum.rest) ? tick_double_overflow(error) : TICK_OK;
}

static void
combine_ranges(TickAccumulatorKind kind, bool doubles, TickRangeState *state, const TickRangeState *later)
{
	int64_t		count = state->count + later->count;

	if (later->count == 0)
		return;
	add_range(kind, doubles, state, later->value);
	state->count = count;
}

static void
combine_edges(TickAccumulatorKind kind, TickEdgeState *state, const TickEdgeState *later)
{
	int64_t		count = state->count + later->count;

	if (later->count == 0)
		return;
	add_edge(kind, state, later->time, later->value);
	state->count = count;
}

TickStatus
tick_aggregate_combine(const TickAggregatePlan *plan, int accumulator, void *state, const void *later, TickError *error)
{
	const TickAccumulator *a = &plan->accumulator[accumulator];
	bool		doubles = a->expression >= 0 && tick_expression_is_double(&plan->expression[a->expression]);

	switch (a->kind)
	{
		case TICK_COUNT:
			((TickCountState *) state)->count += ((const TickCountState *) later)->count;
			break;
		case TICK_SUM:
			if (doubles)
				return combine_sums(state, later, error);
			((TickUnitsState *) state)->count += ((const TickUnitsState *) later)->count;
			((TickUnitsState *) state)->units += ((const TickUnitsState *) later)->units;
			break;
		case TICK_MIN:
		case TICK_MAX:
			combine_ranges(a->kind, doubles, state, later);
			break;
		case TICK_FIRST:
		case TICK_LAST:
			combine_edges(a->kind, state, later);
			break;
		case TICK_MOMENTS:
			return combine_moments(state, later, error);
		case TICK_SQUARES:
			((TickSquaresState *) state)->count += ((const TickSquaresState *) later)->count;
			((TickSquaresState *) state)->sum += ((const TickSquaresState *) later)->sum;
			((TickSquaresState *) state)->squares += ((const TickSquaresState *) later)->squares;
			break;
	}
	return TICK_OK;
}
