/*-------------------------------------------------------------------------
 *
 * aggregate.h
 *	  Aggregates of groups of rows, computed where the rows lie.
 *
 * A plan says what is computed: expressions over wanted columns, keys that
 * tell groups apart, accumulators.  A job is the rows of one row group: its
 * owner loads the chunks' bytes, any thread runs it, and the owner folds what
 * it found into a table, job by job in the order of the rows.  So the answer
 * does not depend on the number of threads.
 *
 * Symbols, partitions and times come in runs: they cost a look-up a run, and
 * a run's rows are added by loops over arrays.  Other keys cost a look-up a
 * row, but for dictionary-coded text, whose codes are positions in a small
 * array of groups.
 *
 * Sums are those of sum.h.  Sums of double expressions are computed in
 * decimals wherever every operand is a short decimal, so that they are
 * rounded once, at the end.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_AGGREGATE_H
#define TICK_CORE_AGGREGATE_H

#include "core/segment.h"
#include "core/zone.h"

/* ---- expressions ---- */

typedef enum TickTermKind
{
	TICK_TERM_COLUMN,
	TICK_TERM_CONSTANT,
	TICK_TERM_CONVERT,			/* left, as a value of this term's type */
	TICK_TERM_ADD,
	TICK_TERM_SUBTRACT,
	TICK_TERM_MULTIPLY
} TickTermKind;

/*
 * TickTerm: a node of an expression.  A lone column may be of any fixed
 * type, or text to be counted; operands are numbers.  An operand of a TICK_DOUBLE term may be an
 * integer; an operand of a TICK_DECIMAL term an integer or a decimal of a
 * smaller scale.
 */
typedef struct TickTerm
{
	TickTermKind kind;
	TickType	type;
	uint8_t		scale;			/* of TICK_DECIMAL */
	int			column;			/* wanted index */
	int			left;			/* terms before this one */
	int			right;
	int64_t		i64;			/* constants */
	double		f64;
	int64_t		low;			/* of TICK_INT arithmetic: results outside are an error */
	int64_t		high;
} TickTerm;

#define TICK_MAX_TERMS 32

typedef struct TickExpression
{
	int			terms;
	TickTerm	term[TICK_MAX_TERMS];	/* the last one is the value */
} TickExpression;

/* ---- accumulators ---- */

typedef enum TickAccumulatorKind
{
	TICK_COUNT,					/* of rows, or of those where the expression is not null */
	TICK_SUM,
	TICK_MIN,					/* NaN is the greatest */
	TICK_MAX,
	TICK_FIRST,					/* value at the least time, the first of equals */
	TICK_LAST,					/* value at the greatest time, the last of equals */
	TICK_MOMENTS,				/* of doubles: sum, and squares of distances from the mean */
	TICK_SQUARES				/* of integers and decimals: sum, and sum of squares */
} TickAccumulatorKind;

typedef struct TickAccumulator
{
	TickAccumulatorKind kind;
	int			expression;		/* -1: rows */
	int			also;			/* another one that must not be null, or -1 */
	int			time;			/* FIRST, LAST: wanted column of the time */
	bool		microseconds;	/* times of the same microsecond are equal */
	const TickFilter *filter;	/* over wanted indexes, or NULL */
	size_t		offset;			/* of its state in a group: set by tick_aggregate_plan_finish() */
} TickAccumulator;

typedef union TickValue
{
	int64_t		i64;
	double		f64;
} TickValue;

/* States, all zero when new; count is of the rows that were taken. */
typedef struct TickCountState
{
	int64_t		count;
} TickCountState;

typedef struct TickRangeState	/* MIN, MAX */
{
	int64_t		count;
	TickValue	value;
} TickRangeState;

typedef struct TickEdgeState	/* FIRST, LAST */
{
	int64_t		count;
	int64_t		time;
	TickValue	value;
} TickEdgeState;

typedef struct TickUnitsState	/* SUM of integers and decimals */
{
	int64_t		count;
	tick_int128 units;
} TickUnitsState;

typedef struct TickSumState		/* SUM of doubles */
{
	int64_t		count;
	TickSum		sum;
} TickSumState;

typedef struct TickMomentsState
{
	int64_t		count;
	double		sum;
	double		squares;
} TickMomentsState;

typedef struct TickSquaresState
{
	int64_t		count;
	tick_int128 sum;
	tick_int128 squares;
} TickSquaresState;

/* ---- keys ---- */

typedef enum TickKeyKind
{
	TICK_KEY_SYMBOL,
	TICK_KEY_PARTITION,			/* a number that the segment is given */
	TICK_KEY_WIDTH,				/* times by buckets of one width: microseconds at the bucket's start */
	TICK_KEY_PIECES,			/* times by a table of where each value begins */
	TICK_KEY_VALUE,				/* a fixed column's value; of doubles the bits */
	TICK_KEY_TEXT
} TickKeyKind;

typedef struct TickGroupKey
{
	TickKeyKind kind;
	int			column;			/* wanted index; of WIDTH and PIECES a TICK_STAMP */
	/* WIDTH */
	int64_t		width;			/* microseconds, at least 1 */
	int64_t		origin;
	const TickZone *zone;		/* buckets of local time, shown in UTC; or NULL */
	int64_t		period;			/* 0, or the value is the bucket's number within so many microseconds from 1970 on */
	/* PIECES: ascending from INT64_MIN on */
	int			pieces;
	const int64_t *piece_low;	/* ns */
	const int64_t *piece_value;
	bool		ascends;		/* values of later times are never less: set by tick_aggregate_plan_finish() */
} TickGroupKey;

#define TICK_MAX_KEYS 8

typedef struct TickAggregatePlan
{
	int			columns;
	const TickColumn *column;	/* wanted */
	int			expressions;
	const TickExpression *expression;
	int			accumulators;
	TickAccumulator *accumulator;
	int			keys;
	TickGroupKey key[TICK_MAX_KEYS];
	int			time;			/* wanted index of the dataset's time, or -1 */
	bool		prunes;			/* batches by what their first bytes tell */
	size_t		group_bytes;	/* set by tick_aggregate_plan_finish() */
} TickAggregatePlan;

extern void tick_aggregate_plan_finish(TickAggregatePlan *plan);

/* Is the sum of the expression a TickSumState (or a TickUnitsState)? */
extern bool tick_expression_is_double(const TickExpression *expression);

/* ---- groups ---- */

/* A group; its states follow.  Keys of text and symbols are numbers of texts. */
typedef struct TickGroup
{
	uint32_t	nulls;			/* bit k: key k is null */
	uint32_t	hash;
	int64_t		key[];
} TickGroup;

static inline void *
tick_group_state(const TickAggregatePlan *plan, TickGroup *group, int accumulator)
{
	return (char *) group + plan->accumulator[accumulator].offset;
}

typedef struct TickAggregateTable TickAggregateTable;

extern TickStatus tick_aggregate_table_create(TickAggregateTable **table, const TickMemory *memory,
											  const TickAggregatePlan *plan, TickError *error);
extern void tick_aggregate_table_free(TickAggregateTable *table);
extern uint64_t tick_aggregate_groups(const TickAggregateTable *table);
extern TickGroup *tick_aggregate_group(const TickAggregateTable *table, uint64_t i);	/* by first appearance */
extern size_t tick_aggregate_table_memory(const TickAggregateTable *table);

/* The group with these keys, made when new; NULL when they are of another part (see below). */
extern TickStatus tick_aggregate_find(TickAggregateTable *table, const int64_t *key, uint32_t nulls,
									  TickGroup **group, TickError *error);

/* The same, but NULL when there is none yet. */
extern TickGroup *tick_aggregate_lookup(const TickAggregateTable *table, const int64_t *key, uint32_t nulls);

/*
 * Texts are kept once, each behind TICK_TEXT_HEADER bytes that the caller
 * may fill.
 */
#define TICK_TEXT_HEADER 4

extern TickStatus tick_aggregate_text_number(TickAggregateTable *table, TickString text,
											 int64_t *number, TickError *error);
extern TickString tick_aggregate_text(const TickAggregateTable *table, int64_t number);

/*
 * Keep groups of part number `part` of `parts` (a power of two) of the hash
 * space only.  0 of 1 is all; when there are too many groups, callers go
 * over the rows once for each part.  Part p of n is parts 2p and 2p + 1 of
 * 2n, up to 4,096, so a part may be halved when others have been done.
 */
extern void tick_aggregate_table_part(TickAggregateTable *table, uint32_t part, uint32_t parts);
extern void tick_aggregate_table_clear(TickAggregateTable *table);	/* groups and texts */
/* Drop the groups that are not of the part. */
extern TickStatus tick_aggregate_table_shrink(TickAggregateTable *table, TickError *error);
/* Drop the texts that no group has; the others get other numbers. */
extern TickStatus tick_aggregate_table_pack(TickAggregateTable *table, TickError *error);

/* ---- segments and jobs ---- */

/* TickAggregateSegment: a segment that jobs are of; its reader must outlive it. */
typedef struct TickAggregateSegment TickAggregateSegment;

typedef struct TickSegmentRange
{
	uint64_t	first;
	uint64_t	end;
} TickSegmentRange;

/* filter is over wanted indexes, or NULL. */
extern TickStatus tick_aggregate_segment_create(TickAggregateSegment **segment, const TickMemory *memory,
												const TickAggregatePlan *plan, TickSegmentReader *reader,
												const TickFilter *filter, int64_t partition, TickError *error);
extern void tick_aggregate_segment_free(TickAggregateSegment *segment);

typedef struct TickAggregateJob TickAggregateJob;

typedef struct TickAggregateCounters
{
	uint64_t	row_groups;
	uint64_t	row_groups_pruned;
	uint64_t	chunks;
	uint64_t	rows;			/* looked at */
} TickAggregateCounters;

extern TickStatus tick_aggregate_job_create(TickAggregateJob **job, const TickAggregatePlan *plan, TickError *error);
extern void tick_aggregate_job_free(TickAggregateJob *job);

/* May any row of the row group pass the segment's filter? */
extern bool tick_aggregate_may_match(TickAggregateSegment *segment, uint32_t row_group);

/*
 * Read the chunks of a row group; ranges (ascending, not NULL) are the rows that take
 * part.  What the job held before must have been folded.
 */
extern TickStatus tick_aggregate_job_load(TickAggregateJob *job, TickAggregateSegment *segment, uint32_t row_group,
										  const TickSegmentRange *range, int ranges, TickError *error);

/* Rows that a loaded job will look at. */
extern uint64_t tick_aggregate_job_rows(const TickAggregateJob *job);

/* Run it: a TickJobFunction, for any thread.  What fails is told when it is folded. */
extern void tick_aggregate_job_run(void *job);

/*
 * A job may be fed batches of any rows instead: of a join, say.  column gives
 * the vectors of the rows at hand, asked for as they are needed; the rows are
 * first .. first + span - 1 of them, those with a bit in keep (NULL: all).
 * Feed it on one thread, and fold it now and then; rows of a partition share
 * its number.
 */
typedef struct TickAggregateBatch
{
	TickFilterColumn column;
	TickFilterColumn decimals;	/* a double column in units, *vector NULL where it is not to be had so; or NULL */
	void	   *context;
	uint32_t	first;
	uint32_t	span;
	const uint64_t *keep;
	int64_t		partition;
	const TickSymbolEntry *symbol;	/* of all rows, or NULL when they may differ */
	uint64_t	symbol_number;	/* the same only where the symbol is; not 0 */
	bool		sorted;			/* the rows are in order of the plan's time */
} TickAggregateBatch;

extern TickStatus tick_aggregate_job_feed(TickAggregateJob *job, const TickAggregateBatch *batch, TickError *error);

/*
 * Such a job may be run by any thread, too, when it is given who feeds it.
 * done is called once, by who folds or frees the job, when it is not needed
 * any more; symbol numbers begin anew with each feed.
 */
typedef struct TickAggregateFeed
{
	TickStatus	(*run) (void *context, TickAggregateJob *job, TickError *error);
	void		(*done) (void *context);
	void	   *context;
} TickAggregateFeed;

extern void tick_aggregate_job_give(TickAggregateJob *job, const TickAggregateFeed *feed);

/* Add what it found since it was folded last to the table. */
extern TickStatus tick_aggregate_fold(TickAggregateTable *table, TickAggregateJob *job,
									  TickAggregateCounters *counters, TickError *error);

/*
 * The same when no group can come again but the last one of a job in the
 * next: leave the groups in the job, with keys as the table's, whose texts
 * alone are used.
 */
extern TickStatus tick_aggregate_take(TickAggregateTable *table, TickAggregateJob *job,
									  TickAggregateCounters *counters, TickError *error);
extern const TickAggregateTable *tick_aggregate_job_table(const TickAggregateJob *job);
extern bool tick_aggregate_same_keys(const TickAggregatePlan *plan, const TickGroup *a, const TickGroup *b);

/*
 * Add one state of an accumulator to another: of later rows to earlier ones.
 */
extern TickStatus tick_aggregate_combine(const TickAggregatePlan *plan, int accumulator,
										 void *state, const void *later, TickError *error);

#endif							/* TICK_CORE_AGGREGATE_H */
