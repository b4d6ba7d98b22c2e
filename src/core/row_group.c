/*-------------------------------------------------------------------------
 *
 * row_group.c
 *	  The columns of one row group on their way from rows to bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "core/row_group.h"

#include <string.h>

#include "core/hash.h"

TickStatus
tick_row_group_init(TickRowGroup *group, const TickMemory *memory, const TickMemory *scratch,
					const TickSchema *schema, uint32_t group_rows, TickError *error)
{
	memset(group, 0, sizeof(*group));
	group->schema = schema;
	group->scratch = scratch;
	tick_buffer_init(&group->bytes, scratch);
	TICK_TRY(tick_row_buffer_init(&group->rows, memory, schema, group_rows, error));
	TICK_TRY(tick_chunk_encoder_create(&group->encoder, scratch, error));
	group->column = tick_alloc_array(scratch, (size_t) schema->columns, sizeof(TickEncodedColumn));
	if (group->column == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	return TICK_OK;
}

void
tick_row_group_free(TickRowGroup *group)
{
	if (group->schema == NULL)
		return;
	tick_row_buffer_free(&group->rows);
	if (group->encoder != NULL)
		tick_chunk_encoder_free(group->encoder);
	tick_buffer_free(&group->bytes);
	tick_free(group->scratch, group->column);
	memset(group, 0, sizeof(*group));
}

/* One column; the symbol column has no bytes, for the directory stands for it. */
static TickStatus
encode_column(TickRowGroup *group, int i)
{
	TickEncodedColumn *column = &group->column[i];
	TickVector	values;

	column->offset = group->bytes.length;
	column->encoding = TICK_DICTIONARY;
	if (i != group->schema->symbol)
	{
		tick_row_buffer_view(&group->rows, i, 0, group->rows.rows, &values);
		TICK_TRY(tick_chunk_encode(group->encoder, &values, &group->bytes, &column->zone_map,
								   &column->encoding, &group->error));
	}
	column->length = group->bytes.length - column->offset;
	column->checksum = tick_hash64(group->bytes.data + column->offset, column->length, 0);
	return TICK_OK;
}

void
tick_row_group_encode(void *job)
{
	TickRowGroup *group = job;

	group->bytes.length = 0;
	group->status = TICK_OK;
	for (int i = 0; i < group->schema->columns && group->status == TICK_OK; i++)
		group->status = encode_column(group, i);
}
