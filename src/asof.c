/*-------------------------------------------------------------------------
 *
 * asof.c
 *	  tick_create_asof() and tick_create_window(): make a foreign table that
 *	  joins two datasets.
 *
 * The table's options say what it joins (dataset_derived.c reads them), so
 * that pg_dump carries it; and it depends on its sources as a view does, so
 * that they are not dropped under it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "common/int.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "parser/parser.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "access.h"
#include "dataset_derived.h"
#include "foreign_table.h"
#include "tick.h"

PG_FUNCTION_INFO_V1(tick_create_asof);
PG_FUNCTION_INFO_V1(tick_create_window);

/*
 * Derivation: a derived dataset being made.
 */
typedef struct Derivation
{
	List	   *name;
	Relation	left_relation;
	Relation	right_relation;
	TickDataset *left;
	TickDataset *right;
	List	   *taken;			/* names of its columns so far */
	StringInfoData sql;
} Derivation;

static void pg_attribute_noreturn()
refuse_argument(const char *name, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid %s \"%s\"", name, value),
			 errhint("%s", hint)));
}

/* A text argument among some choices. */
static char *
choice_argument(FunctionCallInfo fcinfo, int argument, const char *name, const char *const *choices, const char *hint)
{
	char	   *value = PG_ARGISNULL(argument) ? pstrdup(choices[0]) : text_to_cstring(PG_GETARG_TEXT_PP(argument));

	for (int i = 0; choices[i] != NULL; i++)
		if (strcmp(value, choices[i]) == 0)
			return value;
	refuse_argument(name, value, hint);
}

/* An interval written so that any IntervalStyle reads it the same. */
static char *
interval_text(const Interval *interval)
{
	return psprintf("%d days " INT64_FORMAT " microseconds", interval->day, interval->time);
}

/* ---- columns ---- */

static bool
is_taken(const Derivation *derivation, const char *name)
{
	ListCell   *cell;

	foreach(cell, derivation->taken)
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	return false;
}

/* Begin the definition of a column with a name that must be free. */
static void
take_name(Derivation *derivation, const char *name, const char *what)
{
	if (is_taken(derivation, name))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("column \"%s\" specified more than once", name),
				 errhint("Give it another name: \"%s AS ...\".", what)));
	if (derivation->taken != NIL)
		appendStringInfoString(&derivation->sql, ", ");
	derivation->taken = lappend(derivation->taken, pstrdup(name));
}

/* Append a column under a name that is free. */
static void
append_column(Derivation *derivation, bool right, const TickAttribute *attribute, const char *wanted)
{
	const char *name = wanted != NULL ? wanted : NameStr(attribute->name);
	List	   *more = right ? list_make1(makeDefElem("side", (Node *) makeString("right"), -1)) : NIL;

	if (right && wanted == NULL && is_taken(derivation, name))
		name = makeObjectName(NameStr(attribute->name), NULL, "right");
	take_name(derivation, name, NameStr(attribute->name));
	TickAppendColumn(&derivation->sql, right ? derivation->right_relation : derivation->left_relation,
					 right ? derivation->right : derivation->left, attribute, name, more, right);
}

static void
append_left_columns(Derivation *derivation)
{
	for (int i = 0; i < derivation->left->attributes; i++)
		if (derivation->left->attribute[i].kind != TICK_ATTRIBUTE_DROPPED)
			append_column(derivation, false, &derivation->left->attribute[i], NULL);
}

/* All columns of the right side but what the rows are joined by. */
static void
append_right_columns(Derivation *derivation)
{
	const TickDataset *right = derivation->right;

	for (int i = 0; i < right->attributes; i++)
	{
		const TickAttribute *attribute = &right->attribute[i];

		if (attribute->kind != TICK_ATTRIBUTE_DROPPED && attribute->kind != TICK_ATTRIBUTE_DATE &&
			attribute->kind != TICK_ATTRIBUTE_LOAD_ID && attribute->column != right->schema.symbol &&
			attribute->column != right->schema.time)
			append_column(derivation, true, attribute, NULL);
	}
}

/* The items of a list as in SELECT, each a ResTarget. */
static List *
parse_items(const char *what, const char *text)
{
	List	   *statements = raw_parser(psprintf("SELECT %s", text), RAW_PARSE_DEFAULT);
	SelectStmt *select;
	SelectStmt	plain;

	select = list_length(statements) == 1 ? (SelectStmt *) linitial_node(RawStmt, statements)->stmt : NULL;
	if (select == NULL || !IsA(select, SelectStmt))
		refuse_argument(what, text, "Give a list as in SELECT.");
	plain = *select;
	plain.targetList = NIL;
	/* nothing but the list: all else is as makeNode() leaves it */
	if (!equal(&plain, makeNode(SelectStmt)) || select->targetList == NIL)
		refuse_argument(what, text, "Give a list as in SELECT.");
	return select->targetList;
}

/* The attribute of the right side that an expression names. */
static const TickAttribute *
right_attribute(const Derivation *derivation, Node *node, const char *text)
{
	ColumnRef  *reference = (ColumnRef *) node;
	const TickDataset *right = derivation->right;
	const char *name;

	if (!IsA(node, ColumnRef) || list_length(reference->fields) != 1 || !IsA(linitial(reference->fields), String))
		refuse_argument("columns", text, "Give a list of columns of the right dataset, such as \"bid, ask AS offer\".");
	name = strVal(linitial(reference->fields));
	for (int i = 0; i < right->attributes; i++)
		if (right->attribute[i].kind != TICK_ATTRIBUTE_DROPPED && strcmp(NameStr(right->attribute[i].name), name) == 0)
		{
			if (right->attribute[i].kind == TICK_ATTRIBUTE_DATE || right->attribute[i].kind == TICK_ATTRIBUTE_LOAD_ID)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("column \"%s\" of \"%s\" is virtual", name, right->name),
						 errhint("Take the time itself.")));
			return &right->attribute[i];
		}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of \"%s\" does not exist", name, right->name)));
}

static void
append_chosen_columns(Derivation *derivation, const char *text)
{
	ListCell   *cell;

	foreach(cell, parse_items("columns", text))
	{
		ResTarget  *target = lfirst_node(ResTarget, cell);

		append_column(derivation, true, right_attribute(derivation, target->val, text), target->name);
	}
}

/* ---- the table ---- */

static void
refuse_null(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

/* Open what is joined, arguments 0 to 2, and begin the DDL with the left's columns. */
static void
begin_derivation(FunctionCallInfo fcinfo, Derivation *derivation)
{
	memset(derivation, 0, sizeof(*derivation));
	refuse_null(fcinfo, 0, "name");
	refuse_null(fcinfo, 1, "left_table");
	refuse_null(fcinfo, 2, "right_table");
	derivation->name = textToQualifiedNameList(PG_GETARG_TEXT_PP(0));
	derivation->left = TickOpenDataset(PG_GETARG_OID(1), ACL_SELECT, AccessShareLock, &derivation->left_relation);
	derivation->right = TickOpenDataset(PG_GETARG_OID(2), ACL_SELECT, AccessShareLock, &derivation->right_relation);
	TickDerivedCheckPair(derivation->left, derivation->right);
	initStringInfo(&derivation->sql);
	appendStringInfo(&derivation->sql, "CREATE FOREIGN TABLE %s (", NameListToQuotedString(derivation->name));
	append_left_columns(derivation);
}

static void
append_sources(Derivation *derivation)
{
	appendStringInfo(&derivation->sql, ") SERVER tick OPTIONS (left_table %s, right_table %s",
					 quote_literal_cstr(TickQualifiedName(derivation->left_relation)),
					 quote_literal_cstr(TickQualifiedName(derivation->right_relation)));
}

/* Create the table, and let it depend on its sources. */
static void
end_derivation(Derivation *derivation)
{
	appendStringInfoChar(&derivation->sql, ')');
	TickRunUtility(derivation->sql.data);
	CommandCounterIncrement();
	/* the event trigger has done it unless it is disabled */
	TickDerivedDepend(RangeVarGetRelid(makeRangeVarFromNameList(derivation->name), NoLock, false));
	table_close(derivation->left_relation, NoLock);
	table_close(derivation->right_relation, NoLock);
}

/*
 * tick_create_asof(name text, left_table regclass, right_table regclass, columns text,
 *					tolerance interval, strict boolean, show_time text, fill text)
 */
Datum
tick_create_asof(PG_FUNCTION_ARGS)
{
	static const char *const sides[] = {"left", "right", NULL};
	static const char *const fills[] = {"none", "previous", "left", NULL};
	Derivation	derivation;
	char	   *show_time = choice_argument(fcinfo, 6, "show_time", sides, "Give left or right.");
	char	   *fill = choice_argument(fcinfo, 7, "fill", fills, "Give none, previous or left.");

	begin_derivation(fcinfo, &derivation);
	if (PG_ARGISNULL(3))
		append_right_columns(&derivation);
	else
		append_chosen_columns(&derivation, text_to_cstring(PG_GETARG_TEXT_PP(3)));
	append_sources(&derivation);
	if (!PG_ARGISNULL(4))
	{
		if (TickDerivedSpan(derivation.left, PG_GETARG_INTERVAL_P(4), "tolerance") < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("tolerance must not be negative")));
		appendStringInfo(&derivation.sql, ", tolerance %s",
						 quote_literal_cstr(interval_text(PG_GETARG_INTERVAL_P(4))));
	}
	if (!PG_ARGISNULL(5) && PG_GETARG_BOOL(5))
		appendStringInfoString(&derivation.sql, ", strict 'true'");
	if (strcmp(show_time, "left") != 0)
		appendStringInfo(&derivation.sql, ", show_time %s", quote_literal_cstr(show_time));
	if (strcmp(fill, "none") != 0)
		appendStringInfo(&derivation.sql, ", fill %s", quote_literal_cstr(fill));
	end_derivation(&derivation);
	PG_RETURN_VOID();
}

/* ---- windows ---- */

static void pg_attribute_noreturn()
refuse_aggregates(const char *text)
{
	refuse_argument("aggregates", text,
					"Give a list such as \"max(ask) AS ask_max, avg(bid), count(*), tick_last(bid, ts)\"; there are count, sum, avg, min, max, tick_first, tick_last and tick_vwap.");
}

/* Append the column of one aggregate call. */
static void
append_aggregate(Derivation *derivation, const ResTarget *target, const char *text)
{
	const TickDataset *right = derivation->right;
	FuncCall   *call = (FuncCall *) target->val;
	TickWindowKind kind;
	const TickAttribute *attribute[2] = {NULL, NULL};
	List	   *options = list_make1(makeDefElem("side", (Node *) makeString("right"), -1));
	const char *function;
	char	   *name;
	char	   *type;
	int			arguments;

	if (!IsA(call, FuncCall) || call->agg_order != NIL || call->agg_filter != NULL || call->over != NULL ||
		call->agg_within_group || call->agg_distinct || call->func_variadic)
		refuse_aggregates(text);
	function = strVal(llast(call->funcname));
	arguments = list_length(call->args);
	if (!TickWindowByName(function, &kind) || (call->agg_star && kind != TICK_WINDOW_COUNT) ||
		arguments != (call->agg_star ? 0 : kind >= TICK_WINDOW_FIRST ? 2 : 1))
		refuse_aggregates(text);
	for (int i = 0; i < arguments; i++)
		attribute[i] = right_attribute(derivation, list_nth(call->args, i), text);
	if ((kind == TICK_WINDOW_FIRST || kind == TICK_WINDOW_LAST) && attribute[1]->column != right->schema.time)
		refuse_argument("aggregates", text, "The second argument of tick_first and tick_last is the time of the right dataset.");
	type = TickWindowResultType(right, kind, attribute[0]);
	if (type == NULL || (kind == TICK_WINDOW_VWAP && TickWindowResultType(right, kind, attribute[1]) == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s over a window cannot be of type %s", function,
						format_type_be(attribute[type == NULL ? 0 : 1]->type))));
	name = target->name != NULL ? target->name : pstrdup(function);
	if (target->name == NULL && attribute[0] != NULL && is_taken(derivation, name))
		name = makeObjectName(function, NameStr(attribute[0]->name), NULL);
	take_name(derivation, name, name);
	options = lappend(options, makeDefElem("aggregate", (Node *) makeString(pstrdup(function)), -1));
	if (attribute[0] != NULL)
		options = lappend(options, makeDefElem("field", (Node *) makeString(right->schema.column[attribute[0]->column].field), -1));
	if (kind == TICK_WINDOW_VWAP)
		options = lappend(options, makeDefElem("weight", (Node *) makeString(right->schema.column[attribute[1]->column].field), -1));
	appendStringInfo(&derivation->sql, "%s %s", quote_identifier(name), type);
	TickAppendOptions(&derivation->sql, options);
}

/* An end of the window; null is refused. */
static Interval *
end_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	refuse_null(fcinfo, argument, name);
	return PG_GETARG_INTERVAL_P(argument);
}

/*
 * tick_create_window(name text, left_table regclass, right_table regclass, before interval,
 *					  after interval, aggregates text, prevailing boolean)
 */
Datum
tick_create_window(PG_FUNCTION_ARGS)
{
	Derivation	derivation;
	Interval   *before = end_argument(fcinfo, 3, "before");
	Interval   *after = end_argument(fcinfo, 4, "after");
	char	   *aggregates;
	int64		length;
	ListCell   *cell;

	refuse_null(fcinfo, 5, "aggregates");
	aggregates = text_to_cstring(PG_GETARG_TEXT_PP(5));
	begin_derivation(fcinfo, &derivation);
	if (pg_add_s64_overflow(TickDerivedSpan(derivation.left, before, "before"),
							TickDerivedSpan(derivation.left, after, "after"), &length) || length < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a window must not end before it begins")));
	foreach(cell, parse_items("aggregates", aggregates))
		append_aggregate(&derivation, lfirst_node(ResTarget, cell), aggregates);
	append_sources(&derivation);
	appendStringInfo(&derivation.sql, ", before %s, after %s",
					 quote_literal_cstr(interval_text(before)), quote_literal_cstr(interval_text(after)));
	if (!PG_ARGISNULL(6) && !PG_GETARG_BOOL(6))
		appendStringInfoString(&derivation.sql, ", prevailing 'false'");
	end_derivation(&derivation);
	PG_RETURN_VOID();
}
