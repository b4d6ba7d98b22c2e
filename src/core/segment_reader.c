/*-------------------------------------------------------------------------
 *
 * segment_reader.c
 *	  Open a segment and look things up in its footer.
 *
 * Opening takes three reads: header, trailer, and the sections schema, row
 * groups and directory, which lie side by side before the trailer.  The
 * directory is searched in its stored form, so that opening a segment of
 * many symbols allocates nothing for them; per-symbol statistics and the
 * names as strings are made at first use.
 *
 * Every byte is taken for hostile.  Checksums come before parsing, counts
 * are compared with the sections that hold them before anything is
 * allocated for them, and chunks must fill exactly the space between header
 * and footer.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_format.h"

#define NO_GROUP UINT32_MAX

struct TickSegmentReader
{
	const TickMemory *memory;
	TickSource	source;
	TickTrailer trailer;
	TickSchema	schema;
	uint64_t   *first_row;		/* of each row group, and the end */
	TickChunkEntry *chunk;		/* row group by row group */
	TickZoneMap *zone_map;		/* likewise */
	TickZoneMap *column_zone_map;	/* of the whole segment */
	uint8_t    *directory;		/* the section */
	const uint8_t *name_end;	/* its arrays */
	const uint8_t *code;
	const uint8_t *symbol_row;
	const uint8_t *time_min;
	const uint8_t *time_max;
	const char *names;
	int64_t		time_low;
	int64_t		time_high;
	TickStatsShape shape;
	uint8_t    *stats;			/* the section, once asked for */
	uint64_t   *stats_offset;	/* of each group in it, and the end */
	TickSymbolStats *stats_symbol;	/* the group decoded last */
	uint32_t	stats_group;	/* its number, or NO_GROUP */
	TickString *dictionary;		/* names, once asked for */
	size_t		memory_bytes;
};

/* Allocate an array that the reader keeps until it is closed. */
static void *
reader_alloc(TickSegmentReader *reader, uint64_t count, size_t size)
{
	uint64_t	bytes;
	void	   *array;

	if (__builtin_mul_overflow(count, (uint64_t) size, &bytes) || bytes > SIZE_MAX)
		return NULL;
	array = tick_alloc(reader->memory, bytes);
	if (array != NULL)
		reader->memory_bytes += bytes;
	return array;
}

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

static TickStatus
read_bytes(const TickSegmentReader *reader, uint64_t offset, void *bytes, uint64_t length, TickError *error)
{
	if (length == 0)
		return TICK_OK;
	return reader->source.read(reader->source.context, offset, bytes, length, error);
}

static TickStatus
check_section(const TickSegmentReader *reader, TickSection section, const uint8_t *bytes, TickError *error)
{
	static const char *const name[TICK_SECTIONS] = {"statistics", "schema", "row groups", "directory"};
	const TickExtent *extent = &reader->trailer.section[section];

	if (tick_hash64(bytes, extent->length, 0) != extent->checksum)
		return tick_corrupt(error, extent->offset, "checksum of the %s does not match", name[section]);
	return TICK_OK;
}

/* Header and trailer: is this the image that was asked for, and complete? */
static TickStatus
read_ends(TickSegmentReader *reader, const uint8_t *uuid, TickError *error)
{
	uint8_t		header[TICK_HEADER_BYTES];
	uint8_t		trailer[TICK_TRAILER_BYTES];
	uint8_t		found[TICK_UUID_BYTES];

	if (reader->source.length < TICK_HEADER_BYTES + TICK_TRAILER_BYTES)
		return tick_corrupt(error, 0, "%llu bytes are no segment", (unsigned long long) reader->source.length);
	TICK_TRY(read_bytes(reader, 0, header, sizeof(header), error));
	TICK_TRY(tick_header_decode(header, found, error));
	if (uuid != NULL && memcmp(uuid, found, TICK_UUID_BYTES) != 0)
		return tick_corrupt(error, 16, "it has the uuid of another segment");
	TICK_TRY(read_bytes(reader, reader->source.length - TICK_TRAILER_BYTES, trailer, sizeof(trailer), error));
	TICK_TRY(tick_trailer_decode(trailer, reader->source.length, &reader->trailer, error));
	if (memcmp(reader->trailer.uuid, found, TICK_UUID_BYTES) != 0)
		return tick_corrupt(error, reader->source.length - TICK_TRAILER_BYTES, "header and trailer are of two segments");
	return TICK_OK;
}

/* The entry of one chunk, which must begin where the one before ended. */
static TickStatus
parse_chunk(TickSegmentReader *reader, const uint8_t *bytes, uint64_t offset, int column, uint32_t rows,
			uint64_t *position, size_t index, TickError *error)
{
	TickChunkEntry *entry = &reader->chunk[index];
	uint64_t	end = reader->trailer.section[TICK_SECTION_STATS].offset;

	TICK_TRY(tick_chunk_entry_decode(bytes, offset, &reader->schema.column[column], rows,
									 entry, &reader->zone_map[index], error));
	if (entry->extent.offset != *position || entry->extent.length > end - *position ||
		(entry->extent.length == 0) != (column == reader->schema.symbol) ||
		(column == reader->schema.symbol && entry->encoding != TICK_DICTIONARY))
		return tick_corrupt(error, offset, "a chunk of column \"%s\" lies outside", reader->schema.column[column].field);
	*position += entry->extent.length;
	tick_zone_map_merge(&reader->column_zone_map[column], reader->schema.column[column].type, &reader->zone_map[index]);
	return TICK_OK;
}

static TickStatus
parse_row_groups(TickSegmentReader *reader, const uint8_t *bytes, TickError *error)
{
	const TickTrailer *trailer = &reader->trailer;
	const TickExtent *section = &trailer->section[TICK_SECTION_ROW_GROUPS];
	uint64_t	columns = trailer->columns;
	uint64_t	stride = TICK_ROW_GROUP_ENTRY_BYTES + columns * TICK_CHUNK_ENTRY_BYTES;
	uint64_t	position = TICK_HEADER_BYTES;
	uint64_t	row = 0;

	if (section->length % stride != 0 || section->length / stride != trailer->row_groups)
		return tick_corrupt(error, section->offset, "%u row groups do not fill their section", trailer->row_groups);
	reader->first_row = reader_alloc(reader, (uint64_t) trailer->row_groups + 1, sizeof(uint64_t));
	reader->chunk = reader_alloc(reader, trailer->row_groups * columns, sizeof(TickChunkEntry));
	reader->zone_map = reader_alloc(reader, trailer->row_groups * columns, sizeof(TickZoneMap));
	reader->column_zone_map = reader_alloc(reader, columns, sizeof(TickZoneMap));
	if (reader->first_row == NULL || reader->chunk == NULL || reader->zone_map == NULL ||
		reader->column_zone_map == NULL)
		return out_of_memory(error);
	for (uint64_t i = 0; i < columns; i++)
		tick_zone_map_init(&reader->column_zone_map[i]);
	for (uint32_t g = 0; g < trailer->row_groups; g++)
	{
		uint64_t	at = g * stride;
		uint32_t	rows = tick_get32(bytes + at);

		if (rows == 0 || rows > trailer->row_group_rows || rows > trailer->rows - row || tick_get32(bytes + at + 4) != 0)
			return tick_corrupt(error, section->offset + at, "row group %u cannot have %u rows", g, rows);
		reader->first_row[g] = row;
		row += rows;
		at += TICK_ROW_GROUP_ENTRY_BYTES;
		for (uint64_t i = 0; i < columns; i++, at += TICK_CHUNK_ENTRY_BYTES)
			TICK_TRY(parse_chunk(reader, bytes + at, section->offset + at, (int) i, rows, &position,
								 g * columns + i, error));
	}
	reader->first_row[trailer->row_groups] = row;
	if (row != trailer->rows || position != trailer->section[TICK_SECTION_STATS].offset)
		return tick_corrupt(error, section->offset, "row groups do not add up to the segment");
	return TICK_OK;
}

/* Point at the arrays of the directory, when it is long enough for them. */
static TickStatus
locate_directory(TickSegmentReader *reader, TickError *error)
{
	const TickExtent *section = &reader->trailer.section[TICK_SECTION_DIRECTORY];
	uint64_t	n = reader->trailer.symbols;
	uint64_t	fixed = tick_directory_fixed_bytes(reader->trailer.symbols, reader->schema.time >= 0);

	if (section->length < fixed)
		return tick_corrupt(error, section->offset, "the directory is too short for %u symbols", reader->trailer.symbols);
	reader->name_end = reader->directory;
	reader->code = reader->directory + 4 * n;
	reader->symbol_row = reader->directory + 8 * n;
	if (reader->schema.time >= 0)
	{
		reader->time_min = reader->directory + 16 * n;
		reader->time_max = reader->directory + 24 * n;
	}
	reader->names = (const char *) reader->directory + fixed;
	if (tick_get32(reader->name_end + 4 * (n - 1)) != section->length - fixed)
		return tick_corrupt(error, section->offset, "names do not fill the directory");
	return TICK_OK;
}

static bool
is_null_symbol(const TickSegmentReader *reader, uint32_t index)
{
	return reader->trailer.null_symbol && index == reader->trailer.symbols - 1;
}

static TickString
symbol_name(const TickSegmentReader *reader, uint32_t index)
{
	uint32_t	start = index > 0 ? tick_get32(reader->name_end + 4 * ((size_t) index - 1)) : 0;

	return (TickString) {reader->names + start, tick_get32(reader->name_end + 4 * (size_t) index) - start};
}

/* Can entry `index` follow the one before it?  The ends of both names are known to be in order. */
static bool
symbol_in_order(const TickSegmentReader *reader, uint32_t index)
{
	TickString	name = symbol_name(reader, index);

	if (name.length > TICK_MAX_SYMBOL_BYTES)
		return false;
	if (is_null_symbol(reader, index))
		return name.length == 0;
	return index == 0 || tick_string_compare(symbol_name(reader, index - 1), name) < 0;
}

static TickStatus
check_directory(TickSegmentReader *reader, TickError *error)
{
	const TickTrailer *trailer = &reader->trailer;
	uint64_t	at = trailer->section[TICK_SECTION_DIRECTORY].offset;
	uint32_t	name_end = 0;
	uint32_t	last_name = tick_get32(reader->name_end + 4 * ((size_t) trailer->symbols - 1));

	for (uint32_t i = 0; i < trailer->symbols; i++)
	{
		uint32_t	end = tick_get32(reader->name_end + 4 * (size_t) i);
		uint64_t	row = tick_get64(reader->symbol_row + 8 * (size_t) i);

		if (end < name_end || end > last_name || !symbol_in_order(reader, i))
			return tick_corrupt(error, at, "name of symbol %u is out of order", i);
		name_end = end;
		if (row >= trailer->rows ||
			(i == 0 ? row != 0 : row <= tick_get64(reader->symbol_row + 8 * ((size_t) i - 1))))
			return tick_corrupt(error, at, "rows of symbol %u are out of order", i);
		if (reader->time_min != NULL)
		{
			int64_t		low = (int64_t) tick_get64(reader->time_min + 8 * (size_t) i);
			int64_t		high = (int64_t) tick_get64(reader->time_max + 8 * (size_t) i);

			if (low > high)
				return tick_corrupt(error, at, "times of symbol %u are out of order", i);
			reader->time_low = i == 0 || low < reader->time_low ? low : reader->time_low;
			reader->time_high = i == 0 || high > reader->time_high ? high : reader->time_high;
		}
	}
	if (reader->schema.symbol < 0 && (trailer->symbols != 1 || !trailer->null_symbol))
		return tick_corrupt(error, at, "symbols without a symbol column");
	return TICK_OK;
}

/* The times of the directory and of the row groups are two sources of one fact. */
static TickStatus
check_times(TickSegmentReader *reader, TickError *error)
{
	const TickZoneMap *map;

	if (reader->schema.time < 0)
		return TICK_OK;
	map = &reader->column_zone_map[reader->schema.time];
	if (map->nulls > 0 || !map->has_range || map->min_i64 != reader->time_low || map->max_i64 != reader->time_high)
		return tick_corrupt(error, reader->trailer.section[TICK_SECTION_DIRECTORY].offset,
							"times of directory and row groups differ");
	return TICK_OK;
}

/* Schema, row groups and directory lie side by side: one read, then copies only of the directory. */
static TickStatus
read_footer(TickSegmentReader *reader, TickError *error)
{
	const TickExtent *schema = &reader->trailer.section[TICK_SECTION_SCHEMA];
	const TickExtent *row_groups = &reader->trailer.section[TICK_SECTION_ROW_GROUPS];
	const TickExtent *directory = &reader->trailer.section[TICK_SECTION_DIRECTORY];
	uint64_t	length = schema->length + row_groups->length + directory->length;
	uint8_t    *bytes = tick_alloc(reader->memory, length);
	TickStatus	status;

	if (bytes == NULL)
		return out_of_memory(error);
	status = read_bytes(reader, schema->offset, bytes, length, error);
	if (status == TICK_OK)
		status = check_section(reader, TICK_SECTION_SCHEMA, bytes, error);
	if (status == TICK_OK)
		status = tick_schema_decode(bytes, &reader->trailer, reader->memory, &reader->schema, error);
	if (status == TICK_OK)
		status = check_section(reader, TICK_SECTION_ROW_GROUPS, bytes + schema->length, error);
	if (status == TICK_OK)
		status = parse_row_groups(reader, bytes + schema->length, error);
	if (status == TICK_OK)
		status = check_section(reader, TICK_SECTION_DIRECTORY, bytes + schema->length + row_groups->length, error);
	if (status == TICK_OK)
	{
		reader->directory = reader_alloc(reader, directory->length, 1);
		if (reader->directory != NULL)
			memcpy(reader->directory, bytes + schema->length + row_groups->length, directory->length);
		else
			status = out_of_memory(error);
	}
	tick_free(reader->memory, bytes);
	return status;
}

static TickStatus
open_reader(TickSegmentReader *reader, const uint8_t *uuid, TickError *error)
{
	TICK_TRY(read_ends(reader, uuid, error));
	TICK_TRY(read_footer(reader, error));
	TICK_TRY(locate_directory(reader, error));
	TICK_TRY(check_directory(reader, error));
	TICK_TRY(check_times(reader, error));
	tick_stats_shape(&reader->schema, &reader->shape);
	reader->stats_group = NO_GROUP;
	reader->memory_bytes += sizeof(*reader) + reader->trailer.columns * sizeof(TickColumn);
	return TICK_OK;
}

TickStatus
tick_segment_reader_open(TickSegmentReader **reader, const TickMemory *memory,
						 TickSource source, const uint8_t *uuid, TickError *error)
{
	TickSegmentReader *r = tick_alloc_zero(memory, sizeof(*r));
	TickStatus	status;

	*reader = NULL;
	if (r == NULL)
		return out_of_memory(error);
	r->memory = memory;
	r->source = source;
	status = open_reader(r, uuid, error);
	if (status != TICK_OK)
	{
		tick_segment_reader_close(r);
		return status;
	}
	*reader = r;
	return TICK_OK;
}

void
tick_segment_reader_close(TickSegmentReader *reader)
{
	const TickMemory *memory;

	if (reader == NULL)
		return;
	memory = reader->memory;
	tick_free(memory, reader->schema.column);
	tick_free(memory, reader->first_row);
	tick_free(memory, reader->chunk);
	tick_free(memory, reader->zone_map);
	tick_free(memory, reader->column_zone_map);
	tick_free(memory, reader->directory);
	tick_free(memory, reader->stats);
	tick_free(memory, reader->stats_offset);
	tick_free(memory, reader->stats_symbol);
	tick_free(memory, reader->dictionary);
	tick_free(memory, reader);
}

/* ---- what a reader knows ---- */

const TickSchema *
tick_segment_schema(const TickSegmentReader *reader)
{
	return &reader->schema;
}

const uint8_t *
tick_segment_uuid(const TickSegmentReader *reader)
{
	return reader->trailer.uuid;
}

void
tick_segment_summary(const TickSegmentReader *reader, TickSegmentSummary *summary)
{
	memset(summary, 0, sizeof(*summary));
	summary->rows = reader->trailer.rows;
	summary->bytes = reader->source.length;
	summary->symbols = reader->trailer.symbols;
	summary->row_groups = reader->trailer.row_groups;
	summary->has_time = reader->schema.time >= 0;
	summary->time_min = reader->time_low;
	summary->time_max = reader->time_high;
	summary->columns = reader->schema.columns;
	summary->zone_map = reader->column_zone_map;
}

uint64_t
tick_segment_stats_filter_hash(const TickSegmentReader *reader)
{
	return reader->trailer.stats_filter_hash;
}

size_t
tick_segment_reader_memory(const TickSegmentReader *reader)
{
	return reader->memory_bytes;
}

const TickTrailer *
tick_segment_trailer(const TickSegmentReader *reader)
{
	return &reader->trailer;
}

TickSource
tick_segment_source(const TickSegmentReader *reader)
{
	return reader->source;
}

/* ---- symbols ---- */

uint32_t
tick_segment_symbols(const TickSegmentReader *reader)
{
	return reader->trailer.symbols;
}

void
tick_segment_symbol(const TickSegmentReader *reader, uint32_t index, TickSymbolEntry *entry)
{
	size_t		i = index;
	uint64_t	end = reader->trailer.rows;

	if (index + 1 < reader->trailer.symbols)
		end = tick_get64(reader->symbol_row + 8 * (i + 1));
	entry->name = symbol_name(reader, index);
	entry->is_null = is_null_symbol(reader, index);
	entry->code = tick_get32(reader->code + 4 * i);
	entry->first_row = tick_get64(reader->symbol_row + 8 * i);
	entry->rows = end - entry->first_row;
	entry->time_min = reader->time_min != NULL ? (int64_t) tick_get64(reader->time_min + 8 * i) : 0;
	entry->time_max = reader->time_max != NULL ? (int64_t) tick_get64(reader->time_max + 8 * i) : 0;
}

int64_t
tick_segment_find_symbol(const TickSegmentReader *reader, TickString name)
{
	uint32_t	low = 0;
	uint32_t	high = reader->trailer.symbols - (reader->trailer.null_symbol ? 1 : 0);

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		int			order = tick_string_compare(symbol_name(reader, middle), name);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

int64_t
tick_segment_null_symbol(const TickSegmentReader *reader)
{
	return reader->trailer.null_symbol ? (int64_t) reader->trailer.symbols - 1 : -1;
}

uint32_t
tick_segment_symbol_of_row(const TickSegmentReader *reader, uint64_t row)
{
	uint32_t	low = 0;
	uint32_t	high = reader->trailer.symbols;

	while (high - low > 1)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (tick_get64(reader->symbol_row + 8 * (size_t) middle) <= row)
			low = middle;
		else
			high = middle;
	}
	return low;
}

TickStatus
tick_segment_dictionary(TickSegmentReader *reader, const TickString **names, TickError *error)
{
	if (reader->dictionary == NULL)
	{
		TickString *dictionary = reader_alloc(reader, reader->trailer.symbols, sizeof(TickString));

		if (dictionary == NULL)
			return out_of_memory(error);
		for (uint32_t i = 0; i < reader->trailer.symbols; i++)
			dictionary[i] = symbol_name(reader, i);
		reader->dictionary = dictionary;
	}
	*names = reader->dictionary;
	return TICK_OK;
}

/* Find the groups by their lengths, which must fill the section. */
static TickStatus
locate_stats(TickSegmentReader *reader, const uint8_t *bytes, uint64_t *offset, TickError *error)
{
	const TickExtent *extent = &reader->trailer.section[TICK_SECTION_STATS];
	uint32_t	groups = (reader->trailer.symbols - 1) / TICK_STATS_GROUP_SYMBOLS + 1;
	uint64_t	at = 0;

	for (uint32_t g = 0; g < groups; g++)
	{
		offset[g] = at;
		if (extent->length - at < 4 || extent->length - at - 4 < tick_get32(bytes + at))
			return tick_corrupt(error, extent->offset + at, "the statistics are too short");
		at += 4 + (uint64_t) tick_get32(bytes + at);
	}
	offset[groups] = at;
	if (at != extent->length)
		return tick_corrupt(error, extent->offset + at, "the statistics are too long");
	return TICK_OK;
}

/* Read the statistics section, once. */
static TickStatus
load_stats(TickSegmentReader *reader, TickError *error)
{
	const TickExtent *extent = &reader->trailer.section[TICK_SECTION_STATS];
	uint32_t	symbols = reader->trailer.symbols;
	uint8_t    *bytes = tick_alloc(reader->memory, extent->length);
	TickStatus	status = bytes != NULL ? TICK_OK : out_of_memory(error);

	if (reader->stats_offset == NULL)
		reader->stats_offset = reader_alloc(reader, (uint64_t) (symbols - 1) / TICK_STATS_GROUP_SYMBOLS + 2, sizeof(uint64_t));
	if (reader->stats_symbol == NULL)
		reader->stats_symbol = reader_alloc(reader, symbols < TICK_STATS_GROUP_SYMBOLS ? symbols : TICK_STATS_GROUP_SYMBOLS,
											sizeof(TickSymbolStats));
	if (reader->stats_offset == NULL || reader->stats_symbol == NULL)
		status = out_of_memory(error);
	if (status == TICK_OK)
		status = read_bytes(reader, extent->offset, bytes, extent->length, error);
	if (status == TICK_OK)
		status = check_section(reader, TICK_SECTION_STATS, bytes, error);
	if (status == TICK_OK)
		status = locate_stats(reader, bytes, reader->stats_offset, error);
	if (status != TICK_OK)
	{
		tick_free(reader->memory, bytes);
		return status;
	}
	reader->stats = bytes;
	reader->memory_bytes += extent->length;
	return TICK_OK;
}

/* Groups are decoded one at a time: symbols are mostly asked for in order. */
TickStatus
tick_segment_symbol_stats(TickSegmentReader *reader, uint32_t index, TickSymbolStats *stats, TickError *error)
{
	uint32_t	group = index / TICK_STATS_GROUP_SYMBOLS;
	uint32_t	first = group * TICK_STATS_GROUP_SYMBOLS;

	if (reader->stats == NULL)
		TICK_TRY(load_stats(reader, error));
	if (reader->stats_group != group)
	{
		uint64_t	at = reader->stats_offset[group] + 4;
		uint32_t	symbols = reader->trailer.symbols - first;

		reader->stats_group = NO_GROUP;
		TICK_TRY(tick_stats_group_decode(reader, reader->memory, &reader->shape, first,
										 symbols < TICK_STATS_GROUP_SYMBOLS ? symbols : TICK_STATS_GROUP_SYMBOLS,
										 reader->stats + at, (uint32_t) (reader->stats_offset[group + 1] - at),
										 reader->trailer.section[TICK_SECTION_STATS].offset + at,
										 reader->stats_symbol, error));
		reader->stats_group = group;
	}
	*stats = reader->stats_symbol[index - first];
	return TICK_OK;
}

/* ---- row groups ---- */

uint32_t
tick_segment_row_groups(const TickSegmentReader *reader)
{
	return reader->trailer.row_groups;
}

void
tick_segment_row_group(const TickSegmentReader *reader, uint32_t row_group, uint64_t *first_row, uint32_t *rows)
{
	*first_row = reader->first_row[row_group];
	*rows = (uint32_t) (reader->first_row[row_group + 1] - reader->first_row[row_group]);
}

uint32_t
tick_segment_row_group_of_row(const TickSegmentReader *reader, uint64_t row)
{
	uint32_t	low = 0;
	uint32_t	high = reader->trailer.row_groups;

	while (high - low > 1)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (reader->first_row[middle] <= row)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static size_t
chunk_index(const TickSegmentReader *reader, uint32_t row_group, int column)
{
	return (size_t) row_group * (size_t) reader->schema.columns + (size_t) column;
}

const TickZoneMap *
tick_segment_zone_map(const TickSegmentReader *reader, uint32_t row_group, int column)
{
	return &reader->zone_map[chunk_index(reader, row_group, column)];
}

TickEncoding
tick_segment_chunk_encoding(const TickSegmentReader *reader, uint32_t row_group, int column)
{
	return reader->chunk[chunk_index(reader, row_group, column)].encoding;
}

uint64_t
tick_segment_chunk_bytes(const TickSegmentReader *reader, uint32_t row_group, int column)
{
	return reader->chunk[chunk_index(reader, row_group, column)].extent.length;
}

/* The chunk's decoder has said in *error what is damaged: add where. */
TickStatus
tick_segment_chunk_corrupt(const TickSegmentReader *reader, uint32_t row_group, int column, TickError *error)
{
	TickError	reason;

	if (error == NULL)
		return TICK_CORRUPT;
	reason = *error;
	return tick_corrupt(error, reader->chunk[chunk_index(reader, row_group, column)].extent.offset,
						"%s (row group %u of column \"%s\")", reason.message, row_group, reader->schema.column[column].field);
}

TickStatus
tick_segment_read_chunk_bytes(const TickSegmentReader *reader, uint32_t row_group, int column,
							  TickBuffer *buffer, TickError *error)
{
	const TickChunkEntry *entry = &reader->chunk[chunk_index(reader, row_group, column)];

	if (column == reader->schema.symbol)
		return tick_error_set(error, TICK_UNSUPPORTED, "the symbol column has no chunks");
	if (entry->extent.length > SIZE_MAX)
		return out_of_memory(error);
	buffer->length = 0;
	TICK_TRY(tick_buffer_reserve(buffer, entry->extent.length, error));
	TICK_TRY(read_bytes(reader, entry->extent.offset, buffer->data, entry->extent.length, error));
	buffer->length = entry->extent.length;
	return TICK_OK;
}

TickStatus
tick_segment_open_chunk(const TickSegmentReader *reader, uint32_t row_group, int column,
						const TickBuffer *buffer, TickChunk **chunk, TickError *error)
{
	const TickChunkEntry *entry = &reader->chunk[chunk_index(reader, row_group, column)];
	const TickColumn *stored = &reader->schema.column[column];
	uint64_t	first_row;
	uint32_t	rows;
	TickStatus	status;

	*chunk = NULL;
	if (tick_hash64(buffer->data, buffer->length, 0) != entry->extent.checksum)
		return tick_corrupt(error, entry->extent.offset, "checksum of row group %u of column \"%s\" does not match",
							row_group, stored->field);
	tick_segment_row_group(reader, row_group, &first_row, &rows);
	status = tick_chunk_open(chunk, buffer->memory, buffer->data, buffer->length, stored->type, stored->scale, rows, error);
	if (status == TICK_CORRUPT)
		return tick_segment_chunk_corrupt(reader, row_group, column, error);
	if (status == TICK_OK && tick_chunk_encoding(*chunk) != entry->encoding)
	{
		tick_chunk_close(*chunk);
		*chunk = NULL;
		return tick_corrupt(error, entry->extent.offset, "a chunk of column \"%s\" has another encoding than recorded",
							stored->field);
	}
	return status;
}

TickStatus
tick_segment_read_chunk(TickSegmentReader *reader, uint32_t row_group, int column,
						TickBuffer *buffer, TickChunk **chunk, TickError *error)
{
	*chunk = NULL;
	TICK_TRY(tick_segment_read_chunk_bytes(reader, row_group, column, buffer, error));
	return tick_segment_open_chunk(reader, row_group, column, buffer, chunk, error);
}
