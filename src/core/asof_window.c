/*-------------------------------------------------------------------------
 *
 * asof_window.c
 *	  Window join: aggregates of the right rows around each left row's time.
 *
 * The symbol's right rows that a window may still need are held in arrays,
 * which are moved down when half of them has been passed.  With each row
 * stand running counts and sums up to it; unsigned arithmetic wraps, so that
 * their differences are right however long a symbol is.
 *
 * Sums of doubles are exact in units of 10^-UNIT_SCALE; a double that is no
 * such decimal is counted apart, and a window that has any adds its values
 * up one by one.
 *
 * Memory: the rows of the longest window, twice, and a batch.
 *
 *-------------------------------------------------------------------------
 */
#include "core/asof_window.h"

#include <math.h>
#include <string.h>

#include "core/asof_stream.h"
#include "core/sum.h"

#define UNIT_SCALE 12
#define MAX_UNITS ((tick_int128) 1 << 90)

typedef unsigned __int128 Units __attribute__((aligned(8)));

/* Running totals of the rows up to one, that one not included. */
typedef struct Running
{
	Units		units;
	Units		weight;			/* of VWAP */
	uint64_t	count;			/* that are not null */
	uint64_t	rest;			/* of these, no decimals */
} Running;

/*
 * Tally: one aggregate over the rows held.
 */
typedef struct Tally
{
	TickVector	vector;			/* results; owns the arrays */
	uint64_t   *bits;
	bool		absent;
	Running    *running;		/* capacity + 1 */
	uint32_t   *queue;			/* MIN, MAX: rows of the window that may yet be the best, best first */
	uint32_t	queue_first;
	uint32_t	queue_end;
} Tally;

struct TickWindow
{
	const TickMemory *memory;
	TickWindowOptions options;
	Tally	   *tally;
	TickAsofStream stream;
	bool		nothing;		/* the symbol has no rows at all, or is null */

	/* rows held */
	uint32_t	capacity;
	uint32_t	rows;
	int64_t    *time;
	int64_t   **value;			/* by wanted column; doubles by their bits */
	bool	  **present;

	/* the window */
	uint32_t	low;			/* first row in it */
	uint32_t	high;			/* first row after it */
	uint32_t	begin;			/* first row not before its beginning */
};

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

static inline double
as_double(int64_t bits)
{
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* ---- making ---- */

static bool
has_queue(const TickWindow *window, int aggregate)
{
	return window->options.aggregate[aggregate].kind == TICK_WINDOW_MIN ||
		window->options.aggregate[aggregate].kind == TICK_WINDOW_MAX;
}

/* Have room for more rows. */
static TickStatus
grow(TickWindow *window, uint32_t more, TickError *error)
{
	uint64_t	wanted = (uint64_t) window->rows + more;
	size_t		capacity = window->capacity == 0 ? 4096 : window->capacity;

	if (wanted <= window->capacity)
		return TICK_OK;
	while (capacity < wanted)
		capacity *= 2;
	if (capacity > UINT32_MAX / 2)
		return tick_error_set(error, TICK_UNSUPPORTED, "a window holds more than %u rows", UINT32_MAX / 2);
#define GROW(array, count) \
	do { \
		void	   *moved = tick_resize(window->memory, (array), (count) * sizeof(*(array))); \
		if (moved == NULL) \
			return out_of_memory(error); \
		(array) = moved; \
	} while (0)
	GROW(window->time, capacity);
	for (int i = 0; i < window->options.wanted_columns; i++)
	{
		GROW(window->value[i], capacity);
		GROW(window->present[i], capacity);
	}
	for (int i = 0; i < window->options.aggregates; i++)
	{
		bool		fresh = window->tally[i].running == NULL;

		GROW(window->tally[i].running, capacity + 1);
		if (fresh)
			memset(window->tally[i].running, 0, sizeof(Running));
		if (has_queue(window, i))
			GROW(window->tally[i].queue, capacity);
	}
#undef GROW
	window->capacity = (uint32_t) capacity;
	return TICK_OK;
}

TickStatus
tick_window_create(TickWindow **window, const TickMemory *memory, const TickWindowOptions *options, TickError *error)
{
	TickWindow *w = tick_alloc_zero(memory, sizeof(*w));
	TickStatus	status = TICK_OK;

	*window = NULL;
	if (w == NULL)
		return out_of_memory(error);
	w->memory = memory;
	w->options = *options;
	w->nothing = true;
	w->tally = tick_alloc_zero(memory, (size_t) options->aggregates * sizeof(Tally) + 1);
	w->value = tick_alloc_zero(memory, (size_t) options->wanted_columns * sizeof(int64_t *) + 1);
	w->present = tick_alloc_zero(memory, (size_t) options->wanted_columns * sizeof(bool *) + 1);
	if (w->tally == NULL || w->value == NULL || w->present == NULL)
		status = out_of_memory(error);
	for (int i = 0; i < options->aggregates && status == TICK_OK; i++)
	{
		status = tick_vector_init(&w->tally[i].vector, memory, options->aggregate[i].type, options->aggregate[i].scale,
								  TICK_BATCH_ROWS, true, error);
		w->tally[i].bits = w->tally[i].vector.validity;
	}
	if (status == TICK_OK)
		status = grow(w, 1, error);
	if (status != TICK_OK)
	{
		tick_window_free(w);
		return status;
	}
	*window = w;
	return TICK_OK;
}

void
tick_window_free(TickWindow *window)
{
	if (window == NULL)
		return;
	for (int i = 0; i < window->options.aggregates && window->tally != NULL; i++)
	{
		window->tally[i].vector.validity = window->tally[i].bits;
		tick_vector_free(&window->tally[i].vector, window->memory);
		tick_free(window->memory, window->tally[i].running);
		tick_free(window->memory, window->tally[i].queue);
	}
	for (int i = 0; i < window->options.wanted_columns; i++)
	{
		if (window->value != NULL)
			tick_free(window->memory, window->value[i]);
		if (window->present != NULL)
			tick_free(window->memory, window->present[i]);
	}
	tick_free(window->memory, window->value);
	tick_free(window->memory, window->present);
	tick_free(window->memory, window->time);
	tick_free(window->memory, window->tally);
	tick_free(window->memory, window);
}

/* ---- rows in ---- */

/* The scale of the units that a column's sums are in. */
static inline int
unit_scale(const TickColumn *column)
{
	return column->type == TICK_DOUBLE ? UNIT_SCALE : column->scale;
}

/* A number as a decimal; false when it is none of at most UNIT_SCALE digits. */
static inline bool
decimal_of(const TickColumn *column, int64_t value, int64_t *mantissa, uint8_t *exponent)
{
	*mantissa = value;
	*exponent = column->scale;
	return column->type != TICK_DOUBLE ||
		(tick_double_to_decimal(as_double(value), mantissa, exponent) && *exponent <= UNIT_SCALE);
}

/* Bring a decimal to a scale that it fits; false when it is too large. */
static inline bool
scale_to(tick_int128 *units, int digits)
{
	return !__builtin_mul_overflow(*units, (tick_int128) tick_power_of_ten[digits], units) &&
		*units < MAX_UNITS && *units > -MAX_UNITS;
}

static bool
units_of(const TickColumn *column, int64_t value, tick_int128 *units)
{
	int64_t		mantissa;
	uint8_t		exponent;

	if (!decimal_of(column, value, &mantissa, &exponent))
		return false;
	*units = mantissa;
	return scale_to(units, unit_scale(column) - exponent);
}

/* A product in units of 10^-UNIT_SCALE. */
static bool
units_of_product(const TickColumn *a, int64_t x, const TickColumn *b, int64_t y, tick_int128 *units)
{
	int64_t		left,
				right;
	uint8_t		left_exponent,
				right_exponent;

	if (!decimal_of(a, x, &left, &left_exponent) || !decimal_of(b, y, &right, &right_exponent) ||
		left_exponent + right_exponent > UNIT_SCALE)
		return false;
	*units = (tick_int128) left * right;
	return scale_to(units, UNIT_SCALE - left_exponent - right_exponent);
}

/* Extend the running totals by row r. */
static void
extend(TickWindow *window, int aggregate, uint32_t r)
{
	const TickWindowAggregate *what = &window->options.aggregate[aggregate];
	Running    *running = &window->tally[aggregate].running[r];
	const TickColumn *column = what->column >= 0 ? &window->options.wanted[what->column] : NULL;
	tick_int128 units;
	tick_int128 weight;

	running[1] = running[0];
	if (column == NULL || !window->present[what->column][r])
		return;
	if (what->kind == TICK_WINDOW_VWAP)
	{
		const TickColumn *by = &window->options.wanted[what->weight];
		int64_t		value = window->value[what->column][r];
		int64_t		size = window->value[what->weight][r];

		if (!window->present[what->weight][r])
			return;
		if (units_of_product(column, value, by, size, &units) && units_of(by, size, &weight))
		{
			running[1].units += (Units) units;
			running[1].weight += (Units) weight;
		}
		else
			running[1].rest++;
	}
	else if (what->kind == TICK_WINDOW_SUM || what->kind == TICK_WINDOW_AVG)
	{
		if (units_of(column, window->value[what->column][r], &units))
			running[1].units += (Units) units;
		else
			running[1].rest++;
	}
	running[1].count++;
}

/* Append rows first .. first + rows - 1 of the slice's vectors. */
static TickStatus
append_slice(TickWindow *window, TickError *error)
{
	const TickSlice *slice = &window->stream.slice;
	uint32_t	at = window->rows;

	TICK_TRY(grow(window, slice->rows, error));
	memcpy(window->time + at, window->stream.time, slice->rows * sizeof(int64_t));
	for (int i = 0; i < window->options.wanted_columns; i++)
	{
		const TickVector *vector;

		TICK_TRY(tick_cursor_column(slice->cursor, i, &vector, error));
		memcpy(window->value[i] + at, vector->i64 + slice->first, slice->rows * sizeof(int64_t));
		for (uint32_t r = 0; r < slice->rows; r++)
			window->present[i][at + r] = tick_vector_present(vector, slice->first + r);
	}
	window->rows += slice->rows;
	for (int i = 0; i < window->options.aggregates; i++)
		for (uint32_t r = at; r < window->rows; r++)
			extend(window, i, r);
	return TICK_OK;
}

/* Drop the rows that no window can need any more. */
static void
move_down(TickWindow *window)
{
	uint32_t	gone = window->begin > 0 ? window->begin - 1 : 0;
	size_t		left;

	gone = gone < window->low ? gone : window->low;
	if (gone < window->rows / 2 || gone == 0)
		return;
	left = window->rows - gone;
	memmove(window->time, window->time + gone, left * sizeof(int64_t));
	for (int i = 0; i < window->options.wanted_columns; i++)
	{
		memmove(window->value[i], window->value[i] + gone, left * sizeof(int64_t));
		memmove(window->present[i], window->present[i] + gone, left * sizeof(bool));
	}
	for (int i = 0; i < window->options.aggregates; i++)
	{
		Tally	   *tally = &window->tally[i];

		memmove(tally->running, tally->running + gone, (left + 1) * sizeof(Running));
		/* rows of the queue that are gone have left the window too */
		if (tally->queue == NULL)
			continue;
		while (tally->queue_first < tally->queue_end && tally->queue[tally->queue_first] < gone)
			tally->queue_first++;
		for (uint32_t q = tally->queue_first; q < tally->queue_end; q++)
			tally->queue[q - tally->queue_first] = tally->queue[q] - gone;
		tally->queue_end -= tally->queue_first;
		tally->queue_first = 0;
	}
	window->rows -= gone;
	window->low -= gone;
	window->high -= gone;
	window->begin -= gone;
}

/* ---- symbols ---- */

void
tick_window_begin(TickWindow *window, TickMerge *merge, int64_t time_low)
{
	tick_asof_stream_begin(&window->stream, merge, window->options.time, time_low);
	window->nothing = true;
}

void
tick_window_no_symbol(TickWindow *window)
{
	window->nothing = true;
}

TickStatus
tick_window_symbol(TickWindow *window, const TickString *name, const TickAsofRow *prior, TickError *error)
{
	window->nothing = false;
	window->rows = window->low = window->high = window->begin = 0;
	for (int i = 0; i < window->options.aggregates; i++)
		window->tally[i].queue_first = window->tally[i].queue_end = 0;
	if (prior != NULL && prior->found)
	{
		TICK_TRY(grow(window, 1, error));
		window->time[0] = prior->time;
		for (int i = 0; i < window->options.wanted_columns; i++)
		{
			window->present[i][0] = prior->present[i];
			if (window->options.wanted[i].type == TICK_DOUBLE)
				memcpy(&window->value[i][0], &prior->value[i].f64, sizeof(double));
			else
				window->value[i][0] = prior->value[i].i64;
		}
		window->rows = 1;
		for (int i = 0; i < window->options.aggregates; i++)
			extend(window, i, 0);
	}
	tick_asof_stream_symbol(&window->stream, name);
	return TICK_OK;
}

/* ---- the window ---- */

/* Does row a come before row b among the best? */
static inline bool
better(const TickWindow *window, const TickWindowAggregate *what, uint32_t a, uint32_t b)
{
	int64_t		x = window->value[what->column][a];
	int64_t		y = window->value[what->column][b];
	int			order = window->options.wanted[what->column].type == TICK_DOUBLE ?
		tick_double_compare(as_double(x), as_double(y)) : (x > y) - (x < y);

	return what->kind == TICK_WINDOW_MIN ? order < 0 : order > 0;
}

/* Row r enters the window. */
static void
enter(TickWindow *window, uint32_t r)
{
	for (int i = 0; i < window->options.aggregates; i++)
	{
		const TickWindowAggregate *what = &window->options.aggregate[i];
		Tally	   *tally = &window->tally[i];

		if (tally->queue == NULL || !window->present[what->column][r])
			continue;
		while (tally->queue_end > tally->queue_first && !better(window, what, tally->queue[tally->queue_end - 1], r))
			tally->queue_end--;
		if (tally->queue_end == tally->queue_first)
			tally->queue_first = tally->queue_end = 0;
		tally->queue[tally->queue_end++] = r;
	}
}

/* Move the window to the one around time t. */
static TickStatus
move_window(TickWindow *window, int64_t t, TickError *error)
{
	int64_t		first = tick_window_bound(t, -window->options.before);
	int64_t		last = tick_window_bound(t, window->options.after);

	while (!window->stream.ended && (window->rows == 0 || window->time[window->rows - 1] <= last))
	{
		move_down(window);
		TICK_TRY(tick_asof_stream_next(&window->stream, error));
		if (window->stream.has_slice)
			TICK_TRY(append_slice(window, error));
	}
	while (window->high < window->rows && window->time[window->high] <= last)
		enter(window, window->high++);
	while (window->begin < window->rows && window->time[window->begin] < first)
		window->begin++;
	window->low = window->begin;
	if (window->options.prevailing && window->begin > 0 &&
		(window->begin == window->rows || window->time[window->begin] > first))
		window->low = window->begin - 1;
	for (int i = 0; i < window->options.aggregates; i++)
	{
		Tally	   *tally = &window->tally[i];

		while (tally->queue_first < tally->queue_end && tally->queue[tally->queue_first] < window->low)
			tally->queue_first++;
	}
	return TICK_OK;
}

/* ---- results ---- */

/* Add the window's values up one by one, for doubles that are no decimals. */
static double
plain_sum(const TickWindow *window, int column, int weight, double *weights)
{
	TickSum		sum;
	TickSum		by;

	tick_sum_init(&sum);
	tick_sum_init(&by);
	for (uint32_t r = window->low; r < window->high; r++)
	{
		double		factor = 1;
		double		value;

		if (!window->present[column][r] || (weight >= 0 && !window->present[weight][r]))
			continue;
		value = window->options.wanted[column].type == TICK_DOUBLE ? as_double(window->value[column][r]) :
			(double) window->value[column][r] / (double) tick_power_of_ten[window->options.wanted[column].scale];
		if (weight >= 0)
			factor = window->options.wanted[weight].type == TICK_DOUBLE ? as_double(window->value[weight][r]) :
				(double) window->value[weight][r] / (double) tick_power_of_ten[window->options.wanted[weight].scale];
		tick_sum_add_double(&sum, value * factor);
		tick_sum_add_double(&by, factor);
	}
	*weights = tick_sum_double(&by);
	return tick_sum_double(&sum);
}

static double
units_as_double(Units units, int scale)
{
	TickSum		sum;

	tick_sum_init(&sum);
	tick_sum_add_units(&sum, (tick_int128) units, (uint8_t) scale);
	return tick_sum_double(&sum);
}

/* Sum, average or weighted average; false when it is null. */
static TickStatus
give_sum(TickWindow *window, int aggregate, uint32_t place, bool *null, TickError *error)
{
	const TickWindowAggregate *what = &window->options.aggregate[aggregate];
	TickVector *vector = &window->tally[aggregate].vector;
	const Running *from = &window->tally[aggregate].running[window->low];
	const Running *to = &window->tally[aggregate].running[window->high];
	uint64_t	count = to->count - from->count;
	bool		plain = to->rest != from->rest;
	double		weights = 0;

	*null = count == 0;
	if (*null)
		return TICK_OK;
	if (vector->type != TICK_DOUBLE)
	{
		tick_int128 units = (tick_int128) (to->units - from->units);

		if (plain || units > INT64_MAX || units < INT64_MIN)
			return tick_error_set(error, TICK_OUT_OF_RANGE, "sum of a window is out of range");
		vector->i64[place] = (int64_t) units;
		return TICK_OK;
	}
	if (plain)
		vector->f64[place] = plain_sum(window, what->column, what->kind == TICK_WINDOW_VWAP ? what->weight : -1, &weights);
	else
	{
		int			scale = what->kind == TICK_WINDOW_VWAP ? UNIT_SCALE : unit_scale(&window->options.wanted[what->column]);

		vector->f64[place] = units_as_double(to->units - from->units, scale);
		if (what->kind == TICK_WINDOW_VWAP)
			weights = units_as_double(to->weight - from->weight, unit_scale(&window->options.wanted[what->weight]));
	}
	if (what->kind == TICK_WINDOW_AVG)
		vector->f64[place] /= (double) count;
	else if (what->kind == TICK_WINDOW_VWAP)
	{
		*null = weights == 0;
		if (!*null)
			vector->f64[place] /= weights;
	}
	return TICK_OK;
}

/* The row that MIN, MAX, FIRST or LAST takes its value from, or rows when there is none. */
static uint32_t
chosen_row(const TickWindow *window, int aggregate)
{
	const TickWindowAggregate *what = &window->options.aggregate[aggregate];
	const Tally *tally = &window->tally[aggregate];
	const bool *present = window->present[what->column];
	uint64_t	count = tally->running[window->high].count - tally->running[window->low].count;

	if (tally->queue != NULL)
		return tally->queue_first < tally->queue_end ? tally->queue[tally->queue_first] : window->rows;
	if (count == 0)
		return window->rows;
	if (what->kind == TICK_WINDOW_FIRST)
	{
		uint32_t	r = window->low;

		while (!present[r])
			r++;
		return r;
	}
	for (uint32_t r = window->high;;)
		if (present[--r])
			return r;
}

static TickStatus
give_result(TickWindow *window, int aggregate, uint32_t place, TickError *error)
{
	const TickWindowAggregate *what = &window->options.aggregate[aggregate];
	Tally	   *tally = &window->tally[aggregate];
	bool		null = false;
	uint32_t	row;

	switch (what->kind)
	{
		case TICK_WINDOW_COUNT:
			tally->vector.i64[place] = what->column < 0 ? window->high - window->low :
				(int64_t) (tally->running[window->high].count - tally->running[window->low].count);
			break;
		case TICK_WINDOW_SUM:
		case TICK_WINDOW_AVG:
		case TICK_WINDOW_VWAP:
			TICK_TRY(give_sum(window, aggregate, place, &null, error));
			break;
		default:
			row = chosen_row(window, aggregate);
			null = row == window->rows;
			if (!null)
				tally->vector.i64[place] = window->value[what->column][row];
	}
	if (null)
	{
		tally->vector.i64[place] = 0;
		tally->absent = true;
	}
	else
		tick_bit_set(tally->bits, place);
	return TICK_OK;
}

/* Rows that match nothing: counts are zero, the rest is null. */
static void
give_nothing(TickWindow *window, int aggregate, uint32_t place)
{
	Tally	   *tally = &window->tally[aggregate];

	tally->vector.i64[place] = 0;
	if (window->options.aggregate[aggregate].kind == TICK_WINDOW_COUNT)
		tick_bit_set(tally->bits, place);
	else
		tally->absent = true;
}

TickStatus
tick_window_match(TickWindow *window, const int64_t *time, uint32_t first, uint32_t span,
				  const uint64_t *keep, TickError *error)
{
	uint32_t	end = first + span;

	for (int i = 0; i < window->options.aggregates; i++)
	{
		window->tally[i].absent = false;
		window->tally[i].vector.rows = end;
		memset(window->tally[i].bits, 0, tick_bit_words(end) * sizeof(uint64_t));
	}
	for (uint32_t place = first; place < end; place++)
	{
		if (keep != NULL && !tick_bit_get(keep, place))
			continue;
		if (!window->nothing)
			TICK_TRY(move_window(window, time[place], error));
		for (int i = 0; i < window->options.aggregates; i++)
			if (window->nothing)
				give_nothing(window, i, place);
			else
				TICK_TRY(give_result(window, i, place, error));
	}
	for (int i = 0; i < window->options.aggregates; i++)
		window->tally[i].vector.validity = window->tally[i].absent ? window->tally[i].bits : NULL;
	return TICK_OK;
}

const TickVector *
tick_window_column(const TickWindow *window, int aggregate)
{
	return &window->tally[aggregate].vector;
}
