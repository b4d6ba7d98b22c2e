/*-------------------------------------------------------------------------
 *
 * timezone.h
 *	  The core's table of a zone's transitions, from PostgreSQL's zone data.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_TIMEZONE_H
#define TICK_TIMEZONE_H

#include "postgres.h"

#include "core/zone.h"

/*
 * The zone of that name, cached for the life of the backend; NULL name or
 * "" give NULL.  An ERROR when there is no such zone.
 */
extern const TickZone *TickZoneByName(const char *name);
extern bool TickZoneIsSession(const char *name);	/* is it the session's TimeZone? */

#endif							/* TICK_TIMEZONE_H */
