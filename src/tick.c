/*-------------------------------------------------------------------------
 *
 * tick.c
 *	  Start of the library: settings, and the bridge between the core's way
 *	  of failing and allocating and the server's.
 *
 * The core reports through TickError and allocates through TickMemory; the
 * only place where the one becomes ereport() and the other a MemoryContext
 * is here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "agg.h"
#include "changeset.h"
#include "tick.h"

PG_MODULE_MAGIC;

char	   *tick_as_of = NULL;
int			tick_load_memory = 256 * 1024;
int			tick_max_line = 1024 * 1024;
int			tick_min_free = 128;
int			tick_retention = 7 * 24 * 60 * 60;
int			tick_cache_memory = 64 * 1024;
int			tick_threads = 1;
bool		tick_enable_zone_maps = true;
bool		tick_enable_filter_pushdown = true;
bool		tick_enable_aggregate_pushdown = true;

void		_PG_init(void);

/* As many as there are processors, within reason: a load keeps few busy. */
static int
default_threads(void)
{
	long		processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors < 1 ? 1 : processors > 4 ? 4 : (int) processors;
}

/* Settings that say how much: memory, lengths, days. */
static void
define_limits(void)
{
	DefineCustomIntVariable("tick.load_memory",
							"Sets the memory that one load may use for rows it has not written yet.",
							NULL,
							&tick_load_memory,
							256 * 1024, 16 * 1024, INT_MAX,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("tick.max_line",
							"Sets the longest line that a load accepts.",
							NULL,
							&tick_max_line,
							1024 * 1024, 1024, 512 * 1024 * 1024,
							PGC_USERSET, GUC_UNIT_BYTE, NULL, NULL, NULL);
	DefineCustomIntVariable("tick.min_free",
							"Sets the space that loads leave free on the volumes of the data and of the WAL.",
							"A server that cannot write WAL stops; 0 does not look.",
							&tick_min_free,
							128, 0, INT_MAX,
							PGC_SUSET, GUC_UNIT_MB, NULL, NULL, NULL);
	DefineCustomIntVariable("tick.retention",
							"Sets how long versions without a name stay readable.",
							NULL,
							&tick_retention,
							7 * 24 * 60 * 60, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("tick.threads",
							"Sets how many threads a load or an aggregation may use; 1 is the backend alone.",
							"Threads inflate, encode, aggregate and the like; they never touch the server.",
							&tick_threads,
							default_threads(), 1, 64,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("tick.cache_memory",
							"Sets the memory in which a session keeps open segments.",
							NULL,
							&tick_cache_memory,
							64 * 1024, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
}

/*
 * Keep some freed memory.  The C library gives what lies at the end of its
 * heap back to the kernel again and again: a query of 1 ms then spends a fifth
 * of its time on touching the pages of its chunks anew.  What is larger, as
 * loads allocate, is given back at once.
 */
static void
keep_memory(void)
{
#ifdef __GLIBC__
	(void) mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
	(void) mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
#endif
}

/*
 * The library is loaded on first use in a session, so every setting may be
 * changed by anybody at any time.
 */
void
_PG_init(void)
{
	DefineCustomStringVariable("tick.as_of",
							   "Sets the version of datasets that queries read.",
							   "A snapshot's name, a changeset's number or a time; empty for the present.",
							   &tick_as_of,
							   "",
							   PGC_USERSET, 0, NULL, NULL, NULL);
	define_limits();
	DefineCustomBoolVariable("tick.enable_zone_maps",
							 "Enables skipping of data by minimum and maximum.",
							 NULL,
							 &tick_enable_zone_maps,
							 true,
							 PGC_USERSET, GUC_EXPLAIN, NULL, NULL, NULL);
	DefineCustomBoolVariable("tick.enable_filter_pushdown",
							 "Enables evaluation of conditions inside scans of datasets.",
							 NULL,
							 &tick_enable_filter_pushdown,
							 true,
							 PGC_USERSET, GUC_EXPLAIN, NULL, NULL, NULL);
	DefineCustomBoolVariable("tick.enable_aggregate_pushdown",
							 "Enables aggregation inside scans of datasets.",
							 NULL,
							 &tick_enable_aggregate_pushdown,
							 true,
							 PGC_USERSET, GUC_EXPLAIN, NULL, NULL, NULL);
	MarkGUCPrefixReserved("tick");
	keep_memory();
	TickChangesetInit();
	TickAggInit();
}

/* SQLSTATE of a core status; TICK_IO takes it from errno. */
static int
sqlstate_of(const TickError *error)
{
	switch (error->status)
	{
		case TICK_NOMEM:
			return ERRCODE_OUT_OF_MEMORY;
		case TICK_CORRUPT:
			return ERRCODE_DATA_CORRUPTED;
		case TICK_UNSUPPORTED:
			return ERRCODE_FEATURE_NOT_SUPPORTED;
		case TICK_BAD_INPUT:
			return ERRCODE_BAD_COPY_FILE_FORMAT;
		case TICK_OUT_OF_RANGE:
			return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
		case TICK_CANCELLED:
			return ERRCODE_QUERY_CANCELED;
		case TICK_OK:
		case TICK_END:
		case TICK_IO:
			break;
	}
	return ERRCODE_INTERNAL_ERROR;
}

void
TickRaise(const TickError *error)
{
	/* a callback that asked to stop did so because an interrupt is pending */
	if (error->status == TICK_CANCELLED)
		CHECK_FOR_INTERRUPTS();

	if (error->status == TICK_IO && error->os_errno != 0)
	{
		errno = error->os_errno;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg_internal("%s: %m", error->message),
				 error->detail[0] != '\0' ? errdetail_internal("%s", error->detail) : 0,
				 error->hint[0] != '\0' ? errhint("%s", error->hint) : 0));
	}
	ereport(ERROR,
			(errcode(sqlstate_of(error)),
			 errmsg_internal("%s", error->message[0] != '\0' ? error->message : "unexpected end of data"),
			 error->detail[0] != '\0' ? errdetail_internal("%s", error->detail) : 0,
			 error->hint[0] != '\0' ? errhint("%s", error->hint) : 0));
	pg_unreachable();
}

/*
 * repalloc() that answers NULL when memory is out, as PostgreSQL 15 has no
 * such variant.  The old chunk stays valid then.
 */
static void *
repalloc_no_oom(void *pointer, size_t size)
{
	MemoryContext caller = CurrentMemoryContext;
	void	   *volatile result = NULL;

	PG_TRY();
	{
		result = repalloc_huge(pointer, size);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		if (geterrcode() != ERRCODE_OUT_OF_MEMORY)
			PG_RE_THROW();
		FlushErrorState();
	}
	PG_END_TRY();
	return result;
}

static void *
context_resize(void *context, void *pointer, size_t size)
{
	if (!AllocHugeSizeIsValid(size))
		return NULL;
	if (pointer == NULL)
		return MemoryContextAllocExtended((MemoryContext) context, size,
										  MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	return repalloc_no_oom(pointer, size);
}

static void
context_release(void *context, void *pointer)
{
	pfree(pointer);
}

const TickMemory *
TickMemoryFor(MemoryContext context)
{
	TickMemory *memory = MemoryContextAlloc(context, sizeof(TickMemory));

	memory->resize = context_resize;
	memory->release = context_release;
	memory->context = context;
	return memory;
}

void
TickRunUtility(const char *sql)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "unexpected result of \"%s\"", sql);
	SPI_finish();
}

void
TickInterrupt(void)
{
	CHECK_FOR_INTERRUPTS();
}
