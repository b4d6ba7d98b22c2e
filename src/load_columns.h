/*-------------------------------------------------------------------------
 *
 * load_columns.h
 *	  The columns argument against a file's fields; load_layout.c's other half.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_COLUMNS_H
#define TICK_LOAD_COLUMNS_H

#include "postgres.h"

#include "compat.h"
#include "load_layout.h"

/* Make the layout's columns from the columns argument. */
extern void LoadColumnsMake(LoadLayout *layout, const LoadReading *reading);

/* Do a column's values say the date themselves? */
extern bool LoadColumnHasDate(const LoadLayout *layout, const LoadReading *reading, const LoadColumn *column);

/* Names that the list gives to fields by position, for the guess; returns how many. */
extern int	LoadListedNames(const TickColumnList *list, TickString *names);
extern bool LoadListsRole(const TickColumnList *list, TickRole role);
extern bool LoadListsCapture(const TickColumnList *list, const char *name);

/* ---- load_layout.c ---- */

extern int	LoadFindCapture(const LoadReading *reading, const char *name);
extern const TickGuessColumn *LoadGuessOfField(const LoadLayout *layout, int field);
extern LoadColumn *LoadAddColumn(LoadLayout *layout, const char *name);
extern void LoadAddField(LoadColumn *column, int field, const TickGuessColumn *guess);
extern void LoadAddCapture(LoadColumn *column, int capture);
extern void LoadAddConstant(LoadColumn *column, TickString text);
extern void LoadRefuseAmbiguous(const LoadLayout *layout) pg_attribute_noreturn();
/* The zone that the column's stamps name, if PostgreSQL knows it; else they are taken as they stand. */
extern void LoadTakeZone(LoadColumn *column);

extern void LoadAddGuessed(LoadLayout *layout, const TickGuessColumn *guess);

#endif							/* TICK_LOAD_COLUMNS_H */
