/*-------------------------------------------------------------------------
 *
 * organise.c
 *	  tick_finalize(), tick_delete(), tick_restore().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/snapmgr.h"

#include "access.h"
#include "catalog.h"
#include "changeset.h"
#include "qual.h"
#include "rewrite.h"
#include "rollup.h"
#include "tick.h"
#include "version.h"

PG_FUNCTION_INFO_V1(tick_finalize);
PG_FUNCTION_INFO_V1(tick_delete);
PG_FUNCTION_INFO_V1(tick_restore);

/* The dates of arguments 1 and 2, NULL where absent. */
static void
day_bounds_argument(FunctionCallInfo fcinfo, const TickDataset *dataset, TickDayBounds *bounds)
{
	int32		from = PG_ARGISNULL(1) ? 0 : PG_GETARG_DATEADT(1);
	int32		to = PG_ARGISNULL(2) ? 0 : PG_GETARG_DATEADT(2);

	TickDayBoundsFor(dataset, PG_ARGISNULL(1) ? NULL : &from, PG_ARGISNULL(2) ? NULL : &to, bounds);
}

static void
refuse_null_target(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("target must not be null")));
}

Datum
tick_finalize(PG_FUNCTION_ARGS)
{
	Relation	relation;
	TickDataset *dataset;
	TickDayBounds bounds;
	TickRewrite rewrite = {.min_segments = 2,.refresh_stats = true};
	TickRewriteResult result;

	refuse_null_target(fcinfo);
	dataset = TickOpenDataset(PG_GETARG_OID(0), ACL_INSERT, RowExclusiveLock, &relation);
	day_bounds_argument(fcinfo, dataset, &bounds);
	rewrite.changeset = TickChangesetBegin("finalize", dataset->relid);
	TickDatasetRegister(dataset, relation);
	rewrite.dataset = dataset;
	rewrite.partition_low = bounds.partition_low;
	rewrite.partition_high = bounds.partition_high;
	TickRewritePartitions(&rewrite, &result);
	table_close(relation, NoLock);
	PG_RETURN_INT32(result.partitions);
}

/* ---- tick_delete ---- */

/* symbol = any of an array; null elements match nothing. */
static TickFilter *
symbols_filter(const TickDataset *dataset, ArrayType *array)
{
	TickFilter *filter = TickFilterMake(TICK_FILTER_IN, dataset->schema.symbol, TICK_TEXT, 0);

	if (dataset->schema.symbol < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("dataset \"%s\" has no column with the role symbol", dataset->name)));
	filter->value = TickSymbolsArgument(array, &filter->values);
	if (filter->values == 0)
		filter->kind = TICK_FILTER_FALSE;
	return filter;
}

static TickFilter *
time_filter(const TickDataset *dataset, TickCompare compare, int64 bound)
{
	int			time = dataset->schema.time;
	TickFilter *filter = TickFilterMake(TICK_FILTER_COMPARE, time, dataset->schema.column[time].type, 1);

	filter->compare = compare;
	filter->value[0].i64 = bound;
	return filter;
}

/*
 * The rows to delete.  Without symbols, where the bounds take partitions
 * whole, no row needs to be looked at.
 */
static TickFilter *
delete_filter(const TickDataset *dataset, const TickDayBounds *bounds, ArrayType *symbols)
{
	TickFilter *parts[3];
	int			count = 0;
	TickFilter *filter;
	bool		whole = !bounds->bounded || dataset->grain == TICK_GRAIN_DAY;

	if (symbols != NULL)
		parts[count++] = symbols_filter(dataset, symbols);
	if (!whole && bounds->time_low > PG_INT64_MIN)
		parts[count++] = time_filter(dataset, TICK_GE, bounds->time_low);
	if (!whole && bounds->time_high < PG_INT64_MAX)
		parts[count++] = time_filter(dataset, TICK_LE, bounds->time_high);
	if (count == 0)
		return TickFilterMake(TICK_FILTER_TRUE, 0, TICK_INT, 0);
	filter = TickFilterMake(TICK_FILTER_AND, 0, TICK_INT, 0);
	filter->children = count;
	filter->child = palloc(count * sizeof(TickFilter *));
	memcpy(filter->child, parts, count * sizeof(TickFilter *));
	return filter;
}

Datum
tick_delete(PG_FUNCTION_ARGS)
{
	Relation	relation;
	TickDataset *dataset;
	TickDayBounds bounds;
	TickRewrite rewrite = {0};
	TickRewriteResult result;

	refuse_null_target(fcinfo);
	dataset = TickOpenDataset(PG_GETARG_OID(0), ACL_DELETE, RowExclusiveLock, &relation);
	day_bounds_argument(fcinfo, dataset, &bounds);
	rewrite.changeset = TickChangesetBegin("delete", dataset->relid);
	TickDatasetRegister(dataset, relation);
	rewrite.dataset = dataset;
	rewrite.partition_low = bounds.partition_low;
	rewrite.partition_high = bounds.partition_high;
	rewrite.remove = delete_filter(dataset, &bounds, PG_ARGISNULL(3) ? NULL : PG_GETARG_ARRAYTYPE_P(3));
	TickRewritePartitions(&rewrite, &result);
	TickChangesetCount(rewrite.changeset, 0, result.rows_removed);
	table_close(relation, NoLock);
	PG_RETURN_INT64(result.rows_removed);
}

/* ---- tick_restore ---- */

static List *
segments_at(const TickDataset *dataset, int64 number, int flags, Snapshot snapshot)
{
	TickSegmentQuery query = {.dataset = dataset->relid,.number = number,
	.partition_low = PG_INT32_MIN,.partition_high = PG_INT32_MAX,.flags = flags};

	return TickCatalogSegments(&query, snapshot);
}

/* Segments of one partition, from the cell on; *cell moves behind them. */
static List *
take_partition(List *segments, int *at, int32 partition)
{
	List	   *taken = NIL;

	while (*at < list_length(segments) &&
		   ((TickSegmentEntry *) list_nth(segments, *at))->partition == partition)
		taken = lappend(taken, list_nth(segments, (*at)++));
	return taken;
}

/* Do both hold the same bytes?  A restored segment is a new row over the uuid of the old. */
static bool
same_segments(List *a, List *b)
{
	ListCell   *left,
			   *right;

	if (list_length(a) != list_length(b))
		return false;
	forboth(left, a, right, b)
		if (memcmp(((TickSegmentEntry *) lfirst(left))->stored.uuid,
				   ((TickSegmentEntry *) lfirst(right))->stored.uuid, TICK_UUID_BYTES) != 0)
			return false;
	return true;
}

/*
 * Make a partition hold what it held then: the segments of then are
 * published again, as rows over the same bytes, so that versions between
 * then and now stay readable.
 */
static void
restore_partition(List *now, List *then, int64 changeset, int64 *added, int64 *removed)
{
	ListCell   *cell;

	if (same_segments(now, then))
		return;
	foreach(cell, now)
	{
		TickCatalogRetireSegment(((TickSegmentEntry *) lfirst(cell))->id, changeset);
		*removed += ((TickSegmentEntry *) lfirst(cell))->rows;
	}
	foreach(cell, then)
	{
		TickSegmentEntry copy = *(TickSegmentEntry *) lfirst(cell);

		copy.added = changeset;
		copy.removed = 0;
		TickCatalogInsertSegment(&copy);
		*added += copy.rows;
	}
}

/* Walk both lists, which are ordered by partition, side by side. */
static void
restore_partitions(List *now, List *then, int64 changeset, int64 *added, int64 *removed)
{
	int			i = 0,
				j = 0;

	while (i < list_length(now) || j < list_length(then))
	{
		int32		partition = PG_INT32_MAX;

		CHECK_FOR_INTERRUPTS();
		if (i < list_length(now))
			partition = ((TickSegmentEntry *) list_nth(now, i))->partition;
		if (j < list_length(then))
			partition = Min(partition, ((TickSegmentEntry *) list_nth(then, j))->partition);
		restore_partition(take_partition(now, &i, partition), take_partition(then, &j, partition),
						  changeset, added, removed);
	}
}

/* Put a load back on the ledger, where content that was appended again stands once. */
static void
revive_load(const TickDataset *dataset, const TickLoadEntry *load)
{
	Snapshot	snapshot;

	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	if (TickCatalogFindHash(dataset->relid, load->hash, snapshot) != NULL)
		TickCatalogReviveLoad(load->id);
	else
		TickCatalogSetLedger(load->id, 0);
	UnregisterSnapshot(snapshot);
}

/* The ledger as it was at `number`; off before on, for a file may be on it under two loads. */
static void
restore_ledger(const TickDataset *dataset, int64 number, int64 changeset, Snapshot snapshot)
{
	List	   *loads = TickCatalogLoads(dataset->relid, snapshot);
	List	   *revived = NIL;
	ListCell   *cell;

	foreach(cell, loads)
	{
		TickLoadEntry *load = lfirst(cell);
		bool		was_on;

		if (load->changeset == 0)
			continue;
		was_on = TickCatalogChangesetNumber(load->changeset, snapshot) <= number &&
			(load->on_ledger ||
			 (load->retired != 0 && TickCatalogChangesetNumber(load->retired, snapshot) > number));
		if (load->on_ledger && !was_on)
			TickCatalogSetLedger(load->id, changeset);
		else if (!load->on_ledger && was_on)
			revived = lappend(revived, load);
	}
	foreach(cell, revived)
		revive_load(dataset, lfirst(cell));
}

/* Lock every partition that either list names, ascending. */
static void
lock_partitions(const TickDataset *dataset, List *now, List *then)
{
	int			i = 0,
				j = 0;

	while (i < list_length(now) || j < list_length(then))
	{
		int32		partition = PG_INT32_MAX;

		if (i < list_length(now))
			partition = ((TickSegmentEntry *) list_nth(now, i))->partition;
		if (j < list_length(then))
			partition = Min(partition, ((TickSegmentEntry *) list_nth(then, j))->partition);
		(void) take_partition(now, &i, partition);
		(void) take_partition(then, &j, partition);
		TickCatalogLockPartition(dataset->relid, partition);
	}
}

/* A transaction that keeps its snapshot must not restore over changes that it cannot see. */
static void
check_snapshot(const TickDataset *dataset, List *now)
{
	if (IsolationUsesXactSnapshot() &&
		!same_segments(now, segments_at(dataset, TICK_VERSION_PRESENT, 0, GetTransactionSnapshot())))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent change of dataset \"%s\"", dataset->name),
				 errhint("Retry the transaction.")));
}

static int64
count_rows(List *segments)
{
	int64		rows = 0;
	ListCell   *cell;

	foreach(cell, segments)
		rows += ((TickSegmentEntry *) lfirst(cell))->rows;
	return rows;
}

Datum
tick_restore(PG_FUNCTION_ARGS)
{
	Relation	relation;
	TickDataset *dataset;
	Snapshot	snapshot;
	List	   *now;
	List	   *then;
	int64		changeset;
	int64		number;
	int64		added = 0,
				removed = 0;
	char	   *as_of;

	refuse_null_target(fcinfo);
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("as_of must not be null")));
	/* before a lock that a standby does not have */
	PreventCommandIfReadOnly("tick_restore()");
	PreventCommandDuringRecovery("tick_restore()");
	as_of = text_to_cstring(PG_GETARG_TEXT_PP(1));
	dataset = TickOpenDataset(PG_GETARG_OID(0), ACL_NO_RIGHTS, ShareUpdateExclusiveLock, &relation);
	TickDatasetRegister(dataset, relation);
	/* as tick_vacuum() does: it must not drop what is published again here */
	LockDatabaseObject(TickCatalogRelation(TICK_REL_DATASET), dataset->relid, 0, ShareUpdateExclusiveLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	number = TickVersionResolve(as_of, dataset->relid, snapshot);
	if (number == TICK_VERSION_PRESENT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must name a version")));
	changeset = TickChangesetBegin("restore", dataset->relid);
	lock_partitions(dataset, segments_at(dataset, TICK_VERSION_PRESENT, 0, snapshot),
					segments_at(dataset, number, 0, snapshot));
	UnregisterSnapshot(snapshot);

	/* what a concurrent load added meanwhile is retired too, under its own partition's lock or none */
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	now = segments_at(dataset, TICK_VERSION_PRESENT, 0, snapshot);
	check_snapshot(dataset, now);
	then = segments_at(dataset, number, TICK_SEGMENT_IMAGE | TICK_SEGMENT_ZONE_MAPS | TICK_SEGMENT_LOADS, snapshot);
	restore_partitions(now, then, changeset, &added, &removed);
	restore_ledger(dataset, number, changeset, snapshot);
	UnregisterSnapshot(snapshot);
	TickChangesetCount(changeset, added, removed);
	TickChangesetNote(changeset, psprintf("as of %s", as_of));
	table_close(relation, NoLock);
	PG_RETURN_INT64(count_rows(then));
}
