/*-------------------------------------------------------------------------
 *
 * modify.c
 *	  INSERT, COPY FROM and TRUNCATE on datasets.
 *
 * Rows gather in a run.  When the statement ends, or when the run is full,
 * it is sorted and each partition becomes a new segment, all under one
 * changeset of the statement; its row of load 0.  Rows are therefore not
 * visible to triggers of the same statement.
 *
 * The executor leaves constraints of foreign tables to the wrapper: NOT NULL,
 * CHECK and partition constraints are enforced here, on the row as it will
 * be read back.  UPDATE and DELETE are refused with what to use instead.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "parser/parsetree.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "changeset.h"
#include "convert.h"
#include "core/run.h"
#include "core/value.h"
#include "dataset.h"
#include "dataset_derived.h"
#include "fdw.h"
#include "rewrite.h"
#include "segment_build.h"
#include "symbol.h"
#include "tick.h"
#include "version.h"

#define ROOM_ROWS 1024			/* asked of the run at a time */
#define LONG_TEXT 1024			/* bytes of a text from which that would be too many */

/*
 * InsertState: ResultRelInfo.ri_FdwState.
 */
typedef struct InsertState
{
	TickDataset *dataset;
	Relation	relation;
	MemoryContext context;		/* of everything here */
	MemoryContext row_context;	/* reset at each row */
	TickRun    *run;			/* NULL until the first row */
	int64		changeset;
	int64		rows;
	bool		rebuild;		/* derived columns are seen by somebody: RETURNING, triggers, constraints */
	bool		derives;		/* the dataset has derived columns */
	int			zone_hint;
	/* room in the run that is being filled, row by row */
	TickRunRoom room;
	uint32		room_rows;		/* filled, not committed yet */
	/* the row at hand, by schema column */
	TickStoredValue *value;
	bool	   *present;
} InsertState;

/* ---- refusals ---- */

static void
refuse_change(Relation relation, bool is_update)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot %s dataset \"%s\"", is_update ? "update" : "delete from", RelationGetRelationName(relation)),
			 is_update ?
			 errhint("Load corrected rows with tick_load(..., replaces => ...), or remove rows with tick_delete() and insert them anew.") :
			 errhint("Use tick_delete() for days and symbols, or TRUNCATE for all rows.")));
}

void
TickAddForeignUpdateTargets(PlannerInfo *root, Index rtindex, RangeTblEntry *target_rte, Relation target_relation)
{
	refuse_change(target_relation, root->parse->commandType == CMD_UPDATE);
}

List *
TickPlanForeignModify(PlannerInfo *root, ModifyTable *plan, Index resultRelation, int subplan_index)
{
	RangeTblEntry *rte = planner_rt_fetch(resultRelation, root);

	if (plan->operation != CMD_INSERT)
	{
		Relation	relation = table_open(rte->relid, NoLock);

		refuse_change(relation, plan->operation == CMD_UPDATE);
	}
	if (plan->onConflictAction != ONCONFLICT_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("datasets have no unique constraints, so ON CONFLICT cannot be used")));
	return NIL;
}

int
TickIsForeignRelUpdatable(Relation rel)
{
	return 1 << CMD_INSERT;
}

/* ---- beginning ---- */

static bool
is_derived(const TickAttribute *attribute)
{
	return attribute->kind == TICK_ATTRIBUTE_DATE || attribute->kind == TICK_ATTRIBUTE_LOAD_ID ||
		attribute->kind == TICK_ATTRIBUTE_STAMP_NS || attribute->kind == TICK_ATTRIBUTE_STAMP_US;
}

static bool
has_derived_columns(const TickDataset *dataset)
{
	for (int i = 0; i < dataset->attributes; i++)
		if (is_derived(&dataset->attribute[i]))
			return true;
	return false;
}

/* Is there a constraint that looks at derived columns? */
static bool
constrains_derived(TupleDesc descriptor, const TickDataset *dataset)
{
	int			i;

	if (descriptor->constr == NULL)
		return false;
	if (descriptor->constr->num_check > 0)
		return true;
	for (i = 0; i < dataset->attributes; i++)
		if (is_derived(&dataset->attribute[i]) && TupleDescAttr(descriptor, i)->attnotnull)
			return true;
	return false;
}

/* Are derived columns of the finished row looked at by anybody? */
static bool
row_is_seen(ResultRelInfo *rinfo, const TickDataset *dataset)
{
	return rinfo->ri_projectReturning != NULL || rinfo->ri_returningList != NIL ||
		rinfo->ri_TrigDesc != NULL || rinfo->ri_WithCheckOptions != NIL ||
		rinfo->ri_RelationDesc->rd_rel->relispartition ||
		constrains_derived(RelationGetDescr(rinfo->ri_RelationDesc), dataset);
}

static void
begin_insert(EState *estate, ResultRelInfo *rinfo)
{
	Relation	relation = rinfo->ri_RelationDesc;
	MemoryContext context = AllocSetContextCreate(estate->es_query_cxt, "tick insert", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	InsertState *state = palloc0(sizeof(InsertState));

	TickVersionRefuseWrite();
	state->context = context;
	state->row_context = AllocSetContextCreate(context, "tick insert row", ALLOCSET_DEFAULT_SIZES);
	state->relation = relation;
	state->dataset = TickDatasetOpen(relation, GetActiveSnapshot());
	TickDerivedRefuse(state->dataset);
	if (state->dataset->is_dataview)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot insert into dataview \"%s\"", state->dataset->name),
				 errhint("Insert into the dataset it reads.")));
	state->derives = has_derived_columns(state->dataset);
	state->rebuild = row_is_seen(rinfo, state->dataset);
	state->value = palloc0(sizeof(TickStoredValue) * state->dataset->schema.columns);
	state->present = palloc0(sizeof(bool) * state->dataset->schema.columns);
	rinfo->ri_FdwState = state;
	MemoryContextSwitchTo(old);
}

void
TickBeginForeignModify(ModifyTableState *mtstate, ResultRelInfo *rinfo, List *fdw_private,
					   int subplan_index, int eflags)
{
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	begin_insert(mtstate->ps.state, rinfo);
}

void
TickBeginForeignInsert(ModifyTableState *mtstate, ResultRelInfo *rinfo)
{
	/* an INSERT that names this table began it already */
	if (rinfo->ri_FdwState == NULL)
		begin_insert(mtstate->ps.state, rinfo);
}

/* With the first row: the dataset is known to the catalog, and the change announced. */
static void
begin_run(InsertState *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->context);
	TickError	error;

	TickDatasetRegister(state->dataset, state->relation);
	state->changeset = TickChangesetBegin("insert", RelationGetRelid(state->relation));
	TickCheck(tick_run_create(&state->run, TickMemoryFor(state->context), &state->dataset->schema,
							  (size_t) tick_load_memory * 1024, &error), &error);
	MemoryContextSwitchTo(old);
}

/* ---- writing ---- */

/* Make segments of the rows gathered. */
static void
flush_run(InsertState *state)
{
	MemoryContext context = AllocSetContextCreate(state->context, "tick insert flush", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	int64		rows = tick_run_rows(state->run);
	TickSymbolCodes codes;
	TickError	error;

	TickCheck(tick_run_sort(state->run, TickInterrupt, &error), &error);
	TickSymbolCodesOfRun(&codes, state->run);
	for (uint32 i = 0; i < tick_run_partitions(state->run); i++)
	{
		TickSegmentBuild *build = TickSegmentBuildBegin(state->dataset);
		int32		partition;
		uint64_t	partition_rows;

		CHECK_FOR_INTERRUPTS();
		tick_run_partition(state->run, i, &partition, &partition_rows);
		TickCheck(tick_run_write(state->run, TickMemoryFor(CurrentMemoryContext), i, TickSymbolFindCode, &codes, build->writer,
								 TickInterrupt, &error), &error);
		TickSegmentBuildFinish(build, partition, state->changeset);
	}
	tick_run_reset(state->run);
	TickChangesetCount(state->changeset, rows, 0);
	CommandCounterIncrement();
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* ---- one row ---- */

static void
refuse_disagreement(const InsertState *state, const TickAttribute *attribute)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("column \"%s\" of dataset \"%s\" does not agree with the row's time",
					NameStr(attribute->name), state->dataset->name),
			 attribute->kind == TICK_ATTRIBUTE_DATE ?
			 errdetail("The column is the day of the time in the dataset's zone.") :
			 errdetail("The column shows the same stored time as another one."),
			 errhint("Leave the column out.")));
}

/* Take the value of an attribute for its stored column, if it is not there yet. */
static void
take_value(InsertState *state, const TickAttribute *attribute, Datum datum)
{
	const TickColumn *column = &state->dataset->schema.column[attribute->column];
	TickStoredValue value;

	TickFromDatum(attribute, column->type, column->scale, datum, &value);
	if (!state->present[attribute->column])
	{
		state->value[attribute->column] = value;
		state->present[attribute->column] = true;
		return;
	}
	/* a timestamp and its nanoseconds; the finer one holds */
	if (attribute->kind == TICK_ATTRIBUTE_STAMP_NS)
	{
		if (TickStampToTimestamp(value.i64) != TickStampToTimestamp(state->value[attribute->column].i64))
			refuse_disagreement(state, attribute);
		state->value[attribute->column] = value;
	}
	else if (TickStampToTimestamp(value.i64) != TickStampToTimestamp(state->value[attribute->column].i64))
		refuse_disagreement(state, attribute);
}

/* Gather the stored values out of the slot's. */
static void
take_values(InsertState *state, TupleTableSlot *slot)
{
	const TickDataset *dataset = state->dataset;

	memset(state->present, 0, sizeof(bool) * dataset->schema.columns);
	for (int i = 0; i < dataset->attributes; i++)
	{
		const TickAttribute *attribute = &dataset->attribute[i];

		if (slot->tts_isnull[i] || attribute->kind == TICK_ATTRIBUTE_DROPPED ||
			attribute->kind == TICK_ATTRIBUTE_DATE)
			continue;
		if (attribute->kind == TICK_ATTRIBUTE_LOAD_ID)
		{
			if (DatumGetInt64(slot->tts_values[i]) != 0)
				ereport(ERROR,
						(errcode(ERRCODE_GENERATED_ALWAYS),
						 errmsg("cannot insert a value into virtual column \"%s\"", NameStr(attribute->name))));
			continue;
		}
		take_value(state, attribute, slot->tts_values[i]);
	}
	/* rows of INSERT belong to no load; nothing else writes that value */
	state->present[dataset->load_id] = true;
}

/* Name of the first attribute that a stored column is shown by. */
static const char *
column_name(const TickDataset *dataset, int column)
{
	for (int i = 0; i < dataset->attributes; i++)
		if (dataset->attribute[i].kind != TICK_ATTRIBUTE_DROPPED &&
			dataset->attribute[i].kind != TICK_ATTRIBUTE_DATE && dataset->attribute[i].column == column)
			return NameStr(dataset->attribute[i].name);
	return dataset->schema.column[column].field;
}

static void
require_column(const InsertState *state, int column, const char *why)
{
	if (state->present[column])
		return;
	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("null value in column \"%s\" of dataset \"%s\"",
					column_name(state->dataset, column), state->dataset->name),
			 errdetail("%s", why)));
}

/* Partition of the row at hand; times and partition values must be there. */
static int32
row_partition(InsertState *state)
{
	const TickDataset *dataset = state->dataset;

	if (dataset->schema.time >= 0)
	{
		require_column(state, dataset->schema.time, "Every row needs its time.");
		if (!TickDatasetHoldsTime(dataset, state->value[dataset->schema.time].i64))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("date out of range for a tick dataset"),
					 errdetail("The time of a row lies between 1677-09-22 and 2262-04-11.")));
	}
	if (dataset->grain == TICK_GRAIN_NONE)
		return 0;
	require_column(state, dataset->partition_column, "Rows are partitioned by this column.");
	return TickDatasetPartition(dataset, state->value[dataset->partition_column].i64, &state->zone_hint);
}

/* The row's virtual date as days since 2000. */
static DateADT
row_date(InsertState *state)
{
	return (DateADT) (TickDatasetDay(state->dataset, state->value[state->dataset->schema.time].i64,
									 &state->zone_hint) - TICK_EPOCH_DAYS);
}

/* A virtual date that was given must be the day of the time. */
static void
check_date(InsertState *state, TupleTableSlot *slot)
{
	for (int i = 0; i < state->dataset->attributes; i++)
	{
		const TickAttribute *attribute = &state->dataset->attribute[i];

		if (attribute->kind == TICK_ATTRIBUTE_DATE && !slot->tts_isnull[i] &&
			DatumGetDateADT(slot->tts_values[i]) != row_date(state))
			refuse_disagreement(state, attribute);
	}
}

/* Somebody looks at the row: replace it by one that has its derived columns. */
static void
complete_row(InsertState *state, TupleTableSlot *slot)
{
	const TickDataset *dataset = state->dataset;
	int			natts = slot->tts_tupleDescriptor->natts;
	Datum	   *values = palloc(sizeof(Datum) * natts);
	bool	   *nulls = palloc(sizeof(bool) * natts);
	bool		changed = false;

	memcpy(values, slot->tts_values, sizeof(Datum) * natts);
	memcpy(nulls, slot->tts_isnull, sizeof(bool) * natts);
	for (int i = 0; i < dataset->attributes; i++)
	{
		const TickAttribute *attribute = &dataset->attribute[i];
		Datum		derived;

		if (attribute->kind == TICK_ATTRIBUTE_DATE)
			derived = DateADTGetDatum(row_date(state));
		else if (attribute->kind == TICK_ATTRIBUTE_LOAD_ID)
			derived = Int64GetDatum(0);
		else if (attribute->kind == TICK_ATTRIBUTE_STAMP_NS && state->present[attribute->column])
			derived = Int64GetDatum(state->value[attribute->column].i64);
		else if (attribute->kind == TICK_ATTRIBUTE_STAMP_US && state->present[attribute->column])
			derived = TimestampGetDatum(TickStampToTimestamp(state->value[attribute->column].i64));
		else
			continue;
		if (!nulls[i] && values[i] == derived)
			continue;
		values[i] = derived;
		nulls[i] = false;
		changed = true;
	}
	if (changed)
	{
		HeapTuple	tuple;
		MemoryContext old = MemoryContextSwitchTo(slot->tts_mcxt);

		tuple = heap_form_tuple(slot->tts_tupleDescriptor, values, nulls);
		MemoryContextSwitchTo(old);
		ExecForceStoreHeapTuple(tuple, slot, true);
		slot->tts_tableOid = RelationGetRelid(state->relation);
	}
}

/* What the executor does not check for foreign tables. */
static void
check_constraints(InsertState *state, EState *estate, ResultRelInfo *rinfo, TupleTableSlot *slot)
{
	if (RelationGetDescr(state->relation)->constr != NULL)
		ExecConstraints(rinfo, slot, estate);
	if (state->relation->rd_rel->relispartition)
		ExecPartitionCheck(rinfo, slot, estate, true);
}

/* Hand the rows that were filled in to the run. */
static void
commit_room(InsertState *state)
{
	if (state->room_rows > 0)
		tick_run_commit(state->run, state->room_rows);
	state->room.rows = state->room_rows = 0;
}

/* Have room for a row, emptying the run when it is full. */
static void
have_room(InsertState *state)
{
	TickError	error;

	commit_room(state);
	TickCheck(tick_run_reserve(state->run, ROOM_ROWS, &state->room, &error), &error);
	if (state->room.rows > 0)
		return;
	flush_run(state);
	TickCheck(tick_run_reserve(state->run, ROOM_ROWS, &state->room, &error), &error);
}

/* Put the row at hand into the run. */
static void
append_row(InsertState *state, int32 partition)
{
	const TickSchema *schema = &state->dataset->schema;
	TickError	error;
	bool		is_long = false;
	uint32		row;

	if (state->room_rows == state->room.rows)
		have_room(state);
	row = state->room_rows;
	state->room.partition[row] = partition;
	for (int i = 0; i < schema->columns; i++)
	{
		TickRunColumn *to = &state->room.column[i];
		const TickStoredValue *value = &state->value[i];
		bool		present = state->present[i];

		to->present[row] = present;
		if (schema->column[i].type == TICK_DOUBLE)
			to->f64[row] = present ? value->f64 : 0;
		else if (schema->column[i].type != TICK_TEXT)
			to->i64[row] = present ? value->i64 : 0;
		else
		{
			to->codes[row] = 0;
			if (present)
				TickCheck(tick_run_intern(state->run, i, value->text.data, value->text.length,
										  &to->codes[row], &error), &error);
			is_long |= present && value->text.length > LONG_TEXT;
		}
	}
	state->room_rows++;
	/* texts take room too: ask again before the next row */
	if (is_long)
		state->room.rows = state->room_rows;
	state->rows++;
}

TupleTableSlot *
TickExecForeignInsert(EState *estate, ResultRelInfo *rinfo, TupleTableSlot *slot, TupleTableSlot *planSlot)
{
	InsertState *state = rinfo->ri_FdwState;
	MemoryContext old;
	int32		partition;

	slot_getallattrs(slot);
	MemoryContextReset(state->row_context);
	if (state->run == NULL)
		begin_run(state);
	old = MemoryContextSwitchTo(state->row_context);
	take_values(state, slot);
	partition = row_partition(state);
	append_row(state, partition);
	if (state->derives)
	{
		check_date(state, slot);
		if (state->rebuild)
			complete_row(state, slot);
	}
	MemoryContextSwitchTo(old);
	check_constraints(state, estate, rinfo, slot);
	return slot;
}

static void
end_insert(ResultRelInfo *rinfo)
{
	InsertState *state = rinfo->ri_FdwState;

	if (state == NULL)
		return;
	if (state->run != NULL)
	{
		commit_room(state);
		if (tick_run_rows(state->run) > 0)
			flush_run(state);
		tick_run_free(state->run);
	}
	rinfo->ri_FdwState = NULL;
	MemoryContextDelete(state->context);
}

void
TickEndForeignModify(EState *estate, ResultRelInfo *rinfo)
{
	end_insert(rinfo);
}

void
TickEndForeignInsert(EState *estate, ResultRelInfo *rinfo)
{
	end_insert(rinfo);
}

/* ---- TRUNCATE ---- */

/* Retire every segment of a dataset; its loads leave the ledger. */
static void
truncate_dataset(Relation relation)
{
	TickRewrite rewrite = {.partition_low = PG_INT32_MIN,.partition_high = PG_INT32_MAX};
	TickFilter	all = {.kind = TICK_FILTER_TRUE};
	TickRewriteResult result;
	TickDataset *dataset;
	Snapshot	snapshot;

	TickVersionRefuseWrite();
	/* the dataset may have got its first rows after the statement's snapshot was taken */
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	dataset = TickDatasetOpen(relation, snapshot);
	UnregisterSnapshot(snapshot);
	TickDerivedRefuse(dataset);
	if (dataset->is_dataview)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot truncate dataview \"%s\"", dataset->name),
				 errhint("Truncate the dataset it reads.")));
	if (!dataset->registered)
		return;
	rewrite.dataset = dataset;
	rewrite.changeset = TickChangesetBegin("truncate", dataset->relid);
	rewrite.remove = &all;
	TickRewritePartitions(&rewrite, &result);
	TickChangesetCount(rewrite.changeset, 0, result.rows_removed);
}

void
TickExecForeignTruncate(List *rels, DropBehavior behavior, bool restart_seqs)
{
	ListCell   *cell;

	foreach(cell, rels)
		truncate_dataset(lfirst(cell));
}
