/*-------------------------------------------------------------------------
 *
 * value_time.c
 *	  Dates, times of day and stamps out of text.
 *
 * The ISO reader takes what vendors write under that name (value.h).  The
 * shapes that nearly all files use, HH:MM:SS, a fraction at the end of the
 * field, YYYY-MM-DD and YYYYMMDD, are checked and converted as whole words,
 * other ones character by character.  Nothing looks beyond the field's end.
 *
 * A number of units is read with all its digits, as are decimals, so that
 * an epoch of seconds with nine digits of fraction loses none of them.
 *
 *-------------------------------------------------------------------------
 */
#include "core/value.h"

#include <string.h>

#include "core/value_internal.h"

/* ---- the calendar ---- */

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The year's days are counted from 1 March (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
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
	if (day < -106751 || day > 106750 || time < 0 || time > TICK_NS_PER_DAY ||
		(day == 106750 && time == TICK_NS_PER_DAY))
		return TICK_OUT_OF_RANGE;
	*out = day * TICK_NS_PER_DAY + time;
	return TICK_OK;
}

/* ---- pieces ---- */

TickStatus
tick_set_date(TickTimeParts *parts, int year, int month, int day)
{
	/* the year before 1 is not 0 in PostgreSQL, and in no market */
	if (year < 1 || !tick_date_to_day(year, month, day, &parts->day))
		return TICK_OUT_OF_RANGE;
	parts->has_date = true;
	return TICK_OK;
}

TickStatus
tick_set_time(TickTimeParts *parts, int hour, int minute, int second, int64_t ns)
{
	if (hour > 24 || minute > 59 || second > 59 ||
		(hour == 24 && (minute > 0 || second > 0 || ns > 0)))
		return TICK_OUT_OF_RANGE;
	parts->has_time = true;
	parts->time = (hour * 3600 + minute * 60 + second) * TICK_NS_PER_SECOND + ns;
	return TICK_OK;
}

TickStatus
tick_take_fraction(TickReader *reader, int limit, int64_t *ns, uint8_t *written)
{
	int			n = 0;
	int64_t		value = 0;
	bool		lost = false;

	for (; n < limit && !tick_at_end(reader) && tick_is_digit(*reader->p); n++, reader->p++)
	{
		if (n < 9)
			value = value * 10 + (*reader->p - '0');
		else
			lost |= *reader->p != '0';
	}
	if (n == 0)
		return TICK_BAD_INPUT;
	if (lost)
		return TICK_OUT_OF_RANGE;
	*written = (uint8_t) (n < 255 ? n : 255);
	for (; n < 9; n++)
		value *= 10;
	*ns = value;
	return TICK_OK;
}

/* ---- whole words ---- */

/* Two-digit numbers at the even places: byte i becomes ten times digit i plus digit i + 1. */
static inline uint64_t
digit_pairs(uint64_t word)
{
	return word * 10 + (word >> 8);
}

static inline int
pair(uint64_t pairs, int byte)
{
	return (int) (pairs >> 8 * byte & 0xff);
}

/*
 * "HH:MM:SS" at p in seconds; -1 for another shape and for all beyond
 * 23:59:59.  What is left of each byte after the exclusive or must be 0
 * where a colon is due and at most 9 elsewhere: the additions carry into
 * the high bit otherwise.
 */
static inline int
fixed_seconds(const char *p)
{
	uint64_t	word = tick_get64(p) ^ UINT64_C(0x30303a30303a3030);
	uint64_t	pairs;

	if (((word + UINT64_C(0x76767f76767f7676)) | word) & TICK_BYTES(0x80))
		return -1;
	pairs = digit_pairs(word);
	if (pair(pairs, 0) > 23 || pair(pairs, 3) > 59 || pair(pairs, 6) > 59)
		return -1;
	return pair(pairs, 0) * 3600 + pair(pairs, 3) * 60 + pair(pairs, 6);
}

/* A fraction of one to nine digits at p as ns; -1 when there are others. */
static inline int64_t
fixed_fraction(const char *p, uint32_t length)
{
	uint64_t	word;

	if (length == 9)
	{
		word = tick_get64(p);
		return tick_all_digits(word) && tick_is_digit(p[8]) ?
			(int64_t) tick_eight_digits(word) * 10 + (p[8] - '0') : -1;
	}
	word = tick_load_short(p, length);
	if (length < 8)
		word |= TICK_BYTES(0x30) << 8 * length;
	return tick_all_digits(word) ? (int64_t) tick_eight_digits(word) * 10 : -1;
}

/* "YYYY-MM-DD", or with / or . between; false for other shapes and for no day. */
static inline bool
fixed_date(const char *p, TickTimeParts *parts)
{
	uint64_t	word = tick_get64(p) ^ UINT64_C(0x0030300030303030);
	uint8_t		separator = (uint8_t) p[4];
	uint64_t	pairs;

	word ^= (uint64_t) separator << 32 | (uint64_t) separator << 56;
	if ((((word + UINT64_C(0x7f76767f76767676)) | word) & TICK_BYTES(0x80)) ||
		(separator != '-' && separator != '/' && separator != '.') ||
		!tick_is_digit(p[8]) || !tick_is_digit(p[9]))
		return false;
	pairs = digit_pairs(word);
	return tick_set_date(parts, pair(pairs, 0) * 100 + pair(pairs, 2), pair(pairs, 5),
						 (p[8] - '0') * 10 + (p[9] - '0')) == TICK_OK;
}

/* ---- ISO ---- */

/* +HH, +HHMM or +HH:MM in seconds */
static TickStatus
take_numeric_offset(TickReader *reader, int32_t *offset)
{
	int			sign;
	int			hours;
	int			minutes = 0;

	if (tick_at_end(reader) || (*reader->p != '+' && *reader->p != '-'))
		return TICK_BAD_INPUT;
	sign = *reader->p++ == '-' ? -1 : 1;
	if (tick_digits_ahead(reader, 2) != 2)
		return TICK_BAD_INPUT;
	hours = tick_take_number(reader, 2);
	if (tick_take_char(reader, ':') || tick_digits_ahead(reader, 2) > 0)
	{
		if (tick_digits_ahead(reader, 2) != 2)
			return TICK_BAD_INPUT;
		minutes = tick_take_number(reader, 2);
	}
	/* as far as PostgreSQL goes */
	if (hours > 15 || minutes > 59)
		return TICK_OUT_OF_RANGE;
	*offset = sign * (hours * 3600 + minutes * 60);
	return TICK_OK;
}

/* Two meanings of a word (IST, CST in China) are PostgreSQL's to choose, so words that it leaves out are left out here. */
static const struct
{
	char		word[5];
	int8_t		hours;
}			zone_words[] =
{
	{"UTC", 0}, {"GMT", 0}, {"UT", 0}, {"Z", 0}, {"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6},
	{"PST", -8}, {"PDT", -7}, {"WET", 0}, {"WEST", 1}, {"BST", 1}, {"CET", 1}, {"CEST", 2}, {"MEZ", 1}, {"MESZ", 2},
	{"EET", 2}, {"EEST", 3}, {"MSK", 3}, {"HKT", 8}, {"JST", 9}, {"KST", 9}, {"AEST", 10}, {"AEDT", 11}, {"NZST", 12}, {"NZDT", 13}
};

TickStatus
tick_take_zone_word(TickReader *reader, int32_t *offset)
{
	size_t		length = 0;

	while (reader->p + length < reader->end && (uint8_t) ((reader->p[length] & ~0x20) - 'A') < 26)
		length++;
	for (size_t i = 0; i < sizeof(zone_words) / sizeof(zone_words[0]) && length > 0; i++)
	{
		size_t		same = 0;

		while (same < length && (reader->p[same] & ~0x20) == zone_words[i].word[same])
			same++;
		if (same < length || zone_words[i].word[same] != '\0')
			continue;
		reader->p += length;
		*offset = zone_words[i].hours * 3600;
		return i < 2 && !tick_at_end(reader) ? take_numeric_offset(reader, offset) : TICK_OK;
	}
	return TICK_BAD_INPUT;
}

/* A zone's word or an offset, blanks before it allowed; nothing is fine too. */
static TickStatus
take_offset(TickReader *reader, TickTimeParts *parts)
{
	if (tick_at_end(reader))
		return TICK_OK;
	if (tick_take_blanks(reader) && tick_at_end(reader))
		return TICK_BAD_INPUT;
	parts->has_offset = true;
	if (tick_take_char(reader, 'Z'))
		return TICK_OK;
	if (*reader->p != '+' && *reader->p != '-')
		return tick_take_zone_word(reader, &parts->offset);
	return take_numeric_offset(reader, &parts->offset);
}

/* What stands behind the point of the seconds. */
static inline TickStatus
take_fraction(TickReader *reader, int64_t *ns, uint8_t *written)
{
	ptrdiff_t	length = reader->end - reader->p;

	if (length >= 1 && length <= 9 && (*ns = fixed_fraction(reader->p, (uint32_t) length)) >= 0)
	{
		reader->p = reader->end;
		*written = (uint8_t) length;
		return TICK_OK;
	}
	return tick_take_fraction(reader, INT32_MAX, ns, written);
}

/* H:MM, or the four first digits of HHMMSS; *seconds tells whether seconds follow. */
static bool
take_hour_minute(TickReader *reader, int *hour, int *minute, bool *seconds)
{
	bool		glued = tick_digits_ahead(reader, 7) == 6;
	int			n = tick_digits_ahead(reader, 2);

	if (n == 0)
		return false;
	*hour = tick_take_number(reader, n);
	if ((!glued && !tick_take_char(reader, ':')) || tick_digits_ahead(reader, 2) != 2)
		return false;
	*minute = tick_take_number(reader, 2);
	*seconds = glued || tick_take_char(reader, ':');
	return true;
}

/* H:MM[:SS[.fraction]], or HHMMSS[.fraction] */
static TickStatus
take_time(TickReader *reader, TickTimeParts *parts)
{
	int			hour = 0;
	int			minute = 0;
	int			second = -1;
	int64_t		ns = 0;
	bool		seconds = true;

	if (reader->end - reader->p >= 8)
		second = fixed_seconds(reader->p);
	if (second >= 0)
	{
		reader->p += 8;
		if (tick_take_char(reader, '.') || tick_take_char(reader, ','))
			TICK_TRY(take_fraction(reader, &ns, &parts->fraction_digits));
		parts->has_time = true;
		parts->time = second * TICK_NS_PER_SECOND + ns;
		return TICK_OK;
	}
	if (!take_hour_minute(reader, &hour, &minute, &seconds))
		return TICK_BAD_INPUT;
	second = 0;
	if (seconds)
	{
		if (tick_digits_ahead(reader, 2) != 2)
			return TICK_BAD_INPUT;
		second = tick_take_number(reader, 2);
		if (tick_take_char(reader, '.') || tick_take_char(reader, ','))
			TICK_TRY(take_fraction(reader, &ns, &parts->fraction_digits));
	}
	return tick_set_time(parts, hour, minute, second, ns);
}

/* YYYY-M-D with - / or . between, or YYYYMMDD */
static TickStatus
take_written_date(TickReader *reader, TickTimeParts *parts)
{
	ptrdiff_t	length = reader->end - reader->p;
	int			year;
	int			month;
	int			n;
	char		separator;

	if (length >= 8 && tick_all_digits(tick_get64(reader->p)))
	{
		uint32_t	glued = tick_eight_digits(tick_get64(reader->p));

		reader->p += 8;
		if (length > 8 && tick_is_digit(*reader->p))
			return TICK_BAD_INPUT;
		return tick_set_date(parts, glued / 10000, glued / 100 % 100, glued % 100);
	}
	if (tick_digits_ahead(reader, 5) != 4)
		return TICK_BAD_INPUT;
	year = tick_take_number(reader, 4);
	if (!tick_take_char(reader, separator = '-') && !tick_take_char(reader, separator = '/') &&
		!tick_take_char(reader, separator = '.'))
		return TICK_BAD_INPUT;
	n = tick_digits_ahead(reader, 2);
	if (n == 0)
		return TICK_BAD_INPUT;
	month = tick_take_number(reader, n);
	if (!tick_take_char(reader, separator))
		return TICK_BAD_INPUT;
	n = tick_digits_ahead(reader, 3);
	if (n != 1 && n != 2)
		return TICK_BAD_INPUT;
	return tick_set_date(parts, year, month, tick_take_number(reader, n));
}

/* A date in the usual shape, or in another. */
static inline TickStatus
take_date(TickReader *reader, TickTimeParts *parts)
{
	if (reader->end - reader->p >= 10 && fixed_date(reader->p, parts) &&
		(reader->end - reader->p == 10 || !tick_is_digit(reader->p[10])))
	{
		reader->p += 10;
		return TICK_OK;
	}
	parts->has_date = false;
	return take_written_date(reader, parts);
}

static TickStatus
parse_iso(TickString text, TickTimeParts *parts)
{
	TickReader	reader = {text.data, text.data + text.length};
	TickStatus	date = TICK_OK;

	/* a time of day as kdb+ prints a timespan */
	if (text.length > 2 && text.data[0] == '0' && text.data[1] == 'D')
		reader.p += 2;
	else if (text.length <= 2 || (text.data[1] != ':' && text.data[2] != ':'))
	{
		/* whether the rest has the form matters more than a day that does not exist */
		date = take_date(&reader, parts);
		if (date == TICK_BAD_INPUT || tick_at_end(&reader))
			return date;
		if (!tick_take_char(&reader, 'T') && !tick_take_char(&reader, 't') && !tick_take_char(&reader, 'D') &&
			!tick_take_blanks(&reader))
			return TICK_BAD_INPUT;
	}
	TICK_TRY(take_time(&reader, parts));
	TICK_TRY(take_offset(&reader, parts));
	return tick_at_end(&reader) ? date : TICK_BAD_INPUT;
}

/* ---- the formats ---- */

/* HHMMSS and up to nine digits of fraction, glued. */
static TickStatus
parse_hhmmssns(TickString text, TickTimeParts *parts)
{
	TickReader	reader = {text.data, text.data + text.length};
	int			hour;
	int			minute;
	int			second;
	int64_t		ns = 0;

	if (text.length < 6 || text.length > 15 || tick_digits_ahead(&reader, 15) != (int) text.length)
		return TICK_BAD_INPUT;
	hour = tick_take_number(&reader, 2);
	minute = tick_take_number(&reader, 2);
	second = tick_take_number(&reader, 2);
	if (!tick_at_end(&reader))
	{
		parts->fraction_digits = (uint8_t) (text.length - 6);
		ns = fixed_fraction(reader.p, text.length - 6);
	}
	return tick_set_time(parts, hour, minute, second, ns);
}

/*
 * A number whose digits are hour, minute, second and fraction down to the
 * unit, with no zero before the first: 93000 is 09:30:00.  Behind a point
 * the fraction goes on.
 */
static TickStatus
parse_clock(TickString text, int64_t unit_ns, TickTimeParts *parts)
{
	const int64_t second_ns = TICK_NS_PER_SECOND;
	TickReader	reader = {text.data, text.data + text.length};
	int64_t		fraction = unit_ns < second_ns ? second_ns / unit_ns : 1;
	uint64_t	number = 0;
	int64_t		ns = 0;
	int			digits = tick_digits_ahead(&reader, 16);

	if (digits == 0 || digits > 15)
		return TICK_BAD_INPUT;
	reader.p = tick_take_digits(reader.p, reader.p + digits, &number);
	if (unit_ns == second_ns && tick_take_char(&reader, '.'))
		TICK_TRY(take_fraction(&reader, &ns, &parts->fraction_digits));
	if (!tick_at_end(&reader))
		return TICK_BAD_INPUT;
	if (unit_ns > second_ns)
		number *= 100;
	for (int64_t unit = unit_ns; unit < second_ns; unit *= 10)
		parts->fraction_digits++;
	ns += (int64_t) (number % (uint64_t) fraction) * (second_ns / fraction);
	number /= (uint64_t) fraction;
	if (number > 240000)
		return TICK_OUT_OF_RANGE;
	return tick_set_time(parts, (int) (number / 10000), (int) (number / 100 % 100), (int) (number % 100), ns);
}

/* A number of units as ns; what is finer than a ns is out of range. */
static TickStatus
parse_units(TickString text, int64_t unit_ns, int64_t *ns, uint8_t *fraction_digits)
{
	TickScannedNumber number;
	__int128	value;
	uint64_t	digits;

	if (!tick_scan_number(text, &number))
		return TICK_BAD_INPUT;
	if (number.truncated)
		return TICK_OUT_OF_RANGE;
	value = (__int128) number.mantissa * unit_ns;
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
	/* counted from the seconds' point: a whole number of us has six */
	digits = number.fraction;
	for (int64_t unit = unit_ns; unit < TICK_NS_PER_SECOND; unit *= 10)
		digits++;
	*fraction_digits = (uint8_t) (digits < 255 ? digits : 255);
	return TICK_OK;
}

/* Day and time of day in UTC; has_offset stays false, as no offset was written. */
static TickStatus
parse_epoch(TickString text, int64_t unit_ns, TickTimeParts *parts)
{
	int64_t		ns;

	TICK_TRY(parse_units(text, unit_ns, &ns, &parts->fraction_digits));
	parts->has_date = parts->has_time = true;
	parts->day = ns / TICK_NS_PER_DAY - (ns % TICK_NS_PER_DAY < 0);
	parts->time = ns % TICK_NS_PER_DAY + (ns % TICK_NS_PER_DAY < 0 ? TICK_NS_PER_DAY : 0);
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

/* Is word the n letters of name, in any case? */
static bool
is_word(TickString word, const char *name)
{
	uint32_t	i;

	for (i = 0; i < word.length && name[i] != '\0'; i++)
	{
		char		c = word.data[i];

		if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != name[i])
			return false;
	}
	return i == word.length && name[i] == '\0';
}

TickStatus
tick_time_format_parse(TickString word, TickTimeFormat *format, TickError *error)
{
	static const struct
	{
		const char *name;
		TickTimeKind kind;
		int64_t		unit_ns;
	}			words[] = {
		{"iso", TICK_FORMAT_ISO, 0}, {"hhmmssns", TICK_FORMAT_HHMMSSNS, 0},
		{"s_epoch", TICK_FORMAT_EPOCH, 1000000000}, {"ms_epoch", TICK_FORMAT_EPOCH, 1000000},
		{"us_epoch", TICK_FORMAT_EPOCH, 1000}, {"ns_epoch", TICK_FORMAT_EPOCH, 1},
		{"s_midnight", TICK_FORMAT_MIDNIGHT, 1000000000}, {"ms_midnight", TICK_FORMAT_MIDNIGHT, 1000000},
		{"us_midnight", TICK_FORMAT_MIDNIGHT, 1000}, {"ns_midnight", TICK_FORMAT_MIDNIGHT, 1},
		{"hmm", TICK_FORMAT_CLOCK, 60000000000}, {"hmmss", TICK_FORMAT_CLOCK, 1000000000},
		{"hmmssms", TICK_FORMAT_CLOCK, 1000000}, {"hmmssus", TICK_FORMAT_CLOCK, 1000}, {"hmmssns", TICK_FORMAT_CLOCK, 1}
	};

	memset(format, 0, sizeof(*format));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(word, words[i].name))
		{
			format->kind = words[i].kind;
			format->unit_ns = words[i].unit_ns;
			return TICK_OK;
		}
	if (word.length == 0)
		return tick_error_set(error, TICK_BAD_INPUT, "time format is empty");
	return tick_pattern_parse(word, format, error);
}

TickStatus
tick_parse_time_parts(TickString text, const TickTimeFormat *format, TickTimeParts *parts)
{
	memset(parts, 0, sizeof(*parts));
	switch (format->kind)
	{
		case TICK_FORMAT_ISO:
			return parse_iso(text, parts);
		case TICK_FORMAT_HHMMSSNS:
			return parse_hhmmssns(text, parts);
		case TICK_FORMAT_EPOCH:
			return parse_epoch(text, format->unit_ns, parts);
		case TICK_FORMAT_MIDNIGHT:
			return parse_midnight(text, format->unit_ns, parts);
		case TICK_FORMAT_PATTERN:
			return tick_parse_by_pattern(text, format, parts);
		case TICK_FORMAT_CLOCK:
			return parse_clock(text, format->unit_ns, parts);
	}
	return TICK_BAD_INPUT;
}
