/*-------------------------------------------------------------------------
 *
 * parse_batch.h
 *	  Batches of literal rows, and a parser of them, for the tests of parse.
 *
 * A row is written with | between its fields; a field that begins with ! is
 * quoted.  The pools behind the text columns are a small table, so that
 * codes can be read back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_PARSE_BATCH_H
#define TICK_PARSE_BATCH_H

#include "core/parse.h"
#include "unit.h"

#define MAX_FIELDS 8
#define MAX_ROWS TICK_CSV_RECORDS
#define POOL 4096

static char bytes[MAX_ROWS * 512];	/* all fields, each behind a byte that is none of them */
static uint32_t used;
static uint32_t bound[2 * MAX_ROWS * MAX_FIELDS];
static uint8_t quoted[MAX_ROWS * MAX_FIELDS];
static TickCsvRecord record[MAX_ROWS];
static TickCsvBatch batch = {
	.max_fields = MAX_FIELDS,.data = bytes,.ends = bound + 1,.record_stride = 2 * MAX_FIELDS,.field_stride = 2,
	.quoted = quoted,.record = record
};

static TickColumn schema_column[MAX_FIELDS];
static TickSchema schema = {0, schema_column, -1, -1};
static TickParseColumn column[MAX_FIELDS];
static TickParsePlan plan;

static int64_t i64[MAX_FIELDS][MAX_ROWS];
static double f64[MAX_FIELDS][MAX_ROWS];
static uint32_t codes[MAX_FIELDS][MAX_ROWS];
static uint8_t present[MAX_FIELDS][MAX_ROWS];
static int32_t partition[MAX_ROWS];
static TickRunColumn room_column[MAX_FIELDS];
static TickRunRoom room = {MAX_ROWS, partition, room_column};

static char pool[POOL][300];
static uint32_t pooled;
static uint32_t interned;		/* calls */

static TickParser *parser;
static TickParseResult result;
static TickError error;

static inline TickStatus
intern(void *context, int target, const char *data, uint32_t length, uint32_t *code, TickError *e)
{
	(void) context;
	(void) target;
	(void) e;
	interned++;
	for (*code = 0; *code < pooled; (*code)++)
	{
		if (strlen(pool[*code]) == length && memcmp(pool[*code], data, length) == 0)
			return TICK_OK;
	}
	memcpy(pool[pooled], data, length);
	pool[pooled++][length] = '\0';
	return TICK_OK;
}

/* Partitions of 100 values; those beyond 10000 have none. */
static inline bool
hundreds(void *context, int64_t value, int32_t *number, int64_t *low, int64_t *high)
{
	(*(int *) context)++;
	if (value < 0 || value >= 10000)
		return false;
	*number = (int32_t) (value / 100);
	*low = *number * INT64_C(100);
	*high = *low + 99;
	return true;
}

/* Start a plan without columns. */
static inline void
begin(int fields)
{
	memset(&plan, 0, sizeof(plan));
	memset(column, 0, sizeof(column));
	memset(schema_column, 0, sizeof(schema_column));
	schema.columns = 0;
	batch.records = 0;
	used = 0;
	pooled = 0;
	interned = 0;
	plan.fields = fields;
	plan.schema = &schema;
	plan.column = column;
	plan.null_as.data = "";
	plan.verify_utf8 = true;
	plan.intern = intern;
	plan.load_id = -1;
	plan.partition_column = -1;
	plan.day_column = plan.day_target = -1;
}

/* Add a column fed by a field (from 0), or by none (-1). */
static inline TickParseColumn *
add(TickType type, int from)
{
	int			c = schema.columns++;

	schema_column[c].type = type;
	column[c].target = c;
	column[c].type = type;
	column[c].low = INT64_MIN;
	column[c].high = INT64_MAX;
	column[c].max_integer = column[c].max_fraction = -1;
	column[c].sources = from >= 0;
	column[c].source[0].field = from;
	room_column[c].present = present[c];
	room_column[c].i64 = type == TICK_DOUBLE || type == TICK_TEXT ? NULL : i64[c];
	room_column[c].f64 = type == TICK_DOUBLE ? f64[c] : NULL;
	room_column[c].codes = type == TICK_TEXT ? codes[c] : NULL;
	plan.columns = schema.columns;
	return &column[c];
}

static inline void
format(TickParseColumn *spec, int source, const char *word)
{
	CHECK_INT(tick_time_format_parse((TickString) {word, (uint32_t) strlen(word)}, &spec->source[source].format, &error),
			  TICK_OK);
}

/* Put a field of a record; what follows it must not matter. */
static inline void
put_field(uint32_t r, uint32_t f, const char *text, uint32_t length)
{
	uint32_t   *at = &bound[2 * (r * MAX_FIELDS + f)];

	bytes[used] = '7';
	at[0] = used;
	at[1] = used + 1 + length;
	memcpy(bytes + used + 1, text, length);
	used += 1 + length;
	memset(bytes + used, '7', TICK_CSV_SLACK);
}

/* Add a record: fields separated by |, a field that begins with ! is quoted. */
static inline void
row(const char *text)
{
	uint32_t	r = batch.records++;
	uint32_t	f = 0;

	memset(&record[r], 0, sizeof(record[r]));
	record[r].line = r + 1;
	record[r].lines = 1;
	record[r].raw.data = text;
	record[r].raw.length = (uint32_t) strlen(text);
	for (;;)
	{
		const char *end = strchr(text, '|');
		uint8_t    *mark = &quoted[r * MAX_FIELDS + f];

		if (end == NULL)
			end = text + strlen(text);
		*mark = *text == '!';
		put_field(r, f++, text + *mark, (uint32_t) (end - text) - *mark);
		if (*end == '\0')
			break;
		text = end + 1;
	}
	record[r].fields = f;
}

static inline void
parse(void)
{
	CHECK_INT(tick_parser_create(&parser, &tick_memory_malloc, &plan, &error), TICK_OK);
	CHECK_INT(tick_parse(parser, &batch, 0, batch.records, &room, &result, &error), TICK_OK);
}

static inline void
end(void)
{
	tick_parser_free(parser);
	parser = NULL;
}

/* Exactly one reject, of this record, column and fault. */
static inline void
check_reject(uint32_t i, uint32_t of_record, int of_column, TickParseFault fault)
{
	CHECK(i < result.rejects);
	if (i >= result.rejects)
		return;
	CHECK_INT(result.reject[i].record, of_record);
	CHECK_INT(result.reject[i].column, of_column);
	CHECK_INT(result.reject[i].fault, fault);
}

#endif							/* TICK_PARSE_BATCH_H */
