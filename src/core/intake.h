/*-------------------------------------------------------------------------
 *
 * intake.h
 *	  The rows of one file: bytes to records to columns, ahead in a thread.
 *
 *		read --> csv --> parse --> [ block | block | ... ] --> caller
 *
 * A block is up to TICK_CSV_RECORDS rows in typed arrays, with what is told
 * of the lines that are none.  Text is coded into pools of the intake's own;
 * tick_intake_translate() makes it codes of a run.
 *
 * The thread calls the reader of plain bytes and the plan's callbacks, with
 * every signal blocked: none of them may touch the server.  Where they must,
 * or where no thread can be made, the caller's own thread does the work.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_INTAKE_H
#define TICK_CORE_INTAKE_H

#include "core/parse.h"
#include "core/readahead.h"

#define TICK_REJECT_BYTES 4096	/* kept of a value, and of a record */

/* A record that is no row. */
typedef struct TickIntakeReject
{
	uint64_t	line;			/* its first, from 1 */
	uint32_t	lines;
	uint32_t	record;			/* of the block, counting rows and rejects */
	uint32_t	fields;
	TickCsvFault csv_fault;		/* meaningful with TICK_FAULT_CSV */
	TickParseFault fault;
	int			column;			/* of the plan, or -1 */
	TickString	value;			/* data NULL: none */
	TickString	raw;			/* as in the file; both cut to TICK_REJECT_BYTES */
} TickIntakeReject;

typedef struct TickRowBlock
{
	TickRunRoom rows;			/* all of its rows are filled */
	const uint32_t *record;		/* of each row, as in rejects */
	uint64_t	header_lines;
	uint64_t	row_lines;		/* that the rows span */
	uint32_t	rejects;		/* in the order of the file */
	const TickIntakeReject *reject;
} TickRowBlock;

typedef struct TickIntakeOptions
{
	TickCsvOptions csv;
	const TickParsePlan *plan;	/* but for intern; copied, what it points at is not */
	bool		header;			/* the first record names the columns */
	bool		threaded;
	size_t		pool_bytes;		/* text is forgotten beyond this much, symbols are not */
	size_t		ring_bytes;		/* of blocks made ahead, about; 0: the usual */
	TickPlainRead read;
	void	   *context;
	TickWaitFunction wait;		/* called while waiting for the thread; may raise */
} TickIntakeOptions;

typedef struct TickIntake TickIntake;

/* All memory is malloc's. */
extern TickStatus tick_intake_create(TickIntake **intake, const TickIntakeOptions *options, TickError *error);

/* The next block, valid until the next call.  TICK_END when there is none; an end or error is told again and again. */
extern TickStatus tick_intake_next(TickIntake *intake, TickRowBlock *block, TickError *error);

/* Text of a code in the block at hand. */
extern TickString tick_intake_text(const TickIntake *intake, int column, uint32_t code);

/*
 * Turn the rows whose byte in bad is set into rejects TICK_FAULT_CHECK, before
 * they are translated.  Not with a thread, which has gone on to other records.
 */
extern TickStatus tick_intake_refuse(TickIntake *intake, const uint8_t *bad, TickRowBlock *block, TickError *error);

/* Make the block's codes those of the run's pools. */
extern TickStatus tick_intake_translate(TickIntake *intake, TickRun *run, TickRowBlock *block, TickError *error);

/* All lines seen; complete at the end only. */
extern void tick_intake_counts(const TickIntake *intake, TickCsvCounts *counts);

/* Stop and join the thread at the end of its current read, and free all. */
extern void tick_intake_free(TickIntake *intake);

#endif							/* TICK_CORE_INTAKE_H */
