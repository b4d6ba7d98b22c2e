/*-------------------------------------------------------------------------
 *
 * segment_stats.c
 *	  Each symbol's open, high, low, close, volume and turnover.
 *
 * Sums are exact, so doubles have to become decimals.  Asking for the
 * decimal of each value costs more than all the rest; nearly always one
 * number of digits serves a whole batch (tick_doubles_to_decimals).  Only
 * when that fails is each value asked for its own.  Both ways give the same
 * sums.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_stats.h"

#include <math.h>
#include <string.h>

#define WORDS (TICK_BATCH_ROWS / 64)
#define NO_DECIMAL 255
#define BATCH_BITS 10			/* a batch's sum has at most so many bits more than its terms */

/*
 * Operand: a numeric column in the current batch as integers.  When uniform,
 * row i is units[i] / 10^scale; otherwise it is units[i] / 10^digits[i], or
 * no decimal.
 */
typedef struct Operand
{
	const TickVector *vector;
	const int64_t *units;
	uint8_t		scale;
	bool		uniform;
	int			bits;			/* no magnitude exceeds 2^bits, when uniform */
	int64_t    *converted;		/* TICK_BATCH_ROWS, TICK_DOUBLE only */
	uint8_t    *digits;			/* likewise */
} Operand;

/* Rows of the batch that take part in something. */
typedef struct Selection
{
	bool		all;
	uint64_t	mask[WORDS];	/* meaningful unless all */
} Selection;

struct TickStatsAccumulator
{
	const TickMemory *memory;
	const TickFilter *filter;
	TickStatsShape shape;
	const TickVector *open;
	const TickVector *high;
	const TickVector *low;
	const TickVector *close;
	const TickVector *time;
	Operand		price;			/* of the turnover */
	Operand		volume;
	Selection	kept;			/* passes the filter */
	Selection	priced;			/* and has prices */
	Selection	traded;			/* and has a volume */
	Selection	turned;			/* and has a price and a volume */
	Selection	unpriced;		/* or has a volume only */
	bool		any_unpriced;
	uint16_t	list[TICK_BATCH_ROWS];
};

static bool
is_number(const TickSchema *schema, int i)
{
	return i >= 0 && (schema->column[i].type == TICK_INT || schema->column[i].type == TICK_DOUBLE ||
					  schema->column[i].type == TICK_DECIMAL);
}

/* First column of the role that is a number, or -1. */
static int
find_role(const TickSchema *schema, TickRole role)
{
	for (int i = 0; i < schema->columns; i++)
		if (schema->column[i].role == role && is_number(schema, i))
			return i;
	return -1;
}

static bool
same_type(const TickSchema *schema, int a, int b)
{
	return schema->column[a].type == schema->column[b].type && schema->column[a].scale == schema->column[b].scale;
}

void
tick_stats_shape(const TickSchema *schema, TickStatsShape *shape)
{
	int			price = find_role(schema, TICK_ROLE_PRICE);
	int			size = find_role(schema, TICK_ROLE_SIZE);

	shape->open = price >= 0 ? price : find_role(schema, TICK_ROLE_OPEN);
	shape->high = price >= 0 ? price : find_role(schema, TICK_ROLE_HIGH);
	shape->low = price >= 0 ? price : find_role(schema, TICK_ROLE_LOW);
	shape->close = price >= 0 ? price : find_role(schema, TICK_ROLE_CLOSE);
	if (shape->open < 0 || shape->high < 0 || shape->low < 0 || shape->close < 0 ||
		!same_type(schema, shape->open, shape->high) || !same_type(schema, shape->open, shape->low) ||
		!same_type(schema, shape->open, shape->close))
		shape->open = shape->high = shape->low = shape->close = -1;
	shape->volume = size >= 0 ? size : find_role(schema, TICK_ROLE_VOLUME);
	shape->turnover_price = size >= 0 ? price : -1;
	shape->time = schema->time;
	shape->double_price = shape->open >= 0 && schema->column[shape->open].type == TICK_DOUBLE;
	shape->double_volume = shape->volume >= 0 && schema->column[shape->volume].type == TICK_DOUBLE;
}

static bool
operand_create(Operand *operand, const TickMemory *memory)
{
	operand->converted = tick_alloc(memory, TICK_BATCH_ROWS * sizeof(int64_t));
	operand->digits = tick_alloc(memory, TICK_BATCH_ROWS);
	return operand->converted != NULL && operand->digits != NULL;
}

TickStatus
tick_stats_create(TickStatsAccumulator **accumulator, const TickMemory *memory,
				  const TickSchema *schema, const TickFilter *filter, TickError *error)
{
	TickStatsAccumulator *a = tick_alloc_zero(memory, sizeof(*a));

	*accumulator = NULL;
	if (a == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	a->memory = memory;
	a->filter = filter;
	tick_stats_shape(schema, &a->shape);
	if ((a->shape.double_price && a->shape.turnover_price >= 0 && !operand_create(&a->price, memory)) ||
		(a->shape.double_volume && !operand_create(&a->volume, memory)))
	{
		tick_stats_free(a);
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	*accumulator = a;
	return TICK_OK;
}

void
tick_stats_free(TickStatsAccumulator *accumulator)
{
	const TickMemory *memory;

	if (accumulator == NULL)
		return;
	memory = accumulator->memory;
	tick_free(memory, accumulator->price.converted);
	tick_free(memory, accumulator->price.digits);
	tick_free(memory, accumulator->volume.converted);
	tick_free(memory, accumulator->volume.digits);
	tick_free(memory, accumulator);
}

void
tick_stats_init(TickSymbolStats *stats)
{
	memset(stats, 0, sizeof(*stats));
}

/* Bits that every magnitude stays within: |unit| <= 2^bits. */
static int
magnitude_bits(const int64_t *units, uint32_t rows)
{
	uint64_t	seen = 0;

	for (uint32_t i = 0; i < rows; i++)
		seen |= (uint64_t) (units[i] ^ (units[i] >> 63));
	return seen == 0 ? 1 : 64 - __builtin_clzll(seen);
}

/* Give each double its own decimal.  Returns the most digits, or NO_DECIMAL when one is none. */
static uint8_t
convert_each(Operand *operand, uint32_t rows)
{
	uint8_t		most = 0;

	for (uint32_t i = 0; i < rows; i++)
	{
		if (!tick_double_to_decimal(operand->vector->f64[i], &operand->converted[i], &operand->digits[i]))
			operand->digits[i] = NO_DECIMAL;
		if (operand->digits[i] > most)
			most = operand->digits[i];
	}
	return most;
}

/*
 * Bring a batch of doubles to integers, with one number of digits if any
 * does: the one that served before, or else the most that a value needs.
 */
static void
convert_doubles(Operand *operand, uint32_t rows)
{
	const double *values = operand->vector->f64;
	uint8_t		most;

	operand->units = operand->converted;
	operand->uniform = tick_doubles_to_decimals(values, rows, operand->scale, operand->converted);
	if (operand->uniform)
		return;
	most = convert_each(operand, rows);
	if (most == NO_DECIMAL)
		return;
	operand->uniform = tick_doubles_to_decimals(values, rows, most, operand->converted);
	if (operand->uniform)
		operand->scale = most;
	else
		convert_each(operand, rows);
}

static TickStatus
prepare_operand(Operand *operand, int column, uint32_t rows, TickFilterColumn get, void *context, TickError *error)
{
	TICK_TRY(get(context, column, &operand->vector, error));
	if (operand->vector->type == TICK_DOUBLE)
		convert_doubles(operand, rows);
	else
	{
		operand->units = operand->vector->i64;
		operand->scale = operand->vector->scale;
		operand->uniform = true;
	}
	if (operand->uniform)
		operand->bits = magnitude_bits(operand->units, rows);
	return TICK_OK;
}

/* Keep in selection only the rows where the vector is present. */
static void
require_present(Selection *selection, const TickVector *vector, uint32_t rows)
{
	size_t		words = tick_bit_words(rows);

	if (vector->validity == NULL)
		return;
	if (selection->all)
		memset(selection->mask, 0xff, words * sizeof(uint64_t));
	selection->all = false;
	for (size_t i = 0; i < words; i++)
		selection->mask[i] &= vector->validity[i];
}

/* Find the rows whose size has no price to go with. */
static void
find_unpriced(TickStatsAccumulator *a, uint32_t rows)
{
	const uint64_t *priced = a->price.vector->validity;
	size_t		words = tick_bit_words(rows);
	uint64_t	found = 0;

	a->any_unpriced = false;
	if (priced == NULL)
		return;
	a->unpriced.all = false;
	for (size_t i = 0; i < words; i++)
	{
		a->unpriced.mask[i] = (a->traded.all ? ~UINT64_C(0) : a->traded.mask[i]) & ~priced[i];
		if (i == words - 1 && rows % 64 != 0)
			a->unpriced.mask[i] &= (UINT64_C(1) << rows % 64) - 1;
		found |= a->unpriced.mask[i];
	}
	a->any_unpriced = found != 0;
}

static TickStatus
prepare_prices(TickStatsAccumulator *a, uint32_t rows, TickFilterColumn get, void *context, TickError *error)
{
	TICK_TRY(get(context, a->shape.open, &a->open, error));
	TICK_TRY(get(context, a->shape.high, &a->high, error));
	TICK_TRY(get(context, a->shape.low, &a->low, error));
	TICK_TRY(get(context, a->shape.close, &a->close, error));
	if (a->shape.time >= 0)
		TICK_TRY(get(context, a->shape.time, &a->time, error));
	a->priced = a->kept;
	require_present(&a->priced, a->open, rows);
	require_present(&a->priced, a->high, rows);
	require_present(&a->priced, a->low, rows);
	require_present(&a->priced, a->close, rows);
	return TICK_OK;
}

TickStatus
tick_stats_batch(TickStatsAccumulator *accumulator, uint32_t rows,
				 TickFilterColumn column, void *context, TickError *error)
{
	TickStatsAccumulator *a = accumulator;

	a->kept.all = a->filter == NULL;
	if (a->filter != NULL)
	{
		memset(a->kept.mask, 0xff, sizeof(a->kept.mask));
		TICK_TRY(tick_filter_apply(a->filter, rows, column, context, a->kept.mask, error));
	}
	if (tick_stats_has_price(&a->shape))
		TICK_TRY(prepare_prices(a, rows, column, context, error));
	if (a->shape.volume >= 0)
	{
		TICK_TRY(prepare_operand(&a->volume, a->shape.volume, rows, column, context, error));
		a->traded = a->kept;
		require_present(&a->traded, a->volume.vector, rows);
	}
	if (a->shape.turnover_price >= 0)
	{
		TICK_TRY(prepare_operand(&a->price, a->shape.turnover_price, rows, column, context, error));
		a->turned = a->traded;
		require_present(&a->turned, a->price.vector, rows);
		find_unpriced(a, rows);
	}
	return TICK_OK;
}

/*
 * List the selected rows among first .. first + rows - 1.  Returns how many
 * there are; *list is NULL when all are.
 */
static uint32_t
select_rows(TickStatsAccumulator *a, const Selection *selection, uint32_t first, uint32_t rows, const uint16_t **list)
{
	uint32_t	end = first + rows;
	uint32_t	n = 0;

	*list = NULL;
	if (selection->all)
		return rows;
	for (uint32_t at = first; at < end;)
	{
		uint32_t	next = (at | 63) + 1;
		uint64_t	word = selection->mask[at >> 6] & (~UINT64_C(0) << (at & 63));

		if (next > end)
			word &= ~UINT64_C(0) >> (next - end);
		for (; word != 0; word &= word - 1)
			a->list[n++] = (uint16_t) ((at & ~UINT32_C(63)) + (uint32_t) __builtin_ctzll(word));
		at = next;
	}
	if (n < rows)
		*list = a->list;
	return n;
}

/* NaN is greater than every other price, as in PostgreSQL. */
static inline bool
less_f64(double a, double b)
{
	return a < b || (b != b && a == a);
}

/*
 * Widen a range by rows that follow each other; false, and nothing done, when
 * a NaN takes part.  Among others the two choices are one instruction each;
 * of equal values, as the zeros are, the first one stays.
 */
static bool
widen_range_f64(const double *highs, const double *lows, uint32_t n, TickSymbolStats *stats)
{
	double		high = stats->high.f64;
	double		low = stats->low.f64;
	int			nans = isnan(high) | isnan(low);

	for (uint32_t k = 0; k < n; k++)
	{
		nans |= (highs[k] != highs[k]) | (lows[k] != lows[k]);
		high = highs[k] > high ? highs[k] : high;
		low = lows[k] < low ? lows[k] : low;
	}
	if (nans)
		return false;
	stats->high.f64 = high;
	stats->low.f64 = low;
	return true;
}

static void
add_range_f64(const TickStatsAccumulator *a, const uint16_t *list, uint32_t first, uint32_t n, TickSymbolStats *stats)
{
	double		high = stats->high.f64;
	double		low = stats->low.f64;

	if (list == NULL && widen_range_f64(a->high->f64 + first, a->low->f64 + first, n, stats))
		return;
	for (uint32_t k = 0; k < n; k++)
	{
		uint32_t	i = list != NULL ? list[k] : first + k;

		if (less_f64(high, a->high->f64[i]))
			high = a->high->f64[i];
		if (less_f64(a->low->f64[i], low))
			low = a->low->f64[i];
	}
	stats->high.f64 = high;
	stats->low.f64 = low;
}

static void
add_range_i64(const TickStatsAccumulator *a, const uint16_t *list, uint32_t first, uint32_t n, TickSymbolStats *stats)
{
	int64_t		high = stats->high.i64;
	int64_t		low = stats->low.i64;

	for (uint32_t k = 0; k < n; k++)
	{
		uint32_t	i = list != NULL ? list[k] : first + k;

		high = a->high->i64[i] > high ? a->high->i64[i] : high;
		low = a->low->i64[i] < low ? a->low->i64[i] : low;
	}
	stats->high.i64 = high;
	stats->low.i64 = low;
}

static inline TickPrice
price_at(const TickVector *vector, uint32_t i)
{
	TickPrice	price;

	if (vector->type == TICK_DOUBLE)
		price.f64 = vector->f64[i];
	else
		price.i64 = vector->i64[i];
	return price;
}

static void
add_prices(TickStatsAccumulator *a, uint32_t first, uint32_t rows, TickSymbolStats *stats)
{
	const uint16_t *list;
	uint32_t	n = select_rows(a, &a->priced, first, rows, &list);
	uint32_t	opening;
	uint32_t	closing;

	if (n == 0)
		return;
	opening = list != NULL ? list[0] : first;
	closing = list != NULL ? list[n - 1] : first + n - 1;
	if (!stats->has_price)
	{
		stats->open = price_at(a->open, opening);
		stats->high = price_at(a->high, opening);
		stats->low = price_at(a->low, opening);
		stats->open_time = a->time != NULL ? a->time->i64[opening] : 0;
		stats->has_price = true;
	}
	stats->close = price_at(a->close, closing);
	stats->close_time = a->time != NULL ? a->time->i64[closing] : 0;
	if (a->shape.double_price)
		add_range_f64(a, list, first, n, stats);
	else
		add_range_i64(a, list, first, n, stats);
}

static void
add_volume(TickStatsAccumulator *a, uint32_t first, uint32_t rows, TickSymbolStats *stats)
{
	const Operand *volume = &a->volume;
	const uint16_t *list;
	uint32_t	n = select_rows(a, &a->traded, first, rows, &list);
	int64_t		sum = 0;

	if (n == 0)
		return;
	stats->has_volume = true;
	if (volume->uniform && volume->bits + BATCH_BITS <= 62)
	{
		for (uint32_t k = 0; k < n; k++)
			sum += volume->units[list != NULL ? list[k] : first + k];
		tick_sum_add_units(&stats->volume, sum, volume->scale);
		return;
	}
	for (uint32_t k = 0; k < n; k++)
	{
		uint32_t	i = list != NULL ? list[k] : first + k;

		if (volume->uniform)
			tick_sum_add_units(&stats->volume, volume->units[i], volume->scale);
		else
			tick_sum_add_double(&stats->volume, volume->vector->f64[i]);
	}
}

/* A value of an operand as a decimal; false when it is none. */
static inline bool
operand_decimal(const Operand *operand, uint32_t i, int64_t *units, uint8_t *scale)
{
	*units = operand->units[i];
	*scale = operand->uniform ? operand->scale : operand->digits[i];
	return *scale != NO_DECIMAL;
}

static inline double
operand_double(const Operand *operand, uint32_t i)
{
	if (operand->vector->type == TICK_DOUBLE)
		return operand->vector->f64[i];
	return (double) operand->units[i] / (double) tick_power_of_ten[operand->scale];
}

/* Add one product, exactly if it is a decimal of TICK_SUM_MAX_SCALE digits. */
static void
add_product(const Operand *price, const Operand *volume, uint32_t i, TickSum *sum)
{
	int64_t		p;
	int64_t		v;
	uint8_t		p_scale;
	uint8_t		v_scale;

	if (operand_decimal(price, i, &p, &p_scale) && operand_decimal(volume, i, &v, &v_scale))
	{
		tick_int128 product = (tick_int128) p * v;
		int			scale = p_scale + v_scale;

		while (scale > TICK_SUM_MAX_SCALE && product % 10 == 0)
		{
			product /= 10;
			scale--;
		}
		if (scale <= TICK_SUM_MAX_SCALE)
		{
			tick_sum_add_units(sum, product, (uint8_t) scale);
			return;
		}
	}
	sum->rest += operand_double(price, i) * operand_double(volume, i);
	sum->has_rest = true;
}

static void
add_turnover(TickStatsAccumulator *a, uint32_t first, uint32_t rows, TickSymbolStats *stats)
{
	const Operand *price = &a->price;
	const Operand *volume = &a->volume;
	const uint16_t *list;
	uint32_t	n = select_rows(a, &a->turned, first, rows, &list);
	int64_t		sum = 0;

	if (n == 0)
		return;
	stats->has_turnover = true;
	if (!price->uniform || !volume->uniform || price->scale + volume->scale > TICK_SUM_MAX_SCALE ||
		price->bits + volume->bits + BATCH_BITS > 62)
	{
		for (uint32_t k = 0; k < n; k++)
			add_product(price, volume, list != NULL ? list[k] : first + k, &stats->turnover);
		return;
	}
	for (uint32_t k = 0; k < n; k++)
	{
		uint32_t	i = list != NULL ? list[k] : first + k;

		sum += price->units[i] * volume->units[i];
	}
	tick_sum_add_units(&stats->turnover, sum, price->scale + volume->scale);
}

/* Take off the sizes that are in the volume but not in the turnover. */
static void
add_unpriced(TickStatsAccumulator *a, uint32_t first, uint32_t rows, TickSymbolStats *stats)
{
	const TickVector *size = a->volume.vector;
	const uint16_t *list;
	uint32_t	n = select_rows(a, &a->unpriced, first, rows, &list);

	for (uint32_t k = 0; k < n; k++)
	{
		uint32_t	i = list != NULL ? list[k] : first + k;

		stats->has_unpriced = true;
		if (size->type == TICK_DOUBLE)
			tick_sum_add_double(&stats->unpriced, -size->f64[i]);
		else
			tick_sum_add_units(&stats->unpriced, -(tick_int128) size->i64[i], size->scale);
	}
}

bool
tick_stats_vwap(const TickSymbolStats *stats, double *vwap)
{
	TickSum		size = stats->volume;
	double		sizes;

	if (!stats->has_turnover)
		return false;
	if (stats->has_unpriced)
		tick_sum_add(&size, &stats->unpriced);
	sizes = tick_sum_double(&size);
	if (sizes == 0)
		return false;
	*vwap = tick_sum_double(&stats->turnover) / sizes;
	return true;
}

void
tick_stats_add(TickStatsAccumulator *accumulator, uint32_t first, uint32_t rows, TickSymbolStats *stats)
{
	const TickStatsShape *shape = &accumulator->shape;
	const uint16_t *list;

	stats->trades += select_rows(accumulator, &accumulator->kept, first, rows, &list);
	if (tick_stats_has_price(shape))
		add_prices(accumulator, first, rows, stats);
	if (shape->volume >= 0)
		add_volume(accumulator, first, rows, stats);
	if (shape->turnover_price >= 0)
		add_turnover(accumulator, first, rows, stats);
	if (shape->turnover_price >= 0 && accumulator->any_unpriced)
		add_unpriced(accumulator, first, rows, stats);
}

/* Strip zeros after the point, which depend on the digits that batches were converted at. */
static void
strip_zeros(TickSum *sum)
{
	/* nearly all fit 64 bits, whose division is many times faster */
	if (!sum->overflow && sum->units >= INT64_MIN && sum->units <= INT64_MAX)
	{
		int64_t		units = (int64_t) sum->units;

		for (; sum->scale > 0 && units % 10 == 0; units /= 10)
			sum->scale--;
		sum->units = units;
		return;
	}
	while (sum->scale > 0 && !sum->overflow && sum->units % 10 == 0)
	{
		sum->units /= 10;
		sum->scale--;
	}
}

void
tick_stats_finish(const TickStatsAccumulator *accumulator, TickSymbolStats *stats)
{
	const TickStatsShape *shape = &accumulator->shape;

	if (shape->double_volume)
		strip_zeros(&stats->volume);
	if (shape->turnover_price >= 0 && (shape->double_volume || shape->double_price))
		strip_zeros(&stats->turnover);
}
