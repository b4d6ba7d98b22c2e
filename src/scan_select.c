/*-------------------------------------------------------------------------
 *
 * scan_select.c
 *	  Choose what a scan has to look at.
 *
 * The filter's ANDed conditions are taken one by one.  Those on the symbol
 * alone are decided exactly in the directories of segments, so no row is
 * tested for them.  Each other one is tried against what the catalog knows
 * of a segment: it may rule the segment out, or hold for all of its rows and
 * need no test there, as a date does in a day's partition.
 *
 * Segments are listed once for the widest filter that later starts may have,
 * then chosen from the list at each start.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/filter.h"
#include "core/value.h"
#include "qual.h"
#include "scan_internal.h"
#include "tick.h"

/* ---- the filter ---- */

void
TickScanMarkColumns(const TickFilter *filter, bool *used)
{
	switch (filter->kind)
	{
		case TICK_FILTER_COMPARE:
		case TICK_FILTER_IN:
		case TICK_FILTER_IS_NULL:
		case TICK_FILTER_LIKE:
			used[filter->column] = true;
			break;
		default:
			for (int i = 0; i < filter->children; i++)
				TickScanMarkColumns(filter->child[i], used);
			break;
	}
}

TickFilter *
TickFilterRebind(const TickFilter *filter, const int *index)
{
	TickFilter *copy = palloc(sizeof(TickFilter));

	*copy = *filter;
	if (filter->kind == TICK_FILTER_COMPARE || filter->kind == TICK_FILTER_IN ||
		filter->kind == TICK_FILTER_IS_NULL || filter->kind == TICK_FILTER_LIKE)
		copy->column = index[filter->column];
	if (filter->children > 0)
		copy->child = palloc(filter->children * sizeof(TickFilter *));
	for (int i = 0; i < filter->children; i++)
		copy->child[i] = TickFilterRebind(filter->child[i], index);
	return copy;
}

TickFilter *
TickFilterCopy(const TickFilter *filter)
{
	TickFilter *copy = palloc(sizeof(TickFilter));

	*copy = *filter;
	if (filter->values > 0)
	{
		copy->value = palloc(filter->values * sizeof(TickFilterValue));
		memcpy(copy->value, filter->value, filter->values * sizeof(TickFilterValue));
	}
	for (int i = 0; i < filter->values; i++)
		if (filter->type == TICK_TEXT)
		{
			char	   *text = palloc(filter->value[i].text.length + 1);

			memcpy(text, filter->value[i].text.data, filter->value[i].text.length);
			copy->value[i].text.data = text;
		}
	if (filter->part != NULL)
	{
		TickFilterPart *part = palloc(sizeof(TickFilterPart));

		*part = *filter->part;
		copy->part = part;
	}
	if (filter->children > 0)
		copy->child = palloc(filter->children * sizeof(TickFilter *));
	for (int i = 0; i < filter->children; i++)
		copy->child[i] = TickFilterCopy(filter->child[i]);
	return copy;
}

/* AND of so many filters, or NULL for none. */
static TickFilter *
conjunction(TickFilter **child, int children)
{
	TickFilter *filter;

	if (children == 0)
		return NULL;
	if (children == 1)
		return child[0];
	filter = palloc0(sizeof(TickFilter));
	filter->kind = TICK_FILTER_AND;
	filter->children = children;
	filter->child = child;
	return filter;
}

static int
count_conjuncts(const TickFilter *filter)
{
	int			count = 0;

	if (filter->kind != TICK_FILTER_AND)
		return 1;
	for (int i = 0; i < filter->children; i++)
		count += count_conjuncts(filter->child[i]);
	return count;
}

/* Append the ANDed parts of a filter to scan->conjunct. */
static void
collect_conjuncts(TickDatasetScan *scan, const TickFilter *filter)
{
	bool	   *used;
	int			symbol = scan->dataset->schema.symbol;
	Conjunct   *conjunct;
	bool		others = false;

	if (filter->kind == TICK_FILTER_AND)
	{
		for (int i = 0; i < filter->children; i++)
			collect_conjuncts(scan, filter->child[i]);
		return;
	}
	if (filter->kind == TICK_FILTER_TRUE)
		return;
	conjunct = &scan->conjunct[scan->conjuncts++];
	conjunct->filter = filter;
	used = palloc0(scan->dataset->schema.columns * sizeof(bool));
	TickScanMarkColumns(filter, used);
	for (int i = 0; i < scan->dataset->schema.columns; i++)
		if (used[i] && i != symbol)
			others = true;
	conjunct->symbol = symbol >= 0 && used[symbol];
	conjunct->symbol_only = conjunct->symbol && !others;
}

/* The columns to decode: those given out and those tested. */
static void
choose_columns(TickDatasetScan *scan)
{
	const TickSchema *schema = &scan->dataset->schema;
	bool	   *used = palloc0(schema->columns * sizeof(bool));

	memcpy(used, scan->columns, schema->columns * sizeof(bool));
	for (int i = 0; i < scan->conjuncts; i++)
		TickScanMarkColumns(scan->conjunct[i].filter, used);
	scan->wanted = palloc(sizeof(TickColumn) * Max(schema->columns, 1));
	scan->wanted_index = palloc(sizeof(int) * Max(schema->columns, 1));
	scan->wanted_columns = 0;
	/* a merge compares times even if nobody asked for them */
	if (scan->order != TICK_ORDER_NONE && schema->time >= 0)
		used[schema->time] = true;
	for (int i = 0; i < schema->columns; i++)
	{
		scan->wanted_index[i] = -1;
		if (!used[i])
			continue;
		scan->wanted[scan->wanted_columns] = schema->column[i];
		scan->wanted_index[i] = scan->wanted_columns++;
	}
}

/* ---- symbols ---- */

/* The one column that a filter over names asks for. */
static TickStatus
names_column(void *context, int column, const TickVector **vector, TickError *error)
{
	*vector = context;
	return TICK_OK;
}

/*
 * Which of count names (at most a batch; number null_name is the null
 * symbol, -1: none) pass the conditions on the symbol?
 */
static void
keep_names(const TickDatasetScan *scan, const TickString *names, int count, int null_name, uint64 *keep)
{
	TickVector	vector = {.type = TICK_TEXT,.rows = count,.text = (TickString *) names};
	uint64		validity[TICK_BATCH_ROWS / 64];
	TickError	error;

	memset(keep, 0xff, tick_bit_words(count) * sizeof(uint64));
	if (null_name >= 0)
	{
		memset(validity, 0xff, sizeof(validity));
		tick_bit_clear(validity, null_name);
		vector.validity = validity;
	}
	TickCheck(tick_filter_apply(scan->symbol_filter, count, names_column, &vector, keep, &error), &error);
}

/*
 * Gather the conditions on the symbol alone, and the finite set of names
 * that they leave if there is one.
 */
static void
choose_symbols(TickDatasetScan *scan)
{
	TickFilter **child = palloc(sizeof(TickFilter *) * Max(scan->conjuncts, 1));
	int		   *index = palloc0(sizeof(int) * scan->dataset->schema.columns);
	int			children = 0;
	const TickFilterValue *values;
	int			count;

	for (int i = 0; i < scan->conjuncts; i++)
		if (scan->conjunct[i].symbol_only)
			child[children++] = TickFilterRebind(scan->conjunct[i].filter, index);
	scan->symbol_filter = conjunction(child, children);
	if (children == 0 || !tick_filter_text_set(scan->symbol_filter, 0, &values, &count))
		return;
	scan->has_symbols = true;
	scan->symbol = palloc(sizeof(TickFilterValue) * Max(count, 1));
	for (int first = 0; first < count; first += TICK_BATCH_ROWS)
	{
		TickString	names[TICK_BATCH_ROWS];
		uint64		keep[TICK_BATCH_ROWS / 64];
		int			batch = Min(count - first, TICK_BATCH_ROWS);

		for (int i = 0; i < batch; i++)
			names[i] = values[first + i].text;
		keep_names(scan, names, batch, -1, keep);
		for (int i = 0; i < batch; i++)
			if (tick_bit_get(keep, i) &&
				(scan->symbols == 0 ||
				 tick_string_compare(scan->symbol[scan->symbols - 1].text, names[i]) != 0))
				scan->symbol[scan->symbols++] = values[first + i];
	}
	if (scan->symbols == 0)
		scan->empty = true;
}

/* Time of one row of the open input. */
static int64
time_of_row(TickDatasetScan *scan, uint64 row)
{
	const TickVector *vector;
	uint64_t	first;
	uint32_t	rows;
	TickError	error;

	tick_cursor_seek(scan->cursor, row, row + 1);
	TickScanCheck(scan, tick_cursor_next(scan->cursor, &first, &rows, &error), &error);
	TickScanCheck(scan, tick_cursor_column(scan->cursor, scan->wanted_index[scan->dataset->schema.time],
										   &vector, &error), &error);
	return vector->i64[0];
}

/*
 * Cut first .. end - 1, rows of one symbol, by what is known of the row group
 * around row middle: false when that tells nothing.  A row group of other
 * symbols too says nothing of this one's times.
 */
static bool
cut_by_row_group(const TickDatasetScan *scan, uint64 middle, int64 bound, uint64 *first, uint64 *end)
{
	const TickSegmentReader *reader = scan->current->reader;
	uint32_t	group = tick_segment_row_group_of_row(reader, middle);
	const TickZoneMap *map = tick_segment_zone_map(reader, group, tick_segment_schema(reader)->time);
	uint64_t	group_first;
	uint32_t	group_rows;

	tick_segment_row_group(reader, group, &group_first, &group_rows);
	if (map == NULL || !map->has_range || group_first < *first || group_first + group_rows > *end)
		return false;
	if (map->max_i64 < bound)
		*first = group_first + group_rows;
	else if (map->min_i64 >= bound)
		*end = group_first;
	else
		return false;
	return true;
}

/* First row of first .. end - 1 with a time of at least bound; end when there is none. */
static uint64
search_time(TickDatasetScan *scan, uint64 first, uint64 end, int64 bound)
{
	while (first < end)
	{
		uint64		middle = first + (end - first) / 2;

		if (cut_by_row_group(scan, middle, bound, &first, &end))
			continue;
		if (time_of_row(scan, middle) >= bound)
			end = middle;
		else
			first = middle + 1;
	}
	return first;
}

/* Below so many rows of a symbol, testing all of their times is as fast as a search. */
#define SEARCH_ROWS 4096

/* Cut a symbol's rows to those within the time bounds, which its order in time allows. */
static void
narrow_range(TickDatasetScan *scan, const TickSymbolEntry *entry, RowRange *range)
{
	int			time = scan->dataset->schema.time;

	range->first = entry->first_row;
	range->end = entry->first_row + entry->rows;
	if (entry->rows < SEARCH_ROWS || scan->cursor == NULL || !tick_enable_zone_maps ||
		time < 0 || scan->wanted_index[time] < 0)
		return;
	if (entry->time_min < scan->time_low)
		range->first = search_time(scan, range->first, range->end, scan->time_low);
	if (entry->time_max > scan->time_high)
		range->end = search_time(scan, range->first, range->end, scan->time_high + 1);
}

/* Append rows of a directory entry to the ranges. */
static void
add_range(TickDatasetScan *scan, const TickSegmentReader *reader, uint32 symbol,
		  RowRange *range, int *ranges)
{
	TickSymbolEntry entry;
	RowRange	rows;

	tick_segment_symbol(reader, symbol, &entry);
	narrow_range(scan, &entry, &rows);
	if (rows.first == rows.end)
		return;
	if (*ranges > 0 && range[*ranges - 1].end == rows.first)
		range[*ranges - 1].end = rows.end;
	else
		range[(*ranges)++] = rows;
}

/* Indexes in an open segment's directory of the symbols that pass. */
static uint32 *
matching_symbols(TickDatasetScan *scan, TickSegmentReader *reader, int *count)
{
	uint32		symbols = tick_segment_symbols(reader);
	int64		null_symbol = tick_segment_null_symbol(reader);
	const TickString *names;
	uint32	   *found;
	TickError	error;

	*count = 0;
	if (scan->has_symbols)
	{
		found = palloc(sizeof(uint32) * Max(scan->symbols, 1));
		for (int i = 0; i < scan->symbols; i++)
		{
			int64		index = tick_segment_find_symbol(reader, scan->symbol[i].text);

			if (index >= 0)
				found[(*count)++] = (uint32) index;
		}
		return found;
	}
	found = palloc(sizeof(uint32) * Max(symbols, 1));
	TickScanCheck(scan, tick_segment_dictionary(reader, &names, &error), &error);
	for (uint32 first = 0; first < symbols; first += TICK_BATCH_ROWS)
	{
		uint64		keep[TICK_BATCH_ROWS / 64];
		uint32		batch = Min(symbols - first, TICK_BATCH_ROWS);
		bool		has_null = null_symbol >= first && null_symbol < (int64) first + batch;

		CHECK_FOR_INTERRUPTS();
		keep_names(scan, names + first, batch, has_null ? (int) (null_symbol - first) : -1, keep);
		for (uint32 i = 0; i < batch; i++)
			if (tick_bit_get(keep, i))
				found[(*count)++] = first + i;
	}
	return found;
}

void
TickScanRanges(TickDatasetScan *scan, ScanInput *input, RowRange **range, int *ranges)
{
	uint32	   *found;
	int			count;

	*ranges = 0;
	if (scan->symbol_filter == NULL)
	{
		*range = palloc(sizeof(RowRange));
		(*range)->first = 0;
		(*range)->end = input->entry->rows;
		*ranges = 1;
		if (tick_segment_symbols(input->reader) == 1)
		{
			*ranges = 0;
			add_range(scan, input->reader, 0, *range, ranges);
		}
		return;
	}
	found = matching_symbols(scan, input->reader, &count);
	scan->counters.symbols += count;
	*range = palloc(sizeof(RowRange) * Max(count, 1));
	for (int i = 0; i < count; i++)
		add_range(scan, input->reader, found[i], *range, ranges);
}

static int
name_order(const void *a, const void *b)
{
	return tick_string_compare(((const TickFilterValue *) a)->text, ((const TickFilterValue *) b)->text);
}

bool
TickScanMergeSymbols(TickDatasetScan *scan, ScanInput **inputs, int count,
					 TickFilterValue **names, int *symbols, bool *null_symbol)
{
	int			room = 256;
	int			distinct = 0;

	*null_symbol = false;
	if (scan->symbol_filter == NULL)
		return false;
	if (scan->has_symbols)
	{
		*names = scan->symbol;
		*symbols = scan->symbols;
		return true;
	}
	*names = palloc0(sizeof(TickFilterValue) * room);
	*symbols = 0;
	for (int i = 0; i < count; i++)
	{
		int			found_count;
		uint32	   *found = matching_symbols(scan, inputs[i]->reader, &found_count);

		if (*symbols + found_count > room)
		{
			room = 2 * (*symbols + found_count);
			*names = repalloc_huge(*names, sizeof(TickFilterValue) * room);
		}
		for (int j = 0; j < found_count; j++)
		{
			TickSymbolEntry entry;

			tick_segment_symbol(inputs[i]->reader, found[j], &entry);
			if (entry.is_null)
				*null_symbol = true;
			else
				(*names)[(*symbols)++].text = entry.name;
		}
		pfree(found);
	}
	qsort(*names, *symbols, sizeof(TickFilterValue), name_order);
	for (int i = 0; i < *symbols; i++)
		if (distinct == 0 || name_order(&(*names)[distinct - 1], &(*names)[i]) != 0)
			(*names)[distinct++] = (*names)[i];
	*symbols = distinct;
	return true;
}

/* ---- segments ---- */

/* What is known of a segment, as TickFilterZone asks for it. */
typedef struct SegmentZone
{
	const TickDatasetScan *scan;
	const TickSegmentEntry *entry;
	TickZoneMap time;
	TickZoneMap absent;			/* of a column that the segment lacks */
} SegmentZone;

static void
init_zone(SegmentZone *zone, const TickDatasetScan *scan, const TickSegmentEntry *entry)
{
	const TickSchema *schema = &scan->dataset->schema;
	/* the catalog counts in ns even where the stored time is a date */
	int64		unit = schema->time >= 0 && schema->column[schema->time].type == TICK_DATE ? TICK_NS_PER_DAY : 1;

	zone->scan = scan;
	zone->entry = entry;
	tick_zone_map_init(&zone->time);
	zone->time.rows = entry->rows;
	zone->time.has_range = true;
	zone->time.min_i64 = entry->time_min / unit;
	zone->time.max_i64 = entry->time_max / unit;
	tick_zone_map_init(&zone->absent);
	zone->absent.rows = zone->absent.nulls = entry->rows;
}

/* The map of a schema column.  The time's comes from the row itself. */
static const TickZoneMap *
zone_of_segment(void *context, int column)
{
	SegmentZone *zone = context;
	const TickSchema *schema = &zone->scan->dataset->schema;
	const TickSegmentEntry *entry = zone->entry;
	const TickZoneMap *map;
	bool		absent;

	if (column == schema->time && entry->has_time)
		return &zone->time;
	map = TickZoneMapsFind(entry, schema->column[column].id, schema->column[column].type, &absent);
	return absent ? &zone->absent : map;
}

/* Is every tested column known to have no nulls in the segment? */
static bool
tests_no_nulls(SegmentZone *zone, const TickFilter *filter)
{
	const TickZoneMap *map;

	switch (filter->kind)
	{
		case TICK_FILTER_COMPARE:
		case TICK_FILTER_IN:
		case TICK_FILTER_IS_NULL:
		case TICK_FILTER_LIKE:
			map = zone_of_segment(zone, filter->column);
			return map != NULL && map->nulls == 0;
		case TICK_FILTER_NULL:
			return false;
		default:
			for (int i = 0; i < filter->children; i++)
				if (!tests_no_nulls(zone, filter->child[i]))
					return false;
			return true;
	}
}

/* Is the condition TRUE for every row?  Its negation then never is, and no null makes it NULL. */
static bool
always_true(SegmentZone *zone, const TickFilter *filter)
{
	TickFilter	negation = {.kind = TICK_FILTER_NOT,.children = 1};
	TickFilter *child[1];

	child[0] = (TickFilter *) filter;
	negation.child = child;
	return tests_no_nulls(zone, filter) && !tick_filter_may_match(&negation, zone_of_segment, zone);
}

/* a + b, kept within int64 */
static int64
add_within(int64 a, int64 b)
{
	int64		sum;

	return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? PG_INT64_MIN : PG_INT64_MAX) : sum;
}

/* Does the filter test the time of day? */
static bool
tests_time_of_day(const TickFilter *filter)
{
	if (filter->part != NULL && filter->part->kind == TICK_PART_TIME)
		return true;
	for (int i = 0; i < filter->children; i++)
		if (tests_time_of_day(filter->child[i]))
			return true;
	return false;
}

/*
 * A copy for a segment whose times lie in one local day without a change of
 * clocks: tests of the time of day become tests of the stored time, which
 * need no arithmetic for each row and prune row groups.
 */
static TickFilter *
within_day(const TickFilter *filter, const TickSegmentEntry *entry, int time)
{
	TickFilter *copy = palloc(sizeof(TickFilter));
	int64		low,
				high;

	*copy = *filter;
	if (filter->children > 0)
		copy->child = palloc(sizeof(TickFilter *) * filter->children);
	for (int i = 0; i < filter->children; i++)
		copy->child[i] = within_day(filter->child[i], entry, time);
	if (filter->part == NULL || filter->part->kind != TICK_PART_TIME || filter->column != time ||
		!tick_filter_part_range(filter->part, entry->time_min, entry->time_max, &low, &high))
		return copy;
	copy->part = NULL;
	copy->value = palloc0(sizeof(TickFilterValue) * Max(filter->values, 1));
	for (int i = 0; i < filter->values; i++)
	{
		int64		value = filter->value[i].i64;

		/* what stands for all or none stays so */
		copy->value[i].i64 = value == PG_INT64_MIN || value == PG_INT64_MAX ? value :
			add_within(value, entry->time_min - low);
	}
	return copy;
}

TickFilter *
TickScanResidual(TickDatasetScan *scan, const TickSegmentEntry *entry)
{
	TickFilter **child = palloc(sizeof(TickFilter *) * Max(scan->conjuncts, 1));
	int			children = 0;
	SegmentZone zone;

	init_zone(&zone, scan, entry);
	for (int i = 0; i < scan->conjuncts; i++)
	{
		const Conjunct *conjunct = &scan->conjunct[i];

		if (conjunct->symbol_only)
			continue;
		if (tick_enable_zone_maps && always_true(&zone, conjunct->filter))
			continue;
		if (entry->has_time && scan->dataset->schema.time >= 0 && tests_time_of_day(conjunct->filter))
			child[children++] = TickFilterRebind(within_day(conjunct->filter, entry, scan->dataset->schema.time), scan->wanted_index);
		else
			child[children++] = conjunct->bound;
	}
	return conjunction(child, children);
}

/* May the segment hold rows that pass? */
static bool
segment_may_match(TickDatasetScan *scan, const TickSegmentEntry *entry)
{
	SegmentZone zone;

	if (entry->rows == 0)
		return false;
	if (!tick_enable_zone_maps)
		return true;
	init_zone(&zone, scan, entry);
	for (int i = 0; i < scan->conjuncts; i++)
		if (!tick_filter_may_match(scan->conjunct[i].filter, zone_of_segment, &zone))
			return false;
	return true;
}

/* Do conditions ask for more than the catalog's time range? */
static bool
needs_zone_maps(const TickDatasetScan *scan)
{
	const TickSchema *schema = &scan->dataset->schema;
	bool	   *used = palloc0(schema->columns * sizeof(bool));

	for (int i = 0; i < scan->conjuncts; i++)
		TickScanMarkColumns(scan->conjunct[i].filter, used);
	for (int i = 0; i < schema->columns; i++)
		if (used[i] && i != schema->time)
			return tick_enable_zone_maps;
	return false;
}

/* List the live segments of a range of partitions, unless the list at hand has them. */
static void
list_segments(TickDatasetScan *scan, int32 low, int32 high)
{
	TickSegmentQuery query = {.dataset = scan->dataset->source,.number = scan->version};
	bool		maps = scan->zone_maps || needs_zone_maps(scan);
	MemoryContext old;

	if (scan->listed && scan->listed_low <= low && scan->listed_high >= high && (scan->listed_maps || !maps))
		return;
	/* a second listing means that starts differ: take them all */
	query.partition_low = scan->listed ? PG_INT32_MIN : low;
	query.partition_high = scan->listed ? PG_INT32_MAX : high;
	query.flags = maps ? TICK_SEGMENT_ZONE_MAPS : 0;
	MemoryContextReset(scan->list_context);
	old = MemoryContextSwitchTo(scan->list_context);
	scan->entries = TickCatalogSegments(&query, scan->snapshot);
	MemoryContextSwitchTo(old);
	scan->listed = true;
	scan->listed_maps = maps;
	scan->listed_low = query.partition_low;
	scan->listed_high = query.partition_high;
}

/* First entry of the list whose partition is not below low. */
static int
first_of_partition(const TickDatasetScan *scan, int32 low)
{
	int			from = 0;
	int			to = list_length(scan->entries);

	while (from < to)
	{
		int			middle = from + (to - from) / 2;

		if (((TickSegmentEntry *) list_nth(scan->entries, middle))->partition < low)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Choose the segments of partitions low .. high that may match. */
static void
choose_inputs(TickDatasetScan *scan, int32 low, int32 high)
{
	int			count = list_length(scan->entries);
	int			first = first_of_partition(scan, low);
	int			end = first;
	int64		last_partition = PG_INT64_MIN;

	while (end < count && ((TickSegmentEntry *) list_nth(scan->entries, end))->partition <= high)
		end++;
	scan->input = palloc0(sizeof(ScanInput) * Max(end - first, 1));
	for (int i = first; i < end; i++)
	{
		TickSegmentEntry *entry = list_nth(scan->entries, i);

		if (!segment_may_match(scan, entry))
			continue;
		scan->input[scan->inputs++].entry = entry;
		scan->counters.segments++;
		if (entry->partition != last_partition)
			scan->counters.partitions++;
		last_partition = entry->partition;
	}
	if (scan->inputs == 0)
		scan->empty = true;
}

void
TickScanChoose(TickDatasetScan *scan, const TickFilter *filter, const TickFilter *widest)
{
	const TickFilter *listing = scan->listed || widest == NULL ? filter : widest;
	int64		time_low,
				time_high;
	int32		low,
				high;
	TickFilter **bound;
	int			bounds = 0;

	scan->conjunct = palloc0(sizeof(Conjunct) * (filter != NULL ? Max(count_conjuncts(filter), 1) : 1));
	if (filter != NULL)
		collect_conjuncts(scan, filter);
	choose_columns(scan);
	bound = palloc(sizeof(TickFilter *) * Max(scan->conjuncts, 1));
	for (int i = 0; i < scan->conjuncts; i++)
	{
		scan->conjunct[i].bound = TickFilterRebind(scan->conjunct[i].filter, scan->wanted_index);
		if (!scan->conjunct[i].symbol_only)
			bound[bounds++] = scan->conjunct[i].bound;
	}
	scan->prune = tick_enable_zone_maps ? conjunction(bound, bounds) : NULL;
	choose_symbols(scan);
	if (scan->empty || !TickQualTimeRange(scan->dataset, filter, &scan->time_low, &scan->time_high, &low, &high))
	{
		scan->empty = true;
		return;
	}
	if (!scan->listed && TickQualTimeRange(scan->dataset, listing, &time_low, &time_high, &low, &high))
		list_segments(scan, low, high);
	(void) TickQualTimeRange(scan->dataset, filter, &scan->time_low, &scan->time_high, &low, &high);
	list_segments(scan, low, high);
	choose_inputs(scan, low, high);
}
