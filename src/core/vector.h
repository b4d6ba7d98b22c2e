/*-------------------------------------------------------------------------
 *
 * vector.h
 *	  Typed column values in memory: what every module hands to the next.
 *
 * A vector holds the values of one column for some rows.  Fixed types are
 * all 64 bits wide in memory (int64 or double); text is pointer + length
 * into memory that the vector's owner keeps alive.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_VECTOR_H
#define TICK_CORE_VECTOR_H

#include <stdbool.h>

#include "core/bytes.h"
#include "core/memory.h"

#define TICK_BATCH_ROWS 1024		/* decoded at a time */
#define TICK_ROW_GROUP_ROWS 65536	/* rows in a full row group: unit of pruning */
#define TICK_MAX_COLUMNS 1600		/* as a PostgreSQL table */

/* The numbers are on disk: never renumber. */
typedef enum TickType
{
	TICK_BOOL = 1,				/* int64 0 or 1 */
	TICK_INT = 2,				/* int64: smallint, integer, bigint */
	TICK_DOUBLE = 3,			/* double: real, double precision */
	TICK_DECIMAL = 4,			/* int64 = value * 10^scale: numeric(p,s), p <= 18 */
	TICK_DATE = 5,				/* int64 days since 1970-01-01 */
	TICK_TIME = 6,				/* int64 ns since midnight, 0 .. 24 h inclusive */
	TICK_STAMP = 7,				/* int64 ns since 1970-01-01 00:00, naive or UTC */
	TICK_TEXT = 8				/* bytes */
} TickType;

typedef struct TickString
{
	const char *data;			/* not NUL-terminated */
	uint32_t	length;			/* bytes */
} TickString;

/*
 * TickVector: rows values of one column.
 *
 * A row that is null has its validity bit clear and 0, 0.0 or an empty
 * string as value.  A text vector whose values repeat may also carry
 * codes: text[i] equals dictionary[codes[i]] for every row that is present.
 * What a run gives to a writer has codes only, and text is NULL.
 */
typedef struct TickVector
{
	TickType	type;
	uint8_t		scale;			/* of TICK_DECIMAL, digits after the point */
	uint32_t	rows;
	uint64_t   *validity;		/* bit i set: row i present; NULL: all present */
	union
	{
		int64_t    *i64;
		double	   *f64;
		TickString *text;
	};
	uint32_t   *codes;			/* NULL unless dictionary-coded text */
	const TickString *dictionary;
	uint32_t	dictionary_size;
} TickVector;

static inline bool
tick_bit_get(const uint64_t *bits, size_t i)
{
	return (bits[i >> 6] >> (i & 63)) & 1;
}

static inline void
tick_bit_set(uint64_t *bits, size_t i)
{
	bits[i >> 6] |= UINT64_C(1) << (i & 63);
}

static inline void
tick_bit_clear(uint64_t *bits, size_t i)
{
	bits[i >> 6] &= ~(UINT64_C(1) << (i & 63));
}

static inline size_t
tick_bit_words(size_t bits)
{
	return (bits + 63) / 64;
}

/* Is row i of the vector present (not null)? */
static inline bool
tick_vector_present(const TickVector *vector, size_t i)
{
	return vector->validity == NULL || tick_bit_get(vector->validity, i);
}

static inline bool
tick_type_is_text(TickType type)
{
	return type == TICK_TEXT;
}

/* memcmp order, shorter first on a tie: the order of COLLATE "C" */
extern int	tick_string_compare(TickString a, TickString b);

/*
 * The first eight bytes, the first one most significant, zeros where the text
 * is shorter: prefixes that differ compare as their texts do.  Reads only the
 * text's own bytes, some of them twice.
 */
static inline uint64_t
tick_string_prefix(TickString text)
{
	const char *p = text.data;
	uint32_t	length = text.length;
	uint64_t	prefix = 0;

	if (length >= 8)
		return __builtin_bswap64(tick_get64(p));
	if (length >= 4)
		return (uint64_t) __builtin_bswap32(tick_get32(p)) << 32 |
			(((uint64_t) __builtin_bswap32(tick_get32(p + length - 4)) << (64 - 8 * length)) & UINT32_MAX);
	for (uint32_t i = 0; i < length; i++)
		prefix |= (uint64_t) (uint8_t) p[i] << (56 - 8 * i);
	return prefix;
}
extern const char *tick_type_name(TickType type);	/* "bigint", "text", ...; "?" when unknown */

/*
 * Allocate value arrays (and validity when with_validity) for capacity rows.
 * Free with tick_vector_free().
 */
extern TickStatus tick_vector_init(TickVector *vector, const TickMemory *memory,
								   TickType type, uint8_t scale, uint32_t capacity,
								   bool with_validity, TickError *error);
extern void tick_vector_free(TickVector *vector, const TickMemory *memory);

#endif							/* TICK_CORE_VECTOR_H */
