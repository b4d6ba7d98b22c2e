/*-------------------------------------------------------------------------
 *
 * value_pattern.c
 *	  Dates and times by a pattern of letters, as in to_timestamp().
 *
 * A pattern is split once into items: numbers, names and literals.  Where
 * to_timestamp() is lenient, this is not: every literal must be there, a
 * number may lack its leading zero only if no other number is glued to it,
 * and the whole field must be used up.  Two kindnesses: a blank in the
 * pattern stands for one or more, and HH without AM or PM counts to 23.
 *
 * A day that is not written is the first of the month.
 *
 *-------------------------------------------------------------------------
 */
#include "core/value.h"

#include <string.h>

#include "core/value_internal.h"

typedef enum PatternItem
{
	ITEM_LITERAL, ITEM_YYYY, ITEM_YY, ITEM_MM, ITEM_MON, ITEM_MONTH, ITEM_DD, ITEM_HH24, ITEM_HH12,
	ITEM_MI, ITEM_SS, ITEM_AMPM, ITEM_TZH, ITEM_TZM, ITEM_TZ, ITEM_DY, ITEM_DAY,
	ITEM_FRACTION				/* + number of digits at most */
} PatternItem;

/* What an item says something about; a pattern says it once. */
#define SAYS_YEAR 0x001
#define SAYS_MONTH 0x002
#define SAYS_DAY 0x004
#define SAYS_HOUR 0x008
#define SAYS_MINUTE 0x010
#define SAYS_SECOND 0x020
#define SAYS_FRACTION 0x040
#define SAYS_HALF_DAY 0x080
#define SAYS_ZONE_HOUR 0x100
#define SAYS_ZONE_MINUTE 0x200
#define SAYS_WEEKDAY 0x400

/* Longest words first, so that none hides behind its beginning. */
static const struct
{
	const char *word;
	uint8_t		item;
	uint16_t	says;
}			pattern_words[] =
{
	{"MONTH", ITEM_MONTH, SAYS_MONTH}, {"YYYY", ITEM_YYYY, SAYS_YEAR},
	{"HH24", ITEM_HH24, SAYS_HOUR}, {"HH12", ITEM_HH12, SAYS_HOUR}, {"MON", ITEM_MON, SAYS_MONTH},
	{"TZH", ITEM_TZH, SAYS_ZONE_HOUR}, {"TZM", ITEM_TZM, SAYS_ZONE_MINUTE}, {"TZ", ITEM_TZ, SAYS_ZONE_HOUR},
	{"DAY", ITEM_DAY, SAYS_WEEKDAY}, {"DY", ITEM_DY, SAYS_WEEKDAY},
	{"FF1", ITEM_FRACTION + 1, SAYS_FRACTION}, {"FF2", ITEM_FRACTION + 2, SAYS_FRACTION},
	{"FF3", ITEM_FRACTION + 3, SAYS_FRACTION}, {"FF4", ITEM_FRACTION + 4, SAYS_FRACTION},
	{"FF5", ITEM_FRACTION + 5, SAYS_FRACTION}, {"FF6", ITEM_FRACTION + 6, SAYS_FRACTION},
	{"FF7", ITEM_FRACTION + 7, SAYS_FRACTION}, {"FF8", ITEM_FRACTION + 8, SAYS_FRACTION},
	{"FF9", ITEM_FRACTION + 9, SAYS_FRACTION}, {"YY", ITEM_YY, SAYS_YEAR},
	{"MM", ITEM_MM, SAYS_MONTH}, {"DD", ITEM_DD, SAYS_DAY}, {"HH", ITEM_HH12, SAYS_HOUR},
	{"MI", ITEM_MI, SAYS_MINUTE}, {"SS", ITEM_SS, SAYS_SECOND},
	{"AM", ITEM_AMPM, SAYS_HALF_DAY}, {"PM", ITEM_AMPM, SAYS_HALF_DAY},
	{"MS", ITEM_FRACTION + 3, SAYS_FRACTION}, {"US", ITEM_FRACTION + 6, SAYS_FRACTION},
	{"NS", ITEM_FRACTION + 9, SAYS_FRACTION}
};

#define PATTERN_WORDS (sizeof(pattern_words) / sizeof(pattern_words[0]))

/* What nothing can be said of without something else. */
static const struct
{
	uint16_t	part;
	uint16_t	needs;
	const char *missing;
}			needed[] =
{
	{SAYS_DAY, SAYS_MONTH, "month"}, {SAYS_MONTH, SAYS_YEAR, "year"}, {SAYS_YEAR, SAYS_MONTH, "month"},
	{SAYS_FRACTION, SAYS_SECOND, "seconds"}, {SAYS_SECOND, SAYS_MINUTE, "minutes"},
	{SAYS_MINUTE, SAYS_HOUR, "hours"}, {SAYS_HALF_DAY, SAYS_HOUR, "hours"},
	{SAYS_ZONE_MINUTE, SAYS_ZONE_HOUR, "hours of the zone"}, {SAYS_ZONE_HOUR, SAYS_HOUR, "hours"},
	{SAYS_WEEKDAY, SAYS_DAY, "day"}
};

static const char *const month_names[] = {
	"JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY",
	"AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"
};

static const char *const day_names[] = {
	"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"
};

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - 32) : c;
}

/* Does text begin with the first n letters of word, in any case? */
static bool
begins_with(const char *text, ptrdiff_t length, const char *word, int n)
{
	if (length < n)
		return false;
	for (int i = 0; i < n; i++)
		if (upper(text[i]) != word[i])
			return false;
	return true;
}

/*
 * ---- the pattern ----
 */

static TickStatus
bad_pattern(TickString word, TickError *error, const char *what)
{
	tick_error_set(error, TICK_BAD_INPUT, "time format \"%.*s\" %s", (int) word.length, word.data, what);
	tick_error_hint(error, "Use iso, hhmmssns, s_epoch, ms_midnight and the like, or letters such as YYYY-MM-DD HH24:MI:SS.US.");
	return TICK_BAD_INPUT;
}

static bool
add_item(TickTimeFormat *format, uint8_t item, char literal)
{
	if (format->items == TICK_FORMAT_ITEMS)
		return false;
	format->item[format->items] = item;
	format->literal[format->items++] = literal;
	return true;
}

/* The entry of pattern_words at p, or PATTERN_WORDS. */
static size_t
find_word(const char *p, ptrdiff_t length)
{
	size_t		i;

	for (i = 0; i < PATTERN_WORDS; i++)
		if (begins_with(p, length, pattern_words[i].word, (int) strlen(pattern_words[i].word)))
			break;
	return i;
}

/* A pattern must say something, and nothing that hangs in the air. */
static TickStatus
check_pattern(TickString word, unsigned says, TickError *error)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if ((says & needed[i].part) && !(says & needed[i].needs))
		{
			tick_error_set(error, TICK_BAD_INPUT, "time format \"%.*s\" lacks the %s",
						   (int) word.length, word.data, needed[i].missing);
			return TICK_BAD_INPUT;
		}
	if (says == 0)
		return bad_pattern(word, error, "holds neither a date nor a time");
	return TICK_OK;
}

/*
 * Split a pattern into items.  T and Z stand for themselves, as in ISO
 * stamps; other letters that are no words only within double quotes.
 */
TickStatus
tick_pattern_parse(TickString word, TickTimeFormat *format, TickError *error)
{
	const char *p = word.data;
	const char *end = word.data + word.length;
	bool		quoted = false;
	bool		room = true;
	unsigned	says = 0;

	format->kind = TICK_FORMAT_PATTERN;
	while (p < end && room)
	{
		size_t		i = quoted ? PATTERN_WORDS : find_word(p, end - p);

		if (*p == '"')
			quoted = !quoted;
		else if (i < PATTERN_WORDS)
		{
			if (says & pattern_words[i].says)
				return bad_pattern(word, error, "says the same thing twice");
			says |= pattern_words[i].says;
			room = add_item(format, pattern_words[i].item, '\0');
			p += strlen(pattern_words[i].word);
			continue;
		}
		else if (!quoted && upper(*p) >= 'A' && upper(*p) <= 'Z' && upper(*p) != 'T' && upper(*p) != 'Z')
			return bad_pattern(word, error, "is not understood");
		else
			room = add_item(format, ITEM_LITERAL, *p);
		p++;
	}
	if (!room)
		return bad_pattern(word, error, "is too long");
	if (quoted)
		return bad_pattern(word, error, "lacks a closing quote");
	return check_pattern(word, says, error);
}

void
tick_pattern_says(const TickTimeFormat *format, bool *date, bool *time)
{
	*date = *time = false;
	for (int i = 0; i < format->items; i++)
	{
		*date = *date || format->item[i] == ITEM_YYYY || format->item[i] == ITEM_YY;
		*time = *time || format->item[i] == ITEM_HH24 || format->item[i] == ITEM_HH12;
	}
}

/*
 * ---- reading by it ----
 */

/* What a pattern has read so far. */
typedef struct PatternParts
{
	int			year;
	int			month;
	int			day;
	int			hour;
	int			minute;
	int			second;
	int			zone_hour;
	int			zone_minute;
	int32_t		zone_word;		/* seconds east of UTC */
	bool		has_date;
	bool		has_time;
	bool		has_zone;
	bool		zone_negative;
	bool		has_half_day;
	bool		pm;
	int64_t		ns;
} PatternParts;

/* Digits of a numeric item: all of its width when another number is glued to it, else up to its width. */
static bool
take_number(TickReader *reader, int width, bool glued, int *out)
{
	int			n = tick_digits_ahead(reader, width);

	if (n == 0 || (glued && n != width))
		return false;
	*out = tick_take_number(reader, n);
	return true;
}

/* One of some names, whole or its first three letters; *number counts from 1. */
static bool
take_name(TickReader *reader, const char *const *names, int count, bool whole, int *number)
{
	for (int i = 0; i < count; i++)
	{
		int			n = whole ? (int) strlen(names[i]) : 3;

		if (begins_with(reader->p, reader->end - reader->p, names[i], n))
		{
			reader->p += n;
			*number = i + 1;
			return true;
		}
	}
	return false;
}

/* Is the item a number, so that digits beside it have to be counted? */
static bool
is_numeric_item(const TickTimeFormat *format, int i)
{
	uint8_t		item;

	if (i < 0 || i >= format->items)
		return false;
	item = format->item[i];
	if (item == ITEM_LITERAL)
		return tick_is_digit(format->literal[i]);
	return item != ITEM_MON && item != ITEM_MONTH && item != ITEM_AMPM && item != ITEM_TZH && item != ITEM_TZ &&
		item != ITEM_DY && item != ITEM_DAY;
}

static bool
take_zone_hour(TickReader *reader, PatternParts *parts)
{
	parts->has_zone = true;
	parts->zone_negative = tick_take_char(reader, '-');
	if (!parts->zone_negative && !tick_take_char(reader, '+'))
		return false;
	return take_number(reader, 2, true, &parts->zone_hour);
}

static bool
take_half_day(TickReader *reader, PatternParts *parts)
{
	parts->has_half_day = true;
	parts->pm = begins_with(reader->p, reader->end - reader->p, "PM", 2);
	if (!parts->pm && !begins_with(reader->p, reader->end - reader->p, "AM", 2))
		return false;
	reader->p += 2;
	return true;
}

/* Read one item of a pattern. */
static TickStatus
take_item(TickReader *reader, const TickTimeFormat *format, int i, PatternParts *parts, uint8_t *fraction_digits)
{
	bool		glued = is_numeric_item(format, i + 1) || is_numeric_item(format, i - 1);
	bool		good;
	int			ignored;

	switch ((PatternItem) format->item[i])
	{
		case ITEM_LITERAL:
			good = format->literal[i] == ' ' ? tick_take_blanks(reader) : tick_take_char(reader, format->literal[i]);
			break;
		case ITEM_YYYY:
			parts->has_date = true;
			good = take_number(reader, 4, true, &parts->year);
			break;
		case ITEM_YY:
			parts->has_date = true;
			good = take_number(reader, 2, true, &parts->year);
			/* as to_timestamp: 1970 to 2069 */
			parts->year += parts->year < 70 ? 2000 : 1900;
			break;
		case ITEM_MM:
			good = take_number(reader, 2, glued, &parts->month);
			break;
		case ITEM_MON:
		case ITEM_MONTH:
			good = take_name(reader, month_names, 12, format->item[i] == ITEM_MONTH, &parts->month);
			break;
		case ITEM_DD:
			good = take_number(reader, 2, glued, &parts->day);
			break;
		case ITEM_HH24:
		case ITEM_HH12:
			parts->has_time = true;
			good = take_number(reader, 2, glued, &parts->hour);
			break;
		case ITEM_MI:
			good = take_number(reader, 2, glued, &parts->minute);
			break;
		case ITEM_SS:
			good = take_number(reader, 2, glued, &parts->second);
			break;
		case ITEM_AMPM:
			good = take_half_day(reader, parts);
			break;
		case ITEM_TZH:
			good = take_zone_hour(reader, parts);
			break;
		case ITEM_TZ:
			parts->has_zone = true;
			return tick_take_zone_word(reader, &parts->zone_word);
		case ITEM_DY:
		case ITEM_DAY:
			/* the date says it already */
			good = take_name(reader, day_names, 7, format->item[i] == ITEM_DAY, &ignored);
			break;
		case ITEM_TZM:
			(void) tick_take_char(reader, ':');
			good = take_number(reader, 2, true, &parts->zone_minute);
			break;
		default:
			return tick_take_fraction(reader, format->item[i] - ITEM_FRACTION, &parts->ns, fraction_digits);
	}
	return good ? TICK_OK : TICK_BAD_INPUT;
}

TickStatus
tick_parse_by_pattern(TickString text, const TickTimeFormat *format, TickTimeParts *parts)
{
	TickReader	reader = {text.data, text.data + text.length};
	PatternParts read = {.month = 1,.day = 1};

	for (int i = 0; i < format->items; i++)
		TICK_TRY(take_item(&reader, format, i, &read, &parts->fraction_digits));
	if (!tick_at_end(&reader))
		return TICK_BAD_INPUT;
	if (read.has_half_day)
	{
		if (read.hour < 1 || read.hour > 12)
			return TICK_OUT_OF_RANGE;
		read.hour = read.hour % 12 + (read.pm ? 12 : 0);
	}
	if (read.has_date)
		TICK_TRY(tick_set_date(parts, read.year, read.month, read.day));
	if (read.has_time)
		TICK_TRY(tick_set_time(parts, read.hour, read.minute, read.second, read.ns));
	if (read.has_zone)
	{
		if (read.zone_hour > 15 || read.zone_minute > 59)
			return TICK_OUT_OF_RANGE;
		parts->has_offset = true;
		parts->offset = (read.zone_hour * 3600 + read.zone_minute * 60) * (read.zone_negative ? -1 : 1) + read.zone_word;
	}
	return TICK_OK;
}
