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
 * A core writer that may encode in a thread: whatever way its memory context
 * is left, the thread is joined before the memory goes.
 */
typedef struct TickGuardedWriter
{
	TickSegmentWriter *writer;
	MemoryContextCallback callback;
} TickGuardedWriter;

/* Allocated in the current context.  tick.threads decides about the thread. */
extern TickGuardedWriter *TickGuardedWriterCreate(const TickSchema *schema, TickSegmentOptions *options, TickSink sink);
extern void TickGuardedWriterFree(TickGuardedWriter *guarded);

/*
 * Begin: a fresh uuid, storage and a core writer for the dataset's schema
 * with its stats_where.  Everything is allocated in the current context.
 */
typedef struct TickSegmentBuild
{
	const TickDataset *dataset;
	TickStorageWriter *storage;
	TickGuardedWriter *guarded;
	TickSegmentWriter *writer;	/* feed this; guarded's */
	uint8		uuid[TICK_UUID_BYTES];
} TickSegmentBuild;

extern TickSegmentBuild *TickSegmentBuildBegin(const TickDataset *dataset);

/* What a writer of the dataset's segments is to know, but for the uuid; in the current context. */
extern void TickSegmentBuildOptions(const TickDataset *dataset, TickSegmentOptions *options);
extern void TickSegmentBuildName(uint8 uuid[TICK_UUID_BYTES]);	/* a fresh uuid */

/* No more rows will come: give back what they would need. */
extern void TickSegmentBuildSettle(TickSegmentBuild *build);

/* Finish the writer without publishing anything. */
extern void TickSegmentBuildClose(TickSegmentBuild *build, TickStored *stored);

/*
 * Finish the writer and insert the segment's row: its loads are read back
 * from the load id column.  Returns the catalog entry.
 */
extern TickSegmentEntry *TickSegmentBuildFinish(TickSegmentBuild *build, int32 partition, int64 changeset);

/* Publish an image in memory, which has the uuid and the codes it is to have. */
extern TickSegmentEntry *TickSegmentBuildImage(const TickDataset *dataset, const uint8 uuid[TICK_UUID_BYTES],
											   const uint8 *image, Size length, int32 partition, int64 changeset);

/* Publish an image spilled before: copied with a new uuid and codes. */
extern TickSegmentEntry *TickSegmentBuildCopy(const TickDataset *dataset, TickSource source,
											  TickSymbolCode code, void *context,
											  int32 partition, int64 changeset);

/* The loads whose rows an image holds, ascending; returns how many. */
extern int	TickSegmentLoads(TickSegmentReader *reader, int64 **loads);

#endif							/* TICK_SEGMENT_BUILD_H */
