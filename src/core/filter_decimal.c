/*-------------------------------------------------------------------------
 *
 * filter_decimal.c
 *	  The order of numbers that are kept as text.
 *
 * An unbounded numeric has more digits than any machine type, so it is
 * compared digit by digit, in place.  What is no number at all, which only a
 * damaged segment holds, comes out as some number.
 *
 *-------------------------------------------------------------------------
 */
#include "core/filter.h"

/* Where the digits are and what they stand for. */
typedef struct Decimal
{
	int			rank;			/* -2 -Infinity, -1 below zero, 0, 1 above, 2 Infinity, 3 NaN */
	int64_t		point;			/* the first digit that is no zero stands for 10^(point - 1) */
	const char *digit;			/* from there on, with a point somewhere */
	const char *end;			/* of the digits */
} Decimal;

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number behind an e, kept small. */
static int64_t
read_exponent(const char *at, const char *end)
{
	bool		negative = at < end && *at == '-';
	int64_t		exponent = 0;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	for (; at < end && is_digit(*at) && exponent < 1000000; at++)
		exponent = exponent * 10 + (*at - '0');
	return negative ? -exponent : exponent;
}

static Decimal
read_decimal(TickString text)
{
	const char *at = text.data;
	const char *end = text.data + text.length;
	Decimal		decimal = {0};
	bool		negative = at < end && *at == '-';
	bool		fraction = false;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	if (at < end && (*at == 'N' || *at == 'I'))
	{
		decimal.rank = *at == 'N' ? 3 : negative ? -2 : 2;
		return decimal;
	}
	for (; at < end && (is_digit(*at) || (*at == '.' && !fraction)); at++)
	{
		if (*at == '.')
			fraction = true;
		else if (decimal.digit == NULL && *at == '0')
			decimal.point -= fraction;
		else
		{
			if (decimal.digit == NULL)
				decimal.digit = at;
			decimal.point += !fraction;
		}
	}
	decimal.end = at;
	if (decimal.digit == NULL)
		return decimal;
	decimal.rank = negative ? -1 : 1;
	if (at < end && (*at == 'e' || *at == 'E'))
		decimal.point += read_exponent(at + 1, end);
	return decimal;
}

/* The next digit, 0 behind the last one. */
static int
next_digit(Decimal *decimal)
{
	if (decimal->digit < decimal->end && *decimal->digit == '.')
		decimal->digit++;
	return decimal->digit < decimal->end ? *decimal->digit++ - '0' : 0;
}

int
tick_decimal_compare(TickString a, TickString b)
{
	Decimal		left = read_decimal(a);
	Decimal		right = read_decimal(b);
	int			order;

	if (left.rank != right.rank)
		return left.rank < right.rank ? -1 : 1;
	if (left.rank != 1 && left.rank != -1)
		return 0;
	order = (left.point > right.point) - (left.point < right.point);
	while (order == 0 && (left.digit < left.end || right.digit < right.end))
		order = next_digit(&left) - next_digit(&right);
	return left.rank * order;
}
