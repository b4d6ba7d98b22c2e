/*-------------------------------------------------------------------------
 *
 * catalog_calendar.c
 *	  Rows of tick.calendar.
 *
 * People write this table, so that constraints of the extension script hold
 * for its rows, but nothing is assumed of one row and another.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/date.h"

#include "catalog_internal.h"

/* An array of ISO weekdays as bits. */
static int
weekday_bits(ArrayType *array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	int			bits = 0;

	deconstruct_array(array, INT2OID, sizeof(int16), true, TYPALIGN_SHORT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		int			weekday = nulls[i] ? 0 : DatumGetInt16(elements[i]);

		if (weekday >= 1 && weekday <= 7)
			bits |= 1 << weekday;
	}
	return bits;
}

static TickCalendarEntry *
read_calendar(TickScan *scan, HeapTuple tuple)
{
	TickCalendarEntry *entry = palloc0(sizeof(TickCalendarEntry));
	Datum		values[Natts_calendar];
	bool		nulls[Natts_calendar];

	heap_deform_tuple(tuple, RelationGetDescr(scan->relation), values, nulls);
	entry->zone = TickTextOrNull(values[Anum_calendar_time_zone - 1], nulls[Anum_calendar_time_zone - 1]);
	entry->dated = !nulls[Anum_calendar_date - 1];
	if (entry->dated)
		entry->day = (int64) DatumGetDateADT(values[Anum_calendar_date - 1]) + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;
	else if (!nulls[Anum_calendar_weekdays - 1])
		entry->weekdays = weekday_bits(DatumGetArrayTypeP(values[Anum_calendar_weekdays - 1]));
	entry->has_session = !nulls[Anum_calendar_open - 1] && !nulls[Anum_calendar_close - 1];
	if (entry->has_session)
	{
		entry->open = DatumGetTimeADT(values[Anum_calendar_open - 1]);
		entry->close = DatumGetTimeADT(values[Anum_calendar_close - 1]);
	}
	return entry;
}

List *
TickCatalogCalendar(const char *name, Snapshot snapshot)
{
	ScanKeyData key;
	TickScan	scan;
	HeapTuple	tuple;
	List	   *entries = NIL;

	TickKeyText(&key, Anum_calendar_name, name, strlen(name));
	TickScanBegin(&scan, TICK_REL_CALENDAR, "calendar_name_idx", snapshot, 1, &key);
	while (HeapTupleIsValid(tuple = TickScanNext(&scan)))
		entries = lappend(entries, read_calendar(&scan, tuple));
	TickScanEnd(&scan);
	return entries;
}
