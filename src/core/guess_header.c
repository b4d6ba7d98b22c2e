/*-------------------------------------------------------------------------
 *
 * guess_header.c
 *	  Title lines, the header, and whose names are its words.
 *
 * A header is a first record of words above a column of numbers, dates or
 * times; where all is text, known names decide.  Records before it that have
 * another number of fields and hold no data are title lines, as are those of
 * the same number above a record whose names are known.  A header of another
 * length than the rows gives its names where only one way to lay them over
 * the fields agrees with the values (from the left, from the right, or with
 * one name over a date and a time of day); else it is passed over.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <string.h>

/* Is the column, below its first row, of numbers or times? */
static bool
column_is_data(const TickString *value, uint32_t rows)
{
	uint32_t	present = 0;
	uint32_t	data = 0;

	for (uint32_t r = 1; r < rows && present < 100; r++)
	{
		if (value[r].data == NULL)
			continue;
		present++;
		data += tick_cell_is_data(value[r]);
	}
	return present > 0 && data * 2 >= present;
}

/* Does the first value come again below? */
static bool
value_comes_again(const TickString *value, uint32_t rows)
{
	for (uint32_t r = 1; r < rows; r++)
		if (value[r].data != NULL && tick_string_compare(value[0], value[r]) == 0)
			return true;
	return false;
}

/*
 * Is the first row a header?  Never with a number or time in it; always
 * above a column of such; else by names that are known, or, when it is all
 * there is, if there are several words and no two alike.
 */
static bool
first_row_is_header(const TickSample *sample)
{
	int			words = 0;
	int			known = 0;
	bool		again = false;
	bool		above_data = false;

	if (sample->rows == 0)
		return false;
	for (int f = 0; f < sample->fields; f++)
	{
		const TickString *value = tick_sample_column(sample, f);

		if (value[0].data == NULL || tick_trim(value[0]).length == 0)
			continue;
		if (tick_cell_is_data(value[0]))
			return false;
		words++;
		known += tick_hint_from_header(value[0]).kind != TICK_HINT_NONE;
		above_data = above_data || column_is_data(value, sample->rows);
		again = again || (!above_data && value_comes_again(value, sample->rows));
	}
	if (words == 0)
		return false;
	if (above_data)
		return true;
	if (sample->rows == 1)
		return known > 0 || (words > 1 && words == sample->fields);
	return known * 2 >= words && known > 0 && !again;
}

/* Is a row the same as the one before the first? */
static bool
row_is_header(const TickSample *sample, uint32_t row)
{
	for (int f = 0; f < sample->fields; f++)
	{
		const TickString *value = tick_sample_column(sample, f);

		if (value[row].data == NULL ? value[-1].data != NULL :
			value[-1].data == NULL || tick_string_compare(value[row], value[-1]) != 0)
			return false;
	}
	return true;
}

/* Leave out the header where it comes again, as where files were written one behind the other. */
static void
drop_headers(TickSample *sample)
{
	uint32_t	kept = 0;

	for (uint32_t r = 0; r < sample->rows; r++)
	{
		if (row_is_header(sample, r))
			continue;
		for (int f = 0; f < sample->fields && kept < r; f++)
			tick_sample_column(sample, f)[kept] = tick_sample_column(sample, f)[r];
		kept++;
	}
	sample->rows = kept;
}

/* The first row becomes the header, trimmed. */
static void
take_header(TickSample *sample)
{
	for (int f = 0; f < sample->fields; f++)
	{
		TickString	cell = tick_sample_column(sample, f)[0];

		sample->header[f].length = 0;
		if (cell.data != NULL)
			sample->header[f] = tick_trim(cell);
	}
	sample->value++;
	sample->rows--;
	drop_headers(sample);
}

/* Does a name agree with the values of a field?  1 when they bear it out, -1 when they contradict it, 0 otherwise. */
static int
name_suits(const TickSample *sample, TickString name, int field)
{
	TickHintKind kind = tick_hint_from_header(name).kind;
	const TickString *value = tick_sample_column(sample, field);
	uint32_t	present = 0;
	uint32_t	data = 0;		/* numbers and times */
	uint32_t	times = 0;		/* with a mark between their digits */
	uint32_t	decimals = 0;

	for (uint32_t r = 0; r < sample->rows && present < 100; r++)
	{
		TickNumberShape shape;
		TickString	text = value[r].data == NULL ? value[r] : tick_trim(value[r]);
		bool		number = text.length > 0 && (tick_number_shape(text, &shape) || tick_is_marked_number(text));

		if (text.length == 0)
			continue;
		present++;
		data += tick_cell_is_data(text);
		times += !number && tick_cell_is_data(text);
		decimals += number && memchr(text.data, '.', text.length) != NULL;
	}
	if (present == 0 || name.length == 0 || kind == TICK_HINT_NONE)
		return 0;
	if (kind == TICK_HINT_TIME || kind == TICK_HINT_DATE)
		return data * 2 >= present && decimals * 2 < present ? 1 : -1;
	if (kind == TICK_HINT_NUMBER)
		return (data - times) * 2 >= present ? 1 : -1;
	return times * 2 >= present || decimals * 2 >= present ? -1 : 0;
}

/* How well the names suit when those from `from` on are moved by `by` fields; -1: not at all. */
static int
names_suit(const TickSample *sample, uint32_t names, int from, int by)
{
	int			good = 0;

	for (int n = 0; n < (int) names && n < sample->fields; n++)
	{
		int			field = n < from ? n : n + by;
		int			suits = field < sample->fields ? name_suits(sample, sample->header[n], field) : 0;

		if (suits < 0)
			return -1;
		good += suits;
	}
	return good;
}

/* The place where one name stands over a date and a time of day, or -1. */
static int
split_time(const TickSample *sample)
{
	for (int f = 0; f + 1 < sample->fields; f++)
	{
		TickHintKind kind = tick_hint_from_header(sample->header[f]).kind;
		TickString	date = tick_sample_column(sample, f)[0];
		TickString	time = tick_sample_column(sample, f + 1)[0];

		if ((kind == TICK_HINT_TIME || kind == TICK_HINT_DATE) && date.data != NULL && time.data != NULL &&
			tick_cell_is_data(date) && memchr(date.data, ':', date.length) == NULL &&
			tick_cell_is_data(time) && memchr(time.data, ':', time.length) != NULL)
			return f;
	}
	return -1;
}

/*
 * Names of a header that does not fit the rows: moved so that they suit the
 * values, if there is one way only; two names at least must be borne out.
 */
static void
fit_names(TickSample *sample, uint32_t names)
{
	int			fields = sample->fields;
	int			missing = fields - (int) names;
	int			split = missing == 1 && sample->rows > 0 ? split_time(sample) : -1;
	int			left = sample->rows > 0 ? names_suit(sample, names, 0, 0) : -1;
	int			right = sample->rows > 0 && missing > 0 ? names_suit(sample, names, 0, missing) : -1;
	int			from = 0;		/* the first name that moves, ... */
	int			by = 0;			/* ... and how far */

	if (split >= 0)
	{
		from = split + 1;
		by = 1;
	}
	else if (left >= 2 && right < left)
		from = fields;
	else if (right >= 2 && left < 0)
		by = missing;
	else
	{
		memset(sample->header, 0, (size_t) fields * sizeof(TickString));
		return;
	}
	sample->header_fits = true;
	for (int f = fields - 1; f >= 0; f--)
	{
		TickString	name = {NULL, 0};
		int			n = f < from ? f : f - by;

		if (n >= (f < from ? 0 : from) && n < (int) names)
			name = tick_trim(sample->header[n]);
		sample->header[f] = name;
	}
	/* neither half of the time has the name */
	if (split >= 0)
		sample->header[split].length = 0;
}

/* Has the row a number or a time?  *known counts its words that are known as names. */
static bool
row_has_data(const TickSample *sample, uint32_t row, int *known)
{
	*known = 0;
	for (int f = 0; f < sample->fields; f++)
	{
		TickString	cell = tick_sample_column(sample, f)[row];

		if (cell.data == NULL)
			continue;
		if (tick_cell_is_data(cell))
			return true;
		*known += tick_hint_from_header(cell).kind != TICK_HINT_NONE;
	}
	return false;
}

/*
 * Titles of as many fields as the rows have: the records above the first
 * with a number or a time in it, but for the last of them, if more of its
 * names are known than of theirs.  Returns how many.
 */
static uint32_t
count_full_titles(const TickSample *sample)
{
	int			known[TICK_GUESS_TITLES + 1] = {0};
	uint32_t	first = 0;

	while (first < sample->rows && first <= TICK_GUESS_TITLES && !row_has_data(sample, first, &known[first]))
		first++;
	if (first < 2 || first > TICK_GUESS_TITLES || first == sample->rows || known[first - 1] < 2)
		return 0;
	for (uint32_t r = 0; r + 1 < first; r++)
		if (known[r] * 2 > known[first - 1])
			return 0;
	return first - 1;
}

void
tick_guess_header(TickSample *sample, const TickHead *head, const TickGuessOptions *options, TickGuess *guess)
{
	int			said = options->header;
	uint32_t	full = said >= 0 ? count_full_titles(sample) : 0;
	bool		possible = head->records > 0 && head->records <= TICK_GUESS_TITLES && head->found && !head->broken;
	bool		header;
	bool		titles;

	sample->value += full;
	sample->rows -= full;
	header = said >= 0 && first_row_is_header(sample);
	/* "Start Date,06/02/2024" is a title above a header, and above rows a broken one of them */
	titles = possible && (!head->data || header || said > 0);
	if ((header && (titles || head->records == 0)) || (said > 0 && !titles && sample->rows > 0))
	{
		take_header(sample);
		guess->header = guess->named = true;
	}
	else if (said >= 0 && possible && head->last_fields > 1 && (titles || !head->last_data))
	{
		fit_names(sample, head->last_fields);
		guess->named = sample->header_fits;
		titles = titles || guess->named;
		if (titles)
			sample->header_fields = head->last_fields;
	}
	else
		memset(sample->header, 0, (size_t) sample->fields * sizeof(TickString));
	if ((said >= 0 && titles) || full > 0)
		guess->skip_lines = (uint32_t) (head->line[full] - 1);
	if (!guess->named)
		for (int f = 0; f < sample->fields && f < options->names; f++)
			if (options->name[f].length > 0)
				sample->header[f] = options->name[f];
	for (int f = 0; f < sample->fields; f++)
		sample->named = sample->named || sample->header[f].length > 0;
}
