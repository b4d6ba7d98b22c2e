/*-------------------------------------------------------------------------
 *
 * run_sort.c
 *	  Sort a run by (partition, symbol name, time, arrival).
 *
 * Partitions and symbols are few beside the rows, so rows are counted, not
 * compared: each row learns its slot, and then one column after the other is
 * moved there through one spare array.  Writing in as many places as there
 * are symbols keeps the open cache lines few, where gathering would miss the
 * cache at every value.
 *
 * Within a symbol rows nearly always come in time order already; that is
 * checked, and only symbols that fail it are merge-sorted, which is quick
 * where a few sorted files were read one after the other.  Rows in order
 * altogether are not moved at all.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/run_internal.h"

#define INSERTION_ROWS 16

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
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
		key[i].prefix = 0;
		for (uint32_t b = 0; b < 8 && b < key[i].name.length; b++)
			key[i].prefix |= (uint64_t) (uint8_t) key[i].name.data[b] << (56 - 8 * b);
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
add_group(TickRun *run, int32_t value, uint32_t first, uint32_t rows, TickError *error)
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
	run->group[run->groups++] = (TickRunPartition) {.value = value, .first = first, .rows = rows};
	return TICK_OK;
}

/* The partitions when rows come in their order.  false in *ordered when they do not. */
static TickStatus
ordered_partitions(TickRun *run, bool *ordered, TickError *error)
{
	uint32_t	first = 0;

	*ordered = true;
	for (uint32_t i = 1; i < run->rows; i++)
		*ordered &= run->partition[i] >= run->partition[i - 1];
	for (uint32_t i = 1; i <= run->rows && *ordered; i++)
		if (i == run->rows || run->partition[i] != run->partition[first])
		{
			TICK_TRY(add_group(run, run->partition[first], first, i - first, error));
			first = i;
		}
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
	uint32_t	last;			/* group found last */
} PartitionTable;

static inline uint32_t
partition_slot(const PartitionTable *table, int32_t value)
{
	return (uint32_t) ((uint32_t) value * UINT64_C(0x9e3779b97f4a7c15) >> 32) & table->mask;
}

static inline uint32_t
find_group(const TickRun *run, PartitionTable *table, int32_t value, uint32_t *slot)
{
	uint32_t	at = partition_slot(table, value);

	while (table->group[at] != 0 && run->group[table->group[at] - 1].value != value)
		at = (at + 1) & table->mask;
	*slot = at;
	return table->group[at];
}

/* (Re)make the table with room for twice the groups there are. */
static TickStatus
fill_table(const TickRun *run, PartitionTable *table, TickError *error)
{
	uint32_t	slots = 64;
	uint32_t	slot;

	while (slots < (uint64_t) run->groups * 4)
		slots *= 2;
	tick_free(run->memory, table->group);
	table->group = tick_alloc_zero(run->memory, (size_t) slots * sizeof(uint32_t));
	if (table->group == NULL)
		return out_of_memory(error);
	table->mask = slots - 1;
	table->last = 0;
	for (uint32_t i = 0; i < run->groups; i++)
	{
		find_group(run, table, run->group[i].value, &slot);
		table->group[slot] = i + 1;
	}
	return TICK_OK;
}

static TickStatus
count_partitions(TickRun *run, PartitionTable *table, TickError *error)
{
	TICK_TRY(fill_table(run, table, error));
	for (uint32_t i = 0; i < run->rows; i++)
	{
		int32_t		value = run->partition[i];
		uint32_t	slot;

		if (run->groups > 0 && run->group[table->last].value == value)
		{
			run->group[table->last].rows++;
			continue;
		}
		if (find_group(run, table, value, &slot) == 0)
		{
			TICK_TRY(add_group(run, value, 0, 0, error));
			table->group[slot] = run->groups;
			if (run->groups * 2 > table->mask)
				TICK_TRY(fill_table(run, table, error));
			find_group(run, table, value, &slot);
		}
		table->last = table->group[slot] - 1;
		run->group[table->last].rows++;
	}
	return TICK_OK;
}

/* Count and sort the partitions, and list the rows partition by partition in `order`. */
static TickStatus
scattered_partitions(TickRun *run, uint32_t *order, TickError *error)
{
	PartitionTable table = {0};
	TickStatus	status = count_partitions(run, &table, error);
	uint32_t	first = 0;

	if (status == TICK_OK)
	{
		qsort(run->group, run->groups, sizeof(TickRunPartition), compare_groups);
		status = fill_table(run, &table, error);
	}
	if (status == TICK_OK)
	{
		for (uint32_t g = 0; g < run->groups; g++)
		{
			run->group[g].first = first;
			first += run->group[g].rows;
		}
		for (uint32_t i = 0; i < run->rows; i++)
		{
			uint32_t	slot;

			if (run->group[table.last].value != run->partition[i])
				table.last = find_group(run, &table, run->partition[i], &slot) - 1;
			order[run->group[table.last].first++] = i;
		}
		for (uint32_t g = 0; g < run->groups; g++)
			run->group[g].first -= run->group[g].rows;
	}
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

/* Counters of the symbols by rank (the null symbol last), all zero between partitions. */
typedef struct SymbolCounts
{
	uint32_t   *count;
	uint32_t   *touched;		/* ranks with a count */
	uint32_t	ranks;
} SymbolCounts;

static inline uint32_t
rank_of_row(const TickRun *run, uint32_t row)
{
	const TickRunColumn *column = &run->column[run->schema.symbol];

	return column->present[row] ? run->rank[column->codes[row]] : run->ranked;
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
sort_touched(SymbolCounts *counts, uint32_t touched)
{
	uint32_t	n = 0;

	if (touched < counts->ranks / 16)
	{
		qsort(counts->touched, touched, sizeof(uint32_t), compare_ranks);
		return;
	}
	for (uint32_t rank = 0; rank < counts->ranks; rank++)
		if (counts->count[rank] > 0)
			counts->touched[n++] = rank;
}

/*
 * Give each row of a partition its slot and the partition its buckets.
 * *moved is set when a row's slot is not its own place.
 */
static TickStatus
place_partition(TickRun *run, TickRunPartition *group, const uint32_t *order, SymbolCounts *counts,
				bool *moved, TickError *error)
{
	uint32_t	end = group->first + group->rows;
	uint32_t	touched = 0;
	uint32_t	slot = group->first;
	uint32_t	last = 0;
	bool		ascending = true;

	for (uint32_t i = group->first; i < end; i++)
	{
		uint32_t	rank = rank_of_row(run, order != NULL ? order[i] : i);

		ascending &= rank >= last;
		last = rank;
		if (counts->count[rank]++ == 0)
			counts->touched[touched++] = rank;
	}
	sort_touched(counts, touched);
	group->first_bucket = run->buckets;
	group->buckets = touched;
	for (uint32_t t = 0; t < touched; t++)
	{
		uint32_t	rank = counts->touched[t];
		uint32_t	rows = counts->count[rank];

		TICK_TRY(add_bucket(run, rank < run->ranked ? run->by_rank[rank] : TICK_NULL_SYMBOL, slot, rows, error));
		counts->count[rank] = slot;
		slot += rows;
	}
	for (uint32_t i = group->first; i < end; i++)
	{
		uint32_t	row = order != NULL ? order[i] : i;

		run->slot[row] = counts->count[rank_of_row(run, row)]++;
	}
	for (uint32_t t = 0; t < touched; t++)
		counts->count[counts->touched[t]] = 0;
	*moved |= order != NULL || !ascending;
	return TICK_OK;
}

static TickStatus
place_rows(TickRun *run, const uint32_t *order, bool *moved, TickError *error)
{
	SymbolCounts counts = {.ranks = run->ranked + 1};
	TickStatus	status = TICK_OK;

	if (run->schema.symbol < 0)
	{
		for (uint32_t g = 0; g < run->groups; g++)
		{
			run->group[g].first_bucket = g;
			run->group[g].buckets = 1;
			TICK_TRY(add_bucket(run, TICK_NULL_SYMBOL, run->group[g].first, run->group[g].rows, error));
		}
		for (uint32_t i = 0; i < run->rows; i++)
			run->slot[order != NULL ? order[i] : i] = i;
		*moved = order != NULL;
		return TICK_OK;
	}
	counts.count = tick_alloc_zero(run->memory, counts.ranks * sizeof(uint32_t));
	counts.touched = tick_alloc_array(run->memory, counts.ranks, sizeof(uint32_t));
	if (counts.count == NULL || counts.touched == NULL)
		status = out_of_memory(error);
	for (uint32_t g = 0; g < run->groups && status == TICK_OK; g++)
		status = place_partition(run, &run->group[g], order, &counts, moved, error);
	tick_free(run->memory, counts.count);
	tick_free(run->memory, counts.touched);
	return status;
}

/* ---- moving columns ---- */

/* Move 64-bit values to their slots; the spare array becomes the column's. */
static int64_t *
move_i64(TickRun *run, int64_t *values)
{
	const uint32_t *slot = run->slot;
	int64_t    *to = run->spare;

	for (uint32_t i = 0; i < run->rows; i++)
		to[slot[i]] = values[i];
	run->spare = values;
	return to;
}

static double *
move_f64(TickRun *run, double *values)
{
	const uint32_t *slot = run->slot;
	double	   *to = (double *) run->spare;

	for (uint32_t i = 0; i < run->rows; i++)
		to[slot[i]] = values[i];
	run->spare = (int64_t *) values;
	return to;
}

static void
move_codes(TickRun *run, uint32_t *codes)
{
	const uint32_t *slot = run->slot;
	uint32_t   *to = (uint32_t *) run->spare;

	for (uint32_t i = 0; i < run->rows; i++)
		to[slot[i]] = codes[i];
	memcpy(codes, to, (size_t) run->rows * sizeof(uint32_t));
}

static void
move_presence(TickRun *run, uint8_t *present)
{
	const uint32_t *slot = run->slot;
	uint8_t    *to = (uint8_t *) run->spare;

	if (memchr(present, 0, run->rows) == NULL)
		return;
	for (uint32_t i = 0; i < run->rows; i++)
		to[slot[i]] = present[i];
	memcpy(present, to, run->rows);
}

/* Are all bytes those of the first value?  Then there is nothing to move. */
static bool
is_constant(const int64_t *values, uint32_t rows)
{
	return memcmp(values, values + 1, ((size_t) rows - 1) * sizeof(int64_t)) == 0;
}

static void
move_column(TickRun *run, int i)
{
	TickRunColumn *column = &run->column[i];

	if (column->i64 != NULL && !is_constant(column->i64, run->rows))
		column->i64 = move_i64(run, column->i64);
	if (column->f64 != NULL)
		column->f64 = move_f64(run, column->f64);
	if (column->codes != NULL)
		move_codes(run, column->codes);
	move_presence(run, column->present);
}

/* ---- time order within a bucket ---- */

static bool
in_time_order(const int64_t *time, const TickRunBucket *bucket)
{
	uint64_t	wrong = 0;

	for (uint32_t i = bucket->first + 1; i < bucket->first + bucket->rows; i++)
		wrong |= time[i] < time[i - 1];
	return wrong == 0;
}

/* First of n sorted rows whose time is greater than (or, with equal, not less than) the given. */
static uint32_t
search_time(const uint32_t *rows, uint32_t n, const int64_t *time, int64_t value, bool equal)
{
	uint32_t	low = 0;
	uint32_t	high = n;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		int64_t		t = time[rows[middle]];

		if (t > value || (equal && t == value))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Merge two sorted halves; only the part where they overlap is touched. */
static void
merge_halves(uint32_t *rows, uint32_t left, uint32_t n, const int64_t *time, uint32_t *scratch)
{
	uint32_t	start;
	uint32_t	i = 0;
	uint32_t	j;
	uint32_t	to;

	if (left >= n || time[rows[left - 1]] <= time[rows[left]])
		return;
	start = search_time(rows, left, time, time[rows[left]], false);
	n = left + search_time(rows + left, n - left, time, time[rows[left - 1]], true);
	memcpy(scratch, rows + start, (left - start) * sizeof(uint32_t));
	j = left;
	to = start;
	left -= start;
	while (i < left && j < n)
	{
		if (time[rows[j]] < time[scratch[i]])
			rows[to++] = rows[j++];
		else
			rows[to++] = scratch[i++];
	}
	memcpy(rows + to, scratch + i, (left - i) * sizeof(uint32_t));
}

/* Stable sort of row numbers by time. */
static void
sort_by_time(uint32_t *rows, uint32_t n, const int64_t *time, uint32_t *scratch)
{
	for (uint32_t block = 0; block < n; block += INSERTION_ROWS)
	{
		uint32_t	end = n - block < INSERTION_ROWS ? n : block + INSERTION_ROWS;

		for (uint32_t i = block + 1; i < end; i++)
		{
			uint32_t	row = rows[i];
			uint32_t	j = i;

			for (; j > block && time[rows[j - 1]] > time[row]; j--)
				rows[j] = rows[j - 1];
			rows[j] = row;
		}
	}
	for (uint64_t width = INSERTION_ROWS; width < n; width *= 2)
		for (uint64_t at = 0; at + width < n; at += 2 * width)
			merge_halves(rows + at, (uint32_t) width,
						 (uint32_t) (n - at < 2 * width ? n - at : 2 * width), time, scratch);
}

static bool
all_in_time_order(const TickRun *run, const int64_t *time)
{
	for (uint32_t b = 0; b < run->buckets; b++)
		if (!in_time_order(time, &run->bucket[b]))
			return false;
	return true;
}

/*
 * Send the rows of buckets that are out of time order to other slots; time is
 * laid out by slot.  scratch has room for three numbers a row.
 */
static void
repair_time_order(TickRun *run, const int64_t *time, uint32_t *scratch)
{
	uint32_t   *new_slot = scratch;
	uint32_t   *rows = new_slot + run->rows;
	uint32_t   *merged = rows + run->rows;

	for (uint32_t b = 0; b < run->buckets; b++)
	{
		const TickRunBucket *bucket = &run->bucket[b];
		uint32_t   *sorted = rows + bucket->first;

		for (uint32_t i = 0; i < bucket->rows; i++)
			sorted[i] = bucket->first + i;
		if (!in_time_order(time, bucket))
			sort_by_time(sorted, bucket->rows, time, merged);
		for (uint32_t i = 0; i < bucket->rows; i++)
			new_slot[sorted[i]] = bucket->first + i;
	}
	for (uint32_t i = 0; i < run->rows; i++)
		run->slot[i] = new_slot[run->slot[i]];
}

/*
 * Lay the time out by slot, in the spare array, to see whether it is in
 * order.  When it is, that is the time column's new place; otherwise slots
 * change and the column is moved with the others.
 */
static TickStatus
order_by_time(TickRun *run, bool *moved, bool *time_moved, TickError *error)
{
	TickRunColumn *column = &run->column[run->schema.time];
	const int64_t *time = column->i64;
	uint32_t   *scratch;

	*time_moved = false;
	if (memchr(column->present, 0, run->rows) != NULL)
		return tick_error_set(error, TICK_BAD_INPUT, "null in column \"%s\", which orders the rows",
							  run->schema.column[run->schema.time].field);
	if (*moved)
	{
		for (uint32_t i = 0; i < run->rows; i++)
			run->spare[run->slot[i]] = time[i];
		time = run->spare;
	}
	if (all_in_time_order(run, time))
	{
		if (*moved)
		{
			run->spare = column->i64;
			column->i64 = (int64_t *) time;
			*time_moved = true;
		}
		return TICK_OK;
	}
	scratch = tick_alloc_array(run->memory, run->rows, 3 * sizeof(uint32_t));
	if (scratch == NULL)
		return out_of_memory(error);
	repair_time_order(run, time, scratch);
	tick_free(run->memory, scratch);
	*moved = true;
	return TICK_OK;
}

/* ---- all together ---- */

static TickStatus
grow_scratch(TickRun *run, TickError *error)
{
	if (run->scratch_rows >= run->capacity)
		return TICK_OK;
	tick_free(run->memory, run->slot);
	tick_free(run->memory, run->spare);
	run->scratch_rows = 0;
	run->slot = tick_alloc_array(run->memory, run->capacity, sizeof(uint32_t));
	run->spare = tick_alloc_array(run->memory, run->capacity, sizeof(int64_t));
	if (run->slot == NULL || run->spare == NULL)
		return out_of_memory(error);
	run->scratch_rows = run->capacity;
	return TICK_OK;
}

/* Place every row; `order` lists them partition by partition, or is NULL when they lie so. */
static TickStatus
sort_placed(TickRun *run, const uint32_t *order, TickError *error)
{
	bool		moved = false;
	bool		time_moved = false;

	TICK_TRY(place_rows(run, order, &moved, error));
	if (run->schema.time >= 0)
		TICK_TRY(order_by_time(run, &moved, &time_moved, error));
	for (int i = 0; i < run->schema.columns && moved; i++)
		if (i != run->schema.symbol && !(i == run->schema.time && time_moved))
			move_column(run, i);
	return TICK_OK;
}

TickStatus
tick_run_sort(TickRun *run, TickError *error)
{
	uint32_t   *order = NULL;
	TickStatus	status = TICK_OK;
	bool		ordered;

	run->buckets = run->groups = 0;
	run->sorted = true;
	if (run->rows == 0)
		return TICK_OK;
	TICK_TRY(grow_scratch(run, error));
	TICK_TRY(rank_symbols(run, error));
	TICK_TRY(ordered_partitions(run, &ordered, error));
	if (!ordered)
	{
		order = tick_alloc_array(run->memory, run->rows, sizeof(uint32_t));
		if (order == NULL)
			return out_of_memory(error);
		status = scattered_partitions(run, order, error);
	}
	if (status == TICK_OK)
		status = sort_placed(run, order, error);
	tick_free(run->memory, order);
	return status;
}
