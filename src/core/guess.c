/*-------------------------------------------------------------------------
 *
 * guess.c
 *	  What a file holds, guessed from its first rows.
 *
 * The steps, in order: dialect (how rows are cut), sample (rows with the
 * usual number of fields, header apart), a type for each column by itself,
 * the time of the row, the evidence (nulls, distinct, extremes, samples),
 * roles, names.  Each step reads what the former left in TickGuess, and
 * facts that only the guess needs in TickColumnFacts.
 *
 * Costs: the sample is TICK_GUESS_ROWS rows and two million values at most;
 * each step walks it a small fixed number of times.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <stdio.h>
#include <string.h>

#include "core/hash.h"

/* ---- evidence ---- */

/* How a value sorts among its column's; text sorts by its bytes. */
typedef struct SortKey
{
	bool		real;
	double		number;
	int64_t		days;			/* integers and times: days, or 0, ... */
	int64_t		units;			/* ... and nanoseconds or the integer */
} SortKey;

static bool
sort_key(const TickGuessColumn *column, TickString value, SortKey *key)
{
	TickTimeParts parts;
	TickString	text = tick_trim(value);

	memset(key, 0, sizeof(*key));
	switch (column->type)
	{
		case TICK_INT:
			if (column->marks != TICK_MARKS_NONE)
			{
				key->real = true;
				return tick_guess_number(column, text, &key->number);
			}
			return tick_parse_int(text, INT64_MIN, INT64_MAX, &key->units) == TICK_OK;
		case TICK_DOUBLE:
			key->real = true;
			return tick_guess_number(column, text, &key->number);
		case TICK_DATE:
		case TICK_TIME:
		case TICK_STAMP:
			memset(&parts, 0, sizeof(parts));
			if (tick_parse_time_parts(text, &column->format, &parts) != TICK_OK)
				return false;
			key->days = parts.has_date ? parts.day : 0;
			key->units = parts.has_time ? parts.time - (int64_t) parts.offset * TICK_NS_PER_SECOND : 0;
			return true;
		default:
			return true;
	}
}

static int
compare_keys(TickType type, const SortKey *a, TickString a_text, const SortKey *b, TickString b_text)
{
	if (type == TICK_TEXT || type == TICK_BOOL)
		return tick_string_compare(a_text, b_text);
	if (a->real)
		return (a->number > b->number) - (a->number < b->number);
	if (a->days != b->days)
		return a->days < b->days ? -1 : 1;
	return (a->units > b->units) - (a->units < b->units);
}

/* A set of row numbers whose values are known to differ; size is a power of two. */
typedef struct Distinct
{
	uint32_t   *slot;			/* row + 1, 0: free */
	uint32_t	size;
} Distinct;

/* Is the value new among those of its column? */
static bool
distinct_add(Distinct *distinct, const TickString *value, uint32_t row)
{
	uint32_t	at = (uint32_t) tick_hash64(value[row].data, value[row].length, 0) & (distinct->size - 1);

	while (distinct->slot[at] != 0)
	{
		if (tick_string_compare(value[distinct->slot[at] - 1], value[row]) == 0)
			return false;
		at = (at + 1) & (distinct->size - 1);
	}
	distinct->slot[at] = row + 1;
	return true;
}

/* Nulls, distinct values, width, extremes and the first samples of a column. */
static void
note_evidence(const TickSample *sample, int field, TickGuessColumn *column, Distinct *distinct)
{
	const TickString *value = tick_sample_column(sample, field);
	SortKey		low = {0};
	SortKey		high = {0};
	TickString	lowest = {NULL, 0};
	TickString	highest = {NULL, 0};

	memset(distinct->slot, 0, distinct->size * sizeof(uint32_t));
	for (uint32_t r = 0; r < sample->rows; r++)
	{
		SortKey		key;

		if (value[r].data == NULL)
		{
			column->nulls++;
			continue;
		}
		if (value[r].length > column->width)
			column->width = value[r].length;
		if (!distinct_add(distinct, value, r))
			continue;
		column->distinct++;
		if (column->samples < TICK_GUESS_SAMPLES)
			tick_copy_cut(column->sample[column->samples++], sizeof(column->sample[0]), value[r]);
		if (!sort_key(column, value[r], &key))
			continue;
		if (lowest.data == NULL || compare_keys(column->type, &key, value[r], &low, lowest) < 0)
		{
			low = key;
			lowest = value[r];
		}
		if (highest.data == NULL || compare_keys(column->type, &key, value[r], &high, highest) > 0)
		{
			high = key;
			highest = value[r];
		}
	}
	tick_copy_cut(column->min, sizeof(column->min), lowest);
	tick_copy_cut(column->max, sizeof(column->max), highest);
}

static TickStatus
note_all_evidence(const TickSample *sample, TickGuess *guess, const TickMemory *memory, TickError *error)
{
	Distinct	distinct = {NULL, 16};

	while (distinct.size < sample->rows * 2)
		distinct.size *= 2;
	distinct.slot = tick_alloc_array(memory, distinct.size, sizeof(uint32_t));
	if (distinct.slot == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	for (int i = 0; i < guess->columns; i++)
		note_evidence(sample, i, &guess->column[i], &distinct);
	tick_free(memory, distinct.slot);
	return TICK_OK;
}

/* ---- steps ---- */

/*
 * What the headers say.  Where one column is the symbol by its very name,
 * others that might be ("instrument_id") are judged by their values.
 */
static void
note_hints(const TickSample *sample, TickColumnFacts *facts)
{
	bool		symbol = false;

	for (int i = 0; i < sample->fields; i++)
	{
		if (sample->header[i].length > 0)
			facts[i].hint = tick_hint_from_header(sample->header[i]);
		symbol = symbol || (facts[i].hint.kind == TICK_HINT_SYMBOL && facts[i].hint.rank == 0);
	}
	for (int i = 0; i < sample->fields && symbol; i++)
		if (facts[i].hint.kind == TICK_HINT_SYMBOL && facts[i].hint.rank > 0)
			memset(&facts[i].hint, 0, sizeof(facts[i].hint));
}

static void
init_column(const TickSample *sample, int field, const TickGuess *guess, TickGuessColumn *column)
{
	column->position = field + 1;
	if (guess->named)
		tick_copy_cut(column->field, sizeof(column->field), sample->header[field]);
}

/* A header that does not fit its rows is told of, at the first column. */
static void
warn_of_header(const TickSample *sample, TickGuess *guess)
{
	if (sample->header_fields > 0)
		tick_guess_warn(&guess->column[0], "the header has %u names and the rows %d fields: %s",
						sample->header_fields, sample->fields,
						sample->header_fits ? "names are given where the values fit them" : "fields are taken by position");
}

static TickStatus
guess_columns(TickSample *sample, const TickGuessOptions *options, const TickMemory *memory,
			  TickGuess *guess, TickColumnFacts *facts, TickError *error)
{
	note_hints(sample, facts);
	sample->marks = tick_guess_file_marks(sample);
	for (int i = 0; i < guess->columns; i++)
	{
		init_column(sample, i, guess, &guess->column[i]);
		tick_guess_type(sample, i, &guess->column[i], &facts[i]);
	}
	tick_guess_times(sample, options, guess, facts);
	TICK_TRY(note_all_evidence(sample, guess, memory, error));
	tick_guess_roles(sample, options, guess, facts);
	tick_guess_names(sample, guess);
	warn_of_header(sample, guess);
	return TICK_OK;
}

/* Bytes that are no text at all are told from text that is odd. */
static TickStatus
check_bytes(const char *bytes, size_t length, TickError *error)
{
	static const char utf16_little[2] = {'\xFF', '\xFE'};
	static const char utf16_big[2] = {'\xFE', '\xFF'};
	static const char gzip[2] = {'\x1F', '\x8B'};

	if (length < 2)
		return TICK_OK;
	/* every line end has a zero byte there */
	if ((memcmp(bytes, utf16_little, 2) == 0 || memcmp(bytes, utf16_big, 2) == 0) && memchr(bytes, '\0', length) != NULL)
	{
		tick_error_set(error, TICK_BAD_INPUT, "input is UTF-16, not UTF-8");
		tick_error_hint(error, "Convert it to UTF-8 first.");
		return TICK_BAD_INPUT;
	}
	if (memcmp(bytes, gzip, 2) == 0)
	{
		tick_error_set(error, TICK_BAD_INPUT, "input is compressed twice: its content is a gzip stream");
		return TICK_BAD_INPUT;
	}
	return TICK_OK;
}

static TickStatus
guess_with(TickSample *sample, const char *bytes, size_t length, bool complete, const TickGuessOptions *options,
		   const TickMemory *memory, TickGuess *guess, TickError *error)
{
	TickColumnFacts *facts;
	TickStatus	status;

	TICK_TRY(tick_guess_sample(bytes, length, complete, options, memory, guess, sample, error));
	guess->columns = guess->fields;
	guess->column = tick_alloc_zero(memory, (size_t) guess->columns * sizeof(TickGuessColumn));
	facts = tick_alloc_zero(memory, (size_t) guess->columns * sizeof(TickColumnFacts));
	if (guess->column == NULL || facts == NULL)
		status = tick_error_set(error, TICK_NOMEM, "out of memory");
	else
		status = guess_columns(sample, options, memory, guess, facts, error);
	tick_free(memory, facts);
	return status;
}

/* Without a single record the guess has no columns; that is no error. */
TickStatus
tick_guess(const char *bytes, size_t length, bool complete, const TickGuessOptions *options,
		   const TickMemory *memory, TickGuess *guess, TickError *error)
{
	TickSample	sample;
	TickStatus	status;

	memset(guess, 0, sizeof(*guess));
	memset(&sample, 0, sizeof(sample));
	tick_buffer_init(&sample.bytes, memory);
	tick_buffer_init(&sample.header_bytes, memory);
	TICK_TRY(check_bytes(bytes, length, error));
	TICK_TRY(tick_guess_dialect(bytes, length, complete, options, memory, guess, error));
	if (guess->fields == 0)
		return TICK_OK;
	status = guess_with(&sample, bytes, length, complete, options, memory, guess, error);
	tick_sample_free(&sample, memory);
	if (status != TICK_OK)
		tick_guess_free(guess, memory);
	return status;
}

void
tick_guess_free(TickGuess *guess, const TickMemory *memory)
{
	tick_free(memory, guess->column);
	guess->column = NULL;
	guess->columns = 0;
}

/* ---- grain ---- */

#define DENSE_ROWS 2000			/* rows that make a partition worth its while */
#define FEW_DAYS 31				/* so few partitions are never too many */

/*
 * A partition should hold some thousand rows: a file of one row a day gets
 * years.  days are those from the first to the last.
 */
char
tick_guess_grain(uint64_t rows, uint64_t days)
{
	if (days <= FEW_DAYS || rows / days >= DENSE_ROWS)
		return 'd';
	return (double) rows * 30.4 / (double) days >= DENSE_ROWS ? 'm' : 'y';
}
