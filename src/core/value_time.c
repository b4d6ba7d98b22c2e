/*-------------------------------------------------------------------------
 *
 * value_time.c
 *	  Dates, times of day and stamps out of text.
 *
 * The ISO reader takes what vendors write under that name (value.h); its
 * pieces also serve the patterns.  A reader works on a cursor over the field
 * and never looks beyond its end.
 *
 *-------------------------------------------------------------------------
 */
#include "core/value.h"

#include <string.h>

#include "core/value_internal.h"

/* A cursor over the field. */
typedef struct Reader
{
	const char *p;
	const char *end;
} Reader;

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline int
left(const Reader *reader)
{
	return (int) (reader->end - reader->p);
}

/* How many digits follow, at most limit. */
static int
digits_ahead(const Reader *reader, int limit)
{
	int			n = 0;

	while (n < limit && n < left(reader) && is_digit(reader->p[n]))
		n++;
	return n;
}

/* Take n digits that are known to be there. */
static int
take_digits(Reader *reader, int n)
{
	int			value = 0;

	while (n-- > 0)
		value = value * 10 + (*reader->p++ - '0');
	return value;
}

static bool
take_char(Reader *reader, char c)
{
	if (left(reader) == 0 || *reader->p != c)
		return false;
	reader->p++;
	return true;
}

static void
skip_blanks(Reader *reader)
{
	while (left(reader) > 0 && (*reader->p == ' ' || *reader->p == '\t'))
		reader->p++;
}

/* ---- the calendar ---- */

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01; the year's days are counted from 1 March (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
bool
tick_date_to_day(int year, int month, int day, int64_t *out)
{
	static const int8_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t		y = year;
	int64_t		era;
	int64_t		of_era;
	int64_t		of_year;

	if (month < 1 || month > 12 || day < 1 || day > length[month - 1] + (month == 2 && is_leap(year)))
		return false;
	y -= month <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	of_era = y - era * 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	*out = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
	return true;
}

void
tick_day_to_date(int64_t day, int *year, int *month, int *dayofmonth)
{
	int64_t		z = day + 719468;
	int64_t		era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t		day_of_era = z - era * 146097;
	int64_t		year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t		day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t		mp = (5 * day_of_year + 2) / 153;

	*dayofmonth = (int) (day_of_year - (153 * mp + 2) / 5 + 1);
	*month = (int) (mp < 10 ? mp + 3 : mp - 9);
	*year = (int) (year_of_era + era * 400 + (*month <= 2));
}

TickStatus
tick_stamp_from_parts(int64_t day, int64_t time, int64_t *out)
{
	/* the days that int64 ns hold whole: 1677-09-22 .. 2262-04-10 */
	if (day < -106751 || day > 106750)
		return TICK_OUT_OF_RANGE;
	*out = day * TICK_NS_PER_DAY + time;
	return TICK_OK;
}

/* ---- pieces ---- */

static TickStatus
set_date(TickTimeParts *parts, int year, int month, int day)
{
	parts->has_date = true;
	return tick_date_to_day(year, month, day, &parts->day) ? TICK_OK : TICK_OUT_OF_RANGE;
}

/* Hours, minutes and seconds; :60 and beyond 24:00:00 are out of range. */
static TickStatus
set_time(TickTimeParts *parts, int hour, int minute, int second, int64_t ns)
{
	if (hour > 24 || minute > 59 || second > 59 ||
		(hour == 24 && (minute > 0 || second > 0 || ns > 0)))
		return TICK_OUT_OF_RANGE;
	parts->has_time = true;
	parts->time = ((int64_t) hour * 3600 + minute * 60 + second) * TICK_NS_PER_SECOND + ns;
	return TICK_OK;
}

/* Digits of a fraction of a second as ns; beyond nine they must be zeros. */
static TickStatus
take_fraction(Reader *reader, int limit, int64_t *ns, uint8_t *written)
{
	int			n = 0;
	int64_t		value = 0;

	for (; n < limit && left(reader) > 0 && is_digit(*reader->p); n++, reader->p++)
	{
		if (n < 9)
			value = value * 10 + (*reader->p - '0');
		else if (*reader->p != '0')
			return TICK_OUT_OF_RANGE;
	}
	if (n == 0)
		return TICK_BAD_INPUT;
	*written = (uint8_t) (n < 255 ? n : 255);
	for (; n < 9; n++)
		value *= 10;
	*ns = value;
	return TICK_OK;
}

/* Z, +HH, +HHMM or +HH:MM, blanks before it allowed; nothing is fine too. */
static TickStatus
take_offset(Reader *reader, TickTimeParts *parts)
{
	int			sign;
	int			hours,
				minutes = 0;

	skip_blanks(reader);
	if (left(reader) == 0)
		return TICK_OK;
	parts->has_offset = true;
	if (take_char(reader, 'Z') || take_char(reader, 'z'))
		return TICK_OK;
	if (*reader->p != '+' && *reader->p != '-')
		return TICK_BAD_INPUT;
	sign = *reader->p++ == '-' ? -1 : 1;
	if (digits_ahead(reader, 2) != 2)
		return TICK_BAD_INPUT;
	hours = take_digits(reader, 2);
	if (take_char(reader, ':') || digits_ahead(reader, 2) == 2)
	{
		if (digits_ahead(reader, 2) != 2)
			return TICK_BAD_INPUT;
		minutes = take_digits(reader, 2);
	}
	if (hours > 15 || minutes > 59)
		return TICK_OUT_OF_RANGE;
	parts->offset = sign * (hours * 3600 + minutes * 60);
	return TICK_OK;
}

/* H:MM[:SS[.fraction]] */
static TickStatus
take_time(Reader *reader, TickTimeParts *parts)
{
	int			n = digits_ahead(reader, 2);
	int			hour,
				minute,
				second = 0;
	int64_t		ns = 0;

	if (n == 0)
		return TICK_BAD_INPUT;
	hour = take_digits(reader, n);
	if (!take_char(reader, ':') || digits_ahead(reader, 2) != 2)
		return TICK_BAD_INPUT;
	minute = take_digits(reader, 2);
	if (take_char(reader, ':'))
	{
		if (digits_ahead(reader, 2) != 2)
			return TICK_BAD_INPUT;
		second = take_digits(reader, 2);
		if (take_char(reader, '.') || take_char(reader, ','))
			TICK_TRY(take_fraction(reader, INT32_MAX, &ns, &parts->fraction_digits));
	}
	return set_time(parts, hour, minute, second, ns);
}

/* HHMMSS and a fraction: glued to it (glued), or behind a point. */
static TickStatus
take_glued_time(Reader *reader, TickTimeParts *parts, bool glued)
{
	int			hour,
				minute,
				second;
	int64_t		ns = 0;

	if (digits_ahead(reader, 6) != 6)
		return TICK_BAD_INPUT;
	hour = take_digits(reader, 2);
	minute = take_digits(reader, 2);
	second = take_digits(reader, 2);
	if (glued ? left(reader) > 0 : take_char(reader, '.'))
		TICK_TRY(take_fraction(reader, glued ? 9 : INT32_MAX, &ns, &parts->fraction_digits));
	return set_time(parts, hour, minute, second, ns);
}

/* YYYY-M-D with - / or . between, or YYYYMMDD; false when it is no date */
static bool
take_date(Reader *reader, int *year, int *month, int *day)
{
	char		separator;
	int			n = digits_ahead(reader, 9);

	if (n == 8)
	{
		*year = take_digits(reader, 4);
		*month = take_digits(reader, 2);
		*day = take_digits(reader, 2);
		return true;
	}
	if (n != 4)
		return false;
	*year = take_digits(reader, 4);
	if (left(reader) == 0)
		return false;
	separator = *reader->p++;
	if (separator != '-' && separator != '/' && separator != '.')
		return false;
	n = digits_ahead(reader, 2);
	if (n == 0)
		return false;
	*month = take_digits(reader, n);
	if (!take_char(reader, separator))
		return false;
	n = digits_ahead(reader, 2);
	if (n == 0)
		return false;
	*day = take_digits(reader, n);
	return true;
}

/* ---- the formats ---- */

/* "HH:MM:SS" at p, without a look at the digits' values; -1 when the shape is another */
static inline int
fixed_seconds(const char *p)
{
	int			h = (p[0] - '0') * 10 + (p[1] - '0');
	int			m = (p[3] - '0') * 10 + (p[4] - '0');
	int			s = (p[6] - '0') * 10 + (p[7] - '0');

	if (!is_digit(p[0]) || !is_digit(p[1]) || p[2] != ':' || !is_digit(p[3]) || !is_digit(p[4]) ||
		p[5] != ':' || !is_digit(p[6]) || !is_digit(p[7]) || h > 23 || m > 59 || s > 59)
		return -1;
	return h * 3600 + m * 60 + s;
}

/* The hot shape "HH:MM:SS[.fraction of up to nine]"; false leaves the field to the general reader. */
static bool
parse_fixed_time(TickString text, TickTimeParts *parts)
{
	static const int32_t unit[] = {0, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
	int			seconds;
	int64_t		fraction = 0;
	uint32_t	i;

	if (text.length < 8 || text.length == 9 || text.length > 18 || (seconds = fixed_seconds(text.data)) < 0)
		return false;
	if (text.length > 8)
	{
		if (text.data[8] != '.')
			return false;
		for (i = 9; i < text.length; i++)
		{
			if (!is_digit(text.data[i]))
				return false;
			fraction = fraction * 10 + (text.data[i] - '0');
		}
		parts->fraction_digits = (uint8_t) (text.length - 9);
		fraction *= unit[parts->fraction_digits];
	}
	parts->has_time = true;
	parts->time = seconds * TICK_NS_PER_SECOND + fraction;
	return true;
}

static TickStatus
parse_iso(TickString text, TickTimeParts *parts)
{
	Reader		reader = {text.data, text.data + text.length};
	int			year,
				month,
				day;

	if (parse_fixed_time(text, parts))
		return TICK_OK;
	if (text.length > 1 && (text.data[1] == ':' || (text.length > 2 && text.data[2] == ':')))
	{
		TICK_TRY(take_time(&reader, parts));
		TICK_TRY(take_offset(&reader, parts));
		return left(&reader) == 0 ? TICK_OK : TICK_BAD_INPUT;
	}
	if (!take_date(&reader, &year, &month, &day))
		return TICK_BAD_INPUT;
	TICK_TRY(set_date(parts, year, month, day));
	if (left(&reader) == 0)
		return TICK_OK;
	if (*reader.p == 'T' || *reader.p == 't')
		reader.p++;
	else if (*reader.p == ' ' || *reader.p == '\t')
		skip_blanks(&reader);
	else
		return TICK_BAD_INPUT;
	if (digits_ahead(&reader, 6) == 6)
		TICK_TRY(take_glued_time(&reader, parts, false));
	else
		TICK_TRY(take_time(&reader, parts));
	TICK_TRY(take_offset(&reader, parts));
	return left(&reader) == 0 ? TICK_OK : TICK_BAD_INPUT;
}

/* A number of units as ns; what is finer than a ns is out of range. */
static TickStatus
parse_units(TickString text, int64_t unit_ns, int64_t *ns, uint8_t *fraction_digits)
{
	TickScannedNumber number;
	__int128	value;

	if (!tick_scan_number(text, &number))
		return TICK_BAD_INPUT;
	if (number.truncated)
		return TICK_OUT_OF_RANGE;
	value = (__int128) number.mantissa * unit_ns;
	if (number.exponent < 0)
		*fraction_digits = (uint8_t) (number.exponent > -255 ? -number.exponent : 255);
	for (; number.exponent < 0 && value != 0; number.exponent++)
	{
		if (value % 10 != 0)
			return TICK_OUT_OF_RANGE;
		value /= 10;
	}
	for (; number.exponent > 0 && value != 0; number.exponent--)
	{
		if (value > INT64_MAX)
			return TICK_OUT_OF_RANGE;
		value *= 10;
	}
	if (value > INT64_MAX)
		return TICK_OUT_OF_RANGE;
	*ns = number.negative ? -(int64_t) value : (int64_t) value;
	return TICK_OK;
}

static TickStatus
parse_epoch(TickString text, int64_t unit_ns, TickTimeParts *parts)
{
	int64_t		ns;

	TICK_TRY(parse_units(text, unit_ns, &ns, &parts->fraction_digits));
	parts->has_date = parts->has_time = true;
	parts->day = ns / TICK_NS_PER_DAY - (ns % TICK_NS_PER_DAY < 0);
	parts->time = ns - parts->day * TICK_NS_PER_DAY;
	return TICK_OK;
}

static TickStatus
parse_midnight(TickString text, int64_t unit_ns, TickTimeParts *parts)
{
	int64_t		ns;

	TICK_TRY(parse_units(text, unit_ns, &ns, &parts->fraction_digits));
	if (ns < 0 || ns > TICK_NS_PER_DAY)
		return TICK_OUT_OF_RANGE;
	parts->has_time = true;
	parts->time = ns;
	return TICK_OK;
}

/* ---- patterns ---- */

typedef enum PatternItem
{
	ITEM_LITERAL, ITEM_YYYY, ITEM_YY, ITEM_MM, ITEM_MON, ITEM_MONTH, ITEM_DD, ITEM_HH24, ITEM_HH12,
	ITEM_MI, ITEM_SS, ITEM_AMPM, ITEM_TZH, ITEM_TZM,
	ITEM_FRACTION				/* + number of digits at most */
} PatternItem;

/* Longest words first, so that none hides behind its beginning. */
static const struct
{
	const char *word;
	uint8_t		item;
}			pattern_words[] =
{
	{"MONTH", ITEM_MONTH}, {"YYYY", ITEM_YYYY}, {"HH24", ITEM_HH24}, {"HH12", ITEM_HH12},
	{"MON", ITEM_MON}, {"TZH", ITEM_TZH}, {"TZM", ITEM_TZM},
	{"FF1", ITEM_FRACTION + 1}, {"FF2", ITEM_FRACTION + 2}, {"FF3", ITEM_FRACTION + 3},
	{"FF4", ITEM_FRACTION + 4}, {"FF5", ITEM_FRACTION + 5}, {"FF6", ITEM_FRACTION + 6},
	{"FF7", ITEM_FRACTION + 7}, {"FF8", ITEM_FRACTION + 8}, {"FF9", ITEM_FRACTION + 9},
	{"YY", ITEM_YY}, {"MM", ITEM_MM}, {"DD", ITEM_DD}, {"HH", ITEM_HH12}, {"MI", ITEM_MI},
	{"SS", ITEM_SS}, {"AM", ITEM_AMPM}, {"PM", ITEM_AMPM},
	{"MS", ITEM_FRACTION + 3}, {"US", ITEM_FRACTION + 6}, {"NS", ITEM_FRACTION + 9}
};

static const char *const month_names[] = {
	"JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY",
	"AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"
};

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - 32) : c;
}

/* Does text begin with the first n letters of word, in any case? */
static bool
begins_with(const char *text, int length, const char *word, int n)
{
	int			i;

	if (length < n)
		return false;
	for (i = 0; i < n; i++)
		if (upper(text[i]) != word[i])
			return false;
	return true;
}

static bool
is_letter(char c)
{
	return upper(c) >= 'A' && upper(c) <= 'Z';
}

/* Split a pattern into items. */
static TickStatus
parse_pattern(TickString word, TickTimeFormat *format, TickError *error)
{
	uint32_t	at = 0;

	format->kind = TICK_FORMAT_PATTERN;
	while (at < word.length)
	{
		const char *p = word.data + at;
		int			rest = (int) (word.length - at);
		size_t		i;

		if (format->items == TICK_FORMAT_ITEMS)
			return tick_error_set(error, TICK_BAD_INPUT, "time format \"%.*s\" is too long",
								  (int) word.length, word.data);
		for (i = 0; i < sizeof(pattern_words) / sizeof(pattern_words[0]); i++)
			if (begins_with(p, rest, pattern_words[i].word, (int) strlen(pattern_words[i].word)))
				break;
		if (i < sizeof(pattern_words) / sizeof(pattern_words[0]))
		{
			format->item[format->items++] = pattern_words[i].item;
			at += (uint32_t) strlen(pattern_words[i].word);
		}
		else if (is_letter(*p) && upper(*p) != 'T' && upper(*p) != 'Z')
		{
			tick_error_set(error, TICK_BAD_INPUT, "time format \"%.*s\" is not understood at \"%.*s\"",
						   (int) word.length, word.data, rest, p);
			tick_error_hint(error, "Use iso, hhmmssns, s_epoch, ms_midnight and the like, or letters such as YYYY-MM-DD HH24:MI:SS.US.");
			return TICK_BAD_INPUT;
		}
		else
		{
			format->item[format->items] = ITEM_LITERAL;
			format->literal[format->items++] = *p;
			at++;
		}
	}
	return TICK_OK;
}

TickStatus
tick_time_format_parse(TickString word, TickTimeFormat *format, TickError *error)
{
	static const struct
	{
		const char *prefix;
		int64_t		unit;
	}			units[] = {{"S", TICK_NS_PER_SECOND}, {"MS", 1000000}, {"US", 1000}, {"NS", 1}};
	int			i;

	memset(format, 0, sizeof(*format));
	if (word.length == 3 && begins_with(word.data, 3, "ISO", 3))
		return TICK_OK;
	if (word.length == 8 && begins_with(word.data, 8, "HHMMSSNS", 8))
	{
		format->kind = TICK_FORMAT_HHMMSSNS;
		return TICK_OK;
	}
	for (i = 0; i < 4; i++)
	{
		int			n = (int) strlen(units[i].prefix);
		bool		prefixed = begins_with(word.data, (int) word.length, units[i].prefix, n) &&
			(int) word.length > n && word.data[n] == '_';

		if (prefixed && (int) word.length == n + 6 && begins_with(word.data + n, 6, "_EPOCH", 6))
			format->kind = TICK_FORMAT_EPOCH;
		else if (prefixed && (int) word.length == n + 9 && begins_with(word.data + n, 9, "_MIDNIGHT", 9))
			format->kind = TICK_FORMAT_MIDNIGHT;
		else
			continue;
		format->unit_ns = units[i].unit;
		return TICK_OK;
	}
	if (word.length == 0)
		return tick_error_set(error, TICK_BAD_INPUT, "time format is empty");
	return parse_pattern(word, format, error);
}

/* What a pattern has read so far. */
typedef struct PatternParts
{
	int			year,
				month,
				day,
				hour,
				minute,
				second,
				zone_hour,
				zone_minute;
	bool		has_date,
				has_time,
				has_zone,
				zone_negative,
				twelve,
				pm;
	int64_t		ns;
} PatternParts;

/* Digits of a numeric item: all of its width when another number is glued to it, else up to its width. */
static bool
take_number(Reader *reader, int width, bool glued, int *out)
{
	int			n = digits_ahead(reader, width);

	if (n == 0 || (glued && n != width))
		return false;
	*out = take_digits(reader, n);
	return true;
}

static bool
take_month_name(Reader *reader, bool whole, int *month)
{
	int			i;

	for (i = 0; i < 12; i++)
	{
		int			n = whole ? (int) strlen(month_names[i]) : 3;

		if (begins_with(reader->p, left(reader), month_names[i], n))
		{
			reader->p += n;
			*month = i + 1;
			return true;
		}
	}
	return false;
}

/* Is the item a number, so that digits before it have to be counted? */
static bool
is_numeric_item(const TickTimeFormat *format, int i)
{
	uint8_t		item;

	if (i >= format->items)
		return false;
	item = format->item[i];
	return item != ITEM_LITERAL && item != ITEM_MON && item != ITEM_MONTH && item != ITEM_AMPM && item != ITEM_TZH;
}

static bool
take_zone_hour(Reader *reader, PatternParts *parts)
{
	parts->has_zone = true;
	if (left(reader) == 0 || (*reader->p != '+' && *reader->p != '-'))
		return false;
	parts->zone_negative = *reader->p++ == '-';
	return take_number(reader, 2, true, &parts->zone_hour);
}

static bool
take_meridiem(Reader *reader, PatternParts *parts)
{
	if (left(reader) < 2 || upper(reader->p[1]) != 'M' || (upper(*reader->p) != 'A' && upper(*reader->p) != 'P'))
		return false;
	parts->twelve = true;
	parts->pm = upper(*reader->p) == 'P';
	reader->p += 2;
	return true;
}

/* A literal; a blank stands for one or more. */
static bool
take_literal(Reader *reader, char literal)
{
	if (literal == ' ')
	{
		if (left(reader) == 0 || (*reader->p != ' ' && *reader->p != '\t'))
			return false;
		skip_blanks(reader);
		return true;
	}
	return take_char(reader, literal);
}

/* Read one item of a pattern. */
static TickStatus
take_item(Reader *reader, const TickTimeFormat *format, int i, PatternParts *parts, uint8_t *fraction_digits)
{
	bool		glued = is_numeric_item(format, i + 1);
	bool		good;

	switch ((PatternItem) format->item[i])
	{
		case ITEM_LITERAL:
			good = take_literal(reader, format->literal[i]);
			break;
		case ITEM_YYYY:
			parts->has_date = true;
			good = take_number(reader, 4, true, &parts->year);
			break;
		case ITEM_YY:
			parts->has_date = true;
			good = take_number(reader, 2, true, &parts->year);
			/* as to_timestamp: the year nearest to 2020 */
			parts->year += parts->year < 70 ? 2000 : 1900;
			break;
		case ITEM_MM:
			parts->has_date = true;
			good = take_number(reader, 2, glued, &parts->month);
			break;
		case ITEM_MON:
		case ITEM_MONTH:
			parts->has_date = true;
			good = take_month_name(reader, format->item[i] == ITEM_MONTH, &parts->month);
			break;
		case ITEM_DD:
			parts->has_date = true;
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
			good = take_meridiem(reader, parts);
			break;
		case ITEM_TZH:
			good = take_zone_hour(reader, parts);
			break;
		case ITEM_TZM:
			(void) take_char(reader, ':');
			good = take_number(reader, 2, true, &parts->zone_minute);
			break;
		default:
			return take_fraction(reader, format->item[i] - ITEM_FRACTION, &parts->ns, fraction_digits);
	}
	return good ? TICK_OK : TICK_BAD_INPUT;
}

static TickStatus
parse_by_pattern(TickString text, const TickTimeFormat *format, TickTimeParts *parts)
{
	Reader		reader = {text.data, text.data + text.length};
	PatternParts read = {.month = 1,.day = 1};
	int			i;

	for (i = 0; i < format->items; i++)
		TICK_TRY(take_item(&reader, format, i, &read, &parts->fraction_digits));
	if (left(&reader) > 0)
		return TICK_BAD_INPUT;
	if (read.twelve)
	{
		if (read.hour < 1 || read.hour > 12)
			return TICK_OUT_OF_RANGE;
		read.hour = read.hour % 12 + (read.pm ? 12 : 0);
	}
	if (read.has_date)
		TICK_TRY(set_date(parts, read.year, read.month, read.day));
	if (read.has_time)
		TICK_TRY(set_time(parts, read.hour, read.minute, read.second, read.ns));
	if (read.has_zone)
	{
		if (read.zone_hour > 15 || read.zone_minute > 59)
			return TICK_OUT_OF_RANGE;
		parts->has_offset = true;
		parts->offset = (read.zone_hour * 3600 + read.zone_minute * 60) * (read.zone_negative ? -1 : 1);
	}
	return TICK_OK;
}

TickStatus
tick_parse_time_parts(TickString text, const TickTimeFormat *format, TickTimeParts *parts)
{
	Reader		reader = {text.data, text.data + text.length};
	TickStatus	status;

	memset(parts, 0, sizeof(*parts));
	switch (format->kind)
	{
		case TICK_FORMAT_ISO:
			return parse_iso(text, parts);
		case TICK_FORMAT_HHMMSSNS:
			status = take_glued_time(&reader, parts, true);
			return status == TICK_OK && left(&reader) > 0 ? TICK_BAD_INPUT : status;
		case TICK_FORMAT_EPOCH:
			return parse_epoch(text, format->unit_ns, parts);
		case TICK_FORMAT_MIDNIGHT:
			return parse_midnight(text, format->unit_ns, parts);
		case TICK_FORMAT_PATTERN:
			return parse_by_pattern(text, format, parts);
	}
	return TICK_BAD_INPUT;
}
