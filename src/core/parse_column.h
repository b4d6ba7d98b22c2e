/*-------------------------------------------------------------------------
 *
 * parse_column.h
 *	  What parse.c and its loops over values share; nobody else includes it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_PARSE_COLUMN_H
#define TICK_CORE_PARSE_COLUMN_H

#include <string.h>

#include "core/field_kernel.h"
#include "core/parse.h"
#include "core/value_internal.h"

#define TICK_PARSE_KEY 16		/* longest text that tick_parse_key() takes */

/* A date's text (as a key) and its day: most files hold few days, and take turns at worst. */
typedef struct TickParseDay
{
	uint32_t	length;			/* 0: none yet */
	uint64_t	low;
	uint64_t	high;
	int64_t		day;
} TickParseDay;

#define TICK_PARSE_DAY_BITS 12

/* The dates of a source, each at the place that its text says. */
typedef struct TickParseMemo
{
	TickParseDay day[1 << TICK_PARSE_DAY_BITS];
} TickParseMemo;

/*
 * TickParseSlot: a short text and its code.  A text of up to 16 bytes is
 * wholly in low, high and length.
 */
typedef struct TickParseSlot
{
	uint64_t	low;
	uint64_t	high;
	uint32_t	length;			/* plus 1; 0: free */
	uint32_t	code;
} TickParseSlot;

/* A text of up to TICK_FIELD_WORD bytes, its length in the word's top byte, and its code. */
typedef struct TickParseWord
{
	uint64_t	word;			/* 0: free */
	uint32_t	code;
} TickParseWord;

#define TICK_PARSE_SLOT_BITS 10
#define TICK_PARSE_WORD_BITS 10
#define TICK_PARSE_SYMBOL_WORD_BITS 14	/* thousands of symbols take turns in a consolidated feed */
#define TICK_PARSE_PROBES 4		/* neighbouring slots that a text may lie in */

/* What a column's loop remembers from row to row. */
typedef struct TickParseState
{
	TickParseMemo *memo;		/* one a source; dates, times and stamps only */
	int			zone_hint;
	int			word_bits;
	TickParseWord *word;		/* text only; TICK_PARSE_PROBES - 1 more than 2^word_bits */
	TickParseSlot *slot;		/* likewise, and 2^TICK_PARSE_SLOT_BITS */
} TickParseState;

/* An answer of a TickParsePartition: it holds for low .. high. */
typedef struct TickParseRange
{
	bool		valid;
	int32_t		number;
	int64_t		low,
				high;
} TickParseRange;

/* Answers, each at the place that the value says: stamps by some hours, other values by themselves. */
#define TICK_PARSE_RANGES 4096
#define TICK_PARSE_STAMP_SHIFT 46	/* 2^46 ns are 19.5 hours */

typedef struct TickParseRanges
{
	int			shift;
	TickParseRange last;		/* found last */
	TickParseRange range[TICK_PARSE_RANGES];
} TickParseRanges;

struct TickParser
{
	const TickMemory *memory;
	TickParsePlan plan;
	const TickFieldKernel *kernel;
	TickParseColumn *column;	/* plan.column, owned */
	TickParseState *state;		/* one a column */
	TickBuffer	scratch;		/* a joined or folded text */
	bool		no_memory;		/* a join ran out of it */

	/* the batch at hand */
	const TickCsvBatch *batch;
	bool		every;			/* each record is a row, from first on */
	uint32_t	first;
	uint32_t	rows;
	uint32_t	record[TICK_CSV_RECORDS];
	uint32_t	left[TICK_CSV_RECORDS];	/* rows that a kernel has left */
	uint8_t		bad[TICK_CSV_RECORDS];
	uint32_t	rejects;
	TickParseReject reject[TICK_CSV_RECORDS];

	TickParseRanges partition;
	TickParseRanges day;
	int64_t    *checked_day;	/* values and presence of the day that is only checked */
	uint8_t    *checked_present;
};

/* Leave a row out; only its first fault counts. */
extern void tick_parse_fault(TickParser *parser, uint32_t row, int column, TickParseFault fault, TickString value);

/*
 * Bring a number that has marks to scratch without them; what is none
 * becomes a text that no reader takes.  false when memory ran out.
 */
extern bool tick_parse_unmark(TickParser *parser, const TickParseColumn *spec, TickString *text);

/* Join the sources of a column in scratch; false when all are null. */
extern bool tick_parse_join(TickParser *parser, int column, uint32_t record, char between, TickString *text);

/* parse_number.c, parse_time.c, parse_text.c: fill one column of the room */
extern void tick_parse_int_column(TickParser *parser, int column, TickRunColumn *out);
extern void tick_parse_decimal_column(TickParser *parser, int column, TickRunColumn *out);
extern void tick_parse_double_column(TickParser *parser, int column, TickRunColumn *out);
extern void tick_parse_bool_column(TickParser *parser, int column, TickRunColumn *out);
extern void tick_parse_date_column(TickParser *parser, int column, TickRunColumn *out);
extern void tick_parse_time_column(TickParser *parser, int column, TickRunColumn *out);
extern void tick_parse_stamp_column(TickParser *parser, int column, TickRunColumn *out);
extern TickStatus tick_parse_text_column(TickParser *parser, int column, TickRunColumn *out, TickError *error);

#define TICK_PARSE_SLOTS ((1 << TICK_PARSE_SLOT_BITS) + TICK_PARSE_PROBES - 1)

static inline size_t
tick_parse_words(const TickParseState *state)
{
	return ((size_t) 1 << state->word_bits) + TICK_PARSE_PROBES - 1;
}

static inline bool
tick_parse_same(TickString a, TickString b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* Is this unquoted text a null of the column? */
static inline bool
tick_parse_is_null(const TickParser *parser, const TickParseColumn *column, TickString text)
{
	/* nothing at all is no number and no time, whatever stands for a null */
	if (text.length == 0 && (column->type != TICK_TEXT || column->number))
		return true;
	if (text.length == parser->plan.null_as.length &&
		(text.length == 0 || memcmp(text.data, parser->plan.null_as.data, text.length) == 0))
		return true;
	return column->has_null && tick_parse_same(text, column->null_as);
}

/* The text of one source in a record; false when it is null. */
static inline bool
tick_parse_source(const TickParser *parser, const TickParseColumn *column,
				  const TickParseSource *source, uint32_t record, TickString *text)
{
	if (source->field >= 0)
	{
		*text = tick_csv_field(parser->batch, record, source->field);
		return !tick_parse_is_null(parser, column, *text) || tick_csv_quoted(parser->batch, record, source->field);
	}
	*text = source->constant;
	return source->constant.data != NULL;
}

/* The text of a column in a record; false when it is null. */
static inline bool
tick_parse_text(TickParser *parser, int column, uint32_t record, TickString *text)
{
	const TickParseColumn *spec = &parser->column[column];

	if (spec->sources == 1)
		return tick_parse_source(parser, spec, &spec->source[0], record, text) &&
			(spec->marks == TICK_MARKS_NONE || tick_parse_unmark(parser, spec, text));
	return tick_parse_join(parser, column, record, '\0', text);
}

/*
 * Is a column one field as it stands, of which nothing but an empty unquoted
 * text is a null?  Nearly all are.
 */
static inline bool
tick_parse_is_plain(const TickParser *parser, int column)
{
	const TickParseColumn *spec = &parser->column[column];

	return spec->sources == 1 && spec->source[0].field >= 0 && !spec->has_null && parser->plan.null_as.length == 0 &&
		spec->marks == TICK_MARKS_NONE;
}

/* A field of all rows, from its byte `skip` on, for a kernel; every record is a row. */
static inline TickFields
tick_parse_fields(const TickParser *parser, int field, uint32_t skip)
{
	const TickCsvBatch *batch = parser->batch;

	return (TickFields) {
		batch->data, batch->ends + (size_t) parser->first * batch->record_stride + (size_t) field * batch->field_stride,
		batch->record_stride, skip, parser->rows
	};
}

/* No kernel has been at work: all rows are left. */
static inline uint32_t
tick_parse_leave_all(TickParser *parser)
{
	for (uint32_t i = 0; i < parser->rows; i++)
		parser->left[i] = i;
	return parser->rows;
}

/* Add the rows of another ascending list to those left. */
extern uint32_t tick_parse_add_left(TickParser *parser, uint32_t left, const uint32_t *others, uint32_t count);

/* The bytes of a text of up to TICK_PARSE_KEY as two integers, zeros behind its end. */
static inline void
tick_parse_key(TickString text, uint64_t *low, uint64_t *high)
{
	*high = 0;
	if (text.length >= 8)
	{
		*low = tick_get64(text.data);
		if (text.length > 8)
			*high = tick_get64(text.data + text.length - 8) >> 8 * (16 - text.length);
	}
	else
		*low = text.length > 0 ? tick_load_short(text.data, text.length) : 0;
}

/* A null: row keeps 0, or is left out where a value is required. */
static inline void
tick_parse_put_null(TickParser *parser, int column, TickRunColumn *out, uint32_t row, TickString text)
{
	out->present[row] = 0;
	if (parser->column[column].required)
		tick_parse_fault(parser, row, column, TICK_FAULT_NULL, text);
}

static inline TickParseFault
tick_parse_fault_of(TickStatus status)
{
	return status == TICK_OUT_OF_RANGE ? TICK_FAULT_RANGE : TICK_FAULT_SYNTAX;
}

#endif							/* TICK_CORE_PARSE_COLUMN_H */
