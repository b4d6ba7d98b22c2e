/*-------------------------------------------------------------------------
 *
 * dataset.c
 *	  A dataset as its foreign table describes it.
 *
 * Opening reads the foreign table's columns and options, and the catalog's
 * column ids.  Two attributes over the same stored field (a timestamp and
 * its nanoseconds as bigint) share one column of the schema.  A column that
 * was never written has the negated attribute number as its id, which no
 * segment knows, so that it reads as null; TickDatasetRegister() gives it a
 * real one before the first write.
 *
 * What an attribute may be is in dataset_attribute.c; how times map to days
 * and partitions is in dataset_time.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "catalog.h"
#include "core/columns.h"
#include "core/hash.h"
#include "dataset.h"
#include "dataset_derived.h"
#include "timezone.h"

/* The foreign table's options as text, NULL where absent. */
typedef struct TableOptions
{
	char	   *partition_by;
	char	   *zone;
	char	   *stats_where;
	char	   *day_start;
	char	   *dataset;
	char	   *as_of;
} TableOptions;

bool
TickIsDataset(Oid relid)
{
	ForeignTable *table;
	ForeignServer *server;

	if (get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE)
		return false;
	table = GetForeignTable(relid);
	server = GetForeignServer(table->serverid);
	return strcmp(GetForeignDataWrapper(server->fdwid)->fdwname, "tick_fdw") == 0;
}

static void
read_table_options(Oid relid, TableOptions *options)
{
	ListCell   *cell;

	memset(options, 0, sizeof(*options));
	foreach(cell, GetForeignTable(relid)->options)
	{
		DefElem    *option = lfirst(cell);
		char	   *value = defGetString(option);

		if (strcmp(option->defname, "partition_by") == 0)
			options->partition_by = value;
		else if (strcmp(option->defname, "zone") == 0)
			options->zone = value;
		else if (strcmp(option->defname, "stats_where") == 0)
			options->stats_where = value;
		else if (strcmp(option->defname, "day_start") == 0)
			options->day_start = value;
		else if (strcmp(option->defname, "dataset") == 0)
			options->dataset = value;
		else if (strcmp(option->defname, "as_of") == 0)
			options->as_of = value;
	}
}

/* An attribute before number `index` over the same stored stamp, or NULL. */
static TickAttribute *
find_twin(TickDataset *dataset, int index)
{
	TickAttribute *attribute = &dataset->attribute[index];
	int			i;

	for (i = 0; i < dataset->attributes; i++)
	{
		TickAttribute *other = &dataset->attribute[i];

		if (i != index && other->kind == TICK_ATTRIBUTE_STAMP_US &&
			strcmp(other->field, attribute->field) == 0 &&
			(attribute->type == INT8OID || i < index))
			return other;
	}
	return NULL;
}

/* Add a column to the schema for an attribute. */
static void
add_column(TickDataset *dataset, TickAttribute *attribute)
{
	TickColumn *column = &dataset->schema.column[dataset->schema.columns];

	column->id = -attribute->attnum;
	column->role = attribute->role;
	strlcpy(column->field, attribute->field, sizeof(column->field));
	if (attribute->kind == TICK_ATTRIBUTE_STAMP_NS)
		column->type = TICK_STAMP;
	else
		(void) TickTypeForSql(attribute->type, attribute->typmod, &column->type, &column->scale);
	column->number = attribute->type == NUMERICOID && column->type == TICK_TEXT;
	attribute->column = dataset->schema.columns++;
}

/* Build the schema: one column for each stored field, the load id last. */
static void
build_schema(TickDataset *dataset)
{
	TickSchema *schema = &dataset->schema;
	int			i;

	schema->column = palloc0((dataset->attributes + 1) * sizeof(TickColumn));
	for (i = 0; i < dataset->attributes; i++)
	{
		TickAttribute *attribute = &dataset->attribute[i];

		if ((attribute->kind == TICK_ATTRIBUTE_STORED && attribute->type == INT8OID) ||
			attribute->kind == TICK_ATTRIBUTE_STAMP_US || attribute->kind == TICK_ATTRIBUTE_STAMP_NS)
		{
			if (find_twin(dataset, i) != NULL)
			{
				if (attribute->kind != TICK_ATTRIBUTE_STAMP_US)
					attribute->kind = TICK_ATTRIBUTE_STAMP_NS;
				continue;
			}
		}
		if (attribute->kind == TICK_ATTRIBUTE_STORED || attribute->kind == TICK_ATTRIBUTE_STAMP_US ||
			attribute->kind == TICK_ATTRIBUTE_STAMP_NS)
			add_column(dataset, attribute);
	}
	for (i = 0; i < dataset->attributes; i++)
	{
		TickAttribute *attribute = &dataset->attribute[i];

		if (attribute->column < 0 &&
			(attribute->kind == TICK_ATTRIBUTE_STAMP_NS || attribute->kind == TICK_ATTRIBUTE_STAMP_US))
			attribute->column = find_twin(dataset, i)->column;
	}
	dataset->load_id = schema->columns;
	schema->column[schema->columns].id = TICK_COLUMN_LOAD_ID;
	schema->column[schema->columns].type = TICK_INT;
	strlcpy(schema->column[schema->columns].field, "load_id", sizeof(schema->column[0].field));
	schema->columns++;
	schema->symbol = TickDatasetRole(dataset, TICK_ROLE_SYMBOL);
	schema->time = TickDatasetRole(dataset, TICK_ROLE_TIME);
}

/* Point the virtual columns at the stored ones they are made of. */
static void
bind_virtual_columns(TickDataset *dataset)
{
	int			i;

	dataset->date_attribute = -1;
	for (i = 0; i < dataset->attributes; i++)
	{
		TickAttribute *attribute = &dataset->attribute[i];

		if (attribute->kind == TICK_ATTRIBUTE_LOAD_ID)
			attribute->column = dataset->load_id;
		if (attribute->kind == TICK_ATTRIBUTE_DATE)
		{
			attribute->column = dataset->schema.time;
			dataset->date_attribute = i;
			if (dataset->schema.time < 0)
				ereport(ERROR,
						(errcode(ERRCODE_FDW_INVALID_COLUMN_NUMBER),
						 errmsg("virtual column \"%s\" of dataset \"%s\" needs a column with the role time",
								NameStr(attribute->name), dataset->name)));
		}
	}
}

/* Every role belongs to one stored column. */
static void
check_roles(const TickDataset *dataset)
{
	int			i,
				j;

	for (i = 0; i < dataset->schema.columns; i++)
		for (j = 0; j < i; j++)
			if (dataset->schema.column[i].role != TICK_ROLE_NONE &&
				dataset->schema.column[i].role == dataset->schema.column[j].role)
				ereport(ERROR,
						(errcode(ERRCODE_FDW_INVALID_STRING_FORMAT),
						 errmsg("dataset \"%s\" has two columns with the role %s",
								dataset->name, tick_role_name(dataset->schema.column[i].role))));
}

/* Schema index of an integer or date column by its name, or by the field recorded before a rename; -1: none. */
static int
find_partition_column(const TickDataset *dataset, const char *name)
{
	int			by_field = -1;
	int			i;

	for (i = 0; i < dataset->attributes; i++)
	{
		const TickAttribute *attribute = &dataset->attribute[i];

		if (attribute->kind != TICK_ATTRIBUTE_STORED ||
			(attribute->type != DATEOID && attribute->type != INT2OID &&
			 attribute->type != INT4OID && attribute->type != INT8OID))
			continue;
		if (strcmp(NameStr(attribute->name), name) == 0)
			return attribute->column;
		if (strcmp(dataset->schema.column[attribute->column].field, name) == 0)
			by_field = attribute->column;
	}
	return by_field;
}

/* Grain and partition column from option partition_by. */
static void
read_grain(TickDataset *dataset, const char *partition_by)
{
	int			i;

	dataset->partition_column = dataset->schema.time;
	dataset->grain = dataset->schema.time >= 0 ? TICK_GRAIN_DAY : TICK_GRAIN_NONE;
	if (partition_by == NULL)
		return;
	if (strcmp(partition_by, "none") == 0)
	{
		dataset->grain = TICK_GRAIN_NONE;
		return;
	}
	for (i = TICK_GRAIN_DAY; i <= TICK_GRAIN_YEAR; i++)
		if (strcmp(partition_by, TickGrainName(i)) == 0 && dataset->schema.time >= 0)
		{
			dataset->grain = i;
			return;
		}
	i = find_partition_column(dataset, partition_by);
	if (i >= 0)
	{
		dataset->grain = TICK_GRAIN_INTEGER;
		dataset->partition_column = i;
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_STRING_FORMAT),
			 errmsg("dataset \"%s\" cannot be partitioned by \"%s\"", dataset->name, partition_by),
			 errhint("Use day, month or year (with a time column), an integer or date column, or none.")));
}

/* Zone and start of the day. */
static void
read_zone(TickDataset *dataset, const TableOptions *options)
{
	int			i;

	for (i = 0; i < dataset->attributes; i++)
		if (dataset->attribute[i].role == TICK_ROLE_TIME && dataset->attribute[i].type == TIMESTAMPTZOID)
			dataset->time_is_tz = true;
	dataset->zone_name = options->zone;
	if (dataset->time_is_tz)
	{
		if (dataset->zone_name == NULL)
			dataset->zone_name = pstrdup("UTC");
		dataset->zone = TickZoneByName(dataset->zone_name);
	}
	if (options->day_start != NULL)
	{
		Interval   *start = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(options->day_start),
																  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

		if (start->day != 0 || start->month != 0 ||
			start->time <= -USECS_PER_DAY || start->time >= USECS_PER_DAY)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_STRING_FORMAT),
					 errmsg("invalid day_start \"%s\" of dataset \"%s\"", options->day_start, dataset->name),
					 errhint("Give the time of day at which a trading day begins, such as 17:00.")));
		/* after noon means the evening before */
		if (start->time > USECS_PER_DAY / 2)
			start->time -= USECS_PER_DAY;
		dataset->day_start = start->time * 1000;
	}
}

/* Give the columns the ids that the catalog knows. */
static void
bind_column_ids(TickDataset *dataset, Snapshot snapshot)
{
	ListCell   *cell;

	foreach(cell, TickCatalogDatasetColumns(dataset->source, snapshot))
	{
		TickDatasetColumnEntry *entry = lfirst(cell);
		TickAttribute *attribute;

		if (entry->attnum < 1 || entry->attnum > dataset->attributes)
			continue;
		attribute = &dataset->attribute[entry->attnum - 1];
		if (attribute->kind == TICK_ATTRIBUTE_DROPPED || attribute->column < 0)
			continue;
		dataset->schema.column[attribute->column].id = entry->column_id;
		strlcpy(dataset->schema.column[attribute->column].field, entry->field, TICK_FIELD_BYTES + 1);
	}
}

/* Does text hold name, in any case? */
static bool
mentions(const char *text, const char *name)
{
	size_t		length = strlen(name);

	for (; *text != '\0'; text++)
		if (pg_strncasecmp(text, name, length) == 0)
			return true;
	return false;
}

/*
 * Hash of stats_where and of the identities of the columns it may name: after
 * a rename the same text can mean another condition.
 */
static void
set_stats_hash(TickDataset *dataset)
{
	int			i;

	dataset->stats_hash = 0;
	if (dataset->stats_where == NULL)
		return;
	dataset->stats_hash = tick_hash64(dataset->stats_where, strlen(dataset->stats_where), 0);
	for (i = 0; i < dataset->attributes; i++)
	{
		const TickAttribute *attribute = &dataset->attribute[i];

		if (attribute->column >= 0 && mentions(dataset->stats_where, NameStr(attribute->name)))
			dataset->stats_hash = tick_hash64(&dataset->schema.column[attribute->column].id, sizeof(int32),
											  dataset->stats_hash);
	}
}

static bool layout_differs(const TickDataset *dataset, const TickDatasetEntry *entry);

/* Read a stored dataset's own description. */
static void
describe_stored(TickDataset *dataset, Relation relation, const TableOptions *options, Snapshot snapshot)
{
	TickDatasetEntry *entry;
	int			i;

	for (i = 0; i < dataset->attributes; i++)
	{
		TickAttributeRead(&dataset->attribute[i], dataset->relid, TupleDescAttr(RelationGetDescr(relation), i));
		TickAttributeCheck(&dataset->attribute[i], dataset->name);
	}
	build_schema(dataset);
	check_roles(dataset);
	bind_virtual_columns(dataset);
	bind_column_ids(dataset, snapshot);
	read_grain(dataset, options->partition_by);
	read_zone(dataset, options);
	dataset->stats_where = options->stats_where;
	set_stats_hash(dataset);
	dataset->is_bars = TickDatasetRole(dataset, TICK_ROLE_OPEN) >= 0 && TickDatasetRole(dataset, TICK_ROLE_HIGH) >= 0 &&
		TickDatasetRole(dataset, TICK_ROLE_LOW) >= 0 && TickDatasetRole(dataset, TICK_ROLE_CLOSE) >= 0;
	entry = TickCatalogDataset(dataset->source, snapshot);
	dataset->registered = entry != NULL;
	if (entry != NULL)
		dataset->oldest_readable = entry->oldest_readable;
	dataset->layout_changed = entry != NULL && layout_differs(dataset, entry);
}

/* The dataset that a dataview reads: by catalog, or by name after a restore. */
static Oid
dataview_source(Oid relid, const TableOptions *options, Snapshot snapshot, char **as_of)
{
	TickDataviewEntry *entry = TickCatalogDataview(relid, snapshot);

	if (entry != NULL)
	{
		*as_of = entry->as_of;
		return entry->dataset;
	}
	*as_of = options->as_of;
	if (options->dataset == NULL)
		return InvalidOid;
	return RangeVarGetRelid(makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(options->dataset))),
							AccessShareLock, false);
}

/* Virtual columns are the same by kind, stored ones by type and recorded field. */
static bool
is_counterpart(const TickDataset *source, const TickAttribute *theirs, const TickAttribute *attribute)
{
	if (theirs->kind == TICK_ATTRIBUTE_DROPPED || theirs->type != attribute->type)
		return false;
	if (theirs->kind == TICK_ATTRIBUTE_DATE || theirs->kind == TICK_ATTRIBUTE_LOAD_ID)
		return theirs->kind == attribute->kind;
	return attribute->kind != TICK_ATTRIBUTE_DATE && attribute->kind != TICK_ATTRIBUTE_LOAD_ID &&
		strcmp(source->schema.column[theirs->column].field, attribute->field) == 0;
}

/*
 * A dataview reads a dataset that stores its rows.  Options name what they
 * like, the dataview itself too: following them would not come to an end.
 */
static void
check_stored_source(const TickDataset *dataset, Snapshot snapshot)
{
	TableOptions options = {0};

	if (TickIsDataset(dataset->source))
		read_table_options(dataset->source, &options);
	if (TickDerivedLeftTable(dataset->source) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("dataview \"%s\" reads \"%s\", which is a derived dataset",
						dataset->name, get_rel_name(dataset->source))));
	if (options.dataset != NULL || TickCatalogDataview(dataset->source, snapshot) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("dataview \"%s\" reads \"%s\", which is a dataview itself",
						dataset->name, get_rel_name(dataset->source)),
				 errhint("Create the dataview over the dataset that holds the rows.")));
}

int
TickDatasetCounterpart(const TickDataset *source, const TickAttribute *attribute)
{
	for (int i = 0; i < source->attributes; i++)
		if (is_counterpart(source, &source->attribute[i], attribute))
			return i;
	return -1;
}

/* Take over the source's description, its attributes matched by field. */
static void
describe_dataview(TickDataset *dataset, Relation relation, Snapshot snapshot)
{
	Relation	source_relation = table_open(dataset->source, AccessShareLock);
	TickDataset *source;
	TickDataset view = *dataset;
	int			i,
				j;

	check_stored_source(dataset, snapshot);
	source = TickDatasetOpen(source_relation, snapshot);
	*dataset = *source;
	dataset->relid = view.relid;
	dataset->is_dataview = true;
	dataset->dataview_as_of = view.dataview_as_of;
	dataset->name = view.name;
	dataset->owner = view.owner;
	dataset->attributes = view.attributes;
	dataset->attribute = view.attribute;
	for (i = 0; i < dataset->attributes; i++)
	{
		TickAttribute *attribute = &dataset->attribute[i];

		TickAttributeRead(attribute, dataset->relid, TupleDescAttr(RelationGetDescr(relation), i));
		if (attribute->kind == TICK_ATTRIBUTE_DROPPED)
			continue;
		j = TickDatasetCounterpart(source, attribute);
		if (j < 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
					 errmsg("column \"%s\" of dataview \"%s\" has no counterpart in dataset \"%s\"",
							NameStr(attribute->name), dataset->name, source->name),
					 errhint("Drop the dataview and create it again.")));
		attribute->kind = source->attribute[j].kind;
		attribute->column = source->attribute[j].column;
		attribute->role = source->attribute[j].role;
		if (attribute->kind == TICK_ATTRIBUTE_DATE)
			dataset->date_attribute = i;
	}
	table_close(source_relation, NoLock);
}

TickDataset *
TickDatasetOpen(Relation relation, Snapshot snapshot)
{
	Oid			relid = RelationGetRelid(relation);
	TickDataset *dataset;
	TableOptions options;
	char	   *as_of;
	Oid			source;

	if (!TickIsDataset(relid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a tick dataset", RelationGetRelationName(relation)),
				 errhint("Datasets are foreign tables of server tick; tick_load() makes them.")));
	dataset = palloc0(sizeof(TickDataset));
	dataset->relid = relid;
	dataset->name = pstrdup(RelationGetRelationName(relation));
	dataset->owner = relation->rd_rel->relowner;
	dataset->attributes = RelationGetNumberOfAttributes(relation);
	dataset->attribute = palloc0(Max(dataset->attributes, 1) * sizeof(TickAttribute));
	if (TickDerivedLeftTable(relid) != NULL)
	{
		TickDerivedDescribe(dataset, relation, snapshot);
		return dataset;
	}
	read_table_options(relid, &options);
	source = dataview_source(relid, &options, snapshot, &as_of);
	dataset->source = OidIsValid(source) ? source : relid;
	dataset->dataview_as_of = as_of;
	if (OidIsValid(source))
		describe_dataview(dataset, relation, snapshot);
	else
		describe_stored(dataset, relation, &options, snapshot);
	return dataset;
}

int
TickDatasetRole(const TickDataset *dataset, TickRole role)
{
	int			i;

	for (i = 0; i < dataset->schema.columns; i++)
		if (dataset->schema.column[i].role == role)
			return i;
	return -1;
}

/* Identity of a column of the schema, 0 where there is none. */
static int32
column_id(const TickDataset *dataset, int column)
{
	return column >= 0 ? dataset->schema.column[column].id : 0;
}

/* Are the catalog's grain or zone other than the foreign table's? */
static bool
layout_differs(const TickDataset *dataset, const TickDatasetEntry *entry)
{
	const char *field = dataset->grain == TICK_GRAIN_INTEGER ?
		dataset->schema.column[dataset->partition_column].field : NULL;
	const char *zone = dataset->time_is_tz ? dataset->zone_name : NULL;

	if (entry->time_column != column_id(dataset, dataset->schema.time) ||
		entry->symbol_column != column_id(dataset, dataset->schema.symbol))
		return true;
	return strcmp(entry->grain, TickGrainName(dataset->grain)) != 0 ||
		(entry->partition_field == NULL) != (field == NULL) ||
		(field != NULL && strcmp(entry->partition_field, field) != 0) ||
		(entry->zone == NULL) != (zone == NULL) ||
		(zone != NULL && strcmp(entry->zone, zone) != 0) ||
		entry->day_start.time != dataset->day_start / 1000;
}

/* Segments, retired ones too, are laid out as the catalog says and readable as such only. */
static void
refuse_changed_layout(const TickDataset *dataset, Snapshot snapshot)
{
	TickSegmentQuery query = {.dataset = dataset->source,.number = TICK_SEGMENTS_ALL,
	.partition_low = PG_INT32_MIN,.partition_high = PG_INT32_MAX};
	TickSegmentTotals totals;

	TickCatalogTotals(&query, snapshot, &totals);
	if (totals.segments > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("partition_by, zone, day_start, the time or the symbol of dataset \"%s\" was changed while it holds rows",
						dataset->name),
				 errhint("Change it back, or load into a new dataset. After TRUNCATE and tick_vacuum() it can be changed.")));
}

void
TickDatasetCheckLayout(const TickDataset *dataset, Snapshot snapshot)
{
	if (dataset->layout_changed)
		refuse_changed_layout(dataset, snapshot);
}

static void
check_source_right(const TickDataset *dataset, Oid source)
{
	AclResult	result = pg_class_aclcheck(source, dataset->owner, ACL_SELECT);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FOREIGN_TABLE, get_rel_name(source));
}

void
TickDatasetCheckSource(const TickDataset *dataset)
{
	if (dataset->derived != NULL)
	{
		check_source_right(dataset, dataset->derived->left->relid);
		check_source_right(dataset, dataset->derived->right->relid);
		TickDatasetCheckSource(dataset->derived->left);
		TickDatasetCheckSource(dataset->derived->right);
	}
	else if (dataset->is_dataview)
		check_source_right(dataset, dataset->source);
}

/* The catalog row that describes the dataset as it is now. */
static void
fill_entry(const TickDataset *dataset, TickDatasetEntry *entry)
{
	entry->relid = dataset->relid;
	entry->grain = (char *) TickGrainName(dataset->grain);
	entry->partition_field = dataset->grain == TICK_GRAIN_INTEGER ?
		dataset->schema.column[dataset->partition_column].field : NULL;
	entry->zone = dataset->time_is_tz ? dataset->zone_name : NULL;
	memset(&entry->day_start, 0, sizeof(Interval));
	entry->day_start.time = dataset->day_start / 1000;
	entry->time_column = column_id(dataset, dataset->schema.time);
	entry->symbol_column = column_id(dataset, dataset->schema.symbol);
}

/* Insert or, while the dataset is empty, update its row; refuse changes otherwise. */
static void
register_layout(TickDataset *dataset, TickDatasetEntry *entry, bool exists, Snapshot snapshot)
{
	if (!exists)
	{
		fill_entry(dataset, entry);
		TickCatalogInsertDataset(entry);
		return;
	}
	if (!layout_differs(dataset, entry))
	{
		TickCatalogUpdateDataset(entry);
		return;
	}
	refuse_changed_layout(dataset, snapshot);
	fill_entry(dataset, entry);
	TickCatalogUpdateDataset(entry);
}

/* Is every attribute that is stored known to the catalog? */
static bool
all_registered(const TickDataset *dataset)
{
	int			i;

	for (i = 0; i < dataset->schema.columns; i++)
		if (dataset->schema.column[i].id < 0)
			return false;
	return dataset->registered;
}

void
TickDatasetRegister(TickDataset *dataset, Relation relation)
{
	Snapshot	snapshot;
	TickDatasetEntry *entry;
	TickDatasetEntry fresh = {.next_column = 1};
	bool		exists;
	int			i;

	TickDerivedRefuse(dataset);
	if (dataset->is_dataview)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot write to dataview \"%s\"", dataset->name),
				 errhint("Write to the dataset it reads.")));
	if (relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("dataset \"%s\" is in a temporary schema", dataset->name),
				 errhint("Create the foreign table in a permanent schema.")));
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	entry = TickCatalogDataset(dataset->relid, snapshot);
	if (entry != NULL && all_registered(dataset) && !layout_differs(dataset, entry))
	{
		UnregisterSnapshot(snapshot);
		return;
	}
	UnregisterSnapshot(snapshot);
	LockDatabaseObject(TickCatalogRelation(TICK_REL_DATASET), dataset->relid, 0, ShareUpdateExclusiveLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	entry = TickCatalogDataset(dataset->relid, snapshot);
	exists = entry != NULL;
	if (!exists)
		entry = &fresh;
	bind_column_ids(dataset, snapshot);
	for (i = 0; i < dataset->attributes; i++)
	{
		TickAttribute *attribute = &dataset->attribute[i];
		TickDatasetColumnEntry column;

		if (attribute->kind == TICK_ATTRIBUTE_DROPPED || attribute->kind == TICK_ATTRIBUTE_DATE ||
			attribute->kind == TICK_ATTRIBUTE_LOAD_ID || dataset->schema.column[attribute->column].id > 0)
			continue;
		column.attnum = attribute->attnum;
		column.column_id = entry->next_column++;
		column.field = attribute->field;
		TickCatalogInsertDatasetColumn(dataset->relid, &column);
		dataset->schema.column[attribute->column].id = column.column_id;
	}
	register_layout(dataset, entry, exists, snapshot);
	set_stats_hash(dataset);
	dataset->registered = true;
	UnregisterSnapshot(snapshot);
	CommandCounterIncrement();
}
