/*-------------------------------------------------------------------------
 *
 * catalog_version.c
 *	  Rows of tick.snapshot and tick.dataview.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/snapmgr.h"

#include "catalog_internal.h"

static TickSnapshotEntry *
read_snapshot(TickScan *scan, HeapTuple tuple)
{
	TickSnapshotEntry *entry = palloc0(sizeof(TickSnapshotEntry));
	Datum		values[Natts_snapshot];
	bool		nulls[Natts_snapshot];

	heap_deform_tuple(tuple, RelationGetDescr(scan->relation), values, nulls);
	entry->name = TextDatumGetCString(values[Anum_snapshot_name - 1]);
	entry->number = DatumGetInt64(values[Anum_snapshot_number - 1]);
	entry->dataset = nulls[Anum_snapshot_dataset - 1] ? InvalidOid :
		DatumGetObjectId(values[Anum_snapshot_dataset - 1]);
	entry->comment = TickTextOrNull(values[Anum_snapshot_comment - 1], nulls[Anum_snapshot_comment - 1]);
	return entry;
}

static void
begin_by_name(TickScan *scan, const char *name, Snapshot snapshot)
{
	ScanKeyData key;

	TickKeyText(&key, Anum_snapshot_name, name, strlen(name));
	TickScanBegin(scan, TICK_REL_SNAPSHOT, "snapshot_pkey", snapshot, 1, &key);
}

TickSnapshotEntry *
TickCatalogSnapshot(const char *name, Snapshot snapshot)
{
	TickScan	scan;
	HeapTuple	tuple;
	TickSnapshotEntry *entry = NULL;

	begin_by_name(&scan, name, snapshot);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
		entry = read_snapshot(&scan, tuple);
	TickScanEnd(&scan);
	return entry;
}

List *
TickCatalogSnapshots(Snapshot snapshot)
{
	TickScan	scan;
	HeapTuple	tuple;
	List	   *snapshots = NIL;

	TickScanBegin(&scan, TICK_REL_SNAPSHOT, "snapshot_pkey", snapshot, 0, NULL);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
		snapshots = lappend(snapshots, read_snapshot(&scan, tuple));
	TickScanEnd(&scan);
	return snapshots;
}

void
TickCatalogInsertSnapshot(const TickSnapshotEntry *entry)
{
	TickWrite	write;
	Datum		values[Natts_snapshot];
	bool		nulls[Natts_snapshot] = {0};

	values[Anum_snapshot_name - 1] = CStringGetTextDatum(entry->name);
	values[Anum_snapshot_number - 1] = Int64GetDatum(entry->number);
	nulls[Anum_snapshot_dataset - 1] = !OidIsValid(entry->dataset);
	values[Anum_snapshot_dataset - 1] = ObjectIdGetDatum(entry->dataset);
	values[Anum_snapshot_comment - 1] = TickTextDatum(entry->comment, &nulls[Anum_snapshot_comment - 1]);
	values[Anum_snapshot_created - 1] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	values[Anum_snapshot_role - 1] = TickCurrentRole();
	TickWriteBegin(&write, TICK_REL_SNAPSHOT);
	TickWriteInsert(&write, values, nulls);
	TickWriteEnd(&write);
}

bool
TickCatalogDeleteSnapshot(const char *name)
{
	TickScan	scan;
	TickWrite	write;
	HeapTuple	tuple;
	bool		found;

	TickWriteBegin(&write, TICK_REL_SNAPSHOT);
	begin_by_name(&scan, name, GetLatestSnapshot());
	tuple = TickScanNext(&scan);
	found = HeapTupleIsValid(tuple);
	if (found)
		TickWriteDelete(&write, tuple);
	TickScanEnd(&scan);
	TickWriteEnd(&write);
	return found;
}

static TickDataviewEntry *
read_dataview(TickScan *scan, HeapTuple tuple)
{
	TickDataviewEntry *entry = palloc0(sizeof(TickDataviewEntry));
	Datum		values[Natts_dataview];
	bool		nulls[Natts_dataview];

	heap_deform_tuple(tuple, RelationGetDescr(scan->relation), values, nulls);
	entry->relid = DatumGetObjectId(values[Anum_dataview_relid - 1]);
	entry->dataset = DatumGetObjectId(values[Anum_dataview_dataset - 1]);
	entry->as_of = TickTextOrNull(values[Anum_dataview_as_of - 1], nulls[Anum_dataview_as_of - 1]);
	return entry;
}

TickDataviewEntry *
TickCatalogDataview(Oid relid, Snapshot snapshot)
{
	ScanKeyData key;
	TickScan	scan;
	HeapTuple	tuple;
	TickDataviewEntry *entry = NULL;

	TickKeyOid(&key, Anum_dataview_relid, relid);
	TickScanBegin(&scan, TICK_REL_DATAVIEW, "dataview_pkey", snapshot, 1, &key);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
		entry = read_dataview(&scan, tuple);
	TickScanEnd(&scan);
	return entry;
}

/* There are few dataviews: no index by dataset. */
List *
TickCatalogDataviewsOf(Oid dataset, Snapshot snapshot)
{
	TickScan	scan;
	HeapTuple	tuple;
	List	   *dataviews = NIL;

	TickScanBegin(&scan, TICK_REL_DATAVIEW, "dataview_pkey", snapshot, 0, NULL);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		TickDataviewEntry *entry = read_dataview(&scan, tuple);

		if (!OidIsValid(dataset) || entry->dataset == dataset)
			dataviews = lappend(dataviews, entry);
	}
	TickScanEnd(&scan);
	return dataviews;
}

void
TickCatalogInsertDataview(const TickDataviewEntry *entry)
{
	TickWrite	write;
	Datum		values[Natts_dataview];
	bool		nulls[Natts_dataview] = {0};

	values[Anum_dataview_relid - 1] = ObjectIdGetDatum(entry->relid);
	values[Anum_dataview_dataset - 1] = ObjectIdGetDatum(entry->dataset);
	values[Anum_dataview_as_of - 1] = TickTextDatum(entry->as_of, &nulls[Anum_dataview_as_of - 1]);
	TickWriteBegin(&write, TICK_REL_DATAVIEW);
	TickWriteInsert(&write, values, nulls);
	TickWriteEnd(&write);
}

void
TickCatalogUpdateDataview(const TickDataviewEntry *entry)
{
	ScanKeyData key;
	TickScan	scan;
	TickWrite	write;
	HeapTuple	tuple;
	Datum		values[Natts_dataview] = {0};
	bool		nulls[Natts_dataview] = {0};
	bool		replace[Natts_dataview] = {0};

	values[Anum_dataview_dataset - 1] = ObjectIdGetDatum(entry->dataset);
	values[Anum_dataview_as_of - 1] = TickTextDatum(entry->as_of, &nulls[Anum_dataview_as_of - 1]);
	replace[Anum_dataview_dataset - 1] = replace[Anum_dataview_as_of - 1] = true;
	TickWriteBegin(&write, TICK_REL_DATAVIEW);
	TickKeyOid(&key, Anum_dataview_relid, entry->relid);
	TickScanBegin(&scan, TICK_REL_DATAVIEW, "dataview_pkey", GetLatestSnapshot(), 1, &key);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
		TickWriteUpdate(&write, tuple, values, nulls, replace);
	TickScanEnd(&scan);
	TickWriteEnd(&write);
}
