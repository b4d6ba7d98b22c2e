/*-------------------------------------------------------------------------
 *
 * load_stream.h
 *	  The plain bytes of a file or a program's output, from its start.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_STREAM_H
#define TICK_LOAD_STREAM_H

#include "postgres.h"

#include <pthread.h>
#include <sys/types.h>

#include "port/atomics.h"

#include "core/csv.h"
#include "core/gunzip.h"
#include "core/readahead.h"
#include "load_source.h"

/*
 * LoadStream: an open file, or the pipe of a running program, behind its
 * inflater.  The first bytes can be looked at before they are read.  Closed
 * when its memory context is reset at the latest.
 *
 * Opening, looking ahead, checking the end and closing are the backend's.
 * LoadStreamRead() may be called from one other thread: it calls nothing of
 * the server there, and fails by its status.
 */
typedef struct LoadStream
{
	int			fd;
	pid_t		pid;			/* of the program, 0: a file, or it has ended */
	pthread_t	owner;			/* the backend's thread */
	TickGunzip *gunzip;
	TickReadahead *readahead;	/* NULL: inflated by whoever reads */
	bool		may_thread;
	bool		threaded;		/* reading ahead was decided on */
	pg_atomic_uint32 started;	/* reading behind the front */
	pg_atomic_uint32 stopped;	/* reads of a pipe are to give up */
	pg_atomic_uint32 ended;		/* the end of the raw bytes was seen */
	pg_atomic_uint64 raw;		/* raw bytes: those of the front, then all that were read */
	uint64		raw_read;		/* the reader's own count */
	MemoryContextCallback callback;
	LoadFile   *file;			/* or NULL */
	char	   *front;			/* plain bytes read ahead */
	size_t		front_length;
	size_t		front_at;		/* of them, given to the reader */
	bool		complete;		/* the front is all there is */
} LoadStream;

/* Open a regular file; allocated in the current context. */
extern LoadStream *LoadStreamOpen(const char *path);
/* Open a file of a source, or start its program; file->stream is the result until it is closed. */
extern LoadStream *LoadStreamOpenFile(LoadFile *file);
/* Read ahead until at least `bytes` plain bytes (or all) are in front. */
extern void LoadStreamLookAhead(LoadStream *stream, size_t bytes);
/* A TickPlainRead; context is the stream. */
extern TickStatus LoadStreamRead(void *context, void *bytes, size_t capacity, size_t *length, TickError *error);
/* Before a thread that reads is joined: a read that waits for a program fails soon. */
extern void LoadStreamStop(LoadStream *stream);
/* Raw bytes read so far, for progress; exact once the end was seen. */
extern int64 LoadStreamRawBytes(const LoadStream *stream);
/* After the last byte: the file has not changed meanwhile, the program has succeeded; else an ERROR. */
extern void LoadStreamCheckEnd(LoadStream *stream);
extern void LoadStreamClose(LoadStream *stream);

/*
 * In a PG_CATCH, where reading a file has failed: when the file has changed,
 * or the program has failed, that is the reason, and is raised instead.
 */
extern void LoadStreamBlame(const LoadFile *file);

/* Hash of a file's raw bytes, as the ledger keeps it. */
extern void LoadHashFile(const char *path, uint8 hash[16]);

#endif							/* TICK_LOAD_STREAM_H */
