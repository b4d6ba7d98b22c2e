/*-------------------------------------------------------------------------
 *
 * segment_cache.h
 *	  Open segments kept by a backend.
 *
 * A published segment never changes, so an open reader (schema, row groups,
 * symbol directory) stays right for ever; the cache keeps the most recently
 * used ones within tick.cache_memory.  Acquired readers are pinned until
 * they are released, or until the transaction ends.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_SEGMENT_CACHE_H
#define TICK_SEGMENT_CACHE_H

#include "postgres.h"

#include "catalog.h"
#include "core/segment.h"

/* An open reader of the segment; ERROR on damage, naming the segment. */
extern TickSegmentReader *TickSegmentAcquire(const TickSegmentEntry *entry, Snapshot snapshot);
extern void TickSegmentRelease(TickSegmentReader *reader);

#endif							/* TICK_SEGMENT_CACHE_H */
