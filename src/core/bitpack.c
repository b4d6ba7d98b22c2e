/*-------------------------------------------------------------------------
 *
 * bitpack.c
 *	  Integers of 0 to 64 bits, one behind the other without gaps.
 *
 * Unpacking goes by groups of eight values of width w, which take w whole
 * bytes; the loops are in bitpack_kernel.c.  They may look beyond the packed
 * bytes: the groups near the end are unpacked from a copy with room behind.
 * Packing goes by such groups too, up to 32 bits.
 *
 *-------------------------------------------------------------------------
 */
#include "core/bitpack.h"
#include "core/bitpack_kernel.h"
#include "core/bytes.h"

#include <string.h>

/*
 * The copied end has less than 72 bytes, which is less than 136 values, even
 * of one bit.  A group and two words more may be looked at behind it.
 */
#define TAIL_BYTES (72 + 64 + 16)
#define TAIL_VALUES 136

/* A group's values into its words, which are zero; places and shifts are constants. */
static inline __attribute__((always_inline)) void
pack_group(uint8_t *out, const uint64_t *values, int width)
{
	uint64_t	word[6] = {0};

	for (int j = 0; j < 8; j++)
	{
		uint64_t	value = values[j] & (UINT64_MAX >> (64 - width));
		int			bit = j * width;

		word[bit / 64] |= value << bit % 64;
		if (bit % 64 + width > 64)
			word[bit / 64 + 1] |= value >> (64 - bit % 64);
	}
	for (int i = 0; i < (width + 7) / 8; i++)
		tick_put64(out + 8 * i, word[i]);
}

#define PACK_WIDTH(w) \
	case w: \
		for (size_t i = 0; i < groups; i++) \
			pack_group(out + i * (w), values + i * 8, w); \
		return groups * 8;

#define PACK_WIDTHS(w) \
	PACK_WIDTH((w) + 1) PACK_WIDTH((w) + 2) PACK_WIDTH((w) + 3) PACK_WIDTH((w) + 4) \
	PACK_WIDTH((w) + 5) PACK_WIDTH((w) + 6) PACK_WIDTH((w) + 7) PACK_WIDTH((w) + 8)

/*
 * Pack groups of the widths that nearly all frames have; returns how many
 * values that were.  Up to seven bytes behind a group are written too.
 */
static size_t
pack_groups(uint8_t *out, const uint64_t *values, size_t groups, int width)
{
	switch (width)
	{
			PACK_WIDTHS(0)
			PACK_WIDTHS(8)
			PACK_WIDTHS(16)
			PACK_WIDTHS(24)
	}
	return 0;
}

void
tick_pack(uint8_t *out, const uint64_t *values, size_t count, int width)
{
	uint64_t	mask = width < 64 ? (UINT64_C(1) << width) - 1 : UINT64_MAX;
	uint64_t	word = 0;
	int			filled = 0;		/* bits of word in use, below 64 */
	size_t		done = 0;

	if (width == 0)
		return;
	/* the last values come singly, and take more than the seven bytes */
	if (count > 64)
		done = pack_groups(out, values, (count - 57) / 8, width);
	values += done;
	count -= done;
	out += done / 8 * (size_t) width;
	for (size_t i = 0; i < count; i++)
	{
		uint64_t	value = values[i] & mask;

		word |= value << filled;
		filled += width;
		if (filled >= 64)
		{
			tick_put64(out, word);
			out += 8;
			filled -= 64;
			/* what did not fit; shifting by 64 is not defined */
			word = filled > 0 ? value >> (width - filled) : 0;
		}
	}
	for (; filled > 0; filled -= 8, word >>= 8)
		*out++ = (uint8_t) word;
}

/* Groups that can be unpacked where they are, all bytes that loads may touch being there. */
static size_t
whole_groups(const TickUnpackKernels *kernels, size_t count, int width)
{
	size_t		length = tick_packed_bytes(count, width);
	size_t		reach = 7 * (size_t) width / 8 + 16;	/* bytes that a group's loads may touch */
	size_t		groups = count / 8;

	if (kernels->exact)
		return groups;
	if (length < reach)
		return 0;
	return (length - reach) / width + 1 < groups ? (length - reach) / width + 1 : groups;
}

void
tick_unpack(uint64_t *values, size_t count, const uint8_t *in, int width, uint64_t base, uint64_t multiplier)
{
	const TickUnpackKernels *kernels = tick_unpack_kernels();
	size_t		groups;
	uint8_t		bytes[TAIL_BYTES] = {0};
	uint64_t	tail[TAIL_VALUES];

	if (width == 0)
	{
		for (size_t i = 0; i < count; i++)
			values[i] = base;
		return;
	}
	groups = whole_groups(kernels, count, width);
	kernels->values(values, groups, in, width, base, multiplier);
	count -= groups * 8;
	if (count == 0)
		return;
	memcpy(bytes, in + groups * width, tick_packed_bytes(count, width));
	kernels->values(tail, (count + 7) / 8, bytes, width, base, multiplier);
	memcpy(values + groups * 8, tail, count * sizeof(uint64_t));
}

uint32_t
tick_unpack_codes(uint32_t *codes, size_t count, const uint8_t *in, int width, uint32_t base)
{
	const TickUnpackKernels *kernels = tick_unpack_kernels();
	size_t		groups;
	uint32_t	greatest;
	uint32_t	rest;
	uint8_t		bytes[TAIL_BYTES] = {0};
	uint32_t	tail[TAIL_VALUES];

	if (width == 0)
	{
		for (size_t i = 0; i < count; i++)
			codes[i] = base;
		return 0;
	}
	groups = whole_groups(kernels, count, width);
	greatest = kernels->codes(codes, groups, in, width, base);
	count -= groups * 8;
	if (count == 0)
		return greatest;
	memcpy(bytes, in + groups * width, tick_packed_bytes(count, width));
	rest = kernels->codes(tail, (count + 7) / 8, bytes, width, base);
	memcpy(codes + groups * 8, tail, count * sizeof(uint32_t));
	return rest > greatest ? rest : greatest;
}
