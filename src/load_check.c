/*-------------------------------------------------------------------------
 *
 * load_check.c
 *	  CHECK constraints of a dataset, held against new rows.
 *
 * PostgreSQL does not enforce them on foreign tables; the loader does, by
 * the executor's own evaluation of each row.  Only datasets that have any
 * pay for it, and only the columns that they mention are made Datums.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"

#include "convert.h"
#include "load.h"

struct LoadCheck
{
	const TickDataset *dataset;
	EState	   *estate;
	TupleTableSlot *slot;
	int			constraints;
	const char **name;
	ExprState **state;
	bool	   *used;			/* attributes, by attnum - 1 */
	int			zone_hint;
	const char *broken[TICK_CSV_RECORDS];
};

static void
mark_used(LoadCheck *check, Node *expression)
{
	Bitmapset  *attributes = NULL;
	int			attribute = -1;

	pull_varattnos(expression, 1, &attributes);
	while ((attribute = bms_next_member(attributes, attribute)) >= 0)
	{
		int			attnum = attribute + FirstLowInvalidHeapAttributeNumber;

		if (attnum > 0)
			check->used[attnum - 1] = true;
		else if (attnum == 0)
			memset(check->used, true, check->dataset->attributes * sizeof(bool));
	}
}

LoadCheck *
LoadCheckPrepare(Relation relation, const TickDataset *dataset)
{
	TupleConstr *constr = RelationGetDescr(relation)->constr;
	LoadCheck  *check;
	int			i;

	if (constr == NULL || constr->num_check == 0)
		return NULL;
	check = palloc0(sizeof(LoadCheck));
	check->dataset = dataset;
	check->estate = CreateExecutorState();
	check->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(RelationGetDescr(relation)), &TTSOpsVirtual);
	check->name = palloc(constr->num_check * sizeof(char *));
	check->state = palloc(constr->num_check * sizeof(ExprState *));
	check->used = palloc0(Max(dataset->attributes, 1) * sizeof(bool));
	for (i = 0; i < constr->num_check; i++)
	{
		Node	   *expression = stringToNode(constr->check[i].ccbin);

		mark_used(check, expression);
		check->name[check->constraints] = pstrdup(constr->check[i].ccname);
		check->state[check->constraints++] = ExecPrepareExpr((Expr *) expression, check->estate);
	}
	return check;
}

/* One value of a row in a block. */
static Datum
row_datum(LoadCheck *check, const TickAttribute *attribute, const TickIntake *intake, const TickRunColumn *values, uint32 row)
{
	const TickColumn *column = &check->dataset->schema.column[attribute->column];
	TickVector	vector = {.type = column->type,.scale = column->scale,.rows = 1};
	TickString	text;

	if (values->codes != NULL)
	{
		text = tick_intake_text(intake, attribute->column, values->codes[row]);
		vector.text = &text;
	}
	else if (values->f64 != NULL)
		vector.f64 = &values->f64[row];
	else
		vector.i64 = &values->i64[row];
	return TickToDatum(check->dataset, attribute, &vector, 0, &check->zone_hint);
}

static void
fill_slot(LoadCheck *check, const TickIntake *intake, const TickRunRoom *room, uint32 row)
{
	TupleTableSlot *slot = check->slot;
	int			i;

	ExecClearTuple(slot);
	for (i = 0; i < check->dataset->attributes; i++)
	{
		const TickAttribute *attribute = &check->dataset->attribute[i];

		slot->tts_values[i] = (Datum) 0;
		slot->tts_isnull[i] = true;
		if (!check->used[i] || attribute->column < 0 || !room->column[attribute->column].present[row])
			continue;
		slot->tts_isnull[i] = false;
		slot->tts_values[i] = row_datum(check, attribute, intake, &room->column[attribute->column], row);
	}
	ExecStoreVirtualTuple(slot);
}

bool
LoadCheckRows(LoadCheck *check, const TickIntake *intake, const TickRowBlock *block, uint8 *bad)
{
	ExprContext *econtext = GetPerTupleExprContext(check->estate);
	bool		any = false;
	uint32		row;
	int			i;

	econtext->ecxt_scantuple = check->slot;
	for (row = 0; row < block->rows.rows; row++)
	{
		MemoryContext old = MemoryContextSwitchTo(GetPerTupleMemoryContext(check->estate));

		fill_slot(check, intake, &block->rows, row);
		MemoryContextSwitchTo(old);
		bad[row] = false;
		for (i = 0; i < check->constraints && !bad[row]; i++)
			if (!ExecCheck(check->state[i], econtext))
			{
				bad[row] = any = true;
				check->broken[block->record[row]] = check->name[i];
			}
		ResetPerTupleExprContext(check->estate);
		if (row % 128 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return any;
}

const char *
LoadCheckBroken(const LoadCheck *check, uint32 record)
{
	return check->broken[record];
}
