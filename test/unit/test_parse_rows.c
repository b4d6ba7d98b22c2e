/*-------------------------------------------------------------------------
 *
 * test_parse_rows.c
 *	  Records to rows: text and its codes, what is left out, partitions, days.
 *
 *-------------------------------------------------------------------------
 */
#include "parse_batch.h"

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
	put_field(2, 1, "1", 1);
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

/* ---- with kernels and without ---- */

/* A value of a kind, in one of the spellings that files have, and rarely something else. */
static int
random_value(char *out, int kind, uint64_t *seed)
{
	static const char *const formats[] = {"%04d-%02d-%02d", "%04d%02d%02d", "%04d-%02d-%02d", "%04d/%02d/%02d"};
	uint64_t	r = unit_random(seed);
	int			day = (int) (r % 3 + r / 64 % 100 / 97 * 7 + 1);
	int			at = 0;

	if (r >> 40 & 1 && r % 61 == 0)
		return sprintf(out, "%s", (const char *const[]) {"", "x", "-", "2024-01-32", "25:00:00", "1e3", " 7", "1,5"}[r / 61 % 8]);
	if (kind == 0 || kind == 2)
		at = sprintf(out, formats[r / 7 % 50 == 0 ? r / 350 % 4 : 0], 2024, 1, day);
	if (kind == 2)
		out[at++] = r / 11 % 40 < 3 ? "TX5"[r / 11 % 40] : ' ';
	if (kind == 1 || kind == 2)
	{
		at += sprintf(out + at, "%02d:%02d:%02d", (int) (r / 3 % 24), (int) (r / 5 % 60), (int) (r / 17 % 60));
		if (r / 19 % 4 != 0)
			at += sprintf(out + at, ".%0*d", (int) (r / 23 % 9 + 1), (int) (r / 29 % 10));
	}
	if (kind == 3)
		at = sprintf(out, "%" PRIu64, r >> (r % 61 + 2));
	if (kind == 4)
		at = sprintf(out, "%.*f", (int) (r / 3 % 7), (double) (r >> 40) / 1000);
	if (kind == 5)
		at = sprintf(out, "%s", (const char *const[]) {"True", "False", "t", "0", "1"}[r % 5]);
	if (kind == 6)
		at = sprintf(out, "%.*s", (int) (r % 10), "  ABCDEFGHIJ" + r % 3);
	return at;
}

/* Two stamps, of two fields and of one, with the zone of New York or without. */
static void
begin_all_kinds(const TickZone *zone)
{
	begin(8);
	add(TICK_STAMP, 0)->sources = 2;
	column[0].source[1].field = 1;
	format(&column[0], 0, "iso");
	format(&column[0], 1, "iso");
	add(TICK_STAMP, 2);
	format(&column[1], 0, "iso");
	add(TICK_INT, 3);
	add(TICK_DOUBLE, 4);
	add(TICK_BOOL, 5);
	add(TICK_TEXT, 6)->trim = true;
	add(TICK_DECIMAL, 7)->scale = 4;
	column[6].high = 999999999;
	for (int c = 0; c < 2; c++)
	{
		column[c].is_utc = zone != NULL;
		column[c].zone = zone;
	}
}

/* What a parse has given, to compare. */
typedef struct Outcome
{
	TickParseResult result;
	TickParseReject reject[MAX_ROWS];
	uint32_t	record[MAX_ROWS];
	int64_t		i64[MAX_FIELDS][MAX_ROWS];
	double		f64[MAX_FIELDS][MAX_ROWS];
	uint8_t		present[MAX_FIELDS][MAX_ROWS];
	char		text[MAX_ROWS][16];
} Outcome;

static void
keep_outcome(Outcome *outcome)
{
	outcome->result = result;
	memcpy(outcome->reject, result.reject, result.rejects * sizeof(TickParseReject));
	memcpy(outcome->record, result.record, result.rows * sizeof(uint32_t));
	memcpy(outcome->i64, i64, sizeof(i64));
	memcpy(outcome->f64, f64, sizeof(f64));
	memcpy(outcome->present, present, sizeof(present));
	for (uint32_t i = 0; i < result.rows; i++)
		strcpy(outcome->text[i], present[5][i] ? pool[codes[5][i]] : "");
}

/* The same but for the last record, which is faulty and keeps the kernels away. */
static void
check_outcome(const Outcome *outcome)
{
	uint32_t	n = outcome->result.rows;

	CHECK_INT(result.rows, n);
	CHECK_INT(result.rejects, outcome->result.rejects + 1);
	for (uint32_t i = 0; i < outcome->result.rejects; i++)
		check_reject(i, outcome->reject[i].record, outcome->reject[i].column, outcome->reject[i].fault);
	CHECK(memcmp(result.record, outcome->record, n * sizeof(uint32_t)) == 0);
	for (int c = 0; c < 7; c++)
	{
		CHECK(memcmp(present[c], outcome->present[c], n) == 0);
		if (room_column[c].i64 != NULL)
			CHECK(memcmp(i64[c], outcome->i64[c], n * sizeof(int64_t)) == 0);
		if (room_column[c].f64 != NULL)
			CHECK(memcmp(f64[c], outcome->f64[c], n * sizeof(double)) == 0);
	}
	for (uint32_t i = 0; i < n; i++)
		CHECK_TEXT(present[5][i] ? pool[codes[5][i]] : "", outcome->text[i]);
}

static void
test_kernels(void)
{
	static const int kinds[8] = {0, 1, 2, 3, 4, 5, 6, 4};
	static TickTransition eastern[] = {{INT64_MIN, -18000, 0}, {INT64_C(1615705200000000000), -14400, 1}};
	static const TickZone zone = {2, eastern};
	static Outcome outcome;
	uint64_t	seed = 42;
	uint64_t	rows = 0;

	for (int round = 0; round < 200; round++)
	{
		uint32_t	count = 1 + (uint32_t) (unit_random(&seed) % 200);

		begin_all_kinds(round % 2 ? &zone : NULL);
		for (uint32_t i = 0; i < count; i++)
		{
			char		text[200];
			int			at = 0;

			for (int f = 0; f < 8; f++)
			{
				at += random_value(text + at, kinds[f], &seed);
				text[at++] = '|';
			}
			text[at - 1] = '\0';
			row(text);
		}
		/* what is remembered of dates and texts comes in by a first parse */
		parse();
		CHECK_INT(tick_parse(parser, &batch, 0, batch.records, &room, &result, &error), TICK_OK);
		keep_outcome(&outcome);
		rows += result.rows;
		row("");
		record[count].fault = TICK_CSV_NUL;
		CHECK_INT(tick_parse(parser, &batch, 0, batch.records, &room, &result, &error), TICK_OK);
		check_outcome(&outcome);
		end();
	}
	CHECK(rows > 10000);
}

int
main(void)
{
	RUN(test_text);
	RUN(test_text_cache);
	RUN(test_numeric_text);
	RUN(test_structure);
	RUN(test_partitions);
	RUN(test_checked_day);
	RUN(test_remove);
	RUN(test_kernels);
	return unit_report("parse_rows");
}
