/*-------------------------------------------------------------------------
 *
 * catalog_symbol.c
 *	  Rows of tick.symbol.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "catalog_internal.h"

/* rows handed to the heap at once: some ten pages */
#define INSERT_BATCH 1000

bool
TickCatalogFindSymbol(TickString name, Snapshot snapshot, int32 *code)
{
	ScanKeyData key;
	TickScan	scan;
	HeapTuple	tuple;
	bool		found;

	TickKeyText(&key, Anum_symbol_name, name.data, name.length);
	TickScanBegin(&scan, TICK_REL_SYMBOL, "symbol_name_key", snapshot, 1, &key);
	tuple = TickScanNext(&scan);
	found = HeapTupleIsValid(tuple);
	if (found)
	{
		bool		null;

		*code = DatumGetInt32(heap_getattr(tuple, Anum_symbol_code, RelationGetDescr(scan.relation), &null));
	}
	TickScanEnd(&scan);
	pfree(DatumGetPointer(key.sk_argument));
	return found;
}

void
TickCatalogEachSymbol(Snapshot snapshot, void (*visit) (void *context, TickString name, int32 code), void *context)
{
	TickScan	scan;
	HeapTuple	tuple;

	TickScanBegin(&scan, TICK_REL_SYMBOL, NULL, snapshot, 0, NULL);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
	{
		Datum		values[Natts_symbol];
		bool		nulls[Natts_symbol];
		text	   *packed;
		TickString	name;

		heap_deform_tuple(tuple, RelationGetDescr(scan.relation), values, nulls);
		packed = DatumGetTextPP(values[Anum_symbol_name - 1]);
		name.data = VARDATA_ANY(packed);
		name.length = VARSIZE_ANY_EXHDR(packed);
		visit(context, name, DatumGetInt32(values[Anum_symbol_code - 1]));
		if ((Pointer) packed != DatumGetPointer(values[Anum_symbol_name - 1]))
			pfree(packed);
	}
	TickScanEnd(&scan);
}

/* Write the batch: heap pages at once, then the entries of the two plain indexes. */
static void
flush_symbols(Relation relation, TupleTableSlot **slot, int count, CatalogIndexState indexes)
{
	CatalogTuplesMultiInsertWithInfo(relation, slot, count, indexes);
	for (int i = 0; i < count; i++)
		ExecClearTuple(slot[i]);
}

void
TickCatalogInsertSymbols(const TickString *names, int count, int32 *codes)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "tick symbols",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	MemoryContext batch = AllocSetContextCreate(scratch, "tick symbol batch", ALLOCSET_DEFAULT_SIZES);
	Oid			sequence = TickCatalogOid("symbol_code_seq");
	Relation	relation = table_open(TickCatalogRelation(TICK_REL_SYMBOL), RowExclusiveLock);
	CatalogIndexState indexes = CatalogOpenIndexes(relation);
	TupleTableSlot **slot = palloc(sizeof(TupleTableSlot *) * Min(Max(count, 1), INSERT_BATCH));
	int			slots = Min(count, INSERT_BATCH);
	int			filled = 0;

	for (int i = 0; i < slots; i++)
		slot[i] = MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsHeapTuple);
	MemoryContextSwitchTo(batch);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		codes[i] = (int32) nextval_internal(sequence, false);
		slot[filled]->tts_values[Anum_symbol_code - 1] = Int32GetDatum(codes[i]);
		slot[filled]->tts_values[Anum_symbol_name - 1] =
			PointerGetDatum(cstring_to_text_with_len(names[i].data, names[i].length));
		slot[filled]->tts_isnull[Anum_symbol_code - 1] = false;
		slot[filled]->tts_isnull[Anum_symbol_name - 1] = false;
		ExecStoreVirtualTuple(slot[filled++]);
		if (filled == slots || i == count - 1)
		{
			flush_symbols(relation, slot, filled, indexes);
			filled = 0;
			MemoryContextReset(batch);
		}
	}
	MemoryContextSwitchTo(scratch);
	for (int i = 0; i < slots; i++)
		ExecDropSingleTupleTableSlot(slot[i]);
	CatalogCloseIndexes(indexes);
	table_close(relation, NoLock);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
}
