/*-------------------------------------------------------------------------
 *
 * memory.h
 *	  Where the core's memory comes from.
 *
 * The backend passes an allocator bound to a MemoryContext, so that an
 * error or a cancelled query frees everything; tests and threads pass
 * tick_memory_malloc.  No allocator raises: a failure is NULL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_MEMORY_H
#define TICK_CORE_MEMORY_H

#include "core/status.h"

typedef struct TickMemory
{
	/* resize(context, NULL, n) allocates; contents beyond the old size are undefined */
	void	   *(*resize) (void *context, void *pointer, size_t size);
	void		(*release) (void *context, void *pointer);
	void	   *context;
} TickMemory;

extern const TickMemory tick_memory_malloc;

extern void *tick_alloc(const TickMemory *memory, size_t size);
extern void *tick_alloc_zero(const TickMemory *memory, size_t size);
/* NULL when count * size overflows or memory is out */
extern void *tick_alloc_array(const TickMemory *memory, size_t count, size_t size);
extern void *tick_resize(const TickMemory *memory, void *pointer, size_t size);
extern void tick_free(const TickMemory *memory, void *pointer);	/* NULL is fine */

/*
 * TickBuffer is a growable run of bytes.
 */
typedef struct TickBuffer
{
	const TickMemory *memory;
	uint8_t    *data;
	size_t		length;			/* bytes in use */
	size_t		capacity;
} TickBuffer;

extern void tick_buffer_init(TickBuffer *buffer, const TickMemory *memory);
extern TickStatus tick_buffer_reserve(TickBuffer *buffer, size_t more, TickError *error);
extern TickStatus tick_buffer_append(TickBuffer *buffer, const void *bytes, size_t length, TickError *error);
extern void tick_buffer_free(TickBuffer *buffer);

#endif							/* TICK_CORE_MEMORY_H */
