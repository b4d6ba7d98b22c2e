/*-------------------------------------------------------------------------
 *
 * drop.c
 *	  Event trigger: what goes with a dropped dataset or dataview.
 *
 * The trigger runs inside the command that drops a foreign table, as the
 * extension's owner, and in its transaction: an error here refuses the drop,
 * and a rollback brings everything back.  Segment relations are not
 * dependent objects of the foreign table (storage.c says why), so they are
 * dropped from here.
 *
 * Every drop holds a lock to the end of the transaction, and the lock table
 * is finite: a large dataset leaves relations behind, without catalog rows,
 * for tick_vacuum.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "catalog.h"
#include "changeset.h"
#include "compat.h"
#include "dataset_derived.h"
#include "storage.h"

PG_FUNCTION_INFO_V1(tick_on_sql_drop);

#define MAX_DROPPED_RELATIONS 2000	/* in one transaction; each takes some three locks */

/* Dropped: a foreign table that the command drops. */
typedef struct Dropped
{
	Oid			relid;
	char	   *identity;
} Dropped;

static const char dropped_tables[] =
"SELECT objid, object_identity FROM pg_catalog.pg_event_trigger_dropped_objects() "
"WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
"AND objsubid OPERATOR(pg_catalog.=) 0 AND object_type OPERATOR(pg_catalog.=) 'foreign table'";

/* Foreign tables dropped by this command: List of Dropped in the given context. */
static List *
list_dropped(MemoryContext context)
{
	List	   *dropped = NIL;

	SPI_connect();
	if (SPI_execute(dropped_tables, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the dropped objects");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(context);
		Dropped    *one = palloc(sizeof(Dropped));
		bool		null;
		char	   *identity = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2);

		one->relid = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &null));
		one->identity = identity != NULL ? pstrdup(identity) : psprintf("%u", one->relid);
		dropped = lappend(dropped, one);
		MemoryContextSwitchTo(caller);
	}
	SPI_finish();
	return dropped;
}

static bool
is_dropped(List *dropped, Oid relid)
{
	ListCell   *cell;

	foreach(cell, dropped)
		if (((Dropped *) lfirst(cell))->relid == relid)
			return true;
	return false;
}

static void pg_attribute_noreturn()
refuse_drop(const Dropped *one, char *detail, char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop dataset %s because other objects depend on it", one->identity),
			 errdetail_internal("%s", detail),
			 errhint("%s", hint)));
}

/* Does a snapshot of the whole database show rows of the dataset? */
static bool
holds_rows(Oid relid, int64 number, Snapshot snapshot)
{
	TickSegmentQuery query = {.dataset = relid,.number = number,
	.partition_low = PG_INT32_MIN,.partition_high = PG_INT32_MAX};
	TickSegmentTotals totals;

	TickCatalogTotals(&query, snapshot, &totals);
	return totals.segments > 0;
}

/* Snapshots that show the dataset's rows, or name it, and dataviews that stay would lose what they read. */
static void
refuse_when_needed(const Dropped *one, List *dropped, Snapshot snapshot)
{
	ListCell   *cell;

	foreach(cell, TickCatalogDataviewsOf(one->relid, snapshot))
	{
		TickDataviewEntry *dataview = lfirst(cell);
		char	   *name = get_rel_name(dataview->relid);

		if (name != NULL && !is_dropped(dropped, dataview->relid))
			refuse_drop(one, psprintf("dataview %s depends on dataset %s", name, one->identity),
						"Drop the dataview too.");
	}
	foreach(cell, TickCatalogSnapshots(snapshot))
	{
		TickSnapshotEntry *entry = lfirst(cell);

		if (OidIsValid(entry->dataset) ? entry->dataset == one->relid :
			holds_rows(one->relid, entry->number, snapshot))
			refuse_drop(one, psprintf("snapshot \"%s\" depends on dataset %s", entry->name, one->identity),
						"Use tick_drop_snapshot() to drop the snapshot.");
	}
}

/* Drop what the dataset stores, within the budget, and forget it. */
static void
drop_dataset(Oid relid, int *budget, Snapshot snapshot)
{
	List	   *relations = TickCatalogSegmentRelations(relid, *budget, snapshot);
	ListCell   *cell;

	list_sort(relations, list_oid_cmp);
	list_deduplicate_oid(relations);
	foreach(cell, relations)
		TickStorageDrop(lfirst_oid(cell));
	*budget -= list_length(relations);
	TickChangesetForget(relid);
	TickCatalogForget(relid);
}

/* Derived datasets that stay, of which pg_depend knows nothing: those that pg_upgrade has brought. */
static void
refuse_when_derived(List *dropped)
{
	ListCell   *table;
	ListCell   *cell;

	foreach(table, TickDerivedTables())
	{
		char	   *left;
		char	   *right;

		if (is_dropped(dropped, lfirst_oid(table)) || !TickDerivedNames(lfirst_oid(table), &left, &right))
			continue;
		foreach(cell, dropped)
		{
			const Dropped *one = lfirst(cell);

			if (strcmp(left, one->identity) == 0 || (right != NULL && strcmp(right, one->identity) == 0))
				refuse_drop(one, psprintf("derived dataset %s depends on dataset %s",
										  get_rel_name(lfirst_oid(table)), one->identity),
							"Drop the derived dataset too.");
		}
	}
}

Datum
tick_on_sql_drop(PG_FUNCTION_ARGS)
{
	List	   *dropped;
	ListCell   *cell;
	Snapshot	snapshot;
	int			budget = MAX_DROPPED_RELATIONS;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by the event trigger manager", "tick.on_sql_drop")));

	/* while the extension itself is being dropped there is nothing left to keep in order */
	if (!TickCatalogExists())
		PG_RETURN_NULL();
	dropped = list_dropped(CurrentMemoryContext);
	if (dropped == NIL)
		PG_RETURN_NULL();

	snapshot = RegisterSnapshot(GetLatestSnapshot());
	refuse_when_derived(dropped);
	foreach(cell, dropped)
		refuse_when_needed(lfirst(cell), dropped, snapshot);
	foreach(cell, dropped)
	{
		Oid			relid = ((Dropped *) lfirst(cell))->relid;

		if (TickCatalogDataset(relid, snapshot) != NULL || TickCatalogDataview(relid, snapshot) != NULL)
			drop_dataset(relid, &budget, snapshot);
	}
	UnregisterSnapshot(snapshot);
	PG_RETURN_NULL();
}
