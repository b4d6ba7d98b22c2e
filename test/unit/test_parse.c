/*-------------------------------------------------------------------------
 *
 * test_parse.c
 *	  Records to typed columns: values, nulls, faults, and what is left out.
 *
 * Batches are made of literal rows; the pools behind the text columns are a
 * small table here, so that codes can be read back.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/parse.h"
#include "unit.h"

#define MAX_FIELDS 8
#define MAX_ROWS TICK_CSV_RECORDS
#define POOL 4096

static TickString field[MAX_ROWS * MAX_FIELDS];
static uint8_t quoted[MAX_ROWS * MAX_FIELDS];
static TickCsvRecord record[MAX_ROWS];
static TickCsvBatch batch = {0, MAX_FIELDS, record, field, quoted};

static TickColumn schema_column[MAX_FIELDS];
static TickSchema schema = {0, schema_column, -1, -1};
static TickParseColumn column[MAX_FIELDS];
static TickParsePlan plan;

static int64_t i64[MAX_FIELDS][MAX_ROWS];
static double f64[MAX_FIELDS][MAX_ROWS];
static uint32_t codes[MAX_FIELDS][MAX_ROWS];
static uint8_t present[MAX_FIELDS][MAX_ROWS];
static int32_t partition[MAX_ROWS];
static TickRunColumn room_column[MAX_FIELDS];
static TickRunRoom room = {MAX_ROWS, partition, room_column};

static char pool[POOL][300];
static uint32_t pooled;
static uint32_t interned;		/* calls */

static TickParser *parser;
static TickParseResult result;
static TickError error;

static TickStatus
intern(void *context, int target, const char *data, uint32_t length, uint32_t *code, TickError *e)
{
	(void) context;
	(void) target;
	(void) e;
	interned++;
	for (*code = 0; *code < pooled; (*code)++)
	{
		if (strlen(pool[*code]) == length && memcmp(pool[*code], data, length) == 0)
			return TICK_OK;
	}
	memcpy(pool[pooled], data, length);
	pool[pooled++][length] = '\0';
	return TICK_OK;
}

/* Partitions of 100 values; those beyond 10000 have none. */
static bool
hundreds(void *context, int64_t value, int32_t *number, int64_t *low, int64_t *high)
{
	(*(int *) context)++;
	if (value < 0 || value >= 10000)
		return false;
	*number = (int32_t) (value / 100);
	*low = *number * INT64_C(100);
	*high = *low + 99;
	return true;
}

/* Start a plan without columns. */
static void
begin(int fields)
{
	memset(&plan, 0, sizeof(plan));
	memset(column, 0, sizeof(column));
	memset(schema_column, 0, sizeof(schema_column));
	schema.columns = 0;
	batch.records = 0;
	pooled = 0;
	interned = 0;
	plan.fields = fields;
	plan.schema = &schema;
	plan.column = column;
	plan.null_as.data = "";
	plan.verify_utf8 = true;
	plan.intern = intern;
	plan.load_id = -1;
	plan.partition_column = -1;
	plan.day_column = plan.day_target = -1;
}

/* Add a column fed by a field (from 0), or by none (-1). */
static TickParseColumn *
add(TickType type, int from)
{
	int			c = schema.columns++;

	schema_column[c].type = type;
	column[c].target = c;
	column[c].type = type;
	column[c].low = INT64_MIN;
	column[c].high = INT64_MAX;
	column[c].max_integer = column[c].max_fraction = -1;
	column[c].sources = from >= 0;
	column[c].source[0].field = from;
	room_column[c].present = present[c];
	room_column[c].i64 = type == TICK_DOUBLE || type == TICK_TEXT ? NULL : i64[c];
	room_column[c].f64 = type == TICK_DOUBLE ? f64[c] : NULL;
	room_column[c].codes = type == TICK_TEXT ? codes[c] : NULL;
	plan.columns = schema.columns;
	return &column[c];
}

static void
format(TickParseColumn *spec, int source, const char *word)
{
	CHECK_INT(tick_time_format_parse((TickString) {word, (uint32_t) strlen(word)}, &spec->source[source].format, &error),
			  TICK_OK);
}

/* Add a record: fields separated by |, a field that begins with ! is quoted. */
static void
row(const char *text)
{
	uint32_t	r = batch.records++;
	uint32_t	f = 0;

	memset(&record[r], 0, sizeof(record[r]));
	record[r].line = r + 1;
	record[r].lines = 1;
	record[r].raw.data = text;
	record[r].raw.length = (uint32_t) strlen(text);
	for (;;)
	{
		const char *end = strchr(text, '|');
		size_t		at = (size_t) r * MAX_FIELDS + f++;

		if (end == NULL)
			end = text + strlen(text);
		quoted[at] = *text == '!';
		field[at].data = text + quoted[at];
		field[at].length = (uint32_t) (end - field[at].data);
		if (*end == '\0')
			break;
		text = end + 1;
	}
	record[r].fields = f;
}

static void
parse(void)
{
	CHECK_INT(tick_parser_create(&parser, &tick_memory_malloc, &plan, &error), TICK_OK);
	CHECK_INT(tick_parse(parser, &batch, 0, batch.records, &room, &result, &error), TICK_OK);
}

static void
end(void)
{
	tick_parser_free(parser);
	parser = NULL;
}

/* Exactly one reject, of this record, column and fault. */
static void
check_reject(uint32_t i, uint32_t of_record, int of_column, TickParseFault fault)
{
	CHECK(i < result.rejects);
	if (i >= result.rejects)
		return;
	CHECK_INT(result.reject[i].record, of_record);
	CHECK_INT(result.reject[i].column, of_column);
	CHECK_INT(result.reject[i].fault, fault);
}

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

static void
test_text(void)
{
	static char long_symbol[300];

	memset(long_symbol, 'A', 256);
	begin(3);
	add(TICK_TEXT, 0);
	add(TICK_TEXT, 1)->is_symbol = true;
	column[1].trim = true;
	column[1].upper = true;
	add(TICK_TEXT, 2)->max_chars = 3;
	row(" O  | aapl |abc");
	row("\303\251t\303\251|MSFT|\303\251\303\251\303\251");
	row("bad\377|MSFT|");
	row("x|MSFT|abcd");
	row("|\"|x");
	row("a longer text than a slot holds|AAPL|x");
	row(" O  |AAPL|abc");
	parse();
	CHECK_INT(result.rows, 5);
	CHECK_TEXT(pool[codes[0][0]], " O  ");
	CHECK_TEXT(pool[codes[1][0]], "AAPL");
	CHECK_TEXT(pool[codes[2][0]], "abc");
	CHECK_TEXT(pool[codes[0][1]], "\303\251t\303\251");
	CHECK_TEXT(pool[codes[2][1]], "\303\251\303\251\303\251");
	CHECK_INT(present[0][2], 0);
	CHECK_TEXT(pool[codes[1][2]], "\"");
	CHECK_TEXT(pool[codes[0][3]], "a longer text than a slot holds");
	CHECK_INT(codes[0][4], codes[0][0]);
	CHECK_INT(codes[1][4], codes[1][0]);
	check_reject(0, 2, 0, TICK_FAULT_ENCODING);
	check_reject(1, 3, 2, TICK_FAULT_TOO_LONG);
	end();

	/* symbols of rejected rows do not enter the pool; long ones are refused */
	begin(2);
	add(TICK_TEXT, 0)->is_symbol = true;
	add(TICK_INT, 1);
	row("GOOD|1");
	row("GHOST|x");
	row(long_symbol);
	record[2].fields = 2;
	field[2 * MAX_FIELDS + 1] = (TickString) {"1", 1};
	quoted[2 * MAX_FIELDS + 1] = 0;
	parse();
	CHECK_INT(result.rows, 1);
	CHECK_INT(pooled, 1);
	CHECK_TEXT(pool[0], "GOOD");
	check_reject(0, 1, 1, TICK_FAULT_SYNTAX);
	check_reject(1, 2, 0, TICK_FAULT_TOO_LONG);
	end();

	/* several sources */
	begin(3);
	add(TICK_TEXT, 0)->sources = 2;
	column[0].is_symbol = true;
	column[0].source[1].field = 2;
	add(TICK_TEXT, 1)->sources = 2;
	column[1].source[1].field = -1;
	column[1].source[1].constant = (TickString) {"!", 1};
	row("BRK|x|B");
	row("AAPL||");
	row("||");
	parse();
	CHECK_INT(result.rows, 3);
	CHECK_TEXT(pool[codes[0][0]], "BRKB");
	CHECK_TEXT(pool[codes[1][0]], "x!");
	CHECK_TEXT(pool[codes[0][1]], "AAPL");
	CHECK_INT(present[0][2], 0);
	CHECK_TEXT(pool[codes[1][2]], "!");
	end();
}

/* Texts of every length up to two slots: the cache must never mix them up. */
static void
test_text_cache(void)
{
	static char text[MAX_ROWS][40];
	uint64_t	seed = 7;

	begin(1);
	add(TICK_TEXT, 0);
	for (int i = 0; i < MAX_ROWS; i++)
	{
		int			length = (int) (unit_random(&seed) % 20);

		for (int k = 0; k < length; k++)
			text[i][k] = "AB"[unit_random(&seed) % 2];
		text[i][length] = '\0';
		row(text[i]);
	}
	parse();
	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; i < MAX_ROWS; i++)
		{
			if (text[i][0] == '\0')
				CHECK_INT(present[0][i], 0);
			else
				CHECK_TEXT(pool[codes[0][i]], text[i]);
		}
		if (pass == 0)
			CHECK_INT(tick_parse(parser, &batch, 0, batch.records, &room, &result, &error), TICK_OK);
	}

	/* after the pools were emptied no old code may come back */
	pooled = 0;
	tick_parser_forget(parser);
	CHECK_INT(tick_parse(parser, &batch, 0, batch.records, &room, &result, &error), TICK_OK);
	for (int i = 0; i < MAX_ROWS; i++)
	{
		if (text[i][0] != '\0')
			CHECK_TEXT(pool[codes[0][i]], text[i]);
	}
	end();

	/* few texts are interned once each */
	begin(1);
	add(TICK_TEXT, 0);
	for (int i = 0; i < MAX_ROWS; i++)
		row(i % 2 == 0 ? "ARCA" : "NASDAQ");
	parse();
	CHECK_INT(interned, 2);
	end();
}

static void
test_numeric_text(void)
{
	begin(1);
	add(TICK_TEXT, 0)->number = true;
	column[0].max_integer = 20;
	column[0].max_fraction = 4;
	row("12345678901234567890.1234");
	row(" -1.50000 ");
	row("1.00001");
	row("123456789012345678901");
	row("1e5");
	row("12.x");
	row(".");
	parse();
	CHECK_INT(result.rows, 2);
	CHECK_TEXT(pool[codes[0][0]], "12345678901234567890.1234");
	CHECK_TEXT(pool[codes[0][1]], "-1.5000");
	check_reject(0, 2, 0, TICK_FAULT_RANGE);
	check_reject(1, 3, 0, TICK_FAULT_RANGE);
	check_reject(2, 4, 0, TICK_FAULT_SYNTAX);
	check_reject(3, 5, 0, TICK_FAULT_SYNTAX);
	check_reject(4, 6, 0, TICK_FAULT_SYNTAX);
	end();
}

/* Records that are no rows at all, and the accounts of lines. */
static void
test_structure(void)
{
	begin(2);
	add(TICK_INT, 1);
	add(TICK_INT, -1);
	add(TICK_TEXT, -1);
	add(TICK_DOUBLE, -1);
	plan.load_id = 1;
	plan.load = 77;
	row("a|1");
	row("short");
	row("one|two|many");
	row("b|2");
	row("nul|3");
	record[4].fault = TICK_CSV_NUL;
	row("c|x");
	row("d|4");
	record[3].lines = 3;
	record[5].lines = 2;
	parse();
	CHECK_INT(result.rows, 3);
	CHECK_INT(i64[0][0], 1);
	CHECK_INT(i64[0][1], 2);
	CHECK_INT(i64[0][2], 4);
	CHECK_INT(result.record[2], 6);
	for (int i = 0; i < 3; i++)
	{
		CHECK_INT(i64[1][i], 77);
		CHECK_INT(present[1][i], 1);
		CHECK_INT(present[2][i], 0);
		CHECK_INT(present[3][i], 0);
		CHECK(f64[3][i] == 0);
		CHECK_INT(partition[i], 0);
	}
	CHECK_INT(result.rejects, 4);
	check_reject(0, 1, -1, TICK_FAULT_FEW_FIELDS);
	check_reject(1, 2, -1, TICK_FAULT_MANY_FIELDS);
	check_reject(2, 4, -1, TICK_FAULT_CSV);
	check_reject(3, 5, 0, TICK_FAULT_SYNTAX);
	CHECK_INT(result.row_lines, 5);
	CHECK_INT(result.rejected_lines, 5);
	end();
}

static void
test_partitions(void)
{
	int			calls = 0;

	begin(1);
	add(TICK_INT, 0);
	plan.partition_column = 0;
	plan.partition = hundreds;
	plan.partition_context = &calls;
	row("5");
	row("99");
	row("100");
	row("20000");
	row("7");
	row("");
	row("150");
	parse();
	CHECK_INT(result.rows, 5);
	CHECK_INT(partition[0], 0);
	CHECK_INT(partition[1], 0);
	CHECK_INT(partition[2], 1);
	CHECK_INT(partition[3], 0);
	CHECK_INT(partition[4], 1);
	CHECK_INT(calls, 5);
	check_reject(0, 3, 0, TICK_FAULT_PARTITION);
	check_reject(1, 5, 0, TICK_FAULT_NULL);
	end();
}

/* A date beside the stamp is not stored, but must name its day. */
static void
test_checked_day(void)
{
	int			calls = 0;

	begin(2);
	add(TICK_INT, 0);
	memset(&column[1], 0, sizeof(column[1]));
	column[1].target = -1;
	column[1].type = TICK_DATE;
	column[1].low = INT32_MIN;
	column[1].high = INT32_MAX;
	column[1].sources = 1;
	column[1].source[0].field = 1;
	plan.columns = 2;
	plan.day_column = 1;
	plan.day_target = 0;
	plan.day = hundreds;
	plan.day_context = &calls;
	row("150|1970-01-02");
	row("150|1970-01-03");
	row("199|");
	row("200|1970-01-03");
	row("200|x");
	parse();
	CHECK_INT(result.rows, 3);
	CHECK_INT(i64[0][2], 200);
	check_reject(0, 1, 1, TICK_FAULT_OTHER_DAY);
	check_reject(1, 4, 1, TICK_FAULT_SYNTAX);
	end();
}

/* The caller's own conditions, after the parser's. */
static void
test_remove(void)
{
	uint8_t		bad[4] = {0, 1, 0, 1};

	begin(1);
	add(TICK_INT, 0);
	row("1");
	row("x");
	row("2");
	row("3");
	row("4");
	parse();
	CHECK_INT(result.rows, 4);
	tick_parse_remove(parser, &batch, &room, bad, &result);
	CHECK_INT(result.rows, 2);
	CHECK_INT(i64[0][0], 1);
	CHECK_INT(i64[0][1], 3);
	CHECK_INT(result.record[1], 3);
	CHECK_INT(result.rejects, 3);
	check_reject(0, 1, 0, TICK_FAULT_SYNTAX);
	check_reject(1, 2, -1, TICK_FAULT_CHECK);
	check_reject(2, 4, -1, TICK_FAULT_CHECK);
	CHECK_INT(result.row_lines, 2);
	CHECK_INT(result.rejected_lines, 3);
	end();
}

int
main(void)
{
	RUN(test_int);
	RUN(test_scaled);
	RUN(test_double);
	RUN(test_bool);
	RUN(test_nulls);
	RUN(test_dates_and_times);
	RUN(test_joined_stamps);
	RUN(test_epoch_and_zone);
	RUN(test_text);
	RUN(test_text_cache);
	RUN(test_numeric_text);
	RUN(test_structure);
	RUN(test_partitions);
	RUN(test_checked_day);
	RUN(test_remove);
	return unit_report("parse");
}
