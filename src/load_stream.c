/*-------------------------------------------------------------------------
 *
 * load_stream.c
 *	  The plain bytes of a file, from its start.
 *
 * Reading and inflating a large file go on in a thread, a few buffers ahead
 * of whoever reads.  The thread works on a file descriptor of its own and on memory from malloc; whatever way the
 * load ends, the reset of the memory context that the stream lives in joins
 * the thread first, and ends the program.
 *
 * Only the backend's thread looks for interrupts: reads check whose thread
 * they are in.  A read of a pipe waits in short steps, so that it notices
 * that it is to stop, or that the statement was cancelled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"

#include "load_program.h"
#include "load_stream.h"
#include "tick.h"

#define HASH_BYTES (256 * 1024)
#define THREAD_BYTES (1024 * 1024)	/* raw bytes left that are worth a thread */
#define POLL_MS 20				/* between two looks at whether to stop */
#define BLAME_MS 1000			/* that a program has to end, once its output has */

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

/* Is this the backend's thread, which may look for interrupts and raise? */
static bool
in_backend(const LoadStream *stream)
{
	return pthread_equal(pthread_self(), stream->owner);
}

/* Join the thread, end the program, free what is not the memory context's; harmless when done before. */
static void
release(void *argument)
{
	LoadStream *stream = argument;

	LoadStreamStop(stream);
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
	if (stream->pid > 0)
		LoadProgramKill(stream->pid);
	stream->pid = 0;
	if (stream->file != NULL)
		stream->file->stream = NULL;
	stream->file = NULL;
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

/* ---- raw bytes; in any thread ---- */

/* Until there is something to read, or the end. */
static TickStatus
wait_for_pipe(const LoadStream *stream, TickError *error)
{
	struct pollfd pipe = {.fd = stream->fd,.events = POLLIN};

	for (;;)
	{
		int			ready = poll(&pipe, 1, POLL_MS);

		if (in_backend(stream))
			CHECK_FOR_INTERRUPTS();
		if (pg_atomic_read_u32((pg_atomic_uint32 *) &stream->stopped) != 0)
			return tick_error_set(error, TICK_CANCELLED, "reading was stopped");
		if (ready > 0)
			return TICK_OK;
		if (ready < 0 && errno != EINTR && errno != EAGAIN)
		{
			if (error != NULL)
				error->os_errno = errno;
			return tick_error_set(error, TICK_IO, "could not wait for the program");
		}
	}
}

/* A TickReadBytes; context is the stream. */
static TickStatus
read_raw(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	LoadStream *stream = context;

	if (stream->pid > 0)
		TICK_TRY(wait_for_pipe(stream, error));
	TICK_TRY(tick_read_fd(&stream->fd, bytes, capacity, length, error));
	stream->raw_read += *length;
	if (pg_atomic_read_u32(&stream->started) != 0)
		pg_atomic_write_u64(&stream->raw, stream->raw_read);
	if (*length == 0)
		pg_atomic_write_u32(&stream->ended, 1);
	return TICK_OK;
}

/* ---- opening and looking ahead; in the backend ---- */

static LoadStream *
make_stream(void)
{
	LoadStream *stream = palloc0(sizeof(LoadStream));

	stream->fd = -1;
	stream->owner = pthread_self();
	stream->may_thread = tick_threads > 1;
	pg_atomic_init_u32(&stream->started, 0);
	pg_atomic_init_u32(&stream->stopped, 0);
	pg_atomic_init_u32(&stream->ended, 0);
	pg_atomic_init_u64(&stream->raw, 0);
	stream->callback.func = release;
	stream->callback.arg = stream;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &stream->callback);
	return stream;
}

static void
begin_inflating(LoadStream *stream)
{
	TickError	error;

	TickCheck(tick_gunzip_create(&stream->gunzip, &tick_memory_malloc, read_raw, stream, &error), &error);
}

LoadStream *
LoadStreamOpen(const char *path)
{
	LoadStream *stream = make_stream();

	stream->fd = own_descriptor(path);
	begin_inflating(stream);
	return stream;
}

LoadStream *
LoadStreamOpenFile(LoadFile *file)
{
	LoadStream *stream = make_stream();

	if (file->program)
		stream->fd = LoadProgramStart(file->path, &stream->pid);
	else
		stream->fd = own_descriptor(file->path);
	begin_inflating(stream);
	stream->file = file;
	file->stream = stream;
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
	pg_atomic_write_u64(&stream->raw, tick_gunzip_raw_bytes(stream->gunzip));
}

/* ---- plain bytes; in the backend, or in one other thread ---- */

/* A TickPlainRead for the thread. */
static TickStatus
read_gunzip(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	return tick_gunzip_read(context, bytes, capacity, length, error);
}

/* Is enough left to inflate?  Nobody knows of a program. */
static bool
worth_a_thread(const LoadStream *stream)
{
	struct stat st;

	if (!stream->may_thread)
		return false;
	return stream->pid > 0 ||
		(fstat(stream->fd, &st) == 0 && st.st_size - (int64) tick_gunzip_raw_bytes(stream->gunzip) >= THREAD_BYTES);
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
	if (!stream->threaded)
	{
		stream->threaded = true;
		pg_atomic_write_u64(&stream->raw, stream->raw_read);
		pg_atomic_write_u32(&stream->started, 1);
		if (worth_a_thread(stream))
			TICK_TRY(tick_readahead_create(&stream->readahead, read_gunzip, stream->gunzip,
										   in_backend(stream) ? TickInterrupt : NULL, error));
	}
	/* a record may be skipped over many reads, and the thread may always be ahead */
	if (in_backend(stream))
		CHECK_FOR_INTERRUPTS();
	if (stream->readahead != NULL)
		return tick_readahead_read(stream->readahead, bytes, capacity, length, error);
	return tick_gunzip_read(stream->gunzip, bytes, capacity, length, error);
}

/* ---- progress and the end; in the backend ---- */

void
LoadStreamStop(LoadStream *stream)
{
	pg_atomic_write_u32(&stream->stopped, 1);
}

int64
LoadStreamRawBytes(const LoadStream *stream)
{
	return (int64) pg_atomic_read_u64((pg_atomic_uint64 *) &stream->raw);
}

/* The bytes that were read must be those that the name stood for, all the time. */
static bool
has_changed(const LoadFile *file)
{
	LoadStamp	now;

	return !LoadStampTry(file->path, &now) || !LoadStampEqual(&now, &file->stamp);
}

void
LoadStreamCheckEnd(LoadStream *stream)
{
	LoadFile   *file = stream->file;

	if (file->program)
	{
		int			status;

		(void) LoadProgramWait(stream->pid, -1, &status);
		stream->pid = 0;
		LoadProgramCheck(file->path, status, NULL);
		file->stamp.size = LoadStreamRawBytes(stream);
	}
	else if (has_changed(file) || LoadStreamRawBytes(stream) != file->stamp.size)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("file \"%s\" changed while it was read", file->path),
				 errhint("Load it when it is complete.")));
}

void
LoadStreamBlame(const LoadFile *file)
{
	LoadStream *stream = file->stream;
	ErrorData  *error;

	/* what was noticed while nothing of the file was read is about something else */
	if (stream == NULL || ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION))
		return;
	error = CopyErrorData();
	if (file->program)
	{
		/* a program that is still writing is not to blame; one that has closed its end will tell */
		if (stream->pid > 0 && pg_atomic_read_u32(&stream->ended) != 0)
		{
			int			status;

			if (LoadProgramWait(stream->pid, BLAME_MS, &status))
			{
				stream->pid = 0;
				LoadProgramCheck(file->path, status, error);
			}
		}
	}
	else if (has_changed(file))
	{
		FlushErrorState();
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("file \"%s\" changed while it was read", file->path),
				 errdetail("Reading it failed: %s.", error->message),
				 errhint("Load it when it is complete.")));
	}
	FreeErrorData(error);
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
