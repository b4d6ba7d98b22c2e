/*-------------------------------------------------------------------------
 *
 * test_columns.c
 *	  The language of "columns": what it takes, and where it says no.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/columns.h"

static TickColumnList list;
static TickError error;

static TickStatus
parse(const char *columns)
{
	memset(&error, 0, sizeof(error));
	return tick_columns_parse(columns, &tick_memory_malloc, &list, &error);
}

static void
done(void)
{
	tick_columns_free(&list, &tick_memory_malloc);
}

static const char *
text_of(TickString string)
{
	static char turns[4][128];
	static int	turn;
	char	   *text = turns[turn++ % 4];

	snprintf(text, 128, "%.*s", (int) string.length, string.length > 0 ? string.data : "");
	return text;
}

/* The input is refused with exactly this message. */
static void
refused(const char *columns, const char *message)
{
	CHECK_INT(parse(columns), TICK_BAD_INPUT);
	CHECK_TEXT(error.message, message);
	CHECK(error.detail[0] != '\0');
	CHECK_INT(list.items, 0);
	CHECK(list.item == NULL);
}

static void
near(const char *columns, const char *place)
{
	char		message[256];

	snprintf(message, sizeof(message), "syntax error in columns at or near \"%s\"", place);
	refused(columns, message);
}

static void
at_end(const char *columns)
{
	refused(columns, "syntax error in columns at end of input");
}

/* The two examples of the reference, word for word. */
static void
test_documented(void)
{
	CHECK_INT(parse("ts = $1 format ms_midnight, price = $2 /10000, size bigint, exchange, cond, suspicious boolean"), TICK_OK);
	CHECK_INT(list.items, 6);
	CHECK_TEXT(text_of(list.item[0].name), "ts");
	CHECK_INT(list.item[0].sources, 1);
	CHECK_INT(list.item[0].source[0].kind, TICK_FIELD_POSITION);
	CHECK_INT(list.item[0].source[0].number, 1);
	CHECK(list.item[0].has_format);
	CHECK_INT(list.item[0].format.kind, TICK_FORMAT_MIDNIGHT);
	CHECK_INT(list.item[0].format.unit_ns, 1000000);
	CHECK_INT(list.item[0].type.length, 0);
	CHECK(list.item[1].has_scale);
	CHECK_INT(list.item[1].power, 4);
	CHECK_INT(list.item[1].source[0].number, 2);
	CHECK_INT(list.item[2].sources, 0);
	CHECK_TEXT(text_of(list.item[2].type), "bigint");
	CHECK_TEXT(text_of(list.item[4].name), "cond");
	CHECK_INT(list.item[4].type.length, 0);
	CHECK_TEXT(text_of(list.item[5].type), "boolean");
	done();

	CHECK_INT(parse("sym = SYM_ROOT + SYM_SUFFIX role symbol, ts = DATE + TIME_M, ..."), TICK_OK);
	CHECK_INT(list.items, 3);
	CHECK_INT(list.item[0].sources, 2);
	CHECK_INT(list.item[0].source[0].kind, TICK_FIELD_HEADER);
	CHECK_TEXT(text_of(list.item[0].source[0].text), "sym_root");
	CHECK(!list.item[0].source[0].quoted);
	CHECK_TEXT(text_of(list.item[0].source[1].text), "sym_suffix");
	CHECK_INT(list.item[0].role, TICK_ROLE_SYMBOL);
	CHECK_TEXT(text_of(list.item[1].source[1].text), "time_m");
	CHECK_INT(list.item[1].role, TICK_ROLE_NONE);
	CHECK(list.item[2].rest);
	CHECK(!list.item[2].skip);
	done();
}

static void
test_sources(void)
{
	CHECK_INT(parse("-, a = \"Trade \"\"Price\"\"\" , B = {Symbol}, c = 'it''s', d = $1 + {venue} + ':' + \"X\", \"E f\", - , g"), TICK_OK);
	CHECK_INT(list.items, 8);
	CHECK(list.item[0].skip);
	CHECK(list.item[1].source[0].quoted);
	CHECK_TEXT(text_of(list.item[1].source[0].text), "Trade \"Price\"");
	CHECK_TEXT(text_of(list.item[2].name), "b");
	CHECK_INT(list.item[2].source[0].kind, TICK_FIELD_CAPTURE);
	CHECK_TEXT(text_of(list.item[2].source[0].text), "symbol");
	CHECK_INT(list.item[3].source[0].kind, TICK_FIELD_CONSTANT);
	CHECK_TEXT(text_of(list.item[3].source[0].text), "it's");
	CHECK_INT(list.item[4].sources, 4);
	CHECK_INT(list.item[4].source[0].kind, TICK_FIELD_POSITION);
	CHECK_INT(list.item[4].source[1].kind, TICK_FIELD_CAPTURE);
	CHECK_INT(list.item[4].source[2].kind, TICK_FIELD_CONSTANT);
	CHECK_INT(list.item[4].source[3].kind, TICK_FIELD_HEADER);
	CHECK_TEXT(text_of(list.item[4].source[3].text), "X");
	CHECK_TEXT(text_of(list.item[5].name), "E f");
	CHECK(list.item[6].skip);
	CHECK_TEXT(text_of(list.item[7].name), "g");
	done();

	CHECK_INT(parse("x = ''"), TICK_OK);
	CHECK_INT(list.item[0].sources, 1);
	CHECK_INT(list.item[0].source[0].text.length, 0);
	done();
	CHECK_INT(parse("..."), TICK_OK);
	CHECK_INT(list.items, 1);
	done();
	CHECK_INT(parse("x=$1600"), TICK_OK);
	CHECK_INT(list.item[0].source[0].number, 1600);
	done();
	/* words of options are names where a name stands */
	CHECK_INT(parse("role = format role price, zone = null, upper"), TICK_OK);
	CHECK_TEXT(text_of(list.item[0].name), "role");
	CHECK_TEXT(text_of(list.item[0].source[0].text), "format");
	CHECK_INT(list.item[0].role, TICK_ROLE_PRICE);
	CHECK_TEXT(text_of(list.item[1].source[0].text), "null");
	CHECK_TEXT(text_of(list.item[2].name), "upper");
	CHECK(!list.item[2].upper);
	done();
}

static void
type_is(const char *written, const char *type)
{
	char		columns[200];

	snprintf(columns, sizeof(columns), "a %s, b", written);
	CHECK_INT(parse(columns), TICK_OK);
	CHECK_INT(list.items, 2);
	CHECK_TEXT(text_of(list.item[0].type), type);
	CHECK_TEXT(text_of(list.item[1].name), "b");
	done();
	/* an option after it, another before the next item */
	snprintf(columns, sizeof(columns), "a = $3 %s null 'x' , b", written);
	CHECK_INT(parse(columns), TICK_OK);
	CHECK_TEXT(text_of(list.item[0].type), type);
	CHECK(list.item[0].has_null);
	CHECK_TEXT(text_of(list.item[0].null_as), "x");
	done();
}

static void
test_types(void)
{
	type_is("bigint", "bigint");
	type_is("BigInt", "bigint");
	type_is("double precision", "double precision");
	type_is("DOUBLE\n\tPRECISION", "double precision");
	type_is("numeric(12,4)", "numeric(12,4)");
	type_is("numeric ( 12 , 4 )", "numeric(12,4)");
	type_is("numeric(18)", "numeric(18)");
	type_is("character varying", "character varying");
	type_is("character varying(20)", "character varying(20)");
	type_is("character(4)", "character(4)");
	type_is("timestamp with time zone", "timestamp with time zone");
	type_is("timestamp without time zone", "timestamp without time zone");
	type_is("timestamp(3) with time zone", "timestamp(3) with time zone");
	type_is("time without time zone", "time without time zone");
	type_is("timestamp", "timestamp");
	type_is("timestamptz", "timestamptz");
	type_is("date", "date");
	type_is("int4", "int4");

	/* "zone" of the option, not of the type */
	CHECK_INT(parse("ts timestamp zone 'America/New_York'"), TICK_OK);
	CHECK_TEXT(text_of(list.item[0].type), "timestamp");
	CHECK_TEXT(text_of(list.item[0].zone), "America/New_York");
	done();
	CHECK_INT(parse("ts time zone 'UTC'"), TICK_OK);
	CHECK_TEXT(text_of(list.item[0].type), "time");
	done();
}

static void
test_options(void)
{
	CHECK_INT(parse("ts = A format 'YYYYMMDD HH24:MI:SS US' zone 'UTC' role time, p *100 role price null '',"
					"s upper role symbol, l lower, n numeric(10,2) / 1, big /1000000000000000000, f FORMAT Ns_Epoch"), TICK_OK);
	CHECK_INT(list.items, 7);
	CHECK_INT(list.item[0].format.kind, TICK_FORMAT_PATTERN);
	CHECK_INT(list.item[0].role, TICK_ROLE_TIME);
	CHECK_TEXT(text_of(list.item[0].zone), "UTC");
	CHECK_INT(list.item[1].power, -2);
	CHECK(list.item[1].has_null);
	CHECK_INT(list.item[1].null_as.length, 0);
	CHECK_INT(list.item[1].role, TICK_ROLE_PRICE);
	CHECK(list.item[2].upper);
	CHECK(!list.item[2].lower);
	CHECK(list.item[3].lower);
	CHECK(list.item[4].has_scale);
	CHECK_INT(list.item[4].power, 0);
	CHECK_INT(list.item[5].power, 18);
	CHECK_INT(list.item[6].format.kind, TICK_FORMAT_EPOCH);
	CHECK_INT(list.item[6].format.unit_ns, 1);
	done();
	CHECK_INT(parse("d = $1 format YYYYMMDD, a role BID_SIZE"), TICK_OK);
	CHECK_INT(list.item[0].format.kind, TICK_FORMAT_PATTERN);
	CHECK_INT(list.item[1].role, TICK_ROLE_BID_SIZE);
	done();
}

static void
test_errors(void)
{
	at_end("");
	at_end("  \n ");
	at_end("a,");
	at_end("a = ");
	at_end("a = $1 +");
	at_end("a role");
	at_end("a format");
	at_end("a numeric(10");
	at_end("a double");
	at_end("a timestamp with");
	at_end("a /");
	near(",", ",");
	near("a,,b", ",b");
	near("a b c", "c");
	near("a = $0", "$0");
	near("a = $1601", "$1601");
	near("a = $99999999999999", "$99999999999999");
	near("a = $", "$");
	near("a = 5", "5");
	near("a = b + c + d + e + f", "f");
	near("..., a", "..., a");
	near("a, ... b", "... b");
	near("- a", "a");
	near("a..b", "..b");
	near("exchange.timestamp", ".timestamp");
	near("a = {}", "{}");
	near("a = {x y}", "{x y}");
	near("a = {x", "{x");
	near("a = \"x", "\"x");
	near("a = 'x", "'x");
	near("\"\" bigint", "\"\" bigint");
	near("a /3", "3");
	near("a /20", "20");
	near("a /0", "0");
	near("a *101", "101");
	near("a /10000000000000000000", "10000000000000000000");
	near("a role prize", "prize");
	near("a role symbol role time", "role time");
	near("a role symbol, b role symbol", "b role symbol");
	near("a, b, A", "A");
	near("a upper lower", "lower");
	near("a /10 *10", "*10");
	near("a format ''", "''");
	at_end("a null");
	near("a zone ''", "''");
	near("a numeric(x)", "x)");
	near("a numeric(1 2)", "2)");
	near("a double prec", "prec");
	near("a timestamp with zone", "zone");
	near("1st bigint", "1st bigint");
	near("a;b", ";b");
	near("a = ? , b", "? , b");
	near("a 'x'", "'x'");
	near("a234567890123456789012345678901234567890123456789012345678901234", "a234567890123456789012345678901234567890");
	near("a\nb c\nd", "c");
	/* a cut never splits a character */
	near("a = b c d123456789012345678901234567890123456789\xC3\xA9", "d123456789012345678901234567890123456789");
	near("a = b c d12345678901234567890123456789012345678\xC3\xA9", "d12345678901234567890123456789012345678");
}

static void
test_many(void)
{
	static char columns[20000];
	size_t		length = 0;

	for (int i = 0; i < 1600; i++)
		length += (size_t) sprintf(columns + length, "%sc%d", i > 0 ? "," : "", i);
	CHECK_INT(parse(columns), TICK_OK);
	CHECK_INT(list.items, 1600);
	CHECK_TEXT(text_of(list.item[1599].name), "c1599");
	done();
	sprintf(columns + length, ",last");
	near(columns, "last");
}

static void
test_roles(void)
{
	TickRole	role = TICK_ROLE_NONE;

	for (int i = TICK_ROLE_SYMBOL; i <= TICK_ROLE_ASK_SIZE; i++)
	{
		TickString	name = {tick_role_name(i), (uint32_t) strlen(tick_role_name(i))};

		CHECK(name.length > 0);
		CHECK(tick_role_from_name(name, &role));
		CHECK_INT(role, i);
	}
	CHECK_TEXT(tick_role_name(TICK_ROLE_NONE), "");
	CHECK_TEXT(tick_role_name(TICK_ROLE_ASK_SIZE), "ask_size");
	CHECK(!tick_role_from_name((TickString) {"pric", 4}, &role));
	CHECK(!tick_role_from_name((TickString) {"prices", 6}, &role));
	CHECK(!tick_role_from_name((TickString) {"", 0}, &role));
	CHECK(tick_role_from_name((TickString) {"Price", 5}, &role));
	CHECK_INT(role, TICK_ROLE_PRICE);
}

/* Bytes at random out of the language's own pieces: never a crash, and a refusal names a place. */
static void
test_random(void)
{
	static const char *const pieces[] = {"a", "ts", "=", "$1", "{d}", "'x'", "\"Q\"", ",", "+", "/10", "*", "numeric", "(3", ",2)",
	"format", "role", "time", "price", "null", "zone", "upper", "...", "-", " ", "timestamp", "with", "double", "precision", "\"", "'", "{"};
	uint64_t	seed = 7;
	int			good = 0;

	for (int i = 0; i < 20000; i++)
	{
		char		columns[256] = "";
		int			count = 1 + (int) (unit_random(&seed) % 10);

		for (int k = 0; k < count; k++)
		{
			strcat(columns, pieces[unit_random(&seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
			strcat(columns, " ");
		}
		if (parse(columns) == TICK_OK)
		{
			good++;
			CHECK(list.items > 0);
			done();
		}
		else
			CHECK(strncmp(error.message, "syntax error in columns at ", 27) == 0);
	}
	CHECK(good > 100);
}

int
main(void)
{
	RUN(test_documented);
	RUN(test_sources);
	RUN(test_types);
	RUN(test_options);
	RUN(test_errors);
	RUN(test_many);
	RUN(test_roles);
	RUN(test_random);
	return unit_report("columns");
}
