/*-------------------------------------------------------------------------
 *
 * test_path.c
 *	  Patterns of paths: captures, dates, folders, bounds.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/columns.h"

static TickString value[TICK_PATH_CAPTURES];
static int64_t day[TICK_PATH_CAPTURES];
static TickError error;

static bool
match(const char *pattern, const char *text)
{
	TickPathPattern *path = NULL;
	TickString	string = {text, (uint32_t) strlen(text)};
	bool		matched;

	memset(value, 0, sizeof(value));
	memset(day, 0, sizeof(day));
	if (tick_path_parse(pattern, &tick_memory_malloc, &path, &error) != TICK_OK)
	{
		CHECK_TEXT(error.message, "");
		return false;
	}
	matched = tick_path_match(path, string, value, day);
	tick_path_free(path);
	return matched;
}

static const char *
captured(int capture)
{
	static char turns[4][300];
	static int	turn;
	char	   *text = turns[turn++ % 4];

	snprintf(text, 300, "%.*s", (int) value[capture].length, value[capture].length > 0 ? value[capture].data : "");
	return text;
}

static void
refused(const char *pattern, const char *detail)
{
	TickPathPattern *path = NULL;

	CHECK_INT(tick_path_parse(pattern, &tick_memory_malloc, &path, &error), TICK_BAD_INPUT);
	CHECK(path == NULL);
	CHECK(strstr(error.message, "invalid path pattern") != NULL);
	CHECK_TEXT(error.detail, detail);
}

static int64_t
day_of(int year, int month, int dayofmonth)
{
	int64_t		result = -1;

	CHECK(tick_date_to_day(year, month, dayofmonth, &result));
	return result;
}

static void
test_documented(void)
{
	CHECK(match("{symbol}/{date:YYYYMMDD}_trade.csv.gz", "/data/lean/SPY/20131007_trade.csv.gz"));
	CHECK_TEXT(captured(0), "SPY");
	CHECK_TEXT(captured(1), "20131007");
	CHECK_INT(day[1], day_of(2013, 10, 7));
	CHECK(!match("{symbol}/{date:YYYYMMDD}_trade.csv.gz", "/data/lean/SPY/20131007_quote.csv.gz"));
	CHECK(!match("{symbol}/{date:YYYYMMDD}_trade.csv.gz", "20131007_trade.csv.gz"));
	CHECK(!match("{symbol}/{date:YYYYMMDD}_trade.csv.gz", "/20131007_trade.csv.gz"));
	CHECK(!match("{symbol}/{date:YYYYMMDD}_trade.csv.gz", "SPY/20131307_trade.csv.gz"));
	CHECK(!match("{symbol}/{date:YYYYMMDD}_trade.csv.gz", "SPY/x20131007_trade.csv.gz"));

	CHECK(match("{symbol}_full_1min_adjsplit.txt", "/x/BRK.B_full_1min_adjsplit.txt"));
	CHECK_TEXT(captured(0), "BRK.B");
	CHECK(match("{symbol}_full_1min_adjsplit.txt", "A_full_1min_adjsplit.txt.gz"));
	CHECK_TEXT(captured(0), "A");
	CHECK(!match("{symbol}_full_1min_adjsplit.txt", "A_full_1min_adjsplit.txt.bz2"));
	CHECK(!match("{symbol}_full_1min_adjsplit.txt", "_full_1min_adjsplit.txt"));
}

static void
test_captures(void)
{
	TickPathPattern *path;

	/* shortest run first, longer where the rest asks for it */
	CHECK(match("{a}_{b}.csv", "x_y_z.csv"));
	CHECK_TEXT(captured(0), "x");
	CHECK_TEXT(captured(1), "y_z");
	CHECK(match("{symbol}.{period}.csv", "BRK.B.1m.csv"));
	CHECK_TEXT(captured(0), "BRK");
	CHECK_TEXT(captured(1), "B.1m");
	CHECK(match("{symbol}.csv.gz", "BRK.B.csv.gz"));
	CHECK_TEXT(captured(0), "BRK.B");
	CHECK(match("{a}{b}", "xyz"));
	CHECK_TEXT(captured(0), "x");
	CHECK_TEXT(captured(1), "yz");
	CHECK(!match("{a}{b}", "x"));
	CHECK(match("{venue}/{symbol}-{side}-*.csv", "/d/fx/GBP/USD-ask-2012.csv"));
	CHECK_TEXT(captured(0), "GBP");
	CHECK_TEXT(captured(1), "USD");
	CHECK_TEXT(captured(2), "ask");
	CHECK(match("{symbol}h{hours}.csv", "USDCADh1.csv"));
	CHECK_TEXT(captured(0), "USDCAD");
	CHECK_TEXT(captured(1), "1");
	CHECK(match("{s}.csv", "dir/\xE2\x82\xAC" "X.csv"));
	CHECK_TEXT(captured(0), "\xE2\x82\xAC" "X");

	CHECK_INT(tick_path_parse("{Symbol}/{date:YYYY-MM-DD}/{x_1}", &tick_memory_malloc, &path, &error), TICK_OK);
	CHECK_INT(tick_path_captures(path), 3);
	CHECK_INT(tick_path_capture_name(path, 0).length, 6);
	CHECK(memcmp(tick_path_capture_name(path, 0).data, "symbol", 6) == 0);
	CHECK(memcmp(tick_path_capture_name(path, 2).data, "x_1", 3) == 0);
	CHECK(!tick_path_capture_is_date(path, 0));
	CHECK(tick_path_capture_is_date(path, 1));
	tick_path_free(path);
}

static void
test_dates(void)
{
	CHECK(match("{date:YYYY-MM-DD}.csv", "2021-01-04.csv"));
	CHECK_INT(day[0], day_of(2021, 1, 4));
	CHECK(match("{d:YYMMDD}", "210104"));
	CHECK_INT(day[0], day_of(2021, 1, 4));
	CHECK(match("{d:YYMMDD}", "990104"));
	CHECK_INT(day[0], day_of(1999, 1, 4));
	CHECK(match("{d:YYDDD}", "20366"));
	CHECK_INT(day[0], day_of(2020, 12, 31));
	CHECK(!match("{d:YYDDD}", "21366"));
	CHECK(!match("{d:YYDDD}", "21000"));
	CHECK(match("{d:YYYY.DDD}", "2021.060"));
	CHECK_INT(day[0], day_of(2021, 3, 1));
	CHECK(match("{d:DDMONYYYY}", "04jan2021"));
	CHECK_INT(day[0], day_of(2021, 1, 4));
	CHECK(match("{d:DD-MON-YY}", "31-Dec-21"));
	CHECK_INT(day[0], day_of(2021, 12, 31));
	CHECK(!match("{d:DD-MON-YY}", "31-Dez-21"));
	CHECK(match("{d:YYYY/MM/DD}/{s}.csv", "/x/2021/02/28/IBM.csv"));
	CHECK_INT(day[0], day_of(2021, 2, 28));
	CHECK_TEXT(captured(0), "2021/02/28");
	CHECK_TEXT(captured(1), "IBM");
	CHECK(!match("{d:YYYY/MM/DD}/{s}.csv", "/x/2021/02/29/IBM.csv"));
	CHECK(match("{d:YYYYMMDD}", "20200229"));
	CHECK(!match("{d:YYYYMMDD}", "20210229"));
	CHECK(!match("{d:YYYYMMDD}", "2021022"));
	CHECK(!match("{d:YYYYMMDD}", "202102281"));
	CHECK(!match("{d:YYYYMMDD}", "2021022a"));
	/* a name that ends where a date can begin */
	CHECK(match("{name}{d:YYYYMMDD}.csv", "trades_20210104.csv"));
	CHECK_TEXT(captured(0), "trades_");
	CHECK_INT(day[1], day_of(2021, 1, 4));
	CHECK(match("EQY_US_ALL_TRADE_{date:YYYYMMDD}.gz", "/taq/EQY_US_ALL_TRADE_20161024.gz"));
	CHECK_INT(day[0], day_of(2016, 10, 24));
	CHECK(match("{symbol}.XCME_1min_bars_{from:YYYYMMDD}_{to:YYYYMMDD}.csv.gz", "6EH4.XCME_1min_bars_20240101_20240131.csv.gz"));
	CHECK_TEXT(captured(0), "6EH4");
	CHECK_INT(day[2], day_of(2024, 1, 31));
}

static void
test_wildcards(void)
{
	CHECK(match("*.csv", "/a/b/c.csv"));
	CHECK(match("*", "/a/b/c"));
	CHECK(match("*/c", "/a/b/c"));
	CHECK(!match("*/b", "/a/b/c"));
	CHECK(match("a*c", "ac"));
	CHECK(match("a*c", "abbc"));
	CHECK(!match("a*c", "ab/c"));
	CHECK(match("b/*/c", "a/b/x/c"));
	CHECK(!match("b/*/c", "a/b/x/y/c"));
	CHECK(!match("/b/*/c", "/a/b/x/c"));
	CHECK(match("/a/b/*/c", "/a/b/x/c"));
	CHECK(!match("bb/c", "/abb/c"));
	CHECK(match("bb/c", "bb/c"));

	CHECK(match("b/**/c", "/a/b/c"));
	CHECK(match("b/**/c", "/a/b/x/c"));
	CHECK(match("b/**/c", "/a/b/x/y/c"));
	CHECK(!match("b/**/c", "/a/b/xc"));
	CHECK(!match("b/**/c", "/a/b/x/yc"));
	CHECK(match("**/c", "c"));
	CHECK(match("b/**", "/a/b/x/y"));
	CHECK(match("b**y", "/a/b/x/y"));
	CHECK(match("{s}/**/{f}.csv", "/q/IBM/2021/01/t.csv"));
	/* the rightmost beginning wins */
	CHECK_TEXT(captured(0), "01");
	CHECK(match("us/{s}/**/{f}.csv", "/q/us/IBM/2021/01/t.csv"));
	CHECK_TEXT(captured(0), "IBM");
	CHECK_TEXT(captured(1), "t");
	CHECK(match("/**/{s}/x", "/a/b/c/x"));
	CHECK_TEXT(captured(0), "c");

	CHECK(match("{{{a}}.csv", "{x}.csv"));
	CHECK_TEXT(captured(0), "x");
	CHECK(match("{{a}", "{a}"));
	CHECK(!match("{{a}", "xa}"));
	CHECK(match("a}b", "a}b"));
	CHECK(match("{s}.csv", "{.csv"));
	CHECK_TEXT(captured(0), "{");
}

static void
test_errors(void)
{
	refused("", "It is empty.");
	refused("a/", "It ends with a folder, not with a file.");
	refused("a/**/", "It ends with a folder, not with a file.");
	refused("{a", "A brace is not closed; a brace itself is written \"{{\".");
	refused("{}", "The name of a capture consists of letters, digits and underscores.");
	refused("{a b}", "The name of a capture consists of letters, digits and underscores.");
	refused("{:YYYYMMDD}", "The name of a capture consists of letters, digits and underscores.");
	refused("{a}/{A}", "A capture is named twice.");
	refused("a***b", "\"***\" means nothing.");
	refused("{d:}", "A date needs one year, and one month and day or one day of the year (DDD).");
	refused("{d:YYYYMM}", "A date needs one year, and one month and day or one day of the year (DDD).");
	refused("{d:YYYYMMDDDDD}", "A date needs one year, and one month and day or one day of the year (DDD).");
	refused("{d:YYYYMMDDYY}", "A date needs one year, and one month and day or one day of the year (DDD).");
	refused("{d:yyyymmdd}", "A date consists of YYYY, YY, MM, MON, DD, DDD and other characters than letters.");
	refused("{d:YYYYMMDDHH}", "A date consists of YYYY, YY, MM, MON, DD, DDD and other characters than letters.");
	refused("{d:YYYY-----------MM-DD}", "The format of a date is too long.");
	refused("{a1}{a2}{a3}{a4}{a5}{a6}{a7}{a8}{a9}{a10}{a11}{a12}{a13}{a14}{a15}{a16}{a17}", "There are more than 16 captures.");
	refused("{a23456789012345678901234567890123456789012345678901234567890abcd}", "The name of a capture is longer than 63 bytes.");
	refused("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a", "The pattern is too long.");
}

/* Patterns that make a naive matcher take exponential time end at once. */
static void
test_hostile(void)
{
	static char text[5000];

	memset(text, 'a', 4096);
	text[4095] = 'b';
	text[4096] = '\0';
	CHECK(!match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ac", text));
	CHECK(!match("**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**ac", text));
	CHECK(!match("{a}a{b}a{c}a{d}a{e}a{f}a{g}a{h}a{i}a{j}a{k}ac", text));
	CHECK(match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab", text));
	for (int i = 1; i < 4095; i += 2)
		text[i] = '/';
	CHECK(!match("**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/c", text));
	memset(text, 'a', 4999);
	CHECK(!match("*", text));
}

/*
 * Against a matcher that simply tries everything, over a small alphabet
 * where chance finds the corners.
 */
static bool
naive(const char *pattern, const char *text)
{
	if (*pattern == '\0')
		return *text == '\0';
	if (pattern[0] == '*' && pattern[1] == '*')
	{
		for (;; text++)
		{
			if (naive(pattern + 2, text))
				return true;
			if (*text == '\0')
				return false;
		}
	}
	if (*pattern == '*' || *pattern == '{')
	{
		bool		capture = *pattern == '{';
		const char *rest = capture ? strchr(pattern, '}') + 1 : pattern + 1;

		if (capture)
		{
			if (*text == '\0' || *text == '/')
				return false;
			text++;
		}
		for (;; text++)
		{
			if (naive(rest, text))
				return true;
			if (*text == '\0' || *text == '/')
				return false;
		}
	}
	return *pattern == *text && naive(pattern + 1, text + 1);
}

static void
test_random(void)
{
	uint64_t	seed = 11;
	int			matched = 0;

	for (int i = 0; i < 20000; i++)
	{
		char		pattern[64] = "a";
		char		text[16];
		int			pieces = 1 + (int) (unit_random(&seed) % 6);
		int			length = 1 + (int) (unit_random(&seed) % 12);
		bool		expected = false;

		for (int k = 0; k < pieces; k++)
		{
			static const char *const choice[] = {"a", "b", "/a", "*", "a**b"};
			int			which = (int) (unit_random(&seed) % 6);

			if (which < 5)
				strcat(pattern, choice[which]);
			else
				sprintf(pattern + strlen(pattern), "{c%d}", k);
		}
		if (strstr(pattern, "***") != NULL)
			continue;
		for (int k = 0; k < length; k++)
			text[k] = "ab/a"[unit_random(&seed) % 4];
		text[length] = '\0';
		for (int k = 0; k < length; k++)
			expected = expected || ((k == 0 || text[k - 1] == '/') && naive(pattern, text + k));
		CHECK_INT(match(pattern, text), expected);
		matched += expected;
	}
	CHECK(matched > 500);
}

int
main(void)
{
	RUN(test_documented);
	RUN(test_captures);
	RUN(test_dates);
	RUN(test_wildcards);
	RUN(test_errors);
	RUN(test_hostile);
	RUN(test_random);
	return unit_report("path");
}
