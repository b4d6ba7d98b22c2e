/*-------------------------------------------------------------------------
 *
 * aggregate_run.c
 *	  Run the jobs of an aggregation in several threads.
 *
 * Jobs lie in a ring.  The owner loads until the ring is full; then it folds
 * the oldest job if that is done, or runs one that waits, or else waits
 * itself.  Two jobs a thread are enough to keep all busy while the owner
 * reads, and bound the memory.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_run.h"

#include <pthread.h>
#include <string.h>

#include "core/worker.h"

#define MAX_THREADS 64
/* Below so many row groups one thread is done before another has begun. */
#define THREAD_ROW_GROUPS 2
/* Jobs of fewer rows are done before a thread is awake. */
#define THREAD_ROWS 8192

typedef enum JobState
{
	JOB_FREE, JOB_WAITING, JOB_RUNNING, JOB_DONE
} JobState;

struct TickAggregateRun
{
	const TickAggregatePlan *plan;
	TickAggregateTable *table;
	int			threads;
	int			workers;		/* made */
	TickWorker *worker[MAX_THREADS];
	TickAggregateCounters counters;
	int			capacity;
	TickAggregateJob *job[2 * MAX_THREADS];
	uint64_t	added;			/* jobs number folded .. added - 1 are in the ring */
	uint64_t	shared;			/* of all, those that threads may run */
	uint64_t	folded;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* under the mutex */
	JobState	state[2 * MAX_THREADS];
	uint64_t	started;		/* jobs before this number have been begun */
	uint64_t	loaded;			/* and those before this one may be */
	bool		stop;
};

TickStatus
tick_aggregate_run_create(TickAggregateRun **run, const TickAggregatePlan *plan,
						  TickAggregateTable *table, int threads, TickError *error)
{
	TickAggregateRun *r = tick_alloc_zero(&tick_memory_malloc, sizeof(*r));

	*run = r;
	if (r == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	r->plan = plan;
	r->table = table;
	r->threads = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
	r->capacity = 2 * r->threads;
	pthread_mutex_init(&r->mutex, NULL);
	pthread_cond_init(&r->changed, NULL);
	return TICK_OK;
}

/* A thread's work: run what waits until told to stop. */
static void
consume(void *argument)
{
	TickAggregateRun *run = argument;

	pthread_mutex_lock(&run->mutex);
	while (!run->stop)
	{
		int			place;

		if (run->started == run->loaded)
		{
			pthread_cond_wait(&run->changed, &run->mutex);
			continue;
		}
		place = (int) (run->started++ % (uint64_t) run->capacity);
		run->state[place] = JOB_RUNNING;
		pthread_mutex_unlock(&run->mutex);
		tick_aggregate_job_run(run->job[place]);
		pthread_mutex_lock(&run->mutex);
		run->state[place] = JOB_DONE;
		pthread_cond_broadcast(&run->changed);
	}
	pthread_mutex_unlock(&run->mutex);
}

void
tick_aggregate_run_free(TickAggregateRun *run)
{
	if (run == NULL)
		return;
	pthread_mutex_lock(&run->mutex);
	run->stop = true;
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->mutex);
	for (int i = 0; i < run->workers; i++)
		tick_worker_free(run->worker[i]);
	for (int i = 0; i < run->capacity; i++)
		tick_aggregate_job_free(run->job[i]);
	pthread_cond_destroy(&run->changed);
	pthread_mutex_destroy(&run->mutex);
	tick_free(&tick_memory_malloc, run);
}

/* Have the oldest job done, running or awaiting it; returns its place. */
static int
await_oldest(TickAggregateRun *run)
{
	int			oldest = (int) (run->folded % (uint64_t) run->capacity);

	pthread_mutex_lock(&run->mutex);
	while (run->state[oldest] != JOB_DONE)
	{
		int			place = (int) (run->started % (uint64_t) run->capacity);

		if (run->started == run->loaded)
		{
			pthread_cond_wait(&run->changed, &run->mutex);
			continue;
		}
		run->started++;
		run->state[place] = JOB_RUNNING;
		pthread_mutex_unlock(&run->mutex);
		tick_aggregate_job_run(run->job[place]);
		pthread_mutex_lock(&run->mutex);
		run->state[place] = JOB_DONE;
	}
	run->state[oldest] = JOB_FREE;
	pthread_mutex_unlock(&run->mutex);
	return oldest;
}

static TickStatus
fold_oldest(TickAggregateRun *run, TickError *error)
{
	int			oldest = await_oldest(run);

	run->folded++;
	return tick_aggregate_fold(run->table, run->job[oldest], &run->counters, error);
}

bool
tick_aggregate_run_has_room(const TickAggregateRun *run)
{
	return run->added - run->folded < (uint64_t) run->capacity;
}

TickStatus
tick_aggregate_run_take(TickAggregateRun *run, const TickAggregateTable **groups, TickError *error)
{
	int			oldest;

	*groups = NULL;
	if (run->folded == run->added)
		return TICK_OK;
	oldest = await_oldest(run);
	*groups = tick_aggregate_job_table(run->job[oldest]);
	return tick_aggregate_take(run->table, run->job[oldest], &run->counters, error);
}

void
tick_aggregate_run_release(TickAggregateRun *run)
{
	run->folded++;
}

/* Make the threads, once there is more than they would take to begin. */
static TickStatus
make_workers(TickAggregateRun *run, TickError *error)
{
	while (run->shared >= THREAD_ROW_GROUPS && run->workers < run->threads - 1)
	{
		TickWorker *worker;

		TICK_TRY(tick_worker_create(&worker, error));
		/* without a thread the owner would never come back */
		if (!tick_worker_is_thread(worker))
		{
			tick_worker_free(worker);
			run->threads = run->workers + 1;
			break;
		}
		run->worker[run->workers++] = worker;
		tick_worker_start(worker, consume, run);
	}
	return TICK_OK;
}

/* Is a job of so many rows small, and no other waiting to be begun? */
static bool
runs_at_once(TickAggregateRun *run, uint64_t rows)
{
	bool		idle;

	if (rows >= THREAD_ROWS)
		return false;
	pthread_mutex_lock(&run->mutex);
	idle = run->started == run->loaded;
	pthread_mutex_unlock(&run->mutex);
	return idle;
}

/* Have a job that is free at place `added`. */
static TickStatus
have_job(TickAggregateRun *run, TickAggregateJob **job, TickError *error)
{
	int			place = (int) (run->added % (uint64_t) run->capacity);

	if (run->added - run->folded == (uint64_t) run->capacity)
		TICK_TRY(fold_oldest(run, error));
	if (run->job[place] == NULL)
		TICK_TRY(tick_aggregate_job_create(&run->job[place], run->plan, error));
	*job = run->job[place];
	return TICK_OK;
}

/* The job at place `added`, of so many rows, is ready. */
static TickStatus
add_job(TickAggregateRun *run, uint64_t rows, TickError *error)
{
	int			place = (int) (run->added % (uint64_t) run->capacity);

	run->added++;
	if (runs_at_once(run, rows))
	{
		tick_aggregate_job_run(run->job[place]);
		pthread_mutex_lock(&run->mutex);
		run->state[place] = JOB_DONE;
		run->started = run->loaded = run->added;
		pthread_mutex_unlock(&run->mutex);
		return TICK_OK;
	}
	run->shared++;
	pthread_mutex_lock(&run->mutex);
	run->state[place] = JOB_WAITING;
	run->loaded = run->added;
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->mutex);
	return make_workers(run, error);
}

TickStatus
tick_aggregate_run_add(TickAggregateRun *run, TickAggregateSegment *segment, uint32_t row_group,
					   const TickSegmentRange *range, int ranges, TickError *error)
{
	TickAggregateJob *job;

	TICK_TRY(have_job(run, &job, error));
	TICK_TRY(tick_aggregate_job_load(job, segment, row_group, range, ranges, error));
	return add_job(run, tick_aggregate_job_rows(job), error);
}

TickStatus
tick_aggregate_run_feed(TickAggregateRun *run, const TickAggregateFeed *feed, TickError *error)
{
	TickAggregateJob *job;
	TickStatus	status = have_job(run, &job, error);

	if (status != TICK_OK)
	{
		feed->done(feed->context);
		return status;
	}
	tick_aggregate_job_give(job, feed);
	return add_job(run, UINT64_MAX, error);
}

TickStatus
tick_aggregate_run_finish(TickAggregateRun *run, TickError *error)
{
	while (run->folded < run->added)
		TICK_TRY(fold_oldest(run, error));
	return TICK_OK;
}

void
tick_aggregate_run_counters(const TickAggregateRun *run, TickAggregateCounters *counters)
{
	*counters = run->counters;
}
