/*-------------------------------------------------------------------------
 *
 * test_sum.c
 *	  Sums against the C library's own correctly rounded conversions.
 *
 *-------------------------------------------------------------------------
 */
#include "core/sum.h"
#include "unit.h"

#include <math.h>

/* The smallest number of digits that strtod() reads back as value, or -1. */
static int
digits_by_text(double value)
{
	char		text[400];

	for (int e = 0; e <= TICK_SUM_MAX_SCALE; e++)
	{
		snprintf(text, sizeof(text), "%.*f", e, value);
		if (strtod(text, NULL) == value)
			return fabs(value) * pow(10, e) <= 9007199254740992.0 * (1 + 1e-15) ? e : -1;
	}
	return -1;
}

static void
check_decimal(double value)
{
	int64_t		mantissa = 0;
	uint8_t		exponent = 0;
	char		text[64];
	int			expected = digits_by_text(value);
	bool		found = tick_double_to_decimal(value, &mantissa, &exponent);

	CHECK_INT(found ? exponent : -1, expected);
	if (found)
	{
		snprintf(text, sizeof(text), "%" PRId64 "e-%d", mantissa, exponent);
		CHECK(strtod(text, NULL) == value);
		CHECK(mantissa <= INT64_C(1) << 53 && mantissa >= -(INT64_C(1) << 53));
	}
}

static void
test_decimals(void)
{
	uint64_t	seed = 1;
	static const double fixed[] = {
		0.0, 1.0, -1.0, 0.1, -0.1, 0.3, 0.1 + 0.2, 1.052, 100076.00000000001, 134, 133.9,
		9007199254740992.0, 9007199254740991.0, -9007199254740991.0, 900719925474099.1,
		4503599627370497.0, 4503599627370496.5, 1e-18, 3e-18, 1e-19, 1e-300, 5e-324, 1e15, 1e17, 1e300,
		0.000000000000000001, 123456789012345.67, 1e-7, 0.00001234, 2.5e-10
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		check_decimal(fixed[i]);
	for (int i = 0; i < 20000; i++)
	{
		int			shift = 11 + unit_random(&seed) % 50;
		int64_t		m = (int64_t) unit_random(&seed) >> shift;
		char		text[64];

		snprintf(text, sizeof(text), "%" PRId64 "e-%d", m, (int) (unit_random(&seed) % 19));
		check_decimal(strtod(text, NULL));
	}
	for (int i = 0; i < 20000; i++)
	{
		int			power = unit_random(&seed) % 90;

		check_decimal(ldexp((double) (int64_t) unit_random(&seed), -power));
	}
}

static void
test_many_decimals(void)
{
	static const double cents[] = {0.0, 10.5, -3.25, 99999.99, 1e12, 0.01};
	static const double others[] = {-0.0, NAN, INFINITY, -INFINITY, 0.001, 1e300, 22517998136852.48, 1.0 / 3.0};
	double		values[7];
	int64_t		mantissas[7];

	CHECK(tick_doubles_to_decimals(cents, 6, 2, mantissas));
	CHECK_INT(mantissas[0], 0);
	CHECK_INT(mantissas[1], 1050);
	CHECK_INT(mantissas[2], -325);
	CHECK_INT(mantissas[3], 9999999);
	CHECK_INT(mantissas[4], INT64_C(100000000000000));
	CHECK_INT(mantissas[5], 1);
	CHECK(!tick_doubles_to_decimals(cents, 6, 1, mantissas));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
	{
		memcpy(values, cents, sizeof(cents));
		values[6] = values[i % 6];
		values[i % 6] = others[i];
		CHECK(!tick_doubles_to_decimals(values, 7, 2, mantissas));
	}
	values[0] = 22517998136852.47;
	CHECK(tick_doubles_to_decimals(values, 1, 2, mantissas));
	CHECK_INT(mantissas[0], INT64_C(2251799813685247));
}

static void
test_no_decimals(void)
{
	int64_t		mantissa;
	uint8_t		exponent;

	CHECK(!tick_double_to_decimal(NAN, &mantissa, &exponent));
	CHECK(!tick_double_to_decimal(INFINITY, &mantissa, &exponent));
	CHECK(!tick_double_to_decimal(-INFINITY, &mantissa, &exponent));
	CHECK(!tick_double_to_decimal(9007199254740994.0, &mantissa, &exponent));
	CHECK(!tick_double_to_decimal(1.0 / 3.0 * 1e-6, &mantissa, &exponent));
	CHECK(tick_double_to_decimal(-0.0, &mantissa, &exponent));
	CHECK_INT(mantissa, 0);
	CHECK_INT(exponent, 0);
}

/* tick_sum_double() rounds as strtod() does of the sum's decimal digits */
static void
check_rounding(tick_int128 units, int scale)
{
	TickSum		sum;
	char		text[TICK_SUM_TEXT];

	tick_sum_init(&sum);
	tick_sum_add_units(&sum, units, (uint8_t) scale);
	CHECK(tick_sum_format(&sum, text, sizeof(text)) > 0);
	CHECK(tick_sum_double(&sum) == strtod(text, NULL));
}

static void
test_rounding(void)
{
	uint64_t	seed = 2;

	for (int i = 0; i < 40000; i++)
	{
		unsigned __int128 bits = (unsigned __int128) unit_random(&seed) << 64;
		int			scale = unit_random(&seed) % 19;

		bits |= unit_random(&seed);
		check_rounding((tick_int128) bits >> unit_random(&seed) % 128, scale);
	}
	/* exact halves between two doubles, and one unit beside them */
	for (int i = 0; i < 20000; i++)
	{
		int			scale = unit_random(&seed) % 19;
		int			shift = unit_random(&seed) % 50;
		tick_int128 half = (tick_int128) ((unit_random(&seed) >> 11) | UINT64_C(1) << 52) * 2 + 1;
		tick_int128 units = half << shift;

		for (int d = -1; d <= 1; d++)
		{
			check_rounding(units + d, 0);
			if (scale <= 6)
				check_rounding((half << (shift % 40)) * tick_power_of_ten[scale] + d, scale);
			check_rounding(-(units + d), scale);
		}
	}
}

static void
test_format(void)
{
	TickSum		sum;
	char		text[TICK_SUM_TEXT];
	tick_int128 least = (tick_int128) 1 << 126;

	tick_sum_init(&sum);
	CHECK_INT(tick_sum_format(&sum, text, sizeof(text)), 1);
	CHECK_TEXT(text, "0");
	tick_sum_add_units(&sum, -125, 1);
	CHECK_INT(tick_sum_format(&sum, text, sizeof(text)), 5);
	CHECK_TEXT(text, "-12.5");
	tick_sum_add_units(&sum, 0, 4);
	tick_sum_format(&sum, text, sizeof(text));
	CHECK_TEXT(text, "-12.5000");
	tick_sum_add_units(&sum, 124999, 4);
	tick_sum_format(&sum, text, sizeof(text));
	CHECK_TEXT(text, "-0.0001");
	CHECK_INT(tick_sum_format(&sum, text, 7), -1);
	CHECK_INT(tick_sum_format(&sum, text, 8), 7);
	tick_sum_init(&sum);
	sum.units = -least - least;
	CHECK_INT(tick_sum_format(&sum, text, sizeof(text)), 40);
	CHECK_TEXT(text, "-170141183460469231731687303715884105728");
	sum.scale = 18;
	CHECK_INT(tick_sum_format(&sum, text, sizeof(text)), 41);
	CHECK_TEXT(text, "-170141183460469231731.687303715884105728");
	CHECK(tick_sum_double(&sum) == -170141183460469231731.687303715884105728);
}

static void
test_order(void)
{
	uint64_t	seed = 3;
	double		value[1000];
	TickSum		forward;
	TickSum		backward;
	TickSum		part[3];
	char		a[TICK_SUM_TEXT];
	char		b[TICK_SUM_TEXT];

	for (int i = 0; i < 1000; i++)
	{
		double		power = pow(10, unit_random(&seed) % 7);

		value[i] = (double) ((int64_t) unit_random(&seed) >> 24) / power;
	}
	tick_sum_init(&forward);
	tick_sum_init(&backward);
	for (int i = 0; i < 3; i++)
		tick_sum_init(&part[i]);
	for (int i = 0; i < 1000; i++)
	{
		tick_sum_add_double(&forward, value[i]);
		tick_sum_add_double(&backward, value[999 - i]);
		tick_sum_add_double(&part[i % 3], value[i]);
	}
	tick_sum_add(&part[2], &part[0]);
	tick_sum_add(&part[2], &part[1]);
	tick_sum_format(&forward, a, sizeof(a));
	tick_sum_format(&backward, b, sizeof(b));
	CHECK_TEXT(a, b);
	tick_sum_format(&part[2], b, sizeof(b));
	CHECK_TEXT(a, b);

	tick_sum_init(&forward);
	for (int i = 0; i < 10; i++)
		tick_sum_add_double(&forward, 0.1);
	CHECK(tick_sum_double(&forward) == 1.0);
}

static void
test_rest_and_overflow(void)
{
	TickSum		sum;
	TickSum		other;
	char		text[TICK_SUM_TEXT];

	tick_sum_init(&sum);
	tick_sum_add_double(&sum, 0.5);
	tick_sum_add_double(&sum, 1e300);
	CHECK(sum.has_rest);
	CHECK(sum.rest == 1e300);
	CHECK(tick_sum_double(&sum) == 1e300);
	CHECK_INT(tick_sum_format(&sum, text, sizeof(text)), -1);

	tick_sum_init(&sum);
	tick_sum_add_double(&sum, 4611686018427387904.0);
	CHECK(!sum.has_rest);
	CHECK(tick_sum_double(&sum) == 4611686018427387904.0);

	tick_sum_init(&sum);
	tick_sum_add_double(&sum, INFINITY);
	tick_sum_init(&other);
	tick_sum_add_double(&other, -INFINITY);
	tick_sum_add(&sum, &other);
	CHECK(isnan(tick_sum_double(&sum)));

	tick_sum_init(&sum);
	tick_sum_add_units(&sum, (tick_int128) 1 << 126, 0);
	CHECK(!sum.overflow);
	tick_sum_init(&other);
	tick_sum_add(&other, &sum);
	tick_sum_add(&other, &sum);
	CHECK(other.overflow);
	CHECK(isnan(tick_sum_double(&other)));
	tick_sum_add_units(&sum, 1, 1);
	CHECK(sum.overflow);
	tick_sum_init(&sum);
	tick_sum_add_units(&sum, 1, 19);
	CHECK(sum.overflow);
	tick_sum_init(&sum);
	tick_sum_add_units(&sum, 0, 18);
	tick_sum_add_units(&sum, -((tick_int128) 1 << 100), 0);
	CHECK(sum.overflow);
}

int
main(void)
{
	RUN(test_decimals);
	RUN(test_many_decimals);
	RUN(test_no_decimals);
	RUN(test_rounding);
	RUN(test_format);
	RUN(test_order);
	RUN(test_rest_and_overflow);
	return unit_report("sum");
}
