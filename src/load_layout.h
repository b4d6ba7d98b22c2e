/*-------------------------------------------------------------------------
 *
 * load_layout.h
 *	  What the columns of a file are: dialect, header, guess and the columns
 *	  argument brought together.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_LAYOUT_H
#define TICK_LOAD_LAYOUT_H

#include "postgres.h"

#include "core/guess.h"
#include "load_options.h"

#define LOAD_GUESS_BYTES (1024 * 1024)	/* plain bytes that a guess looks at */

/* Where a piece of a column's text comes from. */
typedef enum LoadPieceKind
{
	LOAD_PIECE_FIELD,			/* number: index in the record */
	LOAD_PIECE_CAPTURE,			/* number: capture of the path */
	LOAD_PIECE_CONSTANT			/* text */
} LoadPieceKind;

typedef struct LoadPiece
{
	LoadPieceKind kind;
	int			number;
	TickString	text;
	TickTimeFormat format;		/* of dates and times */
} LoadPiece;

/* LoadColumn: one column that the file can feed. */
typedef struct LoadColumn
{
	char		name[NAMEDATALEN];
	char		field[TICK_FIELD_BYTES + 1];	/* as recorded in the dataset */
	bool		listed;			/* by the columns argument */
	bool		checks_date;	/* feeds no column: it must agree with the virtual date */
	int			pieces;
	LoadPiece	piece[TICK_FIELD_SOURCES];
	bool		joined;			/* one text of all pieces, in one format */
	char	   *sql_type;		/* to create the column with */
	TickType	type;			/* core type of sql_type */
	TickRole	role;
	bool		nanoseconds;	/* digits beyond the microsecond were seen */
	bool		trim;
	bool		upper;
	bool		lower;
	int			power;
	TickNumberMarks marks;		/* of a number as people write it */
	bool		has_null;
	TickString	null_as;
	char	   *zone;			/* of naive stamps; NULL: the dataset's */
	const TickGuessColumn *guess;	/* evidence of the field that gives the value, or NULL */
} LoadColumn;

typedef struct LoadLayout
{
	char		delimiter;
	char		quote;
	char		comment;
	bool		header;			/* a record of the file */
	bool		named;			/* fields have names of the file */
	uint32		skip_lines;
	int			fields;			/* of a record */
	TickString *field;			/* header's names by field, trimmed; length 0: none */
	int			columns;
	LoadColumn *column;
	int			day_capture;	/* capture that gives the day, or -1 */
	bool		has_day;		/* a day comes from path or argument */
	char	   *zone;			/* to create the dataset with: time_zone, or UTC where offsets say so */
	TickGuess	guess;
	/* the bytes of the file up to the first record, to know the same header again */
	char	   *front;
	size_t		front_length;
} LoadLayout;

/*
 * Describe a file by its first plain bytes; allocated in the current
 * context.  An ERROR for what cannot be guessed or contradicts the columns
 * argument.
 */
extern LoadLayout *LoadLayoutMake(const LoadReading *reading, const char *bytes, size_t length, bool complete);

/* What a file seems to hold, before the columns argument is looked at. */
extern void LoadGuess(const LoadReading *reading, const char *bytes, size_t length, bool complete, TickGuess *guess);

/* Does a file that begins with these bytes have the same layout? */
extern bool LoadLayoutFits(const LoadLayout *layout, const LoadReading *reading,
						   const char *bytes, size_t length, bool complete);

/* What a message calls a field: its name, else $N. */
extern char *LoadFieldName(const LoadLayout *layout, int field);

#endif							/* TICK_LOAD_LAYOUT_H */
