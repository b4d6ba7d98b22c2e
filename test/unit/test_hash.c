/*-------------------------------------------------------------------------
 *
 * test_hash.c
 *	  Hashes: fixed results, any split and place, and no change unseen.
 *
 *-------------------------------------------------------------------------
 */
#include "core/hash.h"
#include "unit.h"

#define LONGEST 300

static uint8_t sample[LONGEST + 16];

static void
fill_sample(void)
{
	uint64_t	seed = 1;

	for (size_t i = 0; i < sizeof(sample); i++)
		sample[i] = (uint8_t) unit_random(&seed);
}

static void
hash128(const void *bytes, size_t length, uint8_t out[16])
{
	TickHash128 hash;

	tick_hash128_init(&hash);
	tick_hash128_update(&hash, bytes, length);
	tick_hash128_final(&hash, out);
}

static int
compare_words(const void *a, const void *b)
{
	uint64_t	x = *(const uint64_t *) a;
	uint64_t	y = *(const uint64_t *) b;

	return (x > y) - (x < y);
}

/* Results are on disk: these numbers may never be adapted to the code. */
static void
test_fixed(void)
{
	static const struct
	{
		const char *text;
		uint64_t	seed;
		uint64_t	hash;
		const char *hash128;
	}			known[] = {
		{"", 0, UINT64_C(0x3e00fb063f656017), "04d74acf01749dc86c9a5e058ab1c7f3"},
		{"tick", 1, UINT64_C(0xf889adfa27017c79), "da56f6096f11975e616de86d202b4f37"},
		{"The quick brown fox jumps over the lazy dog", 0, UINT64_C(0xdbe61d0b2bfca5ec), "66ef59d9672a0ed5eb49fb4c8dff55dd"},
		{NULL, 42, UINT64_C(0xe77663a32331e67a), "cfd957014480e1bfff3faa721b65b577"},
	};
	uint8_t		squares[1000];
	uint8_t		out[16];
	char		text[33];

	for (int i = 0; i < 1000; i++)
		squares[i] = (uint8_t) (i * i >> 3);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		const void *bytes = known[i].text != NULL ? (const void *) known[i].text : squares;
		size_t		length = known[i].text != NULL ? strlen(known[i].text) : sizeof(squares);

		CHECK(tick_hash64(bytes, length, known[i].seed) == known[i].hash);
		hash128(bytes, length, out);
		for (int j = 0; j < 16; j++)
			snprintf(text + 2 * j, 3, "%02x", out[j]);
		CHECK_TEXT(text, known[i].hash128);
	}
}

static void
test_place_and_seed(void)
{
	uint8_t		copy[LONGEST + 16];

	for (size_t length = 0; length <= LONGEST; length++)
	{
		uint64_t	expected = tick_hash64(sample, length, 7);

		for (size_t at = 1; at < 16; at += 5)
		{
			memset(copy, 0xee, sizeof(copy));
			memcpy(copy + at, sample, length);
			CHECK(tick_hash64(copy + at, length, 7) == expected);
		}
		CHECK(tick_hash64(sample, length, 8) != expected);
	}
}

/* Every length and every flipped bit of every length gives another hash. */
static void
test_changes_seen(void)
{
	static uint64_t hashes[LONGEST * (LONGEST + 1) * 8 / 2 + LONGEST + 1];
	size_t		count = 0;
	size_t		same = 0;
	uint8_t		a[16];
	uint8_t		b[16];

	for (size_t length = 0; length <= LONGEST; length++)
	{
		hashes[count++] = tick_hash64(sample, length, 0);
		hash128(sample, length, a);
		for (size_t bit = 0; bit < length * 8; bit++)
		{
			sample[bit / 8] ^= 1 << bit % 8;
			hashes[count++] = tick_hash64(sample, length, 0);
			hash128(sample, length, b);
			same += memcmp(a, b, 8) == 0 || memcmp(a + 8, b + 8, 8) == 0;
			sample[bit / 8] ^= 1 << bit % 8;
		}
	}
	qsort(hashes, count, sizeof(hashes[0]), compare_words);
	for (size_t i = 1; i < count; i++)
		same += hashes[i] == hashes[i - 1];
	CHECK_INT(same, 0);
}

/* Zeros of every length differ, and each bit of the hash is set about half of the time. */
static void
test_spread(void)
{
	static const uint8_t zeros[4096];
	int			set[64] = {0};
	int			set128[128] = {0};
	uint8_t		out[16];

	for (size_t length = 0; length < sizeof(zeros); length++)
	{
		uint64_t	hash = tick_hash64(zeros, length, 0);

		hash128(zeros, length, out);
		for (int bit = 0; bit < 64; bit++)
			set[bit] += hash >> bit & 1;
		for (int bit = 0; bit < 128; bit++)
			set128[bit] += out[bit / 8] >> bit % 8 & 1;
	}
	for (int bit = 0; bit < 64; bit++)
		CHECK(set[bit] > 1850 && set[bit] < 2246);
	for (int bit = 0; bit < 128; bit++)
		CHECK(set128[bit] > 1850 && set128[bit] < 2246);
}

static void
test_splits(void)
{
	uint64_t	seed = 5;
	uint8_t		whole[16];
	uint8_t		split[16];

	for (int round = 0; round < 2000; round++)
	{
		size_t		length = unit_random(&seed) % (LONGEST + 1);
		TickHash128 hash;

		hash128(sample, length, whole);
		tick_hash128_init(&hash);
		for (size_t at = 0; at < length;)
		{
			size_t		piece = unit_random(&seed) % 2 ? unit_random(&seed) % 9 : unit_random(&seed) % 150;

			if (piece > length - at)
				piece = length - at;
			tick_hash128_update(&hash, sample + at, piece);
			at += piece;
		}
		tick_hash128_final(&hash, split);
		CHECK(memcmp(whole, split, 16) == 0);
	}
}

int
main(void)
{
	fill_sample();
	RUN(test_fixed);
	RUN(test_place_and_seed);
	RUN(test_changes_seen);
	RUN(test_spread);
	RUN(test_splits);
	return unit_report("hash");
}
