/*-------------------------------------------------------------------------
 *
 * statistics.h
 *	  Planner statistics that follow the loads.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_STATISTICS_H
#define TICK_STATISTICS_H

#include "postgres.h"

/*
 * ANALYZE the dataset when its rows differ from what the planner believes by
 * more than a tenth: autovacuum never looks at foreign tables.  Does nothing
 * when another session is at it.  Called at the end of a load or finalize.
 */
extern void TickStatisticsRefresh(Oid relid);

#endif							/* TICK_STATISTICS_H */
