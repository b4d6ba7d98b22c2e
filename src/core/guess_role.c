/*-------------------------------------------------------------------------
 *
 * guess_role.c
 *	  Symbol, prices and sizes, by what the header says.
 *
 * The best header of each role is looked for, where the column's type can
 * bear it; then the roles are weighed together: open, high, low and close
 * count only as four, "volume" is the bar's beside them and the trade's size
 * elsewhere, and a close that stands alone is a price.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <string.h>

#define NO_COLUMN (-1)
#define ROLES (TICK_ROLE_ASK_SIZE + 1)
#define MANY_ROWS 1000			/* in fewer, no symbol repeats too rarely */
#define LONG_SYMBOL 12			/* mean bytes of what is rather an identifier */

typedef struct Roles
{
	int			column[ROLES];
	int			rank[ROLES];
} Roles;

static bool
bears_role(const TickGuessColumn *column, TickRole role)
{
	if (column->dropped || column->role != TICK_ROLE_NONE)
		return false;
	if (role == TICK_ROLE_SYMBOL)
		return column->type == TICK_TEXT;
	return column->type == TICK_INT || column->type == TICK_DOUBLE;
}

static void
find_roles(const TickGuess *guess, const TickColumnFacts *facts, Roles *roles)
{
	for (int role = 0; role < ROLES; role++)
		roles->column[role] = NO_COLUMN;
	for (int i = 0; i < guess->columns; i++)
	{
		TickRole	role = facts[i].hint.role;

		if (role == TICK_ROLE_NONE || !bears_role(&guess->column[i], role))
			continue;
		if (roles->column[role] == NO_COLUMN || facts[i].hint.rank < roles->rank[role])
		{
			roles->column[role] = i;
			roles->rank[role] = facts[i].hint.rank;
		}
	}
}

/* A role goes to the column found for another. */
static void
move(Roles *roles, TickRole from, TickRole to)
{
	roles->column[to] = roles->column[from];
	roles->rank[to] = roles->rank[from];
	roles->column[from] = NO_COLUMN;
}

static bool
found(const Roles *roles, TickRole role)
{
	return roles->column[role] != NO_COLUMN;
}

static void
weigh_roles(Roles *roles)
{
	bool		bars = found(roles, TICK_ROLE_OPEN) && found(roles, TICK_ROLE_HIGH) && found(roles, TICK_ROLE_LOW);

	/* some vendors call the close "last", or "price" */
	if (bars && !found(roles, TICK_ROLE_CLOSE) && found(roles, TICK_ROLE_PRICE))
		move(roles, TICK_ROLE_PRICE, TICK_ROLE_CLOSE);
	bars = bars && found(roles, TICK_ROLE_CLOSE);
	if (bars)
	{
		if (!found(roles, TICK_ROLE_VOLUME) && found(roles, TICK_ROLE_SIZE))
			move(roles, TICK_ROLE_SIZE, TICK_ROLE_VOLUME);
		roles->column[TICK_ROLE_PRICE] = NO_COLUMN;
		roles->column[TICK_ROLE_SIZE] = NO_COLUMN;
		return;
	}
	if (found(roles, TICK_ROLE_CLOSE) && !found(roles, TICK_ROLE_PRICE) && roles->rank[TICK_ROLE_CLOSE] < 2)
		move(roles, TICK_ROLE_CLOSE, TICK_ROLE_PRICE);
	for (int role = TICK_ROLE_OPEN; role <= TICK_ROLE_CLOSE; role++)
		roles->column[role] = NO_COLUMN;
	if (found(roles, TICK_ROLE_VOLUME) && !found(roles, TICK_ROLE_SIZE) && roles->rank[TICK_ROLE_VOLUME] == 0)
		move(roles, TICK_ROLE_VOLUME, TICK_ROLE_SIZE);
	roles->column[TICK_ROLE_VOLUME] = NO_COLUMN;
	if (!found(roles, TICK_ROLE_PRICE))
		roles->column[TICK_ROLE_SIZE] = NO_COLUMN;
}

/* Mean bytes of a column's values. */
static double
mean_width(const TickSample *sample, int field)
{
	const TickString *value = tick_sample_column(sample, field);
	uint64_t	bytes = 0;
	uint64_t	values = 0;

	for (uint32_t r = 0; r < sample->rows; r++)
		if (value[r].data != NULL)
		{
			bytes += value[r].length;
			values++;
		}
	return values > 0 ? (double) bytes / (double) values : 0;
}

/*
 * A column said to be the symbol is none when hardly a value comes twice in
 * many rows and the values are long or numbers: those are identifiers.  One
 * row a symbol is fine where the symbols look like such.
 */
static bool
is_no_symbol(const TickSample *sample, int field, TickGuessColumn *column, const TickColumnFacts *facts)
{
	double		width = mean_width(sample, field);

	if (facts->present == 0)
		return true;
	if (width > TICK_MAX_SYMBOL_BYTES)
	{
		tick_guess_warn(column, "values are too long for symbols");
		return true;
	}
	if (facts->present < MANY_ROWS || column->distinct * 10 <= (uint64_t) facts->present * 9)
		return false;
	if (width <= LONG_SYMBOL && facts->numbers * 2 < facts->present)
	{
		tick_guess_warn(column, "%u rows have %u symbols: is that the symbol?", facts->present, (unsigned) column->distinct);
		return false;
	}
	tick_guess_warn(column, "hardly a value comes twice: no symbol, unless columns says so");
	return true;
}

void
tick_guess_roles(const TickSample *sample, const TickGuessOptions *options, TickGuess *guess, TickColumnFacts *facts)
{
	Roles		roles;

	if (!sample->named)
	{
		tick_guess_content_roles(sample, options, guess, facts);
		return;
	}
	find_roles(guess, facts, &roles);
	if (options->has_symbol)
		roles.column[TICK_ROLE_SYMBOL] = NO_COLUMN;
	weigh_roles(&roles);
	for (int role = TICK_ROLE_SYMBOL; role < ROLES; role++)
	{
		int			i = roles.column[role];
		size_t		used;

		if (i == NO_COLUMN)
			continue;
		if (role == TICK_ROLE_SYMBOL && is_no_symbol(sample, i, &guess->column[i], &facts[i]))
			continue;
		guess->column[i].role = role;
		used = strlen(guess->column[i].rule);
		if (role != TICK_ROLE_SYMBOL && used + 20 < sizeof(guess->column[i].rule))
			strcat(strcat(guess->column[i].rule, "; header: "), tick_role_name(role));
	}
}
