/*-------------------------------------------------------------------------
 *
 * run.h
 *	  Rows gathered in memory until they are sorted and written.
 *
 * Writers of rows (INSERT) ask for room, fill the column arrays in place and
 * commit, or hand over arrays of their own (a reader).  Text and symbols are
 * interned: a row holds a code into the column's pool.  When memory is short, or at the end, the run
 * is sorted by (partition, symbol name, time, arrival) and each partition is
 * written through a segment writer.  The symbol pool outlives a reset.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_RUN_H
#define TICK_CORE_RUN_H

#include "core/segment.h"

typedef struct TickRun TickRun;

/* capacity_bytes bounds arrays and pools together (at least 1 MB is used). */
extern TickStatus tick_run_create(TickRun **run, const TickMemory *memory, const TickSchema *schema,
								  size_t capacity_bytes, TickError *error);
extern void tick_run_free(TickRun *run);

extern uint64_t tick_run_rows(const TickRun *run);
extern size_t tick_run_memory(const TickRun *run);	/* bytes in use */

/*
 * TickRunRoom: where the next rows go.  Arrays start at the first free row.
 * codes for text and symbol columns, i64 or f64 for the others.  present is
 * one byte a row (1 present, 0 null); a null row's value must be 0.
 */
typedef struct TickRunColumn
{
	int64_t    *i64;
	double	   *f64;
	uint32_t   *codes;
	uint8_t    *present;
} TickRunColumn;

typedef struct TickRunRoom
{
	uint32_t	rows;			/* room for so many */
	int32_t    *partition;
	TickRunColumn *column;		/* one a schema column */
} TickRunRoom;

/*
 * Ask for room for up to `rows` rows.  room->rows may be less, and is 0 when
 * the run is full: write it and reset.
 */
extern TickStatus tick_run_reserve(TickRun *run, uint32_t rows, TickRunRoom *room, TickError *error);
extern void tick_run_commit(TickRun *run, uint32_t rows);

/*
 * Take rows out of arrays of the caller's, with codes of this run's pools;
 * see that there is room first.  Wide values after many narrow ones may need
 * more of it than the rows themselves; texts need no codes of the run yet.
 */
extern bool tick_run_has_room(const TickRun *run, const TickRunRoom *rows);
extern TickStatus tick_run_append(TickRun *run, const TickRunRoom *rows, TickError *error);

/* Code of a text in column's pool, added when new. */
extern TickStatus tick_run_intern(TickRun *run, int column, const char *data, uint32_t length,
								  uint32_t *code, TickError *error);

/* Names of the symbol column's pool, by code. */
extern uint32_t tick_run_symbols(const TickRun *run);
extern TickString tick_run_symbol(const TickRun *run, uint32_t code);

/*
 * Sort; afterwards partitions can be asked for and written, until reset.
 * interrupt, when not NULL, is called every few hundred thousand rows and may
 * raise: the run can then only be freed.
 */
extern TickStatus tick_run_sort(TickRun *run, void (*interrupt) (void), TickError *error);
extern uint32_t tick_run_partitions(const TickRun *run);
extern void tick_run_partition(const TickRun *run, uint32_t index, int32_t *partition, uint64_t *rows);
/* Several threads may write partitions of a run at once; each has its own memory to work in. */
extern TickStatus tick_run_write(const TickRun *run, const TickMemory *memory, uint32_t index,
								 TickSymbolCode code, void *context,
								 TickSegmentWriter *writer, void (*interrupt) (void), TickError *error);

/*
 * ---- rows set aside: run_aside.c ----
 *
 * Group brings the rows of each partition together, without any order among
 * them: partitions can then be asked for and copied, not written.  A run that
 * was sorted may be copied too.  Rows come back by layout, and pools must
 * not have been reset meanwhile: empty forgets the rows, no pool.
 */
typedef struct TickRunLayout TickRunLayout; /* how the bytes of rows lie */

extern TickStatus tick_run_group(TickRun *run, void (*interrupt) (void), TickError *error);
extern TickStatus tick_run_layout(const TickRun *run, TickRunLayout **layout, TickError *error);
extern void tick_run_layout_free(TickRunLayout *layout);
extern size_t tick_run_layout_stride(const TickRunLayout *layout);	/* bytes of a row */
/* The rows of a partition as they came. */
extern TickStatus tick_run_copy_rows(const TickRun *run, uint32_t index, TickSink sink, TickError *error);
extern void tick_run_empty(TickRun *run);
/* How many more rows of this layout the run may take, and take them; all belong to the partition. */
extern uint32_t tick_run_free_rows(const TickRun *run, const TickRunLayout *layout);
extern TickStatus tick_run_take_rows(TickRun *run, const TickRunLayout *layout, int32_t partition, const uint8_t *bytes,
									 uint32_t rows, TickError *error);

/* Forget the rows and all pools but the symbols'; codes of the others are void when the generation has changed. */
extern void tick_run_reset(TickRun *run);
extern uint32_t tick_run_generation(const TickRun *run);

/*
 * Forget all rows of a sorted run but one partition's, which come first from
 * now on; pools stay.  What a caller does that has written the others and
 * expects more of this one.
 */
extern void tick_run_keep(TickRun *run, uint32_t index);

/* Of the newest row, meaningful before the run is sorted; and bytes of the pools that a reset would free. */
extern int32_t tick_run_newest_partition(const TickRun *run);
extern size_t tick_run_pool_memory(const TickRun *run);

/* Has every partition come in one piece, and in ascending order? */
extern bool tick_run_ascends(const TickRun *run);

#endif							/* TICK_CORE_RUN_H */
