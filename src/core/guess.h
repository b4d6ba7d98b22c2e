/*-------------------------------------------------------------------------
 *
 * guess.h
 *	  What a file holds, guessed from its first rows: dialect, header, names,
 *	  types, roles and time formats, with the evidence for each.
 *
 * The guess is a proposal: the loader holds the whole file to it, and a
 * value that breaks it is an error or a reject, never a null.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_GUESS_H
#define TICK_CORE_GUESS_H

#include "core/columns.h"
#include "core/csv.h"

#define TICK_GUESS_SAMPLES 5
#define TICK_GUESS_ROWS 10000		/* looked at, most */

/* What is known beforehand; zero means "guess". */
typedef struct TickGuessOptions
{
	char		delimiter;
	bool		has_quote;
	char		quote;
	char		escape;
	char		comment;
	const char *trailer;
	int			header;			/* 0 guess, 1 yes, -1 no */
	const char *null_as;
	uint32_t	max_line;
	bool		has_date;		/* a date comes from elsewhere (path, argument): a time of day suffices */
	bool		has_symbol;		/* a symbol comes from elsewhere */
	int			names;			/* names said for the fields of a file without header ... */
	const TickString *name;		/* ... one a field from the first; length 0: none */
} TickGuessOptions;

typedef struct TickGuessColumn
{
	int			position;		/* field, from 1; of a joined pair the time of day's */
	char		field[TICK_FIELD_BYTES + 1];	/* header's own, trimmed; "" without header */
	char		name[64];		/* as sql.md says names are made */
	TickType	type;
	const char *sql_type;		/* "bigint", "timestamp", ... */
	uint8_t		scale;
	TickRole	role;
	bool		is_date;		/* a plain date that becomes the virtual column */
	int			joined_with;	/* position of the date field that this time of day joins, or 0 */
	bool		has_format;
	TickTimeFormat format;
	char		format_word[40];	/* for the columns argument: "iso", "ms_midnight", "comma", ... */
	uint8_t		fraction_digits;	/* most digits behind the point of its numbers, at least */
	char		zone[32];		/* that every stamp names: "US/Eastern", or "" */
	bool		nanoseconds;	/* more than six fraction digits were seen */
	bool		trim;			/* blanks around values */
	TickNumberMarks marks;		/* numbers as people write them; format_word says so too */
	bool		dropped;		/* no column is made of it (the date half of a pair) */
	char		rule[80];		/* why: "all values are decimals", "header says symbol", ... */
	uint64_t	nulls;
	uint64_t	distinct;
	uint32_t	width;			/* longest value, bytes */
	char		min[40];
	char		max[40];
	char		sample[TICK_GUESS_SAMPLES][40];
	int			samples;
	char		warning[160];	/* "" when there is none */
} TickGuessColumn;

typedef struct TickGuess
{
	char		delimiter;
	char		quote;
	char		comment;		/* of lines that are none; '\0': there are none */
	bool		header;
	bool		named;			/* fields have the names of a header, also of one that does not fit the rows */
	uint32_t	skip_lines;		/* title lines above the header */
	int			fields;			/* of the data rows */
	int			columns;
	TickGuessColumn *column;
	uint64_t	rows;			/* looked at */
	int64_t		first_day,		/* range of days seen, when has_days */
				last_day;
	bool		has_days;
	bool		ambiguous_day_month;	/* D/M/Y and M/D/Y both fit: an error for the loader */
	char		ambiguous_field[TICK_FIELD_BYTES + 1];
} TickGuess;

/*
 * Guess from the first bytes of the plain input; complete tells that it is
 * all of it (otherwise a last partial line is left out).
 */
extern TickStatus tick_guess(const char *bytes, size_t length, bool complete,
							 const TickGuessOptions *options, const TickMemory *memory,
							 TickGuess *guess, TickError *error);
extern void tick_guess_free(TickGuess *guess, const TickMemory *memory);

/* A column name made from a header field or any text, as sql.md says. used[] are the names before it. */
extern void tick_make_column_name(TickString field, int position, const TickGuessColumn *used, int used_count, char name[64]);

/* Grain from density: 'd' day, 'm' month, 'y' year. */
extern char tick_guess_grain(uint64_t rows, uint64_t days);

#endif							/* TICK_CORE_GUESS_H */
