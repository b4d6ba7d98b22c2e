/*-------------------------------------------------------------------------
 *
 * version.h
 *	  Which version of a dataset is read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_VERSION_H
#define TICK_VERSION_H

#include "postgres.h"

#include "storage/lockdefs.h"
#include "utils/snapshot.h"

#define TICK_VERSION_PRESENT (-1)

/*
 * The changeset number that as_of (a snapshot's name, a number or a time)
 * stands for.  Errors: nothing of that name, a future time, a version older
 * than the dataset's oldest_readable, a dataset that the snapshot lacks.
 * NULL or "" give TICK_VERSION_PRESENT.
 */
extern int64 TickVersionResolve(const char *as_of, Oid dataset, Snapshot snapshot);

/*
 * The number alone, without asking whether a dataset can still be read as
 * of it; false when as_of names nothing.
 */
extern bool TickVersionLookup(const char *as_of, Snapshot snapshot, int64 *number);

/*
 * Version to read for a scan of dataset: the dataview's own as_of when it
 * has one, else tick.as_of.  Called at executor start, never while planning.
 */
extern int64 TickVersionForScan(Oid dataset, const char *dataview_as_of, Snapshot snapshot);

/* Raise when tick.as_of is set: writes go to the present only. */
extern void TickVersionRefuseWrite(void);

/*
 * as_of as it is written down for later: a time by its day and its offset
 * from UTC, so that it means the same moment tomorrow and in every session.
 */
extern char *TickVersionPinned(const char *as_of, Snapshot snapshot);

/*
 * Held by who names a version (ShareLock: a snapshot, a dataview's as_of), by
 * who drops such a name (ExclusiveLock) and by who drops versions that nobody
 * has named (ShareUpdateExclusiveLock): what is being named stays meanwhile.
 */
extern void TickVersionLockNames(LOCKMODE mode);

/* Would this text be read as a number or a time? Such names are no snapshot names. */
extern bool TickVersionIsNumberOrTime(const char *text);

#endif							/* TICK_VERSION_H */
