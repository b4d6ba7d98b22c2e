/*-------------------------------------------------------------------------
 *
 * moment.h
 *	  A moment given to a function as a timestamp, timestamptz, date or text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_MOMENT_H
#define TICK_MOMENT_H

#include "postgres.h"

#include "fmgr.h"

#include "dataset.h"

/*
 * Argument number `argument` (declared "any") as the dataset's stored times:
 * the first and the last ns that it covers (a microsecond for stamps, a day
 * for dates).  false when it is null.
 */
extern bool TickMomentArgument(FunctionCallInfo fcinfo, int argument, const TickDataset *dataset,
							   int64 *first, int64 *last);

#endif							/* TICK_MOMENT_H */
