/*-------------------------------------------------------------------------
 *
 * fdw_fill.c
 *	  Batches of a scan as arrays of Datums.
 *
 * One loop a column and a batch, so that handing a row to the executor is
 * copying a Datum a column.  Text becomes varlena in a buffer of the column
 * that is used again; a value that repeats (a symbol, a dictionary's entry)
 * is built once and pointed at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "convert.h"
#include "fdw_fill.h"
#include "tick.h"

/* How a stored column's values are made. */
static TickFillKind
kind_of_stored(const TickDataset *dataset, const TickAttribute *attribute)
{
	switch (attribute->type)
	{
		case BOOLOID:
			return TICK_FILL_BOOL;
		case INT2OID:
			return TICK_FILL_INT16;
		case INT4OID:
			return TICK_FILL_INT32;
		case INT8OID:
			return TICK_FILL_INT64;
		case FLOAT4OID:
			return TICK_FILL_FLOAT4;
		case FLOAT8OID:
			return TICK_FILL_FLOAT8;
		case DATEOID:
			return TICK_FILL_DATE;
		case TIMEOID:
			return TICK_FILL_TIME;
		case TEXTOID:
		case VARCHAROID:
			return attribute->column == dataset->schema.symbol ? TICK_FILL_SYMBOL : TICK_FILL_TEXT;
		default:
			return TICK_FILL_OTHER;
	}
}

static TickFillKind
kind_of(const TickDataset *dataset, const TickAttribute *attribute)
{
	switch (attribute->kind)
	{
		case TICK_ATTRIBUTE_STAMP_US:
			return TICK_FILL_STAMP;
		case TICK_ATTRIBUTE_STAMP_NS:
		case TICK_ATTRIBUTE_LOAD_ID:
			return TICK_FILL_INT64;
		case TICK_ATTRIBUTE_DATE:
			if (dataset->grain == TICK_GRAIN_DAY)
				return TICK_FILL_PARTITION;
			return TICK_FILL_OTHER;
		case TICK_ATTRIBUTE_STORED:
		case TICK_ATTRIBUTE_DROPPED:
			break;
	}
	return kind_of_stored(dataset, attribute);
}

TickFill *
TickFillCreate(const TickDataset *dataset, List *attributes, bool **columns)
{
	TickFill   *fill = palloc0(sizeof(TickFill));
	ListCell   *cell;

	fill->dataset = dataset;
	fill->context = CurrentMemoryContext;
	fill->batch_context = AllocSetContextCreate(CurrentMemoryContext, "tick batch", ALLOCSET_DEFAULT_SIZES);
	fill->column = palloc0(sizeof(TickFillColumn) * Max(list_length(attributes), 1));
	*columns = palloc0(sizeof(bool) * dataset->schema.columns);
	foreach(cell, attributes)
	{
		TickFillColumn *column = &fill->column[fill->columns++];

		column->place = lfirst_int(cell) - 1;
		column->attribute = &dataset->attribute[column->place];
		column->kind = kind_of(dataset, column->attribute);
		column->values = palloc(sizeof(Datum) * TICK_BATCH_ROWS);
		column->nulls = palloc(sizeof(bool) * TICK_BATCH_ROWS);
		column->constant = column->kind == TICK_FILL_PARTITION;
		if (column->kind != TICK_FILL_PARTITION)
			(*columns)[column->attribute->column] = true;
	}
	return fill;
}

/* ---- fixed types ---- */

/*
 * values[j] = expression of row i for every row that passed: one after the
 * other when all did, by their places otherwise.
 */
#define FILL(expression) \
	do { \
		if (places == NULL) \
			for (uint32 j = 0; j < rows; j++) \
			{ \
				uint32		i = first + j; \
				values[j] = (expression); \
			} \
		else \
			for (uint32 j = 0; j < rows; j++) \
			{ \
				uint32		i = places[j]; \
				values[j] = (expression); \
			} \
	} while (0)

/* ns since 1970 to us since 2000, floored */
static inline int64
stamp_us(int64 ns)
{
	int64		us = ns / 1000;

	return us - (ns - us * 1000 < 0) - TICK_EPOCH_US;
}

/* Are all the values within the type?  A column may have been declared narrower than it was written. */
static bool
within(const int64 *value, const uint16 *places, uint32 first, uint32 rows, int64 low, int64 high)
{
	uint64		outside = 0;

	if (places == NULL)
		for (uint32 j = 0; j < rows; j++)
			outside |= (value[first + j] < low) | (value[first + j] > high);
	else
		for (uint32 j = 0; j < rows; j++)
			outside |= (value[places[j]] < low) | (value[places[j]] > high);
	return outside == 0;
}

/* Are all the values real?  Conditions see what is stored, so it must be what is shown. */
static bool
within_real(const double *value, const uint16 *places, uint32 first, uint32 rows)
{
	bool		lossy = false;

	for (uint32 j = 0; j < rows; j++)
	{
		double		stored = value[places != NULL ? places[j] : first + j];

		lossy |= (stored == stored) & ((double) (float4) stored != stored);
	}
	return !lossy;
}

/* Is a text longer than the varchar(n) that it is read as may be? */
static bool
exceeds_limit(const TickAttribute *attribute, const TickVector *vector, const uint16 *places, uint32 first, uint32 rows)
{
	uint32		limit = (uint32) (attribute->typmod - VARHDRSZ);
	uint32		longest = 0;

	if (attribute->type != VARCHAROID || attribute->typmod < (int32) VARHDRSZ)
		return false;
	for (uint32 j = 0; j < rows; j++)
		longest = Max(longest, vector->text[places != NULL ? places[j] : first + j].length);
	return longest > limit;
}

static void
fill_other(TickFill *fill, TickFillColumn *column, const TickVector *vector,
		   const uint16 *places, uint32 first, uint32 rows)
{
	MemoryContext old = MemoryContextSwitchTo(fill->batch_context);

	for (uint32 j = 0; j < rows; j++)
	{
		uint32		i = places != NULL ? places[j] : first + j;

		if (tick_vector_present(vector, i))
			column->values[j] = TickToDatum(fill->dataset, column->attribute, vector, i, &column->zone_hint);
	}
	MemoryContextSwitchTo(old);
}

/* The columns whose Datum is computed from the int64 or double alone. */
static void
fill_fixed(TickFill *fill, TickFillColumn *column, const TickVector *vector,
		   const uint16 *places, uint32 first, uint32 rows)
{
	Datum	   *values = column->values;
	const int64 *i64 = vector->i64;
	const double *f64 = vector->f64;

	switch (column->kind)
	{
		case TICK_FILL_INT64:
			FILL(Int64GetDatum(i64[i]));
			return;
		case TICK_FILL_INT16:
			if (!within(i64, places, first, rows, PG_INT16_MIN, PG_INT16_MAX))
				break;
			FILL(Int16GetDatum((int16) i64[i]));
			return;
		case TICK_FILL_INT32:
			if (!within(i64, places, first, rows, PG_INT32_MIN, PG_INT32_MAX))
				break;
			FILL(Int32GetDatum((int32) i64[i]));
			return;
		case TICK_FILL_BOOL:
			FILL(BoolGetDatum(i64[i] != 0));
			return;
		case TICK_FILL_FLOAT8:
			FILL(Float8GetDatum(f64[i]));
			return;
		case TICK_FILL_FLOAT4:
			if (!within_real(f64, places, first, rows))
				break;
			FILL(Float4GetDatum((float4) f64[i]));
			return;
		case TICK_FILL_DATE:
			FILL(DateADTGetDatum((DateADT) (i64[i] - TICK_EPOCH_DAYS)));
			return;
		case TICK_FILL_TIME:
			FILL(TimeADTGetDatum(i64[i] / 1000));
			return;
		case TICK_FILL_STAMP:
			FILL(TimestampGetDatum(stamp_us(i64[i])));
			return;
		default:
			break;
	}
	fill_other(fill, column, vector, places, first, rows);
}

/* ---- text ---- */

/* Room for bytes of text; what was there before is lost. */
static void
reserve_bytes(TickFill *fill, TickFillColumn *column, size_t bytes)
{
	if (column->capacity >= bytes)
		return;
	if (column->bytes != NULL)
		pfree(column->bytes);
	column->bytes = NULL;
	column->capacity = Max(bytes, 2 * column->capacity);
	column->bytes = MemoryContextAllocHuge(fill->context, column->capacity);
}

/* Bytes that a text takes as varlena, aligned for the next one. */
static inline size_t
varlena_bytes(TickString text)
{
	return MAXALIGN(VARHDRSZ + (size_t) text.length);
}

/* Write a text as varlena at *at and move on. */
static inline Datum
put_varlena(char **at, TickString text)
{
	char	   *start = *at;

	SET_VARSIZE(start, VARHDRSZ + text.length);
	memcpy(VARDATA(start), text.data, text.length);
	*at += varlena_bytes(text);
	return PointerGetDatum(start);
}

/* One text for all rows. */
static void
fill_constant_text(TickFill *fill, TickFillColumn *column, TickString text)
{
	char	   *at;

	reserve_bytes(fill, column, varlena_bytes(text));
	at = column->bytes;
	column->values[0] = put_varlena(&at, text);
	column->constant = true;
}

/* Build each entry of a small dictionary once. */
static void
fill_dictionary(TickFill *fill, TickFillColumn *column, const TickVector *vector,
				const uint16 *places, uint32 first, uint32 rows)
{
	Datum	   *values = column->values;
	const uint32 *codes = vector->codes;
	const Datum *dictionary;
	size_t		bytes = 0;
	char	   *at;

	if (column->dictionary_capacity < vector->dictionary_size)
	{
		if (column->dictionary != NULL)
			pfree(column->dictionary);
		column->dictionary_capacity = vector->dictionary_size * 2;
		column->dictionary = MemoryContextAlloc(fill->context, sizeof(Datum) * column->dictionary_capacity);
	}
	for (uint32 i = 0; i < vector->dictionary_size; i++)
		bytes += varlena_bytes(vector->dictionary[i]);
	reserve_bytes(fill, column, bytes);
	at = column->bytes;
	for (uint32 i = 0; i < vector->dictionary_size; i++)
		column->dictionary[i] = put_varlena(&at, vector->dictionary[i]);
	dictionary = column->dictionary;
	/* nothing is said of the codes of nulls */
	if (vector->validity == NULL)
		FILL(dictionary[codes[i]]);
	else
		FILL(tick_vector_present(vector, i) ? dictionary[codes[i]] : (Datum) 0);
}

/* Build the text of every row, but once for a run of equal codes. */
static void
fill_rows(TickFill *fill, TickFillColumn *column, const TickVector *vector,
		  const uint16 *places, uint32 first, uint32 rows)
{
	size_t		bytes = 0;
	char	   *at;
	bool		coded = vector->codes != NULL && vector->dictionary != NULL;
	uint32		last = 0;
	Datum		value = (Datum) 0;

	for (uint32 j = 0; j < rows; j++)
		bytes += varlena_bytes(vector->text[places != NULL ? places[j] : first + j]);
	reserve_bytes(fill, column, bytes);
	at = column->bytes;
	for (uint32 j = 0; j < rows; j++)
	{
		uint32		i = places != NULL ? places[j] : first + j;

		if (!tick_vector_present(vector, i))
			continue;
		if (!coded || value == (Datum) 0 || vector->codes[i] != last)
			value = put_varlena(&at, vector->text[i]);
		if (coded)
			last = vector->codes[i];
		column->values[j] = value;
	}
}

static void
fill_text(TickFill *fill, TickFillColumn *column, const TickVector *vector,
		  const uint16 *places, uint32 first, uint32 rows)
{
	/* counts characters, and raises where there are too many */
	if (exceeds_limit(column->attribute, vector, places, first, rows))
		fill_other(fill, column, vector, places, first, rows);
	else if (vector->codes != NULL && vector->dictionary != NULL && vector->dictionary_size <= rows / 4)
		fill_dictionary(fill, column, vector, places, first, rows);
	else
		fill_rows(fill, column, vector, places, first, rows);
}

/* ---- batches ---- */

static void
fill_nulls(TickFillColumn *column, const TickVector *vector, const uint16 *places, uint32 first, uint32 rows)
{
	column->has_nulls = vector->validity != NULL;
	if (!column->has_nulls)
		return;
	for (uint32 j = 0; j < rows; j++)
		column->nulls[j] = !tick_bit_get(vector->validity, places != NULL ? places[j] : first + j);
}

static void
fill_column(TickFill *fill, TickFillColumn *column, TickDatasetScan *scan,
			const TickScanBatch *batch, const uint16 *places)
{
	uint32		rows = (uint32) batch->rows;
	const TickVector *vector;

	column->constant = false;
	if (column->kind == TICK_FILL_PARTITION)
	{
		column->constant = true;
		column->has_nulls = false;
		column->values[0] = DateADTGetDatum((DateADT) (batch->partition - TICK_EPOCH_DAYS));
		return;
	}
	if (column->kind == TICK_FILL_SYMBOL && batch->symbol != NULL)
	{
		fill_constant_text(fill, column, batch->symbol->name);
		column->has_nulls = batch->symbol->is_null;
		column->nulls[0] = batch->symbol->is_null;
		return;
	}
	vector = TickDatasetScanColumn(scan, column->attribute->column);
	fill_nulls(column, vector, places, batch->first, rows);
	if (column->kind == TICK_FILL_TEXT || column->kind == TICK_FILL_SYMBOL)
		fill_text(fill, column, vector, places, batch->first, rows);
	else if (column->kind == TICK_FILL_OTHER)
		fill_other(fill, column, vector, places, batch->first, rows);
	else
		fill_fixed(fill, column, vector, places, batch->first, rows);
}

void
TickFillBatch(TickFill *fill, TickDatasetScan *scan, const TickScanBatch *batch)
{
	const uint16 *places = NULL;

	MemoryContextReset(fill->batch_context);
	fill->rows = batch->rows;
	if (batch->keep != NULL || batch->backward)
	{
		(void) TickScanPlaces(batch, fill->places);
		places = fill->places;
	}
	for (int i = 0; i < fill->columns; i++)
		fill_column(fill, &fill->column[i], scan, batch, places);
}
