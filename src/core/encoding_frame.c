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
#include "core/bitpack_kernel.h"
#include "core/encoding_internal.h"
#include "core/encoding_kernel.h"

#define POSITION_BITS 16
#define SAMPLED 32				/* values that are looked at before all are */

/*
 * Do so many of a few sampled values need the top bits that no exceptions can
 * pay?  Half as many again must, for a sample tells no more than that.
 */
static bool
top_is_common(const int64_t *values, uint32_t count, uint64_t base, int top)
{
	uint32_t	widths[TICK_WIDTHS] = {0};
	uint32_t	beyond = 0;		/* sampled values that need more bits than width */

	for (int i = 0; i < SAMPLED; i++)
		widths[tick_bit_width((uint64_t) values[tick_sample(i, count)] - base)]++;
	for (int width = top - 1; width >= 0; width--)
	{
		beyond += widths[width + 1];
		if (2 * beyond * (uint32_t) (POSITION_BITS + top - width) < 3 * SAMPLED * (uint32_t) (top - width))
			return false;
		/* beyond a quarter there are none anyway */
		if (beyond > SAMPLED / 2)
			return true;
	}
	return true;
}

/* A frame without exceptions. */
static void
plan_whole(TickFrame *frame, uint64_t base, int width, uint32_t count)
{
	frame->base = base;
	frame->width = (uint8_t) width;
	frame->high_width = 0;
	frame->exceptions = 0;
	frame->bytes = TICK_FRAME_HEADER_BYTES + tick_packed_bytes(count, width);
}

/* Choose the width that makes the frame smallest, given the base; no offset from it has more than top bits. */
static void
choose_width(TickFrame *frame, const int64_t *values, uint32_t count, uint64_t base, int top)
{
	uint32_t	widths[TICK_WIDTHS];
	uint32_t	beyond = 0;		/* values that need more bits than width */

	if (top < 64 && count >= 2 * SAMPLED && top_is_common(values, count, base, top))
	{
		plan_whole(frame, base, top, count);
		return;
	}
	tick_frame_kernels()->count_offsets(widths, values, count, base);
	while (top > 0 && widths[top] == 0)
		top--;
	frame->base = base;
	frame->bytes = UINT64_MAX;
	for (int width = top; width >= 0; width--)
	{
		uint64_t	bytes = TICK_FRAME_HEADER_BYTES + tick_packed_bytes(count, width) +
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
	const TickFrameKernels *kernels = tick_frame_kernels();
	uint32_t	widths[TICK_WIDTHS];
	uint64_t	least_cost = UINT64_MAX;
	uint32_t	beyond = 0;
	uint64_t	within = UINT64_MAX;

	kernels->count_distances(widths, values, count, median);
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
	return (uint64_t) median - kernels->depth(values, count, median, within);
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
	int			sampled;
	TickFrame	trial;

	tick_frame_kernels()->range(values, count, &least, &greatest);
	base = (uint64_t) least;
	top = tick_bit_width((uint64_t) greatest - base);
	if (top <= 1 || count < 16)
	{
		plan_whole(frame, base, top, count);
		return;
	}
	choose_width(frame, values, count, base, top);
	sampled = sampled_width(values, count, &median);
	/* nothing to win, or nothing far below the others */
	if (sampled + 1 >= frame->width || tick_bit_width((uint64_t) median - base) <= sampled + 1)
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
	p += TICK_FRAME_HEADER_BYTES;
	for (uint32_t i = 0; i < count; i++)
		offsets[i] = (uint64_t) values[i] - frame->base;
	tick_pack(p, offsets, count, frame->width);
	p += tick_packed_bytes(count, frame->width);
	if (frame->exceptions > 0)
	{
		for (uint32_t i = 0; i < count; i++)
		{
			uint64_t	high = offsets[i] >> frame->width;

			/* mostly there is none in eight */
			if (i % 8 == 0 && i + 8 <= count &&
				(offsets[i] | offsets[i + 1] | offsets[i + 2] | offsets[i + 3] |
				 offsets[i + 4] | offsets[i + 5] | offsets[i + 6] | offsets[i + 7]) >> frame->width == 0)
			{
				i += 7;
				continue;
			}
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
patch(TickBytes *in, uint32_t count, const TickFrame *frame, uint64_t multiplier,
	  uint64_t *values, TickError *error)
{
	uint64_t	highs[TICK_BATCH_ROWS];
	uint32_t	exceptions = frame->exceptions;
	const uint8_t *positions = tick_take(in, exceptions * (POSITION_BITS / 8));
	const uint8_t *packed;

	if (positions == NULL)
		return tick_chunk_corrupt(error, "exceptions are missing");
	packed = tick_take(in, tick_packed_bytes(exceptions, frame->high_width));
	if (packed == NULL)
		return tick_chunk_corrupt(error, "exceptions are missing");
	tick_unpack(highs, exceptions, packed, frame->high_width, 0, multiplier << frame->width);
	for (uint32_t i = 0; i < exceptions; i++)
	{
		uint32_t	position = (uint32_t) tick_get_word(positions + 2 * i, 2);

		if (position >= count)
			return tick_chunk_corrupt(error, "an exception lies outside its batch");
		values[position] += highs[i];
	}
	return TICK_OK;
}

/* Take a frame's header, and the packed values behind it. */
static TickStatus
read_header(TickBytes *in, uint32_t count, TickFrame *frame, const uint8_t **packed, TickError *error)
{
	const uint8_t *header = tick_take(in, TICK_FRAME_HEADER_BYTES);

	if (header == NULL)
		return tick_chunk_corrupt(error, "a frame's header is missing");
	frame->base = tick_get_word(header, 8);
	frame->width = header[8];
	frame->high_width = header[9];
	frame->exceptions = (uint16_t) tick_get_word(header + 10, 2);
	if (frame->width > 64 || frame->high_width > 64 - frame->width || frame->exceptions > count ||
		(frame->exceptions > 0) != (frame->high_width > 0))
		return tick_chunk_corrupt(error, "a frame's header is wrong");
	*packed = tick_take(in, tick_packed_bytes(count, frame->width));
	if (*packed == NULL)
		return tick_chunk_corrupt(error, "packed values are missing");
	return TICK_OK;
}

TickStatus
tick_frame_read(TickBytes *in, uint32_t count, uint64_t multiplier, uint64_t factor,
				uint64_t *values, TickError *error)
{
	TickFrame	frame;
	const uint8_t *packed;

	TICK_TRY(read_header(in, count, &frame, &packed, error));
	tick_unpack(values, count, packed, frame.width, frame.base * factor, multiplier * factor);
	return frame.exceptions > 0 ? patch(in, count, &frame, multiplier * factor, values, error) : TICK_OK;
}

TickStatus
tick_frame_read_codes(TickBytes *in, uint32_t count, uint64_t multiplier,
					  uint32_t *codes, uint64_t *most, TickError *error)
{
	uint64_t	values[TICK_BATCH_ROWS];
	TickFrame	frame;
	const uint8_t *packed;

	TICK_TRY(read_header(in, count, &frame, &packed, error));
	if (frame.exceptions == 0 && multiplier == 1 && frame.width <= TICK_CODE_WIDTH &&
		frame.base <= UINT32_MAX >> 1)
	{
		*most = frame.base + tick_unpack_codes(codes, count, packed, frame.width, (uint32_t) frame.base);
		return TICK_OK;
	}
	tick_unpack(values, count, packed, frame.width, frame.base, multiplier);
	if (frame.exceptions > 0)
		TICK_TRY(patch(in, count, &frame, multiplier, values, error));
	*most = 0;
	for (uint32_t i = 0; i < count; i++)
	{
		*most |= values[i];
		codes[i] = (uint32_t) values[i];
	}
	return TICK_OK;
}
