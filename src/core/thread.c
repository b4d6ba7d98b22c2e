/*-------------------------------------------------------------------------
 *
 * thread.c
 *	  Starting threads, and waiting for them in short steps.
 *
 * Threads block every signal: the server's handlers must run in the
 * backend's own thread.
 *
 *-------------------------------------------------------------------------
 */
#include "core/thread.h"

#include <signal.h>
#include <time.h>

#define WAIT_NS 20000000
#define NS_PER_SECOND 1000000000

bool
tick_thread_start(pthread_t *thread, void *(*run) (void *), void *argument)
{
	sigset_t	all;
	sigset_t	old;
	bool		started;

	/* a thread inherits the mask of who makes it */
	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &old) != 0)
		return false;
	started = pthread_create(thread, NULL, run, argument) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

void
tick_thread_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += WAIT_NS;
	if (until.tv_nsec >= NS_PER_SECOND)
	{
		until.tv_nsec -= NS_PER_SECOND;
		until.tv_sec++;
	}
	pthread_cond_timedwait(condition, mutex, &until);
}
