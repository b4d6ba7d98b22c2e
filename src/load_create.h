/*-------------------------------------------------------------------------
 *
 * load_create.h
 *	  A dataset made from what a file holds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_CREATE_H
#define TICK_LOAD_CREATE_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "load_layout.h"
#include "load_options.h"

/* The CREATE FOREIGN TABLE of a dataset; name is qualified and quoted as needed. */
extern char *LoadCreateText(const LoadLayout *layout, const LoadOptions *options,
							const char *name, const char *partition_by);

/*
 * Create the dataset and its view of daily stats in the schema that target
 * names (or the first of the search path).  Returns its oid.
 */
extern Oid	LoadCreate(const LoadLayout *layout, const LoadOptions *options,
					   RangeVar *target, const char *partition_by);

/*
 * Lock the name of a dataset that is about to be made, until the end of the
 * transaction; *relid is set when somebody else has made it meanwhile.
 */
extern void LoadLockName(RangeVar *target, Oid *relid);

#endif							/* TICK_LOAD_CREATE_H */
