/*-------------------------------------------------------------------------
 *
 * access.c
 *	  Open a dataset for a function, with the caller's rights checked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "parser/parse_type.h"
#include "utils/acl.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "access.h"
#include "catalog.h"
#include "compat.h"
#include "dataset_derived.h"
#include "segment_cache.h"
#include "version.h"

/* Raise unless the current user owns relid or has the privileges of mode. */
static void
check_rights(Oid relid, AclMode mode)
{
	AclResult	result;

	if (mode == ACL_NO_RIGHTS)
		result = TickOwnsRelation(relid, GetUserId()) ? ACLCHECK_OK : ACLCHECK_NOT_OWNER;
	else
		result = pg_class_aclcheck(relid, GetUserId(), mode);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FOREIGN_TABLE, get_rel_name(relid));
}

/* An OID may be of nothing, or of what was dropped while its lock was waited for. */
static Relation
open_relation(Oid relid, LOCKMODE lock)
{
	Relation	relation = try_table_open(relid, lock);

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	return relation;
}

TickDataset *
TickOpenDataset(Oid relid, AclMode mode, LOCKMODE lock, Relation *relation)
{
	Snapshot	snapshot;
	TickDataset *dataset;

	*relation = open_relation(relid, lock);
	check_rights(relid, mode);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	dataset = TickDatasetOpen(*relation, snapshot);
	UnregisterSnapshot(snapshot);
	TickDerivedRefuse(dataset);
	return dataset;
}

void
TickDayBoundsFor(const TickDataset *dataset, const int32 *from_date, const int32 *to_date,
				 TickDayBounds *bounds)
{
	int64		epoch = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;

	bounds->bounded = from_date != NULL || to_date != NULL;
	bounds->time_low = PG_INT64_MIN;
	bounds->time_high = PG_INT64_MAX;
	bounds->partition_low = PG_INT32_MIN;
	bounds->partition_high = PG_INT32_MAX;
	if (!bounds->bounded)
		return;
	if (dataset->schema.time < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("dataset \"%s\" has no column with the role time", dataset->name),
				 errhint("Leave the dates out.")));
	TickDatasetDayRange(dataset,
						from_date != NULL ? *from_date + epoch : PG_INT32_MIN,
						to_date != NULL ? *to_date + epoch : PG_INT32_MAX,
						&bounds->time_low, &bounds->time_high);
	TickDatasetPartitions(dataset, bounds->time_low, bounds->time_high,
						  &bounds->partition_low, &bounds->partition_high);
}

void
TickReadingBegin(TickReading *reading, Oid relid)
{
	memset(reading, 0, sizeof(*reading));
	reading->relation = open_relation(relid, AccessShareLock);
	check_rights(relid, ACL_SELECT);
	reading->snapshot = RegisterSnapshot(GetActiveSnapshot());
	reading->dataset = TickDatasetOpen(reading->relation, reading->snapshot);
	TickDerivedRefuse(reading->dataset);
	TickDatasetCheckSource(reading->dataset);
	TickDatasetCheckLayout(reading->dataset, reading->snapshot);
	reading->number = TickVersionForScan(reading->dataset->source, reading->dataset->dataview_as_of,
										 reading->snapshot);
}

/* What the catalog knows of a segment's symbols, or NULL. */
static const TickZoneMap *
symbol_zone(const TickReading *reading, const TickSegmentEntry *entry)
{
	const TickSchema *schema = &reading->dataset->schema;
	bool		absent;

	return schema->symbol < 0 ? NULL :
		TickZoneMapsFind(entry, schema->column[schema->symbol].id, TICK_TEXT, &absent);
}

static const TickZoneMap *
given_zone(void *context, int column)
{
	return context;
}

/* May the segment hold one of the symbols asked for, as far as the catalog tells? */
static bool
may_hold_symbol(const TickReading *reading, const TickSegmentEntry *entry)
{
	const TickZoneMap *zone = symbol_zone(reading, entry);
	TickFilter	test = {.kind = TICK_FILTER_COMPARE,.type = TICK_TEXT,.compare = TICK_EQ,.values = 1};

	if (reading->symbols == NULL || zone == NULL)
		return true;
	for (int i = 0; i < reading->symbol_count; i++)
	{
		test.value = (TickFilterValue *) &reading->symbols[i];
		if (tick_filter_may_match(&test, given_zone, (void *) zone))
			return true;
	}
	return false;
}

/* Does the open segment hold one of the symbols asked for? */
static bool
holds_symbol(const TickReading *reading, const TickSegmentReader *reader)
{
	if (reading->symbols == NULL || reading->dataset->schema.symbol < 0)
		return true;
	for (int i = 0; i < reading->symbol_count; i++)
		if (tick_segment_find_symbol(reader, reading->symbols[i].text) >= 0)
			return true;
	return false;
}

void
TickReadingSegments(TickReading *reading, int32 partition_low, int32 partition_high)
{
	TickSegmentQuery query = {.dataset = reading->dataset->source,.number = reading->number,
	.partition_low = partition_low,.partition_high = partition_high,
	.flags = reading->symbols != NULL ? TICK_SEGMENT_ZONE_MAPS : 0};
	List	   *entries = TickCatalogSegments(&query, reading->snapshot);
	ListCell   *cell;

	reading->segments = 0;
	reading->entry = palloc(Max(list_length(entries), 1) * sizeof(TickSegmentEntry *));
	reading->reader = palloc(Max(list_length(entries), 1) * sizeof(TickSegmentReader *));
	foreach(cell, entries)
	{
		TickSegmentEntry *entry = lfirst(cell);
		TickSegmentReader *reader;

		CHECK_FOR_INTERRUPTS();
		if (!may_hold_symbol(reading, entry))
			continue;
		reader = TickSegmentAcquire(entry, reading->snapshot);
		if (!holds_symbol(reading, reader))
		{
			/* the cache may close it again */
			TickSegmentRelease(reader);
			continue;
		}
		reading->entry[reading->segments] = entry;
		reading->reader[reading->segments++] = reader;
	}
}

void
TickReadingRelease(TickReading *reading)
{
	int			i;

	for (i = 0; i < reading->segments; i++)
		TickSegmentRelease(reading->reader[i]);
	reading->segments = 0;
}

void
TickReadingEnd(TickReading *reading)
{
	TickReadingRelease(reading);
	UnregisterSnapshot(reading->snapshot);
	table_close(reading->relation, NoLock);
}

Oid
TickRowTypeRelation(FunctionCallInfo fcinfo, const char *function)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	Oid			relid = OidIsValid(type) ? typeOrDomainTypeRelid(type) : InvalidOid;

	if (!OidIsValid(relid) || !TickIsDataset(relid))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the first argument of %s must be of a dataset's row type", function),
				 errhint("Write %s(NULL::dataset, ...).", function)));
	return relid;
}
