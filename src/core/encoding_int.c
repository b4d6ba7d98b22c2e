/*-------------------------------------------------------------------------
 *
 * encoding_int.c
 *	  Streams: the integers of one chunk, by batches.
 *
 * Everything that is stored comes down to integers: times, counts and
 * decimals as they are, doubles as mantissas or bit patterns, text as codes
 * or lengths.  All batches of a stream share the encoding and a multiplier;
 * base, width and exceptions are each batch's own (see encoding_frame.c).
 *
 * The multiplier is the greatest common divisor of the values' distances
 * from the least one: stamps in ns that are whole microseconds do not pay for
 * three digits that are always zero.
 *
 *-------------------------------------------------------------------------
 */
#include "core/bitpack_kernel.h"
#include "core/encoding_internal.h"
#include "core/encoding_kernel.h"
#include "core/kernel.h"

#define SAMPLED_BATCHES 6
#define SAMPLED_VALUES 32
#define RUNS_MAX(count) ((count) / 3)	/* more runs than that never pay */

/* ---- the common divisor ---- */

static uint64_t
greatest_common_divisor(uint64_t a, uint64_t b)
{
	while (b != 0)
	{
		uint64_t	rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The inverse of an odd number modulo 2^64: each Newton step doubles the right bits, from 3. */
static uint64_t
inverse(uint64_t odd)
{
	uint64_t	x = odd;

	for (int i = 0; i < 5; i++)
		x *= 2 - odd * x;
	return x;
}

/*
 * Set reduced[i] = (values[i] - least) / divisor for all values.  Returns the
 * index of a value for which that is not whole, or count.
 *
 * Multiplying by the inverse of the odd part divides exactly; an odd part
 * that does not divide shows in a quotient that is too large.
 */
static uint32_t
reduce(int64_t *reduced, const int64_t *values, uint32_t count, int64_t least, uint64_t divisor)
{
	int			shift = __builtin_ctzll(divisor);
	uint64_t	odd = divisor >> shift;
	uint64_t	by = inverse(odd);
	uint64_t	limit = UINT64_MAX / odd;
	uint64_t	low = (UINT64_C(1) << shift) - 1;

	for (uint32_t start = 0; start < count; start += TICK_BATCH_ROWS)
	{
		uint32_t	end = count - start < TICK_BATCH_ROWS ? count : start + TICK_BATCH_ROWS;
		uint64_t	wrong = 0;

		for (uint32_t i = start; i < end; i++)
		{
			uint64_t	distance = (uint64_t) values[i] - (uint64_t) least;
			uint64_t	quotient = (distance >> shift) * by;

			wrong |= (distance & low) | (quotient > limit);
			reduced[i] = (int64_t) quotient;
		}
		if (wrong == 0)
			continue;
		for (uint32_t i = start; i < end; i++)
		{
			if (((uint64_t) values[i] - (uint64_t) least) % divisor != 0)
				return i;
		}
	}
	return count;
}

/*
 * Find the greatest common divisor of the distances from least and reduce
 * the values by it; returns it, 1 when it does not pay.  A few values give
 * the candidate; every value is then checked while it is divided.  The
 * values are not all equal.
 */
static uint64_t
find_multiplier(const int64_t *values, uint32_t count, int64_t least, int64_t *reduced)
{
	uint64_t	divisor = 0;

	for (uint32_t i = 0; i < SAMPLED_VALUES && divisor != 1; i++)
		divisor = greatest_common_divisor((uint64_t) values[tick_sample(i, count)] - (uint64_t) least, divisor);
	for (uint32_t i = 0; i < count && divisor == 0; i++)
		divisor = (uint64_t) values[i] - (uint64_t) least;
	for (int attempt = 0; attempt < 4 && divisor != 1; attempt++)
	{
		uint32_t	wrong = reduce(reduced, values, count, least, divisor);

		if (wrong == count)
			return divisor;
		divisor = greatest_common_divisor((uint64_t) values[wrong] - (uint64_t) least, divisor);
	}
	return 1;
}

/* ---- batches by encoding ---- */

/* The differences of neighbours, modulo 2^64: one less than there are values. */
static void
differences(int64_t *out, const int64_t *values, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		out[i - 1] = (int64_t) ((uint64_t) values[i] - (uint64_t) values[i - 1]);
}

/* Split into runs of equal values; returns how many, or RUNS_MAX + 1 when there are more than that. */
static uint32_t
find_runs(const int64_t *values, uint32_t count, uint32_t most,
		  int64_t *run_values, int64_t *run_lengths)
{
	uint32_t	runs = 0;
	uint32_t	start = 0;

	for (uint32_t i = 1; i <= count; i++)
	{
		if (i < count && values[i] == values[start])
			continue;
		if (runs == most)
			return most + 1;
		run_values[runs] = values[start];
		run_lengths[runs] = i - start;
		runs++;
		start = i;
	}
	return runs;
}

/* Bytes that the batch takes with each of the encodings that it may have. */
static void
try_batch(const int64_t *values, uint32_t count, uint64_t *frame_bytes, uint64_t *delta_bytes, uint64_t *run_bytes)
{
	TickFrame	frame;
	int64_t		a[TICK_BATCH_ROWS];
	int64_t		b[TICK_BATCH_ROWS];
	uint32_t	runs;

	tick_frame_plan(&frame, values, count);
	*frame_bytes += frame.bytes;
	*delta_bytes += 8;
	if (count > 1)
	{
		differences(a, values, count);
		tick_frame_plan(&frame, a, count - 1);
		*delta_bytes += frame.bytes;
	}
	runs = find_runs(values, count, RUNS_MAX(count), a, b);
	if (runs <= RUNS_MAX(count))
	{
		tick_frame_plan(&frame, a, runs);
		*run_bytes += 2 + frame.bytes;
		tick_frame_plan(&frame, b, runs);
		*run_bytes += frame.bytes;
	}
	else
		*run_bytes += 2 + 16 * (uint64_t) count;
}

void
tick_stream_plan(TickStreamPlan *plan, const int64_t *values, const TickBatches *batches,
				 int64_t *reduced, bool find_divisor)
{
	uint32_t	count = batches->start[batches->count];
	uint32_t	step = (batches->count + SAMPLED_BATCHES - 1) / SAMPLED_BATCHES;
	uint32_t	sampled = 0;
	uint64_t	bytes[3] = {0};
	uint64_t	least_bytes;

	tick_frame_kernels()->range(values, count, &plan->least, &plan->greatest);
	plan->origin = 0;
	plan->multiplier = 1;
	plan->reduced = values;
	plan->encoding = TICK_CONSTANT;
	plan->bytes = 8;
	if (plan->least == plan->greatest)
		return;
	if (find_divisor)
		plan->multiplier = find_multiplier(values, count, plan->least, reduced);
	if (plan->multiplier != 1)
	{
		plan->origin = plan->least;
		plan->reduced = reduced;
	}
	for (uint32_t batch = step / 2; batch < batches->count; batch += step)
	{
		if (tick_batch_values(batches, batch) == 0)
			continue;
		try_batch(plan->reduced + batches->start[batch], tick_batch_values(batches, batch),
				  &bytes[0], &bytes[1], &bytes[2]);
		sampled += tick_batch_values(batches, batch);
	}
	/* a difference of one in a hundred is a tie, which the faster decoder wins */
	plan->encoding = TICK_FOR;
	least_bytes = bytes[0];
	if (bytes[1] < least_bytes - least_bytes / 100)
	{
		plan->encoding = TICK_DELTA;
		least_bytes = bytes[1];
	}
	if (bytes[2] < least_bytes - least_bytes / 100)
	{
		plan->encoding = TICK_RLE;
		least_bytes = bytes[2];
	}
	plan->bytes = 8 + 4 * (uint64_t) (batches->count + 1);
	plan->bytes += sampled > 0 ? least_bytes * count / sampled : 8 * (uint64_t) count;
	if (plan->bytes >= 8 * (uint64_t) count)
	{
		plan->encoding = TICK_PLAIN;
		plan->multiplier = 1;
		plan->reduced = values;
		plan->bytes = 8 * (uint64_t) count;
	}
}

/* ---- writing ---- */

/* Plan and write one frame whose values are origin + multiplier * value. */
static TickStatus
write_frame(const int64_t *values, uint32_t count, uint64_t origin, uint64_t multiplier,
			TickBuffer *out, TickError *error)
{
	TickFrame	frame;

	tick_frame_plan(&frame, values, count);
	return tick_frame_write(&frame, values, count, origin + multiplier * frame.base, out, error);
}

/* Write one batch of at least one value, in the plan's encoding. */
static TickStatus
write_batch(const TickStreamPlan *plan, const int64_t *values, uint32_t count, TickBuffer *out, TickError *error)
{
	uint64_t	origin = (uint64_t) plan->origin;
	int64_t		a[TICK_BATCH_ROWS];
	int64_t		b[TICK_BATCH_ROWS];
	uint32_t	runs;

	switch (plan->encoding)
	{
		case TICK_DELTA:
			TICK_TRY(tick_append_word(out, origin + plan->multiplier * (uint64_t) values[0], 8, error));
			if (count == 1)
				return TICK_OK;
			differences(a, values, count);
			return write_frame(a, count - 1, 0, plan->multiplier, out, error);
		case TICK_RLE:
			runs = find_runs(values, count, count, a, b);
			TICK_TRY(tick_append_word(out, runs, 2, error));
			TICK_TRY(write_frame(a, runs, origin, plan->multiplier, out, error));
			return write_frame(b, runs, 0, 1, out, error);
		default:
			return write_frame(values, count, origin, plan->multiplier, out, error);
	}
}

static TickStatus
write_plain(const int64_t *values, uint32_t count, TickBuffer *out, TickError *error)
{
	uint8_t    *p;

	TICK_TRY(tick_buffer_reserve(out, 8 * (size_t) count, error));
	p = out->data + out->length;
	for (uint32_t i = 0; i < count; i++)
		tick_put_word(p + 8 * (size_t) i, (uint64_t) values[i], 8);
	out->length += 8 * (size_t) count;
	return TICK_OK;
}

TickStatus
tick_stream_write(const TickStreamPlan *plan, const int64_t *values,
				  const TickBatches *batches, TickBuffer *out, TickError *error)
{
	size_t		offsets;
	size_t		body;

	if (plan->encoding == TICK_CONSTANT)
		return tick_append_word(out, (uint64_t) values[0], 8, error);
	if (plan->encoding == TICK_PLAIN)
		return write_plain(values, batches->start[batches->count], out, error);
	TICK_TRY(tick_append_word(out, plan->multiplier, 8, error));
	offsets = out->length;
	TICK_TRY(tick_buffer_reserve(out, 4 * (size_t) (batches->count + 1) + plan->bytes, error));
	out->length += 4 * (size_t) (batches->count + 1);
	body = out->length;
	for (uint32_t batch = 0; batch < batches->count; batch++)
	{
		uint32_t	count = tick_batch_values(batches, batch);

		tick_put_word(out->data + offsets + 4 * batch, out->length - body, 4);
		if (count > 0)
			TICK_TRY(write_batch(plan, plan->reduced + batches->start[batch], count, out, error));
	}
	tick_put_word(out->data + offsets + 4 * batches->count, out->length - body, 4);
	return TICK_OK;
}

/* ---- reading ---- */

TickStatus
tick_stream_open(TickStream *stream, TickEncoding encoding, TickBytes *in,
				 const TickBatches *batches, TickError *error)
{
	const uint8_t *p;
	uint64_t	before = 0;

	stream->encoding = encoding;
	switch (encoding)
	{
		case TICK_CONSTANT:
			if ((p = tick_take(in, 8)) == NULL)
				return tick_chunk_corrupt(error, "the constant is missing");
			stream->constant = tick_get_word(p, 8);
			return TICK_OK;
		case TICK_PLAIN:
			stream->body.length = 8 * (size_t) batches->start[batches->count];
			stream->body.data = tick_take(in, stream->body.length);
			if (stream->body.data == NULL)
				return tick_chunk_corrupt(error, "plain values are missing");
			return TICK_OK;
		case TICK_FOR:
		case TICK_DELTA:
		case TICK_RLE:
			break;
		default:
			return tick_chunk_corrupt(error, "unknown encoding");
	}
	if ((p = tick_take(in, 8)) == NULL)
		return tick_chunk_corrupt(error, "the multiplier is missing");
	stream->multiplier = tick_get_word(p, 8);
	stream->offsets = tick_take(in, 4 * (uint64_t) (batches->count + 1));
	if (stream->offsets == NULL)
		return tick_chunk_corrupt(error, "batch offsets are missing");
	for (uint32_t i = 0; i <= batches->count; i++)
	{
		uint64_t	offset = tick_get_word(stream->offsets + 4 * i, 4);

		if (offset < before || (i == 0 && offset != 0))
			return tick_chunk_corrupt(error, "batch offsets do not ascend");
		before = offset;
	}
	stream->body.length = before;
	stream->body.data = tick_take(in, before);
	if (stream->body.data == NULL)
		return tick_chunk_corrupt(error, "batches are missing");
	return TICK_OK;
}

static TickStatus
read_delta(TickBytes *in, uint32_t count, uint64_t multiplier, uint64_t factor, uint64_t *values, TickError *error)
{
	const uint8_t *p = tick_take(in, 8);
	uint64_t	value;

	if (p == NULL)
		return tick_chunk_corrupt(error, "a batch's first value is missing");
	value = values[0] = tick_get_word(p, 8) * factor;
	if (count == 1)
		return TICK_OK;
	TICK_TRY(tick_frame_read(in, count - 1, multiplier, factor, values + 1, error));
	tick_unpack_kernels()->running_sums(values + 1, count - 1, value);
	return TICK_OK;
}

static TickStatus
read_runs(TickBytes *in, uint32_t count, uint64_t multiplier, uint64_t *values, TickError *error)
{
	const uint8_t *p = tick_take(in, 2);
	uint64_t	run_values[TICK_BATCH_ROWS];
	uint64_t	run_lengths[TICK_BATCH_ROWS];
	uint32_t	runs;
	uint32_t	at = 0;

	if (p == NULL)
		return tick_chunk_corrupt(error, "the number of runs is missing");
	runs = (uint32_t) tick_get_word(p, 2);
	if (runs == 0 || runs > count)
		return tick_chunk_corrupt(error, "the number of runs is wrong");
	TICK_TRY(tick_frame_read(in, runs, multiplier, 1, run_values, error));
	TICK_TRY(tick_frame_read(in, runs, 1, 1, run_lengths, error));
	for (uint32_t run = 0; run < runs; run++)
	{
		uint32_t	end;

		if (run_lengths[run] > count - at)
			return tick_chunk_corrupt(error, "runs are longer than their batch");
		end = at + (uint32_t) run_lengths[run];
		/* most runs are short: four values at a time need no guessing where they end */
		for (; at < end && at + 4 <= count; at += 4)
		{
			for (int i = 0; i < 4; i++)
				values[at + i] = run_values[run];
		}
		for (; at < end; at++)
			values[at] = run_values[run];
		at = end;
	}
	if (at != count)
		return tick_chunk_corrupt(error, "runs are shorter than their batch");
	return TICK_OK;
}

/* The bytes of a batch of a stream that is packed. */
static TickBytes
batch_bytes(const TickStream *stream, uint32_t batch)
{
	uint64_t	start = tick_get_word(stream->offsets + 4 * (size_t) batch, 4);
	uint64_t	end = tick_get_word(stream->offsets + 4 * (size_t) batch + 4, 4);

	return (TickBytes) {stream->body.data + start, end - start};
}

static TickStatus
check_end(const TickBytes *in, TickError *error)
{
	return in->length > 0 ? tick_chunk_corrupt(error, "bytes are left at a batch's end") : TICK_OK;
}

TickStatus
tick_stream_read(const TickStream *stream, const TickBatches *batches, uint32_t batch,
				 int64_t *values, TickError *error)
{
	uint32_t	count = tick_batch_values(batches, batch);
	TickBytes	in = stream->body;

	if (count == 0)
		return TICK_OK;
	if (stream->encoding == TICK_CONSTANT)
	{
		for (uint32_t i = 0; i < count; i++)
			values[i] = (int64_t) stream->constant;
		return TICK_OK;
	}
	if (stream->encoding == TICK_PLAIN)
	{
		in.data += 8 * (size_t) batches->start[batch];
		for (uint32_t i = 0; i < count; i++)
			values[i] = (int64_t) tick_get_word(in.data + 8 * (size_t) i, 8);
		return TICK_OK;
	}
	in = batch_bytes(stream, batch);
	if (stream->encoding == TICK_DELTA)
		TICK_TRY(read_delta(&in, count, stream->multiplier, 1, (uint64_t *) values, error));
	else if (stream->encoding == TICK_RLE)
		TICK_TRY(read_runs(&in, count, stream->multiplier, (uint64_t *) values, error));
	else
		TICK_TRY(tick_frame_read(&in, count, stream->multiplier, 1, (uint64_t *) values, error));
	return check_end(&in, error);
}

TickStatus
tick_stream_read_scaled(const TickStream *stream, const TickBatches *batches, uint32_t batch,
						int64_t factor, int64_t *values, TickError *error)
{
	uint32_t	count = tick_batch_values(batches, batch);
	TickBytes	in;

	if (count > 0 && (stream->encoding == TICK_FOR || stream->encoding == TICK_DELTA))
	{
		in = batch_bytes(stream, batch);
		if (stream->encoding == TICK_FOR)
			TICK_TRY(tick_frame_read(&in, count, stream->multiplier, (uint64_t) factor, (uint64_t *) values, error));
		else
			TICK_TRY(read_delta(&in, count, stream->multiplier, (uint64_t) factor, (uint64_t *) values, error));
		return check_end(&in, error);
	}
	TICK_TRY(tick_stream_read(stream, batches, batch, values, error));
	tick_kernels()->scale(values, values, factor, count);
	return TICK_OK;
}

TickStatus
tick_stream_read_codes(const TickStream *stream, const TickBatches *batches, uint32_t batch,
					   uint32_t *codes, uint64_t *most, TickError *error)
{
	uint32_t	count = tick_batch_values(batches, batch);
	int64_t		values[TICK_BATCH_ROWS];
	TickBytes	in;

	*most = 0;
	if (count == 0)
		return TICK_OK;
	if (stream->encoding == TICK_FOR)
	{
		in = batch_bytes(stream, batch);
		TICK_TRY(tick_frame_read_codes(&in, count, stream->multiplier, codes, most, error));
		return check_end(&in, error);
	}
	TICK_TRY(tick_stream_read(stream, batches, batch, values, error));
	for (uint32_t i = 0; i < count; i++)
	{
		*most |= (uint64_t) values[i];
		codes[i] = (uint32_t) values[i];
	}
	return TICK_OK;
}

/* Values low .. *high of a frame whose header this is; false when they leave 64 bits. */
static bool
frame_reach(const uint8_t *header, uint64_t multiplier, int64_t *low, int64_t *high)
{
	int			width = header[8] + header[9];
	uint64_t	reach;

	*low = (int64_t) tick_get_word(header, 8);
	return width <= 62 && !__builtin_mul_overflow((UINT64_C(1) << width) - 1, multiplier, &reach) &&
		reach <= INT64_MAX && !__builtin_add_overflow(*low, (int64_t) reach, high);
}

/* A batch's frame with exceptions tells nothing worth a test. */
bool
tick_stream_bounds(const TickStream *stream, const TickBatches *batches, uint32_t batch,
				   int64_t *low, int64_t *high)
{
	const uint8_t *header;
	TickBytes	in;

	if (stream->encoding == TICK_CONSTANT)
	{
		*low = *high = (int64_t) stream->constant;
		return true;
	}
	if (stream->encoding != TICK_FOR)
		return false;
	in = batch_bytes(stream, batch);
	header = tick_take(&in, TICK_FRAME_HEADER_BYTES);
	return header != NULL && header[9] == 0 && frame_reach(header, stream->multiplier, low, high);
}

/* Have low .. high of differences become that of the values, of which there are so many; false beyond 64 bits. */
static bool
reach_of_sums(int64_t first, uint32_t count, int64_t *low, int64_t *high)
{
	int64_t		down = *low < 0 ? *low : 0;
	int64_t		up = *high > 0 ? *high : 0;

	return !__builtin_mul_overflow(down, (int64_t) count, &down) && !__builtin_add_overflow(first, down, low) &&
		!__builtin_mul_overflow(up, (int64_t) count, &up) && !__builtin_add_overflow(first, up, high);
}

int
tick_stream_bits(const TickStream *stream, const TickBatches *batches, uint32_t batch)
{
	uint32_t	count = tick_batch_values(batches, batch);
	const uint8_t *before = NULL;
	const uint8_t *header;
	TickBytes	in;
	int64_t		low = (int64_t) stream->constant;
	int64_t		high = low;

	if (stream->encoding == TICK_PLAIN || (stream->encoding == TICK_DELTA && count < 2))
		return TICK_BITS_UNKNOWN;
	if (stream->encoding != TICK_CONSTANT)
	{
		/* the first value, or the number of runs */
		in = batch_bytes(stream, batch);
		if (stream->encoding != TICK_FOR)
			before = tick_take(&in, stream->encoding == TICK_DELTA ? 8 : 2);
		header = tick_take(&in, TICK_FRAME_HEADER_BYTES);
		if (header == NULL || !frame_reach(header, stream->multiplier, &low, &high) ||
			(stream->encoding == TICK_DELTA && !reach_of_sums((int64_t) tick_get_word(before, 8), count, &low, &high)))
			return TICK_BITS_UNKNOWN;
	}
	return tick_bit_width((uint64_t) (low ^ (low >> 63)) | (uint64_t) (high ^ (high >> 63)));
}
