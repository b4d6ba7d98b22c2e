/*-------------------------------------------------------------------------
 *
 * parse.c
 *	  Drive a batch of records through a plan, column by column.
 *
 * The steps for a batch:
 *
 *	1. Records that the csv reader found faulty, or whose number of fields is
 *	   wrong, are rejected; the others become rows, densely from 0.
 *	2. Each column but the symbol is parsed for all rows in one loop.  A row
 *	   at fault is marked and stays in place.
 *	3. Rows get their partition from the partition column.
 *	4. The symbol comes last and only for rows without fault, so that names
 *	   of rejected rows do not enter the symbol pool.
 *	5. Marked rows are taken out of all columns; in good files there are none
 *	   and the arrays are not touched again.
 *
 * The loops themselves are in parse_number.c, parse_time.c, parse_text.c.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "core/parse_column.h"

static bool
is_time(TickType type)
{
	return type == TICK_DATE || type == TICK_TIME || type == TICK_STAMP;
}

/* Room for what columns remember: texts and dates. */
static TickStatus
create_slots(TickParser *parser, TickError *error)
{
	for (int i = 0; i < parser->plan.columns; i++)
	{
		TickParseState *state = &parser->state[i];

		if (is_time(parser->column[i].type) && parser->column[i].sources > 0)
		{
			state->memo = tick_alloc_zero(parser->memory, (size_t) parser->column[i].sources * sizeof(TickParseMemo));
			if (state->memo == NULL)
				return tick_error_set(error, TICK_NOMEM, "out of memory");
		}
		if (parser->column[i].type != TICK_TEXT)
			continue;
		state->word_bits = parser->column[i].is_symbol ? TICK_PARSE_SYMBOL_WORD_BITS : TICK_PARSE_WORD_BITS;
		state->word = tick_alloc_zero(parser->memory, tick_parse_words(state) * sizeof(TickParseWord));
		state->slot = tick_alloc_zero(parser->memory, TICK_PARSE_SLOTS * sizeof(TickParseSlot));
		if (state->word == NULL || state->slot == NULL)
			return tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	return TICK_OK;
}

static int
range_shift(const TickParser *parser, int target)
{
	return target >= 0 && parser->plan.schema->column[target].type == TICK_STAMP ? TICK_PARSE_STAMP_SHIFT : 0;
}

TickStatus
tick_parser_create(TickParser **parser, const TickMemory *memory,
				   const TickParsePlan *plan, TickError *error)
{
	TickParser *made = tick_alloc_zero(memory, sizeof(TickParser));
	TickStatus	status;

	*parser = NULL;
	if (made == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	made->memory = memory;
	made->plan = *plan;
	made->kernel = tick_field_kernel_best();
	tick_buffer_init(&made->scratch, memory);
	made->column = tick_alloc_array(memory, plan->columns + 1, sizeof(TickParseColumn));
	made->state = tick_alloc_zero(memory, (plan->columns + 1) * sizeof(TickParseState));
	if (made->column == NULL || made->state == NULL)
	{
		tick_parser_free(made);
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	if (plan->columns > 0)
		memcpy(made->column, plan->column, plan->columns * sizeof(TickParseColumn));
	made->plan.column = made->column;
	made->partition.shift = range_shift(made, plan->partition_column);
	made->day.shift = range_shift(made, plan->day_target);
	status = create_slots(made, error);
	if (status == TICK_OK && plan->day_target >= 0)
	{
		made->checked_day = tick_alloc_array(memory, TICK_CSV_RECORDS, sizeof(int64_t));
		made->checked_present = tick_alloc_array(memory, TICK_CSV_RECORDS, sizeof(uint8_t));
		if (made->checked_day == NULL || made->checked_present == NULL)
			status = tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	if (status != TICK_OK)
	{
		tick_parser_free(made);
		return status;
	}
	*parser = made;
	return TICK_OK;
}

void
tick_parser_free(TickParser *parser)
{
	const TickMemory *memory;

	if (parser == NULL)
		return;
	memory = parser->memory;
	for (int i = 0; parser->state != NULL && i < parser->plan.columns; i++)
	{
		tick_free(memory, parser->state[i].memo);
		tick_free(memory, parser->state[i].word);
		tick_free(memory, parser->state[i].slot);
	}
	tick_free(memory, parser->state);
	tick_free(memory, parser->column);
	tick_free(memory, parser->checked_day);
	tick_free(memory, parser->checked_present);
	tick_buffer_free(&parser->scratch);
	tick_free(memory, parser);
}

void
tick_parser_forget(TickParser *parser)
{
	for (int i = 0; i < parser->plan.columns; i++)
	{
		TickParseState *state = &parser->state[i];

		if (state->word == NULL || parser->column[i].is_symbol)
			continue;
		memset(state->word, 0, tick_parse_words(state) * sizeof(TickParseWord));
		memset(state->slot, 0, TICK_PARSE_SLOTS * sizeof(TickParseSlot));
	}
}

void
tick_parse_fault(TickParser *parser, uint32_t row, int column, TickParseFault fault, TickString value)
{
	TickParseReject *reject;

	if (parser->bad[row])
		return;
	/* a number without its marks does not last */
	if (parser->column[column].marks != TICK_MARKS_NONE && parser->column[column].source[0].field >= 0 && value.data != NULL)
		value = tick_csv_field(parser->batch, parser->record[row], parser->column[column].source[0].field);
	parser->bad[row] = 1;
	reject = &parser->reject[parser->rejects++];
	reject->record = parser->record[row];
	reject->column = column;
	reject->fault = fault;
	reject->value = value;
}

bool
tick_parse_unmark(TickParser *parser, const TickParseColumn *spec, TickString *text)
{
	uint32_t	length;

	parser->scratch.length = 0;
	if (tick_buffer_reserve(&parser->scratch, (size_t) text->length + TICK_PLAIN_EXTRA, NULL) != TICK_OK)
	{
		parser->no_memory = true;
		return false;
	}
	if (!tick_plain_number(*text, spec->marks, (char *) parser->scratch.data, &length))
	{
		/* 5.25 is no number with a decimal comma, and must not be read as the plain one that it would be */
		*parser->scratch.data = '?';
		length = text->length > 0;
	}
	text->data = (const char *) parser->scratch.data;
	text->length = length;
	return true;
}

bool
tick_parse_join(TickParser *parser, int column, uint32_t record, char between, TickString *text)
{
	const TickParseColumn *spec = &parser->column[column];
	bool		any = false;

	parser->scratch.length = 0;
	text->data = "";
	text->length = 0;
	for (int i = 0; i < spec->sources; i++)
	{
		TickString	piece;

		if (!tick_parse_source(parser, spec, &spec->source[i], record, &piece))
			continue;
		if (spec->trim || spec->type != TICK_TEXT)
			piece = tick_trim(piece);
		if ((any && between != '\0' && tick_buffer_append(&parser->scratch, &between, 1, NULL) != TICK_OK) ||
			tick_buffer_append(&parser->scratch, piece.data, piece.length, NULL) != TICK_OK)
		{
			parser->no_memory = true;
			return false;
		}
		any = true;
	}
	if (parser->scratch.length > 0)
	{
		text->data = (const char *) parser->scratch.data;
		text->length = (uint32_t) parser->scratch.length;
	}
	return any;
}

uint32_t
tick_parse_add_left(TickParser *parser, uint32_t left, const uint32_t *others, uint32_t count)
{
	uint32_t	joined[TICK_CSV_RECORDS];
	uint32_t	i = 0,
				j = 0,
				n = 0;

	if (count == 0)
		return left;
	while (i < left || j < count)
	{
		if (j == count || (i < left && parser->left[i] < others[j]))
			joined[n++] = parser->left[i++];
		else
		{
			i += i < left && parser->left[i] == others[j];
			joined[n++] = others[j++];
		}
	}
	memcpy(parser->left, joined, n * sizeof(uint32_t));
	return n;
}

/* Reject a record that never becomes a row. */
static void
reject_record(TickParser *parser, uint32_t record, TickParseFault fault)
{
	TickParseReject *reject = &parser->reject[parser->rejects++];

	reject->record = record;
	reject->column = -1;
	reject->fault = fault;
	reject->value.data = NULL;
	reject->value.length = 0;
}

/* Choose the records that become rows. */
static void
select_records(TickParser *parser, uint32_t first, uint32_t count)
{
	uint32_t	expected = (uint32_t) parser->plan.fields;
	const TickCsvRecord *record = parser->batch->record;

	parser->first = first;
	parser->rows = 0;
	parser->rejects = 0;
	for (uint32_t r = first; record == NULL && r < first + count; r++)
	{
		if (parser->batch->max_fields == expected)
			parser->record[parser->rows++] = r;
		else
			reject_record(parser, r, parser->batch->max_fields < expected ? TICK_FAULT_FEW_FIELDS : TICK_FAULT_MANY_FIELDS);
	}
	for (uint32_t r = first; record != NULL && r < first + count; r++)
	{
		if (record[r].fault == TICK_CSV_GOOD && record[r].fields == expected)
			parser->record[parser->rows++] = r;
		else if (record[r].fault != TICK_CSV_GOOD)
			reject_record(parser, r, TICK_FAULT_CSV);
		else
			reject_record(parser, r, record[r].fields < expected ? TICK_FAULT_FEW_FIELDS : TICK_FAULT_MANY_FIELDS);
	}
	parser->every = parser->rows == count;
	memset(parser->bad, 0, parser->rows);
}

/* Fill rows of a column that no field feeds: the load's id, or nulls. */
static void
put_constant(const TickParser *parser, int target, const TickRunRoom *room, int64_t value, bool present)
{
	TickRunColumn *out = &room->column[target];

	memset(out->present, present, parser->rows);
	for (uint32_t i = 0; i < parser->rows && out->i64 != NULL; i++)
		out->i64[i] = value;
	for (uint32_t i = 0; i < parser->rows && out->f64 != NULL; i++)
		out->f64[i] = 0;
	for (uint32_t i = 0; i < parser->rows && out->codes != NULL; i++)
		out->codes[i] = 0;
}

static TickStatus
parse_column(TickParser *parser, int column, const TickRunRoom *room, TickError *error)
{
	const TickParseColumn *spec = &parser->column[column];
	TickRunColumn checked = {.i64 = parser->checked_day,.present = parser->checked_present};
	TickRunColumn *out = spec->target >= 0 ? &room->column[spec->target] : &checked;

	memset(out->present, 1, parser->rows);
	switch (spec->type)
	{
		case TICK_INT:
			tick_parse_int_column(parser, column, out);
			break;
		case TICK_DECIMAL:
			tick_parse_decimal_column(parser, column, out);
			break;
		case TICK_DOUBLE:
			tick_parse_double_column(parser, column, out);
			break;
		case TICK_BOOL:
			tick_parse_bool_column(parser, column, out);
			break;
		case TICK_DATE:
			tick_parse_date_column(parser, column, out);
			break;
		case TICK_TIME:
			tick_parse_time_column(parser, column, out);
			break;
		case TICK_STAMP:
			tick_parse_stamp_column(parser, column, out);
			break;
		case TICK_TEXT:
			return tick_parse_text_column(parser, column, out, error);
	}
	return TICK_OK;
}

/* The plan's column with this target, or -1. */
static int
column_of_target(const TickParser *parser, int target)
{
	for (int i = 0; i < parser->plan.columns; i++)
	{
		if (parser->column[i].target == target)
			return i;
	}
	return -1;
}

static inline bool
in_range(const TickParseRange *range, int64_t value)
{
	return range->valid && value >= range->low && value <= range->high;
}

/* Number of a value: mostly that of the row before, or one found earlier. */
static inline bool
find_range(TickParseRanges *ranges, TickParsePartition find, void *context, int64_t value)
{
	TickParseRange *range = &ranges->range[(uint64_t) value >> ranges->shift & (TICK_PARSE_RANGES - 1)];

	if (in_range(&ranges->last, value))
		return true;
	if (!in_range(range, value))
		range->valid = find(context, value, &range->number, &range->low, &range->high);
	ranges->last = *range;
	return range->valid;
}

/* Give each row its partition. */
static void
put_partitions(TickParser *parser, const TickRunRoom *room)
{
	int			target = parser->plan.partition_column;
	int			column;
	const TickRunColumn *values;
	TickString	none = {NULL, 0};

	if (target < 0)
	{
		memset(room->partition, 0, parser->rows * sizeof(int32_t));
		return;
	}
	column = column_of_target(parser, target);
	values = &room->column[target];
	for (uint32_t i = 0; i < parser->rows; i++)
	{
		if (parser->bad[i])
			continue;
		if (!values->present[i])
			tick_parse_fault(parser, i, column, TICK_FAULT_NULL, none);
		else if (!find_range(&parser->partition, parser->plan.partition, parser->plan.partition_context, values->i64[i]))
			tick_parse_fault(parser, i, column, TICK_FAULT_PARTITION, none);
		else
			room->partition[i] = parser->partition.last.number;
	}
}

/* Hold dates that are not stored against the days of the stamps. */
static void
check_days(TickParser *parser, const TickRunRoom *room)
{
	const TickParsePlan *plan = &parser->plan;
	const TickRunColumn *stamps;

	if (plan->day_target < 0)
		return;
	stamps = &room->column[plan->day_target];
	for (uint32_t i = 0; i < parser->rows; i++)
	{
		TickString	text = {NULL, 0};

		if (parser->bad[i] || !stamps->present[i] || !parser->checked_present[i])
			continue;
		if (find_range(&parser->day, plan->day, plan->day_context, stamps->i64[i]) &&
			parser->day.last.number == parser->checked_day[i])
			continue;
		(void) tick_parse_text(parser, plan->day_column, parser->record[i], &text);
		tick_parse_fault(parser, i, plan->day_column, TICK_FAULT_OTHER_DAY, text);
	}
}

/* Close the gaps that marked rows leave. */
static void
take_out(TickParser *parser, const TickRunRoom *room, const uint8_t *bad)
{
	uint32_t	keep[TICK_CSV_RECORDS];
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < parser->rows; i++)
	{
		if (!bad[i])
			keep[kept++] = i;
	}
	for (int c = 0; c < parser->plan.schema->columns; c++)
	{
		TickRunColumn *out = &room->column[c];

		for (uint32_t i = 0; i < kept; i++)
		{
			out->present[i] = out->present[keep[i]];
			if (out->codes != NULL)
				out->codes[i] = out->codes[keep[i]];
			else if (out->i64 != NULL)
				out->i64[i] = out->i64[keep[i]];
			else
				out->f64[i] = out->f64[keep[i]];
		}
	}
	for (uint32_t i = 0; i < kept; i++)
	{
		room->partition[i] = room->partition[keep[i]];
		parser->record[i] = parser->record[keep[i]];
	}
	parser->rows = kept;
}

static int
compare_rejects(const void *a, const void *b)
{
	uint32_t	left = ((const TickParseReject *) a)->record;
	uint32_t	right = ((const TickParseReject *) b)->record;

	return left < right ? -1 : left > right;
}

/* What the caller gets to see of the batch. */
static void
fill_result(TickParser *parser, TickParseResult *result)
{
	const TickCsvRecord *record = parser->batch->record;

	if (parser->rejects > 1)
		qsort(parser->reject, parser->rejects, sizeof(TickParseReject), compare_rejects);
	result->rows = parser->rows;
	result->record = parser->record;
	result->rejects = parser->rejects;
	result->reject = parser->reject;
	result->row_lines = record == NULL ? parser->rows : 0;
	result->rejected_lines = record == NULL ? parser->rejects : 0;
	for (uint32_t i = 0; record != NULL && i < parser->rows; i++)
		result->row_lines += record[parser->record[i]].lines;
	for (uint32_t i = 0; record != NULL && i < parser->rejects; i++)
		result->rejected_lines += record[parser->reject[i].record].lines;
}

TickStatus
tick_parse(TickParser *parser, const TickCsvBatch *batch, uint32_t first, uint32_t count,
		   const TickRunRoom *room, TickParseResult *result, TickError *error)
{
	const TickParsePlan *plan = &parser->plan;
	uint32_t	structural;
	int			symbol = -1;

	parser->batch = batch;
	select_records(parser, first, count);
	structural = parser->rejects;
	if (parser->rows > 0)
	{
		for (int c = 0; c < plan->schema->columns; c++)
		{
			int			column = column_of_target(parser, c);

			if (c == plan->load_id)
				put_constant(parser, c, room, plan->load, true);
			else if (column < 0 || parser->column[column].sources == 0)
				put_constant(parser, c, room, 0, false);
		}
		for (int i = 0; i < plan->columns; i++)
		{
			if (parser->column[i].sources == 0)
				continue;
			if (parser->column[i].is_symbol)
				symbol = i;
			else
				TICK_TRY(parse_column(parser, i, room, error));
		}
		put_partitions(parser, room);
		check_days(parser, room);
		if (symbol >= 0)
			TICK_TRY(parse_column(parser, symbol, room, error));
	}
	if (parser->no_memory)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	if (parser->rejects > structural)
		take_out(parser, room, parser->bad);
	fill_result(parser, result);
	return TICK_OK;
}

void
tick_parse_remove(TickParser *parser, const TickCsvBatch *batch, const TickRunRoom *room,
				  const uint8_t *bad, TickParseResult *result)
{
	parser->batch = batch;
	for (uint32_t i = 0; i < parser->rows; i++)
	{
		if (bad[i])
			reject_record(parser, parser->record[i], TICK_FAULT_CHECK);
	}
	take_out(parser, room, bad);
	fill_result(parser, result);
}
