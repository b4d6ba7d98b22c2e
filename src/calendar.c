/*-------------------------------------------------------------------------
 *
 * calendar.c
 *	  Sessions of an exchange calendar as stored times.
 *
 * The rows of a date, when it has any, else the rules of its weekday, give a
 * day's sessions in local time of the calendar's zone; each is brought to
 * stored times once and kept, since bars ask for the same few days again and
 * again, symbol by symbol.  A session that closes at or before its open has
 * opened the evening before.  Doubtful local times are read as everywhere:
 * of an hour that comes twice it is the second, a skipped one is the hour
 * after.  Over a dataset without zone its stamps are the calendar's local
 * time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "calendar.h"
#include "catalog.h"
#include "core/value.h"
#include "timezone.h"

#define DAYS_KEPT 8				/* a power of two */
#define DAY_LIMIT 106753		/* int64 ns end before that day, either way */

typedef struct DaySessions
{
	bool		known;
	int64		day;
	int			count;
	int			capacity;
	TickSession *session;
} DaySessions;

struct TickCalendar
{
	char	   *name;
	const TickZone *zone;		/* that opens and closes are in, NULL: the stamps' own */
	const TickZone *own_zone;	/* as the calendar says */
	int			dates;
	TickCalendarEntry **date;	/* ascending by day */
	int			rules;
	TickCalendarEntry **rule;
	DaySessions days[DAYS_KEPT];
	MemoryContext context;		/* of their sessions */
	int			zone_hint;
};

static int
compare_days(const void *a, const void *b)
{
	int64		left = (*(TickCalendarEntry *const *) a)->day;
	int64		right = (*(TickCalendarEntry *const *) b)->day;

	return left < right ? -1 : left > right;
}

static int
compare_sessions(const void *a, const void *b)
{
	int64		left = ((const TickSession *) a)->open;
	int64		right = ((const TickSession *) b)->open;

	return left < right ? -1 : left > right;
}

TickCalendar *
TickCalendarOpen(const char *name, const TickDataset *dataset, Snapshot snapshot)
{
	List	   *entries = TickCatalogCalendar(name, snapshot);
	TickCalendar *calendar = palloc0(sizeof(TickCalendar));
	const char *zone = NULL;
	ListCell   *cell;

	if (entries == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("calendar \"%s\" does not exist", name),
				 errhint("Insert its sessions into tick.calendar.")));
	calendar->name = pstrdup(name);
	calendar->context = CurrentMemoryContext;
	calendar->date = palloc(list_length(entries) * sizeof(TickCalendarEntry *));
	calendar->rule = palloc(list_length(entries) * sizeof(TickCalendarEntry *));
	foreach(cell, entries)
	{
		TickCalendarEntry *entry = lfirst(cell);

		if (entry->dated)
			calendar->date[calendar->dates++] = entry;
		else
			calendar->rule[calendar->rules++] = entry;
		if (entry->zone == NULL)
			continue;
		if (zone != NULL && pg_strcasecmp(zone, entry->zone) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("rows of calendar \"%s\" name different time zones", name),
					 errdetail("They name \"%s\" and \"%s\".", zone, entry->zone)));
		zone = entry->zone;
	}
	qsort(calendar->date, calendar->dates, sizeof(TickCalendarEntry *), compare_days);
	calendar->own_zone = TickZoneByName(zone);
	if (dataset->zone != NULL)
		calendar->zone = calendar->own_zone != NULL ? calendar->own_zone : dataset->zone;
	return calendar;
}

const TickZone *
TickCalendarZone(const TickCalendar *calendar)
{
	return calendar->own_zone;
}

/* ns since 1970 of a local time of a day, as stored; at the ends what int64 holds */
static int64
stored_time(TickCalendar *calendar, int64 day, int64 us)
{
	int128		ns = (int128) day * TICK_NS_PER_DAY + us * 1000;
	int64		local = ns < PG_INT64_MIN ? PG_INT64_MIN : ns > PG_INT64_MAX ? PG_INT64_MAX : (int64) ns;

	return calendar->zone != NULL ? tick_zone_to_utc(calendar->zone, local, &calendar->zone_hint) : local;
}

static void
raise_overlap(const TickCalendar *calendar, int64 day)
{
	int			year,
				month,
				dayofmonth;

	tick_day_to_date(day, &year, &month, &dayofmonth);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("sessions of calendar \"%s\" overlap", calendar->name),
			 errdetail("One of %04d-%02d-%02d begins before the one before it ends.", year, month, dayofmonth)));
}

/* Add an entry's session; one that clocks leap over is none. */
static void
add_session(TickCalendar *calendar, DaySessions *sessions, const TickCalendarEntry *entry)
{
	TickSession session = {.day = sessions->day};

	session.open = stored_time(calendar, entry->open < entry->close ? sessions->day : sessions->day - 1, entry->open);
	session.close = stored_time(calendar, sessions->day, entry->close);
	if (session.open >= session.close)
		return;
	if (sessions->count == sessions->capacity)
	{
		sessions->capacity = Max(4, sessions->capacity * 2);
		sessions->session = sessions->session == NULL ?
			MemoryContextAlloc(calendar->context, sessions->capacity * sizeof(TickSession)) :
			repalloc(sessions->session, sessions->capacity * sizeof(TickSession));
	}
	sessions->session[sessions->count++] = session;
}

/* First of the entries of a date, or of those after it. */
static int
find_date(const TickCalendar *calendar, int64 day)
{
	int			low = 0;
	int			high = calendar->dates;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (calendar->date[middle]->day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What the calendar says of a day: a date's rows, of which one without times closes it, else the rules. */
static void
fill_day(TickCalendar *calendar, DaySessions *sessions, int64 day)
{
	int			at = find_date(calendar, day);
	int			weekday = (int) (day + 3 - tick_floor_div(day + 3, 7) * 7) + 1; /* 1970-01-01 is a Thursday */
	bool		closed = false;

	sessions->known = false;
	sessions->day = day;
	sessions->count = 0;
	if (at < calendar->dates && calendar->date[at]->day == day)
	{
		for (; at < calendar->dates && calendar->date[at]->day == day; at++)
			if (calendar->date[at]->has_session)
				add_session(calendar, sessions, calendar->date[at]);
			else
				closed = true;
		if (closed)
			sessions->count = 0;
	}
	else
		for (int i = 0; i < calendar->rules; i++)
			if ((calendar->rule[i]->weekdays & (1 << weekday)) != 0 && calendar->rule[i]->has_session)
				add_session(calendar, sessions, calendar->rule[i]);
	if (sessions->count > 1)
		qsort(sessions->session, sessions->count, sizeof(TickSession), compare_sessions);
	for (int i = 1; i < sessions->count; i++)
		if (sessions->session[i].open < sessions->session[i - 1].close)
			raise_overlap(calendar, day);
	sessions->known = true;
}

int
TickCalendarDay(TickCalendar *calendar, int64 day, const TickSession **sessions)
{
	DaySessions *kept = &calendar->days[day & (DAYS_KEPT - 1)];

	*sessions = NULL;
	if (day < -DAY_LIMIT || day > DAY_LIMIT)
		return 0;
	if (!kept->known || kept->day != day)
		fill_day(calendar, kept, day);
	*sessions = kept->session;
	return kept->count;
}

bool
TickCalendarFind(TickCalendar *calendar, int64 stamp, TickSession *session, int64 *low, int64 *high)
{
	int64		local = calendar->zone != NULL ? tick_zone_to_local(calendar->zone, stamp, &calendar->zone_hint) : stamp;
	int64		day = tick_floor_div(local, TICK_NS_PER_DAY);
	int64		close = PG_INT64_MIN;
	int64		next = PG_INT64_MAX;

	/* a session of the next day may have begun; those around bound the gap, up to midnight */
	for (int64 of = day - 1; of <= day + 2; of++)
	{
		const TickSession *sessions;
		int			count = TickCalendarDay(calendar, of, &sessions);

		for (int i = 0; i < count; i++)
		{
			if (sessions[i].open < close)
				raise_overlap(calendar, of);
			if (stamp >= sessions[i].open && stamp < sessions[i].close)
			{
				*session = sessions[i];
				*low = session->open;
				*high = session->close - 1;
				return true;
			}
			if (sessions[i].open > stamp)
			{
				next = sessions[i].open;
				break;
			}
			close = sessions[i].close;
		}
		if (next != PG_INT64_MAX)
			break;
	}
	*low = Max(close, Min(stamp, stored_time(calendar, day, 0)));
	*high = Min(next - 1, Max(stamp, stored_time(calendar, day + 1, 0) - 1));
	return false;
}
