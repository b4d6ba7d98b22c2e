/*-------------------------------------------------------------------------
 *
 * test_intake.c
 *	  The same rows and rejects wherever the bytes, blocks and threads meet.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/intake.h"

#include "unit.h"

#define COLUMNS 4

static TickColumn schema_column[COLUMNS] = {
	{1, TICK_INT, 0, TICK_ROLE_NONE,.field = "n"}, {2, TICK_TEXT, 0, TICK_ROLE_SYMBOL,.field = "sym"},
	{3, TICK_TEXT, 0, TICK_ROLE_NONE,.field = "note"}, {4, TICK_DOUBLE, 0, TICK_ROLE_NONE,.field = "price"}
};
static const TickSchema schema = {COLUMNS, schema_column, 1, -1};
static TickParseColumn column[COLUMNS];
static TickParsePlan plan;

/* A file in memory, given out in pieces of up to `piece` bytes. */
typedef struct Source
{
	const char *bytes;
	size_t		length;
	size_t		at;
	size_t		piece;
	bool		fails;			/* at its end, with an error */
} Source;

static TickStatus
read_source(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	Source	   *source = context;

	*length = source->length - source->at;
	if (*length == 0)
		return source->fails ? tick_error_set(error, TICK_IO, "torn") : TICK_END;
	if (*length > source->piece)
		*length = source->piece;
	if (*length > capacity)
		*length = capacity;
	memcpy(bytes, source->bytes + source->at, *length);
	source->at += *length;
	return TICK_OK;
}

static void
make_plan(void)
{
	memset(column, 0, sizeof(column));
	for (int i = 0; i < COLUMNS; i++)
	{
		column[i].target = i;
		column[i].type = schema_column[i].type;
		column[i].sources = 1;
		column[i].source[0].field = i;
		column[i].low = -1000;
		column[i].high = INT64_MAX;
	}
	column[1].is_symbol = true;
	plan = (TickParsePlan) {.fields = COLUMNS,.schema = &schema,.columns = COLUMNS,.column = column,
		.verify_utf8 = true,.load_id = -1,.partition_column = -1,.day_column = -1,.day_target = -1};
}

/* A line of the file: mostly sound, with everything that csv may hold. */
static void
add_line(TickBuffer *file, uint64_t *seed, int n, int texts)
{
	char		line[400];
	uint64_t	kind = unit_random(seed) % 40;
	const char *end = kind % 3 == 0 ? "\r\n" : "\n";

	switch (kind)
	{
		case 0:
			snprintf(line, sizeof(line), "%s", end);
			break;
		case 1:
			snprintf(line, sizeof(line), "%d,S%d%s", n, n % 7, end);
			break;
		case 2:
			snprintf(line, sizeof(line), "x%d,BAD,note,1.5%s", n, end);
			break;
		case 3:
			snprintf(line, sizeof(line), "%d,S%d,\"two\nlines, \"\"%d\"\"\",2.25%s", n, n % 7, n % texts, end);
			break;
		case 4:
			snprintf(line, sizeof(line), "%d,,,%s", n, end);
			break;
		case 5:
			snprintf(line, sizeof(line), "%d,S%d,\"open\"x,1%s", n, n % 7, end);
			break;
		case 6:
			snprintf(line, sizeof(line), "#%d, a comment%s", n, end);
			break;
		default:
			snprintf(line, sizeof(line), "%d,S%d,text number %llu,%d.%02d%s", n, n % 7,
					 (unsigned long long) (unit_random(seed) % (uint64_t) texts), n, n % 100, end);
			break;
	}
	CHECK_INT(tick_buffer_append(file, line, strlen(line), NULL), TICK_OK);
}

static void
make_file(TickBuffer *file, int lines, int texts)
{
	uint64_t	seed = 5;

	tick_buffer_init(file, &tick_memory_malloc);
	CHECK_INT(tick_buffer_append(file, "n,sym,note,price\n", 17, NULL), TICK_OK);
	for (int i = 0; i < lines; i++)
		add_line(file, &seed, i, texts);
}

typedef struct How
{
	size_t		piece;
	bool		threaded;
	size_t		pool_bytes;
	bool		fails;
	int			reset_every;	/* blocks after which the run is emptied */
} How;

static void
put(TickBuffer *out, const char *format, long long number, TickString text)
{
	char		line[600];
	int			length = snprintf(line, sizeof(line), format, number, (int) text.length, text.data);

	CHECK_INT(tick_buffer_append(out, line, (size_t) length, NULL), TICK_OK);
}

/* Text of a row, before its codes are translated. */
static TickString
text_of(const TickIntake *intake, const TickRowBlock *block, int i, uint32_t row)
{
	TickString	none = {"(null)", 6};

	return block->rows.column[i].present[row] ? tick_intake_text(intake, i, block->rows.column[i].codes[row]) : none;
}

/* All that the intake says of a file, as one text.  The codes of the run are checked on the way. */
static void
read_file(const TickBuffer *file, const How *how, TickBuffer *out)
{
	Source		source = {(const char *) file->data, file->length, 0, how->piece, how->fails};
	TickIntakeOptions options = {.csv = {.delimiter = ',',.quote = '"',.comment = '#',.max_line = 1 << 20,.max_fields = COLUMNS},
		.plan = &plan,.header = true,.threaded = how->threaded,.pool_bytes = how->pool_bytes,
	.read = read_source,.context = &source};
	TickIntake *intake;
	TickRun    *run;
	TickRowBlock block;
	TickCsvCounts counts;
	TickError	error = {0};
	TickStatus	status;
	uint64_t	header = 0;
	uint64_t	lines = 0;
	int			blocks = 0;

	tick_buffer_init(out, &tick_memory_malloc);
	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &schema, 64 << 20, &error), TICK_OK);
	CHECK_INT(tick_intake_create(&intake, &options, &error), TICK_OK);
	while ((status = tick_intake_next(intake, &block, &error)) == TICK_OK)
	{
		char		expected[TICK_CSV_RECORDS][40];
		uint32_t	rows = block.rows.rows;

		header += block.header_lines;
		lines += block.row_lines;
		for (uint32_t r = 0; r < rows; r++)
		{
			TickString	note = text_of(intake, &block, 2, r);

			put(out, "%lld %.*s ", block.rows.column[0].i64[r], text_of(intake, &block, 1, r));
			put(out, "(%lld) %.*s\n", (long long) (block.rows.column[3].f64[r] * 100), note);
			snprintf(expected[r], sizeof(expected[r]), "%.*s", (int) note.length, note.data);
		}
		for (uint32_t r = 0; r < block.rejects; r++)
		{
			lines += block.reject[r].lines;
			put(out, "reject of line %lld: %.*s\n", (long long) block.reject[r].line, block.reject[r].raw);
		}
		CHECK_INT(tick_intake_translate(intake, run, &block, &error), TICK_OK);
		for (uint32_t r = 0; r < rows; r++)
		{
			uint32_t	code;

			if (!block.rows.column[2].present[r])
				continue;
			/* what the run calls the text is what the block says */
			CHECK_INT(tick_run_intern(run, 2, expected[r], (uint32_t) strlen(expected[r]), &code, &error), TICK_OK);
			CHECK_INT(code, block.rows.column[2].codes[r]);
		}
		if (how->reset_every > 0 && ++blocks % how->reset_every == 0)
			tick_run_reset(run);
	}
	CHECK_INT(status, how->fails ? TICK_IO : TICK_END);
	CHECK_INT(tick_intake_next(intake, &block, &error), how->fails ? TICK_IO : TICK_END);
	tick_intake_counts(intake, &counts);
	CHECK_INT(counts.lines, header + lines + counts.blank + counts.comment);
	put(out, "%lld lines%.*s\n", (long long) counts.lines, (TickString) {"", 0});
	tick_intake_free(intake);
	tick_run_free(run);
}

static bool
same(const TickBuffer *a, const TickBuffer *b)
{
	return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

static void
compare(const TickBuffer *file, const How *how, const TickBuffer *expected)
{
	TickBuffer	out;

	read_file(file, how, &out);
	CHECK(same(&out, expected));
	tick_buffer_free(&out);
}

/* Every border between two pieces, in the caller's thread and in one of its own. */
static void
test_pieces(void)
{
	TickBuffer	file;
	TickBuffer	expected;
	How			whole = {SIZE_MAX, false, 1 << 20};

	make_file(&file, 120, 20);
	read_file(&file, &whole, &expected);
	CHECK(expected.length > 1000);
	for (size_t piece = 1; piece < 300; piece++)
		for (int threaded = 0; threaded <= 1; threaded++)
		{
			How			how = {piece, threaded, 1 << 20};

			compare(&file, &how, &expected);
		}
	tick_buffer_free(&file);
	tick_buffer_free(&expected);
}

/* Many blocks; pools that are forgotten again and again; a run that is emptied between blocks. */
static void
test_blocks(void)
{
	TickBuffer	file;
	TickBuffer	expected;
	How			plain = {4096, false, 64 << 20};

	make_file(&file, 60000, 5000);
	read_file(&file, &plain, &expected);
	for (int threaded = 0; threaded <= 1; threaded++)
	{
		How			hows[] = {{65536, threaded, 64 << 20}, {1000, threaded, 64 << 10}, {65536, threaded, 64 << 20, false, 3},
		{8192, threaded, 100 << 10, false, 2}};

		for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++)
			compare(&file, &hows[i], &expected);
	}
	tick_buffer_free(&file);
	tick_buffer_free(&expected);
}

/* An error of the reader comes behind all rows before it, and stays. */
static void
test_error(void)
{
	TickBuffer	file;
	TickBuffer	expected;
	TickBuffer	out;
	How			plain = {4096, false, 64 << 20, true};
	How			threaded = {4096, true, 64 << 20, true};

	make_file(&file, 5000, 50);
	read_file(&file, &plain, &expected);
	read_file(&file, &threaded, &out);
	CHECK(same(&out, &expected));
	tick_buffer_free(&file);
	tick_buffer_free(&expected);
	tick_buffer_free(&out);
}

/* Freed at once, after some blocks, or while the thread waits for room. */
static void
test_leave_early(void)
{
	TickBuffer	file;
	TickError	error;

	make_file(&file, 40000, 50);
	for (int blocks = 0; blocks < 6; blocks++)
	{
		Source		source = {(const char *) file.data, file.length, 0, 4096, false};
		TickIntakeOptions options = {.csv = {.delimiter = ',',.quote = '"',.max_line = 1 << 20,.max_fields = COLUMNS},
			.plan = &plan,.header = true,.threaded = true,.pool_bytes = 1 << 20,
		.read = read_source,.context = &source};
		TickIntake *intake;
		TickRowBlock block;

		CHECK_INT(tick_intake_create(&intake, &options, &error), TICK_OK);
		for (int i = 0; i < blocks; i++)
			CHECK_INT(tick_intake_next(intake, &block, &error), TICK_OK);
		tick_intake_free(intake);
	}
	tick_buffer_free(&file);
}

/* Rows that the caller refuses become rejects, and their lines count as such. */
static void
test_refuse(void)
{
	static const char text[] = "n,sym,note,price\n1,A,a,1\n2,B,b,2\nx,C,c,3\n4,D,d,4\n";
	Source		source = {text, sizeof(text) - 1, 0, 7, false};
	TickIntakeOptions options = {.csv = {.delimiter = ',',.quote = '"',.max_line = 1 << 20,.max_fields = COLUMNS},
		.plan = &plan,.header = true,.pool_bytes = 1 << 20,.read = read_source,.context = &source};
	TickIntake *intake;
	TickRowBlock block;
	TickError	error;
	uint8_t		bad[TICK_CSV_RECORDS] = {0, 1, 0};

	CHECK_INT(tick_intake_create(&intake, &options, &error), TICK_OK);
	CHECK_INT(tick_intake_next(intake, &block, &error), TICK_OK);
	CHECK_INT(block.rows.rows, 3);
	CHECK_INT(block.rejects, 1);
	CHECK_INT(tick_intake_refuse(intake, bad, &block, &error), TICK_OK);
	CHECK_INT(block.rows.rows, 2);
	CHECK_INT(block.rows.column[0].i64[1], 4);
	CHECK_INT(block.rejects, 2);
	CHECK_INT(block.reject[0].line, 3);
	CHECK_INT(block.reject[0].fault, TICK_FAULT_CHECK);
	CHECK_INT(block.reject[1].line, 4);
	CHECK_INT(block.row_lines, 2);
	tick_intake_free(intake);
}

int
main(void)
{
	make_plan();
	RUN(test_pieces);
	RUN(test_blocks);
	RUN(test_error);
	RUN(test_leave_early);
	RUN(test_refuse);
	return unit_report("intake");
}
