/*-------------------------------------------------------------------------
 *
 * load_layout.c
 *	  What the columns of a file are: dialect, header and guess.
 *
 * The guess gives one column a field.  Without a columns argument these
 * become the layout, joined as the guess says, and symbol and date of the
 * path or the arguments come first.  With one, load_columns.c makes the
 * layout and takes from the guess what the list leaves open.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"

#include "load_columns.h"
#include "load_layout.h"
#include "tick.h"

static TickString
string_of(const char *text)
{
	return (TickString) {text, (uint32_t) strlen(text)};
}

/* The capture of this name, or -1. */
int
LoadFindCapture(const LoadReading *reading, const char *name)
{
	int			i;

	if (reading->pattern == NULL)
		return -1;
	for (i = 0; i < tick_path_captures(reading->pattern); i++)
	{
		TickString	capture = tick_path_capture_name(reading->pattern, i);

		if (tick_string_compare(capture, string_of(name)) == 0)
			return i;
	}
	return -1;
}

/* Names that the columns argument gives to the fields of a file without header. */
static void
suggest_names(const LoadReading *reading, TickGuessOptions *options)
{
	TickString *names = palloc0(TICK_MAX_COLUMNS * sizeof(TickString));

	options->names = LoadListedNames(&reading->column_list, names);
	options->name = names;
}

/* A header's field in the database's encoding, cut to fit; one that is in none becomes the name that is made of it. */
static void
convert_field(const LoadReading *reading, char field[TICK_FIELD_BYTES + 1], const char *made)
{
	size_t		length = strlen(field);
	const char *text = field;

	if (reading->encoding >= 0 && pg_verify_mbstr(reading->encoding, field, length, true))
		text = pg_any_to_server(field, length, reading->encoding);
	if (!pg_verify_mbstr(GetDatabaseEncoding(), text, strlen(text), true))
		text = made;
	if (text != field)
		strlcpy(field, text, pg_mbcliplen(text, strlen(text), TICK_FIELD_BYTES) + 1);
}

/* What the catalog keeps of a header must be of the database's encoding. */
static void
convert_names(const LoadReading *reading, TickGuess *guess)
{
	int			i;

	for (i = 0; i < guess->columns; i++)
	{
		TickGuessColumn *column = &guess->column[i];
		TickString	field = string_of(column->field);
		char		made[64];

		tick_make_column_name(field, i + 1, guess->column, i, made);
		convert_field(reading, column->field, made);
		/* a role or the date may have named it */
		if (strcmp(made, column->name) == 0)
			tick_make_column_name(string_of(column->field), i + 1, guess->column, i, column->name);
	}
}

void
LoadGuess(const LoadReading *reading, const char *bytes, size_t length, bool complete, TickGuess *guess)
{
	TickGuessOptions options = {0};
	TickError	error;

	options.delimiter = reading->delimiter;
	options.has_quote = true;
	options.quote = reading->quote;
	options.escape = reading->escape;
	options.comment = reading->comment;
	options.trailer = reading->trailer;
	options.header = reading->header;
	options.null_as = reading->null_as;
	options.max_line = tick_max_line;
	options.has_date = reading->has_date || LoadFindCapture(reading, "date") >= 0;
	options.has_symbol = reading->symbol != NULL || LoadFindCapture(reading, "symbol") >= 0 ||
		LoadListsRole(&reading->column_list, TICK_ROLE_SYMBOL);
	suggest_names(reading, &options);
	TickCheck(tick_guess(bytes, length, complete, &options, TickMemoryFor(CurrentMemoryContext), guess, &error),
			  &error);
	convert_names(reading, guess);
}

/* The guess's column of a field, or NULL. */
const TickGuessColumn *
LoadGuessOfField(const LoadLayout *layout, int field)
{
	int			i;

	for (i = 0; i < layout->guess.columns; i++)
		if (layout->guess.column[i].position == field + 1)
			return &layout->guess.column[i];
	return NULL;
}

static void
note_fields(LoadLayout *layout)
{
	int			i;

	layout->field = palloc0((layout->fields + 1) * sizeof(TickString));
	for (i = 0; i < layout->guess.columns; i++)
	{
		const TickGuessColumn *column = &layout->guess.column[i];

		if (layout->named && column->position >= 1 && column->position <= layout->fields)
			layout->field[column->position - 1] = string_of(column->field);
	}
}

/* End of the record that begins at `at`: a line end outside quotes. */
static size_t
end_of_record(const char *bytes, size_t length, size_t at, char quote)
{
	bool		quoted = false;

	for (; at < length; at++)
	{
		if (bytes[at] == quote && quote != '\0')
			quoted = !quoted;
		else if (!quoted && (bytes[at] == '\n' || bytes[at] == '\r'))
			break;
	}
	while (at < length && (bytes[at] == '\n' || bytes[at] == '\r'))
		at++;
	return at;
}

/* End of one line, blank or not. */
static size_t
end_of_line(const char *bytes, size_t length, size_t at)
{
	while (at < length && bytes[at] != '\n' && bytes[at] != '\r')
		at++;
	if (at + 1 < length && bytes[at] == '\r' && bytes[at + 1] == '\n')
		at++;
	return Min(at + 1, length);
}

/* Behind blank lines and comments, which are no records. */
static size_t
skip_silent(const LoadLayout *layout, const char *bytes, size_t length, size_t at)
{
	while (at < length && (bytes[at] == '\n' || bytes[at] == '\r' || (layout->comment != '\0' && bytes[at] == layout->comment)))
		at = end_of_line(bytes, length, at);
	return at;
}

/* Keep title lines and header, to know them again in the next file. */
static void
note_front(LoadLayout *layout, const char *bytes, size_t length)
{
	size_t		at = 0;
	uint32		i;

	if (!layout->named && layout->skip_lines == 0)
		return;
	for (i = 0; i < layout->skip_lines; i++)
		at = end_of_line(bytes, length, at);
	if (layout->header)
		at = end_of_record(bytes, length, skip_silent(layout, bytes, length, at), layout->quote);
	layout->front = palloc(at + 1);
	memcpy(layout->front, bytes, at);
	layout->front_length = at;
}

/* Append a column, its name made unique among those before it. */
LoadColumn *
LoadAddColumn(LoadLayout *layout, const char *name)
{
	LoadColumn *column = &layout->column[layout->columns];
	int			number = 1;
	int			i;

	memset(column, 0, sizeof(*column));
	strlcpy(column->name, name, sizeof(column->name));
	for (i = 0; i < layout->columns; i++)
		if (strcmp(layout->column[i].name, column->name) == 0)
		{
			char		suffix[16];

			snprintf(suffix, sizeof(suffix), "_%d", ++number);
			memcpy(column->name, name, Min(strlen(name) + 1, sizeof(column->name)));
			column->name[pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1 - (int) strlen(suffix))] = '\0';
			strcat(column->name, suffix);
			i = -1;
		}
	layout->columns++;
	return column;
}

/* A piece that is a field of the record. */
void
LoadAddField(LoadColumn *column, int field, const TickGuessColumn *guess)
{
	LoadPiece  *piece = &column->piece[column->pieces++];

	piece->kind = LOAD_PIECE_FIELD;
	piece->number = field;
	piece->format.kind = TICK_FORMAT_ISO;
	if (guess != NULL && guess->has_format)
		piece->format = guess->format;
}

void
LoadAddCapture(LoadColumn *column, int capture)
{
	LoadPiece  *piece = &column->piece[column->pieces++];

	piece->kind = LOAD_PIECE_CAPTURE;
	piece->number = capture;
	piece->format.kind = TICK_FORMAT_ISO;
}

void
LoadAddConstant(LoadColumn *column, TickString text)
{
	LoadPiece  *piece = &column->piece[column->pieces++];

	piece->kind = LOAD_PIECE_CONSTANT;
	piece->text = text;
	piece->format.kind = TICK_FORMAT_ISO;
}

/* Is the time of the rows among the columns? */
static LoadColumn *
find_role(LoadLayout *layout, TickRole role)
{
	int			i;

	for (i = 0; i < layout->columns; i++)
		if (layout->column[i].role == role)
			return &layout->column[i];
	return NULL;
}

/* The symbol of the argument or the path, unless the list uses the capture itself. */
static void
add_symbol(LoadLayout *layout, const LoadReading *reading)
{
	int			capture = LoadFindCapture(reading, "symbol");
	LoadColumn *column;

	if (reading->symbol == NULL && (capture < 0 || LoadListsCapture(&reading->column_list, "symbol")))
		return;
	if (find_role(layout, TICK_ROLE_SYMBOL) != NULL)
		return;
	column = LoadAddColumn(layout, "symbol");
	strcpy(column->field, "symbol");
	column->sql_type = "text";
	column->type = TICK_TEXT;
	column->role = TICK_ROLE_SYMBOL;
	if (reading->symbol != NULL)
		LoadAddConstant(column, string_of(reading->symbol));
	else
		LoadAddCapture(column, capture);
}

/*
 * symbol and date are for files that do not say: where the file does, one of
 * the two would be lost without a word.
 */
static void
refuse_said_twice(LoadLayout *layout, const LoadReading *reading)
{
	const LoadColumn *symbol = find_role(layout, TICK_ROLE_SYMBOL);
	const LoadColumn *time = find_role(layout, TICK_ROLE_TIME);

	if (reading->symbol != NULL && symbol != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("symbol cannot be given: the file has symbols of its own in column \"%s\"", symbol->name),
				 errhint("Leave symbol out, or skip the field in columns.")));
	if (reading->has_date && time != NULL && LoadColumnHasDate(layout, reading, time))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("date cannot be given: the file has dates of its own in column \"%s\"", time->name),
				 errhint("Leave date out, or skip the field in columns.")));
}

/* The date of the argument or the path as a column, where no time of day takes it. */
static void
add_date(LoadLayout *layout, const LoadReading *reading)
{
	LoadColumn *column;

	if (!layout->has_day || find_role(layout, TICK_ROLE_TIME) != NULL ||
		LoadListsCapture(&reading->column_list, "date"))
		return;
	column = LoadAddColumn(layout, "date");
	strcpy(column->field, "date");
	column->sql_type = "date";
	column->type = TICK_DATE;
	column->role = TICK_ROLE_TIME;
	if (layout->day_capture >= 0)
		LoadAddCapture(column, layout->day_capture);
	else
	{
		int			year,
					month,
					day;
		char	   *text;

		tick_day_to_date(reading->day, &year, &month, &day);
		text = psprintf("%04d-%02d-%02d", year, month, day);
		LoadAddConstant(column, string_of(text));
	}
}

/* Other captures of the path become columns of their own. */
static void
add_captures(LoadLayout *layout, const LoadReading *reading)
{
	int			i;

	for (i = 0; reading->pattern != NULL && i < tick_path_captures(reading->pattern); i++)
	{
		TickString	capture = tick_path_capture_name(reading->pattern, i);
		char	   *name = pnstrdup(capture.data, capture.length);
		LoadColumn *column;

		if (strcmp(name, "symbol") == 0 || strcmp(name, "date") == 0 || LoadListsCapture(&reading->column_list, name))
			continue;
		column = LoadAddColumn(layout, name);
		strlcpy(column->field, name, sizeof(column->field));
		column->type = tick_path_capture_is_date(reading->pattern, i) ? TICK_DATE : TICK_TEXT;
		column->sql_type = column->type == TICK_DATE ? "date" : "text";
		LoadAddCapture(column, i);
	}
}

void
LoadTakeZone(LoadColumn *column)
{
	if (column->guess->zone[0] == '\0' || column->type != TICK_STAMP)
		return;
	if (pg_tzset(column->guess->zone) != NULL)
		column->zone = pstrdup(column->guess->zone);
	else
		column->sql_type = "timestamp";
}

/* Take over the guess's column of a field. */
void
LoadAddGuessed(LoadLayout *layout, const TickGuessColumn *guess)
{
	LoadColumn *column;

	if (guess->dropped && guess->type != TICK_DATE)
		return;
	if (guess->dropped)
	{
		int			i;

		/* the date half of a pair has been taken with the time of day */
		for (i = 0; i < layout->guess.columns; i++)
			if (layout->guess.column[i].joined_with == guess->position)
				return;
	}
	column = LoadAddColumn(layout, guess->name);
	strlcpy(column->field, guess->field, sizeof(column->field));
	if (!layout->named)
		snprintf(column->field, sizeof(column->field), "$%d", guess->position);
	column->checks_date = guess->dropped;
	column->sql_type = pstrdup(guess->sql_type);
	column->type = guess->type;
	column->role = guess->role;
	column->nanoseconds = guess->nanoseconds;
	column->trim = guess->trim;
	column->marks = guess->marks;
	column->guess = guess;
	LoadTakeZone(column);
	if (guess->joined_with > 0)
		LoadAddField(column, guess->joined_with - 1, LoadGuessOfField(layout, guess->joined_with - 1));
	LoadAddField(column, guess->position - 1, guess);
}

/* The item of columns that gives a column of the guess its format. */
static char *
item_with_format(const LoadLayout *layout, const TickGuessColumn *column)
{
	const TickGuessColumn *time = column;
	const char *field = LoadFieldName(layout, column->position - 1);
	const char *quote = field[0] == '$' ? "" : "\"";
	int			i;

	/* half of a pair: the time of day has the name */
	for (i = 0; i < layout->guess.columns; i++)
		if (layout->guess.column[i].joined_with == column->position)
			time = &layout->guess.column[i];
	if (time != column)
		return psprintf("%s = %s%s%s + %s%s%s format '%s'", quote_identifier(time->name), quote, field, quote,
						quote, LoadFieldName(layout, time->position - 1), quote, column->format_word);
	return psprintf("%s = %s%s%s format '%s'", quote_identifier(column->is_date ? "date" : column->name), quote, field, quote,
					column->format_word);
}

void
LoadRefuseAmbiguous(const LoadLayout *layout)
{
	const char *item = "...";
	int			i;

	for (i = 0; i < layout->guess.columns; i++)
	{
		const TickGuessColumn *column = &layout->guess.column[i];

		if (column->has_format && strcmp(LoadFieldName(layout, column->position - 1), layout->guess.ambiguous_field) == 0)
			item = item_with_format(layout, column);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("the order of day and month in field \"%s\" cannot be told", layout->guess.ambiguous_field),
			 errhint("Give a format in columns, for example: columns => $$%s, ...$$", item)));
}

/* Stamps get the zone; those with offsets and no zone given are kept in UTC. */
static void
apply_zone(LoadLayout *layout, const LoadReading *reading)
{
	int			i;

	layout->zone = reading->time_zone;
	for (i = 0; i < layout->columns; i++)
	{
		LoadColumn *column = &layout->column[i];

		if (column->type != TICK_STAMP || strncmp(column->sql_type, "timestamp", 9) != 0)
			continue;
		if (reading->time_zone != NULL && (!column->listed || strcmp(column->sql_type, "timestamp") == 0))
			column->sql_type = "timestamptz";
		else if (layout->zone == NULL && column->role == TICK_ROLE_TIME && column->zone != NULL)
			layout->zone = column->zone;
		else if (layout->zone == NULL && column->role == TICK_ROLE_TIME && strcmp(column->sql_type, "timestamptz") == 0)
			layout->zone = "UTC";
	}
}

LoadLayout *
LoadLayoutMake(const LoadReading *reading, const char *bytes, size_t length, bool complete)
{
	LoadLayout *layout = palloc0(sizeof(LoadLayout));
	int			i;

	LoadGuess(reading, bytes, length, complete, &layout->guess);
	layout->delimiter = layout->guess.delimiter;
	layout->quote = layout->guess.quote;
	layout->comment = layout->guess.comment;
	layout->header = layout->guess.header;
	layout->named = layout->guess.named;
	layout->skip_lines = layout->guess.skip_lines;
	layout->fields = layout->guess.fields;
	layout->day_capture = LoadFindCapture(reading, "date");
	layout->has_day = layout->day_capture >= 0 || reading->has_date;
	note_fields(layout);
	note_front(layout, bytes, length);
	/* fields, listed columns, symbol, date, captures */
	layout->column = palloc0((layout->fields + reading->column_list.items + 2 + TICK_PATH_CAPTURES) * sizeof(LoadColumn));
	if (reading->column_list.items > 0)
		LoadColumnsMake(layout, reading);
	else
	{
		if (layout->guess.ambiguous_day_month && layout->guess.rows > 0)
			LoadRefuseAmbiguous(layout);
		for (i = 0; i < layout->guess.columns; i++)
			LoadAddGuessed(layout, &layout->guess.column[i]);
	}
	refuse_said_twice(layout, reading);
	add_symbol(layout, reading);
	add_date(layout, reading);
	add_captures(layout, reading);
	apply_zone(layout, reading);
	/* blanks are no part of a name */
	for (i = 0; i < layout->columns; i++)
		if (layout->column[i].role == TICK_ROLE_SYMBOL)
			layout->column[i].trim = true;
	return layout;
}

/* Fields of the first record, by the layout's delimiter. */
static int
count_fields(const LoadLayout *layout, const char *bytes, size_t length)
{
	size_t		end = end_of_record(bytes, length, 0, layout->quote);
	bool		quoted = false;
	int			fields = 1;
	size_t		i;

	for (i = 0; i < end; i++)
	{
		if (bytes[i] == layout->quote && layout->quote != '\0')
			quoted = !quoted;
		else if (!quoted && bytes[i] == layout->delimiter)
			fields++;
	}
	return fields;
}

bool
LoadLayoutFits(const LoadLayout *layout, const LoadReading *reading,
			   const char *bytes, size_t length, bool complete)
{
	if (layout->front != NULL)
		return length >= layout->front_length && memcmp(bytes, layout->front, layout->front_length) == 0;
	/* an empty file has no layout of its own */
	return length == 0 || count_fields(layout, bytes, length) == layout->fields;
}

char *
LoadFieldName(const LoadLayout *layout, int field)
{
	if (field < layout->fields && layout->field[field].length > 0)
		return pnstrdup(layout->field[field].data, layout->field[field].length);
	return psprintf("$%d", field + 1);
}
