/*-------------------------------------------------------------------------
 *
 * catalog_segment.c
 *	  Rows of tick.segment: which segments exist, and when.
 *
 * A row is the publication of its segment.  Its added and removed name
 * changesets by id; which version sees it is decided here, in sees(), and
 * nowhere else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#include "catalog_internal.h"
#include "compat.h"

/* added_number <= number < removed_number; what is removed but not committed is still there */
static inline bool
sees(const TickSegmentQuery *query, int64 added_number, int64 removed, Snapshot snapshot)
{
	if (query->number == TICK_SEGMENTS_ALL)
		return true;
	if (query->number < 0)
		return removed == 0;
	return added_number <= query->number &&
		(removed == 0 || query->number < TickCatalogChangesetNumber(removed, snapshot));
}

static void
begin_query(TickScan *scan, const TickSegmentQuery *query, Snapshot snapshot)
{
	ScanKeyData key[3];

	TickKeyOid(&key[0], Anum_segment_dataset, query->dataset);
	ScanKeyInit(&key[1], Anum_segment_partition, BTGreaterEqualStrategyNumber, F_INT4GE,
				Int32GetDatum(query->partition_low));
	ScanKeyInit(&key[2], Anum_segment_partition, BTLessEqualStrategyNumber, F_INT4LE,
				Int32GetDatum(query->partition_high));
	TickScanBegin(scan, TICK_REL_SEGMENT, "segment_dataset_idx", snapshot, 3, key);
}

static void
read_loads(TickSegmentEntry *entry, Datum value)
{
	Datum	   *element;

	deconstruct_array(DatumGetArrayTypeP(value), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &element, NULL, &entry->loads);
	entry->load = palloc(Max(entry->loads, 1) * sizeof(int64));
	for (int i = 0; i < entry->loads; i++)
		entry->load[i] = DatumGetInt64(element[i]);
	pfree(element);
}

/* The row as a struct; what flags do not ask for is not detoasted. */
static TickSegmentEntry *
read_segment(const Datum *values, const bool *nulls, int flags)
{
	TickSegmentEntry *entry = palloc0(sizeof(TickSegmentEntry));

	entry->id = DatumGetInt64(values[Anum_segment_id - 1]);
	entry->dataset = DatumGetObjectId(values[Anum_segment_dataset - 1]);
	entry->partition = DatumGetInt32(values[Anum_segment_partition - 1]);
	entry->stored.relid = DatumGetObjectId(values[Anum_segment_relid - 1]);
	entry->stored.bytes = (uint64) DatumGetInt64(values[Anum_segment_bytes - 1]);
	memcpy(entry->stored.uuid, DatumGetUUIDP(values[Anum_segment_uuid - 1])->data, TICK_UUID_BYTES);
	entry->rows = DatumGetInt64(values[Anum_segment_rows - 1]);
	entry->symbols = DatumGetInt32(values[Anum_segment_symbols - 1]);
	entry->has_time = !nulls[Anum_segment_time_min - 1] && !nulls[Anum_segment_time_max - 1];
	if (entry->has_time)
	{
		entry->time_min = DatumGetInt64(values[Anum_segment_time_min - 1]);
		entry->time_max = DatumGetInt64(values[Anum_segment_time_max - 1]);
	}
	entry->sorted = DatumGetBool(values[Anum_segment_sorted - 1]);
	entry->added = DatumGetInt64(values[Anum_segment_added - 1]);
	entry->removed = nulls[Anum_segment_removed - 1] ? 0 : DatumGetInt64(values[Anum_segment_removed - 1]);
	entry->zone_maps = -1;
	if ((flags & TICK_SEGMENT_IMAGE) && !nulls[Anum_segment_image - 1])
		entry->stored.image = DatumGetByteaPCopy(values[Anum_segment_image - 1]);
	if (flags & TICK_SEGMENT_LOADS)
		read_loads(entry, values[Anum_segment_loads - 1]);
	if (flags & TICK_SEGMENT_ZONE_MAPS)
		TickZoneMapsParse(DatumGetByteaPP(values[Anum_segment_zone_maps - 1]), entry);
	return entry;
}

static int
compare_segments(const ListCell *a, const ListCell *b)
{
	const TickSegmentEntry *x = lfirst(a);
	const TickSegmentEntry *y = lfirst(b);

	if (x->partition != y->partition)
		return x->partition < y->partition ? -1 : 1;
	if (x->added_number != y->added_number)
		return x->added_number < y->added_number ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

List *
TickCatalogSegments(const TickSegmentQuery *query, Snapshot snapshot)
{
	TickScan	scan;
	HeapTuple	tuple;
	List	   *segments = NIL;
	Datum		values[Natts_segment];
	bool		nulls[Natts_segment];

	begin_query(&scan, query, snapshot);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		int64		added_number;
		int64		removed;
		TickSegmentEntry *entry;

		heap_deform_tuple(tuple, RelationGetDescr(scan.relation), values, nulls);
		removed = nulls[Anum_segment_removed - 1] ? 0 : DatumGetInt64(values[Anum_segment_removed - 1]);
		if (query->number == -1 && removed != 0)
			continue;
		added_number = TickCatalogChangesetNumber(DatumGetInt64(values[Anum_segment_added - 1]), snapshot);
		if (!sees(query, added_number, removed, snapshot))
			continue;
		entry = read_segment(values, nulls, query->flags);
		entry->added_number = added_number;
		segments = lappend(segments, entry);
	}
	TickScanEnd(&scan);
	list_sort(segments, compare_segments);
	return segments;
}

static void
add_to_totals(TickSegmentTotals *totals, const Datum *values, const bool *nulls, int32 *last_partition)
{
	int32		partition = DatumGetInt32(values[Anum_segment_partition - 1]);

	if (totals->segments == 0)
		totals->partition_low = partition;
	if (totals->segments == 0 || partition != *last_partition)
		totals->partitions++;
	*last_partition = totals->partition_high = partition;
	totals->segments++;
	totals->rows += DatumGetInt64(values[Anum_segment_rows - 1]);
	totals->bytes += DatumGetInt64(values[Anum_segment_bytes - 1]);
	totals->symbols = Max(totals->symbols, DatumGetInt32(values[Anum_segment_symbols - 1]));
	if (!nulls[Anum_segment_time_min - 1] && !nulls[Anum_segment_time_max - 1])
	{
		totals->time_min = Min(totals->time_min, DatumGetInt64(values[Anum_segment_time_min - 1]));
		totals->time_max = Max(totals->time_max, DatumGetInt64(values[Anum_segment_time_max - 1]));
	}
}

/* Rows come in order of partition.  Without a time the range stays empty: min above max. */
void
TickCatalogTotals(const TickSegmentQuery *query, Snapshot snapshot, TickSegmentTotals *totals)
{
	TickScan	scan;
	HeapTuple	tuple;
	Datum		values[Natts_segment];
	bool		nulls[Natts_segment];
	int32		last_partition = 0;

	memset(totals, 0, sizeof(*totals));
	totals->time_min = PG_INT64_MAX;
	totals->time_max = PG_INT64_MIN;
	begin_query(&scan, query, snapshot);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		int64		removed;
		int64		added_number = 0;

		heap_deform_tuple(tuple, RelationGetDescr(scan.relation), values, nulls);
		removed = nulls[Anum_segment_removed - 1] ? 0 : DatumGetInt64(values[Anum_segment_removed - 1]);
		if (query->number >= 0)
			added_number = TickCatalogChangesetNumber(DatumGetInt64(values[Anum_segment_added - 1]), snapshot);
		if (sees(query, added_number, removed, snapshot))
			add_to_totals(totals, values, nulls, &last_partition);
	}
	TickScanEnd(&scan);
}

static Datum
form_loads(const TickSegmentEntry *entry)
{
	Datum	   *element = palloc(Max(entry->loads, 1) * sizeof(Datum));

	for (int i = 0; i < entry->loads; i++)
		element[i] = Int64GetDatum(entry->load[i]);
	return PointerGetDatum(construct_array(element, entry->loads, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

void
TickCatalogInsertSegment(TickSegmentEntry *entry)
{
	TickWrite	write;
	Datum		values[Natts_segment] = {0};
	bool		nulls[Natts_segment] = {0};

	entry->id = TickCatalogNextval("segment_id_seq");
	values[Anum_segment_id - 1] = Int64GetDatum(entry->id);
	values[Anum_segment_dataset - 1] = ObjectIdGetDatum(entry->dataset);
	values[Anum_segment_partition - 1] = Int32GetDatum(entry->partition);
	values[Anum_segment_relid - 1] = ObjectIdGetDatum(entry->stored.relid);
	nulls[Anum_segment_image - 1] = OidIsValid(entry->stored.relid);
	if (!nulls[Anum_segment_image - 1])
		values[Anum_segment_image - 1] = PointerGetDatum(entry->stored.image);
	values[Anum_segment_uuid - 1] = PointerGetDatum(entry->stored.uuid);
	values[Anum_segment_rows - 1] = Int64GetDatum(entry->rows);
	values[Anum_segment_bytes - 1] = Int64GetDatum((int64) entry->stored.bytes);
	values[Anum_segment_symbols - 1] = Int32GetDatum(entry->symbols);
	nulls[Anum_segment_time_min - 1] = nulls[Anum_segment_time_max - 1] = !entry->has_time;
	values[Anum_segment_time_min - 1] = Int64GetDatum(entry->time_min);
	values[Anum_segment_time_max - 1] = Int64GetDatum(entry->time_max);
	values[Anum_segment_sorted - 1] = BoolGetDatum(entry->sorted);
	values[Anum_segment_loads - 1] = form_loads(entry);
	values[Anum_segment_added - 1] = Int64GetDatum(entry->added);
	nulls[Anum_segment_removed - 1] = entry->removed == 0;
	values[Anum_segment_removed - 1] = Int64GetDatum(entry->removed);
	values[Anum_segment_zone_maps - 1] = PointerGetDatum(TickZoneMapsForm(entry));

	TickWriteBegin(&write, TICK_REL_SEGMENT);
	TickWriteInsert(&write, values, nulls);
	TickWriteEnd(&write);
	pfree(DatumGetPointer(values[Anum_segment_loads - 1]));
	pfree(DatumGetPointer(values[Anum_segment_zone_maps - 1]));
	TickCatalogUseChangeset(entry->added);
}

static void
begin_by_id(TickScan *scan, int64 id, Snapshot snapshot)
{
	ScanKeyData key;

	TickKeyInt64(&key, Anum_segment_id, id);
	TickScanBegin(scan, TICK_REL_SEGMENT, "segment_pkey", snapshot, 1, &key);
}

bytea *
TickCatalogSegmentImage(int64 id, Snapshot snapshot)
{
	TickScan	scan;
	HeapTuple	tuple;
	bytea	   *image = NULL;

	begin_by_id(&scan, id, snapshot);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		null;
		Datum		value = heap_getattr(tuple, Anum_segment_image, RelationGetDescr(scan.relation), &null);

		if (!null)
			image = DatumGetByteaPCopy(value);
	}
	TickScanEnd(&scan);
	if (image == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("segment " INT64_FORMAT " is gone", id),
				 errhint("The transaction might succeed if retried.")));
	return image;
}

static void pg_attribute_noreturn()
raise_retired(int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent update"),
			 errdetail("Segment " INT64_FORMAT " was rewritten by another transaction.", id),
			 errhint("The transaction might succeed if retried.")));
}

static bool
segment_exists(int64 id, Snapshot snapshot)
{
	TickScan	scan;
	bool		exists;

	begin_by_id(&scan, id, snapshot);
	exists = HeapTupleIsValid(TickScanNext(&scan));
	TickScanEnd(&scan);
	return exists;
}

/*
 * The row is looked up as it is now.  A transaction with one snapshot for
 * all its statements may only retire what that snapshot shows: it has
 * decided on rows that it has seen.
 */
void
TickCatalogRetireSegment(int64 id, int64 changeset)
{
	TickScan	scan;
	TickWrite	write;
	HeapTuple	tuple;
	Datum		values[Natts_segment] = {0};
	bool		nulls[Natts_segment] = {0};
	bool		replace[Natts_segment] = {0};

	if (IsolationUsesXactSnapshot() && !segment_exists(id, GetTransactionSnapshot()))
		raise_retired(id);
	TickWriteBegin(&write, TICK_REL_SEGMENT);
	begin_by_id(&scan, id, GetLatestSnapshot());
	tuple = TickScanNext(&scan);
	if (!HeapTupleIsValid(tuple) ||
		!heap_attisnull(tuple, Anum_segment_removed, RelationGetDescr(scan.relation)))
		raise_retired(id);
	values[Anum_segment_removed - 1] = Int64GetDatum(changeset);
	replace[Anum_segment_removed - 1] = true;
	TickWriteUpdate(&write, tuple, values, nulls, replace);
	TickScanEnd(&scan);
	TickWriteEnd(&write);
	TickCatalogUseChangeset(changeset);
}

bool
TickCatalogDeleteSegment(int64 id)
{
	TickScan	scan;
	TickWrite	write;
	HeapTuple	tuple;
	bool		found = false;

	TickWriteBegin(&write, TICK_REL_SEGMENT);
	begin_by_id(&scan, id, GetLatestSnapshot());
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		TickWriteDelete(&write, tuple);
		found = true;
	}
	TickScanEnd(&scan);
	TickWriteEnd(&write);
	return found;
}

List *
TickCatalogSegmentRelations(Oid dataset, int limit, Snapshot snapshot)
{
	TickSegmentQuery query = {.dataset = dataset,.partition_low = PG_INT32_MIN,.partition_high = PG_INT32_MAX};
	TickScan	scan;
	HeapTuple	tuple;
	List	   *relations = NIL;

	begin_query(&scan, &query, snapshot);
	while (list_length(relations) < limit && HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		bool		null;
		Oid			relid = DatumGetObjectId(heap_getattr(tuple, Anum_segment_relid,
														  RelationGetDescr(scan.relation), &null));

		if (OidIsValid(relid))
			relations = lappend_oid(relations, relid);
	}
	TickScanEnd(&scan);
	return relations;
}

bool
TickCatalogNamesRelation(Oid relid, Snapshot snapshot)
{
	TickScan	scan;
	ScanKeyData key;
	bool		found;

	TickKeyOid(&key, Anum_segment_relid, relid);
	TickScanBegin(&scan, TICK_REL_SEGMENT, "segment_relid_idx", snapshot, 1, &key);
	found = HeapTupleIsValid(TickScanNext(&scan));
	TickScanEnd(&scan);
	return found;
}

/*
 * The lock names the dataset as the class and the partition as the object:
 * all 32 bits of a partition, so that the order of partitions is the order of
 * locks.  No class of the server's has the OID of a foreign table.
 */
void
TickCatalogLockPartition(Oid dataset, int32 partition)
{
	LockDatabaseObject(dataset, (Oid) partition, 0, ShareUpdateExclusiveLock);
}

bool
TickCatalogTryLockPartition(Oid dataset, int32 partition)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, dataset, (Oid) partition, 0);
	if (LockAcquire(&tag, ShareUpdateExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	AcceptInvalidationMessages();
	return true;
}
