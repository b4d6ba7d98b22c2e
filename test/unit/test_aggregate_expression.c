/*-------------------------------------------------------------------------
 *
 * test_aggregate_expression.c
 *	  Random expressions, accumulators, filters and keys, over row groups in
 *	  threads, job by job and over batches that are fed, against each row's
 *	  own arithmetic.
 *
 *-------------------------------------------------------------------------
 */
#include "expression_fixture.h"

/* ---- groups of the plain truth ---- */

typedef struct Truth
{
	int64_t		count;
	__int128	units;
	__int128	squares;
	double		f64;			/* sum, or the value that MIN and so on choose */
	double		magnitude;
	int64_t		time;
	double		mean;			/* MOMENTS, by Welford's rule */
	double		distances;
} Truth;

typedef struct Group
{
	char		key[160];
	Truth		truth[MOST_ACCUMULATORS];
} Group;

static Group *groups;
static int	group_count;

static int64_t
floor_by(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

static void
key_text(const TickGroupKey *key, const Plain *row, char *out)
{
	const Value *value = &row->value[key->column];
	int			piece = 0;

	if (key->kind == TICK_KEY_PARTITION)
		sprintf(out, "77|");
	else if (value->null)
		sprintf(out, "null|");
	else if (wanted[key->column].type == TICK_TEXT)
		sprintf(out, "'%.*s'|", (int) value->length, value->text);
	else if (key->kind == TICK_KEY_WIDTH)
	{
		int64_t		offset = key->zone == NULL ? 0 : value->i64 >= 700000 && value->i64 < 3000000 ? 7200000000 : 3600000000;
		int64_t		us = floor_by(value->i64, 1000) + offset;

		sprintf(out, "%lld|", (long long) (floor_by(us - key->origin, key->width) * key->width + key->origin - offset));
	}
	else if (key->kind == TICK_KEY_PIECES)
	{
		while (piece + 1 < key->pieces && key->piece_low[piece + 1] <= value->i64)
			piece++;
		sprintf(out, "%lld|", (long long) key->piece_value[piece]);
	}
	else if (wanted[key->column].type == TICK_DOUBLE)
		sprintf(out, "%.17g|", value->f64);
	else
		sprintf(out, "%lld|", (long long) value->i64);
}

static void
group_key_text(const TickAggregatePlan *plan, const TickAggregateTable *table, const TickGroup *group, char *out)
{
	out[0] = '\0';
	for (int k = 0; k < plan->keys; k++)
	{
		const TickGroupKey *key = &plan->key[k];
		TickString	text;
		double		value;

		out += strlen(out);
		if (group->nulls >> k & 1)
			sprintf(out, "null|");
		else if (key->kind != TICK_KEY_PARTITION && wanted[key->column].type == TICK_TEXT)
		{
			text = tick_aggregate_text(table, group->key[k]);
			sprintf(out, "'%.*s'|", (int) text.length, text.data);
		}
		else if (key->kind == TICK_KEY_VALUE && wanted[key->column].type == TICK_DOUBLE)
		{
			memcpy(&value, &group->key[k], sizeof(value));
			sprintf(out, "%.17g|", value);
		}
		else
			sprintf(out, "%lld|", (long long) group->key[k]);
	}
}

/* Add a row to what an accumulator must hold. */
static void
add_truth(Truth *truth, const TickAccumulator *a, const Plain *row)
{
	Number		n = {0};
	bool		doubles = false;
	bool		better;
	int64_t		time = row->value[a->time].i64;

	if (a->expression >= 0)
	{
		n = evaluate(&expressions[a->expression], row);
		doubles = tick_expression_is_double(&expressions[a->expression]);
	}
	if (n.null || (a->also >= 0 && evaluate(&expressions[a->also], row).null) || (a->filter != NULL && passes(a->filter, row) != 1))
		return;
	truth->count++;
	if (a->kind == TICK_SUM || a->kind == TICK_SQUARES || a->kind == TICK_MOMENTS)
	{
		double		distance = n.f64 - truth->mean;

		truth->units += n.units;
		truth->squares += n.units * n.units;
		truth->f64 += n.f64;
		truth->magnitude += n.magnitude;
		truth->mean += distance / (double) truth->count;
		truth->distances += distance * (n.f64 - truth->mean);
		return;
	}
	if (a->microseconds)
		time = floor_by(time, 1000);
	if (a->kind == TICK_MIN || a->kind == TICK_MAX)
	{
		int			order = doubles ? tick_double_compare(n.f64, truth->f64) : n.units < truth->units ? -1 : n.units > truth->units;

		better = a->kind == TICK_MIN ? order < 0 : order > 0;
	}
	else
		better = a->kind == TICK_FIRST ? time < truth->time : time >= truth->time;
	if (truth->count > 1 && !better)
		return;
	truth->units = n.units;
	truth->f64 = n.f64;
	truth->time = time;
}

static void
make_truth(const TickAggregatePlan *plan, const TickSegmentRange *range, int ranges)
{
	group_count = 0;
	for (uint32_t r = 0; r < model.rows; r++)
	{
		char		text[160] = "";
		bool		in = false;
		int			g = group_count - 1;

		for (int i = 0; i < ranges; i++)
			in |= r >= range[i].first && r < range[i].end;
		if (!in || passes(&filter, &plain[r]) != 1)
			continue;
		for (int k = 0; k < plan->keys; k++)
			key_text(&plan->key[k], &plain[r], text + strlen(text));
		while (g >= 0 && strcmp(groups[g].key, text) != 0)
			g--;
		if (g < 0)
		{
			g = group_count++;
			memset(&groups[g], 0, sizeof(Group));
			strcpy(groups[g].key, text);
		}
		for (int a = 0; a < plan->accumulators; a++)
			add_truth(&groups[g].truth[a], &accumulators[a], &plain[r]);
	}
}

static bool
near(double a, double b, double magnitude)
{
	return isnan(b) ? isnan(a) : isinf(b) ? a == b : fabs(a - b) <= 1e-9 * magnitude;
}

static bool
agrees(const TickAggregatePlan *plan, int i, TickGroup *group, const Truth *truth)
{
	const TickAccumulator *a = &accumulators[i];
	const void *state = tick_group_state(plan, group, i);
	bool		doubles = a->expression >= 0 && tick_expression_is_double(&expressions[a->expression]);
	bool		edge = a->kind == TICK_FIRST || a->kind == TICK_LAST;
	int64_t		count = ((const TickCountState *) state)->count;
	TickValue	value;

	/* of rows in order of time only the one at the end is looked at */
	if (edge ? (count == 0) != (truth->count == 0) : count != truth->count)
		return false;
	if (truth->count == 0 || a->kind == TICK_COUNT)
		return true;
	switch (a->kind)
	{
		case TICK_SUM:
			return doubles ? near(tick_sum_double(&((const TickSumState *) state)->sum), truth->f64, truth->magnitude) :
				((const TickUnitsState *) state)->units == truth->units;
		case TICK_MOMENTS:
			return near(((const TickMomentsState *) state)->sum, truth->f64, truth->magnitude) &&
				near(((const TickMomentsState *) state)->squares, truth->distances,
					 1e4 * (truth->distances + truth->magnitude * truth->magnitude / (double) truth->count * 1e-4));
		case TICK_SQUARES:
			return ((const TickSquaresState *) state)->sum == truth->units && ((const TickSquaresState *) state)->squares == truth->squares;
		case TICK_MIN:
		case TICK_MAX:
			value = ((const TickRangeState *) state)->value;
			break;
		default:
			value = ((const TickEdgeState *) state)->value;
			if (((const TickEdgeState *) state)->time != truth->time)
				return false;
	}
	return doubles ? tick_double_compare(value.f64, truth->f64) == 0 : value.i64 == truth->units;
}

/* Groups that are not as they must be. */
static int
wrong_groups(const TickAggregatePlan *plan, TickAggregateTable *table)
{
	int			wrong = 0;

	for (uint64_t g = 0; g < tick_aggregate_groups(table); g++)
	{
		TickGroup  *group = tick_aggregate_group(table, g);
		char		text[160];
		int			i = 0;

		group_key_text(plan, table, group, text);
		while (i < group_count && strcmp(groups[i].key, text) != 0)
			i++;
		for (int a = 0; i < group_count && a < plan->accumulators; a++)
			wrong += !agrees(plan, a, group, &groups[i].truth[a]);
		wrong += i == group_count;
	}
	return wrong;
}

static int
mismatches(const TickAggregatePlan *plan, TickAggregateTable *table)
{
	return wrong_groups(plan, table) + (tick_aggregate_groups(table) != (uint64_t) group_count);
}

/* ---- four ways to compute it ---- */

static void
by_run(const TickAggregatePlan *plan, TickSegmentReader *reader, const TickSegmentRange *range, int threads, bool job_by_job)
{
	TickAggregateSegment *segment;
	TickAggregateTable *table;
	TickAggregateTable *taken;
	TickAggregateRun *run;
	const TickAggregateTable *found = NULL;
	TickError	error = {0};
	uint32_t	g = 0;

	CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, plan, &error), TICK_OK);
	CHECK_INT(tick_aggregate_table_create(&taken, &tick_memory_malloc, plan, &error), TICK_OK);
	CHECK_INT(tick_aggregate_segment_create(&segment, &tick_memory_malloc, plan, reader,
											filter.kind == TICK_FILTER_TRUE ? NULL : &filter, 77, &error), TICK_OK);
	CHECK_INT(tick_aggregate_run_create(&run, plan, table, threads, &error), TICK_OK);
	for (;;)
	{
		while (g < tick_segment_row_groups(reader) && (!job_by_job || tick_aggregate_run_has_room(run)))
		{
			if (tick_aggregate_may_match(segment, g))
				CHECK_INT(tick_aggregate_run_add(run, segment, g, range, 2, &error), TICK_OK);
			g++;
		}
		if (!job_by_job)
			break;
		CHECK_INT(tick_aggregate_run_take(run, &found, &error), TICK_OK);
		if (found == NULL)
			break;
		/* a job's groups have keys as the table's; put together they are what a fold gives */
		for (uint64_t i = 0; i < tick_aggregate_groups(found); i++)
		{
			TickGroup  *from = tick_aggregate_group(found, i);
			TickGroup  *to;
			int64_t		key[TICK_MAX_KEYS];

			memcpy(key, from->key, plan->keys * sizeof(int64_t));
			for (int k = 0; k < plan->keys; k++)
				if (!(from->nulls >> k & 1) && plan->key[k].kind != TICK_KEY_PARTITION && wanted[plan->key[k].column].type == TICK_TEXT)
					CHECK_INT(tick_aggregate_text_number(taken, tick_aggregate_text(table, key[k]), &key[k], &error), TICK_OK);
			CHECK_INT(tick_aggregate_find(taken, key, from->nulls, &to, &error), TICK_OK);
			CHECK(tick_aggregate_same_keys(plan, from, from));
			for (int a = 0; a < plan->accumulators; a++)
				CHECK_INT(tick_aggregate_combine(plan, a, tick_group_state(plan, to, a), tick_group_state(plan, from, a), &error), TICK_OK);
		}
		tick_aggregate_run_release(run);
	}
	CHECK_INT(tick_aggregate_run_finish(run, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	CHECK_INT(mismatches(plan, job_by_job ? taken : table), 0);
	tick_aggregate_run_free(run);
	tick_aggregate_segment_free(segment);
	tick_aggregate_table_free(table);
	tick_aggregate_table_free(taken);
}

/* In four passes, each for a part of the groups; the first half of the rows is met before it is known how many passes there are. */
static void
by_parts(const TickAggregatePlan *plan, TickSegmentReader *reader, const TickSegmentRange *range)
{
	uint64_t	met = 0;
	size_t		most = 0;

	for (uint32_t part = 0; part < 4; part++)
	{
		TickAggregateSegment *segment;
		TickAggregateTable *table;
		TickAggregateRun *run;
		TickError	error = {0};
		uint32_t	half = tick_segment_row_groups(reader) / 2;

		CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, plan, &error), TICK_OK);
		CHECK_INT(tick_aggregate_segment_create(&segment, &tick_memory_malloc, plan, reader,
												filter.kind == TICK_FILTER_TRUE ? NULL : &filter, 77, &error), TICK_OK);
		CHECK_INT(tick_aggregate_run_create(&run, plan, table, 2, &error), TICK_OK);
		for (uint32_t g = 0; g < tick_segment_row_groups(reader); g++)
		{
			if (g == half)
			{
				CHECK_INT(tick_aggregate_run_finish(run, &error), TICK_OK);
				most = tick_aggregate_table_memory(table);
				tick_aggregate_table_part(table, part, 4);
				CHECK_INT(tick_aggregate_table_shrink(table, &error), TICK_OK);
				if (part % 2 == 0)
					CHECK_INT(tick_aggregate_table_pack(table, &error), TICK_OK);
				CHECK(tick_aggregate_table_memory(table) <= most);
			}
			CHECK_INT(tick_aggregate_run_add(run, segment, g, range, 2, &error), TICK_OK);
		}
		CHECK_INT(tick_aggregate_run_finish(run, &error), TICK_OK);
		CHECK_INT(wrong_groups(plan, table), 0);
		met += tick_aggregate_groups(table);
		tick_aggregate_run_free(run);
		tick_aggregate_segment_free(segment);
		tick_aggregate_table_free(table);
	}
	CHECK_INT(met, group_count);
}

static TickVector fed_vector[WANTED];

static TickStatus
fed_column(void *context, int column, const TickVector **vector, TickError *error)
{
	*vector = &fed_vector[column];
	return TICK_OK;
}

static void
by_feeding(const TickAggregatePlan *plan, const TickSegmentRange *range, uint64_t *seed)
{
	TickAggregateTable *table;
	TickAggregateJob *job;
	TickAggregateCounters counters = {0};
	TickError	error = {0};
	uint64_t   *keep = calloc(tick_bit_words(model.rows + 1), sizeof(uint64_t));

	for (int c = 0; c < WANTED; c++)
	{
		TickVector *vector = &fed_vector[c];

		CHECK_INT(tick_vector_init(vector, &tick_memory_malloc, wanted[c].type, wanted[c].scale, model.rows + 64, true, NULL), TICK_OK);
		for (uint32_t r = 0; r < model.rows; r++)
		{
			const Value *value = &plain[r].value[c];

			if (value->null)
				tick_bit_clear(vector->validity, r);
			else
				tick_bit_set(vector->validity, r);
			if (vector->type == TICK_TEXT)
				vector->text[r] = value_string(value);
			else if (vector->type == TICK_DOUBLE)
				vector->f64[r] = value->f64;
			else
				vector->i64[r] = value->i64;
		}
	}
	for (uint32_t r = 0; r < model.rows; r++)
		if ((r < range[0].end || r >= range[1].first) && passes(&filter, &plain[r]) == 1)
			tick_bit_set(keep, r);
	CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, plan, &error), TICK_OK);
	CHECK_INT(tick_aggregate_job_create(&job, plan, &error), TICK_OK);
	for (uint32_t first = 0; first < model.rows;)
	{
		TickAggregateBatch batch = {.column = fed_column, .first = first, .keep = keep, .partition = 77};

		batch.span = 1 + (uint32_t) (unit_random(seed) % TICK_BATCH_ROWS);
		if (batch.span > model.rows - first)
			batch.span = model.rows - first;
		CHECK_INT(tick_aggregate_job_feed(job, &batch, &error), TICK_OK);
		if (unit_random(seed) % 4 == 0)
			CHECK_INT(tick_aggregate_fold(table, job, &counters, &error), TICK_OK);
		first += batch.span;
	}
	CHECK_INT(tick_aggregate_fold(table, job, &counters, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	CHECK_INT(mismatches(plan, table), 0);
	tick_aggregate_job_free(job);
	tick_aggregate_table_free(table);
	for (int c = 0; c < WANTED; c++)
		tick_vector_free(&fed_vector[c], &tick_memory_malloc);
	free(keep);
}

static void
test_random(void)
{
	uint64_t	seed = 41;

	groups = malloc(MOST_GROUPS * sizeof(Group));
	for (int round = 0; round < 300; round++)
	{
		TickBuffer	image;
		TickSegmentOptions options = {.row_group_rows = 500 + (uint32_t) (unit_random(&seed) % 2000)};
		TickSegmentSummary summary;
		TickSegmentReader *reader;
		TickAggregatePlan plan;
		TickSegmentRange range[2];
		TickError	error = {0};

		make_rows(&seed, 1 + (uint32_t) (unit_random(&seed) % 4000));
		CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
		CHECK_INT(tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(&image), NULL, &error), TICK_OK);
		random_plan(&plan, &seed);
		random_keys(&plan, &seed);
		tick_aggregate_plan_finish(&plan);
		random_filter(&seed);
		range[0] = (TickSegmentRange) {0, round % 3 == 0 ? unit_random(&seed) % (model.rows + 1) : model.rows};
		range[1] = (TickSegmentRange) {range[0].end + (model.rows - range[0].end) / 2, model.rows};
		make_truth(&plan, range, 2);
		by_run(&plan, reader, range, 1 + round % 3, false);
		by_run(&plan, reader, range, 1 + round % 2, true);
		by_parts(&plan, reader, range);
		by_feeding(&plan, range, &seed);
		tick_segment_reader_close(reader);
		tick_buffer_free(&image);
		free(plain);
		model_free(&model);
	}
	free(groups);
}

/* ---- what is out of range ---- */

/* Sum, moments or first value of an expression over rows of X and Y: how it ends, and with what words. */
static void
check_range(const char *expected, TickAccumulatorKind kind, TickTermKind operation, double x, double y)
{
	uint64_t	seed = 3;
	TickBuffer	image;
	TickSegmentOptions options = {0};
	TickSegmentSummary summary;
	TickSegmentReader *reader;
	TickAggregatePlan plan;
	TickAggregateTable *table;
	TickAggregateSegment *segment;
	TickAggregateRun *run;
	TickSegmentRange range = {0, 1500};
	TickError	error = {0};
	TickStatus	status;

	make_rows(&seed, 1500);
	for (uint32_t r = 0; r < model.rows; r++)
	{
		model.row[r].value[X] = (Value) {.f64 = r % 700 == 699 ? x : 1 + r / 3.0};
		model.row[r].value[Y] = (Value) {.f64 = r % 700 == 699 ? y : 2};
	}
	CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
	CHECK_INT(tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(&image), NULL, &error), TICK_OK);
	memset(&plan, 0, sizeof(plan));
	plan = (TickAggregatePlan) {.columns = WANTED, .column = wanted, .expressions = 1, .expression = expressions,
		.accumulators = 1, .accumulator = accumulators, .time = TIME};
	expressions[0].terms = 0;
	add_column(&expressions[0], X);
	add_column(&expressions[0], Y);
	add_term(&expressions[0], (TickTerm) {.kind = operation, .type = TICK_DOUBLE, .left = 0, .right = 1});
	accumulators[0] = (TickAccumulator) {.kind = kind, .expression = 0, .also = -1, .time = TIME};
	tick_aggregate_plan_finish(&plan);
	CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, &plan, &error), TICK_OK);
	CHECK_INT(tick_aggregate_segment_create(&segment, &tick_memory_malloc, &plan, reader, NULL, 0, &error), TICK_OK);
	CHECK_INT(tick_aggregate_run_create(&run, &plan, table, 1, &error), TICK_OK);
	status = tick_aggregate_run_add(run, segment, 0, &range, 1, &error);
	if (status == TICK_OK)
		status = tick_aggregate_run_finish(run, &error);
	CHECK_INT(status, expected[0] == '\0' ? TICK_OK : TICK_OUT_OF_RANGE);
	CHECK_TEXT(error.message, expected);
	tick_aggregate_run_free(run);
	tick_aggregate_segment_free(segment);
	tick_aggregate_table_free(table);
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
	free(plain);
	model_free(&model);
}

static void
test_ranges(void)
{
	static const char overflow[] = "value out of range: overflow";
	static const TickAccumulatorKind kinds[] = {TICK_SUM, TICK_FIRST, TICK_MOMENTS};

	for (int k = 0; k < 3; k++)
	{
		check_range(overflow, kinds[k], TICK_TERM_MULTIPLY, 1e200, 1e200);
		check_range(overflow, kinds[k], TICK_TERM_ADD, 1.7e308, 1.7e308);
		check_range(overflow, kinds[k], TICK_TERM_SUBTRACT, -1.7e308, 1.7e308);
		check_range("value out of range: underflow", kinds[k], TICK_TERM_MULTIPLY, 1e-200, 1e-200);
		check_range("", kinds[k], TICK_TERM_MULTIPLY, 0, 1e-200);
		check_range("", kinds[k], TICK_TERM_ADD, 1.0 / 0.0, 1e200);
		check_range("", kinds[k], TICK_TERM_SUBTRACT, 0.0 / 0.0, 1e200);
	}
	/* each value is in range, two of them together are not */
	check_range(overflow, TICK_SUM, TICK_TERM_ADD, 1.2e308, 1);
	check_range(overflow, TICK_MOMENTS, TICK_TERM_ADD, 1.2e308, 1);
}

int
main(void)
{
	RUN(test_random);
	RUN(test_ranges);
	return unit_report("aggregate_expression");
}
