/*-------------------------------------------------------------------------
 *
 * gunzip_isal.c
 *	  Inflating by ISA-L, three times as fast as zlib on x86-64 and ARM.
 *
 * Only the raw mode (ISAL_DEFLATE) is used: the library's own gzip mode
 * neither goes on to a further member nor tells a bad length from a bad
 * checksum.  Its 32-bit count of bytes wraps harmlessly in this mode.
 *
 *-------------------------------------------------------------------------
 */
#include "core/gunzip_internal.h"

#ifdef HAVE_ISAL

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

/* The library counts in 32 bits. */
#define MOST_BYTES ((size_t) 1 << 30)

static void
isal_reset(void *state)
{
	isal_inflate_reset(state);
}

static void *
isal_create(const TickMemory *memory)
{
	struct inflate_state *state = tick_alloc_zero(memory, sizeof(*state));

	if (state != NULL)
		isal_inflate_init(state);
	return state;
}

/*
 * Give back the whole bytes (at most 8) that were read behind the end of
 * the stream.  Some releases do so themselves and leave none.
 */
static void
give_back(struct inflate_state *state)
{
	int			bytes = state->read_in_length > 0 ? state->read_in_length / 8 : 0;

	state->next_in -= bytes;
	state->avail_in += bytes;
	state->read_in_length = 0;
	state->read_in = 0;
}

static TickInflateResult
isal_run(void *opaque, TickInflateStep *step)
{
	struct inflate_state *state = opaque;
	uint32_t	in = step->in_length < MOST_BYTES ? step->in_length : MOST_BYTES;
	uint32_t	out = step->out_length < MOST_BYTES ? step->out_length : MOST_BYTES;
	int			result;

	state->next_in = (uint8_t *) step->in;
	state->avail_in = in;
	state->next_out = step->out;
	state->avail_out = out;
	result = isal_inflate(state);
	step->out = state->next_out;
	step->out_length -= out - state->avail_out;
	if (result == ISAL_DECOMP_OK && state->block_state == ISAL_BLOCK_FINISH)
		give_back(state);
	step->in = state->next_in;
	step->in_length = step->in_length - in + state->avail_in;
	if (result != ISAL_DECOMP_OK)
		return TICK_INFLATE_DAMAGED;
	return state->block_state == ISAL_BLOCK_FINISH ? TICK_INFLATE_DONE : TICK_INFLATE_MORE;
}

static void
isal_release(void *state, const TickMemory *memory)
{
	tick_free(memory, state);
}

static uint32_t
isal_crc32(uint32_t crc, const void *bytes, size_t length)
{
	return crc32_gzip_refl(crc, bytes, length);
}

const TickInflater tick_inflater_isal = {
	"isa-l", isal_create, isal_reset, isal_run, isal_release, isal_crc32
};

#endif							/* HAVE_ISAL */
