/*-------------------------------------------------------------------------
 *
 * test_guess_column.c
 *	  Types, formats, names and roles of single columns; bounds of the guess.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "guess_fixture.h"

/* ---- types ---- */

/* The column x of a file that has these values in it. */
static const char *
type_of(const char *header, const char *values)
{
	static char text[100000];
	size_t		length = (size_t) sprintf(text, "k,%s\n", header);

	for (const char *value = values; *value != '\0';)
	{
		size_t		bytes = strcspn(value, " ");

		length += (size_t) sprintf(text + length, "7,\"%.*s\"\n", (int) bytes, value);
		value += bytes;
		value += *value == ' ';
	}
	options.header = 1;
	guess_text(text);
	options.header = 0;
	return guess.columns > 1 ? guess.column[1].sql_type : "none";
}

static void
test_types(void)
{
	reset();
	CHECK_TEXT(type_of("x", "1 2 3"), "bigint");
	CHECK_TEXT(type_of("x", "-1 +2 0"), "bigint");
	CHECK_TEXT(type_of("x", "0 1 1 0"), "bigint");
	CHECK_TEXT(type_of("x", "true false true"), "boolean");
	CHECK_TEXT(type_of("x", "TRUE False"), "boolean");
	CHECK_TEXT(type_of("x", "t f t"), "boolean");
	CHECK_TEXT(type_of("x", "T T T"), "text");
	CHECK_TEXT(type_of("x", "t t"), "text");
	CHECK_TEXT(type_of("x", "true 1 false"), "text");
	CHECK_TEXT(type_of("x", "1.5 2 3"), "double precision");
	CHECK_TEXT(type_of("x", "1.0 2.0 3.0"), "double precision");
	CHECK_TEXT(type_of("x", "1e-7 2 3"), "double precision");
	CHECK_TEXT(type_of("x", ".5 5."), "double precision");
	CHECK_TEXT(type_of("x", "1.5 inf"), "text");
	CHECK_TEXT(type_of("x", "00123 00124"), "text");
	CHECK_TEXT(type_of("x", "00000001 80000401"), "text");
	CHECK_TEXT(type_of("volume", "00123 00124"), "bigint");
	CHECK_TEXT(type_of("x", "0 00"), "text");
	CHECK_TEXT(type_of("x", "0.5 0.25"), "double precision");
	CHECK_TEXT(type_of("x", "1234567890123456789 1234567890123456788"), "text");
	CHECK_TEXT(type_of("x", "123456789012345678 1"), "bigint");
	CHECK_TEXT(type_of("x", "20002020 2000a020 80"), "text");
	CHECK_TEXT(type_of("cond", "1 2 3"), "text");
	CHECK_TEXT(type_of("Trade Conditions", "1 2 3"), "text");
	CHECK_TEXT(type_of("exchange", "1 2 3"), "text");
	CHECK_TEXT(type_of("symbol", "600000 600001"), "text");
	CHECK_TEXT(type_of("price", "1 2 3"), "double precision");
	CHECK_TEXT(type_of("c", "1 2 3"), "bigint");
	CHECK_TEXT(type_of("size", "1 2 3"), "bigint");
	CHECK_TEXT(type_of("x", "68,527.00 1,000.00"), "bigint");
	CHECK_TEXT(type_of("price", "68,527.00 1,000.00"), "double precision");
	CHECK_TEXT(guess.column[1].format_word, "grouped");
	CHECK_TEXT(type_of("x", "1.234,50 7,25"), "double precision");
	CHECK_TEXT(guess.column[1].format_word, "comma");
	CHECK_TEXT(type_of("x", "$1.50 ($2.25)"), "double precision");
	CHECK_TEXT(type_of("x", "1.5% -2%"), "double precision");
	CHECK_TEXT(type_of("x", "1.5M 900K"), "double precision");
	CHECK_TEXT(type_of("x", "1,234 2,345"), "bigint");
	CHECK_TEXT(type_of("x", "1,2345 2,3"), "double precision");
	CHECK_TEXT(type_of("x", "1,23,456 2"), "bigint");
	CHECK_TEXT(type_of("x", "1,234.5 NA"), "text");
	CHECK_TEXT(type_of("x", "82544000000000707.52 1.5"), "double precision");
	WARNED(1, "numeric");
	CHECK_TEXT(type_of("x", "100076.00000000001 1.5"), "double precision");
	SILENT(1);
	CHECK_TEXT(type_of("x", "12\xC3\xA4" "4 12"), "text");
	CHECK_TEXT(type_of("x", "0x1F 0x20"), "text");

	/* words for nothing are told of, not believed */
	CHECK_TEXT(type_of("x", "1.5 NA 2.5 3.5 NA"), "double precision");
	WARNED(1, "null_as");
	CHECK_TEXT(type_of("x", "1.5 NA 2.5 nix NA"), "text");
	options.null_as = "NA";
	CHECK_TEXT(type_of("x", "1.5 NA 2.5 3.5 NA"), "double precision");
	SILENT(1);
	CHECK_INT(guess.column[1].nulls, 2);
	options.null_as = NULL;
	CHECK_TEXT(type_of("x", "1.5  2.5"), "double precision");
	CHECK_INT(guess.column[1].nulls, 1);

	/* whole prices in a long sample stay whole */
	{
		static char values[20000];
		size_t		length = 0;

		for (int i = 0; i < 1500; i++)
			length += (size_t) sprintf(values + length, "%d ", 2238200 + i % 7);
		values[length - 1] = '\0';
		CHECK_TEXT(type_of("Price", values), "bigint");
	}
}

/* One value in many does not change a type, and is told of; a code does. */
static void
test_damage(void)
{
	static const struct
	{
		const char *good;
		const char *bad;
		const char *type;
	}			cases[] =
	{
		{"1.25", "N/A", "double precision"},
		{"1.25", "Infinity", "double precision"},
		{"1.25", "99999999999999999999.00", "double precision"},
		{"1.25", "3.27e3", "double precision"},
		{"17", "9223372036854775808", "bigint"},
		{"17", "100.0", "bigint"},
		{"17", "abc", "bigint"},
		{"17", "1f", "text"},
		{"20220103", "20221301", "date"},
		{"20220103", "20220230", "date"},
		{"2022-01-03", "nil", "date"},
		{"10:00:00.5", "23:59:60.7", "time"},
		{"2022-01-03 10:00:00", "2022-01-03 10:00:0x", "timestamp"}
	};

	reset();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		values[4000] = "";

		for (int k = 0; k < 60; k++)
		{
			const char *value = k == 21 ? cases[i].bad : cases[i].good;

			/* the blank of a stamp would part it */
			if (strchr(value, ' ') != NULL)
				sprintf(values + strlen(values), "%.10sT%s ", value, value + 11);
			else
				sprintf(values + strlen(values), "%s ", value);
		}
		CHECK_TEXT(type_of("x", values), cases[i].type);
	}
	CHECK(guess.column[1].warning[0] != '\0');
	WARNED(1, "1 of 60");
}

static void
format_is(const char *values, const char *type, const char *format)
{
	char		text[1000] = "x;k\n";
	const char *value = values;

	while (*value != '\0')
	{
		size_t		bytes = strcspn(value, "&");

		sprintf(text + strlen(text), "%.*s;7\n", (int) bytes, value);
		value += bytes;
		value += *value == '&';
	}
	options.delimiter = ';';
	guess_text(text);
	options.delimiter = '\0';
	CHECK_TEXT(guess.column[0].sql_type, type);
	CHECK_TEXT(guess.column[0].format_word, format);
}

static void
test_formats(void)
{
	reset();
	format_is("2022-01-13&2022-01-14", "date", "iso");
	format_is("2022.01.13&2022.01.14", "date", "iso");
	format_is("2022/01/13 10:00&2022/01/14 11:00", "timestamp", "iso");
	format_is("2022-01-13T10:00:00Z&2022-01-13T10:00:01Z", "timestamptz", "iso");
	format_is("2022-01-13T10:00:00.123-05:00", "timestamptz", "iso");
	format_is("20220113&20220114", "date", "iso");
	format_is("20220113100000&20220114110000", "timestamp", "YYYYMMDDHH24MISS");
	format_is("20220113 100000&20220114 110000", "timestamp", "iso");
	format_is("20220113 10:00:00&20220114 11:00:00", "timestamp", "iso");
	format_is("13/01/2022&14/01/2022", "date", "DD/MM/YYYY");
	format_is("01/13/2022&01/14/2022", "date", "MM/DD/YYYY");
	format_is("1/13/2022 9:30:00&1/14/2022 16:00:00", "timestamp", "MM/DD/YYYY HH24:MI:SS");
	format_is("13.01.2022 10:00:00&03.01.2022 10:00:00", "timestamp", "DD.MM.YYYY HH24:MI:SS");
	format_is("03.01.2022&04.01.2022", "date", "DD.MM.YYYY");
	CHECK(!guess.ambiguous_day_month);
	format_is("13-01-2022 10:00&14-01-2022 10:00", "timestamp", "DD-MM-YYYY HH24:MI");
	format_is("13/01/22&14/01/22", "date", "DD/MM/YY");
	format_is("21-02-13&21-02-14&21-03-01", "date", "YY-MM-DD");
	format_is("13-02-21&14-02-21&31-03-21", "date", "DD-MM-YY");
	format_is("21/02/13 10:00&21/02/14 10:00", "timestamp", "YY/MM/DD HH24:MI");
	format_is("13-Jan-2022 10:00:00.123&14-FEB-2022 10:00:00.456", "timestamp", "DD-MON-YYYY HH24:MI:SS.US");
	format_is("1/13/2022 9:30:00 AM&1/14/2022 4:00:00 PM", "timestamp", "MM/DD/YYYY HH12:MI:SS AM");
	format_is("20220113-10:00:00.123&20220113-10:00:00.456", "timestamp", "YYYYMMDD-HH24:MI:SS.US");
	/* the longest fraction counts, wherever it is */
	format_is("13/01/2022 10:00:00.5&13/01/2022 10:00:00.123456789&13/01/2022 10:00:00.25", "timestamp", "DD/MM/YYYY HH24:MI:SS.NS");
	CHECK(guess.column[0].nanoseconds);
	CHECK(!guess.ambiguous_day_month);
	/* no dates: */
	format_is("1.2.3&1.2.4", "text", "");
	format_is("12345678&23456789", "bigint", "");
	format_is("99/99/2022", "text", "");
}

static void
test_ambiguous(void)
{
	reset();
	guess_text("TIMESTAMP,BID,ASK\n02/03/2022 16:53:50,0.5346,0.5347\n02/03/2022 16:53:51,0.5343,0.5347\n");
	CHECK(guess.ambiguous_day_month);
	CHECK_TEXT(guess.ambiguous_field, "TIMESTAMP");
	WARNED(0, "day and month");
	CHECK_INT(guess.column[0].type, TICK_STAMP);
	guess_text("02/03/2022 16:53:50,0.5346,0.5347\n");
	CHECK(guess.ambiguous_day_month);
	CHECK_TEXT(guess.ambiguous_field, "$1");
	/* one day beyond twelve settles it */
	guess_text("02/03/2022 16:53:50,0.5346,0.5347\n02/13/2022 16:53:50,0.5346,0.5347\n");
	CHECK(!guess.ambiguous_day_month);
	CHECK_TEXT(guess.column[0].format_word, "MM/DD/YYYY HH24:MI:SS");
	CHECK_INT(guess.last_day, day_of(2022, 2, 13));

	/* a header with quotes in mid-field and one name for two fields */
	guess_text("TimeStamp,cross,status (\"D\"= dealt) (only \"DEALT\"),bid, offer, vol bid, vol offer\n"
			   "01/03/22,23:43:11,EUR/JPY,D,,130.520,,1000000\n"
			   "01/03/22,23:43:27,EUR/JPY,D,130.5,130.520,3,2000000\n");
	CHECK(!guess.header);
	CHECK_INT(guess.skip_lines, 1);
	CHECK_INT(guess.fields, 8);
	CHECK(guess.ambiguous_day_month);
	CHECK_TEXT(guess.ambiguous_field, "$1");
	COLUMN(1, "time timestamp time (iso) @1");
	COLUMN(2, "cross_ text symbol");
	COLUMN(3, "status_d_dealt_only_dealt text");
	COLUMN(4, "bid double precision bid");
	COLUMN(5, "offer double precision ask");
	COLUMN(6, "vol_bid bigint bid_size");
	COLUMN(7, "vol_offer bigint ask_size");
}

/* ---- times and roles ---- */

static void
test_times(void)
{
	reset();
	/* the better name, not the first place */
	guess_text("recv_time,timestamp,price,size\n2022-01-03 09:30:01,2022-01-03 09:30:00,1.5,2\n");
	COLUMN(0, "recv_time timestamp (iso)");
	COLUMN(1, "timestamp timestamp time (iso)");
	/* a date beside a stamp repeats it, or does not */
	guess_text("date,ts,price\n2022-01-03,2022-01-03 09:30:01,1.5\n2022-01-04,2022-01-04 09:30:01,1.5\n");
	COLUMN(0, "date date (iso) !");
	COLUMN(1, "ts timestamp time (iso)");
	guess_text("date,ts,price\n2022-01-04,2022-01-03 19:30:01,1.5\n2022-01-04,2022-01-04 09:30:01,1.5\n");
	COLUMN(0, "date_2 date (iso)");
	WARNED(0, "not the days");
	/* dates of other things */
	guess_text("expiry,date,close\n2022-03-18,2022-01-03,1.5\n2022-03-18,2022-01-04,1.5\n");
	COLUMN(0, "expiry date (iso)");
	COLUMN(1, "date date time (iso) #");
	guess_text("expiry,time,price\n2022-03-18,2022-01-03 10:00:00,1.5\n");
	COLUMN(0, "expiry date (iso)");
	COLUMN(1, "time timestamp time (iso)");
	/* a text that is called date gives way to the virtual one */
	guess_text("date,ts,price\nMonday,2022-01-03 19:30:01,1.5\nTuesday,2022-01-04 09:30:01,1.5\n");
	COLUMN(0, "date_2 text");
	guess_text("Date,ts,price\n2022-01-03 10:00:00,x,1.5\n2022-01-03 10:00:01,y,1.5\n");
	COLUMN(0, "ts timestamp time (iso)");
	COLUMN(1, "ts_2 text");
	guess_text("trading day,symbol,price\n2022-01-03,A,1.5\n2022-01-04,A,1.5\n");
	COLUMN(0, "date date time (iso) #");
	CHECK_TEXT(guess.column[0].field, "trading day");
	/* a number called time that is none */
	guess_text("time,price\n5,1.5\n3,1.5\n");
	COLUMN(0, "time bigint");
	WARNED(0, "unit");
	/* numbers that could count seconds, but name rows, and go back */
	guess_text("order_id,price\n1700000123,1.5\n1700000007,1.5\n1700000311,1.5\n");
	COLUMN(0, "order_id bigint");
	guess_text("order,price\n1700000123,1.5\n1700000007,1.5\n1700000311,1.5\n");
	COLUMN(0, "order_ timestamp time (s_epoch)");
	/* more than six digits of fraction */
	guess_text("Time,Price,Volume\n2012-06-21 09:30:00.017460000,2238200,1\n2012-06-21 09:30:00.190226000,2238100,21\n");
	COLUMN(0, "time timestamp time (iso) ns");
	COLUMN(2, "volume bigint size");
	guess_text("Time,Price\n2012-06-21 09:30:00.017460,2238200\n");
	COLUMN(0, "time timestamp time (iso)");
}

static void
test_symbols(void)
{
	static char text[400000];
	size_t		length;

	reset();
	/* without header: capitals that come again; one letter is not enough */
	guess_text("2022-01-03 09:30:00,ACME,1.5,100,P\n2022-01-03 09:30:00,XYZ,2.5,100,P\n2022-01-03 09:30:01,ACME,1.5,200,Q\n2022-01-03 09:30:01,XYZ,1.5,300,Q\n");
	COLUMN(1, "symbol text symbol");
	COLUMN(2, "price double precision price");
	COLUMN(3, "size bigint size");
	COLUMN(4, "c5 text");
	guess_text("2022-01-03 09:30:00,P,1.5,100\n2022-01-03 09:30:00,Q,2.5,100\n2022-01-03 09:30:01,P,1.5,200\n2022-01-03 09:30:02,P,1.5,200\n");
	COLUMN(1, "c2 text");
	WARNED(1, "one letter");
	options.has_symbol = true;
	guess_text("2022-01-03 09:30:00,ACME,1.5,100\n2022-01-03 09:30:01,ACME,2.5,100\n");
	COLUMN(1, "c2 text");
	SILENT(1);
	options.has_symbol = false;
	guess_text("2022-01-03 09:30:00,TRADE,ACME,1.5,100\n2022-01-03 09:30:01,QUOTE,ACME,2.5,100\n2022-01-03 09:30:02,TRADE,ACME,2.5,100\n2022-01-03 09:30:03,QUOTE,ACME,2.5,100\n");
	COLUMN(1, "c2 text");
	COLUMN(2, "symbol text symbol");

	/* with one: identifiers are none; one row each of short words is fine */
	length = (size_t) sprintf(text, "time,symbol,price\n");
	for (int i = 0; i < 2000; i++)
		length += (size_t) sprintf(text + length, "2022-01-03 09:30:00,ab12cd34-%08d-ffff,1.5\n", i);
	guess_text(text);
	COLUMN(1, "symbol text");
	WARNED(1, "no symbol");
	length = (size_t) sprintf(text, "time,symbol,price\n");
	for (int i = 0; i < 2000; i++)
		length += (size_t) sprintf(text + length, "2022-01-03 09:30:00,%c%c%c,1.5\n", 'A' + i % 26, 'A' + i / 26 % 26, 'A' + i / 676);
	guess_text(text);
	COLUMN(1, "symbol text symbol");
	CHECK_INT(guess.column[1].distinct, 2000);
	WARNED(1, "2000 symbols");
	/* an exchange is not taken where nothing says symbol */
	guess_text("time,price,size,exchange\n2022-01-03 09:30:00,1.5,100,NYSE\n2022-01-03 09:30:01,1.5,100,NYSE\n");
	COLUMN(3, "exchange text");
}

static void
make_name(const char *field, const char *expected)
{
	TickGuessColumn used[3];
	TickString	string = {field, (uint32_t) strlen(field)};
	char		name[64];

	memset(used, 0, sizeof(used));
	strcpy(used[0].name, "taken");
	strcpy(used[1].name, "taken_2");
	strcpy(used[2].name, "free");
	used[2].dropped = true;
	tick_make_column_name(string, 4, used, 3, name);
	CHECK_TEXT(name, expected);
}

static void
test_names(void)
{
	make_name("Price", "price");
	make_name("Trade Price (USD)", "trade_price_usd");
	make_name("exchange.timestamp", "exchange_timestamp");
	make_name("<TICKER>", "ticker");
	make_name("__x", "__x");
	make_name("", "c4");
	make_name("  %% ", "c4");
	make_name("1st", "1st");
	make_name("select", "select_");
	make_name("Order", "order_");
	make_name("CROSS", "cross_");
	make_name("left", "left_");
	make_name("all", "all_");
	make_name("with", "with_");
	make_name("ctid", "ctid_");
	make_name("time", "time");
	make_name("open", "open");
	make_name("taken", "taken_3");
	make_name("Free", "free");
	make_name("Pr\xC3\xA9" "cio", "pr\xC3\xA9" "cio");
	make_name("a\xFF" "b", "a_b");
	make_name("a23456789012345678901234567890123456789012345678901234567890123456789",
			  "a23456789012345678901234567890123456789012345678901234567890123");
	make_name("a2345678901234567890123456789012345678901234567890123456789012\xC3\xA9",
			  "a2345678901234567890123456789012345678901234567890123456789012");
	reset();
	guess_text("limit,limit,Limit,date,x\n1,2,3,2022-01-03,5\n");
	CHECK_TEXT(guess.column[0].name, "limit_");
	CHECK_TEXT(guess.column[1].name, "limit_2");
	CHECK_TEXT(guess.column[2].name, "limit_3");
}

static void
test_evidence(void)
{
	reset();
	guess_text("k,memo\n3,\"0123456789012345678901234567890123456789012345\"\n-20,\"012345678901234567890123456789012345678\xC3\xA9\"\n100,\n3,short\n");
	CHECK_TEXT(guess.column[0].min, "-20");
	CHECK_TEXT(guess.column[0].max, "100");
	CHECK_INT(guess.column[0].distinct, 3);
	CHECK_INT(guess.column[0].nulls, 0);
	CHECK_INT(guess.column[1].nulls, 1);
	CHECK_INT(guess.column[1].distinct, 3);
	CHECK_INT(guess.column[1].width, 46);
	CHECK_TEXT(guess.column[1].sample[0], "012345678901234567890123456789012345678");
	CHECK_TEXT(guess.column[1].sample[1], "012345678901234567890123456789012345678");
	CHECK_TEXT(guess.column[1].max, "short");
	/* days of a file come from its time, in any order */
	guess_text("time,price\n2022-05-03 10:00:00,1\n2021-01-04 10:00:00,2\n2022-01-01 10:00:00,3\n");
	CHECK_INT(guess.first_day, day_of(2021, 1, 4));
	CHECK_INT(guess.last_day, day_of(2022, 5, 3));
	CHECK_TEXT(guess.column[0].min, "2021-01-04 10:00:00");
	CHECK_TEXT(guess.column[0].max, "2022-05-03 10:00:00");
}

static void
test_grain(void)
{
	CHECK_INT(tick_guess_grain(1, 0), 'd');
	CHECK_INT(tick_guess_grain(20, 20), 'd');
	CHECK_INT(tick_guess_grain(8000000, 4), 'd');
	CHECK_INT(tick_guess_grain(2000000, 1000), 'd');
	CHECK_INT(tick_guess_grain(1835698, 6900), 'm');
	CHECK_INT(tick_guess_grain(62000, 3650), 'y');
	CHECK_INT(tick_guess_grain(2500, 3650), 'y');
	CHECK_INT(tick_guess_grain(0, 100), 'y');
	CHECK_INT(tick_guess_grain(UINT64_MAX, UINT64_MAX), 'y');
}

/* More rows than are looked at, and many columns. */
static void
test_bounds(void)
{
	size_t		size = 4 * 1024 * 1024;
	char	   *text = malloc(size);
	size_t		length = (size_t) sprintf(text, "time,price\n");

	reset();
	for (int i = 0; i < 12000; i++)
		length += (size_t) sprintf(text + length, "2022-01-%02d 10:00:00,%d.5\n", 1 + i / 1000, i);
	CHECK_INT(run(text, length, true), TICK_OK);
	CHECK_INT(guess.rows, TICK_GUESS_ROWS);
	CHECK_INT(guess.column[1].distinct, TICK_GUESS_ROWS);

	length = 0;
	for (int row = 0; row < 30; row++)
		for (int i = 0; i < 1600; i++)
			length += (size_t) sprintf(text + length, "%d%c", row * i, i < 1599 ? ',' : '\n');
	CHECK_INT(run(text, length, true), TICK_OK);
	CHECK_INT(guess.columns, 1600);
	CHECK_INT(guess.rows, 30);
	CHECK_TEXT(guess.column[1599].name, "c1600");

	length = 0;
	for (int i = 0; i < 1700; i++)
		length += (size_t) sprintf(text + length, "%d,", i);
	CHECK_INT(run(text, length, true), TICK_BAD_INPUT);
	CHECK(strstr(error.message, "1600 fields") != NULL);
	free(text);
}

/* Bytes at random: any outcome but a crash. */
static void
test_random(void)
{
	static const char *const pieces[] = {",", ";", "|", "\n", "\r\n", "\"", "1", "2022-01-03", "12:30:00", "0.5", "ACME", "time", "price",
	"20220103", "093000", "1609732800", "true", " ", "\t", "\xC3\xA9", "\xFF", "01/02/2022", "NA", "1e5", "END"};
	uint64_t	seed = 23;
	int			columns = 0;

	reset();
	for (int i = 0; i < 3000; i++)
	{
		char		text[2000] = "";
		int			count = 1 + (int) (unit_random(&seed) % 60);

		for (int k = 0; k < count; k++)
			strcat(text, pieces[unit_random(&seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
		options.has_date = unit_random(&seed) % 2 == 0;
		options.header = (int) (unit_random(&seed) % 3) - 1;
		if (run(text, strlen(text), unit_random(&seed) % 2 == 0) != TICK_OK)
			CHECK(strstr(error.message, "no record") != NULL);
		columns += guess.columns;
		for (int c = 0; c < guess.columns; c++)
		{
			CHECK(guess.column[c].name[0] != '\0');
			CHECK(guess.column[c].sql_type != NULL);
			CHECK(guess.column[c].rule[0] != '\0');
			for (int d = 0; d < c; d++)
				CHECK(guess.column[c].dropped || guess.column[d].dropped || strcmp(guess.column[c].name, guess.column[d].name) != 0);
		}
	}
	CHECK(columns > 3000);
}

int
main(void)
{
	RUN(test_types);
	RUN(test_damage);
	RUN(test_formats);
	RUN(test_ambiguous);
	RUN(test_times);
	RUN(test_symbols);
	RUN(test_names);
	RUN(test_evidence);
	RUN(test_grain);
	RUN(test_bounds);
	RUN(test_random);
	reset();
	return unit_report("guess_column");
}
