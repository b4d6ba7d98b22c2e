/*-------------------------------------------------------------------------
 *
 * parse_number.c
 *	  Columns of numbers and truth values.
 *
 * Nearly every number of a market data file is up to eight digits with at
 * most one point, which the kernels of field_kernel.h take for a whole batch.
 * What they leave is read here: scan_number() takes signs and more digits in
 * one pass.  Whatever else there is (blanks, exponents) goes through value.h.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>

#include "core/parse_column.h"
#include "core/value_internal.h"

/* 10^0 .. 10^22: the powers of ten that a double holds exactly */
#define EXACT_POWERS 23

static const double exact_power[EXACT_POWERS] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

#define EXACT_UNITS (INT64_C(1) << 53)	/* integers up to this are doubles */

/*
 * A plain number of at most 18 digits: its digits as an integer, and how many
 * of them stand after the point.
 */
static inline bool
scan_number(TickString text, int64_t *units, int *fraction)
{
	const char *at = text.data;
	const char *end = at + text.length;
	bool		negative;
	uint64_t	value = 0;
	const char *start;
	int			digits;

	if (text.length == 0 || text.length > 20)
		return false;
	negative = *at == '-';
	at += negative;
	start = at;
	at = tick_take_digits(at, end, &value);
	digits = (int) (at - start);
	*fraction = 0;
	if (at < end)
	{
		if (*at++ != '.')
			return false;
		start = at;
		at = tick_take_digits(at, end, &value);
		if (at != end)
			return false;
		*fraction = (int) (at - start);
		digits += *fraction;
	}
	if (digits == 0 || digits > 18)
		return false;
	*units = negative ? -(int64_t) value : (int64_t) value;
	return true;
}

/*
 * number / 10^power with scale digits after the point, as value * 10^scale.
 * The number is read with as many digits as can matter, and what does not
 * divide is out of range.
 */
static TickStatus
parse_scaled(TickString text, int scale, int power, int64_t *out)
{
	int			digits = scale - power;
	int64_t		value;

	if (digits > TICK_SUM_MAX_SCALE)
	{
		int			more = digits - TICK_SUM_MAX_SCALE;

		TICK_TRY(tick_parse_decimal(text, TICK_SUM_MAX_SCALE, &value));
		if (value != 0 && (more > TICK_SUM_MAX_SCALE ||
						   __builtin_mul_overflow(value, tick_power_of_ten[more], &value)))
			return TICK_OUT_OF_RANGE;
		*out = value;
		return TICK_OK;
	}
	if (digits >= 0)
		return tick_parse_decimal(text, (uint8_t) digits, out);
	TICK_TRY(tick_parse_decimal(text, 0, &value));
	if (value != 0 && (-digits > TICK_SUM_MAX_SCALE || value % tick_power_of_ten[-digits] != 0))
		return TICK_OUT_OF_RANGE;
	*out = value == 0 ? 0 : value / tick_power_of_ten[-digits];
	return TICK_OK;
}

/* The text of a number that the quick way does not take; true when it is null. */
static bool
trim_number(TickParser *parser, int column, TickString *text)
{
	*text = tick_trim(*text);
	return tick_parse_is_null(parser, &parser->column[column], *text);
}

/* One integer or decimal, whatever it holds: a number with `digits` after the point, as an integer. */
static inline void
parse_units(TickParser *parser, int column, TickRunColumn *out, uint32_t row, int digits, bool decimal)
{
	const TickParseColumn *spec = &parser->column[column];
	TickString	text;
	int64_t		value;
	int			fraction;
	TickStatus	status = TICK_OK;

	out->i64[row] = 0;
	if (!tick_parse_text(parser, column, parser->record[row], &text))
	{
		tick_parse_put_null(parser, column, out, row, text);
		return;
	}
	if (!scan_number(text, &value, &fraction) || fraction > digits || digits - fraction > TICK_SUM_MAX_SCALE ||
		__builtin_mul_overflow(value, tick_power_of_ten[digits - fraction], &value))
	{
		TickString	trimmed = text;

		if (trim_number(parser, column, &trimmed))
		{
			tick_parse_put_null(parser, column, out, row, text);
			return;
		}
		if (!decimal && spec->power == 0)
			status = tick_parse_int(trimmed, spec->low, spec->high, &value);
		else
			status = parse_scaled(trimmed, decimal ? spec->scale : 0, spec->power, &value);
	}
	if (status == TICK_OK && (value < spec->low || value > spec->high))
		status = TICK_OUT_OF_RANGE;
	if (status == TICK_OK)
		out->i64[row] = value;
	else
		tick_parse_fault(parser, row, column, tick_parse_fault_of(status), text);
}

/* Add the rows whose value is out of range, so that the slow way says so. */
static uint32_t
leave_out_of_range(TickParser *parser, const TickParseColumn *spec, const int64_t *values, uint32_t left)
{
	uint32_t	others[TICK_CSV_RECORDS];
	uint32_t	n = 0;

	for (uint32_t i = 0; i < parser->rows; i++)
	{
		others[n] = i;
		n += values[i] < spec->low || values[i] > spec->high;
	}
	return tick_parse_add_left(parser, left, others, n);
}

/* What kernels take of integers and decimals; returns how many rows are left. */
static inline uint32_t
take_units(TickParser *parser, int column, int digits, int64_t *values)
{
	const TickParseColumn *spec = &parser->column[column];
	const TickFields fields = tick_parse_fields(parser, spec->source[0].field, 0);
	uint32_t	factor[TICK_FIELD_FRACTIONS] = {0};
	uint32_t	left;

	if (digits == 0)
		left = parser->kernel->digits(&fields, values, parser->left);
	else
	{
		for (int i = 0; i < TICK_FIELD_FRACTIONS && i <= digits; i++)
			factor[i] = (uint32_t) tick_power_of_ten[digits - i];
		left = parser->kernel->decimals(&fields, factor, values, parser->left);
	}
	if (spec->low > 0 || spec->high < 99999999 * tick_power_of_ten[digits])
		left = leave_out_of_range(parser, spec, values, left);
	return left;
}

static inline void
parse_units_column(TickParser *parser, int column, TickRunColumn *out, bool decimal)
{
	int			digits = (decimal ? parser->column[column].scale : 0) - parser->column[column].power;
	uint32_t	left;

	/* factors of kernels are 32 bits wide */
	if (parser->every && digits >= 0 && digits <= 9 && tick_parse_is_plain(parser, column))
		left = take_units(parser, column, digits, out->i64);
	else
		left = tick_parse_leave_all(parser);
	for (uint32_t i = 0; i < left; i++)
		parse_units(parser, column, out, parser->left[i], digits, decimal);
}

void
tick_parse_int_column(TickParser *parser, int column, TickRunColumn *out)
{
	parse_units_column(parser, column, out, false);
}

void
tick_parse_decimal_column(TickParser *parser, int column, TickRunColumn *out)
{
	parse_units_column(parser, column, out, true);
}

/* A double as a real holds it; out of range as float4in says it. */
static TickStatus
round_to_real(double *value)
{
	float		real = (float) *value;

	if (isinf(real) || (real == 0 && *value != 0))
		return TICK_OUT_OF_RANGE;
	*value = real;
	return TICK_OK;
}

/*
 * One double, whatever it holds: digits below 2^53 divided by an exact power
 * of ten round once, as the nearest double must.  A negative zero keeps its
 * sign the slow way.
 */
static inline void
parse_double(TickParser *parser, int column, TickRunColumn *out, uint32_t row)
{
	const TickParseColumn *spec = &parser->column[column];
	const int	power = spec->power;
	TickString	text;
	int64_t		units;
	int			fraction;
	double		value;
	TickStatus	status = TICK_OK;

	out->f64[row] = 0;
	if (!tick_parse_text(parser, column, parser->record[row], &text))
	{
		tick_parse_put_null(parser, column, out, row, text);
		return;
	}
	if (scan_number(text, &units, &fraction) && units >= -EXACT_UNITS && units <= EXACT_UNITS &&
		(unsigned) (fraction + power) < EXACT_POWERS && (units != 0 || text.data[0] != '-'))
		value = (double) units / exact_power[fraction + power];
	else
	{
		TickString	trimmed = text;

		if (trim_number(parser, column, &trimmed))
		{
			tick_parse_put_null(parser, column, out, row, text);
			return;
		}
		status = power == 0 ? tick_parse_double(trimmed, &value) : tick_parse_double_scaled(trimmed, power, &value);
	}
	if (status == TICK_OK && spec->single)
		status = round_to_real(&value);
	if (status == TICK_OK)
		out->f64[row] = value;
	else
		tick_parse_fault(parser, row, column, tick_parse_fault_of(status), text);
}

void
tick_parse_double_column(TickParser *parser, int column, TickRunColumn *out)
{
	const TickParseColumn *spec = &parser->column[column];
	uint32_t	left;

	/* seven digits behind the point are the most that a kernel takes */
	if (parser->every && !spec->single && spec->power >= 0 && spec->power + 7 < EXACT_POWERS && tick_parse_is_plain(parser, column))
	{
		TickFields	fields = tick_parse_fields(parser, spec->source[0].field, 0);

		left = parser->kernel->doubles(&fields, exact_power + spec->power, out->f64, parser->left);
	}
	else
		left = tick_parse_leave_all(parser);
	for (uint32_t i = 0; i < left; i++)
		parse_double(parser, column, out, parser->left[i]);
}

/* A short text as a word, its length in the top byte; 0 when it is none. */
static inline uint64_t
word_of(TickString text)
{
	if (text.length - 1 >= TICK_FIELD_WORD)
		return 0;
	return tick_load_short(text.data, text.length) | (uint64_t) text.length << 56;
}

/* A file has one spelling for either value: those read last are remembered. */
void
tick_parse_bool_column(TickParser *parser, int column, TickRunColumn *out)
{
	uint64_t	known[2] = {0, 0};

	for (uint32_t i = 0; i < parser->rows; i++)
	{
		TickString	text;
		TickString	trimmed;
		int64_t		value;
		TickStatus	status;

		out->i64[i] = 0;
		if (tick_parse_text(parser, column, parser->record[i], &text))
		{
			uint64_t	word = word_of(text);

			trimmed = text;
			if (word != 0 && (word == known[0] || word == known[1]))
			{
				out->i64[i] = word == known[1];
				continue;
			}
			if (!trim_number(parser, column, &trimmed))
			{
				status = tick_parse_bool(trimmed, &value);
				if (status == TICK_OK)
				{
					out->i64[i] = value;
					known[value] = word;
				}
				else
					tick_parse_fault(parser, i, column, tick_parse_fault_of(status), text);
				continue;
			}
		}
		tick_parse_put_null(parser, column, out, i, text);
	}
}
