/*-------------------------------------------------------------------------
 *
 * asof_row.c
 *	  Single right rows of an as-of join, held apart from their segments.
 *
 * The row carried from one slice to the next, and the rows that precede a
 * merge: those are found in a segment by its directory and a binary search.
 *
 *-------------------------------------------------------------------------
 */
#include "core/asof.h"

#include <string.h>

#include "core/sum.h"

TickStatus
tick_asof_row_init(TickAsofRow *row, const TickMemory *memory, int columns, TickError *error)
{
	memset(row, 0, sizeof(*row));
	row->present = tick_alloc_zero(memory, (size_t) columns * sizeof(bool) + 1);
	row->value = tick_alloc_zero(memory, (size_t) columns * sizeof(TickFilterValue) + 1);
	return row->present == NULL || row->value == NULL ?
		tick_error_set(error, TICK_NOMEM, "out of memory") : TICK_OK;
}

void
tick_asof_row_free(TickAsofRow *row, const TickMemory *memory, const TickColumn *wanted, int columns)
{
	for (int i = 0; i < columns && row->value != NULL; i++)
		if (tick_type_is_text(wanted[i].type))
			tick_free(memory, (void *) row->value[i].text.data);
	tick_free(memory, row->present);
	tick_free(memory, row->value);
	row->present = NULL;
	row->value = NULL;
}

/* Copy a text over another one that the row owns. */
static TickStatus
own_text(const TickMemory *memory, TickString *own, TickString text, TickError *error)
{
	char	   *data = tick_resize(memory, (void *) own->data, text.length + 1);

	if (data == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	own->data = data;
	if (text.length > 0)
		memcpy(data, text.data, text.length);
	own->length = text.length;
	return TICK_OK;
}

TickStatus
tick_asof_row_set(TickAsofRow *row, const TickMemory *memory, int column, const TickVector *vector,
				  uint32_t at, TickError *error)
{
	row->present[column] = tick_vector_present(vector, at);
	if (!row->present[column])
		return TICK_OK;
	if (tick_type_is_text(vector->type))
		return own_text(memory, &row->value[column].text, vector->text[at], error);
	if (vector->type == TICK_DOUBLE)
		row->value[column].f64 = vector->f64[at];
	else
		row->value[column].i64 = vector->i64[at];
	return TICK_OK;
}

TickStatus
tick_asof_row_take(TickAsofRow *row, const TickMemory *memory, TickCursor *cursor,
				   const TickAsofOptions *options, uint32_t at, bool *complete, TickError *error)
{
	*complete = true;
	for (int i = 0; i < options->wanted_columns; i++)
	{
		const TickVector *vector;

		if (row->present[i])
			continue;
		/* one double is not worth a batch of them */
		TICK_TRY(tick_cursor_decimals(cursor, i, &vector, error));
		if (vector != NULL && (row->present[i] = tick_vector_present(vector, at)))
			row->value[i].f64 = (double) vector->i64[at] / (double) tick_power_of_ten[vector->scale];
		if (vector == NULL)
		{
			TICK_TRY(tick_cursor_column(cursor, i, &vector, error));
			TICK_TRY(tick_asof_row_set(row, memory, i, vector, at, error));
		}
		*complete &= row->present[i];
	}
	return TICK_OK;
}

TickStatus
tick_asof_row_complete(TickAsofRow *row, const TickAsofRow *older, const TickMemory *memory,
					   const TickColumn *wanted, int columns, TickError *error)
{
	for (int i = 0; i < columns; i++)
	{
		if (row->present[i] || !older->present[i])
			continue;
		if (tick_type_is_text(wanted[i].type))
			TICK_TRY(own_text(memory, &row->value[i].text, older->value[i].text, error));
		else
			row->value[i] = older->value[i];
		row->present[i] = true;
	}
	return TICK_OK;
}

TickStatus
tick_asof_row_copy(TickAsofRow *to, const TickAsofRow *from, const TickMemory *memory,
				   const TickColumn *wanted, int columns, TickError *error)
{
	to->found = from->found;
	to->time = from->time;
	memset(to->present, 0, (size_t) columns * sizeof(bool));
	return tick_asof_row_complete(to, from, memory, wanted, columns, error);
}

/* ---- prior rows ---- */

/* Number of the symbol in prior, or -1. */
static int
find_name(const TickAsofPrior *prior, int count, TickString name)
{
	int			from = 0;
	int			to = count;

	while (from < to)
	{
		int			middle = from + (to - from) / 2;
		int			order = tick_string_compare(prior[middle].name, name);

		if (order == 0)
			return middle;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return -1;
}

/* Take from the slice, from its last row before the bound backward. */
static TickStatus
take_slice(TickAsofPrior *prior, const TickSlice *slice, const TickAsofOptions *options, int64_t bound,
		   const TickMemory *memory, TickError *error)
{
	const TickVector *time;
	uint32_t	end = slice->first + slice->rows;
	bool		complete;

	TICK_TRY(tick_cursor_column(slice->cursor, options->time, &time, error));
	while (end > slice->first && time->i64[end - 1] >= bound)
		end--;
	for (; end > slice->first && !prior->done; end--)
	{
		if (!prior->row.found)
			prior->row.time = time->i64[end - 1];
		prior->row.found = true;
		TICK_TRY(tick_asof_row_take(&prior->row, memory, slice->cursor, options, end - 1, &complete, error));
		prior->done = complete || !options->fill_previous;
	}
	return TICK_OK;
}

TickStatus
tick_asof_find_prior(TickMerge *merge, const TickAsofOptions *options, int64_t bound,
					 TickAsofPrior *prior, int count, const TickMemory *memory, TickError *error)
{
	TickSlice	slice;
	TickStatus	status;

	while ((status = tick_merge_next(merge, &slice, error)) == TICK_OK)
	{
		int			number = tick_merge_options(merge)->symbols == NULL ? 0 : find_name(prior, count, slice.symbol.name);

		if (number >= 0 && !prior[number].done)
			TICK_TRY(take_slice(&prior[number], &slice, options, bound, memory, error));
		if (number < 0 || prior[number].done)
			tick_merge_skip_symbol(merge);
	}
	return status == TICK_END ? TICK_OK : status;
}
