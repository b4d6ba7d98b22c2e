/*-------------------------------------------------------------------------
 *
 * storage_am.c
 *	  The table access method of segment relations.
 *
 * It gives the server what it needs to keep such a relation as it keeps any
 * table: creation, copies to another tablespace, VACUUM FULL.  To SQL the
 * relation has no rows: scans return none (an error would make pg_dump fail),
 * writes are refused.  Transaction ids are never on its pages, so it has no
 * relfrozenxid and VACUUM has nothing to do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/heapam.h"
#include "access/multixact.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/xlog.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/storage.h"
#include "commands/progress.h"
#include "commands/vacuum.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/backend_status.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "storage_internal.h"

PG_FUNCTION_INFO_V1(tick_segment_am_handler);

static const TableAmRoutine segment_am;

static void pg_attribute_noreturn()
refuse(const char *action)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot %s a segment relation", action),
			 errhint("Segments change only with their dataset; use its foreign table.")));
}

bool
TickIsSegmentRelation(Relation relation)
{
	return relation->rd_tableam == &segment_am;
}

static const TupleTableSlotOps *
segment_slot_callbacks(Relation relation)
{
	return &TTSOpsVirtual;
}

/* ---- scans: no rows ---- */

static TableScanDesc
segment_scan_begin(Relation relation, Snapshot snapshot, int nkeys, struct ScanKeyData *key,
				   ParallelTableScanDesc parallel, uint32 flags)
{
	TableScanDesc scan = palloc0(sizeof(TableScanDescData));

	RelationIncrementReferenceCount(relation);
	scan->rs_rd = relation;
	scan->rs_snapshot = snapshot;
	scan->rs_nkeys = nkeys;
	scan->rs_flags = flags;
	scan->rs_parallel = parallel;
	return scan;
}

static void
segment_scan_end(TableScanDesc scan)
{
	RelationDecrementReferenceCount(scan->rs_rd);
	if (scan->rs_flags & SO_TEMP_SNAPSHOT)
		UnregisterSnapshot(scan->rs_snapshot);
	pfree(scan);
}

static void
segment_scan_rescan(TableScanDesc scan, struct ScanKeyData *key, bool set_params,
					bool allow_strat, bool allow_sync, bool allow_pagemode)
{
}

static bool
segment_scan_getnextslot(TableScanDesc scan, ScanDirection direction, TupleTableSlot *slot)
{
	ExecClearTuple(slot);
	return false;
}

static void
segment_scan_set_tidrange(TableScanDesc scan, ItemPointer low, ItemPointer high)
{
}

static bool
segment_scan_sample_next_block(TableScanDesc scan, struct SampleScanState *state)
{
	return false;
}

static bool
segment_scan_sample_next_tuple(TableScanDesc scan, struct SampleScanState *state, TupleTableSlot *slot)
{
	return false;
}

static bool
segment_scan_analyze_next_block(TableScanDesc scan, TickAnalyzeArguments)
{
	return false;
}

static bool
segment_scan_analyze_next_tuple(TableScanDesc scan, TransactionId oldest_xmin,
								double *live_rows, double *dead_rows, TupleTableSlot *slot)
{
	return false;
}

/* ---- single rows: there are none to find, and none may be made ---- */

static struct IndexFetchTableData *
segment_index_fetch_begin(Relation relation)
{
	refuse("fetch by index from");
}

static void
segment_index_fetch_reset(struct IndexFetchTableData *data)
{
}

static bool
segment_index_fetch_tuple(struct IndexFetchTableData *data, ItemPointer tid, Snapshot snapshot,
						  TupleTableSlot *slot, bool *call_again, bool *all_dead)
{
	return false;
}

static bool
segment_tuple_fetch_row_version(Relation relation, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot)
{
	return false;
}

static bool
segment_tuple_tid_valid(TableScanDesc scan, ItemPointer tid)
{
	return false;
}

static void
segment_tuple_get_latest_tid(TableScanDesc scan, ItemPointer tid)
{
}

static bool
segment_tuple_satisfies_snapshot(Relation relation, TupleTableSlot *slot, Snapshot snapshot)
{
	return false;
}

static TransactionId
segment_index_delete_tuples(Relation relation, TM_IndexDeleteOp *state)
{
	refuse("delete index entries of");
}

static void
segment_tuple_insert(Relation relation, TupleTableSlot *slot, CommandId cid, int options,
					 struct BulkInsertStateData *bistate)
{
	refuse("insert into");
}

static void
segment_tuple_insert_speculative(Relation relation, TupleTableSlot *slot, CommandId cid, int options,
								 struct BulkInsertStateData *bistate, uint32 token)
{
	refuse("insert into");
}

static void
segment_tuple_complete_speculative(Relation relation, TupleTableSlot *slot, uint32 token, bool succeeded)
{
	refuse("insert into");
}

static void
segment_multi_insert(Relation relation, TupleTableSlot **slots, int nslots, CommandId cid, int options,
					 struct BulkInsertStateData *bistate)
{
	refuse("insert into");
}

static TM_Result
segment_tuple_delete(Relation relation, ItemPointer tid, CommandId cid, Snapshot snapshot,
					 Snapshot crosscheck, bool wait, TM_FailureData *failure, bool changing_part)
{
	refuse("delete from");
}

static TM_Result
segment_tuple_update(Relation relation, ItemPointer tid, TupleTableSlot *slot, CommandId cid,
					 Snapshot snapshot, Snapshot crosscheck, bool wait, TM_FailureData *failure,
					 LockTupleMode *mode, TickUpdatedIndexes *updated)
{
	refuse("update");
}

static TM_Result
segment_tuple_lock(Relation relation, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot,
				   CommandId cid, LockTupleMode mode, LockWaitPolicy policy, uint8 flags,
				   TM_FailureData *failure)
{
	refuse("lock rows of");
}

static double
segment_index_build_range_scan(Relation relation, Relation index, struct IndexInfo *info, bool allow_sync,
							   bool anyvisible, bool progress, BlockNumber start, BlockNumber blocks,
							   IndexBuildCallback callback, void *state, TableScanDesc scan)
{
	refuse("create an index on");
}

static void
segment_index_validate_scan(Relation relation, Relation index, struct IndexInfo *info, Snapshot snapshot,
							struct ValidateIndexState *state)
{
	refuse("create an index on");
}

/* ---- the relation as a whole ---- */

/*
 * Make the file of a new relation: one that storage.c makes, the transient
 * one of VACUUM FULL, or one that pg_upgrade restores.  A new file for an
 * existing relation is TRUNCATE, which would take the segment's bytes away.
 */
static void
segment_set_new_filelocator(Relation relation, const RelFileLocator *locator, char persistence,
						 TransactionId *freeze_xid, MultiXactId *minmulti)
{
	if (locator->relNumber != relation->rd_locator.relNumber)
		refuse("truncate");
	if (persistence != RELPERSISTENCE_PERMANENT ||
		RelationGetNamespace(relation) != get_namespace_oid(TICK_STORE_SCHEMA, true))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("access method \"%s\" is for segment relations only", TICK_SEGMENT_AM),
				 errhint("Create a foreign table on server \"tick\" instead.")));
	*freeze_xid = InvalidTransactionId;
	*minmulti = InvalidMultiXactId;
	smgrclose(RelationCreateStorage(*locator, persistence, true));
}

static void
segment_nontransactional_truncate(Relation relation)
{
	refuse("truncate");
}

/* ALTER TABLE SET TABLESPACE.  The new file is logged unless wal_level needs no WAL for new files. */
static void
segment_copy_data(Relation relation, const RelFileLocator *locator)
{
	SMgrRelation to;

	RelationCreateStorage(*locator, relation->rd_rel->relpersistence, true);
	to = smgropen(*locator, relation->rd_backend);
	TickPagesCopy(relation, to, XLogIsNeeded());
	RelationDropStorage(relation);
	smgrclose(to);
}

/* VACUUM FULL: nothing to squeeze out, but a database-wide one must not stop here. */
static void
segment_copy_for_cluster(Relation old_relation, Relation new_relation, Relation index, bool use_sort,
						 TransactionId oldest_xmin, TransactionId *xid_cutoff, MultiXactId *multi_cutoff,
						 double *rows, double *vacuumed, double *recently_dead)
{
	TickPagesCopy(old_relation, RelationGetSmgr(new_relation), RelationNeedsWAL(new_relation));
	*xid_cutoff = InvalidTransactionId;
	*multi_cutoff = InvalidMultiXactId;
	*rows = *vacuumed = *recently_dead = 0;
}

static void
segment_vacuum(Relation relation, struct VacuumParams *params, BufferAccessStrategy strategy)
{
}

/*
 * ANALYZE would ask the system to read up to 30,000 pages of every segment
 * ahead, only to learn that none has a row: to it the relation is empty.
 */
static uint64
segment_size(Relation relation, ForkNumber fork)
{
	if (MyBEEntry != NULL && MyBEEntry->st_progress_command == PROGRESS_COMMAND_ANALYZE)
		return 0;
	return table_block_relation_size(relation, fork);
}

static bool
segment_needs_toast_table(Relation relation)
{
	return false;
}

static void
segment_estimate_size(Relation relation, int32 *attr_widths, BlockNumber *pages, double *rows,
					  double *all_visible)
{
	*pages = 0;
	*rows = 0;
	*all_visible = 0;
}

static const TableAmRoutine segment_am = {
	.type = T_TableAmRoutine,
	.slot_callbacks = segment_slot_callbacks,

	.scan_begin = segment_scan_begin,
	.scan_end = segment_scan_end,
	.scan_rescan = segment_scan_rescan,
	.scan_getnextslot = segment_scan_getnextslot,
	.scan_set_tidrange = segment_scan_set_tidrange,
	.scan_getnextslot_tidrange = segment_scan_getnextslot,
	.parallelscan_estimate = table_block_parallelscan_estimate,
	.parallelscan_initialize = table_block_parallelscan_initialize,
	.parallelscan_reinitialize = table_block_parallelscan_reinitialize,

	.index_fetch_begin = segment_index_fetch_begin,
	.index_fetch_reset = segment_index_fetch_reset,
	.index_fetch_end = segment_index_fetch_reset,
	.index_fetch_tuple = segment_index_fetch_tuple,

	.tuple_fetch_row_version = segment_tuple_fetch_row_version,
	.tuple_tid_valid = segment_tuple_tid_valid,
	.tuple_get_latest_tid = segment_tuple_get_latest_tid,
	.tuple_satisfies_snapshot = segment_tuple_satisfies_snapshot,
	.index_delete_tuples = segment_index_delete_tuples,

	.tuple_insert = segment_tuple_insert,
	.tuple_insert_speculative = segment_tuple_insert_speculative,
	.tuple_complete_speculative = segment_tuple_complete_speculative,
	.multi_insert = segment_multi_insert,
	.tuple_delete = segment_tuple_delete,
	.tuple_update = segment_tuple_update,
	.tuple_lock = segment_tuple_lock,

	.relation_set_new_filelocator = segment_set_new_filelocator,
	.relation_nontransactional_truncate = segment_nontransactional_truncate,
	.relation_copy_data = segment_copy_data,
	.relation_copy_for_cluster = segment_copy_for_cluster,
	.relation_vacuum = segment_vacuum,
	.scan_analyze_next_block = segment_scan_analyze_next_block,
	.scan_analyze_next_tuple = segment_scan_analyze_next_tuple,
	.index_build_range_scan = segment_index_build_range_scan,
	.index_validate_scan = segment_index_validate_scan,

	.relation_size = segment_size,
	.relation_needs_toast_table = segment_needs_toast_table,
	.relation_estimate_size = segment_estimate_size,

	.scan_sample_next_block = segment_scan_sample_next_block,
	.scan_sample_next_tuple = segment_scan_sample_next_tuple,
};

Datum
tick_segment_am_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(&segment_am);
}
