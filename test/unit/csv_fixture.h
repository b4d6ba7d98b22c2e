/*-------------------------------------------------------------------------
 *
 * csv_fixture.h
 *	  What the tests of csv share: the usual options, and a source of bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CSV_FIXTURE_H
#define TICK_CSV_FIXTURE_H

#include "core/csv.h"
#include "core/csv_internal.h"

#include "unit.h"

#define FIELDS 8

static const TickCsvOptions usual = {
	.delimiter = ',',.quote = '"',.max_line = 1000,.max_fields = FIELDS
};

/*
 * ---- a stream that gives pieces ----
 */

typedef struct Source
{
	const char *data;
	size_t		length;
	size_t		position;
	size_t		piece;			/* most bytes a read gives; 0: no limit */
	TickStatus	fail;			/* instead of the end; 0: no failure */
} Source;

static inline TickStatus
source_read(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	Source	   *source = context;
	size_t		left = source->length - source->position;

	*length = left < capacity ? left : capacity;
	if (source->piece > 0 && *length > source->piece)
		*length = source->piece;
	if (*length == 0)
		return source->fail != TICK_OK ? tick_error_set(error, source->fail, "the source fails") : TICK_END;
	memcpy(bytes, source->data + source->position, *length);
	source->position += *length;
	return TICK_OK;
}

#endif							/* TICK_CSV_FIXTURE_H */
