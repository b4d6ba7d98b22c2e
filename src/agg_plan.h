/*-------------------------------------------------------------------------
 *
 * agg_plan.h
 *	  Planning of aggregations, alone (agg_plan.c) and below joins
 *	  (agg_join_plan.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_AGG_PLAN_H
#define TICK_AGG_PLAN_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "agg_internal.h"

/* What an upper relation's expressions consist of. */
typedef struct TickAggTarget
{
	List	   *keys;
	List	   *aggregates;
	Relids		others;			/* relations whose columns may be shown without being keys, ... */
	List	   *dependent;		/* ... and those that are: keys determine them */
} TickAggTarget;

/*
 * A tree walker: collect the aggregates of an expression.  True when there is
 * something in it that is neither made of keys nor of aggregates.
 */
extern bool TickAggCollect(Node *node, TickAggTarget *target);

/* Are all conditions on the base relation evaluated inside the scan? */
extern bool TickAggConditionsPushed(RelOptInfo *baserel);

/* Groups that come out, and what they cost, when fractions of rows and partitions are looked at. */
extern void TickAggEstimate(PlannerInfo *root, RelOptInfo *baserel, List *keys, const TickAggQuery *query,
							double row_fraction, double partition_fraction, double *groups, Cost *startup, Cost *total);

/*
 * A tree walker: the parts of an expression that have no columns, but for
 * constants.  Parameters among them are the node's.
 */
extern bool TickAggConstants(Node *node, List **constants);

#endif							/* TICK_AGG_PLAN_H */
