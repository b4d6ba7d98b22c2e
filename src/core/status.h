/*-------------------------------------------------------------------------
 *
 * status.h
 *	  How the core reports what went wrong.
 *
 * Every core function that can fail returns a TickStatus and fills a
 * TickError owned by the caller.  The core never raises, prints or exits;
 * the backend turns a TickError into ereport() in one place (tick.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_STATUS_H
#define TICK_CORE_STATUS_H

#include <stddef.h>
#include <stdint.h>

typedef enum TickStatus
{
	TICK_OK = 0,
	TICK_END,					/* no more rows, bytes or records */
	TICK_NOMEM,					/* an allocation failed */
	TICK_IO,					/* the operating system said no: see os_errno */
	TICK_CORRUPT,				/* stored bytes are damaged */
	TICK_UNSUPPORTED,			/* a format or feature this version lacks */
	TICK_BAD_INPUT,				/* the user's bytes break the rules */
	TICK_OUT_OF_RANGE,			/* a value does not fit its type */
	TICK_CANCELLED				/* a callback asked to stop */
} TickStatus;

/*
 * TickError carries the three parts of a PostgreSQL message.  message is a
 * fact without a full stop, detail and hint are sentences or empty.
 */
typedef struct TickError
{
	TickStatus	status;
	int			os_errno;		/* for TICK_IO, else 0 */
	char		message[512];
	char		detail[512];
	char		hint[256];
} TickError;

/* Fill *error (which may be NULL) and return status. */
extern TickStatus tick_error_set(TickError *error, TickStatus status,
								 const char *format,...)
			__attribute__((format(printf, 3, 4)));
extern void tick_error_detail(TickError *error, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void tick_error_hint(TickError *error, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* Return from the caller with any status but TICK_OK. */
#define TICK_TRY(expression) \
	do { \
		TickStatus	tick_try_status = (expression); \
		if (tick_try_status != TICK_OK) \
			return tick_try_status; \
	} while (0)

#endif							/* TICK_CORE_STATUS_H */
