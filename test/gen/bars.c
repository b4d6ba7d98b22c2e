/*-------------------------------------------------------------------------
 *
 * bars.c
 *	  One-minute bars, a headerless file for each symbol.
 *
 *-------------------------------------------------------------------------
 */
#include "gen.h"

/* One file; adds to the counts. */
static void
write_bars(const char *directory, const Symbol *s, uint64_t days, uint64_t *rows, uint64_t *bytes, uint64_t *volume)
{
	Output	   *output = output_open(directory, "%s_full_1min_adjsplit.txt.gz", s->name);
	int64_t		price = s->middle + below(CENT);	/* adjusted for splits: four decimals */
	uint32_t	active = 70 + below(31);
	int			day = FIRST_BAR_DAY;
	char		date[32];

	for (uint64_t i = 0; i < days; i++, day++)
	{
		day = weekday_from(day);
		format_date(day, date);
		for (int minute = OPEN_MINUTE; minute < CLOSE_MINUTE; minute++)
		{
			int64_t		open = price;
			int64_t		close = open + bell((uint32_t) (open / 2000 + 1));
			int64_t		high;
			int64_t		low;
			uint64_t	size;

			if (!chance(active))
				continue;
			if (close < PRICE_UNITS)
				close = PRICE_UNITS + below(PRICE_UNITS / 10);
			high = (open > close ? open : close) + below((uint32_t) (open / 4000 + 1));
			low = (open < close ? open : close) - below((uint32_t) (open / 4000 + 1));
			size = 1 + below(3000);
			size *= run_length(60);
			price = close;
			put_text(output, date);
			put_char(output, ' ');
			put_time(output, (uint64_t) minute * 60 * SECOND_NS, 0);
			put_end(output, ',');
			put_price_short(output, open);
			put_end(output, ',');
			put_price_short(output, high);
			put_end(output, ',');
			put_price_short(output, low);
			put_end(output, ',');
			put_price_short(output, close);
			put_end(output, ',');
			put_integer(output, size);
			put_end(output, '\n');
			*rows += 1;
			*volume += size;
		}
	}
	*bytes += output_close(output);
}

void
generate_bars(const char *directory, uint64_t days)
{
	uint64_t	rows = 0;
	uint64_t	bytes = 0;
	uint64_t	volume = 0;
	FILE	   *file;

	for (uint32_t i = 0; i < symbols; i++)
		write_bars(directory, &symbol[i], days, &rows, &bytes, &volume);
	file = meta_open(directory, "bars.json");
	fprintf(file, "{\n");
	meta_count(file, "files", symbols);
	meta_count(file, "days", days);
	meta_count(file, "rows", rows);
	meta_count(file, "csv_bytes", bytes);
	meta_count(file, "sum_volume", volume);
	meta_close(file, "bars");
}
