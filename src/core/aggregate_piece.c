/*-------------------------------------------------------------------------
 *
 * aggregate_piece.c
 *	  Rows added to groups by the pieces of a batch that are groups.
 *
 * Each accumulator goes over all pieces in a loop of its own kind: sums of
 * small integers in 64 bits, which a batch cannot leave, and from there into
 * 128; least and greatest by kernels.  Pieces of some rows, as bars of minutes
 * are, take no longer than a row each would: kernels are only called where
 * they pay.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_internal.h"

/* Values of selected rows side by side, by rank. */
static inline const void *
values_by_rank(const TickJobAccumulator *a)
{
	if (a->packed != NULL)
		return a->packed;
	return a->doubles && a->operand.f64 != NULL ? (const void *) a->operand.f64 : a->operand.units;
}

/* ---- sums ---- */

static inline int64_t
sum_small(const TickKernels *kernel, const int64_t *units, uint32_t count)
{
	uint64_t	sum = 0;

	if (count >= kernel->few)
		return kernel->sum(units, count);
	for (uint32_t i = 0; i < count; i++)
		sum += (uint64_t) units[i];
	return (int64_t) sum;
}

static tick_int128
sum_large(const int64_t *units, uint32_t count)
{
	tick_int128 sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += units[i];
	return sum;
}

/* Sums of units, which are exact. */
static void
sum_pieces(TickAggregateJob *job, int accumulator)
{
	const TickJobAccumulator *a = &job->accumulator[accumulator];
	const int64_t *units = values_by_rank(a);

	for (uint32_t p = 0; p < job->pieces; p++)
	{
		const TickGroupPiece *piece = &job->piece[p];
		void	   *state = tick_group_state(job->plan, piece->group, accumulator);
		tick_int128 sum;
		uint32_t	from,
					to;

		tick_selection_piece(a->selection, piece->first, piece->end, &from, &to);
		if (from == to)
			continue;
		sum = a->small ? sum_small(job->kernel, units + from, to - from) : sum_large(units + from, to - from);
		((TickCountState *) state)->count += to - from;
		if (a->doubles)
			tick_sum_add_all(&((TickSumState *) state)->sum, sum, a->operand.scale);
		else
			((TickUnitsState *) state)->units += sum;
	}
}

/* ---- least and greatest ---- */

static inline __attribute__((always_inline)) int64_t
edge_small(const TickKernels *kernel, const int64_t *values, uint32_t count, bool least)
{
	int64_t		low = values[0];
	int64_t		high = values[0];

	if (count >= kernel->few)
		kernel->range(values, count, &low, &high);
	else
		for (uint32_t i = 1; i < count; i++)
		{
			if (least)
				low = values[i] < low ? values[i] : low;
			else
				high = values[i] > high ? values[i] : high;
		}
	return least ? low : high;
}

/* Integers, or doubles as decimals, which order as their doubles do. */
static inline __attribute__((always_inline)) void
range_pieces(TickAggregateJob *job, int accumulator, bool least)
{
	const TickJobAccumulator *a = &job->accumulator[accumulator];
	TickAccumulatorKind kind = least ? TICK_MIN : TICK_MAX;
	const int64_t *units = values_by_rank(a);

	for (uint32_t p = 0; p < job->pieces; p++)
	{
		const TickGroupPiece *piece = &job->piece[p];
		TickRangeState *state = tick_group_state(job->plan, piece->group, accumulator);
		TickValue	value;
		uint32_t	from,
					to;

		tick_selection_piece(a->selection, piece->first, piece->end, &from, &to);
		if (from == to)
			continue;
		value.i64 = edge_small(job->kernel, units + from, to - from, least);
		if (a->as_decimals)
			value.f64 = (double) value.i64 / a->power;
		tick_add_range(kind, a->doubles, state, value);
		state->count += to - from - 1;
	}
}

/* Doubles; a NaN among them leaves a piece to be added row by row. */
static TickStatus
range_double_pieces(TickAggregateJob *job, int accumulator, TickError *error)
{
	const TickJobAccumulator *a = &job->accumulator[accumulator];
	TickAccumulatorKind kind = job->plan->accumulator[accumulator].kind;
	const double *values = values_by_rank(a);
	const uint16_t *list = tick_selection_list(a->selection);

	for (uint32_t p = 0; p < job->pieces; p++)
	{
		const TickGroupPiece *piece = &job->piece[p];
		TickRangeState *state = tick_group_state(job->plan, piece->group, accumulator);
		TickValue	low,
					high;
		uint32_t	from,
					to;

		tick_selection_piece(a->selection, piece->first, piece->end, &from, &to);
		if (from == to)
			continue;
		low.f64 = high.f64 = values[from];
		if (low.f64 == low.f64 && job->kernel->range_double(values + from, to - from, &low.f64, &high.f64))
		{
			tick_add_range(kind, true, state, kind == TICK_MIN ? low : high);
			state->count += to - from - 1;
			continue;
		}
		for (uint32_t k = from; k < to; k++)
			TICK_TRY(tick_accumulate_row(job, accumulator, list != NULL ? list[k] : k, state, error));
	}
	return TICK_OK;
}

/* ---- the others ---- */

/*
 * Values at the first or last time: of rows in order of it, which is that of
 * the dataset's time and need not be the one that decides, only one is looked at.
 */
static TickStatus
edge_pieces(TickAggregateJob *job, int accumulator, TickError *error)
{
	const TickAccumulator *plan = &job->plan->accumulator[accumulator];
	const TickJobAccumulator *a = &job->accumulator[accumulator];
	const uint16_t *list = tick_selection_list(a->selection);

	for (uint32_t p = 0; p < job->pieces; p++)
	{
		const TickGroupPiece *piece = &job->piece[p];
		TickEdgeState *state = tick_group_state(job->plan, piece->group, accumulator);
		uint32_t	from,
					to;

		tick_selection_piece(a->selection, piece->first, piece->end, &from, &to);
		if (from == to)
			continue;
		if (piece->sorted && plan->time == job->plan->time)
		{
			uint32_t	k = plan->kind == TICK_FIRST ? from : to - 1;
			uint32_t	i = list != NULL ? list[k] : k;

			tick_add_edge(plan->kind, state, tick_time_at(plan, a, i), tick_value_at(a, i));
			state->count += to - from - 1;
			continue;
		}
		for (uint32_t k = from; k < to; k++)
			TICK_TRY(tick_accumulate_row(job, accumulator, list != NULL ? list[k] : k, state, error));
	}
	return TICK_OK;
}

static void
count_pieces(TickAggregateJob *job, int accumulator)
{
	const TickSelection *selection = job->accumulator[accumulator].selection;

	for (uint32_t p = 0; p < job->pieces; p++)
	{
		const TickGroupPiece *piece = &job->piece[p];
		TickCountState *state = tick_group_state(job->plan, piece->group, accumulator);

		state->count += tick_selection_count(selection, piece->first, piece->end);
	}
}

static TickStatus
row_pieces(TickAggregateJob *job, int accumulator, TickError *error)
{
	TickSelection *selection = job->accumulator[accumulator].selection;
	const uint16_t *list = tick_selection_list(selection);

	for (uint32_t p = 0; p < job->pieces; p++)
	{
		const TickGroupPiece *piece = &job->piece[p];
		void	   *state = tick_group_state(job->plan, piece->group, accumulator);
		uint32_t	from,
					to;

		tick_selection_piece(selection, piece->first, piece->end, &from, &to);
		for (uint32_t k = from; k < to; k++)
			TICK_TRY(tick_accumulate_row(job, accumulator, list != NULL ? list[k] : k, state, error));
	}
	return TICK_OK;
}

TickStatus
tick_accumulate_pieces(TickAggregateJob *job, int accumulator, TickError *error)
{
	const TickJobAccumulator *a = &job->accumulator[accumulator];

	switch (job->plan->accumulator[accumulator].kind)
	{
		case TICK_COUNT:
			count_pieces(job, accumulator);
			return TICK_OK;
		case TICK_SUM:
			if (!a->exact)
				return row_pieces(job, accumulator, error);
			sum_pieces(job, accumulator);
			return TICK_OK;
		case TICK_MIN:
		case TICK_MAX:
			if (a->doubles && !a->as_decimals)
				return range_double_pieces(job, accumulator, error);
			if (job->plan->accumulator[accumulator].kind == TICK_MIN)
				range_pieces(job, accumulator, true);
			else
				range_pieces(job, accumulator, false);
			return TICK_OK;
		case TICK_FIRST:
		case TICK_LAST:
			return edge_pieces(job, accumulator, error);
		case TICK_MOMENTS:
		case TICK_SQUARES:
			break;
	}
	return row_pieces(job, accumulator, error);
}
