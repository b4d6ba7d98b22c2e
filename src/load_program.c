/*-------------------------------------------------------------------------
 *
 * load_program.c
 *	  tick_load_program(): what a program writes into a dataset.
 *
 * The command is run by the shell as COPY FROM PROGRAM runs it: its standard
 * output is read through a pipe, what it says on standard error goes to the
 * server's log, and its exit status decides whether the load counts.  Other
 * than there it has a process group of its own, so that a cancelled load ends
 * the whole pipeline at once, and none of the server's descriptors, so that
 * what it may leave behind holds no connection open.
 *
 * Nobody knows what a program writes before it has: whether the same bytes
 * were loaded before is seen at the end, and the rows are dropped then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "load.h"
#include "load_program.h"

#define PIPE_BYTES (1024 * 1024)	/* asked for, where the system can be asked */
#define LONGEST_NAP_MS 20
#define GRACE_MS 100			/* from SIGTERM to SIGKILL */

PG_FUNCTION_INFO_V1(tick_load_program);

extern char **environ;

/* ---- running ---- */

static void
refuse_start(const char *command, int error)
{
	errno = error;
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not execute command \"%s\": %m", command)));
}

/* Its group, signals as at the start of a process, and no descriptors but the first three. */
static int
spawn(const char *command, int output, pid_t *pid)
{
	char	   *argv[] = {"sh", "-c", unconstify(char *, command), NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t	none;
	sigset_t	usual;
	int			result;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
#endif
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	result = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return result;
}

int
LoadProgramStart(const char *command, pid_t *pid)
{
	int			ends[2];
	int			result;

	if (!AcquireExternalFD())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("too many open files to execute command \"%s\"", command)));
	/* both are closed in what other programs this process starts */
	if (pipe2(ends, O_CLOEXEC) != 0)
	{
		int			saved = errno;

		ReleaseExternalFD();
		refuse_start(command, saved);
	}
#ifdef F_SETPIPE_SZ
	/* fewer switches between the two; a refusal does no harm */
	(void) fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
#endif
	result = spawn(command, ends[1], pid);
	close(ends[1]);
	if (result != 0)
	{
		*pid = 0;
		close(ends[0]);
		ReleaseExternalFD();
		refuse_start(command, result);
	}
	return ends[0];
}

/* Has it ended?  It stays a zombie, so that its group cannot become another's. */
static bool
has_ended(pid_t pid)
{
	siginfo_t	info = {0};

	return waitid(P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG) != 0 || info.si_pid == pid;
}

/* Of a program that has ended: end what is left of its group, and let it go. */
static int
reap(pid_t pid)
{
	int			status = 0;

	(void) kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

bool
LoadProgramWait(pid_t pid, int timeout_ms, int *status)
{
	int			nap = 1;
	int			waited = 0;

	while (!has_ended(pid))
	{
		CHECK_FOR_INTERRUPTS();
		if (timeout_ms >= 0 && waited >= timeout_ms)
			return false;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, nap, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		waited += nap;
		nap = Min(nap * 2, LONGEST_NAP_MS);
	}
	*status = reap(pid);
	return true;
}

void
LoadProgramKill(pid_t pid)
{
	int			waited;

	(void) kill(-pid, SIGTERM);
	for (waited = 0; waited < GRACE_MS && !has_ended(pid); waited++)
		pg_usleep(1000);
	(void) reap(pid);
}

void
LoadProgramCheck(const char *command, int status, const ErrorData *error)
{
	if (status == 0)
		return;
	if (error != NULL)
		FlushErrorState();
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("program \"%s\" failed", command),
			 error == NULL ? errdetail_internal("%s", wait_result_to_str(status)) :
			 errdetail("%s; then reading its output failed: %s.", wait_result_to_str(status), error->message)));
}

/* ---- tick_load_program ---- */

/* Is a failure worth another try? */
static bool
is_passing(const ErrorData *error)
{
	return LoadIsTransient(error->sqlerrcode) || error->sqlerrcode == ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;
}

/* The one entry of the list of files. */
static LoadFile *
make_entry(const LoadOptions *options)
{
	LoadFile   *file = palloc0(sizeof(LoadFile));

	file->path = options->source;
	file->program = true;
	file->stamp.mtime_ns = (GetCurrentTimestamp() + (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY) * 1000;
	return file;
}

/* Load in a subtransaction; the error that it failed with, or NULL. */
static ErrorData *
try_load(const LoadOptions *options, RangeVar *target, int64 *rows)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		*rows = LoadFiles(options, make_entry(options), 1, target);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
}

static int64
load_with_retries(const LoadOptions *options, RangeVar *target)
{
	int64		rows = 0;
	int			tries = 0;

	for (;;)
	{
		ErrorData  *error = try_load(options, target, &rows);

		if (error == NULL)
			return rows;
		if (LoadIsCancel(error->sqlerrcode) || !is_passing(error) || tries >= options->retries)
			ReThrowError(error);
		tries++;
		LoadWarnRetry(options, error, tries);
		LoadPause(options->retry_pause_ms);
	}
}

/* The caller's own right, whoever was granted EXECUTE. */
static void
check_rights(void)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_EXECUTE_SERVER_PROGRAM))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be superuser or have privileges of the pg_execute_server_program role to load from an external program")));
}

static void
check_options(const LoadOptions *options)
{
	if (options->target == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("target must be given to load from a program"),
				 errhint("A command says nothing of the dataset: name it, as in tick_load_program('...', 'trades').")));
	if (options->reading.pattern != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("path cannot be used with a program"),
				 errhint("Say symbol => and date => instead.")));
}

Datum
tick_load_program(PG_FUNCTION_ARGS)
{
	LoadOptions options;
	RangeVar   *target;

	LoadRefuseReader("tick_load_program()");
	check_rights();
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("command must not be null")));
	LoadOptionsRead(&options, fcinfo, "tick_load_program");
	LoadOptionsReadRetries(&options, fcinfo, LOAD_ARGUMENTS, 0);
	check_options(&options);
	/* inside of try_load() that can no longer be seen */
	options.commits = !IsTransactionBlock();
	target = LoadTargetName(&options, NULL, 0);
	if (options.retries > 0)
		PG_RETURN_INT64(load_with_retries(&options, target));
	PG_RETURN_INT64(LoadFiles(&options, make_entry(&options), 1, target));
}
