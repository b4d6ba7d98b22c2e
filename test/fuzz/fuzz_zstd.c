/*-------------------------------------------------------------------------
 *
 * fuzz_zstd.c
 *	  Any bytes as frames of zstd: whole and in pieces, the same end.
 *
 * The input is given a frame's beginning, so that it gets past the first
 * look.  Where the library is missing, all are refused alike.
 *
 *-------------------------------------------------------------------------
 */
#include "core/gunzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: %s is false\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#define MOST_PLAIN (1 << 22)	/* enough of a bomb */

typedef struct Source
{
	const uint8_t *data;
	size_t		length;
	size_t		piece;
} Source;

static TickStatus
source_read(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	Source	   *source = context;

	*length = source->length < capacity ? source->length : capacity;
	if (*length > source->piece)
		*length = source->piece;
	memcpy(bytes, source->data, *length);
	source->data += *length;
	source->length -= *length;
	return TICK_OK;
}

/* Read at most MOST_PLAIN bytes; *length of them, by hash. */
static TickStatus
read_all(Source source, size_t room, uint64_t *length, uint8_t plain[16])
{
	uint8_t    *bytes = malloc(room);
	TickStatus	status = TICK_OK;
	TickGunzip *gunzip;
	TickHash128 hash;
	TickError	error;
	size_t		got;

	*length = 0;
	tick_hash128_init(&hash);
	REQUIRE(tick_gunzip_create(&gunzip, &tick_memory_malloc, source_read, &source, &error) == TICK_OK);
	while (*length < MOST_PLAIN && (status = tick_gunzip_read(gunzip, bytes, room, &got, &error)) == TICK_OK)
	{
		REQUIRE(got > 0 && got <= room);
		*length += got;
		tick_hash128_update(&hash, bytes, got);
	}
	tick_hash128_final(&hash, plain);
	tick_gunzip_free(gunzip);
	free(bytes);
	return status;
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses how the input comes; the rest follows a frame's first four bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t    *input;
	uint64_t	lengths[2];
	uint8_t		plain[2][16];
	TickStatus	status[2];

	if (size == 0)
		return 0;
	input = malloc(size + 3);
	memcpy(input, "\x28\xb5\x2f\xfd", 4);
	memcpy(input + 4, data + 1, size - 1);
	status[0] = read_all((Source) {input, size + 3, size + 3}, 1 << 18, &lengths[0], plain[0]);
	status[1] = read_all((Source) {input, size + 3, (size_t) (data[0] & 15) + 1}, (size_t) (data[0] >> 4) * 100 + 70,
						 &lengths[1], plain[1]);
	if (lengths[0] < MOST_PLAIN && lengths[1] < MOST_PLAIN)
	{
		REQUIRE(status[0] == status[1]);
		REQUIRE(status[0] != TICK_END || (lengths[0] == lengths[1] && memcmp(plain[0], plain[1], 16) == 0));
	}
	free(input);
	return 0;
}
