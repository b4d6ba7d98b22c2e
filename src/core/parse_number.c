/*-------------------------------------------------------------------------
 *
 * parse_number.c
 *	  Columns of numbers and truth values.
 *
 * Nearly every number of a market data file is up to eight digits with at
 * most one point: scan_digits() takes those without and
 * scan_word() those with one as a 64-bit word, with neither a loop nor a
 * branch on where the point stands.  scan_number() takes signs and
 * more digits in one pass.  Whatever else there is (blanks, exponents) goes
 * through value.h.
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
 * Up to eight characters, digits and at most one point: the digits as an
 * integer, and how many of them stand after the point.  The text is brought
 * to the word's upper end, where lengths do not matter; what precedes the
 * point then closes the gap, and zeros fill the lower end.
 */
static inline bool
scan_word(const TickParser *parser, TickString text, int64_t *units, int *fraction)
{
	uint64_t	word = 0;
	uint64_t	points;
	uint64_t	before;			/* the bytes up to and with the point */
	uint32_t	digits;

	if (text.length - 1 >= 8)
		return false;
	if ((size_t) (text.data - parser->batch->padded) < parser->batch->padded_bytes)
		word = tick_load64(text.data);
	else
		word = tick_load_short(text.data, text.length);
	word <<= 64 - 8 * text.length;
	/* 0x80 in the bytes that are a point; a wrong one above the first does no harm */
	points = word ^ TICK_BYTES('.');
	points = (points - TICK_BYTES(0x01)) & ~points & TICK_BYTES(0x80);
	before = points != 0 ? points ^ (points - 1) : 0;
	digits = text.length - (points != 0);
	if (digits == 0)
		return false;
	*fraction = points != 0 ? __builtin_clzll(before) / 8 : 0;
	word = (word & ~before) | (word & before >> 8) << 8;
	word |= digits < 8 ? TICK_BYTES(0x30) >> 8 * digits : 0;
	if (!tick_all_digits(word))
		return false;
	*units = tick_eight_digits(word);
	return true;
}

/* Up to eight digits and nothing else. */
static inline bool
scan_digits(const TickParser *parser, TickString text, int64_t *value)
{
	uint64_t	word;

	if (text.length - 1 >= 8 || (size_t) (text.data - parser->batch->padded) >= parser->batch->padded_bytes)
		return false;
	word = tick_pad_front(tick_load64(text.data), text.length);
	*value = tick_eight_digits(word);
	return tick_all_digits(word);
}

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
	unsigned	digit;
	const char *start;
	int			digits;

	if (text.length == 0 || text.length > 20)
		return false;
	negative = *at == '-';
	at += negative;
	start = at;
	while (at < end && (digit = (unsigned char) *at - '0') <= 9)
	{
		value = value * 10 + digit;
		at++;
	}
	digits = (int) (at - start);
	*fraction = 0;
	if (at < end)
	{
		if (*at++ != '.')
			return false;
		start = at;
		while (at < end && (digit = (unsigned char) *at - '0') <= 9)
		{
			value = value * 10 + digit;
			at++;
		}
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

/* Integers and decimals: a number with `digits` after the point, as an integer. */
static inline void
parse_units_column(TickParser *parser, int column, TickRunColumn *out, bool decimal)
{
	const TickParseColumn *spec = &parser->column[column];
	int			scale = decimal ? spec->scale : 0;
	int			digits = scale - spec->power;
	int64_t		low = spec->low,
				high = spec->high;
	const TickParseFeed feed = tick_parse_feed(parser, column);
	const uint32_t rows = parser->rows;
	int64_t    *values = out->i64;
	const bool	whole = digits == 0;	/* digits alone are the value */

	for (uint32_t i = 0; i < rows; i++)
	{
		TickString	text;
		int64_t		value;
		int			fraction;
		TickStatus	status = TICK_OK;

		values[i] = 0;
		if (!tick_parse_next(parser, column, &feed, i, &text))
		{
			tick_parse_put_null(parser, column, out, i, text);
			continue;
		}
		if (whole && scan_digits(parser, text, &value) && value >= low && value <= high)
		{
			values[i] = value;
			continue;
		}
		if ((!scan_word(parser, text, &value, &fraction) && !scan_number(text, &value, &fraction)) ||
			fraction > digits || digits - fraction > TICK_SUM_MAX_SCALE ||
			__builtin_mul_overflow(value, tick_power_of_ten[digits - fraction], &value))
		{
			TickString	trimmed = text;

			if (trim_number(parser, column, &trimmed))
			{
				tick_parse_put_null(parser, column, out, i, text);
				continue;
			}
			if (!decimal && spec->power == 0)
				status = tick_parse_int(trimmed, low, high, &value);
			else
				status = parse_scaled(trimmed, scale, spec->power, &value);
		}
		if (status == TICK_OK && (value < low || value > high))
			status = TICK_OUT_OF_RANGE;
		if (status == TICK_OK)
			values[i] = value;
		else
			tick_parse_fault(parser, i, column, tick_parse_fault_of(status), text);
	}
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
 * Doubles: digits below 2^53 divided by an exact power of ten round once, as
 * the nearest double must.  A negative zero keeps its sign the slow way.
 */
void
tick_parse_double_column(TickParser *parser, int column, TickRunColumn *out)
{
	const TickParseColumn *spec = &parser->column[column];
	int			power = spec->power;
	const TickParseFeed feed = tick_parse_feed(parser, column);
	const uint32_t rows = parser->rows;
	double	   *values = out->f64;

	for (uint32_t i = 0; i < rows; i++)
	{
		TickString	text;
		int64_t		units;
		int			fraction;
		double		value;
		TickStatus	status = TICK_OK;

		values[i] = 0;
		if (!tick_parse_next(parser, column, &feed, i, &text))
		{
			tick_parse_put_null(parser, column, out, i, text);
			continue;
		}
		if ((scan_word(parser, text, &units, &fraction) || scan_number(text, &units, &fraction)) &&
			units >= -EXACT_UNITS && units <= EXACT_UNITS &&
			(unsigned) (fraction + power) < EXACT_POWERS && (units != 0 || text.data[0] != '-'))
			value = (double) units / exact_power[fraction + power];
		else
		{
			TickString	trimmed = text;

			if (trim_number(parser, column, &trimmed))
			{
				tick_parse_put_null(parser, column, out, i, text);
				continue;
			}
			status = power == 0 ? tick_parse_double(trimmed, &value) : tick_parse_double_scaled(trimmed, power, &value);
		}
		if (status == TICK_OK && spec->single)
			status = round_to_real(&value);
		if (status == TICK_OK)
			values[i] = value;
		else
			tick_parse_fault(parser, i, column, tick_parse_fault_of(status), text);
	}
}

void
tick_parse_bool_column(TickParser *parser, int column, TickRunColumn *out)
{
	for (uint32_t i = 0; i < parser->rows; i++)
	{
		TickString	text;
		TickString	trimmed;
		int64_t		value;
		TickStatus	status;

		out->i64[i] = 0;
		if (tick_parse_text(parser, column, parser->record[i], &text))
		{
			trimmed = text;
			if (text.length == 1 && (*text.data == '0' || *text.data == '1'))
			{
				out->i64[i] = *text.data - '0';
				continue;
			}
			if (!trim_number(parser, column, &trimmed))
			{
				status = tick_parse_bool(trimmed, &value);
				if (status == TICK_OK)
					out->i64[i] = value;
				else
					tick_parse_fault(parser, i, column, tick_parse_fault_of(status), text);
				continue;
			}
		}
		tick_parse_put_null(parser, column, out, i, text);
	}
}
