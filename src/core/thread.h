/*-------------------------------------------------------------------------
 *
 * thread.h
 *	  Starting threads, and waiting for them in short steps.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_THREAD_H
#define TICK_CORE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* A thread that no signal interrupts; false when there can be none. */
extern bool tick_thread_start(pthread_t *thread, void *(*run) (void *), void *argument);

/*
 * Wait for a condition under its mutex, 20 ms at most: the owner of a thread
 * looks for a cancel in between.
 */
extern void tick_thread_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);

#endif							/* TICK_CORE_THREAD_H */
