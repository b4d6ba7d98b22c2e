/*-------------------------------------------------------------------------
 *
 * bitpack.c
 *	  Integers of 0 to 64 bits, one behind the other without gaps.
 *
 * Eight values of width w take w whole bytes.  Unpacking goes by such groups,
 * with one kernel a width: the eight places and shifts within a group are
 * constants, which leaves a load, a shift, a mask and an add for each value.
 * A value and its shift fit one 64-bit load up to a width of 58, and at 60
 * and 64; the four other widths take two loads.
 *
 * Kernels load eight bytes at the last value's place and so may look beyond
 * the packed bytes; the groups near the end are unpacked from a copy with
 * room behind.
 *
 *-------------------------------------------------------------------------
 */
#include "core/bitpack.h"

#include <string.h>

/*
 * The copied end has less than 72 bytes, which is less than 136 values, even
 * of one bit.  A group and two words more may be looked at behind it.
 */
#define TAIL_BYTES (72 + 64 + 16)
#define TAIL_VALUES 136

static inline uint64_t
load64(const uint8_t *p)
{
	uint64_t	word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline void
store64(uint8_t *p, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	memcpy(p, &word, sizeof(word));
}

void
tick_pack(uint8_t *out, const uint64_t *values, size_t count, int width)
{
	uint64_t	mask = width < 64 ? (UINT64_C(1) << width) - 1 : UINT64_MAX;
	uint64_t	word = 0;
	int			filled = 0;		/* bits of word in use, below 64 */

	if (width == 0)
		return;
	for (size_t i = 0; i < count; i++)
	{
		uint64_t	value = values[i] & mask;

		word |= value << filled;
		filled += width;
		if (filled >= 64)
		{
			store64(out, word);
			out += 8;
			filled -= 64;
			/* what did not fit; shifting by 64 is not defined */
			word = filled > 0 ? value >> (width - filled) : 0;
		}
	}
	for (; filled > 0; filled -= 8, word >>= 8)
		*out++ = (uint8_t) word;
}

/* Value j of a group whose values fit one load. */
#define UNPACK_ONE(w, j) \
	values[j] = base + ((load64(in + (j) * (w) / 8) >> ((j) * (w) % 8)) & (UINT64_MAX >> (64 - (w))))

#define UNPACK_WIDTH(w) \
	case w: \
		for (; groups > 0; groups--, in += (w), values += 8) \
		{ \
			UNPACK_ONE(w, 0); \
			UNPACK_ONE(w, 1); \
			UNPACK_ONE(w, 2); \
			UNPACK_ONE(w, 3); \
			UNPACK_ONE(w, 4); \
			UNPACK_ONE(w, 5); \
			UNPACK_ONE(w, 6); \
			UNPACK_ONE(w, 7); \
		} \
		break;

/*
 * Unpack whole groups.  Loads may reach 16 bytes beyond the byte where the
 * last value begins.
 */
static void
unpack_groups(uint64_t *restrict values, const uint8_t *restrict in, size_t groups, int width, uint64_t base)
{
	switch (width)
	{
			UNPACK_WIDTH(1)
			UNPACK_WIDTH(2)
			UNPACK_WIDTH(3)
			UNPACK_WIDTH(4)
			UNPACK_WIDTH(5)
			UNPACK_WIDTH(6)
			UNPACK_WIDTH(7)
			UNPACK_WIDTH(8)
			UNPACK_WIDTH(9)
			UNPACK_WIDTH(10)
			UNPACK_WIDTH(11)
			UNPACK_WIDTH(12)
			UNPACK_WIDTH(13)
			UNPACK_WIDTH(14)
			UNPACK_WIDTH(15)
			UNPACK_WIDTH(16)
			UNPACK_WIDTH(17)
			UNPACK_WIDTH(18)
			UNPACK_WIDTH(19)
			UNPACK_WIDTH(20)
			UNPACK_WIDTH(21)
			UNPACK_WIDTH(22)
			UNPACK_WIDTH(23)
			UNPACK_WIDTH(24)
			UNPACK_WIDTH(25)
			UNPACK_WIDTH(26)
			UNPACK_WIDTH(27)
			UNPACK_WIDTH(28)
			UNPACK_WIDTH(29)
			UNPACK_WIDTH(30)
			UNPACK_WIDTH(31)
			UNPACK_WIDTH(32)
			UNPACK_WIDTH(33)
			UNPACK_WIDTH(34)
			UNPACK_WIDTH(35)
			UNPACK_WIDTH(36)
			UNPACK_WIDTH(37)
			UNPACK_WIDTH(38)
			UNPACK_WIDTH(39)
			UNPACK_WIDTH(40)
			UNPACK_WIDTH(41)
			UNPACK_WIDTH(42)
			UNPACK_WIDTH(43)
			UNPACK_WIDTH(44)
			UNPACK_WIDTH(45)
			UNPACK_WIDTH(46)
			UNPACK_WIDTH(47)
			UNPACK_WIDTH(48)
			UNPACK_WIDTH(49)
			UNPACK_WIDTH(50)
			UNPACK_WIDTH(51)
			UNPACK_WIDTH(52)
			UNPACK_WIDTH(53)
			UNPACK_WIDTH(54)
			UNPACK_WIDTH(55)
			UNPACK_WIDTH(56)
			UNPACK_WIDTH(57)
			UNPACK_WIDTH(58)
			UNPACK_WIDTH(60)
			UNPACK_WIDTH(64)
		default:
			for (size_t i = 0; i < groups * 8; i++)
			{
				size_t		bit = i * width;
				uint64_t	low = load64(in + bit / 8) >> bit % 8;
				/* shifted in two steps, for bit % 8 may be 0 */
				uint64_t	high = load64(in + bit / 8 + 8) << 1 << (63 - bit % 8);

				values[i] = base + ((low | high) & (UINT64_MAX >> (64 - width)));
			}
	}
}

void
tick_unpack(uint64_t *values, size_t count, const uint8_t *in, int width, uint64_t base)
{
	size_t		length = tick_packed_bytes(count, width);
	size_t		reach = 7 * (size_t) width / 8 + 16;	/* bytes that a group's loads may touch */
	size_t		groups = 0;
	uint8_t		bytes[TAIL_BYTES] = {0};
	uint64_t	tail[TAIL_VALUES];

	if (width == 0)
	{
		for (size_t i = 0; i < count; i++)
			values[i] = base;
		return;
	}
	if (length >= reach)
	{
		groups = (length - reach) / width + 1;
		if (groups > count / 8)
			groups = count / 8;
		unpack_groups(values, in, groups, width, base);
	}
	count -= groups * 8;
	if (count == 0)
		return;
	length -= groups * width;
	memcpy(bytes, in + groups * width, length);
	unpack_groups(tail, bytes, (count + 7) / 8, width, base);
	memcpy(values + groups * 8, tail, count * sizeof(uint64_t));
}
