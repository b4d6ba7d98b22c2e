/*-------------------------------------------------------------------------
 *
 * test_zone.c
 *	  Local time and UTC around transitions made by hand.
 *
 * The expected readings of doubtful local times are PostgreSQL's (SELECT
 * timestamp '...' AT TIME ZONE '...').  For random times the rule of
 * DetermineTimeZoneOffset() is written down a second time here, in whole
 * seconds as there.
 *
 *-------------------------------------------------------------------------
 */
#include "core/value.h"
#include "core/zone.h"

#include "unit.h"

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)

/* ns since 1970 of a date and a time of day, as if both were UTC */
static int64_t
at(int year, int month, int day, int hour, int minute, int second)
{
	int64_t		days = 0;

	CHECK(tick_date_to_day(year, month, day, &days));
	return days * TICK_NS_PER_DAY + hour * HOUR + (minute * 60 + second) * SECOND;
}

/* Day of the month of the n-th Sunday. */
static int
sunday(int year, int month, int n)
{
	int64_t		first;

	CHECK(tick_date_to_day(year, month, 1, &first));
	/* 1970-01-01 was a Thursday */
	return (int) (1 + ((3 - first) % 7 + 7) % 7 + 7 * (n - 1));
}

static TickTransition new_york_transitions[200];
static TickZone new_york;

/* The rule of 2007: second Sunday of March, first Sunday of November, at 02:00. */
static void
make_new_york(void)
{
	int			n = 0;

	new_york_transitions[n++] = (TickTransition) {INT64_MIN, -18000, 0};
	for (int year = 2007; year <= 2037; year++)
	{
		new_york_transitions[n++] = (TickTransition) {at(year, 3, sunday(year, 3, 2), 7, 0, 0), -14400, 1};
		new_york_transitions[n++] = (TickTransition) {at(year, 11, sunday(year, 11, 1), 6, 0, 0), -18000, 0};
	}
	new_york = (TickZone) {n, new_york_transitions};
}

static int64_t
to_utc(const TickZone *zone, int64_t local)
{
	int			hint = 0;

	return tick_zone_to_utc(zone, local, &hint);
}

static void
test_new_york(void)
{
	/* the days of the changes are the known ones */
	CHECK_INT(sunday(2021, 3, 2), 14);
	CHECK_INT(sunday(2021, 11, 1), 7);
	CHECK_INT(sunday(2008, 3, 2), 9);

	CHECK_INT(to_utc(&new_york, at(2021, 1, 4, 9, 30, 0)), at(2021, 1, 4, 14, 30, 0));
	CHECK_INT(to_utc(&new_york, at(2021, 7, 1, 9, 30, 0)), at(2021, 7, 1, 13, 30, 0));
	/* clocks go forward: 01:59:59 is the last of EST, 02:00 to 03:00 does not exist and reads as EST */
	CHECK_INT(to_utc(&new_york, at(2021, 3, 14, 1, 59, 59)), at(2021, 3, 14, 6, 59, 59));
	CHECK_INT(to_utc(&new_york, at(2021, 3, 14, 2, 0, 0)), at(2021, 3, 14, 7, 0, 0));
	CHECK_INT(to_utc(&new_york, at(2021, 3, 14, 2, 30, 0)), at(2021, 3, 14, 7, 30, 0));
	CHECK_INT(to_utc(&new_york, at(2021, 3, 14, 2, 59, 59) + SECOND - 1), at(2021, 3, 14, 7, 59, 59) + SECOND - 1);
	CHECK_INT(to_utc(&new_york, at(2021, 3, 14, 3, 0, 0)), at(2021, 3, 14, 7, 0, 0));
	CHECK_INT(to_utc(&new_york, at(2021, 3, 14, 3, 0, 0) + 1), at(2021, 3, 14, 7, 0, 0) + 1);
	/* clocks go back: 01:00 to 02:00 happens twice and reads as EST */
	CHECK_INT(to_utc(&new_york, at(2021, 11, 7, 0, 59, 59) + SECOND - 1), at(2021, 11, 7, 4, 59, 59) + SECOND - 1);
	CHECK_INT(to_utc(&new_york, at(2021, 11, 7, 1, 0, 0)), at(2021, 11, 7, 6, 0, 0));
	CHECK_INT(to_utc(&new_york, at(2021, 11, 7, 1, 30, 0)), at(2021, 11, 7, 6, 30, 0));
	CHECK_INT(to_utc(&new_york, at(2021, 11, 7, 2, 0, 0)), at(2021, 11, 7, 7, 0, 0));
	/* before and after the table */
	CHECK_INT(to_utc(&new_york, at(1950, 7, 1, 12, 0, 0)), at(1950, 7, 1, 17, 0, 0));
	CHECK_INT(to_utc(&new_york, at(2100, 7, 1, 12, 0, 0)), at(2100, 7, 1, 17, 0, 0));
}

static void
test_to_local(void)
{
	int			hint = 0;

	CHECK_INT(tick_zone_to_local(&new_york, at(2021, 3, 14, 6, 59, 59), &hint), at(2021, 3, 14, 1, 59, 59));
	CHECK_INT(tick_zone_to_local(&new_york, at(2021, 3, 14, 7, 0, 0) - 1, &hint), at(2021, 3, 14, 2, 0, 0) - 1);
	CHECK_INT(tick_zone_to_local(&new_york, at(2021, 3, 14, 7, 0, 0), &hint), at(2021, 3, 14, 3, 0, 0));
	CHECK_INT(tick_zone_to_local(&new_york, at(2021, 11, 7, 5, 30, 0), &hint), at(2021, 11, 7, 1, 30, 0));
	CHECK_INT(tick_zone_to_local(&new_york, at(2021, 11, 7, 6, 30, 0), &hint), at(2021, 11, 7, 1, 30, 0));
	CHECK_INT(tick_zone_to_local(&new_york, at(1950, 1, 1, 5, 0, 0), &hint), at(1950, 1, 1, 0, 0, 0));
}

/* No daylight time on either side: what decides is which way the clocks went. */
static void
test_moscow(void)
{
	TickTransition transition[] = {
		{INT64_MIN, 10800, 0}, {at(2011, 3, 26, 23, 0, 0), 14400, 0}, {at(2014, 10, 25, 22, 0, 0), 10800, 0}
	};
	const TickZone moscow = {3, transition};

	CHECK_INT(to_utc(&moscow, at(2011, 3, 27, 2, 30, 0)), at(2011, 3, 26, 23, 30, 0));
	CHECK_INT(to_utc(&moscow, at(2014, 10, 26, 1, 30, 0)), at(2014, 10, 25, 22, 30, 0));
	CHECK_INT(to_utc(&moscow, at(2014, 10, 26, 0, 59, 59)), at(2014, 10, 25, 20, 59, 59));
	CHECK_INT(to_utc(&moscow, at(2014, 10, 26, 2, 0, 0)), at(2014, 10, 25, 23, 0, 0));
}

/* A day that was skipped, and one that came twice, as on the date line. */
static void
test_whole_day(void)
{
	TickTransition transition[] = {
		{INT64_MIN, -36000, 0}, {at(2011, 12, 30, 10, 0, 0), 50400, 0}
	};
	const TickZone apia = {2, transition};

	CHECK_INT(to_utc(&apia, at(2011, 12, 29, 23, 59, 59)), at(2011, 12, 30, 9, 59, 59));
	CHECK_INT(to_utc(&apia, at(2011, 12, 30, 12, 0, 0)), at(2011, 12, 30, 22, 0, 0));
	CHECK_INT(to_utc(&apia, at(2011, 12, 31, 0, 0, 0)), at(2011, 12, 30, 10, 0, 0));
}

static void
test_fixed_offset(void)
{
	TickTransition transition = {INT64_MIN, 19800, 0};
	const TickZone india = {1, &transition};
	int			hint = 0;

	CHECK_INT(tick_zone_to_utc(&india, at(2021, 1, 4, 5, 30, 0), &hint), at(2021, 1, 4, 0, 0, 0));
	CHECK_INT(tick_zone_to_local(&india, at(2021, 1, 4, 0, 0, 0), &hint), at(2021, 1, 4, 5, 30, 0));
	CHECK_INT(hint, 0);
}

/* At the ends of the range results stay there instead of wrapping around. */
static void
test_extremes(void)
{
	int			hint = 0;

	CHECK_INT(tick_zone_to_utc(&new_york, INT64_MAX, &hint), INT64_MAX);
	CHECK_INT(tick_zone_to_utc(&new_york, INT64_MIN, &hint), INT64_MIN + 5 * HOUR);
	CHECK_INT(tick_zone_to_local(&new_york, INT64_MIN, &hint), INT64_MIN);
	CHECK_INT(tick_zone_to_local(&new_york, INT64_MAX, &hint), INT64_MAX - 5 * HOUR);
}

/* floor(a / 10^9) */
static int64_t
seconds(int64_t ns)
{
	return ns / SECOND - (ns % SECOND < 0);
}

/* DetermineTimeZoneOffsetInternal() of PostgreSQL 15, in its own order, by a linear search. */
static int64_t
determine_utc(const TickZone *zone, int64_t local)
{
	int64_t		mytime = seconds(local);
	int64_t		prevtime = mytime - 86400;
	int64_t		beforetime;
	int64_t		aftertime;
	int64_t		boundary;
	int			next = 1;

	while (next < zone->transitions && seconds(zone->transition[next].at) <= prevtime)
		next++;
	beforetime = mytime - zone->transition[next - 1].offset;
	if (next == zone->transitions)
		return beforetime * SECOND + (local - mytime * SECOND);
	boundary = seconds(zone->transition[next].at);
	aftertime = mytime - zone->transition[next].offset;
	if (beforetime < boundary && aftertime < boundary)
		mytime = beforetime;
	else if (beforetime > boundary && aftertime >= boundary)
		mytime = aftertime;
	else if (beforetime > aftertime)
		mytime = beforetime;
	else
		mytime = aftertime;
	return mytime * SECOND + (local - seconds(local) * SECOND);
}

/* Is this a local time that New York's clocks never showed? */
static bool
never_shown(int64_t local)
{
	for (int i = 1; i < new_york.transitions; i++)
		if (new_york.transition[i].daylight && local >= new_york.transition[i].at - 5 * HOUR &&
			local < new_york.transition[i].at - 4 * HOUR)
			return true;
	return false;
}

/* Any hint gives the same; a time that exists comes back from the way to UTC, another one does not. */
static void
test_random(void)
{
	uint64_t	seed = 41;
	int			wrong = 0;
	int			never = 0;

	for (int n = 0; n < 40000; n++)
	{
		const TickTransition *near = &new_york.transition[1 + unit_random(&seed) % (new_york.transitions - 1)];
		uint64_t	spread = unit_random(&seed) % 4;
		int64_t		local = near->at - 5 * HOUR;
		int			hint = (int) (unit_random(&seed) % 70) - 3;
		int			other = (int) (unit_random(&seed) % 70) - 3;
		int64_t		utc;

		/* close to a transition, or days from it */
		local += (int64_t) (unit_random(&seed) % (spread == 0 ? 4 * SECOND : spread == 1 ? 8 * HOUR : 4000 * HOUR));
		local -= (int64_t) (unit_random(&seed) % (spread == 0 ? 4 * SECOND : spread == 1 ? 8 * HOUR : 4000 * HOUR));
		if (spread == 2)
			local = seconds(local) * SECOND;
		utc = tick_zone_to_utc(&new_york, local, &hint);
		wrong += utc != determine_utc(&new_york, local);
		never += never_shown(local);
		wrong += (tick_zone_to_local(&new_york, utc, &other) == local) == never_shown(local);
	}
	CHECK_INT(wrong, 0);
	CHECK(never > 1000);
}

int
main(void)
{
	make_new_york();
	RUN(test_new_york);
	RUN(test_to_local);
	RUN(test_moscow);
	RUN(test_whole_day);
	RUN(test_fixed_offset);
	RUN(test_extremes);
	RUN(test_random);
	return unit_report("zone");
}
