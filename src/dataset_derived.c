/*-------------------------------------------------------------------------
 *
 * dataset_derived.c
 *	  Derived datasets: foreign tables whose rows are a join of two datasets.
 *
 * The table's options name the two, by qualified name; its columns show
 * theirs, matched by recorded field as a dataview's are, so that renames are
 * harmless.  A column with the option side 'right' is the right dataset's.
 *
 * With show_time 'right' the columns over the left time show a column of the
 * right time instead, in which the left time stands in where nothing matched;
 * the virtual date stays the left's, and so does the order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "common/int.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "core/value.h"
#include "dataset_derived.h"

/* The foreign table's options, NULL where absent. */
typedef struct DerivedOptions
{
	char	   *left_table;
	char	   *right_table;
	char	   *tolerance;
	char	   *strict;
	char	   *show_time;
	char	   *fill;
	char	   *before;
	char	   *after;
	char	   *prevailing;
} DerivedOptions;

static void
read_options(Oid relid, DerivedOptions *options)
{
	ListCell   *cell;

	memset(options, 0, sizeof(*options));
	foreach(cell, GetForeignTable(relid)->options)
	{
		DefElem    *option = lfirst(cell);
		char	   *value = defGetString(option);

		if (strcmp(option->defname, "left_table") == 0)
			options->left_table = value;
		else if (strcmp(option->defname, "right_table") == 0)
			options->right_table = value;
		else if (strcmp(option->defname, "tolerance") == 0)
			options->tolerance = value;
		else if (strcmp(option->defname, "strict") == 0)
			options->strict = value;
		else if (strcmp(option->defname, "show_time") == 0)
			options->show_time = value;
		else if (strcmp(option->defname, "fill") == 0)
			options->fill = value;
		else if (strcmp(option->defname, "before") == 0)
			options->before = value;
		else if (strcmp(option->defname, "after") == 0)
			options->after = value;
		else if (strcmp(option->defname, "prevailing") == 0)
			options->prevailing = value;
	}
}

char *
TickDerivedLeftTable(Oid relid)
{
	DerivedOptions options;

	if (!TickIsDataset(relid))
		return NULL;
	read_options(relid, &options);
	return options.left_table;
}

bool
TickDerivedNames(Oid relid, char **left_table, char **right_table)
{
	DerivedOptions options;

	if (!TickIsDataset(relid))
		return false;
	read_options(relid, &options);
	*left_table = options.left_table;
	*right_table = options.right_table;
	return options.left_table != NULL;
}

void
TickDerivedRefuse(const TickDataset *dataset)
{
	if (dataset->derived != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a derived dataset", dataset->name),
				 errhint("Use the datasets it reads, or plain SQL on it.")));
}

/* ---- the two sources ---- */

/* Open a source by its qualified name. */
static TickDataset *
open_source(const TickDataset *dataset, const char *name, Snapshot snapshot)
{
	Oid			relid;
	Relation	relation;
	TickDataset *source;

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("derived dataset \"%s\" needs the options left_table and right_table", dataset->name)));
	relid = RangeVarGetRelid(makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(name))),
							 AccessShareLock, false);
	/* following options that name the table itself would not come to an end */
	if (TickDerivedLeftTable(relid) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("derived dataset \"%s\" reads \"%s\", which is derived itself", dataset->name, name),
				 errhint("Derive from datasets that hold rows.")));
	relation = table_open(relid, NoLock);
	source = TickDatasetOpen(relation, snapshot);
	table_close(relation, NoLock);
	return source;
}

void
TickDerivedCheckPair(const TickDataset *left, const TickDataset *right)
{
	const TickDataset *lacking = left->schema.time < 0 ? left : right->schema.time < 0 ? right : NULL;
	const char *role = "time";

	if (lacking == NULL && (left->schema.symbol < 0) != (right->schema.symbol < 0))
	{
		lacking = left->schema.symbol < 0 ? left : right;
		role = "symbol";
	}
	if (lacking != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("dataset \"%s\" has no column with the role %s", lacking->name, role),
				 errhint("Rows are joined by their symbol and time.")));
	if (left->schema.column[left->schema.time].type != right->schema.column[right->schema.time].type ||
		left->time_is_tz != right->time_is_tz)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the times of datasets \"%s\" and \"%s\" are of different types", left->name, right->name),
				 errhint("Load both with a time zone, or both without.")));
}

int64
TickDerivedSpan(const TickDataset *dataset, const Interval *interval, const char *what)
{
	int64		day;
	int64		span;

	if (interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not have months or years", what)));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &day) || pg_add_s64_overflow(day, interval->time, &span) ||
		pg_mul_s64_overflow(span, 1000, &span))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("%s is out of range", what)));
	if (dataset->schema.column[dataset->schema.time].type == TICK_DATE)
		return span / TICK_NS_PER_DAY - (span % TICK_NS_PER_DAY < 0);
	return span;
}

static int64
span_option(const TickDataset *dataset, const char *name, const char *value)
{
	Interval   *interval = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(value),
																 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	return TickDerivedSpan(dataset, interval, name);
}

/* ---- columns ---- */

/* An option of a column, or NULL. */
static char *
column_option(Oid relid, AttrNumber attnum, const char *name)
{
	ListCell   *cell;

	foreach(cell, GetForeignColumnOptions(relid, attnum))
		if (strcmp(((DefElem *) lfirst(cell))->defname, name) == 0)
			return defGetString(lfirst(cell));
	return NULL;
}

static bool
is_right(Oid relid, AttrNumber attnum)
{
	char	   *side = column_option(relid, attnum, "side");

	return side != NULL && strcmp(side, "right") == 0;
}

/* The left column of the same name and type as the right attribute, or -1. */
static int
namesake(const TickDataset *left, const TickAttribute *attribute)
{
	for (int i = 0; i < left->attributes; i++)
	{
		const TickAttribute *mine = &left->attribute[i];

		if (mine->kind != TICK_ATTRIBUTE_DROPPED && mine->kind != TICK_ATTRIBUTE_DATE &&
			mine->kind != TICK_ATTRIBUTE_LOAD_ID && mine->type == attribute->type &&
			mine->typmod == attribute->typmod && strcmp(NameStr(mine->name), NameStr(attribute->name)) == 0)
			return mine->column;
	}
	return -1;
}

/* Schema index of the column that shows a right one with this fill, added when it is new. */
static int
add_column(TickDataset *dataset, int source, int fill)
{
	struct TickDerived *derived = dataset->derived;
	int			before = derived->left->schema.columns;
	TickColumn *column;

	for (int i = 0; i < derived->columns; i++)
		if (derived->column[i].source == source && derived->column[i].fill == fill)
			return before + i;
	column = &dataset->schema.column[dataset->schema.columns++];
	*column = derived->right->schema.column[source];
	column->role = TICK_ROLE_NONE;
	/* no segment of the left dataset knows it */
	column->id = PG_INT32_MIN + derived->columns;
	derived->column[derived->columns].source = source;
	derived->column[derived->columns].fill = fill;
	derived->columns++;
	return dataset->schema.columns - 1;
}

/* ---- aggregates of windows ---- */

bool
TickWindowByName(const char *name, TickWindowKind *kind)
{
	static const char *const names[] = {"count", "sum", "avg", "min", "max", "tick_first", "tick_last", "tick_vwap"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
		{
			*kind = (TickWindowKind) i;
			return true;
		}
	return false;
}

/* Schema index of the right column with this recorded field. */
static int
right_field(const TickDataset *dataset, const TickAttribute *attribute, const char *field)
{
	const TickDataset *right = dataset->derived->right;

	for (int i = 0; i < right->schema.columns; i++)
		if (i != right->load_id && strcmp(right->schema.column[i].field, field) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("column \"%s\" of derived dataset \"%s\" has no counterpart in dataset \"%s\"",
					NameStr(attribute->name), dataset->name, right->name),
			 errhint("Drop the derived dataset and create it again.")));
}

char *
TickWindowResultType(const TickDataset *right, TickWindowKind kind, const TickAttribute *attribute)
{
	const TickColumn *column = attribute != NULL ? &right->schema.column[attribute->column] : NULL;
	bool		number = column != NULL &&
		(column->type == TICK_INT || column->type == TICK_DECIMAL || column->type == TICK_DOUBLE);

	switch (kind)
	{
		case TICK_WINDOW_COUNT:
			return column == NULL || column->type != TICK_TEXT ? "bigint" : NULL;
		case TICK_WINDOW_SUM:
			if (!number)
				return NULL;
			return column->type == TICK_INT ? "bigint" : column->type == TICK_DOUBLE ? "double precision" :
				psprintf("numeric(18,%d)", column->scale);
		case TICK_WINDOW_AVG:
		case TICK_WINDOW_VWAP:
			return number ? "double precision" : NULL;
		default:
			if (column == NULL || column->type == TICK_TEXT)
				return NULL;
			return format_type_with_typemod(attribute->type, attribute->typmod);
	}
}

/* Refuse a column whose type is not that of its aggregate. */
static void
check_aggregate(const TickDataset *dataset, const TickAttribute *attribute, const TickDerivedColumn *column)
{
	const TickDataset *right = dataset->derived->right;
	char	   *type = format_type_with_typemod(attribute->type, attribute->typmod);

	for (int i = 0; i < right->attributes; i++)
	{
		const TickAttribute *theirs = &right->attribute[i];
		char	   *wanted;

		if (column->source >= 0 && (theirs->kind == TICK_ATTRIBUTE_DROPPED || theirs->kind == TICK_ATTRIBUTE_DATE ||
									theirs->column != column->source))
			continue;
		wanted = TickWindowResultType(right, column->aggregate, column->source >= 0 ? theirs : NULL);
		if (wanted != NULL && strcmp(wanted, type) == 0)
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 errmsg("column \"%s\" of derived dataset \"%s\" cannot be of type %s",
					NameStr(attribute->name), dataset->name, type),
			 errhint("Drop the derived dataset and create it again.")));
}

/* Add the column of an aggregate. */
static void
bind_aggregate(TickDataset *dataset, TickAttribute *attribute)
{
	struct TickDerived *derived = dataset->derived;
	TickDerivedColumn *column = &derived->column[derived->columns];
	TickColumn *result = &dataset->schema.column[dataset->schema.columns];
	char	   *name = column_option(dataset->relid, attribute->attnum, "aggregate");
	char	   *field = column_option(dataset->relid, attribute->attnum, "field");
	char	   *weight = column_option(dataset->relid, attribute->attnum, "weight");

	if (name == NULL || !TickWindowByName(name, &column->aggregate) || (field == NULL && column->aggregate != TICK_WINDOW_COUNT) ||
		(weight == NULL) != (column->aggregate != TICK_WINDOW_VWAP))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("column \"%s\" of derived dataset \"%s\" lacks an aggregate of a window",
						NameStr(attribute->name), dataset->name)));
	column->source = field != NULL ? right_field(dataset, attribute, field) : -1;
	column->weight = weight != NULL ? right_field(dataset, attribute, weight) : -1;
	column->fill = -1;
	result->id = PG_INT32_MIN + derived->columns;
	strlcpy(result->field, NameStr(attribute->name), sizeof(result->field));
	check_aggregate(dataset, attribute, column);
	(void) TickTypeForSql(attribute->type, attribute->typmod, &result->type, &result->scale);
	attribute->role = TICK_ROLE_NONE;
	attribute->column = dataset->schema.columns++;
	derived->columns++;
}

/* Bind one attribute to the column it shows. */
static void
bind_attribute(TickDataset *dataset, TickAttribute *attribute, bool right, bool right_time)
{
	struct TickDerived *derived = dataset->derived;
	const TickDataset *source = right ? derived->right : derived->left;
	int			found = TickDatasetCounterpart(source, attribute);
	const TickAttribute *theirs;

	if (found < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("column \"%s\" of derived dataset \"%s\" has no counterpart in dataset \"%s\"",
						NameStr(attribute->name), dataset->name, source->name),
				 errhint("Drop the derived dataset and create it again.")));
	theirs = &source->attribute[found];
	attribute->kind = theirs->kind;
	attribute->column = theirs->column;
	attribute->role = right ? TICK_ROLE_NONE : theirs->role;
	if (right)
	{
		if (theirs->kind == TICK_ATTRIBUTE_DATE || theirs->kind == TICK_ATTRIBUTE_LOAD_ID)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("column \"%s\" of derived dataset \"%s\" cannot be virtual",
							NameStr(attribute->name), dataset->name)));
		attribute->column = add_column(dataset, theirs->column,
									   derived->fill == TICK_DERIVED_FILL_LEFT ? namesake(derived->left, theirs) : -1);
	}
	else if (right_time && attribute->column == derived->left->schema.time && attribute->kind != TICK_ATTRIBUTE_DATE)
		attribute->column = add_column(dataset, derived->right->schema.time, derived->left->schema.time);
	else if (attribute->kind == TICK_ATTRIBUTE_DATE)
		dataset->date_attribute = attribute->attnum - 1;
}

/* Take over the left's description, with columns of the right after its own. */
static void
bind_columns(TickDataset *dataset, Relation relation, bool right_time)
{
	struct TickDerived *derived = dataset->derived;
	TickColumn *column = palloc0(sizeof(TickColumn) * (derived->left->schema.columns + dataset->attributes + 1));

	memcpy(column, derived->left->schema.column, sizeof(TickColumn) * derived->left->schema.columns);
	dataset->schema.column = column;
	dataset->date_attribute = -1;
	derived->column = palloc0(sizeof(TickDerivedColumn) * (dataset->attributes + 1));
	for (int i = 0; i < dataset->attributes; i++)
	{
		TickAttribute *attribute = &dataset->attribute[i];

		TickAttributeRead(attribute, dataset->relid, TupleDescAttr(RelationGetDescr(relation), i));
		if (attribute->kind == TICK_ATTRIBUTE_DROPPED)
			continue;
		if (dataset->derived->window && is_right(dataset->relid, attribute->attnum))
			bind_aggregate(dataset, attribute);
		else
			bind_attribute(dataset, attribute, is_right(dataset->relid, attribute->attnum), right_time);
	}
}

void
TickDerivedDescribe(TickDataset *dataset, Relation relation, Snapshot snapshot)
{
	struct TickDerived *derived = palloc0(sizeof(struct TickDerived));
	TickDataset view = *dataset;
	DerivedOptions options;

	read_options(dataset->relid, &options);
	derived->left = open_source(dataset, options.left_table, snapshot);
	derived->right = open_source(dataset, options.right_table, snapshot);
	TickDerivedCheckPair(derived->left, derived->right);
	derived->tolerance = options.tolerance == NULL ? PG_INT64_MAX :
		span_option(derived->left, "tolerance", options.tolerance);
	derived->strict = options.strict != NULL && strcmp(options.strict, "true") == 0;
	if (options.fill != NULL && strcmp(options.fill, "previous") == 0)
		derived->fill = TICK_DERIVED_FILL_PREVIOUS;
	else if (options.fill != NULL && strcmp(options.fill, "left") == 0)
		derived->fill = TICK_DERIVED_FILL_LEFT;
	derived->window = options.before != NULL || options.after != NULL;
	if (derived->window)
	{
		derived->before = options.before != NULL ? span_option(derived->left, "before", options.before) : 0;
		derived->after = options.after != NULL ? span_option(derived->left, "after", options.after) : 0;
	}
	derived->prevailing = options.prevailing == NULL || strcmp(options.prevailing, "true") == 0;
	*dataset = *derived->left;
	dataset->derived = derived;
	dataset->is_dataview = true;
	dataset->relid = view.relid;
	dataset->name = view.name;
	dataset->owner = view.owner;
	dataset->attributes = view.attributes;
	dataset->attribute = view.attribute;
	bind_columns(dataset, relation, options.show_time != NULL && strcmp(options.show_time, "right") == 0);
}
