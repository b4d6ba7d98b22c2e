/*-------------------------------------------------------------------------
 *
 * asof_join_run.c
 *	  A join by time in pieces: join one, and feed a job with its rows.
 *
 * What a scan of a derived dataset does batch by batch, from chunks that were
 * read beforehand.
 *
 *-------------------------------------------------------------------------
 */
#include "core/asof_join_internal.h"

#include <string.h>

static TickStatus
make_left(TickAsofPiece *piece, TickError *error)
{
	const TickAsofGroup *group = piece->group;
	const TickAsofInputs *of = &group->of;
	TickMergeOptions options = {.wanted = group->join->left,.wanted_columns = group->join->left_columns,
		.time = group->join->left_time,.time_low = piece->time_low,.time_high = piece->time_high,
		.prune = group->join->prune};

	if (piece->loaded)
		options.loaded = (TickLoadedGroup *const *const *) group->loaded;
	if (of->symbols != NULL)
	{
		options.symbols = of->symbols + piece->first_name;
		options.symbol_count = piece->names;
		options.null_symbol = piece->null_symbol;
	}
	else
	{
		options.symbol_first = piece->symbol_first;
		options.symbol_end = piece->symbol_end;
	}
	return tick_merge_create(&piece->left, &tick_memory_malloc, of->left, of->left_inputs, &options, error);
}

static TickStatus
make_right(TickAsofPiece *piece, TickError *error)
{
	const TickAsofGroup *group = piece->group;
	const TickAsofInputs *of = &group->of;
	const TickAsofJoin *join = group->join;
	const TickMemory *memory = &tick_memory_malloc;
	TickMergeOptions options = {.time_low = piece->right_low,.time_high = piece->right_high};

	if (join->asof != NULL)
		TICK_TRY(tick_asof_create(&piece->asof, memory, join->asof, error));
	else
		TICK_TRY(tick_window_create(&piece->window, memory, join->window, error));
	options.wanted = join->asof != NULL ? join->asof->wanted : join->window->wanted;
	options.time = join->asof != NULL ? join->asof->wanted_columns : join->window->wanted_columns;
	options.wanted_columns = options.time + 1;
	if (piece->loaded)
		options.loaded = (TickLoadedGroup *const *const *) group->loaded + of->left_inputs;
	if (of->symbols != NULL)
	{
		options.symbols = of->symbols + piece->first_name;
		options.symbol_count = piece->names;
	}
	else
	{
		options.symbol_first = piece->symbol_first + of->left_inputs;
		options.symbol_end = piece->symbol_end + of->left_inputs;
	}
	if (of->right_inputs > 0)
		TICK_TRY(tick_merge_create(&piece->right, memory, of->right, of->right_inputs, &options, error));
	if (piece->asof != NULL)
		tick_asof_begin(piece->asof, piece->right, of->right, of->right_inputs, piece->right_low);
	else
		tick_window_begin(piece->window, piece->right, piece->right_low);
	return TICK_OK;
}

/* The row before those of the group, of a symbol that comes after the ones before. */
static const TickAsofRow *
find_prior(TickAsofPiece *piece, const TickString *name)
{
	const TickAsofInputs *of = &piece->group->of;

	if (name == NULL)
		return of->priors > 0 ? &of->prior[0].row : NULL;
	/* a piece may begin anywhere */
	if (piece->next_prior < 0)
	{
		int			high = of->priors;

		for (piece->next_prior = 0; piece->next_prior < high;)
		{
			int			middle = piece->next_prior + (high - piece->next_prior) / 2;

			if (tick_string_compare(of->prior[middle].name, *name) < 0)
				piece->next_prior = middle + 1;
			else
				high = middle;
		}
	}
	while (piece->next_prior < of->priors && tick_string_compare(of->prior[piece->next_prior].name, *name) < 0)
		piece->next_prior++;
	if (piece->next_prior < of->priors && tick_string_compare(of->prior[piece->next_prior].name, *name) == 0)
		return &of->prior[piece->next_prior].row;
	return NULL;
}

/* Turn to the slice's symbol. */
static TickStatus
turn_to_symbol(TickAsofPiece *piece, TickError *error)
{
	bool		has_symbol = piece->group->join->has_symbol;
	const TickString *name = has_symbol ? &piece->slice.symbol.name : NULL;

	if (piece->symbol_number == piece->slice.symbol_number)
		return TICK_OK;
	piece->symbol_number = piece->slice.symbol_number;
	if (has_symbol && piece->slice.symbol.is_null)
	{
		if (piece->window != NULL)
			tick_window_no_symbol(piece->window);
		else
			tick_asof_no_symbol(piece->asof);
		return TICK_OK;
	}
	if (piece->window != NULL)
		return tick_window_symbol(piece->window, name, find_prior(piece, name), error);
	return tick_asof_symbol(piece->asof, name, find_prior(piece, name), error);
}

/* TickFilterColumn: a column of the joined schema. */
static TickStatus
joined_column(void *context, int column, const TickVector **vector, TickError *error)
{
	TickAsofPiece *piece = context;
	const TickAsofJoin *join = piece->group->join;

	if (join->left_index[column] >= 0)
		return tick_cursor_column(piece->slice.cursor, join->left_index[column], vector, error);
	*vector = piece->window != NULL ? tick_window_column(piece->window, join->right_index[column]) :
		tick_asof_column(piece->asof, join->right_index[column]);
	return TICK_OK;
}

/* The same of doubles as decimals, where they are. */
static TickStatus
joined_decimals(void *context, int column, const TickVector **vector, TickError *error)
{
	TickAsofPiece *piece = context;
	const TickAsofJoin *join = piece->group->join;

	if (join->left_index[column] >= 0)
		return tick_cursor_decimals(piece->slice.cursor, join->left_index[column], vector, error);
	*vector = piece->window != NULL ? NULL : tick_asof_decimals(piece->asof, join->right_index[column]);
	return TICK_OK;
}

/* TickFilterColumn of the residual: decimals serve it as well. */
static TickStatus
tested_column(void *context, int column, const TickVector **vector, TickError *error)
{
	TICK_TRY(joined_decimals(context, column, vector, error));
	return *vector != NULL ? TICK_OK : joined_column(context, column, vector, error);
}

/* Count a bitmap's places first .. end - 1, clearing those before. */
static uint32_t
count_places(uint64_t *bits, uint32_t first, uint32_t end)
{
	uint32_t	count = 0;

	memset(bits, 0, first / 64 * sizeof(uint64_t));
	bits[first / 64] &= ~UINT64_C(0) << (first % 64);
	for (uint32_t w = first / 64; w * 64 < end; w++)
	{
		uint64_t	word = bits[w];

		if (end - w * 64 < 64)
			word &= (UINT64_C(1) << (end % 64)) - 1;
		count += (uint32_t) __builtin_popcountll(word);
	}
	return count;
}

/* Leave out the slice's rows beyond the times of a cut; false when none is left. */
static bool
trim_slice(TickAsofPiece *piece, const int64_t *time)
{
	TickSlice  *slice = &piece->slice;

	if (!piece->cut)
		return true;
	for (; slice->rows > 0 && time[slice->first] < piece->time_low; slice->rows--)
		slice->first++;
	while (slice->rows > 0 && time[slice->first + slice->rows - 1] > piece->time_high)
		slice->rows--;
	return slice->rows > 0;
}

/* Rows of the slice that its segment's filter passes: *keep is NULL for all; false for none. */
static TickStatus
filter_slice(TickAsofPiece *piece, const uint64_t **keep, bool *any, TickError *error)
{
	const TickSlice *slice = &piece->slice;
	const TickFilter *filter = piece->group->of.filter[slice->input];
	uint64_t  **bits = &piece->keep[slice->input];
	uint64_t	own[TICK_BATCH_ROWS / 64];
	uint32_t	count;

	*keep = NULL;
	*any = true;
	if (filter == NULL)
		return TICK_OK;
	if (*bits == NULL)
		*bits = tick_alloc(&tick_memory_malloc, TICK_BATCH_ROWS / 8);
	if (*bits == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	/* a batch is tested once, though it comes in many slices */
	if (piece->kept_batch[slice->input] != slice->batch)
	{
		memset(*bits, 0xff, TICK_BATCH_ROWS / 8);
		TICK_TRY(tick_filter_apply(filter, slice->batch_rows, tick_cursor_filter_column, slice->cursor, *bits, error));
		piece->kept_batch[slice->input] = slice->batch;
	}
	memcpy(own, *bits, sizeof(own));
	count = count_places(own, slice->first, slice->first + slice->rows);
	*any = count > 0;
	*keep = count < slice->rows ? *bits : NULL;
	return TICK_OK;
}

/* Test the joined rows; *keep as above. */
static TickStatus
filter_joined(TickAsofPiece *piece, const uint64_t **keep, bool *any, TickError *error)
{
	const TickFilter *residual = piece->group->join->residual;
	uint32_t	end = piece->slice.first + piece->slice.rows;
	uint32_t	count;

	*any = true;
	if (residual == NULL)
		return TICK_OK;
	if (*keep != NULL)
		memcpy(piece->joined, *keep, tick_bit_words(end) * sizeof(uint64_t));
	else
		memset(piece->joined, 0xff, tick_bit_words(end) * sizeof(uint64_t));
	(void) count_places(piece->joined, piece->slice.first, end);
	TICK_TRY(tick_filter_apply(residual, end, tested_column, piece, piece->joined, error));
	count = count_places(piece->joined, piece->slice.first, end);
	*any = count > 0;
	*keep = count < piece->slice.rows ? piece->joined : NULL;
	return TICK_OK;
}

/* Join the slice and feed the job with its rows. */
static TickStatus
join_slice(TickAsofPiece *piece, TickAggregateJob *job, TickError *error)
{
	const TickAsofJoin *join = piece->group->join;
	TickSlice  *slice = &piece->slice;
	TickAggregateBatch batch = {.column = joined_column,.decimals = joined_decimals,.context = piece,
		.partition = piece->group->of.partition,.sorted = join->sorted};
	const TickVector *time;
	const uint64_t *keep;
	bool		any;

	TICK_TRY(tick_cursor_column(slice->cursor, join->left_time, &time, error));
	if (!trim_slice(piece, time->i64))
		return TICK_OK;
	TICK_TRY(filter_slice(piece, &keep, &any, error));
	if (!any)
		return TICK_OK;
	TICK_TRY(turn_to_symbol(piece, error));
	if (piece->window != NULL)
		TICK_TRY(tick_window_match(piece->window, time->i64, slice->first, slice->rows, keep, error));
	else
	{
		TICK_TRY(tick_asof_match(piece->asof, time->i64, slice->first, slice->rows, keep, error));
		for (int i = 0; i < join->fills; i++)
		{
			const TickVector *left;

			TICK_TRY(tick_cursor_column(slice->cursor, join->fill_left[i], &left, error));
			tick_asof_fill(piece->asof, join->fill_right[i], left);
		}
	}
	TICK_TRY(filter_joined(piece, &keep, &any, error));
	if (!any)
		return TICK_OK;
	batch.first = slice->first;
	batch.span = slice->rows;
	batch.keep = keep;
	batch.symbol = join->has_symbol ? &slice->symbol : NULL;
	batch.symbol_number = slice->symbol_number;
	return tick_aggregate_job_feed(job, &batch, error);
}

TickStatus
tick_asof_join_run(TickAsofPiece *piece, TickAggregateJob *job,
			  TickStatus (*after) (void *context, TickError *error), void *context, TickError *error)
{
	TickStatus	status;

	piece->next_prior = -1;
	piece->symbol_number = 0;
	TICK_TRY(make_left(piece, error));
	TICK_TRY(make_right(piece, error));
	while ((status = tick_merge_next(piece->left, &piece->slice, error)) == TICK_OK)
	{
		TICK_TRY(join_slice(piece, job, error));
		if (after != NULL)
			TICK_TRY(after(context, error));
	}
	return status == TICK_END ? TICK_OK : status;
}
