/*-------------------------------------------------------------------------
 *
 * load_file.c
 *	  Read one file into the run.
 *
 * The file's rows come in blocks of up to 1024, made ahead by a thread where
 * that is worth one.  Here CHECK constraints are held against them, every
 * line is accounted for, and the run takes the rows, or is spilled first when
 * it is full.  A cancel is noticed once a block.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "load.h"
#include "load_stream.h"

#define POOL_SHARE 16			/* of the memory, for the texts that a file's reader keeps */
#define RINGS_SHARE 8			/* of the memory, for rows made ahead where several files are read at once */
#define MOST_RING ((size_t) 32 << 20)
#define MOST_TRAILER_LINES 10
#define AHEAD_BYTES 65536		/* looked at before a file's layout is compared */

/* What reading one file needs. */
typedef struct Reading
{
	Load	   *load;
	LoadFile   *file;
	MemoryContext context;		/* of this, the stream and all else */
	LoadStream *stream;
	TickIntake *intake;
	MemoryContextCallback callback;
} Reading;

/* Describe the file, unless it looks like the one before it. */
static void
find_layout(Load *load, LoadStream *stream)
{
	MemoryContext old;

	if (load->layout != NULL && LoadLayoutFits(load->layout, &load->options->reading, stream->front,
											   stream->front_length, stream->complete))
		return;
	LoadStreamLookAhead(stream, LOAD_GUESS_BYTES);
	/* files begun with the old layout hold on to its strings */
	LoadDropAhead(load);
	load->layout = NULL;
	load->binding = NULL;
	MemoryContextReset(load->layout_context);
	old = MemoryContextSwitchTo(load->layout_context);
	load->layout = LoadLayoutMake(&load->options->reading, stream->front, stream->front_length, stream->complete);
	MemoryContextSwitchTo(old);
}

static void
bind_file(Load *load, LoadFile *file)
{
	MemoryContext old = MemoryContextSwitchTo(load->layout_context);

	if (load->binding == NULL)
		load->binding = LoadBind(load->dataset, load->layout, &load->options->reading, load->options->missing_null);
	LoadBindFile(load->binding, file);
	MemoryContextSwitchTo(old);
}

static void
announce_target(Load *load)
{
	if (!load->announced && load->options->target == NULL)
		ereport(NOTICE,
				(errmsg("appending to dataset \"%s\"", load->dataset->name)));
	load->announced = true;
}

/* How the file's records are told apart. */
static TickCsvOptions
csv_options(const Reading *reading)
{
	const LoadReading *said = &reading->load->options->reading;
	const LoadLayout *layout = reading->load->layout;
	TickCsvOptions options = {0};

	options.delimiter = layout->delimiter != '\0' ? layout->delimiter : ',';	/* none when there was no record to guess from */
	options.quote = layout->quote;
	options.escape = said->escape;
	options.comment = layout->comment;
	options.trailer = said->trailer;
	options.skip_lines = layout->skip_lines;
	options.max_line = tick_max_line;
	options.max_fields = Max(layout->fields, 1);
	return options;
}

/* Join the thread before the stream that it reads from is closed; harmless when done before. */
static void
release(void *argument)
{
	Reading    *reading = argument;

	/* the thread may wait for a program */
	if (reading->stream != NULL)
		LoadStreamStop(reading->stream);
	tick_intake_free(reading->intake);
	reading->intake = NULL;
}

/* Rows made ahead of one file; more where others have their turn first. */
static size_t
ring_bytes(const Load *load)
{
	if (load->options->jobs == 1 || load->files == 1)
		return 0;
	return Min((size_t) tick_load_memory * 1024 / RINGS_SHARE / load->options->jobs, MOST_RING);
}

/*
 * Rows are made in a thread, unless making them needs the server (other
 * encodings) or a row may be refused by it (CHECK constraints), or the file
 * is too small.
 */
static void
open_intake(Reading *reading)
{
	Load	   *load = reading->load;
	TickIntakeOptions options = {.csv = csv_options(reading),.plan = &load->binding->plan,
		.header = load->layout->header,
		.threaded = tick_threads > 1 && load->check == NULL && load->binding->plan.convert == NULL &&
		!reading->stream->complete,
		.pool_bytes = (size_t) tick_load_memory * 1024 / POOL_SHARE,
		.ring_bytes = ring_bytes(load),
		.read = LoadStreamRead,.context = reading->stream,.wait = TickInterrupt};
	TickError	error;

	reading->callback.func = release;
	reading->callback.arg = reading;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &reading->callback);
	TickCheck(tick_intake_create(&reading->intake, &options, &error), &error);
}

/* Account for a block's records and keep its rows. */
static void
take_block(Reading *reading, TickRowBlock *block)
{
	Load	   *load = reading->load;
	LoadFile   *file = reading->file;
	TickError	error;

	if (load->check != NULL && block->rows.rows > 0)
	{
		uint8		bad[TICK_CSV_RECORDS];

		if (LoadCheckRows(load->check, reading->intake, block, bad))
			TickCheck(tick_intake_refuse(reading->intake, bad, block, &error), &error);
	}
	if (block->rejects > 0)
		LoadTakeRejects(load, block);
	/* twice, when the rows that were kept are too many */
	while (tick_run_rows(load->run) > 0 && !tick_run_has_room(load->run, &block->rows))
		LoadSpillRun(load);
	TickCheck(tick_intake_translate(reading->intake, load->run, block, &error), &error);
	LoadCountPartitions(load, block->rows.partition, block->rows.rows);
	LoadReplaceNote(load, &block->rows, block->rows.rows);
	TickCheck(tick_run_append(load->run, &block->rows, &error), &error);
	file->header += block->header_lines;
	file->rows += block->rows.rows;
	file->row_lines += block->row_lines;
}

static void
read_rows(Reading *reading)
{
	TickRowBlock block = {0};
	TickError	error;
	TickStatus	status;

	while ((status = tick_intake_next(reading->intake, &block, &error)) == TICK_OK)
	{
		CHECK_FOR_INTERRUPTS();
		take_block(reading, &block);
		LoadProgressRows(reading->load, LoadStreamRawBytes(reading->stream));
	}
	if (status != TICK_END)
		TickRaise(&error);
}

/*
 * All lines from the first one of the trailer on are its: rows among them,
 * as where files were written one behind the other, would be lost.
 */
static void
check_trailer(const LoadFile *file, const char *trailer)
{
	if (file->trailer > MOST_TRAILER_LINES)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("%lld lines of file \"%s\" follow the trailer \"%s\"",
						(long long) file->trailer - 1, file->path, trailer),
				 errhint("Only the last lines of a file may be a trailer; lines between its rows are comments: see comment.")));
}

/* Lines by kind; every line is in one of the counts. */
static void
account(Reading *reading)
{
	LoadFile   *file = reading->file;
	TickCsvCounts counts;

	tick_intake_counts(reading->intake, &counts);
	file->lines = counts.lines;
	file->header += counts.skipped;
	file->blank = counts.blank;
	file->comment = counts.comment;
	file->trailer = counts.trailer;
	check_trailer(file, reading->load->options->reading.trailer);
	if (file->lines != file->header + file->blank + file->comment + file->trailer + file->row_lines + file->rejected_lines)
		elog(ERROR, "lines of file \"%s\" do not add up: %lld lines, %lld header, %lld blank, %lld comment, %lld trailer, %lld of rows, %lld rejected",
			 file->path, (long long) file->lines, (long long) file->header, (long long) file->blank,
			 (long long) file->comment, (long long) file->trailer, (long long) file->row_lines,
			 (long long) file->rejected_lines);
}

/* Read what is left of a file that holds no rows, so that damage is noticed. */
static void
drain(Reading *reading)
{
	TickError	error;
	TickStatus	status;
	size_t		length;
	char		bytes[8192];

	while ((status = LoadStreamRead(reading->stream, bytes, sizeof(bytes), &length, &error)) == TICK_OK)
		CHECK_FOR_INTERRUPTS();
	if (status != TICK_END)
		TickRaise(&error);
}

/* Read a file without a row to guess from to its end: one further on, or a damaged one, is no reason to lose the file. */
static void
drain_records(Reading *reading)
{
	TickCsvOptions options = csv_options(reading);
	TickCsv    *csv;
	TickCsvBatch batch;
	TickError	error;
	TickStatus	status;
	bool		header_pending = reading->load->layout->header;

	TickCheck(tick_csv_create(&csv, TickMemoryFor(CurrentMemoryContext), &options, LoadStreamRead,
							  reading->stream, &error), &error);
	while ((status = tick_csv_next(csv, &batch, &error)) == TICK_OK)
	{
		uint32		first = header_pending ? 1 : 0;

		CHECK_FOR_INTERRUPTS();
		header_pending = false;
		if (batch.records > first)
		{
			TickCsvRecord record = tick_csv_record(&batch, first);

			LoadRefuseUnguessed(reading->load, &record);
		}
	}
	if (status != TICK_END)
		TickRaise(&error);
}

/* A file without anything to guess from, for a dataset that does not exist. */
static void
pass_over_empty(Reading *reading)
{
	if (reading->stream->front_length > 0)
		drain_records(reading);
	else
		drain(reading);
	LoadStreamCheckEnd(reading->stream);
	ereport(NOTICE,
			(errmsg("%s \"%s\" holds no rows", reading->file->program ? "output of program" : "file",
					reading->file->path)));
	reading->file->state = LOAD_FILE_SKIPPED;
}

static void
open_stream(Reading *reading)
{
	const LoadLayout *layout = reading->load->layout;

	reading->stream = LoadStreamOpenFile(reading->file);
	LoadStreamLookAhead(reading->stream, layout == NULL ? LOAD_GUESS_BYTES : Max(layout->front_length, AHEAD_BYTES));
}

/* Begin to make rows, of a file whose layout is the load's. */
static void
begin_rows(Reading *reading)
{
	if (reading->file->load == 0)
		reading->file->load = TickCatalogNextLoad();
	bind_file(reading->load, reading->file);
	open_intake(reading);
}

static Reading *
make_reading(Load *load, LoadFile *file)
{
	MemoryContext context = AllocSetContextCreate(load->context, "tick file", ALLOCSET_DEFAULT_SIZES);
	/* not on the stack: after an error the context's reset is what joins the thread */
	Reading    *reading = MemoryContextAllocZero(context, sizeof(Reading));

	reading->load = load;
	reading->file = file;
	reading->context = context;
	return reading;
}

/* ---- files begun before their turn ---- */

/* The one of a file, which is no longer ahead; NULL when it was not begun. */
static Reading *
take_ahead(Load *load, const LoadFile *file)
{
	ListCell   *cell;

	foreach(cell, load->ahead)
	{
		Reading    *reading = lfirst(cell);

		if (reading->file == file)
		{
			load->ahead = foreach_delete_current(load->ahead, cell);
			return reading;
		}
	}
	return NULL;
}

void
LoadDropAhead(Load *load)
{
	ListCell   *cell;

	foreach(cell, load->ahead)
		MemoryContextDelete(((Reading *) lfirst(cell))->context);
	list_free(load->ahead);
	load->ahead = NIL;
}

/*
 * Begin a file; false when it has to wait for its turn.  What is wrong with it
 * is told then: an error here leaves it alone, and nothing of it touches more
 * than memory and its descriptor.
 */
static bool
begin_ahead(Load *load, LoadFile *file)
{
	MemoryContext old = CurrentMemoryContext;
	Reading    *volatile reading = make_reading(load, file);
	volatile bool begun = false;

	/* drawn outside of what is caught: an error may leave a sequence's page locked */
	if (file->load == 0)
		file->load = TickCatalogNextLoad();
	MemoryContextSwitchTo(reading->context);
	PG_TRY();
	{
		open_stream(reading);
		begun = reading->stream->front_length > 0 &&
			LoadLayoutFits(load->layout, &load->options->reading, reading->stream->front,
						   reading->stream->front_length, reading->stream->complete);
		if (begun)
			begin_rows(reading);
		MemoryContextSwitchTo(old);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		begun = false;
		if (LoadIsCancel(geterrcode()))
			PG_RE_THROW();
		FlushErrorState();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(load->context);
	if (begun)
		load->ahead = lappend(load->ahead, reading);
	else
		MemoryContextDelete(reading->context);
	MemoryContextSwitchTo(old);
	return begun;
}

/* Begin the files that follow, as many as jobs allows; they are taken in their order nevertheless. */
static void
begin_following(Load *load, const LoadFile *current)
{
	int			i;

	if (load->check != NULL || load->binding->plan.convert != NULL || tick_threads < 2)
		return;
	for (i = (int) (current - load->file) + 1; i < load->files && list_length(load->ahead) < load->options->jobs - 1; i++)
	{
		LoadFile   *file = &load->file[i];
		ListCell   *cell;
		bool		begun = file->program || LoadIsKnownPath(load, file);

		foreach(cell, load->ahead)
			begun = begun || ((Reading *) lfirst(cell))->file == file;
		if (!begun && !begin_ahead(load, file))
			break;
	}
}

/* ---- a file in its turn ---- */

/* Make the rows of a file, unless it has none; false when there is nothing more to do. */
static bool
start_file(Reading *reading)
{
	Load	   *load = reading->load;
	LoadFile   *file = reading->file;

	if (reading->stream == NULL)
		open_stream(reading);
	if (reading->intake != NULL)
		return true;
	if (reading->stream->front_length == 0 && load->dataset == NULL)
	{
		pass_over_empty(reading);
		return false;
	}
	if (reading->stream->front_length == 0)
	{
		file->load = TickCatalogNextLoad();
		return true;
	}
	find_layout(load, reading->stream);
	if (load->dataset == NULL)
	{
		if (!LoadMakeTarget(load, reading->stream))
		{
			pass_over_empty(reading);
			return false;
		}
		/* whoever made it meanwhile may have loaded this very file */
		if (!load->created && LoadIsLoaded(load, file))
		{
			file->state = LOAD_FILE_SKIPPED;
			return false;
		}
	}
	announce_target(load);
	begin_rows(reading);
	return true;
}

static void
read_file(Reading *reading)
{
	Load	   *load = reading->load;
	LoadFile   *file = reading->file;

	if (!start_file(reading))
		return;
	if (reading->intake != NULL)
	{
		begin_following(load, file);
		read_rows(reading);
		load->place.line = 0;
		account(reading);
	}
	else
		drain(reading);
	if (file->rows == 0 && file->rejected > 0)
		LoadRefuseNothingGood(load);
	LoadStreamCheckEnd(reading->stream);
	tick_gunzip_hash(reading->stream->gunzip, file->hash);
	LoadIdentify(load, file);
	if (file->program && LoadIsLoadedContent(load, file))
	{
		LoadForgetRejects(load);
		file->state = LOAD_FILE_SKIPPED;
		return;
	}
	LoadFlushRejects(load);
	file->state = LOAD_FILE_LOADED;
}

void
LoadCloseFile(Load *load)
{
	if (load->file_context != NULL)
		MemoryContextDelete(load->file_context);
	load->file_context = NULL;
}

void
LoadReadFile(Load *load, LoadFile *file)
{
	MemoryContext old = CurrentMemoryContext;
	Reading    *reading = take_ahead(load, file);

	if (reading == NULL)
		reading = make_reading(load, file);
	load->file_context = reading->context;
	MemoryContextSwitchTo(load->file_context);
	load->place = (LoadPlace) {.file = file};
	file->started = GetCurrentTimestamp();
	LoadProgressFile(load, file);
	read_file(reading);
	release(reading);
	if (reading->stream != NULL)
		LoadStreamClose(reading->stream);
	file->finished = GetCurrentTimestamp();
	load->place.file = NULL;
	MemoryContextSwitchTo(old);
	LoadCloseFile(load);
}
