/*-------------------------------------------------------------------------
 *
 * asof_fixture.h
 *	  The right side of joins by time: random rows in several segments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_ASOF_FIXTURE_H
#define TICK_ASOF_FIXTURE_H

#include "core/asof.h"
#include "segment_fixture.h"

#define INPUTS 4

/*
 * Right: random rows in several segments, and all of them sorted.
 */
typedef struct Right
{
	Model		all;
	int			inputs;
	TickBuffer	image[INPUTS];
	TickSegmentReader *reader[INPUTS];
} Right;

/* Symbol, time, and a column of each kind of vector. */
static inline void
make_right(Right *right, uint64_t *seed, uint32_t rows, uint32_t symbols, bool has_symbol)
{
	Model		part;

	memset(right, 0, sizeof(*right));
	right->all.schema = (TickSchema) {.column = right->all.column, .symbol = -1, .time = -1};
	if (has_symbol)
		model_add_column(&right->all, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(&right->all, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(&right->all, TICK_INT, 0, TICK_ROLE_NONE);
	model_add_column(&right->all, TICK_DOUBLE, 0, TICK_ROLE_NONE);
	model_add_column(&right->all, TICK_DECIMAL, 3, TICK_ROLE_NONE);
	model_add_column(&right->all, TICK_TEXT, 0, TICK_ROLE_NONE);
	model_random_rows(&right->all, seed, rows, symbols, 1, true);
	right->inputs = 1 + (int) (unit_random(seed) % INPUTS);
	/* a segment has a row at least */
	if ((uint32_t) right->inputs > rows)
		right->inputs = (int) rows;
	for (uint32_t r = 0; r < rows; r++)
		right->all.row[r].input = r < (uint32_t) right->inputs ? (int) r : (int) (unit_random(seed) % (unsigned) right->inputs);
	for (int i = 0; i < right->inputs; i++)
	{
		TickSegmentOptions options = {.row_group_rows = (uint32_t) (unit_random(seed) % 3 == 0 ? 1000 + unit_random(seed) % 5000 : 40 + unit_random(seed) % 200)};
		TickSegmentSummary summary;

		part = right->all;
		part.schema.column = part.column;
		part.rows = 0;
		part.row = calloc(rows + 1, sizeof(Row));
		for (uint32_t r = 0; r < rows; r++)
			if (right->all.row[r].input == i)
				part.row[part.rows++] = right->all.row[r];
		model_sort(&part, false);
		CHECK_INT(model_write(&part, &options, seed, &right->image[i], &summary, NULL), TICK_OK);
		CHECK_INT(tick_segment_reader_open(&right->reader[i], &tick_memory_malloc, image_source(&right->image[i]),
										   NULL, NULL), TICK_OK);
		free(part.row);
	}
	model_sort(&right->all, false);
}

static inline void
free_right(Right *right)
{
	for (int i = 0; i < right->inputs; i++)
	{
		tick_segment_reader_close(right->reader[i]);
		tick_buffer_free(&right->image[i]);
	}
	model_free(&right->all);
}

/* The row of the right side that a left row gets, or NULL: by looking at all of them. */
static inline const Row *
expected_match(const Right *right, const TickString *symbol, int64_t time, const TickAsofOptions *options)
{
	const TickSchema *schema = &right->all.schema;
	const Row  *match = NULL;

	for (uint32_t r = 0; r < right->all.rows; r++)
	{
		const Row  *row = &right->all.row[r];
		int64_t		theirs = row->value[schema->time].i64;

		if (symbol != NULL && (row->value[schema->symbol].null ||
							   tick_string_compare(value_string(&row->value[schema->symbol]), *symbol) != 0))
			continue;
		if (options->strict ? theirs < time : theirs <= time)
			match = row;
	}
	if (match == NULL || time - match->value[schema->time].i64 > options->tolerance)
		return NULL;
	return match;
}

/* What fills a null: the last value of the column before the match. */
static inline const Value *
expected_value(const Right *right, const Row *match, int column, bool fill)
{
	static const Value null = {.null = true};
	const TickSchema *schema = &right->all.schema;

	if (match == NULL)
		return &null;
	for (const Row *row = match; row >= right->all.row; row--)
	{
		if (schema->symbol >= 0 && compare_symbols(&row->value[schema->symbol], &match->value[schema->symbol]) != 0)
			break;
		if (!row->value[column].null || !fill)
			return &row->value[column];
	}
	return &null;
}

#endif							/* TICK_ASOF_FIXTURE_H */
