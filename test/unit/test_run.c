/*-------------------------------------------------------------------------
 *
 * test_run.c
 *	  Runs against a plain sort: random schemas, symbols, partitions, times.
 *
 *-------------------------------------------------------------------------
 */
#include "core/run.h"

#include "segment_fixture.h"

/* Put a model's rows from `first` on into the run.  Returns how many went in. */
static uint32_t
fill_run(TickRun *run, const Model *model, uint32_t first, uint64_t *seed)
{
	TickError	error;
	uint32_t	at = first;

	while (at < model->rows)
	{
		TickRunRoom room;
		uint32_t	asked = 1 + (uint32_t) (unit_random(seed) % 5000);

		if (asked > model->rows - at)
			asked = model->rows - at;
		CHECK_INT(tick_run_reserve(run, asked, &room, &error), TICK_OK);
		CHECK(room.rows <= asked);
		if (room.rows == 0)
			break;
		for (uint32_t r = 0; r < room.rows; r++, at++)
		{
			const Row  *row = &model->row[at];

			room.partition[r] = row->partition;
			for (int i = 0; i < model->schema.columns; i++)
			{
				const Value *value = &row->value[i];
				TickRunColumn *column = &room.column[i];

				column->present[r] = !value->null;
				if (model->column[i].type == TICK_DOUBLE)
					column->f64[r] = value->f64;
				else if (model->column[i].type != TICK_TEXT)
					column->i64[r] = value->i64;
				else if (value->null)
					column->codes[r] = 0;
				else
					CHECK_INT(tick_run_intern(run, i, value->text, value->length, &column->codes[r], &error), TICK_OK);
			}
		}
		tick_run_commit(run, room.rows);
	}
	return at - first;
}

static uint32_t
code_of_name(void *context, TickString name)
{
	return 1000 + name.length;
}

static int	interruptions;

static void
count_interruption(void)
{
	interruptions++;
}

/* Write partition `index` and compare with the sorted model's rows from *at on. */
static void
check_partition(TickRun *run, uint32_t index, const Model *model, uint32_t *at)
{
	TickSegmentOptions options = {.row_group_rows = 1500};
	TickSegmentWriter *writer;
	TickSegmentReader *reader;
	TickSegmentSummary summary;
	TickCursor *cursor;
	TickBuffer	image;
	TickError	error = {0};
	int32_t		partition;
	uint64_t	rows;

	tick_run_partition(run, index, &partition, &rows);
	CHECK_INT(partition, model->row[*at].partition);
	CHECK(*at + rows <= model->rows && model->row[*at + rows - 1].partition == partition);
	tick_buffer_init(&image, &tick_memory_malloc);
	CHECK_INT(tick_segment_writer_create(&writer, &tick_memory_malloc, &model->schema, &options,
										 image_sink(&image), &error), TICK_OK);
	CHECK_INT(tick_run_write(run, &tick_memory_malloc, index, code_of_name, NULL, writer, count_interruption, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	CHECK_INT(summary.rows, rows);
	tick_segment_writer_free(writer);

	CHECK_INT(tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(&image), NULL, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, model->column, model->schema.columns, &error), TICK_OK);
	CHECK_INT(cursor_mismatches(cursor, model, 0, rows, *at), 0);
	for (uint32_t i = 0; i < tick_segment_symbols(reader); i++)
	{
		TickSymbolEntry entry;

		tick_segment_symbol(reader, i, &entry);
		CHECK_INT(entry.code, entry.is_null ? 0 : 1000 + entry.name.length);
	}
	tick_cursor_free(cursor);
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
	*at += (uint32_t) rows;
}

/* Fill, sort, write and compare; a run that fills up is emptied and reused. */
static void
check_model(Model *model, size_t capacity, uint64_t *seed)
{
	TickRun    *run;
	TickError	error = {0};
	uint32_t	done = 0;

	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model->schema, capacity, &error), TICK_OK);
	while (done < model->rows)
	{
		uint32_t	taken = fill_run(run, model, done, seed);
		Model		part = *model;
		uint32_t	at = 0;

		CHECK(taken > 0);
		if (taken == 0)
			break;
		CHECK_INT(tick_run_rows(run), taken);
		CHECK(tick_run_memory(run) > taken);
		part.schema.column = part.column;
		part.rows = taken;
		part.row = model->row + done;
		model_sort(&part, true);
		CHECK_INT(tick_run_sort(run, NULL, &error), TICK_OK);
		for (uint32_t p = 0; p < tick_run_partitions(run); p++)
			check_partition(run, p, &part, &at);
		CHECK_INT(at, taken);
		tick_run_reset(run);
		CHECK_INT(tick_run_rows(run), 0);
		done += taken;
	}
	tick_run_free(run);
}

/* Sort half of the rows, keep one partition, add the other half: the kept rows come before equal new ones. */
static void
check_kept(Model *model, uint64_t *seed)
{
	TickRun    *run;
	TickError	error = {0};
	Model		half = *model;
	Model		expected = *model;
	int32_t		newest;
	int32_t		partition = 0;
	uint64_t	rows = 0;
	uint32_t	at = 0;

	half.schema.column = half.column;
	half.rows = model->rows / 2;
	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model->schema, 64 << 20, &error), TICK_OK);
	CHECK_INT(fill_run(run, &half, 0, seed), half.rows);
	newest = tick_run_newest_partition(run);
	CHECK_INT(newest, model->row[half.rows - 1].partition);
	CHECK_INT(tick_run_sort(run, NULL, &error), TICK_OK);
	for (uint32_t p = 0; p < tick_run_partitions(run); p++)
	{
		tick_run_partition(run, p, &partition, &rows);
		if (partition == newest)
		{
			tick_run_keep(run, p);
			break;
		}
	}
	CHECK_INT(partition, newest);
	CHECK_INT(tick_run_rows(run), rows);
	CHECK_INT(fill_run(run, model, half.rows, seed), model->rows - half.rows);

	expected.schema.column = expected.column;
	expected.row = malloc(model->rows * sizeof(Row));
	expected.rows = 0;
	for (uint32_t r = 0; r < model->rows; r++)
		if (r >= half.rows || model->row[r].partition == newest)
			expected.row[expected.rows++] = model->row[r];
	model_sort(&expected, true);
	CHECK_INT(tick_run_sort(run, NULL, &error), TICK_OK);
	for (uint32_t p = 0; p < tick_run_partitions(run); p++)
		check_partition(run, p, &expected, &at);
	CHECK_INT(at, expected.rows);
	model_free(&expected);
	tick_run_free(run);
}

static void
test_keep(void)
{
	uint64_t	seed = 9;

	for (int round = 0; round < 60; round++)
	{
		Model		model;

		model_random_schema(&model, &seed);
		model_random_rows(&model, &seed, 2 + (uint32_t) (unit_random(&seed) % 3000), 1 + (uint32_t) (unit_random(&seed) % 50),
						  1 + (int) (unit_random(&seed) % 5), round % 2 == 0);
		for (uint32_t r = 0; r < model.rows; r++)
			model.row[r].arrival = r;
		check_kept(&model, &seed);
		model_free(&model);
	}
}

/* What a partition of the run at hand left aside. */
typedef struct Bundle
{
	int32_t		partition;
	uint64_t	rows;
	TickRunLayout *layout;
	TickBuffer	bytes;
} Bundle;

/* Set all rows of the run aside, and empty it; one layout for all its bundles. */
static TickRunLayout *
set_aside(TickRun *run, Bundle *bundle, uint32_t *bundles)
{
	TickRunLayout *layout;
	TickError	error = {0};

	CHECK_INT(tick_run_group(run, NULL, &error), TICK_OK);
	CHECK_INT(tick_run_layout(run, &layout, &error), TICK_OK);
	for (uint32_t p = 0; p < tick_run_partitions(run); p++)
	{
		Bundle	   *to = &bundle[(*bundles)++];

		tick_run_partition(run, p, &to->partition, &to->rows);
		to->layout = layout;
		tick_buffer_init(&to->bytes, &tick_memory_malloc);
		CHECK_INT(tick_run_copy_rows(run, p, image_sink(&to->bytes), &error), TICK_OK);
		CHECK_INT(to->bytes.length, to->rows * tick_run_layout_stride(layout));
	}
	tick_run_empty(run);
	CHECK_INT(tick_run_rows(run), 0);
	return layout;
}

/* Bring the bundles of the partitions from low to high back, in pieces. */
static void
take_back(TickRun *run, const Bundle *bundle, uint32_t bundles, int32_t low, int32_t high, uint64_t *seed)
{
	TickError	error = {0};

	for (uint32_t b = 0; b < bundles; b++)
	{
		size_t		stride = tick_run_layout_stride(bundle[b].layout);
		uint64_t	done = 0;

		if (bundle[b].partition < low || bundle[b].partition > high)
			continue;
		CHECK(tick_run_free_rows(run, bundle[b].layout) >= bundle[b].rows);
		while (done < bundle[b].rows)
		{
			uint64_t	step = 1 + unit_random(seed) % 3000;

			step = step < bundle[b].rows - done ? step : bundle[b].rows - done;
			CHECK_INT(tick_run_take_rows(run, bundle[b].layout, bundle[b].partition, bundle[b].bytes.data + done * stride,
										 (uint32_t) step, &error), TICK_OK);
			done += step;
		}
	}
}

/* Rows that were set aside in parts come back as they were, a few partitions at a time. */
static void
check_aside(Model *model, uint64_t *seed)
{
	enum {PARTS = 3, MOST = PARTS * 100};
	TickRun    *run;
	TickError	error = {0};
	TickRunLayout *layout[PARTS];
	Bundle		bundle[MOST];
	uint32_t	bundles = 0;
	uint32_t	at = 0;

	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model->schema, 64 << 20, &error), TICK_OK);
	for (uint32_t part = 0; part < PARTS; part++)
	{
		Model		some = *model;

		some.schema.column = some.column;
		some.rows = model->rows * (part + 1) / PARTS;
		fill_run(run, &some, model->rows * part / PARTS, seed);
		layout[part] = set_aside(run, bundle, &bundles);
	}
	model_sort(model, true);
	while (at < model->rows)
	{
		int32_t		low = model->row[at].partition;

		take_back(run, bundle, bundles, low, low + (int32_t) (unit_random(seed) % 3), seed);
		CHECK_INT(tick_run_sort(run, NULL, &error), TICK_OK);
		for (uint32_t p = 0; p < tick_run_partitions(run); p++)
			check_partition(run, p, model, &at);
		tick_run_empty(run);
	}
	CHECK_INT(at, model->rows);
	for (uint32_t b = 0; b < bundles; b++)
		tick_buffer_free(&bundle[b].bytes);
	for (int part = 0; part < PARTS; part++)
		tick_run_layout_free(layout[part]);
	tick_run_free(run);
}

static void
test_aside(void)
{
	uint64_t	seed = 10;

	for (int round = 0; round < 60; round++)
	{
		Model		model;

		model_random_schema(&model, &seed);
		model_random_rows(&model, &seed, 3 + (uint32_t) (unit_random(&seed) % 4000), 1 + (uint32_t) (unit_random(&seed) % 50),
						  1 + (int) (unit_random(&seed) % 50), round % 2 == 0);
		for (uint32_t r = 0; r < model.rows; r++)
			model.row[r].arrival = r;
		check_aside(&model, &seed);
		model_free(&model);
	}
}

static void
test_random(void)
{
	uint64_t	seed = 1;

	for (int round = 0; round < 150; round++)
	{
		Model		model;
		uint32_t	rows = 1 + (uint32_t) (unit_random(&seed) % (round % 10 == 0 ? 20000 : 2000));
		uint32_t	symbols = 1 + (uint32_t) (unit_random(&seed) % (round % 3 == 0 ? 3000 : 10));
		int			partitions = round % 4 == 0 ? 1 + (int) (unit_random(&seed) % 100) : 1;

		model_random_schema(&model, &seed);
		model_random_rows(&model, &seed, rows, symbols, partitions, round % 2 == 0);
		if (round % 5 == 0)
			model_sort(&model, true);
		for (uint32_t r = 0; r < model.rows; r++)
			model.row[r].arrival = r;
		check_model(&model, 0, &seed);
		model_free(&model);
	}
	CHECK(interruptions > 100);
}

/* A run holds what its capacity says, and goes on after a reset. */
static void
test_capacity(void)
{
	uint64_t	seed = 2;
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	TickRun    *run;
	uint32_t	taken;

	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_NONE);
	model_random_rows(&model, &seed, 60000, 500, 3, true);
	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model.schema, 1 << 20, NULL), TICK_OK);
	taken = fill_run(run, &model, 0, &seed);
	/* 35 bytes a row and the pools, which grow after rows were promised */
	CHECK(taken > 5000 && taken < 30000);
	CHECK(tick_run_memory(run) > 900000 && tick_run_memory(run) < 1500000);
	CHECK(tick_run_symbols(run) > 400);
	tick_run_reset(run);
	CHECK(tick_run_symbols(run) > 400);
	CHECK_INT(fill_run(run, &model, 0, &seed) > 0, 1);
	tick_run_free(run);
	check_model(&model, 1 << 20, &seed);
	model_free(&model);
}

/* A symbol with more rows, in no order, than are sorted at a time. */
static void
test_large_symbol(void)
{
	uint64_t	seed = 3;
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};

	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(&model, TICK_INT, 0, TICK_ROLE_NONE);
	/* of a megabyte 4096 rows are */
	model_random_rows(&model, &seed, 30000, 1, 1, true);
	check_model(&model, 1 << 20, &seed);
	model_free(&model);
}

/* A batch of rows like each other, in arrays of the test's own. */
static void
fill_batch(const TickRunRoom *batch, int columns, int64_t value)
{
	for (uint32_t r = 0; r < batch->rows; r++)
		batch->partition[r] = 0;
	for (int i = 0; i < columns; i++)
		for (uint32_t r = 0; r < batch->rows; r++)
		{
			batch->column[i].present[r] = 1;
			batch->column[i].i64[r] = value + (value != 0 ? r : 0);
		}
}

/* Wide values after many narrow ones make every row wide: there is no room for them. */
static void
test_widening(void)
{
	enum {COLUMNS = 10, ROWS = 100};
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	int32_t		partition[ROWS];
	int64_t		value[COLUMNS][ROWS];
	uint8_t		present[COLUMNS][ROWS];
	TickRunColumn column[COLUMNS] = {0};
	TickRunRoom batch = {ROWS, partition, column};
	TickRun    *run;
	uint64_t	narrow = 0;

	for (int i = 0; i < COLUMNS; i++)
	{
		model_add_column(&model, TICK_INT, 0, TICK_ROLE_NONE);
		column[i] = (TickRunColumn) {.i64 = value[i],.present = present[i]};
	}
	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model.schema, 1 << 20, NULL), TICK_OK);
	fill_batch(&batch, COLUMNS, 0);
	for (; narrow < 60000; narrow += ROWS)
	{
		CHECK(tick_run_has_room(run, &batch));
		CHECK_INT(tick_run_append(run, &batch, NULL), TICK_OK);
	}
	fill_batch(&batch, COLUMNS, INT64_MAX - ROWS);
	CHECK(!tick_run_has_room(run, &batch));
	fill_batch(&batch, COLUMNS, 0);
	CHECK(tick_run_has_room(run, &batch));
	CHECK(tick_run_memory(run) <= 1 << 20);
	tick_run_reset(run);
	fill_batch(&batch, COLUMNS, INT64_MAX - ROWS);
	CHECK(tick_run_has_room(run, &batch));
	tick_run_free(run);
}

/* Row groups of long texts stay small, also where they come as codes. */
static void
test_long_texts(void)
{
	enum {TEXTS = 2000, LENGTH = 20000};
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	char	   *text = malloc(LENGTH);
	TickSegmentOptions options = {0};
	TickSegmentSummary summary;
	TickSegmentWriter *writer;
	TickBuffer	image;
	TickRun    *run;
	TickRunRoom room;

	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_NONE);
	tick_buffer_init(&image, &tick_memory_malloc);
	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model.schema, 64 << 20, NULL), TICK_OK);
	memset(text, 'x', LENGTH);
	for (int i = 0; i < TEXTS; i++)
	{
		text[0] = (char) ('a' + i % 26);
		text[1] = (char) ('a' + i / 26 % 26);
		text[2] = (char) ('a' + i / 676);
		CHECK_INT(tick_run_reserve(run, 1, &room, NULL), TICK_OK);
		CHECK_INT(room.rows, 1);
		room.partition[0] = 0;
		room.column[0].present[0] = 1;
		CHECK_INT(tick_run_intern(run, 0, text, LENGTH, &room.column[0].codes[0], NULL), TICK_OK);
		tick_run_commit(run, 1);
	}
	CHECK_INT(tick_run_sort(run, NULL, NULL), TICK_OK);
	CHECK_INT(tick_segment_writer_create(&writer, &tick_memory_malloc, &model.schema, &options, image_sink(&image), NULL), TICK_OK);
	CHECK_INT(tick_run_write(run, &tick_memory_malloc, 0, NULL, NULL, writer, NULL, NULL), TICK_OK);
	CHECK_INT(tick_segment_writer_finish(writer, &summary, NULL), TICK_OK);
	/* 1024 texts at a time, of which 16 MB is passed by the first */
	CHECK_INT(summary.row_groups, 2);
	tick_segment_writer_free(writer);
	tick_buffer_free(&image);
	tick_run_free(run);
	free(text);
}

/* However many symbols there are, some memory is left for rows. */
static void
test_many_symbols(void)
{
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	TickRun    *run;
	TickRunRoom room;
	uint32_t	code;
	uint32_t	taken = 0;

	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model.schema, 1 << 20, NULL), TICK_OK);
	for (int i = 0; i < 50000; i++)
	{
		char		name[16];
		int			length = snprintf(name, sizeof(name), "S%d", i);

		CHECK_INT(tick_run_intern(run, 0, name, (uint32_t) length, &code, NULL), TICK_OK);
	}
	CHECK(tick_run_memory(run) > 1 << 20);
	while (taken < 100000 && tick_run_reserve(run, 1000, &room, NULL) == TICK_OK && room.rows > 0)
	{
		for (uint32_t r = 0; r < room.rows; r++)
		{
			room.partition[r] = 0;
			room.column[0].present[r] = 1;
			room.column[0].codes[r] = (taken + r) % 50000;
		}
		tick_run_commit(run, room.rows);
		taken += room.rows;
	}
	CHECK(taken > 20000 && taken < 40000);
	tick_run_free(run);
}

/* Codes are given in order of arrival; equal strings share one, whatever their length. */
static void
test_intern(void)
{
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	TickRun    *run;
	TickError	error;
	uint32_t	code;
	char		text[600];
	uint64_t	seed = 3;
	int			wrong = 0;

	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_NONE);
	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model.schema, 1 << 20, NULL), TICK_OK);
	/* strings that share prefixes, some with zero bytes at the end */
	for (uint32_t n = 0; n <= 300; n++)
	{
		memset(text, n % 2 == 0 ? 'a' : 0, sizeof(text));
		wrong += tick_run_intern(run, 1, text, n, &code, &error) != TICK_OK || code != n;
	}
	for (int k = 0; k < 3000; k++)
	{
		uint32_t	n = (uint32_t) (unit_random(&seed) % 301);

		memset(text, n % 2 == 0 ? 'a' : 0, sizeof(text));
		wrong += tick_run_intern(run, 1, text, n, &code, &error) != TICK_OK || code != n;
	}
	CHECK_INT(wrong, 0);
	memset(text, 'x', sizeof(text));
	CHECK_INT(tick_run_intern(run, 0, text, TICK_MAX_SYMBOL_BYTES, &code, &error), TICK_OK);
	CHECK_INT(tick_run_intern(run, 0, text, TICK_MAX_SYMBOL_BYTES + 1, &code, &error), TICK_OUT_OF_RANGE);
	CHECK_INT(tick_run_symbols(run), 1);
	CHECK_INT(tick_run_symbol(run, 0).length, TICK_MAX_SYMBOL_BYTES);
	tick_run_free(run);
}

static void
test_refusals(void)
{
	uint64_t	seed = 4;
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	TickRun    *run;
	TickRunRoom room;
	TickError	error;

	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_random_rows(&model, &seed, 10, 1, 1, true);
	model.row[4].value[0].null = true;
	model.row[4].value[0].i64 = 0;
	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model.schema, 0, NULL), TICK_OK);
	CHECK_INT(fill_run(run, &model, 0, &seed), 10);
	CHECK_INT(tick_run_sort(run, NULL, &error), TICK_BAD_INPUT);
	CHECK_TEXT(error.message, "null in column \"field0\", which orders the rows");
	CHECK_INT(tick_run_reserve(run, 1, &room, &error), TICK_BAD_INPUT);
	tick_run_reset(run);
	CHECK_INT(tick_run_sort(run, NULL, &error), TICK_OK);
	CHECK_INT(tick_run_partitions(run), 0);
	tick_run_free(run);
	model_free(&model);
}

int
main(void)
{
	RUN(test_random);
	RUN(test_keep);
	RUN(test_aside);
	RUN(test_capacity);
	RUN(test_large_symbol);
	RUN(test_widening);
	RUN(test_many_symbols);
	RUN(test_long_texts);
	RUN(test_intern);
	RUN(test_refusals);
	return unit_report("run");
}
