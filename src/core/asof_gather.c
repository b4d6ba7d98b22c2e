/*-------------------------------------------------------------------------
 *
 * asof_gather.c
 *	  As-of join: the right columns' values at the places of a batch.
 *
 * Doubles that are stored as decimals are gathered as such, and become
 * doubles only when asked for: sums and comparisons need none, and whoever
 * does converts no more rows than there are.  Where slices of different
 * scales meet in a batch, or one that has other doubles, all are doubles.
 *
 *-------------------------------------------------------------------------
 */
#include "core/asof_internal.h"

#include <math.h>
#include <string.h>

#include "core/sum.h"

#define TEXT_BLOCK (64 << 10)

static void
set_bits(uint64_t *bits, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to;)
	{
		if ((i & 63) == 0 && to - i >= 64)
		{
			bits[i >> 6] = ~UINT64_C(0);
			i += 64;
		}
		else
			tick_bit_set(bits, i++);
	}
}

/* A copy of the text that lasts as long as the batch. */
static TickStatus
keep_text(TickAsof *asof, TickString *text, TickError *error)
{
	TickTextBlock *block = asof->block;
	char	   *copy;

	while (block == NULL || block->size - block->used < text->length)
	{
		TickTextBlock *next = block == NULL ? asof->blocks : block->next;

		if (next == NULL)
		{
			size_t		size = text->length > TEXT_BLOCK ? text->length : TEXT_BLOCK;

			next = tick_alloc(asof->memory, sizeof(TickTextBlock) + size);
			if (next == NULL)
				return tick_asof_no_memory(error);
			next->next = NULL;
			next->size = size;
			if (block == NULL)
				asof->blocks = next;
			else
				block->next = next;
		}
		next->used = 0;
		asof->block = block = next;
	}
	copy = block->data + block->used;
	if (text->length > 0)
		memcpy(copy, text->data, text->length);
	block->used += text->length;
	text->data = copy;
	return TICK_OK;
}

/* Places from .. to - 1 get the carried row's value of a column. */
static TickStatus
put_carried(TickAsof *asof, int number, uint32_t from, uint32_t to, TickError *error)
{
	TickAsofColumn *column = &asof->column[number];
	TickFilterValue value = {0};

	if (from == to)
		return TICK_OK;
	if (asof->carried.found && asof->carried.present[number])
	{
		value = asof->carried.value[number];
		set_bits(column->bits, from, to);
	}
	else
		column->absent = true;
	if (tick_type_is_text(column->vector.type))
	{
		TICK_TRY(keep_text(asof, &value.text, error));
		for (uint32_t j = from; j < to; j++)
			column->vector.text[j] = value.text;
	}
	else if (column->vector.type == TICK_DOUBLE)
		for (uint32_t j = from; j < to; j++)
			column->vector.f64[j] = value.f64;
	else
		for (uint32_t j = from; j < to; j++)
			column->vector.i64[j] = value.i64;
	return TICK_OK;
}

/* Text of the rows at index[from .. to - 1], each row's copied once. */
static TickStatus
gather_text(TickAsof *asof, TickString *out, const TickString *in, const uint16_t *index,
			uint32_t from, uint32_t to, TickError *error)
{
	for (uint32_t j = from; j < to; j++)
	{
		if (j > from && index[j] == index[j - 1])
		{
			out[j] = out[j - 1];
			continue;
		}
		out[j] = in[asof->stream.slice.first + index[j] - 1];
		TICK_TRY(keep_text(asof, &out[j], error));
	}
	return TICK_OK;
}

/*
 * For filling: index[j] becomes 1 + the place of the last value at or before
 * the match, 0 when the slice has none up to there.
 */
static const uint16_t *
fill_index(TickAsof *asof, const TickVector *vector, uint32_t from, uint32_t to)
{
	uint16_t	last = 0;
	uint32_t	place = 0;

	for (uint32_t j = from; j < to; j++)
	{
		for (; place < asof->at[j]; place++)
			if (tick_vector_present(vector, asof->stream.slice.first + place))
				last = (uint16_t) (place + 1);
		asof->last[j] = last;
	}
	return asof->last;
}

/* Which of places from .. to - 1 have a value. */
static void
gather_bits(const TickAsof *asof, TickAsofColumn *column, const TickVector *vector, const uint16_t *index,
			uint32_t from, uint32_t to)
{
	uint32_t	base = asof->stream.slice.first;

	if (vector->validity == NULL)
	{
		set_bits(column->bits, from, to);
		return;
	}
	for (uint32_t j = from; j < to; j++)
		if (tick_bit_get(vector->validity, base + index[j] - 1))
			tick_bit_set(column->bits, j);
		else
			column->absent = true;
}

/* Places from .. to - 1 get the slice's rows at index[] - 1; index never is 0 there. */
static TickStatus
gather_column(TickAsof *asof, TickAsofColumn *column, const TickVector *vector, const uint16_t *index,
			  uint32_t from, uint32_t to, TickError *error)
{
	uint32_t	base = asof->stream.slice.first;

	if (tick_type_is_text(vector->type))
		TICK_TRY(gather_text(asof, column->vector.text, vector->text, index, from, to, error));
	else if (vector->type == TICK_DOUBLE)
		for (uint32_t j = from; j < to; j++)
			column->vector.f64[j] = vector->f64[base + index[j] - 1];
	else
		for (uint32_t j = from; j < to; j++)
			column->vector.i64[j] = vector->i64[base + index[j] - 1];
	gather_bits(asof, column, vector, index, from, to);
	return TICK_OK;
}

/* Values of the slice whose column has nulls, filled from before. */
static TickStatus
gather_filled(TickAsof *asof, int number, const TickVector *vector, uint32_t from, uint32_t to, TickError *error)
{
	TickAsofColumn *column = &asof->column[number];
	const uint16_t *index = fill_index(asof, vector, from, to);
	uint32_t	begun = from;

	while (begun < to && index[begun] == 0)
		begun++;
	TICK_TRY(put_carried(asof, number, from, begun, error));
	return gather_column(asof, column, vector, index, begun, to, error);
}

/* Clear the matches older than the tolerance. */
static void
forget_old(TickAsof *asof, const int64_t *time, uint32_t from, uint32_t to)
{
	for (uint32_t j = from; j < to; j++)
	{
		int64_t		match = asof->at[j] == 0 ? asof->carried.time : asof->stream.time[asof->at[j] - 1];

		if ((uint64_t) time[j] - (uint64_t) match > (uint64_t) asof->options.tolerance)
			tick_bit_clear(asof->matched, j);
	}
}

/* ---- doubles as decimals ---- */

/* Have the batch's values as doubles; each is the nearest to its decimal. */
static void
become_values(TickAsof *asof, TickAsofColumn *column)
{
	double		power = (double) tick_power_of_ten[column->scale];

	if (column->shape == TICK_SHAPE_UNITS)
		for (uint32_t j = asof->first; j < asof->end; j++)
			column->vector.f64[j] = (double) column->units[j] / power;
	column->shape = TICK_SHAPE_VALUES;
}

/* The carried row's double in units; false when it has another scale or is none. */
static bool
carried_units(const TickAsof *asof, int number, uint8_t scale, int64_t *units)
{
	double		value = asof->carried.value[number].f64;
	uint8_t		digits;

	*units = 0;
	if (!asof->carried.found || !asof->carried.present[number])
		return true;
	return !(value == 0 && signbit(value)) && tick_double_to_decimal(value, units, &digits) && digits <= scale &&
		!__builtin_mul_overflow(*units, tick_power_of_ten[scale - digits], units);
}

/*
 * Places from .. begun - 1 get the carried row's double, those up to `to` the
 * slice's, in units; *done false: they are no decimals of one scale.
 */
static TickStatus
gather_units(TickAsof *asof, int number, uint32_t from, uint32_t begun, uint32_t to, bool *done, TickError *error)
{
	TickAsofColumn *column = &asof->column[number];
	const TickVector *vector = NULL;
	uint8_t		scale = column->scale;
	uint32_t	base = asof->stream.slice.first;
	int64_t		carried = 0;

	*done = false;
	if (asof->options.fill_previous || column->shape == TICK_SHAPE_VALUES)
		return TICK_OK;
	if (begun < to)
	{
		TICK_TRY(tick_cursor_decimals(asof->stream.slice.cursor, number, &vector, error));
		if (vector == NULL || (column->shape == TICK_SHAPE_UNITS && vector->scale != scale))
			return TICK_OK;
		scale = vector->scale;
	}
	if (from < begun && !carried_units(asof, number, scale, &carried))
		return TICK_OK;
	column->shape = TICK_SHAPE_UNITS;
	column->scale = scale;
	*done = true;
	for (uint32_t j = from; j < begun; j++)
		column->units[j] = carried;
	if (from < begun && asof->carried.found && asof->carried.present[number])
		set_bits(column->bits, from, begun);
	else
		column->absent |= from < begun;
	for (uint32_t j = begun; j < to; j++)
		column->units[j] = vector->i64[base + asof->at[j] - 1];
	if (begun < to)
		gather_bits(asof, column, vector, asof->at, begun, to);
	return TICK_OK;
}

/* ---- all columns ---- */

/* One column's values at places from .. to - 1, of which begun is the first that matches in the slice. */
static TickStatus
gather_one(TickAsof *asof, int number, uint32_t from, uint32_t begun, uint32_t to, TickError *error)
{
	TickAsofColumn *column = &asof->column[number];
	const TickVector *vector;
	bool		done = false;

	if (column->vector.type == TICK_DOUBLE)
	{
		TICK_TRY(gather_units(asof, number, from, begun, to, &done, error));
		if (done)
			return TICK_OK;
		become_values(asof, column);
	}
	TICK_TRY(put_carried(asof, number, from, begun, error));
	if (begun == to)
		return TICK_OK;
	TICK_TRY(tick_cursor_column(asof->stream.slice.cursor, number, &vector, error));
	if (asof->options.fill_previous && vector->validity != NULL)
		return gather_filled(asof, number, vector, begun, to, error);
	return gather_column(asof, column, vector, asof->at, begun, to, error);
}

TickStatus
tick_asof_gather(TickAsof *asof, const int64_t *time, uint32_t from, uint32_t to, TickError *error)
{
	uint32_t	begun = from;	/* first that matches in the slice */

	while (begun < to && asof->at[begun] == 0)
		begun++;
	if (begun > from && asof->unread)
		TICK_TRY(tick_asof_read_carried(asof, error));
	for (int i = 0; i < asof->options.wanted_columns; i++)
		TICK_TRY(gather_one(asof, i, from, begun, to, error));
	if (asof->carried.found)
		set_bits(asof->matched, from, begun);
	set_bits(asof->matched, begun, to);
	asof->used |= begun < to;
	if (asof->options.tolerance != INT64_MAX)
		forget_old(asof, time, asof->carried.found ? from : begun, to);
	return TICK_OK;
}

void
tick_asof_clear(TickAsof *asof, uint32_t first, uint32_t end)
{
	memset(asof->matched, 0, tick_bit_words(end) * sizeof(uint64_t));
	asof->block = NULL;
	asof->first = first;
	asof->end = end;
	for (int i = 0; i < asof->options.wanted_columns; i++)
	{
		TickAsofColumn *column = &asof->column[i];

		column->absent = false;
		column->shape = TICK_SHAPE_NONE;
		column->vector.rows = end;
		memset(column->bits, 0, tick_bit_words(end) * sizeof(uint64_t));
		if (tick_type_is_text(column->vector.type))
			memset(column->vector.text, 0, end * sizeof(TickString));
	}
}

/* What does not match after all is null: too old, or of the null symbol. */
static void
forget_unmatched(TickAsof *asof, TickAsofColumn *column)
{
	for (uint32_t i = asof->first; i < asof->end; i++)
	{
		if (tick_bit_get(asof->matched, i))
			continue;
		tick_bit_clear(column->bits, i);
		if (tick_type_is_text(column->vector.type))
			column->vector.text[i].length = 0;
		else if (column->vector.type != TICK_DOUBLE)
			column->vector.i64[i] = 0;
		else if (column->shape == TICK_SHAPE_VALUES)
			column->vector.f64[i] = 0;
		else
			column->units[i] = 0;
	}
}

void
tick_asof_finish(TickAsof *asof)
{
	bool		check = asof->nothing || asof->options.tolerance != INT64_MAX;

	for (int i = 0; i < asof->options.wanted_columns; i++)
	{
		TickAsofColumn *column = &asof->column[i];

		if (column->vector.type == TICK_DOUBLE && column->shape == TICK_SHAPE_NONE)
			column->shape = TICK_SHAPE_UNITS;
		if (check)
			forget_unmatched(asof, column);
		column->vector.validity = check || column->absent ? column->bits : NULL;
	}
}

/* ---- giving out ---- */

const TickVector *
tick_asof_column(TickAsof *asof, int number)
{
	TickAsofColumn *column = &asof->column[number];

	if (column->vector.type == TICK_DOUBLE)
		become_values(asof, column);
	return &column->vector;
}

const TickVector *
tick_asof_decimals(TickAsof *asof, int number)
{
	TickAsofColumn *column = &asof->column[number];

	if (column->vector.type != TICK_DOUBLE || column->shape != TICK_SHAPE_UNITS)
		return NULL;
	column->shown = column->vector;
	column->shown.type = TICK_DECIMAL;
	column->shown.scale = column->scale;
	column->shown.i64 = column->units;
	return &column->shown;
}

void
tick_asof_fill(TickAsof *asof, int number, const TickVector *left)
{
	TickVector *vector = &asof->column[number].vector;

	(void) tick_asof_column(asof, number);
	if (vector->validity == NULL)
		return;
	for (uint32_t i = asof->first; i < asof->end; i++)
	{
		if (tick_bit_get(vector->validity, i) || !tick_vector_present(left, i))
			continue;
		tick_bit_set(vector->validity, i);
		if (tick_type_is_text(vector->type))
			vector->text[i] = left->text[i];
		else if (vector->type == TICK_DOUBLE)
			vector->f64[i] = left->f64[i];
		else
			vector->i64[i] = left->i64[i];
	}
}
