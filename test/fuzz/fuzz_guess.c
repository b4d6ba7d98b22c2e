/*-------------------------------------------------------------------------
 *
 * fuzz_guess.c
 *	  Guess what arbitrary bytes hold.
 *
 * The first two bytes set the options.  Whatever comes, every column has a
 * name of its own, a type and a rule, at most one column has a role, and
 * what joins is there to be joined.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/guess.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
check_column(const TickGuess *guess, int i)
{
	const TickGuessColumn *column = &guess->column[i];

	require(column->position == i + 1);
	require(column->sql_type != NULL && column->rule[0] != '\0');
	require(column->name[0] != '\0' && strlen(column->name) < sizeof(column->name));
	require(strlen(column->min) < sizeof(column->min) && strlen(column->warning) < sizeof(column->warning));
	require(column->nulls + column->distinct <= guess->rows || guess->rows == 0);
	require(column->samples <= TICK_GUESS_SAMPLES);
	require(column->has_format == (column->type == TICK_DATE || column->type == TICK_TIME || column->type == TICK_STAMP));
	if (column->joined_with > 0)
	{
		require(column->joined_with <= guess->columns && column->type == TICK_STAMP);
		require(guess->column[column->joined_with - 1].dropped && guess->column[column->joined_with - 1].type == TICK_DATE);
	}
	for (int k = 0; k < i && !column->dropped; k++)
	{
		const TickGuessColumn *other = &guess->column[k];

		require(other->dropped || strcmp(other->name, column->name) != 0);
		require(other->role == TICK_ROLE_NONE || other->role != column->role);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TickGuessOptions options;
	TickGuess	guess;
	TickError	error;
	char	   *text;

	if (size < 2)
		return 0;
	memset(&options, 0, sizeof(options));
	memset(&error, 0, sizeof(error));
	options.has_date = data[0] & 1;
	options.has_symbol = data[0] & 2;
	options.header = (data[0] >> 2) % 3 - 1;
	options.has_quote = data[0] & 16;
	options.quote = data[0] & 32 ? '"' : '\0';
	options.comment = data[0] & 64 ? '#' : '\0';
	options.trailer = data[0] & 128 ? "END" : NULL;
	options.delimiter = ",;|\t\0\0\0\0"[data[1] & 7];
	options.null_as = data[1] & 8 ? "NA" : NULL;
	options.max_line = data[1] & 16 ? 50 : 0;
	/* a block of its own, so that a read past the end is seen */
	text = malloc(size - 2 + (size == 2));
	if (text == NULL)
		return 0;
	memcpy(text, data + 2, size - 2);
	if (tick_guess(text, size - 2, data[1] & 32, &options, &tick_memory_malloc, &guess, &error) == TICK_OK)
	{
		for (int i = 0; i < guess.columns; i++)
			check_column(&guess, i);
		tick_guess_free(&guess, &tick_memory_malloc);
	}
	else
		require(error.message[0] != '\0' && guess.column == NULL);
	free(text);
	return 0;
}
