/*-------------------------------------------------------------------------
 *
 * test_csv.c
 *	  Records, fields, faults and counts, whatever the borders.
 *
 * Hand-written cases fix the rules.  A model that parses a whole input byte
 * by byte, without buffer or window, is checked against the same cases and
 * then held against the parser for thousands of small and random inputs,
 * with buffers, windows and reads down to one byte, with and without the
 * fast path, with each scanner.
 *
 *-------------------------------------------------------------------------
 */
#include "csv_fixture.h"

/*
 * ---- what a parse gave, as text ----
 *
 * "line+lines:fault(raw)[field][field]..." per record, '~' after a quoted
 * field, then the counts: one string to compare.
 */

typedef struct Text
{
	char	   *data;
	size_t		length;
	size_t		capacity;
} Text;

static void
add(Text *text, const char *bytes, size_t length)
{
	if (text->length + length + 1 > text->capacity)
	{
		text->capacity = (text->length + length + 1) * 2;
		text->data = realloc(text->data, text->capacity);
	}
	for (size_t i = 0; i < length; i++)
		text->data[text->length++] = bytes[i] == '\0' ? '0' : bytes[i];
	text->data[text->length] = '\0';
}

static void
add_number(Text *text, uint64_t number)
{
	char		digits[24];

	add(text, digits, snprintf(digits, sizeof(digits), "%" PRIu64, number));
}

static const char *const fault_names[] = {"", "LONG", "OPEN", "NUL", "QUOTE"};

static void
add_head(Text *text, uint64_t line, uint32_t lines, TickCsvFault fault, const char *raw, size_t length)
{
	add_number(text, line);
	if (lines != 1)
	{
		add(text, "+", 1);
		add_number(text, lines);
	}
	add(text, ":", 1);
	add(text, fault_names[fault], strlen(fault_names[fault]));
	add(text, "(", 1);
	add(text, raw, length);
	add(text, ")", 1);
}

static void
add_field(Text *text, const char *field, size_t length, bool quoted)
{
	add(text, "[", 1);
	add(text, field, length);
	add(text, quoted ? "]~" : "]", quoted ? 2 : 1);
}

static void
add_counts(Text *text, const TickCsvCounts *counts)
{
	const uint64_t numbers[5] = {counts->lines, counts->skipped, counts->blank, counts->comment, counts->trailer};

	for (int i = 0; i < 5; i++)
	{
		add(text, i == 0 ? "=" : ",", 1);
		add_number(text, numbers[i]);
	}
}

/* The parser's result. */
static Text
parse(const char *input, size_t length, const TickCsvOptions *options, const TickCsvTuning *tuning, size_t piece)
{
	Source		source = {input, length, 0, piece};
	Text		text = {NULL, 0, 0};
	TickCsv    *csv;
	TickCsvBatch batch;
	TickCsvCounts counts;
	TickError	error;
	uint64_t	lines = 0;

	CHECK_INT(tick_csv_create_tuned(&csv, &tick_memory_malloc, options, tuning, source_read, &source, &error), TICK_OK);
	while (tick_csv_next(csv, &batch, &error) == TICK_OK)
	{
		CHECK(batch.records > 0 && batch.records <= TICK_CSV_RECORDS);
		for (uint32_t r = 0; r < batch.records; r++)
		{
			const TickCsvRecord known = tick_csv_record(&batch, r);
			const TickCsvRecord *record = &known;

			lines += record->lines;
			add_head(&text, record->line, record->lines, record->fault, record->raw.data, record->raw.length);
			for (uint32_t f = 0; f < record->fields && f < batch.max_fields; f++)
			{
				TickString	field = tick_csv_field(&batch, r, f);

				add_field(&text, field.data, field.length, tick_csv_quoted(&batch, r, f));
			}
			if (record->fields > batch.max_fields)
				add_number(&text, record->fields);
			add(&text, ";", 1);
		}
	}
	CHECK_INT(tick_csv_next(csv, &batch, &error), TICK_END);
	CHECK_INT(batch.records, 0);
	CHECK_INT(source.position, length);
	tick_csv_counts(csv, &counts);
	CHECK_INT(counts.lines, counts.skipped + counts.blank + counts.comment + counts.trailer + lines);
	add_counts(&text, &counts);
	tick_csv_free(csv);
	return text;
}

/*
 * ---- the model ----
 */

/* Line ends in a stretch: CRLF is one. */
static uint32_t
line_ends(const char *p, size_t length)
{
	uint32_t	count = 0;

	for (size_t i = 0; i < length; i++)
		count += p[i] == '\r' || (p[i] == '\n' && (i == 0 || p[i - 1] != '\r'));
	return count;
}

/* Where the line at `at` ends, and where the next one begins. */
static size_t
model_line(const char *input, size_t length, size_t at, size_t *next)
{
	while (at < length && input[at] != '\n' && input[at] != '\r')
		at++;
	*next = at + (at < length);
	if (at + 1 < length && input[at] == '\r' && input[at + 1] == '\n')
		(*next)++;
	return at;
}

/* Read one field at `at`; add it to text and return its end. */
static size_t
model_field(const char *input, size_t length, size_t at, const TickCsvOptions *options,
			TickCsvFault *fault, Text *text, bool keep)
{
	char		quote = options->quote;
	char		escape = options->escape != '\0' ? options->escape : quote;
	size_t		start = at;
	Text		value = {NULL, 0, 0};
	bool		open = quote != '\0' && at < length && input[at] == quote;
	bool		bad = false;

	add(&value, "", 0);
	if (open)
	{
		for (at++; at < length; at++)
		{
			char		c = input[at];
			char		next = at + 1 < length ? input[at + 1] : 'x';

			if ((c == escape && (next == quote || next == escape)) || (c == quote && next == quote))
				c = input[++at];
			else if (c == quote)
				break;
			add(&value, &c, 1);
		}
		if (at == length)
			*fault = TICK_CSV_UNTERMINATED;
		else
			at++;
	}
	while (at < length && input[at] != options->delimiter && input[at] != '\n' && input[at] != '\r')
	{
		if (!open)
			add(&value, input + at, 1);
		else if (input[at] != ' ' && input[at] != '\t')
			bad = true;
		at++;
	}
	if (bad && *fault == TICK_CSV_GOOD)
		*fault = TICK_CSV_BAD_QUOTE;
	if (keep)
	{
		if (bad)
			add_field(text, input + start, at - start, true);
		else
			add_field(text, value.data, value.length, open);
	}
	free(value.data);
	return at;
}

static Text
model(const char *input, size_t length, const TickCsvOptions *options)
{
	Text		text = {NULL, 0, 0};
	TickCsvCounts counts = {0};
	size_t		at = length >= 3 && memcmp(input, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	size_t		trailer = options->trailer != NULL ? strlen(options->trailer) : 0;
	bool		ended = false;

	while (at < length)
	{
		size_t		next;
		size_t		line_end = model_line(input, length, at, &next);
		Text		fields = {NULL, 0, 0};
		TickCsvFault fault = TICK_CSV_GOOD;
		uint32_t	count = 0,
					lines = 1;
		size_t		end = at;

		if (trailer > 0 && line_end - at >= trailer && memcmp(input + at, options->trailer, trailer) == 0 &&
			counts.skipped >= options->skip_lines)
			ended = true;
		counts.lines++;
		if (counts.skipped < options->skip_lines || ended || line_end == at ||
			(options->comment != '\0' && input[at] == options->comment))
		{
			if (counts.skipped < options->skip_lines)
				counts.skipped++;
			else if (ended)
				counts.trailer++;
			else if (line_end == at)
				counts.blank++;
			else
				counts.comment++;
			at = next;
			continue;
		}
		add(&fields, "", 0);
		for (;; end++)
		{
			end = model_field(input, length, end, options, &fault, &fields, count < options->max_fields);
			count++;
			if (end == length || input[end] != options->delimiter)
				break;
		}
		if (fault != TICK_CSV_UNTERMINATED && memchr(input + at, '\0', end - at) != NULL)
			fault = TICK_CSV_NUL;
		if (end - at > options->max_line)
		{
			size_t		cut = line_end - at;

			cut = cut < options->max_line ? cut : options->max_line;
			add_head(&text, counts.lines, 1, TICK_CSV_TOO_LONG, input + at, cut < 4096 ? cut : 4096);
			at = next;
		}
		else
		{
			lines += line_ends(input + at, end - at);
			lines -= fault == TICK_CSV_UNTERMINATED && (input[end - 1] == '\n' || input[end - 1] == '\r');
			add_head(&text, counts.lines, lines, fault, input + at, end - at);
			counts.lines += lines - 1;
			add(&text, fields.data, fields.length);
			if (count > options->max_fields)
				add_number(&text, count);
			at = end;
			model_line(input, length, at, &at);
		}
		add(&text, ";", 1);
		free(fields.data);
	}
	add_counts(&text, &counts);
	return text;
}

/*
 * ---- cases ----
 */

typedef struct Case
{
	const char *input;
	size_t		length;
	const char *expected;
	TickCsvOptions options;
} Case;

#define INPUT(text) text, sizeof(text) - 1
#define USUAL {',', '"', 0, 0, NULL, 0, 1000, FIELDS}

static const Case cases[] = {
	/* line ends, blank lines, the last line */
	{INPUT(""), "=0,0,0,0,0", USUAL},
	{INPUT("a,b\n1,2\n"), "1:(a,b)[a][b];2:(1,2)[1][2];=2,0,0,0,0", USUAL},
	{INPUT("a,b\n1,2"), "1:(a,b)[a][b];2:(1,2)[1][2];=2,0,0,0,0", USUAL},
	{INPUT("a\r\nb\rc\nd"), "1:(a)[a];2:(b)[b];3:(c)[c];4:(d)[d];=4,0,0,0,0", USUAL},
	{INPUT("a\r\r\nb\n\rc\n\n"), "1:(a)[a];3:(b)[b];5:(c)[c];=6,0,3,0,0", USUAL},
	{INPUT("\n"), "=1,0,1,0,0", USUAL},
	{INPUT("\r"), "=1,0,1,0,0", USUAL},
	{INPUT("\r\n\r\n"), "=2,0,2,0,0", USUAL},
	{INPUT(" \n"), "1:( )[ ];=1,0,0,0,0", USUAL},
	{INPUT(",\n,,"), "1:(,)[][];2:(,,)[][][];=2,0,0,0,0", USUAL},
	/* the byte order mark */
	{INPUT("\xef\xbb\xbf" "a,b\n"), "1:(a,b)[a][b];=1,0,0,0,0", USUAL},
	{INPUT("\xef\xbb\xbf\"a\"\n"), "1:(\"a\")[a]~;=1,0,0,0,0", USUAL},
	{INPUT("\xef\xbb\xbf"), "=0,0,0,0,0", USUAL},
	{INPUT("\xef\xbb" "a\n"), "1:(\xef\xbb" "a)[\xef\xbb" "a];=1,0,0,0,0", USUAL},
	{INPUT("a\n\xef\xbb\xbf" "b"), "1:(a)[a];2:(\xef\xbb\xbf" "b)[\xef\xbb\xbf" "b];=2,0,0,0,0", USUAL},
	/* quotes */
	{INPUT("\"a,b\",c\n"), "1:(\"a,b\",c)[a,b]~[c];=1,0,0,0,0", USUAL},
	{INPUT("\"\"\n\"\",\"\""), "1:(\"\")[]~;2:(\"\",\"\")[]~[]~;=2,0,0,0,0", USUAL},
	{INPUT("\"a\"\"b\"\n"), "1:(\"a\"\"b\")[a\"b]~;=1,0,0,0,0", USUAL},
	{INPUT("\"\"\"\"\n\"\"\"a\"\"\""), "1:(\"\"\"\")[\"]~;2:(\"\"\"a\"\"\")[\"a\"]~;=2,0,0,0,0", USUAL},
	{INPUT("\"a\nb\",c\nd"), "1+2:(\"a\nb\",c)[a\nb]~[c];3:(d)[d];=3,0,0,0,0", USUAL},
	{INPUT("\"a\r\nb\rc\n\"\r\nd"), "1+4:(\"a\r\nb\rc\n\")[a\r\nb\rc\n]~;5:(d)[d];=5,0,0,0,0", USUAL},
	{INPUT("\"\n\n\"\n\nx"), "1+3:(\"\n\n\")[\n\n]~;5:(x)[x];=5,0,1,0,0", USUAL},
	{INPUT("a\"b,5\"\n"), "1:(a\"b,5\")[a\"b][5\"];=1,0,0,0,0", USUAL},
	{INPUT(" \"a\",b"), "1:( \"a\",b)[ \"a\"][b];=1,0,0,0,0", USUAL},
	{INPUT("\"a\" \t,\"b\"  \n"), "1:(\"a\" \t,\"b\"  )[a]~[b]~;=1,0,0,0,0", USUAL},
	{INPUT("\"a\"x,b\n"), "1:QUOTE(\"a\"x,b)[\"a\"x]~[b];=1,0,0,0,0", USUAL},
	{INPUT("\"a\" \"b\",c\nd"), "1:QUOTE(\"a\" \"b\",c)[\"a\" \"b\"]~[c];2:(d)[d];=2,0,0,0,0", USUAL},
	{INPUT("\"a\n"), "1:OPEN(\"a\n)[a\n]~;=1,0,0,0,0", USUAL},
	{INPUT("\"a\nb"), "1+2:OPEN(\"a\nb)[a\nb]~;=2,0,0,0,0", USUAL},
	{INPUT("x\n1,\""), "1:(x)[x];2:OPEN(1,\")[1][]~;=2,0,0,0,0", USUAL},
	{INPUT("\"a\"\""), "1:OPEN(\"a\"\")[a\"]~;=1,0,0,0,0", USUAL},
	/* an escape of its own */
	{INPUT("\"a\\\"b\\\\\",\"c\\d\"\n"), "1:(\"a\\\"b\\\\\",\"c\\d\")[a\"b\\]~[c\\d]~;=1,0,0,0,0",
	{',', '"', '\\', 0, NULL, 0, 1000, FIELDS}},
	{INPUT("a\\,b\\\n\"\"\"\"\n"), "1:(a\\,b\\)[a\\][b\\];2:(\"\"\"\")[\"]~;=2,0,0,0,0", {',', '"', '\\', 0, NULL, 0, 1000, FIELDS}},
	{INPUT("\"a\\"), "1:OPEN(\"a\\)[a\\]~;=1,0,0,0,0", {',', '"', '\\', 0, NULL, 0, 1000, FIELDS}},
	/* no quote, other delimiters */
	{INPUT("\"a,b\"\n"), "1:(\"a,b\")[\"a][b\"];=1,0,0,0,0", {',', '\0', 0, 0, NULL, 0, 1000, FIELDS}},
	{INPUT("a|'b|c' |d,e\n"), "1:(a|'b|c' |d,e)[a][b|c]~[d,e];=1,0,0,0,0", {'|', '\'', 0, 0, NULL, 0, 1000, FIELDS}},
	{INPUT("\"a\"\tb\t\"c\" \n"), "1:(\"a\"\tb\t\"c\" )[a]~[b][c]~;=1,0,0,0,0", {'\t', '"', 0, 0, NULL, 0, 1000, FIELDS}},
	{INPUT("\"a\" b"), "1:(\"a\" b)[a]~[b];=1,0,0,0,0", {' ', '"', 0, 0, NULL, 0, 1000, FIELDS}},
	/* NUL */
	{INPUT("a\0b,c\nd\n"), "1:NUL(a0b,c)[a0b][c];2:(d)[d];=2,0,0,0,0", USUAL},
	{INPUT("\"a\0\",c\n\0"), "1:NUL(\"a0\",c)[a0]~[c];2:NUL(0)[0];=2,0,0,0,0", USUAL},
	{INPUT("\"a\"x,\0\n\"\0"), "1:NUL(\"a\"x,0)[\"a\"x]~[0];2:OPEN(\"0)[0]~;=2,0,0,0,0", USUAL},
	/* comments, trailers, skipped lines */
	{INPUT("#a\"\nb\n #c\n#"), "2:(b)[b];3:( #c)[ #c];=4,0,0,2,0", {',', '"', 0, '#', NULL, 0, 1000, FIELDS}},
	{INPUT("\"\n#\"\n"), "1+2:(\"\n#\")[\n#]~;=2,0,0,0,0", {',', '"', 0, '#', NULL, 0, 1000, FIELDS}},
	{INPUT("a\nEND|1\nb\n\n\"c"), "1:(a)[a];=5,0,0,0,4", {',', '"', 0, 0, "END", 0, 1000, FIELDS}},
	{INPUT("EN\nE\nxEND\nEND"), "1:(EN)[EN];2:(E)[E];3:(xEND)[xEND];=4,0,0,0,1", {',', '"', 0, 0, "END", 0, 1000, FIELDS}},
	{INPUT("a\nEN"), "1:(a)[a];2:(EN)[EN];=2,0,0,0,0", {',', '"', 0, 0, "END", 0, 1000, FIELDS}},
	{INPUT("a\n"), "1:(a)[a];=1,0,0,0,0", {',', '"', 0, 0, "", 0, 1000, FIELDS}},
	{INPUT("\"x\n\r\n#\nEND\ny\n"), "5:(y)[y];=5,4,0,0,0", {',', '"', 0, '#', "END", 4, 1000, FIELDS}},
	{INPUT("x\ny"), "=2,2,0,0,0", {',', '"', 0, 0, NULL, 3, 1000, FIELDS}},
	/* more fields than kept */
	{INPUT("a,b,c\nd,\"e\"\"\",\"f\"\"\"\ng"), "1:(a,b,c)[a][b]3;2:(d,\"e\"\"\",\"f\"\"\")[d][e\"]~3;3:(g)[g];=3,0,0,0,0",
	{',', '"', 0, 0, NULL, 0, 1000, 2}},
	/* too long */
	{INPUT("12345\n123456\n12,45"), "1:(12345)[12345];2:LONG(12345);3:(12,45)[12][45];=3,0,0,0,0", {',', '"', 0, 0, NULL, 0, 5, FIELDS}},
	{INPUT("12345\r\n123456\r\n12345\r"), "1:(12345)[12345];2:LONG(12345);3:(12345)[12345];=3,0,0,0,0",
	{',', '"', 0, 0, NULL, 0, 5, FIELDS}},
	{INPUT("1234567890"), "1:LONG(12345);=1,0,0,0,0", {',', '"', 0, 0, NULL, 0, 5, FIELDS}},
	{INPUT("\"a\nb,c\nd,e\nf,g\n"), "1:LONG(\"a);2:(b,c)[b][c];3:(d,e)[d][e];4:(f,g)[f][g];=4,0,0,0,0",
	{',', '"', 0, 0, NULL, 0, 8, FIELDS}},
	{INPUT("\"a\nb\"\nc\n"), "1+2:(\"a\nb\")[a\nb]~;3:(c)[c];=3,0,0,0,0", {',', '"', 0, 0, NULL, 0, 5, FIELDS}},
	{INPUT("\"a\nb\"x\nc\n"), "1:LONG(\"a);2:(b\"x)[b\"x];3:(c)[c];=3,0,0,0,0", {',', '"', 0, 0, NULL, 0, 5, FIELDS}},
	{INPUT("#123456789\nx"), "2:(x)[x];=2,0,0,1,0", {',', '"', 0, '#', NULL, 0, 5, FIELDS}},
	{INPUT("ENDING\nx\nTHE ENDS HERE\ny"), "1:LONG(ENDIN);2:(x)[x];=4,0,0,0,2", {',', '"', 0, 0, "THE ENDS", 0, 5, FIELDS}},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static const size_t buffers[] = {4, 5, 7, 16, 33, 1000};
static const uint32_t windows[] = {1, 3, 8, 1000};
static const size_t pieces[] = {1, 2, 3, 0};

/* One tuning out of all, by number. */
static TickCsvTuning
nth_tuning(uint64_t n)
{
	TickCsvTuning tuning;

	tuning.scan = n & 1 ? tick_csv_scan_best() : tick_csv_scan_portable;
	tuning.careful = n >> 1 & 1;
	tuning.buffer_bytes = buffers[(n >> 2) % 6];
	tuning.window_bytes = windows[(n >> 5) % 4];
	return tuning;
}

static void
compare(const char *input, size_t length, const TickCsvOptions *options, const char *expected,
		const TickCsvTuning *tuning, size_t piece)
{
	Text		text = parse(input, length, options, tuning, piece);

	CHECK_TEXT(text.data, expected);
	free(text.data);
}

/* Each case with each tuning; with reads of each size. */
static void
test_cases(void)
{
	for (size_t i = 0; i < CASES; i++)
	{
		Text		text = model(cases[i].input, cases[i].length, &cases[i].options);

		CHECK_TEXT(text.data, cases[i].expected);
		free(text.data);
		for (uint64_t n = 0; n < 128; n++)
		{
			TickCsvTuning tuning = nth_tuning(n);

			compare(cases[i].input, cases[i].length, &cases[i].options, cases[i].expected, &tuning, pieces[n % 4]);
		}
	}
}

/* The parser as everybody gets it. */
static void
test_usual_tuning(void)
{
	for (size_t i = 0; i < CASES; i++)
		for (size_t p = 0; p < 4; p++)
		{
			Source		source = {cases[i].input, cases[i].length, 0, pieces[p]};
			TickCsv    *csv;
			TickCsvBatch batch;
			TickCsvCounts counts;
			TickError	error;
			Text		text = {NULL, 0, 0};
			Text		expected = {NULL, 0, 0};
			uint32_t	records = 0;

			CHECK_INT(tick_csv_create(&csv, &tick_memory_malloc, &cases[i].options, source_read, &source, &error), TICK_OK);
			while (tick_csv_next(csv, &batch, &error) == TICK_OK)
				records += batch.records;
			for (const char *c = cases[i].expected; *c != '\0'; c++)
				records -= *c == ';';
			CHECK_INT(records, 0);
			tick_csv_counts(csv, &counts);
			add_counts(&text, &counts);
			add(&expected, strchr(cases[i].expected, '=') != NULL ? strrchr(cases[i].expected, '=') : "",
				strlen(strrchr(cases[i].expected, '=')));
			CHECK_TEXT(text.data, expected.data);
			free(text.data);
			free(expected.data);
			tick_csv_free(csv);
		}
}

/* Every input of up to five bytes out of six. */
static void
test_all_short(void)
{
	static const char bytes[] = {'a', ',', '"', '\n', '\r', '\\'};
	TickCsvOptions options = usual;
	uint64_t	n = 0;

	options.max_fields = 3;
	for (int length = 0; length <= 5; length++)
	{
		int			inputs = 1;

		for (int i = 0; i < length; i++)
			inputs *= 6;
		for (int i = 0; i < inputs; i++, n++)
		{
			char		input[5];
			TickCsvTuning tuning = nth_tuning(n * 7);
			int			rest = i;
			Text		text;

			for (int b = 0; b < length; b++, rest /= 6)
				input[b] = bytes[rest % 6];
			options.escape = n % 3 == 0 ? '\\' : '\0';
			options.max_line = n % 2 == 0 ? 4 : 1000;
			text = model(input, length, &options);
			compare(input, length, &options, text.data, &tuning, pieces[n % 4]);
			free(text.data);
		}
	}
}

/* Random inputs with everything in them. */
static void
test_random(void)
{
	static const char bytes[] = "aaaabc,,,,,,\"\"\"\n\n\n\r\\# E\t";
	uint64_t	seed = 11;

	for (int n = 0; n < 6000; n++)
	{
		char		input[300];
		size_t		length = unit_random(&seed) % (n % 10 == 0 ? 300 : 40);
		TickCsvOptions options = usual;
		TickCsvTuning tuning = nth_tuning(unit_random(&seed));
		uint64_t	r = unit_random(&seed);
		Text		text;

		for (size_t i = 0; i < length; i++)
			input[i] = bytes[unit_random(&seed) % sizeof(bytes)];
		options.escape = r & 1 ? '\\' : '\0';
		options.quote = r & 14 ? '"' : r >> 24 & 1 ? ',' : '\0';
		options.comment = r & 16 ? '#' : '\0';
		options.trailer = r & 32 ? "EE" : NULL;
		options.skip_lines = r & 64 ? 2 : 0;
		options.max_line = r & 128 ? 1000 : (r >> 8 & 31) + 1;
		options.max_fields = r >> 16 & 7 ? 8 : 2;
		text = model(input, length, &options);
		compare(input, length, &options, text.data, &tuning, pieces[r >> 20 & 3]);
		free(text.data);
	}
}

/* Lines that nearly all have the fields expected: windows that are batches as they are, and those that are not. */
static void
test_even(void)
{
	uint64_t	seed = 14;

	for (int n = 0; n < 4000; n++)
	{
		char		input[1000];
		uint32_t	length = 0;
		TickCsvOptions options = usual;
		TickCsvTuning tuning = nth_tuning(unit_random(&seed));
		uint64_t	r = unit_random(&seed);
		const char *line_end = r & 1 ? "\r\n" : "\n";
		Text		text;

		options.max_fields = 1 + (r >> 8) % 4;
		options.comment = r & 2 ? '#' : '\0';
		options.trailer = r & 12 ? NULL : "a#";
		options.skip_lines = r & 16 ? 1 : 0;
		options.quote = r & 32 ? '"' : '\0';
		while (length < sizeof(input) - 40 && unit_random(&seed) % 64 != 0)
		{
			uint64_t	odd = unit_random(&seed) % (n % 2 ? 200 : 20);
			uint32_t	fields = options.max_fields + (odd == 1) - (odd == 2);

			for (uint32_t f = 0; f < fields; f++)
			{
				if (f > 0)
					input[length++] = ',';
				for (uint64_t k = unit_random(&seed) % 4; k > 0; k--)
					input[length++] = odd == 3 ? '#' : odd == 4 ? '"' : odd == 5 ? '\r' : 'a';
			}
			for (const char *c = odd == 6 ? "\n" : line_end; *c != '\0'; c++)
				input[length++] = *c;
		}
		if (length > 0)
			length -= (uint32_t) (unit_random(&seed) % 3 % length);
		text = model(input, length, &options);
		compare(input, length, &options, text.data, &tuning, pieces[r >> 20 & 3]);
		free(text.data);
	}
}

/* Many batches of usual rows, with rare quoted ones, through the usual tuning and others. */
static void
test_many_rows(void)
{
	Text		input = {NULL, 0, 0};
	Text		expected;
	TickCsvTuning tuning = {tick_csv_scan_best(), 256 * 1024, 64 * 1024, false};
	uint64_t	seed = 12;

	for (int i = 0; i < 12000; i++)
	{
		char		line[200];
		uint64_t	r = unit_random(&seed);

		add(&input, line, snprintf(line, sizeof(line), r % 97 == 0 ? "\"a \"\"%d\"\"\",%d,\"x\ny\",%d.%02d%s" :
								   "%d,%d,abc,%d.%02d%s", (int) (r >> 40), i, (int) (r >> 50), (int) (r & 63),
								   r >> 10 & 15 ? "\n" : "\r\n"));
	}
	expected = model(input.data, input.length, &usual);
	for (int n = 0; n < 6; n++)
	{
		tuning.careful = n == 1;
		tuning.scan = n == 2 ? tick_csv_scan_portable : tick_csv_scan_best();
		if (n == 3)
			tuning.buffer_bytes = 1000;
		if (n == 4)
			tuning.window_bytes = 97;
		compare(input.data, input.length, &usual, expected.data, &tuning, n == 5 ? 1013 : 0);
	}
	free(input.data);
	free(expected.data);
}

int
main(void)
{
	RUN(test_cases);
	RUN(test_usual_tuning);
	RUN(test_all_short);
	RUN(test_random);
	RUN(test_even);
	RUN(test_many_rows);
	return unit_report("csv");
}
