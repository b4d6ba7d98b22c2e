/*-------------------------------------------------------------------------
 *
 * fuzz_columns.c
 *	  Arbitrary text as "columns", and as a pattern of paths and a path.
 *
 * The bytes up to the first NUL are the text, those after it the path.  A
 * list that parses holds only strings within its own buffer; a pattern that
 * matches captures bytes of the path.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/columns.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
check_string(const TickColumnList *list, TickString string)
{
	const char *begin = (const char *) list->text.data;

	require(string.length == 0 || (string.data >= begin && string.data + string.length <= begin + list->text.length));
}

static void
check_columns(const char *text)
{
	TickColumnList list;
	TickError	error;

	memset(&error, 0, sizeof(error));
	if (tick_columns_parse(text, &tick_memory_malloc, &list, &error) != TICK_OK)
	{
		require(error.message[0] != '\0' && list.items == 0);
		return;
	}
	require(list.items > 0);
	for (int i = 0; i < list.items; i++)
	{
		const TickColumnItem *item = &list.item[i];

		require(item->skip + item->rest + (item->name.length > 0) == 1);
		require(!item->rest || i == list.items - 1);
		require(item->sources <= TICK_FIELD_SOURCES);
		require(item->power >= -18 && item->power <= 18);
		check_string(&list, item->name);
		check_string(&list, item->type);
		check_string(&list, item->null_as);
		check_string(&list, item->zone);
		for (int k = 0; k < item->sources; k++)
			check_string(&list, item->source[k].text);
	}
	tick_columns_free(&list, &tick_memory_malloc);
}

static void
check_path(const char *pattern, const char *text, size_t length)
{
	TickPathPattern *path;
	TickString	value[TICK_PATH_CAPTURES];
	int64_t		day[TICK_PATH_CAPTURES];

	if (tick_path_parse(pattern, &tick_memory_malloc, &path, NULL) != TICK_OK)
		return;
	if (tick_path_match(path, (TickString) {text, (uint32_t) length}, value, day))
		for (int i = 0; i < tick_path_captures(path); i++)
			require(value[i].length > 0 && value[i].data >= text && value[i].data + value[i].length <= text + length);
	tick_path_free(path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *copy = malloc(size + 1);
	size_t		first;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	copy[size] = '\0';
	first = strlen(copy);
	check_columns(copy);
	if (first < size)
		check_path(copy, copy + first + 1, size - first - 1);
	free(copy);
	return 0;
}
