/*-------------------------------------------------------------------------
 *
 * test_golden.c
 *	  Images of every format that was ever written stay readable.
 *
 * test/data/segments holds small images vN_NAME.seg, made when format N was
 * the newest one, and beside each a NAME.txt: what the writer was given, by
 * which the values here are compared, bit for bit.  Files are never made
 * again: a change of the format adds its own.
 *
 *	  build/unit/test_golden make
 *
 * writes the images of the present format that are not there yet.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_format.h"

#include <dirent.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "segment_fixture.h"

#define GOLDEN_FOLDER "test/data/segments"
#define GOLDEN_PATH 512

static const uint8_t golden_uuid[TICK_UUID_BYTES] = "golden segments";

/* ---- a text of what a segment holds ---- */

typedef struct Text
{
	char	   *data;
	size_t		length;
} Text;

static void __attribute__((format(printf, 2, 3)))
put(Text *text, const char *format, ...)
{
	va_list		arguments;
	char		line[2048];
	int			length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	text->data = realloc(text->data, text->length + length + 1);
	memcpy(text->data + text->length, line, length + 1);
	text->length += length;
}

/* Quoted, with what is not printable in hexadecimal; a null is a dash. */
static void
put_text(Text *text, TickString string, bool null)
{
	if (null)
	{
		put(text, " -");
		return;
	}
	put(text, " \"");
	for (uint32_t i = 0; i < string.length; i++)
	{
		unsigned char byte = (unsigned char) string.data[i];

		if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\')
			put(text, "\\%02x", byte);
		else
			put(text, "%c", byte);
	}
	put(text, "\"");
}

/* Doubles as their bits, so that no digit is lost and NaNs are told apart. */
static void
put_number(Text *text, TickType type, int64_t i64, double f64)
{
	uint64_t	bits;

	memcpy(&bits, &f64, sizeof(bits));
	if (type == TICK_DOUBLE)
		put(text, " %016" PRIx64, bits);
	else
		put(text, " %" PRId64, i64);
}

static void
put_schema(Text *text, const TickSchema *schema)
{
	for (int i = 0; i < schema->columns; i++)
		put(text, "column %d type %d scale %d role %d \"%s\"\n", (int) schema->column[i].id, (int) schema->column[i].type,
			schema->column[i].scale, (int) schema->column[i].role, schema->column[i].field);
}

static void
put_symbol(Text *text, TickString name, bool null, uint32_t code, uint64_t first_row)
{
	put(text, "symbol");
	put_text(text, name, null);
	put(text, " code %u from row %llu\n", code, (unsigned long long) first_row);
}

/* What was given to the writer, with the codes that model_write() gives. */
static void
put_model(Text *text, const Model *model)
{
	int			symbol = model->schema.symbol;

	put_schema(text, &model->schema);
	for (uint32_t r = 0; r < model->rows && symbol >= 0; r++)
	{
		const Value *name = &model->row[r].value[symbol];

		if (r == 0 || compare_symbols(&model->row[r - 1].value[symbol], name) != 0)
			put_symbol(text, value_string(name), name->null, name->null ? 0 : 100 + r, r);
	}
	for (uint32_t r = 0; r < model->rows; r++)
	{
		put(text, "row");
		for (int i = 0; i < model->schema.columns; i++)
		{
			const Value *value = &model->row[r].value[i];

			if (value->null || model->column[i].type == TICK_TEXT)
				put_text(text, value_string(value), value->null);
			else
				put_number(text, model->column[i].type, value->i64, value->f64);
		}
		put(text, "\n");
	}
}

static void
put_vector(Text *text, const TickVector *vector, uint32_t row)
{
	if (!tick_vector_present(vector, row))
		put_text(text, (TickString) {NULL, 0}, true);
	else if (vector->type == TICK_TEXT)
		put_text(text, vector->text[row], false);
	else
		put_number(text, vector->type, vector->i64 != NULL ? vector->i64[row] : 0, vector->f64 != NULL ? vector->f64[row] : 0);
}

/* What a reader finds. */
static void
put_segment(Text *text, TickSegmentReader *reader)
{
	const TickSchema *schema = tick_segment_schema(reader);
	TickSegmentSummary summary;
	TickCursor *cursor;
	TickError	error = {0};
	uint64_t	first;
	uint32_t	rows;

	put_schema(text, schema);
	for (uint32_t i = 0; i < tick_segment_symbols(reader) && schema->symbol >= 0; i++)
	{
		TickSymbolEntry entry;

		tick_segment_symbol(reader, i, &entry);
		put_symbol(text, entry.name, entry.is_null, entry.code, entry.first_row);
	}
	tick_segment_summary(reader, &summary);
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, schema->column, schema->columns, &error), TICK_OK);
	tick_cursor_seek(cursor, 0, summary.rows);
	while (tick_cursor_next(cursor, &first, &rows, &error) == TICK_OK)
		for (uint32_t r = 0; r < rows; r++)
		{
			put(text, "row");
			for (int i = 0; i < schema->columns; i++)
			{
				const TickVector *vector;

				CHECK_INT(tick_cursor_column(cursor, i, &vector, &error), TICK_OK);
				put_vector(text, vector, r);
			}
			put(text, "\n");
		}
	CHECK_TEXT(error.message, "");
	tick_cursor_free(cursor);
}

/* ---- files ---- */

static bool
read_file(const char *path, TickBuffer *bytes)
{
	FILE	   *file = fopen(path, "rb");
	char		block[4096];
	size_t		got;

	tick_buffer_init(bytes, &tick_memory_malloc);
	if (file == NULL)
		return false;
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		CHECK_INT(tick_buffer_append(bytes, block, got, NULL), TICK_OK);
	fclose(file);
	return true;
}

static bool
write_file(const char *path, const void *bytes, size_t length)
{
	FILE	   *file = fopen(path, "wb");
	bool		written = file != NULL && fwrite(bytes, 1, length, file) == length;

	return file != NULL && fclose(file) == 0 && written;
}

/* ---- making them ---- */

/*
 * Rows of a kind.  Every encoding occurs: constants, runs, numbers near each
 * other with and without outliers, numbers that climb, few and many different
 * texts, doubles that are decimals but for some, and ones that are not.
 */
static void
make_trades(Model *model, uint64_t *seed)
{
	static const char *const symbols[] = {"", "AAPL", "BRK.B", "MSFT", "Z\303\234RICH"};

	model_add_column(model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(model, TICK_INT, 0, TICK_ROLE_NONE);	/* the load */
	model_add_column(model, TICK_DOUBLE, 0, TICK_ROLE_PRICE);
	model_add_column(model, TICK_INT, 0, TICK_ROLE_SIZE);
	model_add_column(model, TICK_TEXT, 0, TICK_ROLE_NONE);	/* a condition */
	model_add_column(model, TICK_INT, 0, TICK_ROLE_NONE);	/* a sequence number */
	model_add_column(model, TICK_BOOL, 0, TICK_ROLE_NONE);
	model->rows = 1200;
	model->row = calloc(model->rows, sizeof(Row));
	for (uint32_t r = 0; r < model->rows; r++)
	{
		Value	   *value = model->row[r].value;
		uint64_t	random = unit_random(seed);

		model->row[r].arrival = r;
		value[0].null = r % 11 == 0;
		if (!value[0].null)
			value_set_text(&value[0], symbols[random % 5]);
		value[1].i64 = INT64_C(1609752600000000000) + r * INT64_C(1000000) + (int64_t) (random % 900000);
		value[2].i64 = 7;
		value[3].null = random % 17 == 0;
		value[3].f64 = r % 400 == 3 ? 1.0 / 3 : (double) (13000 + (int64_t) (random / 8 % 500)) / 100;
		value[4].i64 = r % 300 == 5 ? INT64_C(1) << 40 : (int64_t) (random / 64 % 200);
		value[5].null = random % 5 == 1;
		value_set_text(&value[5], random % 3 == 0 ? "TRADE" : random % 3 == 1 ? "TRADE NB" : "CROSS, \"x\"");
		value[6].i64 = 1000000 + r * INT64_C(3);
		value[7].i64 = r / 300 % 2;
	}
}

static void
make_bars(Model *model, uint64_t *seed)
{
	model_add_column(model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(model, TICK_DATE, 0, TICK_ROLE_TIME);
	for (int role = TICK_ROLE_OPEN; role <= TICK_ROLE_CLOSE; role++)
		model_add_column(model, TICK_DECIMAL, 4, (TickRole) role);
	model_add_column(model, TICK_INT, 0, TICK_ROLE_VOLUME);
	model->rows = 60;
	model->row = calloc(model->rows, sizeof(Row));
	for (uint32_t r = 0; r < model->rows; r++)
	{
		Value	   *value = model->row[r].value;
		int64_t		open = 1000000 + (int64_t) (unit_random(seed) % 20000);

		model->row[r].arrival = r;
		value_set_text(&value[0], r % 3 == 0 ? "ES" : r % 3 == 1 ? "NQ" : "YM");
		value[1].i64 = 18631 + r / 3;
		value[2].i64 = open;
		value[3].i64 = open + 700;
		value[4].i64 = open - 1300;
		value[5].i64 = open + 25;
		value[6].i64 = (int64_t) (unit_random(seed) % 5000);
		value[6].null = r == 10;
	}
}

/* Neither symbol nor time; the ends of each type's range. */
static void
make_values(Model *model, uint64_t *seed)
{
	static const double doubles[] = {0.0, -0.0, 1.0 / 0.0, -1.0 / 0.0, 0.0 / 0.0, 5e-324, 1.7976931348623157e308, -2.5};
	static const TickType types[] = {TICK_BOOL, TICK_INT, TICK_DOUBLE, TICK_DECIMAL, TICK_DATE, TICK_TIME, TICK_STAMP, TICK_TEXT};

	for (int i = 0; i < 8; i++)
		model_add_column(model, types[i], types[i] == TICK_DECIMAL ? 9 : 0, TICK_ROLE_NONE);
	model->column[2].id = 12;
	model->rows = 48;
	model->row = calloc(model->rows, sizeof(Row));
	for (uint32_t r = 0; r < model->rows; r++)
	{
		Value	   *value = model->row[r].value;

		model->row[r].arrival = r;
		for (int i = 0; i < 8; i++)
		{
			value_random(&value[i], &model->column[i], seed, 3, r);
			value[i].null = r > 16 && unit_random(seed) % 4 == 0;
		}
		value[5].i64 = (int64_t) ((uint64_t) value[5].i64 % UINT64_C(86400000000001));
		if (r < 8)
			value[2].f64 = doubles[r];
		if (r < 2)
			value[1].i64 = value[3].i64 = value[4].i64 = value[6].i64 = r == 0 ? INT64_MIN : INT64_MAX;
		if (r == 3)
			value[7].length = 0;
	}
}

/* Few rows of few numbers: what a small INSERT makes. */
static void
make_small(Model *model, uint64_t *seed)
{
	model_add_column(model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(model, TICK_DECIMAL, 2, TICK_ROLE_PRICE);
	model_add_column(model, TICK_TEXT, 0, TICK_ROLE_NONE);
	model->column[2].id = 12;
	model->rows = 3;
	model->row = calloc(model->rows, sizeof(Row));
	for (uint32_t r = 0; r < model->rows; r++)
	{
		Value	   *value = model->row[r].value;

		model->row[r].arrival = r;
		value[0].i64 = (int64_t) r * 1000;
		value[1].i64 = (int64_t) (unit_random(seed) % 10000);
		value[2].null = true;
	}
}

typedef struct Kind
{
	const char *name;
	void		(*make) (Model *model, uint64_t *seed);
	uint32_t	row_group_rows;
} Kind;

static const Kind kinds[] = {
	{"trades", make_trades, 1100},
	{"bars", make_bars, 0},
	{"values", make_values, 0},
	{"small", make_small, 0},
};

static void
make_golden(const Kind *kind)
{
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	TickSegmentOptions options = {.row_group_rows = kind->row_group_rows};
	TickSegmentSummary summary;
	TickBuffer	image;
	TickError	error = {0};
	Text		text = {0};
	struct stat there;
	uint64_t	seed = 20210104;
	char		path[GOLDEN_PATH];

	snprintf(path, sizeof(path), GOLDEN_FOLDER "/v%d_%s.seg", TICK_SEGMENT_VERSION, kind->name);
	if (stat(path, &there) == 0)
		return;
	kind->make(&model, &seed);
	model_sort(&model, false);
	memcpy(options.uuid, golden_uuid, TICK_UUID_BYTES);
	CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
	put_model(&text, &model);
	CHECK(write_file(path, image.data, image.length));
	strcpy(path + strlen(path) - 3, "txt");
	CHECK(write_file(path, text.data, text.length));
	tick_buffer_free(&image);
	free(text.data);
	model_free(&model);
}

/* ---- reading them ---- */

static uint32_t encodings_seen;
static uint32_t types_seen;
static uint32_t versions_seen;

/* Both texts, line by line, so that a difference is told. */
static void
compare_texts(const char *name, const char *found, const char *expected)
{
	for (int line = 1; *found != '\0' || *expected != '\0'; line++)
	{
		size_t		found_length = strcspn(found, "\n");
		size_t		expected_length = strcspn(expected, "\n");

		if (found_length != expected_length || memcmp(found, expected, found_length) != 0)
		{
			fprintf(stderr, "%s, line %d:\n  found    %.*s\n  expected %.*s\n", name, line,
					(int) found_length, found, (int) expected_length, expected);
			CHECK(false);
			return;
		}
		found += found_length + (found[found_length] == '\n');
		expected += expected_length + (expected[expected_length] == '\n');
	}
	CHECK(true);
}

static void
note_what_is_seen(const TickSegmentReader *reader)
{
	const TickSchema *schema = tick_segment_schema(reader);

	for (int i = 0; i < schema->columns; i++)
	{
		types_seen |= 1u << schema->column[i].type;
		for (uint32_t group = 0; i != schema->symbol && group < tick_segment_row_groups(reader); group++)
			encodings_seen |= 1u << tick_segment_chunk_encoding(reader, group, i);
	}
}

/* An image of version `version` and the text beside it. */
static void
check_golden(const char *path, uint32_t version)
{
	char		text_path[GOLDEN_PATH];
	TickBuffer	image;
	TickBuffer	expected;
	TickSegmentReader *reader;
	TickError	error = {0};
	Text		text = {0};

	snprintf(text_path, sizeof(text_path), "%.*stxt", (int) strlen(path) - 3, path);
	CHECK(read_file(path, &image));
	CHECK(read_file(text_path, &expected));
	CHECK_INT(tick_buffer_append(&expected, "", 1, &error), TICK_OK);
	CHECK(image.length > 12 && image.data[8] == version && image.data[9] == 0);
	if (tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(&image), golden_uuid, &error) == TICK_OK)
	{
		put_segment(&text, reader);
		compare_texts(path, text.data, (const char *) expected.data);
		CHECK_INT(tick_segment_verify(reader, &tick_memory_malloc, TICK_VERIFY_FULL, NULL, &error), TICK_OK);
		note_what_is_seen(reader);
		versions_seen |= 1u << version;
		tick_segment_reader_close(reader);
	}
	CHECK_TEXT(error.message, "");
	free(text.data);
	tick_buffer_free(&image);
	tick_buffer_free(&expected);
}

static void
test_golden(void)
{
	DIR		   *folder = opendir(GOLDEN_FOLDER);
	struct dirent *entry;

	CHECK(folder != NULL);
	while (folder != NULL && (entry = readdir(folder)) != NULL)
	{
		char		path[GOLDEN_PATH];
		size_t		length = strlen(entry->d_name);
		unsigned	version;

		if (length < 4 || strcmp(entry->d_name + length - 4, ".seg") != 0 || sscanf(entry->d_name, "v%u_", &version) != 1)
			continue;
		CHECK(version >= 1 && version <= TICK_SEGMENT_VERSION);
		snprintf(path, sizeof(path), GOLDEN_FOLDER "/%s", entry->d_name);
		check_golden(path, version);
	}
	if (folder != NULL)
		closedir(folder);
	/* every version, every encoding and every type is among them */
	CHECK_INT(versions_seen, (2u << TICK_SEGMENT_VERSION) - 2);
	CHECK_INT(encodings_seen, (2u << TICK_ALP) - 1);
	CHECK_INT(types_seen, (2u << TICK_TEXT) - 2);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "make") == 0)
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			make_golden(&kinds[i]);
	RUN(test_golden);
	return unit_report("golden");
}
