/*-------------------------------------------------------------------------
 *
 * test_encoding.c
 *	  Column chunks: what goes in comes out, by every batch, and small.
 *
 * Chunks are decoded from memory of exactly their size and into arrays of
 * exactly the promised size, so that the sanitizers see any step beyond.
 *
 *-------------------------------------------------------------------------
 */
#include "encoding_values.h"

#include <math.h>

static const uint32_t lengths[] = {1, 2, 63, 64, 65, 1023, 1024, 1025, 2048, 5000, 65535, 65536};

#define LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

static TickChunkEncoder *encoder;
static TickBuffer buffer;
static int64_t numbers[MOST];
static double doubles[MOST];
static TickString texts[MOST];

/* ---- round trips ---- */

/* The vector as the encoder gets it: null rows hold zeros. */
static void
clear_nulls(TickVector *vector)
{
	for (uint32_t i = 0; i < vector->rows; i++)
	{
		if (tick_vector_present(vector, i))
			continue;
		if (vector->type == TICK_TEXT)
			vector->text[i] = (TickString) {"", 0};
		else if (vector->type == TICK_DOUBLE)
			vector->f64[i] = 0.0;
		else
			vector->i64[i] = 0;
	}
}

/* Is row i of the batch what the vector has at row first + i? */
static bool
same_row(const TickVector *vector, uint32_t first, const TickVector *batch, uint32_t i)
{
	if (vector->type == TICK_TEXT)
		return tick_string_compare(batch->text[i], vector->text[first + i]) == 0;
	if (vector->type == TICK_DOUBLE)
		return memcmp(&batch->f64[i], &vector->f64[first + i], sizeof(double)) == 0;
	return batch->i64[i] == vector->i64[first + i];
}

/* Rows of the batch that differ from the vector's, in value, presence or code. */
static uint32_t
differing_rows(const TickVector *vector, uint32_t first, const TickVector *batch, bool has_nulls)
{
	uint32_t	wrong = 0;
	bool		any_null = false;

	for (uint32_t i = 0; i < batch->rows; i++)
	{
		bool		present = tick_vector_present(vector, first + i);

		any_null |= !present;
		wrong += !same_row(vector, first, batch, i);
		if (has_nulls)
			wrong += tick_bit_get(batch->validity, i) != present;
		if (batch->dictionary != NULL && present)
			wrong += batch->codes[i] >= batch->dictionary_size ||
				tick_string_compare(batch->dictionary[batch->codes[i]], vector->text[first + i]) != 0;
	}
	return wrong + (any_null != has_nulls);
}

static TickVector
batch_vector(TickType type)
{
	TickVector	batch;
	TickError	error;

	CHECK_INT(tick_vector_init(&batch, &tick_memory_malloc, type, 0, TICK_BATCH_ROWS, true, &error), TICK_OK);
	batch.codes = malloc(TICK_BATCH_ROWS * sizeof(uint32_t));
	return batch;
}

/* Encode, open a copy of the exact size, decode the batches last to first, compare. */
static TickEncoding
round_trip(TickVector *vector, TickZoneMap *zone_map)
{
	TickVector	batch = batch_vector(vector->type);
	TickError	error;
	TickEncoding encoding = TICK_PLAIN;
	TickChunk  *chunk;
	uint8_t    *copy;
	uint32_t	batches = (vector->rows + TICK_BATCH_ROWS - 1) / TICK_BATCH_ROWS;
	uint32_t	wrong = 0;
	bool		has_nulls;

	clear_nulls(vector);
	buffer.length = 3;			/* the encoder appends */
	CHECK_INT(tick_chunk_encode(encoder, vector, &buffer, zone_map, &encoding, &error), TICK_OK);
	copy = malloc(buffer.length - 3);
	memcpy(copy, buffer.data + 3, buffer.length - 3);
	CHECK_INT(tick_chunk_open(&chunk, &tick_memory_malloc, copy, buffer.length - 3,
							  vector->type, vector->scale, vector->rows, &error), TICK_OK);
	CHECK_INT(tick_chunk_encoding(chunk), encoding);
	for (uint32_t b = batches; b-- > 0;)
	{
		uint32_t	left = vector->rows - b * TICK_BATCH_ROWS;

		memset(batch.i64, 0xee, TICK_BATCH_ROWS * sizeof(int64_t));
		CHECK_INT(tick_chunk_decode(chunk, b, &batch, &has_nulls, &error), TICK_OK);
		CHECK_INT(batch.rows, left < TICK_BATCH_ROWS ? left : TICK_BATCH_ROWS);
		CHECK_INT(batch.scale, vector->scale);
		wrong += differing_rows(vector, b * TICK_BATCH_ROWS, &batch, has_nulls);
	}
	CHECK_INT(wrong, 0);
	CHECK(tick_chunk_decode(chunk, batches, &batch, &has_nulls, &error) != TICK_OK);
	CHECK_INT(zone_map->rows, vector->rows);
	tick_chunk_close(chunk);
	free(copy);
	tick_vector_free(&batch, &tick_memory_malloc);
	return encoding;
}

/* ---- integers ---- */

/* Zone map of integers by the plainest of loops. */
static void
check_int_zone_map(const TickVector *vector, const TickZoneMap *map)
{
	uint64_t	nulls = 0;
	int64_t		least = INT64_MAX;
	int64_t		greatest = INT64_MIN;
	tick_int128 sum = 0;

	for (uint32_t i = 0; i < vector->rows; i++)
	{
		if (!tick_vector_present(vector, i))
		{
			nulls++;
			continue;
		}
		least = vector->i64[i] < least ? vector->i64[i] : least;
		greatest = vector->i64[i] > greatest ? vector->i64[i] : greatest;
		sum += vector->i64[i];
	}
	CHECK_INT(map->nulls, nulls);
	CHECK_INT(map->has_range, nulls < vector->rows);
	if (nulls < vector->rows)
	{
		CHECK_INT(map->min_i64, least);
		CHECK_INT(map->max_i64, greatest);
	}
	CHECK_INT(map->has_sum, vector->type == TICK_INT || vector->type == TICK_DECIMAL);
	if (map->has_sum)
	{
		CHECK(map->sum.units == sum);
		CHECK(map->sum.scale == (vector->type == TICK_DECIMAL && nulls < vector->rows ? vector->scale : 0));
	}
}

static void
test_integers(void)
{
	static const TickType types[] = {TICK_INT, TICK_DECIMAL, TICK_STAMP, TICK_DATE, TICK_TIME};
	uint64_t	seed = 1;
	TickZoneMap zone_map;

	for (int shape = 0; shape < INT_SHAPES; shape++)
	{
		for (size_t l = 0; l < LENGTHS; l++)
		{
			for (int pattern = 0; pattern < NULL_PATTERNS; pattern++)
			{
				TickVector	vector = {.type = types[(shape + l) % 5], .rows = lengths[l], .i64 = numbers};
				int64_t		last = INT64_C(1500000000000000000);

				if (lengths[l] > 5000 && pattern > 1 && (shape + pattern) % 3 != 0)
					continue;
				vector.scale = vector.type == TICK_DECIMAL ? 4 : 0;
				for (uint32_t i = 0; i < vector.rows; i++)
					last = numbers[i] = int_value(shape, i, &seed, last);
				vector.validity = make_validity(pattern, vector.rows, &seed);
				round_trip(&vector, &zone_map);
				check_int_zone_map(&vector, &zone_map);
			}
		}
	}
}

static void
test_booleans(void)
{
	uint64_t	seed = 2;
	TickZoneMap zone_map;
	TickVector	vector = {.type = TICK_BOOL, .rows = 5000, .i64 = numbers};

	for (int pattern = 0; pattern < NULL_PATTERNS; pattern++)
	{
		for (uint32_t i = 0; i < vector.rows; i++)
			numbers[i] = unit_random(&seed) & 1;
		vector.validity = make_validity(pattern, vector.rows, &seed);
		round_trip(&vector, &zone_map);
		check_int_zone_map(&vector, &zone_map);
	}
}

/* ---- doubles ---- */

static void
check_double_zone_map(const TickVector *vector, const TickZoneMap *map)
{
	uint64_t	nans = 0;
	uint64_t	counted = 0;
	bool		finite = true;
	double		least = INFINITY;
	double		greatest = -INFINITY;
	TickSum		sum;

	tick_sum_init(&sum);
	for (uint32_t i = 0; i < vector->rows; i++)
	{
		double		value = vector->f64[i];

		if (!tick_vector_present(vector, i))
			continue;
		finite &= isfinite(value) != 0;
		if (isnan(value))
		{
			nans++;
			continue;
		}
		counted++;
		least = fmin(value, least);
		greatest = fmax(value, greatest);
		tick_sum_add_double(&sum, value);
	}
	CHECK_INT(map->nans, nans);
	CHECK_INT(map->has_range, counted > 0);
	if (counted > 0)
	{
		CHECK(map->min_f64 == least && map->max_f64 == greatest);
		CHECK(!(map->min_f64 == 0.0 && signbit(map->min_f64)));
		CHECK(!(map->max_f64 == 0.0 && signbit(map->max_f64)));
	}
	if (!finite)
		CHECK(!map->has_sum);
	else if (!sum.overflow && !sum.has_rest)
	{
		CHECK(map->has_sum);
		CHECK(!map->sum.has_rest);
		CHECK(tick_sum_double(&map->sum) == tick_sum_double(&sum));
	}
}

static void
test_doubles(void)
{
	uint64_t	seed = 3;
	TickZoneMap zone_map;

	for (int shape = 0; shape < DOUBLE_SHAPES; shape++)
	{
		for (size_t l = 0; l < LENGTHS; l++)
		{
			for (int pattern = 0; pattern < NULL_PATTERNS; pattern++)
			{
				TickVector	vector = {.type = TICK_DOUBLE, .rows = lengths[l], .f64 = doubles};

				if (lengths[l] > 5000 && pattern > 1 && (shape + pattern) % 3 != 0)
					continue;
				for (uint32_t i = 0; i < vector.rows; i++)
					doubles[i] = double_value(shape, i, &seed);
				vector.validity = make_validity(pattern, vector.rows, &seed);
				round_trip(&vector, &zone_map);
				check_double_zone_map(&vector, &zone_map);
			}
		}
	}
}

/* ---- text ---- */

static void
check_text_zone_map(const TickVector *vector, const TickZoneMap *map)
{
	uint64_t	nulls = 0;
	TickString	least = {NULL, 0};
	TickString	greatest = {NULL, 0};

	for (uint32_t i = 0; i < vector->rows; i++)
	{
		if (!tick_vector_present(vector, i))
		{
			nulls++;
			continue;
		}
		if (least.data == NULL || tick_string_compare(vector->text[i], least) < 0)
			least = vector->text[i];
		if (greatest.data == NULL || tick_string_compare(vector->text[i], greatest) > 0)
			greatest = vector->text[i];
	}
	CHECK_INT(map->nulls, nulls);
	CHECK_INT(map->has_range, nulls < vector->rows);
	CHECK(!map->has_sum);
	if (nulls == vector->rows)
		return;
	CHECK_INT(map->min_text_length, least.length < TICK_ZONE_TEXT ? least.length : TICK_ZONE_TEXT);
	CHECK_INT(map->max_text_length, greatest.length < TICK_ZONE_TEXT ? greatest.length : TICK_ZONE_TEXT);
	CHECK(memcmp(map->min_text, least.data, map->min_text_length) == 0);
	CHECK(memcmp(map->max_text, greatest.data, map->max_text_length) == 0);
	CHECK_INT(map->text_max_cut, greatest.length > TICK_ZONE_TEXT);
}

static void
test_text(void)
{
	uint64_t	seed = 4;
	TickZoneMap zone_map;

	for (int shape = 0; shape < TEXT_SHAPES; shape++)
	{
		for (size_t l = 0; l < LENGTHS; l++)
		{
			for (int pattern = 0; pattern < NULL_PATTERNS; pattern++)
			{
				TickVector	vector = {.type = TICK_TEXT, .rows = lengths[l], .text = texts};

				if (lengths[l] > 5000 && pattern > 1 && (shape + pattern) % 3 != 0)
					continue;
				for (uint32_t i = 0; i < vector.rows; i++)
					texts[i] = text_value(shape, i, &seed);
				vector.validity = make_validity(pattern, vector.rows, &seed);
				round_trip(&vector, &zone_map);
				check_text_zone_map(&vector, &zone_map);
			}
		}
	}
}

/* A vector with codes of its own, unsorted, with a string named twice and one that no row has. */
static void
test_text_codes(void)
{
	static const char *const names[] = {"zeta", "beta", "unused", "alpha", "beta", "", "a longer name than eight"};
	static const int present[] = {0, 1, 3, 4, 5, 6};
	TickString	dictionary[7];
	static uint32_t codes[5000];
	uint64_t	seed = 5;
	TickZoneMap zone_map;
	TickChunk  *chunk;
	TickError	error;
	TickVector	batch = batch_vector(TICK_TEXT);
	bool		has_nulls;

	for (int i = 0; i < 7; i++)
		dictionary[i] = (TickString) {names[i], (uint32_t) strlen(names[i])};
	for (int pattern = 0; pattern < NULL_PATTERNS; pattern++)
	{
		TickVector	vector = {.type = TICK_TEXT, .rows = 5000, .text = texts, .codes = codes,
		.dictionary = dictionary, .dictionary_size = 7};

		for (uint32_t i = 0; i < vector.rows; i++)
		{
			codes[i] = present[unit_random(&seed) % 6];
			texts[i] = dictionary[codes[i]];
		}
		vector.validity = make_validity(pattern, vector.rows, &seed);
		CHECK_INT(round_trip(&vector, &zone_map), pattern == 2 ? TICK_CONSTANT : TICK_DICTIONARY);
		check_text_zone_map(&vector, &zone_map);
		CHECK_INT(tick_chunk_open(&chunk, &tick_memory_malloc, buffer.data + 3, buffer.length - 3,
								  TICK_TEXT, 0, 5000, &error), TICK_OK);
		CHECK_INT(tick_chunk_decode(chunk, 0, &batch, &has_nulls, &error), TICK_OK);
		if (pattern != 2)
			CHECK_INT(batch.dictionary_size, 5);
		for (uint32_t i = 1; i < batch.dictionary_size; i++)
			CHECK(tick_string_compare(batch.dictionary[i - 1], batch.dictionary[i]) < 0);
		tick_chunk_close(chunk);
	}
	tick_vector_free(&batch, &tick_memory_malloc);
}

/* ---- what is chosen, and how small it gets ---- */

static size_t
encoded_bytes(TickVector *vector, TickEncoding expected)
{
	TickZoneMap zone_map;

	CHECK_TEXT(tick_encoding_name(round_trip(vector, &zone_map)), tick_encoding_name(expected));
	return buffer.length - 3;
}

static void
test_choice(void)
{
	uint64_t	seed = 6;
	TickVector	vector = {.type = TICK_STAMP, .rows = MOST, .i64 = numbers};
	int64_t		time = 0;

	/* times in whole microseconds that start again with each symbol: about 20 bits a step */
	for (uint32_t i = 0; i < MOST; i++)
	{
		time = i % 5000 == 0 ? INT64_C(1609750800000000000) : time + (int64_t) (unit_random(&seed) % 1000000) * 1000;
		numbers[i] = time;
	}
	CHECK(encoded_bytes(&vector, TICK_DELTA) < MOST * 21 / 8);

	/* a load id: runs longer than batches cost nearly nothing */
	for (uint32_t i = 0; i < MOST; i++)
		numbers[i] = i < 40000 ? 17 : 18;
	CHECK(encoded_bytes(&vector, TICK_FOR) < 2000);

	/* runs of 50 */
	for (uint32_t i = 0; i < MOST; i++)
		numbers[i] = i % 50 == 0 ? (int64_t) unit_random(&seed) >> 20 : numbers[i - 1];
	CHECK(encoded_bytes(&vector, TICK_RLE) < MOST / 5);

	/* one outlier in a hundred costs its own bits only */
	for (uint32_t i = 0; i < MOST; i++)
		numbers[i] = i % 100 == 7 ? (int64_t) unit_random(&seed) : (int64_t) (unit_random(&seed) % 256);
	CHECK(encoded_bytes(&vector, TICK_FOR) < MOST * 115 / 100);

	for (uint32_t i = 0; i < MOST; i++)
		numbers[i] = (int64_t) unit_random(&seed);
	CHECK_INT(encoded_bytes(&vector, TICK_PLAIN), 8 + 8 * MOST);

	for (uint32_t i = 0; i < MOST; i++)
		numbers[i] = INT64_MIN;
	CHECK_INT(encoded_bytes(&vector, TICK_CONSTANT), 16);
}

static void
test_choice_of_doubles(void)
{
	uint64_t	seed = 7;
	TickVector	vector = {.type = TICK_DOUBLE, .rows = MOST, .f64 = doubles};

	for (uint32_t i = 0; i < MOST; i++)
		doubles[i] = (double) (int64_t) (unit_random(&seed) % 1024) / 100;
	CHECK(encoded_bytes(&vector, TICK_ALP) < MOST * 13 / 10);

	/* a tick of 0.05 is a divisor of 5 */
	for (uint32_t i = 0; i < MOST; i++)
		doubles[i] = (double) (int64_t) (unit_random(&seed) % 1024 * 5) / 100;
	CHECK(encoded_bytes(&vector, TICK_ALP) < MOST * 13 / 10);

	/* one in a hundred is no decimal */
	for (uint32_t i = 0; i < MOST; i += 100)
		doubles[i] = sqrt((double) i + 2);
	CHECK(encoded_bytes(&vector, TICK_ALP) < MOST * 14 / 10);

	for (uint32_t i = 0; i < MOST; i++)
	{
		uint64_t	bits = unit_random(&seed);

		memcpy(&doubles[i], &bits, 8);
	}
	CHECK_INT(encoded_bytes(&vector, TICK_PLAIN), 8 + 8 * MOST);
	for (uint32_t i = 0; i < MOST; i++)
		doubles[i] = -0.0;
	CHECK_INT(encoded_bytes(&vector, TICK_CONSTANT), 16);
}

/* The example at the head of encoding.c, byte for byte. */
static void
test_example(void)
{
	static const uint8_t expected[] = {
		0x06, 0x03, 0x02, 0x00, 0x06, 0x00, 0x00, 0x00,
		0x19, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x00, 0x00,
		0x01, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x51, 0x08,
		0x00, 0x00, 0x00, 0x00
	};
	static double prices[] = {10.5, 10.25, 10.5, 10.5, 10.25, 10.75};
	TickVector	vector = {.type = TICK_DOUBLE, .rows = 6, .f64 = prices};
	TickZoneMap zone_map;

	round_trip(&vector, &zone_map);
	CHECK_INT(buffer.length - 3, sizeof(expected));
	CHECK(memcmp(buffer.data + 3, expected, sizeof(expected)) == 0);
}

static void
test_bad_calls(void)
{
	TickVector	vector = {.type = TICK_INT, .rows = 0, .i64 = numbers};
	TickZoneMap zone_map;
	TickEncoding encoding;
	TickError	error;

	CHECK_INT(tick_chunk_encode(encoder, &vector, &buffer, &zone_map, &encoding, &error), TICK_BAD_INPUT);
	vector.rows = MOST + 1;
	CHECK_INT(tick_chunk_encode(encoder, &vector, &buffer, &zone_map, &encoding, &error), TICK_BAD_INPUT);
	CHECK_TEXT(tick_encoding_name(TICK_ALP), "alp");
	CHECK_TEXT(tick_encoding_name((TickEncoding) 99), "?");
}

/* ---- merging zone maps ---- */

static TickZoneMap
zone_map_of(TickType type, void *values, uint32_t rows, uint64_t *bits)
{
	TickVector	vector = {.type = type, .rows = rows, .i64 = values, .validity = bits};
	TickZoneMap map;
	TickEncoding encoding;
	TickError	error;

	buffer.length = 0;
	CHECK_INT(tick_chunk_encode(encoder, &vector, &buffer, &map, &encoding, &error), TICK_OK);
	return map;
}

static void
test_merge_numbers(void)
{
	static int64_t a[] = {5, 7};
	static int64_t b[] = {-3, 100, 6};
	static double c[] = {1.5, -0.25};
	static double d[] = {3.125};
	static double e[] = {NAN};
	static uint64_t none[] = {0};
	TickZoneMap map;
	TickZoneMap other;
	char		text[TICK_SUM_TEXT];

	tick_zone_map_init(&map);
	other = zone_map_of(TICK_INT, a, 2, NULL);
	tick_zone_map_merge(&map, TICK_INT, &other);
	other = zone_map_of(TICK_INT, b, 3, NULL);
	tick_zone_map_merge(&map, TICK_INT, &other);
	other = zone_map_of(TICK_INT, b, 3, none);
	tick_zone_map_merge(&map, TICK_INT, &other);
	CHECK_INT(map.rows, 8);
	CHECK_INT(map.nulls, 3);
	CHECK_INT(map.min_i64, -3);
	CHECK_INT(map.max_i64, 100);
	CHECK(map.has_sum);
	CHECK(map.sum.units == 115);

	tick_zone_map_init(&map);
	other = zone_map_of(TICK_DOUBLE, c, 2, none);
	tick_zone_map_merge(&map, TICK_DOUBLE, &other);
	CHECK(!map.has_range);
	other = zone_map_of(TICK_DOUBLE, c, 2, NULL);
	tick_zone_map_merge(&map, TICK_DOUBLE, &other);
	CHECK(map.has_range);
	other = zone_map_of(TICK_DOUBLE, d, 1, NULL);
	tick_zone_map_merge(&map, TICK_DOUBLE, &other);
	CHECK(map.min_f64 == -0.25 && map.max_f64 == 3.125);
	CHECK(map.has_sum);
	CHECK_INT(tick_sum_format(&map.sum, text, sizeof(text)), 5);
	CHECK_TEXT(text, "4.375");
	other = zone_map_of(TICK_DOUBLE, e, 1, NULL);
	tick_zone_map_merge(&map, TICK_DOUBLE, &other);
	CHECK(!map.has_sum);
	CHECK_INT(map.nans, 1);
	CHECK_INT(map.rows, 6);
	CHECK(map.max_f64 == 3.125);
}

static void
test_merge_text(void)
{
	static TickString a[] = {{"mmm", 3}};
	static TickString b[] = {{"abcdefghijklmnopqrst", 20}, {"zzzzzzzzzzzzzzzz", 16}};
	static TickString c[] = {{"zzzzzzzzzzzzzzzza", 17}};
	TickZoneMap map;
	TickZoneMap other;

	tick_zone_map_init(&map);
	other = zone_map_of(TICK_TEXT, a, 1, NULL);
	tick_zone_map_merge(&map, TICK_TEXT, &other);
	other = zone_map_of(TICK_TEXT, b, 2, NULL);
	tick_zone_map_merge(&map, TICK_TEXT, &other);
	CHECK_INT(map.min_text_length, 16);
	CHECK(memcmp(map.min_text, "abcdefghijklmnop", 16) == 0);
	CHECK_INT(map.max_text_length, 16);
	CHECK(!map.text_max_cut);
	other = zone_map_of(TICK_TEXT, c, 1, NULL);
	tick_zone_map_merge(&map, TICK_TEXT, &other);
	CHECK(map.text_max_cut);
	other = zone_map_of(TICK_TEXT, b, 2, NULL);
	tick_zone_map_merge(&map, TICK_TEXT, &other);
	CHECK(map.text_max_cut);
	CHECK(!map.has_sum);
	CHECK_INT(map.rows, 6);
}

int
main(void)
{
	TickError	error;

	CHECK_INT(tick_chunk_encoder_create(&encoder, &tick_memory_malloc, &error), TICK_OK);
	tick_buffer_init(&buffer, &tick_memory_malloc);
	CHECK_INT(tick_buffer_reserve(&buffer, 3, &error), TICK_OK);
	memset(buffer.data, 0, 3);
	RUN(test_integers);
	RUN(test_booleans);
	RUN(test_doubles);
	RUN(test_text);
	RUN(test_text_codes);
	RUN(test_choice);
	RUN(test_choice_of_doubles);
	RUN(test_example);
	RUN(test_bad_calls);
	RUN(test_merge_numbers);
	RUN(test_merge_text);
	tick_buffer_free(&buffer);
	tick_chunk_encoder_free(encoder);
	return unit_report("encoding");
}
