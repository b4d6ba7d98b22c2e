/*-------------------------------------------------------------------------
 *
 * asof_window.h
 *	  Window join: aggregates of the right rows around each left row's time.
 *
 * The window of a left row at time t is the right rows of the same symbol
 * with times from t - before to t + after, both inclusive, and, unless a row
 * stands at its very beginning, the prevailing one: the last row before it.
 *
 * Left rows come as for an as-of join (asof.h), and so do the right ones.
 * Both ends of the window only advance, so the whole is O(n + m): sums are
 * differences of running ones in exact units, least and greatest values are
 * kept in queues.  Only sums over doubles that are no decimals are added up
 * anew for each window.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ASOF_WINDOW_H
#define TICK_CORE_ASOF_WINDOW_H

#include "core/asof.h"

typedef enum TickWindowKind
{
	TICK_WINDOW_COUNT,			/* rows, or those where the column is not null */
	TICK_WINDOW_SUM,
	TICK_WINDOW_AVG,			/* a double */
	TICK_WINDOW_MIN,			/* NaN is the greatest */
	TICK_WINDOW_MAX,
	TICK_WINDOW_FIRST,			/* that is not null */
	TICK_WINDOW_LAST,
	TICK_WINDOW_VWAP			/* sum(column * weight) / sum(weight), where neither is null */
} TickWindowKind;

typedef struct TickWindowAggregate
{
	TickWindowKind kind;
	int			column;			/* wanted index, -1: rows */
	int			weight;			/* of VWAP */
	TickType	type;			/* of the result; of integers or decimals the scale is the column's */
	uint8_t		scale;
} TickWindowAggregate;

typedef struct TickWindowOptions
{
	const TickColumn *wanted;	/* fixed types only */
	int			wanted_columns;
	int			time;
	int64_t		before;
	int64_t		after;
	bool		prevailing;
	const TickWindowAggregate *aggregate;
	int			aggregates;
} TickWindowOptions;

typedef struct TickWindow TickWindow;

/* A time moved by a span, at most to the ends of what is counted. */
static inline int64_t
tick_window_bound(int64_t time, int64_t span)
{
	int64_t		sum;

	if (!__builtin_add_overflow(time, span, &sum))
		return sum;
	return time < 0 ? INT64_MIN : INT64_MAX;
}

extern TickStatus tick_window_create(TickWindow **window, const TickMemory *memory,
									 const TickWindowOptions *options, TickError *error);
extern void tick_window_free(TickWindow *window);

/* As tick_asof_begin(), _symbol(), _no_symbol() and _match(). */
extern void tick_window_begin(TickWindow *window, TickMerge *merge, int64_t time_low);
extern TickStatus tick_window_symbol(TickWindow *window, const TickString *name, const TickAsofRow *prior, TickError *error);
extern void tick_window_no_symbol(TickWindow *window);
extern TickStatus tick_window_match(TickWindow *window, const int64_t *time, uint32_t first, uint32_t span,
									const uint64_t *keep, TickError *error);

/* An aggregate's values at the places of the last match. */
extern const TickVector *tick_window_column(const TickWindow *window, int aggregate);

#endif							/* TICK_CORE_ASOF_WINDOW_H */
