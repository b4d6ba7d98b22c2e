/*-------------------------------------------------------------------------
 *
 * fuzz_value.c
 *	  Any bytes as numbers, booleans, times and time formats.
 *
 * Doubles are held against strtod, integers against decimals, and what a
 * time format gives must be a day and a time that exist.
 *
 *-------------------------------------------------------------------------
 */
#include "core/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: %s is false\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* As float8in: all of the text, no words, no hex; infinite and vanished results are out of range. */
static void
check_double(TickString text)
{
	char	   *copy = malloc(text.length + 1);
	char	   *end;
	double		expected;
	double		value = 0;
	TickStatus	status = tick_parse_double(text, &value);

	memcpy(copy, text.data, text.length);
	copy[text.length] = '\0';
	expected = strtod(copy, &end);
	if (text.length == 0 || end != copy + text.length || strspn(copy, "0123456789+-.eE") != text.length)
		REQUIRE(status == TICK_BAD_INPUT);
	else if (isinf(expected))
		REQUIRE(status == TICK_OUT_OF_RANGE);
	else if (status == TICK_OUT_OF_RANGE)
		REQUIRE(expected == 0 && strpbrk(copy, "123456789") != NULL);
	else
		REQUIRE(status == TICK_OK && memcmp(&value, &expected, sizeof(value)) == 0);
	free(copy);
}

static void
check_integers(TickString text, uint8_t scale)
{
	int64_t		whole = 0;
	int64_t		units = 0;
	double		real;
	TickStatus	status = tick_parse_int(text, INT64_MIN, INT64_MAX, &whole);

	if (status == TICK_OK)
		REQUIRE(tick_parse_decimal(text, 0, &units) == TICK_OK && units == whole);
	status = tick_parse_decimal(text, scale, &units);
	REQUIRE((status == TICK_BAD_INPUT) == (tick_parse_double(text, &real) == TICK_BAD_INPUT));
	if (status == TICK_OK && tick_parse_double_scaled(text, -scale, &real) == TICK_OK)
		REQUIRE(real == (double) units);
}

static void
check_time(TickString text, const TickTimeFormat *format)
{
	TickTimeParts parts;
	int64_t		stamp;
	int64_t		day;
	int			y,
				m,
				d;

	if (tick_parse_time_parts(text, format, &parts) != TICK_OK)
		return;
	REQUIRE(parts.has_date || parts.has_time);
	REQUIRE(parts.time >= 0 && parts.time <= TICK_NS_PER_DAY);
	REQUIRE(parts.offset > -16 * 3600 && parts.offset < 16 * 3600);
	tick_day_to_date(parts.day, &y, &m, &d);
	REQUIRE(tick_date_to_day(y, m, d, &day) && day == parts.day);
	(void) tick_stamp_from_parts(parts.day, parts.time, &stamp);
}

/* A number without its marks fits its room, and is one or is refused by the next reader. */
static void
check_marks(TickString text, TickNumberMarks marks)
{
	char	   *plain = malloc(text.length + TICK_PLAIN_EXTRA);
	uint32_t	length;
	double		number;

	if (tick_plain_number(text, marks, plain, &length))
	{
		REQUIRE(length > 0 && length <= text.length + TICK_PLAIN_EXTRA);
		(void) tick_parse_double((TickString) {plain, length}, &number);
	}
	free(plain);
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A byte for the choice, a time format up to a newline, then the value. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = {
		"iso", "hhmmssns", "s_epoch", "ms_epoch", "ns_midnight", "YYYYMMDD HH24:MI:SS US", "DD-MON-YY HH12:MIAMTZH:TZM", "HH24MISSFF9"
	};
	const uint8_t *newline;
	TickString	text;
	TickTimeFormat format;
	int64_t		truth;

	if (size == 0)
		return 0;
	newline = memchr(data + 1, '\n', size - 1);
	if (newline != NULL && tick_time_format_parse((TickString) {(const char *) data + 1, (uint32_t) (newline - data - 1)},
												  &format, NULL) == TICK_OK)
		check_time((TickString) {(const char *) newline + 1, (uint32_t) (data + size - newline - 1)}, &format);
	text = (TickString) {(const char *) data + 1, (uint32_t) (size - 1)};
	REQUIRE(tick_time_format_parse((TickString) {words[data[0] & 7], (uint32_t) strlen(words[data[0] & 7])},
								   &format, NULL) == TICK_OK);
	check_time(text, &format);
	check_double(text);
	check_integers(text, data[0] >> 3 & 15);
	(void) tick_parse_bool(text, &truth);
	check_marks(text, TICK_MARKS_COMMA);
	check_marks(text, TICK_MARKS_GROUPED);
	return 0;
}
