/*-------------------------------------------------------------------------
 *
 * test_encoding_damage.c
 *	  Damaged column chunks are an error or decode to something, and nothing
 *	  is read or written outside; memory that runs out is an error too.
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

/* ---- memory that runs out ---- */

static int	allocations_left;
static int	blocks_held;

static void *
scarce_resize(void *context, void *pointer, size_t size)
{
	void	   *block;

	(void) context;
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	block = realloc(pointer, size);
	if (pointer == NULL && block != NULL)
		blocks_held++;
	return block;
}

static void
scarce_release(void *context, void *pointer)
{
	(void) context;
	blocks_held--;
	free(pointer);
}

static const TickMemory scarce_memory = {scarce_resize, scarce_release, NULL};

/* Encode and open with so many allocations; what was appended before stays. */
static TickStatus
encode_and_open(TickVector *vector, int allocations)
{
	TickChunkEncoder *scarce = NULL;
	TickBuffer	out;
	TickZoneMap zone_map;
	TickEncoding encoding;
	TickChunk  *chunk = NULL;
	TickError	error;
	TickStatus	status;

	allocations_left = allocations;
	tick_buffer_init(&out, &scarce_memory);
	status = tick_chunk_encoder_create(&scarce, &scarce_memory, &error);
	if (status == TICK_OK)
	{
		status = tick_chunk_encode(scarce, vector, &out, &zone_map, &encoding, &error);
		if (status != TICK_OK)
			CHECK_INT(out.length, 0);
	}
	if (status == TICK_OK)
		status = tick_chunk_open(&chunk, &scarce_memory, out.data, out.length, vector->type, 0, vector->rows, &error);
	tick_chunk_close(chunk);
	tick_chunk_encoder_free(scarce);
	tick_buffer_free(&out);
	return status;
}

/* Each allocation in turn fails; nothing is left behind. */
static void
test_out_of_memory(void)
{
	static const int shapes[] = {4, 5, 10, 1, 2};
	uint64_t	seed = 10;

	for (int i = 0; i < 5; i++)
	{
		TickVector	vector = {.rows = 3000};
		TickStatus	status = TICK_NOMEM;
		int			allocations = 0;

		vector.type = i == 0 ? TICK_STAMP : i < 3 ? TICK_DOUBLE : TICK_TEXT;
		for (uint32_t row = 0; row < vector.rows; row++)
		{
			numbers[row] = int_value(shapes[i], row, &seed, row > 0 ? numbers[row - 1] : 0);
			doubles[row] = double_value(shapes[i], row, &seed);
			texts[row] = text_value(shapes[i], row, &seed);
		}
		if (vector.type == TICK_TEXT)
			vector.text = texts;
		else if (vector.type == TICK_DOUBLE)
			vector.f64 = doubles;
		else
			vector.i64 = numbers;
		vector.validity = make_validity(4, vector.rows, &seed);
		for (; status == TICK_NOMEM && allocations < 100; allocations++)
		{
			status = encode_and_open(&vector, allocations);
			CHECK(status == TICK_OK || status == TICK_NOMEM);
			CHECK_INT(blocks_held, 0);
		}
		CHECK_INT(status, TICK_OK);
		CHECK(allocations > 5);
	}
}

int
main(void)
{
	TickError	error;

	CHECK_INT(tick_chunk_encoder_create(&encoder, &tick_memory_malloc, &error), TICK_OK);
	tick_buffer_init(&buffer, &tick_memory_malloc);
	RUN(test_damage);
	RUN(test_out_of_memory);
	tick_buffer_free(&buffer);
	tick_chunk_encoder_free(encoder);
	return unit_report("damage");
}
