/*-------------------------------------------------------------------------
 *
 * fdw.c
 *	  The foreign data wrapper's handler and the check of its options.
 *
 * Options say what a dataset is; dataset.c reads them.  Here only their
 * names and the form of their values are checked, as the other columns of
 * the table are not known yet.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "agg.h"
#include "core/columns.h"
#include "core/segment.h"
#include "fdw.h"
#include "timezone.h"

PG_FUNCTION_INFO_V1(tick_fdw_handler);
PG_FUNCTION_INFO_V1(tick_fdw_validator);

typedef void (*CheckOption) (const char *name, const char *value);

typedef struct ValidOption
{
	const char *name;
	Oid			catalog;		/* of the objects that take it */
	CheckOption check;			/* or NULL */
} ValidOption;

static void check_not_empty(const char *name, const char *value);
static void check_zone(const char *name, const char *value);
static void check_day_start(const char *name, const char *value);
static void check_virtual(const char *name, const char *value);
static void check_role(const char *name, const char *value);
static void check_field(const char *name, const char *value);
static void check_span(const char *name, const char *value);
static void check_boolean(const char *name, const char *value);
static void check_side(const char *name, const char *value);
static void check_fill(const char *name, const char *value);

static const ValidOption valid_options[] = {
	{"partition_by", ForeignTableRelationId, check_not_empty},
	{"zone", ForeignTableRelationId, check_zone},
	{"day_start", ForeignTableRelationId, check_day_start},
	{"stats_where", ForeignTableRelationId, check_not_empty},
	{"dataset", ForeignTableRelationId, check_not_empty},
	{"as_of", ForeignTableRelationId, check_not_empty},
	{"left_table", ForeignTableRelationId, check_not_empty},
	{"right_table", ForeignTableRelationId, check_not_empty},
	{"tolerance", ForeignTableRelationId, check_span},
	{"strict", ForeignTableRelationId, check_boolean},
	{"show_time", ForeignTableRelationId, check_side},
	{"fill", ForeignTableRelationId, check_fill},
	{"before", ForeignTableRelationId, check_span},
	{"after", ForeignTableRelationId, check_span},
	{"prevailing", ForeignTableRelationId, check_boolean},
	{"virtual", AttributeRelationId, check_virtual},
	{"role", AttributeRelationId, check_role},
	{"field", AttributeRelationId, check_field},
	{"side", AttributeRelationId, check_side},
	{"aggregate", AttributeRelationId, check_not_empty},
	{"weight", AttributeRelationId, check_field},
	{NULL, InvalidOid, NULL}
};

Datum
tick_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = TickGetForeignRelSize;
	routine->GetForeignPaths = TickGetForeignPaths;
	routine->GetForeignPlan = TickGetForeignPlan;
	routine->BeginForeignScan = TickBeginForeignScan;
	routine->IterateForeignScan = TickIterateForeignScan;
	routine->ReScanForeignScan = TickReScanForeignScan;
	routine->EndForeignScan = TickEndForeignScan;
	routine->ExplainForeignScan = TickExplainForeignScan;
	routine->AnalyzeForeignTable = TickAnalyzeForeignTable;
	routine->GetForeignUpperPaths = TickGetForeignUpperPaths;

	routine->AddForeignUpdateTargets = TickAddForeignUpdateTargets;
	routine->PlanForeignModify = TickPlanForeignModify;
	routine->BeginForeignModify = TickBeginForeignModify;
	routine->ExecForeignInsert = TickExecForeignInsert;
	routine->EndForeignModify = TickEndForeignModify;
	routine->BeginForeignInsert = TickBeginForeignInsert;
	routine->EndForeignInsert = TickEndForeignInsert;
	routine->IsForeignRelUpdatable = TickIsForeignRelUpdatable;
	routine->ExecForeignTruncate = TickExecForeignTruncate;
	PG_RETURN_POINTER(routine);
}

/* ---- options ---- */

static void
refuse_value(const char *name, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for option \"%s\": \"%s\"", name, value),
			 errhint("%s", hint)));
}

static void
check_not_empty(const char *name, const char *value)
{
	if (value[0] == '\0')
		refuse_value(name, value, "The value must not be empty.");
}

static void
check_zone(const char *name, const char *value)
{
	check_not_empty(name, value);
	(void) TickZoneByName(value);
}

static void
check_day_start(const char *name, const char *value)
{
	Interval   *start = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(value),
															  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	if (start->day != 0 || start->month != 0 || start->time <= -USECS_PER_DAY || start->time >= USECS_PER_DAY)
		refuse_value(name, value, "Give the time of day at which a trading day begins, such as 17:00.");
}

static void
check_virtual(const char *name, const char *value)
{
	if (strcmp(value, "date") != 0 && strcmp(value, "load_id") != 0)
		refuse_value(name, value, "Virtual columns are \"date\" and \"load_id\".");
}

static void
check_role(const char *name, const char *value)
{
	TickString	text = {value, strlen(value)};
	TickRole	role;

	if (!tick_role_from_name(text, &role))
		refuse_value(name, value, "Roles are symbol, time, price, size, open, high, low, close, volume, bid, ask, bid_size and ask_size.");
}

static void
check_field(const char *name, const char *value)
{
	check_not_empty(name, value);
	if (strlen(value) > TICK_FIELD_BYTES)
		refuse_value(name, value, "Names of fields have at most 255 bytes.");
}

static void
check_span(const char *name, const char *value)
{
	Interval   *span = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(value),
															 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	if (span->month != 0)
		refuse_value(name, value, "Give it in days and times, without months or years.");
}

static void
check_boolean(const char *name, const char *value)
{
	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		refuse_value(name, value, "Give true or false.");
}

static void
check_side(const char *name, const char *value)
{
	if (strcmp(value, "left") != 0 && strcmp(value, "right") != 0)
		refuse_value(name, value, "Give left or right.");
}

static void
check_fill(const char *name, const char *value)
{
	if (strcmp(value, "none") != 0 && strcmp(value, "previous") != 0 && strcmp(value, "left") != 0)
		refuse_value(name, value, "Give none, previous or left.");
}

/* The options that objects of a catalog take, for a hint. */
static char *
options_of(Oid catalog)
{
	StringInfoData names;
	const ValidOption *option;

	initStringInfo(&names);
	for (option = valid_options; option->name != NULL; option++)
		if (option->catalog == catalog)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", option->name);
	return names.data;
}

static void
refuse_option(const char *name, Oid catalog)
{
	char	   *names = options_of(catalog);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 names[0] != '\0' ?
			 errhint("Valid options in this context are: %s.", names) :
			 errhint("There are no valid options in this context.")));
}

/* A virtual column is made from others and plays no role; a dataview takes its layout from its source. */
static void
check_together(bool is_virtual, bool has_role, bool is_dataview, bool has_layout)
{
	if (is_virtual && has_role)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("a virtual column cannot have option \"role\"")));
	if (is_dataview && has_layout)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("a dataview or derived dataset cannot have options of a dataset"),
				 errhint("Leave partition_by, zone, day_start and stats_where to the dataset it reads.")));
}

/*
 * tick_fdw_validator(options text[], catalog oid)
 */
Datum
tick_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *options = untransformRelOptions(PG_GETARG_DATUM(0));
	Oid			catalog = PG_GETARG_OID(1);
	bool		is_virtual = false;
	bool		has_role = false;
	bool		is_dataview = false;
	bool		has_layout = false;
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *given = lfirst_node(DefElem, cell);
		const ValidOption *option = valid_options;

		while (option->name != NULL && (option->catalog != catalog || strcmp(option->name, given->defname) != 0))
			option++;
		if (option->name == NULL)
			refuse_option(given->defname, catalog);
		if (option->check != NULL)
			option->check(option->name, defGetString(given));
		is_virtual |= strcmp(option->name, "virtual") == 0;
		has_role |= strcmp(option->name, "role") == 0;
		if (strcmp(option->name, "dataset") == 0 || strcmp(option->name, "left_table") == 0)
			is_dataview = true;
		else if (strcmp(option->name, "partition_by") == 0 || strcmp(option->name, "zone") == 0 ||
				 strcmp(option->name, "day_start") == 0 || strcmp(option->name, "stats_where") == 0)
			has_layout = true;
	}
	check_together(is_virtual, has_role, is_dataview, has_layout);
	PG_RETURN_VOID();
}
