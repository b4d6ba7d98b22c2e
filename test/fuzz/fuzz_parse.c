/*-------------------------------------------------------------------------
 *
 * fuzz_parse.c
 *	  Parse arbitrary records into columns of every type.
 *
 * The first bytes choose null text, scaling, formats and what is joined; the
 * rest is the input.  Whatever comes, every record becomes a row or one
 * reject, lines add up, nulls have the value zero, values keep their bounds,
 * and a second pass over the same records gives the same rows.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/parse.h"
#include "core/string_pool.h"

#define FIELDS 4
#define COLUMNS 9
#define OPTION_BYTES 4

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Input
{
	const uint8_t *data;
	size_t		size;
	size_t		at;
} Input;

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* Small pieces, so that records straddle borders. */
static TickStatus
read_input(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	Input	   *input = context;
	size_t		left = input->size - input->at;

	(void) error;
	*length = left < 61 ? left : 61;
	if (*length > capacity)
		*length = capacity;
	if (*length == 0)
		return TICK_END;
	memcpy(bytes, input->data + input->at, *length);
	input->at += *length;
	return TICK_OK;
}

static TickStringPool pool[COLUMNS + 1];

static TickStatus
intern(void *context, int target, const char *data, uint32_t length, uint32_t *code, TickError *error)
{
	require(tick_utf8_valid(data, length));
	return tick_pool_intern(&pool[target], data, length, code, error);
}

static bool
days(void *context, int64_t value, int32_t *day, int64_t *low, int64_t *high)
{
	int64_t		number = value / TICK_NS_PER_DAY - (value % TICK_NS_PER_DAY < 0);

	(void) context;
	*day = (int32_t) number;
	*low = value;
	*high = value;
	return number % 7 != 0;
}

static void
set_format(TickParseSource *source, unsigned choice)
{
	static const char *const words[] = {"iso", "hhmmssns", "ms_epoch", "us_midnight", "DD/MM/YYYY HH24:MI:SS", "s_epoch"};
	const char *word = words[choice % 6];

	require(tick_time_format_parse((TickString) {word, (uint32_t) strlen(word)}, &source->format, NULL) == TICK_OK);
}

/* Columns of all types over four fields; the last is the load's id. */
static void
make_plan(const uint8_t *option, TickSchema *schema, TickParseColumn *column, TickParsePlan *plan)
{
	static const TickType types[COLUMNS] = {
		TICK_STAMP, TICK_TEXT, TICK_DOUBLE, TICK_INT, TICK_DECIMAL, TICK_BOOL, TICK_DATE, TICK_TIME, TICK_TEXT
	};

	for (int i = 0; i < COLUMNS; i++)
	{
		schema->column[i].id = i + 1;
		schema->column[i].type = column[i].type = types[i];
		schema->column[i].scale = column[i].scale = types[i] == TICK_DECIMAL ? option[0] % 19 : 0;
		column[i].target = i;
		column[i].low = types[i] == TICK_INT && option[1] & 1 ? -32768 : INT64_MIN;
		column[i].high = types[i] == TICK_INT && option[1] & 1 ? 32767 : INT64_MAX;
		column[i].max_integer = column[i].max_fraction = option[1] & 2 ? 6 : -1;
		column[i].sources = 1 + (option[2] >> (i % 8) & 1);
		column[i].source[0].field = i % FIELDS;
		column[i].source[1].field = (i + 1) % FIELDS;
		column[i].power = types[i] == TICK_BOOL ? 0 : (int) (option[0] >> 5) - 3;
		column[i].joined = option[1] & 4;
		column[i].single = option[1] & 8;
		column[i].required = option[1] & 16 && i != 5;
		set_format(&column[i].source[0], option[3]);
		set_format(&column[i].source[1], option[3] >> 4);
	}
	column[1].is_symbol = column[1].trim = true;
	column[1].upper = option[1] & 32;
	column[8].number = option[1] & 64;
	column[8].max_chars = option[1] & 128 ? 3 : 0;
	schema->column[COLUMNS].type = TICK_INT;
	schema->columns = COLUMNS + 1;
	schema->time = 0;
	schema->symbol = 1;
	plan->fields = FIELDS;
	plan->schema = schema;
	plan->columns = COLUMNS;
	plan->column = column;
	plan->null_as.data = "NA";
	plan->null_as.length = option[3] & 8 ? 2 : 0;
	plan->verify_utf8 = true;
	plan->intern = intern;
	plan->load_id = COLUMNS;
	plan->load = 7;
	plan->partition_column = 0;
	plan->partition = days;
	plan->day_column = plan->day_target = -1;
}

static void
check_row(const TickSchema *schema, const TickParseColumn *column, const TickRunRoom *room, uint32_t row)
{
	for (int i = 0; i < COLUMNS; i++)
	{
		const TickRunColumn *values = &room->column[i];

		require(values->present[row] <= 1);
		if (!values->present[row])
		{
			require(!column[i].required);
			require(values->codes == NULL || values->codes[row] == 0);
			require(values->i64 == NULL || values->i64[row] == 0);
			require(values->f64 == NULL || values->f64[row] == 0);
		}
		else if (values->codes != NULL)
			require(pool[i].string[values->codes[row]].length <= (i == 1 ? TICK_MAX_SYMBOL_BYTES : 1u << 20));
		else if (values->f64 != NULL)
			require(values->f64[row] - values->f64[row] == 0);
		else if (schema->column[i].type == TICK_INT || schema->column[i].type == TICK_DECIMAL)
			require(values->i64[row] >= column[i].low && values->i64[row] <= column[i].high);
		else if (schema->column[i].type == TICK_TIME)
			require(values->i64[row] >= 0 && values->i64[row] <= TICK_NS_PER_DAY);
	}
	require(room->column[0].present[row] && room->column[COLUMNS].i64[row] == 7);
	require(room->partition[row] % 7 != 0);
}

/* A digest of the rows, to compare two passes. */
static uint64_t
check_batch(TickParser *parser, TickRun *run, const TickParsePlan *plan, const TickCsvBatch *batch)
{
	TickRunRoom room;
	TickParseResult result;
	TickError	error;
	uint64_t	digest = 0;
	uint64_t	lines = 0;

	require(tick_run_reserve(run, batch->records, &room, &error) == TICK_OK && room.rows == batch->records);
	require(tick_parse(parser, batch, 0, batch->records, &room, &result, &error) == TICK_OK);
	require(result.rows + result.rejects == batch->records);
	for (uint32_t i = 0; i < batch->records; i++)
		lines += tick_csv_record(batch, i).lines;
	require(result.row_lines + result.rejected_lines == lines);
	for (uint32_t i = 0; i < result.rejects; i++)
	{
		require(i == 0 || result.reject[i].record > result.reject[i - 1].record);
		digest = digest * 31 + result.reject[i].fault;
	}
	for (uint32_t i = 0; i < result.rows; i++)
	{
		check_row(plan->schema, plan->column, &room, i);
		digest = digest * 31 + result.record[i];
		for (int c = 0; c < COLUMNS; c++)
			digest = digest * 31 + (room.column[c].codes != NULL ? room.column[c].codes[i] :
									room.column[c].i64 != NULL ? (uint64_t) room.column[c].i64[i] : 0);
	}
	return digest;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TickColumn	schema_column[COLUMNS + 1] = {0};
	TickSchema	schema = {.column = schema_column};
	TickParseColumn column[COLUMNS] = {0};
	TickParsePlan plan = {0};
	TickCsvOptions csv_options = {.delimiter = ',',.quote = '"',.max_line = 4096,.max_fields = FIELDS};
	Input		input;
	TickCsv    *csv;
	TickCsvBatch batch;
	TickRun    *run;
	TickParser *parser;
	TickError	error;

	if (size < OPTION_BYTES)
		return 0;
	make_plan(data, &schema, column, &plan);
	input = (Input) {data + OPTION_BYTES, size - OPTION_BYTES, 0};
	require(tick_run_create(&run, &tick_memory_malloc, &schema, 1 << 20, &error) == TICK_OK);
	for (int i = 0; i <= COLUMNS; i++)
		pool[i].memory = &tick_memory_malloc;
	require(tick_parser_create(&parser, &tick_memory_malloc, &plan, &error) == TICK_OK);
	require(tick_csv_create(&csv, &tick_memory_malloc, &csv_options, read_input, &input, &error) == TICK_OK);
	while (tick_csv_next(csv, &batch, &error) == TICK_OK)
	{
		uint64_t	first = check_batch(parser, run, &plan, &batch);

		require(check_batch(parser, run, &plan, &batch) == first);
	}
	tick_csv_free(csv);
	tick_parser_free(parser);
	for (int i = 0; i <= COLUMNS; i++)
		tick_pool_free(&pool[i]);
	tick_run_free(run);
	return 0;
}
