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

#include "core/vector.h"

/*
 * Give each of names (any order, distinct) its code, making the missing
 * ones.  Returns how many were new.
 */
extern int	TickSymbolIntern(const TickString *names, int count, int32 *codes);

/* How many of names are not known yet, without a lock and without making them. */
extern int	TickSymbolCountNew(const TickString *names, int count);

#endif							/* TICK_SYMBOL_H */
