/*-------------------------------------------------------------------------
 *
 * value_internal.h
 *	  What value.c and value_time.c share: a number as it is written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_VALUE_INTERNAL_H
#define TICK_CORE_VALUE_INTERNAL_H

#include "core/value.h"

/*
 * TickScannedNumber: the number is mantissa * 10^exponent, plus less than
 * one unit of the mantissa's last place when truncated.
 */
typedef struct TickScannedNumber
{
	bool		negative;
	bool		truncated;		/* digits other than zeros beyond the 19th were dropped */
	int			digits;			/* significant, in mantissa */
	uint64_t	mantissa;
	int			exponent;
	const char *first;			/* the digits and point as written */
	const char *last;
} TickScannedNumber;

/* [sign] digits [. digits] [e [sign] digits], nothing else; at least one digit */
extern bool tick_scan_number(TickString text, TickScannedNumber *number);

#endif							/* TICK_CORE_VALUE_INTERNAL_H */
