/*-------------------------------------------------------------------------
 *
 * agg_join.c
 *	  Compute the groups of an aggregation in two steps.
 *
 * The sides are read first (agg_join_side.c).  Then the dataset is aggregated
 * by the join's columns, of the keys that were found where that narrows what
 * is read.  Each of its groups looks up its rows of every side, and its
 * states are added to the group of each combination of them, as often as
 * such rows came.
 *
 * The column of count(DISTINCT column) is a key of the dataset's aggregation
 * too, which the result does not have: a group is one value then.  Where rows
 * are joined it may come to a group of the result again, so that the values
 * that were counted are kept.
 *
 * Rows of sides and their groups are kept in memory, which the planner has
 * estimated.  Groups of the result are bounded as those of agg_run.c: when
 * there are too many, the dataset is gone over once for each part of their
 * hash space.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/memutils.h"

#include "agg_join.h"
#include "tick.h"

/* With more keys than these a filter by them costs more than it saves. */
#define MAX_FILTER_KEYS 1000000

/* ---- the dataset, of the keys alone ---- */

/* May an argument raise an error, which rows that are not joined must not? */
static bool
may_fail(const TickAggQuery *query)
{
	for (int i = 0; i < query->accumulators; i++)
		if (query->accumulator[i].has_expression &&
			(query->accumulator[i].expression.terms > 1 || query->accumulator[i].kind == TICK_SUM ||
			 query->accumulator[i].kind == TICK_MOMENTS))
			return true;
	return false;
}

/* Does the key say which rows are read, so that a filter costs next to nothing? */
static bool
narrows(const TickAggKey *key)
{
	return key->key.kind == TICK_KEY_SYMBOL || key->key.kind == TICK_KEY_PARTITION ||
		(key->attribute != NULL && key->attribute->kind == TICK_ATTRIBUTE_DATE);
}

/* Append the filters of a side's keys. */
static List *
add_filters(TickJoinState *state, const TickJoinSide *side, List *clauses)
{
	const TickAggState *aggregation = &state->aggregation;
	bool		all = may_fail(&aggregation->query);

	/* of no row at all none is read */
	if (side->type != JOIN_LEFT && side->rows == 0)
		return lappend(clauses, makeBoolConst(false, false));
	if (side->type == JOIN_LEFT || !tick_enable_filter_pushdown || tick_aggregate_groups(side->key) > MAX_FILTER_KEYS)
		return clauses;
	for (int k = 0; k < side->joins; k++)
	{
		Node	   *filter;

		if (!all && !narrows(&aggregation->query.key[side->column[k]]))
			continue;
		filter = TickJoinFilter(side, k);
		if (TickQualPushable(aggregation->dataset, state->relid, (Expr *) filter))
			clauses = lappend(clauses, filter);
	}
	return clauses;
}

/* The conditions of this pass: those that were pushed, and the keys of the sides. */
static TickQual *
prepare_conditions(TickJoinState *state)
{
	List	   *clauses = list_copy(state->clauses);

	for (int i = 0; i < state->sides; i++)
		clauses = add_filters(state, &state->side[i], clauses);
	return TickQualPrepare(state->aggregation.dataset, state->relid, clauses, &state->css.ss.ps);
}

/* ---- groups of the dataset to those of the result ---- */

/* What a number of one table's texts is in another; forgotten when the first table is cleared. */
static int64
translate_text(TickJoinState *state, TickJoinTexts *texts, int64 number, TickAggregateTable *to)
{
	TickError	error;

	if (number >= texts->capacity)
	{
		int64		capacity = Max(1024, (number + 1) * 2);

		texts->number = texts->number == NULL ? MemoryContextAllocHuge(state->pass_context, capacity * sizeof(int64)) :
			repalloc_huge(texts->number, capacity * sizeof(int64));
		memset(texts->number + texts->capacity, 0xff, (capacity - texts->capacity) * sizeof(int64));
		texts->capacity = capacity;
	}
	if (texts->number[number] < 0)
	{
		int64_t		found;

		TickCheck(tick_aggregate_text_number(to, tick_aggregate_text(state->aggregation.table, number), &found, &error), &error);
		texts->number[number] = found;
	}
	return texts->number[number];
}

/* Texts have other numbers now. */
static void
forget_texts(TickJoinTexts *texts, int count)
{
	for (int k = 0; k < count; k++)
		if (texts[k].capacity > 0)
			memset(texts[k].number, 0xff, texts[k].capacity * sizeof(int64));
}

/* First row of a side that a group of the dataset is joined with, or NULL. */
static TickJoinRow *
first_row(TickJoinState *state, TickJoinSide *side, const TickGroup *group)
{
	const TickAggState *aggregation = &state->aggregation;
	TickJoinRow *unmatched = side->type == JOIN_LEFT ? &side->null_row : NULL;
	int64_t		number[TICK_JOIN_MAX];
	TickJoinRow *row;

	for (int k = 0; k < side->joins; k++)
	{
		int			place = side->column[k];
		const TickAggKey *column = &aggregation->query.key[place];

		if (group->nulls >> place & 1)
			return unmatched;
		if (column->show == TICK_SHOW_TEXT)
			number[k] = translate_text(state, &side->text[k], group->key[place], side->key);
		else
			number[k] = TickJoinNumber(NULL, column->attribute->type,
									   TickAggKeyDatum(aggregation->dataset, column, aggregation->table, group->key[place]));
	}
	row = TickJoinFirst(side, number);
	return row != NULL ? row : unmatched;
}

static void
add_states(TickJoinState *state, const TickAggregatePlan *to_plan, TickGroup *to, TickGroup *from)
{
	const TickAggregatePlan *from_plan = &state->aggregation.plan;
	TickError	error;

	for (int a = 0; a < to_plan->accumulators; a++)
		TickCheck(tick_aggregate_combine(to_plan, a, tick_group_state(to_plan, to, a),
										 tick_group_state(from_plan, from, a), &error), &error);
}

/* Add the states of a group so many times, by doubling them. */
static void
add_times(TickJoinState *state, TickGroup *to, TickGroup *from, int64 times)
{
	size_t		bytes = state->aggregation.plan.group_bytes;

	if (times > 1)
	{
		memcpy(state->power, from, bytes);
		from = state->power;
	}
	for (;;)
	{
		if (times & 1)
			add_states(state, &state->plan, to, from);
		times >>= 1;
		if (times == 0)
			break;
		memcpy(state->copy, from, bytes);
		add_states(state, &state->aggregation.plan, from, state->copy);
	}
}

/* Count the value of a group in a group of the result, unless it was before. */
static void
count_unseen(TickJoinState *state, TickGroup *to, const TickGroup *group, const int64_t *number, uint32 nulls)
{
	int			keys = state->plan.keys;
	int64_t		value[TICK_MAX_KEYS];
	TickGroup  *seen;
	TickCountState *bits;
	TickError	error;

	memcpy(value, number, keys * sizeof(int64_t));
	value[keys] = group->key[state->distinct];
	if (state->aggregation.query.key[state->distinct].show == TICK_SHOW_TEXT)
		value[keys] = translate_text(state, &state->seen_text, value[keys], state->seen);
	TickCheck(tick_aggregate_find(state->seen, value, nulls, &seen, &error), &error);
	bits = tick_group_state(&state->seen_plan, seen, 0);
	for (int a = 0; a < state->plan.accumulators; a++)
		if ((state->found & ~(uint64) bits->count) >> a & 1)
			((TickCountState *) tick_group_state(&state->plan, to, a))->count++;
	bits->count |= (int64) state->found;
}

/*
 * Add a group so many times for each combination of its rows of the sides
 * from one on; number has the groups of those before.
 */
static void
add_combinations(TickJoinState *state, TickGroup *group, int side, TickJoinRow *const *first,
				 int64_t *number, uint32 nulls, int64 times)
{
	TickGroup  *to;
	TickError	error;

	if (side == state->sides)
	{
		TickCheck(tick_aggregate_find(state->result, number, nulls, &to, &error), &error);
		if (to != NULL && state->found != 0 && state->sides > 0)
			count_unseen(state, to, group, number, nulls);
		if (to != NULL)
			add_times(state, to, group, times);
		return;
	}
	for (TickJoinRow *row = first[side]; row != NULL; row = TickJoinNextRow(&state->side[side], row))
	{
		int64		product;

		if (pg_mul_s64_overflow(times, row->count, &product))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("bigint out of range")));
		number[side] = TickJoinGroupNumber(&state->side[side], row);
		add_combinations(state, group, side + 1, first, number, nulls, product);
	}
}

/*
 * Of the rows that count(DISTINCT ...) found in a group make the one value
 * that they have; with joins it is left to count_unseen().
 */
static void
count_values(TickJoinState *state, TickGroup *group)
{
	const TickAggState *aggregation = &state->aggregation;

	state->found = 0;
	for (int a = 0; a < aggregation->query.accumulators; a++)
		if (aggregation->query.accumulator[a].distinct)
		{
			TickCountState *count = tick_group_state(&aggregation->plan, group, a);

			if (count->count > 0 && !(group->nulls >> state->distinct & 1))
				state->found |= UINT64CONST(1) << a;
			count->count = state->sides == 0 ? state->found >> a & 1 : 0;
		}
}

/* Add a group of the dataset to those of the rows that it is joined with. */
static void
take_group(TickJoinState *state, TickGroup *group)
{
	TickJoinRow *first[TICK_MAX_KEYS];
	int64_t		number[TICK_MAX_KEYS];
	uint32		nulls = 0;

	for (int i = 0; i < state->sides; i++)
		if ((first[i] = first_row(state, &state->side[i], group)) == NULL)
			return;
	for (int k = 0; k < state->dataset_keys; k++)
	{
		int			key = state->key_of[k];
		int			place = state->sides + k;

		number[place] = group->key[key];
		if (group->nulls >> key & 1)
			nulls |= 1u << place;
		else if (state->aggregation.query.key[key].show == TICK_SHOW_TEXT)
			number[place] = translate_text(state, &state->key_text[k], group->key[key], state->result);
	}
	count_values(state, group);
	add_combinations(state, group, 0, first, number, nulls, 1);
}

/* Too many groups: keep the first half of the part only, and come back for the other. */
static void
bound_memory(TickJoinState *state)
{
	TickError	error;

	while (tick_aggregate_table_memory(state->result) > get_hash_memory_limit() * TICK_AGG_MEMORY_FACTOR &&
		   state->parts < TICK_AGG_MAX_PARTS)
	{
		state->part *= 2;
		state->parts *= 2;
		tick_aggregate_table_part(state->result, state->part, state->parts);
		TickCheck(tick_aggregate_table_shrink(state->result, &error), &error);
		/* what was seen is known by the numbers of texts */
		if (state->seen == NULL)
		{
			TickCheck(tick_aggregate_table_pack(state->result, &error), &error);
			forget_texts(state->key_text, lengthof(state->key_text));
		}
	}
}

/* ---- passes ---- */

/* A table for count_unseen(). */
static void
make_seen(TickJoinState *state)
{
	TickAggregatePlan *plan = &state->seen_plan;
	TickError	error;

	memset(plan, 0, sizeof(*plan));
	memset(&state->seen_text, 0, sizeof(state->seen_text));
	plan->keys = state->plan.keys + 1;
	plan->accumulators = 1;
	plan->accumulator = palloc0(sizeof(TickAccumulator));
	plan->accumulator->kind = TICK_COUNT;
	plan->accumulator->expression = -1;
	tick_aggregate_plan_finish(plan);
	TickCheck(tick_aggregate_table_create(&state->seen, TickMemoryFor(state->pass_context), plan, &error), &error);
}

/* An empty result, of the aggregation's states under its own keys. */
static void
make_result(TickJoinState *state)
{
	const TickAggregatePlan *from = &state->aggregation.plan;
	TickAggregatePlan *plan = &state->plan;
	TickError	error;

	for (int i = 0; i < state->sides; i++)
		memset(state->side[i].text, 0, sizeof(state->side[i].text));
	memset(state->key_text, 0, sizeof(state->key_text));
	state->text_part = state->aggregation.part;
	*plan = *from;
	plan->keys = state->sides + state->dataset_keys;
	Assert(plan->keys <= lengthof(plan->key));
	for (int i = 0; i < state->sides; i++)
		plan->key[i].kind = TICK_KEY_VALUE;
	for (int k = 0; k < state->dataset_keys; k++)
		plan->key[state->sides + k].kind = state->aggregation.query.key[state->key_of[k]].show == TICK_SHOW_TEXT ?
			TICK_KEY_TEXT : TICK_KEY_VALUE;
	plan->accumulator = palloc0(sizeof(TickAccumulator) * (from->accumulators + 1));
	memcpy(plan->accumulator, from->accumulator, sizeof(TickAccumulator) * from->accumulators);
	tick_aggregate_plan_finish(plan);
	state->power = palloc(from->group_bytes);
	state->copy = palloc(from->group_bytes);
	TickCheck(tick_aggregate_table_create(&state->result, TickMemoryFor(state->pass_context), plan, &error), &error);
	tick_aggregate_table_part(state->result, state->part, state->parts);
	if (state->distinct >= 0 && state->sides > 0)
		make_seen(state);
}

/* Go over the dataset for the part of the groups at hand. */
static void
run_pass(TickJoinState *state)
{
	PlanState  *ps = &state->css.ss.ps;
	TickGroup  *group;
	MemoryContext old;
	uint64		taken = 0;
	TickError	error;

	MemoryContextReset(state->pass_context);
	state->result = NULL;
	old = MemoryContextSwitchTo(state->pass_context);
	state->aggregation.qual = prepare_conditions(state);
	TickAggStart(ps, &state->aggregation);
	make_result(state);
	while ((group = TickAggNext(&state->aggregation)) != NULL)
	{
		if (state->text_part != state->aggregation.part)
		{
			for (int i = 0; i < state->sides; i++)
				forget_texts(state->side[i].text, lengthof(state->side[i].text));
			forget_texts(state->key_text, lengthof(state->key_text));
			forget_texts(&state->seen_text, 1);
			state->text_part = state->aggregation.part;
		}
		take_group(state, group);
		if ((++taken & 1023) == 0)
		{
			CHECK_FOR_INTERRUPTS();
			bound_memory(state);
		}
	}
	/* without keys there is always one group */
	if (state->shown + state->dataset_keys == 0)
	{
		int64_t		no_key[TICK_MAX_KEYS] = {0};

		TickCheck(tick_aggregate_find(state->result, no_key, 0, &group, &error), &error);
	}
	TickAggStop(&state->aggregation);
	MemoryContextSwitchTo(old);
	state->next = 0;
}

TickGroup *
TickJoinNext(TickJoinState *state)
{
	if (!state->started)
	{
		state->part = 0;
		state->parts = 1;
		for (int i = 0; i < state->sides; i++)
			TickJoinReadRows(&state->side[i]);
		run_pass(state);
		state->started = true;
	}
	CHECK_FOR_INTERRUPTS();
	while (state->next >= tick_aggregate_groups(state->result))
	{
		if (state->part + 1 >= state->parts)
			return NULL;
		state->part++;
		run_pass(state);
	}
	return tick_aggregate_group(state->result, state->next++);
}
