/*-------------------------------------------------------------------------
 *
 * cursor.c
 *	  Walk the rows of a segment by batches, decoding only what is asked for.
 *
 * A cursor's batch lies inside one encoded batch of its row group, so that a
 * column costs one decoding at most.  Chunk bytes and the decoded batch of
 * each column are kept until the column is asked for in another row group or
 * batch: a walk over many short symbol ranges decodes each batch once.
 *
 * Memory: one chunk and one batch of each column that was asked for, until
 * tick_cursor_release().
 *
 *-------------------------------------------------------------------------
 */
#include "core/cursor.h"

#include <stdio.h>
#include <string.h>

#include "core/row_buffer.h"
#include "core/segment_format.h"

#define NOWHERE UINT32_MAX

/* Where the values of a wanted column come from. */
typedef enum ColumnOrigin
{
	FROM_CHUNK,
	FROM_DIRECTORY,				/* the symbol column */
	FROM_NOTHING				/* the segment lacks the column */
} ColumnOrigin;

typedef struct CursorColumn
{
	ColumnOrigin origin;
	int			source;			/* column of the segment */
	TickType	type;			/* as wanted */
	uint8_t		scale;
	int64_t		factor;			/* stored values times this are the wanted ones */
	bool		digits;			/* stored numbers are wanted as text */
	uint32_t	chunk_group;	/* row group of the chunk held, or NOWHERE */
	TickBuffer	bytes;
	TickChunk  *chunk;
	uint32_t	decoded_group;	/* row group and batch of what is decoded */
	uint32_t	decoded_batch;
	bool		has_nulls;
	TickVector	decoded;		/* owns the arrays */
	TickVector	number;			/* what digits are made of, owned likewise */
	char	   *digit;			/* TICK_NUMBER_TEXT bytes for each row */
	uint64_t   *shifted;		/* validity from the batch's first row on */
	bool		current;		/* shown is of the current batch */
	TickVector	shown;
	/* doubles as decimals */
	uint32_t	units_group;	/* row group and batch of what is decoded */
	uint32_t	units_batch;
	bool		is_decimal;		/* all of that batch are decimals */
	bool		units_nulls;
	TickVector	units;			/* owns the arrays */
	uint64_t   *units_shifted;
	bool		units_current;	/* shown_units is of the current batch */
	TickVector	shown_units;
	TickZoneMap zone_map;		/* scratch of pruning */
} CursorColumn;

struct TickCursor
{
	const TickMemory *memory;
	TickSegmentReader *reader;
	uint64_t	segment_rows;
	int			columns;
	CursorColumn *column;
	const TickFilter *prune;
	TickLoadedGroup *const *loaded; /* by row group: chunks to use; NULL: they are read */

	uint64_t	first;			/* rows still to come */
	uint64_t	end;
	uint32_t	row_group;		/* last one looked at, or NOWHERE */
	uint64_t	group_first;
	uint32_t	group_rows;
	bool		group_pruned;

	uint64_t	batch_first;	/* current batch: its first row ... */
	uint32_t	batch_rows;		/* ... 0 when there is none */
	uint32_t	batch;			/* number of the encoded batch in the row group */
	uint32_t	batch_offset;	/* first row in it */

	size_t		array_bytes;
	TickCursorCounters counters;
};

/* ---- columns ---- */

TickStatus
tick_cursor_refuse(const TickSegmentReader *reader, const TickColumn *stored, const TickColumn *wanted, TickError *error)
{
	const uint8_t *uuid = tick_segment_uuid(reader);
	char		text[2 * TICK_UUID_BYTES + 5];
	char	   *at = text;

	for (int i = 0; i < TICK_UUID_BYTES; i++)
		at += snprintf(at, text + sizeof(text) - at, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
	tick_error_set(error, TICK_UNSUPPORTED, "column \"%s\" is stored as %s and cannot be read as %s",
				   stored->field, tick_type_name(stored->type), tick_type_name(wanted->type));
	if (stored->type == TICK_DECIMAL && wanted->type == TICK_DECIMAL)
		tick_error_detail(error, "The scale in segment %s is %d, the wanted scale %d.", text, stored->scale, wanted->scale);
	else
		tick_error_detail(error, "It is so in segment %s.", text);
	return TICK_UNSUPPORTED;
}

/* Find how a wanted column comes out of the segment. */
static TickStatus
bind_column(TickSegmentReader *reader, const TickColumn *wanted, CursorColumn *column, TickError *error)
{
	const TickSchema *schema = tick_segment_schema(reader);
	const TickColumn *stored = NULL;

	column->origin = FROM_NOTHING;
	column->type = wanted->type;
	column->scale = wanted->scale;
	column->factor = 1;
	for (int i = 0; i < schema->columns && stored == NULL; i++)
		if (schema->column[i].id == wanted->id)
		{
			stored = &schema->column[i];
			column->source = i;
		}
	if (stored == NULL)
		return TICK_OK;
	column->origin = column->source == schema->symbol ? FROM_DIRECTORY : FROM_CHUNK;
	if (stored->type == wanted->type && stored->scale == wanted->scale)
		return TICK_OK;
	if (wanted->type == TICK_DECIMAL && (stored->type == TICK_INT || stored->type == TICK_DECIMAL) &&
		wanted->scale >= stored->scale && wanted->scale <= TICK_SUM_MAX_SCALE)
	{
		column->factor = tick_power_of_ten[wanted->scale - stored->scale];
		return TICK_OK;
	}
	if (wanted->type == TICK_TEXT && wanted->number && (stored->type == TICK_INT || stored->type == TICK_DECIMAL))
	{
		column->digits = true;
		return TICK_OK;
	}
	return tick_cursor_refuse(reader, stored, wanted, error);
}

TickStatus
tick_cursor_create(TickCursor **cursor, const TickMemory *memory,
				   TickSegmentReader *reader, const TickColumn *wanted,
				   int wanted_columns, TickError *error)
{
	TickCursor *c = tick_alloc_zero(memory, sizeof(*c));
	TickSegmentSummary summary;

	*cursor = NULL;
	if (c == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	c->column = tick_alloc_zero(memory, (size_t) wanted_columns * sizeof(CursorColumn));
	if (c->column == NULL)
	{
		tick_free(memory, c);
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	tick_segment_summary(reader, &summary);
	c->memory = memory;
	c->reader = reader;
	c->columns = wanted_columns;
	c->segment_rows = c->end = summary.rows;
	c->row_group = NOWHERE;
	for (int i = 0; i < wanted_columns; i++)
	{
		TickStatus	status = bind_column(reader, &wanted[i], &c->column[i], error);

		tick_buffer_init(&c->column[i].bytes, memory);
		c->column[i].chunk_group = c->column[i].decoded_group = c->column[i].units_group = NOWHERE;
		if (status != TICK_OK)
		{
			tick_cursor_free(c);
			return status;
		}
	}
	*cursor = c;
	return TICK_OK;
}

void
tick_cursor_release(TickCursor *cursor)
{
	for (int i = 0; i < cursor->columns; i++)
	{
		CursorColumn *column = &cursor->column[i];

		if (column->chunk != NULL)
			tick_chunk_close(column->chunk);
		column->chunk = NULL;
		if (column->bytes.data != NULL)
			tick_buffer_free(&column->bytes);
		tick_vector_free(&column->decoded, cursor->memory);
		tick_vector_free(&column->number, cursor->memory);
		tick_free(cursor->memory, column->digit);
		column->digit = NULL;
		tick_free(cursor->memory, column->shifted);
		column->shifted = NULL;
		tick_vector_free(&column->units, cursor->memory);
		tick_free(cursor->memory, column->units_shifted);
		column->units_shifted = NULL;
		column->chunk_group = column->decoded_group = column->units_group = NOWHERE;
		column->current = column->units_current = false;
	}
	cursor->array_bytes = 0;
}

void
tick_cursor_free(TickCursor *cursor)
{
	const TickMemory *memory;

	if (cursor == NULL)
		return;
	memory = cursor->memory;
	tick_cursor_release(cursor);
	tick_free(memory, cursor->column);
	tick_free(memory, cursor);
}

size_t
tick_cursor_memory(const TickCursor *cursor)
{
	size_t		bytes = cursor->array_bytes;

	for (int i = 0; i < cursor->columns; i++)
		bytes += cursor->column[i].bytes.capacity;
	return bytes;
}

void
tick_cursor_counters(const TickCursor *cursor, TickCursorCounters *counters)
{
	*counters = cursor->counters;
}

/* ---- position ---- */

static void
forget_batch(TickCursor *cursor)
{
	cursor->batch_rows = 0;
	for (int i = 0; i < cursor->columns; i++)
		cursor->column[i].current = cursor->column[i].units_current = false;
}

void
tick_cursor_seek(TickCursor *cursor, uint64_t first, uint64_t end)
{
	cursor->end = end < cursor->segment_rows ? end : cursor->segment_rows;
	cursor->first = first < cursor->end ? first : cursor->end;
	forget_batch(cursor);
}

void
tick_cursor_prune(TickCursor *cursor, const TickFilter *filter)
{
	cursor->prune = filter;
	cursor->row_group = NOWHERE;
}

void
tick_cursor_position(const TickCursor *cursor, uint64_t *first_row, uint32_t *rows)
{
	*first_row = cursor->batch_first;
	*rows = cursor->batch_rows;
}

/* TickFilterZone: what is known of a wanted column in the row group at hand. */
static const TickZoneMap *
zone_of_column(void *context, int i)
{
	TickCursor *cursor = context;
	CursorColumn *column = &cursor->column[i];
	const TickZoneMap *stored;

	if (column->origin == FROM_NOTHING)
	{
		tick_zone_map_init(&column->zone_map);
		column->zone_map.rows = column->zone_map.nulls = cursor->group_rows;
		return &column->zone_map;
	}
	stored = tick_segment_zone_map(cursor->reader, cursor->row_group, column->source);
	if (column->digits)
		return NULL;
	if (column->factor == 1)
		return stored;
	column->zone_map = *stored;
	column->zone_map.has_sum = false;
	if (stored->has_range &&
		(__builtin_mul_overflow(stored->min_i64, column->factor, &column->zone_map.min_i64) ||
		 __builtin_mul_overflow(stored->max_i64, column->factor, &column->zone_map.max_i64)))
		return NULL;
	return &column->zone_map;
}

/* Make the row group of a row the one at hand; a new one is judged once. */
static void
enter_row_group(TickCursor *cursor, uint64_t row)
{
	uint32_t	row_group;

	if (cursor->row_group != NOWHERE && row >= cursor->group_first && row - cursor->group_first < cursor->group_rows)
		return;
	row_group = tick_segment_row_group_of_row(cursor->reader, row);
	cursor->row_group = row_group;
	tick_segment_row_group(cursor->reader, row_group, &cursor->group_first, &cursor->group_rows);
	cursor->group_pruned = cursor->prune != NULL && !tick_filter_may_match(cursor->prune, zone_of_column, cursor);
	if (cursor->group_pruned)
		cursor->counters.row_groups_pruned++;
	else
		cursor->counters.row_groups++;
}

/* Rows first .. end - 1, inside one encoded batch, are the current batch. */
static TickStatus
set_batch(TickCursor *cursor, uint64_t first, uint64_t end, uint64_t *first_row, uint32_t *rows)
{
	uint32_t	offset = (uint32_t) (first - cursor->group_first);

	forget_batch(cursor);
	cursor->batch_first = first;
	cursor->batch_rows = (uint32_t) (end - first);
	cursor->batch = offset / TICK_BATCH_ROWS;
	cursor->batch_offset = offset % TICK_BATCH_ROWS;
	*first_row = first;
	*rows = cursor->batch_rows;
	return TICK_OK;
}

TickStatus
tick_cursor_next(TickCursor *cursor, uint64_t *first_row, uint32_t *rows, TickError *error)
{
	while (cursor->first < cursor->end)
	{
		uint64_t	first = cursor->first;
		uint64_t	group_end;
		uint64_t	stop;

		enter_row_group(cursor, first);
		group_end = cursor->group_first + cursor->group_rows;
		if (cursor->group_pruned)
		{
			cursor->first = group_end < cursor->end ? group_end : cursor->end;
			continue;
		}
		stop = first + TICK_BATCH_ROWS - (first - cursor->group_first) % TICK_BATCH_ROWS;
		stop = stop < group_end ? stop : group_end;
		stop = stop < cursor->end ? stop : cursor->end;
		cursor->first = stop;
		return set_batch(cursor, first, stop, first_row, rows);
	}
	forget_batch(cursor);
	return TICK_END;
}

TickStatus
tick_cursor_previous(TickCursor *cursor, uint64_t *first_row, uint32_t *rows, TickError *error)
{
	while (cursor->first < cursor->end)
	{
		uint64_t	end = cursor->end;
		uint64_t	start;

		enter_row_group(cursor, end - 1);
		start = cursor->group_first;
		if (!cursor->group_pruned)
			start = end - 1 - (end - 1 - cursor->group_first) % TICK_BATCH_ROWS;
		start = start > cursor->first ? start : cursor->first;
		cursor->end = start;
		if (!cursor->group_pruned)
			return set_batch(cursor, start, end, first_row, rows);
	}
	forget_batch(cursor);
	return TICK_END;
}

/* ---- values ---- */

/* Allocate a column's arrays at first use. */
static TickStatus
init_arrays(TickCursor *cursor, CursorColumn *column, TickError *error)
{
	if (column->decoded.i64 == NULL)
		TICK_TRY(tick_vector_init(&column->decoded, cursor->memory, column->type, column->scale,
								  TICK_BATCH_ROWS, true, error));
	if (column->type == TICK_TEXT && column->decoded.codes == NULL)
		column->decoded.codes = tick_alloc(cursor->memory, TICK_BATCH_ROWS * sizeof(uint32_t));
	if (column->shifted == NULL)
		column->shifted = tick_alloc(cursor->memory, TICK_BATCH_ROWS / 8);
	if (column->shifted == NULL || (column->type == TICK_TEXT && column->decoded.codes == NULL))
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	cursor->array_bytes += TICK_BATCH_ROWS * (column->type == TICK_TEXT ? sizeof(TickString) : sizeof(int64_t));
	return TICK_OK;
}

/* Multiply a batch into the wanted scale; nulls are 0 and stay so. */
static TickStatus
widen(const TickCursor *cursor, CursorColumn *column, uint32_t rows, TickError *error)
{
	const TickColumn *stored = &tick_segment_schema(cursor->reader)->column[column->source];
	int64_t    *values = column->decoded.i64;
	bool		overflow = false;

	for (uint32_t i = 0; i < rows; i++)
		overflow |= __builtin_mul_overflow(values[i], column->factor, &values[i]);
	if (overflow)
		return tick_error_set(error, TICK_OUT_OF_RANGE, "a value of column \"%s\" does not fit numeric with scale %d",
							  stored->field, column->scale);
	return TICK_OK;
}

uint32_t
tick_write_digits(char *out, int64_t value, int scale)
{
	char		reverse[TICK_NUMBER_TEXT];
	uint64_t	rest = value < 0 ? -(uint64_t) value : (uint64_t) value;
	uint32_t	length = 0;
	int			digits = 0;

	do
	{
		if (digits == scale && scale > 0)
			reverse[length++] = '.';
		reverse[length++] = (char) ('0' + rest % 10);
		rest /= 10;
		digits++;
	} while (rest > 0 || digits <= scale);
	if (value < 0)
		reverse[length++] = '-';
	for (uint32_t i = 0; i < length; i++)
		out[i] = reverse[length - 1 - i];
	return length;
}

/* Decode a batch of numbers as text; the digits live as long as the batch. */
static TickStatus
decode_digits(TickCursor *cursor, CursorColumn *column, TickError *error)
{
	TickVector *number = &column->number;
	TickVector *out = &column->decoded;

	if (number->i64 == NULL)
		TICK_TRY(tick_vector_init(number, cursor->memory, TICK_INT, 0, TICK_BATCH_ROWS, true, error));
	if (column->digit == NULL)
		column->digit = tick_alloc(cursor->memory, TICK_BATCH_ROWS * TICK_NUMBER_TEXT);
	if (column->digit == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	TICK_TRY(tick_chunk_decode(column->chunk, cursor->batch, number, &column->has_nulls, error));
	memcpy(out->validity, number->validity, TICK_BATCH_ROWS / 8);
	out->type = TICK_TEXT;
	out->rows = number->rows;
	out->dictionary = NULL;
	out->dictionary_size = 0;
	for (uint32_t i = 0; i < number->rows; i++)
	{
		char	   *digit = column->digit + (size_t) i * TICK_NUMBER_TEXT;
		bool		present = !column->has_nulls || tick_bit_get(number->validity, i);

		out->text[i].data = digit;
		out->text[i].length = present ? tick_write_digits(digit, number->i64[i], number->scale) : 0;
	}
	return TICK_OK;
}

/* Have the column's chunk of the row group at hand. */
static TickStatus
have_chunk(TickCursor *cursor, CursorColumn *column, TickError *error)
{
	int			i = (int) (column - cursor->column);

	if (column->chunk_group == cursor->row_group)
		return TICK_OK;
	if (column->chunk != NULL)
		tick_chunk_close(column->chunk);
	column->chunk = NULL;
	column->chunk_group = column->decoded_group = column->units_group = NOWHERE;
	if (cursor->loaded == NULL)
	{
		TICK_TRY(tick_segment_read_chunk(cursor->reader, cursor->row_group, column->source,
										 &column->bytes, &column->chunk, error));
		cursor->counters.chunk_bytes += column->bytes.length;
	}
	else
	{
		const TickLoadedGroup *loaded = cursor->loaded[cursor->row_group];

		if (loaded == NULL || loaded->bytes[i].length == 0)
			return tick_error_set(error, TICK_UNSUPPORTED, "row group %u was not read", cursor->row_group);
		TICK_TRY(tick_segment_open_chunk(cursor->reader, cursor->row_group, column->source,
										 &loaded->bytes[i], &column->chunk, error));
	}
	column->chunk_group = cursor->row_group;
	cursor->counters.chunks++;
	return TICK_OK;
}

static TickStatus
decode_chunk(TickCursor *cursor, CursorColumn *column, TickError *error)
{
	uint32_t	rows = cursor->group_rows - cursor->batch * TICK_BATCH_ROWS;
	TickStatus	status;

	TICK_TRY(have_chunk(cursor, column, error));
	column->decoded_group = NOWHERE;
	if (column->digits)
		status = decode_digits(cursor, column, error);
	else
		status = tick_chunk_decode(column->chunk, cursor->batch, &column->decoded, &column->has_nulls, error);
	if (status == TICK_CORRUPT)
		return tick_segment_chunk_corrupt(cursor->reader, cursor->row_group, column->source, error);
	if (status != TICK_OK)
		return status;
	cursor->counters.batches++;
	if (column->factor != 1)
		TICK_TRY(widen(cursor, column, rows < TICK_BATCH_ROWS ? rows : TICK_BATCH_ROWS, error));
	return TICK_OK;
}

/* The symbol of each row of the encoded batch, symbol by symbol. */
static TickStatus
fill_symbols(TickCursor *cursor, CursorColumn *column, TickError *error)
{
	TickVector *out = &column->decoded;
	uint64_t	first = cursor->batch_first - cursor->batch_offset;
	uint64_t	end = first + TICK_BATCH_ROWS;
	uint32_t	index = tick_segment_symbol_of_row(cursor->reader, first);
	int64_t		null_symbol = tick_segment_null_symbol(cursor->reader);

	TICK_TRY(tick_segment_dictionary(cursor->reader, &out->dictionary, error));
	out->dictionary_size = tick_segment_symbols(cursor->reader);
	if (end > cursor->segment_rows)
		end = cursor->segment_rows;
	column->has_nulls = false;
	for (uint64_t row = first; row < end; index++)
	{
		TickSymbolEntry entry;
		uint64_t	stop;

		tick_segment_symbol(cursor->reader, index, &entry);
		stop = entry.first_row + entry.rows < end ? entry.first_row + entry.rows : end;
		if (index == null_symbol)
		{
			memset(out->validity, 0xff, TICK_BATCH_ROWS / 8);
			column->has_nulls = true;
		}
		for (; row < stop; row++)
		{
			out->text[row - first] = out->dictionary[index];
			out->codes[row - first] = index;
			if (index == null_symbol)
				tick_bit_clear(out->validity, row - first);
		}
	}
	return TICK_OK;
}

static void
fill_nulls(CursorColumn *column)
{
	if (column->type == TICK_TEXT)
		for (int i = 0; i < TICK_BATCH_ROWS; i++)
			column->decoded.text[i] = (TickString) {"", 0};
	else
		memset(column->decoded.i64, 0, TICK_BATCH_ROWS * sizeof(int64_t));
	memset(column->decoded.validity, 0, TICK_BATCH_ROWS / 8);
	column->decoded.dictionary = NULL;
	column->has_nulls = true;
}

/* Have the encoded batch of the current batch in column->decoded. */
static TickStatus
decode_column(TickCursor *cursor, CursorColumn *column, TickError *error)
{
	if (column->decoded_group == cursor->row_group && column->decoded_batch == cursor->batch)
		return TICK_OK;
	if (column->origin == FROM_NOTHING && column->decoded_group != NOWHERE)
		return TICK_OK;
	if (column->decoded.i64 == NULL || column->shifted == NULL)
		TICK_TRY(init_arrays(cursor, column, error));
	if (column->origin == FROM_CHUNK)
		TICK_TRY(decode_chunk(cursor, column, error));
	else if (column->origin == FROM_DIRECTORY)
		TICK_TRY(fill_symbols(cursor, column, error));
	else
		fill_nulls(column);
	column->decoded_group = cursor->row_group;
	column->decoded_batch = cursor->batch;
	return TICK_OK;
}

/* The current batch as a part of the decoded one. */
static void
show_column(const TickCursor *cursor, CursorColumn *column)
{
	uint32_t	offset = cursor->batch_offset;
	TickVector *shown = &column->shown;

	*shown = column->decoded;
	shown->type = column->type;
	shown->scale = column->scale;
	shown->rows = cursor->batch_rows;
	if (column->type == TICK_TEXT)
		shown->text += offset;
	else
		shown->i64 += offset;
	if (shown->dictionary == NULL)
		shown->codes = NULL;
	else
		shown->codes += offset;
	if (!column->has_nulls)
		shown->validity = NULL;
	else if (offset % 64 == 0)
		shown->validity += offset / 64;
	else
	{
		tick_bits_copy(column->shifted, 0, shown->validity, offset, cursor->batch_rows);
		shown->validity = column->shifted;
	}
	column->current = true;
}

TickStatus
tick_cursor_column(TickCursor *cursor, int i, const TickVector **vector, TickError *error)
{
	CursorColumn *column = &cursor->column[i];

	if (!column->current)
	{
		if (cursor->batch_rows == 0)
			return tick_error_set(error, TICK_END, "the cursor is on no row");
		TICK_TRY(decode_column(cursor, column, error));
		show_column(cursor, column);
	}
	*vector = &column->shown;
	return TICK_OK;
}

/* ---- doubles as decimals ---- */

/* Have the encoded batch of the current batch in column->units, if it can be. */
static TickStatus
decode_units(TickCursor *cursor, CursorColumn *column, TickError *error)
{
	TickStatus	status;
	int			bits;

	if (column->units_group == cursor->row_group && column->units_batch == cursor->batch)
		return TICK_OK;
	if (column->units.i64 == NULL)
	{
		TICK_TRY(tick_vector_init(&column->units, cursor->memory, TICK_DECIMAL, 0, TICK_BATCH_ROWS, true, error));
		cursor->array_bytes += TICK_BATCH_ROWS * sizeof(int64_t);
	}
	if (column->units_shifted == NULL)
		column->units_shifted = tick_alloc(cursor->memory, TICK_BATCH_ROWS / 8);
	if (column->units_shifted == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	TICK_TRY(have_chunk(cursor, column, error));
	column->units_group = NOWHERE;
	status = tick_chunk_decode_decimals(column->chunk, cursor->batch, &column->units, &bits, &column->is_decimal,
										&column->units_nulls, error);
	if (status == TICK_CORRUPT)
		return tick_segment_chunk_corrupt(cursor->reader, cursor->row_group, column->source, error);
	if (status != TICK_OK)
		return status;
	cursor->counters.batches += column->is_decimal;
	column->units_group = cursor->row_group;
	column->units_batch = cursor->batch;
	return TICK_OK;
}

TickStatus
tick_cursor_decimals(TickCursor *cursor, int i, const TickVector **vector, TickError *error)
{
	CursorColumn *column = &cursor->column[i];
	uint32_t	offset = cursor->batch_offset;
	TickVector *shown = &column->shown_units;

	*vector = NULL;
	if (column->type != TICK_DOUBLE || column->origin != FROM_CHUNK || column->current || cursor->batch_rows == 0)
		return TICK_OK;
	if (!column->units_current)
	{
		TICK_TRY(decode_units(cursor, column, error));
		*shown = column->units;
		shown->type = TICK_DECIMAL;
		shown->rows = cursor->batch_rows;
		shown->i64 += offset;
		if (!column->units_nulls)
			shown->validity = NULL;
		else if (offset % 64 == 0)
			shown->validity += offset / 64;
		else if (column->is_decimal)
		{
			tick_bits_copy(column->units_shifted, 0, shown->validity, offset, cursor->batch_rows);
			shown->validity = column->units_shifted;
		}
		column->units_current = true;
	}
	if (column->is_decimal)
		*vector = shown;
	return TICK_OK;
}

/* ---- chunks read beforehand ---- */

void
tick_loaded_group_free(TickLoadedGroup *loaded)
{
	for (int i = 0; loaded != NULL && i < loaded->columns; i++)
		tick_buffer_free(&loaded->bytes[i]);
	tick_free(&tick_memory_malloc, loaded);
}

uint64_t
tick_cursor_load_bytes(const TickCursor *cursor, uint32_t row_group)
{
	uint64_t	bytes = 0;

	for (int i = 0; i < cursor->columns; i++)
		if (cursor->column[i].origin == FROM_CHUNK)
			bytes += tick_segment_chunk_bytes(cursor->reader, row_group, cursor->column[i].source);
	return bytes;
}

TickStatus
tick_cursor_load(TickCursor *cursor, uint32_t row_group, int time, TickLoadedGroup **loaded, TickError *error)
{
	TickLoadedGroup *group = tick_alloc_zero(&tick_memory_malloc,
											 sizeof(TickLoadedGroup) + (size_t) cursor->columns * sizeof(TickBuffer));
	TickStatus	status = TICK_OK;
	uint64_t	first;
	uint32_t	rows;

	*loaded = group;
	if (group == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	group->columns = cursor->columns;
	for (int i = 0; i < cursor->columns; i++)
		tick_buffer_init(&group->bytes[i], &tick_memory_malloc);
	tick_segment_row_group(cursor->reader, row_group, &first, &rows);
	enter_row_group(cursor, first);
	for (int i = 0; i < cursor->columns && status == TICK_OK; i++)
	{
		if (cursor->column[i].origin != FROM_CHUNK || (cursor->group_pruned && i != time))
			continue;
		status = tick_segment_read_chunk_bytes(cursor->reader, row_group, cursor->column[i].source, &group->bytes[i], error);
		cursor->counters.chunks++;
		cursor->counters.chunk_bytes += group->bytes[i].length;
	}
	return status;
}

void
tick_cursor_supply(TickCursor *cursor, TickLoadedGroup *const *loaded)
{
	cursor->loaded = loaded;
}

TickStatus
tick_cursor_filter_column(void *context, int column, const TickVector **vector, TickError *error)
{
	return tick_cursor_column(context, column, vector, error);
}
