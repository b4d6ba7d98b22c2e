/*-------------------------------------------------------------------------
 *
 * gencsv.c
 *	  One column of each kind and distribution that a loader meets.
 *
 *-------------------------------------------------------------------------
 */
#include "gen.h"

/*
 * Sums of gencsv.csv.gz.
 */
typedef struct Mixed
{
	uint64_t	rows;
	int128		price_sum;
	uint64_t	size_sum;
	uint64_t	quantity_sum;
	uint64_t	quantity_nulls;
	uint64_t	active_true;
	uint64_t	note_nulls;
	uint64_t	note_bytes;		/* as loaded: without quotes */
	int128		change_sum;
} Mixed;

/* Text that needs quotes: commas, doubled quotes, now and then a line end; empty one time in four. */
static void
put_note(Output *output, Mixed *mixed)
{
	static const char *const phrases[] = {"filled, in part", "say \"\"now\"\"", "two\nlines", "plain", "\303\251t\303\251"};
	static const uint32_t bytes[] = {15, 9, 9, 5, 5};
	uint32_t	words = below(4);

	if (words == 0)
	{
		mixed->note_nulls++;
		return;
	}
	put_char(output, '"');
	for (uint32_t i = 0; i < words; i++)
	{
		uint32_t	phrase = chance(1) ? 2 : chance(50) ? 3 : 0;

		if (phrase != 2 && chance(30))
			phrase++;
		if (i > 0)
			put_char(output, ' ');
		put_text(output, phrases[phrase]);
		mixed->note_bytes += bytes[phrase] + (i > 0);
	}
	put_char(output, '"');
}

/* date,time,sym,price,size,active,venue: what every tick file has, with blanks left out */
static void
put_mixed_tick(Output *output, Mixed *mixed)
{
	Symbol	   *s = &symbol[pick_symbol()];
	uint32_t	size = trade_size();
	bool		active = chance(70);
	char		date[32];

	move_price(s);
	format_date(weekday_from(FIRST_TICK_DAY + (int) below(26)), date);
	put_text(output, date);
	put_end(output, ',');
	put_time(output, (uint64_t) (OPEN_MINUTE * 60000 + below(390 * 60000)) * (SECOND_NS / 1000), 3);
	put_end(output, ',');
	put_text(output, s->name);
	put_end(output, ',');
	put_price(output, s->middle);
	put_end(output, ',');
	put_integer(output, size);
	put_end(output, ',');
	put_text(output, active ? "true" : "false");
	put_end(output, ',');
	put_char(output, pick_exchange());
	put_end(output, ',');
	mixed->price_sum += s->middle;
	mixed->size_sum += size;
	mixed->active_true += active;
}

/* id,account,quantity,change,ratio,isin,note: sequence, uniform, nulls, signed, 15 digits, all distinct, quoted */
static void
put_mixed_rest(Output *output, Mixed *mixed)
{
	int64_t		change = bell(30000);
	uint64_t	quantity = draw();

	quantity >>= 24 + below(39);
	put_integer(output, ++mixed->rows);
	put_end(output, ',');
	put_integer(output, 100000 + below(900000));
	put_end(output, ',');
	if (chance(10))
		mixed->quantity_nulls++;
	else
	{
		put_integer(output, quantity);
		mixed->quantity_sum += quantity;
	}
	put_end(output, ',');
	if (change < 0)
		put_char(output, '-');
	put_price(output, change < 0 ? -change : change);
	put_end(output, ',');
	put_text(output, chance(50) ? "0." : "-0.");
	put_number(output, draw() % UINT64_C(1000000000000000), 15);
	put_end(output, ',');
	put_text(output, "US");
	put_number(output, draw() % UINT64_C(10000000000), 10);
	put_end(output, ',');
	put_note(output, mixed);
	put_end(output, '\n');
	mixed->change_sum += change;
}

void
generate_gencsv(const char *directory, uint64_t rows)
{
	Mixed		mixed = {0};
	Output	   *output = output_open(directory, "gencsv.csv.gz");
	uint64_t	bytes;
	FILE	   *file;

	put_text(output, "date,time,sym,price,size,active,venue,id,account,quantity,change,ratio,isin,note\n");
	while (mixed.rows < rows)
	{
		put_mixed_tick(output, &mixed);
		put_mixed_rest(output, &mixed);
	}
	bytes = output_close(output);
	file = meta_open(directory, "gencsv.json");
	fprintf(file, "{\n");
	meta_count(file, "rows", mixed.rows);
	meta_count(file, "csv_bytes", bytes);
	meta_decimal(file, "sum_price", mixed.price_sum);
	meta_count(file, "sum_size", mixed.size_sum);
	meta_count(file, "active_true", mixed.active_true);
	meta_count(file, "sum_quantity", mixed.quantity_sum);
	meta_count(file, "quantity_nulls", mixed.quantity_nulls);
	meta_decimal(file, "sum_change", mixed.change_sum);
	meta_count(file, "note_nulls", mixed.note_nulls);
	meta_count(file, "note_bytes", mixed.note_bytes);
	meta_close(file, "gencsv");
}
