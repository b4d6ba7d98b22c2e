/*-------------------------------------------------------------------------
 *
 * worker.c
 *	  A thread that does one job at a time while its owner goes on.
 *
 *-------------------------------------------------------------------------
 */
#include "core/worker.h"

#include "core/thread.h"

struct TickWorker
{
	bool		threaded;
	pthread_t	thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* under the mutex */
	TickJobFunction function;	/* NULL: nothing to do */
	void	   *job;
	bool		stop;
};

static void *
run(void *argument)
{
	TickWorker *w = argument;

	pthread_mutex_lock(&w->mutex);
	while (!w->stop || w->function != NULL)
	{
		if (w->function == NULL)
		{
			pthread_cond_wait(&w->changed, &w->mutex);
			continue;
		}
		pthread_mutex_unlock(&w->mutex);
		w->function(w->job);
		pthread_mutex_lock(&w->mutex);
		w->function = NULL;
		pthread_cond_broadcast(&w->changed);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

TickStatus
tick_worker_create(TickWorker **worker, TickError *error)
{
	TickWorker *w = tick_alloc_zero(&tick_memory_malloc, sizeof(TickWorker));

	*worker = w;
	if (w == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->changed, NULL);
	w->threaded = tick_thread_start(&w->thread, run, w);
	return TICK_OK;
}

bool
tick_worker_is_thread(const TickWorker *worker)
{
	return worker->threaded;
}

void
tick_worker_start(TickWorker *worker, TickJobFunction function, void *job)
{
	if (!worker->threaded)
	{
		function(job);
		return;
	}
	pthread_mutex_lock(&worker->mutex);
	worker->function = function;
	worker->job = job;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->mutex);
}

void
tick_worker_wait(TickWorker *worker)
{
	if (!worker->threaded)
		return;
	pthread_mutex_lock(&worker->mutex);
	while (worker->function != NULL)
		pthread_cond_wait(&worker->changed, &worker->mutex);
	pthread_mutex_unlock(&worker->mutex);
}

void
tick_worker_free(TickWorker *worker)
{
	if (worker == NULL)
		return;
	if (worker->threaded)
	{
		pthread_mutex_lock(&worker->mutex);
		worker->stop = true;
		pthread_cond_broadcast(&worker->changed);
		pthread_mutex_unlock(&worker->mutex);
		pthread_join(worker->thread, NULL);
	}
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->mutex);
	tick_free(&tick_memory_malloc, worker);
}
