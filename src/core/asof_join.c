/*-------------------------------------------------------------------------
 *
 * asof_join.c
 *	  A join by time in pieces: where to cut, and reading for them.
 *
 * Symbols are gathered in order until their rows on both sides are about two
 * row groups' worth.  A symbol of more than twice as many is cut by time, at
 * row groups of its largest segment: the right rows of such a piece begin at
 * a row that the zone maps prove to lie before its time, so that none before
 * that can match.  Where nulls are filled from before, a match may depend on any row before, and
 * symbols are not cut.
 *
 * Chunks are read once for all the pieces that share them, and are let go
 * with the last of these.  A piece that needs too many is not loaded: its
 * owner joins it while reading, as a scan does.
 *
 *-------------------------------------------------------------------------
 */
#include "core/asof_join_internal.h"

#include <string.h>

#define PIECE_ROWS (2 * (uint64_t) TICK_ROW_GROUP_ROWS)
#define PIECE_BYTES (UINT64_C(32) << 20)

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

static inline uint64_t
piece_rows(const TickAsofGroup *group)
{
	return group->join->piece_rows > 0 ? group->join->piece_rows : PIECE_ROWS;
}

static inline uint64_t
piece_bytes(const TickAsofGroup *group)
{
	return group->join->piece_bytes > 0 ? group->join->piece_bytes : PIECE_BYTES;
}

static inline bool
is_left(const TickAsofGroup *group, int input)
{
	return input < group->of.left_inputs;
}

/* ---- groups ---- */

static TickStatus
init_input(TickAsofGroup *group, int i, TickError *error)
{
	const TickAsofJoin *join = group->join;
	const TickMemory *memory = &tick_memory_malloc;
	TickAsofInput *input = &group->input[i];
	const TickColumn *wanted = join->left;
	int			columns = join->left_columns;

	input->time = join->left_time;
	input->reader = is_left(group, i) ? group->of.left[i] : group->of.right[i - group->of.left_inputs];
	if (!is_left(group, i))
	{
		wanted = join->asof != NULL ? join->asof->wanted : join->window->wanted;
		columns = (join->asof != NULL ? join->asof->wanted_columns : join->window->wanted_columns) + 1;
		input->time = columns - 1;
	}
	group->loaded[i] = tick_alloc_zero(memory, tick_segment_row_groups(input->reader) * sizeof(TickLoadedGroup *));
	if (group->loaded[i] == NULL)
		return out_of_memory(error);
	TICK_TRY(tick_cursor_create(&input->cursor, memory, input->reader, wanted, columns, error));
	if (is_left(group, i))
		tick_cursor_prune(input->cursor, join->prune);
	return TICK_OK;
}

TickStatus
tick_asof_group_create(TickAsofGroup **group, const TickAsofJoin *join, const TickAsofInputs *inputs, TickError *error)
{
	const TickMemory *memory = &tick_memory_malloc;
	TickAsofGroup *g = tick_alloc_zero(memory, sizeof(*g));
	TickStatus	status = TICK_OK;

	*group = NULL;
	if (g == NULL)
		return out_of_memory(error);
	g->join = join;
	g->of = *inputs;
	g->inputs = inputs->left_inputs + inputs->right_inputs;
	g->input = tick_alloc_zero(memory, g->inputs * sizeof(TickAsofInput) + 1);
	g->loaded = tick_alloc_zero(memory, g->inputs * sizeof(TickLoadedGroup **) + 1);
	g->symbol.entry = tick_alloc_zero(memory, g->inputs * sizeof(TickSymbolEntry) + 1);
	if (g->input == NULL || g->loaded == NULL || g->symbol.entry == NULL)
		status = out_of_memory(error);
	for (int i = 0; i < g->inputs && status == TICK_OK; i++)
		status = init_input(g, i, error);
	if (status == TICK_OK)
		*group = g;
	else
		tick_asof_group_free(g);
	return status;
}

void
tick_asof_group_free(TickAsofGroup *group)
{
	const TickMemory *memory = &tick_memory_malloc;

	if (group == NULL)
		return;
	for (int i = 0; i < group->inputs && group->input != NULL && group->loaded != NULL; i++)
	{
		tick_cursor_free(group->input[i].cursor);
		tick_free(memory, group->loaded[i]);
	}
	tick_free(memory, group->input);
	tick_free(memory, group->loaded);
	tick_free(memory, group->symbol.entry);
	tick_free(memory, group);
}

int
tick_asof_group_pieces(const TickAsofGroup *group)
{
	return group->pieces;
}

void
tick_asof_join_counters(const TickAsofGroup *group, TickCursorCounters *counters)
{
	memset(counters, 0, sizeof(*counters));
	for (int i = 0; i < group->inputs; i++)
	{
		TickCursorCounters more;

		tick_cursor_counters(group->input[i].cursor, &more);
		counters->row_groups += more.row_groups;
		counters->row_groups_pruned += more.row_groups_pruned;
		counters->chunks += more.chunks;
		counters->chunk_bytes += more.chunk_bytes;
	}
}

/* ---- symbols in order ---- */

/* Order of a directory's entry and a symbol; null comes last. */
static int
compare_entry(const TickSymbolEntry *entry, bool is_null, TickString name)
{
	if (entry->is_null || is_null)
		return entry->is_null - is_null;
	return tick_string_compare(entry->name, name);
}

/* The least of the symbols that left directories stand at. */
static void
first_of_left(TickAsofGroup *group)
{
	TickAsofSymbol *symbol = &group->symbol;

	symbol->end = true;
	for (int i = 0; i < group->of.left_inputs; i++)
	{
		const TickAsofInput *input = &group->input[i];
		TickSymbolEntry entry;

		if (input->next >= tick_segment_symbols(input->reader))
			continue;
		tick_segment_symbol(input->reader, input->next, &entry);
		if (!symbol->end && compare_entry(&entry, symbol->is_null, symbol->name) >= 0)
			continue;
		symbol->end = false;
		symbol->is_null = entry.is_null;
		symbol->name = entry.name;
	}
}

/* Turn the input's directory to the symbol; its entry has no rows where it is missing. */
static void
find_in_input(TickAsofGroup *group, int i)
{
	TickAsofInput *input = &group->input[i];
	TickAsofSymbol *symbol = &group->symbol;
	TickSymbolEntry *entry = &symbol->entry[i];
	int64_t		index;

	entry->rows = 0;
	/* the null symbol matches nothing */
	if (symbol->is_null && group->join->has_symbol && !is_left(group, i))
		return;
	if (group->of.symbols != NULL)
	{
		index = symbol->is_null ? tick_segment_null_symbol(input->reader) :
			tick_segment_find_symbol(input->reader, symbol->name);
		if (index >= 0)
			tick_segment_symbol(input->reader, (uint32_t) index, entry);
		return;
	}
	for (; input->next < tick_segment_symbols(input->reader); input->next++)
	{
		int			order;

		tick_segment_symbol(input->reader, input->next, entry);
		order = compare_entry(entry, symbol->is_null, symbol->name);
		if (order == 0)
			return;
		entry->rows = 0;
		if (order > 0)
			return;
	}
}

/* Know the next symbol. */
static void
know_symbol(TickAsofGroup *group)
{
	TickAsofSymbol *symbol = &group->symbol;
	const TickAsofInputs *of = &group->of;

	if (symbol->known)
		return;
	symbol->known = true;
	if (of->symbols == NULL)
		first_of_left(group);
	else
	{
		symbol->end = group->next_name >= of->symbol_count + of->null_symbol;
		symbol->is_null = group->next_name == of->symbol_count;
		if (!symbol->end && !symbol->is_null)
			symbol->name = of->symbols[group->next_name].text;
	}
	symbol->rows = 0;
	for (int i = 0; i < group->inputs && !symbol->end; i++)
	{
		find_in_input(group, i);
		symbol->rows += symbol->entry[i].rows;
	}
}

/* The symbol is done with. */
static void
pass_symbol(TickAsofGroup *group)
{
	group->symbol.known = false;
	if (group->of.symbols != NULL)
	{
		group->next_name++;
		return;
	}
	for (int i = 0; i < group->inputs; i++)
		if (group->symbol.entry[i].rows > 0)
			group->input[i].next++;
}

/* ---- row groups ---- */

/* Does the row group lie wholly within the entry's rows, so that its zone map is of them? */
static bool
is_within(const TickAsofInput *input, uint32_t row_group, const TickSymbolEntry *entry)
{
	uint64_t	first;
	uint32_t	rows;

	tick_segment_row_group(input->reader, row_group, &first, &rows);
	return first >= entry->first_row && first + rows <= entry->first_row + entry->rows;
}

static const TickZoneMap *
time_map(const TickAsofInput *input, uint32_t row_group)
{
	return tick_segment_zone_map(input->reader, row_group, tick_segment_schema(input->reader)->time);
}

/* The row groups that hold the symbol's rows. */
static void
groups_of_symbol(const TickAsofGroup *group, int i, uint32_t *first, uint32_t *end)
{
	const TickSymbolEntry *entry = &group->symbol.entry[i];
	const TickSegmentReader *reader = group->input[i].reader;

	*first = *end = 0;
	if (entry->rows == 0)
		return;
	*first = tick_segment_row_group_of_row(reader, entry->first_row);
	*end = tick_segment_row_group_of_row(reader, entry->first_row + entry->rows - 1) + 1;
}

/* May the piece need the row group of the symbol's?  Those within it that lie beyond a cut's times are not looked at. */
static bool
is_needed(const TickAsofPiece *piece, int i, uint32_t row_group)
{
	const TickAsofGroup *group = piece->group;
	const TickZoneMap *map = time_map(&group->input[i], row_group);
	int64_t		low = is_left(group, i) ? piece->time_low : piece->right_low;
	int64_t		high = is_left(group, i) ? piece->time_high : piece->right_high;

	return !piece->cut || !map->has_range || !is_within(&group->input[i], row_group, &group->symbol.entry[i]) ||
		(map->max_i64 >= low && map->min_i64 <= high);
}

/* Bytes of the row groups that the symbol adds to the piece. */
static uint64_t
bytes_of_symbol(const TickAsofPiece *piece)
{
	const TickAsofGroup *group = piece->group;
	uint64_t	bytes = 0;

	for (int i = 0; i < group->inputs; i++)
	{
		uint32_t	first,
					end;

		groups_of_symbol(group, i, &first, &end);
		first = first < piece->group_end[i] ? piece->group_end[i] : first;
		for (uint32_t g = first; g < end; g++)
			if (is_needed(piece, i, g))
				bytes += tick_cursor_load_bytes(group->input[i].cursor, g);
	}
	return bytes;
}

/* Have a row group's chunks in memory. */
static TickStatus
use_group(TickAsofPiece *piece, int i, uint32_t row_group, TickError *error)
{
	TickAsofGroup *group = piece->group;
	TickLoadedGroup **loaded = &group->loaded[i][row_group];

	if (piece->uses == piece->use_capacity)
	{
		int			capacity = piece->use_capacity * 2 + 16;
		TickAsofUse *use = tick_resize(&tick_memory_malloc, piece->use, (size_t) capacity * sizeof(TickAsofUse));

		if (use == NULL)
			return out_of_memory(error);
		piece->use = use;
		piece->use_capacity = capacity;
	}
	if (*loaded == NULL)
	{
		TickStatus	status = tick_cursor_load(group->input[i].cursor, row_group, group->input[i].time, loaded, error);

		if (status != TICK_OK)
		{
			tick_loaded_group_free(*loaded);
			*loaded = NULL;
			return status;
		}
	}
	(*loaded)->users++;
	piece->use[piece->uses++] = (TickAsofUse) {i, row_group};
	return TICK_OK;
}

/* Have the row groups that the symbol adds to the piece. */
static TickStatus
load_symbol(TickAsofPiece *piece, TickError *error)
{
	const TickAsofGroup *group = piece->group;

	for (int i = 0; i < group->inputs; i++)
	{
		uint32_t	first,
					end;

		groups_of_symbol(group, i, &first, &end);
		first = first < piece->group_end[i] ? piece->group_end[i] : first;
		for (uint32_t g = first; g < end; g++)
			if (is_needed(piece, i, g))
				TICK_TRY(use_group(piece, i, g, error));
		piece->group_end[i] = end > piece->group_end[i] ? end : piece->group_end[i];
	}
	return TICK_OK;
}

/* ---- cutting by time ---- */

static bool
can_cut(const TickAsofGroup *group)
{
	return group->symbol.rows > 2 * piece_rows(group) && (group->join->asof == NULL || !group->join->asof->fill_previous);
}

/* Begin to cut the symbol at row groups of the input that has most of it. */
static void
begin_cutting(TickAsofGroup *group)
{
	uint32_t	end;

	group->cutting = true;
	group->cut_low = INT64_MIN;
	group->cut_input = 0;
	for (int i = 1; i < group->inputs; i++)
		if (group->symbol.entry[i].rows > group->symbol.entry[group->cut_input].rows)
			group->cut_input = i;
	groups_of_symbol(group, group->cut_input, &group->cut_group, &end);
}

/* Where the piece after this one begins; false when it is the last. */
static bool
next_cut(TickAsofGroup *group, int64_t *next)
{
	const TickAsofInput *input = &group->input[group->cut_input];
	const TickSymbolEntry *entry = &group->symbol.entry[group->cut_input];
	uint64_t	share = piece_rows(group) * entry->rows / group->symbol.rows;
	uint64_t	gathered = 0;
	uint32_t	first,
				end;

	groups_of_symbol(group, group->cut_input, &first, &end);
	for (uint32_t g = group->cut_group; g < end; g++)
	{
		uint64_t	first_row;
		uint32_t	rows;

		tick_segment_row_group(input->reader, g, &first_row, &rows);
		if (gathered >= share && is_within(input, g, entry) && time_map(input, g)->has_range &&
			time_map(input, g)->min_i64 > group->cut_low)
		{
			*next = time_map(input, g)->min_i64;
			group->cut_group = g;
			return true;
		}
		gathered += rows;
	}
	return false;
}

/* The first right rows that a left row from time `bound` on can match: of the last row group that begins before it. */
static int64_t
right_begin(const TickAsofGroup *group, int64_t bound)
{
	int64_t		begin = group->of.right_low;

	for (int i = group->of.left_inputs; i < group->inputs; i++)
	{
		uint32_t	first,
					end;

		groups_of_symbol(group, i, &first, &end);
		for (uint32_t g = first; g < end; g++)
		{
			const TickZoneMap *map = time_map(&group->input[i], g);

			if (is_within(&group->input[i], g, &group->symbol.entry[i]) && map->has_range &&
				map->min_i64 < bound && map->min_i64 > begin)
				begin = map->min_i64;
		}
	}
	return begin;
}

/* Make the piece the next one of the symbol that is being cut. */
static void
cut_symbol(TickAsofPiece *piece)
{
	TickAsofGroup *group = piece->group;
	const TickWindowOptions *window = group->join->window;
	int64_t		low = group->cut_low;
	int64_t		high = INT64_MAX;
	int64_t		next;
	bool		more = next_cut(group, &next);

	if (more)
	{
		high = next - 1;
		group->cut_low = next;
	}
	group->cutting = more;
	piece->cut = true;
	piece->right_low = right_begin(group, window == NULL ? low : tick_window_bound(low, -window->before));
	if (low > piece->time_low)
		piece->time_low = low;
	if (high < piece->time_high)
		piece->time_high = high;
	if (window != NULL && high != INT64_MAX)
		high = tick_window_bound(high, window->after);
	if (high < piece->right_high)
		piece->right_high = high;
}

/* ---- pieces ---- */

static TickStatus
make_piece(TickAsofGroup *group, TickAsofPiece **piece, TickError *error)
{
	const TickMemory *memory = &tick_memory_malloc;
	TickAsofPiece *p = tick_alloc_zero(memory, sizeof(*p));
	size_t		inputs = (size_t) group->inputs;

	*piece = p;
	if (p == NULL)
		return out_of_memory(error);
	p->group = group;
	group->pieces++;
	p->loaded = true;
	p->first_name = group->next_name;
	p->time_low = group->of.time_low;
	p->time_high = group->of.time_high;
	p->right_low = group->of.right_low;
	p->right_high = group->of.right_high;
	p->symbol_first = tick_alloc_zero(memory, inputs * sizeof(uint32_t) + 1);
	p->symbol_end = tick_alloc_zero(memory, inputs * sizeof(uint32_t) + 1);
	p->group_end = tick_alloc_zero(memory, inputs * sizeof(uint32_t) + 1);
	p->keep = tick_alloc_zero(memory, inputs * sizeof(uint64_t *) + 1);
	p->kept_batch = tick_alloc_zero(memory, inputs * sizeof(uint64_t) + 1);
	if (p->symbol_first == NULL || p->symbol_end == NULL || p->group_end == NULL || p->keep == NULL ||
		p->kept_batch == NULL)
		return out_of_memory(error);
	for (int i = 0; i < group->inputs; i++)
		p->symbol_first[i] = p->symbol_end[i] = group->input[i].next;
	return TICK_OK;
}

/* Take the symbol, or a time of it, into the piece. */
static TickStatus
take_symbol(TickAsofPiece *piece, TickError *error)
{
	TickAsofGroup *group = piece->group;
	TickAsofSymbol *symbol = &group->symbol;

	piece->rows += symbol->rows;
	if (symbol->is_null && group->of.symbols != NULL)
		piece->null_symbol = true;
	else
		piece->names++;
	for (int i = 0; i < group->inputs && group->of.symbols == NULL; i++)
		piece->symbol_end[i] = group->input[i].next + (symbol->entry[i].rows > 0);
	if (piece->loaded)
		TICK_TRY(load_symbol(piece, error));
	if (!group->cutting)
		pass_symbol(group);
	return TICK_OK;
}

/* Take symbols into the piece. */
static TickStatus
fill_piece(TickAsofPiece *piece, TickError *error)
{
	TickAsofGroup *group = piece->group;

	know_symbol(group);
	if (group->cutting || can_cut(group))
	{
		if (!group->cutting)
			begin_cutting(group);
		cut_symbol(piece);
		piece->loaded = bytes_of_symbol(piece) <= piece_bytes(group);
		return take_symbol(piece, error);
	}
	for (; !group->symbol.end; know_symbol(group))
	{
		uint64_t	bytes = bytes_of_symbol(piece);

		if (piece->rows > 0 && (piece->rows + group->symbol.rows > piece_rows(group) || piece->bytes + bytes > piece_bytes(group)))
			break;
		piece->bytes += bytes;
		piece->loaded = bytes <= piece_bytes(group);
		TICK_TRY(take_symbol(piece, error));
		if (!piece->loaded)
			break;
	}
	return TICK_OK;
}

TickStatus
tick_asof_join_cut(TickAsofGroup *group, TickAsofPiece **piece, bool *loaded, TickError *error)
{
	TickStatus	status;

	*piece = NULL;
	know_symbol(group);
	if (group->symbol.end)
		return TICK_OK;
	status = make_piece(group, piece, error);
	if (status == TICK_OK)
		status = fill_piece(*piece, error);
	if (status != TICK_OK)
	{
		tick_asof_piece_free(*piece);
		*piece = NULL;
		return status;
	}
	*loaded = (*piece)->loaded;
	return TICK_OK;
}

void
tick_asof_piece_free(TickAsofPiece *piece)
{
	const TickMemory *memory = &tick_memory_malloc;

	if (piece == NULL)
		return;
	tick_asof_free(piece->asof);
	tick_window_free(piece->window);
	tick_merge_free(piece->left);
	tick_merge_free(piece->right);
	for (int i = 0; i < piece->uses; i++)
	{
		TickLoadedGroup **loaded = &piece->group->loaded[piece->use[i].input][piece->use[i].row_group];

		if (--(*loaded)->users > 0)
			continue;
		tick_loaded_group_free(*loaded);
		*loaded = NULL;
	}
	for (int i = 0; i < piece->group->of.left_inputs && piece->keep != NULL; i++)
		tick_free(memory, piece->keep[i]);
	tick_free(memory, piece->use);
	tick_free(memory, piece->symbol_first);
	tick_free(memory, piece->symbol_end);
	tick_free(memory, piece->group_end);
	tick_free(memory, piece->keep);
	tick_free(memory, piece->kept_batch);
	piece->group->pieces--;
	tick_free(memory, piece);
}
