/*-------------------------------------------------------------------------
 *
 * test_kernel.c
 *	  Kernels for any processor, for AVX2 and for AVX-512 against plain loops.
 *
 *-------------------------------------------------------------------------
 */
#include "core/kernel.h"

#include "unit.h"

#define MOST 200

/* Any bits, small numbers, or numbers near the bounds. */
static int64_t
random_number(uint64_t *seed, int style)
{
	uint64_t	random = unit_random(seed);

	return style == 0 ? (int64_t) random : style == 1 ? (int64_t) (random % 2001) - 1000 :
		random % 2 == 0 ? INT64_MAX - (int64_t) (random % 3) : INT64_MIN + (int64_t) (random % 3);
}

static void
check_integers(const TickKernels *kernel, const int64_t *a, const int64_t *b, const uint64_t *bits, size_t n)
{
	int64_t		out[5][MOST + TICK_PACK_ROOM];
	uint64_t	sum = 0;
	uint64_t	products = 0;
	int64_t		low = 5;
	int64_t		high = 5;
	int64_t		least = 5;
	int64_t		greatest = 5;
	int			wrong = 0;
	size_t		packed = 0;
	bool		within = true;

	kernel->add(out[0], a, b, n);
	kernel->subtract(out[1], a, b, n);
	kernel->multiply(out[2], a, b, n);
	kernel->scale(out[3], a, 1000, n);
	kernel->pack(out[4], a, bits, n);
	kernel->range(a, n, &low, &high);
	for (size_t i = 0; i < n; i++)
	{
		uint64_t	x = (uint64_t) a[i];
		uint64_t	y = (uint64_t) b[i];
		uint64_t	magnitude = a[i] < 0 ? ~x : x;

		sum += x;
		products += x * y;
		wrong += (uint64_t) out[0][i] != x + y || (uint64_t) out[1][i] != x - y || (uint64_t) out[2][i] != x * y ||
			(uint64_t) out[3][i] != x * 1000;
		if (bits[i / 64] >> (i % 64) & 1)
			wrong += out[4][packed++] != a[i];
		least = a[i] < least ? a[i] : least;
		greatest = a[i] > greatest ? a[i] : greatest;
		within &= (magnitude & ~kernel->magnitude(a, n)) == 0;
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(kernel->sum(a, n), (int64_t) sum);
	CHECK_INT(kernel->product_sum(a, b, n), (int64_t) products);
	CHECK_INT(low, least);
	CHECK_INT(high, greatest);
	CHECK(within);
}

static void
check_doubles(const TickKernels *kernel, uint64_t *seed, size_t n)
{
	double		values[MOST];
	double		low = 1;
	double		high = 1;
	double		least = 1;
	double		greatest = 1;

	for (size_t i = 0; i < n; i++)
	{
		values[i] = unit_random(seed) % 9 == 0 ? (unit_random(seed) % 2 ? 1.0 / 0.0 : -1.0 / 0.0) :
			(double) (int64_t) unit_random(seed) / 1e12;
		least = values[i] < least ? values[i] : least;
		greatest = values[i] > greatest ? values[i] : greatest;
	}
	CHECK(kernel->range_double(values, n, &low, &high));
	CHECK(low == least && high == greatest);
	if (n == 0)
		return;
	values[unit_random(seed) % n] = 0.0 / 0.0;
	CHECK(!kernel->range_double(values, n, &low, &high));
	CHECK(low == least && high == greatest);
}

static void
test_all(void)
{
	const TickKernels *kernels[] = {&tick_kernels_portable, tick_kernels_avx2(), tick_kernels_avx512(), tick_kernels()};
	uint64_t	seed = 4;

	for (int round = 0; round < 300; round++)
	{
		int64_t		a[MOST];
		int64_t		b[MOST];
		uint64_t	bits[MOST / 64 + 1];
		size_t		n = unit_random(&seed) % MOST;

		for (size_t i = 0; i < MOST; i++)
		{
			a[i] = random_number(&seed, round % 3);
			b[i] = random_number(&seed, round / 3 % 3);
		}
		for (size_t i = 0; i <= MOST / 64; i++)
			bits[i] = unit_random(&seed);
		for (int k = 0; k < 4; k++)
			if (kernels[k] != NULL)
			{
				uint64_t	same = seed;

				check_integers(kernels[k], a, b, bits, n);
				check_doubles(kernels[k], &same, n);
			}
	}
}

int
main(void)
{
	RUN(test_all);
	return unit_report("kernel");
}
