/*-------------------------------------------------------------------------
 *
 * field_kernel.h
 *	  Loops over one column's fields, for any processor and for AVX2.
 *
 * Each loop takes what nearly all files hold and leaves the rest to slower
 * readers: it lists the rows that it has not taken, whose values are then
 * undefined.  The loops of one set give what those of the other give, rows
 * left included.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_FIELD_KERNEL_H
#define TICK_CORE_FIELD_KERNEL_H

#include "core/csv.h"

/*
 * TickFields: the field of row i ends before data[end[i * stride]] and begins
 * `skip` bytes behind data[end[i * stride - 1] + 1].  It may be shorter than
 * skip.  TICK_CSV_SLACK bytes may be read behind its end.
 */
typedef struct TickFields
{
	const char *data;
	const uint32_t *end;
	uint32_t	stride;
	uint32_t	skip;
	uint32_t	rows;
} TickFields;

#define TICK_FIELD_WORD 7		/* longest text that is a word */
#define TICK_FIELD_FRACTIONS 8	/* 0 .. 7 digits behind a point */

typedef struct TickFieldKernel
{
	const char *name;

	/* one to eight digits and nothing else; returns how many rows are in left, ascending */
	uint32_t	(*digits) (const TickFields *fields, int64_t *values, uint32_t *left);

	/*
	 * One to eight digits with at most one point among them: the digits as an
	 * integer, times factor[digits behind the point], which are at most seven.
	 * A factor of 0 says that a number with so many is left.
	 */
	uint32_t	(*decimals) (const TickFields *fields, const uint32_t *factor, int64_t *values, uint32_t *left);

	/* the same divided by power[digits behind the point] */
	uint32_t	(*doubles) (const TickFields *fields, const double *power, double *values, uint32_t *left);

	/* HH:MM:SS before 24:00, with a point and one to nine digits or without: ns since midnight */
	uint32_t	(*clocks) (const TickFields *fields, int64_t *values, uint32_t *left);

	/*
	 * The first `length` (8 .. 16) bytes are those of text, and the field ends
	 * there, or goes on with a blank or T when more is set.
	 */
	uint32_t	(*same) (const TickFields *fields, const char *text, uint32_t length, bool more, uint32_t *left);

	/*
	 * One to TICK_FIELD_WORD bytes as a word, their number in its top byte,
	 * and its place of 2^bits; 0 for any other field, and where trim is set
	 * and it begins or ends with a blank or a control character.
	 */
	void		(*words) (const TickFields *fields, bool trim, int bits, uint64_t *words, uint32_t *places);
} TickFieldKernel;

extern const TickFieldKernel tick_field_kernel_portable;
extern const TickFieldKernel *tick_field_kernel_best(void);	/* for this processor */

#define TICK_FIELD_MULTIPLIER_LOW UINT64_C(0x9E3779B1)
#define TICK_FIELD_MULTIPLIER_HIGH UINT64_C(0x85EBCA77)

/* The place of a word in a table of 2^bits, as words gives it. */
static inline uint32_t
tick_field_place(uint64_t word, int bits)
{
	uint64_t	low = (word & UINT32_MAX) * TICK_FIELD_MULTIPLIER_LOW;
	uint64_t	high = (word >> 32) * TICK_FIELD_MULTIPLIER_HIGH;

	/* those bits of either product depend on all of its half */
	return (uint32_t) ((low + high) >> 24 & ((UINT64_C(1) << bits) - 1));
}

#endif							/* TICK_CORE_FIELD_KERNEL_H */
