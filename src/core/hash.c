/*-------------------------------------------------------------------------
 *
 * hash.c
 *	  Checksums of stored bytes, content hashes of sources, hash tables' keys.
 *
 * Both hashes read little-endian 64-bit words wherever the bytes lie and mix
 * them by multiplication.
 *
 * tick_hash64 folds a 64 x 64 -> 128 bit product (high xor low) per 16
 * bytes, in four independent lanes for long inputs, so that the processor
 * has four products under way at once.  The length is mixed in first; that
 * is why the last words may overlap words already taken.
 *
 * tick_hash128 keeps 256 bits of state and changes it one 64-byte block at a
 * time by steps that can all be undone, given the block.  Two streams that
 * differ somewhere and are equal for gigabytes after that therefore never
 * fall together on the way, as a folding state slowly would.
 *
 *-------------------------------------------------------------------------
 */
#include "core/hash.h"

#include <string.h>

#include "core/bytes.h"

#define BLOCK 64

/* Odd, with about half of the bits set: digits of the golden ratio and of square roots. */
#define K0 UINT64_C(0x9e3779b97f4a7c15)
#define K1 UINT64_C(0xbb67ae8584caa73b)
#define K2 UINT64_C(0xa54ff53a5f1d36f1)
#define K3 UINT64_C(0x510e527fade682d1)

static inline uint64_t
rotate(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

/* Both halves of the product: every bit of a and b reaches every bit of the result. */
static inline uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128) a * b;

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* Every step can be undone: no two inputs give the same result. */
static inline uint64_t
scatter(uint64_t word)
{
	word = (word ^ word >> 32) * K1;
	word = (word ^ word >> 29) * K3;
	return word ^ word >> 32;
}

/* Hash the last 0 .. 16 bytes; the state already depends on the whole length. */
static inline uint64_t
hash64_tail(const uint8_t *p, size_t length, uint64_t state)
{
	uint64_t	a = 0;
	uint64_t	b = 0;

	if (length >= 8)
	{
		a = tick_get64(p);
		b = tick_get64(p + length - 8);
	}
	else if (length >= 4)
	{
		a = tick_get32(p);
		b = tick_get32(p + length - 4);
	}
	else if (length > 0)
		a = (uint64_t) p[0] << 16 | (uint64_t) p[length / 2] << 8 | p[length - 1];
	return fold(state ^ K0, fold(a ^ K1, b ^ state));
}

uint64_t
tick_hash64(const void *bytes, size_t length, uint64_t seed)
{
	const uint8_t *p = bytes;
	uint64_t	state = seed ^ fold(seed ^ K0, (uint64_t) length ^ K1);

	if (length > BLOCK)
	{
		uint64_t	lane0 = state;
		uint64_t	lane1 = state ^ K1;
		uint64_t	lane2 = state ^ K2;
		uint64_t	lane3 = state ^ K3;

		do
		{
			lane0 = fold(tick_get64(p) ^ K0, tick_get64(p + 8) ^ lane0);
			lane1 = fold(tick_get64(p + 16) ^ K1, tick_get64(p + 24) ^ lane1);
			lane2 = fold(tick_get64(p + 32) ^ K2, tick_get64(p + 40) ^ lane2);
			lane3 = fold(tick_get64(p + 48) ^ K3, tick_get64(p + 56) ^ lane3);
			p += BLOCK;
			length -= BLOCK;
		} while (length > BLOCK);
		state = fold(lane0 ^ K2, lane1) ^ rotate(fold(lane2 ^ K3, lane3), 32);
	}
	while (length > 16)
	{
		state = fold(tick_get64(p) ^ K2, tick_get64(p + 8) ^ state);
		p += 16;
		length -= 16;
	}
	return hash64_tail(p, length, state);
}

void
tick_hash128_init(TickHash128 *hash)
{
	memset(hash, 0, sizeof(*hash));
	hash->lane[0] = K0;
	hash->lane[1] = K1;
	hash->lane[2] = K2;
	hash->lane[3] = K3;
}

/* Mix whole blocks into the lanes; each lane takes 16 bytes of a block, then they meet. */
static void
hash128_blocks(uint64_t lane[4], const uint8_t *p, size_t blocks)
{
	uint64_t	lane0 = lane[0];
	uint64_t	lane1 = lane[1];
	uint64_t	lane2 = lane[2];
	uint64_t	lane3 = lane[3];

	for (; blocks > 0; blocks--, p += BLOCK)
	{
		lane0 = rotate(lane0 ^ rotate(tick_get64(p) * K1, 31) * K0, 27) * K3 + tick_get64(p + 8);
		lane1 = rotate(lane1 ^ rotate(tick_get64(p + 16) * K2, 31) * K0, 27) * K3 + tick_get64(p + 24);
		lane2 = rotate(lane2 ^ rotate(tick_get64(p + 32) * K1, 33) * K0, 29) * K3 + tick_get64(p + 40);
		lane3 = rotate(lane3 ^ rotate(tick_get64(p + 48) * K2, 33) * K0, 29) * K3 + tick_get64(p + 56);
		lane0 += lane1;
		lane1 += lane2;
		lane2 += lane3;
		lane3 += lane0;
	}
	lane[0] = lane0;
	lane[1] = lane1;
	lane[2] = lane2;
	lane[3] = lane3;
}

void
tick_hash128_update(TickHash128 *hash, const void *bytes, size_t length)
{
	const uint8_t *p = bytes;

	if (length == 0)
		return;
	hash->length += length;
	if (hash->pending_length > 0)
	{
		size_t		take = BLOCK - hash->pending_length;

		if (take > length)
			take = length;
		memcpy(hash->pending + hash->pending_length, p, take);
		hash->pending_length += take;
		p += take;
		length -= take;
		if (hash->pending_length < BLOCK)
			return;
		hash128_blocks(hash->lane, hash->pending, 1);
		hash->pending_length = 0;
	}
	hash128_blocks(hash->lane, p, length / BLOCK);
	p += length / BLOCK * BLOCK;
	length %= BLOCK;
	if (length > 0)
		memcpy(hash->pending, p, length);
	hash->pending_length = length;
}

/* The last block is filled up with zeros; the length tells them from data. */
void
tick_hash128_final(const TickHash128 *hash, uint8_t out[16])
{
	uint64_t	lane[4];
	uint8_t		block[BLOCK] = {0};
	uint64_t	low;
	uint64_t	high;

	memcpy(lane, hash->lane, sizeof(lane));
	if (hash->pending_length > 0)
	{
		memcpy(block, hash->pending, hash->pending_length);
		hash128_blocks(lane, block, 1);
	}
	low = scatter(lane[0] ^ hash->length) + rotate(scatter(lane[1]), 17);
	high = scatter(lane[2] + hash->length * K2) + rotate(scatter(lane[3]), 41);
	low += high;
	high += scatter(low);
	tick_put64(out, scatter(low ^ lane[3]));
	tick_put64(out + 8, scatter(high ^ lane[1]));
}
