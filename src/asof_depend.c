/*-------------------------------------------------------------------------
 *
 * asof_depend.c
 *	  Event trigger: a derived dataset that is created depends on its sources,
 *	  also when a dump creates it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "fmgr.h"

#include "dataset_derived.h"

PG_FUNCTION_INFO_V1(tick_on_ddl_end);

static const char tables[] =
"SELECT objid FROM pg_catalog.pg_event_trigger_ddl_commands() "
"WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
"AND objsubid OPERATOR(pg_catalog.=) 0 AND object_type OPERATOR(pg_catalog.=) 'foreign table'";

Datum
tick_on_ddl_end(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by the event trigger manager", "tick.on_ddl_end")));
	SPI_connect();
	if (SPI_execute(tables, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the created objects");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		null;

		TickDerivedDepend(DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &null)));
	}
	SPI_finish();
	PG_RETURN_NULL();
}
