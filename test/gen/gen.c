/*-------------------------------------------------------------------------
 *
 * gen.c
 *	  Market data for tests and measurements, made from a seed.
 *
 *	gen ticks   DIR TRADES QUOTES DAYS SYMBOLS SEED [6|9]
 *	gen bars    DIR FILES DAYS SEED
 *	gen gencsv  DIR ROWS SEED
 *	gen taq     DIR ROWS DAYS SEED
 *
 * ticks writes trades.csv.gz, quotes.csv.gz (when QUOTES > 0), sectors.csv
 * and meta.json.  Rows are in order of date and time with all symbols
 * interleaved, as a consolidated tape has them: few symbols have most of the
 * trades (weight 1 / (rank + 10)), trades come in bursts, the day is busy at
 * its ends and thin before 09:30 and after 16:00, prices have two decimals
 * and sometimes four, conditions are four characters in which blanks count.
 * seq grows within a date; (sym, date, time) of quotes is unique, so that
 * "the quote in force" is one row.  The last argument is the number of digits
 * of the second's fraction.
 *
 * bars writes FILES headerless files SYMBOL_full_1min_adjsplit.txt.gz of
 * one-minute bars and bars.json.  gencsv writes gencsv.csv.gz, one column of
 * each kind and distribution that a loader meets, and gencsv.json.  taq writes
 * taq.csv.gz, trades and quotes of four symbols as events of one file, and
 * taq.json.
 *
 * The same arguments give the same bytes of CSV on every machine: numbers
 * are integers throughout.  The json files hold counts and exact sums, one
 * key a line, for checks that share no code with a loader.
 *
 *-------------------------------------------------------------------------
 */
#include "gen.h"

static void
usage(void)
{
	fprintf(stderr,
			"usage: gen ticks DIR TRADES QUOTES DAYS SYMBOLS SEED [6|9]\n"
			"       gen bars DIR FILES DAYS SEED\n"
			"       gen gencsv DIR ROWS SEED\n"
			"       gen taq DIR ROWS DAYS SEED\n");
	exit(2);
}

/* A whole number of at least `least` and at most a billion. */
static uint64_t
argument(const char *text, uint64_t least)
{
	char	   *end;
	uint64_t	number = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number < least || number > 1000000000)
		usage();
	return number;
}

int
main(int count, char **words)
{
	if ((count == 8 || count == 9) && strcmp(words[1], "ticks") == 0)
	{
		uint64_t	digits = count == 9 ? argument(words[8], 6) : 6;

		if (digits != 6 && digits != 9)
			usage();
		seed = argument(words[7], 0);
		make_symbols((uint32_t) argument(words[6], 1));
		generate_ticks(words[2], argument(words[3], 1), argument(words[4], 0), argument(words[5], 1), (int) digits);
	}
	else if (count == 6 && strcmp(words[1], "bars") == 0)
	{
		seed = argument(words[5], 0);
		make_symbols((uint32_t) argument(words[3], 1));
		generate_bars(words[2], argument(words[4], 1));
	}
	else if (count == 5 && strcmp(words[1], "gencsv") == 0)
	{
		seed = argument(words[4], 0);
		make_symbols(500);
		generate_gencsv(words[2], argument(words[3], 1));
	}
	else if (count == 6 && strcmp(words[1], "taq") == 0)
	{
		seed = argument(words[5], 0);
		make_symbols(4);
		generate_taq(words[2], argument(words[3], 1), argument(words[4], 1));
	}
	else
		usage();
	return 0;
}
