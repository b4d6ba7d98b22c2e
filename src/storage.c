/*-------------------------------------------------------------------------
 *
 * storage.c
 *	  Where segment images lie: hidden WAL-logged relations, or bytes inline.
 *
 * A segment relation is made in schema tick_store, owned by the extension's
 * owner, without privileges for anybody, and is a member of the extension:
 * pg_dump leaves it out, DROP EXTENSION drops it, and everything the server
 * does to relations (rollback, two-phase commit, standbys, backups) holds
 * for it.  It deliberately does not depend on its foreign table: an extension
 * member that did would pull the extension into DROP FOREIGN TABLE CASCADE.
 *
 * No privilege is checked here.  Who may write or drop a segment is decided
 * by the dataset's privileges, and the calls made here (creation of a
 * relation with a given owner, deletion of an object) check none themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/statvfs.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "commands/defrem.h"
#include "common/relpath.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "catalog.h"
#include "storage_internal.h"
#include "tick.h"

#define RESERVE_BATCHES 128		/* batches written between two looks at the free space: 32 MB */

/*
 * TickStorageWriter: gathers bytes in image until they are too many to stay
 * inline; then pages holds the batch being filled.
 */
struct TickStorageWriter
{
	MemoryContext context;
	uint8		uuid[TICK_UUID_BYTES];
	uint64		bytes;			/* appended so far */
	StringInfoData image;		/* a bytea in the making, while inline */
	Oid			relid;			/* InvalidOid while inline */
	char	   *pages;			/* TICK_PAGE_BATCH pages */
	int			count;			/* pages begun in the batch, the last one maybe not full */
	BlockNumber first;			/* block number of the batch's first page */
	XLogRecPtr	redo_at_start;
};

TickStorageWriter *
TickStorageBegin(const uint8 uuid[TICK_UUID_BYTES])
{
	TickStorageWriter *writer = palloc0(sizeof(TickStorageWriter));

	writer->context = CurrentMemoryContext;
	memcpy(writer->uuid, uuid, TICK_UUID_BYTES);
	initStringInfo(&writer->image);
	appendStringInfoSpaces(&writer->image, VARHDRSZ);
	return writer;
}

/* "seg_" and the uuid in hexadecimal: unique, and telling in pg_class. */
static void
relation_name(const uint8 *uuid, char *name)
{
	strcpy(name, "seg_");
	for (int i = 0; i < TICK_UUID_BYTES; i++)
		sprintf(name + 4 + 2 * i, "%02x", uuid[i]);
}

/* A relation without columns, as nothing of it is for SQL. */
static Oid
create_relation(const uint8 *uuid)
{
	char		name[NAMEDATALEN];
	ObjectAddress segment;
	ObjectAddress extension;
	Oid			relid;

	relation_name(uuid, name);
	relid = heap_create_with_catalog(name,
									 get_namespace_oid(TICK_STORE_SCHEMA, false),
									 InvalidOid,	/* the database's tablespace */
									 InvalidOid, InvalidOid, InvalidOid,
									 TickExtensionOwner(),
									 get_table_am_oid(TICK_SEGMENT_AM, false),
									 CreateTemplateTupleDesc(0),
									 NIL,
									 RELKIND_RELATION, RELPERSISTENCE_PERMANENT,
									 false, false,
									 ONCOMMIT_NOOP,
									 (Datum) 0,
									 false, /* no default privileges */
									 false, true,
									 InvalidOid, NULL);
	ObjectAddressSet(segment, RelationRelationId, relid);
	ObjectAddressSet(extension, ExtensionRelationId, TickExtensionOid());
	recordDependencyOn(&segment, &extension, DEPENDENCY_EXTENSION);
	CommandCounterIncrement();
	return relid;
}

/* An ERROR when the volume of a path has less free than is to stay free. */
static void
check_volume(const char *path)
{
	struct statvfs volume;
	uint64		free_mb;

	/* where nobody can tell, the write itself will */
	if (statvfs(path, &volume) != 0)
		return;
	free_mb = (uint64) volume.f_bavail * volume.f_frsize / (1024 * 1024);
	if (free_mb >= (uint64) tick_min_free)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DISK_FULL),
			 errmsg("volume of \"%s\" has less free space than tick.min_free", path),
			 errdetail("%llu MB are free, %d MB are to stay free for the server.", (unsigned long long) free_mb, tick_min_free),
			 errhint("Free space, or let a superuser lower tick.min_free.")));
}

/*
 * A server that cannot write its WAL stops, and does not start before there
 * is space again: what a load writes must not come to that.
 */
static void
keep_reserve(const RelFileLocator *locator)
{
	char	   *directory;

	if (tick_min_free == 0)
		return;
	directory = GetDatabasePath(locator->dbOid, locator->spcOid);
	check_volume(directory);
	check_volume("pg_wal");
	pfree(directory);
}

/* Write the pages of the batch; the relation is open only meanwhile, so that no caller's end can leak it. */
static void
flush_batch(TickStorageWriter *writer)
{
	Relation	relation = table_open(writer->relid, NoLock);

	if (writer->first / TICK_PAGE_BATCH % RESERVE_BATCHES == 0)
		keep_reserve(&relation->rd_locator);
	if (writer->first == 0)
		TickPageSetOrigin(writer->pages, &relation->rd_locator);
	TickPagesWrite(RelationGetSmgr(relation), RelationNeedsWAL(relation),
				   writer->first, writer->pages, writer->count);
	table_close(relation, NoLock);
}

/* The page to fill next: the batch's last one, or a fresh one. */
static char *
page_to_fill(TickStorageWriter *writer)
{
	char	   *page;

	if (writer->count > 0)
	{
		page = writer->pages + (size_t) (writer->count - 1) * BLCKSZ;
		if (TickPageGetHeader(page)->used < TickPageCapacity(writer->first + writer->count - 1))
			return page;
	}
	if (writer->count == TICK_PAGE_BATCH)
	{
		flush_batch(writer);
		writer->first += writer->count;
		writer->count = 0;
		if (writer->first > MaxBlockNumber - TICK_PAGE_BATCH)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("segment exceeds the size of a relation")));
	}
	page = writer->pages + (size_t) writer->count * BLCKSZ;
	TickPageInit(page, writer->first + writer->count, writer->uuid);
	writer->count++;
	return page;
}

static void
append_to_pages(TickStorageWriter *writer, const char *bytes, size_t length)
{
	while (length > 0)
	{
		char	   *page = page_to_fill(writer);
		BlockNumber block = writer->first + writer->count - 1;
		TickPageHeader *header = TickPageGetHeader(page);
		size_t		part = Min(length, TickPageCapacity(block) - header->used);

		memcpy(TickPagePayload(page, block) + header->used, bytes, part);
		header->used += part;
		bytes += part;
		length -= part;
	}
}

/* From here on the image has a relation. */
static void
leave_inline(TickStorageWriter *writer)
{
	writer->pages = TickAllocPages(writer->context, TICK_PAGE_BATCH * BLCKSZ);
	writer->redo_at_start = GetRedoRecPtr();
	writer->relid = create_relation(writer->uuid);
	append_to_pages(writer, writer->image.data + VARHDRSZ, writer->image.len - VARHDRSZ);
	pfree(writer->image.data);
	writer->image.data = NULL;
}

static TickStatus
append_bytes(void *context, const void *bytes, size_t length, TickError *error)
{
	TickStorageWriter *writer = context;

	if (!OidIsValid(writer->relid) && writer->bytes + length >= TICK_INLINE_LIMIT)
		leave_inline(writer);
	if (OidIsValid(writer->relid))
		append_to_pages(writer, bytes, length);
	else
		appendBinaryStringInfo(&writer->image, bytes, length);
	writer->bytes += length;
	return TICK_OK;
}

TickSink
TickStorageSink(TickStorageWriter *writer)
{
	TickSink	sink = {.append = append_bytes,.context = writer};

	return sink;
}

void
TickStorageFinish(TickStorageWriter *writer, TickStored *stored)
{
	memset(stored, 0, sizeof(*stored));
	memcpy(stored->uuid, writer->uuid, TICK_UUID_BYTES);
	stored->bytes = writer->bytes;
	stored->relid = writer->relid;
	if (OidIsValid(writer->relid))
	{
		Relation	relation;

		flush_batch(writer);
		relation = table_open(writer->relid, NoLock);
		if (RelationNeedsWAL(relation))
			TickPagesSync(RelationGetSmgr(relation), writer->redo_at_start,
						  writer->first + writer->count,
						  writer->pages + (size_t) (writer->count - 1) * BLCKSZ);
		table_close(relation, NoLock);
		pfree(writer->pages);
	}
	else
	{
		SET_VARSIZE(writer->image.data, writer->image.len);
		stored->image = (bytea *) writer->image.data;
	}
	pfree(writer);
}

/* ---- reading ---- */

/* TickStorageSource: source must come first. */
typedef struct TickStorageSource
{
	TickSource	source;
	TickStored	stored;
	BufferAccessStrategy strategy;	/* a ring for images that would push out everything else */
} TickStorageSource;

static TickStatus
read_inline(void *context, uint64 offset, void *bytes, size_t length, TickError *error)
{
	TickStorageSource *source = context;

	if (offset > source->stored.bytes || length > source->stored.bytes - offset)
		return tick_error_set(error, TICK_CORRUPT, "segment refers to bytes beyond its end");
	memcpy(bytes, VARDATA_ANY(source->stored.image) + offset, length);
	return TICK_OK;
}

/* The relation, locked; an ERROR when a concurrent drop was faster. */
static Relation
open_segment(const TickStored *stored)
{
	Relation	relation = try_relation_open(stored->relid, AccessShareLock);

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("segment relation %u is gone", stored->relid),
				 errdetail("It was dropped by another session since the query began."),
				 errhint("The transaction might succeed if retried.")));
	if (!TickIsSegmentRelation(relation))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("relation \"%s\" is not a segment", RelationGetRelationName(relation))));
	return relation;
}

/*
 * Copy a part of one page out.  A pin is enough: pages of a segment never
 * change once a catalog row shows them.
 */
static TickStatus
read_page(TickStorageSource *source, Relation relation, BlockNumber block,
		  uint32 start, void *bytes, uint32 length, TickError *error)
{
	Buffer		buffer = ReadBufferExtended(relation, MAIN_FORKNUM, block, RBM_NORMAL, source->strategy);
	char	   *page = BufferGetPage(buffer);
	char	   *fault = TickPageFault(page, block, &source->stored);

	if (fault == NULL)
		memcpy(bytes, TickPagePayload(page, block) + start, length);
	ReleaseBuffer(buffer);
	if (fault == NULL)
		return TICK_OK;
	tick_error_set(error, TICK_CORRUPT, "invalid page %u in segment relation \"%s\"",
				   block, RelationGetRelationName(relation));
	tick_error_detail(error, "The page was read, but %s.", fault);
	pfree(fault);
	return TICK_CORRUPT;
}

static TickStatus
read_relation(void *context, uint64 offset, void *bytes, size_t length, TickError *error)
{
	TickStorageSource *source = context;
	TickStatus	status = TICK_OK;
	Relation	relation;

	if (offset > source->stored.bytes || length > source->stored.bytes - offset)
		return tick_error_set(error, TICK_CORRUPT, "segment refers to bytes beyond its end");
	relation = open_segment(&source->stored);
	while (length > 0 && status == TICK_OK)
	{
		BlockNumber block = (BlockNumber) TickPageOf(offset);
		uint32		start = (uint32) (offset - TickPageOffset(block));
		uint32		part = (uint32) Min((uint64) length, TickPageCapacity(block) - start);

		CHECK_FOR_INTERRUPTS();
		status = read_page(source, relation, block, start, bytes, part, error);
		bytes = (char *) bytes + part;
		offset += part;
		length -= part;
	}
	relation_close(relation, AccessShareLock);
	return status;
}

TickSource *
TickStorageOpen(const TickStored *stored)
{
	TickStorageSource *source = palloc0(sizeof(TickStorageSource));
	bool		is_inline = !OidIsValid(stored->relid);
	uint64		pages = TickPagesFor(stored->bytes);

	if (is_inline && (stored->image == NULL || VARSIZE_ANY_EXHDR(stored->image) != stored->bytes))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("image of an inline segment does not have the %llu bytes that its catalog row says",
						(unsigned long long) stored->bytes)));
	if (pages > MaxBlockNumber)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("segment relation %u is recorded with an impossible length", stored->relid)));
	source->stored = *stored;
	source->source.read = is_inline ? read_inline : read_relation;
	source->source.context = source;
	source->source.length = stored->bytes;
	if (!is_inline && pages > (uint64) NBuffers / 4)
		source->strategy = GetAccessStrategy(BAS_BULKREAD);
	return &source->source;
}

/* ---- dropping ---- */

/* Is it a relation that only this module makes?  What a catalog row names is not trusted with a DROP. */
static bool
is_stored_segment(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		result = form->relnamespace == get_namespace_oid(TICK_STORE_SCHEMA, true) &&
			form->relam == get_table_am_oid(TICK_SEGMENT_AM, true);
		ReleaseSysCache(tuple);
	}
	return result;
}

/*
 * The deletion is internal (no event triggers) and overlooks that the
 * relation is a member of the extension.  A relation that is gone already is
 * no error.
 */
void
TickStorageDrop(Oid relid)
{
	ObjectAddress segment;

	LockRelationOid(relid, AccessExclusiveLock);
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		return;
	if (!is_stored_segment(relid))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("relation \"%s\" is not a segment", get_rel_name(relid))));
	ObjectAddressSet(segment, RelationRelationId, relid);
	performDeletion(&segment, DROP_CASCADE,
					PERFORM_DELETION_INTERNAL | PERFORM_DELETION_QUIETLY | PERFORM_DELETION_SKIP_EXTENSIONS);
}
