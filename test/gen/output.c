/*-------------------------------------------------------------------------
 *
 * output.c
 *	  Random numbers, text into gzip files, dates, and files of sums.
 *
 *-------------------------------------------------------------------------
 */
#include "gen.h"

#include <stdarg.h>

uint64_t	seed;

/* splitmix64 */
uint64_t
draw(void)
{
	uint64_t	z = (seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 .. bound - 1, bound < 2^32 */
uint32_t
below(uint32_t bound)
{
	return (uint32_t) (((draw() >> 32) * bound) >> 32);
}

bool
chance(uint32_t percent)
{
	return below(100) < percent;
}

/* 1, 2, 3, ...: each further step with the given chance */
uint32_t
run_length(uint32_t percent)
{
	uint32_t	length = 1;

	while (length < 40 && chance(percent))
		length++;
	return length;
}

/* Sum of four draws: a bell around 0 within -scale .. scale. */
int64_t
bell(uint32_t scale)
{
	int64_t		sum = 0;

	for (int i = 0; i < 4; i++)
		sum += below(scale + 1);
	/* an odd sum is halved up or down, or prices would drift */
	return (sum + below(2)) / 2 - (int64_t) scale;
}

void
fail(const char *what, const char *name)
{
	fprintf(stderr, "gen: could not %s \"%s\"\n", what, name);
	exit(1);
}

Output *
output_open(const char *directory, const char *format,...)
{
	Output	   *output = calloc(1, sizeof(Output));
	char		name[256];
	va_list		arguments;

	if (output == NULL)
		fail("allocate", "output");
	va_start(arguments, format);
	vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	snprintf(output->name, sizeof(output->name), "%s/%s", directory, name);
	output->file = gzopen(output->name, "wb6");
	if (output->file == NULL)
		fail("create", output->name);
	return output;
}

static void
output_flush(Output *output)
{
	if (output->length > 0 &&
		gzwrite(output->file, output->text, (unsigned) output->length) != (int) output->length)
		fail("write", output->name);
	output->bytes += output->length;
	output->length = 0;
}

/* Returns the bytes of CSV. */
uint64_t
output_close(Output *output)
{
	uint64_t	bytes;

	output_flush(output);
	if (gzclose(output->file) != Z_OK)
		fail("close", output->name);
	bytes = output->bytes;
	free(output);
	return bytes;
}

void
put_char(Output *output, char c)
{
	output->text[output->length++] = c;
}

static void
put_bytes(Output *output, const char *text, size_t length)
{
	memcpy(output->text + output->length, text, length);
	output->length += length;
}

void
put_text(Output *output, const char *text)
{
	put_bytes(output, text, strlen(text));
}

/* End of a field; a row's last one ends with '\n'.  Rows are far shorter than the room left after a flush. */
void
put_end(Output *output, char end)
{
	put_char(output, end);
	if (end == '\n' && output->length > sizeof(output->text) / 2)
		output_flush(output);
}

/* digits: at least so many, with zeros in front */
void
put_number(Output *output, uint64_t number, int digits)
{
	char		text[24];
	int			at = sizeof(text);

	while (number > 0 || digits > 0)
	{
		text[--at] = (char) ('0' + number % 10);
		number /= 10;
		digits--;
	}
	put_bytes(output, text + at, sizeof(text) - at);
}

void
put_integer(Output *output, uint64_t number)
{
	put_number(output, number, 1);
}

/* Two decimals, or four where they are needed. */
void
put_price(Output *output, int64_t price)
{
	uint32_t	fraction = (uint32_t) (price % PRICE_UNITS);

	put_integer(output, (uint64_t) (price / PRICE_UNITS));
	put_char(output, '.');
	if (fraction % CENT == 0)
		put_number(output, fraction / CENT, 2);
	else
		put_number(output, fraction, 4);
}

/* As few decimals as say it: 134, 133.9, 17.2389. */
void
put_price_short(Output *output, int64_t price)
{
	uint32_t	fraction = (uint32_t) (price % PRICE_UNITS);
	int			digits = 4;

	put_integer(output, (uint64_t) (price / PRICE_UNITS));
	if (fraction == 0)
		return;
	for (; fraction % 10 == 0; fraction /= 10)
		digits--;
	put_char(output, '.');
	put_number(output, fraction, digits);
}

void
put_time(Output *output, uint64_t ns, int digits)
{
	uint64_t	second = ns / SECOND_NS;
	uint64_t	fraction = ns % SECOND_NS;

	put_number(output, second / 3600, 2);
	put_char(output, ':');
	put_number(output, second / 60 % 60, 2);
	put_char(output, ':');
	put_number(output, second % 60, 2);
	if (digits == 0)
		return;
	put_char(output, '.');
	put_number(output, digits == 9 ? fraction : digits == 6 ? fraction / 1000 : fraction / 1000000, digits);
}

/* Days since 1970 to yyyy-mm-dd. */
void
format_date(int day, char date[32])
{
	int			z = day + 719468;
	unsigned	century = (unsigned) z / 146097;
	unsigned	of_era = (unsigned) z % 146097;
	unsigned	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned	of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned	shifted = (5 * of_year + 2) / 153;
	unsigned	month = shifted < 10 ? shifted + 3 : shifted - 9;

	snprintf(date, 32, "%04u-%02u-%02u", year + century * 400 + (month <= 2),
			 month, of_year - (153 * shifted + 2) / 5 + 1);
}

/* The first weekday from day on; 1970-01-01 was a Thursday. */
int
weekday_from(int day)
{
	while ((day + 4) % 7 == 0 || (day + 4) % 7 == 6)
		day++;
	return day;
}

FILE *
meta_open(const char *directory, const char *name)
{
	char		path[1024];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (file == NULL)
		fail("create", path);
	return file;
}

void
meta_count(FILE *file, const char *key, uint64_t value)
{
	fprintf(file, "\"%s\": %" PRIu64 ",\n", key, value);
}

/* A sum of 1/10000, exactly. */
void
meta_decimal(FILE *file, const char *key, int128 value)
{
	char		digits[48];
	int			at = sizeof(digits);
	int			written = 0;
	bool		negative = value < 0;

	if (negative)
		value = -value;
	while (value > 0 || written <= 4)
	{
		if (written == 4)
			digits[--at] = '.';
		digits[--at] = (char) ('0' + (int) (value % 10));
		value /= 10;
		written++;
	}
	fprintf(file, "\"%s\": %s%.*s,\n", key, negative ? "-" : "", (int) sizeof(digits) - at, digits + at);
}

void
meta_close(FILE *file, const char *kind)
{
	fprintf(file, "\"kind\": \"%s\"\n}\n", kind);
	if (fclose(file) != 0)
		fail("write", "meta");
}
