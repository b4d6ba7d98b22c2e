/*-------------------------------------------------------------------------
 *
 * run_row.c
 *	  The rows of a run as bytes: narrow, one after the other.
 *
 * A row keeps its values side by side, each as wide as the widest of its
 * column so far: a day of four million trades is then 130 MB and not 300,
 * and bringing a row to its place in the order touches one cache line and
 * not one for each column.  A column whose rows are all alike takes no room
 * (the load id, a symbol that comes from the file's name).
 *
 * A value that does not fit makes its field wider, and all rows are laid out
 * anew.  Fields never become narrower, so that this happens a few times in
 * the life of a run, nearly always in its first rows.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/run_internal.h"

#define FIRST_DATA_BYTES (64 * 1024)
#define WORD_STRIDE 16			/* longer rows begin at multiples of 8, so that fewer lie in two cache lines */

/* An integer or the bits of a double. */
typedef int64_t __attribute__((may_alias)) Word;

static inline const Word *
words_of(const TickRunColumn *values)
{
	return values->i64 != NULL ? (const Word *) values->i64 : (const Word *) values->f64;
}

static inline bool
is_code(const TickRun *run, int column)
{
	return run->schema.column[column].type == TICK_TEXT;
}

/* A value's bytes, the sign extended unless it is a code. */
static inline uint64_t
load_value(const uint8_t *p, uint8_t width, bool code)
{
	uint64_t	word = 0;

	memcpy(&word, p, width);
	if (code || width == 0 || width == 8)
		return word;
	return (uint64_t) ((int64_t) (word << (64 - 8 * width)) >> (64 - 8 * width));
}

/* Bytes that hold a value. */
static uint8_t
width_of(uint64_t value, bool code)
{
	int64_t		number = (int64_t) value;

	if (code)
		return value <= UINT8_MAX ? 1 : value <= UINT16_MAX ? 2 : 4;
	if (number >= INT16_MIN && number <= INT16_MAX)
		return 2;
	return number >= INT32_MIN && number <= INT32_MAX ? 4 : 8;
}

void
tick_run_layout_init(TickRun *run)
{
	memset(run->field, 0, (size_t) run->schema.columns * sizeof(TickRunField));
	run->stride = 0;
}

/* ---- layout ---- */

/* Bytes of a row whose fields take so many. */
static inline size_t
row_stride(size_t bytes)
{
	return bytes > WORD_STRIDE ? (bytes + 7) / 8 * 8 : bytes;
}

/* Place the fields, the wide ones first; bytes of a row. */
static size_t
place_fields(const TickRun *run, TickRunField *field)
{
	size_t		at = 0;

	for (uint8_t width = 8; width >= 1; width /= 2)
		for (int i = 0; i < run->schema.columns; i++)
			if (field[i].width == width)
			{
				field[i].offset = (uint32_t) at;
				at += width;
			}
	for (int i = 0; i < run->schema.columns; i++)
		if (field[i].nulls)
			field[i].null_offset = (uint32_t) at++;
	return row_stride(at);
}

/* One row from the old layout to the new one, which may overlap it behind. */
static void
move_row(TickRun *run, const TickRunField *to, size_t stride, uint32_t row, uint8_t *scratch)
{
	const uint8_t *old = run->data + row * run->stride;

	for (int i = 0; i < run->schema.columns; i++)
	{
		const TickRunField *from = &run->field[i];
		uint64_t	value = from->width > 0 ? load_value(old + from->offset, from->width, is_code(run, i)) : from->base;

		memcpy(scratch + to[i].offset, &value, to[i].width);
		if (to[i].nulls)
			scratch[to[i].null_offset] = from->nulls ? old[from->null_offset] : 1;
	}
	memcpy(run->data + row * stride, scratch, stride);
}

/* Make data hold so many bytes, and 8 more that are read with the last value. */
static TickStatus
grow_data(TickRun *run, size_t bytes, TickError *error)
{
	size_t		wanted = run->data_bytes < FIRST_DATA_BYTES ? FIRST_DATA_BYTES : run->data_bytes;
	uint8_t    *data;

	if (bytes <= run->data_bytes)
		return TICK_OK;
	while (wanted < bytes)
		wanted = wanted < run->capacity_bytes / 2 ? wanted * 2 : bytes + bytes / 8;
	data = tick_resize(run->memory, run->data, wanted + 8);
	if (data == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	run->data = data;
	run->data_bytes = wanted;
	return TICK_OK;
}

/* Lay all rows out anew; rows grow, so the last one moves first. */
static TickStatus
change_layout(TickRun *run, TickRunField *field, TickError *error)
{
	size_t		stride = place_fields(run, field);
	uint8_t    *scratch;

	TICK_TRY(grow_data(run, run->rows * stride, error));
	scratch = tick_alloc_zero(run->memory, stride + 8);
	if (scratch == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	for (uint32_t row = run->rows; row-- > 0;)
		move_row(run, field, stride, row, scratch);
	tick_free(run->memory, scratch);
	memcpy(run->field, field, (size_t) run->schema.columns * sizeof(TickRunField));
	run->stride = stride;
	return TICK_OK;
}

/* ---- what the new values need ---- */

/* Bits of the values that are not their sign's (or not zero, of codes). */
static uint64_t
used_bits(const Word *values, uint32_t rows)
{
	uint64_t	bits = 0;

	for (uint32_t i = 0; i < rows; i++)
		bits |= (uint64_t) (values[i] ^ values[i] >> 63);
	return bits;
}

static uint64_t
used_code_bits(const uint32_t *codes, uint32_t rows)
{
	uint32_t	bits = 0;

	for (uint32_t i = 0; i < rows; i++)
		bits |= codes[i];
	return bits;
}

static bool
all_codes_equal(const uint32_t *codes, uint32_t rows, uint64_t base)
{
	uint32_t	wrong = 0;

	for (uint32_t i = 0; i < rows; i++)
		wrong |= codes[i] ^ (uint32_t) base;
	return wrong == 0;
}

static bool
all_values_equal(const Word *values, uint32_t rows, uint64_t base)
{
	uint64_t	wrong = 0;

	for (uint32_t i = 0; i < rows; i++)
		wrong |= (uint64_t) values[i] ^ base;
	return wrong == 0;
}

/* The width that a column needs with these values in it. */
static uint8_t
needed_width(const TickRun *run, int column, const TickRunColumn *values, uint32_t rows)
{
	const TickRunField *field = &run->field[column];
	bool		code = is_code(run, column);
	uint8_t		width;

	if (field->width == 0 &&
		(code ? all_codes_equal(values->codes, rows, field->base) :
		 all_values_equal(words_of(values), rows, field->base)))
		return 0;
	if (field->width == 8 || (field->width == 4 && code))
		return field->width;
	if (run->schema.column[column].type == TICK_DOUBLE)
		return 8;
	if (code)
		width = width_of(used_code_bits(values->codes, rows), true);
	else
	{
		uint64_t	bits = used_bits(words_of(values), rows);

		/* the base becomes a value like the others */
		if (field->width == 0)
			bits |= (uint64_t) ((int64_t) field->base ^ (int64_t) field->base >> 63);
		width = width_of(bits, false);
	}
	if (code && field->width == 0 && width < width_of(field->base, true))
		width = width_of(field->base, true);
	return width > field->width ? width : field->width;
}

/* The most that a text column may need once its values have codes of this run. */
static uint8_t
most_code_width(const TickRun *run, int column, const TickRunColumn *values, uint32_t rows)
{
	const TickRunField *field = &run->field[column];
	uint8_t		width = width_of((uint64_t) run->pool[column].strings + rows, true);

	/* nulls have code 0 */
	if (field->width == 0 && field->base == 0 && memchr(values->present, 1, rows) == NULL)
		return 0;
	return width > field->width ? width : field->width;
}

static inline bool
needs_nulls(const TickRun *run, int column, const TickRunColumn *values, uint32_t rows)
{
	return run->field[column].nulls || memchr(values->present, 0, rows) != NULL;
}

size_t
tick_run_stride_with(const TickRun *run, const TickRunColumn *columns, uint32_t rows)
{
	size_t		bytes = 0;

	for (int i = 0; i < run->schema.columns; i++)
	{
		bytes += is_code(run, i) ? most_code_width(run, i, &columns[i], rows) : needed_width(run, i, &columns[i], rows);
		bytes += needs_nulls(run, i, &columns[i], rows);
	}
	return row_stride(bytes);
}

/* In an empty run a column that takes no room begins with its first value. */
static void
choose_bases(TickRun *run, const TickRunColumn *columns)
{
	for (int i = 0; i < run->schema.columns; i++)
		run->field[i].base = is_code(run, i) ? columns[i].codes[0] : (uint64_t) words_of(&columns[i])[0];
}

/* Make the fields wide enough for the new values. */
static TickStatus
fit_layout(TickRun *run, const TickRunColumn *columns, uint32_t rows, TickError *error)
{
	TickRunField *field = NULL;
	TickStatus	status = TICK_OK;

	if (run->rows == 0)
		choose_bases(run, columns);
	for (int i = 0; i < run->schema.columns; i++)
	{
		uint8_t		width = needed_width(run, i, &columns[i], rows);
		bool		nulls = needs_nulls(run, i, &columns[i], rows);

		if (width == run->field[i].width && nulls == run->field[i].nulls)
			continue;
		if (field == NULL)
		{
			field = tick_alloc_array(run->memory, (size_t) run->schema.columns, sizeof(TickRunField));
			if (field == NULL)
				return tick_error_set(error, TICK_NOMEM, "out of memory");
			memcpy(field, run->field, (size_t) run->schema.columns * sizeof(TickRunField));
		}
		field[i].width = width;
		field[i].nulls = nulls;
	}
	if (field != NULL)
	{
		status = change_layout(run, field, error);
		tick_free(run->memory, field);
	}
	return status;
}

/* ---- packing and unpacking ---- */

#define DEFINE_PACK(name, from_type, to_type) \
static void \
name(uint8_t *to, size_t stride, const from_type *values, uint32_t rows) \
{ \
	for (uint32_t i = 0; i < rows; i++, to += stride) \
	{ \
		to_type		value = (to_type) values[i]; \
\
		memcpy(to, &value, sizeof(value)); \
	} \
}

DEFINE_PACK(pack_i16, Word, int16_t)
DEFINE_PACK(pack_i32, Word, int32_t)
DEFINE_PACK(pack_i64, Word, int64_t)
DEFINE_PACK(pack_code8, uint32_t, uint8_t)
DEFINE_PACK(pack_code16, uint32_t, uint16_t)
DEFINE_PACK(pack_code32, uint32_t, uint32_t)
DEFINE_PACK(pack_present, uint8_t, uint8_t)

TickStatus
tick_run_pack(TickRun *run, const TickRunColumn *columns, uint32_t rows, TickError *error)
{
	uint8_t    *first;

	TICK_TRY(fit_layout(run, columns, rows, error));
	TICK_TRY(grow_data(run, (run->rows + (size_t) rows) * run->stride, error));
	first = run->data + run->rows * run->stride;
	for (int i = 0; i < run->schema.columns; i++)
	{
		const TickRunField *field = &run->field[i];
		uint8_t    *to = first + field->offset;

		if (is_code(run, i))
			switch (field->width)
			{
				case 1:
					pack_code8(to, run->stride, columns[i].codes, rows);
					break;
				case 2:
					pack_code16(to, run->stride, columns[i].codes, rows);
					break;
				case 4:
					pack_code32(to, run->stride, columns[i].codes, rows);
					break;
			}
		else
			switch (field->width)
			{
				case 2:
					pack_i16(to, run->stride, words_of(&columns[i]), rows);
					break;
				case 4:
					pack_i32(to, run->stride, words_of(&columns[i]), rows);
					break;
				case 8:
					pack_i64(to, run->stride, words_of(&columns[i]), rows);
					break;
			}
		if (field->nulls)
			pack_present(first + field->null_offset, run->stride, columns[i].present, rows);
	}
	return TICK_OK;
}

TickStatus
tick_run_pack_bytes(TickRun *run, const uint8_t *bytes, uint32_t rows, TickError *error)
{
	TICK_TRY(grow_data(run, (run->rows + (size_t) rows) * run->stride, error));
	memcpy(run->data + run->rows * run->stride, bytes, rows * run->stride);
	return TICK_OK;
}

#define DEFINE_UNPACK(name, from_type, to_type) \
static void \
name(const uint8_t *from, const size_t *at, uint32_t rows, to_type *out) \
{ \
	for (uint32_t i = 0; i < rows; i++) \
	{ \
		from_type	value; \
\
		memcpy(&value, from + at[i], sizeof(value)); \
		out[i] = (to_type) value; \
	} \
}

DEFINE_UNPACK(unpack_i16, int16_t, Word)
DEFINE_UNPACK(unpack_i32, int32_t, Word)
DEFINE_UNPACK(unpack_i64, int64_t, Word)
DEFINE_UNPACK(unpack_code8, uint8_t, uint32_t)
DEFINE_UNPACK(unpack_code16, uint16_t, uint32_t)
DEFINE_UNPACK(unpack_code32, uint32_t, uint32_t)
DEFINE_UNPACK(unpack_present, uint8_t, uint8_t)

void
tick_run_unpack_words(const TickRun *run, int column, const size_t *at, uint32_t rows, void *values)
{
	Word	   *out = values;
	const TickRunField *field = &run->field[column];
	const uint8_t *from = run->data + field->offset;

	switch (field->width)
	{
		case 0:
			for (uint32_t i = 0; i < rows; i++)
				out[i] = (Word) field->base;
			break;
		case 2:
			unpack_i16(from, at, rows, out);
			break;
		case 4:
			unpack_i32(from, at, rows, out);
			break;
		default:
			unpack_i64(from, at, rows, out);
			break;
	}
}

void
tick_run_unpack_codes(const TickRun *run, int column, const size_t *at, uint32_t rows, uint32_t *out)
{
	const TickRunField *field = &run->field[column];
	const uint8_t *from = run->data + field->offset;

	switch (field->width)
	{
		case 0:
			for (uint32_t i = 0; i < rows; i++)
				out[i] = (uint32_t) field->base;
			break;
		case 1:
			unpack_code8(from, at, rows, out);
			break;
		case 2:
			unpack_code16(from, at, rows, out);
			break;
		default:
			unpack_code32(from, at, rows, out);
			break;
	}
}

void
tick_run_unpack_present(const TickRun *run, int column, const size_t *at, uint32_t rows, uint8_t *out)
{
	if (run->field[column].nulls)
		unpack_present(run->data + run->field[column].null_offset, at, rows, out);
	else
		memset(out, 1, rows);
}
