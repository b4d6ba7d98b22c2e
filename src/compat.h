/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  One source for PostgreSQL 15 to 18.
 *
 * The code is written for one server; what another one spells differently is
 * here, and nothing else in src/ asks for PG_VERSION_NUM.  Where the newest
 * name is a plain rename, the code uses it and older servers get a macro;
 * where arguments differ, the code calls a macro named Tick... .  They are
 * macros so that a file includes only the server's headers it needs itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_COMPAT_H
#define TICK_COMPAT_H

#include "postgres.h"

/* ---- headers that were split off ---- */

#if PG_VERSION_NUM >= 160000
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "varatt.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

/* it asks for ICU's headers, of which nothing here needs any */
#pragma push_macro("USE_ICU")
#undef USE_ICU
#include "utils/pg_locale.h"
#pragma pop_macro("USE_ICU")

/* ---- language and errors ---- */

#if PG_VERSION_NUM >= 180000
/* 18 has pg_noreturn, which stands before everything else; this one stands where the attribute does */
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

#ifndef ERRCODE_SNAPSHOT_TOO_OLD
/* gone with the server's old_snapshot_threshold in 17, but still the name of what it says */
#define ERRCODE_SNAPSHOT_TOO_OLD MAKE_SQLSTATE('7', '2', '0', '0', '0')
#endif

/* ---- privileges ---- */

#if PG_VERSION_NUM >= 160000
#define TickOwnsRelation(relid, role) object_ownercheck(RelationRelationId, relid, role)
#define TickDatabaseAcl(database, role, mode) object_aclcheck(DatabaseRelationId, database, role, mode)
#else
#define TickOwnsRelation(relid, role) pg_class_ownercheck(relid, role)
#define TickDatabaseAcl(database, role, mode) pg_database_aclcheck(database, role, mode)
#endif

/* ---- rows of the catalog ---- */

#if PG_VERSION_NUM >= 160000
#define TickInsertIndexTuples(result, slot, estate, update) \
	ExecInsertIndexTuples(result, slot, estate, update, false, NULL, NIL, false)
#define TickHeapUpdate(relation, tid, tuple, cid, failure, mode) \
	heap_update(relation, tid, tuple, cid, InvalidSnapshot, true, failure, mode, &(TU_UpdateIndexes) {0})
#else
#define TickInsertIndexTuples(result, slot, estate, update) \
	ExecInsertIndexTuples(result, slot, estate, update, false, NULL, NIL)
#define TickHeapUpdate(relation, tid, tuple, cid, failure, mode) \
	heap_update(relation, tid, tuple, cid, InvalidSnapshot, true, failure, mode)
#endif

/* ---- values ---- */

#if PG_VERSION_NUM >= 160000
#define TickDecodeDateTime(field, type, fields, kind, tm, fraction, zone) \
	DecodeDateTime(field, type, fields, kind, tm, fraction, zone, &(DateTimeErrorExtra) {0})
#else
#define TickDecodeDateTime(field, type, fields, kind, tm, fraction, zone) \
	DecodeDateTime(field, type, fields, kind, tm, fraction, zone)
#endif

/* false for InvalidOid, which the newer look-up takes for damage */
#if PG_VERSION_NUM >= 180000
#define TickCollationIsC(collation) \
	(OidIsValid(collation) && pg_newlocale_from_collation(collation)->collate_is_c)
#else
#define TickCollationIsC(collation) lc_collate_is_c(collation)
#endif

/* ---- planning and execution ---- */

#if PG_VERSION_NUM >= 180000
#define TickForeignScanPath(root, rel, rows, startup, total, pathkeys, outer, private) \
	create_foreignscan_path(root, rel, NULL, rows, 0, startup, total, pathkeys, outer, NULL, NIL, private)
#define TickForeignUpperPath(root, rel, rows, startup, total, private) \
	create_foreign_upper_path(root, rel, (rel)->reltarget, rows, 0, startup, total, NIL, NULL, NIL, private)
#elif PG_VERSION_NUM >= 170000
#define TickForeignScanPath(root, rel, rows, startup, total, pathkeys, outer, private) \
	create_foreignscan_path(root, rel, NULL, rows, startup, total, pathkeys, outer, NULL, NIL, private)
#define TickForeignUpperPath(root, rel, rows, startup, total, private) \
	create_foreign_upper_path(root, rel, (rel)->reltarget, rows, startup, total, NIL, NULL, NIL, private)
#else
#define TickForeignScanPath(root, rel, rows, startup, total, pathkeys, outer, private) \
	create_foreignscan_path(root, rel, NULL, rows, startup, total, pathkeys, outer, NULL, private)
#define TickForeignUpperPath(root, rel, rows, startup, total, private) \
	create_foreign_upper_path(root, rel, (rel)->reltarget, rows, startup, total, NIL, NULL, private)
#endif

#if PG_VERSION_NUM >= 160000
#define TickExpressionPathkey(root, expr, operator, rel) \
	build_expression_pathkey(root, expr, operator, (rel)->relids, false)
#else
#define TickExpressionPathkey(root, expr, operator, rel) \
	build_expression_pathkey(root, expr, NULL, operator, (rel)->relids, false)
#endif

#if PG_VERSION_NUM >= 180000
#define TickPathkeyAscends(pathkey) ((pathkey)->pk_cmptype == COMPARE_LT)
#define TickRangeTableRelation(estate, relid) ExecGetRangeTableRelation(estate, relid, false)
/* the range table entry that stands for the groups is no relation */
#define TickExplainPrefix(es) ((es)->rtable_size > 1 || (es)->verbose)
/* the members of a partition are no longer in the one list */
#define TickForeachMember(member, class, rel) \
	for (EquivalenceMemberIterator member##_iterator = \
		 ({EquivalenceMemberIterator begun; setup_eclass_member_iterator(&begun, class, (rel)->relids); begun; }); \
		 (member = eclass_member_iterator_next(&member##_iterator)) != NULL;)
#else
#define TickPathkeyAscends(pathkey) ((pathkey)->pk_strategy == BTLessStrategyNumber)
#define TickRangeTableRelation(estate, relid) ExecGetRangeTableRelation(estate, relid)
#define TickExplainPrefix(es) (list_length((es)->rtable) > 1 || (es)->verbose)
#define TickForeachMember(member, class, rel) \
	for (int member##_at = 0; \
		 member##_at < list_length((class)->ec_members) && (member = list_nth((class)->ec_members, member##_at)) != NULL; \
		 member##_at++)
#endif

#if PG_VERSION_NUM >= 160000
#define TickJoinEqualities(root, join, others, rel) generate_join_implied_equalities(root, join, others, rel, NULL)
#else
#define TickJoinEqualities(root, join, others, rel) generate_join_implied_equalities(root, join, others, rel)
#endif

/* a hash of virtual tuples, with room for a number in each entry */
#if PG_VERSION_NUM >= 180000
#define TickTupleHash(parent, desc, keys, columns, equalities, hashes, collations, buckets, context, scratch) \
	BuildTupleHashTable(parent, desc, &TTSOpsVirtual, keys, columns, equalities, hashes, collations, buckets, \
						sizeof(int64), context, context, scratch, false)
#define TickTupleHashNumber(table, entry, is_new, context) ((int64 *) TupleHashEntryGetAdditional(table, entry))
#define TickTupleHashTuple(entry) TupleHashEntryGetTuple(entry)
#else
#define TickTupleHash(parent, desc, keys, columns, equalities, hashes, collations, buckets, context, scratch) \
	BuildTupleHashTableExt(parent, desc, keys, columns, equalities, hashes, collations, buckets, \
						   sizeof(int64), context, context, scratch, false)
#define TickTupleHashNumber(table, entry, is_new, context) \
	((int64 *) ((is_new) ? (entry)->additional = MemoryContextAlloc(context, sizeof(int64)) : (entry)->additional))
#define TickTupleHashTuple(entry) ((entry)->firstTuple)
#endif

/* ---- files of relations ---- */

#if PG_VERSION_NUM >= 160000
#define TickSmgrLocator(smgr) (&(smgr)->smgr_rlocator.locator)
/* pages that are written past the buffers may go past the system's cache too */
#define TickAllocPages(context, bytes) MemoryContextAllocAligned(context, bytes, PG_IO_ALIGN_SIZE, 0)
#define TickUpdatedIndexes TU_UpdateIndexes
#else
#define RelFileLocator RelFileNode
#define RelFileNumber Oid
#define rd_locator rd_node
#define spcOid spcNode
#define dbOid dbNode
#define relNumber relNode
#define TickSmgrLocator(smgr) (&(smgr)->smgr_rnode.node)
#define TickAllocPages(context, bytes) MemoryContextAlloc(context, bytes)
#define relation_set_new_filelocator relation_set_new_filenode
#define TickUpdatedIndexes bool
#endif

#if PG_VERSION_NUM >= 170000
#define TickAnalyzeArguments struct ReadStream *stream
#define TickRegisterSync(smgr, blocks, last_page) smgrregistersync(smgr, MAIN_FORKNUM)
#else
#define TickAnalyzeArguments BlockNumber block, BufferAccessStrategy strategy
/* writing the last page again is how the request can be made; it covers one file of 1 GB */
#define TickRegisterSync(smgr, blocks, last_page) smgrwrite(smgr, MAIN_FORKNUM, (blocks) - 1, last_page, false)
#define TransamVariables ShmemVariableCache
#endif

#endif							/* TICK_COMPAT_H */
