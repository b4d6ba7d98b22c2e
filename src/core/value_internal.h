/*-------------------------------------------------------------------------
 *
 * value_internal.h
 *	  What value*.c share: digits, a number as written, a field being read.
 *
 * Runs of up to eight digits are handled as one 64-bit word whose lowest
 * byte is the first character, without a loop and without a look beyond the
 * field's end.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_VALUE_INTERNAL_H
#define TICK_CORE_VALUE_INTERNAL_H

#include <string.h>

#include "core/bytes.h"
#include "core/value.h"

/*
 * TickScannedNumber: the number is mantissa * 10^exponent, plus less than
 * one unit of the mantissa's last place when truncated.
 */
typedef struct TickScannedNumber
{
	bool		negative;
	bool		truncated;		/* digits other than zeros beyond the 19th were dropped */
	uint64_t	mantissa;
	int64_t		exponent;
	uint32_t	fraction;		/* digits written after the point */
	const char *first;			/* the digits and point as written */
	const char *last;
} TickScannedNumber;

/* [sign] digits [. digits] [e [sign] digits], nothing else; at least one digit */
extern bool tick_scan_number(TickString text, TickScannedNumber *number);

#define TICK_BYTES(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The length (1 .. 8) bytes at p; the word's other bytes are 0. */
static inline uint64_t
tick_load_short(const char *p, uint32_t length)
{
	if (length >= 4)
		return tick_get32(p) | (uint64_t) tick_get32(p + length - 4) << 8 * (length - 4);
	return (uint64_t) (uint8_t) p[0] | (uint64_t) (uint8_t) p[length / 2] << 8 * (length / 2) |
		(uint64_t) (uint8_t) p[length - 1] << 8 * (length - 1);
}

/* Are all eight bytes digits? */
static inline bool
tick_all_digits(uint64_t word)
{
	return ((word & TICK_BYTES(0xf0)) | ((word + TICK_BYTES(0x06)) & TICK_BYTES(0xf0)) >> 4) == TICK_BYTES(0x33);
}

/* The number that eight digits make: pairs, then fours, then all of them. */
static inline uint32_t
tick_eight_digits(uint64_t word)
{
	word = (word & TICK_BYTES(0x0f)) * (1 + (10 << 8)) >> 8;
	word = (word & UINT64_C(0x00ff00ff00ff00ff)) * (1 + (100 << 16)) >> 16;
	return (uint32_t) ((word & UINT64_C(0x0000ffff0000ffff)) * (1 + (UINT64_C(10000) << 32)) >> 32);
}

/* Move length (1 .. 8) characters to the word's end, behind zero digits. */
static inline uint64_t
tick_pad_front(uint64_t word, uint32_t length)
{
	uint32_t	shift = 64 - 8 * length;

	return word << shift | (TICK_BYTES(0x30) & ((UINT64_C(1) << shift) - 1));
}

/*
 * An unsigned number of one to eight characters, digits with at most one
 * point; false for any other text.  The number is mantissa / 10^fraction.
 */
static inline bool
tick_short_number(const char *p, uint32_t length, uint32_t *mantissa, uint32_t *fraction)
{
	uint64_t	word;
	uint64_t	points;

	if (length == 0 || length > 8)
		return false;
	word = tick_load_short(p, length);
	/* 0x80 in the bytes that are a point; a wrong one above the first does no harm */
	points = word ^ TICK_BYTES('.');
	points = (points - TICK_BYTES(0x01)) & ~points & TICK_BYTES(0x80);
	*fraction = 0;
	if (points != 0)
	{
		uint32_t	at = (uint32_t) __builtin_ctzll(points) / 8;
		uint64_t	before = (UINT64_C(1) << 8 * at) - 1;

		word = (word & before) | (word >> 8 & ~before);
		*fraction = --length - at;
		if (length == 0)
			return false;
	}
	word = tick_pad_front(word, length);
	if (!tick_all_digits(word))
		return false;
	*mantissa = tick_eight_digits(word);
	return true;
}

/* Add the run of digits at p to *value, modulo 2^64; return its end. */
static inline const char *
tick_take_digits(const char *p, const char *end, uint64_t *value)
{
	while (end - p >= 8)
	{
		uint64_t	word = tick_get64(p);

		if (!tick_all_digits(word))
			break;
		*value = *value * 100000000 + tick_eight_digits(word);
		p += 8;
	}
	while (p < end && (uint8_t) (*p - '0') <= 9)
		*value = *value * 10 + (uint8_t) (*p++ - '0');
	return p;
}

/*
 * ---- times: value_time.c and value_pattern.c ----
 */

/* TickReader: what is left of a field. */
typedef struct TickReader
{
	const char *p;
	const char *end;
} TickReader;

static inline bool
tick_is_digit(char c)
{
	return (uint8_t) (c - '0') <= 9;
}

static inline bool
tick_at_end(const TickReader *reader)
{
	return reader->p == reader->end;
}

/* How many digits follow, at most limit. */
static inline int
tick_digits_ahead(const TickReader *reader, int limit)
{
	int			n = 0;

	while (n < limit && n < reader->end - reader->p && tick_is_digit(reader->p[n]))
		n++;
	return n;
}

/* Take n digits that are known to be there. */
static inline int
tick_take_number(TickReader *reader, int n)
{
	int			value = 0;

	while (n-- > 0)
		value = value * 10 + (*reader->p++ - '0');
	return value;
}

static inline bool
tick_take_char(TickReader *reader, char c)
{
	if (tick_at_end(reader) || *reader->p != c)
		return false;
	reader->p++;
	return true;
}

/* Take blanks and tabs; false when there is none. */
static inline bool
tick_take_blanks(TickReader *reader)
{
	const char *start = reader->p;

	while (!tick_at_end(reader) && (*reader->p == ' ' || *reader->p == '\t'))
		reader->p++;
	return reader->p > start;
}

/* A date or a time of day from its numbers; out of range when there is none such. */
extern TickStatus tick_set_date(TickTimeParts *parts, int year, int month, int day);
extern TickStatus tick_set_time(TickTimeParts *parts, int hour, int minute, int second, int64_t ns);

/* Digits of a fraction of a second, at most limit of them, as ns; beyond nine they must be zeros. */
extern TickStatus tick_take_fraction(TickReader *reader, int limit, int64_t *ns, uint8_t *written);

extern TickStatus tick_pattern_parse(TickString word, TickTimeFormat *format, TickError *error);
extern TickStatus tick_parse_by_pattern(TickString text, const TickTimeFormat *format, TickTimeParts *parts);

/*
 * UTC, GMT, EST and the like, as PostgreSQL's default list has them; behind
 * UTC and GMT an offset may follow.  Which is none: TICK_BAD_INPUT.
 */
extern TickStatus tick_take_zone_word(TickReader *reader, int32_t *offset);

#endif							/* TICK_CORE_VALUE_INTERNAL_H */
