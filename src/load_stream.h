/*-------------------------------------------------------------------------
 *
 * load_stream.h
 *	  The plain bytes of a file, from its start.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_STREAM_H
#define TICK_LOAD_STREAM_H

#include "postgres.h"

#include "core/csv.h"
#include "core/gunzip.h"
#include "core/readahead.h"

/*
 * LoadStream: an open file behind its inflater.  The first bytes can be
 * looked at before they are read.  Closed when its memory context is reset
 * at the latest.
 */
typedef struct LoadStream
{
	int			fd;
	TickGunzip *gunzip;
	TickReadahead *readahead;	/* NULL: read in the backend itself */
	bool		started;		/* reading behind the front */
	MemoryContextCallback callback;
	char	   *front;			/* plain bytes read ahead */
	size_t		front_length;
	size_t		front_at;		/* of them, given to the reader */
	bool		complete;		/* the front is all there is */
} LoadStream;

/* Open a regular file; allocated in the current context. */
extern LoadStream *LoadStreamOpen(const char *path);
/* Read ahead until at least `bytes` plain bytes (or all) are in front. */
extern void LoadStreamLookAhead(LoadStream *stream, size_t bytes);
/* A TickPlainRead; context is the stream. */
extern TickStatus LoadStreamRead(void *context, void *bytes, size_t capacity, size_t *length, TickError *error);
/* Raw bytes read so far, for progress; exact once the end was seen. */
extern int64 LoadStreamRawBytes(const LoadStream *stream);
extern void LoadStreamClose(LoadStream *stream);

/* Hash of a file's raw bytes, as the ledger keeps it. */
extern void LoadHashFile(const char *path, uint8 hash[16]);

#endif							/* TICK_LOAD_STREAM_H */
