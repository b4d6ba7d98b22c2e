/*-------------------------------------------------------------------------
 *
 * load_replace.c
 *	  The rows that a load replaces.
 *
 * While rows are read, the days and symbols they hold are noted; before
 * they are published, the dataset's rows of those days and symbols (or of
 * the same files, or all) are removed by a rewrite in the same transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "load.h"
#include "qual.h"
#include "rewrite.h"

#define NO_SYMBOL PG_UINT32_MAX	/* of rows whose symbol is null */

/* What of a row counts: its day, its symbol, or both. */
typedef struct ReplacedKey
{
	int64		day;
	uint32		symbol;			/* code in the run's pool */
	uint32		unused;			/* zero: keys are compared as bytes */
} ReplacedKey;

struct LoadReplaced
{
	MemoryContext context;
	HTAB	   *keys;
	bool		by_day;
	bool		by_symbol;
	ReplacedKey last;
	bool		has_last;
	int			zone_hint;
	int64_t		day_low,		/* values of the last day */
				day_high;
	int32_t		day;
	bool		has_day;
	ReplacedKey *fresh;			/* keys that the file at hand has added */
	int			fresh_count;
	int			fresh_capacity;
};

/* To take rows away is more than to add some: as tick_delete(), it needs DELETE. */
static void
check_right(const Load *load)
{
	Oid			relid = load->dataset->relid;
	AclResult	result = pg_class_aclcheck(relid, GetUserId(), ACL_DELETE);

	if (load->options->replaces != LOAD_REPLACES_NONE && result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FOREIGN_TABLE, get_rel_name(relid));
}

void
LoadReplaceBegin(Load *load)
{
	LoadReplaces replaces = load->options->replaces;
	LoadReplaced *replaced;
	HASHCTL		control = {.keysize = sizeof(ReplacedKey),.entrysize = sizeof(ReplacedKey)};
	const TickSchema *schema = &load->dataset->schema;

	check_right(load);
	if (replaces != LOAD_REPLACES_SYMBOLS && replaces != LOAD_REPLACES_DATES && replaces != LOAD_REPLACES_SYMBOL_DATES)
		return;
	replaced = MemoryContextAllocZero(load->context, sizeof(LoadReplaced));
	replaced->by_symbol = replaces != LOAD_REPLACES_DATES;
	replaced->by_day = replaces != LOAD_REPLACES_SYMBOLS;
	if ((replaced->by_symbol && schema->symbol < 0) || (replaced->by_day && schema->time < 0))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("dataset \"%s\" has no column with the role %s", load->dataset->name,
						replaced->by_symbol && schema->symbol < 0 ? "symbol" : "time"),
				 errhint("Use replaces => 'file' or 'all'.")));
	replaced->context = load->context;
	control.hcxt = load->context;
	replaced->keys = hash_create("tick replaced", 1024, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	replaced->fresh_capacity = 64;
	replaced->fresh = MemoryContextAlloc(load->context, replaced->fresh_capacity * sizeof(ReplacedKey));
	load->replaced = replaced;
}

static void
add_key(LoadReplaced *replaced, const ReplacedKey *key)
{
	bool		found;

	hash_search(replaced->keys, key, HASH_ENTER, &found);
	if (found)
		return;
	if (replaced->fresh_count == replaced->fresh_capacity)
	{
		replaced->fresh_capacity *= 2;
		replaced->fresh = repalloc_huge(replaced->fresh, (Size) replaced->fresh_capacity * sizeof(ReplacedKey));
	}
	replaced->fresh[replaced->fresh_count++] = *key;
}

static int64
day_of(Load *load, int64 value)
{
	LoadReplaced *replaced = load->replaced;

	if (!replaced->has_day || value < replaced->day_low || value > replaced->day_high)
		replaced->has_day = LoadFindDay(load->dataset, value, &replaced->zone_hint, &replaced->day,
										&replaced->day_low, &replaced->day_high);
	return replaced->day;
}

void
LoadReplaceNote(Load *load, const TickRunRoom *room, uint32 rows)
{
	LoadReplaced *replaced = load->replaced;
	const TickSchema *schema = &load->dataset->schema;
	uint32		i;

	if (replaced == NULL)
		return;
	for (i = 0; i < rows; i++)
	{
		ReplacedKey key = {0};

		if (replaced->by_day)
			key.day = day_of(load, room->column[schema->time].i64[i]);
		if (replaced->by_symbol)
			key.symbol = room->column[schema->symbol].present[i] ? room->column[schema->symbol].codes[i] : NO_SYMBOL;
		if (replaced->has_last && key.day == replaced->last.day && key.symbol == replaced->last.symbol)
			continue;
		add_key(replaced, &key);
		replaced->last = key;
		replaced->has_last = true;
	}
}

void
LoadReplaceSettle(Load *load, bool keep)
{
	LoadReplaced *replaced = load->replaced;
	int			i;

	if (replaced == NULL)
		return;
	for (i = 0; i < replaced->fresh_count && !keep; i++)
		hash_search(replaced->keys, &replaced->fresh[i], HASH_REMOVE, NULL);
	replaced->fresh_count = 0;
	replaced->has_last = false;
}

/* ---- filters ---- */

static TickFilter *
join_filters(TickFilterKind kind, List *parts)
{
	TickFilter *filter = palloc0(sizeof(TickFilter));
	ListCell   *cell;

	filter->kind = kind;
	filter->child = palloc(Max(list_length(parts), 1) * sizeof(TickFilter *));
	foreach(cell, parts)
		filter->child[filter->children++] = lfirst(cell);
	return filter;
}

static TickFilter *
any_of(List *parts)
{
	return list_length(parts) == 1 ? linitial(parts) : join_filters(TICK_FILTER_OR, parts);
}

static int
compare_texts(const void *a, const void *b)
{
	return tick_string_compare(((const TickFilterValue *) a)->text, ((const TickFilterValue *) b)->text);
}

static int
compare_numbers(const void *a, const void *b)
{
	int64		left = ((const TickFilterValue *) a)->i64;
	int64		right = ((const TickFilterValue *) b)->i64;

	return (left > right) - (left < right);
}

/* Symbols of keys [first, end), and the null one if it is among them. */
static TickFilter *
symbols_filter(const Load *load, const ReplacedKey *keys, int first, int end)
{
	int			symbol = load->dataset->schema.symbol;
	TickFilter *names = TickFilterMake(TICK_FILTER_IN, symbol, TICK_TEXT, end - first);
	bool		null = false;
	int			i;

	names->values = 0;
	for (i = first; i < end; i++)
	{
		if (keys[i].symbol == NO_SYMBOL)
			null = true;
		else
			names->value[names->values++].text = tick_run_symbol(load->run, keys[i].symbol);
	}
	qsort(names->value, names->values, sizeof(TickFilterValue), compare_texts);
	if (!null)
		return names;
	return join_filters(TICK_FILTER_OR, list_make2(names, TickFilterMake(TICK_FILTER_IS_NULL, symbol, TICK_TEXT, 0)));
}

static TickFilter *
days_filter(const TickDataset *dataset, int64 first_day, int64 last_day)
{
	int			time = dataset->schema.time;
	TickType	type = dataset->schema.column[time].type;
	TickFilter *low = TickFilterMake(TICK_FILTER_COMPARE, time, type, 1);
	TickFilter *high = TickFilterMake(TICK_FILTER_COMPARE, time, type, 1);
	int64		from,
				to;

	TickDatasetDayRange(dataset, first_day, last_day, &from, &to);
	low->compare = TICK_GE;
	low->value[0].i64 = from;
	high->compare = TICK_LE;
	high->value[0].i64 = to;
	return join_filters(TICK_FILTER_AND, list_make2(low, high));
}

/* ---- removal ---- */

static int
compare_keys(const void *a, const void *b)
{
	const ReplacedKey *left = a;
	const ReplacedKey *right = b;

	if (left->day != right->day)
		return left->day < right->day ? -1 : 1;
	return left->symbol < right->symbol ? -1 : left->symbol > right->symbol;
}

static ReplacedKey *
sorted_keys(LoadReplaced *replaced, int *count)
{
	HASH_SEQ_STATUS scan;
	ReplacedKey *key;
	ReplacedKey *keys = MemoryContextAllocHuge(CurrentMemoryContext,
											   (hash_get_num_entries(replaced->keys) + 1) * sizeof(ReplacedKey));

	*count = 0;
	hash_seq_init(&scan, replaced->keys);
	while ((key = hash_seq_search(&scan)) != NULL)
		keys[(*count)++] = *key;
	qsort(keys, *count, sizeof(ReplacedKey), compare_keys);
	return keys;
}

static void
remove_rows(Load *load, const TickFilter *filter, int32 low, int32 high)
{
	TickRewrite rewrite = {.dataset = load->dataset,.changeset = load->changeset,
		.partition_low = low,.partition_high = high,.remove = filter};
	TickRewriteResult result;

	TickRewritePartitions(&rewrite, &result);
	load->removed += result.rows_removed;
}

/* The partitions that hold the days first .. last. */
static void
partitions_of_days(const TickDataset *dataset, int64 first, int64 last, int32 *low, int32 *high)
{
	int64		from,
				to;

	TickDatasetDayRange(dataset, first, last, &from, &to);
	TickDatasetPartitions(dataset, from, to, low, high);
}

/*
 * Remove the rows of the noted days, of the noted symbols where they count.
 * Keys are sorted by day; a partition is rewritten once, with one filter for
 * all its days.
 */
static void
remove_days(Load *load)
{
	LoadReplaced *replaced = load->replaced;
	int			count;
	ReplacedKey *keys = sorted_keys(replaced, &count);
	TickFilter	whole = {.kind = TICK_FILTER_TRUE};
	List	   *parts = NIL;
	int			first = 0;
	int32		low = 0,
				high = 0;

	while (first < count)
	{
		int			end = first + 1;
		TickFilter *filter;
		int32		day_low,
					day_high;

		while (end < count && keys[end].day == keys[first].day)
			end++;
		partitions_of_days(load->dataset, keys[first].day, keys[first].day, &day_low, &day_high);
		if (parts != NIL && day_low > high)
		{
			remove_rows(load, any_of(parts), low, high);
			parts = NIL;
		}
		/* a day that is a partition goes whole */
		filter = load->dataset->grain == TICK_GRAIN_DAY ? &whole :
			days_filter(load->dataset, keys[first].day, keys[first].day);
		if (replaced->by_symbol)
			filter = join_filters(TICK_FILTER_AND, list_make2(filter, symbols_filter(load, keys, first, end)));
		if (parts == NIL)
			low = day_low;
		high = parts == NIL ? day_high : Max(high, day_high);
		parts = lappend(parts, filter);
		first = end;
	}
	if (parts != NIL)
		remove_rows(load, any_of(parts), low, high);
}

static void
remove_symbols(Load *load)
{
	int			count;
	ReplacedKey *keys = sorted_keys(load->replaced, &count);

	if (count > 0)
		remove_rows(load, symbols_filter(load, keys, 0, count), PG_INT32_MIN, PG_INT32_MAX);
}

/* Rows of earlier loads of the same paths. */
static void
remove_files(Load *load)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TickFilter *filter;
	List	   *loads = NIL;
	ListCell   *cell;
	int			i;

	for (i = 0; i < load->files; i++)
		if (load->file[i].state == LOAD_FILE_LOADED)
			foreach(cell, TickCatalogLoadsOfFile(load->dataset->relid, load->file[i].path, snapshot))
				if (((TickLoadEntry *) lfirst(cell))->id != load->file[i].load)
					loads = lappend(loads, lfirst(cell));
	UnregisterSnapshot(snapshot);
	if (loads == NIL)
		return;
	filter = TickFilterMake(TICK_FILTER_IN, load->dataset->load_id, TICK_INT, list_length(loads));
	i = 0;
	foreach(cell, loads)
		filter->value[i++].i64 = ((TickLoadEntry *) lfirst(cell))->id;
	qsort(filter->value, filter->values, sizeof(TickFilterValue), compare_numbers);
	remove_rows(load, filter, PG_INT32_MIN, PG_INT32_MAX);
}

void
LoadReplaceRows(Load *load)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick replace", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	TickFilter	all = {.kind = TICK_FILTER_TRUE};

	switch (load->options->replaces)
	{
		case LOAD_REPLACES_NONE:
			break;
		case LOAD_REPLACES_ALL:
			remove_rows(load, &all, PG_INT32_MIN, PG_INT32_MAX);
			break;
		case LOAD_REPLACES_FILE:
			remove_files(load);
			break;
		case LOAD_REPLACES_SYMBOLS:
			remove_symbols(load);
			break;
		case LOAD_REPLACES_DATES:
		case LOAD_REPLACES_SYMBOL_DATES:
			remove_days(load);
			break;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
