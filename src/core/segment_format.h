/*-------------------------------------------------------------------------
 *
 * segment_format.h
 *	  The bytes of a segment.
 *
 * An image is written once, front to back, and read from its end:
 *
 *		header | chunks | statistics | schema | row groups | directory | trailer
 *
 * The parts follow each other without a gap, so every byte is covered by one
 * checksum (tick_hash64, seed 0).  Integers are little-endian, doubles are
 * IEEE 754 in the same order, nothing is aligned.  Numbers beside a field
 * are its offset and size.
 *
 * Header, 64 bytes:
 *
 *		 0	8	"TICKSEG\n"
 *		 8	4	format version (1)
 *		12	4	zero
 *		16 16	uuid
 *		32 24	zero
 *		56	8	checksum of bytes 0 .. 55
 *
 * Chunks: for each row group in turn one encoded chunk a column, in schema
 * order.  The symbol column has none: the directory says which rows belong
 * to which symbol.
 *
 * Statistics: one group for each 1024 symbols (the last may have fewer).
 *
 *		 0	4	length of the columns that follow
 *		 4		columns, each 4 bytes of length and a chunk (encoding.c) that
 *				has one value a symbol, never null:
 *
 *			rows that pass the stats filter
 *			form: flags + 256 * scale of volume + 65536 * scale of turnover;
 *				flags: 1 prices set, 2 volume set, 4 turnover set, 8 volume
 *				has a rest, 16 volume overflowed, 32 turnover has a rest, 64
 *				turnover overflowed, 128 some rows have a size but no price
 *
 *		if the roles of the schema give prices (segment_stats.h)
 *			open, high, low, close: doubles, or integers at the price's scale
 *			time of open - time of the symbol's first row
 *			time of its last row - time of close
 *		if they give a volume
 *			low and high 64 bits of the units; rest (a double)
 *		if they give a turnover
 *			likewise
 *
 * Schema: one entry a column.
 *
 *		 0	4	column id
 *		 4	1	type
 *		 5	1	scale
 *		 6	1	role
 *		 7	1	length of the field name
 *		 8		the field name
 *
 * Row groups: one entry a group, and in it one of 96 bytes a column.
 *
 *		 0	4	rows, 1 .. 65536
 *		 4	4	zero
 *		 8		chunks:
 *			 0	8	offset in the image
 *			 8	8	length
 *			16	8	checksum
 *			24	1	encoding
 *			25	1	flags: 1 range, 2 sum, 4 text maximum cut, 8 sum has a
 *					rest, 16 sum overflowed
 *			26	1	length of the text minimum
 *			27	1	length of the text maximum
 *			28	1	scale of the sum
 *			29	3	zero
 *			32	4	nulls
 *			36	4	NaNs
 *			40 16	minimum (fixed types use the first 8 bytes)
 *			56 16	maximum
 *			72 16	units of the sum
 *			88	8	rest of the sum
 *
 * Directory: one entry a symbol, in ascending order of name, the null symbol
 * last; a segment without symbol column has one entry, null.  It is kept as
 * arrays, so that one symbol is found without reading the others:
 *
 *		4 each	end of the name, counted from the start of the names
 *		4 each	code
 *		8 each	first row
 *		8 each	time of the first row	(only when the schema has a time)
 *		8 each	time of the last row	(likewise)
 *				names
 *
 * Trailer, 192 bytes:
 *
 *		 0	8	"TICKEND\n"
 *		 8	4	format version, as in the header
 *		12	4	flags: 1 the last symbol is null
 *		16 16	uuid, as in the header
 *		32	8	rows
 *		40	4	symbols
 *		44	4	row groups
 *		48	4	columns
 *		52	4	rows in a full row group
 *		56	8	hash of the stats filter, 0 when there was none
 *		64 96	statistics, schema, row groups, directory: offset, length,
 *				checksum of each
 *	   160 16	zero
 *	   176	8	length of the image, trailer included
 *	   184	8	checksum of bytes 0 .. 183
 *
 * EXAMPLE.  Three rows of a symbol and a bigint: AA 100, AA 300, BRK 100; the
 * codes are 7 and 9.  Runs of zeros are left out after "..".
 *
 * header
 *	000  54 49 43 4b 53 45 47 0a 01 00 00 00 00 00 00 00  "TICKSEG\n", version 1
 *	010  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  uuid
 *	038  57 65 f2 1e 35 05 eb 2d                          checksum
 *
 * the only chunk: plain, 3 rows
 *	040  00 00 00 00 03 00 00 00
 *	048  64 .. 2c 01 .. 64 ..                             100, 300, 100
 *
 * statistics: one group of 48 bytes, two columns of 24
 *	060  30 00 00 00 18 00 00 00                          length of the group, of the first column
 *	068  00 .. 02 .. 02 .. 01 ..                          rows that count: 2 and 1
 *	080  10 .. 01 01 .. 02 ..                             form: 0 for both
 *
 * schema
 *	094  01 00 00 00 08 00 01 03 73 79 6d                 id 1, text, symbol, "sym"
 *	09f  02 00 00 00 02 00 00 04 73 69 7a 65              id 2, bigint, "size"
 *
 * row group of 3 rows
 *	0ab  03 00 00 00 00 00 00 00
 *	0b3  40 .. 00 .. 17 60 65 3f 06 fb 00 3e              the symbol: no chunk, but a checksum of nothing
 *	0cb  05 01 02 03 ..                                   dictionary; range is set; 2 and 3 bytes of
 *	0db  41 41 .. 42 52 4b ..                             minimum "AA" and maximum "BRK"
 *	113  40 .. 20 .. 26 76 6e 6f f2 d2 91 08              the chunk: offset 64, 32 bytes, checksum
 *	12b  00 03 ..                                         plain; range and sum are set
 *	13b  64 .. 2c 01 .. f4 01 ..                          100, 300, sum 500
 *
 * directory
 *	173  02 00 00 00 05 00 00 00                          ends of the names: 2, 5
 *	17b  07 00 00 00 09 00 00 00                          codes
 *	183  00 .. 02 ..                                      first rows: 0, 2
 *	193  41 41 42 52 4b                                   "AABRK"
 *
 * trailer
 *	198  54 49 43 4b 45 4e 44 0a 01 00 00 00 00 00 00 00  "TICKEND\n", version 1, no null symbol
 *	1a8  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  uuid
 *	1b8  03 00 00 00 00 00 00 00 02 00 00 00 01 00 00 00  3 rows, 2 symbols, 1 row group
 *	1c8  02 00 00 00 00 00 01 00 ..                       2 columns, row groups of 65536, no filter
 *	1d8  60 .. 34 .. cd 01 81 60 38 b1 0a 59              statistics: offset, length, checksum
 *	1f0  94 .. 17 .. 4a 0b 6b 35 ea 13 8f 6f              schema
 *	208  ab .. c8 .. a3 23 b3 e0 0e d7 97 7a              row groups
 *	220  73 01 .. 25 .. 85 9b d9 b7 b9 90 27 f6           directory
 *	248  58 02 .. 53 ac 21 30 db 43 6e 6f                 length 600, checksum
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_SEGMENT_FORMAT_H
#define TICK_CORE_SEGMENT_FORMAT_H

#include <string.h>

#include "core/bytes.h"
#include "core/hash.h"
#include "core/segment.h"
#include "core/segment_stats.h"

#define TICK_SEGMENT_VERSION 1
#define TICK_SEGMENT_MAGIC "TICKSEG\n"
#define TICK_TRAILER_MAGIC "TICKEND\n"
#define TICK_MAGIC_BYTES 8

#define TICK_HEADER_BYTES 64
#define TICK_TRAILER_BYTES 192
#define TICK_SCHEMA_ENTRY_BYTES 8	/* and the name */
#define TICK_ROW_GROUP_ENTRY_BYTES 8	/* and the chunks */
#define TICK_CHUNK_ENTRY_BYTES 96
#define TICK_STATS_GROUP_SYMBOLS TICK_BATCH_ROWS
#define TICK_STATS_COLUMNS 14	/* at most */

/* Sections of the footer, in the order they lie. */
typedef enum TickSection
{
	TICK_SECTION_STATS,
	TICK_SECTION_SCHEMA,
	TICK_SECTION_ROW_GROUPS,
	TICK_SECTION_DIRECTORY,
	TICK_SECTIONS
} TickSection;

/* Any run of bytes of the image: a section or a chunk. */
typedef struct TickExtent
{
	uint64_t	offset;
	uint64_t	length;
	uint64_t	checksum;
} TickExtent;

typedef struct TickTrailer
{
	uint8_t		uuid[TICK_UUID_BYTES];
	uint64_t	rows;
	uint32_t	symbols;
	uint32_t	row_groups;
	uint32_t	columns;
	uint32_t	row_group_rows;
	uint64_t	stats_filter_hash;
	bool		null_symbol;
	TickExtent	section[TICK_SECTIONS];
	uint64_t	length;
} TickTrailer;

typedef struct TickChunkEntry
{
	TickExtent	extent;
	TickEncoding encoding;
} TickChunkEntry;

static inline void
tick_put_double(uint8_t *p, double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	tick_put64(p, bits);
}

static inline void
tick_put128(uint8_t *p, tick_int128 value)
{
	tick_put64(p, (uint64_t) value);
	tick_put64(p + 8, (uint64_t) ((unsigned __int128) value >> 64));
}

static inline double
tick_get_double(const uint8_t *p)
{
	uint64_t	bits = tick_get64(p);
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline tick_int128
tick_get128(const uint8_t *p)
{
	return (tick_int128) ((unsigned __int128) tick_get64(p + 8) << 64 | tick_get64(p));
}

/* TICK_CORRUPT with the offset of what is damaged. */
#define tick_corrupt(error, offset, ...) \
	tick_corrupt_at(error, (uint64_t) (offset), __VA_ARGS__)

extern TickStatus tick_corrupt_at(TickError *error, uint64_t offset, const char *format,...)
			__attribute__((format(printf, 3, 4)));

/* ---- fields <-> bytes; decoding checks what needs no other part ---- */

extern void tick_header_encode(uint8_t bytes[TICK_HEADER_BYTES], const uint8_t uuid[TICK_UUID_BYTES]);
extern TickStatus tick_header_decode(const uint8_t bytes[TICK_HEADER_BYTES], uint8_t uuid[TICK_UUID_BYTES],
									 TickError *error);

extern void tick_trailer_encode(uint8_t bytes[TICK_TRAILER_BYTES], const TickTrailer *trailer);
extern TickStatus tick_trailer_decode(const uint8_t bytes[TICK_TRAILER_BYTES], uint64_t image_length,
									  TickTrailer *trailer, TickError *error);

extern TickStatus tick_schema_encode(const TickSchema *schema, TickBuffer *out, TickError *error);
extern TickStatus tick_schema_decode(const uint8_t *bytes, const TickTrailer *trailer,
									 const TickMemory *memory, TickSchema *schema, TickError *error);

/* One time and symbol at most, known types and roles, distinct ids; fills schema->symbol and time. */
extern TickStatus tick_schema_check(TickSchema *schema, TickError *error);

extern void tick_chunk_entry_encode(uint8_t bytes[TICK_CHUNK_ENTRY_BYTES], const TickColumn *column,
									const TickChunkEntry *entry, const TickZoneMap *zone_map);
extern TickStatus tick_chunk_entry_decode(const uint8_t bytes[TICK_CHUNK_ENTRY_BYTES], uint64_t offset,
										  const TickColumn *column, uint32_t rows,
										  TickChunkEntry *entry, TickZoneMap *zone_map, TickError *error);

/* Statistics of symbols that wait for their group to be full. */
typedef struct TickStatsGroup
{
	const TickMemory *memory;
	TickStatsShape shape;
	uint32_t	symbols;
	uint32_t	capacity;
	TickVector	column[TICK_STATS_COLUMNS];
} TickStatsGroup;

extern void tick_stats_group_init(TickStatsGroup *group, const TickMemory *memory, const TickStatsShape *shape);
extern void tick_stats_group_free(TickStatsGroup *group);
/* time_min and time_max are the symbol's in the directory; a full group must be encoded before more are added */
extern TickStatus tick_stats_group_add(TickStatsGroup *group, const TickSymbolStats *stats,
									   int64_t time_min, int64_t time_max, TickError *error);
/* Append the group's bytes to out and empty it. */
extern TickStatus tick_stats_group_encode(TickStatsGroup *group, TickChunkEncoder *encoder,
										  TickBuffer *out, TickError *error);

/*
 * Decode the group of `symbols` symbols from `first` on.  bytes are what
 * follows its length; offset is theirs in the image, for messages.
 */
extern TickStatus tick_stats_group_decode(const TickSegmentReader *reader, const TickMemory *memory,
										  const TickStatsShape *shape, uint32_t first, uint32_t symbols,
										  const uint8_t *bytes, uint32_t length, uint64_t offset,
										  TickSymbolStats *stats, TickError *error);

/* Bytes of a directory of so many symbols, without the names. */
static inline uint64_t
tick_directory_fixed_bytes(uint32_t symbols, bool has_time)
{
	return (uint64_t) symbols * (has_time ? 32 : 16);
}

/* ---- what the other files of the segment need of a reader ---- */

extern const TickTrailer *tick_segment_trailer(const TickSegmentReader *reader);
extern TickSource tick_segment_source(const TickSegmentReader *reader);
extern TickStatus tick_segment_chunk_corrupt(const TickSegmentReader *reader, uint32_t row_group, int column,
											 TickError *error);

#endif							/* TICK_CORE_SEGMENT_FORMAT_H */
