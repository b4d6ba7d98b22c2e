/*-------------------------------------------------------------------------
 *
 * sum.h
 *	  Sums that do not depend on the order of the additions.
 *
 * Integers, decimals and doubles that are short decimals are added in
 * 128-bit integers at a decimal scale; doubles that are no decimals of at
 * most TICK_SUM_MAX_SCALE digits go to rest, in the order they come.
 * The value is units / 10^scale + rest, rounded once by tick_sum_double().
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_SUM_H
#define TICK_CORE_SUM_H

#include "core/vector.h"

#define TICK_SUM_MAX_SCALE 18
#define TICK_SUM_TEXT 48		/* bytes that hold any sum as text, NUL included */

/* 10^0 .. 10^18: the powers of ten of int64, all of them doubles without rounding */
extern const int64_t tick_power_of_ten[TICK_SUM_MAX_SCALE + 1];

/* aligned as palloc() aligns, where the compiler would count on 16 bytes */
typedef __int128 tick_int128 __attribute__((aligned(8)));

typedef struct TickSum
{
	tick_int128 units;
	double		rest;			/* sum of what no decimal expresses; NaN and infinities too */
	uint8_t		scale;
	bool		has_rest;
	bool		overflow;		/* units left 128 bits: the sum is not known */
} TickSum;

extern void tick_sum_init(TickSum *sum);
extern void tick_sum_add_units(TickSum *sum, tick_int128 units, uint8_t scale);
extern void tick_sum_add_double(TickSum *sum, double value);	/* exact decimal when it is one */
extern void tick_sum_add(TickSum *sum, const TickSum *other);
extern double tick_sum_double(const TickSum *sum);	/* correctly rounded when no rest; NaN on overflow */
/*
 * Value as decimal digits with exactly scale of them after the point, e.g.
 * "-12.50" at scale 2.  Returns bytes written, without NUL, or -1 when size
 * is too small, has_rest or overflow; TICK_SUM_TEXT bytes are always enough.
 */
extern int	tick_sum_format(const TickSum *sum, char *buffer, size_t size);

/*
 * If value is m / 10^e exactly as a double for some e <= TICK_SUM_MAX_SCALE
 * and |m| <= 2^53, store the smallest such e and its m, and return true.
 * -0.0 gives 0: who must keep the sign of zero looks at it first.
 */
extern bool tick_double_to_decimal(double value, int64_t *mantissa, uint8_t *exponent);

/*
 * Many values at one exponent, fast: store value * 10^exponent and return
 * true if every value is the exact quotient, bit for bit (so no -0.0), of a
 * mantissa below 2^51.  Otherwise mantissas holds nothing of use.
 */
extern bool tick_doubles_to_decimals(const double *values, size_t count, uint8_t exponent, int64_t *mantissas);

#endif							/* TICK_CORE_SUM_H */
