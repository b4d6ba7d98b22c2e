/*-------------------------------------------------------------------------
 *
 * memory.c
 *	  Where the core's memory comes from.
 *
 *-------------------------------------------------------------------------
 */
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static void *
malloc_resize(void *context, void *pointer, size_t size)
{
	(void) context;
	return realloc(pointer, size);
}

static void
malloc_release(void *context, void *pointer)
{
	(void) context;
	free(pointer);
}

const TickMemory tick_memory_malloc = {malloc_resize, malloc_release, NULL};

void *
tick_alloc(const TickMemory *memory, size_t size)
{
	return memory->resize(memory->context, NULL, size > 0 ? size : 1);
}

void *
tick_alloc_zero(const TickMemory *memory, size_t size)
{
	void	   *pointer = tick_alloc(memory, size);

	if (pointer != NULL)
		memset(pointer, 0, size);
	return pointer;
}

void *
tick_alloc_array(const TickMemory *memory, size_t count, size_t size)
{
	size_t		bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return tick_alloc(memory, bytes);
}

void *
tick_resize(const TickMemory *memory, void *pointer, size_t size)
{
	return memory->resize(memory->context, pointer, size > 0 ? size : 1);
}

void
tick_free(const TickMemory *memory, void *pointer)
{
	if (pointer != NULL)
		memory->release(memory->context, pointer);
}

void
tick_buffer_init(TickBuffer *buffer, const TickMemory *memory)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->memory = memory;
}

/* Make room for `more` bytes beyond the length, at least doubling. */
TickStatus
tick_buffer_reserve(TickBuffer *buffer, size_t more, TickError *error)
{
	size_t		needed;
	size_t		capacity = buffer->capacity > 0 ? buffer->capacity : 256;
	uint8_t    *data;

	if (__builtin_add_overflow(buffer->length, more, &needed))
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	if (needed <= buffer->capacity)
		return TICK_OK;
	while (capacity < needed)
		capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
	data = tick_resize(buffer->memory, buffer->data, capacity);
	if (data == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	buffer->data = data;
	buffer->capacity = capacity;
	return TICK_OK;
}

TickStatus
tick_buffer_append(TickBuffer *buffer, const void *bytes, size_t length, TickError *error)
{
	TICK_TRY(tick_buffer_reserve(buffer, length, error));
	if (length > 0)
		memcpy(buffer->data + buffer->length, bytes, length);
	buffer->length += length;
	return TICK_OK;
}

void
tick_buffer_free(TickBuffer *buffer)
{
	tick_free(buffer->memory, buffer->data);
	buffer->data = NULL;
	buffer->length = buffer->capacity = 0;
}
