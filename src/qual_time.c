/*-------------------------------------------------------------------------
 *
 * qual_time.c
 *	  Conditions on functions of a column: parts of a time, bins, casts.
 *
 * A function that never descends while the column ascends becomes an
 * interval of stored values for each constant, like the column itself: then
 * segments and row groups are pruned by it.  That are date_bin(), the epoch,
 * an integer as numeric, and date_trunc() of naive stamps.
 *
 * Others (the time of day, the weekday, date_trunc() in a zone, whose clocks
 * go back) are made from each row's time by the core and compared then; a
 * truncated time still says within what the stored one lies.
 *
 * timestamptz is looked at in the session's zone, as it is when the scan
 * starts, not when it was planned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "parser/scansup.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "convert.h"
#include "core/value.h"
#include "qual.h"
#include "timezone.h"

/* Not in any installed header: pg_opfamily_d.h names only some families. */
#define TIME_BTREE_FAMILY 1996
#define DATETIME_BTREE_FAMILY 434
#define NUMERIC_BTREE_FAMILY 1988

/* How far local clocks were ever put back, with room to spare. */
#define MAX_CLOCK_STEP ((int128) 90 * 1000 * TICK_NS_PER_SECOND)

/* ---- shape ---- */

/* The word that a constant is, as date_trunc() and extract() read it; false when it is none. */
static bool
read_unit(Node *node, int *type, int *unit)
{
	Const	   *constant = (Const *) node;
	char	   *word;

	if (!IsA(node, Const) || constant->constisnull)
		return false;
	word = text_to_cstring(DatumGetTextPP(constant->constvalue));
	word = downcase_truncate_identifier(word, strlen(word), false);
	*type = DecodeUnits(0, word, unit);
	if (*type == UNKNOWN_FIELD)
		*type = DecodeSpecial(0, word, unit);
	return *type == UNITS || *type == RESERV;
}

/* date_trunc(unit, column) */
static bool
know_truncate(Node *unit_node, TickQualNode *node)
{
	int			type,
				unit;

	if (!read_unit(unit_node, &type, &unit) || type != UNITS)
		return false;
	node->function = TICK_FUNCTION_PART;
	node->part = TICK_PART_TRUNCATE;
	switch (unit)
	{
		case DTK_MICROSEC:
			node->width = 1000;
			return true;
		case DTK_MILLISEC:
			node->width = 1000 * 1000;
			return true;
		case DTK_SECOND:
			node->width = TICK_NS_PER_SECOND;
			return true;
		case DTK_MINUTE:
			node->width = 60 * TICK_NS_PER_SECOND;
			return true;
		case DTK_HOUR:
			node->width = 3600 * TICK_NS_PER_SECOND;
			return true;
		case DTK_DAY:
			node->part = TICK_PART_TRUNCATE_DAY;
			return true;
		case DTK_WEEK:
			node->part = TICK_PART_TRUNCATE_WEEK;
			return true;
		case DTK_MONTH:
			node->part = TICK_PART_TRUNCATE_MONTH;
			return true;
		case DTK_QUARTER:
			node->part = TICK_PART_TRUNCATE_QUARTER;
			return true;
		case DTK_YEAR:
			node->part = TICK_PART_TRUNCATE_YEAR;
			return true;
		default:
			return false;
	}
}

/* extract(field from column) */
static bool
know_extract(Node *field_node, TickQualNode *node)
{
	int			type,
				field;

	if (!read_unit(field_node, &type, &field))
		return false;
	node->function = TICK_FUNCTION_PART;
	if (type == RESERV)
	{
		node->function = TICK_FUNCTION_EPOCH;
		return field == DTK_EPOCH;
	}
	switch (field)
	{
		case DTK_SECOND:
			node->part = TICK_PART_SECOND;
			return true;
		case DTK_MINUTE:
			node->part = TICK_PART_MINUTE;
			return true;
		case DTK_HOUR:
			node->part = TICK_PART_HOUR;
			return true;
		case DTK_DAY:
			node->part = TICK_PART_DAY;
			return true;
		case DTK_MONTH:
			node->part = TICK_PART_MONTH;
			return true;
		case DTK_QUARTER:
			node->part = TICK_PART_QUARTER;
			return true;
		case DTK_YEAR:
			node->part = TICK_PART_YEAR;
			return true;
		case DTK_DOW:
			node->part = TICK_PART_DAY_OF_WEEK;
			return true;
		case DTK_ISODOW:
			node->part = TICK_PART_ISO_DAY_OF_WEEK;
			return true;
		case DTK_DOY:
			node->part = TICK_PART_DAY_OF_YEAR;
			return true;
		default:
			return false;
	}
}

/* date_bin(stride, column, origin), where it can raise no error for any stored time */
static bool
know_bin(Node *stride_node, Node *origin_node, TickQualNode *node)
{
	Const	   *stride = (Const *) stride_node;
	Const	   *origin = (Const *) origin_node;
	Interval   *interval;
	int64		width;

	if (!IsA(stride, Const) || stride->constisnull || !IsA(origin, Const) || origin->constisnull)
		return false;
	interval = DatumGetIntervalP(stride->constvalue);
	if (interval->month != 0 || interval->day < 0 || interval->day > 36500 || interval->time < 0 ||
		interval->time > 36500 * USECS_PER_DAY)
		return false;
	width = interval->day * USECS_PER_DAY + interval->time;
	/* within a thousand years of any stored time */
	if (width <= 0 || TIMESTAMP_NOT_FINITE(DatumGetTimestamp(origin->constvalue)) ||
		DatumGetTimestamp(origin->constvalue) < -1000 * (int64) 366 * USECS_PER_DAY ||
		DatumGetTimestamp(origin->constvalue) > 1000 * (int64) 366 * USECS_PER_DAY)
		return false;
	node->function = TICK_FUNCTION_BIN;
	node->width = width;
	node->origin = DatumGetTimestamp(origin->constvalue) + TICK_EPOCH_US;
	return true;
}

Node *
TickQualKnowFunction(FuncExpr *function, TickQualNode *node)
{
	bool		known = false;
	int			argument = 0;

	switch (function->funcid)
	{
		case F_TIME_TIMESTAMP:
		case F_TIME_TIMESTAMPTZ:
			node->function = TICK_FUNCTION_PART;
			node->part = TICK_PART_TIME;
			known = true;
			break;
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			known = know_truncate(linitial(function->args), node);
			argument = 1;
			break;
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
			known = know_extract(linitial(function->args), node);
			argument = 1;
			break;
		case F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP:
		case F_DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ:
			known = know_bin(linitial(function->args), lthird(function->args), node);
			argument = 1;
			break;
		case F_NUMERIC_INT2:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT8:
			node->function = TICK_FUNCTION_NUMERIC;
			known = true;
			break;
		default:
			break;
	}
	return known ? list_nth(function->args, argument) : NULL;
}

static bool
truncates(const TickQualNode *node)
{
	return node->function == TICK_FUNCTION_PART && node->part >= TICK_PART_TRUNCATE;
}

Oid
TickQualFunctionFamily(const TickQualNode *node, const TickAttribute *attribute)
{
	if (node->function == TICK_FUNCTION_NUMERIC)
		return attribute->kind == TICK_ATTRIBUTE_STAMP_NS || attribute->kind == TICK_ATTRIBUTE_LOAD_ID ||
			(attribute->kind == TICK_ATTRIBUTE_STORED &&
			 (attribute->type == INT2OID || attribute->type == INT4OID || attribute->type == INT8OID)) ?
			NUMERIC_BTREE_FAMILY : InvalidOid;
	if (attribute->kind != TICK_ATTRIBUTE_STAMP_US)
		return InvalidOid;
	if (node->as_date || node->function == TICK_FUNCTION_BIN || truncates(node))
		return DATETIME_BTREE_FAMILY;
	if (node->function == TICK_FUNCTION_PART && node->part == TICK_PART_TIME)
		return TIME_BTREE_FAMILY;
	return NUMERIC_BTREE_FAMILY;
}

bool
TickQualFunctionFits(const TickQualNode *node, const TickAttribute *attribute, Oid type)
{
	Oid			family = TickQualFunctionFamily(node, attribute);

	if (family == TIME_BTREE_FAMILY)
		return type == TIMEOID;
	if (family == NUMERIC_BTREE_FAMILY)
		return type == NUMERICOID;
	return type == DATEOID || type == TIMESTAMPOID ||
		(type == TIMESTAMPTZOID && attribute->type == TIMESTAMPTZOID);
}

/* ---- constants ---- */

static TickInterval
point(int128 value)
{
	TickInterval interval = {value, value};

	return interval;
}

TickInterval
TickDecimalInterval(uint8 scale, Datum value)
{
	Numeric		number = DatumGetNumeric(value);
	Datum		limit = NumericGetDatum(int64_to_numeric(PG_INT64_MAX));
	Datum		scaled;
	Datum		floor;
	TickInterval interval;

	if (numeric_is_nan(number))
		return point(TICK_BEYOND);
	scaled = DirectFunctionCall2(numeric_mul, value,
								 NumericGetDatum(int64_to_numeric(tick_power_of_ten[scale])));
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, scaled, limit)))
		return point(TICK_BEYOND);
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, scaled,
										 NumericGetDatum(int64_to_numeric(PG_INT64_MIN)))))
		return point(-TICK_BEYOND);
	floor = DirectFunctionCall1(numeric_floor, scaled);
	interval.first = interval.last = DatumGetInt64(DirectFunctionCall1(numeric_int8, floor));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, floor, scaled)))
		interval.first++;
	return interval;
}

/*
 * A constant compared with a stamp column.  Dates and, for timestamptz,
 * naive stamps are converted as PostgreSQL's cross-type comparisons do; what
 * is too far away for the type is beyond every stored time anyway.
 */
int128
TickMomentConstant(const TickAttribute *attribute, Oid type, Datum value)
{
	int			overflow = 0;
	int64		us;

	if (type == DATEOID)
		us = attribute->type == TIMESTAMPTZOID ?
			date2timestamptz_opt_overflow(DatumGetDateADT(value), &overflow) :
			date2timestamp_opt_overflow(DatumGetDateADT(value), &overflow);
	else if (type == TIMESTAMPOID && attribute->type == TIMESTAMPTZOID)
		us = timestamp2timestamptz_opt_overflow(DatumGetTimestamp(value), &overflow);
	else
		us = DatumGetTimestamp(value);
	if (overflow < 0 || TIMESTAMP_IS_NOBEGIN(us))
		return -TICK_BEYOND;
	if (overflow > 0 || TIMESTAMP_IS_NOEND(us))
		return TICK_BEYOND;
	return (int128) us + TICK_EPOCH_US;
}

/* Values in us as the ns they stand for; beyond stays beyond. */
static TickInterval
scaled(TickInterval us)
{
	TickInterval interval = {us.first * 1000, us.last * 1000 + 999};

	return us.first >= TICK_BEYOND || us.last <= -TICK_BEYOND ? us : interval;
}

static int128
floor_to(int128 value, int128 unit)
{
	int128		rest = value % unit;

	return value - rest - (rest < 0 ? unit : 0);
}

/* First us of the bin that holds us, and of the next one. */
static void
bin_around(const TickQualNode *node, int128 us, int128 *begin, int128 *next)
{
	int64		day;
	int64		following;

	if (node->function == TICK_FUNCTION_BIN || node->part == TICK_PART_TRUNCATE)
	{
		int128		width = node->function == TICK_FUNCTION_BIN ? node->width : node->width / 1000;
		int128		origin = node->function == TICK_FUNCTION_BIN ? node->origin : 0;

		*begin = origin + floor_to(us - origin, width);
		*next = *begin + width;
		return;
	}
	day = tick_part_first_day(node->part, (int64) (floor_to(us, USECS_PER_DAY) / USECS_PER_DAY));
	following = day + (node->part == TICK_PART_TRUNCATE_DAY ? 1 : node->part == TICK_PART_TRUNCATE_WEEK ? 7 :
					   node->part == TICK_PART_TRUNCATE_MONTH ? 31 : node->part == TICK_PART_TRUNCATE_QUARTER ? 92 : 366);
	*begin = (int128) day * USECS_PER_DAY;
	*next = (int128) tick_part_first_day(node->part, following) * USECS_PER_DAY;
}

/* Stored times whose bin begins at the constant; none, between two bins, when no bin does. */
static TickInterval
bin_interval(const TickQualNode *node, int128 us)
{
	TickInterval interval;
	int128		begin,
				next;

	if (us >= TICK_BEYOND || us <= -TICK_BEYOND)
		return point(us);
	bin_around(node, us, &begin, &next);
	interval.first = (begin == us ? begin : next) * 1000;
	interval.last = next * 1000 - 1;
	return interval;
}

/* Is the local time the stored one? */
static bool
is_naive(const TickQualNode *node)
{
	return node->attribute->type != TIMESTAMPTZOID;
}

TickInterval
TickQualFunctionInterval(const TickDataset *dataset, const TickQualNode *node, Datum value)
{
	switch (node->function)
	{
		case TICK_FUNCTION_NUMERIC:
			return TickDecimalInterval(0, value);
		case TICK_FUNCTION_EPOCH:
			return scaled(TickDecimalInterval(6, value));
		case TICK_FUNCTION_BIN:
			return bin_interval(node, TickMomentConstant(node->attribute, node->type, value));
		default:
			break;
	}
	if (truncates(node))
	{
		int128		us = TickMomentConstant(node->attribute, node->type, value);

		return is_naive(node) ? bin_interval(node, us) : point(us);
	}
	if (node->part == TICK_PART_TIME)
		return scaled(point(DatumGetTimeADT(value)));
	if (node->part == TICK_PART_SECOND)
		return scaled(TickDecimalInterval(6, value));
	return TickDecimalInterval(0, value);
}

TickFilterPart *
TickQualPartOf(const TickQualNode *node)
{
	TickFilterPart *part;

	if (node->function != TICK_FUNCTION_PART || (truncates(node) && is_naive(node)))
		return NULL;
	part = palloc0(sizeof(TickFilterPart));
	part->kind = node->part;
	part->unit = node->width;
	if (!is_naive(node))
		part->zone = TickZoneByName(pg_get_timezone_name(session_timezone));
	return part;
}

bool
TickQualTruncateRange(const TickQualNode *node, TickCompare compare, TickInterval constant, TickInterval *stored)
{
	int128		longest = (node->part == TICK_PART_TRUNCATE_YEAR ? 366 : node->part == TICK_PART_TRUNCATE_QUARTER ? 92 :
						   node->part == TICK_PART_TRUNCATE_MONTH ? 31 : 7) * (int128) TICK_NS_PER_DAY;

	if (!truncates(node) || compare == TICK_NE || constant.first >= TICK_BEYOND || constant.last <= -TICK_BEYOND)
		return false;
	*stored = scaled(constant);
	stored->first -= MAX_CLOCK_STEP;
	stored->last += longest + MAX_CLOCK_STEP;
	if (compare == TICK_LT || compare == TICK_LE)
		stored->first = -TICK_BEYOND;
	else if (compare == TICK_GT || compare == TICK_GE)
		stored->last = TICK_BEYOND;
	return true;
}
