/*-------------------------------------------------------------------------
 *
 * segment_writer.c
 *	  Write a segment: sorted rows in, bytes out.
 *
 * Rows gather in a row buffer until a row group is full; then each column
 * is encoded and its bytes go to the sink, and the per-symbol statistics of
 * those rows are taken while they are warm.  So appending a few rows costs a
 * few copies, however many symbols there are.  The footer's sections grow in
 * memory and are written at the end.
 *
 * A writer that may use threads has them encode row groups while the next
 * one is filled; the bytes go to the sink in order, from the writer's own
 * thread, and are the same as without.
 *
 *-------------------------------------------------------------------------
 */
#include "core/row_group.h"
#include "core/segment_format.h"
#include "core/worker.h"

#define SLOTS 3					/* row groups at hand: one is filled, the others are encoded */

/* A row group and the thread that encodes it. */
typedef struct Slot
{
	TickRowGroup group;
	TickWorker *worker;			/* NULL before the first full row group */
	bool		pending;		/* the bytes are not with the sink yet */
} Slot;

typedef struct Symbol
{
	uint32_t	name_end;
	uint32_t	code;
	uint64_t	first_row;
	int64_t		time_min;
	int64_t		time_max;
} Symbol;

struct TickSegmentWriter
{
	const TickMemory *memory;
	TickSchema	schema;
	TickSink	sink;
	TickTrailer trailer;
	uint64_t	position;		/* bytes given to the sink */
	bool		settled;		/* no more rows come */
	bool		finished;

	Slot		slot[SLOTS];	/* used in turn */
	int			filling;
	bool		threaded;		/* the caller allows threads */

	/* directory; the last symbol is open */
	Symbol	   *symbol;
	uint32_t	symbols;
	uint32_t	symbol_capacity;
	TickBuffer	names;
	bool		has_symbol;		/* symbol[symbols - 1] may get rows */
	bool		null_symbol;	/* ... and is null */

	/* statistics */
	TickStatsAccumulator *accumulator;
	TickStatsGroup stats_group; /* of symbols that are complete */
	TickBuffer	stats;			/* groups that are full */
	TickSymbolStats current;	/* of symbol[stats_symbol] */
	uint32_t	stats_symbol;
	TickVector *view;			/* the batch at hand, a column each */
	TickString *symbol_text;	/* names of its rows, when the filter asks */
	uint64_t   *symbol_validity;

	TickChunkEncoder *encoder;
	TickBuffer	bytes;			/* scratch */
	TickBuffer	row_groups;		/* section */
	TickZoneMap *zone_map;		/* of the whole segment, a column each */
};

/* The rows being gathered. */
static inline TickRowBuffer *
rows_of(const TickSegmentWriter *writer)
{
	return (TickRowBuffer *) &writer->slot[writer->filling].group.rows;
}

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

static TickStatus
emit(TickSegmentWriter *writer, const void *bytes, size_t length, TickError *error)
{
	if (length > 0)
		TICK_TRY(writer->sink.append(writer->sink.context, bytes, length, error));
	writer->position += length;
	return TICK_OK;
}

/* What a thread may write to. */
static const TickMemory *
scratch_memory(const TickSegmentWriter *writer)
{
	return writer->threaded ? &tick_memory_malloc : writer->memory;
}

/* Allocate what depends on the number of columns. */
static TickStatus
init_columns(TickSegmentWriter *writer, const TickSchema *schema, TickError *error)
{
	const TickMemory *memory = writer->memory;
	size_t		n = (size_t) schema->columns;

	writer->schema = *schema;
	writer->schema.column = tick_alloc_array(memory, n, sizeof(TickColumn));
	writer->view = tick_alloc_array(memory, n, sizeof(TickVector));
	writer->zone_map = tick_alloc_array(memory, n, sizeof(TickZoneMap));
	if (writer->schema.column == NULL || writer->view == NULL || writer->zone_map == NULL)
		return out_of_memory(error);
	memcpy(writer->schema.column, schema->column, n * sizeof(TickColumn));
	memset(writer->view, 0, n * sizeof(TickVector));
	for (size_t i = 0; i < n; i++)
		tick_zone_map_init(&writer->zone_map[i]);
	return tick_schema_check(&writer->schema, error);
}

static TickStatus
init_writer(TickSegmentWriter *writer, const TickSchema *schema, const TickSegmentOptions *options, TickError *error)
{
	uint8_t		header[TICK_HEADER_BYTES];
	TickStatsShape shape;

	TICK_TRY(init_columns(writer, schema, error));
	writer->threaded = options->threaded;
	TICK_TRY(tick_row_group_init(&writer->slot[0].group, writer->memory, scratch_memory(writer), &writer->schema,
								 options->row_group_rows, error));
	if (options->stats_filter != NULL && writer->schema.symbol >= 0)
	{
		writer->symbol_text = tick_alloc(writer->memory, TICK_BATCH_ROWS * sizeof(TickString));
		writer->symbol_validity = tick_alloc(writer->memory, TICK_BATCH_ROWS / 8);
		if (writer->symbol_text == NULL || writer->symbol_validity == NULL)
			return out_of_memory(error);
	}
	tick_stats_shape(&writer->schema, &shape);
	tick_stats_group_init(&writer->stats_group, writer->memory, &shape);
	TICK_TRY(tick_stats_create(&writer->accumulator, writer->memory, &writer->schema, options->stats_filter, error));
	TICK_TRY(tick_chunk_encoder_create(&writer->encoder, writer->memory, error));
	memcpy(writer->trailer.uuid, options->uuid, TICK_UUID_BYTES);
	writer->trailer.stats_filter_hash = options->stats_filter_hash;
	writer->trailer.row_group_rows = rows_of(writer)->group_rows;
	writer->trailer.columns = (uint32_t) writer->schema.columns;
	tick_header_encode(header, options->uuid);
	return emit(writer, header, sizeof(header), error);
}

TickStatus
tick_segment_writer_create(TickSegmentWriter **writer, const TickMemory *memory,
						   const TickSchema *schema, const TickSegmentOptions *options,
						   TickSink sink, TickError *error)
{
	TickSegmentWriter *w = tick_alloc_zero(memory, sizeof(*w));
	TickStatus	status;

	*writer = NULL;
	if (w == NULL)
		return out_of_memory(error);
	w->memory = memory;
	w->sink = sink;
	tick_buffer_init(&w->names, memory);
	tick_buffer_init(&w->stats, memory);
	tick_buffer_init(&w->bytes, memory);
	tick_buffer_init(&w->row_groups, memory);
	status = init_writer(w, schema, options, error);
	if (status != TICK_OK)
	{
		tick_segment_writer_free(w);
		return status;
	}
	*writer = w;
	return TICK_OK;
}

/* Threads and row groups, at any time. */
static void
free_slots(TickSegmentWriter *writer)
{
	for (int i = 0; i < SLOTS; i++)
	{
		tick_worker_free(writer->slot[i].worker);
		writer->slot[i].worker = NULL;
	}
	for (int i = 0; i < SLOTS; i++)
		tick_row_group_free(&writer->slot[i].group);
}

void
tick_segment_writer_free(TickSegmentWriter *writer)
{
	const TickMemory *memory;

	if (writer == NULL)
		return;
	memory = writer->memory;
	free_slots(writer);
	tick_stats_free(writer->accumulator);
	tick_stats_group_free(&writer->stats_group);
	if (writer->encoder != NULL)
		tick_chunk_encoder_free(writer->encoder);
	tick_buffer_free(&writer->names);
	tick_buffer_free(&writer->stats);
	tick_buffer_free(&writer->bytes);
	tick_buffer_free(&writer->row_groups);
	tick_free(memory, writer->schema.column);
	tick_free(memory, writer->view);
	tick_free(memory, writer->zone_map);
	tick_free(memory, writer->symbol);
	tick_free(memory, writer->symbol_text);
	tick_free(memory, writer->symbol_validity);
	tick_free(memory, writer);
}

/* ---- directory ---- */

static uint64_t
rows_so_far(const TickSegmentWriter *writer)
{
	return writer->trailer.rows + rows_of(writer)->rows;
}

uint64_t
tick_segment_writer_rows(const TickSegmentWriter *writer)
{
	return rows_so_far(writer);
}

/* Name of a symbol; data is NULL for the null symbol. */
static TickString
symbol_name(const TickSegmentWriter *writer, uint32_t index)
{
	uint32_t	start = index > 0 ? writer->symbol[index - 1].name_end : 0;
	TickString	name = {"", writer->symbol[index].name_end - start};

	if (writer->null_symbol && index == writer->symbols - 1)
		name.data = NULL;
	else if (name.length > 0)
		name.data = (const char *) writer->names.data + start;
	return name;
}

static bool
last_symbol_empty(const TickSegmentWriter *writer)
{
	return writer->symbol[writer->symbols - 1].first_row == rows_so_far(writer);
}

/* Begin a directory entry at the current row. */
static TickStatus
add_symbol(TickSegmentWriter *writer, TickString name, uint32_t code, TickError *error)
{
	Symbol	   *symbol;

	if (writer->symbols == writer->symbol_capacity)
	{
		uint32_t	capacity = writer->symbol_capacity > 0 ? writer->symbol_capacity * 2 : 64;
		Symbol	   *grown;

		if (writer->symbol_capacity > UINT32_MAX / 2)
			return tick_error_set(error, TICK_OUT_OF_RANGE, "too many symbols in one segment");
		grown = tick_resize(writer->memory, writer->symbol, (size_t) capacity * sizeof(Symbol));
		if (grown == NULL)
			return out_of_memory(error);
		writer->symbol = grown;
		writer->symbol_capacity = capacity;
	}
	TICK_TRY(tick_buffer_append(&writer->names, name.data, name.length, error));
	if (writer->names.length > UINT32_MAX)
		return tick_error_set(error, TICK_OUT_OF_RANGE, "too many symbols in one segment");
	symbol = &writer->symbol[writer->symbols++];
	symbol->name_end = (uint32_t) writer->names.length;
	symbol->code = code;
	symbol->first_row = rows_so_far(writer);
	symbol->time_min = symbol->time_max = 0;
	writer->null_symbol = name.data == NULL;
	writer->has_symbol = true;
	return TICK_OK;
}

TickStatus
tick_segment_writer_symbol(TickSegmentWriter *writer, TickString name, uint32_t code, TickError *error)
{
	if (writer->settled || writer->schema.symbol < 0)
		return tick_error_set(error, TICK_BAD_INPUT, "this segment takes no symbols");
	if (name.length > TICK_MAX_SYMBOL_BYTES)
		return tick_error_set(error, TICK_BAD_INPUT, "symbol of %u bytes is longer than %d bytes",
							  name.length, TICK_MAX_SYMBOL_BYTES);
	if (writer->symbols > 0 &&
		(writer->null_symbol ||
		 (name.data != NULL && tick_string_compare(symbol_name(writer, writer->symbols - 1), name) >= 0)))
		return tick_error_set(error, TICK_BAD_INPUT, "symbols of a segment are not in ascending order");
	if (writer->symbols > 0 && last_symbol_empty(writer))
	{
		writer->symbols--;
		writer->names.length = writer->symbols > 0 ? writer->symbol[writer->symbols - 1].name_end : 0;
	}
	if (name.data == NULL)
		name.length = 0;
	return add_symbol(writer, name, code, error);
}

/* ---- rows ---- */

/*
 * Check that the rows are in time order after those the symbol has, and take
 * them into its range.
 */
static TickStatus
append_time(TickSegmentWriter *writer, const TickVector *time, uint32_t first, uint32_t rows, TickError *error)
{
	Symbol	   *symbol = &writer->symbol[writer->symbols - 1];
	const int64_t *value = time->i64 + first;
	uint64_t	wrong = 0;

	if (time->validity != NULL && !tick_bits_all_set(time->validity, first, rows))
		return tick_error_set(error, TICK_BAD_INPUT, "null in column \"%s\", which orders the rows",
							  writer->schema.column[writer->schema.time].field);
	if (last_symbol_empty(writer))
		symbol->time_min = value[0];
	else
		wrong = value[0] < symbol->time_max;
	for (uint32_t i = 1; i < rows; i++)
		wrong |= value[i] < value[i - 1];
	if (wrong)
		return tick_error_set(error, TICK_BAD_INPUT, "rows of a symbol are not in time order");
	symbol->time_max = value[rows - 1];
	return TICK_OK;
}

static TickStatus flush_row_group(TickSegmentWriter *writer, TickError *error);

TickStatus
tick_segment_writer_append(TickSegmentWriter *writer, const TickVector *columns,
						   uint32_t first, uint32_t rows, TickError *error)
{
	if (writer->settled || (!writer->has_symbol && writer->schema.symbol >= 0))
		return tick_error_set(error, TICK_BAD_INPUT, "rows were given without a symbol");
	if (!writer->has_symbol)
		TICK_TRY(add_symbol(writer, (TickString) {NULL, 0}, 0, error));
	while (rows > 0)
	{
		uint32_t	step = tick_row_buffer_room(rows_of(writer));

		if (step > rows)
			step = rows;
		if (writer->schema.time >= 0)
			TICK_TRY(append_time(writer, &columns[writer->schema.time], first, step, error));
		TICK_TRY(tick_row_buffer_append(rows_of(writer), columns, first, step, error));
		first += step;
		rows -= step;
		if (tick_row_buffer_full(rows_of(writer)))
			TICK_TRY(flush_row_group(writer, error));
	}
	return TICK_OK;
}

/* ---- statistics of the rows of a row group ---- */

/* Index of the symbol that holds a row of the row group at hand. */
static uint32_t
symbol_of_row(const TickSegmentWriter *writer, uint64_t row, uint32_t from)
{
	while (from + 1 < writer->symbols && writer->symbol[from + 1].first_row <= row)
		from++;
	return from;
}

/* TickFilterColumn over the batch at hand. */
static TickStatus
view_column(void *context, int column, const TickVector **vector, TickError *error)
{
	TickSegmentWriter *writer = context;

	*vector = &writer->view[column];
	return TICK_OK;
}

/* Names of the batch's rows as a text vector; only for a filter. */
static void
view_symbols(TickSegmentWriter *writer, uint64_t first_row, uint32_t rows)
{
	TickVector *view = &writer->view[writer->schema.symbol];
	uint64_t   *validity = writer->symbol_validity;
	uint32_t	index = writer->stats_symbol;
	bool		nulls = false;

	for (uint32_t i = 0; i < rows; i++)
	{
		index = symbol_of_row(writer, first_row + i, index);
		writer->symbol_text[i] = symbol_name(writer, index);
		if (writer->symbol_text[i].data == NULL)
		{
			if (!nulls)
				memset(validity, 0xff, TICK_BATCH_ROWS / 8);
			nulls = true;
			tick_bit_clear(validity, i);
			writer->symbol_text[i].data = "";
		}
	}
	view->type = TICK_TEXT;
	view->rows = rows;
	view->text = writer->symbol_text;
	view->validity = nulls ? validity : NULL;
}

/* The statistics of the current symbol are complete. */
static TickStatus
close_stats(TickSegmentWriter *writer, TickError *error)
{
	const Symbol *symbol = &writer->symbol[writer->stats_symbol];

	tick_stats_finish(writer->accumulator, &writer->current);
	TICK_TRY(tick_stats_group_add(&writer->stats_group, &writer->current, symbol->time_min, symbol->time_max, error));
	if (writer->stats_group.symbols == TICK_STATS_GROUP_SYMBOLS)
		TICK_TRY(tick_stats_group_encode(&writer->stats_group, writer->encoder, &writer->stats, error));
	tick_stats_init(&writer->current);
	writer->stats_symbol++;
	return TICK_OK;
}

/* One batch of the row group, whose first row is `at` in it. */
static TickStatus
stats_of_batch(TickSegmentWriter *writer, uint32_t at, uint32_t rows, TickError *error)
{
	uint64_t	first_row = writer->trailer.rows + at;
	uint32_t	done = 0;

	for (int i = 0; i < writer->schema.columns; i++)
		if (i != writer->schema.symbol)
			tick_row_buffer_view(rows_of(writer), i, at, rows, &writer->view[i]);
	if (writer->symbol_text != NULL)
		view_symbols(writer, first_row, rows);
	TICK_TRY(tick_stats_batch(writer->accumulator, rows, view_column, writer, error));
	while (done < rows)
	{
		uint64_t	end = first_row + rows;
		uint32_t	step;

		if (writer->stats_symbol + 1 < writer->symbols && writer->symbol[writer->stats_symbol + 1].first_row < end)
			end = writer->symbol[writer->stats_symbol + 1].first_row;
		step = (uint32_t) (end - first_row) - done;
		if (step > 0)
			tick_stats_add(writer->accumulator, done, step, &writer->current);
		done += step;
		if (done < rows)
			TICK_TRY(close_stats(writer, error));
	}
	return TICK_OK;
}

/* ---- row groups ---- */

static void
zone_text(const TickString name, uint8_t *length, char *text, bool *cut)
{
	*cut = name.length > TICK_ZONE_TEXT;
	*length = (uint8_t) (*cut ? TICK_ZONE_TEXT : name.length);
	memcpy(text, name.data, *length);
}

/* What the directory says of the symbols in the row group, which has no chunk for them. */
static void
symbol_zone_map(TickSegmentWriter *writer, uint32_t first_symbol, TickZoneMap *map)
{
	uint32_t	last = writer->symbols - 1;
	uint64_t	end = rows_so_far(writer);
	uint64_t	first_null = writer->null_symbol ? writer->symbol[last].first_row : end;
	bool		cut;

	tick_zone_map_init(map);
	map->rows = rows_of(writer)->rows;
	if (first_null < writer->trailer.rows)
		first_null = writer->trailer.rows;
	map->nulls = end - first_null;
	if (first_null == writer->trailer.rows)
		return;
	if (map->nulls > 0)
		last--;
	map->has_range = true;
	zone_text(symbol_name(writer, first_symbol), &map->min_text_length, map->min_text, &cut);
	zone_text(symbol_name(writer, last), &map->max_text_length, map->max_text, &map->text_max_cut);
}

/* Give the sink one column's bytes and add its entry to the section. */
static TickStatus
write_chunk(TickSegmentWriter *writer, const TickRowGroup *group, int i, TickError *error)
{
	const TickEncodedColumn *column = &group->column[i];
	TickChunkEntry entry = {.extent = {writer->position, column->length, column->checksum},
	.encoding = column->encoding};
	uint8_t		bytes[TICK_CHUNK_ENTRY_BYTES];

	TICK_TRY(emit(writer, group->bytes.data + column->offset, column->length, error));
	tick_zone_map_merge(&writer->zone_map[i], writer->schema.column[i].type, &column->zone_map);
	tick_chunk_entry_encode(bytes, &writer->schema.column[i], &entry, &column->zone_map);
	return tick_buffer_append(&writer->row_groups, bytes, sizeof(bytes), error);
}

/* An encoded row group goes to the sink, and its rows are forgotten. */
static TickStatus
write_row_group(TickSegmentWriter *writer, TickRowGroup *group, TickError *error)
{
	uint8_t		entry[TICK_ROW_GROUP_ENTRY_BYTES] = {0};

	if (group->status != TICK_OK)
	{
		if (error != NULL)
			*error = group->error;
		return group->status;
	}
	tick_put32(entry, group->rows.rows);
	TICK_TRY(tick_buffer_append(&writer->row_groups, entry, sizeof(entry), error));
	for (int i = 0; i < writer->schema.columns; i++)
		TICK_TRY(write_chunk(writer, group, i, error));
	tick_row_buffer_reset(&group->rows);
	return TICK_OK;
}

/* Wait until a slot's row group is encoded, if it has one, and write it. */
static TickStatus
write_pending(TickSegmentWriter *writer, Slot *slot, TickError *error)
{
	if (!slot->pending)
		return TICK_OK;
	tick_worker_wait(slot->worker);
	slot->pending = false;
	return write_row_group(writer, &slot->group, error);
}

/* All that is pending, the oldest first. */
static TickStatus
write_all_pending(TickSegmentWriter *writer, TickError *error)
{
	for (int i = 1; i <= SLOTS; i++)
		TICK_TRY(write_pending(writer, &writer->slot[(writer->filling + i) % SLOTS], error));
	return TICK_OK;
}

/* Go on to the next slot, which is made when it is needed: small segments need but one. */
static TickStatus
next_slot(TickSegmentWriter *writer, TickError *error)
{
	Slot	   *slot;

	writer->filling = (writer->filling + 1) % SLOTS;
	slot = &writer->slot[writer->filling];
	if (slot->group.schema == NULL)
		return tick_row_group_init(&slot->group, writer->memory, scratch_memory(writer), &writer->schema,
								   writer->trailer.row_group_rows, error);
	return write_pending(writer, slot, error);
}

static TickStatus
flush_row_group(TickSegmentWriter *writer, TickError *error)
{
	Slot	   *slot = &writer->slot[writer->filling];
	TickRowGroup *group = &slot->group;
	uint32_t	first_symbol = symbol_of_row(writer, writer->trailer.rows, writer->stats_symbol);

	for (uint32_t at = 0; at < group->rows.rows; at += TICK_BATCH_ROWS)
	{
		uint32_t	rows = group->rows.rows - at;

		TICK_TRY(stats_of_batch(writer, at, rows < TICK_BATCH_ROWS ? rows : TICK_BATCH_ROWS, error));
	}
	if (writer->schema.symbol >= 0)
		symbol_zone_map(writer, first_symbol, &group->column[writer->schema.symbol].zone_map);
	writer->trailer.rows += group->rows.rows;
	writer->trailer.row_groups++;
	if (writer->threaded && slot->worker == NULL && tick_row_buffer_full(&group->rows))
		TICK_TRY(tick_worker_create(&slot->worker, error));
	if (slot->worker == NULL)
	{
		tick_row_group_encode(group);
		TICK_TRY(write_all_pending(writer, error));
		return write_row_group(writer, group, error);
	}
	tick_worker_start(slot->worker, tick_row_group_encode, group);
	slot->pending = true;
	return next_slot(writer, error);
}

/* ---- footer ---- */

static TickStatus
write_section(TickSegmentWriter *writer, TickSection section, const TickBuffer *bytes, TickError *error)
{
	TickExtent *extent = &writer->trailer.section[section];

	extent->offset = writer->position;
	extent->length = bytes->length;
	extent->checksum = tick_hash64(bytes->data, bytes->length, 0);
	return emit(writer, bytes->data, bytes->length, error);
}

/* Lay the directory out in writer->bytes. */
static TickStatus
encode_directory(TickSegmentWriter *writer, TickError *error)
{
	uint64_t	n = writer->symbols;
	uint64_t	fixed = tick_directory_fixed_bytes(writer->symbols, writer->schema.time >= 0);
	uint8_t    *p;

	writer->bytes.length = 0;
	TICK_TRY(tick_buffer_reserve(&writer->bytes, fixed, error));
	p = writer->bytes.data;
	for (uint64_t i = 0; i < n; i++)
	{
		const Symbol *symbol = &writer->symbol[i];

		tick_put32(p + 4 * i, symbol->name_end);
		tick_put32(p + 4 * (n + i), symbol->code);
		tick_put64(p + 8 * (n + i), symbol->first_row);
		if (writer->schema.time >= 0)
		{
			tick_put64(p + 8 * (2 * n + i), (uint64_t) symbol->time_min);
			tick_put64(p + 8 * (3 * n + i), (uint64_t) symbol->time_max);
		}
	}
	writer->bytes.length = fixed;
	return tick_buffer_append(&writer->bytes, writer->names.data, writer->names.length, error);
}

/* Write the sections in the order of TickSection, then the trailer. */
static TickStatus
write_footer(TickSegmentWriter *writer, TickError *error)
{
	uint8_t		trailer[TICK_TRAILER_BYTES];

	if (writer->stats_group.symbols > 0)
		TICK_TRY(tick_stats_group_encode(&writer->stats_group, writer->encoder, &writer->stats, error));
	TICK_TRY(write_section(writer, TICK_SECTION_STATS, &writer->stats, error));
	writer->bytes.length = 0;
	TICK_TRY(tick_schema_encode(&writer->schema, &writer->bytes, error));
	TICK_TRY(write_section(writer, TICK_SECTION_SCHEMA, &writer->bytes, error));
	TICK_TRY(write_section(writer, TICK_SECTION_ROW_GROUPS, &writer->row_groups, error));
	TICK_TRY(encode_directory(writer, error));
	TICK_TRY(write_section(writer, TICK_SECTION_DIRECTORY, &writer->bytes, error));
	writer->trailer.symbols = writer->symbols;
	writer->trailer.null_symbol = writer->null_symbol;
	writer->trailer.length = writer->position + TICK_TRAILER_BYTES;
	tick_trailer_encode(trailer, &writer->trailer);
	return emit(writer, trailer, sizeof(trailer), error);
}

TickStatus
tick_segment_writer_settle(TickSegmentWriter *writer, TickError *error)
{
	if (writer->settled)
		return TICK_OK;
	if (writer->finished || rows_so_far(writer) == 0)
		return tick_error_set(error, TICK_BAD_INPUT, "a segment without rows cannot be written");
	if (last_symbol_empty(writer))
	{
		writer->symbols--;
		writer->names.length = writer->symbols > 0 ? writer->symbol[writer->symbols - 1].name_end : 0;
		writer->null_symbol = false;
	}
	if (rows_of(writer)->rows > 0)
		TICK_TRY(flush_row_group(writer, error));
	TICK_TRY(write_all_pending(writer, error));
	TICK_TRY(close_stats(writer, error));
	free_slots(writer);
	writer->settled = true;
	return TICK_OK;
}

TickStatus
tick_segment_code(TickSymbolCode code, void *context, TickString name, uint32_t *found, TickError *error)
{
	*found = code != NULL ? code(context, name) : 0;
	if (*found == TICK_NO_CODE)
		return tick_error_set(error, TICK_BAD_INPUT, "symbol \"%.*s\" has no code", (int) name.length, name.data);
	return TICK_OK;
}

TickStatus
tick_segment_writer_recode(TickSegmentWriter *writer, TickSymbolCode code, void *context, TickError *error)
{
	for (uint32_t i = 0; i < writer->symbols; i++)
	{
		TickString	name = symbol_name(writer, i);

		if (name.data != NULL)
			TICK_TRY(tick_segment_code(code, context, name, &writer->symbol[i].code, error));
	}
	return TICK_OK;
}

TickStatus
tick_segment_writer_finish(TickSegmentWriter *writer, TickSegmentSummary *summary, TickError *error)
{
	if (writer->finished)
		return tick_error_set(error, TICK_BAD_INPUT, "the segment is finished");
	TICK_TRY(tick_segment_writer_settle(writer, error));
	TICK_TRY(write_footer(writer, error));
	writer->finished = true;

	memset(summary, 0, sizeof(*summary));
	summary->rows = writer->trailer.rows;
	summary->bytes = writer->position;
	summary->symbols = writer->symbols;
	summary->row_groups = writer->trailer.row_groups;
	summary->has_time = writer->schema.time >= 0;
	if (summary->has_time)
	{
		summary->time_min = writer->zone_map[writer->schema.time].min_i64;
		summary->time_max = writer->zone_map[writer->schema.time].max_i64;
	}
	summary->columns = writer->schema.columns;
	summary->zone_map = writer->zone_map;
	return TICK_OK;
}
