/*-------------------------------------------------------------------------
 *
 * scan_right.c
 *	  The right side of a join by time: its segments for a range of times,
 *	  merged, and the rows before them (scan_prior.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/value.h"
#include "scan_right.h"
#include "segment_cache.h"
#include "tick.h"

void
TickRightInit(TickRight *right, const TickDataset *dataset, Snapshot snapshot, int64 version,
			  const TickAsofOptions *options, MemoryContext context)
{
	memset(right, 0, sizeof(*right));
	right->dataset = dataset;
	right->snapshot = snapshot;
	right->version = version;
	right->options = options;
	right->context = AllocSetContextCreate(context, "tick prior rows", ALLOCSET_DEFAULT_SIZES);
	right->range_context = AllocSetContextCreate(context, "tick join range", ALLOCSET_DEFAULT_SIZES);
}

int64
TickRightTime(const TickDataset *dataset, int64 ns)
{
	return dataset->schema.column[dataset->schema.time].type == TICK_DATE ? ns / TICK_NS_PER_DAY : ns;
}

/* Rows that are not ordered by the dataset's symbol and time cannot be merged. */
static void
check_order(const TickRight *right, const TickSegmentEntry *entry, const TickSegmentReader *reader)
{
	const TickSchema *stored = tick_segment_schema(reader);
	const TickSchema *schema = &right->dataset->schema;
	int			symbol = schema->symbol < 0 ? 0 : schema->column[schema->symbol].id;

	if (stored->time >= 0 && stored->column[stored->time].id == schema->column[schema->time].id &&
		(stored->symbol < 0 ? schema->symbol < 0 : stored->column[stored->symbol].id == symbol))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("segment %lld of dataset \"%s\" is not ordered by its symbol and time columns",
					(long long) entry->id, right->dataset->name),
			 errdetail("A role was given to another column after the segment was written.")));
}

int
TickRightOpen(TickRight *right, int32 low, int32 high, int64 time_high,
			  TickSegmentEntry ***entries, TickSegmentReader ***readers)
{
	TickSegmentQuery query = {.dataset = right->dataset->source,.number = right->version,
	.partition_low = low,.partition_high = high};
	List	   *list = TickCatalogSegments(&query, right->snapshot);
	int			count = 0;
	ListCell   *cell;

	*entries = palloc(sizeof(TickSegmentEntry *) * Max(list_length(list), 1));
	*readers = palloc(sizeof(TickSegmentReader *) * Max(list_length(list), 1));
	foreach(cell, list)
	{
		TickSegmentEntry *entry = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		if (entry->rows == 0 || !entry->has_time || TickRightTime(right->dataset, entry->time_min) > time_high)
			continue;
		(*entries)[count] = entry;
		(*readers)[count] = TickSegmentAcquire(entry, right->snapshot);
		check_order(right, entry, (*readers)[count]);
		count++;
	}
	right->segments_opened += count;
	return count;
}

void
TickRightCount(TickRight *right, const TickMerge *merge)
{
	TickCursorCounters more;

	tick_merge_counters(merge, &more);
	right->counters.row_groups += more.row_groups;
	right->counters.row_groups_pruned += more.row_groups_pruned;
	right->counters.chunks += more.chunks;
	right->counters.chunk_bytes += more.chunk_bytes;
	right->counters.batches += more.batches;
}

void
TickRightRelease(TickRight *right)
{
	if (right->merge != NULL)
	{
		TickRightCount(right, right->merge);
		tick_merge_free(right->merge);
	}
	right->merge = NULL;
	for (int i = 0; i < right->inputs; i++)
		TickSegmentRelease(right->reader[i]);
	right->inputs = right->priors = 0;
	if (right->range_context != NULL)
		MemoryContextReset(right->range_context);
}

MemoryContext
TickRightDetach(TickRight *right)
{
	MemoryContext range = right->range_context;

	Assert(right->merge == NULL);
	right->range_context = AllocSetContextCreate(MemoryContextGetParent(range), "tick join range", ALLOCSET_DEFAULT_SIZES);
	right->inputs = right->priors = 0;
	return range;
}

void
TickRightForget(TickRight *right)
{
	TickRightRelease(right);
	MemoryContextReset(right->context);
	right->known = NULL;
}

/* Partitions that may hold rows of the range. */
static void
range_partitions(TickRight *right, int32 *low, int32 *high)
{
	const TickDataset *dataset = right->dataset;
	int64		unit = dataset->schema.column[dataset->schema.time].type == TICK_DATE ? TICK_NS_PER_DAY : 1;

	*low = PG_INT32_MIN;
	*high = PG_INT32_MAX;
	if (dataset->grain == TICK_GRAIN_DAY || dataset->grain == TICK_GRAIN_MONTH || dataset->grain == TICK_GRAIN_YEAR)
		TickDatasetPartitions(dataset, Max(right->time_low, PG_INT64_MIN / unit) * unit,
							  Min(right->time_high, PG_INT64_MAX / unit) * unit, low, high);
}

void
TickRightBegin(TickRight *right, int64 time_low, int64 time_high,
			   const TickRightNeed *needs, int count,
			   const TickFilterValue *symbols, int symbol_count)
{
	TickMergeOptions options = {.wanted = right->options->wanted,.wanted_columns = right->options->wanted_columns + 1,
		.time = right->options->time,.time_low = time_low,.time_high = time_high,
		.symbols = symbols,.symbol_count = symbol_count};
	MemoryContext old;
	TickError	error;
	int32		high;

	TickRightRelease(right);
	old = MemoryContextSwitchTo(right->range_context);
	right->time_low = time_low;
	right->time_high = time_high;
	right->next_prior = 0;
	range_partitions(right, &right->partition_low, &high);
	right->inputs = TickRightOpen(right, right->partition_low, high, time_high, &right->entry, &right->reader);
	TickRightFindPriors(right, needs, count);
	if (right->inputs > 0 && !right->unmerged)
		TickCheck(tick_merge_create(&right->merge, TickMemoryFor(right->range_context), right->reader, right->inputs,
									&options, &error), &error);
	MemoryContextSwitchTo(old);
}

const TickAsofRow *
TickRightPrior(TickRight *right, const TickString *name)
{
	if (name == NULL)
		return right->priors > 0 ? &right->prior[0].row : NULL;
	while (right->next_prior < right->priors &&
		   tick_string_compare(right->prior[right->next_prior].name, *name) < 0)
		right->next_prior++;
	if (right->next_prior < right->priors && tick_string_compare(right->prior[right->next_prior].name, *name) == 0)
		return &right->prior[right->next_prior].row;
	return NULL;
}
