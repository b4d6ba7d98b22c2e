/*-------------------------------------------------------------------------
 *
 * symbol.c
 *	  The database's symbols: names to codes.
 *
 * A committed symbol never changes, so a backend remembers those it has met.
 * Names it does not know are looked up one by one, or, when they are many
 * for the size of the table, by reading the table once.
 *
 * Lookups use SnapshotSelf: committed rows and our own.  Rows are never
 * updated, so that is exact; and serializable transactions do not conflict
 * over names that each of them happened to look for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "catalog.h"
#include "core/hash.h"
#include "symbol.h"

/* One index lookup costs as much as reading some fifty rows, a third of a page. */
#define LOOKUPS_PER_PAGE 3

typedef struct CachedSymbol
{
	TickString	name;			/* in the cache's context */
	int32		code;
	uint32		hash;
	char		status;
} CachedSymbol;

#define SH_PREFIX symbols
#define SH_ELEMENT_TYPE CachedSymbol
#define SH_KEY_TYPE TickString
#define SH_KEY name
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).data, (int) (key).length)
#define SH_EQUAL(table, a, b) ((a).length == (b).length && memcmp((a).data, (b).data, (a).length) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static MemoryContext cache_context = NULL;
static symbols_hash *cache = NULL;
static Oid	cache_relid = InvalidOid;
static bool cache_has_own = false;	/* symbols that this transaction made and may yet lose */

static void
drop_cache(void)
{
	if (cache_context != NULL)
		MemoryContextDelete(cache_context);
	cache_context = NULL;
	cache = NULL;
	cache_has_own = false;
}

static void
at_transaction_end(XactEvent event, void *argument)
{
	if (event == XACT_EVENT_ABORT && cache_has_own)
		drop_cache();
	if (event == XACT_EVENT_PREPARE && cache_has_own)
		drop_cache();
	cache_has_own = cache_has_own && event != XACT_EVENT_COMMIT;
}

static void
at_subtransaction_end(SubXactEvent event, SubTransactionId subid,
					  SubTransactionId parent, void *argument)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && cache_has_own)
		drop_cache();
}

/* The cache of this tick.symbol; another one's is dropped. */
static symbols_hash *
open_cache(void)
{
	static bool registered = false;
	Oid			relid = TickCatalogRelation(TICK_REL_SYMBOL);

	if (!registered)
	{
		RegisterXactCallback(at_transaction_end, NULL);
		RegisterSubXactCallback(at_subtransaction_end, NULL);
		registered = true;
	}
	if (cache != NULL && cache_relid != relid)
		drop_cache();
	if (cache == NULL)
	{
		cache_context = AllocSetContextCreate(CacheMemoryContext, "tick symbols", ALLOCSET_DEFAULT_SIZES);
		cache = symbols_create(cache_context, 1024, NULL);
		cache_relid = relid;
	}
	return cache;
}

/* The bytes are copied before the entry refers to them: an error in between leaves none half-made. */
static void
remember(void *context, TickString name, int32 code)
{
	TickString	copy;
	bool		found;
	CachedSymbol *entry;
	char	   *bytes;

	if (symbols_lookup(cache, name) != NULL)
		return;
	bytes = MemoryContextAlloc(cache_context, Max(name.length, 1));
	memcpy(bytes, name.data, name.length);
	copy.data = bytes;
	copy.length = name.length;
	entry = symbols_insert(cache, copy, &found);
	entry->code = code;
}

/* Fill codes of cached names and gather the places of the others; returns how many those are. */
static int
look_in_cache(const TickString *names, int count, int32 *codes, int *missing)
{
	int			misses = 0;

	for (int i = 0; i < count; i++)
	{
		CachedSymbol *entry = symbols_lookup(cache, names[i]);

		if (entry != NULL)
			codes[i] = entry->code;
		else
			missing[misses++] = i;
	}
	return misses;
}

static bool
is_worth_reading_all(int misses)
{
	Relation	relation = table_open(TickCatalogRelation(TICK_REL_SYMBOL), AccessShareLock);
	BlockNumber pages = RelationGetNumberOfBlocks(relation);

	table_close(relation, AccessShareLock);
	return misses > (int64) pages * LOOKUPS_PER_PAGE;
}

/* As look_in_cache(), after asking the table for what the cache lacks.  missing may be both input and output. */
static int
look_in_table(const TickString *names, int misses, int32 *codes, int *missing)
{
	int			still = 0;

	if (misses == 0)
		return 0;
	cache_has_own |= TransactionIdIsValid(GetTopTransactionIdIfAny());
	if (is_worth_reading_all(misses))
		TickCatalogEachSymbol(SnapshotSelf, remember, NULL);
	for (int i = 0; i < misses; i++)
	{
		int			place = missing[i];
		CachedSymbol *entry = symbols_lookup(cache, names[place]);

		CHECK_FOR_INTERRUPTS();
		if (entry != NULL)
			codes[place] = entry->code;
		else if (TickCatalogFindSymbol(names[place], SnapshotSelf, &codes[place]))
			remember(NULL, names[place], codes[place]);
		else
			missing[still++] = place;
	}
	return still;
}

typedef struct NewSymbol
{
	TickString	name;
	int			place;
} NewSymbol;

static int
compare_new(const void *a, const void *b)
{
	return tick_string_compare(((const NewSymbol *) a)->name, ((const NewSymbol *) b)->name);
}

/* Make the symbols of the given places, in order of name, under the lock. */
static void
make_symbols(const TickString *names, const int *missing, int count, int32 *codes)
{
	NewSymbol  *new = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(NewSymbol) * count);
	TickString *sorted = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(TickString) * count);
	int32	   *made = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int32) * count);

	for (int i = 0; i < count; i++)
	{
		new[i].name = names[missing[i]];
		new[i].place = missing[i];
	}
	qsort(new, count, sizeof(NewSymbol), compare_new);
	for (int i = 0; i < count; i++)
		sorted[i] = new[i].name;
	TickCatalogInsertSymbols(sorted, count, made);
	CommandCounterIncrement();
	cache_has_own = true;
	for (int i = 0; i < count; i++)
	{
		codes[new[i].place] = made[i];
		remember(NULL, sorted[i], made[i]);
	}
	pfree(new);
	pfree(sorted);
	pfree(made);
}

/*
 * The lock waits for others that are making symbols until they commit or
 * roll back; after it, the table says which of ours are still missing.
 */
int
TickSymbolIntern(const TickString *names, int count, int32 *codes)
{
	int		   *missing;
	int			misses;

	if (count == 0)
		return 0;
	open_cache();
	missing = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int) * count);
	misses = look_in_cache(names, count, codes, missing);
	misses = look_in_table(names, misses, codes, missing);
	if (misses > 0)
	{
		LockRelationOid(TickCatalogRelation(TICK_REL_SYMBOL), ShareRowExclusiveLock);
		open_cache();
		misses = look_in_table(names, misses, codes, missing);
	}
	if (misses > 0)
		make_symbols(names, missing, misses, codes);
	pfree(missing);
	return misses;
}

int
TickSymbolCountNew(const TickString *names, int count)
{
	int32	   *codes;
	int		   *missing;
	int			misses;

	if (count == 0)
		return 0;
	open_cache();
	codes = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int32) * count);
	missing = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int) * count);
	misses = look_in_cache(names, count, codes, missing);
	misses = look_in_table(names, misses, codes, missing);
	pfree(codes);
	pfree(missing);
	return misses;
}

/* ---- the codes of a run ---- */

/* Where a name is in the table, or belongs. */
static inline uint32
place_of(const TickSymbolCodes *codes, TickString name)
{
	uint32		at = (uint32) tick_hash64(name.data, name.length, 0) & codes->mask;

	while (codes->place[at] >= 0 && tick_string_compare(codes->name[codes->place[at]], name) != 0)
		at = (at + 1) & codes->mask;
	return at;
}

void
TickSymbolCodesOfRun(TickSymbolCodes *codes, const TickRun *run)
{
	int			count = (int) tick_run_symbols(run);
	TickString *name = palloc_extended((Size) (count + 1) * sizeof(TickString), MCXT_ALLOC_HUGE);
	int32	   *code = palloc_extended((Size) (count + 1) * sizeof(int32), MCXT_ALLOC_HUGE);
	uint32		places = 64;

	for (int i = 0; i < count; i++)
		name[i] = tick_run_symbol(run, i);
	codes->name = name;
	codes->code = code;
	codes->count = count;
	codes->fresh = TickSymbolIntern(name, count, code);
	while (places / 2 < (uint32) count)
		places *= 2;
	codes->mask = places - 1;
	codes->place = palloc_extended((Size) places * sizeof(int32), MCXT_ALLOC_HUGE);
	memset(codes->place, 0xff, (Size) places * sizeof(int32));
	for (int i = 0; i < count; i++)
		codes->place[place_of(codes, name[i])] = i;
}

uint32_t
TickSymbolFindCode(void *context, TickString name)
{
	const TickSymbolCodes *codes = context;
	int32		found = codes->place[place_of(codes, name)];

	return found >= 0 ? (uint32_t) codes->code[found] : TICK_NO_CODE;
}
