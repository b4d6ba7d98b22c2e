/*-------------------------------------------------------------------------
 *
 * string_pool.h
 *	  Distinct strings, numbered in the order they first came.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_STRING_POOL_H
#define TICK_CORE_STRING_POOL_H

#include <stdbool.h>

#include "core/vector.h"

typedef struct TickPoolSlot
{
	uint64_t	prefix;			/* first 8 bytes, zeros behind a shorter string */
	uint32_t	length;
	uint32_t	code;			/* UINT32_MAX: free */
} TickPoolSlot;

/* All zeros but for memory is an empty pool. */
typedef struct TickStringPool
{
	const TickMemory *memory;
	TickString *string;			/* by code */
	uint32_t	strings;
	uint32_t	capacity;
	TickPoolSlot *slot;			/* hash table, at most half full */
	uint32_t	slots;			/* a power of two, or 0 */
	TickPoolSlot last;			/* found or added last */
	struct TickPoolBlock *block;	/* bytes of the strings; blocks never move */
	size_t		bytes;			/* held in all */
} TickStringPool;

/* The code of a string, added (and copied) when it is new. */
extern TickStatus tick_pool_intern(TickStringPool *pool, const char *data, uint32_t length,
								   uint32_t *code, TickError *error);
extern void tick_pool_reset(TickStringPool *pool);	/* forget the strings, keep some memory */
extern void tick_pool_free(TickStringPool *pool);

#endif							/* TICK_CORE_STRING_POOL_H */
