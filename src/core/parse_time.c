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

/* digits only, at most 19 of them: ns since 1970 have as many */
static inline bool
scan_digits(TickString text, int64_t *value)
{
	const char *end = text.data + text.length;
	uint64_t	sum = 0;

	if (text.length == 0 || text.length > 19 || tick_take_digits(text.data, end, &sum) != end ||
		sum > INT64_MAX)
		return false;
	*value = (int64_t) sum;
	return true;
}

static inline uint32_t
memo_place(uint64_t low, uint64_t high)
{
	return (uint32_t) ((low ^ high * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xD6E8FEB86659FD93) >> (64 - TICK_PARSE_DAY_BITS));
}

static inline bool
memo_find(const TickParseMemo *memo, const char *text, uint32_t length, int64_t *day)
{
	const TickParseDay *known;
	uint64_t	low,
				high;

	if (length == 0 || length > TICK_PARSE_KEY)
		return false;
	tick_parse_key((TickString) {text, length}, &low, &high);
	known = &memo->day[memo_place(low, high)];
	*day = known->day;
	return known->length == length && known->low == low && known->high == high;
}

static inline void
memo_keep(TickParseMemo *memo, const char *text, uint32_t length, int64_t day)
{
	uint64_t	low,
				high;

	if (length > TICK_PARSE_KEY)
		return;
	tick_parse_key((TickString) {text, length}, &low, &high);
	memo->day[memo_place(low, high)] = (TickParseDay) {length, low, high, day};
}

/* Where a blank or T may part a date from a clock: behind 20240102 or 2024-01-02. */
static inline uint32_t
date_length(TickString text)
{
	return text.length > 8 && (text.data[8] == ' ' || text.data[8] == 'T') ? 8 : 10;
}

/* A date of eight or ten bytes, a blank or T, and a clock: the common stamp. */
static inline bool
scan_stamp(TickParseMemo *memo, const TickTimeFormat *format, TickString text, TickTimeParts *parts)
{
	TickTimeParts date;
	TickString	front = {text.data, date_length(text)};

	if (text.length < front.length + 9 || (text.data[front.length] != ' ' && text.data[front.length] != 'T') ||
		!scan_clock(text.data + front.length + 1, text.length - front.length - 1, &parts->time))
		return false;
	if (!memo_find(memo, front.data, front.length, &parts->day))
	{
		if (tick_parse_time_parts(front, format, &date) != TICK_OK || !date.has_date || date.has_time)
			return false;
		parts->day = date.day;
		memo_keep(memo, front.data, front.length, date.day);
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
read_parts(TickParseMemo *memo, const TickTimeFormat *format, TickString text, TickTimeParts *parts)
{
	TickStatus	status;
	bool		done = false;

	memset(parts, 0, sizeof(*parts));
	if (format->kind == TICK_FORMAT_EPOCH || format->kind == TICK_FORMAT_MIDNIGHT)
		done = scan_count(format, text, parts);
	else if (memo_find(memo, text.data, text.length, &parts->day))
	{
		parts->has_date = true;
		return TICK_OK;
	}
	else if (format->kind == TICK_FORMAT_ISO)
	{
		done = scan_stamp(memo, format, text, parts);
		if (!done && scan_clock(text.data, text.length, &parts->time))
			done = parts->has_time = true;
	}
	if (!done)
	{
		status = tick_parse_time_parts(tick_trim(text), format, parts);
		if (status != TICK_OK)
			return status;
		if (parts->has_date && !parts->has_time && !parts->has_offset)
			memo_keep(memo, text.data, text.length, parts->day);
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
		status = read_parts(&memo[0], &spec->source[0].format, *text, parts);
		text->data = NULL;		/* it lies in scratch, which does not last */
		text->length = 0;
	}
	else
	{
		if (!tick_parse_source(parser, spec, &spec->source[0], record, text))
			return READ_NULL;
		status = read_parts(&memo[0], &spec->source[0].format, *text, parts);
		for (int i = 1; status == TICK_OK && i < spec->sources; i++)
		{
			TickTimeParts more;

			if (!tick_parse_source(parser, spec, &spec->source[i], record, text))
				return READ_NULL;
			status = read_parts(&memo[i], &spec->source[i].format, *text, &more);
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
 * The two spellings that most files have: a date and a clock in one field or
 * in two, ISO, and no null that looks like a time.
 */
static bool
is_common(const TickParser *parser, const TickParseColumn *spec)
{
	if (!parser->every || spec->joined || spec->sources < 1 || spec->sources > 2 || spec->has_null || parser->plan.null_as.length > 0)
		return false;
	for (int i = 0; i < spec->sources; i++)
	{
		if (spec->source[i].field < 0 || spec->source[i].format.kind != TICK_FORMAT_ISO)
			return false;
	}
	return true;
}

/* The date that a row's field is or begins with, if it is remembered and a stamp at any time of day. */
static bool
find_day(const TickParser *parser, const TickParseColumn *spec, const TickParseMemo *memo, uint32_t row, uint32_t length,
		 int64_t *day)
{
	TickString	text = tick_csv_field(parser->batch, parser->record[row], spec->source[0].field);

	if (spec->sources == 2)
		length = text.length;
	else if (text.length <= length || (text.data[length] != ' ' && text.data[length] != 'T') || date_length(text) != length)
		return false;
	return memo_find(memo, text.data, length, day) && *day > -SAFE_DAYS && *day < SAFE_DAYS;
}

/*
 * Stamps by kernels: clocks first, then the dates, which are mostly that of
 * the first row, and otherwise remembered.  Returns how many are left, in
 * parser->left.
 */
static uint32_t
take_common(TickParser *parser, const TickParseColumn *spec, const TickParseMemo *memo, int64_t *values)
{
	const bool	one = spec->sources == 1;
	const TickFields dates = tick_parse_fields(parser, spec->source[0].field, 0);
	TickFields	clocks = tick_parse_fields(parser, spec->source[one ? 0 : 1].field, 0);
	TickString	first = tick_csv_field(parser->batch, parser->record[0], spec->source[0].field);
	uint32_t	length = one ? date_length(first) : first.length;
	uint32_t	others[TICK_CSV_RECORDS];
	uint32_t	other;
	uint32_t	unknown = 0;
	uint32_t	left;
	int64_t		day;

	if (length < 8 || length > TICK_PARSE_KEY || !find_day(parser, spec, memo, 0, length, &day))
		return tick_parse_leave_all(parser);
	clocks.skip = one ? length + 1 : 0;
	left = parser->kernel->clocks(&clocks, values, parser->left);
	other = parser->kernel->same(&dates, first.data, length, one, others);
	/* what is left may be any number */
	for (uint32_t i = 0; i < parser->rows; i++)
		values[i] = (int64_t) ((uint64_t) values[i] + (uint64_t) day * TICK_NS_PER_DAY);
	for (uint32_t i = 0; i < other; i++)
	{
		uint32_t	row = others[i];
		int64_t		own;

		if (find_day(parser, spec, memo, row, length, &own))
			values[row] = (int64_t) ((uint64_t) values[row] + (uint64_t) (own - day) * TICK_NS_PER_DAY);
		else
			others[unknown++] = row;
	}
	return tick_parse_add_left(parser, left, others, unknown);
}

/* Local times as UTC, but for the rows that are left. */
static void
shift_zone(const TickParser *parser, const TickZone *zone, int *zone_hint, uint32_t left, int64_t *values)
{
	uint32_t	n = 0;

	for (uint32_t i = 0; i < parser->rows; i++)
	{
		if (n < left && parser->left[n] == i)
			n++;
		else
			values[i] = tick_zone_to_utc(zone, values[i], zone_hint);
	}
}

/* Whole numbers since 1970 in one field, which are stamps as they are: numbers count in UTC. */
static uint32_t
take_counts(TickParser *parser, const TickParseColumn *spec, int64_t *values)
{
	uint32_t	left = 0;

	for (uint32_t i = 0; i < parser->rows; i++)
	{
		TickString	text = tick_csv_field(parser->batch, parser->first + i, spec->source[0].field);
		int64_t		count;

		if (!scan_digits(text, &count) || __builtin_mul_overflow(count, spec->source[0].format.unit_ns, &values[i]))
			parser->left[left++] = i;
	}
	return left;
}

/* What can be read without more ado; returns how many rows are left. */
static uint32_t
take_stamps(TickParser *parser, int column, int64_t *values)
{
	const TickParseColumn *spec = &parser->column[column];
	uint32_t	left;

	if (parser->every && tick_parse_is_plain(parser, column) && spec->source[0].format.kind == TICK_FORMAT_EPOCH)
		return take_counts(parser, spec, values);
	if (!is_common(parser, spec))
		return tick_parse_leave_all(parser);
	left = take_common(parser, spec, parser->state[column].memo, values);
	if (spec->zone != NULL && left < parser->rows)
		shift_zone(parser, spec->zone, &parser->state[column].zone_hint, left, values);
	return left;
}

void
tick_parse_stamp_column(TickParser *parser, int column, TickRunColumn *out)
{
	const TickParseColumn *spec = &parser->column[column];
	int		   *zone_hint = &parser->state[column].zone_hint;
	int64_t    *values = out->i64;
	uint32_t	left;

	left = take_stamps(parser, column, values);
	for (uint32_t i = 0; i < left; i++)
	{
		uint32_t	row = parser->left[i];
		TickTimeParts parts;
		TickString	text = {NULL, 0};
		TickParseFault fault;

		values[row] = 0;
		switch (read_column(parser, column, row, &parts, &text))
		{
			case READ_VALUE:
				if (make_stamp(spec, zone_hint, &parts, &values[row], &fault))
					break;
				values[row] = 0;
				tick_parse_fault(parser, row, column, fault, text);
				break;
			case READ_NULL:
				tick_parse_put_null(parser, column, out, row, text);
				break;
			case READ_FAULT:
				break;
		}
	}
}
