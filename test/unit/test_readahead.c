/*-------------------------------------------------------------------------
 *
 * test_readahead.c
 *	  Reading ahead gives the reader's bytes, end and error, and stops when told.
 *
 *-------------------------------------------------------------------------
 */
#include "core/readahead.h"

#include "unit.h"

/* A reader that gives `left` bytes of a known sequence in odd pieces, and then `last`. */
typedef struct Sequence
{
	uint64_t	seed;
	size_t		at;
	size_t		left;
	TickStatus	last;
} Sequence;

static uint8_t
byte_at(size_t i)
{
	return (uint8_t) ((i * 2654435761u) >> 13);
}

static TickStatus
read_sequence(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	Sequence   *s = context;
	size_t		n = unit_random(&s->seed) % 100000 + 1;
	size_t		i;

	*length = 0;
	if (s->left == 0)
		return s->last == TICK_END ? TICK_END : tick_error_set(error, s->last, "the reader failed");
	n = n < capacity ? n : capacity;
	n = n < s->left ? n : s->left;
	for (i = 0; i < n; i++)
		((uint8_t *) bytes)[i] = byte_at(s->at + i);
	s->at += n;
	s->left -= n;
	*length = n;
	return TICK_OK;
}

static int	waits;

static void
count_wait(void)
{
	waits++;
}

static void
check_sequence(size_t total, TickStatus last)
{
	Sequence	s = {total + 1, 0, total, last};
	TickReadahead *r;
	TickError	error;
	TickStatus	status;
	uint64_t	seed = total;
	size_t		at = 0;
	size_t		length;
	bool		same = true;
	static uint8_t out[300000];

	CHECK(tick_readahead_create(&r, read_sequence, &s, count_wait, &error) == TICK_OK);
	for (;;)
	{
		size_t		i;

		status = tick_readahead_read(r, out, unit_random(&seed) % sizeof(out) + 1, &length, &error);
		if (status != TICK_OK)
			break;
		CHECK(length > 0);
		for (i = 0; i < length; i++)
			same &= out[i] == byte_at(at + i);
		at += length;
	}
	CHECK(same);
	CHECK_INT(at, total);
	CHECK_INT(status, last);
	CHECK_INT(length, 0);
	if (last != TICK_END)
		CHECK_TEXT(error.message, "the reader failed");
	CHECK_INT(tick_readahead_read(r, out, 10, &length, &error), last);
	tick_readahead_free(r);
}

static void
test_bytes_and_end(void)
{
	size_t		sizes[] = {0, 1, 1000, TICK_READAHEAD_BYTES - 1, TICK_READAHEAD_BYTES, TICK_READAHEAD_BYTES + 1,
		TICK_READAHEAD_BYTES * TICK_READAHEAD_BUFFERS, 5000000};
	size_t		i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		check_sequence(sizes[i], TICK_END);
		check_sequence(sizes[i], TICK_CORRUPT);
	}
}

/* Freed with the ring full, empty and in between, the thread ends. */
static void
test_stopped_early(void)
{
	uint64_t	seed = 3;
	int			i;

	for (i = 0; i < 20; i++)
	{
		Sequence	s = {(uint64_t) i, 0, SIZE_MAX / 2, TICK_END};
		TickReadahead *r;
		TickError	error;
		static uint8_t out[100000];
		size_t		length;
		int			reads = (int) (unit_random(&seed) % 10);

		CHECK(tick_readahead_create(&r, read_sequence, &s, NULL, &error) == TICK_OK);
		while (reads-- > 0)
			CHECK(tick_readahead_read(r, out, sizeof(out), &length, &error) == TICK_OK);
		tick_readahead_free(r);
	}
}

int
main(void)
{
	RUN(test_bytes_and_end);
	RUN(test_stopped_early);
	return unit_report("readahead");
}
