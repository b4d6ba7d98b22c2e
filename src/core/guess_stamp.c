/*-------------------------------------------------------------------------
 *
 * guess_stamp.c
 *	  Which columns make the time of a row.
 *
 * In this order: a stamp, or a date and a time of day that join; numbers
 * since 1970 or midnight, where a header or their place says time; a plain
 * date.  Among several of a kind the header decides (the name "time" before
 * "exchange.timestamp"), then the place, leftmost first.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NO_COLUMN (-1)
#define NO_HINT 4				/* rank of a column whose header says nothing of time */

typedef struct Times
{
	const TickSample *sample;
	const TickGuessOptions *options;
	TickGuess  *guess;
	TickColumnFacts *facts;
} Times;

static bool
is_number(const TickGuessColumn *column)
{
	return column->type == TICK_INT || column->type == TICK_DOUBLE;
}

/* How strongly the header says time; small is strong. */
static int
time_rank(const TickColumnFacts *facts)
{
	if (facts->hint.kind == TICK_HINT_TIME)
		return facts->hint.rank;
	return facts->hint.kind == TICK_HINT_DATE ? facts->hint.rank + 1 : NO_HINT;
}

/* Dates of things to come, not of the row. */
static bool
is_other_date(TickString header)
{
	static const char *const words[] = {"expir", "matur", "settle", "birth", "deliver"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (uint32_t at = 0; at + strlen(words[i]) <= header.length; at++)
		{
			size_t		same = 0;

			while (words[i][same] != '\0' && (header.data[at + same] | 0x20) == words[i][same])
				same++;
			if (words[i][same] == '\0')
				return true;
		}
	return false;
}

/* The best column of a type that is not spoken for, or NO_COLUMN. */
static int
find_type(const Times *times, TickType type, int *rank)
{
	int			best = NO_COLUMN;

	*rank = NO_HINT + 1;
	for (int i = 0; i < times->guess->columns; i++)
	{
		const TickGuessColumn *column = &times->guess->column[i];

		if (column->type != type || column->dropped || is_other_date(times->sample->header[i]))
			continue;
		if (time_rank(&times->facts[i]) < *rank)
		{
			best = i;
			*rank = time_rank(&times->facts[i]);
		}
	}
	return best;
}

/* ---- numbers ---- */

/* The column is a time of this format; warnings of its numbers as numbers are void. */
static void
set_unit_format(TickGuessColumn *column, const TickColumnFacts *facts, TickType type, const char *word)
{
	static const struct
	{
		const char *begin;
		uint32_t	digits;
	}			units[] = {{"ms_", 3}, {"us_", 6}, {"ns_", 9}, {"hmmssms", 3}, {"hmmssus", 6}, {"hmmssns", 9}};
	uint32_t	digits = facts->fraction_digits;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strncmp(word, units[i].begin, strlen(units[i].begin)) == 0)
			digits += units[i].digits;
	tick_guess_set_format(column, type, word);
	column->nanoseconds = digits > 6;
	if (facts->misfits == 0)
		column->warning[0] = '\0';
}

static void
make_epoch(TickGuessColumn *column, const TickColumnFacts *facts, const char *word, const char *why)
{
	set_unit_format(column, facts, TICK_STAMP, word);
	tick_guess_rule(column, "%s, and the numbers are of our days (%s)", why, word);
}

/* Numbers under a header that says time. */
static void
make_named_epochs(Times *times)
{
	for (int i = 0; i < times->guess->columns; i++)
	{
		TickGuessColumn *column = &times->guess->column[i];
		TickHintKind kind = times->facts[i].hint.kind;
		const char *word = tick_guess_epoch(&times->facts[i]);

		if (is_number(column) && (kind == TICK_HINT_TIME || kind == TICK_HINT_DATE) && word != NULL)
			make_epoch(column, &times->facts[i], word, "header says time");
	}
}

/* Numbers that nearly all follow the one before are rather a trade's number than a time, which one-second bars are too. */
static bool
counts_by_one(const TickColumnFacts *facts)
{
	return facts->steps * 20 > (facts->numbers - 1) * 19;
}

/*
 * Does a header say that its numbers name rows: order_id, Sequence?  Some
 * vendors' ids are times nevertheless, which then never go back.
 */
static bool
names_rows(TickString header)
{
	static const char *const ends[] = {"id", "seq", "sequence", "number"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
	{
		uint32_t	length = (uint32_t) strlen(ends[i]);

		if (header.length >= length && strncasecmp(header.data + header.length - length, ends[i], length) == 0)
			return true;
	}
	return false;
}

/*
 * Without a better time: the first column, or without header any that hardly
 * ever goes back; one that counts by one if there is no other.
 */
static int
find_silent_epoch(Times *times)
{
	for (int counts = 0; counts < 2; counts++)
	{
		for (int i = 0; i < times->guess->columns; i++)
		{
			TickGuessColumn *column = &times->guess->column[i];
			const TickColumnFacts *facts = &times->facts[i];
			const char *word = tick_guess_epoch(facts);

			if (is_number(column) && word != NULL && facts->hint.kind == TICK_HINT_NONE &&
				(counts > 0 || !counts_by_one(facts)) && !(facts->descents > 0 && names_rows(times->sample->header[i])) &&
				(i == 0 || (!times->sample->named && facts->descents * 20 <= facts->numbers)))
			{
				make_epoch(column, facts, word, "nothing else is a time");
				return i;
			}
		}
	}
	return NO_COLUMN;
}

#define CLOCK_CHANGES 8			/* so many values that could be a clock are no count: each has one chance in three */

/*
 * Are the digits a clock (93000), or a count since midnight?  In a count,
 * digits of minutes and seconds soon pass 59; of a few values, those that
 * would be a count of the first two hours are a clock.
 */
static const char *
clock_or_count(const TickString *value, uint32_t rows, const TickColumnFacts *facts)
{
	const char *count = tick_guess_midnight(facts);
	uint32_t	changes;
	const char *clock = tick_guess_clock(value, rows, facts, &changes);
	double		unit;

	/* one after the other without a gap, those are row numbers */
	if (facts->steps + 1 >= facts->numbers && facts->hint.kind != TICK_HINT_TIME)
		clock = NULL;

	if (clock == NULL || count == NULL || changes >= CLOCK_CHANGES)
		return clock != NULL ? clock : count;
	unit = count[0] == 's' ? 1 : count[0] == 'm' ? 1e3 : count[0] == 'u' ? 1e6 : 1e9;
	return facts->high < 7200 * unit ? clock : count;
}

/*
 * Units since midnight, where the date is known: under a header that says
 * time, or without header as the first column, or beside the file's date.
 */
static int
find_midnight(Times *times, int date)
{
	for (int i = 0; i < times->guess->columns; i++)
	{
		TickGuessColumn *column = &times->guess->column[i];
		const TickColumnFacts *facts = &times->facts[i];
		const char *word = is_number(column) ? clock_or_count(tick_sample_column(times->sample, i), times->sample->rows, facts) : NULL;
		bool		place = !times->sample->named && (date == NO_COLUMN ? i == 0 : i == date + 1 || (i == 0 && date == 1));

		if (word == NULL || (facts->hint.kind != TICK_HINT_TIME && !place))
			continue;
		set_unit_format(column, facts, TICK_TIME, word);
		tick_guess_rule(column, word[0] == 'h' ? "digits are those of a clock (%s)" : "numbers ascend and stay within a day (%s)", word);
		return i;
	}
	return NO_COLUMN;
}

/* ---- the time of the row ---- */

/* A time of day gets its date: of another field, or, with date NO_COLUMN, from elsewhere. */
static void
join(Times *times, int time, int date)
{
	TickGuessColumn *column = &times->guess->column[time];

	column->type = TICK_STAMP;
	column->sql_type = "timestamp";
	column->role = TICK_ROLE_TIME;
	if (date == NO_COLUMN)
	{
		tick_guess_rule(column, "times of day (%s); the date comes from elsewhere", column->format_word);
		return;
	}
	column->joined_with = date + 1;
	times->guess->column[date].dropped = true;
	tick_guess_rule(column, "times of day (%s), joined with the dates of field %d", column->format_word, date + 1);
	tick_guess_rule(&times->guess->column[date], "dates, joined with the times of day of field %d", time + 1);
}

/* Do the dates of one column name the days of the stamps of another? */
static bool
same_days(const Times *times, int date, int stamp)
{
	const TickString *left = tick_sample_column(times->sample, date);
	const TickString *right = tick_sample_column(times->sample, stamp);

	for (uint32_t r = 0; r < times->sample->rows; r++)
	{
		TickTimeParts a;
		TickTimeParts b;

		if (left[r].data == NULL || right[r].data == NULL ||
			tick_parse_time_parts(left[r], &times->guess->column[date].format, &a) != TICK_OK ||
			tick_parse_time_parts(right[r], &times->guess->column[stamp].format, &b) != TICK_OK)
			continue;
		if (a.day != b.day)
			return false;
	}
	return true;
}

/* A field named "date" beside full stamps is the virtual date, if it says the same. */
static void
drop_repeated_date(Times *times, int stamp)
{
	for (int i = 0; i < times->guess->columns; i++)
	{
		TickGuessColumn *column = &times->guess->column[i];

		if (column->type != TICK_DATE || times->facts[i].hint.kind != TICK_HINT_DATE || times->facts[i].hint.rank != 0)
			continue;
		if (same_days(times, i, stamp))
		{
			column->dropped = true;
			tick_guess_rule(column, "dates are the days of the stamps in field %d", stamp + 1);
		}
		else
			tick_guess_warn(column, "dates are not the days of the stamps in field %d", stamp + 1);
		return;
	}
}

/* The first and the last day of the column that gives them. */
static void
note_days(Times *times, int column)
{
	const TickString *value = tick_sample_column(times->sample, column);
	const TickTimeFormat *format = &times->guess->column[column].format;
	TickGuess  *guess = times->guess;

	for (uint32_t r = 0; r < times->sample->rows; r++)
	{
		TickTimeParts parts;

		if (value[r].data == NULL || tick_parse_time_parts(value[r], format, &parts) != TICK_OK || !parts.has_date)
			continue;
		if (!guess->has_days || parts.day < guess->first_day)
			guess->first_day = parts.day;
		if (!guess->has_days || parts.day > guess->last_day)
			guess->last_day = parts.day;
		guess->has_days = true;
	}
}

/* A time of day that finds no date stays one; numbers under a time's header stay numbers. */
static void
warn_of_no_time(Times *times)
{
	for (int i = 0; i < times->guess->columns; i++)
	{
		TickGuessColumn *column = &times->guess->column[i];

		if (column->type == TICK_TIME)
			tick_guess_warn(column, "a time of day without a date: give one by path, date or columns");
		else if (times->facts[i].hint.kind == TICK_HINT_TIME && is_number(column))
			tick_guess_warn(column, "header says time, but the unit cannot be told: give a format in columns");
	}
}

static void
note_ambiguous(Times *times)
{
	TickGuess  *guess = times->guess;

	for (int i = 0; i < guess->columns && !guess->ambiguous_day_month; i++)
	{
		TickString	field = times->sample->header[i];

		if (!times->facts[i].ambiguous)
			continue;
		guess->ambiguous_day_month = true;
		tick_copy_cut(guess->ambiguous_field, sizeof(guess->ambiguous_field), field);
		if (field.length == 0)
			snprintf(guess->ambiguous_field, sizeof(guess->ambiguous_field), "$%d", i + 1);
		tick_guess_warn(&guess->column[i], "day and month cannot be told apart: give a format in columns");
	}
}

void
tick_guess_times(const TickSample *sample, const TickGuessOptions *options, TickGuess *guess, TickColumnFacts *facts)
{
	Times		times = {sample, options, guess, facts};
	int			stamp_rank;
	int			clock_rank;
	int			date_rank;
	int			stamp;
	int			clock;
	int			date;

	make_named_epochs(&times);
	stamp = find_type(&times, TICK_STAMP, &stamp_rank);
	clock = find_type(&times, TICK_TIME, &clock_rank);
	date = find_type(&times, TICK_DATE, &date_rank);
	if (stamp == NO_COLUMN && clock == NO_COLUMN && (date != NO_COLUMN || options->has_date))
		clock = find_midnight(&times, date);
	if (clock != NO_COLUMN && (date != NO_COLUMN || options->has_date) && (stamp == NO_COLUMN || clock_rank < stamp_rank))
	{
		join(&times, clock, date);
		if (date != NO_COLUMN)
			note_days(&times, date);
		note_ambiguous(&times);
		return;
	}
	if (stamp == NO_COLUMN && date == NO_COLUMN)
		stamp = find_silent_epoch(&times);
	if (stamp != NO_COLUMN)
	{
		guess->column[stamp].role = TICK_ROLE_TIME;
		drop_repeated_date(&times, stamp);
		note_days(&times, stamp);
	}
	else if (date != NO_COLUMN)
	{
		guess->column[date].is_date = true;
		guess->column[date].role = TICK_ROLE_TIME;
		note_days(&times, date);
	}
	else
		warn_of_no_time(&times);
	note_ambiguous(&times);
}
