/*-------------------------------------------------------------------------
 *
 * guess_internal.h
 *	  What the parts of the guess share; nobody else includes it.
 *
 *	guess.c          front: the steps in order, the evidence
 *	guess_dialect.c  delimiter, quote; fills the sample
 *	guess_header.c   title lines, header
 *	guess_type.c     a column's type, from its values and its header
 *	guess_number.c   numbers as people write them: decimal commas, thousands apart
 *	guess_time.c     the spelling of dates, times of day and stamps
 *	guess_pattern.c  the pattern that one of them follows
 *	guess_name.c     what a header's words mean; names of columns
 *	guess_stamp.c    which columns make the time of a row
 *	guess_role.c     symbol, prices and sizes, by header
 *	guess_content.c  the same without header, by their values
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_GUESS_INTERNAL_H
#define TICK_CORE_GUESS_INTERNAL_H

#include "core/guess.h"

/*
 * TickSample: values of the rows looked at, by column.  A null has NULL
 * data; other values are trimmed where the column is, and lie in bytes.
 */
typedef struct TickSample
{
	int			fields;
	uint32_t	rows;
	uint32_t	capacity;		/* from one column to the next */
	TickString *value;			/* field f of row r: [f * capacity + r] */
	TickString *memory;			/* what value points into */
	TickString *header;			/* one a field, trimmed; length 0: no name */
	uint32_t	header_fields;	/* names of a header that does not fit the rows; else 0 */
	bool		header_fits;	/* ... but tells nevertheless which name is whose */
	bool		named;			/* some header has a name */
	bool		spaced;			/* a blank follows each delimiter */
	char		delimiter;
	TickNumberMarks marks;		/* what some column's numbers leave no doubt of */
	TickBuffer	bytes;
	TickBuffer	header_bytes;
} TickSample;

static inline TickString *
tick_sample_column(const TickSample *sample, int field)
{
	return sample->value + (size_t) field * sample->capacity;
}

#define TICK_GUESS_TITLES 20		/* lines above the header, most */

/* What is known of the records before the first that has the rows' number of fields. */
typedef struct TickHead
{
	uint32_t	records;
	bool		data;			/* one of them holds a number or a time: rather a broken row than a title */
	bool		last_data;		/* the last of them does */
	bool		broken;			/* one of them is no text */
	bool		found;			/* the first row of that number was seen */
	uint64_t	line[TICK_GUESS_TITLES + 1];	/* of the first rows of that number */
	uint32_t	last_fields;	/* fields of the last before it, whose cells are kept */
} TickHead;

/* ---- what a header says ---- */

typedef enum TickHintKind
{
	TICK_HINT_NONE,
	TICK_HINT_TIME,
	TICK_HINT_DATE,
	TICK_HINT_NUMBER,			/* with a role or without */
	TICK_HINT_CODE,				/* stays text even when all values are digits */
	TICK_HINT_SYMBOL
} TickHintKind;

typedef struct TickHint
{
	TickHintKind kind;
	TickRole	role;			/* of NUMBER and SYMBOL */
	int			rank;			/* 0: the name itself, 1: a word of it, 2: a guess at best */
} TickHint;

extern TickHint tick_hint_from_header(TickString header);

/* ---- facts about one column that the later steps need ---- */

typedef struct TickColumnFacts
{
	TickHint	hint;
	uint32_t	present;		/* values that are not null */
	uint32_t	misfits;		/* of them, not of the guessed type */
	TickString	misfit;			/* the first of them */
	uint32_t	numbers;		/* of them, numbers */
	uint32_t	digits;			/* of them, digits and nothing else */
	uint32_t	descents;		/* numbers smaller than the one before */
	uint32_t	steps;			/* numbers one more than the one before */
	double		low,			/* of the numbers */
				high;
	uint32_t	epochs[4];		/* numbers that are of our days as s, ms, us, ns since 1970 */
	uint32_t	short_digits,	/* fewest and most digits before the point, and most behind it */
				long_digits,
				fraction_digits;
	bool		has_offset;		/* stamps with an explicit offset */
	bool		ambiguous;		/* the same pattern with day and month exchanged fits too */
} TickColumnFacts;

/* ---- dialect ---- */

/* Delimiter, quote and number of fields. */
extern TickStatus tick_guess_dialect(const char *bytes, size_t length, bool complete,
									 const TickGuessOptions *options, const TickMemory *memory,
									 TickGuess *guess, TickError *error);

/* Values of that many fields; title lines and header are recognised and set apart. */
extern TickStatus tick_guess_sample(const char *bytes, size_t length, bool complete,
									const TickGuessOptions *options, const TickMemory *memory,
									TickGuess *guess, TickSample *sample, TickError *error);
/* Tell title lines, header and rows apart. */
extern void tick_guess_header(TickSample *sample, const TickHead *head, const TickGuessOptions *options, TickGuess *guess);
extern void tick_sample_free(TickSample *sample, const TickMemory *memory);

/* ---- types ---- */

/* Sets type, format, trim, rule, warning of the column, and its facts. */
extern void tick_guess_type(const TickSample *sample, int field, TickGuessColumn *column, TickColumnFacts *facts);

/* How many values may break a type before it is given up; codes allow none. */
extern uint32_t tick_guess_tolerance(uint32_t present);

/* A number as written; false when the text is none. */
typedef struct TickNumberShape
{
	uint32_t	before;			/* digits before the point */
	uint32_t	after;			/* ... and behind it */
	uint32_t	significant;	/* digits from the first to the last that is not zero */
	bool		point;			/* written with a point or an exponent */
	bool		whole;			/* no exponent, nothing but zeros after the point */
	bool		leading_zero;	/* 007 */
	bool		digits;			/* neither sign nor point nor exponent */
} TickNumberShape;

extern bool tick_number_shape(TickString text, TickNumberShape *shape);

/* ---- numbers with marks ---- */

/* The marks that some column's numbers have without doubt; they settle the doubts of others. */
extern TickNumberMarks tick_guess_file_marks(const TickSample *sample);

/* Make the column one of numbers with marks, if nearly all values are such; else false. */
extern bool tick_guess_marked(const TickSample *sample, int field, bool price, TickGuessColumn *column, TickColumnFacts *facts);

/* A value of a column of numbers, whatever its marks. */
extern bool tick_guess_number(const TickGuessColumn *column, TickString value, double *number);

/* Does the text look like a number with marks? */
extern bool tick_is_marked_number(TickString text);

/* ---- dates and times ---- */

#define TICK_PATTERN_BYTES 40

typedef struct TickPattern
{
	char		word[TICK_PATTERN_BYTES];
	size_t		length;
	bool		swapped;		/* month before day */
	bool		can_swap;		/* day and month may be exchanged */
	bool		good;
} TickPattern;

/*
 * The pattern of a value: a date, a time, or a date, something between and a
 * time.  false when it has none that is known.
 */
extern bool tick_read_pattern(TickString text, bool swapped, TickPattern *pattern);

/*
 * Try to read the column as dates, times or stamps; true when enough values
 * fit.  Fills type, format, nanoseconds and facts.
 */
extern bool tick_guess_time(const TickSample *sample, int field, TickGuessColumn *column, TickColumnFacts *facts);

/* The format of numbers since 1970, or since midnight, when they may be that; else NULL. */
extern const char *tick_guess_epoch(const TickColumnFacts *facts);
extern const char *tick_guess_midnight(const TickColumnFacts *facts);

/* The format of numbers whose digits are a time of day, when all may be that; else NULL.  *changes: how often they change. */
extern const char *tick_guess_clock(const TickString *value, uint32_t rows, const TickColumnFacts *facts, uint32_t *changes);

/* Make the column a time of this format (a word known to be good). */
extern void tick_guess_set_format(TickGuessColumn *column, TickType type, const char *word);

/* Does one cell look like a number, a date or a time (and so not like a header)? */
extern bool tick_cell_is_data(TickString cell);

/* ---- roles and names ---- */

extern void tick_guess_times(const TickSample *sample, const TickGuessOptions *options,
							 TickGuess *guess, TickColumnFacts *facts);
extern void tick_guess_roles(const TickSample *sample, const TickGuessOptions *options,
							 TickGuess *guess, TickColumnFacts *facts);
/* Where bars, quotes or trades can be told from the values alone. */
extern void tick_guess_content_roles(const TickSample *sample, const TickGuessOptions *options,
									 TickGuess *guess, const TickColumnFacts *facts);
extern void tick_guess_names(const TickSample *sample, TickGuess *guess);

extern void tick_guess_warn(TickGuessColumn *column, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void tick_guess_rule(TickGuessColumn *column, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* Copy text, cut at a border of UTF-8 to fit size bytes with the NUL. */
extern void tick_copy_cut(char *out, size_t size, TickString text);

#endif							/* TICK_CORE_GUESS_INTERNAL_H */
