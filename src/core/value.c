/*-------------------------------------------------------------------------
 *
 * value.c
 *	  Numbers and booleans out of text: exact, no locale, no memory.
 *
 * Most numbers of market data have up to eight characters and are read as
 * one word (value_internal.h).  All others are scanned to a sign, up to 19
 * significant digits and a power of ten.
 *
 * Doubles are the nearest ones, ties to even, found by the first that fits:
 *
 * 1. Digits up to 2^53 and a power within +-22 are both doubles, and one
 *    multiplication or division of them rounds once (W. D. Clinger, "How to
 *    Read Floating Point Numbers Accurately", PLDI 1990).
 * 2. Up to 19 digits and a power within +-27: 5^27 has 63 bits, so product
 *    or quotient are exact in 128 bits, with a sticky bit for what is left.
 * 3. strtod in the C locale, of 800 significant digits and a sticky one,
 *    which is more than any double needs to be told from its neighbours.
 *
 *-------------------------------------------------------------------------
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE				/* strtod_l */
#endif

#include "core/value.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/value_internal.h"

#define SLOW_DIGITS 800
#define MOST_EXPONENT INT64_C(1000000000000000)	/* written; more than any text's digits can undo */
#define SURE_EXPONENT 100000	/* beyond it every double is zero or infinite */
#define EXACT_FIVES 27			/* 5^27 < 2^63 */

static const double power_of_ten[] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

static const uint64_t integer_power_of_ten[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
	UINT64_C(10000000000), UINT64_C(100000000000), UINT64_C(1000000000000),
	UINT64_C(10000000000000), UINT64_C(100000000000000), UINT64_C(1000000000000000),
	UINT64_C(10000000000000000), UINT64_C(100000000000000000), UINT64_C(1000000000000000000)
};

TickString
tick_trim(TickString text)
{
	while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
	{
		text.data++;
		text.length--;
	}
	while (text.length > 0 && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
		text.length--;
	return text;
}

/* ---- scanning ---- */

static inline bool
is_digit(char c)
{
	return (uint8_t) (c - '0') <= 9;
}

/* "e[+-]digits" at p, up to end; false when it is no exponent. */
static bool
scan_exponent(const char *p, const char *end, int64_t *exponent)
{
	bool		negative = false;
	int64_t		value = 0;

	p++;
	if (p < end && (*p == '+' || *p == '-'))
		negative = *p++ == '-';
	if (p == end)
		return false;
	for (; p < end; p++)
	{
		if (!is_digit(*p))
			return false;
		if (value < MOST_EXPONENT)
			value = value * 10 + (*p - '0');
	}
	*exponent += negative ? -value : value;
	return true;
}

/* More than 19 digits: take the first 19 significant ones, and note whether others are not zero. */
static void
scan_many_digits(TickScannedNumber *number)
{
	int			digits = 0;
	bool		point = false;

	number->mantissa = 0;
	number->exponent = 0;
	for (const char *p = number->first; p < number->last; p++)
	{
		if (*p == '.')
			point = true;
		else if (digits < 19)
		{
			number->mantissa = number->mantissa * 10 + (uint8_t) (*p - '0');
			number->exponent -= point;
			digits += number->mantissa != 0;
		}
		else
		{
			number->truncated |= *p != '0';
			number->exponent += !point;
		}
	}
}

bool
tick_scan_number(TickString text, TickScannedNumber *number)
{
	const char *p = text.data;
	const char *end = text.data + text.length;
	const char *after;

	number->truncated = false;
	number->negative = p < end && *p == '-';
	p += p < end && (*p == '-' || *p == '+');
	number->mantissa = 0;
	number->fraction = 0;
	number->first = p;
	after = tick_take_digits(p, end, &number->mantissa);
	number->last = after;
	if (after < end && *after == '.')
	{
		number->last = tick_take_digits(after + 1, end, &number->mantissa);
		number->fraction = (uint32_t) (number->last - after - 1);
	}
	if (after == p && number->fraction == 0)
		return false;
	number->exponent = -(int64_t) number->fraction;
	if (after - p + number->fraction > 19)
		scan_many_digits(number);
	p = number->last;
	if (p < end && (*p == 'e' || *p == 'E'))
		return scan_exponent(p, end, &number->exponent);
	return p == end;
}

/* ---- integers and decimals ---- */

/* +-magnitude as int64 */
static inline bool
with_sign(uint64_t magnitude, bool negative, int64_t *out)
{
	if (magnitude > (uint64_t) INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
	return true;
}

/* Digits with an optional ".000" behind them: the general reader of integers. */
static TickStatus
parse_long_int(TickString text, int64_t *out)
{
	const char *p = text.data;
	const char *end = text.data + text.length;
	bool		negative = p < end && *p == '-';
	uint64_t	magnitude = 0;
	const char *first;
	const char *after;

	p += p < end && (*p == '-' || *p == '+');
	after = tick_take_digits(p, end, &magnitude);
	if (after == p)
		return TICK_BAD_INPUT;
	for (first = p; first < after && *first == '0'; first++)
		;
	if (after < end && *after != '.')
		return TICK_BAD_INPUT;
	for (p = after + 1; p < end; p++)
		if (*p != '0')
			return TICK_BAD_INPUT;
	if (after - first > 19 || !with_sign(magnitude, negative, out))
		return TICK_OUT_OF_RANGE;
	return TICK_OK;
}

TickStatus
tick_parse_int(TickString text, int64_t low, int64_t high, int64_t *out)
{
	uint32_t	mantissa;
	uint32_t	fraction;
	int64_t		value;

	if (tick_short_number(text.data, text.length, &mantissa, &fraction) && fraction == 0 && text.data[0] != '.')
		value = mantissa;
	else
		TICK_TRY(parse_long_int(text, &value));
	if (value < low || value > high)
		return TICK_OUT_OF_RANGE;
	*out = value;
	return TICK_OK;
}

TickStatus
tick_parse_decimal(TickString text, uint8_t scale, int64_t *out)
{
	TickScannedNumber number;
	uint64_t	magnitude;
	int64_t		power;
	uint32_t	mantissa;
	uint32_t	fraction;

	/* eight digits and ten zeros stay below 10^18 */
	if (tick_short_number(text.data, text.length, &mantissa, &fraction) && fraction <= scale && scale - fraction <= 10)
	{
		*out = (int64_t) (mantissa * integer_power_of_ten[scale - fraction]);
		return TICK_OK;
	}
	if (!tick_scan_number(text, &number))
		return TICK_BAD_INPUT;
	if (number.truncated)
		return TICK_OUT_OF_RANGE;
	magnitude = number.mantissa;
	power = number.exponent + scale;
	for (; power < 0 && magnitude != 0; power++)
	{
		if (magnitude % 10 != 0)
			return TICK_OUT_OF_RANGE;
		magnitude /= 10;
	}
	if (magnitude != 0 && (power > 18 || __builtin_mul_overflow(magnitude, integer_power_of_ten[power], &magnitude)))
		return TICK_OUT_OF_RANGE;
	return with_sign(magnitude, number.negative, out) ? TICK_OK : TICK_OUT_OF_RANGE;
}

/* ---- doubles ---- */

static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void
make_c_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t) 0);
}

/*
 * All digits of a number, to the nearest double.  The buffer holds the
 * digits without leading zeros and without the point, then an exponent.
 */
static double
slow_double(const TickScannedNumber *number)
{
	char		buffer[SLOW_DIGITS + 32];
	char	   *out = buffer;
	int64_t		exponent = number->exponent;
	int			digits = 0;
	bool		sticky = false;

	/* the scanned exponent belongs to the first 19 digits: each more that is written takes one back */
	for (const char *p = number->first; p < number->last; p++)
	{
		if (*p == '.' || (*p == '0' && digits == 0))
			continue;
		if (digits < SLOW_DIGITS)
		{
			*out++ = *p;
			digits++;
		}
		else
			sticky |= *p != '0';
	}
	if (digits > 19)
		exponent -= digits - 19;
	if (sticky)
	{
		*out++ = '1';
		exponent--;
	}
	if (exponent > SURE_EXPONENT)
		exponent = SURE_EXPONENT;
	if (exponent < -SURE_EXPONENT)
		exponent = -SURE_EXPONENT;
	snprintf(out, buffer + sizeof(buffer) - out, "e%d", (int) exponent);
	pthread_once(&c_locale_once, make_c_locale);
	return strtod_l(buffer, NULL, c_locale);
}

/* value * 2^exponent, for results far from the ends of the range */
static inline double
times_power_of_two(double value, int exponent)
{
	uint64_t	bits = (uint64_t) (1023 + exponent) << 52;
	double		power;

	memcpy(&power, &bits, sizeof(power));
	return value * power;
}

/*
 * mantissa * 10^exponent for |exponent| <= EXACT_FIVES.  The 128-bit result
 * is cut to 64 bits, the lowest of which is set when anything was cut off;
 * the conversion to a double then rounds as the whole would.
 */
static double
exact_double(uint64_t mantissa, int exponent)
{
	uint64_t	five = 1;
	int			shift;

	for (int i = 0; i < (exponent < 0 ? -exponent : exponent); i++)
		five *= 5;
	if (exponent < 0)
	{
		int			up = __builtin_clzll(mantissa);
		int			five_up = __builtin_clzll(five);
		unsigned __int128 numerator = (unsigned __int128) (mantissa << up) << 63;
		uint64_t	quotient = (uint64_t) (numerator / (five << five_up));

		/* mantissa and five fill their words, so the quotient has 63 or 64 bits */
		quotient |= numerator % (five << five_up) != 0;
		return times_power_of_two((double) quotient, exponent + five_up - up - 63);
	}
	else
	{
		unsigned __int128 product = (unsigned __int128) mantissa * five;
		uint64_t	high = (uint64_t) (product >> 64);

		if (high == 0)
			return times_power_of_two((double) (uint64_t) product, exponent);
		shift = 64 - __builtin_clzll(high);
		high = (uint64_t) (product >> shift);
		high |= (product & (((unsigned __int128) 1 << shift) - 1)) != 0;
		return times_power_of_two((double) high, exponent + shift);
	}
}

/* The nearest double to a scanned number; out of range as float8in has it. */
static TickStatus
number_to_double(const TickScannedNumber *number, double *out)
{
	double		value;
	int64_t		exponent = number->exponent;

	if (number->mantissa == 0)
		value = 0.0;
	else if (number->truncated || exponent < -EXACT_FIVES || exponent > EXACT_FIVES)
	{
		value = slow_double(number);
		if (isinf(value) || value == 0.0)
			return TICK_OUT_OF_RANGE;
	}
	else if (number->mantissa > (UINT64_C(1) << 53) || exponent < -22 || exponent > 22)
		value = exact_double(number->mantissa, (int) exponent);
	else if (exponent < 0)
		value = (double) number->mantissa / power_of_ten[-exponent];
	else
		value = (double) number->mantissa * power_of_ten[exponent];
	*out = number->negative ? -value : value;
	return TICK_OK;
}

TickStatus
tick_parse_double(TickString text, double *out)
{
	return tick_parse_double_scaled(text, 0, out);
}

TickStatus
tick_parse_double_scaled(TickString text, int power, double *out)
{
	TickScannedNumber number;
	uint32_t	mantissa;
	uint32_t	fraction;

	if (power >= 0 && power <= 14 && tick_short_number(text.data, text.length, &mantissa, &fraction))
	{
		*out = (double) mantissa / power_of_ten[fraction + power];
		return TICK_OK;
	}
	if (!tick_scan_number(text, &number))
		return TICK_BAD_INPUT;
	number.exponent -= power;
	return number_to_double(&number, out);
}

/* ---- numbers with marks ---- */

/* Bytes of a sign of money at the beginning of text, or 0. */
static uint32_t
money_sign(TickString text)
{
	static const char *const signs[] = {"$", "\xC2\xA3", "\xC2\xA5", "\xE2\x82\xAC", "\xE2\x82\xB9"};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
	{
		uint32_t	length = (uint32_t) strlen(signs[i]);

		if (text.length >= length && memcmp(text.data, signs[i], length) == 0)
			return length;
	}
	return 0;
}

/* Bytes of a mark between thousands at the beginning of text, or 0. */
static uint32_t
group_mark(TickString text, TickNumberMarks marks)
{
	static const char no_break[] = "\xC2\xA0";
	static const char narrow[] = "\xE2\x80\xAF";

	if (text.length == 0)
		return 0;
	if (*text.data == (marks == TICK_MARKS_COMMA ? '.' : ',') || *text.data == '\'' || *text.data == '_' || *text.data == ' ')
		return 1;
	if (text.length >= 2 && memcmp(text.data, no_break, 2) == 0)
		return 2;
	return text.length >= 3 && memcmp(text.data, narrow, 3) == 0 ? 3 : 0;
}

static void
pass_over(TickString *text, uint32_t bytes)
{
	text->data += bytes;
	text->length -= bytes;
}

/* Copy digits; returns how many. */
static uint32_t
copy_digits(TickString *text, char **out)
{
	uint32_t	digits = 0;

	for (; text->length > 0 && is_digit(*text->data); pass_over(text, 1), digits++)
		*(*out)++ = *text->data;
	return digits;
}

/* Digits of the whole part; groups have three each, but for the first, and two as in India where three end it. */
static bool
copy_groups(TickString *text, TickNumberMarks marks, char **out)
{
	uint32_t	digits = copy_digits(text, out);
	uint32_t	first = digits;
	uint32_t	mark;
	char		kind = text->length > 0 ? *text->data : '\0';
	bool		grouped = false;

	while (digits > 0 && (mark = group_mark(*text, marks)) > 0 && *text->data == kind &&
		   text->length > mark && is_digit(text->data[mark]))
	{
		if (grouped && digits != 2 && digits != 3)
			return false;
		pass_over(text, mark);
		digits = copy_digits(text, out);
		grouped = true;
	}
	return !grouped || (digits == 3 && first <= 3);
}

/* Take what may stand around a number off; *negative for parentheses and a minus. */
static void
take_signs(TickString *text, bool *negative)
{
	bool		closed = text->length >= 2 && text->data[0] == '(' && text->data[text->length - 1] == ')';

	*negative = closed;
	if (closed)
		*text = tick_trim((TickString) {text->data + 1, text->length - 2});
	for (int i = 0; i < 2; i++)
	{
		pass_over(text, money_sign(*text));
		*text = tick_trim(*text);
		if (i == 0 && !closed && text->length > 0 && (*text->data == '-' || *text->data == '+'))
		{
			*negative = *text->data == '-';
			pass_over(text, 1);
		}
		else
			break;
	}
}

/* What stands behind the digits: a power of ten as an exponent, a sign of money or of percent, nothing. */
static bool
take_unit(TickString text, char **out)
{
	static const char letters[] = "KMBT";
	static const char powers[][4] = {"e3", "e6", "e9", "e12"};
	const char *letter;

	text = tick_trim(text);
	if (text.length == 0 || money_sign(text) == text.length || (text.length == 1 && *text.data == '%'))
		return true;
	letter = text.length == 1 ? strchr(letters, *text.data & ~0x20) : NULL;
	if (letter == NULL || *letter == '\0')
		return false;
	memcpy(*out, powers[letter - letters], 3);
	*out += strlen(powers[letter - letters]);
	return true;
}

bool
tick_plain_number(TickString text, TickNumberMarks marks, char *plain, uint32_t *length)
{
	char	   *out = plain;
	bool		negative;
	uint32_t	digits;

	text = tick_trim(text);
	take_signs(&text, &negative);
	if (negative)
		*out++ = '-';
	digits = (uint32_t) (out - plain);
	if (!copy_groups(&text, marks, &out))
		return false;
	if (text.length > 0 && *text.data == (marks == TICK_MARKS_COMMA ? ',' : '.'))
	{
		pass_over(&text, 1);
		*out++ = '.';
		copy_digits(&text, &out);
	}
	digits = (uint32_t) (out - plain) - digits - (out > plain && out[-1] == '.');
	if (digits == 0 || (text.length == 0 && plain == out))
		return false;
	if (text.length > 1 && (*text.data == 'e' || *text.data == 'E'))
	{
		/* whether it is one is for the reader of the plain number to say */
		memcpy(out, text.data, text.length);
		out += text.length;
	}
	else if (!take_unit(text, &out))
		return false;
	*length = (uint32_t) (out - plain);
	return true;
}

/* ---- booleans ---- */

/* Is text this word of small letters, in any case? */
static bool
same_word(TickString text, const char *word)
{
	uint32_t	i;

	for (i = 0; i < text.length && word[i] != '\0'; i++)
		if ((text.data[i] | 0x20) != word[i])
			return false;
	return i == text.length && word[i] == '\0';
}

TickStatus
tick_parse_bool(TickString text, int64_t *out)
{
	static const char *const words[2][5] = {
		{"f", "false", "n", "no", "off"},
		{"t", "true", "y", "yes", "on"}
	};

	if (text.length == 1 && (text.data[0] == '0' || text.data[0] == '1'))
	{
		*out = text.data[0] - '0';
		return TICK_OK;
	}
	for (int value = 0; value < 2; value++)
		for (int i = 0; i < 5; i++)
			if (same_word(text, words[value][i]))
			{
				*out = value;
				return TICK_OK;
			}
	return TICK_BAD_INPUT;
}
