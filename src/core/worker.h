/*-------------------------------------------------------------------------
 *
 * worker.h
 *	  A thread that does one job at a time while its owner goes on.
 *
 * Jobs are pure: they touch nothing of the server and nothing that the owner
 * changes before it has waited.  The thread blocks every signal.  Where no
 * thread can be made, a job is done at once by the owner itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_WORKER_H
#define TICK_CORE_WORKER_H

#include <stdbool.h>

#include "core/memory.h"

typedef struct TickWorker TickWorker;
typedef void (*TickJobFunction) (void *job);

extern TickStatus tick_worker_create(TickWorker **worker, TickError *error);

/* Has it a thread, or will the owner do its jobs? */
extern bool tick_worker_is_thread(const TickWorker *worker);

/* Start a job; the one before must have been waited for. */
extern void tick_worker_start(TickWorker *worker, TickJobFunction function, void *job);

/* Until the job is done; at once when there is none. */
extern void tick_worker_wait(TickWorker *worker);

/* Wait for the job, end the thread and join it. */
extern void tick_worker_free(TickWorker *worker);

#endif							/* TICK_CORE_WORKER_H */
