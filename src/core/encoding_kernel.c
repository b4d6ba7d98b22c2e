/*-------------------------------------------------------------------------
 *
 * encoding_kernel.c
 *	  The loops over values that choosing a frame consists of.
 *
 * Each loop is written once, over vectors of four numbers where the compiler
 * does not find them by itself; inlined into functions for AVX2 it is compiled a second time.
 *
 *-------------------------------------------------------------------------
 */
#include "core/encoding_kernel.h"

#include <string.h>

#include "core/vector.h"

#define INLINE static inline __attribute__((always_inline))

/* Four numbers; a comparison of two such gives all ones where it holds. */
#define LANES 4
typedef int64_t Numbers __attribute__((vector_size(8 * LANES)));
typedef uint64_t Unsigned __attribute__((vector_size(8 * LANES)));
typedef int64_t Unaligned __attribute__((vector_size(8 * LANES), aligned(8)));

#define SELECT(mask, a, b) (((a) & (mask)) | ((b) & ~(mask)))
#define LESSER(a, b) SELECT((a) < (b), a, b)
#define GREATER(a, b) SELECT((a) > (b), a, b)

/* A double whose lowest bit is worth 1, and its bit pattern. */
#define TWO_52 0x1p52
#define TWO_52_BITS UINT64_C(0x4330000000000000)
#define LOW_BITS 51
#define TOP_BIT (UINT64_C(1) << 63)

/*
 * Bit width of a number below 2^51: the exponent of 2 * number + 1 as a
 * double.  Counting leading zeros is slow on processors of the base
 * instruction set, and has no vector form before AVX-512.
 */
INLINE uint64_t
low_width(uint64_t number)
{
	uint64_t	bits = number << 1 | 1 | TWO_52_BITS;
	double		value;

	memcpy(&value, &bits, sizeof(value));
	value -= TWO_52;
	memcpy(&bits, &value, sizeof(bits));
	return (bits >> 52) - 1023;
}

/* Bit widths of numbers; only the second loop is right where some are 2^51 or more. */
INLINE void
find_widths(uint64_t *widths, const uint64_t *numbers, uint32_t count)
{
	uint64_t	all = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		widths[i] = low_width(numbers[i] & ((UINT64_C(1) << LOW_BITS) - 1));
		all |= numbers[i];
	}
	if (all >> LOW_BITS == 0)
		return;
	for (uint32_t i = 0; i < count; i++)
	{
		uint64_t	high = numbers[i] >> LOW_BITS;

		widths[i] = high != 0 ? LOW_BITS + low_width(high) : widths[i];
	}
}

/* Numbers per bit width; four tables, for equal widths follow each other. */
INLINE void
count_widths(uint32_t counts[TICK_WIDTHS], const uint64_t *numbers, uint32_t count)
{
	uint64_t	widths[TICK_BATCH_ROWS];
	uint16_t	table[4][TICK_WIDTHS] = {{0}};
	uint32_t	i;

	find_widths(widths, numbers, count);
	for (i = 0; i + 4 <= count; i += 4)
	{
		table[0][widths[i]]++;
		table[1][widths[i + 1]]++;
		table[2][widths[i + 2]]++;
		table[3][widths[i + 3]]++;
	}
	for (; i < count; i++)
		table[0][widths[i]]++;
	for (int width = 0; width < TICK_WIDTHS; width++)
		counts[width] = (uint32_t) table[0][width] + table[1][width] + table[2][width] + table[3][width];
}

/* Two vectors of each, for a comparison waits for the one before. */
INLINE void
find_range(const int64_t *values, uint32_t count, int64_t *least, int64_t *greatest)
{
	int64_t		low = values[0];
	int64_t		high = values[0];
	Numbers		lows[2] = {{low, low, low, low}, {low, low, low, low}};
	Numbers		highs[2] = {{high, high, high, high}, {high, high, high, high}};
	uint32_t	i;

	for (i = 0; i + 2 * LANES <= count; i += 2 * LANES)
	{
		Numbers		first = *(const Unaligned *) (values + i);
		Numbers		second = *(const Unaligned *) (values + i + LANES);

		lows[0] = LESSER(first, lows[0]);
		highs[0] = GREATER(first, highs[0]);
		lows[1] = LESSER(second, lows[1]);
		highs[1] = GREATER(second, highs[1]);
	}
	lows[0] = LESSER(lows[0], lows[1]);
	highs[0] = GREATER(highs[0], highs[1]);
	for (; i < count; i++)
	{
		low = values[i] < low ? values[i] : low;
		high = values[i] > high ? values[i] : high;
	}
	for (int lane = 0; lane < LANES; lane++)
	{
		low = lows[0][lane] < low ? lows[0][lane] : low;
		high = highs[0][lane] > high ? highs[0][lane] : high;
	}
	*least = low;
	*greatest = high;
}

INLINE void
count_offsets(uint32_t widths[TICK_WIDTHS], const int64_t *values, uint32_t count, uint64_t base)
{
	uint64_t	offsets[TICK_BATCH_ROWS];

	for (uint32_t i = 0; i < count; i++)
		offsets[i] = (uint64_t) values[i] - base;
	count_widths(widths, offsets, count);
}

INLINE void
count_distances(uint32_t widths[TICK_WIDTHS], const int64_t *values, uint32_t count, int64_t center)
{
	uint64_t	distances[TICK_BATCH_ROWS];

	for (uint32_t i = 0; i < count; i++)
	{
		uint64_t	distance = (uint64_t) values[i] - (uint64_t) center;

		distances[i] = values[i] < center ? -distance : distance;
	}
	count_widths(widths, distances, count);
}

/* Unsigned numbers are compared as signed ones with the top bit turned: vectors have no other order. */
INLINE uint64_t
find_depth(const int64_t *values, uint32_t count, int64_t center, uint64_t within)
{
	const int64_t most = (int64_t) (within ^ TOP_BIT);
	const Numbers centers = {center, center, center, center};
	const Numbers tops = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
	const Numbers mosts = {most, most, most, most};
	Numbers		depths = tops;
	int64_t		depth = INT64_MIN;
	uint32_t	i;

	for (i = 0; i + LANES <= count; i += LANES)
	{
		Numbers		numbers = *(const Unaligned *) (values + i);
		Numbers		distances;

		distances = (Numbers) ((Unsigned) centers - (Unsigned) numbers) ^ tops;
		distances = SELECT((numbers < centers) & (distances <= mosts), distances, tops);
		depths = GREATER(distances, depths);
	}
	for (; i < count; i++)
	{
		int64_t		distance = (int64_t) (((uint64_t) center - (uint64_t) values[i]) ^ TOP_BIT);

		if (values[i] < center && distance <= most && distance > depth)
			depth = distance;
	}
	for (int lane = 0; lane < LANES; lane++)
		depth = depths[lane] > depth ? depths[lane] : depth;
	return (uint64_t) depth ^ TOP_BIT;
}

#define DEFINE_KERNELS(suffix, attribute) \
attribute static void \
range_##suffix(const int64_t *values, uint32_t count, int64_t *least, int64_t *greatest) \
{ \
	find_range(values, count, least, greatest); \
} \
\
attribute static void \
count_offsets_##suffix(uint32_t widths[TICK_WIDTHS], const int64_t *values, uint32_t count, uint64_t base) \
{ \
	count_offsets(widths, values, count, base); \
} \
\
attribute static void \
count_distances_##suffix(uint32_t widths[TICK_WIDTHS], const int64_t *values, uint32_t count, int64_t center) \
{ \
	count_distances(widths, values, count, center); \
} \
\
attribute static uint64_t \
depth_##suffix(const int64_t *values, uint32_t count, int64_t center, uint64_t within) \
{ \
	return find_depth(values, count, center, within); \
} \
\
const TickFrameKernels tick_frame_kernels_##suffix = { \
	range_##suffix, count_offsets_##suffix, count_distances_##suffix, depth_##suffix \
}

DEFINE_KERNELS(portable,);

#if defined(__x86_64__)

extern const TickFrameKernels tick_frame_kernels_avx2;

DEFINE_KERNELS(avx2, __attribute__((target("avx2"))));

#endif

const TickFrameKernels *
tick_frame_kernels(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return &tick_frame_kernels_avx2;
#endif
	return &tick_frame_kernels_portable;
}
