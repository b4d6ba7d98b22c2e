/*-------------------------------------------------------------------------
 *
 * agg_join_side.c
 *	  Rows that a dataset is joined with, by join key, and their groups.
 *
 * Rows are read once and kept, equal ones together: they consist of the join
 * key and of what the query's keys are made of, so they are few.  A row's
 * group is looked for when the dataset first comes to it, so that no
 * expression is evaluated for a row that is not joined.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "agg_join.h"
#include "tick.h"

#define FIRST_SLOTS 1024
#define FIRST_GROUPS 256

/* ---- rows ---- */

int64
TickJoinNumber(TickAggregateTable *table, Oid type, Datum value)
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
slot_of_row(const TickJoinSide *side, uint32 hash, MinimalTuple tuple)
{
	uint32		at = hash & (side->slots - 1);

	for (; side->slot[at] != 0; at = (at + 1) & (side->slots - 1))
	{
		const TickJoinRow *row = &side->row[side->slot[at] - 1];

		if (tuple != NULL && row->hash == hash && row->tuple->t_len == tuple->t_len &&
			memcmp((char *) row->tuple + ROW_VALUES, (char *) tuple + ROW_VALUES, tuple->t_len - ROW_VALUES) == 0)
			break;
	}
	return at;
}

/* Room for another row, and slots at least twice as many as rows. */
static void
make_room(TickJoinSide *side)
{
	if (side->rows == side->row_capacity)
	{
		side->row_capacity = Max(FIRST_SLOTS / 2, side->row_capacity * 2);
		if (side->row_capacity > PG_INT32_MAX / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many rows to join aggregates with"),
					 errhint("Set tick.enable_aggregate_pushdown off for this query.")));
		side->row = side->row == NULL ? MemoryContextAllocHuge(side->context, side->row_capacity * sizeof(TickJoinRow)) :
			repalloc_huge(side->row, side->row_capacity * sizeof(TickJoinRow));
		if (side->slot != NULL)
			pfree(side->slot);
		side->slots = (uint32) side->row_capacity * 2;
		side->slot = MemoryContextAllocExtended(side->context, side->slots * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		for (int64 i = 0; i < side->rows; i++)
			side->slot[slot_of_row(side, side->row[i].hash, NULL)] = (uint32) i + 1;
	}
}

/* Keep a new row, in front of those of the same key, of which a semi join needs one. */
static void
add_row(TickJoinSide *side, TupleTableSlot *slot, MinimalTuple tuple, uint32 hash)
{
	int64_t		number[TICK_JOIN_MAX];
	TickGroup  *key;
	TickCountState *first;
	TickJoinRow *row;
	TickError	error;

	for (int k = 0; k < side->joins; k++)
		number[k] = TickJoinNumber(side->key, side->value_type[k], slot->tts_values[k]);
	TickCheck(tick_aggregate_find(side->key, number, 0, &key, &error), &error);
	first = tick_group_state(&side->key_plan, key, 0);
	if (side->type == JOIN_SEMI && first->count > 0)
		return;
	make_room(side);
	row = &side->row[side->rows];
	row->hash = hash;
	row->next = (uint32) first->count;
	row->group = 0;
	row->count = 1;
	row->tuple = MemoryContextAlloc(side->context, tuple->t_len);
	memcpy(row->tuple, tuple, tuple->t_len);
	first->count = ++side->rows;
	side->slot[slot_of_row(side, hash, row->tuple)] = (uint32) side->rows;
}

/* Take a row of the child: null never equals anything. */
static void
take_row(TickJoinSide *side, TupleTableSlot *slot)
{
	MinimalTuple tuple;
	bool		should_free;
	uint32		hash;
	uint32		at;

	slot_getallattrs(slot);
	for (int k = 0; k < side->joins; k++)
		if (slot->tts_isnull[k])
			return;
	tuple = ExecFetchSlotMinimalTuple(slot, &should_free);
	hash = hash_of_row(tuple);
	at = side->slots > 0 ? slot_of_row(side, hash, tuple) : 0;
	if (side->slots == 0 || side->slot[at] == 0)
		add_row(side, slot, tuple, hash);
	else if (side->type != JOIN_SEMI)
		side->row[side->slot[at] - 1].count++;
}

void
TickJoinReadRows(TickJoinSide *side)
{
	PlanState  *child = side->child;
	TupleTableSlot *slot;
	TickError	error;
	MemoryContext old;

	if (side->has_rows)
		return;
	TickJoinForget(side);
	side->key_plan.keys = side->joins;
	side->key_plan.accumulators = 1;
	side->key_plan.accumulator = MemoryContextAllocZero(side->context, sizeof(TickAccumulator));
	side->key_plan.accumulator->kind = TICK_COUNT;
	side->key_plan.accumulator->expression = -1;
	tick_aggregate_plan_finish(&side->key_plan);
	TickCheck(tick_aggregate_table_create(&side->key, TickMemoryFor(side->context), &side->key_plan, &error), &error);
	if (child->chgParam == NULL && side->has_read)
		ExecReScan(child);
	side->has_read = true;
	while (slot = ExecProcNode(child), !TupIsNull(slot))
	{
		ResetExprContext(side->econtext);
		old = MemoryContextSwitchTo(side->econtext->ecxt_per_tuple_memory);
		take_row(side, slot);
		MemoryContextSwitchTo(old);
	}
	side->has_rows = true;
}

void
TickJoinForget(TickJoinSide *side)
{
	MemoryContextReset(side->context);
	side->has_rows = false;
	memset(&side->null_row, 0, sizeof(TickJoinRow));
	side->null_row.count = 1;
	side->key = NULL;
	side->rows = side->row_capacity = 0;
	side->row = NULL;
	side->slot = NULL;
	side->slots = 0;
	side->groups = NULL;
	side->group_tuple = NULL;
	side->group_count = side->group_capacity = 0;
}

TickJoinRow *
TickJoinFirst(TickJoinSide *side, const int64_t *number)
{
	TickGroup  *key = tick_aggregate_lookup(side->key, number, 0);

	return key != NULL ? &side->row[((TickCountState *) tick_group_state(&side->key_plan, key, 0))->count - 1] : NULL;
}

Node *
TickJoinFilter(const TickJoinSide *side, int k)
{
	uint64		groups = tick_aggregate_groups(side->key);
	Oid			type = side->value_type[k];
	Oid			array_type = get_array_type(type);
	Datum	   *values = palloc(sizeof(Datum) * Max(groups, 1));
	ScalarArrayOpExpr *any = makeNode(ScalarArrayOpExpr);
	int16		length;
	bool		by_value;
	char		align;
	ArrayType  *array;

	for (uint64 i = 0; i < groups; i++)
		values[i] = key_value(side->key, type, tick_aggregate_group(side->key, i)->key[k]);
	get_typlenbyvalalign(type, &length, &by_value, &align);
	array = construct_array(values, (int) groups, type, length, by_value, align);
	any->opno = list_nth_oid(list_nth(side->private, TICK_SIDE_OPERATORS), k);
	any->opfuncid = get_opcode(any->opno);
	any->useOr = true;
	any->inputcollid = list_nth_oid(list_nth(side->private, TICK_SIDE_COLLATIONS), k);
	any->args = list_make2(list_nth(side->columns, k), makeConst(array_type, -1, get_typcollation(array_type), -1,
																 PointerGetDatum(array), false, false));
	any->location = -1;
	return (Node *) any;
}

/* ---- groups ---- */

/* A table of the groups, by equality of the keys as the query has it. */
static void
make_groups(TickJoinSide *side)
{
	List	   *operators = list_nth(side->private, TICK_SIDE_KEY_OPERATORS);
	TupleDesc	desc = side->value_slot->tts_tupleDescriptor;
	AttrNumber *columns = palloc(sizeof(AttrNumber) * Max(side->keys, 1));
	Oid		   *collations = palloc(sizeof(Oid) * Max(side->keys, 1));
	Oid		   *equalities = palloc(sizeof(Oid) * Max(side->keys, 1));
	Oid		   *functions;
	FmgrInfo   *hashes;

	for (int k = 0; k < side->keys; k++)
	{
		columns[k] = k + 1;
		collations[k] = TupleDescAttr(desc, k)->attcollation;
		equalities[k] = list_nth_oid(operators, k);
	}
	execTuplesHashPrepare(side->keys, equalities, &functions, &hashes);
	side->groups = TickTupleHash(side->child, desc, side->keys, columns, functions, hashes, collations,
								  FIRST_GROUPS, side->context, side->econtext->ecxt_per_tuple_memory);
}

/* Number of the group of the values at hand. */
static int64
group_of_values(TickJoinSide *side)
{
	bool		is_new;
	TupleHashEntry entry = LookupTupleHashEntry(side->groups, side->value_slot, &is_new, NULL);
	int64	   *number = TickTupleHashNumber(side->groups, entry, is_new, side->context);

	if (!is_new)
		return *number;
	if (side->group_count == side->group_capacity)
	{
		side->group_capacity = Max(FIRST_GROUPS, side->group_capacity * 2);
		side->group_tuple = side->group_tuple == NULL ?
			MemoryContextAllocHuge(side->context, side->group_capacity * sizeof(MinimalTuple)) :
			repalloc_huge(side->group_tuple, side->group_capacity * sizeof(MinimalTuple));
	}
	side->group_tuple[side->group_count] = TickTupleHashTuple(entry);
	*number = side->group_count;
	return side->group_count++;
}

int64
TickJoinGroupNumber(TickJoinSide *side, TickJoinRow *row)
{
	ExprContext *econtext = side->econtext;
	TupleTableSlot *slot = side->value_slot;
	int			place = 0;
	ListCell   *cell;
	MemoryContext old;

	if (side->shown == 0)
		return 0;
	if (row->group > 0)
		return row->group - 1;
	ResetExprContext(econtext);
	old = MemoryContextSwitchTo(side->context);
	if (side->groups == NULL)
		make_groups(side);
	MemoryContextSwitchTo(old);
	econtext->ecxt_outertuple = row->tuple == NULL ? ExecStoreAllNullTuple(side->row_slot) :
		ExecStoreMinimalTuple(row->tuple, side->row_slot, false);
	ExecClearTuple(slot);
	foreach(cell, side->expressions)
	{
		slot->tts_values[place] = ExecEvalExprSwitchContext(lfirst(cell), econtext, &slot->tts_isnull[place]);
		place++;
	}
	ExecStoreVirtualTuple(slot);
	row->group = (uint32) group_of_values(side) + 1;
	return row->group - 1;
}

