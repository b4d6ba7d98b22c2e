/*-------------------------------------------------------------------------
 *
 * snapshot.c
 *	  Named snapshots and dataviews: the SQL functions that make and drop them.
 *
 * A snapshot is a name for a changeset number: nothing is copied, and the
 * segments it needs are kept by tick_vacuum().  A dataview is a foreign table
 * that reads another dataset's segments, pinned to a version or following
 * the present; its row in tick.dataview is the truth, its options repeat it
 * so that pg_dump carries it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/dbcommands.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "access.h"
#include "catalog.h"
#include "changeset.h"
#include "foreign_table.h"
#include "tick.h"
#include "version.h"

PG_FUNCTION_INFO_V1(tick_create_snapshot);
PG_FUNCTION_INFO_V1(tick_drop_snapshot);
PG_FUNCTION_INFO_V1(tick_create_dataview);
PG_FUNCTION_INFO_V1(tick_set_dataview);

static void
refuse_null(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

/* ---- snapshots ---- */

static void
check_snapshot_name(const char *name)
{
	if (name[0] == '\0' || TickVersionIsNumberOrTime(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid snapshot name \"%s\"", name),
				 errdetail("A name that is empty or reads as a number or a time would be mistaken for a version."),
				 errhint("Choose another name.")));
}

/* Writers of a dataset may name its versions; for the database, who may create in it. */
static void
check_snapshot_rights(Oid target)
{
	AclResult	result;

	if (OidIsValid(target))
	{
		Relation	relation;
		TickDataset *dataset = TickOpenDataset(target, ACL_INSERT, AccessShareLock, &relation);

		if (dataset->is_dataview)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is a dataview", dataset->name),
					 errhint("Create the snapshot of the dataset it reads.")));
		table_close(relation, NoLock);
		return;
	}
	result = TickDatabaseAcl(MyDatabaseId, GetUserId(), ACL_CREATE);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_DATABASE, get_database_name(MyDatabaseId));
}

static void
refuse_when_named(const char *name, Snapshot snapshot)
{
	ListCell   *cell;

	foreach(cell, TickCatalogDataviewsOf(InvalidOid, snapshot))
	{
		TickDataviewEntry *dataview = lfirst(cell);
		char	   *relation = get_rel_name(dataview->relid);

		if (relation != NULL && dataview->as_of != NULL && strcmp(dataview->as_of, name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
					 errmsg("cannot drop snapshot \"%s\" because other objects depend on it", name),
					 errdetail("dataview %s reads snapshot \"%s\"", relation, name),
					 errhint("Drop the dataview, or point it at another version with tick_set_dataview().")));
	}
}

/* The newest number, once those being given right now are settled. */
static int64
newest_number(void)
{
	Snapshot	snapshot;
	int64		number = 0;
	TimestampTz stamp;

	if (TickChangesetPending())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("cannot create a snapshot of changes that are not committed"),
				 errhint("Commit the transaction first: its changes get their numbers then.")));
	TickChangesetWait();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	if (!TickCatalogNewestChangeset(snapshot, &number, &stamp))
		number = 0;
	UnregisterSnapshot(snapshot);
	return number;
}

Datum
tick_create_snapshot(PG_FUNCTION_ARGS)
{
	TickSnapshotEntry entry = {0};

	refuse_null(fcinfo, 0, "name");
	PreventCommandIfReadOnly("tick_create_snapshot()");
	PreventCommandDuringRecovery("tick_create_snapshot()");
	entry.name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	entry.dataset = PG_ARGISNULL(1) ? InvalidOid : PG_GETARG_OID(1);
	entry.comment = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	check_snapshot_name(entry.name);
	check_snapshot_rights(entry.dataset);
	if (TickCatalogSnapshot(entry.name, GetActiveSnapshot()) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("snapshot \"%s\" already exists", entry.name)));
	TickVersionLockNames(ShareLock);
	entry.number = newest_number();
	TickCatalogInsertSnapshot(&entry);
	PG_RETURN_INT64(entry.number);
}

Datum
tick_drop_snapshot(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	TickSnapshotEntry *entry;
	Snapshot	snapshot;

	PreventCommandIfReadOnly("tick_drop_snapshot()");
	PreventCommandDuringRecovery("tick_drop_snapshot()");
	TickVersionLockNames(ExclusiveLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	entry = TickCatalogSnapshot(name, snapshot);
	if (entry != NULL)
	{
		check_snapshot_rights(entry->dataset);
		refuse_when_named(name, snapshot);
	}
	UnregisterSnapshot(snapshot);
	if (entry == NULL || !TickCatalogDeleteSnapshot(name))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("snapshot \"%s\" does not exist", name)));
	PG_RETURN_VOID();
}

/* ---- dataviews ---- */

/* The target's columns, with their options, as DDL. */
static void
append_columns(StringInfo sql, Relation relation, const TickDataset *dataset)
{
	const char *separator = "";

	for (int i = 0; i < dataset->attributes; i++)
	{
		const TickAttribute *attribute = &dataset->attribute[i];

		if (attribute->kind == TICK_ATTRIBUTE_DROPPED)
			continue;
		appendStringInfoString(sql, separator);
		TickAppendColumn(sql, relation, dataset, attribute, NameStr(attribute->name), NIL, false);
		separator = ", ";
	}
}

/* An as_of as it is written down: it must mean something then, and go on doing so. */
static char *
pin_as_of(const char *as_of, Oid dataset)
{
	Snapshot	snapshot;
	char	   *pinned = NULL;

	TickVersionLockNames(ShareLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	(void) TickVersionResolve(as_of, dataset, snapshot);
	if (as_of != NULL)
		pinned = TickVersionPinned(as_of, snapshot);
	UnregisterSnapshot(snapshot);
	return pinned;
}

Datum
tick_create_dataview(PG_FUNCTION_ARGS)
{
	char	   *name;
	char	   *as_of;
	List	   *names;
	Relation	relation;
	TickDataset *dataset;
	TickDataviewEntry entry = {0};
	StringInfoData sql;

	refuse_null(fcinfo, 0, "name");
	refuse_null(fcinfo, 1, "target");
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	as_of = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	names = textToQualifiedNameList(PG_GETARG_TEXT_PP(0));
	dataset = TickOpenDataset(PG_GETARG_OID(1), ACL_SELECT, AccessShareLock, &relation);
	if (dataset->is_dataview)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a dataview", dataset->name),
				 errhint("Create the dataview over the dataset it reads.")));
	as_of = pin_as_of(as_of, dataset->relid);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (", NameListToQuotedString(names));
	append_columns(&sql, relation, dataset);
	appendStringInfo(&sql, ") SERVER tick OPTIONS (dataset %s",
					 quote_literal_cstr(TickQualifiedName(relation)));
	if (as_of != NULL)
		appendStringInfo(&sql, ", as_of %s", quote_literal_cstr(as_of));
	appendStringInfoChar(&sql, ')');
	TickRunUtility(sql.data);
	CommandCounterIncrement();
	entry.relid = RangeVarGetRelid(makeRangeVarFromNameList(names), NoLock, false);
	entry.dataset = dataset->relid;
	entry.as_of = as_of;
	TickCatalogInsertDataview(&entry);
	table_close(relation, NoLock);
	ereport(NOTICE,
			(errmsg("dataview %s created, %s", name, as_of != NULL ? psprintf("as of %s", as_of) : "following the present")));
	PG_RETURN_VOID();
}

/* Keep the foreign table's as_of option like the catalog's. */
static void
set_as_of_option(Oid relid, const char *as_of)
{
	StringInfoData sql;
	ListCell   *cell;
	bool		had = false;

	foreach(cell, GetForeignTable(relid)->options)
		if (strcmp(((DefElem *) lfirst(cell))->defname, "as_of") == 0)
			had = true;
	if (as_of == NULL && !had)
		return;
	initStringInfo(&sql);
	appendStringInfo(&sql, "ALTER FOREIGN TABLE %s OPTIONS (%s as_of%s%s)",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid)),
					 as_of == NULL ? "DROP" : had ? "SET" : "ADD",
					 as_of == NULL ? "" : " ", as_of == NULL ? "" : quote_literal_cstr(as_of));
	TickRunUtility(sql.data);
}

Datum
tick_set_dataview(PG_FUNCTION_ARGS)
{
	Oid			relid;
	TickDataviewEntry *entry;

	refuse_null(fcinfo, 0, "name");
	relid = RangeVarGetRelid(makeRangeVarFromNameList(textToQualifiedNameList(PG_GETARG_TEXT_PP(0))),
							 AccessShareLock, false);
	if (!TickOwnsRelation(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FOREIGN_TABLE, get_rel_name(relid));
	entry = TickCatalogDataview(relid, GetActiveSnapshot());
	if (entry == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a dataview", get_rel_name(relid)),
				 errhint("tick_create_dataview() makes one.")));
	entry->as_of = pin_as_of(PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)), entry->dataset);
	set_as_of_option(relid, entry->as_of);
	TickCatalogUpdateDataview(entry);
	PG_RETURN_VOID();
}
