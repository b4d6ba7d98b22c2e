/*-------------------------------------------------------------------------
 *
 * guess_dialect.c
 *	  How a file's rows are written: delimiter and quote; the sample of them.
 *
 * Each delimiter in question reads the beginning of the file as CSV; the one
 * under which most records have the same number of fields wins, then the one
 * that gives more fields.  Quotes are respected, so a comma within quotes
 * counts for nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <string.h>

#define TALLY_BYTES (256 * 1024)	/* looked at for the delimiter */
#define TALLY_RECORDS 2000
#define DEFAULT_MAX_LINE (1024 * 1024)
#define SAMPLE_CELLS (2 * 1024 * 1024)	/* values kept, most */

/* The plain bytes as input of the CSV reader. */
typedef struct Input
{
	const char *bytes;
	size_t		length;
	size_t		next;
} Input;

static TickStatus
read_input(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	Input	   *input = context;
	size_t		left = input->length - input->next;

	*length = left < capacity ? left : capacity;
	if (*length == 0)
		return TICK_END;
	memcpy(bytes, input->bytes + input->next, *length);
	input->next += *length;
	return TICK_OK;
}

static TickCsvOptions
csv_options(const TickGuessOptions *options, char comment, char delimiter, char quote, uint32_t max_fields)
{
	TickCsvOptions csv;

	memset(&csv, 0, sizeof(csv));
	csv.delimiter = delimiter;
	csv.quote = quote;
	csv.escape = options->escape;
	csv.comment = comment;
	csv.trailer = options->trailer;
	csv.max_line = options->max_line > 0 ? options->max_line : DEFAULT_MAX_LINE;
	csv.max_fields = max_fields;
	return csv;
}

/* ---- delimiter and quote ---- */

/* What one delimiter makes of the records. */
typedef struct Tally
{
	char		delimiter;
	char		quote;
	char		comment;
	uint32_t	fields;			/* in most records */
	uint32_t	agree;			/* records that have so many */
	uint32_t	records;		/* all, the faulty ones too */
	uint32_t	faults;
	int			consistency;	/* 0 .. 3; -1: one field only */
} Tally;

/*
 * The most frequent number of fields; on a tie the larger.  The first
 * record does not vote, as it may be a title or a header of another length;
 * but on a tie one without digits, which may be the header, decides.
 */
static void
tally_finish(Tally *tally, const uint32_t *counts, uint32_t first_fields, bool wordy)
{
	uint32_t	voters = tally->records - tally->faults;

	for (uint32_t fields = 1; fields <= TICK_MAX_COLUMNS + 1; fields++)
	{
		uint32_t	votes = counts[fields] - (voters > 1 && fields == first_fields);

		if (votes > 0 && votes >= tally->agree)
		{
			tally->agree = votes;
			tally->fields = fields;
		}
	}
	if (voters > 1 && first_fields > 1 && wordy && counts[first_fields] - 1 == tally->agree &&
		first_fields * 2 > tally->fields)
		tally->fields = first_fields;
	if (tally->fields < 2)
		tally->consistency = -1;
	else
	{
		uint64_t	all = voters > 1 ? tally->records - 1 : tally->records;
		uint64_t	percent = (uint64_t) tally->agree * 100 / (all > 0 ? all : 1);

		tally->consistency = percent >= 98 ? 3 : percent >= 90 ? 2 : percent >= 60 ? 1 : 0;
	}
}

static bool
has_digit(TickString text)
{
	for (uint32_t i = 0; i < text.length; i++)
		if (text.data[i] >= '0' && text.data[i] <= '9')
			return true;
	return false;
}

static TickStatus
tally_records(const char *bytes, size_t length, bool complete, const TickGuessOptions *options,
			  const TickMemory *memory, Tally *tally, TickError *error)
{
	Input		input = {bytes, length, 0};
	TickCsvOptions csv_option = csv_options(options, tally->comment, tally->delimiter, tally->quote, 1);
	uint32_t	counts[TICK_MAX_COLUMNS + 2] = {0};
	uint32_t	first_fields = 0;
	uint32_t	last_fields = 0;	/* of the last record, 0 when faulty */
	bool		wordy = false;	/* the first record has no digits */
	TickCsv    *csv;
	TickCsvBatch batch;
	TickStatus	status = TICK_OK;

	TICK_TRY(tick_csv_create(&csv, memory, &csv_option, read_input, &input, error));
	while (tally->records < TALLY_RECORDS && (status = tick_csv_next(csv, &batch, error)) == TICK_OK)
	{
		for (uint32_t i = 0; i < batch.records; i++)
		{
			TickCsvRecord record = tick_csv_record(&batch, i);
			uint32_t	fields = record.fields;

			tally->records++;
			last_fields = 0;
			if (record.fault != TICK_CSV_GOOD || fields == 0)
			{
				tally->faults++;
				continue;
			}
			if (fields > TICK_MAX_COLUMNS)
				fields = TICK_MAX_COLUMNS + 1;
			if (first_fields == 0)
			{
				first_fields = fields;
				wordy = !has_digit(record.raw);
			}
			counts[fields]++;
			last_fields = fields;
		}
	}
	tick_csv_free(csv);
	if (tally->records < TALLY_RECORDS && status != TICK_END)
		return status;
	/* the last record may be cut */
	if (!complete && tally->records < TALLY_RECORDS && tally->records > 1)
	{
		tally->records--;
		if (last_fields > 0)
			counts[last_fields]--;
		else
			tally->faults--;
	}
	tally_finish(tally, counts, first_fields, wordy);
	return TICK_OK;
}

static bool
tally_better(const Tally *a, const Tally *b)
{
	if (a->consistency != b->consistency)
		return a->consistency > b->consistency;
	return a->fields > b->fields;
}

/* The best delimiter under one quote.  Those rarer in text come first, as the first of equals wins. */
static TickStatus
choose_delimiter(const char *bytes, size_t length, bool complete, char quote, char comment,
				 const TickGuessOptions *options, const TickMemory *memory, Tally *best, TickError *error)
{
	static const char candidates[] = {'\t', '|', ';', ','};
	int			count = options->delimiter != '\0' ? 1 : (int) sizeof(candidates);

	for (int i = 0; i < count; i++)
	{
		Tally		tally = {0};

		tally.delimiter = options->delimiter != '\0' ? options->delimiter : candidates[i];
		tally.quote = quote;
		tally.comment = comment;
		TICK_TRY(tally_records(bytes, length, complete, options, memory, &tally, error));
		if (i == 0 || tally_better(&tally, best))
			*best = tally;
	}
	/* One field: any delimiter will do, and the comma surprises least. */
	if (best->consistency < 0 && options->delimiter == '\0')
		best->delimiter = ',';
	return TICK_OK;
}

/*
 * Do comments stand above the rows?  Lines that begin with # are such,
 * unless the last of them is the header: "#ts,sym" has as many delimiters
 * as the line after it.
 */
static char
guess_comment(const char *bytes, size_t length)
{
	static const char delimiters[] = {'\t', '|', ';', ',', '\0'};
	const char *end = bytes + length;
	uint32_t	last[4] = {0};
	bool		any = false;

	if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
		bytes += 3;
	while (bytes < end)
	{
		uint32_t	count[4] = {0};
		const char *line = bytes;
		const char *mark;

		for (; bytes < end && *bytes != '\n' && *bytes != '\r'; bytes++)
			if (*bytes != '\0' && (mark = strchr(delimiters, *bytes)) != NULL)
				count[mark - delimiters]++;
		if (bytes == line)
			;
		else if (*line == '#')
		{
			any = true;
			memcpy(last, count, sizeof(last));
		}
		else
		{
			for (int i = 0; i < 4; i++)
				if (count[i] > 0 && count[i] == last[i])
					return '\0';
			break;
		}
		bytes++;
	}
	return any ? '#' : '\0';
}

TickStatus
tick_guess_dialect(const char *bytes, size_t length, bool complete, const TickGuessOptions *options,
				   const TickMemory *memory, TickGuess *guess, TickError *error)
{
	Tally		best = {0};
	Tally		plain = {0};

	if (length > TALLY_BYTES)
	{
		length = TALLY_BYTES;
		complete = false;
	}
	guess->comment = options->comment != '\0' ? options->comment : guess_comment(bytes, length);
	TICK_TRY(choose_delimiter(bytes, length, complete, options->has_quote ? options->quote : '"', guess->comment,
							  options, memory, &best, error));
	/* Quotes that are no quotes break records; where reading them as text is clean, they are text. */
	if (!options->has_quote && best.faults * 20 > best.records)
	{
		TICK_TRY(choose_delimiter(bytes, length, complete, '\0', guess->comment, options, memory, &plain, error));
		if (plain.faults < best.faults && plain.consistency >= best.consistency && plain.consistency >= 2)
			best = plain;
	}
	if (best.fields > TICK_MAX_COLUMNS)
		return tick_error_set(error, TICK_BAD_INPUT, "rows have more than %d fields", TICK_MAX_COLUMNS);
	if (best.fields == 0 && best.faults > 0)
	{
		tick_error_set(error, TICK_BAD_INPUT, "no record at the beginning of the input can be read");
		tick_error_hint(error, "Quotes may be unbalanced, lines too long, or the input no text.");
		return TICK_BAD_INPUT;
	}
	guess->delimiter = best.delimiter;
	guess->quote = best.quote;
	guess->fields = (int) best.fields;
	return TICK_OK;
}

/* ---- the sample ---- */

typedef struct Sampler
{
	const TickGuessOptions *options;
	TickSample *sample;
	TickHead	head;
	uint64_t	spaced;			/* values that begin with a blank, in all fields but the first */
	uint64_t	values;
} Sampler;

static TickString
store(TickBuffer *buffer, TickString text)
{
	TickString	stored = {buffer->data == NULL ? "" : (const char *) buffer->data + buffer->length, text.length};

	if (text.length > 0)
		memcpy(buffer->data + buffer->length, text.data, text.length);
	buffer->length += text.length;
	return stored;
}

/* Is the value a null?  An empty one is, whatever null_as says: it tells nothing of the type. */
static bool
is_null(const Sampler *sampler, TickString value)
{
	const char *null_as = sampler->options->null_as;

	if (value.length == 0)
		return true;
	return null_as != NULL && strlen(null_as) == value.length && memcmp(null_as, value.data, value.length) == 0;
}

static void
take_row(Sampler *sampler, const TickCsvBatch *batch, uint32_t record)
{
	TickSample *sample = sampler->sample;

	for (int f = 0; f < sample->fields; f++)
	{
		TickString *value = &tick_sample_column(sample, f)[sample->rows];
		TickString	field = tick_csv_field(batch, record, (uint32_t) f);

		value->data = NULL;
		value->length = 0;
		if (is_null(sampler, field))
			continue;
		*value = store(&sample->bytes, field);
		if (f > 0)
		{
			sampler->values++;
			sampler->spaced += field.data[0] == ' ';
		}
	}
	sample->rows++;
}

/* A record of another length: before the first row it may be a title or a header. */
static TickStatus
take_other(Sampler *sampler, const TickCsvBatch *batch, uint32_t row, TickError *error)
{
	const TickCsvRecord record = tick_csv_record(batch, row);
	TickSample *sample = sampler->sample;
	TickHead   *head = &sampler->head;
	uint32_t	kept = record.fields < (uint32_t) sample->fields ? record.fields : (uint32_t) sample->fields;
	size_t		bytes = 0;

	if (head->found)
		return TICK_OK;
	head->records++;
	head->last_fields = record.fault == TICK_CSV_GOOD ? record.fields : 0;
	head->last_data = false;
	head->broken = head->broken || record.fault == TICK_CSV_NUL;
	if (record.fault != TICK_CSV_GOOD)
		return TICK_OK;
	for (uint32_t f = 0; f < kept; f++)
	{
		TickString	field = tick_csv_field(batch, row, f);

		bytes += field.length;
		head->last_data = head->last_data || tick_cell_is_data(field);
	}
	head->data = head->data || head->last_data;
	sample->header_bytes.length = 0;
	TICK_TRY(tick_buffer_reserve(&sample->header_bytes, bytes, error));
	for (uint32_t f = 0; f < (uint32_t) sample->fields; f++)
	{
		sample->header[f].length = 0;
		if (f < kept)
			sample->header[f] = store(&sample->header_bytes, tick_csv_field(batch, row, f));
	}
	return TICK_OK;
}

static TickStatus
take_batch(Sampler *sampler, const TickCsvBatch *batch, TickError *error)
{
	TickSample *sample = sampler->sample;

	for (uint32_t i = 0; i < batch->records && sample->rows < sample->capacity; i++)
	{
		const TickCsvRecord record = tick_csv_record(batch, i);

		if (record.fault != TICK_CSV_GOOD || record.fields != (uint32_t) sample->fields)
		{
			TICK_TRY(take_other(sampler, batch, i, error));
			continue;
		}
		sampler->head.found = true;
		if (sample->rows <= TICK_GUESS_TITLES)
			sampler->head.line[sample->rows] = record.line;
		take_row(sampler, batch, i);
	}
	return TICK_OK;
}

/* Read records until the sample is full; the last of an incomplete input may be cut and is left out. */
static TickStatus
read_rows(Sampler *sampler, const char *bytes, size_t length, bool complete,
		  const TickCsvOptions *csv_option, const TickMemory *memory, TickError *error)
{
	TickSample *sample = sampler->sample;
	Input		input = {bytes, length, 0};
	TickCsv    *csv;
	TickCsvBatch batch;
	TickStatus	status;
	bool		last_is_row = false;

	TICK_TRY(tick_csv_create(&csv, memory, csv_option, read_input, &input, error));
	while ((status = tick_csv_next(csv, &batch, error)) == TICK_OK)
	{
		uint32_t	before = sample->rows;

		status = take_batch(sampler, &batch, error);
		if (status != TICK_OK || sample->rows == sample->capacity)
			break;
		if (batch.records > 0)
		{
			TickCsvRecord last = tick_csv_record(&batch, batch.records - 1);

			last_is_row = sample->rows > before && last.fault == TICK_CSV_GOOD && last.fields == (uint32_t) sample->fields;
		}
	}
	tick_csv_free(csv);
	if (status != TICK_OK && status != TICK_END)
		return status;
	if (status == TICK_END && !complete && last_is_row && sample->rows > 1)
		sample->rows--;
	return TICK_OK;
}

static TickStatus
sample_init(TickSample *sample, int fields, size_t length, const TickMemory *memory, TickError *error)
{
	uint32_t	rows = TICK_GUESS_ROWS + 1;

	if ((uint32_t) (SAMPLE_CELLS / fields) < rows)
		rows = (uint32_t) (SAMPLE_CELLS / fields);
	sample->fields = fields;
	sample->capacity = rows;
	sample->memory = tick_alloc_array(memory, (size_t) rows * (size_t) fields, sizeof(TickString));
	sample->value = sample->memory;
	sample->header = tick_alloc_array(memory, (size_t) fields, sizeof(TickString));
	if (sample->memory == NULL || sample->header == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	memset(sample->header, 0, (size_t) fields * sizeof(TickString));
	/* unquoted values are never longer than the input */
	return tick_buffer_reserve(&sample->bytes, length, error);
}

void
tick_sample_free(TickSample *sample, const TickMemory *memory)
{
	tick_free(memory, sample->memory);
	tick_free(memory, sample->header);
	tick_buffer_free(&sample->bytes);
	tick_buffer_free(&sample->header_bytes);
}

TickStatus
tick_guess_sample(const char *bytes, size_t length, bool complete, const TickGuessOptions *options,
				  const TickMemory *memory, TickGuess *guess, TickSample *sample, TickError *error)
{
	Sampler		sampler;
	TickCsvOptions csv_option = csv_options(options, guess->comment, guess->delimiter, guess->quote, (uint32_t) guess->fields);

	memset(&sampler, 0, sizeof(sampler));
	sampler.options = options;
	sampler.sample = sample;
	TICK_TRY(sample_init(sample, guess->fields, length, memory, error));
	TICK_TRY(read_rows(&sampler, bytes, length, complete, &csv_option, memory, error));
	sample->delimiter = guess->delimiter;
	sample->spaced = sampler.values > 0 && sampler.spaced * 10 >= sampler.values * 9;
	tick_guess_header(sample, &sampler.head, options, guess);
	if (sample->rows > TICK_GUESS_ROWS)
		sample->rows = TICK_GUESS_ROWS;
	guess->rows = sample->rows;
	return TICK_OK;
}
