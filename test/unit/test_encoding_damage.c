/*-------------------------------------------------------------------------
 *
 * test_encoding_damage.c
 *	  Damaged column chunks are an error or decode to something, and nothing
 *	  is read or written outside.
 *
 * Every try decodes a copy of exactly the chunk's size into arrays of exactly
 * the promised size, so that the sanitizers see any step beyond.
 *
 *-------------------------------------------------------------------------
 */
#include "encoding_values.h"

static TickChunkEncoder *encoder;
static TickBuffer buffer;
static int64_t numbers[MOST];
static double doubles[MOST];
static TickString texts[MOST];

static TickVector
batch_vector(TickType type)
{
	TickVector	batch;
	TickError	error;

	CHECK_INT(tick_vector_init(&batch, &tick_memory_malloc, type, 0, TICK_BATCH_ROWS, true, &error), TICK_OK);
	batch.codes = malloc(TICK_BATCH_ROWS * sizeof(uint32_t));
	return batch;
}

/* Open and decode whatever the bytes are; any status will do. */
static TickStatus
try_decode(const uint8_t *bytes, size_t length, TickType type, uint32_t rows, TickVector *batch)
{
	uint8_t    *copy = malloc(length > 0 ? length : 1);
	TickChunk  *chunk;
	TickError	error;
	TickStatus	status;
	bool		has_nulls;

	memcpy(copy, bytes, length);
	status = tick_chunk_open(&chunk, &tick_memory_malloc, copy, length, type, 0, rows, &error);
	CHECK_INT(status == TICK_OK, chunk != NULL);
	if (status == TICK_OK)
	{
		for (uint32_t b = 0; b * TICK_BATCH_ROWS < rows && status == TICK_OK; b++)
			status = tick_chunk_decode(chunk, b, batch, &has_nulls, &error);
		tick_chunk_close(chunk);
	}
	CHECK(status == TICK_OK || status == TICK_CORRUPT);
	free(copy);
	return status;
}

/* Every truncation is an error; every flipped byte is an error or harmless. */
static void
damage(TickVector *vector, uint64_t *seed)
{
	TickVector	batch = batch_vector(vector->type);
	TickZoneMap zone_map;
	TickEncoding encoding;
	TickError	error;
	uint8_t    *bytes;
	size_t		length;

	buffer.length = 0;
	CHECK_INT(tick_chunk_encode(encoder, vector, &buffer, &zone_map, &encoding, &error), TICK_OK);
	length = buffer.length;
	bytes = malloc(length + 1);
	memcpy(bytes, buffer.data, length);
	bytes[length] = 0;
	CHECK_INT(try_decode(bytes, length + 1, vector->type, vector->rows, &batch), TICK_CORRUPT);
	for (size_t cut = 0; cut < length; cut += cut < 200 ? 1 : 1 + unit_random(seed) % (length / 50 + 1))
		CHECK_INT(try_decode(bytes, cut, vector->type, vector->rows, &batch), TICK_CORRUPT);
	for (size_t at = 0; at < length; at += at < 300 ? 1 : 1 + unit_random(seed) % (length / 50 + 1))
	{
		uint8_t		was = bytes[at];

		for (int change = 0; change < 4; change++)
		{
			bytes[at] = change == 0 ? 0xff : change == 1 ? 0 : (uint8_t) unit_random(seed);
			try_decode(bytes, length, vector->type, vector->rows, &batch);
		}
		bytes[at] = was;
	}
	CHECK_INT(try_decode(bytes, length, vector->type, vector->rows + 1, &batch), TICK_CORRUPT);
	CHECK_INT(try_decode(bytes, length, vector->type, 0, &batch), TICK_CORRUPT);
	CHECK_INT(try_decode(bytes, length, vector->type, MOST + 1, &batch), TICK_CORRUPT);
	for (int type = TICK_BOOL; type <= TICK_TEXT; type++)
	{
		TickVector	other = batch_vector((TickType) type);

		try_decode(bytes, length, (TickType) type, vector->rows, &other);
		tick_vector_free(&other, &tick_memory_malloc);
	}
	free(bytes);
	tick_vector_free(&batch, &tick_memory_malloc);
}

static void
test_damage(void)
{
	static const uint32_t rows[] = {1, 100, 2100};
	uint64_t	seed = 8;

	for (int l = 0; l < 3; l++)
	{
		for (int shape = 0; shape < INT_SHAPES + DOUBLE_SHAPES + TEXT_SHAPES; shape++)
		{
			TickVector	vector = {.rows = rows[l]};
			int64_t		last = 0;

			vector.type = shape < INT_SHAPES ? TICK_INT : shape < INT_SHAPES + DOUBLE_SHAPES ? TICK_DOUBLE : TICK_TEXT;
			for (uint32_t i = 0; i < vector.rows; i++)
			{
				if (vector.type == TICK_INT)
					last = numbers[i] = int_value(shape, i, &seed, last);
				else if (vector.type == TICK_DOUBLE)
					doubles[i] = double_value(shape - INT_SHAPES, i, &seed);
				else
					texts[i] = text_value(shape - INT_SHAPES - DOUBLE_SHAPES, i, &seed);
			}
			if (vector.type == TICK_TEXT)
				vector.text = texts;
			else if (vector.type == TICK_DOUBLE)
				vector.f64 = doubles;
			else
				vector.i64 = numbers;
			vector.validity = make_validity(shape % 2 == 0 ? 0 : 4, vector.rows, &seed);
			damage(&vector, &seed);
		}
	}
}

int
main(void)
{
	TickError	error;

	CHECK_INT(tick_chunk_encoder_create(&encoder, &tick_memory_malloc, &error), TICK_OK);
	tick_buffer_init(&buffer, &tick_memory_malloc);
	RUN(test_damage);
	tick_buffer_free(&buffer);
	tick_chunk_encoder_free(encoder);
	return unit_report("damage");
}
