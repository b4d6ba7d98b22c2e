/*-------------------------------------------------------------------------
 *
 * load_reject.c
 *	  Records that break the rules: an ERROR in COPY's words, or a row of
 *	  tick.load_reject.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/value.h"
#include "load.h"
#include "load_hint.h"

#define SHOWN_BYTES 100			/* of a value, in messages */
#define KEPT_VALUE_BYTES 255	/* of a value, in tick.load_reject */
#define KEPT_RAW_BYTES 1000		/* of a record there */
#define REJECTS_AT_ONCE 1000	/* rows inserted together */

/* Rejects of the file at hand that are not inserted yet. */
struct LoadRejects
{
	MemoryContext context;
	int			count;
	TickRejectEntry entry[REJECTS_AT_ONCE];
};

/* What a fault amounts to. */
typedef struct Verdict
{
	int			sqlstate;
	char	   *reason;
	char	   *hint;			/* or NULL */
	const char *column;			/* or NULL */
	char	   *value;			/* or NULL */
} Verdict;

/*
 * A text as a message may show it: cut at a character's border, bytes that
 * are not of the database's encoding written as \xNN.
 */
char *
LoadPrintable(TickString text, int limit)
{
	StringInfoData shown;
	bool		cut = text.length > (uint32) limit;
	uint32		length = cut ? (uint32) limit : text.length;
	uint32		i;

	initStringInfo(&shown);
	if (cut)
		length = pg_encoding_mbcliplen(GetDatabaseEncoding(), text.data, (int) Min(text.length, (uint32) limit + 8), limit);
	if (length > 0 && pg_verify_mbstr(GetDatabaseEncoding(), text.data, length, true))
		appendBinaryStringInfo(&shown, text.data, length);
	else
		for (i = 0; i < length; i++)
		{
			unsigned char c = (unsigned char) text.data[i];

			if (c == '\0' || c >= 0x80)
				appendStringInfo(&shown, "\\x%02x", c);
			else
				appendStringInfoChar(&shown, (char) c);
		}
	if (cut)
		appendStringInfoString(&shown, "...");
	return shown.data;
}

/* The SQL name of the type that a plan's column is parsed to. */
static const char *
column_type(const Load *load, int column)
{
	int			target = load->binding->column[column].target;
	const TickAttribute *attribute;

	if (target < 0)
		return "date";
	attribute = LoadAttributeOf(load->dataset, target);
	return format_type_with_typemod(attribute->type, attribute->typmod);
}

static bool
is_time(const TickParseColumn *spec)
{
	return spec->type == TICK_DATE || spec->type == TICK_TIME || spec->type == TICK_STAMP;
}

/* Faults of the record's form. */
static void
judge_record(const Load *load, TickParseFault fault, TickCsvFault csv_fault, uint32 fields, TickString raw, Verdict *verdict)
{
	if (fault != TICK_FAULT_CSV)
		verdict->hint = LoadHintOfRecord(load->layout, raw);
	verdict->sqlstate = ERRCODE_BAD_COPY_FILE_FORMAT;
	if (fault == TICK_FAULT_FEW_FIELDS)
		verdict->reason = psprintf("missing data for column \"%s\"", LoadFieldName(load->layout, fields));
	else if (fault == TICK_FAULT_MANY_FIELDS)
		verdict->reason = "extra data after last expected column";
	else
		switch (csv_fault)
		{
			case TICK_CSV_TOO_LONG:
				verdict->reason = psprintf("line is longer than %d bytes", tick_max_line);
				verdict->hint = "Raise tick.max_line, or look for a quote that is never closed.";
				break;
			case TICK_CSV_UNTERMINATED:
				verdict->reason = "unterminated CSV quoted field";
				break;
			case TICK_CSV_NUL:
				verdict->sqlstate = ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
				verdict->reason = psprintf("invalid byte sequence for encoding \"%s\": 0x00", GetDatabaseEncodingName());
				break;
			default:
				verdict->reason = "data after the closing quote of a field";
				verdict->hint = "Give quote => '' if quotes are plain characters in this file.";
				break;
		}
}

/* Faults of one value. */
static void
judge_value(const Load *load, const TickIntakeReject *reject, Verdict *verdict)
{
	const TickParseColumn *spec = &load->binding->column[reject->column];
	char	   *value = LoadPrintable(reject->value, SHOWN_BYTES);
	const char *type = column_type(load, reject->column);

	switch (reject->fault)
	{
		case TICK_FAULT_SYNTAX:
			verdict->sqlstate = is_time(spec) ? ERRCODE_INVALID_DATETIME_FORMAT : ERRCODE_INVALID_TEXT_REPRESENTATION;
			verdict->reason = psprintf("invalid input syntax for type %s: \"%s\"", type, value);
			verdict->hint = LoadHintOfValue(load->binding, reject->column, reject->value, reject->raw, load->created);
			break;
		case TICK_FAULT_RANGE:
			verdict->sqlstate = is_time(spec) ? ERRCODE_DATETIME_FIELD_OVERFLOW : ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
			verdict->reason = is_time(spec) ? psprintf("date/time field value out of range: \"%s\"", value) :
				psprintf("value \"%s\" is out of range for type %s", value, type);
			if (!is_time(spec))
				verdict->hint = LoadHintOfValue(load->binding, reject->column, reject->value, reject->raw, load->created);
			break;
		case TICK_FAULT_NULL:
			verdict->sqlstate = ERRCODE_NOT_NULL_VIOLATION;
			verdict->reason = psprintf("null value in column \"%s\" of dataset \"%s\" violates not-null constraint",
									   verdict->column, load->dataset->name);
			break;
		case TICK_FAULT_ENCODING:
			verdict->sqlstate = ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
			verdict->reason = psprintf("invalid byte sequence for encoding \"%s\"",
									   pg_encoding_to_char(load->binding->file_encoding));
			verdict->hint = "Name the file's encoding in encoding, or load with on_error => 'skip'.";
			break;
		case TICK_FAULT_TOO_LONG:
			verdict->sqlstate = ERRCODE_STRING_DATA_RIGHT_TRUNCATION;
			verdict->reason = spec->is_symbol && spec->max_chars == 0 ?
				psprintf("symbol is longer than %d bytes", TICK_MAX_SYMBOL_BYTES) :
				psprintf("value too long for type %s", type);
			break;
		case TICK_FAULT_NO_DATE:
			verdict->sqlstate = ERRCODE_INVALID_DATETIME_FORMAT;
			verdict->reason = psprintf("no date in value for type %s: \"%s\"", type, value);
			verdict->hint = "Give the date by date, path or columns.";
			break;
		case TICK_FAULT_OTHER_DAY:
			verdict->sqlstate = ERRCODE_DATETIME_FIELD_OVERFLOW;
			verdict->reason = psprintf("date \"%s\" is not the day of the row's time", value);
			break;
		case TICK_FAULT_OFFSET:
			verdict->sqlstate = ERRCODE_INVALID_DATETIME_FORMAT;
			verdict->reason = psprintf("time zone offset in value for type %s: \"%s\"", type, value);
			verdict->hint = "Load into a column of type timestamptz: give time_zone.";
			break;
		default:
			verdict->sqlstate = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
			verdict->reason = psprintf("value of column \"%s\" is beyond what partitions can number", verdict->column);
			break;
	}
}

/* A CHECK constraint that refused the row. */
static void
judge_check(const Load *load, uint32 record, Verdict *verdict)
{
	verdict->sqlstate = ERRCODE_CHECK_VIOLATION;
	verdict->reason = psprintf("new row for dataset \"%s\" violates check constraint \"%s\"",
							   load->dataset->name, LoadCheckBroken(load->check, record));
}

static void
judge(const Load *load, const TickIntakeReject *reject, Verdict *verdict)
{
	memset(verdict, 0, sizeof(*verdict));
	if (reject->fault == TICK_FAULT_CHECK)
		judge_check(load, reject->record, verdict);
	else if (reject->column < 0)
		judge_record(load, reject->fault, reject->csv_fault, reject->fields, reject->raw, verdict);
	else
	{
		verdict->column = LoadBoundName(load->binding, reject->column);
		if (reject->value.data != NULL)
			verdict->value = LoadPrintable(reject->value, KEPT_VALUE_BYTES);
		judge_value(load, reject, verdict);
	}
}

/* The place of a reject, for the error context. */
static void
point_at(Load *load, const TickIntakeReject *reject, const Verdict *verdict)
{
	load->place.line = reject->line;
	load->place.column = verdict->column;
	load->place.value = verdict->value;
}

static void
raise_reject(Load *load, const TickIntakeReject *reject, const Verdict *verdict)
{
	point_at(load, reject, verdict);
	ereport(ERROR,
			(errcode(verdict->sqlstate),
			 errmsg_internal("%s", verdict->reason),
			 verdict->hint != NULL ? errhint("%s", verdict->hint) : 0));
}

static void
raise_limit(Load *load, const TickIntakeReject *reject, const Verdict *verdict)
{
	point_at(load, reject, verdict);
	ereport(ERROR,
			(errcode(verdict->sqlstate),
			 errmsg("more than %lld rows of the file are rejected", (long long) load->options->reject_limit),
			 errdetail("The last one: %s.", verdict->reason),
			 errhint("Raise reject_limit to load the rest nevertheless.")));
}

static void
keep_reject(Load *load, const TickIntakeReject *reject, const Verdict *verdict)
{
	TickRejectEntry *entry = &load->rejects->entry[load->rejects->count++];

	entry->load = load->place.file->load;
	entry->dataset = load->dataset->relid;
	entry->file = load->place.file->path;
	entry->line = (int64) reject->line;
	entry->column = verdict->column;
	entry->value = verdict->value;
	entry->reason = verdict->reason;
	entry->raw = LoadPrintable(reject->raw, KEPT_RAW_BYTES);
}

/* Is the record the header once more, as where files were written one behind the other? */
static bool
is_header_again(const LoadLayout *layout, TickString raw)
{
	size_t		length = layout->front_length;

	if (!layout->header || raw.length == 0 || raw.length >= TICK_REJECT_BYTES)
		return false;
	while (length > 0 && (layout->front[length - 1] == '\n' || layout->front[length - 1] == '\r'))
		length--;
	if (length < raw.length || memcmp(layout->front + length - raw.length, raw.data, raw.length) != 0)
		return false;
	length -= raw.length;
	return length == 0 || strchr("\r\n\xBF", layout->front[length - 1]) != NULL;
}

void
LoadTakeRejects(Load *load, const TickRowBlock *block)
{
	MemoryContext old;
	uint32		i;

	if (load->rejects == NULL)
	{
		load->rejects = MemoryContextAllocZero(load->context, sizeof(LoadRejects));
		load->rejects->context = AllocSetContextCreate(load->context, "tick rejects", ALLOCSET_DEFAULT_SIZES);
	}
	old = MemoryContextSwitchTo(load->rejects->context);
	for (i = 0; i < block->rejects; i++)
	{
		const TickIntakeReject *reject = &block->reject[i];
		Verdict		verdict;

		if (is_header_again(load->layout, reject->raw))
		{
			load->place.file->header += reject->lines;
			continue;
		}
		/* before the next is judged: its texts are of the same context */
		if (load->rejects->count == REJECTS_AT_ONCE)
			LoadFlushRejects(load);
		judge(load, reject, &verdict);
		if (!load->options->skip_errors)
			raise_reject(load, reject, &verdict);
		if (load->place.file->rejected + 1 > load->options->reject_limit)
			raise_limit(load, reject, &verdict);
		keep_reject(load, reject, &verdict);
		load->place.file->rejected++;
		load->place.file->rejected_lines += reject->lines;
	}
	MemoryContextSwitchTo(old);
}

void
LoadRefuseNothingGood(const Load *load)
{
	const LoadFile *file = load->place.file;
	const TickRejectEntry *last = load->rejects->count > 0 ? &load->rejects->entry[load->rejects->count - 1] : NULL;

	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("all %lld rows of file \"%s\" are rejected", (long long) file->rejected, file->path),
			 last != NULL ? errdetail("The last one, line %lld: %s.", (long long) last->line, last->reason) : 0,
			 errhint("See what tick_guess() says of the file.")));
}

void
LoadRefuseUnguessed(Load *load, const TickCsvRecord *record)
{
	Verdict		verdict = {0};

	load->place.line = record->line;
	if (record->fault == TICK_CSV_GOOD)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("the first %d bytes of the file hold no row to guess a dataset from", LOAD_GUESS_BYTES),
				 errhint("Create the dataset with CREATE FOREIGN TABLE, and load the file into it.")));
	judge_record(load, TICK_FAULT_CSV, record->fault, record->fields, record->raw, &verdict);
	ereport(ERROR,
			(errcode(verdict.sqlstate),
			 errmsg_internal("%s", verdict.reason),
			 errdetail("No row at the beginning of the file can be read, to guess a dataset from."),
			 verdict.hint != NULL ? errhint("%s", verdict.hint) :
			 errhint("Repair the file, or create the dataset with CREATE FOREIGN TABLE and load with on_error => 'skip'.")));
}

void
LoadFlushRejects(Load *load)
{
	LoadRejects *rejects = load->rejects;

	if (rejects == NULL || rejects->count == 0)
		return;
	TickCatalogInsertRejects(rejects->entry, rejects->count);
	LoadForgetRejects(load);
}

void
LoadForgetRejects(Load *load)
{
	if (load->rejects == NULL)
		return;
	load->rejects->count = 0;
	MemoryContextReset(load->rejects->context);
}
