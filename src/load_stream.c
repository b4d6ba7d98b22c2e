/*-------------------------------------------------------------------------
 *
 * load_stream.c
 *	  The plain bytes of a file, from its start.
 *
 * Reading and inflating a large file go on in a thread, a few buffers ahead
 * of the backend.  The thread works on a file descriptor of its own and on
 * memory from malloc; whatever way the load ends, the reset of the memory
 * context that the stream lives in joins the thread first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"

#include "load_stream.h"
#include "tick.h"

#define HASH_BYTES (256 * 1024)
#define THREAD_BYTES (1024 * 1024)	/* raw bytes left that are worth a thread */

/* Open for reading; a pipe that took the file's place must not block. */
static int
open_file(const char *path)
{
	int			fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	struct stat st;

	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for reading: %m", path)));
	if (fstat(fd, &st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m", path)));
	if (!S_ISREG(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a regular file", path)));
	return fd;
}

/* Join the thread, free what is not the memory context's; harmless when done before. */
static void
release(void *argument)
{
	LoadStream *stream = argument;

	if (stream->readahead != NULL)
		tick_readahead_free(stream->readahead);
	stream->readahead = NULL;
	if (stream->gunzip != NULL)
		tick_gunzip_free(stream->gunzip);
	stream->gunzip = NULL;
	if (stream->fd >= 0)
	{
		close(stream->fd);
		ReleaseExternalFD();
	}
	stream->fd = -1;
}

/* A descriptor that no abort closes under the thread. */
static int
own_descriptor(const char *path)
{
	int			transient = open_file(path);
	int			fd = dup(transient);

	CloseTransientFile(transient);
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not duplicate the descriptor of file \"%s\": %m", path)));
	ReserveExternalFD();
	return fd;
}

LoadStream *
LoadStreamOpen(const char *path)
{
	LoadStream *stream = palloc0(sizeof(LoadStream));
	TickError	error;

	stream->fd = -1;
	stream->callback.func = release;
	stream->callback.arg = stream;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &stream->callback);
	stream->fd = own_descriptor(path);
	TickCheck(tick_gunzip_create(&stream->gunzip, &tick_memory_malloc, tick_read_fd, &stream->fd, &error), &error);
	return stream;
}

void
LoadStreamLookAhead(LoadStream *stream, size_t bytes)
{
	Assert(stream->front_at == 0);
	if (stream->front == NULL)
		stream->front = palloc(bytes + 1);
	else if (bytes > stream->front_length && !stream->complete)
		stream->front = repalloc(stream->front, bytes + 1);
	while (!stream->complete && stream->front_length < bytes)
	{
		TickError	error;
		size_t		length;
		TickStatus	status;

		CHECK_FOR_INTERRUPTS();
		status = tick_gunzip_read(stream->gunzip, stream->front + stream->front_length,
								  bytes - stream->front_length, &length, &error);
		if (status == TICK_END)
			stream->complete = true;
		else
		{
			TickCheck(status, &error);
			stream->front_length += length;
		}
	}
}

/* A TickPlainRead for the thread. */
static TickStatus
read_gunzip(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	return tick_gunzip_read(context, bytes, capacity, length, error);
}

/* Is enough of the file left to inflate? */
static bool
worth_a_thread(const LoadStream *stream)
{
	struct stat st;

	return tick_threads > 1 && fstat(stream->fd, &st) == 0 &&
		st.st_size - (int64) tick_gunzip_raw_bytes(stream->gunzip) >= THREAD_BYTES;
}

TickStatus
LoadStreamRead(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	LoadStream *stream = context;
	size_t		ahead = stream->front_length - stream->front_at;

	if (ahead > 0)
	{
		*length = Min(ahead, capacity);
		memcpy(bytes, stream->front + stream->front_at, *length);
		stream->front_at += *length;
		return TICK_OK;
	}
	if (stream->complete)
	{
		*length = 0;
		return TICK_END;
	}
	if (!stream->started)
	{
		stream->started = true;
		if (worth_a_thread(stream))
			TICK_TRY(tick_readahead_create(&stream->readahead, read_gunzip, stream->gunzip, NULL, error));
	}
	if (stream->readahead != NULL)
		return tick_readahead_read(stream->readahead, bytes, capacity, length, error);
	return tick_gunzip_read(stream->gunzip, bytes, capacity, length, error);
}

int64
LoadStreamRawBytes(const LoadStream *stream)
{
	/* the inflater belongs to the thread; the descriptor's position is what it has read */
	if (stream->readahead != NULL)
		return lseek(stream->fd, 0, SEEK_CUR);
	return tick_gunzip_raw_bytes(stream->gunzip);
}

void
LoadStreamClose(LoadStream *stream)
{
	release(stream);
	if (stream->front != NULL)
		pfree(stream->front);
	stream->front = NULL;
}

void
LoadHashFile(const char *path, uint8 hash[16])
{
	int			fd = open_file(path);
	char	   *buffer = palloc(HASH_BYTES);
	TickHash128 state;

	tick_hash128_init(&state);
	for (;;)
	{
		ssize_t		length = read(fd, buffer, HASH_BYTES);

		CHECK_FOR_INTERRUPTS();
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", path)));
		if (length == 0)
			break;
		tick_hash128_update(&state, buffer, length);
	}
	tick_hash128_final(&state, hash);
	CloseTransientFile(fd);
	pfree(buffer);
}
