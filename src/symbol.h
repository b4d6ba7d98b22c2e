/*-------------------------------------------------------------------------
 *
 * symbol.h
 *	  The database's symbols: names to codes.
 *
 * Codes are append-only.  Known names are looked up without a lock; new ones
 * are inserted sorted, under a lock held to the end of the transaction, as
 * late as the caller can: two loads that meet the same new name neither
 * deadlock nor wait for each other's parsing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_SYMBOL_H
#define TICK_SYMBOL_H

#include "postgres.h"

#include "core/run.h"

/*
 * Give each of names (any order, distinct) its code, making the missing
 * ones.  Returns how many were new.
 */
extern int	TickSymbolIntern(const TickString *names, int count, int32 *codes);

/* The codes of a run's symbols by name, for segment writers. */
typedef struct TickSymbolCodes
{
	const TickString *name;
	const int32 *code;
	int			count;
	int			fresh;			/* of them, new in the database */
	uint32		mask;			/* of the table: places by hash, each the index of a name, or -1 */
	int32	   *place;
} TickSymbolCodes;

/* Interns the names; allocated in the current context, names last as long as the run. */
extern void TickSymbolCodesOfRun(TickSymbolCodes *codes, const TickRun *run);
/* A TickSymbolCode, the context being TickSymbolCodes: threads call it too, so it does not raise. */
extern uint32_t TickSymbolFindCode(void *context, TickString name);

/* How many of names are not known yet, without a lock and without making them. */
extern int	TickSymbolCountNew(const TickString *names, int count);

#endif							/* TICK_SYMBOL_H */
