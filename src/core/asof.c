/*-------------------------------------------------------------------------
 *
 * asof.c
 *	  As-of join: the last right row of the same symbol at or before a time.
 *
 * The right rows come as slices of a merge.  For each left row the position
 * of its match in the slice at hand is noted; when the slice is used up, the
 * columns are gathered by those positions in one loop each, and the slice's
 * last row is carried over, for left rows before the next slice's first.
 *
 * Columns of a slice that no left row matched are never decoded: of such a
 * slice only the carried row's place is noted, and read when a row needs it.
 *
 * Memory: a batch of each column, the carried row, and the text of a batch.
 *
 *-------------------------------------------------------------------------
 */
#include "core/asof_internal.h"

#include <string.h>

/* ---- making ---- */

TickStatus
tick_asof_create(TickAsof **asof, const TickMemory *memory, const TickAsofOptions *options, TickError *error)
{
	TickAsof   *a = tick_alloc_zero(memory, sizeof(*a));
	TickStatus	status;

	*asof = NULL;
	if (a == NULL)
		return tick_asof_no_memory(error);
	a->memory = memory;
	a->options = *options;
	a->nothing = true;
	a->column = tick_alloc_zero(memory, (size_t) options->wanted_columns * sizeof(TickAsofColumn) + 1);
	status = a->column == NULL ? tick_asof_no_memory(error) :
		tick_asof_row_init(&a->carried, memory, options->wanted_columns, error);
	for (int i = 0; i < options->wanted_columns && status == TICK_OK; i++)
	{
		const TickColumn *wanted = &options->wanted[i];

		status = tick_vector_init(&a->column[i].vector, memory, wanted->type, wanted->scale,
								  TICK_BATCH_ROWS, true, error);
		a->column[i].bits = a->column[i].vector.validity;
		/* places without a left row are looked at by loops over all places */
		if (status == TICK_OK && !tick_type_is_text(wanted->type))
			memset(a->column[i].vector.i64, 0, TICK_BATCH_ROWS * sizeof(int64_t));
		if (status == TICK_OK && wanted->type == TICK_DOUBLE)
		{
			a->column[i].units = tick_alloc_zero(memory, TICK_BATCH_ROWS * sizeof(int64_t));
			status = a->column[i].units == NULL ? tick_asof_no_memory(error) : TICK_OK;
		}
	}
	if (status != TICK_OK)
	{
		tick_asof_free(a);
		return status;
	}
	*asof = a;
	return TICK_OK;
}

/* Let go of what belongs to the merge. */
static void
forget_merge(TickAsof *asof)
{
	for (int i = 0; i < asof->readers; i++)
		tick_cursor_free(asof->cursor[i]);
	tick_free(asof->memory, asof->cursor);
	asof->cursor = NULL;
	asof->readers = 0;
	tick_asof_stream_begin(&asof->stream, NULL, asof->options.time, 0);
	asof->unread = false;
	asof->nothing = true;
}

void
tick_asof_free(TickAsof *asof)
{
	if (asof == NULL)
		return;
	forget_merge(asof);
	for (int i = 0; i < asof->options.wanted_columns && asof->column != NULL; i++)
	{
		asof->column[i].vector.validity = asof->column[i].bits;
		tick_vector_free(&asof->column[i].vector, asof->memory);
		tick_free(asof->memory, asof->column[i].units);
	}
	tick_asof_row_free(&asof->carried, asof->memory, asof->options.wanted, asof->options.wanted_columns);
	while (asof->blocks != NULL)
	{
		TickTextBlock *next = asof->blocks->next;

		tick_free(asof->memory, asof->blocks);
		asof->blocks = next;
	}
	tick_free(asof->memory, asof->column);
	tick_free(asof->memory, asof);
}

void
tick_asof_begin(TickAsof *asof, TickMerge *merge, TickSegmentReader **readers, int count, int64_t time_low)
{
	forget_merge(asof);
	tick_asof_stream_begin(&asof->stream, merge, asof->options.time, time_low);
	asof->reader = readers;
	asof->readers = 0;
	asof->cursor = merge == NULL ? NULL : tick_alloc_zero(asof->memory, (size_t) count * sizeof(TickCursor *) + 1);
	if (asof->cursor != NULL)
		asof->readers = count;
}

/* ---- symbols ---- */

void
tick_asof_no_symbol(TickAsof *asof)
{
	asof->nothing = true;
}

TickStatus
tick_asof_symbol(TickAsof *asof, const TickString *name, const TickAsofRow *prior, TickError *error)
{
	asof->nothing = false;
	asof->ready = false;
	asof->unread = asof->skipped = false;
	asof->carried.found = false;
	memset(asof->carried.present, 0, (size_t) asof->options.wanted_columns * sizeof(bool));
	if (prior != NULL && prior->found)
		TICK_TRY(tick_asof_row_copy(&asof->carried, prior, asof->memory, asof->options.wanted,
									asof->options.wanted_columns, error));
	tick_asof_stream_symbol(&asof->stream, name);
	return TICK_OK;
}

/* ---- slices ---- */

/* Carry the slice's last row over: its values when they are decoded anyway, else its place. */
static TickStatus
leave_slice(TickAsof *asof, TickError *error)
{
	const TickSlice *slice = &asof->stream.slice;
	uint32_t	at = slice->first + slice->rows - 1;
	uint64_t	first_row;
	uint32_t	rows;
	bool		complete;

	asof->ready = false;
	asof->carried.found = true;
	asof->carried.time = asof->stream.time[slice->rows - 1];
	if (asof->options.fill_previous)
	{
		for (int i = 0; i < asof->options.wanted_columns; i++)
		{
			const TickVector *vector;
			uint32_t	last = at;

			TICK_TRY(tick_cursor_column(slice->cursor, i, &vector, error));
			while (last > slice->first && !tick_vector_present(vector, last))
				last--;
			/* what was carried before stays where the slice has nothing */
			if (tick_vector_present(vector, last))
				TICK_TRY(tick_asof_row_set(&asof->carried, asof->memory, i, vector, last, error));
		}
		return TICK_OK;
	}
	/* where one slice in a row is skipped the next may be, too; a single one is cheaper to decode at once */
	asof->unread = !asof->used && asof->skipped;
	asof->skipped = !asof->used;
	if (!asof->unread)
	{
		memset(asof->carried.present, 0, (size_t) asof->options.wanted_columns * sizeof(bool));
		return tick_asof_row_take(&asof->carried, asof->memory, slice->cursor, &asof->options, at, &complete, error);
	}
	tick_cursor_position(slice->cursor, &first_row, &rows);
	asof->unread_input = slice->input;
	asof->unread_row = first_row + at;
	return TICK_OK;
}

TickStatus
tick_asof_read_carried(TickAsof *asof, TickError *error)
{
	TickCursor **cursor;
	uint64_t	first_row;
	uint32_t	rows;
	bool		complete;

	if (asof->cursor == NULL)
		return tick_asof_no_memory(error);
	cursor = &asof->cursor[asof->unread_input];
	if (*cursor == NULL)
		TICK_TRY(tick_cursor_create(cursor, asof->memory, asof->reader[asof->unread_input],
									asof->options.wanted, asof->options.wanted_columns, error));
	if (tick_merge_options(asof->stream.merge)->loaded != NULL)
		tick_cursor_supply(*cursor, tick_merge_options(asof->stream.merge)->loaded[asof->unread_input]);
	tick_cursor_seek(*cursor, asof->unread_row, asof->unread_row + 1);
	TICK_TRY(tick_cursor_next(*cursor, &first_row, &rows, error));
	asof->unread = false;
	memset(asof->carried.present, 0, (size_t) asof->options.wanted_columns * sizeof(bool));
	return tick_asof_row_take(&asof->carried, asof->memory, *cursor, &asof->options, 0, &complete, error);
}

/* Have a slice that does not end before time t, if the symbol has one. */
static TickStatus
next_slice(TickAsof *asof, int64_t t, TickError *error)
{
	for (;;)
	{
		TICK_TRY(tick_asof_stream_next(&asof->stream, error));
		if (!asof->stream.has_slice)
			return TICK_OK;
		asof->ready = true;
		asof->next = 0;
		asof->used = false;
		if (asof->stream.time[asof->stream.slice.rows - 1] >= t)
			return TICK_OK;
		TICK_TRY(leave_slice(asof, error));
	}
}

/* ---- matching ---- */

TickStatus
tick_asof_match(TickAsof *asof, const int64_t *time, uint32_t first, uint32_t span,
				const uint64_t *keep, TickError *error)
{
	uint32_t	end = first + span;
	uint32_t	from = first;

	tick_asof_clear(asof, first, end);
	while (from < end && !asof->nothing)
	{
		uint32_t	to = end;

		if (keep != NULL && !tick_bit_get(keep, from))
		{
			from++;
			continue;
		}
		if (!asof->ready || asof->next == asof->stream.slice.rows)
		{
			if (asof->ready)
				TICK_TRY(leave_slice(asof, error));
			TICK_TRY(next_slice(asof, time[from], error));
		}
		if (asof->ready)
			to = tick_asof_count(asof->at, time, from, end, asof->stream.time, asof->stream.slice.rows, &asof->next,
								 asof->options.strict);
		else
			memset(asof->at + from, 0, (end - from) * sizeof(uint16_t));
		if (to > from)
			TICK_TRY(tick_asof_gather(asof, time, from, to, error));
		from = to;
	}
	tick_asof_finish(asof);
	return TICK_OK;
}

const uint64_t *
tick_asof_matched(const TickAsof *asof)
{
	return asof->matched;
}
