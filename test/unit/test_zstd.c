/*-------------------------------------------------------------------------
 *
 * test_zstd.c
 *	  Frames of zstd through the reader of plain bytes: whole, cut, damaged.
 *
 * Streams are made here by libzstd; each case comes in pieces of several
 * sizes, into rooms of several sizes.  Without the library the only thing to
 * be seen is the refusal.
 *
 *-------------------------------------------------------------------------
 */
#include "core/gunzip.h"
#include "core/zstd.h"

#include "unit.h"

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

#define MOST_PLAIN (4 << 20)

/* Read a stream to its end; returns the plain bytes (at most MOST_PLAIN) and how it ended. */
static TickStatus
read_all(const uint8_t *data, size_t size, size_t piece, size_t room, uint8_t *plain, size_t *plain_length, TickError *error)
{
	Source		source = {data, size, piece};
	TickGunzip *gunzip;
	TickStatus	status;
	size_t		length;

	*plain_length = 0;
	CHECK_INT(tick_gunzip_create(&gunzip, &tick_memory_malloc, source_read, &source, error), TICK_OK);
	for (;;)
	{
		size_t		left = MOST_PLAIN - *plain_length;

		status = tick_gunzip_read(gunzip, plain + *plain_length, room < left ? room : left, &length, error);
		if (status != TICK_OK)
			break;
		*plain_length += length;
	}
	if (status == TICK_END)
		CHECK_INT(tick_gunzip_raw_bytes(gunzip), size);
	tick_gunzip_free(gunzip);
	return status;
}

static void
test_beginnings(void)
{
	CHECK(tick_zstd_begins((const uint8_t *) "\x28\xb5\x2f\xfd", 4));
	CHECK(tick_zstd_begins((const uint8_t *) "\x50\x2a\x4d\x18", 4));
	CHECK(tick_zstd_begins((const uint8_t *) "\x5f\x2a\x4d\x18", 4));
	CHECK(!tick_zstd_begins((const uint8_t *) "\x60\x2a\x4d\x18", 4));
	CHECK(tick_zstd_begins((const uint8_t *) "\x28\xb5\x2f", 3));
	CHECK(!tick_zstd_begins((const uint8_t *) "(a,b)", 5));
	CHECK(!tick_zstd_begins((const uint8_t *) "(", 1));
	CHECK(!tick_zstd_begins((const uint8_t *) "", 0));
}

#ifdef HAVE_ZSTD

#include <zstd.h>

static uint8_t *plain;
static uint8_t *packed;
static uint8_t *result;

/* Rows as they come in files. */
static size_t
make_rows(size_t rows)
{
	uint64_t	seed = 11;
	size_t		length = 0;

	for (size_t i = 0; i < rows; i++)
		length += sprintf((char *) plain + length, "2021-01-04,S%d,%d.%02d\n", (int) (unit_random(&seed) % 50),
						  (int) (unit_random(&seed) % 500), (int) (unit_random(&seed) % 100));
	return length;
}

/* Append a frame to packed; returns the new length. */
static size_t
add_frame(size_t at, const void *bytes, size_t length, int level, bool checksum)
{
	ZSTD_CCtx  *state = ZSTD_createCCtx();
	size_t		made;

	ZSTD_CCtx_setParameter(state, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(state, ZSTD_c_checksumFlag, checksum);
	made = ZSTD_compress2(state, packed + at, MOST_PLAIN - at, bytes, length);
	CHECK(!ZSTD_isError(made));
	ZSTD_freeCCtx(state);
	return at + made;
}

static size_t
add_bytes(size_t at, const void *bytes, size_t length)
{
	memcpy(packed + at, bytes, length);
	return at + length;
}

static void
expect_plain(size_t size, size_t length)
{
	static const size_t pieces[] = {1, 7, 1000, SIZE_MAX};
	static const size_t rooms[] = {1, 100, 70000};

	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 3; j++)
		{
			TickError	error;
			size_t		got;

			CHECK_INT(read_all(packed, size, pieces[i], rooms[j], result, &got, &error), TICK_END);
			CHECK_INT(got, length);
			CHECK(memcmp(result, plain, length) == 0);
		}
}

static void
expect_error(const uint8_t *data, size_t size, TickStatus status, const char *message)
{
	static const size_t pieces[] = {1, 1000, SIZE_MAX};

	for (int i = 0; i < 3; i++)
	{
		TickError	error = {0};
		size_t		got;

		CHECK_INT(read_all(data, size, pieces[i], 5000, result, &got, &error), status);
		if (strstr(error.message, message) == NULL)
			CHECK_TEXT(error.message, message);
	}
}

static void
test_frames(void)
{
	static const char skippable[] = "\x53\x2a\x4d\x18\5\0\0\0hello";
	size_t		length = make_rows(5000);
	size_t		half = length / 2;
	size_t		size;

	expect_plain(add_frame(0, plain, length, 1, false), length);
	expect_plain(add_frame(0, plain, length, 19, true), length);
	/* several frames, empty and skippable ones among them, and padding */
	size = add_bytes(0, skippable, 13);
	size = add_frame(size, plain, half, 3, true);
	size = add_frame(size, "", 0, 3, true);
	size = add_bytes(size, skippable, 13);
	size = add_frame(size, plain + half, length - half, 3, false);
	size = add_bytes(size, skippable, 13);
	expect_plain(size, length);
	size = add_bytes(size, "\0\0\0\0\0", 5);
	expect_plain(size, length);
	/* nothing at all */
	expect_plain(add_frame(0, "", 0, 3, true), 0);
	expect_plain(add_bytes(0, skippable, 13), 0);
}

static void
test_damage(void)
{
	size_t		length = make_rows(300);
	size_t		size = add_frame(0, plain, length, 3, true);
	size_t		two;

	/* cut anywhere but between frames */
	for (size_t cut = 2; cut < size; cut++)
		expect_error(packed, cut, TICK_BAD_INPUT, "unexpected end of zstd stream at byte ");
	packed[size - 1] ^= 1;
	expect_error(packed, size, TICK_BAD_INPUT, "zstd stream has a wrong checksum before byte ");
	packed[size - 1] ^= 1;
	two = add_bytes(size, "<html>", 6);
	expect_error(packed, two, TICK_BAD_INPUT, "zstd stream is followed by other bytes at byte ");
	two = add_bytes(size, "\0\0\1", 3);
	expect_error(packed, two, TICK_BAD_INPUT, "zstd stream is followed by other bytes at byte ");
	/* whatever bit is wrong, the checksum or the decoder notices, or the bytes are the same */
	for (size_t bit = 32; bit < size * 8; bit += 3)
	{
		TickError	error;
		TickStatus	status;
		size_t		got;

		packed[bit / 8] ^= 1 << bit % 8;
		status = read_all(packed, size, SIZE_MAX, 70000, result, &got, &error);
		CHECK(status == TICK_BAD_INPUT || status == TICK_UNSUPPORTED ||
			  (status == TICK_END && (got == 0 || (got == length && memcmp(result, plain, length) == 0))));
		packed[bit / 8] ^= 1 << bit % 8;
	}
}

/* A window of 2 GB and a dictionary are asked for in the frame's header. */
static void
test_refused(void)
{
	static const uint8_t window[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00, 0x00};
	static const uint8_t dictionary[] = {0x28, 0xb5, 0x2f, 0xfd, 0x21, 0x2a, 0x05, 0x29, 0x00, 0x00, 'h', 'e', 'l', 'l', 'o'};
	static const char inside[] = "\x1f\x8b\x08 text that looks like gzip";
	static const char zip[] = "PK\003\004 and so on";
	size_t		size;

	expect_error(window, sizeof(window), TICK_UNSUPPORTED, "zstd stream needs a window of more than 128 MB at byte ");
	expect_error(dictionary, sizeof(dictionary), TICK_UNSUPPORTED, "zstd stream needs a dictionary at byte ");
	size = add_frame(0, inside, sizeof(inside), 3, true);
	expect_error(packed, size, TICK_UNSUPPORTED, "zstd stream holds another gzip stream");
	size = add_frame(0, zip, sizeof(zip), 3, true);
	expect_error(packed, size, TICK_UNSUPPORTED, "zstd stream holds a ZIP archive");
	memcpy(plain, packed, size);
	size = add_frame(0, plain, size, 3, true);
	expect_error(packed, size, TICK_UNSUPPORTED, "zstd stream holds a Zstandard stream");
}

int
main(void)
{
	plain = malloc(MOST_PLAIN);
	packed = malloc(MOST_PLAIN);
	result = malloc(MOST_PLAIN);
	RUN(test_beginnings);
	RUN(test_frames);
	RUN(test_damage);
	RUN(test_refused);
	free(plain);
	free(packed);
	free(result);
	return unit_report("zstd");
}

#else

static void
test_refused(void)
{
	TickError	error;
	uint8_t		plain[100];
	size_t		got;

	CHECK(!tick_zstd_available());
	CHECK_INT(read_all((const uint8_t *) "\x28\xb5\x2f\xfdxxxx", 8, 8, 100, plain, &got, &error), TICK_UNSUPPORTED);
	CHECK_TEXT(error.message, "input holds a Zstandard stream, which this build cannot read");
}

int
main(void)
{
	RUN(test_beginnings);
	RUN(test_refused);
	return unit_report("zstd");
}

#endif							/* HAVE_ZSTD */
