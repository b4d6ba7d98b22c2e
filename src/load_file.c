/*-------------------------------------------------------------------------
 *
 * load_file.c
 *	  Read one file into the run.
 *
 * The loop takes a batch of up to 1024 records from the csv reader, parses
 * it into the run's arrays, holds CHECK constraints against the new rows,
 * accounts for every line, and spills the run when it is full.  A cancel is
 * noticed once a batch.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "load.h"
#include "load_stream.h"

/* What reading one file needs. */
typedef struct Reading
{
	Load	   *load;
	LoadFile   *file;
	LoadStream *stream;
	TickCsv    *csv;
	TickParser *parser;
	bool		header_pending; /* the next record is the header */
} Reading;

static TickStatus
intern(void *context, int target, const char *data, uint32_t length, uint32_t *code, TickError *error)
{
	return tick_run_intern(context, target, data, length, code, error);
}

/* Describe the file, unless it looks like the one before it. */
static void
find_layout(Load *load, LoadStream *stream)
{
	MemoryContext old;

	if (load->layout != NULL && LoadLayoutFits(load->layout, &load->options->reading, stream->front,
											   stream->front_length, stream->complete))
		return;
	LoadStreamLookAhead(stream, LOAD_GUESS_BYTES);
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
	load->binding->plan.intern = intern;
	load->binding->plan.intern_context = load->run;
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

static void
open_csv(Reading *reading)
{
	const LoadReading *said = &reading->load->options->reading;
	const LoadLayout *layout = reading->load->layout;
	TickCsvOptions options = {0};
	TickError	error;

	options.delimiter = layout->delimiter != '\0' ? layout->delimiter : ',';	/* none when there was no record to guess from */
	options.quote = layout->quote;
	options.escape = said->escape;
	options.comment = said->comment;
	options.trailer = said->trailer;
	options.skip_lines = layout->skip_lines;
	options.max_line = tick_max_line;
	options.max_fields = Max(layout->fields, 1);
	TickCheck(tick_csv_create(&reading->csv, TickMemoryFor(CurrentMemoryContext), &options, LoadStreamRead,
							  reading->stream, &error), &error);
	reading->header_pending = layout->header;
}

/* Account for parsed records and keep their rows. */
static void
take_rows(Reading *reading, const TickCsvBatch *batch, const TickRunRoom *room, TickParseResult *result)
{
	Load	   *load = reading->load;
	LoadFile   *file = reading->file;

	if (load->check != NULL && result->rows > 0)
	{
		uint8		bad[TICK_CSV_RECORDS];

		if (LoadCheckRows(load->check, load->run, room, result, bad))
			tick_parse_remove(reading->parser, batch, room, bad, result);
	}
	if (result->rejects > 0)
		LoadTakeRejects(load, batch, result);
	LoadCountPartitions(load, room->partition, result->rows);
	LoadReplaceNote(load, room, result->rows);
	tick_run_commit(load->run, result->rows);
	file->rows += result->rows;
	file->row_lines += result->row_lines;
}

/* Parse a batch, in pieces where the run has less room. */
static void
take_batch(Reading *reading, const TickCsvBatch *batch)
{
	Load	   *load = reading->load;
	uint32		first = 0;

	if (reading->header_pending && batch->records > 0)
	{
		reading->file->header += batch->record[0].lines;
		reading->header_pending = false;
		first = 1;
	}
	while (first < batch->records)
	{
		TickRunRoom room;
		TickParseResult result;
		TickError	error;
		uint32		count;

		TickCheck(tick_run_reserve(load->run, batch->records - first, &room, &error), &error);
		if (room.rows == 0)
		{
			LoadSpillRun(load, true);
			tick_parser_forget(reading->parser);
			continue;
		}
		count = Min(room.rows, batch->records - first);
		TickCheck(tick_parse(reading->parser, batch, first, count, &room, &result, &error), &error);
		take_rows(reading, batch, &room, &result);
		first += count;
	}
}

static void
read_records(Reading *reading)
{
	TickCsvBatch batch;
	TickError	error;
	TickStatus	status;

	while ((status = tick_csv_next(reading->csv, &batch, &error)) == TICK_OK)
	{
		CHECK_FOR_INTERRUPTS();
		take_batch(reading, &batch);
		LoadProgressRows(reading->load, LoadStreamRawBytes(reading->stream));
	}
	if (status != TICK_END)
		TickRaise(&error);
}

/* Lines by kind; every line is in one of the counts. */
static void
account(Reading *reading)
{
	LoadFile   *file = reading->file;
	TickCsvCounts counts;

	tick_csv_counts(reading->csv, &counts);
	file->lines = counts.lines;
	file->header += counts.skipped;
	file->blank = counts.blank;
	file->comment = counts.comment;
	file->trailer = counts.trailer;
	if (file->lines != file->header + file->blank + file->comment + file->trailer + file->row_lines + file->rejected_lines)
		elog(ERROR, "lines of file \"%s\" do not add up: %lld lines, %lld header, %lld blank, %lld comment, %lld trailer, %lld of rows, %lld rejected",
			 file->path, (long long) file->lines, (long long) file->header, (long long) file->blank,
			 (long long) file->comment, (long long) file->trailer, (long long) file->row_lines,
			 (long long) file->rejected_lines);
}

/* The bytes that were read must be those that the name stood for, all the time. */
static void
check_unchanged(const LoadFile *file, const LoadStream *stream)
{
	LoadStamp	now;

	LoadStampOf(file->path, &now);
	if (!LoadStampEqual(&now, &file->stamp) || LoadStreamRawBytes(stream) != file->stamp.size)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("file \"%s\" changed while it was read", file->path),
				 errhint("Load it when it is complete.")));
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
	TickCsvBatch batch;
	TickError	error;
	TickStatus	status;

	open_csv(reading);
	while ((status = tick_csv_next(reading->csv, &batch, &error)) == TICK_OK)
	{
		uint32		first = reading->header_pending ? 1 : 0;

		CHECK_FOR_INTERRUPTS();
		reading->header_pending = false;
		if (batch.records > first)
			LoadRefuseUnguessed(reading->load, &batch.record[first]);
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
	ereport(NOTICE,
			(errmsg("file \"%s\" holds no rows", reading->file->path)));
	reading->file->state = LOAD_FILE_SKIPPED;
}

static void
read_file(Reading *reading)
{
	Load	   *load = reading->load;
	LoadFile   *file = reading->file;
	TickError	error;

	reading->stream = LoadStreamOpen(file->path);
	LoadStreamLookAhead(reading->stream, load->layout == NULL ? LOAD_GUESS_BYTES : Max(load->layout->front_length, 65536));
	if (reading->stream->front_length == 0 && load->dataset == NULL)
	{
		pass_over_empty(reading);
		return;
	}
	if (reading->stream->front_length > 0)
	{
		find_layout(load, reading->stream);
		if (load->dataset == NULL)
		{
			if (!LoadMakeTarget(load, reading->stream))
			{
				pass_over_empty(reading);
				return;
			}
			/* whoever made it meanwhile may have loaded this very file */
			if (!load->created && LoadIsLoaded(load, file))
			{
				file->state = LOAD_FILE_SKIPPED;
				return;
			}
		}
		announce_target(load);
		file->load = TickCatalogNextLoad();
		bind_file(load, file);
		TickCheck(tick_parser_create(&reading->parser, TickMemoryFor(CurrentMemoryContext), &load->binding->plan, &error),
				  &error);
		open_csv(reading);
		read_records(reading);
		load->place.line = 0;
		account(reading);
	}
	else
	{
		file->load = TickCatalogNextLoad();
		drain(reading);
	}
	if (file->rows == 0 && file->rejected > 0)
		LoadRefuseNothingGood(load);
	check_unchanged(file, reading->stream);
	tick_gunzip_hash(reading->stream->gunzip, file->hash);
	LoadIdentify(load, file);
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
	Reading		reading = {.load = load,.file = file};

	load->file_context = AllocSetContextCreate(load->context, "tick file", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(load->file_context);
	load->place = (LoadPlace) {.file = file};
	file->started = GetCurrentTimestamp();
	LoadProgressFile(load, file);
	read_file(&reading);
	if (reading.stream != NULL)
		LoadStreamClose(reading.stream);
	file->finished = GetCurrentTimestamp();
	load->place.file = NULL;
	MemoryContextSwitchTo(old);
	LoadCloseFile(load);
}
