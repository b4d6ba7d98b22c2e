/*-------------------------------------------------------------------------
 *
 * segment_verify.c
 *	  Check a whole segment against itself.
 *
 * Checksums say that the bytes are those written.  The full check says that
 * they were written right: it decodes every value and derives the order, the
 * directory's times, the zone maps and the statistics anew, by simple loops
 * that share nothing with the encoders.
 *
 * The image is opened afresh, so that a reader kept in a cache does not hide
 * damage that came after it was opened.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/cursor.h"
#include "core/segment_format.h"

/* What the values of a column in a row group turn out to be. */
typedef struct FoundZone
{
	TickZoneMap map;
	TickString	least;			/* text, kept in the buffers below */
	TickString	greatest;
	double		rests;			/* sum of the magnitudes that went to the sum's rest */
	char		least_bytes[TICK_ZONE_TEXT + 1];
	char		greatest_bytes[TICK_ZONE_TEXT + 1];
} FoundZone;

typedef struct Verify
{
	TickSegmentReader *reader;
	const TickSchema *schema;
	TickCursor *cursor;
	FoundZone  *zone;			/* a column each */
	TickStatsAccumulator *accumulator;	/* NULL: statistics are not compared */
	TickStatsShape shape;

	uint32_t	row_group;
	uint32_t	symbol;
	TickSymbolEntry entry;
	TickSymbolStats stats;
	int64_t		last_time;
} Verify;

/* ---- checksums ---- */

static TickStatus
verify_chunks(TickSegmentReader *reader, const TickMemory *memory, TickError *error)
{
	const TickSchema *schema = tick_segment_schema(reader);
	TickBuffer	buffer;
	TickStatus	status = TICK_OK;

	tick_buffer_init(&buffer, memory);
	for (uint32_t g = 0; g < tick_segment_row_groups(reader) && status == TICK_OK; g++)
		for (int i = 0; i < schema->columns && status == TICK_OK; i++)
		{
			TickChunk  *chunk;

			if (i == schema->symbol)
				continue;
			status = tick_segment_read_chunk(reader, g, i, &buffer, &chunk, error);
			if (status == TICK_OK)
				tick_chunk_close(chunk);
		}
	tick_buffer_free(&buffer);
	return status;
}

/* ---- zone maps ---- */

/* Text bounds are compared by their first TICK_ZONE_TEXT + 1 bytes: enough to tell a cut one. */
static void
keep_text(TickString *bound, char *bytes, TickString text)
{
	bound->length = text.length <= TICK_ZONE_TEXT ? text.length : TICK_ZONE_TEXT + 1;
	bound->data = bytes;
	memmove(bytes, text.data, bound->length);
}

static void
find_text(FoundZone *zone, TickString text)
{
	char		bytes[TICK_ZONE_TEXT + 1];
	TickString	start;

	keep_text(&start, bytes, text);
	if (!zone->map.has_range || tick_string_compare(start, zone->least) < 0)
		keep_text(&zone->least, zone->least_bytes, start);
	if (!zone->map.has_range || tick_string_compare(start, zone->greatest) > 0)
		keep_text(&zone->greatest, zone->greatest_bytes, start);
	zone->map.has_range = true;
}

static void
find_double(FoundZone *zone, double value)
{
	TickSum		one;

	if (isnan(value))
	{
		zone->map.nans++;
		return;
	}
	tick_sum_init(&one);
	tick_sum_add_double(&one, value);
	zone->rests += fabs(one.rest);
	tick_sum_add(&zone->map.sum, &one);
	if (!zone->map.has_range || value < zone->map.min_f64)
		zone->map.min_f64 = value;
	if (!zone->map.has_range || value > zone->map.max_f64)
		zone->map.max_f64 = value;
	zone->map.has_range = true;
}

static void
find_i64(FoundZone *zone, int64_t value, uint8_t scale)
{
	tick_sum_add_units(&zone->map.sum, value, scale);
	if (!zone->map.has_range || value < zone->map.min_i64)
		zone->map.min_i64 = value;
	if (!zone->map.has_range || value > zone->map.max_i64)
		zone->map.max_i64 = value;
	zone->map.has_range = true;
}

static void
find_zone(FoundZone *zone, const TickVector *vector)
{
	for (uint32_t i = 0; i < vector->rows; i++)
	{
		if (!tick_vector_present(vector, i))
			zone->map.nulls++;
		else if (vector->type == TICK_TEXT)
			find_text(zone, vector->text[i]);
		else if (vector->type == TICK_DOUBLE)
			find_double(zone, vector->f64[i]);
		else
			find_i64(zone, vector->i64[i], vector->scale);
	}
	zone->map.rows += vector->rows;
}

static bool
same_text(TickString found, const char *stored, uint8_t length, bool cut)
{
	uint32_t	kept = found.length <= TICK_ZONE_TEXT ? found.length : TICK_ZONE_TEXT;

	return kept == length && memcmp(found.data, stored, kept) == 0 && (!cut || found.length > TICK_ZONE_TEXT);
}

/* Equal values, whatever the scales they are written at; rests by what their order can change. */
static bool
same_sum(TickSum found, TickSum stored, double magnitude)
{
	tick_sum_add_units(&found, 0, stored.scale);
	tick_sum_add_units(&stored, 0, found.scale);
	if (found.overflow || stored.overflow)
		return found.overflow == stored.overflow;
	if (found.units != stored.units || found.has_rest != stored.has_rest)
		return false;
	if (!isfinite(found.rest) || !isfinite(stored.rest))
		return found.rest == stored.rest || (isnan(found.rest) && isnan(stored.rest)) || !isfinite(magnitude);
	return fabs(found.rest - stored.rest) <= magnitude * 1e-12;
}

static bool
same_zone(const FoundZone *found, const TickZoneMap *stored, TickType type)
{
	if (found->map.rows != stored->rows || found->map.nulls != stored->nulls || found->map.nans != stored->nans ||
		found->map.has_range != stored->has_range)
		return false;
	if (stored->has_sum && !same_sum(found->map.sum, stored->sum, found->rests))
		return false;
	if (!stored->has_range)
		return true;
	if (type == TICK_TEXT)
		return same_text(found->least, stored->min_text, stored->min_text_length, false) &&
			same_text(found->greatest, stored->max_text, stored->max_text_length, stored->text_max_cut) &&
			stored->text_max_cut == (found->greatest.length > TICK_ZONE_TEXT);
	if (type == TICK_DOUBLE)
		return found->map.min_f64 == stored->min_f64 && found->map.max_f64 == stored->max_f64;
	return found->map.min_i64 == stored->min_i64 && found->map.max_i64 == stored->max_i64;
}

/* Compare the zone maps of the row group that ends. */
static TickStatus
end_row_group(Verify *verify, TickError *error)
{
	for (int i = 0; i < verify->schema->columns; i++)
	{
		FoundZone  *zone = &verify->zone[i];

		if (!same_zone(zone, tick_segment_zone_map(verify->reader, verify->row_group, i), verify->schema->column[i].type))
			return tick_corrupt(error, tick_segment_trailer(verify->reader)->section[TICK_SECTION_ROW_GROUPS].offset,
								"the zone map of column \"%s\" in row group %u is not that of its values",
								verify->schema->column[i].field, verify->row_group);
		memset(zone, 0, sizeof(*zone));
	}
	verify->row_group++;
	return TICK_OK;
}

/* ---- symbols ---- */

/* Bits, so that NaN equals NaN; 0 and -0 are one price. */
static bool
same_price(TickPrice a, TickPrice b, bool is_double)
{
	return a.i64 == b.i64 || (is_double && a.f64 == b.f64);
}

static bool
same_stats(const Verify *verify, const TickSymbolStats *a, const TickSymbolStats *b)
{
	bool		is_double = verify->shape.double_price;

	if (a->trades != b->trades || a->has_price != b->has_price || a->has_volume != b->has_volume ||
		a->has_turnover != b->has_turnover || a->has_unpriced != b->has_unpriced)
		return false;
	if (a->has_price && (!same_price(a->open, b->open, is_double) || !same_price(a->high, b->high, is_double) ||
						 !same_price(a->low, b->low, is_double) || !same_price(a->close, b->close, is_double) ||
						 a->open_time != b->open_time || a->close_time != b->close_time))
		return false;
	return same_sum(a->volume, b->volume, fabs(a->volume.rest)) &&
		same_sum(a->turnover, b->turnover, fabs(a->turnover.rest));
}

/* The rows of the symbol are through: its statistics and its last time are known. */
static TickStatus
end_symbol(Verify *verify, TickError *error)
{
	const TickTrailer *trailer = tick_segment_trailer(verify->reader);
	TickSymbolStats stored;

	if (verify->schema->time >= 0 && verify->last_time != verify->entry.time_max)
		return tick_corrupt(error, trailer->section[TICK_SECTION_DIRECTORY].offset,
							"the last time of symbol %u is not the directory's", verify->symbol);
	if (verify->accumulator != NULL)
	{
		TICK_TRY(tick_segment_symbol_stats(verify->reader, verify->symbol, &stored, error));
		tick_stats_finish(verify->accumulator, &verify->stats);
		if (!same_stats(verify, &verify->stats, &stored))
			return tick_corrupt(error, trailer->section[TICK_SECTION_STATS].offset,
								"the statistics of symbol %u are not those of its rows", verify->symbol);
	}
	tick_stats_init(&verify->stats);
	verify->symbol++;
	if (verify->symbol < trailer->symbols)
		tick_segment_symbol(verify->reader, verify->symbol, &verify->entry);
	return TICK_OK;
}

/* Rows first .. first + rows - 1 of the batch are one symbol's, from row `row` of the segment on. */
static TickStatus
check_time(Verify *verify, const int64_t *time, uint64_t row, uint32_t first, uint32_t rows, TickError *error)
{
	uint64_t	offset = tick_segment_trailer(verify->reader)->section[TICK_SECTION_DIRECTORY].offset;

	if (row == verify->entry.first_row)
	{
		if (time[first] != verify->entry.time_min)
			return tick_corrupt(error, offset, "the first time of symbol %u is not the directory's", verify->symbol);
		verify->last_time = time[first];
	}
	for (uint32_t i = first; i < first + rows; i++)
	{
		if (time[i] < verify->last_time)
			return tick_corrupt(error, offset, "row %llu is before the row before it",
								(unsigned long long) (row + i - first));
		verify->last_time = time[i];
	}
	return TICK_OK;
}

/* Walk the batch symbol by symbol. */
static TickStatus
verify_symbols(Verify *verify, uint64_t first_row, uint32_t rows, TickError *error)
{
	const TickVector *time = NULL;
	uint32_t	done = 0;

	if (verify->schema->time >= 0)
		TICK_TRY(tick_cursor_column(verify->cursor, verify->schema->time, &time, error));
	if (verify->accumulator != NULL)
		TICK_TRY(tick_stats_batch(verify->accumulator, rows, tick_cursor_filter_column, verify->cursor, error));
	while (done < rows)
	{
		uint64_t	row = first_row + done;
		uint64_t	end = verify->entry.first_row + verify->entry.rows;
		uint32_t	step = end - row < rows - done ? (uint32_t) (end - row) : rows - done;

		if (time != NULL)
			TICK_TRY(check_time(verify, time->i64, row, done, step, error));
		if (verify->accumulator != NULL)
			tick_stats_add(verify->accumulator, done, step, &verify->stats);
		done += step;
		if (row + step == end)
			TICK_TRY(end_symbol(verify, error));
	}
	return TICK_OK;
}

/* ---- all values ---- */

static TickStatus
verify_values(Verify *verify, TickError *error)
{
	uint64_t	first_row;
	uint32_t	rows;
	TickStatus	status;

	tick_segment_symbol(verify->reader, 0, &verify->entry);
	while ((status = tick_cursor_next(verify->cursor, &first_row, &rows, error)) == TICK_OK)
	{
		uint64_t	group_first;
		uint32_t	group_rows;

		for (int i = 0; i < verify->schema->columns; i++)
		{
			const TickVector *vector;

			TICK_TRY(tick_cursor_column(verify->cursor, i, &vector, error));
			find_zone(&verify->zone[i], vector);
		}
		TICK_TRY(verify_symbols(verify, first_row, rows, error));
		tick_segment_row_group(verify->reader, verify->row_group, &group_first, &group_rows);
		if (first_row + rows == group_first + group_rows)
			TICK_TRY(end_row_group(verify, error));
	}
	return status == TICK_END ? TICK_OK : status;
}

static TickStatus
verify_full(TickSegmentReader *reader, const TickMemory *memory, const TickFilter *stats_filter, TickError *error)
{
	Verify		verify = {.reader = reader, .schema = tick_segment_schema(reader)};
	TickStatus	status = TICK_OK;
	bool		comparable = true;

	tick_stats_shape(verify.schema, &verify.shape);
	verify.zone = tick_alloc_zero(memory, (size_t) verify.schema->columns * sizeof(FoundZone));
	if (verify.zone == NULL)
		status = tick_error_set(error, TICK_NOMEM, "out of memory");
	/* statistics of a filter that is not at hand cannot be compared */
	if (tick_segment_stats_filter_hash(reader) == 0)
		stats_filter = NULL;
	else
		comparable = stats_filter != NULL;
	if (status == TICK_OK && comparable)
		status = tick_stats_create(&verify.accumulator, memory, verify.schema, stats_filter, error);
	if (status == TICK_OK)
		status = tick_cursor_create(&verify.cursor, memory, reader, verify.schema->column, verify.schema->columns, error);
	if (status == TICK_OK)
		status = verify_values(&verify, error);
	tick_cursor_free(verify.cursor);
	tick_stats_free(verify.accumulator);
	tick_free(memory, verify.zone);
	return status;
}

TickStatus
tick_segment_verify(TickSegmentReader *reader, const TickMemory *memory,
					TickVerifyLevel level, const TickFilter *stats_filter, TickError *error)
{
	TickSegmentReader *fresh;
	TickSymbolStats stats;
	TickStatus	status;

	TICK_TRY(tick_segment_reader_open(&fresh, memory, tick_segment_source(reader), tick_segment_uuid(reader), error));
	status = tick_segment_symbol_stats(fresh, 0, &stats, error);
	if (status == TICK_OK)
		status = verify_chunks(fresh, memory, error);
	if (status == TICK_OK && level == TICK_VERIFY_FULL)
		status = verify_full(fresh, memory, stats_filter, error);
	tick_segment_reader_close(fresh);
	return status;
}
