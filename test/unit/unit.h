/*-------------------------------------------------------------------------
 *
 * unit.h
 *	  The few macros that the core's unit tests are written with.
 *
 * A test file is a program: main() calls RUN(test) for each test and
 * returns unit_report().  CHECK prints what failed and goes on, so that one
 * run shows every failure.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_UNIT_H
#define TICK_UNIT_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int	unit_checks;
static int	unit_failures;

#define CHECK(condition) \
	do { \
		unit_checks++; \
		if (!(condition)) \
		{ \
			unit_failures++; \
			fprintf(stderr, "%s:%d: %s: %s is false\n", __FILE__, __LINE__, __func__, #condition); \
		} \
	} while (0)

#define CHECK_INT(actual, expected) \
	do { \
		int64_t		unit_a = (int64_t) (actual); \
		int64_t		unit_e = (int64_t) (expected); \
		unit_checks++; \
		if (unit_a != unit_e) \
		{ \
			unit_failures++; \
			fprintf(stderr, "%s:%d: %s: %s is %" PRId64 ", expected %" PRId64 "\n", \
					__FILE__, __LINE__, __func__, #actual, unit_a, unit_e); \
		} \
	} while (0)

#define CHECK_TEXT(actual, expected) \
	do { \
		const char *unit_a = (actual); \
		const char *unit_e = (expected); \
		unit_checks++; \
		if (strcmp(unit_a, unit_e) != 0) \
		{ \
			unit_failures++; \
			fprintf(stderr, "%s:%d: %s: %s is \"%s\", expected \"%s\"\n", \
					__FILE__, __LINE__, __func__, #actual, unit_a, unit_e); \
		} \
	} while (0)

#define RUN(test) test()

/* A seeded generator (splitmix64): the same numbers on every machine. */
static inline uint64_t
unit_random(uint64_t *seed)
{
	uint64_t	z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline int
unit_report(const char *name)
{
	printf("%-12s %d checks, %d failures\n", name, unit_checks, unit_failures);
	return unit_failures > 0;
}

#endif							/* TICK_UNIT_H */
