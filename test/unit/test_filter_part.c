/*-------------------------------------------------------------------------
 *
 * test_filter_part.c
 *	  Parts of times, numbers kept as text, and the comparing kernels.
 *
 * Parts are checked against a calendar that walks from day to day, in a zone
 * whose clocks change; their bounds against the parts of times between.
 * Decimals are written from integers in many ways and must compare as those.
 * Kernels are checked value by value, in both makes.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/filter.h"
#include "core/filter_kernel.h"

#include <math.h>
#include <stdio.h>

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define FIRST_DAY (-106750)		/* 1677-09-23 */

/* Clocks go forward at noon of day 100, back over midnight at the end of day 300. */
static TickTransition transition[] = {
	{INT64_MIN, -5 * 3600, 0}, {100 * DAY + 17 * HOUR, -4 * 3600, 1}, {301 * DAY + 4 * HOUR + 60 * SECOND, -5 * 3600, 0}
};
static const TickZone zone = {3, transition};

typedef struct Calendar
{
	int			year,
				month,
				day,
				day_of_year,
				weekday;		/* Sunday is 0 */
} Calendar;

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_of_month(const Calendar *date)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[date->month - 1] + (date->month == 2 && is_leap(date->year));
}

static void
next_day(Calendar *date)
{
	date->weekday = (date->weekday + 1) % 7;
	date->day_of_year++;
	if (++date->day <= days_of_month(date))
		return;
	date->day = 1;
	if (++date->month <= 12)
		return;
	date->month = date->day_of_year = 1;
	date->year++;
}

static int64_t
part_at(TickPartKind kind, int64_t unit, const TickZone *in, int64_t stamp)
{
	TickFilterPart part = {kind, unit, in};
	int64_t		out;

	tick_filter_part(&part, &stamp, 1, &out);
	return out;
}

/* Every day from 1970 to 2100, at a random time of it. */
static void
test_calendar(void)
{
	Calendar	date = {1970, 1, 1, 1, 4};
	uint64_t	seed = 7;
	int64_t		month_day = 0;
	int64_t		year_day = 0;

	for (int64_t day = 0; day < 47482; day++, next_day(&date))
	{
		int64_t		time = (int64_t) (unit_random(&seed) % (uint64_t) DAY);
		int64_t		stamp = day * DAY + time;
		int64_t		monday = day - (date.weekday + 6) % 7;

		month_day = date.day == 1 ? day : month_day;
		year_day = date.day_of_year == 1 ? day : year_day;
		CHECK_INT(part_at(TICK_PART_YEAR, 0, NULL, stamp), date.year);
		CHECK_INT(part_at(TICK_PART_MONTH, 0, NULL, stamp), date.month);
		CHECK_INT(part_at(TICK_PART_QUARTER, 0, NULL, stamp), (date.month + 2) / 3);
		CHECK_INT(part_at(TICK_PART_DAY, 0, NULL, stamp), date.day);
		CHECK_INT(part_at(TICK_PART_DAY_OF_YEAR, 0, NULL, stamp), date.day_of_year);
		CHECK_INT(part_at(TICK_PART_DAY_OF_WEEK, 0, NULL, stamp), date.weekday);
		CHECK_INT(part_at(TICK_PART_ISO_DAY_OF_WEEK, 0, NULL, stamp), date.weekday == 0 ? 7 : date.weekday);
		CHECK_INT(part_at(TICK_PART_TIME, 0, NULL, stamp), time);
		CHECK_INT(part_at(TICK_PART_HOUR, 0, NULL, stamp), time / HOUR);
		CHECK_INT(part_at(TICK_PART_MINUTE, 0, NULL, stamp), time / (60 * SECOND) % 60);
		CHECK_INT(part_at(TICK_PART_SECOND, 0, NULL, stamp), time % (60 * SECOND));
		CHECK_INT(part_at(TICK_PART_TRUNCATE, HOUR, NULL, stamp), (day * DAY + time / HOUR * HOUR) / 1000);
		CHECK_INT(part_at(TICK_PART_TRUNCATE_DAY, 0, NULL, stamp), day * DAY / 1000);
		CHECK_INT(part_at(TICK_PART_TRUNCATE_WEEK, 0, NULL, stamp), monday * DAY / 1000);
		CHECK_INT(part_at(TICK_PART_TRUNCATE_MONTH, 0, NULL, stamp), month_day * DAY / 1000);
		CHECK_INT(part_at(TICK_PART_TRUNCATE_YEAR, 0, NULL, stamp), year_day * DAY / 1000);
	}
}

/* Before 1970, where division rounds the other way; the first year begins before ns count. */
static void
test_long_ago(void)
{
	CHECK_INT(part_at(TICK_PART_TIME, 0, NULL, -1), DAY - 1);
	CHECK_INT(part_at(TICK_PART_DAY_OF_WEEK, 0, NULL, -1), 3);
	CHECK_INT(part_at(TICK_PART_YEAR, 0, NULL, -1), 1969);
	CHECK_INT(part_at(TICK_PART_TRUNCATE, HOUR, NULL, -1), -HOUR / 1000);
	CHECK_INT(part_at(TICK_PART_YEAR, 0, NULL, FIRST_DAY * DAY), 1677);
	CHECK_INT(part_at(TICK_PART_TRUNCATE_YEAR, 0, NULL, FIRST_DAY * DAY), -107015 * (DAY / 1000));
	CHECK_INT(part_at(TICK_PART_TRUNCATE_YEAR, 0, &zone, FIRST_DAY * DAY), -107015 * (DAY / 1000) + 5 * (HOUR / 1000));
}

static void
test_zone(void)
{
	int64_t		forward = transition[1].at;
	int64_t		back = transition[2].at;

	CHECK_INT(part_at(TICK_PART_TIME, 0, &zone, forward - 1), 12 * HOUR - 1);
	CHECK_INT(part_at(TICK_PART_TIME, 0, &zone, forward), 13 * HOUR);
	/* a minute after midnight it is a minute after eleven again */
	CHECK_INT(part_at(TICK_PART_TIME, 0, &zone, back - 1), 60 * SECOND - 1);
	CHECK_INT(part_at(TICK_PART_TIME, 0, &zone, back), 23 * HOUR + 60 * SECOND);
	CHECK_INT(part_at(TICK_PART_TRUNCATE, HOUR, &zone, back - 1), (back - 60 * SECOND) / 1000);
	CHECK_INT(part_at(TICK_PART_TRUNCATE, HOUR, &zone, back), (back - 60 * SECOND) / 1000);
	CHECK_INT(part_at(TICK_PART_TRUNCATE_DAY, 0, &zone, back + HOUR), (301 * DAY + 5 * HOUR) / 1000);
}

/* Bounds must hold for every time between, and must be known where they can. */
static void
test_range(void)
{
	uint64_t	seed = 11;
	int			known = 0;

	for (int round = 0; round < 20000; round++)
	{
		TickFilterPart part = {(TickPartKind) (unit_random(&seed) % (TICK_PART_TRUNCATE_YEAR + 1)), 60 * SECOND,
		unit_random(&seed) % 2 == 0 ? &zone : NULL};
		int64_t		low = (int64_t) (unit_random(&seed) % (uint64_t) (400 * DAY));
		int64_t		high = low + (int64_t) (unit_random(&seed) % (uint64_t) (unit_random(&seed) % 2 == 0 ? DAY : 90 * SECOND));
		int64_t		part_low,
					part_high;

		if (!tick_filter_part_range(&part, low, high, &part_low, &part_high))
			continue;
		known++;
		for (int i = 0; i < 20; i++)
		{
			int64_t		stamp = low + (int64_t) (unit_random(&seed) % (uint64_t) (high - low + 1));
			int64_t		value = part_at(part.kind, part.unit, part.zone, stamp);

			CHECK(value >= part_low && value <= part_high);
		}
	}
	CHECK(known > 5000);
}

/* Write value / 10^scale in one of many ways. */
static TickString
write_decimal(char *out, int64_t value, int scale, uint64_t *seed)
{
	int64_t		power = 1;
	char	   *at = out;
	bool		negative = value < 0;

	for (int i = 0; i < scale; i++)
		power *= 10;
	value = negative ? -value : value;
	if (negative)
		*at++ = '-';
	else if (unit_random(seed) % 4 == 0)
		*at++ = '+';
	for (uint64_t zeros = unit_random(seed) % 3; zeros > 0; zeros--)
		*at++ = '0';
	if (unit_random(seed) % 4 == 0)
		at += snprintf(at, 32, "%llde-%d", (long long) value, scale);
	else
	{
		at += snprintf(at, 32, "%lld", (long long) (value / power));
		if (scale > 0)
			at += snprintf(at, 32, ".%0*lld", scale, (long long) (value % power));
		for (uint64_t zeros = scale > 0 ? unit_random(seed) % 3 : 0; zeros > 0; zeros--)
			*at++ = '0';
	}
	return (TickString) {out, (uint32_t) (at - out)};
}

static void
test_decimals(void)
{
	static const char *const ascending[] = {
		"-Infinity", "-1e400", "-123456789012345678901234567890.5", "-12.50", "-12.5e-1", "-0.01", "0", "0.0001", "1",
		"1.00000000000000000000000000000001", "9.99", "10", "99e98", "1e100", "Infinity", "NaN"
	};
	int			count = (int) (sizeof(ascending) / sizeof(ascending[0]));
	uint64_t	seed = 5;

	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++)
		{
			int			order = tick_decimal_compare((TickString) {ascending[i], (uint32_t) strlen(ascending[i])},
													 (TickString) {ascending[j], (uint32_t) strlen(ascending[j])});

			CHECK_INT((order > 0) - (order < 0), (i > j) - (i < j));
		}
	for (int round = 0; round < 50000; round++)
	{
		char		left[64];
		char		right[64];
		int64_t		a = (int64_t) (unit_random(&seed) % 4001) - 2000;
		int64_t		b = unit_random(&seed) % 3 == 0 ? a : (int64_t) (unit_random(&seed) % 4001) - 2000;
		int			scale = (int) (unit_random(&seed) % 5);
		/* the same number in another scale */
		int			order = tick_decimal_compare(write_decimal(left, a, scale, &seed), write_decimal(right, b * 10, scale + 1, &seed));

		CHECK_INT((order > 0) - (order < 0), (a > b) - (a < b));
	}
}

static void
check_ranges(const TickFilterKernels *kernels, uint64_t *seed)
{
	static const int64_t special[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
	int64_t		value[64];
	int64_t		low = special[unit_random(seed) % 7];
	int64_t		high = special[unit_random(seed) % 7];

	if (unit_random(seed) % 2 == 0)
		low = (int64_t) unit_random(seed) >> unit_random(seed) % 60;
	if (low > high)
		high = low;
	for (int i = 0; i < 64; i++)
		value[i] = unit_random(seed) % 3 == 0 ? special[unit_random(seed) % 7] :
			(int64_t) ((uint64_t) low + unit_random(seed) % 7 - 3);
	for (int i = 0; i < 64; i++)
		CHECK_INT(kernels->range(value, low, high) >> i & 1, value[i] >= low && value[i] <= high);
}

static void
check_doubles(const TickFilterKernels *kernels, uint64_t *seed)
{
	static const double special[] = {-INFINITY, -1.5, -0.0, 0.0, 5e-324, 1.5, INFINITY, NAN};
	double		value[64];
	double		constant = special[unit_random(seed) % 8];

	for (int i = 0; i < 64; i++)
		value[i] = special[unit_random(seed) % 8];
	for (int i = 0; i < 64; i++)
	{
		CHECK_INT(kernels->less(value, constant) >> i & 1, value[i] < constant);
		CHECK_INT(kernels->less_equal(value, constant) >> i & 1, value[i] <= constant);
		CHECK_INT(kernels->equal(value, constant) >> i & 1, value[i] == constant);
		CHECK_INT(kernels->number(value, constant) >> i & 1, !isnan(value[i]));
	}
}

static void
test_kernels(void)
{
	const TickFilterKernels *makes[] = {&tick_filter_kernels_portable, tick_filter_kernels_avx2(), tick_filter_kernels_avx512()};
	uint64_t	seed = 3;

	for (int make = 0; make < 3 && makes[make] != NULL; make++)
		for (int round = 0; round < 2000; round++)
		{
			check_ranges(makes[make], &seed);
			check_doubles(makes[make], &seed);
		}
}

static TickStatus
give_vector(void *context, int column, const TickVector **vector, TickError *error)
{
	*vector = context;
	return TICK_OK;
}

/* A condition on decimals must keep the rows that it keeps on their doubles. */
static void
check_decimal_rows(TickFilter *filter, const int64_t *units, uint8_t scale, uint32_t rows)
{
	double		value[TICK_BATCH_ROWS];
	TickVector	doubles = {.type = TICK_DOUBLE, .rows = rows, .f64 = value};
	TickVector	decimals = {.type = TICK_DECIMAL, .scale = scale, .rows = rows, .i64 = (int64_t *) units};
	uint64_t	expected[TICK_BATCH_ROWS / 64];
	uint64_t	keep[TICK_BATCH_ROWS / 64];
	TickError	error;

	for (uint32_t i = 0; i < rows; i++)
		value[i] = (double) units[i] / pow(10, scale);
	memset(expected, 0xff, sizeof(expected));
	memset(keep, 0xff, sizeof(keep));
	CHECK_INT(tick_filter_apply(filter, rows, give_vector, &doubles, expected, &error), TICK_OK);
	CHECK_INT(tick_filter_apply(filter, rows, give_vector, &decimals, keep, &error), TICK_OK);
	CHECK(memcmp(expected, keep, tick_bit_words(rows) * sizeof(uint64_t)) == 0);
}

static void
test_decimal_rows(void)
{
	static const double special[] = {-INFINITY, INFINITY, NAN, 0.0, -0.0, 1e300, -1e300, 9.3e18, -9.3e18, 5e-324};
	uint64_t	seed = 13;

	for (int round = 0; round < 4000; round++)
	{
		int64_t		units[TICK_BATCH_ROWS];
		uint8_t		scale = (uint8_t) (unit_random(&seed) % 16);
		uint32_t	rows = 1 + (uint32_t) (unit_random(&seed) % 200);
		int			shift = (int) (unit_random(&seed) % 64);
		TickFilterValue value[3];
		TickFilter	test = {.kind = round % 4 == 0 ? TICK_FILTER_IN : TICK_FILTER_COMPARE, .type = TICK_DOUBLE,
		.compare = (TickCompare) (unit_random(&seed) % 6), .value = value, .values = 1};
		TickFilter *child[] = {&test};
		TickFilter	negation = {.kind = TICK_FILTER_NOT, .children = 1, .child = child};

		for (uint32_t i = 0; i < rows; i++)
			units[i] = (int64_t) unit_random(&seed) >> shift;
		/* a value that is there, one unit or one bit beside it, or a special one */
		value[0].f64 = (double) (units[0] / 2 * 2 + (int64_t) (unit_random(&seed) % 3) - 1) / pow(10, scale);
		if (unit_random(&seed) % 3 == 0)
			value[0].f64 = nextafter(value[0].f64, unit_random(&seed) % 2 == 0 ? INFINITY : -INFINITY);
		if (unit_random(&seed) % 5 == 0)
			value[0].f64 = special[unit_random(&seed) % 10];
		check_decimal_rows(&test, units, scale, rows);
		check_decimal_rows(&negation, units, scale, rows);
	}
}

int
main(void)
{
	RUN(test_calendar);
	RUN(test_long_ago);
	RUN(test_zone);
	RUN(test_range);
	RUN(test_decimals);
	RUN(test_kernels);
	RUN(test_decimal_rows);
	return unit_report("filter_part");
}
