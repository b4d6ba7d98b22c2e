/*-------------------------------------------------------------------------
 *
 * row_group.h
 *	  The columns of one row group on their way from rows to bytes.
 *
 * Encoding is a job of its own, so that a writer may leave it to a thread
 * while it fills the next group.  What the job writes comes from `scratch`,
 * which must be malloc where a thread does it; the rows may live in any
 * memory, as the job only reads them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ROW_GROUP_H
#define TICK_CORE_ROW_GROUP_H

#include "core/row_buffer.h"

typedef struct TickEncodedColumn
{
	size_t		offset;			/* in bytes */
	size_t		length;
	TickEncoding encoding;
	uint64_t	checksum;
	TickZoneMap zone_map;		/* the symbol column's is set by the writer */
} TickEncodedColumn;

typedef struct TickRowGroup
{
	const TickSchema *schema;	/* NULL: not initialised */
	const TickMemory *scratch;
	TickRowBuffer rows;
	TickChunkEncoder *encoder;
	TickBuffer	bytes;			/* of all columns, one after the other */
	TickEncodedColumn *column;
	TickStatus	status;
	TickError	error;
} TickRowGroup;

extern TickStatus tick_row_group_init(TickRowGroup *group, const TickMemory *memory, const TickMemory *scratch,
									  const TickSchema *schema, uint32_t group_rows, TickError *error);
extern void tick_row_group_free(TickRowGroup *group);

/* Encode group->rows; the outcome is in status and error.  A TickJobFunction. */
extern void tick_row_group_encode(void *group);

#endif							/* TICK_CORE_ROW_GROUP_H */
