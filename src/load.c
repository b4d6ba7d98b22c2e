/*-------------------------------------------------------------------------
 *
 * load.c
 *	  tick_load(): files into a dataset, in one transaction.
 *
 *	  file --read--> gunzip --bytes--> csv --fields--> parse --typed--> run
 *			  1.              2.               3.              4.         | 5.
 *						  temporary file <---rows of unfinished days------+
 *							   |                                          |
 *	 catalog <--segments-- merge or copy <---------- complete days -------+
 *				 7.             6.
 *
 * 1. load_stream.c opens the file; core/gunzip inflates it in a thread,
 *    hashing what it reads.  The first megabyte is looked at beforehand:
 *    load_layout.c makes of it, and of the columns argument, what the file's
 *    columns are.
 * 2. core/csv cuts the bytes into batches of up to 1024 records.
 * 3. core/parse turns a batch into typed columns, one loop a column, by the
 *    plan that load_bind.c has made of layout and dataset.  2 and 3 are
 *    core/intake, in another thread.
 * 4. load_file.c accounts for the rows and packs them into core/run, three
 *    quarters of tick.load_memory.
 * 5. A full run is sorted by partition, symbol and time; days that are
 *    complete are written where they stay (load_early.c), the others are
 *    spilled (load_spill.c).  Rows in no order are set aside by partition
 *    instead, unsorted (load_aside.c).
 * 6. At the end load_publish.c writes one segment of each partition; small
 *    ones are made by threads (load_jobs.c), large ones have their row groups
 *    encoded by threads.
 * 7. The segment's row in the catalog is its publication.
 *
 * Everything belongs to the caller's transaction: after any error nothing of
 * the load is there.  With on_file_error => 'skip' each file is read in a
 * subtransaction; rows of a file that fails are weeded out by its load id.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "load.h"
#include "statistics.h"
#include "version.h"

PG_FUNCTION_INFO_V1(tick_load);

Load *
LoadBegin(const LoadOptions *options, LoadFile *files, int count, RangeVar *target)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick load", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Load	   *load = palloc0(sizeof(Load));

	load->options = options;
	load->context = context;
	load->owner = CurrentResourceOwner;
	load->file = files;
	load->files = count;
	load->target = target;
	load->layout_context = AllocSetContextCreate(context, "tick layout", ALLOCSET_DEFAULT_SIZES);
	/*
	 * Contexts go in the order opposite to their making.  The contexts of a
	 * file and of the publication, whose callbacks join the threads that read
	 * the run, are made after the run's.
	 */
	load->run_context = AllocSetContextCreate(context, "tick run", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(old);
	return load;
}

void
LoadEnd(Load *load)
{
	if (load->spill != NULL)
		LoadSpillEnd(load->spill);
	if (load->aside != NULL)
		LoadAsideEnd(load->aside);
	MemoryContextDelete(load->context);
}

/* Say which file, line and column an error is about, as COPY does. */
static void
say_place(void *argument)
{
	const Load *load = argument;
	const LoadPlace *place = &load->place;
	const char *kind;

	if (place->file == NULL)
		return;
	kind = place->file->program ? "program" : "file";
	if (place->line == 0)
		errcontext("%s %s, %s \"%s\"", load->options->function, load->target->relname, kind, place->file->path);
	else if (place->column == NULL)
		errcontext("%s %s, %s \"%s\", line %llu", load->options->function, load->target->relname, kind,
				   place->file->path, (unsigned long long) place->line);
	else if (place->value == NULL)
		errcontext("%s %s, %s \"%s\", line %llu, column %s", load->options->function, load->target->relname, kind,
				   place->file->path, (unsigned long long) place->line, place->column);
	else
		errcontext("%s %s, %s \"%s\", line %llu, column %s: \"%s\"", load->options->function, load->target->relname, kind,
				   place->file->path, (unsigned long long) place->line, place->column, place->value);
}

static void
read_unless_loaded(Load *load, LoadFile *file)
{
	MemoryContext context = CurrentMemoryContext;

	if (LoadIsLoaded(load, file))
	{
		file->state = LOAD_FILE_SKIPPED;
		/* it may have been begun */
		LoadDropAhead(load);
		return;
	}
	PG_TRY();
	{
		LoadReadFile(load, file);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		LoadStreamBlame(file);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/* ---- files that may fail ---- */

/* Forget what a failed file has done outside of its subtransaction. */
static void
undo_file(Load *load, LoadFile *file, bool made_target)
{
	bool		has_rows = file->rows > 0;

	/* first: threads may read the run, which is forgotten with a new target */
	LoadCloseFile(load);
	load->place = (LoadPlace) {0};
	LoadForgetRejects(load);
	LoadReplaceSettle(load, false);
	LoadSettlePartitions(load, false);
	/* its layout may have been half made */
	LoadDropAhead(load);
	load->layout = NULL;
	load->binding = NULL;
	if (made_target)
		LoadForgetTarget(load);
	else if (has_rows)
	{
		int64	   *id = MemoryContextAlloc(load->context, sizeof(int64));
		MemoryContext old = MemoryContextSwitchTo(load->context);

		*id = file->load;
		load->failed = lappend(load->failed, id);
		MemoryContextSwitchTo(old);
	}
	file->rows = file->row_lines = file->rejected = file->rejected_lines = 0;
}

void
LoadNoteFailure(LoadFile *file, const ErrorData *error, MemoryContext context)
{
	file->state = LOAD_FILE_FAILED;
	file->sqlstate = MemoryContextStrdup(context, unpack_sql_state(error->sqlerrcode));
	file->message = MemoryContextStrdup(context, error->message != NULL ? error->message : "");
	file->finished = GetCurrentTimestamp();
}

/* A cancel or a shutdown is no fault of the file. */
bool
LoadIsCancel(int sqlstate)
{
	return sqlstate == ERRCODE_QUERY_CANCELED || sqlstate == ERRCODE_ADMIN_SHUTDOWN ||
		sqlstate == ERRCODE_CRASH_SHUTDOWN;
}

/* Trouble that may be gone when the same is tried again. */
bool
LoadIsTransient(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK) ||
		sqlstate == ERRCODE_IO_ERROR;
}

void
LoadWarnFailure(const LoadFile *file, const ErrorData *error)
{
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("file \"%s\" is left out: %s", file->path, file->message),
			 error->context != NULL ? errdetail_internal("%s", error->context) : 0));
}

/* Read a file in a subtransaction; a failure leaves it out. */
static void
read_file_guarded(Load *load, LoadFile *file)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	bool		had_target = load->dataset != NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		read_unless_loaded(load, file);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(load->context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		/* no fault of the file: tick_load_each() tries the batch again */
		if (LoadIsCancel(error->sqlerrcode) || LoadIsTransient(error->sqlerrcode))
			ReThrowError(error);
		undo_file(load, file, !had_target && load->dataset != NULL);
		LoadNoteFailure(file, error, load->context);
		LoadWarnFailure(file, error);
		FreeErrorData(error);
		/* the abort has ended the report of progress */
		LoadProgressResume(load);
	}
	PG_END_TRY();
}

/* ---- the load ---- */

/* Count a file in, once it was read. */
static void
settle_file(Load *load, LoadFile *file)
{
	switch (file->state)
	{
		case LOAD_FILE_LOADED:
			load->loaded_files++;
			load->rows += file->rows;
			load->rejected += file->rejected;
			LoadReplaceSettle(load, true);
			LoadSettlePartitions(load, true);
			break;
		case LOAD_FILE_SKIPPED:
			load->skipped_files++;
			break;
		case LOAD_FILE_FAILED:
		case LOAD_FILE_PENDING:
			load->failed_files++;
			break;
	}
	load->progress.bytes_before += file->stamp.size;
}

static void
read_files(Load *load)
{
	int			i;

	for (i = 0; i < load->files; i++)
	{
		LoadFile   *file = &load->file[i];

		CHECK_FOR_INTERRUPTS();
		if (load->options->skip_files)
			read_file_guarded(load, file);
		else
			read_unless_loaded(load, file);
		settle_file(load, file);
	}
}

/* Record the files that failed; when none could be loaded, that is an error. */
static void
record_failures(Load *load)
{
	int			i;

	if (load->failed_files > 0 && load->loaded_files == 0 && load->skipped_files == 0 && !load->options->batches)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("none of %d files could be loaded", load->files)));
	for (i = 0; i < load->files && load->dataset != NULL; i++)
		if (load->file[i].state == LOAD_FILE_FAILED)
		{
			if (load->file[i].load == 0)
				load->file[i].load = TickCatalogNextLoad();
			LoadInsertEntry(load->dataset->relid, 0, &load->file[i], false);
		}
}

void
LoadRun(Load *load)
{
	ErrorContextCallback callback = {error_context_stack, say_place, load};

	error_context_stack = &callback;
	LoadOpenTarget(load);
	LoadProgressBegin(load);
	read_files(load);
	LoadReportKnown(load);
	record_failures(load);
	if (load->loaded_files > 0 && load->dataset != NULL)
		LoadPublish(load);
	LoadProgressEnd(load);
	if (load->rows > 0)
	{
		CommandCounterIncrement();
		TickStatisticsRefresh(load->dataset->relid);
	}
	error_context_stack = callback.previous;
}

/* What writes may not happen in. */
void
LoadRefuseReader(const char *function)
{
	PreventCommandIfReadOnly(function);
	PreventCommandDuringRecovery(function);
	PreventCommandIfParallelMode(function);
	TickVersionRefuseWrite();
}

int64
LoadFiles(const LoadOptions *options, LoadFile *files, int count, RangeVar *target)
{
	Load	   *load = LoadBegin(options, files, count, target);
	int64		rows;

	LoadRun(load);
	rows = load->rows;
	if (load->loaded_files == 0 && load->skipped_files > 0)
		ereport(NOTICE,
				(errmsg("%s: nothing to load, %d file%s skipped", load->target->relname, load->skipped_files,
						load->skipped_files == 1 ? "" : "s")));
	LoadEnd(load);
	return rows;
}

Datum
tick_load(PG_FUNCTION_ARGS)
{
	LoadOptions options;
	LoadFile   *files;
	int			count;

	LoadRefuseReader("tick_load()");
	LoadOptionsRead(&options, fcinfo, "tick_load");
	LoadOptionsReadExpected(&options, fcinfo, LOAD_ARGUMENTS);
	files = LoadSourceFiles(&options, &count);
	PG_RETURN_INT64(LoadFiles(&options, files, count, LoadTargetName(&options, files, count)));
}
