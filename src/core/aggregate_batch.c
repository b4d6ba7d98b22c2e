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

/* Below one selected row in so many, a list of them is faster than bits of all. */
#define PACK_ROWS 16

/* ---- selections ---- */

void
tick_selection_finish(TickSelection *selection, uint32_t rows)
{
	uint32_t	n = 0;

	for (uint32_t w = 0; w <= TICK_BATCH_WORDS; w++)
	{
		uint64_t	word = w * 64 < rows ? selection->mask[w] : 0;

		if (w * 64 < rows && rows - w * 64 < 64)
			word &= (UINT64_C(1) << (rows % 64)) - 1;
		selection->mask[w] = word;
		selection->before[w] = (uint16_t) n;
		n += (uint32_t) __builtin_popcountll(word);
	}
	selection->rows = n;
	selection->all = n == rows;
	selection->listed = false;
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
	tick_selection_finish(base, job->batch_rows);
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
	tick_selection_finish(base, job->batch_rows);
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
	tick_selection_finish(a->own, job->batch_rows);
	a->selection = a->own;
	return TICK_OK;
}

/* Have the values of selected rows side by side, so that loops go over them alone. */
static TickStatus
pack_values(TickAggregateJob *job, TickJobAccumulator *a, TickError *error)
{
	const int64_t *values = a->doubles && a->operand.f64 != NULL ? (const void *) a->operand.f64 : a->operand.units;

	if (a->selection->all)
		return TICK_OK;
	if (a->packed_values == NULL)
		a->packed_values = tick_alloc(&tick_memory_malloc, (TICK_BATCH_ROWS + TICK_PACK_ROOM) * sizeof(int64_t));
	if (a->packed_values == NULL)
		return tick_no_memory(error);
	a->packed = a->packed_values;
	if (a->selection->rows * PACK_ROWS >= job->batch_rows)
		job->kernel->pack(a->packed_values, values, a->selection->mask, job->batch_rows);
	else
	{
		const uint16_t *list = tick_selection_list(a->selection);

		for (uint32_t k = 0; k < a->selection->rows; k++)
			a->packed_values[k] = values[list[k]];
	}
	return TICK_OK;
}

/* Does a batch's sum stay within 64 bits? */
static bool
is_small(TickAggregateJob *job, TickOperand *operand)
{
	if (operand->bits + TICK_BATCH_BITS > TICK_SUM_BITS)
		(void) tick_operand_tighten(job, operand);
	return operand->bits + TICK_BATCH_BITS <= TICK_SUM_BITS;
}

/*
 * Least, greatest, first and last of a double column that is stored as
 * decimals: only what a group keeps is made a double.
 */
static TickStatus
take_decimals(TickAggregateJob *job, const TickAccumulator *plan, TickJobAccumulator *a, TickError *error)
{
	const TickExpression *e;
	const TickVector *vector;

	if (!a->doubles || (plan->kind != TICK_MIN && plan->kind != TICK_MAX && plan->kind != TICK_FIRST && plan->kind != TICK_LAST))
		return TICK_OK;
	e = &job->plan->expression[plan->expression];
	if (e->terms > 1 || e->term[0].kind != TICK_TERM_COLUMN || job->fed != NULL)
		return TICK_OK;
	TICK_TRY(tick_job_filter_column(job, e->term[0].column, &vector, error));
	if (vector->type != TICK_DECIMAL)
		return TICK_OK;
	a->as_decimals = true;
	a->power = (double) tick_power_of_ten[vector->scale];
	a->operand.units = vector->i64;
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

	a->small = a->as_decimals = false;
	a->packed = NULL;
	a->doubles = plan->expression >= 0 && tick_expression_is_double(&job->plan->expression[plan->expression]);
	memset(&a->operand, 0, sizeof(a->operand));
	TICK_TRY(take_decimals(job, plan, a, error));
	TICK_TRY(select_rows(job, accumulator, plan->kind == TICK_SUM || a->as_decimals, error));
	if (plan->kind == TICK_COUNT && (plan->expression < 0 || job->plan->expression[plan->expression].terms == 1))
		return TICK_OK;
	if (!a->as_decimals && (plan->kind == TICK_SUM || !a->doubles))
		TICK_TRY(tick_expression_units(job, plan->expression, a->selection, &a->operand, &exact, error));
	else if (!a->as_decimals)
		TICK_TRY(tick_expression_doubles(job, plan->expression, a->selection, &a->operand, error));
	a->exact = exact;
	if (!exact && !a->doubles)
		return tick_error_set(error, TICK_OUT_OF_RANGE, "a numeric expression has too many digits");
	a->small = plan->kind == TICK_SUM && exact && is_small(job, &a->operand);
	if ((plan->kind == TICK_SUM && exact) || plan->kind == TICK_MIN || plan->kind == TICK_MAX)
		TICK_TRY(pack_values(job, a, error));
	if (plan->kind == TICK_FIRST || plan->kind == TICK_LAST)
	{
		TICK_TRY(tick_job_column(job, plan->time, &vector, error));
		a->time = vector->i64;
	}
	return TICK_OK;
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
