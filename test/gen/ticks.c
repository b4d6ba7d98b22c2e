/*-------------------------------------------------------------------------
 *
 * ticks.c
 *	  Trades and quotes as a consolidated tape has them.
 *
 * Few symbols have most of the trades, trades come in bursts with the quotes
 * before them, and the day is busy at its ends.  One clock runs through all
 * symbols, so that both files are in order of time.
 *
 *-------------------------------------------------------------------------
 */
#include "gen.h"

#define DAY_START_MINUTE 240	/* 04:00 */
#define DAY_MINUTES 960			/* to 20:00 */

static uint64_t minute_end[DAY_MINUTES];	/* running sum of the minutes' shares of trades */

static void
make_day(void)
{
	uint64_t	sum = 0;

	for (int i = 0; i < DAY_MINUTES; i++)
	{
		int			minute = DAY_START_MINUTE + i;
		uint64_t	share;

		if (minute < OPEN_MINUTE)
			share = 5 + (uint64_t) i * 20 / (OPEN_MINUTE - DAY_START_MINUTE);
		else if (minute < CLOSE_MINUTE)
		{
			int64_t		from_noon = minute - (OPEN_MINUTE + CLOSE_MINUTE) / 2;

			share = 500 + (uint64_t) (from_noon * from_noon) * 1500 / (195 * 195);
			if (minute >= CLOSE_MINUTE - 5)
				share *= 2;
		}
		else
			share = 5 + (uint64_t) (DAY_MINUTES - i) * 20 / 240;
		sum += share * 1000;
		minute_end[i] = sum;
	}
}

/* When trade number done of total happens, in ns since midnight, about. */
static uint64_t
time_of(uint64_t done, uint64_t total)
{
	uint64_t	all = minute_end[DAY_MINUTES - 1];
	uint64_t	at = (uint64_t) (((unsigned __int128) done * all + draw() % all) / total);
	int			low = 0;
	int			high = DAY_MINUTES - 1;
	uint64_t	start;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (minute_end[middle] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	start = low > 0 ? minute_end[low - 1] : 0;
	return (uint64_t) (DAY_START_MINUTE + low) * 60 * SECOND_NS +
		(at - start) * 60 * SECOND_NS / (minute_end[low] - start) + draw() % 100000;
}

static const char *const conditions[] = {
	"@", "@", "@", "@  I", "@  I", "@  I", "@  I", "@F", "@F", "@F I", "@F I", "@F I", " F I", " F I", " F I",
	" F ", "", "", "   I", "   I", "   I", "@ TI", "@ T ", "@4 I", "@ 4 ", "@6 X", "@O X", "@  V", "  M ", "@  Q"
};

#define CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))

/*
 * Tape is where the generator of ticks stands.
 */
typedef struct Tape
{
	Output	   *trades;
	Output	   *quotes;			/* NULL: none wanted */
	int			digits;
	uint64_t	tick;			/* ns of the last digit */
	char		date[32];
	uint64_t	now;			/* ns since midnight */
	uint64_t	sequence;
	uint64_t	trade_count;
	uint64_t	quote_count;
	uint64_t	size_sum;
	int128		price_sum;
	int128		turnover;
	int128		bid_sum;
	int128		ask_sum;
	uint64_t	bid_size_sum;
	uint64_t	ask_size_sum;
} Tape;

static void
advance(Tape *tape, uint32_t ticks)
{
	tape->now += tape->tick * below(ticks);
}

static void
put_row_start(Output *output, const Tape *tape, const Symbol *s, char exchange)
{
	put_text(output, tape->date);
	put_end(output, ',');
	put_time(output, tape->now, tape->digits);
	put_end(output, ',');
	put_text(output, s->name);
	put_end(output, ',');
	put_char(output, exchange);
	put_end(output, ',');
}

static void
put_trade(Tape *tape, const Symbol *s, char exchange, int64_t price)
{
	Output	   *output = tape->trades;
	uint32_t	size = trade_size();

	tape->sequence += 1 + below(4);
	put_row_start(output, tape, s, exchange);
	put_price(output, price);
	put_end(output, ',');
	put_integer(output, size);
	put_end(output, ',');
	put_text(output, conditions[below(CONDITIONS)]);
	put_end(output, ',');
	put_integer(output, tape->sequence);
	put_end(output, '\n');
	tape->trade_count++;
	tape->size_sum += size;
	tape->price_sum += price;
	tape->turnover += (int128) price * size;
}

/* A quote of its own time: (symbol, time) is unique within the day. */
static void
put_quote(Tape *tape, Symbol *s, int64_t bid, int64_t ask)
{
	Output	   *output = tape->quotes;
	uint32_t	bid_size = 100 * run_length(70);
	uint32_t	ask_size = 100 * run_length(70);

	if (tape->now <= s->last_quote)
		tape->now = s->last_quote + tape->tick * (1 + below(12));
	s->last_quote = tape->now;
	put_row_start(output, tape, s, pick_exchange());
	put_price(output, bid);
	put_end(output, ',');
	put_integer(output, bid_size);
	put_end(output, ',');
	put_price(output, ask);
	put_end(output, ',');
	put_integer(output, ask_size);
	put_end(output, '\n');
	tape->quote_count++;
	tape->bid_sum += bid;
	tape->ask_sum += ask;
	tape->bid_size_sum += bid_size;
	tape->ask_size_sum += ask_size;
}

/* The price of one trade of a burst at *level, which may move for the next. */
static int64_t
trade_price(char exchange, int64_t bid, int64_t ask, int64_t *level)
{
	int64_t		price = *level;
	uint32_t	kind = below(100);

	if (exchange == 'D' && kind < 22)
		price = (bid + ask) / 2;
	else if (exchange == 'D' && kind < 32)
		price += (int64_t) below(100) - 50;
	else if (kind < 8)
		*level += *level == bid ? CENT : -CENT;
	return price < CENT ? CENT : price;
}

/* A burst: quotes of a symbol, then one or more trades of it. */
static void
put_burst(Tape *tape, Symbol *s, uint32_t trades, uint32_t quotes)
{
	int64_t		bid = s->middle - s->spread / 2 / CENT * CENT;
	int64_t		ask = bid + s->spread + (chance(25) ? CENT : 0);
	int64_t		level;
	char		exchange = pick_exchange();

	for (uint32_t i = 0; i < quotes; i++)
	{
		put_quote(tape, s, bid, ask);
		if (chance(33))
			advance(tape, 40);
		if (chance(25) && bid > 2 * CENT)
			bid += ((int64_t) below(3) - 1) * CENT;
		if (ask <= bid)
			ask = bid + CENT;
	}
	advance(tape, 30);
	level = chance(50) ? bid : ask;
	for (uint32_t i = 0; i < trades; i++)
	{
		put_trade(tape, s, exchange, trade_price(exchange, bid, ask, &level));
		if (chance(33))
			advance(tape, 25);
		if (chance(16))
			exchange = pick_exchange();
	}
}

static void
put_day(Tape *tape, uint64_t trades, uint64_t quotes)
{
	uint64_t	done = 0;
	uint64_t	quoted = 0;

	tape->now = 0;
	tape->sequence = 1000;
	for (uint32_t i = 0; i < symbols; i++)
		symbol[i].last_quote = 0;
	while (done < trades)
	{
		uint64_t	at = time_of(done, trades) / tape->tick * tape->tick;
		Symbol	   *s = &symbol[pick_symbol()];
		uint64_t	burst = run_length(45);
		uint64_t	due;

		if (burst > trades - done)
			burst = trades - done;
		done += burst;
		due = (uint64_t) ((unsigned __int128) quotes * done / trades);
		if (at > tape->now)
			tape->now = at;
		move_price(s);
		put_burst(tape, s, (uint32_t) burst, (uint32_t) (due - quoted));
		quoted = due;
	}
}

static void
write_sectors(const char *directory)
{
	static const char *const sectors[] = {
		"Technology", "Financials", "Health Care", "Consumer Discretionary", "Industrials", "Energy",
		"Materials", "Utilities", "Real Estate", "Communication Services", "Consumer Staples"
	};
	FILE	   *file = meta_open(directory, "sectors.csv");

	/* one symbol in fifty is unknown to the reference data */
	fprintf(file, "sym,sector,lot\n");
	for (uint32_t i = 0; i < symbols; i++)
		if (i % 50 != 7)
			fprintf(file, "%s,%s,100\n", symbol[i].name, sectors[i % 11]);
	if (fclose(file) != 0)
		fail("write", "sectors.csv");
}

static void
write_ticks_meta(const char *directory, const Tape *tape, const char *first_date, uint64_t days,
				 uint64_t trade_bytes, uint64_t quote_bytes)
{
	FILE	   *file = meta_open(directory, "meta.json");

	fprintf(file, "{\n\"first_date\": \"%s\",\n\"last_date\": \"%s\",\n", first_date, tape->date);
	meta_count(file, "trades", tape->trade_count);
	meta_count(file, "quotes", tape->quote_count);
	meta_count(file, "days", days);
	meta_count(file, "symbols", symbols);
	meta_count(file, "digits", (uint64_t) tape->digits);
	meta_count(file, "trades_csv_bytes", trade_bytes);
	meta_count(file, "quotes_csv_bytes", quote_bytes);
	meta_count(file, "sum_size", tape->size_sum);
	meta_decimal(file, "sum_price", tape->price_sum);
	meta_decimal(file, "sum_price_size", tape->turnover);
	meta_decimal(file, "sum_bid", tape->bid_sum);
	meta_decimal(file, "sum_ask", tape->ask_sum);
	meta_count(file, "sum_bsize", tape->bid_size_sum);
	meta_count(file, "sum_asize", tape->ask_size_sum);
	meta_close(file, "ticks");
}

void
generate_ticks(const char *directory, uint64_t trades, uint64_t quotes, uint64_t days, int digits)
{
	Tape		tape = {.digits = digits, .tick = digits == 9 ? 1 : 1000};
	char		first_date[32];
	uint64_t	trade_bytes;
	uint64_t	quote_bytes = 0;
	int			day = FIRST_TICK_DAY;

	make_day();
	write_sectors(directory);
	tape.trades = output_open(directory, "trades.csv.gz");
	put_text(tape.trades, "date,time,sym,exchange,price,size,cond,seq\n");
	if (quotes > 0)
	{
		tape.quotes = output_open(directory, "quotes.csv.gz");
		put_text(tape.quotes, "date,time,sym,exchange,bid,bsize,ask,asize\n");
	}
	for (uint64_t i = 0; i < days; i++, day++)
	{
		day = weekday_from(day);
		format_date(day, tape.date);
		if (i == 0)
			strcpy(first_date, tape.date);
		put_day(&tape, trades / days + (i < trades % days), quotes / days + (i < quotes % days));
	}
	trade_bytes = output_close(tape.trades);
	if (quotes > 0)
		quote_bytes = output_close(tape.quotes);
	write_ticks_meta(directory, &tape, first_date, days, trade_bytes, quote_bytes);
}
