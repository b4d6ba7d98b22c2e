/*-------------------------------------------------------------------------
 *
 * dataset_depend.c
 *	  What derived datasets depend on.
 *
 * A derived dataset names its sources in options, so that a dump carries
 * them; pg_depend knows of them as well, so that they are not dropped, and are
 * dumped first.  No dump holds rows of pg_depend: they are recorded whenever
 * a derived table has been created.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_foreign_table.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "compat.h"
#include "dataset_derived.h"

/* The relation of a qualified name, whoever may see it; InvalidOid when there is none. */
static Oid
named_relation(const char *name)
{
	List	   *parts = name == NULL ? NIL : textToQualifiedNameList(cstring_to_text(name));
	Oid			namespace;

	if (list_length(parts) != 2)
		return InvalidOid;
	namespace = get_namespace_oid(strVal(linitial(parts)), true);
	return OidIsValid(namespace) ? get_relname_relid(strVal(lsecond(parts)), namespace) : InvalidOid;
}

bool
TickDerivedSources(Oid relid, Oid *left, Oid *right)
{
	char	   *left_table;
	char	   *right_table;

	if (!TickDerivedNames(relid, &left_table, &right_table))
		return false;
	*left = named_relation(left_table);
	*right = named_relation(right_table);
	return true;
}

/* Is the dependency recorded? */
static bool
is_recorded(Relation depend, Oid relid, Oid source)
{
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(depend, DependDependerIndexId, true, NULL, 2, key);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

		found = form->refclassid == RelationRelationId && form->refobjid == source;
	}
	systable_endscan(scan);
	return found;
}

void
TickDerivedDepend(Oid relid)
{
	Relation	depend;
	Oid			source[2];

	if (!TickDerivedSources(relid, &source[0], &source[1]))
		return;
	depend = table_open(DependRelationId, RowExclusiveLock);
	for (int i = 0; i < 2; i++)
	{
		ObjectAddress table;
		ObjectAddress on;

		if (!OidIsValid(source[i]) || source[i] == relid || (i == 1 && source[1] == source[0]) ||
			is_recorded(depend, relid, source[i]))
			continue;
		ObjectAddressSet(table, RelationRelationId, relid);
		ObjectAddressSet(on, RelationRelationId, source[i]);
		recordDependencyOn(&table, &on, DEPENDENCY_NORMAL);
	}
	table_close(depend, RowExclusiveLock);
}

/* Foreign tables that are derived datasets. */
List *
TickDerivedTables(void)
{
	Relation	tables = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(tables, InvalidOid, false, NULL, 0, NULL);
	List	   *derived = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Oid			relid = ((Form_pg_foreign_table) GETSTRUCT(tuple))->ftrelid;

		if (TickDerivedLeftTable(relid) != NULL)
			derived = lappend_oid(derived, relid);
	}
	systable_endscan(scan);
	table_close(tables, AccessShareLock);
	return derived;
}
