/*-------------------------------------------------------------------------
 *
 * csv.c
 *	  Records and fields out of a stream of bytes.
 *
 *	input --read--> buffer [.... | record | record | part of a rec]
 *	                             pos                              end
 *
 * The buffer holds at least one record of max_line bytes and one read.  A
 * batch is cut from what is there; only when not a single whole record is
 * left does the rest move to the front and more is read, so that fields may
 * point into the buffer until the next call.
 *
 * Most records have no quoted field.  The fast path looks at 64 bytes at a
 * time for the few bytes that matter (csv_scan.h) and walks the set bits.  A
 * quote at the start of a field sends the record to the careful path, which
 * goes byte by byte and copies only fields that hold an escape.  A quote
 * inside an unquoted field is an ordinary byte.
 *
 * A record longer than max_line is delivered without fields and with its
 * beginning as raw.  Reading goes on at the next line end after the record's
 * first line, so that one stray quote does not swallow the file.
 *
 *-------------------------------------------------------------------------
 */
#include "core/csv.h"

#include <string.h>

#include "core/csv_scan.h"

#define READ_BYTES (256 * 1024)
#define SLACK TICK_CSV_BLOCK	/* bytes behind the end that a block may look at */
#define RAW_BYTES 4096			/* of a too long record, delivered as raw */

typedef enum Found
{
	FOUND_RECORD,				/* a record was added to the batch */
	FOUND_NOTHING,				/* a line was passed over */
	FOUND_QUOTE,				/* the fast path met a quoted field */
	FOUND_MORE,					/* the record goes on behind the end */
	FOUND_END
} Found;

struct TickCsv
{
	const TickMemory *memory;
	TickCsvOptions options;
	TickPlainRead read;
	void	   *context;
	char	   *buffer;
	size_t		capacity;		/* without slack */
	size_t		pos;
	size_t		end;
	bool		eof;
	bool		started;		/* the byte order mark was looked for */
	bool		resync;			/* drop bytes up to the next line end */
	bool		in_trailer;
	uint32_t	skip;			/* lines still to pass over */
	uint64_t	line;			/* number of the line at pos */
	TickCsvCounts counts;
	char	   *unescaped;		/* fields with escapes, of the batch at hand */
	size_t		unescaped_length;
	size_t		trailer_length;
	bool		quoted_dirty;
	TickCsvBatch batch;
};

TickStatus
tick_csv_create(TickCsv **csv, const TickMemory *memory, const TickCsvOptions *options,
				TickPlainRead read, void *context, TickError *error)
{
	TickCsv    *c = tick_alloc_zero(memory, sizeof(TickCsv));
	size_t		fields = (size_t) TICK_CSV_RECORDS * options->max_fields;

	*csv = c;
	if (c == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	c->memory = memory;
	c->options = *options;
	if (c->options.escape == '\0')
		c->options.escape = c->options.quote;
	c->read = read;
	c->context = context;
	c->capacity = (size_t) options->max_line + READ_BYTES;
	c->skip = options->skip_lines;
	c->line = 1;
	c->trailer_length = options->trailer != NULL ? strlen(options->trailer) : 0;
	c->buffer = tick_alloc(memory, c->capacity + SLACK);
	c->unescaped = tick_alloc(memory, c->capacity);
	c->batch.max_fields = options->max_fields;
	c->batch.record = tick_alloc_array(memory, TICK_CSV_RECORDS, sizeof(TickCsvRecord));
	c->batch.field = tick_alloc_array(memory, fields, sizeof(TickString));
	c->batch.quoted = tick_alloc_zero(memory, fields);
	if (c->buffer == NULL || c->unescaped == NULL || c->batch.record == NULL ||
		c->batch.field == NULL || c->batch.quoted == NULL)
	{
		tick_csv_free(c);
		*csv = NULL;
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	memset(c->buffer + c->capacity, 0, SLACK);
	return TICK_OK;
}

void
tick_csv_free(TickCsv *csv)
{
	const TickMemory *memory = csv->memory;

	tick_free(memory, csv->buffer);
	tick_free(memory, csv->unescaped);
	tick_free(memory, csv->batch.record);
	tick_free(memory, csv->batch.field);
	tick_free(memory, csv->batch.quoted);
	tick_free(memory, csv);
}

void
tick_csv_counts(const TickCsv *csv, TickCsvCounts *counts)
{
	*counts = csv->counts;
}

/* ---- the buffer ---- */

/* Move what is left to the front and read once more. */
static TickStatus
refill(TickCsv *csv, TickError *error)
{
	size_t		length = 0;
	size_t		room;
	TickStatus	status;

	memmove(csv->buffer, csv->buffer + csv->pos, csv->end - csv->pos);
	csv->end -= csv->pos;
	csv->pos = 0;
	room = csv->capacity - csv->end;
	if (room > READ_BYTES)
		room = READ_BYTES;
	status = csv->read(csv->context, csv->buffer + csv->end, room, &length, error);
	if (status == TICK_END)
	{
		csv->eof = true;
		return TICK_OK;
	}
	if (status != TICK_OK)
		return status;
	csv->end += length;
	return TICK_OK;
}

/* Pass over a UTF-8 byte order mark. */
static TickStatus
start(TickCsv *csv, TickError *error)
{
	while (!csv->eof && csv->end - csv->pos < 3)
		TICK_TRY(refill(csv, error));
	if (csv->end >= 3 && memcmp(csv->buffer, "\xef\xbb\xbf", 3) == 0)
		csv->pos = 3;
	csv->started = true;
	return TICK_OK;
}

/* ---- whole lines ---- */

/*
 * The line end at or after p: *next is behind it.  NULL when it is not in
 * the buffer, or when what follows a CR at its end is not known yet.
 */
static const char *
find_line_end(const TickCsv *csv, const char *p, const char **next)
{
	const char *end = csv->buffer + csv->end;
	const char *lf = memchr(p, '\n', end - p);
	const char *cr = memchr(p, '\r', (lf != NULL ? lf : end) - p);

	if (cr != NULL)
	{
		if (cr + 1 == end && !csv->eof)
			return NULL;
		*next = cr + 1 < end && cr[1] == '\n' ? cr + 2 : cr + 1;
		return cr;
	}
	if (lf != NULL)
		*next = lf + 1;
	return lf;
}

/* Pass over the line at pos; at the end of the input it may lack its line end. */
static Found
pass_line(TickCsv *csv, uint64_t *count)
{
	const char *next;

	if (find_line_end(csv, csv->buffer + csv->pos, &next) == NULL)
	{
		if (!csv->eof)
		{
			/* what is passed over need not fit the buffer, but a CR may wait for its LF */
			csv->pos = csv->end > csv->pos && csv->buffer[csv->end - 1] == '\r' ? csv->end - 1 : csv->end;
			csv->resync = true;
			(*count)++;
			csv->counts.lines++;
			csv->line++;
			return FOUND_MORE;
		}
		next = csv->buffer + csv->end;
	}
	csv->pos = next - csv->buffer;
	(*count)++;
	csv->counts.lines++;
	csv->line++;
	return FOUND_NOTHING;
}

/* Drop bytes up to and with the next line end: the rest of a line already counted. */
static Found
pass_rest(TickCsv *csv)
{
	const char *next;

	if (find_line_end(csv, csv->buffer + csv->pos, &next) == NULL)
	{
		bool		cr = csv->end > csv->pos && csv->buffer[csv->end - 1] == '\r';

		csv->pos = cr && !csv->eof ? csv->end - 1 : csv->end;
		if (csv->eof)
			csv->resync = false;
		return csv->eof ? FOUND_NOTHING : FOUND_MORE;
	}
	csv->pos = next - csv->buffer;
	csv->resync = false;
	return FOUND_NOTHING;
}

/* Does the line at pos begin with the trailer? Unknown (false, *more) while too few bytes are there. */
static bool
at_trailer(TickCsv *csv, bool *more)
{
	size_t		available = csv->end - csv->pos;
	size_t		n = available < csv->trailer_length ? available : csv->trailer_length;

	*more = false;
	if (csv->trailer_length == 0 || memcmp(csv->buffer + csv->pos, csv->options.trailer, n) != 0)
		return false;
	*more = n < csv->trailer_length && !csv->eof;
	return n == csv->trailer_length;
}

/* ---- records ---- */

/* Number of line ends in a stretch of bytes. */
static uint32_t
count_line_ends(const char *p, const char *end)
{
	uint32_t	count = 0;

	for (; p < end; p++)
		if (*p == '\n' || (*p == '\r' && (p + 1 == end || p[1] != '\n')))
			count++;
	return count;
}

/* Complete the record that begins at pos and ends before `end`; the next one begins at `next`. */
static Found
add_record(TickCsv *csv, TickCsvRecord *record, const char *end, const char *next)
{
	record->raw.data = csv->buffer + csv->pos;
	record->raw.length = (uint32_t) (end - record->raw.data);
	record->line = csv->line;
	csv->line += record->lines;
	csv->counts.lines += record->lines;
	csv->pos = next - csv->buffer;
	csv->batch.records++;
	return FOUND_RECORD;
}

/* A record that does not fit max_line: its first line is delivered without fields. */
static Found
add_too_long(TickCsv *csv)
{
	TickCsvRecord *record = &csv->batch.record[csv->batch.records];
	const char *start = csv->buffer + csv->pos;
	const char *next;
	const char *end = find_line_end(csv, start, &next);
	ptrdiff_t	limit = csv->options.max_line < RAW_BYTES ? csv->options.max_line : RAW_BYTES;

	memset(record, 0, sizeof(*record));
	record->fault = TICK_CSV_TOO_LONG;
	record->lines = 1;
	if (end == NULL)
	{
		end = csv->buffer + csv->end;
		next = end > start && end[-1] == '\r' && !csv->eof ? end - 1 : end;
		csv->resync = !csv->eof;
	}
	add_record(csv, record, end - start > limit ? start + limit : end, next);
	return FOUND_RECORD;
}

/* Store a field of the record at hand. */
static inline void
store_field(TickCsv *csv, TickCsvRecord *record, const char *data, size_t length)
{
	if (record->fields < csv->batch.max_fields)
	{
		TickString *field = &csv->batch.field[(size_t) csv->batch.records * csv->batch.max_fields + record->fields];

		field->data = data;
		field->length = (uint32_t) length;
	}
	record->fields++;
}

/* The record at pos, if none of its fields is quoted. */
static Found
fast_record(TickCsv *csv, TickCsvScan *scan)
{
	TickCsvRecord *record = &csv->batch.record[csv->batch.records];
	const char *end = csv->buffer + csv->end;
	const char *field = csv->buffer + csv->pos;
	char		delimiter = csv->options.delimiter;

	memset(record, 0, sizeof(*record));
	record->lines = 1;
	for (;;)
	{
		const char *p = tick_csv_scan_next(scan);

		if (p == NULL)
		{
			if (!csv->eof)
				return FOUND_MORE;
			store_field(csv, record, field, end - field);
			return add_record(csv, record, end, end);
		}
		if (*p == delimiter)
		{
			store_field(csv, record, field, p - field);
			field = p + 1;
		}
		else if (*p == '\n')
		{
			store_field(csv, record, field, p - field);
			return add_record(csv, record, p, p + 1);
		}
		else if (*p == '\r')
		{
			if (p + 1 == end && !csv->eof)
				return FOUND_MORE;
			store_field(csv, record, field, p - field);
			if (p + 1 < end && p[1] == '\n')
				(void) tick_csv_scan_next(scan);
			return add_record(csv, record, p, p + 1 < end && p[1] == '\n' ? p + 2 : p + 1);
		}
		else if (*p == '\0')
			record->fault = TICK_CSV_NUL;
		else if (p == field)
			return FOUND_QUOTE;
	}
}

/* What the careful path knows of the field it is in. */
typedef struct CarefulField
{
	const char *p;				/* behind the field when done */
	bool		more;			/* it goes on behind the end of the buffer */
} CarefulField;

/* Read a quoted field whose opening quote is at `field.p`. */
static CarefulField
quoted_field(TickCsv *csv, TickCsvRecord *record, const char *p)
{
	const char *end = csv->buffer + csv->end;
	const char *start = p + 1;
	const char *run = start;
	char	   *copy = csv->unescaped + csv->unescaped_length;
	char	   *out = copy;
	char		quote = csv->options.quote;
	char		escape = csv->options.escape;
	size_t		slot = (size_t) csv->batch.records * csv->batch.max_fields + record->fields;
	bool		closed = false;

	for (p++; p < end && !closed; p++)
	{
		if (*p == escape && p + 1 < end && (p[1] == quote || p[1] == escape))
		{
			/* keep the bytes so far and the escaped one */
			memcpy(out, run, p - run);
			out += p - run;
			*out++ = *++p;
			run = p + 1;
		}
		else if (*p == escape && p + 1 == end && !csv->eof)
			return (CarefulField) {p, true};
		else if (*p == quote)
			closed = true;
		else if (*p == '\0')
			record->fault = TICK_CSV_NUL;
	}
	if (!closed && !csv->eof)
		return (CarefulField) {p, true};
	if (!closed)
		record->fault = TICK_CSV_UNTERMINATED;
	if (record->fields < csv->batch.max_fields)
	{
		csv->batch.quoted[slot] = 1;
		csv->quoted_dirty = true;
	}
	if (run == start)
		store_field(csv, record, start, p - closed - start);
	else
	{
		memcpy(out, run, p - closed - run);
		out += p - closed - run;
		store_field(csv, record, copy, out - copy);
		csv->unescaped_length = out - csv->unescaped;
	}
	/* blanks behind the closing quote are tolerated, other bytes are not */
	for (; p < end && *p != csv->options.delimiter && *p != '\n' && *p != '\r'; p++)
		if (*p != ' ' && *p != '\t' && record->fault == TICK_CSV_GOOD)
			record->fault = TICK_CSV_BAD_QUOTE;
	return (CarefulField) {p, p == end && !csv->eof};
}

/* Read an unquoted field. */
static CarefulField
bare_field(TickCsv *csv, TickCsvRecord *record, const char *p)
{
	const char *end = csv->buffer + csv->end;
	const char *start = p;

	for (; p < end && *p != csv->options.delimiter && *p != '\n' && *p != '\r'; p++)
		if (*p == '\0')
			record->fault = TICK_CSV_NUL;
	if (p == end && !csv->eof)
		return (CarefulField) {p, true};
	store_field(csv, record, start, p - start);
	return (CarefulField) {p, false};
}

/* The record at pos, with quoted fields. */
static Found
careful_record(TickCsv *csv)
{
	TickCsvRecord *record = &csv->batch.record[csv->batch.records];
	const char *start = csv->buffer + csv->pos;
	const char *end = csv->buffer + csv->end;
	const char *p = start;

	memset(record, 0, sizeof(*record));
	for (;;)
	{
		CarefulField field;

		if (p < end && *p == csv->options.quote && csv->options.quote != '\0')
			field = quoted_field(csv, record, p);
		else
			field = bare_field(csv, record, p);
		if (field.more)
			return FOUND_MORE;
		p = field.p;
		if (p == end || *p != csv->options.delimiter)
			break;
		p++;
	}
	if (p + 1 == end && *p == '\r' && !csv->eof)
		return FOUND_MORE;
	/* a last line end at the end of an unterminated field closes its line */
	record->lines = count_line_ends(start, p) + (p < end || p == start || (p[-1] != '\n' && p[-1] != '\r'));
	if (p == end)
		return add_record(csv, record, end, end);
	return add_record(csv, record, p, p + 1 < end && *p == '\r' && p[1] == '\n' ? p + 2 : p + 1);
}

/* A line that is no record: empty, a comment, the trailer, or to be skipped. */
static bool
is_passed_over(TickCsv *csv, Found *found)
{
	const char *p = csv->buffer + csv->pos;
	bool		more;

	if (csv->skip > 0)
	{
		csv->skip--;
		*found = pass_line(csv, &csv->counts.skipped);
		return true;
	}
	if (at_trailer(csv, &more))
		csv->in_trailer = true;
	if (more)
	{
		*found = FOUND_MORE;
		return true;
	}
	if (csv->in_trailer)
	{
		*found = pass_line(csv, &csv->counts.trailer);
		return true;
	}
	if (*p == '\n' || *p == '\r')
	{
		if (*p == '\r' && csv->pos + 1 == csv->end && !csv->eof)
			*found = FOUND_MORE;
		else
			*found = pass_line(csv, &csv->counts.blank);
		return true;
	}
	if (csv->options.comment != '\0' && *p == csv->options.comment)
	{
		*found = pass_line(csv, &csv->counts.comment);
		return true;
	}
	return false;
}

/* Take one line or record from the buffer. */
static Found
take_one(TickCsv *csv, TickCsvScan *scan)
{
	size_t		before = csv->pos;
	Found		found;

	if (csv->resync)
		return pass_rest(csv);
	if (csv->pos == csv->end)
		return csv->eof ? FOUND_END : FOUND_MORE;
	if (is_passed_over(csv, &found))
		return found;
	tick_csv_scan_seek(scan, csv->buffer + csv->pos);
	found = fast_record(csv, scan);
	if (found == FOUND_QUOTE)
		found = careful_record(csv);
	/* its line end would be within two bytes behind max_line */
	if (found == FOUND_MORE && csv->end - csv->pos > (size_t) csv->options.max_line + 2)
		return add_too_long(csv);
	if (found == FOUND_RECORD && csv->batch.record[csv->batch.records - 1].raw.length > csv->options.max_line)
	{
		/* it was complete in the buffer, but is too long all the same: undo and cut */
		TickCsvRecord *record = &csv->batch.record[--csv->batch.records];

		csv->line -= record->lines;
		csv->counts.lines -= record->lines;
		csv->pos = before;
		return add_too_long(csv);
	}
	return found;
}

TickStatus
tick_csv_next(TickCsv *csv, TickCsvBatch *batch, TickError *error)
{
	TickCsvScan scan;
	Found		found = FOUND_NOTHING;

	csv->batch.records = 0;
	csv->unescaped_length = 0;
	if (csv->quoted_dirty)
		memset(csv->batch.quoted, 0, (size_t) TICK_CSV_RECORDS * csv->batch.max_fields);
	csv->quoted_dirty = false;
	if (!csv->started)
		TICK_TRY(start(csv, error));
	tick_csv_scan_begin(&scan, csv->buffer + csv->pos, csv->buffer + csv->end,
						csv->options.delimiter, csv->options.quote);
	while (csv->batch.records < TICK_CSV_RECORDS && found != FOUND_END)
	{
		found = take_one(csv, &scan);
		if (found != FOUND_MORE)
			continue;
		if (csv->batch.records > 0)
			break;
		csv->unescaped_length = 0;
		TICK_TRY(refill(csv, error));
		tick_csv_scan_begin(&scan, csv->buffer + csv->pos, csv->buffer + csv->end,
							csv->options.delimiter, csv->options.quote);
	}
	*batch = csv->batch;
	return csv->batch.records > 0 ? TICK_OK : TICK_END;
}

/* ---- UTF-8 ---- */

/* Length of the well-formed sequence at p (Unicode 15, table 3-7), 0 when there is none. */
static size_t
utf8_sequence(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80,
				high = 0xbf;
	size_t		length;
	size_t		i;

	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (left < length)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < length; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return length;
}

bool
tick_utf8_valid(const char *bytes, size_t length)
{
	const unsigned char *p = (const unsigned char *) bytes;
	size_t		i = 0;

	while (i < length)
	{
		size_t		step;
		uint64_t	word;

		if (length - i >= 8)
		{
			memcpy(&word, p + i, 8);
			/* eight ASCII bytes, none of them NUL */
			if ((word & UINT64_C(0x8080808080808080)) == 0 &&
				((word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080)) == 0)
			{
				i += 8;
				continue;
			}
		}
		step = utf8_sequence(p + i, length - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}
