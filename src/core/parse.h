/*-------------------------------------------------------------------------
 *
 * parse.h
 *	  Records of text into the typed columns of a run.
 *
 * A parser follows a plan: for each column of a schema, which fields (or
 * constants) it is made of and how they are spelled.  A batch of records is
 * parsed column by column, straight into the run's arrays, one loop a kind
 * of value.  A record that breaks the plan is left out and reported with the
 * first column at fault: the value is never replaced by a null.
 *
 * Nothing here calls the backend, so that parsing may move to a thread; what
 * needs it (other encodings, the partition of a time) comes in as a callback.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_PARSE_H
#define TICK_CORE_PARSE_H

#include "core/columns.h"
#include "core/csv.h"
#include "core/run.h"
#include "core/zone.h"

/* One piece of a column's text. */
typedef struct TickParseSource
{
	int			field;			/* index in the record, or -1: constant */
	TickString	constant;		/* data NULL: a null */
	TickTimeFormat format;		/* of dates and times */
} TickParseSource;

/* How a column is filled. */
typedef struct TickParseColumn
{
	int			target;			/* index in the schema; -1: a day that is only checked */
	TickType	type;
	uint8_t		scale;			/* of TICK_DECIMAL */
	bool		is_symbol;
	bool		required;		/* a null is a fault */
	int			sources;		/* 0: always null */
	TickParseSource source[TICK_FIELD_SOURCES];
	bool		has_null;		/* null_as below besides the plan's */
	TickString	null_as;

	/* TICK_INT: bounds; TICK_DECIMAL: bounds of value * 10^scale */
	int64_t		low,
				high;
	bool		single;			/* TICK_DOUBLE: rounded to a real */
	int			power;			/* the value is the number / 10^power */
	TickNumberMarks marks;		/* of numbers, in any type */

	/* TICK_TEXT */
	bool		trim;			/* blanks at both ends are no part of it */
	bool		upper,
				lower;			/* ASCII letters */
	uint32_t	max_chars;		/* of varchar(n), 0: any */
	bool		number;			/* a numeric kept as digits: checked, blanks dropped */
	int			max_integer,	/* digits before and after its point, -1: any */
				max_fraction;

	/* TICK_DATE, TICK_TIME, TICK_STAMP */
	bool		joined;			/* one text of several sources, blanks between, in the first one's format */
	bool		has_day;		/* day of stamps whose text has none */
	int64_t		day;
	bool		is_utc;			/* stored in UTC: offsets and zone are applied */
	const TickZone *zone;		/* of stamps without offset, NULL: they are taken as they stand */
} TickParseColumn;

/*
 * Partition (or day) of a value of the column that has it, and the inclusive
 * range of values that share it; false when it has none.
 */
typedef bool (*TickParsePartition) (void *context, int64_t value, int32_t *partition, int64_t *low, int64_t *high);

/* Code of a text in the target column's pool: tick_run_intern() but for tests. */
typedef TickStatus (*TickParseIntern) (void *context, int target, const char *data, uint32_t length,
									   uint32_t *code, TickError *error);

/* Another encoding to the stored one; false when the bytes are not of it. *out is valid until the next call. */
typedef bool (*TickParseConvert) (void *context, TickString text, TickString *out);

typedef struct TickParsePlan
{
	int			fields;			/* a record must have so many */
	const TickSchema *schema;
	int			columns;
	const TickParseColumn *column;	/* each target at most once; in the order of the source */
	TickString	null_as;		/* unquoted */
	bool		verify_utf8;	/* text must be UTF-8 */
	TickParseConvert convert;	/* NULL: text is stored as it stands */
	void	   *convert_context;
	TickParseIntern intern;
	void	   *intern_context;
	int			load_id;		/* schema index that takes load, or -1 */
	int64_t		load;
	int			partition_column;	/* schema index, or -1: all rows are of partition 0 */
	TickParsePartition partition;
	void	   *partition_context;
	int			day_column;		/* of the plan, with target -1: it must name the day of ... */
	int			day_target;		/* ... this schema column's value; -1: nothing to check */
	TickParsePartition day;
	void	   *day_context;
} TickParsePlan;

typedef enum TickParseFault
{
	TICK_FAULT_CSV,				/* see the record's fault */
	TICK_FAULT_FEW_FIELDS,
	TICK_FAULT_MANY_FIELDS,
	TICK_FAULT_SYNTAX,			/* not a value of the type */
	TICK_FAULT_RANGE,			/* does not fit the type */
	TICK_FAULT_NULL,
	TICK_FAULT_ENCODING,
	TICK_FAULT_TOO_LONG,		/* symbol or varchar(n) */
	TICK_FAULT_NO_DATE,			/* a time of day where a stamp is needed */
	TICK_FAULT_OTHER_DAY,		/* a date that is not the stamp's day */
	TICK_FAULT_OFFSET,			/* a stamp with an offset where none can be kept */
	TICK_FAULT_PARTITION,		/* beyond what partitions can number */
	TICK_FAULT_CHECK			/* the caller's own reason */
} TickParseFault;

typedef struct TickParseReject
{
	uint32_t	record;			/* of the batch */
	int			column;			/* of the plan, or -1 */
	TickParseFault fault;
	TickString	value;			/* as in the record; valid as long as the batch */
} TickParseReject;

/* What became of the records; arrays belong to the parser, until its next batch. */
typedef struct TickParseResult
{
	uint32_t	rows;			/* in the room, from 0, not yet committed */
	const uint32_t *record;		/* of each row */
	uint32_t	rejects;
	TickParseReject *reject;	/* in the order of records */
	uint64_t	row_lines;		/* lines that the rows span */
	uint64_t	rejected_lines;
} TickParseResult;

typedef struct TickParser TickParser;

/* The plan is copied, its strings, schema and zones are not. */
extern TickStatus tick_parser_create(TickParser **parser, const TickMemory *memory,
									 const TickParsePlan *plan, TickError *error);
extern void tick_parser_free(TickParser *parser);

/* The pools behind intern were emptied: their codes are void. */
extern void tick_parser_forget(TickParser *parser);

/*
 * Parse records first .. first + count - 1 (at most room->rows, at most
 * TICK_CSV_RECORDS).  The rows are placed from the start of the room.
 */
extern TickStatus tick_parse(TickParser *parser, const TickCsvBatch *batch, uint32_t first, uint32_t count,
							 const TickRunRoom *room, TickParseResult *result, TickError *error);

/*
 * Take out the rows whose byte in bad is set (the caller's own conditions);
 * result gets a reject TICK_FAULT_CHECK for each.
 */
extern void tick_parse_remove(TickParser *parser, const TickCsvBatch *batch, const TickRunRoom *room,
							  const uint8_t *bad, TickParseResult *result);

#endif							/* TICK_CORE_PARSE_H */
