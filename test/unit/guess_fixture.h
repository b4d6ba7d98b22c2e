/*-------------------------------------------------------------------------
 *
 * guess_fixture.h
 *	  A guess of inline text, and its columns as lines to compare.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_GUESS_FIXTURE_H
#define TICK_GUESS_FIXTURE_H

#include "core/guess.h"

static TickGuess guess;
static TickGuessOptions options;
static TickError error;

static inline TickStatus
run(const char *bytes, size_t length, bool complete)
{
	tick_guess_free(&guess, &tick_memory_malloc);
	memset(&error, 0, sizeof(error));
	return tick_guess(bytes, length, complete, &options, &tick_memory_malloc, &guess, &error);
}

static inline void
guess_text(const char *text)
{
	CHECK_INT(run(text, strlen(text), true), TICK_OK);
	CHECK_TEXT(error.message, "");
}

static inline void
reset(void)
{
	tick_guess_free(&guess, &tick_memory_malloc);
	memset(&options, 0, sizeof(options));
}

/* One line a column: "name type role format", and marks: !dropped, @joined field, #date, ns, trim. */
static inline const char *
column_line(int i)
{
	static char turns[4][256];
	static int	turn;
	char	   *line = turns[turn++ % 4];
	const TickGuessColumn *column;

	if (i >= guess.columns)
		return "none";
	column = &guess.column[i];
	snprintf(line, 256, "%s %s", column->name, column->sql_type);
	if (column->role != TICK_ROLE_NONE)
		sprintf(line + strlen(line), " %s", tick_role_name(column->role));
	if (column->has_format)
		sprintf(line + strlen(line), " (%s)", column->format_word);
	if (column->dropped)
		strcat(line, " !");
	if (column->joined_with > 0)
		sprintf(line + strlen(line), " @%d", column->joined_with);
	if (column->is_date)
		strcat(line, " #");
	if (column->nanoseconds)
		strcat(line, " ns");
	if (column->trim)
		strcat(line, " trim");
	return line;
}

#define COLUMN(i, expected) CHECK_TEXT(column_line(i), expected)
#define WARNED(i, part) CHECK(strstr(guess.column[i].warning, part) != NULL)
#define SILENT(i) CHECK_TEXT(guess.column[i].warning, "")

static inline int64_t
day_of(int year, int month, int dayofmonth)
{
	int64_t		day = -1;

	CHECK(tick_date_to_day(year, month, dayofmonth, &day));
	return day;
}

#endif							/* TICK_GUESS_FIXTURE_H */
