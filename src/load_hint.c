/*-------------------------------------------------------------------------
 *
 * load_hint.c
 *	  What would help a record that broke the rules: an argument of
 *	  tick_load(), ready to be copied.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "core/value.h"
#include "load_hint.h"

#define SKIP_INSTEAD "or load with on_error => 'skip'"
#define DOS_END '\x1A'			/* Ctrl-Z */
#define WORD_BYTES 32			/* longest word shown in a hint */

/* What people write for nothing. */
static bool
is_null_word(TickString value)
{
	static const char *const words[] = {"null", "na", "n/a", "nan", "none", "nil", "-", "--", "\\N", "."};
	int			i;

	for (i = 0; i < lengthof(words); i++)
		if (value.length == strlen(words[i]) && pg_strncasecmp(value.data, words[i], value.length) == 0)
			return true;
	return false;
}

/* An item of the columns argument for a column of the file: its name, its field where that is not plain. */
static char *
item_of(const LoadBinding *binding, int column)
{
	const LoadLayout *layout = binding->layout;
	const LoadColumn *source = &layout->column[binding->source[column]];
	const LoadPiece *piece = &source->piece[source->pieces - 1];
	const char *name = quote_identifier(source->name);
	const char *field;

	if (source->pieces != 1 || piece->kind != LOAD_PIECE_FIELD)
		return pstrdup(name);
	field = LoadFieldName(layout, piece->number);
	if (field[0] == '$')
		return psprintf("%s = %s", name, field);
	if (pg_strcasecmp(field, source->name) == 0)
		return pstrdup(name);
	return psprintf("%s = \"%s\"", name, field);
}

/* A type that would take the value, or NULL. */
static const char *
fitting_type(const TickParseColumn *spec, TickString value)
{
	TickTimeFormat iso = {.kind = TICK_FORMAT_ISO};
	TickTimeParts parts;
	int64_t		i64;
	double		f64;

	if ((spec->type != TICK_INT || (spec->power == 0 && (spec->low > PG_INT64_MIN || spec->high < PG_INT64_MAX))) &&
		tick_parse_int(value, PG_INT64_MIN, PG_INT64_MAX, &i64) == TICK_OK)
		return "bigint";
	if (spec->type != TICK_DOUBLE && tick_parse_double(value, &f64) == TICK_OK)
		return "double precision";
	if (tick_parse_time_parts(value, &iso, &parts) == TICK_OK)
		return !parts.has_date ? "time" : parts.has_time ? "timestamp" : "date";
	return "text";
}

/* The column is there already: only types that read what is stored can take its place. */
static char *
hint_of_old_column(const LoadBinding *binding, const TickParseColumn *spec, const char *name, const char *type)
{
	if (spec->type == TICK_INT && strcmp(type, "text") != 0)
	{
		type = strcmp(type, "double precision") == 0 ? "numeric" : type;
		return psprintf("The value would fit type %s: ALTER FOREIGN TABLE %s ALTER COLUMN %s TYPE %s; " SKIP_INSTEAD ".",
						type, quote_identifier(binding->dataset->name), quote_identifier(name), type);
	}
	return psprintf("The value would fit a column of type %s; " SKIP_INSTEAD ".", type);
}

static bool
is_number(const TickParseColumn *spec)
{
	return spec->type == TICK_INT || spec->type == TICK_DOUBLE || spec->type == TICK_DECIMAL;
}

static bool
is_time(const TickParseColumn *spec)
{
	return spec->type == TICK_DATE || spec->type == TICK_TIME || spec->type == TICK_STAMP;
}

/*
 * The trailer argument that would end the file at this record, if it begins
 * with what no row begins with: a word, or a bracket, where rows have a time or
 * a number; else NULL.
 */
static const char *
hint_of_trailer(const LoadLayout *layout, TickString raw)
{
	uint32		begin = raw.length > 0 && layout->quote != '\0' && raw.data[0] == layout->quote;
	uint32		length = begin;

	if (layout->guess.columns == 0 || layout->guess.column[0].type == TICK_TEXT)
		return NULL;
	if (raw.length == 1 && raw.data[0] == DOS_END)
		return "If the byte 0x1A ends the file, give trailer => E'\\x1A'";
	while (length < raw.length && length < WORD_BYTES && ((uint8) ((raw.data[length] | 0x20) - 'a')) < 26)
		length++;
	if (length < begin + 2 && length < raw.length && strchr("([<*=", raw.data[length]) != NULL)
		length++;
	else if (length < begin + 2)
		return NULL;
	return psprintf("If the line is a trailer, give trailer => %s", quote_literal_cstr(pnstrdup(raw.data, length)));
}

/* Does the column begin with the record's first field? */
static bool
is_first_field(const LoadBinding *binding, int column)
{
	const LoadColumn *source = &binding->layout->column[binding->source[column]];
	int			i;

	for (i = 0; i < source->pieces; i++)
		if (source->piece[i].kind == LOAD_PIECE_FIELD && source->piece[i].number == 0)
			return true;
	return false;
}

char *
LoadHintOfValue(const LoadBinding *binding, int column, TickString value, TickString raw, bool created)
{
	const TickParseColumn *spec = &binding->column[column];
	char		plain[WORD_BYTES * 2 + TICK_PLAIN_EXTRA];
	uint32_t	length;
	double		number;
	const char *type;
	const char *trailer;

	value = tick_trim(value);
	if (value.length <= WORD_BYTES && is_null_word(value))
	{
		char	   *word = quote_literal_cstr(pnstrdup(value.data, value.length));

		if (binding->reading->null_as[0] == '\0')
			return psprintf("If %s stands for a missing value, give null_as => %s; " SKIP_INSTEAD ".", word, word);
		return psprintf("If %s stands for a missing value, give columns => '%s null '%s', ...'; " SKIP_INSTEAD ".",
						word, item_of(binding, column), word);
	}
	if (is_number(spec) && spec->marks == TICK_MARKS_NONE && value.length <= WORD_BYTES * 2 &&
		tick_parse_double(value, &number) == TICK_BAD_INPUT)
	{
		bool		comma = tick_plain_number(value, TICK_MARKS_COMMA, plain, &length);

		if (comma || tick_plain_number(value, TICK_MARKS_GROUPED, plain, &length))
			return psprintf("If that is a number with %s, give columns => '%s format %s, ...'; " SKIP_INSTEAD ".",
							comma ? "a decimal comma" : "marks", item_of(binding, column), comma ? "comma" : "grouped");
	}
	if (is_first_field(binding, column) && (trailer = hint_of_trailer(binding->layout, raw)) != NULL)
		return psprintf("%s; %s" SKIP_INSTEAD ".", trailer,
						is_time(spec) ? "if the field has another format, give it in columns; " : "");
	if (is_time(spec))
		return pstrdup("If the field has another format, give it in columns; " SKIP_INSTEAD ".");
	type = fitting_type(spec, value);
	if (!created)
		return hint_of_old_column(binding, spec, LoadBoundName(binding, column), type);
	return psprintf("The value would fit type %s: give columns => '%s %s, ...'; " SKIP_INSTEAD ".",
					type, item_of(binding, column), type);
}

char *
LoadHintOfRecord(const LoadLayout *layout, TickString raw)
{
	const char *trailer = hint_of_trailer(layout, raw);

	if (raw.length > 0 && raw.data[0] == '#' && layout->comment == '\0')
		return "If lines that begin with # are comments, give comment => '#'.";
	return trailer != NULL ? psprintf("%s.", trailer) : NULL;
}
