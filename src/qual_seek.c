/*-------------------------------------------------------------------------
 *
 * qual_seek.c
 *	  Conditions of a symbol and bounds of the time, evaluated in a hurry.
 *
 * A scan that is repeated for each row of a join mostly changes nothing but
 * which symbol it reads and from when to when.  Then no filter has to be
 * built: the values are enough for a seek.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/builtins.h"

#include "qual.h"

static bool
is_symbol(const TickDataset *dataset, const TickQualNode *node)
{
	return dataset->schema.symbol >= 0 && node->attribute->column == dataset->schema.symbol &&
		node->attribute->kind == TICK_ATTRIBUTE_STORED && node->compare == TICK_EQ;
}

/* Days of a zone may be several ranges of times, those of naive stamps are one. */
static bool
bounds_time(const TickDataset *dataset, const TickQualNode *node)
{
	return dataset->schema.time >= 0 && node->attribute->column == dataset->schema.time &&
		node->compare != TICK_NE &&
		(node->attribute->kind == TICK_ATTRIBUTE_STAMP_US || node->attribute->kind == TICK_ATTRIBUTE_STAMP_NS ||
		 (node->attribute->kind == TICK_ATTRIBUTE_DATE && dataset->zone == NULL));
}

TickQualSeek *
TickQualSeekOf(const TickQual *qual)
{
	TickQualSeek *seek = palloc0(sizeof(TickQualSeek));
	ListCell   *cell;

	seek->dataset = qual->dataset;
	foreach(cell, qual->nodes)
	{
		TickQualNode *node = lfirst(cell);

		if (node->kind != TICK_QUAL_COMPARE || node->distinct || node->as_date || node->function != TICK_FUNCTION_NONE)
			return NULL;
		if (is_symbol(qual->dataset, node) && seek->symbol == NULL)
			seek->symbol = node;
		else if (bounds_time(qual->dataset, node))
			seek->bounds = lappend(seek->bounds, node);
		else
			return NULL;
	}
	return seek;
}

/* Narrow low .. high by one comparison; false when nothing is left. */
static bool
narrow(TickCompare compare, const TickInterval *constant, int64 *low, int64 *high)
{
	int128		least = *low;
	int128		most = *high;

	if (compare == TICK_LT)
		most = Min(most, constant->first - 1);
	if (compare == TICK_LE || compare == TICK_EQ)
		most = Min(most, constant->last);
	if (compare == TICK_GE || compare == TICK_EQ)
		least = Max(least, constant->first);
	if (compare == TICK_GT)
		least = Max(least, constant->last + 1);
	if (least > most)
		return false;
	*low = (int64) least;
	*high = (int64) most;
	return true;
}

bool
TickQualSeekValues(const TickQualSeek *seek, ExprContext *econtext, TickString *symbol, int64 *low, int64 *high)
{
	ListCell   *cell;
	bool		is_null;

	*low = PG_INT64_MIN;
	*high = PG_INT64_MAX;
	if (seek->symbol != NULL)
	{
		Datum		value = ExecEvalExprSwitchContext(seek->symbol->state, econtext, &is_null);
		text	   *name;

		if (is_null)
			return false;
		name = DatumGetTextPP(value);
		symbol->data = VARDATA_ANY(name);
		symbol->length = VARSIZE_ANY_EXHDR(name);
	}
	foreach(cell, seek->bounds)
	{
		const TickQualNode *node = lfirst(cell);
		Datum		value = ExecEvalExprSwitchContext(node->state, econtext, &is_null);
		TickInterval constant;

		if (is_null)
			return false;
		if (!TickQualConstant(seek->dataset, node, value, &constant))
			elog(ERROR, "bound of the time is no single range");
		if (!narrow(node->compare, &constant, low, high))
			return false;
	}
	return true;
}
