/*-------------------------------------------------------------------------
 *
 * test_encoding_kernel.c
 *	  The kernels against plain loops over numbers of every width.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/bitpack.h"
#include "core/encoding_kernel.h"
#include "core/vector.h"

#include "unit.h"

static int64_t value[TICK_BATCH_ROWS];

/* Numbers of up to `bits` bits around a base; every eighth batch is of extremes. */
static uint32_t
make_values(uint64_t *seed, int round)
{
	uint32_t	count = 1 + (uint32_t) (unit_random(seed) % TICK_BATCH_ROWS);
	int			bits = round % 65;
	uint64_t	base = unit_random(seed);

	for (uint32_t i = 0; i < count; i++)
	{
		uint64_t	number = bits == 0 ? 0 : unit_random(seed) >> (64 - bits) >> unit_random(seed) % 8;

		value[i] = (int64_t) (base + (round % 3 == 0 ? -number : number));
		if (round % 8 == 7)
			value[i] = unit_random(seed) % 2 ? INT64_MAX : INT64_MIN;
	}
	return count;
}

static void
check_widths(const uint32_t widths[TICK_WIDTHS], uint32_t count, uint64_t base, bool distances, int64_t center)
{
	uint32_t	expected[TICK_WIDTHS] = {0};

	for (uint32_t i = 0; i < count; i++)
	{
		uint64_t	number = (uint64_t) value[i] - base;

		if (distances)
			number = value[i] < center ? (uint64_t) center - (uint64_t) value[i] : (uint64_t) value[i] - (uint64_t) center;
		expected[tick_bit_width(number)]++;
	}
	CHECK(memcmp(widths, expected, sizeof(expected)) == 0);
}

static void
check_kernels(const TickFrameKernels *kernels)
{
	uint64_t	seed = 11;

	for (int round = 0; round < 2000; round++)
	{
		uint32_t	count = make_values(&seed, round);
		int64_t		center = value[unit_random(&seed) % count];
		uint64_t	within = round % 5 == 0 ? UINT64_MAX : unit_random(&seed) >> unit_random(&seed) % 64;
		uint64_t	depth = 0;
		uint32_t	widths[TICK_WIDTHS];
		int64_t		least = INT64_MAX;
		int64_t		greatest = INT64_MIN;
		int64_t		low;
		int64_t		high;

		for (uint32_t i = 0; i < count; i++)
		{
			uint64_t	distance = (uint64_t) center - (uint64_t) value[i];

			least = value[i] < least ? value[i] : least;
			greatest = value[i] > greatest ? value[i] : greatest;
			if (value[i] < center && distance <= within && distance > depth)
				depth = distance;
		}
		kernels->range(value, count, &low, &high);
		CHECK(low == least && high == greatest);
		kernels->count_offsets(widths, value, count, (uint64_t) least);
		check_widths(widths, count, (uint64_t) least, false, 0);
		kernels->count_distances(widths, value, count, center);
		check_widths(widths, count, 0, true, center);
		CHECK(kernels->depth(value, count, center, within) == depth);
	}
}

static void
test_portable(void)
{
	check_kernels(&tick_frame_kernels_portable);
}

/* What this processor uses. */
static void
test_best(void)
{
	check_kernels(tick_frame_kernels());
}

int
main(void)
{
	RUN(test_portable);
	RUN(test_best);
	return unit_report("encoding_kernel");
}
