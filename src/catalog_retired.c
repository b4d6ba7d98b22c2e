/*-------------------------------------------------------------------------
 *
 * catalog_retired.c
 *	  Retired rows of tick.segment, and whether anybody may still see them.
 *
 * Retiring updates the row, so the xmin of its newest version is the
 * transaction that retired it: once that precedes every snapshot of the
 * cluster (standbys with feedback and replication slots included), no
 * reader of the present can want the segment.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "storage/procarray.h"

#include "catalog_internal.h"

/* Number and stamp of a changeset; false while it has none. */
static bool
changeset_number(int64 id, Snapshot snapshot, int64 *number, TimestampTz *stamp)
{
	TickScan	scan;
	ScanKeyData key;
	HeapTuple	tuple;
	bool		found = false;

	TickKeyInt64(&key, Anum_changeset_id, id);
	TickScanBegin(&scan, TICK_REL_CHANGESET, "changeset_pkey", snapshot, 1, &key);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		null_number,
					null_stamp;
		Datum		a = heap_getattr(tuple, Anum_changeset_number, RelationGetDescr(scan.relation), &null_number);
		Datum		b = heap_getattr(tuple, Anum_changeset_stamp, RelationGetDescr(scan.relation), &null_stamp);

		found = !null_number && !null_stamp;
		if (found)
		{
			*number = DatumGetInt64(a);
			*stamp = DatumGetTimestampTz(b);
		}
	}
	TickScanEnd(&scan);
	return found;
}

List *
TickCatalogRetired(Oid dataset, Snapshot snapshot)
{
	TickScan	scan;
	ScanKeyData key;
	HeapTuple	tuple;
	TransactionId horizon;
	List	   *result = NIL;

	TickKeyOid(&key, Anum_segment_dataset, dataset);
	TickScanBegin(&scan, TICK_REL_SEGMENT, "segment_dataset_idx", snapshot, 1, &key);
	horizon = GetOldestNonRemovableTransactionId(scan.relation);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		TupleDesc	desc = RelationGetDescr(scan.relation);
		TickRetiredSegment *retired;
		bool		null;
		Datum		removed = heap_getattr(tuple, Anum_segment_removed, desc, &null);

		if (null)
			continue;
		retired = palloc0(sizeof(TickRetiredSegment));
		if (!changeset_number(DatumGetInt64(removed), snapshot, &retired->removed_number, &retired->removed_stamp))
			continue;
		retired->id = DatumGetInt64(heap_getattr(tuple, Anum_segment_id, desc, &null));
		retired->relid = DatumGetObjectId(heap_getattr(tuple, Anum_segment_relid, desc, &null));
		retired->added_number = TickCatalogChangesetNumber(DatumGetInt64(heap_getattr(tuple, Anum_segment_added, desc, &null)),
														   snapshot);
		retired->unseen = TransactionIdPrecedes(HeapTupleHeaderGetXmin(tuple->t_data), horizon);
		result = lappend(result, retired);
	}
	TickScanEnd(&scan);
	return result;
}
