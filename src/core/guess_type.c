/*-------------------------------------------------------------------------
 *
 * guess_type.c
 *	  The type of a column: what nearly all of its values are.
 *
 * A few values that break a type (one in twenty) do not change it: they are
 * the rows that a load will report.  This holds for damage, not for codes:
 * where letters and digits mix in one value, as in a hexadecimal mask, the
 * column is text.  So are digits with leading zeros, digits that no integer
 * holds, and columns whose header says so (conditions, exchanges, symbols).
 *
 * Zero and one stay numbers; only words are booleans.  Decimals are double
 * precision; a column of prices that shows whole numbers in a short sample
 * is taken for one of decimals.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INT_DIGITS 18			/* any number of so many digits fits 64 bits */
#define DOUBLE_DIGITS 17		/* more do not come back out of a double */
#define LONG_SAMPLE 1000		/* rows after which whole prices are believed */

void
tick_guess_warn(TickGuessColumn *column, const char *format,...)
{
	va_list		arguments;
	size_t		used = strlen(column->warning);

	if (used > 0 && used + 3 < sizeof(column->warning))
	{
		strcpy(column->warning + used, "; ");
		used += 2;
	}
	va_start(arguments, format);
	vsnprintf(column->warning + used, sizeof(column->warning) - used, format, arguments);
	va_end(arguments);
}

void
tick_guess_rule(TickGuessColumn *column, const char *format,...)
{
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(column->rule, sizeof(column->rule), format, arguments);
	va_end(arguments);
}

uint32_t
tick_guess_tolerance(uint32_t present)
{
	return present / 20;
}

/* ---- one value ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return ((unsigned char) c | 0x20) >= 'a' && ((unsigned char) c | 0x20) <= 'z';
}

/* [sign] digits [. digits] [e [sign] digits], at least one digit before the exponent */
bool
tick_number_shape(TickString text, TickNumberShape *shape)
{
	uint32_t	at = 0;
	uint32_t	digits = 0;
	uint32_t	zeros = 0;		/* at the end of the digits so far */
	uint32_t	leading = 0;	/* zeros at their beginning */
	char		first = '\0';

	memset(shape, 0, sizeof(*shape));
	shape->whole = true;
	shape->digits = true;
	if (at < text.length && (text.data[at] == '-' || text.data[at] == '+'))
	{
		shape->digits = false;
		at++;
	}
	for (; at < text.length && (is_digit(text.data[at]) || (text.data[at] == '.' && !shape->point)); at++)
	{
		char		c = text.data[at];

		if (c == '.')
		{
			shape->point = true;
			continue;
		}
		first = digits == 0 ? c : first;
		digits++;
		leading += c == '0' && leading == digits - 1;
		zeros = c == '0' ? zeros + 1 : 0;
		shape->before += !shape->point;
		shape->whole = shape->whole && (c == '0' || !shape->point);
	}
	if (digits == 0)
		return false;
	shape->after = shape->point ? digits - shape->before : 0;
	shape->significant = leading == digits ? 0 : digits - leading - zeros;
	shape->leading_zero = shape->before > 1 && first == '0';
	if (at < text.length && (text.data[at] == 'e' || text.data[at] == 'E'))
	{
		uint32_t	exponent = at + 1;

		if (exponent < text.length && (text.data[exponent] == '-' || text.data[exponent] == '+'))
			exponent++;
		if (exponent == text.length)
			return false;
		for (at = exponent; at < text.length && is_digit(text.data[at]); at++)
			;
		shape->point = true;
		shape->whole = false;
		shape->after = 0;		/* the exponent says more */
	}
	shape->digits = shape->digits && !shape->point;
	return at == text.length;
}

/* Letters and digits and nothing else, both of them: a code, not a number gone wrong. */
static bool
is_code(TickString text)
{
	bool		digit = false;
	bool		letter = false;

	for (uint32_t i = 0; i < text.length; i++)
	{
		if (is_digit(text.data[i]))
			digit = true;
		else if (is_letter(text.data[i]))
			letter = true;
		else
			return false;
	}
	return digit && letter;
}

static bool
is_word(TickString text, const char *word)
{
	uint32_t	length = (uint32_t) strlen(word);

	if (text.length != length)
		return false;
	for (uint32_t i = 0; i < length; i++)
		if ((is_letter(text.data[i]) ? text.data[i] | 0x20 : text.data[i]) != word[i])
			return false;
	return true;
}

/* What people write for nothing. */
static bool
is_null_word(TickString text)
{
	static const char *const words[] = {"null", "na", "n/a", "nan", "none", "nil", "-", "--", "\\n", "."};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(text, words[i]))
			return true;
	return false;
}

/* ---- one column's numbers ---- */

typedef struct Numbers
{
	uint32_t	whole;			/* fit 64 bits, nothing behind a point */
	uint32_t	pointed;		/* written with a point or exponent */
	uint32_t	leading_zeros;
	uint32_t	wide;			/* more digits than an integer may have */
	uint32_t	doubles;		/* numbers in the range of a double */
	uint32_t	significant;	/* most digits that count */
	TickString	longest;		/* the value that has them */
	uint32_t	codes;			/* no numbers, but codes */
	uint32_t	null_words;		/* what people write for nothing */
	TickString	not_whole;		/* the first value that no integer holds */
	TickString	not_double;
	uint32_t	true_false;		/* the words */
	uint32_t	small_t;
	uint32_t	small_f;
	uint32_t	blanks;			/* values with blanks around them */
} Numbers;

/*
 * Range and course of the numbers, for the later steps.  Seconds since 1970
 * of 1990 to 2050 are 631152000 to 2524607999; in finer units three digits
 * more each.
 */
static void
note_number(TickColumnFacts *facts, const TickNumberShape *shape, double number, double *previous)
{
	static const double units[4] = {1, 1e3, 1e6, 1e9};

	if (facts->numbers == 0 || number < facts->low)
		facts->low = number;
	if (facts->numbers == 0 || number > facts->high)
		facts->high = number;
	if (facts->numbers == 0 || shape->before < facts->short_digits)
		facts->short_digits = shape->before;
	if (shape->before > facts->long_digits)
		facts->long_digits = shape->before;
	if (facts->numbers > 0)
	{
		facts->descents += number < *previous;
		facts->steps += number == *previous + 1;
	}
	if (shape->after > facts->fraction_digits)
		facts->fraction_digits = shape->after;
	for (int i = 0; i < 4; i++)
		facts->epochs[i] += number >= 631152000.0 * units[i] && number < 2524608000.0 * units[i];
	*previous = number;
	facts->numbers++;
	facts->digits += shape->digits;
}

static void
count_number(Numbers *numbers, TickColumnFacts *facts, TickString text, const TickNumberShape *shape, double *previous)
{
	int64_t		integer;
	double		real;

	if (tick_parse_double(text, &real) == TICK_OK)
	{
		numbers->doubles++;
		note_number(facts, shape, real, previous);
	}
	else if (numbers->not_double.length == 0)
		numbers->not_double = text;
	if (shape->whole && tick_parse_int(text, INT64_MIN, INT64_MAX, &integer) == TICK_OK)
		numbers->whole++;
	else if (numbers->not_whole.length == 0)
		numbers->not_whole = text;
	numbers->pointed += shape->point;
	numbers->leading_zeros += shape->leading_zero && shape->digits;
	numbers->wide += !shape->point && shape->before > INT_DIGITS;
	if (shape->significant > numbers->significant)
	{
		numbers->significant = shape->significant;
		numbers->longest = text;
	}
}

static void
count_word(Numbers *numbers, TickString text)
{
	numbers->codes += is_code(text);
	numbers->true_false += is_word(text, "true") || is_word(text, "false");
	numbers->small_t += text.length == 1 && text.data[0] == 't';
	numbers->small_f += text.length == 1 && text.data[0] == 'f';
	numbers->null_words += is_null_word(text);
	if (numbers->not_double.length == 0)
		numbers->not_double = text;
	if (numbers->not_whole.length == 0)
		numbers->not_whole = text;
}

static void
count_values(const TickSample *sample, int field, TickColumnFacts *facts, Numbers *numbers)
{
	const TickString *value = tick_sample_column(sample, field);
	double		previous = 0;

	memset(numbers, 0, sizeof(*numbers));
	for (uint32_t r = 0; r < sample->rows; r++)
	{
		TickNumberShape shape;
		TickString	text;

		if (value[r].data == NULL)
			continue;
		text = tick_trim(value[r]);
		numbers->blanks += text.length != value[r].length;
		if (text.length == 0)
			continue;
		facts->present++;
		if (tick_number_shape(text, &shape))
			count_number(numbers, facts, text, &shape, &previous);
		else
			count_word(numbers, text);
	}
}

/* ---- decisions ---- */

static void
set_type(TickGuessColumn *column, TickType type)
{
	column->type = type;
	column->sql_type = tick_type_name(type);
}

static bool
guess_bool(const Numbers *numbers, TickColumnFacts *facts, TickGuessColumn *column)
{
	bool		letters = numbers->small_t > 0 && numbers->small_f > 0 &&
		numbers->small_t + numbers->small_f + numbers->true_false == facts->present;

	if (facts->present == 0 || (numbers->true_false < facts->present && !letters))
		return false;
	set_type(column, TICK_BOOL);
	tick_guess_rule(column, "all values are words for true and false");
	return true;
}

/* A single letter as a header says too little to decide a type. */
static bool
says_number(const TickColumnFacts *facts)
{
	return facts->hint.kind == TICK_HINT_NUMBER && facts->hint.rank < 2;
}

/* A header of what may have decimals even where the sample shows none */
static bool
says_price(const TickColumnFacts *facts)
{
	return says_number(facts) && facts->hint.role != TICK_ROLE_NONE && facts->hint.role != TICK_ROLE_SIZE &&
		facts->hint.role != TICK_ROLE_VOLUME && facts->hint.role != TICK_ROLE_BID_SIZE && facts->hint.role != TICK_ROLE_ASK_SIZE;
}

/* How many values may be no numbers: a twentieth, or all of one word for nothing. */
static uint32_t
allowed_misfits(const Numbers *numbers, const TickColumnFacts *facts)
{
	uint32_t	misfits = facts->present - numbers->doubles;
	bool		number = says_number(facts);

	if (numbers->null_words > 0 && numbers->null_words == misfits && numbers->doubles > 0 &&
		(number || misfits * 2 <= facts->present))
		return misfits;
	if (numbers->codes > 0 && !number)
		return 0;
	return tick_guess_tolerance(facts->present);
}

static void
warn_misfits(TickGuessColumn *column, const TickColumnFacts *facts, const Numbers *numbers)
{
	char		shown[40];

	if (facts->misfits == 0)
		return;
	tick_copy_cut(shown, sizeof(shown), tick_trim(facts->misfit));
	tick_guess_warn(column, "%u of %u values are no %s: \"%s\"%s", facts->misfits, facts->present, column->sql_type, shown,
					numbers->null_words == facts->misfits ? " (see null_as)" : "");
}

/*
 * Whole numbers, unless they are codes: leading zeros, or more digits than
 * an integer has.  A header that says number overrides leading zeros.
 */
static bool
guess_int(const Numbers *numbers, uint32_t allowed, TickColumnFacts *facts, TickGuessColumn *column)
{
	if (numbers->whole + allowed < facts->present || numbers->pointed > tick_guess_tolerance(facts->present))
		return false;
	if (says_price(facts) && facts->present < LONG_SAMPLE)
		return false;
	set_type(column, TICK_INT);
	facts->misfits = facts->present - numbers->whole;
	facts->misfit = numbers->not_whole;
	tick_guess_rule(column, "%s values are whole numbers", facts->misfits > 0 ? "nearly all" : "all");
	return true;
}

static bool
guess_double(const Numbers *numbers, uint32_t allowed, TickColumnFacts *facts, TickGuessColumn *column)
{
	if (numbers->doubles + allowed < facts->present || numbers->doubles == 0)
		return false;
	set_type(column, TICK_DOUBLE);
	facts->misfits = facts->present - numbers->doubles;
	facts->misfit = numbers->not_double;
	if (numbers->pointed == 0)
		tick_guess_rule(column, "header says price, and prices may have decimals");
	else
		tick_guess_rule(column, "%s values are decimals", facts->misfits > 0 ? "nearly all" : "all");
	if (numbers->significant > DOUBLE_DIGITS)
	{
		char		shown[40];

		tick_copy_cut(shown, sizeof(shown), numbers->longest);
		tick_guess_warn(column, "\"%s\" has more digits than a double keeps: declare numeric(p,s)", shown);
	}
	return true;
}

static void
guess_text(const Numbers *numbers, TickColumnFacts *facts, TickGuessColumn *column)
{
	set_type(column, TICK_TEXT);
	if (facts->present == 0 && says_number(facts))
	{
		set_type(column, TICK_DOUBLE);
		tick_guess_rule(column, "no values; header says number");
		tick_guess_warn(column, "the sample holds no values: double precision is what the header suggests");
	}
	else if (facts->present == 0)
	{
		tick_guess_rule(column, "no values");
		tick_guess_warn(column, "the sample holds no values: text is a mere supposition");
	}
	else if (facts->hint.kind == TICK_HINT_CODE || facts->hint.kind == TICK_HINT_SYMBOL)
		tick_guess_rule(column, "header says %s", facts->hint.kind == TICK_HINT_CODE ? "code" : "symbol");
	else if (numbers->leading_zeros > 0 && numbers->whole == facts->present)
		tick_guess_rule(column, "digits with leading zeros");
	else if (numbers->wide > 0 && numbers->doubles == facts->present)
		tick_guess_rule(column, "digits that no integer holds");
	else if (numbers->codes > 0 && numbers->codes + numbers->doubles == facts->present)
		tick_guess_rule(column, "letters and digits");
	else
		tick_guess_rule(column, "values are neither numbers nor times");
	if (says_number(facts) && facts->present > 0)
	{
		char		shown[40];

		tick_copy_cut(shown, sizeof(shown), tick_trim(numbers->not_double));
		tick_guess_warn(column, "header says number, but \"%s\" is none", shown);
	}
	else if ((facts->hint.kind == TICK_HINT_TIME || facts->hint.kind == TICK_HINT_DATE) && facts->present > 0)
		tick_guess_warn(column, "header says time, but no known form fits the values: look for other lines among them, or give a format in columns");
}

/* Take the blanks off the values of a column; what is left empty is a null. */
static void
trim_values(const TickSample *sample, int field)
{
	TickString *value = tick_sample_column(sample, field);

	for (uint32_t r = 0; r < sample->rows; r++)
	{
		if (value[r].data == NULL)
			continue;
		value[r] = tick_trim(value[r]);
		if (value[r].length == 0)
			value[r].data = NULL;
	}
}

/* Nanoseconds since 1970 have more digits than a number should, where a time may stand. */
static bool
may_be_epoch(const TickSample *sample, int field, const TickColumnFacts *facts)
{
	return tick_guess_epoch(facts) != NULL &&
		(facts->hint.kind == TICK_HINT_TIME || facts->hint.kind == TICK_HINT_DATE || field == 0 || !sample->named);
}

/* Numbers with marks are looked for where no time is said to be, and where plain ones are not enough or may mean others. */
static bool
may_be_marked(const TickColumnFacts *facts, const Numbers *numbers)
{
	return facts->hint.kind != TICK_HINT_TIME && facts->hint.kind != TICK_HINT_DATE &&
		numbers->null_words < facts->present - numbers->doubles + (numbers->pointed > 0);
}

void
tick_guess_type(const TickSample *sample, int field, TickGuessColumn *column, TickColumnFacts *facts)
{
	Numbers		numbers;
	uint32_t	allowed;
	bool		number;

	count_values(sample, field, facts, &numbers);
	allowed = allowed_misfits(&numbers, facts);
	number = says_number(facts);
	if (facts->present == 0 || facts->hint.kind == TICK_HINT_CODE || facts->hint.kind == TICK_HINT_SYMBOL)
		guess_text(&numbers, facts, column);
	else if (guess_bool(&numbers, facts, column) || tick_guess_time(sample, field, column, facts) ||
			 (may_be_marked(facts, &numbers) && tick_guess_marked(sample, field, says_price(facts), column, facts)))
		;
	else if (!number && numbers.pointed == 0 &&
			 (numbers.leading_zeros > 0 ||
			  (numbers.wide > tick_guess_tolerance(facts->present) && !may_be_epoch(sample, field, facts))))
		guess_text(&numbers, facts, column);
	else if (!guess_int(&numbers, allowed, facts, column) && !guess_double(&numbers, allowed, facts, column))
		guess_text(&numbers, facts, column);
	warn_misfits(column, facts, &numbers);
	column->fraction_digits = (uint8_t) (facts->fraction_digits < UINT8_MAX ? facts->fraction_digits : UINT8_MAX);
	column->trim = sample->spaced || (column->type != TICK_TEXT && numbers.blanks > 0);
	if (column->trim)
		trim_values(sample, field);
}
