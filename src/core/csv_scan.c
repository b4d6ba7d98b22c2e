/*-------------------------------------------------------------------------
 *
 * csv_scan.c
 *	  Where the bytes are that a CSV parser must look at, 64 at a time.
 *
 * Every block of 64 bytes becomes a 64-bit mask of special bytes, and the
 * mask's set bits become positions.  A parser that walks the positions
 * touches one byte in seven of usual tick data.  There are two kernels with
 * the same results: AVX2, chosen at run time, and plain C on 64-bit words.
 *
 *-------------------------------------------------------------------------
 */
#include "core/csv_internal.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)
#define LOWS UINT64_C(0x7f7f7f7f7f7f7f7f)

static inline uint64_t
load64(const void *bytes)
{
	uint64_t	word;

	memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* 0x80 in exactly those bytes of word that are zero */
static inline uint64_t
zero_bytes(uint64_t word)
{
	return ~(((word & LOWS) + LOWS) | word | LOWS);
}

uint32_t
tick_csv_scan_portable(const uint8_t *bytes, uint32_t length, uint32_t base,
					   const TickCsvSpecials *specials, uint32_t *positions)
{
	uint64_t	delimiter = specials->delimiter * ONES;
	uint64_t	quote = specials->quote * ONES;
	uint64_t	escape = specials->escape * ONES;
	uint32_t   *out = positions;

	for (uint32_t at = 0; at < length; at += 8)
	{
		uint64_t	word = load64(bytes + at);
		uint64_t	hits = zero_bytes(word ^ delimiter) | zero_bytes(word ^ '\n' * ONES) |
			zero_bytes(word ^ '\r' * ONES) | zero_bytes(word ^ quote) |
			zero_bytes(word ^ escape) | zero_bytes(word);

		if (length - at < 8)
			hits &= (UINT64_C(1) << 8 * (length - at)) - 1;
		while (hits != 0)
		{
			*out++ = base + at + (uint32_t) __builtin_ctzll(hits) / 8;
			hits &= hits - 1;
		}
	}
	return (uint32_t) (out - positions);
}

#if defined(__x86_64__)

/*
 * Turn a block's mask into positions.  The first twelve are written whether
 * they are there or not: a branch on their number would be guessed wrong
 * once a block.
 */
__attribute__((target("avx2,bmi,popcnt"), always_inline))
static inline uint32_t *
flatten(uint64_t mask, uint32_t base, uint32_t *out)
{
	uint32_t   *end = out + __builtin_popcountll(mask);

	for (int i = 0; i < 12; i++)
	{
		*out++ = base + (uint32_t) _tzcnt_u64(mask);
		mask = _blsr_u64(mask);
	}
	while (__builtin_expect(mask != 0, 0))
	{
		*out++ = base + (uint32_t) _tzcnt_u64(mask);
		mask = _blsr_u64(mask);
	}
	return end;
}

/* Bit i set: byte i of the 32 at bytes is special. */
__attribute__((target("avx2"), always_inline))
static inline uint32_t
special_mask(const uint8_t *bytes, const __m256i *specials)
{
	__m256i		block = _mm256_loadu_si256((const __m256i *) bytes);
	__m256i		hits = _mm256_cmpeq_epi8(block, specials[0]);

	for (int i = 1; i < 6; i++)
		hits = _mm256_or_si256(hits, _mm256_cmpeq_epi8(block, specials[i]));
	return (uint32_t) _mm256_movemask_epi8(hits);
}

__attribute__((target("avx2,bmi,popcnt")))
static uint32_t
scan_avx2(const uint8_t *bytes, uint32_t length, uint32_t base,
		  const TickCsvSpecials *specials, uint32_t *positions)
{
	const __m256i wanted[6] = {
		_mm256_set1_epi8((char) specials->delimiter), _mm256_set1_epi8('\n'),
		_mm256_set1_epi8('\r'), _mm256_set1_epi8((char) specials->quote),
		_mm256_set1_epi8((char) specials->escape), _mm256_setzero_si256()
	};
	uint32_t   *out = positions;

	for (uint32_t at = 0; at < length; at += 64)
	{
		uint64_t	mask = special_mask(bytes + at, wanted) |
			(uint64_t) special_mask(bytes + at + 32, wanted) << 32;

		if (length - at < 64)
			mask &= (UINT64_C(1) << (length - at)) - 1;
		out = flatten(mask, base + at, out);
	}
	return (uint32_t) (out - positions);
}

#endif							/* __x86_64__ */

TickCsvScan
tick_csv_scan_best(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt"))
		return scan_avx2;
#endif
	return tick_csv_scan_portable;
}

/*
 * ---- UTF-8 ----
 */

/*
 * Length of the well-formed sequence of more than one byte at p, 0 when
 * there is none: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
static size_t
utf8_sequence(const uint8_t *p, size_t left)
{
	uint8_t		low = 0x80;		/* bounds of the second byte */
	uint8_t		high = 0xbf;
	size_t		length;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
	{
		length = 3;
		low = p[0] == 0xe0 ? 0xa0 : 0x80;
		high = p[0] == 0xed ? 0x9f : 0xbf;
	}
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
	{
		length = 4;
		low = p[0] == 0xf0 ? 0x90 : 0x80;
		high = p[0] == 0xf4 ? 0x8f : 0xbf;
	}
	else
		return 0;
	if (left < length || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool
tick_utf8_valid(const char *bytes, size_t length)
{
	const uint8_t *p = (const uint8_t *) bytes;
	const uint8_t *end = p + length;

	while (p < end)
	{
		size_t		sequence;

		/* plain ASCII by words: no high bit, no zero byte */
		while (end - p >= 8)
		{
			uint64_t	word = load64(p);

			if ((word | (word - ONES)) & HIGHS)
				break;
			p += 8;
		}
		while (p < end && (uint8_t) (*p - 1) < 0x7f)
			p++;
		if (p == end)
			return true;
		if (*p < 0x80)
			return false;
		sequence = utf8_sequence(p, end - p);
		if (sequence == 0)
			return false;
		p += sequence;
	}
	return true;
}
