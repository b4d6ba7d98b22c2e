/*-------------------------------------------------------------------------
 *
 * scan_joined.c
 *	  Scans of derived datasets, group by group, for threads to join.
 *
 * A group is what scan_derived.c merges: the left segments of a partition and
 * the right ones of its times.  Here its segments are opened and handed over,
 * with everything that joining them needs in memory of its own, so that the
 * next group can be opened while threads are still at work on this one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "scan_derived.h"
#include "tick.h"

TickDerivedScan *
TickDatasetScanDerived(TickDatasetScan *scan)
{
	return scan->derived;
}

static TickColumn *
copy_columns(const TickColumn *from, int count)
{
	TickColumn *copy = palloc(sizeof(TickColumn) * Max(count, 1));

	memcpy(copy, from, sizeof(TickColumn) * count);
	return copy;
}

/* Which column of which side each column of the joined schema is. */
static void
place_columns(const TickDerivedScan *scan, TickAsofJoin *join)
{
	int			columns = scan->dataset->schema.columns;
	int			before = scan->derived->left->schema.columns;
	int		   *left = palloc(sizeof(int) * columns);
	int		   *right = palloc(sizeof(int) * columns);
	int		   *fill_right = palloc(sizeof(int) * Max(scan->derived->columns, 1));
	int		   *fill_left = palloc(sizeof(int) * Max(scan->derived->columns, 1));

	for (int i = 0; i < columns; i++)
	{
		left[i] = i < before ? scan->left->wanted_index[i] : -1;
		right[i] = i < before ? -1 : scan->wanted_index[i - before];
	}
	for (int i = 0; i < scan->derived->columns; i++)
	{
		if (scan->derived->column[i].fill < 0 || scan->wanted_index[i] < 0)
			continue;
		fill_right[join->fills] = scan->wanted_index[i];
		fill_left[join->fills++] = left[scan->derived->column[i].fill];
	}
	join->left_index = left;
	join->right_index = right;
	join->fill_right = fill_right;
	join->fill_left = fill_left;
}

TickAsofJoin *
TickDerivedScanJoin(const TickDerivedScan *scan)
{
	const struct TickDerived *derived = scan->derived;
	const TickDatasetScan *left = scan->left;
	TickAsofJoin   *join = palloc0(sizeof(TickAsofJoin));
	TickColumn *wanted = copy_columns(scan->wanted, scan->wanted_columns + 1);

	join->left = copy_columns(left->wanted, left->wanted_columns);
	join->left_columns = left->wanted_columns;
	join->left_time = left->wanted_index[derived->left->schema.time];
	join->prune = left->prune != NULL ? TickFilterCopy(left->prune) : NULL;
	join->has_symbol = derived->left->schema.symbol >= 0;
	join->residual = scan->residual != NULL ? TickFilterCopy(scan->residual) : NULL;
	join->sorted = scan->dataset->schema.time == derived->left->schema.time;
	if (scan->window != NULL)
	{
		TickWindowOptions *window = palloc0(sizeof(TickWindowOptions));
		TickWindowAggregate *aggregate = palloc(sizeof(TickWindowAggregate) * Max(scan->aggregates, 1));

		memcpy(aggregate, scan->aggregate, sizeof(TickWindowAggregate) * scan->aggregates);
		*window = (TickWindowOptions) {.wanted = wanted,.wanted_columns = scan->wanted_columns,.time = scan->options.time,
			.before = derived->before,.after = derived->after,.prevailing = derived->prevailing,
			.aggregate = aggregate,.aggregates = scan->aggregates};
		join->window = window;
	}
	else
	{
		TickAsofOptions *asof = palloc(sizeof(TickAsofOptions));

		*asof = scan->options;
		asof->wanted = wanted;
		join->asof = asof;
	}
	place_columns(scan, join);
	return join;
}

/* The symbols that pass, in the current context. */
static TickFilterValue *
copy_names(const TickFilterValue *names, int count)
{
	TickFilterValue *copy = palloc(sizeof(TickFilterValue) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		copy[i] = names[i];
		copy[i].text.data = pnstrdup(names[i].text.data, names[i].text.length);
	}
	return copy;
}

/* The left half of a group; its readers are taken from the scan. */
static void
take_left(TickDatasetScan *left, TickAsofInputs *inputs)
{
	const TickFilter **filter = palloc(sizeof(TickFilter *) * left->merge_inputs);

	inputs->left_inputs = left->merge_inputs;
	inputs->left = palloc(sizeof(TickSegmentReader *) * left->merge_inputs);
	inputs->filter = filter;
	inputs->partition = left->merge_input[0]->entry->partition;
	inputs->time_low = tick_enable_zone_maps ? left->time_low : PG_INT64_MIN;
	inputs->time_high = tick_enable_zone_maps ? left->time_high : PG_INT64_MAX;
	for (int i = 0; i < left->merge_inputs; i++)
	{
		ScanInput  *input = left->merge_input[i];

		filter[i] = input->residual != NULL ? TickFilterCopy(input->residual) : NULL;
		inputs->left[i] = input->reader;
		input->reader = NULL;
	}
}

bool
TickDerivedScanGroup(TickDerivedScan *scan, TickAsofInputs *inputs, MemoryContext *context)
{
	TickRight  *right = &scan->right;
	TickFilterValue *names;
	MemoryContext old;

	memset(inputs, 0, sizeof(*inputs));
	if (!TickScanOpenGroup(scan->left, &names, &inputs->symbol_count, &inputs->null_symbol))
		return false;
	right->unmerged = true;
	TickDerivedOpenRight(scan, &inputs->right_low, &inputs->right_high);
	inputs->right_inputs = right->inputs;
	inputs->right = right->reader;
	inputs->prior = right->prior;
	inputs->priors = right->priors;
	*context = TickRightDetach(right);
	old = MemoryContextSwitchTo(*context);
	inputs->symbols = names != NULL ? copy_names(names, inputs->symbol_count) : NULL;
	take_left(scan->left, inputs);
	MemoryContextSwitchTo(old);
	return true;
}
