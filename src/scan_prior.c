/*-------------------------------------------------------------------------
 *
 * scan_prior.c
 *	  The right rows before those that a derived dataset's scan merges.
 *
 * Rows before the group's first left time may lie in the segments at hand or
 * in any earlier partition.  Most symbols need none, as the right side has a
 * row of theirs between that time and their own first left row.  For the
 * others each segment is read from its end backward: first those at hand,
 * then partition by partition from the newest, until all are found or the
 * tolerance is passed.  Only directories and a batch for each found symbol
 * are read.
 *
 * What was found is kept for the groups that follow, so that a symbol without
 * earlier rows is not looked for all the way back each time: the partitions
 * that were looked through before are passed over.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "scan_derived.h"
#include "segment_cache.h"
#include "tick.h"

/* Known: the last row of a symbol up to a partition. */
typedef struct Known
{
	char		name[TICK_MAX_SYMBOL_BYTES + 1];	/* hash key */
	int32		partition_high; /* all up to this one were looked through */
	TickAsofRow row;
} Known;

/* Needed: a symbol of the left group. */
typedef struct Needed
{
	TickString	name;
	int64		time_min;		/* of its left rows */
} Needed;

/* ---- the left side's symbols ---- */

static int
compare_needed(const void *a, const void *b)
{
	return tick_string_compare(((const Needed *) a)->name, ((const Needed *) b)->name);
}

/* Append a directory entry's symbol. */
static void
add_needed(Needed **needed, int *count, int *room, const TickDatasetScan *left,
		   const TickSegmentReader *reader, uint32 index)
{
	TickSymbolEntry entry;
	Needed	   *one;

	tick_segment_symbol(reader, index, &entry);
	if (entry.is_null && left->dataset->schema.symbol >= 0)
		return;
	if (*count == *room)
	{
		*room *= 2;
		*needed = repalloc_huge(*needed, sizeof(Needed) * *room);
	}
	one = &(*needed)[(*count)++];
	one->name = entry.name;
	one->time_min = entry.time_min;
	if (entry.is_null)
		one->name = (TickString) {"", 0};
}

/* The symbols of the left group, ascending, with their first times. */
static Needed *
left_symbols(const TickDatasetScan *left, int *count)
{
	int			room = 256;
	int			distinct = 0;
	Needed	   *needed = palloc(sizeof(Needed) * room);

	*count = 0;
	for (int i = 0; i < left->merge_inputs; i++)
	{
		const TickSegmentReader *reader = left->merge_input[i]->reader;

		CHECK_FOR_INTERRUPTS();
		for (uint32 j = 0; !left->has_symbols && j < tick_segment_symbols(reader); j++)
			add_needed(&needed, count, &room, left, reader, j);
		for (int j = 0; j < left->symbols; j++)
		{
			int64		index = tick_segment_find_symbol(reader, left->symbol[j].text);

			if (index >= 0)
				add_needed(&needed, count, &room, left, reader, (uint32) index);
		}
	}
	if (left->merge_inputs == 1)
		return needed;
	qsort(needed, *count, sizeof(Needed), compare_needed);
	for (int i = 0; i < *count; i++)
	{
		if (distinct > 0 && compare_needed(&needed[distinct - 1], &needed[i]) == 0)
			needed[distinct - 1].time_min = Min(needed[distinct - 1].time_min, needed[i].time_min);
		else
			needed[distinct++] = needed[i];
	}
	*count = distinct;
	return needed;
}

/* ---- which need a prior row ---- */

/* Index of the symbol in a directory, from *at on as names ascend; -1: none. */
static int64
next_in_directory(const TickDerivedScan *scan, const TickSegmentReader *reader, TickString name, uint32 *at,
				  TickSymbolEntry *entry)
{
	uint32		symbols = tick_segment_symbols(reader);

	for (; *at < symbols; (*at)++)
	{
		int			order;

		tick_segment_symbol(reader, *at, entry);
		if (scan->derived->right->schema.symbol < 0)
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
pass_over(const TickDerivedScan *scan, const Needed *needed, int count, bool *wanted)
{
	for (int i = 0; i < scan->inputs && !scan->options.fill_previous; i++)
	{
		uint32		at = 0;
		TickSymbolEntry entry;

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < count; j++)
		{
			int64		first = Max(needed[j].time_min, scan->time_low);

			if (count == 1 && scan->derived->right->schema.symbol >= 0)
			{
				int64		index = tick_segment_find_symbol(scan->reader[i], needed[j].name);

				if (index < 0)
					continue;
				at = (uint32) index;
			}
			if (next_in_directory(scan, scan->reader[i], needed[j].name, &at, &entry) >= 0 &&
				entry.time_min >= scan->time_low &&
				(scan->options.strict ? entry.time_min < first : entry.time_min <= first))
				wanted[j] = false;
		}
	}
}

/* ---- what groups before have found ---- */

static Known *
find_known(const TickDerivedScan *scan, TickString name, HASHACTION action)
{
	char		key[TICK_MAX_SYMBOL_BYTES + 1] = {0};
	bool		found;
	Known	   *known;

	if (scan->known == NULL || name.length > TICK_MAX_SYMBOL_BYTES)
		return NULL;
	memcpy(key, name.data, name.length);
	known = hash_search(scan->known, key, action, &found);
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
take_known(TickDerivedScan *scan, int32 high)
{
	for (int i = 0; scan->known != NULL && i < scan->priors; i++)
	{
		TickAsofPrior *prior = &scan->prior[i];
		const Known *known = prior->done ? NULL : find_known(scan, prior->name, HASH_FIND);
		TickError	error;

		if (known == NULL || known->partition_high < high || known->partition_high >= scan->partition_low ||
			known->row.present == NULL)
			continue;
		if (known->row.found && !prior->row.found)
		{
			prior->row.found = true;
			prior->row.time = known->row.time;
		}
		TickCheck(tick_asof_row_complete(&prior->row, &known->row, TickMemoryFor(scan->group_context),
										 scan->options.wanted, scan->options.wanted_columns, &error), &error);
		prior->done = true;
	}
}

/* Keep what was found for groups to come. */
static void
keep_known(TickDerivedScan *scan)
{
	const TickMemory *memory = TickMemoryFor(scan->start_context);

	if (scan->left->next_input >= scan->left->inputs || scan->partition_low == PG_INT32_MIN)
		return;
	if (scan->known == NULL)
	{
		HASHCTL		control = {.keysize = TICK_MAX_SYMBOL_BYTES + 1,.entrysize = sizeof(Known),
		.hcxt = scan->start_context};

		scan->known = hash_create("tick prior rows", 256, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	for (int i = 0; i < scan->priors; i++)
	{
		Known	   *known = find_known(scan, scan->prior[i].name, HASH_ENTER);
		TickError	error;

		if (known == NULL)
			continue;
		if (known->row.present == NULL)
			TickCheck(tick_asof_row_init(&known->row, memory, scan->options.wanted_columns, &error), &error);
		TickCheck(tick_asof_row_copy(&known->row, &scan->prior[i].row, memory, scan->options.wanted,
									 scan->options.wanted_columns, &error), &error);
		known->partition_high = scan->partition_low - 1;
	}
}

/* ---- looking back ---- */

static int
count_open(const TickDerivedScan *scan)
{
	int			count = 0;

	for (int i = 0; i < scan->priors; i++)
		count += !scan->prior[i].done;
	return count;
}

/* Look through open segments of one partition, or those at hand, for what is not done. */
static void
look_through(TickDerivedScan *scan, TickSegmentReader **readers, int count)
{
	TickMergeOptions options = {.wanted = scan->wanted,.wanted_columns = scan->wanted_columns + 1,
	.time = scan->wanted_columns,.descending = true,.time_low = PG_INT64_MIN};
	bool		by_symbol = scan->derived->right->schema.symbol >= 0;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick prior rows", ALLOCSET_DEFAULT_SIZES);
	TickFilterValue *symbols = MemoryContextAllocHuge(context, sizeof(TickFilterValue) * Max(scan->priors, 1));
	TickMerge  *merge;
	TickError	error;

	for (int i = 0; i < scan->priors; i++)
		if (!scan->prior[i].done)
			symbols[options.symbol_count++].text = scan->prior[i].name;
	if (options.symbol_count > 0 && count > 0)
	{
		options.symbols = by_symbol ? symbols : NULL;
		options.time_high = scan->time_low;
		TickCheck(tick_merge_create(&merge, TickMemoryFor(context), readers, count, &options, &error), &error);
		TickCheck(tick_asof_find_prior(merge, &scan->options, scan->time_low, scan->prior, scan->priors,
									   TickMemoryFor(scan->group_context), &error), &error);
		TickDerivedAddCounters(scan, merge);
		tick_merge_free(merge);
	}
	MemoryContextDelete(context);
}

/* Has the partition's last row become too old to match? */
static bool
too_old(const TickDerivedScan *scan, TickSegmentEntry **entry, int count)
{
	const TickDataset *right = scan->derived->right;

	for (int i = 0; i < count; i++)
	{
		int64		last = TickDerivedTime(right, entry[i]->time_max);

		if (last >= scan->time_low || (uint64) scan->time_low - (uint64) last <= (uint64) scan->options.tolerance)
			return false;
	}
	return true;
}

/*
 * Look through partitions low .. high, the newest first; false when there is
 * nothing more to find.  Segments are open for one partition at a time.
 */
static bool
look_back(TickDerivedScan *scan, int32 low, int32 high)
{
	TickSegmentQuery query = {.dataset = scan->derived->right->source,.number = scan->version,
	.partition_low = low,.partition_high = high};
	List	   *list = TickCatalogSegments(&query, scan->snapshot);
	int			end = list_length(list);

	while (end > 0)
	{
		int32		partition = ((TickSegmentEntry *) list_nth(list, end - 1))->partition;
		TickSegmentEntry **entry;
		TickSegmentReader **reader;
		int			count;
		bool		old;

		CHECK_FOR_INTERRUPTS();
		take_known(scan, partition);
		if (count_open(scan) == 0)
			return false;
		while (end > 0 && ((TickSegmentEntry *) list_nth(list, end - 1))->partition == partition)
			end--;
		count = TickDerivedOpen(scan, partition, partition, PG_INT64_MAX, &entry, &reader);
		old = scan->options.tolerance != PG_INT64_MAX && !scan->options.fill_previous && too_old(scan, entry, count);
		if (!old)
			look_through(scan, reader, count);
		for (int i = 0; i < count; i++)
			TickSegmentRelease(reader[i]);
		if (old)
			return false;
	}
	return true;
}

void
TickDerivedFindPriors(TickDerivedScan *scan)
{
	int			count;
	Needed	   *needed = left_symbols(scan->left, &count);
	bool	   *wanted = palloc(Max(count, 1));
	int32		high = scan->partition_low;
	int64		width = 1;
	TickError	error;

	memset(wanted, true, Max(count, 1));
	pass_over(scan, needed, count, wanted);
	scan->prior = MemoryContextAllocHuge(scan->group_context, sizeof(TickAsofPrior) * Max(count, 1));
	scan->priors = 0;
	for (int i = 0; i < count; i++)
	{
		TickAsofPrior *prior = &scan->prior[scan->priors];

		if (!wanted[i])
			continue;
		prior->name = needed[i].name;
		prior->done = false;
		TickCheck(tick_asof_row_init(&prior->row, TickMemoryFor(scan->group_context),
									 scan->options.wanted_columns, &error), &error);
		scan->priors++;
	}
	look_through(scan, scan->reader, scan->inputs);
	while (high > PG_INT32_MIN && count_open(scan) > 0)
	{
		int32		low = (int64) high - width < PG_INT32_MIN ? PG_INT32_MIN : (int32) (high - width);

		if (!look_back(scan, low, high - 1))
			break;
		high = low;
		width *= 2;
	}
	keep_known(scan);
}
