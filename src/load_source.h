/*-------------------------------------------------------------------------
 *
 * load_source.h
 *	  The files that a source names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_SOURCE_H
#define TICK_LOAD_SOURCE_H

#include "postgres.h"

#include "utils/timestamp.h"

#include "load_options.h"

typedef enum LoadFileState
{
	LOAD_FILE_PENDING, LOAD_FILE_SKIPPED, LOAD_FILE_LOADED, LOAD_FILE_FAILED
} LoadFileState;

/* Which bytes a name stands for, as far as stat() can tell. */
typedef struct LoadStamp
{
	int64		size;
	int64		mtime_ns;		/* since 1970 */
	uint64		device;
	uint64		inode;
} LoadStamp;

/* LoadFile: one file of a source, and what became of it. */
typedef struct LoadFile
{
	char	   *path;			/* or the command of a program */
	bool		program;
	struct LoadStream *stream;	/* while it is read, else NULL */
	LoadStamp	stamp;
	TickString	capture[TICK_PATH_CAPTURES];	/* of the path pattern */
	int64		capture_day[TICK_PATH_CAPTURES];

	LoadFileState state;
	int64		load;			/* its load id, 0: not begun */
	uint8		hash[16];		/* of its bytes and captures, once loaded */
	bool		off_ledger;		/* its content is on the ledger by another load */
	int64		lines,			/* as the columns of tick.load */
				header,
				blank,
				comment,
				trailer,
				rows,
				rejected,
				row_lines,
				rejected_lines;
	TimestampTz started;
	TimestampTz finished;
	char	   *sqlstate;		/* of a failure */
	char	   *message;
} LoadFile;

/*
 * Check the caller's right to read server files, list the source's regular
 * files by name and match them with the path pattern.  Files passed over are
 * named in one NOTICE.  Never returns an empty list.
 */
extern LoadFile *LoadSourceFiles(const LoadOptions *options, int *count);

/* A dataset's name made of the source's: see sql.md. */
extern char *LoadSourceTarget(const LoadOptions *options, const LoadFile *files, int count);

/* stat() a path; an ERROR when it is no regular file. */
extern void LoadStampOf(const char *path, LoadStamp *stamp);
/* ... or just false, for whatever reason. */
extern bool LoadStampTry(const char *path, LoadStamp *stamp);
extern bool LoadStampEqual(const LoadStamp *a, const LoadStamp *b);
extern TimestampTz LoadStampTime(const LoadStamp *stamp);

#endif							/* TICK_LOAD_SOURCE_H */
