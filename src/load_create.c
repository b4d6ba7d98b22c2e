/*-------------------------------------------------------------------------
 *
 * load_create.c
 *	  A dataset made from what a file holds.
 *
 * The dataset is plain DDL, so that what tick_guess_ddl() prints is what
 * tick_load() runs, with the caller's rights and event triggers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_rewrite.h"
#include "common/hashfn.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

#include "catalog.h"
#include "load_create.h"
#include "tick.h"

/* ---- text ---- */

/* One option of a list that may still be empty. */
static void
append_option(StringInfo sql, bool *first, const char *name, const char *value)
{
	appendStringInfo(sql, "%s%s %s", *first ? " OPTIONS (" : ", ", name, quote_literal_cstr(value));
	*first = false;
}

static void
end_options(StringInfo sql, bool first)
{
	if (!first)
		appendStringInfoChar(sql, ')');
}

static const char *
recorded_field(const LoadColumn *column)
{
	return column->field[0] != '\0' ? column->field : column->name;
}

static bool
name_is_taken(const LoadLayout *layout, const char *name)
{
	int			i;

	for (i = 0; i < layout->columns; i++)
		if (!layout->column[i].checks_date && strcmp(layout->column[i].name, name) == 0)
			return true;
	return false;
}

/* The rows' time, when it is a stamp: then a virtual date can be had. */
static bool
has_stamp(const LoadLayout *layout)
{
	int			i;

	for (i = 0; i < layout->columns; i++)
		if (layout->column[i].role == TICK_ROLE_TIME && layout->column[i].type == TICK_STAMP)
			return true;
	return false;
}

static void
append_column(StringInfo sql, const LoadColumn *column)
{
	bool		first = true;

	appendStringInfo(sql, "\t%s %s", quote_identifier(column->name), column->sql_type);
	if (column->role != TICK_ROLE_NONE)
		append_option(sql, &first, "role", tick_role_name(column->role));
	if (strcmp(recorded_field(column), column->name) != 0)
		append_option(sql, &first, "field", recorded_field(column));
	end_options(sql, first);
	if (column->type == TICK_TEXT && column->role == TICK_ROLE_SYMBOL)
		appendStringInfoString(sql, " COLLATE \"C\" NOT NULL");
}

/* All nanoseconds of a stamp whose type shows microseconds. */
static void
append_nanoseconds(StringInfo sql, const LoadLayout *layout, const LoadColumn *column)
{
	char		name[NAMEDATALEN + 8];

	snprintf(name, sizeof(name), "%.*s_ns", NAMEDATALEN - 4, column->name);
	if (name_is_taken(layout, name))
		return;
	appendStringInfo(sql, ",\n\t%s bigint OPTIONS (field %s)", quote_identifier(name),
					 quote_literal_cstr(recorded_field(column)));
}

char *
LoadCreateText(const LoadLayout *layout, const LoadOptions *options, const char *name, const char *partition_by)
{
	StringInfoData sql;
	bool		first = true;
	bool		any = false;
	int			i;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (\n", name);
	if (has_stamp(layout) && !name_is_taken(layout, "date"))
	{
		appendStringInfoString(&sql, "\tdate date OPTIONS (virtual 'date')");
		any = true;
	}
	for (i = 0; i < layout->columns; i++)
	{
		const LoadColumn *column = &layout->column[i];

		if (column->checks_date)
			continue;
		if (any)
			appendStringInfoString(&sql, ",\n");
		append_column(&sql, column);
		if (column->nanoseconds && column->type == TICK_STAMP && strncmp(column->sql_type, "timestamp", 9) == 0)
			append_nanoseconds(&sql, layout, column);
		any = true;
	}
	appendStringInfoString(&sql, "\n) SERVER tick");
	if (partition_by != NULL)
		append_option(&sql, &first, "partition_by", partition_by);
	if (layout->zone != NULL)
		append_option(&sql, &first, "zone", layout->zone);
	if (options->stats_where != NULL)
		append_option(&sql, &first, "stats_where", options->stats_where);
	end_options(&sql, first);
	return sql.data;
}

/* ---- creation ---- */

/* Can daily stats be made of these columns? */
static bool
has_prices(const LoadLayout *layout)
{
	bool		has[TICK_ROLE_ASK_SIZE + 1] = {false};
	int			i;

	for (i = 0; i < layout->columns; i++)
		has[layout->column[i].role] = true;
	return has[TICK_ROLE_TIME] &&
		(has[TICK_ROLE_PRICE] ||
		 (has[TICK_ROLE_OPEN] && has[TICK_ROLE_HIGH] && has[TICK_ROLE_LOW] && has[TICK_ROLE_CLOSE]));
}

/*
 * The view goes with its dataset: what its rule and itself need of the
 * foreign table is made an automatic dependency, so that DROP FOREIGN TABLE
 * takes the view along instead of asking for CASCADE.
 */
static void
depend_automatically(Oid view, Oid dataset)
{
	Relation	depend = table_open(DependRelationId, RowExclusiveLock);
	ObjectAddress self;
	ObjectAddress on;
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(dataset));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

		if (form->classid == RewriteRelationId && form->deptype == DEPENDENCY_NORMAL)
		{
			HeapTuple	copy = heap_copytuple(tuple);

			((Form_pg_depend) GETSTRUCT(copy))->deptype = DEPENDENCY_AUTO;
			CatalogTupleUpdate(depend, &copy->t_self, copy);
		}
	}
	systable_endscan(scan);
	table_close(depend, RowExclusiveLock);
	ObjectAddressSet(self, RelationRelationId, view);
	ObjectAddressSet(on, RelationRelationId, dataset);
	recordDependencyOn(&self, &on, DEPENDENCY_AUTO);
	CommandCounterIncrement();
}

static void
create_daily_view(const LoadOptions *options, Oid dataset)
{
	Oid			namespace = get_rel_namespace(dataset);
	char	   *schema = get_namespace_name(namespace);
	char	   *dataset_name = get_rel_name(dataset);
	char		name[NAMEDATALEN];
	Oid			view;

	snprintf(name, sizeof(name), "%.*s_daily", (int) (NAMEDATALEN - 7), dataset_name);
	if (OidIsValid(get_relname_relid(name, namespace)))
	{
		ereport(NOTICE,
				(errmsg("relation \"%s\" exists, so dataset \"%s\" gets no view of daily stats", name, dataset_name)));
		return;
	}
	TickRunUtility(psprintf("CREATE VIEW %s AS SELECT * FROM %s.tick_daily_stats(%s::pg_catalog.regclass)",
					 quote_qualified_identifier(schema, name),
					 quote_identifier(get_namespace_name(options->functions)),
					 quote_literal_cstr(quote_qualified_identifier(schema, dataset_name))));
	CommandCounterIncrement();
	view = get_relname_relid(name, namespace);
	depend_automatically(view, dataset);
}

Oid
LoadCreate(const LoadLayout *layout, const LoadOptions *options, RangeVar *target, const char *partition_by)
{
	Oid			namespace = RangeVarGetCreationNamespace(target);
	char	   *name = quote_qualified_identifier(get_namespace_name(namespace), target->relname);
	Oid			relid;

	if (isAnyTempNamespace(namespace))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("dataset \"%s\" cannot be made in a temporary schema", target->relname),
				 errhint("Name a permanent schema in target.")));
	TickRunUtility(LoadCreateText(layout, options, name, partition_by));
	CommandCounterIncrement();
	relid = get_relname_relid(target->relname, namespace);
	if (!OidIsValid(relid))
		elog(ERROR, "dataset \"%s\" was not created", target->relname);
	if (has_prices(layout))
		create_daily_view(options, relid);
	return relid;
}

void
LoadLockName(RangeVar *target, Oid *relid)
{
	Oid			namespace = RangeVarGetCreationNamespace(target);
	uint32		hash = hash_bytes((const unsigned char *) target->relname, strlen(target->relname));

	/* of two names with one hash, one waits for the other: no harm */
	LockDatabaseObject(TickCatalogRelation(TICK_REL_DATASET), hash_combine(hash, namespace), 1, ExclusiveLock);
	AcceptInvalidationMessages();
	*relid = RangeVarGetRelid(target, RowExclusiveLock, true);
}
