/*-------------------------------------------------------------------------
 *
 * test_segment_faults.c
 *	  No memory, no writing, no reading: at each call in turn.
 *
 * One journey goes through runs, segments, copies, cursors, merges and
 * verification.  It is made again and again, each time with one call more
 * before the first that fails, until none does.  Every failure must come back
 * as its status, and leave nothing allocated (the sanitizer looks).
 *
 *-------------------------------------------------------------------------
 */
#include "core/run.h"

#include "segment_fixture.h"

/* Calls left until one fails; negative: none does. */
static int64_t memory_left;
static int64_t sink_left;
static int64_t source_left;

static bool
fails(int64_t *left)
{
	return *left >= 0 && (*left)-- == 0;
}

static void *
faulty_resize(void *context, void *pointer, size_t size)
{
	return fails(&memory_left) ? NULL : realloc(pointer, size);
}

static void
faulty_release(void *context, void *pointer)
{
	free(pointer);
}

static const TickMemory faulty_memory = {faulty_resize, faulty_release, NULL};

static TickStatus
faulty_append(void *context, const void *bytes, size_t length, TickError *error)
{
	if (fails(&sink_left))
		return tick_error_set(error, TICK_IO, "no space left");
	return image_append(context, bytes, length, error);
}

static TickStatus
faulty_read(void *context, uint64_t offset, void *bytes, size_t length, TickError *error)
{
	if (fails(&source_left))
		return tick_error_set(error, TICK_IO, "cannot read");
	return image_read(context, offset, bytes, length, error);
}

static uint32_t
code_of_name(void *context, TickString name)
{
	return 1;
}

/* Rows out of order, with two texts and nulls, in two partitions. */
static TickStatus
fill(TickRun *run, TickError *error)
{
	char		name[32];

	for (int r = 0; r < 3000;)
	{
		TickRunRoom room;

		/* 3000 rows, 600 at a time */
		TICK_TRY(tick_run_reserve(run, 600, &room, error));
		for (uint32_t k = 0; k < room.rows; k++, r++)
		{
			room.partition[k] = r % 2;
			snprintf(name, sizeof(name), "S%d", r * 7 % 100);
			TICK_TRY(tick_run_intern(run, 0, name, (uint32_t) strlen(name), &room.column[0].codes[k], error));
			snprintf(name, sizeof(name), "text %d", r);
			TICK_TRY(tick_run_intern(run, 3, name, (uint32_t) strlen(name), &room.column[3].codes[k], error));
			room.column[1].i64[k] = r * 31 % 1000;
			room.column[2].f64[k] = r % 5 == 0 ? 0 : r / 100.0;
			for (int i = 0; i < 4; i++)
				room.column[i].present[k] = i != 2 || r % 5 != 0;
		}
		tick_run_commit(run, room.rows);
	}
	return TICK_OK;
}

static TickStatus
write_run(const TickSchema *schema, TickRun *run, uint32_t index, TickBuffer *image, TickError *error)
{
	TickSegmentOptions options = {.row_group_rows = 1200};
	TickSegmentWriter *writer;
	TickSegmentSummary summary;
	TickStatus	status;

	TICK_TRY(tick_segment_writer_create(&writer, &faulty_memory, schema, &options, (TickSink) {faulty_append, image}, error));
	status = tick_run_write(run, &tick_memory_malloc, index, NULL, NULL, writer, NULL, error);
	if (status == TICK_OK)
		status = tick_segment_writer_finish(writer, &summary, error);
	tick_segment_writer_free(writer);
	return status;
}

static TickStatus
load(const TickSchema *schema, TickBuffer image[2], TickError *error)
{
	TickRun    *run;
	TickStatus	status;

	TICK_TRY(tick_run_create(&run, &faulty_memory, schema, 0, error));
	status = fill(run, error);
	if (status == TICK_OK)
		status = tick_run_sort(run, NULL, error);
	for (uint32_t p = 0; p < 2 && status == TICK_OK; p++)
		status = write_run(schema, run, p, &image[p], error);
	tick_run_free(run);
	return status;
}

/* Merge both images into a third. */
static TickStatus
merge(TickSegmentReader *reader[2], const TickSchema *schema, TickBuffer *merged, TickError *error)
{
	TickMergeOptions options = {.wanted = schema->column, .wanted_columns = schema->columns, .time = 1,
	.time_low = INT64_MIN, .time_high = INT64_MAX};
	TickSegmentOptions segment_options = {0};
	TickSegmentSummary summary;
	TickSegmentWriter *writer = NULL;
	TickMerge  *merge;
	TickStatus	status;
	uint64_t	removed;

	TICK_TRY(tick_merge_create(&merge, &faulty_memory, reader, 2, &options, error));
	status = tick_segment_writer_create(&writer, &faulty_memory, schema, &segment_options,
										(TickSink) {faulty_append, merged}, error);
	if (status == TICK_OK)
		status = tick_merge_write(merge, NULL, code_of_name, NULL, writer, &removed, NULL, error);
	if (status == TICK_OK)
		status = tick_segment_writer_finish(writer, &summary, error);
	tick_segment_writer_free(writer);
	tick_merge_free(merge);
	return status;
}

static TickStatus
journey(const TickSchema *schema, TickBuffer image[4], TickError *error)
{
	TickSegmentReader *reader[2] = {NULL, NULL};
	uint8_t		uuid[TICK_UUID_BYTES] = {5};
	TickStatus	status = load(schema, image, error);

	if (status == TICK_OK)
		status = tick_segment_copy(&faulty_memory, (TickSource) {faulty_read, &image[0], image[0].length}, uuid,
								   code_of_name, NULL, (TickSink) {faulty_append, &image[2]}, error);
	for (int i = 0; i < 2 && status == TICK_OK; i++)
	{
		TickBuffer *from = &image[i == 0 ? 2 : 1];

		status = tick_segment_reader_open(&reader[i], &faulty_memory, (TickSource) {faulty_read, from, from->length}, NULL, error);
	}
	if (status == TICK_OK)
		status = merge(reader, schema, &image[3], error);
	if (status == TICK_OK)
		status = tick_segment_verify(reader[0], &faulty_memory, TICK_VERIFY_FULL, NULL, error);
	tick_segment_reader_close(reader[0]);
	tick_segment_reader_close(reader[1]);
	return status;
}

/* Make the journey with faults in one of the three, until it comes through.  Returns the faults. */
static int
all_faults(int64_t *left, TickStatus expected)
{
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	int			faults = 0;

	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(&model, TICK_DOUBLE, 0, TICK_ROLE_PRICE);
	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_NONE);
	for (;; faults++)
	{
		TickBuffer	image[4];
		TickError	error = {0};
		TickStatus	status;

		for (int i = 0; i < 4; i++)
			tick_buffer_init(&image[i], &tick_memory_malloc);
		memory_left = sink_left = source_left = -1;
		*left = faults;
		status = journey(&model.schema, image, &error);
		for (int i = 0; i < 4; i++)
			tick_buffer_free(&image[i]);
		if (status == TICK_OK)
			break;
		if (status != expected || error.status != expected)
		{
			fprintf(stderr, "fault %d: status %d, %s\n", faults, status, error.message);
			CHECK(status == expected);
			break;
		}
	}
	return faults;
}

static void
test_no_memory(void)
{
	CHECK(all_faults(&memory_left, TICK_NOMEM) > 200);
}

static void
test_no_io(void)
{
	CHECK(all_faults(&sink_left, TICK_IO) > 20);
	CHECK(all_faults(&source_left, TICK_IO) > 20);
}

int
main(void)
{
	RUN(test_no_memory);
	RUN(test_no_io);
	return unit_report("segment_faults");
}
