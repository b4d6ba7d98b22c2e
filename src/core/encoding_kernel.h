/*-------------------------------------------------------------------------
 *
 * encoding_kernel.h
 *	  The loops over values that choosing a frame consists of.
 *
 * Once in portable C and once compiled for AVX2, which holds four values in
 * a register; the processor decides which one is used.  Both give the same
 * answers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ENCODING_KERNEL_H
#define TICK_CORE_ENCODING_KERNEL_H

#include <stdint.h>

#define TICK_WIDTHS 65			/* 0 to 64 bits */

typedef struct TickFrameKernels
{
	/* Least and greatest of at least one value. */
	void		(*range) (const int64_t *values, uint32_t count, int64_t *least, int64_t *greatest);
	/* How many of up to TICK_BATCH_ROWS offsets from base, modulo 2^64, have each bit width. */
	void		(*count_offsets) (uint32_t widths[TICK_WIDTHS], const int64_t *values, uint32_t count, uint64_t base);
	/* The same of the distances from center, on either side of it. */
	void		(*count_distances) (uint32_t widths[TICK_WIDTHS], const int64_t *values, uint32_t count, int64_t center);
	/* The greatest distance of a value below center, of those that are not more than within; 0 when there is none. */
	uint64_t	(*depth) (const int64_t *values, uint32_t count, int64_t center, uint64_t within);
} TickFrameKernels;

extern const TickFrameKernels tick_frame_kernels_portable;

/* The fastest that the processor can do. */
extern const TickFrameKernels *tick_frame_kernels(void);

#endif							/* TICK_CORE_ENCODING_KERNEL_H */
