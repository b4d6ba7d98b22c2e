/*-------------------------------------------------------------------------
 *
 * field_kernel.c
 *	  Loops over one column's fields, for any processor and for AVX2.
 *
 * A short field is one 64-bit word whose lowest byte is its first character.
 * The portable loops read a word a row, without a branch on what it holds;
 * the others read four, one in each lane of a vector, and leave what remains
 * of a batch to the portable code.
 *
 *-------------------------------------------------------------------------
 */
#include "core/field_kernel.h"

#include "core/value_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define CLOCK_SHAPE (TICK_BYTES('0') ^ UINT64_C(0x00000a00000a0000))	/* "00:00:00", for ':' is '0' ^ 0x0a */
#define CLOCK_LIMITS UINT64_C(0x0905000905000902)	/* 29:59:59, without the colons */

/* ---- a row each ---- */

static inline const char *
field_of(const TickFields *fields, uint32_t row, uint32_t *length)
{
	const uint32_t *end = fields->end + (size_t) row * fields->stride;
	uint32_t	begin = end[-1] + 1 + fields->skip;

	/* of a field shorter than skip the length is beyond all that is taken */
	*length = *end - begin;
	return fields->data + begin;
}

static inline bool
take_digits(const TickFields *fields, uint32_t row, int64_t *value)
{
	uint32_t	length;
	const char *text = field_of(fields, row, &length);
	uint64_t	word;

	if (length - 1 >= 8)
		return false;
	word = tick_pad_front(tick_get64(text), length);
	*value = tick_eight_digits(word);
	return tick_all_digits(word);
}

/*
 * The digits of a number as an integer, and how many stand behind its point.
 * The text is brought to the word's upper end, where lengths do not matter;
 * what precedes the point then closes the gap, and zeros fill the lower end.
 */
static inline bool
take_number(const TickFields *fields, uint32_t row, uint32_t *number, uint32_t *behind)
{
	uint32_t	length;
	const char *text = field_of(fields, row, &length);
	uint64_t	word;
	uint64_t	points;
	uint64_t	before;			/* the bytes up to and with the point */
	uint32_t	digits;

	if (length - 1 >= 8)
		return false;
	word = tick_get64(text) << (64 - 8 * length);
	/* 0x80 in the bytes that are a point; a wrong one above the first does no harm */
	points = word ^ TICK_BYTES('.');
	points = (points - TICK_BYTES(0x01)) & ~points & TICK_BYTES(0x80);
	before = points != 0 ? points ^ (points - 1) : 0;
	digits = length - (points != 0);
	if (digits == 0)
		return false;
	word = (word & ~before) | (word & before >> 8) << 8;
	word |= digits < 8 ? TICK_BYTES(0x30) >> 8 * digits : 0;
	*number = tick_eight_digits(word);
	*behind = points != 0 ? __builtin_clzll(before) / 8 : 0;
	return tick_all_digits(word);
}

static inline bool
take_decimal(const TickFields *fields, uint32_t row, const uint32_t *factor, int64_t *value)
{
	uint32_t	number,
				behind;

	if (!take_number(fields, row, &number, &behind))
		return false;
	*value = (int64_t) ((uint64_t) number * factor[behind]);
	return factor[behind] != 0;
}

static inline bool
take_double(const TickFields *fields, uint32_t row, const double *power, double *value)
{
	uint32_t	number,
				behind;

	if (!take_number(fields, row, &number, &behind))
		return false;
	*value = (double) number / power[behind];
	return true;
}

/* Are the bytes of a word not above those of another?  All are below 0x80 in both. */
static inline bool
bytes_within(uint64_t word, uint64_t limits)
{
	return ((limits + TICK_BYTES(0x80) - word) & TICK_BYTES(0x80)) == TICK_BYTES(0x80);
}

static inline bool
take_clock(const TickFields *fields, uint32_t row, int64_t *time)
{
	uint32_t	length;
	const char *text = field_of(fields, row, &length);
	uint64_t	word = tick_get64(text) ^ CLOCK_SHAPE;
	uint64_t	seconds;
	uint64_t	fraction = 0;

	if (length - 8 > 10 || length == 9 || (word & TICK_BYTES(0x80)) != 0 || !bytes_within(word, CLOCK_LIMITS))
		return false;
	/* times ten and shifted by a byte, each pair of digits is a number in its first byte */
	word = word * 10 + (word >> 8);
	if ((word & 0xff) > 23)
		return false;
	seconds = (word & 0xff) * 3600 + (word >> 24 & 0xff) * 60 + (word >> 48 & 0xff);
	if (length > 8)
	{
		uint32_t	digits = length - 9;
		uint64_t	rest = tick_get64(text + 9);
		uint8_t		ninth = digits == 9 ? (uint8_t) (text[17] - '0') : 0;

		/* zeros follow what is less than eight digits */
		if (digits < 8)
			rest = (rest & UINT64_MAX >> (64 - 8 * digits)) | TICK_BYTES(0x30) << 8 * digits;
		if (text[8] != '.' || !tick_all_digits(rest) || ninth > 9)
			return false;
		fraction = (uint64_t) tick_eight_digits(rest) * 10 + ninth;
	}
	*time = (int64_t) (seconds * TICK_NS_PER_SECOND + fraction);
	return true;
}

static inline bool
is_same(const TickFields *fields, uint32_t row, const char *text, uint32_t length, bool more)
{
	uint32_t	field_length;
	const char *field = field_of(fields, row, &field_length);

	if (memcmp(field, text, length) != 0)
		return false;
	if (field_length == length)
		return true;
	return more && field_length > length && (field[length] == ' ' || field[length] == 'T') &&
		field_length <= UINT32_MAX - fields->skip - 1;
}

static inline uint64_t
make_word(const TickFields *fields, uint32_t row, bool trim)
{
	uint32_t	length;
	const char *text = field_of(fields, row, &length);
	uint64_t	word;

	if (length - 1 >= TICK_FIELD_WORD)
		return 0;
	word = tick_get64(text) & UINT64_MAX >> (64 - 8 * length);
	if (trim && ((uint8_t) word <= ' ' || (uint8_t) (word >> 8 * (length - 1)) <= ' '))
		return 0;
	return word | (uint64_t) length << 56;
}

/* ---- for any processor ---- */

static uint32_t
digits_portable(const TickFields *fields, int64_t *values, uint32_t *left)
{
	uint32_t	n = 0;

	for (uint32_t i = 0; i < fields->rows; i++)
		if (!take_digits(fields, i, &values[i]))
			left[n++] = i;
	return n;
}

static uint32_t
decimals_portable(const TickFields *fields, const uint32_t *factor, int64_t *values, uint32_t *left)
{
	uint32_t	n = 0;

	for (uint32_t i = 0; i < fields->rows; i++)
		if (!take_decimal(fields, i, factor, &values[i]))
			left[n++] = i;
	return n;
}

static uint32_t
doubles_portable(const TickFields *fields, const double *power, double *values, uint32_t *left)
{
	uint32_t	n = 0;

	for (uint32_t i = 0; i < fields->rows; i++)
		if (!take_double(fields, i, power, &values[i]))
			left[n++] = i;
	return n;
}

static uint32_t
clocks_portable(const TickFields *fields, int64_t *values, uint32_t *left)
{
	uint32_t	n = 0;

	for (uint32_t i = 0; i < fields->rows; i++)
		if (!take_clock(fields, i, &values[i]))
			left[n++] = i;
	return n;
}

static uint32_t
same_portable(const TickFields *fields, const char *text, uint32_t length, bool more, uint32_t *left)
{
	uint32_t	n = 0;

	for (uint32_t i = 0; i < fields->rows; i++)
		if (!is_same(fields, i, text, length, more))
			left[n++] = i;
	return n;
}

static void
words_portable(const TickFields *fields, bool trim, int bits, uint64_t *words, uint32_t *places)
{
	for (uint32_t i = 0; i < fields->rows; i++)
	{
		words[i] = make_word(fields, i, trim);
		places[i] = tick_field_place(words[i], bits);
	}
}

const TickFieldKernel tick_field_kernel_portable = {
	"portable", digits_portable, decimals_portable, doubles_portable, clocks_portable, same_portable, words_portable
};

/* ---- four rows at a time ---- */

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

/* Where four fields begin, and their lengths in 64-bit lanes. */
typedef struct Four
{
	const char *text[4];
	__m256i		length;
} Four;

AVX2_INLINE __m256i
load_words(const Four *four, uint32_t behind)
{
	return _mm256_set_epi64x((int64_t) tick_get64(four->text[3] + behind), (int64_t) tick_get64(four->text[2] + behind),
							 (int64_t) tick_get64(four->text[1] + behind), (int64_t) tick_get64(four->text[0] + behind));
}

AVX2_INLINE Four
four_of(const TickFields *fields, uint32_t row)
{
	const uint32_t *end = fields->end + (size_t) row * fields->stride;
	uint32_t	skip = fields->skip + 1;
	uint64_t	bounds[4];		/* the place before the field, and its end */
	__m256i		pair;
	Four		four;

	for (int i = 0; i < 4; i++)
	{
		memcpy(&bounds[i], end + (size_t) i * fields->stride - 1, sizeof(bounds[i]));
		four.text[i] = fields->data + (uint32_t) ((uint32_t) bounds[i] + skip);
	}
	pair = _mm256_set_epi64x((int64_t) bounds[3], (int64_t) bounds[2], (int64_t) bounds[1], (int64_t) bounds[0]);
	four.length = _mm256_and_si256(_mm256_sub_epi32(_mm256_srli_epi64(pair, 32), _mm256_add_epi32(pair, _mm256_set1_epi32((int) skip))),
								   _mm256_set1_epi64x(UINT32_MAX));
	return four;
}

/* Lanes between low and high, which are above -2^63. */
AVX2_INLINE __m256i
between(__m256i value, int64_t low, int64_t high)
{
	return _mm256_andnot_si256(_mm256_cmpgt_epi64(value, _mm256_set1_epi64x(high)),
							   _mm256_cmpgt_epi64(value, _mm256_set1_epi64x(low - 1)));
}

/* Lanes none of whose bytes is above that of limits. */
AVX2_INLINE __m256i
lanes_within(__m256i bytes, __m256i limits)
{
	return _mm256_cmpeq_epi64(_mm256_subs_epu8(bytes, limits), _mm256_setzero_si256());
}

/* The numbers that eight bytes of 0 .. 9 make in each lane. */
AVX2_INLINE __m256i
eight_digits(__m256i bytes)
{
	__m256i		pairs = _mm256_maddubs_epi16(bytes, _mm256_set1_epi16(10 | 1 << 8));
	__m256i		fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(100 | 1 << 16));
	__m256i		packed = _mm256_packus_epi32(fours, fours);
	__m256i		eights = _mm256_madd_epi16(packed, _mm256_set1_epi32(10000 | 1 << 16));

	return _mm256_unpacklo_epi32(eights, _mm256_setzero_si256());
}

/* Add the rows that are not taken, of the four from row on. */
AVX2_INLINE uint32_t
add_left(uint32_t *left, uint32_t n, uint32_t row, __m256i taken)
{
	unsigned	mask = (unsigned) _mm256_movemask_pd(_mm256_castsi256_pd(taken));

	if (__builtin_expect(mask != 15, 0))
	{
		for (uint32_t i = 0; i < 4; i++)
			if ((mask >> i & 1) == 0)
				left[n++] = row + i;
	}
	return n;
}

AVX2 static uint32_t
digits_avx2(const TickFields *fields, int64_t *values, uint32_t *left)
{
	const __m256i zeros = _mm256_set1_epi8('0');
	uint32_t	n = 0;
	uint32_t	i = 0;

	for (; i + 4 <= fields->rows; i += 4)
	{
		Four		four = four_of(fields, i);
		__m256i		bits = _mm256_slli_epi64(four.length, 3);
		__m256i		word = _mm256_sllv_epi64(load_words(&four, 0), _mm256_sub_epi64(_mm256_set1_epi64x(64), bits));
		__m256i		bytes = _mm256_xor_si256(_mm256_or_si256(word, _mm256_srlv_epi64(zeros, bits)), zeros);
		__m256i		taken = _mm256_and_si256(between(four.length, 1, 8), lanes_within(bytes, _mm256_set1_epi8(9)));

		_mm256_storeu_si256((__m256i *) (values + i), eight_digits(bytes));
		n = add_left(left, n, i, taken);
	}
	for (; i < fields->rows; i++)
		if (!take_digits(fields, i, &values[i]))
			left[n++] = i;
	return n;
}

/* As take_number(): the digits of four numbers, and how many stand behind their points. */
AVX2_INLINE __m256i
four_numbers(const Four *four, __m256i *behind, __m256i *taken)
{
	const __m256i zeros = _mm256_set1_epi8('0');
	const __m256i none = _mm256_setzero_si256();
	const __m256i one = _mm256_set1_epi64x(1);
	__m256i		shift = _mm256_sub_epi64(_mm256_set1_epi64x(64), _mm256_slli_epi64(four->length, 3));
	__m256i		word = _mm256_sllv_epi64(load_words(four, 0), shift);
	__m256i		points = _mm256_and_si256(_mm256_cmpeq_epi8(word, _mm256_set1_epi8('.')), _mm256_set1_epi8((char) 0x80));
	__m256i		whole = _mm256_cmpeq_epi64(points, none);
	__m256i		before = _mm256_andnot_si256(whole, _mm256_xor_si256(points, _mm256_sub_epi64(points, one)));
	__m256i		digits = _mm256_sub_epi64(four->length, _mm256_andnot_si256(whole, one));
	__m256i		front = _mm256_slli_epi64(_mm256_and_si256(word, _mm256_srli_epi64(before, 8)), 8);
	__m256i		fill = _mm256_srlv_epi64(zeros, _mm256_slli_epi64(digits, 3));
	__m256i		bytes;

	bytes = _mm256_xor_si256(_mm256_or_si256(_mm256_or_si256(_mm256_andnot_si256(before, word), front), fill), zeros);
	*taken = _mm256_and_si256(between(four->length, 1, 8), _mm256_cmpgt_epi64(digits, none));
	*taken = _mm256_and_si256(*taken, lanes_within(bytes, _mm256_set1_epi8(9)));
	/* the bytes above the point, counted by their ones */
	*behind = _mm256_sad_epu8(_mm256_andnot_si256(_mm256_or_si256(before, whole), _mm256_set1_epi8(1)), none);
	return eight_digits(bytes);
}

AVX2 static uint32_t
decimals_avx2(const TickFields *fields, const uint32_t *factor, int64_t *values, uint32_t *left)
{
	uint32_t	n = 0;
	uint32_t	i = 0;

	for (; i + 4 <= fields->rows; i += 4)
	{
		Four		four = four_of(fields, i);
		__m256i		taken;
		__m256i		behind;
		__m256i		number = four_numbers(&four, &behind, &taken);
		__m256i		times = _mm256_cvtepu32_epi64(_mm256_i64gather_epi32((const int *) factor, behind, 4));

		taken = _mm256_andnot_si256(_mm256_cmpeq_epi64(times, _mm256_setzero_si256()), taken);
		_mm256_storeu_si256((__m256i *) (values + i), _mm256_mul_epu32(number, times));
		n = add_left(left, n, i, taken);
	}
	for (; i < fields->rows; i++)
		if (!take_decimal(fields, i, factor, &values[i]))
			left[n++] = i;
	return n;
}

AVX2 static uint32_t
doubles_avx2(const TickFields *fields, const double *power, double *values, uint32_t *left)
{
	uint32_t	n = 0;
	uint32_t	i = 0;

	for (; i + 4 <= fields->rows; i += 4)
	{
		Four		four = four_of(fields, i);
		__m256i		taken;
		__m256i		behind;
		__m256i		number = four_numbers(&four, &behind, &taken);
		__m256i		narrow = _mm256_permutevar8x32_epi32(number, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));

		_mm256_storeu_pd(values + i, _mm256_div_pd(_mm256_cvtepi32_pd(_mm256_castsi256_si128(narrow)),
												   _mm256_i64gather_pd(power, behind, 8)));
		n = add_left(left, n, i, taken);
	}
	for (; i < fields->rows; i++)
		if (!take_double(fields, i, power, &values[i]))
			left[n++] = i;
	return n;
}

/* Seconds since midnight of HH:MM:SS, xored with its shape, and whether they are ones. */
AVX2_INLINE __m256i
clock_seconds(__m256i bytes, __m256i *taken)
{
	/* 10 1 for each pair of digits, 0 for colons: hours, minutes' tens, their ones, seconds */
	__m256i		parts = _mm256_maddubs_epi16(bytes, _mm256_set1_epi64x(UINT64_C(0x010a00010a00010a)));
	__m256i		halves = _mm256_madd_epi16(parts, _mm256_set1_epi64x(3600 | INT64_C(60) << 16 | INT64_C(60) << 32 | INT64_C(1) << 48));
	__m256i		hours = _mm256_and_si256(parts, _mm256_set1_epi64x(0xffff));

	*taken = _mm256_and_si256(lanes_within(bytes, _mm256_set1_epi64x(CLOCK_LIMITS)), _mm256_cmpgt_epi64(_mm256_set1_epi64x(24), hours));
	return _mm256_add_epi64(_mm256_and_si256(halves, _mm256_set1_epi64x(UINT32_MAX)), _mm256_srli_epi64(halves, 32));
}

AVX2 static uint32_t
clocks_avx2(const TickFields *fields, int64_t *values, uint32_t *left)
{
	const __m256i zeros = _mm256_set1_epi8('0');
	const __m256i first = _mm256_set1_epi64x(0xff);
	uint32_t	n = 0;
	uint32_t	i = 0;

	for (; i + 4 <= fields->rows; i += 4)
	{
		Four		four = four_of(fields, i);
		__m256i		taken;
		__m256i		seconds = clock_seconds(_mm256_xor_si256(load_words(&four, 0), _mm256_set1_epi64x(CLOCK_SHAPE)), &taken);
		__m256i		middle = load_words(&four, 8);	/* the point and seven digits */
		__m256i		last = load_words(&four, 16);	/* two more */
		__m256i		bare = _mm256_cmpeq_epi64(four.length, _mm256_set1_epi64x(8));
		__m256i		digits = _mm256_sub_epi64(four.length, _mm256_set1_epi64x(9));
		__m256i		nine = _mm256_cmpeq_epi64(digits, _mm256_set1_epi64x(9));
		__m256i		eight = _mm256_or_si256(_mm256_srli_epi64(middle, 8), _mm256_slli_epi64(last, 56));
		/* bytes behind the field, or all of a bare one's */
		__m256i		outside = _mm256_or_si256(bare, _mm256_sllv_epi64(_mm256_set1_epi8((char) 0xff), _mm256_slli_epi64(digits, 3)));
		__m256i		bytes = _mm256_andnot_si256(outside, _mm256_xor_si256(eight, zeros));
		__m256i		ninth = _mm256_and_si256(nine, _mm256_and_si256(_mm256_xor_si256(_mm256_srli_epi64(last, 8), zeros), first));
		__m256i		point = _mm256_cmpeq_epi64(_mm256_and_si256(middle, first), _mm256_set1_epi64x('.'));
		__m256i		fraction = _mm256_add_epi64(_mm256_mul_epu32(eight_digits(bytes), _mm256_set1_epi64x(10)), ninth);

		taken = _mm256_and_si256(taken, _mm256_or_si256(bare, _mm256_and_si256(between(digits, 1, 9), point)));
		taken = _mm256_and_si256(taken, lanes_within(bytes, _mm256_set1_epi8(9)));
		taken = _mm256_and_si256(taken, lanes_within(ninth, _mm256_set1_epi8(9)));
		_mm256_storeu_si256((__m256i *) (values + i),
							_mm256_add_epi64(_mm256_mul_epu32(seconds, _mm256_set1_epi64x(TICK_NS_PER_SECOND)), fraction));
		n = add_left(left, n, i, taken);
	}
	for (; i < fields->rows; i++)
		if (!take_clock(fields, i, &values[i]))
			left[n++] = i;
	return n;
}

AVX2 static uint32_t
same_avx2(const TickFields *fields, const char *text, uint32_t length, bool more, uint32_t *left)
{
	const __m256i front = _mm256_set1_epi64x((int64_t) tick_get64(text));
	const __m256i back = _mm256_set1_epi64x((int64_t) tick_get64(text + length - 8));
	const int64_t most = more ? (int64_t) UINT32_MAX - fields->skip - 1 : length;
	uint32_t	n = 0;
	uint32_t	i = 0;

	for (; i + 4 <= fields->rows; i += 4)
	{
		Four		four = four_of(fields, i);
		__m256i		taken = _mm256_and_si256(_mm256_cmpeq_epi64(load_words(&four, 0), front),
											 _mm256_cmpeq_epi64(load_words(&four, length - 8), back));

		taken = _mm256_and_si256(taken, between(four.length, length, most));
		if (more)
		{
			__m256i		next = _mm256_and_si256(load_words(&four, length), _mm256_set1_epi64x(0xff));

			taken = _mm256_and_si256(taken, _mm256_or_si256(_mm256_cmpeq_epi64(four.length, _mm256_set1_epi64x(length)),
															_mm256_or_si256(_mm256_cmpeq_epi64(next, _mm256_set1_epi64x(' ')),
																			_mm256_cmpeq_epi64(next, _mm256_set1_epi64x('T')))));
		}
		n = add_left(left, n, i, taken);
	}
	for (; i < fields->rows; i++)
		if (!is_same(fields, i, text, length, more))
			left[n++] = i;
	return n;
}

AVX2 static void
words_avx2(const TickFields *fields, bool trim, int bits, uint64_t *words, uint32_t *places)
{
	const __m256i byte = _mm256_set1_epi64x(0xff);
	const __m256i graphic = _mm256_set1_epi64x(' ' + 1);
	const __m256i size = _mm256_set1_epi64x((INT64_C(1) << bits) - 1);
	uint32_t	i = 0;

	for (; i + 4 <= fields->rows; i += 4)
	{
		Four		four = four_of(fields, i);
		__m256i		length = _mm256_slli_epi64(four.length, 3);
		__m256i		mask = _mm256_srlv_epi64(_mm256_set1_epi8((char) 0xff), _mm256_sub_epi64(_mm256_set1_epi64x(64), length));
		__m256i		word = _mm256_and_si256(load_words(&four, 0), mask);
		__m256i		taken = between(four.length, 1, TICK_FIELD_WORD);
		__m256i		place;

		if (trim)
		{
			__m256i		last = _mm256_srlv_epi64(word, _mm256_sub_epi64(length, _mm256_set1_epi64x(8)));

			taken = _mm256_andnot_si256(_mm256_cmpgt_epi64(graphic, _mm256_and_si256(word, byte)), taken);
			taken = _mm256_andnot_si256(_mm256_cmpgt_epi64(graphic, _mm256_and_si256(last, byte)), taken);
		}
		word = _mm256_and_si256(_mm256_or_si256(word, _mm256_slli_epi64(four.length, 56)), taken);
		place = _mm256_add_epi64(_mm256_mul_epu32(word, _mm256_set1_epi64x(TICK_FIELD_MULTIPLIER_LOW)),
								 _mm256_mul_epu32(_mm256_srli_epi64(word, 32), _mm256_set1_epi64x(TICK_FIELD_MULTIPLIER_HIGH)));
		place = _mm256_and_si256(_mm256_srli_epi64(place, 24), size);
		place = _mm256_permutevar8x32_epi32(place, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
		_mm256_storeu_si256((__m256i *) (words + i), word);
		_mm_storeu_si128((__m128i *) (places + i), _mm256_castsi256_si128(place));
	}
	for (; i < fields->rows; i++)
	{
		words[i] = make_word(fields, i, trim);
		places[i] = tick_field_place(words[i], bits);
	}
}

static const TickFieldKernel kernel_avx2 = {
	"avx2", digits_avx2, decimals_avx2, doubles_avx2, clocks_avx2, same_avx2, words_avx2
};

#endif							/* __x86_64__ */

const TickFieldKernel *
tick_field_kernel_best(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return &kernel_avx2;
#endif
	return &tick_field_kernel_portable;
}
