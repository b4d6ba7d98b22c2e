/*-------------------------------------------------------------------------
 *
 * test_segment_job.c
 *	  Images made by jobs are those that a writer makes, with and without threads.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_job.h"

#include "segment_fixture.h"

#define JOBS 3

static const TickSegmentOptions options = {.row_group_rows = 2048};

/* Rows first .. end - 1 of the model, sorted. */
static TickRun *
make_run(const Model *model, uint32_t first, uint32_t end)
{
	TickRun    *run;
	TickError	error;

	CHECK_INT(tick_run_create(&run, &tick_memory_malloc, &model->schema, 64 << 20, &error), TICK_OK);
	for (uint32_t at = first; at < end; at++)
	{
		const Row  *row = &model->row[at];
		TickRunRoom room;

		CHECK_INT(tick_run_reserve(run, 1, &room, &error), TICK_OK);
		room.partition[0] = row->partition;
		for (int i = 0; i < model->schema.columns; i++)
		{
			const Value *value = &row->value[i];
			TickRunColumn *column = &room.column[i];

			column->present[0] = !value->null;
			if (model->column[i].type == TICK_DOUBLE)
				column->f64[0] = value->f64;
			else if (model->column[i].type != TICK_TEXT)
				column->i64[0] = value->i64;
			else if (value->null)
				column->codes[0] = 0;
			else
				CHECK_INT(tick_run_intern(run, i, value->text, value->length, &column->codes[0], &error), TICK_OK);
		}
		tick_run_commit(run, 1);
	}
	CHECK_INT(tick_run_sort(run, NULL, &error), TICK_OK);
	return run;
}

/* The image of a partition, by a writer of the caller's own. */
static void
plain_image(TickRun *run, const Model *model, uint32_t index, TickBuffer *image)
{
	TickSegmentWriter *writer;
	TickSegmentSummary summary;
	TickError	error;

	tick_buffer_init(image, &tick_memory_malloc);
	CHECK_INT(tick_segment_writer_create(&writer, &tick_memory_malloc, &model->schema, &options, image_sink(image), &error),
			  TICK_OK);
	CHECK_INT(tick_run_write(run, &tick_memory_malloc, index, NULL, NULL, writer, NULL, &error), TICK_OK);
	CHECK_INT(tick_segment_writer_finish(writer, &summary, &error), TICK_OK);
	tick_segment_writer_free(writer);
}

static void
check_image(TickSegmentJob *job, const TickBuffer *expected)
{
	const uint8_t *image;
	size_t		length;
	TickError	error = {0};

	CHECK_INT(tick_segment_job_wait(job, &image, &length, &error), TICK_OK);
	CHECK(length == expected->length && memcmp(image, expected->data, length) == 0);
}

/* All partitions of a run, several at a time. */
static void
check_writes(const Model *model, bool threaded)
{
	TickRun    *run = make_run(model, 0, model->rows);
	uint32_t	partitions = tick_run_partitions(run);
	TickSegmentJob *job[JOBS];
	TickBuffer	expected[JOBS];
	TickError	error;

	for (int i = 0; i < JOBS; i++)
		CHECK_INT(tick_segment_job_create(&job[i], &model->schema, threaded, &error), TICK_OK);
	for (uint32_t first = 0; first < partitions; first += JOBS)
	{
		for (uint32_t p = first; p < first + JOBS && p < partitions; p++)
			tick_segment_job_write(job[p - first], run, p, &options, NULL, NULL);
		for (uint32_t p = first; p < first + JOBS && p < partitions; p++)
		{
			plain_image(run, model, p, &expected[p - first]);
			check_image(job[p - first], &expected[p - first]);
			tick_buffer_free(&expected[p - first]);
		}
	}
	for (int i = 0; i < JOBS; i++)
		tick_segment_job_free(job[i]);
	tick_run_free(run);
}

/* Two runs' images of a partition, merged, hold the rows of one run of all. */
static void
check_merge(const Model *model, bool threaded)
{
	TickRun    *half[2] = {make_run(model, 0, model->rows / 2), make_run(model, model->rows / 2, model->rows)};
	TickRun    *whole = make_run(model, 0, model->rows);
	TickSegmentJob *job;
	TickBuffer	expected;
	TickError	error;

	CHECK_INT(tick_segment_job_create(&job, &model->schema, threaded, &error), TICK_OK);
	for (int i = 0; i < 2; i++)
	{
		TickBuffer	image;
		uint8_t    *input;

		CHECK_INT(tick_run_partitions(half[i]), 1);
		plain_image(half[i], model, 0, &image);
		input = tick_segment_job_input(job, image.length);
		memcpy(input, image.data, image.length);
		tick_buffer_free(&image);
	}
	tick_segment_job_merge(job, NULL, &options, NULL, NULL);
	plain_image(whole, model, 0, &expected);
	check_image(job, &expected);

	/* an image that is none is an error, and the job can be used again */
	memset(tick_segment_job_input(job, 100), 7, 100);
	tick_segment_job_merge(job, NULL, &options, NULL, NULL);
	{
		const uint8_t *image;
		size_t		length;

		CHECK_INT(tick_segment_job_wait(job, &image, &length, &error), TICK_CORRUPT);
	}
	tick_segment_job_write(job, whole, 0, &options, NULL, NULL);
	check_image(job, &expected);
	tick_buffer_free(&expected);
	tick_segment_job_free(job);
	tick_run_free(half[0]);
	tick_run_free(half[1]);
	tick_run_free(whole);
}

/* A TickSymbolCode that knows all names but one. */
static uint32_t
all_but_one(void *context, TickString name)
{
	const TickString *unknown = context;

	return tick_string_compare(name, *unknown) == 0 ? TICK_NO_CODE : 7;
}

/* A name without code is an error wherever codes are asked for, not a code. */
static void
test_no_code(void)
{
	uint64_t	seed = 4;
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	TickString	unknown = {"SYM1", 4};
	TickError	error = {0};
	TickBuffer	image;
	TickBuffer	copy;
	TickRun    *run;
	TickSegmentJob *job;
	uint8_t		uuid[TICK_UUID_BYTES] = {1};

	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_random_rows(&model, &seed, 500, 5, 1, true);
	run = make_run(&model, 0, model.rows);
	CHECK_INT(tick_segment_job_create(&job, &model.schema, true, &error), TICK_OK);
	for (int round = 0; round < 2; round++)
	{
		const uint8_t *bytes;
		size_t		length;

		if (round == 0)
			tick_segment_job_write(job, run, 0, &options, all_but_one, &unknown);
		else
		{
			plain_image(run, &model, 0, &image);
			memcpy(tick_segment_job_input(job, image.length), image.data, image.length);
			tick_segment_job_merge(job, NULL, &options, all_but_one, &unknown);
		}
		CHECK_INT(tick_segment_job_wait(job, &bytes, &length, &error), TICK_BAD_INPUT);
		CHECK_TEXT(error.message, "symbol \"SYM1\" has no code");
	}
	tick_buffer_init(&copy, &tick_memory_malloc);
	CHECK_INT(tick_segment_copy(&tick_memory_malloc, image_source(&image), uuid, all_but_one, &unknown, image_sink(&copy), &error),
			  TICK_BAD_INPUT);
	unknown = (TickString) {"NONE", 4};
	copy.length = 0;
	CHECK_INT(tick_segment_copy(&tick_memory_malloc, image_source(&image), uuid, all_but_one, &unknown, image_sink(&copy), &error),
			  TICK_OK);
	CHECK_INT(copy.length, image.length);
	tick_buffer_free(&copy);
	tick_buffer_free(&image);
	tick_segment_job_free(job);
	tick_run_free(run);
	model_free(&model);
}

static void
test_jobs(void)
{
	uint64_t	seed = 21;

	for (int round = 0; round < 12; round++)
	{
		Model		model;

		model_random_schema(&model, &seed);
		model_random_rows(&model, &seed, 6000, 40, round % 2 == 0 ? 9 : 1, true);
		check_writes(&model, round % 3 > 0);
		if (round % 2 == 1)
			check_merge(&model, round % 3 > 0);
		model_free(&model);
	}
}

int
main(void)
{
	RUN(test_jobs);
	RUN(test_no_code);
	return unit_report("segment_job");
}
