/*-------------------------------------------------------------------------
 *
 * gunzip_zlib.c
 *	  Inflating by zlib: the inflater that is always there.
 *
 *-------------------------------------------------------------------------
 */
#include "core/gunzip_internal.h"

#include <string.h>
#include <zlib.h>

/* zlib takes a const input pointer only when told so; its counters are ints. */
#define MOST_BYTES ((size_t) 1 << 30)

typedef struct ZlibState
{
	z_stream	stream;
} ZlibState;

static voidpf
zlib_allocate(voidpf opaque, uInt items, uInt size)
{
	return tick_alloc_array((const TickMemory *) opaque, items, size);
}

static void
zlib_release_block(voidpf opaque, voidpf pointer)
{
	tick_free((const TickMemory *) opaque, pointer);
}

static void *
zlib_create(const TickMemory *memory)
{
	ZlibState  *state = tick_alloc_zero(memory, sizeof(*state));

	if (state == NULL)
		return NULL;
	state->stream.zalloc = zlib_allocate;
	state->stream.zfree = zlib_release_block;
	state->stream.opaque = (voidpf) memory;
	/* negative: raw deflate, the largest window */
	if (inflateInit2(&state->stream, -MAX_WBITS) != Z_OK)
	{
		tick_free(memory, state);
		return NULL;
	}
	return state;
}

static void
zlib_reset(void *state)
{
	inflateReset(&((ZlibState *) state)->stream);
}

static TickInflateResult
zlib_run(void *opaque, TickInflateStep *step)
{
	z_stream   *stream = &((ZlibState *) opaque)->stream;
	uInt		in = step->in_length < MOST_BYTES ? step->in_length : MOST_BYTES;
	uInt		out = step->out_length < MOST_BYTES ? step->out_length : MOST_BYTES;
	int			result;

	stream->next_in = (Bytef *) step->in;
	stream->avail_in = in;
	stream->next_out = step->out;
	stream->avail_out = out;
	result = inflate(stream, Z_NO_FLUSH);
	step->in += in - stream->avail_in;
	step->in_length -= in - stream->avail_in;
	step->out += out - stream->avail_out;
	step->out_length -= out - stream->avail_out;
	switch (result)
	{
		case Z_OK:
		case Z_BUF_ERROR:		/* nothing to do without input or room */
			return TICK_INFLATE_MORE;
		case Z_STREAM_END:
			return TICK_INFLATE_DONE;
		case Z_MEM_ERROR:
			return TICK_INFLATE_NOMEM;
		default:
			return TICK_INFLATE_DAMAGED;
	}
}

static void
zlib_release(void *state, const TickMemory *memory)
{
	inflateEnd(&((ZlibState *) state)->stream);
	tick_free(memory, state);
}

static uint32_t
zlib_crc32(uint32_t crc, const void *bytes, size_t length)
{
	return (uint32_t) crc32_z(crc, bytes, length);
}

const TickInflater tick_inflater_zlib = {
	"zlib", zlib_create, zlib_reset, zlib_run, zlib_release, zlib_crc32
};
