/*-------------------------------------------------------------------------
 *
 * test_asof_window.c
 *	  Window joins of random rows, against aggregates of the rows of each
 *	  window taken one by one.
 *
 *-------------------------------------------------------------------------
 */
#include "core/asof_window.h"

#include <math.h>

#include "asof_fixture.h"

/* Wanted columns: three numbers of different types, and the time. */
enum
{
	WHOLE, REAL, FRACTION, TIME, WANTED
};

#define AGGREGATES 22

static TickColumn wanted[WANTED];
static TickWindowAggregate aggregates[AGGREGATES];
static int	aggregate_count;

static void
add_aggregate(TickWindowKind kind, int column, int weight)
{
	TickWindowAggregate *a = &aggregates[aggregate_count++];
	bool		counts = kind == TICK_WINDOW_COUNT;
	bool		divides = kind == TICK_WINDOW_AVG || kind == TICK_WINDOW_VWAP;

	*a = (TickWindowAggregate) {.kind = kind, .column = column, .weight = weight};
	a->type = counts ? TICK_INT : divides ? TICK_DOUBLE : wanted[column].type;
	a->scale = a->type == TICK_DECIMAL ? wanted[column].scale : 0;
}

/* Every kind over every type; sums of whole numbers only where they may overflow. */
static void
add_aggregates(bool sums)
{
	aggregate_count = 0;
	add_aggregate(TICK_WINDOW_COUNT, -1, 0);
	add_aggregate(TICK_WINDOW_COUNT, FRACTION, 0);
	for (int c = WHOLE; c <= FRACTION; c++)
	{
		if (sums || c == REAL)
			add_aggregate(TICK_WINDOW_SUM, c, 0);
		add_aggregate(TICK_WINDOW_AVG, c, 0);
		add_aggregate(TICK_WINDOW_MIN, c, 0);
		add_aggregate(TICK_WINDOW_MAX, c, 0);
		add_aggregate(c == WHOLE ? TICK_WINDOW_FIRST : TICK_WINDOW_LAST, c, 0);
	}
	add_aggregate(TICK_WINDOW_FIRST, REAL, 0);
	add_aggregate(TICK_WINDOW_VWAP, REAL, WHOLE);
	add_aggregate(TICK_WINDOW_VWAP, WHOLE, FRACTION);
	add_aggregate(TICK_WINDOW_VWAP, FRACTION, REAL);
}

/* ---- the plain truth ---- */

static double
as_number(const Value *value, int column)
{
	return wanted[column].type == TICK_DOUBLE ? value->f64 :
		(double) value->i64 / (double) tick_power_of_ten[wanted[column].scale];
}

/* Is a row of the symbol in the window, or its prevailing row? */
static bool
in_window(const Right *right, uint32_t r, const TickString *symbol, int64_t time, const TickWindowOptions *options)
{
	const TickSchema *schema = &right->all.schema;
	int64_t		first = tick_window_bound(time, -options->before);
	int64_t		theirs = right->all.row[r].value[schema->time].i64;

	if (symbol != NULL && (right->all.row[r].value[schema->symbol].null ||
						   tick_string_compare(value_string(&right->all.row[r].value[schema->symbol]), *symbol) != 0))
		return false;
	if (theirs > tick_window_bound(time, options->after))
		return false;
	if (theirs >= first)
		return true;
	if (!options->prevailing)
		return false;
	/* it is the last before the beginning, and none stands at it */
	for (uint32_t next = r + 1; next < right->all.rows; next++)
	{
		const Row  *row = &right->all.row[next];

		if (symbol != NULL && compare_symbols(&row->value[schema->symbol], &right->all.row[r].value[schema->symbol]) != 0)
			break;
		if (row->value[schema->time].i64 <= first)
			return false;
	}
	return true;
}

/* What an aggregate is over the rows of a window; false when it is null. */
typedef struct Truth
{
	bool		null;
	int64_t		i64;
	double		f64;
	double		magnitude;		/* of what was added up */
	bool		overflow;
} Truth;

static Truth
truth_of(const Right *right, const Row *const *row, int rows, const TickWindowAggregate *what)
{
	Truth		truth = {.null = true};
	int			base = right->all.schema.time + 1;
	__int128	whole = 0;
	double		weights = 0;
	int64_t		count = 0;

	for (int i = 0; i < rows; i++)
	{
		const Value *value = what->column >= 0 ? &row[i]->value[base + what->column] : NULL;
		const Value *weight = what->kind == TICK_WINDOW_VWAP ? &row[i]->value[base + what->weight] : NULL;
		double		factor = weight != NULL ? as_number(weight, what->weight) : 1;
		double		number = value != NULL ? as_number(value, what->column) : 0;
		bool		first;

		if ((value != NULL && value->null) || (weight != NULL && weight->null))
			continue;
		first = count++ == 0;
		if (value == NULL)
			continue;
		whole += value->i64;
		if (what->kind == TICK_WINDOW_SUM || what->kind == TICK_WINDOW_AVG || what->kind == TICK_WINDOW_VWAP)
		{
			truth.f64 += number * factor;
			truth.magnitude += fabs(number * factor);
			weights += factor;
		}
		else if (first || what->kind == TICK_WINDOW_LAST ||
				 (what->kind == TICK_WINDOW_MIN && (wanted[what->column].type == TICK_DOUBLE ?
													tick_double_compare(value->f64, truth.f64) < 0 : value->i64 < truth.i64)) ||
				 (what->kind == TICK_WINDOW_MAX && (wanted[what->column].type == TICK_DOUBLE ?
													tick_double_compare(value->f64, truth.f64) > 0 : value->i64 > truth.i64)))
		{
			truth.i64 = value->i64;
			truth.f64 = value->f64;
		}
	}
	truth.null = what->kind != TICK_WINDOW_COUNT && count == 0;
	if (what->kind == TICK_WINDOW_COUNT)
		truth.i64 = count;
	if (what->kind == TICK_WINDOW_SUM && what->type != TICK_DOUBLE)
	{
		truth.overflow = whole > INT64_MAX || whole < INT64_MIN;
		truth.i64 = (int64_t) whole;
	}
	if (what->kind == TICK_WINDOW_AVG)
	{
		truth.f64 /= (double) count;
		truth.magnitude /= (double) count;
	}
	if (what->kind == TICK_WINDOW_VWAP)
	{
		truth.null |= weights == 0;
		truth.f64 /= weights;
		truth.magnitude = truth.magnitude / fabs(weights) + fabs(truth.f64);
	}
	return truth;
}

/* Equal, or as near as sums in another order are. */
static bool
agrees(const TickVector *vector, uint32_t place, const TickWindowAggregate *what, const Truth *truth)
{
	double		found = vector->f64[place];

	if (truth->null || !tick_vector_present(vector, place))
		return truth->null && !tick_vector_present(vector, place);
	if (vector->type != TICK_DOUBLE)
		return vector->i64[place] == truth->i64;
	if (isnan(truth->f64) || isinf(truth->f64))
		return isnan(truth->f64) ? isnan(found) : found == truth->f64;
	if (what->kind == TICK_WINDOW_MIN || what->kind == TICK_WINDOW_MAX || what->kind == TICK_WINDOW_FIRST || what->kind == TICK_WINDOW_LAST)
		return found == truth->f64;
	return fabs(found - truth->f64) <= 1e-9 * truth->magnitude;
}

/* ---- against each other ---- */

/* Left rows of one symbol, in batches; false when a sum was out of range, as it had to be. */
static bool
check_symbol(const Right *right, TickWindow *window, const TickWindowOptions *options, const TickString *symbol,
			 uint64_t *seed, int64_t now)
{
	static const Row *in[10000];
	int64_t		time[TICK_BATCH_ROWS];
	uint64_t	keep[TICK_BATCH_ROWS / 64];
	TickError	error = {0};
	int			wrong = 0;

	for (int batch = 0; batch < 4; batch++)
	{
		uint32_t	first = (uint32_t) (unit_random(seed) % 150);
		uint32_t	span = 1 + (uint32_t) (unit_random(seed) % 60);
		bool		all = unit_random(seed) % 2 == 0;
		bool		overflow = false;
		TickStatus	status;

		for (uint32_t i = 0; i < first + span; i++)
			time[i] = i < first ? now : (now += (int64_t) (unit_random(seed) % 3 == 0 ? unit_random(seed) % 30 : 0));
		for (int w = 0; w < TICK_BATCH_ROWS / 64; w++)
			keep[w] = unit_random(seed) | unit_random(seed);
		status = tick_window_match(window, time, first, span, all ? NULL : keep, &error);
		for (uint32_t i = first; i < first + span && !overflow; i++)
		{
			int			rows = 0;

			if (!all && !tick_bit_get(keep, i))
				continue;
			for (uint32_t r = 0; r < right->all.rows && (symbol == NULL || symbol->data != NULL); r++)
				if (in_window(right, r, symbol, time[i], options))
					in[rows++] = &right->all.row[r];
			for (int a = 0; a < aggregate_count; a++)
			{
				Truth		truth = truth_of(right, in, rows, &aggregates[a]);

				overflow |= truth.overflow;
				if (status == TICK_OK)
					wrong += !agrees(tick_window_column(window, a), i, &aggregates[a], &truth);
			}
		}
		CHECK_INT(status, overflow ? TICK_OUT_OF_RANGE : TICK_OK);
		if (overflow)
			return false;
	}
	CHECK_INT(wrong, 0);
	return true;
}

/* Whole merges, or from a time on with the row before it as the prior one. */
static void
join(const Right *right, TickWindowOptions *options, uint64_t *seed, int64_t time_low)
{
	static const char *const names[] = {"", "0", "A_LONG_NAME_OF_2", "NONE", "SYM1", "SYM4", "ZZ"};
	const TickSchema *schema = &right->all.schema;
	TickMergeOptions merged = {.wanted = wanted, .wanted_columns = WANTED, .time = TIME, .time_low = time_low, .time_high = INT64_MAX};
	TickMerge  *merge;
	TickWindow *window;

	CHECK_INT(tick_merge_create(&merge, &tick_memory_malloc, (TickSegmentReader **) right->reader, right->inputs, &merged, NULL), TICK_OK);
	CHECK_INT(tick_window_create(&window, &tick_memory_malloc, options, NULL), TICK_OK);
	tick_window_begin(window, merge, time_low);
	for (int i = 0; i < (schema->symbol >= 0 ? 7 : 1); i++)
	{
		TickString	name = {names[i], (uint32_t) strlen(names[i])};
		const TickString *symbol = schema->symbol >= 0 ? &name : NULL;
		TickFilterValue value[WANTED] = {0};
		bool		present[WANTED] = {0};
		TickAsofRow prior = {.present = present, .value = value};

		for (uint32_t r = 0; r < right->all.rows; r++)
		{
			const Row  *row = &right->all.row[r];

			if (row->value[schema->time].i64 >= time_low ||
				(symbol != NULL && (row->value[schema->symbol].null ||
									tick_string_compare(value_string(&row->value[schema->symbol]), name) != 0)))
				continue;
			prior.found = true;
			prior.time = row->value[schema->time].i64;
			for (int c = 0; c < TIME; c++)
			{
				present[c] = !row->value[schema->time + 1 + c].null;
				if (wanted[c].type == TICK_DOUBLE)
					value[c].f64 = row->value[schema->time + 1 + c].f64;
				else
					value[c].i64 = row->value[schema->time + 1 + c].i64;
			}
		}
		CHECK_INT(tick_window_symbol(window, symbol, &prior, NULL), TICK_OK);
		/* of rows before time_low the last one is known alone */
		if (!check_symbol(right, window, options, symbol, seed, time_low == INT64_MIN ? -20 : time_low + options->before))
			break;
	}
	tick_window_no_symbol(window);
	check_symbol(right, window, options, &(TickString) {NULL, 0}, seed, 0);
	tick_window_free(window);
	tick_merge_free(merge);
}

static void
test_random(void)
{
	uint64_t	seed = 31;

	for (int round = 0; round < 240; round++)
	{
		Right		right;
		uint32_t	rows = 1 + (uint32_t) (unit_random(&seed) % (round % 12 == 0 ? 6000 : 300));
		TickWindowOptions options = {.wanted = wanted, .wanted_columns = WANTED, .time = TIME, .prevailing = round % 2 == 0,
			.aggregate = aggregates,
			.before = (int64_t) (unit_random(&seed) % 3 == 0 ? 0 : unit_random(&seed) % 40),
			.after = (int64_t) (unit_random(&seed) % 3 == 0 ? 0 : unit_random(&seed) % 40)};

		make_right(&right, &seed, rows, round % 4 == 0 ? 2 : 6, round % 5 != 0);
		for (int c = WHOLE; c <= FRACTION; c++)
			wanted[c] = right.all.column[right.all.schema.time + 1 + c];
		wanted[TIME] = right.all.column[right.all.schema.time];
		add_aggregates(round % 8 < 6);
		options.aggregates = aggregate_count;
		join(&right, &options, &seed, round % 3 == 0 ? (int64_t) (unit_random(&seed) % (rows / 2 + 1)) : INT64_MIN);
		free_right(&right);
	}
}

/* A window that reaches beyond all times, and one over no rows at all. */
static void
test_ends(void)
{
	TickColumn	one[2] = {{.id = 1, .type = TICK_INT}, {.id = 2, .type = TICK_STAMP}};
	TickWindowAggregate count = {.kind = TICK_WINDOW_COUNT, .column = -1, .type = TICK_INT};
	TickWindowOptions options = {.wanted = one, .wanted_columns = 2, .time = 1, .before = INT64_MAX, .after = INT64_MAX,
	.prevailing = true, .aggregate = &count, .aggregates = 1};
	int64_t		time[2] = {INT64_MIN + 5, INT64_MAX - 5};
	TickWindow *window;
	bool		present[2] = {true, true};
	TickFilterValue value[2] = {{.i64 = 4}, {.i64 = 0}};
	TickAsofRow prior = {.found = true, .time = 0, .present = present, .value = value};

	CHECK_INT(tick_window_bound(INT64_MAX - 1, 5), INT64_MAX);
	CHECK_INT(tick_window_bound(INT64_MIN + 1, -5), INT64_MIN);
	CHECK_INT(tick_window_bound(3, -5), -2);
	CHECK_INT(tick_window_create(&window, &tick_memory_malloc, &options, NULL), TICK_OK);
	tick_window_begin(window, NULL, INT64_MIN);
	CHECK_INT(tick_window_symbol(window, NULL, NULL, NULL), TICK_OK);
	CHECK_INT(tick_window_match(window, time, 0, 2, NULL, NULL), TICK_OK);
	CHECK_INT(tick_window_column(window, 0)->i64[0], 0);
	CHECK_INT(tick_window_symbol(window, NULL, &prior, NULL), TICK_OK);
	CHECK_INT(tick_window_match(window, time, 0, 2, NULL, NULL), TICK_OK);
	CHECK_INT(tick_window_column(window, 0)->i64[0], 1);
	CHECK_INT(tick_window_column(window, 0)->i64[1], 1);
	tick_window_free(window);
	tick_window_free(NULL);
}

int
main(void)
{
	RUN(test_random);
	RUN(test_ends);
	return unit_report("asof_window");
}
