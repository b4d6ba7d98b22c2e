/*-------------------------------------------------------------------------
 *
 * load_early.c
 *	  Segments that are written before the load has read everything.
 *
 * Files mostly come in order of time.  When the run is full, then, all of its
 * partitions but the newest are complete, and go where they stay at once
 * instead of through a temporary file.  Only the last bytes of each are held
 * back, those that hold the symbols' codes: codes are given when all names
 * are known.
 *
 * Should more rows of such a partition come after all, its segment is merged
 * with them, and dropped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "load.h"

#define LEAST_ROWS TICK_ROW_GROUP_ROWS	/* fewer are cheap to write twice */
#define MEMORY_SHARE 8			/* of tick.load_memory, for the bytes held back */

typedef struct EarlySegment
{
	int32		partition;
	MemoryContext context;
	TickSegmentBuild *build;
	TickStored	stored;			/* once it is closed for a merge */
	bool		closed;
} EarlySegment;

struct LoadEarly
{
	EarlySegment *segment;
	int			segments;
	int			capacity;
	Size		memory;			/* held by the builds */
};

static LoadEarly *
early_of(Load *load)
{
	if (load->early == NULL)
		load->early = MemoryContextAllocZero(load->context, sizeof(LoadEarly));
	return load->early;
}

static EarlySegment *
find(const Load *load, int32 partition)
{
	int			i;

	for (i = 0; load->early != NULL && i < load->early->segments; i++)
		if (load->early->segment[i].partition == partition)
			return &load->early->segment[i];
	return NULL;
}

bool
LoadEarlyHolds(const Load *load, int32 partition)
{
	return find(load, partition) != NULL;
}

/*
 * May this partition of the run go where it stays?  Not in the subtransaction
 * of a file that may fail, which would take the rows of other files with it.
 */
static bool
may_take(Load *load, int32 partition, uint64 rows)
{
	return !load->options->skip_files && rows >= LEAST_ROWS &&
		early_of(load)->memory < (Size) tick_load_memory * 1024 / MEMORY_SHARE &&
		!LoadEarlyHolds(load, partition) && !LoadSpillHolds(load, partition);
}

static EarlySegment *
add_segment(Load *load)
{
	LoadEarly  *early = early_of(load);

	if (early->segments == early->capacity)
	{
		MemoryContext old = MemoryContextSwitchTo(load->context);

		early->capacity = Max(16, early->capacity * 2);
		early->segment = early->segment == NULL ? palloc(early->capacity * sizeof(EarlySegment)) :
			repalloc(early->segment, early->capacity * sizeof(EarlySegment));
		MemoryContextSwitchTo(old);
	}
	return memset(&early->segment[early->segments++], 0, sizeof(EarlySegment));
}

bool
LoadEarlyTake(Load *load, uint32 index)
{
	MemoryContext old = CurrentMemoryContext;
	EarlySegment *segment;
	TickError	error;
	int32_t		partition;
	uint64_t	rows;

	tick_run_partition(load->run, index, &partition, &rows);
	if (!may_take(load, partition, rows))
		return false;
	segment = add_segment(load);
	segment->partition = partition;
	segment->context = AllocSetContextCreate(load->context, "tick early segment", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(segment->context);
	LoadLogPartition(load, partition, rows);
	segment->build = TickSegmentBuildBegin(load->dataset);
	TickCheck(tick_run_write(load->run, TickMemoryFor(segment->context), index, NULL, NULL, segment->build->writer,
							 TickInterrupt, &error), &error);
	TickSegmentBuildSettle(segment->build);
	MemoryContextSwitchTo(old);
	load->early->memory += MemoryContextMemAllocated(segment->context, true);
	return true;
}

TickSource *
LoadEarlySource(Load *load, int32 partition)
{
	EarlySegment *segment = find(load, partition);
	MemoryContext old;

	if (segment == NULL)
		return NULL;
	old = MemoryContextSwitchTo(segment->context);
	TickSegmentBuildClose(segment->build, &segment->stored);
	segment->closed = true;
	MemoryContextSwitchTo(old);
	return TickStorageOpen(&segment->stored);
}

void
LoadEarlyDrop(Load *load, int32 partition)
{
	EarlySegment *segment = find(load, partition);

	if (OidIsValid(segment->stored.relid))
		TickStorageDrop(segment->stored.relid);
	MemoryContextDelete(segment->context);
	*segment = load->early->segment[--load->early->segments];
}

int
LoadEarlyCount(const Load *load)
{
	return load->early != NULL ? load->early->segments : 0;
}

TickSegmentEntry *
LoadEarlyPublish(Load *load, TickSymbolCode code, void *context)
{
	EarlySegment *segment = &load->early->segment[--load->early->segments];
	MemoryContext old = CurrentMemoryContext;
	TickSegmentEntry *entry;
	TickError	error;

	Assert(!segment->closed);
	MemoryContextSwitchTo(segment->context);
	TickCheck(tick_segment_writer_recode(segment->build->writer, code, context, &error), &error);
	entry = TickSegmentBuildFinish(segment->build, segment->partition, load->changeset);
	MemoryContextSwitchTo(old);
	return entry;
}
