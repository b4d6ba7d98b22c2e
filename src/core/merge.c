/*-------------------------------------------------------------------------
 *
 * merge.c
 *	  The rows of several segments in one order, as slices.
 *
 * Symbols come one after the other: a heap over the inputs' directories
 * yields the next name, or the wanted names are looked up in each.  For each
 * symbol a second heap holds the inputs that have it, by the time of their
 * next row.  That time starts as the directory's, so an input is not read
 * before its turn; and while the first input ends before the second begins,
 * its batches pass through without even their times being decoded.
 * Otherwise the first input yields as many rows as come before the second's
 * next row, found by galloping.
 *
 * A row's key is its time, or the complement of it when descending, and ties
 * go by input number, or by its complement; so both directions are one code.
 * Only positions in a batch are mirrored: position 0 is the last row.
 *
 * Memory: the cursors', who keep a chunk and a batch of each column used;
 * beyond HELD_BYTES, cursors without a row to yield give theirs back.
 *
 *-------------------------------------------------------------------------
 */
#include "core/cursor.h"

#include <stdlib.h>
#include <string.h>

#define HELD_BYTES (256 << 20)
#define SEARCH_ROWS 4096		/* from so many rows on, time bounds are looked up */

typedef struct MergeInput
{
	int			number;
	int			tie;			/* order among equal keys */
	TickSegmentReader *reader;
	TickCursor *cursor;
	bool		timed;			/* has the wanted time, in order */
	size_t		held;			/* the cursor's memory when last looked at */

	/* walk of the directory */
	uint32_t	symbols_left;
	uint32_t	symbols_beyond; /* left over at the end */
	TickSymbolEntry entry;		/* the current symbol's */

	/* the current symbol's rows */
	int64_t		key;			/* of the next row, or a lower bound of it */
	int64_t		last_key;		/* of the symbol's last row */
	bool		sought;			/* the cursor is on the symbol's rows */
	uint32_t	rows;			/* of the cursor's batch, 0 when none is loaded */
	uint32_t	position;		/* rows of it already given */
	const int64_t *time;		/* of the batch, when decoded */
	uint64_t	batch;			/* number of the batch among all of the input's */
} MergeInput;

struct TickMerge
{
	const TickMemory *memory;
	TickMergeOptions options;
	int			inputs;
	MergeInput *input;
	MergeInput **directory;		/* heap of inputs by symbol name, when all symbols are wanted */
	int			directories;
	MergeInput **heap;			/* inputs that have rows of the current symbol */
	int			heap_size;
	int			next_symbol;	/* of the wanted ones, symbol_count is the null symbol */
	uint64_t	symbol;			/* number of the current symbol among all given */
	uint32_t	given;			/* rows of the slice given last */
	size_t		held;			/* sum over the inputs */
};

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

static inline int64_t
key_of_time(const TickMerge *merge, int64_t time)
{
	return merge->options.descending ? ~time : time;
}

/* ---- both heaps: index 0 comes first ---- */

typedef bool (*Before) (const TickMerge *merge, const MergeInput *a, const MergeInput *b);

static inline bool
time_before(const TickMerge *merge, const MergeInput *a, const MergeInput *b)
{
	return a->key < b->key || (a->key == b->key && a->tie < b->tie);
}

/* Order of two names, null last, reversed when descending. */
static int
compare_names(const TickMerge *merge, const TickSymbolEntry *a, const TickSymbolEntry *b)
{
	int			order = a->is_null || b->is_null ? a->is_null - b->is_null : tick_string_compare(a->name, b->name);

	return merge->options.descending ? -order : order;
}

static bool
symbol_before(const TickMerge *merge, const MergeInput *a, const MergeInput *b)
{
	int			order = compare_names(merge, &a->entry, &b->entry);

	return order < 0 || (order == 0 && a->tie < b->tie);
}

static inline void
sift_down(const TickMerge *merge, MergeInput **heap, int size, int at, Before before)
{
	MergeInput *moving = heap[at];

	for (;;)
	{
		int			child = 2 * at + 1;

		if (child >= size)
			break;
		if (child + 1 < size && before(merge, heap[child + 1], heap[child]))
			child++;
		if (!before(merge, heap[child], moving))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moving;
}

static void
make_heap(const TickMerge *merge, MergeInput **heap, int size, Before before)
{
	for (int at = size / 2 - 1; at >= 0; at--)
		sift_down(merge, heap, size, at, before);
}

static MergeInput *
pop(const TickMerge *merge, MergeInput **heap, int *size, Before before)
{
	MergeInput *top = heap[0];

	heap[0] = heap[--*size];
	if (*size > 0)
		sift_down(merge, heap, *size, 0, before);
	return top;
}

/* ---- making ---- */

static int
find_column(const TickSchema *schema, int32_t id)
{
	for (int i = 0; i < schema->columns; i++)
		if (schema->column[i].id == id)
			return i;
	return -1;
}

/* The wanted symbol and time, where the segment has them, must be what orders it. */
static TickStatus
check_order(const TickMerge *merge, MergeInput *input, TickError *error)
{
	const TickSchema *schema = tick_segment_schema(input->reader);

	for (int i = 0; i < merge->options.wanted_columns; i++)
	{
		const TickColumn *wanted = &merge->options.wanted[i];
		int			found = find_column(schema, wanted->id);
		bool		time = i == merge->options.time;

		if (time)
			input->timed = found >= 0;
		if (found >= 0 && ((time && found != schema->time) ||
						   (wanted->role == TICK_ROLE_SYMBOL && found != schema->symbol)))
			return tick_error_set(error, TICK_UNSUPPORTED, "a segment is not ordered by column \"%s\"", wanted->field);
	}
	return TICK_OK;
}

static TickStatus
init_merge(TickMerge *merge, TickSegmentReader **inputs, TickError *error)
{
	size_t		n = (size_t) merge->inputs;

	merge->input = tick_alloc_zero(merge->memory, n * sizeof(MergeInput));
	merge->heap = tick_alloc_array(merge->memory, n, sizeof(MergeInput *));
	merge->directory = tick_alloc_array(merge->memory, n, sizeof(MergeInput *));
	if (merge->input == NULL || merge->heap == NULL || merge->directory == NULL)
		return out_of_memory(error);
	for (int i = 0; i < merge->inputs; i++)
	{
		MergeInput *input = &merge->input[i];

		input->number = i;
		input->tie = merge->options.descending ? merge->inputs - 1 - i : i;
		input->reader = inputs[i];
		TICK_TRY(check_order(merge, input, error));
		TICK_TRY(tick_cursor_create(&input->cursor, merge->memory, inputs[i],
									merge->options.wanted, merge->options.wanted_columns, error));
		tick_cursor_prune(input->cursor, merge->options.prune);
		if (merge->options.loaded != NULL)
			tick_cursor_supply(input->cursor, merge->options.loaded[i]);
	}
	return TICK_OK;
}

/* Have the input's next directory entry, in the direction of the merge. */
static bool
next_entry(const TickMerge *merge, MergeInput *input)
{
	uint32_t	symbols = tick_segment_symbols(input->reader);

	if (input->symbols_left == input->symbols_beyond)
		return false;
	tick_segment_symbol(input->reader, merge->options.descending ? input->symbols_left - 1 : symbols - input->symbols_left,
						&input->entry);
	input->symbols_left--;
	return true;
}

TickStatus
tick_merge_create(TickMerge **merge, const TickMemory *memory,
				  TickSegmentReader **inputs, int input_count,
				  const TickMergeOptions *options, TickError *error)
{
	TickMerge  *m = tick_alloc_zero(memory, sizeof(*m));
	TickStatus	status;

	*merge = NULL;
	if (m == NULL)
		return out_of_memory(error);
	m->memory = memory;
	m->options = *options;
	m->inputs = input_count;
	m->next_symbol = options->descending ? options->symbol_count : 0;
	status = init_merge(m, inputs, error);
	if (status != TICK_OK)
	{
		tick_merge_free(m);
		return status;
	}
	for (int i = 0; i < input_count && options->symbols == NULL; i++)
	{
		m->input[i].symbols_left = tick_segment_symbols(inputs[i]);
		if (options->symbol_first != NULL)
		{
			m->input[i].symbols_beyond = m->input[i].symbols_left - options->symbol_end[i];
			m->input[i].symbols_left -= options->symbol_first[i];
		}
		if (next_entry(m, &m->input[i]))
			m->directory[m->directories++] = &m->input[i];
	}
	make_heap(m, m->directory, m->directories, symbol_before);
	*merge = m;
	return TICK_OK;
}

void
tick_merge_free(TickMerge *merge)
{
	const TickMemory *memory;

	if (merge == NULL)
		return;
	memory = merge->memory;
	for (int i = 0; i < merge->inputs && merge->input != NULL; i++)
		tick_cursor_free(merge->input[i].cursor);
	tick_free(memory, merge->input);
	tick_free(memory, merge->heap);
	tick_free(memory, merge->directory);
	tick_free(memory, merge);
}

void
tick_merge_counters(const TickMerge *merge, TickCursorCounters *counters)
{
	memset(counters, 0, sizeof(*counters));
	for (int i = 0; i < merge->inputs; i++)
	{
		TickCursorCounters one;

		tick_cursor_counters(merge->input[i].cursor, &one);
		counters->row_groups += one.row_groups;
		counters->row_groups_pruned += one.row_groups_pruned;
		counters->chunks += one.chunks;
		counters->chunk_bytes += one.chunk_bytes;
		counters->batches += one.batches;
	}
}

const TickMergeOptions *
tick_merge_options(const TickMerge *merge)
{
	return &merge->options;
}

const TickMemory *
tick_merge_memory(const TickMerge *merge)
{
	return merge->memory;
}

int
tick_merge_inputs(const TickMerge *merge)
{
	return merge->inputs;
}

/* ---- symbols ---- */

/* Let an input with rows of the current symbol take part; false when all are out of the time bounds. */
static bool
add_participant(TickMerge *merge, MergeInput *input)
{
	int64_t		low = INT64_MAX;	/* where the times are null, they come last */
	int64_t		high = INT64_MAX;

	if (merge->options.time < 0)
		low = high = 0;
	else if (input->timed)
	{
		low = input->entry.time_min;
		high = input->entry.time_max;
		if (low > merge->options.time_high || high < merge->options.time_low)
			return false;
	}
	input->key = key_of_time(merge, merge->options.descending ? high : low);
	input->last_key = key_of_time(merge, merge->options.descending ? low : high);
	input->sought = false;
	input->rows = 0;
	merge->heap[merge->heap_size++] = input;
	return true;
}

/* Put an input back that stands at its next entry. */
static void
push_directory(TickMerge *merge, MergeInput *input)
{
	int			at = merge->directories++;

	merge->directory[at] = input;
	while (at > 0 && symbol_before(merge, input, merge->directory[(at - 1) / 2]))
	{
		merge->directory[at] = merge->directory[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	merge->directory[at] = input;
}

/*
 * The next symbol of all: every input whose directory stands at it takes
 * part, and keeps its entry until its rows are done.
 */
static bool
next_of_all(TickMerge *merge, TickSymbolEntry *symbol)
{
	if (merge->directories == 0)
		return false;
	*symbol = merge->directory[0]->entry;
	do
	{
		MergeInput *input = pop(merge, merge->directory, &merge->directories, symbol_before);

		if (!add_participant(merge, input) && next_entry(merge, input))
			push_directory(merge, input);
	} while (merge->directories > 0 && compare_names(merge, &merge->directory[0]->entry, symbol) == 0);
	return true;
}

/* The next of the wanted symbols that any input has. */
static bool
next_of_wanted(TickMerge *merge)
{
	const TickMergeOptions *options = &merge->options;

	while (merge->next_symbol >= 0 && merge->next_symbol <= options->symbol_count)
	{
		int			wanted = merge->next_symbol;

		merge->next_symbol += options->descending ? -1 : 1;
		if (wanted == options->symbol_count ? !options->null_symbol :
			wanted > 0 && tick_string_compare(options->symbols[wanted - 1].text, options->symbols[wanted].text) == 0)
			continue;
		for (int i = 0; i < merge->inputs; i++)
		{
			MergeInput *input = &merge->input[i];
			int64_t		index = wanted == options->symbol_count ? tick_segment_null_symbol(input->reader) :
				tick_segment_find_symbol(input->reader, options->symbols[wanted].text);

			if (index < 0)
				continue;
			tick_segment_symbol(input->reader, (uint32_t) index, &input->entry);
			add_participant(merge, input);
		}
		if (merge->heap_size > 0)
			return true;
	}
	return false;
}

/* Set the heap up for the next symbol.  false at the end. */
static bool
begin_symbol(TickMerge *merge)
{
	TickSymbolEntry symbol;

	merge->symbol++;
	while (merge->heap_size == 0)
		if (merge->options.symbols != NULL ? !next_of_wanted(merge) : !next_of_all(merge, &symbol))
			return false;
	make_heap(merge, merge->heap, merge->heap_size, time_before);
	return true;
}

/* Give back what idle cursors hold; they have to read again when their turn comes. */
static void
release_idle(TickMerge *merge)
{
	for (int i = 0; i < merge->inputs; i++)
		merge->input[i].held = merge->input[i].rows > 0 ? tick_cursor_memory(merge->input[i].cursor) : 0;
	merge->held = 0;
	for (int i = 0; i < merge->inputs; i++)
	{
		if (merge->input[i].rows == 0)
			tick_cursor_release(merge->input[i].cursor);
		merge->held += merge->input[i].held;
	}
}

/* The first input of the heap has no more rows of the symbol. */
static void
end_input(TickMerge *merge)
{
	MergeInput *input = pop(merge, merge->heap, &merge->heap_size, time_before);
	size_t		held = tick_cursor_memory(input->cursor);

	merge->held += held - input->held;
	input->held = held;
	if (merge->held > HELD_BYTES)
		release_idle(merge);
	if (merge->options.symbols == NULL && next_entry(merge, input))
		push_directory(merge, input);
}

void
tick_merge_skip_symbol(TickMerge *merge)
{
	merge->given = 0;
	while (merge->heap_size > 0)
		end_input(merge);
}

void
tick_merge_skip_to(TickMerge *merge, TickString name)
{
	const TickMergeOptions *options = &merge->options;

	if (merge->heap_size > 0 && !merge->heap[0]->entry.is_null &&
		tick_string_compare(merge->heap[0]->entry.name, name) < 0)
		tick_merge_skip_symbol(merge);
	while (merge->directories > 0 && !merge->directory[0]->entry.is_null &&
		   tick_string_compare(merge->directory[0]->entry.name, name) < 0)
	{
		MergeInput *input = pop(merge, merge->directory, &merge->directories, symbol_before);
		bool		more;

		do
			more = next_entry(merge, input);
		while (more && !input->entry.is_null && tick_string_compare(input->entry.name, name) < 0);
		if (more)
			push_directory(merge, input);
	}
	while (options->symbols != NULL && merge->next_symbol < options->symbol_count &&
		   tick_string_compare(options->symbols[merge->next_symbol].text, name) < 0)
		merge->next_symbol++;
}

/* ---- rows of a symbol ---- */

/* Time of one row, whether or not its row group is pruned. */
static TickStatus
time_of_row(TickMerge *merge, MergeInput *input, uint64_t row, int64_t *time, TickError *error)
{
	const TickVector *vector;
	uint64_t	first;
	uint32_t	rows;

	tick_cursor_seek(input->cursor, row, row + 1);
	TICK_TRY(tick_cursor_next(input->cursor, &first, &rows, error));
	TICK_TRY(tick_cursor_column(input->cursor, merge->options.time, &vector, error));
	*time = vector->i64[0];
	return TICK_OK;
}

/* First row of first .. end - 1 whose time is at least (or, with beyond, greater than) the bound. */
static TickStatus
search_row(TickMerge *merge, MergeInput *input, uint64_t first, uint64_t end, int64_t bound, bool beyond,
		   uint64_t *row, TickError *error)
{
	while (first < end)
	{
		uint64_t	middle = first + (end - first) / 2;
		int64_t		time;

		TICK_TRY(time_of_row(merge, input, middle, &time, error));
		if (time > bound || (!beyond && time == bound))
			end = middle;
		else
			first = middle + 1;
	}
	*row = first;
	return TICK_OK;
}

/*
 * Leave out rows of first .. end - 1 that are outside the time bounds, by the
 * zone maps of the row groups that lie wholly within: they ascend.
 */
static void
narrow_by_row_groups(const TickMerge *merge, const MergeInput *input, uint64_t *first, uint64_t *end)
{
	int			time = tick_segment_schema(input->reader)->time;
	uint32_t	from = tick_segment_row_group_of_row(input->reader, *first);
	uint32_t	to = tick_segment_row_group_of_row(input->reader, *end - 1) + 1;
	uint64_t	group_first;
	uint32_t	rows;

	for (uint32_t g = from; g < to; g++)
	{
		const TickZoneMap *map = tick_segment_zone_map(input->reader, g, time);

		tick_segment_row_group(input->reader, g, &group_first, &rows);
		if (group_first < *first)
			continue;
		if (group_first + rows > *end || !map->has_range || map->max_i64 >= merge->options.time_low)
			break;
		*first = group_first + rows;
	}
	for (uint32_t g = to; g-- > from;)
	{
		const TickZoneMap *map = tick_segment_zone_map(input->reader, g, time);

		tick_segment_row_group(input->reader, g, &group_first, &rows);
		if (group_first + rows > *end)
			continue;
		if (group_first < *first || !map->has_range || map->min_i64 <= merge->options.time_high)
			break;
		*end = group_first;
	}
}

/* Put the cursor on the symbol's rows: on the row groups within the time bounds, of many rows on those alone. */
static TickStatus
seek_symbol(TickMerge *merge, MergeInput *input, TickError *error)
{
	const TickMergeOptions *options = &merge->options;
	uint64_t	first = input->entry.first_row;
	uint64_t	end = first + input->entry.rows;
	bool		after = input->timed && input->entry.time_min < options->time_low;
	bool		until = input->timed && input->entry.time_max > options->time_high;

	if (after || until)
		narrow_by_row_groups(merge, input, &first, &end);
	if (input->entry.rows >= SEARCH_ROWS && (after || until))
	{
		tick_cursor_prune(input->cursor, NULL);
		if (after)
			TICK_TRY(search_row(merge, input, first, end, options->time_low, false, &first, error));
		if (until)
			TICK_TRY(search_row(merge, input, first, end, options->time_high, true, &end, error));
		tick_cursor_prune(input->cursor, options->prune);
	}
	tick_cursor_seek(input->cursor, first, end);
	input->sought = true;
	return TICK_OK;
}

static TickStatus
load_batch(TickMerge *merge, MergeInput *input, TickError *error)
{
	uint64_t	first_row;

	if (!input->sought)
		TICK_TRY(seek_symbol(merge, input, error));
	input->position = 0;
	input->time = NULL;
	input->rows = 0;
	input->batch++;
	if (merge->options.descending)
		return tick_cursor_previous(input->cursor, &first_row, &input->rows, error);
	return tick_cursor_next(input->cursor, &first_row, &input->rows, error);
}

/* Key of a position of the batch; its time must be decoded. */
static inline int64_t
key_at(const TickMerge *merge, const MergeInput *input, uint32_t position)
{
	if (input->time == NULL)
		return input->key;
	if (merge->options.descending)
		return ~input->time[input->rows - 1 - position];
	return input->time[position];
}

/* The second input of the heap, or NULL. */
static inline const MergeInput *
challenger_of(const TickMerge *merge)
{
	if (merge->heap_size < 2)
		return NULL;
	if (merge->heap_size > 2 && time_before(merge, merge->heap[2], merge->heap[1]))
		return merge->heap[2];
	return merge->heap[1];
}

/*
 * How many rows from the current position on come before the challenger's
 * next: steps of 1, 2, 4, ..., then a binary search in the last step.
 */
static uint32_t
gallop(const TickMerge *merge, const MergeInput *input, const MergeInput *challenger)
{
	/* a row with key k comes before when k < bound, or k == bound and input's tie wins */
	bool		ties = input->tie < challenger->tie;
	uint32_t	low = input->position;	/* comes before */
	uint32_t	high = input->rows; /* does not, or is the end */
	uint32_t	step = 1;

	while (low + step < input->rows)
	{
		int64_t		key = key_at(merge, input, low + step);

		if (key > challenger->key || (key == challenger->key && !ties))
		{
			high = low + step;
			break;
		}
		low += step;
		step *= 2;
	}
	while (high - low > 1)
	{
		uint32_t	middle = low + (high - low) / 2;
		int64_t		key = key_at(merge, input, middle);

		if (key > challenger->key || (key == challenger->key && !ties))
			high = middle;
		else
			low = middle;
	}
	return high - input->position;
}

/* Move past the slice given last. */
static void
pass_slice(TickMerge *merge)
{
	MergeInput *input;

	if (merge->given == 0)
		return;
	input = merge->heap[0];
	input->position += merge->given;
	merge->given = 0;
	input->key = key_at(merge, input, input->position < input->rows ? input->position : input->rows - 1);
	if (input->position == input->rows)
		input->rows = 0;
	sift_down(merge, merge->heap, merge->heap_size, 0, time_before);
}

static TickStatus
give(TickMerge *merge, MergeInput *input, uint32_t rows, TickSlice *slice)
{
	merge->given = rows;
	slice->input = input->number;
	slice->cursor = input->cursor;
	slice->batch = input->batch;
	slice->batch_rows = input->rows;
	slice->symbol = input->entry;
	slice->symbol_number = merge->symbol;
	slice->rows = rows;
	slice->first = merge->options.descending ? input->rows - input->position - rows : input->position;
	return TICK_OK;
}

TickStatus
tick_merge_next(TickMerge *merge, TickSlice *slice, TickError *error)
{
	pass_slice(merge);
	while (merge->heap_size > 0 || begin_symbol(merge))
	{
		MergeInput *input = merge->heap[0];
		const MergeInput *challenger;

		if (input->rows == 0)
		{
			TickStatus	status = load_batch(merge, input, error);

			if (status == TICK_END)
			{
				end_input(merge);
				continue;
			}
			if (status != TICK_OK)
				return status;
		}
		challenger = challenger_of(merge);
		if (challenger == NULL || input->last_key < challenger->key ||
			(input->last_key == challenger->key && input->tie < challenger->tie))
			return give(merge, input, input->rows - input->position, slice);
		if (input->time == NULL && input->timed)
		{
			const TickVector *time;

			TICK_TRY(tick_cursor_column(input->cursor, merge->options.time, &time, error));
			input->time = time->i64;
			input->key = key_at(merge, input, input->position);
			sift_down(merge, merge->heap, merge->heap_size, 0, time_before);
			continue;
		}
		return give(merge, input, gallop(merge, input, challenger), slice);
	}
	return TICK_END;
}
