/*-------------------------------------------------------------------------
 *
 * test_bitpack.c
 *	  Bit packing against a bit-by-bit reading of the layout.
 *
 *-------------------------------------------------------------------------
 */
#include "core/bitpack.h"
#include "core/bitpack_kernel.h"
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
	for (int m = 0; m < 2; m++)
	{
		uint64_t	multiplier = m == 0 ? 1 : unit_random(seed);

		tick_unpack(back, count, packed, width, base, multiplier);
		for (size_t i = 0; i < count; i++)
			wrong += back[i] != base + multiplier * (values[i] & mask);
		CHECK_INT(wrong, 0);
	}
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

static const uint64_t multipliers[] = {1, 1000, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX};

/* Groups of one width by one instance of the kernels; beyond the packed bytes is what its loads may touch, and no more. */
static void
check_groups(const TickUnpackKernels *kernels, size_t groups, int width, uint64_t multiplier, uint64_t *seed)
{
	size_t		bytes = groups * width;
	size_t		slack = kernels->exact || groups == 0 ? 0 : 7 * (size_t) width / 8 + 16 - width;
	uint8_t    *packed = malloc(bytes + slack + 1);
	uint8_t    *in = packed + 1;
	uint64_t   *values = malloc(groups * 8 * sizeof(uint64_t) + 1);
	uint32_t   *codes = malloc(groups * 8 * sizeof(uint32_t) + 1);
	uint64_t	base = unit_random(seed);
	size_t		wrong = 0;

	for (size_t i = 0; i < bytes + slack; i++)
		in[i] = (uint8_t) unit_random(seed);
	kernels->values(values, groups, in, width, base, multiplier);
	for (size_t i = 0; i < groups * 8; i++)
		wrong += values[i] != base + multiplier * value_at(in, i, width);
	CHECK_INT(wrong, 0);
	if (width <= TICK_CODE_WIDTH)
	{
		uint32_t	most = kernels->codes(codes, groups, in, width, (uint32_t) base);
		uint32_t	greatest = 0;

		for (size_t i = 0; i < groups * 8; i++)
		{
			uint32_t	value = (uint32_t) value_at(in, i, width);

			wrong += codes[i] != (uint32_t) base + value;
			greatest = value > greatest ? value : greatest;
		}
		CHECK_INT(wrong, 0);
		CHECK_INT(most, greatest);
	}
	free(packed);
	free(values);
	free(codes);
}

static void
check_sums(const TickUnpackKernels *kernels, size_t count, uint64_t *seed)
{
	uint64_t   *values = malloc(count * sizeof(uint64_t) + 1);
	uint64_t   *sums = malloc(count * sizeof(uint64_t) + 1);
	uint64_t	first = unit_random(seed);
	uint64_t	sum = first;
	size_t		wrong = 0;

	for (size_t i = 0; i < count; i++)
		sums[i] = values[i] = unit_random(seed) >> unit_random(seed) % 64;
	kernels->running_sums(sums, count, first);
	for (size_t i = 0; i < count; i++)
		wrong += sums[i] != (sum += values[i]);
	CHECK_INT(wrong, 0);
	free(values);
	free(sums);
}

static void
test_kernels(void)
{
	const TickUnpackKernels *instances[] = {&tick_unpack_kernels_portable, tick_unpack_kernels_avx2(), tick_unpack_kernels_avx512()};
	uint64_t	seed = 3;

	for (int k = 0; k < 3; k++)
	{
		if (instances[k] == NULL)
			continue;
		for (int width = 1; width <= 64; width++)
			for (size_t groups = 0; groups <= 19; groups++)
				for (int m = 0; m < 5; m++)
					check_groups(instances[k], groups == 19 ? 128 : groups, width, multipliers[m], &seed);
		for (size_t count = 0; count <= 40; count++)
			check_sums(instances[k], count, &seed);
		check_sums(instances[k], 1024, &seed);
	}
}

/* Codes of any number, with a base. */
static void
test_codes(void)
{
	uint64_t	seed = 5;

	for (int width = 0; width <= TICK_CODE_WIDTH; width++)
		for (size_t count = 0; count <= 1024; count += count < 70 ? 1 : 53)
		{
			size_t		bytes = tick_packed_bytes(count, width);
			uint8_t    *packed = malloc(bytes > 0 ? bytes : 1);
			uint32_t   *codes = malloc(count * sizeof(uint32_t) + 1);
			size_t		wrong = 0;
			uint32_t	most;
			uint32_t	greatest = 0;

			for (size_t i = 0; i < bytes; i++)
				packed[i] = (uint8_t) unit_random(&seed);
			/* the last byte's unused bits are zero */
			if (count * width % 8 != 0)
				packed[bytes - 1] &= (uint8_t) ((1 << count * width % 8) - 1);
			most = tick_unpack_codes(codes, count, packed, width, 77);
			for (size_t i = 0; i < count; i++)
			{
				wrong += codes[i] != 77 + value_at(packed, i, width);
				greatest = codes[i] - 77 > greatest ? codes[i] - 77 : greatest;
			}
			CHECK_INT(wrong, 0);
			CHECK_INT(most, greatest);
			free(packed);
			free(codes);
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
	RUN(test_kernels);
	RUN(test_codes);
	RUN(test_layout);
	RUN(test_width);
	return unit_report("bitpack");
}
