/*-------------------------------------------------------------------------
 *
 * statistics.c
 *	  Planner statistics that follow the loads.
 *
 * ANALYZE runs with the rights of the dataset's owner, as autovacuum would
 * run it, because a loader need not own what it appends to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "catalog.h"
#include "statistics.h"

/*
 * Half of the server's default: rows and ranges come from the catalog, so the
 * sample is for the other columns, and at the full target ANALYZE costs a
 * tenth of a load of five million rows.
 */
#define ANALYZE_TARGET "50"

/* Rows the planner believes in, and the owner. */
static double
believed_rows(Oid relid, Oid *owner)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		rows;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
	*owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return rows;
}

static double
actual_rows(Oid relid)
{
	TickSegmentQuery query = {.dataset = relid,.number = -1,
	.partition_low = PG_INT32_MIN,.partition_high = PG_INT32_MAX};
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TickSegmentTotals totals;

	TickCatalogTotals(&query, snapshot, &totals);
	UnregisterSnapshot(snapshot);
	return (double) totals.rows;
}

void
TickStatisticsRefresh(Oid relid)
{
	Oid			owner;
	double		believed = believed_rows(relid, &owner);
	double		actual = actual_rows(relid);
	Oid			user;
	int			context;
	int			nest;
	char	   *sql;

	if (believed >= 0 && fabs(actual - believed) <= 0.1 * actual)
		return;
	if (!ConditionalLockRelationOid(relid, ShareUpdateExclusiveLock))
		return;
	sql = psprintf("ANALYZE %s", quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
															get_rel_name(relid)));
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
	nest = NewGUCNestLevel();
	(void) set_config_option("default_statistics_target", ANALYZE_TARGET, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (SPI_connect() != SPI_OK_CONNECT || SPI_execute(sql, false, 0) < 0)
		elog(ERROR, "could not execute \"%s\"", sql);
	SPI_finish();
	AtEOXact_GUC(false, nest);
	SetUserIdAndSecContext(user, context);
}
