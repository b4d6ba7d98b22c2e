/*-------------------------------------------------------------------------
 *
 * filter_kernel.h
 *	  Comparisons of 64 values with a constant, as 64 bits.
 *
 * Each kernel exists in portable C, and for processors with AVX2 and with
 * AVX-512, chosen when the program runs.  All give the same answer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_FILTER_KERNEL_H
#define TICK_CORE_FILTER_KERNEL_H

#include <stdint.h>

/* Bit i of the result: does value[i] pass?  Comparisons with NaN are false, as in C. */
typedef struct TickFilterKernels
{
	uint64_t	(*range) (const int64_t *value, int64_t low, int64_t high); /* low <= value <= high */
	uint64_t	(*less) (const double *value, double constant);
	uint64_t	(*less_equal) (const double *value, double constant);
	uint64_t	(*equal) (const double *value, double constant);
	uint64_t	(*number) (const double *value, double ignored);	/* not NaN */
} TickFilterKernels;

extern const TickFilterKernels tick_filter_kernels_portable;
/* NULL where the processor lacks it */
extern const TickFilterKernels *tick_filter_kernels_avx2(void);
extern const TickFilterKernels *tick_filter_kernels_avx512(void);
extern const TickFilterKernels *tick_filter_kernels(void);	/* the best there are */

#endif							/* TICK_CORE_FILTER_KERNEL_H */
