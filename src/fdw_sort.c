/*-------------------------------------------------------------------------
 *
 * fdw_sort.c
 *	  Rows of one symbol by a column that may ascend as its times do.
 *
 * Sequence numbers and the like ascend with the time, and then rows that are
 * read in order of time need no sorting by them: a third of the time of such
 * a query.  No catalog promises it, so a scan that has claimed the order
 * first looks at the column alone, which costs about a nanosecond a row.
 * When the values do not ascend it stops at the first that does not, and all
 * rows go through a sort as they would have without us.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/typcache.h"

#include "fdw_sort.h"

/* Do the values at these places ascend from *last on, and stay null once they are? */
static bool
batch_ascends(const TickVector *vector, const uint16 *places, uint32 rows, int64 *last, bool *null)
{
	for (uint32 j = 0; j < rows; j++)
	{
		if (!tick_vector_present(vector, places[j]))
			*null = true;
		else if (*null || vector->i64[places[j]] < *last)
			return false;
		else
			*last = vector->i64[places[j]];
	}
	return true;
}

bool
TickScanAscends(TickDatasetScan *scan, int column)
{
	int64		last = PG_INT64_MIN;
	bool		null = false;
	TickScanBatch batch;
	uint16		places[TICK_BATCH_ROWS];

	while (TickDatasetScanNext(scan, &batch))
	{
		uint32		rows = TickScanPlaces(&batch, places);

		if (!batch_ascends(TickDatasetScanColumn(scan, column), places, rows, &last, &null))
			return false;
	}
	return true;
}

Tuplesortstate *
TickSortBegin(TupleDesc descriptor, AttrNumber attnum)
{
	TypeCacheEntry *type = lookup_type_cache(TupleDescAttr(descriptor, attnum - 1)->atttypid, TYPECACHE_LT_OPR);
	Oid			collation = InvalidOid;
	bool		nulls_first = false;

	return tuplesort_begin_heap(descriptor, 1, &attnum, &type->lt_opr, &collation, &nulls_first,
								work_mem, NULL, TUPLESORT_NONE);
}

bool
TickSortNext(Tuplesortstate *sort, TupleTableSlot *row, TupleTableSlot *slot)
{
	if (!tuplesort_gettupleslot(sort, true, false, row, NULL))
		return false;
	slot_getallattrs(row);
	memcpy(slot->tts_values, row->tts_values, row->tts_nvalid * sizeof(Datum));
	memcpy(slot->tts_isnull, row->tts_isnull, row->tts_nvalid * sizeof(bool));
	ExecStoreVirtualTuple(slot);
	return true;
}
