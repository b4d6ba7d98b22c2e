/*-------------------------------------------------------------------------
 *
 * load_bind.h
 *	  A file's columns brought together with a dataset's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_BIND_H
#define TICK_LOAD_BIND_H

#include "postgres.h"

#include "core/parse.h"
#include "dataset.h"
#include "load_layout.h"
#include "load_source.h"

/* LoadBinding: the plan by which files of one layout are parsed into a dataset. */
typedef struct LoadBinding
{
	const TickDataset *dataset;
	const LoadLayout *layout;
	const LoadReading *reading;
	TickParsePlan plan;			/* but for load, constants of the path, and intern */
	TickParseColumn *column;	/* the plan's */
	int		   *source;			/* layout column of each of them */
	int			zone_hint;		/* of the callbacks */
	int			day_hint;
	MemoryContext scratch;		/* a converted text */
	int			file_encoding;
} LoadBinding;

/*
 * Match columns by recorded field and name (or by position); unknown fields
 * are named in a NOTICE, missing ones are an error unless missing_null.
 * Allocated in the current context.
 */
extern LoadBinding *LoadBind(const TickDataset *dataset, const LoadLayout *layout,
							 const LoadReading *reading, bool missing_null);

/* Put a file's captures and load id into the plan. */
extern void LoadBindFile(LoadBinding *binding, const LoadFile *file);

/* Day of a stored time and the range of times that share it, as TickParsePartition. */
extern bool LoadFindDay(const TickDataset *dataset, int64 value, int *hint, int32_t *day, int64_t *low, int64_t *high);

/* Name of the dataset's column that a plan's column feeds, for messages. */
extern const char *LoadBoundName(const LoadBinding *binding, int column);

/* The attribute that shows schema column `column`, or NULL. */
extern const TickAttribute *LoadAttributeOf(const TickDataset *dataset, int column);

#endif							/* TICK_LOAD_BIND_H */
