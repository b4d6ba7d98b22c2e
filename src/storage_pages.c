/*-------------------------------------------------------------------------
 *
 * storage_pages.c
 *	  Write whole pages of a new relation: WAL, checksum, file.
 *
 * Pages of a segment are written once, in order, into a file that nobody
 * else can know yet; so they go past the buffer manager, in batches, as the
 * server's own index builds do.  The price of doing so is a race with
 * checkpoints: one that begins after pages were logged moves the point where
 * recovery starts past their WAL records, and does not know of the file that
 * it should have flushed.  TickPagesSync() closes it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xloginsert.h"
#include "miscadmin.h"
#include "port/pg_crc32c.h"
#include "storage/bufmgr.h"
#include "storage/proc.h"
#include "utils/rel.h"

#include "storage_internal.h"

/* A page that passes the server's checks and has no hole. */
void
TickPageInit(char *page, BlockNumber block, const uint8 uuid[8])
{
	PageHeader	header = (PageHeader) page;
	TickPageHeader *ours = TickPageGetHeader(page);

	memset(page, 0, BLCKSZ);
	header->pd_lower = header->pd_upper = header->pd_special = BLCKSZ;
	PageSetPageSizeAndVersion(page, BLCKSZ, PG_PAGE_LAYOUT_VERSION);
	ours->magic = TICK_PAGE_MAGIC;
	ours->version = TICK_PAGE_VERSION;
	memcpy(ours->uuid, uuid, sizeof(ours->uuid));
	ours->page = block;
}

static uint32
origin_crc(const char *page)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, TickPageGetOrigin(page), offsetof(TickPageOrigin, crc));
	COMP_CRC32C(crc, TickPageGetHeader(page)->uuid, sizeof(TickPageGetHeader(page)->uuid));
	FIN_CRC32C(crc);
	return crc;
}

/*
 * Recovery hands out again the ids of transactions that no flushed WAL
 * mentions.  What a killed one left would then seem to be of the one that got
 * its id, so its id is flushed, once, before it writes a file.
 */
static void
flush_transaction_id(FullTransactionId xid)
{
	static FullTransactionId flushed = {0};

	if (FullTransactionIdEquals(flushed, xid))
		return;
	/* the rows and the file of the new relation were logged with it */
	XLogFlush(XactLastRecEnd);
	flushed = xid;
}

/* Say on page 0 which file this is and that this transaction makes it. */
void
TickPageSetOrigin(char *page, const RelFileLocator *locator)
{
	TickPageOrigin *origin = TickPageGetOrigin(page);
	FullTransactionId xid = GetTopFullTransactionId();

	flush_transaction_id(xid);
	memset(origin, 0, sizeof(*origin));
	origin->database = locator->dbOid;
	origin->relfilenode = locator->relNumber;
	origin->xid = U64FromFullTransactionId(xid);
	origin->crc = origin_crc(page);
}

bool
TickPageOriginValid(const char *page)
{
	const TickPageHeader *header = TickPageGetHeader(page);

	return header->magic == TICK_PAGE_MAGIC && header->version == TICK_PAGE_VERSION &&
		header->page == 0 && TickPageGetOrigin(page)->crc == origin_crc(page);
}

char *
TickPageFault(const char *page, BlockNumber block, const TickStored *stored)
{
	const TickPageHeader *header = TickPageGetHeader(page);

	if (header->magic != TICK_PAGE_MAGIC)
		return pstrdup("it is not a page of a segment");
	if (header->version != TICK_PAGE_VERSION)
		return psprintf("it has page layout version %u", header->version);
	if (memcmp(header->uuid, stored->uuid, sizeof(header->uuid)) != 0)
		return pstrdup("it belongs to another segment");
	if (header->page != block)
		return psprintf("it is page %u of the segment", header->page);
	if (header->used != TickPageUsed(stored->bytes, block))
		return psprintf("it holds %u bytes instead of %u", header->used, TickPageUsed(stored->bytes, block));
	return NULL;
}

/* Append count <= TICK_PAGE_BATCH pages.  WAL goes first, as it sets the pages' LSN, which the checksum covers. */
void
TickPagesWrite(SMgrRelation smgr, bool use_wal, BlockNumber first, char *pages, int count)
{
	BlockNumber block[TICK_PAGE_BATCH];
	Page		page[TICK_PAGE_BATCH];

	Assert(count <= TICK_PAGE_BATCH);
	for (int i = 0; i < count; i++)
	{
		block[i] = first + i;
		page[i] = pages + (size_t) i * BLCKSZ;
	}
	if (use_wal && count > 0)
		log_newpages(TickSmgrLocator(smgr), MAIN_FORKNUM, count, block, page, true);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		PageSetChecksumInplace(page[i], block[i]);
		smgrextend(smgr, MAIN_FORKNUM, block[i], page[i], true);
	}
}

/*
 * Have the next checkpoint flush the file, when no checkpoint began since
 * redo_at_start; false when one did.  Holding off the start of checkpoints
 * meanwhile makes sure of either.  The request covers one file of 1 GB.
 */
static bool
register_sync(SMgrRelation smgr, XLogRecPtr redo_at_start, BlockNumber blocks, char *last_page)
{
	volatile bool registered = false;

	MyProc->delayChkptFlags |= DELAY_CHKPT_START;
	PG_TRY();
	{
		if (GetRedoRecPtr() == redo_at_start)
		{
			TickRegisterSync(smgr, blocks, last_page);
			registered = true;
		}
	}
	PG_FINALLY();
	{
		MyProc->delayChkptFlags &= ~DELAY_CHKPT_START;
	}
	PG_END_TRY();
	return registered;
}

/*
 * Make the WAL-logged pages of a new file durable.  Without a checkpoint
 * since redo_at_start (GetRedoRecPtr() before the first page was written),
 * recovery replays their WAL, and the next checkpoint is told to flush the
 * file; else, and for files of more than one segment file, flush it now.
 */
void
TickPagesSync(SMgrRelation smgr, XLogRecPtr redo_at_start, BlockNumber blocks, char *last_page)
{
	if (blocks == 0)
		return;
	if (blocks <= RELSEG_SIZE && register_sync(smgr, redo_at_start, blocks, last_page))
		return;
	smgrimmedsync(smgr, MAIN_FORKNUM);
}

/* Copy all pages into a new file, which page 0 then names.  Read through the buffers, where a standby has them. */
void
TickPagesCopy(Relation from, SMgrRelation to, bool use_wal)
{
	BlockNumber blocks = smgrnblocks(RelationGetSmgr(from), MAIN_FORKNUM);
	XLogRecPtr	redo_at_start = GetRedoRecPtr();
	BufferAccessStrategy strategy = GetAccessStrategy(BAS_BULKREAD);
	char	   *pages = TickAllocPages(CurrentMemoryContext, TICK_PAGE_BATCH * BLCKSZ);
	int			count = 0;

	for (BlockNumber block = 0; block < blocks; block++)
	{
		Buffer		buffer = ReadBufferExtended(from, MAIN_FORKNUM, block, RBM_NORMAL, strategy);
		char	   *page = pages + (size_t) count * BLCKSZ;

		memcpy(page, BufferGetPage(buffer), BLCKSZ);
		ReleaseBuffer(buffer);
		if (block == 0 && TickPageOriginValid(page))
			TickPageSetOrigin(page, TickSmgrLocator(to));
		if (++count == TICK_PAGE_BATCH || block == blocks - 1)
		{
			TickPagesWrite(to, use_wal, block + 1 - count, pages, count);
			if (block < blocks - 1)
				count = 0;
		}
	}
	if (use_wal)
		TickPagesSync(to, redo_at_start, blocks, pages + (size_t) (Max(count, 1) - 1) * BLCKSZ);
	pfree(pages);
	FreeAccessStrategy(strategy);
}
