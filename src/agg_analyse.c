/*-------------------------------------------------------------------------
 *
 * agg_analyse.c
 *	  Which aggregates can be pushed down, and what they need.
 *
 * An aggregate is pushed only if its result is PostgreSQL's own for any rows:
 * sum(real) is not, for it adds in single precision; neither is anything with
 * DISTINCT or ORDER BY.  Aggregates that need the same accumulator share it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "agg_internal.h"
#include "catalog.h"
#include "core/segment_stats.h"

/* The conversion of an aggregate's numeric to double, or the aggregate itself. */
static Aggref *
aggregate_of(Node *node, bool *as_double)
{
	*as_double = false;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_FLOAT8_NUMERIC)
	{
		Node	   *argument = linitial(((FuncExpr *) node)->args);

		*as_double = IsA(argument, Aggref) &&
			(((Aggref *) argument)->aggfnoid == F_SUM_INT8 || ((Aggref *) argument)->aggfnoid == F_SUM_NUMERIC);
		return *as_double ? (Aggref *) argument : NULL;
	}
	return IsA(node, Aggref) ? (Aggref *) node : NULL;
}

bool
TickAggIsAggregate(Node *node)
{
	bool		as_double;

	return aggregate_of(node, &as_double) != NULL;
}

/* tick's own aggregates are known by their names in the extension. */
static const char *
own_name(Oid function)
{
	if (function < FirstNormalObjectId || !TickCatalogExists() ||
		getExtensionOfObject(ProcedureRelationId, function) != TickExtensionOid())
		return "";
	return get_func_name(function);
}

/* ---- accumulators ---- */

static bool
same_expression(const TickExpression *a, const TickExpression *b)
{
	return a->terms == b->terms && memcmp(a->term, b->term, a->terms * sizeof(TickTerm)) == 0;
}

static bool
same_accumulator(const TickAggAccumulator *a, const TickAggAccumulator *b)
{
	return a->kind == b->kind && a->has_expression == b->has_expression && a->has_also == b->has_also &&
		(!a->has_expression || same_expression(&a->expression, &b->expression)) &&
		(!a->has_also || same_expression(&a->also, &b->also)) &&
		a->time == b->time && a->microseconds == b->microseconds && a->distinct == b->distinct && equal(a->filter, b->filter);
}

/* Number of the accumulator, shared with an equal one. */
static int
add_accumulator(TickAggQuery *query, TickAggAccumulator *accumulator)
{
	for (int i = 0; i < query->accumulators; i++)
		if (same_accumulator(&query->accumulator[i], accumulator))
		{
			query->accumulator[i].needs_count |= accumulator->needs_count;
			return i;
		}
	query->accumulator[query->accumulators] = *accumulator;
	return query->accumulators++;
}

/* Does the expression multiply these two columns, perhaps converted? */
static bool
is_product(const TickExpression *expression, int a, int b)
{
	int			found[2] = {-1, -1};
	int			columns = 0;
	const TickTerm *value = &expression->term[expression->terms - 1];

	if (value->kind != TICK_TERM_MULTIPLY)
		return false;
	for (int t = 0; t < expression->terms - 1; t++)
	{
		if (expression->term[t].kind == TICK_TERM_COLUMN && columns < 2)
			found[columns++] = expression->term[t].column;
		else if (expression->term[t].kind != TICK_TERM_CONVERT)
			return false;
	}
	return columns == 2 && ((found[0] == a && found[1] == b) || (found[0] == b && found[1] == a));
}

/* Is it the sum of sizes over rows that have a price too? */
static bool
is_priced_volume(const TickStatsShape *shape, const TickAggAccumulator *a)
{
	const TickExpression *size = &a->expression;
	const TickExpression *price = &a->also;

	return a->kind == TICK_SUM && shape->turnover_price >= 0 &&
		(size->terms == 1 || (size->terms == 2 && size->term[1].kind == TICK_TERM_CONVERT)) &&
		size->term[0].kind == TICK_TERM_COLUMN && size->term[0].column == shape->volume &&
		price->terms == 1 && price->term[0].kind == TICK_TERM_COLUMN && price->term[0].column == shape->turnover_price;
}

/* Where a summary of a symbol has the accumulator's value. */
static TickAggSource
source_of(const TickDataset *dataset, const TickAggAccumulator *a)
{
	TickStatsShape shape;

	tick_stats_shape(&dataset->schema, &shape);
	if (a->filter != NULL)
		return TICK_SOURCE_NONE;
	if (a->has_also)
		return is_priced_volume(&shape, a) ? TICK_SOURCE_PRICED_VOLUME : TICK_SOURCE_NONE;
	if (a->kind == TICK_COUNT)
		return !a->has_expression ? TICK_SOURCE_ROWS : a->column >= 0 ? TICK_SOURCE_PRESENT : TICK_SOURCE_NONE;
	if (a->kind == TICK_SUM && a->column >= 0 && a->column == shape.volume)
		return TICK_SOURCE_VOLUME;
	if (a->kind == TICK_SUM && shape.turnover_price >= 0 && is_product(&a->expression, shape.turnover_price, shape.volume))
		return TICK_SOURCE_TURNOVER;
	if (a->column < 0)
		return TICK_SOURCE_NONE;
	if (a->kind == TICK_MAX && a->column == shape.high)
		return TICK_SOURCE_HIGH;
	if (a->kind == TICK_MIN && a->column == shape.low)
		return TICK_SOURCE_LOW;
	if ((a->kind == TICK_FIRST || a->kind == TICK_LAST) && a->time == dataset->schema.time)
	{
		if (a->kind == TICK_FIRST && a->column == shape.open)
			return TICK_SOURCE_OPEN;
		if (a->kind == TICK_LAST && a->column == shape.close)
			return TICK_SOURCE_CLOSE;
	}
	return TICK_SOURCE_NONE;
}

/* Fill the accumulator's expression with an argument. */
static bool
take_argument(const TickAggScope *scope, Node *argument, TickAggAccumulator *accumulator, const TickAttribute **attribute)
{
	*attribute = TickAggColumn(scope, argument);
	accumulator->has_expression = true;
	accumulator->column = *attribute != NULL ? (*attribute)->column : -1;
	return TickAggExpression(scope, argument, &accumulator->expression);
}

/* ---- kinds of aggregates ---- */

/* The kinds that depend on the function alone. */
static bool
kind_of_function(Oid function, TickAggItem *item, TickAccumulatorKind *kind)
{
	*kind = TICK_SUM;
	switch (function)
	{
		case F_SUM_INT8:
		case F_SUM_NUMERIC:
			item->kind = TICK_AGG_SUM_NUMERIC;
			return true;
		case F_SUM_INT4:
		case F_SUM_INT2:
			item->kind = TICK_AGG_SUM_INT8;
			return true;
		case F_SUM_FLOAT8:
			item->kind = TICK_AGG_SUM_FLOAT8;
			return true;
		case F_AVG_INT8:
		case F_AVG_INT4:
		case F_AVG_INT2:
		case F_AVG_NUMERIC:
			item->kind = TICK_AGG_AVG_NUMERIC;
			return true;
		case F_AVG_FLOAT8:
		case F_AVG_FLOAT4:
			item->kind = TICK_AGG_AVG_FLOAT8;
			return true;
		case F_MIN_INT2:
		case F_MIN_INT4:
		case F_MIN_INT8:
		case F_MIN_FLOAT4:
		case F_MIN_FLOAT8:
		case F_MIN_NUMERIC:
		case F_MIN_DATE:
		case F_MIN_TIME:
		case F_MIN_TIMESTAMP:
		case F_MIN_TIMESTAMPTZ:
			item->kind = TICK_AGG_VALUE;
			*kind = TICK_MIN;
			return true;
		case F_MAX_INT2:
		case F_MAX_INT4:
		case F_MAX_INT8:
		case F_MAX_FLOAT4:
		case F_MAX_FLOAT8:
		case F_MAX_NUMERIC:
		case F_MAX_DATE:
		case F_MAX_TIME:
		case F_MAX_TIMESTAMP:
		case F_MAX_TIMESTAMPTZ:
			item->kind = TICK_AGG_VALUE;
			*kind = TICK_MAX;
			return true;
		default:
			return false;
	}
}

/* variance and standard deviation */
static bool
kind_of_spread(Oid function, TickAggItem *item, TickAccumulatorKind *kind)
{
	*kind = TICK_MOMENTS;
	item->kind = TICK_AGG_VARIANCE_FLOAT8;
	switch (function)
	{
		case F_STDDEV_FLOAT8:
		case F_STDDEV_FLOAT4:
		case F_STDDEV_SAMP_FLOAT8:
		case F_STDDEV_SAMP_FLOAT4:
			item->root = item->sample = true;
			return true;
		case F_STDDEV_POP_FLOAT8:
		case F_STDDEV_POP_FLOAT4:
			item->root = true;
			return true;
		case F_VARIANCE_FLOAT8:
		case F_VARIANCE_FLOAT4:
		case F_VAR_SAMP_FLOAT8:
		case F_VAR_SAMP_FLOAT4:
			item->sample = true;
			return true;
		case F_VAR_POP_FLOAT8:
		case F_VAR_POP_FLOAT4:
			return true;
		case F_VARIANCE_INT2:
		case F_VARIANCE_INT4:
		case F_VAR_SAMP_INT2:
		case F_VAR_SAMP_INT4:
			item->sample = true;
			break;
		case F_VAR_POP_INT2:
		case F_VAR_POP_INT4:
			break;
		default:
			return false;
	}
	item->kind = TICK_AGG_VARIANCE_NUMERIC;
	*kind = TICK_SQUARES;
	return true;
}

/* A value that is shown as it is: of which column, or of an expression of the result's type. */
static bool
shows_value(const TickAggScope *scope, const TickAttribute *attribute, Oid type)
{
	if (attribute == NULL)
		return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT8OID || type == NUMERICOID;
	if (scope->dataset->schema.column[attribute->column].type == TICK_TEXT || attribute->type != type)
		return false;
	/* days of a zone whose clocks go back over midnight do not follow the time */
	return attribute->kind != TICK_ATTRIBUTE_DATE || scope->dataset->zone == NULL;
}

/* tick_first(value, ts), tick_last(value, ts) */
static bool
analyse_edge(TickAggQuery *query, Aggref *aggregate, bool first, TickAggItem *item, TickAggAccumulator *a)
{
	const TickAttribute *time = TickAggColumn(&query->scope, (Node *) ((TargetEntry *) lsecond(aggregate->args))->expr);

	a->kind = first ? TICK_FIRST : TICK_LAST;
	item->kind = TICK_AGG_VALUE;
	if (time == NULL || (time->kind != TICK_ATTRIBUTE_STAMP_US && time->kind != TICK_ATTRIBUTE_STAMP_NS) ||
		!take_argument(&query->scope, (Node *) ((TargetEntry *) linitial(aggregate->args))->expr, a, &item->attribute) ||
		!shows_value(&query->scope, item->attribute, item->type))
		return false;
	a->time = time->column;
	a->microseconds = time->kind == TICK_ATTRIBUTE_STAMP_US;
	if (time->column != query->scope.dataset->schema.time)
	{
		a->has_also = true;
		(void) TickAggExpression(&query->scope, (Node *) ((TargetEntry *) lsecond(aggregate->args))->expr, &a->also);
	}
	return true;
}

/* price * size as one expression; false when there are too many terms. */
static bool
multiply(const TickExpression *price, const TickExpression *size, TickExpression *product)
{
	TickTerm   *term;

	if (price->terms + size->terms + 1 > TICK_MAX_TERMS)
		return false;
	*product = *price;
	for (int t = 0; t < size->terms; t++)
	{
		term = &product->term[product->terms++];
		*term = size->term[t];
		term->left += price->terms;
		term->right += price->terms;
	}
	term = &product->term[product->terms];
	memset(term, 0, sizeof(*term));
	term->kind = TICK_TERM_MULTIPLY;
	term->type = TICK_DOUBLE;
	term->left = price->terms - 1;
	term->right = product->terms - 1;
	product->terms++;
	return true;
}

/* tick_vwap(price, size) of doubles: two sums over the rows that have both */
static bool
analyse_vwap(TickAggQuery *query, Aggref *aggregate, TickAggItem *item, TickAggAccumulator *a)
{
	TickAggAccumulator sizes = *a;
	TickExpression price;
	const TickAttribute *attribute;

	if (item->type != FLOAT8OID ||
		!TickAggExpression(&query->scope, (Node *) ((TargetEntry *) linitial(aggregate->args))->expr, &price) ||
		!take_argument(&query->scope, (Node *) ((TargetEntry *) lsecond(aggregate->args))->expr, &sizes, &attribute) ||
		!multiply(&price, &sizes.expression, &a->expression))
		return false;
	item->kind = TICK_AGG_VWAP;
	a->kind = sizes.kind = TICK_SUM;
	a->has_expression = true;
	sizes.has_also = true;
	sizes.also = price;
	item->second = add_accumulator(query, &sizes);
	return true;
}

/* The rest of an aggregate whose accumulator's filter is set. */
static bool
analyse_kind(TickAggQuery *query, Aggref *aggregate, TickAggItem *item, TickAggAccumulator *a)
{
	const char *own;
	Node	   *argument = aggregate->args != NIL ? (Node *) ((TargetEntry *) linitial(aggregate->args))->expr : NULL;
	TickType	type;

	if (aggregate->aggfnoid == F_COUNT_ || aggregate->aggfnoid == F_COUNT_ANY)
	{
		item->kind = TICK_AGG_COUNT;
		a->kind = TICK_COUNT;
		a->needs_count = true;
		return argument == NULL || take_argument(&query->scope, argument, a, &item->attribute);
	}
	if (kind_of_function(aggregate->aggfnoid, item, &a->kind) || kind_of_spread(aggregate->aggfnoid, item, &a->kind))
	{
		a->needs_count = item->kind == TICK_AGG_AVG_NUMERIC || item->kind == TICK_AGG_AVG_FLOAT8;
		if (!take_argument(&query->scope, argument, a, &item->attribute))
			return false;
		type = a->expression.term[a->expression.terms - 1].type;
		item->scale = type == TICK_DECIMAL ? a->expression.term[a->expression.terms - 1].scale : 0;
		if (item->kind == TICK_AGG_VALUE)
			return shows_value(&query->scope, item->attribute, item->type);
		/* unbounded numerics are stored as text */
		return type != TICK_TEXT;
	}
	own = own_name(aggregate->aggfnoid);
	if (strcmp(own, "tick_first") == 0 || strcmp(own, "tick_last") == 0)
		return analyse_edge(query, aggregate, strcmp(own, "tick_first") == 0, item, a);
	return strcmp(own, "tick_vwap") == 0 && analyse_vwap(query, aggregate, item, a);
}

Node *
TickAggDistinct(Node *node)
{
	Aggref	   *aggregate = (Aggref *) node;

	if (!IsA(node, Aggref) || aggregate->aggfnoid != F_COUNT_ANY || list_length(aggregate->aggdistinct) != 1 ||
		list_length(aggregate->args) != 1)
		return NULL;
	return (Node *) linitial_node(TargetEntry, aggregate->args)->expr;
}

static bool
analyse_aggregate(TickAggQuery *query, Node *node, TickAggItem *item)
{
	bool		as_double;
	Aggref	   *aggregate = aggregate_of(node, &as_double);
	TickAggAccumulator accumulator;

	memset(&accumulator, 0, sizeof(accumulator));
	memset(item, 0, sizeof(*item));
	if (aggregate == NULL || aggregate->aggorder != NIL ||
		(aggregate->aggdistinct != NIL && (!query->scope.distinct || TickAggDistinct(node) == NULL)) ||
		aggregate->aggdirectargs != NIL || aggregate->aggsplit != AGGSPLIT_SIMPLE ||
		aggregate->aggkind != AGGKIND_NORMAL || aggregate->agglevelsup != 0)
		return false;
	accumulator.column = -1;
	accumulator.time = -1;
	accumulator.filter = (Node *) aggregate->aggfilter;
	item->type = exprType(node);
	if (accumulator.filter != NULL &&
		!TickQualPushable(query->scope.dataset, query->scope.relid, (Expr *) accumulator.filter))
		return false;
	if (aggregate->aggdistinct != NIL)
	{
		item->kind = TICK_AGG_COUNT;
		accumulator.kind = TICK_COUNT;
		accumulator.distinct = accumulator.needs_count = true;
	}
	else if (!analyse_kind(query, aggregate, item, &accumulator))
		return false;
	if (as_double)
		item->kind = TICK_AGG_SUM_AS_FLOAT8;
	accumulator.source = source_of(query->scope.dataset, &accumulator);
	item->accumulator = add_accumulator(query, &accumulator);
	return true;
}

bool
TickAggAnalyse(const TickAggScope *scope, List *keys, List *aggregates, TickAggQuery *query)
{
	ListCell   *cell;

	memset(query, 0, sizeof(*query));
	query->scope = *scope;
	if (list_length(keys) > TICK_MAX_KEYS)
		return false;
	foreach(cell, keys)
		if (!TickAggAnalyseKey(scope, lfirst(cell), &query->key[query->keys++]))
			return false;
	query->item = palloc0(sizeof(TickAggItem) * Max(list_length(aggregates), 1));
	query->accumulator = palloc0(sizeof(TickAggAccumulator) * (2 * list_length(aggregates) + 1));
	foreach(cell, aggregates)
		if (!analyse_aggregate(query, lfirst(cell), &query->item[query->items++]))
			return false;
	return true;
}
