/*-------------------------------------------------------------------------
 *
 * test_filter.c
 *	  Filters against an evaluator that takes one row at a time.
 *
 * Random trees over random columns (nulls, NaN, infinities, plain and
 * dictionary-coded text) are evaluated by SQL's truth tables, row by row,
 * and must agree with the bitmaps.  Pruning, sets and ranges are checked for
 * never leaving out a row that matches, and for leaving out some that do not.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/filter.h"

#include <math.h>

#define COLUMNS 6
#define TREE_NODES 64
#define TREE_VALUES 512

/* SQL's truth values, in the order in which AND is min and OR is max. */
typedef enum Truth
{
	NO, UNKNOWN, YES
} Truth;

/* A batch: fixed memory for every column. */
typedef struct Batch
{
	uint32_t	rows;
	TickVector	vector[COLUMNS];
	uint64_t	validity[COLUMNS][TICK_BATCH_ROWS / 64];
	int64_t		fixed[COLUMNS][TICK_BATCH_ROWS];
	TickString	text[COLUMNS][TICK_BATCH_ROWS];
	uint32_t	codes[TICK_BATCH_ROWS];
	TickZoneMap zone[COLUMNS];
	int			asked[COLUMNS];
} Batch;

typedef struct Tree
{
	int			nodes;
	int			values;
	TickFilter	node[TREE_NODES];
	TickFilter *child[TREE_NODES][4];
	TickFilterValue value[TREE_VALUES];
} Tree;

static const TickType column_type[COLUMNS] = {TICK_INT, TICK_DOUBLE, TICK_TEXT, TICK_TEXT, TICK_BOOL, TICK_STAMP};

static const char *const words[] = {
	"", "A", "AA", "AAPL", "AAPL.LONGER.THAN.SIXTEEN", "AAPL.LONGER.THAN.SIXTEEN.TOO", "B",
	"BRK.B", "a_b", "a%b", "\303\251t\303\251", "\342\202\254", "ZZZZZZZZZZZZZZZZ", "ZZZZZZZZZZZZZZZZZ", "\377\377"
};

static const char *const patterns[] = {
	"%", "", "_", "A%", "%A", "AAPL%", "AAPL.LONGER.THAN.S%", "AAPL.LONGER.THAN.SIXTEEN.%", "a\\_b", "a\\%b",
	"_t_", "%\303\251", "___", "B", "Z%Z", "%.%", "\377%"
};

#define WORDS (sizeof(words) / sizeof(words[0]))
#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

static TickString
string_of(const char *text)
{
	return (TickString) {text, (uint32_t) strlen(text)};
}

static uint32_t
below(uint64_t *seed, uint32_t bound)
{
	return (uint32_t) (unit_random(seed) % bound);
}

static double
random_double(uint64_t *seed)
{
	static const double special[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 1e300};

	if (below(seed, 4) == 0)
		return special[below(seed, 6)];
	return (double) below(seed, 9) / 4 - 1;
}

static int64_t
random_int(uint64_t *seed)
{
	if (below(seed, 12) == 0)
		return below(seed, 2) ? INT64_MIN : INT64_MAX;
	return (int64_t) below(seed, 20) - 10;
}

/* A value of the column's domain; narrow domains make zones that can be pruned. */
static TickFilterValue
random_value(uint64_t *seed, int column, uint32_t narrow)
{
	TickFilterValue value = {0};

	value.text = string_of("");
	switch (column_type[column])
	{
		case TICK_TEXT:
			value.text = string_of(words[narrow < WORDS ? narrow : below(seed, WORDS)]);
			break;
		case TICK_DOUBLE:
			value.f64 = narrow < WORDS ? (double) narrow / 4 - 1 : random_double(seed);
			break;
		case TICK_BOOL:
			value.i64 = narrow < WORDS ? (int64_t) (narrow & 1) : (int64_t) below(seed, 2);
			break;
		default:
			value.i64 = narrow < WORDS ? (int64_t) narrow - 7 : random_int(seed);
	}
	return value;
}

static TickFilterValue
row_value(const TickVector *vector, uint32_t row)
{
	TickFilterValue value = {0};

	if (vector->type == TICK_TEXT)
		value.text = vector->text[row];
	else if (vector->type == TICK_DOUBLE)
		value.f64 = vector->f64[row];
	else
		value.i64 = vector->i64[row];
	return value;
}

/* PostgreSQL's order, written down a second time. */
static int
order_of(const TickFilterValue *a, const TickFilterValue *b, TickType type)
{
	if (type == TICK_TEXT)
		return tick_string_compare(a->text, b->text);
	if (type != TICK_DOUBLE)
		return a->i64 < b->i64 ? -1 : a->i64 > b->i64;
	if (isnan(a->f64))
		return isnan(b->f64) ? 0 : 1;
	if (isnan(b->f64))
		return -1;
	return a->f64 < b->f64 ? -1 : a->f64 > b->f64;
}

/* ---- zone maps, made the plain way ---- */

static void
widen_text(TickZoneMap *map, TickString text)
{
	uint8_t		kept = text.length > TICK_ZONE_TEXT ? TICK_ZONE_TEXT : (uint8_t) text.length;
	TickString	min = {map->min_text, map->min_text_length};
	TickString	max = {map->max_text, map->max_text_length};
	TickString	cut = {text.data, kept};

	if (!map->has_range || tick_string_compare(cut, min) < 0)
	{
		memcpy(map->min_text, text.data, kept);
		map->min_text_length = kept;
	}
	if (!map->has_range || tick_string_compare(cut, max) > 0)
	{
		memcpy(map->max_text, text.data, kept);
		map->max_text_length = kept;
		map->text_max_cut = kept < text.length;
	}
	else if (tick_string_compare(cut, max) == 0 && kept < text.length)
		map->text_max_cut = true;
	map->has_range = true;
}

static void
widen(TickZoneMap *map, const TickVector *vector, uint32_t row)
{
	TickFilterValue value = row_value(vector, row);

	map->rows++;
	if (!tick_vector_present(vector, row))
	{
		map->nulls++;
		return;
	}
	if (vector->type == TICK_TEXT)
	{
		widen_text(map, value.text);
		return;
	}
	if (vector->type == TICK_DOUBLE && isnan(value.f64))
	{
		map->nans++;
		return;
	}
	if (!map->has_range || value.i64 < map->min_i64)
		map->min_i64 = value.i64;
	if (!map->has_range || value.i64 > map->max_i64)
		map->max_i64 = value.i64;
	if (!map->has_range || value.f64 < map->min_f64)
		map->min_f64 = value.f64 + 0.0;
	if (!map->has_range || value.f64 > map->max_f64)
		map->max_f64 = value.f64 + 0.0;
	map->has_range = true;
}

/* ---- random batches and trees ---- */

static void
make_column(Batch *batch, int column, uint64_t *seed)
{
	TickVector *vector = &batch->vector[column];
	uint32_t	null_share = below(seed, 4);	/* of 3; 3 means all */
	uint32_t	narrow = below(seed, 3) == 0 ? below(seed, WORDS) : UINT32_MAX;
	static TickString dictionary[WORDS];

	memset(vector, 0, sizeof(*vector));
	vector->type = column_type[column];
	vector->rows = batch->rows;
	vector->validity = null_share > 0 ? batch->validity[column] : NULL;
	vector->i64 = batch->fixed[column];
	if (vector->type == TICK_TEXT)
		vector->text = batch->text[column];
	memset(batch->validity[column], 0xff, sizeof(batch->validity[column]));
	for (uint32_t row = 0; row < batch->rows; row++)
	{
		TickFilterValue value = random_value(seed, column, narrow);

		if (below(seed, 3) < null_share)
		{
			tick_bit_clear(batch->validity[column], row);
			memset(&value, 0, sizeof(value));
		}
		if (vector->type == TICK_TEXT)
			vector->text[row] = value.text;
		else if (vector->type == TICK_DOUBLE)
			vector->f64[row] = value.f64;
		else
			vector->i64[row] = value.i64;
	}
	if (column != 3)
		return;
	for (uint32_t code = 0; code < WORDS; code++)
		dictionary[code] = string_of(words[code]);
	for (uint32_t row = 0; row < batch->rows; row++)
	{
		/* the code of a null row means nothing, not even a dictionary entry */
		batch->codes[row] = UINT32_MAX;
		for (uint32_t code = 0; tick_vector_present(vector, row) && code < WORDS; code++)
			if (tick_string_compare(dictionary[code], vector->text[row]) == 0)
				batch->codes[row] = code;
	}
	vector->codes = batch->codes;
	vector->dictionary = dictionary;
	vector->dictionary_size = WORDS;
}

static void
make_batch(Batch *batch, uint64_t *seed)
{
	static const uint32_t sizes[] = {1, 2, 63, 64, 65, 200, TICK_BATCH_ROWS - 1, TICK_BATCH_ROWS};

	batch->rows = sizes[below(seed, 8)];
	for (int column = 0; column < COLUMNS; column++)
	{
		make_column(batch, column, seed);
		memset(&batch->zone[column], 0, sizeof(batch->zone[column]));
		for (uint32_t row = 0; row < batch->rows; row++)
			widen(&batch->zone[column], &batch->vector[column], row);
	}
}

static void
sort_values(TickFilterValue *value, int count, TickType type)
{
	for (int i = 1; i < count; i++)
		for (int j = i; j > 0 && order_of(&value[j], &value[j - 1], type) < 0; j--)
		{
			TickFilterValue swap = value[j];

			value[j] = value[j - 1];
			value[j - 1] = swap;
		}
}

static void
make_test(Tree *tree, TickFilter *filter, uint64_t *seed)
{
	uint32_t	kind = below(seed, 8);

	filter->column = (int) below(seed, COLUMNS);
	filter->type = column_type[filter->column];
	filter->value = &tree->value[tree->values];
	filter->compare = (TickCompare) below(seed, 6);
	filter->values = 1;
	filter->kind = kind < 4 ? TICK_FILTER_COMPARE : kind < 6 ? TICK_FILTER_IN : kind == 6 ? TICK_FILTER_IS_NULL : TICK_FILTER_LIKE;
	if (filter->kind == TICK_FILTER_LIKE && filter->type != TICK_TEXT)
		filter->kind = TICK_FILTER_COMPARE;
	if (filter->kind == TICK_FILTER_IS_NULL)
		filter->values = 0;
	if (filter->kind == TICK_FILTER_IN)
		filter->values = (int) below(seed, 6);
	for (int i = 0; i < filter->values; i++)
		filter->value[i] = random_value(seed, filter->column, UINT32_MAX);
	sort_values(filter->value, filter->values, filter->type);
	if (filter->kind == TICK_FILTER_LIKE)
		filter->value[0].text = string_of(patterns[below(seed, PATTERNS)]);
	tree->values += filter->values;
}

static TickFilter *
make_tree(Tree *tree, int depth, uint64_t *seed)
{
	int			index = tree->nodes++;
	TickFilter *filter = &tree->node[index];
	uint32_t	kind = below(seed, depth > 0 ? 10 : 5);

	memset(filter, 0, sizeof(*filter));
	filter->child = tree->child[index];
	if (kind == 0 && below(seed, 3) == 0)
	{
		static const TickFilterKind constants[] = {TICK_FILTER_TRUE, TICK_FILTER_FALSE, TICK_FILTER_NULL};

		filter->kind = constants[below(seed, 3)];
		return filter;
	}
	if (kind < 5)
	{
		make_test(tree, filter, seed);
		return filter;
	}
	filter->kind = kind < 7 ? TICK_FILTER_AND : kind < 9 ? TICK_FILTER_OR : TICK_FILTER_NOT;
	filter->children = filter->kind == TICK_FILTER_NOT ? 1 : (int) below(seed, 4);
	for (int i = 0; i < filter->children; i++)
		filter->child[i] = make_tree(tree, depth - 1, seed);
	return filter;
}

/* ---- the evaluator to agree with ---- */

/* LIKE by trying every split, on characters. */
static bool
like_naive(const char *value, const char *value_end, const char *pattern, const char *pattern_end)
{
	if (pattern == pattern_end)
		return value == value_end;
	if (*pattern == '%')
	{
		for (const char *at = value; at <= value_end; at++)
		{
			if (at < value_end && ((uint8_t) *at & 0xc0) == 0x80)
				continue;
			if (like_naive(at, value_end, pattern + 1, pattern_end))
				return true;
		}
		return false;
	}
	if (value == value_end)
		return false;
	if (*pattern == '_')
	{
		value++;
		while (value < value_end && ((uint8_t) *value & 0xc0) == 0x80)
			value++;
		return like_naive(value, value_end, pattern + 1, pattern_end);
	}
	if (*pattern == '\\' && ++pattern == pattern_end)
		return false;
	return *value == *pattern && like_naive(value + 1, value_end, pattern + 1, pattern_end);
}

static Truth
test_truth(const TickFilter *filter, const Batch *batch, uint32_t row)
{
	const TickVector *vector = &batch->vector[filter->column];
	TickFilterValue value = row_value(vector, row);
	int			order;

	if (filter->kind == TICK_FILTER_IS_NULL)
		return tick_vector_present(vector, row) ? NO : YES;
	if (filter->kind == TICK_FILTER_IN && filter->values == 0)
		return NO;
	if (!tick_vector_present(vector, row))
		return UNKNOWN;
	if (filter->kind == TICK_FILTER_LIKE)
	{
		TickString	pattern = filter->value[0].text;

		return like_naive(value.text.data, value.text.data + value.text.length,
						  pattern.data, pattern.data + pattern.length) ? YES : NO;
	}
	if (filter->kind == TICK_FILTER_IN)
	{
		for (int i = 0; i < filter->values; i++)
			if (order_of(&value, &filter->value[i], filter->type) == 0)
				return YES;
		return NO;
	}
	order = order_of(&value, &filter->value[0], filter->type);
	switch (filter->compare)
	{
		case TICK_LT:
			return order < 0 ? YES : NO;
		case TICK_LE:
			return order <= 0 ? YES : NO;
		case TICK_EQ:
			return order == 0 ? YES : NO;
		case TICK_NE:
			return order != 0 ? YES : NO;
		case TICK_GE:
			return order >= 0 ? YES : NO;
		case TICK_GT:
			break;
	}
	return order > 0 ? YES : NO;
}

static Truth
truth(const TickFilter *filter, const Batch *batch, uint32_t row)
{
	Truth		result = filter->kind == TICK_FILTER_OR ? NO : YES;

	switch (filter->kind)
	{
		case TICK_FILTER_AND:
		case TICK_FILTER_OR:
			for (int i = 0; i < filter->children; i++)
			{
				Truth		child = truth(filter->child[i], batch, row);

				if ((child < result) == (filter->kind == TICK_FILTER_AND))
					result = child;
			}
			return result;
		case TICK_FILTER_NOT:
			return (Truth) (YES - truth(filter->child[0], batch, row));
		case TICK_FILTER_TRUE:
			return YES;
		case TICK_FILTER_FALSE:
			return NO;
		case TICK_FILTER_NULL:
			return UNKNOWN;
		default:
			return test_truth(filter, batch, row);
	}
}

/* ---- callbacks ---- */

static TickStatus
give_column(void *context, int column, const TickVector **vector, TickError *error)
{
	Batch	   *batch = context;

	batch->asked[column]++;
	*vector = &batch->vector[column];
	return TICK_OK;
}

static const TickZoneMap *
give_zone(void *context, int column)
{
	return &((Batch *) context)->zone[column];
}

static const TickZoneMap *
give_no_zone(void *context, int column)
{
	return NULL;
}

/* ---- tests ---- */

static bool
in_set(const TickFilterValue *values, int count, TickString text)
{
	for (int i = 0; i < count; i++)
		if (tick_string_compare(values[i].text, text) == 0)
			return true;
	return false;
}

typedef struct Tally
{
	int			matched;		/* rows */
	int			pruned;			/* zones */
	int			sets;
	int			ranges;			/* narrower than everything */
} Tally;

static void
check_tree(const TickFilter *filter, Batch *batch, uint64_t *seed, Tally *tally)
{
	uint64_t	keep[TICK_BATCH_ROWS / 64];
	uint64_t	before[TICK_BATCH_ROWS / 64];
	bool		may = tick_filter_may_match(filter, give_zone, batch);
	bool		blind = tick_filter_may_match(filter, give_no_zone, NULL);
	const TickFilterValue *values[2];
	int			count[2];
	bool		has_set[2];
	int64_t		low,
				high;
	bool		in_range = tick_filter_range(filter, 5, &low, &high);
	int			wrong = 0;

	for (int i = 0; i < 2; i++)
		has_set[i] = tick_filter_text_set(filter, 2 + i, &values[i], &count[i]);
	for (int w = 0; w < TICK_BATCH_ROWS / 64; w++)
		before[w] = keep[w] = below(seed, 3) == 0 ? unit_random(seed) : ~UINT64_C(0);
	CHECK_INT(tick_filter_apply(filter, batch->rows, give_column, batch, keep, NULL), TICK_OK);
	for (uint32_t row = 0; row < batch->rows; row++)
	{
		bool		matches = truth(filter, batch, row) == YES;
		int64_t		stamp = batch->vector[5].i64[row];

		wrong += tick_bit_get(keep, row) != (matches && tick_bit_get(before, row));
		if (!matches)
			continue;
		tally->matched++;
		wrong += !may || !blind || !in_range;
		for (int i = 0; i < 2; i++)
			wrong += has_set[i] && !in_set(values[i], count[i], batch->vector[2 + i].text[row]);
		wrong += tick_vector_present(&batch->vector[5], row) && (stamp < low || stamp > high);
	}
	for (uint32_t row = batch->rows; row % 64 != 0; row++)
		wrong += tick_bit_get(keep, row);
	CHECK_INT(wrong, 0);
	tally->pruned += !may;
	tally->sets += has_set[0] + has_set[1];
	tally->ranges += !in_range || low > INT64_MIN || high < INT64_MAX;
}

static void
test_random_trees(void)
{
	static Batch batch;
	static Tree tree;
	Tally		tally = {0};
	uint64_t	seed = 20260714;

	for (int round = 0; round < 4000; round++)
	{
		if (round % 8 == 0)
			make_batch(&batch, &seed);
		tree.nodes = tree.values = 0;
		check_tree(make_tree(&tree, (int) below(&seed, 3), &seed), &batch, &seed, &tally);
	}
	/* the checks above have seen something of each kind */
	CHECK(tally.matched > 100000);
	CHECK(tally.pruned > 1000);
	CHECK(tally.sets > 400);
	CHECK(tally.ranges > 400);
}

/* One comparison, and the maps it must prune and must not. */
static bool
may_compare_text(const char *low, const char *high, bool cut, TickCompare compare, const char *constant)
{
	Batch		batch;
	TickFilterValue value = {.text = string_of(constant)};
	TickFilter	filter = {.kind = TICK_FILTER_COMPARE, .column = 0, .type = TICK_TEXT,
	.compare = compare, .values = 1, .value = &value};
	TickZoneMap *map = &batch.zone[0];

	memset(map, 0, sizeof(*map));
	map->rows = 10;
	map->has_range = true;
	map->text_max_cut = cut;
	map->min_text_length = (uint8_t) strlen(low);
	map->max_text_length = (uint8_t) strlen(high);
	memcpy(map->min_text, low, strlen(low));
	memcpy(map->max_text, high, strlen(high));
	return tick_filter_may_match(&filter, give_zone, &batch);
}

static void
test_cut_text_bounds(void)
{
	CHECK(!may_compare_text("B", "D", false, TICK_EQ, "A"));
	CHECK(!may_compare_text("B", "D", false, TICK_EQ, "DA"));
	CHECK(may_compare_text("B", "D", false, TICK_EQ, "D"));
	CHECK(may_compare_text("B", "D", true, TICK_EQ, "DA"));
	CHECK(!may_compare_text("B", "D", true, TICK_EQ, "E"));
	CHECK(may_compare_text("B", "D", true, TICK_GT, "D"));
	CHECK(!may_compare_text("B", "D", false, TICK_GT, "D"));
	CHECK(may_compare_text("B", "D", true, TICK_GE, "DZZZ"));
	CHECK(!may_compare_text("B", "D", false, TICK_GE, "DZZZ"));
	CHECK(!may_compare_text("B", "D", false, TICK_LT, "B"));
	CHECK(may_compare_text("B", "D", false, TICK_LE, "B"));
	CHECK(!may_compare_text("B", "B", false, TICK_NE, "B"));
	CHECK(may_compare_text("B", "B", true, TICK_NE, "B"));
}

static void
test_constants_and_nulls(void)
{
	TickFilter	null = {.kind = TICK_FILTER_NULL};
	TickFilter	empty_in = {.kind = TICK_FILTER_IN, .type = TICK_INT, .column = 0};
	TickFilter *child[1] = {&null};
	TickFilter	not = {.kind = TICK_FILTER_NOT, .children = 1, .child = child};
	uint64_t	keep[1] = {7};
	static Batch batch;
	const TickFilterValue *values;
	int			count;
	int64_t		low,
				high;

	/* NOT NULL is not TRUE, NOT (x IN ()) is TRUE even for a null x: no column is needed */
	CHECK_INT(tick_filter_apply(&not, 3, give_column, &batch, keep, NULL), TICK_OK);
	CHECK_INT(keep[0], 0);
	CHECK(!tick_filter_may_match(&not, give_no_zone, NULL));
	CHECK(tick_filter_text_set(&not, 0, &values, &count));
	CHECK_INT(count, 0);
	CHECK(!tick_filter_range(&not, 0, &low, &high));
	child[0] = &empty_in;
	keep[0] = UINT64_MAX;
	CHECK_INT(tick_filter_apply(&not, 3, give_column, &batch, keep, NULL), TICK_OK);
	CHECK_INT(keep[0], 7);
	CHECK_INT(batch.asked[0], 0);
	CHECK(tick_filter_may_match(&not, give_no_zone, NULL));
	CHECK(!tick_filter_may_match(&empty_in, give_no_zone, NULL));
}

/* Columns that an earlier condition made needless are not asked for. */
static void
test_columns_on_demand(void)
{
	static Batch batch;
	TickFilterValue value = {.i64 = 100};
	TickFilter	never = {.kind = TICK_FILTER_COMPARE, .column = 0, .type = TICK_INT, .compare = TICK_EQ, .values = 1, .value = &value};
	TickFilter	other = {.kind = TICK_FILTER_IS_NULL, .column = 1, .type = TICK_DOUBLE};
	TickFilter	wrong = {.kind = TICK_FILTER_IS_NULL, .column = 1, .type = TICK_TEXT};
	TickFilter *child[2] = {&never, &other};
	TickFilter	and = {.kind = TICK_FILTER_AND, .children = 2, .child = child};
	uint64_t	keep[TICK_BATCH_ROWS / 64];
	uint64_t	seed = 5;
	TickError	error;

	make_batch(&batch, &seed);
	memset(batch.asked, 0, sizeof(batch.asked));
	memset(keep, 0xff, sizeof(keep));
	CHECK_INT(tick_filter_apply(&and, batch.rows, give_column, &batch, keep, NULL), TICK_OK);
	CHECK_INT(batch.asked[0], 1);
	CHECK_INT(batch.asked[1], 0);
	memset(keep, 0xff, sizeof(keep));
	CHECK_INT(tick_filter_apply(&wrong, batch.rows, give_column, &batch, keep, &error), TICK_UNSUPPORTED);
	CHECK_TEXT(error.message, "condition on text applied to a column of double precision");
	CHECK_INT(tick_filter_apply(&never, TICK_BATCH_ROWS + 1, give_column, &batch, keep, &error), TICK_UNSUPPORTED);
}

static bool
like(const char *value, const char *pattern)
{
	return tick_like_match(string_of(value), string_of(pattern));
}

static void
test_like(void)
{
	static const char *const pieces[] = {"a", "b", "%", "_", "\\", "\303\251", "\342\202\254", "\360\237\230\200"};
	uint64_t	seed = 42;
	int			wrong = 0;
	int			matched = 0;

	CHECK(like("abc", "a%c"));
	CHECK(like("", "%"));
	CHECK(!like("", "_"));
	CHECK(like("\303\251", "_"));
	CHECK(!like("\303\251", "__"));
	CHECK(like("100%", "100\\%"));
	CHECK(!like("1000", "100\\%"));
	CHECK(!like("a", "a\\"));
	CHECK(like("a\\", "a\\\\"));
	CHECK(like("\342\202", "__"));	/* cut short: byte by byte */
	CHECK(like("abcabcabd", "%abc%abd"));
	CHECK(!like("abcabcabe", "%abc%abd"));
	for (int round = 0; round < 200000; round++)
	{
		char		value[64] = "";
		char		pattern[64] = "";
		bool		match;

		for (uint32_t i = below(&seed, 7); i > 0; i--)
			strcat(value, pieces[below(&seed, 8)]);
		for (uint32_t i = below(&seed, 6); i > 0; i--)
			strcat(pattern, pieces[below(&seed, 8)]);
		match = like_naive(value, value + strlen(value), pattern, pattern + strlen(pattern));
		wrong += like(value, pattern) != match;
		matched += match;
	}
	CHECK_INT(wrong, 0);
	CHECK(matched > 10000);
}

static void
test_compare_helpers(void)
{
	for (int compare = TICK_LT; compare <= TICK_GT; compare++)
		CHECK_INT(tick_compare_negate(tick_compare_negate((TickCompare) compare)), compare);
	CHECK_INT(tick_compare_negate(TICK_LT), TICK_GE);
	CHECK_INT(tick_compare_negate(TICK_EQ), TICK_NE);
	CHECK(tick_double_compare(NAN, INFINITY) > 0);
	CHECK(tick_double_compare(-INFINITY, NAN) < 0);
	CHECK_INT(tick_double_compare(NAN, -NAN), 0);
	CHECK_INT(tick_double_compare(0.0, -0.0), 0);
}

int
main(void)
{
	RUN(test_random_trees);
	RUN(test_cut_text_bounds);
	RUN(test_constants_and_nulls);
	RUN(test_columns_on_demand);
	RUN(test_like);
	RUN(test_compare_helpers);
	return unit_report("filter");
}
