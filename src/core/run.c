/*-------------------------------------------------------------------------
 *
 * run.c
 *	  Rows gathered in memory until they are sorted and written.
 *
 * Rows are staged in typed arrays, a batch at a time, and packed from there
 * (run_row.c).  The run reports no room once rows, pools and what the sort
 * will need reach capacity_bytes.  Memory survives a reset, for memory fresh
 * from the system costs as much as the work on it.
 *
 * Partitions are not kept by row but by stretches of rows: files come in
 * order of time, nearly always, and then there are as many as partitions.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/run_internal.h"
#include "core/segment_format.h"

#define LEAST_CAPACITY_BYTES (1 << 20)
#define MOST_ROWS (UINT32_C(1) << 31)

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

/* ---- creation ---- */

/* The arrays that a batch is staged in. */
static TickStatus
init_stage(TickRun *run, TickError *error)
{
	run->staged_partition = tick_alloc_array(run->memory, TICK_RUN_STAGED, sizeof(int32_t));
	if (run->staged_partition == NULL)
		return out_of_memory(error);
	for (int i = 0; i < run->schema.columns; i++)
	{
		TickType	type = run->schema.column[i].type;
		TickRunColumn *stage = &run->stage[i];
		size_t		width = type == TICK_TEXT ? sizeof(uint32_t) : sizeof(int64_t);
		void	   *values = tick_alloc_array(run->memory, TICK_RUN_STAGED, width);

		stage->present = tick_alloc(run->memory, TICK_RUN_STAGED);
		if (type == TICK_TEXT)
			stage->codes = values;
		else if (type == TICK_DOUBLE)
			stage->f64 = values;
		else
			stage->i64 = values;
		if (values == NULL || stage->present == NULL)
			return out_of_memory(error);
	}
	return TICK_OK;
}

/* Copy the schema and allocate what there is one of a column. */
static TickStatus
init_run(TickRun *run, const TickSchema *schema, TickError *error)
{
	size_t		n = (size_t) schema->columns;

	run->schema = *schema;
	run->schema.column = tick_alloc_array(run->memory, n, sizeof(TickColumn));
	run->field = tick_alloc_array(run->memory, n, sizeof(TickRunField));
	run->stage = tick_alloc_zero(run->memory, n * sizeof(TickRunColumn));
	run->room = tick_alloc_zero(run->memory, n * sizeof(TickRunColumn));
	run->pool = tick_alloc_zero(run->memory, n * sizeof(TickStringPool));
	if (run->schema.column == NULL || run->field == NULL || run->stage == NULL || run->room == NULL || run->pool == NULL)
		return out_of_memory(error);
	memcpy(run->schema.column, schema->column, n * sizeof(TickColumn));
	TICK_TRY(tick_schema_check(&run->schema, error));
	for (int i = 0; i < schema->columns; i++)
		run->pool[i].memory = run->memory;
	tick_run_layout_init(run);
	return init_stage(run, error);
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
		if (run->stage != NULL)
		{
			tick_free(memory, run->stage[i].i64);
			tick_free(memory, run->stage[i].f64);
			tick_free(memory, run->stage[i].codes);
			tick_free(memory, run->stage[i].present);
		}
		if (run->pool != NULL)
			tick_pool_free(&run->pool[i]);
	}
	tick_free(memory, run->schema.column);
	tick_free(memory, run->staged_partition);
	tick_free(memory, run->stage);
	tick_free(memory, run->room);
	tick_free(memory, run->pool);
	tick_free(memory, run->data);
	tick_free(memory, run->field);
	tick_free(memory, run->stretch);
	tick_free(memory, run->order);
	tick_free(memory, run->ranks);
	tick_free(memory, run->rank);
	tick_free(memory, run->by_rank);
	tick_free(memory, run->bucket);
	tick_free(memory, run->group);
	tick_free(memory, run);
}

/* ---- size ---- */

uint64_t
tick_run_rows(const TickRun *run)
{
	return (uint64_t) run->rows + run->staged;
}

static size_t
pool_bytes(const TickRun *run)
{
	size_t		bytes = 0;

	for (int i = 0; i < run->schema.columns; i++)
		bytes += run->pool[i].bytes;
	return bytes;
}

/* Of a row of so many bytes, with its place in the sorted order and its symbol's rank. */
static inline size_t
row_bytes(size_t stride)
{
	return stride + 2 * sizeof(uint32_t);
}

/* Stretches are listed twice while they are sorted. */
static size_t
stretch_bytes(const TickRun *run)
{
	return (size_t) run->stretches * 2 * sizeof(TickRunStretch);
}

size_t
tick_run_memory(const TickRun *run)
{
	return tick_run_rows(run) * row_bytes(run->stride) + pool_bytes(run) + stretch_bytes(run);
}

/* What rows and the texts that a reset forgets may take: a quarter at least, however large the symbol pool. */
static size_t
row_capacity(const TickRun *run)
{
	size_t		symbols = pool_bytes(run) - tick_run_pool_memory(run);

	return symbols < run->capacity_bytes / 4 * 3 ? run->capacity_bytes - symbols : run->capacity_bytes / 4;
}

/* Rows that may still come, when a row takes so many bytes. */
static uint32_t
free_rows(const TickRun *run, size_t stride)
{
	size_t		used = tick_run_rows(run) * row_bytes(stride) + tick_run_pool_memory(run) + stretch_bytes(run);
	size_t		capacity = row_capacity(run);
	size_t		rows = used < capacity ? (capacity - used) / row_bytes(stride) : 0;

	/* an empty run takes some rows, however long */
	if (rows < TICK_RUN_STAGED && tick_run_rows(run) + rows < TICK_RUN_STAGED)
		rows = TICK_RUN_STAGED - (uint32_t) tick_run_rows(run);
	if (rows > MOST_ROWS - tick_run_rows(run))
		rows = MOST_ROWS - tick_run_rows(run);
	return (uint32_t) rows;
}

/* ---- fill ---- */

/* Rows first .. first + rows - 1 lie in one partition, and follow the last stretch. */
static inline TickStatus
add_stretch(TickRun *run, int32_t partition, uint32_t first, uint32_t rows, TickError *error)
{
	if (run->stretches > 0 && run->stretch[run->stretches - 1].partition == partition)
	{
		run->stretch[run->stretches - 1].rows += rows;
		return TICK_OK;
	}
	if (run->stretches == run->stretch_capacity)
	{
		uint32_t	capacity = run->stretch_capacity > 0 ? run->stretch_capacity * 2 : 64;
		TickRunStretch *stretch = tick_resize(run->memory, run->stretch, (size_t) capacity * sizeof(TickRunStretch));

		if (stretch == NULL)
			return out_of_memory(error);
		run->stretch = stretch;
		run->stretch_capacity = capacity;
	}
	run->stretch[run->stretches++] = (TickRunStretch) {partition, first, rows};
	return TICK_OK;
}

TickStatus
tick_run_add_stretch(TickRun *run, int32_t partition, uint32_t rows, TickError *error)
{
	return add_stretch(run, partition, run->rows, rows, error);
}

/* The same for rows that each have their own. */
static TickStatus
add_stretches(TickRun *run, const int32_t *partition, uint32_t rows, TickError *error)
{
	for (uint32_t i = 0; i < rows; i++)
		TICK_TRY(add_stretch(run, partition[i], run->rows + i, 1, error));
	return TICK_OK;
}

static TickStatus
pack(TickRun *run, const int32_t *partition, const TickRunColumn *columns, uint32_t rows, TickError *error)
{
	if (rows == 0)
		return TICK_OK;
	TICK_TRY(tick_run_pack(run, columns, rows, error));
	TICK_TRY(add_stretches(run, partition, rows, error));
	run->rows += rows;
	return TICK_OK;
}

TickStatus
tick_run_settle(TickRun *run, TickError *error)
{
	TICK_TRY(pack(run, run->staged_partition, run->stage, run->staged, error));
	run->staged = 0;
	return TICK_OK;
}

TickStatus
tick_run_reserve(TickRun *run, uint32_t rows, TickRunRoom *room, TickError *error)
{
	uint32_t	free = free_rows(run, run->stride);

	if (run->sorted)
		return tick_error_set(error, TICK_BAD_INPUT, "a sorted run takes no rows");
	if (run->staged == TICK_RUN_STAGED)
		TICK_TRY(tick_run_settle(run, error));
	if (rows > free)
		rows = free;
	if (rows > TICK_RUN_STAGED - run->staged)
		rows = TICK_RUN_STAGED - run->staged;
	for (int i = 0; i < run->schema.columns && rows > 0; i++)
	{
		const TickRunColumn *stage = &run->stage[i];

		run->room[i].i64 = stage->i64 != NULL ? stage->i64 + run->staged : NULL;
		run->room[i].f64 = stage->f64 != NULL ? stage->f64 + run->staged : NULL;
		run->room[i].codes = stage->codes != NULL ? stage->codes + run->staged : NULL;
		run->room[i].present = stage->present + run->staged;
	}
	room->rows = rows;
	room->partition = rows > 0 ? run->staged_partition + run->staged : NULL;
	room->column = run->room;
	return TICK_OK;
}

void
tick_run_commit(TickRun *run, uint32_t rows)
{
	run->staged += rows;
}

uint32_t
tick_run_free_rows(const TickRun *run, const TickRunLayout *layout)
{
	size_t		stride = tick_run_layout_stride(layout);

	return free_rows(run, stride > run->stride ? stride : run->stride);
}

bool
tick_run_has_room(const TickRun *run, const TickRunRoom *rows)
{
	return rows->rows == 0 || free_rows(run, tick_run_stride_with(run, rows->column, rows->rows)) >= rows->rows;
}

TickStatus
tick_run_append(TickRun *run, const TickRunRoom *rows, TickError *error)
{
	if (run->sorted)
		return tick_error_set(error, TICK_BAD_INPUT, "a sorted run takes no rows");
	TICK_TRY(tick_run_settle(run, error));
	return pack(run, rows->partition, rows->column, rows->rows, error);
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

uint32_t
tick_run_generation(const TickRun *run)
{
	return run->generation;
}

/* ---- empty ---- */

void
tick_run_empty(TickRun *run)
{
	run->rows = run->staged = 0;
	run->sorted = false;
	run->stretches = run->buckets = run->groups = 0;
}

void
tick_run_reset(TickRun *run)
{
	tick_run_empty(run);
	run->generation++;
	for (int i = 0; i < run->schema.columns; i++)
		if (i != run->schema.symbol)
			tick_pool_reset(&run->pool[i]);
}

void
tick_run_keep(TickRun *run, uint32_t index)
{
	const TickRunPartition *group = &run->group[index];
	const TickRunStretch *stretch = run->stretch + group->first_stretch;
	uint32_t	rows = 0;

	/* stretches of a partition are in the order of rows: each moves to the front of those behind it */
	for (uint32_t i = 0; i < group->stretches; i++)
	{
		memmove(run->data + rows * run->stride, run->data + stretch[i].first * run->stride,
				stretch[i].rows * run->stride);
		rows += stretch[i].rows;
	}
	run->stretch[0] = (TickRunStretch) {group->value, 0, rows};
	run->stretches = 1;
	run->rows = rows;
	run->sorted = false;
	run->buckets = run->groups = 0;
}

int32_t
tick_run_newest_partition(const TickRun *run)
{
	if (run->staged > 0)
		return run->staged_partition[run->staged - 1];
	return run->stretch[run->stretches - 1].partition;
}

bool
tick_run_ascends(const TickRun *run)
{
	for (uint32_t i = 1; i < run->stretches; i++)
		if (run->stretch[i].partition <= run->stretch[i - 1].partition)
			return false;
	return true;
}

size_t
tick_run_pool_memory(const TickRun *run)
{
	size_t		bytes = pool_bytes(run);

	if (run->schema.symbol >= 0)
		bytes -= run->pool[run->schema.symbol].bytes;
	return bytes;
}
