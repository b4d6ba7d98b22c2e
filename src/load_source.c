/*-------------------------------------------------------------------------
 *
 * load_source.c
 *	  The files that a source names.
 *
 * A source is a file, a folder (all files below it) or a glob.  Files are
 * taken in the order of their names, so that equal stamps keep one order
 * wherever and whenever a source is loaded.  Only regular files are opened:
 * a pipe or a device would hang the backend.  Symbolic links are followed,
 * as COPY follows them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <glob.h>
#include <sys/stat.h>

#include "catalog/pg_authid.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"

#include "load.h"
#include "load_expect.h"
#include "load_source.h"

#define DEEPEST_FOLDER 64		/* more is a loop of links */
#define MOST_NAMED 5			/* files that a message lists */

/* Paths gathered so far, and those passed over. */
typedef struct Listing
{
	char	  **path;
	int			count;
	int			capacity;
	StringInfoData passed;
	int			passed_count;
} Listing;

/* A name that the catalog and messages can hold. */
static void
check_name(const char *path)
{
	TickString	text = {path, strlen(path)};

	if (!pg_verify_mbstr(GetDatabaseEncoding(), path, text.length, true))
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("name of file \"%s\" is not valid in encoding \"%s\"", LoadPrintable(text, MAXPGPATH),
						GetDatabaseEncodingName()),
				 errhint("Rename the file, or give a glob that does not match it.")));
}

static void
add_path(Listing *listing, const char *path)
{
	check_name(path);
	if (listing->count == listing->capacity)
	{
		listing->capacity *= 2;
		listing->path = repalloc_huge(listing->path, (Size) listing->capacity * sizeof(char *));
	}
	listing->path[listing->count++] = pstrdup(path);
}

static bool
ends_with(const char *name, const char *end)
{
	size_t		length = strlen(name);
	size_t		end_length = strlen(end);

	return length >= end_length && strcmp(name + length - end_length, end) == 0;
}

/* Files that are not data, or not yet. */
static bool
is_passed_over(const char *name)
{
	return name[0] == '.' || ends_with(name, ".tmp") || ends_with(name, ".part");
}

static void
pass_over(Listing *listing, const char *path)
{
	if (listing->passed_count < MOST_NAMED)
		appendStringInfo(&listing->passed, "%s\"%s\"", listing->passed_count > 0 ? ", " : "",
						 LoadPrintable((TickString) {path, strlen(path)}, MAXPGPATH));
	else if (listing->passed_count == MOST_NAMED)
		appendStringInfoString(&listing->passed, ", ...");
	listing->passed_count++;
}

static void
stat_or_fail(const char *path, struct stat *st)
{
	if (stat(path, st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m", path)));
}

/* All files below a folder. */
static void
add_folder(Listing *listing, const char *folder, int depth)
{
	DIR		   *dir;
	struct dirent *entry;

	if (depth > DEEPEST_FOLDER)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("folder \"%s\" lies too deep", folder),
				 errhint("Look for a loop of symbolic links.")));
	dir = AllocateDir(folder);
	while ((entry = ReadDir(dir, folder)) != NULL)
	{
		char	   *path;
		struct stat st;

		CHECK_FOR_INTERRUPTS();
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		path = psprintf("%s/%s", folder, entry->d_name);
		if (is_passed_over(entry->d_name))
			pass_over(listing, path);
		else
		{
			stat_or_fail(path, &st);
			if (S_ISDIR(st.st_mode))
				add_folder(listing, path, depth + 1);
			else if (S_ISREG(st.st_mode))
				add_path(listing, path);
			else
				pass_over(listing, path);
		}
		pfree(path);
	}
	FreeDir(dir);
}

/* What a glob matches, folders among it with all below them. */
static void
add_glob(Listing *listing, const char *pattern)
{
	glob_t		found;
	int			result = glob(pattern, GLOB_NOSORT, NULL, &found);
	size_t		i;

	if (result == GLOB_NOMATCH)
		return;
	if (result != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not expand \"%s\"", pattern)));
	PG_TRY();
	{
		for (i = 0; i < found.gl_pathc; i++)
		{
			const char *path = found.gl_pathv[i];
			const char *name = strrchr(path, '/') + 1;
			struct stat st;

			CHECK_FOR_INTERRUPTS();
			stat_or_fail(path, &st);
			if (is_passed_over(name))
				pass_over(listing, path);
			else if (S_ISDIR(st.st_mode))
				add_folder(listing, path, 0);
			else if (S_ISREG(st.st_mode))
				add_path(listing, path);
			else
				pass_over(listing, path);
		}
	}
	PG_FINALLY();
	{
		globfree(&found);
	}
	PG_END_TRY();
}

/* May the caller read any file that the server can? */
static void
check_rights(const char *function)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be superuser or have privileges of the pg_read_server_files role to read files with %s", function)));
}

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Sort by name and drop what overlapping folders gave twice. */
static void
sort_paths(Listing *listing)
{
	int			kept = 0;
	int			i;

	qsort(listing->path, listing->count, sizeof(char *), compare_paths);
	for (i = 0; i < listing->count; i++)
		if (kept == 0 || strcmp(listing->path[i], listing->path[kept - 1]) != 0)
			listing->path[kept++] = listing->path[i];
	listing->count = kept;
}

static void
expand_source(Listing *listing, const char *source)
{
	struct stat st;
	char	   *path = pstrdup(source);

	/* a trailing slash says folder, and would be doubled below */
	while (strlen(path) > 1 && path[strlen(path) - 1] == '/')
		path[strlen(path) - 1] = '\0';
	if (stat(path, &st) == 0)
	{
		if (S_ISDIR(st.st_mode))
			add_folder(listing, path, 0);
		else if (S_ISREG(st.st_mode))
			add_path(listing, path);
		else
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a regular file or folder", source)));
	}
	else if (errno == ENOENT && strpbrk(path, "*?[") != NULL)
		add_glob(listing, path);
	else
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for reading: %m", source)));
	sort_paths(listing);
}

/* Match every path with the pattern; those that do not fit are an error that lists some. */
static void
match_paths(const LoadOptions *options, LoadFile *files, int count)
{
	StringInfoData misfits;
	int			misfit_count = 0;
	int			i;

	initStringInfo(&misfits);
	for (i = 0; i < count; i++)
	{
		TickString	text = {files[i].path, strlen(files[i].path)};

		if (tick_path_match(options->reading.pattern, text, files[i].capture, files[i].capture_day))
			continue;
		if (misfit_count++ < MOST_NAMED)
			appendStringInfo(&misfits, "%s\"%s\"", misfit_count > 1 ? ", " : "", files[i].path);
	}
	if (misfit_count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg_plural("%d file does not match path \"%s\"", "%d files do not match path \"%s\"",
							   misfit_count, misfit_count, options->reading.path),
				 errdetail("%s%s.", misfits.data, misfit_count > MOST_NAMED ? ", ..." : ""),
				 errhint("The path matches the end of a file's path by whole components.")));
}

LoadFile *
LoadSourceFiles(const LoadOptions *options, int *count)
{
	Listing		listing = {.capacity = 64};
	LoadFile   *files;
	int			i;

	check_rights(options->function);
	if (!is_absolute_path(options->source))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("relative path not allowed for source: \"%s\"", options->source),
				 errhint("The server reads the file: give its absolute path there.")));
	listing.path = palloc(listing.capacity * sizeof(char *));
	initStringInfo(&listing.passed);
	expand_source(&listing, options->source);
	if (listing.passed_count > 0)
		ereport(NOTICE,
				(errmsg_plural("passed over %d file: %s", "passed over %d files: %s",
							   listing.passed_count, listing.passed_count, listing.passed.data)));
	if (listing.count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("no file matches \"%s\"", options->source)));
	files = MemoryContextAllocExtended(CurrentMemoryContext, (Size) listing.count * sizeof(LoadFile),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < listing.count; i++)
	{
		files[i].path = listing.path[i];
		LoadStampOf(files[i].path, &files[i].stamp);
	}
	LoadCheckExpected(options, files, listing.count);
	if (options->reading.pattern != NULL)
		match_paths(options, files, listing.count);
	*count = listing.count;
	return files;
}

/* ---- names ---- */

/* Cut extensions, then digits, dates and their separators, at the end of a name. */
static char *
trim_name(const char *name)
{
	char	   *trimmed = pstrdup(name);
	char	   *dot = strchr(trimmed + 1, '.');
	size_t		length;

	if (dot != NULL)
		*dot = '\0';
	length = strlen(trimmed);
	while (length > 1 && strchr("0123456789_-. ", trimmed[length - 1]) != NULL)
		length--;
	/* a name of digits alone stays */
	if (length > 1 || strchr("0123456789_-. ", trimmed[0]) == NULL)
		trimmed[length] = '\0';
	return trimmed;
}

static char *
last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return pstrdup(slash != NULL ? slash + 1 : path);
}

/*
 * The base name of a source: the file's, the folder's, or of a glob the
 * folder that holds what it matches.
 */
static char *
source_name(const LoadOptions *options, const LoadFile *files, int count)
{
	char	   *source = pstrdup(options->source);
	size_t		length = strlen(source);
	char	   *wild;

	while (length > 1 && source[length - 1] == '/')
		source[--length] = '\0';
	if (count == 1 && strcmp(files[0].path, source) == 0)
		return trim_name(last_component(source));
	wild = strpbrk(source, "*?[");
	if (wild == NULL || access(source, F_OK) == 0)
		return trim_name(last_component(source));
	while (wild > source && *wild != '/')
		wild--;
	/* trades_*.csv is about trades; a component that begins with the glob says nothing */
	if (strcspn(wild + 1, "*?[") > 1)
	{
		wild[1 + strcspn(wild + 1, "*?[")] = '\0';
		return trim_name(wild + 1);
	}
	*wild = '\0';
	return trim_name(last_component(source));
}

char *
LoadSourceTarget(const LoadOptions *options, const LoadFile *files, int count)
{
	char	   *base = source_name(options, files, count);
	char		name[64];

	tick_make_column_name((TickString) {base, strlen(base)}, 1, NULL, 0, name);
	if (strcmp(name, "c1") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("could not make a dataset's name of \"%s\"", options->source),
				 errhint("Give target.")));
	return pstrdup(name);
}

/* ---- what a name stands for ---- */

static void
take_stamp(const struct stat *st, LoadStamp *stamp)
{
	stamp->size = st->st_size;
	stamp->mtime_ns = (int64) st->st_mtim.tv_sec * INT64CONST(1000000000) + st->st_mtim.tv_nsec;
	stamp->device = st->st_dev;
	stamp->inode = st->st_ino;
}

void
LoadStampOf(const char *path, LoadStamp *stamp)
{
	struct stat st;

	stat_or_fail(path, &st);
	if (!S_ISREG(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a regular file", path)));
	take_stamp(&st, stamp);
}

bool
LoadStampTry(const char *path, LoadStamp *stamp)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	take_stamp(&st, stamp);
	return true;
}

bool
LoadStampEqual(const LoadStamp *a, const LoadStamp *b)
{
	return a->size == b->size && a->mtime_ns == b->mtime_ns &&
		a->device == b->device && a->inode == b->inode;
}

/* The time of change as the ledger keeps it, in microseconds. */
TimestampTz
LoadStampTime(const LoadStamp *stamp)
{
	return stamp->mtime_ns / 1000 -
		(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}
