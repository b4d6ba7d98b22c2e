/*-------------------------------------------------------------------------
 *
 * dataset.h
 *	  A dataset as its foreign table describes it: columns, roles, grain,
 *	  zone, and where each attribute comes from in a segment.
 *
 * The foreign table is the truth for names and types; the catalog adds the
 * identity (column id) of each stored field, so that renames are harmless.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_DATASET_H
#define TICK_DATASET_H

#include "postgres.h"

#include "access/attnum.h"
#include "catalog/pg_attribute.h"
#include "utils/rel.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"

#include "core/segment.h"
#include "core/zone.h"

typedef enum TickGrain
{
	TICK_GRAIN_DAY, TICK_GRAIN_MONTH, TICK_GRAIN_YEAR,
	TICK_GRAIN_INTEGER,			/* by an integer or date column */
	TICK_GRAIN_NONE				/* one partition, number 0 */
} TickGrain;

/* Where an attribute's value comes from. */
typedef enum TickAttributeKind
{
	TICK_ATTRIBUTE_DROPPED,
	TICK_ATTRIBUTE_STORED,		/* column of the schema, same meaning */
	TICK_ATTRIBUTE_STAMP_US,	/* timestamp[tz] over a TICK_STAMP column: floor to microseconds */
	TICK_ATTRIBUTE_STAMP_NS,	/* bigint over a TICK_STAMP column: ns since 1970 */
	TICK_ATTRIBUTE_DATE,		/* virtual 'date': day of the time in the dataset's zone */
	TICK_ATTRIBUTE_LOAD_ID		/* virtual 'load_id' */
} TickAttributeKind;

typedef struct TickAttribute
{
	TickAttributeKind kind;
	AttrNumber	attnum;
	NameData	name;
	Oid			type;
	int32		typmod;
	Oid			collation;
	bool		not_null;
	TickRole	role;
	char	   *field;			/* option field, or the name */
	int			column;			/* index in schema.column, -1 for DROPPED (and for DATE without time) */
} TickAttribute;

typedef struct TickDataset
{
	Oid			relid;			/* the foreign table that was opened */
	Oid			source;			/* the dataset whose segments are read: relid, or a dataview's */
	bool		is_dataview;
	char	   *dataview_as_of; /* of a pinned dataview, or NULL */
	char	   *name;			/* unquoted relation name */
	Oid			owner;
	bool		registered;		/* has a row in tick.dataset */
	bool		layout_changed; /* whose grain, zone or day_start is not the foreign table's */
	int64		oldest_readable;
	int			attributes;		/* natts of the foreign table */
	TickAttribute *attribute;	/* by attnum - 1 */
	TickSchema	schema;			/* stored columns; the load id is the last one */
	int			load_id;		/* index of it */
	int			date_attribute; /* index of the virtual date, or -1 */
	TickGrain	grain;
	int			partition_column;	/* schema index of what partitions (time when by day, month, year), or -1 */
	bool		time_is_tz;		/* the time is timestamptz: stored in UTC */
	char	   *zone_name;		/* or NULL */
	const TickZone *zone;		/* or NULL: stamps are naive */
	int64		day_start;		/* ns after midnight at which a day begins; negative: the evening before */
	char	   *stats_where;	/* or NULL */
	uint64		stats_hash;		/* of stats_where, 0 when NULL */
	bool		is_bars;		/* has open, high, low and close */
	struct TickDerived *derived;	/* of a join of two datasets (source is the left's), or NULL: dataset_derived.h */
} TickDataset;

/*
 * Describe a dataset or dataview.  The relation must be a foreign table of
 * tick_fdw (ERRCODE_WRONG_OBJECT_TYPE with a hint otherwise).  Errors for
 * contradictory options.  Allocated in the current context.
 */
extern TickDataset *TickDatasetOpen(Relation relation, Snapshot snapshot);

/* Is it a foreign table of tick_fdw? */
extern bool TickIsDataset(Oid relid);

/* Raise when segments exist that were written under another grain, zone or day_start: readers call it. */
extern void TickDatasetCheckLayout(const TickDataset *dataset, Snapshot snapshot);

/*
 * A dataview reads its source with its owner's rights, as a view does:
 * whoever shows anything of a dataset calls this.
 */
extern void TickDatasetCheckSource(const TickDataset *dataset);

/*
 * Make sure that the catalog knows the dataset and all its columns, before
 * the first write; takes ShareUpdateExclusiveLock on its catalog identity.
 * Refuses temporary tables, dataviews, changed grain or zone.  Refreshes
 * the column ids in *dataset.
 */
extern void TickDatasetRegister(TickDataset *dataset, Relation relation);

/* Can a row have this time?  A date may lie beyond what ns since 1970 can count. */
extern bool TickDatasetHoldsTime(const TickDataset *dataset, int64 time);

/* Partition of a row: from its time (ns; UTC for timestamptz) or the value of its partition column. */
extern int32 TickDatasetPartition(const TickDataset *dataset, int64 value, int *zone_hint);

/* Day (since 1970) that a stored time belongs to: the virtual date. */
extern int64 TickDatasetDay(const TickDataset *dataset, int64 stamp, int *zone_hint);

/* Inclusive range of partitions that may hold stored times low .. high (ns). */
extern void TickDatasetPartitions(const TickDataset *dataset, int64 time_low, int64 time_high,
								  int32 *partition_low, int32 *partition_high);

/* Stored times [*low, *high] of the days from_day .. to_day (inclusive). */
extern void TickDatasetDayRange(const TickDataset *dataset, int64 from_day, int64 to_day, int64 *low, int64 *high);

/* First and last stored time (inclusive) of a partition by time. */
extern void TickDatasetPartitionRange(const TickDataset *dataset, int32 partition, int64 *low, int64 *high);

extern const char *TickGrainName(TickGrain grain);
extern char *TickPartitionLabel(TickGrain grain, int32 partition);

/* Index in schema of the column with a role, or -1. */
extern int	TickDatasetRole(const TickDataset *dataset, TickRole role);

/* Core type of a PostgreSQL column type (false: tick cannot store it). */
extern bool TickTypeForSql(Oid type, int32 typmod, TickType *core_type, uint8 *scale);

/* Kind, role and field of an attribute, from its type and options; all but its column. */
extern void TickAttributeRead(TickAttribute *attribute, Oid relid, Form_pg_attribute form);

/* Refuse types that an attribute's kind or role cannot have. */
extern void TickAttributeCheck(const TickAttribute *attribute, const char *dataset);

#endif							/* TICK_DATASET_H */
