/*-------------------------------------------------------------------------
 *
 * load_publish.c
 *	  Rows that were read become segments.
 *
 * In this order, which is every loader's order of locks: the ledger (by
 * content hash), new symbols, partitions that are rewritten (ascending).  Of
 * each partition the load leaves one segment:
 *
 *	written early                 ->  finished, with its symbols' codes
 *	rows in memory only           ->  sorted, written straight
 *	rows set aside                ->  brought back, sorted, written straight
 *	one spilled image             ->  copied, with its symbols' codes
 *	several of these, or rows of  ->  merged
 *	  files that failed
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/twophase.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/memutils.h"

#include "changeset.h"
#include "core/cursor.h"
#include "load.h"
#include "rewrite.h"
#include "segment_build.h"
#include "symbol.h"

#define MERGE_FROM 5			/* live segments at which a partition is merged after a load */
#define SEGMENT_ROWS 16384		/* rows from which a segment is expected to get a relation */
#define MOST_RELATIONS 4000		/* made in one transaction, however large the lock table */
#define MOST_LOGGED 20			/* partitions that the log names one by one */

/* ---- partitions and their number ---- */

/* New relations that one transaction can lock, with room left for others. */
static int
relation_limit(void)
{
	int64		locks = (int64) max_locks_per_xact * (MaxConnections + max_prepared_xacts) / 2;

	return (int) Min(locks, MOST_RELATIONS);
}

static void
refuse_too_many(int limit)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the load would make more than %d segments in one transaction", limit),
			 errhint("Use CALL tick_load_each(), a coarser partition_by (month, year), or raise max_locks_per_transaction.")));
}

static void
add_rows(Load *load, int32 partition, int64 rows)
{
	LoadPartition **recent = &load->recent[(uint32) partition % LOAD_RECENT];
	LoadPartition *entry = *recent;
	bool		found;
	int			limit;

	if (entry == NULL || entry->partition != partition)
	{
		entry = *recent = hash_search(load->partitions, &partition, HASH_ENTER, &found);
		if (!found)
		{
			entry->rows = entry->file_rows = 0;
			entry->spilled = false;
		}
	}
	if (entry->rows + entry->file_rows < SEGMENT_ROWS && entry->rows + entry->file_rows + rows >= SEGMENT_ROWS)
	{
		limit = relation_limit();
		if (++load->large_partitions > limit)
			refuse_too_many(limit);
	}
	entry->file_rows += rows;
}

void
LoadCountPartitions(Load *load, const int32 *partition, uint32 rows)
{
	uint32		first = 0;
	uint32		i;

	for (i = 1; i <= rows; i++)
		if (i == rows || partition[i] != partition[first])
		{
			add_rows(load, partition[first], i - first);
			first = i;
		}
}

void
LoadSettlePartitions(Load *load, bool keep)
{
	HASH_SEQ_STATUS scan;
	LoadPartition *entry;

	if (load->partitions == NULL)
		return;
	hash_seq_init(&scan, load->partitions);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if (keep)
			entry->rows += entry->file_rows;
		entry->file_rows = 0;
	}
}

/* Rows of a partition that are to be published. */
static int64
partition_rows(const Load *load, int32 partition)
{
	LoadPartition *entry = hash_search(load->partitions, &partition, HASH_FIND, NULL);

	return entry != NULL ? entry->rows : 0;
}

/* Partitions with rows. */
static int
count_partitions(const Load *load)
{
	HASH_SEQ_STATUS scan;
	LoadPartition *entry;
	int			count = 0;

	if (load->partitions == NULL)
		return 0;
	hash_seq_init(&scan, load->partitions);
	while ((entry = hash_seq_search(&scan)) != NULL)
		count += entry->rows > 0;
	return count;
}

/* ---- symbols ---- */

/* Give every symbol of the load its code. */
static void
enumerate_symbols(Load *load, TickSymbolCodes *codes)
{
	LoadProgressPhase(load, LOAD_ENUMERATING);
	TickSymbolCodesOfRun(codes, load->run);
	load->symbols = codes->count;
	load->new_symbols = codes->fresh;
	LoadStep(load, "enumerating %d symbols, %d of them new", codes->count, codes->fresh);
}

/* ---- segments ---- */

/* State of writing the load's segments. */
typedef struct Publishing
{
	Load	   *load;
	TickSymbolCodes codes;
	LoadPhase	phase;
	int			segments;
	int			relations;
	int32	   *partition;		/* of each segment written */
	Size		capacity;
} Publishing;

void
LoadLogPartition(Load *load, int32 partition, int64 rows)
{
	if (load->logged_partitions++ < MOST_LOGGED)
		LoadStep(load, "writing %lld rows to partition %s", (long long) rows,
				 TickPartitionLabel(load->dataset->grain, partition));
}

static void
note_segment(Publishing *publishing, const TickSegmentEntry *entry)
{
	int			limit = relation_limit();

	if (publishing->segments == publishing->capacity)
	{
		publishing->capacity = Max(256, publishing->capacity * 2);
		publishing->partition = publishing->partition == NULL ?
			MemoryContextAllocHuge(publishing->load->context, publishing->capacity * sizeof(int32)) :
			repalloc_huge(publishing->partition, publishing->capacity * sizeof(int32));
	}
	publishing->partition[publishing->segments++] = entry->partition;
	if (OidIsValid(entry->stored.relid) && ++publishing->relations > limit)
		refuse_too_many(limit);
}

/* One partition of the run in memory. */
static void
write_partition(Publishing *publishing, uint32 index)
{
	Load	   *load = publishing->load;
	TickSegmentBuild *build;
	TickError	error;
	int32_t		partition;
	uint64_t	rows;

	tick_run_partition(load->run, index, &partition, &rows);
	LoadLogPartition(load, partition, rows);
	build = TickSegmentBuildBegin(load->dataset);
	TickCheck(tick_run_write(load->run, TickMemoryFor(CurrentMemoryContext), index, TickSymbolFindCode, &publishing->codes,
							 build->writer, TickInterrupt, &error), &error);
	note_segment(publishing, TickSegmentBuildFinish(build, partition, load->changeset));
}

/* A partition that has rows elsewhere too, or rows of failed files, is spilled to be merged. */
static bool
must_merge(const Load *load, int32 partition)
{
	return load->failed != NIL || LoadSpillHolds(load, partition) || LoadEarlyHolds(load, partition) ||
		LoadAsideSplits(load, partition);
}

/* A LoadJobDone: context is the Publishing. */
static void
take_image(void *context, int32 partition, const uint8 *uuid, const uint8 *image, Size length)
{
	Publishing *publishing = context;
	Load	   *load = publishing->load;

	if (publishing->phase == LOAD_WRITING && must_merge(load, partition))
		LoadSpillTake(load, partition, uuid, image, length);
	else
		note_segment(publishing, TickSegmentBuildImage(load->dataset, uuid, image, length, partition, load->changeset));
}

static void
begin_phase(Publishing *publishing, LoadPhase phase)
{
	publishing->phase = phase;
	LoadProgressPhase(publishing->load, phase);
}

/* What is in the run. */
static void
write_run(Publishing *publishing, MemoryContext scratch)
{
	Load	   *load = publishing->load;
	LoadJobs   *jobs;
	TickError	error;
	uint32		i;

	LoadStep(load, "sorting %llu rows", (unsigned long long) tick_run_rows(load->run));
	begin_phase(publishing, LOAD_SORTING);
	TickCheck(tick_run_sort(load->run, TickInterrupt, &error), &error);
	begin_phase(publishing, LOAD_WRITING);
	jobs = LoadJobsBegin(load, take_image, publishing);
	for (i = 0; i < tick_run_partitions(load->run); i++)
	{
		MemoryContext old = MemoryContextSwitchTo(scratch);
		int32_t		partition;
		uint64_t	rows;

		CHECK_FOR_INTERRUPTS();
		tick_run_partition(load->run, i, &partition, &rows);
		if (LoadJobsMayWrite(load, rows))
		{
			if (!must_merge(load, partition))
				LoadLogPartition(load, partition, rows);
			LoadJobsWrite(jobs, i, partition, TickSymbolFindCode, &publishing->codes);
		}
		else if (must_merge(load, partition))
			LoadSpillPartitionOf(load, i);
		else
			write_partition(publishing, i);
		MemoryContextSwitchTo(old);
		MemoryContextReset(scratch);
	}
	LoadJobsEnd(jobs);
}

/* Segments that lack nothing but their codes. */
static void
write_early(Publishing *publishing)
{
	while (LoadEarlyCount(publishing->load) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		note_segment(publishing, LoadEarlyPublish(publishing->load, TickSymbolFindCode, &publishing->codes));
	}
}

/* Rows of the loads that failed, or NULL. */
static TickFilter *
failed_filter(const Load *load)
{
	TickFilter *filter;
	ListCell   *cell;

	if (load->failed == NIL)
		return NULL;
	filter = palloc0(sizeof(TickFilter));
	filter->kind = TICK_FILTER_IN;
	filter->column = load->dataset->load_id;
	filter->type = TICK_INT;
	filter->value = palloc0(list_length(load->failed) * sizeof(TickFilterValue));
	/* load ids ascend, and so do the failures */
	foreach(cell, load->failed)
		filter->value[filter->values++].i64 = *(int64 *) lfirst(cell);
	return filter;
}

/* Rows that were written early came first. */
static void
merge_images(Publishing *publishing, int first, int end, const TickFilter *remove)
{
	Load	   *load = publishing->load;
	const TickSchema *schema = &load->dataset->schema;
	const TickMemory *memory = TickMemoryFor(CurrentMemoryContext);
	TickMergeOptions options = {.wanted = schema->column,.wanted_columns = schema->columns,
		.time = schema->time,.time_low = PG_INT64_MIN,.time_high = PG_INT64_MAX};
	int32		partition = LoadSpillPartition(load->spill, first);
	TickSource *early = LoadEarlySource(load, partition);
	TickSegmentReader **readers = palloc((end - first + 1) * sizeof(TickSegmentReader *));
	int			count = 0;
	TickSegmentBuild *build = TickSegmentBuildBegin(load->dataset);
	TickMerge  *merge;
	TickError	error;
	uint64_t	removed;
	int			i;

	if (early != NULL)
		TickCheck(tick_segment_reader_open(&readers[count++], memory, *early, NULL, &error), &error);
	for (i = first; i < end; i++)
		TickCheck(tick_segment_reader_open(&readers[count++], memory, LoadSpillSource(load->spill, i), NULL, &error),
				  &error);
	TickCheck(tick_merge_create(&merge, memory, readers, count, &options, &error), &error);
	TickCheck(tick_merge_write(merge, remove, TickSymbolFindCode, &publishing->codes, build->writer, &removed, TickInterrupt,
							   &error), &error);
	tick_merge_free(merge);
	note_segment(publishing, TickSegmentBuildFinish(build, partition, load->changeset));
	if (early != NULL)
		LoadEarlyDrop(load, partition);
}

/* All images of one partition, first .. end - 1. */
static void
write_images(Publishing *publishing, LoadJobs *jobs, int first, int end, const TickFilter *remove)
{
	Load	   *load = publishing->load;
	int32		partition = LoadSpillPartition(load->spill, first);
	int64		rows = partition_rows(load, partition);
	bool		early = LoadEarlyHolds(load, partition);

	if (rows == 0)
		return;
	LoadLogPartition(load, partition, rows);
	if (end - first == 1 && remove == NULL && !early)
		note_segment(publishing, TickSegmentBuildCopy(load->dataset, LoadSpillSource(load->spill, first), TickSymbolFindCode,
													  &publishing->codes, partition, load->changeset));
	else if (!early && LoadJobsMayMerge(load, first, end, rows))
		LoadJobsMerge(jobs, first, end, remove, TickSymbolFindCode, &publishing->codes);
	else
		merge_images(publishing, first, end, remove);
}

static void
write_spill(Publishing *publishing, MemoryContext scratch)
{
	Load	   *load = publishing->load;
	const TickFilter *remove = failed_filter(load);
	LoadJobs   *jobs = LoadJobsBegin(load, take_image, publishing);
	int			images = LoadSpillImages(load->spill);
	int			first = 0;

	LoadSpillSort(load->spill);
	begin_phase(publishing, LOAD_MERGING);
	while (first < images)
	{
		int			end = first + 1;
		MemoryContext old;

		CHECK_FOR_INTERRUPTS();
		while (end < images && LoadSpillPartition(load->spill, end) == LoadSpillPartition(load->spill, first))
			end++;
		old = MemoryContextSwitchTo(scratch);
		write_images(publishing, jobs, first, end, remove);
		MemoryContextSwitchTo(old);
		MemoryContextReset(scratch);
		first = end;
	}
	LoadJobsEnd(jobs);
}

/* ---- afterwards ---- */

/*
 * Merge partitions that have come to hold too many segments.  Where another
 * transaction works on a partition, or has changed it since this one's
 * snapshot, that is left to a later load: no reason to wait or to fail.
 */
static void
finalize_partitions(Publishing *publishing)
{
	Load	   *load = publishing->load;
	int			i;

	CommandCounterIncrement();
	LoadProgressPhase(load, LOAD_MERGING);
	for (i = 0; i < publishing->segments; i++)
	{
		TickRewrite rewrite = {.dataset = load->dataset,.changeset = load->changeset,
			.partition_low = publishing->partition[i],.partition_high = publishing->partition[i],
		.min_segments = MERGE_FROM,.in_passing = true};
		TickRewriteResult result;

		CHECK_FOR_INTERRUPTS();
		TickRewritePartitions(&rewrite, &result);
	}
}

/* "3 days", "2 months", ... */
static char *
partitions_text(const Load *load)
{
	int			count = count_partitions(load);
	const char *unit = load->dataset->grain <= TICK_GRAIN_YEAR ? TickGrainName(load->dataset->grain) : "partition";

	return psprintf("%d %s%s", count, unit, count == 1 ? "" : "s");
}

static void
announce(const Load *load)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s: %d file%s", load->dataset->name, load->loaded_files, load->loaded_files == 1 ? "" : "s");
	if (load->skipped_files > 0)
		appendStringInfo(&text, " (%d skipped)", load->skipped_files);
	if (load->failed_files > 0)
		appendStringInfo(&text, ", %d failed", load->failed_files);
	appendStringInfo(&text, ", %lld rows, %lld rejected, %s", (long long) load->rows, (long long) load->rejected,
					 partitions_text(load));
	if (load->dataset->schema.symbol >= 0)
		appendStringInfo(&text, ", %d symbol%s (%d new)", load->symbols, load->symbols == 1 ? "" : "s", load->new_symbols);
	if (load->options->replaces != LOAD_REPLACES_NONE)
		appendStringInfo(&text, ", %lld rows replaced", (long long) load->removed);
	appendStringInfo(&text, ", %.1f s", LoadSeconds(load));
	TickChangesetNotice(load->changeset, text.data, load->options->commits);
}

void
LoadPublish(Load *load)
{
	MemoryContext context = AllocSetContextCreate(load->context, "tick publish", ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch = AllocSetContextCreate(load->context, "tick partition", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Publishing	publishing = {.load = load};

	load->changeset = TickChangesetBegin("load", load->dataset->relid);
	LoadWriteLedger(load);
	enumerate_symbols(load, &publishing.codes);
	LoadReplaceRows(load);
	if (load->options->replaces != LOAD_REPLACES_NONE)
		LoadSettleLedger(load);
	/* what has come since rows were set aside follows them */
	if (tick_run_rows(load->run) > 0 && !(load->aside != NULL && LoadAsideTake(load, false)))
		write_run(&publishing, scratch);
	while (load->aside != NULL && LoadAsideFill(load))
		write_run(&publishing, scratch);
	if (load->spill != NULL)
		write_spill(&publishing, scratch);
	write_early(&publishing);
	LoadStep(load, "%d segments written", publishing.segments);
	if (load->options->finalize)
		finalize_partitions(&publishing);
	TickChangesetCount(load->changeset, load->rows, load->removed);
	announce(load);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	MemoryContextDelete(context);
}
