/*-------------------------------------------------------------------------
 *
 * run_internal.h
 *	  A run's memory, shared by run.c (fill), run_row.c (rows as bytes),
 *	  run_sort.c, run_write.c and run_aside.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_RUN_INTERNAL_H
#define TICK_CORE_RUN_INTERNAL_H

#include "core/run.h"
#include "core/string_pool.h"

#define TICK_NULL_SYMBOL UINT32_MAX
#define TICK_RUN_STAGED 1024	/* rows that wait to be packed */
#define TICK_RUN_AHEAD 16		/* stretches whose rows are asked for before they are needed */

/*
 * Where a column lies in a row: `width` bytes (0, 1, 2, 4 or 8) at `offset`.
 * Integers keep their sign; codes do not.  Width 0 means that all rows hold
 * `base`, which takes no bytes.
 */
typedef struct TickRunField
{
	uint8_t		width;
	bool		nulls;			/* a byte at null_offset says whether a row has a value */
	uint32_t	offset;
	uint32_t	null_offset;
	uint64_t	base;
} TickRunField;

/* Rows that came one after the other and lie in one partition. */
typedef struct TickRunStretch
{
	int32_t		partition;
	uint32_t	first;			/* row */
	uint32_t	rows;
} TickRunStretch;

/* Rows of one partition and symbol, next to each other in `order`. */
typedef struct TickRunBucket
{
	uint32_t	symbol;			/* code in the pool, or TICK_NULL_SYMBOL */
	uint32_t	first;
	uint32_t	rows;
} TickRunBucket;

typedef struct TickRunPartition
{
	int32_t		value;
	uint32_t	first_bucket;
	uint32_t	buckets;
	uint32_t	first;			/* in order */
	uint32_t	rows;
	uint32_t	first_stretch;	/* in stretch, once sorted */
	uint32_t	stretches;
} TickRunPartition;

struct TickRun
{
	const TickMemory *memory;
	TickSchema	schema;
	size_t		capacity_bytes;
	TickStringPool *pool;		/* a column each, used for text */
	uint32_t	generation;		/* of the pools that a reset empties */

	/* rows as they came */
	uint8_t    *data;
	uint32_t	rows;
	size_t		data_bytes;		/* allocated, but for a few to be read behind the last row */
	size_t		stride;
	TickRunField *field;		/* a column each */
	TickRunStretch *stretch;	/* in the order of rows; the sort brings partitions together */
	uint32_t	stretches;
	uint32_t	stretch_capacity;

	/* rows not packed yet */
	uint32_t	staged;
	int32_t    *staged_partition;
	TickRunColumn *stage;
	TickRunColumn *room;		/* the same from the first free row on */

	void		(*interrupt) (void);	/* during a sort, or NULL */
	uint32_t	uninterrupted;	/* rows since it was called */

	/* the sort's scratch, kept for the next run */
	uint32_t   *order;			/* rows in the order to be written */
	uint32_t   *ranks;			/* of their symbols, partition by partition as they came */
	uint32_t	order_capacity;
	uint32_t   *rank;			/* of each symbol code among the sorted names */
	uint32_t   *by_rank;		/* codes in order of name */
	uint32_t	ranked;			/* symbols that rank and by_rank know */

	/* the result, until reset */
	bool		sorted;
	TickRunBucket *bucket;
	uint32_t	buckets;
	uint32_t	bucket_capacity;
	TickRunPartition *group;
	uint32_t	groups;
	uint32_t	group_capacity;
};

/* ---- run_row.c ---- */

/* Begin the layout: every column constant. */
extern void tick_run_layout_init(TickRun *run);
/* Pack the values behind the last row; the run has room for them.  Wider values change the layout of all rows. */
extern TickStatus tick_run_pack(TickRun *run, const TickRunColumn *columns, uint32_t rows, TickError *error);
/* Rows of the run's own layout. */
extern TickStatus tick_run_pack_bytes(TickRun *run, const uint8_t *bytes, uint32_t rows, TickError *error);
/* Bytes of a row when these are among them; texts may have codes of another pool still. */
extern size_t tick_run_stride_with(const TickRun *run, const TickRunColumn *columns, uint32_t rows);
/* Integers or doubles (64 bits each), codes, and presence of the rows whose bytes begin at data + at[i]. */
extern void tick_run_unpack_words(const TickRun *run, int column, const size_t *at, uint32_t rows, void *values);
extern void tick_run_unpack_codes(const TickRun *run, int column, const size_t *at, uint32_t rows, uint32_t *out);
extern void tick_run_unpack_present(const TickRun *run, int column, const size_t *at, uint32_t rows, uint8_t *out);

/* ---- run.c ---- */

/* Pack what is staged. */
extern TickStatus tick_run_settle(TickRun *run, TickError *error);
/* Note the partition of rows that follow the last one packed. */
extern TickStatus tick_run_add_stretch(TickRun *run, int32_t partition, uint32_t rows, TickError *error);

#endif							/* TICK_CORE_RUN_INTERNAL_H */
