/*-------------------------------------------------------------------------
 *
 * bars.c
 *	  tick_bars(): bars of any width from ticks or from finer bars.
 *
 * Bars are stamped at their start, in the local time of time_zone or else of
 * the calendar or else of the dataset.  Widths of hours and less count from
 * local midnight of 2001-01-01, which is a Monday, so that weeks begin on
 * Mondays; widths of months count calendar months.
 *
 * With a calendar only rows within a session count.  Widths of less than a
 * day then count from each session's open, and the last bar ends with it;
 * those of whole days and of months are of the days that sessions are of.
 *
 * fill puts bars where a symbol has no trades, between its first and its
 * last bar of the same day: with the close before ("previous") or without
 * prices ("null").  With a calendar they lie within its sessions; local times
 * that clocks leap over have none.
 *
 * Where clocks go back, an hour of local time comes twice.  Bars of a dataset
 * with a zone are therefore held back until no later row can have the same
 * local time, and a bar that comes again is added to the first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "access.h"
#include "calendar.h"
#include "convert.h"
#include "core/segment_stats.h"
#include "core/value.h"
#include "moment.h"
#include "qual.h"
#include "rollup.h"
#include "tick.h"
#include "timezone.h"

PG_FUNCTION_INFO_V1(tick_bars);

#define BARS_COLUMNS 10
#define MAX_WIDTH (INT64CONST(366000) * USECS_PER_DAY)	/* all times that are stored, and then some */
#define MAX_MONTHS 12000
#define MAX_FILLED 1000000		/* bars of a symbol and day */
#define CLOCKS_BACK (4 * USECS_PER_HOUR)

typedef enum BarsFill
{
	FILL_NONE, FILL_PREVIOUS, FILL_NULL
} BarsFill;

typedef struct Bars
{
	TickReading reading;
	const TickZone *zone;		/* of bar stamps, NULL: naive */
	TickCalendar *calendar;		/* or NULL */
	bool		by_session;		/* bars count from a session's open */
	int64		width;			/* us, or 0: months */
	int			months;
	int64		origin;			/* local us of 2001-01-01 */
	BarsFill	fill;
	int			by_columns;
	int			zone_hint;
	const TickColumn *price;	/* that prices are as in */
	ReturnSetInfo *result;
	MemoryContext context;		/* of the call */
	MemoryContext row_context;	/* of one bar's values */
	text	   *symbol;			/* of the last bar put out, or NULL */
	/* bars held back, of one symbol, by their start */
	TickRollupGroup *held;
	int			held_count;
	int			held_capacity;
	MemoryContext held_context; /* of their names and values */
	/* the bar before, for fill */
	bool		has_previous;
	TickString	previous_symbol;
	char		previous_name[TICK_MAX_SYMBOL_BYTES];
	bool		previous_null;
	int64		previous_bar;
	TickSession previous_session;	/* it is of, when bars are by session */
	int64		filled;			/* since the first bar of its day */
	TickPrice	previous_close;
	bool		previous_has_price;
} Bars;

/* ns kept within int64: wide bars begin before 1677 and end after 2262 */
static int64
clamp(int128 value)
{
	return value < PG_INT64_MIN ? PG_INT64_MIN : value > PG_INT64_MAX ? PG_INT64_MAX : (int64) value;
}

/* Local start of the bar that a local time lies in, and of the next one, in us since 1970. */
static void
bar_of_local(const Bars *bars, int64 local, int64 *start, int64 *next)
{
	if (bars->width > 0)
	{
		*start = bars->origin + tick_floor_div(local - bars->origin, bars->width) * bars->width;
		*next = *start + bars->width;
	}
	else
	{
		int			year,
					month,
					day;
		int64		number;
		int64		first = 0;

		tick_day_to_date(tick_floor_div(local, USECS_PER_DAY), &year, &month, &day);
		number = tick_floor_div(((int64) year - 2001) * 12 + month - 1, bars->months) * bars->months;
		(void) tick_date_to_day((int) (2001 + tick_floor_div(number, 12)), (int) (number - tick_floor_div(number, 12) * 12) + 1, 1, &first);
		*start = first * USECS_PER_DAY;
		number += bars->months;
		(void) tick_date_to_day((int) (2001 + tick_floor_div(number, 12)), (int) (number - tick_floor_div(number, 12) * 12) + 1, 1, &first);
		*next = first * USECS_PER_DAY;
	}
}

static int64
to_local(Bars *bars, int64 stamp)
{
	return bars->zone != NULL ? tick_zone_to_local(bars->zone, stamp, &bars->zone_hint) : stamp;
}

static int64
to_stored(Bars *bars, int64 local_us)
{
	int64		local = clamp((int128) local_us * 1000);

	return bars->zone != NULL ? tick_zone_to_utc(bars->zone, local, &bars->zone_hint) : local;
}

static int64
session_open(Bars *bars, const TickSession *session)
{
	return tick_floor_div(to_local(bars, session->open), 1000);
}

/* Local end of a session: of its last ns, as clocks may leap at its close. */
static int64
session_close(Bars *bars, const TickSession *session)
{
	return tick_floor_div(to_local(bars, session->close - 1), 1000) + 1;
}

static bool
time_is_date(const Bars *bars)
{
	const TickSchema *schema = &bars->reading.dataset->schema;

	return schema->column[schema->time].type == TICK_DATE;
}

/*
 * The bar of a local time within a session: the first
 * bar takes what clocks that go back bring before the open's local time.
 */
static void
bar_of_session(Bars *bars, const TickSession *session, int64 local, int64 *start, int64 *next)
{
	int64		open = session_open(bars, session);

	*start = open + Max(tick_floor_div(local - open, bars->width), 0) * bars->width;
	*next = *start + bars->width;
}

/* TickBucketFunction of bars that are made of whole days with a session. */
static bool
session_day_bucket(Bars *bars, int64 time, int64 *bucket, int64 *low, int64 *high)
{
	const TickSession *sessions;
	TickSession session;
	int64		next;

	if (time_is_date(bars))
	{
		*low = *high = time;
		if (TickCalendarDay(bars->calendar, time, &sessions) == 0)
			return false;
		session.day = time;
	}
	else if (!TickCalendarFind(bars->calendar, time, &session, low, high))
		return false;
	bar_of_local(bars, session.day * USECS_PER_DAY, bucket, &next);
	return true;
}

/*
 * TickBucketFunction: the local start of the bar.  The range ends where clocks
 * change: beyond, the same local times are other moments.
 */
static bool
bar_bucket(void *context, int64 time, int64 *bucket, int64 *low, int64 *high)
{
	Bars	   *bars = context;
	int64		scale = time_is_date(bars) ? TICK_NS_PER_DAY : 1;
	int64		stamp = time * scale;
	int64		local = to_local(bars, stamp);
	int64		first = PG_INT64_MIN;
	int64		last = PG_INT64_MAX;
	int64		next;

	if (bars->calendar != NULL && !bars->by_session)
		return session_day_bucket(bars, time, bucket, low, high);
	if (bars->zone != NULL)
	{
		first = bars->zone->transition[bars->zone_hint].at;
		if (bars->zone_hint + 1 < bars->zone->transitions)
			last = bars->zone->transition[bars->zone_hint + 1].at - 1;
	}
	if (bars->by_session)
	{
		TickSession session;

		if (!TickCalendarFind(bars->calendar, stamp, &session, low, high))
			return false;
		first = Max(first, *low);
		last = Min(last, *high);
		bar_of_session(bars, &session, tick_floor_div(local, 1000), bucket, &next);
	}
	else
		bar_of_local(bars, tick_floor_div(local, 1000), bucket, &next);
	*low = Min(Max(clamp((int128) stamp - local + (int128) *bucket * 1000), first), stamp) / scale;
	*high = Max(Min(clamp((int128) stamp - local + (int128) next * 1000 - 1), last), stamp) / scale;
	return true;
}

/* The symbol as text: bars of one follow each other, so the last one is kept. */
static Datum
symbol_text(Bars *bars, TickString symbol)
{
	if (bars->symbol == NULL || VARSIZE_ANY_EXHDR(bars->symbol) != symbol.length ||
		memcmp(VARDATA_ANY(bars->symbol), symbol.data, symbol.length) != 0)
	{
		MemoryContext old = MemoryContextSwitchTo(bars->context);

		if (bars->symbol != NULL)
			pfree(bars->symbol);
		bars->symbol = cstring_to_text_with_len(symbol.data, symbol.length);
		MemoryContextSwitchTo(old);
	}
	return PointerGetDatum(bars->symbol);
}

static Datum
by_array(const Bars *bars, const TickRollupGroup *group)
{
	Datum	   *by = palloc(bars->by_columns * sizeof(Datum));
	bool	   *nulls = palloc(bars->by_columns * sizeof(bool));
	int			count = bars->by_columns;
	int			lower = 1;

	for (int i = 0; i < count; i++)
	{
		nulls[i] = group->by[i].data == NULL;
		by[i] = nulls[i] ? (Datum) 0 :
			PointerGetDatum(cstring_to_text_with_len(group->by[i].data, group->by[i].length));
	}
	return PointerGetDatum(construct_md_array(by, nulls, 1, &count, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

/* Put one bar out; group NULL: a filled one. */
static void
emit(Bars *bars, const TickRollupGroup *group, TickString symbol, bool null_symbol, int64 start,
	 bool has_price, TickPrice close)
{
	const TickSymbolStats *stats = group != NULL ? &group->stats : NULL;
	MemoryContext old = MemoryContextSwitchTo(bars->row_context);
	Datum		values[BARS_COLUMNS] = {0};
	bool		nulls[BARS_COLUMNS] = {false};
	double		vwap = 0;
	int			i;

	nulls[0] = null_symbol || bars->reading.dataset->schema.symbol < 0;
	if (!nulls[0])
		values[0] = symbol_text(bars, symbol);
	values[1] = TimestampGetDatum(start - TICK_EPOCH_DAYS * USECS_PER_DAY);
	for (i = 2; i <= 5; i++)
		nulls[i] = !has_price;
	if (has_price)
	{
		values[2] = Float8GetDatum(TickPriceValue(bars->price, stats != NULL ? stats->open : close));
		values[3] = Float8GetDatum(TickPriceValue(bars->price, stats != NULL ? stats->high : close));
		values[4] = Float8GetDatum(TickPriceValue(bars->price, stats != NULL ? stats->low : close));
		values[5] = Float8GetDatum(TickPriceValue(bars->price, close));
	}
	nulls[6] = stats != NULL && !stats->has_volume;
	if (!nulls[6])
		values[6] = stats != NULL ? TickSumNumeric(&stats->volume) : NumericGetDatum(int64_to_numeric(0));
	nulls[7] = stats == NULL || !tick_stats_vwap(stats, &vwap);
	values[7] = Float8GetDatum(vwap);
	values[8] = Int64GetDatum(stats != NULL ? stats->trades : 0);
	nulls[9] = bars->by_columns == 0 || group == NULL;
	if (!nulls[9])
		values[9] = by_array(bars, group);
	tuplestore_putvalues(bars->result->setResult, bars->result->setDesc, values, nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(bars->row_context);
}

/* Is the bar of the same symbol and day as the one before?  *session is that of the bar, if bars have one. */
static bool
follows(Bars *bars, const TickRollupGroup *group, TickSession *session)
{
	int64		ignored;
	bool		found = true;
	bool		symbol = bars->has_previous && bars->previous_null == group->null_symbol &&
		tick_string_compare(bars->previous_symbol, group->symbol) == 0;

	if (bars->fill == FILL_NONE)
		return symbol;
	if (!bars->by_session)
		return symbol && tick_floor_div(bars->previous_bar, USECS_PER_DAY) == tick_floor_div(group->bucket, USECS_PER_DAY);
	found = TickCalendarFind(bars->calendar, to_stored(bars, group->bucket), session, &ignored, &ignored);
	if (!found)
		session->day = PG_INT64_MIN;
	return symbol && found && session->day == bars->previous_session.day;
}

/* The start of the bar after one; false when its session is its day's last. */
static bool
next_bar(Bars *bars, int64 *bar, TickSession *session)
{
	const TickSession *sessions;
	int64		start = *bar;
	int			count;

	if (!bars->by_session)
	{
		bar_of_local(bars, start, &start, bar);
		return true;
	}
	*bar += bars->width;
	if (*bar < session_close(bars, session))
		return true;
	count = TickCalendarDay(bars->calendar, session->day, &sessions);
	for (int i = 0; i < count; i++)
		if (sessions[i].open >= session->close)
		{
			*session = sessions[i];
			*bar = session_open(bars, session);
			return true;
		}
	return false;
}

/* Does no clock ever show a time of the bar?  In spring clocks leap over an hour. */
static bool
leapt_over(Bars *bars, int64 bar)
{
	int64		last = bar + bars->width - 1;

	return bars->zone != NULL && bars->width > 0 &&
		to_local(bars, to_stored(bars, bar)) != clamp((int128) bar * 1000) &&
		to_local(bars, to_stored(bars, last)) != clamp((int128) last * 1000);
}

/* Bars between the one before and this one. */
static void
fill_gap(Bars *bars, const TickRollupGroup *group)
{
	int64		bar = bars->previous_bar;
	TickSession session = bars->previous_session;
	bool		priced = bars->fill == FILL_PREVIOUS && bars->previous_has_price;

	if (bars->fill == FILL_NONE)
		return;
	while (next_bar(bars, &bar, &session) && bar < group->bucket)
	{
		CHECK_FOR_INTERRUPTS();
		if (++bars->filled > MAX_FILLED)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("more than %d bars to fill for one symbol and day", MAX_FILLED),
					 errhint("Make bars wider, or leave fill out.")));
		if (!leapt_over(bars, bar))
			emit(bars, NULL, group->symbol, group->null_symbol, bar, priced, bars->previous_close);
	}
}

/* The next bar in order. */
static void
put_out(Bars *bars, const TickRollupGroup *group)
{
	TickSession session = {0};
	bool		continues = follows(bars, group, &session);

	if (continues)
		fill_gap(bars, group);
	else
		bars->filled = 0;
	emit(bars, group, group->symbol, group->null_symbol, group->bucket, group->stats.has_price, group->stats.close);
	bars->has_previous = true;
	memcpy(bars->previous_name, group->symbol.data, Min(group->symbol.length, TICK_MAX_SYMBOL_BYTES));
	bars->previous_symbol.data = bars->previous_name;
	bars->previous_symbol.length = group->symbol.length;
	bars->previous_null = group->null_symbol;
	bars->previous_bar = group->bucket;
	bars->previous_session = session;
	bars->previous_has_price = group->stats.has_price || (continues && bars->previous_has_price);
	if (group->stats.has_price)
		bars->previous_close = group->stats.close;
}

/* ---- bars held back ---- */

static TickString
copy_string(TickString text)
{
	TickString	copy = {NULL, text.length};

	if (text.data != NULL)
		copy.data = pnstrdup(text.data, text.length);
	return copy;
}

/* Put out the first `count` held bars. */
static void
release_held(Bars *bars, int count)
{
	int			i;

	for (i = 0; i < count; i++)
		put_out(bars, &bars->held[i]);
	bars->held_count -= count;
	if (bars->held_count == 0)
		MemoryContextReset(bars->held_context);
	else
		memmove(bars->held, bars->held + count, bars->held_count * sizeof(TickRollupGroup));
}

static bool
same_by(const Bars *bars, const TickRollupGroup *a, const TickRollupGroup *b)
{
	int			i;

	for (i = 0; i < bars->by_columns; i++)
		if ((a->by[i].data == NULL) != (b->by[i].data == NULL) ||
			tick_string_compare(a->by[i], b->by[i]) != 0)
			return false;
	return true;
}

/* Keep a bar, in order; one of the same start and by values takes it in. */
static void
hold(Bars *bars, const TickRollupGroup *group)
{
	int			at = bars->held_count;
	int			i;
	MemoryContext old;
	TickRollupGroup *held;

	for (; at > 0 && bars->held[at - 1].bucket >= group->bucket; at--)
		if (bars->held[at - 1].bucket == group->bucket && same_by(bars, &bars->held[at - 1], group))
		{
			TickStatsCombine(bars->reading.dataset, &bars->held[at - 1].stats, &group->stats);
			return;
		}
	/* bars of one start keep the order they came in */
	while (at < bars->held_count && bars->held[at].bucket == group->bucket)
		at++;
	if (bars->held_count == bars->held_capacity)
	{
		bars->held_capacity = Max(16, bars->held_capacity * 2);
		bars->held = bars->held == NULL ? palloc(bars->held_capacity * sizeof(TickRollupGroup)) :
			repalloc(bars->held, bars->held_capacity * sizeof(TickRollupGroup));
	}
	held = &bars->held[at];
	memmove(held + 1, held, (bars->held_count++ - at) * sizeof(TickRollupGroup));
	*held = *group;
	old = MemoryContextSwitchTo(bars->held_context);
	held->symbol = copy_string(group->symbol);
	held->by = palloc(Max(bars->by_columns, 1) * sizeof(TickString));
	for (i = 0; i < bars->by_columns; i++)
		held->by[i] = copy_string(group->by[i]);
	MemoryContextSwitchTo(old);
}

/* Release what cannot come again: clocks go back by less than CLOCKS_BACK. */
static void
release_settled(Bars *bars, int64 bucket)
{
	int			count = 0;
	int64		start,
				next;

	for (; count < bars->held_count; count++)
	{
		if (bars->by_session)
			next = bars->held[count].bucket + bars->width;
		else
			bar_of_local(bars, bars->held[count].bucket, &start, &next);
		if (next > bucket - CLOCKS_BACK)
			break;
	}
	if (count > 0)
		release_held(bars, count);
}

static void
emit_group(void *context, const TickRollupGroup *group)
{
	Bars	   *bars = context;

	if (bars->zone == NULL)
	{
		put_out(bars, group);
		return;
	}
	if (bars->held_count > 0 &&
		(bars->held[0].null_symbol != group->null_symbol ||
		 tick_string_compare(bars->held[0].symbol, group->symbol) != 0))
		release_held(bars, bars->held_count);
	release_settled(bars, group->bucket);
	hold(bars, group);
}

static void
read_width(Bars *bars, const Interval *width)
{
	int64		us = 0;
	bool		large = pg_mul_s64_overflow(width->day, USECS_PER_DAY, &us) || pg_add_s64_overflow(us, width->time, &us);
	int64		first = 0;

	if ((width->month != 0 && (us != 0 || large)) || width->month < 0 || (width->month == 0 && us <= 0 && !large))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width of bars must be positive, and either months or days and time")));
	if (large || us > MAX_WIDTH || width->month > MAX_MONTHS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width of bars must not exceed 1000 years")));
	bars->months = width->month;
	bars->width = us;
	(void) tick_date_to_day(2001, 1, 1, &first);
	bars->origin = first * USECS_PER_DAY;
}

/* The calendar argument; widths that are neither part of a day nor whole days fit no session. */
static void
read_calendar(Bars *bars, const char *name)
{
	const TickDataset *dataset = bars->reading.dataset;

	bars->calendar = TickCalendarOpen(name, dataset, bars->reading.snapshot);
	if (dataset->zone != NULL && TickCalendarZone(bars->calendar) != NULL)
		bars->zone = TickCalendarZone(bars->calendar);
	bars->by_session = bars->months == 0 && bars->width % USECS_PER_DAY != 0 && !time_is_date(bars);
	if (bars->by_session && bars->width > USECS_PER_DAY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("with a calendar, bars must be shorter than a day, or of whole days or months")));
}

static BarsFill
read_fill(const char *fill)
{
	if (strcmp(fill, "none") == 0)
		return FILL_NONE;
	if (strcmp(fill, "previous") == 0)
		return FILL_PREVIOUS;
	if (strcmp(fill, "null") == 0)
		return FILL_NULL;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("fill must be none, previous or null, not \"%s\"", fill)));
	return FILL_NONE;			/* not reached */
}

/* The attributes named by argument by. */
static const TickAttribute **
read_by(Bars *bars, ArrayType *array)
{
	const TickDataset *dataset = bars->reading.dataset;
	const TickAttribute **by;
	Datum	   *names;
	int			i,
				a;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, NULL, &bars->by_columns);
	by = palloc(Max(bars->by_columns, 1) * sizeof(TickAttribute *));
	for (i = 0; i < bars->by_columns; i++)
	{
		char	   *name = TextDatumGetCString(names[i]);

		for (a = 0; a < dataset->attributes; a++)
			if (dataset->attribute[a].kind != TICK_ATTRIBUTE_DROPPED &&
				strcmp(NameStr(dataset->attribute[a].name), name) == 0)
				break;
		if (a == dataset->attributes)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of dataset \"%s\" does not exist", name, dataset->name)));
		by[i] = &dataset->attribute[a];
	}
	return by;
}

/* stats_where and the filter argument together. */
static TickFilter *
read_filters(Bars *bars, const char *filter)
{
	const TickDataset *dataset = bars->reading.dataset;
	TickFilter *both;

	if (filter == NULL || dataset->stats_where == NULL)
		return filter == NULL ? TickStatsFilter(&bars->reading) :
			TickQualFromText(dataset, bars->reading.relation, filter, "filter");
	both = palloc0(sizeof(TickFilter));
	both->kind = TICK_FILTER_AND;
	both->children = 2;
	both->child = palloc(2 * sizeof(TickFilter *));
	both->child[0] = TickStatsFilter(&bars->reading);
	both->child[1] = TickQualFromText(dataset, bars->reading.relation, filter, "filter");
	return both;
}

/* Bounds [from_ts, to_ts) as stored times; false when empty. */
static bool
read_bounds(FunctionCallInfo fcinfo, Bars *bars, TickRollup *rollup)
{
	int64		first,
				last;

	rollup->time_low = PG_INT64_MIN;
	rollup->time_high = PG_INT64_MAX;
	if (TickMomentArgument(fcinfo, 3, bars->reading.dataset, &first, &last))
		rollup->time_low = first;
	if (TickMomentArgument(fcinfo, 4, bars->reading.dataset, &first, &last))
	{
		if (first == PG_INT64_MIN)
			return false;
		rollup->time_high = first - 1;
	}
	return rollup->time_low <= rollup->time_high;
}

static void
run_bars(Bars *bars, TickRollup *rollup)
{
	int32		partition_low,
				partition_high;

	TickDatasetPartitions(bars->reading.dataset, rollup->time_low, rollup->time_high, &partition_low, &partition_high);
	bars->reading.symbols = rollup->symbols;
	bars->reading.symbol_count = rollup->symbol_count;
	TickReadingSegments(&bars->reading, partition_low, partition_high);
	TickRollupRun(rollup);
	release_held(bars, bars->held_count);
}

Datum
tick_bars(PG_FUNCTION_ARGS)
{
	Bars		bars = {0};
	TickRollup	rollup = {0};
	TickDataset *dataset;

	InitMaterializedSRF(fcinfo, 0);
	bars.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(7))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("target, width and fill must not be null")));
	TickReadingBegin(&bars.reading, PG_GETARG_OID(0));
	dataset = bars.reading.dataset;
	TickRollupCheck(dataset);
	read_width(&bars, PG_GETARG_INTERVAL_P(1));
	bars.fill = read_fill(text_to_cstring(PG_GETARG_TEXT_PP(7)));
	bars.zone = dataset->zone;
	if (!PG_ARGISNULL(8))
		read_calendar(&bars, text_to_cstring(PG_GETARG_TEXT_PP(8)));
	if (!PG_ARGISNULL(9) && dataset->zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time_zone needs a dataset whose time is timestamptz"),
				 errdetail("The stamps of \"%s\" are naive.", dataset->name)));
	if (!PG_ARGISNULL(9))
		bars.zone = TickZoneByName(text_to_cstring(PG_GETARG_TEXT_PP(9)));
	bars.price = TickPriceColumn(dataset);
	bars.context = CurrentMemoryContext;
	bars.row_context = AllocSetContextCreate(CurrentMemoryContext, "tick bar", ALLOCSET_DEFAULT_SIZES);
	bars.held_context = AllocSetContextCreate(CurrentMemoryContext, "tick held bars", ALLOCSET_DEFAULT_SIZES);
	rollup.reading = &bars.reading;
	if (!PG_ARGISNULL(2))
		rollup.symbols = TickSymbolsArgument(PG_GETARG_ARRAYTYPE_P(2), &rollup.symbol_count);
	if (!PG_ARGISNULL(5))
		rollup.by = read_by(&bars, PG_GETARG_ARRAYTYPE_P(5));
	rollup.by_columns = bars.by_columns;
	rollup.filter = read_filters(&bars, PG_ARGISNULL(6) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(6)));
	rollup.bucket = bar_bucket;
	rollup.bucket_context = &bars;
	rollup.group = emit_group;
	rollup.group_context = &bars;
	if (bars.by_columns > 0 && bars.fill != FILL_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("fill cannot be combined with by")));
	if (read_bounds(fcinfo, &bars, &rollup))
		run_bars(&bars, &rollup);
	TickReadingEnd(&bars.reading);
	return (Datum) 0;
}
