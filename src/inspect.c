/*-------------------------------------------------------------------------
 *
 * inspect.c
 *	  tick_segment_info(): the column chunks of a dataset's segments.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"

#include "access.h"
#include "catalog.h"
#include "convert.h"
#include "core/segment.h"
#include "tick.h"

PG_FUNCTION_INFO_V1(tick_segment_info);

/* The attribute over a stored column, or NULL for a dropped one. */
static const TickAttribute *
attribute_of(const TickDataset *dataset, int32 column_id)
{
	int			i;

	for (i = 0; i < dataset->attributes; i++)
	{
		const TickAttribute *attribute = &dataset->attribute[i];

		if ((attribute->kind == TICK_ATTRIBUTE_STORED || attribute->kind == TICK_ATTRIBUTE_STAMP_US ||
			 attribute->kind == TICK_ATTRIBUTE_STAMP_NS) &&
			dataset->schema.column[attribute->column].id == column_id)
			return attribute;
	}
	return NULL;
}

/* An end of a zone map's range as text. */
static Datum
bound_text(const TickDataset *dataset, const TickAttribute *attribute, const TickColumn *column,
		   const TickZoneMap *map, bool max)
{
	TickVector	vector = {.type = column->type,.scale = column->scale,.rows = 1};
	int64_t		i64 = max ? map->max_i64 : map->min_i64;
	double		f64 = max ? map->max_f64 : map->min_f64;
	Oid			output;
	bool		varlena;
	int			hint = 0;
	Datum		value;

	if (column->type == TICK_TEXT)
		return max ? PointerGetDatum(cstring_to_text_with_len(map->max_text, map->max_text_length)) :
			PointerGetDatum(cstring_to_text_with_len(map->min_text, map->min_text_length));
	if (column->type == TICK_DOUBLE)
		vector.f64 = &f64;
	else
		vector.i64 = &i64;
	/* a segment from before a retype has values of another type than the attribute */
	if (attribute == NULL || dataset->schema.column[attribute->column].type != column->type)
		return CStringGetTextDatum(column->type == TICK_DOUBLE ? float8out_internal(f64) :
								   psprintf("%lld", (long long) i64));
	value = TickToDatum(dataset, attribute, &vector, 0, &hint);
	getTypeOutputInfo(attribute->type, &output, &varlena);
	return CStringGetTextDatum(OidOutputFunctionCall(output, value));
}

/* One row: a column chunk. */
static void
emit_chunk(ReturnSetInfo *result, const TickReading *reading, int segment, uint32_t group, int column)
{
	const TickDataset *dataset = reading->dataset;
	const TickSegmentEntry *entry = reading->entry[segment];
	TickSegmentReader *reader = reading->reader[segment];
	const TickColumn *stored = &tick_segment_schema(reader)->column[column];
	const TickAttribute *attribute = attribute_of(dataset, stored->id);
	const TickZoneMap *map = tick_segment_zone_map(reader, group, column);
	Datum		values[10] = {0};
	bool		nulls[10] = {false};

	values[0] = Int64GetDatum(entry->id);
	values[1] = CStringGetTextDatum(TickPartitionLabel(dataset->grain, entry->partition));
	values[2] = Int32GetDatum((int32) group);
	values[3] = CStringGetTextDatum(attribute != NULL ? NameStr(attribute->name) : stored->field);
	values[4] = CStringGetTextDatum(stored->role == TICK_ROLE_SYMBOL ? "directory" :
									tick_encoding_name(tick_segment_chunk_encoding(reader, group, column)));
	values[5] = Int64GetDatum((int64) map->rows);
	values[6] = Int64GetDatum((int64) map->nulls);
	values[7] = Int64GetDatum((int64) tick_segment_chunk_bytes(reader, group, column));
	nulls[8] = nulls[9] = !map->has_range;
	if (map->has_range)
	{
		values[8] = bound_text(dataset, attribute, stored, map, false);
		values[9] = bound_text(dataset, attribute, stored, map, true);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
tick_segment_info(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;
	TickReading reading;
	int			segment,
				column;
	uint32_t	group;

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("target must not be null")));
	TickReadingBegin(&reading, PG_GETARG_OID(0));
	TickReadingSegments(&reading, PG_INT32_MIN, PG_INT32_MAX);
	for (segment = 0; segment < reading.segments; segment++)
		for (group = 0; group < tick_segment_row_groups(reading.reader[segment]); group++)
		{
			CHECK_FOR_INTERRUPTS();
			for (column = 0; column < tick_segment_schema(reading.reader[segment])->columns; column++)
				emit_chunk(result, &reading, segment, group, column);
		}
	TickReadingEnd(&reading);
	return (Datum) 0;
}
