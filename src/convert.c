/*-------------------------------------------------------------------------
 *
 * convert.c
 *	  Values between the core's vectors and PostgreSQL's Datums.
 *
 * The core counts from 1970 in nanoseconds and days, PostgreSQL from 2000 in
 * microseconds and days; text is bytes in the database's encoding.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "convert.h"
#include "core/value.h"
#include "timezone.h"

PG_FUNCTION_INFO_V1(tick_stamp_text);

int64
TickStampToTimestamp(int64 ns)
{
	int64		us = ns / 1000;

	if (ns % 1000 < 0)
		us--;
	return us - TICK_EPOCH_US;
}

int64
TickTimestampToStamp(int64 timestamp)
{
	int64		us;
	int64		ns;

	if (TIMESTAMP_NOT_FINITE(timestamp) ||
		pg_add_s64_overflow(timestamp, TICK_EPOCH_US, &us) ||
		pg_mul_s64_overflow(us, 1000, &ns))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range for a tick dataset"),
				 errdetail("Times are stored as nanoseconds from 1677-09-21 to 2262-04-11.")));
	return ns;
}

/* An integer read as a narrower type than it was written with. */
static int64
checked_int(const TickAttribute *attribute, int64 value, int64 low, int64 high)
{
	if (value < low || value > high)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value %lld of column \"%s\" is out of range for its type",
						(long long) value, NameStr(attribute->name)),
				 errhint("Declare the column bigint again.")));
	return value;
}

/* A double read as real must be one: conditions see what is stored. */
static float4
checked_real(const TickAttribute *attribute, double value)
{
	float4		real = (float4) value;

	if ((double) real != value && !isnan(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a value of column \"%s\" cannot be read as real without loss", NameStr(attribute->name)),
				 errhint("Declare the column double precision again.")));
	return real;
}

/* Text of a varchar whose length may have been reduced since. */
static Datum
varchar_datum(const TickAttribute *attribute, TickString text)
{
	int			limit = attribute->typmod - VARHDRSZ;

	if (attribute->typmod >= (int32) VARHDRSZ && text.length > limit &&
		pg_mbstrlen_with_len(text.data, text.length) > limit)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("a value of column \"%s\" is too long for type character varying(%d)",
						NameStr(attribute->name), limit)));
	return PointerGetDatum(cstring_to_text_with_len(text.data, text.length));
}

/* Text of any of the types that are stored as TICK_TEXT. */
static Datum
text_datum(const TickAttribute *attribute, TickString text)
{
	char	   *copy;

	switch (attribute->type)
	{
		case VARCHAROID:
			return varchar_datum(attribute, text);
		case TEXTOID:
			return PointerGetDatum(cstring_to_text_with_len(text.data, text.length));
		case CHAROID:
			return CharGetDatum(text.length > 0 ? text.data[0] : '\0');
		default:
			break;
	}
	copy = pnstrdup(text.data, text.length);
	if (attribute->type == BPCHAROID)
		return DirectFunctionCall3(bpcharin, CStringGetDatum(copy),
								   ObjectIdGetDatum(InvalidOid), Int32GetDatum(attribute->typmod));
	if (attribute->type == NAMEOID)
		return DirectFunctionCall1(namein, CStringGetDatum(copy));
	return DirectFunctionCall3(numeric_in, CStringGetDatum(copy),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(attribute->typmod));
}

/* A stored value in the type the attribute declares. */
static Datum
stored_datum(const TickAttribute *attribute, const TickVector *vector, uint32_t i)
{
	switch (vector->type)
	{
		case TICK_BOOL:
			return BoolGetDatum(vector->i64[i] != 0);
		case TICK_INT:
			if (attribute->type == INT2OID)
				return Int16GetDatum((int16) checked_int(attribute, vector->i64[i], PG_INT16_MIN, PG_INT16_MAX));
			if (attribute->type == INT4OID)
				return Int32GetDatum((int32) checked_int(attribute, vector->i64[i], PG_INT32_MIN, PG_INT32_MAX));
			return Int64GetDatum(vector->i64[i]);
		case TICK_DOUBLE:
			if (attribute->type == FLOAT4OID)
				return Float4GetDatum(checked_real(attribute, vector->f64[i]));
			return Float8GetDatum(vector->f64[i]);
		case TICK_DECIMAL:
			return NumericGetDatum(int64_div_fast_to_numeric(vector->i64[i], vector->scale));
		case TICK_DATE:
			return DateADTGetDatum((DateADT) (vector->i64[i] - TICK_EPOCH_DAYS));
		case TICK_TIME:
			return TimeADTGetDatum(vector->i64[i] / 1000);
		case TICK_STAMP:
			return TimestampGetDatum(TickStampToTimestamp(vector->i64[i]));
		case TICK_TEXT:
			return text_datum(attribute, vector->text[i]);
	}
	elog(ERROR, "unexpected column type %d", (int) vector->type);
	return (Datum) 0;			/* not reached */
}

Datum
TickToDatum(const TickDataset *dataset, const TickAttribute *attribute,
			const TickVector *vector, uint32_t i, int *zone_hint)
{
	switch (attribute->kind)
	{
		case TICK_ATTRIBUTE_STAMP_US:
			return TimestampGetDatum(TickStampToTimestamp(vector->i64[i]));
		case TICK_ATTRIBUTE_STAMP_NS:
		case TICK_ATTRIBUTE_LOAD_ID:
			return Int64GetDatum(vector->i64[i]);
		case TICK_ATTRIBUTE_DATE:
			return DateADTGetDatum((DateADT) (TickDatasetDay(dataset, vector->i64[i], zone_hint) - TICK_EPOCH_DAYS));
		case TICK_ATTRIBUTE_STORED:
		case TICK_ATTRIBUTE_DROPPED:
			break;
	}
	return stored_datum(attribute, vector, i);
}

/* Raise for a value that has no stored form. */
static void
refuse_value(const TickAttribute *attribute, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("column \"%s\" cannot hold %s", NameStr(attribute->name), what)));
}

/* numeric(p,s) with p <= 18 as its value times 10^scale. */
static int64
decimal_units(const TickAttribute *attribute, Numeric value, uint8 scale)
{
	int64		power = 1;
	Datum		scaled;

	if (numeric_is_nan(value) || numeric_is_inf(value))
		refuse_value(attribute, "NaN or infinity");
	while (scale-- > 0)
		power *= 10;
	scaled = DirectFunctionCall2(numeric_mul, NumericGetDatum(value),
								 NumericGetDatum(int64_to_numeric(power)));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, scaled));
}

/* The bytes of a text-like Datum; points into it or into palloc'd memory. */
static TickString
datum_text(Oid type, Datum value)
{
	TickString	result;
	text	   *packed;

	if (type == CHAROID)
	{
		char	   *byte = palloc(1);

		*byte = DatumGetChar(value);
		result.data = byte;
		result.length = *byte != '\0';
		return result;
	}
	if (type == NAMEOID)
	{
		result.data = NameStr(*DatumGetName(value));
		result.length = strlen(result.data);
		return result;
	}
	if (type == NUMERICOID)
	{
		result.data = DatumGetCString(DirectFunctionCall1(numeric_out, value));
		result.length = strlen(result.data);
		return result;
	}
	packed = DatumGetTextPP(value);
	result.data = VARDATA_ANY(packed);
	result.length = VARSIZE_ANY_EXHDR(packed);
	return result;
}

void
TickFromDatum(const TickAttribute *attribute, TickType core_type, uint8_t scale,
			  Datum value, TickStoredValue *stored)
{
	memset(stored, 0, sizeof(*stored));
	switch (core_type)
	{
		case TICK_BOOL:
			stored->i64 = DatumGetBool(value);
			break;
		case TICK_INT:
			stored->i64 = attribute->type == INT2OID ? DatumGetInt16(value) :
				attribute->type == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value);
			break;
		case TICK_DOUBLE:
			stored->f64 = attribute->type == FLOAT4OID ? DatumGetFloat4(value) : DatumGetFloat8(value);
			break;
		case TICK_DECIMAL:
			stored->i64 = decimal_units(attribute, DatumGetNumeric(value), scale);
			break;
		case TICK_DATE:
			if (DATE_NOT_FINITE(DatumGetDateADT(value)))
				refuse_value(attribute, "an infinite date");
			stored->i64 = (int64) DatumGetDateADT(value) + TICK_EPOCH_DAYS;
			break;
		case TICK_TIME:
			stored->i64 = DatumGetTimeADT(value) * 1000;
			break;
		case TICK_STAMP:
			stored->i64 = attribute->kind == TICK_ATTRIBUTE_STAMP_NS ? DatumGetInt64(value) :
				TickTimestampToStamp(DatumGetTimestamp(value));
			break;
		case TICK_TEXT:
			stored->text = datum_text(attribute->type, value);
			break;
	}
}

/* An integer constant of any width; false for other types. */
static bool
integer_constant(Oid type, Datum value, int64 *out)
{
	if (type == INT2OID)
		*out = DatumGetInt16(value);
	else if (type == INT4OID)
		*out = DatumGetInt32(value);
	else if (type == INT8OID)
		*out = DatumGetInt64(value);
	else
		return false;
	return true;
}

bool
TickConstantFromDatum(const TickAttribute *attribute, TickType core_type, uint8_t scale,
					  Oid type, Datum value, TickStoredValue *stored)
{
	memset(stored, 0, sizeof(*stored));
	switch (core_type)
	{
		case TICK_BOOL:
			stored->i64 = type == BOOLOID && DatumGetBool(value);
			return type == BOOLOID;
		case TICK_INT:
			return integer_constant(type, value, &stored->i64);
		case TICK_DOUBLE:
			if (type == FLOAT8OID)
				stored->f64 = DatumGetFloat8(value);
			else if (type == FLOAT4OID)
				stored->f64 = DatumGetFloat4(value);
			return type == FLOAT8OID || type == FLOAT4OID;
		case TICK_DATE:
			if (type != DATEOID || DATE_NOT_FINITE(DatumGetDateADT(value)))
				return false;
			stored->i64 = (int64) DatumGetDateADT(value) + TICK_EPOCH_DAYS;
			return true;
		case TICK_TIME:
			if (type != TIMEOID)
				return false;
			stored->i64 = DatumGetTimeADT(value) * 1000;
			return true;
		case TICK_STAMP:
			return attribute->kind == TICK_ATTRIBUTE_STAMP_NS &&
				integer_constant(type, value, &stored->i64);
		case TICK_TEXT:
			if (type != TEXTOID && type != VARCHAROID)
				return false;
			stored->text = datum_text(type, value);
			return true;
		case TICK_DECIMAL:
			return false;
	}
	return false;
}

/*
 * tick.stamp_text(ns, zone): a stored time for people, with as many fraction
 * digits as it has, in the dataset's zone when there is one.
 */
Datum
tick_stamp_text(PG_FUNCTION_ARGS)
{
	const TickZone *zone = NULL;
	int64		ns;
	int64		local;
	int64		day;
	int64		rest;
	int			hint = 0;
	int			year,
				month,
				dayofmonth;
	int			digits;
	char		buffer[80];
	int			length;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	ns = PG_GETARG_INT64(0);
	if (!PG_ARGISNULL(1))
		zone = TickZoneByName(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	local = zone != NULL ? tick_zone_to_local(zone, ns, &hint) : ns;
	day = local / TICK_NS_PER_DAY - (local % TICK_NS_PER_DAY < 0);
	rest = local - day * TICK_NS_PER_DAY;
	tick_day_to_date(day, &year, &month, &dayofmonth);
	length = snprintf(buffer, sizeof(buffer), "%04d-%02d-%02d %02d:%02d:%02d.%09d",
					  year, month, dayofmonth,
					  (int) (rest / (3600 * TICK_NS_PER_SECOND)),
					  (int) (rest / (60 * TICK_NS_PER_SECOND) % 60),
					  (int) (rest / TICK_NS_PER_SECOND % 60),
					  (int) (rest % TICK_NS_PER_SECOND));
	for (digits = 9; digits > 0 && buffer[length - 1] == '0'; digits--)
		length--;
	if (digits == 0)
		length--;
	if (zone != NULL)
	{
		int64		offset = (local - ns) / TICK_NS_PER_SECOND;
		int			minutes = abs((int) (offset / 60));

		length += snprintf(buffer + length, sizeof(buffer) - length, "%c%02d", offset < 0 ? '-' : '+', minutes / 60);
		if (minutes % 60 != 0)
			length += snprintf(buffer + length, sizeof(buffer) - length, ":%02d", minutes % 60);
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(buffer, length));
}
