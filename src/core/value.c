/*-------------------------------------------------------------------------
 *
 * value.c
 *	  Numbers and booleans out of text: exact, no locale, no memory.
 *
 * Every number is first scanned to sign, up to 19 significant digits and a
 * power of ten.  Doubles with at most 2^53 as digits and a power within
 * +-22 are one exact multiplication or division away (W. D. Clinger, "How to
 * Read Floating Point Numbers Accurately", PLDI 1990); all others go through
 * strtod in the C locale, with 800 significant digits and a sticky one, which
 * is more than any double needs to be told from its neighbours.
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
#define MAX_EXPONENT 100000			/* of ten, beyond which everything is zero or infinite */

static const double power_of_ten[] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
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

/* "e[+-]digits" at p, up to end; false when it is no exponent. */
static bool
scan_exponent(const char *p, const char *end, int *exponent)
{
	bool		negative = false;
	int			value = 0;

	p++;
	if (p < end && (*p == '+' || *p == '-'))
		negative = *p++ == '-';
	if (p == end)
		return false;
	for (; p < end; p++)
	{
		if (*p < '0' || *p > '9')
			return false;
		if (value < MAX_EXPONENT)
			value = value * 10 + (*p - '0');
	}
	*exponent += negative ? -value : value;
	return true;
}

/* Add a digit to the number; beyond 19 significant ones only whether any was not zero is kept. */
static inline void
add_digit(TickScannedNumber *number, int digit, bool fraction)
{
	if (number->digits < 19)
	{
		number->mantissa = number->mantissa * 10 + digit;
		number->digits += number->mantissa != 0;
		number->exponent -= fraction;
	}
	else
	{
		number->truncated |= digit != 0;
		number->exponent += !fraction;
	}
}

bool
tick_scan_number(TickString text, TickScannedNumber *number)
{
	const char *p = text.data;
	const char *end = text.data + text.length;
	const char *start;
	bool		point = false;
	int			seen = 0;

	memset(number, 0, sizeof(*number));
	if (p < end && (*p == '-' || *p == '+'))
		number->negative = *p++ == '-';
	start = p;
	for (; p < end; p++)
	{
		if (*p >= '0' && *p <= '9')
		{
			add_digit(number, *p - '0', point);
			seen++;
		}
		else if (*p == '.' && !point)
			point = true;
		else
			break;
	}
	if (seen == 0)
		return false;
	number->first = start;
	number->last = p;
	if (p < end && (*p == 'e' || *p == 'E'))
	{
		if (!scan_exponent(p, end, &number->exponent))
			return false;
		p = end;
	}
	return p == end;
}

TickStatus
tick_parse_int(TickString text, int64_t low, int64_t high, int64_t *out)
{
	TickScannedNumber number;
	uint64_t	magnitude;
	int64_t		value;

	if (!tick_scan_number(text, &number))
		return TICK_BAD_INPUT;
	/* 1e3 is no way to write an integer */
	if (number.last != text.data + text.length)
		return TICK_BAD_INPUT;
	magnitude = number.mantissa;
	for (; number.exponent < 0; number.exponent++)
	{
		/* a fraction of other digits than zeros */
		if (magnitude % 10 != 0)
			return TICK_BAD_INPUT;
		magnitude /= 10;
	}
	if (number.exponent > 0 || number.truncated || magnitude > (uint64_t) INT64_MAX + number.negative)
		return TICK_OUT_OF_RANGE;
	value = number.negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
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
	int			power;

	if (!tick_scan_number(text, &number))
		return TICK_BAD_INPUT;
	magnitude = number.mantissa;
	power = number.exponent + scale;
	if (number.truncated)
		return TICK_OUT_OF_RANGE;
	for (; power < 0 && magnitude != 0; power++)
	{
		if (magnitude % 10 != 0)
			return TICK_OUT_OF_RANGE;
		magnitude /= 10;
	}
	for (; power > 0 && magnitude != 0; power--)
		if (__builtin_mul_overflow(magnitude, UINT64_C(10), &magnitude))
			return TICK_OUT_OF_RANGE;
	if (magnitude > (uint64_t) INT64_MAX + number.negative)
		return TICK_OUT_OF_RANGE;
	*out = number.negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
	return TICK_OK;
}

/* ---- doubles ---- */

static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void
make_c_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t) 0);
}

/* All digits of a number, to the nearest double. */
static double
slow_double(const TickScannedNumber *number)
{
	char		buffer[SLOW_DIGITS + 32];
	char	   *out = buffer;
	const char *p;
	int			digits = 0;
	int			exponent = number->exponent;
	bool		sticky = false;

	/* the scanner's exponent belongs to its first 19 digits: each more that is written takes one back */
	for (p = number->first; p < number->last; p++)
	{
		if (*p == '.' || (*p == '0' && digits == 0))
			continue;
		if (digits < SLOW_DIGITS)
		{
			*out++ = *p;
			exponent -= digits >= 19;
			digits++;
		}
		else
			sticky |= *p != '0';
	}
	if (sticky)
	{
		*out++ = '1';
		exponent--;
	}
	snprintf(out, buffer + sizeof(buffer) - out, "e%d", exponent);
	pthread_once(&c_locale_once, make_c_locale);
	return strtod_l(buffer, NULL, c_locale);
}

/* The nearest double to a scanned number. */
static TickStatus
number_to_double(const TickScannedNumber *number, double *out)
{
	double		value;

	if (number->mantissa == 0 && !number->truncated)
		value = 0.0;
	else if (!number->truncated && number->mantissa <= (UINT64_C(1) << 53) &&
			 number->exponent >= -22 && number->exponent <= 22)
		value = number->exponent < 0 ? (double) number->mantissa / power_of_ten[-number->exponent] :
			(double) number->mantissa * power_of_ten[number->exponent];
	else
	{
		value = slow_double(number);
		if (isinf(value) || value == 0.0)
			return TICK_OUT_OF_RANGE;
	}
	*out = number->negative ? -value : value;
	return TICK_OK;
}

TickStatus
tick_parse_double(TickString text, double *out)
{
	TickScannedNumber number;

	if (!tick_scan_number(text, &number))
		return TICK_BAD_INPUT;
	return number_to_double(&number, out);
}

TickStatus
tick_parse_double_scaled(TickString text, int power, double *out)
{
	TickScannedNumber number;

	if (!tick_scan_number(text, &number))
		return TICK_BAD_INPUT;
	number.exponent -= power;
	return number_to_double(&number, out);
}

/* ---- booleans ---- */

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
	int			value,
				i;

	if (text.length == 1 && (text.data[0] == '0' || text.data[0] == '1'))
	{
		*out = text.data[0] - '0';
		return TICK_OK;
	}
	for (value = 0; value < 2; value++)
		for (i = 0; i < 5; i++)
			if (same_word(text, words[value][i]))
			{
				*out = value;
				return TICK_OK;
			}
	return TICK_BAD_INPUT;
}
