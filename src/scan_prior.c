/*-------------------------------------------------------------------------
 *
 * scan_prior.c
 *	  The right rows before those that a join by time merges.
 *
 * Rows before the first time of the range may lie in the segments at hand or
 * in any earlier partition.  Most symbols need none, as the right side has a
 * row of theirs between that time and the first one looked for.  For the
 * others each segment is read from its end backward: first those at hand,
 * then partition by partition from the newest, until all are found or the
 * tolerance is passed.  Only directories and a batch for each found symbol
 * are read.
 *
 * What was found is kept for the ranges that follow, so that a symbol without
 * earlier rows is not looked for all the way back each time: the partitions
 * that were looked through before are passed over.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "scan_right.h"
#include "segment_cache.h"
#include "tick.h"

/* Known: the last row of a symbol up to a partition. */
typedef struct Known
{
	char		name[TICK_MAX_SYMBOL_BYTES + 1];	/* hash key */
	int32		partition_high; /* all up to this one were looked through */
	TickAsofRow row;
} Known;

/* ---- which need a prior row ---- */

/* Index of the symbol in a directory, from *at on as names ascend; -1: none. */
static int64
next_in_directory(const TickRight *right, const TickSegmentReader *reader, TickString name, uint32 *at,
				  TickSymbolEntry *entry)
{
	uint32		symbols = tick_segment_symbols(reader);

	for (; *at < symbols; (*at)++)
	{
		int			order;

		tick_segment_symbol(reader, *at, entry);
		if (right->dataset->schema.symbol < 0)
			return *at;
		order = entry->is_null ? 1 : tick_string_compare(entry->name, name);
		if (order == 0)
			return *at;
		if (order > 0)
			return -1;
	}
	return -1;
}

/* Clear the bits of symbols that have a right row in the merge by their first left row. */
static void
pass_over(const TickRight *right, const TickRightNeed *needed, int count, bool *wanted)
{
	for (int i = 0; i < right->inputs && !right->options->fill_previous; i++)
	{
		uint32		at = 0;
		TickSymbolEntry entry;

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < count; j++)
		{
			int64		first = Max(needed[j].time, right->time_low);

			if (count == 1 && right->dataset->schema.symbol >= 0)
			{
				int64		index = tick_segment_find_symbol(right->reader[i], needed[j].name);

				if (index < 0)
					continue;
				at = (uint32) index;
			}
			if (next_in_directory(right, right->reader[i], needed[j].name, &at, &entry) >= 0 &&
				entry.time_min >= right->time_low &&
				(right->options->strict ? entry.time_min < first : entry.time_min <= first))
				wanted[j] = false;
		}
	}
}

/* ---- what ranges before have found ---- */

static Known *
find_known(const TickRight *right, TickString name, HASHACTION action)
{
	char		key[TICK_MAX_SYMBOL_BYTES + 1] = {0};
	bool		found;
	Known	   *known;

	if (right->known == NULL || name.length > TICK_MAX_SYMBOL_BYTES)
		return NULL;
	memcpy(key, name.data, name.length);
	known = hash_search(right->known, key, action, &found);
	if (known != NULL && !found)
	{
		known->partition_high = PG_INT32_MIN;
		known->row.present = NULL;
	}
	return known;
}

/*
 * What is not done yet and was looked for before in all partitions that are
 * left, from `high` down: take what was found then.
 */
static void
take_known(TickRight *right, int32 high)
{
	for (int i = 0; right->known != NULL && i < right->priors; i++)
	{
		TickAsofPrior *prior = &right->prior[i];
		const Known *known = prior->done ? NULL : find_known(right, prior->name, HASH_FIND);
		TickError	error;

		if (known == NULL || known->partition_high < high || known->partition_high >= right->partition_low ||
			known->row.present == NULL)
			continue;
		if (known->row.found && !prior->row.found)
		{
			prior->row.found = true;
			prior->row.time = known->row.time;
		}
		TickCheck(tick_asof_row_complete(&prior->row, &known->row, TickMemoryFor(right->range_context),
										 right->options->wanted, right->options->wanted_columns, &error), &error);
		prior->done = true;
	}
}

/* Keep what was found for ranges to come. */
static void
keep_known(TickRight *right)
{
	const TickMemory *memory = TickMemoryFor(right->context);

	if (!right->more || right->partition_low == PG_INT32_MIN)
		return;
	if (right->known == NULL)
	{
		HASHCTL		control = {.keysize = TICK_MAX_SYMBOL_BYTES + 1,.entrysize = sizeof(Known),
		.hcxt = right->context};

		right->known = hash_create("tick prior rows", 256, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	for (int i = 0; i < right->priors; i++)
	{
		Known	   *known = find_known(right, right->prior[i].name, HASH_ENTER);
		TickError	error;

		if (known == NULL)
			continue;
		if (known->row.present == NULL)
			TickCheck(tick_asof_row_init(&known->row, memory, right->options->wanted_columns, &error), &error);
		TickCheck(tick_asof_row_copy(&known->row, &right->prior[i].row, memory, right->options->wanted,
									 right->options->wanted_columns, &error), &error);
		known->partition_high = right->partition_low - 1;
	}
}

/* ---- looking back ---- */

static int
count_open(const TickRight *right)
{
	int			count = 0;

	for (int i = 0; i < right->priors; i++)
		count += !right->prior[i].done;
	return count;
}

/* Look through open segments of one partition, or those at hand, for what is not done. */
static void
look_through(TickRight *right, TickSegmentReader **readers, int count)
{
	TickMergeOptions options = {.wanted = right->options->wanted,.wanted_columns = right->options->wanted_columns + 1,
	.time = right->options->time,.descending = true,.time_low = PG_INT64_MIN};
	bool		by_symbol = right->dataset->schema.symbol >= 0;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick prior rows", ALLOCSET_DEFAULT_SIZES);
	TickFilterValue *symbols = MemoryContextAllocHuge(context, sizeof(TickFilterValue) * Max(right->priors, 1));
	TickMerge  *merge;
	TickError	error;

	for (int i = 0; i < right->priors; i++)
		if (!right->prior[i].done)
			symbols[options.symbol_count++].text = right->prior[i].name;
	if (options.symbol_count > 0 && count > 0)
	{
		options.symbols = by_symbol ? symbols : NULL;
		options.time_high = right->time_low;
		TickCheck(tick_merge_create(&merge, TickMemoryFor(context), readers, count, &options, &error), &error);
		TickCheck(tick_asof_find_prior(merge, right->options, right->time_low, right->prior, right->priors,
									   TickMemoryFor(right->range_context), &error), &error);
		TickRightCount(right, merge);
		tick_merge_free(merge);
	}
	MemoryContextDelete(context);
}

/* Has the partition's last row become too old to match? */
static bool
too_old(const TickRight *right, TickSegmentEntry **entry, int count)
{

	for (int i = 0; i < count; i++)
	{
		int64		last = TickRightTime(right->dataset, entry[i]->time_max);

		if (last >= right->time_low || (uint64) right->time_low - (uint64) last <= (uint64) right->options->tolerance)
			return false;
	}
	return true;
}

/*
 * Look through partitions low .. high, the newest first; false when there is
 * nothing more to find.  Segments are open for one partition at a time.
 */
static bool
look_back(TickRight *right, int32 low, int32 high)
{
	TickSegmentQuery query = {.dataset = right->dataset->source,.number = right->version,
	.partition_low = low,.partition_high = high};
	List	   *list = TickCatalogSegments(&query, right->snapshot);
	int			end = list_length(list);

	while (end > 0)
	{
		int32		partition = ((TickSegmentEntry *) list_nth(list, end - 1))->partition;
		TickSegmentEntry **entry;
		TickSegmentReader **reader;
		int			count;
		bool		old;

		CHECK_FOR_INTERRUPTS();
		take_known(right, partition);
		if (count_open(right) == 0)
			return false;
		while (end > 0 && ((TickSegmentEntry *) list_nth(list, end - 1))->partition == partition)
			end--;
		count = TickRightOpen(right, partition, partition, PG_INT64_MAX, &entry, &reader);
		old = right->options->tolerance != PG_INT64_MAX && !right->options->fill_previous && too_old(right, entry, count);
		if (!old)
			look_through(right, reader, count);
		for (int i = 0; i < count; i++)
			TickSegmentRelease(reader[i]);
		if (old)
			return false;
	}
	return true;
}

void
TickRightFindPriors(TickRight *right, const TickRightNeed *needed, int count)
{
	bool	   *wanted = palloc(Max(count, 1));
	int32		high = right->partition_low;
	int64		width = 1;
	TickError	error;

	memset(wanted, true, Max(count, 1));
	pass_over(right, needed, count, wanted);
	right->prior = MemoryContextAllocHuge(right->range_context, sizeof(TickAsofPrior) * Max(count, 1));
	right->priors = 0;
	for (int i = 0; i < count; i++)
	{
		TickAsofPrior *prior = &right->prior[right->priors];

		if (!wanted[i])
			continue;
		prior->name = needed[i].name;
		prior->done = false;
		TickCheck(tick_asof_row_init(&prior->row, TickMemoryFor(right->range_context),
									 right->options->wanted_columns, &error), &error);
		right->priors++;
	}
	look_through(right, right->reader, right->inputs);
	while (high > PG_INT32_MIN && count_open(right) > 0)
	{
		int32		low = (int64) high - width < PG_INT32_MIN ? PG_INT32_MIN : (int32) (high - width);

		if (!look_back(right, low, high - 1))
			break;
		high = low;
		width *= 2;
	}
	keep_known(right);
}
