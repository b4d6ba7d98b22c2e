/*-------------------------------------------------------------------------
 *
 * kernel.c
 *	  Loops over arrays of numbers that aggregation spends its time in.
 *
 * The bodies are plain loops that the compiler turns into vector code; they
 * are inlined into functions compiled for the baseline, for AVX2 and for
 * AVX-512.  Packing, which it does not find vector code for, is written for
 * each.
 *
 *-------------------------------------------------------------------------
 */
#include "core/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_VECTOR_KERNELS
#endif

/* Fewer values than this are done before a vector's tail is. */
#define FEW 24

#define BODY static inline __attribute__((always_inline))

BODY int64_t
sum_body(const int64_t *a, size_t n)
{
	uint64_t	total = 0;

	for (size_t i = 0; i < n; i++)
		total += (uint64_t) a[i];
	return (int64_t) total;
}

BODY int64_t
product_sum_body(const int64_t *a, const int64_t *b, size_t n)
{
	uint64_t	total = 0;

	for (size_t i = 0; i < n; i++)
		total += (uint64_t) a[i] * (uint64_t) b[i];
	return (int64_t) total;
}

BODY uint64_t
magnitude_body(const int64_t *a, size_t n)
{
	uint64_t	seen = 0;

	for (size_t i = 0; i < n; i++)
		seen |= (uint64_t) (a[i] ^ (a[i] >> 63));
	return seen;
}

BODY void
add_body(int64_t *restrict out, const int64_t *a, const int64_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (int64_t) ((uint64_t) a[i] + (uint64_t) b[i]);
}

BODY void
subtract_body(int64_t *restrict out, const int64_t *a, const int64_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (int64_t) ((uint64_t) a[i] - (uint64_t) b[i]);
}

BODY void
multiply_body(int64_t *restrict out, const int64_t *a, const int64_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (int64_t) ((uint64_t) a[i] * (uint64_t) b[i]);
}

BODY void
scale_body(int64_t *out, const int64_t *a, int64_t factor, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (int64_t) ((uint64_t) a[i] * (uint64_t) factor);
}

BODY void
range_body(const int64_t *a, size_t n, int64_t *low, int64_t *high)
{
	int64_t		least = *low;
	int64_t		greatest = *high;

	for (size_t i = 0; i < n; i++)
	{
		least = a[i] < least ? a[i] : least;
		greatest = a[i] > greatest ? a[i] : greatest;
	}
	*low = least;
	*high = greatest;
}

/* Four chains, for one would wait for each comparison; of equal values, as the zeros are, any may stay. */
BODY bool
range_double_body(const double *a, size_t n, double *low, double *high)
{
	double		least[4] = {*low, *low, *low, *low};
	double		greatest[4] = {*high, *high, *high, *high};
	uint64_t	nans = 0;
	size_t		i = 0;

	for (; i + 4 <= n; i += 4)
		for (int j = 0; j < 4; j++)
		{
			nans |= a[i + j] != a[i + j];
			least[j] = a[i + j] < least[j] ? a[i + j] : least[j];
			greatest[j] = a[i + j] > greatest[j] ? a[i + j] : greatest[j];
		}
	for (; i < n; i++)
	{
		nans |= a[i] != a[i];
		least[0] = a[i] < least[0] ? a[i] : least[0];
		greatest[0] = a[i] > greatest[0] ? a[i] : greatest[0];
	}
	if (nans != 0)
		return false;
	for (int j = 1; j < 4; j++)
	{
		least[0] = least[j] < least[0] ? least[j] : least[0];
		greatest[0] = greatest[j] > greatest[0] ? greatest[j] : greatest[0];
	}
	*low = least[0];
	*high = greatest[0];
	return true;
}

static void
pack_portable(int64_t *out, const int64_t *a, const uint64_t *bits, size_t n)
{
	for (size_t first = 0; first < n; first += 64)
	{
		uint64_t	word = bits[first / 64];

		if (n - first < 64)
			word &= (UINT64_C(1) << (n - first)) - 1;
		for (; word != 0; word &= word - 1)
			*out++ = a[first + (size_t) __builtin_ctzll(word)];
	}
}

#ifdef HAVE_VECTOR_KERNELS

#define AVX2 __attribute__((target("avx2,popcnt")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,popcnt")))

/* Where the halves of four numbers go, for each of the sixteen choices of them. */
#define LOW(k) 2 * (k), 2 * (k) + 1
#define TAKE(a, b, c, d) {LOW(a), LOW(b), LOW(c), LOW(d)}
static const int32_t four_of[16][8] = {
	TAKE(0, 0, 0, 0), TAKE(0, 0, 0, 0), TAKE(1, 0, 0, 0), TAKE(0, 1, 0, 0),
	TAKE(2, 0, 0, 0), TAKE(0, 2, 0, 0), TAKE(1, 2, 0, 0), TAKE(0, 1, 2, 0),
	TAKE(3, 0, 0, 0), TAKE(0, 3, 0, 0), TAKE(1, 3, 0, 0), TAKE(0, 1, 3, 0),
	TAKE(2, 3, 0, 0), TAKE(0, 2, 3, 0), TAKE(1, 2, 3, 0), TAKE(0, 1, 2, 3)
};

AVX2 static void
pack_avx2(int64_t *out, const int64_t *a, const uint64_t *bits, size_t n)
{
	size_t		i;

	for (i = 0; i + 64 <= n; i += 64)
	{
		uint64_t	word = bits[i / 64];

		for (int j = 0; j < 64; j += 4, word >>= 4)
		{
			__m256i		four = _mm256_loadu_si256((const __m256i *) (const void *) (a + i + j));
			__m256i		order = _mm256_loadu_si256((const __m256i *) (const void *) four_of[word & 15]);

			_mm256_storeu_si256((__m256i *) (void *) out, _mm256_permutevar8x32_epi32(four, order));
			out += __builtin_popcountll(word & 15);
		}
	}
	pack_portable(out, a + i, bits + i / 64, n - i);
}

AVX512 static void
pack_avx512(int64_t *out, const int64_t *a, const uint64_t *bits, size_t n)
{
	size_t		i;

	for (i = 0; i + 64 <= n; i += 64)
	{
		uint64_t	word = bits[i / 64];

		for (int j = 0; j < 64; j += 8, word >>= 8)
		{
			_mm512_storeu_si512(out, _mm512_maskz_compress_epi64((__mmask8) word, _mm512_loadu_si512(a + i + j)));
			out += __builtin_popcountll(word & 255);
		}
	}
	pack_portable(out, a + i, bits + i / 64, n - i);
}

/*
 * Sums and ranges of a few values, as bars of minutes have them: up to
 * sixteen are loaded as they are, without a loop whose end must be guessed.
 */
AVX512 static int64_t
sum_few_avx512(const int64_t *a, size_t n)
{
	uint32_t	mask = UINT32_C(0xffff) >> (16 - n);
	__m512i		eight = _mm512_add_epi64(_mm512_maskz_loadu_epi64((__mmask8) mask, a),
										 _mm512_maskz_loadu_epi64((__mmask8) (mask >> 8), a + 8));
	__m256i		four = _mm256_add_epi64(_mm512_castsi512_si256(eight), _mm512_extracti64x4_epi64(eight, 1));
	__m128i		two = _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));

	return _mm_cvtsi128_si64(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two)));
}

AVX512 static void
range_few_avx512(const int64_t *a, size_t n, int64_t *low, int64_t *high)
{
	uint32_t	mask = UINT32_C(0xffff) >> (16 - n);
	__m512i		least = _mm512_set1_epi64(*low);
	__m512i		greatest = _mm512_set1_epi64(*high);
	__m512i		first = _mm512_mask_loadu_epi64(least, (__mmask8) mask, a);
	__m512i		second = _mm512_mask_loadu_epi64(least, (__mmask8) (mask >> 8), a + 8);

	*low = _mm512_reduce_min_epi64(_mm512_min_epi64(first, second));
	greatest = _mm512_mask_max_epi64(greatest, (__mmask8) mask, greatest, first);
	greatest = _mm512_mask_max_epi64(greatest, (__mmask8) (mask >> 8), greatest, second);
	*high = _mm512_reduce_max_epi64(greatest);
}

#endif

/* One instance of every kernel, and the table of them. */
#define INSTANCE(suffix, attribute) \
	attribute static int64_t sum_##suffix(const int64_t *a, size_t n) \
	{ \
		return sum_body(a, n); \
	} \
	attribute static int64_t product_sum_##suffix(const int64_t *a, const int64_t *b, size_t n) \
	{ \
		return product_sum_body(a, b, n); \
	} \
	attribute static uint64_t magnitude_##suffix(const int64_t *a, size_t n) \
	{ \
		return magnitude_body(a, n); \
	} \
	attribute static void add_##suffix(int64_t *out, const int64_t *a, const int64_t *b, size_t n) \
	{ \
		add_body(out, a, b, n); \
	} \
	attribute static void subtract_##suffix(int64_t *out, const int64_t *a, const int64_t *b, size_t n) \
	{ \
		subtract_body(out, a, b, n); \
	} \
	attribute static void multiply_##suffix(int64_t *out, const int64_t *a, const int64_t *b, size_t n) \
	{ \
		multiply_body(out, a, b, n); \
	} \
	attribute static void scale_##suffix(int64_t *out, const int64_t *a, int64_t factor, size_t n) \
	{ \
		scale_body(out, a, factor, n); \
	} \
	attribute static void range_##suffix(const int64_t *a, size_t n, int64_t *low, int64_t *high) \
	{ \
		range_body(a, n, low, high); \
	} \
	attribute static bool range_double_##suffix(const double *a, size_t n, double *low, double *high) \
	{ \
		return range_double_body(a, n, low, high); \
	}

#define TABLE(suffix, sum_of, range_of, least_values) \
	{ \
		.few = least_values, \
		.sum = sum_of, \
		.product_sum = product_sum_##suffix, \
		.magnitude = magnitude_##suffix, \
		.add = add_##suffix, \
		.subtract = subtract_##suffix, \
		.multiply = multiply_##suffix, \
		.scale = scale_##suffix, \
		.pack = pack_##suffix, \
		.range = range_of, \
		.range_double = range_double_##suffix \
	}

INSTANCE(portable, )

const TickKernels tick_kernels_portable = TABLE(portable, sum_portable, range_portable, FEW);

#ifdef HAVE_VECTOR_KERNELS

INSTANCE(avx2, AVX2)

static const TickKernels kernels_avx2 = TABLE(avx2, sum_avx2, range_avx2, FEW);

const TickKernels *
tick_kernels_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") ? &kernels_avx2 : NULL;
}

INSTANCE(avx512, AVX512)

AVX512 static int64_t
any_sum_avx512(const int64_t *a, size_t n)
{
	return n <= 16 ? sum_few_avx512(a, n) : sum_avx512(a, n);
}

AVX512 static void
any_range_avx512(const int64_t *a, size_t n, int64_t *low, int64_t *high)
{
	if (n <= 16)
		range_few_avx512(a, n, low, high);
	else
		range_avx512(a, n, low, high);
}

static const TickKernels kernels_avx512 = TABLE(avx512, any_sum_avx512, any_range_avx512, 1);

const TickKernels *
tick_kernels_avx512(void)
{
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("popcnt") ? &kernels_avx512 : NULL;
}

#else

const TickKernels *
tick_kernels_avx2(void)
{
	return NULL;
}

const TickKernels *
tick_kernels_avx512(void)
{
	return NULL;
}

#endif

const TickKernels *
tick_kernels(void)
{
	const TickKernels *best = tick_kernels_avx512();

	if (best == NULL)
		best = tick_kernels_avx2();
	return best != NULL ? best : &tick_kernels_portable;
}
