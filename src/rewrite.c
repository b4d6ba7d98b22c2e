/*-------------------------------------------------------------------------
 *
 * rewrite.c
 *	  Rewrite partitions: finalize, delete, replace.
 *
 * For each partition, in ascending order:
 *
 *	lock -> live segments, latest snapshot -> anything to do? -> merge
 *	  -> new segment published -> merged ones retired
 *
 * The old segments stay for readers of older snapshots and versions until
 * tick_vacuum() drops them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "catalog.h"
#include "changeset.h"
#include "core/cursor.h"
#include "rewrite.h"
#include "segment_build.h"
#include "segment_cache.h"
#include "tick.h"

#define LEDGER_LOCK 2			/* number of the object lock on (tick.dataset, dataset) */

/* The segments of one partition that are being merged. */
typedef struct Inputs
{
	int			count;
	TickSegmentEntry **entry;	/* in changeset order */
	TickSegmentReader **reader;
} Inputs;

/* Zone maps of a segment by schema index, for tick_filter_may_match(). */
typedef struct SegmentZones
{
	const TickDataset *dataset;
	const TickSegmentEntry *entry;
} SegmentZones;

static const TickZoneMap *
segment_zone(void *context, int column)
{
	SegmentZones *zones = context;
	const TickColumn *wanted = &zones->dataset->schema.column[column];
	bool		absent;

	return TickZoneMapsFind(zones->entry, wanted->id, wanted->type, &absent);
}

/* The live segments of a range of partitions, as the latest snapshot sees them. */
static List *
live_segments(const TickRewrite *rewrite, int32 low, int32 high, int flags, Snapshot snapshot)
{
	TickSegmentQuery query = {.dataset = rewrite->dataset->relid,.number = -1,
	.partition_low = low,.partition_high = high,.flags = flags};

	return TickCatalogSegments(&query, snapshot);
}

/* Does `remove` perhaps select rows of one of the segments? */
static bool
may_remove(const TickRewrite *rewrite, List *segments)
{
	ListCell   *cell;

	if (rewrite->remove == NULL)
		return false;
	foreach(cell, segments)
	{
		SegmentZones zones = {rewrite->dataset, lfirst(cell)};

		if (tick_filter_may_match(rewrite->remove, segment_zone, &zones))
			return true;
	}
	return false;
}

/* Was a segment written under another stats_where? */
static bool
stats_are_old(const TickRewrite *rewrite, List *segments, Snapshot snapshot)
{
	ListCell   *cell;

	if (!rewrite->refresh_stats)
		return false;
	foreach(cell, segments)
	{
		TickSegmentReader *reader = TickSegmentAcquire(lfirst(cell), snapshot);
		bool		old = tick_segment_stats_filter_hash(reader) != rewrite->dataset->stats_hash;

		TickSegmentRelease(reader);
		if (old)
			return true;
	}
	return false;
}

/*
 * A caller whose snapshot was taken before another transaction changed the
 * partition must not overwrite that change unseen: an error, or false when
 * such a partition is to be left alone.
 */
static bool
check_snapshot(const TickRewrite *rewrite, int32 partition, List *latest)
{
	List	   *seen;
	ListCell   *a,
			   *b;
	bool		same;

	if (!IsolationUsesXactSnapshot())
		return true;
	seen = live_segments(rewrite, partition, partition, 0, GetTransactionSnapshot());
	same = list_length(seen) == list_length(latest);
	forboth(a, seen, b, latest)
		if (((TickSegmentEntry *) lfirst(a))->id != ((TickSegmentEntry *) lfirst(b))->id)
			same = false;
	if (!same && !rewrite->in_passing)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent change of dataset \"%s\"", rewrite->dataset->name),
				 errhint("Retry the transaction.")));
	return same;
}

static void
open_inputs(Inputs *inputs, List *segments, Snapshot snapshot)
{
	ListCell   *cell;

	inputs->count = 0;
	inputs->entry = palloc(list_length(segments) * sizeof(TickSegmentEntry *));
	inputs->reader = palloc(list_length(segments) * sizeof(TickSegmentReader *));
	foreach(cell, segments)
	{
		inputs->entry[inputs->count] = lfirst(cell);
		inputs->reader[inputs->count] = TickSegmentAcquire(lfirst(cell), snapshot);
		inputs->count++;
	}
}

/* A symbol's code, from the first input that has it. */
static uint32_t
input_code(void *context, TickString name)
{
	Inputs	   *inputs = context;
	int			i;

	for (i = 0; i < inputs->count; i++)
	{
		int64_t		index = tick_segment_find_symbol(inputs->reader[i], name);

		if (index >= 0)
		{
			TickSymbolEntry symbol;

			tick_segment_symbol(inputs->reader[i], (uint32_t) index, &symbol);
			return symbol.code;
		}
	}
	return TICK_NO_CODE;
}

/* Merge the inputs into a new segment; nothing is published when no row is left. */
static void
merge_inputs(const TickRewrite *rewrite, int32 partition, Inputs *inputs, TickRewriteResult *result)
{
	const TickSchema *schema = &rewrite->dataset->schema;
	TickMergeOptions options = {.wanted = schema->column,.wanted_columns = schema->columns,
		.time = schema->time,.time_low = PG_INT64_MIN,.time_high = PG_INT64_MAX};
	TickSegmentBuild *build = TickSegmentBuildBegin(rewrite->dataset);
	TickMerge  *merge;
	TickError	error;
	uint64_t	removed = 0;
	int64		rows = 0;
	int			i;

	for (i = 0; i < inputs->count; i++)
		rows += inputs->entry[i]->rows;
	TickCheck(tick_merge_create(&merge, TickMemoryFor(CurrentMemoryContext), inputs->reader, inputs->count,
								&options, &error), &error);
	TickCheck(tick_merge_write(merge, rewrite->remove, input_code, inputs, build->writer, &removed,
							   TickInterrupt, &error), &error);
	tick_merge_free(merge);
	if ((int64) removed < rows)
		TickSegmentBuildFinish(build, partition, rewrite->changeset);
	result->rows_removed += removed;
	result->rows_written += rows - removed;
}

/* Rewrite or drop one partition's segments and retire the old ones. */
static void
rewrite_partition(const TickRewrite *rewrite, int32 partition, List *segments, Snapshot snapshot,
				  TickRewriteResult *result)
{
	ListCell   *cell;

	if (rewrite->remove != NULL && rewrite->remove->kind == TICK_FILTER_TRUE)
	{
		foreach(cell, segments)
			result->rows_removed += ((TickSegmentEntry *) lfirst(cell))->rows;
	}
	else
	{
		Inputs		inputs;
		int			i;

		open_inputs(&inputs, segments, snapshot);
		merge_inputs(rewrite, partition, &inputs, result);
		for (i = 0; i < inputs.count; i++)
			TickSegmentRelease(inputs.reader[i]);
	}
	foreach(cell, segments)
		TickCatalogRetireSegment(((TickSegmentEntry *) lfirst(cell))->id, rewrite->changeset);
	result->partitions++;
}

/* Partitions in the range that have live segments under the snapshot, ascending. */
static List *
live_partitions(const TickRewrite *rewrite, Snapshot snapshot)
{
	int			enough = rewrite->in_passing ? rewrite->min_segments : 1;
	List	   *partitions = NIL;
	ListCell   *cell;
	int32		previous = 0;
	int			count = 0;

	foreach(cell, live_segments(rewrite, rewrite->partition_low, rewrite->partition_high, 0, snapshot))
	{
		int32		partition = ((TickSegmentEntry *) lfirst(cell))->partition;

		/* segments come ordered by partition */
		count = previous == partition ? count + 1 : 1;
		previous = partition;
		if (count == enough)
			partitions = lappend_int(partitions, partition);
	}
	return partitions;
}

static int
compare_partitions(const ListCell *a, const ListCell *b)
{
	return (lfirst_int(a) > lfirst_int(b)) - (lfirst_int(a) < lfirst_int(b));
}

/*
 * A caller with one snapshot for all statements also visits what was emptied
 * behind its back, to be told so.
 */
static List *
partitions_to_visit(const TickRewrite *rewrite)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	List	   *partitions = live_partitions(rewrite, snapshot);

	UnregisterSnapshot(snapshot);
	if (IsolationUsesXactSnapshot() && !rewrite->in_passing)
	{
		partitions = list_concat_unique_int(partitions, live_partitions(rewrite, GetTransactionSnapshot()));
		list_sort(partitions, compare_partitions);
	}
	return partitions;
}

/* Remember the loads of segments that go. */
static List *
add_loads(List *loads, List *segments, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	ListCell   *cell;
	int			i;

	foreach(cell, segments)
	{
		TickSegmentEntry *entry = lfirst(cell);

		for (i = 0; i < entry->loads; i++)
		{
			int64	   *load = palloc(sizeof(int64));

			*load = entry->load[i];
			loads = lappend(loads, load);
		}
	}
	MemoryContextSwitchTo(old);
	return loads;
}

static int
compare_load_cells(const ListCell *a, const ListCell *b)
{
	return TickCompareInt64(lfirst(a), lfirst(b));
}

/* Take loads off the ledger none of whose rows are left in the dataset. */
static void
settle_ledger(const TickRewrite *rewrite, List *touched, TickRewriteResult *result)
{
	Snapshot	snapshot;
	List	   *segments;
	ListCell   *cell;
	int64	   *alive;
	int			count = 0,
				total = 0,
				i;
	int64		previous = 0;

	/* two that take a load's last rows from different partitions must see each other's work */
	LockDatabaseObject(TickCatalogRelation(TICK_REL_DATASET), rewrite->dataset->relid, LEDGER_LOCK, ShareUpdateExclusiveLock);
	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	segments = live_segments(rewrite, PG_INT32_MIN, PG_INT32_MAX, TICK_SEGMENT_LOADS, snapshot);
	foreach(cell, segments)
		total += ((TickSegmentEntry *) lfirst(cell))->loads;
	alive = palloc((total + 1) * sizeof(int64));
	foreach(cell, segments)
		for (i = 0; i < ((TickSegmentEntry *) lfirst(cell))->loads; i++)
			alive[count++] = ((TickSegmentEntry *) lfirst(cell))->load[i];
	qsort(alive, count, sizeof(int64), TickCompareInt64);
	list_sort(touched, compare_load_cells);
	foreach(cell, touched)
	{
		int64		load = *(int64 *) lfirst(cell);

		/* load 0 is INSERT's, which has no ledger */
		if (load == 0 || load == previous)
			continue;
		previous = load;
		if (bsearch(&load, alive, count, sizeof(int64), TickCompareInt64) == NULL)
		{
			TickCatalogSetLedger(load, rewrite->changeset);
			result->emptied_loads++;
		}
	}
	UnregisterSnapshot(snapshot);
	CommandCounterIncrement();
}

/* Lock, look again and rewrite one partition when there is a reason to. */
static bool
visit_partition(const TickRewrite *rewrite, int32 partition, TickRewriteResult *result,
				List **touched, MemoryContext keep)
{
	Snapshot	snapshot;
	List	   *segments;
	bool		wanted,
				unchanged;

	if (!rewrite->in_passing)
		TickCatalogLockPartition(rewrite->dataset->relid, partition);
	else if (!TickCatalogTryLockPartition(rewrite->dataset->relid, partition))
		return false;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	segments = live_segments(rewrite, partition, partition,
							 TICK_SEGMENT_ZONE_MAPS | TICK_SEGMENT_LOADS, snapshot);
	unchanged = check_snapshot(rewrite, partition, segments);
	wanted = unchanged && segments != NIL &&
		((rewrite->min_segments > 0 && list_length(segments) >= rewrite->min_segments) ||
		 may_remove(rewrite, segments) || stats_are_old(rewrite, segments, snapshot));
	if (wanted)
	{
		if (rewrite->remove != NULL)
			*touched = add_loads(*touched, segments, keep);
		rewrite_partition(rewrite, partition, segments, snapshot, result);
	}
	UnregisterSnapshot(snapshot);
	if (wanted)
		CommandCounterIncrement();
	return wanted;
}

void
TickRewritePartitions(const TickRewrite *rewrite, TickRewriteResult *result)
{
	MemoryContext keep = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(keep, "tick rewrite", ALLOCSET_DEFAULT_SIZES);
	List	   *touched = NIL;
	ListCell   *cell;

	memset(result, 0, sizeof(*result));
	foreach(cell, partitions_to_visit(rewrite))
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(context);
		visit_partition(rewrite, lfirst_int(cell), result, &touched, keep);
		MemoryContextSwitchTo(keep);
		MemoryContextReset(context);
	}
	MemoryContextDelete(context);
	if (touched != NIL)
		settle_ledger(rewrite, touched, result);
}
