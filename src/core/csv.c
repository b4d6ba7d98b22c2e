/*-------------------------------------------------------------------------
 *
 * csv.c
 *	  Records and fields out of a stream of bytes.
 *
 *	[read] --> data --> window of positions --> records of a batch
 *
 * data holds the input not yet parsed; it is filled up whenever it holds no
 * whole record, after the piece of a record that is left was moved to its
 * front.  The scanner lists where the special bytes of the next window are.
 * Records are made from those positions: by the fast path while there is
 * nothing but delimiters and line ends, by the careful path otherwise.  The
 * careful path alone would give the same records.  Where all records of a
 * window have the fields that are expected, the positions themselves are
 * the batch, and nothing is made at all.
 *
 * Batches point into data; only unescaped fields are copied, to an arena
 * behind it.  A batch never outlives a move of data.
 *
 * The rules beyond RFC 4180:
 *
 * - A quote is special as the first byte of a field only; inside an
 *   unquoted field it stands for itself (COPY would open a quoted section).
 * - After a closing quote, blanks and tabs are passed over up to the
 *   delimiter; anything else is TICK_CSV_BAD_QUOTE, and the field then ends
 *   at the next delimiter or line end, quotes or not.
 * - The escape makes a quote or an escape that follows it literal; before
 *   anything else it stands for itself, as in COPY.  A doubled quote is one
 *   quote whatever the escape.
 * - Comment, trailer and skipped lines are lines, not records: quotes mean
 *   nothing in them.  Only where a record may begin is a line looked at.
 * - A record longer than max_line is reported with its first line alone,
 *   and parsing goes on with the line after it.  So a stray quote costs one
 *   line, not the rest of the file; the lines that it had swallowed are
 *   still in data, because data holds a whole record up to max_line.
 * - A NUL byte spoils its record, not its neighbours.  Of several faults of
 *   a record the one is told that is first in: too long, unterminated, NUL,
 *   bad quote.
 *
 * Memory: data (256 kB or as much as max_line needs), the arena, the
 * positions of a window (128 kB or the longest record) and the batch.
 *
 *-------------------------------------------------------------------------
 */
#include "core/csv.h"

#include <string.h>

#include "core/csv_internal.h"

#define BUFFER_BYTES (256 * 1024)
#define WINDOW_BYTES (128 * 1024)
#define MOST_LINE_BYTES (UINT32_C(1) << 30) /* positions are 32 bits wide, the arena's too */

/*
 * ---- input ----
 */

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

/* Bytes of data and arena. */
static size_t
data_bytes(size_t capacity)
{
	return 2 * (capacity + TICK_CSV_SCAN_SLACK);
}

/*
 * Make room behind the piece of a record that is left.  data grows only
 * when that piece fills it, and never much beyond max_line: a longer piece
 * is reported and discarded.
 */
static TickStatus
make_room(TickCsv *csv, TickError *error)
{
	size_t		left = csv->end - csv->position;
	size_t		capacity = csv->capacity * 2;
	size_t		most = (size_t) csv->options.max_line + csv->trailer_length + 4096;
	char	   *data;

	if (csv->position > 0)
	{
		memmove(csv->data, csv->data + csv->position, left);
		csv->position = 0;
		csv->end = (uint32_t) left;
		return TICK_OK;
	}
	if (left < csv->capacity)
		return TICK_OK;
	if (capacity > most)
		capacity = most;
	data = tick_resize(csv->memory, csv->data, data_bytes(capacity));
	if (data == NULL)
		return out_of_memory(error);
	csv->data = data;
	csv->capacity = capacity;
	return TICK_OK;
}

/* Fill data up, or to the end of the input. */
static TickStatus
fill(TickCsv *csv, TickError *error)
{
	TICK_TRY(make_room(csv, error));
	while (csv->end < csv->capacity && !csv->at_end)
	{
		size_t		length = 0;
		TickStatus	status = csv->read(csv->context, csv->data + csv->end, csv->capacity - csv->end,
									   &length, error);

		if (status == TICK_END)
			csv->at_end = true;
		else if (status != TICK_OK)
			return status;
		csv->end += (uint32_t) length;
	}
	memset(csv->data + csv->end, 0, TICK_CSV_SCAN_SLACK);
	if (!csv->begun)
	{
		csv->begun = true;
		if (csv->end >= 3 && memcmp(csv->data, "\xef\xbb\xbf", 3) == 0)
			csv->position = 3;
	}
	return TICK_OK;
}

static void
free_positions(TickCsv *csv)
{
	if (csv->positions != NULL)
		tick_free(csv->memory, csv->positions - 1);
	csv->positions = NULL;
	csv->positions_capacity = 0;
}

/* Give data its own bytes back, before anything but a parser looks at it. */
static void
close_window(TickCsv *csv)
{
	csv->data[csv->window_end] = csv->covered;
	csv->at = NULL;
}

/* Room for the positions of a window of so many bytes, and one before them. */
static TickStatus
reserve_positions(TickCsv *csv, uint32_t length, TickError *error)
{
	size_t		capacity = (size_t) length + TICK_CSV_SCAN_SLACK + 2;
	uint32_t   *positions;

	if (csv->positions_capacity >= capacity)
		return TICK_OK;
	free_positions(csv);
	positions = tick_alloc_array(csv->memory, capacity, sizeof(uint32_t));
	if (positions == NULL)
		return out_of_memory(error);
	csv->positions = positions + 1;
	csv->positions_capacity = capacity;
	return TICK_OK;
}

/*
 * How many records at the beginning of the window are a batch as they are:
 * all that end in it, or none.  Each has its line end where max_fields fields
 * put it, and there is no other line end; what else was found are delimiters.
 */
static uint32_t
count_even(const TickCsv *csv, const TickCsvFound *found)
{
	const uint32_t fields = csv->options.max_fields;
	const bool	crlf = found->returns > 0;
	const bool	other_lines = csv->options.comment != '\0' || csv->trailer_length > 0;
	const uint32_t stride = csv->even_stride;

	if (csv->careful || csv->discard || csv->skip_left > 0 || csv->in_trailer || found->others || fields < 2 ||
		(crlf && found->returns != found->feeds) || (uint64_t) found->feeds * stride > found->specials ||
		csv->window_end - csv->window_start > csv->options.max_line)
		return 0;
	for (uint32_t r = 0; r < found->feeds; r++)
	{
		const uint32_t *first = csv->positions + (size_t) r * stride;
		uint32_t	end = first[fields - 1];

		if (csv->data[end] != (crlf ? '\r' : '\n') || (crlf && csv->data[end + 1] != '\n'))
			return 0;
		if (other_lines && csv->begins[(uint8_t) csv->data[first[-1] + 1]])
			return 0;
	}
	return found->feeds;
}

/*
 * Scan the next window, from position on.  A window that held no whole
 * record is followed by one of twice its size.
 */
static TickStatus
open_window(TickCsv *csv, TickError *error)
{
	uint32_t	length = csv->end - csv->position;
	TickCsvFound found;

	if (length > csv->window_bytes)
		length = csv->window_bytes;
	TICK_TRY(reserve_positions(csv, length, error));
	found = csv->scan((const uint8_t *) csv->data + csv->position, length, csv->position,
					  &csv->specials, csv->positions);
	csv->window_start = csv->position;
	csv->window_end = csv->position + length;
	csv->window_last = csv->at_end && csv->window_end == csv->end;
	csv->positions[-1] = csv->window_start - 1;
	csv->positions[found.specials] = csv->window_end;
	csv->even_stride = csv->options.max_fields + (found.returns > 0);
	csv->even = count_even(csv, &found);
	csv->covered = csv->data[csv->window_end];
	csv->data[csv->window_end] = 0;
	csv->at = csv->positions;
	return TICK_OK;
}

/*
 * ---- batches ----
 */

/*
 * Open a window with something new in it: on the next bytes of data, or,
 * once those are done and the batch is empty, on newly read ones.  TICK_END
 * when there is nothing more for this batch.
 */
static TickStatus
next_window(TickCsv *csv, uint32_t rows, TickError *error)
{
	if (csv->at != NULL)
	{
		close_window(csv);
		if (csv->position == csv->window_start && csv->window_end < csv->end)
			csv->window_bytes *= 2;
	}
	if (csv->window_end == csv->end)
	{
		if (rows > 0 || csv->at_end)
			return TICK_END;
		TICK_TRY(fill(csv, error));
	}
	if (csv->swallow_lf && csv->position < csv->end)
	{
		csv->swallow_lf = false;
		csv->position += csv->data[csv->position] == '\n';
	}
	return open_window(csv, error);
}

/* A batch of records that are one as they are: not more than a batch holds, and evenly many of what is left. */
static void
take_even(TickCsv *csv, TickCsvBatch *batch)
{
	uint32_t	batches = (csv->even + TICK_CSV_RECORDS - 1) / TICK_CSV_RECORDS;
	uint32_t	records = (csv->even + batches - 1) / batches;

	*batch = (TickCsvBatch) {
		.records = records,.max_fields = csv->options.max_fields,.data = csv->data,.ends = csv->at,
		.record_stride = csv->even_stride,.field_stride = 1,.first_line = csv->counts.lines + 1
	};
	csv->at += (size_t) records * csv->even_stride;
	csv->position = csv->at[-1] + 1;
	csv->counts.lines += records;
	csv->even -= records;
}

static void
take_records(const TickCsv *csv, uint32_t records, TickCsvBatch *batch)
{
	*batch = (TickCsvBatch) {
		.records = records,.max_fields = csv->options.max_fields,.data = csv->data,.ends = csv->bounds + 1,
		.record_stride = 2 * csv->options.max_fields,.field_stride = 2,.record = csv->record,
		.quoted = csv->quoted_used ? csv->quoted : NULL,.first_line = records > 0 ? csv->record[0].line : 0
	};
}

TickStatus
tick_csv_next(TickCsv *csv, TickCsvBatch *batch, TickError *error)
{
	TickStatus	status = TICK_OK;
	uint32_t	rows = 0;

	if (csv->quoted_used)
		memset(csv->quoted, 0, (size_t) TICK_CSV_RECORDS * csv->options.max_fields);
	csv->quoted_used = false;
	csv->arena_used = 0;
	while (status == TICK_OK)
	{
		if (csv->at != NULL && csv->even > 0)
		{
			if (rows > 0)
				break;
			take_even(csv, batch);
			return TICK_OK;
		}
		if (csv->at != NULL)
		{
			TickCsvParsed outcome = tick_csv_parse_window(csv, &rows);

			if (outcome == TICK_CSV_PARSED_RECORD)
				break;
		}
		status = next_window(csv, rows, error);
	}
	if (status != TICK_OK && status != TICK_END)
		return status;
	take_records(csv, rows, batch);
	return rows > 0 ? TICK_OK : TICK_END;
}

void
tick_csv_counts(const TickCsv *csv, TickCsvCounts *counts)
{
	*counts = csv->counts;
}

/*
 * ---- creation ----
 */

static TickStatus
check_options(const TickCsvOptions *options, TickError *error)
{
	if (options->delimiter == '\0' || options->delimiter == '\n' || options->delimiter == '\r')
		return tick_error_set(error, TICK_BAD_INPUT, "delimiter cannot be NUL, newline or carriage return");
	if (options->quote == '\n' || options->quote == '\r' || options->escape == '\n' || options->escape == '\r')
		return tick_error_set(error, TICK_BAD_INPUT, "quote and escape cannot be newline or carriage return");
	if (options->max_line == 0 || options->max_line > MOST_LINE_BYTES)
		return tick_error_set(error, TICK_BAD_INPUT, "longest line must be between 1 and %u bytes", MOST_LINE_BYTES);
	if (options->max_fields == 0)
		return tick_error_set(error, TICK_BAD_INPUT, "number of fields must be greater than zero");
	return TICK_OK;
}

/* Fill in what is derived from the options. */
static TickStatus
prepare(TickCsv *csv)
{
	TickCsvOptions *options = &csv->options;

	if (options->quote == '\0')
		options->escape = '\0';
	else if (options->escape == '\0')
		options->escape = options->quote;
	csv->specials.delimiter = options->delimiter;
	csv->specials.quote = options->quote != '\0' ? options->quote : options->delimiter;
	csv->specials.escape = options->escape != '\0' ? options->escape : options->delimiter;
	csv->skip_left = options->skip_lines;
	csv->begins['\0'] = csv->begins['\n'] = csv->begins['\r'] = 1;
	csv->begins[(uint8_t) options->quote] = 1;
	csv->begins[(uint8_t) options->comment] = 1;
	if (options->trailer != NULL && options->trailer[0] != '\0')
	{
		size_t		length = strlen(options->trailer);

		csv->trailer = tick_alloc(csv->memory, length);
		if (csv->trailer == NULL)
			return TICK_NOMEM;
		memcpy(csv->trailer, options->trailer, length);
		csv->trailer_length = (uint32_t) length;
		csv->begins[(uint8_t) csv->trailer[0]] = 1;
	}
	return TICK_OK;
}

TickStatus
tick_csv_create_tuned(TickCsv **csv, const TickMemory *memory, const TickCsvOptions *options,
					  const TickCsvTuning *tuning, TickPlainRead read, void *context, TickError *error)
{
	TickCsv    *made;
	size_t		fields;

	*csv = NULL;
	TICK_TRY(check_options(options, error));
	made = tick_alloc_zero(memory, sizeof(*made));
	if (made == NULL)
		return out_of_memory(error);
	made->memory = memory;
	made->options = *options;
	made->scan = tuning->scan;
	/* a quote that is the delimiter too opens a quoted field where one begins */
	made->careful = tuning->careful || options->quote == options->delimiter;
	made->capacity = tuning->buffer_bytes < 4 ? 4 : tuning->buffer_bytes;
	made->window_bytes = tuning->window_bytes < 1 ? 1 : tuning->window_bytes;
	made->read = read;
	made->context = context;
	fields = (size_t) options->max_fields * TICK_CSV_RECORDS;
	made->data = tick_alloc(memory, data_bytes(made->capacity));
	made->record = tick_alloc_array(memory, TICK_CSV_RECORDS, sizeof(TickCsvRecord));
	made->bounds = tick_alloc_array(memory, fields + 1, 2 * sizeof(uint32_t));
	made->quoted = tick_alloc_zero(memory, fields);
	if (prepare(made) != TICK_OK || made->data == NULL || made->record == NULL ||
		made->bounds == NULL || made->quoted == NULL)
	{
		tick_csv_free(made);
		return out_of_memory(error);
	}
	*csv = made;
	return TICK_OK;
}

TickStatus
tick_csv_create(TickCsv **csv, const TickMemory *memory, const TickCsvOptions *options,
				TickPlainRead read, void *context, TickError *error)
{
	const TickCsvTuning usual = {tick_csv_scan_best(), BUFFER_BYTES, WINDOW_BYTES, false};

	return tick_csv_create_tuned(csv, memory, options, &usual, read, context, error);
}

void
tick_csv_free(TickCsv *csv)
{
	const TickMemory *memory;

	if (csv == NULL)
		return;
	memory = csv->memory;
	tick_free(memory, csv->trailer);
	tick_free(memory, csv->data);
	free_positions(csv);
	tick_free(memory, csv->record);
	tick_free(memory, csv->bounds);
	tick_free(memory, csv->quoted);
	tick_free(memory, csv);
}
