/*-------------------------------------------------------------------------
 *
 * test_csv_faults.c
 *	  Lines without end, memory that is refused, reads that fail, and options
 *	  that make no sense.
 *
 *-------------------------------------------------------------------------
 */
#include "csv_fixture.h"

static size_t memory_used;
static size_t memory_peak;
static int	requests_left;

/* Keeps the size before each block. */
static void *
counting_resize(void *context, void *pointer, size_t size)
{
	size_t	   *block = pointer != NULL ? (size_t *) pointer - 2 : NULL;
	size_t		old = block != NULL ? *block : 0;

	if (requests_left-- <= 0)
		return NULL;
	block = realloc(block, size + 16);
	*block = size;
	memory_used += size - old;
	if (memory_used > memory_peak)
		memory_peak = memory_used;
	return block + 2;
}

static void
counting_release(void *context, void *pointer)
{
	size_t	   *block = (size_t *) pointer - 2;

	memory_used -= *block;
	free(block);
}

static const TickMemory counting = {counting_resize, counting_release, NULL};

/* 200 MB without a line end, made on the way. */
static TickStatus
endless_read(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	size_t	   *given = context;
	size_t		whole = (size_t) 200 << 20;

	*length = whole - *given < capacity ? whole - *given : capacity;
	memset(bytes, 'x', *length);
	if (*given == 0)
		memcpy(bytes, "\"1\"\n2,\"", 7);
	*given += *length;
	if (*given == whole && *length > 0)
		memcpy((char *) bytes + *length - 3, "\n3\n", 3);
	return *length > 0 ? TICK_OK : TICK_END;
}

/* A line that never ends needs no more memory than max_line. */
static void
test_endless_line(void)
{
	size_t		given = 0;
	TickCsvOptions options = usual;
	TickCsv    *csv;
	TickCsvBatch batch;
	TickError	error;
	uint64_t	seen[3] = {0, 0, 0};
	uint32_t	records = 0;

	options.max_line = 1 << 20;
	requests_left = 1000;
	memory_peak = 0;
	CHECK_INT(tick_csv_create(&csv, &counting, &options, endless_read, &given, &error), TICK_OK);
	while (tick_csv_next(csv, &batch, &error) == TICK_OK)
		for (uint32_t r = 0; r < batch.records && records < 3; r++, records++)
			seen[records] = tick_csv_record(&batch, r).line * 10 + tick_csv_record(&batch, r).fault;
	CHECK_INT(records, 3);
	CHECK_INT(seen[0], 10);
	CHECK_INT(seen[1], 20 + TICK_CSV_TOO_LONG);
	CHECK_INT(seen[2], 30);
	CHECK(memory_peak < (size_t) 10 << 20);
	tick_csv_free(csv);
	CHECK_INT(memory_used, 0);
}

static void
test_no_memory(void)
{
	static const char input[] = "a,\"b\"\"c\"\nlonger,\"than the first buffer \"\" but all right\"\nd\n";
	const TickCsvTuning tuning = {tick_csv_scan_portable, 8, 8, false};
	int			n;

	for (n = 0; n < 100; n++)
	{
		Source		source = {input, sizeof(input) - 1};
		TickCsv    *csv;
		TickCsvBatch batch;
		TickError	error;
		TickStatus	status;
		uint32_t	records = 0;

		requests_left = n;
		status = tick_csv_create_tuned(&csv, &counting, &usual, &tuning, source_read, &source, &error);
		if (status == TICK_OK)
		{
			while ((status = tick_csv_next(csv, &batch, &error)) == TICK_OK)
				records += batch.records;
			tick_csv_free(csv);
		}
		CHECK_INT(memory_used, 0);
		if (status == TICK_END)
		{
			CHECK_INT(records, 3);
			break;
		}
		CHECK_INT(status, TICK_NOMEM);
		CHECK_TEXT(error.message, "out of memory");
	}
	CHECK(n > 8 && n < 100);
}

static void
test_failing_read(void)
{
	Source		source = {"a\nb\nc", 5, 0, 0, TICK_CANCELLED};
	TickCsv    *csv;
	TickCsvBatch batch;
	TickError	error;

	CHECK_INT(tick_csv_create(&csv, &tick_memory_malloc, &usual, source_read, &source, &error), TICK_OK);
	CHECK_INT(tick_csv_next(csv, &batch, &error), TICK_CANCELLED);
	CHECK_TEXT(error.message, "the source fails");
	tick_csv_free(csv);
	tick_csv_free(NULL);
}

static void
test_bad_options(void)
{
	static const TickCsvOptions bad[] = {
		{'\n', '"', 0, 0, NULL, 0, 1000, FIELDS},
		{'\0', '"', 0, 0, NULL, 0, 1000, FIELDS},
		{',', '\r', 0, 0, NULL, 0, 1000, FIELDS},
		{',', '"', '\n', 0, NULL, 0, 1000, FIELDS},
		{',', '"', 0, 0, NULL, 0, 0, FIELDS},
		{',', '"', 0, 0, NULL, 0, UINT32_MAX, FIELDS},
		{',', '"', 0, 0, NULL, 0, 1000, 0}
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		Source		source = {"", 0};
		TickCsv    *csv;
		TickError	error;

		CHECK_INT(tick_csv_create(&csv, &tick_memory_malloc, &bad[i], source_read, &source, &error), TICK_BAD_INPUT);
		CHECK(csv == NULL);
	}
}

int
main(void)
{
	RUN(test_endless_line);
	RUN(test_no_memory);
	RUN(test_failing_read);
	RUN(test_bad_options);
	return unit_report("csv_faults");
}
