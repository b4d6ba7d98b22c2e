/*-------------------------------------------------------------------------
 *
 * fdw_sort.h
 *	  Rows of one symbol by a column that may ascend as its times do.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_FDW_SORT_H
#define TICK_FDW_SORT_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "utils/tuplesort.h"

#include "scan.h"

/*
 * Walk a started scan: do its rows ascend by a wanted schema column of
 * integers, nulls last?  The scan is to be rewound afterwards.
 */
extern bool TickScanAscends(TickDatasetScan *scan, int column);

/* Begin to sort rows by an attribute, ascending, nulls last, within work_mem. */
extern Tuplesortstate *TickSortBegin(TupleDesc descriptor, AttrNumber attnum);

/* The next sorted row into a slot of the same descriptor, by way of `row`; false at the end. */
extern bool TickSortNext(Tuplesortstate *sort, TupleTableSlot *row, TupleTableSlot *slot);

#endif							/* TICK_FDW_SORT_H */
