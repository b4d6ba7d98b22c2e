/*-------------------------------------------------------------------------
 *
 * readahead.c
 *	  Run a reader of plain bytes in a thread of its own, a few buffers ahead.
 *
 *		reader --> [ buffer | buffer | buffer | buffer ] --> consumer
 *		            tail: filled next            head: taken next
 *
 * A ring under one mutex: the thread fills the buffer at tail while fewer
 * than all are full, the consumer copies out of the one at head.  The end or
 * an error of the reader is the status of the last buffer.  Blocks of a
 * quarter megabyte make the locking free of cost.
 *
 * The consumer waits with a time limit and then calls wait(), outside the
 * mutex, because wait() may raise and never return.
 *
 *-------------------------------------------------------------------------
 */
#include "core/readahead.h"

#include <string.h>

#include "core/thread.h"

typedef struct Buffer
{
	char	   *bytes;
	size_t		length;
	TickStatus	status;			/* TICK_OK, or why there is nothing after it */
	TickError	error;
} Buffer;

struct TickReadahead
{
	TickPlainRead read;
	void	   *context;
	TickWaitFunction wait;
	bool		threaded;
	pthread_t	thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* under the mutex */
	bool		stop;
	unsigned	head;
	unsigned	full;
	/* the consumer's */
	size_t		taken;			/* of the buffer at head */
	Buffer		buffer[TICK_READAHEAD_BUFFERS];
};

/* Fill one buffer to the brim, or until the reader ends. */
static void
fill(TickReadahead *r, Buffer *buffer)
{
	buffer->length = 0;
	buffer->status = TICK_OK;
	while (buffer->length < TICK_READAHEAD_BYTES && buffer->status == TICK_OK)
	{
		size_t		length = 0;

		buffer->status = r->read(r->context, buffer->bytes + buffer->length,
								 TICK_READAHEAD_BYTES - buffer->length, &length, &buffer->error);
		buffer->length += length;
	}
}

static void *
run(void *argument)
{
	TickReadahead *r = argument;
	bool		done = false;

	pthread_mutex_lock(&r->mutex);
	while (!done && !r->stop)
	{
		Buffer	   *buffer;

		if (r->full == TICK_READAHEAD_BUFFERS)
		{
			pthread_cond_wait(&r->changed, &r->mutex);
			continue;
		}
		buffer = &r->buffer[(r->head + r->full) % TICK_READAHEAD_BUFFERS];
		pthread_mutex_unlock(&r->mutex);
		fill(r, buffer);
		pthread_mutex_lock(&r->mutex);
		done = buffer->status != TICK_OK;
		r->full++;
		pthread_cond_broadcast(&r->changed);
	}
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}

TickStatus
tick_readahead_create(TickReadahead **readahead, TickPlainRead read, void *context,
					  TickWaitFunction wait, TickError *error)
{
	TickReadahead *r = tick_alloc_zero(&tick_memory_malloc, sizeof(TickReadahead));
	char	   *bytes;
	int			i;

	*readahead = r;
	if (r == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	bytes = tick_alloc(&tick_memory_malloc, (size_t) TICK_READAHEAD_BUFFERS * TICK_READAHEAD_BYTES);
	if (bytes == NULL)
	{
		tick_free(&tick_memory_malloc, r);
		*readahead = NULL;
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	r->read = read;
	r->context = context;
	r->wait = wait;
	for (i = 0; i < TICK_READAHEAD_BUFFERS; i++)
		r->buffer[i].bytes = bytes + (size_t) i * TICK_READAHEAD_BYTES;
	pthread_mutex_init(&r->mutex, NULL);
	pthread_cond_init(&r->changed, NULL);
	r->threaded = tick_thread_start(&r->thread, run, r);
	return TICK_OK;
}

/* Wait until the buffer at head is full. */
static Buffer *
wait_for_head(TickReadahead *r)
{
	bool		full = false;

	while (!full)
	{
		pthread_mutex_lock(&r->mutex);
		if (r->full == 0)
			tick_thread_wait(&r->changed, &r->mutex);
		full = r->full > 0;
		pthread_mutex_unlock(&r->mutex);
		if (!full && r->wait != NULL)
			r->wait();
	}
	return &r->buffer[r->head];
}

/* Give the buffer at head back to the thread. */
static void
release_head(TickReadahead *r)
{
	pthread_mutex_lock(&r->mutex);
	r->head = (r->head + 1) % TICK_READAHEAD_BUFFERS;
	r->full--;
	r->taken = 0;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

TickStatus
tick_readahead_read(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	TickReadahead *r = context;
	Buffer	   *buffer;

	if (!r->threaded)
		return r->read(r->context, bytes, capacity, length, error);
	buffer = wait_for_head(r);
	if (r->taken == buffer->length && buffer->status != TICK_OK)
	{
		/* it stays at head, so that every later read says the same */
		*length = 0;
		if (error != NULL)
			*error = buffer->error;
		return buffer->status;
	}
	*length = buffer->length - r->taken;
	if (*length > capacity)
		*length = capacity;
	memcpy(bytes, buffer->bytes + r->taken, *length);
	r->taken += *length;
	if (r->taken == buffer->length && buffer->status == TICK_OK)
		release_head(r);
	return TICK_OK;
}

void
tick_readahead_free(TickReadahead *r)
{
	if (r->threaded)
	{
		pthread_mutex_lock(&r->mutex);
		r->stop = true;
		pthread_cond_broadcast(&r->changed);
		pthread_mutex_unlock(&r->mutex);
		pthread_join(r->thread, NULL);
	}
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->mutex);
	tick_free(&tick_memory_malloc, r->buffer[0].bytes);
	tick_free(&tick_memory_malloc, r);
}
