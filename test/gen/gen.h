/*-------------------------------------------------------------------------
 *
 * gen.h
 *	  What the parts of the generator share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_GEN_H
#define TICK_GEN_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define PRICE_UNITS 10000		/* prices are integers of 1/10000 */
#define CENT 100
#define SECOND_NS UINT64_C(1000000000)
#define FIRST_TICK_DAY 19724	/* 2024-01-02 */
#define FIRST_BAR_DAY 12786		/* 2005-01-03 */
#define FIRST_TAQ_DAY 18631		/* 2021-01-04 */
#define OPEN_MINUTE 570			/* 09:30 */
#define CLOSE_MINUTE 960		/* 16:00 */

typedef __int128 int128;

/* ---- output.c: random numbers ---- */

extern uint64_t seed;

extern uint64_t draw(void);
extern uint32_t below(uint32_t bound);	/* 0 .. bound - 1 */
extern bool chance(uint32_t percent);
extern uint32_t run_length(uint32_t percent);	/* 1, 2, 3, ...: each further step with the given chance */
extern int64_t bell(uint32_t scale);	/* about 0, within -scale .. scale */

/* ---- output.c: text into a gzip file ---- */

/*
 * Output is a gzip file and the text not yet handed to it.
 */
typedef struct Output
{
	gzFile		file;
	char		name[1024];
	size_t		length;
	uint64_t	bytes;			/* of CSV, written so far */
	char		text[1 << 16];
} Output;

extern void fail(const char *what, const char *name) __attribute__((noreturn));

extern Output *output_open(const char *directory, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern uint64_t output_close(Output *output);	/* returns the bytes of CSV */
extern void put_char(Output *output, char c);
extern void put_text(Output *output, const char *text);
extern void put_end(Output *output, char end);	/* of a field; '\n' of a row */
extern void put_number(Output *output, uint64_t number, int digits);	/* at least so many digits */
extern void put_integer(Output *output, uint64_t number);
extern void put_price(Output *output, int64_t price);	/* two decimals, or four where needed */
extern void put_price_short(Output *output, int64_t price); /* as few as say it */
extern void put_time(Output *output, uint64_t ns, int digits);

/* ---- output.c: dates ---- */

extern void format_date(int day, char date[32]);
extern int	weekday_from(int day);

/* ---- output.c: counts and sums, one key a line ---- */

extern FILE *meta_open(const char *directory, const char *name);
extern void meta_count(FILE *file, const char *key, uint64_t value);
extern void meta_decimal(FILE *file, const char *key, int128 value);	/* of 1/10000 */
extern void meta_close(FILE *file, const char *kind);

/* ---- symbols.c ---- */

typedef struct Symbol
{
	char		name[12];
	int64_t		middle;			/* price, between bid and ask */
	int64_t		spread;
	uint32_t	step;			/* of its price, in cents */
	uint64_t	last_quote;		/* ns of the day */
} Symbol;

extern Symbol *symbol;
extern uint32_t symbols;

extern void make_symbols(uint32_t count);
extern uint32_t pick_symbol(void);	/* few of them often */
extern void move_price(Symbol *s);
extern uint32_t trade_size(void);
extern char pick_exchange(void);

/* ---- one file each ---- */

extern void generate_ticks(const char *directory, uint64_t trades, uint64_t quotes, uint64_t days, int digits);
extern void generate_bars(const char *directory, uint64_t days);
extern void generate_gencsv(const char *directory, uint64_t rows);
extern void generate_taq(const char *directory, uint64_t rows, uint64_t days);

#endif							/* TICK_GEN_H */
