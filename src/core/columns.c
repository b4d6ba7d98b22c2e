/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  The language of tick_load's "columns": one pass, no backtracking.
 *
 * A lexer cuts the text into tokens, a recursive descent of one token's
 * lookahead makes items of them.  After a name and its sources come words:
 * one that is an option's keyword begins an option, any other must be the
 * type.  Types are not resolved here (they belong to the server), only
 * brought into one spelling: lower case, one blank between words, no blank
 * inside the parentheses.
 *
 * No string that is kept is longer than its spelling in the input, and only
 * types are kept twice (word by word, then whole), so one buffer of twice
 * the input's length, reserved beforehand, holds them all and never moves.
 *
 *-------------------------------------------------------------------------
 */
#include "core/columns.h"

#include <string.h>

#define NAME_BYTES 63			/* longest name of a column */
#define MAX_POWER 18			/* 10^18 is the last power in 64 bits */
#define TYPE_BYTES 128			/* longest spelling of a type */

typedef enum Token
{
	TOKEN_END,
	TOKEN_WORD,					/* value: folded */
	TOKEN_QUOTED,				/* value: as written, "" undoubled */
	TOKEN_STRING,				/* value: as written, '' undoubled */
	TOKEN_NUMBER,				/* value: digits */
	TOKEN_POSITION,				/* $N, value: digits */
	TOKEN_CAPTURE,				/* {word}, value: folded */
	TOKEN_REST,					/* ... */
	TOKEN_SIGN					/* one of , = + - / * ( ) */
} Token;

typedef struct Parser
{
	const char *input;
	size_t		length;
	size_t		next;			/* first byte not yet in a token */
	Token		token;
	size_t		start,			/* of the token, bytes of the input */
				end;
	char		sign;
	TickString	value;
	TickColumnList *list;
	const TickMemory *memory;
	TickError  *error;
} Parser;

static const struct
{
	const char *name;
	TickRole	role;
}			role_names[] =
{
	{"symbol", TICK_ROLE_SYMBOL},
	{"time", TICK_ROLE_TIME},
	{"price", TICK_ROLE_PRICE},
	{"size", TICK_ROLE_SIZE},
	{"open", TICK_ROLE_OPEN},
	{"high", TICK_ROLE_HIGH},
	{"low", TICK_ROLE_LOW},
	{"close", TICK_ROLE_CLOSE},
	{"volume", TICK_ROLE_VOLUME},
	{"bid", TICK_ROLE_BID},
	{"ask", TICK_ROLE_ASK},
	{"bid_size", TICK_ROLE_BID_SIZE},
	{"ask_size", TICK_ROLE_ASK_SIZE}
};

#define ROLE_NAMES ((int) (sizeof(role_names) / sizeof(role_names[0])))

static char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes beyond ASCII are letters, as in the server's own identifiers. */
static bool
is_letter(char c)
{
	return (fold(c) >= 'a' && fold(c) <= 'z') || c == '_' || (unsigned char) c >= 0x80;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
string_is(TickString string, const char *word)
{
	return string.length == strlen(word) && memcmp(string.data, word, string.length) == 0;
}

static bool
string_equal(TickString a, TickString b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* Case of the name does not matter. */
bool
tick_role_from_name(TickString name, TickRole *role)
{
	for (int i = 0; i < ROLE_NAMES; i++)
	{
		const char *known = role_names[i].name;
		uint32_t	at = 0;

		while (at < name.length && known[at] != '\0' && fold(name.data[at]) == known[at])
			at++;
		if (at == name.length && known[at] == '\0')
		{
			*role = role_names[i].role;
			return true;
		}
	}
	return false;
}

/* "" for a column without role */
const char *
tick_role_name(TickRole role)
{
	for (int i = 0; i < ROLE_NAMES; i++)
		if (role_names[i].role == role)
			return role_names[i].name;
	return "";
}

/* ---- errors ---- */

/* Name the place: the input from the token on, cut where it gets long or the line ends. */
static TickStatus
fail(Parser *parser, size_t at, const char *expected)
{
	char		near[44];
	size_t		length = 0;

	if (at >= parser->length)
		tick_error_set(parser->error, TICK_BAD_INPUT, "syntax error in columns at end of input");
	else
	{
		while (length < 40 && at + length < parser->length && parser->input[at + length] != '\n')
			length++;
		while (length > 1 && ((unsigned char) parser->input[at + length] & 0xC0) == 0x80)
			length--;
		memcpy(near, parser->input + at, length);
		near[length] = '\0';
		tick_error_set(parser->error, TICK_BAD_INPUT, "syntax error in columns at or near \"%s\"", near);
	}
	tick_error_detail(parser->error, "%s", expected);
	return TICK_BAD_INPUT;
}

static TickStatus
fail_here(Parser *parser, const char *expected)
{
	return fail(parser, parser->start, expected);
}

/* ---- tokens ---- */

/*
 * Keep bytes that stand in the input, folded or with a doubled quote made
 * one.  The buffer was reserved for the whole input.
 */
static TickString
keep(Parser *parser, const char *bytes, size_t length, bool folded, char quote)
{
	TickBuffer *text = &parser->list->text;
	TickString	kept = {(const char *) text->data + text->length, 0};

	for (size_t i = 0; i < length; i++)
	{
		text->data[text->length++] = (uint8_t) (folded ? fold(bytes[i]) : bytes[i]);
		if (quote != '\0' && bytes[i] == quote)
			i++;
	}
	kept.length = (uint32_t) ((const char *) text->data + text->length - kept.data);
	return kept;
}

/* A run between two quotes; the quote itself is written twice inside. */
static TickStatus
lex_quoted(Parser *parser, char quote)
{
	size_t		at = parser->start + 1;

	for (;; at++)
	{
		if (at >= parser->length)
			return fail(parser, parser->start, quote == '"' ? "A quoted name is not closed." : "A quoted string is not closed.");
		if (parser->input[at] != quote)
			continue;
		if (at + 1 < parser->length && parser->input[at + 1] == quote)
			at++;
		else
			break;
	}
	parser->token = quote == '"' ? TOKEN_QUOTED : TOKEN_STRING;
	parser->value = keep(parser, parser->input + parser->start + 1, at - parser->start - 1, false, quote);
	parser->end = at + 1;
	return TICK_OK;
}

/* {word}: the name of a capture, blanks around it allowed */
static TickStatus
lex_capture(Parser *parser)
{
	size_t		at = parser->start + 1;
	TickString	name;

	while (at < parser->length && parser->input[at] != '}')
		at++;
	if (at >= parser->length)
		return fail(parser, parser->start, "A capture is not closed.");
	name.data = parser->input + parser->start + 1;
	name.length = (uint32_t) (at - parser->start - 1);
	name = tick_trim(name);
	if (name.length == 0)
		return fail(parser, parser->start, "Expected the name of a capture between the braces.");
	for (uint32_t i = 0; i < name.length; i++)
		if (!is_letter(name.data[i]) && !is_digit(name.data[i]))
			return fail(parser, parser->start, "The name of a capture consists of letters, digits and underscores.");
	parser->token = TOKEN_CAPTURE;
	parser->value = keep(parser, name.data, name.length, true, '\0');
	parser->end = at + 1;
	return TICK_OK;
}

/* The token that begins at parser->start with neither blank nor quote. */
static TickStatus
lex_plain(Parser *parser)
{
	const char *input = parser->input;
	size_t		at = parser->start;
	char		c = input[at];

	if (is_letter(c))
	{
		while (at < parser->length && (is_letter(input[at]) || is_digit(input[at]) || input[at] == '$'))
			at++;
		parser->token = TOKEN_WORD;
		parser->value = keep(parser, input + parser->start, at - parser->start, true, '\0');
	}
	else if (is_digit(c) || (c == '$' && at + 1 < parser->length && is_digit(input[at + 1])))
	{
		size_t		digits = is_digit(c) ? at : at + 1;

		for (at = digits; at < parser->length && is_digit(input[at]); at++)
			;
		if (at < parser->length && is_letter(input[at]))
			return fail(parser, parser->start, "A name that begins with a digit must be written in double quotes.");
		parser->token = is_digit(c) ? TOKEN_NUMBER : TOKEN_POSITION;
		parser->value = keep(parser, input + digits, at - digits, false, '\0');
	}
	else if (parser->length - at >= 3 && memcmp(input + at, "...", 3) == 0)
	{
		at += 3;
		parser->token = TOKEN_REST;
	}
	else if (strchr(",=+-/*()", c) != NULL)
	{
		at++;
		parser->token = TOKEN_SIGN;
		parser->sign = c;
	}
	else
		return fail(parser, at, "Names with other characters than letters, digits and underscores must be written in double quotes.");
	parser->end = at;
	return TICK_OK;
}

static TickStatus
advance(Parser *parser)
{
	TickStatus	status = TICK_OK;

	while (parser->next < parser->length && is_blank(parser->input[parser->next]))
		parser->next++;
	parser->start = parser->end = parser->next;
	parser->sign = '\0';
	parser->value.length = 0;
	if (parser->next >= parser->length)
		parser->token = TOKEN_END;
	else if (parser->input[parser->next] == '"' || parser->input[parser->next] == '\'')
		status = lex_quoted(parser, parser->input[parser->next]);
	else if (parser->input[parser->next] == '{')
		status = lex_capture(parser);
	else
		status = lex_plain(parser);
	parser->next = parser->end;
	return status;
}

static bool
at_sign(const Parser *parser, char sign)
{
	return parser->token == TOKEN_SIGN && parser->sign == sign;
}

static bool
at_word(const Parser *parser, const char *word)
{
	return parser->token == TOKEN_WORD && string_is(parser->value, word);
}

/* ---- parts of an item ---- */

/* $N, from 1 to the most fields there may be */
static TickStatus
parse_position(Parser *parser, int *number)
{
	int			value = 0;

	for (uint32_t i = 0; i < parser->value.length; i++)
	{
		value = value * 10 + (parser->value.data[i] - '0');
		if (value > TICK_MAX_COLUMNS)
			return fail_here(parser, "Fields are numbered from $1 to $1600.");
	}
	if (value == 0)
		return fail_here(parser, "Fields are numbered from $1 to $1600.");
	*number = value;
	return TICK_OK;
}

/* src {+ src}, after "=" */
static TickStatus
parse_sources(Parser *parser, TickColumnItem *item)
{
	for (;;)
	{
		TickFieldSource *source;

		if (item->sources == TICK_FIELD_SOURCES)
			return fail_here(parser, "A column can join four sources at most.");
		source = &item->source[item->sources];
		switch (parser->token)
		{
			case TOKEN_WORD:
			case TOKEN_QUOTED:
				source->kind = TICK_FIELD_HEADER;
				source->quoted = parser->token == TOKEN_QUOTED;
				if (parser->value.length == 0)
					return fail_here(parser, "The name of a field is empty.");
				break;
			case TOKEN_POSITION:
				source->kind = TICK_FIELD_POSITION;
				TICK_TRY(parse_position(parser, &source->number));
				break;
			case TOKEN_CAPTURE:
				source->kind = TICK_FIELD_CAPTURE;
				break;
			case TOKEN_STRING:
				source->kind = TICK_FIELD_CONSTANT;
				break;
			default:
				return fail_here(parser, "Expected a source: a field's name, $N, {capture} or 'constant'.");
		}
		source->text = parser->value;
		item->sources++;
		TICK_TRY(advance(parser));
		if (!at_sign(parser, '+'))
			return TICK_OK;
		TICK_TRY(advance(parser));
	}
}

static bool
at_option(const Parser *parser)
{
	static const char *const words[] = {"role", "format", "null", "zone", "upper", "lower"};

	if (at_sign(parser, '/') || at_sign(parser, '*'))
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (at_word(parser, words[i]))
			return true;
	return false;
}

/* A type as it is being spelled. */
typedef struct TypeText
{
	size_t		length;
	char		data[TYPE_BYTES];
} TypeText;

static TickStatus
extend_type(Parser *parser, TypeText *type, const char *bytes, size_t length)
{
	if (length > sizeof(type->data) - type->length)
		return fail_here(parser, "The name of a type is too long.");
	memcpy(type->data + type->length, bytes, length);
	type->length += length;
	return TICK_OK;
}

/* The current word, when it is the one wanted, becomes a further word of the type. */
static TickStatus
extend_type_word(Parser *parser, TypeText *type, const char *word, const char *expected)
{
	if (!at_word(parser, word))
		return fail_here(parser, expected);
	TICK_TRY(extend_type(parser, type, " ", 1));
	TICK_TRY(extend_type(parser, type, word, strlen(word)));
	return advance(parser);
}

/* (p) or (p,s) after a type */
static TickStatus
parse_type_modifier(Parser *parser, TypeText *type)
{
	TICK_TRY(extend_type(parser, type, "(", 1));
	do
	{
		TICK_TRY(advance(parser));
		if (parser->token != TOKEN_NUMBER)
			return fail_here(parser, "Expected a number.");
		TICK_TRY(extend_type(parser, type, parser->value.data, parser->value.length));
		TICK_TRY(advance(parser));
		if (!at_sign(parser, ',') && !at_sign(parser, ')'))
			return fail_here(parser, "Expected \",\" or \")\".");
		TICK_TRY(extend_type(parser, type, &parser->sign, 1));
	} while (at_sign(parser, ','));
	return advance(parser);
}

/*
 * A type: one word, or one of the standard's spellings of several: "double
 * precision", "character varying", "time/timestamp with/without time zone";
 * then or in between a (p,s).
 */
static TickStatus
parse_type(Parser *parser, TickColumnItem *item)
{
	TypeText	type = {0};
	bool		is_double = at_word(parser, "double");
	bool		is_character = at_word(parser, "character");
	bool		is_time = at_word(parser, "time") || at_word(parser, "timestamp");

	TICK_TRY(extend_type(parser, &type, parser->value.data, parser->value.length));
	TICK_TRY(advance(parser));
	if (is_double)
		TICK_TRY(extend_type_word(parser, &type, "precision", "Expected \"precision\" after \"double\"."));
	if (is_character && at_word(parser, "varying"))
		TICK_TRY(extend_type_word(parser, &type, "varying", ""));
	if (at_sign(parser, '('))
		TICK_TRY(parse_type_modifier(parser, &type));
	if (is_time && (at_word(parser, "with") || at_word(parser, "without")))
	{
		TICK_TRY(extend_type_word(parser, &type, at_word(parser, "with") ? "with" : "without", ""));
		TICK_TRY(extend_type_word(parser, &type, "time", "Expected \"time zone\"."));
		TICK_TRY(extend_type_word(parser, &type, "zone", "Expected \"time zone\"."));
	}
	item->type = keep(parser, type.data, type.length, false, '\0');
	return TICK_OK;
}

/* ---- options ---- */

/* N of /N and *N as a power of ten */
static TickStatus
parse_power(Parser *parser, int *power)
{
	TickString	digits = parser->value;
	uint32_t	at = 0;

	if (parser->token != TOKEN_NUMBER)
		return fail_here(parser, "Expected a power of ten.");
	while (at < digits.length && digits.data[at] == '0')
		at++;
	if (at == digits.length || digits.data[at] != '1')
		return fail_here(parser, "A column can be divided or multiplied by a power of ten only.");
	*power = 0;
	while (++at < digits.length)
	{
		if (digits.data[at] != '0')
			return fail_here(parser, "A column can be divided or multiplied by a power of ten only.");
		if (++*power > MAX_POWER)
			return fail_here(parser, "The power of ten is too large: 10^18 is the largest.");
	}
	return TICK_OK;
}

/* The string that follows an option's word; null alone takes an empty one. */
static TickStatus
parse_option_string(Parser *parser, bool may_be_empty, const char *expected, TickString *value)
{
	TICK_TRY(advance(parser));
	if (parser->token != TOKEN_STRING || (parser->value.length == 0 && !may_be_empty))
		return fail_here(parser, expected);
	*value = parser->value;
	return TICK_OK;
}

/* The format of a number that has marks? */
static bool
at_marks(TickString word, TickNumberMarks *marks)
{
	*marks = TICK_MARKS_NONE;
	if (word.length == 5 && memcmp(word.data, "comma", 5) == 0)
		*marks = TICK_MARKS_COMMA;
	if (word.length == 7 && memcmp(word.data, "grouped", 7) == 0)
		*marks = TICK_MARKS_GROUPED;
	return *marks != TICK_MARKS_NONE;
}

/*
 * A format is a string; one word may stand without quotes, and is taken
 * folded (MS_EPOCH) or, failing that, as written (YYYYMMDD).
 */
static TickStatus
parse_format(Parser *parser, TickColumnItem *item)
{
	TickError	inner;
	TickString	written;

	TICK_TRY(advance(parser));
	if ((parser->token != TOKEN_STRING && parser->token != TOKEN_WORD) || parser->value.length == 0)
		return fail_here(parser, "Expected a time format: a word such as ms_epoch, or a quoted pattern such as 'YYYYMMDD'.");
	memset(&inner, 0, sizeof(inner));
	written.data = parser->input + parser->start;
	written.length = (uint32_t) (parser->end - parser->start);
	if (at_marks(parser->value, &item->marks))
		return TICK_OK;
	if (tick_time_format_parse(parser->value, &item->format, &inner) != TICK_OK &&
		(parser->token == TOKEN_STRING || tick_time_format_parse(written, &item->format, NULL) != TICK_OK))
		return fail_here(parser, inner.message);
	item->has_format = true;
	return TICK_OK;
}

static TickStatus
parse_role(Parser *parser, TickColumnItem *item)
{
	TICK_TRY(advance(parser));
	if ((parser->token != TOKEN_WORD && parser->token != TOKEN_STRING && parser->token != TOKEN_QUOTED) ||
		!tick_role_from_name(parser->value, &item->role))
		return fail_here(parser, "Expected a role: symbol, time, price, size, open, high, low, close, volume, bid, ask, bid_size or ask_size.");
	return TICK_OK;
}

static TickStatus
parse_scale(Parser *parser, TickColumnItem *item)
{
	bool		divide = at_sign(parser, '/');

	TICK_TRY(advance(parser));
	TICK_TRY(parse_power(parser, &item->power));
	if (!divide)
		item->power = -item->power;
	item->has_scale = true;
	return TICK_OK;
}

/* One option; given twice, it is an error, as is upper with lower. */
static TickStatus
parse_option(Parser *parser, TickColumnItem *item)
{
	bool		given;

	if (at_word(parser, "role"))
		given = item->role != TICK_ROLE_NONE;
	else if (at_word(parser, "format"))
		given = item->has_format || item->marks != TICK_MARKS_NONE;
	else if (at_word(parser, "null"))
		given = item->has_null;
	else if (at_word(parser, "zone"))
		given = item->zone.length > 0;
	else if (parser->token == TOKEN_SIGN)
		given = item->has_scale;
	else
		given = item->upper || item->lower;
	if (given)
		return fail_here(parser, "The option is given twice or contradicts another.");

	if (at_word(parser, "role"))
		TICK_TRY(parse_role(parser, item));
	else if (at_word(parser, "format"))
		TICK_TRY(parse_format(parser, item));
	else if (at_word(parser, "null"))
	{
		TICK_TRY(parse_option_string(parser, true, "Expected a quoted string after \"null\".", &item->null_as));
		item->has_null = true;
	}
	else if (at_word(parser, "zone"))
		TICK_TRY(parse_option_string(parser, false, "Expected the quoted name of a time zone.", &item->zone));
	else if (at_word(parser, "upper"))
		item->upper = true;
	else if (at_word(parser, "lower"))
		item->lower = true;
	else
		TICK_TRY(parse_scale(parser, item));
	return advance(parser);
}

/* ---- items ---- */

/* name [= src {+ src}] [type] {option} */
static TickStatus
parse_column(Parser *parser, TickColumnItem *item)
{
	if (parser->token != TOKEN_WORD && parser->token != TOKEN_QUOTED)
		return fail_here(parser, "Expected a column's name, \"-\" or \"...\".");
	if (parser->value.length == 0)
		return fail_here(parser, "The name of a column is empty.");
	if (parser->value.length > NAME_BYTES)
		return fail_here(parser, "The name of a column is longer than 63 bytes.");
	item->name = parser->value;
	TICK_TRY(advance(parser));
	if (at_sign(parser, '='))
	{
		TICK_TRY(advance(parser));
		TICK_TRY(parse_sources(parser, item));
	}
	if (parser->token == TOKEN_WORD && !at_option(parser))
		TICK_TRY(parse_type(parser, item));
	while (at_option(parser))
		TICK_TRY(parse_option(parser, item));
	if (parser->token != TOKEN_END && !at_sign(parser, ','))
		return fail_here(parser, item->sources > 0 || item->type.length > 0 ?
						 "Expected an option (role, /N, *N, format, null, zone, upper, lower) or a comma." :
						 "Expected \"=\", a type, an option (role, /N, *N, format, null, zone, upper, lower) or a comma.");
	return TICK_OK;
}

/* Two columns of one name or of one role are an error at the second. */
static TickStatus
check_unique(Parser *parser, size_t start)
{
	TickColumnList *list = parser->list;
	const TickColumnItem *last = &list->item[list->items - 1];

	if (last->skip || last->rest)
		return TICK_OK;
	for (int i = 0; i < list->items - 1; i++)
	{
		if (list->item[i].skip)
			continue;
		if (string_equal(list->item[i].name, last->name))
			return fail(parser, start, "The column is named twice.");
		if (last->role != TICK_ROLE_NONE && list->item[i].role == last->role)
			return fail(parser, start, "The role is given to two columns.");
	}
	return TICK_OK;
}

static TickStatus
parse_items(Parser *parser)
{
	TickColumnList *list = parser->list;

	TICK_TRY(advance(parser));
	if (parser->token == TOKEN_END)
		return fail_here(parser, "Expected a column's name, \"-\" or \"...\".");
	for (;;)
	{
		TickColumnItem *item = &list->item[list->items];
		size_t		start = parser->start;

		if (list->items == TICK_MAX_COLUMNS)
			return fail_here(parser, "There are more than 1600 columns.");
		list->items++;
		if (at_sign(parser, '-') || parser->token == TOKEN_REST)
		{
			item->skip = parser->token == TOKEN_SIGN;
			item->rest = !item->skip;
			TICK_TRY(advance(parser));
			if (item->rest && parser->token != TOKEN_END)
				return fail(parser, start, "\"...\" must be the last item.");
			if (item->skip && parser->token != TOKEN_END && !at_sign(parser, ','))
				return fail_here(parser, "Expected a comma.");
		}
		else
			TICK_TRY(parse_column(parser, item));
		TICK_TRY(check_unique(parser, start));
		if (parser->token == TOKEN_END)
			return TICK_OK;
		TICK_TRY(advance(parser));
	}
}

/* As many items as there may be, one more than commas, and room for every string. */
static TickStatus
allocate(Parser *parser)
{
	size_t		items = 1;
	size_t		bytes;

	for (size_t i = 0; i < parser->length && items <= TICK_MAX_COLUMNS; i++)
		items += parser->input[i] == ',';
	if (parser->length > INT32_MAX || __builtin_mul_overflow(parser->length, 2, &bytes))
		return tick_error_set(parser->error, TICK_BAD_INPUT, "columns is too long");
	TICK_TRY(tick_buffer_reserve(&parser->list->text, bytes + 1, parser->error));
	parser->list->item = tick_alloc_array(parser->memory, items, sizeof(TickColumnItem));
	if (parser->list->item == NULL)
		return tick_error_set(parser->error, TICK_NOMEM, "out of memory");
	memset(parser->list->item, 0, items * sizeof(TickColumnItem));
	return TICK_OK;
}

TickStatus
tick_columns_parse(const char *columns, const TickMemory *memory, TickColumnList *list, TickError *error)
{
	Parser		parser;
	TickStatus	status;

	memset(list, 0, sizeof(*list));
	tick_buffer_init(&list->text, memory);
	memset(&parser, 0, sizeof(parser));
	parser.input = columns;
	parser.length = strlen(columns);
	parser.list = list;
	parser.memory = memory;
	parser.error = error;
	status = allocate(&parser);
	if (status == TICK_OK)
		status = parse_items(&parser);
	if (status != TICK_OK)
		tick_columns_free(list, memory);
	return status;
}

void
tick_columns_free(TickColumnList *list, const TickMemory *memory)
{
	tick_free(memory, list->item);
	tick_buffer_free(&list->text);
	list->item = NULL;
	list->items = 0;
}
