/*-------------------------------------------------------------------------
 *
 * taq.c
 *	  Trades and quotes of a few symbols in one file, each row an event.
 *
 * The layout that vendors of the US tape use: a date without separators,
 * nanoseconds, an event type, conditions as eight hex digits.  Prices of
 * quotes stand in the price column, so figures over trades need a condition
 * on the event type.
 *
 *-------------------------------------------------------------------------
 */
#include "gen.h"

#define SESSION_START (UINT64_C(4) * 3600 * SECOND_NS)
#define SESSION_NS (UINT64_C(16) * 3600 * SECOND_NS)

/*
 * Event is a kind of row and how often it comes, of 100.
 */
typedef struct Event
{
	const char *name;
	uint32_t	share;
	int64_t		offset;			/* of its price from the middle */
	bool		is_trade;
} Event;

static const Event events[] = {
	{"QUOTE BID", 30, -CENT, false},
	{"QUOTE ASK", 30, CENT, false},
	{"QUOTE BID NB", 8, -CENT, false},
	{"QUOTE ASK NB", 8, CENT, false},
	{"TRADE", 16, 0, true},
	{"TRADE NB", 8, 0, true},
};

static const char *const venues[] = {"ARCA", "NASDAQ", "NYSE", "EDGX", "BATS", "FINRA", "IEX"};

static const Event *
pick_event(void)
{
	uint32_t	at = below(100);
	uint32_t	i = 0;

	while (at >= events[i].share)
		at -= events[i++].share;
	return &events[i];
}

static void
put_event(Output *output, const char *date, uint64_t now, const Event *event, const Symbol *s,
		  int64_t price, uint32_t size)
{
	char		conditions[12];

	put_text(output, date);
	put_end(output, ',');
	put_time(output, now, 9);
	put_end(output, ',');
	put_text(output, event->name);
	put_end(output, ',');
	put_text(output, s->name);
	put_end(output, ',');
	put_price(output, price);
	put_end(output, ',');
	put_integer(output, size);
	put_end(output, ',');
	put_text(output, venues[below(sizeof(venues) / sizeof(venues[0]))]);
	put_end(output, ',');
	snprintf(conditions, sizeof(conditions), "%08x", event->is_trade ? 0x80000001u | below(4) << 8 : 1u);
	put_text(output, conditions);
	put_end(output, '\n');
}

void
generate_taq(const char *directory, uint64_t rows, uint64_t days)
{
	Output	   *output = output_open(directory, "taq.csv.gz");
	uint64_t	trades = 0;
	uint64_t	volume = 0;
	uint64_t	bytes;
	int128		turnover = 0;
	int			day = FIRST_TAQ_DAY;
	FILE	   *file;

	put_text(output, "Date,Timestamp,EventType,Ticker,Price,Quantity,Exchange,Conditions\n");
	for (uint64_t d = 0; d < days; d++, day++)
	{
		uint64_t	of_day = rows / days + (d < rows % days);
		char		date[32];
		char		glued[32];

		day = weekday_from(day);
		format_date(day, date);
		snprintf(glued, sizeof(glued), "%.4s%.2s%.2s", date, date + 5, date + 8);
		for (uint64_t i = 0; i < of_day; i++)
		{
			const Event *event = pick_event();
			Symbol	   *s = &symbol[pick_symbol()];
			uint32_t	size = event->is_trade ? trade_size() : 100 * run_length(50);
			uint64_t	step = SESSION_NS / of_day;
			int64_t		price;

			if (chance(20))
				move_price(s);
			price = s->middle + event->offset;
			put_event(output, glued, SESSION_START + i * step + draw() % step, event, s, price, size);
			if (!event->is_trade)
				continue;
			trades++;
			volume += size;
			turnover += (int128) price * size;
		}
	}
	bytes = output_close(output);
	file = meta_open(directory, "taq.json");
	fprintf(file, "{\n");
	meta_count(file, "rows", rows);
	meta_count(file, "days", days);
	meta_count(file, "symbols", symbols);
	meta_count(file, "csv_bytes", bytes);
	meta_count(file, "trades", trades);
	meta_count(file, "volume", volume);
	meta_decimal(file, "turnover", turnover);
	meta_close(file, "taq");
}
