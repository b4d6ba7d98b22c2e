/*-------------------------------------------------------------------------
 *
 * aggregate_column.c
 *	  Columns of a job's row group, decoded batch by batch where wanted.
 *
 * Doubles that are stored as decimals are decoded as such when only sums are
 * made of them: no division, and none to find the decimals again.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_internal.h"

#include <string.h>

#include "core/cursor.h"

#define NO_DECIMAL 255
#define DOUBLE_BITS 53

TickStatus
tick_job_open_columns(TickAggregateJob *job, TickError *error)
{
	for (int i = 0; i < job->plan->columns; i++)
	{
		TickJobColumn *column = &job->column[i];

		column->batch = column->units_batch = TICK_NOWHERE;
		column->chunk = NULL;
		if (job->segment->binding[i].origin == TICK_FROM_CHUNK)
			TICK_TRY(tick_segment_open_chunk(job->segment->reader, job->row_group, job->segment->binding[i].source,
											 &column->bytes, &column->chunk, error));
	}
	return TICK_OK;
}

void
tick_job_close_columns(TickAggregateJob *job)
{
	for (int i = 0; i < job->plan->columns; i++)
	{
		tick_chunk_close(job->column[i].chunk);
		job->column[i].chunk = NULL;
	}
}

/* Allocate a column's arrays at first use. */
static TickStatus
init_values(TickAggregateJob *job, int i, TickError *error)
{
	const TickColumn *wanted = &job->plan->column[i];
	TickVector *values = &job->column[i].values;

	if (values->i64 == NULL)
		TICK_TRY(tick_vector_init(values, &tick_memory_malloc, wanted->type, wanted->scale, TICK_BATCH_ROWS, true, error));
	if (wanted->type == TICK_TEXT && values->codes == NULL)
		values->codes = tick_alloc(&tick_memory_malloc, TICK_BATCH_ROWS * sizeof(uint32_t));
	if (wanted->type == TICK_TEXT && values->codes == NULL)
		return tick_no_memory(error);
	return TICK_OK;
}

/* The symbol of each row of the batch. */
static void
fill_symbols(TickAggregateJob *job, TickVector *out, bool *has_nulls)
{
	const TickAggregateSegment *segment = job->segment;
	uint64_t	first = job->first_row + (uint64_t) job->batch * TICK_BATCH_ROWS;
	uint64_t	end = first + job->batch_rows;
	uint32_t	index = tick_segment_symbol_of_row(segment->reader, first);

	out->dictionary = segment->names;
	out->dictionary_size = tick_segment_symbols(segment->reader);
	*has_nulls = false;
	for (uint64_t row = first; row < end; index++)
	{
		TickSymbolEntry entry;
		uint64_t	stop;

		tick_segment_symbol(segment->reader, index, &entry);
		stop = entry.first_row + entry.rows < end ? entry.first_row + entry.rows : end;
		if (entry.is_null)
		{
			memset(out->validity, 0xff, TICK_BATCH_ROWS / 8);
			*has_nulls = true;
		}
		for (; row < stop; row++)
		{
			out->text[row - first] = segment->names[index];
			out->codes[row - first] = index;
			if (entry.is_null)
				tick_bit_clear(out->validity, row - first);
		}
	}
}

static void
fill_nulls(TickVector *out)
{
	if (out->type == TICK_TEXT)
		for (int i = 0; i < TICK_BATCH_ROWS; i++)
			out->text[i] = (TickString) {"", 0};
	else
		memset(out->i64, 0, TICK_BATCH_ROWS * sizeof(int64_t));
	memset(out->validity, 0, TICK_BATCH_ROWS / 8);
	out->dictionary = NULL;
}

/* Bring stored integers to the wanted scale; nulls are 0 and stay so. */
static TickStatus
widen(int64_t *values, uint32_t rows, int64_t factor, const TickColumn *wanted, TickError *error)
{
	bool		overflow = false;

	for (uint32_t i = 0; i < rows; i++)
		overflow |= __builtin_mul_overflow(values[i], factor, &values[i]);
	if (overflow)
		return tick_error_set(error, TICK_OUT_OF_RANGE, "a value of column \"%s\" does not fit numeric with scale %d",
							  wanted->field, wanted->scale);
	return TICK_OK;
}

/* Decode numbers as text; the digits live as long as the batch. */
static TickStatus
decode_digits(TickAggregateJob *job, TickJobColumn *column, bool *has_nulls, TickError *error)
{
	TickVector *number = &column->number;
	TickVector *out = &column->values;

	if (number->i64 == NULL)
		TICK_TRY(tick_vector_init(number, &tick_memory_malloc, TICK_INT, 0, TICK_BATCH_ROWS, true, error));
	if (column->digit == NULL)
		column->digit = tick_alloc(&tick_memory_malloc, TICK_BATCH_ROWS * TICK_NUMBER_TEXT);
	if (column->digit == NULL)
		return tick_no_memory(error);
	TICK_TRY(tick_chunk_decode(column->chunk, job->batch, number, has_nulls, error));
	if (*has_nulls)
		memcpy(out->validity, number->validity, TICK_BATCH_ROWS / 8);
	out->dictionary = NULL;
	out->dictionary_size = 0;
	for (uint32_t i = 0; i < number->rows; i++)
	{
		char	   *digit = column->digit + (size_t) i * TICK_NUMBER_TEXT;
		bool		present = !*has_nulls || tick_bit_get(number->validity, i);

		out->text[i].data = digit;
		out->text[i].length = present ? tick_write_digits(digit, number->i64[i], number->scale) : 0;
	}
	return TICK_OK;
}

/* Have the batch's values, wherever they come from. */
static TickStatus
decode_values(TickAggregateJob *job, int i, bool *has_nulls, TickError *error)
{
	TickJobColumn *column = &job->column[i];
	const TickBinding *binding = &job->segment->binding[i];

	*has_nulls = true;
	if (binding->digits)
		return decode_digits(job, column, has_nulls, error);
	if (binding->origin == TICK_FROM_CHUNK)
		return tick_chunk_decode(column->chunk, job->batch, &column->values, has_nulls, error);
	if (binding->origin == TICK_FROM_DIRECTORY)
		fill_symbols(job, &column->values, has_nulls);
	else
		fill_nulls(&column->values);
	return TICK_OK;
}

/* The fed batch's part of a vector, from its first row on; nulls are noted in fed_validity. */
static TickStatus
show_fed(TickAggregateJob *job, TickJobColumn *column, const TickVector *vector, TickVector *shown, TickError *error)
{
	const TickAggregateBatch *fed = job->fed;
	uint32_t	shift = fed->first % 64;
	const uint64_t *from = vector->validity == NULL ? NULL : vector->validity + fed->first / 64;

	*shown = *vector;
	shown->rows = job->batch_rows;
	/* codes would have to mean the same in all batches */
	shown->codes = NULL;
	shown->dictionary = NULL;
	if (tick_type_is_text(vector->type))
		shown->text = vector->text + fed->first;
	else
		shown->i64 = vector->i64 + fed->first;
	if (from == NULL)
		return TICK_OK;
	if (column->fed_validity == NULL)
		column->fed_validity = tick_alloc(&tick_memory_malloc, TICK_BATCH_WORDS * sizeof(uint64_t));
	if (column->fed_validity == NULL)
		return tick_no_memory(error);
	for (uint32_t w = 0; w * 64 < job->batch_rows; w++)
	{
		column->fed_validity[w] = from[w] >> shift;
		if (shift > 0 && (uint64_t) fed->first + job->batch_rows > (fed->first / 64 + w + 1) * 64)
			column->fed_validity[w] |= from[w + 1] << (64 - shift);
	}
	shown->validity = column->fed_validity;
	return TICK_OK;
}

/* A column of a fed batch. */
static TickStatus
fed_column(TickAggregateJob *job, int i, TickError *error)
{
	TickJobColumn *column = &job->column[i];
	const TickVector *vector;

	TICK_TRY(job->fed->column(job->fed->context, i, &vector, error));
	TICK_TRY(show_fed(job, column, vector, &column->shown, error));
	column->batch = job->batch;
	return TICK_OK;
}

/* A double column of a fed batch as decimals, where who feeds it has them so. */
static TickStatus
fed_decimals(TickAggregateJob *job, int i, bool *decimals, TickError *error)
{
	TickJobColumn *column = &job->column[i];
	const TickVector *vector;

	*decimals = false;
	if (job->fed->decimals == NULL || column->batch == job->batch)
		return TICK_OK;
	TICK_TRY(job->fed->decimals(job->fed->context, i, &vector, error));
	if (vector == NULL)
		return TICK_OK;
	TICK_TRY(show_fed(job, column, vector, &column->shown_units, error));
	*decimals = true;
	return TICK_OK;
}

TickStatus
tick_job_column(TickAggregateJob *job, int i, const TickVector **vector, TickError *error)
{
	TickJobColumn *column = &job->column[i];
	const TickBinding *binding = &job->segment->binding[i];
	const TickColumn *wanted = &job->plan->column[i];
	bool		has_nulls = true;
	bool		decoded = false;

	*vector = &column->shown;
	if (column->batch == job->batch)
		return TICK_OK;
	column->batch = TICK_NOWHERE;
	if (job->fed != NULL)
		return fed_column(job, i, error);
	TICK_TRY(init_values(job, i, error));
	if (job->codes_only[i] && binding->origin == TICK_FROM_CHUNK && !binding->digits)
		TICK_TRY(tick_chunk_decode_codes(column->chunk, job->batch, &column->values, &decoded, &has_nulls, error));
	if (!decoded)
		TICK_TRY(decode_values(job, i, &has_nulls, error));
	if (binding->origin == TICK_FROM_CHUNK && binding->factor != 1)
		TICK_TRY(widen(column->values.i64, job->batch_rows, binding->factor, wanted, error));
	column->shown = column->values;
	column->shown.type = wanted->type;
	column->shown.scale = wanted->scale;
	column->shown.rows = job->batch_rows;
	if (!has_nulls)
		column->shown.validity = NULL;
	if (column->shown.dictionary == NULL)
		column->shown.codes = NULL;
	column->batch = job->batch;
	return TICK_OK;
}

/* Is each of the batch's units a double exactly? */
static bool
fits_double(TickAggregateJob *job, const TickJobColumn *column)
{
	return column->units_bits <= DOUBLE_BITS ||
		job->kernel->magnitude(column->units.i64, job->batch_rows) >> DOUBLE_BITS == 0;
}

/* Doubles that are stored as decimals are tested as such: converting a batch takes longer than testing it. */
TickStatus
tick_job_filter_column(void *context, int i, const TickVector **vector, TickError *error)
{
	TickAggregateJob *job = context;
	TickJobColumn *column = &job->column[i];
	bool		decimals = false;
	bool		has_nulls = false;

	if (job->plan->column[i].type != TICK_DOUBLE || column->chunk == NULL || column->batch == job->batch)
		return tick_job_column(job, i, vector, error);
	if (column->units_batch != job->batch)
	{
		column->units_batch = TICK_NOWHERE;
		if (column->units.i64 == NULL)
			TICK_TRY(tick_vector_init(&column->units, &tick_memory_malloc, TICK_DECIMAL, 0, TICK_BATCH_ROWS, true, error));
		TICK_TRY(tick_chunk_decode_decimals(column->chunk, job->batch, &column->units, &column->units_bits, &decimals,
											&has_nulls, error));
		if (!decimals)
			return tick_job_column(job, i, vector, error);
		column->uniform = true;
		column->units_validity = has_nulls ? column->units.validity : NULL;
		column->units_batch = job->batch;
	}
	/* larger ones, raised to the digits of an exception, do not give their doubles back */
	if (!column->uniform || !fits_double(job, column))
		return tick_job_column(job, i, vector, error);
	column->shown_units = column->units;
	column->shown_units.type = TICK_DECIMAL;
	column->shown_units.rows = job->batch_rows;
	column->shown_units.validity = (uint64_t *) column->units_validity;
	*vector = &column->shown_units;
	return TICK_OK;
}

/* Most digits that a double of the batch needs, or NO_DECIMAL. */
static uint8_t
digits_needed(const TickVector *vector)
{
	uint8_t		most = 0;

	for (uint32_t i = 0; i < vector->rows; i++)
	{
		int64_t		mantissa;
		uint8_t		digits;

		if (!tick_double_to_decimal(vector->f64[i], &mantissa, &digits))
			return NO_DECIMAL;
		most = digits > most ? digits : most;
	}
	return most;
}

/* Find decimals of doubles that are not stored as such. */
static TickStatus
convert_doubles(TickAggregateJob *job, int i, TickError *error)
{
	TickJobColumn *column = &job->column[i];
	const TickVector *vector;
	uint8_t		digits;

	TICK_TRY(tick_job_column(job, i, &vector, error));
	column->units_validity = vector->validity;
	column->units_bits = TICK_BITS_UNKNOWN;
	column->units.scale = column->usual_scale;
	column->uniform = tick_doubles_to_decimals(vector->f64, vector->rows, column->usual_scale, column->units.i64);
	if (column->uniform)
		return TICK_OK;
	digits = digits_needed(vector);
	if (digits == NO_DECIMAL)
		return TICK_OK;
	column->uniform = tick_doubles_to_decimals(vector->f64, vector->rows, digits, column->units.i64);
	if (column->uniform)
		column->units.scale = column->usual_scale = digits;
	return TICK_OK;
}

TickStatus
tick_job_decimals(TickAggregateJob *job, int i, TickError *error)
{
	TickJobColumn *column = &job->column[i];
	bool		decimals = false;
	bool		has_nulls = false;

	if (column->units_batch == job->batch)
		return TICK_OK;
	column->units_batch = TICK_NOWHERE;
	column->given = NULL;
	if (job->fed != NULL)
		TICK_TRY(fed_decimals(job, i, &decimals, error));
	if (decimals)
	{
		column->given = column->shown_units.i64;
		column->units.scale = column->shown_units.scale;
		column->units_bits = TICK_BITS_UNKNOWN;
		column->uniform = true;
		column->units_validity = column->shown_units.validity;
		column->units_batch = job->batch;
		return TICK_OK;
	}
	if (column->units.i64 == NULL)
		TICK_TRY(tick_vector_init(&column->units, &tick_memory_malloc, TICK_DECIMAL, 0, TICK_BATCH_ROWS, true, error));
	if (column->chunk != NULL)
		TICK_TRY(tick_chunk_decode_decimals(column->chunk, job->batch, &column->units, &column->units_bits, &decimals,
											&has_nulls, error));
	if (decimals)
	{
		column->uniform = true;
		column->units_validity = has_nulls ? column->units.validity : NULL;
	}
	else
		TICK_TRY(convert_doubles(job, i, error));
	column->units_batch = job->batch;
	return TICK_OK;
}

TickStatus
tick_job_validity(TickAggregateJob *job, int i, bool decimals, const uint64_t **validity, TickError *error)
{
	const TickVector *vector;

	if (decimals && job->plan->column[i].type == TICK_DOUBLE)
	{
		TICK_TRY(tick_job_decimals(job, i, error));
		*validity = job->column[i].units_validity;
		return TICK_OK;
	}
	TICK_TRY(tick_job_column(job, i, &vector, error));
	*validity = vector->validity;
	return TICK_OK;
}
