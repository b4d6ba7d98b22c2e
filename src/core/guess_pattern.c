/*-------------------------------------------------------------------------
 *
 * guess_pattern.c
 *	  The pattern of letters that a written date or time follows.
 *
 * It is read off the value itself: "02/03/2010 16:53:50" is two, two and
 * four digits with slashes, then a time.  Whether the pattern is that of the
 * whole column is for guess_time.c to find out.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void
put(TickPattern *pattern, const char *bytes, size_t length)
{
	if (length >= sizeof(pattern->word) - pattern->length)
	{
		pattern->good = false;
		return;
	}
	memcpy(pattern->word + pattern->length, bytes, length);
	pattern->length += length;
	pattern->word[pattern->length] = '\0';
}

static void
put_word(TickPattern *pattern, const char *word)
{
	put(pattern, word, strlen(word));
}

/* Digits at text. */
static uint32_t
run_of_digits(TickString text)
{
	uint32_t	run = 0;

	while (run < text.length && is_digit(text.data[run]))
		run++;
	return run;
}

static uint32_t
run_of_letters(TickString text)
{
	uint32_t	run = 0;

	while (run < text.length && is_letter(text.data[run]))
		run++;
	return run;
}

static void
skip(TickString *text, uint32_t bytes)
{
	text->data += bytes;
	text->length -= bytes;
}

static void
put_year(TickPattern *pattern, uint32_t digits)
{
	put_word(pattern, digits == 4 ? "YYYY" : "YY");
}

/* n/n/nnnn and its kin, and nnnn/n/n; false when the text does not begin so. */
static bool
read_numeric_date(TickPattern *pattern, TickString *text)
{
	uint32_t	run[3];
	TickString	rest = *text;
	char		separator = '\0';

	for (int i = 0; i < 3; i++)
	{
		run[i] = run_of_digits(rest);
		if (run[i] == 0 || run[i] > 4)
			return false;
		skip(&rest, run[i]);
		if (i == 2)
			break;
		if (rest.length == 0 || strchr("/-.", rest.data[0]) == NULL || (i == 1 && rest.data[0] != separator))
			return false;
		separator = rest.data[0];
		skip(&rest, 1);
	}
	if (run[0] == 4 && run[1] <= 2 && run[2] <= 2)
	{
		put_word(pattern, "YYYY");
		put(pattern, &separator, 1);
		put_word(pattern, "MM");
		put(pattern, &separator, 1);
		put_word(pattern, "DD");
	}
	else if (run[0] <= 2 && run[1] <= 2 && (run[2] == 2 || run[2] == 4))
	{
		/* with points the day comes first, always */
		pattern->can_swap = separator != '.';
		pattern->swapped = pattern->swapped && pattern->can_swap;
		put_word(pattern, pattern->swapped ? "MM" : "DD");
		put(pattern, &separator, 1);
		put_word(pattern, pattern->swapped ? "DD" : "MM");
		put(pattern, &separator, 1);
		put_year(pattern, run[2]);
	}
	else
		return false;
	*text = rest;
	return true;
}

/* Mon, Monday and the like, with what stands between it and the date */
static void
read_weekday(TickPattern *pattern, TickString *text)
{
	static const char *const names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
	uint32_t	run = run_of_letters(*text);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		uint32_t	same = 0;

		while (same < run && names[i][same] != '\0' && (text->data[same] | 0x20) == names[i][same])
			same++;
		if (same != run || (same != 3 && names[i][same] != '\0'))
			continue;
		put_word(pattern, same == 3 ? "DY" : "DAY");
		skip(text, run);
		while (text->length > 0 && strchr(", -", text->data[0]) != NULL)
		{
			/* one blank of the pattern stands for all */
			if (text->data[0] != ' ' || pattern->word[pattern->length - 1] != ' ')
				put(pattern, text->data, 1);
			skip(text, 1);
		}
		return;
	}
}

/* Jan or January; "May" is either, and the values that say more decide. */
static bool
read_month_name(TickPattern *pattern, TickString *text)
{
	uint32_t	run = run_of_letters(*text);

	if (run < 3 || run > 9)
		return false;
	put_word(pattern, run == 3 ? "MON" : "MONTH");
	skip(text, run);
	return true;
}

/* 4-Jan-2021, 04JAN21, Jan 4, 2021, 4 January 2021 */
static bool
read_named_date(TickPattern *pattern, TickString *text)
{
	TickString	rest = *text;
	uint32_t	run;
	bool		day_first;
	char		separator = '\0';

	read_weekday(pattern, &rest);
	run = run_of_digits(rest);
	day_first = run > 0;

	if (run > 2)
		return false;
	if (day_first)
	{
		put_word(pattern, "DD");
		skip(&rest, run);
		if (rest.length > 0 && strchr("-/ .", rest.data[0]) != NULL)
		{
			separator = rest.data[0];
			put(pattern, &separator, 1);
			skip(&rest, 1);
		}
	}
	if (!read_month_name(pattern, &rest))
		return false;
	if (!day_first)
	{
		if (rest.length == 0 || rest.data[0] != ' ')
			return false;
		skip(&rest, 1);
		run = run_of_digits(rest);
		if (run == 0 || run > 2)
			return false;
		put_word(pattern, " DD");
		skip(&rest, run);
		if (rest.length > 0 && rest.data[0] == ',')
		{
			put_word(pattern, ",");
			skip(&rest, 1);
		}
		separator = ' ';
	}
	if (separator != '\0')
	{
		if (rest.length == 0 || rest.data[0] != separator)
			return false;
		put(pattern, &separator, 1);
		skip(&rest, 1);
	}
	run = run_of_digits(rest);
	if (run != 2 && run != 4)
		return false;
	put_year(pattern, run);
	skip(&rest, run);
	*text = rest;
	return true;
}

/* Digits of a fraction, with the mark before them; US takes fewer than six too. */
static bool
read_fraction(TickPattern *pattern, TickString *text, char mark)
{
	uint32_t	run = run_of_digits(*text);

	if (run == 0 || run > 9)
		return false;
	if (mark != '\0')
		put(pattern, &mark, 1);
	put_word(pattern, run <= 6 ? "US" : "NS");
	skip(text, run);
	return true;
}

/* America/New_York: letters, one slash at least */
static bool
is_zone_name(TickString text)
{
	bool		slash = false;

	for (uint32_t i = 0; i < text.length; i++)
	{
		if (!is_letter(text.data[i]) && text.data[i] != '_' && (text.data[i] != '/' || i == 0))
			return false;
		slash = slash || text.data[i] == '/';
	}
	return slash && text.data[text.length - 1] != '/';
}

/* AM, PM, an offset, the name of a zone, or nothing, to the end of the text */
static bool
read_time_tail(TickPattern *pattern, TickString *text, size_t hour_at)
{
	TickString	rest = *text;
	bool		blank = rest.length > 0 && rest.data[0] == ' ';
	bool		hyphen = rest.length == 3 && rest.data[0] == '-' && is_letter(rest.data[1]);

	if (blank || hyphen)
		skip(&rest, 1);
	if (rest.length == 2 && (rest.data[1] | 0x20) == 'm' && ((rest.data[0] | 0x20) == 'a' || (rest.data[0] | 0x20) == 'p'))
	{
		memcpy(pattern->word + hour_at, "HH12", 4);
		put_word(pattern, blank ? " AM" : hyphen ? "-AM" : "AM");
		skip(&rest, 2);
	}
	else if (hyphen)
		return false;
	else if (blank && is_zone_name(rest))
	{
		/* it stands in each value: the same for all */
		put_word(pattern, " \"");
		put(pattern, rest.data, rest.length);
		put_word(pattern, "\"");
		skip(&rest, rest.length);
	}
	else if (rest.length >= 3 && (rest.data[0] == '+' || rest.data[0] == '-') && run_of_digits((TickString) {rest.data + 1, rest.length - 1}) >= 2)
	{
		bool		colon = rest.length == 6 && rest.data[3] == ':';

		if (rest.length != 3 && rest.length != 5 && !colon)
			return false;
		put_word(pattern, blank ? " TZH" : "TZH");
		put_word(pattern, colon ? ":TZM" : rest.length == 5 ? "TZM" : "");
		skip(&rest, rest.length);
	}
	else if (rest.length >= 2 && run_of_letters(rest) >= 2)
	{
		put_word(pattern, blank ? " TZ" : "TZ");
		skip(&rest, rest.length);
	}
	else if (blank)
		return false;
	*text = rest;
	return rest.length == 0;
}

/* h:mm, h:mm:ss with fraction behind a point, comma, colon or blank; h AM; hhmmss and longer */
static bool
read_time(TickPattern *pattern, TickString *text)
{
	uint32_t	run = run_of_digits(*text);
	size_t		hour_at = pattern->length;

	if (run == 4 || run == 6 || run == 9 || run == 12 || run == 15)
	{
		put_word(pattern, run == 4 ? "HH24MI" : "HH24MISS");
		skip(text, run < 6 ? run : 6);
		if (run > 6)
			read_fraction(pattern, text, '\0');
		else if (run == 6 && text->length > 1 && (text->data[0] == '.' || text->data[0] == ' ') && is_digit(text->data[1]))
		{
			char		mark = text->data[0];

			skip(text, 1);
			if (!read_fraction(pattern, text, mark))
				return false;
		}
		return run == 6 && text->length > 0 ? read_time_tail(pattern, text, hour_at) : text->length == 0;
	}
	if (run == 0 || run > 2)
		return false;
	put_word(pattern, "HH24");
	skip(text, run);
	for (int i = 0; i < 2; i++)
	{
		if (text->length < 3 || text->data[0] != ':' || run_of_digits((TickString) {text->data + 1, text->length - 1}) != 2)
		{
			/* an hour alone is one only before AM or PM */
			if (i == 0)
				return read_time_tail(pattern, text, hour_at) && memcmp(pattern->word + hour_at, "HH12", 4) == 0;
			break;
		}
		put_word(pattern, i == 0 ? ":MI" : ":SS");
		skip(text, 3);
	}
	if (text->length > 1 && strchr(".,: ", text->data[0]) != NULL && is_digit(text->data[1]))
	{
		char		mark = text->data[0];

		skip(text, 1);
		if (!read_fraction(pattern, text, mark))
			return false;
	}
	return read_time_tail(pattern, text, hour_at);
}

/* Digits of a glued stamp: 12, 14, or more with a fraction. */
static bool
read_glued(TickPattern *pattern, TickString *text)
{
	uint32_t	run = run_of_digits(*text);

	if (run != 8 && run != 12 && run != 14 && run != 17 && run != 20 && run != 23)
		return false;
	put_word(pattern, "YYYYMMDD");
	if (run >= 12)
		put_word(pattern, run == 12 ? "HH24MI" : "HH24MISS");
	if (run > 14)
		put_word(pattern, run <= 20 ? "US" : "NS");
	skip(text, run);
	return run == 8 || text->length == 0;
}

/*
 * The pattern of a value: a date, a time, or a date, something between and a
 * time.  false when it has none that this file knows.
 */
bool
tick_read_pattern(TickString text, bool swapped, TickPattern *pattern)
{
	TickString	begin = text;

	memset(pattern, 0, sizeof(*pattern));
	pattern->swapped = swapped;
	pattern->good = true;
	if (!read_glued(pattern, &text))
	{
		pattern->length = 0;
		text = begin;
		if (!read_numeric_date(pattern, &text))
		{
			pattern->length = 0;
			text = begin;
			if (!read_named_date(pattern, &text))
			{
				pattern->length = 0;
				text = begin;
				pattern->swapped = false;
				return read_time(pattern, &text) && pattern->good;
			}
		}
	}
	if (text.length == 0)
		return pattern->good;
	if (text.length > 2 && text.data[0] == ',' && text.data[1] == ' ')
	{
		put_word(pattern, ", ");
		skip(&text, 2);
	}
	else if (strchr(" T-;_", text.data[0]) != NULL)
	{
		put(pattern, text.data, 1);
		skip(&text, 1);
	}
	else
		return false;
	return read_time(pattern, &text) && pattern->good;
}
