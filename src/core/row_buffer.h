/*-------------------------------------------------------------------------
 *
 * row_buffer.h
 *	  The rows of a row group before they are encoded.
 *
 * One array a column, values and text copied in.  Memory: the arrays grow by
 * doubling up to a row group.  A row group has fewer rows than asked for
 * when the columns are so many that the arrays would pass 64 MB, and is full
 * early when its text passes 16 MB.  Text that is given as codes alone (see
 * vector.h) is kept so; its dictionary must stay until the row group is encoded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_ROW_BUFFER_H
#define TICK_CORE_ROW_BUFFER_H

#include "core/segment.h"

#define TICK_COPY_SLOTS 256		/* recent texts that are not copied again */

/* What an append call has already copied: same pointer, same bytes. */
typedef struct TickCopySlot
{
	const char *from;
	const char *to;
	uint32_t	length;
	uint64_t	call;
} TickCopySlot;

typedef struct TickRowBuffer
{
	const TickMemory *memory;
	const TickSchema *schema;	/* the symbol column has no array */
	uint32_t	group_rows;		/* when full */
	uint32_t	capacity;		/* of the arrays */
	uint32_t	rows;
	TickVector *column;			/* validity always allocated ... */
	bool	   *has_nulls;		/* ... and meaningful when there are nulls */
	bool	   *counts_codes;	/* what the codes of a column stand for may pass the bound */
	struct TickTextBlock *text;
	size_t		text_bytes;
	uint64_t	call;
	TickCopySlot copied[TICK_COPY_SLOTS];
} TickRowBuffer;

/* group_rows 0: TICK_ROW_GROUP_ROWS.  The schema must outlive the buffer. */
extern TickStatus tick_row_buffer_init(TickRowBuffer *buffer, const TickMemory *memory,
									   const TickSchema *schema, uint32_t group_rows, TickError *error);
extern void tick_row_buffer_free(TickRowBuffer *buffer);

/* Rows that one append may take now: at least 1 unless the buffer is full. */
extern uint32_t tick_row_buffer_room(const TickRowBuffer *buffer);
extern bool tick_row_buffer_full(const TickRowBuffer *buffer);
extern TickStatus tick_row_buffer_append(TickRowBuffer *buffer, const TickVector *columns,
										 uint32_t first, uint32_t rows, TickError *error);
extern void tick_row_buffer_reset(TickRowBuffer *buffer);

/* Rows first .. first + rows - 1 of a column; first must be a multiple of 64. */
extern void tick_row_buffer_view(const TickRowBuffer *buffer, int column,
								 uint32_t first, uint32_t rows, TickVector *view);

/* Copy n bits; bits of `to` outside of them stay as they are. */
extern void tick_bits_copy(uint64_t *to, size_t to_first, const uint64_t *from, size_t from_first, size_t n);
extern bool tick_bits_all_set(const uint64_t *bits, size_t first, size_t n);

#endif							/* TICK_CORE_ROW_BUFFER_H */
