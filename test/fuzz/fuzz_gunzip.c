/*-------------------------------------------------------------------------
 *
 * fuzz_gunzip.c
 *	  Any bytes as input: both inflaters, whole and in pieces.
 *
 * The same inflater must end the same way however the input comes.  Where
 * both inflaters accept a stream, they give the same bytes; a stream that
 * only one of them accepts is none that deflate makes.
 *
 *-------------------------------------------------------------------------
 */
#include "core/gunzip.h"
#include "core/gunzip_internal.h"

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

typedef struct Result
{
	TickStatus	status;
	uint64_t	length;
	uint8_t		plain[16];		/* hash of the plain bytes */
} Result;

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

static Result
read_all(const TickInflater *inflater, Source source, size_t room)
{
	uint8_t    *bytes = malloc(room);
	Result		result = {TICK_OK, 0};
	TickGunzip *gunzip;
	TickHash128 hash;
	TickError	error;
	size_t		length;

	tick_hash128_init(&hash);
	REQUIRE(tick_gunzip_create_with(&gunzip, inflater, &tick_memory_malloc, source_read, &source, &error) == TICK_OK);
	while (result.length < MOST_PLAIN &&
		   (result.status = tick_gunzip_read(gunzip, bytes, room, &length, &error)) == TICK_OK)
	{
		REQUIRE(length > 0 && length <= room);
		result.length += length;
		tick_hash128_update(&hash, bytes, length);
	}
	if (result.status == TICK_END)
	{
		REQUIRE(source.length == 0);
		REQUIRE(tick_gunzip_plain_bytes(gunzip) == result.length);
	}
	tick_hash128_final(&hash, result.plain);
	tick_gunzip_free(gunzip);
	free(bytes);
	return result;
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses how the input comes; the rest is the input. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Source		whole;
	Source		pieces;
	Result		first;

	if (size == 0)
		return 0;
	whole = (Source) {data + 1, size - 1, size};
	pieces = (Source) {data + 1, size - 1, (size_t) (data[0] & 15) + 1};
	first = read_all(&tick_inflater_zlib, whole, 1 << 18);
	if (first.length < MOST_PLAIN)
	{
		Result		second = read_all(&tick_inflater_zlib, pieces, (size_t) (data[0] >> 4) * 100 + 70);

		REQUIRE(first.status == second.status);
		REQUIRE(first.status != TICK_END || memcmp(first.plain, second.plain, 16) == 0);
	}
#ifdef HAVE_ISAL
	{
		Result		other = read_all(&tick_inflater_isal, whole, 1 << 18);
		Result		again = read_all(&tick_inflater_isal, pieces, (size_t) (data[0] >> 4) * 1000 + 700);

		if (other.length < MOST_PLAIN && again.length < MOST_PLAIN)
			REQUIRE(other.status == again.status);
		if (first.status == TICK_END && other.status == TICK_END)
			REQUIRE(memcmp(first.plain, other.plain, 16) == 0);
		if (again.status == TICK_END && other.status == TICK_END)
			REQUIRE(memcmp(again.plain, other.plain, 16) == 0);
	}
#endif
	return 0;
}
