/*-------------------------------------------------------------------------
 *
 * test_csv_scan.c
 *	  The scanners under the CSV parser, and well-formed UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "core/csv.h"
#include "core/csv_internal.h"

#include "unit.h"

/* Both scanners find the same, at every length and for every byte. */
static void
test_scanners(void)
{
	uint8_t		bytes[300 + TICK_CSV_SCAN_SLACK];
	uint32_t	found[300 + TICK_CSV_SCAN_SLACK];
	uint32_t	expected[300];
	uint64_t	seed = 13;
	TickCsvScan scans[2] = {tick_csv_scan_portable, tick_csv_scan_best()};

	for (int n = 0; n < 3000; n++)
	{
		TickCsvSpecials specials = {unit_random(&seed), unit_random(&seed), unit_random(&seed)};
		uint32_t	length = unit_random(&seed) % 300;
		uint32_t	count = 0,
					feeds = 0,
					returns = 0;
		bool		others = false;
		int			density = n % 3;

		for (uint32_t i = 0; i < sizeof(bytes); i++)
		{
			uint64_t	r = unit_random(&seed);

			bytes[i] = density == 0 ? r : density == 1 ? r % 16 : specials.quote;
		}
		for (uint32_t i = 0; i < length; i++)
			if (bytes[i] == specials.delimiter || bytes[i] == specials.quote || bytes[i] == specials.escape ||
				bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == 0)
			{
				expected[count++] = 1000 + i;
				feeds += bytes[i] == '\n';
				returns += bytes[i] == '\r';
				others = others || (bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != specials.delimiter);
			}
		for (int s = 0; s < 2; s++)
		{
			TickCsvFound told = scans[s] (bytes, length, 1000, &specials, found);

			CHECK_INT(told.specials, count);
			CHECK_INT(told.feeds, feeds);
			CHECK_INT(told.returns, returns);
			CHECK_INT(told.others, others);
			CHECK(memcmp(found, expected, count * sizeof(uint32_t)) == 0);
		}
	}
}

/*
 * ---- UTF-8 ----
 */

static size_t
encode(uint32_t code, char *out)
{
	if (code < 0x80)
	{
		out[0] = (char) code;
		return 1;
	}
	if (code < 0x800)
	{
		out[0] = (char) (0xc0 | code >> 6);
		out[1] = (char) (0x80 | (code & 63));
		return 2;
	}
	if (code < 0x10000)
	{
		out[0] = (char) (0xe0 | code >> 12);
		out[1] = (char) (0x80 | (code >> 6 & 63));
		out[2] = (char) (0x80 | (code & 63));
		return 3;
	}
	out[0] = (char) (0xf0 | code >> 18);
	out[1] = (char) (0x80 | (code >> 12 & 63));
	out[2] = (char) (0x80 | (code >> 6 & 63));
	out[3] = (char) (0x80 | (code & 63));
	return 4;
}

/* Well-formed is what encoding gives: count the good strings of each length. */
static void
test_utf8(void)
{
	char		text[64];
	uint32_t	good2 = 0,
				good3 = 0;

	for (uint32_t code = 0; code < 0x120000; code++)
	{
		size_t		length = encode(code, text);
		bool		legal = code > 0 && code < 0x110000 && (code < 0xd800 || code > 0xdfff);

		if (tick_utf8_valid(text, length) != legal)
			CHECK_INT(code, -1);
		if (length > 1 && tick_utf8_valid(text, length - 1))
			CHECK_INT(code, -2);
	}
	for (uint32_t i = 0; i < 0x10000; i++)
	{
		text[0] = (char) (i >> 8);
		text[1] = (char) i;
		good2 += tick_utf8_valid(text, 2);
		/* three bytes: a sample of the third is enough to count by */
		for (uint32_t third = 0; third < 256; third += 15)
		{
			text[2] = (char) third;
			good3 += tick_utf8_valid(text, 3);
		}
	}
	/* two: 127 * 127 pairs of ASCII, 1920 of two bytes */
	CHECK_INT(good2, 127 * 127 + 1920);
	/* three: third bytes 15..120 are 8 ASCII ones, 135..180 are 4 continuations */
	CHECK_INT(good3, (127 * 127 + 1920) * 8 + 127 * 30 * 4 + (16 * 64 - 32 - 32) * 4);

	/* a bad byte is found wherever it is among the good ones */
	for (size_t at = 0; at < 40; at++)
		for (int c = 0; c < 256; c++)
		{
			memset(text, 'a', 40);
			text[at] = (char) c;
			CHECK_INT(tick_utf8_valid(text, 40), c > 0 && c < 0x80);
		}
	CHECK(tick_utf8_valid("", 0));
}

int
main(void)
{
	RUN(test_scanners);
	RUN(test_utf8);
	return unit_report("csv_scan");
}
