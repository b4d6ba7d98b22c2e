/*-------------------------------------------------------------------------
 *
 * zstd.c
 *	  Frames of Zstandard, where libzstd was found at build time.
 *
 * Memory is libzstd's own, from malloc: the window of a frame (bounded) and
 * half a megabyte.  Without the library streams are recognised all the same,
 * so that they can be refused by name.
 *
 *-------------------------------------------------------------------------
 */
#include "core/zstd.h"

#include <string.h>

bool
tick_zstd_begins(const uint8_t *bytes, size_t length)
{
	static const uint8_t frame[4] = {0x28, 0xb5, 0x2f, 0xfd};
	static const uint8_t skippable[3] = {0x2a, 0x4d, 0x18};

	if (length < 4)
		return length >= 2 && memcmp(bytes, frame, length) == 0;
	return memcmp(bytes, frame, 4) == 0 || ((bytes[0] & 0xf0) == 0x50 && memcmp(bytes + 1, skippable, 3) == 0);
}

#ifdef HAVE_ZSTD

#include <zstd.h>
#include <zstd_errors.h>

bool
tick_zstd_available(void)
{
	return true;
}

TickZstd *
tick_zstd_create(void)
{
	ZSTD_DCtx  *state = ZSTD_createDCtx();

	if (state != NULL && ZSTD_isError(ZSTD_DCtx_setParameter(state, ZSTD_d_windowLogMax, TICK_ZSTD_WINDOW_LOG)))
	{
		ZSTD_freeDCtx(state);
		state = NULL;
	}
	return (TickZstd *) state;
}

static TickZstdResult
result_of_error(size_t code)
{
	switch (ZSTD_getErrorCode(code))
	{
		case ZSTD_error_memory_allocation:
			return TICK_ZSTD_NOMEM;
		case ZSTD_error_checksum_wrong:
			return TICK_ZSTD_CHECKSUM;
		case ZSTD_error_frameParameter_windowTooLarge:
			return TICK_ZSTD_WINDOW;
		case ZSTD_error_dictionary_wrong:
		case ZSTD_error_dictionary_corrupted:
			return TICK_ZSTD_DICTIONARY;
		default:
			return TICK_ZSTD_DAMAGED;
	}
}

TickZstdResult
tick_zstd_run(TickZstd *zstd, TickZstdStep *step)
{
	ZSTD_inBuffer in = {step->in, step->in_length, 0};
	ZSTD_outBuffer out = {step->out, step->out_length, 0};
	size_t		result = ZSTD_decompressStream((ZSTD_DCtx *) zstd, &out, &in);

	step->in += in.pos;
	step->in_length -= in.pos;
	step->out += out.pos;
	step->out_length -= out.pos;
	if (ZSTD_isError(result))
		return result_of_error(result);
	return result == 0 ? TICK_ZSTD_DONE : TICK_ZSTD_MORE;
}

void
tick_zstd_free(TickZstd *zstd)
{
	ZSTD_freeDCtx((ZSTD_DCtx *) zstd);
}

#else

bool
tick_zstd_available(void)
{
	return false;
}

TickZstd *
tick_zstd_create(void)
{
	return NULL;
}

TickZstdResult
tick_zstd_run(TickZstd *zstd, TickZstdStep *step)
{
	return TICK_ZSTD_DAMAGED;
}

void
tick_zstd_free(TickZstd *zstd)
{
}

#endif							/* HAVE_ZSTD */
