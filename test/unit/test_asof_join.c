/*-------------------------------------------------------------------------
 *
 * test_asof_join.c
 *	  As-of joins in pieces, by threads, against a search through all rows.
 *
 *-------------------------------------------------------------------------
 */
#include "asof_fixture.h"
#include "core/aggregate_run.h"
#include "core/asof_join.h"

#define SYMBOLS 8

/* What is expected of a symbol's rows. */
typedef struct Expected
{
	TickString	name;
	bool		is_null;
	int64_t		rows;
	int64_t		matched;		/* rows whose right integer is not null */
	tick_int128 sum;
	int64_t		doubles;
	TickSum		double_sum;
} Expected;

/* A join of two random sides, and how it is cut. */
typedef struct Case
{
	Right		left;
	Right		right;
	bool		has_symbol;
	TickAsofJoin	join;
	TickAsofInputs inputs;
	TickAsofOptions options;
	TickColumn	wanted[FIXTURE_COLUMNS];
	TickColumn	joined[2 * FIXTURE_COLUMNS];
	int			columns;
	int			left_index[2 * FIXTURE_COLUMNS];
	int			right_index[2 * FIXTURE_COLUMNS];
	TickFilter	early;			/* left rows before time_low do not count */
	TickFilterValue low;
	const TickFilter *filter[INPUTS];
	TickFilter	present;		/* the right integer is not null */
	TickFilterValue name[SYMBOLS];
	TickAsofPrior prior[SYMBOLS];
	int			expected;
	Expected	expect[64];
} Case;

static const char *const names[] = {"", "0", "3", "A_LONG_NAME_OF_2", "NONE", "SYM1", "SYM4", "ZZ"};

/* The joined schema: the left columns, then the right ones behind its time. */
static void
bind_columns(Case *c)
{
	const TickSchema *left = &c->left.all.schema;
	const TickSchema *right = &c->right.all.schema;

	for (int i = 0; i < left->columns; i++)
	{
		c->joined[c->columns] = left->column[i];
		c->left_index[c->columns] = i;
		c->right_index[c->columns++] = -1;
	}
	for (int i = right->time + 1; i < right->columns; i++)
	{
		c->wanted[c->options.wanted_columns] = right->column[i];
		c->joined[c->columns] = right->column[i];
		c->left_index[c->columns] = -1;
		c->right_index[c->columns++] = c->options.wanted_columns++;
	}
	c->options.wanted = c->wanted;
	c->options.time = c->options.wanted_columns;
	c->wanted[c->options.time] = right->column[right->time];
	c->join.left = left->column;
	c->join.left_columns = left->columns;
	c->join.left_time = left->time;
	c->join.has_symbol = c->has_symbol;
	c->join.asof = &c->options;
	c->join.left_index = c->left_index;
	c->join.right_index = c->right_index;
	c->join.sorted = true;
}

/* Rows before time_low of the right side are found backward, those of the left left out. */
static void
bound_times(Case *c, int64_t time_low)
{
	TickMergeOptions backward = {.wanted = c->wanted, .wanted_columns = c->options.wanted_columns + 1,
	.time = c->options.time, .descending = true, .time_low = INT64_MIN, .time_high = time_low};
	TickMerge  *merge;
	int			count = c->has_symbol ? SYMBOLS : 1;

	c->low.i64 = time_low;
	c->early = (TickFilter) {.kind = TICK_FILTER_COMPARE, .column = c->join.left_time, .type = TICK_STAMP,
	.compare = TICK_GE, .values = 1, .value = &c->low};
	for (int i = 0; i < c->left.inputs; i++)
		c->filter[i] = &c->early;
	c->inputs.time_low = c->inputs.right_low = time_low;
	c->inputs.prior = c->prior;
	c->inputs.priors = count;
	for (int i = 0; i < count; i++)
	{
		c->prior[i].name = c->name[i].text;
		CHECK_INT(tick_asof_row_init(&c->prior[i].row, &tick_memory_malloc, c->options.wanted_columns, NULL), TICK_OK);
	}
	backward.symbols = c->has_symbol ? c->name : NULL;
	backward.symbol_count = SYMBOLS;
	CHECK_INT(tick_merge_create(&merge, &tick_memory_malloc, c->right.reader, c->right.inputs, &backward, NULL), TICK_OK);
	CHECK_INT(tick_asof_find_prior(merge, &c->options, time_low, c->prior, count, &tick_memory_malloc, NULL), TICK_OK);
	tick_merge_free(merge);
}

static void
make_case(Case *c, uint64_t *seed, int round)
{
	uint32_t	symbols = round % 4 == 0 ? 2 : 6;
	bool		list = round % 5 == 0;

	memset(c, 0, sizeof(*c));
	c->has_symbol = round % 7 != 0;
	make_right(&c->left, seed, 1 + (uint32_t) (unit_random(seed) % (round % 3 == 0 ? 9000 : 700)), symbols, c->has_symbol);
	make_right(&c->right, seed, 1 + (uint32_t) (unit_random(seed) % (round % 2 == 0 ? 9000 : 700)), symbols, c->has_symbol);
	c->options.strict = round % 2 == 1;
	c->options.tolerance = round % 3 == 0 ? 25 : INT64_MAX;
	c->options.fill_previous = round % 6 == 0;
	bind_columns(c);
	for (int i = 0; i < SYMBOLS; i++)
		c->name[i].text = (TickString) {names[i], (uint32_t) strlen(names[i])};
	c->inputs = (TickAsofInputs) {.left_inputs = c->left.inputs, .left = c->left.reader, .filter = c->filter,
		.partition = 7, .time_low = INT64_MIN, .time_high = INT64_MAX,
		.right_inputs = c->right.inputs, .right = c->right.reader, .right_low = INT64_MIN, .right_high = INT64_MAX};
	if (list && c->has_symbol)
	{
		c->inputs.symbols = c->name;
		c->inputs.symbol_count = SYMBOLS;
		c->inputs.null_symbol = round % 2 == 0;
	}
	if (round % 3 == 1)
		bound_times(c, (int64_t) (unit_random(seed) % 300));
	if (round % 4 == 3)
	{
		c->present = (TickFilter) {.kind = TICK_FILTER_IS_NULL, .column = c->left.all.schema.columns, .type = TICK_INT};
		c->join.residual = &c->present;
	}
	c->join.piece_rows = round % 2 == 0 ? 300 : 50 + unit_random(seed) % 4000;
	c->join.piece_bytes = round % 8 == 0 ? 4000 : 0;
}

static void
free_case(Case *c)
{
	for (int i = 0; i < c->inputs.priors; i++)
		tick_asof_row_free(&c->prior[i].row, &tick_memory_malloc, c->wanted, c->options.wanted_columns);
	free_right(&c->left);
	free_right(&c->right);
}

/* ---- what is expected ---- */

static Expected *
expected_of(Case *c, const Value *symbol)
{
	TickString	name = symbol != NULL && !symbol->null ? value_string(symbol) : (TickString) {"", 0};
	bool		is_null = symbol == NULL || symbol->null;
	Expected   *e;

	for (int i = 0; i < c->expected; i++)
		if (c->expect[i].is_null == is_null && tick_string_compare(c->expect[i].name, name) == 0)
			return &c->expect[i];
	e = &c->expect[c->expected++];
	memset(e, 0, sizeof(*e));
	e->name = name;
	e->is_null = is_null;
	tick_sum_init(&e->double_sum);
	return e;
}

/* Is the symbol among those asked for? */
static bool
is_asked(const Case *c, const Value *symbol)
{
	if (c->inputs.symbols == NULL)
		return true;
	if (symbol->null)
		return c->inputs.null_symbol;
	for (int i = 0; i < SYMBOLS; i++)
		if (tick_string_compare(c->name[i].text, value_string(symbol)) == 0)
			return true;
	return false;
}

/* The right rows of symbols that were not looked for before time_low are not known. */
static bool
is_known(const Case *c, const Value *symbol)
{
	if (c->inputs.priors == 0 || !c->has_symbol || symbol->null)
		return true;
	for (int i = 0; i < SYMBOLS; i++)
		if (tick_string_compare(c->name[i].text, value_string(symbol)) == 0)
			return true;
	return false;
}

static void
expect_all(Case *c)
{
	const Model *left = &c->left.all;
	int			first = c->right.all.schema.time + 1;

	for (uint32_t r = 0; r < left->rows; r++)
	{
		const Row  *row = &left->row[r];
		const Value *symbol = c->has_symbol ? &row->value[left->schema.symbol] : NULL;
		int64_t		time = row->value[left->schema.time].i64;
		TickString	name = symbol != NULL && !symbol->null ? value_string(symbol) : (TickString) {"", 0};
		const Row  *match;
		const Value *number;
		const Value *real;
		Expected   *e;

		if ((c->inputs.priors > 0 && time < c->low.i64) || (symbol != NULL && !is_asked(c, symbol)))
			continue;
		match = symbol != NULL && symbol->null ? NULL : expected_match(&c->right, symbol != NULL ? &name : NULL, time, &c->options);
		number = expected_value(&c->right, match, first, c->options.fill_previous);
		real = expected_value(&c->right, match, first + 1, c->options.fill_previous);
		if (c->join.residual != NULL && !number->null)
			continue;
		e = expected_of(c, symbol);
		e->rows++;
		e->matched += !number->null;
		e->sum += number->null ? 0 : number->i64;
		e->doubles += !real->null;
		if (!real->null)
			tick_sum_add_double(&e->double_sum, real->f64);
	}
}

/* ---- joining ---- */

static TickStatus
feed(void *piece, TickAggregateJob *job, TickError *error)
{
	return tick_asof_join_run(piece, job, NULL, NULL, error);
}

static void
done(void *piece)
{
	tick_asof_piece_free(piece);
}

static bool
same_double(double a, double b)
{
	return a == b || (a != a && b != b);
}

/* Rows, and right integers and doubles that are not null and their sums, by symbol. */
static int
run_join(Case *c, int threads, int *pieces)
{
	TickExpression expression[2] = {{.terms = 1}, {.terms = 1}};
	TickAccumulator accumulator[3] = {{.kind = TICK_COUNT, .expression = -1, .also = -1},
	{.kind = TICK_SUM, .expression = 0, .also = -1}, {.kind = TICK_SUM, .expression = 1, .also = -1}};
	TickAggregatePlan plan = {.columns = c->columns, .column = c->joined, .expressions = 2, .expression = expression,
	.accumulators = 3, .accumulator = accumulator, .keys = c->has_symbol, .time = c->left.all.schema.time};
	TickAggregateTable *table;
	TickAggregateRun *run;
	TickAsofGroup *group;
	TickAsofPiece *piece;
	TickCursorCounters counters;
	TickError	error;
	bool		loaded;
	int			wrong = 0;
	uint64_t	groups;

	*pieces = 0;
	for (int i = 0; i < 2; i++)
		expression[i].term[0] = (TickTerm) {.kind = TICK_TERM_COLUMN, .type = i == 0 ? TICK_INT : TICK_DOUBLE,
		.column = c->left.all.schema.columns + i};
	plan.key[0] = (TickGroupKey) {.kind = TICK_KEY_SYMBOL, .column = c->left.all.schema.symbol};
	tick_aggregate_plan_finish(&plan);
	CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, &plan, NULL), TICK_OK);
	CHECK_INT(tick_aggregate_run_create(&run, &plan, table, threads, NULL), TICK_OK);
	CHECK_INT(tick_asof_group_create(&group, &c->join, &c->inputs, NULL), TICK_OK);
	for (;;)
	{
		CHECK_INT(tick_asof_join_cut(group, &piece, &loaded, NULL), TICK_OK);
		if (piece == NULL)
			break;
		++*pieces;
		/* one that is not loaded reads as it goes: here the source can be read by any thread, but not by two */
		if (!loaded)
			CHECK_INT(tick_aggregate_run_finish(run, NULL), TICK_OK);
		CHECK_INT(tick_aggregate_run_feed(run, &(TickAggregateFeed) {feed, done, piece}, NULL), TICK_OK);
		if (!loaded)
			CHECK_INT(tick_aggregate_run_finish(run, NULL), TICK_OK);
	}
	CHECK_INT(tick_aggregate_run_finish(run, &error), TICK_OK);
	CHECK_INT(tick_asof_group_pieces(group), 0);
	tick_asof_join_counters(group, &counters);
	groups = tick_aggregate_groups(table);
	CHECK_INT(groups, c->expected);
	for (uint64_t g = 0; g < groups; g++)
	{
		TickGroup  *found = tick_aggregate_group(table, g);
		bool		is_null = !c->has_symbol || (found->nulls & 1);
		TickString	name = is_null ? (TickString) {"", 0} : tick_aggregate_text(table, found->key[0]);
		const TickUnitsState *units;
		const TickSumState *sum;
		int			i = 0;

		while (i < c->expected && (c->expect[i].is_null != is_null || tick_string_compare(c->expect[i].name, name) != 0))
			i++;
		if (i == c->expected)
		{
			wrong++;
			continue;
		}
		wrong += ((TickCountState *) tick_group_state(&plan, found, 0))->count != c->expect[i].rows;
		units = tick_group_state(&plan, found, 1);
		wrong += units->count != c->expect[i].matched || units->units != c->expect[i].sum;
		sum = tick_group_state(&plan, found, 2);
		wrong += sum->count != c->expect[i].doubles ||
			!same_double(tick_sum_double(&sum->sum), tick_sum_double(&c->expect[i].double_sum));
	}
	tick_asof_group_free(group);
	tick_aggregate_run_free(run);
	tick_aggregate_table_free(table);
	return wrong;
}

static void
test_random(void)
{
	static Case c;
	uint64_t	seed = 23;
	int			most = 0;

	for (int round = 0; round < 120; round++)
	{
		int			pieces,
					again;
		int			unknown = 0;

		make_case(&c, &seed, round);
		for (uint32_t r = 0; r < c.left.all.rows; r++)
			unknown += c.has_symbol && !is_known(&c, &c.left.all.row[r].value[c.left.all.schema.symbol]);
		if (unknown == 0)
		{
			expect_all(&c);
			CHECK_INT(run_join(&c, 1, &pieces), 0);
			CHECK_INT(run_join(&c, 3, &again), 0);
			CHECK_INT(pieces, again);
			most = pieces > most ? pieces : most;
		}
		free_case(&c);
	}
	CHECK(most > 8);
}

int
main(void)
{
	RUN(test_random);
	return unit_report("asof_join");
}
