/*-------------------------------------------------------------------------
 *
 * filter.h
 *	  Conditions on columns, evaluated on batches and on zone maps.
 *
 * A filter is a tree of AND, OR and NOT over tests of one column against
 * constants.  It follows SQL's three-valued logic: a row is kept when the
 * whole is TRUE, and neither when it is FALSE nor when it is NULL.
 * Comparisons of doubles follow PostgreSQL: NaN equals NaN and is greater
 * than every other value.  Text compares by memcmp (COLLATE "C").
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_FILTER_H
#define TICK_CORE_FILTER_H

#include "core/encoding.h"
#include "core/vector.h"
#include "core/zone.h"

typedef enum TickFilterKind
{
	TICK_FILTER_AND,
	TICK_FILTER_OR,
	TICK_FILTER_NOT,
	TICK_FILTER_TRUE,
	TICK_FILTER_FALSE,
	TICK_FILTER_COMPARE,		/* column op value */
	TICK_FILTER_IN,				/* column = any of values (sorted ascending, NaN last, no
								 * nulls); of no values: FALSE even where the column is null */
	TICK_FILTER_IS_NULL,
	TICK_FILTER_LIKE,			/* text LIKE pattern, backslash escapes */
	TICK_FILTER_NULL			/* what a comparison with a NULL constant becomes; FALSE would
								 * turn to TRUE under NOT.  x IN (1, NULL) is OR(IN, NULL) */
} TickFilterKind;

typedef enum TickCompare
{
	TICK_LT, TICK_LE, TICK_EQ, TICK_NE, TICK_GE, TICK_GT
} TickCompare;

/*
 * What a stored time is turned into before a test looks at it: a part of its
 * local time, as a number, or its beginning of something, as a time.
 */
typedef enum TickPartKind
{
	TICK_PART_TIME,				/* ns since midnight */
	TICK_PART_HOUR,
	TICK_PART_MINUTE,
	TICK_PART_SECOND,			/* ns since the minute began */
	TICK_PART_DAY,				/* of the month */
	TICK_PART_MONTH,
	TICK_PART_QUARTER,
	TICK_PART_YEAR,
	TICK_PART_DAY_OF_WEEK,		/* Sunday is 0 */
	TICK_PART_ISO_DAY_OF_WEEK,	/* Sunday is 7 */
	TICK_PART_DAY_OF_YEAR,
	/* in us since 1970, for a year may begin before ns can count */
	TICK_PART_TRUNCATE,			/* to `unit` ns of local time, which divides a day, keeping the offset */
	TICK_PART_TRUNCATE_DAY,		/* to local midnight, read anew as UTC, as the next ones */
	TICK_PART_TRUNCATE_WEEK,	/* Monday */
	TICK_PART_TRUNCATE_MONTH,
	TICK_PART_TRUNCATE_QUARTER,
	TICK_PART_TRUNCATE_YEAR
} TickPartKind;

typedef struct TickFilterPart
{
	TickPartKind kind;
	int64_t		unit;			/* of TICK_PART_TRUNCATE */
	const TickZone *zone;		/* of the local time; NULL: stamps are local */
} TickFilterPart;

typedef struct TickFilterValue
{
	int64_t		i64;			/* for all fixed types but TICK_DOUBLE */
	double		f64;
	TickString	text;
} TickFilterValue;

typedef struct TickFilter TickFilter;
struct TickFilter
{
	TickFilterKind kind;
	/* AND, OR: 0 .. children; NOT: one */
	int			children;
	TickFilter **child;
	/* tests */
	int			column;			/* index the caller's lookup understands, >= 0 */
	TickType	type;			/* of the column; values are of the same type and scale */
	TickCompare compare;
	int			values;			/* 1 for COMPARE and LIKE */
	TickFilterValue *value;
	const TickFilterPart *part;	/* COMPARE and IN of TICK_STAMP: test this of the value; or NULL */
	bool		decimal;		/* COMPARE and IN of TICK_TEXT: as numbers, in the order of numeric */
};

/*
 * Gives the vector of a column for the batch at hand; called at most once per
 * test.  Doubles may be given as the TICK_DECIMAL that they are the nearest
 * double of.
 */
typedef TickStatus (*TickFilterColumn) (void *context, int column, const TickVector **vector, TickError *error);

/*
 * Evaluate on rows (<= TICK_BATCH_ROWS) and clear in `keep` (one bit a row)
 * every row for which the filter is not TRUE.  Bits beyond rows in the last
 * word are cleared too.  TICK_UNSUPPORTED when a vector is not of the test's
 * type or too short.
 */
extern TickStatus tick_filter_apply(const TickFilter *filter, uint32_t rows,
									TickFilterColumn column, void *context,
									uint64_t *keep, TickError *error);

/* Gives a column's zone map, or NULL when nothing is known of it. */
typedef const TickZoneMap *(*TickFilterZone) (void *context, int column);

/* May any row of the zone be TRUE?  false is a proof, true is not. */
extern bool tick_filter_may_match(const TickFilter *filter, TickFilterZone zone, void *context);

/*
 * If the filter implies that the column is equal to one of a finite set of
 * texts, point *values at them (inside the filter), set *count and return
 * true.  An always-false filter gives count 0.
 */
extern bool tick_filter_text_set(const TickFilter *filter, int column,
								 const TickFilterValue **values, int *count);

/*
 * Inclusive range of a fixed (int64) column that the filter implies:
 * starts from INT64_MIN .. INT64_MAX and narrows.  false: no row can match.
 */
extern bool tick_filter_range(const TickFilter *filter, int column, int64_t *low, int64_t *high);

/*
 * value LIKE pattern: % is any run, _ one UTF-8 character, \ takes the next
 * character as it is.  Nothing matches a pattern that ends in a lone \.
 */
extern bool tick_like_match(TickString value, TickString pattern);

/* ---- pieces that evaluation and pruning share ---- */

/* The day (since 1970) that TICK_PART_TRUNCATE_DAY and so on bring a local day to. */
extern int64_t tick_part_first_day(TickPartKind kind, int64_t day);
/* The parts of rows (at most a batch) of stamps. */
extern void tick_filter_part(const TickFilterPart *part, const int64_t *stamp, uint32_t rows, int64_t *out);
/* Inclusive bounds of the part of stamps low .. high; false when nothing is known. */
extern bool tick_filter_part_range(const TickFilterPart *part, int64_t low, int64_t high,
								   int64_t *part_low, int64_t *part_high);
/*
 * Compare numbers as PostgreSQL writes a numeric, or with an exponent, by
 * value: digits beyond any type's, NaN greater than Infinity.
 */
extern int	tick_decimal_compare(TickString a, TickString b);
/* Compare two values as the filter's test does: < 0, 0, > 0. */
extern int	tick_filter_test_compare(const TickFilter *filter, const TickFilterValue *a, const TickFilterValue *b);

extern TickCompare tick_compare_negate(TickCompare compare);	/* of NOT (a op b) */
extern int	tick_double_compare(double a, double b);	/* PostgreSQL's order: NaN last */
/* first of the sorted values that is >= *value in the order of type; count when none is */
extern int	tick_filter_lower_bound(const TickFilterValue *values, int count, TickType type, const TickFilterValue *value);
/* Compare two values of a type: < 0, 0, > 0. */
extern int	tick_filter_value_compare(const TickFilterValue *a, const TickFilterValue *b, TickType type);
/* Is *value among the values of an IN test? */
extern bool tick_filter_in(const TickFilter *filter, const TickFilterValue *value);

#endif							/* TICK_CORE_FILTER_H */
