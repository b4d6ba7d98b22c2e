/*-------------------------------------------------------------------------
 *
 * aggregate_table.c
 *	  Groups by their keys, and the texts that keys are.
 *
 * Groups lie in blocks, in the order of their first appearance, and never
 * move; a table of open addressing, at most half full, finds them.  Texts are
 * kept once and numbered, so that a key is always an int64.
 *
 * When memory does not do, the table keeps the groups of a part of all keys.
 * Which part is told by what texts say, not by their numbers, so that texts
 * of other parts need not be kept to know that they are.
 *
 *-------------------------------------------------------------------------
 */
#include "core/aggregate_internal.h"

#include <string.h>

#include "core/hash.h"

#define FIRST_SLOTS 256
#define BLOCK_GROUPS 1024
#define TEXT_BLOCK 65536
#define FREE UINT32_MAX

typedef struct TextBlock
{
	struct TextBlock *next;
	size_t		used;
	size_t		size;
	char		bytes[];
} TextBlock;

struct TickAggregateTable
{
	const TickMemory *memory;
	const TickAggregatePlan *plan;
	uint64_t	groups;
	char	  **block;			/* of BLOCK_GROUPS groups */
	uint32_t	blocks;			/* allocated */
	uint32_t	block_capacity;
	uint32_t   *slot;			/* group number, or FREE */
	uint32_t	slots;			/* a power of two */
	uint32_t	part;
	uint32_t	parts;
	/* texts */
	uint32_t	texts;
	uint32_t	text_capacity;
	TickString *text;
	uint32_t   *text_slot;
	uint32_t	text_slots;
	TextBlock  *text_block;
	uint32_t	generation;		/* of their numbers: from 1 */
	size_t		bytes;
};

TickStatus
tick_aggregate_table_create(TickAggregateTable **table, const TickMemory *memory,
							const TickAggregatePlan *plan, TickError *error)
{
	TickAggregateTable *t = tick_alloc_zero(memory, sizeof(*t));

	*table = t;
	if (t == NULL)
		return tick_no_memory(error);
	t->memory = memory;
	t->plan = plan;
	t->parts = 1;
	t->generation = 1;
	return TICK_OK;
}

static void
free_texts(const TickMemory *memory, TickString *text, uint32_t *slot, TextBlock *block)
{
	tick_free(memory, text);
	tick_free(memory, slot);
	while (block != NULL)
	{
		TextBlock  *next = block->next;

		tick_free(memory, block);
		block = next;
	}
}

void
tick_aggregate_table_free(TickAggregateTable *table)
{
	const TickMemory *memory;

	if (table == NULL)
		return;
	memory = table->memory;
	for (uint32_t i = 0; i < table->blocks; i++)
		tick_free(memory, table->block[i]);
	tick_free(memory, table->block);
	tick_free(memory, table->slot);
	free_texts(memory, table->text, table->text_slot, table->text_block);
	tick_free(memory, table);
}

uint64_t
tick_aggregate_groups(const TickAggregateTable *table)
{
	return table->groups;
}

TickGroup *
tick_aggregate_group(const TickAggregateTable *table, uint64_t i)
{
	return (TickGroup *) (void *) (table->block[i / BLOCK_GROUPS] + i % BLOCK_GROUPS * table->plan->group_bytes);
}

size_t
tick_aggregate_table_memory(const TickAggregateTable *table)
{
	return table->bytes;
}

/* Memory is kept for the next groups; of texts, one block. */
void
tick_aggregate_table_clear(TickAggregateTable *table)
{
	if (table->groups > 0 && table->slots > 0)
		memset(table->slot, 0xff, table->slots * sizeof(uint32_t));
	table->groups = 0;
	table->generation++;
	if (table->texts == 0)
		return;
	memset(table->text_slot, 0xff, table->text_slots * sizeof(uint32_t));
	table->texts = 0;
	while (table->text_block->next != NULL)
	{
		TextBlock  *next = table->text_block->next;

		table->bytes -= table->text_block->size;
		tick_free(table->memory, table->text_block);
		table->text_block = next;
	}
	table->text_block->used = 0;
}

void
tick_aggregate_table_part(TickAggregateTable *table, uint32_t part, uint32_t parts)
{
	table->part = part;
	table->parts = parts;
}

static inline uint32_t
hash_keys(const int64_t *key, int keys, uint32_t nulls)
{
	uint64_t	hash = nulls * UINT64_C(0x9e3779b97f4a7c15);

	for (int i = 0; i < keys; i++)
	{
		hash = (hash ^ (uint64_t) key[i]) * UINT64_C(0x9fb21c651e98df25);
		hash ^= hash >> 32;
	}
	return (uint32_t) (hash ^ hash >> 15);
}

uint32_t
tick_aggregate_parts(const TickAggregateTable *table)
{
	return table->parts;
}

uint32_t
tick_aggregate_generation(const TickAggregateTable *table)
{
	return table->generation;
}

/* Parts are ranges of what these bits say, so that the two halves of one are neighbours. */
#define PARTS 4096

bool
tick_aggregate_in_part(const TickAggregateTable *table, uint64_t hash)
{
	return (hash >> 20 & (PARTS - 1)) * table->parts / PARTS == table->part;
}

/* Are the keys of the part at hand? */
static bool
keys_in_part(const TickAggregateTable *table, const int64_t *key, uint32_t nulls)
{
	uint64_t	hash = nulls;

	if (table->parts == 1)
		return true;
	for (int k = 0; k < table->plan->keys; k++)
	{
		bool		text = tick_key_is_text(&table->plan->key[k]) && !(nulls >> k & 1);

		hash = tick_part_hash(hash, text ? NULL : &key[k], text ? &table->text[key[k]] : NULL);
	}
	return tick_aggregate_in_part(table, hash);
}

static void
put_slot(TickAggregateTable *table, uint32_t hash, uint32_t number)
{
	uint32_t	at = hash & (table->slots - 1);

	while (table->slot[at] != FREE)
		at = (at + 1) & (table->slots - 1);
	table->slot[at] = number;
}

static TickStatus
grow_slots(TickAggregateTable *table, TickError *error)
{
	uint32_t	slots = table->slots > 0 ? table->slots * 2 : FIRST_SLOTS;
	uint32_t   *slot;

	if (slots == 0 || table->groups >= FREE / 2)
		return tick_error_set(error, TICK_NOMEM, "too many groups");
	slot = tick_resize(table->memory, table->slot, slots * sizeof(uint32_t));
	if (slot == NULL)
		return tick_no_memory(error);
	table->bytes += (slots - table->slots) * sizeof(uint32_t);
	table->slot = slot;
	table->slots = slots;
	memset(slot, 0xff, slots * sizeof(uint32_t));
	for (uint64_t i = 0; i < table->groups; i++)
		put_slot(table, tick_aggregate_group(table, i)->hash, (uint32_t) i);
	return TICK_OK;
}

static TickStatus
add_block(TickAggregateTable *table, TickError *error)
{
	char	   *block;

	if (table->blocks == table->block_capacity)
	{
		uint32_t	capacity = table->block_capacity > 0 ? table->block_capacity * 2 : 16;
		char	  **grown = tick_resize(table->memory, table->block, capacity * sizeof(char *));

		if (grown == NULL)
			return tick_no_memory(error);
		table->block = grown;
		table->block_capacity = capacity;
	}
	block = tick_alloc_array(table->memory, BLOCK_GROUPS, table->plan->group_bytes);
	if (block == NULL)
		return tick_no_memory(error);
	table->block[table->blocks++] = block;
	table->bytes += BLOCK_GROUPS * table->plan->group_bytes;
	return TICK_OK;
}

TickStatus
tick_aggregate_find(TickAggregateTable *table, const int64_t *key, uint32_t nulls,
					TickGroup **group, TickError *error)
{
	uint64_t	number;

	return tick_aggregate_find_number(table, key, nulls, &number, group, error);
}

/* The slot of the group with these keys, or the free one where it belongs. */
static uint32_t
slot_of(const TickAggregateTable *table, const int64_t *key, uint32_t nulls, uint32_t hash)
{
	int			keys = table->plan->keys;
	uint32_t	at;

	for (at = hash & (table->slots - 1); table->slot[at] != FREE; at = (at + 1) & (table->slots - 1))
	{
		const TickGroup *found = tick_aggregate_group(table, table->slot[at]);

		if (found->hash == hash && found->nulls == nulls &&
			(keys == 0 || memcmp(found->key, key, keys * sizeof(int64_t)) == 0))
			break;
	}
	return at;
}

TickGroup *
tick_aggregate_lookup(const TickAggregateTable *table, const int64_t *key, uint32_t nulls)
{
	uint32_t	at;

	if (table->groups == 0)
		return NULL;
	at = slot_of(table, key, nulls, hash_keys(key, table->plan->keys, nulls));
	return table->slot[at] != FREE ? tick_aggregate_group(table, table->slot[at]) : NULL;
}

TickStatus
tick_aggregate_append(TickAggregateTable *table, const int64_t *key, uint32_t nulls,
					  uint64_t *number, TickGroup **group, TickError *error)
{
	TickGroup  *added;

	if (table->groups == (uint64_t) table->blocks * BLOCK_GROUPS)
		TICK_TRY(add_block(table, error));
	*number = table->groups;
	added = tick_aggregate_group(table, table->groups++);
	memset(added, 0, table->plan->group_bytes);
	added->nulls = nulls;
	for (int k = 0; k < table->plan->keys; k++)
		added->key[k] = key[k];
	*group = added;
	return TICK_OK;
}

/*
 * *group is NULL when the keys are of another part of the hash space.
 */
TickStatus
tick_aggregate_find_number(TickAggregateTable *table, const int64_t *key, uint32_t nulls,
						   uint64_t *number, TickGroup **group, TickError *error)
{
	int			keys = table->plan->keys;
	uint32_t	hash = hash_keys(key, keys, nulls);
	uint32_t	at;

	*group = NULL;
	if (!keys_in_part(table, key, nulls))
		return TICK_OK;
	if (table->groups * 2 >= table->slots)
		TICK_TRY(grow_slots(table, error));
	at = slot_of(table, key, nulls, hash);
	if (table->slot[at] != FREE)
	{
		*group = tick_aggregate_group(table, table->slot[at]);
		*number = table->slot[at];
		return TICK_OK;
	}
	TICK_TRY(tick_aggregate_append(table, key, nulls, number, group, error));
	table->slot[at] = (uint32_t) *number;
	(*group)->hash = hash;
	return TICK_OK;
}

/* ---- texts ---- */

static TickStatus
grow_texts(TickAggregateTable *table, TickError *error)
{
	uint32_t	slots = table->text_slots > 0 ? table->text_slots * 2 : FIRST_SLOTS;
	uint32_t   *slot;
	TickString *text;

	if (slots == 0)
		return tick_error_set(error, TICK_NOMEM, "too many texts");
	slot = tick_resize(table->memory, table->text_slot, slots * sizeof(uint32_t));
	if (slot == NULL)
		return tick_no_memory(error);
	table->text_slot = slot;
	table->bytes += (slots - table->text_slots) * sizeof(uint32_t);
	text = tick_resize(table->memory, table->text, slots / 2 * sizeof(TickString));
	if (text == NULL)
		return tick_no_memory(error);
	table->text = text;
	table->bytes += (slots / 2 - table->text_capacity) * sizeof(TickString);
	table->text_capacity = slots / 2;
	table->text_slots = slots;
	memset(slot, 0xff, slots * sizeof(uint32_t));
	for (uint32_t i = 0; i < table->texts; i++)
	{
		uint32_t	at = (uint32_t) tick_hash64(text[i].data, text[i].length, 0) & (slots - 1);

		while (slot[at] != FREE)
			at = (at + 1) & (slots - 1);
		slot[at] = i;
	}
	return TICK_OK;
}

/* Room for a text behind its header, aligned as the header asks for. */
static TickStatus
text_room(TickAggregateTable *table, uint32_t length, char **room, TickError *error)
{
	size_t		bytes = (TICK_TEXT_HEADER + (size_t) length + 3) & ~(size_t) 3;

	if (table->text_block == NULL || table->text_block->size - table->text_block->used < bytes)
	{
		size_t		size = bytes > TEXT_BLOCK ? bytes : TEXT_BLOCK;
		TextBlock  *block = tick_alloc(table->memory, sizeof(TextBlock) + size);

		if (block == NULL)
			return tick_no_memory(error);
		block->next = table->text_block;
		block->used = 0;
		block->size = size;
		table->text_block = block;
		table->bytes += size;
	}
	*room = table->text_block->bytes + table->text_block->used + TICK_TEXT_HEADER;
	table->text_block->used += bytes;
	return TICK_OK;
}

TickStatus
tick_aggregate_text_number(TickAggregateTable *table, TickString text, int64_t *number, TickError *error)
{
	uint64_t	hash = tick_hash64(text.data, text.length, 0);
	uint32_t	at;
	char	   *room = NULL;

	if (table->texts == table->text_capacity)
		TICK_TRY(grow_texts(table, error));
	for (at = (uint32_t) hash & (table->text_slots - 1); table->text_slot[at] != FREE; at = (at + 1) & (table->text_slots - 1))
	{
		const TickString *found = &table->text[table->text_slot[at]];

		if (found->length == text.length && (text.length == 0 || memcmp(found->data, text.data, text.length) == 0))
		{
			*number = table->text_slot[at];
			return TICK_OK;
		}
	}
	TICK_TRY(text_room(table, text.length, &room, error));
	if (text.length > 0)
		memcpy(room, text.data, text.length);
	table->text_slot[at] = table->texts;
	table->text[table->texts] = (TickString) {room, text.length};
	*number = table->texts++;
	return TICK_OK;
}

TickString
tick_aggregate_text(const TickAggregateTable *table, int64_t number)
{
	return table->text[number];
}

/* ---- parts ---- */

static void
fill_slots(TickAggregateTable *table)
{
	if (table->slots > 0)
		memset(table->slot, 0xff, table->slots * sizeof(uint32_t));
	for (uint64_t i = 0; i < table->groups; i++)
		put_slot(table, tick_aggregate_group(table, i)->hash, (uint32_t) i);
}

TickStatus
tick_aggregate_table_pack(TickAggregateTable *table, TickError *error)
{
	TickString *text = table->text;
	uint32_t   *slot = table->text_slot;
	TextBlock  *block = table->text_block;
	TickStatus	status = TICK_OK;

	for (const TextBlock *b = block; b != NULL; b = b->next)
		table->bytes -= b->size;
	table->bytes -= table->text_slots * sizeof(uint32_t) + table->text_capacity * sizeof(TickString);
	table->text = NULL;
	table->text_slot = NULL;
	table->text_block = NULL;
	table->texts = table->text_capacity = table->text_slots = 0;
	table->generation++;
	for (uint64_t i = 0; i < table->groups && status == TICK_OK; i++)
	{
		TickGroup  *group = tick_aggregate_group(table, i);

		for (int k = 0; k < table->plan->keys && status == TICK_OK; k++)
			if (tick_key_is_text(&table->plan->key[k]) && !(group->nulls >> k & 1))
				status = tick_aggregate_text_number(table, text[group->key[k]], &group->key[k], error);
		group->hash = hash_keys(group->key, table->plan->keys, group->nulls);
	}
	free_texts(table->memory, text, slot, block);
	fill_slots(table);
	return status;
}

/* Groups move down over those that go. */
TickStatus
tick_aggregate_table_shrink(TickAggregateTable *table, TickError *error)
{
	uint64_t	kept = 0;
	uint32_t	needed;

	for (uint64_t i = 0; i < table->groups; i++)
	{
		TickGroup  *group = tick_aggregate_group(table, i);

		if (!keys_in_part(table, group->key, group->nulls))
			continue;
		if (kept != i)
			memcpy(tick_aggregate_group(table, kept), group, table->plan->group_bytes);
		kept++;
	}
	table->groups = kept;
	needed = (uint32_t) ((kept + BLOCK_GROUPS - 1) / BLOCK_GROUPS);
	while (table->blocks > needed)
	{
		tick_free(table->memory, table->block[--table->blocks]);
		table->bytes -= BLOCK_GROUPS * table->plan->group_bytes;
	}
	fill_slots(table);
	return TICK_OK;
}
