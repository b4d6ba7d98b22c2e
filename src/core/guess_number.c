/*-------------------------------------------------------------------------
 *
 * guess_number.c
 *	  Numbers as people write them: 1.234,50 and $1,234.50.
 *
 * A comma stands before the fraction or between thousands, and "1,234" does
 * not tell which.  A value that can be read one way only decides for its
 * column, and for the doubts of all other columns of the file: there,
 * "1.000" beside "1,5" is a thousand.  Where nothing decides, a comma in a
 * file that commas delimit sets thousands apart; elsewhere the column stays
 * text, and a warning says how to declare it.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <string.h>

#define NUMBER_BYTES 64			/* longest number with marks that is looked at */
#define LONG_SAMPLE 1000		/* rows after which whole prices are believed */

/* Read a number with marks; *whole when nothing is behind its point. */
static bool
read_marked(TickString text, TickNumberMarks marks, double *number, bool *whole)
{
	char		plain[NUMBER_BYTES + TICK_PLAIN_EXTRA];
	TickNumberShape shape;
	uint32_t	length;

	if (text.length > NUMBER_BYTES || !tick_plain_number(text, marks, plain, &length) ||
		!tick_number_shape((TickString) {plain, length}, &shape) ||
		tick_parse_double((TickString) {plain, length}, number) != TICK_OK)
		return false;
	*whole = shape.whole;
	return true;
}

bool
tick_guess_number(const TickGuessColumn *column, TickString value, double *number)
{
	bool		whole;

	if (column->marks != TICK_MARKS_NONE)
		return read_marked(value, column->marks, number, &whole);
	return tick_parse_double(tick_trim(value), number) == TICK_OK;
}

/* Letters that scale (1M) may be a header as well as a number: they do not count here. */
bool
tick_is_marked_number(TickString text)
{
	double		number;
	bool		whole;
	char		last;

	text = tick_trim(text);
	if (text.length == 0)
		return false;
	last = text.data[text.length - 1];
	if ((last | 0x20) >= 'a' && (last | 0x20) <= 'z')
		return false;
	return read_marked(text, TICK_MARKS_COMMA, &number, &whole) || read_marked(text, TICK_MARKS_GROUPED, &number, &whole);
}

/* What a column's values may be. */
typedef struct Marks
{
	uint32_t	present;
	uint32_t	valid[3];		/* by TickNumberMarks */
	uint32_t	whole[3];
	uint32_t	sure[3];		/* readable that way only */
	uint32_t	commas;			/* values with a comma */
	uint32_t	points;			/* plain numbers with a point, ... */
	uint32_t	thousands;		/* ... of them, those that may as well be thousands apart */
	TickString	misfit;			/* the first that is no number */
} Marks;

static bool
has_byte(TickString text, char byte)
{
	return text.length > 0 && memchr(text.data, byte, text.length) != NULL;
}

/* "0,5" and "0.5" set no thousands apart. */
static bool
begins_with_zero(TickString text, char mark)
{
	uint32_t	at = text.length > 0 && (text.data[0] == '-' || text.data[0] == '+');

	return at + 1 < text.length && text.data[at] == '0' && text.data[at + 1] == mark;
}

static void
count_value(TickString text, Marks *marks)
{
	TickNumberShape shape;
	double		number;
	bool		whole[3] = {false};
	bool		valid[3] = {false};

	marks->present++;
	valid[TICK_MARKS_COMMA] = !begins_with_zero(text, '.') && read_marked(text, TICK_MARKS_COMMA, &number, &whole[TICK_MARKS_COMMA]);
	valid[TICK_MARKS_GROUPED] = !begins_with_zero(text, ',') && read_marked(text, TICK_MARKS_GROUPED, &number, &whole[TICK_MARKS_GROUPED]);
	for (int i = TICK_MARKS_COMMA; i <= TICK_MARKS_GROUPED; i++)
	{
		marks->valid[i] += valid[i];
		marks->whole[i] += valid[i] && whole[i];
	}
	if (!valid[TICK_MARKS_COMMA] && !valid[TICK_MARKS_GROUPED] && marks->misfit.length == 0)
		marks->misfit = text;
	if (has_byte(text, ','))
	{
		marks->commas++;
		marks->sure[TICK_MARKS_COMMA] += valid[TICK_MARKS_COMMA] && !valid[TICK_MARKS_GROUPED];
		marks->sure[TICK_MARKS_GROUPED] += valid[TICK_MARKS_GROUPED] && !valid[TICK_MARKS_COMMA];
	}
	else if (has_byte(text, '.') && tick_number_shape(text, &shape))
	{
		marks->points++;
		marks->thousands += valid[TICK_MARKS_COMMA];
	}
}

static void
count_marks(const TickSample *sample, int field, Marks *marks)
{
	const TickString *value = tick_sample_column(sample, field);

	memset(marks, 0, sizeof(*marks));
	for (uint32_t r = 0; r < sample->rows; r++)
	{
		TickString	text = value[r].data == NULL ? value[r] : tick_trim(value[r]);

		if (text.length > 0)
			count_value(text, marks);
	}
}

static bool
has_commas(const TickSample *sample, int field)
{
	const TickString *value = tick_sample_column(sample, field);

	for (uint32_t r = 0; r < sample->rows; r++)
		if (value[r].data != NULL && has_byte(value[r], ','))
			return true;
	return false;
}

TickNumberMarks
tick_guess_file_marks(const TickSample *sample)
{
	uint32_t	sure[3] = {0};

	for (int f = 0; f < sample->fields; f++)
	{
		Marks		marks;

		/* without a comma nothing is sure, and most files have none */
		if (!has_commas(sample, f))
			continue;
		count_marks(sample, f, &marks);
		for (int i = TICK_MARKS_COMMA; i <= TICK_MARKS_GROUPED; i++)
			if (marks.sure[i] > 0 && marks.valid[i] + tick_guess_tolerance(marks.present) >= marks.present)
				sure[i] += marks.sure[i];
	}
	if (sure[TICK_MARKS_COMMA] > sure[TICK_MARKS_GROUPED])
		return TICK_MARKS_COMMA;
	return sure[TICK_MARKS_GROUPED] > 0 ? TICK_MARKS_GROUPED : TICK_MARKS_NONE;
}

/* The marks that the column's values have; NONE when it is not sure or has none. */
static TickNumberMarks
choose_marks(const TickSample *sample, const Marks *marks, bool plain, TickGuessColumn *column)
{
	uint32_t	allowed = tick_guess_tolerance(marks->present);
	bool		comma = marks->valid[TICK_MARKS_COMMA] + allowed >= marks->present;
	bool		grouped = marks->valid[TICK_MARKS_GROUPED] + allowed >= marks->present;

	/* plain numbers, unless their points set thousands apart */
	if (plain)
		return sample->marks == TICK_MARKS_COMMA && marks->points > 0 && marks->thousands == marks->points && comma ?
			TICK_MARKS_COMMA : TICK_MARKS_NONE;
	if (comma && grouped && marks->commas > 0 && sample->marks == TICK_MARKS_NONE && sample->delimiter != ',')
	{
		tick_guess_warn(column, "a comma may set apart thousands or a fraction: give format grouped or format comma in columns");
		return TICK_MARKS_NONE;
	}
	if (comma && (!grouped || sample->marks == TICK_MARKS_COMMA))
		return TICK_MARKS_COMMA;
	return grouped ? TICK_MARKS_GROUPED : TICK_MARKS_NONE;
}

bool
tick_guess_marked(const TickSample *sample, int field, bool price, TickGuessColumn *column, TickColumnFacts *facts)
{
	Marks		marks;
	bool		plain = facts->numbers + tick_guess_tolerance(facts->present) >= facts->present;
	bool		whole;

	if (plain && sample->marks != TICK_MARKS_COMMA)
		return false;
	count_marks(sample, field, &marks);
	column->marks = choose_marks(sample, &marks, plain, column);
	if (column->marks == TICK_MARKS_NONE)
		return false;
	whole = marks.whole[column->marks] == marks.valid[column->marks] && !(price && marks.present < LONG_SAMPLE);
	column->type = whole ? TICK_INT : TICK_DOUBLE;
	column->sql_type = tick_type_name(column->type);
	facts->numbers = marks.valid[column->marks];
	facts->misfits = marks.present - marks.valid[column->marks];
	facts->misfit = marks.misfit;
	strcpy(column->format_word, column->marks == TICK_MARKS_COMMA ? "comma" : "grouped");
	tick_guess_rule(column, "%s values are numbers with %s", facts->misfits > 0 ? "nearly all" : "all",
					column->marks == TICK_MARKS_COMMA ? "a comma before the fraction" : "marks");
	return true;
}
