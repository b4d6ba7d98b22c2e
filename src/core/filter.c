/*-------------------------------------------------------------------------
 *
 * filter.c
 *	  Conditions on the rows of a batch.
 *
 * Three-valued logic without a third bitmap: NOT is pushed down to the
 * tests on the way (`negate`), by De Morgan's laws, which hold for NULLs
 * too.  Each test then clears the rows for which it (or its negation) is not
 * TRUE, and a null row is never kept by either but for IS NULL.  So AND is
 * one test after the other on the same bitmap, and OR tries each child on
 * the rows that no child before it has kept.
 *
 * Fixed types are compared 64 rows at a time, without branches, by the
 * kernels of filter_kernel.c.  Text is tested for the rows still kept
 * only; where a batch is dictionary-coded, once per value that occurs.
 *
 *-------------------------------------------------------------------------
 */
#include "core/filter.h"
#include "core/filter_kernel.h"

#include <math.h>
#include <string.h>

#define KEEP_WORDS (TICK_BATCH_ROWS / 64)
#define MEMO_CODES 4096			/* dictionaries beyond this are tested row by row */

_Static_assert(TICK_BATCH_ROWS % 64 == 0, "a batch fills its words");

/*
 * FilterBatch is what one tick_filter_apply() hands down the tree.
 */
typedef struct FilterBatch
{
	uint32_t	rows;
	uint32_t	words;
	TickFilterColumn column;
	void	   *context;
	TickError  *error;
} FilterBatch;

static TickStatus apply(const TickFilter *filter, bool negate, FilterBatch *batch, uint64_t *keep);

TickCompare
tick_compare_negate(TickCompare compare)
{
	switch (compare)
	{
		case TICK_LT:
			return TICK_GE;
		case TICK_LE:
			return TICK_GT;
		case TICK_EQ:
			return TICK_NE;
		case TICK_NE:
			return TICK_EQ;
		case TICK_GE:
			return TICK_LT;
		case TICK_GT:
			break;
	}
	return TICK_LE;
}

int
tick_double_compare(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (isnan(a) != 0) - (isnan(b) != 0);
	return (a > b) - (a < b);
}

int
tick_filter_value_compare(const TickFilterValue *a, const TickFilterValue *b, TickType type)
{
	if (type == TICK_TEXT)
		return tick_string_compare(a->text, b->text);
	if (type == TICK_DOUBLE)
		return tick_double_compare(a->f64, b->f64);
	return (a->i64 > b->i64) - (a->i64 < b->i64);
}

int
tick_filter_test_compare(const TickFilter *filter, const TickFilterValue *a, const TickFilterValue *b)
{
	return filter->decimal ? tick_decimal_compare(a->text, b->text) :
		tick_filter_value_compare(a, b, filter->type);
}

/* First of the test's values that is >= *value. */
static int
lower_bound_of_test(const TickFilter *filter, const TickFilterValue *value)
{
	int			low = 0;
	int			high = filter->values;

	if (!filter->decimal)
		return tick_filter_lower_bound(filter->value, filter->values, filter->type, value);
	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (tick_decimal_compare(filter->value[middle].text, value->text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
tick_filter_lower_bound(const TickFilterValue *values, int count, TickType type, const TickFilterValue *value)
{
	int			low = 0;
	int			high = count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (tick_filter_value_compare(&values[middle], value, type) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
tick_filter_in(const TickFilter *filter, const TickFilterValue *value)
{
	int			i = lower_bound_of_test(filter, value);

	return i < filter->values && tick_filter_test_compare(filter, &filter->value[i], value) == 0;
}

/* Clear every row. */
static void
keep_none(const FilterBatch *batch, uint64_t *keep)
{
	memset(keep, 0, batch->words * sizeof(uint64_t));
}

static bool
keeps_any(const FilterBatch *batch, const uint64_t *keep)
{
	uint64_t	any = 0;

	for (uint32_t w = 0; w < batch->words; w++)
		any |= keep[w];
	return any != 0;
}

/* The column of a test, checked to be what the test reads. */
static TickStatus
test_column(const TickFilter *filter, FilterBatch *batch, const TickVector **vector)
{
	TICK_TRY(batch->column(batch->context, filter->column, vector, batch->error));
	/* doubles may come as the decimals that they are stored as */
	if ((*vector)->type != filter->type && !(filter->type == TICK_DOUBLE && (*vector)->type == TICK_DECIMAL &&
											 (*vector)->scale <= TICK_SUM_MAX_SCALE))
		return tick_error_set(batch->error, TICK_UNSUPPORTED, "condition on %s applied to a column of %s",
							  tick_type_name(filter->type), tick_type_name((*vector)->type));
	if ((*vector)->rows < batch->rows)
		return tick_error_set(batch->error, TICK_UNSUPPORTED, "condition on %u rows applied to a column of %u",
							  batch->rows, (*vector)->rows);
	return TICK_OK;
}

/* Clear the rows that are null, or (present = false) those that are not. */
static void
keep_validity(const TickVector *vector, const FilterBatch *batch, bool present, uint64_t *keep)
{
	if (vector->validity == NULL)
	{
		if (!present)
			keep_none(batch, keep);
		return;
	}
	for (uint32_t w = 0; w < batch->words; w++)
		keep[w] &= present ? vector->validity[w] : ~vector->validity[w];
}

/* Keep low <= value <= high, or with flip the others. */
static void
keep_int_range(const int64_t *value, int64_t low, int64_t high, uint64_t flip,
			   const FilterBatch *batch, uint64_t *keep)
{
	const TickFilterKernels *kernels = tick_filter_kernels();
	int64_t		tail[64] = {0};

	for (uint32_t w = 0; w < batch->words; w++)
	{
		const int64_t *word = value + w * 64;
		uint32_t	left = batch->rows - w * 64;

		if (keep[w] == 0)
			continue;
		/* bits beyond the last row are clear in keep already */
		if (left < 64)
			word = memcpy(tail, word, left * sizeof(int64_t));
		keep[w] &= kernels->range(word, low, high) ^ flip;
	}
}

/* Same for doubles that a kernel passes. */
static void
keep_double_where(const double *value, uint64_t (*kernel) (const double *, double), double constant, uint64_t flip,
				  const FilterBatch *batch, uint64_t *keep)
{
	double		tail[64] = {0};

	for (uint32_t w = 0; w < batch->words; w++)
	{
		const double *word = value + w * 64;
		uint32_t	left = batch->rows - w * 64;

		if (keep[w] == 0)
			continue;
		if (left < 64)
			word = memcpy(tail, word, left * sizeof(double));
		keep[w] &= kernel(word, constant) ^ flip;
	}
}

/* Every comparison of integers is a range, or all but a range. */
static void
keep_int_compare(const int64_t *value, TickCompare compare, int64_t constant,
				 const FilterBatch *batch, uint64_t *keep)
{
	switch (compare)
	{
		case TICK_LT:
			keep_int_range(value, constant, INT64_MAX, ~UINT64_C(0), batch, keep);
			break;
		case TICK_LE:
			keep_int_range(value, INT64_MIN, constant, 0, batch, keep);
			break;
		case TICK_EQ:
			keep_int_range(value, constant, constant, 0, batch, keep);
			break;
		case TICK_NE:
			keep_int_range(value, constant, constant, ~UINT64_C(0), batch, keep);
			break;
		case TICK_GE:
			keep_int_range(value, constant, INT64_MAX, 0, batch, keep);
			break;
		case TICK_GT:
			keep_int_range(value, INT64_MIN, constant, ~UINT64_C(0), batch, keep);
			break;
	}
}

/*
 * Keep by value op constant in PostgreSQL's order.  With a constant that is
 * a number the C comparisons <, <= and == are right for NaN values (false),
 * and GE, GT and NE are their opposites.
 */
static void
keep_double_compare(const double *value, TickCompare compare, double constant,
					const FilterBatch *batch, uint64_t *keep)
{
	const TickFilterKernels *kernels = tick_filter_kernels();
	bool		opposite = compare == TICK_GE || compare == TICK_GT || compare == TICK_NE;
	uint64_t	flip = opposite ? ~UINT64_C(0) : 0;
	TickCompare base = opposite ? tick_compare_negate(compare) : compare;

	if (isnan(constant))
	{
		/* NaN is the greatest: <= is always so, < is "a number", = is "NaN" */
		if (base == TICK_LE)
		{
			if (opposite)
				keep_none(batch, keep);
			return;
		}
		if (base == TICK_EQ)
			flip = ~flip;
		keep_double_where(value, kernels->number, constant, flip, batch, keep);
	}
	else
		keep_double_where(value, base == TICK_LT ? kernels->less : base == TICK_LE ? kernels->less_equal : kernels->equal,
						  constant, flip, batch, keep);
}

/* The double that a stored decimal stands for. */
static double
decimal_value(int64_t units, uint8_t scale)
{
	return (double) units / (double) tick_power_of_ten[scale];
}

/* Is the decimal's double at or, with beyond, above the constant? */
static bool
reaches(int64_t units, uint8_t scale, double constant, bool beyond)
{
	double		value = decimal_value(units, scale);

	return beyond ? value > constant : value >= constant;
}

/*
 * Least units whose double is at or above a constant that is a number; false
 * when there are none.  Doubles ascend with the units, so all that follow
 * are too.  The guess is off by little, if at all.
 */
static bool
least_units(uint8_t scale, double constant, bool beyond, int64_t *units)
{
	double		guess = constant * (double) tick_power_of_ten[scale];
	int64_t		low = INT64_MIN;
	int64_t		high = INT64_MAX;

	if (guess > -9e18 && guess < 9e18)
	{
		int64_t		middle = (int64_t) guess;

		if (!reaches(middle - 2, scale, constant, beyond))
			low = middle - 1;
		if (reaches(middle + 2, scale, constant, beyond))
			high = middle + 2;
	}
	if (!reaches(high, scale, constant, beyond))
		return false;
	while (low < high)
	{
		int64_t		middle = (int64_t) (((__int128) low + high) >> 1);

		if (reaches(middle, scale, constant, beyond))
			high = middle;
		else
			low = middle + 1;
	}
	*units = low;
	return true;
}

/* Keep by double op constant, where the doubles are stored as decimals: no row is converted. */
static void
keep_decimal_compare(const TickVector *vector, TickCompare compare, double constant,
					 const FilterBatch *batch, uint64_t *keep)
{
	bool		opposite = compare == TICK_GE || compare == TICK_GT || compare == TICK_NE;
	TickCompare base = opposite ? tick_compare_negate(compare) : compare;
	uint64_t	flip = opposite ? ~UINT64_C(0) : 0;
	int64_t		first = INT64_MIN;
	int64_t		behind = INT64_MIN;
	bool		ends;
	bool		none;

	/* decimals are no NaN: all of them are below one */
	if (isnan(constant))
	{
		if ((base == TICK_EQ) != opposite)
			keep_none(batch, keep);
		return;
	}
	/* base holds for first <= units < behind, or from first on */
	ends = least_units(vector->scale, constant, base != TICK_LT, &behind);
	none = base == TICK_EQ && !least_units(vector->scale, constant, false, &first);
	none = none || (ends && behind <= first);
	if (!none)
		keep_int_range(vector->i64, first, ends ? behind - 1 : INT64_MAX, flip, batch, keep);
	else if (!opposite)
		keep_none(batch, keep);
}

static bool
decimal_matches(const TickFilter *filter, const TickVector *vector, uint32_t row)
{
	TickFilterValue value = {.f64 = decimal_value(vector->i64[row], vector->scale)};

	return tick_filter_in(filter, &value);
}

static bool
int_matches(const TickFilter *filter, const TickVector *vector, uint32_t row)
{
	TickFilterValue value = {.i64 = vector->i64[row]};

	return tick_filter_in(filter, &value);
}

static bool
double_matches(const TickFilter *filter, const TickVector *vector, uint32_t row)
{
	TickFilterValue value = {.f64 = vector->f64[row]};

	return tick_filter_in(filter, &value);
}

/* Does a text pass a test, leaving negation aside? */
static bool
text_passes(const TickFilter *filter, TickString text)
{
	TickFilterValue value = {.text = text};
	const TickString *constant = &filter->value[0].text;
	int			order;

	if (filter->kind == TICK_FILTER_LIKE)
		return tick_like_match(text, *constant);
	if (filter->kind == TICK_FILTER_IN)
		return tick_filter_in(filter, &value);
	if (!filter->decimal && (filter->compare == TICK_EQ || filter->compare == TICK_NE))
	{
		bool		equal = text.length == constant->length &&
			(text.length == 0 || memcmp(text.data, constant->data, text.length) == 0);

		return equal == (filter->compare == TICK_EQ);
	}
	order = tick_filter_test_compare(filter, &value, &filter->value[0]);
	switch (filter->compare)
	{
		case TICK_LT:
			return order < 0;
		case TICK_LE:
			return order <= 0;
		case TICK_EQ:
			return order == 0;
		case TICK_NE:
			return order != 0;
		case TICK_GE:
			return order >= 0;
		default:
			return order > 0;
	}
}

static bool
text_matches(const TickFilter *filter, const TickVector *vector, uint32_t row)
{
	return text_passes(filter, vector->text != NULL ? vector->text[row] : vector->dictionary[vector->codes[row]]);
}

/* Clear the kept rows for which matches() is `negate`, one by one. */
static inline void
keep_each(const TickFilter *filter, bool negate, const TickVector *vector,
		  bool (*matches) (const TickFilter *, const TickVector *, uint32_t),
		  const FilterBatch *batch, uint64_t *keep)
{
	for (uint32_t w = 0; w < batch->words; w++)
	{
		for (uint64_t left = keep[w]; left != 0; left &= left - 1)
		{
			int			bit = __builtin_ctzll(left);

			if (matches(filter, vector, w * 64 + bit) == negate)
				keep[w] &= ~(UINT64_C(1) << bit);
		}
	}
}

/*
 * Same, over dictionary codes: each code that occurs is tested once.  Codes
 * of null rows are not looked at, for nothing is said of them.
 */
static void
keep_each_code(const TickFilter *filter, bool negate, const TickVector *vector,
			   const FilterBatch *batch, uint64_t *keep)
{
	enum
	{
		UNTESTED, PASSES, FAILS
	};
	uint8_t		memo[MEMO_CODES];

	memset(memo, UNTESTED, vector->dictionary_size);
	for (uint32_t w = 0; w < batch->words; w++)
	{
		uint64_t	kept = 0;

		for (uint64_t left = keep[w]; left != 0; left &= left - 1)
		{
			int			bit = __builtin_ctzll(left);
			uint32_t	code = vector->codes[w * 64 + bit];

			if (memo[code] == UNTESTED)
				memo[code] = text_passes(filter, vector->dictionary[code]) != negate ? PASSES : FAILS;
			kept |= (uint64_t) (memo[code] == PASSES) << bit;
		}
		keep[w] = kept;
	}
}

static void
keep_text(const TickFilter *filter, bool negate, const TickVector *vector,
		  const FilterBatch *batch, uint64_t *keep)
{
	if (vector->codes != NULL && vector->dictionary != NULL && vector->dictionary_size <= MEMO_CODES)
		keep_each_code(filter, negate, vector, batch, keep);
	else
		keep_each(filter, negate, vector, text_matches, batch, keep);
}

/* IN over a fixed type: cut to the range of the values first, then look each survivor up. */
static void
keep_fixed_in(const TickFilter *filter, bool negate, const TickVector *vector,
			  const FilterBatch *batch, uint64_t *keep)
{
	if (vector->type == TICK_DOUBLE)
		keep_each(filter, negate, vector, double_matches, batch, keep);
	else if (filter->type == TICK_DOUBLE)
		keep_each(filter, negate, vector, decimal_matches, batch, keep);
	else
	{
		int64_t		low = filter->value[0].i64;
		int64_t		high = filter->value[filter->values - 1].i64;

		if (!negate)
			keep_int_range(vector->i64, low, high, 0, batch, keep);
		if (low != high || negate)
			keep_each(filter, negate, vector, int_matches, batch, keep);
	}
}

/* COMPARE, IN or LIKE against a column. */
static TickStatus
apply_test(const TickFilter *filter, bool negate, FilterBatch *batch, uint64_t *keep)
{
	const TickVector *vector;
	TickVector	made;
	int64_t		part[TICK_BATCH_ROWS];
	TickCompare compare = negate ? tick_compare_negate(filter->compare) : filter->compare;

	TICK_TRY(test_column(filter, batch, &vector));
	keep_validity(vector, batch, true, keep);
	if (filter->part != NULL)
	{
		tick_filter_part(filter->part, vector->i64, batch->rows, part);
		made = *vector;
		made.i64 = part;
		vector = &made;
	}
	if (filter->type == TICK_TEXT)
		keep_text(filter, negate, vector, batch, keep);
	else if (filter->kind == TICK_FILTER_IN)
		keep_fixed_in(filter, negate, vector, batch, keep);
	else if (vector->type == TICK_DECIMAL && filter->type == TICK_DOUBLE)
		keep_decimal_compare(vector, compare, filter->value[0].f64, batch, keep);
	else if (filter->type == TICK_DOUBLE)
		keep_double_compare(vector->f64, compare, filter->value[0].f64, batch, keep);
	else
		keep_int_compare(vector->i64, compare, filter->value[0].i64, batch, keep);
	return TICK_OK;
}

static TickStatus
apply_is_null(const TickFilter *filter, bool negate, FilterBatch *batch, uint64_t *keep)
{
	const TickVector *vector;

	TICK_TRY(test_column(filter, batch, &vector));
	keep_validity(vector, batch, negate, keep);
	return TICK_OK;
}

/* All children must be TRUE (an AND, or the negation of an OR). */
static TickStatus
apply_all(const TickFilter *filter, bool negate, FilterBatch *batch, uint64_t *keep)
{
	for (int i = 0; i < filter->children && keeps_any(batch, keep); i++)
		TICK_TRY(apply(filter->child[i], negate, batch, keep));
	return TICK_OK;
}

/* One child must be TRUE (an OR, or the negation of an AND). */
static TickStatus
apply_any(const TickFilter *filter, bool negate, FilterBatch *batch, uint64_t *keep)
{
	uint64_t	open[KEEP_WORDS];	/* not kept by any child so far */
	uint64_t	tried[KEEP_WORDS];
	size_t		bytes = batch->words * sizeof(uint64_t);

	memcpy(open, keep, bytes);
	for (int i = 0; i < filter->children && keeps_any(batch, open); i++)
	{
		memcpy(tried, open, bytes);
		TICK_TRY(apply(filter->child[i], negate, batch, tried));
		for (uint32_t w = 0; w < batch->words; w++)
			open[w] &= ~tried[w];
	}
	for (uint32_t w = 0; w < batch->words; w++)
		keep[w] &= ~open[w];
	return TICK_OK;
}

/* Clear in keep the rows for which the filter (negate: its negation) is not TRUE. */
static TickStatus
apply(const TickFilter *filter, bool negate, FilterBatch *batch, uint64_t *keep)
{
	bool		constant = false;

	switch (filter->kind)
	{
		case TICK_FILTER_AND:
			return negate ? apply_any(filter, negate, batch, keep) : apply_all(filter, negate, batch, keep);
		case TICK_FILTER_OR:
			return negate ? apply_all(filter, negate, batch, keep) : apply_any(filter, negate, batch, keep);
		case TICK_FILTER_NOT:
			return apply(filter->child[0], !negate, batch, keep);
		case TICK_FILTER_IS_NULL:
			return apply_is_null(filter, negate, batch, keep);
		case TICK_FILTER_IN:
			if (filter->values > 0)
				return apply_test(filter, negate, batch, keep);
			constant = negate;
			break;
		case TICK_FILTER_COMPARE:
		case TICK_FILTER_LIKE:
			return apply_test(filter, negate, batch, keep);
		case TICK_FILTER_TRUE:
			constant = !negate;
			break;
		case TICK_FILTER_FALSE:
			constant = negate;
			break;
		case TICK_FILTER_NULL:
			break;
	}
	if (!constant)
		keep_none(batch, keep);
	return TICK_OK;
}

TickStatus
tick_filter_apply(const TickFilter *filter, uint32_t rows,
				  TickFilterColumn column, void *context,
				  uint64_t *keep, TickError *error)
{
	FilterBatch batch = {.rows = rows, .words = (uint32_t) tick_bit_words(rows),
	.column = column, .context = context, .error = error};

	if (rows > TICK_BATCH_ROWS)
		return tick_error_set(error, TICK_UNSUPPORTED, "condition applied to %u rows at once", rows);
	if (rows % 64 != 0)
		keep[batch.words - 1] &= (UINT64_C(1) << (rows % 64)) - 1;
	if (!keeps_any(&batch, keep))
		return TICK_OK;
	return apply(filter, false, &batch, keep);
}
