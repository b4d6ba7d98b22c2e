/*-------------------------------------------------------------------------
 *
 * test_aggregate.c
 *	  Aggregation of segments against sums over plain rows, with one thread
 *	  and with several; what a batch tells of itself against its values.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_run.h"

#include <math.h>

#include "segment_fixture.h"

enum
{
	SYM, TIME, PRICE, SIZE, COND, NUM, FLAG, COLUMNS
};

#define ACCUMULATORS 8
#define MOST_GROUPS 20000

/* A group of the plain truth. */
typedef struct Plain
{
	char		key[128];
	int64_t		rows;
	int64_t		sizes;			/* with a size */
	__int128	size;
	int64_t		priced;
	double		least;
	double		greatest;
	int64_t		pairs;			/* with price and size */
	double		turnover;
	double		magnitude;
	int64_t		first;
	int64_t		last;
	int64_t		filtered;		/* rows whose flag is true */
} Plain;

static Plain *plain;
static int	plains;

static void
make_model(Model *model, uint64_t *seed, uint32_t rows)
{
	int			style = (int) (unit_random(seed) % 4);

	*model = (Model) {.schema = {.column = model->column, .symbol = -1, .time = -1}};
	model_add_column(model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(model, TICK_DOUBLE, 0, TICK_ROLE_PRICE);
	model_add_column(model, TICK_INT, 0, TICK_ROLE_SIZE);
	model_add_column(model, TICK_TEXT, 0, TICK_ROLE_NONE);
	model_add_column(model, TICK_DECIMAL, 2, TICK_ROLE_NONE);
	model_add_column(model, TICK_BOOL, 0, TICK_ROLE_NONE);
	model_random_rows(model, seed, rows, 1 + (uint32_t) (unit_random(seed) % 12), 1, false);
	for (uint32_t r = 0; r < rows; r++)
	{
		Value	   *value = model->row[r].value;
		uint64_t	random = unit_random(seed);

		value[TIME].i64 = (int64_t) r * 1000003 - 5000000000;
		value[PRICE] = (Value) {.null = random % 13 == 0};
		if (!value[PRICE].null)
			value[PRICE].f64 = style == 3 ? sqrt((double) (random % 1000)) :
				(double) (random % 5000 + 100 * r / 64) / 100 + (style == 1 && random % 90 == 1 ? 0.0001 : 0);
		value[SIZE] = (Value) {.null = style == 2 && random / 16 % 11 == 0};
		if (!value[SIZE].null)
			value[SIZE].i64 = (int64_t) (random >> 16) % (style == 0 ? INT64_C(1) << 44 : 1000) - 100;
		value[NUM] = (Value) {.null = random / 32 % 7 == 0};
		if (!value[NUM].null)
			value[NUM].i64 = (int64_t) (random >> 20) % 10;
		value[FLAG] = (Value) {.null = random / 64 % 5 == 0};
		if (!value[FLAG].null)
			value[FLAG].i64 = (int64_t) (random >> 30) % 2;
	}
	model_sort(model, false);
}

/* ---- what is asked ---- */

static void
set_column(TickExpression *e, int column, TickType type)
{
	memset(e, 0, sizeof(*e));
	e->terms = 1;
	e->term[0] = (TickTerm) {.kind = TICK_TERM_COLUMN, .type = type, .column = column};
}

static TickExpression expressions[3];
static TickAccumulator accumulators[ACCUMULATORS];
static TickFilterValue filter_value;
static TickFilter filter;
static TickFilterValue flag_value = {.i64 = 1};
static TickFilter flag_filter = {.kind = TICK_FILTER_COMPARE, .column = FLAG, .type = TICK_BOOL, .compare = TICK_EQ, .values = 1, .value = &flag_value};

static void
make_plan(TickAggregatePlan *plan, const Model *model)
{
	memset(plan, 0, sizeof(*plan));
	set_column(&expressions[0], SIZE, TICK_INT);
	set_column(&expressions[1], PRICE, TICK_DOUBLE);
	/* price * size */
	expressions[2] = expressions[1];
	expressions[2].terms = 3;
	expressions[2].term[1] = expressions[0].term[0];
	expressions[2].term[2] = (TickTerm) {.kind = TICK_TERM_MULTIPLY, .type = TICK_DOUBLE, .left = 0, .right = 1};
	memset(accumulators, 0, sizeof(accumulators));
	for (int i = 0; i < ACCUMULATORS; i++)
		accumulators[i].also = accumulators[i].expression = -1;
	accumulators[0].kind = TICK_COUNT;
	accumulators[1] = (TickAccumulator) {.kind = TICK_SUM, .expression = 0, .also = -1};
	accumulators[2] = (TickAccumulator) {.kind = TICK_MIN, .expression = 1, .also = -1};
	accumulators[3] = (TickAccumulator) {.kind = TICK_MAX, .expression = 1, .also = -1};
	accumulators[4] = (TickAccumulator) {.kind = TICK_SUM, .expression = 2, .also = -1};
	accumulators[5] = (TickAccumulator) {.kind = TICK_FIRST, .expression = 0, .also = -1, .time = TIME};
	accumulators[6] = (TickAccumulator) {.kind = TICK_LAST, .expression = 0, .also = -1, .time = TIME};
	accumulators[7] = (TickAccumulator) {.kind = TICK_COUNT, .expression = -1, .also = -1, .filter = &flag_filter};
	plan->columns = COLUMNS;
	plan->column = model->column;
	plan->expressions = 3;
	plan->expression = expressions;
	plan->accumulators = ACCUMULATORS;
	plan->accumulator = accumulators;
	plan->time = TIME;
	plan->prunes = true;
}

static void
add_key(TickAggregatePlan *plan, TickKeyKind kind, int column)
{
	static const int64_t low[] = {INT64_MIN, -4000000000, 0, 3000000000};
	static const int64_t value[] = {3, 1, 4, 1};

	plan->key[plan->keys++] = (TickGroupKey) {.kind = kind, .column = column, .width = 70000, .origin = 13,
		.pieces = 4, .piece_low = low, .piece_value = value};
}

static void
random_keys(TickAggregatePlan *plan, uint64_t *seed)
{
	uint64_t	random = unit_random(seed);

	if (random & 1)
		add_key(plan, TICK_KEY_SYMBOL, SYM);
	if (random & 2)
		add_key(plan, TICK_KEY_TEXT, COND);
	if (random & 4)
		add_key(plan, TICK_KEY_VALUE, NUM);
	if (random & 8)
		add_key(plan, TICK_KEY_VALUE, FLAG);
	if ((random & 48) == 16)
		add_key(plan, TICK_KEY_WIDTH, TIME);
	if ((random & 48) == 32)
		add_key(plan, TICK_KEY_PIECES, TIME);
	if ((random & 192) == 64)
		add_key(plan, TICK_KEY_PARTITION, 0);
}

/* ---- the plain truth ---- */

static int64_t
floor_by(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* A row's keys as text, as they are shown for a group. */
static void
row_key_text(const TickAggregatePlan *plan, const Row *row, char *out)
{
	out[0] = '\0';
	for (int k = 0; k < plan->keys; k++)
	{
		const TickGroupKey *key = &plan->key[k];
		const Value *value = &row->value[key->column];
		int64_t		us = floor_by(value->i64, 1000);
		int			piece = 0;

		out += strlen(out);
		if (key->kind == TICK_KEY_PARTITION)
			sprintf(out, "77|");
		else if (value->null)
			sprintf(out, "null|");
		else if (key->kind == TICK_KEY_SYMBOL || key->kind == TICK_KEY_TEXT)
			sprintf(out, "'%.*s'|", (int) value->length, value->text);
		else if (key->kind == TICK_KEY_WIDTH)
			sprintf(out, "%lld|", (long long) (floor_by(us - key->origin, key->width) * key->width + key->origin));
		else if (key->kind == TICK_KEY_PIECES)
		{
			while (piece + 1 < key->pieces && key->piece_low[piece + 1] <= value->i64)
				piece++;
			sprintf(out, "%lld|", (long long) key->piece_value[piece]);
		}
		else
			sprintf(out, "%lld|", (long long) value->i64);
	}
}

static void
add_plain(const TickAggregatePlan *plan, const Row *row)
{
	char		key[128];
	Plain	   *group = NULL;
	const Value *price = &row->value[PRICE];
	const Value *size = &row->value[SIZE];

	row_key_text(plan, row, key);
	for (int i = plains - 1; i >= 0 && group == NULL; i--)
		if (strcmp(plain[i].key, key) == 0)
			group = &plain[i];
	if (group == NULL)
	{
		group = &plain[plains++];
		memset(group, 0, sizeof(*group));
		strcpy(group->key, key);
	}
	group->rows++;
	group->filtered += !row->value[FLAG].null && row->value[FLAG].i64 == 1;
	if (!size->null)
	{
		/* the fixture's rows are in order of symbol; times of different symbols mix */
		if (group->sizes == 0 || row->value[TIME].i64 < group->first)
			group->first = row->value[TIME].i64;
		if (group->sizes == 0 || row->value[TIME].i64 > group->last)
			group->last = row->value[TIME].i64;
		group->sizes++;
		group->size += size->i64;
	}
	if (!price->null)
	{
		if (group->priced++ == 0)
			group->least = group->greatest = price->f64;
		group->least = fmin(group->least, price->f64);
		group->greatest = fmax(group->greatest, price->f64);
	}
	if (!price->null && !size->null)
	{
		group->pairs++;
		group->turnover += price->f64 * (double) size->i64;
		group->magnitude += fabs(price->f64 * (double) size->i64);
	}
}

/* A group's keys as text. */
static void
group_key_text(const TickAggregatePlan *plan, const TickAggregateTable *table, const TickGroup *group, char *out)
{
	out[0] = '\0';
	for (int k = 0; k < plan->keys; k++)
	{
		out += strlen(out);
		if (group->nulls >> k & 1)
			sprintf(out, "null|");
		else if (plan->key[k].kind == TICK_KEY_SYMBOL || plan->key[k].kind == TICK_KEY_TEXT)
		{
			TickString	text = tick_aggregate_text(table, group->key[k]);

			sprintf(out, "'%.*s'|", (int) text.length, text.data);
		}
		else
			sprintf(out, "%lld|", (long long) group->key[k]);
	}
}

/* Does the group hold what the plain one does? */
static bool
group_agrees(const TickAggregatePlan *plan, TickGroup *group, const Plain *truth)
{
	const TickCountState *rows = tick_group_state(plan, group, 0);
	const TickUnitsState *size = tick_group_state(plan, group, 1);
	const TickRangeState *least = tick_group_state(plan, group, 2);
	const TickRangeState *greatest = tick_group_state(plan, group, 3);
	const TickSumState *turnover = tick_group_state(plan, group, 4);
	const TickEdgeState *first = tick_group_state(plan, group, 5);
	const TickEdgeState *last = tick_group_state(plan, group, 6);
	const TickCountState *filtered = tick_group_state(plan, group, 7);

	return rows->count == truth->rows && size->count == truth->sizes && size->units == truth->size &&
		least->count == truth->priced && greatest->count == truth->priced &&
		(truth->priced == 0 || (least->value.f64 == truth->least && greatest->value.f64 == truth->greatest)) &&
		turnover->count == truth->pairs &&
		fabs(tick_sum_double(&turnover->sum) - truth->turnover) <= 1e-10 * truth->magnitude &&
		(truth->sizes == 0 || (first->time == truth->first && last->time == truth->last)) &&
		filtered->count == truth->filtered;
}

/* ---- against each other ---- */

static void
run_plan(const TickAggregatePlan *plan, TickSegmentReader *reader, const TickSegmentRange *range, int ranges,
		 int threads, TickAggregateTable *table)
{
	TickAggregateSegment *segment;
	TickAggregateRun *run;
	TickAggregateCounters counters;
	TickError	error = {0};

	CHECK_INT(tick_aggregate_segment_create(&segment, &tick_memory_malloc, plan, reader,
											filter.kind == TICK_FILTER_TRUE ? NULL : &filter, 77, &error), TICK_OK);
	CHECK_INT(tick_aggregate_run_create(&run, plan, table, threads, &error), TICK_OK);
	for (uint32_t g = 0; g < tick_segment_row_groups(reader); g++)
		if (tick_aggregate_may_match(segment, g))
			CHECK_INT(tick_aggregate_run_add(run, segment, g, range, ranges, &error), TICK_OK);
	CHECK_INT(tick_aggregate_run_finish(run, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	tick_aggregate_run_counters(run, &counters);
	CHECK(counters.row_groups <= tick_segment_row_groups(reader));
	tick_aggregate_run_free(run);
	tick_aggregate_segment_free(segment);
}

static void
compare_table(const TickAggregatePlan *plan, const TickAggregateTable *table)
{
	int			wrong = 0;

	CHECK_INT(tick_aggregate_groups(table), plains);
	for (uint64_t g = 0; g < tick_aggregate_groups(table); g++)
	{
		TickGroup  *group = tick_aggregate_group(table, g);
		char		key[128];
		int			i = 0;

		group_key_text(plan, table, group, key);
		while (i < plains && strcmp(plain[i].key, key) != 0)
			i++;
		wrong += i == plains || !group_agrees(plan, group, &plain[i]);
	}
	CHECK_INT(wrong, 0);
}

/* Sizes of at least something, prices above something, or no filter; sometimes what holds for all or for none. */
static bool
passes(const Row *row)
{
	if (filter.kind == TICK_FILTER_TRUE)
		return true;
	if (filter.column == SIZE)
		return !row->value[SIZE].null && row->value[SIZE].i64 >= filter_value.i64;
	return !row->value[PRICE].null && row->value[PRICE].f64 > filter_value.f64;
}

static void
random_filter(uint64_t *seed)
{
	uint64_t	random = unit_random(seed) % 3;

	filter = (TickFilter) {.kind = TICK_FILTER_TRUE, .values = 1, .value = &filter_value};
	filter_value.i64 = (int64_t) (unit_random(seed) % 1200) - 150;
	filter_value.f64 = (double) (unit_random(seed) % 120);
	if (random == 0)
		return;
	filter.kind = TICK_FILTER_COMPARE;
	filter.column = random == 1 ? SIZE : PRICE;
	filter.type = random == 1 ? TICK_INT : TICK_DOUBLE;
	filter.compare = random == 1 ? TICK_GE : TICK_GT;
}

static void
test_groups(void)
{
	uint64_t	seed = 11;

	plain = malloc(MOST_GROUPS * sizeof(Plain));
	for (int round = 0; round < 150; round++)
	{
		Model		model;
		TickBuffer	image;
		TickSegmentOptions options = {.row_group_rows = 600 + (uint32_t) (unit_random(&seed) % 3000)};
		TickSegmentSummary summary;
		TickSegmentReader *reader;
		TickAggregatePlan plan;
		TickSegmentRange range[2];
		TickError	error = {0};

		make_model(&model, &seed, 1 + (uint32_t) (unit_random(&seed) % 6000));
		CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
		CHECK_INT(tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(&image), NULL, &error), TICK_OK);
		make_plan(&plan, &model);
		random_keys(&plan, &seed);
		tick_aggregate_plan_finish(&plan);
		random_filter(&seed);
		range[0] = (TickSegmentRange) {0, model.rows};
		if (round % 3 == 0)
			range[0].end = unit_random(&seed) % (model.rows + 1);
		range[1] = (TickSegmentRange) {range[0].end + (model.rows - range[0].end) / 2, model.rows};
		plains = 0;
		for (uint32_t r = 0; r < model.rows; r++)
			if ((r < range[0].end || r >= range[1].first) && passes(&model.row[r]))
				add_plain(&plan, &model.row[r]);
		for (int threads = 1; threads <= 3; threads += 2)
		{
			TickAggregateTable *table;

			CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, &plan, &error), TICK_OK);
			run_plan(&plan, reader, range, 2, threads, table);
			compare_table(&plan, table);
			tick_aggregate_table_free(table);
		}
		tick_segment_reader_close(reader);
		tick_buffer_free(&image);
		model_free(&model);
	}
	free(plain);
}

/* Parts of the hash space have each group once. */
static void
test_parts(void)
{
	TickAggregatePlan plan = {.keys = 1, .key = {{.kind = TICK_KEY_VALUE}}, .accumulators = 0};
	TickAggregateTable *table;
	TickError	error;
	uint64_t	kept = 0;

	tick_aggregate_plan_finish(&plan);
	CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, &plan, &error), TICK_OK);
	for (uint32_t part = 0; part < 4; part++)
	{
		int64_t		never = -1;

		tick_aggregate_table_clear(table);
		tick_aggregate_table_part(table, 0, 1);
		CHECK(tick_aggregate_lookup(table, &never, 0) == NULL);
		for (int64_t key = 0; key < 10000; key++)
		{
			TickGroup  *group;

			/* half of them are cut down, half are never taken */
			if (key == 5000)
			{
				tick_aggregate_table_part(table, part, 4);
				CHECK_INT(tick_aggregate_table_shrink(table, &error), TICK_OK);
			}
			CHECK_INT(tick_aggregate_find(table, &key, 0, &group, &error), TICK_OK);
			CHECK(tick_aggregate_lookup(table, &key, 0) == group && (group == NULL || group->key[0] == key));
		}
		CHECK(tick_aggregate_lookup(table, &never, 0) == NULL);
		CHECK(tick_aggregate_groups(table) > 2000 && tick_aggregate_groups(table) < 3000);
		kept += tick_aggregate_groups(table);
	}
	CHECK_INT(kept, 10000);

	/* the second of two parts is halved when the first has been done */
	kept = 0;
	for (uint32_t part = 0, parts = 2; part < parts; part++)
	{
		tick_aggregate_table_clear(table);
		tick_aggregate_table_part(table, part, parts);
		for (int64_t key = 0; key < 10000; key++)
		{
			TickGroup  *group;

			if (key == 5000 && part == 1 && parts == 2)
			{
				part *= 2;
				parts *= 2;
				tick_aggregate_table_part(table, part, parts);
				CHECK_INT(tick_aggregate_table_shrink(table, &error), TICK_OK);
			}
			CHECK_INT(tick_aggregate_find(table, &key, 0, &group, &error), TICK_OK);
		}
		kept += tick_aggregate_groups(table);
	}
	CHECK_INT(kept, 10000);
	tick_aggregate_table_free(table);
}

/* Integer arithmetic that overflows is an error only where rows are selected. */
static void
test_overflow(void)
{
	uint64_t	seed = 3;
	Model		model;
	TickBuffer	image;
	TickSegmentOptions options = {0};
	TickSegmentSummary summary;
	TickSegmentReader *reader;
	TickError	error = {0};

	make_model(&model, &seed, 2000);
	for (uint32_t r = 0; r < model.rows; r++)
	{
		model.row[r].value[SIZE] = (Value) {.i64 = r == 700 ? INT64_MAX : 7};
		model.row[r].value[NUM] = (Value) {.i64 = r == 700 ? 1 : 0};
	}
	CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
	CHECK_INT(tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(&image), NULL, &error), TICK_OK);
	for (int filtered = 0; filtered < 2; filtered++)
	{
		TickAggregatePlan plan;
		TickAggregateTable *table;
		TickAggregateSegment *segment;
		TickAggregateRun *run;
		TickSegmentRange range = {0, 2000};
		TickStatus	status;

		make_plan(&plan, &model);
		expressions[0].terms = 3;
		expressions[0].term[1] = (TickTerm) {.kind = TICK_TERM_CONSTANT, .type = TICK_INT, .i64 = 2};
		expressions[0].term[2] = (TickTerm) {.kind = TICK_TERM_MULTIPLY, .type = TICK_INT, .left = 0, .right = 1,
			.low = INT64_MIN, .high = INT64_MAX};
		plan.accumulators = 2;
		tick_aggregate_plan_finish(&plan);
		filter = (TickFilter) {.kind = TICK_FILTER_COMPARE, .column = NUM, .type = TICK_DECIMAL, .compare = TICK_EQ,
			.values = 1, .value = &filter_value};
		filter_value.i64 = 0;
		CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, &plan, &error), TICK_OK);
		CHECK_INT(tick_aggregate_segment_create(&segment, &tick_memory_malloc, &plan, reader, filtered ? &filter : NULL, 0, &error), TICK_OK);
		CHECK_INT(tick_aggregate_run_create(&run, &plan, table, 2, &error), TICK_OK);
		CHECK_INT(tick_aggregate_run_add(run, segment, 0, &range, 1, &error), TICK_OK);
		status = tick_aggregate_run_finish(run, &error);
		CHECK_INT(status, filtered ? TICK_OK : TICK_OUT_OF_RANGE);
		if (!filtered)
			CHECK_TEXT(error.message, "bigint out of range");
		else
			CHECK_INT((int64_t) ((TickUnitsState *) tick_group_state(&plan, tick_aggregate_group(table, 0), 1))->units, 1999 * 14);
		tick_aggregate_run_free(run);
		tick_aggregate_segment_free(segment);
		tick_aggregate_table_free(table);
	}
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
	model_free(&model);
}

/* Decimals, codes and bounds of a chunk's batches against its values. */
static void
check_chunk(const TickVector *values)
{
	TickChunkEncoder *encoder;
	TickBuffer	buffer;
	TickZoneMap map;
	TickEncoding encoding;
	TickChunk  *chunk;
	TickVector	out;
	TickVector	other;
	TickError	error;
	int			wrong = 0;

	tick_buffer_init(&buffer, &tick_memory_malloc);
	CHECK_INT(tick_chunk_encoder_create(&encoder, &tick_memory_malloc, &error), TICK_OK);
	CHECK_INT(tick_chunk_encode(encoder, values, &buffer, &map, &encoding, &error), TICK_OK);
	CHECK_INT(tick_chunk_open(&chunk, &tick_memory_malloc, buffer.data, buffer.length, values->type, values->scale, values->rows, &error), TICK_OK);
	CHECK_INT(tick_vector_init(&out, &tick_memory_malloc, values->type, values->scale, TICK_BATCH_ROWS, true, &error), TICK_OK);
	CHECK_INT(tick_vector_init(&other, &tick_memory_malloc, values->type, values->scale, TICK_BATCH_ROWS, true, &error), TICK_OK);
	out.codes = malloc(TICK_BATCH_ROWS * sizeof(uint32_t));
	other.codes = malloc(TICK_BATCH_ROWS * sizeof(uint32_t));
	for (uint32_t batch = 0; batch * TICK_BATCH_ROWS < values->rows; batch++)
	{
		int			bits;
		bool		nulls,
					more_nulls,
					decimals,
					codes,
					bounded = tick_chunk_batch_map(chunk, batch, &map);

		CHECK_INT(tick_chunk_decode(chunk, batch, &out, &nulls, &error), TICK_OK);
		CHECK_INT(tick_chunk_decode_decimals(chunk, batch, &other, &bits, &decimals, &more_nulls, &error), TICK_OK);
		if (!decimals)
			bits = tick_chunk_batch_bits(chunk, batch);
		for (uint32_t i = 0; i < out.rows; i++)
		{
			bool		present = !nulls || tick_bit_get(out.validity, i);

			if (decimals)
				wrong += more_nulls != nulls || (nulls && tick_bit_get(other.validity, i) != present) ||
					(present && (double) other.i64[i] / (double) tick_power_of_ten[other.scale] != out.f64[i]);
			if (present && bits < TICK_BITS_UNKNOWN && values->type != TICK_TEXT)
			{
				int64_t		number = decimals ? other.i64[i] : out.i64[i];

				wrong += (uint64_t) (number ^ (number >> 63)) >> bits != 0;
			}
			if (bounded && present && values->type == TICK_DOUBLE)
				wrong += !(out.f64[i] >= map.min_f64 && out.f64[i] <= map.max_f64);
			else if (bounded && present)
				wrong += out.i64[i] < map.min_i64 || out.i64[i] > map.max_i64;
		}
		CHECK_INT(tick_chunk_decode_codes(chunk, batch, &other, &codes, &more_nulls, &error), TICK_OK);
		for (uint32_t i = 0; codes && i < out.rows; i++)
			wrong += other.dictionary != out.dictionary || other.codes[i] != out.codes[i] || more_nulls != nulls;
	}
	CHECK_INT(wrong, 0);
	tick_vector_free(&out, &tick_memory_malloc);
	tick_vector_free(&other, &tick_memory_malloc);
	tick_chunk_close(chunk);
	tick_chunk_encoder_free(encoder);
	tick_buffer_free(&buffer);
}

static void
test_chunks(void)
{
	uint64_t	seed = 21;

	for (int round = 0; round < 60; round++)
	{
		Model		model;
		Vectors		vectors;

		make_model(&model, &seed, 1 + (uint32_t) (unit_random(&seed) % 4000));
		vectors_of_model(&vectors, &model);
		check_chunk(&vectors.vector[PRICE]);
		check_chunk(&vectors.vector[SIZE]);
		check_chunk(&vectors.vector[COND]);
		check_chunk(&vectors.vector[NUM]);
		vectors_free(&vectors, &model);
		model_free(&model);
	}
}

int
main(void)
{
	RUN(test_groups);
	RUN(test_parts);
	RUN(test_overflow);
	RUN(test_chunks);
	return unit_report("aggregate");
}
