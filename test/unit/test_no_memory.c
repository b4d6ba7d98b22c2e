/*-------------------------------------------------------------------------
 *
 * test_no_memory.c
 *	  Journeys through the core with one allocation more before the first
 *	  that fails, until none does.
 *
 * Here malloc's own allocator is the one that fails, which the threads and
 * the engines of aggregates and files use whatever their owner passes; what
 * takes an allocator is in test_segment_faults.c too.  A failure comes back
 * as TICK_NOMEM or is made good for, and nothing stays allocated, which the
 * sanitizer looks at.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

/* Allocations until one fails, and all after it; negative: none does. */
static long allocations_left = -1;
static int	allocation_failed;

static void *
scarce_realloc(void *pointer, size_t size)
{
	if (__atomic_load_n(&allocations_left, __ATOMIC_SEQ_CST) >= 0 &&
		__atomic_fetch_sub(&allocations_left, 1, __ATOMIC_SEQ_CST) <= 0)
	{
		__atomic_store_n(&allocations_left, 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&allocation_failed, 1, __ATOMIC_SEQ_CST);
		return NULL;
	}
	return realloc(pointer, size);
}

/* in the place of the core's own */
#define realloc scarce_realloc
#include "core/memory.c"
#undef realloc

#include <zlib.h>

#include "core/aggregate_run.h"
#include "core/asof_window.h"
#include "core/columns.h"
#include "core/guess.h"
#include "core/gunzip.h"
#include "core/intake.h"
#include "core/segment_job.h"

#include "asof_fixture.h"

typedef TickStatus (*Journey) (TickError *error);

/* Returns how many allocations the journey makes. */
static long
scarce(const char *name, Journey journey)
{
	for (long allocations = 0;; allocations++)
	{
		TickError	error = {0};
		TickStatus	status;

		allocation_failed = 0;
		allocations_left = allocations;
		status = journey(&error);
		allocations_left = -1;
		if (!allocation_failed)
		{
			CHECK_INT(status, TICK_OK);
			return allocations;
		}
		if (status != TICK_OK && status != TICK_NOMEM)
		{
			fprintf(stderr, "%s, allocation %ld: status %d, %s\n", name, allocations, status, error.message);
			CHECK(status == TICK_NOMEM);
			return 0;
		}
		if (status == TICK_NOMEM)
			CHECK(error.message[0] != '\0');
	}
}

/* ---- joins ---- */

static Right right;
static TickColumn wanted[5];

static TickStatus
join_rows(TickAsof *asof, TickMerge *merge, const TickAsofOptions *options, TickError *error)
{
	static const int64_t time[4] = {5, 100, 200, 400};
	TickAsofRow row = {0};
	TickStatus	status = tick_asof_row_init(&row, &tick_memory_malloc, options->wanted_columns, error);

	tick_asof_begin(asof, merge, right.reader, right.inputs, INT64_MIN);
	for (int i = 0; i < 3 && status == TICK_OK; i++)
	{
		static const char *const names[] = {"0", "A_LONG_NAME_OF_2", "SYM1"};
		TickString	name = {names[i], (uint32_t) strlen(names[i])};

		row.found = i == 1;
		status = tick_asof_symbol(asof, &name, &row, error);
		if (status == TICK_OK)
			status = tick_asof_match(asof, time, 0, 4, NULL, error);
		for (int c = 0; c < options->wanted_columns && status == TICK_OK; c++)
			status = tick_asof_row_set(&row, &tick_memory_malloc, c, tick_asof_column(asof, c), 3, error);
	}
	tick_asof_row_free(&row, &tick_memory_malloc, options->wanted, options->wanted_columns);
	return status;
}

static TickStatus
journey_asof(TickError *error)
{
	TickAsofOptions options = {.wanted = wanted, .wanted_columns = 4, .time = 4, .tolerance = INT64_MAX, .fill_previous = true};
	TickMergeOptions merged = {.wanted = wanted, .wanted_columns = 5, .time = 4, .time_low = INT64_MIN, .time_high = INT64_MAX};
	TickAsof   *asof = NULL;
	TickMerge  *merge = NULL;
	TickStatus	status = tick_asof_create(&asof, &tick_memory_malloc, &options, error);

	if (status == TICK_OK)
		status = tick_merge_create(&merge, &tick_memory_malloc, right.reader, right.inputs, &merged, error);
	if (status == TICK_OK)
		status = join_rows(asof, merge, &options, error);
	if (merge != NULL)
		tick_merge_free(merge);
	if (asof != NULL)
		tick_asof_free(asof);
	return status;
}

/* The last rows before a time, looked for backward. */
static TickStatus
journey_prior(TickError *error)
{
	TickAsofOptions options = {.wanted = wanted, .wanted_columns = 4, .time = 4, .tolerance = INT64_MAX};
	TickFilterValue symbol[2] = {{.text = {"0", 1}}, {.text = {"SYM1", 4}}};
	TickMergeOptions merged = {.wanted = wanted, .wanted_columns = 5, .time = 4, .time_low = INT64_MIN, .time_high = 300,
	.descending = true, .symbols = symbol, .symbol_count = 2};
	TickAsofPrior prior[2] = {{.name = symbol[0].text}, {.name = symbol[1].text}};
	TickMerge  *merge = NULL;
	TickStatus	status = TICK_OK;

	for (int i = 0; i < 2 && status == TICK_OK; i++)
		status = tick_asof_row_init(&prior[i].row, &tick_memory_malloc, 4, error);
	if (status == TICK_OK)
		status = tick_merge_create(&merge, &tick_memory_malloc, right.reader, right.inputs, &merged, error);
	if (status == TICK_OK)
		status = tick_asof_find_prior(merge, &options, 300, prior, 2, &tick_memory_malloc, error);
	if (status == TICK_OK)
		status = tick_asof_row_complete(&prior[0].row, &prior[1].row, &tick_memory_malloc, wanted, 4, error);
	if (status == TICK_OK)
		status = tick_asof_row_copy(&prior[1].row, &prior[0].row, &tick_memory_malloc, wanted, 4, error);
	if (merge != NULL)
		tick_merge_free(merge);
	for (int i = 0; i < 2; i++)
		tick_asof_row_free(&prior[i].row, &tick_memory_malloc, wanted, 4);
	return status;
}

static TickStatus
journey_window(TickError *error)
{
	static const int64_t time[3] = {5, 100, 400};
	TickColumn	fixed[3] = {wanted[0], wanted[1], wanted[4]};
	TickWindowAggregate aggregate[2] = {{.kind = TICK_WINDOW_MIN, .column = 0, .type = wanted[0].type},
	{.kind = TICK_WINDOW_AVG, .column = 1, .type = TICK_DOUBLE}};
	TickWindowOptions options = {.wanted = fixed, .wanted_columns = 3, .time = 2, .before = 50, .after = 5, .prevailing = true,
	.aggregate = aggregate, .aggregates = 2};
	TickMergeOptions merged = {.wanted = fixed, .wanted_columns = 3, .time = 2, .time_low = INT64_MIN, .time_high = INT64_MAX};
	TickWindow *window = NULL;
	TickMerge  *merge = NULL;
	TickString	name = {"0", 1};
	TickStatus	status = tick_window_create(&window, &tick_memory_malloc, &options, error);

	if (status == TICK_OK)
		status = tick_merge_create(&merge, &tick_memory_malloc, right.reader, right.inputs, &merged, error);
	if (status == TICK_OK)
	{
		tick_window_begin(window, merge, INT64_MIN);
		status = tick_window_symbol(window, &name, NULL, error);
	}
	if (status == TICK_OK)
		status = tick_window_match(window, time, 0, 3, NULL, error);
	if (merge != NULL)
		tick_merge_free(merge);
	tick_window_free(window);
	return status;
}

static void
test_joins(void)
{
	uint64_t	seed = 9;

	make_right(&right, &seed, 3000, 4, true);
	for (int c = 0; c < 4; c++)
		wanted[c] = right.all.column[right.all.schema.time + 1 + c];
	wanted[4] = right.all.column[right.all.schema.time];
	CHECK(scarce("as-of join", journey_asof) > 20);
	CHECK(scarce("prior rows", journey_prior) > 20);
	CHECK(scarce("window join", journey_window) > 20);
	free_right(&right);
}

/* ---- aggregates ---- */

static Model model;
static TickSegmentReader *reader;
static int	threads;
static bool fed;
static TickExpression expressions[3];
static TickAccumulator accumulators[4];
static TickAggregatePlan plan;
static Vectors vectors;

static TickStatus
give_vector(void *context, int column, const TickVector **vector, TickError *error)
{
	*vector = &vectors.vector[column];
	return TICK_OK;
}

static TickStatus
feed(TickAggregateTable *table, TickError *error)
{
	TickAggregateCounters counters = {0};
	TickAggregateJob *job;
	TickStatus	status = TICK_OK;

	TICK_TRY(tick_aggregate_job_create(&job, &plan, error));
	for (uint32_t first = 0; first + 1000 < model.rows && status == TICK_OK; first += 1000)
	{
		TickAggregateBatch batch = {.column = give_vector, .first = first, .span = 1000};

		status = tick_aggregate_job_feed(job, &batch, error);
	}
	if (status == TICK_OK)
		status = tick_aggregate_fold(table, job, &counters, error);
	tick_aggregate_job_free(job);
	return status;
}

static TickStatus
run(TickAggregateTable *table, TickError *error)
{
	static const TickSegmentRange range[2] = {{0, 2000}, {2100, 6000}};
	TickAggregateSegment *segment = NULL;
	TickAggregateRun *job = NULL;
	TickStatus	status = tick_aggregate_segment_create(&segment, &tick_memory_malloc, &plan, reader, NULL, 0, error);

	if (status == TICK_OK)
		status = tick_aggregate_run_create(&job, &plan, table, threads, error);
	for (uint32_t g = 0; g < tick_segment_row_groups(reader) && status == TICK_OK; g++)
		status = tick_aggregate_run_add(job, segment, g, range, 2, error);
	if (status == TICK_OK)
		status = tick_aggregate_run_finish(job, error);
	if (job != NULL)
		tick_aggregate_run_free(job);
	tick_aggregate_segment_free(segment);
	return status;
}

static TickStatus
journey_aggregate(TickError *error)
{
	TickAggregateTable *table;
	TickStatus	status;

	TICK_TRY(tick_aggregate_table_create(&table, &tick_memory_malloc, &plan, error));
	status = fed ? feed(table, error) : run(table, error);
	if (status == TICK_OK)
	{
		tick_aggregate_table_part(table, 1, 2);
		status = tick_aggregate_table_shrink(table, error);
		if (status == TICK_OK)
			status = tick_aggregate_table_pack(table, error);
	}
	tick_aggregate_table_free(table);
	return status;
}

static void
make_plan(void)
{
	static TickFilterValue value = {.i64 = 3};
	static TickFilter few = {.kind = TICK_FILTER_COMPARE, .column = 2, .type = TICK_INT, .compare = TICK_GT, .values = 1, .value = &value};

	expressions[0] = (TickExpression) {1, {{.kind = TICK_TERM_COLUMN, .type = TICK_DOUBLE, .column = 3}}};
	expressions[1] = (TickExpression) {1, {{.kind = TICK_TERM_COLUMN, .type = TICK_INT, .column = 2}}};
	expressions[2] = (TickExpression) {3, {expressions[0].term[0], {.kind = TICK_TERM_CONSTANT, .type = TICK_DOUBLE, .f64 = 0.5},
	{.kind = TICK_TERM_MULTIPLY, .type = TICK_DOUBLE, .left = 0, .right = 1}}};
	accumulators[0] = (TickAccumulator) {.kind = TICK_SUM, .expression = 2, .also = -1};
	accumulators[1] = (TickAccumulator) {.kind = TICK_MOMENTS, .expression = 2, .also = 1};
	accumulators[2] = (TickAccumulator) {.kind = TICK_SUM, .expression = 1, .also = -1, .filter = &few};
	accumulators[3] = (TickAccumulator) {.kind = TICK_LAST, .expression = 0, .also = -1, .time = 1};
	plan = (TickAggregatePlan) {.columns = 6, .column = model.column, .expressions = 3, .expression = expressions,
		.accumulators = 4, .accumulator = accumulators, .keys = 3, .time = 1,
		.key = {{.kind = TICK_KEY_SYMBOL, .column = 0}, {.kind = TICK_KEY_TEXT, .column = 4}, {.kind = TICK_KEY_TEXT, .column = 5}}};
	plan.key[2].kind = TICK_KEY_VALUE;
	plan.key[2].column = 2;
	tick_aggregate_plan_finish(&plan);
}

static void
test_aggregates(void)
{
	uint64_t	seed = 13;
	TickBuffer	image;
	TickSegmentOptions options = {.row_group_rows = 2048};
	TickSegmentSummary summary;

	model = (Model) {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(&model, TICK_INT, 0, TICK_ROLE_NONE);
	model_add_column(&model, TICK_DOUBLE, 0, TICK_ROLE_NONE);
	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_NONE);
	model_add_column(&model, TICK_DECIMAL, 2, TICK_ROLE_NONE);
	model_random_rows(&model, &seed, 6000, 6, 1, false);
	for (uint32_t r = 0; r < model.rows; r++)
	{
		Value	   *value = model.row[r].value;

		value[2] = (Value) {.null = r % 7 == 0, .i64 = r % 7 == 0 ? 0 : r % 11};
		value[3] = (Value) {.null = r % 13 == 0, .f64 = r % 13 == 0 ? 0 : r / 3.0};
		/* some texts are many, so that there is no dictionary of them */
		value[4] = (Value) {0};
		snprintf(value[4].text, sizeof(value[4].text), "%u", r % 1500);
		value[4].length = (uint32_t) strlen(value[4].text);
	}
	model_sort(&model, false);
	CHECK_INT(model_write(&model, &options, &seed, &image, &summary, NULL), TICK_OK);
	CHECK_INT(tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(&image), NULL, NULL), TICK_OK);
	vectors_of_model(&vectors, &model);
	make_plan();
	for (threads = 1; threads <= 3; threads += 2)
		CHECK(scarce("aggregate", journey_aggregate) > 40);
	fed = true;
	CHECK(scarce("aggregate of batches", journey_aggregate) > 40);
	vectors_free(&vectors, &model);
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
	model_free(&model);
}

/* ---- files ---- */

static char text[60000];
static uint8_t packed[60000];
static size_t packed_length;
static size_t packed_at;
static bool in_thread;

static void
make_text(void)
{
	z_stream	stream = {0};
	size_t		at = (size_t) sprintf(text, "ts,sym,price,note\n");

	for (int i = 0; at < sizeof(text) - 100; i++)
		at += (size_t) sprintf(text + at, "2021-01-04 10:%02d:%02d.%03d,S%d,%d.%02d,%s%d\n", i / 60 % 60, i % 60, i % 1000, i % 9, i % 300, i % 100,
							   i % 5 == 0 ? "\"quoted, \"\"text\"\"\"," : "plain ", i);
	CHECK_INT(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (Bytef *) text;
	stream.avail_in = (uInt) at;
	stream.next_out = packed;
	stream.avail_out = sizeof(packed);
	CHECK_INT(deflate(&stream, Z_FINISH), Z_STREAM_END);
	packed_length = stream.total_out;
	deflateEnd(&stream);
}

static TickStatus
read_packed(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	*length = packed_length - packed_at < 5000 ? packed_length - packed_at : 5000;
	*length = *length < capacity ? *length : capacity;
	memcpy(bytes, packed + packed_at, *length);
	packed_at += *length;
	return TICK_OK;
}

static TickStatus
read_plain(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	return tick_gunzip_read(context, bytes, capacity, length, error);
}

static const TickColumn file_column[4] = {
	{1, TICK_STAMP, 0, TICK_ROLE_TIME, .field = "ts"}, {2, TICK_TEXT, 0, TICK_ROLE_SYMBOL, .field = "sym"},
	{3, TICK_DECIMAL, 2, TICK_ROLE_PRICE, .field = "price"}, {4, TICK_TEXT, 0, TICK_ROLE_NONE, .field = "note"}
};
static const TickSchema file_schema = {4, (TickColumn *) file_column, 1, 0};
static TickParseColumn parse_column[4];

static TickStatus
take_rows(TickIntake *intake, TickError *error)
{
	TickRun    *rows;
	TickRowBlock block;
	TickStatus	status = tick_run_create(&rows, &tick_memory_malloc, &file_schema, 0, error);

	if (status != TICK_OK)
		return status;
	while ((status = tick_intake_next(intake, &block, error)) == TICK_OK)
	{
		status = tick_intake_translate(intake, rows, &block, error);
		if (status != TICK_OK)
			break;
	}
	if (status == TICK_END)
		status = tick_run_sort(rows, NULL, error);
	tick_run_free(rows);
	return status;
}

static TickStatus
journey_intake(TickError *error)
{
	TickParsePlan parse = {.fields = 4, .schema = &file_schema, .columns = 4, .column = parse_column, .null_as = {"", 0},
	.verify_utf8 = true, .load_id = -1, .partition_column = -1, .day_column = -1, .day_target = -1};
	TickIntakeOptions options = {.csv = {.delimiter = ',', .quote = '"', .max_line = 1 << 20, .max_fields = 4},
	.plan = &parse, .header = true, .threaded = in_thread, .pool_bytes = 20000, .read = tick_readahead_read};
	TickGunzip *gunzip;
	TickReadahead *ahead = NULL;
	TickIntake *intake = NULL;
	TickStatus	status;

	packed_at = 0;
	TICK_TRY(tick_gunzip_create(&gunzip, &tick_memory_malloc, read_packed, NULL, error));
	status = tick_readahead_create(&ahead, read_plain, gunzip, NULL, error);
	options.context = ahead;
	if (status == TICK_OK)
		status = tick_intake_create(&intake, &options, error);
	if (status == TICK_OK)
		status = take_rows(intake, error);
	if (intake != NULL)
		tick_intake_free(intake);
	if (ahead != NULL)
		tick_readahead_free(ahead);
	tick_gunzip_free(gunzip);
	return status;
}

static TickStatus
journey_guess(TickError *error)
{
	TickGuessOptions options = {0};
	TickGuess	guess;

	TICK_TRY(tick_guess(text, strlen(text), true, &options, &tick_memory_malloc, &guess, error));
	CHECK_INT(guess.columns, 4);
	tick_guess_free(&guess, &tick_memory_malloc);
	return TICK_OK;
}

static TickStatus
journey_languages(TickError *error)
{
	TickColumnList list;
	TickPathPattern *path;

	TICK_TRY(tick_columns_parse("ts = \"Date\" + \"Time\" format 'YYYY-MM-DD HH24:MI:SS', -, sym = {symbol} upper, price numeric(12,4) /100 null 'x', ...",
								&tick_memory_malloc, &list, error));
	tick_columns_free(&list, &tick_memory_malloc);
	TICK_TRY(tick_path_parse("{symbol}/**/*_{date:YYYYMMDD}_trade.csv.gz", &tick_memory_malloc, &path, error));
	tick_path_free(path);
	return TICK_OK;
}

static void
test_files(void)
{
	for (int i = 0; i < 4; i++)
	{
		TickParseColumn *column = &parse_column[i];

		column->target = i;
		column->type = file_column[i].type;
		column->scale = file_column[i].scale;
		column->is_symbol = i == 1;
		column->sources = 1;
		column->source[0].field = i;
		column->low = -1000000;
		column->high = 1000000;
	}
	CHECK_INT(tick_time_format_parse((TickString) {"iso", 3}, &parse_column[0].source[0].format, NULL), TICK_OK);
	make_text();
	for (int i = 0; i < 2; i++)
	{
		in_thread = i > 0;
		CHECK(scarce("rows of a file", journey_intake) > 30);
	}
	CHECK(scarce("guess", journey_guess) > 3);
	CHECK(scarce("columns and path", journey_languages) > 3);
}

/* ---- segments made by jobs ---- */

static TickStatus
fill_run(TickRun *rows, TickError *error)
{
	for (int r = 0; r < 600; r++)
	{
		TickRunRoom room;
		char		name[8];

		TICK_TRY(tick_run_reserve(rows, 1, &room, error));
		snprintf(name, sizeof(name), "S%d", r % 7);
		room.partition[0] = r % 3;
		room.column[0].i64[0] = (600 - r) * 1000;
		TICK_TRY(tick_run_intern(rows, 1, name, (uint32_t) strlen(name), &room.column[1].codes[0], error));
		room.column[2].i64[0] = r * 17;
		TICK_TRY(tick_run_intern(rows, 3, name, 1, &room.column[3].codes[0], error));
		for (int c = 0; c < 4; c++)
			room.column[c].present[0] = 1;
		tick_run_commit(rows, 1);
	}
	return tick_run_sort(rows, NULL, error);
}

static TickStatus
journey_jobs(TickError *error)
{
	static const TickSegmentOptions options = {.row_group_rows = 1024};
	TickSegmentJob *job = NULL;
	TickRun    *rows = NULL;
	const uint8_t *image;
	size_t		length;
	TickBuffer	kept;
	TickStatus	status = tick_run_create(&rows, &tick_memory_malloc, &file_schema, 0, error);

	tick_buffer_init(&kept, &tick_memory_malloc);
	if (status == TICK_OK)
		status = fill_run(rows, error);
	if (status == TICK_OK)
		status = tick_segment_job_create(&job, &file_schema, in_thread, error);
	if (status == TICK_OK)
	{
		tick_segment_job_write(job, rows, 0, &options, NULL, NULL);
		status = tick_segment_job_wait(job, &image, &length, error);
	}
	if (status == TICK_OK)
		status = tick_buffer_append(&kept, image, length, error);
	for (int i = 0; i < 2 && status == TICK_OK; i++)
	{
		uint8_t    *input = tick_segment_job_input(job, kept.length);

		if (input == NULL)
			status = tick_error_set(error, TICK_NOMEM, "out of memory");
		else
			memcpy(input, kept.data, kept.length);
	}
	if (status == TICK_OK)
	{
		tick_segment_job_merge(job, NULL, &options, NULL, NULL);
		status = tick_segment_job_wait(job, &image, &length, error);
	}
	tick_segment_job_free(job);
	tick_run_free(rows);
	tick_buffer_free(&kept);
	return status;
}

static void
test_jobs(void)
{
	for (int i = 0; i < 2; i++)
	{
		in_thread = i > 0;
		CHECK(scarce("small segments", journey_jobs) > 50);
	}
}

/* ---- sizes that do not fit ---- */

static void
test_sizes(void)
{
	TickBuffer	buffer;
	TickError	error;

	tick_buffer_init(&buffer, &tick_memory_malloc);
	CHECK_INT(tick_buffer_append(&buffer, "x", 1, &error), TICK_OK);
	CHECK_INT(tick_buffer_reserve(&buffer, SIZE_MAX, &error), TICK_NOMEM);
	CHECK(tick_alloc_array(&tick_memory_malloc, SIZE_MAX / 2, 3) == NULL);
	CHECK_INT(buffer.length, 1);
	tick_buffer_free(&buffer);
}

int
main(void)
{
	RUN(test_joins);
	RUN(test_aggregates);
	RUN(test_files);
	RUN(test_jobs);
	RUN(test_sizes);
	return unit_report("no_memory");
}
