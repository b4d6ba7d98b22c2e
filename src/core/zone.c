/*-------------------------------------------------------------------------
 *
 * zone.c
 *	  Local time and UTC, from a table of a zone's transitions.
 *
 * Stamps come nearly in order, so the interval used last is tried first;
 * otherwise the table is searched by halves.
 *
 *-------------------------------------------------------------------------
 */
#include "core/zone.h"

#include <stdbool.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_DAY (INT64_C(86400) * NS_PER_SECOND)

/* a - b, kept within int64 */
static int64_t
subtract(int64_t a, int64_t b)
{
	int64_t		result;

	if (__builtin_sub_overflow(a, b, &result))
		return b > 0 ? INT64_MIN : INT64_MAX;
	return result;
}

/* The last transition with at <= when. */
static int
find_interval(const TickZone *zone, int64_t when, int hint)
{
	int			low = 0;
	int			high = zone->transitions;

	if (hint >= 0 && hint < zone->transitions && zone->transition[hint].at <= when &&
		(hint + 1 == zone->transitions || zone->transition[hint + 1].at > when))
		return hint;
	while (high - low > 1)
	{
		int			middle = low + (high - low) / 2;

		if (zone->transition[middle].at <= when)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/*
 * As DetermineTimeZoneOffset() of PostgreSQL's datetime.c: the transition in
 * question is the first one after a day before the local time read as UTC.
 * A time that it makes doubtful takes the offset before it where clocks go
 * forward, the offset after it where they go back.
 */
int64_t
tick_zone_to_utc(const TickZone *zone, int64_t local_ns, int *hint)
{
	int			i = find_interval(zone, subtract(local_ns, NS_PER_DAY), *hint);
	int64_t		before = subtract(local_ns, zone->transition[i].offset * NS_PER_SECOND);
	int64_t		after;
	int64_t		boundary;

	*hint = i;
	if (i + 1 == zone->transitions)
		return before;
	boundary = zone->transition[i + 1].at;
	after = subtract(local_ns, zone->transition[i + 1].offset * NS_PER_SECOND);
	if (before < boundary && after < boundary)
		return before;
	if (before > boundary && after >= boundary)
		return after;
	return before > after ? before : after;
}

int64_t
tick_zone_to_local(const TickZone *zone, int64_t utc_ns, int *hint)
{
	*hint = find_interval(zone, utc_ns, *hint);
	return subtract(utc_ns, -zone->transition[*hint].offset * NS_PER_SECOND);
}
