/*-------------------------------------------------------------------------
 *
 * changeset.c
 *	  Committed changes and their numbers.
 *
 * A transaction keeps its announced changesets in a list.  Just before it
 * commits (or is prepared) it takes the numbering lock, which it holds to its
 * end, gives each of them the next number and writes their rows.  So numbers
 * follow the order of commits: whoever sees number n sees all before it.
 * After PREPARE TRANSACTION the lock stays with the prepared transaction, and
 * other changes wait for its end.
 *
 * All that may fail happens before the commit; afterwards only the list is
 * forgotten.  Rows are written only then, so a rolled back change leaves none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "catalog.h"
#include "changeset.h"
#include "version.h"

/* The numbering lock is this sub-object of tick.changeset. */
#define NUMBERING_LOCK 1

/* Pending: a changeset of the current transaction; lives in TopTransactionContext. */
typedef struct Pending
{
	TickChangesetEntry entry;
	SubTransactionId subid;		/* a rollback of it takes the changeset with it */
	SubTransactionId forgotten; /* the dataset was dropped in it, and may come back with its rollback */
	char	   *notice;			/* to print when the number is known, or NULL */
} Pending;

static List *pending_changesets = NIL;

static Pending *
find_pending(int64 id)
{
	ListCell   *cell;

	foreach(cell, pending_changesets)
	{
		Pending    *pending = lfirst(cell);

		if (pending->entry.id == id)
			return pending;
	}
	elog(ERROR, "changeset " INT64_FORMAT " is not of this transaction", id);
}

/* What the user ran, for "cannot execute ... in a read-only transaction". */
static const char *
command_of(const char *kind)
{
	if (strcmp(kind, "insert") == 0)
		return "INSERT";
	if (strcmp(kind, "truncate") == 0)
		return "TRUNCATE TABLE";
	return psprintf("tick_%s()", kind);
}

int64
TickChangesetBegin(const char *kind, Oid dataset)
{
	MemoryContext caller;
	Pending    *pending;
	const char *command = command_of(kind);

	PreventCommandIfReadOnly(command);
	PreventCommandDuringRecovery(command);
	PreventCommandIfParallelMode(command);
	TickVersionRefuseWrite();

	caller = MemoryContextSwitchTo(TopTransactionContext);
	pending = palloc0(sizeof(Pending));
	pending->entry.id = TickCatalogNextChangeset();
	pending->entry.kind = pstrdup(kind);
	pending->entry.dataset = dataset;
	pending->entry.role = GetUserId();
	pending->subid = GetCurrentSubTransactionId();
	pending_changesets = lappend(pending_changesets, pending);
	MemoryContextSwitchTo(caller);
	return pending->entry.id;
}

void
TickChangesetCount(int64 id, int64 rows_added, int64 rows_removed)
{
	Pending    *pending = find_pending(id);

	pending->entry.rows_added += rows_added;
	pending->entry.rows_removed += rows_removed;
}

void
TickChangesetNote(int64 id, const char *note)
{
	find_pending(id)->entry.note = MemoryContextStrdup(TopTransactionContext, note);
}

/* A change that changed nothing and that no row refers to gets no number. */
static bool
is_empty(const Pending *pending)
{
	return pending->entry.rows_added == 0 && pending->entry.rows_removed == 0 &&
		!TickCatalogUsesChangeset(pending->entry.id);
}

void
TickChangesetNotice(int64 id, const char *message, bool commits)
{
	Pending    *pending = find_pending(id);

	if (commits || !IsTransactionBlock())
		pending->notice = MemoryContextStrdup(TopTransactionContext, message);
	else if (is_empty(pending))
		ereport(NOTICE, (errmsg_internal("%s", message)));
	else
		ereport(NOTICE, (errmsg("%s; changeset at commit", message)));
}

static bool
is_forgotten(const Pending *pending)
{
	return pending->forgotten != InvalidSubTransactionId;
}

bool
TickChangesetPending(void)
{
	ListCell   *cell;

	foreach(cell, pending_changesets)
		if (!is_forgotten(lfirst(cell)))
			return true;
	return false;
}

/* The dataset is dropped in this transaction: its changes have nothing left to tell of. */
void
TickChangesetForget(Oid dataset)
{
	ListCell   *cell;

	foreach(cell, pending_changesets)
	{
		Pending    *pending = lfirst(cell);

		if (pending->entry.dataset == dataset && !is_forgotten(pending))
			pending->forgotten = GetCurrentSubTransactionId();
	}
}

void
TickChangesetWait(void)
{
	Oid			relid = TickCatalogRelation(TICK_REL_CHANGESET);

	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot read as of a time after the newest changeset during recovery"),
				 errdetail("A change of that time may not have arrived yet."),
				 errhint("Use the number of a changeset, or the time of one in tick.changesets.")));
	LockDatabaseObject(RelationRelationId, relid, NUMBERING_LOCK, ShareLock);
	UnlockDatabaseObject(RelationRelationId, relid, NUMBERING_LOCK, ShareLock);
}

/*
 * Newest number and stamp, under the numbering lock.  A serializable
 * transaction looks with SnapshotSelf, whose reads it does not promise to
 * repeat: every change would otherwise read what the next one writes.
 */
static void
newest_changeset(int64 *number, TimestampTz *stamp)
{
	Snapshot	snapshot = IsolationIsSerializable() ? SnapshotSelf : GetLatestSnapshot();

	if (!TickCatalogNewestChangeset(snapshot, number, stamp))
	{
		*number = 0;
		*stamp = PG_INT64_MIN;
	}
}

static void
print_notice(const Pending *pending)
{
	if (pending->notice == NULL)
		return;
	if (pending->entry.number == 0)
		ereport(NOTICE, (errmsg_internal("%s", pending->notice)));
	else
		ereport(NOTICE, (errmsg("%s; changeset " INT64_FORMAT, pending->notice, pending->entry.number)));
}

/* Give the changesets of the list their numbers, in the order of their announcement. */
static void
number_pending(List *pendings)
{
	int64		number = 0;
	TimestampTz stamp = 0;
	bool		locked = false;
	ListCell   *cell;

	foreach(cell, pendings)
	{
		Pending    *pending = lfirst(cell);

		if (is_empty(pending) || is_forgotten(pending))
			continue;
		if (!locked)
		{
			LockDatabaseObject(RelationRelationId, TickCatalogRelation(TICK_REL_CHANGESET),
							   NUMBERING_LOCK, ExclusiveLock);
			newest_changeset(&number, &stamp);
			locked = true;
		}
		number++;
		stamp = Max(GetCurrentTimestamp(), stamp + 1);
		pending->entry.number = number;
		pending->entry.stamp = stamp;
		TickCatalogInsertChangeset(&pending->entry);
	}
	if (locked)
		CommandCounterIncrement();
	foreach(cell, pendings)
		if (!is_forgotten(lfirst(cell)))
			print_notice(lfirst(cell));
}

/*
 * Before the commit.  The list is taken off first, so that an error here
 * cannot make the abort look at it again.
 */
static void
number_all(void)
{
	MemoryContext scratch;
	MemoryContext caller;
	List	   *pendings = pending_changesets;

	pending_changesets = NIL;
	if (pendings == NIL)
		return;
	scratch = AllocSetContextCreate(TopTransactionContext, "tick changesets", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(scratch);
	CommandCounterIncrement();
	PushActiveSnapshot(GetLatestSnapshot());
	number_pending(pendings);
	PopActiveSnapshot();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
}

static void
at_transaction_end(XactEvent event, void *argument)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			number_all();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			/* the list's memory goes with TopTransactionContext */
			pending_changesets = NIL;
			break;
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			/* workers do not write */
			break;
	}
}

static void
at_subtransaction_end(SubXactEvent event, SubTransactionId subid,
					  SubTransactionId parent, void *argument)
{
	ListCell   *cell;

	if (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB)
		return;
	foreach(cell, pending_changesets)
	{
		Pending    *pending = lfirst(cell);

		if (pending->forgotten == subid)
			pending->forgotten = event == SUBXACT_EVENT_COMMIT_SUB ? parent : InvalidSubTransactionId;
		if (pending->subid != subid)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			pending->subid = parent;
		else
			pending_changesets = foreach_delete_current(pending_changesets, cell);
	}
}

void
TickChangesetInit(void)
{
	RegisterXactCallback(at_transaction_end, NULL);
	RegisterSubXactCallback(at_subtransaction_end, NULL);
}
