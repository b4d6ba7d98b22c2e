/*-------------------------------------------------------------------------
 *
 * test_aggregate_expression.c
 *	  Random expressions, accumulators, filters and keys, over row groups in
 *	  threads, job by job and over batches that are fed, against each row's
 *	  own arithmetic.
 *
 *-------------------------------------------------------------------------
 */
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

/* ---- groups of the plain truth ---- */

typedef struct Truth
{
	int64_t		count;
	__int128	units;
	__int128	squares;
	double		f64;			/* sum, or the value that MIN and so on choose */
	double		magnitude;
	int64_t		time;
	double		mean;			/* MOMENTS, by Welford's rule */
	double		distances;
} Truth;

typedef struct Group
{
	char		key[160];
	Truth		truth[MOST_ACCUMULATORS];
} Group;

static Group *groups;
static int	group_count;

static int64_t
floor_by(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

static void
key_text(const TickGroupKey *key, const Plain *row, char *out)
{
	const Value *value = &row->value[key->column];
	int			piece = 0;

	if (key->kind == TICK_KEY_PARTITION)
		sprintf(out, "77|");
	else if (value->null)
		sprintf(out, "null|");
	else if (wanted[key->column].type == TICK_TEXT)
		sprintf(out, "'%.*s'|", (int) value->length, value->text);
	else if (key->kind == TICK_KEY_WIDTH)
	{
		int64_t		offset = key->zone == NULL ? 0 : value->i64 >= 700000 && value->i64 < 3000000 ? 7200000000 : 3600000000;
		int64_t		us = floor_by(value->i64, 1000) + offset;

		sprintf(out, "%lld|", (long long) (floor_by(us - key->origin, key->width) * key->width + key->origin - offset));
	}
	else if (key->kind == TICK_KEY_PIECES)
	{
		while (piece + 1 < key->pieces && key->piece_low[piece + 1] <= value->i64)
			piece++;
		sprintf(out, "%lld|", (long long) key->piece_value[piece]);
	}
	else if (wanted[key->column].type == TICK_DOUBLE)
		sprintf(out, "%.17g|", value->f64);
	else
		sprintf(out, "%lld|", (long long) value->i64);
}

static void
group_key_text(const TickAggregatePlan *plan, const TickAggregateTable *table, const TickGroup *group, char *out)
{
	out[0] = '\0';
	for (int k = 0; k < plan->keys; k++)
	{
		const TickGroupKey *key = &plan->key[k];
		TickString	text;
		double		value;

		out += strlen(out);
		if (group->nulls >> k & 1)
			sprintf(out, "null|");
		else if (key->kind != TICK_KEY_PARTITION && wanted[key->column].type == TICK_TEXT)
		{
			text = tick_aggregate_text(table, group->key[k]);
			sprintf(out, "'%.*s'|", (int) text.length, text.data);
		}
		else if (key->kind == TICK_KEY_VALUE && wanted[key->column].type == TICK_DOUBLE)
		{
			memcpy(&value, &group->key[k], sizeof(value));
			sprintf(out, "%.17g|", value);
		}
		else
			sprintf(out, "%lld|", (long long) group->key[k]);
	}
}

/* Add a row to what an accumulator must hold. */
static void
add_truth(Truth *truth, const TickAccumulator *a, const Plain *row)
{
	Number		n = {0};
	bool		doubles = false;
	bool		better;
	int64_t		time = row->value[a->time].i64;

	if (a->expression >= 0)
	{
		n = evaluate(&expressions[a->expression], row);
		doubles = tick_expression_is_double(&expressions[a->expression]);
	}
	if (n.null || (a->also >= 0 && evaluate(&expressions[a->also], row).null) || (a->filter != NULL && passes(a->filter, row) != 1))
		return;
	truth->count++;
	if (a->kind == TICK_SUM || a->kind == TICK_SQUARES || a->kind == TICK_MOMENTS)
	{
		double		distance = n.f64 - truth->mean;

		truth->units += n.units;
		truth->squares += n.units * n.units;
		truth->f64 += n.f64;
		truth->magnitude += n.magnitude;
		truth->mean += distance / (double) truth->count;
		truth->distances += distance * (n.f64 - truth->mean);
		return;
	}
	if (a->microseconds)
		time = floor_by(time, 1000);
	if (a->kind == TICK_MIN || a->kind == TICK_MAX)
	{
		int			order = doubles ? tick_double_compare(n.f64, truth->f64) : n.units < truth->units ? -1 : n.units > truth->units;

		better = a->kind == TICK_MIN ? order < 0 : order > 0;
	}
	else
		better = a->kind == TICK_FIRST ? time < truth->time : time >= truth->time;
	if (truth->count > 1 && !better)
		return;
	truth->units = n.units;
	truth->f64 = n.f64;
	truth->time = time;
}

static void
make_truth(const TickAggregatePlan *plan, const TickSegmentRange *range, int ranges)
{
	group_count = 0;
	for (uint32_t r = 0; r < model.rows; r++)
	{
		char		text[160] = "";
		bool		in = false;
		int			g = group_count - 1;

		for (int i = 0; i < ranges; i++)
			in |= r >= range[i].first && r < range[i].end;
		if (!in || passes(&filter, &plain[r]) != 1)
			continue;
		for (int k = 0; k < plan->keys; k++)
			key_text(&plan->key[k], &plain[r], text + strlen(text));
		while (g >= 0 && strcmp(groups[g].key, text) != 0)
			g--;
		if (g < 0)
		{
			g = group_count++;
			memset(&groups[g], 0, sizeof(Group));
			strcpy(groups[g].key, text);
		}
		for (int a = 0; a < plan->accumulators; a++)
			add_truth(&groups[g].truth[a], &accumulators[a], &plain[r]);
	}
}

static bool
near(double a, double b, double magnitude)
{
	return isnan(b) ? isnan(a) : isinf(b) ? a == b : fabs(a - b) <= 1e-9 * magnitude;
}

static bool
agrees(const TickAggregatePlan *plan, int i, TickGroup *group, const Truth *truth)
{
	const TickAccumulator *a = &accumulators[i];
	const void *state = tick_group_state(plan, group, i);
	bool		doubles = a->expression >= 0 && tick_expression_is_double(&expressions[a->expression]);
	bool		edge = a->kind == TICK_FIRST || a->kind == TICK_LAST;
	int64_t		count = ((const TickCountState *) state)->count;
	TickValue	value;

	/* of rows in order of time only the one at the end is looked at */
	if (edge ? (count == 0) != (truth->count == 0) : count != truth->count)
		return false;
	if (truth->count == 0 || a->kind == TICK_COUNT)
		return true;
	switch (a->kind)
	{
		case TICK_SUM:
			return doubles ? near(tick_sum_double(&((const TickSumState *) state)->sum), truth->f64, truth->magnitude) :
				((const TickUnitsState *) state)->units == truth->units;
		case TICK_MOMENTS:
			return near(((const TickMomentsState *) state)->sum, truth->f64, truth->magnitude) &&
				near(((const TickMomentsState *) state)->squares, truth->distances,
					 1e4 * (truth->distances + truth->magnitude * truth->magnitude / (double) truth->count * 1e-4));
		case TICK_SQUARES:
			return ((const TickSquaresState *) state)->sum == truth->units && ((const TickSquaresState *) state)->squares == truth->squares;
		case TICK_MIN:
		case TICK_MAX:
			value = ((const TickRangeState *) state)->value;
			break;
		default:
			value = ((const TickEdgeState *) state)->value;
			if (((const TickEdgeState *) state)->time != truth->time)
				return false;
	}
	return doubles ? tick_double_compare(value.f64, truth->f64) == 0 : value.i64 == truth->units;
}

/* Groups that are not as they must be. */
static int
wrong_groups(const TickAggregatePlan *plan, TickAggregateTable *table)
{
	int			wrong = 0;

	for (uint64_t g = 0; g < tick_aggregate_groups(table); g++)
	{
		TickGroup  *group = tick_aggregate_group(table, g);
		char		text[160];
		int			i = 0;

		group_key_text(plan, table, group, text);
		while (i < group_count && strcmp(groups[i].key, text) != 0)
			i++;
		for (int a = 0; i < group_count && a < plan->accumulators; a++)
			wrong += !agrees(plan, a, group, &groups[i].truth[a]);
		wrong += i == group_count;
	}
	return wrong;
}

static int
mismatches(const TickAggregatePlan *plan, TickAggregateTable *table)
{
	return wrong_groups(plan, table) + (tick_aggregate_groups(table) != (uint64_t) group_count);
}

/* ---- four ways to compute it ---- */

static void
by_run(const TickAggregatePlan *plan, TickSegmentReader *reader, const TickSegmentRange *range, int threads, bool job_by_job)
{
	TickAggregateSegment *segment;
	TickAggregateTable *table;
	TickAggregateTable *taken;
	TickAggregateRun *run;
	const TickAggregateTable *found = NULL;
	TickError	error = {0};
	uint32_t	g = 0;

	CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, plan, &error), TICK_OK);
	CHECK_INT(tick_aggregate_table_create(&taken, &tick_memory_malloc, plan, &error), TICK_OK);
	CHECK_INT(tick_aggregate_segment_create(&segment, &tick_memory_malloc, plan, reader,
											filter.kind == TICK_FILTER_TRUE ? NULL : &filter, 77, &error), TICK_OK);
	CHECK_INT(tick_aggregate_run_create(&run, plan, table, threads, &error), TICK_OK);
	for (;;)
	{
		while (g < tick_segment_row_groups(reader) && (!job_by_job || tick_aggregate_run_has_room(run)))
		{
			if (tick_aggregate_may_match(segment, g))
				CHECK_INT(tick_aggregate_run_add(run, segment, g, range, 2, &error), TICK_OK);
			g++;
		}
		if (!job_by_job)
			break;
		CHECK_INT(tick_aggregate_run_take(run, &found, &error), TICK_OK);
		if (found == NULL)
			break;
		/* a job's groups have keys as the table's; put together they are what a fold gives */
		for (uint64_t i = 0; i < tick_aggregate_groups(found); i++)
		{
			TickGroup  *from = tick_aggregate_group(found, i);
			TickGroup  *to;
			int64_t		key[TICK_MAX_KEYS];

			memcpy(key, from->key, plan->keys * sizeof(int64_t));
			for (int k = 0; k < plan->keys; k++)
				if (!(from->nulls >> k & 1) && plan->key[k].kind != TICK_KEY_PARTITION && wanted[plan->key[k].column].type == TICK_TEXT)
					CHECK_INT(tick_aggregate_text_number(taken, tick_aggregate_text(table, key[k]), &key[k], &error), TICK_OK);
			CHECK_INT(tick_aggregate_find(taken, key, from->nulls, &to, &error), TICK_OK);
			CHECK(tick_aggregate_same_keys(plan, from, from));
			for (int a = 0; a < plan->accumulators; a++)
				CHECK_INT(tick_aggregate_combine(plan, a, tick_group_state(plan, to, a), tick_group_state(plan, from, a), &error), TICK_OK);
		}
		tick_aggregate_run_release(run);
	}
	CHECK_INT(tick_aggregate_run_finish(run, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	CHECK_INT(mismatches(plan, job_by_job ? taken : table), 0);
	tick_aggregate_run_free(run);
	tick_aggregate_segment_free(segment);
	tick_aggregate_table_free(table);
	tick_aggregate_table_free(taken);
}

/* In four passes, each for a part of the groups; the first half of the rows is met before it is known how many passes there are. */
static void
by_parts(const TickAggregatePlan *plan, TickSegmentReader *reader, const TickSegmentRange *range)
{
	uint64_t	met = 0;
	size_t		most = 0;

	for (uint32_t part = 0; part < 4; part++)
	{
		TickAggregateSegment *segment;
		TickAggregateTable *table;
		TickAggregateRun *run;
		TickError	error = {0};
		uint32_t	half = tick_segment_row_groups(reader) / 2;

		CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, plan, &error), TICK_OK);
		CHECK_INT(tick_aggregate_segment_create(&segment, &tick_memory_malloc, plan, reader,
												filter.kind == TICK_FILTER_TRUE ? NULL : &filter, 77, &error), TICK_OK);
		CHECK_INT(tick_aggregate_run_create(&run, plan, table, 2, &error), TICK_OK);
		for (uint32_t g = 0; g < tick_segment_row_groups(reader); g++)
		{
			if (g == half)
			{
				CHECK_INT(tick_aggregate_run_finish(run, &error), TICK_OK);
				most = tick_aggregate_table_memory(table);
				tick_aggregate_table_part(table, part, 4);
				CHECK_INT(tick_aggregate_table_shrink(table, &error), TICK_OK);
				if (part % 2 == 0)
					CHECK_INT(tick_aggregate_table_pack(table, &error), TICK_OK);
				CHECK(tick_aggregate_table_memory(table) <= most);
			}
			CHECK_INT(tick_aggregate_run_add(run, segment, g, range, 2, &error), TICK_OK);
		}
		CHECK_INT(tick_aggregate_run_finish(run, &error), TICK_OK);
		CHECK_INT(wrong_groups(plan, table), 0);
		met += tick_aggregate_groups(table);
		tick_aggregate_run_free(run);
		tick_aggregate_segment_free(segment);
		tick_aggregate_table_free(table);
	}
	CHECK_INT(met, group_count);
}

static TickVector fed_vector[WANTED];

static TickStatus
fed_column(void *context, int column, const TickVector **vector, TickError *error)
{
	*vector = &fed_vector[column];
	return TICK_OK;
}

static void
by_feeding(const TickAggregatePlan *plan, const TickSegmentRange *range, uint64_t *seed)
{
	TickAggregateTable *table;
	TickAggregateJob *job;
	TickAggregateCounters counters = {0};
	TickError	error = {0};
	uint64_t   *keep = calloc(tick_bit_words(model.rows + 1), sizeof(uint64_t));

	for (int c = 0; c < WANTED; c++)
	{
		TickVector *vector = &fed_vector[c];

		CHECK_INT(tick_vector_init(vector, &tick_memory_malloc, wanted[c].type, wanted[c].scale, model.rows + 64, true, NULL), TICK_OK);
		for (uint32_t r = 0; r < model.rows; r++)
		{
			const Value *value = &plain[r].value[c];

			if (value->null)
				tick_bit_clear(vector->validity, r);
			else
				tick_bit_set(vector->validity, r);
			if (vector->type == TICK_TEXT)
				vector->text[r] = value_string(value);
			else if (vector->type == TICK_DOUBLE)
				vector->f64[r] = value->f64;
			else
				vector->i64[r] = value->i64;
		}
	}
	for (uint32_t r = 0; r < model.rows; r++)
		if ((r < range[0].end || r >= range[1].first) && passes(&filter, &plain[r]) == 1)
			tick_bit_set(keep, r);
	CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, plan, &error), TICK_OK);
	CHECK_INT(tick_aggregate_job_create(&job, plan, &error), TICK_OK);
	for (uint32_t first = 0; first < model.rows;)
	{
		TickAggregateBatch batch = {.column = fed_column, .first = first, .keep = keep, .partition = 77};

		batch.span = 1 + (uint32_t) (unit_random(seed) % TICK_BATCH_ROWS);
		if (batch.span > model.rows - first)
			batch.span = model.rows - first;
		CHECK_INT(tick_aggregate_job_feed(job, &batch, &error), TICK_OK);
		if (unit_random(seed) % 4 == 0)
			CHECK_INT(tick_aggregate_fold(table, job, &counters, &error), TICK_OK);
		first += batch.span;
	}
	CHECK_INT(tick_aggregate_fold(table, job, &counters, &error), TICK_OK);
	CHECK_TEXT(error.message, "");
	CHECK_INT(mismatches(plan, table), 0);
	tick_aggregate_job_free(job);
	tick_aggregate_table_free(table);
	for (int c = 0; c < WANTED; c++)
		tick_vector_free(&fed_vector[c], &tick_memory_malloc);
	free(keep);
}

static void
test_random(void)
{
	uint64_t	seed = 41;

	groups = malloc(MOST_GROUPS * sizeof(Group));
	for (int round = 0; round < 300; round++)
	{
		TickBuffer	image;
		TickSegmentOptions options = {.row_group_rows = 500 + (uint32_t) (unit_random(&seed) % 2000)};
		TickSegmentSummary summary;
		TickSegmentReader *reader;
		TickAggregatePlan plan;
		TickSegmentRange range[2];
		TickError	error = {0};

		make_rows(&seed, 1 + (uint32_t) (unit_random(&seed) % 4000));
		CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
		CHECK_INT(tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(&image), NULL, &error), TICK_OK);
		random_plan(&plan, &seed);
		random_keys(&plan, &seed);
		tick_aggregate_plan_finish(&plan);
		random_filter(&seed);
		range[0] = (TickSegmentRange) {0, round % 3 == 0 ? unit_random(&seed) % (model.rows + 1) : model.rows};
		range[1] = (TickSegmentRange) {range[0].end + (model.rows - range[0].end) / 2, model.rows};
		make_truth(&plan, range, 2);
		by_run(&plan, reader, range, 1 + round % 3, false);
		by_run(&plan, reader, range, 1 + round % 2, true);
		by_parts(&plan, reader, range);
		by_feeding(&plan, range, &seed);
		tick_segment_reader_close(reader);
		tick_buffer_free(&image);
		free(plain);
		model_free(&model);
	}
	free(groups);
}

/* ---- what is out of range ---- */

/* Sum, moments or first value of an expression over rows of X and Y: how it ends, and with what words. */
static void
check_range(const char *expected, TickAccumulatorKind kind, TickTermKind operation, double x, double y)
{
	uint64_t	seed = 3;
	TickBuffer	image;
	TickSegmentOptions options = {0};
	TickSegmentSummary summary;
	TickSegmentReader *reader;
	TickAggregatePlan plan;
	TickAggregateTable *table;
	TickAggregateSegment *segment;
	TickAggregateRun *run;
	TickSegmentRange range = {0, 1500};
	TickError	error = {0};
	TickStatus	status;

	make_rows(&seed, 1500);
	for (uint32_t r = 0; r < model.rows; r++)
	{
		model.row[r].value[X] = (Value) {.f64 = r % 700 == 699 ? x : 1 + r / 3.0};
		model.row[r].value[Y] = (Value) {.f64 = r % 700 == 699 ? y : 2};
	}
	CHECK_INT(model_write(&model, &options, &seed, &image, &summary, &error), TICK_OK);
	CHECK_INT(tick_segment_reader_open(&reader, &tick_memory_malloc, image_source(&image), NULL, &error), TICK_OK);
	memset(&plan, 0, sizeof(plan));
	plan = (TickAggregatePlan) {.columns = WANTED, .column = wanted, .expressions = 1, .expression = expressions,
		.accumulators = 1, .accumulator = accumulators, .time = TIME};
	expressions[0].terms = 0;
	add_column(&expressions[0], X);
	add_column(&expressions[0], Y);
	add_term(&expressions[0], (TickTerm) {.kind = operation, .type = TICK_DOUBLE, .left = 0, .right = 1});
	accumulators[0] = (TickAccumulator) {.kind = kind, .expression = 0, .also = -1, .time = TIME};
	tick_aggregate_plan_finish(&plan);
	CHECK_INT(tick_aggregate_table_create(&table, &tick_memory_malloc, &plan, &error), TICK_OK);
	CHECK_INT(tick_aggregate_segment_create(&segment, &tick_memory_malloc, &plan, reader, NULL, 0, &error), TICK_OK);
	CHECK_INT(tick_aggregate_run_create(&run, &plan, table, 1, &error), TICK_OK);
	status = tick_aggregate_run_add(run, segment, 0, &range, 1, &error);
	if (status == TICK_OK)
		status = tick_aggregate_run_finish(run, &error);
	CHECK_INT(status, expected[0] == '\0' ? TICK_OK : TICK_OUT_OF_RANGE);
	CHECK_TEXT(error.message, expected);
	tick_aggregate_run_free(run);
	tick_aggregate_segment_free(segment);
	tick_aggregate_table_free(table);
	tick_segment_reader_close(reader);
	tick_buffer_free(&image);
	free(plain);
	model_free(&model);
}

static void
test_ranges(void)
{
	static const char overflow[] = "value out of range: overflow";
	static const TickAccumulatorKind kinds[] = {TICK_SUM, TICK_FIRST, TICK_MOMENTS};

	for (int k = 0; k < 3; k++)
	{
		check_range(overflow, kinds[k], TICK_TERM_MULTIPLY, 1e200, 1e200);
		check_range(overflow, kinds[k], TICK_TERM_ADD, 1.7e308, 1.7e308);
		check_range(overflow, kinds[k], TICK_TERM_SUBTRACT, -1.7e308, 1.7e308);
		check_range("value out of range: underflow", kinds[k], TICK_TERM_MULTIPLY, 1e-200, 1e-200);
		check_range("", kinds[k], TICK_TERM_MULTIPLY, 0, 1e-200);
		check_range("", kinds[k], TICK_TERM_ADD, 1.0 / 0.0, 1e200);
		check_range("", kinds[k], TICK_TERM_SUBTRACT, 0.0 / 0.0, 1e200);
	}
	/* each value is in range, two of them together are not */
	check_range(overflow, TICK_SUM, TICK_TERM_ADD, 1.2e308, 1);
	check_range(overflow, TICK_MOMENTS, TICK_TERM_ADD, 1.2e308, 1);
}

int
main(void)
{
	RUN(test_random);
	RUN(test_ranges);
	return unit_report("aggregate_expression");
}
