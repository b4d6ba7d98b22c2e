/*-------------------------------------------------------------------------
 *
 * test_segment.c
 *	  Segments against plain rows: values, directory, statistics, copies.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_format.h"

#include <math.h>

#include "segment_fixture.h"

static const uint8_t test_uuid[TICK_UUID_BYTES] = "0123456789abcdef";

static TickStatus
open_image(TickBuffer *image, const uint8_t *uuid, TickSegmentReader **reader, TickError *error)
{
	return tick_segment_reader_open(reader, &tick_memory_malloc, image_source(image), uuid, error);
}

/* ---- the plain truth of directory and statistics ---- */

static double
plain_number(const Value *value, const TickColumn *column)
{
	if (column->type == TICK_DOUBLE)
		return value->f64;
	return (double) value->i64 / pow(10, column->scale);
}

static int
role_column(const Model *model, TickRole role)
{
	for (int i = 0; i < model->schema.columns; i++)
		if (model->column[i].role == role)
			return i;
	return -1;
}

static bool
near(double a, double b, double magnitude)
{
	return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-12 * magnitude || !isfinite(magnitude);
}

static double
price_of(TickPrice price, const TickColumn *column)
{
	return column->type == TICK_DOUBLE ? price.f64 : (double) price.i64 / pow(10, column->scale);
}

/* PostgreSQL's order of doubles */
static bool
greater(double a, double b)
{
	return a > b || (isnan(a) && !isnan(b));
}

/* Rows `first` .. end - 1 of the sorted model are one symbol; passes says which count. */
static void
check_stats(const Model *model, uint32_t first, uint32_t end, const TickSymbolStats *stats,
			bool (*passes) (const Model *model, const Row *row))
{
	int			price = role_column(model, TICK_ROLE_PRICE);
	int			size = role_column(model, TICK_ROLE_SIZE);
	int			open = price >= 0 ? price : role_column(model, TICK_ROLE_OPEN);
	int			high = price >= 0 ? price : role_column(model, TICK_ROLE_HIGH);
	int			low = price >= 0 ? price : role_column(model, TICK_ROLE_LOW);
	int			close = price >= 0 ? price : role_column(model, TICK_ROLE_CLOSE);
	int			volume = size >= 0 ? size : role_column(model, TICK_ROLE_VOLUME);
	uint64_t	trades = 0;
	uint64_t	prices = 0;
	uint64_t	volumes = 0;
	uint64_t	turnovers = 0;
	double		opening = 0,
				highest = 0,
				lowest = 0,
				closing = 0;
	int64_t		open_time = 0,
				close_time = 0;
	double		volume_sum = 0,
				volume_magnitude = 0;
	double		turnover_sum = 0,
				turnover_magnitude = 0;

	for (uint32_t r = first; r < end; r++)
	{
		const Value *value = model->row[r].value;
		int64_t		time = model->schema.time >= 0 ? value[model->schema.time].i64 : 0;

		if (passes != NULL && !passes(model, &model->row[r]))
			continue;
		trades++;
		if (open >= 0 && !value[open].null && !value[high].null && !value[low].null && !value[close].null)
		{
			double		h = plain_number(&value[high], &model->column[high]);
			double		l = plain_number(&value[low], &model->column[low]);

			if (prices++ == 0)
			{
				opening = plain_number(&value[open], &model->column[open]);
				open_time = time;
				highest = h;
				lowest = l;
			}
			highest = greater(h, highest) ? h : highest;
			lowest = greater(lowest, l) ? l : lowest;
			closing = plain_number(&value[close], &model->column[close]);
			close_time = time;
		}
		if (volume >= 0 && !value[volume].null)
		{
			double		v = plain_number(&value[volume], &model->column[volume]);

			volumes++;
			volume_sum += v;
			volume_magnitude += fabs(v);
			if (price >= 0 && size >= 0 && !value[price].null)
			{
				double		p = plain_number(&value[price], &model->column[price]);

				turnovers++;
				turnover_sum += p * v;
				turnover_magnitude += fabs(p * v);
			}
		}
	}
	CHECK_INT(stats->trades, trades);
	CHECK_INT(stats->has_price, prices > 0);
	CHECK_INT(stats->has_volume, volumes > 0);
	CHECK_INT(stats->has_turnover, turnovers > 0);
	if (stats->has_price && prices > 0)
	{
		CHECK(near(price_of(stats->open, &model->column[open]), opening, 0));
		CHECK(near(price_of(stats->high, &model->column[high]), highest, 0));
		CHECK(near(price_of(stats->low, &model->column[low]), lowest, 0));
		CHECK(near(price_of(stats->close, &model->column[close]), closing, 0));
		CHECK_INT(stats->open_time, open_time);
		CHECK_INT(stats->close_time, close_time);
	}
	if (stats->has_volume)
		CHECK(near(tick_sum_double(&stats->volume), volume_sum, volume_magnitude));
	if (stats->has_turnover)
		CHECK(stats->turnover.overflow || near(tick_sum_double(&stats->turnover), turnover_sum, turnover_magnitude));
}

/* Directory and statistics, symbol by symbol. */
static void
check_directory(TickSegmentReader *reader, const Model *model, bool (*passes) (const Model *model, const Row *row))
{
	int			symbol = model->schema.symbol;
	int			time = model->schema.time;
	uint32_t	index = 0;
	TickError	error;

	for (uint32_t r = 0; r < model->rows; index++)
	{
		TickSymbolEntry entry;
		TickSymbolStats stats;
		uint32_t	end = r + 1;

		while (end < model->rows &&
			   (symbol < 0 || compare_symbols(&model->row[r].value[symbol], &model->row[end].value[symbol]) == 0))
			end++;
		tick_segment_symbol(reader, index, &entry);
		CHECK_INT(entry.first_row, r);
		CHECK_INT(entry.rows, end - r);
		CHECK_INT(entry.is_null, symbol < 0 || model->row[r].value[symbol].null);
		CHECK_INT(entry.code, entry.is_null ? 0 : 100 + r);
		if (!entry.is_null)
		{
			CHECK_INT(tick_string_compare(entry.name, value_string(&model->row[r].value[symbol])), 0);
			CHECK_INT(tick_segment_find_symbol(reader, entry.name), index);
		}
		else
			CHECK_INT(tick_segment_null_symbol(reader), index);
		if (time >= 0)
		{
			CHECK_INT(entry.time_min, model->row[r].value[time].i64);
			CHECK_INT(entry.time_max, model->row[end - 1].value[time].i64);
		}
		CHECK_INT(tick_segment_symbol_of_row(reader, r), index);
		CHECK_INT(tick_segment_symbol_of_row(reader, end - 1), index);
		CHECK_INT(tick_segment_symbol_stats(reader, index, &stats, &error), TICK_OK);
		check_stats(model, r, end, &stats, passes);
		r = end;
	}
	CHECK_INT(tick_segment_symbols(reader), index);
	CHECK_INT(tick_segment_find_symbol(reader, (TickString) {"no such", 7}), -1);
}

/* Everything a reader tells and a cursor yields. */
static void
check_image(TickBuffer *image, const Model *model, const TickSegmentSummary *written,
			bool (*passes) (const Model *model, const Row *row), const TickFilter *filter)
{
	TickSegmentReader *reader;
	TickSegmentSummary summary;
	TickCursor *cursor;
	TickError	error = {0};
	TickStatus	status = open_image(image, test_uuid, &reader, &error);

	CHECK_TEXT(error.message, "");
	if (status != TICK_OK)
		return;
	tick_segment_summary(reader, &summary);
	CHECK_INT(summary.rows, model->rows);
	CHECK_INT(summary.bytes, image->length);
	CHECK_INT(summary.symbols, written->symbols);
	CHECK_INT(summary.row_groups, written->row_groups);
	CHECK_INT(summary.has_time, model->schema.time >= 0);
	CHECK(summary.time_min == written->time_min && summary.time_max == written->time_max);
	CHECK_INT(tick_segment_schema(reader)->columns, model->schema.columns);
	CHECK_INT(tick_segment_schema(reader)->symbol, model->schema.symbol);
	CHECK_INT(tick_segment_schema(reader)->time, model->schema.time);
	for (int i = 0; i < model->schema.columns; i++)
		CHECK(memcmp(&tick_segment_schema(reader)->column[i], &model->column[i], sizeof(TickColumn)) == 0);
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, model->column, model->schema.columns, &error), TICK_OK);
	CHECK_INT(cursor_mismatches(cursor, model, 0, model->rows, 0), 0);
	tick_cursor_free(cursor);
	check_directory(reader, model, passes);
	CHECK_INT(tick_segment_verify(reader, &tick_memory_malloc, TICK_VERIFY_FULL, filter, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	tick_segment_reader_close(reader);
}

static void
test_round_trip(void)
{
	uint64_t	seed = 1;

	for (int round = 0; round < 150; round++)
	{
		Model		model;
		TickBuffer	image;
		TickSegmentSummary summary;
		TickSegmentOptions options = {.row_group_rows = round % 4 == 0 ? 0 : 1 + (uint32_t) (unit_random(&seed) % 3000)};
		TickError	error = {0};
		uint32_t	rows = 1 + (uint32_t) (unit_random(&seed) % (round % 10 == 0 ? 12000 : 3000));
		uint32_t	symbols = 1 + (uint32_t) (unit_random(&seed) % (round % 3 == 0 ? 2000 : 10));

		memcpy(options.uuid, test_uuid, TICK_UUID_BYTES);
		model_random_schema(&model, &seed);
		model_random_rows(&model, &seed, rows, symbols, 1, round % 2 == 0);
		model_sort(&model, false);
		CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
		CHECK_TEXT(error.message, "");
		check_image(&image, &model, &summary, NULL, NULL);
		tick_buffer_free(&image);
		model_free(&model);
	}
}

/* ---- the statistics filter ---- */

static bool
symbol_and_size_pass(const Model *model, const Row *row)
{
	const Value *symbol = &row->value[0];

	return !symbol->null && tick_string_compare(value_string(symbol), (TickString) {"1", 1}) > 0 &&
		!row->value[3].null && row->value[3].i64 >= 40;
}

/* A filter may test any column, the symbol too. */
static void
test_stats_filter(void)
{
	uint64_t	seed = 2;
	TickFilterValue name = {.text = {"1", 1}};
	TickFilterValue least = {.i64 = 40};
	TickFilter	by_name = {.kind = TICK_FILTER_COMPARE, .column = 0, .type = TICK_TEXT, .compare = TICK_GT, .values = 1, .value = &name};
	TickFilter	by_size = {.kind = TICK_FILTER_COMPARE, .column = 3, .type = TICK_INT, .compare = TICK_GE, .values = 1, .value = &least};
	TickFilter *children[2] = {&by_name, &by_size};
	TickFilter	both = {.kind = TICK_FILTER_AND, .children = 2, .child = children};

	for (int round = 0; round < 12; round++)
	{
		Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
		TickBuffer	image;
		TickSegmentSummary summary;
		TickSegmentOptions options = {.row_group_rows = 2500, .stats_filter = &both, .stats_filter_hash = 77};
		TickSegmentReader *reader;
		TickError	error = {0};

		memcpy(options.uuid, test_uuid, TICK_UUID_BYTES);
		model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
		model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
		model_add_column(&model, round % 2 == 0 ? TICK_DOUBLE : TICK_DECIMAL, round % 2 == 0 ? 0 : 4, TICK_ROLE_PRICE);
		model_add_column(&model, TICK_INT, 0, TICK_ROLE_SIZE);
		model_random_rows(&model, &seed, 9000, round % 3 == 0 ? 4000 : 20, 1, true);
		for (uint32_t r = 0; r < model.rows; r++)
			if (!model.row[r].value[3].null)
				model.row[r].value[3].i64 = (int64_t) (unit_random(&seed) % 100);
		model_sort(&model, false);
		CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
		check_image(&image, &model, &summary, symbol_and_size_pass, &both);
		CHECK_INT(open_image(&image, NULL, &reader, &error), TICK_OK);
		CHECK_INT(tick_segment_stats_filter_hash(reader), 77);
		CHECK_INT(tick_segment_verify(reader, &tick_memory_malloc, TICK_VERIFY_FULL, NULL, &error), TICK_OK);
		CHECK_INT(tick_segment_verify(reader, &tick_memory_malloc, TICK_VERIFY_FULL, &by_size, &error), TICK_CORRUPT);
		tick_segment_reader_close(reader);
		tick_buffer_free(&image);
		model_free(&model);
	}
}

/* Sums are exact decimals and are written without needless digits. */
static void
test_exact_sums(void)
{
	static const double prices[] = {0.1, 0.2, 100.25, 1e-9, 33.333, 0.1};
	static const double sizes[] = {3, 0.5, 100, 1e9, 3, 1};
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	uint64_t	seed = 3;
	TickBuffer	image;
	TickSegmentSummary summary;
	TickSegmentOptions options = {.row_group_rows = 2};
	TickSegmentReader *reader;
	TickSymbolStats stats;
	TickError	error = {0};
	char		text[TICK_SUM_TEXT];

	model_add_column(&model, TICK_DOUBLE, 0, TICK_ROLE_PRICE);
	model_add_column(&model, TICK_DOUBLE, 0, TICK_ROLE_SIZE);
	model_random_rows(&model, &seed, 6, 1, 1, false);
	for (int r = 0; r < 6; r++)
	{
		model.row[r].value[0] = (Value) {.f64 = prices[r]};
		model.row[r].value[1] = (Value) {.f64 = sizes[r]};
	}
	CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
	CHECK_INT(open_image(&image, NULL, &reader, &error), TICK_OK);
	CHECK_INT(tick_segment_symbol_stats(reader, 0, &stats, &error), TICK_OK);
	CHECK(!stats.volume.has_rest && !stats.turnover.has_rest);
	tick_sum_format(&stats.volume, text, sizeof(text));
	CHECK_TEXT(text, "1000000107.5");
	tick_sum_format(&stats.turnover, text, sizeof(text));
	CHECK_TEXT(text, "10126.499");
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
	model_free(&model);
}

/* Products of more than 18 digits are exact when zeros at the end allow it, else doubles. */
static void
test_long_products(void)
{
	static const double prices[] = {25e-12, 3e-12};
	static const double sizes[] = {4e-8, 1e-8};
	static const uint64_t rests[] = {0, 1};

	for (int k = 0; k < 2; k++)
	{
		Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
		uint64_t	seed = 3;
		TickBuffer	image;
		TickSegmentSummary summary;
		TickSegmentOptions options = {0};
		TickSegmentReader *reader;
		TickSymbolStats stats;
		TickError	error = {0};

		model_add_column(&model, TICK_DOUBLE, 0, TICK_ROLE_PRICE);
		model_add_column(&model, TICK_DOUBLE, 0, TICK_ROLE_SIZE);
		model_random_rows(&model, &seed, 1, 1, 1, false);
		model.row[0].value[0] = (Value) {.f64 = prices[k]};
		model.row[0].value[1] = (Value) {.f64 = sizes[k]};
		CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
		CHECK_INT(open_image(&image, NULL, &reader, &error), TICK_OK);
		CHECK_INT(tick_segment_symbol_stats(reader, 0, &stats, &error), TICK_OK);
		CHECK_INT(stats.turnover.has_rest, rests[k]);
		CHECK(tick_sum_double(&stats.turnover) == (k == 0 ? 1e-18 : prices[k] * sizes[k]));
		tick_segment_reader_close(reader);
		tick_buffer_free(&image);
		model_free(&model);
	}
}

/* Text is known by pointer only within one append, and then by its length too. */
static void
test_text_pointers(void)
{
	char		text[] = "abcdefgh";
	TickString	strings[4] = {{text, 3}, {text, 8}, {text, 3}, {text, 0}};
	TickColumn	column = {.type = TICK_TEXT};
	TickVector	vector = {.type = TICK_TEXT, .rows = 4, .text = strings};
	TickSchema	schema = {.columns = 1, .column = &column, .symbol = -1, .time = -1};
	TickSegmentOptions options = {0};
	TickSegmentSummary summary;
	TickSegmentWriter *writer;
	TickSegmentReader *reader;
	TickCursor *cursor;
	const TickVector *values;
	TickBuffer	image;
	TickError	error;
	uint64_t	first;
	uint32_t	rows;

	tick_buffer_init(&image, &tick_memory_malloc);
	CHECK_INT(tick_segment_writer_create(&writer, &tick_memory_malloc, &schema, &options, image_sink(&image), &error), TICK_OK);
	CHECK_INT(tick_segment_writer_append(writer, &vector, 0, 4, &error), TICK_OK);
	memcpy(text, "ABCDEFGH", 8);
	CHECK_INT(tick_segment_writer_append(writer, &vector, 0, 4, &error), TICK_OK);
	memset(text, 0, 8);
	CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_OK);
	tick_segment_writer_free(writer);
	CHECK_INT(open_image(&image, NULL, &reader, &error), TICK_OK);
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, &column, 1, &error), TICK_OK);
	CHECK_INT(tick_cursor_next(cursor, &first, &rows, &error), TICK_OK);
	CHECK_INT(rows, 8);
	CHECK_INT(tick_cursor_column(cursor, 0, &values, &error), TICK_OK);
	for (uint32_t r = 0; r < rows; r++)
	{
		CHECK_INT(values->text[r].length, strings[r % 4].length);
		CHECK(memcmp(values->text[r].data, r < 4 ? "abcdefgh" : "ABCDEFGH", values->text[r].length) == 0);
	}
	tick_cursor_free(cursor);
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
}

/* ---- refusals of the writer ---- */

static void
test_refusals(void)
{
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	uint64_t	seed = 4;
	TickSegmentOptions options = {0};
	TickSegmentSummary summary;
	TickSegmentWriter *writer;
	TickBuffer	image;
	TickError	error;
	Vectors		vectors;
	char		name[TICK_MAX_SYMBOL_BYTES + 1] = {0};

	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_random_rows(&model, &seed, 10, 1, 1, false);
	for (int r = 0; r < 10; r++)
		model.row[r].value[1].i64 = r < 5 ? r : 3;
	model.row[9].value[1].null = true;
	vectors_of_model(&vectors, &model);
	tick_buffer_init(&image, &tick_memory_malloc);
	CHECK_INT(tick_segment_writer_create(&writer, &tick_memory_malloc, &model.schema, &options, image_sink(&image), &error), TICK_OK);
	CHECK_INT(tick_segment_writer_append(writer, vectors.vector, 0, 1, &error), TICK_BAD_INPUT);
	CHECK_INT(tick_segment_writer_symbol(writer, (TickString) {"B", 1}, 1, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_BAD_INPUT);
	CHECK_TEXT(error.message, "a segment without rows cannot be written");
	CHECK_INT(tick_segment_writer_append(writer, vectors.vector, 0, 5, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_append(writer, vectors.vector, 5, 1, &error), TICK_BAD_INPUT);
	CHECK_TEXT(error.message, "rows of a symbol are not in time order");
	CHECK_INT(tick_segment_writer_append(writer, vectors.vector, 3, 3, &error), TICK_BAD_INPUT);
	CHECK_INT(tick_segment_writer_append(writer, vectors.vector, 9, 1, &error), TICK_BAD_INPUT);
	CHECK_TEXT(error.message, "null in column \"field1\", which orders the rows");
	CHECK_INT(tick_segment_writer_symbol(writer, (TickString) {"A", 1}, 1, &error), TICK_BAD_INPUT);
	CHECK_INT(tick_segment_writer_symbol(writer, (TickString) {"B", 1}, 1, &error), TICK_BAD_INPUT);
	CHECK_INT(tick_segment_writer_symbol(writer, (TickString) {name, sizeof(name)}, 1, &error), TICK_BAD_INPUT);
	/* symbols that get no rows leave no trace */
	CHECK_INT(tick_segment_writer_symbol(writer, (TickString) {"C", 1}, 1, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_symbol(writer, (TickString) {"D", 1}, 1, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_append(writer, vectors.vector, 0, 2, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_symbol(writer, (TickString) {NULL, 0}, 1, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_symbol(writer, (TickString) {"E", 1}, 1, &error), TICK_BAD_INPUT);
	CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_OK);
	CHECK_INT(summary.symbols, 2);
	CHECK_INT(summary.rows, 7);
	CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_BAD_INPUT);
	tick_segment_writer_free(writer);
	tick_buffer_free(&image);
	vectors_free(&vectors, &model);

	model.column[1].type = TICK_TEXT;
	CHECK_INT(tick_segment_writer_create(&writer, &tick_memory_malloc, &model.schema, &options, image_sink(&image), &error), TICK_BAD_INPUT);
	CHECK_TEXT(error.message, "column \"field1\" cannot have its role");
	CHECK(writer == NULL);
	model_free(&model);
}

/* Long texts close a row group early; wide schemas have smaller ones. */
static void
test_memory_bounds(void)
{
	static char text[3 << 20];
	TickString	strings[20];
	TickColumn	column[1500];
	TickVector	vector[1500];
	int64_t		values[20] = {0};
	TickSchema	schema = {.columns = 1, .column = column, .symbol = -1, .time = -1};
	TickSegmentOptions options = {0};
	TickSegmentSummary summary;
	TickSegmentWriter *writer;
	TickSegmentReader *reader;
	TickBuffer	image;
	TickError	error;
	uint64_t	first;
	uint32_t	rows;

	memset(column, 0, sizeof(column));
	memset(vector, 0, sizeof(vector));
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 20; i++)
		strings[i] = (TickString) {text + i, sizeof(text) - 20};
	column[0].type = vector[0].type = TICK_TEXT;
	vector[0].text = strings;
	vector[0].rows = 20;
	tick_buffer_init(&image, &tick_memory_malloc);
	CHECK_INT(tick_segment_writer_create(&writer, &tick_memory_malloc, &schema, &options, image_sink(&image), &error), TICK_OK);
	for (uint32_t i = 0; i < 20; i++)
		CHECK_INT(tick_segment_writer_append(writer, vector, i, 1, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_OK);
	CHECK_INT(summary.row_groups, 4);
	tick_segment_writer_free(writer);
	CHECK_INT(open_image(&image, NULL, &reader, &error), TICK_OK);
	tick_segment_row_group(reader, 3, &first, &rows);
	CHECK(first == 18 && rows == 2);
	CHECK_INT(tick_segment_row_group_of_row(reader, 17), 2);
	CHECK_INT(tick_segment_row_group_of_row(reader, 18), 3);
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);

	schema.columns = 1500;
	for (int i = 0; i < 1500; i++)
	{
		column[i].id = i;
		column[i].type = vector[i].type = TICK_INT;
		vector[i].i64 = values;
		vector[i].rows = 20;
	}
	tick_buffer_init(&image, &tick_memory_malloc);
	CHECK_INT(tick_segment_writer_create(&writer, &tick_memory_malloc, &schema, &options, image_sink(&image), &error), TICK_OK);
	for (int i = 0; i < 300; i++)
		CHECK_INT(tick_segment_writer_append(writer, vector, 0, 20, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_OK);
	CHECK_INT(summary.row_groups, 2);
	tick_segment_writer_free(writer);
	tick_buffer_free(&image);
}

/* ---- copies ---- */

static uint32_t
code_of_name(void *context, TickString name)
{
	return 5000 + name.length + *(uint32_t *) context;
}

static void
test_copy(void)
{
	uint64_t	seed = 5;
	uint32_t	base = 7;

	for (int round = 0; round < 20; round++)
	{
		Model		model;
		TickBuffer	image;
		TickBuffer	copy;
		TickSegmentSummary summary;
		TickSegmentOptions options = {.row_group_rows = 700, .stats_filter_hash = 9};
		TickSegmentReader *reader;
		TickCursor *cursor;
		TickError	error = {0};

		model_random_schema(&model, &seed);
		model_random_rows(&model, &seed, 1 + (uint32_t) (unit_random(&seed) % 3000), 50, 1, true);
		model_sort(&model, false);
		CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
		tick_buffer_init(&copy, &tick_memory_malloc);
		CHECK_INT(tick_segment_copy(&tick_memory_malloc, image_source(&image), test_uuid, code_of_name, &base,
									image_sink(&copy), &error), TICK_OK);
		CHECK_INT(copy.length, image.length);
		CHECK_INT(open_image(&image, test_uuid, &reader, &error), TICK_CORRUPT);
		CHECK_TEXT(error.message, "segment is damaged at offset 16: it has the uuid of another segment");
		CHECK_INT(open_image(&copy, test_uuid, &reader, &error), TICK_OK);
		CHECK_INT(tick_segment_stats_filter_hash(reader), 9);
		for (uint32_t i = 0; i < tick_segment_symbols(reader); i++)
		{
			TickSymbolEntry entry;

			tick_segment_symbol(reader, i, &entry);
			CHECK_INT(entry.code, entry.is_null ? 0 : 5007 + entry.name.length);
		}
		CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, model.column, model.schema.columns, &error), TICK_OK);
		CHECK_INT(cursor_mismatches(cursor, &model, 0, model.rows, 0), 0);
		CHECK_INT(tick_segment_verify(reader, &tick_memory_malloc, TICK_VERIFY_FULL, NULL, &error), TICK_OK);
		tick_cursor_free(cursor);
		tick_segment_reader_close(reader);
		tick_buffer_free(&copy);
		tick_buffer_free(&image);
		model_free(&model);
	}
}

int
main(void)
{
	RUN(test_round_trip);
	RUN(test_stats_filter);
	RUN(test_exact_sums);
	RUN(test_long_products);
	RUN(test_text_pointers);
	RUN(test_refusals);
	RUN(test_memory_bounds);
	RUN(test_copy);
	return unit_report("segment");
}
