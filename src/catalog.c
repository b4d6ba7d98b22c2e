/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  Access to tick's catalog tables: where they are, scans, writes.
 *
 * Tables are found by name on every call.  That is two lookups in the
 * system caches, and right after any DROP and CREATE EXTENSION in one
 * session, where remembered oids would be those of dropped tables.
 *
 * Nothing here checks privileges: the callers have checked those of the
 * dataset, and the catalog itself is nobody's but the extension owner's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "catalog_internal.h"
#include "compat.h"

static const char *const relation_name[] = {
	[TICK_REL_DATASET] = "dataset",
	[TICK_REL_DATASET_COLUMN] = "dataset_column",
	[TICK_REL_SEGMENT] = "segment",
	[TICK_REL_SYMBOL] = "symbol",
	[TICK_REL_CHANGESET] = "changeset",
	[TICK_REL_LOAD] = "load",
	[TICK_REL_LOAD_REJECT] = "load_reject",
	[TICK_REL_SNAPSHOT] = "snapshot",
	[TICK_REL_DATAVIEW] = "dataview",
	[TICK_REL_CALENDAR] = "calendar",
};

static void pg_attribute_noreturn()
raise_not_installed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("extension \"tick\" is not installed in this database"),
			 errhint("Use CREATE EXTENSION tick.")));
}

Oid
TickCatalogOid(const char *name)
{
	Oid			namespace = get_namespace_oid("tick", true);
	Oid			relid = InvalidOid;

	if (OidIsValid(namespace))
		relid = get_relname_relid(name, namespace);
	if (!OidIsValid(relid))
		raise_not_installed();
	return relid;
}

Oid
TickCatalogRelation(TickRelation relation)
{
	return TickCatalogOid(relation_name[relation]);
}

bool
TickCatalogExists(void)
{
	Oid			namespace = get_namespace_oid("tick", true);

	return OidIsValid(namespace) && OidIsValid(get_relname_relid("dataset", namespace));
}

Oid
TickExtensionOid(void)
{
	Oid			oid = get_extension_oid("tick", true);

	if (!OidIsValid(oid))
		raise_not_installed();
	return oid;
}

Oid
TickExtensionOwner(void)
{
	Relation	relation = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			owner = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("tick"));
	scan = systable_beginscan(relation, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	if (!OidIsValid(owner))
		raise_not_installed();
	return owner;
}

Oid
TickServerOid(void)
{
	return get_foreign_server_oid("tick", false);
}

/* Callers need no privilege on the sequence: they cannot choose the number. */
int64
TickCatalogNextval(const char *sequence)
{
	return nextval_internal(TickCatalogOid(sequence), false);
}

Datum
TickCurrentRole(void)
{
	return DirectFunctionCall1(namein, CStringGetDatum(GetUserNameFromId(GetUserId(), false)));
}

/* ---- scans ---- */

/* An index is searched in its own collation, or a key lands in the wrong place. */
static void
set_key_collations(Relation index, int keys, ScanKey key)
{
	for (int i = 0; i < keys; i++)
		for (int j = 0; j < IndexRelationGetNumberOfKeyAttributes(index); j++)
			if (key[i].sk_attno == index->rd_index->indkey.values[j])
				key[i].sk_collation = index->rd_indcollation[j];
}

/*
 * Static snapshots (SnapshotSelf) are not registered: they hold no xmin, and
 * registration would hand one without xmin to the snapshot manager.
 */
void
TickScanBegin(TickScan *scan, TickRelation relation, const char *index,
			  Snapshot snapshot, int keys, ScanKey key)
{
	scan->relation = table_open(TickCatalogRelation(relation), AccessShareLock);
	scan->index = index != NULL ? index_open(TickCatalogOid(index), AccessShareLock) : NULL;
	scan->snapshot = IsMVCCSnapshot(snapshot) ? RegisterSnapshot(snapshot) : NULL;
	if (scan->snapshot != NULL)
		snapshot = scan->snapshot;
	scan->backward = false;
	if (scan->index != NULL)
		set_key_collations(scan->index, keys, key);
	scan->scan = scan->index != NULL
		? systable_beginscan_ordered(scan->relation, scan->index, snapshot, keys, key)
		: systable_beginscan(scan->relation, InvalidOid, false, snapshot, keys, key);
}

HeapTuple
TickScanNext(TickScan *scan)
{
	CHECK_FOR_INTERRUPTS();
	if (scan->index != NULL)
		return systable_getnext_ordered(scan->scan, scan->backward ?
										BackwardScanDirection : ForwardScanDirection);
	return systable_getnext(scan->scan);
}

void
TickScanEnd(TickScan *scan)
{
	if (scan->index != NULL)
	{
		systable_endscan_ordered(scan->scan);
		index_close(scan->index, AccessShareLock);
	}
	else
		systable_endscan(scan->scan);
	if (scan->snapshot != NULL)
		UnregisterSnapshot(scan->snapshot);
	table_close(scan->relation, AccessShareLock);
}

/* TickScanBegin() gives the key the collation of its index. */
void
TickKeyText(ScanKey key, AttrNumber column, const char *value, size_t length)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_TEXTEQ,
				PointerGetDatum(cstring_to_text_with_len(value, length)));
}

/* ---- writes ---- */

void
TickWriteBegin(TickWrite *write, TickRelation relation)
{
	write->relation = table_open(TickCatalogRelation(relation), RowExclusiveLock);
	write->estate = CreateExecutorState();
	write->result = makeNode(ResultRelInfo);
	InitResultRelInfo(write->result, write->relation, 0, NULL, 0);
	ExecOpenIndices(write->result, false);
	write->slot = MakeSingleTupleTableSlot(RelationGetDescr(write->relation), &TTSOpsHeapTuple);
}

static void
insert_index_entries(TickWrite *write, HeapTuple tuple, bool update)
{
	if (write->result->ri_NumIndices == 0)
		return;
	ExecStoreHeapTuple(tuple, write->slot, false);
	write->slot->tts_tid = tuple->t_self;
	TickInsertIndexTuples(write->result, write->slot, write->estate, update);
	ExecClearTuple(write->slot);
	ResetPerTupleExprContext(write->estate);
}

void
TickWriteInsert(TickWrite *write, const Datum *values, const bool *nulls)
{
	HeapTuple	tuple = heap_form_tuple(RelationGetDescr(write->relation),
										unconstify(Datum *, values), unconstify(bool *, nulls));

	simple_heap_insert(write->relation, tuple);
	insert_index_entries(write, tuple, false);
	heap_freetuple(tuple);
}

static void pg_attribute_noreturn()
raise_changed(Relation relation)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent update"),
			 errdetail("A row of \"%s\" was changed by another transaction.",
					   RelationGetRelationName(relation)),
			 errhint("The transaction might succeed if retried.")));
}

void
TickWriteUpdate(TickWrite *write, HeapTuple old, const Datum *values,
				const bool *nulls, const bool *replace)
{
	HeapTuple	tuple = heap_modify_tuple(old, RelationGetDescr(write->relation),
										  unconstify(Datum *, values), unconstify(bool *, nulls),
										  unconstify(bool *, replace));
	TM_FailureData failure;
	LockTupleMode mode;

	if (TickHeapUpdate(write->relation, &old->t_self, tuple, GetCurrentCommandId(true), &failure, &mode) != TM_Ok)
		raise_changed(write->relation);
	if (!HeapTupleIsHeapOnly(tuple))
		insert_index_entries(write, tuple, true);
	heap_freetuple(tuple);
}

/* A row that somebody else deleted meanwhile is as good as deleted. */
void
TickWriteDelete(TickWrite *write, HeapTuple old)
{
	TM_FailureData failure;
	TM_Result	result = heap_delete(write->relation, &old->t_self, GetCurrentCommandId(true),
									 InvalidSnapshot, true, &failure, false);

	if (result != TM_Ok && result != TM_Deleted)
		raise_changed(write->relation);
}

void
TickWriteEnd(TickWrite *write)
{
	ExecDropSingleTupleTableSlot(write->slot);
	ExecCloseIndices(write->result);
	FreeExecutorState(write->estate);
	pfree(write->result);
	table_close(write->relation, NoLock);
}

int64
TickCatalogDeleteRows(TickRelation relation, const char *index, AttrNumber column, Oid oid)
{
	ScanKeyData key;
	TickScan	scan;
	TickWrite	write;
	HeapTuple	tuple;
	int64		deleted = 0;

	TickWriteBegin(&write, relation);
	TickKeyOid(&key, column, oid);
	TickScanBegin(&scan, relation, index, GetLatestSnapshot(), 1, &key);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		TickWriteDelete(&write, tuple);
		deleted++;
	}
	TickScanEnd(&scan);
	TickWriteEnd(&write);
	return deleted;
}

/*
 * Rejects are deleted by dataset, not by load: failed loads have rejects
 * too.  Changesets stay.
 */
void
TickCatalogForget(Oid relid)
{
	TickCatalogDeleteRows(TICK_REL_LOAD_REJECT, "load_reject_dataset_idx", Anum_load_reject_dataset, relid);
	TickCatalogDeleteRows(TICK_REL_LOAD, "load_file_idx", Anum_load_dataset, relid);
	TickCatalogDeleteRows(TICK_REL_SEGMENT, "segment_dataset_idx", Anum_segment_dataset, relid);
	TickCatalogDeleteRows(TICK_REL_DATASET_COLUMN, "dataset_column_pkey", Anum_dataset_column_dataset, relid);
	TickCatalogDeleteRows(TICK_REL_SNAPSHOT, NULL, Anum_snapshot_dataset, relid);
	TickCatalogDeleteRows(TICK_REL_DATAVIEW, "dataview_pkey", Anum_dataview_relid, relid);
	TickCatalogForgetChangesets(relid);
	TickCatalogDeleteRows(TICK_REL_DATASET, "dataset_pkey", Anum_dataset_relid, relid);
	CommandCounterIncrement();
}
