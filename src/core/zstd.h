/*-------------------------------------------------------------------------
 *
 * zstd.h
 *	  Frames of Zstandard, where libzstd was found at build time (HAVE_ZSTD).
 *
 * One frame after the other (RFC 8878), skippable ones among them; the
 * library checks the checksums that frames carry.  Input, its end and what
 * may follow are the caller's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ZSTD_H
#define TICK_CORE_ZSTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Largest window that is accepted, as a power of 2: 128 MB, what zstd(1)
 * takes without being asked for more.  The window is the memory of a frame.
 */
#define TICK_ZSTD_WINDOW_LOG 27

typedef enum TickZstdResult
{
	TICK_ZSTD_MORE,				/* wants more input or more room */
	TICK_ZSTD_DONE,				/* a frame has ended */
	TICK_ZSTD_DAMAGED,
	TICK_ZSTD_CHECKSUM,			/* of a frame is wrong */
	TICK_ZSTD_WINDOW,			/* larger than what is accepted */
	TICK_ZSTD_DICTIONARY,		/* the frame needs one */
	TICK_ZSTD_NOMEM
} TickZstdResult;

/* The input not yet taken and the room not yet filled; a run moves both. */
typedef struct TickZstdStep
{
	const uint8_t *in;
	size_t		in_length;
	uint8_t    *out;
	size_t		out_length;
} TickZstdStep;

typedef struct TickZstd TickZstd;

/* Do bytes begin a frame of either kind?  Fewer than four may be a cut one's. */
extern bool tick_zstd_begins(const uint8_t *bytes, size_t length);

extern bool tick_zstd_available(void);
extern TickZstd *tick_zstd_create(void);	/* NULL: out of memory, or not available */
extern TickZstdResult tick_zstd_run(TickZstd *zstd, TickZstdStep *step);
extern void tick_zstd_free(TickZstd *zstd);

#endif							/* TICK_CORE_ZSTD_H */
