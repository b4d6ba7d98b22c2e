/*-------------------------------------------------------------------------
 *
 * shim.c
 *	  Let the N-th call of a kind fail in one backend: a library to preload
 *	  into a server under test.
 *
 *	  cc -shared -fPIC -o shim.so test/shim.c -ldl
 *	  LD_PRELOAD=/path/shim.so pg_ctl start
 *
 * A session arms it for its own process by asking for the status of a file
 * that is not there:
 *
 *	  SELECT pg_stat_file('/tick_shim/CALL/N/ERRNO/MODE/PATH', true)
 *
 * CALL is open, read, write, fsync, memory or thread; MODE is once, or sticky
 * for that call and all after it; only files whose path has PATH in it count
 * (memory and threads: all).  ERRNO 0 cuts a read or a write in half, and
 * ERRNO 4 (EINTR) interrupts it.  /tick_shim/off disarms, and
 * /tick_shim/fired is there when a call has failed since.
 *
 * It is written for glibc, whose __libc_malloc() can be called from malloc().
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* FORTIFY's variants are wrapped below as well. */
#undef open
#undef open64
#undef read
#undef pread
#undef pread64

typedef enum Call
{
	CALL_NONE, CALL_OPEN, CALL_READ, CALL_WRITE, CALL_FSYNC, CALL_MEMORY, CALL_THREAD
} Call;

static const char *const call_name[] = {"", "open", "read", "write", "fsync", "memory", "thread"};

static volatile Call armed = CALL_NONE;
static pid_t armed_by;
static long left;
static int	fault;
static int	sticky;
static volatile int fired;
static char match[200];

#define NEXT(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

/* Does this call, number `left` from now, have to fail? */
static int
is_due(void)
{
	long		now = __sync_sub_and_fetch(&left, 1);

	if (now > 0 || (now < 0 && !sticky))
		return 0;
	fired = 1;
	return 1;
}

static int
path_fails(Call call, const char *path)
{
	return armed == call && armed_by == getpid() && strstr(path, match) != NULL && is_due();
}

static int
fd_fails(Call call, int fd)
{
	char		link[64];
	char		path[4096];
	ssize_t		length;

	if (armed != call || armed_by != getpid())
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return 0;
	path[length] = '\0';
	return path_fails(call, path);
}

static void
arm(const char *text)
{
	char		call[16] = "";
	char		mode[16] = "";
	long		number = 0;
	int			error = 0;

	armed = CALL_NONE;
	fired = 0;
	match[0] = '\0';
	if (sscanf(text, "%15[a-z]/%ld/%d/%15[a-z]/%199s", call, &number, &error, mode, match) < 4)
		return;
	left = number;
	fault = error;
	sticky = strcmp(mode, "sticky") == 0;
	armed_by = getpid();
	for (Call c = CALL_OPEN; c <= CALL_THREAD; c++)
		if (strcmp(call, call_name[c]) == 0)
			armed = c;
}

int
stat(const char *path, struct stat *status)
{
	if (strncmp(path, "/tick_shim/", 11) == 0)
	{
		if (strcmp(path + 11, "fired") == 0)
			return fired ? NEXT(stat)("/", status) : (errno = ENOENT, -1);
		arm(path + 11);
		errno = ENOENT;
		return -1;
	}
	return NEXT(stat)(path, status);
}

/* ---- files ---- */

static int
open_with(int (*next) (const char *, int,...), const char *path, int flags, mode_t mode)
{
	if (path_fails(CALL_OPEN, path))
	{
		errno = fault;
		return -1;
	}
	return next(path, flags, mode);
}

int
open(const char *path, int flags,...)
{
	va_list		arguments;
	mode_t		mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_with(NEXT(open), path, flags, mode);
}

int
open64(const char *path, int flags,...)
{
	va_list		arguments;
	mode_t		mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_with(NEXT(open64), path, flags, mode);
}

int
__open_2(const char *path, int flags)
{
	return open_with(NEXT(open), path, flags, 0);
}

int
__open64_2(const char *path, int flags)
{
	return open_with(NEXT(open64), path, flags, 0);
}

FILE *
fopen(const char *path, const char *mode)
{
	if (path_fails(CALL_OPEN, path))
	{
		errno = fault;
		return NULL;
	}
	return NEXT(fopen)(path, mode);
}

/* What a call that is due may still transfer; -1 for an error. */
static ssize_t
cut(size_t size)
{
	if (fault == 0 && size > 1)
		return (ssize_t) (size / 2);
	errno = fault == 0 ? EINTR : fault;
	return -1;
}

#define TRANSFER(call, next) \
	if (fd_fails(call, fd)) \
	{ \
		ssize_t		part = cut(size); \
\
		if (part < 0) \
			return -1; \
		size = (size_t) part; \
	} \
	return next

ssize_t
read(int fd, void *bytes, size_t size)
{
	TRANSFER(CALL_READ, NEXT(read)(fd, bytes, size));
}

ssize_t
__read_chk(int fd, void *bytes, size_t size, size_t room)
{
	TRANSFER(CALL_READ, NEXT(read)(fd, bytes, size));
}

ssize_t
pread(int fd, void *bytes, size_t size, off_t offset)
{
	TRANSFER(CALL_READ, NEXT(pread)(fd, bytes, size, offset));
}

ssize_t
pread64(int fd, void *bytes, size_t size, off64_t offset)
{
	TRANSFER(CALL_READ, NEXT(pread64)(fd, bytes, size, offset));
}

ssize_t
__pread_chk(int fd, void *bytes, size_t size, off_t offset, size_t room)
{
	TRANSFER(CALL_READ, NEXT(pread)(fd, bytes, size, offset));
}

ssize_t
__pread64_chk(int fd, void *bytes, size_t size, off64_t offset, size_t room)
{
	TRANSFER(CALL_READ, NEXT(pread64)(fd, bytes, size, offset));
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	TRANSFER(CALL_WRITE, NEXT(write)(fd, bytes, size));
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	TRANSFER(CALL_WRITE, NEXT(pwrite)(fd, bytes, size, offset));
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	TRANSFER(CALL_WRITE, NEXT(pwrite64)(fd, bytes, size, offset));
}

int
fsync(int fd)
{
	if (fd_fails(CALL_FSYNC, fd))
	{
		errno = fault;
		return -1;
	}
	return NEXT(fsync)(fd);
}

/* ---- memory and threads ---- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);

static int
memory_fails(void)
{
	if (armed != CALL_MEMORY || armed_by != getpid() || !is_due())
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	return memory_fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return memory_fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *pointer, size_t size)
{
	return memory_fails() ? NULL : __libc_realloc(pointer, size);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start) (void *), void *argument)
{
	if (armed == CALL_THREAD && armed_by == getpid() && is_due())
		return fault;
	return NEXT(pthread_create)(thread, attributes, start, argument);
}
