/*-------------------------------------------------------------------------
 *
 * encoding_internal.h
 *	  What the files of the encodings share; nobody else includes it.
 *
 * Three layers, each knowing only those above it in this list:
 *
 *	  frame		up to 1024 integers, bit-packed and patched (encoding_frame.c)
 *	  stream	the integers of a chunk by batches (encoding_int.c)
 *	  chunk		numbers, doubles (encoding_double.c) and text (encoding_text.c)
 *
 * Encoders append to a TickBuffer.  Decoders walk a TickBytes, whose taking
 * functions are the one place where lengths from disk are checked.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ENCODING_INTERNAL_H
#define TICK_CORE_ENCODING_INTERNAL_H

#include <string.h>

#include "core/bitpack.h"
#include "core/encoding.h"

#define TICK_MAX_BATCHES (TICK_ROW_GROUP_ROWS / TICK_BATCH_ROWS)

/* ---- bytes ---- */

/* What is left of a run of stored bytes. */
typedef struct TickBytes
{
	const uint8_t *data;
	size_t		length;
} TickBytes;

static inline uint64_t
tick_get_word(const uint8_t *p, int bytes)
{
	uint64_t	word = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(&word, p, bytes);
	return word;
#endif
	for (int i = 0; i < bytes; i++)
		word |= (uint64_t) p[i] << (8 * i);
	return word;
}

static inline void
tick_put_word(uint8_t *p, uint64_t word, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t) (word >> (8 * i));
}

/* Take length bytes from the front; NULL when there are fewer. */
static inline const uint8_t *
tick_take(TickBytes *bytes, uint64_t length)
{
	const uint8_t *p = bytes->data;

	if (length > bytes->length)
		return NULL;
	bytes->data += length;
	bytes->length -= length;
	return p;
}

static inline TickStatus
tick_chunk_corrupt(TickError *error, const char *what)
{
	return tick_error_set(error, TICK_CORRUPT, "column chunk is damaged: %s", what);
}

/*
 * The i-th place of a sample of `count` values: spread evenly for any number
 * of samples, and without a period that the values might share (bids and asks
 * in turn).  2^32 divided by the golden ratio.
 */
static inline uint32_t
tick_sample(uint32_t i, uint32_t count)
{
	return (uint32_t) ((uint64_t) (uint32_t) (i * UINT32_C(2654435769)) * count >> 32);
}

/* ---- frames ---- */

/* TickFrame: how a run of integers will be packed. */
typedef struct TickFrame
{
	uint64_t	base;			/* values are base + offset, modulo 2^64 */
	uint8_t		width;			/* bits of an offset that are packed for every value */
	uint8_t		high_width;		/* bits beyond, of an exception */
	uint16_t	exceptions;
	uint64_t	bytes;			/* in all */
} TickFrame;

/* Find the cheapest frame for 1 .. TICK_BATCH_ROWS values. */
extern void tick_frame_plan(TickFrame *frame, const int64_t *values, uint32_t count);

/*
 * Append the frame.  Readers multiply the offsets by the stream's multiplier;
 * stored_base is the base with that and the stream's origin applied.
 */
extern TickStatus tick_frame_write(const TickFrame *frame, const int64_t *values, uint32_t count,
								   uint64_t stored_base, TickBuffer *out, TickError *error);

/* Base, width, width of what exceptions have beyond, number of exceptions. */
#define TICK_FRAME_HEADER_BYTES 12

/* Decode count <= TICK_BATCH_ROWS values: factor * (base + multiplier * offset). */
extern TickStatus tick_frame_read(TickBytes *in, uint32_t count, uint64_t multiplier, uint64_t factor,
								  uint64_t *values, TickError *error);

/*
 * The same of values that are codes; *most is at least the greatest of them,
 * and above UINT32_MAX only when one of them is.
 */
extern TickStatus tick_frame_read_codes(TickBytes *in, uint32_t count, uint64_t multiplier,
										uint32_t *codes, uint64_t *most, TickError *error);

/* ---- writing words ---- */

static inline TickStatus
tick_append_word(TickBuffer *out, uint64_t word, int bytes, TickError *error)
{
	TICK_TRY(tick_buffer_reserve(out, bytes, error));
	tick_put_word(out->data + out->length, word, bytes);
	out->length += bytes;
	return TICK_OK;
}

/* ---- streams ---- */

/*
 * TickBatches: where the batches' values begin in an array without the null
 * rows: batch b has values start[b] .. start[b + 1] - 1.
 */
typedef struct TickBatches
{
	uint32_t	count;
	uint32_t	start[TICK_MAX_BATCHES + 1];
} TickBatches;

static inline uint32_t
tick_batch_values(const TickBatches *batches, uint32_t batch)
{
	return batches->start[batch + 1] - batches->start[batch];
}

/* TickStreamPlan: how the integers of a chunk will be stored. */
typedef struct TickStreamPlan
{
	TickEncoding encoding;		/* plain, constant, RLE, FOR or delta */
	int64_t		origin;			/* value = origin + multiplier * reduced value */
	uint64_t	multiplier;
	const int64_t *reduced;
	int64_t		least;			/* of the values */
	int64_t		greatest;
	uint64_t	bytes;			/* estimate */
} TickStreamPlan;

/*
 * Choose the smallest encoding by encoding some batches for trial.  reduced
 * has room for all values; it is used when they have a common divisor, and
 * must then stay as it is until the stream is written.
 */
extern void tick_stream_plan(TickStreamPlan *plan, const int64_t *values, const TickBatches *batches,
							 int64_t *reduced, bool find_divisor);
/* values: those that were planned for */
extern TickStatus tick_stream_write(const TickStreamPlan *plan, const int64_t *values,
									const TickBatches *batches, TickBuffer *out, TickError *error);

/* TickStream: an opened stream. */
typedef struct TickStream
{
	TickEncoding encoding;
	uint64_t	multiplier;
	uint64_t	constant;
	const uint8_t *offsets;		/* of the batches within body: 32 bits each, one more than batches */
	TickBytes	body;
} TickStream;

/* Take a stream from the front of in. */
extern TickStatus tick_stream_open(TickStream *stream, TickEncoding encoding, TickBytes *in,
								   const TickBatches *batches, TickError *error);
extern TickStatus tick_stream_read(const TickStream *stream, const TickBatches *batches, uint32_t batch,
								   int64_t *values, TickError *error);
/* The same of codes: see tick_frame_read_codes(). */
extern TickStatus tick_stream_read_codes(const TickStream *stream, const TickBatches *batches, uint32_t batch,
										 uint32_t *codes, uint64_t *most, TickError *error);

/* ---- the encoder ---- */

/* What a chunk's first bytes say of its values. */
typedef struct TickChunkHead
{
	TickEncoding encoding;
	TickEncoding inner;			/* of the stream: mantissas, codes, lengths, or the values themselves */
	uint8_t		exponent;		/* TICK_ALP: values are mantissa / 10^exponent */
} TickChunkHead;

/* TickTextSlot: a distinct string while a dictionary is built. */
typedef struct TickTextSlot
{
	uint64_t	prefix;			/* first eight bytes, most significant first: sorts as they do */
	TickString	text;
} TickTextSlot;

/*
 * TickChunkEncoder: scratch memory, each array with room for a row group.
 * The arrays that only doubles or text need are allocated at first use.
 */
struct TickChunkEncoder
{
	TickMemory	memory;
	TickBatches batches;
	int64_t    *dense;			/* values of the rows that are not null; lengths of text */
	int64_t    *mantissas;		/* of doubles; codes of text */
	int64_t    *reduced;		/* see tick_stream_plan() */
	int64_t    *bits;			/* bit patterns of doubles */
	/* doubles that are no decimals of the chunk's exponent */
	uint16_t   *exception_positions;	/* within the batch's values */
	uint64_t   *exception_bits;
	uint32_t	exception_start[TICK_MAX_BATCHES + 1];
	/* text */
	TickString *dense_text;
	uint32_t   *dense_codes;
	TickTextSlot *distinct;		/* in order of appearance */
	uint32_t   *table;			/* where a string is in distinct, + 1: by hash, or by the vector's code */
	uint32_t   *order;			/* distinct strings sorted */
	uint32_t   *merged;			/* the other half of merge sort, then codes by distinct */
};

/* Allocate encoder->array for that many elements unless it is there. */
#define TICK_SCRATCH(encoder, array, elements, error) \
	tick_scratch(encoder, (void **) &(encoder)->array, elements, sizeof(*(encoder)->array), error)
extern TickStatus tick_scratch(TickChunkEncoder *encoder, void **array, size_t elements, size_t size, TickError *error);

/* Append everything behind the presence bits, and fill head and the zone map's range and sum. */
extern TickStatus tick_encode_double(TickChunkEncoder *encoder, const double *values, TickBuffer *out,
									 TickZoneMap *zone_map, TickChunkHead *head, TickError *error);

/*
 * codes and dictionary (NULL when there are none) are of the values, without
 * null rows; values may be NULL where there are codes
 */
extern TickStatus tick_encode_text(TickChunkEncoder *encoder, const TickString *values,
								   const uint32_t *codes, const TickString *dictionary, uint32_t dictionary_size,
								   TickBuffer *out, TickZoneMap *zone_map, TickChunkHead *head, TickError *error);

/* ---- the opened chunk ---- */

struct TickChunk
{
	TickMemory	memory;
	TickType	type;
	uint8_t		scale;
	TickEncoding encoding;
	uint32_t	rows;
	bool		all_null;
	const uint8_t *presence;	/* a bit a row, NULL when no row or every row is null */
	TickBatches batches;
	TickStream	stream;			/* numbers, mantissas, codes or lengths */
	/* TICK_ALP */
	uint8_t		exponent;
	const uint8_t *exception_starts;	/* by batch, 32 bits each; NULL when there is none */
	const uint8_t *exception_positions; /* 16 bits each */
	const uint8_t *exception_bits;	/* 64 bits each */
	uint8_t		exception_digits;	/* of the last batch's exceptions as decimals: what to try first */
	/* text */
	TickString *dictionary;
	uint32_t	dictionary_size;
	const uint8_t *text_starts; /* plain: of the batches, 64 bits each */
	TickBytes	text;
};

/* Take what is behind the presence bits. */
extern TickStatus tick_open_double(TickChunk *chunk, const TickChunkHead *head, TickBytes *in, TickError *error);
/* The batch's doubles as integers / 10^*scale, of at most *bits; *decimals is false when one of them is no decimal. */
extern TickStatus tick_decode_decimals(TickChunk *chunk, uint32_t batch, int64_t *values, uint8_t *scale, int *bits,
									   bool *decimals, TickError *error);
/* Are all of the batch's doubles decimals of the chunk's exponent? */
extern bool tick_double_batch_is_plain(const TickChunk *chunk, uint32_t batch);

/* The same, each value times factor, modulo 2^64. */
extern TickStatus tick_stream_read_scaled(const TickStream *stream, const TickBatches *batches, uint32_t batch,
										  int64_t factor, int64_t *values, TickError *error);

/*
 * Bits of a batch's integers, in magnitude, that its frame tells without
 * unpacking: an upper bound, or TICK_BITS_UNKNOWN.
 */
extern int	tick_stream_bits(const TickStream *stream, const TickBatches *batches, uint32_t batch);

/* Bounds of a batch's integers that its frame tells; false when it does not. */
extern bool tick_stream_bounds(const TickStream *stream, const TickBatches *batches, uint32_t batch,
							   int64_t *low, int64_t *high);
extern TickStatus tick_decode_double(const TickChunk *chunk, uint32_t batch, double *values, TickError *error);
extern TickStatus tick_open_text(TickChunk *chunk, const TickChunkHead *head, TickBytes *in, TickError *error);

/* codes may be NULL */
extern TickStatus tick_decode_text(const TickChunk *chunk, uint32_t batch, TickString *values,
								   uint32_t *codes, TickError *error);

extern TickStatus tick_decode_codes(const TickChunk *chunk, uint32_t batch, uint32_t *codes, TickError *error);

/* ---- zone maps (encoding_zone.c) ---- */

extern void tick_zone_map_integers(TickZoneMap *map, TickType type, uint8_t scale, const TickStreamPlan *plan,
								   const int64_t *values, uint32_t count);
extern void tick_zone_map_doubles(TickZoneMap *map, const double *values, uint32_t count);
extern void tick_zone_map_text(TickZoneMap *map, TickString least, TickString greatest);

#endif							/* TICK_CORE_ENCODING_INTERNAL_H */
