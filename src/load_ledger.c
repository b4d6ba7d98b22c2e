/*-------------------------------------------------------------------------
 *
 * load_ledger.c
 *	  What was loaded before, and the record of this load.
 *
 * Path, size and time of change are looked at first, so that a nightly
 * folder is not read again; where they say nothing but some load has the
 * file's size, its bytes are hashed.  Rows of the ledger are inserted in the
 * order of their hashes, before symbols are made: two loads that meet on the
 * unique index wait for each other in one order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/snapmgr.h"

#include "load.h"
#include "load_stream.h"

#define MOST_NOTICES 5			/* files of a load that are said to be loaded already one by one */
#define MOST_LOCKED_FILES 64	/* a load of more files relies on the unique index alone */

/*
 * What makes a file's rows: its bytes, and what the path or arguments say of
 * symbol, date and other columns.  Two quiet symbols may well have the same
 * bytes; they are not the same load.
 */
void
LoadIdentify(const Load *load, LoadFile *file)
{
	const LoadReading *reading = &load->options->reading;
	int			captures = reading->pattern != NULL ? tick_path_captures(reading->pattern) : 0;
	TickHash128 hash;
	int			i;

	if (captures == 0 && reading->symbol == NULL && !reading->has_date)
		return;
	tick_hash128_init(&hash);
	tick_hash128_update(&hash, file->hash, sizeof(file->hash));
	if (reading->symbol != NULL)
		tick_hash128_update(&hash, reading->symbol, strlen(reading->symbol) + 1);
	if (reading->has_date)
		tick_hash128_update(&hash, &reading->day, sizeof(reading->day));
	for (i = 0; i < captures; i++)
	{
		tick_hash128_update(&hash, &file->capture[i].length, sizeof(file->capture[i].length));
		tick_hash128_update(&hash, file->capture[i].data, file->capture[i].length);
	}
	tick_hash128_final(&hash, file->hash);
}

static void
hash_file(const Load *load, LoadFile *file)
{
	LoadHashFile(file->path, file->hash);
	LoadIdentify(load, file);
}

/* A table of keys alone. */
static HTAB *
make_set(const Load *load, const char *name, Size key_bytes)
{
	HASHCTL		control = {.keysize = key_bytes,.entrysize = key_bytes,.hcxt = load->context};

	return hash_create(name, 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Remember the files that were read since the last time. */
static void
note_contents(Load *load, int before)
{
	if (load->sizes == NULL)
	{
		load->sizes = make_set(load, "tick sizes", sizeof(int64));
		load->contents = make_set(load, "tick contents", sizeof(load->file[0].hash));
	}
	for (; load->noted_files < before; load->noted_files++)
	{
		LoadFile   *file = &load->file[load->noted_files];

		if (file->state != LOAD_FILE_LOADED)
			continue;
		(void) hash_search(load->sizes, &file->stamp.size, HASH_ENTER, NULL);
		(void) hash_search(load->contents, file->hash, HASH_ENTER, NULL);
	}
}

/* Is a file that this load has read the same? */
static bool
is_repeated(Load *load, LoadFile *file)
{
	bool		found;

	note_contents(load, file - load->file);
	(void) hash_search(load->sizes, &file->stamp.size, HASH_FIND, &found);
	if (!found)
		return false;
	hash_file(load, file);
	(void) hash_search(load->contents, file->hash, HASH_FIND, &found);
	return found;
}

static bool
find_on_ledger(Load *load, LoadFile *file)
{
	Oid			relid = load->dataset->relid;
	Snapshot	snapshot;
	bool		found;

	snapshot = RegisterSnapshot(GetLatestSnapshot());
	found = TickCatalogFindLoad(relid, file->path, file->stamp.size, LoadStampTime(&file->stamp), snapshot) != NULL;
	if (!found && TickCatalogAnyLoadOfSize(relid, file->stamp.size, snapshot))
	{
		hash_file(load, file);
		found = TickCatalogFindHash(relid, file->hash, snapshot) != NULL;
	}
	UnregisterSnapshot(snapshot);
	return found;
}

/* Of two sessions that load the same path, one waits here and then finds it loaded. */
static void
lock_path(const Load *load, const LoadFile *file)
{
	uint32		hash = hash_bytes((const unsigned char *) file->path, strlen(file->path));

	if (load->files <= MOST_LOCKED_FILES)
		LockDatabaseObject(TickCatalogRelation(TICK_REL_LOAD), hash_combine(hash, load->dataset->relid), 0, ExclusiveLock);
}

/* A file is on the ledger: say so, as if_loaded wants it. */
static void
report_loaded(Load *load, const LoadFile *file)
{
	const char *kind = file->program ? "output of program" : "file";

	if (load->options->if_loaded == LOAD_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("%s \"%s\" is already loaded into dataset \"%s\"", kind, file->path, load->target->relname),
				 errhint("Use if_loaded => 'skip' to pass over such files, or 'append' to load them again.")));
	load->known_files++;
	/* tick_load_each() is run again and again over all that was loaded before */
	if (!load->options->batches && load->files <= MOST_NOTICES)
		ereport(NOTICE,
				(errmsg("%s \"%s\" is already loaded into dataset \"%s\", skipping", kind, file->path,
						load->target->relname)));
}

void
LoadReportKnown(const Load *load)
{
	if (load->known_files > 0 && !load->options->batches && load->files > MOST_NOTICES)
		ereport(NOTICE,
				(errmsg_plural("%d of %d files is already loaded into dataset \"%s\", skipping",
							   "%d of %d files are already loaded into dataset \"%s\", skipping",
							   load->known_files, load->known_files, load->files, load->target->relname)));
}

bool
LoadIsKnownPath(const Load *load, const LoadFile *file)
{
	Snapshot	snapshot;
	bool		known;

	if (load->options->if_loaded == LOAD_APPEND)
		return false;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	known = TickCatalogFindLoad(load->dataset->relid, file->path, file->stamp.size, LoadStampTime(&file->stamp),
								snapshot) != NULL;
	UnregisterSnapshot(snapshot);
	return known;
}

bool
LoadIsLoaded(Load *load, LoadFile *file)
{
	if (load->options->if_loaded == LOAD_APPEND || file->program)
		return false;
	if (load->dataset != NULL)
		lock_path(load, file);
	if ((load->dataset == NULL || !find_on_ledger(load, file)) && !is_repeated(load, file))
		return false;
	report_loaded(load, file);
	return true;
}

bool
LoadIsLoadedContent(Load *load, LoadFile *file)
{
	Snapshot	snapshot;
	bool		found;

	if (load->options->if_loaded == LOAD_APPEND)
		return false;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	found = TickCatalogFindHash(load->dataset->relid, file->hash, snapshot) != NULL;
	UnregisterSnapshot(snapshot);
	if (found)
		report_loaded(load, file);
	return found;
}

void
LoadInsertEntry(Oid dataset, int64 changeset, const LoadFile *file, bool on_ledger)
{
	TickLoadEntry entry = {0};

	entry.id = file->load;
	entry.dataset = dataset;
	entry.file = file->path;
	entry.file_size = file->stamp.size;
	entry.file_mtime = LoadStampTime(&file->stamp);
	entry.has_hash = file->state == LOAD_FILE_LOADED;
	memcpy(entry.hash, file->hash, sizeof(entry.hash));
	entry.on_ledger = on_ledger;
	entry.changeset = changeset;
	entry.lines = file->lines;
	entry.header = file->header;
	entry.blank = file->blank;
	entry.comment = file->comment;
	entry.trailer = file->trailer;
	entry.rows = file->rows;
	entry.rejected = file->rejected;
	entry.rejected_lines = file->rejected_lines;
	entry.row_lines = file->row_lines;
	entry.status = file->state == LOAD_FILE_LOADED ? "loaded" : "failed";
	entry.sqlstate = file->sqlstate;
	entry.message = file->message;
	entry.started = file->started;
	entry.finished = file->finished;
	TickCatalogInsertLoad(&entry);
}

static int
compare_hashes(const void *a, const void *b)
{
	const LoadFile *left = *(LoadFile *const *) a;
	const LoadFile *right = *(LoadFile *const *) b;

	return memcmp(left->hash, right->hash, sizeof(left->hash));
}

/* Insert a loaded file's row; content that another session has just loaded is an error. */
static void
insert_loaded(Load *load, LoadFile *file)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		LoadInsertEntry(load->dataset->relid, load->changeset, file, !file->off_ledger);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		if (geterrcode() != ERRCODE_UNIQUE_VIOLATION)
			PG_RE_THROW();
		FlushErrorState();
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("content of file \"%s\" was loaded into dataset \"%s\" by another session meanwhile",
						file->path, load->dataset->name),
				 errhint("Run the load again: the file will be skipped.")));
	}
	PG_END_TRY();
}

/* Is the content on the ledger, so that a second load of it cannot be? */
static bool
is_on_ledger(const Load *load, const LoadFile *file)
{
	Snapshot	snapshot;
	bool		found;

	if (load->options->if_loaded != LOAD_APPEND)
		return false;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	found = TickCatalogFindHash(load->dataset->relid, file->hash, snapshot) != NULL;
	UnregisterSnapshot(snapshot);
	return found;
}

void
LoadWriteLedger(Load *load)
{
	LoadFile  **sorted = palloc(load->files * sizeof(LoadFile *));
	int			count = 0;
	int			i;

	for (i = 0; i < load->files; i++)
		if (load->file[i].state == LOAD_FILE_LOADED)
			sorted[count++] = &load->file[i];
	qsort(sorted, count, sizeof(LoadFile *), compare_hashes);
	for (i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		sorted[i]->off_ledger = is_on_ledger(load, sorted[i]);
		insert_loaded(load, sorted[i]);
		/* two files of one content may be appended */
		CommandCounterIncrement();
	}
	pfree(sorted);
}

void
LoadSettleLedger(Load *load)
{
	Snapshot	snapshot;
	int			i;

	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	for (i = 0; i < load->files; i++)
	{
		LoadFile   *file = &load->file[i];

		if (file->state == LOAD_FILE_LOADED && file->off_ledger &&
			TickCatalogFindHash(load->dataset->relid, file->hash, snapshot) == NULL)
			TickCatalogSetLedger(file->load, 0);
	}
	UnregisterSnapshot(snapshot);
}
