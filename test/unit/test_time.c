/*-------------------------------------------------------------------------
 *
 * test_time.c
 *	  Dates, times of day and stamps out of text, and the calendar.
 *
 * The calendar is held against one that counts day by day.  Each text is
 * parsed from a block of exactly its size, so that a look beyond its end is
 * seen.
 *
 *-------------------------------------------------------------------------
 */
#include "core/value.h"

#include "unit.h"

#define HOUR INT64_C(3600000000000)
#define MINUTE INT64_C(60000000000)
#define SECOND INT64_C(1000000000)

/* 2021-01-04 */
#define DAY 18631

static TickTimeFormat
format_of(const char *word)
{
	TickTimeFormat format;
	TickError	error = {0};

	CHECK_INT(tick_time_format_parse((TickString) {word, (uint32_t) strlen(word)}, &format, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	return format;
}

static TickStatus
parse(const char *text, const TickTimeFormat *format, TickTimeParts *parts)
{
	size_t		length = strlen(text);
	char	   *block = malloc(length > 0 ? length : 1);
	TickStatus	status;

	memcpy(block, text, length);
	status = tick_parse_time_parts((TickString) {block, (uint32_t) length}, format, parts);
	free(block);
	return status;
}

/*
 * ---- the calendar ----
 */

static void
test_calendar(void)
{
	static const int lengths[2][12] = {
		{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}, {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	};
	int64_t		day = -719162;	/* 0001-01-01 */
	int			wrong = 0;

	for (int year = 1; year <= 3000; year++)
		for (int month = 1; month <= 12; month++)
			for (int d = 1; d <= lengths[year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)][month - 1]; d++, day++)
			{
				int64_t		found;
				int			y,
							m,
							dom;

				wrong += !tick_date_to_day(year, month, d, &found) || found != day;
				tick_day_to_date(day, &y, &m, &dom);
				wrong += y != year || m != month || dom != d;
			}
	CHECK_INT(wrong, 0);
	CHECK_INT(day, 376565);		/* 3001-01-01 */
}

static void
test_no_such_day(void)
{
	static const int none[][3] = {
		{2021, 2, 29}, {1900, 2, 29}, {2100, 2, 29}, {2000, 2, 30}, {2021, 4, 31}, {2021, 13, 1}, {2021, 0, 1},
		{2021, 1, 0}, {2021, 1, 32}, {2021, -1, 5}, {2021, 1, -1}
	};
	int64_t		day = 77;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK(!tick_date_to_day(none[i][0], none[i][1], none[i][2], &day));
	CHECK_INT(day, 77);
	CHECK(tick_date_to_day(2000, 2, 29, &day));
	CHECK_INT(day, 11016);
	CHECK(tick_date_to_day(0, 2, 29, &day));
	CHECK(tick_date_to_day(-4, 3, 1, &day));
	CHECK_INT(day, -719468 - 4 * 365 - 1);
}

static void
test_stamp_range(void)
{
	int64_t		first,
				last,
				stamp = 77;

	CHECK(tick_date_to_day(1677, 9, 22, &first));
	CHECK(tick_date_to_day(2262, 4, 10, &last));
	CHECK_INT(tick_stamp_from_parts(first, 0, &stamp), TICK_OK);
	CHECK_INT(stamp, INT64_C(-9223286400000000000));
	CHECK_INT(tick_stamp_from_parts(last, TICK_NS_PER_DAY - 1, &stamp), TICK_OK);
	CHECK_INT(stamp, INT64_C(9223286399999999999));
	CHECK_INT(tick_stamp_from_parts(DAY, 24 * HOUR, &stamp), TICK_OK);
	CHECK_INT(stamp, (DAY + 1) * TICK_NS_PER_DAY);
	CHECK_INT(tick_stamp_from_parts(first - 1, TICK_NS_PER_DAY - 1, &stamp), TICK_OUT_OF_RANGE);
	CHECK_INT(tick_stamp_from_parts(last + 1, 0, &stamp), TICK_OUT_OF_RANGE);
	CHECK_INT(tick_stamp_from_parts(last, TICK_NS_PER_DAY, &stamp), TICK_OUT_OF_RANGE);
	CHECK_INT(tick_stamp_from_parts(DAY, -1, &stamp), TICK_OUT_OF_RANGE);
	CHECK_INT(tick_stamp_from_parts(DAY, TICK_NS_PER_DAY + 1, &stamp), TICK_OUT_OF_RANGE);
	CHECK_INT(tick_stamp_from_parts(INT64_MAX, 0, &stamp), TICK_OUT_OF_RANGE);
	CHECK_INT(stamp, (DAY + 1) * TICK_NS_PER_DAY);
}

/*
 * ---- cases ----
 */

#define NONE INT64_MIN

/* A text that is read: NONE for a day, time or offset that it does not hold. */
typedef struct Good
{
	const char *format;
	const char *text;
	int64_t		day;
	int64_t		time;
	int64_t		offset;
	int			fraction_digits;
} Good;

static const Good good[] = {
	/* dates */
	{"iso", "2021-01-04", DAY, NONE, NONE, 0},
	{"iso", "2021/01/04", DAY, NONE, NONE, 0},
	{"iso", "2021.01.04", DAY, NONE, NONE, 0},
	{"iso", "20210104", DAY, NONE, NONE, 0},
	{"iso", "2021-1-4", DAY, NONE, NONE, 0},
	{"iso", "2021/01/4", DAY, NONE, NONE, 0},
	{"iso", "1970-01-01", 0, NONE, NONE, 0},
	{"iso", "0001-01-01", -719162, NONE, NONE, 0},
	{"iso", "9999-12-31", 2932896, NONE, NONE, 0},
	{"iso", "2020-02-29", 18321, NONE, NONE, 0},
	/* times of day */
	{"iso", "09:30:00", NONE, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"iso", "9:30:00", NONE, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"iso", "9:30", NONE, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"iso", "00:00:00", NONE, 0, NONE, 0},
	{"iso", "23:59:59.999999999", NONE, 24 * HOUR - 1, NONE, 9},
	{"iso", "24:00:00", NONE, 24 * HOUR, NONE, 0},
	{"iso", "24:00", NONE, 24 * HOUR, NONE, 0},
	{"iso", "24:00:00.000", NONE, 24 * HOUR, NONE, 3},
	{"iso", "4:06:02.246831104", NONE, 4 * HOUR + 6 * MINUTE + 2 * SECOND + 246831104, NONE, 9},
	{"iso", "04:00:00.021805862", NONE, 4 * HOUR + 21805862, NONE, 9},
	{"iso", "04:00:00,5", NONE, 4 * HOUR + SECOND / 2, NONE, 1},
	{"iso", "04:00:00.123456", NONE, 4 * HOUR + 123456000, NONE, 6},
	{"iso", "04:00:00.12345678", NONE, 4 * HOUR + 123456780, NONE, 8},
	{"iso", "04:00:00.1234567890", NONE, 4 * HOUR + 123456789, NONE, 10},
	{"iso", "04:00:00.000000000000", NONE, 4 * HOUR, NONE, 12},
	{"iso", "04:00:00Z", NONE, 4 * HOUR, 0, 0},
	{"iso", "4:00:00.5-05:00", NONE, 4 * HOUR + SECOND / 2, -18000, 1},
	/* stamps */
	{"iso", "2021-01-04 09:30:00", DAY, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"iso", "2021-01-04T09:30:00", DAY, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"iso", "2021-01-04t9:30", DAY, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"iso", "2021-01-04 \t 09:30:00.25", DAY, 9 * HOUR + 30 * MINUTE + SECOND / 4, NONE, 2},
	{"iso", "2021/1/4 24:00:00", DAY, 24 * HOUR, NONE, 0},
	{"iso", "20210104 093000", DAY, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"iso", "20210104T093000.5Z", DAY, 9 * HOUR + 30 * MINUTE + SECOND / 2, 0, 1},
	{"iso", "20210104 09:30:00", DAY, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"iso", "2021-01-04 093000+0530", DAY, 9 * HOUR + 30 * MINUTE, 19800, 0},
	{"iso", "2012-06-21 09:30:00.017460000", 15512, 9 * HOUR + 30 * MINUTE + 17460000, NONE, 9},
	{"iso", "2021-01-04 09:30:00+00:00", DAY, 9 * HOUR + 30 * MINUTE, 0, 0},
	{"iso", "2021-01-04 09:30:00.123456-05", DAY, 9 * HOUR + 30 * MINUTE + 123456000, -18000, 6},
	{"iso", "2021-01-04 09:30:00 -0330", DAY, 9 * HOUR + 30 * MINUTE, -12600, 0},
	{"iso", "2021-01-04T09:30z", DAY, 9 * HOUR + 30 * MINUTE, 0, 0},
	{"iso", "2021-01-04T09:30:00+15:59", DAY, 9 * HOUR + 30 * MINUTE, 57540, 0},
	/* glued */
	{"hhmmssns", "093000417837000", NONE, 9 * HOUR + 30 * MINUTE + 417837000, NONE, 9},
	{"hhmmssns", "093000", NONE, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"hhmmssns", "0930005", NONE, 9 * HOUR + 30 * MINUTE + SECOND / 2, NONE, 1},
	{"hhmmssns", "09300012345678", NONE, 9 * HOUR + 30 * MINUTE + 123456780, NONE, 8},
	{"hhmmssns", "240000000", NONE, 24 * HOUR, NONE, 3},
	/* units */
	{"s_epoch", "0", 0, 0, NONE, 0},
	{"s_epoch", "1315922016", 15230, 13 * HOUR + 53 * MINUTE + 36 * SECOND, NONE, 0},
	{"s_epoch", "-1", -1, 24 * HOUR - SECOND, NONE, 0},
	{"s_epoch", "-86400.000000001", -2, 24 * HOUR - 1, NONE, 9},
	{"s_epoch", "1.315922016e9", 15230, 13 * HOUR + 53 * MINUTE + 36 * SECOND, NONE, 9},
	{"s_epoch", "1315922016.000000000000", 15230, 13 * HOUR + 53 * MINUTE + 36 * SECOND, NONE, 12},
	{"s_epoch", "1609752600.123456789", DAY, 9 * HOUR + 30 * MINUTE + 123456789, NONE, 9},
	{"ms_epoch", "1430438404518", 16556, 4 * SECOND + 518000000, NONE, 3},
	{"ms_epoch", "1430438404518.25", 16556, 4 * SECOND + 518250000, NONE, 5},
	{"us_epoch", "1356998659486096", 15706, 4 * MINUTE + 19 * SECOND + 486096000, NONE, 6},
	{"ns_epoch", "1609752600123456789", DAY, 9 * HOUR + 30 * MINUTE + 123456789, NONE, 9},
	{"ns_epoch", "-9223372036854775807", -106752, INT64_C(763145224193), NONE, 9},
	{"s_midnight", "86400", NONE, 24 * HOUR, NONE, 0},
	{"s_midnight", "34200.5", NONE, 9 * HOUR + 30 * MINUTE + SECOND / 2, NONE, 1},
	{"ms_midnight", "14400151", NONE, 4 * HOUR + 151000000, NONE, 3},
	{"us_midnight", "0", NONE, 0, NONE, 6},
	{"ns_midnight", "86399999999999", NONE, 24 * HOUR - 1, NONE, 9},
	{"hmm", "930", NONE, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"hmm", "0930", NONE, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"hmm", "0", NONE, 0, NONE, 0},
	{"hmm", "2400", NONE, 24 * HOUR, NONE, 0},
	{"hmmss", "93000", NONE, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"hmmss", "1", NONE, SECOND, NONE, 0},
	{"hmmss", "93000.5", NONE, 9 * HOUR + 30 * MINUTE + SECOND / 2, NONE, 1},
	{"hmmssms", "93000123", NONE, 9 * HOUR + 30 * MINUTE + 123000000, NONE, 3},
	{"hmmssus", "160000123456", NONE, 16 * HOUR + 123456000, NONE, 6},
	{"hmmssns", "93000123456789", NONE, 9 * HOUR + 30 * MINUTE + 123456789, NONE, 9},
	{"hmmssns", "1", NONE, 1, NONE, 9},
	/* zones by their names, spellings of kdb+ */
	{"iso", "2021-01-04 09:30:00 UTC", DAY, 9 * HOUR + 30 * MINUTE, 0, 0},
	{"iso", "2021-01-04 09:30:00.5 EST", DAY, 9 * HOUR + 30 * MINUTE + SECOND / 2, -18000, 1},
	{"iso", "2021-01-04 09:30:00CEST", DAY, 9 * HOUR + 30 * MINUTE, 7200, 0},
	{"iso", "2021-01-04 09:30:00 gmt+0130", DAY, 9 * HOUR + 30 * MINUTE, 5400, 0},
	{"iso", "2021.01.04D09:30:00.000000001", DAY, 9 * HOUR + 30 * MINUTE + 1, NONE, 9},
	{"iso", "0D09:30:00", NONE, 9 * HOUR + 30 * MINUTE, NONE, 0},
	/* patterns */
	{"DY, DD MON YYYY", "Mon, 04 Jan 2021", DAY, NONE, NONE, 0},
	{"DAY DD MONTH YYYY", "monday 4 january 2021", DAY, NONE, NONE, 0},
	{"DY MON DD HH24:MI:SS YYYY", "Mon Jan  4 09:30:00 2021", DAY, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"DD.MM.YYYY HH24:MI TZ", "04.01.2021 09:30 MESZ", DAY, 9 * HOUR + 30 * MINUTE, 7200, 0},
	{"YYYYMMDD", "20210104", DAY, NONE, NONE, 0},
	{"YYYYMMDD HH24:MI:SS US", "20161230 21:37:57 140000", 17165, 21 * HOUR + 37 * MINUTE + 57 * SECOND + 140000000, NONE, 6},
	{"YYYYMMDD HH24MISS", "20110103 090100", 14977, 9 * HOUR + MINUTE, NONE, 0},
	{"DD/MM/YYYY HH24:MI:SS", "04/01/2021 16:53:50", DAY, 16 * HOUR + 53 * MINUTE + 50 * SECOND, NONE, 0},
	{"MM/DD/YYYY", "1/4/2021", DAY, NONE, NONE, 0},
	{"mm/dd/yy", "01/04/21", DAY, NONE, NONE, 0},
	{"DD.MM.YY", "04.01.70", 3, NONE, NONE, 0},
	{"DD.MM.YY", "04.01.69", 36163, NONE, NONE, 0},
	{"DD-MON-YYYY", "4-jan-2021", DAY, NONE, NONE, 0},
	{"DD Month YYYY", "04 JANUARY 2021", DAY, NONE, NONE, 0},
	{"MON DD, YYYY", "May 04, 2021", 18751, NONE, NONE, 0},
	{"YYYYMM", "202101", DAY - 3, NONE, NONE, 0},
	{"YYYY-MM-DD HH12:MI:SS AM", "2021-01-04 12:00:01 am", DAY, SECOND, NONE, 0},
	{"YYYY-MM-DD HH:MI PM", "2021-01-04 12:30 PM", DAY, 12 * HOUR + 30 * MINUTE, NONE, 0},
	{"HH:MIAM", "11:59PM", NONE, 23 * HOUR + 59 * MINUTE, NONE, 0},
	{"HH:MI:SS", "13:00:00", NONE, 13 * HOUR, NONE, 0},
	{"HH24:MI:SS.MS", "09:30:00.5", NONE, 9 * HOUR + 30 * MINUTE + SECOND / 2, NONE, 1},
	{"HH24:MI:SS.FF9", "9:30:00.123456789", NONE, 9 * HOUR + 30 * MINUTE + 123456789, NONE, 9},
	{"HH24MISSMS", "093000123", NONE, 9 * HOUR + 30 * MINUTE + 123000000, NONE, 3},
	{"YYYYMMDDHH24MISSUS", "20210104093000123456", DAY, 9 * HOUR + 30 * MINUTE + 123456000, NONE, 6},
	{"YYYY-MM-DDTHH24:MI:SSZ", "2021-01-04T09:30:00Z", DAY, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"YYYY-MM-DD\"T\"HH24:MI:SS", "2021-01-04T09:30:00", DAY, 9 * HOUR + 30 * MINUTE, NONE, 0},
	{"\"day \"DD\" of\" MM YYYY", "day 04 of 01   2021", DAY, NONE, NONE, 0},
	{"YYYY-MM-DD HH24:MI:SSTZH:TZM", "2021-01-04 09:30:00-05:30", DAY, 9 * HOUR + 30 * MINUTE, -19800, 0},
	{"YYYY-MM-DD HH24:MI TZHTZM", "2021-01-04 09:30 +0530", DAY, 9 * HOUR + 30 * MINUTE, 19800, 0},
	{"YYYY-MM-DD HH24:MI:SS.US TZH", "2021-01-04 24:00:00.0 +00", DAY, 24 * HOUR, 0, 1},
};

static void
test_good(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		TickTimeFormat format = format_of(good[i].format);
		TickTimeParts parts;
		TickStatus	status = parse(good[i].text, &format, &parts);

		if (status != TICK_OK)
		{
			CHECK_TEXT(good[i].text, "read");
			continue;
		}
		CHECK_INT(parts.has_date ? parts.day : NONE, good[i].day);
		CHECK_INT(parts.has_time ? parts.time : NONE, good[i].time);
		CHECK_INT(parts.has_offset ? parts.offset : NONE, good[i].offset);
		CHECK_INT(parts.fraction_digits, good[i].fraction_digits);
	}
}

static void
expect(const char *word, const char *text, TickStatus expected)
{
	TickTimeFormat format = format_of(word);
	TickTimeParts parts;
	TickStatus	status = parse(text, &format, &parts);

	if (status != expected)
	{
		CHECK_TEXT(text, "refused as it should");
		CHECK_INT(status, expected);
	}
}

static void
test_out_of_range(void)
{
	static const char *const texts[][2] = {
		{"iso", "2021-13-04"}, {"iso", "2021-00-04"}, {"iso", "2021-02-29"}, {"iso", "20210229"}, {"iso", "2021-1-32"},
		{"iso", "0000-01-01"}, {"iso", "20211301"}, {"iso", "2021-02-29 09:30:00"}, {"iso", "2021-02-30T09:30:00Z"},
		{"iso", "23:59:60"}, {"iso", "16:59:60.5"}, {"iso", "24:00:01"}, {"iso", "24:00:00.000000001"}, {"iso", "24:01"},
		{"iso", "25:00"}, {"iso", "09:60:00"}, {"iso", "9:30:61"}, {"iso", "99:99:99"},
		{"iso", "09:30:00.1234567891"}, {"iso", "09:30:00.0000000001"}, {"iso", "2021-01-04 09:30:00+16"},
		{"iso", "2021-01-04 09:30:00+05:60"}, {"iso", "20210104 240001"},
		{"hhmmssns", "240000000000001"}, {"hhmmssns", "096000"}, {"hhmmssns", "093060"}, {"hhmmssns", "930004178370000"},
		{"s_epoch", "1e10"}, {"s_epoch", "9223372037"}, {"s_epoch", "0.0000000001"}, {"ns_epoch", "0.5"},
		{"ns_epoch", "9223372036854775808"}, {"us_epoch", "1e400"}, {"ms_epoch", "123456789012345678901"},
		{"s_midnight", "86400.000000001"}, {"s_midnight", "-1"}, {"ms_midnight", "86400001"}, {"ns_midnight", "1e99"},
		{"YYYYMMDD", "20210229"}, {"YYYY-MM-DD HH24:MI", "2021-01-04 25:00"}, {"HH12:MI AM", "13:00 AM"},
		{"HH12:MI AM", "0:30 PM"}, {"HH24:MI:SS", "23:59:60"}, {"HH24:MITZH", "09:30+16"}, {"HH24:MITZH:TZM", "09:30+10:60"}
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect(texts[i][0], texts[i][1], TICK_OUT_OF_RANGE);
}

static void
test_bad_input(void)
{
	static const char *const texts[][2] = {
		{"iso", ""}, {"iso", "2021"}, {"iso", "2021-01"}, {"iso", "2021-01-"}, {"iso", "2021-01-041"}, {"iso", "2021-001-04"},
		{"iso", "2021-01/04"}, {"iso", "2021_01_04"}, {"iso", "202101041"}, {"iso", "2021010"}, {"iso", "021-01-04"},
		{"iso", "12021-01-04"}, {"iso", "2021-01-04 "}, {"iso", " 2021-01-04"}, {"iso", "2021-01-04T"}, {"iso", "2021-01-04 9"},
		{"iso", "2021-01-04x09:30"}, {"iso", "2021-01-0409:30"}, {"iso", "2021-01-04 09:3"}, {"iso", "2021-01-04 09:30:0"},
		{"iso", "2021-01-04 09:30:00."}, {"iso", "2021-01-04 09:30:00.x"}, {"iso", "2021-01-04 09:30:00.1 "},
		{"iso", "2021-01-04 0930"}, {"iso", "2021-01-04 0930000"}, {"iso", "2021-01-04Z"}, {"iso", "20210104093000"},
		{"iso", "2021-01-04 09:30:00+"}, {"iso", "2021-01-04 09:30:00+5"}, {"iso", "2021-01-04 09:30:00+05:"},
		{"iso", "2021-01-04 09:30:00+053"}, {"iso", "2021-01-04 09:30:00+05:3"}, {"iso", "2021-01-04 09:30:00+05300"},
		{"iso", "2021-01-04 09:30:00ZZ"}, {"iso", "2021-01-04 09:30:00 XST"}, {"iso", "2021-01-04 09:30:00 ES"}, {"iso", "2021-01-04 09:30:00 EST5"},
		{"iso", "2021-01-04 09:30:00 UTC+"}, {"iso", "0D"}, {"iso", "1D09:30"}, {"hmm", ""}, {"hmm", "9:30"}, {"hmmss", "1234567890123456"},
		{"hmmss", "93000."}, {"hmmssms", "93000.5"}, {"DY DD MON YYYY", "Xon 04 Jan 2021"}, {"HH24:MI TZ", "09:30 XYZ"}, {"iso", "2021-01-04 09:30:00 "},
		{"iso", "2021-02-29 09:3x"}, {"iso", "-2021-01-04"}, {"iso", "09:30:00 "}, {"iso", "9:3"}, {"iso", ":30"}, {"iso", "1:"},
		{"iso", "109:30:00"}, {"iso", "09:30:00:00"}, {"iso", "09:30:00 PM"}, {"iso", "093000"}, {"iso", "09;30:00"},
		{"iso", "2021-01-04\n"}, {"iso", "now"}, {"iso", "infinity"},
		{"hhmmssns", ""}, {"hhmmssns", "09300"}, {"hhmmssns", "0930001234567890"}, {"hhmmssns", "09:30:00"},
		{"hhmmssns", "093000.5"}, {"hhmmssns", "09300012345678x"}, {"hhmmssns", "x93000"},
		{"s_epoch", ""}, {"s_epoch", "x"}, {"s_epoch", "1 "}, {"s_epoch", "1:2"}, {"s_midnight", "NaN"},
		{"YYYYMMDD", "2021014"}, {"YYYYMMDD", "202101040"}, {"YYYYMMDD", "2021-01-04"}, {"MM/DD/YYYY", "1/4/21"},
		{"MM/DD/YYYY", "001/4/2021"}, {"YYYYMMDD HH24:MI:SS US", "20161230 21:37:57"},
		{"YYYYMMDD HH24:MI:SS US", "20161230 21:37:57 1400001"}, {"YYYYMMDD HH24:MI:SS US", "2016123021:37:57 140000"},
		{"DD-MON-YYYY", "04-Jam-2021"}, {"DD-MON-YYYY", "04-J"}, {"DD MONTH YYYY", "04 Jan 2021"},
		{"HH12:MI AM", "09:30"}, {"HH12:MI AM", "09:30 XM"}, {"HH12:MI AM", "09:30 A"}, {"HH24:MITZH", "09:30"},
		{"HH24:MITZH", "09:3005"}, {"HH24:MITZH", "09:30+5"}, {"HH24MISSMS", "0930001234"}, {"HH24MISS", "93000"},
		{"YYYY-MM-DD", "2021-01-04 "}
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect(texts[i][0], texts[i][1], TICK_BAD_INPUT);
}

/*
 * ---- formats ----
 */

static void
test_formats(void)
{
	static const char *const bad[] = {
		"", "Q", "YYYY-MM-DDX", "epoch", "ms", "s_epochs", "x_epoch", "YYYY-MM-DD HH24:MI:SS.FF", "YYYYMMDDYY", "HH24:HH12",
		"MS US", "DD", "MM", "YYYY", "MM-DD", "YYYY-DD", "MI", "HH24:SS", "HH24:MI.US", "AM", "TZH", "HH24TZM", "YYYY-MM-DD MI",
		"YYYY-MM-DD TZH", "-", " ", "T", "\"x\"", "YYYY-MM-DD\"T", "YYYYMMDD.................................", "YYYY-MM-DD hello"
	};
	TickTimeFormat format;

	CHECK_INT(format_of("ISO").kind, TICK_FORMAT_ISO);
	CHECK_INT(format_of("Ms_Epoch").unit_ns, 1000000);
	CHECK_INT(format_of("yyyy-mm-dd").kind, TICK_FORMAT_PATTERN);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		TickError	error = {0};
		TickStatus	status = tick_time_format_parse((TickString) {bad[i], (uint32_t) strlen(bad[i])}, &format, &error);

		if (status != TICK_BAD_INPUT)
			CHECK_TEXT(bad[i], "no format");
		CHECK(strstr(error.message, "time format ") == error.message);
		CHECK_INT(tick_time_format_parse((TickString) {bad[i], (uint32_t) strlen(bad[i])}, &format, NULL), TICK_BAD_INPUT);
	}
}

/*
 * ---- by chance ----
 */

/* A stamp written in many ways is always the same. */
static void
test_random(void)
{
	static const struct
	{
		const char *word;
		const char *print;
		int			digits;
		bool		date;
	}			ways[] = {
		{"iso", "%04d-%02d-%02d %02d:%02d:%02d.%09d", 9, true}, {"iso", "%04d/%d/%d %d:%02d:%02d.%09d", 9, true},
		{"iso", "%04d%02d%02dT%02d%02d%02d,%09dZ", 9, true}, {"iso", "%04d.%02d.%02d %02d:%02d:%02d.%06d", 6, true},
		{"iso", "%04d-%02d-%02dT%02d:%02d:%02d.%03d+01:00", 3, true}, {"iso", "%04d-%02d-%02d %02d:%02d:%02d.%01d", 1, true},
		{"YYYYMMDDHH24MISSFF9", "%04d%02d%02d%02d%02d%02d%09d", 9, true},
		{"YYYY-MM-DD HH24:MI:SS.FF7", "%04d-%d-%d %d:%d:%d.%07d", 7, true},
		{"iso", "%4$02d:%5$02d:%6$02d.%7$09d", 9, false}, {"iso", "%4$d:%5$02d:%6$02d.%7$08d", 8, false},
		{"hhmmssns", "%4$02d%5$02d%6$02d%7$04d", 4, false}
	};
	uint64_t	seed = 31;

	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++)
	{
		TickTimeFormat format = format_of(ways[w].word);
		int			wrong = 0;

		for (int n = 0; n < 2000; n++)
		{
			int64_t		day = (int64_t) (unit_random(&seed) % 200000) - 100000;
			int64_t		time = (int64_t) (unit_random(&seed) % TICK_NS_PER_DAY);
			int64_t		unit = 1;
			TickTimeParts parts;
			char		text[80];
			int			y,
						m,
						d;

			for (int i = ways[w].digits; i < 9; i++)
				unit *= 10;
			time -= time % unit;
			tick_day_to_date(day, &y, &m, &d);
			snprintf(text, sizeof(text), ways[w].print, y, m, d, (int) (time / HOUR), (int) (time / MINUTE % 60),
					 (int) (time / SECOND % 60), (int) (time % SECOND / unit));
			wrong += parse(text, &format, &parts) != TICK_OK || parts.time != time || !parts.has_time ||
				parts.fraction_digits != ways[w].digits || parts.has_date != ways[w].date ||
				(ways[w].date && parts.day != day);
		}
		if (wrong > 0)
			CHECK_TEXT(ways[w].print, "read back");
	}
	CHECK(true);
}

/* In the shapes that are read as words, every byte at every place is looked at. */
static void
test_every_byte(void)
{
	static const char *const shapes[] = {"09:30:15.123456789", "2021-01-04", "20210104", "2021-01-04 09:30:15", "09:30:15.1234"};
	TickTimeFormat format = format_of("iso");

	for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++)
		for (size_t at = 0; at < strlen(shapes[s]); at++)
			for (int c = 1; c < 256; c++)
			{
				TickTimeParts parts;
				char		text[32];
				TickStatus	status;
				bool		digit = shapes[s][at] >= '0' && shapes[s][at] <= '9';

				strcpy(text, shapes[s]);
				text[at] = (char) c;
				status = parse(text, &format, &parts);
				if (c == shapes[s][at])
					CHECK_INT(status, TICK_OK);
				else if (digit && c >= '0' && c <= '9')
					CHECK(status == TICK_OK || status == TICK_OUT_OF_RANGE);
				else if (strchr("+-Zz,TtD.\t: ", c) == NULL)
					CHECK_INT(status, TICK_BAD_INPUT);
			}
}

int
main(void)
{
	RUN(test_calendar);
	RUN(test_no_such_day);
	RUN(test_stamp_range);
	RUN(test_good);
	RUN(test_out_of_range);
	RUN(test_bad_input);
	RUN(test_formats);
	RUN(test_random);
	RUN(test_every_byte);
	return unit_report("time");
}
