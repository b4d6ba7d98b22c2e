/*-------------------------------------------------------------------------
 *
 * load_hint.h
 *	  What would help a record that broke the rules.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_HINT_H
#define TICK_LOAD_HINT_H

#include "load_bind.h"

/* For a value that the column of the plan does not take; created: the load has just made the dataset. */
extern char *LoadHintOfValue(const LoadBinding *binding, int column, TickString value, TickString raw, bool created);

/* For a record with too few or too many fields; NULL when nothing comes to mind. */
extern char *LoadHintOfRecord(const LoadLayout *layout, TickString raw);

#endif							/* TICK_LOAD_HINT_H */
