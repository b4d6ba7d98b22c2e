/*-------------------------------------------------------------------------
 *
 * asof_match.c
 *	  As-of join: how many right rows come before each left row.
 *
 * The merge of two ascending lists of times is a path through a grid: a step
 * passes a right row or gives a left row its number.  Which one it is cannot
 * be predicted, so steps are made without branches; and as each waits for the
 * one before, the path is cut into pieces of equal length, found by binary
 * searches, which are walked side by side.
 *
 *-------------------------------------------------------------------------
 */
#include "core/asof_internal.h"

#define PATHS 4
#define PATH_STEPS 64			/* shorter ones are walked alone */
#define SPARSE 16				/* so many right rows a left one are searched, not walked */

/* Does right row r come before left row l? */
static inline bool
comes_before(int64_t r, int64_t l, bool strict)
{
	return strict ? r < l : r <= l;
}

/* Number of rows of right[low .. high - 1] that come before left time l, plus low. */
static inline uint32_t
count_right(const int64_t *right, uint32_t low, uint32_t high, int64_t l, bool strict)
{
	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (comes_before(right[middle], l, strict))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* First left row of from .. end - 1 that right row r comes before; end: none. */
static inline uint32_t
first_after(const int64_t *left, uint32_t from, uint32_t end, int64_t r, bool strict)
{
	while (from < end)
	{
		uint32_t	middle = from + (end - from) / 2;

		if (comes_before(r, left[middle], strict))
			end = middle;
		else
			from = middle + 1;
	}
	return from;
}

/* How many of the path's first `steps` pass right rows? */
static inline uint32_t
cut_path(const int64_t *left, uint32_t lefts, const int64_t *right, uint32_t rights, uint32_t steps, bool strict)
{
	uint32_t	low = steps > lefts ? steps - lefts : 0;
	uint32_t	high = steps < rights ? steps : rights;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (comes_before(right[middle], left[steps - 1 - middle], strict))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * at[i] = base + how many right rows come before left row i.  All lefts are
 * before the right row behind the last one, which is there; the last left row is after
 * all rights.
 */
static inline void
walk(uint16_t *at, const int64_t *left, uint32_t lefts, const int64_t *right, uint32_t rights, uint32_t base, bool strict)
{
	uint32_t	length = lefts + rights < PATH_STEPS ? 0 : (lefts + rights) / PATHS;
	uint32_t	l[PATHS] = {0};
	uint32_t	r[PATHS] = {0};
	uint32_t	begin[PATHS] = {0};
	int			rest = length == 0 ? 0 : PATHS - 1; /* whose path goes on to the end */

	for (int p = 1; p < PATHS; p++)
	{
		r[p] = cut_path(left, lefts, right, rights, length * (uint32_t) p, strict);
		begin[p] = l[p] = length * (uint32_t) p - r[p];
	}
	for (uint32_t step = 0; step < length; step++)
		for (int p = 0; p < PATHS; p++)
		{
			bool		before = comes_before(right[r[p]], left[l[p]], strict);

			at[l[p]] = (uint16_t) (base + r[p]);
			r[p] += before;
			l[p] += !before;
		}
	for (uint32_t i = l[rest], j = r[rest]; i < lefts; i++)
	{
		while (comes_before(right[j], left[i], strict))
			j++;
		at[i] = (uint16_t) (base + j);
	}
	/* a path may have written to the first row of the next one after that had */
	for (int p = 1; p < PATHS && length > 0; p++)
		if (begin[p] < lefts)
			at[begin[p]] = (uint16_t) (base + count_right(right, 0, rights, left[begin[p]], strict));
}

static inline uint32_t
count_rows(uint16_t *at, const int64_t *left, uint32_t from, uint32_t end,
		   const int64_t *right, uint32_t rows, uint32_t *next, bool strict)
{
	uint32_t	stop = first_after(left, from, end, right[rows - 1], strict);
	uint32_t	begin = *next;
	uint32_t	last = rows;

	if (stop > from)
	{
		last = count_right(right, begin, rows, left[stop - 1], strict);
		if (last - begin <= (uint64_t) SPARSE * (stop - from))
			walk(at + from, left + from, stop - from, right + begin, last - begin, begin, strict);
		else
			for (uint32_t i = from; i < stop; i++)
			{
				begin = count_right(right, begin, last, left[i], strict);
				at[i] = (uint16_t) begin;
			}
	}
	*next = stop < end ? rows : last;
	return stop;
}

uint32_t
tick_asof_count(uint16_t *at, const int64_t *left, uint32_t from, uint32_t end,
				const int64_t *right, uint32_t rows, uint32_t *next, bool strict)
{
	return strict ? count_rows(at, left, from, end, right, rows, next, true) :
		count_rows(at, left, from, end, right, rows, next, false);
}
