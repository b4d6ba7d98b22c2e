/*-------------------------------------------------------------------------
 *
 * zone.h
 *	  Local time and UTC, from a table of a zone's transitions.
 *
 * The backend fills the table from PostgreSQL's own time zone data, so that
 * both agree.  Doubtful local times follow PostgreSQL's rule
 * (DetermineTimeZoneOffset): in an overlap the standard-time reading, in a
 * gap the offset in force before it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ZONE_H
#define TICK_CORE_ZONE_H

#include "core/memory.h"

typedef struct TickTransition
{
	int64_t		at;				/* ns since 1970 UTC from which on ... */
	int32_t		offset;			/* ... local time is UTC + offset seconds */
	int32_t		daylight;		/* 1 when that is daylight time */
} TickTransition;

typedef struct TickZone
{
	int			transitions;	/* at least 1; transition[0].at is INT64_MIN */
	TickTransition *transition; /* ascending by at; owned by the zone's maker */
} TickZone;

/* *hint (start with 0) remembers the last interval used, as stamps come in order */
extern int64_t tick_zone_to_utc(const TickZone *zone, int64_t local_ns, int *hint);
extern int64_t tick_zone_to_local(const TickZone *zone, int64_t utc_ns, int *hint);

#endif							/* TICK_CORE_ZONE_H */
