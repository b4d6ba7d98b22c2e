/*-------------------------------------------------------------------------
 *
 * gunzip.c
 *	  Plain bytes out of a plain, gzip- or zstd-compressed stream.
 *
 *	[read] --> input (256 kB, hashed) --> member --> inflater --> caller
 *											frame --> zstd -----------^
 *
 * gzip's outer shape (RFC 1952) is read here, piece by piece as the input
 * arrives, so that names and extra fields of any length pass through the
 * fixed input buffer.  CRC and length of every member are checked before
 * the end is reported; nothing that the inflating library says about the
 * wrapper is relied upon.
 *
 * What may follow a member: another member, or zero bytes up to the end of
 * the input (padding of tapes and disk images).  Anything else is an error,
 * where gzip(1) warns and delivers: half a download followed by an HTML
 * error page must not pass for a whole file.  Frames of zstd follow each
 * other by the same rule.
 *
 * The first bytes of the input, and again those of the decompressed data,
 * are held against the known beginnings of other formats.  Therefore the
 * first HEAD_BYTES plain bytes are gathered before any is given out.
 *
 * Memory: the input buffer and the inflater's state, whatever the input; of
 * zstd the window, which the frame names and which is bounded.
 *
 *-------------------------------------------------------------------------
 */
#include "core/gunzip.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/gunzip_internal.h"
#include "core/zstd.h"

#define INPUT_BYTES (256 * 1024)
#define HEAD_BYTES 48			/* covers the longest known beginning */
#define DIRECT_BYTES 4096		/* plain bytes are read without a copy from this room on */

/* flags of a member's header */
#define GZIP_HEADER_CRC 0x02
#define GZIP_EXTRA 0x04
#define GZIP_NAME 0x08
#define GZIP_COMMENT 0x10
#define GZIP_RESERVED 0xe0

typedef enum GunzipState
{
	GUNZIP_START,				/* nothing looked at yet */
	GUNZIP_PLAIN,				/* the input is not compressed */
	GUNZIP_MEMBER,				/* inside the deflate data of a member */
	GUNZIP_FRAME,				/* inside a frame of zstd */
	GUNZIP_END,					/* everything delivered and checked */
	GUNZIP_FAILED				/* failure says why */
} GunzipState;

struct TickGunzip
{
	const TickMemory *memory;
	const TickInflater *inflater;
	void	   *inflate;			/* the inflater's state; NULL until gzip is seen */
	TickZstd   *zstd;			/* NULL until zstd is seen */
	TickReadBytes read;
	void	   *context;
	GunzipState state;
	bool		compressed;
	bool		input_end;		/* read() has reported the end */
	TickError	failure;

	uint8_t    *input;			/* TICK_INFLATE_STEP_BACK + INPUT_BYTES */
	const uint8_t *next;		/* first byte not consumed */
	size_t		available;		/* bytes at next */
	uint64_t	raw_read;		/* bytes read() has given */
	uint64_t	plain_bytes;	/* delivered */
	TickHash128 hash;			/* of all raw_read bytes */

	uint32_t	member_crc;		/* of the plain bytes of this member */
	uint32_t	member_size;	/* modulo 2^32, as in the trailer */
	uint32_t	header_crc;

	uint8_t		head[HEAD_BYTES];	/* first plain bytes, looked at before delivery */
	size_t		head_length;
	size_t		head_given;
};

/*
 * ---- input ----
 */

TickStatus
tick_read_fd(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	int			fd = *(const int *) context;
	ssize_t		got;

	/* POSIX leaves more than SSIZE_MAX undefined, Linux cuts at 2 GB. */
	if (capacity > ((size_t) 1 << 30))
		capacity = (size_t) 1 << 30;
	do
		got = read(fd, bytes, capacity);
	while (got < 0 && errno == EINTR);
	if (got < 0)
	{
		int			saved = errno;

		tick_error_set(error, TICK_IO, "could not read input");
		if (error != NULL)
			error->os_errno = saved;
		return TICK_IO;
	}
	*length = got;
	return TICK_OK;
}

/* Offset in the compressed input of the first byte not consumed. */
static uint64_t
input_offset(const TickGunzip *gz)
{
	return gz->raw_read - gz->available;
}

/* One call of read(), counted and hashed; *length 0 at the end. */
static TickStatus
read_raw(TickGunzip *gz, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	*length = 0;
	if (gz->input_end)
		return TICK_OK;
	TICK_TRY(gz->read(gz->context, bytes, capacity, length, error));
	if (*length == 0)
		gz->input_end = true;
	else
	{
		tick_hash128_update(&gz->hash, bytes, *length);
		gz->raw_read += *length;
	}
	return TICK_OK;
}

/*
 * Read more input behind what is still there.  The bytes just before next
 * stay where they are relative to it: an inflater may step back into them.
 */
static TickStatus
fill_input(TickGunzip *gz, TickError *error)
{
	uint8_t    *base = gz->input + TICK_INFLATE_STEP_BACK;
	size_t		length;

	if (gz->next != base)
	{
		memmove(gz->input, gz->next - TICK_INFLATE_STEP_BACK, TICK_INFLATE_STEP_BACK + gz->available);
		gz->next = base;
	}
	TICK_TRY(read_raw(gz, base + gz->available, INPUT_BYTES - gz->available, &length, error));
	gz->available += length;
	return TICK_OK;
}

static void
consume(TickGunzip *gz, size_t length)
{
	gz->next += length;
	gz->available -= length;
}

/* How messages call the input. */
static const char *
stream_name(const TickGunzip *gz)
{
	return gz->zstd != NULL ? "zstd stream" : "gzip stream";
}

static TickStatus
truncated(const TickGunzip *gz, TickError *error)
{
	tick_error_set(error, TICK_BAD_INPUT, "unexpected end of %s at byte %" PRIu64,
				   stream_name(gz), gz->raw_read);
	tick_error_hint(error, "The file is incomplete; copy or download it again.");
	return TICK_BAD_INPUT;
}

/* Have at least one byte, or fail with "unexpected end". */
static TickStatus
need_input(TickGunzip *gz, TickError *error)
{
	if (gz->available == 0)
		TICK_TRY(fill_input(gz, error));
	return gz->available > 0 ? TICK_OK : truncated(gz, error);
}

/*
 * ---- other formats ----
 */

typedef struct Beginning
{
	const char *bytes;
	size_t		length;
	const char *name;
	const char *hint;
} Beginning;

#define UNPACK(tool) "Unpack the file first, for example with " tool "."
#define WRITE_CSV "Write its rows as CSV first."
#define WEB_PAGE "It may be what a server answered instead of the file: download it again."
#define RECODE(from) "Convert the file first, for example with iconv -f " from " -t UTF-8."

static const Beginning beginnings[] = {
	{"PK\003\004", 4, "a ZIP archive", UNPACK("unzip")},
	{"PK\005\006", 4, "an empty ZIP archive", UNPACK("unzip")},
	{"PK\007\010", 4, "a ZIP archive of several parts", UNPACK("unzip")},
	{"\375" "7zXZ\0", 6, "an xz stream", UNPACK("xz -d")},
	{"\050\265\057\375", 4, "a Zstandard stream", UNPACK("zstd -d")},
	{"7z\274\257\047\034", 6, "a 7z archive", UNPACK("7z x")},
	{"\004\042\115\030", 4, "an LZ4 stream", UNPACK("lz4 -d")},
	{"\037\235", 2, "a compress stream", UNPACK("gunzip")},
	{"Rar!\032\007", 6, "a RAR archive", UNPACK("unrar")},
	{"PAR1", 4, "a Parquet file", WRITE_CSV},
	{"ARROW1\0\0", 8, "an Arrow file", WRITE_CSV},
	{"\211HDF\r\n\032\n", 8, "an HDF5 file", WRITE_CSV},
	{"SQLite format 3\0", 16, "an SQLite database", WRITE_CSV},
	{"\320\317\021\340\241\261\032\341", 8, "an Excel workbook", WRITE_CSV},
	{"%PDF-", 5, "a PDF document", WRITE_CSV},
	{"<!DOCTYPE ", 10, "an HTML page", WEB_PAGE},
	{"<!doctype ", 10, "an HTML page", WEB_PAGE},
	{"<html", 5, "an HTML page", WEB_PAGE},
	{"<?xml ", 6, "an XML document", WRITE_CSV},
	{"{\"", 2, "JSON", WRITE_CSV},
	{"[{\"", 3, "JSON", WRITE_CSV},
	{"\377\376\0\0", 4, "UTF-32 text", RECODE("UTF-32")},
	{"\0\0\376\377", 4, "UTF-32 text", RECODE("UTF-32")},
	{"\377\376", 2, "UTF-16 text", RECODE("UTF-16")},
	{"\376\377", 2, "UTF-16 text", RECODE("UTF-16")},
	{"version https://git-lfs.github.com/spec/", 40, "a Git LFS pointer",
	"Fetch the content it stands for with git lfs pull."},
};

/* bzip2 begins with printable letters: ask for the mark of its first block too. */
static bool
is_bzip2(const uint8_t *bytes, size_t length)
{
	return length >= 10 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9' &&
		(memcmp(bytes + 4, "\061\101\131\046\123\131", 6) == 0 ||
		 memcmp(bytes + 4, "\027\162\105\070\120\220", 6) == 0);
}

/* Refuse bytes that begin a format other than text; where is "input" or the stream's name. */
static TickStatus
refuse_other_formats(const uint8_t *bytes, size_t length, const char *where, TickError *error)
{
	static const Beginning bzip2 = {NULL, 0, "a bzip2 stream", UNPACK("bunzip2")};
	const Beginning *found = is_bzip2(bytes, length) ? &bzip2 : NULL;

	for (size_t i = 0; found == NULL && i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
	{
		if (length >= beginnings[i].length &&
			memcmp(bytes, beginnings[i].bytes, beginnings[i].length) == 0)
			found = &beginnings[i];
	}
	if (found == NULL)
		return TICK_OK;
	tick_error_set(error, TICK_UNSUPPORTED, "%s holds %s, not plain or gzip-compressed text",
				   where, found->name);
	tick_error_hint(error, "%s", found->hint);
	return TICK_UNSUPPORTED;
}

/*
 * ---- members ----
 */

/* Take exactly length bytes of a header or trailer; out may be NULL. */
static TickStatus
take(TickGunzip *gz, uint8_t *out, size_t length, TickError *error)
{
	while (length > 0)
	{
		size_t		run;

		TICK_TRY(need_input(gz, error));
		run = length < gz->available ? length : gz->available;
		gz->header_crc = gz->inflater->crc32(gz->header_crc, gz->next, run);
		if (out != NULL)
		{
			memcpy(out, gz->next, run);
			out += run;
		}
		consume(gz, run);
		length -= run;
	}
	return TICK_OK;
}

/* Pass over a zero-terminated text of a header. */
static TickStatus
pass_text(TickGunzip *gz, TickError *error)
{
	for (;;)
	{
		const uint8_t *zero;

		TICK_TRY(need_input(gz, error));
		zero = memchr(gz->next, 0, gz->available);
		if (zero != NULL)
			return take(gz, NULL, zero - gz->next + 1, error);
		TICK_TRY(take(gz, NULL, gz->available, error));
	}
}

/* The optional parts of a header, in the order the format gives them. */
static TickStatus
pass_header_options(TickGunzip *gz, uint8_t flags, TickError *error)
{
	uint8_t		two[2];

	if (flags & GZIP_EXTRA)
	{
		TICK_TRY(take(gz, two, 2, error));
		TICK_TRY(take(gz, NULL, two[0] | two[1] << 8, error));
	}
	if (flags & GZIP_NAME)
		TICK_TRY(pass_text(gz, error));
	if (flags & GZIP_COMMENT)
		TICK_TRY(pass_text(gz, error));
	if (flags & GZIP_HEADER_CRC)
	{
		uint32_t	expected = gz->header_crc & 0xffff;

		TICK_TRY(take(gz, two, 2, error));
		if ((two[0] | two[1] << 8) != expected)
			return tick_error_set(error, TICK_BAD_INPUT,
								  "gzip header has a wrong checksum before byte %" PRIu64, input_offset(gz));
	}
	return TICK_OK;
}

/* Read a member's header; the inflater is ready afterwards. */
static TickStatus
begin_member(TickGunzip *gz, TickError *error)
{
	uint64_t	start = input_offset(gz);
	uint8_t		fixed[10];

	gz->header_crc = 0;
	TICK_TRY(take(gz, fixed, 2, error));
	if (fixed[0] != 0x1f || fixed[1] != 0x8b)
		return tick_error_set(error, TICK_BAD_INPUT,
							  "gzip stream is followed by other bytes at byte %" PRIu64, start);
	TICK_TRY(take(gz, fixed + 2, 8, error));
	if (fixed[2] != 8)
		return tick_error_set(error, TICK_BAD_INPUT,
							  "gzip header names compression method %d, which does not exist, at byte %" PRIu64,
							  fixed[2], start + 2);
	if (fixed[3] & GZIP_RESERVED)
		return tick_error_set(error, TICK_BAD_INPUT,
							  "gzip header has reserved flags set at byte %" PRIu64, start + 3);
	TICK_TRY(pass_header_options(gz, fixed[3], error));
	if (gz->inflate != NULL)
		gz->inflater->reset(gz->inflate);
	else if ((gz->inflate = gz->inflater->create(gz->memory)) == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	gz->member_crc = 0;
	gz->member_size = 0;
	gz->state = GUNZIP_MEMBER;
	return TICK_OK;
}

static uint32_t
read_le32(const uint8_t *p)
{
	return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

/* Only zero bytes may be left. */
static TickStatus
pass_padding(TickGunzip *gz, TickError *error)
{
	while (gz->available > 0)
	{
		for (size_t i = 0; i < gz->available; i++)
			if (gz->next[i] != 0)
				return tick_error_set(error, TICK_BAD_INPUT,
									  "%s is followed by other bytes at byte %" PRIu64,
									  stream_name(gz), input_offset(gz) + i);
		consume(gz, gz->available);
		TICK_TRY(fill_input(gz, error));
	}
	gz->state = GUNZIP_END;
	return TICK_OK;
}

/* Check a member's trailer and go to the next member or to the end. */
static TickStatus
end_member(TickGunzip *gz, TickError *error)
{
	uint8_t		trailer[8];

	TICK_TRY(take(gz, trailer, sizeof(trailer), error));
	if (read_le32(trailer) != gz->member_crc)
		return tick_error_set(error, TICK_BAD_INPUT,
							  "gzip stream has a wrong checksum before byte %" PRIu64, input_offset(gz) - 4);
	if (read_le32(trailer + 4) != gz->member_size)
		return tick_error_set(error, TICK_BAD_INPUT,
							  "gzip stream has a wrong length before byte %" PRIu64, input_offset(gz));
	if (gz->available == 0)
		TICK_TRY(fill_input(gz, error));
	if (gz->available == 0 || gz->next[0] == 0)
		return pass_padding(gz, error);
	return begin_member(gz, error);
}

/*
 * Inflate until out is full or the stream has ended.  A run that moves
 * nothing although it has input and room would go on for ever: damage.
 */
static TickStatus
inflate_some(TickGunzip *gz, uint8_t *out, size_t capacity, size_t *length, TickError *error)
{
	*length = 0;
	while (*length < capacity && gz->state == GUNZIP_MEMBER)
	{
		TickInflateStep step;
		TickInflateResult result;
		size_t		made;
		bool		stalled;

		if (gz->available == 0)
			TICK_TRY(fill_input(gz, error));
		step = (TickInflateStep) {gz->next, gz->available, out + *length, capacity - *length};
		result = gz->inflater->run(gz->inflate, &step);
		made = capacity - *length - step.out_length;
		stalled = made == 0 && step.in == gz->next;
		gz->next = step.in;
		gz->available = step.in_length;
		gz->member_crc = gz->inflater->crc32(gz->member_crc, out + *length, made);
		gz->member_size += (uint32_t) made;
		*length += made;
		if (result == TICK_INFLATE_DONE)
			TICK_TRY(end_member(gz, error));
		else if (result == TICK_INFLATE_NOMEM)
			return tick_error_set(error, TICK_NOMEM, "out of memory");
		else if (stalled && gz->available == 0)
			return truncated(gz, error);
		else if (stalled || result == TICK_INFLATE_DAMAGED)
			return tick_error_set(error, TICK_BAD_INPUT,
								  "gzip stream is damaged at or before byte %" PRIu64, input_offset(gz));
	}
	return TICK_OK;
}

/*
 * ---- frames of zstd ----
 */

/* After a frame: another one, zeros up to the end, or the end. */
static TickStatus
end_frame(TickGunzip *gz, TickError *error)
{
	while (gz->available < 4 && !gz->input_end)
		TICK_TRY(fill_input(gz, error));
	if (gz->available == 0 || gz->next[0] == 0)
		return pass_padding(gz, error);
	if (!tick_zstd_begins(gz->next, gz->available))
		return tick_error_set(error, TICK_BAD_INPUT, "zstd stream is followed by other bytes at byte %" PRIu64,
							  input_offset(gz));
	return TICK_OK;
}

static TickStatus
refuse_frame(const TickGunzip *gz, TickZstdResult result, TickError *error)
{
	switch (result)
	{
		case TICK_ZSTD_NOMEM:
			return tick_error_set(error, TICK_NOMEM, "out of memory");
		case TICK_ZSTD_CHECKSUM:
			return tick_error_set(error, TICK_BAD_INPUT,
								  "zstd stream has a wrong checksum before byte %" PRIu64, input_offset(gz));
		case TICK_ZSTD_WINDOW:
			tick_error_set(error, TICK_UNSUPPORTED,
						   "zstd stream needs a window of more than %d MB at byte %" PRIu64,
						   1 << (TICK_ZSTD_WINDOW_LOG - 20), input_offset(gz));
			tick_error_hint(error, "Unpack the file first, for example with zstd -d --long=31.");
			return TICK_UNSUPPORTED;
		case TICK_ZSTD_DICTIONARY:
			tick_error_set(error, TICK_UNSUPPORTED, "zstd stream needs a dictionary at byte %" PRIu64,
						   input_offset(gz));
			tick_error_hint(error, "Unpack the file first, with zstd -d -D and its dictionary.");
			return TICK_UNSUPPORTED;
		default:
			return tick_error_set(error, TICK_BAD_INPUT,
								  "zstd stream is damaged at or before byte %" PRIu64, input_offset(gz));
	}
}

/* As inflate_some(): until out is full or the stream has ended. */
static TickStatus
decode_some(TickGunzip *gz, uint8_t *out, size_t capacity, size_t *length, TickError *error)
{
	*length = 0;
	while (*length < capacity && gz->state == GUNZIP_FRAME)
	{
		TickZstdStep step;
		TickZstdResult result;
		bool		stalled;

		if (gz->available == 0)
			TICK_TRY(fill_input(gz, error));
		step = (TickZstdStep) {gz->next, gz->available, out + *length, capacity - *length};
		result = tick_zstd_run(gz->zstd, &step);
		stalled = step.in == gz->next && step.out_length == capacity - *length;
		gz->next = step.in;
		gz->available = step.in_length;
		*length = capacity - step.out_length;
		if (result == TICK_ZSTD_DONE)
			TICK_TRY(end_frame(gz, error));
		else if (result != TICK_ZSTD_MORE)
			return refuse_frame(gz, result, error);
		else if (stalled && gz->available == 0)
			return truncated(gz, error);
		else if (stalled)
			return refuse_frame(gz, TICK_ZSTD_DAMAGED, error);
	}
	return TICK_OK;
}

static TickStatus
begin_frames(TickGunzip *gz, TickError *error)
{
	if (!tick_zstd_available())
	{
		tick_error_set(error, TICK_UNSUPPORTED, "input holds a Zstandard stream, which this build cannot read");
		tick_error_hint(error, "Build tick where libzstd-dev is installed, or unpack the file first, for example with zstd -d.");
		return TICK_UNSUPPORTED;
	}
	gz->zstd = tick_zstd_create();
	if (gz->zstd == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	gz->state = GUNZIP_FRAME;
	return TICK_OK;
}

/*
 * ---- the reader ----
 */

static TickStatus
unpack_some(TickGunzip *gz, uint8_t *out, size_t capacity, size_t *length, TickError *error)
{
	return gz->zstd != NULL ? decode_some(gz, out, capacity, length, error) :
		inflate_some(gz, out, capacity, length, error);
}

/* Tell what the input is, and look at the first plain bytes. */
static TickStatus
start(TickGunzip *gz, TickError *error)
{
	while (gz->available < HEAD_BYTES && !gz->input_end)
		TICK_TRY(fill_input(gz, error));
	gz->compressed = true;
	if (tick_zstd_begins(gz->next, gz->available))
		TICK_TRY(begin_frames(gz, error));
	else if (gz->available > 0 && gz->next[0] == 0x1f && (gz->available == 1 || gz->next[1] == 0x8b))
		TICK_TRY(begin_member(gz, error));
	else
	{
		gz->compressed = false;
		gz->state = GUNZIP_PLAIN;
		return refuse_other_formats(gz->next, gz->available, "input", error);
	}
	TICK_TRY(unpack_some(gz, gz->head, HEAD_BYTES, &gz->head_length, error));
	if (gz->head_length >= 2 && gz->head[0] == 0x1f && gz->head[1] == 0x8b)
	{
		tick_error_set(error, TICK_UNSUPPORTED, "%s holds another gzip stream", stream_name(gz));
		tick_error_hint(error, "The file was compressed twice; unpack it once with %s.",
						gz->zstd != NULL ? "zstd -d" : "gunzip");
		return TICK_UNSUPPORTED;
	}
	return refuse_other_formats(gz->head, gz->head_length, stream_name(gz), error);
}

/* Plain input: what the start left in the buffer, then straight into bytes. */
static TickStatus
read_plain(TickGunzip *gz, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	if (gz->available == 0 && capacity >= DIRECT_BYTES)
		TICK_TRY(read_raw(gz, bytes, capacity, length, error));
	else
	{
		if (gz->available == 0)
			TICK_TRY(fill_input(gz, error));
		*length = capacity < gz->available ? capacity : gz->available;
		memcpy(bytes, gz->next, *length);
		consume(gz, *length);
	}
	if (*length == 0)
		gz->state = GUNZIP_END;
	return TICK_OK;
}

/* tick_gunzip_read() without the bookkeeping; *length 0 means the end. */
static TickStatus
read_some(TickGunzip *gz, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	*length = 0;
	if (gz->state == GUNZIP_START)
		TICK_TRY(start(gz, error));
	if (gz->head_given < gz->head_length)
	{
		size_t		left = gz->head_length - gz->head_given;

		*length = capacity < left ? capacity : left;
		memcpy(bytes, gz->head + gz->head_given, *length);
		gz->head_given += *length;
		return TICK_OK;
	}
	if (gz->state == GUNZIP_PLAIN)
		return read_plain(gz, bytes, capacity, length, error);
	return unpack_some(gz, bytes, capacity, length, error);
}

TickStatus
tick_gunzip_read(TickGunzip *gunzip, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	*length = 0;
	if (gunzip->state != GUNZIP_FAILED)
	{
		TickStatus	status = read_some(gunzip, bytes, capacity, length, &gunzip->failure);

		if (status == TICK_OK)
		{
			gunzip->plain_bytes += *length;
			return *length > 0 ? TICK_OK : TICK_END;
		}
		gunzip->failure.status = status;
		gunzip->state = GUNZIP_FAILED;
		*length = 0;
	}
	if (error != NULL)
		*error = gunzip->failure;
	return gunzip->failure.status;
}

TickStatus
tick_gunzip_create_with(TickGunzip **gunzip, const TickInflater *inflater, const TickMemory *memory,
						TickReadBytes read, void *context, TickError *error)
{
	TickGunzip *gz = tick_alloc_zero(memory, sizeof(*gz));

	*gunzip = NULL;
	if (gz != NULL)
		gz->input = tick_alloc(memory, TICK_INFLATE_STEP_BACK + INPUT_BYTES);
	if (gz == NULL || gz->input == NULL)
	{
		tick_free(memory, gz);
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	memset(gz->input, 0, TICK_INFLATE_STEP_BACK);
	gz->next = gz->input + TICK_INFLATE_STEP_BACK;
	gz->memory = memory;
	gz->inflater = inflater;
	gz->read = read;
	gz->context = context;
	tick_hash128_init(&gz->hash);
	*gunzip = gz;
	return TICK_OK;
}

TickStatus
tick_gunzip_create(TickGunzip **gunzip, const TickMemory *memory,
				   TickReadBytes read, void *context, TickError *error)
{
#ifdef HAVE_ISAL
	return tick_gunzip_create_with(gunzip, &tick_inflater_isal, memory, read, context, error);
#else
	return tick_gunzip_create_with(gunzip, &tick_inflater_zlib, memory, read, context, error);
#endif
}

bool
tick_gunzip_compressed(const TickGunzip *gunzip)
{
	return gunzip->compressed;
}

uint64_t
tick_gunzip_raw_bytes(const TickGunzip *gunzip)
{
	return input_offset(gunzip);
}

uint64_t
tick_gunzip_plain_bytes(const TickGunzip *gunzip)
{
	return gunzip->plain_bytes;
}

void
tick_gunzip_hash(const TickGunzip *gunzip, uint8_t hash[16])
{
	tick_hash128_final(&gunzip->hash, hash);
}

void
tick_gunzip_free(TickGunzip *gunzip)
{
	const TickMemory *memory;

	if (gunzip == NULL)
		return;
	memory = gunzip->memory;
	if (gunzip->inflate != NULL)
		gunzip->inflater->release(gunzip->inflate, memory);
	if (gunzip->zstd != NULL)
		tick_zstd_free(gunzip->zstd);
	tick_free(memory, gunzip->input);
	tick_free(memory, gunzip);
}

const char *
tick_gunzip_library(void)
{
#ifdef HAVE_ISAL
	return tick_inflater_isal.name;
#else
	return tick_inflater_zlib.name;
#endif
}
