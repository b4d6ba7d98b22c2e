/*-------------------------------------------------------------------------
 *
 * encoding_frame.c
 *	  Frames: up to 1024 integers, bit-packed around a base and patched.
 *
 * Every value is an offset from the base, and the low `width` bits of every
 * offset are packed.  Values whose offset needs more are exceptions: their
 * position and the bits beyond are listed behind (Zukowski et al., "Super-
 * Scalar RAM-CPU Cache Compression", in the variant of Lemire and Boytsov
 * that keeps the low bits in place).
 *
 * Offsets are taken modulo 2^64, so that the base need not be the least
 * value: one deep outlier below (the time step back where the next symbol
 * begins) is an exception too, with a huge offset.
 *
 *-------------------------------------------------------------------------
 */
#include "core/encoding_internal.h"

#define HEADER_BYTES 12
#define POSITION_BITS 16

/* A double whose lowest bit is worth 1, and its bit pattern. */
#define TWO_52 0x1p52
#define TWO_52_BITS UINT64_C(0x4330000000000000)

/* Least and greatest of at least one value; two lanes, for each comparison waits for the one before. */
void
tick_range(const int64_t *values, uint32_t count, int64_t *least, int64_t *greatest)
{
	int64_t		low[2] = {values[0], values[0]};
	int64_t		high[2] = {values[0], values[0]};

	for (uint32_t i = count & 1; i < count; i += 2)
	{
		low[0] = values[i] < low[0] ? values[i] : low[0];
		high[0] = values[i] > high[0] ? values[i] : high[0];
		low[1] = values[i + 1] < low[1] ? values[i + 1] : low[1];
		high[1] = values[i + 1] > high[1] ? values[i + 1] : high[1];
	}
	*least = low[0] < low[1] ? low[0] : low[1];
	*greatest = high[0] > high[1] ? high[0] : high[1];
}

/*
 * Numbers per bit width.  Below 2^51 the width is the exponent of 2 * number
 * + 1 as a double, which several numbers at a time can be made into; counting
 * leading zeros is slow on processors of the base instruction set.  Four
 * tables, for equal widths follow each other.
 */
static void
count_widths(uint32_t counts[65], const uint64_t *numbers, uint32_t count, int top)
{
	uint64_t	widths[TICK_BATCH_ROWS];
	uint16_t	table[4][65] = {{0}};
	uint32_t	i;

	if (top <= 51)
	{
		for (i = 0; i < count; i++)
		{
			uint64_t	bits = numbers[i] << 1 | 1 | TWO_52_BITS;
			double		value;

			memcpy(&value, &bits, sizeof(value));
			value -= TWO_52;
			memcpy(&bits, &value, sizeof(bits));
			widths[i] = (bits >> 52) - 1023;
		}
	}
	else
	{
		for (i = 0; i < count; i++)
			widths[i] = tick_bit_width(numbers[i]);
	}
	for (i = 0; i + 4 <= count; i += 4)
	{
		table[0][widths[i]]++;
		table[1][widths[i + 1]]++;
		table[2][widths[i + 2]]++;
		table[3][widths[i + 3]]++;
	}
	for (; i < count; i++)
		table[0][widths[i]]++;
	for (int width = 0; width <= 64; width++)
		counts[width] = (uint32_t) table[0][width] + table[1][width] + table[2][width] + table[3][width];
}

/* Choose the width that makes the frame smallest, given the base; no offset from it has more than top bits. */
static void
choose_width(TickFrame *frame, const int64_t *values, uint32_t count, uint64_t base, int top)
{
	uint64_t	offsets[TICK_BATCH_ROWS];
	uint32_t	widths[65];
	uint32_t	beyond = 0;		/* values that need more bits than width */

	for (uint32_t i = 0; i < count; i++)
		offsets[i] = (uint64_t) values[i] - base;
	count_widths(widths, offsets, count, top);
	while (top > 0 && widths[top] == 0)
		top--;
	frame->base = base;
	frame->bytes = UINT64_MAX;
	for (int width = top; width >= 0; width--)
	{
		uint64_t	bytes = HEADER_BYTES + tick_packed_bytes(count, width) +
			beyond * (POSITION_BITS / 8) + tick_packed_bytes(beyond, top - width);

		if (bytes < frame->bytes)
		{
			frame->width = (uint8_t) width;
			frame->high_width = (uint8_t) (beyond > 0 ? top - width : 0);
			frame->exceptions = (uint16_t) beyond;
			frame->bytes = bytes;
		}
		beyond += widths[width];
		if (beyond > count / 4)
			break;
	}
}

/*
 * The bits that span 14 of 16 sampled values, and their median: what the
 * frame may come to when outliers on both sides are exceptions.
 */
static int
sampled_width(const int64_t *values, uint32_t count, int64_t *median)
{
	int64_t		sample[16];

	for (int i = 0; i < 16; i++)
	{
		int64_t		value = values[tick_sample(i, count)];
		int			at = i;

		for (; at > 0 && sample[at - 1] > value; at--)
			sample[at] = sample[at - 1];
		sample[at] = value;
	}
	*median = sample[8];
	return tick_bit_width((uint64_t) sample[14] - (uint64_t) sample[1]);
}

/*
 * A base that leaves low outliers out: the least value within 2^k below the
 * median, for the k that makes values beyond 2^k on either side cheapest as
 * exceptions.
 */
static uint64_t
base_below(const int64_t *values, uint32_t count, int64_t median, int top)
{
	uint64_t	distances[TICK_BATCH_ROWS];
	uint32_t	widths[65];
	uint64_t	center = (uint64_t) median;
	uint64_t	least_cost = UINT64_MAX;
	uint32_t	beyond = 0;
	uint64_t	within = UINT64_MAX;
	uint64_t	depth = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		uint64_t	distance = (uint64_t) values[i] - center;

		distances[i] = values[i] < median ? -distance : distance;
	}
	count_widths(widths, distances, count, top);
	for (int width = top; width >= 0; width--)
	{
		uint64_t	cost = (uint64_t) count * (width + 1) + (uint64_t) beyond * (POSITION_BITS + 64 - width);

		if (cost < least_cost)
		{
			least_cost = cost;
			within = width < 64 ? (UINT64_C(1) << width) - 1 : UINT64_MAX;
		}
		beyond += widths[width];
	}
	for (uint32_t i = 0; i < count; i++)
	{
		uint64_t	distance = values[i] < median && distances[i] <= within ? distances[i] : 0;

		depth = distance > depth ? distance : depth;
	}
	return center - depth;
}

/*
 * The base is the least value, unless the sampled values promise a much
 * narrower frame without it: then a base among them is tried too.
 */
void
tick_frame_plan(TickFrame *frame, const int64_t *values, uint32_t count)
{
	int64_t		least;
	int64_t		greatest;
	int64_t		median;
	uint64_t	base;
	int			top;
	TickFrame	trial;

	tick_range(values, count, &least, &greatest);
	base = (uint64_t) least;
	top = tick_bit_width((uint64_t) greatest - base);
	if (top <= 1 || count < 16)
	{
		frame->base = base;
		frame->width = (uint8_t) top;
		frame->high_width = 0;
		frame->exceptions = 0;
		frame->bytes = HEADER_BYTES + tick_packed_bytes(count, top);
		return;
	}
	choose_width(frame, values, count, base, top);
	if (sampled_width(values, count, &median) + 1 >= frame->width)
		return;
	base = base_below(values, count, median, top);
	if (base == frame->base)
		return;
	/* what lies below the base wraps around */
	choose_width(&trial, values, count, base, 64);
	if (trial.bytes < frame->bytes)
		*frame = trial;
}

TickStatus
tick_frame_write(const TickFrame *frame, const int64_t *values, uint32_t count,
				 uint64_t stored_base, TickBuffer *out, TickError *error)
{
	uint64_t	offsets[TICK_BATCH_ROWS];
	uint64_t	highs[TICK_BATCH_ROWS];
	uint32_t	exceptions = 0;
	uint8_t    *p;

	TICK_TRY(tick_buffer_reserve(out, frame->bytes, error));
	p = out->data + out->length;
	tick_put_word(p, stored_base, 8);
	p[8] = frame->width;
	p[9] = frame->high_width;
	tick_put_word(p + 10, frame->exceptions, 2);
	p += HEADER_BYTES;
	for (uint32_t i = 0; i < count; i++)
		offsets[i] = (uint64_t) values[i] - frame->base;
	tick_pack(p, offsets, count, frame->width);
	p += tick_packed_bytes(count, frame->width);
	if (frame->exceptions > 0)
	{
		for (uint32_t i = 0; i < count; i++)
		{
			uint64_t	high = offsets[i] >> frame->width;

			if (high == 0)
				continue;
			highs[exceptions++] = high;
			tick_put_word(p, i, 2);
			p += 2;
		}
		tick_pack(p, highs, exceptions, frame->high_width);
	}
	out->length += frame->bytes;
	return TICK_OK;
}

/* Add the exceptions' high bits at their positions. */
static TickStatus
patch(TickBytes *in, uint32_t count, int width, int high_width, uint32_t exceptions,
	  uint64_t *values, TickError *error)
{
	uint64_t	highs[TICK_BATCH_ROWS];
	const uint8_t *positions = tick_take(in, exceptions * (POSITION_BITS / 8));
	const uint8_t *packed;

	if (positions == NULL)
		return tick_chunk_corrupt(error, "exceptions are missing");
	packed = tick_take(in, tick_packed_bytes(exceptions, high_width));
	if (packed == NULL)
		return tick_chunk_corrupt(error, "exceptions are missing");
	tick_unpack(highs, exceptions, packed, high_width, 0);
	for (uint32_t i = 0; i < exceptions; i++)
	{
		uint32_t	position = (uint32_t) tick_get_word(positions + 2 * i, 2);

		if (position >= count)
			return tick_chunk_corrupt(error, "an exception lies outside its batch");
		values[position] += highs[i] << width;
	}
	return TICK_OK;
}

TickStatus
tick_frame_read(TickBytes *in, uint32_t count, uint64_t multiplier,
				uint64_t *values, TickError *error)
{
	const uint8_t *header = tick_take(in, HEADER_BYTES);
	const uint8_t *packed;
	uint64_t	base;
	int			width;
	int			high_width;
	uint32_t	exceptions;

	if (header == NULL)
		return tick_chunk_corrupt(error, "a frame's header is missing");
	base = tick_get_word(header, 8);
	width = header[8];
	high_width = header[9];
	exceptions = (uint32_t) tick_get_word(header + 10, 2);
	if (width > 64 || high_width > 64 - width || exceptions > count || (exceptions > 0) != (high_width > 0))
		return tick_chunk_corrupt(error, "a frame's header is wrong");
	packed = tick_take(in, tick_packed_bytes(count, width));
	if (packed == NULL)
		return tick_chunk_corrupt(error, "packed values are missing");
	tick_unpack(values, count, packed, width, multiplier == 1 ? base : 0);
	if (exceptions > 0)
		TICK_TRY(patch(in, count, width, high_width, exceptions, values, error));
	if (multiplier != 1)
	{
		for (uint32_t i = 0; i < count; i++)
			values[i] = base + multiplier * values[i];
	}
	return TICK_OK;
}
