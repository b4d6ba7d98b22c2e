/*-------------------------------------------------------------------------
 *
 * value.h
 *	  Typed values out of text: exact, no locale, no memory.
 *
 * Every function takes the whole field and succeeds only if all of it is the
 * value; blanks around it are the caller's to trim (tick_trim).  TICK_OK,
 * TICK_BAD_INPUT (not of this form) or TICK_OUT_OF_RANGE; *out is set only
 * on TICK_OK.  Nothing is ever rounded silently: what does not fit is out
 * of range, but for doubles, which take the nearest double as float8in does.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_VALUE_H
#define TICK_CORE_VALUE_H

#include "core/sum.h"
#include "core/vector.h"
#include "core/zone.h"

extern TickString tick_trim(TickString text);	/* blanks and tabs at both ends */

/* optional sign, digits; also "123.0" and "123." (a whole number written with a fraction of zeros) */
extern TickStatus tick_parse_int(TickString text, int64_t low, int64_t high, int64_t *out);

/* a decimal with optional sign, fraction and exponent, as value * 10^scale; more digits than scale: out of range unless zeros */
extern TickStatus tick_parse_decimal(TickString text, uint8_t scale, int64_t *out);

/* as float8in in range and result, but NaN, Infinity and hex are TICK_BAD_INPUT */
extern TickStatus tick_parse_double(TickString text, double *out);

/* value / 10^power (power may be negative), rounded once, from the text's own digits */
extern TickStatus tick_parse_double_scaled(TickString text, int power, double *out);

/*
 * Numbers as people write them: TICK_MARKS_COMMA has a comma before the
 * fraction, TICK_MARKS_GROUPED a point.  Thousands may be set apart (by a
 * point or a comma, whichever is free, an apostrophe, an underscore, a blank
 * also of the kind that does not break), a sign of money may stand at either
 * end, a percent sign behind, parentheses make a number negative, and K, M, B
 * and T are thousands to trillions.
 */
typedef enum TickNumberMarks
{
	TICK_MARKS_NONE,
	TICK_MARKS_COMMA,
	TICK_MARKS_GROUPED
} TickNumberMarks;

#define TICK_PLAIN_EXTRA 4		/* bytes that the plain number may have more */

/*
 * The number without its marks, as the functions above read it; plain has
 * room for text.length + TICK_PLAIN_EXTRA bytes.  false when it is none.
 */
extern bool tick_plain_number(TickString text, TickNumberMarks marks, char *plain, uint32_t *length);

/* t f true false y n yes no on off 1 0, any case */
extern TickStatus tick_parse_bool(TickString text, int64_t *out);

/*
 * ---- dates and times ----
 *
 * TickTimeFormat says how a field spells a date, a time of day or a stamp.
 */
typedef enum TickTimeKind
{
	TICK_FORMAT_ISO,			/* YYYY-MM-DD, / or . between; [T, D or blank] H:MM[:SS[.fraction]]; [Z, offset or EST and the like];
								 * glued YYYYMMDD; date alone or time alone, which may begin with 0D */
	TICK_FORMAT_HHMMSSNS,		/* HHMMSS and up to nine digits of fraction, glued: 093000417837000 */
	TICK_FORMAT_EPOCH,			/* number of units since 1970, fraction allowed */
	TICK_FORMAT_MIDNIGHT,		/* number of units since midnight, fraction allowed */
	TICK_FORMAT_PATTERN,		/* letters as in to_timestamp */
	TICK_FORMAT_CLOCK			/* a number whose digits are a time of day, without leading zeros: 93000 */
} TickTimeKind;

#define TICK_FORMAT_ITEMS 32

typedef struct TickTimeFormat
{
	TickTimeKind kind;
	int64_t		unit_ns;		/* of EPOCH, MIDNIGHT and CLOCK (its last digit): 1, 1000, ... */
	/* PATTERN: what tick_time_format_parse() made of the letters */
	uint8_t		items;
	uint8_t		item[TICK_FORMAT_ITEMS];
	char		literal[TICK_FORMAT_ITEMS];
} TickTimeFormat;

/*
 * Words: iso, hhmmssns, s_epoch ms_epoch us_epoch ns_epoch, s_midnight
 * ms_midnight us_midnight ns_midnight, hmm hmmss hmmssms hmmssus hmmssns;
 * anything else is a pattern of YYYY YY MM MON MONTH DD DY DAY HH24 HH HH12 MI
 * SS AM PM MS US NS FF1..FF9 TZH TZM TZ and literals, letters among them in
 * double quotes but for T and Z.
 * TICK_BAD_INPUT with a message otherwise.
 */
extern TickStatus tick_time_format_parse(TickString word, TickTimeFormat *format, TickError *error);

/*
 * What a field gave: any of a day, a time of day and an offset.  Seconds of
 * :60 and times beyond 24:00:00 are out of range; so are more than nine
 * digits of fraction unless the rest is zeros.
 */
typedef struct TickTimeParts
{
	bool		has_date;
	bool		has_time;
	bool		has_offset;
	int64_t		day;			/* since 1970-01-01 */
	int64_t		time;			/* ns since midnight */
	int32_t		offset;			/* seconds east of UTC */
	uint8_t		fraction_digits;	/* written of the seconds' fraction; a number of ms has three at least */
} TickTimeParts;

/* What a pattern says; other formats tell only with a text. */
extern void tick_pattern_says(const TickTimeFormat *format, bool *date, bool *time);

extern TickStatus tick_parse_time_parts(TickString text, const TickTimeFormat *format, TickTimeParts *parts);

/* days since 1970 of a proleptic Gregorian date; false when there is no such day */
extern bool tick_date_to_day(int year, int month, int day, int64_t *out);
extern void tick_day_to_date(int64_t day, int *year, int *month, int *dayofmonth);

/* ns since 1970; TICK_OUT_OF_RANGE outside 1677-09-22 .. 2262-04-10 */
extern TickStatus tick_stamp_from_parts(int64_t day, int64_t time, int64_t *out);

#define TICK_NS_PER_SECOND INT64_C(1000000000)
#define TICK_NS_PER_DAY (INT64_C(86400) * TICK_NS_PER_SECOND)

/* value / divisor (> 0), rounded down */
static inline int64_t
tick_floor_div(int64_t value, int64_t divisor)
{
	int64_t		quotient = value / divisor;

	return quotient - (value % divisor < 0);
}

#endif							/* TICK_CORE_VALUE_H */
