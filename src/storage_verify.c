/*-------------------------------------------------------------------------
 *
 * storage_verify.c
 *	  Check every page of a segment relation, going on after a bad one.
 *
 * The server raises an error for a page that it cannot read or whose
 * checksum is wrong.  So pages are read inside subtransactions, and an error
 * that tells of damage becomes a report.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "storage_internal.h"

typedef void (*Report) (void *context, const char *problem);

/* Nothing reads what lies behind the image's last byte, but a file that is not as it was written is damaged. */
static bool
rest_is_zero(char *page, BlockNumber block)
{
	const char *at = TickPagePayload(page, block) + TickPageGetHeader(page)->used;

	for (; at < page + BLCKSZ; at++)
		if (*at != 0)
			return false;
	return true;
}

/* Check pages from *block on, until the end or an ERROR; *block tells how far it came. */
static void
verify_pages(Relation relation, const TickStored *stored, volatile BlockNumber *block, BlockNumber end,
			 BufferAccessStrategy strategy, Report report, void *context)
{
	for (; *block < end; (*block)++)
	{
		Buffer		buffer;
		char	   *fault;

		CHECK_FOR_INTERRUPTS();
		buffer = ReadBufferExtended(relation, MAIN_FORKNUM, *block, RBM_NORMAL, strategy);
		fault = TickPageFault(BufferGetPage(buffer), *block, stored);
		if (fault == NULL && *block == 0 && !TickPageOriginValid(BufferGetPage(buffer)))
			fault = pstrdup("its record of the file's origin is damaged");
		if (fault == NULL && !rest_is_zero(BufferGetPage(buffer), *block))
			fault = pstrdup("there are bytes behind its end");
		ReleaseBuffer(buffer);
		if (fault != NULL)
			report(context, psprintf("page %u: %s", *block, fault));
	}
}

/* Errors that a damaged file causes; all others are the caller's. */
static bool
is_damage(const ErrorData *error)
{
	int			class = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return error->sqlerrcode == ERRCODE_DATA_CORRUPTED || error->sqlerrcode == ERRCODE_UNDEFINED_FILE ||
		class == ERRCODE_TO_CATEGORY(ERRCODE_IO_ERROR);
}

/* One run of verify_pages() in a subtransaction; after a damaged page the next run goes on behind it. */
static void
verify_run(Relation relation, const TickStored *stored, volatile BlockNumber *block, BlockNumber end,
		   BufferAccessStrategy strategy, Report report, void *context)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		verify_pages(relation, stored, block, end, strategy, report, context);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
		if (!is_damage(error))
			ReThrowError(error);
		report(context, psprintf("page %u: %s", *block, error->message));
		FreeErrorData(error);
		(*block)++;
	}
	PG_END_TRY();
}

static void
verify_relation(Relation relation, const TickStored *stored, Report report, void *context)
{
	uint64		expected = TickPagesFor(stored->bytes);
	BufferAccessStrategy strategy;
	volatile BlockNumber block = 0;
	BlockNumber blocks;
	BlockNumber end;

	if (!smgrexists(RelationGetSmgr(relation), MAIN_FORKNUM))
	{
		report(context, "the relation's file does not exist");
		return;
	}
	strategy = GetAccessStrategy(BAS_BULKREAD);
	blocks = smgrnblocks(RelationGetSmgr(relation), MAIN_FORKNUM);
	end = (BlockNumber) Min(expected, (uint64) blocks);
	if (blocks != expected)
		report(context, psprintf("the relation has %u pages instead of %llu",
								 blocks, (unsigned long long) expected));
	while (block < end)
		verify_run(relation, stored, &block, end, strategy, report, context);
	FreeAccessStrategy(strategy);
}

void
TickStorageVerify(const TickStored *stored, void (*report) (void *context, const char *problem), void *context)
{
	Relation	relation;

	if (!OidIsValid(stored->relid))
	{
		if (stored->image == NULL || VARSIZE_ANY_EXHDR(stored->image) != stored->bytes)
			report(context, "the inline image does not have the recorded length");
		return;
	}
	relation = try_relation_open(stored->relid, AccessShareLock);
	if (relation == NULL)
	{
		report(context, psprintf("relation %u does not exist", stored->relid));
		return;
	}
	if (TickIsSegmentRelation(relation))
		verify_relation(relation, stored, report, context);
	else
		report(context, psprintf("relation \"%s\" is not a segment", RelationGetRelationName(relation)));
	relation_close(relation, AccessShareLock);
}
