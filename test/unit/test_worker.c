/*-------------------------------------------------------------------------
 *
 * test_worker.c
 *	  Jobs in a thread: done in order, waited for, ended; and a writer that
 *	  encodes in one gives the bytes that it gives without.
 *
 *-------------------------------------------------------------------------
 */
#include "core/worker.h"

#include "core/segment.h"
#include "unit.h"

#define ROWS 200000

static void
add_one(void *job)
{
	(*(int *) job)++;
}

static void
test_jobs(void)
{
	TickWorker *worker;
	TickError	error;
	int			count = 0;

	CHECK(tick_worker_create(&worker, &error) == TICK_OK);
	tick_worker_wait(worker);
	for (int i = 0; i < 1000; i++)
	{
		tick_worker_start(worker, add_one, &count);
		tick_worker_wait(worker);
		CHECK_INT(count, i + 1);
	}
	tick_worker_start(worker, add_one, &count);
	/* ending waits for the job at hand */
	tick_worker_free(worker);
	CHECK_INT(count, 1001);
	tick_worker_free(NULL);
}

static TickStatus
append(void *context, const void *bytes, size_t length, TickError *error)
{
	return tick_buffer_append(context, bytes, length, error);
}

/* Three row groups and a rest: a time, a price with nulls and a text. */
static void
write_image(bool threaded, bool finish, TickBuffer *image)
{
	static int64_t time[ROWS];
	static double price[ROWS];
	static TickString text[ROWS];
	static uint64_t present[ROWS / 64 + 1];
	TickColumn	column[3] = {
		{.id = 1,.type = TICK_STAMP,.role = TICK_ROLE_TIME,.field = "ts"},
		{.id = 2,.type = TICK_DOUBLE,.role = TICK_ROLE_PRICE,.field = "price"},
		{.id = 3,.type = TICK_TEXT,.field = "cond"}
	};
	TickSchema	schema = {3, column, -1, 0};
	TickSegmentOptions options = {.threaded = threaded};
	TickVector	vector[3] = {
		{.type = TICK_STAMP,.rows = ROWS,.i64 = time},
		{.type = TICK_DOUBLE,.rows = ROWS,.f64 = price,.validity = present},
		{.type = TICK_TEXT,.rows = ROWS,.text = text}
	};
	TickSegmentWriter *writer;
	TickSegmentSummary summary;
	TickError	error;
	uint64_t	seed = 7;
	static const char *const words[] = {"", "@", "@ F I", "T"};

	for (int i = 0; i < ROWS; i++)
	{
		const char *word = words[unit_random(&seed) % 4];

		time[i] = (int64_t) i * 1000000 + (int64_t) (unit_random(&seed) % 1000000);
		price[i] = (double) (unit_random(&seed) % 100000) / 100;
		text[i] = (TickString) {word, (uint32_t) strlen(word)};
		if (unit_random(&seed) % 10 > 0)
			tick_bit_set(present, (size_t) i);
		else
		{
			tick_bit_clear(present, (size_t) i);
			price[i] = 0;
		}
	}
	CHECK(tick_segment_writer_create(&writer, &tick_memory_malloc, &schema, &options,
									 (TickSink) {append, image}, &error) == TICK_OK);
	for (uint32_t first = 0; first < ROWS; first += 10000)
		CHECK(tick_segment_writer_append(writer, vector, first, 10000, &error) == TICK_OK);
	if (finish)
	{
		CHECK(tick_segment_writer_finish(writer, &summary, &error) == TICK_OK);
		CHECK_INT(summary.rows, ROWS);
		CHECK_INT(summary.row_groups, 4);
		CHECK_INT(summary.bytes, image->length);
	}
	tick_segment_writer_free(writer);
}

static void
test_same_bytes(void)
{
	TickBuffer	alone;
	TickBuffer	threaded;

	tick_buffer_init(&alone, &tick_memory_malloc);
	tick_buffer_init(&threaded, &tick_memory_malloc);
	write_image(false, true, &alone);
	write_image(true, true, &threaded);
	CHECK_INT(threaded.length, alone.length);
	CHECK(alone.length == threaded.length && memcmp(alone.data, threaded.data, alone.length) == 0);
	tick_buffer_free(&alone);
	tick_buffer_free(&threaded);
}

/* A writer that is freed early joins its thread. */
static void
test_freed_early(void)
{
	TickBuffer	image;

	tick_buffer_init(&image, &tick_memory_malloc);
	write_image(true, false, &image);
	CHECK(image.length > 0);
	tick_buffer_free(&image);
}

/* A sink that fails while a row group is being encoded. */
static TickStatus
fail(void *context, const void *bytes, size_t length, TickError *error)
{
	int		   *left = context;

	return (*left)-- > 0 ? TICK_OK : tick_error_set(error, TICK_IO, "no room");
}

static void
test_failing_sink(void)
{
	static int64_t time[ROWS];
	TickColumn	column = {.id = 1,.type = TICK_STAMP,.role = TICK_ROLE_TIME,.field = "ts"};
	TickSchema	schema = {1, &column, -1, 0};
	TickSegmentOptions options = {.threaded = true};
	TickVector	vector = {.type = TICK_STAMP,.rows = ROWS,.i64 = time};
	TickSegmentWriter *writer;
	TickSegmentSummary summary;
	TickError	error;

	for (int i = 0; i < ROWS; i++)
		time[i] = i;
	for (int writes = 1; writes < 9; writes++)
	{
		int			left = writes;
		TickStatus	status = tick_segment_writer_create(&writer, &tick_memory_malloc, &schema, &options,
														(TickSink) {fail, &left}, &error);

		CHECK(status == TICK_OK);
		status = tick_segment_writer_append(writer, &vector, 0, ROWS, &error);
		if (status == TICK_OK)
			status = tick_segment_writer_finish(writer, &summary, &error);
		CHECK_INT(status, TICK_IO);
		CHECK_TEXT(error.message, "no room");
		tick_segment_writer_free(writer);
	}
}

int
main(void)
{
	RUN(test_jobs);
	RUN(test_same_bytes);
	RUN(test_freed_early);
	RUN(test_failing_sink);
	return unit_report("worker");
}
