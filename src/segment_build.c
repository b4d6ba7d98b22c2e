/*-------------------------------------------------------------------------
 *
 * segment_build.c
 *	  Write one new segment and publish it in the catalog.
 *
 * The row that is inserted here is the publication: readers see it once the
 * transaction commits.  Until then, and after an abort, there is nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/cursor.h"
#include "core/value.h"
#include "qual.h"
#include "segment_build.h"
#include "tick.h"

#define ROW_GROUPS_AT_HAND 3	/* of a writer with threads */
#define LEAST_ROW_GROUP_ROWS 4096

/* Load ids of an image, distinct when it was packed last: row groups of one load tell by their zone map. */
typedef struct LoadSet
{
	int64	   *load;
	int			loads;
	int			capacity;
} LoadSet;

static int
compare_loads(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return (left > right) - (left < right);
}

/* Sort, and keep one of each. */
static void
pack_loads(LoadSet *set)
{
	if (set->loads == 0)
		return;
	qsort(set->load, set->loads, sizeof(int64), compare_loads);
	set->loads = (int) qunique(set->load, set->loads, sizeof(int64), compare_loads);
}

/* Rows of one load mostly follow each other; where they alternate, the set is packed each time it is full. */
static void
add_load(LoadSet *set, int64 load)
{
	if (set->loads > 0 && set->load[set->loads - 1] == load)
		return;
	if (set->loads == set->capacity)
	{
		pack_loads(set);
		if (set->loads >= set->capacity / 2)
		{
			set->capacity = Max(1024, set->capacity * 2);
			set->load = set->load == NULL ? palloc(set->capacity * sizeof(int64)) :
				repalloc_huge(set->load, set->capacity * sizeof(int64));
		}
	}
	set->load[set->loads++] = load;
}

/* Read the load ids of row groups whose zone map names more than one. */
static void
decode_loads(TickSegmentReader *reader, const TickColumn *column, uint64 first, uint32 rows, LoadSet *set)
{
	TickCursor *cursor;
	TickError	error;
	TickStatus	status;
	uint64_t	at;
	uint32_t	count;

	TickCheck(tick_cursor_create(&cursor, TickMemoryFor(CurrentMemoryContext), reader, column, 1, &error), &error);
	tick_cursor_seek(cursor, first, first + rows);
	while ((status = tick_cursor_next(cursor, &at, &count, &error)) == TICK_OK)
	{
		const TickVector *vector;
		uint32_t	i;

		TickCheck(tick_cursor_column(cursor, 0, &vector, &error), &error);
		for (i = 0; i < count; i++)
			if (i == 0 || vector->i64[i] != vector->i64[i - 1])
				add_load(set, vector->i64[i]);
	}
	if (status != TICK_END)
		TickRaise(&error);
	tick_cursor_free(cursor);
}

int
TickSegmentLoads(TickSegmentReader *reader, int64 **loads)
{
	const TickSchema *schema = tick_segment_schema(reader);
	LoadSet		set = {0};
	uint32		group;
	int			load_id = 0;

	while (load_id < schema->columns && schema->column[load_id].id != TICK_COLUMN_LOAD_ID)
		load_id++;
	*loads = NULL;
	if (load_id == schema->columns)
		return 0;

	for (group = 0; group < tick_segment_row_groups(reader); group++)
	{
		const TickZoneMap *map = tick_segment_zone_map(reader, group, load_id);
		uint64_t	first;
		uint32_t	rows;

		CHECK_FOR_INTERRUPTS();
		tick_segment_row_group(reader, group, &first, &rows);
		if (map->has_range && map->min_i64 == map->max_i64)
			add_load(&set, map->min_i64);
		else
			decode_loads(reader, &schema->column[load_id], first, rows, &set);
	}
	pack_loads(&set);
	*loads = set.load;
	return set.loads;
}

/* The catalog's copy of a summary: whole-segment zone maps and time range. */
static void
fill_entry(TickSegmentEntry *entry, const TickDataset *dataset, const TickSchema *schema,
		   const TickSegmentSummary *summary)
{
	int64		unit = 1;
	int			i;

	if (schema->time >= 0 && schema->column[schema->time].type == TICK_DATE)
		unit = TICK_NS_PER_DAY;
	entry->dataset = dataset->relid;
	entry->rows = summary->rows;
	entry->symbols = summary->symbols;
	entry->has_time = summary->has_time;
	if (__builtin_mul_overflow(summary->time_min, unit, &entry->time_min) ||
		__builtin_mul_overflow(summary->time_max, unit, &entry->time_max))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range for dataset \"%s\"", dataset->name),
				 errdetail("The time of a row lies between 1677-09-22 and 2262-04-11.")));
	entry->sorted = true;
	entry->zone_maps = schema->columns;
	entry->zone_column = palloc(schema->columns * sizeof(int32));
	entry->zone_type = palloc(schema->columns * sizeof(TickType));
	entry->zone_map = palloc(schema->columns * sizeof(TickZoneMap));
	for (i = 0; i < schema->columns; i++)
	{
		entry->zone_column[i] = schema->column[i].id;
		entry->zone_type[i] = schema->column[i].type;
		entry->zone_map[i] = summary->zone_map[i];
	}
}

/* Read the finished image back for its loads, and insert its row. */
static TickSegmentEntry *
publish(const TickDataset *dataset, const TickStored *stored, int32 partition, int64 changeset)
{
	TickSegmentEntry *entry = palloc0(sizeof(TickSegmentEntry));
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick publish", ALLOCSET_DEFAULT_SIZES);
	TickSegmentReader *reader;
	TickSegmentSummary summary;
	TickError	error;

	TickCheck(tick_segment_reader_open(&reader, TickMemoryFor(context), *TickStorageOpen(stored),
									   stored->uuid, &error), &error);
	tick_segment_summary(reader, &summary);
	fill_entry(entry, dataset, tick_segment_schema(reader), &summary);
	entry->loads = TickSegmentLoads(reader, &entry->load);
	tick_segment_reader_close(reader);
	MemoryContextDelete(context);
	entry->stored = *stored;
	entry->partition = partition;
	entry->added = changeset;
	entry->added_number = PG_INT64_MAX;
	TickCatalogInsertSegment(entry);
	return entry;
}

void
TickSegmentBuildName(uint8 uuid[TICK_UUID_BYTES])
{
	if (!pg_strong_random(uuid, TICK_UUID_BYTES))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	/* version 4, variant 1, as RFC 4122 has it */
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
}

/* MemoryContextCallback: join the thread and free what is malloc's. */
static void
release_writer(void *argument)
{
	TickGuardedWriter *guarded = argument;

	tick_segment_writer_free(guarded->writer);
	guarded->writer = NULL;
}

TickGuardedWriter *
TickGuardedWriterCreate(const TickSchema *schema, TickSegmentOptions *options, TickSink sink)
{
	TickGuardedWriter *guarded = palloc0(sizeof(TickGuardedWriter));
	TickError	error;

	guarded->callback.func = release_writer;
	guarded->callback.arg = guarded;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &guarded->callback);
	options->threaded = tick_threads > 1;
	TickCheck(tick_segment_writer_create(&guarded->writer, TickMemoryFor(CurrentMemoryContext), schema,
										 options, sink, &error), &error);
	return guarded;
}

void
TickGuardedWriterFree(TickGuardedWriter *guarded)
{
	release_writer(guarded);
}

/*
 * Rows of a row group: the usual number, unless so many columns would take
 * more than half of tick.load_memory for the row groups that a writer has at
 * hand.
 */
static uint32_t
row_group_rows(const TickDataset *dataset)
{
	Size		width = dataset->schema.columns * sizeof(int64);
	Size		rows = (Size) tick_load_memory * 1024 / 2 / ROW_GROUPS_AT_HAND / width;

	rows = rows / TICK_BATCH_ROWS * TICK_BATCH_ROWS;
	return (uint32_t) Min(Max(rows, LEAST_ROW_GROUP_ROWS), TICK_ROW_GROUP_ROWS);
}

void
TickSegmentBuildOptions(const TickDataset *dataset, TickSegmentOptions *options)
{
	memset(options, 0, sizeof(*options));
	options->row_group_rows = row_group_rows(dataset);
	options->stats_filter_hash = dataset->stats_hash;
	if (dataset->stats_where != NULL)
	{
		Relation	relation = table_open(dataset->relid, AccessShareLock);

		options->stats_filter = TickQualFromText(dataset, relation, dataset->stats_where, "stats_where");
		table_close(relation, AccessShareLock);
	}
}

TickSegmentBuild *
TickSegmentBuildBegin(const TickDataset *dataset)
{
	TickSegmentBuild *build = palloc0(sizeof(TickSegmentBuild));
	TickSegmentOptions options;

	TickSegmentBuildOptions(dataset, &options);
	TickSegmentBuildName(build->uuid);
	memcpy(options.uuid, build->uuid, TICK_UUID_BYTES);
	build->dataset = dataset;
	build->storage = TickStorageBegin(build->uuid);
	build->guarded = TickGuardedWriterCreate(&dataset->schema, &options, TickStorageSink(build->storage));
	build->writer = build->guarded->writer;
	return build;
}

void
TickSegmentBuildSettle(TickSegmentBuild *build)
{
	TickError	error;

	TickCheck(tick_segment_writer_settle(build->writer, &error), &error);
}

void
TickSegmentBuildClose(TickSegmentBuild *build, TickStored *stored)
{
	TickSegmentSummary summary;
	TickError	error;

	TickCheck(tick_segment_writer_finish(build->writer, &summary, &error), &error);
	TickStorageFinish(build->storage, stored);
	TickGuardedWriterFree(build->guarded);
}

TickSegmentEntry *
TickSegmentBuildFinish(TickSegmentBuild *build, int32 partition, int64 changeset)
{
	TickStored	stored;

	TickSegmentBuildClose(build, &stored);
	return publish(build->dataset, &stored, partition, changeset);
}

TickSegmentEntry *
TickSegmentBuildImage(const TickDataset *dataset, const uint8 uuid[TICK_UUID_BYTES], const uint8 *image, Size length,
					  int32 partition, int64 changeset)
{
	TickStorageWriter *storage = TickStorageBegin(uuid);
	TickSink	sink = TickStorageSink(storage);
	TickStored	stored;
	TickError	error;

	TickCheck(sink.append(sink.context, image, length, &error), &error);
	TickStorageFinish(storage, &stored);
	return publish(dataset, &stored, partition, changeset);
}

TickSegmentEntry *
TickSegmentBuildCopy(const TickDataset *dataset, TickSource source, TickSymbolCode code, void *context,
					 int32 partition, int64 changeset)
{
	uint8		uuid[TICK_UUID_BYTES];
	TickStorageWriter *storage;
	TickStored	stored;
	TickError	error;

	TickSegmentBuildName(uuid);
	storage = TickStorageBegin(uuid);
	TickCheck(tick_segment_copy(TickMemoryFor(CurrentMemoryContext), source, uuid, code, context,
								TickStorageSink(storage), &error), &error);
	TickStorageFinish(storage, &stored);
	return publish(dataset, &stored, partition, changeset);
}
