/*-------------------------------------------------------------------------
 *
 * convert.h
 *	  Values between the core's vectors and PostgreSQL's Datums.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CONVERT_H
#define TICK_CONVERT_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "core/vector.h"
#include "dataset.h"

/*
 * The Datum of row i of an attribute's vector (which must hold that row,
 * present).  By-reference results are palloc'd in the current context.
 * zone_hint speeds up the virtual date; start with 0.
 */
extern Datum TickToDatum(const TickDataset *dataset, const TickAttribute *attribute,
						 const TickVector *vector, uint32 i, int *zone_hint);

/*
 * A Datum as the attribute's stored value.  Text points into the Datum.
 * ERROR for what the core cannot store (infinite dates, times outside
 * 1677 .. 2262, numerics with more digits than declared).
 */
typedef struct TickStoredValue
{
	int64		i64;
	double		f64;
	TickString	text;
} TickStoredValue;

extern void TickFromDatum(const TickAttribute *attribute, TickType core_type, uint8 scale,
						  Datum value, TickStoredValue *stored);

/* Same for a constant of PostgreSQL type `type` compared with the attribute; false when it cannot be expressed exactly. */
extern bool TickConstantFromDatum(const TickAttribute *attribute, TickType core_type, uint8 scale,
								  Oid type, Datum value, TickStoredValue *stored);

/* from the core's 1970-01-01 to PostgreSQL's 2000-01-01 */
#define TICK_EPOCH_DAYS ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE))
#define TICK_EPOCH_US (TICK_EPOCH_DAYS * USECS_PER_DAY)

/* ns since 1970 <-> timestamp[tz]; the first floors, the second may raise */
extern int64 TickStampToTimestamp(int64 ns);
extern int64 TickTimestampToStamp(int64 timestamp);

#endif							/* TICK_CONVERT_H */
