/*-------------------------------------------------------------------------
 *
 * hash.h
 *	  Checksums of stored bytes, content hashes of sources, hash tables' keys.
 *
 * tick_hash64 and tick_hash128 are on disk (segment checksums, the ledger):
 * their results must never change.  They detect damage and tell files apart;
 * they are no defence against somebody who builds collisions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_HASH_H
#define TICK_CORE_HASH_H

#include "core/status.h"

extern uint64_t tick_hash64(const void *bytes, size_t length, uint64_t seed);

/* Streaming 128-bit hash; any split of the input gives the same result. */
typedef struct TickHash128
{
	uint64_t	lane[4];
	uint64_t	length;
	uint8_t		pending[64];
	uint32_t	pending_length;
} TickHash128;

extern void tick_hash128_init(TickHash128 *hash);
extern void tick_hash128_update(TickHash128 *hash, const void *bytes, size_t length);
extern void tick_hash128_final(const TickHash128 *hash, uint8_t out[16]);

#endif							/* TICK_CORE_HASH_H */
