/*-------------------------------------------------------------------------
 *
 * load_options.h
 *	  The arguments of tick_load(), tick_load_each() and tick_guess(), checked.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_OPTIONS_H
#define TICK_LOAD_OPTIONS_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/pg_list.h"

#include "core/columns.h"
#include "core/guess.h"

/* How the bytes of a file are read: the arguments that all these functions share. */
typedef struct LoadReading
{
	char	   *columns;		/* text of each is NULL when not given */
	char	   *path;
	char	   *symbol;
	bool		has_date;
	int64		day;			/* date, days since 1970 */
	char	   *time_zone;
	char		delimiter;		/* '\0': guessed */
	int			header;			/* as in TickGuessOptions */
	char		quote;			/* '\0': none */
	char		escape;			/* '\0': the quote itself */
	char	   *null_as;
	int			encoding;		/* of PostgreSQL; -1: the stored one */
	char		comment;		/* '\0': none */
	char	   *trailer;
	TickColumnList column_list; /* what columns says; 0 items when not given */
	TickPathPattern *pattern;	/* what path says, or NULL */
} LoadReading;

typedef enum LoadIfLoaded
{
	LOAD_SKIP, LOAD_ERROR, LOAD_APPEND
} LoadIfLoaded;

typedef enum LoadReplaces
{
	LOAD_REPLACES_NONE, LOAD_REPLACES_FILE, LOAD_REPLACES_SYMBOLS, LOAD_REPLACES_DATES,
	LOAD_REPLACES_SYMBOL_DATES, LOAD_REPLACES_ALL
} LoadReplaces;

/* expect_files: how many files, or which, the source must have. */
typedef struct LoadExpected
{
	int64		count;			/* -1: not said */
	char	   *text;			/* names, as they were given; NULL: not said */
	List	   *names;			/* of char *, braces expanded */
} LoadExpected;

typedef struct LoadOptions
{
	const char *function;		/* for messages: tick_load, ... */
	Oid			functions;		/* schema of tick's functions */
	char	   *source;
	char	   *target;			/* or NULL */
	LoadReading reading;
	char	   *partition_by;	/* or NULL */
	char	   *stats_where;	/* or NULL */
	bool		skip_errors;	/* on_error */
	int64		reject_limit;
	int			jobs;			/* files read at once */
	bool		skip_files;		/* on_file_error */
	LoadIfLoaded if_loaded;
	LoadReplaces replaces;
	bool		missing_null;
	bool		finalize;
	bool		commits;		/* the caller commits right behind the load's subtransaction */
	bool		batches;		/* it is tick_load_each */
	int64		batch_bytes;
	int			retries;		/* of tick_load_each and tick_load_program */
	int64		retry_pause_ms;
	LoadExpected expected;
	/* for progress: all files of tick_load_each, and those before the batch; 0 in a load of its own */
	int			all_files;
	int			files_before;
	int64		all_bytes;
	int64		bytes_before;
} LoadOptions;

#define LOAD_ARGUMENTS 26		/* that tick_load and tick_load_each share */

/* Read and check the arguments; everything is allocated in the current context. */
extern void LoadOptionsRead(LoadOptions *options, FunctionCallInfo fcinfo, const char *function);
extern void LoadOptionsReadBatches(LoadOptions *options, FunctionCallInfo fcinfo);
/* expect_files, which is argument `at` */
extern void LoadOptionsReadExpected(LoadOptions *options, FunctionCallInfo fcinfo, int at);
/* retries and retry_pause, from argument `at` on */
extern void LoadOptionsReadRetries(LoadOptions *options, FunctionCallInfo fcinfo, int at, int usual);
/* of tick_guess (target is no argument) and tick_guess_ddl */
extern void LoadOptionsReadGuess(LoadOptions *options, FunctionCallInfo fcinfo, bool ddl);

#endif							/* TICK_LOAD_OPTIONS_H */
