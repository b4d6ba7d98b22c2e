/*-------------------------------------------------------------------------
 *
 * vector.c
 *	  Typed column values in memory.
 *
 *-------------------------------------------------------------------------
 */
#include "core/vector.h"

#include <string.h>

int
tick_string_compare(TickString a, TickString b)
{
	uint32_t	shorter = a.length < b.length ? a.length : b.length;
	int			order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;

	if (order != 0)
		return order;
	return (a.length > b.length) - (a.length < b.length);
}

const char *
tick_type_name(TickType type)
{
	switch (type)
	{
		case TICK_BOOL:
			return "boolean";
		case TICK_INT:
			return "bigint";
		case TICK_DOUBLE:
			return "double precision";
		case TICK_DECIMAL:
			return "numeric";
		case TICK_DATE:
			return "date";
		case TICK_TIME:
			return "time";
		case TICK_STAMP:
			return "timestamp";
		case TICK_TEXT:
			return "text";
	}
	return "?";
}

TickStatus
tick_vector_init(TickVector *vector, const TickMemory *memory,
				 TickType type, uint8_t scale, uint32_t capacity,
				 bool with_validity, TickError *error)
{
	size_t		width = tick_type_is_text(type) ? sizeof(TickString) : sizeof(int64_t);

	memset(vector, 0, sizeof(*vector));
	vector->type = type;
	vector->scale = scale;
	vector->i64 = tick_alloc_array(memory, capacity, width);
	if (with_validity)
		vector->validity = tick_alloc_array(memory, tick_bit_words(capacity), sizeof(uint64_t));
	if (vector->i64 == NULL || (with_validity && vector->validity == NULL))
	{
		tick_vector_free(vector, memory);
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	}
	return TICK_OK;
}

void
tick_vector_free(TickVector *vector, const TickMemory *memory)
{
	tick_free(memory, vector->i64);
	tick_free(memory, vector->validity);
	tick_free(memory, vector->codes);
	vector->i64 = NULL;
	vector->validity = NULL;
	vector->codes = NULL;
}
