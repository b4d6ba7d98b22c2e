/*-------------------------------------------------------------------------
 *
 * catalog_changeset.c
 *	  Rows of tick.changeset: ids, numbers and stamps.
 *
 * A row is written when its changeset is numbered, just before the commit
 * (changeset.c); until then an id has no row and no number.  Number and
 * stamp of a committed changeset never change, so a backend remembers them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "catalog_internal.h"

/* Remembered numbers: 16 bytes each, so a full cache is some 4 MB. */
#define NUMBER_CACHE_SIZE	100000

typedef struct NumberCacheEntry
{
	int64		id;
	int64		number;
} NumberCacheEntry;

static HTAB *number_cache = NULL;
static Oid	number_cache_relid = InvalidOid;

/* Ids that rows written in this transaction refer to; lives in TopTransactionContext. */
static HTAB *used_changesets = NULL;

/* The cache, empty when it belongs to a tick.changeset that was dropped or when it is full. */
static HTAB *
open_number_cache(void)
{
	Oid			relid = TickCatalogRelation(TICK_REL_CHANGESET);
	HASHCTL		control = {.keysize = sizeof(int64),.entrysize = sizeof(NumberCacheEntry)};

	if (number_cache != NULL &&
		(number_cache_relid != relid || hash_get_num_entries(number_cache) >= NUMBER_CACHE_SIZE))
	{
		hash_destroy(number_cache);
		number_cache = NULL;
	}
	if (number_cache == NULL)
	{
		number_cache = hash_create("tick changeset numbers", 256, &control, HASH_ELEM | HASH_BLOBS);
		number_cache_relid = relid;
	}
	return number_cache;
}

/*
 * A row of this transaction is not remembered, as the transaction may still
 * fail.  Any other visible row is committed, and whoever sees a segment's
 * added or removed sees its changeset too: both were committed together.
 */
int64
TickCatalogChangesetNumber(int64 id, Snapshot snapshot)
{
	HTAB	   *cache = open_number_cache();
	NumberCacheEntry *cached = hash_search(cache, &id, HASH_FIND, NULL);
	int64		number = PG_INT64_MAX;
	ScanKeyData key;
	TickScan	scan;
	HeapTuple	tuple;

	if (cached != NULL)
		return cached->number;
	TickKeyInt64(&key, Anum_changeset_id, id);
	TickScanBegin(&scan, TICK_REL_CHANGESET, "changeset_pkey", snapshot, 1, &key);
	tuple = TickScanNext(&scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		null;
		Datum		value = heap_getattr(tuple, Anum_changeset_number, RelationGetDescr(scan.relation), &null);

		if (!null)
			number = DatumGetInt64(value);
		if (!null && !TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)))
		{
			cached = hash_search(cache, &id, HASH_ENTER, NULL);
			cached->number = number;
		}
	}
	TickScanEnd(&scan);
	return number;
}

int64
TickCatalogNextChangeset(void)
{
	return TickCatalogNextval("changeset_id_seq");
}

void
TickCatalogInsertChangeset(const TickChangesetEntry *entry)
{
	TickWrite	write;
	Datum		values[Natts_changeset];
	bool		nulls[Natts_changeset] = {0};
	char	   *role = GetUserNameFromId(entry->role, true);

	values[Anum_changeset_id - 1] = Int64GetDatum(entry->id);
	values[Anum_changeset_number - 1] = Int64GetDatum(entry->number);
	values[Anum_changeset_stamp - 1] = TimestampTzGetDatum(entry->stamp);
	values[Anum_changeset_kind - 1] = CStringGetTextDatum(entry->kind);
	values[Anum_changeset_dataset - 1] = ObjectIdGetDatum(entry->dataset);
	values[Anum_changeset_rows_added - 1] = Int64GetDatum(entry->rows_added);
	values[Anum_changeset_rows_removed - 1] = Int64GetDatum(entry->rows_removed);
	values[Anum_changeset_role - 1] = DirectFunctionCall1(namein, CStringGetDatum(role != NULL ? role : ""));
	values[Anum_changeset_note - 1] = TickTextDatum(entry->note, &nulls[Anum_changeset_note - 1]);
	TickWriteBegin(&write, TICK_REL_CHANGESET);
	TickWriteInsert(&write, values, nulls);
	TickWriteEnd(&write);
}

/* Number and stamp of the first row that a backward scan gives; false when none. */
static bool
last_changeset(const char *index, Snapshot snapshot, int keys, ScanKey key,
			   int64 *number, TimestampTz *stamp)
{
	TickScan	scan;
	HeapTuple	tuple;
	bool		found;

	TickScanBegin(&scan, TICK_REL_CHANGESET, index, snapshot, keys, key);
	scan.backward = true;
	tuple = TickScanNext(&scan);
	found = HeapTupleIsValid(tuple);
	if (found)
	{
		TupleDesc	desc = RelationGetDescr(scan.relation);
		bool		null;

		*number = DatumGetInt64(heap_getattr(tuple, Anum_changeset_number, desc, &null));
		*stamp = DatumGetTimestampTz(heap_getattr(tuple, Anum_changeset_stamp, desc, &null));
	}
	TickScanEnd(&scan);
	return found;
}

bool
TickCatalogNewestChangeset(Snapshot snapshot, int64 *number, TimestampTz *stamp)
{
	ScanKeyData key;

	ScanKeyEntryInitialize(&key, SK_ISNULL | SK_SEARCHNOTNULL, Anum_changeset_number,
						   InvalidStrategy, InvalidOid, InvalidOid, InvalidOid, (Datum) 0);
	return last_changeset("changeset_number_key", snapshot, 1, &key, number, stamp);
}

/* Stamps ascend with numbers, so the last stamp is the highest number. */
bool
TickCatalogChangesetAt(TimestampTz at, Snapshot snapshot, int64 *number)
{
	ScanKeyData key;
	TimestampTz stamp;

	ScanKeyInit(&key, Anum_changeset_stamp, BTLessEqualStrategyNumber, F_TIMESTAMPTZ_LE,
				TimestampTzGetDatum(at));
	return last_changeset("changeset_stamp_idx", snapshot, 1, &key, number, &stamp);
}

bool
TickCatalogChangesetExists(int64 number, Snapshot snapshot)
{
	ScanKeyData key;
	TickScan	scan;
	bool		exists;

	TickKeyInt64(&key, Anum_changeset_number, number);
	TickScanBegin(&scan, TICK_REL_CHANGESET, "changeset_number_key", snapshot, 1, &key);
	exists = HeapTupleIsValid(TickScanNext(&scan));
	TickScanEnd(&scan);
	return exists;
}

/* Walks back from number; a dataset in use is met soon. */
bool
TickCatalogDatasetChangedBy(Oid dataset, int64 number, Snapshot snapshot)
{
	ScanKeyData key;
	TickScan	scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&key, Anum_changeset_number, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(number));
	TickScanBegin(&scan, TICK_REL_CHANGESET, "changeset_number_key", snapshot, 1, &key);
	scan.backward = true;
	while (!found && HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		bool		null;

		found = DatumGetObjectId(heap_getattr(tuple, Anum_changeset_dataset,
											  RelationGetDescr(scan.relation), &null)) == dataset;
	}
	TickScanEnd(&scan);
	return found;
}

/*
 * Rows stay, without the dataset: were the newest one deleted, its number
 * would be given again, and older numbers and times would stop to resolve
 * for other datasets.
 */
void
TickCatalogForgetChangesets(Oid dataset)
{
	ScanKeyData key;
	TickScan	scan;
	TickWrite	write;
	HeapTuple	tuple;
	Datum		values[Natts_changeset] = {0};
	bool		nulls[Natts_changeset] = {0};
	bool		replace[Natts_changeset] = {0};

	values[Anum_changeset_dataset - 1] = ObjectIdGetDatum(InvalidOid);
	replace[Anum_changeset_dataset - 1] = true;
	TickWriteBegin(&write, TICK_REL_CHANGESET);
	TickKeyOid(&key, Anum_changeset_dataset, dataset);
	TickScanBegin(&scan, TICK_REL_CHANGESET, NULL, GetLatestSnapshot(), 1, &key);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
		TickWriteUpdate(&write, tuple, values, nulls, replace);
	TickScanEnd(&scan);
	TickWriteEnd(&write);
}

/* ---- which changesets this transaction has used ---- */

static void
forget_used_changesets(void *argument)
{
	used_changesets = NULL;
}

/* The table dies with the transaction; the callback drops our pointer to it. */
static void
create_used_changesets(void)
{
	HASHCTL		control = {.keysize = sizeof(int64),.entrysize = sizeof(int64),.hcxt = TopTransactionContext};
	MemoryContextCallback *callback = MemoryContextAlloc(TopTransactionContext, sizeof(*callback));

	used_changesets = hash_create("tick used changesets", 16, &control,
								  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	callback->func = forget_used_changesets;
	callback->arg = NULL;
	MemoryContextRegisterResetCallback(TopTransactionContext, callback);
}

/* A use that a savepoint takes back stays remembered: at worst an empty changeset gets a number. */
void
TickCatalogUseChangeset(int64 id)
{
	if (used_changesets == NULL)
		create_used_changesets();
	(void) hash_search(used_changesets, &id, HASH_ENTER, NULL);
}

bool
TickCatalogUsesChangeset(int64 id)
{
	return used_changesets != NULL && hash_search(used_changesets, &id, HASH_FIND, NULL) != NULL;
}
