/*-------------------------------------------------------------------------
 *
 * guess_content.c
 *	  Roles where no header helps: by the values alone.
 *
 * Four numbers in a row of which the second is never below nor the third
 * above any are a bar, the number after them its volume; two such groups are
 * a bar of quotes, which has no roles.  Two decimals that stay close, one
 * never above the other, are bid and ask; else a decimal and one other number
 * are price and size.  A symbol is upper case, short, and comes again; one
 * letter is more often an exchange.
 *
 *-------------------------------------------------------------------------
 */
#include "core/guess_internal.h"

#include <string.h>

#define NO_COLUMN (-1)
#define BAR 4
#define SYMBOL_BYTES 21			/* longest value taken for a symbol: an option's */

static bool
is_number(const TickGuessColumn *column)
{
	return column->role == TICK_ROLE_NONE && !column->dropped && (column->type == TICK_INT || column->type == TICK_DOUBLE);
}

static bool
number_at(const TickSample *sample, const TickGuess *guess, int field, uint32_t row, double *number)
{
	TickString	value = tick_sample_column(sample, field)[row];

	return value.data != NULL && tick_guess_number(&guess->column[field], value, number);
}

/* Is the row's open, high, low, close that of a bar?  *moved when high and low differ. */
static bool
row_is_bar(const double price[BAR], bool *moved)
{
	double		above = price[0] > price[3] ? price[0] : price[3];
	double		below = price[0] < price[3] ? price[0] : price[3];

	*moved = *moved || price[1] > price[2];
	/* a bar that halves is none: sizes and prices side by side would */
	return price[1] >= above && price[2] <= below && price[2] > 0 && price[2] * 2 > price[1];
}

static bool
is_bar(const TickSample *sample, const TickGuess *guess, int field)
{
	bool		moved = false;
	uint32_t	bars = 0;
	uint32_t	others = 0;

	if (field + BAR > guess->columns)
		return false;
	for (int i = 0; i < BAR; i++)
		if (!is_number(&guess->column[field + i]))
			return false;
	for (uint32_t r = 0; r < sample->rows; r++)
	{
		double		price[BAR];
		int			i = 0;

		while (i < BAR && number_at(sample, guess, field + i, r, &price[i]))
			i++;
		if (i < BAR)
			continue;
		if (row_is_bar(price, &moved))
			bars++;
		else
			others++;
	}
	return moved && bars > 0 && (uint64_t) others * 100 <= bars;
}

static void
set_role(TickGuessColumn *column, TickRole role, const char *why)
{
	column->role = role;
	tick_guess_rule(column, "%s", why);
}

/* Bars, and whether there were any: quotes' bars are some, without roles. */
static bool
find_bars(const TickSample *sample, TickGuess *guess)
{
	int			first = NO_COLUMN;
	int			groups = 0;

	for (int i = 0; i + BAR <= guess->columns; i++)
	{
		if (!is_bar(sample, guess, i))
			continue;
		if (groups++ == 0)
			first = i;
		i += BAR - 1;
	}
	if (groups != 1)
		return groups > 0;
	set_role(&guess->column[first], TICK_ROLE_OPEN, "four numbers that are a bar's in every row: open");
	set_role(&guess->column[first + 1], TICK_ROLE_HIGH, "four numbers that are a bar's in every row: high");
	set_role(&guess->column[first + 2], TICK_ROLE_LOW, "four numbers that are a bar's in every row: low");
	set_role(&guess->column[first + 3], TICK_ROLE_CLOSE, "four numbers that are a bar's in every row: close");
	if (first + BAR < guess->columns && is_number(&guess->column[first + BAR]))
		set_role(&guess->column[first + BAR], TICK_ROLE_VOLUME, "number after a bar: volume");
	return true;
}

/*
 * How two columns lie: -1 when a is below b, 1 when above, 0 when neither
 * holds nearly always or they are further apart than a spread may be.
 */
static int
spread(const TickSample *sample, const TickGuess *guess, int a, int b)
{
	uint32_t	rows = 0;
	uint32_t	far = 0;
	uint32_t	below = 0;		/* a < b */
	uint32_t	above = 0;

	for (uint32_t r = 0; r < sample->rows; r++)
	{
		double		left,
					right;

		if (!number_at(sample, guess, a, r, &left) || !number_at(sample, guess, b, r, &right))
			continue;
		rows++;
		below += left < right;
		above += left > right;
		far += left <= 0 || right <= 0 || left > right * 1.1 || right > left * 1.1;
	}
	if (rows == 0 || far * 20 > rows)
		return 0;
	if (above * 20 <= rows && below > above)
		return -1;
	return below * 20 <= rows && above > below ? 1 : 0;
}

#define FEW_ROWS 8				/* so few numbers ascend, or are all the same, by chance */
#define CANDIDATES 3

/* Numbers that may be a price or a size. */
typedef struct Candidates
{
	int			column[CANDIDATES];
	int			count;			/* may be more than are kept */
	int			decimals;		/* of all */
} Candidates;

/* Row numbers, trade ids and the like: whole, and never going down. */
static bool
is_counter(const TickGuessColumn *column, const TickColumnFacts *facts)
{
	return column->type == TICK_INT && facts->numbers >= FEW_ROWS && facts->descents == 0 &&
		column->distinct * 2 >= facts->numbers;
}

/* Numbers but for flags; counters, then constants, are left out too where that is asked for. */
static void
collect_candidates(const TickGuess *guess, const TickColumnFacts *facts, bool counters, bool constants, Candidates *found)
{
	memset(found, 0, sizeof(*found));
	for (int i = 0; i < guess->columns; i++)
	{
		const TickGuessColumn *column = &guess->column[i];

		if (!is_number(column) || (column->type == TICK_INT && facts[i].low >= -1 && facts[i].high <= 1) ||
			(!counters && is_counter(column, &facts[i])) ||
			(!constants && facts[i].numbers >= FEW_ROWS && column->distinct == 1))
			continue;
		if (found->count < CANDIDATES)
			found->column[found->count] = i;
		found->count++;
		found->decimals += column->type == TICK_DOUBLE;
	}
}

/* Is the third column the product of the two before it: a trade's value? */
static bool
is_value_of_trade(const TickSample *sample, const TickGuess *guess, const int column[CANDIDATES])
{
	uint32_t	good = 0;
	uint32_t	bad = 0;

	for (uint32_t r = 0; r < sample->rows; r++)
	{
		double		number[CANDIDATES];
		double		error;
		int			i = 0;

		while (i < CANDIDATES && number_at(sample, guess, column[i], r, &number[i]))
			i++;
		if (i < CANDIDATES)
			continue;
		error = number[0] * number[1] - number[2];
		if ((error < 0 ? -error : error) <= 1e-3 * (number[2] < 0 ? -number[2] : number[2]) + 1e-6)
			good++;
		else
			bad++;
	}
	return good > 0 && bad * 20 <= good;
}

/*
 * Numbers that are neither bars nor flags: bid and ask, or a price and a
 * size, with what they make beside them or without.
 */
static void
find_trade(const TickSample *sample, TickGuess *guess, const TickColumnFacts *facts)
{
	Candidates	found;
	int			price = 0;
	int			side;

	collect_candidates(guess, facts, true, true, &found);
	if (found.count > 2)
		collect_candidates(guess, facts, false, true, &found);
	if (found.count > 2)
		collect_candidates(guess, facts, false, false, &found);
	if (found.count == CANDIDATES && found.decimals >= 2 && is_value_of_trade(sample, guess, found.column))
		found.count = 2;
	if (found.count != 2 || found.decimals == 0)
		return;
	side = found.decimals == 2 ? spread(sample, guess, found.column[0], found.column[1]) : 0;
	if (side != 0)
	{
		set_role(&guess->column[found.column[side > 0]], TICK_ROLE_BID, "the lower of two decimals that stay close: bid");
		set_role(&guess->column[found.column[side < 0]], TICK_ROLE_ASK, "the higher of two decimals that stay close: ask");
		return;
	}
	/* sizes of sales may be negative, prices hardly */
	if (guess->column[found.column[0]].type != TICK_DOUBLE ||
		(found.decimals >= 2 && facts[found.column[0]].low < 0 && facts[found.column[1]].low >= 0))
		price = 1;
	set_role(&guess->column[found.column[price]], TICK_ROLE_PRICE,
			 found.decimals == 1 ? "the only decimal: price" : price == 0 ? "the first of two decimals: price" : "the decimal that is never negative: price");
	set_role(&guess->column[found.column[1 - price]], TICK_ROLE_SIZE, "the other number beside a price: size");
}

/* ---- symbol ---- */

/* Words that come again in capitals but name no instrument. */
static bool
is_common_word(TickString value)
{
	static const char *const words[] = {"TRADE", "QUOTE", "BUY", "SELL", "BID", "ASK", "ARCA", "NYSE", "NASDAQ", "BATS", "FINRA",
	"TRUE", "FALSE", "NULL", "USD", "EUR", "YES", "NO", "OPEN", "CLOSE", "LIMIT", "MARKET"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (value.length == strlen(words[i]) && memcmp(value.data, words[i], value.length) == 0)
			return true;
	return false;
}

/* A capital first, then capitals, digits and the marks that symbols have. */
static bool
is_symbol_like(TickString value)
{
	if (value.length == 0 || value.length > SYMBOL_BYTES || value.data[0] < 'A' || value.data[0] > 'Z')
		return false;
	for (uint32_t i = 1; i < value.length; i++)
	{
		char		c = value.data[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("./-_=:", c) != NULL))
			return false;
	}
	return true;
}

/* Could the column be the symbol?  *single when every value is one letter. */
static bool
is_symbol_column(const TickSample *sample, const TickGuess *guess, int field, const TickColumnFacts *facts, bool *single)
{
	const TickGuessColumn *column = &guess->column[field];
	const TickString *value = tick_sample_column(sample, field);
	uint32_t	others = 0;
	uint32_t	common = 0;

	if (column->type != TICK_TEXT || column->dropped || facts->present == 0)
		return false;
	if (column->distinct * 2 > facts->present)
		return false;
	for (uint32_t r = 0; r < sample->rows; r++)
	{
		if (value[r].data == NULL)
			continue;
		others += !is_symbol_like(value[r]);
		common += is_common_word(value[r]);
	}
	*single = column->width == 1;
	return others <= tick_guess_tolerance(facts->present) && common * 2 < facts->present;
}

static void
find_symbol(const TickSample *sample, TickGuess *guess, const TickColumnFacts *facts)
{
	int			letter = NO_COLUMN;

	for (int i = 0; i < guess->columns; i++)
	{
		bool		single;

		if (!is_symbol_column(sample, guess, i, &facts[i], &single))
			continue;
		if (!single)
		{
			set_role(&guess->column[i], TICK_ROLE_SYMBOL, "short words in capitals that come again: symbol");
			return;
		}
		if (letter == NO_COLUMN)
			letter = i;
	}
	if (letter != NO_COLUMN)
		tick_guess_warn(&guess->column[letter], "one letter may be a symbol or an exchange: columns can say role symbol");
}

void
tick_guess_content_roles(const TickSample *sample, const TickGuessOptions *options, TickGuess *guess, const TickColumnFacts *facts)
{
	if (!options->has_symbol)
		find_symbol(sample, guess, facts);
	if (!find_bars(sample, guess))
		find_trade(sample, guess, facts);
}
