/*-------------------------------------------------------------------------
 *
 * storage_internal.h
 *	  Pages of a segment relation.
 *
 * A segment relation holds one image in its main fork, and nothing else:
 *
 *		page		24 bytes	PostgreSQL's page header
 *					32 bytes	TickPageHeader
 *		page 0 only	32 bytes	TickPageOrigin
 *					the rest	the image's next bytes
 *
 * The page header says lower = upper = special = BLCKSZ: a page without
 * room, so that no part of the server ever takes bytes for a hole and leaves
 * them out of the WAL.  Both structs are in the server's byte order, as
 * everything in its data directory.
 *
 * TickPageHeader ties a page to its place: a page of another segment, of an
 * older generation or at another number is told from the right one.
 * TickPageOrigin says which file this is and which transaction made it, so
 * that a file left behind by a crash can be recognised without any catalog.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_STORAGE_INTERNAL_H
#define TICK_STORAGE_INTERNAL_H

#include "postgres.h"

#include "access/xlogdefs.h"
#include "storage/block.h"
#include "storage/bufpage.h"
#include "storage/smgr.h"
#include "utils/rel.h"

#include "compat.h"
#include "storage.h"

#define TICK_PAGE_MAGIC		0x6b636974	/* "tick" */
#define TICK_PAGE_VERSION	1

typedef struct TickPageHeader
{
	uint32		magic;
	uint16		version;
	uint16		used;			/* bytes of the image on this page */
	uint8		uuid[8];		/* first half of the image's */
	uint32		page;			/* block number */
	uint32		reserved[3];	/* zero */
} TickPageHeader;

typedef struct TickPageOrigin
{
	Oid			database;
	Oid			relfilenode;
	uint64		xid;			/* FullTransactionId of the top transaction that made the file */
	uint32		crc;			/* CRC-32C of the 16 bytes before and of the page header's uuid */
	uint32		reserved[3];	/* zero */
} TickPageOrigin;

StaticAssertDecl(sizeof(TickPageHeader) == 32, "page header has padding");
StaticAssertDecl(sizeof(TickPageOrigin) == 32, "page origin has padding");

#define TICK_PAGE_START		(SizeOfPageHeaderData + sizeof(TickPageHeader))
#define TICK_PAGE_BYTES		(BLCKSZ - TICK_PAGE_START)
#define TICK_FIRST_BYTES	(TICK_PAGE_BYTES - sizeof(TickPageOrigin))
#define TICK_PAGE_BATCH		32	/* pages written and logged at once: one WAL record takes no more */

#define TickPageGetHeader(page)	((TickPageHeader *) ((char *) (page) + SizeOfPageHeaderData))
#define TickPageGetOrigin(page)	((TickPageOrigin *) ((char *) (page) + TICK_PAGE_START))

/* Bytes of the image before page number block. */
static inline uint64
TickPageOffset(BlockNumber block)
{
	return block == 0 ? 0 : TICK_FIRST_BYTES + (uint64) (block - 1) * TICK_PAGE_BYTES;
}

/* Where the image's bytes begin on a page, and how many a full one has. */
static inline char *
TickPagePayload(char *page, BlockNumber block)
{
	return page + TICK_PAGE_START + (block == 0 ? sizeof(TickPageOrigin) : 0);
}

static inline uint32
TickPageCapacity(BlockNumber block)
{
	return block == 0 ? TICK_FIRST_BYTES : TICK_PAGE_BYTES;
}

/* Page that holds byte number offset. */
static inline uint64
TickPageOf(uint64 offset)
{
	return offset < TICK_FIRST_BYTES ? 0 : 1 + (offset - TICK_FIRST_BYTES) / TICK_PAGE_BYTES;
}

/* Pages that an image takes; even an empty one has its page 0. */
static inline uint64
TickPagesFor(uint64 bytes)
{
	return bytes == 0 ? 1 : TickPageOf(bytes - 1) + 1;
}

/* Bytes that a page of an image must hold. */
static inline uint32
TickPageUsed(uint64 bytes, BlockNumber block)
{
	return (uint32) Min((uint64) TickPageCapacity(block), bytes - TickPageOffset(block));
}

/* NULL when the page is page number block of that image, else what is wrong, palloc'd. */
extern char *TickPageFault(const char *page, BlockNumber block, const TickStored *stored);

/* storage_pages.c: writing whole pages past the buffer manager */
extern void TickPageInit(char *page, BlockNumber block, const uint8 uuid[8]);
extern void TickPageSetOrigin(char *page, const RelFileLocator *locator);
extern bool TickPageOriginValid(const char *page);
extern void TickPagesWrite(SMgrRelation smgr, bool use_wal, BlockNumber first, char *pages, int count);
extern void TickPagesSync(SMgrRelation smgr, XLogRecPtr redo_at_start, BlockNumber blocks, char *last_page);
extern void TickPagesCopy(Relation from, SMgrRelation to, bool use_wal);

/* storage_am.c */
extern bool TickIsSegmentRelation(Relation relation);

#define TICK_STORE_SCHEMA	"tick_store"
#define TICK_SEGMENT_AM		"tick_segment"

#endif							/* TICK_STORAGE_INTERNAL_H */
