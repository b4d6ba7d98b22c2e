/*-------------------------------------------------------------------------
 *
 * test_gunzip.c
 *	  Members, headers, checksums, damage and other formats, by both inflaters.
 *
 * Streams are made here: zlib deflates, the wrapper is written by hand, so
 * that every field of it can be wrong.  Each case runs with every inflater
 * and with several sizes of reads and of rooms for the result.
 *
 *-------------------------------------------------------------------------
 */
#include "core/gunzip.h"
#include "core/gunzip_internal.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#include "unit.h"

/*
 * ---- making streams ----
 */

typedef struct Bytes
{
	uint8_t    *data;
	size_t		length;
	size_t		capacity;
} Bytes;

static void
add(Bytes *bytes, const void *more, size_t length)
{
	if (bytes->length + length >= bytes->capacity)
	{
		bytes->capacity = (bytes->length + length) * 2 + 64;
		bytes->data = realloc(bytes->data, bytes->capacity);
	}
	memcpy(bytes->data + bytes->length, more, length);
	bytes->length += length;
}

static void
add_le(Bytes *bytes, uint32_t value, int size)
{
	for (int i = 0; i < size; i++)
	{
		uint8_t		byte = value >> (8 * i);

		add(bytes, &byte, 1);
	}
}

static void
release(Bytes *bytes)
{
	free(bytes->data);
	*bytes = (Bytes) {NULL, 0, 0};
}

#define FHCRC 2
#define FEXTRA 4
#define FNAME 8
#define FCOMMENT 16

/* How a member is made, and what is wrong with it. */
typedef struct Member
{
	int			flags;
	size_t		name_length;	/* with FNAME */
	int			level;
	int			strategy;
	uint32_t	crc_off;		/* xored into the trailer */
	uint32_t	size_off;
	uint32_t	header_crc_off;
} Member;

static void
add_member(Bytes *out, const void *payload, size_t length, const Member *member)
{
	Bytes		header = {NULL, 0};
	z_stream	stream = {0};
	uint8_t    *packed;
	size_t		bound;

	add(&header, "\x1f\x8b\x08", 3);
	add_le(&header, member->flags, 1);
	add(&header, "\1\2\3\4\0\3", 6);
	if (member->flags & FEXTRA)
	{
		add_le(&header, 70, 2);
		for (int i = 0; i < 70; i++)
			add_le(&header, i, 1);
	}
	if (member->flags & FNAME)
	{
		for (size_t i = 0; i < member->name_length; i++)
			add(&header, "n", 1);
		add(&header, "", 1);
	}
	if (member->flags & FCOMMENT)
		add(&header, "a comment", 10);
	if (member->flags & FHCRC)
		add_le(&header, (crc32(0, header.data, header.length) ^ member->header_crc_off) & 0xffff, 2);
	add(out, header.data, header.length);
	release(&header);

	deflateInit2(&stream, member->level, Z_DEFLATED, -15, 8, member->strategy);
	bound = deflateBound(&stream, length) + 64;
	packed = malloc(bound);
	stream.next_in = (Bytef *) payload;
	stream.avail_in = length;
	stream.next_out = packed;
	stream.avail_out = bound;
	CHECK_INT(deflate(&stream, Z_FINISH), Z_STREAM_END);
	add(out, packed, bound - stream.avail_out);
	deflateEnd(&stream);
	free(packed);
	add_le(out, crc32(0, payload, length) ^ member->crc_off, 4);
	add_le(out, (uint32_t) length ^ member->size_off, 4);
}

static const Member plain_member = {0, 0, 6, Z_DEFAULT_STRATEGY, 0, 0, 0};

static Bytes
one_member(const char *payload)
{
	Bytes		out = {NULL, 0};

	add_member(&out, payload, strlen(payload), &plain_member);
	return out;
}

/* Rows as they come in files: compressible, never the same. */
static Bytes
make_rows(size_t length, uint64_t seed)
{
	Bytes		rows = {NULL, 0};

	while (rows.length < length)
	{
		char		line[80];
		uint64_t	r = unit_random(&seed);

		snprintf(line, sizeof(line), "20210104,%02d:%02d:%02d.%09d,TRADE,AMZN,%d.%02d,%d,ARCA\n",
				 (int) (r % 24), (int) (r >> 8) & 31, (int) (r >> 16) & 31, (int) (r >> 24) & 0xffffff,
				 3000 + (int) (r >> 50) % 300, (int) (r >> 60), (int) (r >> 40) & 255);
		add(&rows, line, strlen(line));
	}
	rows.length = length;
	return rows;
}

/*
 * ---- reading them ----
 */

typedef struct Source
{
	const uint8_t *data;
	size_t		length;
	size_t		position;
	size_t		piece;			/* most bytes a read gives; 0: no limit */
	size_t		fail_at;		/* the read at this offset fails; 0: never */
	int			ends;			/* reads answered with the end */
} Source;

static TickStatus
source_read(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	Source	   *source = context;
	size_t		left = source->length - source->position;

	if (source->fail_at > 0 && source->position >= source->fail_at)
	{
		tick_error_set(error, TICK_IO, "could not read input");
		error->os_errno = EIO;
		return TICK_IO;
	}
	*length = left < capacity ? left : capacity;
	if (source->piece > 0 && *length > source->piece)
		*length = source->piece;
	memcpy(bytes, source->data + source->position, *length);
	source->position += *length;
	source->ends += *length == 0;
	return TICK_OK;
}

static const TickInflater *const inflaters[] = {
	&tick_inflater_zlib,
#ifdef HAVE_ISAL
	&tick_inflater_isal,
#endif
};

#define INFLATERS (sizeof(inflaters) / sizeof(inflaters[0]))

/* Read everything; the last status, with the bytes delivered in *plain. */
static TickStatus
read_all(const TickInflater *inflater, Source *source, size_t room, Bytes *plain,
		 TickGunzip **keep, TickError *error)
{
	TickGunzip *gunzip;
	TickStatus	status;
	uint8_t    *buffer = malloc(room);
	size_t		length;

	CHECK_INT(tick_gunzip_create_with(&gunzip, inflater, &tick_memory_malloc, source_read, source, error), TICK_OK);
	while ((status = tick_gunzip_read(gunzip, buffer, room, &length, error)) == TICK_OK)
	{
		CHECK(length > 0 && length <= room);
		add(plain, buffer, length);
	}
	CHECK_INT(length, 0);
	/* the end and any error stay what they are */
	CHECK_INT(tick_gunzip_read(gunzip, buffer, room, &length, error), status);
	CHECK_INT(length, 0);
	free(buffer);
	if (keep != NULL)
		*keep = gunzip;
	else
		tick_gunzip_free(gunzip);
	return status;
}

static const size_t pieces[] = {0, 1, 2, 7, 100, 4096};
static const size_t rooms[] = {1, 13, 300, 5000, 70000, 1 << 20};

/* The stream must give exactly these bytes, however it is read. */
static void
expect_plain(Bytes stream, const void *payload, size_t length)
{
	for (size_t i = 0; i < INFLATERS; i++)
		for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++)
			for (size_t r = 0; r < sizeof(rooms) / sizeof(rooms[0]); r++)
			{
				Source		source = {stream.data, stream.length, 0, pieces[p]};
				Bytes		plain = {NULL, 0};
				TickError	error;

				/* small steps over much data take long: every run moves the history */
				if ((length > 3000 && rooms[r] < 5000) || (stream.length > 4000 && pieces[p] < 100 && pieces[p] != 0))
					continue;
				CHECK_INT(read_all(inflaters[i], &source, rooms[r], &plain, NULL, &error), TICK_END);
				CHECK_INT(plain.length, length);
				CHECK(plain.length == length && (length == 0 || memcmp(plain.data, payload, length) == 0));
				CHECK_INT(source.position, stream.length);
				CHECK_INT(source.ends, 1);
				release(&plain);
			}
}

/* The stream must fail so; a part of message is checked. */
static void
expect_error(Bytes stream, TickStatus status, const char *message)
{
	for (size_t i = 0; i < INFLATERS; i++)
		for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++)
			for (size_t r = 0; r < sizeof(rooms) / sizeof(rooms[0]); r += 2)
			{
				Source		source = {stream.data, stream.length, 0, pieces[p]};
				Bytes		plain = {NULL, 0};
				TickError	error;

				if (stream.length > 100000 && ((pieces[p] > 0 && pieces[p] < 100) || rooms[r] < 5000))
					continue;
				CHECK_INT(read_all(inflaters[i], &source, rooms[r], &plain, NULL, &error), status);
				CHECK_INT(error.status, status);
				if (strstr(error.message, message) == NULL)
					CHECK_TEXT(error.message, message);
				release(&plain);
			}
}

/*
 * ---- tests ----
 */

static void
test_plain(void)
{
	Bytes		rows = make_rows(700000, 1);
	Bytes		none = {(uint8_t *) "", 0};
	Bytes		short_text = {(uint8_t *) "a,b\n1,2\n", 8};
	Bytes		bzip_like = {(uint8_t *) "BZh9 is a ticker,1\n", 19};

	expect_plain(none, "", 0);
	expect_plain(short_text, short_text.data, short_text.length);
	expect_plain(bzip_like, bzip_like.data, bzip_like.length);
	expect_plain(rows, rows.data, rows.length);
	release(&rows);
}

static void
test_levels(void)
{
	Bytes		rows = make_rows(1000000, 2);
	static const int levels[] = {0, 1, 6, 9};
	static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED};

	for (size_t i = 0; i < 4; i++)
		for (size_t s = 0; s < 4; s++)
		{
			Bytes		stream = {NULL, 0};
			Member		member = {0, 0, levels[i], strategies[s]};

			add_member(&stream, rows.data, i + s == 0 ? rows.length : 90000, &member);
			expect_plain(stream, rows.data, i + s == 0 ? rows.length : 90000);
			release(&stream);
		}
	release(&rows);
}

static void
test_headers(void)
{
	static const size_t names[] = {0, 1, 255, 4096, 300000};

	for (int flags = 0; flags < 32; flags++)
	{
		Bytes		stream = {NULL, 0};
		Member		member = plain_member;

		member.flags = flags;
		member.name_length = names[flags % 5];
		add_member(&stream, "one\n", 4, &member);
		member.flags = 31 - flags;
		add_member(&stream, "two\n", 4, &member);
		expect_plain(stream, "one\ntwo\n", 8);
		if (flags & FHCRC)
		{
			Bytes		wrong = {NULL, 0};

			member.flags = flags;
			member.header_crc_off = 0x8000;
			add_member(&wrong, "one\n", 4, &member);
			expect_error(wrong, TICK_BAD_INPUT, "gzip header has a wrong checksum");
			release(&wrong);
		}
		release(&stream);
	}
	for (int bit = 5; bit < 8; bit++)
	{
		Bytes		stream = one_member("text");

		stream.data[3] = 1 << bit;
		expect_error(stream, TICK_BAD_INPUT, "reserved flags set at byte 3");
		release(&stream);
	}
	{
		Bytes		stream = one_member("text");

		stream.data[2] = 7;
		expect_error(stream, TICK_BAD_INPUT, "compression method 7");
		release(&stream);
	}
}

static void
test_members(void)
{
	Bytes		rows = make_rows(200000, 3);
	Bytes		stream = {NULL, 0};
	Bytes		padded = {NULL, 0};
	Bytes		empty = {NULL, 0};
	size_t		at = 0;

	/* members of many sizes, empty ones among them */
	for (size_t size = 0; at < rows.length; size = size * 3 + 1)
	{
		size_t		part = size < rows.length - at ? size : rows.length - at;

		add_member(&stream, rows.data + at, part, &plain_member);
		add_member(&stream, "", 0, &plain_member);
		at += part;
	}
	expect_plain(stream, rows.data, rows.length);

	add(&padded, stream.data, stream.length);
	add_le(&padded, 0, 1);
	expect_plain(padded, rows.data, rows.length);
	for (int i = 0; i < 300000; i++)
		add_le(&padded, 0, 1);
	expect_plain(padded, rows.data, rows.length);

	/* a byte behind the padding, a member behind the padding, half a mark */
	padded.data[padded.length - 1] = 'x';
	expect_error(padded, TICK_BAD_INPUT, "followed by other bytes");
	release(&padded);
	add_member(&empty, "", 0, &plain_member);
	expect_plain(empty, "", 0);
	add_le(&empty, 0, 3);
	add_member(&empty, "late", 4, &plain_member);
	expect_error(empty, TICK_BAD_INPUT, "followed by other bytes at byte 23");
	release(&empty);
	add_member(&empty, "text", 4, &plain_member);
	add(&empty, "<html>", 6);
	expect_error(empty, TICK_BAD_INPUT, "followed by other bytes at byte 24");
	empty.length -= 6;
	add(&empty, "\x1f", 1);
	expect_error(empty, TICK_BAD_INPUT, "unexpected end of gzip stream");
	add(&empty, "\x8c", 1);
	expect_error(empty, TICK_BAD_INPUT, "followed by other bytes");
	release(&empty);
	release(&stream);
	release(&rows);
}

/* Every way to cut a stream short is an error, but between members. */
static void
test_truncation(void)
{
	Bytes		rows = make_rows(600, 4);
	Bytes		stream = {NULL, 0};
	Member		member = {FHCRC | FEXTRA | FNAME | FCOMMENT, 5, 6};
	size_t		first;
	TickError	error;

	add_member(&stream, rows.data, rows.length, &member);
	first = stream.length;
	member.level = 0;
	add_member(&stream, rows.data, rows.length, &member);
	for (size_t cut = 1; cut < stream.length; cut++)
		for (size_t i = 0; i < INFLATERS; i++)
			for (size_t room = 50; room < 5000; room += 1900)
			{
				Source		source = {stream.data, cut, 0, cut % 3};
				Bytes		plain = {NULL, 0};
				TickStatus	status = read_all(inflaters[i], &source, room, &plain, NULL, &error);

				if (cut == first)
					CHECK_INT(status, TICK_END);
				else
				{
					CHECK_INT(status, TICK_BAD_INPUT);
					CHECK(strstr(error.message, "unexpected end of gzip stream") != NULL);
				}
				release(&plain);
			}
	release(&stream);
	release(&rows);
}

/* No change of one bit behind the header that changes the data goes unnoticed. */
static void
test_damage(void)
{
	Bytes		rows = make_rows(3000, 5);
	Bytes		stream = {NULL, 0};
	Member		member = plain_member;

	add_member(&stream, rows.data, rows.length, &member);
	for (size_t bit = 80; bit < stream.length * 8; bit += 5)
	{
		stream.data[bit / 8] ^= 1 << bit % 8;
		for (size_t i = 0; i < INFLATERS; i++)
		{
			Source		source = {stream.data, stream.length, 0, 0};
			Bytes		plain = {NULL, 0};
			TickError	error;

			/* a deflate stream ends within a byte: up to seven bits mean nothing */
			if (read_all(inflaters[i], &source, 4000, &plain, NULL, &error) == TICK_END)
				CHECK(bit / 8 == stream.length - 9 && memcmp(plain.data, rows.data, rows.length) == 0);
			else
				CHECK_INT(error.status, TICK_BAD_INPUT);
			release(&plain);
		}
		stream.data[bit / 8] ^= 1 << bit % 8;
	}
	release(&stream);

	member.crc_off = 0x01000000;
	add_member(&stream, "text", 4, &member);
	expect_error(stream, TICK_BAD_INPUT, "wrong checksum before byte 20");
	release(&stream);
	member = plain_member;
	member.size_off = 0x00010000;
	add_member(&stream, "text", 4, &member);
	expect_error(stream, TICK_BAD_INPUT, "wrong length before byte 24");
	release(&stream);

	/* zeros instead of deflate data, and data that never ends a block */
	add(&stream, "\x1f\x8b\x08\0\0\0\0\0\0\0", 10);
	for (int i = 0; i < 400000; i++)
		add_le(&stream, 0, 1);
	expect_error(stream, TICK_BAD_INPUT, "gzip stream is damaged");
	release(&stream);
	release(&rows);
}

static void
test_other_formats(void)
{
	static const struct
	{
		const char *bytes;
		size_t		length;
		const char *message;
	}			formats[] = {
		{"PK\3\4rest of the archive", 23, "a ZIP archive"},
		{"PK\5\6", 4, "an empty ZIP archive"},
		{"BZh91AY&SYxxxx", 14, "a bzip2 stream"},
		{"BZh1\x17\x72\x45\x38\x50\x90", 10, "a bzip2 stream"},
		{"\xfd" "7zXZ\0xx", 8, "an xz stream"},
		{"7z\xbc\xaf\x27\x1cxx", 8, "a 7z archive"},
		{"\xff\xfe" "a\0", 4, "UTF-16 text"},
		{"\xfe\xff\0a", 4, "UTF-16 text"},
		{"\xff\xfe\0\0a\0\0\0", 8, "UTF-32 text"},
		{"version https://git-lfs.github.com/spec/v1\noid sha256:12\n", 57, "a Git LFS pointer"},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
	{
		Bytes		outside = {(uint8_t *) formats[i].bytes, formats[i].length};
		Bytes		inside = {NULL, 0};

		expect_error(outside, TICK_UNSUPPORTED, formats[i].message);
		add_member(&inside, "", 0, &plain_member);
		add_member(&inside, formats[i].bytes, formats[i].length, &plain_member);
		expect_error(inside, TICK_UNSUPPORTED, formats[i].message);
		release(&inside);
	}
	{
		Bytes		once = one_member("text");
		Bytes		twice = {NULL, 0};

		add_member(&twice, once.data, once.length, &plain_member);
		expect_error(twice, TICK_UNSUPPORTED, "holds another gzip stream");
		release(&once);
		release(&twice);
	}
}

/* Counts and hash tell of the raw bytes, padding and all. */
static void
test_facts(void)
{
	Bytes		rows = make_rows(500000, 6);
	Bytes		stream = {NULL, 0};

	add_member(&stream, rows.data, rows.length, &plain_member);
	add_le(&stream, 0, 4);
	for (int packed = 0; packed < 2; packed++)
		for (size_t p = 0; p < 6; p++)
		{
			Bytes		raw = packed ? stream : rows;
			Source		source = {raw.data, raw.length, 0, pieces[p]};
			Bytes		plain = {NULL, 0};
			TickGunzip *gunzip;
			TickHash128 whole;
			uint8_t		hash[16],
						expected[16];
			TickError	error;

			tick_hash128_init(&whole);
			tick_hash128_update(&whole, raw.data, raw.length);
			tick_hash128_final(&whole, expected);
			CHECK_INT(read_all(inflaters[0], &source, 60000, &plain, &gunzip, &error), TICK_END);
			tick_gunzip_hash(gunzip, hash);
			CHECK(memcmp(hash, expected, 16) == 0);
			CHECK_INT(tick_gunzip_compressed(gunzip), packed);
			CHECK_INT(tick_gunzip_raw_bytes(gunzip), raw.length);
			CHECK_INT(tick_gunzip_plain_bytes(gunzip), rows.length);
			tick_gunzip_free(gunzip);
			release(&plain);
		}
	release(&stream);
	release(&rows);
	tick_gunzip_free(NULL);
}

static void
test_failing_read(void)
{
	Bytes		rows = make_rows(50000, 7);
	Bytes		stream = {NULL, 0};

	add_member(&stream, rows.data, rows.length, &plain_member);
	for (int packed = 0; packed < 2; packed++)
	{
		Source		source = {packed ? stream.data : rows.data, packed ? stream.length : rows.length, 0, 1000, 5000};
		Bytes		plain = {NULL, 0};
		TickError	error;

		CHECK_INT(read_all(inflaters[INFLATERS - 1], &source, 700, &plain, NULL, &error), TICK_IO);
		CHECK_INT(error.os_errno, EIO);
		CHECK_TEXT(error.message, "could not read input");
		release(&plain);
	}
	release(&stream);
	release(&rows);
}

/* Memory that runs out at the n-th request. */
static int	requests_left;

static void *
scarce_resize(void *context, void *pointer, size_t size)
{
	return requests_left-- > 0 ? realloc(pointer, size) : NULL;
}

static void
scarce_release(void *context, void *pointer)
{
	free(pointer);
}

static void
test_no_memory(void)
{
	static const TickMemory scarce = {scarce_resize, scarce_release, NULL};
	Bytes		stream = one_member("some text to inflate");

	for (size_t i = 0; i < INFLATERS; i++)
	{
		int			n;

		for (n = 0; n < 20; n++)
		{
			Source		source = {stream.data, stream.length, 0, 0};
			TickGunzip *gunzip;
			TickError	error;
			TickStatus	status;
			size_t		length;
			char		buffer[7];

			requests_left = n;
			status = tick_gunzip_create_with(&gunzip, inflaters[i], &scarce, source_read, &source, &error);
			if (status == TICK_OK)
			{
				while ((status = tick_gunzip_read(gunzip, buffer, 7, &length, &error)) == TICK_OK)
					;
				tick_gunzip_free(gunzip);
			}
			if (status == TICK_END)
				break;
			CHECK_INT(status, TICK_NOMEM);
			CHECK_TEXT(error.message, "out of memory");
		}
		CHECK(n >= 3 && n < 20);
	}
	release(&stream);
}

static void
test_file_descriptor(void)
{
	int			ends[2];
	char		buffer[10];
	size_t		length = 99;
	TickError	error;

	CHECK_INT(pipe(ends), 0);
	CHECK_INT(write(ends[1], "abc", 3), 3);
	close(ends[1]);
	CHECK_INT(tick_read_fd(&ends[0], buffer, sizeof(buffer), &length, &error), TICK_OK);
	CHECK_INT(length, 3);
	CHECK(memcmp(buffer, "abc", 3) == 0);
	CHECK_INT(tick_read_fd(&ends[0], buffer, sizeof(buffer), &length, &error), TICK_OK);
	CHECK_INT(length, 0);
	close(ends[0]);
	CHECK_INT(tick_read_fd(&ends[0], buffer, sizeof(buffer), &length, &error), TICK_IO);
	CHECK_INT(error.os_errno, EBADF);
	CHECK(strcmp(tick_gunzip_library(), "isa-l") == 0 || strcmp(tick_gunzip_library(), "zlib") == 0);
}

int
main(void)
{
	RUN(test_plain);
	RUN(test_levels);
	RUN(test_headers);
	RUN(test_members);
	RUN(test_truncation);
	RUN(test_damage);
	RUN(test_other_formats);
	RUN(test_facts);
	RUN(test_failing_read);
	RUN(test_no_memory);
	RUN(test_file_descriptor);
	return unit_report("gunzip");
}
