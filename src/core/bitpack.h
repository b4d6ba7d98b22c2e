/*-------------------------------------------------------------------------
 *
 * bitpack.h
 *	  Integers of 0 to 64 bits, one behind the other without gaps.
 *
 * Value i takes bits i * width .. (i + 1) * width - 1, counted from the
 * lowest bit of the first byte.  The last byte's unused bits are zero.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_BITPACK_H
#define TICK_CORE_BITPACK_H

#include "core/status.h"

/* How many bits a value takes: 0 for 0. */
static inline int
tick_bit_width(uint64_t value)
{
	return value != 0 ? 64 - __builtin_clzll(value) : 0;
}

/* Bytes of count values; count is at most 2^32, width at most 64. */
static inline uint64_t
tick_packed_bytes(uint64_t count, int width)
{
	return (count * width + 7) / 8;
}

/* Write tick_packed_bytes() bytes to out; only the low width bits of each value are taken. */
extern void tick_pack(uint8_t *out, const uint64_t *values, size_t count, int width);

/*
 * values[i] = base + multiplier * the i-th packed value, modulo 2^64.  Reads
 * nothing beyond tick_packed_bytes() bytes of in, writes exactly count values.
 */
extern void tick_unpack(uint64_t *values, size_t count, const uint8_t *in, int width, uint64_t base, uint64_t multiplier);

/* codes[i] = base + the i-th packed value, of up to 25 bits; returns the greatest packed value. */
extern uint32_t tick_unpack_codes(uint32_t *codes, size_t count, const uint8_t *in, int width, uint32_t base);

#endif							/* TICK_CORE_BITPACK_H */
