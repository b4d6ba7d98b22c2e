/*-------------------------------------------------------------------------
 *
 * catalog_dataset.c
 *	  Rows of tick.dataset and tick.dataset_column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/snapmgr.h"

#include "catalog_internal.h"

static TickDatasetEntry *
read_dataset(TickScan *scan, HeapTuple tuple)
{
	TickDatasetEntry *entry = palloc0(sizeof(TickDatasetEntry));
	Datum		values[Natts_dataset];
	bool		nulls[Natts_dataset];

	heap_deform_tuple(tuple, RelationGetDescr(scan->relation), values, nulls);
	entry->relid = DatumGetObjectId(values[Anum_dataset_relid - 1]);
	entry->grain = TextDatumGetCString(values[Anum_dataset_grain - 1]);
	entry->partition_field = TickTextOrNull(values[Anum_dataset_partition_field - 1],
											nulls[Anum_dataset_partition_field - 1]);
	entry->zone = TickTextOrNull(values[Anum_dataset_zone - 1], nulls[Anum_dataset_zone - 1]);
	entry->day_start = *DatumGetIntervalP(values[Anum_dataset_day_start - 1]);
	entry->next_column = DatumGetInt32(values[Anum_dataset_next_column - 1]);
	entry->oldest_readable = DatumGetInt64(values[Anum_dataset_oldest_readable - 1]);
	entry->time_column = DatumGetInt32(values[Anum_dataset_time_column - 1]);
	entry->symbol_column = DatumGetInt32(values[Anum_dataset_symbol_column - 1]);
	return entry;
}

TickDatasetEntry *
TickCatalogDataset(Oid relid, Snapshot snapshot)
{
	ScanKeyData key;
	TickScan	scan;
	HeapTuple	tuple;
	TickDatasetEntry *entry = NULL;

	TickKeyOid(&key, Anum_dataset_relid, relid);
	TickScanBegin(&scan, TICK_REL_DATASET, "dataset_pkey", snapshot, 1, &key);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
		entry = read_dataset(&scan, tuple);
	TickScanEnd(&scan);
	return entry;
}

List *
TickCatalogDatasets(Snapshot snapshot)
{
	TickScan	scan;
	HeapTuple	tuple;
	List	   *datasets = NIL;

	TickScanBegin(&scan, TICK_REL_DATASET, "dataset_pkey", snapshot, 0, NULL);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
		datasets = lappend(datasets, read_dataset(&scan, tuple));
	TickScanEnd(&scan);
	return datasets;
}

/* What a row holds besides relid and created, which never change. */
static void
form_dataset(const TickDatasetEntry *entry, Datum *values, bool *nulls)
{
	values[Anum_dataset_grain - 1] = CStringGetTextDatum(entry->grain);
	values[Anum_dataset_partition_field - 1] =
		TickTextDatum(entry->partition_field, &nulls[Anum_dataset_partition_field - 1]);
	values[Anum_dataset_zone - 1] = TickTextDatum(entry->zone, &nulls[Anum_dataset_zone - 1]);
	values[Anum_dataset_day_start - 1] = IntervalPGetDatum(unconstify(Interval *, &entry->day_start));
	values[Anum_dataset_next_column - 1] = Int32GetDatum(entry->next_column);
	values[Anum_dataset_oldest_readable - 1] = Int64GetDatum(entry->oldest_readable);
	values[Anum_dataset_time_column - 1] = Int32GetDatum(entry->time_column);
	values[Anum_dataset_symbol_column - 1] = Int32GetDatum(entry->symbol_column);
}

void
TickCatalogInsertDataset(const TickDatasetEntry *entry)
{
	TickWrite	write;
	Datum		values[Natts_dataset] = {0};
	bool		nulls[Natts_dataset] = {0};

	form_dataset(entry, values, nulls);
	values[Anum_dataset_relid - 1] = ObjectIdGetDatum(entry->relid);
	values[Anum_dataset_created - 1] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	TickWriteBegin(&write, TICK_REL_DATASET);
	TickWriteInsert(&write, values, nulls);
	TickWriteEnd(&write);
}

/* The row as it is now is replaced, whatever the transaction's snapshot shows. */
void
TickCatalogUpdateDataset(const TickDatasetEntry *entry)
{
	ScanKeyData key;
	TickScan	scan;
	TickWrite	write;
	HeapTuple	tuple;
	Datum		values[Natts_dataset] = {0};
	bool		nulls[Natts_dataset] = {0};
	bool		replace[Natts_dataset];

	form_dataset(entry, values, nulls);
	memset(replace, true, sizeof(replace));
	replace[Anum_dataset_relid - 1] = false;
	replace[Anum_dataset_created - 1] = false;

	TickWriteBegin(&write, TICK_REL_DATASET);
	TickKeyOid(&key, Anum_dataset_relid, entry->relid);
	TickScanBegin(&scan, TICK_REL_DATASET, "dataset_pkey", GetLatestSnapshot(), 1, &key);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
		TickWriteUpdate(&write, tuple, values, nulls, replace);
	TickScanEnd(&scan);
	TickWriteEnd(&write);
}

/* The primary key gives the order. */
List *
TickCatalogDatasetColumns(Oid relid, Snapshot snapshot)
{
	ScanKeyData key;
	TickScan	scan;
	HeapTuple	tuple;
	List	   *columns = NIL;

	TickKeyOid(&key, Anum_dataset_column_dataset, relid);
	TickScanBegin(&scan, TICK_REL_DATASET_COLUMN, "dataset_column_pkey", snapshot, 1, &key);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		TickDatasetColumnEntry *entry = palloc(sizeof(TickDatasetColumnEntry));
		Datum		values[Natts_dataset_column];
		bool		nulls[Natts_dataset_column];

		heap_deform_tuple(tuple, RelationGetDescr(scan.relation), values, nulls);
		entry->attnum = DatumGetInt16(values[Anum_dataset_column_attnum - 1]);
		entry->column_id = DatumGetInt32(values[Anum_dataset_column_column_id - 1]);
		entry->field = TextDatumGetCString(values[Anum_dataset_column_field - 1]);
		columns = lappend(columns, entry);
	}
	TickScanEnd(&scan);
	return columns;
}

void
TickCatalogInsertDatasetColumn(Oid relid, const TickDatasetColumnEntry *entry)
{
	TickWrite	write;
	Datum		values[Natts_dataset_column];
	bool		nulls[Natts_dataset_column] = {0};

	values[Anum_dataset_column_dataset - 1] = ObjectIdGetDatum(relid);
	values[Anum_dataset_column_attnum - 1] = Int16GetDatum(entry->attnum);
	values[Anum_dataset_column_column_id - 1] = Int32GetDatum(entry->column_id);
	values[Anum_dataset_column_field - 1] = CStringGetTextDatum(entry->field);
	TickWriteBegin(&write, TICK_REL_DATASET_COLUMN);
	TickWriteInsert(&write, values, nulls);
	TickWriteEnd(&write);
}
