/*-------------------------------------------------------------------------
 *
 * dataset_attribute.c
 *	  What an attribute of a dataset's foreign table is.
 *
 * Its kind follows from the type and the options of the column; the kind
 * and the role limit the type in turn.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"

#include "core/columns.h"
#include "dataset.h"

bool
TickTypeForSql(Oid type, int32 typmod, TickType *core_type, uint8 *scale)
{
	*scale = 0;
	switch (type)
	{
		case BOOLOID:
			*core_type = TICK_BOOL;
			return true;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			*core_type = TICK_INT;
			return true;
		case FLOAT4OID:
		case FLOAT8OID:
			*core_type = TICK_DOUBLE;
			return true;
		case NUMERICOID:
			{
				/* precision and scale as numeric.c packs them into the typmod */
				int			precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
				int			digits = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;

				*core_type = TICK_TEXT;
				if (typmod >= (int32) VARHDRSZ && precision <= 18 && digits >= 0 && digits <= 18)
				{
					*core_type = TICK_DECIMAL;
					*scale = digits;
				}
				return true;
			}
		case DATEOID:
			*core_type = TICK_DATE;
			return true;
		case TIMEOID:
			*core_type = TICK_TIME;
			return true;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			*core_type = TICK_STAMP;
			return true;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case CHAROID:
		case NAMEOID:
			*core_type = TICK_TEXT;
			return true;
		default:
			return false;
	}
}

void
TickAttributeRead(TickAttribute *attribute, Oid relid, Form_pg_attribute form)
{
	ListCell   *cell;

	attribute->attnum = form->attnum;
	attribute->name = form->attname;
	attribute->column = -1;
	if (form->attisdropped)
	{
		attribute->kind = TICK_ATTRIBUTE_DROPPED;
		return;
	}
	attribute->kind = TICK_ATTRIBUTE_STORED;
	attribute->type = form->atttypid;
	attribute->typmod = form->atttypmod;
	attribute->collation = form->attcollation;
	attribute->not_null = form->attnotnull;
	attribute->field = pstrdup(NameStr(form->attname));
	foreach(cell, GetForeignColumnOptions(relid, form->attnum))
	{
		DefElem    *option = lfirst(cell);
		char	   *value = defGetString(option);

		if (strcmp(option->defname, "virtual") == 0)
			attribute->kind = strcmp(value, "date") == 0 ? TICK_ATTRIBUTE_DATE : TICK_ATTRIBUTE_LOAD_ID;
		else if (strcmp(option->defname, "field") == 0)
			attribute->field = value;
		else if (strcmp(option->defname, "role") == 0)
			(void) tick_role_from_name((TickString) {value, strlen(value)}, &attribute->role);
	}
	if (attribute->kind == TICK_ATTRIBUTE_STORED &&
		(attribute->type == TIMESTAMPOID || attribute->type == TIMESTAMPTZOID))
		attribute->kind = TICK_ATTRIBUTE_STAMP_US;
	else if (attribute->kind == TICK_ATTRIBUTE_STORED &&
			 attribute->role == TICK_ROLE_TIME && attribute->type == INT8OID)
		attribute->kind = TICK_ATTRIBUTE_STAMP_NS;
}

void
TickAttributeCheck(const TickAttribute *attribute, const char *dataset)
{
	TickType	core_type;
	uint8		scale;
	const char *wanted = NULL;

	if (attribute->kind == TICK_ATTRIBUTE_DROPPED)
		return;
	if (attribute->kind == TICK_ATTRIBUTE_DATE && attribute->type != DATEOID)
		wanted = "date";
	else if (attribute->kind == TICK_ATTRIBUTE_LOAD_ID && attribute->type != INT8OID)
		wanted = "bigint";
	else if (attribute->role == TICK_ROLE_SYMBOL && attribute->type != TEXTOID && attribute->type != VARCHAROID)
		wanted = "text COLLATE \"C\"";
	else if (attribute->role == TICK_ROLE_TIME && attribute->kind == TICK_ATTRIBUTE_STORED &&
			 attribute->type != DATEOID)
		wanted = "timestamp, timestamptz, date or bigint";
	if (wanted != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" of dataset \"%s\" must be of type %s",
						NameStr(attribute->name), dataset, wanted)));
	if (!TickTypeForSql(attribute->type, attribute->typmod, &core_type, &scale))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" of dataset \"%s\" has type %s, which a dataset cannot hold",
						NameStr(attribute->name), dataset, format_type_be(attribute->type)),
				 errhint("Use boolean, smallint, integer, bigint, real, double precision, numeric, date, time, timestamp, timestamptz, text or varchar.")));
}
