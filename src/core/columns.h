/*-------------------------------------------------------------------------
 *
 * columns.h
 *	  The small languages of tick_load: its "columns" and its "path".
 *
 *	columns:  item, item, ...
 *	  item   := - | ... | name [= src {+ src}] [type] {option}
 *	  src    := "Header" | header | $N | {capture} | 'constant'
 *	  option := role R | /N | *N | format 'F' | null 'x' | zone 'Z' | upper | lower
 *	            F is a time's (core/value.h), or comma or grouped, of a number with marks
 *	type is one or two words with an optional (p,s): bigint, double precision, numeric(12,4), ...
 *	Words are folded to lower case; "quoted" ones keep theirs.
 *
 *	path:  matches the end of a path, by whole components
 *	  {name}  shortest run without /    {name:YYYYMMDD}  a date    *  run without /
 *	  **  across folders               {{  a brace
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_COLUMNS_H
#define TICK_CORE_COLUMNS_H

#include "core/segment.h"
#include "core/value.h"

typedef enum TickFieldKind
{
	TICK_FIELD_HEADER,			/* text names a header field: quoted: exactly as written, else any case */
	TICK_FIELD_POSITION,		/* number: from 1 */
	TICK_FIELD_CAPTURE,			/* text names a capture of the path */
	TICK_FIELD_CONSTANT			/* text itself */
} TickFieldKind;

typedef struct TickFieldSource
{
	TickFieldKind kind;
	int			number;
	bool		quoted;
	TickString	text;
} TickFieldSource;

#define TICK_FIELD_SOURCES 4		/* most that + may join */

typedef struct TickColumnItem
{
	bool		skip;			/* "-": one positional field to pass over */
	bool		rest;			/* "...": keep what is not listed; last item only */
	TickString	name;
	int			sources;		/* 0: by position without header, by name with one */
	TickFieldSource source[TICK_FIELD_SOURCES];
	TickString	type;			/* as written; length 0: guessed */
	TickRole	role;			/* TICK_ROLE_NONE: guessed */
	bool		has_scale;
	int			power;			/* value / 10^power; *N gives a negative power */
	bool		has_format;
	TickTimeFormat format;
	TickNumberMarks marks;
	bool		has_null;
	TickString	null_as;
	TickString	zone;
	bool		upper;
	bool		lower;
} TickColumnItem;

typedef struct TickColumnList
{
	int			items;
	TickColumnItem *item;		/* strings are copies owned by the list */
	TickBuffer	text;
} TickColumnList;

/* TICK_BAD_INPUT names the place ("at or near ..."). N of /N and *N must be a power of ten. */
extern TickStatus tick_columns_parse(const char *columns, const TickMemory *memory, TickColumnList *list, TickError *error);
extern void tick_columns_free(TickColumnList *list, const TickMemory *memory);

extern bool tick_role_from_name(TickString name, TickRole *role);
extern const char *tick_role_name(TickRole role);

/* ---- path ---- */

#define TICK_PATH_CAPTURES 16

typedef struct TickPathPattern TickPathPattern;

extern TickStatus tick_path_parse(const char *pattern, const TickMemory *memory, TickPathPattern **path, TickError *error);
extern void tick_path_free(TickPathPattern *path);
extern int	tick_path_captures(const TickPathPattern *path);
extern TickString tick_path_capture_name(const TickPathPattern *path, int capture);
extern bool tick_path_capture_is_date(const TickPathPattern *path, int capture);

/* Match; on true, value[i] points into text, and day[i] is set for dates. */
extern bool tick_path_match(const TickPathPattern *path, TickString text,
							TickString value[TICK_PATH_CAPTURES], int64_t day[TICK_PATH_CAPTURES]);

#endif							/* TICK_CORE_COLUMNS_H */
