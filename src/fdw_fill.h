/*-------------------------------------------------------------------------
 *
 * fdw_fill.h
 *	  Batches of a scan as arrays of Datums.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_FDW_FILL_H
#define TICK_FDW_FILL_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "dataset.h"
#include "scan.h"

/* How an attribute's values are made. */
typedef enum TickFillKind
{
	TICK_FILL_INT64,			/* the stored int64 as it is */
	TICK_FILL_INT16,
	TICK_FILL_INT32,
	TICK_FILL_BOOL,
	TICK_FILL_FLOAT8,
	TICK_FILL_FLOAT4,
	TICK_FILL_DATE,
	TICK_FILL_TIME,
	TICK_FILL_STAMP,			/* ns since 1970 to us since 2000 */
	TICK_FILL_TEXT,
	TICK_FILL_SYMBOL,
	TICK_FILL_PARTITION,		/* the date, where it is the partition */
	TICK_FILL_OTHER				/* by TickToDatum() */
} TickFillKind;

/*
 * TickFillColumn: one attribute of the rows at hand.  nulls says something
 * only when has_nulls is set.  Values point into memory that lasts until the
 * next batch.
 */
typedef struct TickFillColumn
{
	int			place;			/* attribute number - 1 */
	const TickAttribute *attribute;
	TickFillKind kind;
	bool		constant;		/* value 0 stands for every row */
	bool		has_nulls;
	Datum	   *values;			/* TICK_BATCH_ROWS */
	bool	   *nulls;
	char	   *bytes;			/* of text */
	size_t		capacity;
	Datum	   *dictionary;		/* text of each code of the batch */
	uint32		dictionary_capacity;
	int			zone_hint;
} TickFillColumn;

typedef struct TickFill
{
	const TickDataset *dataset;
	int			columns;
	TickFillColumn *column;
	MemoryContext context;		/* of arrays */
	MemoryContext batch_context;	/* of what TickToDatum() allocates */
	uint64		rows;			/* of the batch; may exceed TICK_BATCH_ROWS when all columns are constant */
	uint16		places[TICK_BATCH_ROWS];
} TickFill;

/*
 * For these attribute numbers.  *columns gets the schema columns that the
 * scan has to give out (by schema index, palloc'd).
 */
extern TickFill *TickFillCreate(const TickDataset *dataset, List *attributes, bool **columns);
extern void TickFillBatch(TickFill *fill, TickDatasetScan *scan, const TickScanBatch *batch);

#endif							/* TICK_FDW_FILL_H */
