/*-------------------------------------------------------------------------
 *
 * encoding_values.h
 *	  Seeded values of many shapes, with and without nulls, for the tests of
 *	  encodings.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_ENCODING_VALUES_H
#define TICK_ENCODING_VALUES_H

#include "core/encoding.h"
#include "unit.h"

#include <math.h>

#define MOST TICK_ROW_GROUP_ROWS

static uint64_t validity[MOST / 64];

/* The presence patterns: none null, all, one row, few rows, most rows, whole batches. */
#define NULL_PATTERNS 7

static inline uint64_t *
make_validity(int pattern, uint32_t rows, uint64_t *seed)
{
	memset(validity, 0, sizeof(validity));
	for (uint32_t i = 0; i < rows; i++)
	{
		bool		present = true;

		switch (pattern)
		{
			case 0:
				return NULL;
			case 2:
				present = false;
				break;
			case 3:
				present = i != rows / 2;
				break;
			case 4:
				present = unit_random(seed) % 10 != 0;
				break;
			case 5:
				present = unit_random(seed) % 50 == 0;
				break;
			case 6:
				present = i / TICK_BATCH_ROWS % 2 == 1;
				break;
		}
		if (present)
			tick_bit_set(validity, i);
	}
	/* bits beyond the rows mean nothing */
	if (rows % 64 != 0)
		validity[rows / 64] |= ~((UINT64_C(1) << rows % 64) - 1);
	return validity;
}

#define INT_SHAPES 17

static inline int64_t
int_value(int shape, uint32_t i, uint64_t *seed, int64_t last)
{
	uint64_t	r = unit_random(seed);

	switch (shape)
	{
		case 0:
			return -42;
		case 1:
			return (int64_t) r;
		case 2:
			return r % 2 ? INT64_MAX : INT64_MIN;
		case 3:
			return (int64_t) (r % 1000) - 500;
		case 4:
			return last + (int64_t) (r % 100000) * 1000;	/* stamps of whole microseconds */
		case 5:
			return i % 700 == 0 ? INT64_C(1600000000000000000) : last + (int64_t) (r % 100) * 1000;
		case 6:
			return r % 40 == 0 ? (int64_t) (r % 9) : last;	/* runs */
		case 7:
			return r % 200 == 0 ? (int64_t) r : (int64_t) (r >> 50);	/* outliers both ways */
		case 8:
			return (int64_t) (r % 1000) * 100 + (i == 60000 || i == 777 ? 7 : 0);	/* one value spoils the divisor */
		case 9:
			return INT64_MAX - (int64_t) (r % 3);
		case 10:
			return INT64_MIN + (int64_t) (r % 3) * 1000000;
		case 11:
			return (int64_t) (r & 1);
		case 12:
			return (int64_t) ((r % 5) << 61);
		case 13:
			return (int64_t) i * 3;
		case 14:
			return r % 100 == 0 ? INT64_MIN : (int64_t) (r % 16) + INT64_C(1000000);
		case 15:
			return i < 30000 ? 5 : (int64_t) (r >> 3);
		default:
			return (int64_t) (r >> (r % 64));
	}
}

#define DOUBLE_SHAPES 14

static inline double
double_value(int shape, uint32_t i, uint64_t *seed)
{
	static const double odd[] = {-0.0, NAN, INFINITY, -INFINITY, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e22};
	uint64_t	r = unit_random(seed);
	double		value;

	switch (shape)
	{
		case 0:
			return 1.25;
		case 1:
			return (double) (int64_t) (r % 100000) / 100;
		case 2:
			return -(double) (int64_t) (r % 100000000) / 10000;
		case 3:
			return (double) (r >> 11) * 0x1p-53;
		case 4:
			memcpy(&value, &r, sizeof(value));	/* any bits: NaNs with payloads too */
			return value;
		case 5:
			return r % 50 == 0 ? odd[r % 8] : (double) (int64_t) (r % 1000) / 10;
		case 6:
			return odd[r % 8];
		case 7:
			return -0.0;
		case 8:
			return (double) (int64_t) (r >> 11) - 4503599627370496.0;	/* whole numbers up to 2^52 */
		case 9:
			return (double) (int64_t) (r >> 10) / 10;	/* mantissas around 2^53 */
		case 10:
			return 100000 + (double) (int64_t) (r % 1000) + (r % 3 == 0 ? 1e-11 : 0);	/* float noise */
		case 11:
			return (double) (i / 100) * 0.5;
		case 12:
			return i == 0 ? NAN : 3.25;
		default:
			return (double) (int64_t) (r % 1000000) * 1e-12;
	}
}

#define TEXT_SHAPES 9

static char text_bytes[MOST * 24];

static inline TickString
text_value(int shape, uint32_t i, uint64_t *seed)
{
	static const char *const exchanges[] = {"NYSE", "NASDAQ", "", "ARCA", "a longer name than eight", "a longer name than eighteen"};
	uint64_t	r = unit_random(seed);
	char	   *bytes = text_bytes + 24 * (size_t) i;

	switch (shape)
	{
		case 0:
			return (TickString) {"AAPL", 4};
		case 1:
			return (TickString) {exchanges[r % 6], (uint32_t) strlen(exchanges[r % 6])};
		case 2:
			return (TickString) {bytes, (uint32_t) snprintf(bytes, 24, "%016" PRIx64, r)};
		case 3:
			return (TickString) {bytes, (uint32_t) snprintf(bytes, 24, "ORDER%07u", i)};
		case 4:
			return (TickString) {bytes, (uint32_t) snprintf(bytes, 24, "S%u", i / 3000)};
		case 5:
			memcpy(bytes, &r, 8);	/* any bytes, NUL too */
			return (TickString) {bytes, (uint32_t) (r >> 32) % 9};
		case 6:
			return (TickString) {"", 0};
		case 7:
			return (TickString) {bytes, (uint32_t) snprintf(bytes, 24, "user%u", (unsigned) (r % 5000))};
		default:
			return (TickString) {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", (uint32_t) (r % 30)};
	}
}

#endif							/* TICK_ENCODING_VALUES_H */
