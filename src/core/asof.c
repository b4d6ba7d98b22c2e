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
#include "core/asof.h"
#include "core/asof_stream.h"

#include <string.h>

#define TEXT_BLOCK (64 << 10)

/* Text of the rows given out, in blocks that are used again for the next batch. */
typedef struct TextBlock
{
	struct TextBlock *next;
	size_t		size;
	size_t		used;
	char		data[];
} TextBlock;

typedef struct AsofColumn
{
	TickVector	vector;			/* owns the arrays; validity is NULL or bits */
	uint64_t   *bits;
	bool		absent;			/* has the batch a null at a place that counts? */
} AsofColumn;

struct TickAsof
{
	const TickMemory *memory;
	TickAsofOptions options;
	AsofColumn *column;
	uint64_t	matched[TICK_BATCH_ROWS / 64];
	uint16_t	at[TICK_BATCH_ROWS];	/* 0: the carried row, else 1 + place in the slice */
	uint16_t	last[TICK_BATCH_ROWS];	/* 1 + place of the last value, while filling */
	TextBlock  *blocks;
	TextBlock  *block;			/* being filled */

	TickAsofStream stream;		/* of the right rows */
	int			readers;
	TickSegmentReader **reader;
	TickCursor **cursor;		/* one a reader, to read carried rows; made when needed */

	bool		nothing;		/* the symbol's rows match nothing */

	/* the stream's slice */
	bool		ready;			/* for matching */
	bool		used;			/* a row of it matched */
	bool		skipped;		/* no row of the slice before did */
	uint32_t	next;			/* first of its rows that is too late */

	/* the carried row: the last one before the slice */
	TickAsofRow carried;
	bool		unread;			/* only its place is known: */
	int			unread_input;
	uint64_t	unread_row;
};

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

/* ---- making ---- */

TickStatus
tick_asof_create(TickAsof **asof, const TickMemory *memory, const TickAsofOptions *options, TickError *error)
{
	TickAsof   *a = tick_alloc_zero(memory, sizeof(*a));
	TickStatus	status;

	*asof = NULL;
	if (a == NULL)
		return out_of_memory(error);
	a->memory = memory;
	a->options = *options;
	a->nothing = true;
	a->column = tick_alloc_zero(memory, (size_t) options->wanted_columns * sizeof(AsofColumn) + 1);
	status = a->column == NULL ? out_of_memory(error) :
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
	}
	tick_asof_row_free(&asof->carried, asof->memory, asof->options.wanted, asof->options.wanted_columns);
	while (asof->blocks != NULL)
	{
		TextBlock  *next = asof->blocks->next;

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

/* Read the carried row of which only the place is known. */
static TickStatus
read_carried(TickAsof *asof, TickError *error)
{
	TickCursor **cursor;
	uint64_t	first_row;
	uint32_t	rows;
	bool		complete;

	if (asof->cursor == NULL)
		return out_of_memory(error);
	cursor = &asof->cursor[asof->unread_input];
	if (*cursor == NULL)
		TICK_TRY(tick_cursor_create(cursor, asof->memory, asof->reader[asof->unread_input],
									asof->options.wanted, asof->options.wanted_columns, error));
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

/* ---- gathering ---- */

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
	TextBlock  *block = asof->block;
	char	   *copy;

	while (block == NULL || block->size - block->used < text->length)
	{
		TextBlock  *next = block == NULL ? asof->blocks : block->next;

		if (next == NULL)
		{
			size_t		size = text->length > TEXT_BLOCK ? text->length : TEXT_BLOCK;

			next = tick_alloc(asof->memory, sizeof(TextBlock) + size);
			if (next == NULL)
				return out_of_memory(error);
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
	AsofColumn *column = &asof->column[number];
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

/* Places from .. to - 1 get the slice's rows at index[] - 1; index never is 0 there. */
static TickStatus
gather_column(TickAsof *asof, AsofColumn *column, const TickVector *vector, const uint16_t *index,
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
	if (vector->validity == NULL)
	{
		set_bits(column->bits, from, to);
		return TICK_OK;
	}
	for (uint32_t j = from; j < to; j++)
		if (tick_bit_get(vector->validity, base + index[j] - 1))
			tick_bit_set(column->bits, j);
		else
			column->absent = true;
	return TICK_OK;
}

/* Values of the slice whose column has nulls, filled from before. */
static TickStatus
gather_filled(TickAsof *asof, int number, const TickVector *vector, uint32_t from, uint32_t to, TickError *error)
{
	AsofColumn *column = &asof->column[number];
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

/* Give places from .. to - 1, whose matches are noted in at[], their values. */
static TickStatus
gather(TickAsof *asof, const int64_t *time, uint32_t from, uint32_t to, TickError *error)
{
	uint32_t	begun = from;	/* first that matches in the slice */

	while (begun < to && asof->at[begun] == 0)
		begun++;
	if (begun > from && asof->unread)
		TICK_TRY(read_carried(asof, error));
	for (int i = 0; i < asof->options.wanted_columns; i++)
		TICK_TRY(put_carried(asof, i, from, begun, error));
	if (asof->carried.found)
		set_bits(asof->matched, from, begun);
	set_bits(asof->matched, begun, to);
	if (begun < to)
	{
		asof->used = true;
		for (int i = 0; i < asof->options.wanted_columns; i++)
		{
			const TickVector *vector;

			TICK_TRY(tick_cursor_column(asof->stream.slice.cursor, i, &vector, error));
			if (asof->options.fill_previous && vector->validity != NULL)
				TICK_TRY(gather_filled(asof, i, vector, begun, to, error));
			else
				TICK_TRY(gather_column(asof, &asof->column[i], vector, asof->at, begun, to, error));
		}
	}
	if (asof->options.tolerance != INT64_MAX)
		forget_old(asof, time, asof->carried.found ? from : begun, to);
	return TICK_OK;
}

/* ---- matching ---- */

/*
 * Note the matches of places from .. end - 1 in the slice; stops at a place
 * whose time is beyond it.  Rows that do not count get a match too, so that
 * at[] never descends.
 */
static inline uint32_t
note_matches(TickAsof *asof, const int64_t *left, uint32_t from, uint32_t end, const uint64_t *keep, bool strict)
{
	const int64_t *right = asof->stream.time;
	uint32_t	rows = asof->stream.slice.rows;
	uint32_t	next = asof->next;
	uint32_t	i;

	for (i = from; i < end; i++)
	{
		int64_t		t = left[i];

		if (keep != NULL && !tick_bit_get(keep, i))
		{
			asof->at[i] = (uint16_t) next;
			continue;
		}
		if (strict)
			while (next < rows && right[next] < t)
				next++;
		else
			while (next < rows && right[next] <= t)
				next++;
		if (next == rows)
			break;
		asof->at[i] = (uint16_t) next;
	}
	asof->next = next;
	return i;
}

static uint32_t
match_slice(TickAsof *asof, const int64_t *left, uint32_t from, uint32_t end, const uint64_t *keep)
{
	if (asof->options.strict)
		return keep == NULL ? note_matches(asof, left, from, end, NULL, true) :
			note_matches(asof, left, from, end, keep, true);
	return keep == NULL ? note_matches(asof, left, from, end, NULL, false) :
		note_matches(asof, left, from, end, keep, false);
}

/* Begin the batch with nothing matched. */
static void
clear_batch(TickAsof *asof, uint32_t end)
{
	memset(asof->matched, 0, tick_bit_words(end) * sizeof(uint64_t));
	asof->block = NULL;
	for (int i = 0; i < asof->options.wanted_columns; i++)
	{
		AsofColumn *column = &asof->column[i];

		column->absent = false;
		column->vector.rows = end;
		memset(column->bits, 0, tick_bit_words(end) * sizeof(uint64_t));
		if (tick_type_is_text(column->vector.type))
			memset(column->vector.text, 0, end * sizeof(TickString));
	}
}

/* What does not match after all is null: too old, or of the null symbol. */
static void
forget_unmatched(TickAsof *asof, AsofColumn *column, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++)
	{
		if (tick_bit_get(asof->matched, i))
			continue;
		tick_bit_clear(column->bits, i);
		if (tick_type_is_text(column->vector.type))
			column->vector.text[i].length = 0;
		else if (column->vector.type == TICK_DOUBLE)
			column->vector.f64[i] = 0;
		else
			column->vector.i64[i] = 0;
	}
}

static void
finish_batch(TickAsof *asof, uint32_t first, uint32_t end)
{
	bool		check = asof->nothing || asof->options.tolerance != INT64_MAX;

	for (int i = 0; i < asof->options.wanted_columns; i++)
	{
		AsofColumn *column = &asof->column[i];

		if (check)
			forget_unmatched(asof, column, first, end);
		column->vector.validity = check || column->absent ? column->bits : NULL;
	}
}

TickStatus
tick_asof_match(TickAsof *asof, const int64_t *time, uint32_t first, uint32_t span,
				const uint64_t *keep, TickError *error)
{
	uint32_t	end = first + span;
	uint32_t	from = first;

	clear_batch(asof, end);
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
			to = match_slice(asof, time, from, end, keep);
		else
			memset(asof->at + from, 0, (end - from) * sizeof(uint16_t));
		if (to > from)
			TICK_TRY(gather(asof, time, from, to, error));
		from = to;
	}
	finish_batch(asof, first, end);
	return TICK_OK;
}

const TickVector *
tick_asof_column(const TickAsof *asof, int column)
{
	return &asof->column[column].vector;
}

void
tick_asof_fill(TickAsof *asof, int column, const TickVector *left, uint32_t first, uint32_t span)
{
	TickVector *vector = &asof->column[column].vector;

	if (vector->validity == NULL)
		return;
	for (uint32_t i = first; i < first + span; i++)
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

const uint64_t *
tick_asof_matched(const TickAsof *asof)
{
	return asof->matched;
}
