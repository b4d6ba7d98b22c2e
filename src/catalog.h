/*-------------------------------------------------------------------------
 *
 * catalog.h
 *	  Rows of tick's catalog as structs.
 *
 * The only module that names catalog columns.  Readers pass the snapshot
 * they read with; writers make their rows visible to themselves
 * (CommandCounterIncrement is theirs to call).  Results are allocated in the
 * current memory context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CATALOG_H
#define TICK_CATALOG_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/pg_list.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"

#include "storage.h"

/* Oids of the catalog's relations and of the extension, looked up by name at each call. */
typedef enum TickRelation
{
	TICK_REL_DATASET, TICK_REL_DATASET_COLUMN, TICK_REL_SEGMENT, TICK_REL_SYMBOL,
	TICK_REL_CHANGESET, TICK_REL_LOAD, TICK_REL_LOAD_REJECT, TICK_REL_SNAPSHOT, TICK_REL_DATAVIEW,
	TICK_REL_CALENDAR
} TickRelation;

extern Oid	TickCatalogRelation(TickRelation relation);
extern bool TickCatalogExists(void);	/* is the extension installed in this database? */
extern Oid	TickExtensionOid(void);
extern Oid	TickExtensionOwner(void);
extern Oid	TickServerOid(void);

/* ---- datasets ---- */

typedef struct TickDatasetEntry
{
	Oid			relid;
	char	   *grain;
	char	   *partition_field;	/* or NULL */
	char	   *zone;			/* or NULL */
	Interval	day_start;
	int32		next_column;
	int64		oldest_readable;
	int32		time_column;	/* ids of what segments are sorted by, 0: none */
	int32		symbol_column;
} TickDatasetEntry;

typedef struct TickDatasetColumnEntry
{
	AttrNumber	attnum;
	int32		column_id;
	char	   *field;
} TickDatasetColumnEntry;

/* NULL when the foreign table was never written to */
extern TickDatasetEntry *TickCatalogDataset(Oid relid, Snapshot snapshot);
extern List *TickCatalogDatasetColumns(Oid relid, Snapshot snapshot);	/* by attnum */
extern void TickCatalogInsertDataset(const TickDatasetEntry *entry);
extern void TickCatalogUpdateDataset(const TickDatasetEntry *entry);
extern void TickCatalogInsertDatasetColumn(Oid relid, const TickDatasetColumnEntry *entry);
extern List *TickCatalogDatasets(Snapshot snapshot);	/* of TickDatasetEntry */

/* ---- segments ---- */

typedef struct TickSegmentEntry
{
	int64		id;
	Oid			dataset;
	int32		partition;
	TickStored	stored;			/* image only when asked for */
	int64		rows;
	int32		symbols;
	bool		has_time;
	int64		time_min;		/* ns since 1970 always, also when the time column is a date */
	int64		time_max;
	bool		sorted;
	int			loads;
	int64	   *load;
	int64		added;			/* changeset ids */
	int64		added_number;	/* its number; PG_INT64_MAX while uncommitted */
	int64		removed;		/* 0: none */
	int			zone_maps;		/* -1 when not asked for */
	int32	   *zone_column;	/* column id of each map */
	TickType   *zone_type;
	TickZoneMap *zone_map;
} TickSegmentEntry;

#define TICK_SEGMENT_IMAGE		0x1 /* with the inline image (detoasted) */
#define TICK_SEGMENT_ZONE_MAPS	0x2
#define TICK_SEGMENT_LOADS		0x4

#define TICK_SEGMENTS_ALL (-2)	/* as the number of a query: retired ones too */

/*
 * TickSegmentQuery: which segments.  number -1: the present (removed is
 * not set, under the snapshot); else added <= number < removed.
 */
typedef struct TickSegmentQuery
{
	Oid			dataset;
	int64		number;
	int32		partition_low;	/* inclusive */
	int32		partition_high;
	int			flags;
} TickSegmentQuery;

/* List of TickSegmentEntry ordered by (partition, added_number, id). */
extern List *TickCatalogSegments(const TickSegmentQuery *query, Snapshot snapshot);
extern void TickCatalogInsertSegment(TickSegmentEntry *entry);	/* gives id */

/*
 * A column's map among those of an entry, or NULL when it says nothing: it
 * was made under another type, or of decimals, whose scale it does not tell.
 * *absent: the segment has no such column.
 */
extern const TickZoneMap *TickZoneMapsFind(const TickSegmentEntry *entry, int32 column, TickType type, bool *absent);
extern bytea *TickCatalogSegmentImage(int64 id, Snapshot snapshot);

/*
 * Set removed.  Waits for a concurrent writer of the row; when the row was
 * retired meanwhile, raises ERRCODE_T_R_SERIALIZATION_FAILURE.
 */
extern void TickCatalogRetireSegment(int64 id, int64 changeset);
extern bool TickCatalogDeleteSegment(int64 id);	/* false: it was gone */

/* Relations of a dataset's segments, retired ones too: Oids, at most limit of them. */
extern List *TickCatalogSegmentRelations(Oid dataset, int limit, Snapshot snapshot);
extern bool TickCatalogNamesRelation(Oid relid, Snapshot snapshot);	/* does a segment's row name it? */

/*
 * Retired segments of a dataset, for tick_vacuum().
 */
typedef struct TickRetiredSegment
{
	int64		id;
	Oid			relid;			/* InvalidOid: inline */
	int64		added_number;
	int64		removed_number;
	TimestampTz removed_stamp;
	bool		unseen;			/* no running transaction can see the row as live */
} TickRetiredSegment;

extern List *TickCatalogRetired(Oid dataset, Snapshot snapshot);

/*
 * Cheap totals for planning, from the rows alone (no images, no maps).
 */
typedef struct TickSegmentTotals
{
	int64		segments;
	int64		partitions;
	int64		rows;
	int64		bytes;
	int32		symbols;		/* largest of a segment */
	int32		partition_low;
	int32		partition_high;
	int64		time_min;
	int64		time_max;
} TickSegmentTotals;

extern void TickCatalogTotals(const TickSegmentQuery *query, Snapshot snapshot, TickSegmentTotals *totals);

/* Take the partition's lock (other rewriters wait; loads and readers do not). Sorted callers. */
extern void TickCatalogLockPartition(Oid dataset, int32 partition);

/* The same, or false when another transaction holds it. */
extern bool TickCatalogTryLockPartition(Oid dataset, int32 partition);

/* ---- loads and rejects ---- */

typedef struct TickLoadEntry
{
	int64		id;
	Oid			dataset;
	int64		changeset;		/* 0: none */
	char	   *file;
	int64		file_size;		/* -1: not known */
	TimestampTz file_mtime;
	bool		has_hash;
	uint8		hash[16];
	bool		on_ledger;
	int64		retired;		/* changeset id, 0: none */
	int64		lines,
				header,
				blank,
				comment,
				trailer,
				rows,
				rejected,
				rejected_lines,
				row_lines;
	const char *status;			/* "loaded" or "failed" */
	char	   *sqlstate;		/* or NULL */
	char	   *message;		/* or NULL */
	TimestampTz started;
	TimestampTz finished;
} TickLoadEntry;

extern int64 TickCatalogNextLoad(void);
extern void TickCatalogInsertLoad(const TickLoadEntry *entry);	/* the unique ledger index may raise 23505 */
/* load on the ledger with these, or NULL: by path, size and mtime; by size only (any); by hash */
extern TickLoadEntry *TickCatalogFindLoad(Oid dataset, const char *file, int64 size, TimestampTz mtime, Snapshot snapshot);
extern bool TickCatalogAnyLoadOfSize(Oid dataset, int64 size, Snapshot snapshot);
extern TickLoadEntry *TickCatalogFindHash(Oid dataset, const uint8 hash[16], Snapshot snapshot);
extern List *TickCatalogLoadsOfFile(Oid dataset, const char *file, Snapshot snapshot);	/* on the ledger or with rows */
extern List *TickCatalogLoads(Oid dataset, Snapshot snapshot);
/* take a load off the ledger (changeset > 0) or put it back (0) */
extern void TickCatalogSetLedger(int64 load, int64 retired);
/* its rows are back, but its content is on the ledger under another load */
extern void TickCatalogReviveLoad(int64 load);

typedef struct TickRejectEntry
{
	int64		load;
	Oid			dataset;
	const char *file;
	int64		line;
	const char *column;			/* or NULL */
	const char *value;			/* or NULL */
	const char *reason;
	const char *raw;			/* or NULL */
} TickRejectEntry;

extern void TickCatalogInsertRejects(const TickRejectEntry *entry, int count);

/* ---- changesets ---- */

typedef struct TickChangesetEntry
{
	int64		id;
	int64		number;			/* 0: none yet */
	TimestampTz stamp;
	char	   *kind;
	Oid			dataset;
	int64		rows_added;
	int64		rows_removed;
	char	   *note;
	Oid			role;			/* who announced it */
} TickChangesetEntry;

extern int64 TickCatalogNextChangeset(void);	/* an id */
extern void TickCatalogInsertChangeset(const TickChangesetEntry *entry);	/* numbered, for the role that runs it */
extern bool TickCatalogUsesChangeset(int64 id);	/* did this transaction write a row that refers to it? */
extern bool TickCatalogNewestChangeset(Snapshot snapshot, int64 *number, TimestampTz *stamp);
/* newest numbered changeset with stamp <= at; false when there is none */
extern bool TickCatalogChangesetAt(TimestampTz at, Snapshot snapshot, int64 *number);
extern bool TickCatalogChangesetExists(int64 number, Snapshot snapshot);
extern bool TickCatalogDatasetChangedBy(Oid dataset, int64 number, Snapshot snapshot);	/* has it a changeset up to number? */
extern int64 TickCatalogChangesetNumber(int64 id, Snapshot snapshot);	/* PG_INT64_MAX when none yet */

/* ---- snapshots and dataviews ---- */

typedef struct TickSnapshotEntry
{
	char	   *name;
	int64		number;
	Oid			dataset;		/* InvalidOid: database */
	char	   *comment;
} TickSnapshotEntry;

extern TickSnapshotEntry *TickCatalogSnapshot(const char *name, Snapshot snapshot);
extern List *TickCatalogSnapshots(Snapshot snapshot);
extern void TickCatalogInsertSnapshot(const TickSnapshotEntry *entry);
extern bool TickCatalogDeleteSnapshot(const char *name);

typedef struct TickDataviewEntry
{
	Oid			relid;
	Oid			dataset;
	char	   *as_of;			/* NULL: following */
} TickDataviewEntry;

extern TickDataviewEntry *TickCatalogDataview(Oid relid, Snapshot snapshot);
extern List *TickCatalogDataviewsOf(Oid dataset, Snapshot snapshot);	/* InvalidOid: all */
extern void TickCatalogInsertDataview(const TickDataviewEntry *entry);
extern void TickCatalogUpdateDataview(const TickDataviewEntry *entry);

/* Forget a dataset or dataview: every row of every table that names it. Segment relations are the caller's to drop first. */
extern void TickCatalogForget(Oid relid);

/* ---- calendars ---- */

/* A row of a calendar: of one day since 1970, or of weekdays. */
typedef struct TickCalendarEntry
{
	char	   *zone;			/* or NULL */
	bool		dated;
	int64		day;			/* when dated */
	int			weekdays;		/* else: bit n for ISO weekday n */
	bool		has_session;
	int64		open;			/* us since midnight */
	int64		close;
} TickCalendarEntry;

extern List *TickCatalogCalendar(const char *name, Snapshot snapshot);	/* NIL when there is none */

/* ---- symbols ---- */

extern bool TickCatalogFindSymbol(TickString name, Snapshot snapshot, int32 *code);
extern void TickCatalogInsertSymbols(const TickString *names, int count, int32 *codes);	/* sorted, new, under symbol.c's lock */
extern void TickCatalogEachSymbol(Snapshot snapshot, void (*visit) (void *context, TickString name, int32 code), void *context);

#endif							/* TICK_CATALOG_H */
