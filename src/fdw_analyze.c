/*-------------------------------------------------------------------------
 *
 * fdw_analyze.c
 *	  Sample rows of a dataset for ANALYZE.
 *
 * Three stages: row groups at random over all live segments, batches at
 * random in them, then rows at random in each batch.  Reading chunks is what
 * a sample costs, so row groups are few; the number of rows is exact, and
 * what is known of symbols and times does not come from here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"
#include "utils/snapmgr.h"

#include "catalog.h"
#include "convert.h"
#include "core/cursor.h"
#include "fdw.h"
#include "segment_cache.h"
#include "tick.h"
#include "version.h"

#define SAMPLE_GROUPS 60		/* row groups to read at most, where they are full */
#define SAMPLE_BATCHES 12		/* of each, to decode at most */

/*
 * Sample: what acquire_sample() fills, and where it is in the dataset.
 */
typedef struct Sample
{
	const TickDataset *dataset;
	TupleDesc	desc;
	HeapTuple  *rows;
	int			wanted;
	int			taken;
	int64		groups_left;	/* row groups not yet passed */
	int64		choices_left;	/* of them, still to choose */
	int			zone_hint;
	MemoryContext context;		/* of one segment's cursor */
	MemoryContext row_context;	/* of one row's Datums */
	Datum	   *values;
	bool	   *nulls;
} Sample;

static TickSegmentQuery
all_segments(const TickDataset *dataset)
{
	TickSegmentQuery query = {.dataset = dataset->source,.number = -1,
	.partition_low = PG_INT32_MIN,.partition_high = PG_INT32_MAX};

	return query;
}

/* Make a tuple of row i of the cursor's batch, in the caller's context. */
static HeapTuple
make_row(Sample *sample, TickCursor *cursor, uint32 i)
{
	MemoryContext old = MemoryContextSwitchTo(sample->row_context);
	TickError	error;

	for (int a = 0; a < sample->dataset->attributes; a++)
	{
		const TickAttribute *attribute = &sample->dataset->attribute[a];
		const TickVector *vector;

		sample->nulls[a] = true;
		if (attribute->kind == TICK_ATTRIBUTE_DROPPED)
			continue;
		TickCheck(tick_cursor_column(cursor, attribute->column, &vector, &error), &error);
		if (!tick_vector_present(vector, i))
			continue;
		sample->nulls[a] = false;
		sample->values[a] = TickToDatum(sample->dataset, attribute, vector, i, &sample->zone_hint);
	}
	MemoryContextSwitchTo(old);
	return heap_form_tuple(sample->desc, sample->values, sample->nulls);
}

/* Take `want` rows of the cursor's batch, by selection sampling. */
static void
sample_batch(Sample *sample, TickCursor *cursor, uint32 rows, uint32 want)
{
	want = Min(want, rows);
	for (uint32 i = 0; i < rows && want > 0; i++)
	{
		if (pg_prng_uint64_range(&pg_global_prng_state, 0, rows - i - 1) >= want)
			continue;
		sample->rows[sample->taken++] = make_row(sample, cursor, i);
		MemoryContextReset(sample->row_context);
		want--;
	}
}

/* Choose batches of a chosen row group: together they give its share of what is still wanted. */
static void
sample_group(Sample *sample, TickCursor *cursor, uint64 first, uint64 rows)
{
	uint32		want = (sample->wanted - sample->taken + sample->choices_left - 1) / sample->choices_left;
	uint32		batches = (rows + TICK_BATCH_ROWS - 1) / TICK_BATCH_ROWS;
	uint32		choices = Min(batches, SAMPLE_BATCHES);
	TickError	error;

	for (uint32 batch = 0; batch < batches && choices > 0; batch++)
	{
		uint64		start = first + (uint64) batch * TICK_BATCH_ROWS;
		int			before = sample->taken;
		uint64_t	at;
		uint32_t	count;

		if (pg_prng_uint64_range(&pg_global_prng_state, 0, batches - batch - 1) >= choices)
			continue;
		CHECK_FOR_INTERRUPTS();
		tick_cursor_seek(cursor, start, Min(start + TICK_BATCH_ROWS, first + rows));
		TickCheck(tick_cursor_next(cursor, &at, &count, &error), &error);
		sample_batch(sample, cursor, count, (want + choices - 1) / choices);
		want -= sample->taken - before;
		choices--;
	}
}

/* Choose row groups of one segment. */
static void
sample_segment(Sample *sample, const TickSegmentEntry *entry, Snapshot snapshot)
{
	MemoryContext caller = CurrentMemoryContext;
	TickSegmentReader *reader = NULL;
	TickCursor *cursor = NULL;
	TickError	error;

	for (int64 first = 0; first < entry->rows; first += TICK_ROW_GROUP_ROWS)
	{
		bool		chosen = sample->choices_left > 0 &&
			pg_prng_uint64_range(&pg_global_prng_state, 0, sample->groups_left - 1) < sample->choices_left;

		sample->groups_left--;
		if (!chosen)
			continue;
		if (reader == NULL)
		{
			MemoryContextSwitchTo(sample->context);
			reader = TickSegmentAcquire(entry, snapshot);
			TickCheck(tick_cursor_create(&cursor, TickMemoryFor(sample->context), reader,
										 sample->dataset->schema.column, sample->dataset->schema.columns,
										 &error), &error);
			MemoryContextSwitchTo(caller);
		}
		sample_group(sample, cursor, first, Min(TICK_ROW_GROUP_ROWS, entry->rows - first));
		sample->choices_left--;
	}
	if (reader == NULL)
		return;
	tick_cursor_free(cursor);
	TickSegmentRelease(reader);
	MemoryContextReset(sample->context);
}

/* As many as there are if all row groups but the last of each segment are full. */
static int64
count_groups(List *entries)
{
	int64		groups = 0;
	ListCell   *cell;

	foreach(cell, entries)
		groups += (((TickSegmentEntry *) lfirst(cell))->rows + TICK_ROW_GROUP_ROWS - 1) / TICK_ROW_GROUP_ROWS;
	return groups;
}

/* How many row groups to read: where segments are small, more of them are, up to as many batches. */
static int64
choose_groups(List *entries, int64 groups)
{
	int64		rows = 0;
	int64		batches;
	ListCell   *cell;

	foreach(cell, entries)
		rows += ((TickSegmentEntry *) lfirst(cell))->rows;
	batches = rows / TICK_BATCH_ROWS / Max(groups, 1) + 1;
	return Min(groups, Max(SAMPLE_GROUPS, SAMPLE_GROUPS * SAMPLE_BATCHES / batches));
}

static int
acquire_sample(Relation relation, int elevel, HeapTuple *rows, int targrows,
			   double *totalrows, double *totaldeadrows)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	Sample		sample = {.rows = rows,.wanted = targrows,.desc = RelationGetDescr(relation)};
	TickSegmentQuery query;
	List	   *entries;
	ListCell   *cell;

	sample.dataset = TickDatasetOpen(relation, snapshot);
	TickDatasetCheckSource(sample.dataset);
	TickDatasetCheckLayout(sample.dataset, snapshot);
	query = all_segments(sample.dataset);
	/* what a dataview is pinned to is kept; tick.as_of is the caller's and no statistics' */
	if (sample.dataset->dataview_as_of != NULL)
		query.number = TickVersionForScan(sample.dataset->source, sample.dataset->dataview_as_of, snapshot);
	entries = TickCatalogSegments(&query, snapshot);
	sample.groups_left = count_groups(entries);
	sample.choices_left = choose_groups(entries, sample.groups_left);
	sample.context = AllocSetContextCreate(CurrentMemoryContext, "tick sample", ALLOCSET_DEFAULT_SIZES);
	sample.row_context = AllocSetContextCreate(CurrentMemoryContext, "tick sample row", ALLOCSET_DEFAULT_SIZES);
	sample.values = palloc0(sizeof(Datum) * Max(sample.dataset->attributes, 1));
	sample.nulls = palloc0(sizeof(bool) * Max(sample.dataset->attributes, 1));
	*totalrows = *totaldeadrows = 0;
	foreach(cell, entries)
	{
		*totalrows += ((TickSegmentEntry *) lfirst(cell))->rows;
		if (sample.choices_left > 0 && sample.taken < sample.wanted)
			sample_segment(&sample, lfirst(cell), snapshot);
	}
	UnregisterSnapshot(snapshot);
	MemoryContextDelete(sample.context);
	MemoryContextDelete(sample.row_context);
	ereport(elevel,
			(errmsg("\"%s\": dataset has %.0f rows in %d segments; %d rows in sample",
					RelationGetRelationName(relation), *totalrows, list_length(entries), sample.taken)));
	return sample.taken;
}

bool
TickAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *func, BlockNumber *totalpages)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TickDataset *dataset = TickDatasetOpen(relation, snapshot);
	TickSegmentQuery query = all_segments(dataset);
	TickSegmentTotals totals;

	TickCatalogTotals(&query, snapshot, &totals);
	UnregisterSnapshot(snapshot);
	if (dataset->derived != NULL)
		return false;
	*func = acquire_sample;
	*totalpages = (BlockNumber) Min(totals.bytes / BLCKSZ + 1, MaxBlockNumber);
	return true;
}
