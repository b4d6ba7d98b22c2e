/*-------------------------------------------------------------------------
 *
 * test_bitpack.c
 *	  Bit packing against a bit-by-bit reading of the layout.
 *
 *-------------------------------------------------------------------------
 */
#include "core/bitpack.h"
#include "unit.h"

#define MOST 1100

/* Value i, one bit after the other, as bitpack.h says. */
static uint64_t
value_at(const uint8_t *bytes, size_t i, int width)
{
	uint64_t	value = 0;

	for (int bit = 0; bit < width; bit++)
	{
		size_t		at = i * width + bit;

		value |= (uint64_t) (bytes[at / 8] >> at % 8 & 1) << bit;
	}
	return value;
}

/* Memory of exactly the sizes promised, so that the sanitizer sees any step beyond. */
static void
check_round_trip(size_t count, int width, uint64_t *seed)
{
	uint64_t	mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
	size_t		bytes = tick_packed_bytes(count, width);
	uint64_t   *values = calloc(count > 0 ? count : 1, sizeof(uint64_t));
	uint64_t   *back = malloc(count > 0 ? count * sizeof(uint64_t) : 1);
	uint8_t    *packed = malloc(bytes > 0 ? bytes : 1);
	uint64_t	base = unit_random(seed);
	size_t		wrong = 0;

	for (size_t i = 0; i < count; i++)
		values[i] = unit_random(seed);
	tick_pack(packed, values, count, width);
	for (size_t i = 0; i < count; i++)
		wrong += value_at(packed, i, width) != (values[i] & mask);
	CHECK_INT(wrong, 0);
	if (count * width % 8 != 0)
		CHECK_INT(packed[bytes - 1] >> count * width % 8, 0);
	tick_unpack(back, count, packed, width, base);
	for (size_t i = 0; i < count; i++)
		wrong += back[i] != base + (values[i] & mask);
	CHECK_INT(wrong, 0);
	free(values);
	free(back);
	free(packed);
}

static void
test_round_trip(void)
{
	uint64_t	seed = 1;

	for (int width = 0; width <= 64; width++)
	{
		for (size_t count = 0; count <= 80; count++)
			check_round_trip(count, width, &seed);
		for (size_t count = 1016; count <= 1032; count++)
			check_round_trip(count, width, &seed);
		check_round_trip(unit_random(&seed) % MOST, width, &seed);
	}
}

static void
test_layout(void)
{
	static const uint64_t values[] = {1, 2, 3, 4, 5};
	static const uint8_t expected[] = {0x21, 0x43, 0x05};
	uint8_t		packed[3];

	CHECK_INT(tick_packed_bytes(5, 4), 3);
	tick_pack(packed, values, 5, 4);
	CHECK(memcmp(packed, expected, 3) == 0);
	CHECK_INT(tick_packed_bytes(UINT64_C(1) << 32, 64), INT64_C(1) << 35);
}

static void
test_width(void)
{
	CHECK_INT(tick_bit_width(0), 0);
	CHECK_INT(tick_bit_width(1), 1);
	CHECK_INT(tick_bit_width(255), 8);
	CHECK_INT(tick_bit_width(256), 9);
	CHECK_INT(tick_bit_width(UINT64_MAX), 64);
}

int
main(void)
{
	RUN(test_round_trip);
	RUN(test_layout);
	RUN(test_width);
	return unit_report("bitpack");
}
