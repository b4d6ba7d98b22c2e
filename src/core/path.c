/*-------------------------------------------------------------------------
 *
 * path.c
 *	  The language of tick_load's "path": what a file's name tells of it.
 *
 * A pattern becomes a list of items; each either tests bytes of fixed length
 * (a literal, a date) or takes a run (*, **, a capture), the shortest first.
 * Matching tries items from left to right and goes back on failure.  A run
 * is walked byte by byte, and every (item, byte) that failed is remembered
 * in a bit map, so a match costs items times bytes at most, whatever the
 * pattern.  Both are bounded: MAX_ITEMS, and MAX_TEXT as PATH_MAX.
 *
 * The pattern may begin at any component of the path and must end with it;
 * the rightmost beginning that matches is taken.  A pattern that begins with
 * "/" begins with the path.  A compressed file is also known by the name it
 * has without its suffix (.gz, .zst), if the pattern does not match with it.
 *
 *-------------------------------------------------------------------------
 */
#include "core/columns.h"

#include <string.h>

#define MAX_ITEMS 64
#define MAX_TEXT 4096
#define DATE_PARTS 12
#define NAME_BYTES 63

typedef enum ItemKind
{
	ITEM_LITERAL,				/* these bytes */
	ITEM_RUN,					/* *: any bytes but "/" */
	ITEM_DEEP,					/* ** inside a component: any bytes */
	ITEM_FOLDERS,				/* a whole component ** and its "/": any number of components, also none */
	ITEM_CAPTURE,				/* {name}: at least one byte, none of them "/" */
	ITEM_DATE					/* {name:format} */
} ItemKind;

typedef enum DatePart
{
	DATE_LITERAL,				/* one byte */
	DATE_YYYY,
	DATE_YY,
	DATE_MM,
	DATE_MON,					/* three letters, any case */
	DATE_DD,
	DATE_DDD					/* day of the year */
} DatePart;

typedef struct Item
{
	ItemKind	kind;
	TickString	text;			/* of a literal; in the pattern's own copy */
	int			capture;
	int			parts;			/* of a date */
	uint8_t		part[DATE_PARTS];
	char		literal[DATE_PARTS];
} Item;

struct TickPathPattern
{
	const TickMemory *memory;
	bool		anchored;		/* begins with "/" */
	int			items;
	Item		item[MAX_ITEMS];
	int			captures;
	TickString	name[TICK_PATH_CAPTURES];
	bool		is_date[TICK_PATH_CAPTURES];
	char	   *text;			/* literals and names */
	size_t		length;			/* of text in use */
};

static const char month_names[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";

/* ---- parsing ---- */

static TickStatus
fail(TickError *error, const char *pattern, const char *detail)
{
	tick_error_set(error, TICK_BAD_INPUT, "invalid path pattern \"%.300s\"", pattern);
	tick_error_detail(error, "%s", detail);
	return TICK_BAD_INPUT;
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char) c >= 0x80;
}

static Item *
new_item(TickPathPattern *path, ItemKind kind)
{
	Item	   *item;

	if (path->items == MAX_ITEMS)
		return NULL;
	item = &path->item[path->items++];
	item->kind = kind;
	return item;
}

/* One literal byte: it lengthens the literal before it, if there is one. */
static bool
add_literal(TickPathPattern *path, char c)
{
	Item	   *item = path->items > 0 ? &path->item[path->items - 1] : NULL;

	if (item == NULL || item->kind != ITEM_LITERAL)
	{
		item = new_item(path, ITEM_LITERAL);
		if (item == NULL)
			return false;
		item->text.data = path->text + path->length;
	}
	path->text[path->length++] = c;
	item->text.length++;
	return true;
}

/* The letters of a date; NULL when they are fine. */
static const char *
parse_date_format(Item *item, const char *format, size_t length)
{
	static const struct
	{
		const char *word;
		DatePart	part;
	}			words[] =
	{
		{"YYYY", DATE_YYYY}, {"YY", DATE_YY}, {"MON", DATE_MON}, {"MM", DATE_MM}, {"DDD", DATE_DDD}, {"DD", DATE_DD}
	};
	int			years = 0;
	int			months = 0;
	int			days = 0;
	int			ordinals = 0;
	size_t		at = 0;

	while (at < length)
	{
		DatePart	part = DATE_LITERAL;
		size_t		taken = 1;

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && part == DATE_LITERAL; i++)
		{
			taken = strlen(words[i].word);
			if (length - at >= taken && memcmp(format + at, words[i].word, taken) == 0)
				part = words[i].part;
		}
		if (part == DATE_LITERAL)
		{
			taken = 1;
			if ((format[at] >= 'a' && format[at] <= 'z') || (format[at] >= 'A' && format[at] <= 'Z'))
				return "A date consists of YYYY, YY, MM, MON, DD, DDD and other characters than letters.";
		}
		if (item->parts == DATE_PARTS)
			return "The format of a date is too long.";
		years += part == DATE_YYYY || part == DATE_YY;
		months += part == DATE_MM || part == DATE_MON;
		days += part == DATE_DD;
		ordinals += part == DATE_DDD;
		item->literal[item->parts] = format[at];
		item->part[item->parts++] = part;
		at += taken;
	}
	if (years != 1 || !((months == 1 && days == 1 && ordinals == 0) || (months == 0 && days == 0 && ordinals == 1)))
		return "A date needs one year, and one month and day or one day of the year (DDD).";
	return NULL;
}

/* {name} or {name:format}; *pattern is behind the brace. */
static const char *
parse_capture(TickPathPattern *path, const char **pattern)
{
	const char *name = *pattern;
	size_t		length = 0;
	const char *end = strchr(name, '}');
	Item	   *item;
	int			capture = path->captures;

	if (end == NULL)
		return "A brace is not closed; a brace itself is written \"{{\".";
	while (is_name_byte(name[length]))
		length++;
	if (length == 0 || (name[length] != '}' && name[length] != ':'))
		return "The name of a capture consists of letters, digits and underscores.";
	if (length > NAME_BYTES)
		return "The name of a capture is longer than 63 bytes.";
	if (capture == TICK_PATH_CAPTURES)
		return "There are more than 16 captures.";
	item = new_item(path, name[length] == ':' ? ITEM_DATE : ITEM_CAPTURE);
	if (item == NULL)
		return "The pattern is too long.";
	item->capture = capture;
	path->name[capture].data = path->text + path->length;
	path->name[capture].length = (uint32_t) length;
	for (size_t i = 0; i < length; i++)
		path->text[path->length++] = name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i];
	for (int i = 0; i < capture; i++)
		if (tick_string_compare(path->name[i], path->name[capture]) == 0)
			return "A capture is named twice.";
	path->is_date[capture] = item->kind == ITEM_DATE;
	path->captures++;
	*pattern = end + 1;
	if (item->kind == ITEM_DATE)
		return parse_date_format(item, name + length + 1, (size_t) (end - name) - length - 1);
	return NULL;
}

/* The items of a pattern; NULL or what is wrong with it. */
static const char *
parse_items(TickPathPattern *path, const char *pattern)
{
	bool		component = true;	/* at the beginning of one */

	while (*pattern != '\0')
	{
		bool		begins = component;
		Item	   *item;

		component = false;
		if (pattern[0] == '{' && pattern[1] != '{')
		{
			const char *problem;

			pattern++;
			problem = parse_capture(path, &pattern);
			if (problem != NULL)
				return problem;
			continue;
		}
		if (pattern[0] == '*')
		{
			bool		deep = pattern[1] == '*';
			bool		folders = deep && begins && pattern[2] == '/';

			if (deep && pattern[2] == '*')
				return "\"***\" means nothing.";
			item = new_item(path, folders ? ITEM_FOLDERS : deep ? ITEM_DEEP : ITEM_RUN);
			if (item == NULL)
				return "The pattern is too long.";
			pattern += folders ? 3 : deep ? 2 : 1;
			component = folders;
			continue;
		}
		if (!add_literal(path, *pattern))
			return "The pattern is too long.";
		component = *pattern == '/';
		pattern += pattern[0] == '{' ? 2 : 1;
	}
	if (path->items == 0)
		return "It is empty.";
	if (component)
		return "It ends with a folder, not with a file.";
	return NULL;
}

TickStatus
tick_path_parse(const char *pattern, const TickMemory *memory, TickPathPattern **path, TickError *error)
{
	const char *problem;
	size_t		length = strlen(pattern);

	*path = NULL;
	if (length > MAX_TEXT)
		return fail(error, pattern, "It is longer than any path.");
	*path = tick_alloc_zero(memory, sizeof(TickPathPattern));
	if (*path == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	(*path)->memory = memory;
	(*path)->anchored = pattern[0] == '/';
	(*path)->text = tick_alloc(memory, length);
	if ((*path)->text == NULL)
	{
		tick_path_free(*path);
		*path = NULL;
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	problem = parse_items(*path, pattern);
	if (problem != NULL)
	{
		tick_path_free(*path);
		*path = NULL;
		return fail(error, pattern, problem);
	}
	return TICK_OK;
}

void
tick_path_free(TickPathPattern *path)
{
	if (path == NULL)
		return;
	tick_free(path->memory, path->text);
	tick_free(path->memory, path);
}

int
tick_path_captures(const TickPathPattern *path)
{
	return path->captures;
}

/* Folded to lower case, as words of "columns" are. */
TickString
tick_path_capture_name(const TickPathPattern *path, int capture)
{
	return path->name[capture];
}

bool
tick_path_capture_is_date(const TickPathPattern *path, int capture)
{
	return path->is_date[capture];
}

/* ---- matching ---- */

typedef struct Matcher
{
	const TickPathPattern *path;
	const char *text;
	size_t		length;
	TickString *value;
	int64_t    *day;
	uint64_t	failed[MAX_ITEMS][(MAX_TEXT + 64) / 64];	/* bit: this item has failed at this byte */
} Matcher;

/* `digits` decimal digits, or -1 */
static int
read_digits(const char *text, size_t length, int digits)
{
	int			value = 0;

	if (length < (size_t) digits)
		return -1;
	for (int i = 0; i < digits; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* 1 to 12 by the first three letters of the English name, or -1 */
static int
read_month(const char *text, size_t length)
{
	if (length < 3)
		return -1;
	for (int month = 0; month < 12; month++)
	{
		int			same = 0;

		while (same < 3 && (text[same] & ~0x20) == month_names[month * 3 + same])
			same++;
		if (same == 3)
			return month + 1;
	}
	return -1;
}

/* Bytes that the date takes at text, 0 when there is no date. */
static size_t
match_date(const Item *item, const char *text, size_t length, int64_t *day)
{
	static const uint8_t widths[] = {1, 4, 2, 2, 3, 2, 3};
	int			year = 0;
	int			month = 1;
	int			dayofmonth = 1;
	int			ordinal = -1;	/* -1: the format has none */
	size_t		at = 0;

	for (int i = 0; i < item->parts; i++)
	{
		DatePart	part = item->part[i];
		size_t		width = widths[part];
		int			number;

		if (part == DATE_LITERAL)
			number = at < length && text[at] == item->literal[i] ? 0 : -1;
		else if (part == DATE_MON)
			number = read_month(text + at, length - at);
		else
			number = read_digits(text + at, length - at, (int) width);
		if (number < 0)
			return 0;
		if (part == DATE_YYYY)
			year = number;
		else if (part == DATE_YY)
			year = number + (number < 70 ? 2000 : 1900);
		else if (part == DATE_MM || part == DATE_MON)
			month = number;
		else if (part == DATE_DD)
			dayofmonth = number;
		else if (part == DATE_DDD)
			ordinal = number;
		at += width;
	}
	if (!tick_date_to_day(year, month, dayofmonth, day))
		return 0;
	if (ordinal >= 0)
	{
		bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		if (ordinal < 1 || ordinal > 365 + leap)
			return 0;
		*day += ordinal - 1;
	}
	return at;
}

static bool match_from(Matcher *matcher, int index, size_t at);

/*
 * A run that begins at `from`: the shortest with which the rest matches.
 */
static bool
match_run(Matcher *matcher, int index, size_t from)
{
	const Item *item = &matcher->path->item[index];
	size_t		at = from;

	if (item->kind == ITEM_CAPTURE)
	{
		if (at == matcher->length || matcher->text[at] == '/')
			return false;
		at++;
	}
	for (;;)
	{
		if (match_from(matcher, index + 1, at))
		{
			if (item->kind == ITEM_CAPTURE)
			{
				matcher->value[item->capture].data = matcher->text + from;
				matcher->value[item->capture].length = (uint32_t) (at - from);
			}
			return true;
		}
		/* A run that began here has walked the rest in vain. */
		if (at > from && tick_bit_get(matcher->failed[index], at))
			return false;
		tick_bit_set(matcher->failed[index], at);
		if (item->kind == ITEM_FOLDERS)
		{
			const char *slash = memchr(matcher->text + at, '/', matcher->length - at);

			if (slash == NULL)
				return false;
			at = (size_t) (slash - matcher->text);
		}
		else if (at == matcher->length || (item->kind != ITEM_DEEP && matcher->text[at] == '/'))
			return false;
		at++;
	}
}

/* Do items from index on match the text from byte `at` to its end? */
static bool
match_from(Matcher *matcher, int index, size_t at)
{
	const Item *item = &matcher->path->item[index];
	bool		matched;

	if (index == matcher->path->items)
		return at == matcher->length;
	if (tick_bit_get(matcher->failed[index], at))
		return false;
	if (item->kind == ITEM_LITERAL)
		matched = matcher->length - at >= item->text.length &&
			memcmp(matcher->text + at, item->text.data, item->text.length) == 0 &&
			match_from(matcher, index + 1, at + item->text.length);
	else if (item->kind == ITEM_DATE)
	{
		int64_t		day = 0;
		size_t		taken = match_date(item, matcher->text + at, matcher->length - at, &day);

		matched = taken > 0 && match_from(matcher, index + 1, at + taken);
		if (matched)
		{
			matcher->value[item->capture].data = matcher->text + at;
			matcher->value[item->capture].length = (uint32_t) taken;
			matcher->day[item->capture] = day;
		}
	}
	else
		matched = match_run(matcher, index, at);
	if (!matched)
		tick_bit_set(matcher->failed[index], at);
	return matched;
}

/* The whole of the text as given, from the rightmost component that will do. */
static bool
match_text(Matcher *matcher)
{
	size_t		at = matcher->length;

	memset(matcher->failed, 0, sizeof(matcher->failed[0]) * (size_t) matcher->path->items);
	if (matcher->path->anchored)
		return match_from(matcher, 0, 0);
	while (at > 0)
	{
		at--;
		if ((at == 0 || matcher->text[at - 1] == '/') && match_from(matcher, 0, at))
			return true;
	}
	return false;
}

static bool
ends_with(TickString text, const char *suffix)
{
	size_t		length = strlen(suffix);

	return text.length > length && memcmp(text.data + text.length - length, suffix, length) == 0;
}

bool
tick_path_match(const TickPathPattern *path, TickString text,
				TickString value[TICK_PATH_CAPTURES], int64_t day[TICK_PATH_CAPTURES])
{
	Matcher		matcher;

	if (text.length > MAX_TEXT)
		return false;
	matcher.path = path;
	matcher.text = text.data;
	matcher.length = text.length;
	matcher.value = value;
	matcher.day = day;
	if (match_text(&matcher))
		return true;
	if (ends_with(text, ".gz"))
		matcher.length -= 3;
	else if (ends_with(text, ".zst"))
		matcher.length -= 4;
	else
		return false;
	return match_text(&matcher);
}
