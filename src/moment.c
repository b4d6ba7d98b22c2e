/*-------------------------------------------------------------------------
 *
 * moment.c
 *	  A moment given to a function as a timestamp, timestamptz, date or text.
 *
 * A naive stamp over a dataset with a zone means local time there; a stamp
 * with a zone over a naive dataset means the session's local time.  Text is
 * read as the dataset's own kind of stamp.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "convert.h"
#include "core/value.h"
#include "moment.h"

/* ns since 1970, infinities and far times at the end of what is stored: as bounds they are no error. */
static int64
clamped_stamp(int64 timestamp)
{
	int128		ns;

	if (TIMESTAMP_IS_NOBEGIN(timestamp))
		return PG_INT64_MIN;
	if (TIMESTAMP_IS_NOEND(timestamp))
		return PG_INT64_MAX;
	ns = ((int128) timestamp + TICK_EPOCH_DAYS * USECS_PER_DAY) * 1000;
	return ns < PG_INT64_MIN ? PG_INT64_MIN : ns > PG_INT64_MAX ? PG_INT64_MAX : (int64) ns;
}

/* A timestamp as stored: local time in the dataset's zone when it has one. */
static int64
from_timestamp(const TickDataset *dataset, Timestamp value)
{
	int64		stamp = clamped_stamp(value);
	int			hint = 0;

	return dataset->zone != NULL ? tick_zone_to_utc(dataset->zone, stamp, &hint) : stamp;
}

static int64
from_timestamptz(const TickDataset *dataset, TimestampTz value)
{
	if (dataset->zone != NULL)
		return clamped_stamp(value);
	return clamped_stamp(DatumGetTimestamp(DirectFunctionCall1(timestamptz_timestamp, TimestampTzGetDatum(value))));
}

static int64
from_text(const TickDataset *dataset, const char *text)
{
	PGFunction	input = dataset->zone != NULL ? timestamptz_in : timestamp_in;
	Datum		value = DirectFunctionCall3(input, CStringGetDatum(text),
											ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));

	return clamped_stamp(DatumGetTimestamp(value));
}

bool
TickMomentArgument(FunctionCallInfo fcinfo, int argument, const TickDataset *dataset,
				   int64 *first, int64 *last)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argument);
	Datum		value;

	if (PG_ARGISNULL(argument))
		return false;
	value = PG_GETARG_DATUM(argument);
	if (type == DATEOID)
	{
		int64		day = (int64) DatumGetDateADT(value) + TICK_EPOCH_DAYS;

		TickDatasetDayRange(dataset, day, day, first, last);
		return true;
	}
	if (type == TIMESTAMPOID)
		*first = from_timestamp(dataset, DatumGetTimestamp(value));
	else if (type == TIMESTAMPTZOID)
		*first = from_timestamptz(dataset, DatumGetTimestampTz(value));
	else if (type == UNKNOWNOID)
		*first = from_text(dataset, DatumGetCString(value));
	else if (type == TEXTOID)
		*first = from_text(dataset, TextDatumGetCString(value));
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a time bound cannot be of type %s", format_type_be(type)),
				 errhint("Give a timestamp, timestamptz or date.")));
	if (dataset->schema.time >= 0 && dataset->schema.column[dataset->schema.time].type == TICK_DATE)
	{
		*first = *first / TICK_NS_PER_DAY - (*first % TICK_NS_PER_DAY < 0);
		*last = *first;
	}
	else
		*last = *first > PG_INT64_MAX - 999 ? PG_INT64_MAX : *first + 999;
	return true;
}
