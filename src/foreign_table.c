/*-------------------------------------------------------------------------
 *
 * foreign_table.c
 *	  DDL of foreign tables that show columns of a dataset.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "foreign/foreign.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "foreign_table.h"

void
TickAppendOptions(StringInfo sql, List *options)
{
	ListCell   *cell;
	const char *separator = " OPTIONS (";

	foreach(cell, options)
	{
		DefElem    *option = lfirst(cell);

		appendStringInfo(sql, "%s%s %s", separator, quote_identifier(option->defname),
						 quote_literal_cstr(strVal(option->arg)));
		separator = ", ";
	}
	if (options != NIL)
		appendStringInfoChar(sql, ')');
}

/* The options of the source's column that its copy has too. */
static List *
column_options(Relation relation, const TickDataset *dataset, const TickAttribute *attribute, bool without_role)
{
	List	   *options = NIL;
	ListCell   *cell;
	bool		has_field = false;

	foreach(cell, GetForeignColumnOptions(RelationGetRelid(relation), attribute->attnum))
	{
		DefElem    *option = lfirst(cell);

		has_field |= strcmp(option->defname, "field") == 0;
		if (!without_role || strcmp(option->defname, "role") != 0)
			options = lappend(options, option);
	}
	if (!has_field && (attribute->kind == TICK_ATTRIBUTE_STORED || attribute->kind == TICK_ATTRIBUTE_STAMP_US ||
					   attribute->kind == TICK_ATTRIBUTE_STAMP_NS))
		options = lappend(options, makeDefElem("field", (Node *) makeString(pstrdup(dataset->schema.column[attribute->column].field)), -1));
	return options;
}

void
TickAppendColumn(StringInfo sql, Relation relation, const TickDataset *dataset,
				 const TickAttribute *attribute, const char *name, List *more, bool without_role)
{
	appendStringInfo(sql, "%s %s", quote_identifier(name),
					 format_type_with_typemod(attribute->type, attribute->typmod));
	TickAppendOptions(sql, list_concat(column_options(relation, dataset, attribute, without_role), more));
	if (OidIsValid(attribute->collation) && attribute->collation != DEFAULT_COLLATION_OID)
		appendStringInfo(sql, " COLLATE %s", generate_collation_name(attribute->collation));
}

char *
TickQualifiedName(Relation relation)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
									  RelationGetRelationName(relation));
}
