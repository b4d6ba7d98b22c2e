/*-------------------------------------------------------------------------
 *
 * storage.h
 *	  Where segment images lie: hidden WAL-logged relations, or bytes inline.
 *
 * The only module that knows pages, WAL and the access method.  It does not
 * know what the bytes mean.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_STORAGE_H
#define TICK_STORAGE_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "core/segment.h"

#define TICK_INLINE_LIMIT 65536		/* images below this live in the catalog */

/* Where a finished image lies. */
typedef struct TickStored
{
	Oid			relid;			/* InvalidOid: inline */
	bytea	   *image;			/* the bytes, when inline */
	uint64		bytes;			/* length of the image */
	uint8		uuid[TICK_UUID_BYTES];
} TickStored;

/*
 * Writing: bytes are gathered until TICK_INLINE_LIMIT; then a relation is
 * made (owned by the extension's owner, member of the extension) and whole
 * batches of pages are written and logged.  An abort leaves nothing.
 */
typedef struct TickStorageWriter TickStorageWriter;

extern TickStorageWriter *TickStorageBegin(const uint8 uuid[TICK_UUID_BYTES]);
extern TickSink TickStorageSink(TickStorageWriter *writer);
extern void TickStorageFinish(TickStorageWriter *writer, TickStored *stored);

/*
 * Reading: a source over a stored image.  Pages are read through the buffer
 * manager, each range under a short AccessShareLock; a page that is not of
 * this image is ERRCODE_DATA_CORRUPTED, a relation that is gone
 * ERRCODE_T_R_SERIALIZATION_FAILURE.  The image of an inline segment must
 * outlive the source.  Allocated in the current memory context.
 */
extern TickSource *TickStorageOpen(const TickStored *stored);

/* Drop a segment's relation in this transaction. */
extern void TickStorageDrop(Oid relid);

/* Check every page of a relation; calls report(context, text) for each fault. */
extern void TickStorageVerify(const TickStored *stored,
							  void (*report) (void *context, const char *problem), void *context);

/* Relations in tick_store that no row of tick.segment names (list of Oids). */
extern List *TickStorageStray(void);

/* Unlink files that a crash left behind; returns how many. */
extern int	TickStorageSweep(void);

#endif							/* TICK_STORAGE_H */
