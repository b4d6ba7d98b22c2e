/*-------------------------------------------------------------------------
 *
 * agg_derived.c
 *	  Aggregate a derived dataset: its rows are joined and counted in threads.
 *
 * Each partition's group of segments is cut into pieces, in order of symbol
 * and time.  This backend reads what a piece needs and hands it to a thread,
 * which joins it and feeds an aggregation's job; results are folded in the order of the
 * pieces.  A piece that needs too much memory is joined here, while it is
 * read, when all before it are folded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "agg_state.h"
#include "scan_derived.h"
#include "segment_cache.h"
#include "tick.h"

/* Groups of a job that is fed here, before they are added to the table. */
#define FED_GROUPS 65536

void
TickAggEndThreads(TickAggState *state)
{
	tick_aggregate_run_free(state->run);
	state->run = NULL;
	tick_asof_piece_free(state->piece);
	state->piece = NULL;
	tick_aggregate_job_free(state->fed);
	state->fed = NULL;
	for (int i = 0; i < TICK_AGG_OPEN; i++)
	{
		tick_asof_group_free(state->joined[i].group);
		state->joined[i].group = NULL;
	}
}

/* MemoryContextCallback: threads must not outlive what they read. */
static void
release_joined(void *arg)
{
	TickAggJoined *joined = arg;

	if (joined->open)
		TickAggEndThreads(joined->state);
}

/* ---- groups ---- */

/* Let go of a group whose pieces are all folded. */
static void
close_group(TickAggState *state, TickAggJoined *joined)
{
	if (joined->group != NULL)
	{
		TickCursorCounters counters;

		tick_asof_join_counters(joined->group, &counters);
		state->work.row_groups += counters.row_groups;
		state->work.row_groups_pruned += counters.row_groups_pruned;
		state->work.chunks += counters.chunks;
		tick_asof_group_free(joined->group);
		joined->group = NULL;
	}
	for (int i = 0; i < joined->inputs.left_inputs; i++)
		TickSegmentRelease(joined->inputs.left[i]);
	for (int i = 0; i < joined->inputs.right_inputs; i++)
		TickSegmentRelease(joined->inputs.right[i]);
	/* threads may be at work on other groups: the guard lets them be */
	joined->open = false;
	MemoryContextDelete(joined->context);
}

void
TickAggCloseJoined(TickAggState *state)
{
	for (int i = 0; i < TICK_AGG_OPEN; i++)
		if (state->joined[i].open)
			close_group(state, &state->joined[i]);
}

/* A place for another group; those that are done with are closed. */
static TickAggJoined *
free_place(TickAggState *state)
{
	TickAggJoined *place = NULL;
	TickError	error;

	while (place == NULL)
	{
		for (int i = 0; i < TICK_AGG_OPEN; i++)
		{
			TickAggJoined *joined = &state->joined[i];

			if (joined->open && joined->cut && tick_asof_group_pieces(joined->group) == 0)
				close_group(state, joined);
			if (!joined->open)
				place = joined;
		}
		if (place == NULL)
			TickCheck(tick_aggregate_run_finish(state->run, &error), &error);
	}
	return place;
}

/* Open the next group; NULL when there is none left. */
static TickAggJoined *
open_group(TickAggState *state)
{
	TickAggJoined *joined = free_place(state);
	TickError	error;

	if (!TickDerivedScanGroup(TickDatasetScanDerived(state->scan), &joined->inputs, &joined->context))
		return NULL;
	joined->open = true;
	joined->cut = false;
	joined->guard.func = release_joined;
	joined->guard.arg = joined;
	joined->state = state;
	MemoryContextRegisterResetCallback(joined->context, &joined->guard);
	TickCheck(tick_asof_group_create(&joined->group, state->join, &joined->inputs, &error), &error);
	return joined;
}

/* ---- pieces ---- */

/* TickAggregateFeed */
static TickStatus
feed_piece(void *context, TickAggregateJob *job, TickError *error)
{
	return tick_asof_join_run(context, job, NULL, NULL, error);
}

static void
free_piece(void *context)
{
	tick_asof_piece_free(context);
}

/* After each batch that is joined here: bound what has been gathered. */
static TickStatus
after_batch(void *context, TickError *error)
{
	TickAggState *state = context;

	CHECK_FOR_INTERRUPTS();
	if (tick_aggregate_groups(tick_aggregate_job_table(state->fed)) < FED_GROUPS)
		return TICK_OK;
	TICK_TRY(tick_aggregate_fold(state->table, state->fed, &state->work, error));
	TickAggBoundMemory(state);
	return TICK_OK;
}

/* Join a piece here, reading as it goes. */
static void
join_here(TickAggState *state)
{
	TickError	error;

	TickCheck(tick_aggregate_run_finish(state->run, &error), &error);
	if (state->fed == NULL)
		TickCheck(tick_aggregate_job_create(&state->fed, &state->plan, &error), &error);
	TickCheck(tick_asof_join_run(state->piece, state->fed, after_batch, state, &error), &error);
	TickCheck(tick_aggregate_fold(state->table, state->fed, &state->work, &error), &error);
	tick_asof_piece_free(state->piece);
	state->piece = NULL;
}

static void
join_group(TickAggState *state, TickAggJoined *joined)
{
	TickError	error;

	for (;;)
	{
		TickAggregateFeed feed = {.run = feed_piece,.done = free_piece};
		bool		loaded;

		CHECK_FOR_INTERRUPTS();
		TickCheck(tick_asof_join_cut(joined->group, &state->piece, &loaded, &error), &error);
		if (state->piece == NULL)
			break;
		if (loaded)
		{
			feed.context = state->piece;
			state->piece = NULL;
			TickCheck(tick_aggregate_run_feed(state->run, &feed, &error), &error);
		}
		else
			join_here(state);
		TickAggBoundMemory(state);
	}
	joined->cut = true;
}

void
TickAggAddJoined(TickAggState *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->context);
	TickAggJoined *joined;
	TickScanCounters counters;
	TickError	error;

	state->join = TickDerivedScanJoin(TickDatasetScanDerived(state->scan));
	MemoryContextSwitchTo(old);
	while ((joined = open_group(state)) != NULL)
		join_group(state, joined);
	TickCheck(tick_aggregate_run_finish(state->run, &error), &error);
	TickAggBoundMemory(state);
	TickAggCloseJoined(state);
	TickDatasetScanCounters(state->scan, &counters);
	state->counters.by_rows = counters.segments;
}
