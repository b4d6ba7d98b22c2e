/*-------------------------------------------------------------------------
 *
 * filter_kernel.c
 *	  Comparisons of 64 values with a constant, as 64 bits.
 *
 * In portable C: 64 bytes of 0 or 1, then packed to a word, which compilers
 * turn into vector code where there is any; shifting each bit into place
 * takes more.  AVX2 compares four values at once and has an instruction that
 * gathers the four answers.
 *
 *-------------------------------------------------------------------------
 */
#include "core/filter_kernel.h"

#include <stddef.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_AVX2_KERNELS
#endif

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bytes are packed to bits in little-endian order");

/* 64 bytes of 0 or 1 to 64 bits, byte i to bit i: the product gathers eight low bits in its top byte. */
static inline uint64_t
pack_bits(const uint8_t *hit)
{
	uint64_t	bits = 0;

	for (int i = 0; i < 8; i++)
	{
		uint64_t	eight;

		memcpy(&eight, hit + 8 * i, 8);
		bits |= ((eight * UINT64_C(0x0102040810204080)) >> 56) << (8 * i);
	}
	return bits;
}

/* ---- portable ---- */

static uint64_t
range_portable(const int64_t *value, int64_t low, int64_t high)
{
	uint64_t	base = (uint64_t) low;
	uint64_t	span = (uint64_t) high - base;
	uint8_t		hit[64];

	for (int i = 0; i < 64; i++)
		hit[i] = (uint64_t) value[i] - base <= span;
	return pack_bits(hit);
}

#define COMPARE_PORTABLE(name, test) \
	static uint64_t \
	name##_portable(const double *value, double constant) \
	{ \
		uint8_t		hit[64]; \
		(void) constant; \
		for (int i = 0; i < 64; i++) \
			hit[i] = (test); \
		return pack_bits(hit); \
	}

COMPARE_PORTABLE(less, value[i] < constant)
COMPARE_PORTABLE(less_equal, value[i] <= constant)
COMPARE_PORTABLE(equal, value[i] == constant)
COMPARE_PORTABLE(number, value[i] == value[i])

const TickFilterKernels tick_filter_kernels_portable = {
	range_portable, less_portable, less_equal_portable, equal_portable, number_portable
};

/* ---- AVX2 ---- */

#ifdef HAVE_AVX2_KERNELS

/* The order of unsigned numbers is that of signed ones with the top bit turned. */
__attribute__((target("avx2"))) static uint64_t
range_avx2(const int64_t *value, int64_t low, int64_t high)
{
	__m256i		base = _mm256_set1_epi64x((int64_t) ((uint64_t) low ^ (UINT64_C(1) << 63)));
	__m256i		span = _mm256_set1_epi64x((int64_t) (((uint64_t) high - (uint64_t) low) ^ (UINT64_C(1) << 63)));
	uint64_t	beyond = 0;

	for (int i = 0; i < 64; i += 4)
	{
		__m256i		four = _mm256_loadu_si256((const __m256i *) (const void *) (value + i));
		__m256i		above = _mm256_cmpgt_epi64(_mm256_sub_epi64(four, base), span);

		beyond |= (uint64_t) (uint32_t) _mm256_movemask_pd(_mm256_castsi256_pd(above)) << i;
	}
	return ~beyond;
}

#define COMPARE_AVX2(name, relation) \
	__attribute__((target("avx2"))) static uint64_t \
	name##_avx2(const double *value, double constant) \
	{ \
		__m256d		right = _mm256_set1_pd(constant); \
		uint64_t	bits = 0; \
		for (int i = 0; i < 64; i += 4) \
		{ \
			__m256d		left = _mm256_loadu_pd(value + i); \
			bits |= (uint64_t) (uint32_t) _mm256_movemask_pd(_mm256_cmp_pd(left, right, relation)) << i; \
		} \
		return bits; \
	}

COMPARE_AVX2(less, _CMP_LT_OQ)
COMPARE_AVX2(less_equal, _CMP_LE_OQ)
COMPARE_AVX2(equal, _CMP_EQ_OQ)

__attribute__((target("avx2"))) static uint64_t
number_avx2(const double *value, double ignored)
{
	uint64_t	bits = 0;

	(void) ignored;
	for (int i = 0; i < 64; i += 4)
	{
		__m256d		left = _mm256_loadu_pd(value + i);

		bits |= (uint64_t) (uint32_t) _mm256_movemask_pd(_mm256_cmp_pd(left, left, _CMP_ORD_Q)) << i;
	}
	return bits;
}

static const TickFilterKernels kernels_avx2 = {
	range_avx2, less_avx2, less_equal_avx2, equal_avx2, number_avx2
};

const TickFilterKernels *
tick_filter_kernels_avx2(void)
{
	return __builtin_cpu_supports("avx2") ? &kernels_avx2 : NULL;
}

/* ---- AVX-512, whose comparisons give a bit for each value ---- */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))

AVX512 static uint64_t
range_avx512(const int64_t *value, int64_t low, int64_t high)
{
	__m512i		base = _mm512_set1_epi64(low);
	__m512i		span = _mm512_set1_epi64((int64_t) ((uint64_t) high - (uint64_t) low));
	uint64_t	within = 0;

	for (int i = 0; i < 64; i += 8)
	{
		__m512i		eight = _mm512_loadu_si512(value + i);

		within |= (uint64_t) _mm512_cmple_epu64_mask(_mm512_sub_epi64(eight, base), span) << i;
	}
	return within;
}

#define COMPARE_AVX512(name, relation) \
	AVX512 static uint64_t \
	name##_avx512(const double *value, double constant) \
	{ \
		__m512d		right = _mm512_set1_pd(constant); \
		uint64_t	bits = 0; \
		for (int i = 0; i < 64; i += 8) \
			bits |= (uint64_t) _mm512_cmp_pd_mask(_mm512_loadu_pd(value + i), right, relation) << i; \
		return bits; \
	}

COMPARE_AVX512(less, _CMP_LT_OQ)
COMPARE_AVX512(less_equal, _CMP_LE_OQ)
COMPARE_AVX512(equal, _CMP_EQ_OQ)

AVX512 static uint64_t
number_avx512(const double *value, double ignored)
{
	uint64_t	bits = 0;

	(void) ignored;
	for (int i = 0; i < 64; i += 8)
	{
		__m512d		left = _mm512_loadu_pd(value + i);

		bits |= (uint64_t) _mm512_cmp_pd_mask(left, left, _CMP_ORD_Q) << i;
	}
	return bits;
}

static const TickFilterKernels kernels_avx512 = {
	range_avx512, less_avx512, less_equal_avx512, equal_avx512, number_avx512
};

const TickFilterKernels *
tick_filter_kernels_avx512(void)
{
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512vl") ? &kernels_avx512 : NULL;
}

#else

const TickFilterKernels *
tick_filter_kernels_avx2(void)
{
	return NULL;
}

const TickFilterKernels *
tick_filter_kernels_avx512(void)
{
	return NULL;
}

#endif

const TickFilterKernels *
tick_filter_kernels(void)
{
	const TickFilterKernels *best = tick_filter_kernels_avx512();

	if (best == NULL)
		best = tick_filter_kernels_avx2();
	return best != NULL ? best : &tick_filter_kernels_portable;
}
