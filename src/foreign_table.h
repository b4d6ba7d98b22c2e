/*-------------------------------------------------------------------------
 *
 * foreign_table.h
 *	  DDL of foreign tables that show columns of a dataset.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_FOREIGN_TABLE_H
#define TICK_FOREIGN_TABLE_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/rel.h"

#include "dataset.h"

/* Append " OPTIONS (name 'value', ...)", nothing when there are none. */
extern void TickAppendOptions(StringInfo sql, List *options);

/*
 * Append the definition of a column that shows an attribute of the dataset,
 * with its recorded field, so that a rename of either is harmless.  more are
 * further options; without_role leaves what the column is for out.
 */
extern void TickAppendColumn(StringInfo sql, Relation relation, const TickDataset *dataset,
							 const TickAttribute *attribute, const char *name, List *more, bool without_role);

extern char *TickQualifiedName(Relation relation);

#endif							/* TICK_FOREIGN_TABLE_H */
