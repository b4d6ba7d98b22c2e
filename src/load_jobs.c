/*-------------------------------------------------------------------------
 *
 * load_jobs.c
 *	  Segments of small partitions, several at a time.
 *
 * Threads make images; the backend hands them work and takes the images in
 * the order in which it asked for them.  What they read (run, schema, filter,
 * codes) does not change meanwhile.  Whatever way a load ends, the reset of
 * the memory context joins them first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/segment_job.h"
#include "load.h"

#define MOST_JOBS 8
#define MOST_ROWS (2 * TICK_ROW_GROUP_ROWS)	/* larger segments use the threads by themselves */
#define MEMORY_SHARE 4			/* of tick.load_memory, for all jobs together */

typedef struct Slot
{
	TickSegmentJob *job;
	bool		busy;
	int32		partition;
	TickSegmentOptions options;
} Slot;

struct LoadJobs
{
	Load	   *load;
	LoadJobDone done;
	void	   *context;
	MemoryContextCallback callback;
	TickSegmentOptions options;
	Slot		slot[MOST_JOBS];
	int			slots;
	int			next;			/* to be used, and the oldest in use */
};

static void
release(void *argument)
{
	LoadJobs   *jobs = argument;
	int			i;

	for (i = 0; i < jobs->slots; i++)
	{
		tick_segment_job_free(jobs->slot[i].job);
		jobs->slot[i].job = NULL;
	}
}

/* Jobs at a time. */
static int
count_jobs(void)
{
	return Min(tick_threads, MOST_JOBS);
}

LoadJobs *
LoadJobsBegin(Load *load, LoadJobDone done, void *context)
{
	LoadJobs   *jobs = palloc0(sizeof(LoadJobs));
	int			i;

	jobs->load = load;
	jobs->done = done;
	jobs->context = context;
	TickSegmentBuildOptions(load->dataset, &jobs->options);
	jobs->callback.func = release;
	jobs->callback.arg = jobs;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &jobs->callback);
	jobs->slots = count_jobs();
	for (i = 0; i < jobs->slots; i++)
	{
		TickError	error;

		TickCheck(tick_segment_job_create(&jobs->slot[i].job, &load->dataset->schema, tick_threads > 1, &error), &error);
	}
	return jobs;
}

/* A job holds its rows as a row group does, and what comes in or goes out besides. */
static bool
may_take(const Load *load, int64 rows, Size bytes)
{
	Size		row = load->dataset->schema.columns * sizeof(int64);

	return rows <= MOST_ROWS &&
		rows * row + bytes <= (Size) tick_load_memory * 1024 / MEMORY_SHARE / count_jobs();
}

bool
LoadJobsMayWrite(const Load *load, int64 rows)
{
	double		share = (double) rows / tick_run_rows(load->run);

	return may_take(load, rows, (Size) (tick_run_pool_memory(load->run) * share));
}

bool
LoadJobsMayMerge(const Load *load, int first, int end, int64 rows)
{
	return may_take(load, rows, LoadSpillBytes(load->spill, first, end));
}

/* Take the image of a slot, if it is making one. */
static void
finish(LoadJobs *jobs, Slot *slot)
{
	const uint8_t *image;
	size_t		length;
	TickError	error;

	if (!slot->busy)
		return;
	slot->busy = false;
	TickCheck(tick_segment_job_wait(slot->job, &image, &length, &error), &error);
	if (length > 0)
		jobs->done(jobs->context, slot->partition, slot->options.uuid, image, length);
}

/* A slot that is free, for a segment of its own name. */
static Slot *
take_slot(LoadJobs *jobs, int32 partition)
{
	Slot	   *slot = &jobs->slot[jobs->next];

	CHECK_FOR_INTERRUPTS();
	finish(jobs, slot);
	jobs->next = (jobs->next + 1) % jobs->slots;
	slot->busy = true;
	slot->partition = partition;
	slot->options = jobs->options;
	TickSegmentBuildName(slot->options.uuid);
	return slot;
}

void
LoadJobsWrite(LoadJobs *jobs, uint32 index, int32 partition, TickSymbolCode code, void *context)
{
	Slot	   *slot = take_slot(jobs, partition);

	tick_segment_job_write(slot->job, jobs->load->run, index, &slot->options, code, context);
}

void
LoadJobsMerge(LoadJobs *jobs, int first, int end, const TickFilter *remove, TickSymbolCode code, void *context)
{
	LoadSpill  *spill = jobs->load->spill;
	Slot	   *slot = take_slot(jobs, LoadSpillPartition(spill, first));
	int			i;

	for (i = first; i < end; i++)
	{
		TickSource	source = LoadSpillSource(spill, i);
		uint8	   *bytes = tick_segment_job_input(slot->job, source.length);
		TickError	error;

		if (bytes == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory")));
		TickCheck(source.read(source.context, 0, bytes, source.length, &error), &error);
	}
	tick_segment_job_merge(slot->job, remove, &slot->options, code, context);
}

void
LoadJobsEnd(LoadJobs *jobs)
{
	int			i;

	for (i = 0; i < jobs->slots; i++)
		finish(jobs, &jobs->slot[(jobs->next + i) % jobs->slots]);
	release(jobs);
}
