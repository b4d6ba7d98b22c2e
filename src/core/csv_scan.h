/*-------------------------------------------------------------------------
 *
 * csv_scan.h
 *	  Find the bytes that matter to CSV, 64 at a time.
 *
 * A block of 64 bytes is compared with the delimiter, the quote, CR, LF and
 * NUL at once, which gives a bit for each byte that is one of them; the
 * reader walks the bits.  SSE2 is part of every x86-64; elsewhere a portable
 * loop gives the same bits.  A block may look at up to 63 bytes behind the
 * end, which the buffer's owner keeps readable.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_CSV_SCAN_H
#define TICK_CORE_CSV_SCAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define TICK_CSV_BLOCK 64

typedef struct TickCsvScan
{
	const char *block;			/* first byte of the current block */
	const char *end;
	uint64_t	bits;			/* bytes of the block not walked yet */
	char		delimiter;
	char		quote;			/* '\0': none */
} TickCsvScan;

/* Portable twin of tick_csv_block_bits(). */
static inline uint64_t
tick_csv_block_bits_portable(const char *p, char delimiter, char quote)
{
	uint64_t	bits = 0;
	int			i;

	for (i = 0; i < TICK_CSV_BLOCK; i++)
		bits |= (uint64_t) (p[i] == delimiter || p[i] == quote || p[i] == '\n' || p[i] == '\r' || p[i] == '\0') << i;
	return bits;
}

#ifdef __SSE2__
static inline uint64_t
tick_csv_block_bits(const char *p, char delimiter, char quote)
{
	const __m128i d = _mm_set1_epi8(delimiter);
	const __m128i q = _mm_set1_epi8(quote);
	const __m128i lf = _mm_set1_epi8('\n');
	const __m128i cr = _mm_set1_epi8('\r');
	const __m128i nul = _mm_setzero_si128();
	uint64_t	bits = 0;
	int			i;

	for (i = 0; i < 4; i++)
	{
		__m128i		v = _mm_loadu_si128((const __m128i *) (p + 16 * i));
		__m128i		hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, d), _mm_cmpeq_epi8(v, q)),
									   _mm_or_si128(_mm_cmpeq_epi8(v, lf),
													_mm_or_si128(_mm_cmpeq_epi8(v, cr), _mm_cmpeq_epi8(v, nul))));

		bits |= (uint64_t) (uint32_t) _mm_movemask_epi8(hit) << (16 * i);
	}
	return bits;
}
#else
#define tick_csv_block_bits tick_csv_block_bits_portable
#endif

/* Bits of the current block, without those behind the end. */
static inline void
tick_csv_scan_load(TickCsvScan *scan)
{
	ptrdiff_t	left = scan->end - scan->block;

	scan->bits = left > 0 ? tick_csv_block_bits(scan->block, scan->delimiter, scan->quote) : 0;
	if (left > 0 && left < TICK_CSV_BLOCK)
		scan->bits &= (UINT64_C(1) << left) - 1;
}

static inline void
tick_csv_scan_begin(TickCsvScan *scan, const char *start, const char *end, char delimiter, char quote)
{
	scan->block = start;
	scan->end = end;
	scan->delimiter = delimiter;
	scan->quote = quote;
	tick_csv_scan_load(scan);
}

/* Go on from p, at or behind the block's start: usually nothing is to be done. */
static inline void
tick_csv_scan_seek(TickCsvScan *scan, const char *p)
{
	ptrdiff_t	ahead = p - scan->block;

	if (ahead < 0 || ahead >= TICK_CSV_BLOCK)
	{
		scan->block = p;
		tick_csv_scan_load(scan);
	}
	else
		scan->bits &= ~UINT64_C(0) << ahead;
}

/* The next byte that matters, or NULL at the end. */
static inline const char *
tick_csv_scan_next(TickCsvScan *scan)
{
	const char *p;

	while (scan->bits == 0)
	{
		if (scan->end - scan->block <= TICK_CSV_BLOCK)
			return NULL;
		scan->block += TICK_CSV_BLOCK;
		tick_csv_scan_load(scan);
	}
	p = scan->block + __builtin_ctzll(scan->bits);
	scan->bits &= scan->bits - 1;
	return p;
}

#endif							/* TICK_CORE_CSV_SCAN_H */
