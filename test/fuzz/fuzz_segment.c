/*-------------------------------------------------------------------------
 *
 * fuzz_segment.c
 *	  Feed any bytes to the segment reader.
 *
 * Checksums would stop nearly every input at the first step, so the driver
 * makes those of header, footer, chunks and trailer right before it reads.
 * Then everything a reader can be asked is asked.  Build with libFuzzer:
 *
 *		clang -g -O1 -fsanitize=fuzzer,address,undefined -Isrc test/fuzz/fuzz_segment.c <the core's files>
 *
 * or with -DSTANDALONE to run it over files named on the command line.
 * `fuzz_segment --seed file` (STANDALONE) writes an image to start from.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/cursor.h"
#include "core/segment_format.h"

typedef struct Image
{
	const uint8_t *data;
	size_t		length;
} Image;

static TickStatus
read_image(void *context, uint64_t offset, void *bytes, size_t length, TickError *error)
{
	const Image *image = context;

	if (offset > image->length || length > image->length - offset)
		abort();
	memcpy(bytes, image->data + offset, length);
	return TICK_OK;
}

static TickStatus
count_bytes(void *context, const void *bytes, size_t length, TickError *error)
{
	*(uint64_t *) context += length;
	return TICK_OK;
}

/* Put the right checksum of an extent at p, if it lies inside. */
static void
repair_extent(uint8_t *data, size_t length, uint8_t *p)
{
	uint64_t	offset = tick_get64(p);
	uint64_t	bytes = tick_get64(p + 8);

	if (offset <= length && bytes <= length - offset)
		tick_put64(p + 16, tick_hash64(data + offset, bytes, 0));
}

static void
repair(uint8_t *data, size_t length)
{
	uint8_t    *trailer = data + length - TICK_TRAILER_BYTES;
	const uint8_t *section = trailer + 64 + 24 * TICK_SECTION_ROW_GROUPS;
	uint64_t	at = tick_get64(section);
	uint64_t	end = tick_get64(section + 8);
	uint32_t	columns = tick_get32(trailer + 48);

	end = at <= length && end <= length - at ? at + end : 0;
	while (at + TICK_ROW_GROUP_ENTRY_BYTES <= end)
	{
		at += TICK_ROW_GROUP_ENTRY_BYTES;
		for (uint32_t i = 0; i < columns && at + TICK_CHUNK_ENTRY_BYTES <= end; i++, at += TICK_CHUNK_ENTRY_BYTES)
			repair_extent(data, length, data + at);
	}
	for (int i = 0; i < TICK_SECTIONS; i++)
		repair_extent(data, length, trailer + 64 + 24 * i);
	memcpy(trailer + 16, data + 16, TICK_UUID_BYTES);
	tick_put64(trailer + 176, length);
	tick_put64(trailer + 184, tick_hash64(trailer, 184, 0));
	tick_put64(data + 56, tick_hash64(data, 56, 0));
}

static void
walk(TickCursor *cursor, int columns, bool backward)
{
	uint64_t	first;
	uint32_t	rows;
	unsigned	seen = 0;

	tick_cursor_seek(cursor, 0, UINT64_MAX);
	while ((backward ? tick_cursor_previous : tick_cursor_next) (cursor, &first, &rows, NULL) == TICK_OK)
		for (int i = 0; i < columns; i++)
		{
			const TickVector *vector;

			if (tick_cursor_column(cursor, i, &vector, NULL) != TICK_OK)
				return;
			for (uint32_t r = 0; vector->type == TICK_TEXT && r < rows; r++)
				for (uint32_t b = 0; b < vector->text[r].length; b++)
					seen += (unsigned char) vector->text[r].data[b];
		}
	/* the sum has a use, so that the reads are not left out */
	if (seen == UINT32_MAX)
		puts("");
}

static uint32_t
any_code(void *context, TickString name)
{
	return name.length;
}

/* Merge the segment with itself, both ways. */
static void
merge_twice(TickSegmentReader *reader, bool descending)
{
	const TickSchema *schema = tick_segment_schema(reader);
	TickSegmentReader *inputs[2] = {reader, reader};
	TickMergeOptions options = {.wanted = schema->column, .wanted_columns = schema->columns, .time = schema->time,
		.descending = descending, .time_low = INT64_MIN, .time_high = INT64_MAX};
	TickMerge  *merge;
	TickSlice	slice;
	int			slices = 0;

	if (tick_merge_create(&merge, &tick_memory_malloc, inputs, 2, &options, NULL) != TICK_OK)
		return;
	while (slices++ < 10000 && tick_merge_next(merge, &slice, NULL) == TICK_OK)
		;
	tick_merge_free(merge);
}

static void
ask_everything(TickSegmentReader *reader, TickSource source)
{
	const TickSchema *schema = tick_segment_schema(reader);
	uint8_t		uuid[TICK_UUID_BYTES] = {1};
	uint64_t	copied = 0;
	TickSink	sink = {count_bytes, &copied};
	TickCursor *cursor;

	for (uint32_t i = 0; i < tick_segment_symbols(reader); i++)
	{
		TickSymbolEntry entry;
		TickSymbolStats stats;

		tick_segment_symbol(reader, i, &entry);
		if (!entry.is_null && tick_segment_find_symbol(reader, entry.name) != i)
			abort();
		tick_segment_symbol_stats(reader, i, &stats, NULL);
	}
	if (tick_cursor_create(&cursor, &tick_memory_malloc, reader, schema->column, schema->columns, NULL) == TICK_OK)
	{
		walk(cursor, schema->columns, false);
		walk(cursor, schema->columns, true);
		tick_cursor_free(cursor);
	}
	merge_twice(reader, false);
	merge_twice(reader, true);
	tick_segment_verify(reader, &tick_memory_malloc, TICK_VERIFY_FULL, NULL, NULL);
	if (tick_segment_copy(&tick_memory_malloc, source, uuid, any_code, NULL, sink, NULL) != TICK_OK ||
		copied != source.length)
		abort();
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	uint8_t    *data = malloc(length > 0 ? length : 1);
	Image		image = {data, length};
	TickSource	source = {read_image, &image, length};
	TickSegmentReader *reader;

	memcpy(data, bytes, length);
	if (length >= TICK_HEADER_BYTES + TICK_TRAILER_BYTES)
		repair(data, length);
	if (tick_segment_reader_open(&reader, &tick_memory_malloc, source, NULL, NULL) == TICK_OK)
	{
		ask_everything(reader, source);
		tick_segment_reader_close(reader);
	}
	free(data);
	return 0;
}

#ifdef STANDALONE

static TickStatus
append_file(void *context, const void *bytes, size_t length, TickError *error)
{
	return fwrite(bytes, 1, length, context) == length ? TICK_OK : TICK_IO;
}

/* A small image with symbols, nulls and every type. */
static void
write_seed(FILE *file)
{
	static const TickType types[] = {TICK_TEXT, TICK_STAMP, TICK_DOUBLE, TICK_INT, TICK_TEXT, TICK_DECIMAL, TICK_BOOL};
	static const TickRole roles[] = {TICK_ROLE_SYMBOL, TICK_ROLE_TIME, TICK_ROLE_PRICE, TICK_ROLE_SIZE};
	TickColumn	column[7] = {{0}};
	TickVector	vector[7];
	TickSchema	schema = {.columns = 7, .column = column};
	TickSegmentOptions options = {.row_group_rows = 64};
	TickSegmentSummary summary;
	TickSegmentWriter *writer;
	TickSink	sink = {append_file, file};

	for (int i = 0; i < 7; i++)
	{
		column[i].id = i + 1;
		column[i].type = types[i];
		column[i].role = i < 4 ? roles[i] : TICK_ROLE_NONE;
		snprintf(column[i].field, sizeof(column[i].field), "f%d", i);
		if (tick_vector_init(&vector[i], &tick_memory_malloc, types[i], 0, 100, true, NULL) != TICK_OK)
			abort();
		vector[i].rows = 100;
		memset(vector[i].validity, 0xff, 16);
		for (int r = 0; r < 100; r++)
		{
			bool		null = i > 1 && r % 9 == i;

			if (null)
				tick_bit_clear(vector[i].validity, r);
			if (types[i] == TICK_TEXT)
				vector[i].text[r] = (TickString) {&"abcdefghijklmnopqrst"[r % 7], null ? 0 : r % 13};
			else if (types[i] == TICK_DOUBLE)
				vector[i].f64[r] = null ? 0 : 10 + r / 100.0;
			else
				vector[i].i64[r] = null ? 0 : types[i] == TICK_BOOL ? r & 1 : r * 3;
		}
	}
	if (tick_segment_writer_create(&writer, &tick_memory_malloc, &schema, &options, sink, NULL) != TICK_OK ||
		tick_segment_writer_symbol(writer, (TickString) {"AAPL", 4}, 1, NULL) != TICK_OK ||
		tick_segment_writer_append(writer, vector, 0, 40, NULL) != TICK_OK ||
		tick_segment_writer_symbol(writer, (TickString) {"MSFT", 4}, 2, NULL) != TICK_OK ||
		tick_segment_writer_append(writer, vector, 40, 55, NULL) != TICK_OK ||
		tick_segment_writer_symbol(writer, (TickString) {NULL, 0}, 0, NULL) != TICK_OK ||
		tick_segment_writer_append(writer, vector, 95, 5, NULL) != TICK_OK ||
		tick_segment_writer_finish(writer, &summary, NULL) != TICK_OK)
		abort();
	tick_segment_writer_free(writer);
	for (int i = 0; i < 7; i++)
		tick_vector_free(&vector[i], &tick_memory_malloc);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--seed") == 0)
	{
		FILE	   *file = fopen(argv[2], "wb");

		if (file == NULL)
			return 1;
		write_seed(file);
		return fclose(file) != 0;
	}
	for (int i = 1; i < argc; i++)
	{
		FILE	   *file = fopen(argv[i], "rb");
		uint8_t    *bytes = malloc(1 << 20);
		size_t		length;

		if (file == NULL || bytes == NULL)
			return 1;
		length = fread(bytes, 1, 1 << 20, file);
		LLVMFuzzerTestOneInput(bytes, length);
		fclose(file);
		free(bytes);
	}
	return 0;
}

#endif							/* STANDALONE */
