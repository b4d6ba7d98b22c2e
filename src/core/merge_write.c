/*-------------------------------------------------------------------------
 *
 * merge_write.c
 *	  Write what a merge yields as a new segment, but for rows to remove.
 *
 * Where inputs interleave, a slice is often a single row.  So what belongs to
 * a batch - its vectors and which of its rows to remove - is kept for each
 * input until its batch changes, and a slice costs little beside its rows.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/cursor.h"

#define INTERRUPT_ROWS 8192

/* An input's current batch, as the writer and the filter have it. */
typedef struct WriteInput
{
	uint64_t	batch;			/* the batch that this is of, 0 at first */
	bool		removes;
	TickVector *vector;
	uint64_t	remove[TICK_BATCH_ROWS / 64];	/* meaningful when removes */
} WriteInput;

typedef struct MergeWrite
{
	TickMerge  *merge;
	const TickFilter *remove;
	TickSymbolCode code;
	void	   *code_context;
	TickSegmentWriter *writer;
	int			columns;		/* wanted */
	int			symbol_column;	/* among them, or -1 */
	uint64_t	symbol;			/* number of the one begun last */
	uint64_t	removed;
	WriteInput *input;
	TickVector *vectors;		/* of all inputs */
} MergeWrite;

/* Take the vectors of a new batch and find the rows to remove. */
static TickStatus
prepare_batch(MergeWrite *write, const TickSlice *slice, WriteInput *input, TickError *error)
{
	for (int i = 0; i < write->columns; i++)
	{
		const TickVector *vector;

		if (i == write->symbol_column)
			continue;
		TICK_TRY(tick_cursor_column(slice->cursor, i, &vector, error));
		input->vector[i] = *vector;
	}
	input->removes = false;
	if (write->remove != NULL)
	{
		size_t		words = tick_bit_words(slice->batch_rows);

		memset(input->remove, 0xff, sizeof(input->remove));
		if (slice->batch_rows % 64 != 0)
			input->remove[words - 1] = (UINT64_C(1) << slice->batch_rows % 64) - 1;
		TICK_TRY(tick_filter_apply(write->remove, slice->batch_rows, tick_cursor_filter_column, slice->cursor,
								   input->remove, error));
		for (size_t i = 0; i < words; i++)
			input->removes |= input->remove[i] != 0;
	}
	input->batch = slice->batch;
	return TICK_OK;
}

static TickStatus
append_kept(MergeWrite *write, const TickSlice *slice, const WriteInput *input, uint32_t first, uint32_t rows,
			TickError *error)
{
	if (write->symbol != slice->symbol_number && write->symbol_column >= 0)
	{
		TickString	name = slice->symbol.name;
		uint32_t	code = 0;

		if (slice->symbol.is_null)
			name = (TickString) {NULL, 0};
		else
			TICK_TRY(tick_segment_code(write->code, write->code_context, name, &code, error));
		TICK_TRY(tick_segment_writer_symbol(write->writer, name, code, error));
	}
	write->symbol = slice->symbol_number;
	return tick_segment_writer_append(write->writer, input->vector, first, rows, error);
}

/* First row from `at` on, below end, whose bit is `set`; end when there is none. */
static uint32_t
find_bit(const uint64_t *bits, uint32_t at, uint32_t end, bool set)
{
	while (at < end)
	{
		uint64_t	word = (set ? bits[at >> 6] : ~bits[at >> 6]) >> (at & 63);

		if (word != 0)
		{
			at += (uint32_t) __builtin_ctzll(word);
			return at < end ? at : end;
		}
		at = (at | 63) + 1;
	}
	return end;
}

/* Write a slice but for the rows to remove, run by run. */
static TickStatus
write_slice(MergeWrite *write, const TickSlice *slice, TickError *error)
{
	WriteInput *input = &write->input[slice->input];
	uint32_t	at = slice->first;
	uint32_t	end = slice->first + slice->rows;

	if (input->batch != slice->batch)
		TICK_TRY(prepare_batch(write, slice, input, error));
	if (!input->removes)
		return append_kept(write, slice, input, at, slice->rows, error);
	while (at < end)
	{
		uint32_t	kept = find_bit(input->remove, at, end, false);
		uint32_t	stop = find_bit(input->remove, kept, end, true);

		write->removed += kept - at;
		if (stop > kept)
			TICK_TRY(append_kept(write, slice, input, kept, stop - kept, error));
		at = stop;
	}
	return TICK_OK;
}

static TickStatus
write_all(MergeWrite *write, void (*interrupt) (void), TickError *error)
{
	uint32_t	rows = 0;
	TickSlice	slice;
	TickStatus	status;

	while ((status = tick_merge_next(write->merge, &slice, error)) == TICK_OK)
	{
		TICK_TRY(write_slice(write, &slice, error));
		rows += slice.rows;
		if (rows >= INTERRUPT_ROWS && interrupt != NULL)
		{
			interrupt();
			rows = 0;
		}
	}
	return status == TICK_END ? TICK_OK : status;
}

TickStatus
tick_merge_write(TickMerge *merge, const TickFilter *remove,
				 TickSymbolCode code, void *code_context,
				 TickSegmentWriter *writer, uint64_t *removed,
				 void (*interrupt) (void), TickError *error)
{
	const TickMergeOptions *options = tick_merge_options(merge);
	const TickMemory *memory = tick_merge_memory(merge);
	size_t		inputs = (size_t) tick_merge_inputs(merge);
	size_t		columns = (size_t) options->wanted_columns;
	MergeWrite	write = {.merge = merge, .remove = remove, .code = code, .code_context = code_context,
		.writer = writer, .columns = options->wanted_columns, .symbol_column = -1};
	TickStatus	status;

	for (size_t i = 0; i < columns; i++)
		if (options->wanted[i].role == TICK_ROLE_SYMBOL)
			write.symbol_column = (int) i;
	write.input = tick_alloc_zero(memory, inputs * sizeof(WriteInput));
	write.vectors = tick_alloc_zero(memory, inputs * columns * sizeof(TickVector));
	if (write.input == NULL || write.vectors == NULL)
		status = tick_error_set(error, TICK_NOMEM, "out of memory");
	else if (options->descending)
		status = tick_error_set(error, TICK_BAD_INPUT, "a descending merge cannot be written");
	else
	{
		for (size_t i = 0; i < inputs; i++)
			write.input[i].vector = write.vectors + i * columns;
		status = write_all(&write, interrupt, error);
	}
	*removed = write.removed;
	tick_free(memory, write.input);
	tick_free(memory, write.vectors);
	return status;
}
