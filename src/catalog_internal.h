/*-------------------------------------------------------------------------
 *
 * catalog_internal.h
 *	  What the catalog_*.c files share: column numbers, scans, writes.
 *
 * Column numbers follow the order of the CREATE TABLEs of the extension
 * script.  Released columns are never reordered; new ones go last.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CATALOG_INTERNAL_H
#define TICK_CATALOG_INTERNAL_H

#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "catalog.h"

#define Natts_dataset					10
#define Anum_dataset_relid				1
#define Anum_dataset_created			2
#define Anum_dataset_grain				3
#define Anum_dataset_partition_field	4
#define Anum_dataset_zone				5
#define Anum_dataset_day_start			6
#define Anum_dataset_next_column		7
#define Anum_dataset_oldest_readable	8
#define Anum_dataset_time_column		9
#define Anum_dataset_symbol_column		10

#define Natts_dataset_column			4
#define Anum_dataset_column_dataset		1
#define Anum_dataset_column_attnum		2
#define Anum_dataset_column_column_id	3
#define Anum_dataset_column_field		4

#define Natts_segment					16
#define Anum_segment_id					1
#define Anum_segment_dataset			2
#define Anum_segment_partition			3
#define Anum_segment_relid				4
#define Anum_segment_image				5
#define Anum_segment_uuid				6
#define Anum_segment_rows				7
#define Anum_segment_bytes				8
#define Anum_segment_symbols			9
#define Anum_segment_time_min			10
#define Anum_segment_time_max			11
#define Anum_segment_sorted				12
#define Anum_segment_loads				13
#define Anum_segment_added				14
#define Anum_segment_removed			15
#define Anum_segment_zone_maps			16

#define Natts_symbol					2
#define Anum_symbol_code				1
#define Anum_symbol_name				2

#define Natts_changeset					9
#define Anum_changeset_id				1
#define Anum_changeset_number			2
#define Anum_changeset_stamp			3
#define Anum_changeset_kind				4
#define Anum_changeset_dataset			5
#define Anum_changeset_rows_added		6
#define Anum_changeset_rows_removed		7
#define Anum_changeset_role				8
#define Anum_changeset_note				9

#define Natts_load						24
#define Anum_load_id					1
#define Anum_load_dataset				2
#define Anum_load_changeset				3
#define Anum_load_file					4
#define Anum_load_file_size				5
#define Anum_load_file_mtime			6
#define Anum_load_content_hash			7
#define Anum_load_on_ledger				8
#define Anum_load_retired				9
#define Anum_load_lines					10
#define Anum_load_header				11
#define Anum_load_blank					12
#define Anum_load_comment				13
#define Anum_load_trailer				14
#define Anum_load_rows					15
#define Anum_load_rejected				16
#define Anum_load_rejected_lines		17
#define Anum_load_row_lines				18
#define Anum_load_status				19
#define Anum_load_sqlstate				20
#define Anum_load_message				21
#define Anum_load_started				22
#define Anum_load_finished				23
#define Anum_load_role					24

#define Natts_load_reject				8
#define Anum_load_reject_load			1
#define Anum_load_reject_dataset		2
#define Anum_load_reject_file			3
#define Anum_load_reject_line			4
#define Anum_load_reject_column_name	5
#define Anum_load_reject_value			6
#define Anum_load_reject_reason			7
#define Anum_load_reject_raw			8

#define Natts_snapshot					6
#define Anum_snapshot_name				1
#define Anum_snapshot_number			2
#define Anum_snapshot_dataset			3
#define Anum_snapshot_comment			4
#define Anum_snapshot_created			5
#define Anum_snapshot_role				6

#define Natts_dataview					3
#define Anum_dataview_relid				1
#define Anum_dataview_dataset			2
#define Anum_dataview_as_of				3

#define Natts_calendar					7
#define Anum_calendar_name				1
#define Anum_calendar_date				2
#define Anum_calendar_weekdays			3
#define Anum_calendar_open				4
#define Anum_calendar_close				5
#define Anum_calendar_time_zone			6
#define Anum_calendar_comment			7

#define TICK_CATALOG_MAX_NATTS			24

/* Oid of an index or sequence of schema tick; ERROR when the extension is not installed. */
extern Oid	TickCatalogOid(const char *name);
extern int64 TickCatalogNextval(const char *sequence);

/*
 * TickScan: rows of a catalog table that match the keys, in index order
 * when an index is named.  The snapshot is kept registered for the scan.
 */
typedef struct TickScan
{
	Relation	relation;
	Relation	index;			/* NULL: sequential */
	SysScanDesc scan;
	Snapshot	snapshot;		/* registered here, or NULL */
	bool		backward;
} TickScan;

extern void TickScanBegin(TickScan *scan, TickRelation relation, const char *index,
						  Snapshot snapshot, int keys, ScanKey key);
extern HeapTuple TickScanNext(TickScan *scan);	/* valid until the next call */
extern void TickScanEnd(TickScan *scan);

static inline void
TickKeyOid(ScanKey key, AttrNumber column, Oid value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(value));
}

static inline void
TickKeyInt64(ScanKey key, AttrNumber column, int64 value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(value));
}

extern void TickKeyText(ScanKey key, AttrNumber column, const char *value, size_t length);

/*
 * TickWrite: writes to one catalog table, its indexes held open.  Unlike
 * CatalogTupleInsert() it knows partial indexes.
 */
typedef struct TickWrite
{
	Relation	relation;
	EState	   *estate;
	ResultRelInfo *result;
	TupleTableSlot *slot;
} TickWrite;

extern void TickWriteBegin(TickWrite *write, TickRelation relation);
extern void TickWriteInsert(TickWrite *write, const Datum *values, const bool *nulls);
/* Waits for a concurrent writer; ERRCODE_T_R_SERIALIZATION_FAILURE when it changed the row. */
extern void TickWriteUpdate(TickWrite *write, HeapTuple old, const Datum *values,
							const bool *nulls, const bool *replace);
extern void TickWriteDelete(TickWrite *write, HeapTuple old);
extern void TickWriteEnd(TickWrite *write);	/* the lock is kept to the end of the transaction */

/* Delete the rows with column = oid; returns how many. */
extern int64 TickCatalogDeleteRows(TickRelation relation, const char *index, AttrNumber column, Oid oid);

/* NULL of a text column that may be NULL, palloc'd */
static inline char *
TickTextOrNull(Datum value, bool null)
{
	return null ? NULL : TextDatumGetCString(value);
}

static inline Datum
TickTextDatum(const char *text, bool *null)
{
	*null = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

/* current_user as a Datum of type name, as the column default would give */
extern Datum TickCurrentRole(void);

/* The zone_maps column: see the head of catalog_zone_maps.c. */
extern bytea *TickZoneMapsForm(const TickSegmentEntry *entry);
extern void TickZoneMapsParse(const bytea *blob, TickSegmentEntry *entry);	/* entry->id names the row in errors */

/* Remember that something written in this transaction refers to the changeset. */
extern void TickCatalogUseChangeset(int64 id);

/* Rows of changesets outlive their dataset: numbers must not be given twice. */
extern void TickCatalogForgetChangesets(Oid dataset);

#endif							/* TICK_CATALOG_INTERNAL_H */
