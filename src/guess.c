/*-------------------------------------------------------------------------
 *
 * guess.c
 *	  tick_guess() and tick_guess_ddl(): what a load would make of a source.
 *
 * Both look at the first file that holds anything, by the same code as the
 * loader, and change nothing.  tick_guess() holds a few other files of the
 * source against it: the last one and some between, as vendors change their
 * layouts over the years.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "load.h"
#include "load_create.h"

PG_FUNCTION_INFO_V1(tick_guess_file);
PG_FUNCTION_INFO_V1(tick_guess_ddl);

#define GUESS_COLUMNS 14
#define OTHER_FILES 8			/* held against the first, most */

/* The first file with any bytes, read ahead; *layout describes it. */
static LoadStream *
look_at(const LoadOptions *options, LoadFile *files, int count, LoadLayout **layout, LoadFile **file)
{
	int			i;

	for (i = 0; i < count; i++)
	{
		LoadStream *stream = LoadStreamOpenFile(&files[i]);

		CHECK_FOR_INTERRUPTS();
		LoadStreamLookAhead(stream, LOAD_GUESS_BYTES);
		if (stream->front_length > 0)
		{
			*file = &files[i];
			*layout = LoadLayoutMake(&options->reading, stream->front, stream->front_length, stream->complete);
			return stream;
		}
		LoadStreamClose(stream);
	}
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("\"%s\" is empty", options->source)));
}

/* ---- other files ---- */

/* What other files say against the first one's columns: a text a column of the guess, or NULL. */
typedef struct Doubts
{
	const TickGuess *guess;
	StringInfo *doubt;
} Doubts;

static void pg_attribute_printf(3, 4)
add_doubt(Doubts *doubts, int column, const char *format,...)
{
	StringInfo *doubt = &doubts->doubt[column];
	va_list		arguments;
	int			needed;

	if (*doubt == NULL)
		*doubt = makeStringInfo();
	else
		appendStringInfoString(*doubt, "; ");
	for (;;)
	{
		va_start(arguments, format);
		needed = appendStringInfoVA(*doubt, format, arguments);
		va_end(arguments);
		if (needed == 0)
			break;
		enlargeStringInfo(*doubt, needed);
	}
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The column of another file's guess that goes with one of the first: by name, or by position where names are missing. */
static const TickGuessColumn *
counterpart(const TickGuess *guess, const TickGuess *other, const TickGuessColumn *column)
{
	int			i;

	for (i = 0; i < other->columns; i++)
		if (guess->named && other->named ? pg_strcasecmp(other->column[i].field, column->field) == 0 :
			other->column[i].position == column->position)
			return &other->column[i];
	return NULL;
}

static void
compare_guesses(Doubts *doubts, const TickGuess *other, const char *file)
{
	const TickGuess *guess = doubts->guess;
	int			i;

	if (other->columns != guess->columns)
		add_doubt(doubts, 0, "file \"%s\" has %d fields", file, other->columns);
	if (other->delimiter != guess->delimiter && other->columns > 1 && guess->columns > 1)
		add_doubt(doubts, 0, "file \"%s\" has another delimiter", file);
	for (i = 0; i < guess->columns; i++)
	{
		const TickGuessColumn *column = &guess->column[i];
		const TickGuessColumn *match = counterpart(guess, other, column);

		if (match == NULL)
			add_doubt(doubts, i, "file \"%s\" has no such field", file);
		else if (match->distinct == 0 || column->distinct == 0)
			continue;
		else if (strcmp(match->sql_type, column->sql_type) != 0)
			add_doubt(doubts, i, "%s in file \"%s\", as \"%s\"", match->sql_type, file, match->sample[0]);
		else if (strcmp(match->format_word, column->format_word) != 0)
			add_doubt(doubts, i, "format %s in file \"%s\", as \"%s\"", match->format_word, file, match->sample[0]);
	}
}

static void
name_file(void *file)
{
	errcontext("file \"%s\"", (const char *) file);
}

/* Look at the last file and some between the first and it. */
static void
look_at_others(const LoadOptions *options, LoadFile *files, int count, const LoadFile *first, Doubts *doubts)
{
	int			behind = (int) (files + count - first) - 1;
	int			looks = Min(behind, OTHER_FILES);
	int			i;

	for (i = 1; i <= looks; i++)
	{
		const LoadFile *file = first + (int64) behind * i / looks;
		ErrorContextCallback callback = {error_context_stack, name_file, file->path};
		LoadStream *stream;
		TickGuess	other;

		CHECK_FOR_INTERRUPTS();
		error_context_stack = &callback;
		stream = LoadStreamOpen(file->path);
		LoadStreamLookAhead(stream, LOAD_GUESS_BYTES);
		LoadGuess(&options->reading, stream->front, stream->front_length, stream->complete, &other);
		if (other.rows > 0)
			compare_guesses(doubts, &other, base_name(file->path));
		LoadStreamClose(stream);
		error_context_stack = callback.previous;
	}
}

/* ---- tick_guess ---- */

/* A text of the file as the database can show it; NULL when it is empty. */
static Datum
shown(const char *text, bool *null)
{
	*null = text == NULL || text[0] == '\0';
	if (*null)
		return (Datum) 0;
	return CStringGetTextDatum(LoadPrintable((TickString) {text, (uint32_t) strlen(text)}, 1000));
}

/* Values of the file that are empty are values nevertheless. */
static Datum
samples_array(const TickGuessColumn *guess)
{
	Datum		values[TICK_GUESS_SAMPLES];
	int			i;

	for (i = 0; i < guess->samples; i++)
		values[i] = CStringGetTextDatum(LoadPrintable((TickString) {guess->sample[i], (uint32_t) strlen(guess->sample[i])},
													  1000));
	return PointerGetDatum(construct_array(values, guess->samples, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The evidence for a column. */
static void
put_evidence(const TickGuessColumn *guess, Datum *values, bool *nulls)
{
	values[6] = shown(guess->rule, &nulls[6]);
	values[7] = Int64GetDatum(guess->nulls);
	values[8] = Int64GetDatum(guess->distinct);
	values[9] = Int32GetDatum(guess->width);
	values[10] = shown(guess->min, &nulls[10]);
	values[11] = shown(guess->max, &nulls[11]);
	values[12] = samples_array(guess);
	values[13] = shown(guess->warning, &nulls[13]);
	memset(&nulls[7], false, 3 * sizeof(bool));
	nulls[12] = false;
}

/* One row: a column of the layout (or NULL: nothing is made of the field), and its evidence (or NULL). */
static void
put_row(ReturnSetInfo *result, const LoadLayout *layout, const Doubts *doubts, int field, const LoadColumn *column,
		const TickGuessColumn *guess)
{
	Datum		values[GUESS_COLUMNS] = {0};
	bool		nulls[GUESS_COLUMNS];

	memset(nulls, true, sizeof(nulls));
	if (field >= 0)
	{
		values[0] = Int32GetDatum(field + 1);
		nulls[0] = false;
		if (layout->field[field].length > 0)
			values[1] = shown(LoadFieldName(layout, field), &nulls[1]);
	}
	if (column != NULL && !column->checks_date)
	{
		values[2] = shown(column->name, &nulls[2]);
		values[3] = shown(column->sql_type, &nulls[3]);
		values[4] = shown(tick_role_name(column->role), &nulls[4]);
	}
	else if (guess != NULL)
		values[3] = shown(guess->sql_type, &nulls[3]);
	if (guess != NULL && guess->format_word[0] != '\0')
		values[5] = shown(guess->format_word, &nulls[5]);
	if (guess != NULL)
		put_evidence(guess, values, nulls);
	else
		values[6] = shown(layout->has_day && column != NULL && column->role == TICK_ROLE_TIME ?
						  "the date is given" : "given by path or argument", &nulls[6]);
	/* where columns says better, doubts are settled */
	if (column != NULL && column->listed)
		nulls[13] = true;
	else if (guess != NULL && doubts->doubt[guess - layout->guess.column] != NULL)
		values[13] = shown(psprintf("%s%s%s", guess->warning, guess->warning[0] != '\0' ? "; " : "",
									doubts->doubt[guess - layout->guess.column]->data), &nulls[13]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* The field that gives a column its value, or -1. */
static int
field_of(const LoadColumn *column)
{
	int			i;

	for (i = column->pieces - 1; i >= 0; i--)
		if (column->piece[i].kind == LOAD_PIECE_FIELD)
			return column->piece[i].number;
	return -1;
}

static const TickGuessColumn *
guess_of(const LoadLayout *layout, int field)
{
	int			i;

	for (i = 0; i < layout->guess.columns; i++)
		if (layout->guess.column[i].position == field + 1)
			return &layout->guess.column[i];
	return NULL;
}

Datum
tick_guess_file(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	LoadOptions options;
	LoadLayout *layout;
	LoadStream *stream;
	LoadFile   *files;
	LoadFile   *file;
	Doubts		doubts;
	int			count;
	int			field;
	int			i;

	LoadOptionsReadGuess(&options, fcinfo, false);
	InitMaterializedSRF(fcinfo, 0);
	files = LoadSourceFiles(&options, &count);
	stream = look_at(&options, files, count, &layout, &file);
	doubts.guess = &layout->guess;
	doubts.doubt = palloc0(sizeof(StringInfo) * Max(layout->guess.columns, 1));
	look_at_others(&options, files, count, file, &doubts);
	for (field = 0; field < layout->fields; field++)
	{
		bool		any = false;

		for (i = 0; i < layout->columns; i++)
			if (field_of(&layout->column[i]) == field)
			{
				put_row(result, layout, &doubts, field, &layout->column[i], guess_of(layout, field));
				any = true;
			}
		if (!any)
			put_row(result, layout, &doubts, field, NULL, guess_of(layout, field));
	}
	for (i = 0; i < layout->columns; i++)
		if (field_of(&layout->column[i]) < 0)
			put_row(result, layout, &doubts, -1, &layout->column[i], NULL);
	LoadStreamClose(stream);
	return (Datum) 0;
}

/* ---- tick_guess_ddl ---- */

static void
append_argument(StringInfo sql, const char *name, const char *value)
{
	if (value != NULL)
		appendStringInfo(sql, ", %s => %s", name, quote_literal_cstr(value));
}

static void
append_byte(StringInfo sql, const char *name, char value, char usual)
{
	char		text[2] = {value, '\0'};

	if (value != usual)
		append_argument(sql, name, text);
}

/* The call that loads the source into the table, with the options that were given. */
static void
append_load(StringInfo sql, const LoadOptions *options, const char *target)
{
	const LoadReading *reading = &options->reading;

	appendStringInfo(sql, "SELECT tick_load(%s, %s", quote_literal_cstr(options->source), quote_literal_cstr(target));
	append_argument(sql, "columns", reading->columns);
	append_argument(sql, "path", reading->path);
	append_argument(sql, "symbol", reading->symbol);
	if (reading->has_date)
	{
		int			year,
					month,
					day;

		tick_day_to_date(reading->day, &year, &month, &day);
		append_argument(sql, "date", psprintf("%04d-%02d-%02d", year, month, day));
	}
	append_argument(sql, "time_zone", reading->time_zone);
	append_byte(sql, "delimiter", reading->delimiter, '\0');
	if (reading->header != 0)
		append_argument(sql, "header", reading->header > 0 ? "true" : "false");
	append_byte(sql, "quote", reading->quote, '"');
	append_byte(sql, "escape", reading->escape, '\0');
	if (reading->null_as[0] != '\0')
		append_argument(sql, "null_as", reading->null_as);
	if (reading->encoding >= 0)
		append_argument(sql, "encoding", pg_encoding_to_char(reading->encoding));
	append_byte(sql, "comment", reading->comment, '\0');
	append_argument(sql, "trailer", reading->trailer);
	appendStringInfoString(sql, ");\n");
}

Datum
tick_guess_ddl(PG_FUNCTION_ARGS)
{
	LoadOptions options;
	LoadLayout *layout;
	LoadStream *stream;
	LoadFile   *files;
	LoadFile   *file;
	RangeVar   *target;
	StringInfoData sql;
	const char *name;
	int			count;
	Load	   *load;

	LoadOptionsReadGuess(&options, fcinfo, true);
	files = LoadSourceFiles(&options, &count);
	stream = look_at(&options, files, count, &layout, &file);
	target = LoadTargetName(&options, files, count);
	name = target->schemaname != NULL ? quote_qualified_identifier(target->schemaname, target->relname) :
		quote_identifier(target->relname);
	load = LoadBegin(&options, files, count, target);
	load->place.file = file;
	initStringInfo(&sql);
	appendStringInfo(&sql, "%s;\n", LoadCreateText(layout, &options, name, LoadChooseGrain(load, stream, layout)));
	append_load(&sql, &options, name);
	LoadStreamClose(stream);
	LoadEnd(load);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(sql.data, sql.len));
}
