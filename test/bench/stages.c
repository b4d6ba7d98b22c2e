/*-------------------------------------------------------------------------
 *
 * stages.c
 *	  What each stage of a load can do alone, in one thread, without a server.
 *
 *	stages trades.csv.gz [stage]
 *	stages memory
 *
 * The file is one of `gen ticks`: date,time,sym,exchange,price,size,cond,seq.
 * Each line adds a stage to those before it: read, inflate, records, columns,
 * rows kept, rows in order, segments (into nothing).  The difference of two
 * lines is what the stage costs.  memory prints how fast this thread reads it.
 *
 *-------------------------------------------------------------------------
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/gunzip.h"
#include "core/intake.h"
#include "core/run.h"
#include "core/value.h"

#define FIELDS 8
#define RUN_BYTES ((size_t) 192 << 20)
#define NS_PER_DAY INT64_C(86400000000000)

static char buffer[256 * 1024];
static TickColumn schema_column[] = {
	{.id = 1,.type = TICK_STAMP,.role = TICK_ROLE_TIME,.field = "time"},
	{.id = 2,.type = TICK_TEXT,.role = TICK_ROLE_SYMBOL,.field = "sym"},
	{.id = 3,.type = TICK_TEXT,.field = "exchange"},
	{.id = 4,.type = TICK_DOUBLE,.role = TICK_ROLE_PRICE,.field = "price"},
	{.id = 5,.type = TICK_INT,.role = TICK_ROLE_SIZE,.field = "size"},
	{.id = 6,.type = TICK_TEXT,.field = "cond"},
	{.id = 7,.type = TICK_INT,.field = "seq"}
};
static const TickSchema schema = {7, schema_column, 1, 0};
static TickParseColumn column[7];
static TickParsePlan plan;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void
check(TickStatus status, const TickError *error)
{
	if (status == TICK_OK || status == TICK_END)
		return;
	fprintf(stderr, "stages: %s\n", error->message);
	exit(1);
}

static bool
day_of(void *context, int64_t value, int32_t *partition, int64_t *low, int64_t *high)
{
	*partition = (int32_t) (value / NS_PER_DAY);
	*low = *partition * NS_PER_DAY;
	*high = *low + NS_PER_DAY - 1;
	return true;
}

static void
make_plan(void)
{
	static const int source[] = {-1, 2, 3, 4, 5, 6, 7};

	for (int i = 0; i < 7; i++)
	{
		column[i].target = i;
		column[i].type = schema_column[i].type;
		column[i].sources = 1;
		column[i].source[0].field = source[i];
		column[i].low = INT64_MIN;
		column[i].high = INT64_MAX;
		column[i].is_symbol = i == 1;
	}
	column[0].sources = 2;
	column[0].source[1].format.kind = column[0].source[0].format.kind = TICK_FORMAT_ISO;
	column[0].source[0].field = 0;
	column[0].source[1].field = 1;
	plan = (TickParsePlan) {.fields = FIELDS,.schema = &schema,.columns = 7,.column = column,.verify_utf8 = true,
		.load_id = -1,.partition_column = 0,.partition = day_of,.day_column = -1,.day_target = -1};
}

static TickGunzip *
open_gunzip(int *fd, const char *path)
{
	TickGunzip *gunzip;
	TickError	error;

	*fd = open(path, O_RDONLY);
	if (*fd < 0)
	{
		perror(path);
		exit(1);
	}
	check(tick_gunzip_create(&gunzip, &tick_memory_malloc, tick_read_fd, fd, &error), &error);
	return gunzip;
}

static TickStatus
read_gunzip(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	return tick_gunzip_read(context, bytes, capacity, length, error);
}

static void
read_raw(const char *path)
{
	int			fd = open(path, O_RDONLY);

	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
}

static void
inflate_all(const char *path)
{
	int			fd;
	TickGunzip *gunzip = open_gunzip(&fd, path);
	TickError	error;
	size_t		length;

	while (tick_gunzip_read(gunzip, buffer, sizeof(buffer), &length, &error) == TICK_OK)
		;
	tick_gunzip_free(gunzip);
	close(fd);
}

static const TickCsvOptions csv_options = {.delimiter = ',',.quote = '"',.max_line = 1 << 20,.max_fields = FIELDS};

static void
split_records(const char *path)
{
	int			fd;
	TickGunzip *gunzip = open_gunzip(&fd, path);
	TickCsvBatch batch;
	TickCsv    *csv;
	TickError	error;

	check(tick_csv_create(&csv, &tick_memory_malloc, &csv_options, read_gunzip, gunzip, &error), &error);
	while (tick_csv_next(csv, &batch, &error) == TICK_OK)
		;
	tick_csv_free(csv);
	tick_gunzip_free(gunzip);
	close(fd);
}

static TickStatus
drop_bytes(void *context, const void *bytes, size_t length, TickError *error)
{
	*(uint64_t *) context += length;
	return TICK_OK;
}

static uint64_t written;

static void
write_run(TickRun *run)
{
	TickError	error;

	for (uint32_t i = 0; i < tick_run_partitions(run); i++)
	{
		TickSegmentOptions options = {0};
		TickSegmentWriter *writer;
		TickSegmentSummary summary;
		TickSink	sink = {drop_bytes, &written};

		check(tick_segment_writer_create(&writer, &tick_memory_malloc, &schema, &options, sink, &error), &error);
		check(tick_run_write(run, &tick_memory_malloc, i, NULL, NULL, writer, NULL, &error), &error);
		check(tick_segment_writer_finish(writer, &summary, &error), &error);
		tick_segment_writer_free(writer);
	}
}

/* Columns, and as many stages behind them as asked for; returns the rows. */
static uint64_t
take_rows(const char *path, bool keep, bool sort, bool write)
{
	int			fd;
	TickGunzip *gunzip = open_gunzip(&fd, path);
	TickIntakeOptions options = {.csv = csv_options,.plan = &plan,.header = true,.pool_bytes = 16 << 20,
	.read = read_gunzip,.context = gunzip};
	TickIntake *intake;
	TickRun    *run;
	TickRowBlock block;
	TickError	error;
	TickStatus	status;
	uint64_t	rows = 0;

	check(tick_intake_create(&intake, &options, &error), &error);
	check(tick_run_create(&run, &tick_memory_malloc, &schema, RUN_BYTES, &error), &error);
	while ((status = tick_intake_next(intake, &block, &error)) == TICK_OK)
	{
		rows += block.rows.rows;
		if (!keep)
			continue;
		if (!tick_run_has_room(run, &block.rows))
		{
			if (sort)
				check(tick_run_sort(run, NULL, &error), &error);
			if (write)
				write_run(run);
			tick_run_reset(run);
		}
		check(tick_intake_translate(intake, run, &block, &error), &error);
		check(tick_run_append(run, &block.rows, &error), &error);
	}
	check(status, &error);
	if (sort)
		check(tick_run_sort(run, NULL, &error), &error);
	if (write)
		write_run(run);
	tick_run_free(run);
	tick_intake_free(intake);
	tick_gunzip_free(gunzip);
	close(fd);
	return rows;
}

/* Each runs one stage with all before it. */
static void
columns(const char *path)
{
	take_rows(path, false, false, false);
}

static void
keep_rows(const char *path)
{
	take_rows(path, true, false, false);
}

static void
order_rows(const char *path)
{
	take_rows(path, true, true, false);
}

static void
write_segments(const char *path)
{
	take_rows(path, true, true, true);
}

static const struct
{
	const char *name;
	void		(*run) (const char *path);
}			stage[] = {
	{"read", read_raw}, {"inflate", inflate_all}, {"records", split_records}, {"columns", columns},
	{"rows kept", keep_rows}, {"rows in order", order_rows}, {"segments", write_segments}
};

/* Sum a quarter of a gigabyte a few times: GB/s of the best. */
static void
print_memory_bandwidth(void)
{
	size_t		words = (size_t) 32 << 20;
	uint64_t   *memory = calloc(words, sizeof(uint64_t));
	uint64_t	sum = 0;
	double		best = 0;

	if (memory == NULL)
		return;
	memset(memory, 1, words * sizeof(uint64_t));
	for (int round = 0; round < 8; round++)
	{
		double		start = now();
		double		rate;

		for (size_t i = 0; i < words; i++)
			sum += memory[i];
		rate = words * sizeof(uint64_t) / (now() - start) / 1e9;
		best = rate > best ? rate : best;
	}
	/* the sum is looked at, so that the compiler makes it */
	printf("%.1f\n", sum != 0 ? best : 0);
	free(memory);
}

int
main(int argc, char **argv)
{
	uint64_t	rows;
	double		last = 0;

	if (argc != 2 && argc != 3)
	{
		fprintf(stderr, "usage: stages trades.csv.gz [stage] | stages memory\n");
		return 2;
	}
	if (argc == 2 && strcmp(argv[1], "memory") == 0)
	{
		print_memory_bandwidth();
		return 0;
	}
	make_plan();
	rows = take_rows(argv[1], false, false, false);
	printf("| to this stage | CPU s | M rows/s | stage s | ns/row |\n| --- | ---: | ---: | ---: | ---: |\n");
	for (size_t i = 0; i < sizeof(stage) / sizeof(stage[0]); i++)
	{
		double		start = now();
		double		seconds;

		if (argc == 3 && strcmp(argv[2], stage[i].name) != 0)
			continue;
		stage[i].run(argv[1]);
		seconds = now() - start;
		printf("| %s | %.2f | %.1f | %.2f | %.1f |\n", stage[i].name, seconds, rows / seconds / 1e6,
			   seconds - last, (seconds - last) / rows * 1e9);
		fflush(stdout);
		last = seconds;
	}
	if (written > 0)
		printf("\n%.1f bytes a row\n", (double) written / rows);
	return 0;
}
