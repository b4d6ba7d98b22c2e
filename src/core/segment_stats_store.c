/*-------------------------------------------------------------------------
 *
 * segment_stats_store.c
 *	  The symbols' statistics as bytes of a segment.
 *
 * A segment of options or of a whole market may have more symbols than most
 * have rows, so the statistics are worth encoding: each number of them is a
 * column, and 1024 symbols a chunk, which takes a quarter of the plain form.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_format.h"

#define FIRST_CAPACITY 16

#define STATS_PRICE 1
#define STATS_VOLUME 2
#define STATS_TURNOVER 4
#define STATS_VOLUME_REST 8
#define STATS_VOLUME_OVERFLOW 16
#define STATS_TURNOVER_REST 32
#define STATS_TURNOVER_OVERFLOW 64
#define STATS_UNPRICED 128

/* Where the columns of a shape are, in the order they are stored; -1: absent. */
typedef struct Layout
{
	int			price;			/* open, high, low, close, open time, close time */
	int			volume;			/* low units, high units, rest */
	int			turnover;		/* likewise */
	int			columns;
} Layout;

static Layout
layout_of(const TickStatsShape *shape)
{
	Layout		layout = {-1, -1, -1, 2};

	if (tick_stats_has_price(shape))
	{
		layout.price = layout.columns;
		layout.columns += 6;
	}
	if (shape->volume >= 0)
	{
		layout.volume = layout.columns;
		layout.columns += 3;
	}
	if (shape->turnover_price >= 0)
	{
		layout.turnover = layout.columns;
		layout.columns += 3;
	}
	return layout;
}

static TickType
column_type(const TickStatsShape *shape, const Layout *layout, int i)
{
	if (layout->price >= 0 && i >= layout->price && i < layout->price + 4)
		return shape->double_price ? TICK_DOUBLE : TICK_INT;
	if ((layout->volume >= 0 && i == layout->volume + 2) || (layout->turnover >= 0 && i == layout->turnover + 2))
		return TICK_DOUBLE;
	return TICK_INT;
}

/* ---- writing ---- */

void
tick_stats_group_init(TickStatsGroup *group, const TickMemory *memory, const TickStatsShape *shape)
{
	Layout		layout = layout_of(shape);

	memset(group, 0, sizeof(*group));
	group->memory = memory;
	group->shape = *shape;
	for (int i = 0; i < layout.columns; i++)
		group->column[i].type = column_type(shape, &layout, i);
}

void
tick_stats_group_free(TickStatsGroup *group)
{
	for (int i = 0; i < TICK_STATS_COLUMNS && group->memory != NULL; i++)
		tick_free(group->memory, group->column[i].i64);
}

static TickStatus
grow_group(TickStatsGroup *group, TickError *error)
{
	Layout		layout = layout_of(&group->shape);
	uint32_t	capacity = group->capacity > 0 ? group->capacity * 2 : FIRST_CAPACITY;

	for (int i = 0; i < layout.columns; i++)
	{
		void	   *values = tick_resize(group->memory, group->column[i].i64, capacity * sizeof(int64_t));

		if (values == NULL)
			return tick_error_set(error, TICK_NOMEM, "out of memory");
		group->column[i].i64 = values;
	}
	group->capacity = capacity;
	return TICK_OK;
}

static void
put_price(TickVector *column, uint32_t row, TickPrice price)
{
	if (column->type == TICK_DOUBLE)
		column->f64[row] = price.f64;
	else
		column->i64[row] = price.i64;
}

static void
put_sum(TickVector *column, uint32_t row, const TickSum *sum)
{
	column[0].i64[row] = (int64_t) (uint64_t) sum->units;
	column[1].i64[row] = (int64_t) (uint64_t) ((unsigned __int128) sum->units >> 64);
	column[2].f64[row] = sum->has_rest ? sum->rest : 0;
}

static int64_t
form_of(const TickSymbolStats *stats)
{
	return (stats->has_price ? STATS_PRICE : 0) |
		(stats->has_volume ? STATS_VOLUME : 0) |
		(stats->has_turnover ? STATS_TURNOVER : 0) |
		(stats->volume.has_rest ? STATS_VOLUME_REST : 0) |
		(stats->volume.overflow ? STATS_VOLUME_OVERFLOW : 0) |
		(stats->turnover.has_rest ? STATS_TURNOVER_REST : 0) |
		(stats->turnover.overflow ? STATS_TURNOVER_OVERFLOW : 0) |
		(stats->has_unpriced ? STATS_UNPRICED : 0) |
		stats->volume.scale << 8 | stats->turnover.scale << 16;
}

/* a - b modulo 2^64: back to a by adding b, whatever both are */
static int64_t
difference(int64_t a, int64_t b)
{
	return (int64_t) ((uint64_t) a - (uint64_t) b);
}

TickStatus
tick_stats_group_add(TickStatsGroup *group, const TickSymbolStats *stats,
					 int64_t time_min, int64_t time_max, TickError *error)
{
	Layout		layout = layout_of(&group->shape);
	uint32_t	row = group->symbols;
	TickVector *column = group->column;

	if (row == group->capacity)
		TICK_TRY(grow_group(group, error));
	column[0].i64[row] = (int64_t) stats->trades;
	column[1].i64[row] = form_of(stats);
	if (layout.price >= 0)
	{
		TickVector *price = column + layout.price;

		put_price(&price[0], row, stats->open);
		put_price(&price[1], row, stats->high);
		put_price(&price[2], row, stats->low);
		put_price(&price[3], row, stats->close);
		price[4].i64[row] = stats->has_price ? difference(stats->open_time, time_min) : 0;
		price[5].i64[row] = stats->has_price ? difference(time_max, stats->close_time) : 0;
	}
	if (layout.volume >= 0)
		put_sum(column + layout.volume, row, &stats->volume);
	if (layout.turnover >= 0)
		put_sum(column + layout.turnover, row, &stats->turnover);
	group->symbols++;
	return TICK_OK;
}

TickStatus
tick_stats_group_encode(TickStatsGroup *group, TickChunkEncoder *encoder, TickBuffer *out, TickError *error)
{
	Layout		layout = layout_of(&group->shape);
	size_t		start = out->length;
	uint8_t		zero[4] = {0};

	TICK_TRY(tick_buffer_append(out, zero, sizeof(zero), error));
	for (int i = 0; i < layout.columns; i++)
	{
		size_t		at = out->length;
		TickZoneMap zone_map;
		TickEncoding encoding;

		TICK_TRY(tick_buffer_append(out, zero, sizeof(zero), error));
		group->column[i].rows = group->symbols;
		TICK_TRY(tick_chunk_encode(encoder, &group->column[i], out, &zone_map, &encoding, error));
		tick_put32(out->data + at, (uint32_t) (out->length - at - 4));
	}
	tick_put32(out->data + start, (uint32_t) (out->length - start - 4));
	group->symbols = 0;
	return TICK_OK;
}

/* ---- reading ---- */

static TickPrice
get_price(const TickVector *column, uint32_t row)
{
	TickPrice	price;

	if (column->type == TICK_DOUBLE)
		price.f64 = column->f64[row];
	else
		price.i64 = column->i64[row];
	return price;
}

static void
get_sum(const TickVector *column, uint32_t row, TickSum *sum)
{
	sum->units = (tick_int128) ((unsigned __int128) (uint64_t) column[1].i64[row] << 64 | (uint64_t) column[0].i64[row]);
	sum->rest = column[2].f64[row];
}

/* One symbol's statistics out of the columns; false when they contradict the schema or the directory. */
static bool
get_stats(const TickStatsShape *shape, const Layout *layout, const TickVector *column, uint32_t row,
		  const TickSymbolEntry *symbol, TickSymbolStats *stats)
{
	uint64_t	form = (uint64_t) column[1].i64[row];

	tick_stats_init(stats);
	stats->trades = (uint64_t) column[0].i64[row];
	stats->has_price = (form & STATS_PRICE) != 0;
	stats->has_volume = (form & STATS_VOLUME) != 0;
	stats->has_turnover = (form & STATS_TURNOVER) != 0;
	stats->volume.has_rest = (form & STATS_VOLUME_REST) != 0;
	stats->volume.overflow = (form & STATS_VOLUME_OVERFLOW) != 0;
	stats->turnover.has_rest = (form & STATS_TURNOVER_REST) != 0;
	stats->turnover.overflow = (form & STATS_TURNOVER_OVERFLOW) != 0;
	stats->has_unpriced = (form & STATS_UNPRICED) != 0;
	stats->volume.scale = (uint8_t) (form >> 8);
	stats->turnover.scale = (uint8_t) (form >> 16);
	if (form >> 24 != 0 || stats->trades > symbol->rows ||
		stats->volume.scale > TICK_SUM_MAX_SCALE || stats->turnover.scale > TICK_SUM_MAX_SCALE ||
		(stats->has_price && layout->price < 0) || (stats->has_volume && layout->volume < 0) ||
		((stats->has_turnover || stats->has_unpriced) && layout->turnover < 0))
		return false;
	if (layout->price >= 0)
	{
		const TickVector *price = column + layout->price;

		stats->open = get_price(&price[0], row);
		stats->high = get_price(&price[1], row);
		stats->low = get_price(&price[2], row);
		stats->close = get_price(&price[3], row);
		if (stats->has_price && shape->time >= 0)
		{
			stats->open_time = (int64_t) ((uint64_t) symbol->time_min + (uint64_t) price[4].i64[row]);
			stats->close_time = difference(symbol->time_max, price[5].i64[row]);
		}
	}
	if (layout->volume >= 0)
		get_sum(column + layout->volume, row, &stats->volume);
	if (layout->turnover >= 0)
		get_sum(column + layout->turnover, row, &stats->turnover);
	return true;
}

/* Decode the chunk of one column, which has no nulls. */
static TickStatus
decode_column(const TickMemory *memory, const uint8_t *bytes, uint32_t length, uint32_t symbols, uint64_t offset,
			  TickVector *column, TickError *error)
{
	TickChunk  *chunk;
	bool		has_nulls;
	TickStatus	status;

	TICK_TRY(tick_chunk_open(&chunk, memory, bytes, length, column->type, 0, symbols, error));
	status = tick_chunk_decode(chunk, 0, column, &has_nulls, error);
	tick_chunk_close(chunk);
	if (status == TICK_OK && has_nulls)
		return tick_corrupt(error, offset, "a symbol has no statistics");
	return status;
}

static TickStatus
decode_columns(const TickMemory *memory, const TickStatsShape *shape, const Layout *layout, uint32_t symbols,
			   const uint8_t *bytes, uint32_t length, uint64_t offset, TickVector *column, TickError *error)
{
	uint32_t	at = 0;

	for (int i = 0; i < layout->columns; i++)
	{
		uint32_t	chunk_length;

		if (length - at < 4 || length - at - 4 < tick_get32(bytes + at))
			return tick_corrupt(error, offset + at, "the statistics are too short");
		chunk_length = tick_get32(bytes + at);
		at += 4;
		TICK_TRY(tick_vector_init(&column[i], memory, column_type(shape, layout, i), 0, TICK_BATCH_ROWS, true, error));
		TICK_TRY(decode_column(memory, bytes + at, chunk_length, symbols, offset + at, &column[i], error));
		at += chunk_length;
	}
	if (at != length)
		return tick_corrupt(error, offset + at, "the statistics are too long");
	return TICK_OK;
}

TickStatus
tick_stats_group_decode(const TickSegmentReader *reader, const TickMemory *memory,
						const TickStatsShape *shape, uint32_t first, uint32_t symbols,
						const uint8_t *bytes, uint32_t length, uint64_t offset,
						TickSymbolStats *stats, TickError *error)
{
	Layout		layout = layout_of(shape);
	TickVector	column[TICK_STATS_COLUMNS];
	TickStatus	status;

	memset(column, 0, sizeof(column));
	status = decode_columns(memory, shape, &layout, symbols, bytes, length, offset, column, error);
	for (uint32_t i = 0; i < symbols && status == TICK_OK; i++)
	{
		TickSymbolEntry entry;

		tick_segment_symbol(reader, first + i, &entry);
		if (!get_stats(shape, &layout, column, i, &entry, &stats[i]))
			status = tick_corrupt(error, offset, "the statistics of symbol %u contradict schema or directory", first + i);
	}
	for (int i = 0; i < layout.columns; i++)
		tick_vector_free(&column[i], memory);
	return status;
}
