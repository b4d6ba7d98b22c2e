/*-------------------------------------------------------------------------
 *
 * csv_parse.c
 *	  Records out of a window of positions of special bytes.
 *
 * See csv.c for the rules and for the window.  A record that does not end
 * inside the window leaves the position at its beginning: it is walked
 * again when more is there, so nothing is remembered about half a record.
 *
 *-------------------------------------------------------------------------
 */
#include "core/csv.h"

#include <string.h>

#include "core/csv_internal.h"

#define MOST_RAW_BYTES 4096		/* of a too long record: enough to recognise it */

/*
 * ---- lines that are no records ----
 */

/* First LF or CR in data[from .. end), or end. */
static uint32_t
find_line_end(const TickCsv *csv, uint32_t from, uint32_t end)
{
	while (from < end && csv->data[from] != '\n' && csv->data[from] != '\r')
		from++;
	return from;
}

/*
 * Go behind the line end at `from`.  Whether an LF follows a CR at the end
 * of what is there is seen later.
 */
static void
pass_line_end(TickCsv *csv, uint32_t from, uint32_t end)
{
	csv->position = from + 1;
	if (csv->data[from] == '\r')
	{
		if (csv->position == end)
			csv->swallow_lf = true;
		else if (csv->data[csv->position] == '\n')
			csv->position++;
	}
}

/* Bring `at` behind what was passed without looking at positions. */
static void
catch_up(TickCsv *csv)
{
	while (*csv->at < csv->position)
		csv->at++;
}

/* Pass over the rest of a line, as far as the window has it. */
static TickCsvParsed
discard_line(TickCsv *csv)
{
	uint32_t	line_end = find_line_end(csv, csv->position, csv->window_end);

	csv->position = line_end;
	if (line_end < csv->window_end)
	{
		csv->discard = false;
		pass_line_end(csv, line_end, csv->window_end);
	}
	catch_up(csv);
	return line_end < csv->window_end ? TICK_CSV_PARSED_LINE : TICK_CSV_PARSED_WINDOW;
}

/* Does the line at position begin with the trailer?  -1: the window cannot tell. */
static int
is_trailer(const TickCsv *csv)
{
	uint32_t	left = csv->window_end - csv->position;
	uint32_t	compare = left < csv->trailer_length ? left : csv->trailer_length;

	if (csv->trailer_length == 0 ||
		memcmp(csv->data + csv->position, csv->trailer, compare) != 0)
		return 0;
	if (compare == csv->trailer_length)
		return 1;
	return csv->window_last ? 0 : -1;
}

/*
 * Pass over a line that is no record, if one begins here.  TICK_CSV_PARSED_RECORD
 * means that a record does.
 */
static TickCsvParsed
pass_other_line(TickCsv *csv)
{
	char		first = csv->data[csv->position];
	uint64_t   *count = NULL;

	if (csv->skip_left > 0)
	{
		csv->skip_left--;
		count = &csv->counts.skipped;
	}
	else if (csv->in_trailer)
		count = &csv->counts.trailer;
	else if (first == '\n' || first == '\r')
	{
		csv->counts.blank++;
		csv->counts.lines++;
		pass_line_end(csv, csv->position, csv->window_end);
		catch_up(csv);
		return TICK_CSV_PARSED_LINE;
	}
	else if (csv->options.comment != '\0' && first == csv->options.comment)
		count = &csv->counts.comment;
	else
	{
		int			trailer = is_trailer(csv);

		if (trailer < 0)
			return TICK_CSV_PARSED_WINDOW;
		if (trailer == 0)
			return TICK_CSV_PARSED_RECORD;
		csv->in_trailer = true;
		count = &csv->counts.trailer;
	}
	++*count;
	csv->counts.lines++;
	csv->discard = true;
	return discard_line(csv);
}

/*
 * ---- the careful path ----
 */

/*
 * Parse is a walk through one record: from is where the present field
 * begins, at the first position not before it.
 */
typedef struct Parse
{
	const uint32_t *at;
	uint32_t	from;
	uint32_t	fields;
	uint32_t	lines;			/* line ends inside quotes, plus one */
	TickCsvFault fault;
	uint32_t	end;			/* where the record ended, its line end excluded */
	uint32_t   *bounds;			/* of this record's fields */
	uint8_t    *quoted;
} Parse;

/* Store data[from .. end). */
static void
store_field(const TickCsv *csv, Parse *parse, uint32_t from, uint32_t end, bool quoted)
{
	if (parse->fields < csv->options.max_fields)
	{
		parse->bounds[2 * parse->fields] = from - 1;
		parse->bounds[2 * parse->fields + 1] = end;
		if (quoted)
			parse->quoted[parse->fields] = 1;
	}
	parse->fields++;
}

/*
 * Find the end of an unquoted field (or of what follows a closing quote):
 * the position of a delimiter, a line end or the end of the input.
 * TICK_CSV_PARSED_WINDOW when the window ends first.
 */
static TickCsvParsed
walk_plain(const TickCsv *csv, Parse *parse, uint32_t *field_end)
{
	for (;;)
	{
		uint32_t	p = *parse->at;
		char		c = csv->data[p];

		if (c == csv->options.delimiter || c == '\n' || c == '\r' || p == csv->window_end)
		{
			*field_end = p;
			return p < csv->window_end || csv->window_last ? TICK_CSV_PARSED_RECORD : TICK_CSV_PARSED_WINDOW;
		}
		if (c == '\0')
			parse->fault = TICK_CSV_NUL;
		parse->at++;
	}
}

/* Do these two bytes inside quotes stand for the second one? */
static inline bool
is_escaped(const TickCsv *csv, char c, char next)
{
	return (c == csv->options.escape && (next == csv->options.quote || next == csv->options.escape)) ||
		(c == csv->options.quote && next == csv->options.quote);
}

/*
 * Find the closing quote of a field whose content begins at from; *close is
 * its position, or the input's end when it never comes.  *escaped tells of
 * escapes inside.  On return `at` is behind the closing quote.
 */
static TickCsvParsed
walk_quoted(const TickCsv *csv, Parse *parse, uint32_t from, uint32_t *close, bool *escaped)
{
	while (*parse->at < from)
		parse->at++;
	for (;; parse->at++)
	{
		uint32_t	p = *parse->at;
		char		c = csv->data[p];
		char		next;

		*close = p;
		if (p == csv->window_end)
			return csv->window_last ? TICK_CSV_PARSED_RECORD : TICK_CSV_PARSED_WINDOW;
		next = csv->data[p + 1];	/* 0 at the window's end */
		if (p + 1 == csv->window_end && !csv->window_last)
			return TICK_CSV_PARSED_WINDOW;
		if (is_escaped(csv, c, next))
		{
			*escaped = true;
			parse->at++;
		}
		else if (c == csv->options.quote)
		{
			parse->at++;
			return TICK_CSV_PARSED_RECORD;
		}
		else if (c == '\r' && next == '\n')
		{
			parse->lines++;
			parse->at++;
		}
		else if (c == '\n' || c == '\r')
			parse->lines++;
		else if (c == '\0')
			parse->fault = TICK_CSV_NUL;
	}
}

/* Copy a quoted field's content without its escapes to the arena; *from and *end are then its bounds there. */
static void
unescape(TickCsv *csv, uint32_t *from, uint32_t *end)
{
	uint32_t	start = (uint32_t) (csv->capacity + TICK_CSV_SCAN_SLACK + csv->arena_used);
	uint32_t	out = start;

	for (uint32_t in = *from; in < *end;)
	{
		char		c = csv->data[in++];

		if (in < *end && is_escaped(csv, c, csv->data[in]))
			c = csv->data[in++];
		csv->data[out++] = c;
	}
	csv->arena_used += out - start;
	*from = start;
	*end = out;
}

/* Parse the quoted field at from; *field_end as walk_plain() has it. */
static TickCsvParsed
quoted_field(TickCsv *csv, Parse *parse, uint32_t *field_end)
{
	uint32_t	open = parse->from;
	uint32_t	close;
	uint32_t	after;
	bool		escaped = false;
	uint32_t	from = open + 1;
	uint32_t	end;

	csv->quoted_used = true;
	if (walk_quoted(csv, parse, open + 1, &close, &escaped) == TICK_CSV_PARSED_WINDOW)
		return TICK_CSV_PARSED_WINDOW;
	end = close;
	if (escaped && parse->fields < csv->options.max_fields)
		unescape(csv, &from, &end);
	if (close == csv->window_end)
	{
		/* The last line end inside the quotes ends the input: no line follows it. */
		char		last = csv->data[close - 1];

		parse->lines -= last == '\n' || last == '\r';
		parse->fault = TICK_CSV_UNTERMINATED;
		store_field(csv, parse, from, end, true);
		*field_end = close;
		return TICK_CSV_PARSED_RECORD;
	}
	after = close + 1;
	while ((csv->data[after] == ' ' || csv->data[after] == '\t') && csv->data[after] != csv->options.delimiter)
		after++;
	if (walk_plain(csv, parse, field_end) == TICK_CSV_PARSED_WINDOW)
		return TICK_CSV_PARSED_WINDOW;
	if (*field_end != after)
	{
		if (parse->fault == TICK_CSV_GOOD)
			parse->fault = TICK_CSV_BAD_QUOTE;
		from = open;
		end = *field_end;
	}
	store_field(csv, parse, from, end, true);
	return TICK_CSV_PARSED_RECORD;
}

/* Parse a record into parse; TICK_CSV_PARSED_WINDOW when the window ends first. */
static TickCsvParsed
walk_record(TickCsv *csv, Parse *parse)
{
	for (;;)
	{
		uint32_t	field_end;
		TickCsvParsed		outcome;

		if (csv->options.quote != '\0' && csv->data[parse->from] == csv->options.quote)
			outcome = quoted_field(csv, parse, &field_end);
		else
		{
			outcome = walk_plain(csv, parse, &field_end);
			if (outcome == TICK_CSV_PARSED_RECORD)
				store_field(csv, parse, parse->from, field_end, false);
		}
		if (outcome != TICK_CSV_PARSED_RECORD)
			return outcome;
		if (field_end == csv->window_end || csv->data[field_end] != csv->options.delimiter)
		{
			parse->end = field_end;
			return TICK_CSV_PARSED_RECORD;
		}
		parse->at++;
		parse->from = field_end + 1;
	}
}

/*
 * Store the record at position as too long, with its first line alone.
 * The rest of that line, should it not be there yet, is discarded later.
 */
static TickCsvParsed
long_record(TickCsv *csv, TickCsvRecord *record)
{
	uint32_t	start = csv->position;
	uint32_t	line_end = find_line_end(csv, start, csv->window_end);
	uint32_t	length = line_end - start;

	csv->position = line_end;
	if (line_end < csv->window_end)
		pass_line_end(csv, line_end, csv->window_end);
	else
		csv->discard = true;
	if (length > csv->options.max_line)
		length = csv->options.max_line;
	if (length > MOST_RAW_BYTES)
		length = MOST_RAW_BYTES;
	*record = (TickCsvRecord) {csv->counts.lines + 1, 1, 0, TICK_CSV_TOO_LONG, {csv->data + start, length}};
	csv->counts.lines++;
	catch_up(csv);
	return TICK_CSV_PARSED_RECORD;
}

/* One record or one other line, whatever it holds, into row of the batch. */
static TickCsvParsed
careful_record(TickCsv *csv, uint32_t row)
{
	size_t		first = (size_t) row * csv->options.max_fields;
	size_t		arena_used = csv->arena_used;
	uint32_t	start;
	Parse		parse = {0};
	TickCsvParsed		outcome;

	if (csv->position == csv->window_end)
		return TICK_CSV_PARSED_WINDOW;
	outcome = csv->discard ? discard_line(csv) : pass_other_line(csv);
	if (outcome != TICK_CSV_PARSED_RECORD)
		return outcome;
	start = csv->position;
	parse.at = csv->at;
	parse.from = start;
	parse.lines = 1;
	parse.bounds = csv->bounds + 2 * first;
	parse.quoted = csv->quoted + first;
	outcome = walk_record(csv, &parse);
	/* A window without the record's end stretches to max_line and beyond at last. */
	if ((outcome == TICK_CSV_PARSED_RECORD ? parse.end : csv->window_end) - start > csv->options.max_line)
		outcome = long_record(csv, &csv->record[row]);
	else if (outcome == TICK_CSV_PARSED_RECORD)
	{
		csv->record[row] = (TickCsvRecord) {csv->counts.lines + 1, parse.lines, parse.fields, parse.fault,
		{csv->data + start, parse.end - start}};
		csv->counts.lines += parse.lines;
		csv->at = parse.at;
		csv->position = parse.end;
		if (parse.end < csv->window_end)
			pass_line_end(csv, parse.end, csv->window_end);
		catch_up(csv);
		return outcome;
	}
	/* not stored as parsed: take back what it left behind */
	csv->arena_used = arena_used;
	memset(parse.quoted, 0, csv->options.max_fields);
	return outcome;
}

/*
 * ---- the fast path ----
 */

/*
 * Store records from row on while they hold nothing but plain fields;
 * return the row reached.  It stops before whatever needs care, also at the
 * end of the window, whose 0 looks like a NUL byte.
 */
static uint32_t
fast_records(TickCsv *csv, uint32_t row)
{
	const char *data = csv->data;
	const char	delimiter = csv->options.delimiter;
	const uint32_t max_fields = csv->options.max_fields;
	const uint32_t max_line = csv->options.max_line;
	const uint32_t window_end = csv->window_end;
	const uint32_t *at = csv->at;
	uint32_t	start = csv->position;
	uint64_t	line = csv->counts.lines;

	while (row < TICK_CSV_RECORDS && !csv->begins[(uint8_t) data[start]])
	{
		uint32_t   *slot = csv->bounds + (size_t) row * 2 * max_fields;
		const uint32_t *last = slot + 2 * max_fields;
		const uint32_t *walk = at;
		uint32_t	from = start;
		uint32_t	fields = 0;
		uint32_t	p;
		char		c;

		/* The slot behind the last one takes what is not kept. */
		for (;;)
		{
			p = *walk++;
			c = data[p];
			slot[0] = from - 1;
			slot[1] = p;
			slot += slot < last ? 2 : 0;
			fields++;
			from = p + 1;
			if (c != delimiter)
				break;
		}
		if (c == '\r' && from < window_end)
		{
			if (data[from] == '\n')
			{
				from++;
				walk++;
			}
		}
		else if (c != '\n')
			break;
		if (p - start > max_line)
			break;
		csv->record[row++] = (TickCsvRecord) {++line, 1, fields, TICK_CSV_GOOD, {data + start, p - start}};
		at = walk;
		start = from;
	}
	csv->counts.lines = line;
	csv->position = start;
	csv->at = at;
	return row;
}

/* Store records until the batch is full or the window is done. */
TickCsvParsed
tick_csv_parse_window(TickCsv *csv, uint32_t *rows)
{
	while (*rows < TICK_CSV_RECORDS)
	{
		TickCsvParsed		outcome;

		if (!csv->careful && !csv->discard && csv->skip_left == 0 && !csv->in_trailer)
			*rows = fast_records(csv, *rows);
		if (*rows == TICK_CSV_RECORDS)
			break;
		outcome = careful_record(csv, *rows);
		if (outcome == TICK_CSV_PARSED_RECORD)
			++*rows;
		else if (outcome != TICK_CSV_PARSED_LINE)
			return outcome;
	}
	return TICK_CSV_PARSED_RECORD;
}
