/*-------------------------------------------------------------------------
 *
 * run_sort.c
 *	  Order a run by (partition, symbol name, time, arrival).
 *
 * Partitions and symbols are few beside the rows, so rows are counted, not
 * compared: one pass over the rows of a partition counts each symbol's, a
 * second one lists the rows symbol by symbol.  The rows themselves stay where
 * they are; writing takes them in the order of that list.
 *
 * Within a symbol rows nearly always come in time order already; the first
 * pass notices where they do not, and only those symbols are merge-sorted,
 * which is quick where a few sorted files were read one after the other.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/run_internal.h"

#define INSERTION_ROWS 16
#define AHEAD_ROWS 8
#define MOST_PIECE_ROWS (UINT32_C(1) << 31)
#define INTERRUPT_ROWS (1 << 17)	/* some milliseconds, also where every row is a miss of the cache */

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

/* Some rows more were looked at. */
static inline void
count_work(TickRun *run, uint32_t rows)
{
	run->uninterrupted += rows;
	if (run->uninterrupted < INTERRUPT_ROWS)
		return;
	run->uninterrupted = 0;
	if (run->interrupt != NULL)
		run->interrupt();
}

/* ---- ranks of the symbols ---- */

typedef struct RankKey
{
	uint64_t	prefix;			/* first 8 bytes, the first of them most significant */
	TickString	name;
	uint32_t	code;
} RankKey;

static int
compare_rank_keys(const void *a, const void *b)
{
	const RankKey *x = a;
	const RankKey *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return tick_string_compare(x->name, y->name);
}

/* Rank all symbols by name, unless no name has come since the last time. */
static TickStatus
rank_symbols(TickRun *run, TickError *error)
{
	uint32_t	n = tick_run_symbols(run);
	RankKey    *key;

	if (n == run->ranked)
		return TICK_OK;
	tick_free(run->memory, run->rank);
	tick_free(run->memory, run->by_rank);
	run->rank = tick_alloc_array(run->memory, n, sizeof(uint32_t));
	run->by_rank = tick_alloc_array(run->memory, n, sizeof(uint32_t));
	run->ranked = 0;
	key = tick_alloc_array(run->memory, n, sizeof(RankKey));
	if (run->rank == NULL || run->by_rank == NULL || key == NULL)
	{
		tick_free(run->memory, key);
		return out_of_memory(error);
	}
	for (uint32_t i = 0; i < n; i++)
	{
		key[i].name = tick_run_symbol(run, i);
		key[i].code = i;
		key[i].prefix = tick_string_prefix(key[i].name);
	}
	qsort(key, n, sizeof(RankKey), compare_rank_keys);
	for (uint32_t i = 0; i < n; i++)
	{
		run->by_rank[i] = key[i].code;
		run->rank[key[i].code] = i;
	}
	run->ranked = n;
	tick_free(run->memory, key);
	return TICK_OK;
}

/* ---- partitions ---- */

static TickStatus
add_group(TickRun *run, int32_t value, TickError *error)
{
	if (run->groups == run->group_capacity)
	{
		uint32_t	capacity = run->group_capacity > 0 ? run->group_capacity * 2 : 16;
		TickRunPartition *group = tick_resize(run->memory, run->group, (size_t) capacity * sizeof(TickRunPartition));

		if (group == NULL)
			return out_of_memory(error);
		run->group = group;
		run->group_capacity = capacity;
	}
	run->group[run->groups++] = (TickRunPartition) {.value = value};
	return TICK_OK;
}

static int
compare_groups(const void *a, const void *b)
{
	int32_t		x = ((const TickRunPartition *) a)->value;
	int32_t		y = ((const TickRunPartition *) b)->value;

	return (x > y) - (x < y);
}

/* Hash table of partitions while they are being counted. */
typedef struct PartitionTable
{
	uint32_t   *group;			/* index + 1, 0 when free */
	uint32_t	mask;
} PartitionTable;

/* Slot of a partition, or the free one that it would take. */
static inline uint32_t
find_slot(const TickRun *run, const PartitionTable *table, int32_t value)
{
	uint32_t	at = (uint32_t) ((uint32_t) value * UINT64_C(0x9e3779b97f4a7c15) >> 32) & table->mask;

	while (table->group[at] != 0 && run->group[table->group[at] - 1].value != value)
		at = (at + 1) & table->mask;
	return at;
}

/* (Re)make the table with room for twice the groups there are. */
static TickStatus
fill_table(const TickRun *run, PartitionTable *table, TickError *error)
{
	uint32_t	slots = 64;

	while (slots < (uint64_t) run->groups * 4)
		slots *= 2;
	tick_free(run->memory, table->group);
	table->group = tick_alloc_zero(run->memory, (size_t) slots * sizeof(uint32_t));
	if (table->group == NULL)
		return out_of_memory(error);
	table->mask = slots - 1;
	for (uint32_t i = 0; i < run->groups; i++)
		table->group[find_slot(run, table, run->group[i].value)] = i + 1;
	return TICK_OK;
}

/* Make a group of each partition, with the number of its stretches and rows. */
static TickStatus
count_stretches(TickRun *run, PartitionTable *table, TickError *error)
{
	TICK_TRY(fill_table(run, table, error));
	for (uint32_t i = 0; i < run->stretches; i++)
	{
		const TickRunStretch *stretch = &run->stretch[i];
		uint32_t	slot = find_slot(run, table, stretch->partition);
		TickRunPartition *group;

		count_work(run, 1);
		if (table->group[slot] == 0)
		{
			TICK_TRY(add_group(run, stretch->partition, error));
			table->group[slot] = run->groups;
			if (run->groups * 2 > table->mask)
			{
				TICK_TRY(fill_table(run, table, error));
				slot = find_slot(run, table, stretch->partition);
			}
		}
		group = &run->group[table->group[slot] - 1];
		group->stretches++;
		group->rows += stretch->rows;
	}
	return TICK_OK;
}

/* Bring the stretches of each partition together, in the order they came; their array is exchanged for a new one. */
static TickStatus
gather_stretches(TickRun *run, PartitionTable *table, TickError *error)
{
	TickRunStretch *gathered;
	uint32_t	first_stretch = 0;
	uint32_t	first = 0;

	qsort(run->group, run->groups, sizeof(TickRunPartition), compare_groups);
	TICK_TRY(fill_table(run, table, error));
	gathered = tick_alloc_array(run->memory, run->stretch_capacity, sizeof(TickRunStretch));
	if (gathered == NULL)
		return out_of_memory(error);
	for (uint32_t g = 0; g < run->groups; g++)
	{
		run->group[g].first = first;
		run->group[g].first_stretch = first_stretch;
		first += run->group[g].rows;
		first_stretch += run->group[g].stretches;
		run->group[g].stretches = 0;
	}
	for (uint32_t i = 0; i < run->stretches; i++)
	{
		TickRunPartition *group = &run->group[table->group[find_slot(run, table, run->stretch[i].partition)] - 1];

		count_work(run, 1);
		gathered[group->first_stretch + group->stretches++] = run->stretch[i];
	}
	tick_free(run->memory, run->stretch);
	run->stretch = gathered;
	return TICK_OK;
}

static TickStatus
group_rows(TickRun *run, TickError *error)
{
	PartitionTable table = {0};
	TickStatus	status = count_stretches(run, &table, error);

	if (status == TICK_OK)
		status = gather_stretches(run, &table, error);
	tick_free(run->memory, table.group);
	return status;
}

/* ---- symbols within a partition ---- */

static TickStatus
add_bucket(TickRun *run, uint32_t symbol, uint32_t first, uint32_t rows, TickError *error)
{
	if (run->buckets == run->bucket_capacity)
	{
		uint32_t	capacity = run->bucket_capacity > 0 ? run->bucket_capacity * 2 : 256;
		TickRunBucket *bucket = tick_resize(run->memory, run->bucket, (size_t) capacity * sizeof(TickRunBucket));

		if (bucket == NULL)
			return out_of_memory(error);
		run->bucket = bucket;
		run->bucket_capacity = capacity;
	}
	run->bucket[run->buckets++] = (TickRunBucket) {symbol, first, rows};
	return TICK_OK;
}

/* What is known of a symbol (by rank, the null symbol last) within the partition at hand. */
typedef struct Tally
{
	uint32_t	rows;			/* then the place of its next row in order */
	uint32_t	late;			/* some row is older than the one before it */
	int64_t		last;			/* time of the newest row */
} Tally;

typedef struct Tallies
{
	Tally	   *tally;			/* all zero between partitions */
	uint32_t   *touched;		/* ranks with rows */
	uint32_t	ranks;
} Tallies;

/* Where the loops below find a row's symbol and time. */
typedef struct RowKeys
{
	const TickRun *run;
	const TickRunField *symbol; /* NULL: there is none */
	const TickRunField *time;	/* NULL likewise */
} RowKeys;

static inline uint32_t
rank_at(const RowKeys *keys, const uint8_t *row)
{
	const TickRunField *field = keys->symbol;
	uint32_t	code = 0;

	if (field == NULL)
		return 0;
	if (field->nulls && !row[field->null_offset])
		return keys->run->ranked;
	switch (field->width)
	{
		case 0:
			code = (uint32_t) field->base;
			break;
		case 1:
			code = row[field->offset];
			break;
		case 2:
			{
				uint16_t	narrow;

				memcpy(&narrow, row + field->offset, sizeof(narrow));
				code = narrow;
				break;
			}
		default:
			memcpy(&code, row + field->offset, sizeof(code));
			break;
	}
	return keys->run->rank[code];
}

static inline int64_t
time_at(const RowKeys *keys, const uint8_t *row)
{
	const TickRunField *field = keys->time;
	size_t		at = (size_t) (row - keys->run->data);
	int64_t		time = 0;

	if (field == NULL)
		return 0;
	if (field->width == 8)
		memcpy(&time, row + field->offset, sizeof(time));
	else
		tick_run_unpack_words(keys->run, keys->run->schema.time, &at, 1, &time);
	return time;
}

static int
compare_ranks(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *) a;
	uint32_t	y = *(const uint32_t *) b;

	return (x > y) - (x < y);
}

/* Bring the touched ranks into order: by looking at all when they are many. */
static void
sort_touched(Tallies *tallies, uint32_t touched)
{
	uint32_t	n = 0;

	if (touched < tallies->ranks / 16)
	{
		qsort(tallies->touched, touched, sizeof(uint32_t), compare_ranks);
		return;
	}
	for (uint32_t rank = 0; rank < tallies->ranks; rank++)
		if (tallies->tally[rank].rows > 0)
			tallies->touched[n++] = rank;
}

/*
 * First pass: rows of each symbol, and each row's rank, in the order of
 * stretches; returns how many symbols there are.  Stretches of a file in no
 * order are single rows all over the run, which are asked for ahead.
 */
static uint32_t
count_rows(TickRun *run, const TickRunPartition *group, Tallies *tallies)
{
	const TickRunStretch *stretch = run->stretch + group->first_stretch;
	uint32_t   *ranks = run->ranks + group->first;
	RowKeys		keys = {run, run->schema.symbol >= 0 ? &run->field[run->schema.symbol] : NULL,
	run->schema.time >= 0 ? &run->field[run->schema.time] : NULL};
	uint32_t	touched = 0;

	for (uint32_t s = 0; s < group->stretches; s++)
	{
		const uint8_t *row = run->data + stretch[s].first * run->stride;

		count_work(run, stretch[s].rows);
		if (s + TICK_RUN_AHEAD < group->stretches)
			__builtin_prefetch(run->data + stretch[s + TICK_RUN_AHEAD].first * run->stride);
		for (uint32_t i = 0; i < stretch[s].rows; i++, row += run->stride)
		{
			uint32_t	rank = rank_at(&keys, row);
			int64_t		time = time_at(&keys, row);
			Tally	   *tally = &tallies->tally[rank];

			if (tally->rows++ == 0)
				tallies->touched[touched++] = rank;
			else
				tally->late |= time < tally->last;
			tally->last = time;
			*ranks++ = rank;
		}
	}
	return touched;
}

/* Second pass: list the rows at the places that the tallies say. */
static void
list_rows(TickRun *run, const TickRunPartition *group, Tallies *tallies)
{
	const TickRunStretch *stretch = run->stretch + group->first_stretch;
	const uint32_t *ranks = run->ranks + group->first;

	for (uint32_t s = 0; s < group->stretches; s++)
	{
		count_work(run, stretch[s].rows);
		for (uint32_t row = stretch[s].first; row < stretch[s].first + stretch[s].rows; row++)
			run->order[tallies->tally[*ranks++].rows++] = row;
	}
}

/* ---- time order within a bucket ---- */

/* A row beside its time, so that comparing two touches neither. */
typedef struct TimedRow
{
	int64_t		time;
	uint32_t	row;
} TimedRow;

/* Two arrays as long as the largest bucket that needs them. */
typedef struct SortScratch
{
	TimedRow   *from;
	TimedRow   *to;
	uint32_t	capacity;
} SortScratch;

static void
sort_blocks(TimedRow *rows, uint32_t n)
{
	for (uint32_t block = 0; block < n; block += INSERTION_ROWS)
	{
		uint32_t	end = n - block < INSERTION_ROWS ? n : block + INSERTION_ROWS;

		for (uint32_t i = block + 1; i < end; i++)
		{
			TimedRow	row = rows[i];
			uint32_t	j = i;

			for (; j > block && rows[j - 1].time > row.time; j--)
				rows[j] = rows[j - 1];
			rows[j] = row;
		}
	}
}

/* Merge two sorted halves; equal times keep their order. */
static void
merge_halves(const TimedRow *rows, uint32_t left, uint32_t n, TimedRow *to)
{
	uint32_t	i = 0;
	uint32_t	j = left;

	if (left >= n || rows[left - 1].time <= rows[left].time)
	{
		memcpy(to, rows, n * sizeof(TimedRow));
		return;
	}
	while (i < left && j < n)
	{
		bool		second = rows[j].time < rows[i].time;

		*to++ = rows[second ? j : i];
		j += second;
		i += !second;
	}
	memcpy(to, rows + i, (left - i) * sizeof(TimedRow));
	memcpy(to + (left - i), rows + j, (n - j) * sizeof(TimedRow));
}

static void
sort_by_time(TickRun *run, SortScratch *scratch, uint32_t n)
{
	sort_blocks(scratch->from, n);
	for (uint64_t width = INSERTION_ROWS; width < n; width *= 2)
	{
		TimedRow   *swap = scratch->from;

		for (uint64_t at = 0; at < n; at += 2 * width)
		{
			uint32_t	rows = (uint32_t) (n - at < 2 * width ? n - at : 2 * width);

			count_work(run, rows);
			merge_halves(scratch->from + at, (uint32_t) (width < rows ? width : rows), rows, scratch->to + at);
		}
		scratch->from = scratch->to;
		scratch->to = swap;
	}
}

static TickStatus
grow_scratch(const TickRun *run, SortScratch *scratch, uint32_t rows, TickError *error)
{
	if (rows <= scratch->capacity)
		return TICK_OK;
	tick_free(run->memory, scratch->from);
	tick_free(run->memory, scratch->to);
	scratch->capacity = 0;
	scratch->from = tick_alloc_array(run->memory, rows, sizeof(TimedRow));
	scratch->to = tick_alloc_array(run->memory, rows, sizeof(TimedRow));
	if (scratch->from == NULL || scratch->to == NULL)
		return out_of_memory(error);
	scratch->capacity = rows;
	return TICK_OK;
}

/* Rows that are sorted at a time: beside their times they take an eighth of the run's memory. */
static uint32_t
piece_rows(const TickRun *run)
{
	size_t		rows = run->capacity_bytes / 8 / (2 * sizeof(TimedRow));

	return rows < MOST_PIECE_ROWS ? (uint32_t) rows : MOST_PIECE_ROWS;
}

static void
order_piece(TickRun *run, const RowKeys *keys, uint32_t *order, uint32_t rows, SortScratch *scratch)
{
	for (uint32_t i = 0; i < rows; i++)
		scratch->from[i] = (TimedRow) {time_at(keys, run->data + order[i] * run->stride), order[i]};
	sort_by_time(run, scratch, rows);
	for (uint32_t i = 0; i < rows; i++)
		order[i] = scratch->from[i].row;
}

/* The time of the next row of a list, and a look ahead at those behind it. */
static inline int64_t
next_time(const RowKeys *keys, const uint32_t *rows, uint32_t at, uint32_t end)
{
	const TickRun *run = keys->run;

	if (at + AHEAD_ROWS < end)
		__builtin_prefetch(run->data + rows[at + AHEAD_ROWS] * run->stride + keys->time->offset);
	return time_at(keys, run->data + rows[at] * run->stride);
}

/* Merge two sorted pieces, rows 0 .. left - 1 and left .. n - 1; equal times keep their order. */
static void
merge_pieces(TickRun *run, const RowKeys *keys, const uint32_t *rows, uint32_t left, uint32_t n, uint32_t *to)
{
	uint32_t	i = 0;
	uint32_t	j = left;
	int64_t		first = next_time(keys, rows, i, left);
	int64_t		second = left < n ? next_time(keys, rows, j, n) : 0;

	while (i < left && j < n)
	{
		count_work(run, 1);
		if (second < first)
		{
			*to++ = rows[j++];
			if (j < n)
				second = next_time(keys, rows, j, n);
		}
		else
		{
			*to++ = rows[i++];
			if (i < left)
				first = next_time(keys, rows, i, left);
		}
	}
	memcpy(to, rows + i, (left - i) * sizeof(uint32_t));
	memcpy(to + (left - i), rows + j, (n - j) * sizeof(uint32_t));
}

/*
 * Bring a bucket's part of the list into time order.  A large one is sorted
 * piece by piece; pieces are merged to where the ranks were, which are not
 * needed once the rows are listed, and back.
 */
static TickStatus
order_bucket(TickRun *run, const TickRunBucket *bucket, SortScratch *scratch, TickError *error)
{
	RowKeys		keys = {run, NULL, &run->field[run->schema.time]};
	uint32_t   *from = run->order + bucket->first;
	uint32_t   *to = run->ranks + bucket->first;
	uint32_t	n = bucket->rows;
	uint32_t	piece = piece_rows(run);

	TICK_TRY(grow_scratch(run, scratch, n < piece ? n : piece, error));
	for (uint64_t at = 0; at < n; at += piece)
		order_piece(run, &keys, from + at, n - at < piece ? (uint32_t) (n - at) : piece, scratch);
	for (uint64_t width = piece; width < n; width *= 2)
	{
		uint32_t   *swap = from;

		for (uint64_t at = 0; at < n; at += 2 * width)
		{
			uint32_t	rows = (uint32_t) (n - at < 2 * width ? n - at : 2 * width);

			merge_pieces(run, &keys, from + at, (uint32_t) (width < rows ? width : rows), rows, to + at);
		}
		from = to;
		to = swap;
	}
	if (from != run->order + bucket->first)
		memcpy(to, from, n * sizeof(uint32_t));
	return TICK_OK;
}

/* ---- all together ---- */

static TickStatus
order_partition(TickRun *run, TickRunPartition *group, Tallies *tallies, SortScratch *scratch, TickError *error)
{
	uint32_t	touched = count_rows(run, group, tallies);
	uint32_t	first = group->first;
	TickStatus	status = TICK_OK;

	sort_touched(tallies, touched);
	group->first_bucket = run->buckets;
	group->buckets = touched;
	for (uint32_t t = 0; t < touched; t++)
	{
		uint32_t	rank = tallies->touched[t];
		Tally	   *tally = &tallies->tally[rank];
		uint32_t	rows = tally->rows;
		bool		null = run->schema.symbol < 0 || rank >= run->ranked;

		TICK_TRY(add_bucket(run, null ? TICK_NULL_SYMBOL : run->by_rank[rank], first, rows, error));
		tally->rows = first;
		first += rows;
	}
	list_rows(run, group, tallies);
	for (uint32_t t = 0; t < touched && status == TICK_OK; t++)
		if (tallies->tally[tallies->touched[t]].late)
			status = order_bucket(run, &run->bucket[group->first_bucket + t], scratch, error);
	for (uint32_t t = 0; t < touched; t++)
		tallies->tally[tallies->touched[t]] = (Tally) {0};
	return status;
}

static TickStatus
order_partitions(TickRun *run, TickError *error)
{
	Tallies		tallies = {.ranks = run->ranked + 1};
	SortScratch scratch = {0};
	TickStatus	status = TICK_OK;

	tallies.tally = tick_alloc_zero(run->memory, tallies.ranks * sizeof(Tally));
	tallies.touched = tick_alloc_array(run->memory, tallies.ranks, sizeof(uint32_t));
	if (tallies.tally == NULL || tallies.touched == NULL)
		status = out_of_memory(error);
	for (uint32_t g = 0; g < run->groups && status == TICK_OK; g++)
		status = order_partition(run, &run->group[g], &tallies, &scratch, error);
	tick_free(run->memory, tallies.tally);
	tick_free(run->memory, tallies.touched);
	tick_free(run->memory, scratch.from);
	tick_free(run->memory, scratch.to);
	return status;
}

/* List and ranks are as long as the rows; they keep their memory for the next run. */
static TickStatus
grow_order(TickRun *run, TickError *error)
{
	if (run->rows <= run->order_capacity)
		return TICK_OK;
	tick_free(run->memory, run->order);
	tick_free(run->memory, run->ranks);
	run->order_capacity = 0;
	run->order = tick_alloc_array(run->memory, run->rows, sizeof(uint32_t));
	run->ranks = tick_alloc_array(run->memory, run->rows, sizeof(uint32_t));
	if (run->order == NULL || run->ranks == NULL)
		return out_of_memory(error);
	run->order_capacity = run->rows;
	return TICK_OK;
}

/* A field has a byte for nulls from the first null on, so rows need not be looked at when it has none. */
static TickStatus
refuse_null_times(const TickRun *run, TickError *error)
{
	const TickRunField *field;

	if (run->schema.time < 0 || !run->field[run->schema.time].nulls)
		return TICK_OK;
	field = &run->field[run->schema.time];
	for (uint32_t row = 0; row < run->rows; row++)
		if (!run->data[row * run->stride + field->null_offset])
			return tick_error_set(error, TICK_BAD_INPUT, "null in column \"%s\", which orders the rows",
								  run->schema.column[run->schema.time].field);
	return TICK_OK;
}

TickStatus
tick_run_group(TickRun *run, void (*interrupt) (void), TickError *error)
{
	run->interrupt = interrupt;
	run->uninterrupted = 0;
	TICK_TRY(tick_run_settle(run, error));
	run->buckets = run->groups = 0;
	run->sorted = true;
	if (run->rows == 0)
		return TICK_OK;
	TICK_TRY(refuse_null_times(run, error));
	return group_rows(run, error);
}

TickStatus
tick_run_sort(TickRun *run, void (*interrupt) (void), TickError *error)
{
	TICK_TRY(tick_run_group(run, interrupt, error));
	if (run->rows == 0)
		return TICK_OK;
	TICK_TRY(grow_order(run, error));
	TICK_TRY(rank_symbols(run, error));
	return order_partitions(run, error);
}
