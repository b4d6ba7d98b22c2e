/*-------------------------------------------------------------------------
 *
 * load_columns.c
 *	  The columns argument against a file's fields.
 *
 * Without a header items are positional: an item without source takes the
 * field after the last one used, "-" passes one over, and $N continues from
 * N.  With a header items go by name.  What an item leaves open (type, role,
 * format) comes from the guess of its field; "..." keeps the fields that no
 * item mentions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "parser/parse_type.h"

#include "dataset.h"
#include "load_columns.h"
#include "tick.h"

static char *
text_of(TickString string)
{
	return pnstrdup(string.data, string.length);
}

static bool
same_text(TickString a, const char *b)
{
	return a.length == strlen(b) && memcmp(a.data, b, a.length) == 0;
}

/* ---- what the list says before the file is looked at ---- */

/* The field (from 1) of each item of a file without header; 0 for items that take none. */
static int
positional_field(const TickColumnItem *item, int *next)
{
	int			field = 0;
	int			i;

	if (item->rest)
		return 0;
	if (item->sources == 0)
		return (*next)++;
	for (i = 0; i < item->sources; i++)
		if (item->source[i].kind == TICK_FIELD_POSITION)
			field = item->source[i].number;
	if (field > 0)
		*next = field + 1;
	return field;
}

int
LoadListedNames(const TickColumnList *list, TickString *names)
{
	int			next = 1;
	int			count = 0;
	int			i;

	for (i = 0; i < list->items; i++)
	{
		const TickColumnItem *item = &list->item[i];
		int			field = positional_field(item, &next);

		if (field < 1 || field > TICK_MAX_COLUMNS || item->skip)
			continue;
		names[field - 1] = item->name;
		count = Max(count, field);
	}
	return count;
}

bool
LoadListsRole(const TickColumnList *list, TickRole role)
{
	int			i;

	for (i = 0; i < list->items; i++)
		if (list->item[i].role == role)
			return true;
	return false;
}

bool
LoadListsCapture(const TickColumnList *list, const char *name)
{
	int			i,
				j;

	for (i = 0; i < list->items; i++)
		for (j = 0; j < list->item[i].sources; j++)
			if (list->item[i].source[j].kind == TICK_FIELD_CAPTURE && same_text(list->item[i].source[j].text, name))
				return true;
	return false;
}

/* ---- sources ---- */

static void
refuse_missing_field(const LoadLayout *layout, const char *name)
{
	StringInfoData fields;
	int			i;

	initStringInfo(&fields);
	for (i = 0; i < layout->fields; i++)
		appendStringInfo(&fields, "%s%s", i > 0 ? ", " : "", LoadFieldName(layout, i));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the header has no field \"%s\"", name),
			 errdetail("Its fields are: %s.", fields.data)));
}

/* Index of the header's field of this name: as written, in any case, or as a column is named after it. */
static int
find_field(const LoadLayout *layout, TickString name, bool quoted)
{
	char	   *text = text_of(name);
	int			i;

	for (i = 0; i < layout->fields; i++)
		if (tick_string_compare(layout->field[i], name) == 0)
			return i;
	for (i = 0; i < layout->fields && !quoted; i++)
		if (layout->field[i].length == name.length && pg_strncasecmp(layout->field[i].data, name.data, name.length) == 0)
			return i;
	for (i = 0; i < layout->fields && !quoted; i++)
	{
		char		made[64];

		tick_make_column_name(layout->field[i], i + 1, NULL, 0, made);
		if (layout->field[i].length > 0 && strcmp(made, text) == 0)
			return i;
	}
	return -1;
}

static int
check_position(const LoadLayout *layout, int position)
{
	if (position > layout->fields && layout->fields > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("columns names field $%d, but the file has %d fields", position, layout->fields)));
	return position - 1;
}

/*
 * Names of a header that does not fit the rows were laid over them with some
 * luck: they serve when they are all that plain items need.
 */
static bool
goes_by_name(const LoadLayout *layout, const LoadReading *reading)
{
	int			i;

	for (i = 0; i < reading->column_list.items && layout->named; i++)
	{
		const TickColumnItem *item = &reading->column_list.item[i];

		if (item->skip ||
			(!item->rest && item->sources == 0 && find_field(layout, item->name, false) < 0 &&
			 LoadFindCapture(reading, text_of(item->name)) < 0))
			return false;
	}
	return layout->named;
}

/* An item without source: by name under a header (or of the path), else the next field. */
static void
add_plain_source(LoadLayout *layout, const LoadReading *reading, const TickColumnItem *item,
				 LoadColumn *column, int *next)
{
	int			field;
	int			capture;

	if (layout->header || goes_by_name(layout, reading))
	{
		field = find_field(layout, item->name, false);
		capture = LoadFindCapture(reading, column->name);
		if (field < 0 && capture >= 0)
		{
			LoadAddCapture(column, capture);
			return;
		}
		if (field < 0)
			refuse_missing_field(layout, column->name);
	}
	else
		field = check_position(layout, (*next)++);
	LoadAddField(column, field, LoadGuessOfField(layout, field));
}

static void
add_source(LoadLayout *layout, const LoadReading *reading, const TickFieldSource *source,
		   LoadColumn *column, int *next)
{
	int			number;

	switch (source->kind)
	{
		case TICK_FIELD_HEADER:
			if (!layout->named)
				ereport(ERROR,
						(errcode(ERRCODE_UNDEFINED_COLUMN),
						 errmsg("columns names field \"%s\", but the file has no header", text_of(source->text)),
						 errhint("Number the fields $1, $2, ..., or set header to true.")));
			number = find_field(layout, source->text, source->quoted);
			if (number < 0)
				refuse_missing_field(layout, text_of(source->text));
			LoadAddField(column, number, LoadGuessOfField(layout, number));
			break;
		case TICK_FIELD_POSITION:
			number = check_position(layout, source->number);
			*next = source->number + 1;
			LoadAddField(column, number, LoadGuessOfField(layout, number));
			break;
		case TICK_FIELD_CAPTURE:
			number = LoadFindCapture(reading, text_of(source->text));
			if (number < 0)
				ereport(ERROR,
						(errcode(ERRCODE_UNDEFINED_COLUMN),
						 errmsg("columns uses {%s}, but path has no such capture", text_of(source->text))));
			LoadAddCapture(column, number);
			break;
		case TICK_FIELD_CONSTANT:
			LoadAddConstant(column, source->text);
			break;
	}
}

/* The piece that gives the value: the last one that is a field, else the last. */
static const LoadPiece *
main_piece(const LoadColumn *column)
{
	int			i;

	for (i = column->pieces - 1; i >= 0; i--)
		if (column->piece[i].kind == LOAD_PIECE_FIELD)
			return &column->piece[i];
	return &column->piece[column->pieces - 1];
}

/* ---- formats and types ---- */

/*
 * One format for several pieces: a pattern of date and time spells them all
 * together, one of a date is the first piece's; others are the last one's,
 * a time of day.  Pieces that it does not speak of keep their own.
 */
static void
apply_format(LoadColumn *column, const TickColumnItem *item)
{
	bool		date = false;
	bool		time = false;

	if (!item->has_format)
		return;
	if (item->format.kind == TICK_FORMAT_PATTERN)
		tick_pattern_says(&item->format, &date, &time);
	if (date && column->pieces > 1)
	{
		column->joined = time;
		column->piece[0].format = item->format;
	}
	else
		column->piece[column->pieces - 1].format = item->format;
}

/* The field's day and month cannot be told apart, and no format was given. */
static void
refuse_ambiguous_piece(const LoadLayout *layout, const LoadColumn *column, const TickColumnItem *item)
{
	int			i;

	if (!layout->guess.ambiguous_day_month || item->has_format || column->type == TICK_TEXT)
		return;
	for (i = 0; i < column->pieces; i++)
		if (column->piece[i].kind == LOAD_PIECE_FIELD &&
			strcmp(LoadFieldName(layout, column->piece[i].number), layout->guess.ambiguous_field) == 0)
			LoadRefuseAmbiguous(layout);
}

/* What a piece says of a date and a time of day, by its first values. */
static void
piece_parts(const LoadLayout *layout, const LoadReading *reading, const LoadPiece *piece, bool *has_date, bool *has_time)
{
	const TickGuessColumn *guess;
	TickTimeParts parts;
	int			i;

	if (piece->kind == LOAD_PIECE_CAPTURE)
		*has_date |= tick_path_capture_is_date(reading->pattern, piece->number);
	if (piece->kind == LOAD_PIECE_CONSTANT && tick_parse_time_parts(piece->text, &piece->format, &parts) == TICK_OK)
	{
		*has_date |= parts.has_date;
		*has_time |= parts.has_time;
	}
	if (piece->kind != LOAD_PIECE_FIELD)
		return;
	guess = LoadGuessOfField(layout, piece->number);
	for (i = 0; guess != NULL && i < guess->samples; i++)
	{
		TickString	sample = {guess->sample[i], strlen(guess->sample[i])};

		if (tick_parse_time_parts(tick_trim(sample), &piece->format, &parts) == TICK_OK)
		{
			*has_date |= parts.has_date;
			*has_time |= parts.has_time;
			return;
		}
	}
	/* no value to go by */
	*has_time |= piece->format.kind != TICK_FORMAT_ISO;
	*has_date |= piece->format.kind == TICK_FORMAT_EPOCH || piece->format.kind == TICK_FORMAT_PATTERN;
}

bool
LoadColumnHasDate(const LoadLayout *layout, const LoadReading *reading, const LoadColumn *column)
{
	bool		has_date = column->joined;
	bool		has_time = false;
	int			i;

	for (i = 0; i < column->pieces && !has_date; i++)
		piece_parts(layout, reading, &column->piece[i], &has_date, &has_time);
	return has_date;
}

static void
set_type(LoadColumn *column, TickType type, const char *sql_type)
{
	column->type = type;
	column->sql_type = pstrdup(sql_type);
}

/* A column of dates or times: which of them, by what its pieces say. */
static bool
infer_time(const LoadLayout *layout, const LoadReading *reading, LoadColumn *column)
{
	bool		has_date = false;
	bool		has_time = false;
	bool		has_offset = column->guess != NULL && strcmp(column->guess->sql_type, "timestamptz") == 0;
	int			i;

	for (i = 0; i < column->pieces; i++)
		if (!column->joined || i == 0)
			piece_parts(layout, reading, &column->piece[i], &has_date, &has_time);
	if (column->joined)
		has_date = has_time = true;
	if (has_time && (has_date || layout->has_day))
		set_type(column, TICK_STAMP, has_offset ? "timestamptz" : "timestamp");
	else if (has_time)
		set_type(column, TICK_TIME, "time");
	else if (has_date)
		set_type(column, TICK_DATE, "date");
	return has_date || has_time;
}

static bool
is_time_type(TickType type)
{
	return type == TICK_DATE || type == TICK_TIME || type == TICK_STAMP;
}

/* The type that the item names, or the one its field seems to have. */
static void
choose_type(const LoadLayout *layout, const LoadReading *reading, const TickColumnItem *item, LoadColumn *column)
{
	if (item->type.length > 0)
	{
		Oid			type;
		int32		typmod;
		uint8		scale;

		column->sql_type = text_of(item->type);
		parseTypeString(column->sql_type, &type, &typmod, false);
		if (!TickTypeForSql(type, typmod, &column->type, &scale))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					 errmsg("column \"%s\" has type %s, which a dataset cannot hold", column->name, column->sql_type)));
		return;
	}
	set_type(column, TICK_TEXT, "text");
	if (item->role == TICK_ROLE_SYMBOL)
		return;
	if (item->has_scale || (item->marks != TICK_MARKS_NONE && (column->guess == NULL || column->guess->type != TICK_INT)))
		set_type(column, TICK_DOUBLE, "double precision");
	else if (item->has_format || (column->guess != NULL && is_time_type(column->guess->type)))
		(void) infer_time(layout, reading, column);
	else if (column->guess != NULL && column->pieces == 1)
		set_type(column, column->guess->type, column->guess->sql_type);
	else if (column->pieces == 1 && column->piece[0].kind == LOAD_PIECE_CAPTURE &&
			 tick_path_capture_is_date(reading->pattern, column->piece[0].number))
		set_type(column, TICK_DATE, "date");
}

/* May a column of this type have the role? */
static bool
role_suits(TickRole role, TickType type)
{
	if (role == TICK_ROLE_SYMBOL)
		return type == TICK_TEXT;
	if (role == TICK_ROLE_TIME)
		return type == TICK_STAMP || type == TICK_DATE;
	return type == TICK_INT || type == TICK_DOUBLE || type == TICK_DECIMAL;
}

static bool
role_is_taken(const LoadLayout *layout, const LoadColumn *column, TickRole role)
{
	int			i;

	for (i = 0; i < layout->columns; i++)
		if (&layout->column[i] != column && layout->column[i].role == role)
			return true;
	return false;
}

/* The name under which the dataset records the field. */
static void
record_field(const LoadLayout *layout, LoadColumn *column)
{
	const LoadPiece *piece = main_piece(column);
	int			i;

	strlcpy(column->field, column->name, sizeof(column->field));
	if (piece->kind != LOAD_PIECE_FIELD || !layout->named || layout->field[piece->number].length == 0)
		return;
	strlcpy(column->field, LoadFieldName(layout, piece->number), sizeof(column->field));
	for (i = 0; i < layout->columns; i++)
		if (&layout->column[i] != column && strcmp(layout->column[i].field, column->field) == 0)
			strlcpy(column->field, column->name, sizeof(column->field));
}

/* Are the digits of a number, by the format that it is said to have, finer than microseconds? */
static bool
says_nanoseconds(const LoadColumn *column)
{
	const TickTimeFormat *format = &main_piece(column)->format;
	int			digits = column->guess->fraction_digits;
	int64		unit;

	if (format->kind != TICK_FORMAT_EPOCH && format->kind != TICK_FORMAT_MIDNIGHT && format->kind != TICK_FORMAT_CLOCK)
		return false;
	for (unit = format->unit_ns; unit < TICK_NS_PER_SECOND; unit *= 10)
		digits++;
	return digits > 6;
}

static void
add_item(LoadLayout *layout, const LoadReading *reading, const TickColumnItem *item, int *next)
{
	char	   *name = text_of(item->name);
	LoadColumn *column;
	const LoadPiece *piece;
	int			i;

	for (i = 0; i < layout->columns; i++)
		if (strcmp(layout->column[i].name, name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("columns names column \"%s\" twice", name)));
	column = LoadAddColumn(layout, name);
	column->listed = true;
	if (item->sources == 0)
		add_plain_source(layout, reading, item, column, next);
	for (i = 0; i < item->sources; i++)
		add_source(layout, reading, &item->source[i], column, next);
	piece = main_piece(column);
	if (piece->kind == LOAD_PIECE_FIELD)
		column->guess = LoadGuessOfField(layout, piece->number);
	apply_format(column, item);
	choose_type(layout, reading, item, column);
	refuse_ambiguous_piece(layout, column, item);
	column->role = item->role;
	if (column->guess != NULL)
	{
		column->trim = column->guess->trim;
		column->nanoseconds = column->type == TICK_STAMP && (column->guess->nanoseconds || says_nanoseconds(column));
	}
	column->marks = item->marks != TICK_MARKS_NONE || column->guess == NULL ? item->marks : column->guess->marks;
	column->upper = item->upper;
	column->lower = item->lower;
	column->power = item->has_scale ? item->power : 0;
	column->has_null = item->has_null;
	column->null_as = item->null_as;
	column->zone = item->zone.length > 0 ? text_of(item->zone) : NULL;
	if (column->zone == NULL && column->guess != NULL && strcmp(column->sql_type, "timestamptz") == 0)
		LoadTakeZone(column);
	record_field(layout, column);
}

static bool
field_is_used(const LoadLayout *layout, int field)
{
	int			i,
				j;

	for (i = 0; i < layout->columns; i++)
		for (j = 0; j < layout->column[i].pieces; j++)
			if (layout->column[i].piece[j].kind == LOAD_PIECE_FIELD && layout->column[i].piece[j].number == field)
				return true;
	return false;
}

/*
 * "...": the fields that no item mentions.  Half of a pair whose other half
 * is listed stands alone.
 */
static void
add_rest(LoadLayout *layout)
{
	int			i,
				j;

	for (i = 0; i < layout->guess.columns; i++)
	{
		TickGuessColumn guess = layout->guess.column[i];

		if (field_is_used(layout, guess.position - 1))
			continue;
		if (guess.joined_with > 0 && field_is_used(layout, guess.joined_with - 1))
		{
			guess.joined_with = 0;
			guess.type = TICK_TIME;
			guess.sql_type = "time";
			guess.role = TICK_ROLE_NONE;
		}
		for (j = 0; j < layout->guess.columns; j++)
			if (layout->guess.column[j].joined_with == guess.position &&
				field_is_used(layout, layout->guess.column[j].position - 1))
				guess.dropped = false;
		if (guess.role != TICK_ROLE_NONE && role_is_taken(layout, NULL, guess.role))
			guess.role = TICK_ROLE_NONE;
		LoadAddGuessed(layout, memcpy(palloc(sizeof(guess)), &guess, sizeof(guess)));
	}
}

/* Roles that the list leaves open: as guessed where they fit, and a time if there is any. */
static void
fill_roles(LoadLayout *layout)
{
	int			i;

	for (i = 0; i < layout->columns; i++)
	{
		LoadColumn *column = &layout->column[i];

		if (column->role == TICK_ROLE_NONE && column->guess != NULL && column->listed &&
			role_suits(column->guess->role, column->type) && !role_is_taken(layout, column, column->guess->role))
			column->role = column->guess->role;
	}
	for (i = 0; i < layout->columns && !role_is_taken(layout, NULL, TICK_ROLE_TIME); i++)
		if (layout->column[i].type == TICK_STAMP && layout->column[i].role == TICK_ROLE_NONE)
			layout->column[i].role = TICK_ROLE_TIME;
	for (i = 0; i < layout->columns && !layout->has_day && !role_is_taken(layout, NULL, TICK_ROLE_TIME); i++)
		if (layout->column[i].type == TICK_DATE && layout->column[i].role == TICK_ROLE_NONE)
			layout->column[i].role = TICK_ROLE_TIME;
}

void
LoadColumnsMake(LoadLayout *layout, const LoadReading *reading)
{
	int			next = 1;
	bool		rest = false;
	int			i;

	for (i = 0; i < reading->column_list.items; i++)
	{
		const TickColumnItem *item = &reading->column_list.item[i];

		if (item->rest)
			rest = true;
		else if (item->skip)
			next++;
		else
			add_item(layout, reading, item, &next);
	}
	if (rest)
		add_rest(layout);
	fill_roles(layout);
}
