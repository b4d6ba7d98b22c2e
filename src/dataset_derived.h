/*-------------------------------------------------------------------------
 *
 * dataset_derived.h
 *	  Derived datasets: foreign tables whose rows are a join of two datasets.
 *
 * Every row of the left dataset comes once, in its columns; the others are
 * taken from the right dataset's rows of the same symbol: from the last one
 * at or before the left time (as-of), or computed from those around it
 * (window).
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_DATASET_DERIVED_H
#define TICK_DATASET_DERIVED_H

#include "postgres.h"

#include "core/asof_window.h"
#include "dataset.h"

/* What stands in for a null of the right side. */
typedef enum TickDerivedFill
{
	TICK_DERIVED_FILL_NONE,				/* nothing: kdb+ aj */
	TICK_DERIVED_FILL_PREVIOUS,			/* the column's last value before */
	TICK_DERIVED_FILL_LEFT				/* the left column of the same name: kdb+ ajf */
} TickDerivedFill;

/*
 * TickDerivedColumn: a schema column after the left ones.
 */
typedef struct TickDerivedColumn
{
	int			source;			/* schema index in the right dataset, -1: rows */
	int			fill;			/* schema index of the left column that stands in for nulls, or -1 */
	/* of a window */
	TickWindowKind aggregate;
	int			weight;			/* schema index in the right dataset, or -1 */
} TickDerivedColumn;

/*
 * TickDerived: what TickDataset.derived points at.  The first columns of the
 * derived schema are the left's, with the same indexes.
 */
struct TickDerived
{
	TickDataset *left;
	TickDataset *right;
	int64		tolerance;		/* in units of the time; PG_INT64_MAX: any age */
	bool		strict;
	TickDerivedFill fill;
	bool		window;
	int64		before;			/* in units of the time */
	int64		after;
	bool		prevailing;
	int			columns;
	TickDerivedColumn *column;
};

/* The option that makes a foreign table derived, or NULL. */
extern char *TickDerivedLeftTable(Oid relid);

/* The options that name the sources (NULL: missing); false when the table is not derived. */
extern bool TickDerivedNames(Oid relid, char **left_table, char **right_table);

/* ---- dataset_depend.c ---- */

/* The sources' relations, InvalidOid where there is none of the name; false when the table is not derived. */
extern bool TickDerivedSources(Oid relid, Oid *left, Oid *right);

/* Let a derived dataset depend on its sources, as far as they are there; other tables are passed over. */
extern void TickDerivedDepend(Oid relid);

/* The relations of all derived datasets. */
extern List *TickDerivedTables(void);

/* Describe a derived dataset; called by TickDatasetOpen(). */
extern void TickDerivedDescribe(TickDataset *dataset, Relation relation, Snapshot snapshot);

/* Index of the source's attribute that this attribute of another table shows, or -1. */
extern int	TickDatasetCounterpart(const TickDataset *source, const TickAttribute *attribute);

/* An interval as units of the dataset's time; raises when it has months. */
extern int64 TickDerivedSpan(const TickDataset *dataset, const Interval *interval, const char *what);

/* The aggregate of a window with this name; false: there is none. */
extern bool TickWindowByName(const char *name, TickWindowKind *kind);

/* SQL type of an aggregate of a right attribute (NULL: of rows), or NULL where there is none. */
extern char *TickWindowResultType(const TickDataset *right, TickWindowKind kind, const TickAttribute *attribute);

/* Refuse two datasets that cannot be joined. */
extern void TickDerivedCheckPair(const TickDataset *left, const TickDataset *right);

/* Refuse derived datasets where only stored rows will do. */
extern void TickDerivedRefuse(const TickDataset *dataset);

#endif							/* TICK_DATASET_DERIVED_H */
