/*-------------------------------------------------------------------------
 *
 * segment_build.h
 *	  Write one new segment and publish it in the catalog.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_SEGMENT_BUILD_H
#define TICK_SEGMENT_BUILD_H

#include "postgres.h"

#include "catalog.h"
#include "dataset.h"

/*
 * Begin: a fresh uuid, storage and a core writer for the dataset's schema
 * with its stats_where.  Everything is allocated in the current context.
 */
typedef struct TickSegmentBuild
{
	const TickDataset *dataset;
	TickStorageWriter *storage;
	TickSegmentWriter *writer;	/* feed this */
	uint8		uuid[TICK_UUID_BYTES];
} TickSegmentBuild;

extern TickSegmentBuild *TickSegmentBuildBegin(const TickDataset *dataset);

/*
 * Finish the writer and insert the segment's row: its loads are read back
 * from the load id column.  Returns the catalog entry.
 */
extern TickSegmentEntry *TickSegmentBuildFinish(TickSegmentBuild *build, int32 partition, int64 changeset);

/* Publish an image spilled before: copied with a new uuid and codes. */
extern TickSegmentEntry *TickSegmentBuildCopy(const TickDataset *dataset, TickSource source,
											  TickSymbolCode code, void *context,
											  int32 partition, int64 changeset);

/* The loads whose rows an image holds, ascending; returns how many. */
extern int	TickSegmentLoads(TickSegmentReader *reader, int64 **loads);

#endif							/* TICK_SEGMENT_BUILD_H */
