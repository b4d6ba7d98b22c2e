/*-------------------------------------------------------------------------
 *
 * status.c
 *	  How the core reports what went wrong.
 *
 *-------------------------------------------------------------------------
 */
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>

TickStatus
tick_error_set(TickError *error, TickStatus status, const char *format,...)
{
	va_list		arguments;

	if (error == NULL)
		return status;
	error->status = status;
	error->os_errno = 0;
	error->detail[0] = '\0';
	error->hint[0] = '\0';
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return status;
}

void
tick_error_detail(TickError *error, const char *format,...)
{
	va_list		arguments;

	if (error == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(error->detail, sizeof(error->detail), format, arguments);
	va_end(arguments);
}

void
tick_error_hint(TickError *error, const char *format,...)
{
	va_list		arguments;

	if (error == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(error->hint, sizeof(error->hint), format, arguments);
	va_end(arguments);
}
