/*-------------------------------------------------------------------------
 *
 * aggregate_slot.c
 *	  Rows added to few groups by the number of their slot.
 *
 * Where the row keys have few values together, rows are added to arrays by
 * slot, batch after batch, and groups are only visited now and then: when a
 * sum might leave 64 bits, when the batch at hand is of another kind (digits,
 * nulls), when the keys that come in runs change, and at the end.
 *
 * Each slot has four cells.  Rows take them in turn, for two additions to one
 * cell wait for each other.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_internal.h"

#include <string.h>

bool
tick_slots_take(const TickAggregateJob *job, int accumulator)
{
	TickAccumulatorKind kind = job->plan->accumulator[accumulator].kind;

	return kind == TICK_COUNT || (kind == TICK_SUM && job->accumulator[accumulator].small);
}

/* No sum of so many rows more is beyond this; UINT64_MAX when it may be anything. */
static uint64_t
reach_with(const TickJobAccumulator *a, uint32_t rows)
{
	uint64_t	reach = a->operand.bits <= TICK_SUM_BITS - TICK_BATCH_BITS ? (uint64_t) rows << a->operand.bits : UINT64_MAX / 2;

	return a->slot_reach + reach;
}

/* Can the accumulator's rows at hand be added to what is pending of it? */
static bool
goes_on(const TickAggregateJob *job, int accumulator, uint32_t rows)
{
	const TickJobAccumulator *a = &job->accumulator[accumulator];
	bool		sums = job->plan->accumulator[accumulator].kind == TICK_SUM;

	if (a->in_slots != tick_slots_take(job, accumulator))
		return false;
	if (!a->in_slots)
		return true;
	if (a->slot_own != (a->selection != &job->base))
		return false;
	return !sums || (a->slot_scale == a->operand.scale && reach_with(a, rows) <= UINT64_C(1) << TICK_SUM_BITS);
}

static TickStatus
make_cells(int64_t **cells, TickError *error)
{
	if (*cells == NULL)
		*cells = tick_alloc_zero(&tick_memory_malloc, TICK_SLOT_CELLS * sizeof(int64_t));
	return *cells != NULL ? TICK_OK : tick_no_memory(error);
}

TickStatus
tick_slots_prepare(TickAggregateJob *job, uint32_t rows, TickError *error)
{
	bool		go_on = job->slots_pending;

	for (int i = 0; i < job->plan->accumulators && go_on; i++)
		go_on = goes_on(job, i, rows);
	if (!go_on)
		tick_slots_flush(job);
	for (int i = 0; i < job->plan->accumulators; i++)
	{
		TickJobAccumulator *a = &job->accumulator[i];

		a->in_slots = tick_slots_take(job, i);
		if (!a->in_slots)
			continue;
		a->slot_own = a->selection != &job->base;
		if (a->slot_own)
			TICK_TRY(make_cells(&a->slot_count, error));
		if (job->plan->accumulator[i].kind != TICK_SUM)
			continue;
		TICK_TRY(make_cells(&a->slot_sum, error));
		a->slot_scale = a->operand.scale;
		a->slot_reach = reach_with(a, rows);
	}
	job->slots_pending = true;
	return TICK_OK;
}

/* Count rows by slot; with a list, its places from .. to - 1. */
static void
count_rows(const uint16_t *slot, const uint16_t *list, uint32_t from, uint32_t to, int64_t *cells)
{
	uint32_t	k = from;

	if (list != NULL)
	{
		for (; k < to; k++)
			cells[k % 4 * TICK_FEW_SLOTS + slot[list[k]]]++;
		return;
	}
	for (; k + 4 <= to; k += 4)
	{
		const uint16_t *four = slot + k;

		cells[four[0]]++;
		cells[TICK_FEW_SLOTS + four[1]]++;
		cells[2 * TICK_FEW_SLOTS + four[2]]++;
		cells[3 * TICK_FEW_SLOTS + four[3]]++;
	}
	for (; k < to; k++)
		cells[slot[k]]++;
}

/* Add units by slot; with a list, units are by rank and the list tells their rows. */
static void
sum_rows(const uint16_t *slot, const uint16_t *list, const int64_t *units, uint32_t from, uint32_t to, int64_t *cells)
{
	uint32_t	k = from;

	if (list != NULL)
	{
		for (; k < to; k++)
			cells[k % 4 * TICK_FEW_SLOTS + slot[list[k]]] += units[k];
		return;
	}
	for (; k + 4 <= to; k += 4)
	{
		const uint16_t *four = slot + k;
		const int64_t *values = units + k;

		cells[four[0]] += values[0];
		cells[TICK_FEW_SLOTS + four[1]] += values[1];
		cells[2 * TICK_FEW_SLOTS + four[2]] += values[2];
		cells[3 * TICK_FEW_SLOTS + four[3]] += values[3];
	}
	for (; k < to; k++)
		cells[slot[k]] += units[k];
}

void
tick_slots_count(TickAggregateJob *job, uint32_t first, uint32_t end)
{
	uint32_t	from,
				to;

	tick_selection_piece(&job->base, first, end, &from, &to);
	count_rows(job->slot, tick_selection_list(&job->base), from, to, job->slot_count);
}

void
tick_slots_add(TickAggregateJob *job, int accumulator, uint32_t first, uint32_t end)
{
	TickJobAccumulator *a = &job->accumulator[accumulator];
	const uint16_t *list = tick_selection_list(a->selection);
	uint32_t	from,
				to;

	tick_selection_piece(a->selection, first, end, &from, &to);
	if (a->slot_own)
		count_rows(job->slot, list, from, to, a->slot_count);
	if (job->plan->accumulator[accumulator].kind == TICK_SUM)
		sum_rows(job->slot, list, a->packed != NULL ? a->packed : a->operand.units, from, to, a->slot_sum);
}

/* Add a slot's pending rows to its group. */
static void
flush_slot(TickAggregateJob *job, int accumulator, uint32_t slot)
{
	TickJobAccumulator *a = &job->accumulator[accumulator];
	int64_t		count = tick_slot_rows(a->slot_own ? a->slot_count : job->slot_count, slot);
	TickGroup  *group;
	void	   *state;

	if (count == 0)
		return;
	group = tick_aggregate_group(job->table, job->slot_group[slot] - 1);
	state = tick_group_state(job->plan, group, accumulator);
	((TickCountState *) state)->count += count;
	if (job->plan->accumulator[accumulator].kind != TICK_SUM)
		return;
	if (a->doubles)
		tick_sum_add_all(&((TickSumState *) state)->sum, tick_slot_rows(a->slot_sum, slot), a->slot_scale);
	else
		((TickUnitsState *) state)->units += tick_slot_rows(a->slot_sum, slot);
}

void
tick_slots_flush(TickAggregateJob *job)
{
	if (!job->slots_pending)
		return;
	for (int i = 0; i < job->plan->accumulators; i++)
		for (uint32_t s = 0; job->accumulator[i].in_slots && s < job->slots; s++)
			flush_slot(job, i, s);
	tick_slots_clear(job);
}

void
tick_slots_clear(TickAggregateJob *job)
{
	if (!job->slots_pending)
		return;
	memset(job->slot_count, 0, sizeof(job->slot_count));
	for (int i = 0; i < job->plan->accumulators; i++)
	{
		TickJobAccumulator *a = &job->accumulator[i];

		a->slot_reach = 0;
		if (a->slot_sum != NULL)
			memset(a->slot_sum, 0, TICK_SLOT_CELLS * sizeof(int64_t));
		if (a->slot_count != NULL)
			memset(a->slot_count, 0, TICK_SLOT_CELLS * sizeof(int64_t));
	}
	job->slots_pending = false;
}
