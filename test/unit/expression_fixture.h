/*-------------------------------------------------------------------------
 *
 * expression_fixture.h
 *	  Rows of every type, random expressions over them, and random plans of
 *	  aggregations, for the test that computes them in several ways.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_EXPRESSION_FIXTURE_H
#define TICK_EXPRESSION_FIXTURE_H

#include "core/aggregate_run.h"

#include <math.h>

#include "core/filter.h"
#include "segment_fixture.h"

/* Columns of the segment. */
enum
{
	SYM, TIME, WHEN, SIZE, PRICE, X, Y, COND, SMALL, STORED
};

/* Wanted besides them: a wider decimal, digits of a decimal, and a column that is not there. */
enum
{
	WIDE = STORED, DIGITS, MISSING, WANTED
};

#define MOST_ACCUMULATORS 8
#define MOST_GROUPS 9000

static TickColumn wanted[WANTED];

/* Wanted values of a row. */
typedef struct Plain
{
	Value		value[WANTED];
} Plain;

static Model model;
static Plain *plain;

static void
make_rows(uint64_t *seed, uint32_t rows)
{
	int			style = (int) (unit_random(seed) % 5);

	model = (Model) {.schema = {.column = model.column, .symbol = -1, .time = -1}};
	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_SYMBOL);
	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_TIME);
	model_add_column(&model, TICK_STAMP, 0, TICK_ROLE_NONE);
	model_add_column(&model, TICK_INT, 0, TICK_ROLE_SIZE);
	model_add_column(&model, TICK_DECIMAL, 2, TICK_ROLE_PRICE);
	model_add_column(&model, TICK_DOUBLE, 0, TICK_ROLE_NONE);
	model_add_column(&model, TICK_DOUBLE, 0, TICK_ROLE_NONE);
	model_add_column(&model, TICK_TEXT, 0, TICK_ROLE_NONE);
	model_add_column(&model, TICK_INT, 0, TICK_ROLE_NONE);
	model_random_rows(&model, seed, rows, 1 + (uint32_t) (unit_random(seed) % 5), 1, false);
	for (uint32_t r = 0; r < rows; r++)
	{
		Value	   *value = model.row[r].value;
		uint64_t	random = unit_random(seed);

		value[TIME].i64 = (int64_t) (r / 3) * 700 - 100000;
		value[WHEN] = (Value) {.null = random % 17 == 0};
		value[SIZE] = (Value) {.null = style == 2 && random / 16 % 11 == 0};
		value[PRICE] = (Value) {.null = random / 64 % 23 == 0};
		value[X] = (Value) {.null = random / 128 % 9 == 0};
		value[Y] = (Value) {0};
		value[SMALL] = (Value) {.null = random / 256 % 7 == 0};
		if (!value[WHEN].null)
			value[WHEN].i64 = (int64_t) (r * 4001 + random / 512 % 8000) - 400000;
		if (!value[SIZE].null)
			value[SIZE].i64 = (int64_t) (random >> 20) % 1000 - 100;
		if (!value[PRICE].null)
			value[PRICE].i64 = (int64_t) (random >> 30) % 20000;
		if (!value[SMALL].null)
			value[SMALL].i64 = (int64_t) (random >> 40) % 6;
		/* short decimals, of one scale or of several, and what is none */
		if (!value[X].null)
			value[X].f64 = style == 4 && random / 1024 % 200 == 0 ? (random & 1 ? 0.0 / 0.0 : -0.0) :
				style == 3 ? sqrt((double) (random % 1000)) : (double) (random >> 33) / (style == 1 && random % 2 ? 1e5 : 100);
		value[Y].f64 = style == 1 ? (double) (random % 64) / 8 : (double) ((random >> 13) % 50);
	}
	model_sort(&model, false);
	plain = calloc(rows + 1, sizeof(Plain));
	for (uint32_t r = 0; r < rows; r++)
	{
		Value	   *value = plain[r].value;

		memcpy(value, model.row[r].value, STORED * sizeof(Value));
		value[WIDE] = value[SMALL];
		value[WIDE].i64 *= 1000;
		value[DIGITS] = (Value) {.null = value[PRICE].null};
		if (!value[DIGITS].null)
		{
			snprintf(value[DIGITS].text, sizeof(value[DIGITS].text), "%lld.%02lld",
					 (long long) value[PRICE].i64 / 100, (long long) value[PRICE].i64 % 100);
			value[DIGITS].length = (uint32_t) strlen(value[DIGITS].text);
		}
		value[MISSING].null = true;
	}
	memcpy(wanted, model.column, sizeof(model.column[0]) * STORED);
	wanted[WIDE] = model.column[SMALL];
	wanted[WIDE].type = TICK_DECIMAL;
	wanted[WIDE].scale = 3;
	wanted[DIGITS] = model.column[PRICE];
	wanted[DIGITS].type = TICK_TEXT;
	wanted[DIGITS].scale = 0;
	wanted[DIGITS].number = true;
	wanted[MISSING] = (TickColumn) {.id = 900, .type = TICK_INT};
}

/* ---- random expressions ---- */

static int
add_term(TickExpression *e, TickTerm term)
{
	e->term[e->terms] = term;
	return e->terms++;
}

static int
add_column(TickExpression *e, int column)
{
	return add_term(e, (TickTerm) {.kind = TICK_TERM_COLUMN, .type = wanted[column].type, .scale = wanted[column].scale, .column = column});
}

static int
add_leaf(TickExpression *e, TickType type, uint64_t *seed)
{
	static const int decimals[] = {PRICE, WIDE, PRICE, SIZE};
	static const int doubles[] = {X, Y, X, SIZE};
	static const double constants[] = {0.5, 2, 0.001, 1.0 / 3, -1};
	uint64_t	random = unit_random(seed);

	if (random % 5 > 0)
		return add_column(e, type == TICK_INT ? (random % 2 ? SIZE : SMALL) : type == TICK_DECIMAL ? decimals[random / 8 % 4] :
						  doubles[random / 8 % 4]);
	return add_term(e, (TickTerm) {.kind = TICK_TERM_CONSTANT, .type = type, .scale = type == TICK_DECIMAL ? 1 : 0,
						.i64 = (int64_t) (random >> 20) % 9 - 4, .f64 = constants[random / 8 % 5]});
}

/* A lone column or constant, or up to three of them. */
static void
random_expression(TickExpression *e, TickType type, uint64_t *seed)
{
	int			value;
	int			operations = (int) (unit_random(seed) % 3);

	e->terms = 0;
	value = add_leaf(e, type, seed);
	for (int i = 0; i < operations; i++)
	{
		TickTerm	term = {.kind = TICK_TERM_ADD + (TickTermKind) (unit_random(seed) % 3), .type = type, .left = value,
		.low = INT64_MIN, .high = INT64_MAX};

		term.right = unit_random(seed) % 4 == 0 ? value : add_leaf(e, type, seed);
		if (type == TICK_DECIMAL)
		{
			uint8_t		left = e->term[term.left].scale;
			uint8_t		right = e->term[term.right].scale;

			term.scale = term.kind == TICK_TERM_MULTIPLY ? left + right : left > right ? left : right;
		}
		value = add_term(e, term);
	}
	/* values must be of the type asked for */
	if (type != TICK_INT && e->term[value].type == TICK_INT)
		add_term(e, (TickTerm) {.kind = TICK_TERM_ADD, .type = type, .left = value,
					 .right = value, .low = INT64_MIN, .high = INT64_MAX});
}

/* The value of an expression in a row. */
typedef struct Number
{
	bool		null;
	__int128	units;
	int			scale;
	double		f64;
	double		magnitude;
} Number;

static __int128
scaled(const Number *n, int scale)
{
	return n->units * tick_power_of_ten[scale - n->scale];
}

static Number
evaluate(const TickExpression *e, const Plain *row)
{
	Number		n[TICK_MAX_TERMS];

	memset(n, 0, sizeof(n));
	for (int t = 0; t < e->terms; t++)
	{
		const TickTerm *term = &e->term[t];
		const Number *a = &n[term->left];
		const Number *b = &n[term->right];

		if (term->kind == TICK_TERM_COLUMN)
		{
			const Value *value = &row->value[term->column];

			n[t].null = value->null;
			n[t].units = value->i64;
			n[t].scale = term->type == TICK_DECIMAL ? term->scale : 0;
			n[t].f64 = term->type == TICK_DOUBLE ? value->f64 : (double) value->i64;
		}
		else if (term->kind == TICK_TERM_CONSTANT)
		{
			n[t].units = term->i64;
			n[t].scale = term->type == TICK_DECIMAL ? term->scale : 0;
			n[t].f64 = term->type == TICK_DOUBLE ? term->f64 : (double) term->i64;
		}
		else
		{
			n[t].null = a->null || b->null;
			if (term->kind == TICK_TERM_MULTIPLY)
			{
				n[t].units = a->units * b->units;
				n[t].scale = a->scale + b->scale;
				n[t].f64 = a->f64 * b->f64;
				n[t].magnitude = a->magnitude * b->magnitude;
				continue;
			}
			n[t].scale = a->scale > b->scale ? a->scale : b->scale;
			n[t].units = scaled(a, n[t].scale) + (term->kind == TICK_TERM_ADD ? 1 : -1) * scaled(b, n[t].scale);
			n[t].f64 = term->kind == TICK_TERM_ADD ? a->f64 + b->f64 : a->f64 - b->f64;
			n[t].magnitude = a->magnitude + b->magnitude;
			continue;
		}
		n[t].magnitude = fabs(n[t].f64);
	}
	return n[e->terms - 1];
}

/* ---- plans ---- */

static TickExpression expressions[MOST_ACCUMULATORS + 2];
static TickAccumulator accumulators[MOST_ACCUMULATORS];
static TickTransition transition[3] = {{INT64_MIN, 3600, 0}, {700000, 7200, 1}, {3000000, 3600, 0}};
static TickZone zone = {3, transition};
static TickFilterValue numbers[3] = {{.i64 = 1}, {.i64 = 3}, {.i64 = 5}};
static TickFilterValue wide_value = {.i64 = 2500};
static TickFilterValue x_value = {.f64 = 3};
static TickFilterValue pattern = {.text = {"x%", 2}};
static TickFilter tests[] = {
	{.kind = TICK_FILTER_IN, .column = SMALL, .type = TICK_INT, .values = 3, .value = numbers},
	{.kind = TICK_FILTER_COMPARE, .column = WIDE, .type = TICK_DECIMAL, .compare = TICK_LT, .values = 1, .value = &wide_value},
	{.kind = TICK_FILTER_COMPARE, .column = X, .type = TICK_DOUBLE, .compare = TICK_GT, .values = 1, .value = &x_value},
	{.kind = TICK_FILTER_LIKE, .column = COND, .type = TICK_TEXT, .values = 1, .value = &pattern},
	{.kind = TICK_FILTER_IS_NULL, .column = PRICE, .type = TICK_DECIMAL},
	{.kind = TICK_FILTER_NULL},
	{.kind = TICK_FILTER_COMPARE, .column = MISSING, .type = TICK_INT, .compare = TICK_EQ, .values = 1, .value = numbers}
};
static TickFilter *both[2];
static TickFilter negated;
static TickFilter *negated_child;
static TickFilter filter;

/* 1 true, 0 false, -1 null */
static int
passes(const TickFilter *f, const Plain *row)
{
	const Value *value = &row->value[f->column];
	int			a,
				b;

	switch (f->kind)
	{
		case TICK_FILTER_TRUE:
			return 1;
		case TICK_FILTER_NULL:
			return -1;
		case TICK_FILTER_NOT:
			a = passes(f->child[0], row);
			return a < 0 ? -1 : !a;
		case TICK_FILTER_AND:
		case TICK_FILTER_OR:
			a = passes(f->child[0], row);
			b = passes(f->child[1], row);
			if (f->kind == TICK_FILTER_AND)
				return a == 0 || b == 0 ? 0 : a < 0 || b < 0 ? -1 : 1;
			return a == 1 || b == 1 ? 1 : a < 0 || b < 0 ? -1 : 0;
		case TICK_FILTER_IS_NULL:
			return value->null;
		default:
			break;
	}
	if (value->null)
		return -1;
	if (f->kind == TICK_FILTER_IN)
		return value->i64 == 1 || value->i64 == 3 || value->i64 == 5;
	if (f->kind == TICK_FILTER_LIKE)
		return value->length > 0 && value->text[0] == 'x';
	if (f->column == X)
		return isnan(value->f64) || value->f64 > x_value.f64;
	return f->column == WIDE ? value->i64 < wide_value.i64 : value->i64 == 1;
}

static void
random_filter(uint64_t *seed)
{
	uint64_t	random = unit_random(seed);

	both[0] = &tests[random % 7];
	negated_child = &tests[random / 8 % 7];
	negated = (TickFilter) {.kind = TICK_FILTER_NOT, .children = 1, .child = &negated_child};
	both[1] = random & 64 ? &negated : negated_child;
	filter = (TickFilter) {.kind = random & 128 ? TICK_FILTER_OR : TICK_FILTER_AND, .children = 2, .child = both};
	if (random / 256 % 4 == 0)
		filter = (TickFilter) {.kind = TICK_FILTER_TRUE};
	if (random / 1024 % 4 == 0)
		filter = tests[random % 3];
}

static void
random_plan(TickAggregatePlan *plan, uint64_t *seed)
{
	memset(plan, 0, sizeof(*plan));
	plan->columns = WANTED;
	plan->column = wanted;
	plan->expression = expressions;
	plan->accumulator = accumulators;
	plan->accumulators = 1 + (int) (unit_random(seed) % MOST_ACCUMULATORS);
	plan->expressions = plan->accumulators + 2;
	plan->time = unit_random(seed) % 3 == 0 ? -1 : TIME;
	plan->prunes = unit_random(seed) % 2 == 0;
	for (int a = 0; a < plan->accumulators; a++)
	{
		TickAccumulatorKind kind = (TickAccumulatorKind) (unit_random(seed) % 8);
		TickType	type = kind == TICK_MOMENTS ? TICK_DOUBLE : kind == TICK_SQUARES ? TICK_DECIMAL :
			(TickType[]) {TICK_INT, TICK_DECIMAL, TICK_DOUBLE}[unit_random(seed) % 3];

		random_expression(&expressions[a], type, seed);
		accumulators[a] = (TickAccumulator) {.kind = kind, .expression = a, .also = -1, .time = TIME,
			.microseconds = unit_random(seed) % 2 == 0,
			.filter = unit_random(seed) % 3 == 0 ? &tests[unit_random(seed) % 6] : NULL};
		if (kind == TICK_COUNT && unit_random(seed) % 2 == 0)
			accumulators[a].expression = -1;
		if (unit_random(seed) % 5 == 0)
			accumulators[a].also = plan->accumulators;
		if ((kind == TICK_FIRST || kind == TICK_LAST) && unit_random(seed) % 2 == 0)
		{
			accumulators[a].time = WHEN;
			accumulators[a].also = plan->accumulators + 1;
		}
	}
	expressions[plan->accumulators].terms = expressions[plan->accumulators + 1].terms = 0;
	add_column(&expressions[plan->accumulators], X);
	add_column(&expressions[plan->accumulators + 1], WHEN);
}

static void
add_key(TickAggregatePlan *plan, TickKeyKind kind, int column, const TickZone *of_zone)
{
	static const int64_t low[] = {INT64_MIN, -100000, 0, 300000};
	static const int64_t value[] = {3, 1, 4, 1};

	plan->key[plan->keys++] = (TickGroupKey) {.kind = kind, .column = column, .width = 200, .origin = 13, .zone = of_zone,
		.pieces = 4, .piece_low = low, .piece_value = value};
}

static void
random_keys(TickAggregatePlan *plan, uint64_t *seed)
{
	uint64_t	random = unit_random(seed);

	if (random % 3 == 0)
		add_key(plan, TICK_KEY_SYMBOL, SYM, NULL);
	if (random / 4 % 4 == 0)
		add_key(plan, TICK_KEY_TEXT, COND, NULL);
	if (random / 16 % 6 == 0)
		add_key(plan, TICK_KEY_TEXT, DIGITS, NULL);
	if (random / 128 % 5 == 0)
		add_key(plan, TICK_KEY_VALUE, SMALL, NULL);
	if (random / 1024 % 7 == 0)
		add_key(plan, TICK_KEY_VALUE, Y, NULL);
	if (random / 8192 % 9 == 0)
		add_key(plan, TICK_KEY_VALUE, MISSING, NULL);
	if (random / 65536 % 4 == 0)
		add_key(plan, TICK_KEY_WIDTH, WHEN, random & 1 << 20 ? &zone : NULL);
	if (random / 65536 % 4 == 1)
		add_key(plan, TICK_KEY_PIECES, WHEN, NULL);
	if (random / 65536 % 4 == 2)
		add_key(plan, TICK_KEY_TEXT, SYM, NULL);
	if (random >> 30 & 1)
		add_key(plan, TICK_KEY_PARTITION, 0, NULL);
}

#endif							/* TICK_EXPRESSION_FIXTURE_H */
