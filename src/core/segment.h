/*-------------------------------------------------------------------------
 *
 * segment.h
 *	  A segment: one immutable, self-describing run of sorted rows.
 *
 * Rows are ordered by (symbol name, time, order of arrival); a null symbol
 * comes last.  A segment without symbol column has one symbol, the null one;
 * without a time, a symbol's rows keep their order.  A segment image is a run of bytes that knows nothing of where
 * it lies: the same writer and reader serve relations, inline values of the
 * catalog and spilled runs, through TickSink and TickSource.
 *
 * The format is specified at the head of segment_format.h; writing is in
 * segment_writer.c, reading in segment_reader.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_SEGMENT_H
#define TICK_CORE_SEGMENT_H

#include "core/encoding.h"
#include "core/filter.h"

#define TICK_UUID_BYTES 16
#define TICK_MAX_SYMBOL_BYTES 255
#define TICK_FIELD_BYTES 255		/* longest recorded field name */

/* The numbers are on disk: never renumber. */
typedef enum TickRole
{
	TICK_ROLE_NONE = 0,
	TICK_ROLE_SYMBOL = 1,
	TICK_ROLE_TIME = 2,
	TICK_ROLE_PRICE = 3,
	TICK_ROLE_SIZE = 4,
	TICK_ROLE_OPEN = 5,
	TICK_ROLE_HIGH = 6,
	TICK_ROLE_LOW = 7,
	TICK_ROLE_CLOSE = 8,
	TICK_ROLE_VOLUME = 9,
	TICK_ROLE_BID = 10,
	TICK_ROLE_ASK = 11,
	TICK_ROLE_BID_SIZE = 12,
	TICK_ROLE_ASK_SIZE = 13
} TickRole;

/* Column ids are given by the catalog, from 1; the load id of a row is stored under this one. */
#define TICK_COLUMN_LOAD_ID 0

typedef struct TickColumn
{
	int32_t		id;				/* identity across renames */
	TickType	type;
	uint8_t		scale;
	TickRole	role;
	bool		number;			/* wanted TICK_TEXT is a number's digits: stored numbers are read as such */
	char		field[TICK_FIELD_BYTES + 1];	/* name in the source, for people */
} TickColumn;

/*
 * TickSchema: the columns of a segment.  At most one column has the role
 * symbol (TICK_TEXT) and at most one the role time (TICK_STAMP or TICK_DATE).
 */
typedef struct TickSchema
{
	int			columns;
	TickColumn *column;
	int			symbol;			/* index, or -1 */
	int			time;			/* index, or -1 */
} TickSchema;

/* Where a writer's bytes go; append is called with bytes in order. */
typedef struct TickSink
{
	TickStatus	(*append) (void *context, const void *bytes, size_t length, TickError *error);
	void	   *context;
} TickSink;

/* Where a reader's bytes come from; offset + length <= source length. */
typedef struct TickSource
{
	TickStatus	(*read) (void *context, uint64_t offset, void *bytes, size_t length, TickError *error);
	void	   *context;
	uint64_t	length;
} TickSource;

/*
 * TickSymbolStats: one symbol's rows in the segment, for the rows that pass
 * the segment's stats filter.  Prices are of the type of the price column
 * (or of open, high, low, close for bars): f64 for TICK_DOUBLE, else i64.
 * open and close are the first and last non-null price in row order.
 */
typedef union TickPrice
{
	int64_t		i64;
	double		f64;
} TickPrice;

typedef struct TickSymbolStats
{
	uint64_t	trades;			/* rows that pass the stats filter */
	bool		has_price;		/* open, high, low, close are set */
	bool		has_volume;
	bool		has_turnover;
	TickPrice	open,
				high,
				low,
				close;
	int64_t		open_time,		/* time of the rows that gave open and close */
				close_time;
	TickSum		volume;			/* of size or volume */
	TickSum		turnover;		/* of price * size, where both are present */
	bool		has_unpriced;	/* rows with a size have no price ... */
	TickSum		unpriced;		/* ... minus their sizes: not stored, so unknown where a segment says has_unpriced */
} TickSymbolStats;

typedef struct TickSymbolEntry
{
	TickString	name;			/* length 0 and is_null for the null symbol */
	bool		is_null;
	uint32_t	code;			/* tick.symbol.code, 0 for null or not yet known */
	uint64_t	first_row;
	uint64_t	rows;
	int64_t		time_min,		/* when the schema has a time */
				time_max;
} TickSymbolEntry;

/* What the catalog keeps of a segment. */
typedef struct TickSegmentSummary
{
	uint64_t	rows;
	uint64_t	bytes;
	uint32_t	symbols;
	uint32_t	row_groups;
	bool		has_time;
	int64_t		time_min;
	int64_t		time_max;
	int			columns;
	const TickZoneMap *zone_map;	/* one a column, in schema order; owned by the writer or reader */
} TickSegmentSummary;

/* ---- writing ---- */

typedef struct TickSegmentWriter TickSegmentWriter;

typedef struct TickSegmentOptions
{
	uint8_t		uuid[TICK_UUID_BYTES];
	const TickFilter *stats_filter; /* columns are schema indexes; NULL: all rows */
	uint64_t	stats_filter_hash;	/* of its text; stored, 0 when none */
	uint32_t	row_group_rows; /* 0: TICK_ROW_GROUP_ROWS */
	bool		threaded;		/* row groups may be encoded in a thread: then the writer must be freed on every way out */
} TickSegmentOptions;

/* The schema is copied.  A writer without symbol column never calls _symbol(). */
extern TickStatus tick_segment_writer_create(TickSegmentWriter **writer, const TickMemory *memory,
											 const TickSchema *schema, const TickSegmentOptions *options,
											 TickSink sink, TickError *error);

/*
 * Begin the rows of a symbol; names must ascend (memcmp), the null symbol
 * (name.data == NULL) comes last.
 */
extern TickStatus tick_segment_writer_symbol(TickSegmentWriter *writer, TickString name,
											 uint32_t code, TickError *error);

/*
 * Append rows of the current symbol, in time order.  columns has one vector
 * a schema column, each with at least `first + rows` rows, of which rows
 * first .. first + rows - 1 are taken; the symbol column's is not looked at.
 */
extern TickStatus tick_segment_writer_append(TickSegmentWriter *writer, const TickVector *columns,
											 uint32_t first, uint32_t rows, TickError *error);

extern uint64_t tick_segment_writer_rows(const TickSegmentWriter *writer);

/* No more rows come: write them out, end the threads, free what rows need.  Footer and trailer are still to come. */
extern TickStatus tick_segment_writer_settle(TickSegmentWriter *writer, TickError *error);

/* The code of a symbol's name, TICK_NO_CODE for none; called by threads too. */
typedef uint32_t (*TickSymbolCode) (void *context, TickString name);

#define TICK_NO_CODE UINT32_MAX

/* What code says of a name (NULL: 0); TICK_BAD_INPUT where it has none. */
extern TickStatus tick_segment_code(TickSymbolCode code, void *context, TickString name, uint32_t *found, TickError *error);

/* Give all symbols other codes, before the writer is finished. */
extern TickStatus tick_segment_writer_recode(TickSegmentWriter *writer, TickSymbolCode code, void *context, TickError *error);

/* Write footer and trailer.  The summary points into the writer. */
extern TickStatus tick_segment_writer_finish(TickSegmentWriter *writer, TickSegmentSummary *summary,
											 TickError *error);
extern void tick_segment_writer_free(TickSegmentWriter *writer);

/*
 * Copy a finished image verbatim but for its uuid and its symbols' codes:
 * how a spilled run becomes a segment.
 */
extern TickStatus tick_segment_copy(const TickMemory *memory, TickSource source,
									const uint8_t uuid[TICK_UUID_BYTES],
									TickSymbolCode code, void *context,
									TickSink sink, TickError *error);

/* ---- reading ---- */

typedef struct TickSegmentReader TickSegmentReader;

/*
 * Open and check header, trailer and footer.  uuid, when not NULL, must be
 * the image's own.  Nothing of the chunks is read.
 */
extern TickStatus tick_segment_reader_open(TickSegmentReader **reader, const TickMemory *memory,
										   TickSource source, const uint8_t *uuid, TickError *error);
extern void tick_segment_reader_close(TickSegmentReader *reader);

extern const TickSchema *tick_segment_schema(const TickSegmentReader *reader);
extern const uint8_t *tick_segment_uuid(const TickSegmentReader *reader);
extern void tick_segment_summary(const TickSegmentReader *reader, TickSegmentSummary *summary);
extern uint64_t tick_segment_stats_filter_hash(const TickSegmentReader *reader);
extern size_t tick_segment_reader_memory(const TickSegmentReader *reader);	/* bytes held, for caches */

extern uint32_t tick_segment_symbols(const TickSegmentReader *reader);
extern void tick_segment_symbol(const TickSegmentReader *reader, uint32_t index, TickSymbolEntry *entry);
extern int64_t tick_segment_find_symbol(const TickSegmentReader *reader, TickString name);	/* index or -1 */
extern int64_t tick_segment_null_symbol(const TickSegmentReader *reader);	/* index or -1 */
extern uint32_t tick_segment_symbol_of_row(const TickSegmentReader *reader, uint64_t row);
/* All names by index (empty for null), made at first use and kept by the reader. */
extern TickStatus tick_segment_dictionary(TickSegmentReader *reader, const TickString **names, TickError *error);
extern TickStatus tick_segment_symbol_stats(TickSegmentReader *reader, uint32_t index,
											TickSymbolStats *stats, TickError *error);

extern uint32_t tick_segment_row_groups(const TickSegmentReader *reader);
extern void tick_segment_row_group(const TickSegmentReader *reader, uint32_t row_group,
								   uint64_t *first_row, uint32_t *rows);
extern uint32_t tick_segment_row_group_of_row(const TickSegmentReader *reader, uint64_t row);
extern const TickZoneMap *tick_segment_zone_map(const TickSegmentReader *reader, uint32_t row_group, int column);
extern TickEncoding tick_segment_chunk_encoding(const TickSegmentReader *reader, uint32_t row_group, int column);
extern uint64_t tick_segment_chunk_bytes(const TickSegmentReader *reader, uint32_t row_group, int column);

/*
 * Read a chunk's bytes into buffer (replacing what it held), verify its
 * checksum and open it.
 */
extern TickStatus tick_segment_read_chunk(TickSegmentReader *reader, uint32_t row_group, int column,
										  TickBuffer *buffer, TickChunk **chunk, TickError *error);

/*
 * The same in two steps: the bytes from the source; then, in any thread, the
 * checksum and the chunk, which points into them.
 */
extern TickStatus tick_segment_read_chunk_bytes(const TickSegmentReader *reader, uint32_t row_group, int column,
												TickBuffer *buffer, TickError *error);
extern TickStatus tick_segment_open_chunk(const TickSegmentReader *reader, uint32_t row_group, int column,
										  const TickBuffer *buffer, TickChunk **chunk, TickError *error);

/* How deep tick_segment_verify() looks. */
typedef enum TickVerifyLevel
{
	TICK_VERIFY_CHECKSUMS,		/* every block's checksum */
	TICK_VERIFY_FULL			/* decode all, check order, zone maps, directory and stats */
} TickVerifyLevel;

/*
 * stats_filter is the one whose hash the segment records, or NULL when it is
 * not at hand: then a segment written with a filter has its statistics left
 * out of the comparison.
 */
extern TickStatus tick_segment_verify(TickSegmentReader *reader, const TickMemory *memory,
									  TickVerifyLevel level, const TickFilter *stats_filter,
									  TickError *error);

#endif							/* TICK_CORE_SEGMENT_H */
