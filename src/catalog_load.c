/*-------------------------------------------------------------------------
 *
 * catalog_load.c
 *	  Rows of tick.load and tick.load_reject: the ledger of what was loaded.
 *
 * The unique index over (dataset, content_hash) of the loads on the ledger
 * lets each content in once: a second load of it waits for the first one's
 * end and fails when that commits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#include "catalog_internal.h"

static TickLoadEntry *
read_load(TickScan *scan, HeapTuple tuple)
{
	TickLoadEntry *entry = palloc0(sizeof(TickLoadEntry));
	Datum		values[Natts_load];
	bool		nulls[Natts_load];

	heap_deform_tuple(tuple, RelationGetDescr(scan->relation), values, nulls);
	entry->id = DatumGetInt64(values[Anum_load_id - 1]);
	entry->dataset = DatumGetObjectId(values[Anum_load_dataset - 1]);
	entry->changeset = nulls[Anum_load_changeset - 1] ? 0 : DatumGetInt64(values[Anum_load_changeset - 1]);
	entry->file = TextDatumGetCString(values[Anum_load_file - 1]);
	entry->file_size = nulls[Anum_load_file_size - 1] ? -1 : DatumGetInt64(values[Anum_load_file_size - 1]);
	if (!nulls[Anum_load_file_mtime - 1])
		entry->file_mtime = DatumGetTimestampTz(values[Anum_load_file_mtime - 1]);
	entry->has_hash = !nulls[Anum_load_content_hash - 1];
	if (entry->has_hash)
		memcpy(entry->hash, DatumGetUUIDP(values[Anum_load_content_hash - 1])->data, sizeof(entry->hash));
	entry->on_ledger = DatumGetBool(values[Anum_load_on_ledger - 1]);
	entry->retired = nulls[Anum_load_retired - 1] ? 0 : DatumGetInt64(values[Anum_load_retired - 1]);
	entry->lines = DatumGetInt64(values[Anum_load_lines - 1]);
	entry->header = DatumGetInt64(values[Anum_load_header - 1]);
	entry->blank = DatumGetInt64(values[Anum_load_blank - 1]);
	entry->comment = DatumGetInt64(values[Anum_load_comment - 1]);
	entry->trailer = DatumGetInt64(values[Anum_load_trailer - 1]);
	entry->rows = DatumGetInt64(values[Anum_load_rows - 1]);
	entry->rejected = DatumGetInt64(values[Anum_load_rejected - 1]);
	entry->rejected_lines = DatumGetInt64(values[Anum_load_rejected_lines - 1]);
	entry->row_lines = DatumGetInt64(values[Anum_load_row_lines - 1]);
	entry->status = TextDatumGetCString(values[Anum_load_status - 1]);
	entry->sqlstate = TickTextOrNull(values[Anum_load_sqlstate - 1], nulls[Anum_load_sqlstate - 1]);
	entry->message = TickTextOrNull(values[Anum_load_message - 1], nulls[Anum_load_message - 1]);
	entry->started = DatumGetTimestampTz(values[Anum_load_started - 1]);
	entry->finished = DatumGetTimestampTz(values[Anum_load_finished - 1]);
	return entry;
}

int64
TickCatalogNextLoad(void)
{
	return TickCatalogNextval("load_id_seq");
}

static void
form_load(const TickLoadEntry *entry, Datum *values, bool *nulls)
{
	values[Anum_load_id - 1] = Int64GetDatum(entry->id);
	values[Anum_load_dataset - 1] = ObjectIdGetDatum(entry->dataset);
	nulls[Anum_load_changeset - 1] = entry->changeset == 0;
	values[Anum_load_changeset - 1] = Int64GetDatum(entry->changeset);
	values[Anum_load_file - 1] = CStringGetTextDatum(entry->file);
	nulls[Anum_load_file_size - 1] = nulls[Anum_load_file_mtime - 1] = entry->file_size < 0;
	values[Anum_load_file_size - 1] = Int64GetDatum(entry->file_size);
	values[Anum_load_file_mtime - 1] = TimestampTzGetDatum(entry->file_mtime);
	nulls[Anum_load_content_hash - 1] = !entry->has_hash;
	values[Anum_load_content_hash - 1] = PointerGetDatum(entry->hash);
	values[Anum_load_on_ledger - 1] = BoolGetDatum(entry->on_ledger);
	nulls[Anum_load_retired - 1] = entry->retired == 0;
	values[Anum_load_retired - 1] = Int64GetDatum(entry->retired);
	values[Anum_load_lines - 1] = Int64GetDatum(entry->lines);
	values[Anum_load_header - 1] = Int64GetDatum(entry->header);
	values[Anum_load_blank - 1] = Int64GetDatum(entry->blank);
	values[Anum_load_comment - 1] = Int64GetDatum(entry->comment);
	values[Anum_load_trailer - 1] = Int64GetDatum(entry->trailer);
	values[Anum_load_rows - 1] = Int64GetDatum(entry->rows);
	values[Anum_load_rejected - 1] = Int64GetDatum(entry->rejected);
	values[Anum_load_rejected_lines - 1] = Int64GetDatum(entry->rejected_lines);
	values[Anum_load_row_lines - 1] = Int64GetDatum(entry->row_lines);
	values[Anum_load_status - 1] = CStringGetTextDatum(entry->status);
	values[Anum_load_sqlstate - 1] = TickTextDatum(entry->sqlstate, &nulls[Anum_load_sqlstate - 1]);
	values[Anum_load_message - 1] = TickTextDatum(entry->message, &nulls[Anum_load_message - 1]);
	values[Anum_load_started - 1] = TimestampTzGetDatum(entry->started);
	values[Anum_load_finished - 1] = TimestampTzGetDatum(entry->finished);
	values[Anum_load_role - 1] = TickCurrentRole();
}

void
TickCatalogInsertLoad(const TickLoadEntry *entry)
{
	TickWrite	write;
	Datum		values[Natts_load] = {0};
	bool		nulls[Natts_load] = {0};

	form_load(entry, values, nulls);
	TickWriteBegin(&write, TICK_REL_LOAD);
	TickWriteInsert(&write, values, nulls);
	TickWriteEnd(&write);
	if (entry->changeset != 0)
		TickCatalogUseChangeset(entry->changeset);
}

/* Loads of a dataset, of one file when file is not NULL. */
static void
begin_by_file(TickScan *scan, Oid dataset, const char *file, Snapshot snapshot)
{
	ScanKeyData key[2];

	TickKeyOid(&key[0], Anum_load_dataset, dataset);
	if (file != NULL)
		TickKeyText(&key[1], Anum_load_file, file, strlen(file));
	TickScanBegin(scan, TICK_REL_LOAD, "load_file_idx", snapshot, file != NULL ? 2 : 1, key);
}

TickLoadEntry *
TickCatalogFindLoad(Oid dataset, const char *file, int64 size, TimestampTz mtime, Snapshot snapshot)
{
	TickScan	scan;
	HeapTuple	tuple;
	TickLoadEntry *found = NULL;

	begin_by_file(&scan, dataset, file, snapshot);
	while (found == NULL && HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		TickLoadEntry *entry = read_load(&scan, tuple);

		if (entry->on_ledger && entry->file_size == size && entry->file_mtime == mtime)
			found = entry;
	}
	TickScanEnd(&scan);
	return found;
}

bool
TickCatalogAnyLoadOfSize(Oid dataset, int64 size, Snapshot snapshot)
{
	ScanKeyData key[2];
	TickScan	scan;
	HeapTuple	tuple;
	bool		found = false;

	TickKeyOid(&key[0], Anum_load_dataset, dataset);
	TickKeyInt64(&key[1], Anum_load_file_size, size);
	TickScanBegin(&scan, TICK_REL_LOAD, "load_size_idx", snapshot, 2, key);
	while (!found && HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		bool		null;

		found = DatumGetBool(heap_getattr(tuple, Anum_load_on_ledger,
										  RelationGetDescr(scan.relation), &null));
	}
	TickScanEnd(&scan);
	return found;
}

/* The index holds the loads on the ledger only. */
TickLoadEntry *
TickCatalogFindHash(Oid dataset, const uint8 hash[16], Snapshot snapshot)
{
	ScanKeyData key[2];
	TickScan	scan;
	HeapTuple	tuple;
	TickLoadEntry *found = NULL;

	TickKeyOid(&key[0], Anum_load_dataset, dataset);
	ScanKeyInit(&key[1], Anum_load_content_hash, BTEqualStrategyNumber, F_UUID_EQ,
				PointerGetDatum(hash));
	TickScanBegin(&scan, TICK_REL_LOAD, "load_ledger_idx", snapshot, 2, key);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
		found = read_load(&scan, tuple);
	TickScanEnd(&scan);
	return found;
}

List *
TickCatalogLoadsOfFile(Oid dataset, const char *file, Snapshot snapshot)
{
	TickScan	scan;
	HeapTuple	tuple;
	List	   *loads = NIL;

	begin_by_file(&scan, dataset, file, snapshot);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		TickLoadEntry *entry = read_load(&scan, tuple);

		if (entry->on_ledger || (entry->rows > 0 && entry->retired == 0))
			loads = lappend(loads, entry);
	}
	TickScanEnd(&scan);
	return loads;
}

List *
TickCatalogLoads(Oid dataset, Snapshot snapshot)
{
	TickScan	scan;
	HeapTuple	tuple;
	List	   *loads = NIL;

	begin_by_file(&scan, dataset, NULL, snapshot);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
		loads = lappend(loads, read_load(&scan, tuple));
	TickScanEnd(&scan);
	return loads;
}

static void
set_ledger(int64 load, bool on_ledger, int64 retired)
{
	ScanKeyData key;
	TickScan	scan;
	TickWrite	write;
	HeapTuple	tuple;
	Datum		values[Natts_load] = {0};
	bool		nulls[Natts_load] = {0};
	bool		replace[Natts_load] = {0};

	values[Anum_load_on_ledger - 1] = BoolGetDatum(on_ledger);
	values[Anum_load_retired - 1] = Int64GetDatum(retired);
	nulls[Anum_load_retired - 1] = retired == 0;
	replace[Anum_load_on_ledger - 1] = replace[Anum_load_retired - 1] = true;

	TickWriteBegin(&write, TICK_REL_LOAD);
	TickKeyInt64(&key, Anum_load_id, load);
	TickScanBegin(&scan, TICK_REL_LOAD, "load_pkey", GetLatestSnapshot(), 1, &key);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
		TickWriteUpdate(&write, tuple, values, nulls, replace);
	TickScanEnd(&scan);
	TickWriteEnd(&write);
	if (retired != 0)
		TickCatalogUseChangeset(retired);
}

void
TickCatalogSetLedger(int64 load, int64 retired)
{
	set_ledger(load, retired == 0, retired);
}

void
TickCatalogReviveLoad(int64 load)
{
	set_ledger(load, false, 0);
}

void
TickCatalogInsertRejects(const TickRejectEntry *entry, int count)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "tick rejects",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	TickWrite	write;

	TickWriteBegin(&write, TICK_REL_LOAD_REJECT);
	for (int i = 0; i < count; i++)
	{
		Datum		values[Natts_load_reject];
		bool		nulls[Natts_load_reject] = {0};

		values[Anum_load_reject_load - 1] = Int64GetDatum(entry[i].load);
		values[Anum_load_reject_dataset - 1] = ObjectIdGetDatum(entry[i].dataset);
		values[Anum_load_reject_file - 1] = CStringGetTextDatum(entry[i].file);
		values[Anum_load_reject_line - 1] = Int64GetDatum(entry[i].line);
		values[Anum_load_reject_column_name - 1] =
			TickTextDatum(entry[i].column, &nulls[Anum_load_reject_column_name - 1]);
		values[Anum_load_reject_value - 1] = TickTextDatum(entry[i].value, &nulls[Anum_load_reject_value - 1]);
		values[Anum_load_reject_reason - 1] = CStringGetTextDatum(entry[i].reason);
		values[Anum_load_reject_raw - 1] = TickTextDatum(entry[i].raw, &nulls[Anum_load_reject_raw - 1]);
		TickWriteInsert(&write, values, nulls);
	}
	TickWriteEnd(&write);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
}
