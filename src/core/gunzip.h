/*-------------------------------------------------------------------------
 *
 * gunzip.h
 *	  Plain bytes out of a plain, gzip- or zstd-compressed stream.
 *
 * The kind of input is told by its first bytes.  gzip follows RFC 1952:
 * several members are one stream, trailing zeros are padding; truncation, a
 * wrong CRC or length, and trailing garbage are errors.  Other compressed
 * formats are recognised and refused by name, with a hint.
 *
 * Inflating is done by ISA-L where it was found at build time (HAVE_ISAL),
 * by zlib otherwise, with the same results.  zstd (core/zstd.h) is read where
 * its library was found; its frames keep to the same rules.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_GUNZIP_H
#define TICK_CORE_GUNZIP_H

#include <stdbool.h>

#include "core/hash.h"
#include "core/memory.h"

/*
 * Gives up to capacity raw bytes; *length 0 means the end.  TICK_IO with
 * os_errno on failure.
 */
typedef TickStatus (*TickReadBytes) (void *context, void *bytes, size_t capacity, size_t *length, TickError *error);

/* A TickReadBytes over a file descriptor; context is an int *. Restarts on EINTR. */
extern TickStatus tick_read_fd(void *context, void *bytes, size_t capacity, size_t *length, TickError *error);

typedef struct TickGunzip TickGunzip;

extern TickStatus tick_gunzip_create(TickGunzip **gunzip, const TickMemory *memory,
									 TickReadBytes read, void *context, TickError *error);

/*
 * Fill bytes with up to capacity (> 0) plain bytes.  TICK_OK with *length >
 * 0, or TICK_END with 0 once everything was delivered and checked.  Any
 * error is final; the message names the byte offset of the compressed input.
 */
extern TickStatus tick_gunzip_read(TickGunzip *gunzip, void *bytes, size_t capacity, size_t *length, TickError *error);

extern bool tick_gunzip_compressed(const TickGunzip *gunzip);	/* known after the first read */
extern uint64_t tick_gunzip_raw_bytes(const TickGunzip *gunzip);	/* consumed of the input so far */
extern uint64_t tick_gunzip_plain_bytes(const TickGunzip *gunzip);
extern void tick_gunzip_hash(const TickGunzip *gunzip, uint8_t hash[16]);	/* of the raw bytes, once TICK_END was seen */
extern void tick_gunzip_free(TickGunzip *gunzip);
extern const char *tick_gunzip_library(void);	/* "isa-l" or "zlib", for people */

#endif							/* TICK_CORE_GUNZIP_H */
