/*-------------------------------------------------------------------------
 *
 * rollup.c
 *	  Open, high, low, close, volume and turnover of groups of rows.
 *
 * A merge of the segments yields slices: consecutive rows of one symbol.  A
 * slice is cut where the bucket changes (one comparison a row against the
 * bucket's bounds) and where a "by" value changes; each piece is added to
 * its group by the accumulator that also makes the segments' own summaries,
 * so that stats read from summaries and stats computed from rows agree.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "convert.h"
#include "core/cursor.h"
#include "core/segment_stats.h"
#include "qual.h"
#include "rollup.h"
#include "tick.h"

/* The groups of one (symbol, bucket), told apart by their "by" values. */
typedef struct RollupState
{
	const TickRollup *rollup;
	const TickDataset *dataset;
	TickStatsAccumulator *accumulator;
	MemoryContext context;		/* of the by values of the current bucket's groups */
	MemoryContext groups_context;	/* of the groups, used again for each bucket */
	TickSymbolEntry symbol;
	char		symbol_name[TICK_MAX_SYMBOL_BYTES];
	bool		open;			/* there is a current bucket */
	int64		bucket;
	int64		low;
	int64		high;
	bool		wanted;			/* rows of the bucket's range count */
	TickRollupGroup *group;
	int			groups;
	int			capacity;
	TickCursor *cursor;			/* batch that the accumulator holds ... */
	uint64		batch;			/* ... and its number */
	int			zone_hint;
} RollupState;

/* Give the caller the current bucket's groups and forget them. */
static void
flush_bucket(RollupState *state)
{
	int			i;

	for (i = 0; i < state->groups; i++)
	{
		TickRollupGroup *group = &state->group[i];

		if (group->stats.trades == 0)
			continue;
		tick_stats_finish(state->accumulator, &group->stats);
		state->rollup->group(state->rollup->group_context, group);
	}
	if (state->rollup->by_columns > 0)
		MemoryContextReset(state->context);
	state->groups = 0;
	state->open = false;
}

static bool
same_text(TickString a, TickString b)
{
	if ((a.data == NULL) != (b.data == NULL) || a.length != b.length)
		return false;
	return a.length == 0 || memcmp(a.data, b.data, a.length) == 0;
}

/* The group with these by values, made when new; the newest is looked at first. */
static TickRollupGroup *
find_group(RollupState *state, const TickString *by)
{
	MemoryContext old;
	TickRollupGroup *group;
	int			columns = state->rollup->by_columns;
	int			i,
				j;

	for (i = state->groups - 1; i >= 0; i--)
	{
		for (j = 0; j < columns && same_text(state->group[i].by[j], by[j]); j++)
			;
		if (j == columns)
			return &state->group[i];
	}
	if (state->groups == state->capacity)
	{
		state->capacity = Max(4, state->capacity * 2);
		state->group = state->group == NULL ?
			MemoryContextAlloc(state->groups_context, state->capacity * sizeof(TickRollupGroup)) :
			repalloc(state->group, state->capacity * sizeof(TickRollupGroup));
	}
	group = &state->group[state->groups++];
	tick_stats_init(&group->stats);
	group->symbol.data = state->symbol_name;
	group->symbol.length = state->symbol.name.length;
	group->null_symbol = state->symbol.is_null;
	group->bucket = state->bucket;
	group->by = NULL;
	if (columns == 0)
		return group;
	old = MemoryContextSwitchTo(state->context);
	group->by = palloc0(columns * sizeof(TickString));
	for (j = 0; j < columns; j++)
		if (by[j].data != NULL)
		{
			group->by[j].data = pnstrdup(by[j].data, by[j].length);
			group->by[j].length = by[j].length;
		}
	MemoryContextSwitchTo(old);
	return group;
}

/* A by column's value in row i as text. */
static TickString
by_text(RollupState *state, const TickAttribute *attribute, TickCursor *cursor, uint32_t i)
{
	const TickVector *vector;
	TickString	result = {NULL, 0};
	TickError	error;
	Oid			output;
	bool		varlena;

	TickCheck(tick_cursor_column(cursor, attribute->column, &vector, &error), &error);
	if (!tick_vector_present(vector, i))
		return result;
	if (vector->type == TICK_TEXT)
		return vector->text[i];
	getTypeOutputInfo(attribute->type, &output, &varlena);
	result.data = OidOutputFunctionCall(output, TickToDatum(state->dataset, attribute, vector, i, &state->zone_hint));
	result.length = strlen(result.data);
	return result;
}

/* Add rows of one bucket, cut where a by value changes. */
static void
add_rows(RollupState *state, TickCursor *cursor, uint32_t first, uint32_t rows)
{
	const TickRollup *rollup = state->rollup;
	TickString *by;
	uint32_t	i;
	int			j;

	if (rollup->by_columns == 0)
	{
		tick_stats_add(state->accumulator, first, rows, &find_group(state, NULL)->stats);
		return;
	}
	by = palloc(rollup->by_columns * sizeof(TickString));
	for (i = first; i < first + rows; i++)
	{
		for (j = 0; j < rollup->by_columns; j++)
			by[j] = by_text(state, rollup->by[j], cursor, i);
		tick_stats_add(state->accumulator, i, 1, &find_group(state, by)->stats);
	}
	pfree(by);
}

/* Enter the bucket that a time belongs to, closing the one before. */
static void
enter_bucket(RollupState *state, int64 time)
{
	int64		bucket;

	state->wanted = state->rollup->bucket(state->rollup->bucket_context, time,
										  &bucket, &state->low, &state->high);
	if (state->open && state->wanted && bucket == state->bucket)
		return;
	if (state->wanted)
	{
		flush_bucket(state);
		state->bucket = bucket;
		state->open = true;
	}
}

/* Prepare the accumulator for the slice's batch unless it holds it already. */
static void
take_batch(RollupState *state, const TickSlice *slice)
{
	const TickVector *vector;
	TickError	error;

	if (state->cursor == slice->cursor && state->batch == slice->batch)
		return;
	TickCheck(tick_cursor_column(slice->cursor, state->dataset->load_id, &vector, &error), &error);
	TickCheck(tick_stats_batch(state->accumulator, vector->rows, tick_cursor_filter_column,
							   slice->cursor, &error), &error);
	state->cursor = slice->cursor;
	state->batch = slice->batch;
}

/* Is the slice of another symbol than the groups at hand? */
static void
take_symbol(RollupState *state, const TickSymbolEntry *symbol)
{
	if (state->open && state->symbol.is_null == symbol->is_null &&
		state->symbol.name.length == symbol->name.length &&
		(symbol->name.length == 0 ||
		 memcmp(state->symbol_name, symbol->name.data, symbol->name.length) == 0))
		return;
	flush_bucket(state);
	state->symbol = *symbol;
	memcpy(state->symbol_name, symbol->name.data, Min(symbol->name.length, TICK_MAX_SYMBOL_BYTES));
}

/* Cut a slice by buckets and by the bounds of time. */
static void
take_slice(RollupState *state, const TickSlice *slice)
{
	const TickVector *time;
	TickError	error;
	uint32_t	i = slice->first;
	uint32_t	end = slice->first + slice->rows;

	TickCheck(tick_cursor_column(slice->cursor, state->dataset->schema.time, &time, &error), &error);
	while (i < end && time->i64[i] < state->rollup->time_low)
		i++;
	while (end > i && time->i64[end - 1] > state->rollup->time_high)
		end--;
	if (i == end)
		return;
	take_symbol(state, &slice->symbol);
	take_batch(state, slice);
	while (i < end)
	{
		uint32_t	from = i;

		if (!state->open || time->i64[i] < state->low || time->i64[i] > state->high)
			enter_bucket(state, time->i64[i]);
		while (i < end && time->i64[i] >= state->low && time->i64[i] <= state->high)
			i++;
		if (state->wanted)
			add_rows(state, slice->cursor, from, i - from);
	}
}

void
TickRollupRun(const TickRollup *rollup)
{
	TickReading *reading = rollup->reading;
	const TickSchema *schema = &reading->dataset->schema;
	const TickMemory *memory = TickMemoryFor(CurrentMemoryContext);
	TickMergeOptions options = {.wanted = schema->column,.wanted_columns = schema->columns,.time = schema->time,
		.symbols = rollup->symbols,.symbol_count = rollup->symbol_count,
		.time_low = rollup->time_low,.time_high = rollup->time_high,.prune = rollup->filter};
	RollupState state = {.rollup = rollup,.dataset = reading->dataset,.groups_context = CurrentMemoryContext};
	TickMerge  *merge;
	TickSlice	slice;
	TickStatus	status;
	TickError	error;

	if (reading->segments == 0)
		return;
	state.context = AllocSetContextCreate(CurrentMemoryContext, "tick rollup", ALLOCSET_DEFAULT_SIZES);
	TickCheck(tick_stats_create(&state.accumulator, memory, schema, rollup->filter, &error), &error);
	TickCheck(tick_merge_create(&merge, memory, reading->reader, reading->segments, &options, &error), &error);
	while ((status = tick_merge_next(merge, &slice, &error)) == TICK_OK)
	{
		CHECK_FOR_INTERRUPTS();
		take_slice(&state, &slice);
	}
	if (status != TICK_END)
		TickRaise(&error);
	flush_bucket(&state);
	tick_merge_free(merge);
	tick_stats_free(state.accumulator);
	MemoryContextDelete(state.context);
	if (state.group != NULL)
		pfree(state.group);
}

static int
compare_values(const void *a, const void *b)
{
	return tick_string_compare(((const TickFilterValue *) a)->text, ((const TickFilterValue *) b)->text);
}

TickFilterValue *
TickSymbolsArgument(ArrayType *array, int *count)
{
	Datum	   *elements;
	bool	   *nulls;
	int			total,
				i;
	TickFilterValue *values;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &total);
	values = palloc0(Max(total, 1) * sizeof(TickFilterValue));
	*count = 0;
	for (i = 0; i < total; i++)
		if (!nulls[i])
		{
			text	   *element = DatumGetTextPP(elements[i]);

			values[*count].text.data = VARDATA_ANY(element);
			values[*count].text.length = VARSIZE_ANY_EXHDR(element);
			(*count)++;
		}
	qsort(values, *count, sizeof(TickFilterValue), compare_values);
	/* a symbol named twice is read once */
	for (i = 1, total = *count, *count = Min(total, 1); i < total; i++)
		if (compare_values(&values[i], &values[*count - 1]) != 0)
			values[(*count)++] = values[i];
	return values;
}

TickFilter *
TickStatsFilter(const TickReading *reading)
{
	const TickDataset *dataset = reading->dataset;
	Relation	relation;
	TickFilter *filter;

	if (dataset->stats_where == NULL)
		return NULL;
	if (!dataset->is_dataview)
		return TickQualFromText(dataset, reading->relation, dataset->stats_where, "stats_where");
	/* the columns of both have the same schema indexes, but not always the same names */
	relation = table_open(dataset->source, AccessShareLock);
	filter = TickQualFromText(TickDatasetOpen(relation, reading->snapshot), relation, dataset->stats_where, "stats_where");
	table_close(relation, NoLock);
	return filter;
}

void
TickRollupCheck(const TickDataset *dataset)
{
	TickStatsShape shape;

	tick_stats_shape(&dataset->schema, &shape);
	if (dataset->schema.time < 0 || !tick_stats_has_price(&shape))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("dataset \"%s\" has no prices to make statistics of", dataset->name),
				 errdetail("Statistics need a time and either a price or open, high, low and close."),
				 errhint("Give the columns their roles: ALTER FOREIGN TABLE ... ALTER COLUMN ... OPTIONS (ADD role 'price').")));
}

static bool
price_less(const TickDataset *dataset, TickPrice a, TickPrice b)
{
	TickStatsShape shape;

	tick_stats_shape(&dataset->schema, &shape);
	/* NaN is the greatest, as PostgreSQL orders floats */
	return shape.double_price ? float8_lt(a.f64, b.f64) : a.i64 < b.i64;
}

void
TickStatsCombine(const TickDataset *dataset, TickSymbolStats *into, const TickSymbolStats *more)
{
	into->trades += more->trades;
	if (more->has_price && !into->has_price)
	{
		into->open = more->open;
		into->high = more->high;
		into->low = more->low;
		into->close = more->close;
		into->open_time = more->open_time;
		into->close_time = more->close_time;
	}
	else if (more->has_price)
	{
		if (more->open_time < into->open_time)
		{
			into->open = more->open;
			into->open_time = more->open_time;
		}
		if (more->close_time >= into->close_time)
		{
			into->close = more->close;
			into->close_time = more->close_time;
		}
		if (price_less(dataset, into->high, more->high))
			into->high = more->high;
		if (price_less(dataset, more->low, into->low))
			into->low = more->low;
	}
	into->has_price |= more->has_price;
	into->has_volume |= more->has_volume;
	into->has_turnover |= more->has_turnover;
	into->has_unpriced |= more->has_unpriced;
	tick_sum_add(&into->unpriced, &more->unpriced);
	tick_sum_add(&into->volume, &more->volume);
	tick_sum_add(&into->turnover, &more->turnover);
}

const TickColumn *
TickPriceColumn(const TickDataset *dataset)
{
	TickStatsShape shape;

	tick_stats_shape(&dataset->schema, &shape);
	return &dataset->schema.column[shape.open];
}

double
TickPriceValue(const TickColumn *column, TickPrice price)
{
	TickSum		sum;

	if (column->type == TICK_DOUBLE)
		return price.f64;
	if (column->type == TICK_INT)
		return (double) price.i64;
	tick_sum_init(&sum);
	tick_sum_add_units(&sum, price.i64, column->scale);
	return tick_sum_double(&sum);
}

/* A sum as numeric: its exact digits, or what the double shows when it has no exact ones. */
Datum
TickSumNumeric(const TickSum *sum)
{
	char		digits[64];
	int			length;

	if (sum->overflow)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum is out of range")));
	if (sum->has_rest)
		return DirectFunctionCall1(float8_numeric, Float8GetDatum(tick_sum_double(sum)));
	if (sum->units >= PG_INT64_MIN && sum->units <= PG_INT64_MAX)
		return NumericGetDatum(sum->scale == 0 ? int64_to_numeric((int64) sum->units) :
							   int64_div_fast_to_numeric((int64) sum->units, sum->scale));
	length = tick_sum_format(sum, digits, sizeof(digits) - 1);
	digits[length] = '\0';
	return DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}
