/*-------------------------------------------------------------------------
 *
 * readahead.h
 *	  Run a reader of plain bytes in a thread of its own, a few buffers ahead.
 *
 * The thread calls nothing but the reader it was given, with every signal
 * blocked; the reader must therefore not touch the server and must allocate
 * through malloc.  Where no thread can be made, reads are passed through.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_READAHEAD_H
#define TICK_CORE_READAHEAD_H

#include "core/csv.h"

#define TICK_READAHEAD_BUFFERS 4
#define TICK_READAHEAD_BYTES (256 * 1024)

typedef struct TickReadahead TickReadahead;

/* Called while the consumer waits; may raise. */
typedef void (*TickWaitFunction) (void);

extern TickStatus tick_readahead_create(TickReadahead **readahead, TickPlainRead read, void *context,
										TickWaitFunction wait, TickError *error);

/* A TickPlainRead; context is the readahead.  The reader's bytes, end and error, in order. */
extern TickStatus tick_readahead_read(void *context, void *bytes, size_t capacity, size_t *length, TickError *error);

/*
 * Stop the thread at the end of its current read, join it and free all.
 * Only then may the reader's own state be looked at or freed.
 */
extern void tick_readahead_free(TickReadahead *readahead);

#endif							/* TICK_CORE_READAHEAD_H */
