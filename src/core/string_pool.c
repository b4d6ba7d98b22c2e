/*-------------------------------------------------------------------------
 *
 * string_pool.c
 *	  Distinct strings, numbered in the order they first came.
 *
 * Symbols and the like are mostly short: a slot of the hash table holds the
 * first 8 bytes and the length, so that most look-ups touch nothing else.
 * Neighbouring rows often hold the same string, so the last one is tried
 * before the table.
 *
 *-------------------------------------------------------------------------
 */
#include "core/string_pool.h"

#include <string.h>

#include "core/hash.h"

#define FREE_SLOT UINT32_MAX
#define FIRST_SLOTS 64
#define FIRST_BLOCK_BYTES (4 << 10)
#define LARGEST_BLOCK_BYTES (1 << 20)
#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

typedef struct TickPoolBlock
{
	struct TickPoolBlock *next;
	size_t		capacity;
	size_t		used;
	char		data[];
} TickPoolBlock;

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

/* The first 8 bytes; overlapping reads give each byte its own place once. */
static inline uint64_t
string_prefix(const char *data, uint32_t length)
{
	uint64_t	prefix = 0;
	uint32_t	low;
	uint32_t	high;

	if (length >= 8)
		memcpy(&prefix, data, 8);
	else if (length >= 4)
	{
		memcpy(&low, data, 4);
		memcpy(&high, data + length - 4, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		prefix = (uint64_t) low << 32 | (uint64_t) high << (8 * (8 - length));
#else
		prefix = low | (uint64_t) high << (8 * (length - 4));
#endif
	}
	else if (length > 0)
		prefix = (uint64_t) (uint8_t) data[0] |
			(uint64_t) (uint8_t) data[length / 2] << (8 * (length / 2)) |
			(uint64_t) (uint8_t) data[length - 1] << (8 * (length - 1));
	return prefix;
}

/* Where to begin looking; the table's top bits are the product's. */
static inline uint32_t
first_slot(const TickStringPool *pool, uint64_t prefix, const char *data, uint32_t length)
{
	uint64_t	key = prefix;

	if (length > 8)
		key = tick_hash64(data, length, 0);
	key = (key ^ key >> 32 ^ length) * MULTIPLIER;
	return (uint32_t) (key >> 32) & (pool->slots - 1);
}

static inline bool
slot_matches(const TickStringPool *pool, const TickPoolSlot *slot, uint64_t prefix, const char *data, uint32_t length)
{
	return slot->prefix == prefix && slot->length == length &&
		(length <= 8 || memcmp(pool->string[slot->code].data, data, length) == 0);
}

static void
insert_slot(TickStringPool *pool, TickPoolSlot slot)
{
	uint32_t	at = first_slot(pool, slot.prefix, pool->string[slot.code].data, slot.length);

	while (pool->slot[at].code != FREE_SLOT)
		at = (at + 1) & (pool->slots - 1);
	pool->slot[at] = slot;
}

/* Double the table (or make the first) and put every string in again. */
static TickStatus
grow_table(TickStringPool *pool, TickError *error)
{
	uint32_t	slots = pool->slots > 0 ? pool->slots * 2 : FIRST_SLOTS;
	TickPoolSlot *table;

	if (pool->slots > UINT32_MAX / 2)
		return tick_error_set(error, TICK_OUT_OF_RANGE, "too many distinct strings");
	table = tick_alloc_array(pool->memory, slots, sizeof(TickPoolSlot));
	if (table == NULL)
		return out_of_memory(error);
	pool->bytes += (size_t) (slots - pool->slots) * sizeof(TickPoolSlot);
	tick_free(pool->memory, pool->slot);
	pool->slot = table;
	pool->slots = slots;
	memset(table, 0xff, (size_t) slots * sizeof(TickPoolSlot));
	for (uint32_t code = 0; code < pool->strings; code++)
	{
		TickString	string = pool->string[code];

		insert_slot(pool, (TickPoolSlot) {string_prefix(string.data, string.length), string.length, code});
	}
	return TICK_OK;
}

/* Copy a string's bytes to where they stay. */
static const char *
keep_bytes(TickStringPool *pool, const char *data, uint32_t length)
{
	TickPoolBlock *block = pool->block;
	char	   *copy;

	if (length == 0)
		return "";
	if (block == NULL || block->capacity - block->used < length)
	{
		size_t		capacity = FIRST_BLOCK_BYTES;

		if (block != NULL)
			capacity = block->capacity < LARGEST_BLOCK_BYTES ? block->capacity * 2 : LARGEST_BLOCK_BYTES;
		if (capacity < length)
			capacity = length;
		block = tick_alloc(pool->memory, sizeof(TickPoolBlock) + capacity);
		if (block == NULL)
			return NULL;
		block->next = pool->block;
		block->capacity = capacity;
		block->used = 0;
		pool->block = block;
		pool->bytes += sizeof(TickPoolBlock) + capacity;
	}
	copy = block->data + block->used;
	memcpy(copy, data, length);
	block->used += length;
	return copy;
}

static TickStatus
add_string(TickStringPool *pool, uint64_t prefix, const char *data, uint32_t length, TickError *error)
{
	TickPoolSlot slot = {prefix, length, pool->strings};
	const char *copy;

	if (pool->strings == pool->capacity)
	{
		uint32_t	capacity = pool->capacity > 0 ? pool->capacity * 2 : FIRST_SLOTS;
		TickString *string = tick_resize(pool->memory, pool->string, (size_t) capacity * sizeof(TickString));

		if (string == NULL)
			return out_of_memory(error);
		pool->bytes += (size_t) (capacity - pool->capacity) * sizeof(TickString);
		pool->string = string;
		pool->capacity = capacity;
	}
	if (pool->strings >= pool->slots / 2)
		TICK_TRY(grow_table(pool, error));
	copy = keep_bytes(pool, data, length);
	if (copy == NULL)
		return out_of_memory(error);
	pool->string[pool->strings++] = (TickString) {copy, length};
	insert_slot(pool, slot);
	pool->last = slot;
	return TICK_OK;
}

TickStatus
tick_pool_intern(TickStringPool *pool, const char *data, uint32_t length, uint32_t *code, TickError *error)
{
	uint64_t	prefix = string_prefix(data, length);

	if (pool->strings > 0)
	{
		uint32_t	at;

		if (slot_matches(pool, &pool->last, prefix, data, length))
		{
			*code = pool->last.code;
			return TICK_OK;
		}
		at = first_slot(pool, prefix, data, length);
		while (pool->slot[at].code != FREE_SLOT)
		{
			if (slot_matches(pool, &pool->slot[at], prefix, data, length))
			{
				pool->last = pool->slot[at];
				*code = pool->last.code;
				return TICK_OK;
			}
			at = (at + 1) & (pool->slots - 1);
		}
	}
	*code = pool->strings;
	return add_string(pool, prefix, data, length, error);
}

/* Free all blocks, or all but the largest, which is the newest unless a long string made it so. */
static void
free_blocks(TickStringPool *pool, bool keep_one)
{
	TickPoolBlock *block = pool->block;
	TickPoolBlock *kept = NULL;

	while (block != NULL)
	{
		TickPoolBlock *next = block->next;

		if (keep_one && kept == NULL && block->capacity <= LARGEST_BLOCK_BYTES)
			kept = block;
		else
		{
			pool->bytes -= sizeof(TickPoolBlock) + block->capacity;
			tick_free(pool->memory, block);
		}
		block = next;
	}
	if (kept != NULL)
	{
		kept->next = NULL;
		kept->used = 0;
	}
	pool->block = kept;
}

void
tick_pool_reset(TickStringPool *pool)
{
	free_blocks(pool, true);
	if (pool->strings > 0)
		memset(pool->slot, 0xff, (size_t) pool->slots * sizeof(TickPoolSlot));
	pool->strings = 0;
}

void
tick_pool_free(TickStringPool *pool)
{
	if (pool->memory == NULL)
		return;
	free_blocks(pool, false);
	tick_free(pool->memory, pool->string);
	tick_free(pool->memory, pool->slot);
	memset(pool, 0, sizeof(*pool));
}
