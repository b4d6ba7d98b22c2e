/*-------------------------------------------------------------------------
 *
 * calendar.h
 *	  Sessions of an exchange calendar as stored times.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CALENDAR_H
#define TICK_CALENDAR_H

#include "postgres.h"

#include "utils/snapshot.h"

#include "dataset.h"

typedef struct TickCalendar TickCalendar;

/* A session: stored ns from open up to, not including, close. */
typedef struct TickSession
{
	int64		day;			/* since 1970: the day it is of, which it may begin the evening before */
	int64		open;
	int64		close;
} TickSession;

/*
 * Read a calendar for a dataset, in the current memory context; an ERROR
 * when there is none of that name.
 */
extern TickCalendar *TickCalendarOpen(const char *name, const TickDataset *dataset, Snapshot snapshot);

/* Its zone, or NULL: the dataset's, or the dataset has none. */
extern const TickZone *TickCalendarZone(const TickCalendar *calendar);

/* Sessions of a day by their open, valid until the next call; returns how many. */
extern int	TickCalendarDay(TickCalendar *calendar, int64 day, const TickSession **sessions);

/*
 * The session that a stored time lies in; false: none.  Either way all times
 * low .. high get the same answer.
 */
extern bool TickCalendarFind(TickCalendar *calendar, int64 stamp, TickSession *session, int64 *low, int64 *high);

#endif							/* TICK_CALENDAR_H */
