/*-------------------------------------------------------------------------
 *
 * bitpack_kernel.h
 *	  The loops that take packed integers apart.
 *
 * In portable C, for AVX2 and for AVX-512; the processor decides when the
 * program runs.  All give the same answers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_BITPACK_KERNEL_H
#define TICK_CORE_BITPACK_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Codes of more bits are unpacked as values. */
#define TICK_CODE_WIDTH 25

typedef struct TickUnpackKernels
{
	/*
	 * values[i] = base + multiplier * the i-th packed value, modulo 2^64, for
	 * groups of eight values of 1 to 64 bits.  Unless exact, loads may reach
	 * 16 bytes beyond the byte where the last value begins.
	 */
	void		(*values) (uint64_t *values, size_t groups, const uint8_t *in, int width, uint64_t base, uint64_t multiplier);
	/* codes[i] = base + the i-th packed value, of 1 to TICK_CODE_WIDTH bits; the greatest packed value; the same loads */
	uint32_t	(*codes) (uint32_t *codes, size_t groups, const uint8_t *in, int width, uint32_t base);
	/* values[i] += the sum of first and all values before it */
	void		(*running_sums) (uint64_t *values, size_t count, uint64_t first);
	bool		exact;
} TickUnpackKernels;

extern const TickUnpackKernels tick_unpack_kernels_portable;
/* NULL where the processor lacks it */
extern const TickUnpackKernels *tick_unpack_kernels_avx2(void);
extern const TickUnpackKernels *tick_unpack_kernels_avx512(void);
extern const TickUnpackKernels *tick_unpack_kernels(void);	/* the best there are */

#endif							/* TICK_CORE_BITPACK_KERNEL_H */
