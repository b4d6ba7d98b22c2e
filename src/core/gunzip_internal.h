/*-------------------------------------------------------------------------
 *
 * gunzip_internal.h
 *	  What gunzip.c asks of the library that inflates.
 *
 * An inflater sees raw deflate data only (RFC 1951); members, headers,
 * checksums and buffers are gunzip.c's.  Both inflaters stand side by side,
 * so that one test program holds them against each other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_GUNZIP_INTERNAL_H
#define TICK_CORE_GUNZIP_INTERNAL_H

#include "core/gunzip.h"

typedef enum TickInflateResult
{
	TICK_INFLATE_MORE,			/* wants more input or more room */
	TICK_INFLATE_DONE,			/* the deflate stream ended */
	TICK_INFLATE_DAMAGED,		/* no deflate stream */
	TICK_INFLATE_NOMEM
} TickInflateResult;

/*
 * TickInflateStep: the input not yet taken and the room not yet filled; a
 * run moves both.  An inflater reads ahead and, once DONE, steps back to
 * the first byte behind the stream: by at most TICK_INFLATE_STEP_BACK
 * bytes, which may lie before the input of this run and must be readable.
 */
#define TICK_INFLATE_STEP_BACK 16

typedef struct TickInflateStep
{
	const uint8_t *in;
	size_t		in_length;
	uint8_t    *out;
	size_t		out_length;
} TickInflateStep;

typedef struct TickInflater
{
	const char *name;
	void	   *(*create) (const TickMemory *memory);	/* NULL: out of memory */
	void		(*reset) (void *state); /* before each further stream */
	TickInflateResult (*run) (void *state, TickInflateStep *step);
	void		(*release) (void *state, const TickMemory *memory);
	uint32_t	(*crc32) (uint32_t crc, const void *bytes, size_t length);
} TickInflater;

extern const TickInflater tick_inflater_zlib;
#ifdef HAVE_ISAL
extern const TickInflater tick_inflater_isal;
#endif

/* tick_gunzip_create() with a given inflater; memory must outlive the result */
extern TickStatus tick_gunzip_create_with(TickGunzip **gunzip, const TickInflater *inflater,
										  const TickMemory *memory, TickReadBytes read,
										  void *context, TickError *error);

#endif							/* TICK_CORE_GUNZIP_INTERNAL_H */
