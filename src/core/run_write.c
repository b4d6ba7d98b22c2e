/*-------------------------------------------------------------------------
 *
 * run_write.c
 *	  A sorted run's rows to a segment writer.
 *
 * Rows are taken in windows, in the order that the sort has listed them: one
 * column after the other is gathered from the rows of a window, which the
 * first column brings into the nearest caches.  Text goes on as codes into
 * the run's pool, which does not change before the run is reset.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/run_internal.h"

#define WINDOW_ROWS 2048

/* What the writer sees of the listed rows first .. end - 1. */
typedef struct Window
{
	uint32_t	first;
	uint32_t	end;
	size_t		at[WINDOW_ROWS];	/* where their bytes begin */
	uint8_t		present[WINDOW_ROWS];
	TickVector *vector;			/* a column each */
	uint64_t  **validity;
} Window;

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

static void
free_window(const TickRun *run, const TickMemory *memory, Window *window)
{
	for (int i = 0; i < run->schema.columns; i++)
	{
		if (window->validity != NULL)
			tick_free(memory, window->validity[i]);
		if (window->vector != NULL)
		{
			tick_free(memory, window->vector[i].i64);
			tick_free(memory, window->vector[i].codes);
		}
	}
	tick_free(memory, window->vector);
	tick_free(memory, window->validity);
	tick_free(memory, window);
}

/* Allocate the arrays of a window. */
static TickStatus
init_window(const TickRun *run, const TickMemory *memory, Window *window, TickError *error)
{
	size_t		n = (size_t) run->schema.columns;

	window->vector = tick_alloc_zero(memory, n * sizeof(TickVector));
	window->validity = tick_alloc_zero(memory, n * sizeof(uint64_t *));
	if (window->vector == NULL || window->validity == NULL)
		return out_of_memory(error);
	for (size_t i = 0; i < n; i++)
	{
		TickVector *vector = &window->vector[i];

		vector->type = run->schema.column[i].type;
		vector->scale = run->schema.column[i].scale;
		if ((int) i == run->schema.symbol)
			continue;
		window->validity[i] = tick_alloc(memory, WINDOW_ROWS / 8);
		if (vector->type == TICK_TEXT)
			vector->codes = tick_alloc_array(memory, WINDOW_ROWS, sizeof(uint32_t));
		else
			vector->i64 = tick_alloc_array(memory, WINDOW_ROWS, sizeof(int64_t));
		if (window->validity[i] == NULL || (vector->codes == NULL && vector->i64 == NULL))
			return out_of_memory(error);
	}
	return TICK_OK;
}

/* Bytes of 0 and 1 to bits; false when all are 1. */
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

/*
 * Find where the rows of the next window begin.  Their first bytes are asked
 * for ahead, or every one of them would be waited for.
 */
static void
find_rows(const TickRun *run, Window *window, uint32_t rows)
{
	const uint32_t *order = run->order + window->first;
	const uint8_t *data = run->data;
	size_t		stride = run->stride;

	for (uint32_t i = 0; i < rows; i++)
	{
		window->at[i] = order[i] * stride;
		__builtin_prefetch(data + window->at[i]);
		if (stride > 64)
			__builtin_prefetch(data + window->at[i] + 64);
	}
}

/* Move the window to the rows from `first` on, up to `end`. */
static void
fill_window(const TickRun *run, Window *window, uint32_t first, uint32_t end)
{
	uint32_t	rows = end - first < WINDOW_ROWS ? end - first : WINDOW_ROWS;

	window->first = first;
	window->end = first + rows;
	find_rows(run, window, rows);
	for (int i = 0; i < run->schema.columns; i++)
	{
		TickVector *vector = &window->vector[i];
		const TickStringPool *pool = &run->pool[i];

		if (i == run->schema.symbol)
			continue;
		vector->rows = rows;
		vector->validity = NULL;
		if (run->field[i].nulls)
		{
			tick_run_unpack_present(run, i, window->at, rows, window->present);
			if (pack_presence(window->present, rows, window->validity[i]))
				vector->validity = window->validity[i];
		}
		if (vector->type == TICK_TEXT)
		{
			tick_run_unpack_codes(run, i, window->at, rows, vector->codes);
			vector->dictionary = pool->string;
			vector->dictionary_size = pool->strings;
		}
		else
			tick_run_unpack_words(run, i, window->at, rows, vector->i64);
	}
}

static TickStatus
begin_symbol(const TickRun *run, uint32_t symbol, TickSymbolCode code, void *context,
			 TickSegmentWriter *writer, TickError *error)
{
	TickString	name = {NULL, 0};
	uint32_t	number;

	if (run->schema.symbol < 0)
		return TICK_OK;
	if (symbol == TICK_NULL_SYMBOL)
		return tick_segment_writer_symbol(writer, name, 0, error);
	name = tick_run_symbol(run, symbol);
	TICK_TRY(tick_segment_code(code, context, name, &number, error));
	return tick_segment_writer_symbol(writer, name, number, error);
}

static TickStatus
write_group(const TickRun *run, const TickRunPartition *group, Window *window, TickSymbolCode code, void *context,
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

TickStatus
tick_run_write(const TickRun *run, const TickMemory *memory, uint32_t index, TickSymbolCode code, void *context,
			   TickSegmentWriter *writer, void (*interrupt) (void), TickError *error)
{
	Window	   *window = tick_alloc_zero(memory, sizeof(Window));
	TickStatus	status;

	if (window == NULL)
		return out_of_memory(error);
	status = init_window(run, memory, window, error);
	if (status == TICK_OK)
		status = write_group(run, &run->group[index], window, code, context, writer, interrupt, error);
	free_window(run, memory, window);
	return status;
}
