/*-------------------------------------------------------------------------
 *
 * symbols.c
 *	  Symbols, their prices, and the odds of sizes and exchanges.
 *
 *-------------------------------------------------------------------------
 */
#include "gen.h"

Symbol	   *symbol;
uint32_t	symbols;
static uint64_t *weight;		/* running sum over symbols */

static const char *const known_symbols[] = {
	"SPY", "NVDA", "TSLA", "QQQ", "AAPL", "AMD", "AMZN", "MSFT", "IWM", "META", "PLTR", "INTC", "GOOGL", "F",
	"BAC", "T", "MU", "GOOG", "XLF", "C", "TLT", "WFC", "UBER", "BRK.B", "JPM", "XOM", "PFE", "IBM"
};

#define KNOWN_SYMBOLS (sizeof(known_symbols) / sizeof(known_symbols[0]))

static bool
is_known(const char *name)
{
	for (uint32_t i = 0; i < KNOWN_SYMBOLS; i++)
		if (strcmp(name, known_symbols[i]) == 0)
			return true;
	return false;
}

/*
 * The name of symbol number n: known ones first, then n in letters, three
 * for the first 2000 and four beyond.  Numbers are permuted first (7919 has
 * no divisor in common with 26), so no two names are alike; one in twenty
 * has a class behind a dot, and so has one that would be a known name.
 */
static void
name_symbol(uint32_t n, char name[12])
{
	int			length = n < 2000 ? 3 : 4;
	uint32_t	letters = (uint32_t) ((uint64_t) n * 7919 % (n < 2000 ? 17576 : 456976));

	if (n < KNOWN_SYMBOLS)
	{
		strcpy(name, known_symbols[n]);
		return;
	}
	for (int i = 0; i < length; i++, letters /= 26)
		name[i] = (char) ('A' + letters % 26);
	name[length] = '\0';
	if (is_known(name))
		strcat(name, ".U");
	else if (n % 20 == 0)
		strcat(name, n % 40 == 0 ? ".A" : ".B");
}

void
make_symbols(uint32_t count)
{
	uint64_t	sum = 0;

	symbols = count;
	symbol = calloc(count, sizeof(Symbol));
	weight = calloc(count, sizeof(uint64_t));
	if (symbol == NULL || weight == NULL)
		fail("allocate", "symbols");
	for (uint32_t i = 0; i < count; i++)
	{
		Symbol	   *s = &symbol[i];

		name_symbol(i, s->name);
		/* 2 to about 500 dollars, more low ones than high ones */
		s->middle = below(220);
		s->middle *= below(220);
		s->middle = (s->middle + 200 + below(2000)) * CENT;
		s->spread = (i < count / 50 ? 1 : i < count / 6 ? 2 + below(3) : 3 + below(15)) * CENT;
		s->step = 1 + (uint32_t) (s->middle / PRICE_UNITS / 100);
		sum += 1000000000 / (i + 10);
		weight[i] = sum;
	}
}

/* A symbol, few of them often. */
uint32_t
pick_symbol(void)
{
	uint64_t	at = draw() % weight[symbols - 1];
	uint32_t	low = 0;
	uint32_t	high = symbols - 1;

	while (low < high)
	{
		uint32_t	middle = (low + high) / 2;

		if (weight[middle] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Move a symbol's price a few cents; it never falls under a dollar. */
void
move_price(Symbol *s)
{
	s->middle += bell(s->step) * CENT;
	if (s->middle < PRICE_UNITS)
		s->middle = PRICE_UNITS + below(50) * CENT;
}

static const char exchanges[] = "DDDDDDDDDDDDDQQQQQQQPPPPPNNNZZZKKKBYJVVUUHAXM";

uint32_t
trade_size(void)
{
	uint32_t	kind = below(1000);

	if (kind < 430)
		return 100;
	if (kind < 730)
		return chance(50) ? 1 + below(30) : 1 + below(99);
	if (kind < 930)
		return 100 * (1 + run_length(55));
	if (kind < 975)
		return 100 + below(900);
	if (kind < 999)
		return 1000 * run_length(50);
	return 10000 + below(490000);
}

char
pick_exchange(void)
{
	return exchanges[below(sizeof(exchanges) - 1)];
}
