/*-------------------------------------------------------------------------
 *
 * load_stream.c
 *	  The plain bytes of a file, from its start.
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

LoadStream *
LoadStreamOpen(const char *path)
{
	LoadStream *stream = palloc0(sizeof(LoadStream));
	TickError	error;

	stream->fd = open_file(path);
	TickCheck(tick_gunzip_create(&stream->gunzip, TickMemoryFor(CurrentMemoryContext), tick_read_fd, &stream->fd, &error),
			  &error);
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
	return tick_gunzip_read(stream->gunzip, bytes, capacity, length, error);
}

void
LoadStreamClose(LoadStream *stream)
{
	tick_gunzip_free(stream->gunzip);
	CloseTransientFile(stream->fd);
	if (stream->front != NULL)
		pfree(stream->front);
	pfree(stream);
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
