/*-------------------------------------------------------------------------
 *
 * row_buffer.c
 *	  The rows of a row group before they are encoded.
 *
 * Text is copied, for what the caller points at may be gone when the row
 * group is full.  Columns of few values come as pointers into a dictionary
 * or pool, so that the same pointer comes again and again: a small table
 * remembers what the current call has copied.
 *
 * Text that comes as codes alone stays codes: its dictionary is a run's pool,
 * which outlives the row group.  Its bytes count all the same, unless they are
 * few whatever the codes are: a reader decodes a row group's column at once.
 *
 *-------------------------------------------------------------------------
 */
#include "core/row_buffer.h"

#include <string.h>

#define FIRST_CAPACITY TICK_BATCH_ROWS
#define GROUP_BYTES (64 << 20)
#define TEXT_BYTES (16 << 20)
#define FIRST_TEXT_BYTES (64 << 10)
#define FEW_TEXT_BYTES (1 << 20)
#define FEW_TEXTS 4096			/* more are not worth adding up */

/* Blocks of text never move. */
typedef struct TickTextBlock
{
	struct TickTextBlock *next;
	size_t		capacity;
	size_t		used;
	char		data[];
} TextBlock;

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

/* A row group's rows: as asked, unless the arrays would be too large; whole batches. */
static uint32_t
choose_group_rows(const TickSchema *schema, uint32_t asked)
{
	uint64_t	width = 0;
	uint64_t	fit;

	for (int i = 0; i < schema->columns; i++)
		width += tick_type_is_text(schema->column[i].type) ? sizeof(TickString) : sizeof(int64_t);
	fit = GROUP_BYTES / width / TICK_BATCH_ROWS * TICK_BATCH_ROWS;
	if (asked == 0 || asked > TICK_ROW_GROUP_ROWS)
		asked = TICK_ROW_GROUP_ROWS;
	if (fit < TICK_BATCH_ROWS)
		fit = TICK_BATCH_ROWS;
	return asked < fit ? asked : (uint32_t) fit;
}

/* Make the arrays hold `capacity` rows, keeping the rows there are. */
static TickStatus
grow_arrays(TickRowBuffer *buffer, uint32_t capacity, TickError *error)
{
	size_t		words = tick_bit_words(buffer->capacity);

	for (int i = 0; i < buffer->schema->columns; i++)
	{
		TickVector *column = &buffer->column[i];
		size_t		width = tick_type_is_text(column->type) ? sizeof(TickString) : sizeof(int64_t);
		void	   *values;
		uint64_t   *validity;

		if (i == buffer->schema->symbol)
			continue;
		values = tick_resize(buffer->memory, column->i64, capacity * width);
		if (values == NULL)
			return out_of_memory(error);
		column->i64 = values;
		validity = tick_resize(buffer->memory, column->validity, tick_bit_words(capacity) * sizeof(uint64_t));
		if (validity == NULL)
			return out_of_memory(error);
		column->validity = validity;
		if (column->codes != NULL)
		{
			uint32_t   *codes = tick_resize(buffer->memory, column->codes, capacity * sizeof(uint32_t));

			if (codes == NULL)
				return out_of_memory(error);
			column->codes = codes;
		}
		if (buffer->has_nulls[i])
			memset(column->validity + words, 0xff, (tick_bit_words(capacity) - words) * sizeof(uint64_t));
	}
	buffer->capacity = capacity;
	return TICK_OK;
}

TickStatus
tick_row_buffer_init(TickRowBuffer *buffer, const TickMemory *memory,
					 const TickSchema *schema, uint32_t group_rows, TickError *error)
{
	size_t		n = (size_t) schema->columns;

	memset(buffer, 0, sizeof(*buffer));
	buffer->memory = memory;
	buffer->schema = schema;
	buffer->group_rows = choose_group_rows(schema, group_rows);
	buffer->column = tick_alloc_array(memory, n, sizeof(TickVector));
	if (buffer->column == NULL)
		return out_of_memory(error);
	memset(buffer->column, 0, n * sizeof(TickVector));
	buffer->has_nulls = tick_alloc_zero(memory, n * sizeof(bool));
	buffer->counts_codes = tick_alloc_zero(memory, n * sizeof(bool));
	if (buffer->has_nulls == NULL || buffer->counts_codes == NULL)
		return out_of_memory(error);
	for (size_t i = 0; i < n; i++)
	{
		buffer->column[i].type = schema->column[i].type;
		buffer->column[i].scale = schema->column[i].scale;
	}
	return grow_arrays(buffer, buffer->group_rows < FIRST_CAPACITY ? buffer->group_rows : FIRST_CAPACITY, error);
}

/* Free the text of the row group, but for one block to start the next with. */
static void
reset_text(TickRowBuffer *buffer, bool keep_one)
{
	while (buffer->text != NULL && !(keep_one && buffer->text->next == NULL && buffer->text->capacity <= TEXT_BYTES))
	{
		TextBlock  *next = buffer->text->next;

		tick_free(buffer->memory, buffer->text);
		buffer->text = next;
	}
	if (buffer->text != NULL)
		buffer->text->used = 0;
	buffer->text_bytes = 0;
}

/* Also after a failed or missing init, of a buffer that is all zeros. */
void
tick_row_buffer_free(TickRowBuffer *buffer)
{
	if (buffer->memory == NULL)
		return;
	for (int i = 0; i < buffer->schema->columns && buffer->column != NULL; i++)
		tick_vector_free(&buffer->column[i], buffer->memory);
	reset_text(buffer, false);
	tick_free(buffer->memory, buffer->column);
	tick_free(buffer->memory, buffer->has_nulls);
	tick_free(buffer->memory, buffer->counts_codes);
}

void
tick_row_buffer_reset(TickRowBuffer *buffer)
{
	for (int i = 0; i < buffer->schema->columns; i++)
		buffer->column[i].dictionary = NULL;
	memset(buffer->has_nulls, 0, (size_t) buffer->schema->columns * sizeof(bool));
	reset_text(buffer, true);
	buffer->rows = 0;
}

bool
tick_row_buffer_full(const TickRowBuffer *buffer)
{
	return buffer->rows == buffer->group_rows || buffer->text_bytes > TEXT_BYTES;
}

/* Never more than a batch, so that long texts do not pass TEXT_BYTES by much. */
uint32_t
tick_row_buffer_room(const TickRowBuffer *buffer)
{
	uint32_t	room = buffer->group_rows - buffer->rows;

	return room < TICK_BATCH_ROWS ? room : TICK_BATCH_ROWS;
}

void
tick_row_buffer_view(const TickRowBuffer *buffer, int column, uint32_t first, uint32_t rows, TickVector *view)
{
	*view = buffer->column[column];
	view->rows = rows;
	if (view->dictionary != NULL)
	{
		view->codes += first;
		view->text = NULL;
	}
	else if (view->type == TICK_TEXT)
	{
		view->codes = NULL;
		view->text += first;
	}
	else
		view->i64 += first;
	view->validity = buffer->has_nulls[column] ? view->validity + first / 64 : NULL;
}

void
tick_bits_copy(uint64_t *to, size_t to_first, const uint64_t *from, size_t from_first, size_t n)
{
	while (n > 0)
	{
		size_t		room = 64 - (to_first & 63);
		size_t		step = n < room ? n : room;
		uint64_t	mask = step < 64 ? (UINT64_C(1) << step) - 1 : ~UINT64_C(0);
		uint64_t	bits = from[from_first >> 6] >> (from_first & 63);

		if ((from_first & 63) + step > 64)
			bits |= from[(from_first >> 6) + 1] << (64 - (from_first & 63));
		to[to_first >> 6] = (to[to_first >> 6] & ~(mask << (to_first & 63))) | (bits & mask) << (to_first & 63);
		to_first += step;
		from_first += step;
		n -= step;
	}
}

bool
tick_bits_all_set(const uint64_t *bits, size_t first, size_t n)
{
	while (n > 0)
	{
		size_t		room = 64 - (first & 63);
		size_t		step = n < room ? n : room;
		uint64_t	mask = step < 64 ? (UINT64_C(1) << step) - 1 : ~UINT64_C(0);

		if ((~bits[first >> 6] >> (first & 63) & mask) != 0)
			return false;
		first += step;
		n -= step;
	}
	return true;
}

/* Take over presence; the bits are kept only from a row group's first null on. */
static void
append_validity(TickRowBuffer *buffer, int i, const uint64_t *validity, uint32_t first, uint32_t rows)
{
	TickVector *column = &buffer->column[i];

	if (validity != NULL && tick_bits_all_set(validity, first, rows))
		validity = NULL;
	if (validity == NULL && !buffer->has_nulls[i])
		return;
	if (!buffer->has_nulls[i])
	{
		memset(column->validity, 0xff, tick_bit_words(buffer->capacity) * sizeof(uint64_t));
		buffer->has_nulls[i] = true;
	}
	if (validity != NULL)
		tick_bits_copy(column->validity, buffer->rows, validity, first, rows);
}

/* Room for length bytes that stay where they are until the row group is written. */
static char *
text_room(TickRowBuffer *buffer, size_t length)
{
	TextBlock  *block = buffer->text;
	char	   *room;

	if (block == NULL || block->capacity - block->used < length)
	{
		size_t		capacity = FIRST_TEXT_BYTES;

		if (block != NULL)
			capacity = block->capacity < TEXT_BYTES / 2 ? block->capacity * 2 : TEXT_BYTES / 2;
		if (capacity < length)
			capacity = length;
		block = tick_alloc(buffer->memory, sizeof(TextBlock) + capacity);
		if (block == NULL)
			return NULL;
		block->next = buffer->text;
		block->capacity = capacity;
		block->used = 0;
		buffer->text = block;
	}
	room = block->data + block->used;
	block->used += length;
	buffer->text_bytes += length;
	return room;
}

/* Copy texts; within a call, texts at one address are one text (dictionaries, pools). */
static TickStatus
append_text(TickRowBuffer *buffer, TickString *to, const TickString *from, uint32_t rows, TickError *error)
{
	for (uint32_t i = 0; i < rows; i++)
	{
		TickCopySlot *slot;

		to[i].length = from[i].length;
		to[i].data = "";
		if (from[i].length == 0)
			continue;
		slot = &buffer->copied[((uintptr_t) from[i].data * UINT64_C(0x9e3779b97f4a7c15)) >> 56];
		if (slot->call != buffer->call || slot->from != from[i].data || slot->length != from[i].length)
		{
			char	   *room = text_room(buffer, from[i].length);

			if (room == NULL)
				return out_of_memory(error);
			memcpy(room, from[i].data, from[i].length);
			slot->from = from[i].data;
			slot->length = from[i].length;
			slot->call = buffer->call;
			slot->to = room;
		}
		to[i].data = slot->to;
	}
	return TICK_OK;
}

/* Codes into another dictionary, or texts, follow: what is there becomes texts, which stay where they are. */
static void
spell_out(TickRowBuffer *buffer, TickVector *column)
{
	for (uint32_t i = 0; column->dictionary != NULL && i < buffer->rows; i++)
		column->text[i] = column->codes[i] < column->dictionary_size ? column->dictionary[column->codes[i]] :
			(TickString) {"", 0};
	column->dictionary = NULL;
}

static bool
is_small(const TickString *dictionary, uint32_t size)
{
	size_t		bytes = 0;

	for (uint32_t i = 0; i < size && size <= FEW_TEXTS; i++)
		bytes += dictionary[i].length;
	return size <= FEW_TEXTS && bytes <= FEW_TEXT_BYTES;
}

static size_t
bytes_of_codes(const uint32_t *codes, uint32_t rows, const TickString *dictionary, uint32_t size)
{
	size_t		bytes = 0;

	for (uint32_t i = 0; i < rows; i++)
		bytes += codes[i] < size ? dictionary[codes[i]].length : 0;
	return bytes;
}

/* Text as codes alone. */
static TickStatus
append_codes(TickRowBuffer *buffer, int i, const TickVector *from, uint32_t first, uint32_t rows, TickError *error)
{
	TickVector *column = &buffer->column[i];
	const uint32_t *codes = from->codes + first;

	if (column->dictionary != from->dictionary)
		buffer->counts_codes[i] = !is_small(from->dictionary, from->dictionary_size);
	if (buffer->counts_codes[i])
		buffer->text_bytes += bytes_of_codes(codes, rows, from->dictionary, from->dictionary_size);
	if (buffer->rows > 0 && column->dictionary != from->dictionary)
	{
		spell_out(buffer, column);
		for (uint32_t r = 0; r < rows; r++)
			column->text[buffer->rows + r] = codes[r] < from->dictionary_size ? from->dictionary[codes[r]] :
				(TickString) {"", 0};
		return TICK_OK;
	}
	if (column->codes == NULL)
		column->codes = tick_alloc_array(buffer->memory, buffer->capacity, sizeof(uint32_t));
	if (column->codes == NULL)
		return out_of_memory(error);
	column->dictionary = from->dictionary;
	column->dictionary_size = from->dictionary_size;
	memcpy(column->codes + buffer->rows, codes, rows * sizeof(uint32_t));
	return TICK_OK;
}

TickStatus
tick_row_buffer_append(TickRowBuffer *buffer, const TickVector *columns,
					   uint32_t first, uint32_t rows, TickError *error)
{
	uint32_t	capacity = buffer->capacity;

	while (capacity < buffer->rows + rows)
		capacity *= 2;
	if (capacity > buffer->capacity)
		TICK_TRY(grow_arrays(buffer, capacity < buffer->group_rows ? capacity : buffer->group_rows, error));
	buffer->call++;
	for (int i = 0; i < buffer->schema->columns; i++)
	{
		TickVector *column = &buffer->column[i];

		if (i == buffer->schema->symbol)
			continue;
		append_validity(buffer, i, columns[i].validity, first, rows);
		if (column->type == TICK_TEXT && columns[i].text == NULL)
			TICK_TRY(append_codes(buffer, i, &columns[i], first, rows, error));
		else if (column->type == TICK_TEXT)
		{
			spell_out(buffer, column);
			TICK_TRY(append_text(buffer, column->text + buffer->rows, columns[i].text + first, rows, error));
		}
		else
			memcpy(column->i64 + buffer->rows, columns[i].i64 + first, rows * sizeof(int64_t));
	}
	buffer->rows += rows;
	return TICK_OK;
}
