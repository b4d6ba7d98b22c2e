/*-------------------------------------------------------------------------
 *
 * test_asof.c
 *	  As-of joins of random rows, against a search through all of them.
 *
 *-------------------------------------------------------------------------
 */
#include "asof_fixture.h"
#include "core/asof_internal.h"

/* Left rows of one symbol: batches with some places that do not count. */
static void
check_symbol(const Right *right, TickAsof *asof, const TickAsofOptions *options, const TickString *symbol,
			 uint64_t *seed, int64_t from, int64_t range)
{
	int64_t		time[TICK_BATCH_ROWS];
	uint64_t	keep[TICK_BATCH_ROWS / 64];
	int64_t		now = from;
	int			wrong = 0;

	for (int batch = 0; batch < 3 && now <= from + range; batch++)
	{
		uint32_t	first = (uint32_t) (unit_random(seed) % 200);
		uint32_t	span = 1 + (uint32_t) (unit_random(seed) % (unit_random(seed) % 4 == 0 ? TICK_BATCH_ROWS - first : 20));
		bool		all = unit_random(seed) % 2 == 0;

		for (uint32_t i = 0; i < first + span; i++)
		{
			if (i >= first)
				now += (int64_t) (unit_random(seed) % 4 == 0 ? unit_random(seed) % 40 : unit_random(seed) % 2);
			time[i] = now;
		}
		for (int w = 0; w < TICK_BATCH_ROWS / 64; w++)
			keep[w] = unit_random(seed) | unit_random(seed);
		CHECK_INT(tick_asof_match(asof, time, first, span, all ? NULL : keep, NULL), TICK_OK);
		for (uint32_t i = first; i < first + span; i++)
		{
			const Row  *match = symbol != NULL && symbol->data == NULL ? NULL :
				expected_match(right, symbol, time[i], options);

			if (!all && !tick_bit_get(keep, i))
				continue;
			wrong += tick_bit_get(tick_asof_matched(asof), i) != (match != NULL);
			for (int c = 0; c < options->wanted_columns; c++)
				wrong += !vector_holds(tick_asof_column(asof, c), i,
									   expected_value(right, match, right->all.schema.time + 1 + c, options->fill_previous));
		}
	}
	CHECK_INT(wrong, 0);
}

/* Random joins, whole or from a time on with the rows before it found backward. */
static void
test_random(void)
{
	uint64_t	seed = 11;

	for (int round = 0; round < 160; round++)
	{
		static const char *const names[] = {"", "0", "A_LONG_NAME_OF_2", "NONE", "SYM1", "SYM4", "ZZ"};
		Right		right;
		bool		has_symbol = round % 7 != 0;
		uint32_t	rows = 1 + (uint32_t) (unit_random(&seed) % (round % 10 == 0 ? 9000 : 900));
		TickAsofOptions options = {.strict = round % 2 == 1, .tolerance = round % 3 == 0 ? 25 : INT64_MAX,
		.fill_previous = round % 5 == 0};
		TickMergeOptions merged = {.time_low = INT64_MIN, .time_high = INT64_MAX};
		TickAsofPrior prior[7] = {0};
		TickAsof   *asof;
		TickMerge  *merge;
		TickColumn	wanted[FIXTURE_COLUMNS];
		int			count = has_symbol ? 7 : 1;

		make_right(&right, &seed, rows, round % 4 == 0 ? 2 : 6, has_symbol);
		options.wanted = wanted;
		options.wanted_columns = right.all.schema.columns - right.all.schema.time - 1;
		options.time = options.wanted_columns;
		for (int c = 0; c < options.wanted_columns; c++)
			wanted[c] = right.all.column[right.all.schema.time + 1 + c];
		wanted[options.time] = right.all.column[right.all.schema.time];
		merged.wanted = wanted;
		merged.wanted_columns = options.wanted_columns + 1;
		merged.time = options.time;
		for (int i = 0; i < count; i++)
		{
			prior[i].name = (TickString) {names[i], (uint32_t) strlen(names[i])};
			CHECK_INT(tick_asof_row_init(&prior[i].row, &tick_memory_malloc, options.wanted_columns, NULL), TICK_OK);
		}
		if (round % 2 == 0)
		{
			TickMergeOptions backward = merged;
			TickFilterValue symbols[7];

			merged.time_low = (int64_t) (unit_random(&seed) % (rows / 2 + 1));
			backward.descending = true;
			backward.time_high = merged.time_low;
			for (int i = 0; i < count; i++)
				symbols[i].text = prior[i].name;
			backward.symbols = has_symbol ? symbols : NULL;
			backward.symbol_count = count;
			CHECK_INT(tick_merge_create(&merge, &tick_memory_malloc, right.reader, right.inputs, &backward, NULL), TICK_OK);
			CHECK_INT(tick_asof_find_prior(merge, &options, merged.time_low, prior, count, &tick_memory_malloc, NULL), TICK_OK);
			tick_merge_free(merge);
		}
		CHECK_INT(tick_asof_create(&asof, &tick_memory_malloc, &options, NULL), TICK_OK);
		CHECK_INT(tick_merge_create(&merge, &tick_memory_malloc, right.reader, right.inputs, &merged, NULL), TICK_OK);
		tick_asof_begin(asof, merge, right.reader, right.inputs, merged.time_low);
		for (int i = 0; i < count; i++)
		{
			if (has_symbol && unit_random(&seed) % 4 == 0)
				continue;
			CHECK_INT(tick_asof_symbol(asof, has_symbol ? &prior[i].name : NULL, &prior[i].row, NULL), TICK_OK);
			check_symbol(&right, asof, &options, has_symbol ? &prior[i].name : NULL, &seed,
						 merged.time_low == INT64_MIN ? -3 : merged.time_low, rows / 2 + 10);
		}
		tick_asof_no_symbol(asof);
		check_symbol(&right, asof, &options, &(TickString) {NULL, 0}, &seed, 0, 10);
		tick_asof_free(asof);
		tick_merge_free(merge);
		for (int i = 0; i < count; i++)
			tick_asof_row_free(&prior[i].row, &tick_memory_malloc, wanted, options.wanted_columns);
		free_right(&right);
	}
}

/* Without right rows, nothing matches but a prior row. */
static void
test_empty(void)
{
	TickColumn	wanted[2] = {{.id = 1, .type = TICK_INT}, {.id = 2, .type = TICK_STAMP}};
	TickAsofOptions options = {.wanted = wanted, .wanted_columns = 1, .time = 1, .tolerance = 10};
	TickAsofRow prior;
	TickAsof   *asof;
	int64_t		time[3] = {5, 12, 13};

	CHECK_INT(tick_asof_create(&asof, &tick_memory_malloc, &options, NULL), TICK_OK);
	CHECK_INT(tick_asof_row_init(&prior, &tick_memory_malloc, 1, NULL), TICK_OK);
	tick_asof_begin(asof, NULL, NULL, 0, 3);
	CHECK_INT(tick_asof_symbol(asof, NULL, &prior, NULL), TICK_OK);
	CHECK_INT(tick_asof_match(asof, time, 0, 3, NULL, NULL), TICK_OK);
	CHECK_INT(tick_asof_matched(asof)[0] & 7, 0);
	prior = (TickAsofRow) {.found = true, .time = 2, .present = prior.present, .value = prior.value};
	prior.present[0] = true;
	prior.value[0].i64 = 77;
	CHECK_INT(tick_asof_symbol(asof, NULL, &prior, NULL), TICK_OK);
	CHECK_INT(tick_asof_match(asof, time, 0, 3, NULL, NULL), TICK_OK);
	CHECK_INT(tick_asof_matched(asof)[0] & 7, 3);
	CHECK_INT(tick_asof_column(asof, 0)->i64[1], 77);
	CHECK_INT(tick_asof_column(asof, 0)->i64[2], 0);
	CHECK(!tick_vector_present(tick_asof_column(asof, 0), 2));
	tick_asof_row_free(&prior, &tick_memory_malloc, wanted, 1);
	tick_asof_free(asof);
}

/* Counting right rows along the path and by searching, for lists of all lengths. */
static void
test_count(void)
{
	static int64_t left[TICK_BATCH_ROWS];
	static int64_t right[TICK_BATCH_ROWS];
	static uint16_t at[TICK_BATCH_ROWS];
	uint64_t	seed = 5;
	int			wrong = 0;

	for (int round = 0; round < 2000; round++)
	{
		uint32_t	lefts = 1 + (uint32_t) (unit_random(&seed) % (round % 3 == 0 ? TICK_BATCH_ROWS : 60));
		uint32_t	rights = 1 + (uint32_t) (unit_random(&seed) % (round % 5 < 2 ? TICK_BATCH_ROWS : 60));
		uint64_t	left_step = 1 + unit_random(&seed) % 40;
		uint64_t	right_step = 1 + unit_random(&seed) % 40;
		bool		strict = round % 2 == 1;
		uint32_t	from = (uint32_t) (unit_random(&seed) % lefts);
		uint32_t	next = 0;
		uint32_t	count = 0;
		uint32_t	stop;
		uint32_t	i;

		left[0] = (int64_t) (unit_random(&seed) % 100);
		right[0] = (int64_t) (unit_random(&seed) % 100);
		for (i = 1; i < lefts; i++)
			left[i] = left[i - 1] + (int64_t) (unit_random(&seed) % left_step);
		for (i = 1; i < rights; i++)
			right[i] = right[i - 1] + (int64_t) (unit_random(&seed) % right_step);
		/* some of the right rows are known to come before the first left one */
		while (next + 1 < rights && right[next + 1] < left[from] && unit_random(&seed) % 2 == 0)
			next++;
		stop = tick_asof_count(at, left, from, lefts, right, rights, &next, strict);
		for (i = from; i < lefts; i++)
		{
			while (count < rights && (strict ? right[count] < left[i] : right[count] <= left[i]))
				count++;
			if (count == rights)
				break;
			wrong += at[i] != count;
		}
		wrong += i != stop || next != count;
	}
	CHECK_INT(wrong, 0);
}

int
main(void)
{
	RUN(test_count);
	RUN(test_random);
	RUN(test_empty);
	return unit_report("asof");
}
