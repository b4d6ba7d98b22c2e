/*-------------------------------------------------------------------------
 *
 * run.c
 *	  Rows gathered in memory until they are sorted and written.
 *
 * The arrays of all columns have one capacity, which doubles until rows,
 * pools and what the sort will need reach capacity_bytes; after that the run
 * reports no room.  Arrays survive a reset, for memory fresh from the system
 * costs as much as the work on it.
 *
 * Writing takes windows of rows: the values are taken where the sort has
 * laid them, only text (code to string) and nulls (byte to bit) are made
 * anew for each window.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/run_internal.h"
#include "core/segment_format.h"

#define LEAST_CAPACITY_BYTES (1 << 20)
#define LEAST_ROWS 1024			/* room in an empty run, however large the symbol pool */
#define MOST_ROWS (UINT32_C(1) << 31)
#define WINDOW_ROWS 8192

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

static size_t
value_bytes(const TickSchema *schema, int i)
{
	return schema->column[i].type == TICK_TEXT ? sizeof(uint32_t) : sizeof(int64_t);
}

/* Copy the schema and allocate what there is one of a column. */
static TickStatus
init_run(TickRun *run, const TickSchema *schema, TickError *error)
{
	size_t		n = (size_t) schema->columns;

	run->schema = *schema;
	run->schema.column = tick_alloc_array(run->memory, n, sizeof(TickColumn));
	run->column = tick_alloc_zero(run->memory, n * sizeof(TickRunColumn));
	run->room = tick_alloc_zero(run->memory, n * sizeof(TickRunColumn));
	run->pool = tick_alloc_zero(run->memory, n * sizeof(TickStringPool));
	if (run->schema.column == NULL || run->column == NULL || run->room == NULL || run->pool == NULL)
		return out_of_memory(error);
	memcpy(run->schema.column, schema->column, n * sizeof(TickColumn));
	TICK_TRY(tick_schema_check(&run->schema, error));
	/* partition, slot and spare; then values and presence */
	run->row_bytes = sizeof(int32_t) + sizeof(uint32_t) + sizeof(int64_t);
	for (int i = 0; i < schema->columns; i++)
	{
		run->row_bytes += value_bytes(schema, i) + 1;
		run->pool[i].memory = run->memory;
	}
	return TICK_OK;
}

TickStatus
tick_run_create(TickRun **run, const TickMemory *memory, const TickSchema *schema,
				size_t capacity_bytes, TickError *error)
{
	TickRun    *r = tick_alloc_zero(memory, sizeof(*r));
	TickStatus	status;

	*run = NULL;
	if (r == NULL)
		return out_of_memory(error);
	r->memory = memory;
	r->capacity_bytes = capacity_bytes > LEAST_CAPACITY_BYTES ? capacity_bytes : LEAST_CAPACITY_BYTES;
	status = init_run(r, schema, error);
	if (status != TICK_OK)
	{
		tick_run_free(r);
		return status;
	}
	*run = r;
	return TICK_OK;
}

void
tick_run_free(TickRun *run)
{
	const TickMemory *memory;

	if (run == NULL)
		return;
	memory = run->memory;
	for (int i = 0; i < run->schema.columns; i++)
	{
		if (run->column != NULL)
		{
			tick_free(memory, run->column[i].i64);
			tick_free(memory, run->column[i].f64);
			tick_free(memory, run->column[i].codes);
			tick_free(memory, run->column[i].present);
		}
		if (run->pool != NULL)
			tick_pool_free(&run->pool[i]);
	}
	tick_free(memory, run->schema.column);
	tick_free(memory, run->partition);
	tick_free(memory, run->column);
	tick_free(memory, run->room);
	tick_free(memory, run->pool);
	tick_free(memory, run->slot);
	tick_free(memory, run->spare);
	tick_free(memory, run->rank);
	tick_free(memory, run->by_rank);
	tick_free(memory, run->bucket);
	tick_free(memory, run->group);
	tick_free(memory, run);
}

uint64_t
tick_run_rows(const TickRun *run)
{
	return run->rows;
}

static size_t
pool_bytes(const TickRun *run)
{
	size_t		bytes = 0;

	for (int i = 0; i < run->schema.columns; i++)
		bytes += run->pool[i].bytes;
	return bytes;
}

size_t
tick_run_memory(const TickRun *run)
{
	return run->rows * run->row_bytes + pool_bytes(run);
}

/* ---- fill ---- */

/* Resize one array; without memory it stays as it is and *done becomes false. */
static void *
grow_array(const TickMemory *memory, void *array, size_t bytes, bool *done)
{
	void	   *grown = *done ? tick_resize(memory, array, bytes) : NULL;

	*done = grown != NULL;
	return grown != NULL ? grown : array;
}

static TickStatus
grow_arrays(TickRun *run, uint32_t capacity, TickError *error)
{
	const TickMemory *memory = run->memory;
	bool		done = true;

	run->partition = grow_array(memory, run->partition, capacity * sizeof(int32_t), &done);
	for (int i = 0; i < run->schema.columns; i++)
	{
		TickRunColumn *column = &run->column[i];
		TickType	type = run->schema.column[i].type;

		if (type == TICK_TEXT)
			column->codes = grow_array(memory, column->codes, capacity * sizeof(uint32_t), &done);
		else if (type == TICK_DOUBLE)
			column->f64 = grow_array(memory, column->f64, capacity * sizeof(double), &done);
		else
			column->i64 = grow_array(memory, column->i64, capacity * sizeof(int64_t), &done);
		column->present = grow_array(memory, column->present, capacity, &done);
	}
	if (!done)
		return out_of_memory(error);
	run->capacity = capacity;
	return TICK_OK;
}

/* Rows that fit capacity_bytes beside the pools as they are. */
static uint32_t
most_rows(const TickRun *run)
{
	size_t		pools = pool_bytes(run);
	size_t		rows = pools < run->capacity_bytes ? (run->capacity_bytes - pools) / run->row_bytes : 0;

	if (rows < LEAST_ROWS)
		rows = LEAST_ROWS;
	return rows < MOST_ROWS ? (uint32_t) rows : MOST_ROWS;
}

TickStatus
tick_run_reserve(TickRun *run, uint32_t rows, TickRunRoom *room, TickError *error)
{
	uint32_t	most = most_rows(run);
	uint32_t	free = run->rows < most ? most - run->rows : 0;

	if (run->sorted)
		return tick_error_set(error, TICK_BAD_INPUT, "a sorted run takes no rows");
	if (rows > free)
		rows = free;
	if (run->rows + rows > run->capacity)
	{
		uint32_t	capacity = run->capacity > 0 ? run->capacity : LEAST_ROWS;

		while (capacity < run->rows + rows)
			capacity = capacity < most / 2 ? capacity * 2 : most;
		TICK_TRY(grow_arrays(run, capacity, error));
	}
	for (int i = 0; i < run->schema.columns && rows > 0; i++)
	{
		const TickRunColumn *column = &run->column[i];

		run->room[i].i64 = column->i64 != NULL ? column->i64 + run->rows : NULL;
		run->room[i].f64 = column->f64 != NULL ? column->f64 + run->rows : NULL;
		run->room[i].codes = column->codes != NULL ? column->codes + run->rows : NULL;
		run->room[i].present = column->present + run->rows;
	}
	room->rows = rows;
	room->partition = rows > 0 ? run->partition + run->rows : NULL;
	room->column = run->room;
	return TICK_OK;
}

void
tick_run_commit(TickRun *run, uint32_t rows)
{
	run->rows += rows;
}

TickStatus
tick_run_intern(TickRun *run, int column, const char *data, uint32_t length, uint32_t *code, TickError *error)
{
	if (length > TICK_MAX_SYMBOL_BYTES && column == run->schema.symbol)
		return tick_error_set(error, TICK_OUT_OF_RANGE, "symbol of %u bytes is longer than %d bytes",
							  length, TICK_MAX_SYMBOL_BYTES);
	return tick_pool_intern(&run->pool[column], data, length, code, error);
}

uint32_t
tick_run_symbols(const TickRun *run)
{
	return run->schema.symbol >= 0 ? run->pool[run->schema.symbol].strings : 0;
}

TickString
tick_run_symbol(const TickRun *run, uint32_t code)
{
	return run->pool[run->schema.symbol].string[code];
}

TickString
tick_run_text(const TickRun *run, int column, uint32_t code)
{
	return run->pool[column].string[code];
}

void
tick_run_reset(TickRun *run)
{
	run->rows = 0;
	run->sorted = false;
	run->buckets = run->groups = 0;
	for (int i = 0; i < run->schema.columns; i++)
		if (i != run->schema.symbol)
			tick_pool_reset(&run->pool[i]);
}

/* Rows of the group from a column's array to its front. */
static void
keep_column(TickRun *run, int i, const TickRunPartition *group)
{
	TickRunColumn *column = &run->column[i];

	memmove(column->present, column->present + group->first, group->rows);
	if (column->i64 != NULL)
		memmove(column->i64, column->i64 + group->first, group->rows * sizeof(int64_t));
	if (column->f64 != NULL)
		memmove(column->f64, column->f64 + group->first, group->rows * sizeof(double));
	if (column->codes != NULL)
		memmove(column->codes, column->codes + group->first, group->rows * sizeof(uint32_t));
}

/* The sort leaves the symbols where they were: the buckets say them. */
static void
keep_symbols(TickRun *run, const TickRunPartition *group)
{
	TickRunColumn *column = &run->column[run->schema.symbol];

	for (uint32_t b = group->first_bucket; b < group->first_bucket + group->buckets; b++)
	{
		const TickRunBucket *bucket = &run->bucket[b];
		bool		null = bucket->symbol == TICK_NULL_SYMBOL;

		for (uint32_t row = bucket->first - group->first; row < bucket->first - group->first + bucket->rows; row++)
		{
			column->codes[row] = null ? 0 : bucket->symbol;
			column->present[row] = !null;
		}
	}
}

void
tick_run_keep(TickRun *run, uint32_t index)
{
	TickRunPartition group = run->group[index];

	for (int i = 0; i < run->schema.columns; i++)
		if (i == run->schema.symbol)
			keep_symbols(run, &group);
		else
			keep_column(run, i, &group);
	for (uint32_t row = 0; row < group.rows; row++)
		run->partition[row] = group.value;
	run->rows = group.rows;
	run->sorted = false;
	run->buckets = run->groups = 0;
}

int32_t
tick_run_newest_partition(const TickRun *run)
{
	return run->partition[run->rows - 1];
}

size_t
tick_run_pool_memory(const TickRun *run)
{
	size_t		bytes = pool_bytes(run);

	if (run->schema.symbol >= 0)
		bytes -= run->pool[run->schema.symbol].bytes;
	return bytes;
}

/* ---- write ---- */

uint32_t
tick_run_partitions(const TickRun *run)
{
	return run->groups;
}

void
tick_run_partition(const TickRun *run, uint32_t index, int32_t *partition, uint64_t *rows)
{
	*partition = run->group[index].value;
	*rows = run->group[index].rows;
}

/* What the writer sees of the rows first .. end - 1. */
typedef struct Window
{
	uint32_t	first;
	uint32_t	end;
	TickVector *vector;			/* a column each; validity and text owned */
	uint64_t  **validity;
} Window;

static void
free_window(const TickRun *run, Window *window)
{
	for (int i = 0; i < run->schema.columns; i++)
	{
		if (window->validity != NULL)
			tick_free(run->memory, window->validity[i]);
		if (window->vector != NULL && run->schema.column[i].type == TICK_TEXT)
			tick_free(run->memory, window->vector[i].text);
	}
	tick_free(run->memory, window->vector);
	tick_free(run->memory, window->validity);
}

/* Allocate a window: text and validity arrays for the columns that need them. */
static TickStatus
init_window(const TickRun *run, Window *window, TickError *error)
{
	size_t		n = (size_t) run->schema.columns;

	window->first = window->end = 0;
	window->vector = tick_alloc_zero(run->memory, n * sizeof(TickVector));
	window->validity = tick_alloc_zero(run->memory, n * sizeof(uint64_t *));
	if (window->vector == NULL || window->validity == NULL)
		return out_of_memory(error);
	for (size_t i = 0; i < n; i++)
	{
		TickVector *vector = &window->vector[i];

		vector->type = run->schema.column[i].type;
		vector->scale = run->schema.column[i].scale;
		if ((int) i == run->schema.symbol)
			continue;
		window->validity[i] = tick_alloc(run->memory, WINDOW_ROWS / 8);
		if (vector->type == TICK_TEXT)
			vector->text = tick_alloc(run->memory, WINDOW_ROWS * sizeof(TickString));
		if (window->validity[i] == NULL || (vector->type == TICK_TEXT && vector->text == NULL))
			return out_of_memory(error);
	}
	return TICK_OK;
}

/* Bytes of 0 and 1 to bits; false when all are 1.  Reads beyond rows never happen. */
static bool
pack_presence(const uint8_t *present, uint32_t rows, uint64_t *validity)
{
	if (memchr(present, 0, rows) == NULL)
		return false;
	memset(validity, 0, tick_bit_words(rows) * sizeof(uint64_t));
	for (uint32_t i = 0; i < rows; i++)
		validity[i >> 6] |= (uint64_t) (present[i] & 1) << (i & 63);
	return true;
}

/* Move the window to the rows from `first` on, up to `end`. */
static void
fill_window(const TickRun *run, Window *window, uint32_t first, uint32_t end)
{
	uint32_t	rows = end - first < WINDOW_ROWS ? end - first : WINDOW_ROWS;

	window->first = first;
	window->end = first + rows;
	for (int i = 0; i < run->schema.columns; i++)
	{
		const TickRunColumn *column = &run->column[i];
		const TickStringPool *pool = &run->pool[i];
		TickVector *vector = &window->vector[i];

		if (i == run->schema.symbol)
			continue;
		vector->rows = rows;
		vector->validity = pack_presence(column->present + first, rows, window->validity[i]) ? window->validity[i] : NULL;
		if (vector->type == TICK_DOUBLE)
			vector->f64 = column->f64 + first;
		else if (vector->type != TICK_TEXT)
			vector->i64 = column->i64 + first;
		else
			for (uint32_t row = 0; row < rows; row++)
				vector->text[row] = column->present[first + row] ?
					pool->string[column->codes[first + row]] : (TickString) {"", 0};
	}
}

static TickStatus
begin_symbol(const TickRun *run, uint32_t symbol, TickSymbolCode code, void *context,
			 TickSegmentWriter *writer, TickError *error)
{
	TickString	name = {NULL, 0};

	if (run->schema.symbol < 0)
		return TICK_OK;
	if (symbol == TICK_NULL_SYMBOL)
		return tick_segment_writer_symbol(writer, name, 0, error);
	name = tick_run_symbol(run, symbol);
	return tick_segment_writer_symbol(writer, name, code != NULL ? code(context, name) : 0, error);
}

static TickStatus
write_group(TickRun *run, const TickRunPartition *group, Window *window, TickSymbolCode code, void *context,
			TickSegmentWriter *writer, void (*interrupt) (void), TickError *error)
{
	uint32_t	group_end = group->first + group->rows;

	for (uint32_t b = group->first_bucket; b < group->first_bucket + group->buckets; b++)
	{
		const TickRunBucket *bucket = &run->bucket[b];
		uint32_t	end = bucket->first + bucket->rows;

		TICK_TRY(begin_symbol(run, bucket->symbol, code, context, writer, error));
		for (uint32_t at = bucket->first; at < end;)
		{
			uint32_t	stop;

			if (at >= window->end)
			{
				if (interrupt != NULL)
					interrupt();
				fill_window(run, window, at, group_end);
			}
			stop = end < window->end ? end : window->end;
			TICK_TRY(tick_segment_writer_append(writer, window->vector, at - window->first, stop - at, error));
			at = stop;
		}
	}
	return TICK_OK;
}

TickStatus
tick_run_write(TickRun *run, uint32_t index, TickSymbolCode code, void *context,
			   TickSegmentWriter *writer, void (*interrupt) (void), TickError *error)
{
	Window		window = {0};
	TickStatus	status = init_window(run, &window, error);

	if (status == TICK_OK)
		status = write_group(run, &run->group[index], &window, code, context, writer, interrupt, error);
	free_window(run, &window);
	return status;
}
