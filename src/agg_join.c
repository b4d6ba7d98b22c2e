/*-------------------------------------------------------------------------
 *
 * agg_join.c
 *	  Compute the groups of an aggregation below a join.
 *
 * The other side is read first, and its distinct rows are kept by join key:
 * only the columns that groups are made of, so they are few.  Then the
 * dataset is aggregated by the join's columns, of the symbols and days that
 * the keys name and no others.  Each of its groups looks up its key, and its
 * states are added to the group of each row found there, as often as the row
 * came.
 *
 * A row's own group is made when the first group of the dataset comes to it:
 * expressions are evaluated for rows of the join alone, as in any other plan,
 * and so are arguments of aggregates where keys are symbols or days.
 *
 * Rows and groups of the other side are kept in memory, which the planner
 * has estimated.  Groups of the result are bounded as those of agg_run.c:
 * when there are too many, the dataset is gone over once for each part of
 * their hash space.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "agg_join.h"
#include "tick.h"

#define FIRST_SLOTS 1024
#define FIRST_GROUPS 256
/* With more keys than these a filter by them costs more than it saves. */
#define MAX_FILTER_KEYS 1000000

/* ---- rows of the other side ---- */

/* A value of a join key as a number that it alone has; texts are numbered by the table. */
static int64
key_number(TickAggregateTable *table, Oid type, Datum value)
{
	text	   *string;
	int64		number = 0;
	TickError	error;

	switch (type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case DATEOID:
			return DatumGetDateADT(value);
		case INT8OID:
			return DatumGetInt64(value);
		default:
			string = DatumGetTextPP(value);
			TickCheck(tick_aggregate_text_number(table, (TickString) {VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string)},
												 &number, &error), &error);
			return number;
	}
}

/* The number back as a value. */
static Datum
key_value(const TickAggregateTable *table, Oid type, int64 number)
{
	TickString	string;

	switch (type)
	{
		case INT2OID:
			return Int16GetDatum((int16) number);
		case INT4OID:
			return Int32GetDatum((int32) number);
		case DATEOID:
			return DateADTGetDatum((DateADT) number);
		case INT8OID:
			return Int64GetDatum(number);
		default:
			string = tick_aggregate_text(table, number);
			return PointerGetDatum(cstring_to_text_with_len(string.data, (int) string.length));
	}
}

/* The values of a row, past a header that may tell how the row was made. */
#define ROW_VALUES offsetof(MinimalTupleData, t_bits)

static uint32
hash_of_row(MinimalTuple tuple)
{
	return hash_bytes((const unsigned char *) tuple + ROW_VALUES, (int) (tuple->t_len - ROW_VALUES));
}

/* Where a row with these bytes is, or the free slot where it belongs. */
static uint32
slot_of_row(const TickJoinState *state, uint32 hash, MinimalTuple tuple)
{
	uint32		at = hash & (state->slots - 1);

	for (; state->slot[at] != 0; at = (at + 1) & (state->slots - 1))
	{
		const TickJoinRow *row = &state->row[state->slot[at] - 1];

		if (tuple != NULL && row->hash == hash && row->tuple->t_len == tuple->t_len &&
			memcmp((char *) row->tuple + ROW_VALUES, (char *) tuple + ROW_VALUES, tuple->t_len - ROW_VALUES) == 0)
			break;
	}
	return at;
}

/* Room for another row, and slots at least twice as many as rows. */
static void
make_room(TickJoinState *state)
{
	if (state->rows == state->row_capacity)
	{
		state->row_capacity = Max(FIRST_SLOTS / 2, state->row_capacity * 2);
		if (state->row_capacity > PG_INT32_MAX / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many rows to join aggregates with"),
					 errhint("Set tick.enable_aggregate_pushdown off for this query.")));
		state->row = state->row == NULL ? MemoryContextAllocHuge(state->context, state->row_capacity * sizeof(TickJoinRow)) :
			repalloc_huge(state->row, state->row_capacity * sizeof(TickJoinRow));
		if (state->slot != NULL)
			pfree(state->slot);
		state->slots = (uint32) state->row_capacity * 2;
		state->slot = MemoryContextAllocExtended(state->context, state->slots * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		for (int64 i = 0; i < state->rows; i++)
			state->slot[slot_of_row(state, state->row[i].hash, NULL)] = (uint32) i + 1;
	}
}

/* Keep a new row, in front of those of the same key. */
static void
add_row(TickJoinState *state, TupleTableSlot *slot, MinimalTuple tuple, uint32 hash)
{
	int64_t		number[TICK_JOIN_MAX];
	TickGroup  *key;
	TickCountState *first;
	TickJoinRow *row;
	TickError	error;

	for (int k = 0; k < state->joins; k++)
		number[k] = key_number(state->key, state->type[k], slot->tts_values[k]);
	TickCheck(tick_aggregate_find(state->key, number, 0, &key, &error), &error);
	first = tick_group_state(&state->key_plan, key, 0);
	make_room(state);
	row = &state->row[state->rows];
	row->hash = hash;
	row->next = (uint32) first->count;
	row->group = 0;
	row->count = 1;
	row->tuple = MemoryContextAlloc(state->context, tuple->t_len);
	memcpy(row->tuple, tuple, tuple->t_len);
	first->count = ++state->rows;
	state->slot[slot_of_row(state, hash, row->tuple)] = (uint32) state->rows;
}

/* Take a row of the child: null never equals anything. */
static void
take_row(TickJoinState *state, TupleTableSlot *slot)
{
	MinimalTuple tuple;
	bool		should_free;
	uint32		hash;
	uint32		at;

	slot_getallattrs(slot);
	for (int k = 0; k < state->joins; k++)
		if (slot->tts_isnull[k])
			return;
	tuple = ExecFetchSlotMinimalTuple(slot, &should_free);
	hash = hash_of_row(tuple);
	at = state->slots > 0 ? slot_of_row(state, hash, tuple) : 0;
	if (state->slots > 0 && state->slot[at] != 0)
		state->row[state->slot[at] - 1].count++;
	else
		add_row(state, slot, tuple, hash);
}

static void
read_rows(TickJoinState *state)
{
	PlanState  *child = linitial(state->css.custom_ps);
	TupleTableSlot *slot;
	TickError	error;
	MemoryContext old;

	TickJoinForget(state);
	state->key_plan.keys = state->joins;
	state->key_plan.accumulators = 1;
	state->key_plan.accumulator = MemoryContextAllocZero(state->context, sizeof(TickAccumulator));
	state->key_plan.accumulator->kind = TICK_COUNT;
	state->key_plan.accumulator->expression = -1;
	tick_aggregate_plan_finish(&state->key_plan);
	TickCheck(tick_aggregate_table_create(&state->key, TickMemoryFor(state->context), &state->key_plan, &error), &error);
	if (child->chgParam == NULL && state->has_read)
		ExecReScan(child);
	state->has_read = true;
	while (slot = ExecProcNode(child), !TupIsNull(slot))
	{
		ResetExprContext(state->row_context);
		old = MemoryContextSwitchTo(state->row_context->ecxt_per_tuple_memory);
		take_row(state, slot);
		MemoryContextSwitchTo(old);
	}
	state->has_rows = true;
}

void
TickJoinForget(TickJoinState *state)
{
	MemoryContextReset(state->context);
	state->has_rows = false;
	state->started = false;
	state->key = NULL;
	state->rows = state->row_capacity = 0;
	state->row = NULL;
	state->slot = NULL;
	state->slots = 0;
	state->groups = NULL;
	state->group_tuple = NULL;
	state->group_count = state->group_capacity = 0;
}

/* ---- groups of the other side ---- */

/* A table of the groups, by equality of the keys as the query has it. */
static void
make_groups(TickJoinState *state)
{
	CustomScan *plan = (CustomScan *) state->css.ss.ps.plan;
	List	   *operators = list_nth(plan->custom_private, TICK_JOIN_KEY_OPERATORS);
	TupleDesc	desc = state->value_slot->tts_tupleDescriptor;
	AttrNumber *columns = palloc(sizeof(AttrNumber) * Max(state->keys, 1));
	Oid		   *collations = palloc(sizeof(Oid) * Max(state->keys, 1));
	Oid		   *equalities = palloc(sizeof(Oid) * Max(state->keys, 1));
	Oid		   *functions;
	FmgrInfo   *hashes;

	for (int k = 0; k < state->keys; k++)
	{
		columns[k] = k + 1;
		collations[k] = TupleDescAttr(desc, k)->attcollation;
		equalities[k] = list_nth_oid(operators, k);
	}
	execTuplesHashPrepare(state->keys, equalities, &functions, &hashes);
	state->groups = TickTupleHash(&state->css.ss.ps, desc, state->keys, columns, functions, hashes, collations,
								  FIRST_GROUPS, state->context, state->row_context->ecxt_per_tuple_memory);
}

/* Number of the group of the values at hand. */
static int64
group_of_values(TickJoinState *state)
{
	bool		is_new;
	TupleHashEntry entry = LookupTupleHashEntry(state->groups, state->value_slot, &is_new, NULL);
	int64	   *number = TickTupleHashNumber(state->groups, entry, is_new, state->context);

	if (!is_new)
		return *number;
	if (state->group_count == state->group_capacity)
	{
		state->group_capacity = Max(FIRST_GROUPS, state->group_capacity * 2);
		state->group_tuple = state->group_tuple == NULL ?
			MemoryContextAllocHuge(state->context, state->group_capacity * sizeof(MinimalTuple)) :
			repalloc_huge(state->group_tuple, state->group_capacity * sizeof(MinimalTuple));
	}
	state->group_tuple[state->group_count] = TickTupleHashTuple(entry);
	*number = state->group_count;
	return state->group_count++;
}

/* Number of a row's group: the first time, from its expressions. */
static int64
group_of_row(TickJoinState *state, TickJoinRow *row)
{
	ExprContext *econtext = state->row_context;
	TupleTableSlot *slot = state->value_slot;
	int			place = 0;
	ListCell   *cell;
	MemoryContext old;

	if (state->shown == 0)
		return 0;
	if (row->group > 0)
		return row->group - 1;
	ResetExprContext(econtext);
	old = MemoryContextSwitchTo(state->context);
	if (state->groups == NULL)
		make_groups(state);
	MemoryContextSwitchTo(old);
	econtext->ecxt_outertuple = ExecStoreMinimalTuple(row->tuple, state->row_slot, false);
	ExecClearTuple(slot);
	foreach(cell, state->expressions)
	{
		slot->tts_values[place] = ExecEvalExprSwitchContext(lfirst(cell), econtext, &slot->tts_isnull[place]);
		place++;
	}
	ExecStoreVirtualTuple(slot);
	row->group = (uint32) group_of_values(state) + 1;
	return row->group - 1;
}

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
narrows(const TickDataset *dataset, const TickAggKey *key)
{
	return key->key.kind == TICK_KEY_SYMBOL || key->key.kind == TICK_KEY_PARTITION ||
		(key->attribute != NULL && key->attribute->kind == TICK_ATTRIBUTE_DATE);
}

/* column = ANY (values of the join key number k) */
static Node *
filter_of_key(const TickJoinState *state, int k, Node *column)
{
	const CustomScan *plan = (const CustomScan *) state->css.ss.ps.plan;
	uint64		groups = tick_aggregate_groups(state->key);
	Oid			type = state->type[k];
	Oid			array_type = get_array_type(type);
	Datum	   *values = palloc(sizeof(Datum) * Max(groups, 1));
	ScalarArrayOpExpr *any = makeNode(ScalarArrayOpExpr);
	int16		length;
	bool		by_value;
	char		align;
	ArrayType  *array;

	for (uint64 i = 0; i < groups; i++)
		values[i] = key_value(state->key, type, tick_aggregate_group(state->key, i)->key[k]);
	get_typlenbyvalalign(type, &length, &by_value, &align);
	array = construct_array(values, (int) groups, type, length, by_value, align);
	any->opno = list_nth_oid(list_nth(plan->custom_private, TICK_JOIN_OPERATORS), k);
	any->opfuncid = get_opcode(any->opno);
	any->useOr = true;
	any->inputcollid = list_nth_oid(list_nth(plan->custom_private, TICK_JOIN_COLLATIONS), k);
	any->args = list_make2(column, makeConst(array_type, -1, get_typcollation(array_type), -1, PointerGetDatum(array), false, false));
	any->location = -1;
	return (Node *) any;
}

/* The conditions of this pass: those that were pushed, and the keys of the other side. */
static TickQual *
prepare_conditions(TickJoinState *state)
{
	TickAggState *aggregation = &state->aggregation;
	const TickDataset *dataset = aggregation->dataset;
	List	   *clauses = list_copy(state->clauses);
	/* of no key at all no row is read */
	bool		all = may_fail(&aggregation->query) || state->rows == 0;
	int			k = 0;
	ListCell   *cell;

	foreach(cell, state->columns)
	{
		Node	   *filter;

		if (tick_enable_filter_pushdown && tick_aggregate_groups(state->key) <= MAX_FILTER_KEYS &&
			(all || narrows(dataset, &aggregation->query.key[k])))
		{
			filter = filter_of_key(state, k, lfirst(cell));
			if (TickQualPushable(dataset, state->relid, (Expr *) filter))
				clauses = lappend(clauses, filter);
		}
		k++;
	}
	return TickQualPrepare(dataset, state->relid, clauses, &state->css.ss.ps);
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

/* Texts of another part of the aggregation have other numbers. */
static void
forget_texts(TickJoinState *state)
{
	if (state->text_part == state->aggregation.part)
		return;
	state->text_part = state->aggregation.part;
	for (int k = 0; k < lengthof(state->join_text); k++)
		if (state->join_text[k].capacity > 0)
			memset(state->join_text[k].number, 0xff, state->join_text[k].capacity * sizeof(int64));
	for (int k = 0; k < lengthof(state->key_text); k++)
		if (state->key_text[k].capacity > 0)
			memset(state->key_text[k].number, 0xff, state->key_text[k].capacity * sizeof(int64));
}

/* First row of the other side that a group of the dataset is joined with, counted from 1; 0: none. */
static int64
first_row(TickJoinState *state, const TickGroup *group)
{
	const TickAggState *aggregation = &state->aggregation;
	int64_t		number[TICK_JOIN_MAX];
	TickGroup  *key;

	for (int k = 0; k < state->joins; k++)
	{
		const TickAggKey *column = &aggregation->query.key[k];

		if (group->nulls >> k & 1)
			return 0;
		if (column->show == TICK_SHOW_TEXT)
			number[k] = translate_text(state, &state->join_text[k], group->key[k], state->key);
		else
			number[k] = key_number(NULL, column->attribute->type,
								   TickAggKeyDatum(aggregation->dataset, column, aggregation->table, group->key[k]));
	}
	key = tick_aggregate_lookup(state->key, number, 0);
	return key != NULL ? ((TickCountState *) tick_group_state(&state->key_plan, key, 0))->count : 0;
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

/* Add a group of the dataset to those of the rows that it is joined with. */
static void
take_group(TickJoinState *state, TickGroup *group)
{
	int64_t		number[TICK_MAX_KEYS + 1];
	int64		next = first_row(state, group);
	uint32		nulls = 0;

	if (next == 0)
		return;
	for (int k = 0; k < state->dataset_keys; k++)
	{
		int			key = state->key_of[k];

		number[k + 1] = group->key[key];
		if (group->nulls >> key & 1)
			nulls |= 2u << k;
		else if (state->aggregation.query.key[key].show == TICK_SHOW_TEXT)
			number[k + 1] = translate_text(state, &state->key_text[k], group->key[key], state->result);
	}
	while (next > 0)
	{
		TickJoinRow *row = &state->row[next - 1];
		TickGroup  *to;
		TickError	error;

		number[0] = group_of_row(state, row);
		TickCheck(tick_aggregate_find(state->result, number, nulls, &to, &error), &error);
		if (to != NULL)
			add_times(state, to, group, row->count);
		next = row->next;
	}
}

/* Too many groups: keep a half of the hash space only, and come back for the other. */
static void
bound_memory(TickJoinState *state)
{
	TickError	error;

	while (tick_aggregate_table_memory(state->result) > get_hash_memory_limit() * TICK_AGG_MEMORY_FACTOR &&
		   state->parts < TICK_AGG_MAX_PARTS)
	{
		state->parts *= 2;
		tick_aggregate_table_part(state->result, state->part, state->parts);
		TickCheck(tick_aggregate_table_shrink(state->result, &error), &error);
	}
}

/* ---- passes ---- */

/* An empty result, of the aggregation's states under its own keys. */
static void
make_result(TickJoinState *state)
{
	const TickAggregatePlan *from = &state->aggregation.plan;
	TickAggregatePlan *plan = &state->plan;
	TickError	error;

	memset(state->join_text, 0, sizeof(state->join_text));
	memset(state->key_text, 0, sizeof(state->key_text));
	state->text_part = state->aggregation.part;
	*plan = *from;
	plan->keys = 1 + state->dataset_keys;
	plan->accumulator = palloc0(sizeof(TickAccumulator) * (from->accumulators + 1));
	memcpy(plan->accumulator, from->accumulator, sizeof(TickAccumulator) * from->accumulators);
	tick_aggregate_plan_finish(plan);
	state->power = palloc(from->group_bytes);
	state->copy = palloc(from->group_bytes);
	TickCheck(tick_aggregate_table_create(&state->result, TickMemoryFor(state->pass_context), plan, &error), &error);
	tick_aggregate_table_part(state->result, state->part, state->parts);
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
		forget_texts(state);
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
		int64_t		no_key = 0;

		TickCheck(tick_aggregate_find(state->result, &no_key, 0, &group, &error), &error);
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
		if (!state->has_rows)
			read_rows(state);
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
