/*-------------------------------------------------------------------------
 *
 * guess_name.c
 *	  What a header's words mean, and the names made of them.
 *
 * A header is looked up twice: whole, as its letters and digits alone in
 * lower case ("Bid Size", "bid_size" and "<BIDSIZE>" are one key), and word
 * by word, where words end at other characters and before a capital
 * ("EventTime").  The whole key gives roles; a word gives no more than the
 * kind of thing, for "cum_volume" is a number but not the bar's volume.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <stdio.h>
#include <string.h>

#define KEY_BYTES 48			/* longer headers have no meaning here */
#define NAME_BYTES 63

typedef struct KnownKey
{
	const char *key;
	TickHint	hint;
} KnownKey;

#define TIME(rank) {TICK_HINT_TIME, TICK_ROLE_NONE, rank}
#define DATE(rank) {TICK_HINT_DATE, TICK_ROLE_NONE, rank}
#define CODE {TICK_HINT_CODE, TICK_ROLE_NONE, 0}
#define SYMBOL(rank) {TICK_HINT_SYMBOL, TICK_ROLE_SYMBOL, rank}
#define NUMBER(role, rank) {TICK_HINT_NUMBER, TICK_ROLE_##role, rank}

/* Sorted by key: searched by halves. */
static const KnownKey known_keys[] = {
	{"amount", NUMBER(SIZE, 0)},
	{"amt", NUMBER(SIZE, 0)},
	{"asize", NUMBER(ASK_SIZE, 0)},
	{"ask", NUMBER(ASK, 0)},
	{"askamount", NUMBER(ASK_SIZE, 0)},
	{"askprice", NUMBER(ASK, 0)},
	{"askpx", NUMBER(ASK, 0)},
	{"askpx00", NUMBER(ASK, 0)},
	{"askqty", NUMBER(ASK_SIZE, 0)},
	{"askquantity", NUMBER(ASK_SIZE, 0)},
	{"askrate", NUMBER(ASK, 0)},
	{"askshares", NUMBER(ASK_SIZE, 0)},
	{"asksiz", NUMBER(ASK_SIZE, 0)},
	{"asksize", NUMBER(ASK_SIZE, 0)},
	{"asksz", NUMBER(ASK_SIZE, 0)},
	{"asksz00", NUMBER(ASK_SIZE, 0)},
	{"askvol", NUMBER(ASK_SIZE, 0)},
	{"askvolume", NUMBER(ASK_SIZE, 0)},
	{"baseamount", NUMBER(SIZE, 1)},
	{"baseqty", NUMBER(SIZE, 1)},
	{"bestask", NUMBER(ASK, 1)},
	{"bestaskprice", NUMBER(ASK, 1)},
	{"bestaskqty", NUMBER(ASK_SIZE, 1)},
	{"bestasksize", NUMBER(ASK_SIZE, 1)},
	{"bestbid", NUMBER(BID, 1)},
	{"bestbidprice", NUMBER(BID, 1)},
	{"bestbidqty", NUMBER(BID_SIZE, 1)},
	{"bestbidsize", NUMBER(BID_SIZE, 1)},
	{"bid", NUMBER(BID, 0)},
	{"bidamount", NUMBER(BID_SIZE, 0)},
	{"bidprice", NUMBER(BID, 0)},
	{"bidpx", NUMBER(BID, 0)},
	{"bidpx00", NUMBER(BID, 0)},
	{"bidqty", NUMBER(BID_SIZE, 0)},
	{"bidquantity", NUMBER(BID_SIZE, 0)},
	{"bidrate", NUMBER(BID, 0)},
	{"bidshares", NUMBER(BID_SIZE, 0)},
	{"bidsiz", NUMBER(BID_SIZE, 0)},
	{"bidsize", NUMBER(BID_SIZE, 0)},
	{"bidsz", NUMBER(BID_SIZE, 0)},
	{"bidsz00", NUMBER(BID_SIZE, 0)},
	{"bidvol", NUMBER(BID_SIZE, 0)},
	{"bidvolume", NUMBER(BID_SIZE, 0)},
	{"bsize", NUMBER(BID_SIZE, 0)},
	{"c", NUMBER(CLOSE, 2)},
	{"cantidad", NUMBER(SIZE, 0)},
	{"close", NUMBER(CLOSE, 0)},
	{"closelast", NUMBER(CLOSE, 0)},
	{"closeprice", NUMBER(CLOSE, 0)},
	{"closingprice", NUMBER(CLOSE, 0)},
	{"cloture", NUMBER(CLOSE, 0)},
	{"clture", NUMBER(CLOSE, 0)},
	{"code", SYMBOL(2)},
	{"codigoinstrumento", SYMBOL(0)},
	{"contract", SYMBOL(0)},
	{"cours", NUMBER(PRICE, 0)},
	{"cross", SYMBOL(1)},
	{"currencypair", SYMBOL(0)},
	{"cusip", CODE},
	{"data", DATE(2)},
	{"date", DATE(0)},
	{"dateandtime", TIME(0)},
	{"dates", DATE(0)},
	{"datestamp", DATE(1)},
	{"datetime", TIME(0)},
	{"datum", DATE(0)},
	{"day", DATE(0)},
	{"dt", TIME(1)},
	{"endprice", NUMBER(CLOSE, 0)},
	{"epoch", TIME(0)},
	{"erffnung", NUMBER(OPEN, 1)},
	{"eroeffnung", NUMBER(OPEN, 1)},
	{"erster", NUMBER(OPEN, 1)},
	{"fecha", DATE(0)},
	{"fechahora", TIME(0)},
	{"figi", CODE},
	{"h", NUMBER(HIGH, 2)},
	{"heure", TIME(0)},
	{"hi", NUMBER(HIGH, 1)},
	{"high", NUMBER(HIGH, 0)},
	{"highprice", NUMBER(HIGH, 0)},
	{"hoch", NUMBER(HIGH, 1)},
	{"hora", TIME(0)},
	{"instid", SYMBOL(1)},
	{"instrument", SYMBOL(0)},
	{"instrumentcode", SYMBOL(0)},
	{"instrumentid", SYMBOL(1)},
	{"instrumentname", SYMBOL(1)},
	{"isin", CODE},
	{"kurs", NUMBER(PRICE, 0)},
	{"l", NUMBER(LOW, 2)},
	{"last", NUMBER(PRICE, 1)},
	{"lastprice", NUMBER(PRICE, 0)},
	{"lastpx", NUMBER(PRICE, 0)},
	{"lastqty", NUMBER(SIZE, 0)},
	{"lastsize", NUMBER(SIZE, 0)},
	{"lo", NUMBER(LOW, 1)},
	{"low", NUMBER(LOW, 0)},
	{"lowprice", NUMBER(LOW, 0)},
	{"ltp", NUMBER(PRICE, 0)},
	{"ltq", NUMBER(SIZE, 0)},
	{"market", SYMBOL(2)},
	{"maxprice", NUMBER(HIGH, 0)},
	{"mic", CODE},
	{"minprice", NUMBER(LOW, 0)},
	{"mnemonic", SYMBOL(0)},
	{"msec", TIME(2)},
	{"msofday", TIME(1)},
	{"najnizszy", NUMBER(LOW, 1)},
	{"najwyzszy", NUMBER(HIGH, 1)},
	{"o", NUMBER(OPEN, 2)},
	{"offer", NUMBER(ASK, 0)},
	{"offerprice", NUMBER(ASK, 0)},
	{"offersize", NUMBER(ASK_SIZE, 0)},
	{"ofr", NUMBER(ASK, 0)},
	{"ofrsiz", NUMBER(ASK_SIZE, 0)},
	{"ofrsize", NUMBER(ASK_SIZE, 0)},
	{"open", NUMBER(OPEN, 0)},
	{"openingprice", NUMBER(OPEN, 0)},
	{"openprice", NUMBER(OPEN, 0)},
	{"otwarcie", NUMBER(OPEN, 1)},
	{"ouverture", NUMBER(OPEN, 1)},
	{"pair", SYMBOL(0)},
	{"plusbas", NUMBER(LOW, 1)},
	{"plushaut", NUMBER(HIGH, 1)},
	{"prc", NUMBER(PRICE, 0)},
	{"precio", NUMBER(PRICE, 0)},
	{"preco", NUMBER(PRICE, 0)},
	{"preconegocio", NUMBER(PRICE, 0)},
	{"price", NUMBER(PRICE, 0)},
	{"priceclose", NUMBER(CLOSE, 0)},
	{"pricehigh", NUMBER(HIGH, 0)},
	{"pricelow", NUMBER(LOW, 0)},
	{"priceopen", NUMBER(OPEN, 0)},
	{"product", SYMBOL(1)},
	{"productid", SYMBOL(1)},
	{"px", NUMBER(PRICE, 0)},
	{"pxask", NUMBER(ASK, 0)},
	{"pxbid", NUMBER(BID, 0)},
	{"pxclose", NUMBER(CLOSE, 0)},
	{"pxhigh", NUMBER(HIGH, 0)},
	{"pxlast", NUMBER(PRICE, 0)},
	{"pxlow", NUMBER(LOW, 0)},
	{"pxopen", NUMBER(OPEN, 0)},
	{"pxvolume", NUMBER(VOLUME, 0)},
	{"qty", NUMBER(SIZE, 0)},
	{"quantidadenegociada", NUMBER(SIZE, 0)},
	{"quantity", NUMBER(SIZE, 0)},
	{"quotedatetime", TIME(0)},
	{"rateask", NUMBER(ASK, 0)},
	{"ratebid", NUMBER(BID, 0)},
	{"ric", SYMBOL(0)},
	{"root", SYMBOL(1)},
	{"rootsymbol", SYMBOL(1)},
	{"schluss", NUMBER(CLOSE, 0)},
	{"schlusskurs", NUMBER(CLOSE, 0)},
	{"seccode", SYMBOL(0)},
	{"secid", SYMBOL(0)},
	{"security", SYMBOL(0)},
	{"sedol", CODE},
	{"shares", NUMBER(SIZE, 0)},
	{"simbolo", SYMBOL(0)},
	{"size", NUMBER(SIZE, 0)},
	{"startprice", NUMBER(OPEN, 0)},
	{"stock", SYMBOL(0)},
	{"stocksymbol", SYMBOL(0)},
	{"sym", SYMBOL(0)},
	{"symbol", SYMBOL(0)},
	{"symbolroot", SYMBOL(1)},
	{"symroot", SYMBOL(1)},
	{"sz", NUMBER(SIZE, 0)},
	{"t", TIME(2)},
	{"tageshoch", NUMBER(HIGH, 1)},
	{"tagestief", NUMBER(LOW, 1)},
	{"tckrsymb", SYMBOL(0)},
	{"ticker", SYMBOL(0)},
	{"tickersymbol", SYMBOL(0)},
	{"tickvol", NUMBER(VOLUME, 2)},
	{"tickvolume", NUMBER(VOLUME, 2)},
	{"tief", NUMBER(LOW, 1)},
	{"time", TIME(0)},
	{"timeofday", TIME(0)},
	{"timestamp", TIME(0)},
	{"tradedvolume", NUMBER(VOLUME, 0)},
	{"tradeprice", NUMBER(PRICE, 0)},
	{"tradeqty", NUMBER(SIZE, 0)},
	{"tradequantity", NUMBER(SIZE, 0)},
	{"tradesize", NUMBER(SIZE, 0)},
	{"tradevolume", NUMBER(SIZE, 0)},
	{"tradingsymbol", SYMBOL(0)},
	{"transacttime", TIME(0)},
	{"ts", TIME(0)},
	{"uhrzeit", TIME(0)},
	{"underlyingsymbol", SYMBOL(1)},
	{"v", NUMBER(VOLUME, 2)},
	{"vol", NUMBER(VOLUME, 0)},
	{"volask", NUMBER(ASK_SIZE, 0)},
	{"volbid", NUMBER(BID_SIZE, 0)},
	{"voloffer", NUMBER(ASK_SIZE, 0)},
	{"volume", NUMBER(VOLUME, 0)},
	{"volumen", NUMBER(VOLUME, 0)},
	{"windowstart", TIME(1)},
	{"wolumen", NUMBER(VOLUME, 0)},
	{"zamkniecie", NUMBER(CLOSE, 0)},
	{"zeit", TIME(0)}
};

/* Words inside a longer header; the first kind that has one of them wins. */
static const struct
{
	const char *word;
	TickHint	hint;
}			known_words[] =
{
	{"delta", NUMBER(NONE, 1)}, {"latency", NUMBER(NONE, 1)},
	{"timestamp", TIME(1)}, {"datetime", TIME(1)}, {"time", TIME(1)}, {"epoch", TIME(1)}, {"ts", TIME(1)},
	{"seconds", TIME(2)}, {"millis", TIME(2)}, {"nanos", TIME(2)},
	{"date", DATE(1)}, {"day", DATE(2)},
	{"cond", CODE}, {"conds", CODE}, {"condition", CODE}, {"conditions", CODE}, {"scond", CODE},
	{"ex", CODE}, {"exch", CODE}, {"exchange", CODE}, {"exchanges", CODE}, {"venue", CODE}, {"tape", CODE},
	{"price", NUMBER(NONE, 1)}, {"px", NUMBER(NONE, 1)}, {"size", NUMBER(NONE, 1)}, {"qty", NUMBER(NONE, 1)},
	{"quantity", NUMBER(NONE, 1)}, {"volume", NUMBER(NONE, 1)}, {"vol", NUMBER(NONE, 1)}, {"amount", NUMBER(NONE, 1)},
	{"open", NUMBER(NONE, 1)}, {"high", NUMBER(NONE, 1)}, {"low", NUMBER(NONE, 1)}, {"close", NUMBER(NONE, 1)},
	{"bid", NUMBER(NONE, 1)}, {"ask", NUMBER(NONE, 1)}, {"vwap", NUMBER(NONE, 1)}, {"interest", NUMBER(NONE, 1)},
	{"count", NUMBER(NONE, 1)}
};

/* Keywords that no column can have as a name without quotes; sorted. */
static const char *const reserved_words[] = {
	"all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization",
	"binary", "both", "case", "cast", "check", "collate", "collation", "column", "concurrently",
	"constraint", "create", "cross", "current_catalog", "current_date", "current_role", "current_schema",
	"current_time", "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do",
	"else", "end", "except", "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant",
	"group", "having", "ilike", "in", "initially", "inner", "intersect", "into", "is", "isnull", "join",
	"lateral", "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not",
	"notnull", "null", "offset", "on", "only", "or", "order", "outer", "overlaps", "placing", "primary",
	"references", "returning", "right", "select", "session_user", "similar", "some", "symmetric", "table",
	"tablesample", "then", "to", "trailing", "true", "union", "unique", "user", "using", "variadic",
	"verbose", "when", "where", "window", "with"
};

/* Names that the server keeps for itself. */
static const char *const system_columns[] = {"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"};

static char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (fold(c) >= 'a' && fold(c) <= 'z');
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* ---- what a header says ---- */

static const TickHint *
find_key(const char *key)
{
	size_t		low = 0;
	size_t		high = sizeof(known_keys) / sizeof(known_keys[0]);

	while (low < high)
	{
		size_t		middle = (low + high) / 2;
		int			order = strcmp(key, known_keys[middle].key);

		if (order == 0)
			return &known_keys[middle].hint;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The strongest hint among the header's words, by the order of known_words. */
static TickHint
hint_from_words(TickString header)
{
	TickHint	none = {TICK_HINT_NONE, TICK_ROLE_NONE, 0};
	size_t		best = sizeof(known_words) / sizeof(known_words[0]);
	uint32_t	at = 0;

	while (at < header.length)
	{
		char		word[KEY_BYTES];
		size_t		length = 0;

		while (at < header.length && !is_alnum(header.data[at]))
			at++;
		for (; at < header.length && is_alnum(header.data[at]) && length < sizeof(word) - 1; at++)
		{
			/* a capital after a small letter begins a word, as does the last of several before one */
			bool		begins = is_upper(header.data[at]) && length > 0 &&
				(!is_upper(header.data[at - 1]) ||
				 (at + 1 < header.length && is_alnum(header.data[at + 1]) && !is_upper(header.data[at + 1])));

			if (begins)
				break;
			word[length++] = fold(header.data[at]);
		}
		word[length] = '\0';
		for (size_t i = 0; i < best; i++)
			if (strcmp(word, known_words[i].word) == 0)
				best = i;
	}
	return best < sizeof(known_words) / sizeof(known_words[0]) ? known_words[best].hint : none;
}

/* The hint of a text taken whole: its letters and digits alone, in lower case. */
static const TickHint *
hint_from_key(TickString text)
{
	char		key[KEY_BYTES];
	size_t		length = 0;

	for (uint32_t i = 0; i < text.length && length < sizeof(key) - 1; i++)
		if (is_alnum(text.data[i]))
			key[length++] = fold(text.data[i]);
	key[length] = '\0';
	return find_key(key);
}

/* A header without its unit: "Price (USD)", "Size [shares]", "Volume BTC"; all of it when it has none. */
static TickString
without_unit(TickString header)
{
	TickString	rest = header;
	uint32_t	capitals = 0;

	while (capitals < header.length && is_upper(header.data[header.length - 1 - capitals]))
		capitals++;
	if (capitals >= 3 && capitals <= 5 && capitals + 1 < header.length && header.data[header.length - 1 - capitals] == ' ')
		rest.length = header.length - capitals;
	for (uint32_t i = 1; i < header.length; i++)
		if (header.data[i] == '(' || header.data[i] == '[')
		{
			rest.length = i;
			break;
		}
	return rest;
}

/* A header with a unit means what it would mean without, but less so than one that has none. */
TickHint
tick_hint_from_header(TickString header)
{
	const TickHint *hint = hint_from_key(header);
	TickString	bare = without_unit(header);
	TickHint	weaker;

	if (hint != NULL)
		return *hint;
	hint = bare.length < header.length ? hint_from_key(bare) : NULL;
	if (hint == NULL || hint->rank > 0)
		return hint_from_words(header);
	weaker = *hint;
	weaker.rank = 1;
	return weaker;
}

/* ---- names ---- */

/* Bytes of the UTF-8 character at text, 0 when it is none. */
static size_t
utf8_length(const char *text, size_t left)
{
	unsigned char lead = (unsigned char) text[0];
	size_t		length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;

	if (length == 0 || length > left || !tick_utf8_valid(text, length))
		return 0;
	return length;
}

/* Text cut at the border of a character so that it has at most `bytes` bytes. */
static size_t
cut_length(const char *text, size_t length, size_t bytes)
{
	if (length <= bytes)
		return length;
	while (bytes > 0 && ((unsigned char) text[bytes] & 0xC0) == 0x80)
		bytes--;
	return bytes;
}

void
tick_copy_cut(char *out, size_t size, TickString text)
{
	size_t		length = text.length == 0 ? 0 : cut_length(text.data, text.length, size - 1);

	if (length > 0)
		memcpy(out, text.data, length);
	out[length] = '\0';
}

static bool
is_reserved(const char *name)
{
	size_t		low = 0;
	size_t		high = sizeof(reserved_words) / sizeof(reserved_words[0]);

	for (size_t i = 0; i < sizeof(system_columns) / sizeof(system_columns[0]); i++)
		if (strcmp(name, system_columns[i]) == 0)
			return true;
	while (low < high)
	{
		size_t		middle = (low + high) / 2;
		int			order = strcmp(name, reserved_words[middle]);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool
is_used(const char *name, const TickGuessColumn *used, int used_count)
{
	for (int i = 0; i < used_count; i++)
		if (!used[i].dropped && strcmp(used[i].name, name) == 0)
			return true;
	return false;
}

/* name = stem + suffix, the stem cut to make room */
static void
join_name(char name[NAME_BYTES + 1], const char *stem, const char *suffix)
{
	size_t		length = cut_length(stem, strlen(stem), NAME_BYTES - strlen(suffix));

	memcpy(name, stem, length);
	strcpy(name + length, suffix);
}

/*
 * The field's letters, digits and underscores in lower case, runs of other
 * characters as one underscore (none at the ends); characters beyond ASCII
 * stay.  Then a reserved word gets an underscore, a name that is taken a
 * number.
 */
void
tick_make_column_name(TickString field, int position, const TickGuessColumn *used, int used_count, char name[64])
{
	char		stem[TICK_FIELD_BYTES + 1];
	char		suffix[16];
	size_t		length = 0;
	bool		gap = false;

	for (uint32_t at = 0; at < field.length && length < sizeof(stem) - 6;)
	{
		size_t		taken = utf8_length(field.data + at, field.length - at);

		if (taken > 1 || (taken == 1 && (is_alnum(field.data[at]) || field.data[at] == '_')))
		{
			if (gap && length > 0)
				stem[length++] = '_';
			gap = false;
			for (size_t i = 0; i < taken; i++)
				stem[length++] = fold(field.data[at + i]);
		}
		else
		{
			gap = true;
			taken = 1;
		}
		at += (uint32_t) taken;
	}
	stem[length] = '\0';
	if (length == 0)
		snprintf(stem, sizeof(stem), "c%d", position);
	join_name(name, stem, "");
	if (is_reserved(name))
		join_name(name, stem, "_");
	for (int number = 2; is_used(name, used, used_count); number++)
	{
		snprintf(suffix, sizeof(suffix), "_%d", number);
		join_name(name, stem, suffix);
	}
}

/* The name of a column without header, or of the virtual date: "" when nothing gives one. */
static TickString
name_of_role(const TickGuessColumn *column)
{
	const char *word = column->is_date ? "date" : tick_role_name(column->role);
	TickString	name = {word, (uint32_t) strlen(word)};

	return name;
}

/*
 * Name all columns.  "date" belongs to the virtual column: a plain date
 * becomes it, a stamp of that name is "ts", anything else is renamed as if
 * the name were taken.
 */
void
tick_guess_names(const TickSample *sample, TickGuess *guess)
{
	static const TickString ts = {"ts", 2};

	for (int i = 0; i < guess->columns; i++)
	{
		TickGuessColumn *column = &guess->column[i];
		TickString	field = sample->header[i];

		if (field.length == 0 || column->is_date)
			field = name_of_role(column);
		tick_make_column_name(field, i + 1, guess->column, i, column->name);
		if (strcmp(column->name, "date") != 0 || column->is_date || column->dropped)
			continue;
		if (column->type == TICK_STAMP)
			tick_make_column_name(ts, i + 1, guess->column, i, column->name);
		else
		{
			strcpy(column->name, "date_2");
			for (int number = 3; is_used(column->name, guess->column, i); number++)
				snprintf(column->name, sizeof(column->name), "date_%d", number);
		}
	}
}
