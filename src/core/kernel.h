/*-------------------------------------------------------------------------
 *
 * kernel.h
 *	  Loops over arrays of numbers that aggregation spends its time in.
 *
 * Each kernel exists for any processor, for those with AVX2 and for those
 * with AVX-512, chosen when the program runs.  All give the same answer, bit
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
#define TICK_PACK_ROOM 8

typedef struct TickKernels
{
	size_t		few;			/* from so many values on sum and range pay for being called */
	int64_t		(*sum) (const int64_t *a, size_t n);
	int64_t		(*product_sum) (const int64_t *a, const int64_t *b, size_t n);
	uint64_t	(*magnitude) (const int64_t *a, size_t n);	/* OR of a ^ (a >> 63) */
	void		(*add) (int64_t *out, const int64_t *a, const int64_t *b, size_t n);
	void		(*subtract) (int64_t *out, const int64_t *a, const int64_t *b, size_t n);
	void		(*multiply) (int64_t *out, const int64_t *a, const int64_t *b, size_t n);
	void		(*scale) (int64_t *out, const int64_t *a, int64_t factor, size_t n);
	/* Those whose bit is set, side by side; up to TICK_PACK_ROOM more may be written to. */
	void		(*pack) (int64_t *out, const int64_t *a, const uint64_t *bits, size_t n);
	void		(*range) (const int64_t *a, size_t n, int64_t *low, int64_t *high);	/* widens *low .. *high */
	/* likewise; false when a NaN is among them, and then nothing is done */
	bool		(*range_double) (const double *a, size_t n, double *low, double *high);
} TickKernels;

extern const TickKernels tick_kernels_portable;
/* NULL where the processor lacks it */
extern const TickKernels *tick_kernels_avx2(void);
extern const TickKernels *tick_kernels_avx512(void);
extern const TickKernels *tick_kernels(void);	/* the best there are */

#endif							/* TICK_CORE_KERNEL_H */
