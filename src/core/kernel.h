/*-------------------------------------------------------------------------
 *
 * kernel.h
 *	  Loops over arrays of numbers that aggregation spends its time in.
 *
 * Each kernel exists twice from one source: for any processor, and for those
 * with AVX2, chosen when the program runs.  Both give the same answer, bit
 * for bit.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_KERNEL_H
#define TICK_CORE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * TickKernels: sums and products are modulo 2^64; callers know that they do
 * not wrap, or do not use what did.
 */
typedef struct TickKernels
{
	int64_t		(*sum) (const int64_t *a, size_t n);
	int64_t		(*product_sum) (const int64_t *a, const int64_t *b, size_t n);
	uint64_t	(*magnitude) (const int64_t *a, size_t n);	/* OR of a ^ (a >> 63) */
	void		(*add) (int64_t *out, const int64_t *a, const int64_t *b, size_t n);
	void		(*subtract) (int64_t *out, const int64_t *a, const int64_t *b, size_t n);
	void		(*multiply) (int64_t *out, const int64_t *a, const int64_t *b, size_t n);
	void		(*scale) (int64_t *out, const int64_t *a, int64_t factor, size_t n);
	void		(*mask) (int64_t *out, const int64_t *a, const uint64_t *bits, size_t n);	/* 0 where the bit is clear */
	void		(*range) (const int64_t *a, size_t n, int64_t *low, int64_t *high);	/* widens *low .. *high */
	/* likewise; false when a NaN is among them, and then nothing is done */
	bool		(*range_double) (const double *a, size_t n, double *low, double *high);
} TickKernels;

extern const TickKernels tick_kernels_portable;
extern const TickKernels *tick_kernels_avx2(void);	/* NULL where the processor lacks it */
extern const TickKernels *tick_kernels(void);	/* the best there are */

#endif							/* TICK_CORE_KERNEL_H */
