/*-------------------------------------------------------------------------
 *
 * run_aside.c
 *	  Rows of a run as bytes, out and in again.
 *
 * Rows in no order are many to a partition, but few at a time: made into
 * segments whenever the run is full, they would be encoded, decoded, merged
 * and encoded again.  Set aside as the bytes that they are, partition by
 * partition, they are sorted and encoded once, when all are there.
 *
 * Bytes are void without the layout that they had and the pools that their
 * codes are of.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/run_internal.h"

#define BUFFER_BYTES (16 * 1024)

struct TickRunLayout
{
	const TickMemory *memory;
	int			columns;
	size_t		stride;
	TickRunField field[];
};

TickStatus
tick_run_layout(const TickRun *run, TickRunLayout **layout, TickError *error)
{
	size_t		fields = (size_t) run->schema.columns * sizeof(TickRunField);
	TickRunLayout *made = tick_alloc(run->memory, sizeof(TickRunLayout) + fields);

	*layout = made;
	if (made == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	made->memory = run->memory;
	made->columns = run->schema.columns;
	made->stride = run->stride;
	memcpy(made->field, run->field, fields);
	return TICK_OK;
}

void
tick_run_layout_free(TickRunLayout *layout)
{
	if (layout != NULL)
		tick_free(layout->memory, layout);
}

size_t
tick_run_layout_stride(const TickRunLayout *layout)
{
	return layout->stride;
}

/* ---- out ---- */

TickStatus
tick_run_copy_rows(const TickRun *run, uint32_t index, TickSink sink, TickError *error)
{
	const TickRunPartition *group = &run->group[index];
	const TickRunStretch *stretch = run->stretch + group->first_stretch;
	const size_t stride = run->stride;
	uint8_t		buffer[BUFFER_BYTES];
	size_t		used = 0;

	for (uint32_t s = 0; s < group->stretches; s++)
	{
		const uint8_t *bytes = run->data + stretch[s].first * stride;
		size_t		length = stretch[s].rows * stride;

		/* single rows all over the run, of a file in no order at all */
		if (s + TICK_RUN_AHEAD < group->stretches)
			__builtin_prefetch(run->data + stretch[s + TICK_RUN_AHEAD].first * stride);
		if (used + length > sizeof(buffer))
		{
			TICK_TRY(sink.append(sink.context, buffer, used, error));
			used = 0;
		}
		if (length > sizeof(buffer))
			TICK_TRY(sink.append(sink.context, bytes, length, error));
		else
		{
			memcpy(buffer + used, bytes, length);
			used += length;
		}
	}
	return used > 0 ? sink.append(sink.context, buffer, used, error) : TICK_OK;
}

/* ---- in ---- */

/* Constants of the layout become those of an empty run. */
static void
take_constants(TickRun *run, const TickRunLayout *layout)
{
	for (int i = 0; i < layout->columns; i++)
		if (run->field[i].width == 0 && layout->field[i].width == 0)
			run->field[i].base = layout->field[i].base;
}

static bool
is_same_layout(const TickRun *run, const TickRunLayout *layout)
{
	for (int i = 0; i < layout->columns; i++)
	{
		const TickRunField *a = &run->field[i];
		const TickRunField *b = &layout->field[i];

		if (a->width != b->width || a->nulls != b->nulls || (a->width > 0 && a->offset != b->offset) ||
			(a->width == 0 && a->base != b->base) || (a->nulls && a->null_offset != b->null_offset))
			return false;
	}
	return true;
}

/* Unpack rows of another layout into the staging arrays, and pack them. */
static TickStatus
convert_rows(TickRun *run, const TickRunLayout *layout, const uint8_t *bytes, uint32_t rows, TickError *error)
{
	TickRun		view = *run;
	size_t		at[TICK_RUN_STAGED];

	view.data = (uint8_t *) bytes;
	view.field = (TickRunField *) layout->field;
	for (uint32_t i = 0; i < rows; i++)
		at[i] = i * layout->stride;
	for (int i = 0; i < layout->columns; i++)
	{
		TickRunColumn *stage = &run->stage[i];

		if (stage->codes != NULL)
			tick_run_unpack_codes(&view, i, at, rows, stage->codes);
		else
			tick_run_unpack_words(&view, i, at, rows, stage->i64 != NULL ? (void *) stage->i64 : stage->f64);
		tick_run_unpack_present(&view, i, at, rows, stage->present);
	}
	return tick_run_pack(run, run->stage, rows, error);
}

TickStatus
tick_run_take_rows(TickRun *run, const TickRunLayout *layout, int32_t partition, const uint8_t *bytes, uint32_t rows,
				   TickError *error)
{
	if (run->sorted || run->staged > 0)
		return tick_error_set(error, TICK_BAD_INPUT, "a sorted run takes no rows");
	while (rows > 0)
	{
		uint32_t	step = rows < TICK_RUN_STAGED ? rows : TICK_RUN_STAGED;

		if (run->rows == 0)
			take_constants(run, layout);
		if (is_same_layout(run, layout))
		{
			step = rows;
			TICK_TRY(tick_run_pack_bytes(run, bytes, step, error));
		}
		else
			TICK_TRY(convert_rows(run, layout, bytes, step, error));
		TICK_TRY(tick_run_add_stretch(run, partition, step, error));
		run->rows += step;
		bytes += step * layout->stride;
		rows -= step;
	}
	return TICK_OK;
}
