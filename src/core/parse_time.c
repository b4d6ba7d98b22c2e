/*-------------------------------------------------------------------------
 *
 * parse_time.c
 *	  Columns of dates, times of day and stamps.
 *
 * Two things make stamps quick.  There are few dates beside the rows, so their
 * texts and days are remembered.  And the layouts that
 * nearly all files use (HH:MM:SS with a fraction, alone or behind a ten-byte
 * date, and plain numbers since midnight or 1970) are read here; everything
 * else goes through tick_parse_time_parts().
 *
 *-------------------------------------------------------------------------
 */
#include "core/parse_column.h"
#include "core/value_internal.h"

#define COLON_BYTES UINT64_C(0x0000ff0000ff0000)	/* the third and the sixth of eight bytes */
#define COLONS (COLON_BYTES & TICK_BYTES(':'))
#define SAFE_DAYS 100000		/* |day| below this is a stamp at any time of day */

static const int32_t fraction_unit[10] = {
	1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1
};

static inline bool
two_digits(const char *at, unsigned *value)
{
	unsigned	tens = (unsigned char) at[0] - '0';
	unsigned	ones = (unsigned char) at[1] - '0';

	*value = tens * 10 + ones;
	return tens <= 9 && ones <= 9;
}

/* HH:MM:SS[.fraction of up to nine digits], before 24:00:00 */
static inline bool
scan_clock(const char *at, uint32_t length, int64_t *time)
{
	unsigned	hour,
				minute,
				second;
	uint32_t	fraction = 0;

	if (length < 8 || length > 18 || at[2] != ':' || at[5] != ':' || !two_digits(at, &hour) ||
		!two_digits(at + 3, &minute) || !two_digits(at + 6, &second) ||
		hour > 23 || minute > 59 || second > 59)
		return false;
	if (length > 8)
	{
		if (at[8] != '.' || length == 9)
			return false;
		for (uint32_t i = 9; i < length; i++)
		{
			unsigned	digit = (unsigned char) at[i] - '0';

			if (digit > 9)
				return false;
			fraction = fraction * 10 + digit;
		}
		fraction *= fraction_unit[length - 9];
	}
	*time = (int64_t) (hour * 3600 + minute * 60 + second) * TICK_NS_PER_SECOND + fraction;
	return true;
}

/*
 * The same where 24 bytes may be read from `at`, with at most eight digits of
 * fraction: HH:MM:SS is one word, and the fraction another.  Times ten and
 * shifted by a byte, each pair of digits is a number in its first byte.
 */
static inline bool
scan_clock_words(const char *at, uint32_t length, int64_t *time)
{
	uint64_t	word = tick_load64(at);
	uint64_t	fraction = 0;
	unsigned	hour,
				minute,
				second;

	if (length - 8 > 9 || (word & COLON_BYTES) != COLONS)
		return false;
	word ^= COLONS ^ (COLON_BYTES & TICK_BYTES('0'));
	if (!tick_all_digits(word))
		return false;
	word &= TICK_BYTES(0x0f);
	word = word * 10 + (word >> 8);
	hour = word & 0xff;
	minute = word >> 24 & 0xff;
	second = word >> 48 & 0xff;
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	if (length > 8)
	{
		if (at[8] != '.' || length == 9)
			return false;
		word = tick_pad_front(tick_load64(at + 9), length - 9);
		if (!tick_all_digits(word))
			return false;
		fraction = (uint64_t) tick_eight_digits(word) * fraction_unit[length - 9];
	}
	*time = (int64_t) (hour * 3600 + minute * 60 + second) * TICK_NS_PER_SECOND + (int64_t) fraction;
	return true;
}

/* A clock of a batch's field. */
static inline bool
scan_field_clock(const TickParser *parser, const char *at, uint32_t length, int64_t *time)
{
	/* 16 bytes may be read from each place of the padded ones */
	if (length >= 8 && length <= 16 && (size_t) (at - parser->batch->padded) < parser->batch->padded_bytes)
		return scan_clock_words(at, length, time);
	return scan_clock(at, length, time);
}

/* digits only, at most 18 of them */
static inline bool
scan_digits(TickString text, int64_t *value)
{
	int64_t		sum = 0;

	if (text.length == 0 || text.length > 18)
		return false;
	for (uint32_t i = 0; i < text.length; i++)
	{
		unsigned	digit = (unsigned char) text.data[i] - '0';

		if (digit > 9)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}

static inline uint32_t
memo_place(uint64_t low, uint64_t high)
{
	return (uint32_t) ((low ^ high * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xD6E8FEB86659FD93) >> (64 - TICK_PARSE_DAY_BITS));
}

static inline bool
memo_find(const TickParser *parser, const TickParseMemo *memo, const char *text, uint32_t length, int64_t *day)
{
	const TickParseDay *known;
	uint64_t	low,
				high;

	if (length == 0 || length > TICK_PARSE_KEY)
		return false;
	tick_parse_key(parser, (TickString) {text, length}, &low, &high);
	known = &memo->day[memo_place(low, high)];
	*day = known->day;
	return known->length == length && known->low == low && known->high == high;
}

static inline void
memo_keep(const TickParser *parser, TickParseMemo *memo, const char *text, uint32_t length, int64_t day)
{
	uint64_t	low,
				high;

	if (length > TICK_PARSE_KEY)
		return;
	tick_parse_key(parser, (TickString) {text, length}, &low, &high);
	memo->day[memo_place(low, high)] = (TickParseDay) {length, low, high, day};
}

/* A date of ten bytes, a blank or T, and a clock: the common stamp. */
static inline bool
scan_stamp(const TickParser *parser, TickParseMemo *memo, const TickTimeFormat *format, TickString text, TickTimeParts *parts)
{
	TickTimeParts date;
	TickString	front = {text.data, 10};

	if (text.length < 19 || (text.data[10] != ' ' && text.data[10] != 'T') ||
		!scan_clock(text.data + 11, text.length - 11, &parts->time))
		return false;
	if (!memo_find(parser, memo, front.data, front.length, &parts->day))
	{
		if (tick_parse_time_parts(front, format, &date) != TICK_OK || !date.has_date || date.has_time)
			return false;
		parts->day = date.day;
		memo_keep(parser, memo, front.data, front.length, date.day);
	}
	parts->has_date = parts->has_time = true;
	return true;
}

/* Numbers since midnight or 1970, written without fraction. */
static inline bool
scan_count(const TickTimeFormat *format, TickString text, TickTimeParts *parts)
{
	int64_t		count;
	int64_t		ns;

	if (!scan_digits(text, &count) || __builtin_mul_overflow(count, format->unit_ns, &ns))
		return false;
	if (format->kind == TICK_FORMAT_EPOCH)
	{
		parts->has_date = parts->has_time = true;
		parts->day = ns / TICK_NS_PER_DAY;
		parts->time = ns % TICK_NS_PER_DAY;
		return true;
	}
	if (ns >= TICK_NS_PER_DAY)
		return false;
	parts->has_time = true;
	parts->time = ns;
	return true;
}

/*
 * Read one source's text.  A number since 1970 counts in UTC, as if it were
 * written with the offset zero.
 */
static inline TickStatus
read_parts(const TickParser *parser, TickParseMemo *memo, const TickTimeFormat *format, TickString text, TickTimeParts *parts)
{
	TickStatus	status;
	bool		done = false;

	memset(parts, 0, sizeof(*parts));
	if (memo_find(parser, memo, text.data, text.length, &parts->day))
	{
		parts->has_date = true;
		return TICK_OK;
	}
	if (format->kind == TICK_FORMAT_ISO)
	{
		done = scan_stamp(parser, memo, format, text, parts);
		if (!done && scan_clock(text.data, text.length, &parts->time))
			done = parts->has_time = true;
	}
	else if (format->kind == TICK_FORMAT_EPOCH || format->kind == TICK_FORMAT_MIDNIGHT)
		done = scan_count(format, text, parts);
	if (!done)
	{
		status = tick_parse_time_parts(tick_trim(text), format, parts);
		if (status != TICK_OK)
			return status;
		if (parts->has_date && !parts->has_time && !parts->has_offset)
			memo_keep(parser, memo, text.data, text.length, parts->day);
	}
	if (format->kind == TICK_FORMAT_EPOCH)
		parts->has_offset = true;
	return TICK_OK;
}

/* Add what another source says; two of a kind contradict each other. */
static inline bool
merge_parts(TickTimeParts *all, const TickTimeParts *more)
{
	if ((all->has_date && more->has_date) || (all->has_time && more->has_time) ||
		(all->has_offset && more->has_offset))
		return false;
	if (more->has_date)
	{
		all->has_date = true;
		all->day = more->day;
	}
	if (more->has_time)
	{
		all->has_time = true;
		all->time = more->time;
	}
	if (more->has_offset)
	{
		all->has_offset = true;
		all->offset = more->offset;
	}
	return true;
}

typedef enum Reading
{
	READ_VALUE, READ_NULL, READ_FAULT
} Reading;

/* Is a text that could not be read a null with blanks around it? */
static bool
blank_null(const TickParser *parser, int column, TickString text)
{
	return tick_parse_is_null(parser, &parser->column[column], tick_trim(text));
}

/*
 * All that the sources of a column say in a record.  A null source makes
 * the whole null: half a stamp is no stamp.
 */
static inline Reading
read_column(TickParser *parser, int column, uint32_t row, TickTimeParts *parts, TickString *text)
{
	const TickParseColumn *spec = &parser->column[column];
	TickParseMemo *memo = parser->state[column].memo;
	uint32_t	record = parser->record[row];
	TickStatus	status;

	if (spec->joined && spec->sources > 1)
	{
		if (!tick_parse_join(parser, column, record, ' ', text))
			return READ_NULL;
		status = read_parts(parser, &memo[0], &spec->source[0].format, *text, parts);
		text->data = NULL;		/* it lies in scratch, which does not last */
		text->length = 0;
	}
	else
	{
		if (!tick_parse_source(parser, spec, &spec->source[0], record, text))
			return READ_NULL;
		status = read_parts(parser, &memo[0], &spec->source[0].format, *text, parts);
		for (int i = 1; status == TICK_OK && i < spec->sources; i++)
		{
			TickTimeParts more;

			if (!tick_parse_source(parser, spec, &spec->source[i], record, text))
				return READ_NULL;
			status = read_parts(parser, &memo[i], &spec->source[i].format, *text, &more);
			if (status == TICK_OK && !merge_parts(parts, &more))
				status = TICK_BAD_INPUT;
		}
	}
	if (status == TICK_OK)
		return READ_VALUE;
	if (text->data != NULL && blank_null(parser, column, *text))
		return READ_NULL;
	tick_parse_fault(parser, row, column, tick_parse_fault_of(status), *text);
	return READ_FAULT;
}

void
tick_parse_date_column(TickParser *parser, int column, TickRunColumn *out)
{
	const TickParseColumn *spec = &parser->column[column];

	for (uint32_t i = 0; i < parser->rows; i++)
	{
		TickTimeParts parts;
		TickString	text = {NULL, 0};

		out->i64[i] = 0;
		switch (read_column(parser, column, i, &parts, &text))
		{
			case READ_VALUE:
				if (!parts.has_date)
					tick_parse_fault(parser, i, column, TICK_FAULT_NO_DATE, text);
				else if (parts.has_time && parts.time != 0)
					tick_parse_fault(parser, i, column, TICK_FAULT_SYNTAX, text);
				else if (parts.day < spec->low || parts.day > spec->high)
					tick_parse_fault(parser, i, column, TICK_FAULT_RANGE, text);
				else
					out->i64[i] = parts.day;
				break;
			case READ_NULL:
				tick_parse_put_null(parser, column, out, i, text);
				break;
			case READ_FAULT:
				break;
		}
	}
}

void
tick_parse_time_column(TickParser *parser, int column, TickRunColumn *out)
{
	for (uint32_t i = 0; i < parser->rows; i++)
	{
		TickTimeParts parts;
		TickString	text = {NULL, 0};

		out->i64[i] = 0;
		switch (read_column(parser, column, i, &parts, &text))
		{
			case READ_VALUE:
				if (parts.has_date || !parts.has_time)
					tick_parse_fault(parser, i, column, TICK_FAULT_SYNTAX, text);
				else if (parts.has_offset)
					tick_parse_fault(parser, i, column, TICK_FAULT_OFFSET, text);
				else
					out->i64[i] = parts.time;
				break;
			case READ_NULL:
				tick_parse_put_null(parser, column, out, i, text);
				break;
			case READ_FAULT:
				break;
		}
	}
}

/* A stamp of what was read; the fault otherwise. */
static inline bool
make_stamp(const TickParseColumn *spec, int *zone_hint, const TickTimeParts *parts, int64_t *stamp, TickParseFault *fault)
{
	int64_t		day = parts->day;

	if (!parts->has_date)
	{
		*fault = TICK_FAULT_NO_DATE;
		if (!spec->has_day)
			return false;
		day = spec->day;
	}
	*fault = TICK_FAULT_RANGE;
	if (day > -SAFE_DAYS && day < SAFE_DAYS)
		*stamp = day * TICK_NS_PER_DAY + parts->time;
	else if (tick_stamp_from_parts(day, parts->time, stamp) != TICK_OK)
		return false;
	if (parts->has_offset)
	{
		*fault = TICK_FAULT_OFFSET;
		if (!spec->is_utc)
			return parts->offset == 0;
		*stamp -= parts->offset * TICK_NS_PER_SECOND;
	}
	else if (spec->zone != NULL)
		*stamp = tick_zone_to_utc(spec->zone, *stamp, zone_hint);
	return true;
}

/*
 * The two spellings that most files have, read without more ado: a date of
 * ten bytes that is remembered and a clock, in one field or two.
 * The field of a pair must be a single remembered date.
 */
static inline bool
scan_common(const TickParser *parser, const TickParseColumn *spec, const TickParseMemo *memo, uint32_t record,
			int64_t *day, int64_t *time)
{
	const TickString *field = parser->batch->field + (size_t) record * parser->batch->max_fields;
	TickString	first = field[spec->source[0].field];
	TickString	second;

	if (spec->sources == 1)
		return first.length >= 19 && (first.data[10] == ' ' || first.data[10] == 'T') &&
			memo_find(parser, memo, first.data, 10, day) &&
			scan_field_clock(parser, first.data + 11, first.length - 11, time);
	second = field[spec->source[1].field];
	return first.length <= TICK_PARSE_KEY && memo_find(parser, memo, first.data, first.length, day) &&
		scan_field_clock(parser, second.data, second.length, time);
}

/* May scan_common() be tried: ISO in one field or two, and no null that looks like a time? */
static bool
is_common(const TickParser *parser, const TickParseColumn *spec)
{
	if (spec->joined || spec->sources < 1 || spec->sources > 2 || spec->has_null || parser->plan.null_as.length > 0)
		return false;
	for (int i = 0; i < spec->sources; i++)
	{
		if (spec->source[i].field < 0 || spec->source[i].format.kind != TICK_FORMAT_ISO)
			return false;
	}
	return true;
}

void
tick_parse_stamp_column(TickParser *parser, int column, TickRunColumn *out)
{
	const TickParseColumn *spec = &parser->column[column];
	const TickParseMemo *memo = parser->state[column].memo;
	int		   *zone_hint = &parser->state[column].zone_hint;
	const bool	common = is_common(parser, spec) && spec->zone == NULL;
	const uint32_t rows = parser->rows;
	int64_t    *values = out->i64;

	for (uint32_t i = 0; i < rows; i++)
	{
		TickTimeParts parts;
		TickString	text = {NULL, 0};
		TickParseFault fault;
		int64_t		day,
					time;

		if (common && scan_common(parser, spec, memo, parser->record[i], &day, &time) &&
			day > -SAFE_DAYS && day < SAFE_DAYS)
		{
			values[i] = day * TICK_NS_PER_DAY + time;
			continue;
		}
		values[i] = 0;
		switch (read_column(parser, column, i, &parts, &text))
		{
			case READ_VALUE:
				if (make_stamp(spec, zone_hint, &parts, &values[i], &fault))
					break;
				values[i] = 0;
				tick_parse_fault(parser, i, column, fault, text);
				break;
			case READ_NULL:
				tick_parse_put_null(parser, column, out, i, text);
				break;
			case READ_FAULT:
				break;
		}
	}
}
