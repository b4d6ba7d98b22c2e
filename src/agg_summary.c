/*-------------------------------------------------------------------------
 *
 * agg_summary.c
 *	  Aggregates of whole segments and symbols from what is known of them.
 *
 * The catalog keeps each column's zone map, a segment keeps a summary of each
 * symbol.  They answer only what they tell exactly: summaries that were made
 * under stats_where, or of other columns than those that have the roles now,
 * tell nothing, and a symbol whose summary does not tell all is left to be
 * computed from its rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "agg_internal.h"
#include "catalog.h"
#include "core/segment_stats.h"
#include "tick.h"

static bool
keys_are(const TickAggQuery *query, bool symbols)
{
	for (int k = 0; k < query->keys; k++)
		if (query->key[k].key.kind != TICK_KEY_PARTITION &&
			!(symbols && query->key[k].key.kind == TICK_KEY_SYMBOL))
			return false;
	return tick_enable_zone_maps;
}

bool
TickAggUsesSymbols(const TickAggQuery *query)
{
	for (int i = 0; i < query->accumulators; i++)
		if (query->accumulator[i].source == TICK_SOURCE_NONE)
			return false;
	return keys_are(query, true);
}

bool
TickAggUsesZoneMaps(const TickAggQuery *query)
{
	for (int i = 0; i < query->accumulators; i++)
	{
		const TickAggAccumulator *a = &query->accumulator[i];

		if (a->filter != NULL || a->has_also || (a->has_expression && a->column < 0) ||
			(a->kind != TICK_COUNT && a->kind != TICK_SUM && a->kind != TICK_MIN && a->kind != TICK_MAX))
			return false;
	}
	return keys_are(query, false);
}

/* The group of a partition (and symbol). */
static TickGroup *
group_of(const TickAggQuery *query, TickAggregateTable *table, int32 partition, const TickSymbolEntry *symbol)
{
	int64_t		key[TICK_MAX_KEYS] = {0};
	uint32_t	nulls = 0;
	TickGroup  *group;
	TickError	error;

	for (int k = 0; k < query->keys; k++)
	{
		if (query->key[k].key.kind == TICK_KEY_PARTITION)
			key[k] = partition;
		else if (symbol->is_null)
			nulls |= UINT32_C(1) << k;
		else
			TickCheck(tick_aggregate_text_number(table, symbol->name, &key[k], &error), &error);
	}
	TickCheck(tick_aggregate_find(table, key, nulls, &group, &error), &error);
	return group;
}

/* Add one state to a group's, of later rows. */
static void
combine(const TickAggregatePlan *plan, TickGroup *group, int accumulator, const void *state)
{
	TickError	error;

	TickCheck(tick_aggregate_combine(plan, accumulator, tick_group_state(plan, group, accumulator), state, &error), &error);
}

/* ---- zone maps ---- */

/* A state of any kind. */
typedef union AnyState
{
	TickCountState count;
	TickRangeState range;
	TickEdgeState edge;
	TickUnitsState units;
	TickSumState sum;
} AnyState;

/* A column's map; *absent: the segment lacks the column.  NULL when it tells nothing. */
static const TickZoneMap *
map_of(const TickSegmentEntry *entry, const TickColumn *column, bool *absent)
{
	*absent = false;
	for (int i = 0; i < entry->zone_maps; i++)
		if (entry->zone_column[i] == column->id)
			return entry->zone_type[i] == column->type && column->type != TICK_DECIMAL ? &entry->zone_map[i] : NULL;
	*absent = entry->zone_maps >= 0;
	return NULL;
}

/* Least or greatest of a map's values, NaN being the greatest. */
static bool
range_from_map(TickAccumulatorKind kind, TickType type, const TickZoneMap *map, TickRangeState *state)
{
	state->count = map->rows - map->nulls;
	if (state->count == 0)
		return true;
	if (type == TICK_TEXT || (!map->has_range && map->nans < map->rows - map->nulls))
		return false;
	if (type != TICK_DOUBLE)
		state->value.i64 = kind == TICK_MIN ? map->min_i64 : map->max_i64;
	else if (!map->has_range || (kind == TICK_MAX && map->nans > 0))
		state->value.f64 = NAN;
	else
		state->value.f64 = kind == TICK_MIN ? map->min_f64 : map->max_f64;
	return true;
}

static bool
sum_from_map(TickType type, const TickZoneMap *map, AnyState *state)
{
	state->count.count = map->rows - map->nulls;
	if (state->count.count == 0)
		return true;
	if (!map->has_sum || map->sum.overflow)
		return false;
	if (type == TICK_DOUBLE)
	{
		state->sum.sum = map->sum;
		return !map->sum.has_rest || isfinite(map->sum.rest);
	}
	state->units.units = map->sum.units;
	return type == TICK_INT && !map->sum.has_rest && map->sum.scale == 0;
}

/* The accumulator's state of all rows of a segment. */
static bool
state_from_catalog(const TickAggQuery *query, int accumulator, const TickSegmentEntry *entry, AnyState *state)
{
	const TickAggAccumulator *a = &query->accumulator[accumulator];
	const TickColumn *column;
	const TickZoneMap *map;
	bool		absent;

	memset(state, 0, sizeof(*state));
	if (!a->has_expression)
	{
		state->count.count = entry->rows;
		return true;
	}
	column = &query->scope.dataset->schema.column[a->column];
	map = map_of(entry, column, &absent);
	if (map == NULL)
		return absent;
	if (map->rows != entry->rows)
		return false;
	if (a->kind == TICK_COUNT)
		state->count.count = map->rows - map->nulls;
	else if (a->kind == TICK_SUM)
		return sum_from_map(column->type, map, state);
	else
		return range_from_map(a->kind, column->type, map, &state->range);
	return true;
}

bool
TickAggFromCatalog(const TickAggQuery *query, const TickAggregatePlan *plan,
				   TickAggregateTable *table, const TickSegmentEntry *entry)
{
	AnyState   *states = palloc(sizeof(AnyState) * (query->accumulators + 1));
	TickGroup  *group;

	for (int i = 0; i < query->accumulators; i++)
		if (!state_from_catalog(query, i, entry, &states[i]))
			return false;
	group = group_of(query, table, entry->partition, NULL);
	for (int i = 0; group != NULL && i < query->accumulators; i++)
		combine(plan, group, i, &states[i]);
	pfree(states);
	return true;
}

/* ---- summaries of symbols ---- */

/* Are the segment's summaries of all rows, and of the columns that have the roles now? */
static bool
summaries_hold(const TickAggQuery *query, TickSegmentReader *reader)
{
	const TickSchema *now = &query->scope.dataset->schema;
	const TickSchema *then = tick_segment_schema(reader);
	TickStatsShape a,
				b;
	int			pairs[6][2];

	tick_stats_shape(now, &a);
	tick_stats_shape(then, &b);
	memcpy(pairs, (int[6][2])
	{
		{a.open, b.open}, {a.high, b.high}, {a.low, b.low}, {a.close, b.close},
		{a.volume, b.volume}, {a.turnover_price, b.turnover_price}
	}, sizeof(pairs));
	for (int i = 0; i < 6; i++)
	{
		if ((pairs[i][0] < 0) != (pairs[i][1] < 0))
			return false;
		if (pairs[i][0] >= 0 && (now->column[pairs[i][0]].id != then->column[pairs[i][1]].id ||
								 now->column[pairs[i][0]].type != then->column[pairs[i][1]].type ||
								 now->column[pairs[i][0]].scale != then->column[pairs[i][1]].scale))
			return false;
	}
	/* open and close are the first and last of bars' own columns, where each may be null for itself */
	if (a.open >= 0 && a.open != a.close)
		return false;
	return tick_segment_stats_filter_hash(reader) == 0 &&
		(now->time < 0) == (then->time < 0) &&
		(now->time < 0 || now->column[now->time].id == then->column[then->time].id);
}

/* Has the column no nulls in the segment?  (A column that the segment lacks has.) */
static bool
has_no_nulls(const TickAggQuery *query, TickSegmentReader *reader, int column)
{
	const TickSchema *then = tick_segment_schema(reader);
	TickSegmentSummary summary;

	tick_segment_summary(reader, &summary);
	for (int i = 0; i < then->columns; i++)
		if (then->column[i].id == query->scope.dataset->schema.column[column].id)
			return summary.zone_map[i].nulls == 0;
	return false;
}

static bool
sum_is_known(const TickSum *sum)
{
	return !sum->overflow && (!sum->has_rest || isfinite(sum->rest));
}

/* A sum of the summary as the accumulator's state. */
static bool
sum_from_summary(const TickAggAccumulator *a, bool has, const TickSum *sum, int64 count, AnyState *state)
{
	const TickTerm *value = &a->expression.term[a->expression.terms - 1];
	uint8		scale = value->type == TICK_DECIMAL ? value->scale : 0;

	if (!has)
		return true;
	state->count.count = count;
	if (value->type == TICK_DOUBLE)
	{
		state->sum.sum = *sum;
		return sum_is_known(sum);
	}
	state->units.units = sum->units;
	return sum_is_known(sum) && !sum->has_rest && sum->scale == scale;
}

static bool
edge_from_summary(const TickAggAccumulator *a, bool has, TickPrice price, int64 time, AnyState *state)
{
	if (!has)
		return true;
	state->edge.count = 1;
	state->edge.time = a->microseconds ? time / 1000 - (time % 1000 < 0) : time;
	state->edge.value.i64 = price.i64;
	return true;
}

static bool
range_from_summary(bool has, TickPrice price, AnyState *state)
{
	state->range.count = has ? 1 : 0;
	state->range.value.i64 = price.i64;
	return true;
}

/* The accumulator's state of all rows of a symbol; false when its summary does not tell. */
static bool
state_from_summary(const TickAggAccumulator *a, bool counts, const TickSymbolEntry *symbol,
				   const TickSymbolStats *stats, AnyState *state)
{
	memset(state, 0, sizeof(*state));
	switch (a->source)
	{
		case TICK_SOURCE_ROWS:
		case TICK_SOURCE_PRESENT:
			state->count.count = symbol->rows;
			return counts;
		case TICK_SOURCE_OPEN:
			return edge_from_summary(a, stats->has_price, stats->open, stats->open_time, state);
		case TICK_SOURCE_CLOSE:
			return edge_from_summary(a, stats->has_price, stats->close, stats->close_time, state);
		case TICK_SOURCE_HIGH:
			return range_from_summary(stats->has_price, stats->high, state);
		case TICK_SOURCE_LOW:
			return range_from_summary(stats->has_price, stats->low, state);
		case TICK_SOURCE_VOLUME:
			return counts && sum_from_summary(a, stats->has_volume, &stats->volume, symbol->rows, state);
		case TICK_SOURCE_PRICED_VOLUME:
			return counts && !stats->has_unpriced &&
				sum_from_summary(a, stats->has_turnover, &stats->volume, symbol->rows, state);
		case TICK_SOURCE_TURNOVER:
			return counts && sum_from_summary(a, stats->has_turnover, &stats->turnover, symbol->rows, state);
		case TICK_SOURCE_NONE:
			break;
	}
	return false;
}

/* Is each accumulator's count known, where it matters? */
static void
known_counts(const TickAggQuery *query, TickSegmentReader *reader, bool *counts)
{
	for (int i = 0; i < query->accumulators; i++)
	{
		const TickAggAccumulator *a = &query->accumulator[i];

		counts[i] = true;
		if (a->source == TICK_SOURCE_PRESENT || (a->needs_count && a->has_expression))
			for (int t = 0; t < a->expression.terms; t++)
				if (a->expression.term[t].kind == TICK_TERM_COLUMN)
					counts[i] &= has_no_nulls(query, reader, a->expression.term[t].column);
	}
}

/* Add one symbol; false, and nothing done, when its summary does not tell all. */
static bool
add_symbol(const TickAggQuery *query, const TickAggregatePlan *plan, TickAggregateTable *table, int32 partition,
		   const bool *counts, const TickSymbolEntry *symbol, const TickSymbolStats *stats, AnyState *states)
{
	TickGroup  *group;

	for (int i = 0; i < query->accumulators; i++)
		if (!state_from_summary(&query->accumulator[i], counts[i], symbol, stats, &states[i]))
			return false;
	group = group_of(query, table, partition, symbol);
	for (int i = 0; group != NULL && i < query->accumulators; i++)
		combine(plan, group, i, &states[i]);
	return true;
}

void
TickAggFromSymbols(const TickAggQuery *query, const TickAggregatePlan *plan,
				   TickAggregateTable *table, int32 partition, TickScanSegment *segment)
{
	bool	   *counts = palloc(sizeof(bool) * (query->accumulators + 1));
	AnyState   *states = palloc(sizeof(AnyState) * (query->accumulators + 1));
	uint32		symbols = tick_segment_symbols(segment->reader);
	TickSegmentRange *left;
	int			lefts = 0;
	int			range = 0;
	TickError	error;

	if (!summaries_hold(query, segment->reader))
		return;
	known_counts(query, segment->reader, counts);
	left = palloc(sizeof(TickSegmentRange) * (symbols + 1));
	for (uint32 i = segment->ranges > 0 ? tick_segment_symbol_of_row(segment->reader, segment->range[0].first) : symbols;
		 i < symbols; i++)
	{
		TickSymbolEntry symbol;
		TickSymbolStats stats;

		CHECK_FOR_INTERRUPTS();
		tick_segment_symbol(segment->reader, i, &symbol);
		while (range < segment->ranges && segment->range[range].end <= symbol.first_row)
			range++;
		if (range == segment->ranges)
			break;
		if (segment->range[range].first > symbol.first_row)
		{
			i = tick_segment_symbol_of_row(segment->reader, segment->range[range].first) - 1;
			continue;
		}
		TickCheck(tick_segment_symbol_stats(segment->reader, i, &stats, &error), &error);
		if (add_symbol(query, plan, table, partition, counts, &symbol, &stats, states))
			continue;
		if (lefts > 0 && left[lefts - 1].end == symbol.first_row)
			left[lefts - 1].end += symbol.rows;
		else
			left[lefts++] = (TickSegmentRange) {symbol.first_row, symbol.first_row + symbol.rows};
	}
	segment->range = left;
	segment->ranges = lefts;
}
