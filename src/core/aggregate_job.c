/*-------------------------------------------------------------------------
 *
 * aggregate_job.c
 *	  Run a job: the rows of a row group, batch by batch, into groups.
 *
 * A batch is filtered (aggregate_batch.c), then cut into pieces where a symbol or a bucket of
 * time ends.  Without other keys a piece is a group.  Otherwise each row is
 * looked up; where the other keys are dictionary-coded or boolean, their
 * codes together are a slot, and only the first row of a slot is looked up.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_internal.h"

#include <string.h>

#include "core/value.h"

/* ---- keys that come in runs ---- */

static inline int64_t
clamp_ns(tick_int128 ns)
{
	return ns < INT64_MIN ? INT64_MIN : ns > INT64_MAX ? INT64_MAX : (int64_t) ns;
}

static void
set_run(TickRunKey *run, int64_t low, int64_t high, int64_t value)
{
	run->low = low;
	run->span = (uint64_t) high - (uint64_t) low;
	run->value = value;
	run->set = true;
}

/* The bucket of a time, and the times that share it. */
static void
enter_bucket(const TickGroupKey *key, TickRunKey *run, int64_t time)
{
	int64_t		us = tick_floor_div(time, 1000);
	int64_t		offset = 0;
	int64_t		low = INT64_MIN;
	int64_t		high = INT64_MAX;
	tick_int128 start;

	if (key->zone != NULL)
	{
		const TickZone *zone = key->zone;
		int			i;

		offset = (tick_zone_to_local(zone, time, &run->zone_hint) - time) / 1000;
		i = run->zone_hint;
		low = zone->transition[i].at;
		high = i + 1 < zone->transitions ? zone->transition[i + 1].at - 1 : INT64_MAX;
	}
	start = (tick_int128) tick_floor_div(us + offset - key->origin, key->width) * key->width + key->origin - offset;
	if (clamp_ns(start * 1000) > low)
		low = clamp_ns(start * 1000);
	if (clamp_ns((start + key->width) * 1000 - 1) < high)
		high = clamp_ns((start + key->width) * 1000 - 1);
	if (key->period > 0)
	{
		int64_t		local = (int64_t) start + offset;

		set_run(run, low, high, (local - tick_floor_div(local, key->period) * key->period) / key->width);
		return;
	}
	set_run(run, low, high, (int64_t) start);
}

/* The piece of the table that a time lies in. */
static void
enter_piece(const TickGroupKey *key, TickRunKey *run, int64_t time)
{
	int			low = 0;
	int			high = key->pieces;

	while (high - low > 1)
	{
		int			middle = low + (high - low) / 2;

		if (key->piece_low[middle] <= time)
			low = middle;
		else
			high = middle;
	}
	set_run(run, key->piece_low[low], low + 1 < key->pieces ? key->piece_low[low + 1] - 1 : INT64_MAX,
			key->piece_value[low]);
}

/* Have the run of a time: mostly the one after the run before, which takes no division. */
static void
enter_run(const TickGroupKey *key, TickRunKey *run, int64_t time)
{
	int64_t		ns;
	int64_t		low;

	if (key->kind == TICK_KEY_PIECES)
		enter_piece(key, run, time);
	else if (run->set && key->ascends &&
			 !__builtin_mul_overflow(key->width, 1000, &ns) && run->span == (uint64_t) ns - 1 &&
			 !__builtin_add_overflow(run->low, ns, &low) && low <= INT64_MAX - ns && time >= low && time - low < ns)
	{
		run->low = low;
		run->value += key->width;
	}
	else
		enter_bucket(key, run, time);
}

/* From row `at` on, up to which rows are the times low .. low + span? */
static uint32_t
end_of_run(const TickVector *vector, const TickRunKey *run, uint32_t at, uint32_t end)
{
	const int64_t *times = vector->i64;
	const uint64_t *validity = vector->validity;
	const uint64_t low = (uint64_t) run->low;
	const uint64_t span = run->span;

	if (validity == NULL)
	{
		while (at < end && (uint64_t) times[at] - low <= span)
			at++;
		return at;
	}
	while (at < end && (uint64_t) times[at] - low <= span && tick_bit_get(validity, at))
		at++;
	return at;
}

/* A time key at row `at` of the batch: its value, and where it ends. */
static TickStatus
run_of_time(TickAggregateJob *job, int k, uint32_t at, uint32_t end, TickPiece *piece, TickError *error)
{
	const TickGroupKey *key = &job->plan->key[k];
	TickRunKey *run = &job->run[k];
	const TickVector *vector;
	uint32_t	stop = at;

	TICK_TRY(tick_job_column(job, key->column, &vector, error));
	if (!tick_vector_present(vector, at))
	{
		piece->nulls |= UINT32_C(1) << k;
		piece->key[k] = 0;
		while (stop < end && !tick_vector_present(vector, stop))
			stop++;
		piece->end = stop;
		return TICK_OK;
	}
	if (!run->set || (uint64_t) vector->i64[at] - (uint64_t) run->low > run->span)
		enter_run(key, run, vector->i64[at]);
	piece->key[k] = run->value;
	piece->end = end_of_run(vector, run, at, end);
	return TICK_OK;
}

/* The symbol at row `at` of the batch, and where it ends. */
static void
run_of_symbol(TickAggregateJob *job, int k, TickPiece *piece)
{
	TickRunKey *run = &job->run[k];
	uint64_t	batch_row = job->first_row + (uint64_t) job->batch * TICK_BATCH_ROWS;
	uint64_t	row = batch_row + piece->first;

	if (!run->set || row >= run->row_end)
	{
		TickSymbolEntry entry;
		uint32_t	next = (uint32_t) run->value + 1;
		uint32_t	index;

		/* mostly it is the next one */
		if (run->set && row == run->row_end)
			index = next;
		else
			index = tick_segment_symbol_of_row(job->segment->reader, row);
		tick_segment_symbol(job->segment->reader, index, &entry);
		run->value = index;
		run->row_end = entry.first_row + entry.rows;
		run->set = true;
	}
	piece->key[k] = run->value;
	if (run->value == job->segment->null_symbol)
	{
		piece->nulls |= UINT32_C(1) << k;
		piece->key[k] = 0;
	}
	if (run->row_end - batch_row < piece->end)
		piece->end = (uint32_t) (run->row_end - batch_row);
}

/* The symbol of a fed batch, as the number of its text. */
static TickStatus
symbol_of_batch(TickAggregateJob *job, int k, TickPiece *piece, TickError *error)
{
	const TickAggregateBatch *fed = job->fed;

	if (fed->symbol->is_null)
		piece->nulls |= UINT32_C(1) << k;
	else if (job->fed_symbol != fed->symbol_number)
	{
		TICK_TRY(tick_aggregate_text_number(job->table, fed->symbol->name, &job->fed_text, error));
		job->fed_symbol = fed->symbol_number;
	}
	piece->key[k] = fed->symbol->is_null ? 0 : job->fed_text;
	return TICK_OK;
}

/* Does a symbol key come in runs? */
static inline bool
symbol_runs(const TickAggregateJob *job)
{
	return job->segment->by_symbol || (job->fed != NULL && job->fed->symbol != NULL);
}

/* The piece that begins at piece->first. */
static TickStatus
next_piece(TickAggregateJob *job, TickPiece *piece, TickError *error)
{
	const TickAggregatePlan *plan = job->plan;
	const TickAggregateSegment *segment = job->segment;

	piece->end = job->batch_rows;
	piece->nulls = 0;
	piece->sorted = job->fed != NULL ? job->fed->sorted : segment->by_time && job->one_symbol;
	for (int k = 0; k < plan->keys; k++)
	{
		piece->key[k] = 0;
		switch (plan->key[k].kind)
		{
			case TICK_KEY_SYMBOL:
				if (!symbol_runs(job))
					break;
				if (job->fed != NULL)
				{
					TICK_TRY(symbol_of_batch(job, k, piece, error));
					break;
				}
				run_of_symbol(job, k, piece);
				piece->sorted = segment->by_time;
				break;
			case TICK_KEY_PARTITION:
				piece->key[k] = segment->partition;
				break;
			case TICK_KEY_WIDTH:
			case TICK_KEY_PIECES:
				TICK_TRY(run_of_time(job, k, piece->first, piece->end, piece, error));
				break;
			case TICK_KEY_VALUE:
			case TICK_KEY_TEXT:
				break;
		}
	}
	return TICK_OK;
}

/* ---- keys of rows ---- */

static bool
is_row_key(const TickAggregateJob *job, int k)
{
	TickKeyKind kind = job->plan->key[k].kind;

	return kind == TICK_KEY_VALUE || kind == TICK_KEY_TEXT || (kind == TICK_KEY_SYMBOL && !symbol_runs(job));
}

/* A double's bits, the same for what PostgreSQL groups together. */
static int64_t
double_key(double value)
{
	int64_t		bits;

	if (value == 0)
		value = 0;
	if (value != value)
		return INT64_C(0x7ff8000000000000);
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* Key k of row i; a text's code, or its number in the job's table. */
static TickStatus
row_key(TickAggregateJob *job, int k, const TickVector *vector, uint32_t i, TickPiece *piece, TickError *error)
{
	if (!tick_vector_present(vector, i))
	{
		piece->nulls |= UINT32_C(1) << k;
		piece->key[k] = 0;
		return TICK_OK;
	}
	piece->nulls &= ~(UINT32_C(1) << k);
	if (vector->type == TICK_DOUBLE)
		piece->key[k] = double_key(vector->f64[i]);
	else if (vector->type != TICK_TEXT)
		piece->key[k] = vector->i64[i];
	else if (vector->codes != NULL)
		piece->key[k] = vector->codes[i];
	else
		return tick_aggregate_text_number(job->table, vector->text[i], &piece->key[k], error);
	return TICK_OK;
}

/* Number of the group with the piece's keys, made when new. */
static TickStatus
find_group(TickAggregateJob *job, const TickPiece *piece, uint64_t *number, TickError *error)
{
	TickGroup  *group;

	return tick_aggregate_find_number(job->table, piece->key, piece->nulls, number, &group, error);
}

/* Are the keys of two pieces the same, as far as they come in runs? */
static bool
same_run(const TickAggregateJob *job, const TickPiece *a, const TickPiece *b)
{
	bool		same = a->nulls == b->nulls;

	for (int k = 0; k < job->plan->keys && same; k++)
		same = a->key[k] == b->key[k];
	return same;
}

/* Add a key's codes to the slots of rows first .. end - 1; those before it are in them already. */
static void
fill_slots(const TickVector *vector, uint32_t values, bool begun, uint32_t first, uint32_t end, uint16_t *restrict slot)
{
	const uint32_t *codes = vector->codes;
	const int64_t *numbers = vector->i64;
	const uint64_t *validity = vector->validity;

	if (!begun && codes != NULL && validity == NULL)
	{
		for (uint32_t i = first; i < end; i++)
			slot[i] = (uint16_t) codes[i];
		return;
	}
	for (uint32_t i = first; i < end; i++)
	{
		uint32_t	code = codes != NULL ? codes[i] : (uint32_t) numbers[i];

		if (validity != NULL && !tick_bit_get(validity, i))
			code = values - 1;
		slot[i] = (uint16_t) (begun ? slot[i] * values + code : code);
	}
}

/*
 * Slots of the rows that are selected, if all row keys have few values: the
 * product of dictionary sizes and a null each.  Returns their number, or 0.
 */
static TickStatus
find_slots(TickAggregateJob *job, const TickPiece *piece, uint32_t *slots, TickError *error)
{
	bool		begun = false;

	*slots = 1;
	for (int k = 0; k < job->plan->keys; k++)
	{
		const TickVector *vector;
		uint32_t	values;

		if (!is_row_key(job, k))
			continue;
		TICK_TRY(tick_job_column(job, job->plan->key[k].column, &vector, error));
		values = vector->type == TICK_BOOL ? 3 : vector->codes != NULL ? vector->dictionary_size + 1 : 0;
		if (values == 0 || values > TICK_MAX_SLOTS || *slots * values > TICK_MAX_SLOTS)
		{
			*slots = 0;
			return TICK_OK;
		}
		*slots *= values;
		fill_slots(vector, values, begun, piece->first, piece->end, job->slot);
		begun = true;
	}
	return TICK_OK;
}

/* The group of row i, by its row keys and the piece's others. */
static TickStatus
group_of_row(TickAggregateJob *job, const TickPiece *piece, uint32_t i, uint64_t *number, TickError *error)
{
	TickPiece	keys = *piece;

	for (int k = 0; k < job->plan->keys; k++)
	{
		const TickVector *vector;

		if (!is_row_key(job, k))
			continue;
		TICK_TRY(tick_job_column(job, job->plan->key[k].column, &vector, error));
		TICK_TRY(row_key(job, k, vector, i, &keys, error));
	}
	return find_group(job, &keys, number, error);
}

/* Give each selected row of the piece its group. */
static TickStatus
group_rows(TickAggregateJob *job, const TickPiece *piece, uint32_t from, uint32_t to, uint32_t slots, TickError *error)
{
	const uint16_t *list = tick_selection_list(&job->base);

	for (uint32_t n = from; n < to; n++)
	{
		uint32_t	i = list != NULL ? list[n] : n;
		uint64_t	number;

		if (slots > 0 && job->slot_group[job->slot[i]] > 0)
		{
			job->row_group_of[i] = job->slot_group[job->slot[i]] - 1;
			continue;
		}
		TICK_TRY(group_of_row(job, piece, i, &number, error));
		job->row_group_of[i] = (uint32_t) number;
		if (slots > 0)
			job->slot_group[job->slot[i]] = (uint32_t) number + 1;
	}
	return TICK_OK;
}

/* ---- a piece's rows ---- */

/* Have a group for each slot that has rows: of its first row. */
static TickStatus
group_slots(TickAggregateJob *job, const TickPiece *piece, uint32_t from, uint32_t to, uint32_t slots, TickError *error)
{
	for (uint32_t s = 0; s < slots; s++)
	{
		const uint16_t *list;
		uint64_t	number;
		uint32_t	n = from;

		if (job->slot_group[s] > 0 || tick_slot_rows(job->slot_count, s) == 0)
			continue;
		list = tick_selection_list(&job->base);
		while (n < to && job->slot[list != NULL ? list[n] : n] != s)
			n++;
		TICK_TRY(group_of_row(job, piece, list != NULL ? list[n] : n, &number, error));
		job->slot_group[s] = (uint32_t) number + 1;
	}
	return TICK_OK;
}

/* A piece of rows that may belong to several groups; from .. to - 1 are ranks in the base selection. */
static TickStatus
take_rows(TickAggregateJob *job, const TickPiece *piece, uint32_t from, uint32_t to, TickError *error)
{
	uint32_t	slots;
	bool		few;
	bool		rows = false;

	TICK_TRY(find_slots(job, piece, &slots, error));
	if (!job->has_last || !same_run(job, &job->last, piece) || job->slots != slots)
	{
		tick_slots_flush(job);
		memset(job->slot_group, 0, slots * sizeof(uint32_t));
		job->last = *piece;
		job->has_last = true;
		job->slots = slots;
	}
	few = slots > 0 && slots <= TICK_FEW_SLOTS;
	if (few)
	{
		TICK_TRY(tick_slots_prepare(job, piece->end - piece->first, error));
		tick_slots_count(job, piece->first, piece->end);
		TICK_TRY(group_slots(job, piece, from, to, slots, error));
	}
	for (int a = 0; a < job->plan->accumulators; a++)
	{
		if (few && tick_slots_take(job, a))
		{
			tick_slots_add(job, a, piece->first, piece->end);
			continue;
		}
		if (!rows)
			TICK_TRY(group_rows(job, piece, from, to, slots, error));
		rows = true;
		TICK_TRY(tick_accumulate_rows(job, a, piece->first, piece->end, error));
	}
	/* a group may be all that is asked for */
	if (!few && !rows)
		TICK_TRY(group_rows(job, piece, from, to, slots, error));
	return TICK_OK;
}

/* A piece that is of one group is noted; all of the batch are added together. */
static TickStatus
take_group(TickAggregateJob *job, const TickPiece *piece, TickError *error)
{
	TickGroup  *group;

	if (job->has_last && same_run(job, &job->last, piece))
		group = tick_aggregate_group(job->table, job->last_group);
	else
	{
		if (job->ascends)
			TICK_TRY(tick_aggregate_append(job->table, piece->key, piece->nulls, &job->last_group, &group, error));
		else
			TICK_TRY(tick_aggregate_find_number(job->table, piece->key, piece->nulls, &job->last_group, &group, error));
		job->last = *piece;
		job->has_last = true;
	}
	job->piece[job->pieces++] = (TickGroupPiece) {piece->first, piece->end, piece->sorted, group};
	return TICK_OK;
}

static TickStatus
run_batch(TickAggregateJob *job, TickError *error)
{
	TickPiece	piece;
	bool		row_keys = false;

	for (int k = 0; k < job->plan->keys; k++)
		row_keys |= is_row_key(job, k);
	TICK_TRY(tick_job_prepare(job, error));
	job->pieces = 0;
	for (piece.first = 0; piece.first < job->batch_rows; piece.first = piece.end)
	{
		uint32_t	from,
					to;

		TICK_TRY(next_piece(job, &piece, error));
		tick_selection_piece(&job->base, piece.first, piece.end, &from, &to);
		if (from == to)
			continue;
		if (row_keys)
			TICK_TRY(take_rows(job, &piece, from, to, error));
		else
			TICK_TRY(take_group(job, &piece, error));
	}
	for (int a = 0; a < job->plan->accumulators && !row_keys; a++)
		TICK_TRY(tick_accumulate_pieces(job, a, error));
	return TICK_OK;
}

/* Rows of one symbol, or of none, are in order of time. */
static bool
is_one_symbol(const TickAggregateJob *job)
{
	const TickSegmentReader *reader = job->segment->reader;

	return tick_segment_symbols(reader) == 1 ||
		(job->ranges > 0 && tick_segment_symbol_of_row(reader, job->range[0].first) ==
		 tick_segment_symbol_of_row(reader, job->range[job->ranges - 1].end - 1));
}

/* Are groups runs of rows?  Then they are not looked for in a table. */
static bool
groups_ascend(const TickAggregateJob *job)
{
	const TickAggregateSegment *segment = job->segment;
	bool		by_symbol = job->one_symbol;

	for (int k = 0; k < job->plan->keys; k++)
	{
		const TickGroupKey *key = &job->plan->key[k];

		by_symbol |= key->kind == TICK_KEY_SYMBOL && segment->by_symbol;
		if (is_row_key(job, k))
			return false;
		if ((key->kind == TICK_KEY_WIDTH || key->kind == TICK_KEY_PIECES) &&
			!(key->ascends && segment->by_time && key->column == job->plan->time))
			return false;
	}
	return by_symbol;
}

static TickStatus
run_job(TickAggregateJob *job, TickError *error)
{
	uint32_t	batches = (job->rows + TICK_BATCH_ROWS - 1) / TICK_BATCH_ROWS;
	int			range = 0;

	TICK_TRY(tick_job_open_columns(job, error));
	job->one_symbol = is_one_symbol(job);
	job->ascends = groups_ascend(job);
	for (job->batch = 0; job->batch < batches; job->batch++)
	{
		job->batch_rows = job->rows - job->batch * TICK_BATCH_ROWS;
		if (job->batch_rows > TICK_BATCH_ROWS)
			job->batch_rows = TICK_BATCH_ROWS;
		TICK_TRY(tick_job_select(job, &range, error));
		if (job->base.rows > 0)
			TICK_TRY(run_batch(job, error));
	}
	tick_slots_flush(job);
	return TICK_OK;
}

/* Begin with no groups. */
static void
begin_groups(TickAggregateJob *job)
{
	tick_aggregate_table_clear(job->table);
	memset(job->run, 0, sizeof(job->run));
	job->has_last = false;
	job->fed_symbol = 0;
	job->status = TICK_OK;
	tick_slots_clear(job);
}

void
tick_aggregate_job_run(void *argument)
{
	TickAggregateJob *job = argument;

	begin_groups(job);
	job->status = job->feed.run != NULL ? job->feed.run(job->feed.context, job, &job->error) : run_job(job, &job->error);
}

/* ---- batches from elsewhere ---- */

/* The rows of a fed batch that take part. */
static void
select_fed(TickAggregateJob *job, const TickAggregateBatch *batch)
{
	TickSelection *base = &job->base;

	base->all = batch->keep == NULL;
	base->rows = batch->span;
	if (base->all)
		return;
	memset(base->mask, 0, sizeof(base->mask));
	for (uint32_t i = 0; i < batch->span; i++)
		if (tick_bit_get(batch->keep, batch->first + i))
			tick_bit_set(base->mask, i);
	tick_selection_finish(base, batch->span);
}

TickStatus
tick_aggregate_job_feed(TickAggregateJob *job, const TickAggregateBatch *batch, TickError *error)
{
	/* a job that was folded begins anew */
	if (!job->loaded)
	{
		begin_groups(job);
		job->loaded = true;
	}
	job->one_symbol = job->ascends = false;
	job->segment = &job->stand_in;
	job->stand_in.plan = job->plan;
	job->stand_in.partition = batch->partition;
	job->fed = batch;
	job->batch = job->batch + 1 == TICK_NOWHERE ? 1 : job->batch + 1;
	job->batch_rows = batch->span;
	select_fed(job, batch);
	job->counters.rows += job->base.rows;
	if (job->base.rows > 0)
		TICK_TRY(run_batch(job, error));
	tick_slots_flush(job);
	return TICK_OK;
}
