/*-------------------------------------------------------------------------
 *
 * run_internal.h
 *	  A run's memory, shared by run.c (fill and write) and run_sort.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_RUN_INTERNAL_H
#define TICK_CORE_RUN_INTERNAL_H

#include "core/run.h"
#include "core/string_pool.h"

#define TICK_NULL_SYMBOL UINT32_MAX

/* Rows of one partition and symbol, next to each other once sorted. */
typedef struct TickRunBucket
{
	uint32_t	symbol;			/* code in the pool, or TICK_NULL_SYMBOL */
	uint32_t	first;
	uint32_t	rows;
} TickRunBucket;

typedef struct TickRunPartition
{
	int32_t		value;
	uint32_t	first_bucket;
	uint32_t	buckets;
	uint32_t	first;
	uint32_t	rows;
} TickRunPartition;

struct TickRun
{
	const TickMemory *memory;
	TickSchema	schema;
	size_t		capacity_bytes;
	size_t		row_bytes;		/* of all arrays, those of the sort too */

	uint32_t	rows;
	uint32_t	capacity;		/* of the arrays */
	int32_t    *partition;
	TickRunColumn *column;
	TickRunColumn *room;		/* the same from the first free row on */
	TickStringPool *pool;		/* a column each, used for text */

	/* the sort's scratch, kept for the next run */
	uint32_t   *slot;			/* where each row goes; has scratch_rows entries */
	int64_t    *spare;			/* likewise */
	uint32_t	scratch_rows;
	uint32_t   *rank;			/* of each symbol code among the sorted names */
	uint32_t   *by_rank;		/* codes in order of name */
	uint32_t	ranked;			/* symbols that rank and by_rank know */

	/* the result, until reset */
	bool		sorted;
	TickRunBucket *bucket;
	uint32_t	buckets;
	uint32_t	bucket_capacity;
	TickRunPartition *group;
	uint32_t	groups;
	uint32_t	group_capacity;
};

#endif							/* TICK_CORE_RUN_INTERNAL_H */
