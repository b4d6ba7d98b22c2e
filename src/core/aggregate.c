/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  Plans, segments and jobs of aggregation; folding what jobs found.
 *
 * What a job finds has keys that are cheap for it: a symbol is its place in
 * the segment's directory, a dictionary-coded text its code.  Folding turns
 * them into the numbers of texts that the whole table shares.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_internal.h"

#include <string.h>

#include "core/cursor.h"

/* Where clocks go back, local buckets may come twice; numbers within a period do so anyhow. */
static bool
key_ascends(const TickGroupKey *key)
{
	bool		ascends = key->kind == TICK_KEY_PIECES || (key->kind == TICK_KEY_WIDTH && key->zone == NULL && key->period == 0);

	for (int i = 1; i < key->pieces && ascends && key->kind == TICK_KEY_PIECES; i++)
		ascends = key->piece_value[i] >= key->piece_value[i - 1];
	return ascends;
}

void
tick_aggregate_plan_finish(TickAggregatePlan *plan)
{
	size_t		offset = sizeof(TickGroup) + plan->keys * sizeof(int64_t);

	for (int k = 0; k < plan->keys; k++)
		plan->key[k].ascends = key_ascends(&plan->key[k]);
	for (int i = 0; i < plan->accumulators; i++)
	{
		plan->accumulator[i].offset = offset;
		offset += tick_state_bytes(plan, &plan->accumulator[i]);
	}
	plan->group_bytes = offset;
}

/* ---- segments ---- */

/* How a wanted column comes out of the segment; false when jobs cannot read it so. */
static bool
bind_column(const TickSchema *schema, const TickColumn *wanted, TickBinding *binding)
{
	const TickColumn *stored = NULL;

	binding->origin = TICK_FROM_NOTHING;
	binding->factor = 1;
	for (int i = 0; i < schema->columns && stored == NULL; i++)
		if (schema->column[i].id == wanted->id)
		{
			stored = &schema->column[i];
			binding->source = i;
		}
	if (stored == NULL)
		return true;
	binding->origin = binding->source == schema->symbol ? TICK_FROM_DIRECTORY : TICK_FROM_CHUNK;
	if (stored->type == wanted->type && stored->scale == wanted->scale)
		return true;
	if (wanted->type == TICK_DECIMAL && (stored->type == TICK_INT || stored->type == TICK_DECIMAL) &&
		wanted->scale >= stored->scale && wanted->scale <= TICK_SUM_MAX_SCALE)
	{
		binding->factor = tick_power_of_ten[wanted->scale - stored->scale];
		return true;
	}
	binding->digits = wanted->type == TICK_TEXT && wanted->number && (stored->type == TICK_INT || stored->type == TICK_DECIMAL);
	return binding->digits;
}

static TickStatus
bind_segment(TickAggregateSegment *s, TickError *error)
{
	const TickAggregatePlan *plan = s->plan;
	const TickSchema *schema = tick_segment_schema(s->reader);
	uint32_t	symbols = tick_segment_symbols(s->reader);

	s->binding = tick_alloc_zero(s->memory, (plan->columns + 1) * sizeof(TickBinding));
	s->symbol_number = tick_alloc_array(s->memory, symbols, sizeof(int64_t));
	if (s->binding == NULL || s->symbol_number == NULL)
		return tick_no_memory(error);
	memset(s->symbol_number, 0xff, symbols * sizeof(int64_t));
	s->null_symbol = tick_segment_null_symbol(s->reader);
	for (int i = 0; i < plan->columns; i++)
	{
		if (!bind_column(schema, &plan->column[i], &s->binding[i]))
			return tick_cursor_refuse(s->reader, &schema->column[s->binding[i].source], &plan->column[i], error);
		if (s->binding[i].origin == TICK_FROM_DIRECTORY)
			TICK_TRY(tick_segment_dictionary(s->reader, &s->names, error));
	}
	s->by_time = plan->time >= 0 && s->binding[plan->time].origin == TICK_FROM_CHUNK &&
		s->binding[plan->time].source == schema->time;
	for (int k = 0; k < plan->keys; k++)
		if (plan->key[k].kind == TICK_KEY_SYMBOL)
			s->by_symbol = s->binding[plan->key[k].column].origin == TICK_FROM_DIRECTORY;
	return TICK_OK;
}

TickStatus
tick_aggregate_segment_create(TickAggregateSegment **segment, const TickMemory *memory,
							  const TickAggregatePlan *plan, TickSegmentReader *reader,
							  const TickFilter *filter, int64_t partition, TickError *error)
{
	TickAggregateSegment *s = tick_alloc_zero(memory, sizeof(*s));
	TickStatus	status;

	*segment = NULL;
	if (s == NULL)
		return tick_no_memory(error);
	s->memory = memory;
	s->plan = plan;
	s->reader = reader;
	s->filter = filter;
	s->partition = partition;
	status = bind_segment(s, error);
	if (status == TICK_OK)
		*segment = s;
	else
		tick_aggregate_segment_free(s);
	return status;
}

void
tick_aggregate_segment_free(TickAggregateSegment *segment)
{
	const TickMemory *memory;

	if (segment == NULL)
		return;
	memory = segment->memory;
	tick_free(memory, segment->binding);
	tick_free(memory, segment->symbol_number);
	tick_free(memory, segment);
}

/* TickFilterZone: what is known of a wanted column in a row group. */
static const TickZoneMap *
zone_of_column(void *context, int i)
{
	TickAggregateSegment *segment = context;
	const TickBinding *binding = &segment->binding[i];
	uint64_t	first_row;
	uint32_t	rows;

	if (binding->origin == TICK_FROM_NOTHING)
	{
		tick_segment_row_group(segment->reader, segment->row_group, &first_row, &rows);
		tick_zone_map_init(&segment->zone_map);
		segment->zone_map.rows = segment->zone_map.nulls = rows;
		return &segment->zone_map;
	}
	if (binding->factor != 1 || binding->digits)
		return NULL;
	return tick_segment_zone_map(segment->reader, segment->row_group, binding->source);
}

bool
tick_aggregate_may_match(TickAggregateSegment *segment, uint32_t row_group)
{
	segment->row_group = row_group;
	return segment->filter == NULL || tick_filter_may_match(segment->filter, zone_of_column, segment);
}

/* ---- jobs ---- */

TickStatus
tick_aggregate_job_create(TickAggregateJob **job, const TickAggregatePlan *plan, TickError *error)
{
	const TickMemory *memory = &tick_memory_malloc;
	TickAggregateJob *j = tick_alloc_zero(memory, sizeof(*j));

	*job = NULL;
	if (j == NULL)
		return tick_no_memory(error);
	j->plan = plan;
	j->kernel = tick_kernels();
	j->prunes = plan->prunes;
	j->column = tick_alloc_zero(memory, (plan->columns + 1) * sizeof(TickJobColumn));
	j->evaluation = tick_alloc_zero(memory, (plan->expressions + 1) * sizeof(TickEvaluation));
	j->accumulator = tick_alloc_zero(memory, (plan->accumulators + 1) * sizeof(TickJobAccumulator));
	j->codes_only = tick_alloc_zero(memory, plan->columns + 1);
	j->slot_group = tick_alloc_zero(memory, TICK_MAX_SLOTS * sizeof(uint32_t));
	j->row_group_of = tick_alloc(memory, TICK_BATCH_ROWS * sizeof(uint32_t));
	j->slot = tick_alloc(memory, TICK_BATCH_ROWS * sizeof(uint16_t));
	j->piece = tick_alloc(memory, TICK_BATCH_ROWS * sizeof(TickGroupPiece));
	if (j->column == NULL || j->evaluation == NULL || j->accumulator == NULL || j->codes_only == NULL ||
		j->slot_group == NULL || j->row_group_of == NULL || j->slot == NULL || j->piece == NULL ||
		tick_aggregate_table_create(&j->table, memory, plan, error) != TICK_OK)
	{
		tick_aggregate_job_free(j);
		return tick_no_memory(error);
	}
	for (int i = 0; i < plan->columns; i++)
		tick_buffer_init(&j->column[i].bytes, memory);
	*job = j;
	return TICK_OK;
}

/* Who fed the job is not needed any more. */
static void
end_feed(TickAggregateJob *job)
{
	if (job->feed.run != NULL)
		job->feed.done(job->feed.context);
	job->feed.run = NULL;
	job->fed = NULL;
}

void
tick_aggregate_job_give(TickAggregateJob *job, const TickAggregateFeed *feed)
{
	job->feed = *feed;
	job->loaded = true;
}

void
tick_aggregate_job_free(TickAggregateJob *job)
{
	const TickMemory *memory = &tick_memory_malloc;

	if (job == NULL)
		return;
	end_feed(job);
	for (int i = 0; job->column != NULL && i < job->plan->columns; i++)
	{
		tick_chunk_close(job->column[i].chunk);
		if (job->column[i].bytes.memory != NULL)
			tick_buffer_free(&job->column[i].bytes);
		tick_vector_free(&job->column[i].values, memory);
		tick_vector_free(&job->column[i].units, memory);
		tick_vector_free(&job->column[i].number, memory);
		tick_free(memory, job->column[i].digit);
		tick_free(memory, job->column[i].fed_validity);
	}
	for (int i = 0; job->evaluation != NULL && i < job->plan->expressions; i++)
		for (int t = 0; t < TICK_MAX_TERMS; t++)
			tick_free(memory, job->evaluation[i].array[t]);
	for (int i = 0; job->accumulator != NULL && i < job->plan->accumulators; i++)
	{
		tick_free(memory, job->accumulator[i].own);
		tick_free(memory, job->accumulator[i].packed_values);
		tick_free(memory, job->accumulator[i].slot_sum);
		tick_free(memory, job->accumulator[i].slot_count);
	}
	tick_free(memory, job->column);
	tick_free(memory, job->evaluation);
	tick_free(memory, job->accumulator);
	tick_free(memory, job->codes_only);
	tick_free(memory, job->slot_group);
	tick_free(memory, job->row_group_of);
	tick_free(memory, job->slot);
	tick_free(memory, job->piece);
	tick_free(memory, job->range);
	tick_aggregate_table_free(job->table);
	tick_free(memory, job);
}

static void
mark_tested(const TickFilter *filter, bool *codes_only)
{
	if (filter == NULL)
		return;
	if (filter->kind == TICK_FILTER_COMPARE || filter->kind == TICK_FILTER_IN ||
		filter->kind == TICK_FILTER_IS_NULL || filter->kind == TICK_FILTER_LIKE)
		codes_only[filter->column] = false;
	for (int i = 0; i < filter->children; i++)
		mark_tested(filter->child[i], codes_only);
}

/* Which columns' texts nobody looks at: those that no filter tests. */
static void
mark_codes(TickAggregateJob *job)
{
	const TickAggregatePlan *plan = job->plan;

	for (int i = 0; i < plan->columns; i++)
		job->codes_only[i] = plan->column[i].type == TICK_TEXT;
	mark_tested(job->segment->filter, job->codes_only);
	for (int i = 0; i < plan->accumulators; i++)
		mark_tested(plan->accumulator[i].filter, job->codes_only);
}

/* The ranges' rows of the row group. */
static TickStatus
take_ranges(TickAggregateJob *job, const TickSegmentRange *range, int ranges, TickError *error)
{
	uint64_t	end = job->first_row + job->rows;

	if (ranges > job->range_capacity)
	{
		TickSegmentRange *grown = tick_resize(&tick_memory_malloc, job->range, ranges * sizeof(*grown));

		if (grown == NULL)
			return tick_no_memory(error);
		job->range = grown;
		job->range_capacity = ranges;
	}
	job->ranges = 0;
	for (int i = 0; i < ranges; i++)
	{
		TickSegmentRange part = range[i];

		part.first = part.first > job->first_row ? part.first : job->first_row;
		part.end = part.end < end ? part.end : end;
		if (part.first < part.end)
			job->range[job->ranges++] = part;
	}
	return TICK_OK;
}

TickStatus
tick_aggregate_job_load(TickAggregateJob *job, TickAggregateSegment *segment, uint32_t row_group,
						const TickSegmentRange *range, int ranges, TickError *error)
{
	job->segment = segment;
	job->row_group = row_group;
	tick_segment_row_group(segment->reader, row_group, &job->first_row, &job->rows);
	TICK_TRY(take_ranges(job, range, ranges, error));
	mark_codes(job);
	for (int i = 0; i < job->plan->columns; i++)
	{
		if (segment->binding[i].origin != TICK_FROM_CHUNK)
			continue;
		TICK_TRY(tick_segment_read_chunk_bytes(segment->reader, row_group, segment->binding[i].source,
											   &job->column[i].bytes, error));
		job->counters.chunks++;
	}
	job->counters.row_groups++;
	job->loaded = true;
	return TICK_OK;
}

uint64_t
tick_aggregate_job_rows(const TickAggregateJob *job)
{
	uint64_t	rows = 0;

	for (int i = 0; i < job->ranges; i++)
		rows += job->range[i].end - job->range[i].first;
	return rows;
}

/* ---- folding ---- */

/* A group that is of another part of the keys. */
#define ELSEWHERE UINT32_MAX

/* What a key says that is a symbol's place or a code. */
static TickString
key_text(TickAggregateJob *job, int k, int64_t key)
{
	const TickJobColumn *column = &job->column[job->plan->key[k].column];
	TickSymbolEntry entry;

	if (job->plan->key[k].kind == TICK_KEY_SYMBOL && job->segment->by_symbol)
	{
		tick_segment_symbol(job->segment->reader, (uint32_t) key, &entry);
		return entry.name;
	}
	return column->shown.codes != NULL ? column->shown.dictionary[key] : tick_aggregate_text(job->table, key);
}

/* Is a job's group of the part that the table keeps?  Told before its texts are, which would stay otherwise. */
static bool
group_in_part(const TickAggregateTable *table, TickAggregateJob *job, const TickGroup *group)
{
	uint64_t	hash = group->nulls;

	if (tick_aggregate_parts(table) == 1)
		return true;
	for (int k = 0; k < job->plan->keys; k++)
	{
		TickString	text = {NULL, 0};
		bool		is_text = tick_key_is_text(&job->plan->key[k]) && !(group->nulls >> k & 1);

		if (is_text)
			text = key_text(job, k, group->key[k]);
		hash = tick_part_hash(hash, is_text ? NULL : &group->key[k], is_text ? &text : NULL);
	}
	return tick_aggregate_in_part(table, hash);
}

/* The text number of such a key. */
static TickStatus
translate_key(TickAggregateTable *table, TickAggregateJob *job, int k, int64_t *key, TickError *error)
{
	TickAggregateSegment *segment = job->segment;
	bool		by_symbol = job->plan->key[k].kind == TICK_KEY_SYMBOL && segment->by_symbol;
	int64_t    *known = by_symbol ? &segment->symbol_number[*key] : NULL;

	if (known == NULL || *known < 0)
	{
		TICK_TRY(tick_aggregate_text_number(table, key_text(job, k, *key), key, error));
		if (known != NULL)
			*known = *key;
		return TICK_OK;
	}
	*key = *known;
	return TICK_OK;
}

/* Check the job, and bring its groups' keys to the table's. */
static TickStatus
translate_groups(TickAggregateTable *table, TickAggregateJob *job, TickError *error)
{
	const TickAggregatePlan *plan = job->plan;
	TickAggregateSegment *segment = job->segment;
	uint64_t	groups = tick_aggregate_groups(job->table);

	job->loaded = false;
	if (job->status != TICK_OK)
	{
		if (error != NULL)
			*error = job->error;
		return job->status;
	}
	/* a job that is fed may have been given nothing yet */
	if (segment != NULL && segment->by_symbol && segment->generation != tick_aggregate_generation(table))
	{
		memset(segment->symbol_number, 0xff, tick_segment_symbols(segment->reader) * sizeof(int64_t));
		segment->generation = tick_aggregate_generation(table);
	}
	for (uint64_t g = 0; g < groups; g++)
	{
		TickGroup  *group = tick_aggregate_group(job->table, g);

		if (!group_in_part(table, job, group))
		{
			group->nulls = ELSEWHERE;
			continue;
		}
		for (int k = 0; k < plan->keys; k++)
			if (tick_key_is_text(&plan->key[k]) && !(group->nulls >> k & 1))
				TICK_TRY(translate_key(table, job, k, &group->key[k], error));
	}
	return TICK_OK;
}

/* The chunks are not needed any more. */
static void
end_job(TickAggregateJob *job, TickAggregateCounters *counters)
{
	tick_job_close_columns(job);
	end_feed(job);
	counters->row_groups += job->counters.row_groups;
	counters->chunks += job->counters.chunks;
	counters->rows += job->counters.rows;
	memset(&job->counters, 0, sizeof(job->counters));
}

TickStatus
tick_aggregate_fold(TickAggregateTable *table, TickAggregateJob *job,
					TickAggregateCounters *counters, TickError *error)
{
	const TickAggregatePlan *plan = job->plan;
	uint64_t	groups = tick_aggregate_groups(job->table);

	/* what it holds was folded: its keys are the table's, and its rows would count twice */
	if (!job->loaded)
		return TICK_OK;
	TICK_TRY(translate_groups(table, job, error));
	for (uint64_t g = 0; g < groups; g++)
	{
		TickGroup  *from = tick_aggregate_group(job->table, g);
		TickGroup  *to;

		if (from->nulls == ELSEWHERE)
			continue;
		TICK_TRY(tick_aggregate_find(table, from->key, from->nulls, &to, error));
		for (int a = 0; to != NULL && a < plan->accumulators; a++)
			TICK_TRY(tick_aggregate_combine(plan, a, tick_group_state(plan, to, a),
											tick_group_state(plan, from, a), error));
	}
	end_job(job, counters);
	return TICK_OK;
}

TickStatus
tick_aggregate_take(TickAggregateTable *table, TickAggregateJob *job,
					TickAggregateCounters *counters, TickError *error)
{
	TICK_TRY(translate_groups(table, job, error));
	end_job(job, counters);
	return TICK_OK;
}

const TickAggregateTable *
tick_aggregate_job_table(const TickAggregateJob *job)
{
	return job->table;
}

bool
tick_aggregate_same_keys(const TickAggregatePlan *plan, const TickGroup *a, const TickGroup *b)
{
	bool		same = a->nulls == b->nulls;

	for (int k = 0; k < plan->keys && same; k++)
		same = a->key[k] == b->key[k];
	return same;
}
