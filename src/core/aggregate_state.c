/*-------------------------------------------------------------------------
 *
 * aggregate_state.c
 *	  What accumulators keep of a group, and how rows are added to it.
 *
 * Pieces of a batch that are groups are added by aggregate_piece.c; here rows
 * that go to different groups are added one by one, and states to states.
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
tick_sum_add_scaled(TickSum *sum, tick_int128 units, uint8_t scale)
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

/* ---- one row at a time ---- */

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

TickStatus
tick_accumulate_row(TickAggregateJob *job, int accumulator, uint32_t i, void *state, TickError *error)
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
			tick_add_range(plan->kind, a->doubles, state, tick_value_at(a, i));
			break;
		case TICK_FIRST:
		case TICK_LAST:
			tick_add_edge(plan->kind, state, tick_time_at(plan, a, i), tick_value_at(a, i));
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

		TICK_TRY(tick_accumulate_row(job, accumulator, i, tick_group_state(job->plan, group, accumulator), error));
	}
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
	tick_add_range(kind, doubles, state, later->value);
	state->count = count;
}

static void
combine_edges(TickAccumulatorKind kind, TickEdgeState *state, const TickEdgeState *later)
{
	int64_t		count = state->count + later->count;

	if (later->count == 0)
		return;
	tick_add_edge(kind, state, later->time, later->value);
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
