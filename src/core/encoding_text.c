/*-------------------------------------------------------------------------
 *
 * encoding_text.c
 *	  Text: a sorted dictionary and packed codes, or lengths and bytes.
 *
 * Distinct strings are found through a hash table, or taken from the
 * vector's own codes, which saves looking at the bytes.  They are sorted, so
 * that codes compare as the strings do and the ends are the zone map's.
 *
 *-------------------------------------------------------------------------
 */
#include "core/encoding_internal.h"
#include "core/hash.h"

/* More distinct strings than half of a large chunk's values never pay. */
#define DISTINCT_MAX(count) ((count) <= 1024 ? (count) : (count) / 2)
#define TABLE_SLOTS (2 * TICK_ROW_GROUP_ROWS)
#define FIRST_SLOTS 1024
#define NO_DICTIONARY UINT32_MAX

/* ---- the distinct strings ---- */

static inline uint32_t
slot_of(const TickTextSlot *distinct, uint32_t slots)
{
	unsigned __int128 product;
	uint64_t	hash = distinct->prefix ^ distinct->text.length;

	if (distinct->text.length > 8)
		hash ^= tick_hash64(distinct->text.data, distinct->text.length, 0);
	/* both halves, for short texts differ in high bits only */
	product = (unsigned __int128) hash * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t) ((uint64_t) (product >> 64) ^ (uint64_t) product >> 32) & (slots - 1);
}

static inline bool
same_text(const TickTextSlot *a, const TickTextSlot *b)
{
	return a->prefix == b->prefix && a->text.length == b->text.length &&
		(a->text.length <= 8 || memcmp(a->text.data, b->text.data, a->text.length) == 0);
}

/* Enter the first `count` distinct strings into an empty table of that many slots. */
static void
fill_table(TickChunkEncoder *encoder, uint32_t count, uint32_t slots)
{
	memset(encoder->table, 0, slots * sizeof(uint32_t));
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	slot = slot_of(&encoder->distinct[i], slots);

		while (encoder->table[slot] != 0)
			slot = (slot + 1) & (slots - 1);
		encoder->table[slot] = i + 1;
	}
}

/*
 * Fill encoder->distinct, and encoder->mantissas with each value's index in
 * it.  Returns how many there are, or NO_DICTIONARY when there are too many.
 * The table starts small, to stay in the nearest cache, and is at most half full.
 */
static uint32_t
distinct_by_hash(TickChunkEncoder *encoder, const TickString *values, uint32_t count)
{
	uint32_t	slots = FIRST_SLOTS;
	uint32_t	found = 0;
	uint32_t	last = 0;

	fill_table(encoder, 0, slots);
	for (uint32_t i = 0; i < count; i++)
	{
		TickTextSlot value = {tick_string_prefix(values[i]), values[i]};
		uint32_t	slot;

		slot = slot_of(&value, slots);
		while (encoder->table[slot] != 0 && !same_text(&value, &encoder->distinct[encoder->table[slot] - 1]))
			slot = (slot + 1) & (slots - 1);
		if (encoder->table[slot] == 0)
		{
			if (found == DISTINCT_MAX(count))
				return NO_DICTIONARY;
			encoder->distinct[found++] = value;
			encoder->table[slot] = found;
			last = found - 1;
			if (found * 2 > slots)
				fill_table(encoder, found, slots *= 4);
		}
		else
			last = encoder->table[slot] - 1;
		encoder->mantissas[i] = last;
	}
	return found;
}

/* The same for values that have codes: each code is looked up once. */
static uint32_t
distinct_by_code(TickChunkEncoder *encoder, const uint32_t *codes, const TickString *dictionary,
				 uint32_t dictionary_size, uint32_t count)
{
	uint32_t	found = 0;

	memset(encoder->table, 0, dictionary_size * sizeof(uint32_t));
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	code = codes[i];

		if (encoder->table[code] == 0)
		{
			if (found == DISTINCT_MAX(count))
				return NO_DICTIONARY;
			encoder->distinct[found].text = dictionary[code];
			encoder->distinct[found].prefix = tick_string_prefix(dictionary[code]);
			encoder->table[code] = ++found;
		}
		encoder->mantissas[i] = encoder->table[code] - 1;
	}
	return found;
}

static inline int
compare_distinct(const TickTextSlot *a, const TickTextSlot *b)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	return tick_string_compare(a->text, b->text);
}

/* Merge sort encoder->order, the indexes of `count` distinct strings. */
static void
sort_distinct(TickChunkEncoder *encoder, uint32_t count)
{
	uint32_t   *from = encoder->order;
	uint32_t   *to = encoder->merged;

	for (uint32_t i = 0; i < count; i++)
		from[i] = i;
	for (uint32_t width = 1; width < count; width *= 2)
	{
		uint32_t   *swap = from;

		for (uint32_t start = 0; start < count; start += 2 * width)
		{
			uint32_t	middle = count - start < width ? count : start + width;
			uint32_t	end = count - middle < width ? count : middle + width;
			uint32_t	a = start;
			uint32_t	b = middle;

			for (uint32_t i = start; i < end; i++)
			{
				if (b == end || (a < middle &&
								 compare_distinct(&encoder->distinct[from[a]], &encoder->distinct[from[b]]) <= 0))
					to[i] = from[a++];
				else
					to[i] = from[b++];
			}
		}
		from = to;
		to = swap;
	}
	encoder->order = from;
	encoder->merged = to;
}

/*
 * Sort the distinct strings and turn the values' indexes into codes.  A
 * vector's dictionary may name a string twice; both become one.  Returns how
 * many strings there are; encoder->order lists them.
 */
static uint32_t
assign_codes(TickChunkEncoder *encoder, uint32_t found, uint32_t count)
{
	uint32_t   *code_of;
	uint32_t	codes = 0;

	sort_distinct(encoder, found);
	code_of = encoder->merged;
	for (uint32_t i = 0; i < found; i++)
	{
		uint32_t	index = encoder->order[i];

		if (i == 0 || !same_text(&encoder->distinct[encoder->order[codes - 1]], &encoder->distinct[index]))
			encoder->order[codes++] = index;
		code_of[index] = codes - 1;
	}
	for (uint32_t i = 0; i < count; i++)
		encoder->mantissas[i] = code_of[encoder->mantissas[i]];
	return codes;
}

/* ---- encoding ---- */

/* Append number of strings, width of a length, packed lengths, bytes. */
static TickStatus
write_dictionary(TickChunkEncoder *encoder, uint32_t size, TickBuffer *out, TickError *error)
{
	uint64_t	widest = 0;
	int			width;
	uint64_t   *lengths = (uint64_t *) encoder->reduced;

	for (uint32_t i = 0; i < size; i++)
	{
		lengths[i] = encoder->distinct[encoder->order[i]].text.length;
		widest |= lengths[i];
	}
	width = tick_bit_width(widest);
	TICK_TRY(tick_append_word(out, size, 4, error));
	TICK_TRY(tick_append_word(out, width, 1, error));
	TICK_TRY(tick_buffer_reserve(out, tick_packed_bytes(size, width), error));
	tick_pack(out->data + out->length, lengths, size, width);
	out->length += tick_packed_bytes(size, width);
	for (uint32_t i = 0; i < size; i++)
	{
		TickString	text = encoder->distinct[encoder->order[i]].text;

		TICK_TRY(tick_buffer_append(out, text.data, text.length, error));
	}
	return TICK_OK;
}

/* Append lengths, where the batches' bytes begin, bytes. */
static TickStatus
write_plain(TickChunkEncoder *encoder, const TickStreamPlan *lengths, const TickString *values,
			TickBuffer *out, TickError *error)
{
	uint64_t	at = 0;

	TICK_TRY(tick_stream_write(lengths, encoder->dense, &encoder->batches, out, error));
	TICK_TRY(tick_buffer_reserve(out, 8 * (size_t) (encoder->batches.count + 1), error));
	for (uint32_t batch = 0; batch <= encoder->batches.count; batch++)
	{
		TICK_TRY(tick_append_word(out, at, 8, error));
		if (batch == encoder->batches.count)
			break;
		for (uint32_t i = encoder->batches.start[batch]; i < encoder->batches.start[batch + 1]; i++)
			at += values[i].length;
	}
	TICK_TRY(tick_buffer_reserve(out, at, error));
	for (uint32_t i = 0; i < encoder->batches.start[encoder->batches.count]; i++)
	{
		if (values[i].length > 0)
			memcpy(out->data + out->length, values[i].data, values[i].length);
		out->length += values[i].length;
	}
	return TICK_OK;
}

static void
find_range(const TickString *values, uint32_t count, TickString *least, TickString *greatest)
{
	*least = *greatest = values[0];
	for (uint32_t i = 1; i < count; i++)
	{
		if (tick_string_compare(values[i], *least) < 0)
			*least = values[i];
		else if (tick_string_compare(values[i], *greatest) > 0)
			*greatest = values[i];
	}
}

/* Bytes of the dictionary itself, at most. */
static uint64_t
dictionary_bytes(const TickChunkEncoder *encoder, uint32_t size)
{
	uint64_t	bytes = 5;

	for (uint32_t i = 0; i < size; i++)
		bytes += encoder->distinct[encoder->order[i]].text.length + 4;
	return bytes;
}

static TickStatus
prepare_scratch(TickChunkEncoder *encoder, TickError *error)
{
	TICK_TRY(TICK_SCRATCH(encoder, distinct, TICK_ROW_GROUP_ROWS, error));
	TICK_TRY(TICK_SCRATCH(encoder, table, TABLE_SLOTS, error));
	TICK_TRY(TICK_SCRATCH(encoder, order, TICK_ROW_GROUP_ROWS, error));
	return TICK_SCRATCH(encoder, merged, TICK_ROW_GROUP_ROWS, error);
}

/* The texts of coded values, for those who need more than the dictionary. */
static TickStatus
spell_out(TickChunkEncoder *encoder, const uint32_t *codes, const TickString *dictionary, uint32_t count,
		  const TickString **values, TickError *error)
{
	if (*values != NULL)
		return TICK_OK;
	TICK_TRY(TICK_SCRATCH(encoder, dense_text, TICK_ROW_GROUP_ROWS, error));
	for (uint32_t i = 0; i < count; i++)
		encoder->dense_text[i] = dictionary[codes[i]];
	*values = encoder->dense_text;
	return TICK_OK;
}

/* Bytes of all values. */
static uint64_t
text_bytes(const TickString *values, const uint32_t *codes, const TickString *dictionary, uint32_t count)
{
	uint64_t	bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += values != NULL ? values[i].length : dictionary[codes[i]].length;
	return bytes;
}

TickStatus
tick_encode_text(TickChunkEncoder *encoder, const TickString *values,
				 const uint32_t *codes, const TickString *dictionary, uint32_t dictionary_size,
				 TickBuffer *out, TickZoneMap *zone_map, TickChunkHead *head, TickError *error)
{
	uint32_t	count = encoder->batches.start[encoder->batches.count];
	uint32_t	found;
	uint32_t	size = 0;
	uint64_t	bytes;
	TickString	least;
	TickString	greatest;
	TickStreamPlan plan;
	TickStreamPlan lengths;

	TICK_TRY(prepare_scratch(encoder, error));
	if (codes != NULL && dictionary != NULL && dictionary_size <= TABLE_SLOTS)
		found = distinct_by_code(encoder, codes, dictionary, dictionary_size, count);
	else
	{
		TICK_TRY(spell_out(encoder, codes, dictionary, count, &values, error));
		found = distinct_by_hash(encoder, values, count);
	}
	if (found != NO_DICTIONARY)
	{
		size = assign_codes(encoder, found, count);
		least = encoder->distinct[encoder->order[0]].text;
		greatest = encoder->distinct[encoder->order[size - 1]].text;
		tick_stream_plan(&plan, encoder->mantissas, &encoder->batches, NULL, false);
		plan.bytes += dictionary_bytes(encoder, size);
	}
	else
	{
		TICK_TRY(spell_out(encoder, codes, dictionary, count, &values, error));
		find_range(values, count, &least, &greatest);
	}
	tick_zone_map_text(zone_map, least, greatest);

	bytes = text_bytes(values, codes, dictionary, count);
	if (found == NO_DICTIONARY || (size > 1 && bytes < plan.bytes))
	{
		TICK_TRY(spell_out(encoder, codes, dictionary, count, &values, error));
		for (uint32_t i = 0; i < count; i++)
			encoder->dense[i] = values[i].length;
		tick_stream_plan(&lengths, encoder->dense, &encoder->batches, NULL, false);
		bytes += lengths.bytes + 8 * (uint64_t) (encoder->batches.count + 1);
		if (found == NO_DICTIONARY || bytes < plan.bytes)
		{
			head->encoding = TICK_PLAIN;
			head->inner = lengths.encoding;
			return write_plain(encoder, &lengths, values, out, error);
		}
	}
	head->encoding = size == 1 ? TICK_CONSTANT : TICK_DICTIONARY;
	head->inner = plan.encoding;
	TICK_TRY(write_dictionary(encoder, size, out, error));
	return tick_stream_write(&plan, encoder->mantissas, &encoder->batches, out, error);
}

/* ---- decoding ---- */

/* Take the dictionary and make its strings, which point into the chunk. */
static TickStatus
open_dictionary(TickChunk *chunk, TickBytes *in, TickError *error)
{
	const uint8_t *head = tick_take(in, 5);
	const uint8_t *packed;
	uint64_t	lengths[TICK_BATCH_ROWS];
	uint32_t	size;
	int			width;

	if (head == NULL)
		return tick_chunk_corrupt(error, "the dictionary is missing");
	size = (uint32_t) tick_get_word(head, 4);
	width = head[4];
	if (size == 0 || size > chunk->rows || width > 32)
		return tick_chunk_corrupt(error, "the dictionary's header is wrong");
	packed = tick_take(in, tick_packed_bytes(size, width));
	if (packed == NULL)
		return tick_chunk_corrupt(error, "the dictionary's lengths are missing");
	chunk->dictionary = tick_alloc_array(&chunk->memory, size, sizeof(TickString));
	if (chunk->dictionary == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	chunk->dictionary_size = size;
	for (uint32_t start = 0; start < size; start += TICK_BATCH_ROWS)
	{
		uint32_t	count = size - start < TICK_BATCH_ROWS ? size - start : TICK_BATCH_ROWS;

		/* 1024 values take whole bytes at any width */
		tick_unpack(lengths, count, packed + tick_packed_bytes(start, width), width, 0, 1);
		for (uint32_t i = 0; i < count; i++)
		{
			const uint8_t *text = tick_take(in, lengths[i]);

			if (text == NULL)
				return tick_chunk_corrupt(error, "the dictionary's text is missing");
			chunk->dictionary[start + i] = (TickString) {(const char *) text, (uint32_t) lengths[i]};
		}
	}
	return TICK_OK;
}

/* Find where the bytes of plain text begin. */
static TickStatus
open_plain(TickChunk *chunk, TickBytes *in, TickError *error)
{
	uint64_t	before = 0;

	chunk->text_starts = tick_take(in, 8 * (uint64_t) (chunk->batches.count + 1));
	if (chunk->text_starts == NULL)
		return tick_chunk_corrupt(error, "text offsets are missing");
	for (uint32_t batch = 0; batch <= chunk->batches.count; batch++)
	{
		uint64_t	start = tick_get_word(chunk->text_starts + 8 * batch, 8);

		if (start < before)
			return tick_chunk_corrupt(error, "text offsets do not ascend");
		before = start;
	}
	chunk->text.length = before;
	chunk->text.data = tick_take(in, before);
	if (chunk->text.data == NULL)
		return tick_chunk_corrupt(error, "text is missing");
	return TICK_OK;
}

TickStatus
tick_open_text(TickChunk *chunk, const TickChunkHead *head, TickBytes *in, TickError *error)
{
	switch (head->encoding)
	{
		case TICK_CONSTANT:
		case TICK_DICTIONARY:
			TICK_TRY(open_dictionary(chunk, in, error));
			return tick_stream_open(&chunk->stream, head->inner, in, &chunk->batches, error);
		case TICK_PLAIN:
			TICK_TRY(tick_stream_open(&chunk->stream, head->inner, in, &chunk->batches, error));
			return open_plain(chunk, in, error);
		default:
			return tick_chunk_corrupt(error, "text cannot have this encoding");
	}
}

static TickStatus
decode_codes(const TickChunk *chunk, const int64_t *numbers, uint32_t count,
			 TickString *values, uint32_t *codes, TickError *error)
{
	const TickString *dictionary = chunk->dictionary;
	uint64_t	greatest = 0;

	for (uint32_t i = 0; i < count; i++)
		greatest = (uint64_t) numbers[i] > greatest ? (uint64_t) numbers[i] : greatest;
	if (count > 0 && greatest >= chunk->dictionary_size)
		return tick_chunk_corrupt(error, "a code is beyond the dictionary");
	for (uint32_t i = 0; i < count; i++)
		values[i] = dictionary[numbers[i]];
	for (uint32_t i = 0; i < count && codes != NULL; i++)
		codes[i] = (uint32_t) numbers[i];
	return TICK_OK;
}

TickStatus
tick_decode_codes(const TickChunk *chunk, uint32_t batch, uint32_t *codes, TickError *error)
{
	uint32_t	count = tick_batch_values(&chunk->batches, batch);
	uint32_t	greatest = 0;
	uint64_t	most;

	TICK_TRY(tick_stream_read_codes(&chunk->stream, &chunk->batches, batch, codes, &most, error));
	/* mostly the frame tells, and the greatest is looked for only when that is not enough */
	if (most < chunk->dictionary_size)
		return TICK_OK;
	for (uint32_t i = 0; i < count; i++)
		greatest = codes[i] > greatest ? codes[i] : greatest;
	if (most > UINT32_MAX || (count > 0 && greatest >= chunk->dictionary_size))
		return tick_chunk_corrupt(error, "a code is beyond the dictionary");
	return TICK_OK;
}

TickStatus
tick_decode_text(const TickChunk *chunk, uint32_t batch, TickString *values,
				 uint32_t *codes, TickError *error)
{
	uint32_t	count = tick_batch_values(&chunk->batches, batch);
	int64_t		numbers[TICK_BATCH_ROWS];
	TickBytes	text = chunk->text;
	uint64_t	start;

	TICK_TRY(tick_stream_read(&chunk->stream, &chunk->batches, batch, numbers, error));
	if (chunk->dictionary != NULL)
		return decode_codes(chunk, numbers, count, values, codes, error);
	start = tick_get_word(chunk->text_starts + 8 * batch, 8);
	text.data += start;
	text.length = tick_get_word(chunk->text_starts + 8 * batch + 8, 8) - start;
	for (uint32_t i = 0; i < count; i++)
	{
		values[i].data = (const char *) tick_take(&text, (uint64_t) numbers[i]);
		if (values[i].data == NULL || (uint64_t) numbers[i] > UINT32_MAX)
			return tick_chunk_corrupt(error, "text is longer than its batch");
		values[i].length = (uint32_t) numbers[i];
	}
	if (text.length > 0)
		return tick_chunk_corrupt(error, "text is shorter than its batch");
	return TICK_OK;
}
