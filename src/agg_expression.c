/*-------------------------------------------------------------------------
 *
 * agg_expression.c
 *	  Arguments of aggregates as expressions of the core.
 *
 * Columns, constants, conversions that lose nothing, and +, - and * of
 * integers, doubles, and numerics that stay within 18 digits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "agg_internal.h"

/* Digits that an integer type may have; decimals stay within MAX_DIGITS. */
#define MAX_DIGITS 18

typedef struct Compiler
{
	const TickAggScope *scope;
	TickExpression *expression;
	int			digits[TICK_MAX_TERMS]; /* of integers and decimals, those after the point too */
} Compiler;

static int	compile(Compiler *c, Node *node);

const TickAttribute *
TickAggColumn(const TickAggScope *scope, Node *node)
{
	Var		   *var = (Var *) node;
	const TickAttribute *attribute;

	while (IsA(node, RelabelType) &&
		   (exprType(node) == TEXTOID || exprType(node) == VARCHAROID))
		node = (Node *) ((RelabelType *) node)->arg;
	var = (Var *) node;
	if (!IsA(var, Var) || var->varno != scope->relid || var->varlevelsup != 0 ||
		var->varattno < 1 || var->varattno > scope->dataset->attributes)
		return NULL;
	attribute = &scope->dataset->attribute[var->varattno - 1];
	if (attribute->kind == TICK_ATTRIBUTE_DROPPED || attribute->column < 0 || attribute->type != var->vartype)
		return NULL;
	return attribute;
}

/* A new term at the end; -1 when there is no room. */
static int
add_term(Compiler *c, TickTermKind kind, TickType type, int digits)
{
	TickTerm   *term;

	if (c->expression->terms >= TICK_MAX_TERMS)
		return -1;
	c->digits[c->expression->terms] = digits;
	term = &c->expression->term[c->expression->terms];
	memset(term, 0, sizeof(*term));
	term->kind = kind;
	term->type = type;
	term->low = PG_INT64_MIN;
	term->high = PG_INT64_MAX;
	return c->expression->terms++;
}

static int
digits_of_integer(Oid type)
{
	return type == INT2OID ? 5 : type == INT4OID ? 10 : 19;
}

/* A column as an operand of arithmetic. */
static int
compile_column(Compiler *c, const TickAttribute *attribute)
{
	const TickColumn *column = &c->scope->dataset->schema.column[attribute->column];
	int			term;

	switch (attribute->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			term = add_term(c, TICK_TERM_COLUMN, TICK_INT, digits_of_integer(attribute->type));
			break;
		case FLOAT4OID:
		case FLOAT8OID:
			term = add_term(c, TICK_TERM_COLUMN, TICK_DOUBLE, 0);
			break;
		case NUMERICOID:
			if (column->type != TICK_DECIMAL)
				return -1;
			term = add_term(c, TICK_TERM_COLUMN, TICK_DECIMAL, ((attribute->typmod - VARHDRSZ) >> 16) & 0xffff);
			if (term >= 0)
				c->expression->term[term].scale = column->scale;
			break;
		default:
			return -1;
	}
	if (term >= 0)
		c->expression->term[term].column = attribute->column;
	return term;
}

static int
compile_constant(Compiler *c, Const *constant)
{
	int			term;

	if (constant->constisnull)
		return -1;
	switch (constant->consttype)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			term = add_term(c, TICK_TERM_CONSTANT, TICK_INT, digits_of_integer(constant->consttype));
			if (term >= 0)
				c->expression->term[term].i64 = constant->consttype == INT2OID ? DatumGetInt16(constant->constvalue) :
					constant->consttype == INT4OID ? DatumGetInt32(constant->constvalue) : DatumGetInt64(constant->constvalue);
			return term;
		case FLOAT8OID:
			term = add_term(c, TICK_TERM_CONSTANT, TICK_DOUBLE, 0);
			if (term >= 0)
				c->expression->term[term].f64 = DatumGetFloat8(constant->constvalue);
			return term;
		default:
			return -1;
	}
}

/* A conversion that loses nothing. */
static int
compile_conversion(Compiler *c, FuncExpr *function)
{
	int			from;
	int			term;

	switch (function->funcid)
	{
		case F_INT8_INT4:
		case F_INT8_INT2:
		case F_INT4_INT2:
		case F_FLOAT8_FLOAT4:
			return compile(c, linitial(function->args));
		case F_FLOAT8_INT2:
		case F_FLOAT8_INT4:
		case F_FLOAT8_INT8:
			from = compile(c, linitial(function->args));
			term = from < 0 ? -1 : add_term(c, TICK_TERM_CONVERT, TICK_DOUBLE, 0);
			break;
		case F_NUMERIC_INT2:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT8:
			from = compile(c, linitial(function->args));
			term = from < 0 ? -1 : add_term(c, TICK_TERM_CONVERT, TICK_DECIMAL, c->digits[from]);
			break;
		default:
			return -1;
	}
	if (term >= 0)
		c->expression->term[term].left = from;
	return term;
}

/* What arithmetic a function does. */
static bool
arithmetic_of(Oid function, TickTermKind *kind)
{
	switch (function)
	{
		case F_INT2PL:
		case F_INT4PL:
		case F_INT8PL:
		case F_INT24PL:
		case F_INT42PL:
		case F_INT48PL:
		case F_INT84PL:
		case F_INT28PL:
		case F_INT82PL:
		case F_FLOAT8PL:
		case F_FLOAT48PL:
		case F_FLOAT84PL:
		case F_NUMERIC_ADD:
			*kind = TICK_TERM_ADD;
			return true;
		case F_INT2MI:
		case F_INT4MI:
		case F_INT8MI:
		case F_INT24MI:
		case F_INT42MI:
		case F_INT48MI:
		case F_INT84MI:
		case F_INT28MI:
		case F_INT82MI:
		case F_FLOAT8MI:
		case F_FLOAT48MI:
		case F_FLOAT84MI:
		case F_NUMERIC_SUB:
			*kind = TICK_TERM_SUBTRACT;
			return true;
		case F_INT2MUL:
		case F_INT4MUL:
		case F_INT8MUL:
		case F_INT24MUL:
		case F_INT42MUL:
		case F_INT48MUL:
		case F_INT84MUL:
		case F_INT28MUL:
		case F_INT82MUL:
		case F_FLOAT8MUL:
		case F_FLOAT48MUL:
		case F_FLOAT84MUL:
		case F_NUMERIC_MUL:
			*kind = TICK_TERM_MULTIPLY;
			return true;
		default:
			return false;
	}
}

/* Digits and scale of a numeric operation's result; false when 18 digits may not do. */
static bool
decimal_result(Compiler *c, TickTermKind kind, int left, int right, int *digits, uint8 *scale)
{
	int			a = c->expression->term[left].scale;
	int			b = c->expression->term[right].scale;

	if (kind == TICK_TERM_MULTIPLY)
	{
		*scale = (uint8) (a + b);
		*digits = c->digits[left] + c->digits[right];
	}
	else
	{
		*scale = (uint8) Max(a, b);
		*digits = Max(c->digits[left] - a, c->digits[right] - b) + 1 + *scale;
	}
	return *digits <= MAX_DIGITS;
}

static int
compile_arithmetic(Compiler *c, OpExpr *op)
{
	TickTermKind kind;
	int			left,
				right,
				term;
	int			digits = digits_of_integer(op->opresulttype);
	uint8		scale = 0;
	TickType	type = op->opresulttype == FLOAT8OID ? TICK_DOUBLE :
		op->opresulttype == NUMERICOID ? TICK_DECIMAL : TICK_INT;

	if (list_length(op->args) != 2 || !arithmetic_of(get_opcode(op->opno), &kind))
		return -1;
	left = compile(c, linitial(op->args));
	right = left < 0 ? -1 : compile(c, lsecond(op->args));
	if (right < 0 || (type == TICK_DECIMAL && !decimal_result(c, kind, left, right, &digits, &scale)))
		return -1;
	term = add_term(c, kind, type, digits);
	if (term < 0)
		return -1;
	c->expression->term[term].left = left;
	c->expression->term[term].right = right;
	c->expression->term[term].scale = scale;
	if (op->opresulttype == INT4OID || op->opresulttype == INT2OID)
	{
		c->expression->term[term].low = op->opresulttype == INT4OID ? PG_INT32_MIN : PG_INT16_MIN;
		c->expression->term[term].high = op->opresulttype == INT4OID ? PG_INT32_MAX : PG_INT16_MAX;
	}
	return term;
}

/* Term of an operand of arithmetic, or -1. */
static int
compile(Compiler *c, Node *node)
{
	const TickAttribute *attribute;

	switch (nodeTag(node))
	{
		case T_Var:
			attribute = TickAggColumn(c->scope, node);
			return attribute != NULL ? compile_column(c, attribute) : -1;
		case T_Const:
			return compile_constant(c, (Const *) node);
		case T_FuncExpr:
			return compile_conversion(c, (FuncExpr *) node);
		case T_OpExpr:
			return compile_arithmetic(c, (OpExpr *) node);
		default:
			return -1;
	}
}

bool
TickAggExpression(const TickAggScope *scope, Node *node, TickExpression *expression)
{
	const TickAttribute *attribute = TickAggColumn(scope, node);
	Compiler	c = {.scope = scope,.expression = expression};

	expression->terms = 0;
	if (attribute != NULL)
	{
		const TickColumn *column = &scope->dataset->schema.column[attribute->column];
		int			term = add_term(&c, TICK_TERM_COLUMN, column->type, 0);

		expression->term[term].column = attribute->column;
		expression->term[term].scale = column->scale;
		return true;
	}
	return compile(&c, node) >= 0;
}
