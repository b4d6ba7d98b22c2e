/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  tick_verify(): look for damage; one row a problem, none when sound.
 *
 *	quick	catalog against pg_class and the segments' footers
 *	pages	quick, and every page and every checksum
 *	full	pages, and every value decoded: order, zone maps, symbols, stats
 *
 * Each segment is looked at in a subtransaction, so that damage that raises
 * an error is a row of the result and the rest is still looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "access.h"
#include "catalog.h"
#include "core/value.h"
#include "qual.h"
#include "segment_build.h"
#include "storage.h"
#include "tick.h"

PG_FUNCTION_INFO_V1(tick_verify);

typedef enum VerifyLevel
{
	VERIFY_QUICK, VERIFY_PAGES, VERIFY_FULL
} VerifyLevel;

typedef struct Verify
{
	VerifyLevel level;
	Snapshot	snapshot;
	ReturnSetInfo *result;
	MemoryContext context;		/* of one segment's work */
	const TickDataset *dataset;
	Relation	relation;		/* of the dataset */
	const TickSegmentEntry *entry;
} Verify;

/* One row out. */
static void
report(Verify *verify, const char *problem, const char *detail)
{
	Datum		values[5] = {0};
	bool		nulls[5] = {false};

	nulls[0] = verify->dataset == NULL;
	if (verify->dataset != NULL)
		values[0] = ObjectIdGetDatum(verify->dataset->relid);
	nulls[1] = nulls[2] = verify->entry == NULL;
	if (verify->entry != NULL)
	{
		values[1] = Int64GetDatum(verify->entry->id);
		values[2] = CStringGetTextDatum(TickPartitionLabel(verify->dataset->grain, verify->entry->partition));
	}
	values[3] = CStringGetTextDatum(problem);
	nulls[4] = detail == NULL || detail[0] == '\0';
	if (!nulls[4])
		values[4] = CStringGetTextDatum(detail);
	tuplestore_putvalues(verify->result->setResult, verify->result->setDesc, values, nulls);
}

static void
report_page(void *context, const char *problem)
{
	report(context, problem, NULL);
}

/* Compare a number of the catalog with the footer's. */
static void
compare(Verify *verify, const char *what, int64 catalog, int64 footer)
{
	if (catalog != footer)
		report(verify, psprintf("catalog and segment disagree on %s", what),
			   psprintf("The catalog says %lld, the segment %lld.", (long long) catalog, (long long) footer));
}

static void
compare_footer(Verify *verify, TickSegmentReader *reader)
{
	const TickSegmentEntry *entry = verify->entry;
	const TickSchema *schema = tick_segment_schema(reader);
	TickSegmentSummary summary;
	int64		unit = 1;

	tick_segment_summary(reader, &summary);
	if (schema->time >= 0 && schema->column[schema->time].type == TICK_DATE)
		unit = TICK_NS_PER_DAY;
	compare(verify, "rows", entry->rows, summary.rows);
	compare(verify, "bytes", entry->stored.bytes, summary.bytes);
	compare(verify, "symbols", entry->symbols, summary.symbols);
	if (entry->has_time != summary.has_time)
		report(verify, "catalog and segment disagree on whether there is a time", NULL);
	else if (entry->has_time)
	{
		compare(verify, "the first time", entry->time_min, summary.time_min * unit);
		compare(verify, "the last time", entry->time_max, summary.time_max * unit);
	}
}

/* The catalog's zone maps must be those of the segment: pruning trusts them. */
static void
compare_zone_maps(Verify *verify, TickSegmentReader *reader)
{
	const TickSegmentEntry *entry = verify->entry;
	const TickSchema *schema = tick_segment_schema(reader);
	TickSegmentSummary summary;
	int			i,
				j;

	tick_segment_summary(reader, &summary);
	if (entry->zone_maps != schema->columns)
		compare(verify, "the number of columns", entry->zone_maps, schema->columns);
	for (i = 0; i < entry->zone_maps; i++)
		for (j = 0; j < schema->columns; j++)
		{
			const TickZoneMap *a = &entry->zone_map[i];
			const TickZoneMap *b = &summary.zone_map[j];

			if (entry->zone_column[i] != schema->column[j].id)
				continue;
			if (a->rows != b->rows || a->nulls != b->nulls || a->has_range != b->has_range ||
				(a->has_range && (a->min_i64 != b->min_i64 || a->max_i64 != b->max_i64 ||
								  a->min_f64 != b->min_f64 || a->max_f64 != b->max_f64 ||
								  a->min_text_length != b->min_text_length ||
								  a->max_text_length != b->max_text_length ||
								  memcmp(a->min_text, b->min_text, a->min_text_length) != 0 ||
								  memcmp(a->max_text, b->max_text, a->max_text_length) != 0)))
				report(verify, psprintf("catalog and segment disagree on the zone map of field \"%s\"",
										schema->column[j].field), NULL);
		}
}

/* The catalog must know whose rows a segment holds, or a delete leaves them on the ledger. */
static void
compare_loads(Verify *verify, TickSegmentReader *reader)
{
	const TickSegmentEntry *entry = verify->entry;
	int64	   *loads;
	int			count = TickSegmentLoads(reader, &loads);

	if (count != entry->loads || (count > 0 && memcmp(loads, entry->load, count * sizeof(int64)) != 0))
		report(verify, "catalog and segment disagree on the loads whose rows it holds", NULL);
}

/* Every symbol's code must be the catalog's. */
static void
compare_symbols(Verify *verify, TickSegmentReader *reader)
{
	uint32_t	i;

	for (i = 0; i < tick_segment_symbols(reader); i++)
	{
		TickSymbolEntry symbol;
		int32		code;

		tick_segment_symbol(reader, i, &symbol);
		if (symbol.is_null)
			continue;
		if (!TickCatalogFindSymbol(symbol.name, verify->snapshot, &code))
			report(verify, "symbol of the segment is not in tick.symbol",
				   psprintf("Symbol \"%s\".", pnstrdup(symbol.name.data, symbol.name.length)));
		else if ((uint32) code != symbol.code)
			report(verify, "symbol of the segment has another code in tick.symbol",
				   psprintf("Symbol \"%s\".", pnstrdup(symbol.name.data, symbol.name.length)));
	}
}

static bool
relation_exists(Oid relid)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid));
}

/* Turn a filter's schema indexes into those of a segment; false when a column is not there as it is now. */
static bool
translate_filter(TickFilter *filter, const TickSchema *from, const TickSchema *to)
{
	int			i;

	for (i = 0; i < filter->children; i++)
		if (!translate_filter(filter->child[i], from, to))
			return false;
	if (filter->kind != TICK_FILTER_COMPARE && filter->kind != TICK_FILTER_IN &&
		filter->kind != TICK_FILTER_IS_NULL && filter->kind != TICK_FILTER_LIKE)
		return true;
	for (i = 0; i < to->columns; i++)
		if (to->column[i].id == from->column[filter->column].id &&
			to->column[i].type == from->column[filter->column].type)
		{
			filter->column = i;
			return true;
		}
	return false;
}

/* The filter that the segment's statistics were made with, NULL when it is another than now's. */
static TickFilter *
stats_filter(Verify *verify, TickSegmentReader *reader)
{
	const TickDataset *dataset = verify->dataset;
	TickFilter *filter;

	if (dataset->stats_where == NULL || tick_segment_stats_filter_hash(reader) != dataset->stats_hash)
		return NULL;
	filter = TickQualFromText(dataset, verify->relation, dataset->stats_where, "stats_where");
	return translate_filter(filter, &dataset->schema, tick_segment_schema(reader)) ? filter : NULL;
}

/* Rows of a partition by time must be of its days, or pruning loses them. */
static void
check_partition(Verify *verify)
{
	const TickDataset *dataset = verify->dataset;
	const TickSegmentEntry *entry = verify->entry;
	int64		unit = 1;
	int			hint = 0;

	if (!entry->has_time || dataset->schema.time < 0 || dataset->layout_changed ||
		dataset->grain == TICK_GRAIN_INTEGER || dataset->grain == TICK_GRAIN_NONE)
		return;
	if (dataset->schema.column[dataset->schema.time].type == TICK_DATE)
		unit = TICK_NS_PER_DAY;
	if (TickDatasetPartition(dataset, entry->time_min / unit, &hint) != entry->partition ||
		TickDatasetPartition(dataset, entry->time_max / unit, &hint) != entry->partition)
		report(verify, "times of the segment are not of its partition", NULL);
}

/* The catalog row with all that may be damaged in it. */
static const TickSegmentEntry *
read_entry(Verify *verify)
{
	TickSegmentQuery query = {.dataset = verify->dataset->source,.number = TICK_SEGMENTS_ALL,
		.partition_low = verify->entry->partition,.partition_high = verify->entry->partition,
	.flags = TICK_SEGMENT_ZONE_MAPS | TICK_SEGMENT_LOADS};
	ListCell   *cell;

	foreach(cell, TickCatalogSegments(&query, verify->snapshot))
		if (((TickSegmentEntry *) lfirst(cell))->id == verify->entry->id)
			return lfirst(cell);
	return verify->entry;
}

/* Everything the level asks of one segment; raises on damage. */
static void
check_segment(Verify *verify)
{
	const TickSegmentEntry *entry = read_entry(verify);
	TickStored	stored = entry->stored;
	TickSegmentReader *reader;
	TickError	error;

	verify->entry = entry;
	if (OidIsValid(stored.relid) && !relation_exists(stored.relid))
	{
		report(verify, "relation of the segment does not exist", psprintf("OID %u.", stored.relid));
		return;
	}
	if (!OidIsValid(stored.relid))
	{
		stored.image = TickCatalogSegmentImage(entry->id, verify->snapshot);
		if (stored.image == NULL)
		{
			report(verify, "segment has neither a relation nor an image", NULL);
			return;
		}
	}
	else if (verify->level >= VERIFY_PAGES)
		TickStorageVerify(&stored, report_page, verify);
	TickCheck(tick_segment_reader_open(&reader, TickMemoryFor(CurrentMemoryContext), *TickStorageOpen(&stored),
									   stored.uuid, &error), &error);
	compare_footer(verify, reader);
	compare_zone_maps(verify, reader);
	check_partition(verify);
	if (verify->level >= VERIFY_PAGES)
		TickCheck(tick_segment_verify(reader, TickMemoryFor(CurrentMemoryContext), TICK_VERIFY_CHECKSUMS, NULL, &error), &error);
	if (verify->level == VERIFY_FULL)
	{
		TickCheck(tick_segment_verify(reader, TickMemoryFor(CurrentMemoryContext), TICK_VERIFY_FULL,
									  stats_filter(verify, reader), &error), &error);
		compare_symbols(verify, reader);
		compare_loads(verify, reader);
	}
	tick_segment_reader_close(reader);
}

/* Check one segment in a subtransaction; an error is a problem found. */
static void
verify_segment(Verify *verify)
{
	MemoryContext old = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	const TickSegmentEntry *volatile entry = verify->entry;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(verify->context);
	PG_TRY();
	{
		check_segment(verify);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(old);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(old);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(old);
		CurrentResourceOwner = owner;
		verify->entry = entry;
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_OUT_OF_MEMORY)
			ReThrowError(error);
		report(verify, error->message, error->detail);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextReset(verify->context);
}

static void
verify_dataset(Verify *verify, Oid relid)
{
	Relation	relation;
	TickDataset *dataset = TickOpenDataset(relid, ACL_NO_RIGHTS, AccessShareLock, &relation);
	TickSegmentQuery query = {.dataset = dataset->source,.number = TICK_SEGMENTS_ALL,
	.partition_low = PG_INT32_MIN,.partition_high = PG_INT32_MAX};
	ListCell   *cell;

	TickDatasetCheckSource(dataset);
	verify->dataset = dataset;
	verify->relation = relation;
	foreach(cell, TickCatalogSegments(&query, verify->snapshot))
	{
		CHECK_FOR_INTERRUPTS();
		verify->entry = lfirst(cell);
		verify_segment(verify);
	}
	verify->entry = NULL;
	verify->dataset = NULL;
	table_close(relation, NoLock);
}

static VerifyLevel
read_level(const char *level)
{
	static const char *const names[] = {"quick", "pages", "full"};
	int			i;

	for (i = 0; i < lengthof(names); i++)
		if (strcmp(level, names[i]) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("level must be quick, pages or full, not \"%s\"", level)));
	return VERIFY_QUICK;		/* not reached */
}

Datum
tick_verify(PG_FUNCTION_ARGS)
{
	Verify		verify = {0};
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	verify.result = (ReturnSetInfo *) fcinfo->resultinfo;
	verify.level = PG_ARGISNULL(1) ? VERIFY_PAGES : read_level(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	verify.context = AllocSetContextCreate(CurrentMemoryContext, "tick verify", ALLOCSET_DEFAULT_SIZES);
	verify.snapshot = RegisterSnapshot(GetLatestSnapshot());
	if (!PG_ARGISNULL(0))
		verify_dataset(&verify, PG_GETARG_OID(0));
	else
	{
		foreach(cell, TickCatalogDatasets(verify.snapshot))
		{
			Oid			relid = ((TickDatasetEntry *) lfirst(cell))->relid;

			if (get_rel_name(relid) != NULL && TickOwnsRelation(relid, GetUserId()))
				verify_dataset(&verify, relid);
		}
		foreach(cell, TickStorageStray())
			report(&verify, "relation of no segment", psprintf("OID %u; tick_vacuum() drops it.", lfirst_oid(cell)));
	}
	UnregisterSnapshot(verify.snapshot);
	return (Datum) 0;
}
