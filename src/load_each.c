/*-------------------------------------------------------------------------
 *
 * load_each.c
 *	  CALL tick_load_each(): files into a dataset, batch by batch.
 *
 * Files are taken in order until a batch has batch_size bytes.  A batch is
 * a load in a subtransaction, and then a commit: what was committed stays,
 * and a rerun finds it on the ledger.  Bad files are left out of their batch
 * and recorded with it.
 *
 * A passing trouble (a full disk, a deadlock, an input error of the storage)
 * undoes the batch, which is tried again after a pause.  Trouble that no
 * file is to blame for makes each file of the batch a batch of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "catalog.h"
#include "load.h"

PG_FUNCTION_INFO_V1(tick_load_each);

/* The whole call, over all its transactions. */
typedef struct Each
{
	LoadOptions options;
	MemoryContext context;		/* outlives transactions */
	LoadFile   *file;
	int			files;
	RangeVar   *target;
	int		   *index;			/* of the batch at hand: files in `file` ... */
	LoadFile   *batch;			/* ... and the copies that a load works on */
	int			batch_files;
	int			tries;			/* of the batch after its first */
	int			single;			/* files to load one by one */
	int64		rows;
	int64		rejected;
} Each;

/* Commit what was done and go on in a new transaction. */
static void
commit(Each *each)
{
	SPI_commit();
	MemoryContextSwitchTo(each->context);
}

void
LoadPause(int64 milliseconds)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);

	for (;;)
	{
		long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end);

		CHECK_FOR_INTERRUPTS();
		if (left <= 0)
			return;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

void
LoadWarnRetry(const LoadOptions *options, const ErrorData *error, int tries)
{
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("%s; trying again in %lld s (%d of %d)", error->message,
					(long long) options->retry_pause_ms / 1000, tries, options->retries),
			 error->detail != NULL ? errdetail_internal("%s", error->detail) : 0));
}

/* Take pending files up to the size of a batch (at least one); false when none is left. */
static bool
fill_batch(Each *each)
{
	int64		bytes = 0;
	int			i;

	each->batch_files = 0;
	each->options.files_before = 0;
	each->options.bytes_before = 0;
	for (i = 0; i < each->files; i++)
	{
		if (each->file[i].state != LOAD_FILE_PENDING)
		{
			each->options.files_before++;
			each->options.bytes_before += each->file[i].stamp.size;
			continue;
		}
		if (each->batch_files > 0 &&
			(each->single > 0 || bytes + each->file[i].stamp.size > each->options.batch_bytes))
			break;
		bytes += each->file[i].stamp.size;
		each->index[each->batch_files] = i;
		each->batch[each->batch_files++] = each->file[i];
	}
	return each->batch_files > 0;
}

/* Take over what became of the files of a batch. */
static void
take_over(Each *each, const Load *load)
{
	int			i;

	for (i = 0; i < each->batch_files; i++)
	{
		LoadFile   *file = &each->file[each->index[i]];

		*file = each->batch[i];
		/* no dataset, no row in tick.load */
		if (load->dataset == NULL)
			file->load = 0;
		/* texts of a failure lie in the load's memory */
		if (file->sqlstate != NULL)
			file->sqlstate = MemoryContextStrdup(each->context, file->sqlstate);
		if (file->message != NULL)
			file->message = MemoryContextStrdup(each->context, file->message);
	}
	each->rows += load->rows;
	each->rejected += load->rejected;
}

/*
 * Load the batch in a subtransaction.  Returns the error when it failed,
 * with *culprit the file that was being read (NULL: none).
 */
static ErrorData *
try_batch(Each *each, LoadFile **culprit)
{
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext context = AllocSetContextCreate(each->context, "tick batch", ALLOCSET_DEFAULT_SIZES);
	Load	   *volatile load = NULL;
	ErrorData  *volatile error = NULL;

	*culprit = NULL;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		/* a procedure has no snapshot of its own after a commit */
		PushActiveSnapshot(GetTransactionSnapshot());
		load = LoadBegin(&each->options, each->batch, each->batch_files, each->target);
		LoadRun(load);
		take_over(each, load);
		LoadEnd(load);
		PopActiveSnapshot();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(each->context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (load != NULL && load->place.file != NULL)
			*culprit = &each->file[each->index[load->place.file - load->file]];
	}
	PG_END_TRY();
	CurrentResourceOwner = owner;
	MemoryContextSwitchTo(each->context);
	MemoryContextDelete(context);
	return error;
}

/* After a commit there is no snapshot any more, and a row with a long message needs one for its TOAST table. */
static void
insert_failure(Oid relid, LoadFile *file)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	file->load = TickCatalogNextLoad();
	LoadInsertEntry(relid, 0, file, false);
	PopActiveSnapshot();
}

/* Record a failure in tick.load, where there is a dataset to record it for. */
static void
record_failure(Each *each, LoadFile *file, const ErrorData *error)
{
	Oid			relid;

	file->started = file->started != 0 ? file->started : GetCurrentTimestamp();
	LoadNoteFailure(file, error, each->context);
	LoadWarnFailure(file, error);
	file->load = 0;
	relid = RangeVarGetRelid(each->target, RowExclusiveLock, true);
	if (OidIsValid(relid) && TickIsDataset(relid))
		insert_failure(relid, file);
}

/* Failures from before the dataset was made by a later file; true when all failures are recorded now. */
static bool
record_early_failures(Each *each)
{
	Oid			relid;
	int			early = 0;
	int			i;

	for (i = 0; i < each->files; i++)
		early += each->file[i].state == LOAD_FILE_FAILED && each->file[i].load == 0;
	if (early == 0)
		return true;
	relid = RangeVarGetRelid(each->target, RowExclusiveLock, true);
	if (!OidIsValid(relid) || !TickIsDataset(relid))
		return false;
	for (i = 0; i < each->files; i++)
		if (each->file[i].state == LOAD_FILE_FAILED && each->file[i].load == 0)
			insert_failure(relid, &each->file[i]);
	commit(each);
	return true;
}

/* What to do about a batch that failed; its files are pending still. */
static void
settle_failure(Each *each, LoadFile *culprit, const ErrorData *error)
{
	bool		transient = LoadIsTransient(error->sqlerrcode);
	int			i;

	if (transient && each->tries < each->options.retries)
	{
		each->tries++;
		LoadWarnRetry(&each->options, error, each->tries);
		commit(each);
		LoadPause(each->options.retry_pause_ms);
		return;
	}
	each->tries = 0;
	if (culprit != NULL)
		record_failure(each, culprit, error);
	else if (each->batch_files > 1 && !transient)
		each->single = each->batch_files;
	else
		for (i = 0; i < each->batch_files; i++)
			record_failure(each, &each->file[each->index[i]], error);
	commit(each);
}

static void
load_batches(Each *each)
{
	while (fill_batch(each))
	{
		LoadFile   *culprit;
		ErrorData  *error = try_batch(each, &culprit);

		if (error != NULL && LoadIsCancel(error->sqlerrcode))
			ReThrowError(error);
		if (error == NULL)
		{
			if (each->single > 0)
				each->single--;
			each->tries = 0;
			commit(each);
		}
		else
			settle_failure(each, culprit, error);
	}
}

static int64
count_state(const Each *each, LoadFileState state)
{
	int64		count = 0;
	int			i;

	for (i = 0; i < each->files; i++)
		count += each->file[i].state == state;
	return count;
}

/* The row of INOUT arguments. */
static Datum
form_result(FunctionCallInfo fcinfo, const Each *each)
{
	TupleDesc	descriptor;
	Datum		values[6];
	bool		nulls[6] = {false};

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE || descriptor->natts != lengthof(values))
		elog(ERROR, "tick_load_each must return a row of six columns");
	values[0] = Int64GetDatum(each->files);
	values[1] = Int64GetDatum(count_state(each, LOAD_FILE_LOADED));
	values[2] = Int64GetDatum(count_state(each, LOAD_FILE_SKIPPED));
	values[3] = Int64GetDatum(count_state(each, LOAD_FILE_FAILED));
	values[4] = Int64GetDatum(each->rows);
	values[5] = Int64GetDatum(each->rejected);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}

/* Commits end the caller's transaction: only a CALL at the top may do that. */
static void
refuse_atomic(FunctionCallInfo fcinfo)
{
	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) || castNode(CallContext, fcinfo->context)->atomic)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
				 errmsg("tick_load_each() cannot run inside a transaction block or function"),
				 errhint("Call it by itself, or use tick_load(), which is one transaction.")));
}

static void
raise_failures(const Each *each, bool recorded)
{
	int64		failed = count_state(each, LOAD_FILE_FAILED);

	if (failed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%lld of %d files could not be loaded", (long long) failed, each->files),
				 errdetail("%lld files with %lld rows were loaded and committed, %lld were loaded before.",
						   (long long) count_state(each, LOAD_FILE_LOADED), (long long) each->rows,
						   (long long) count_state(each, LOAD_FILE_SKIPPED)),
				 recorded ?
				 errhint("See the rows with status 'failed' in tick.loads; the same call loads what is missing.") :
				 errhint("See the warnings; the same call loads what is missing.")));
}

Datum
tick_load_each(PG_FUNCTION_ARGS)
{
	MemoryContext context = AllocSetContextCreate(PortalContext, "tick_load_each", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Each	   *each = palloc0(sizeof(Each));
	Datum		result;
	bool		recorded;

	refuse_atomic(fcinfo);
	LoadRefuseReader("tick_load_each()");
	LoadOptionsRead(&each->options, fcinfo, "tick_load_each");
	LoadOptionsReadBatches(&each->options, fcinfo);
	LoadOptionsReadExpected(&each->options, fcinfo, LOAD_ARGUMENTS + 3);
	each->context = context;
	each->file = LoadSourceFiles(&each->options, &each->files);
	each->target = LoadTargetName(&each->options, each->file, each->files);
	each->options.all_files = each->files;
	for (int i = 0; i < each->files; i++)
		each->options.all_bytes += each->file[i].stamp.size;
	each->index = palloc_extended((Size) each->files * sizeof(int), MCXT_ALLOC_HUGE);
	each->batch = palloc_extended((Size) each->files * sizeof(LoadFile), MCXT_ALLOC_HUGE);
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	MemoryContextSwitchTo(context);
	load_batches(each);
	recorded = record_early_failures(each);
	SPI_finish();
	raise_failures(each, recorded);
	MemoryContextSwitchTo(old);
	result = form_result(fcinfo, each);
	PG_RETURN_DATUM(result);
}
