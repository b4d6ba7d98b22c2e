/*-------------------------------------------------------------------------
 *
 * load_bind.c
 *	  A file's columns brought together with a dataset's.
 *
 * A column of the file is matched, in this order: listed in columns, by the
 * column's name; by the field that the dataset has recorded; by name in any
 * case.  What the path or an argument says of symbol and date goes to the
 * column with that role.  A file without header whose positions the dataset
 * has not recorded is matched in the order of columns, and must have as many.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/value.h"
#include "load_bind.h"
#include "timezone.h"

/* days of times that ns since 1970 can express, and those of PostgreSQL's dates */
#define FIRST_STAMP_DAY (-106751)
#define LAST_STAMP_DAY 106750
#define FIRST_DATE (-(int64) UNIX_EPOCH_JDATE)
#define LAST_DATE ((int64) DATE_END_JULIAN - UNIX_EPOCH_JDATE - 1)

const TickAttribute *
LoadAttributeOf(const TickDataset *dataset, int column)
{
	const TickAttribute *found = NULL;
	int			i;

	for (i = 0; i < dataset->attributes; i++)
	{
		const TickAttribute *attribute = &dataset->attribute[i];

		if (attribute->kind == TICK_ATTRIBUTE_DROPPED || attribute->kind == TICK_ATTRIBUTE_DATE ||
			attribute->kind == TICK_ATTRIBUTE_LOAD_ID || attribute->column != column)
			continue;
		/* the timestamp speaks for itself and its nanoseconds */
		if (found == NULL || attribute->kind != TICK_ATTRIBUTE_STAMP_NS)
			found = attribute;
	}
	return found;
}

/* ---- matching ---- */

/* State of matching a layout with a dataset. */
typedef struct Match
{
	const TickDataset *dataset;
	const LoadLayout *layout;
	const TickAttribute **attribute;	/* of each schema column, or NULL */
	int		   *column;			/* layout column of each schema column, or -1 */
	int		   *target;			/* schema column of each layout column, or -1 */
} Match;

static bool
same_name(const char *a, const char *b)
{
	return a[0] != '\0' && pg_strcasecmp(a, b) == 0;
}

static void
pair(Match *match, int column, int target)
{
	match->column[target] = column;
	match->target[column] = target;
}

/* Does the layout column come from the path or an argument alone? */
static bool
is_from_outside(const LoadColumn *column)
{
	return column->pieces == 1 && column->piece[0].kind != LOAD_PIECE_FIELD && !column->listed;
}

typedef bool (*Matches) (const LoadColumn *column, const TickAttribute *attribute);

static bool
listed_name(const LoadColumn *column, const TickAttribute *attribute)
{
	return column->listed && same_name(column->name, NameStr(attribute->name));
}

static bool
recorded_field(const LoadColumn *column, const TickAttribute *attribute)
{
	return strcmp(column->field, attribute->field) == 0;
}

static bool
field_in_any_case(const LoadColumn *column, const TickAttribute *attribute)
{
	return same_name(column->field, attribute->field);
}

static bool
any_name(const LoadColumn *column, const TickAttribute *attribute)
{
	return same_name(column->name, NameStr(attribute->name)) || same_name(column->field, NameStr(attribute->name));
}

static bool
outside_role(const LoadColumn *column, const TickAttribute *attribute)
{
	return is_from_outside(column) && column->role != TICK_ROLE_NONE && column->role == attribute->role;
}

/* Pair what is still unpaired and matches. */
static void
match_by(Match *match, Matches matches)
{
	int			i,
				j;

	for (i = 0; i < match->layout->columns; i++)
	{
		if (match->target[i] >= 0 || match->layout->column[i].checks_date)
			continue;
		for (j = 0; j < match->dataset->schema.columns - 1; j++)
		{
			const TickAttribute *attribute = match->attribute[j];

			if (match->column[j] < 0 && attribute != NULL && matches(&match->layout->column[i], attribute))
			{
				pair(match, i, j);
				break;
			}
		}
	}
}

/* Has the dataset recorded positions ($1, $2, ...) of a file without header? */
static bool
has_positions(const TickDataset *dataset)
{
	int			i;

	for (i = 0; i < dataset->attributes; i++)
		if (dataset->attribute[i].field != NULL && dataset->attribute[i].field[0] == '$')
			return true;
	return false;
}

/* A file without header, in the order of the dataset's columns. */
static void
match_by_position(Match *match)
{
	int			columns = 0;
	int			targets = 0;
	int			next = 0;
	int			i;

	for (i = 0; i < match->layout->columns; i++)
		if (match->target[i] < 0 && !is_from_outside(&match->layout->column[i]))
			columns++;
	for (i = 0; i < match->dataset->schema.columns - 1; i++)
		if (match->column[i] < 0 && match->attribute[i] != NULL)
			targets++;
	if (columns != targets)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("the file has %d columns, but dataset \"%s\" has %d to fill",
						columns, match->dataset->name, targets),
				 errhint("Name the fields in columns.")));
	for (i = 0; i < match->layout->columns; i++)
	{
		if (match->target[i] >= 0 || is_from_outside(&match->layout->column[i]))
			continue;
		while (match->column[next] >= 0 || match->attribute[next] == NULL)
			next++;
		pair(match, i, next);
	}
}

static bool
is_virtual_date(const TickDataset *dataset, const LoadColumn *column)
{
	return dataset->date_attribute >= 0 && column->type == TICK_DATE &&
		(column->checks_date || same_name(column->name, NameStr(dataset->attribute[dataset->date_attribute].name)) ||
		 same_name(column->field, NameStr(dataset->attribute[dataset->date_attribute].name)));
}

/* Fields that the dataset has no column for: dropped, with the way to keep them. */
static void
report_unknown(const Match *match)
{
	StringInfoData names;
	StringInfoData add;
	int			unknown = 0;
	int			i;

	initStringInfo(&names);
	initStringInfo(&add);
	for (i = 0; i < match->layout->columns; i++)
	{
		const LoadColumn *column = &match->layout->column[i];

		if (match->target[i] >= 0 || column->checks_date || is_virtual_date(match->dataset, column))
			continue;
		if (column->listed)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of dataset \"%s\" does not exist", column->name, match->dataset->name),
					 errhint("Add it first: ALTER FOREIGN TABLE %s ADD COLUMN %s %s;", quote_identifier(match->dataset->name),
							 quote_identifier(column->name), column->sql_type)));
		appendStringInfo(&names, "%s\"%s\"", unknown > 0 ? ", " : "", column->field[0] != '\0' ? column->field : column->name);
		appendStringInfo(&add, "%s ADD COLUMN %s %s OPTIONS (field %s)", unknown > 0 ? "," : "",
						 quote_identifier(column->name), column->sql_type,
						 quote_literal_cstr(column->field[0] != '\0' ? column->field : column->name));
		unknown++;
	}
	if (unknown > 0)
		ereport(NOTICE,
				(errmsg_plural("dataset \"%s\" has no column for field %s, which is dropped",
							   "dataset \"%s\" has no columns for fields %s, which are dropped",
							   unknown, match->dataset->name, names.data),
				 errhint("To keep what later files hold: ALTER FOREIGN TABLE %s%s;",
						 quote_qualified_identifier(get_namespace_name(get_rel_namespace(match->dataset->relid)),
													match->dataset->name), add.data)));
}

/* Is a null refused in this column? */
static bool
must_have_values(const TickDataset *dataset, int column, const TickAttribute *attribute)
{
	return attribute->not_null || column == dataset->schema.time || column == dataset->partition_column;
}

/* Columns of the dataset that the file says nothing of. */
static void
report_missing(const Match *match, bool missing_null)
{
	int			i;

	for (i = 0; i < match->dataset->schema.columns - 1; i++)
	{
		const TickAttribute *attribute = LoadAttributeOf(match->dataset, i);
		bool		must;

		if (match->column[i] >= 0 || attribute == NULL)
			continue;
		if (attribute->role == TICK_ROLE_TIME)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the file has no field for the time column \"%s\" of dataset \"%s\"",
							NameStr(attribute->name), match->dataset->name)));
		must = must_have_values(match->dataset, i, attribute);
		if (must || !missing_null)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the file has no field for column \"%s\" of dataset \"%s\"",
							NameStr(attribute->name), match->dataset->name),
					 must ? errhint("Name its source in columns: it cannot be null.") :
					 errhint("Use missing => 'null' to load nulls for it, or name its source in columns.")));
	}
}

/* ---- the plan ---- */

/* Bounds and limits that the attribute's type sets. */
static void
bind_type(TickParseColumn *spec, const TickAttribute *attribute)
{
	int			precision = ((attribute->typmod - VARHDRSZ) >> 16) & 0xffff;
	int			scale = (((attribute->typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;

	spec->low = PG_INT64_MIN;
	spec->high = PG_INT64_MAX;
	spec->max_integer = spec->max_fraction = -1;
	switch (attribute->type)
	{
		case INT2OID:
			spec->low = PG_INT16_MIN;
			spec->high = PG_INT16_MAX;
			break;
		case INT4OID:
			spec->low = PG_INT32_MIN;
			spec->high = PG_INT32_MAX;
			break;
		case FLOAT4OID:
			spec->single = true;
			break;
		case NUMERICOID:
			if (spec->type == TICK_DECIMAL)
			{
				spec->high = tick_power_of_ten[precision] - 1;
				spec->low = -spec->high;
				break;
			}
			spec->number = true;
			if (attribute->typmod >= (int32) VARHDRSZ)
			{
				spec->max_integer = Max(precision - scale, 0);
				spec->max_fraction = Max(scale, 0);
			}
			break;
		case DATEOID:
			spec->low = attribute->role == TICK_ROLE_TIME ? FIRST_STAMP_DAY : FIRST_DATE;
			spec->high = attribute->role == TICK_ROLE_TIME ? LAST_STAMP_DAY : LAST_DATE;
			break;
		case VARCHAROID:
		case BPCHAROID:
			if (attribute->typmod >= (int32) VARHDRSZ)
				spec->max_chars = attribute->typmod - VARHDRSZ;
			break;
		case CHAROID:
			spec->max_chars = 1;
			break;
		case NAMEOID:
			spec->max_chars = NAMEDATALEN - 1;
			break;
		default:
			break;
	}
}

/* Zone of stamps without offset: the column's, the argument's, the dataset's. */
static void
bind_zone(TickParseColumn *spec, const LoadBinding *binding, const LoadColumn *column, const TickAttribute *attribute)
{
	const char *zone = column->zone != NULL ? column->zone : binding->reading->time_zone;

	if (spec->type != TICK_STAMP)
		return;
	if (attribute->type != TIMESTAMPTZOID)
	{
		if (column->zone != NULL || (zone != NULL && attribute->role == TICK_ROLE_TIME))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" of dataset \"%s\" takes stamps as they stand, without time zone",
							NameStr(attribute->name), binding->dataset->name),
					 errhint("A dataset of timestamptz needs its own foreign table.")));
		return;
	}
	spec->is_utc = true;
	spec->zone = zone != NULL ? TickZoneByName(zone) :
		binding->dataset->zone != NULL ? binding->dataset->zone : TickZoneByName("UTC");
}

/* One column of the plan, fed by a layout column. */
static void
bind_column(LoadBinding *binding, const LoadColumn *column, int target, const TickAttribute *attribute)
{
	const TickSchema *schema = &binding->dataset->schema;
	TickParseColumn *spec = &binding->column[binding->plan.columns];
	int			i;

	memset(spec, 0, sizeof(*spec));
	spec->target = target;
	spec->type = target >= 0 ? schema->column[target].type : TICK_DATE;
	spec->scale = target >= 0 ? schema->column[target].scale : 0;
	spec->is_symbol = target >= 0 && target == schema->symbol;
	spec->required = target >= 0 && must_have_values(binding->dataset, target, attribute);
	bind_type(spec, attribute);
	bind_zone(spec, binding, column, attribute);
	spec->sources = column->pieces;
	for (i = 0; i < column->pieces; i++)
	{
		spec->source[i].field = column->piece[i].kind == LOAD_PIECE_FIELD ? column->piece[i].number : -1;
		spec->source[i].constant = column->piece[i].text;
		spec->source[i].format = column->piece[i].format;
	}
	spec->joined = column->joined;
	spec->has_null = column->has_null;
	spec->null_as = column->null_as;
	spec->power = column->power;
	if (spec->type == TICK_INT || spec->type == TICK_DOUBLE || spec->type == TICK_DECIMAL || spec->number)
		spec->marks = column->marks;
	spec->trim = column->trim || spec->is_symbol;
	spec->upper = column->upper;
	spec->lower = column->lower;
	spec->has_day = binding->reading->has_date;
	spec->day = binding->reading->day;
	binding->source[binding->plan.columns++] = (int) (column - binding->layout->column);
}

/* ---- callbacks of the plan ---- */

/*
 * Narrow a range of stored times to those around value for which the zone's
 * offset is constant: there the day grows with the time, so equal ends make
 * an equal middle.
 */
static void
within_offset(const TickZone *zone, int64 value, int64_t *low, int64_t *high)
{
	int			first = 0;
	int			end = zone->transitions;

	while (end - first > 1)
	{
		int			middle = (first + end) / 2;

		if (zone->transition[middle].at <= value)
			first = middle;
		else
			end = middle;
	}
	*low = Max(*low, zone->transition[first].at);
	if (end < zone->transitions)
		*high = Min(*high, zone->transition[end].at - 1);
}

/* A number that holds for low .. high only if it holds at both ends. */
static void
check_range(const TickDataset *dataset, int64 value, int64_t *low, int64_t *high,
			int64 (*number) (const TickDataset *, int64, int *), int *hint)
{
	int64		at_value = number(dataset, value, hint);

	if (dataset->zone != NULL)
		within_offset(dataset->zone, value, low, high);
	if (*low > value || *high < value || number(dataset, *low, hint) != at_value || number(dataset, *high, hint) != at_value)
		*low = *high = value;
}

static int64
partition_number(const TickDataset *dataset, int64 value, int *hint)
{
	return TickDatasetPartition(dataset, value, hint);
}

static bool
find_partition(void *context, int64_t value, int32_t *partition, int64_t *low, int64_t *high)
{
	LoadBinding *binding = context;
	const TickDataset *dataset = binding->dataset;

	if (dataset->grain == TICK_GRAIN_INTEGER)
	{
		*partition = (int32_t) value;
		*low = *high = value;
		return value >= PG_INT32_MIN && value <= PG_INT32_MAX;
	}
	*partition = TickDatasetPartition(dataset, value, &binding->zone_hint);
	TickDatasetPartitionRange(dataset, *partition, low, high);
	check_range(dataset, value, low, high, partition_number, &binding->zone_hint);
	return true;
}

bool
LoadFindDay(const TickDataset *dataset, int64 value, int *hint, int32_t *day, int64_t *low, int64_t *high)
{
	*day = (int32_t) TickDatasetDay(dataset, value, hint);
	TickDatasetDayRange(dataset, *day, *day, low, high);
	check_range(dataset, value, low, high, TickDatasetDay, hint);
	return true;
}

static bool
find_day(void *context, int64_t value, int32_t *day, int64_t *low, int64_t *high)
{
	LoadBinding *binding = context;

	return LoadFindDay(binding->dataset, value, &binding->day_hint, day, low, high);
}

/* Another encoding to the database's; false instead of an error. */
static bool
convert_text(void *context, TickString text, TickString *out)
{
	LoadBinding *binding = context;
	int			database = GetDatabaseEncoding();
	Oid			proc;
	MemoryContext old;
	Size		size = (Size) text.length * MAX_CONVERSION_GROWTH + 1;
	unsigned char *result;

	if (!pg_verify_mbstr(binding->file_encoding, text.data, text.length, true))
		return false;
	*out = text;
	if (binding->file_encoding == database)
		return true;
	proc = FindDefaultConversionProc(binding->file_encoding, database);
	if (!OidIsValid(proc))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("default conversion function for encoding \"%s\" to \"%s\" does not exist",
						pg_encoding_to_char(binding->file_encoding), pg_encoding_to_char(database))));
	MemoryContextReset(binding->scratch);
	old = MemoryContextSwitchTo(binding->scratch);
	result = MemoryContextAllocHuge(binding->scratch, size);
	if (pg_do_encoding_conversion_buf(proc, binding->file_encoding, database, (unsigned char *) text.data,
									  text.length, result, size, true) != text.length)
		result = NULL;
	MemoryContextSwitchTo(old);
	if (result == NULL)
		return false;
	out->data = (const char *) result;
	out->length = strlen((char *) result);
	return true;
}

/* Second bytes of characters in these encodings are never below this. */
#define SECOND_BYTES 0x40
#define SECOND_BYTES_JOHAB 0x30

/* Encodings whose characters may hold bytes of ASCII: what cuts the records must be none of them. */
static void
check_delimiters(const LoadBinding *binding, int encoding)
{
	const char	byte[] = {binding->layout->delimiter, binding->layout->quote, binding->layout->comment, binding->reading->escape};
	int			i;

	if (!PG_ENCODING_IS_CLIENT_ONLY(encoding))
		return;
	for (i = 0; i < lengthof(byte); i++)
		if ((uint8) byte[i] >= (encoding == PG_JOHAB ? SECOND_BYTES_JOHAB : SECOND_BYTES))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("files in encoding \"%s\" with \"%c\" as a delimiter or quote cannot be loaded",
							pg_encoding_to_char(encoding), byte[i]),
					 errdetail("Bytes of its characters can be mistaken for it."),
					 errhint("Convert the file to UTF-8 first, for example with iconv.")));
}

/*
 * Text that is not in UTF-8, or goes into a database that is not, takes the
 * server's conversions; the core verifies UTF-8 by itself.
 */
static void
bind_encoding(LoadBinding *binding)
{
	int			database = GetDatabaseEncoding();
	int			file = binding->reading->encoding >= 0 ? binding->reading->encoding : PG_UTF8;

	check_delimiters(binding, file);
	binding->file_encoding = file;
	binding->plan.verify_utf8 = database == PG_UTF8;
	if (database == PG_SQL_ASCII || (file == PG_UTF8 && database == PG_UTF8) || file == PG_SQL_ASCII)
		return;
	binding->plan.convert = convert_text;
	binding->plan.convert_context = binding;
	binding->scratch = AllocSetContextCreate(CurrentMemoryContext, "tick conversion", ALLOCSET_DEFAULT_SIZES);
}

static void
start_plan(LoadBinding *binding)
{
	const TickDataset *dataset = binding->dataset;
	TickParsePlan *plan = &binding->plan;

	plan->fields = binding->layout->fields;
	plan->schema = &dataset->schema;
	plan->column = binding->column;
	plan->null_as = (TickString) {binding->reading->null_as, strlen(binding->reading->null_as)};
	plan->load_id = dataset->load_id;
	plan->partition_column = dataset->grain == TICK_GRAIN_NONE ? -1 : dataset->partition_column;
	plan->partition = find_partition;
	plan->partition_context = binding;
	plan->day_column = plan->day_target = -1;
	bind_encoding(binding);
}

/* A date that is not stored but must agree with the virtual one. */
static void
bind_checked_date(LoadBinding *binding, const Match *match)
{
	const TickDataset *dataset = binding->dataset;
	int			i;

	if (dataset->date_attribute < 0 || dataset->schema.column[dataset->schema.time].type != TICK_STAMP)
		return;
	for (i = 0; i < binding->layout->columns; i++)
	{
		const LoadColumn *column = &binding->layout->column[i];

		if (match->target[i] >= 0 || is_from_outside(column) || !is_virtual_date(dataset, column))
			continue;
		binding->plan.day_column = binding->plan.columns;
		binding->plan.day_target = dataset->schema.time;
		binding->plan.day = find_day;
		binding->plan.day_context = binding;
		bind_column(binding, column, -1, &dataset->attribute[dataset->date_attribute]);
		return;
	}
}

LoadBinding *
LoadBind(const TickDataset *dataset, const LoadLayout *layout, const LoadReading *reading, bool missing_null)
{
	LoadBinding *binding = palloc0(sizeof(LoadBinding));
	Match		match = {.dataset = dataset, .layout = layout};
	int			i;

	binding->dataset = dataset;
	binding->layout = layout;
	binding->reading = reading;
	binding->column = palloc((layout->columns + 1) * sizeof(TickParseColumn));
	binding->source = palloc((layout->columns + 1) * sizeof(int));
	match.attribute = palloc(dataset->schema.columns * sizeof(TickAttribute *));
	for (i = 0; i < dataset->schema.columns; i++)
		match.attribute[i] = LoadAttributeOf(dataset, i);
	match.column = palloc(dataset->schema.columns * sizeof(int));
	match.target = palloc((layout->columns + 1) * sizeof(int));
	memset(match.column, -1, dataset->schema.columns * sizeof(int));
	memset(match.target, -1, (layout->columns + 1) * sizeof(int));
	match_by(&match, listed_name);
	match_by(&match, outside_role);
	match_by(&match, recorded_field);
	if (layout->named || reading->column_list.items > 0)
	{
		match_by(&match, field_in_any_case);
		match_by(&match, any_name);
	}
	else if (!has_positions(dataset))
		match_by_position(&match);
	report_unknown(&match);
	report_missing(&match, missing_null);
	start_plan(binding);
	for (i = 0; i < layout->columns; i++)
		if (match.target[i] >= 0)
			bind_column(binding, &layout->column[i], match.target[i], match.attribute[match.target[i]]);
	bind_checked_date(binding, &match);
	return binding;
}

/* A day as the text that every date column reads. */
static TickString
day_text(int64 day)
{
	int			year,
				month,
				dayofmonth;
	char	   *text;

	tick_day_to_date(day, &year, &month, &dayofmonth);
	text = psprintf("%04d-%02d-%02d", year, month, dayofmonth);
	return (TickString) {text, (uint32_t) strlen(text)};
}

void
LoadBindFile(LoadBinding *binding, const LoadFile *file)
{
	const TickPathPattern *pattern = binding->reading->pattern;
	int			i,
				j;

	binding->plan.load = file->load;
	for (i = 0; i < binding->plan.columns; i++)
	{
		const LoadColumn *column = &binding->layout->column[binding->source[i]];
		TickParseColumn *spec = &binding->column[i];

		for (j = 0; j < column->pieces; j++)
		{
			int			capture = column->piece[j].number;

			if (column->piece[j].kind != LOAD_PIECE_CAPTURE)
				continue;
			spec->source[j].constant = tick_path_capture_is_date(pattern, capture) ?
				day_text(file->capture_day[capture]) : file->capture[capture];
		}
		if (binding->layout->day_capture >= 0)
		{
			spec->has_day = true;
			spec->day = file->capture_day[binding->layout->day_capture];
		}
	}
}

const char *
LoadBoundName(const LoadBinding *binding, int column)
{
	int			target = binding->column[column].target;

	if (target < 0)
		return NameStr(binding->dataset->attribute[binding->dataset->date_attribute].name);
	return NameStr(LoadAttributeOf(binding->dataset, target)->name);
}
