/*-------------------------------------------------------------------------
 *
 * storage_sweep.c
 *	  Segment relations and files that nothing refers to.
 *
 * A stray relation is a segment in pg_class without a row in tick.segment:
 * what a drop of a large dataset left for later, or one made with event
 * triggers off.
 *
 * An orphan file is what a crash leaves of a relation whose transaction
 * never committed: the server does not know of it.  It is unlinked only when
 * its page 0 proves that
 *
 *	- it is ours: magic, layout version and checksum of the origin are right,
 *	- it is this very file: database and relfilenode are the file's own (a
 *	  copy made by CREATE DATABASE TEMPLATE names another database),
 *	- its transaction is over and did not commit, and is older than every
 *	  running one; when it is too old to ask, the file stays,
 *
 * and when no row of pg_class has that relfilenode, be it dead or not yet
 * committed; only rows of transactions that rolled back do not count.  Files
 * are read before transactions are asked, and those before pg_class is read:
 * whatever was under way is seen by the later step.  A relfilenode is not
 * given again while its file exists, so the file cannot become another one's
 * meanwhile.
 *
 * On a standby that was promoted, page 0 may still be in the buffers and the
 * file zero: when a file that pg_class does not know begins with zeros, a
 * checkpoint writes what there is, and files are looked at again.
 *
 * Files go with the commit of the calling transaction, whose WAL record has
 * standbys unlink theirs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlogutils.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_tablespace.h"
#include "catalog/storage.h"
#include "commands/defrem.h"
#include "common/relpath.h"
#include "miscadmin.h"
#include "postmaster/bgwriter.h"
#include "storage/fd.h"
#include "storage/lmgr.h"
#include "storage/lwlock.h"
#include "storage/procarray.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "catalog.h"
#include "storage_internal.h"

/* Candidate: a file that says it is ours, or says nothing yet; dead until something speaks for it. */
typedef struct Candidate
{
	RelFileLocator locator;
	FullTransactionId xid;
	bool		dead;
	bool		unwritten;		/* page 0 is zero: no xid */
} Candidate;

List *
TickStorageStray(void)
{
	Oid			namespace = get_namespace_oid(TICK_STORE_SCHEMA, false);
	Oid			method = get_table_am_oid(TICK_SEGMENT_AM, false);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	Relation	relation = table_open(RelationRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *stray = NIL;

	ScanKeyInit(&key, Anum_pg_class_relnamespace, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(namespace));
	scan = systable_beginscan(relation, InvalidOid, false, snapshot, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		CHECK_FOR_INTERRUPTS();
		if (form->relkind == RELKIND_RELATION && form->relam == method &&
			!TickCatalogNamesRelation(form->oid, snapshot))
			stray = lappend_oid(stray, form->oid);
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	UnregisterSnapshot(snapshot);
	return stray;
}

/* ---- files ---- */

/* The relfilenode that a file's name is, InvalidOid for other forks, segments of 1 GB and other files. */
static Oid
relfilenode_of_name(const char *name)
{
	char	   *end;
	unsigned long number;

	if (name[0] < '1' || name[0] > '9')
		return InvalidOid;
	errno = 0;
	number = strtoul(name, &end, 10);
	if (errno != 0 || *end != '\0' || number > PG_UINT32_MAX)
		return InvalidOid;
	return (Oid) number;
}

/* Read page 0 past the buffers: nobody knows the file.  One that vanishes meanwhile is not ours to sweep. */
static bool
read_first_page(const char *path, char *page)
{
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	int			got;

	if (fd < 0)
		return false;
	got = read(fd, page, BLCKSZ);
	CloseTransientFile(fd);
	return got == BLCKSZ;
}

static bool
page_is_zero(const char *page)
{
	for (int i = 0; i < BLCKSZ; i++)
		if (page[i] != 0)
			return false;
	return true;
}

static void
look_at_file(const char *directory, const char *name, Oid tablespace, List **candidates)
{
	PGAlignedBlock page;
	char		path[MAXPGPATH];
	const TickPageOrigin *origin = TickPageGetOrigin(page.data);
	Oid			relfilenode = relfilenode_of_name(name);
	Candidate  *candidate;
	bool		unwritten;

	if (!OidIsValid(relfilenode))
		return;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (!read_first_page(path, page.data))
		return;
	unwritten = page_is_zero(page.data);
	if (!unwritten && (!TickPageOriginValid(page.data) ||
					   origin->database != MyDatabaseId || origin->relfilenode != relfilenode))
		return;
	candidate = palloc(sizeof(Candidate));
	candidate->unwritten = unwritten;
	candidate->locator.spcOid = tablespace;
	candidate->locator.dbOid = MyDatabaseId;
	candidate->locator.relNumber = relfilenode;
	candidate->xid = FullTransactionIdFromU64(origin->xid);
	candidate->dead = true;
	*candidates = lappend(*candidates, candidate);
}

static void
look_at_tablespace(Oid tablespace, List **candidates)
{
	char	   *directory = GetDatabasePath(MyDatabaseId, tablespace);
	DIR		   *dir = AllocateDir(directory);
	struct dirent *entry;

	if (dir == NULL && errno == ENOENT)
	{
		/* the database has nothing there */
		pfree(directory);
		return;
	}
	while ((entry = ReadDir(dir, directory)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		look_at_file(directory, entry->d_name, tablespace, candidates);
	}
	FreeDir(dir);
	pfree(directory);
}

static List *
find_candidates(void)
{
	Relation	relation = table_open(TableSpaceRelationId, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(relation, 0, NULL);
	HeapTuple	tuple;
	List	   *candidates = NIL;

	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Oid			tablespace = ((Form_pg_tablespace) GETSTRUCT(tuple))->oid;

		if (tablespace != GLOBALTABLESPACE_OID)
			look_at_tablespace(tablespace, &candidates);
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	return candidates;
}

/* Is it certain that the transaction is over and did not commit? */
static bool
is_aborted(FullTransactionId full, FullTransactionId next, TransactionId oldest_running)
{
	TransactionId xid = XidFromFullTransactionId(full);
	uint64		age = U64FromFullTransactionId(next) - U64FromFullTransactionId(full);
	bool		aborted = false;

	if (!TransactionIdIsNormal(xid) || !FullTransactionIdPrecedes(full, next) || age >= PG_INT32_MAX)
		return false;
	if (!TransactionIdPrecedes(xid, oldest_running) || TransactionIdIsInProgress(xid))
		return false;
	/* keeps the status from being truncated while we look */
	LWLockAcquire(XactTruncationLock, LW_SHARED);
	if (TransactionIdFollowsOrEquals(xid, TransamVariables->oldestClogXid))
		aborted = !TransactionIdDidCommit(xid);
	LWLockRelease(XactTruncationLock);
	return aborted;
}

static void
spare_unfinished(List *candidates)
{
	FullTransactionId next = ReadNextFullTransactionId();
	TransactionId oldest_running = GetOldestTransactionIdConsideredRunning();
	ListCell   *cell;

	foreach(cell, candidates)
	{
		Candidate  *candidate = lfirst(cell);

		if (!candidate->unwritten && !is_aborted(candidate->xid, next, oldest_running))
			candidate->dead = false;
	}
}

/* Was the row inserted by a transaction that is over and did not commit? */
static bool
row_is_aborted(HeapTuple tuple)
{
	TransactionId xmin = HeapTupleHeaderGetXmin(tuple->t_data);

	if (HeapTupleHeaderXminCommitted(tuple->t_data) || !TransactionIdIsNormal(xmin))
		return false;
	return !TransactionIdIsCurrentTransactionId(xmin) && !TransactionIdIsInProgress(xmin) &&
		!TransactionIdDidCommit(xmin);
}

/* Any other row of pg_class speaks for its file, in whatever tablespace. */
static void
spare_known(List *candidates)
{
	Relation	relation = table_open(RelationRelationId, AccessShareLock);
	TableScanDesc scan = table_beginscan(relation, SnapshotAny, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Oid			relfilenode = ((Form_pg_class) GETSTRUCT(tuple))->relfilenode;
		ListCell   *cell;

		CHECK_FOR_INTERRUPTS();
		foreach(cell, candidates)
		{
			Candidate  *candidate = lfirst(cell);

			if (candidate->locator.relNumber == relfilenode && !row_is_aborted(tuple))
				candidate->dead = false;
		}
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
}

static List *
only_dead(List *candidates)
{
	ListCell   *cell;

	foreach(cell, candidates)
		if (!((Candidate *) lfirst(cell))->dead)
			candidates = foreach_delete_current(candidates, cell);
	return candidates;
}

/* Files that begin with zeros and that pg_class does not know. */
static bool
any_unwritten(List *candidates)
{
	ListCell   *cell;

	foreach(cell, candidates)
		if (((Candidate *) lfirst(cell))->unwritten)
			return true;
	return false;
}

/*
 * Candidates are sieved by transaction before pg_class is read, so that its
 * scan compares with the few that remain.
 */
static List *
dead_files(void)
{
	List	   *candidates = find_candidates();

	spare_unfinished(candidates);
	candidates = only_dead(candidates);
	if (candidates != NIL)
		spare_known(candidates);
	return only_dead(candidates);
}

/* Those of them that prove to be ours. */
static List *
proven_files(void)
{
	List	   *candidates = dead_files();
	ListCell   *cell;

	if (any_unwritten(candidates))
	{
		RequestCheckpoint(CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE | CHECKPOINT_WAIT);
		candidates = dead_files();
	}
	foreach(cell, candidates)
		if (((Candidate *) lfirst(cell))->unwritten)
			candidates = foreach_delete_current(candidates, cell);
	return candidates;
}

/*
 * Two sweeps at once would both have the same file unlinked, the second one
 * perhaps when its number is in use again: one waits for the other's end.
 */
int
TickStorageSweep(void)
{
	List	   *candidates;
	ListCell   *cell;

	PreventCommandDuringRecovery("tick_vacuum()");
	LockDatabaseObject(RelationRelationId, TickCatalogRelation(TICK_REL_SEGMENT), 1, ExclusiveLock);
	candidates = proven_files();
	if (candidates == NIL)
		return 0;
	/* a transaction that unlinks files must have an id to log them with */
	(void) GetTopTransactionId();
	foreach(cell, candidates)
	{
		Relation	fake = CreateFakeRelcacheEntry(((Candidate *) lfirst(cell))->locator);

		RelationDropStorage(fake);
		FreeFakeRelcacheEntry(fake);
	}
	return list_length(candidates);
}
