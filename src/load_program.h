/*-------------------------------------------------------------------------
 *
 * load_program.h
 *	  Programs whose output is loaded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_PROGRAM_H
#define TICK_LOAD_PROGRAM_H

#include "postgres.h"

#include <sys/types.h>

/*
 * Start a command by the shell, in a process group of its own; returns the
 * end of the pipe that its standard output goes to.  The descriptor counts
 * as external (ReserveExternalFD).
 */
extern int	LoadProgramStart(const char *command, pid_t *pid);

/*
 * Wait for its end, for ever when timeout_ms is negative; false when it is
 * still running.  *status is waitpid()'s.  What the shell left running in the
 * background is ended.
 */
extern bool LoadProgramWait(pid_t pid, int timeout_ms, int *status);

/* ERROR unless the status says success; `error` is what its output led to, or NULL. */
extern void LoadProgramCheck(const char *command, int status, const ErrorData *error);

/* End it and all that it has started.  Raises nothing. */
extern void LoadProgramKill(pid_t pid);

#endif							/* TICK_LOAD_PROGRAM_H */
