/*-------------------------------------------------------------------------
 *
 * test_segment_damage.c
 *	  Segments with damaged bytes and forged fields, and one of long ago.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_format.h"

#include "segment_fixture.h"

static const uint8_t test_uuid[TICK_UUID_BYTES] = "0123456789abcdef";

static TickStatus
open_image(TickBuffer *image, const uint8_t *uuid, TickSegmentReader **reader, TickError *error)
{
	return tick_segment_reader_open(reader, &tick_memory_malloc, image_source(image), uuid, error);
}

/* Open, read everything, verify: TICK_OK or how it was found out.  Must never go astray. */
static TickStatus
read_all(TickBuffer *image, TickVerifyLevel level, TickError *error)
{
	TickSegmentReader *reader;
	TickCursor *cursor = NULL;
	TickSymbolStats stats;
	TickStatus	status = open_image(image, NULL, &reader, error);
	uint64_t	first;
	uint32_t	rows;

	if (status != TICK_OK)
		return status;
	for (uint32_t i = 0; i < tick_segment_symbols(reader) && status == TICK_OK; i++)
		status = tick_segment_symbol_stats(reader, i, &stats, error);
	if (status == TICK_OK)
		status = tick_cursor_create(&cursor, &tick_memory_malloc, reader, tick_segment_schema(reader)->column,
									tick_segment_schema(reader)->columns, error);
	while (status == TICK_OK && (status = tick_cursor_next(cursor, &first, &rows, error)) == TICK_OK)
		for (int i = 0; i < tick_segment_schema(reader)->columns && status == TICK_OK; i++)
		{
			const TickVector *vector;

			status = tick_cursor_column(cursor, i, &vector, error);
			/* touch the text: it must lie in memory that may be read */
			for (uint32_t r = 0; status == TICK_OK && vector->type == TICK_TEXT && r < rows; r++)
				if (tick_string_compare(vector->text[r], vector->text[r]) != 0)
					abort();
		}
	if (status == TICK_END)
		status = tick_segment_verify(reader, &tick_memory_malloc, level, NULL, error);
	tick_cursor_free(cursor);
	tick_segment_reader_close(reader);
	return status;
}

/* A small image with some of everything. */
static void
make_small(TickBuffer *image)
{
	Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	uint64_t	seed = 6;
	TickSegmentOptions options = {.row_group_rows = 40};
	TickSegmentSummary summary;

	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(&model, TICK_DOUBLE, 0, TICK_ROLE_PRICE);
	model_add_column(&model, TICK_INT, 0, TICK_ROLE_SIZE);
	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_NONE);
	model_random_rows(&model, &seed, 100, 7, 1, true);
	for (uint32_t r = 0; r < 100; r++)
	{
		if (r % 10 == 0)
			model.row[r].value[0] = (Value) {.null = true};
		if (r % 7 == 0)
			model.row[r].value[3] = (Value) {.null = true};
	}
	model_sort(&model, false);
	CHECK_INT(model_write(&model, &options, &seed, image, &summary, NULL), TICK_OK);
	CHECK_INT(summary.row_groups, 3);
	model_free(&model);
}

/* Every byte counts: changing any is found out, as is cutting the image short. */
static void
test_every_byte(void)
{
	TickBuffer	image;
	TickError	error;
	int			unnoticed = 0;
	int			strange = 0;

	make_small(&image);
	CHECK_INT(read_all(&image, TICK_VERIFY_FULL, &error), TICK_OK);
	for (size_t i = 0; i < image.length; i++)
		for (int bit = 0; bit < 8; bit += 3)
		{
			TickStatus	status;

			image.data[i] ^= 1 << bit;
			error.message[0] = '\0';
			status = read_all(&image, TICK_VERIFY_CHECKSUMS, &error);
			unnoticed += status == TICK_OK;
			strange += (status != TICK_CORRUPT && status != TICK_UNSUPPORTED) || error.message[0] == '\0';
			image.data[i] ^= 1 << bit;
		}
	CHECK_INT(unnoticed, 0);
	CHECK_INT(strange, 0);
	while (image.length > 0)
	{
		image.length--;
		strange += read_all(&image, TICK_VERIFY_CHECKSUMS, &error) != TICK_CORRUPT;
	}
	CHECK_INT(strange, 0);
	tick_buffer_free(&image);
}

/* Make all checksums right again, as an attacker would. */
static void
repair_checksums(TickBuffer *image)
{
	uint8_t    *trailer = image->data + image->length - TICK_TRAILER_BYTES;
	uint64_t	at = tick_get64(trailer + 64 + 24 * TICK_SECTION_ROW_GROUPS);
	uint64_t	end = at + tick_get64(trailer + 72 + 24 * TICK_SECTION_ROW_GROUPS);
	uint32_t	columns = tick_get32(trailer + 48);

	for (; at + TICK_ROW_GROUP_ENTRY_BYTES <= end && end <= image->length;)
	{
		at += TICK_ROW_GROUP_ENTRY_BYTES;
		for (uint32_t i = 0; i < columns && at + TICK_CHUNK_ENTRY_BYTES <= end; i++, at += TICK_CHUNK_ENTRY_BYTES)
		{
			uint64_t	offset = tick_get64(image->data + at);
			uint64_t	length = tick_get64(image->data + at + 8);

			if (offset <= image->length && length <= image->length - offset)
				tick_put64(image->data + at + 16, tick_hash64(image->data + offset, length, 0));
		}
	}
	for (int i = 0; i < TICK_SECTIONS; i++)
	{
		uint64_t	offset = tick_get64(trailer + 64 + 24 * i);
		uint64_t	length = tick_get64(trailer + 72 + 24 * i);

		if (offset <= image->length && length <= image->length - offset)
			tick_put64(trailer + 80 + 24 * i, tick_hash64(image->data + offset, length, 0));
	}
	tick_put64(trailer + 184, tick_hash64(trailer, 184, 0));
	tick_put64(image->data + 56, tick_hash64(image->data, 56, 0));
}

/*
 * Forged bytes under right checksums: whatever is read must stay inside, and
 * the full check must not pass what changes the meaning.  Bytes that
 * nothing else depends on (uuid, codes, field names) may change.
 */
static void
test_forged(void)
{
	static const uint8_t patterns[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	TickBuffer	image;
	TickBuffer	forged;
	TickError	error;
	uint64_t	chunks_end;
	int			refused = 0;
	int			accepted = 0;

	make_small(&image);
	chunks_end = tick_get64(image.data + image.length - TICK_TRAILER_BYTES + 64);
	tick_buffer_init(&forged, &tick_memory_malloc);
	for (size_t i = 0; i < image.length; i++)
		for (size_t p = 0; p < sizeof(patterns); p++)
		{
			TickStatus	status;

			forged.length = 0;
			tick_buffer_append(&forged, image.data, image.length, NULL);
			forged.data[i] = patterns[p] != image.data[i] ? patterns[p] : patterns[p] ^ 0x10;
			repair_checksums(&forged);
			if (memcmp(forged.data, image.data, image.length) == 0)
				continue;		/* it was a checksum */
			status = read_all(&forged, TICK_VERIFY_FULL, &error);
			if (status == TICK_OK)
				accepted += i >= chunks_end;
			else
				refused += i >= chunks_end;
		}
	/* uuid, filter hash, field names, ids, codes, a symbol's spelling */
	CHECK(accepted < 600);
	CHECK(refused > 10000);
	tick_buffer_free(&forged);
	tick_buffer_free(&image);
}

/* Set a field of the trailer or of a section, repair the checksums, and say what the reader says. */
static const char *
forge(const TickBuffer *image, int section, uint64_t at, int bytes, uint64_t value)
{
	static TickError error;
	TickBuffer	forged;
	uint8_t    *p;

	tick_buffer_init(&forged, &tick_memory_malloc);
	tick_buffer_append(&forged, image->data, image->length, NULL);
	p = forged.data + image->length - TICK_TRAILER_BYTES;
	p = section < 0 ? p + at : forged.data + tick_get64(p + 64 + 24 * section) + at;
	if (bytes == 8)
		tick_put64(p, value);
	else if (bytes == 4)
		tick_put32(p, (uint32_t) value);
	else
		*p = (uint8_t) value;
	repair_checksums(&forged);
	error.message[0] = '\0';
	read_all(&forged, TICK_VERIFY_FULL, &error);
	tick_buffer_free(&forged);
	/* without the offset, which depends on the encodings */
	return strncmp(error.message, "segment is damaged", 18) == 0 ? strchr(error.message, ':') + 2 : error.message;
}

static void
test_forged_fields(void)
{
	TickBuffer	image;
	uint8_t    *trailer;
	uint64_t	stats;

	make_small(&image);
	trailer = image.data + image.length - TICK_TRAILER_BYTES;
	stats = tick_get64(trailer + 64);
	CHECK_TEXT(forge(&image, -1, 8, 4, 2), "segment has format version 2, which this version of tick cannot read");
	CHECK_TEXT(forge(&image, -1, 40, 4, 1000), "counts of the trailer are out of bounds");
	CHECK_TEXT(forge(&image, -1, 40, 4, 20), "the directory is too short for 20 symbols");
	CHECK_TEXT(forge(&image, -1, 44, 4, 4), "4 row groups do not fill their section");
	CHECK_TEXT(forge(&image, -1, 48, 4, 1601), "counts of the trailer are out of bounds");
	CHECK_TEXT(forge(&image, -1, 48, 4, 6), "the schema is too short");
	CHECK_TEXT(forge(&image, -1, 64, 8, stats + 1), "section 1 of the footer lies outside");
	CHECK_TEXT(forge(&image, -1, 64, 8, UINT64_MAX), "the footer lies outside");
	CHECK_TEXT(forge(&image, -1, 72, 8, UINT64_MAX), "section 0 of the footer lies outside");
	CHECK_TEXT(forge(&image, -1, 160, 8, 1), "spare bytes of the trailer are in use");
	CHECK(strncmp(forge(&image, -1, 176, 8, 1), "the trailer ends an image of 1 bytes", 36) == 0);
	CHECK_TEXT(forge(&image, -1, 32, 8, 101), "row groups do not add up to the segment");
	CHECK_TEXT(forge(&image, TICK_SECTION_SCHEMA, 4, 1, 9), "the schema contradicts itself");
	CHECK_TEXT(forge(&image, TICK_SECTION_SCHEMA, 7, 1, 200), "the schema is too short");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 0, 4, 41), "row group 0 cannot have 41 rows");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 0, 4, 0), "row group 0 cannot have 0 rows");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 8 + 96, 8, 65), "a chunk of column \"field1\" lies outside");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 8 + 96 + 8, 8, UINT64_MAX - 60), "a chunk of column \"field1\" lies outside");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 8 + 96 + 24, 1, 77),
			   "column \"field1\" of the segment has encoding 77, which this version of tick cannot read");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 8 + 96 + 32, 4, 41), "the zone map of column \"field1\" contradicts itself");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 8 + 26, 1, 17), "the zone map of column \"field0\" contradicts itself");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 8 + 3 * 96 + 40, 8, UINT64_C(1) << 63),
			   "the zone map of column \"field3\" in row group 0 is not that of its values");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 8 + 3 * 96 + 72, 8, 5),
			   "the zone map of column \"field3\" in row group 0 is not that of its values");
	CHECK_TEXT(forge(&image, TICK_SECTION_DIRECTORY, 0, 4, UINT32_MAX), "name of symbol 0 is out of order");
	CHECK_TEXT(forge(&image, TICK_SECTION_STATS, 0, 4, UINT32_MAX), "the statistics are too short");
	CHECK_TEXT(forge(&image, TICK_SECTION_STATS, 0, 4, 50), "the statistics are too long");
	CHECK_TEXT(forge(&image, TICK_SECTION_STATS, 4, 4, UINT32_MAX), "the statistics are too short");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 4, 4, 1), "row group 0 cannot have 40 rows");
	CHECK_TEXT(forge(&image, TICK_SECTION_ROW_GROUPS, 8 + 31, 1, 1), "spare bytes beside the zone map of column \"field0\" are in use");
	tick_buffer_free(&image);
}

/* The full check notices times that are not the directory's or go backward. */
static void
test_forged_order(void)
{
	static const int64_t times[6] = {0, 4, 10, 5, 8, 20};
	static const int64_t others[4][6] = {{1, 4, 10, 0, 8, 20}, {0, 4, 9, 5, 8, 20}, {0, 4, 3, 5, 8, 20}, {0, 4, 10, 5, 5, 20}};
	static const char *const messages[3] = {
		"the first time of symbol 0 is not the directory's",
		"the last time of symbol 0 is not the directory's",
		"row 2 is before the row before it"
	};

	for (int k = 0; k < 4; k++)
	{
		Model		model = {.schema = {.column = model.column, .symbol = -1, .time = -1}};
		uint64_t	seed = 7;
		TickSegmentOptions options = {0};
		TickSegmentSummary summary;
		TickBuffer	image;
		TickError	error = {0};
		uint8_t    *schema;

		model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
		model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
		model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_NONE);
		model_random_rows(&model, &seed, 6, 1, 1, false);
		for (int r = 0; r < 6; r++)
		{
			model.row[r].value[0] = (Value) {.length = 1, .text = {r < 3 ? 'A' : 'B'}};
			model.row[r].value[1] = (Value) {.i64 = times[r]};
			model.row[r].value[2] = (Value) {.i64 = others[k][r]};
		}
		CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
		/* the other column takes the role of the time */
		schema = image.data + tick_get64(image.data + image.length - TICK_TRAILER_BYTES + 64 + 24 * TICK_SECTION_SCHEMA);
		CHECK_INT(schema[14 + 6], TICK_ROLE_TIME);
		schema[14 + 6] = TICK_ROLE_NONE;
		schema[28 + 6] = TICK_ROLE_TIME;
		repair_checksums(&image);
		CHECK_INT(read_all(&image, TICK_VERIFY_CHECKSUMS, &error), TICK_OK);
		CHECK_INT(read_all(&image, TICK_VERIFY_FULL, &error), k == 3 ? TICK_OK : TICK_CORRUPT);
		if (k < 3)
			CHECK_TEXT(strchr(error.message, ':') + 2, messages[k]);
		tick_buffer_free(&image);
		model_free(&model);
	}
}

/*
 * The example at the head of segment_format.h: an image of format version 1
 * must be readable for ever.  Never change it.
 */
static const uint8_t golden[] = {
	0x54, 0x49, 0x43, 0x4b, 0x53, 0x45, 0x47, 0x0a, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x57, 0x65, 0xf2, 0x1e, 0x35, 0x05, 0xeb, 0x2d,
	0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x2c, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x30, 0x00, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
	0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x10, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x08, 0x00, 0x01, 0x03, 0x73, 0x79, 0x6d, 0x02,
	0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x04, 0x73, 0x69, 0x7a, 0x65, 0x03, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x17, 0x60, 0x65, 0x3f, 0x06, 0xfb, 0x00, 0x3e, 0x05, 0x01, 0x02, 0x03, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x41, 0x41, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x42, 0x52, 0x4b, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x26, 0x76, 0x6e, 0x6f, 0xf2, 0xd2, 0x91, 0x08, 0x00, 0x03, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf4, 0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x09,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x41, 0x41, 0x42, 0x52, 0x4b, 0x54, 0x49, 0x43, 0x4b, 0x45, 0x4e, 0x44, 0x0a,
	0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
	0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x02, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x34, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xcd, 0x01, 0x81, 0x60, 0x38, 0xb1, 0x0a, 0x59,
	0x94, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x17, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x4a, 0x0b, 0x6b, 0x35, 0xea, 0x13, 0x8f, 0x6f, 0xab, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0xc8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xa3, 0x23, 0xb3, 0xe0, 0x0e, 0xd7, 0x97, 0x7a,
	0x73, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x25, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x85, 0x9b, 0xd9, 0xb7, 0xb9, 0x90, 0x27, 0xf6, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x58, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x53, 0xac, 0x21, 0x30, 0xdb, 0x43, 0x6e, 0x6f
};

static void
test_golden(void)
{
	static const int64_t sizes[] = {100, 300, 100};
	TickBuffer	image;
	TickSegmentReader *reader;
	TickSymbolEntry entry;
	TickSymbolStats stats;
	TickCursor *cursor;
	const TickVector *vector;
	TickError	error = {0};
	uint64_t	first;
	uint32_t	rows;

	tick_buffer_init(&image, &tick_memory_malloc);
	tick_buffer_append(&image, golden, sizeof(golden), &error);
	CHECK_INT(open_image(&image, test_uuid, &reader, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	CHECK_TEXT(tick_segment_schema(reader)->column[0].field, "sym");
	CHECK_TEXT(tick_segment_schema(reader)->column[1].field, "size");
	tick_segment_symbol(reader, 1, &entry);
	CHECK(tick_string_compare(entry.name, (TickString) {"BRK", 3}) == 0);
	CHECK(entry.code == 9 && entry.first_row == 2 && entry.rows == 1 && !entry.is_null);
	CHECK_INT(tick_segment_symbol_stats(reader, 0, &stats, &error), TICK_OK);
	CHECK_INT(stats.trades, 2);
	CHECK_INT(tick_segment_zone_map(reader, 0, 1)->sum.units, 500);
	CHECK_INT(tick_segment_verify(reader, &tick_memory_malloc, TICK_VERIFY_FULL, NULL, &error), TICK_OK);
	CHECK_INT(tick_cursor_create(&cursor, &tick_memory_malloc, reader, tick_segment_schema(reader)->column, 2, &error), TICK_OK);
	CHECK_INT(tick_cursor_next(cursor, &first, &rows, &error), TICK_OK);
	CHECK_INT(rows, 3);
	CHECK_INT(tick_cursor_column(cursor, 1, &vector, &error), TICK_OK);
	CHECK(memcmp(vector->i64, sizes, sizeof(sizes)) == 0);
	CHECK_INT(tick_cursor_column(cursor, 0, &vector, &error), TICK_OK);
	CHECK_INT(tick_string_compare(vector->text[1], (TickString) {"AA", 2}), 0);
	tick_cursor_free(cursor);
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
}

int
main(void)
{
	RUN(test_every_byte);
	RUN(test_forged);
	RUN(test_forged_fields);
	RUN(test_forged_order);
	RUN(test_golden);
	return unit_report("segment_damage");
}
