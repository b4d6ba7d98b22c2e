/*-------------------------------------------------------------------------
 *
 * asof_join_internal.h
 *	  Groups and pieces of a join by time, for the files that cut and run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ASOF_JOIN_INTERNAL_H
#define TICK_CORE_ASOF_JOIN_INTERNAL_H

#include "core/asof_join.h"

/* A segment of a group, and what its owner has read of it. */
typedef struct TickAsofInput
{
	TickSegmentReader *reader;
	TickCursor *cursor;			/* that chunks are read through */
	int			time;			/* wanted index of the time */
	uint32_t	next;			/* first symbol of the directory that is not in a piece yet */
} TickAsofInput;

/* The symbol that is next in order, and its share of each input. */
typedef struct TickAsofSymbol
{
	bool		known;
	bool		end;			/* there is none */
	bool		is_null;
	TickString	name;
	uint64_t	rows;
	TickSymbolEntry *entry;		/* by input; rows 0: it has none */
} TickAsofSymbol;

struct TickAsofGroup
{
	const TickAsofJoin *join;
	TickAsofInputs of;
	int			inputs;			/* the left ones, then the right ones */
	TickAsofInput *input;
	TickLoadedGroup ***loaded;	/* by input, what is in use: by row group */
	int			pieces;
	int			next_name;		/* of the symbols asked for; their number stands for the null symbol */
	TickAsofSymbol symbol;
	/* a large symbol being cut by time */
	bool		cutting;
	int64_t		cut_low;		/* where the next piece begins */
	int			cut_input;		/* whose row groups are counted */
	uint32_t	cut_group;		/* that the next piece begins with */
};

/* A row group that a piece has loaded. */
typedef struct TickAsofUse
{
	int			input;
	uint32_t	row_group;
} TickAsofUse;

struct TickAsofPiece
{
	TickAsofGroup *group;
	bool		loaded;
	int			first_name;		/* of the symbols asked for */
	int			names;
	bool		null_symbol;
	uint32_t   *symbol_first;	/* by input: its entries of the directory */
	uint32_t   *symbol_end;
	bool		cut;			/* left rows beyond the times below are of other pieces */
	int64_t		time_low;
	int64_t		time_high;
	int64_t		right_low;
	int64_t		right_high;
	uint64_t	rows;
	uint64_t	bytes;
	uint32_t   *group_end;		/* by input: row groups before it are loaded, or not needed */
	int			uses;
	int			use_capacity;
	TickAsofUse *use;

	/* while it is run, and until it is freed */
	TickMerge  *left;
	TickMerge  *right;
	TickAsof   *asof;
	TickWindow *window;
	TickSlice	slice;
	uint64_t	symbol_number;
	int			next_prior;
	uint64_t  **keep;			/* by left input: rows of its batch that pass */
	uint64_t   *kept_batch;		/* number of that batch */
	uint64_t	joined[TICK_BATCH_ROWS / 64];	/* rows that pass the residual */
};

#endif							/* TICK_CORE_ASOF_JOIN_INTERNAL_H */
