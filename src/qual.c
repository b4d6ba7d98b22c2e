/*-------------------------------------------------------------------------
 *
 * qual.c
 *	  Which conditions can be pushed into a scan, and their shape.
 *
 * One function family, analyse(), turns an expression into a tree of
 * TickQualNodes or says that it cannot; planning asks only whether, the
 * executor keeps the tree.  So both always agree.  What the tree's constants
 * become is in qual_build.c.
 *
 * Comparisons are known by their btree operator family, never by name:
 * within a family every operator compares the way the column's order does,
 * across types too.  Cross-type comparisons are taken where the constant can
 * be brought to the column's side without a change of meaning.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "parser/parse_clause.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "compat.h"
#include "qual.h"

/* Not in any installed header: pg_opfamily_d.h names only some families. */
#define TIME_BTREE_FAMILY 1996
#define DATETIME_BTREE_FAMILY 434
#define NUMERIC_BTREE_FAMILY 1988
#define FLOAT_BTREE_FAMILY 1970

/* What analysis needs to know of its surroundings. */
typedef struct QualScope
{
	const TickDataset *dataset;
	Index		relid;
} QualScope;

static TickQualNode *analyse(const QualScope *scope, Node *node);

static TickQualNode *
make_node(TickQualKind kind)
{
	TickQualNode *node = palloc0(sizeof(TickQualNode));

	node->kind = kind;
	return node;
}

static bool
mentions_walker(Node *node, const QualScope *scope)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == scope->relid && ((Var *) node)->varlevelsup == 0;
	return expression_tree_walker(node, mentions_walker, (void *) scope);
}

/* Has the expression a column of the scope's relation? */
static bool
mentions_relation(const QualScope *scope, Node *node)
{
	return mentions_walker(node, scope);
}

/* May the expression be evaluated once, before the scan? */
static bool
is_constant_side(const QualScope *scope, Node *node)
{
	return !mentions_relation(scope, node) &&
		!contain_volatile_functions(node) &&
		!contain_subplans(node);
}

/* The column of the dataset that an expression is, or NULL. */
static const TickAttribute *
column_of(const QualScope *scope, Node *node)
{
	Var		   *var = (Var *) node;
	const TickAttribute *attribute;

	if (!IsA(node, Var) || var->varno != scope->relid || var->varlevelsup != 0 ||
		var->varattno < 1 || var->varattno > scope->dataset->attributes)
		return NULL;
	attribute = &scope->dataset->attribute[var->varattno - 1];
	if (attribute->kind == TICK_ATTRIBUTE_DROPPED || attribute->column < 0 || attribute->type != var->vartype)
		return NULL;
	return attribute;
}

/* A column seen through a function that the core knows, which is noted in *qual. */
static const TickAttribute *
function_side(const QualScope *scope, FuncExpr *function, TickQualNode *qual)
{
	const TickAttribute *attribute;
	Node	   *argument;

	if (function->funcid == F_DATE_TIMESTAMP || function->funcid == F_DATE_TIMESTAMPTZ)
	{
		qual->as_date = true;
		argument = linitial(function->args);
	}
	else
		argument = TickQualKnowFunction(function, qual);
	attribute = argument != NULL ? column_of(scope, argument) : NULL;
	if (attribute == NULL || !OidIsValid(TickQualFunctionFamily(qual, attribute)))
		return NULL;
	return attribute;
}

/* The column that a side of a comparison is, seen through the relabelling of varchar as text and through functions. */
static const TickAttribute *
column_side(const QualScope *scope, Node *node, TickQualNode *qual)
{
	qual->as_date = false;
	qual->function = TICK_FUNCTION_NONE;
	while (IsA(node, RelabelType))
	{
		RelabelType *relabel = (RelabelType *) node;
		Oid			from = exprType((Node *) relabel->arg);

		if ((relabel->resulttype != TEXTOID && relabel->resulttype != VARCHAROID) ||
			(from != TEXTOID && from != VARCHAROID))
			return NULL;
		node = (Node *) relabel->arg;
	}
	if (IsA(node, FuncExpr))
		return function_side(scope, (FuncExpr *) node, qual);
	return column_of(scope, node);
}

static TickType
core_type_of(const QualScope *scope, const TickAttribute *attribute)
{
	return scope->dataset->schema.column[attribute->column].type;
}

/* The btree family that orders a column, InvalidOid when the core does not compare it. */
static Oid
family_of(const QualScope *scope, const TickAttribute *attribute)
{
	switch (attribute->kind)
	{
		case TICK_ATTRIBUTE_STAMP_US:
		case TICK_ATTRIBUTE_DATE:
			return DATETIME_BTREE_FAMILY;
		case TICK_ATTRIBUTE_STAMP_NS:
		case TICK_ATTRIBUTE_LOAD_ID:
			return INTEGER_BTREE_FAM_OID;
		case TICK_ATTRIBUTE_STORED:
			break;
		case TICK_ATTRIBUTE_DROPPED:
			return InvalidOid;
	}
	switch (core_type_of(scope, attribute))
	{
		case TICK_BOOL:
			return BOOL_BTREE_FAM_OID;
		case TICK_INT:
			return INTEGER_BTREE_FAM_OID;
		case TICK_DOUBLE:
			return FLOAT_BTREE_FAMILY;
		case TICK_DECIMAL:
			return NUMERIC_BTREE_FAMILY;
		case TICK_DATE:
		case TICK_STAMP:
			return DATETIME_BTREE_FAMILY;
		case TICK_TIME:
			return TIME_BTREE_FAMILY;
		case TICK_TEXT:
			if (attribute->type == TEXTOID || attribute->type == VARCHAROID)
				return TEXT_BTREE_FAM_OID;
			/* digits, of an unbounded numeric */
			if (attribute->type == NUMERICOID)
				return NUMERIC_BTREE_FAMILY;
			break;
	}
	return InvalidOid;
}

/*
 * Can a constant of the type be brought to the column's side?  A naive stamp
 * against timestamptz cannot: PostgreSQL converts the column, row by row, by
 * the session's zone, and that is not monotone where clocks go back.
 */
static bool
type_fits(const TickAttribute *attribute, bool as_date, Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case TIMEOID:
		case TEXTOID:
		case DATEOID:
			return true;
		case TIMESTAMPOID:
			return true;
		case TIMESTAMPTZOID:
			return attribute->type == TIMESTAMPTZOID && !as_date;
		default:
			return false;
	}
}

/*
 * How operator opno, with the column on the given side, compares it, if it
 * does: by its strategy in the family, <> by that of its negator.
 */
static bool
operator_compares(Oid opno, Oid family, bool column_left, TickCompare *compare, Oid *constant_type)
{
	int			strategy = get_op_opfamily_strategy(opno, family);
	Oid			left,
				right;

	op_input_types(opno, &left, &right);
	*constant_type = column_left ? right : left;
	switch (strategy)
	{
		case BTLessStrategyNumber:
			*compare = column_left ? TICK_LT : TICK_GT;
			return true;
		case BTLessEqualStrategyNumber:
			*compare = column_left ? TICK_LE : TICK_GE;
			return true;
		case BTEqualStrategyNumber:
			*compare = TICK_EQ;
			return true;
		case BTGreaterEqualStrategyNumber:
			*compare = column_left ? TICK_GE : TICK_LE;
			return true;
		case BTGreaterStrategyNumber:
			*compare = column_left ? TICK_GT : TICK_LT;
			return true;
		default:
			break;
	}
	*compare = TICK_NE;
	return OidIsValid(get_negator(opno)) &&
		get_op_opfamily_strategy(get_negator(opno), family) == BTEqualStrategyNumber;
}

/* Text is compared byte by byte: equality under any deterministic collation, order under "C" alone. */
static bool
collation_fits(TickCompare compare, Oid collation)
{
	if (compare == TICK_EQ || compare == TICK_NE)
		return OidIsValid(collation) && get_collation_isdeterministic(collation);
	return TickCollationIsC(collation);
}

/* Is the attribute compared by operator opno in a way that the core knows?  Fills the node. */
static bool
fill_comparison(const QualScope *scope, TickQualNode *node, Oid opno, Oid collation, bool column_left)
{
	bool		plain = node->function == TICK_FUNCTION_NONE;
	Oid			family = plain ? family_of(scope, node->attribute) : TickQualFunctionFamily(node, node->attribute);

	if (!OidIsValid(family) ||
		!operator_compares(opno, family, column_left, &node->compare, &node->type) ||
		!(plain ? type_fits(node->attribute, node->as_date, node->type) :
		  TickQualFunctionFits(node, node->attribute, node->type)))
		return false;
	return family != TEXT_BTREE_FAM_OID || collation_fits(node->compare, collation);
}

/*
 * column LIKE pattern and its negation.  The core's _ is one UTF-8
 * character, so other encodings are left alone.
 */
static TickQualNode *
analyse_like(const QualScope *scope, OpExpr *op)
{
	bool		negated = op->opno == OID_TEXT_LIKE_OP ? false : true;
	TickQualNode *like = make_node(TICK_QUAL_LIKE);
	TickQualNode *not;

	like->attribute = column_side(scope, linitial(op->args), like);
	like->constant = lsecond(op->args);
	if (like->attribute == NULL || like->as_date || like->function != TICK_FUNCTION_NONE || GetDatabaseEncoding() != PG_UTF8 ||
		family_of(scope, like->attribute) != TEXT_BTREE_FAM_OID ||
		!is_constant_side(scope, (Node *) like->constant) ||
		!OidIsValid(op->inputcollid) || !get_collation_isdeterministic(op->inputcollid))
		return NULL;
	if (!negated)
		return like;
	not = make_node(TICK_QUAL_NOT);
	not->children = list_make1(like);
	return not;
}

/* column op constant, either way round */
static TickQualNode *
analyse_comparison(const QualScope *scope, OpExpr *op)
{
	TickQualNode *node;
	Node	   *left,
			   *right;
	bool		column_left = true;

	if (list_length(op->args) != 2)
		return NULL;
	if (op->opno == OID_TEXT_LIKE_OP || get_negator(op->opno) == OID_TEXT_LIKE_OP)
		return analyse_like(scope, op);
	node = make_node(TICK_QUAL_COMPARE);
	left = linitial(op->args);
	right = lsecond(op->args);
	node->attribute = column_side(scope, left, node);
	if (node->attribute == NULL)
	{
		column_left = false;
		node->attribute = column_side(scope, right, node);
	}
	node->constant = (Expr *) (column_left ? right : left);
	if (node->attribute == NULL || !is_constant_side(scope, (Node *) node->constant) ||
		!fill_comparison(scope, node, op->opno, op->inputcollid, column_left))
		return NULL;
	return node;
}

/* column IS DISTINCT FROM constant */
static TickQualNode *
analyse_distinct(const QualScope *scope, DistinctExpr *op)
{
	OpExpr		equal = *(OpExpr *) op;
	TickQualNode *node;

	/* the operator is =; the same with <> */
	equal.xpr.type = T_OpExpr;
	node = analyse_comparison(scope, &equal);
	if (node == NULL || node->kind != TICK_QUAL_COMPARE || node->compare != TICK_EQ)
		return NULL;
	node->compare = TICK_NE;
	node->distinct = true;
	return node;
}

/* column op ANY or ALL (array) */
static TickQualNode *
analyse_array(const QualScope *scope, ScalarArrayOpExpr *op)
{
	TickQualNode *node = make_node(TICK_QUAL_ARRAY);

	node->attribute = column_side(scope, linitial(op->args), node);
	node->constant = lsecond(op->args);
	node->all = !op->useOr;
	if (node->attribute == NULL || !is_constant_side(scope, (Node *) node->constant) ||
		!fill_comparison(scope, node, op->opno, op->inputcollid, true))
		return NULL;
	return node;
}

static TickQualNode *
analyse_bool(const QualScope *scope, BoolExpr *expr)
{
	TickQualNode *node = make_node(expr->boolop == AND_EXPR ? TICK_QUAL_AND :
								   expr->boolop == OR_EXPR ? TICK_QUAL_OR : TICK_QUAL_NOT);
	ListCell   *cell;

	foreach(cell, expr->args)
	{
		TickQualNode *child = analyse(scope, lfirst(cell));

		if (child == NULL)
			return NULL;
		node->children = lappend(node->children, child);
	}
	return node;
}

static TickQualNode *
is_null_node(const TickAttribute *attribute)
{
	TickQualNode *node = make_node(TICK_QUAL_IS_NULL);

	node->attribute = attribute;
	return node;
}

static TickQualNode *
negation_of(TickQualNode *child)
{
	TickQualNode *node = make_node(TICK_QUAL_NOT);

	node->children = list_make1(child);
	return node;
}

static TickQualNode *
analyse_null_test(const QualScope *scope, NullTest *test)
{
	const TickAttribute *attribute = column_of(scope, (Node *) test->arg);
	TickQualNode *node;

	if (attribute == NULL || test->argisrow)
		return NULL;
	node = is_null_node(attribute);
	return test->nulltesttype == IS_NULL ? node : negation_of(node);
}

/* A boolean column as a condition. */
static TickQualNode *
boolean_column(const QualScope *scope, Node *expr)
{
	const TickAttribute *attribute = column_of(scope, expr);
	TickQualNode *node;

	if (attribute == NULL || family_of(scope, attribute) != BOOL_BTREE_FAM_OID)
		return NULL;
	node = make_node(TICK_QUAL_BOOLEAN);
	node->attribute = attribute;
	return node;
}

/* column IS [NOT] TRUE, FALSE or UNKNOWN: never null themselves */
static TickQualNode *
analyse_boolean_test(const QualScope *scope, BooleanTest *test)
{
	TickQualNode *column = boolean_column(scope, (Node *) test->arg);
	TickQualNode *is_null;
	TickQualNode *node;
	bool		wants_true;

	if (column == NULL)
		return NULL;
	is_null = is_null_node(column->attribute);
	if (test->booltesttype == IS_UNKNOWN)
		return is_null;
	if (test->booltesttype == IS_NOT_UNKNOWN)
		return negation_of(is_null);
	wants_true = test->booltesttype == IS_TRUE || test->booltesttype == IS_NOT_TRUE;
	node = make_node(TICK_QUAL_AND);
	node->children = list_make2(negation_of(is_null), wants_true ? column : negation_of(column));
	if (test->booltesttype == IS_TRUE || test->booltesttype == IS_FALSE)
		return node;
	return negation_of(node);
}

/* The node of an expression, or NULL when the core cannot evaluate it. */
static TickQualNode *
analyse(const QualScope *scope, Node *expr)
{
	TickQualNode *node = NULL;

	if (expr == NULL)
		return NULL;
	if (!mentions_relation(scope, expr))
	{
		if (exprType(expr) != BOOLOID || !is_constant_side(scope, expr))
			return NULL;
		node = make_node(TICK_QUAL_CONSTANT);
		node->constant = (Expr *) expr;
		return node;
	}
	switch (nodeTag(expr))
	{
		case T_BoolExpr:
			return analyse_bool(scope, (BoolExpr *) expr);
		case T_OpExpr:
			return analyse_comparison(scope, (OpExpr *) expr);
		case T_DistinctExpr:
			return analyse_distinct(scope, (DistinctExpr *) expr);
		case T_ScalarArrayOpExpr:
			return analyse_array(scope, (ScalarArrayOpExpr *) expr);
		case T_NullTest:
			return analyse_null_test(scope, (NullTest *) expr);
		case T_BooleanTest:
			return analyse_boolean_test(scope, (BooleanTest *) expr);
		case T_Var:
			return boolean_column(scope, expr);
		default:
			return NULL;
	}
}

bool
TickQualPushable(const TickDataset *dataset, Index relid, Expr *clause)
{
	QualScope	scope = {dataset, relid};

	return analyse(&scope, (Node *) clause) != NULL;
}

const TickAttribute *
TickQualEquality(const TickDataset *dataset, Index relid, Expr *clause, int *values)
{
	QualScope	scope = {dataset, relid};
	TickQualNode *node = analyse(&scope, (Node *) clause);

	if (node == NULL || node->compare != TICK_EQ || node->all || node->function != TICK_FUNCTION_NONE ||
		(node->kind != TICK_QUAL_COMPARE && node->kind != TICK_QUAL_ARRAY))
		return NULL;
	*values = 1;
	if (node->kind == TICK_QUAL_ARRAY)
	{
		Const	   *constant = (Const *) node->constant;

		*values = 10;
		if (IsA(constant, Const) && !constant->constisnull)
		{
			ArrayType  *array = DatumGetArrayTypeP(constant->constvalue);

			*values = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
		}
		else if (IsA(constant, ArrayExpr))
			*values = list_length(((ArrayExpr *) constant)->elements);
	}
	return node->attribute;
}

/* Are all tests below the node on the time column? */
static bool
tests_only_time(const TickDataset *dataset, const TickQualNode *node)
{
	ListCell   *cell;

	if (node->kind == TICK_QUAL_CONSTANT)
		return true;
	if (node->attribute != NULL)
		return node->attribute->column == dataset->schema.time;
	foreach(cell, node->children)
		if (!tests_only_time(dataset, lfirst(cell)))
			return false;
	return true;
}

bool
TickQualIsTime(const TickDataset *dataset, Index relid, Expr *clause)
{
	QualScope	scope = {dataset, relid};
	TickQualNode *node = analyse(&scope, (Node *) clause);

	return dataset->schema.time >= 0 && node != NULL && tests_only_time(dataset, node);
}

/* Set up the evaluation of a node's constants. */
static void
prepare_node(TickQualNode *node, PlanState *parent)
{
	ListCell   *cell;

	if (node->constant != NULL)
		node->state = ExecInitExpr(node->constant, parent);
	foreach(cell, node->children)
		prepare_node(lfirst(cell), parent);
}

TickQual *
TickQualPrepare(const TickDataset *dataset, Index relid, List *clauses, PlanState *parent)
{
	QualScope	scope = {dataset, relid};
	TickQual   *qual = palloc0(sizeof(TickQual));
	ListCell   *cell;

	qual->dataset = dataset;
	foreach(cell, clauses)
	{
		TickQualNode *node = analyse(&scope, lfirst(cell));

		if (node == NULL)
			elog(ERROR, "pushed condition on dataset \"%s\" cannot be evaluated", dataset->name);
		prepare_node(node, parent);
		qual->nodes = lappend(qual->nodes, node);
	}
	return qual;
}

TickFilter *
TickQualBuild(TickQual *qual, ExprContext *econtext)
{
	TickFilter *filter = palloc0(sizeof(TickFilter));
	ListCell   *cell;

	filter->kind = TICK_FILTER_AND;
	filter->child = palloc(sizeof(TickFilter *) * Max(list_length(qual->nodes), 1));
	foreach(cell, qual->nodes)
		filter->child[filter->children++] = TickQualBuildNode(qual->dataset, lfirst(cell), econtext);
	return filter;
}

/* The raw expression that a text is, and nothing else. */
static Node *
parse_condition(const char *text, const char *what)
{
	List	   *raw = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = (SelectStmt *) linitial_node(RawStmt, raw)->stmt;

	if (!IsA(select, SelectStmt) || list_length(select->targetList) != 1 ||
		select->fromClause != NIL || select->whereClause != NULL || select->groupClause != NIL ||
		select->distinctClause != NIL || select->havingClause != NULL || select->windowClause != NIL ||
		select->sortClause != NIL || select->limitOffset != NULL || select->limitCount != NULL ||
		select->lockingClause != NIL || select->withClause != NULL ||
		linitial_node(ResTarget, select->targetList)->name != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s must be one condition: %s", what, text)));
	return linitial_node(ResTarget, select->targetList)->val;
}

/* A condition that comes as text, for error messages about it. */
typedef struct TextCondition
{
	const TickDataset *dataset;
	const char *text;
	const char *what;
} TextCondition;

/* Errors point into the text, not into the query at hand. */
static void
text_context(void *arg)
{
	const TextCondition *condition = arg;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(condition->text);
	}
	errcontext("%s of dataset \"%s\"", condition->what, condition->dataset->name);
}

static bool
is_no_builtin(Oid function, void *context)
{
	return function >= FirstGenbkiObjectId;
}

/* Does the expression run code that did not come with the server? */
static bool
runs_others_code(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, CoerceToDomain) || check_functions_in_node(node, is_no_builtin, context) ||
		expression_tree_walker(node, runs_others_code, context);
}

/*
 * The owner's condition is evaluated with the rights of whoever loads or reads
 * statistics: a function of the owner's choice would run with them too.
 */
static void
refuse_others_code(Node *expr)
{
	if (runs_others_code(expr, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("stats_where can use built-in functions, operators and types only")));
}

static TickFilter *
filter_from_text(const TickDataset *dataset, Relation relation, const char *text, const char *what)
{
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *item;
	Node	   *expr;
	List	   *clauses;
	ListCell   *cell;
	ExprContext *econtext;
	TickFilter *filter;

	pstate->p_sourcetext = text;
	item = addRangeTableEntryForRelation(pstate, relation, AccessShareLock, NULL, false, false);
	addNSItemToQuery(pstate, item, false, true, true);
	expr = transformExpr(pstate, parse_condition(text, what), EXPR_KIND_WHERE);
	expr = coerce_to_boolean(pstate, expr, what);
	assign_expr_collations(pstate, expr);
	if (pstate->p_hasSubLinks)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s cannot contain a subquery", what)));
	if (strcmp(what, "stats_where") == 0)
		refuse_others_code(expr);
	expr = (Node *) canonicalize_qual((Expr *) eval_const_expressions(NULL, expr), false);
	/* statistics are kept: what they count must be the same tomorrow and in every session */
	if (strcmp(what, "stats_where") == 0 && contain_mutable_functions(expr))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s must give the same answer at any time and in any session", what)));
	clauses = make_ands_implicit((Expr *) expr);
	foreach(cell, clauses)
		if (!TickQualPushable(dataset, 1, lfirst(cell)))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("%s has a condition that a dataset cannot evaluate by itself: %s", what, text),
					 errhint("Compare columns with constants; functions of columns and comparisons between columns are not supported.")));
	econtext = CreateStandaloneExprContext();
	filter = TickQualBuild(TickQualPrepare(dataset, 1, clauses, NULL), econtext);
	FreeExprContext(econtext, true);
	free_parsestate(pstate);
	return filter;
}

TickFilter *
TickQualFromText(const TickDataset *dataset, Relation relation, const char *text, const char *what)
{
	TextCondition condition = {dataset, text, what};
	ErrorContextCallback callback = {.previous = error_context_stack,.callback = text_context,.arg = &condition};
	TickFilter *filter;

	error_context_stack = &callback;
	filter = filter_from_text(dataset, relation, text, what);
	error_context_stack = callback.previous;
	return filter;
}

/* How far local clocks were ever put back, with room to spare. */
#define MAX_CLOCK_STEP INT64CONST(90000000000000)

bool
TickQualTimeRange(const TickDataset *dataset, const TickFilter *filter,
				  int64 *time_low, int64 *time_high,
				  int32 *partition_low, int32 *partition_high)
{
	int64		low = PG_INT64_MIN;
	int64		high = PG_INT64_MAX;

	*time_low = PG_INT64_MIN;
	*time_high = PG_INT64_MAX;
	*partition_low = PG_INT32_MIN;
	*partition_high = PG_INT32_MAX;
	if (filter == NULL)
		return true;
	if (dataset->schema.time >= 0 &&
		!tick_filter_range(filter, dataset->schema.time, time_low, time_high))
		return false;
	if (dataset->grain == TICK_GRAIN_INTEGER)
	{
		if (!tick_filter_range(filter, dataset->partition_column, &low, &high) ||
			low > PG_INT32_MAX || high < PG_INT32_MIN)
			return false;
		*partition_low = (int32) Max(low, PG_INT32_MIN);
		*partition_high = (int32) Min(high, PG_INT32_MAX);
	}
	else if (dataset->grain != TICK_GRAIN_NONE)
	{
		low = *time_low;
		high = *time_high;
		/* where clocks go back over midnight, a later day's rows may precede an earlier one's */
		if (dataset->zone != NULL && low > PG_INT64_MIN + MAX_CLOCK_STEP)
			low -= MAX_CLOCK_STEP;
		if (dataset->zone != NULL && high < PG_INT64_MAX - MAX_CLOCK_STEP)
			high += MAX_CLOCK_STEP;
		TickDatasetPartitions(dataset, low, high, partition_low, partition_high);
	}
	return true;
}
