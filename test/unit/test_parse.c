/*-------------------------------------------------------------------------
 *
 * test_parse.c
 *	  Records to typed columns: numbers, truth values, nulls, dates and times.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "parse_batch.h"

static void
test_int(void)
{
	static const char *const good[] = {"0", "-7", "+7", "123", " 42 ", "100.0", "9223372036854775807",
	"-9223372036854775808", "000012", ""};
	static const int64_t value[] = {0, -7, 7, 123, 42, 100, INT64_MAX, INT64_MIN, 12, 0};
	static const char *const bad[] = {"9223372036854775808", "1.5", "x", "1e", "--1", "1 2", "-", "."};

	begin(1);
	add(TICK_INT, 0);
	for (size_t i = 0; i < 10; i++)
		row(good[i]);
	parse();
	CHECK_INT(result.rows, 10);
	for (size_t i = 0; i < 10; i++)
	{
		CHECK_INT(i64[0][i], value[i]);
		CHECK_INT(present[0][i], i != 9);
	}
	end();

	begin(1);
	add(TICK_INT, 0);
	for (size_t i = 0; i < 8; i++)
		row(bad[i]);
	parse();
	CHECK_INT(result.rows, 0);
	CHECK_INT(result.rejects, 8);
	check_reject(0, 0, 0, TICK_FAULT_RANGE);
	for (uint32_t i = 2; i < 8; i++)
		check_reject(i, i, 0, TICK_FAULT_SYNTAX);
	end();

	/* the bounds of smallint */
	begin(1);
	add(TICK_INT, 0)->low = -32768;
	column[0].high = 32767;
	row("32767");
	row("32768");
	row("-32768");
	row("-32769");
	parse();
	CHECK_INT(result.rows, 2);
	CHECK_INT(i64[0][0], 32767);
	CHECK_INT(i64[0][1], -32768);
	check_reject(0, 1, 0, TICK_FAULT_RANGE);
	check_reject(1, 3, 0, TICK_FAULT_RANGE);
	end();
}

static void
test_scaled(void)
{
	begin(3);
	add(TICK_DOUBLE, 0)->power = 4;
	add(TICK_DECIMAL, 1)->power = 4;
	column[1].scale = 2;
	add(TICK_INT, 2)->power = -3;
	row("1394000|1394000|7");
	row("1394050|1394100|1.5");
	row("-5|100|0.001");
	row("1|150|1");				/* 0.0150 has no place in two digits */
	row("1|100|0.0001");
	row("1|100|9223372036854776");
	parse();
	CHECK_INT(result.rows, 3);
	CHECK(f64[0][0] == 139.4);
	CHECK(f64[0][1] == 139.405);
	CHECK(f64[0][2] == -0.0005);
	CHECK_INT(i64[1][0], 13940);
	CHECK_INT(i64[1][1], 13941);
	CHECK_INT(i64[1][2], 1);
	CHECK_INT(i64[2][0], 7000);
	CHECK_INT(i64[2][1], 1500);
	CHECK_INT(i64[2][2], 1);
	check_reject(0, 3, 1, TICK_FAULT_RANGE);
	check_reject(1, 4, 2, TICK_FAULT_RANGE);
	check_reject(2, 5, 2, TICK_FAULT_RANGE);
	end();
}

/* Texts of digits and points, read by a plain loop and by the parser, with kernels and without. */
static void
test_short_numbers(void)
{
	static char text[MAX_ROWS][16];
	static int64_t expected[MAX_ROWS];
	static bool good[MAX_ROWS];
	uint64_t	seed = 20210105;

	for (int i = 0; i < MAX_ROWS; i++)
	{
		int			length = 1 + i % 9;
		int			points = 0;
		int			fraction = 0;

		/* what follows a text must not matter */
		memset(text[i], '7', sizeof(text[i]));
		text[i][length] = '\0';
		expected[i] = 0;
		for (int k = 0; k < length; k++)
		{
			text[i][k] = "0123456789.123456789/9.:"[unit_random(&seed) % (i % 3 == 0 ? 24 : 11)];
			points += text[i][k] == '.';
			fraction += points > 0 && text[i][k] != '.';
			expected[i] = text[i][k] == '.' ? expected[i] : expected[i] * 10 + (text[i][k] - '0');
		}
		good[i] = points <= 1 && points < length && strpbrk(text[i], "/:") == NULL;
		for (; fraction < 9; fraction++)
			expected[i] *= 10;
	}
	for (int portable = 0; portable < 2; portable++)
	{
		uint32_t	n = 0;

		begin(1);
		add(TICK_DECIMAL, 0);
		column[0].scale = 9;
		for (int i = 0; i < MAX_ROWS; i++)
			row(text[i]);
		/* a faulty record keeps kernels away */
		if (portable)
			record[MAX_ROWS - 1].fault = TICK_CSV_NUL;
		good[MAX_ROWS - 1] = good[MAX_ROWS - 1] && !portable;
		parse();
		for (uint32_t i = 0; i < MAX_ROWS; i++)
		{
			if (!good[i])
				continue;
			CHECK(n < result.rows && result.record[n] == i && i64[0][n] == expected[i]);
			n++;
		}
		CHECK_INT(result.rows, n);
		CHECK(n > MAX_ROWS / 4 && n < MAX_ROWS - MAX_ROWS / 8);
		end();
	}
}

/* Every short decimal must be the double that strtod makes of it. */
static void
test_double(void)
{
	static char text[MAX_ROWS][40];
	static double expected[MAX_ROWS];
	uint64_t	seed = 20210104;

	begin(1);
	add(TICK_DOUBLE, 0);
	for (int i = 0; i < MAX_ROWS; i++)
	{
		uint64_t	digits = unit_random(&seed) >> (unit_random(&seed) % 60);
		int			fraction = (int) (unit_random(&seed) % 12);
		double		scale = pow(10, fraction);

		snprintf(text[i], sizeof(text[i]), "%s%.*f", i % 5 == 0 ? "-" : "", fraction, (double) digits / scale);
		expected[i] = strtod(text[i], NULL);
		row(text[i]);
	}
	parse();
	CHECK_INT(result.rows, MAX_ROWS);
	for (int i = 0; i < MAX_ROWS; i++)
		CHECK(memcmp(&f64[0][i], &expected[i], sizeof(double)) == 0);
	end();

	begin(1);
	add(TICK_DOUBLE, 0);
	row("-0");
	row("3.27169e3");
	row(" 12.5 ");
	row("100133.99999999999");
	row(".5");
	row("5.");
	row("NaN");
	row("Infinity");
	row("1e400");
	row("12.x");
	parse();
	CHECK_INT(result.rows, 6);
	CHECK(f64[0][0] == 0 && signbit(f64[0][0]));
	CHECK(f64[0][1] == 3271.69);
	CHECK(f64[0][2] == 12.5);
	CHECK(f64[0][3] == 100133.99999999999);
	CHECK(f64[0][4] == 0.5);
	CHECK(f64[0][5] == 5);
	check_reject(0, 6, 0, TICK_FAULT_SYNTAX);
	check_reject(1, 7, 0, TICK_FAULT_SYNTAX);
	check_reject(2, 8, 0, TICK_FAULT_RANGE);
	check_reject(3, 9, 0, TICK_FAULT_SYNTAX);
	end();

	/* a real holds fewer digits, and less */
	begin(1);
	add(TICK_DOUBLE, 0)->single = true;
	row("0.1");
	row("1e39");
	parse();
	CHECK_INT(result.rows, 1);
	CHECK(f64[0][0] == (double) 0.1f);
	check_reject(0, 1, 0, TICK_FAULT_RANGE);
	end();
}

static void
test_bool(void)
{
	begin(1);
	add(TICK_BOOL, 0);
	row("1");
	row("0");
	row("true");
	row("F");
	row("");
	row("2");
	parse();
	CHECK_INT(result.rows, 5);
	CHECK_INT(i64[0][0], 1);
	CHECK_INT(i64[0][1], 0);
	CHECK_INT(i64[0][2], 1);
	CHECK_INT(i64[0][3], 0);
	CHECK_INT(present[0][4], 0);
	check_reject(0, 5, 0, TICK_FAULT_SYNTAX);
	end();
}

/* Nulls: the plan's text, the column's own, quoted ones are values. */
static void
test_nulls(void)
{
	begin(3);
	plan.null_as = (TickString) {"NA", 2};
	add(TICK_INT, 0);
	add(TICK_TEXT, 1);
	add(TICK_DOUBLE, 2)->has_null = true;
	column[2].null_as = (TickString) {"-999", 4};
	row("NA|NA|NA");
	row("5|!NA|-999");
	row(" NA |x| -999 ");
	parse();
	CHECK_INT(result.rows, 3);
	CHECK_INT(present[0][0], 0);
	CHECK_INT(present[1][0], 0);
	CHECK_INT(present[2][0], 0);
	CHECK_INT(present[1][1], 1);
	CHECK_TEXT(pool[codes[1][1]], "NA");
	CHECK_INT(present[2][1], 0);
	CHECK_INT(present[0][2], 0);
	CHECK_INT(present[2][2], 0);
	CHECK_INT(i64[0][0], 0);
	CHECK_INT(codes[1][0], 0);
	end();

	/* a null where a value is required */
	begin(2);
	add(TICK_INT, 0)->required = true;
	add(TICK_TEXT, 1);
	row("1|a");
	row("|b");
	row("3|c");
	parse();
	CHECK_INT(result.rows, 2);
	CHECK_INT(i64[0][1], 3);
	CHECK_TEXT(pool[codes[1][1]], "c");
	CHECK_INT(result.record[1], 2);
	check_reject(0, 1, 0, TICK_FAULT_NULL);
	end();
}

static void
test_dates_and_times(void)
{
	begin(3);
	add(TICK_DATE, 0);
	add(TICK_TIME, 1);
	add(TICK_STAMP, 2);
	for (int i = 0; i < 3; i++)
		format(&column[i], 0, "iso");
	row("2021-01-04|09:30:00|2021-01-04 09:30:00.123456789");
	row("20210105|9:30|2021-01-04T23:59:59.5");
	row("1969-12-31|00:00:00.000000001|1969-12-31 23:59:59.999999999");
	row("2021-02-29|12:00:00|2021-01-04 00:00:00");
	row("2021-02-28|25:00:00|2021-01-04 00:00:00");
	row("2021-02-28|23:59:60|2021-01-04 00:00:00");
	row("2021-02-28|23:59:59|2021-13-04 00:00:00");
	row("2021-02-28|23:59:59.1234567891|2021-01-04 00:00:00");
	row("2021-02-28|23:59:59|09:30:00");
	row("2021-02-28|23:59:59|2262-12-31 00:00:00");
	row("2021-02-28|23:59:59|2021-01-04 00:00:00-05:00");
	row("|| ");
	parse();
	CHECK_INT(result.rows, 4);
	CHECK_INT(i64[0][0], 18631);
	CHECK_INT(i64[0][1], 18632);
	CHECK_INT(i64[0][2], -1);
	CHECK_INT(i64[1][0], INT64_C(34200000000000));
	CHECK_INT(i64[1][2], 1);
	CHECK_INT(i64[2][0], INT64_C(1609752600123456789));
	CHECK_INT(i64[2][1], INT64_C(1609804799500000000));
	CHECK_INT(i64[2][2], -1);
	for (int c = 0; c < 3; c++)
		CHECK_INT(present[c][3], 0);
	CHECK_INT(result.rejects, 8);
	check_reject(0, 3, 0, TICK_FAULT_RANGE);
	check_reject(1, 4, 1, TICK_FAULT_RANGE);
	check_reject(2, 5, 1, TICK_FAULT_RANGE);
	check_reject(3, 6, 2, TICK_FAULT_RANGE);
	check_reject(4, 7, 1, TICK_FAULT_RANGE);
	check_reject(5, 8, 2, TICK_FAULT_NO_DATE);
	check_reject(6, 9, 2, TICK_FAULT_RANGE);
	check_reject(7, 10, 2, TICK_FAULT_OFFSET);
	end();
}

/* A date field and a time-of-day field, in either order, and a given day. */
static void
test_joined_stamps(void)
{
	begin(2);
	add(TICK_STAMP, 0)->sources = 2;
	column[0].source[1].field = 1;
	format(&column[0], 0, "iso");
	format(&column[0], 1, "iso");
	row("20210104|04:00:00.021805862");
	row("20210104|04:00:01");
	row("20210105|04:00:00");
	row("04:00:00|20210105");
	row("20210104|20210104");
	row("04:00:00|04:00:00");
	row("20210104|");
	parse();
	CHECK_INT(result.rows, 5);
	CHECK_INT(i64[0][0], INT64_C(1609732800021805862));
	CHECK_INT(i64[0][1], INT64_C(1609732801000000000));
	CHECK_INT(i64[0][2], INT64_C(1609819200000000000));
	CHECK_INT(i64[0][3], INT64_C(1609819200000000000));
	CHECK_INT(present[0][4], 0);
	check_reject(0, 4, 0, TICK_FAULT_SYNTAX);
	check_reject(1, 5, 0, TICK_FAULT_SYNTAX);
	end();

	begin(1);
	add(TICK_STAMP, 0)->has_day = true;
	column[0].day = 15985;		/* 2013-10-07 */
	format(&column[0], 0, "ms_midnight");
	row("14400614");
	row("86400000");
	row("1.5");
	row("x");
	parse();
	CHECK_INT(i64[0][0], INT64_C(15985) * 86400000000000 + INT64_C(14400614000000));
	CHECK(result.reject[result.rejects - 1].record == 3);
	end();

	/* a date in the text counts more than the given one */
	begin(1);
	add(TICK_STAMP, 0)->has_day = true;
	column[0].day = 18631;
	format(&column[0], 0, "iso");
	row("10:00:00");
	row("2021-01-05 10:00:00");
	parse();
	CHECK_INT(result.rows, 2);
	CHECK_INT(i64[0][0], INT64_C(1609754400000000000));
	CHECK_INT(i64[0][1], INT64_C(1609840800000000000));
	end();

	/* two fields read as one text in one pattern */
	begin(2);
	add(TICK_STAMP, 0)->sources = 2;
	column[0].source[1].field = 1;
	column[0].joined = true;
	format(&column[0], 0, "DD/MM/YYYY HH24:MI:SS");
	row("04/01/2021|09:30:00");
	row("14/13/2021|09:30:00");
	parse();
	CHECK_INT(result.rows, 1);
	CHECK_INT(i64[0][0], INT64_C(1609752600000000000));
	CHECK_INT(result.rejects, 1);
	end();
}

static void
test_epoch_and_zone(void)
{
	static TickTransition eastern[] = {
		{INT64_MIN, -18000, 0},
		{INT64_C(1615705200000000000), -14400, 1},	/* 2021-03-14 07:00 UTC */
		{INT64_C(1636264800000000000), -18000, 0}	/* 2021-11-07 06:00 UTC */
	};
	static const TickZone zone = {3, eastern};

	begin(2);
	add(TICK_STAMP, 0)->is_utc = true;
	column[0].zone = &zone;
	format(&column[0], 0, "iso");
	add(TICK_STAMP, 1)->is_utc = true;
	column[1].zone = &zone;
	format(&column[1], 0, "ms_epoch");
	row("2021-01-04 09:30:00|1609752600000");
	row("2021-07-04 09:30:00|1609752600000.5");
	row("2021-07-04 09:30:00+02:00|0");
	parse();
	CHECK_INT(result.rows, 3);
	CHECK_INT(i64[0][0], INT64_C(1609770600000000000));
	CHECK_INT(i64[0][1], INT64_C(1625405400000000000));
	CHECK_INT(i64[0][2], INT64_C(1625383800000000000));
	CHECK_INT(i64[1][0], INT64_C(1609752600000000000));
	CHECK_INT(i64[1][1], INT64_C(1609752600000500000));
	CHECK_INT(i64[1][2], 0);
	end();
}

int
main(void)
{
	RUN(test_int);
	RUN(test_scaled);
	RUN(test_short_numbers);
	RUN(test_double);
	RUN(test_bool);
	RUN(test_nulls);
	RUN(test_dates_and_times);
	RUN(test_joined_stamps);
	RUN(test_epoch_and_zone);
	return unit_report("parse");
}
