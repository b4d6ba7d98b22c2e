/*-------------------------------------------------------------------------
 *
 * bitpack_kernel.c
 *	  The loops that take packed integers apart.
 *
 * Eight values of width w take w whole bytes.  Unpacking goes by such groups,
 * whose eight places and shifts are the same in every group.  A value and its
 * shift fit one 64-bit load up to a width of 58, and at 60 and 64; the four
 * other widths take two loads and have no vector code.
 *
 * Portable C has one loop a width, where places and shifts are constants.
 * AVX2 loads 16 bytes for each two values, moves their bytes to two lanes and
 * shifts each lane by its own number.  AVX-512 loads a whole group, and not a
 * byte more, and moves its bytes to eight lanes.
 *
 *-------------------------------------------------------------------------
 */
#include "core/bitpack_kernel.h"

#include <string.h>

#include "core/bytes.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_VECTOR_KERNELS
#endif

#define INLINE static inline __attribute__((always_inline))

/* ---- portable ---- */

/* Value j of a group whose values fit one load. */
#define UNPACK_ONE(w, j) \
	out[j] = base + ((tick_get64(in + (j) * (w) / 8) >> ((j) * (w) % 8)) & (UINT64_MAX >> (64 - (w))))

#define UNPACK_WIDTH(w) \
	case w: \
		for (; groups > 0; groups--, in += (w), out += 8) \
		{ \
			UNPACK_ONE(w, 0); \
			UNPACK_ONE(w, 1); \
			UNPACK_ONE(w, 2); \
			UNPACK_ONE(w, 3); \
			UNPACK_ONE(w, 4); \
			UNPACK_ONE(w, 5); \
			UNPACK_ONE(w, 6); \
			UNPACK_ONE(w, 7); \
		} \
		break;

/* Values whose bits may begin in one word and end in the next. */
static void
unpack_any(uint64_t *restrict out, size_t groups, const uint8_t *restrict in, int width, uint64_t base)
{
	for (size_t i = 0; i < groups * 8; i++)
	{
		size_t		bit = i * width;
		uint64_t	low = tick_get64(in + bit / 8) >> bit % 8;
		/* shifted in two steps, for bit % 8 may be 0 */
		uint64_t	high = tick_get64(in + bit / 8 + 8) << 1 << (63 - bit % 8);

		out[i] = base + ((low | high) & (UINT64_MAX >> (64 - width)));
	}
}

static void
unpack_groups(uint64_t *restrict out, size_t groups, const uint8_t *restrict in, int width, uint64_t base)
{
	switch (width)
	{
			UNPACK_WIDTH(1)
			UNPACK_WIDTH(2)
			UNPACK_WIDTH(3)
			UNPACK_WIDTH(4)
			UNPACK_WIDTH(5)
			UNPACK_WIDTH(6)
			UNPACK_WIDTH(7)
			UNPACK_WIDTH(8)
			UNPACK_WIDTH(9)
			UNPACK_WIDTH(10)
			UNPACK_WIDTH(11)
			UNPACK_WIDTH(12)
			UNPACK_WIDTH(13)
			UNPACK_WIDTH(14)
			UNPACK_WIDTH(15)
			UNPACK_WIDTH(16)
			UNPACK_WIDTH(17)
			UNPACK_WIDTH(18)
			UNPACK_WIDTH(19)
			UNPACK_WIDTH(20)
			UNPACK_WIDTH(21)
			UNPACK_WIDTH(22)
			UNPACK_WIDTH(23)
			UNPACK_WIDTH(24)
			UNPACK_WIDTH(25)
			UNPACK_WIDTH(26)
			UNPACK_WIDTH(27)
			UNPACK_WIDTH(28)
			UNPACK_WIDTH(29)
			UNPACK_WIDTH(30)
			UNPACK_WIDTH(31)
			UNPACK_WIDTH(32)
			UNPACK_WIDTH(33)
			UNPACK_WIDTH(34)
			UNPACK_WIDTH(35)
			UNPACK_WIDTH(36)
			UNPACK_WIDTH(37)
			UNPACK_WIDTH(38)
			UNPACK_WIDTH(39)
			UNPACK_WIDTH(40)
			UNPACK_WIDTH(41)
			UNPACK_WIDTH(42)
			UNPACK_WIDTH(43)
			UNPACK_WIDTH(44)
			UNPACK_WIDTH(45)
			UNPACK_WIDTH(46)
			UNPACK_WIDTH(47)
			UNPACK_WIDTH(48)
			UNPACK_WIDTH(49)
			UNPACK_WIDTH(50)
			UNPACK_WIDTH(51)
			UNPACK_WIDTH(52)
			UNPACK_WIDTH(53)
			UNPACK_WIDTH(54)
			UNPACK_WIDTH(55)
			UNPACK_WIDTH(56)
			UNPACK_WIDTH(57)
			UNPACK_WIDTH(58)
			UNPACK_WIDTH(60)
			UNPACK_WIDTH(64)
		default:
			unpack_any(out, groups, in, width, base);
	}
}

static void
values_portable(uint64_t *values, size_t groups, const uint8_t *in, int width, uint64_t base, uint64_t multiplier)
{
	unpack_groups(values, groups, in, width, multiplier == 1 ? base : 0);
	for (size_t i = 0; multiplier != 1 && i < groups * 8; i++)
		values[i] = base + multiplier * values[i];
}

static uint32_t
codes_portable(uint32_t *codes, size_t groups, const uint8_t *in, int width, uint32_t base)
{
	uint64_t	values[128];
	uint32_t	greatest = 0;

	for (size_t done = 0; done < groups; done += 16)
	{
		size_t		part = groups - done < 16 ? groups - done : 16;

		unpack_groups(values, part, in + done * width, width, 0);
		for (size_t i = 0; i < part * 8; i++)
		{
			greatest = values[i] > greatest ? (uint32_t) values[i] : greatest;
			codes[done * 8 + i] = base + (uint32_t) values[i];
		}
	}
	return greatest;
}

static void
running_sums_portable(uint64_t *values, size_t count, uint64_t first)
{
	for (size_t i = 0; i < count; i++)
		values[i] = first += values[i];
}

const TickUnpackKernels tick_unpack_kernels_portable = {
	values_portable, codes_portable, running_sums_portable, false
};

#ifdef HAVE_VECTOR_KERNELS

/* Do the values of this width fit a 64-bit load each? */
static inline bool
fits_one_load(int width)
{
	return width <= 58 || width == 60 || width == 64;
}

/* How a packed value is multiplied. */
typedef enum Multiply
{
	MULTIPLY_NONE, MULTIPLY_HALF, MULTIPLY_WORD
} Multiply;

static inline Multiply
multiply_for(int width, uint64_t multiplier)
{
	return multiplier == 1 ? MULTIPLY_NONE : width <= 32 && multiplier <= UINT32_MAX ? MULTIPLY_HALF : MULTIPLY_WORD;
}

/* ---- AVX2 ---- */

#define AVX2 __attribute__((target("avx2")))

/* The bytes of value 2k of a pair go to the low lane, of value 2k + 1 to the high one. */
AVX2 INLINE __m256i
pair_bytes_avx2(int width, int first)
{
	char		from[32];

	for (int pair = 0; pair < 2; pair++)
	{
		int			start = (first + 2 * pair) * width / 8;

		for (int half = 0; half < 2; half++)
			for (int i = 0; i < 8; i++)
				from[16 * pair + 8 * half + i] = (char) ((first + 2 * pair + half) * width / 8 - start + i);
	}
	return _mm256_loadu_si256((const __m256i *) (const void *) from);
}

AVX2 INLINE __m256i
pair_shifts_avx2(int width, int first)
{
	return _mm256_set_epi64x((first + 3) * width % 8, (first + 2) * width % 8,
							 (first + 1) * width % 8, first * width % 8);
}

AVX2 INLINE __m256i
load_pairs_avx2(const uint8_t *low, const uint8_t *high)
{
	return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *) (const void *) low)),
								   _mm_loadu_si128((const __m128i *) (const void *) high), 1);
}

/* Products modulo 2^64, from those of halves. */
AVX2 INLINE __m256i
multiply_avx2(__m256i a, __m256i b, Multiply multiply)
{
	__m256i		cross;

	if (multiply == MULTIPLY_NONE)
		return a;
	if (multiply == MULTIPLY_HALF)
		return _mm256_mul_epu32(a, b);
	cross = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(a, 32), b), _mm256_mul_epu32(a, _mm256_srli_epi64(b, 32)));
	return _mm256_add_epi64(_mm256_mul_epu32(a, b), _mm256_slli_epi64(cross, 32));
}

AVX2 INLINE void
unpack_avx2(uint64_t *values, size_t groups, const uint8_t *in, int width, uint64_t base, uint64_t multiplier, Multiply multiply)
{
	const __m256i bytes[2] = {pair_bytes_avx2(width, 0), pair_bytes_avx2(width, 4)};
	const __m256i shifts[2] = {pair_shifts_avx2(width, 0), pair_shifts_avx2(width, 4)};
	const __m256i mask = _mm256_set1_epi64x((int64_t) (UINT64_MAX >> (64 - width)));
	const __m256i bases = _mm256_set1_epi64x((int64_t) base);
	const __m256i factor = _mm256_set1_epi64x((int64_t) multiplier);
	const int	place[4] = {0, 2 * width / 8, 4 * width / 8, 6 * width / 8};

	for (; groups > 0; groups--, in += width, values += 8)
	{
		for (int half = 0; half < 2; half++)
		{
			__m256i		four = load_pairs_avx2(in + place[2 * half], in + place[2 * half + 1]);

			four = _mm256_srlv_epi64(_mm256_shuffle_epi8(four, bytes[half]), shifts[half]);
			four = multiply_avx2(_mm256_and_si256(four, mask), factor, multiply);
			_mm256_storeu_si256((__m256i *) (void *) (values + 4 * half), _mm256_add_epi64(four, bases));
		}
	}
}

AVX2 static void
values_avx2(uint64_t *values, size_t groups, const uint8_t *in, int width, uint64_t base, uint64_t multiplier)
{
	if (!fits_one_load(width))
		values_portable(values, groups, in, width, base, multiplier);
	else if (multiplier == 1)
		unpack_avx2(values, groups, in, width, base, multiplier, MULTIPLY_NONE);
	else if (multiply_for(width, multiplier) == MULTIPLY_HALF)
		unpack_avx2(values, groups, in, width, base, multiplier, MULTIPLY_HALF);
	else
		unpack_avx2(values, groups, in, width, base, multiplier, MULTIPLY_WORD);
}

/* Four codes, which take up to 13 bytes, from each of two loads. */
AVX2 static uint32_t
codes_avx2(uint32_t *codes, size_t groups, const uint8_t *in, int width, uint32_t base)
{
	const int	start = 4 * width / 8;
	const __m256i mask = _mm256_set1_epi32((int) (UINT32_MAX >> (32 - width)));
	const __m256i bases = _mm256_set1_epi32((int) base);
	__m256i		greatest = _mm256_setzero_si256();
	__m256i		bytes;
	__m256i		shifts;
	char		from[32];
	int			shift[8];
	uint32_t	most[8];

	for (int j = 0; j < 8; j++)
	{
		shift[j] = j * width % 8;
		for (int i = 0; i < 4; i++)
			from[4 * j + i] = (char) (j * width / 8 - (j < 4 ? 0 : start) + i);
	}
	bytes = _mm256_loadu_si256((const __m256i *) (const void *) from);
	shifts = _mm256_loadu_si256((const __m256i *) (const void *) shift);
	for (; groups > 0; groups--, in += width, codes += 8)
	{
		__m256i		eight = _mm256_shuffle_epi8(load_pairs_avx2(in, in + start), bytes);

		eight = _mm256_and_si256(_mm256_srlv_epi32(eight, shifts), mask);
		greatest = _mm256_max_epu32(greatest, eight);
		_mm256_storeu_si256((__m256i *) (void *) codes, _mm256_add_epi32(eight, bases));
	}
	_mm256_storeu_si256((__m256i *) (void *) most, greatest);
	for (int j = 1; j < 8; j++)
		most[0] = most[j] > most[0] ? most[j] : most[0];
	return most[0];
}

/* Sums within four values do not wait for those before. */
AVX2 static void
running_sums_avx2(uint64_t *values, size_t count, uint64_t first)
{
	__m256i		before = _mm256_set1_epi64x((int64_t) first);
	size_t		i;

	for (i = 0; i + 4 <= count; i += 4)
	{
		__m256i		four = _mm256_loadu_si256((const __m256i *) (const void *) (values + i));
		__m256i		low;

		four = _mm256_add_epi64(four, _mm256_slli_si256(four, 8));
		low = _mm256_permute4x64_epi64(four, 0x55);
		four = _mm256_add_epi64(four, _mm256_blend_epi32(_mm256_setzero_si256(), low, 0xf0));
		_mm256_storeu_si256((__m256i *) (void *) (values + i), _mm256_add_epi64(four, before));
		before = _mm256_add_epi64(before, _mm256_permute4x64_epi64(four, 0xff));
	}
	running_sums_portable(values + i, count - i, i > 0 ? values[i - 1] : first);
}

static const TickUnpackKernels kernels_avx2 = {values_avx2, codes_avx2, running_sums_avx2, false};

const TickUnpackKernels *
tick_unpack_kernels_avx2(void)
{
	return __builtin_cpu_supports("avx2") ? &kernels_avx2 : NULL;
}

/* ---- AVX-512 ---- */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")))

/* Bit places of the eight values of a group. */
AVX512 INLINE __m512i
bits_avx512(int width)
{
	return _mm512_mullo_epi64(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi64(width));
}

AVX512 INLINE __m512i
multiply_avx512(__m512i a, __m512i b, Multiply multiply)
{
	return multiply == MULTIPLY_NONE ? a : multiply == MULTIPLY_HALF ? _mm512_mul_epu32(a, b) : _mm512_mullo_epi64(a, b);
}

AVX512 INLINE void
unpack_avx512(uint64_t *values, size_t groups, const uint8_t *in, int width, uint64_t base, uint64_t multiplier, Multiply multiply)
{
	const __m512i bits = bits_avx512(width);
	const __m512i shifts = _mm512_and_si512(bits, _mm512_set1_epi64(7));
	/* the number of the first byte, in each byte of its lane, and 0 to 7 */
	const __m512i bytes = _mm512_add_epi64(_mm512_mullo_epi64(_mm512_srli_epi64(bits, 3), _mm512_set1_epi64(0x0101010101010101)),
										   _mm512_set1_epi64(0x0706050403020100));
	const __m512i mask = _mm512_set1_epi64((int64_t) (UINT64_MAX >> (64 - width)));
	const __m512i bases = _mm512_set1_epi64((int64_t) base);
	const __m512i factor = _mm512_set1_epi64((int64_t) multiplier);
	const __mmask64 own = UINT64_MAX >> (64 - width);

	for (; groups > 0; groups--, in += width, values += 8)
	{
		__m512i		eight = _mm512_permutexvar_epi8(bytes, _mm512_maskz_loadu_epi8(own, in));

		eight = _mm512_and_si512(_mm512_srlv_epi64(eight, shifts), mask);
		_mm512_storeu_si512(values, _mm512_add_epi64(multiply_avx512(eight, factor, multiply), bases));
	}
}

AVX512 static void
values_avx512(uint64_t *values, size_t groups, const uint8_t *in, int width, uint64_t base, uint64_t multiplier)
{
	if (multiplier == 1)
		unpack_avx512(values, groups, in, width, base, multiplier, MULTIPLY_NONE);
	else if (multiply_for(width, multiplier) == MULTIPLY_HALF)
		unpack_avx512(values, groups, in, width, base, multiplier, MULTIPLY_HALF);
	else
		unpack_avx512(values, groups, in, width, base, multiplier, MULTIPLY_WORD);
}

/* Widths whose values need two loads are copied to where reading beyond them does no harm. */
AVX512 static void
any_values_avx512(uint64_t *values, size_t groups, const uint8_t *in, int width, uint64_t base, uint64_t multiplier)
{
	if (fits_one_load(width))
	{
		values_avx512(values, groups, in, width, base, multiplier);
		return;
	}
	for (; groups > 0; groups--, in += width, values += 8)
	{
		uint8_t		bytes[64 + 16];

		memcpy(bytes, in, width);
		memset(bytes + width, 0, sizeof(bytes) - width);
		values_portable(values, 1, bytes, width, base, multiplier);
	}
}

/* Sixteen codes from two groups; an odd group comes last. */
AVX512 static uint32_t
codes_avx512(uint32_t *codes, size_t groups, const uint8_t *in, int width, uint32_t base)
{
	const __m512i bits = _mm512_mullo_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
											_mm512_set1_epi32(width));
	const __m512i shifts = _mm512_and_si512(bits, _mm512_set1_epi32(7));
	const __m512i bytes = _mm512_add_epi32(_mm512_mullo_epi32(_mm512_srli_epi32(bits, 3), _mm512_set1_epi32(0x01010101)),
										   _mm512_set1_epi32(0x03020100));
	const __m512i mask = _mm512_set1_epi32((int) (UINT32_MAX >> (32 - width)));
	const __m512i bases = _mm512_set1_epi32((int) base);
	const __mmask64 own = UINT64_MAX >> (64 - 2 * width);
	__m512i		greatest = _mm512_setzero_si512();
	__m512i		sixteen;

	for (; groups >= 2; groups -= 2, in += 2 * width, codes += 16)
	{
		sixteen = _mm512_permutexvar_epi8(bytes, _mm512_maskz_loadu_epi8(own, in));
		sixteen = _mm512_and_si512(_mm512_srlv_epi32(sixteen, shifts), mask);
		greatest = _mm512_max_epu32(greatest, sixteen);
		_mm512_storeu_si512(codes, _mm512_add_epi32(sixteen, bases));
	}
	if (groups == 0)
		return _mm512_reduce_max_epu32(greatest);
	sixteen = _mm512_permutexvar_epi8(bytes, _mm512_maskz_loadu_epi8(UINT64_MAX >> (64 - width), in));
	/* the other half is of bytes that were not loaded: 0 */
	sixteen = _mm512_and_si512(_mm512_srlv_epi32(sixteen, shifts), mask);
	_mm512_mask_storeu_epi32(codes, 0xff, _mm512_add_epi32(sixteen, bases));
	return _mm512_reduce_max_epu32(_mm512_max_epu32(greatest, sixteen));
}

/* Sums within eight values by three shifts. */
AVX512 static void
running_sums_avx512(uint64_t *values, size_t count, uint64_t first)
{
	const __m512i zero = _mm512_setzero_si512();
	const __m512i last = _mm512_set1_epi64(7);
	__m512i		before = _mm512_set1_epi64((int64_t) first);
	size_t		i;

	for (i = 0; i + 8 <= count; i += 8)
	{
		__m512i		eight = _mm512_loadu_si512(values + i);

		eight = _mm512_add_epi64(eight, _mm512_alignr_epi64(eight, zero, 7));
		eight = _mm512_add_epi64(eight, _mm512_alignr_epi64(eight, zero, 6));
		eight = _mm512_add_epi64(eight, _mm512_alignr_epi64(eight, zero, 4));
		_mm512_storeu_si512(values + i, _mm512_add_epi64(eight, before));
		before = _mm512_add_epi64(before, _mm512_permutexvar_epi64(last, eight));
	}
	running_sums_portable(values + i, count - i, i > 0 ? values[i - 1] : first);
}

static const TickUnpackKernels kernels_avx512 = {any_values_avx512, codes_avx512, running_sums_avx512, true};

const TickUnpackKernels *
tick_unpack_kernels_avx512(void)
{
	return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") ? &kernels_avx512 : NULL;
}

#else

const TickUnpackKernels *
tick_unpack_kernels_avx2(void)
{
	return NULL;
}

const TickUnpackKernels *
tick_unpack_kernels_avx512(void)
{
	return NULL;
}

#endif

const TickUnpackKernels *
tick_unpack_kernels(void)
{
	const TickUnpackKernels *best = tick_unpack_kernels_avx512();

	if (best == NULL)
		best = tick_unpack_kernels_avx2();
	return best != NULL ? best : &tick_unpack_kernels_portable;
}
