/*-------------------------------------------------------------------------
 *
 * segment_fixture.h
 *	  Random rows, images in memory, and the plain truth to compare with.
 *
 * A Model is a list of rows as plain structs.  Tests sort it with qsort and
 * compare what the segment code gives back, value by value.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_SEGMENT_FIXTURE_H
#define TICK_SEGMENT_FIXTURE_H

#include "core/cursor.h"
#include "core/segment.h"
#include "unit.h"

#define FIXTURE_COLUMNS 12
#define FIXTURE_TEXT 24

typedef struct Value
{
	bool		null;
	int64_t		i64;
	double		f64;
	uint32_t	length;
	char		text[FIXTURE_TEXT];
} Value;

typedef struct Row
{
	int32_t		partition;
	int			input;			/* of a merge */
	uint32_t	arrival;
	Value		value[FIXTURE_COLUMNS];
} Row;

typedef struct Model
{
	TickSchema	schema;
	TickColumn	column[FIXTURE_COLUMNS];
	uint32_t	rows;
	Row		   *row;
} Model;

/* ---- images ---- */

static TickStatus
image_append(void *context, const void *bytes, size_t length, TickError *error)
{
	return tick_buffer_append(context, bytes, length, error);
}

static TickStatus
image_read(void *context, uint64_t offset, void *bytes, size_t length, TickError *error)
{
	TickBuffer *image = context;

	/* outside is the caller's mistake, so it must not pass for damage */
	if (offset > image->length || length > image->length - offset)
	{
		fprintf(stderr, "read outside of the image\n");
		abort();
	}
	memcpy(bytes, image->data + offset, length);
	return TICK_OK;
}

static inline TickSink
image_sink(TickBuffer *image)
{
	return (TickSink) {image_append, image};
}

static inline TickSource
image_source(TickBuffer *image)
{
	return (TickSource) {image_read, image, image->length};
}

/* ---- random schemas and rows ---- */

static inline void
model_add_column(Model *model, TickType type, uint8_t scale, TickRole role)
{
	TickColumn *column = &model->column[model->schema.columns];

	memset(column, 0, sizeof(*column));
	column->id = role == TICK_ROLE_NONE && model->schema.columns == 2 ? TICK_COLUMN_LOAD_ID : model->schema.columns + 10;
	column->type = type;
	column->scale = scale;
	column->role = role;
	snprintf(column->field, sizeof(column->field), "field%d", model->schema.columns);
	if (role == TICK_ROLE_SYMBOL)
		model->schema.symbol = model->schema.columns;
	if (role == TICK_ROLE_TIME)
		model->schema.time = model->schema.columns;
	model->schema.columns++;
}

/* Symbol, time, price and size, each there or not, and some others. */
static inline void
model_random_schema(Model *model, uint64_t *seed)
{
	static const TickType types[] = {TICK_BOOL, TICK_INT, TICK_DOUBLE, TICK_DECIMAL, TICK_DATE, TICK_TIME, TICK_STAMP, TICK_TEXT};
	static const TickType numbers[] = {TICK_INT, TICK_DOUBLE, TICK_DECIMAL};
	int			others = (int) (unit_random(seed) % 4);

	model->schema = (TickSchema) {.column = model->column, .symbol = -1, .time = -1};
	if (unit_random(seed) % 5 > 0)
		model_add_column(model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	if (unit_random(seed) % 5 > 0)
		model_add_column(model, unit_random(seed) % 4 > 0 ? TICK_STAMP : TICK_DATE, 0, TICK_ROLE_TIME);
	if (unit_random(seed) % 2 > 0)
	{
		TickType	type = numbers[unit_random(seed) % 3];

		model_add_column(model, type, type == TICK_DECIMAL ? 4 : 0, TICK_ROLE_PRICE);
		type = numbers[unit_random(seed) % 3];
		model_add_column(model, type, type == TICK_DECIMAL ? 2 : 0, TICK_ROLE_SIZE);
	}
	else if (unit_random(seed) % 2 > 0)
	{
		TickType	type = numbers[unit_random(seed) % 3];

		for (int role = TICK_ROLE_OPEN; role <= TICK_ROLE_CLOSE; role++)
			model_add_column(model, type, type == TICK_DECIMAL ? 4 : 0, (TickRole) role);
		model_add_column(model, numbers[unit_random(seed) % 2], 0, TICK_ROLE_VOLUME);
	}
	for (int i = 0; i < others || model->schema.columns == 0; i++)
	{
		TickType	type = types[unit_random(seed) % 8];

		model_add_column(model, type, type == TICK_DECIMAL ? unit_random(seed) % 10 : 0, TICK_ROLE_NONE);
	}
}

static inline void
value_set_text(Value *value, const char *text)
{
	value->length = (uint32_t) strlen(text);
	memcpy(value->text, text, value->length);
}

/* style picks how a column behaves: constant, few values, small steps, anything */
static inline void
value_random(Value *value, const TickColumn *column, uint64_t *seed, int style, uint32_t row)
{
	uint64_t	random = unit_random(seed);

	switch (column->type)
	{
		case TICK_BOOL:
			value->i64 = random & 1;
			break;
		case TICK_DOUBLE:
			if (style == 3 && random % 50 == 0)
				value->f64 = random % 3 == 0 ? 0.0 / 0.0 : random % 3 == 1 ? 1.0 / 0.0 : 1e300;
			else if (style == 3)
				value->f64 = (double) (int64_t) unit_random(seed) / 3e9;
			else
				value->f64 = (double) (random % 100000) / (style == 0 ? 1.0 : 100.0);
			break;
		case TICK_TEXT:
			if (style == 3)
				snprintf(value->text, sizeof(value->text), "%llx", (unsigned long long) random);
			else
				snprintf(value->text, sizeof(value->text), "%.*s", (int) (random % 3), &"xyz"[random / 8 % 3]);
			value->length = (uint32_t) strlen(value->text);
			break;
		default:
			value->i64 = style == 0 ? 7 : style == 1 ? (int64_t) (random % 1000) : style == 2 ? 1000000 + row :
				(int64_t) unit_random(seed) >> (column->role == TICK_ROLE_NONE ? 0 : 30);
	}
}

/*
 * symbols distinct names at most; times advance unless shuffled.  Nulls in a
 * third of the columns, never in the time.
 */
static inline void
model_random_rows(Model *model, uint64_t *seed, uint32_t rows, uint32_t symbols, int partitions, bool shuffled)
{
	int			style[FIXTURE_COLUMNS];
	bool		nulls[FIXTURE_COLUMNS];
	int64_t		now = (int64_t) (unit_random(seed) % 1000000);

	model->rows = rows;
	model->row = calloc(rows > 0 ? rows : 1, sizeof(Row));
	for (int i = 0; i < model->schema.columns; i++)
	{
		style[i] = (int) (unit_random(seed) % 4);
		nulls[i] = unit_random(seed) % 3 == 0;
	}
	for (uint32_t r = 0; r < rows; r++)
	{
		Row		   *row = &model->row[r];

		now += unit_random(seed) % 3;
		row->arrival = r;
		row->partition = partitions > 1 ? (int) (unit_random(seed) % (unsigned) partitions) * 1000 - 2000 : 7;
		for (int i = 0; i < model->schema.columns; i++)
		{
			const TickColumn *column = &model->column[i];
			Value	   *value = &row->value[i];

			if (i == model->schema.time)
				value->i64 = shuffled ? (int64_t) (unit_random(seed) % (rows / 2 + 1)) : now;
			else if (nulls[i] && unit_random(seed) % 4 == 0)
				value->null = true;
			else if (i == model->schema.symbol)
			{
				char		name[FIXTURE_TEXT];
				uint64_t	number = unit_random(seed) % symbols;

				snprintf(name, sizeof(name), number % 3 == 0 ? "%llu" : number % 3 == 1 ? "SYM%llu" : "A_LONG_NAME_OF_%llu",
						 (unsigned long long) number);
				value_set_text(value, number == 5 ? "" : name);
			}
			else
				value_random(value, column, seed, style[i], r);
		}
	}
}

static inline void
model_free(Model *model)
{
	free(model->row);
	model->row = NULL;
}

/* ---- the plain truth ---- */

static const Model *sorted_model;
static bool sorted_by_partition;

static inline TickString
value_string(const Value *value)
{
	return (TickString) {value->text, value->length};
}

/* symbol order of two rows, null last */
static inline int
compare_symbols(const Value *x, const Value *y)
{
	if (x->null || y->null)
		return x->null - y->null;
	return tick_string_compare(value_string(x), value_string(y));
}

static inline int
compare_rows(const void *a, const void *b)
{
	const Row  *x = a;
	const Row  *y = b;
	int			symbol = sorted_model->schema.symbol;
	int			time = sorted_model->schema.time;

	if (sorted_by_partition && x->partition != y->partition)
		return x->partition < y->partition ? -1 : 1;
	if (symbol >= 0 && compare_symbols(&x->value[symbol], &y->value[symbol]) != 0)
		return compare_symbols(&x->value[symbol], &y->value[symbol]);
	if (time >= 0 && x->value[time].i64 != y->value[time].i64)
		return x->value[time].i64 < y->value[time].i64 ? -1 : 1;
	if (x->input != y->input)
		return x->input < y->input ? -1 : 1;
	return x->arrival < y->arrival ? -1 : 1;
}

static inline void
model_sort(Model *model, bool by_partition)
{
	sorted_model = model;
	sorted_by_partition = by_partition;
	qsort(model->row, model->rows, sizeof(Row), compare_rows);
}

/* Does row i of the vector hold the value? */
static inline bool
vector_holds(const TickVector *vector, uint32_t i, const Value *value)
{
	if (tick_vector_present(vector, i) == value->null)
		return false;
	switch (vector->type)
	{
		case TICK_DOUBLE:
			return memcmp(&vector->f64[i], &value->f64, sizeof(double)) == 0;
		case TICK_TEXT:
			if (vector->codes != NULL && !value->null &&
				tick_string_compare(vector->dictionary[vector->codes[i]], value_string(value)) != 0)
				return false;
			return tick_string_compare(vector->text[i], value_string(value)) == 0;
		default:
			return vector->i64[i] == value->i64;
	}
}

/* ---- writing a sorted model ---- */

typedef struct Vectors
{
	TickVector	vector[FIXTURE_COLUMNS];
} Vectors;

/* All rows as vectors, text pointing into the model. */
static inline void
vectors_of_model(Vectors *vectors, const Model *model)
{
	for (int i = 0; i < model->schema.columns; i++)
	{
		TickVector *vector = &vectors->vector[i];
		bool		nulls = false;

		CHECK_INT(tick_vector_init(vector, &tick_memory_malloc, model->column[i].type, model->column[i].scale,
								   model->rows + 1, true, NULL), TICK_OK);
		vector->rows = model->rows;
		memset(vector->validity, 0, tick_bit_words(model->rows + 1) * sizeof(uint64_t));
		for (uint32_t r = 0; r < model->rows; r++)
		{
			const Value *value = &model->row[r].value[i];

			nulls |= value->null;
			if (!value->null)
				tick_bit_set(vector->validity, r);
			if (vector->type == TICK_TEXT)
				vector->text[r] = value_string(value);
			else if (vector->type == TICK_DOUBLE)
				vector->f64[r] = value->f64;
			else
				vector->i64[r] = value->i64;
		}
		if (!nulls)
		{
			free(vector->validity);
			vector->validity = NULL;
		}
	}
}

static inline void
vectors_free(Vectors *vectors, const Model *model)
{
	for (int i = 0; i < model->schema.columns; i++)
		tick_vector_free(&vectors->vector[i], &tick_memory_malloc);
}

/* Write a sorted model in appends of random sizes.  Returns the first status that is not TICK_OK. */
static inline TickStatus
model_write(const Model *model, const TickSegmentOptions *options, uint64_t *seed,
			TickBuffer *image, TickSegmentSummary *summary, TickError *error)
{
	TickSegmentWriter *writer;
	Vectors		vectors;
	TickStatus	status;
	int			symbol = model->schema.symbol;

	tick_buffer_init(image, &tick_memory_malloc);
	status = tick_segment_writer_create(&writer, &tick_memory_malloc, &model->schema, options, image_sink(image), error);
	if (status != TICK_OK)
		return status;
	vectors_of_model(&vectors, model);
	for (uint32_t r = 0; r < model->rows && status == TICK_OK;)
	{
		uint32_t	end = r + 1;
		uint32_t	most = 1 + (uint32_t) (unit_random(seed) % 3000);

		while (end < model->rows && end - r < most &&
			   (symbol < 0 || compare_symbols(&model->row[r].value[symbol], &model->row[end].value[symbol]) == 0))
			end++;
		if (symbol >= 0 && (r == 0 || compare_symbols(&model->row[r - 1].value[symbol], &model->row[r].value[symbol]) != 0))
		{
			const Value *name = &model->row[r].value[symbol];

			status = tick_segment_writer_symbol(writer, name->null ? (TickString) {NULL, 0} : value_string(name),
												name->null ? 0 : 100 + r, error);
		}
		if (status == TICK_OK)
			status = tick_segment_writer_append(writer, vectors.vector, r, end - r, error);
		r = end;
	}
	if (status == TICK_OK)
		status = tick_segment_writer_finish(writer, summary, error);
	if (status == TICK_OK)
	{
		CHECK_INT(summary->bytes, image->length);
		summary->zone_map = NULL;
	}
	tick_segment_writer_free(writer);
	vectors_free(&vectors, model);
	return status;
}

/* Compare rows first .. end - 1 of the segment, as a cursor gives them, with the model's. */
static inline int
cursor_mismatches(TickCursor *cursor, const Model *model, uint64_t first, uint64_t end, uint32_t model_first)
{
	uint64_t	expected = first;
	uint64_t	row;
	uint32_t	rows;
	TickError	error;
	TickStatus	status;
	int			wrong = 0;

	tick_cursor_seek(cursor, first, end);
	while ((status = tick_cursor_next(cursor, &row, &rows, &error)) == TICK_OK)
	{
		wrong += row != expected || rows == 0 || rows > TICK_BATCH_ROWS;
		for (int i = 0; i < model->schema.columns; i++)
		{
			const TickVector *vector;

			status = tick_cursor_column(cursor, i, &vector, &error);
			if (status != TICK_OK || vector->rows != rows)
			{
				fprintf(stderr, "%s\n", status != TICK_OK ? error.message : "wrong number of rows");
				return wrong + 1;
			}
			for (uint32_t r = 0; r < rows; r++)
				wrong += !vector_holds(vector, r, &model->row[model_first + (row - first) + r].value[i]);
		}
		expected += rows;
	}
	wrong += status != TICK_END || expected != end;
	return wrong;
}

#endif							/* TICK_SEGMENT_FIXTURE_H */
