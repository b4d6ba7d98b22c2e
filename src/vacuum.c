/*-------------------------------------------------------------------------
 *
 * vacuum.c
 *	  CALL tick_vacuum(): drop what no reader and no version needs any more.
 *
 * A retired segment goes when
 *
 *	- the transaction that retired it precedes every running snapshot,
 *	- it was retired longer ago than the retention, and
 *	- no snapshot and no pinned dataview reads a version that it is part of.
 *
 * What goes raises the dataset's oldest_readable: unnamed versions below it
 * are errors from then on, never wrong answers.  Relations are dropped in
 * batches, each in a transaction of its own, because every drop holds a lock
 * until its transaction ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "catalog.h"
#include "dataset.h"
#include "storage.h"
#include "tick.h"
#include "version.h"

PG_FUNCTION_INFO_V1(tick_vacuum);

#define DROP_BATCH 1000			/* relations dropped in one transaction */

/* Versions of a dataset that somebody has named. */
typedef struct PinnedVersions
{
	int64	   *number;
	int			count;
} PinnedVersions;

static void
pin(PinnedVersions *pinned, int64 number)
{
	pinned->number = pinned->number == NULL ? palloc(sizeof(int64)) :
		repalloc(pinned->number, (pinned->count + 1) * sizeof(int64));
	pinned->number[pinned->count++] = number;
}

static void
collect_pinned(PinnedVersions *pinned, Oid dataset, Snapshot snapshot)
{
	ListCell   *cell;

	memset(pinned, 0, sizeof(*pinned));
	foreach(cell, TickCatalogSnapshots(snapshot))
	{
		TickSnapshotEntry *entry = lfirst(cell);

		if (!OidIsValid(entry->dataset) || entry->dataset == dataset)
			pin(pinned, entry->number);
	}
	foreach(cell, TickCatalogDataviewsOf(dataset, snapshot))
	{
		TickDataviewEntry *entry = lfirst(cell);
		int64		number;

		/* one whose foreign table is gone reads nothing */
		if (entry->as_of != NULL && get_rel_name(entry->relid) != NULL &&
			TickVersionLookup(entry->as_of, snapshot, &number))
			pin(pinned, number);
	}
}

static bool
is_pinned(const PinnedVersions *pinned, const TickRetiredSegment *segment)
{
	int			i;

	for (i = 0; i < pinned->count; i++)
		if (segment->added_number <= pinned->number[i] && pinned->number[i] < segment->removed_number)
			return true;
	return false;
}

/* Retired segments of a dataset, which no transaction's end takes away; nothing that is in it comes alive again. */
static List *
list_retired(Oid dataset, MemoryContext context)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	MemoryContext old = MemoryContextSwitchTo(context);
	List	   *retired = TickCatalogRetired(dataset, snapshot);

	MemoryContextSwitchTo(old);
	UnregisterSnapshot(snapshot);
	return retired;
}

/* No version that anybody may still ask for is lost with it. */
static bool
may_go(const TickRetiredSegment *segment, const PinnedVersions *pinned, TimestampTz keep_since)
{
	return segment->unseen && segment->removed_stamp <= keep_since && !is_pinned(pinned, segment);
}

static void
raise_oldest_readable(Oid dataset, int64 oldest, Snapshot snapshot)
{
	TickDatasetEntry *entry = TickCatalogDataset(dataset, snapshot);

	if (entry == NULL || oldest <= entry->oldest_readable)
		return;
	entry->oldest_readable = oldest;
	TickCatalogUpdateDataset(entry);
}

/*
 * Drop up to DROP_BATCH segments in this transaction, from the list's place
 * on; returns true when there may be more.  What is named is looked up anew
 * in each transaction; a segment that another vacuum has dropped is passed.
 */
static bool
vacuum_batch(Oid dataset, const List *retired, int *place, TimestampTz keep_since, int64 *dropped)
{
	Snapshot	snapshot;
	PinnedVersions pinned;
	int64		oldest = 0;
	int			batch = 0;

	/* a version that is being named is either seen below, or newer than all that goes */
	TickVersionLockNames(ShareUpdateExclusiveLock);
	LockDatabaseObject(TickCatalogRelation(TICK_REL_DATASET), dataset, 0, ShareUpdateExclusiveLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	collect_pinned(&pinned, dataset, snapshot);
	for (; *place < list_length(retired) && batch < DROP_BATCH; (*place)++)
	{
		const TickRetiredSegment *segment = list_nth(retired, *place);

		CHECK_FOR_INTERRUPTS();
		if (!may_go(segment, &pinned, keep_since) || !TickCatalogDeleteSegment(segment->id))
			continue;
		CommandCounterIncrement();
		/* a restored version may have published the same bytes again */
		if (OidIsValid(segment->relid) && !TickCatalogNamesRelation(segment->relid, GetLatestSnapshot()))
			TickStorageDrop(segment->relid);
		oldest = Max(oldest, segment->removed_number);
		batch++;
	}
	raise_oldest_readable(dataset, oldest, snapshot);
	UnregisterSnapshot(snapshot);
	*dropped += batch;
	return *place < list_length(retired);
}

/* Relations whose dataset is gone: what a drop left behind, or a disabled trigger. */
static bool
vacuum_stray(int64 *dropped)
{
	int			batch = 0;
	ListCell   *cell;

	foreach(cell, TickStorageStray())
	{
		CHECK_FOR_INTERRUPTS();
		if (batch++ == DROP_BATCH)
			return true;
		TickStorageDrop(lfirst_oid(cell));
		(*dropped)++;
	}
	return false;
}

static void
next_transaction(void)
{
	SPI_commit();
	/* SPI_commit() begins the next transaction itself */
}

/* In a transaction of the caller's own, one batch is all that the lock table is asked to hold. */
static void
vacuum_dataset(Oid dataset, TimestampTz keep_since, bool atomic, MemoryContext context, int64 *dropped)
{
	List	   *retired = list_retired(dataset, context);
	int			place = 0;

	while (vacuum_batch(dataset, retired, &place, keep_since, dropped) && !atomic)
		next_transaction();
	MemoryContextSwitchTo(context);
	list_free_deep(retired);
}

/* Datasets of the catalog that the caller owns. */
static List *
owned_datasets(void)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	List	   *owned = NIL;
	ListCell   *cell;

	foreach(cell, TickCatalogDatasets(snapshot))
	{
		Oid			relid = ((TickDatasetEntry *) lfirst(cell))->relid;

		if (get_rel_name(relid) != NULL && TickOwnsRelation(relid, GetUserId()))
			owned = lappend_oid(owned, relid);
	}
	UnregisterSnapshot(snapshot);
	return owned;
}

/* Catalog rows of foreign tables that no longer exist. */
static void
forget_dropped_datasets(void)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ListCell   *cell;

	foreach(cell, TickCatalogDatasets(snapshot))
	{
		Oid			relid = ((TickDatasetEntry *) lfirst(cell))->relid;

		if (get_rel_name(relid) == NULL)
			TickCatalogForget(relid);
	}
	foreach(cell, TickCatalogDataviewsOf(InvalidOid, snapshot))
	{
		Oid			relid = ((TickDataviewEntry *) lfirst(cell))->relid;

		if (get_rel_name(relid) == NULL)
			TickCatalogForget(relid);
	}
	UnregisterSnapshot(snapshot);
	CommandCounterIncrement();
}

/* Moment since when every version is kept. */
static TimestampTz
retention_bound(FunctionCallInfo fcinfo)
{
	Interval   *retain;

	if (PG_ARGISNULL(1))
		return GetCurrentTimestamp() - (TimestampTz) tick_retention * USECS_PER_SEC;
	retain = PG_GETARG_INTERVAL_P(1);
	if (retain->month < 0 || retain->day < 0 || retain->time < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retain must not be negative")));
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_mi_interval,
												   TimestampTzGetDatum(GetCurrentTimestamp()),
												   IntervalPGetDatum(retain)));
}

static void
check_target(Oid target)
{
	char	   *name = get_rel_name(target);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", target)));
	if (!TickIsDataset(target))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a tick dataset", name),
				 errhint("Datasets are foreign tables of server tick; tick_load() makes them.")));
	if (TickCatalogDataview(target, GetActiveSnapshot()) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a dataview", name),
				 errhint("Name the dataset it reads.")));
	if (!TickOwnsRelation(target, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FOREIGN_TABLE, name);
}

Datum
tick_vacuum(PG_FUNCTION_ARGS)
{
	bool		atomic = !(fcinfo->context && IsA(fcinfo->context, CallContext) &&
						   !castNode(CallContext, fcinfo->context)->atomic);
	Oid			target = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	TimestampTz keep_since = retention_bound(fcinfo);
	MemoryContext context;
	List	   *datasets;
	ListCell   *cell;
	int64		dropped = 0;
	int			swept = 0;

	PreventCommandIfReadOnly("tick_vacuum()");
	PreventCommandDuringRecovery("tick_vacuum()");
	if (OidIsValid(target))
		check_target(target);
	SPI_connect_ext(atomic ? 0 : SPI_OPT_NONATOMIC);
	/* the list must outlive the transactions it is worked through in */
	context = AllocSetContextCreate(PortalContext != NULL ? PortalContext : CurrentMemoryContext,
									"tick vacuum", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	datasets = OidIsValid(target) ? list_make1_oid(target) : owned_datasets();
	foreach(cell, datasets)
		vacuum_dataset(lfirst_oid(cell), keep_since, atomic, context, &dropped);
	if (!OidIsValid(target) && superuser())
	{
		forget_dropped_datasets();
		while (vacuum_stray(&dropped) && !atomic)
			next_transaction();
		swept = TickStorageSweep();
	}
	SPI_finish();
	MemoryContextDelete(context);
	ereport(NOTICE,
			(errmsg_plural("tick_vacuum: %lld segment dropped", "tick_vacuum: %lld segments dropped",
						   (unsigned long) dropped, (long long) dropped),
			 swept > 0 ? errdetail_plural("Removed %d file that a crash left behind.",
										  "Removed %d files that a crash left behind.", swept, swept) : 0));
	return (Datum) 0;
}
