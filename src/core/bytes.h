/*-------------------------------------------------------------------------
 *
 * bytes.h
 *	  Words of stored bytes and of text: the first byte is the lowest,
 *	  whatever the processor's own order, and no place need be aligned.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_BYTES_H
#define TICK_CORE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint32_t
tick_get32(const void *p)
{
	uint32_t	word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	return word;
}

static inline uint64_t
tick_get64(const void *p)
{
	uint64_t	word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline void
tick_put32(void *p, uint32_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	memcpy(p, &word, sizeof(word));
}

static inline void
tick_put64(void *p, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	memcpy(p, &word, sizeof(word));
}

#endif							/* TICK_CORE_BYTES_H */
