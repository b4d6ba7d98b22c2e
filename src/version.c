/*-------------------------------------------------------------------------
 *
 * version.c
 *	  Which version of a dataset is read.
 *
 * A text stands for a version in one of three ways, tried in this order: the
 * name of a snapshot, the number of a changeset, a time.  Names that read as
 * a number or a time are refused at creation, so the order decides nothing
 * but what it costs; a name goes first because what reads as a time depends
 * on settings that may change later.
 *
 * Changesets are numbered in commit order, and their stamps ascend with the
 * numbers.  So a snapshot sees all numbers up to some newest one, and the
 * answer for a time up to that one's stamp is final.  A later time may still
 * get changes: then the numbers being given are waited for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "common/int.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "catalog.h"
#include "changeset.h"
#include "tick.h"
#include "version.h"

/* A sub-object of tick.snapshot. */
#define NAMES_LOCK 1

/*
 * Does the text read as a whole number?  One of too many digits counts as
 * one, and stands for no changeset.
 */
static bool
parse_number(const char *text, int64 *number)
{
	const char *digit = text;
	bool		negative;

	while (isspace((unsigned char) *digit))
		digit++;
	negative = *digit == '-';
	if (*digit == '-' || *digit == '+')
		digit++;
	if (!isdigit((unsigned char) *digit))
		return false;
	for (*number = 0; isdigit((unsigned char) *digit); digit++)
		if (pg_mul_s64_overflow(*number, 10, number) ||
			pg_add_s64_overflow(*number, *digit - '0', number))
			*number = PG_INT64_MAX / 100;	/* no changeset has it, nor with more digits */
	while (isspace((unsigned char) *digit))
		digit++;
	if (negative)
		*number = -*number;
	return *digit == '\0';
}

/* As timestamptz's input, but false where that raises an error. */
static bool
parse_time(const char *text, TimestampTz *at)
{
	char		work[MAXDATELEN + MAXDATEFIELDS];
	char	   *field[MAXDATEFIELDS];
	int			type[MAXDATEFIELDS];
	int			fields;
	int			kind;
	int			zone;
	struct pg_tm tm;
	fsec_t		fraction;

	if (ParseDateTime(text, work, sizeof(work), field, type, MAXDATEFIELDS, &fields) != 0 ||
		TickDecodeDateTime(field, type, fields, &kind, &tm, &fraction, &zone) != 0)
		return false;
	switch (kind)
	{
		case DTK_DATE:
			return tm2timestamp(&tm, fraction, &zone, at) == 0;
		case DTK_EPOCH:
			*at = SetEpochTimestamp();
			return true;
		case DTK_LATE:
			TIMESTAMP_NOEND(*at);
			return true;
		case DTK_EARLY:
			TIMESTAMP_NOBEGIN(*at);
			return true;
	}
	return false;
}

bool
TickVersionIsNumberOrTime(const char *text)
{
	int64		number;
	TimestampTz at;

	return parse_number(text, &number) || parse_time(text, &at);
}

static char *
dataset_name(Oid dataset)
{
	char	   *name = get_rel_name(dataset);

	return name != NULL ? name : psprintf("%u", dataset);
}

/* A snapshot of the whole database lacks the datasets that came later. */
static int64
resolve_snapshot(const TickSnapshotEntry *entry, Oid dataset, Snapshot snapshot)
{
	if (!OidIsValid(dataset))
		return entry->number;
	if (OidIsValid(entry->dataset) ? entry->dataset != dataset :
		!TickCatalogDatasetChangedBy(dataset, entry->number, snapshot))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("snapshot \"%s\" does not hold dataset \"%s\"", entry->name, dataset_name(dataset)),
				 OidIsValid(entry->dataset) ?
				 errdetail("It is a snapshot of dataset \"%s\".", dataset_name(entry->dataset)) :
				 errdetail("The dataset has its first rows from a later changeset than " INT64_FORMAT ".",
						   entry->number)));
	return entry->number;
}

static int64
resolve_number(const char *as_of, int64 number, Snapshot snapshot)
{
	if (!TickCatalogChangesetExists(number, snapshot))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("changeset %s does not exist", as_of)));
	return number;
}

/*
 * The time is after everything the snapshot shows.  Wait for the changes
 * that have a stamp already; when one of them turns out to belong to the
 * answer, this snapshot is too old to give it.
 */
static void
wait_for_changes(TimestampTz at, int64 newest)
{
	Snapshot	latest;
	int64		number;

	TickChangesetWait();
	latest = IsInParallelMode() ? SnapshotSelf : GetLatestSnapshot();
	if (TickCatalogChangesetAt(at, latest, &number) && number > newest)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not read as of %s, as changeset " INT64_FORMAT " was committed meanwhile",
						timestamptz_to_str(at), number),
				 errhint("The transaction might succeed if retried.")));
}

static int64
resolve_time(TimestampTz at, Snapshot snapshot)
{
	int64		newest = 0;
	int64		number = 0;
	TimestampTz newest_stamp = PG_INT64_MIN;

	if (at > GetCurrentTimestamp())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot read as of %s, which is in the future", timestamptz_to_str(at))));
	(void) TickCatalogNewestChangeset(snapshot, &newest, &newest_stamp);
	if (at > newest_stamp)
	{
		wait_for_changes(at, newest);
		return newest;
	}
	(void) TickCatalogChangesetAt(at, snapshot, &number);
	return number;
}

/*
 * Versions below oldest_readable have lost segments, but for those that a
 * snapshot keeps: a number that one names is as good as its name.
 */
static bool
is_kept(Oid dataset, int64 number, Snapshot snapshot)
{
	ListCell   *cell;

	foreach(cell, TickCatalogSnapshots(snapshot))
	{
		TickSnapshotEntry *entry = lfirst(cell);

		if (entry->number == number && (!OidIsValid(entry->dataset) || entry->dataset == dataset))
			return true;
	}
	return false;
}

static void
check_readable(const char *as_of, int64 number, Oid dataset, Snapshot snapshot)
{
	TickDatasetEntry *entry = OidIsValid(dataset) ? TickCatalogDataset(dataset, snapshot) : NULL;

	if (entry == NULL || number >= entry->oldest_readable || is_kept(dataset, number, snapshot))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SNAPSHOT_TOO_OLD),
			 errmsg("version \"%s\" of dataset \"%s\" is no longer kept", as_of, dataset_name(dataset)),
			 errdetail("Its oldest version without a snapshot is changeset " INT64_FORMAT ".",
					   entry->oldest_readable)));
}

/* The work of TickVersionResolve(); kept: what as_of names is kept readable by whoever recorded it. */
static int64
resolve(const char *as_of, Oid dataset, bool kept, Snapshot snapshot)
{
	TickSnapshotEntry *entry = TickCatalogSnapshot(as_of, snapshot);
	TimestampTz at;
	int64		number;

	if (entry != NULL)
		return resolve_snapshot(entry, dataset, snapshot);
	if (parse_number(as_of, &number))
		number = resolve_number(as_of, number, snapshot);
	else if (parse_time(as_of, &at))
		number = resolve_time(at, snapshot);
	else
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("snapshot \"%s\" does not exist", as_of),
				 errhint("A version is a snapshot's name, a changeset's number or a time.")));
	if (!kept)
		check_readable(as_of, number, dataset, snapshot);
	return number;
}

int64
TickVersionResolve(const char *as_of, Oid dataset, Snapshot snapshot)
{
	if (as_of == NULL || as_of[0] == '\0')
		return TICK_VERSION_PRESENT;
	return resolve(as_of, dataset, false, snapshot);
}

bool
TickVersionLookup(const char *as_of, Snapshot snapshot, int64 *number)
{
	TickSnapshotEntry *entry = TickCatalogSnapshot(as_of, snapshot);
	TimestampTz at;

	if (entry != NULL)
	{
		*number = entry->number;
		return true;
	}
	if (parse_number(as_of, number))
		return TickCatalogChangesetExists(*number, snapshot);
	return parse_time(as_of, &at) && TickCatalogChangesetAt(at, snapshot, number);
}

char *
TickVersionPinned(const char *as_of, Snapshot snapshot)
{
	int64		number;
	TimestampTz at;

	if (TickCatalogSnapshot(as_of, snapshot) == NULL && !parse_number(as_of, &number) && parse_time(as_of, &at))
		as_of = timestamptz_to_str(at);
	return pstrdup(as_of);
}

void
TickVersionLockNames(LOCKMODE mode)
{
	LockDatabaseObject(RelationRelationId, TickCatalogRelation(TICK_REL_SNAPSHOT), NAMES_LOCK, mode);
}

/* tick_vacuum keeps what pinned dataviews read, so theirs is not checked against oldest_readable. */
int64
TickVersionForScan(Oid dataset, const char *dataview_as_of, Snapshot snapshot)
{
	if (dataview_as_of != NULL && dataview_as_of[0] != '\0')
		return resolve(dataview_as_of, dataset, true, snapshot);
	return TickVersionResolve(tick_as_of, dataset, snapshot);
}

void
TickVersionRefuseWrite(void)
{
	if (tick_as_of != NULL && tick_as_of[0] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot change datasets while \"tick.as_of\" is set"),
				 errhint("Use RESET tick.as_of first.")));
}
