/*-------------------------------------------------------------------------
 *
 * aggregate_expression.c
 *	  Values of expressions, a batch at a time.
 *
 * For sums a double expression is computed in integers at a decimal scale:
 * price * size of cents and shares is a multiplication of integers.  That
 * needs every operand of the batch to be a short decimal; otherwise rows are
 * taken one by one, each exactly if it is a decimal.  For everything else a
 * double is computed as PostgreSQL does, operation by operation.
 *
 * Arithmetic is checked on selected rows only: what a filter leaves out
 * cannot overflow.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_internal.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define EXACT_BITS 62
#define NO_SCALE 255

bool
tick_expression_is_double(const TickExpression *expression)
{
	return expression->term[expression->terms - 1].type == TICK_DOUBLE;
}

/* Scratch of a term. */
static TickStatus
term_array(TickAggregateJob *job, int expression, int term, int64_t **array, TickError *error)
{
	TickEvaluation *evaluation = &job->evaluation[expression];

	if (evaluation->array[term] == NULL)
		evaluation->array[term] = tick_alloc(&tick_memory_malloc, TICK_BATCH_ROWS * sizeof(int64_t));
	*array = evaluation->array[term];
	return *array != NULL ? TICK_OK : tick_no_memory(error);
}

static inline bool
is_selected(const TickSelection *selection, uint32_t row)
{
	return selection->all || tick_bit_get(selection->mask, row);
}

static int
bits_of(uint64_t seen)
{
	return seen == 0 ? 1 : 64 - __builtin_clzll(seen);
}

bool
tick_operand_tighten(TickAggregateJob *job, TickOperand *operand)
{
	if (!operand->loose)
		return false;
	operand->loose = false;
	operand->bits = bits_of(job->kernel->magnitude(operand->units, job->batch_rows));
	return true;
}

TickStatus
tick_expression_presence(TickAggregateJob *job, int expression, bool decimals,
						 uint64_t *mask, bool *changed, TickError *error)
{
	const TickExpression *e = &job->plan->expression[expression];

	for (int t = 0; t < e->terms; t++)
	{
		const uint64_t *validity;

		if (e->term[t].kind != TICK_TERM_COLUMN)
			continue;
		TICK_TRY(tick_job_validity(job, e->term[t].column, decimals, &validity, error));
		if (validity == NULL)
			continue;
		*changed = true;
		for (size_t i = 0; i < tick_bit_words(job->batch_rows); i++)
			mask[i] &= validity[i];
	}
	return TICK_OK;
}

/* ---- in integers ---- */

static TickStatus
integer_overflow(const TickTerm *term, TickError *error)
{
	return tick_error_set(error, TICK_OUT_OF_RANGE, "%s out of range",
						  term->high == INT16_MAX ? "smallint" : term->high == INT32_MAX ? "integer" : "bigint");
}

static bool
apply_checked(TickTermKind kind, int64_t a, int64_t b, int64_t *result)
{
	if (kind == TICK_TERM_ADD)
		return __builtin_add_overflow(a, b, result);
	if (kind == TICK_TERM_SUBTRACT)
		return __builtin_sub_overflow(a, b, result);
	return __builtin_mul_overflow(a, b, result);
}

/* Integer arithmetic row by row, with PostgreSQL's errors. */
static TickStatus
apply_rows(TickAggregateJob *job, const TickTerm *term, const TickSelection *selection,
		   const int64_t *a, const int64_t *b, int64_t *out, TickError *error)
{
	for (uint32_t i = 0; i < job->batch_rows; i++)
	{
		bool		bad = apply_checked(term->kind, a[i], b[i], &out[i]);

		bad |= term->type == TICK_INT && (out[i] < term->low || out[i] > term->high);
		if (bad && is_selected(selection, i))
			return integer_overflow(term, error);
	}
	return TICK_OK;
}

static void
apply_kernel(TickAggregateJob *job, TickTermKind kind, int64_t *out, const int64_t *a, const int64_t *b)
{
	if (kind == TICK_TERM_ADD)
		job->kernel->add(out, a, b, job->batch_rows);
	else if (kind == TICK_TERM_SUBTRACT)
		job->kernel->subtract(out, a, b, job->batch_rows);
	else
		job->kernel->multiply(out, a, b, job->batch_rows);
}

/* Bring an operand to a larger scale, in the term's scratch when it is not there yet; false when bits do not do. */
static TickStatus
raise_scale(TickAggregateJob *job, int expression, int scratch, TickOperand *operand, uint8_t scale,
			bool *exact, TickError *error)
{
	int			digits = scale - operand->scale;
	int64_t    *array;

	if (digits == 0)
		return TICK_OK;
	operand->bits += bits_of((uint64_t) tick_power_of_ten[digits]);
	*exact = operand->bits <= EXACT_BITS;
	if (!*exact)
		return TICK_OK;
	TICK_TRY(term_array(job, expression, scratch, &array, error));
	job->kernel->scale(array, operand->units, tick_power_of_ten[digits], job->batch_rows);
	operand->units = array;
	operand->scale = scale;
	return TICK_OK;
}

/* Bits that the result of an operation takes at most. */
static int
bits_of_result(const TickTerm *term, const TickOperand *a, const TickOperand *b)
{
	uint8_t		scale = a->scale > b->scale ? a->scale : b->scale;
	int			left = a->bits;
	int			right = b->bits;

	if (term->kind == TICK_TERM_MULTIPLY)
		return left + right;
	if (a->scale < scale)
		left += bits_of((uint64_t) tick_power_of_ten[scale - a->scale]);
	if (b->scale < scale)
		right += bits_of((uint64_t) tick_power_of_ten[scale - b->scale]);
	return (left > right ? left : right) + 1;
}

/* Can results of so many bits be computed without a look at each? */
static bool
fits_kernel(const TickTerm *term, int bits)
{
	return bits <= EXACT_BITS && (term->type != TICK_INT || term->high >> bits != 0);
}

/*
 * An operation on operands in integers.  The scratch of a raised operand is
 * that of its own term, which is not used otherwise: a term's array is
 * written in place.
 */
static TickStatus
apply_units(TickAggregateJob *job, int expression, int t, const TickSelection *selection,
			TickOperand *operands, bool *exact, TickError *error)
{
	const TickTerm *term = &job->plan->expression[expression].term[t];
	TickOperand *out = &operands[t];
	TickOperand a,
				b;
	int64_t    *array;
	int			bits = bits_of_result(term, &operands[term->left], &operands[term->right]);

	if (!fits_kernel(term, bits))
	{
		/* both, whatever the first has come to */
		bool		left = tick_operand_tighten(job, &operands[term->left]);
		bool		right = tick_operand_tighten(job, &operands[term->right]);

		if (left || right)
			bits = bits_of_result(term, &operands[term->left], &operands[term->right]);
	}
	a = operands[term->left];
	b = operands[term->right];
	*exact = true;
	if (term->kind == TICK_TERM_MULTIPLY)
	{
		out->scale = a.scale + b.scale;
		*exact = out->scale <= TICK_SUM_MAX_SCALE;
	}
	else
	{
		uint8_t		scale = a.scale > b.scale ? a.scale : b.scale;

		TICK_TRY(raise_scale(job, expression, term->left, &a, scale, exact, error));
		if (*exact)
			TICK_TRY(raise_scale(job, expression, term->right, &b, scale, exact, error));
		out->scale = scale;
	}
	if (!*exact)
		return TICK_OK;
	out->bits = bits;
	out->loose = a.loose || b.loose;
	TICK_TRY(term_array(job, expression, t, &array, error));
	out->units = array;
	if (fits_kernel(term, bits))
	{
		apply_kernel(job, term->kind, array, a.units, b.units);
		return TICK_OK;
	}
	if (term->type == TICK_DOUBLE)
	{
		*exact = false;
		return TICK_OK;
	}
	TICK_TRY(apply_rows(job, term, selection, a.units, b.units, array, error));
	out->loose = false;
	out->bits = bits_of(job->kernel->magnitude(array, job->batch_rows));
	return TICK_OK;
}

/* A constant as a whole batch of it. */
static TickStatus
constant_units(TickAggregateJob *job, int expression, int t, TickOperand *out, bool *exact, TickError *error)
{
	const TickTerm *term = &job->plan->expression[expression].term[t];
	int64_t		value = term->i64;
	int64_t    *array;

	out->scale = term->type == TICK_DECIMAL ? term->scale : 0;
	*exact = term->type != TICK_DOUBLE || tick_double_to_decimal(term->f64, &value, &out->scale);
	if (!*exact)
		return TICK_OK;
	TICK_TRY(term_array(job, expression, t, &array, error));
	for (uint32_t i = 0; i < job->batch_rows; i++)
		array[i] = value;
	out->units = array;
	out->loose = false;
	out->bits = bits_of((uint64_t) (value ^ (value >> 63)));
	return TICK_OK;
}

/* Bits of a column of integers, as far as its chunk tells. */
static int
stored_bits(const TickAggregateJob *job, int column)
{
	const TickBinding *binding;

	if (job->fed != NULL)
		return TICK_BITS_UNKNOWN;
	binding = &job->segment->binding[column];
	if (binding->origin != TICK_FROM_CHUNK || binding->factor != 1 || binding->digits)
		return TICK_BITS_UNKNOWN;
	return tick_chunk_batch_bits(job->column[column].chunk, job->batch);
}

static TickStatus
column_units(TickAggregateJob *job, const TickTerm *term, TickOperand *out, bool *exact, TickError *error)
{
	const TickVector *vector;

	*exact = true;
	if (job->plan->column[term->column].type == TICK_DOUBLE)
	{
		const TickJobColumn *column = &job->column[term->column];

		TICK_TRY(tick_job_decimals(job, term->column, error));
		*exact = column->uniform;
		out->units = column->given != NULL ? column->given : column->units.i64;
		out->scale = column->units.scale;
		out->bits = column->units_bits;
	}
	else
	{
		TICK_TRY(tick_job_column(job, term->column, &vector, error));
		out->units = vector->i64;
		out->scale = vector->type == TICK_DECIMAL ? vector->scale : 0;
		out->bits = stored_bits(job, term->column);
	}
	out->loose = out->bits != TICK_BITS_UNKNOWN;
	if (*exact && !out->loose)
		out->bits = bits_of(job->kernel->magnitude(out->units, job->batch_rows));
	return TICK_OK;
}

TickStatus
tick_expression_units(TickAggregateJob *job, int expression, const TickSelection *selection,
					  TickOperand *operand, bool *exact, TickError *error)
{
	const TickExpression *e = &job->plan->expression[expression];
	TickOperand operands[TICK_MAX_TERMS];

	*exact = true;
	for (int t = 0; t < e->terms && *exact; t++)
	{
		switch (e->term[t].kind)
		{
			case TICK_TERM_COLUMN:
				TICK_TRY(column_units(job, &e->term[t], &operands[t], exact, error));
				break;
			case TICK_TERM_CONSTANT:
				TICK_TRY(constant_units(job, expression, t, &operands[t], exact, error));
				break;
			case TICK_TERM_CONVERT:
				operands[t] = operands[e->term[t].left];
				break;
			default:
				TICK_TRY(apply_units(job, expression, t, selection, operands, exact, error));
				break;
		}
	}
	if (*exact)
	{
		*operand = operands[e->terms - 1];
		operand->f64 = NULL;
	}
	return TICK_OK;
}

/* ---- in doubles ---- */

/* What PostgreSQL says of a double operation's result. */
static TickStatus
check_double(TickTermKind kind, double a, double b, double result, TickError *error)
{
	if (isinf(result) && !isinf(a) && !isinf(b))
		return tick_double_overflow(error);
	if (kind == TICK_TERM_MULTIPLY && result == 0 && a != 0 && b != 0)
		return tick_error_set(error, TICK_OUT_OF_RANGE, "value out of range: underflow");
	return TICK_OK;
}

static inline double
apply_double(TickTermKind kind, double a, double b)
{
	return kind == TICK_TERM_ADD ? a + b : kind == TICK_TERM_SUBTRACT ? a - b : a * b;
}

static TickStatus
apply_doubles(TickAggregateJob *job, const TickTerm *term, const TickSelection *selection,
			  const double *a, const double *b, double *out, TickError *error)
{
	bool		doubtful = false;

	for (uint32_t i = 0; i < job->batch_rows; i++)
	{
		out[i] = apply_double(term->kind, a[i], b[i]);
		doubtful |= !(fabs(out[i]) <= DBL_MAX) | (out[i] == 0);
	}
	for (uint32_t i = 0; doubtful && i < job->batch_rows; i++)
		if (is_selected(selection, i))
			TICK_TRY(check_double(term->kind, a[i], b[i], out[i], error));
	return TICK_OK;
}

/* An operand of a double operation: integers are converted, in the term's scratch. */
static TickStatus
as_doubles(TickAggregateJob *job, int expression, int t, TickOperand *operand, TickError *error)
{
	int64_t    *array;

	if (operand->f64 != NULL)
		return TICK_OK;
	TICK_TRY(term_array(job, expression, t, &array, error));
	for (uint32_t i = 0; i < job->batch_rows; i++)
	{
		double		value = (double) operand->units[i];

		memcpy(&array[i], &value, sizeof(value));
	}
	operand->f64 = (const double *) (const void *) array;
	return TICK_OK;
}

/* Leaves of an expression in doubles: integers stay integers. */
static TickStatus
leaf_values(TickAggregateJob *job, int expression, int t, TickOperand *out, TickError *error)
{
	const TickTerm *term = &job->plan->expression[expression].term[t];
	const TickVector *vector;
	int64_t    *array;

	if (term->kind == TICK_TERM_COLUMN)
	{
		TICK_TRY(tick_job_column(job, term->column, &vector, error));
		if (vector->type == TICK_DOUBLE)
			out->f64 = vector->f64;
		else
			out->units = vector->i64;
		return TICK_OK;
	}
	TICK_TRY(term_array(job, expression, t, &array, error));
	for (uint32_t i = 0; i < job->batch_rows; i++)
	{
		if (term->type == TICK_DOUBLE)
			memcpy(&array[i], &term->f64, sizeof(double));
		else
			array[i] = term->i64;
	}
	if (term->type == TICK_DOUBLE)
		out->f64 = (const double *) (const void *) array;
	else
		out->units = array;
	return TICK_OK;
}

TickStatus
tick_expression_doubles(TickAggregateJob *job, int expression, const TickSelection *selection,
						TickOperand *operand, TickError *error)
{
	const TickExpression *e = &job->plan->expression[expression];
	TickOperand operands[TICK_MAX_TERMS];
	int64_t    *array;

	memset(operands, 0, sizeof(operands));
	for (int t = 0; t < e->terms; t++)
	{
		const TickTerm *term = &e->term[t];

		if (term->kind == TICK_TERM_COLUMN || term->kind == TICK_TERM_CONSTANT)
		{
			TICK_TRY(leaf_values(job, expression, t, &operands[t], error));
			continue;
		}
		if (term->kind == TICK_TERM_CONVERT)
		{
			operands[t] = operands[term->left];
			if (term->type == TICK_DOUBLE)
				TICK_TRY(as_doubles(job, expression, t, &operands[t], error));
			continue;
		}
		TICK_TRY(term_array(job, expression, t, &array, error));
		if (term->type == TICK_DOUBLE)
		{
			TICK_TRY(as_doubles(job, expression, term->left, &operands[term->left], error));
			TICK_TRY(as_doubles(job, expression, term->right, &operands[term->right], error));
			TICK_TRY(apply_doubles(job, term, selection, operands[term->left].f64, operands[term->right].f64,
								   (double *) (void *) array, error));
			operands[t].f64 = (const double *) (const void *) array;
		}
		else
		{
			TICK_TRY(apply_rows(job, term, selection, operands[term->left].units, operands[term->right].units,
								array, error));
			operands[t].units = array;
		}
	}
	TICK_TRY(as_doubles(job, expression, e->terms - 1, &operands[e->terms - 1], error));
	*operand = operands[e->terms - 1];
	return TICK_OK;
}

/* ---- row by row ---- */

/* A value of one row: units / 10^scale when scale is not NO_SCALE, and as PostgreSQL computes it. */
typedef struct RowValue
{
	tick_int128 units;
	uint8_t		scale;
	double		f64;
} RowValue;

static RowValue
double_value(double value)
{
	RowValue	result = {0, NO_SCALE, value};
	int64_t		mantissa;
	uint8_t		scale;

	if (tick_double_to_decimal(value, &mantissa, &scale))
	{
		result.units = mantissa;
		result.scale = scale;
	}
	return result;
}

static RowValue
integer_value(int64_t value)
{
	return (RowValue) {value, 0, (double) value};
}

/* The exact part of an operation; scale NO_SCALE when there is none. */
static void
apply_exactly(TickTermKind kind, const RowValue *a, const RowValue *b, RowValue *out)
{
	TickSum		sum;
	tick_int128 units;

	out->scale = NO_SCALE;
	if (a->scale == NO_SCALE || b->scale == NO_SCALE)
		return;
	if (kind == TICK_TERM_MULTIPLY)
	{
		int			scale = a->scale + b->scale;

		if (__builtin_mul_overflow(a->units, b->units, &units))
			return;
		while (scale > TICK_SUM_MAX_SCALE && units % 10 == 0)
		{
			units /= 10;
			scale--;
		}
		if (scale > TICK_SUM_MAX_SCALE)
			return;
		out->units = units;
		out->scale = (uint8_t) scale;
		return;
	}
	tick_sum_init(&sum);
	tick_sum_add_units(&sum, a->units, a->scale);
	tick_sum_add_units(&sum, kind == TICK_TERM_ADD ? b->units : -b->units, b->scale);
	if (sum.overflow)
		return;
	out->units = sum.units;
	out->scale = sum.scale;
}

static TickStatus
row_leaf(TickAggregateJob *job, const TickTerm *term, uint32_t row, RowValue *out, TickError *error)
{
	const TickVector *vector;

	if (term->kind == TICK_TERM_CONSTANT)
	{
		*out = term->type == TICK_DOUBLE ? double_value(term->f64) : integer_value(term->i64);
		return TICK_OK;
	}
	TICK_TRY(tick_job_column(job, term->column, &vector, error));
	*out = vector->type == TICK_DOUBLE ? double_value(vector->f64[row]) : integer_value(vector->i64[row]);
	return TICK_OK;
}

TickStatus
tick_expression_add_row(TickAggregateJob *job, int expression, uint32_t row, TickSum *sum, TickError *error)
{
	const TickExpression *e = &job->plan->expression[expression];
	RowValue	values[TICK_MAX_TERMS];
	const RowValue *value = &values[e->terms - 1];

	for (int t = 0; t < e->terms; t++)
	{
		const TickTerm *term = &e->term[t];

		if (term->kind == TICK_TERM_COLUMN || term->kind == TICK_TERM_CONSTANT)
			TICK_TRY(row_leaf(job, term, row, &values[t], error));
		else if (term->kind == TICK_TERM_CONVERT)
			values[t] = values[term->left];
		else
		{
			const RowValue *a = &values[term->left];
			const RowValue *b = &values[term->right];
			int64_t		integer;

			if (term->type == TICK_INT)
			{
				if (apply_checked(term->kind, (int64_t) a->units, (int64_t) b->units, &integer) ||
					integer < term->low || integer > term->high)
					return integer_overflow(term, error);
				values[t] = integer_value(integer);
				continue;
			}
			values[t].f64 = apply_double(term->kind, a->f64, b->f64);
			TICK_TRY(check_double(term->kind, a->f64, b->f64, values[t].f64, error));
			apply_exactly(term->kind, a, b, &values[t]);
		}
	}
	if (value->scale != NO_SCALE)
	{
		tick_sum_add_all(sum, value->units, value->scale);
		return TICK_OK;
	}
	return tick_sum_add_checked(sum, value->f64) ? TICK_OK : tick_double_overflow(error);
}
