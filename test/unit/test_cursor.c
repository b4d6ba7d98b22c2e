/*-------------------------------------------------------------------------
 *
 * test_cursor.c
 *	  Cursors (projection, widening, pruning) and merges against plain rows.
 *
 *-------------------------------------------------------------------------
 */
#include "core/cursor.h"

#include "segment_fixture.h"

#define INPUTS 6

static TickSegmentReader *
open_image(TickBuffer *image)
{
	TickSegmentReader *reader;
	TickError	error = {0};

	CHECK_INT(tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(image), NULL, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	return reader;
}

static void
write_model(const Model *model, uint32_t row_group_rows, uint64_t *seed, TickBuffer *image)
{
	TickSegmentOptions options = {.row_group_rows = row_group_rows};
	TickSegmentSummary summary;
	TickError	error = {0};

	CHECK_INT(model_write(model, &options, seed, image, &summary, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
}

/* Any range, forward and backward, gives the rows of the range. */
static void
test_ranges(void)
{
	uint64_t	seed = 1;

	for (int round = 0; round < 60; round++)
	{
		Model		model;
		TickBuffer	image;
		TickSegmentReader *reader;
		TickCursor *cursor;
		TickError	error;

		model_random_schema(&model, &seed);
		model_random_rows(&model, &seed, 1 + (uint32_t) (unit_random(&seed) % 6000), 30, 1, true);
		model_sort(&model, false);
		write_model(&model, round % 3 == 0 ? 0 : 100 + (uint32_t) (unit_random(&seed) % 3000), &seed, &image);
		reader = open_image(&image);
		CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, model.column, model.schema.columns, &error), TICK_OK);
		for (int k = 0; k < 20; k++)
		{
			uint64_t	first = unit_random(&seed) % model.rows;
			uint64_t	end = first + unit_random(&seed) % (model.rows - first + 1);

			CHECK_INT(cursor_mismatches(cursor, &model, first, end, (uint32_t) first), 0);
			if (k == 10)
				tick_cursor_release(cursor);
		}
		/* backward, checking one column */
		{
			uint64_t	expected = model.rows;
			uint64_t	row;
			uint32_t	rows;
			const TickVector *vector;
			int			wrong = 0;

			tick_cursor_seek(cursor, 0, UINT64_MAX);
			while (tick_cursor_previous(cursor, &row, &rows, &error) == TICK_OK)
			{
				CHECK_INT(row + rows, expected);
				expected = row;
				CHECK_INT(tick_cursor_column(cursor, model.schema.columns - 1, &vector, &error), TICK_OK);
				for (uint32_t r = 0; r < rows; r++)
					wrong += !vector_holds(vector, r, &model.row[row + r].value[model.schema.columns - 1]);
			}
			CHECK_INT(expected, 0);
			CHECK_INT(wrong, 0);
		}
		tick_cursor_free(cursor);
		tick_segment_reader_close(reader);
		tick_buffer_free(&image);
		model_free(&model);
	}
}

/* Columns found by id, missing ones null, narrow ones widened, others refused. */
static void
test_projection(void)
{
	uint64_t	seed = 2;
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	TickBuffer	image;
	TickSegmentReader *reader;
	TickCursor *cursor;
	TickError	error = {0};
	TickColumn	wanted[5];
	const TickVector *vector;
	TickCursorCounters counters;
	uint64_t	row;
	uint32_t	rows;

	model_add_column(&model, TICK_INT, 0, TICK_ROLE_SIZE);
	model_add_column(&model, TICK_DECIMAL, 2, TICK_ROLE_PRICE);
	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_NONE);
	model_random_rows(&model, &seed, 3000, 1, 1, true);
	for (uint32_t r = 0; r < model.rows; r++)
	{
		model.row[r].value[0] = (Value) {.null = r % 5 == 0, .i64 = r % 5 == 0 ? 0 : (int64_t) r - 50};
		model.row[r].value[1] = (Value) {.i64 = 100 * (int64_t) r + 1};
	}
	write_model(&model, 0, &seed, &image);
	reader = open_image(&image);

	wanted[0] = model.column[1];
	wanted[0].scale = 6;
	wanted[1] = model.column[0];
	wanted[1].type = TICK_DECIMAL;
	wanted[1].scale = 3;
	wanted[2] = model.column[2];
	wanted[2].id = 999;
	wanted[3] = model.column[0];
	wanted[3].id = 998;
	wanted[4] = model.column[0];
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, wanted, 5, &error), TICK_OK);
	CHECK_INT(tick_cursor_column(cursor, 0, &vector, &error), TICK_END);
	tick_cursor_seek(cursor, 70, 2500);
	CHECK_INT(tick_cursor_next(cursor, &row, &rows, &error), TICK_OK);
	CHECK_INT(row, 70);
	CHECK_INT(rows, 954);
	CHECK_INT(tick_cursor_column(cursor, 0, &vector, &error), TICK_OK);
	CHECK(vector->type == TICK_DECIMAL && vector->scale == 6 && vector->validity == NULL);
	CHECK_INT(vector->i64[3], 73010000);
	CHECK_INT(tick_cursor_column(cursor, 1, &vector, &error), TICK_OK);
	CHECK_INT(vector->i64[3], 23000);
	CHECK(!tick_vector_present(vector, 0) && tick_vector_present(vector, 1) && !tick_vector_present(vector, 950));
	CHECK_INT(tick_cursor_column(cursor, 2, &vector, &error), TICK_OK);
	CHECK(!tick_vector_present(vector, 953) && vector->text[953].length == 0 && vector->codes == NULL);
	CHECK_INT(tick_cursor_column(cursor, 3, &vector, &error), TICK_OK);
	CHECK(!tick_vector_present(vector, 0) && vector->i64[953] == 0);
	tick_cursor_counters(cursor, &counters);
	CHECK_INT(counters.chunks, 2);
	CHECK_INT(counters.batches, 2);
	CHECK_INT(counters.row_groups, 1);
	/* another range of the same batch decodes nothing again */
	tick_cursor_seek(cursor, 900, 910);
	CHECK_INT(tick_cursor_next(cursor, &row, &rows, &error), TICK_OK);
	CHECK_INT(tick_cursor_column(cursor, 0, &vector, &error), TICK_OK);
	CHECK_INT(vector->i64[0], 900010000);
	tick_cursor_counters(cursor, &counters);
	CHECK_INT(counters.batches, 2);
	CHECK_INT(tick_cursor_next(cursor, &row, &rows, &error), TICK_END);
	tick_cursor_free(cursor);

	wanted[0].scale = 18;
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, wanted, 1, &error), TICK_OK);
	CHECK_INT(tick_cursor_next(cursor, &row, &rows, &error), TICK_OK);
	CHECK_INT(tick_cursor_column(cursor, 0, &vector, &error), TICK_OUT_OF_RANGE);
	CHECK_TEXT(error.message, "a value of column \"field1\" does not fit numeric with scale 18");
	tick_cursor_free(cursor);

	wanted[0].scale = 1;
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, wanted, 1, &error), TICK_UNSUPPORTED);
	CHECK_TEXT(error.message, "column \"field1\" is stored as numeric and cannot be read as numeric");
	wanted[0] = model.column[2];
	wanted[0].type = TICK_INT;
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, wanted, 1, &error), TICK_UNSUPPORTED);
	CHECK_TEXT(error.message, "column \"field2\" is stored as text and cannot be read as bigint");
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
	model_free(&model);
}

/* Row groups that cannot match are passed over, also for widened and missing columns. */
static void
test_prune(void)
{
	uint64_t	seed = 3;
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	TickBuffer	image;
	TickSegmentReader *reader;
	TickCursor *cursor;
	TickError	error;
	TickColumn	wanted[2];
	TickFilterValue value = {.i64 = 45000};
	TickFilter	filter = {.kind = TICK_FILTER_COMPARE, .column = 0, .type = TICK_DECIMAL, .compare = TICK_EQ, .values = 1, .value = &value};
	TickCursorCounters counters;
	uint64_t	row;
	uint32_t	rows;

	model_add_column(&model, TICK_INT, 0, TICK_ROLE_NONE);
	model_random_rows(&model, &seed, 1000, 1, 1, true);
	for (uint32_t r = 0; r < model.rows; r++)
		model.row[r].value[0] = (Value) {.i64 = r};
	write_model(&model, 100, &seed, &image);
	reader = open_image(&image);
	CHECK_INT(tick_segment_row_groups(reader), 10);
	wanted[0] = model.column[0];
	wanted[0].type = TICK_DECIMAL;
	wanted[0].scale = 2;
	wanted[1] = model.column[0];
	wanted[1].id = 77;
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, wanted, 2, &error), TICK_OK);
	tick_cursor_prune(cursor, &filter);
	CHECK_INT(tick_cursor_next(cursor, &row, &rows, &error), TICK_OK);
	CHECK_INT(row, 400);
	CHECK_INT(rows, 100);
	CHECK_INT(tick_cursor_next(cursor, &row, &rows, &error), TICK_END);
	tick_cursor_counters(cursor, &counters);
	CHECK_INT(counters.row_groups_pruned, 9);
	tick_cursor_seek(cursor, 250, 450);
	CHECK_INT(tick_cursor_previous(cursor, &row, &rows, &error), TICK_OK);
	CHECK_INT(row, 400);
	CHECK_INT(rows, 50);
	CHECK_INT(tick_cursor_previous(cursor, &row, &rows, &error), TICK_END);
	filter.column = 1;
	filter.type = TICK_INT;
	tick_cursor_prune(cursor, &filter);
	tick_cursor_seek(cursor, 0, 1000);
	CHECK_INT(tick_cursor_next(cursor, &row, &rows, &error), TICK_END);
	tick_cursor_free(cursor);
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
	model_free(&model);
}

/* ---- merges ---- */

typedef struct Merged
{
	Model		all;			/* rows of all inputs in order */
	int			inputs;
	TickBuffer	image[INPUTS];
	TickSegmentReader *reader[INPUTS];
} Merged;

/* Some inputs over one schema; times overlap or not. */
static void
make_merged(Merged *merged, uint64_t *seed, int round)
{
	Model	   *all = &merged->all;
	uint32_t	capacity = 0;
	int			overlap = round % 3;

	model_random_schema(all, seed);
	all->row = NULL;
	all->rows = 0;
	merged->inputs = 1 + (int) (unit_random(seed) % INPUTS);
	for (int i = 0; i < merged->inputs; i++)
	{
		Model		one = *all;
		uint32_t	rows = 1 + (uint32_t) (unit_random(seed) % (round % 8 == 0 ? 9000 : 700));
		uint32_t	symbols = 1 + (uint32_t) (unit_random(seed) % (round % 2 == 0 ? 4 : 200));

		one.schema.column = one.column;
		model_random_rows(&one, seed, rows, symbols, 1, true);
		for (uint32_t r = 0; r < rows; r++)
		{
			one.row[r].input = i;
			if (one.schema.time >= 0 && overlap == 1)
				one.row[r].value[one.schema.time].i64 += (merged->inputs - i) * (int64_t) rows / 3;
			else if (one.schema.time >= 0 && overlap == 2)
				one.row[r].value[one.schema.time].i64 += (merged->inputs - i) * INT64_C(100000);
		}
		model_sort(&one, false);
		write_model(&one, 200 + (uint32_t) (unit_random(seed) % 3000), seed, &merged->image[i]);
		merged->reader[i] = open_image(&merged->image[i]);
		all->row = realloc(all->row, (capacity + rows) * sizeof(Row));
		memcpy(all->row + capacity, one.row, rows * sizeof(Row));
		capacity += rows;
		model_free(&one);
	}
	all->rows = capacity;
	/* without a time, rows of a symbol stay as they lie in each input */
	if (all->schema.time < 0)
		for (uint32_t r = 0; r < all->rows; r++)
			all->row[r].arrival = r;
	model_sort(all, false);
}

static void
free_merged(Merged *merged)
{
	for (int i = 0; i < merged->inputs; i++)
	{
		tick_segment_reader_close(merged->reader[i]);
		tick_buffer_free(&merged->image[i]);
	}
	model_free(&merged->all);
}

/* May the row be left out by the merge's options?  (Then it is not compared when absent.) */
static bool
row_wanted(const Merged *merged, const Row *row, const TickMergeOptions *options)
{
	int			symbol = merged->all.schema.symbol;

	if (options->symbols == NULL)
		return true;
	if (symbol < 0 || row->value[symbol].null)
		return options->null_symbol;
	for (int i = 0; i < options->symbol_count; i++)
		if (tick_string_compare(options->symbols[i].text, value_string(&row->value[symbol])) == 0)
			return true;
	return false;
}

static bool
row_in_bounds(const Merged *merged, const Row *row, const TickMergeOptions *options)
{
	int64_t		time;

	if (options->time < 0)
		return true;
	time = row->value[options->time].i64;
	return time >= options->time_low && time <= options->time_high;
}

/* Does the slice's row r hold this model row? */
static bool
slice_holds(const TickSlice *slice, uint32_t r, const Merged *merged, const Row *row)
{
	int			symbol = merged->all.schema.symbol;

	if (slice->input != row->input)
		return false;
	if (symbol >= 0 && (slice->symbol.is_null != row->value[symbol].null ||
						tick_string_compare(slice->symbol.name, value_string(&row->value[symbol])) != 0))
		return false;
	for (int i = 0; i < merged->all.schema.columns; i++)
	{
		const TickVector *vector;

		if (tick_cursor_column(slice->cursor, i, &vector, NULL) != TICK_OK || r >= vector->rows ||
			!vector_holds(vector, r, &row->value[i]))
			return false;
	}
	return true;
}

/* Walk the merge beside the model; rows out of the bounds may be missing. */
static void
check_merge(Merged *merged, TickMergeOptions *options, TickCursorCounters *counters)
{
	TickMerge  *merge;
	TickSlice	slice;
	TickError	error = {0};
	TickStatus	status;
	int64_t		at = options->descending ? (int64_t) merged->all.rows - 1 : 0;
	int64_t		step = options->descending ? -1 : 1;
	int			wrong = 0;

	CHECK_INT(tick_merge_create(&merge, &tick_memory_malloc, merged->reader, merged->inputs, options, &error), TICK_OK);
	while ((status = tick_merge_next(merge, &slice, &error)) == TICK_OK && wrong == 0)
		for (uint32_t k = 0; k < slice.rows && wrong == 0; k++)
		{
			uint32_t	r = options->descending ? slice.first + slice.rows - 1 - k : slice.first + k;

			while (at >= 0 && at < merged->all.rows &&
				   (!row_wanted(merged, &merged->all.row[at], options) ||
					(!row_in_bounds(merged, &merged->all.row[at], options) &&
					 !slice_holds(&slice, r, merged, &merged->all.row[at]))))
				at += step;
			wrong += at < 0 || at >= merged->all.rows || !slice_holds(&slice, r, merged, &merged->all.row[at]);
			at += step;
		}
	for (; at >= 0 && at < merged->all.rows && wrong == 0; at += step)
		wrong += row_wanted(merged, &merged->all.row[at], options) && row_in_bounds(merged, &merged->all.row[at], options);
	CHECK_INT(status, TICK_END);
	CHECK_TEXT(error.message, "");
	CHECK_INT(wrong, 0);
	tick_merge_counters(merge, counters);
	tick_merge_free(merge);
}

static int
compare_values(const void *a, const void *b)
{
	return tick_string_compare(((const TickFilterValue *) a)->text, ((const TickFilterValue *) b)->text);
}

static void
test_merge(void)
{
	uint64_t	seed = 4;

	for (int round = 0; round < 240; round++)
	{
		Merged		merged;
		TickMergeOptions options = {.time_low = INT64_MIN, .time_high = INT64_MAX};
		TickFilterValue symbols[8];
		TickCursorCounters counters;

		make_merged(&merged, &seed, round);
		options.wanted = merged.all.column;
		options.wanted_columns = merged.all.schema.columns;
		options.time = merged.all.schema.time;
		options.descending = round % 2 == 1;
		if (round % 5 == 0)
		{
			options.symbols = symbols;
			options.null_symbol = round % 10 == 0;
			options.symbol_count = (int) (unit_random(&seed) % 8);
			for (int i = 0; i < options.symbol_count; i++)
			{
				const Row  *row = &merged.all.row[unit_random(&seed) % merged.all.rows];

				symbols[i].text = merged.all.schema.symbol >= 0 && i % 3 < 2 ?
					value_string(&row->value[merged.all.schema.symbol]) : (TickString) {"SYM1", 4};
			}
			qsort(symbols, (size_t) options.symbol_count, sizeof(TickFilterValue), compare_values);
		}
		if (round % 3 == 0 && options.time >= 0)
		{
			options.time_low = merged.all.row[unit_random(&seed) % merged.all.rows].value[options.time].i64;
			options.time_high = options.time_low + (int64_t) (unit_random(&seed) % 3000);
		}
		check_merge(&merged, &options, &counters);
		free_merged(&merged);
	}
}

/* Inputs one after the other in time pass without a look at their times. */
static void
test_merge_lazy(void)
{
	uint64_t	seed = 5;
	Merged		merged = {.inputs = 3};
	Model	   *model = &merged.all;
	TickMergeOptions options = {.time = 1, .wanted_columns = 2};
	TickMerge  *merge;
	TickSlice	slice;
	TickError	error;
	TickCursorCounters counters;
	uint32_t	slices = 0;
	TickFilterValue name = {.text = {"0", 1}};

	model->schema = (TickSchema) {.column = model->column, .symbol = -1, .time = -1};
	model_add_column(model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(model, TICK_STAMP, 0, TICK_ROLE_TIME);
	for (int i = 0; i < 3; i++)
	{
		model_random_rows(model, &seed, 10000, 1, 1, false);
		for (uint32_t r = 0; r < model->rows; r++)
		{
			value_set_text(&model->row[r].value[0], "0");
			model->row[r].value[0].null = false;
			model->row[r].value[1].i64 = r + (2 - i) * 10000;
		}
		write_model(model, 4096, &seed, &merged.image[i]);
		merged.reader[i] = open_image(&merged.image[i]);
		model_free(model);
	}
	options.wanted = model->column;
	options.time_low = INT64_MIN;
	options.time_high = INT64_MAX;
	CHECK_INT(tick_merge_create(&merge, &tick_memory_malloc, merged.reader, 3, &options, &error), TICK_OK);
	while (tick_merge_next(merge, &slice, &error) == TICK_OK)
	{
		CHECK_INT(slice.input, 2 - slices / 10);
		slices++;
	}
	CHECK_INT(slices, 30);
	tick_merge_counters(merge, &counters);
	CHECK_INT(counters.chunks, 0);
	tick_merge_free(merge);

	/* a narrow window of a long symbol is found without reading all of it */
	options.time_low = 14000;
	options.time_high = 14010;
	options.symbols = &name;
	options.symbol_count = 1;
	CHECK_INT(tick_merge_create(&merge, &tick_memory_malloc, merged.reader, 3, &options, &error), TICK_OK);
	CHECK_INT(tick_merge_next(merge, &slice, &error), TICK_OK);
	CHECK_INT(slice.rows, 11);
	CHECK_INT(slice.input, 1);
	CHECK_INT(tick_merge_next(merge, &slice, &error), TICK_END);
	tick_merge_counters(merge, &counters);
	CHECK(counters.batches < 12);
	tick_merge_free(merge);
	model->row = NULL;
	free_merged(&merged);
}

static uint32_t
code_of_name(void *context, TickString name)
{
	return 7 + name.length;
}

static int	interruptions;

static void
count_interruption(void)
{
	interruptions++;
}

/* What a merge writes is a segment of the sorted rows but the removed. */
static void
test_merge_write(void)
{
	uint64_t	seed = 6;

	for (int round = 0; round < 60; round++)
	{
		Merged		merged;
		Model		kept;
		TickMergeOptions options = {.time_low = INT64_MIN, .time_high = INT64_MAX};
		TickSegmentOptions segment_options = {.row_group_rows = 1000};
		TickFilter	filter = {.kind = TICK_FILTER_IS_NULL};
		TickMerge  *merge;
		TickSegmentWriter *writer;
		TickSegmentSummary summary;
		TickBuffer	image;
		TickError	error = {0};
		uint64_t	removed;
		uint32_t	n = 0;

		make_merged(&merged, &seed, round);
		kept = merged.all;
		kept.schema.column = kept.column;
		kept.row = malloc(kept.rows * sizeof(Row));
		filter.column = (int) (unit_random(&seed) % (unsigned) kept.schema.columns);
		filter.type = kept.column[filter.column].type;
		for (uint32_t r = 0; r < kept.rows; r++)
			if (round % 2 == 0 || !merged.all.row[r].value[filter.column].null)
				kept.row[n++] = merged.all.row[r];
		kept.rows = n;
		options.wanted = merged.all.column;
		options.wanted_columns = merged.all.schema.columns;
		options.time = merged.all.schema.time;
		tick_buffer_init(&image, &tick_memory_malloc);
		CHECK_INT(tick_merge_create(&merge, &tick_memory_malloc, merged.reader, merged.inputs, &options, &error), TICK_OK);
		CHECK_INT(tick_segment_writer_create(&writer, &tick_memory_malloc, &merged.all.schema, &segment_options,
											 image_sink(&image), &error), TICK_OK);
		CHECK_INT(tick_merge_write(merge, round % 2 == 0 ? NULL : &filter, code_of_name, NULL, writer, &removed,
								   count_interruption, &error), TICK_OK);
		CHECK_TEXT(error.message, "");
		CHECK_INT(removed, merged.all.rows - n);
		if (n == 0)
			CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_BAD_INPUT);
		else
		{
			TickSegmentReader *reader;
			TickCursor *cursor;

			CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_OK);
			CHECK_INT(summary.rows, n);
			reader = open_image(&image);
			CHECK_INT(tick_segment_verify(reader, &tick_memory_malloc, TICK_VERIFY_FULL, NULL, &error), TICK_OK);
			CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, kept.column, kept.schema.columns, &error), TICK_OK);
			CHECK_INT(cursor_mismatches(cursor, &kept, 0, n, 0), 0);
			tick_cursor_free(cursor);
			tick_segment_reader_close(reader);
		}
		tick_segment_writer_free(writer);
		tick_merge_free(merge);
		tick_buffer_free(&image);
		model_free(&kept);
		free_merged(&merged);
	}
	CHECK(interruptions > 5);
}

int
main(void)
{
	RUN(test_ranges);
	RUN(test_projection);
	RUN(test_prune);
	RUN(test_merge);
	RUN(test_merge_lazy);
	RUN(test_merge_write);
	return unit_report("cursor");
}
