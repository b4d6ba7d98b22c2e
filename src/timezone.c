/*-------------------------------------------------------------------------
 *
 * timezone.c
 *	  The core's table of a zone's transitions, from PostgreSQL's zone data.
 *
 * A table covers the times tick can store (1677 to 2262): some 600 entries,
 * built in well under a millisecond and kept for the life of the backend.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "pgtime.h"
#include "utils/memutils.h"

#include "core/value.h"
#include "timezone.h"

/* Seconds since 1970 of the first and last moment that int64 ns can hold. */
#define FIRST_SECOND INT64CONST(-9223372036)
#define LAST_SECOND INT64CONST(9223372036)

typedef struct ZoneEntry
{
	char	   *name;
	TickZone	zone;
} ZoneEntry;

static List *zones = NIL;		/* of ZoneEntry, in TopMemoryContext */

/* Append a transition, growing the array by doubling. */
static void
add_transition(TickZone *zone, int *capacity, int64 at, long offset, int daylight)
{
	if (zone->transitions == *capacity)
	{
		*capacity *= 2;
		zone->transition = repalloc(zone->transition, *capacity * sizeof(TickTransition));
	}
	zone->transition[zone->transitions].at = at;
	zone->transition[zone->transitions].offset = (int32) offset;
	zone->transition[zone->transitions].daylight = daylight != 0;
	zone->transitions++;
}

/* Fill zone from the server's data for tz. */
static void
build_zone(TickZone *zone, const pg_tz *tz)
{
	int			capacity = 64;
	pg_time_t	now = FIRST_SECOND;
	pg_time_t	boundary;
	long		before_offset,
				after_offset;
	int			before_dst,
				after_dst;
	struct pg_tm *first = pg_localtime(&now, tz);

	if (first == NULL)
		elog(ERROR, "could not determine the offset of time zone \"%s\"", pg_get_timezone_name((pg_tz *) tz));
	zone->transition = palloc(capacity * sizeof(TickTransition));
	zone->transitions = 0;
	add_transition(zone, &capacity, PG_INT64_MIN, first->tm_gmtoff, first->tm_isdst);
	while (pg_next_dst_boundary(&now, &before_offset, &before_dst, &boundary,
								&after_offset, &after_dst, tz) == 1 &&
		   boundary <= LAST_SECOND && boundary > now)
	{
		add_transition(zone, &capacity, boundary * TICK_NS_PER_SECOND, after_offset, after_dst);
		now = boundary;
	}
}

const TickZone *
TickZoneByName(const char *name)
{
	pg_tz	   *tz;
	ZoneEntry  *entry;
	MemoryContext old;
	ListCell   *cell;

	if (name == NULL || name[0] == '\0')
		return NULL;
	foreach(cell, zones)
	{
		entry = lfirst(cell);
		if (pg_strcasecmp(entry->name, name) == 0)
			return &entry->zone;
	}
	tz = pg_tzset(name);
	if (tz == NULL || !pg_tz_acceptable(tz))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errhint("See the view pg_timezone_names for the names there are.")));
	old = MemoryContextSwitchTo(TopMemoryContext);
	entry = palloc(sizeof(ZoneEntry));
	entry->name = pstrdup(name);
	build_zone(&entry->zone, tz);
	zones = lappend(zones, entry);
	MemoryContextSwitchTo(old);
	return &entry->zone;
}

bool
TickZoneIsSession(const char *name)
{
	return name != NULL && session_timezone != NULL &&
		pg_strcasecmp(name, pg_get_timezone_name(session_timezone)) == 0;
}
