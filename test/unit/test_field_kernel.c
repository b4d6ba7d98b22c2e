/*-------------------------------------------------------------------------
 *
 * test_field_kernel.c
 *	  The loops over fields, portable and for this processor, against plain
 *	  readers of one text.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/field_kernel.h"
#include "core/value.h"

#include "unit.h"

#define MOST_ROWS 37
#define MOST_BYTES 24

static char data[MOST_ROWS * (MOST_BYTES + 16) + TICK_CSV_SLACK];
static uint32_t bounds[MOST_ROWS * 3 + 1];
static char text[MOST_ROWS][MOST_BYTES + 1];

/* Lay texts out behind `skip` bytes each, the ends stride apart; returns what a kernel sees. */
static TickFields
lay_out(uint32_t rows, uint32_t skip, uint32_t stride, uint64_t *seed)
{
	uint32_t	at = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = "0123456789.:,\n T"[unit_random(seed) % 16];
	for (uint32_t i = 0; i < rows; i++)
	{
		uint32_t	length = (uint32_t) strlen(text[i]);

		for (uint32_t k = 0; k + 2 < stride; k++)
			bounds[i * stride + k] = at;
		/* stride 1: the end of the field before is the place before this one */
		if (stride > 1)
			bounds[i * stride + stride - 2] = at;
		at += 1 + skip;
		memcpy(data + at, text[i], length);
		at += length;
		bounds[i * stride + stride - 1] = at;
	}
	return (TickFields) {data, bounds + stride - 1, stride, skip, rows};
}

/* Before the first field of stride 1 there must be a place too. */
static uint32_t first_bounds[MOST_ROWS + 1];

static TickFields
lay_out_any(uint32_t rows, uint32_t skip, int round, uint64_t *seed)
{
	TickFields	fields = lay_out(rows, skip, round % 3 + 1, seed);

	if (fields.stride > 1)
		return fields;
	first_bounds[0] = 0;
	memcpy(first_bounds + 1, bounds, rows * sizeof(uint32_t));
	fields.end = first_bounds + 1;
	return fields;
}

static bool
is_listed(const uint32_t *left, uint32_t n, uint32_t row)
{
	for (uint32_t i = 0; i < n; i++)
		if (left[i] == row)
			return true;
	return false;
}

/* Digits with points, and now and then something else. */
static void
random_number(char *out, uint64_t *seed)
{
	uint32_t	length = (uint32_t) (unit_random(seed) % 11);
	const char *kinds = unit_random(seed) % 3 ? "0123456789" : "0123456789./:- ";
	uint32_t	point = (uint32_t) (unit_random(seed) % 12);

	for (uint32_t i = 0; i < length; i++)
		out[i] = i == point ? '.' : kinds[unit_random(seed) % strlen(kinds)];
	out[length] = '\0';
}

/* What a number of the kernels' kind is; false when it is none. */
static bool
read_number(const char *from, uint32_t *number, uint32_t *behind)
{
	uint32_t	length = (uint32_t) strlen(from);
	uint32_t	points = 0;

	*number = *behind = 0;
	if (length < 1 || length > 8)
		return false;
	for (uint32_t i = 0; i < length; i++)
	{
		if (from[i] == '.')
			points++;
		else if (from[i] < '0' || from[i] > '9')
			return false;
		else
		{
			*number = *number * 10 + (uint32_t) (from[i] - '0');
			*behind += points;
		}
	}
	return points <= 1 && length > points;
}

static void
check_numbers(const TickFieldKernel *kernel)
{
	static const double power[TICK_FIELD_FRACTIONS] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
	static const uint32_t factor[TICK_FIELD_FRACTIONS] = {1000000000, 100000000, 10000, 1000, 100, 0, 1, 0};
	uint64_t	seed = 5;
	uint32_t	taken = 0;

	for (int round = 0; round < 4000; round++)
	{
		uint32_t	rows = 1 + (uint32_t) (unit_random(&seed) % MOST_ROWS);
		TickFields	fields;
		int64_t		digits[MOST_ROWS];
		int64_t		decimals[MOST_ROWS];
		double		doubles[MOST_ROWS];
		uint32_t	left[3][MOST_ROWS];
		uint32_t	n[3];

		for (uint32_t i = 0; i < rows; i++)
			random_number(text[i], &seed);
		fields = lay_out_any(rows, 0, round, &seed);
		n[0] = kernel->digits(&fields, digits, left[0]);
		n[1] = kernel->decimals(&fields, factor, decimals, left[1]);
		n[2] = kernel->doubles(&fields, power, doubles, left[2]);
		for (uint32_t i = 0; i < rows; i++)
		{
			uint32_t	number,
						behind;
			bool		good = read_number(text[i], &number, &behind);

			CHECK_INT(is_listed(left[0], n[0], i), !good || strchr(text[i], '.') != NULL);
			CHECK_INT(is_listed(left[1], n[1], i), !good || factor[behind] == 0);
			CHECK_INT(is_listed(left[2], n[2], i), !good);
			if (!good)
				continue;
			taken++;
			if (strchr(text[i], '.') == NULL)
				CHECK_INT(digits[i], number);
			if (factor[behind] != 0)
				CHECK_INT(decimals[i], (int64_t) number * factor[behind]);
			CHECK(doubles[i] == strtod(text[i], NULL));
		}
	}
	CHECK(taken > 10000);
}

/* A clock with a digit or a sign spoiled now and then. */
static void
random_clock(char *out, uint64_t *seed)
{
	uint64_t	r = unit_random(seed);
	int			length = snprintf(out, MOST_BYTES, "%02d:%02d:%02d", (int) (r % 26), (int) ((r >> 8) % 61), (int) ((r >> 16) % 62));

	if (r >> 24 & 3)
		length += snprintf(out + length, MOST_BYTES - (size_t) length, ".%0*d", (int) ((r >> 32) % 11), (int) ((r >> 40) % 1000));
	if (unit_random(seed) % 8 == 0)
		out[unit_random(seed) % (uint64_t) length] = ":.09/ 5A"[unit_random(seed) % 8];
	if (unit_random(seed) % 16 == 0)
		out[unit_random(seed) % (uint64_t) length] = '\0';
}

static bool
read_clock(const char *from, int64_t *time)
{
	size_t		length = strlen(from);
	int64_t		part[3] = {0, 0, 0};
	int64_t		fraction = 0;

	for (size_t i = 0; i < 8; i++)
	{
		if (i >= length || (i % 3 == 2 ? from[i] != ':' : from[i] < '0' || from[i] > '9'))
			return false;
		if (i % 3 != 2)
			part[i / 3] = part[i / 3] * 10 + (from[i] - '0');
	}
	if (part[0] > 23 || part[1] > 59 || part[2] > 59 || length > 18 || length == 9 || (length > 8 && from[8] != '.'))
		return false;
	for (size_t i = 9; i < 18; i++)
	{
		if (i < length && (from[i] < '0' || from[i] > '9'))
			return false;
		fraction = fraction * 10 + (i < length ? from[i] - '0' : 0);
	}
	*time = ((part[0] * 60 + part[1]) * 60 + part[2]) * TICK_NS_PER_SECOND + fraction;
	return true;
}

static void
check_clocks(const TickFieldKernel *kernel)
{
	uint64_t	seed = 6;
	uint32_t	taken = 0;

	for (int round = 0; round < 4000; round++)
	{
		uint32_t	rows = 1 + (uint32_t) (unit_random(&seed) % MOST_ROWS);
		uint32_t	skip = round % 2 ? 0 : 11;
		TickFields	fields;
		int64_t		values[MOST_ROWS];
		uint32_t	left[MOST_ROWS];
		uint32_t	n;

		for (uint32_t i = 0; i < rows; i++)
			random_clock(text[i], &seed);
		fields = lay_out_any(rows, skip, round, &seed);
		n = kernel->clocks(&fields, values, left);
		for (uint32_t i = 0; i < rows; i++)
		{
			int64_t		time;
			bool		good = read_clock(text[i], &time);

			CHECK_INT(is_listed(left, n, i), !good);
			if (good)
				CHECK_INT(values[i], time);
			taken += good;
		}
		/* fields that end before their skip */
		fields.skip += MOST_BYTES;
		CHECK_INT(kernel->clocks(&fields, values, left), rows);
	}
	CHECK(taken > 10000);
}

static void
check_same(const TickFieldKernel *kernel)
{
	static const char *const dates[] = {"2024-01-02", "20240102", "2024-01-02T14:30", "02/01/2024 09:30"};
	uint64_t	seed = 7;

	for (int round = 0; round < 4000; round++)
	{
		uint32_t	rows = 1 + (uint32_t) (unit_random(&seed) % MOST_ROWS);
		char		key[17] = "";
		uint32_t	length = 8 + (uint32_t) (unit_random(&seed) % 9);
		bool		more = unit_random(&seed) % 2;
		TickFields	fields;
		uint32_t	left[MOST_ROWS];
		uint32_t	n;

		strncpy(key, dates[unit_random(&seed) % 4], 16);
		if (length > strlen(key))
			length = (uint32_t) strlen(key);
		for (uint32_t i = 0; i < rows; i++)
		{
			snprintf(text[i], sizeof(text[i]), "%.*s%s", (int) length, key,
					 (const char *const[]) {"", " 09:30", "T", "Z", "0"}[unit_random(&seed) % 5]);
			if (unit_random(&seed) % 8 == 0)
				text[i][unit_random(&seed) % length] ^= 1;
			if (unit_random(&seed) % 16 == 0)
				text[i][unit_random(&seed) % length] = '\0';
		}
		fields = lay_out_any(rows, 0, round, &seed);
		n = kernel->same(&fields, key, length, more, left);
		for (uint32_t i = 0; i < rows; i++)
		{
			bool		begins = strlen(text[i]) >= length && memcmp(text[i], key, length) == 0;
			bool		ends = begins && text[i][length] == '\0';
			bool		goes_on = begins && more && (text[i][length] == ' ' || text[i][length] == 'T');

			CHECK_INT(is_listed(left, n, i), !(ends || goes_on));
		}
	}
}

static void
check_words(const TickFieldKernel *kernel)
{
	uint64_t	seed = 8;

	for (int round = 0; round < 4000; round++)
	{
		uint32_t	rows = 1 + (uint32_t) (unit_random(&seed) % MOST_ROWS);
		bool		trim = unit_random(&seed) % 2;
		int			bits = 1 + (int) (unit_random(&seed) % 14);
		TickFields	fields;
		uint64_t	words[MOST_ROWS];
		uint32_t	places[MOST_ROWS];

		for (uint32_t i = 0; i < rows; i++)
		{
			uint32_t	length = (uint32_t) (unit_random(&seed) % 10);

			for (uint32_t k = 0; k < length; k++)
				text[i][k] = "AB \t\303\251~"[unit_random(&seed) % 7];
			text[i][length] = '\0';
		}
		fields = lay_out_any(rows, 0, round, &seed);
		kernel->words(&fields, trim, bits, words, places);
		for (uint32_t i = 0; i < rows; i++)
		{
			size_t		length = strlen(text[i]);
			uint64_t	word = (uint64_t) length << 56;
			bool		none = length < 1 || length > TICK_FIELD_WORD;

			for (size_t k = 0; k < length && !none; k++)
				word |= (uint64_t) (uint8_t) text[i][k] << 8 * k;
			if (!none && trim)
				none = (uint8_t) text[i][0] <= ' ' || (uint8_t) text[i][length - 1] <= ' ';
			CHECK(words[i] == (none ? 0 : word));
			CHECK_INT(places[i], tick_field_place(words[i], bits));
			CHECK(places[i] < UINT32_C(1) << bits);
		}
	}
}

static void
check_kernel(const TickFieldKernel *kernel)
{
	check_numbers(kernel);
	check_clocks(kernel);
	check_same(kernel);
	check_words(kernel);
}

static void
test_portable(void)
{
	check_kernel(&tick_field_kernel_portable);
}

static void
test_best(void)
{
	check_kernel(tick_field_kernel_best());
}

/* Texts of a market must not share places: as many hits as at random, or more. */
static void
test_places(void)
{
	static uint8_t seen[1 << 14];
	uint32_t	places = 0;

	for (char a = 'A'; a <= 'Z'; a++)
		for (char b = 'A'; b <= 'Z'; b++)
			for (char c = 'A'; c <= 'G'; c++)
			{
				uint64_t	word = (uint64_t) a | (uint64_t) b << 8 | (uint64_t) c << 16 | UINT64_C(3) << 56;
				uint32_t	place = tick_field_place(word, 14);

				places += seen[place] == 0;
				seen[place] = 1;
			}
	/* 4,732 at random of 16,384 take 4,109 */
	CHECK(places > 3900);
}

int
main(void)
{
	RUN(test_portable);
	RUN(test_best);
	RUN(test_places);
	return unit_report("field_kernel");
}
