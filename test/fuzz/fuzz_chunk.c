/*-------------------------------------------------------------------------
 *
 * fuzz_chunk.c
 *	  Open and decode arbitrary bytes as a column chunk.
 *
 * The first byte gives the type; the number of rows is taken from where the
 * chunk itself has it, or else nothing would get past the header.  What
 * decodes is encoded again and must then decode to the same.
 *
 *	  clang -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined -Isrc \
 *		  test/fuzz/fuzz_chunk.c src/core/{bitpack,encoding*,hash,memory,status,sum,vector}.c -lm
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/encoding.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t words[TICK_ROW_GROUP_ROWS];
static TickString texts[TICK_ROW_GROUP_ROWS];
static uint64_t validity[TICK_ROW_GROUP_ROWS / 64];

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* Decode all batches into words or texts and validity. */
static TickStatus
decode_all(TickChunk *chunk, TickType type, uint32_t rows)
{
	uint32_t	codes[TICK_BATCH_ROWS];
	TickError	error;
	bool		has_nulls;

	for (uint32_t first = 0; first < rows; first += TICK_BATCH_ROWS)
	{
		TickVector	batch = {.codes = codes, .validity = validity + first / 64};

		if (type == TICK_TEXT)
			batch.text = texts + first;
		else
			batch.i64 = words + first;
		memset(batch.validity, 0xff, TICK_BATCH_ROWS / 8);
		TICK_TRY(tick_chunk_decode(chunk, first / TICK_BATCH_ROWS, &batch, &has_nulls, &error));
		for (uint32_t i = 0; i < batch.rows && batch.dictionary != NULL; i++)
			require(codes[i] < batch.dictionary_size);
	}
	return TICK_OK;
}

/* A number that changes with any value, length or presence. */
static uint64_t
digest(TickType type, uint32_t rows)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < rows; i++)
	{
		uint64_t	value = tick_bit_get(validity, i);

		if (type == TICK_TEXT)
		{
			value += 2 * (uint64_t) texts[i].length;
			for (uint32_t j = 0; j < texts[i].length && j < 64; j++)
				value = value * 257 + (uint8_t) texts[i].data[j];
		}
		else
			value += 2 * (uint64_t) words[i];
		sum = (sum ^ value) * UINT64_C(0x9e3779b97f4a7c15) + i;
	}
	return sum;
}

static void
encode_again(TickType type, uint32_t rows)
{
	static TickChunkEncoder *encoder;
	TickVector	vector = {.type = type, .rows = rows, .validity = validity};
	TickZoneMap zone_map;
	TickEncoding encoding;
	TickBuffer	buffer;
	TickChunk  *chunk;
	TickError	error;
	uint64_t	before = digest(type, rows);

	if (encoder == NULL)
		require(tick_chunk_encoder_create(&encoder, &tick_memory_malloc, &error) == TICK_OK);
	if (type == TICK_TEXT)
		vector.text = texts;
	else
		vector.i64 = words;
	tick_buffer_init(&buffer, &tick_memory_malloc);
	require(tick_chunk_encode(encoder, &vector, &buffer, &zone_map, &encoding, &error) == TICK_OK);
	require(tick_chunk_open(&chunk, &tick_memory_malloc, buffer.data, buffer.length, type, 0, rows, &error) == TICK_OK);
	require(decode_all(chunk, type, rows) == TICK_OK);
	require(digest(type, rows) == before);
	tick_chunk_close(chunk);
	tick_buffer_free(&buffer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TickType	type;
	uint32_t	rows;
	TickChunk  *chunk;
	TickError	error;

	if (size < 9)
		return 0;
	type = (TickType) (TICK_BOOL + data[0] % TICK_TEXT);
	rows = data[5] | data[6] << 8 | (uint32_t) data[7] << 16;
	if (tick_chunk_open(&chunk, &tick_memory_malloc, data + 1, size - 1, type, 0, rows, &error) != TICK_OK)
		return 0;
	if (decode_all(chunk, type, rows) == TICK_OK)
		encode_again(type, rows);
	tick_chunk_close(chunk);
	return 0;
}
