/*-------------------------------------------------------------------------
 *
 * access.h
 *	  Open a dataset for a function, with the caller's rights checked.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_ACCESS_H
#define TICK_ACCESS_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "dataset.h"

/*
 * Lock and describe a dataset after checking that the current user has the
 * privileges of mode on it (ACL_SELECT, ACL_INSERT, ...); ACL_NO_RIGHTS asks
 * for ownership.  *relation is for the caller to close.
 */
extern TickDataset *TickOpenDataset(Oid relid, AclMode mode, LOCKMODE lock, Relation *relation);

/*
 * Partitions and stored times of the days from_date .. to_date (PostgreSQL
 * dates, or NULL pointers for open ends).  An ERROR for datasets without
 * time when an end is given.
 */
typedef struct TickDayBounds
{
	bool		bounded;
	int64		time_low;		/* inclusive, stored time */
	int64		time_high;
	int32		partition_low;
	int32		partition_high;
} TickDayBounds;

extern void TickDayBoundsFor(const TickDataset *dataset, const int32 *from_date, const int32 *to_date,
							 TickDayBounds *bounds);

/*
 * Open a dataset or dataview to read: SELECT is checked (of the dataview's
 * owner on its source too, as for views), the version is resolved, and its
 * segments in a range of partitions are opened.
 */
typedef struct TickReading
{
	Relation	relation;
	TickDataset *dataset;
	Snapshot	snapshot;		/* registered */
	int64		number;			/* TICK_VERSION_PRESENT or a changeset number */
	const TickFilterValue *symbols; /* set it to open only segments with rows of one of these */
	int			symbol_count;
	int			segments;		/* those of the last TickReadingSegments() */
	struct TickSegmentEntry **entry;
	struct TickSegmentReader **reader;
} TickReading;

extern void TickReadingBegin(TickReading *reading, Oid relid);
extern void TickReadingSegments(TickReading *reading, int32 partition_low, int32 partition_high);
extern void TickReadingRelease(TickReading *reading);	/* the opened segments */
extern void TickReadingEnd(TickReading *reading);

/* The dataset whose row type the first argument of a function has; an ERROR that names the function when it has none. */
extern Oid	TickRowTypeRelation(FunctionCallInfo fcinfo, const char *function);

#endif							/* TICK_ACCESS_H */
