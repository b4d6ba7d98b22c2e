/*-------------------------------------------------------------------------
 *
 * encoding.c
 *	  One column chunk: the values of one column in one row group, encoded.
 *
 * CHUNK FORMAT.  All numbers are little-endian; nothing is aligned.
 *
 *	  OFFSET  SIZE  DESCRIPTION
 *		   0	 1	encoding (TickEncoding)
 *		   1	 1	encoding of the stream (0 .. 4); the same as above for
 *					numbers that are no ALP doubles
 *		   2	 1	exponent e of TICK_ALP, else 0
 *		   3	 1	nulls: 0 none, 1 all rows, 2 some
 *		   4	 4	rows, 1 .. 65536
 *		   8	 p	nulls 2: presence, a bit a row in 64-bit words, set where
 *					there is a value; bits beyond the rows are 0
 *	   8 + p		the values (nothing when nulls is 1)
 *
 * Values are those of the rows that are not null, in row order.  Batch b has
 * the values of rows b * 1024 .. b * 1024 + 1023, so it may have fewer, or none.
 *
 *	  integers, booleans, decimals, dates, times, stamps:	stream
 *	  doubles, encoding ALP:								stream of mantissas, exceptions
 *	  doubles, any other encoding:							stream of bit patterns
 *	  text, encoding dictionary or constant:				dictionary, stream of codes
 *	  text, encoding plain:									stream of lengths, text
 *
 * STREAM, by its encoding (n values, B batches):
 *
 *	  constant	 8			the value
 *	  plain		 8 * n		the values
 *	  for, delta, rle:
 *				 8			multiplier m
 *				 4 * (B+1)	where each batch begins, from the first; the last
 *							is where all end
 *				 ...		batches; one without values takes no byte
 *
 *	  batch, for:	frame of the values
 *	  batch, delta: first value (8), frame of the differences that follow
 *					(absent when there is but one value)
 *	  batch, rle:	number of runs (2), frame of the runs' values, frame of
 *					their lengths (with m = 1)
 *
 * FRAME of k integers, each base + m * (low | high << w), modulo 2^64:
 *
 *		   0	 8	base
 *		   8	 1	w, bits of low, 0 .. 64
 *		   9	 1	h, bits of high, 0 .. 64 - w; 0 without exceptions
 *		  10	 2	x, number of exceptions: integers whose high is not 0
 *		  12		k * w bits, rounded up to bytes: low of every integer
 *		   .   2x	positions of the exceptions
 *		   .		x * h bits, rounded up to bytes: their high
 *
 * EXCEPTIONS of TICK_ALP, doubles that are not mantissa / 10^e:
 *
 *		   0	 4	number x; nothing follows when it is 0
 *		   4	 4 * (B+1)	the first exception of each batch, and x
 *		   .   2x	positions among the batch's values
 *		   .   8x	bit patterns
 *
 * DICTIONARY of s strings in ascending order (bytes, shorter first):
 *
 *		   0	 4	s, 1 .. rows (1 when the encoding is constant)
 *		   4	 1	w, bits of a length, 0 .. 32
 *		   5		s * w bits, rounded up to bytes: lengths
 *		   .		the strings' bytes
 *
 * TEXT:	8 * (B+1) bytes: where each batch's bytes begin; then the bytes.
 *
 * EXAMPLE.  Six prices 10.5, 10.25, 10.5, 10.5, 10.25, 10.75 as doubles:
 * mantissas 1050, 1025, ... at e = 2, the least 1025, their distances from it
 * divisible by 25: 1 0 1 1 0 2, of two bits each.
 *
 *	  06 03 02 00  06 00 00 00							ALP of FOR, e = 2, 6 rows
 *	  19 00 00 00 00 00 00 00							m = 25
 *	  00 00 00 00  0e 00 00 00							batch 0 is bytes 0 .. 13
 *	  01 04 00 00 00 00 00 00  02  00  00 00  51 08		base 1025, w = 2
 *	  00 00 00 00										no exceptions
 *
 *-------------------------------------------------------------------------
 */
#include "core/encoding_internal.h"

#define HEADER_BYTES 8

#define NULLS_NONE 0
#define NULLS_ALL 1
#define NULLS_SOME 2

const char *
tick_encoding_name(TickEncoding encoding)
{
	switch (encoding)
	{
		case TICK_PLAIN:
			return "plain";
		case TICK_CONSTANT:
			return "constant";
		case TICK_RLE:
			return "rle";
		case TICK_FOR:
			return "for";
		case TICK_DELTA:
			return "delta";
		case TICK_DICTIONARY:
			return "dictionary";
		case TICK_ALP:
			return "alp";
	}
	return "?";
}

/* ---- the encoder ---- */

TickStatus
tick_scratch(TickChunkEncoder *encoder, void **array, size_t elements, size_t size, TickError *error)
{
	if (*array != NULL)
		return TICK_OK;
	*array = tick_alloc_array(&encoder->memory, elements, size);
	return *array != NULL ? TICK_OK : tick_error_set(error, TICK_NOMEM, "out of memory");
}

TickStatus
tick_chunk_encoder_create(TickChunkEncoder **encoder, const TickMemory *memory, TickError *error)
{
	*encoder = tick_alloc_zero(memory, sizeof(TickChunkEncoder));
	if (*encoder == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	(*encoder)->memory = *memory;
	return TICK_OK;
}

void
tick_chunk_encoder_free(TickChunkEncoder *encoder)
{
	TickMemory	memory;

	if (encoder == NULL)
		return;
	memory = encoder->memory;
	tick_free(&memory, encoder->dense);
	tick_free(&memory, encoder->mantissas);
	tick_free(&memory, encoder->reduced);
	tick_free(&memory, encoder->bits);
	tick_free(&memory, encoder->exception_positions);
	tick_free(&memory, encoder->exception_bits);
	tick_free(&memory, encoder->dense_text);
	tick_free(&memory, encoder->dense_codes);
	tick_free(&memory, encoder->distinct);
	tick_free(&memory, encoder->table);
	tick_free(&memory, encoder->order);
	tick_free(&memory, encoder->merged);
	tick_free(&memory, encoder);
}

/* The word of presence bits that begins at row; those beyond the rows are 0. */
static inline uint64_t
presence_word(const TickVector *values, uint32_t row)
{
	uint64_t	word = values->validity != NULL ? values->validity[row / 64] : UINT64_MAX;

	return values->rows - row < 64 ? word & ((UINT64_C(1) << (values->rows - row)) - 1) : word;
}

/* Fill in where the batches' values begin; returns the number of values. */
static uint32_t
count_values(TickBatches *batches, const TickVector *values)
{
	uint32_t	present = 0;

	batches->count = 0;
	for (uint32_t row = 0; row < values->rows; row += 64)
	{
		if (row % TICK_BATCH_ROWS == 0)
			batches->start[batches->count++] = present;
		present += __builtin_popcountll(presence_word(values, row));
	}
	batches->start[batches->count] = present;
	return present;
}

/* Copy the elements of the rows that are not null, without gaps. */
static void
compact(void *out, const void *in, size_t size, const TickVector *values)
{
	uint8_t    *to = out;
	const uint8_t *from = in;

	for (uint32_t row = 0; row < values->rows; row += 64)
	{
		uint64_t	word = presence_word(values, row);

		if (word == UINT64_MAX)
		{
			memcpy(to, from + row * size, 64 * size);
			to += 64 * size;
			continue;
		}
		for (; word != 0; word &= word - 1, to += size)
			memcpy(to, from + (row + __builtin_ctzll(word)) * size, size);
	}
}

static TickStatus
encode_text(TickChunkEncoder *encoder, const TickVector *values, bool nulls, TickBuffer *out,
			TickZoneMap *zone_map, TickChunkHead *head, TickError *error)
{
	const TickString *text = values->text;
	const uint32_t *codes = values->codes;

	if (nulls)
	{
		if (text != NULL)
		{
			TICK_TRY(TICK_SCRATCH(encoder, dense_text, TICK_ROW_GROUP_ROWS, error));
			compact(encoder->dense_text, text, sizeof(*text), values);
			text = encoder->dense_text;
		}
		if (codes != NULL)
		{
			TICK_TRY(TICK_SCRATCH(encoder, dense_codes, TICK_ROW_GROUP_ROWS, error));
			compact(encoder->dense_codes, codes, sizeof(*codes), values);
			codes = encoder->dense_codes;
		}
	}
	return tick_encode_text(encoder, text, codes, values->dictionary, values->dictionary_size,
							out, zone_map, head, error);
}

static TickStatus
encode_numbers(TickChunkEncoder *encoder, const TickVector *values, bool nulls, TickBuffer *out,
			   TickZoneMap *zone_map, TickChunkHead *head, TickError *error)
{
	const int64_t *numbers = values->i64;
	TickStreamPlan plan;

	if (nulls)
	{
		compact(encoder->dense, values->i64, sizeof(int64_t), values);
		numbers = encoder->dense;
	}
	if (values->type == TICK_DOUBLE)
		return tick_encode_double(encoder, nulls ? (const double *) (const void *) encoder->dense : values->f64,
								  out, zone_map, head, error);
	tick_stream_plan(&plan, numbers, &encoder->batches, encoder->reduced, true);
	tick_zone_map_integers(zone_map, values->type, values->scale, &plan, numbers,
						   encoder->batches.start[encoder->batches.count]);
	head->encoding = head->inner = plan.encoding;
	return tick_stream_write(&plan, numbers, &encoder->batches, out, error);
}

/* Append header and presence; the header is filled in when the encoding is known. */
static TickStatus
begin_chunk(const TickVector *values, uint32_t present, TickBuffer *out, TickError *error)
{
	size_t		words = present > 0 && present < values->rows ? tick_bit_words(values->rows) : 0;

	TICK_TRY(tick_buffer_reserve(out, HEADER_BYTES + 8 * words, error));
	memset(out->data + out->length, 0, HEADER_BYTES);
	out->length += HEADER_BYTES;
	for (size_t i = 0; i < words; i++)
		TICK_TRY(tick_append_word(out, presence_word(values, 64 * i), 8, error));
	return TICK_OK;
}

static TickStatus
encode_chunk(TickChunkEncoder *encoder, const TickVector *values,
			 TickBuffer *out, TickZoneMap *zone_map, TickChunkHead *head, TickError *error)
{
	size_t		start = out->length;
	uint32_t	present = count_values(&encoder->batches, values);
	bool		nulls = present < values->rows;
	uint8_t    *header;

	TICK_TRY(TICK_SCRATCH(encoder, dense, TICK_ROW_GROUP_ROWS, error));
	TICK_TRY(TICK_SCRATCH(encoder, mantissas, TICK_ROW_GROUP_ROWS, error));
	TICK_TRY(TICK_SCRATCH(encoder, reduced, TICK_ROW_GROUP_ROWS, error));
	tick_zone_map_init(zone_map);
	zone_map->rows = values->rows;
	zone_map->nulls = values->rows - present;
	zone_map->has_sum = values->type == TICK_INT || values->type == TICK_DECIMAL || values->type == TICK_DOUBLE;
	TICK_TRY(begin_chunk(values, present, out, error));
	if (present > 0 && tick_type_is_text(values->type))
		TICK_TRY(encode_text(encoder, values, nulls, out, zone_map, head, error));
	else if (present > 0)
		TICK_TRY(encode_numbers(encoder, values, nulls, out, zone_map, head, error));
	header = out->data + start;
	header[0] = (uint8_t) head->encoding;
	header[1] = (uint8_t) head->inner;
	header[2] = head->exponent;
	header[3] = present == 0 ? NULLS_ALL : nulls ? NULLS_SOME : NULLS_NONE;
	tick_put_word(header + 4, values->rows, 4);
	return TICK_OK;
}

/* On an error out is as it was. */
TickStatus
tick_chunk_encode(TickChunkEncoder *encoder, const TickVector *values,
				  TickBuffer *out, TickZoneMap *zone_map,
				  TickEncoding *encoding, TickError *error)
{
	TickChunkHead head = {TICK_CONSTANT, TICK_CONSTANT, 0};
	size_t		start = out->length;
	TickStatus	status;

	if (values->rows == 0 || values->rows > TICK_ROW_GROUP_ROWS)
		return tick_error_set(error, TICK_BAD_INPUT, "a column chunk cannot have %u rows", values->rows);
	status = encode_chunk(encoder, values, out, zone_map, &head, error);
	if (status != TICK_OK)
		out->length = start;
	*encoding = head.encoding;
	return status;
}

/* ---- the opened chunk ---- */

/* Take the presence bits and find where the batches' values begin. */
static TickStatus
open_presence(TickChunk *chunk, int nulls, TickBytes *in, TickError *error)
{
	uint32_t	present = 0;

	chunk->batches.count = (chunk->rows + TICK_BATCH_ROWS - 1) / TICK_BATCH_ROWS;
	chunk->all_null = nulls == NULLS_ALL;
	if (nulls == NULLS_SOME)
	{
		chunk->presence = tick_take(in, 8 * tick_bit_words(chunk->rows));
		if (chunk->presence == NULL)
			return tick_chunk_corrupt(error, "presence bits are missing");
	}
	else
	{
		for (uint32_t batch = 0; batch < chunk->batches.count; batch++)
			chunk->batches.start[batch] = nulls == NULLS_NONE ? batch * TICK_BATCH_ROWS : 0;
		chunk->batches.start[chunk->batches.count] = nulls == NULLS_NONE ? chunk->rows : 0;
		return TICK_OK;
	}
	for (uint32_t row = 0; row < chunk->rows; row += 64)
	{
		uint32_t	rows = chunk->rows - row < 64 ? chunk->rows - row : 64;
		uint64_t	word = tick_get_word(chunk->presence + row / 8, 8);

		if (rows < 64 && word >> rows != 0)
			return tick_chunk_corrupt(error, "presence bits are set beyond the rows");
		if (row % TICK_BATCH_ROWS == 0)
			chunk->batches.start[row / TICK_BATCH_ROWS] = present;
		present += (uint32_t) __builtin_popcountll(word);
	}
	chunk->batches.start[chunk->batches.count] = present;
	if (present == 0 || present == chunk->rows)
		return tick_chunk_corrupt(error, "presence bits are all the same");
	return TICK_OK;
}

static TickStatus
open_chunk(TickChunk *chunk, TickBytes *in, TickError *error)
{
	const uint8_t *header = tick_take(in, HEADER_BYTES);
	TickChunkHead head;

	if (header == NULL)
		return tick_chunk_corrupt(error, "the header is missing");
	if (header[0] > TICK_ALP || header[1] > TICK_DELTA || header[3] > NULLS_SOME ||
		tick_get_word(header + 4, 4) != chunk->rows)
		return tick_chunk_corrupt(error, "the header is wrong");
	head.encoding = (TickEncoding) header[0];
	head.inner = (TickEncoding) header[1];
	head.exponent = header[2];
	chunk->encoding = head.encoding;
	TICK_TRY(open_presence(chunk, header[3], in, error));
	if (!chunk->all_null)
	{
		if (tick_type_is_text(chunk->type))
			TICK_TRY(tick_open_text(chunk, &head, in, error));
		else if (chunk->type == TICK_DOUBLE)
			TICK_TRY(tick_open_double(chunk, &head, in, error));
		else
			TICK_TRY(tick_stream_open(&chunk->stream, head.encoding, in, &chunk->batches, error));
	}
	if (in->length > 0)
		return tick_chunk_corrupt(error, "bytes are left at its end");
	return TICK_OK;
}

TickStatus
tick_chunk_open(TickChunk **chunk, const TickMemory *memory,
				const uint8_t *data, size_t length,
				TickType type, uint8_t scale, uint32_t rows,
				TickError *error)
{
	TickBytes	in = {data, length};
	TickChunk  *opened;
	TickStatus	status;

	*chunk = NULL;
	if (rows == 0 || rows > TICK_ROW_GROUP_ROWS)
		return tick_chunk_corrupt(error, "the number of rows is wrong");
	opened = tick_alloc_zero(memory, sizeof(TickChunk));
	if (opened == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	opened->memory = *memory;
	opened->type = type;
	opened->scale = scale;
	opened->rows = rows;
	status = open_chunk(opened, &in, error);
	if (status != TICK_OK)
		tick_chunk_close(opened);
	else
		*chunk = opened;
	return status;
}

void
tick_chunk_close(TickChunk *chunk)
{
	TickMemory	memory;

	if (chunk == NULL)
		return;
	memory = chunk->memory;
	tick_free(&memory, chunk->dictionary);
	tick_free(&memory, chunk);
}

TickEncoding
tick_chunk_encoding(const TickChunk *chunk)
{
	return chunk->encoding;
}

/* ---- decoding ---- */

/*
 * Spread values over the rows that have one, from the last row backward, so
 * that no value is overwritten before it is moved; the others get zeros.
 * For leading nulls the loop reads the first value, and keeps nothing of it.
 */
static void
spread_words(void *values, uint32_t count, const uint64_t *validity, uint32_t rows)
{
	uint8_t    *p = values;
	uint64_t	word;

	for (uint32_t row = rows; row-- > 0;)
	{
		uint64_t	present = validity[row / 64] >> (row % 64) & 1;

		count -= (uint32_t) present;
		memcpy(&word, p + 8 * (size_t) count, 8);
		word &= -present;
		memcpy(p + 8 * (size_t) row, &word, 8);
	}
}

/* The same for text and its codes, which may be NULL. */
static void
spread_text(TickString *values, uint32_t *codes, uint32_t count, const uint64_t *validity, uint32_t rows)
{
	for (uint32_t row = rows; row-- > 0;)
	{
		bool		present = tick_bit_get(validity, row);

		count -= present;
		values[row] = present ? values[count] : (TickString) {"", 0};
		if (codes != NULL)
			codes[row] = present ? codes[count] : 0;
	}
}

/* Set validity of a batch; returns whether any row is null. */
static bool
decode_presence(const TickChunk *chunk, uint32_t batch, uint32_t rows, uint64_t *validity)
{
	uint32_t	words = (uint32_t) tick_bit_words(rows);

	if (tick_batch_values(&chunk->batches, batch) == rows)
		return false;
	if (chunk->all_null)
		memset(validity, 0, words * sizeof(uint64_t));
	else
	{
		for (uint32_t i = 0; i < words; i++)
			validity[i] = tick_get_word(chunk->presence + batch * (TICK_BATCH_ROWS / 8) + 8 * i, 8);
	}
	return true;
}

static TickStatus
decode_text(const TickChunk *chunk, uint32_t batch, TickVector *out, bool has_nulls, TickError *error)
{
	uint32_t   *codes = chunk->dictionary != NULL ? out->codes : NULL;
	uint32_t	count = tick_batch_values(&chunk->batches, batch);

	out->dictionary = chunk->dictionary;
	out->dictionary_size = chunk->dictionary_size;
	if (count > 0)
		TICK_TRY(tick_decode_text(chunk, batch, out->text, codes, error));
	if (has_nulls)
		spread_text(out->text, codes, count, out->validity, out->rows);
	return TICK_OK;
}

static TickStatus
decode_numbers(const TickChunk *chunk, uint32_t batch, TickVector *out, bool has_nulls, TickError *error)
{
	uint32_t	count = tick_batch_values(&chunk->batches, batch);
	uint64_t	bits = 0;

	if (count > 0 && chunk->type == TICK_DOUBLE)
		TICK_TRY(tick_decode_double(chunk, batch, out->f64, error));
	else if (count > 0)
		TICK_TRY(tick_stream_read(&chunk->stream, &chunk->batches, batch, out->i64, error));
	if (chunk->type == TICK_BOOL)
	{
		for (uint32_t i = 0; i < count; i++)
			bits |= (uint64_t) out->i64[i];
		if (bits > 1)
			return tick_chunk_corrupt(error, "a boolean is neither 0 nor 1");
	}
	if (has_nulls)
		spread_words(out->i64, count, out->validity, out->rows);
	return TICK_OK;
}

TickStatus
tick_chunk_decode(TickChunk *chunk, uint32_t batch, TickVector *out,
				  bool *has_nulls, TickError *error)
{
	uint32_t	first = batch * TICK_BATCH_ROWS;

	if (batch >= chunk->batches.count)
		return tick_error_set(error, TICK_BAD_INPUT, "column chunk has no batch %u", batch);
	out->type = chunk->type;
	out->scale = chunk->scale;
	out->rows = chunk->rows - first < TICK_BATCH_ROWS ? chunk->rows - first : TICK_BATCH_ROWS;
	out->dictionary = NULL;
	out->dictionary_size = 0;
	*has_nulls = decode_presence(chunk, batch, out->rows, out->validity);
	if (tick_type_is_text(chunk->type))
		return decode_text(chunk, batch, out, *has_nulls, error);
	return decode_numbers(chunk, batch, out, *has_nulls, error);
}

TickStatus
tick_chunk_decode_decimals(TickChunk *chunk, uint32_t batch, TickVector *out, int *bits,
						   bool *decimals, bool *has_nulls, TickError *error)
{
	uint32_t	first = batch * TICK_BATCH_ROWS;
	uint32_t	count;

	if (batch >= chunk->batches.count)
		return tick_error_set(error, TICK_BAD_INPUT, "column chunk has no batch %u", batch);
	*decimals = chunk->type == TICK_DOUBLE && !chunk->all_null && chunk->encoding == TICK_ALP;
	if (!*decimals)
		return TICK_OK;
	count = tick_batch_values(&chunk->batches, batch);
	out->type = TICK_DECIMAL;
	out->scale = chunk->exponent;
	out->rows = chunk->rows - first < TICK_BATCH_ROWS ? chunk->rows - first : TICK_BATCH_ROWS;
	out->dictionary = NULL;
	out->dictionary_size = 0;
	*has_nulls = decode_presence(chunk, batch, out->rows, out->validity);
	*bits = 0;
	if (count > 0)
		TICK_TRY(tick_decode_decimals(chunk, batch, out->i64, &out->scale, bits, decimals, error));
	if (*has_nulls && *decimals)
		spread_words(out->i64, count, out->validity, out->rows);
	return TICK_OK;
}

int
tick_chunk_batch_bits(const TickChunk *chunk, uint32_t batch)
{
	if (batch >= chunk->batches.count || (chunk->type != TICK_INT && chunk->type != TICK_DECIMAL))
		return TICK_BITS_UNKNOWN;
	if (chunk->all_null || tick_batch_values(&chunk->batches, batch) == 0)
		return 0;
	return tick_stream_bits(&chunk->stream, &chunk->batches, batch);
}

/* Spread codes as spread_text() does. */
static void
spread_codes(uint32_t *codes, uint32_t count, const uint64_t *validity, uint32_t rows)
{
	for (uint32_t row = rows; row-- > 0;)
	{
		bool		present = tick_bit_get(validity, row);

		count -= present;
		codes[row] = present ? codes[count] : 0;
	}
}

TickStatus
tick_chunk_decode_codes(TickChunk *chunk, uint32_t batch, TickVector *out,
						bool *has_codes, bool *has_nulls, TickError *error)
{
	uint32_t	first = batch * TICK_BATCH_ROWS;
	uint32_t	count;

	if (batch >= chunk->batches.count)
		return tick_error_set(error, TICK_BAD_INPUT, "column chunk has no batch %u", batch);
	*has_codes = chunk->type == TICK_TEXT && !chunk->all_null && chunk->dictionary != NULL;
	if (!*has_codes)
		return TICK_OK;
	count = tick_batch_values(&chunk->batches, batch);
	out->type = TICK_TEXT;
	out->rows = chunk->rows - first < TICK_BATCH_ROWS ? chunk->rows - first : TICK_BATCH_ROWS;
	out->dictionary = chunk->dictionary;
	out->dictionary_size = chunk->dictionary_size;
	*has_nulls = decode_presence(chunk, batch, out->rows, out->validity);
	if (count > 0)
		TICK_TRY(tick_decode_codes(chunk, batch, out->codes, error));
	if (*has_nulls)
		spread_codes(out->codes, count, out->validity, out->rows);
	return TICK_OK;
}

bool
tick_chunk_batch_map(const TickChunk *chunk, uint32_t batch, TickZoneMap *map)
{
	uint32_t	first = batch * TICK_BATCH_ROWS;
	int64_t		low,
				high;
	double		power;

	if (chunk->all_null || chunk->type == TICK_TEXT || tick_batch_values(&chunk->batches, batch) == 0 ||
		(chunk->type == TICK_DOUBLE && (chunk->encoding != TICK_ALP || !tick_double_batch_is_plain(chunk, batch))) ||
		!tick_stream_bounds(&chunk->stream, &chunk->batches, batch, &low, &high))
		return false;
	tick_zone_map_init(map);
	map->rows = chunk->rows - first < TICK_BATCH_ROWS ? chunk->rows - first : TICK_BATCH_ROWS;
	map->nulls = map->rows - tick_batch_values(&chunk->batches, batch);
	map->has_range = true;
	if (chunk->type == TICK_DOUBLE)
	{
		/* the quotient never descends while the mantissa ascends */
		power = (double) tick_power_of_ten[chunk->exponent];
		map->min_f64 = (double) low / power;
		map->max_f64 = (double) high / power;
	}
	else
	{
		map->min_i64 = low;
		map->max_i64 = high;
	}
	return true;
}
