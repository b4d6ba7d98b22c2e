/*-------------------------------------------------------------------------
 *
 * csv.h
 *	  Records and fields out of a stream of bytes.
 *
 * RFC 4180 with any one-byte delimiter: quoted fields may hold delimiters,
 * doubled quotes and line ends; LF, CRLF and lone CR end a record (mixed is
 * fine); a UTF-8 BOM at the start is passed over; the last line end may be
 * missing.  With quote '\0' no byte is special but delimiter and line ends.
 * Records may straddle any border of the input's chunks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_CSV_H
#define TICK_CORE_CSV_H

#include <stdbool.h>

#include "core/memory.h"
#include "core/vector.h"

#define TICK_CSV_RECORDS 1024		/* most records in a batch */
#define TICK_CSV_SLACK 64

typedef struct TickCsvOptions
{
	char		delimiter;
	char		quote;			/* '\0': none */
	char		escape;			/* '\0': same as quote */
	char		comment;		/* lines that begin with it are counted and skipped; '\0': none */
	const char *trailer;		/* a line that begins with this ends the data; NULL: none */
	uint32_t	skip_lines;		/* lines to pass over before the first record */
	uint32_t	max_line;		/* bytes; a longer record is bad */
	uint32_t	max_fields;		/* more fields than this in a record are counted, not kept */
} TickCsvOptions;

typedef enum TickCsvFault
{
	TICK_CSV_GOOD = 0,
	TICK_CSV_TOO_LONG,			/* beyond max_line: no fields, raw is its first line, cut to 4096 bytes */
	TICK_CSV_UNTERMINATED,		/* quoted field open at the end of the input */
	TICK_CSV_NUL,				/* a NUL byte in the record */
	TICK_CSV_BAD_QUOTE			/* bytes after a closing quote */
} TickCsvFault;

typedef struct TickCsvRecord
{
	uint64_t	line;			/* number of its first line in the input, from 1 */
	uint32_t	lines;			/* lines it spans */
	uint32_t	fields;			/* seen, may exceed max_fields */
	TickCsvFault fault;
	TickString	raw;			/* as in the input, without the line end */
} TickCsvRecord;

/*
 * TickCsvBatch: up to TICK_CSV_RECORDS records.  Field f of record r, unquoted
 * and unescaped, ends before data[*e] and begins at data[e[-1] + 1], with
 * e = &ends[r * record_stride + f * field_stride]; fields beyond the record's
 * own are not set.  So the positions of delimiters and line ends are a batch
 * as they are, when every record has max_fields fields and nothing is quoted:
 * record and quoted are NULL then.  TICK_CSV_SLACK bytes may be read behind
 * the end of any field.  Valid until the next call.
 */
typedef struct TickCsvBatch
{
	uint32_t	records;
	uint32_t	max_fields;
	const char *data;
	const uint32_t *ends;
	uint32_t	record_stride;
	uint32_t	field_stride;
	const uint8_t *quoted;		/* 1 for field f of record r at r * max_fields + f; NULL: none is */
	const TickCsvRecord *record;	/* NULL: all are good, have max_fields fields and span one line */
	uint64_t	first_line;		/* of the first record */
} TickCsvBatch;

/* lines = skipped + blank + comment + trailer + those of the records */
typedef struct TickCsvCounts
{
	uint64_t	lines;			/* all lines seen */
	uint64_t	skipped;		/* by skip_lines */
	uint64_t	blank;			/* empty lines (nothing, or a lone CR) */
	uint64_t	comment;
	uint64_t	trailer;		/* the trailer line and all after it */
} TickCsvCounts;

/* Same contract as tick_gunzip_read(). */
typedef TickStatus (*TickPlainRead) (void *context, void *bytes, size_t capacity, size_t *length, TickError *error);

typedef struct TickCsv TickCsv;

extern TickStatus tick_csv_create(TickCsv **csv, const TickMemory *memory, const TickCsvOptions *options,
								  TickPlainRead read, void *context, TickError *error);
/*
 * The next records; TICK_END when there is none.  Faulty records are
 * delivered with their fault, so that the caller may count them.
 */
extern TickStatus tick_csv_next(TickCsv *csv, TickCsvBatch *batch, TickError *error);
extern void tick_csv_counts(const TickCsv *csv, TickCsvCounts *counts);
extern void tick_csv_free(TickCsv *csv);

/* The text of a field that the record has. */
static inline TickString
tick_csv_field(const TickCsvBatch *batch, uint32_t record, uint32_t field)
{
	const uint32_t *end = batch->ends + (size_t) record * batch->record_stride + (size_t) field * batch->field_stride;
	uint32_t	begin = end[-1] + 1;

	return (TickString) {batch->data + begin, *end - begin};
}

static inline bool
tick_csv_quoted(const TickCsvBatch *batch, uint32_t record, uint32_t field)
{
	return batch->quoted != NULL && batch->quoted[(size_t) record * batch->max_fields + field];
}

static inline TickCsvRecord
tick_csv_record(const TickCsvBatch *batch, uint32_t record)
{
	TickString	first;
	TickString	last;

	if (batch->record != NULL)
		return batch->record[record];
	first = tick_csv_field(batch, record, 0);
	last = tick_csv_field(batch, record, batch->max_fields - 1);
	return (TickCsvRecord) {batch->first_line + record, 1, batch->max_fields, TICK_CSV_GOOD,
	{first.data, (uint32_t) (last.data + last.length - first.data)}};
}

/* true when the bytes are well-formed UTF-8 without NUL */
extern bool tick_utf8_valid(const char *bytes, size_t length);

#endif							/* TICK_CORE_CSV_H */
