/*-------------------------------------------------------------------------
 *
 * encoding_double.c
 *	  Doubles as decimals: mantissas at one power of ten a chunk.
 *
 * Prices and amounts are decimals that a file spelled with a few digits.  A
 * double is stored as the mantissa m when m / 10^e, one division of exact
 * numbers, gives its very bits back; e is the chunk's and comes from a
 * sample.  Mantissas are a stream of integers like any other.  All else is
 * an exception and kept bit for bit: more digits, -0.0, infinities, NaN with
 * its payload.  (After Afroozeh, Kuffo and Boncz, "ALP: Adaptive Lossless
 * floating-Point Compression"; dividing is exact for every decimal of up to
 * 15 digits, where ALP's two multiplications are not.)
 *
 * When too many are exceptions, the bit patterns themselves are the stream.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/encoding_internal.h"
#include "core/kernel.h"

#define SAMPLED_VALUES 256
#define EXCEPTION_BYTES 10		/* position and bits */
#define EXCEPTION_COST 12		/* what one counts when the exponent is chosen: they are slow, too */

#define MANTISSA_BITS 62
#define TWO_51 (INT64_C(1) << 51)

/*
 * A double whose lowest bit is worth 1, and its bit pattern: a mantissa below
 * 2^51 added to the pattern is added to the double.
 */
#define ROUNDER 0x1.8p52
#define ROUNDER_BITS UINT64_C(0x4338000000000000)

static const double power_of_ten[TICK_SUM_MAX_SCALE + 1] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18
};

static inline uint64_t
bits_of(double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline double
double_of(uint64_t bits)
{
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* ---- encoding ---- */

/* Bits that the sampled decimals take at the exponent. */
static uint64_t
sample_cost(const int64_t *mantissas, const uint8_t *exponents, int decimals, int sampled, int exponent)
{
	int			fitting = 0;
	int64_t		least = INT64_MAX;
	int64_t		greatest = INT64_MIN;

	for (int i = 0; i < decimals; i++)
	{
		int64_t		mantissa;

		if (exponents[i] > exponent ||
			__builtin_mul_overflow(mantissas[i], tick_power_of_ten[exponent - exponents[i]], &mantissa) ||
			mantissa > INT64_C(1) << 53 || mantissa < -(INT64_C(1) << 53))
			continue;
		fitting++;
		least = mantissa < least ? mantissa : least;
		greatest = mantissa > greatest ? mantissa : greatest;
	}
	if (fitting == 0)
		return UINT64_MAX;
	return (uint64_t) fitting * tick_bit_width((uint64_t) greatest - (uint64_t) least) +
		(uint64_t) (sampled - fitting) * EXCEPTION_COST * 8;
}

/* The exponent that suits a sample of the values best; -1 when bit patterns are no larger. */
static int
choose_exponent(const double *values, uint32_t count)
{
	int64_t		mantissas[SAMPLED_VALUES];
	uint8_t		exponents[SAMPLED_VALUES];
	bool		seen[TICK_SUM_MAX_SCALE + 1] = {false};
	int			sampled = count < SAMPLED_VALUES ? (int) count : SAMPLED_VALUES;
	int			decimals = 0;
	int			best = -1;
	uint64_t	least;

	for (int i = 0; i < sampled; i++)
	{
		double		value = values[count <= SAMPLED_VALUES ? (uint32_t) i : tick_sample(i, count)];

		if (!tick_double_to_decimal(value, &mantissas[decimals], &exponents[decimals]))
			continue;
		seen[exponents[decimals]] = true;
		decimals++;
	}
	least = 64 * (uint64_t) sampled;
	for (int exponent = 0; exponent <= TICK_SUM_MAX_SCALE; exponent++)
	{
		uint64_t	cost = seen[exponent] ? sample_cost(mantissas, exponents, decimals, sampled, exponent) : UINT64_MAX;

		if (cost < least)
		{
			least = cost;
			best = exponent;
		}
	}
	return best;
}

/* The mantissa of one value, up to 2^53; false when it has none at this power of ten. */
static bool
mantissa_of_one(double value, double power, int64_t *mantissa)
{
	double		product = value * power;

	if (!(fabs(product) <= 0x1p53))
		return false;
	*mantissa = (int64_t) (product + (product < 0 ? -0.5 : 0.5));
	return bits_of((double) *mantissa / power) == bits_of(value) &&
		*mantissa <= INT64_C(1) << 53 && *mantissa >= -(INT64_C(1) << 53);
}

/* 1024 mantissas below 2^51 fit 64 bits. */
static int64_t
sum_of(const int64_t *mantissas, uint32_t count)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += (uint64_t) mantissas[i];
	return (int64_t) sum;
}

/*
 * Fill encoder->mantissas and the exceptions, and add everything to sum.
 * An exception's place repeats the mantissa before it, which packs well.
 * From 2^52 on, two decimals may share a double: there the sum takes the one
 * that tick_double_to_decimal() finds, as every other sum of the value does.
 */
static void
split_exceptions(TickChunkEncoder *encoder, const double *values, int exponent, TickSum *sum)
{
	double		power = power_of_ten[exponent];
	tick_int128 units = 0;
	int64_t		last = 0;
	uint32_t	exceptions = 0;

	for (uint32_t batch = 0; batch < encoder->batches.count; batch++)
	{
		uint32_t	start = encoder->batches.start[batch];
		uint32_t	count = tick_batch_values(&encoder->batches, batch);
		int64_t    *mantissas = encoder->mantissas + start;

		encoder->exception_start[batch] = exceptions;
		if (count == 0)
			continue;
		if (tick_doubles_to_decimals(values + start, count, (uint8_t) exponent, mantissas))
		{
			units += sum_of(mantissas, count);
			last = mantissas[count - 1];
			continue;
		}
		for (uint32_t i = 0; i < count; i++)
		{
			if (mantissa_of_one(values[start + i], power, &mantissas[i]))
			{
				last = mantissas[i];
				if (last < TWO_51 && last > -TWO_51)
					units += last;
				else
					tick_sum_add_double(sum, values[start + i]);
				continue;
			}
			mantissas[i] = last;
			encoder->exception_positions[exceptions] = (uint16_t) i;
			encoder->exception_bits[exceptions] = bits_of(values[start + i]);
			exceptions++;
			tick_sum_add_double(sum, values[start + i]);
		}
	}
	encoder->exception_start[encoder->batches.count] = exceptions;
	tick_sum_add_units(sum, units, (uint8_t) exponent);
}

/* Append the number of exceptions, and when there are any, where the batches' begin, positions and bits. */
static TickStatus
write_exceptions(const TickChunkEncoder *encoder, TickBuffer *out, TickError *error)
{
	uint32_t	exceptions = encoder->exception_start[encoder->batches.count];
	uint8_t    *p;

	TICK_TRY(tick_append_word(out, exceptions, 4, error));
	if (exceptions == 0)
		return TICK_OK;
	TICK_TRY(tick_buffer_reserve(out, 4 * (size_t) (encoder->batches.count + 1) +
								 EXCEPTION_BYTES * (size_t) exceptions, error));
	p = out->data + out->length;
	for (uint32_t batch = 0; batch <= encoder->batches.count; batch++, p += 4)
		tick_put_word(p, encoder->exception_start[batch], 4);
	for (uint32_t i = 0; i < exceptions; i++, p += 2)
		tick_put_word(p, encoder->exception_positions[i], 2);
	for (uint32_t i = 0; i < exceptions; i++, p += 8)
		tick_put_word(p, encoder->exception_bits[i], 8);
	out->length = p - out->data;
	return TICK_OK;
}

/* The sum is known unless a NaN, an infinity or too large a number is among the values. */
static void
set_sum(TickZoneMap *zone_map, const TickSum *sum)
{
	zone_map->has_sum = !sum->overflow && !(sum->has_rest && !isfinite(sum->rest));
	if (zone_map->has_sum)
		zone_map->sum = *sum;
}

TickStatus
tick_encode_double(TickChunkEncoder *encoder, const double *values, TickBuffer *out,
				   TickZoneMap *zone_map, TickChunkHead *head, TickError *error)
{
	uint32_t	count = encoder->batches.start[encoder->batches.count];
	int			exponent = choose_exponent(values, count);
	TickStreamPlan plan;
	TickStreamPlan bits_plan;
	TickSum		sum;
	uint64_t	exceptions = 0;

	tick_sum_init(&sum);
	tick_zone_map_doubles(zone_map, values, count);
	if (exponent >= 0)
	{
		TICK_TRY(TICK_SCRATCH(encoder, exception_positions, TICK_ROW_GROUP_ROWS, error));
		TICK_TRY(TICK_SCRATCH(encoder, exception_bits, TICK_ROW_GROUP_ROWS, error));
		split_exceptions(encoder, values, exponent, &sum);
		exceptions = encoder->exception_start[encoder->batches.count];
		tick_stream_plan(&plan, encoder->mantissas, &encoder->batches, encoder->reduced, true);
		plan.bytes += 4 + exceptions * EXCEPTION_BYTES;
	}
	else
	{
		for (uint32_t i = 0; i < count; i++)
			tick_sum_add_double(&sum, values[i]);
	}
	set_sum(zone_map, &sum);
	if (exponent < 0 || exceptions > count / 16 || plan.encoding == TICK_CONSTANT)
	{
		TICK_TRY(TICK_SCRATCH(encoder, bits, TICK_ROW_GROUP_ROWS, error));
		memcpy(encoder->bits, values, count * sizeof(double));
		/* reduced may hold the mantissas still, and bit patterns have no divisor */
		tick_stream_plan(&bits_plan, encoder->bits, &encoder->batches, NULL, false);
		if (exponent < 0 || bits_plan.bytes < plan.bytes)
		{
			head->encoding = head->inner = bits_plan.encoding;
			return tick_stream_write(&bits_plan, encoder->bits, &encoder->batches, out, error);
		}
	}
	head->encoding = TICK_ALP;
	head->inner = plan.encoding;
	head->exponent = (uint8_t) exponent;
	TICK_TRY(tick_stream_write(&plan, encoder->mantissas, &encoder->batches, out, error));
	return write_exceptions(encoder, out, error);
}

/* ---- decoding ---- */

static TickStatus
open_exceptions(TickChunk *chunk, TickBytes *in, TickError *error)
{
	const uint8_t *p = tick_take(in, 4);
	uint32_t	exceptions;
	uint32_t	before = 0;

	if (p == NULL)
		return tick_chunk_corrupt(error, "the number of exceptions is missing");
	exceptions = (uint32_t) tick_get_word(p, 4);
	if (exceptions == 0)
		return TICK_OK;
	chunk->exception_starts = tick_take(in, 4 * (uint64_t) (chunk->batches.count + 1));
	if (chunk->exception_starts == NULL)
		return tick_chunk_corrupt(error, "exceptions are missing");
	for (uint32_t batch = 0; batch <= chunk->batches.count; batch++)
	{
		uint32_t	start = (uint32_t) tick_get_word(chunk->exception_starts + 4 * batch, 4);

		if (start < before || start > exceptions)
			return tick_chunk_corrupt(error, "exceptions do not ascend");
		before = start;
	}
	chunk->exception_positions = tick_take(in, 2 * (uint64_t) exceptions);
	chunk->exception_bits = tick_take(in, 8 * (uint64_t) exceptions);
	if (chunk->exception_positions == NULL || chunk->exception_bits == NULL)
		return tick_chunk_corrupt(error, "exceptions are missing");
	return TICK_OK;
}

TickStatus
tick_open_double(TickChunk *chunk, const TickChunkHead *head, TickBytes *in, TickError *error)
{
	if (head->encoding != TICK_ALP)
		return tick_stream_open(&chunk->stream, head->encoding, in, &chunk->batches, error);
	if (head->exponent > TICK_SUM_MAX_SCALE)
		return tick_chunk_corrupt(error, "the exponent is too large");
	chunk->exponent = head->exponent;
	TICK_TRY(tick_stream_open(&chunk->stream, head->inner, in, &chunk->batches, error));
	return open_exceptions(chunk, in, error);
}

bool
tick_double_batch_is_plain(const TickChunk *chunk, uint32_t batch)
{
	return chunk->exception_starts == NULL ||
		tick_get_word(chunk->exception_starts + 4 * batch, 4) == tick_get_word(chunk->exception_starts + 4 * batch + 4, 4);
}

/*
 * Mantissas to doubles, in place; below 2^51 without converting one by one.
 * Integers and doubles share the memory, so that both go through memcpy().
 */
static void
divide(void *values, uint32_t count, double power)
{
	uint8_t    *p = values;
	uint64_t	large = 0;
	uint64_t	mantissa;
	double		value;

	for (size_t i = 0; i < 8 * (size_t) count; i += 8)
	{
		memcpy(&mantissa, p + i, 8);
		large |= (mantissa + (UINT64_C(1) << 51)) >> 52;
	}
	if (large == 0)
	{
		for (size_t i = 0; i < 8 * (size_t) count; i += 8)
		{
			memcpy(&mantissa, p + i, 8);
			value = (double_of(mantissa + ROUNDER_BITS) - ROUNDER) / power;
			memcpy(p + i, &value, 8);
		}
		return;
	}
	for (size_t i = 0; i < 8 * (size_t) count; i += 8)
	{
		memcpy(&mantissa, p + i, 8);
		value = (double) (int64_t) mantissa / power;
		memcpy(p + i, &value, 8);
	}
}

TickStatus
tick_decode_double(const TickChunk *chunk, uint32_t batch, double *values, TickError *error)
{
	uint32_t	count = tick_batch_values(&chunk->batches, batch);
	uint32_t	start;
	uint32_t	end;

	TICK_TRY(tick_stream_read(&chunk->stream, &chunk->batches, batch, (int64_t *) (void *) values, error));
	if (chunk->encoding != TICK_ALP)
		return TICK_OK;
	divide(values, count, power_of_ten[chunk->exponent]);
	if (chunk->exception_starts == NULL)
		return TICK_OK;
	start = (uint32_t) tick_get_word(chunk->exception_starts + 4 * batch, 4);
	end = (uint32_t) tick_get_word(chunk->exception_starts + 4 * batch + 4, 4);
	for (uint32_t i = start; i < end; i++)
	{
		uint32_t	position = (uint32_t) tick_get_word(chunk->exception_positions + 2 * (size_t) i, 2);

		if (position >= count)
			return tick_chunk_corrupt(error, "an exception lies outside its batch");
		values[position] = double_of(tick_get_word(chunk->exception_bits + 8 * (size_t) i, 8));
	}
	return TICK_OK;
}

/*
 * The batch's mantissas times 10^digits; false when one may leave 62 bits.
 * *bits is what they take at most, or unknown.
 */
static TickStatus
read_mantissas(const TickChunk *chunk, uint32_t batch, int digits, int64_t *values, int *bits, bool *fits, TickError *error)
{
	const TickKernels *kernel = tick_kernels();
	uint32_t	count = tick_batch_values(&chunk->batches, batch);
	int64_t		factor = tick_power_of_ten[digits];

	*bits = tick_stream_bits(&chunk->stream, &chunk->batches, batch);
	*fits = true;
	if (digits == 0)
		return tick_stream_read(&chunk->stream, &chunk->batches, batch, values, error);
	if (*bits + tick_bit_width((uint64_t) factor) <= MANTISSA_BITS)
	{
		*bits += tick_bit_width((uint64_t) factor);
		return tick_stream_read_scaled(&chunk->stream, &chunk->batches, batch, factor, values, error);
	}
	TICK_TRY(tick_stream_read(&chunk->stream, &chunk->batches, batch, values, error));
	*fits = kernel->magnitude(values, count) <= (UINT64_C(1) << MANTISSA_BITS) / (uint64_t) factor;
	if (*fits)
		kernel->scale(values, values, factor, count);
	*bits = TICK_BITS_UNKNOWN;
	return TICK_OK;
}

/* Find decimals of exceptions one by one, then bring them to the most digits of any; false when one is none. */
static bool
convert_exceptions(const double *values, uint32_t count, int64_t *mantissas, uint8_t *most)
{
	uint8_t		digits[TICK_BATCH_ROWS];

	for (uint32_t i = 0; i < count; i++)
	{
		if (!tick_double_to_decimal(values[i], &mantissas[i], &digits[i]))
			return false;
		*most = digits[i] > *most ? digits[i] : *most;
	}
	for (uint32_t i = 0; i < count; i++)
		if (__builtin_mul_overflow(mantissas[i], tick_power_of_ten[*most - digits[i]], &mantissas[i]))
			return false;
	return true;
}

/*
 * The batch's exceptions as decimals of *digits, which are at least the
 * chunk's; false when one is none.  They mostly have as many as those of the
 * batch before.
 */
static bool
exceptions_to_decimals(TickChunk *chunk, uint32_t start, uint32_t end, int64_t *mantissas, uint8_t *digits)
{
	double		values[TICK_BATCH_ROWS];

	*digits = chunk->exponent;
	if (start == end)
		return true;
	for (uint32_t i = start; i < end; i++)
		values[i - start] = double_of(tick_get_word(chunk->exception_bits + 8 * (size_t) i, 8));
	if (chunk->exception_digits > chunk->exponent)
	{
		*digits = chunk->exception_digits;
		if (tick_doubles_to_decimals(values, end - start, *digits, mantissas))
			return true;
		*digits = chunk->exponent;
	}
	if (!convert_exceptions(values, end - start, mantissas, digits))
		return false;
	chunk->exception_digits = *digits;
	return true;
}

/*
 * Exceptions are mostly decimals of more digits than the chunk's: then all of
 * the batch is brought to theirs.
 */
TickStatus
tick_decode_decimals(TickChunk *chunk, uint32_t batch, int64_t *values, uint8_t *scale, int *bits,
					 bool *decimals, TickError *error)
{
	uint32_t	count = tick_batch_values(&chunk->batches, batch);
	uint32_t	start = 0;
	uint32_t	end = 0;
	int64_t		mantissas[TICK_BATCH_ROWS];
	uint64_t	seen = 0;

	*decimals = false;
	if (!tick_double_batch_is_plain(chunk, batch))
	{
		start = (uint32_t) tick_get_word(chunk->exception_starts + 4 * batch, 4);
		end = (uint32_t) tick_get_word(chunk->exception_starts + 4 * batch + 4, 4);
	}
	if (end - start > count)
		return tick_chunk_corrupt(error, "there are more exceptions than values");
	if (!exceptions_to_decimals(chunk, start, end, mantissas, scale))
		return TICK_OK;
	TICK_TRY(read_mantissas(chunk, batch, *scale - chunk->exponent, values, bits, decimals, error));
	for (uint32_t i = start; i < end && *decimals; i++)
	{
		uint32_t	position = (uint32_t) tick_get_word(chunk->exception_positions + 2 * (size_t) i, 2);

		if (position >= count)
			return tick_chunk_corrupt(error, "an exception lies outside its batch");
		values[position] = mantissas[i - start];
		seen |= (uint64_t) (mantissas[i - start] ^ (mantissas[i - start] >> 63));
	}
	if (tick_bit_width(seen) > *bits)
		*bits = tick_bit_width(seen);
	return TICK_OK;
}
