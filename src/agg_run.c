/*-------------------------------------------------------------------------
 *
 * agg_run.c
 *	  Compute the groups of an aggregation.
 *
 * The version is resolved, segments are listed and each is answered in turn:
 * from the catalog's zone maps, from its summaries of symbols, or from its
 * rows.  Rows are worked on by threads, row group by row group; this backend
 * reads for them and works with them.
 *
 * Groups are kept in memory.  When they outgrow it, the rows are gone over
 * several times, each time for a part of the hash space, so that memory stays
 * bounded however many groups there are.  Groups of a symbol and a bucket of
 * time, where no two segments can share one, are given out as they are made
 * and not kept at all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "utils/memutils.h"

#include "agg_state.h"
#include "catalog.h"
#include "core/value.h"
#include "segment_cache.h"
#include "tick.h"
#include "version.h"

/* ---- the plan of the core ---- */

static void
mark_expression(const TickExpression *expression, bool *columns)
{
	for (int t = 0; t < expression->terms; t++)
		if (expression->term[t].kind == TICK_TERM_COLUMN)
			columns[expression->term[t].column] = true;
}

static void
mark_filter(const TickFilter *filter, bool *columns)
{
	if (filter->kind == TICK_FILTER_COMPARE || filter->kind == TICK_FILTER_IN ||
		filter->kind == TICK_FILTER_IS_NULL || filter->kind == TICK_FILTER_LIKE)
		columns[filter->column] = true;
	for (int i = 0; i < filter->children; i++)
		mark_filter(filter->child[i], columns);
}

/* The columns that keys, arguments and FILTERs are of. */
static bool *
needed_columns(const TickAggState *state, TickFilter **filters)
{
	const TickAggQuery *query = &state->query;
	bool	   *columns = palloc0(sizeof(bool) * state->dataset->schema.columns);

	for (int k = 0; k < query->keys; k++)
		columns[query->key[k].key.column] |= query->key[k].key.kind != TICK_KEY_PARTITION;
	for (int i = 0; i < query->accumulators; i++)
	{
		const TickAggAccumulator *a = &query->accumulator[i];

		if (a->has_expression)
			mark_expression(&a->expression, columns);
		if (a->has_also)
			mark_expression(&a->also, columns);
		if (a->time >= 0)
			columns[a->time] = true;
		if (filters[i] != NULL)
			mark_filter(filters[i], columns);
	}
	return columns;
}

/* A copy of an expression over wanted columns. */
static int
bind_expression(const TickExpression *expression, const int *index, TickExpression *bound, int *count)
{
	TickExpression *copy = &bound[*count];

	*copy = *expression;
	for (int t = 0; t < copy->terms; t++)
		if (copy->term[t].kind == TICK_TERM_COLUMN)
			copy->term[t].column = index[copy->term[t].column];
	return (*count)++;
}

/* Stored times that the scan's segments may hold. */
static void
time_range(const TickDatasetScan *scan, int64 *low, int64 *high)
{
	if (!TickDatasetScanTimes(scan, low, high))
		*low = *high = 0;
}

static void
bind_keys(TickAggState *state, const int *index)
{
	TickAggQuery *query = &state->query;
	int64		low,
				high;

	time_range(state->scan, &low, &high);
	state->plan.keys = query->keys;
	for (int k = 0; k < query->keys; k++)
	{
		TickAggKey *key = &query->key[k];

		if (key->key.kind == TICK_KEY_PIECES || (key->key.kind == TICK_KEY_WIDTH && key->zone_name != NULL))
		{
			/* another column's times are not known */
			if (key->key.column == state->dataset->schema.time)
				TickAggKeyTable(state->dataset, key, low, high);
			else
				TickAggKeyTable(state->dataset, key, PG_INT64_MIN + TICK_NS_PER_DAY, PG_INT64_MAX);
		}
		state->plan.key[k] = key->key;
		state->plan.key[k].column = index[key->key.column];
	}
}

/* Put the core's plan together over the columns of this start. */
static void
bind_plan(TickAggState *state, TickFilter **filters)
{
	const TickAggQuery *query = &state->query;
	TickAggregatePlan *plan = &state->plan;
	TickExpression *bound = palloc0(sizeof(TickExpression) * (2 * query->accumulators + 1));
	const TickColumn *wanted;
	TickColumn *columns;
	const int  *index;

	memset(plan, 0, sizeof(*plan));
	plan->columns = TickDatasetScanWanted(state->scan, &wanted, &index);
	columns = palloc(sizeof(TickColumn) * (plan->columns + 1));
	memcpy(columns, wanted, sizeof(TickColumn) * plan->columns);
	plan->column = columns;
	plan->time = state->dataset->schema.time >= 0 ? index[state->dataset->schema.time] : -1;
	plan->prunes = tick_enable_zone_maps;
	plan->accumulators = query->accumulators;
	plan->accumulator = palloc0(sizeof(TickAccumulator) * (query->accumulators + 1));
	plan->expression = bound;
	for (int i = 0; i < query->accumulators; i++)
	{
		const TickAggAccumulator *from = &query->accumulator[i];
		TickAccumulator *to = &plan->accumulator[i];

		to->kind = from->kind;
		to->expression = from->has_expression ? bind_expression(&from->expression, index, bound, &plan->expressions) : -1;
		to->also = from->has_also ? bind_expression(&from->also, index, bound, &plan->expressions) : -1;
		to->time = from->time >= 0 ? index[from->time] : -1;
		to->microseconds = from->microseconds;
		to->filter = filters[i] != NULL ? TickFilterCopy(TickFilterRebind(filters[i], index)) : NULL;
	}
	bind_keys(state, index);
	tick_aggregate_plan_finish(plan);
}

/* ---- going over the segments ---- */

/* MemoryContextCallback: end the threads and free what is malloc's. */
static void
release_run(void *arg)
{
	TickAggEndThreads(arg);
}

void
TickAggStop(TickAggState *state)
{
	TickAggEndThreads(state);
	TickAggCloseJoined(state);
	for (int i = 0; i < state->open; i++)
		TickSegmentRelease(state->open_reader[i]);
	state->open = 0;
	MemoryContextReset(state->context);
}

static int
threads(void)
{
	if (IsInParallelMode() || IsParallelWorker())
		return 1;
	return Max(1, Min(tick_threads, max_parallel_workers_per_gather + 1));
}

/* Let the jobs in flight end, and go of their segments. */
static void
finish_jobs(TickAggState *state)
{
	TickError	error;

	TickCheck(tick_aggregate_run_finish(state->run, &error), &error);
	for (int i = 0; i < state->open; i++)
	{
		tick_aggregate_segment_free(state->open_segment[i]);
		TickSegmentRelease(state->open_reader[i]);
	}
	state->open = 0;
}

/* Too many groups: keep the first half of the part only, and come back for the other. */
void
TickAggBoundMemory(TickAggState *state)
{
	TickError	error;

	while (tick_aggregate_table_memory(state->table) > get_hash_memory_limit() * TICK_AGG_MEMORY_FACTOR && state->parts < TICK_AGG_MAX_PARTS)
	{
		TickCheck(tick_aggregate_run_finish(state->run, &error), &error);
		state->part *= 2;
		state->parts *= 2;
		tick_aggregate_table_part(state->table, state->part, state->parts);
		TickCheck(tick_aggregate_table_shrink(state->table, &error), &error);
		TickCheck(tick_aggregate_table_pack(state->table, &error), &error);
	}
}

/* Begin with a segment's row groups. */
static void
open_segment(TickAggState *state, const TickScanSegment *segment, int32 partition)
{
	MemoryContext old;
	TickError	error;

	if (state->open == TICK_AGG_OPEN)
		finish_jobs(state);
	/* groups that are given out as they are made open segments while a row is being made */
	old = MemoryContextSwitchTo(state->context);
	TickCheck(tick_aggregate_segment_create(&state->open_segment[state->open], TickMemoryFor(state->context), &state->plan,
											segment->reader, segment->filter != NULL ? TickFilterCopy(segment->filter) : NULL,
											partition, &error), &error);
	MemoryContextSwitchTo(old);
	state->open_reader[state->open++] = segment->reader;
	state->segment = *segment;
	state->row_group = 0;
	state->range = 0;
	state->counters.by_rows++;
}

/* Add the next row group of the segment that may hold rows; false when there is none. */
static bool
add_row_group(TickAggState *state)
{
	TickScanSegment *segment = &state->segment;
	TickAggregateSegment *opened = state->open_segment[state->open - 1];
	TickError	error;

	for (; state->row_group < tick_segment_row_groups(segment->reader); state->row_group++)
	{
		uint64_t	first;
		uint32_t	rows;

		tick_segment_row_group(segment->reader, state->row_group, &first, &rows);
		while (state->range < segment->ranges && segment->range[state->range].end <= first)
			state->range++;
		if (state->range == segment->ranges)
			break;
		if (segment->range[state->range].first >= first + rows)
			continue;
		if (tick_enable_zone_maps && !tick_aggregate_may_match(opened, state->row_group))
		{
			state->work.row_groups_pruned++;
			continue;
		}
		CHECK_FOR_INTERRUPTS();
		TickCheck(tick_aggregate_run_add(state->run, opened, state->row_group, segment->range + state->range,
										 segment->ranges - state->range, &error), &error);
		state->row_group++;
		return true;
	}
	segment->reader = NULL;
	return false;
}

/* Answer one segment, as cheaply as it can be. */
static void
add_segment(TickAggState *state, const TickSegmentEntry *entry, bool whole, bool zone_maps, bool symbols)
{
	TickScanSegment segment;

	if (whole && zone_maps && TickAggFromCatalog(&state->query, &state->plan, state->table, entry))
	{
		state->counters.by_maps++;
		return;
	}
	TickDatasetScanOpen(state->scan, &segment);
	if (segment.filter == NULL && symbols)
	{
		TickAggFromSymbols(&state->query, &state->plan, state->table, entry->partition, &segment);
		if (segment.ranges == 0)
		{
			state->counters.by_summaries++;
			TickSegmentRelease(segment.reader);
			return;
		}
	}
	open_segment(state, &segment, entry->partition);
	while (add_row_group(state))
		TickAggBoundMemory(state);
}

/* End the run, keeping count of its work. */
static void
end_run(TickAggState *state)
{
	TickAggregateCounters work;

	finish_jobs(state);
	tick_aggregate_run_counters(state->run, &work);
	state->work.row_groups += work.row_groups;
	state->work.chunks += work.chunks;
	state->work.rows += work.rows;
	tick_aggregate_run_free(state->run);
	state->run = NULL;
}

/* Go over all segments, for the part of the groups at hand. */
static void
add_segments(TickAggState *state)
{
	const TickSegmentEntry *entry;
	bool		zone_maps = TickAggUsesZoneMaps(&state->query);
	bool		symbols = TickAggUsesSymbols(&state->query);
	bool		whole;
	TickError	error;

	tick_aggregate_table_clear(state->table);
	tick_aggregate_table_part(state->table, state->part, state->parts);
	TickCheck(tick_aggregate_run_create(&state->run, &state->plan, state->table, threads(), &error), &error);
	if (TickDatasetScanJoins(state->scan))
		TickAggAddJoined(state);
	while (!TickDatasetScanJoins(state->scan) && (entry = TickDatasetScanSegment(state->scan, &whole)) != NULL)
	{
		add_segment(state, entry, whole, zone_maps, symbols);
		TickAggBoundMemory(state);
	}
	end_run(state);
	state->next = 0;
}

/* ---- groups as they are made ---- */

/* Do values of a table of times never come again? */
static bool
ascends(const TickGroupKey *key)
{
	for (int i = 1; i < key->pieces; i++)
		if (key->piece_value[i] <= key->piece_value[i - 1])
			return false;
	return true;
}

/* Do the scan's segments have their rows in order of the dataset's symbol and time? */
static bool
segments_in_order(TickAggState *state)
{
	const TickSchema *schema = &state->dataset->schema;
	const TickSegmentEntry *entry;
	bool		in_order = true;
	bool		whole;

	while (in_order && (entry = TickDatasetScanSegment(state->scan, &whole)) != NULL)
	{
		TickScanSegment segment;
		const TickSchema *stored;

		TickDatasetScanOpen(state->scan, &segment);
		stored = tick_segment_schema(segment.reader);
		in_order = stored->time >= 0 && stored->column[stored->time].id == schema->column[schema->time].id &&
			stored->symbol >= 0 && stored->column[stored->symbol].id == schema->column[schema->symbol].id;
		TickSegmentRelease(segment.reader);
	}
	TickDatasetScanRewind(state->scan);
	return in_order;
}

/*
 * Are groups runs of rows, none of which is in two segments?  Without a time
 * among the keys there are few, and summaries may tell them.
 */
static bool
can_stream(TickAggState *state)
{
	const TickSchema *schema = &state->dataset->schema;
	bool		symbol = false;
	bool		time = false;
	bool		partition = false;
	bool		alone;
	int			segments = TickDatasetScanSegments(state->scan, &alone);

	for (int k = 0; k < state->query.keys; k++)
	{
		const TickGroupKey *key = &state->query.key[k].key;

		if (key->kind == TICK_KEY_VALUE || key->kind == TICK_KEY_TEXT || key->period > 0 ||
			(key->kind == TICK_KEY_PIECES && !ascends(key)))
			return false;
		if (key->kind == TICK_KEY_WIDTH || key->kind == TICK_KEY_PIECES)
		{
			time = true;
			if (key->column != schema->time)
				return false;
		}
		symbol |= key->kind == TICK_KEY_SYMBOL;
		partition |= key->kind == TICK_KEY_PARTITION;
	}
	return symbol && time && (segments <= 1 || (partition && alone)) && segments_in_order(state);
}

/* Add row groups until there is no room or there are none left. */
static void
fill_run(TickAggState *state)
{
	const TickSegmentEntry *entry;
	TickScanSegment segment;
	bool		whole;

	while (tick_aggregate_run_has_room(state->run))
	{
		if (state->segment.reader != NULL)
		{
			(void) add_row_group(state);
			continue;
		}
		/* segments are let go when all of their jobs are done, which only the last ones show */
		if (state->open == TICK_AGG_OPEN || (entry = TickDatasetScanSegment(state->scan, &whole)) == NULL)
			return;
		TickDatasetScanOpen(state->scan, &segment);
		open_segment(state, &segment, entry->partition);
	}
}

/* Get the next job's groups; false at the end. */
static bool
next_groups(TickAggState *state)
{
	TickError	error;

	if (state->groups != NULL)
		tick_aggregate_run_release(state->run);
	state->groups = NULL;
	state->group = 0;
	for (;;)
	{
		fill_run(state);
		TickCheck(tick_aggregate_run_take(state->run, &state->groups, &error), &error);
		if (state->groups != NULL)
			return true;
		if (state->open < TICK_AGG_OPEN)
			return false;
		finish_jobs(state);
	}
}

static TickGroup *
next_streamed(TickAggState *state)
{
	const TickAggregatePlan *plan = &state->plan;
	TickError	error;

	for (;;)
	{
		uint64		groups = state->groups != NULL ? tick_aggregate_groups(state->groups) : 0;
		TickGroup  *group;

		if (state->group >= groups)
		{
			if (state->run != NULL && next_groups(state))
				continue;
			if (state->run != NULL)
				end_run(state);
			if (!state->has_pending)
				return NULL;
			state->has_pending = false;
			return state->pending;
		}
		group = tick_aggregate_group(state->groups, state->group);
		if (state->has_pending && tick_aggregate_same_keys(plan, state->pending, group))
		{
			for (int a = 0; a < plan->accumulators; a++)
				TickCheck(tick_aggregate_combine(plan, a, tick_group_state(plan, state->pending, a),
												 tick_group_state(plan, group, a), &error), &error);
			state->group++;
			continue;
		}
		if (state->has_pending)
		{
			state->has_pending = false;
			memcpy(state->given, state->pending, plan->group_bytes);
			return state->given;
		}
		if (++state->group < groups)
			return group;
		memcpy(state->pending, group, plan->group_bytes);
		state->has_pending = true;
	}
}

static void
start_streaming(TickAggState *state)
{
	TickError	error;

	state->segment.reader = NULL;
	state->groups = NULL;
	state->group = 0;
	state->has_pending = false;
	state->pending = palloc(state->plan.group_bytes);
	state->given = palloc(state->plan.group_bytes);
	TickCheck(tick_aggregate_run_create(&state->run, &state->plan, state->table, threads(), &error), &error);
}

/* ---- start ---- */

/* Fix the version and make the scan. */
static void
open_scan(PlanState *ps, TickAggState *state, const bool *columns)
{
	EState	   *estate = ps->state;
	TickScanOptions options = {.dataset = state->dataset,.columns = columns,.order = TICK_ORDER_NONE};
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);

	TickDatasetCheckSource(state->dataset);
	TickDatasetCheckLayout(state->dataset, estate->es_snapshot);
	options.snapshot = estate->es_snapshot;
	options.version = state->version = TickVersionForScan(state->dataset->source, state->dataset->dataview_as_of,
														  estate->es_snapshot);
	options.zone_maps = TickAggUsesZoneMaps(&state->query);
	state->scan = TickDatasetScanBegin(&options);
	MemoryContextSwitchTo(old);
}

void
TickAggStart(PlanState *ps, TickAggState *state)
{
	ExprContext *econtext = ps->ps_ExprContext;
	TickFilter **filters;
	TickFilter *filter = NULL;
	MemoryContext old;
	TickError	error;

	TickAggStop(state);
	old = MemoryContextSwitchTo(state->context);
	state->guard.func = release_run;
	state->guard.arg = state;
	MemoryContextRegisterResetCallback(state->context, &state->guard);
	filters = palloc0(sizeof(TickFilter *) * (state->query.accumulators + 1));
	for (int i = 0; i < state->query.accumulators; i++)
		if (state->filter[i] != NULL)
			filters[i] = TickQualBuild(state->filter[i], econtext);
	if (state->scan == NULL)
		open_scan(ps, state, needed_columns(state, filters));
	if (state->qual->nodes != NIL)
		filter = TickQualBuild(state->qual, econtext);
	TickDatasetScanStart(state->scan, filter, NULL);
	bind_plan(state, filters);
	TickCheck(tick_aggregate_table_create(&state->table, TickMemoryFor(state->context), &state->plan, &error), &error);
	state->part = 0;
	state->parts = 1;
	state->next = 0;
	state->streams = state->dataset->derived == NULL && can_stream(state);
	if (state->streams)
		start_streaming(state);
	else
		add_segments(state);
	/* without keys there is always one group */
	if (state->query.keys == 0 && tick_aggregate_groups(state->table) == 0)
	{
		int64_t		no_key = 0;
		TickGroup  *group;

		TickCheck(tick_aggregate_find(state->table, &no_key, 0, &group, &error), &error);
	}
	state->started = true;
	MemoryContextSwitchTo(old);
}

/* The part after this one; false when it was the last. */
static bool
next_part(TickAggState *state)
{
	MemoryContext old;

	if (++state->part >= state->parts)
		return false;
	old = MemoryContextSwitchTo(state->context);
	TickDatasetScanRewind(state->scan);
	add_segments(state);
	MemoryContextSwitchTo(old);
	return true;
}

TickGroup *
TickAggNext(TickAggState *state)
{
	if (state->streams)
		return next_streamed(state);
	while (state->next >= tick_aggregate_groups(state->table))
		if (!next_part(state))
			return NULL;
	return tick_aggregate_group(state->table, state->next++);
}
