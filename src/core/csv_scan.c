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

#include "core/bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)
#define LOWS UINT64_C(0x7f7f7f7f7f7f7f7f)

/* 0x80 in exactly those bytes of word that are zero */
static inline uint64_t
zero_bytes(uint64_t word)
{
	return ~(((word & LOWS) + LOWS) | word | LOWS);
}

TickCsvFound
tick_csv_scan_portable(const uint8_t *bytes, uint32_t length, uint32_t base,
					   const TickCsvSpecials *specials, uint32_t *positions)
{
	TickCsvFound found = {0};
	uint64_t	delimiter = specials->delimiter * ONES;
	uint64_t	quote = specials->quote * ONES;
	uint64_t	escape = specials->escape * ONES;
	uint32_t   *out = positions;

	for (uint32_t at = 0; at < length; at += 8)
	{
		uint64_t	word = tick_get64(bytes + at);
		uint64_t	inside = length - at < 8 ? (UINT64_C(1) << 8 * (length - at)) - 1 : UINT64_MAX;
		uint64_t	feeds = zero_bytes(word ^ '\n' * ONES) & inside;
		uint64_t	returns = zero_bytes(word ^ '\r' * ONES) & inside;
		uint64_t	hits = (zero_bytes(word ^ delimiter) & inside) | feeds | returns;
		uint64_t	others = (zero_bytes(word ^ quote) | zero_bytes(word ^ escape) | zero_bytes(word)) & inside & ~hits;

		found.feeds += (uint32_t) __builtin_popcountll(feeds);
		found.returns += (uint32_t) __builtin_popcountll(returns);
		found.others |= others != 0;
		hits |= others;
		while (hits != 0)
		{
			*out++ = base + at + (uint32_t) __builtin_ctzll(hits) / 8;
			hits &= hits - 1;
		}
	}
	found.specials = (uint32_t) (out - positions);
	return found;
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

/* A bit for each of 64 bytes that are equal to a byte. */
__attribute__((target("avx2"), always_inline))
static inline uint64_t
equal_mask(const __m256i block[2], __m256i byte)
{
	return (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(block[0], byte)) |
		(uint64_t) (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(block[1], byte)) << 32;
}

/* The same for any of three. */
__attribute__((target("avx2"), always_inline))
static inline uint64_t
any_mask(const __m256i block[2], const __m256i bytes[3])
{
	__m256i		hits[2];

	for (int i = 0; i < 2; i++)
		hits[i] = _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(block[i], bytes[0]), _mm256_cmpeq_epi8(block[i], bytes[1])),
								  _mm256_cmpeq_epi8(block[i], bytes[2]));
	return (uint32_t) _mm256_movemask_epi8(hits[0]) | (uint64_t) (uint32_t) _mm256_movemask_epi8(hits[1]) << 32;
}

__attribute__((target("avx2,bmi,popcnt")))
static TickCsvFound
scan_avx2(const uint8_t *bytes, uint32_t length, uint32_t base,
		  const TickCsvSpecials *specials, uint32_t *positions)
{
	const __m256i delimiter = _mm256_set1_epi8((char) specials->delimiter);
	const __m256i feed = _mm256_set1_epi8('\n');
	const __m256i carriage = _mm256_set1_epi8('\r');
	const __m256i other[3] = {
		_mm256_set1_epi8((char) specials->quote), _mm256_set1_epi8((char) specials->escape), _mm256_setzero_si256()
	};
	TickCsvFound found = {0};
	uint64_t	any_other = 0;
	uint32_t   *out = positions;

	for (uint32_t at = 0; at < length; at += 64)
	{
		const __m256i block[2] = {
			_mm256_loadu_si256((const __m256i *) (bytes + at)), _mm256_loadu_si256((const __m256i *) (bytes + at + 32))
		};
		uint64_t	inside = length - at < 64 ? (UINT64_C(1) << (length - at)) - 1 : UINT64_MAX;
		uint64_t	feeds = equal_mask(block, feed) & inside;
		uint64_t	returns = equal_mask(block, carriage) & inside;
		uint64_t	hits = (equal_mask(block, delimiter) & inside) | feeds | returns;
		uint64_t	others = any_mask(block, other) & inside & ~hits;

		found.feeds += (uint32_t) __builtin_popcountll(feeds);
		found.returns += (uint32_t) __builtin_popcountll(returns);
		any_other |= others;
		out = flatten(hits | others, base + at, out);
	}
	found.specials = (uint32_t) (out - positions);
	found.others = any_other != 0;
	return found;
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
			uint64_t	word = tick_get64(p);

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
