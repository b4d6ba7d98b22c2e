/*-------------------------------------------------------------------------
 *
 * tick.h
 *	  What every backend file of tick needs: settings, and the bridge between
 *	  the core's way of failing and allocating and the server's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_H
#define TICK_H

#include "postgres.h"

#include "compat.h"
#include "core/memory.h"
#include "core/status.h"

/* Settings */
extern char *tick_as_of;		/* tick.as_of: snapshot name, number or time; "" is the present */
extern int	tick_load_memory;	/* tick.load_memory, kB */
extern int	tick_max_line;		/* tick.max_line, bytes */
extern int	tick_min_free;	/* tick.min_free, MB: what writing a segment leaves free on a volume */
extern int	tick_retention;		/* tick.retention, seconds */
extern int	tick_cache_memory;	/* tick.cache_memory, kB: open segments kept by a backend */
extern int	tick_threads;		/* tick.threads: 1 is the backend alone */
extern bool tick_enable_zone_maps;	/* tick.enable_zone_maps */
extern bool tick_enable_filter_pushdown;	/* tick.enable_filter_pushdown */
extern bool tick_enable_aggregate_pushdown; /* tick.enable_aggregate_pushdown */

/* Raise *error as an ERROR with the SQLSTATE of its status. */
extern void TickRaise(const TickError *error) pg_attribute_noreturn();

/* Raise unless status is TICK_OK. */
static inline void
TickCheck(TickStatus status, const TickError *error)
{
	if (status != TICK_OK)
		TickRaise(error);
}

/* An allocator of chunks in a memory context; lives as long as the context. */
extern const TickMemory *TickMemoryFor(MemoryContext context);

/* Order of two int64, for qsort() and bsearch(). */
static inline int
TickCompareInt64(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return (left > right) - (left < right);
}

/* Run a statement of DDL, with the caller's rights, as if it were typed. */
extern void TickRunUtility(const char *sql);

/* CHECK_FOR_INTERRUPTS as a function, for the core's interrupt callbacks. */
extern void TickInterrupt(void);

#endif							/* TICK_H */
