/*-------------------------------------------------------------------------
 *
 * aggregate_batch.c
 *	  Which rows of a batch count, and the values that are made of them.
 *
 * A packed batch begins with its least value and its width: where that is
 * enough to tell that no row passes the filter, or that all do, nothing is
 * decoded to find out.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_internal.h"

#include <string.h>

/* ---- selections ---- */

/* Count and list what the mask selects. */
static void
finish_selection(TickSelection *selection, uint32_t rows)
{
	uint32_t	n = 0;

	for (uint32_t w = 0; w * 64 < rows; w++)
	{
		uint64_t	word = selection->mask[w];

		if (rows - w * 64 < 64)
			word &= (UINT64_C(1) << (rows % 64)) - 1;
		selection->mask[w] = word;
		for (; word != 0; word &= word - 1)
			selection->list[n++] = (uint16_t) (w * 64 + (uint32_t) __builtin_ctzll(word));
	}
	selection->rows = n;
	selection->all = n == rows;
	selection->next = 0;
}

/* Rows of the batch that are in the job's ranges; *range is the first that may reach it. */
static void
select_ranges(TickAggregateJob *job, int *range)
{
	TickSelection *base = &job->base;
	uint64_t	first = job->first_row + (uint64_t) job->batch * TICK_BATCH_ROWS;
	uint64_t	end = first + job->batch_rows;

	while (*range < job->ranges && job->range[*range].end <= first)
		(*range)++;
	base->all = *range < job->ranges && job->range[*range].first <= first && job->range[*range].end >= end;
	base->rows = base->all ? job->batch_rows : 0;
	base->next = 0;
	if (base->all)
		return;
	memset(base->mask, 0, sizeof(base->mask));
	for (int i = *range; i < job->ranges && job->range[i].first < end; i++)
	{
		uint64_t	from = job->range[i].first > first ? job->range[i].first - first : 0;
		uint64_t	to = job->range[i].end < end ? job->range[i].end - first : job->batch_rows;

		for (uint64_t row = from; row < to; row++)
			tick_bit_set(base->mask, row);
	}
	finish_selection(base, job->batch_rows);
}

/* TickFilterZone: what a batch's first bytes tell of a column. */
static const TickZoneMap *
zone_of_batch(void *context, int i)
{
	TickAggregateJob *job = context;
	const TickBinding *binding = &job->segment->binding[i];

	if (binding->origin != TICK_FROM_CHUNK || binding->factor != 1 || binding->digits ||
		!tick_chunk_batch_map(job->column[i].chunk, job->batch, &job->column[i].zone_map))
		return NULL;
	return &job->column[i].zone_map;
}

/* Is every tested column known to have no nulls in the batch? */
static bool
tests_no_nulls(TickAggregateJob *job, const TickFilter *filter)
{
	const TickZoneMap *map;

	switch (filter->kind)
	{
		case TICK_FILTER_COMPARE:
		case TICK_FILTER_IN:
		case TICK_FILTER_IS_NULL:
		case TICK_FILTER_LIKE:
			map = zone_of_batch(job, filter->column);
			return map != NULL && map->nulls == 0;
		case TICK_FILTER_NULL:
			return false;
		default:
			for (int i = 0; i < filter->children; i++)
				if (!tests_no_nulls(job, filter->child[i]))
					return false;
			return true;
	}
}

/* Keep the rows of the base selection that the segment's filter keeps; the batch's bounds may tell without decoding. */
static TickStatus
filter_base(TickAggregateJob *job, TickError *error)
{
	TickSelection *base = &job->base;
	TickFilter *child = (TickFilter *) job->segment->filter;
	TickFilter	negation = {.kind = TICK_FILTER_NOT,.children = 1,.child = &child};

	if (job->segment->filter == NULL || base->rows == 0)
		return TICK_OK;
	if (job->prunes && !tick_filter_may_match(child, zone_of_batch, job))
	{
		base->all = false;
		base->rows = 0;
		return TICK_OK;
	}
	if (job->prunes && tests_no_nulls(job, child) && !tick_filter_may_match(&negation, zone_of_batch, job))
		return TICK_OK;
	if (base->all)
		memset(base->mask, 0xff, sizeof(base->mask));
	TICK_TRY(tick_filter_apply(job->segment->filter, job->batch_rows, tick_job_filter_column, job, base->mask, error));
	finish_selection(base, job->batch_rows);
	return TICK_OK;
}

/* ---- accumulators ---- */

/* Which rows an accumulator takes: the base, less nulls and what its filter leaves out. */
static TickStatus
select_rows(TickAggregateJob *job, int accumulator, bool decimals, TickError *error)
{
	const TickAccumulator *plan = &job->plan->accumulator[accumulator];
	TickJobAccumulator *a = &job->accumulator[accumulator];
	uint64_t	mask[TICK_BATCH_WORDS];
	bool		changed = plan->filter != NULL;

	a->selection = &job->base;
	if (job->base.all)
		memset(mask, 0xff, sizeof(mask));
	else
		memcpy(mask, job->base.mask, sizeof(mask));
	if (plan->filter != NULL)
		TICK_TRY(tick_filter_apply(plan->filter, job->batch_rows, tick_job_filter_column, job, mask, error));
	if (plan->expression >= 0)
		TICK_TRY(tick_expression_presence(job, plan->expression, decimals, mask, &changed, error));
	if (plan->also >= 0)
		TICK_TRY(tick_expression_presence(job, plan->also, true, mask, &changed, error));
	if (!changed)
		return TICK_OK;
	if (a->own == NULL)
		a->own = tick_alloc(&tick_memory_malloc, sizeof(TickSelection));
	if (a->own == NULL)
		return tick_no_memory(error);
	memcpy(a->own->mask, mask, sizeof(mask));
	finish_selection(a->own, job->batch_rows);
	a->selection = a->own;
	return TICK_OK;
}

/* Where many rows but not all are selected, have the others' units as 0: then all rows are added. */
static TickStatus
mask_units(TickAggregateJob *job, TickJobAccumulator *a, TickError *error)
{
	a->small = a->operand.bits + TICK_BATCH_BITS <= TICK_SUM_BITS;
	if (!a->small || a->selection->all || a->selection->rows * TICK_MASK_ROWS < job->batch_rows)
		return TICK_OK;
	if (a->masked == NULL)
		a->masked = tick_alloc(&tick_memory_malloc, TICK_BATCH_ROWS * sizeof(int64_t));
	if (a->masked == NULL)
		return tick_no_memory(error);
	job->kernel->mask(a->masked, a->operand.units, a->selection->mask, job->batch_rows);
	a->is_masked = true;
	return TICK_OK;
}

/* Have an accumulator's selection and values at hand. */
static TickStatus
prepare_accumulator(TickAggregateJob *job, int accumulator, TickError *error)
{
	const TickAccumulator *plan = &job->plan->accumulator[accumulator];
	TickJobAccumulator *a = &job->accumulator[accumulator];
	const TickVector *vector;
	bool		exact = true;

	a->small = a->is_masked = false;
	a->doubles = plan->expression >= 0 && tick_expression_is_double(&job->plan->expression[plan->expression]);
	memset(&a->operand, 0, sizeof(a->operand));
	TICK_TRY(select_rows(job, accumulator, plan->kind == TICK_SUM, error));
	if (plan->kind == TICK_COUNT && (plan->expression < 0 || job->plan->expression[plan->expression].terms == 1))
		return TICK_OK;
	if (plan->kind == TICK_SUM || !a->doubles)
		TICK_TRY(tick_expression_units(job, plan->expression, a->selection, &a->operand, &exact, error));
	else
		TICK_TRY(tick_expression_doubles(job, plan->expression, a->selection, &a->operand, error));
	a->exact = exact;
	if (!exact && !a->doubles)
		return tick_error_set(error, TICK_OUT_OF_RANGE, "a numeric expression has too many digits");
	if (plan->kind == TICK_SUM && exact)
		TICK_TRY(mask_units(job, a, error));
	if (plan->kind == TICK_FIRST || plan->kind == TICK_LAST)
	{
		TICK_TRY(tick_job_column(job, plan->time, &vector, error));
		a->time = vector->i64;
	}
	return TICK_OK;
}

uint32_t
tick_selection_count(const TickSelection *selection, uint32_t first, uint32_t end)
{
	uint32_t	count = 0;

	if (selection->all)
		return end - first;
	if (first == end)
		return 0;
	for (uint32_t w = first / 64; w <= (end - 1) / 64; w++)
	{
		uint64_t	word = selection->mask[w];

		if (w == first / 64)
			word &= ~UINT64_C(0) << (first % 64);
		if (end - w * 64 < 64)
			word &= (UINT64_C(1) << (end % 64)) - 1;
		count += (uint32_t) __builtin_popcountll(word);
	}
	return count;
}

TickStatus
tick_job_select(TickAggregateJob *job, int *range, TickError *error)
{
	select_ranges(job, range);
	job->counters.rows += job->base.rows;
	return filter_base(job, error);
}

TickStatus
tick_job_prepare(TickAggregateJob *job, TickError *error)
{
	for (int a = 0; a < job->plan->accumulators; a++)
		TICK_TRY(prepare_accumulator(job, a, error));
	return TICK_OK;
}
