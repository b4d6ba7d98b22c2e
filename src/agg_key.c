/*-------------------------------------------------------------------------
 *
 * agg_key.c
 *	  What rows are grouped by, as keys of the core.
 *
 * Columns; buckets of time by date_trunc, date_bin and ::date; fields of time
 * by extract and date_part, also cast to integers.  A bucket of one width, and
 * its number within an hour or a day, is arithmetic.  Days of a zone, weeks of it, months and years are
 * a table of where each begins, made by PostgreSQL's own functions: between
 * two changes of the zone's offset they change at local midnights only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "datatype/timestamp.h"
#include "nodes/nodeFuncs.h"
#include "parser/scansup.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "agg_internal.h"
#include "convert.h"
#include "core/value.h"
#include "timezone.h"

/* ---- which ---- */

static const TickZone *
session_zone(void)
{
	return TickZoneByName(pg_get_timezone_name(session_timezone));
}

/* A column by its own value. */
static bool
column_key(const TickAggScope *scope, const TickAttribute *attribute, Oid collation, TickAggKey *key)
{
	const TickDataset *dataset = scope->dataset;
	TickType	type = dataset->schema.column[attribute->column].type;

	key->attribute = attribute;
	key->key.column = attribute->column;
	key->key.kind = TICK_KEY_VALUE;
	key->show = TICK_SHOW_STORED;
	switch (attribute->kind)
	{
		case TICK_ATTRIBUTE_STAMP_US:
			key->key.kind = TICK_KEY_WIDTH;
			key->key.width = 1;
			key->show = TICK_SHOW_TIMESTAMP;
			return true;
		case TICK_ATTRIBUTE_STAMP_NS:
		case TICK_ATTRIBUTE_LOAD_ID:
			return true;
		case TICK_ATTRIBUTE_DATE:
			key->show = TICK_SHOW_DATE;
			if (dataset->grain == TICK_GRAIN_DAY)
				key->key.kind = TICK_KEY_PARTITION;
			else if (type == TICK_STAMP)
				key->key.kind = TICK_KEY_PIECES;
			key->zone_name = dataset->zone_name;
			return true;
		case TICK_ATTRIBUTE_DROPPED:
			return false;
		case TICK_ATTRIBUTE_STORED:
			break;
	}
	if (type != TICK_TEXT)
		return type != TICK_STAMP && attribute->type != FLOAT4OID;
	key->key.kind = attribute->column == dataset->schema.symbol ? TICK_KEY_SYMBOL : TICK_KEY_TEXT;
	key->show = TICK_SHOW_TEXT;
	return (attribute->type == TEXTOID || attribute->type == VARCHAROID) &&
		OidIsValid(collation) && get_collation_isdeterministic(collation);
}

/* The time column that a function of time is of. */
static bool
time_argument(const TickAggScope *scope, Node *node, TickAggKey *key)
{
	const TickAttribute *attribute = TickAggColumn(scope, node);

	if (attribute == NULL || attribute->kind != TICK_ATTRIBUTE_STAMP_US)
		return false;
	key->attribute = attribute;
	key->key.column = attribute->column;
	return true;
}

static bool
is_constant(Node *node)
{
	return IsA(node, Const) && !((Const *) node)->constisnull;
}

/* The width of a unit of date_trunc that has one, in microseconds; 0: it begins at a midnight. */
static int64
width_of_unit(Datum unit, bool *day)
{
	static const struct
	{
		const char *name;
		int64		width;
	}			units[] = {
		{"microsecond", 1}, {"microseconds", 1}, {"us", 1},
		{"millisecond", 1000}, {"milliseconds", 1000}, {"ms", 1000},
		{"second", USECS_PER_SEC}, {"seconds", USECS_PER_SEC},
		{"minute", USECS_PER_MINUTE}, {"minutes", USECS_PER_MINUTE},
		{"hour", USECS_PER_HOUR}, {"hours", USECS_PER_HOUR},
		{"day", USECS_PER_DAY}, {"days", USECS_PER_DAY},
		{"week", 0}, {"weeks", 0}, {"month", 0}, {"months", 0}, {"quarter", 0},
		{"year", 0}, {"years", 0}, {"decade", 0}, {"century", 0}, {"millennium", 0}
	};
	text	   *argument = DatumGetTextPP(unit);
	char	   *name = downcase_truncate_identifier(VARDATA_ANY(argument), VARSIZE_ANY_EXHDR(argument), false);

	for (int i = 0; i < lengthof(units); i++)
		if (strcmp(units[i].name, name) == 0)
		{
			*day = units[i].width == USECS_PER_DAY;
			return units[i].width;
		}
	return -1;
}

static bool
trunc_key(const TickAggScope *scope, FuncExpr *function, TickAggKey *key)
{
	bool		naive = function->funcid == F_DATE_TRUNC_TEXT_TIMESTAMP;
	bool		day = false;
	int64		width;

	if (!is_constant(linitial(function->args)) || !time_argument(scope, lsecond(function->args), key) ||
		(list_length(function->args) == 3 && !is_constant(lthird(function->args))))
		return false;
	key->argument = ((Const *) linitial(function->args))->constvalue;
	width = width_of_unit(key->argument, &day);
	if (width < 0)
		return false;
	key->function = function->funcid;
	key->show = TICK_SHOW_TIMESTAMP;
	key->zone_name = naive ? NULL : "";
	if (list_length(function->args) == 3)
	{
		key->zone = ((Const *) lthird(function->args))->constvalue;
		key->zone_name = TextDatumGetCString(key->zone);
		/* names of zones only: offsets and abbreviations have no table of changes */
		if (pg_tzset(key->zone_name) == NULL)
			return false;
	}
	key->key.kind = width == 0 || (day && !naive) ? TICK_KEY_PIECES : TICK_KEY_WIDTH;
	key->key.width = width;
	return true;
}

/* date_bin(stride, time, origin) */
static bool
bin_key(const TickAggScope *scope, FuncExpr *function, TickAggKey *key)
{
	Interval   *stride;
	int64		origin;

	if (!is_constant(linitial(function->args)) || !time_argument(scope, lsecond(function->args), key) ||
		!is_constant(lthird(function->args)))
		return false;
	stride = DatumGetIntervalP(((Const *) linitial(function->args))->constvalue);
	origin = DatumGetTimestamp(((Const *) lthird(function->args))->constvalue);
	if (stride->month != 0 || TIMESTAMP_NOT_FINITE(origin) ||
		pg_mul_s64_overflow(stride->day, USECS_PER_DAY, &key->key.width) ||
		pg_add_s64_overflow(key->key.width, stride->time, &key->key.width) || key->key.width <= 0 ||
		key->key.width > 1000 * 366 * USECS_PER_DAY ||
		/* far from the stored times PostgreSQL's own arithmetic may overflow */
		origin < -1000 * 366 * USECS_PER_DAY || origin > 1000 * 366 * USECS_PER_DAY)
		return false;
	key->key.kind = TICK_KEY_WIDTH;
	key->key.origin = origin + TICK_EPOCH_US;
	key->show = TICK_SHOW_TIMESTAMP;
	return true;
}

static bool
date_key(const TickAggScope *scope, FuncExpr *function, TickAggKey *key)
{
	if (!time_argument(scope, linitial(function->args), key))
		return false;
	if (function->funcid == F_DATE_TIMESTAMP)
	{
		key->key.kind = TICK_KEY_WIDTH;
		key->key.width = USECS_PER_DAY;
		key->show = TICK_SHOW_DATE_OF_TIMESTAMP;
		return true;
	}
	key->key.kind = TICK_KEY_PIECES;
	key->function = function->funcid;
	key->zone_name = "";
	key->show = TICK_SHOW_DATUM;
	return true;
}

/* Is the function one that takes a field out of a time? */
static bool
is_part(Oid function)
{
	return function == F_EXTRACT_TEXT_TIMESTAMP || function == F_EXTRACT_TEXT_TIMESTAMPTZ ||
		function == F_DATE_PART_TEXT_TIMESTAMP || function == F_DATE_PART_TEXT_TIMESTAMPTZ;
}

/*
 * Fields that are whole numbers: hours and minutes are buckets numbered
 * within a period, those of days change at midnights only.
 */
static bool
part_key(const TickAggScope *scope, FuncExpr *function, TickAggKey *key)
{
	static const char *const days[] = {
		"dow", "isodow", "doy", "day", "days", "week", "weeks", "month", "months",
		"quarter", "year", "years", "isoyear"
	};
	bool		naive = function->funcid == F_EXTRACT_TEXT_TIMESTAMP || function->funcid == F_DATE_PART_TEXT_TIMESTAMP;
	text	   *argument;
	char	   *name;

	if (!is_constant(linitial(function->args)) || !time_argument(scope, lsecond(function->args), key))
		return false;
	key->argument = ((Const *) linitial(function->args))->constvalue;
	key->function = function->funcid;
	key->show = function->funcresulttype == NUMERICOID ? TICK_SHOW_NUMERIC : TICK_SHOW_FLOAT8;
	key->zone_name = naive ? NULL : "";
	argument = DatumGetTextPP(key->argument);
	name = downcase_truncate_identifier(VARDATA_ANY(argument), VARSIZE_ANY_EXHDR(argument), false);
	if (strcmp(name, "hour") == 0 || strcmp(name, "hours") == 0)
	{
		key->key.kind = TICK_KEY_WIDTH;
		key->key.width = USECS_PER_HOUR;
		key->key.period = USECS_PER_DAY;
		return true;
	}
	if (strcmp(name, "minute") == 0 || strcmp(name, "minutes") == 0)
	{
		key->key.kind = TICK_KEY_WIDTH;
		key->key.width = USECS_PER_MINUTE;
		key->key.period = USECS_PER_HOUR;
		return true;
	}
	key->key.kind = TICK_KEY_PIECES;
	for (int i = 0; i < lengthof(days); i++)
		if (strcmp(days[i], name) == 0)
			return true;
	return false;
}

/* A field of time as an integer, which all of them fit. */
static bool
cast_key(const TickAggScope *scope, FuncExpr *cast, TickAggKey *key)
{
	FuncExpr   *function = linitial(cast->args);

	if (!IsA(function, FuncExpr) || !is_part(function->funcid) || !part_key(scope, function, key))
		return false;
	/* the number of an integer is its Datum */
	key->show = TICK_SHOW_DATUM;
	return true;
}

bool
TickAggAnalyseKey(const TickAggScope *scope, Node *node, TickAggKey *key)
{
	const TickAttribute *attribute = TickAggColumn(scope, node);

	memset(key, 0, sizeof(*key));
	if (attribute != NULL)
		return column_key(scope, attribute, exprCollation(node), key);
	if (!IsA(node, FuncExpr))
		return false;
	switch (((FuncExpr *) node)->funcid)
	{
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
			return trunc_key(scope, (FuncExpr *) node, key);
		case F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP:
		case F_DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ:
			return bin_key(scope, (FuncExpr *) node, key);
		case F_DATE_TIMESTAMP:
		case F_DATE_TIMESTAMPTZ:
			return date_key(scope, (FuncExpr *) node, key);
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
		case F_DATE_PART_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
			return part_key(scope, (FuncExpr *) node, key);
		case F_INT4_NUMERIC:
		case F_INT8_NUMERIC:
		case F_INT4_FLOAT8:
		case F_INT8_FLOAT8:
			return cast_key(scope, (FuncExpr *) node, key);
		default:
			return false;
	}
}

/* ---- tables ---- */

typedef struct TableBuilder
{
	const TickDataset *dataset;
	const TickAggKey *key;
	int			pieces;
	int			capacity;
	int64	   *low;
	int64	   *value;
	int			zone_hint;
} TableBuilder;

/* The key's number at a stored time. */
static int64
value_at(TableBuilder *builder, int64 ns)
{
	const TickAggKey *key = builder->key;
	Datum		stamp;

	if (!OidIsValid(key->function))
		return TickDatasetDay(builder->dataset, ns, &builder->zone_hint);
	stamp = TimestampGetDatum(TickStampToTimestamp(ns));
	if (key->function == F_DATE_TIMESTAMPTZ)
		return (int64) OidFunctionCall1(key->function, stamp);
	if (key->function == F_EXTRACT_TEXT_TIMESTAMP || key->function == F_EXTRACT_TEXT_TIMESTAMPTZ)
		return DatumGetInt64(DirectFunctionCall1(numeric_int8, OidFunctionCall2(key->function, key->argument, stamp)));
	if (is_part(key->function))
		return (int64) DatumGetFloat8(OidFunctionCall2(key->function, key->argument, stamp));
	if (key->function == F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT)
		return DatumGetTimestamp(OidFunctionCall3(key->function, key->argument, stamp, key->zone)) + TICK_EPOCH_US;
	return DatumGetTimestamp(OidFunctionCall2(key->function, key->argument, stamp)) + TICK_EPOCH_US;
}

/* A piece may begin here: take it unless it is of the same value as the last. */
static void
try_piece(TableBuilder *builder, int64 ns)
{
	int64		value = value_at(builder, ns);

	if (builder->pieces > 0 && builder->value[builder->pieces - 1] == value)
		return;
	if (builder->pieces == builder->capacity)
	{
		builder->capacity = Max(64, builder->capacity * 2);
		builder->low = builder->low == NULL ? palloc(builder->capacity * sizeof(int64)) :
			repalloc(builder->low, builder->capacity * sizeof(int64));
		builder->value = builder->value == NULL ? palloc(builder->capacity * sizeof(int64)) :
			repalloc(builder->value, builder->capacity * sizeof(int64));
	}
	builder->low[builder->pieces] = ns;
	builder->value[builder->pieces++] = value;
}

/* Times low .. high, in which local time is UTC + offset: each local day's begin. */
static void
add_days(TableBuilder *builder, int64 low, int64 high, int64 offset, int64 day_start)
{
	int128		local = (int128) low + offset - day_start;
	int64		day = (int64) (local / TICK_NS_PER_DAY) - (local % TICK_NS_PER_DAY < 0);

	try_piece(builder, low);
	for (;;)
	{
		int128		next = (int128) ++day * TICK_NS_PER_DAY - offset + day_start;

		if (next > high)
			break;
		if (next > low)
			try_piece(builder, (int64) next);
	}
}

void
TickAggKeyTable(const TickDataset *dataset, TickAggKey *key, int64 low, int64 high)
{
	TableBuilder builder = {.dataset = dataset,.key = key};
	int64		day_start = OidIsValid(key->function) ? 0 : dataset->day_start;
	const TickZone *zone = NULL;

	if (key->zone_name != NULL)
		zone = key->zone_name[0] == '\0' ? session_zone() : TickZoneByName(key->zone_name);
	if (key->key.kind == TICK_KEY_WIDTH)
	{
		key->key.zone = zone;
		return;
	}
	if (zone == NULL)
		add_days(&builder, low, high, 0, day_start);
	for (int i = 0; zone != NULL && i < zone->transitions; i++)
	{
		int64		from = Max(low, zone->transition[i].at);
		int64		to = i + 1 < zone->transitions ? Min(high, zone->transition[i + 1].at - 1) : high;

		if (from <= to)
			add_days(&builder, from, to, zone->transition[i].offset * TICK_NS_PER_SECOND, day_start);
	}
	builder.low[0] = PG_INT64_MIN;
	key->key.pieces = builder.pieces;
	key->key.piece_low = builder.low;
	key->key.piece_value = builder.value;
}

/* ---- as Datums ---- */

/* A stored number through the attribute's own conversion. */
static Datum
stored_datum(const TickDataset *dataset, const TickAttribute *attribute, int64 number)
{
	const TickColumn *column = &dataset->schema.column[attribute->column];
	TickVector	vector = {.type = column->type,.scale = column->scale,.rows = 1,.i64 = &number};
	int			hint = 0;

	return TickToDatum(dataset, attribute, &vector, 0, &hint);
}

Datum
TickAggKeyDatum(const TickDataset *dataset, const TickAggKey *key, const TickAggregateTable *table, int64 number)
{
	TickString	text;

	switch (key->show)
	{
		case TICK_SHOW_TEXT:
			text = tick_aggregate_text(table, number);
			/* a varlena's header fits before it */
			SET_VARSIZE((char *) text.data - VARHDRSZ, text.length + VARHDRSZ);
			return PointerGetDatum(text.data - VARHDRSZ);
		case TICK_SHOW_STORED:
			return stored_datum(dataset, key->attribute, number);
		case TICK_SHOW_TIMESTAMP:
			return TimestampGetDatum(number - TICK_EPOCH_US);
		case TICK_SHOW_DATE:
			return DateADTGetDatum((DateADT) (number - TICK_EPOCH_DAYS));
		case TICK_SHOW_DATE_OF_TIMESTAMP:
			return DateADTGetDatum((DateADT) (number / USECS_PER_DAY - TICK_EPOCH_DAYS));
		case TICK_SHOW_NUMERIC:
			return NumericGetDatum(int64_to_numeric(number));
		case TICK_SHOW_FLOAT8:
			return Float8GetDatum((double) number);
		case TICK_SHOW_DATUM:
			break;
	}
	return (Datum) number;
}
