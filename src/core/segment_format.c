/*-------------------------------------------------------------------------
 *
 * segment_format.c
 *	  Fields to bytes of a segment and back.
 *
 * Decoding trusts nothing: a field is checked here when the check needs
 * nothing but its own part of the image and the trailer, and by the reader
 * when it takes several parts.  What has been decoded is encoded again and
 * compared, so that a field has one form and spare bytes are zero: whoever
 * gives them a meaning later can rely on old readers refusing it.  The
 * layout is in segment_format.h.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_format.h"

#include <stdarg.h>
#include <stdio.h>

#define CHUNK_HAS_RANGE 1
#define CHUNK_HAS_SUM 2
#define CHUNK_TEXT_MAX_CUT 4
#define CHUNK_SUM_REST 8
#define CHUNK_SUM_OVERFLOW 16

#define TRAILER_NULL_SYMBOL 1

TickStatus
tick_corrupt_at(TickError *error, uint64_t offset, const char *format,...)
{
	char		reason[256];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	return tick_error_set(error, TICK_CORRUPT, "segment is damaged at offset %llu: %s",
						  (unsigned long long) offset, reason);
}

void
tick_header_encode(uint8_t bytes[TICK_HEADER_BYTES], const uint8_t uuid[TICK_UUID_BYTES])
{
	memset(bytes, 0, TICK_HEADER_BYTES);
	memcpy(bytes, TICK_SEGMENT_MAGIC, TICK_MAGIC_BYTES);
	tick_put32(bytes + 8, TICK_SEGMENT_VERSION);
	memcpy(bytes + 16, uuid, TICK_UUID_BYTES);
	tick_put64(bytes + 56, tick_hash64(bytes, 56, 0));
}

/* The version comes before the checksum, which another version may compute otherwise. */
static TickStatus
check_version(const uint8_t *bytes, uint64_t offset, const char *magic, TickError *error)
{
	if (memcmp(bytes, magic, TICK_MAGIC_BYTES) != 0)
		return tick_corrupt(error, offset, "this is not a segment");
	if (tick_get32(bytes + 8) != TICK_SEGMENT_VERSION)
	{
		tick_error_set(error, TICK_UNSUPPORTED, "segment has format version %u, which this version of tick cannot read",
					   tick_get32(bytes + 8));
		tick_error_detail(error, "The newest format it reads is %d.", TICK_SEGMENT_VERSION);
		return TICK_UNSUPPORTED;
	}
	return TICK_OK;
}

TickStatus
tick_header_decode(const uint8_t bytes[TICK_HEADER_BYTES], uint8_t uuid[TICK_UUID_BYTES], TickError *error)
{
	uint8_t		again[TICK_HEADER_BYTES];

	TICK_TRY(check_version(bytes, 0, TICK_SEGMENT_MAGIC, error));
	if (tick_get64(bytes + 56) != tick_hash64(bytes, 56, 0))
		return tick_corrupt(error, 0, "checksum of the header does not match");
	memcpy(uuid, bytes + 16, TICK_UUID_BYTES);
	tick_header_encode(again, uuid);
	if (memcmp(again, bytes, TICK_HEADER_BYTES) != 0)
		return tick_corrupt(error, 0, "spare bytes of the header are in use");
	return TICK_OK;
}

void
tick_trailer_encode(uint8_t bytes[TICK_TRAILER_BYTES], const TickTrailer *trailer)
{
	memset(bytes, 0, TICK_TRAILER_BYTES);
	memcpy(bytes, TICK_TRAILER_MAGIC, TICK_MAGIC_BYTES);
	tick_put32(bytes + 8, TICK_SEGMENT_VERSION);
	tick_put32(bytes + 12, trailer->null_symbol ? TRAILER_NULL_SYMBOL : 0);
	memcpy(bytes + 16, trailer->uuid, TICK_UUID_BYTES);
	tick_put64(bytes + 32, trailer->rows);
	tick_put32(bytes + 40, trailer->symbols);
	tick_put32(bytes + 44, trailer->row_groups);
	tick_put32(bytes + 48, trailer->columns);
	tick_put32(bytes + 52, trailer->row_group_rows);
	tick_put64(bytes + 56, trailer->stats_filter_hash);
	for (int i = 0; i < TICK_SECTIONS; i++)
	{
		tick_put64(bytes + 64 + 24 * i, trailer->section[i].offset);
		tick_put64(bytes + 72 + 24 * i, trailer->section[i].length);
		tick_put64(bytes + 80 + 24 * i, trailer->section[i].checksum);
	}
	tick_put64(bytes + 176, trailer->length);
	tick_put64(bytes + 184, tick_hash64(bytes, 184, 0));
}

/* Sections must follow each other without a gap, up to the trailer. */
static TickStatus
check_sections(const TickTrailer *trailer, uint64_t at, TickError *error)
{
	uint64_t	position = trailer->section[0].offset;

	if (position < TICK_HEADER_BYTES || position > at)
		return tick_corrupt(error, at, "the footer lies outside");
	for (int i = 0; i < TICK_SECTIONS; i++)
	{
		if (trailer->section[i].offset != position || trailer->section[i].length > at - position)
			return tick_corrupt(error, at, "section %d of the footer lies outside", i);
		position += trailer->section[i].length;
	}
	if (position != at)
		return tick_corrupt(error, at, "the footer does not end at the trailer");
	return TICK_OK;
}

TickStatus
tick_trailer_decode(const uint8_t bytes[TICK_TRAILER_BYTES], uint64_t image_length,
					TickTrailer *trailer, TickError *error)
{
	uint64_t	at = image_length - TICK_TRAILER_BYTES;
	uint8_t		again[TICK_TRAILER_BYTES];
	uint32_t	flags = tick_get32(bytes + 12);

	TICK_TRY(check_version(bytes, at, TICK_TRAILER_MAGIC, error));
	if (tick_get64(bytes + 184) != tick_hash64(bytes, 184, 0))
		return tick_corrupt(error, at, "checksum of the trailer does not match");
	trailer->null_symbol = (flags & TRAILER_NULL_SYMBOL) != 0;
	memcpy(trailer->uuid, bytes + 16, TICK_UUID_BYTES);
	trailer->rows = tick_get64(bytes + 32);
	trailer->symbols = tick_get32(bytes + 40);
	trailer->row_groups = tick_get32(bytes + 44);
	trailer->columns = tick_get32(bytes + 48);
	trailer->row_group_rows = tick_get32(bytes + 52);
	trailer->stats_filter_hash = tick_get64(bytes + 56);
	for (int i = 0; i < TICK_SECTIONS; i++)
	{
		trailer->section[i].offset = tick_get64(bytes + 64 + 24 * i);
		trailer->section[i].length = tick_get64(bytes + 72 + 24 * i);
		trailer->section[i].checksum = tick_get64(bytes + 80 + 24 * i);
	}
	trailer->length = tick_get64(bytes + 176);
	tick_trailer_encode(again, trailer);
	if (memcmp(again, bytes, TICK_TRAILER_BYTES) != 0)
		return tick_corrupt(error, at, "spare bytes of the trailer are in use");
	if (trailer->length != image_length)
		return tick_corrupt(error, at, "the trailer ends an image of %llu bytes, not of %llu",
							(unsigned long long) trailer->length, (unsigned long long) image_length);
	if (trailer->rows == 0 || trailer->symbols == 0 || trailer->row_groups == 0 ||
		trailer->columns == 0 || trailer->columns > TICK_MAX_COLUMNS ||
		trailer->row_group_rows == 0 || trailer->row_group_rows > TICK_ROW_GROUP_ROWS ||
		trailer->symbols > trailer->rows || trailer->row_groups > trailer->rows)
		return tick_corrupt(error, at, "counts of the trailer are out of bounds");
	return check_sections(trailer, at, error);
}

TickStatus
tick_schema_encode(const TickSchema *schema, TickBuffer *out, TickError *error)
{
	for (int i = 0; i < schema->columns; i++)
	{
		const TickColumn *column = &schema->column[i];
		size_t		length = strlen(column->field);
		uint8_t		entry[TICK_SCHEMA_ENTRY_BYTES];

		tick_put32(entry, (uint32_t) column->id);
		entry[4] = (uint8_t) column->type;
		entry[5] = column->scale;
		entry[6] = (uint8_t) column->role;
		entry[7] = (uint8_t) length;
		TICK_TRY(tick_buffer_append(out, entry, sizeof(entry), error));
		TICK_TRY(tick_buffer_append(out, column->field, length, error));
	}
	return TICK_OK;
}

/* schema->column is allocated from memory and freed by the caller, also after an error. */
TickStatus
tick_schema_decode(const uint8_t *bytes, const TickTrailer *trailer,
				   const TickMemory *memory, TickSchema *schema, TickError *error)
{
	const TickExtent *section = &trailer->section[TICK_SECTION_SCHEMA];
	uint64_t	position = 0;

	schema->columns = (int) trailer->columns;
	schema->column = tick_alloc_array(memory, trailer->columns, sizeof(TickColumn));
	if (schema->column == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	memset(schema->column, 0, trailer->columns * sizeof(TickColumn));
	for (int i = 0; i < schema->columns; i++)
	{
		TickColumn *column = &schema->column[i];
		uint8_t		length;

		if (section->length - position < TICK_SCHEMA_ENTRY_BYTES)
			return tick_corrupt(error, section->offset + position, "the schema is too short");
		column->id = (int32_t) tick_get32(bytes + position);
		column->type = bytes[position + 4];
		column->scale = bytes[position + 5];
		column->role = bytes[position + 6];
		length = bytes[position + 7];
		position += TICK_SCHEMA_ENTRY_BYTES;
		if (section->length - position < length)
			return tick_corrupt(error, section->offset + position, "the schema is too short");
		if (memchr(bytes + position, '\0', length) != NULL)
			return tick_corrupt(error, section->offset + position, "a field name has a zero byte");
		memcpy(column->field, bytes + position, length);
		position += length;
	}
	if (position != section->length)
		return tick_corrupt(error, section->offset + position, "the schema is too long");
	if (tick_schema_check(schema, NULL) != TICK_OK)
		return tick_corrupt(error, section->offset, "the schema contradicts itself");
	return TICK_OK;
}

TickStatus
tick_schema_check(TickSchema *schema, TickError *error)
{
	schema->symbol = schema->time = -1;
	if (schema->columns < 1 || schema->columns > TICK_MAX_COLUMNS)
		return tick_error_set(error, TICK_BAD_INPUT, "a segment has 1 to %d columns, not %d",
							  TICK_MAX_COLUMNS, schema->columns);
	for (int i = 0; i < schema->columns; i++)
	{
		const TickColumn *column = &schema->column[i];
		bool		symbol = column->role == TICK_ROLE_SYMBOL;
		bool		time = column->role == TICK_ROLE_TIME;

		if (column->type < TICK_BOOL || column->type > TICK_TEXT || column->role > TICK_ROLE_ASK_SIZE ||
			column->scale > (column->type == TICK_DECIMAL ? TICK_SUM_MAX_SCALE : 0))
			return tick_error_set(error, TICK_BAD_INPUT, "column \"%s\" has no valid type", column->field);
		if ((symbol && (schema->symbol >= 0 || column->type != TICK_TEXT)) ||
			(time && (schema->time >= 0 || (column->type != TICK_STAMP && column->type != TICK_DATE))))
			return tick_error_set(error, TICK_BAD_INPUT, "column \"%s\" cannot have its role", column->field);
		for (int j = 0; j < i; j++)
			if (schema->column[j].id == column->id)
				return tick_error_set(error, TICK_BAD_INPUT, "columns \"%s\" and \"%s\" have the same id",
									  schema->column[j].field, column->field);
		if (symbol)
			schema->symbol = i;
		if (time)
			schema->time = i;
	}
	return TICK_OK;
}

void
tick_chunk_entry_encode(uint8_t bytes[TICK_CHUNK_ENTRY_BYTES], const TickColumn *column,
						const TickChunkEntry *entry, const TickZoneMap *zone_map)
{
	memset(bytes, 0, TICK_CHUNK_ENTRY_BYTES);
	tick_put64(bytes, entry->extent.offset);
	tick_put64(bytes + 8, entry->extent.length);
	tick_put64(bytes + 16, entry->extent.checksum);
	bytes[24] = (uint8_t) entry->encoding;
	bytes[25] = (zone_map->has_range ? CHUNK_HAS_RANGE : 0) | (zone_map->has_sum ? CHUNK_HAS_SUM : 0);
	tick_put32(bytes + 32, (uint32_t) zone_map->nulls);
	tick_put32(bytes + 36, (uint32_t) zone_map->nans);
	if (zone_map->has_range && column->type == TICK_TEXT)
	{
		bytes[25] |= zone_map->text_max_cut ? CHUNK_TEXT_MAX_CUT : 0;
		bytes[26] = zone_map->min_text_length;
		bytes[27] = zone_map->max_text_length;
		memcpy(bytes + 40, zone_map->min_text, zone_map->min_text_length);
		memcpy(bytes + 56, zone_map->max_text, zone_map->max_text_length);
	}
	else if (zone_map->has_range && column->type == TICK_DOUBLE)
	{
		tick_put_double(bytes + 40, zone_map->min_f64);
		tick_put_double(bytes + 56, zone_map->max_f64);
	}
	else if (zone_map->has_range)
	{
		tick_put64(bytes + 40, (uint64_t) zone_map->min_i64);
		tick_put64(bytes + 56, (uint64_t) zone_map->max_i64);
	}
	if (zone_map->has_sum)
	{
		bytes[25] |= (zone_map->sum.has_rest ? CHUNK_SUM_REST : 0) | (zone_map->sum.overflow ? CHUNK_SUM_OVERFLOW : 0);
		bytes[28] = zone_map->sum.scale;
		tick_put128(bytes + 72, zone_map->sum.units);
		if (zone_map->sum.has_rest)
			tick_put_double(bytes + 88, zone_map->sum.rest);
	}
}

/* Fill the zone map from its entry; false when the entry cannot be of such a column. */
static bool
zone_map_decode(const uint8_t *bytes, const TickColumn *column, uint32_t rows, TickZoneMap *zone_map)
{
	uint8_t		flags = bytes[25];
	bool		summed = column->type == TICK_INT || column->type == TICK_DOUBLE || column->type == TICK_DECIMAL;

	tick_zone_map_init(zone_map);
	zone_map->rows = rows;
	zone_map->nulls = tick_get32(bytes + 32);
	zone_map->nans = tick_get32(bytes + 36);
	zone_map->has_range = (flags & CHUNK_HAS_RANGE) != 0;
	zone_map->has_sum = (flags & CHUNK_HAS_SUM) != 0;
	if (zone_map->nulls + zone_map->nans > rows ||
		(zone_map->nans > 0 && column->type != TICK_DOUBLE) ||
		zone_map->has_range != (zone_map->nulls + zone_map->nans < rows) ||
		(zone_map->has_sum && !summed) || bytes[28] > TICK_SUM_MAX_SCALE ||
		bytes[26] > TICK_ZONE_TEXT || bytes[27] > TICK_ZONE_TEXT)
		return false;
	if (zone_map->has_range && column->type == TICK_TEXT)
	{
		zone_map->text_max_cut = (flags & CHUNK_TEXT_MAX_CUT) != 0;
		zone_map->min_text_length = bytes[26];
		zone_map->max_text_length = bytes[27];
		memcpy(zone_map->min_text, bytes + 40, bytes[26]);
		memcpy(zone_map->max_text, bytes + 56, bytes[27]);
	}
	else if (zone_map->has_range && column->type == TICK_DOUBLE)
	{
		zone_map->min_f64 = tick_get_double(bytes + 40);
		zone_map->max_f64 = tick_get_double(bytes + 56);
		if (!(zone_map->min_f64 <= zone_map->max_f64))
			return false;
	}
	else if (zone_map->has_range)
	{
		zone_map->min_i64 = (int64_t) tick_get64(bytes + 40);
		zone_map->max_i64 = (int64_t) tick_get64(bytes + 56);
		if (zone_map->min_i64 > zone_map->max_i64)
			return false;
	}
	if (zone_map->has_sum)
	{
		zone_map->sum.has_rest = (flags & CHUNK_SUM_REST) != 0;
		zone_map->sum.overflow = (flags & CHUNK_SUM_OVERFLOW) != 0;
		zone_map->sum.scale = bytes[28];
		zone_map->sum.units = tick_get128(bytes + 72);
		zone_map->sum.rest = tick_get_double(bytes + 88);
	}
	return true;
}

/* offset is the entry's own, for the message. */
TickStatus
tick_chunk_entry_decode(const uint8_t bytes[TICK_CHUNK_ENTRY_BYTES], uint64_t offset,
						const TickColumn *column, uint32_t rows,
						TickChunkEntry *entry, TickZoneMap *zone_map, TickError *error)
{
	uint8_t		again[TICK_CHUNK_ENTRY_BYTES];

	entry->extent.offset = tick_get64(bytes);
	entry->extent.length = tick_get64(bytes + 8);
	entry->extent.checksum = tick_get64(bytes + 16);
	entry->encoding = bytes[24];
	if (bytes[24] > TICK_ALP)
		return tick_error_set(error, TICK_UNSUPPORTED, "column \"%s\" of the segment has encoding %d, which this version of tick cannot read",
							  column->field, bytes[24]);
	if (!zone_map_decode(bytes, column, rows, zone_map))
		return tick_corrupt(error, offset, "the zone map of column \"%s\" contradicts itself", column->field);
	tick_chunk_entry_encode(again, column, entry, zone_map);
	if (memcmp(again, bytes, TICK_CHUNK_ENTRY_BYTES) != 0)
		return tick_corrupt(error, offset, "spare bytes beside the zone map of column \"%s\" are in use", column->field);
	return TICK_OK;
}
