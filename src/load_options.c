/*-------------------------------------------------------------------------
 *
 * load_options.c
 *	  The arguments of tick_load(), tick_load_each() and tick_guess(), checked.
 *
 * NULL means the default that sql.md gives, or a guess.  Everything that can
 * be refused without opening a file is refused here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "load_options.h"
#include "tick.h"
#include "timezone.h"

#define MOST_JOBS 64			/* files read at once, whatever is asked for: each has two threads */

/* A text argument, NULL when absent. */
static char *
text_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

/* A character that separates or marks; '\0' when absent. */
static char
byte_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	char	   *text = text_argument(fcinfo, argument);

	if (text == NULL || text[0] == '\0')
		return '\0';
	if (strcmp(text, "\\t") == 0 || pg_strcasecmp(text, "tab") == 0)
		return '\t';
	if (strlen(text) != 1 || (unsigned char) text[0] >= 0x80)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a single one-byte character", name)));
	if (text[0] == '\n' || text[0] == '\r')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s cannot be newline or carriage return", name)));
	return text[0];
}

/* Which of `words` (ended by NULL) an argument is; the first when it is absent. */
static int
word_argument(FunctionCallInfo fcinfo, int argument, const char *name, const char *const *words)
{
	char	   *text = text_argument(fcinfo, argument);
	StringInfoData known;
	int			i;

	if (text == NULL)
		return 0;
	for (i = 0; words[i] != NULL; i++)
		if (pg_strcasecmp(text, words[i]) == 0)
			return i;
	initStringInfo(&known);
	for (i = 0; words[i] != NULL; i++)
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", words[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized value for %s: \"%s\"", name, text),
			 errhint("Valid values are: %s.", known.data)));
}

/* header: a truth value, or a guess */
static int
header_argument(FunctionCallInfo fcinfo, int argument)
{
	char	   *text = text_argument(fcinfo, argument);
	bool		value;

	if (text == NULL || pg_strcasecmp(text, "guess") == 0)
		return 0;
	if (!parse_bool(text, &value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized value for header: \"%s\"", text),
				 errhint("Valid values are: true, false, guess.")));
	return value ? 1 : -1;
}

static int
encoding_argument(FunctionCallInfo fcinfo, int argument)
{
	char	   *text = text_argument(fcinfo, argument);
	int			encoding;

	if (text == NULL)
		return -1;
	encoding = pg_char_to_encoding(text);
	if (encoding < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not a valid encoding name", text)));
	return encoding;
}

/* A mistake in an argument, not in a file. */
static void
check_argument(TickStatus status, const TickError *error)
{
	if (status == TICK_BAD_INPUT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg_internal("%s", error->message),
				 error->detail[0] != '\0' ? errdetail_internal("%s", error->detail) : 0,
				 error->hint[0] != '\0' ? errhint("%s", error->hint) : 0));
	TickCheck(status, error);
}

/* Parse the small languages, so that a mistake is found before any file is opened. */
static void
parse_languages(LoadReading *reading)
{
	const TickMemory *memory = TickMemoryFor(CurrentMemoryContext);
	TickError	error = {0};

	if (reading->columns != NULL)
		check_argument(tick_columns_parse(reading->columns, memory, &reading->column_list, &error), &error);
	if (reading->path != NULL)
		check_argument(tick_path_parse(reading->path, memory, &reading->pattern, &error), &error);
}

static void
check_bytes(const LoadReading *reading)
{
	if (reading->delimiter != '\0' && reading->delimiter == reading->quote)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("delimiter and quote must be different")));
	if (reading->comment != '\0' && (reading->comment == reading->quote || reading->comment == reading->delimiter))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("comment must differ from delimiter and quote")));
	if (reading->escape != '\0' && reading->escape == reading->delimiter)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("delimiter and escape must be different")));
	/* as COPY has it: such a null could never be told from the fields around it */
	if (reading->delimiter != '\0' && strchr(reading->null_as, reading->delimiter) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("delimiter must not appear in null_as")));
	if (reading->quote != '\0' && strchr(reading->null_as, reading->quote) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quote must not appear in null_as")));
	if (strpbrk(reading->null_as, "\r\n") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("null_as cannot use newline or carriage return")));
}

/* The fourteen arguments from columns to trailer. */
static void
read_reading(LoadReading *reading, FunctionCallInfo fcinfo, int first)
{
	static const char *const formats[] = {"csv", NULL};

	reading->columns = text_argument(fcinfo, first);
	reading->path = text_argument(fcinfo, first + 1);
	reading->symbol = text_argument(fcinfo, first + 2);
	if (!PG_ARGISNULL(first + 3))
	{
		DateADT		date = PG_GETARG_DATEADT(first + 3);

		if (DATE_NOT_FINITE(date))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("date must be finite")));
		reading->has_date = true;
		reading->day = (int64) date + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;
	}
	reading->time_zone = text_argument(fcinfo, first + 4);
	if (reading->time_zone != NULL)
		(void) TickZoneByName(reading->time_zone);
	(void) word_argument(fcinfo, first + 5, "format", formats);
	reading->delimiter = byte_argument(fcinfo, first + 6, "delimiter");
	reading->header = header_argument(fcinfo, first + 7);
	reading->quote = PG_ARGISNULL(first + 8) ? '"' : byte_argument(fcinfo, first + 8, "quote");
	reading->escape = byte_argument(fcinfo, first + 9, "escape");
	reading->null_as = PG_ARGISNULL(first + 10) ? "" : text_argument(fcinfo, first + 10);
	reading->encoding = encoding_argument(fcinfo, first + 11);
	reading->comment = byte_argument(fcinfo, first + 12, "comment");
	reading->trailer = text_argument(fcinfo, first + 13);
	if (reading->trailer != NULL && reading->trailer[0] == '\0')
		reading->trailer = NULL;
	if (reading->symbol != NULL && strlen(reading->symbol) > TICK_MAX_SYMBOL_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("symbol is longer than %d bytes", TICK_MAX_SYMBOL_BYTES)));
	check_bytes(reading);
	parse_languages(reading);
}

static char *
source_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("source must not be null")));
	return text_argument(fcinfo, 0);
}

/* An empty text says no more than NULL. */
static char *
nonempty(char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

void
LoadOptionsRead(LoadOptions *options, FunctionCallInfo fcinfo, const char *function)
{
	static const char *const error_words[] = {"stop", "skip", "ignore", NULL};
	static const char *const file_error_words[] = {"stop", "skip", NULL};
	static const char *const loaded_words[] = {"skip", "error", "append", NULL};
	static const char *const replaces_words[] = {"none", "file", "symbols", "dates", "symbol_dates", "all", NULL};
	static const char *const missing_words[] = {"error", "null", NULL};

	memset(options, 0, sizeof(*options));
	options->expected.count = -1;
	options->function = function;
	options->functions = get_func_namespace(fcinfo->flinfo->fn_oid);
	options->source = source_argument(fcinfo);
	options->target = nonempty(text_argument(fcinfo, 1));
	read_reading(&options->reading, fcinfo, 2);
	options->partition_by = nonempty(text_argument(fcinfo, 16));
	options->stats_where = nonempty(text_argument(fcinfo, 17));
	options->skip_errors = word_argument(fcinfo, 18, "on_error", error_words) > 0;
	options->reject_limit = PG_ARGISNULL(19) ? 1000 : PG_GETARG_INT64(19);
	if (options->reject_limit < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reject_limit must not be negative")));
	options->skip_files = word_argument(fcinfo, 20, "on_file_error", file_error_words) > 0;
	options->if_loaded = word_argument(fcinfo, 21, "if_loaded", loaded_words);
	options->replaces = word_argument(fcinfo, 22, "replaces", replaces_words);
	options->missing_null = word_argument(fcinfo, 23, "missing", missing_words) > 0;
	options->finalize = PG_ARGISNULL(24) || PG_GETARG_BOOL(24);
	options->jobs = PG_ARGISNULL(25) ? Max(tick_threads / 2, 1) : PG_GETARG_INT32(25);
	if (options->jobs < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("jobs must be at least 1")));
	options->jobs = Min(options->jobs, MOST_JOBS);
}

void
LoadOptionsReadBatches(LoadOptions *options, FunctionCallInfo fcinfo)
{
	int			at = LOAD_ARGUMENTS;

	options->batches = true;
	options->commits = true;
	/* bad files never stop it */
	options->skip_files = true;
	options->batch_bytes = INT64CONST(2) << 30;
	if (!PG_ARGISNULL(at))
		options->batch_bytes = DatumGetInt64(DirectFunctionCall1(pg_size_bytes, PG_GETARG_DATUM(at)));
	if (options->batch_bytes < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("batch_size must be positive")));
	LoadOptionsReadRetries(options, fcinfo, at + 1, 3);
}

void
LoadOptionsReadRetries(LoadOptions *options, FunctionCallInfo fcinfo, int at, int usual)
{
	options->retries = PG_ARGISNULL(at) ? usual : PG_GETARG_INT32(at);
	if (options->retries < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retries must not be negative")));
	options->retry_pause_ms = 60000;
	if (!PG_ARGISNULL(at + 1))
	{
		Interval   *pause = PG_GETARG_INTERVAL_P(at + 1);

		options->retry_pause_ms = pause->time / 1000 + (int64) pause->day * SECS_PER_DAY * 1000;
		if (options->retry_pause_ms < 0 || pause->month != 0 || pause->day > 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("retry_pause must be between zero and one day")));
	}
}

void
LoadOptionsReadGuess(LoadOptions *options, FunctionCallInfo fcinfo, bool ddl)
{
	memset(options, 0, sizeof(*options));
	options->expected.count = -1;
	options->function = ddl ? "tick_guess_ddl" : "tick_guess";
	options->source = source_argument(fcinfo);
	if (ddl)
	{
		options->target = nonempty(text_argument(fcinfo, 1));
		options->partition_by = nonempty(text_argument(fcinfo, 16));
		options->stats_where = nonempty(text_argument(fcinfo, 17));
	}
	read_reading(&options->reading, fcinfo, ddl ? 2 : 1);
}
