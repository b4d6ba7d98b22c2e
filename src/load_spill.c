/*-------------------------------------------------------------------------
 *
 * load_spill.c
 *	  Rows that did not fit the memory, sorted, in a temporary file.
 *
 * Each partition of a run is written as the image of a segment, so that
 * merging reads it like any segment and a lone image is published by a copy.
 * Images begin at block borders of one BufFile, which temp_file_limit and
 * temp_tablespaces apply to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "load.h"
#include "segment_build.h"

#define POOL_SHARE 8			/* of tick.load_memory: what texts may take that stay in the run */

typedef struct SpillImage
{
	int32		partition;
	int			number;			/* of writing: keeps the order of rows at equal stamps */
	long		block;			/* its first */
	uint64		bytes;
	struct LoadSpill *spill;
} SpillImage;

struct LoadSpill
{
	MemoryContext context;
	BufFile    *file;
	long		blocks;			/* written, padded to whole ones */
	uint64		position;		/* bytes of the image being written */
	SpillImage *image;
	int			images;
	int			capacity;
	TickSegmentOptions options; /* images carry the statistics that they are published with */
};

bool
LoadPoolsAreLarge(const Load *load)
{
	return tick_run_pool_memory(load->run) > (Size) tick_load_memory * 1024 / POOL_SHARE;
}

BufFile *
LoadTempFile(Load *load)
{
	MemoryContext old = MemoryContextSwitchTo(load->context);
	ResourceOwner caller = CurrentResourceOwner;
	BufFile    *file;

	CurrentResourceOwner = load->owner;
	file = BufFileCreateTemp(false);
	CurrentResourceOwner = caller;
	MemoryContextSwitchTo(old);
	return file;
}

static LoadSpill *
create_spill(Load *load)
{
	MemoryContext old = MemoryContextSwitchTo(load->context);
	LoadSpill  *spill = palloc0(sizeof(LoadSpill));

	spill->context = load->context;
	spill->capacity = 64;
	spill->image = palloc(spill->capacity * sizeof(SpillImage));
	TickSegmentBuildOptions(load->dataset, &spill->options);
	spill->file = LoadTempFile(load);
	MemoryContextSwitchTo(old);
	return spill;
}

static TickStatus
append_bytes(void *context, const void *bytes, size_t length, TickError *error)
{
	LoadSpill  *spill = context;

	BufFileWrite(spill->file, unconstify(void *, bytes), length);
	spill->position += length;
	return TICK_OK;
}

static SpillImage *
begin_image(Load *load, LoadSpill *spill, int32 partition)
{
	LoadPartition *entry = hash_search(load->partitions, &partition, HASH_FIND, NULL);
	SpillImage *image;

	entry->spilled = true;
	if (spill->images == spill->capacity)
	{
		spill->capacity *= 2;
		spill->image = repalloc_huge(spill->image, (Size) spill->capacity * sizeof(SpillImage));
	}
	image = &spill->image[spill->images];
	image->partition = partition;
	image->number = spill->images;
	image->block = spill->blocks;
	spill->position = 0;
	return image;
}

/* Pad to a block border, which is what BufFileSeekBlock() finds. */
static void
end_image(LoadSpill *spill, SpillImage *image)
{
	static char zeros[BLCKSZ];
	size_t		rest = spill->position % BLCKSZ;

	image->bytes = spill->position;
	if (rest > 0)
		BufFileWrite(spill->file, zeros, BLCKSZ - rest);
	spill->blocks += (spill->position + BLCKSZ - 1) / BLCKSZ;
	spill->images++;
}

void
LoadSpillPartitionOf(Load *load, uint32 index)
{
	LoadSpill  *spill = load->spill != NULL ? load->spill : (load->spill = create_spill(load));
	TickSink	sink = {append_bytes, spill};
	TickGuardedWriter *guarded;
	TickSegmentSummary summary;
	TickError	error;
	int32		partition;
	uint64_t	rows;
	SpillImage *image;

	tick_run_partition(load->run, index, &partition, &rows);
	image = begin_image(load, spill, partition);
	guarded = TickGuardedWriterCreate(&load->dataset->schema, &spill->options, sink);
	TickCheck(tick_run_write(load->run, TickMemoryFor(CurrentMemoryContext), index, NULL, NULL, guarded->writer,
							 TickInterrupt, &error), &error);
	TickCheck(tick_segment_writer_finish(guarded->writer, &summary, &error), &error);
	TickGuardedWriterFree(guarded);
	end_image(spill, image);
}

void
LoadSpillTake(void *context, int32 partition, const uint8 *uuid, const uint8 *bytes, Size length)
{
	Load	   *load = context;
	LoadSpill  *spill = load->spill != NULL ? load->spill : (load->spill = create_spill(load));
	SpillImage *image = begin_image(load, spill, partition);
	TickError	error;

	TickCheck(append_bytes(spill, bytes, length, &error), &error);
	end_image(spill, image);
}

/*
 * The partition that goes on, when files come in order of time: its rows stay
 * in the run, so that a day that fits is written once and never merged.  -1
 * when everything has to go: there is one partition only, or too little would
 * be gained.
 */
static int
partition_to_keep(const Load *load, int32 newest)
{
	uint32		i;

	if (tick_run_partitions(load->run) < 2 ||
		LoadPoolsAreLarge(load))
		return -1;
	for (i = 0; i < tick_run_partitions(load->run); i++)
	{
		int32_t		partition;
		uint64_t	rows;

		tick_run_partition(load->run, i, &partition, &rows);
		if (partition == newest)
			return rows <= tick_run_rows(load->run) / 2 ? (int) i : -1;
	}
	return -1;
}

static void
sort_run(Load *load)
{
	TickError	error;

	LoadStep(load, "sorting %llu rows", (unsigned long long) tick_run_rows(load->run));
	LoadProgressPhase(load, LOAD_SORTING);
	TickCheck(tick_run_sort(load->run, TickInterrupt, &error), &error);
}

/*
 * Write the partitions of the sorted run but the one to keep (-1: none).  Of
 * a run that ascends, all but the newest may go where they stay.
 */
static void
write_partitions(Load *load, int keep, bool ascends, int32 newest)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "tick spill", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	LoadJobs   *jobs;
	uint32		i;

	LoadProgressPhase(load, LOAD_WRITING);
	jobs = LoadJobsBegin(load, LoadSpillTake, load);
	old = MemoryContextSwitchTo(scratch);
	for (i = 0; i < tick_run_partitions(load->run); i++)
	{
		int32_t		partition;
		uint64_t	rows;

		CHECK_FOR_INTERRUPTS();
		tick_run_partition(load->run, i, &partition, &rows);
		if ((int) i == keep || (ascends && partition != newest && LoadEarlyTake(load, i)))
			continue;
		if (LoadJobsMayWrite(load, rows))
			LoadJobsWrite(jobs, i, partition, NULL, NULL);
		else
			LoadSpillPartitionOf(load, i);
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(old);
	LoadJobsEnd(jobs);
	MemoryContextDelete(scratch);
}

void
LoadSpillImagesOf(Load *load)
{
	sort_run(load);
	write_partitions(load, -1, false, 0);
}

void
LoadSpillRun(Load *load)
{
	int32		newest = tick_run_newest_partition(load->run);
	bool		ascends = tick_run_ascends(load->run);
	int			keep;

	if (LoadAsideTake(load, ascends))
		return;
	sort_run(load);
	keep = partition_to_keep(load, newest);
	write_partitions(load, keep, ascends, newest);
	if (keep >= 0)
		tick_run_keep(load->run, keep);
	else
		tick_run_reset(load->run);
	LoadProgressPhase(load, LOAD_READING);
}

bool
LoadSpillHolds(const Load *load, int32 partition)
{
	LoadPartition *entry = hash_search(load->partitions, &partition, HASH_FIND, NULL);

	return entry != NULL && entry->spilled;
}

int
LoadSpillImages(const LoadSpill *spill)
{
	return spill->images;
}

static int
compare_images(const void *a, const void *b)
{
	const SpillImage *left = a;
	const SpillImage *right = b;

	if (left->partition != right->partition)
		return left->partition < right->partition ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

void
LoadSpillSort(LoadSpill *spill)
{
	qsort(spill->image, spill->images, sizeof(SpillImage), compare_images);
}

int32
LoadSpillPartition(const LoadSpill *spill, int image)
{
	return spill->image[image].partition;
}

Size
LoadSpillBytes(const LoadSpill *spill, int first, int end)
{
	Size		bytes = 0;
	int			i;

	for (i = first; i < end; i++)
		bytes += spill->image[i].bytes;
	return bytes;
}

static TickStatus
read_bytes(void *context, uint64_t offset, void *bytes, size_t length, TickError *error)
{
	SpillImage *image = context;
	BufFile    *file = image->spill->file;

	if (BufFileSeekBlock(file, image->block + (long) (offset / BLCKSZ)) != 0 ||
		BufFileSeek(file, 0, offset % BLCKSZ, SEEK_CUR) != 0)
		return tick_error_set(error, TICK_IO, "could not seek in a temporary file");
	if (BufFileRead(file, bytes, length) != length)
		return tick_error_set(error, TICK_IO, "could not read from a temporary file");
	return TICK_OK;
}

TickSource
LoadSpillSource(LoadSpill *spill, int image)
{
	TickSource	source = {read_bytes, &spill->image[image], spill->image[image].bytes};

	spill->image[image].spill = spill;
	return source;
}

void
LoadSpillEnd(LoadSpill *spill)
{
	BufFileClose(spill->file);
}
