/*-------------------------------------------------------------------------
 *
 * load_aside.c
 *	  Rows in no order, set aside by partition until all are there.
 *
 * Where a full run holds a little of every partition, its rows go to a
 * temporary file as they are, each partition's in a bundle.  In the end whole
 * partitions come back into the run, as many at a time as fit it, and are
 * sorted and written like any other rows: once, and each for itself.  A
 * partition that does not fit comes back in parts, which are spilled as
 * images and merged.
 *
 * Rows hold codes of the run's pools, which therefore stay.  Texts that take
 * too much of the memory put an end to it: what was set aside is then made
 * into images, and the pools begin anew.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "load.h"

#define LEAST_PARTITIONS 4		/* fewer are each too large for the run, as like as not */
#define BUFFER_BYTES (64 * 1024)

typedef struct Bundle
{
	int32		partition;
	int			number;			/* of writing: keeps the order of rows at equal stamps */
	int			layout;
	uint64		offset;			/* in the file */
	uint64		rows;
} Bundle;

struct LoadAside
{
	BufFile    *file;
	uint64		bytes;			/* written */
	Bundle	   *bundle;
	int			bundles;
	int			capacity;
	TickRunLayout **layout;
	int			layouts;

	/* while bundles come back */
	int			next;
	uint64		taken;			/* rows of bundle[next] that were */
	bool		split;			/* a partition comes in parts: ... */
	int32		split_partition;	/* ... this one */
	uint8	   *buffer;
};

static LoadAside *
create_aside(Load *load)
{
	LoadAside  *aside = MemoryContextAllocZero(load->context, sizeof(LoadAside));

	aside->file = LoadTempFile(load);
	aside->capacity = 256;
	aside->bundle = MemoryContextAllocHuge(load->context, aside->capacity * sizeof(Bundle));
	aside->buffer = MemoryContextAlloc(load->context, BUFFER_BYTES);
	return aside;
}

static TickStatus
append_bytes(void *context, const void *bytes, size_t length, TickError *error)
{
	LoadAside  *aside = context;

	CHECK_FOR_INTERRUPTS();
	BufFileWrite(aside->file, unconstify(void *, bytes), length);
	aside->bytes += length;
	return TICK_OK;
}

static Bundle *
add_bundle(LoadAside *aside)
{
	if (aside->bundles == aside->capacity)
	{
		aside->capacity *= 2;
		aside->bundle = repalloc_huge(aside->bundle, (Size) aside->capacity * sizeof(Bundle));
	}
	return &aside->bundle[aside->bundles++];
}

/* The layout that the run has now. */
static int
add_layout(Load *load, LoadAside *aside)
{
	Size		bytes = (aside->layouts + 1) * sizeof(TickRunLayout *);
	TickError	error;

	aside->layout = aside->layouts == 0 ? MemoryContextAlloc(load->context, bytes) : repalloc(aside->layout, bytes);
	TickCheck(tick_run_layout(load->run, &aside->layout[aside->layouts], &error), &error);
	return aside->layouts++;
}

/* Set the rows of the grouped run aside, and empty it. */
static void
set_aside(Load *load)
{
	LoadAside  *aside = load->aside != NULL ? load->aside : (load->aside = create_aside(load));
	TickSink	sink = {append_bytes, aside};
	int			layout = add_layout(load, aside);
	TickError	error;
	uint32		i;

	LoadProgressPhase(load, LOAD_WRITING);
	for (i = 0; i < tick_run_partitions(load->run); i++)
	{
		Bundle	   *bundle = add_bundle(aside);
		int32_t		partition;
		uint64_t	rows;

		tick_run_partition(load->run, i, &partition, &rows);
		*bundle = (Bundle) {partition, aside->bundles, layout, aside->bytes, rows};
		TickCheck(tick_run_copy_rows(load->run, i, sink, &error), &error);
	}
	tick_run_empty(load->run);
}

/* Make all that was set aside into images, so that the pools may go. */
static void
spill_all(Load *load)
{
	while (LoadAsideFill(load))
		LoadSpillImagesOf(load);
	BufFileClose(load->aside->file);
	load->aside = NULL;
}

bool
LoadAsideTake(Load *load, bool ascends)
{
	TickError	error;

	/* rows of a file that fails are found by images only */
	if (load->aside == NULL && (ascends || load->options->skip_files || LoadPoolsAreLarge(load)))
		return false;
	LoadStep(load, "setting %llu rows aside", (unsigned long long) tick_run_rows(load->run));
	LoadProgressPhase(load, LOAD_SORTING);
	TickCheck(tick_run_group(load->run, TickInterrupt, &error), &error);
	if (load->aside == NULL && tick_run_partitions(load->run) < LEAST_PARTITIONS)
		return false;
	set_aside(load);
	if (LoadPoolsAreLarge(load))
	{
		spill_all(load);
		tick_run_reset(load->run);
	}
	LoadProgressPhase(load, LOAD_READING);
	return true;
}

/* ---- back again ---- */

static int
compare_bundles(const void *a, const void *b)
{
	const Bundle *left = a;
	const Bundle *right = b;

	if (left->partition != right->partition)
		return left->partition < right->partition ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

/* Rows of the next partition that have not come back. */
static uint64
rows_ahead(const LoadAside *aside)
{
	uint64		rows = 0;
	int			i;

	for (i = aside->next; i < aside->bundles && aside->bundle[i].partition == aside->bundle[aside->next].partition; i++)
		rows += aside->bundle[i].rows;
	return rows - aside->taken;
}

/* How many rows of the next bundle the run may take. */
static uint32
room_for_next(const Load *load, const LoadAside *aside)
{
	return tick_run_free_rows(load->run, aside->layout[aside->bundle[aside->next].layout]);
}

/* Take up to so many rows of the next bundle. */
static void
take_rows(Load *load, LoadAside *aside, uint64 most)
{
	Bundle	   *bundle = &aside->bundle[aside->next];
	const TickRunLayout *layout = aside->layout[bundle->layout];
	Size		stride = tick_run_layout_stride(layout);
	uint64		rows = Min(bundle->rows - aside->taken, most);
	uint64		offset = bundle->offset + aside->taken * stride;
	/* rows of one constant value take no bytes at all */
	uint32		step = stride > 0 ? BUFFER_BYTES / stride : PG_INT32_MAX;

	if (step == 0)
	{
		/* a row longer than the buffer */
		aside->buffer = repalloc(aside->buffer, stride);
		step = 1;
	}
	if (BufFileSeekBlock(aside->file, (long) (offset / BLCKSZ)) != 0 ||
		BufFileSeek(aside->file, 0, offset % BLCKSZ, SEEK_CUR) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file: %m")));
	aside->taken += rows;
	while (rows > 0)
	{
		uint32		count = (uint32) Min(rows, step);
		Size		length = count * stride;
		TickError	error;

		CHECK_FOR_INTERRUPTS();
		if (BufFileRead(aside->file, aside->buffer, length) != length)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read from a temporary file: %m")));
		TickCheck(tick_run_take_rows(load->run, layout, bundle->partition, aside->buffer, count, &error), &error);
		rows -= count;
	}
	if (aside->taken == bundle->rows)
	{
		aside->next++;
		aside->taken = 0;
	}
}

bool
LoadAsideFill(Load *load)
{
	LoadAside  *aside = load->aside;

	tick_run_empty(load->run);
	if (aside->next == 0 && aside->taken == 0)
		qsort(aside->bundle, aside->bundles, sizeof(Bundle), compare_bundles);
	/* what was in the run of a partition that came in parts is spilled by now, which tells of the others */
	aside->split = false;
	while (aside->next < aside->bundles)
	{
		int32		partition = aside->bundle[aside->next].partition;

		if (tick_run_rows(load->run) > 0 && rows_ahead(aside) > room_for_next(load, aside))
			break;
		while (aside->next < aside->bundles && aside->bundle[aside->next].partition == partition)
		{
			uint32		room = room_for_next(load, aside);

			if (room == 0)
			{
				aside->split = true;
				aside->split_partition = partition;
				return true;
			}
			take_rows(load, aside, room);
		}
	}
	return tick_run_rows(load->run) > 0;
}

bool
LoadAsideSplits(const Load *load, int32 partition)
{
	return load->aside != NULL && load->aside->split && load->aside->split_partition == partition;
}

void
LoadAsideEnd(LoadAside *aside)
{
	BufFileClose(aside->file);
}
