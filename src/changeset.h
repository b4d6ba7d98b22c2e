/*-------------------------------------------------------------------------
 *
 * changeset.h
 *	  Committed changes and their numbers.
 *
 * A change is announced at its start and gets an id; segment rows refer to
 * the id.  Its number is given in PRE_COMMIT (or PRE_PREPARE) under a lock
 * that is held until the transaction ends, so that numbers follow commit
 * order.  A rolled back savepoint takes its changesets with it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CHANGESET_H
#define TICK_CHANGESET_H

#include "postgres.h"

extern void TickChangesetInit(void);	/* registers the callbacks; from _PG_init */

/*
 * Announce a change; refuses read-only transactions, recovery, parallel
 * mode and a set tick.as_of.  Returns the changeset's id.
 */
extern int64 TickChangesetBegin(const char *kind, Oid dataset);

/* What the change did; added to what was said before. */
extern void TickChangesetCount(int64 id, int64 rows_added, int64 rows_removed);
extern void TickChangesetNote(int64 id, const char *note);

/*
 * Print message as a NOTICE when the number is known: at the commit of a
 * statement outside a transaction block (followed by "; changeset N"), and
 * at once inside one (followed by "; changeset at commit").  commits: the
 * caller is in a subtransaction of its own and commits right behind it.
 */
extern void TickChangesetNotice(int64 id, const char *message, bool commits);

/* Has this transaction announced changes that have no number yet? */
extern bool TickChangesetPending(void);

/* Forget the changesets of a dataset that this transaction drops. */
extern void TickChangesetForget(Oid dataset);

/* Wait for the numbers being given right now (for "as of now"). ERROR on a standby. */
extern void TickChangesetWait(void);

#endif							/* TICK_CHANGESET_H */
