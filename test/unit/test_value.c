/*-------------------------------------------------------------------------
 *
 * test_value.c
 *	  Integers, decimals, doubles and booleans out of text.
 *
 * Hand-written cases fix what is accepted.  A slow grammar in here is held
 * against the parsers for every short text; doubles are held against strtod
 * bit for bit.  Each text is parsed from a block of exactly its size, so
 * that a look beyond its end is seen.
 *
 *-------------------------------------------------------------------------
 */
#include "core/value.h"

#include <errno.h>
#include <locale.h>
#include <math.h>

#include "unit.h"

/* The text in memory of its own size; freed with the next call. */
static TickString
exactly(const char *text, size_t length)
{
	static char *block;

	free(block);
	block = malloc(length > 0 ? length : 1);
	memcpy(block, text, length);
	return (TickString) {block, (uint32_t) length};
}

static TickString
text_of(const char *text)
{
	return exactly(text, strlen(text));
}

static uint64_t
bits_of(double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void
test_trim(void)
{
	TickString	trimmed = tick_trim(text_of(" \t a b\t "));

	CHECK_INT(trimmed.length, 3);
	CHECK(memcmp(trimmed.data, "a b", 3) == 0);
	CHECK_INT(tick_trim(text_of("")).length, 0);
	CHECK_INT(tick_trim(text_of(" \t ")).length, 0);
	CHECK_INT(tick_trim(text_of("\n")).length, 1);
}

/*
 * ---- integers and decimals ----
 */

#define UNSET INT64_C(-987654321)

static void
check_int(const char *text, TickStatus status, int64_t expected)
{
	int64_t		value = UNSET;

	CHECK_INT(tick_parse_int(text_of(text), INT64_MIN, INT64_MAX, &value), status);
	CHECK_INT(value, status == TICK_OK ? expected : UNSET);
}

static void
test_int_cases(void)
{
	static const char *const bad[] = {
		"", "-", "+", ".", "-.", ".0", ".5", "1.5", "1.0000000000000000000000001", "12345678901234567890.1",
		"1e3", "1E3", " 1", "1 ", "1,000", "0x10", "--1", "+-1", "1-", "1.0.0", "1.-", "1_000", "abc", "NaN", "1a",
		"12345678a", "a12345678", "123456789a", "/1", ":1", "1/", "1:", "12345678/", "99999999999999999999x"
	};

	check_int("0", TICK_OK, 0);
	check_int("-0", TICK_OK, 0);
	check_int("+7", TICK_OK, 7);
	check_int("007", TICK_OK, 7);
	check_int("100.0", TICK_OK, 100);
	check_int("100.", TICK_OK, 100);
	check_int("-100.000000000000000000000000000000", TICK_OK, -100);
	check_int("12345678", TICK_OK, 12345678);
	check_int("123456789", TICK_OK, 123456789);
	check_int("9223372036854775807", TICK_OK, INT64_MAX);
	check_int("9223372036854775807.0", TICK_OK, INT64_MAX);
	check_int("-9223372036854775808", TICK_OK, INT64_MIN);
	check_int("0000000000000000000000000000009223372036854775807", TICK_OK, INT64_MAX);
	check_int("9223372036854775808", TICK_OUT_OF_RANGE, 0);
	check_int("-9223372036854775809", TICK_OUT_OF_RANGE, 0);
	check_int("18446744073709551616", TICK_OUT_OF_RANGE, 0);
	check_int("18446744073709551617", TICK_OUT_OF_RANGE, 0);
	check_int("99999999999999999999999999999999999999", TICK_OUT_OF_RANGE, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_int(bad[i], TICK_BAD_INPUT, 0);
}

/* Bounds are inclusive; what is outside is no matter of form. */
static void
test_int_bounds(void)
{
	int64_t		value;

	CHECK_INT(tick_parse_int(text_of("32767"), INT16_MIN, INT16_MAX, &value), TICK_OK);
	CHECK_INT(value, 32767);
	CHECK_INT(tick_parse_int(text_of("-32768"), INT16_MIN, INT16_MAX, &value), TICK_OK);
	CHECK_INT(value, -32768);
	CHECK_INT(tick_parse_int(text_of("32768"), INT16_MIN, INT16_MAX, &value), TICK_OUT_OF_RANGE);
	CHECK_INT(tick_parse_int(text_of("-32769"), INT16_MIN, INT16_MAX, &value), TICK_OUT_OF_RANGE);
	CHECK_INT(tick_parse_int(text_of("32768x"), INT16_MIN, INT16_MAX, &value), TICK_BAD_INPUT);
	CHECK_INT(value, -32768);
}

static void
check_decimal(const char *text, int scale, TickStatus status, int64_t expected)
{
	int64_t		value = UNSET;

	CHECK_INT(tick_parse_decimal(text_of(text), (uint8_t) scale, &value), status);
	CHECK_INT(value, status == TICK_OK ? expected : UNSET);
}

static void
test_decimal_cases(void)
{
	static const char *const bad[] = {
		"", ".", "-", "1e", "1e+", "1e1.5", "e5", ".e5", "1..2", "1 2", "Infinity", "0x1p3", "1,5", "12345.6 ", "1.2.3",
		"12.34/5", "12345678..", "1.5f"
	};

	check_decimal("3271.69", 4, TICK_OK, 32716900);
	check_decimal("3271.69", 2, TICK_OK, 327169);
	check_decimal("3271.69", 1, TICK_OUT_OF_RANGE, 0);
	check_decimal("3271.60", 1, TICK_OK, 32716);
	check_decimal("3271.6000000000000000000000000000", 1, TICK_OK, 32716);
	check_decimal("-.5", 1, TICK_OK, -5);
	check_decimal("5.", 0, TICK_OK, 5);
	check_decimal(".00000001", 8, TICK_OK, 1);
	check_decimal("0.000000000000000001", 18, TICK_OK, 1);
	check_decimal("0.0000000000000000001", 18, TICK_OUT_OF_RANGE, 0);
	check_decimal("0.0000000000000000000", 18, TICK_OK, 0);
	check_decimal("9.223372036854775807", 18, TICK_OK, INT64_MAX);
	check_decimal("-9.223372036854775808", 18, TICK_OK, INT64_MIN);
	check_decimal("9.223372036854775808", 18, TICK_OUT_OF_RANGE, 0);
	check_decimal("99999999", 18, TICK_OUT_OF_RANGE, 0);
	check_decimal("9", 18, TICK_OK, INT64_C(9000000000000000000));
	check_decimal("10", 18, TICK_OUT_OF_RANGE, 0);
	check_decimal("99999999", 10, TICK_OK, INT64_C(999999990000000000));
	check_decimal("92233720.36854775807", 11, TICK_OK, INT64_MAX);
	check_decimal("3.27169e3", 2, TICK_OK, 327169);
	check_decimal("327169e-2", 2, TICK_OK, 327169);
	check_decimal("327169E-3", 2, TICK_OUT_OF_RANGE, 0);
	check_decimal("1e+2", 0, TICK_OK, 100);
	check_decimal("1e30", 0, TICK_OUT_OF_RANGE, 0);
	check_decimal("0e999999999999999999999", 0, TICK_OK, 0);
	check_decimal("0.0e-999999999999999999999", 0, TICK_OK, 0);
	check_decimal("1e-999999999999999999999", 2, TICK_OUT_OF_RANGE, 0);
	check_decimal("1e999999999999999999999", 2, TICK_OUT_OF_RANGE, 0);
	check_decimal("100000000000000000000e-20", 0, TICK_OK, 1);
	check_decimal("12345678901234567890", 0, TICK_OUT_OF_RANGE, 0);
	check_decimal("100133.99999999999", 11, TICK_OK, INT64_C(10013399999999999));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_decimal(bad[i], 4, TICK_BAD_INPUT, 0);
}

/*
 * ---- a grammar for every short text ----
 */

/* [+-] digits [. digits] [e [+-] digits] with a digit before the e; -1: no number; 0: with point or exponent; 1: digits only */
static int
number_form(const char *p)
{
	int			digits = 0;
	int			plain = 1;

	p += *p == '-' || *p == '+';
	for (; *p >= '0' && *p <= '9'; p++)
		digits++;
	if (*p == '.')
		for (p++, plain = 0; *p >= '0' && *p <= '9'; p++)
			digits++;
	if (digits == 0)
		return -1;
	if (*p == 'e')
	{
		p++;
		plain = 0;
		p += *p == '-' || *p == '+';
		if (*p == '\0')
			return -1;
		for (; *p >= '0' && *p <= '9'; p++)
			;
	}
	return *p == '\0' ? plain : -1;
}

/* What a decimal with two digits is, by way of strtold, which has room for all of these. */
static TickStatus
slow_decimal(const char *text, int64_t *value)
{
	long double scaled = strtold(text, NULL) * 100;

	if (number_form(text) < 0)
		return TICK_BAD_INPUT;
	/* a product that should be whole may be off by its last bits; one too small for strtold is 0 */
	if (fabsl(scaled) > 9.223372e18L || fabsl(scaled - roundl(scaled)) > fabsl(scaled) * 1e-15L ||
		(scaled == 0 && strcspn(text, "123456789") < strcspn(text, "e")))
		return TICK_OUT_OF_RANGE;
	*value = (int64_t) roundl(scaled);
	return TICK_OK;
}

static void
check_double(const char *text)
{
	double		value = -77;
	double		expected = strtod(text, NULL);
	TickStatus	status = TICK_OK;

	/* float8in: overflow, and underflow to zero, are out of range */
	if (isinf(expected) || (expected == 0 && strpbrk(text, "123456789") != NULL &&
							strcspn(text, "123456789") < strcspn(text, "eE")))
		status = TICK_OUT_OF_RANGE;
	if (tick_parse_double(text_of(text), &value) != status || bits_of(value) != bits_of(status == TICK_OK ? expected : -77.0))
		CHECK_TEXT(text, "a double that is read as strtod does");
}

static void
check_short(const char *text)
{
	int64_t		expected = 0;
	int64_t		value;
	double		real;
	int			form = number_form(text);
	TickStatus	status = slow_decimal(text, &expected);

	if (tick_parse_decimal(text_of(text), 2, &value) != status || (status == TICK_OK && value != expected))
		CHECK_TEXT(text, "a decimal that is read right");
	if (form == 1)
	{
		if (tick_parse_int(text_of(text), INT64_MIN, INT64_MAX, &value) != TICK_OK || value != atoll(text))
			CHECK_TEXT(text, "an integer that is read right");
	}
	else if (form < 0 && tick_parse_int(text_of(text), INT64_MIN, INT64_MAX, &value) != TICK_BAD_INPUT)
		CHECK_TEXT(text, "no integer");
	if (form >= 0)
		check_double(text);
	else if (tick_parse_double(text_of(text), &real) != TICK_BAD_INPUT)
		CHECK_TEXT(text, "no double");
}

/* Every text of up to six characters out of eight, and random ones up to twelve. */
static void
test_all_short(void)
{
	static const char characters[] = "0159-.e+";
	uint64_t	seed = 21;
	char		text[16];

	for (int length = 0; length <= 6; length++)
		for (int i = 0; i < 1 << 3 * length; i += length == 6 ? 3 : 1)
		{
			for (int c = 0; c < length; c++)
				text[c] = characters[i >> 3 * c & 7];
			text[length] = '\0';
			check_short(text);
		}
	for (int n = 0; n < 50000; n++)
	{
		int			length = (int) (unit_random(&seed) % 7) + 6;

		/* mostly digits, so that most are numbers */
		for (int c = 0; c < length; c++)
			text[c] = unit_random(&seed) % 8 != 0 ? '0' + unit_random(&seed) % 10 : characters[unit_random(&seed) % 8];
		text[length] = '\0';
		check_short(text);
	}
}

/* Integers of every length, written and read back. */
static void
test_int_random(void)
{
	uint64_t	seed = 22;

	for (int n = 0; n < 50000; n++)
	{
		uint64_t	r = unit_random(&seed);
		int64_t		number = (int64_t) (unit_random(&seed) >> (r & 63)) * (r & 64 ? -1 : 1);
		char		text[64];
		int64_t		value = 0;

		snprintf(text, sizeof(text), r & 128 ? "%022" PRId64 : r & 256 ? "%" PRId64 ".00" : "%" PRId64, number);
		if (tick_parse_int(text_of(text), INT64_MIN, INT64_MAX, &value) != TICK_OK || value != number)
			CHECK_INT(value, number);
		if (tick_parse_decimal(text_of(text), 0, &value) != TICK_OK || value != number)
			CHECK_INT(value, number);
	}
	CHECK(true);
}

/*
 * ---- doubles ----
 */

static void
test_double_cases(void)
{
	static const char *const good[] = {
		"0", "-0", "0.0", "-0.0e5", "0e400", "0e-400", "1", "-1.5", "+1.5", ".5", "5.", "5.e3", "1E5", "1e+5", "1e-5",
		"3271.69", "9007199254740992", "9007199254740993", "9007199254740995", "9007199254740993.0000000000000001",
		"1e22", "1e23", "8.5e22", "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308",
		"1.797693134862315807e308", "1.797693134862315808e308", "1e308", "1e309", "1e400", "-1e400",
		"2.2250738585072014e-308", "2.2250738585072011e-308", "2.225073858507201e-308", "4.9406564584124654e-324",
		"2.4703282292062327e-324", "2.4703282292062328e-324", "2.47e-324", "1e-323", "1e-324", "1e-400", "123e-330",
		"6.9294956446009195e15", "179769313486231580793e289", "7.2057594037927933e16", "0.1", "0.3", "1e-7",
		"100133.99999999999", "3.518437208883201171875e13", "62.5364939768271845828", "8.10109172351e-10",
		"1.50000000000000011102230246251565", "9007199254740991.4999999999999999999999999999999995",
		"30078505129381147446200", "1777820000000000000001", "0.500000000000000166533453693773481063544750213623046875",
		"358416272e-33", "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
		"18446744073709551615", "18446744073709551616", "9999999999999999999", "99999999999999999999e-20"
	};
	static const char *const bad[] = {
		"", "-", ".", "-.", "e5", ".e5", "1e", "1e+", "1e5.", "1e5e", "1 ", " 1", "Infinity", "-infinity", "inf", "NaN", "nan",
		"0x10", "0x1p4", "1d5", "1,5", "1.5.", "1__", "+-1", "1f", "\0011", "1e5\t"
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check_double(good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		double		value = -77;

		CHECK_INT(tick_parse_double(text_of(bad[i]), &value), TICK_BAD_INPUT);
		CHECK(value == -77);
	}
}

/* Doubles written with 15 to 25 digits, and digits of no double. */
static void
test_double_random(void)
{
	uint64_t	seed = 23;

	for (int n = 0; n < 60000; n++)
	{
		uint64_t	bits = unit_random(&seed);
		uint64_t	r = unit_random(&seed);
		double		number;
		char		text[400];

		memcpy(&number, &bits, sizeof(number));
		if (n % 3 == 0 && isfinite(number))
			snprintf(text, sizeof(text), "%.*e", (int) (14 + r % 11), number);
		else if (n % 3 == 1)
			snprintf(text, sizeof(text), "%" PRIu64 "e%d", bits >> (r & 31), (int) (r >> 8 & 127) - 64);
		else
			snprintf(text, sizeof(text), "%d.%0*" PRIu64, (int) (r & 0xfffff), (int) (r >> 20 & 15) + 1, bits >> (r >> 30 & 63));
		check_double(text);
	}
	CHECK(true);
}

/* Numbers right between two doubles, with a digit far behind that decides. */
static void
test_double_halfway(void)
{
	uint64_t	seed = 24;

	for (int n = 0; n < 400; n++)
	{
		uint64_t	r = unit_random(&seed);
		char		text[3000];
		int			length;

		/* 2^53 .. 2^54: doubles are even, odd integers are halves */
		length = snprintf(text, sizeof(text), "%" PRIu64, (UINT64_C(1) << 53) + (r >> 12) * 2 % (UINT64_C(1) << 53) + 1);
		check_double(text);
		text[length++] = '.';
		memset(text + length, '0', 1200);
		length += 700 + (int) (r % 500);
		text[length] = '\0';
		check_double(text);
		strcpy(text + length, r & 1 ? "1" : "000000");
		check_double(text);
		strcpy(text + length, r & 1 ? "1e-30" : "0001e12");
		check_double(text);
	}
	{
		/* the smallest normal number's lower neighbour, all 767 digits and one more */
		char		text[2000];

		snprintf(text, sizeof(text), "%.1100f", ldexp(1, -1022) - ldexp(1, -1074));
		check_double(text);
		snprintf(text, sizeof(text), "%.1074f", ldexp(3, -1074));
		check_double(text);
		text[strlen(text) - 1]++;
		check_double(text);
		memset(text, '0', 1500);
		strcpy(text + 1500, "1.5e-3");
		check_double(text);
		memset(text, '9', 1500);
		strcpy(text + 1500, "e-1495");
		check_double(text);
		strcpy(text + 1500, "e-1100");
		check_double(text);
	}
	CHECK(true);
}

/* A division by a power of ten is no second rounding: it moves the exponent. */
static void
test_double_scaled(void)
{
	uint64_t	seed = 25;

	for (int n = 0; n < 30000; n++)
	{
		uint64_t	r = unit_random(&seed);
		int			power = (int) (r % 41) - 20;
		char		text[64];
		char		moved[80];
		double		value = 0;

		snprintf(text, sizeof(text), n & 1 ? "%s%" PRIu64 : "%s%" PRIu64 ".25", r & 64 ? "-" : "", unit_random(&seed) >> (r >> 7 & 63));
		snprintf(moved, sizeof(moved), "%se%d", text, -power);
		if (tick_parse_double_scaled(text_of(text), power, &value) != TICK_OK || bits_of(value) != bits_of(strtod(moved, NULL)))
			CHECK_TEXT(moved, "a double that is scaled right");
	}
	{
		double		value = -77;

		CHECK_INT(tick_parse_double_scaled(text_of("1388499"), 4, &value), TICK_OK);
		CHECK(value == 138.8499);
		CHECK_INT(tick_parse_double_scaled(text_of("5e-324"), 1, &value), TICK_OUT_OF_RANGE);
		CHECK_INT(tick_parse_double_scaled(text_of("1e308"), -1, &value), TICK_OUT_OF_RANGE);
		CHECK_INT(tick_parse_double_scaled(text_of("1e400"), 100, &value), TICK_OK);
		CHECK(value == 1e300);
		CHECK_INT(tick_parse_double_scaled(text_of("x"), 1, &value), TICK_BAD_INPUT);
	}
}

/* The session's locale has no say, if there is one with a decimal comma. */
static void
test_locale(void)
{
	double		value = 0;

	if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
		return;
	CHECK_INT(tick_parse_double(text_of("100133.9999999999912345678901234567890"), &value), TICK_OK);
	CHECK(value == 100133.99999999999);
	CHECK_INT(tick_parse_double(text_of("1,5"), &value), TICK_BAD_INPUT);
	setlocale(LC_NUMERIC, "C");
}

static void
test_bool(void)
{
	static const char *const words[2][7] = {
		{"f", "false", "n", "no", "off", "0", "FaLsE"}, {"t", "true", "y", "yes", "on", "1", "TRUE"}
	};
	static const char *const bad[] = {"", "2", "tr", "truee", "o", "01", "ye", "T ", "\x14", "nO\x4f", "10", "-1"};
	int64_t		value;

	for (int truth = 0; truth < 2; truth++)
		for (int i = 0; i < 7; i++)
		{
			value = 9;
			CHECK_INT(tick_parse_bool(text_of(words[truth][i]), &value), TICK_OK);
			CHECK_INT(value, truth);
		}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(tick_parse_bool(text_of(bad[i]), &value), TICK_BAD_INPUT);
}

/* text, its plain form under a comma and under a point before the fraction; "" when it is none */
static void
test_marks(void)
{
	static const char *const cases[][3] = {
		{"1", "1", "1"}, {"1,5", "1.5", ""}, {"1.5", "", "1.5"}, {"-1,5", "-1.5", ""}, {"+7", "7", "7"},
		{"1,234", "1.234", "1234"}, {"1.234", "1234", "1.234"}, {"1.234,50", "1234.50", ""}, {"1,234.50", "", "1234.50"},
		{"1.234.567", "1234567", ""}, {"1,234,567.8", "", "1234567.8"}, {"12,34,567", "", "1234567"}, {"1234,567,8", "", ""},
		{"12,34", "12.34", ""}, {"1,2,345", "", ""}, {"1'234.5", "", "1234.5"}, {"1 234,5", "1234.5", ""}, {"1_000", "1000", "1000"},
		{"1\xC2\xA0" "234,5", "1234.5", ""}, {"1\xE2\x80\xAF" "234", "1234", "1234"}, {"$1.50", "", "1.50"}, {"-$1.50", "", "-1.50"},
		{"$-1.50", "", "-1.50"}, {"1,50 \xE2\x82\xAC", "1.50", ""}, {"\xC2\xA3" "7", "7", "7"}, {"(2)", "-2", "-2"}, {"($2.5)", "", "-2.5"},
		{"(-2)", "", ""}, {"2%", "2", "2"}, {"1.5M", "", "1.5e6"}, {"2 K", "2e3", "2e3"}, {"3t", "3e12", "3e12"}, {"4b", "4e9", "4e9"},
		{"1.5e3", "", "1.5e3"}, {"1,5E-3", "1.5E-3", ""}, {",5", ".5", ""}, {".5", "", ".5"}, {"5.", "", "5."}, {"", "", ""}, {"-", "", ""},
		{"$", "", ""}, {"()", "", ""}, {"1x", "", ""}, {"1MM", "", ""}, {"x1", "", ""}, {",", "", ""}, {".", "", ""}, {"1,", "1.", ""},
		{"1,,234", "", ""}, {"1 %%", "", ""}, {"--1", "", ""}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int marks = TICK_MARKS_COMMA; marks <= TICK_MARKS_GROUPED; marks++)
		{
			size_t		room = strlen(cases[i][0]) + TICK_PLAIN_EXTRA;
			char	   *plain = malloc(room);
			char		shown[64] = "";
			uint32_t	length = 0;

			if (tick_plain_number(text_of(cases[i][0]), (TickNumberMarks) marks, plain, &length))
			{
				CHECK(length <= room);
				memcpy(shown, plain, length);
			}
			CHECK_TEXT(shown, cases[i][marks]);
			free(plain);
		}
}

int
main(void)
{
	RUN(test_trim);
	RUN(test_int_cases);
	RUN(test_int_bounds);
	RUN(test_decimal_cases);
	RUN(test_all_short);
	RUN(test_int_random);
	RUN(test_double_cases);
	RUN(test_double_random);
	RUN(test_double_halfway);
	RUN(test_double_scaled);
	RUN(test_locale);
	RUN(test_bool);
	RUN(test_marks);
	exactly("", 0);
	return unit_report("value");
}
