/*-------------------------------------------------------------------------
 *
 * segment_cache.c
 *	  Open segments kept by a backend.
 *
 * A published segment never changes, so an open reader stays right for ever.
 * Each reader lives in a memory context of its own under CacheMemoryContext.
 * Readers in use are pinned; pins that an error left behind are cleared at
 * the end of the transaction.  Unpinned readers are closed, least recently
 * used first, when together they exceed tick.cache_memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/ilist.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "segment_cache.h"
#include "tick.h"

/* A small segment's reader takes 8 kB: blocks of this size, of the same and of twice it hold it. */
#define FIRST_BLOCK 3072

typedef struct CachedSegment
{
	int64		id;				/* hash key: tick.segment.id */
	TickSegmentReader *reader;	/* NULL while being opened */
	uint8		uuid[TICK_UUID_BYTES];
	MemoryContext context;
	size_t		bytes;
	int			pins;
	dlist_node	node;			/* in lru, most recent first */
} CachedSegment;

/* A reader's way back to its cache entry. */
typedef struct ReaderKey
{
	TickSegmentReader *reader;	/* hash key */
	CachedSegment *cached;
} ReaderKey;

static HTAB *segments = NULL;	/* CachedSegment by id */
static HTAB *readers = NULL;	/* ReaderKey by reader */
static dlist_head lru = DLIST_STATIC_INIT(lru);
static size_t total_bytes = 0;

/* At the end of a transaction nothing is in use any more. */
static void
clear_pins(XactEvent event, void *arg)
{
	dlist_iter	iter;

	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	dlist_foreach(iter, &lru)
		dlist_container(CachedSegment, node, iter.cur)->pins = 0;
}

/* In steps that may each fail for want of memory; the last one tells that all is there. */
static void
init_cache(void)
{
	static bool registered = false;
	HASHCTL		control = {.keysize = sizeof(int64),.entrysize = sizeof(CachedSegment),.hcxt = CacheMemoryContext};
	HASHCTL		reverse = {.keysize = sizeof(void *),.entrysize = sizeof(ReaderKey),.hcxt = CacheMemoryContext};

	if (!registered)
		RegisterXactCallback(clear_pins, NULL);
	registered = true;
	if (readers == NULL)
		readers = hash_create("tick segment readers", 256, &reverse, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	segments = hash_create("tick segments", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Close a reader and forget it. */
static void
forget(CachedSegment *cached)
{
	dlist_delete(&cached->node);
	total_bytes -= cached->bytes;
	hash_search(readers, &cached->reader, HASH_REMOVE, NULL);
	tick_segment_reader_close(cached->reader);
	MemoryContextDelete(cached->context);
	hash_search(segments, &cached->id, HASH_REMOVE, NULL);
}

/* Close what was not used for longest until the cache fits its bound. */
static void
evict(void)
{
	size_t		limit = (size_t) tick_cache_memory * 1024;
	dlist_node *node = dlist_is_empty(&lru) ? NULL : dlist_tail_node(&lru);

	while (node != NULL && total_bytes > limit)
	{
		CachedSegment *cached = dlist_container(CachedSegment, node, node);

		node = dlist_has_prev(&lru, node) ? dlist_prev_node(&lru, node) : NULL;
		if (cached->pins == 0)
			forget(cached);
	}
}

/* Tell which segment an error of the core is about. */
static void
segment_context(void *arg)
{
	const TickSegmentEntry *entry = arg;

	errcontext("segment %lld of dataset \"%s\"", (long long) entry->id,
			   get_rel_name(entry->dataset) ? get_rel_name(entry->dataset) : "?");
}

/* Open a reader over the stored image, in a context of its own. */
static TickSegmentReader *
open_reader(const TickSegmentEntry *entry, Snapshot snapshot, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	TickStored	stored = entry->stored;
	TickSegmentReader *reader;
	TickError	error;
	ErrorContextCallback callback = {.callback = segment_context,.arg = (void *) entry};

	callback.previous = error_context_stack;
	error_context_stack = &callback;
	if (!OidIsValid(stored.relid))
	{
		/* the image must live as long as the reader */
		stored.image = TickCatalogSegmentImage(entry->id, snapshot);
		if (stored.image == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("segment has neither a relation nor an image")));
	}
	TickCheck(tick_segment_reader_open(&reader, TickMemoryFor(context), *TickStorageOpen(&stored),
									   stored.uuid, &error), &error);
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
	return reader;
}

/* Put a freshly opened reader into the cache. */
static CachedSegment *
remember(const TickSegmentEntry *entry, TickSegmentReader *reader, MemoryContext context)
{
	/* first the key, which nobody looks up before the entry is there: the second one may run out of memory */
	ReaderKey  *key = hash_search(readers, &reader, HASH_ENTER, NULL);
	CachedSegment *cached = hash_search(segments, &entry->id, HASH_ENTER, NULL);

	cached->reader = reader;
	cached->context = context;
	cached->pins = 0;
	cached->bytes = MemoryContextMemAllocated(context, true);
	memcpy(cached->uuid, entry->stored.uuid, TICK_UUID_BYTES);
	key->cached = cached;
	total_bytes += cached->bytes;
	dlist_push_head(&lru, &cached->node);
	return cached;
}

TickSegmentReader *
TickSegmentAcquire(const TickSegmentEntry *entry, Snapshot snapshot)
{
	CachedSegment *cached;

	if (segments == NULL)
		init_cache();
	cached = hash_search(segments, &entry->id, HASH_FIND, NULL);
	/* ids come from a sequence, but another extension's life may reuse them */
	if (cached != NULL && memcmp(cached->uuid, entry->stored.uuid, TICK_UUID_BYTES) != 0)
	{
		if (cached->pins > 0)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("a segment of an extension dropped in this transaction is still in use"),
					 errhint("Commit the transaction first.")));
		forget(cached);
		cached = NULL;
	}
	if (cached == NULL)
	{
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick segment",
													  0, FIRST_BLOCK, ALLOCSET_DEFAULT_MAXSIZE);
		TickSegmentReader *reader = open_reader(entry, snapshot, context);

		/* an error until here frees it with the query */
		MemoryContextSetParent(context, CacheMemoryContext);
		cached = remember(entry, reader, context);
	}
	else
	{
		dlist_delete(&cached->node);
		dlist_push_head(&lru, &cached->node);
	}
	cached->pins++;
	evict();
	return cached->reader;
}

void
TickSegmentRelease(TickSegmentReader *reader)
{
	ReaderKey  *key = hash_search(readers, &reader, HASH_FIND, NULL);

	if (key != NULL && key->cached->pins > 0)
		key->cached->pins--;
}
