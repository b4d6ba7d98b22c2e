/*-------------------------------------------------------------------------
 *
 * guess_time.c
 *	  How a column spells dates, times of day and stamps.
 *
 * The ISO family is tried first.  Other spellings are not searched in a
 * list: the pattern is read off a few values ("02/03/2010 16:53:50" is two,
 * two and four digits with slashes, then a time), and then held to all.
 * Where day and month could be exchanged, both patterns are tried; if both
 * fit equally well nobody can tell, and the guess says so.
 *
 * Columns of digits alone are numbers unless they have the length and the
 * range of a glued date or time; numbers since 1970 or midnight are told by
 * their size, and accepted by the later steps only where a time is wanted.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <stdio.h>
#include <string.h>

#define CANDIDATES 12
#define PROBES 24				/* values that patterns are read off */
#define FIRST_YEAR 1900			/* digits alone are dates between these years only */
#define LAST_YEAR 2100

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- holding a format to the values ---- */

/* What a format makes of a column. */
typedef struct Trial
{
	TickPattern		pattern;
	TickTimeFormat format;
	uint32_t	dates;			/* values that are a date, a time of day, both */
	uint32_t	times;
	uint32_t	stamps;
	uint32_t	offsets;
	bool		nanoseconds;
	TickType	type;			/* of most of them */
	uint32_t	fits;			/* values of that type */
} Trial;

static bool
trial_init(Trial *trial, const char *word)
{
	TickString	text = {word, (uint32_t) strlen(word)};

	return tick_time_format_parse(text, &trial->format, NULL) == TICK_OK;
}

static void
trial_run(Trial *trial, const TickString *value, uint32_t rows)
{
	for (uint32_t r = 0; r < rows; r++)
	{
		TickString	text = value[r].data == NULL ? value[r] : tick_trim(value[r]);
		TickTimeParts parts;

		if (text.length == 0 || tick_parse_time_parts(text, &trial->format, &parts) != TICK_OK)
			continue;
		trial->dates += parts.has_date && !parts.has_time;
		trial->times += parts.has_time && !parts.has_date;
		trial->stamps += parts.has_date && parts.has_time;
		trial->offsets += parts.has_offset;
		trial->nanoseconds = trial->nanoseconds || parts.fraction_digits > 6;
	}
	trial->fits = trial->stamps;
	trial->type = TICK_STAMP;
	if (trial->dates > trial->fits)
	{
		trial->fits = trial->dates;
		trial->type = TICK_DATE;
	}
	if (trial->times > trial->fits)
	{
		trial->fits = trial->times;
		trial->type = TICK_TIME;
	}
}

void
tick_guess_set_format(TickGuessColumn *column, TickType type, const char *word)
{
	TickString	text = {word, (uint32_t) strlen(word)};

	column->type = type;
	column->sql_type = type == TICK_DATE ? "date" : type == TICK_TIME ? "time" : "timestamp";
	column->has_format = tick_time_format_parse(text, &column->format, NULL) == TICK_OK;
	snprintf(column->format_word, sizeof(column->format_word), "%s", word);
}

/* The zone that the values name, which ends the pattern in quotes. */
static void
note_zone(const char *word, TickGuessColumn *column)
{
	const char *begin = strchr(word, '"');
	size_t		length = begin != NULL ? strlen(begin) : 0;

	if (length < 3 || begin[length - 1] != '"' || length - 2 >= sizeof(column->zone))
		return;
	memcpy(column->zone, begin + 1, length - 2);
	if (column->type == TICK_STAMP)
		column->sql_type = "timestamptz";
}

/* Take a trial as the column's format; note the first value that breaks it. */
static void
accept(const Trial *trial, const char *word, const TickString *value, uint32_t rows,
	   TickGuessColumn *column, TickColumnFacts *facts)
{
	tick_guess_set_format(column, trial->type, word);
	column->nanoseconds = trial->nanoseconds;
	note_zone(word, column);
	facts->has_offset = trial->offsets > 0;
	if (facts->has_offset && trial->type == TICK_STAMP)
		column->sql_type = "timestamptz";
	facts->misfits = facts->present - trial->fits;
	facts->misfit.length = 0;
	for (uint32_t r = 0; r < rows && facts->misfits > 0; r++)
	{
		TickTimeParts parts;
		TickString	text = value[r].data == NULL ? value[r] : tick_trim(value[r]);

		if (text.length > 0 && tick_parse_time_parts(text, &trial->format, &parts) != TICK_OK)
		{
			facts->misfit = value[r];
			break;
		}
	}
	tick_guess_rule(column, "%s are %s (%s)", facts->misfits > 0 ? "nearly all values" : "all values",
					trial->type == TICK_DATE ? "dates" : trial->type == TICK_TIME ? "times of day" : "stamps", word);
	if (facts->has_offset && trial->offsets < trial->fits)
		tick_guess_warn(column, "some stamps have an offset and some have none");
}

/* Add the patterns of a value to the trials, if they are new; returns how many there are now. */
static int
collect_one(TickString text, Trial *trials, int count)
{
	for (int swapped = 0; swapped < 2; swapped++)
	{
		TickPattern		pattern;
		bool		known = false;

		if (count == CANDIDATES || !tick_read_pattern(text, swapped > 0, &pattern))
			continue;
		for (int i = 0; i < count && !known; i++)
			known = strcmp(trials[i].pattern.word, pattern.word) == 0;
		if (known)
			continue;
		memset(&trials[count], 0, sizeof(trials[count]));
		trials[count].pattern = pattern;
		if (trial_init(&trials[count], pattern.word))
			count++;
	}
	return count;
}

/* Patterns of the longest value, which has most of a fraction, and of the first. */
static int
collect(const TickString *value, uint32_t rows, Trial *trials)
{
	TickString	longest = {NULL, 0};
	uint32_t	probes = 0;
	int			count = 0;

	for (uint32_t r = 0; r < rows; r++)
		if (value[r].data != NULL && tick_trim(value[r]).length > longest.length)
			longest = tick_trim(value[r]);
	if (longest.length > 0)
		count = collect_one(longest, trials, count);
	for (uint32_t r = 0; r < rows && probes < PROBES; r++)
		if (value[r].data != NULL && tick_trim(value[r]).length > 0)
		{
			probes++;
			count = collect_one(tick_trim(value[r]), trials, count);
		}
	return count;
}

/* How many days of a month, and how many years, the values have by a format. */
static void
count_spread(const TickTimeFormat *format, const TickString *value, uint32_t rows, int *days, int *years)
{
	bool		day_seen[32] = {false};
	bool		year_seen[100] = {false};

	*days = *years = 0;
	for (uint32_t r = 0; r < rows; r++)
	{
		TickTimeParts parts;
		TickString	text = value[r].data == NULL ? value[r] : tick_trim(value[r]);
		int			year,
					month,
					dayofmonth;

		if (text.length == 0 || tick_parse_time_parts(text, format, &parts) != TICK_OK || !parts.has_date)
			continue;
		tick_day_to_date(parts.day, &year, &month, &dayofmonth);
		*days += !day_seen[dayofmonth];
		*years += !year_seen[year % 100];
		day_seen[dayofmonth] = year_seen[year % 100] = true;
	}
}

/*
 * Two digits, month, two digits: 21-02-03 may begin with the day or with the
 * year.  The days of a file differ more than its years; where they do not,
 * a hyphen leaves it open, and a slash speaks for the day.
 */
static void
check_year_first(Trial *best, const TickString *value, uint32_t rows, TickColumnFacts *facts)
{
	char	   *word = best->pattern.word;
	Trial		turned;
	int			days,
				years;

	if (!best->pattern.can_swap || strncmp(word, "DD", 2) != 0 || strncmp(word + 6, "YY", 2) != 0 ||
		strncmp(word + 6, "YYYY", 4) == 0)
		return;
	memset(&turned, 0, sizeof(turned));
	turned.pattern = best->pattern;
	memcpy(turned.pattern.word, "YY", 2);
	memcpy(turned.pattern.word + 6, "DD", 2);
	turned.pattern.can_swap = false;
	if (!trial_init(&turned, turned.pattern.word))
		return;
	trial_run(&turned, value, rows);
	if (turned.fits < best->fits)
		return;
	count_spread(&best->format, value, rows, &days, &years);
	if (years > days)
		*best = turned;
	else if (years == days && word[2] == '-')
		facts->ambiguous = true;
}

/* Values that are no plain numbers: ISO, else the best pattern. */
static bool
guess_written(const TickString *value, uint32_t rows, uint32_t allowed, TickGuessColumn *column, TickColumnFacts *facts)
{
	Trial		iso;
	Trial		trials[CANDIDATES];
	int			count;
	int			best = -1;

	memset(&iso, 0, sizeof(iso));
	if (trial_init(&iso, "iso"))
	{
		trial_run(&iso, value, rows);
		if (iso.fits > 0 && iso.fits + allowed >= facts->present)
		{
			accept(&iso, "iso", value, rows, column, facts);
			return true;
		}
	}
	count = collect(value, rows, trials);
	for (int i = 0; i < count; i++)
	{
		trial_run(&trials[i], value, rows);
		if (best < 0 || trials[i].fits > trials[best].fits)
			best = i;
	}
	if (best < 0 || trials[best].fits == 0 || trials[best].fits + allowed < facts->present)
		return false;
	check_year_first(&trials[best], value, rows, facts);
	accept(&trials[best], trials[best].pattern.word, value, rows, column, facts);
	for (int i = 0; i < count; i++)
		if (i != best && trials[i].pattern.can_swap && trials[best].pattern.can_swap &&
			trials[i].pattern.swapped != trials[best].pattern.swapped && trials[i].fits == trials[best].fits)
			facts->ambiguous = true;
	return true;
}

/* ---- digits alone ---- */

/* Share of the values that the format reads as a date of our days. */
static uint32_t
count_plausible(const TickTimeFormat *format, const TickString *value, uint32_t rows)
{
	uint32_t	plausible = 0;

	for (uint32_t r = 0; r < rows; r++)
	{
		TickTimeParts parts;
		TickString	text = value[r].data == NULL ? value[r] : tick_trim(value[r]);
		int			year,
					month,
					dayofmonth;

		if (text.length == 0 || tick_parse_time_parts(text, format, &parts) != TICK_OK || !parts.has_date)
			continue;
		tick_day_to_date(parts.day, &year, &month, &dayofmonth);
		plausible += year >= FIRST_YEAR && year < LAST_YEAR;
	}
	return plausible;
}

/* A glued time of day: hours first, of one length, and something that says it is no number. */
static bool
guess_glued_time(const TickString *value, uint32_t rows, bool unnamed, uint32_t allowed,
				 TickGuessColumn *column, TickColumnFacts *facts)
{
	Trial		trial;
	const char *word = "hhmmssns";
	uint32_t	leading = 0;
	uint32_t	length = 0;
	uint32_t	same = 0;

	memset(&trial, 0, sizeof(trial));
	for (uint32_t r = 0; r < rows; r++)
	{
		if (value[r].data == NULL)
			continue;
		if (length == 0)
			length = tick_trim(value[r]).length;
		same += tick_trim(value[r]).length == length;
		leading += tick_trim(value[r]).data[0] == '0';
	}
	/* HHMM only where nothing else can be meant */
	if (length == 4 && facts->hint.kind != TICK_HINT_TIME && !(unnamed && leading > 0))
		return false;
	if ((length != 4 && length < 6) || length > 15 || same + allowed < facts->present)
		return false;
	if (length == 4)
		word = "hmm";
	if (facts->hint.kind != TICK_HINT_TIME && (leading == 0 || length == 8 || facts->hint.kind != TICK_HINT_NONE))
		return false;
	/* a count since 1970 in the length of one: leading zeros tell */
	if (leading == 0 && tick_guess_epoch(facts) != NULL)
		return false;
	if (!trial_init(&trial, word))
		return false;
	trial_run(&trial, value, rows);
	if (trial.times == 0 || trial.times + allowed < facts->present)
		return false;
	trial.nanoseconds = length > 12;
	accept(&trial, word, value, rows, column, facts);
	return true;
}

/* YYYYMMDD, and with a time of day behind it. */
static bool
guess_glued_date(const TickString *value, uint32_t rows, uint32_t allowed, TickGuessColumn *column, TickColumnFacts *facts)
{
	Trial		trial;
	TickPattern		pattern;
	uint32_t	first = 0;
	const char *word;

	while (first < rows && (value[first].data == NULL || tick_trim(value[first]).length != facts->long_digits))
		first++;
	if (first == rows || !tick_read_pattern(tick_trim(value[first]), false, &pattern) || strncmp(pattern.word, "YYYYMMDD", 8) != 0)
		return false;
	word = strcmp(pattern.word, "YYYYMMDD") == 0 ? "iso" : pattern.word;
	memset(&trial, 0, sizeof(trial));
	if (!trial_init(&trial, word))
		return false;
	trial_run(&trial, value, rows);
	if (trial.fits == 0 || trial.fits + allowed < facts->present ||
		count_plausible(&trial.format, value, rows) + allowed < facts->present)
		return false;
	accept(&trial, word, value, rows, column, facts);
	return true;
}

bool
tick_guess_time(const TickSample *sample, int field, TickGuessColumn *column, TickColumnFacts *facts)
{
	const TickString *value = tick_sample_column(sample, field);
	uint32_t	allowed = tick_guess_tolerance(facts->present);

	if (facts->present == 0 || (facts->hint.kind == TICK_HINT_NUMBER && facts->hint.rank < 2))
		return false;
	if (facts->digits + allowed >= facts->present && facts->digits > 0)
		return guess_glued_date(value, sample->rows, allowed, column, facts) ||
			guess_glued_time(value, sample->rows, !sample->named && field < 2, allowed, column, facts);
	if (facts->numbers + allowed >= facts->present)
		return false;
	return guess_written(value, sample->rows, allowed, column, facts);
}

/* ---- numbers that are times ---- */

/* The unit in which nearly all numbers are times of our days; no two units can be it. */
const char *
tick_guess_epoch(const TickColumnFacts *facts)
{
	static const char *const words[] = {"s_epoch", "ms_epoch", "us_epoch", "ns_epoch"};

	for (int i = 0; i < 4; i++)
		if (facts->epochs[i] > 0 && facts->epochs[i] + tick_guess_tolerance(facts->present) >= facts->present)
			return words[i];
	return NULL;
}

/*
 * Units since midnight: never beyond a day, hardly ever going back, and no
 * mere row numbers.  The unit is the largest in which the last value is
 * still within the day.
 */
const char *
tick_guess_midnight(const TickColumnFacts *facts)
{
	static const char *const words[] = {"s_midnight", "ms_midnight", "us_midnight", "ns_midnight"};
	double		unit = 1;

	if (facts->numbers == 0 || facts->low < 0)
		return NULL;
	if ((uint64_t) facts->descents * 20 > facts->numbers || facts->steps * 2 > facts->numbers)
		return NULL;
	for (int i = 0; i < 4; i++, unit *= 1000)
		if (facts->high <= 86400.0 * unit)
			return facts->high >= 60.0 * unit ? words[i] : NULL;
	return NULL;
}

/*
 * Digits of a time of day without leading zeros, by the length of the
 * longest: HMM, HMMSS, and that with three, six or nine digits of fraction.
 */
const char *
tick_guess_clock(const TickString *value, uint32_t rows, const TickColumnFacts *facts, uint32_t *changes)
{
	static const char *const words[] = {NULL, NULL, NULL, "hmm", "hmm", "hmmss", "hmmss", NULL, "hmmssms", "hmmssms", NULL,
	"hmmssus", "hmmssus", NULL, "hmmssns", "hmmssns"};
	const char *word = facts->long_digits < sizeof(words) / sizeof(words[0]) ? words[facts->long_digits] : NULL;
	TickString	previous = {NULL, 0};
	TickTimeFormat format;
	TickTimeParts parts;

	*changes = 0;
	if (word == NULL || facts->numbers != facts->present || facts->low < 0 ||
		(uint64_t) facts->descents * 20 > facts->numbers || (facts->fraction_digits > 0 && strcmp(word, "hmmss") != 0) ||
		tick_time_format_parse((TickString) {word, (uint32_t) strlen(word)}, &format, NULL) != TICK_OK)
		return NULL;
	for (uint32_t r = 0; r < rows; r++)
	{
		TickString	text = value[r].data == NULL ? value[r] : tick_trim(value[r]);

		if (text.length == 0)
			continue;
		if (tick_parse_time_parts(text, &format, &parts) != TICK_OK)
			return NULL;
		*changes += tick_string_compare(text, previous) != 0;
		previous = text;
	}
	return *changes > 0 ? word : NULL;
}

/* ---- one cell ---- */

bool
tick_cell_is_data(TickString cell)
{
	static const TickTimeFormat iso = {.kind = TICK_FORMAT_ISO};
	TickNumberShape shape;
	TickTimeParts parts;
	TickTimeFormat format;
	TickPattern		pattern;
	bool		digit = false;

	cell = tick_trim(cell);
	if (cell.length > 2 && cell.data[0] == '\'' && cell.data[cell.length - 1] == '\'')
		cell = tick_trim((TickString) {cell.data + 1, cell.length - 2});
	for (uint32_t i = 0; i < cell.length && i < 40; i++)
		digit = digit || is_digit(cell.data[i]);
	if (!digit)
		return false;
	if (tick_number_shape(cell, &shape) || tick_parse_time_parts(cell, &iso, &parts) == TICK_OK || tick_is_marked_number(cell))
		return true;
	if (!tick_read_pattern(cell, false, &pattern) && !tick_read_pattern(cell, true, &pattern))
		return false;
	if (tick_time_format_parse((TickString) {pattern.word, (uint32_t) pattern.length}, &format, NULL) != TICK_OK)
		return false;
	if (tick_parse_time_parts(cell, &format, &parts) == TICK_OK)
		return true;
	/* 12/31/2021 is no day before month */
	return tick_read_pattern(cell, true, &pattern) &&
		tick_time_format_parse((TickString) {pattern.word, (uint32_t) pattern.length}, &format, NULL) == TICK_OK &&
		tick_parse_time_parts(cell, &format, &parts) == TICK_OK;
}
