/*-------------------------------------------------------------------------
 *
 * aggregate_internal.h
 *	  What the files of the aggregation engine share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_AGGREGATE_INTERNAL_H
#define TICK_CORE_AGGREGATE_INTERNAL_H

#include "core/aggregate.h"
#include "core/hash.h"
#include "core/kernel.h"

#define TICK_BATCH_WORDS (TICK_BATCH_ROWS / 64)
#define TICK_NOWHERE UINT32_MAX

/* ---- segments ---- */

typedef enum TickOrigin
{
	TICK_FROM_CHUNK,
	TICK_FROM_DIRECTORY,		/* the symbol */
	TICK_FROM_NOTHING			/* the segment lacks the column: null */
} TickOrigin;

typedef struct TickBinding
{
	TickOrigin	origin;
	int			source;			/* column of the segment */
	int64_t		factor;			/* stored values times this are the wanted ones */
	bool		digits;			/* stored numbers are wanted as text */
} TickBinding;

struct TickAggregateSegment
{
	const TickMemory *memory;
	const TickAggregatePlan *plan;
	TickSegmentReader *reader;
	const TickFilter *filter;
	int64_t		partition;
	TickBinding *binding;
	const TickString *names;	/* of symbols, when a column is FROM_DIRECTORY */
	int64_t		null_symbol;
	bool		by_symbol;		/* symbol keys are the directory's */
	bool		by_time;		/* rows of a symbol are in order of the plan's time */
	int64_t    *symbol_number;	/* text number of each symbol in the table, or -1 ... */
	uint32_t	generation;		/* ... of this generation */
	/* what pruning looks at */
	uint32_t	row_group;
	TickZoneMap zone_map;
};

/* ---- columns of a job (aggregate_column.c) ---- */

typedef struct TickJobColumn
{
	TickBuffer	bytes;
	TickChunk  *chunk;			/* opened at first use */
	uint32_t	batch;			/* decoded in values, or NOWHERE */
	TickVector	values;			/* owns arrays; shown is values or has no validity */
	TickVector	shown;
	TickVector	number;			/* what digits are made of, owns arrays */
	char	   *digit;			/* TICK_NUMBER_TEXT bytes for each row */
	TickZoneMap zone_map;		/* scratch: what a batch's first bytes tell */
	/* doubles as decimals */
	uint32_t	units_batch;	/* decoded in units, or NOWHERE */
	bool		uniform;		/* value i is units.i64[i] / 10^units.scale */
	TickVector	units;			/* owns arrays */
	int			units_bits;		/* that they take at most, or TICK_BITS_UNKNOWN */
	const int64_t *given;		/* instead of its values: those of a fed batch, or NULL */
	TickVector	shown_units;	/* as conditions look at them */
	uint8_t		usual_scale;	/* digits that served before */
	uint64_t   *fed_validity;	/* TICK_BATCH_WORDS: of a fed batch, from its first row on */
	const uint64_t *units_validity;
} TickJobColumn;

/* ---- selections ---- */

/*
 * TickSelection: rows of a batch, as bits and, when asked for, as a list.
 * A selected row's rank is the number of those before it.
 */
typedef struct TickSelection
{
	bool		all;
	bool		listed;
	uint32_t	rows;			/* selected */
	/* unless all: */
	uint64_t	mask[TICK_BATCH_WORDS + 1]; /* the last word is 0 */
	uint16_t	before[TICK_BATCH_WORDS + 1];	/* rows selected before each word */
	uint16_t	list[TICK_BATCH_ROWS];	/* ascending: see tick_selection_list() */
} TickSelection;

/* ---- values of an expression in a batch (aggregate_expression.c) ---- */

/*
 * TickOperand: rows of the batch.  units: row i is units[i] / 10^scale, of
 * at most `bits` bits; else f64.  Bits that a batch's first bytes told are
 * loose: looking at the values may tell that they are fewer.
 */
typedef struct TickOperand
{
	const int64_t *units;
	const double *f64;
	uint8_t		scale;
	int			bits;
	bool		loose;
} TickOperand;

/* Scratch of one expression: an array for each of its terms. */
typedef struct TickEvaluation
{
	int64_t    *array[TICK_MAX_TERMS];
	bool		filled[TICK_MAX_TERMS]; /* constants */
} TickEvaluation;

/* What one accumulator needs in the batch at hand. */
typedef struct TickJobAccumulator
{
	bool		doubles;		/* the expression's value is a double */
	TickSelection *selection;	/* the base or own */
	TickSelection *own;			/* allocated when there are nulls or a filter */
	bool		exact;			/* SUM of doubles: operand.units holds */
	bool		row_by_row;		/* SUM of doubles: values are not alike */
	TickOperand operand;
	bool		small;			/* a batch's sum of units stays within 64 bits */
	bool		as_decimals;	/* MIN, MAX, FIRST, LAST of doubles: row i is operand.units[i] / power */
	double		power;
	const void *packed;			/* SUM, MIN, MAX: values of selected rows side by side, by rank */
	int64_t    *packed_values;	/* made at first use */
	const int64_t *time;
	/* what was added by slot since tick_slots_flush(): 4 sums of each slot, so that rows of one need not wait */
	bool		in_slots;
	bool		slot_own;		/* counted by its own selection */
	uint8_t		slot_scale;
	uint64_t	slot_reach;		/* that no sum is beyond */
	int64_t    *slot_sum;		/* TICK_SLOT_CELLS, made at first use; all 0 when nothing is pending */
	int64_t    *slot_count;
} TickJobAccumulator;
#define TICK_BATCH_BITS 10		/* a batch's sum has at most so many bits more than its terms */
#define TICK_SUM_BITS 62

/* Rows of a batch that share the keys that come in runs. */
typedef struct TickPiece
{
	uint32_t	first;
	uint32_t	end;
	bool		sorted;			/* times ascend */
	uint32_t	nulls;
	int64_t		key[TICK_MAX_KEYS];
} TickPiece;

/* A piece that is of one group. */
typedef struct TickGroupPiece
{
	uint32_t	first;
	uint32_t	end;
	bool		sorted;
	TickGroup  *group;
} TickGroupPiece;

/* State of a key that comes in runs, while a row group is walked. */
typedef struct TickRunKey
{
	int64_t		value;
	int64_t		low;			/* times low .. low + span have this value */
	uint64_t	span;
	bool		set;
	uint64_t	row_end;		/* symbols: first row of the next one */
	int			zone_hint;
} TickRunKey;

#define TICK_MAX_SLOTS 4096
#define TICK_FEW_SLOTS 64
#define TICK_SLOT_CELLS (4 * TICK_FEW_SLOTS)

struct TickAggregateJob
{
	const TickAggregatePlan *plan;
	const TickKernels *kernel;
	TickAggregateSegment *segment;
	uint32_t	row_group;
	uint64_t	first_row;		/* of the row group */
	uint32_t	rows;
	int			ranges;
	TickSegmentRange *range;
	int			range_capacity;
	bool		loaded;			/* not folded yet */
	bool		prunes;			/* batches by their bounds */
	bool	   *codes_only;		/* of each column: its text is not looked at */
	TickJobColumn *column;
	TickEvaluation *evaluation;
	TickJobAccumulator *accumulator;
	TickSelection base;

	/* of a job that is fed */
	const TickAggregateBatch *fed;	/* the batch, or NULL */
	TickAggregateSegment stand_in;	/* segment points at it */
	uint64_t	fed_symbol;		/* number of the symbol met last, 0: none */
	int64_t		fed_text;		/* its text's */
	TickAggregateFeed feed;		/* who feeds it; run NULL: nobody */

	/* the batch at hand */
	uint32_t	batch;
	uint32_t	batch_rows;

	/* groups found; texts of a dictionary are their codes */
	TickAggregateTable *table;
	TickRunKey	run[TICK_MAX_KEYS];
	TickPiece	last;			/* whose group is: */
	uint64_t	last_group;
	bool		has_last;
	bool		one_symbol;		/* the job's ranges are of one, or of none at all */
	bool		ascends;		/* groups are runs of rows: one that ended never comes back */
	TickGroupPiece *piece;		/* TICK_BATCH_ROWS: of the batch */
	uint32_t	pieces;
	uint32_t   *slot_group;		/* TICK_MAX_SLOTS: group of a slot + 1, of the last piece's keys */
	uint32_t	slots;			/* in use */
	uint32_t   *row_group_of;	/* TICK_BATCH_ROWS: group of a row */
	uint16_t   *slot;			/* TICK_BATCH_ROWS */
	bool		slots_pending;	/* something is added by slot that groups do not have yet */
	int64_t		slot_count[TICK_SLOT_CELLS];	/* rows of the base selection */

	TickStatus	status;
	TickError	error;
	TickAggregateCounters counters;
};

extern TickStatus tick_job_open_columns(TickAggregateJob *job, TickError *error);
extern void tick_job_close_columns(TickAggregateJob *job);
extern TickStatus tick_job_column(TickAggregateJob *job, int column, const TickVector **vector, TickError *error);
extern TickStatus tick_job_filter_column(void *context, int column, const TickVector **vector, TickError *error);
/* A double column as decimals; column->uniform tells whether it is. */
extern TickStatus tick_job_decimals(TickAggregateJob *job, int column, TickError *error);
/* Which rows have the column?  NULL: all.  Decodes it as values or as decimals, whichever is wanted. */
extern TickStatus tick_job_validity(TickAggregateJob *job, int column, bool decimals, const uint64_t **validity, TickError *error);

/* Rows where every column of the expression is present, ANDed into mask; *changed when there are nulls. */
extern TickStatus tick_expression_presence(TickAggregateJob *job, int expression, bool decimals,
										   uint64_t *mask, bool *changed, TickError *error);

/*
 * Exact value of an expression: int64 units.  *exact false: a double operand
 * is no decimal, or too many bits or digits would be needed.
 */
extern TickStatus tick_expression_units(TickAggregateJob *job, int expression, const TickSelection *selection,
										TickOperand *operand, bool *exact, TickError *error);

/* Have the operand's bits as they are; false when they were. */
extern bool tick_operand_tighten(TickAggregateJob *job, TickOperand *operand);

/* Value as doubles, each operation rounded as PostgreSQL does; operations that overflow are errors. */
extern TickStatus tick_expression_doubles(TickAggregateJob *job, int expression, const TickSelection *selection,
										  TickOperand *operand, TickError *error);

/* Add row i's value to a sum, exactly if it is a decimal. */
extern TickStatus tick_expression_add_row(TickAggregateJob *job, int expression, uint32_t row,
										  TickSum *sum, TickError *error);

/* tick_aggregate_find() that tells the group's number too */
extern TickStatus tick_aggregate_find_number(TickAggregateTable *table, const int64_t *key, uint32_t nulls,
											 uint64_t *number, TickGroup **group, TickError *error);

/* Add a group that is known to be new to a table where none is looked for. */
extern TickStatus tick_aggregate_append(TickAggregateTable *table, const int64_t *key, uint32_t nulls,
										uint64_t *number, TickGroup **group, TickError *error);

/* ---- batches (aggregate_batch.c) ---- */

/* Select the batch's rows of the job's ranges that pass the filter; *range is the first that may reach it. */
extern TickStatus tick_job_select(TickAggregateJob *job, int *range, TickError *error);

/* Have each accumulator's selection and values of the batch at hand. */
extern TickStatus tick_job_prepare(TickAggregateJob *job, TickError *error);

/* Count what the mask selects of so many rows, clearing bits beyond them. */
extern void tick_selection_finish(TickSelection *selection, uint32_t rows);

/* ---- slots (aggregate_slot.c) ---- */

/* Can the accumulator be kept in arrays by slot? */
extern bool tick_slots_take(const TickAggregateJob *job, int accumulator);

/* Have all by-slot accumulators ready to take a piece of so many rows; may flush. */
extern TickStatus tick_slots_prepare(TickAggregateJob *job, uint32_t rows, TickError *error);

/* Count the base selection's rows of first .. end - 1 by slot. */
extern void tick_slots_count(TickAggregateJob *job, uint32_t first, uint32_t end);

/* Rows that are counted for a slot. */
static inline int64_t
tick_slot_rows(const int64_t *cells, uint32_t slot)
{
	return cells[slot] + cells[TICK_FEW_SLOTS + slot] + cells[2 * TICK_FEW_SLOTS + slot] + cells[3 * TICK_FEW_SLOTS + slot];
}

/* Add an accumulator's rows of first .. end - 1 by slot. */
extern void tick_slots_add(TickAggregateJob *job, int accumulator, uint32_t first, uint32_t end);

/* Bring what was added by slot to the groups; or forget it. */
extern void tick_slots_flush(TickAggregateJob *job);
extern void tick_slots_clear(TickAggregateJob *job);

/* ---- states (aggregate_state.c) ---- */

extern size_t tick_state_bytes(const TickAggregatePlan *plan, const TickAccumulator *accumulator);

/* Add row i to one group's state. */
extern TickStatus tick_accumulate_row(TickAggregateJob *job, int accumulator, uint32_t i, void *state, TickError *error);

/* Add each selected row of first .. end - 1 to the group row_group_of[] says. */
extern TickStatus tick_accumulate_rows(TickAggregateJob *job, int accumulator, uint32_t first, uint32_t end,
									   TickError *error);

/* Add units to a sum of doubles, which never overflows. */
extern void tick_sum_add_scaled(TickSum *sum, tick_int128 units, uint8_t scale);

static inline void
tick_sum_add_all(TickSum *sum, tick_int128 units, uint8_t scale)
{
	tick_int128 total;

	if (sum->scale == scale && scale <= TICK_SUM_MAX_SCALE && !__builtin_add_overflow(sum->units, units, &total))
		sum->units = total;
	else
		tick_sum_add_scaled(sum, units, scale);
}

/* Add a double to a sum; false when finite numbers overflow. */
extern bool tick_sum_add_checked(TickSum *sum, double value);

/* NaN is greater than every other value, as in PostgreSQL. */
static inline bool
tick_less_double(double a, double b)
{
	return a < b || (b != b && a == a);
}

static inline TickValue
tick_value_at(const TickJobAccumulator *a, uint32_t row)
{
	TickValue	value;

	if (a->as_decimals)
		value.f64 = (double) a->operand.units[row] / a->power;
	else if (a->doubles)
		value.f64 = a->operand.f64[row];
	else
		value.i64 = a->operand.units[row];
	return value;
}

static inline void
tick_add_range(TickAccumulatorKind kind, bool doubles, TickRangeState *state, TickValue value)
{
	bool		better;

	if (state->count++ == 0)
	{
		state->value = value;
		return;
	}
	if (doubles)
		better = kind == TICK_MIN ? tick_less_double(value.f64, state->value.f64) : tick_less_double(state->value.f64, value.f64);
	else
		better = kind == TICK_MIN ? value.i64 < state->value.i64 : value.i64 > state->value.i64;
	if (better)
		state->value = value;
}

static inline void
tick_add_edge(TickAccumulatorKind kind, TickEdgeState *state, int64_t time, TickValue value)
{
	if (state->count++ == 0 || (kind == TICK_FIRST ? time < state->time : time >= state->time))
	{
		state->time = time;
		state->value = value;
	}
}

/* A time as FIRST and LAST compare it. */
static inline int64_t
tick_time_at(const TickAccumulator *plan, const TickJobAccumulator *a, uint32_t row)
{
	int64_t		ns = a->time[row];

	return plan->microseconds ? ns / 1000 - (ns % 1000 < 0) : ns;
}

/* ---- pieces (aggregate_piece.c) ---- */

/* Add the accumulator's selected rows of the pieces that job->piece lists. */
extern TickStatus tick_accumulate_pieces(TickAggregateJob *job, int accumulator, TickError *error);

static inline TickStatus
tick_no_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

static inline TickStatus
tick_double_overflow(TickError *error)
{
	return tick_error_set(error, TICK_OUT_OF_RANGE, "value out of range: overflow");
}

/* How many rows before this one, which may be the batch's end, are selected? */
static inline uint32_t
tick_selection_rank(const TickSelection *selection, uint32_t row)
{
	uint64_t	below = selection->mask[row / 64] & ~(~UINT64_C(0) << (row % 64));

	return selection->before[row / 64] + (uint32_t) __builtin_popcountll(below);
}

/* How many rows of first .. end - 1 are selected? */
static inline uint32_t
tick_selection_count(const TickSelection *selection, uint32_t first, uint32_t end)
{
	return selection->all ? end - first : tick_selection_rank(selection, end) - tick_selection_rank(selection, first);
}

/* The rows that are selected, by rank; NULL when all are. */
static inline const uint16_t *
tick_selection_list(TickSelection *selection)
{
	uint32_t	n = 0;

	if (selection->all)
		return NULL;
	if (selection->listed)
		return selection->list;
	for (uint32_t w = 0; w < TICK_BATCH_WORDS && n < selection->rows; w++)
		for (uint64_t word = selection->mask[w]; word != 0; word &= word - 1)
			selection->list[n++] = (uint16_t) (w * 64 + (uint32_t) __builtin_ctzll(word));
	selection->listed = true;
	return selection->list;
}

/* The selection's rows of first .. end - 1 as ranks *from .. *to - 1. */
static inline void
tick_selection_piece(const TickSelection *selection, uint32_t first, uint32_t end, uint32_t *from, uint32_t *to)
{
	*from = selection->all ? first : tick_selection_rank(selection, first);
	*to = selection->all ? end : tick_selection_rank(selection, end);
}

/* ---- parts of all keys (aggregate_table.c) ---- */

static inline bool
tick_key_is_text(const TickGroupKey *key)
{
	return key->kind == TICK_KEY_SYMBOL || key->kind == TICK_KEY_TEXT;
}

/* Add a key, by what its text says or by its value; begin with the nulls, whose keys are 0. */
static inline uint64_t
tick_part_hash(uint64_t hash, const int64_t *key, const TickString *text)
{
	hash = (hash ^ (text != NULL ? tick_hash64(text->data, text->length, 0) : (uint64_t) *key)) * UINT64_C(0x9fb21c651e98df25);
	return hash ^ hash >> 32;
}

extern uint32_t tick_aggregate_parts(const TickAggregateTable *table);
extern bool tick_aggregate_in_part(const TickAggregateTable *table, uint64_t hash);
/* Changes when texts get other numbers. */
extern uint32_t tick_aggregate_generation(const TickAggregateTable *table);

#endif							/* TICK_CORE_AGGREGATE_INTERNAL_H */
