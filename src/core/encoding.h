/*-------------------------------------------------------------------------
 *
 * encoding.h
 *	  One column chunk: the values of one column in one row group, encoded.
 *
 * A chunk is written whole and read by batches of TICK_BATCH_ROWS, each
 * decodable alone.  The encoder tries what fits the type and keeps the
 * smallest; ties go to the faster decoder.  The byte layout is described
 * once, at the head of encoding.c.
 *
 * Chunk bytes are hostile: opening checks every length, offset and width
 * against the chunk's end, so that decoding cannot read or write outside.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ENCODING_H
#define TICK_CORE_ENCODING_H

#include "core/sum.h"
#include "core/vector.h"

/* The numbers are on disk: never renumber. */
typedef enum TickEncoding
{
	TICK_PLAIN = 0,
	TICK_CONSTANT = 1,
	TICK_RLE = 2,
	TICK_FOR = 3,				/* frame of reference, bit-packed, patched */
	TICK_DELTA = 4,				/* differences, frame of reference, bit-packed, patched */
	TICK_DICTIONARY = 5,		/* text: sorted distinct values + packed codes */
	TICK_ALP = 6				/* doubles as decimals, exceptions bit for bit */
} TickEncoding;

/*
 * TickZoneMap: what is known of a chunk (or of a column in a whole segment)
 * without decoding it.
 *
 * min and max leave nulls and NaN out and are unset when nothing remains.
 * Text min and max are cut to TICK_ZONE_TEXT bytes: min is then a lower
 * bound, and max (cut, with text_max_cut set) means "at most this prefix
 * followed by anything".
 */
#define TICK_ZONE_TEXT 16

typedef struct TickZoneMap
{
	uint64_t	rows;
	uint64_t	nulls;
	uint64_t	nans;			/* TICK_DOUBLE only */
	bool		has_range;		/* min and max are set */
	bool		has_sum;		/* sum is set: TICK_INT, TICK_DOUBLE, TICK_DECIMAL without NaN */
	bool		text_max_cut;
	int64_t		min_i64;
	int64_t		max_i64;
	double		min_f64;		/* -0.0 counts as 0.0; infinities included */
	double		max_f64;
	uint8_t		min_text_length;
	uint8_t		max_text_length;
	char		min_text[TICK_ZONE_TEXT];
	char		max_text[TICK_ZONE_TEXT];
	TickSum		sum;
} TickZoneMap;

extern void tick_zone_map_init(TickZoneMap *map);
/* widen map (a column's map in a segment) by one chunk's */
extern void tick_zone_map_merge(TickZoneMap *map, TickType type, const TickZoneMap *other);

/* TickChunkEncoder holds the scratch memory of encoding; reuse it. */
typedef struct TickChunkEncoder TickChunkEncoder;

extern TickStatus tick_chunk_encoder_create(TickChunkEncoder **encoder, const TickMemory *memory, TickError *error);
extern void tick_chunk_encoder_free(TickChunkEncoder *encoder);

/*
 * Append the encoded bytes of 1 .. TICK_ROW_GROUP_ROWS values to out and
 * fill the zone map.  *encoding tells what was chosen.  On an error out is
 * as it was.  Text with codes and a dictionary is encoded faster.
 */
extern TickStatus tick_chunk_encode(TickChunkEncoder *encoder, const TickVector *values,
									TickBuffer *out, TickZoneMap *zone_map,
									TickEncoding *encoding, TickError *error);

/*
 * TickChunk: an opened chunk.  data must stay alive and unchanged while it
 * is used.  Dictionary and offset tables are allocated from memory.
 */
typedef struct TickChunk TickChunk;

extern TickStatus tick_chunk_open(TickChunk **chunk, const TickMemory *memory,
								  const uint8_t *data, size_t length,
								  TickType type, uint8_t scale, uint32_t rows,
								  TickError *error);
extern void tick_chunk_close(TickChunk *chunk);
extern TickEncoding tick_chunk_encoding(const TickChunk *chunk);

/*
 * Decode batch number `batch` (rows batch * 1024 ...) into *out.  The arrays
 * of out belong to the caller and have room for TICK_BATCH_ROWS, validity
 * included; *has_nulls is false (and validity untouched) when every row is
 * present.  For dictionary-coded (and constant) text, codes are filled too when out->codes
 * is not NULL, and dictionary and dictionary_size are set; otherwise
 * dictionary is set to NULL.  Text points into the chunk.
 */
extern TickStatus tick_chunk_decode(TickChunk *chunk, uint32_t batch, TickVector *out,
									bool *has_nulls, TickError *error);

/*
 * Doubles as decimals: when every double of the batch is one, decode as above
 * but into integers, with the type TICK_DECIMAL and its scale: value =
 * i64[i] / 10^scale.  *decimals is false, and out of no use, when the chunk
 * does not keep its doubles as decimals or one of the batch is none.  *bits
 * is as tick_chunk_batch_bits() tells.
 */
extern TickStatus tick_chunk_decode_decimals(TickChunk *chunk, uint32_t batch, TickVector *out, int *bits,
											 bool *decimals, bool *has_nulls, TickError *error);

/*
 * An upper bound of the bits that the batch's integers or decimals take,
 * leaving their sign aside, as far as it is known without decoding.
 */
#define TICK_BITS_UNKNOWN 64
extern int	tick_chunk_batch_bits(const TickChunk *chunk, uint32_t batch);

/*
 * The codes of a dictionary's text alone; text is not written.  *has_codes is
 * false, and out untouched, when the chunk has no dictionary.
 */
extern TickStatus tick_chunk_decode_codes(TickChunk *chunk, uint32_t batch, TickVector *out,
										  bool *has_codes, bool *has_nulls, TickError *error);

/*
 * Bounds of the batch's values that its first bytes tell without decoding;
 * false when they do not.  Integers and decimals in map->min_i64 .. max_i64,
 * doubles in min_f64 .. max_f64; rows and nulls are set, the rest is not.
 */
extern bool tick_chunk_batch_map(const TickChunk *chunk, uint32_t batch, TickZoneMap *map);

extern const char *tick_encoding_name(TickEncoding encoding);	/* "for", "alp", ... */

#endif							/* TICK_CORE_ENCODING_H */
