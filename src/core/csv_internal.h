/*-------------------------------------------------------------------------
 *
 * csv_internal.h
 *	  What csv.c, csv_parse.c and csv_scan.c share, and the knobs that only
 *	  tests turn.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_CSV_INTERNAL_H
#define TICK_CORE_CSV_INTERNAL_H

#include "core/csv.h"

/*
 * The bytes that mean something to a parser: delimiter, quote and escape,
 * beside LF, CR and NUL that always do.  What is not wanted repeats the
 * delimiter.
 */
typedef struct TickCsvSpecials
{
	uint8_t		delimiter;
	uint8_t		quote;
	uint8_t		escape;
} TickCsvSpecials;

/* Bytes that must be readable behind the input, places behind the positions. */
#define TICK_CSV_SCAN_SLACK TICK_CSV_SLACK

/* What the special bytes are that a scan has found. */
typedef struct TickCsvFound
{
	uint32_t	specials;
	uint32_t	feeds;			/* LF */
	uint32_t	returns;		/* CR */
	bool		others;			/* any that is neither of these nor a delimiter */
} TickCsvFound;

/*
 * Store where the special bytes of bytes[0 .. length) are, ascending, plus
 * base.  Room is needed for length + TICK_CSV_SCAN_SLACK positions.
 */
typedef TickCsvFound (*TickCsvScan) (const uint8_t *bytes, uint32_t length, uint32_t base,
									 const TickCsvSpecials *specials, uint32_t *positions);

extern TickCsvFound tick_csv_scan_portable(const uint8_t *bytes, uint32_t length, uint32_t base,
										   const TickCsvSpecials *specials, uint32_t *positions);
extern TickCsvScan tick_csv_scan_best(void);	/* for this processor */

typedef struct TickCsvTuning
{
	TickCsvScan scan;
	size_t		buffer_bytes;	/* at the start */
	uint32_t	window_bytes;	/* scanned at a time */
	bool		careful;		/* never take the fast path */
} TickCsvTuning;

/*
 * ---- the parser (csv_parse.c) under the input and the batches (csv.c) ----
 */

typedef enum TickCsvParsed
{
	TICK_CSV_PARSED_RECORD,		/* a record was stored */
	TICK_CSV_PARSED_LINE,		/* a line that is no record was passed */
	TICK_CSV_PARSED_WINDOW		/* the record goes on behind the window */
} TickCsvParsed;

struct TickCsv
{
	const TickMemory *memory;
	TickCsvOptions options;
	TickCsvScan scan;
	TickCsvSpecials specials;
	TickPlainRead read;
	void	   *context;
	bool		careful;		/* the fast path is off */

	/*
	 * The input: data[position .. end) is not parsed yet.  As many bytes again
	 * follow, each half with the scanner's slack: the arena.
	 */
	char	   *data;
	size_t		capacity;
	uint32_t	position;
	uint32_t	end;
	bool		at_end;			/* nothing comes behind data[end - 1] */
	bool		begun;			/* the first bytes were looked at */

	/*
	 * The window: positions of special bytes in data[.. window_end), then
	 * window_end itself; before them the place before the window, which ends
	 * what precedes the first field.  data[window_end] is made 0 meanwhile.
	 */
	uint32_t   *positions;
	size_t		positions_capacity;
	const uint32_t *at;			/* first position not before `position` */
	uint32_t	window_bytes;	/* size of the next window */
	uint32_t	window_start;
	uint32_t	window_end;
	char		covered;		/* what data[window_end] was */
	bool		window_last;	/* window_end is the end of the input */
	uint32_t	even;			/* records at `at` that are a batch as they are */
	uint32_t	even_stride;	/* positions from one to the next */

	/* Where in the input's lines the position is. */
	bool		discard;		/* inside a line to be passed over */
	bool		swallow_lf;		/* behind a CR: an LF here belongs to it */
	bool		in_trailer;
	uint32_t	skip_left;
	char	   *trailer;
	uint32_t	trailer_length;
	TickCsvCounts counts;
	uint8_t		begins[256];	/* 1: a record that begins so needs care */

	/* The batch. */
	TickCsvRecord *record;
	uint32_t   *bounds;			/* two a field: the place before it, and its end; one field more than needed */
	uint8_t    *quoted;
	bool		quoted_used;	/* some byte of quoted is set */
	size_t		arena_used;		/* unescaped fields */
};

/* Store records from *rows on, until the batch is full (TICK_CSV_PARSED_RECORD) or the window is done. */
extern TickCsvParsed tick_csv_parse_window(TickCsv *csv, uint32_t *rows);

/* tick_csv_create() with other than the usual sizes; memory must outlive the result */
extern TickStatus tick_csv_create_tuned(TickCsv **csv, const TickMemory *memory, const TickCsvOptions *options,
										const TickCsvTuning *tuning, TickPlainRead read, void *context,
										TickError *error);

#endif							/* TICK_CORE_CSV_INTERNAL_H */
