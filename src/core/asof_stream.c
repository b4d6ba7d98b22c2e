/*-------------------------------------------------------------------------
 *
 * asof_stream.c
 *	  The right rows of a join by time, slice by slice of one symbol.
 *
 * A merge tells that a symbol has ended by a slice of the next one, which is
 * kept until that symbol's turn.  Symbols that the left side lacks are passed
 * over by their directories.
 *
 *-------------------------------------------------------------------------
 */
#include "core/asof_stream.h"

#include <string.h>

void
tick_asof_stream_begin(TickAsofStream *stream, TickMerge *merge, int time_column, int64_t time_low)
{
	memset(stream, 0, sizeof(*stream));
	stream->merge = merge;
	stream->time_column = time_column;
	stream->time_low = time_low;
	stream->ended = true;
}

void
tick_asof_stream_symbol(TickAsofStream *stream, const TickString *name)
{
	int			order = 1;		/* of the slice at hand, beside the new symbol */

	stream->has_symbol = name != NULL;
	stream->symbol_number = 0;
	stream->has_slice = stream->fresh = false;
	stream->ended = stream->merge == NULL;
	if (name == NULL || stream->merge == NULL)
		return;
	stream->symbol.data = stream->name;
	stream->symbol.length = name->length < sizeof(stream->name) ? name->length : sizeof(stream->name);
	memcpy(stream->name, name->data, stream->symbol.length);
	if (stream->pending && !stream->slice.symbol.is_null)
		order = tick_string_compare(stream->slice.symbol.name, stream->symbol);
	if (stream->pending && order > 0)
	{
		stream->ended = true;
		return;
	}
	if (stream->pending && order == 0)
	{
		stream->has_slice = stream->fresh = true;
		stream->symbol_number = stream->slice.symbol_number;
	}
	else
		tick_merge_skip_to(stream->merge, stream->symbol);
	stream->pending = false;
}

/* Is the slice just read of the symbol? */
static bool
is_ours(TickAsofStream *stream)
{
	if (!stream->has_symbol || stream->symbol_number == stream->slice.symbol_number)
		return true;
	if (stream->slice.symbol.is_null || tick_string_compare(stream->slice.symbol.name, stream->symbol) != 0)
		return false;
	stream->symbol_number = stream->slice.symbol_number;
	return true;
}

/* Pass over rows before those that count; false when none is left. */
static bool
trim_slice(TickAsofStream *stream)
{
	uint32_t	early = 0;

	while (early < stream->slice.rows && stream->time[early] < stream->time_low)
		early++;
	stream->slice.first += early;
	stream->slice.rows -= early;
	stream->time += early;
	return stream->slice.rows > 0;
}

TickStatus
tick_asof_stream_next(TickAsofStream *stream, TickError *error)
{
	for (;;)
	{
		const TickVector *time;

		if (!stream->fresh)
		{
			TickStatus	status = stream->ended ? TICK_END : tick_merge_next(stream->merge, &stream->slice, error);

			stream->has_slice = false;
			if (status != TICK_OK)
			{
				stream->ended = true;
				return status == TICK_END ? TICK_OK : status;
			}
			if (!is_ours(stream))
			{
				stream->pending = stream->ended = true;
				return TICK_OK;
			}
		}
		stream->fresh = false;
		stream->has_slice = true;
		TICK_TRY(tick_cursor_column(stream->slice.cursor, stream->time_column, &time, error));
		stream->time = time->i64 + stream->slice.first;
		if (trim_slice(stream))
			return TICK_OK;
	}
}
