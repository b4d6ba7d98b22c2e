/*-------------------------------------------------------------------------
 *
 * sum.c
 *	  Sums that do not depend on the order of the additions.
 *
 * A sum is an integer number of units of 10^-scale.  Terms of another scale
 * bring both to the larger scale first, which is exact; what no longer fits
 * 128 bits makes the sum unknown (overflow) rather than wrong.  At the
 * largest scale 1.7 * 10^20 still fits.
 *
 *-------------------------------------------------------------------------
 */
#include "core/sum.h"

#include <math.h>
#include <string.h>

#define TWO_50 (INT64_C(1) << 50)
#define TWO_53 (INT64_C(1) << 53)
#define INT128_MAX_VALUE ((tick_int128) (~(unsigned __int128) 0 >> 1))

const int64_t tick_power_of_ten[TICK_SUM_MAX_SCALE + 1] = {
	INT64_C(1), INT64_C(10), INT64_C(100), INT64_C(1000), INT64_C(10000),
	INT64_C(100000), INT64_C(1000000), INT64_C(10000000), INT64_C(100000000),
	INT64_C(1000000000), INT64_C(10000000000), INT64_C(100000000000),
	INT64_C(1000000000000), INT64_C(10000000000000), INT64_C(100000000000000),
	INT64_C(1000000000000000), INT64_C(10000000000000000),
	INT64_C(100000000000000000), INT64_C(1000000000000000000)
};

static const double power_of_ten_f64[TICK_SUM_MAX_SCALE + 1] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18
};

static inline uint64_t
bits_of(double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

void
tick_sum_init(TickSum *sum)
{
	memset(sum, 0, sizeof(*sum));
}

/*
 * Multiply *units by 10^digits (digits <= 18).  Returns false when the
 * product leaves 128 bits; 64-bit units never do.
 */
static inline bool
scale_up(tick_int128 *units, int digits)
{
	tick_int128 power = tick_power_of_ten[digits];
	tick_int128 limit;

	if (*units != (int64_t) *units)
	{
		limit = INT128_MAX_VALUE / power;
		if (*units > limit || *units < -limit)
			return false;
	}
	*units *= power;
	return true;
}

void
tick_sum_add_units(TickSum *sum, tick_int128 units, uint8_t scale)
{
	if (scale > TICK_SUM_MAX_SCALE || sum->scale > TICK_SUM_MAX_SCALE)
	{
		sum->overflow = true;
		return;
	}
	if (scale > sum->scale)
	{
		if (!scale_up(&sum->units, scale - sum->scale))
			sum->overflow = true;
		sum->scale = scale;
	}
	else if (scale < sum->scale && !scale_up(&units, sum->scale - scale))
		sum->overflow = true;
	if (__builtin_add_overflow(sum->units, units, &sum->units))
		sum->overflow = true;
}

void
tick_sum_add_double(TickSum *sum, double value)
{
	int64_t		mantissa;
	uint8_t		exponent;

	if (tick_double_to_decimal(value, &mantissa, &exponent))
		tick_sum_add_units(sum, mantissa, exponent);
	else if (fabs(value) >= (double) TWO_53 && fabs(value) < 0x1p63)
		tick_sum_add_units(sum, (int64_t) value, 0);	/* such doubles are integers */
	else
	{
		sum->rest += value;
		sum->has_rest = true;
	}
}

void
tick_sum_add(TickSum *sum, const TickSum *other)
{
	tick_sum_add_units(sum, other->units, other->scale);
	if (other->has_rest)
	{
		sum->rest += other->rest;
		sum->has_rest = true;
	}
	if (other->overflow)
		sum->overflow = true;
}

/* How many bits the number takes: 0 for 0. */
static int
bit_length(unsigned __int128 number)
{
	uint64_t	high = (uint64_t) (number >> 64);

	if (high != 0)
		return 128 - __builtin_clzll(high);
	return number != 0 ? 64 - __builtin_clzll((uint64_t) number) : 0;
}

/*
 * The double nearest to (number + something between 0 and 1 when inexact)
 * * 2^exponent, ties to even.  All bits below the top 62 are gathered in the
 * lowest one, so that the conversion rounds once and the scaling not at all;
 * number has at least 55 bits when inexact.
 */
static double
round_once(unsigned __int128 number, bool inexact, int exponent)
{
	int			drop = bit_length(number) - 62;
	uint64_t	top;

	if (drop <= 0)
		top = (uint64_t) number << 1;
	else
	{
		inexact |= (number & (((unsigned __int128) 1 << drop) - 1)) != 0;
		top = (uint64_t) (number >> drop) << 1;
		exponent += drop;
	}
	return ldexp((double) (int64_t) (top | inexact), exponent - 1);
}

/*
 * units / 10^scale, rounded once.  Small units need one division of exact
 * doubles.  Others are at least 2^53 / 10^18 = 0.009 in value, so that the
 * whole part and 64 binary digits of the fraction hold at least 57 bits.
 */
static double
units_to_double(tick_int128 units, uint8_t scale)
{
	unsigned __int128 magnitude = units < 0 ? -(unsigned __int128) units : (unsigned __int128) units;
	uint64_t	divisor = (uint64_t) tick_power_of_ten[scale];
	unsigned __int128 whole;
	unsigned __int128 fraction;
	uint64_t	remainder;
	double		result;

	if (magnitude <= (uint64_t) TWO_53)
		return (double) (int64_t) units / power_of_ten_f64[scale];
	whole = magnitude / divisor;
	remainder = (uint64_t) (magnitude % divisor);
	if (whole >> 56 != 0 || remainder == 0)
		result = round_once(whole, remainder != 0, 0);
	else
	{
		fraction = (unsigned __int128) remainder << 64;
		result = round_once(whole << 64 | fraction / divisor, fraction % divisor != 0, -64);
	}
	return units < 0 ? -result : result;
}

double
tick_sum_double(const TickSum *sum)
{
	double		result;

	if (sum->overflow || sum->scale > TICK_SUM_MAX_SCALE)
		return NAN;
	result = units_to_double(sum->units, sum->scale);
	return sum->has_rest ? result + sum->rest : result;
}

int
tick_sum_format(const TickSum *sum, char *buffer, size_t size)
{
	char		text[TICK_SUM_TEXT];
	char	   *p = text + sizeof(text);
	unsigned __int128 left = sum->units < 0 ? -(unsigned __int128) sum->units : (unsigned __int128) sum->units;
	int			digits = 0;
	size_t		length;

	if (sum->has_rest || sum->overflow || sum->scale > TICK_SUM_MAX_SCALE)
		return -1;
	do
	{
		if (digits == sum->scale && digits > 0)
			*--p = '.';
		*--p = '0' + (int) (left % 10);
		left /= 10;
		digits++;
	} while (left != 0 || digits <= sum->scale);
	if (sum->units < 0)
		*--p = '-';
	length = text + sizeof(text) - p;
	if (length >= size)
		return -1;
	memcpy(buffer, p, length);
	buffer[length] = '\0';
	return (int) length;
}

/*
 * Is value the double nearest to m / 10^e for an m of at most 2^53?  The
 * product is at most 1 away from m (half a unit from rounding value, half
 * from rounding the product), and below 2^50 at most 1/4, so that only large
 * candidates have neighbours to try.
 */
static inline bool
decimal_at(double value, int e, int64_t *mantissa)
{
	double		product = value * power_of_ten_f64[e];
	int64_t		m;

	if (!(fabs(product) <= (double) TWO_53))
		return false;
	m = (int64_t) (product + (product < 0 ? -0.5 : 0.5));
	*mantissa = m;
	if ((double) m / power_of_ten_f64[e] == value)
		return true;
	if (m < TWO_50 && m > -TWO_50)
		return false;
	for (int step = -1; step <= 1; step += 2)
	{
		*mantissa = m + step;
		if (*mantissa <= TWO_53 && *mantissa >= -TWO_53 &&
			(double) *mantissa / power_of_ten_f64[e] == value)
			return true;
	}
	return false;
}

/*
 * Whoever is a decimal of e digits is one of e + 1 digits too, as long as
 * the mantissa fits.  So a few numbers of digits are tried, the usual ones of
 * prices first, and zeros stripped from the mantissa found.  Below 2^50 no
 * two decimals of as many digits share a double, which makes the stripped
 * one the smallest; beyond, every number of digits is tried in turn.
 */
bool
tick_double_to_decimal(double value, int64_t *mantissa, uint8_t *exponent)
{
	static const uint8_t steps[] = {0, 2, 4, 6, 9, 12, 15, 18};
	int			first = 0;		/* fewest digits not yet excluded */

	for (size_t i = 0; i < sizeof(steps); i++)
	{
		int			e = steps[i];
		int64_t		m;

		if (!(fabs(value) * power_of_ten_f64[e] < (double) TWO_50))
		{
			for (e = first; e <= TICK_SUM_MAX_SCALE; e++)
			{
				if (decimal_at(value, e, mantissa))
				{
					*exponent = (uint8_t) e;
					return true;
				}
				if (!(fabs(value) * power_of_ten_f64[e] <= (double) TWO_53))
					return false;
			}
			return false;
		}
		if (decimal_at(value, e, &m))
		{
			while (e > first && m % 10 == 0)
			{
				m /= 10;
				e--;
			}
			*mantissa = m;
			*exponent = (uint8_t) e;
			return true;
		}
		first = e + 1;
	}
	return false;
}

/*
 * Adding 1.5 * 2^52 to a double below 2^51 rounds it to an integer, which
 * then is the difference of the two bit patterns.  No branches, so that the
 * compiler can take several values at a time.
 */
bool
tick_doubles_to_decimals(const double *restrict values, size_t count, uint8_t exponent, int64_t *restrict mantissas)
{
	const double power = power_of_ten_f64[exponent];
	uint64_t	differing = 0;
	uint64_t	inside = UINT64_MAX;	/* top bit stays set while all are below 2^51 */

	for (size_t i = 0; i < count; i++)
	{
		double		product = values[i] * power;
		double		rounded = product + 0x1.8p52;

		mantissas[i] = (int64_t) (bits_of(rounded) - bits_of(0x1.8p52));
		differing |= bits_of((rounded - 0x1.8p52) / power) ^ bits_of(values[i]);
		/* without the sign, patterns order as magnitudes do, infinities and NaN last */
		inside &= (bits_of(product) & INT64_MAX) - bits_of(0x1p51);
	}
	return differing == 0 && inside >> 63 != 0;
}
