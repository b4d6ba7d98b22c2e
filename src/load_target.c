/*-------------------------------------------------------------------------
 *
 * load_target.c
 *	  The dataset that a load goes to: found, or made from its first file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "access.h"
#include "load.h"
#include "load_create.h"
#include "load_stream.h"

#define SAMPLED_FILES 8			/* files whose first rows tell the density of rows */
#define SAMPLE_BYTES (256 * 1024)
#define UNKNOWN_PARTS 100		/* of a program's output, as large as the one that was seen */
#define MOST_DOUBTS 20			/* columns that a doubt is told of */

RangeVar *
LoadTargetName(const LoadOptions *options, const LoadFile *files, int count)
{
	if (options->target == NULL)
		return makeRangeVar(NULL, LoadSourceTarget(options, files, count), -1);
	return makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(options->target)));
}

/* What is said of a new dataset does not change one that is there: say so. */
static void
mention_ignored(const Load *load)
{
	const TickDataset *dataset = load->dataset;
	const LoadOptions *options = load->options;
	const char *grain = dataset->grain == TICK_GRAIN_INTEGER ?
		NameStr(LoadAttributeOf(dataset, dataset->partition_column)->name) : TickGrainName(dataset->grain);

	if (options->partition_by != NULL && strcmp(options->partition_by, grain) != 0)
		ereport(NOTICE,
				(errmsg("dataset \"%s\" stays partitioned by %s", dataset->name, grain)));
	if (options->stats_where != NULL &&
		(dataset->stats_where == NULL || strcmp(options->stats_where, dataset->stats_where) != 0))
		ereport(NOTICE,
				(errmsg("dataset \"%s\" keeps its stats_where", dataset->name),
				 errhint("Change it with ALTER FOREIGN TABLE ... OPTIONS (SET stats_where ...).")));
}

/* Describe the dataset and make it ready to take rows. */
static void
use_dataset(Load *load, Oid relid)
{
	Relation	relation;
	HASHCTL		control = {.keysize = sizeof(int32),.entrysize = sizeof(LoadPartition),.hcxt = load->context};
	MemoryContext old = MemoryContextSwitchTo(load->context);
	TickError	error;

	load->dataset = TickOpenDataset(relid, ACL_INSERT, RowExclusiveLock, &relation);
	TickDatasetRegister(load->dataset, relation);
	load->check = LoadCheckPrepare(relation, load->dataset);
	table_close(relation, NoLock);
	memset(load->recent, 0, sizeof(load->recent));
	load->partitions = hash_create("tick partitions", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	/* the rest is for inflating, parsing, sorting and encoding */
	TickCheck(tick_run_create(&load->run, TickMemoryFor(load->run_context), &load->dataset->schema,
							  (size_t) tick_load_memory * 1024 / 4 * 3, &error), &error);
	LoadReplaceBegin(load);
	MemoryContextSwitchTo(old);
}

static void
refuse_other_relation(const Load *load, Oid relid)
{
	if (TickIsDataset(relid))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not a tick dataset", load->target->relname),
			 errhint(load->options->target == NULL ?
					 "The name was made from the source's: give another one in target." :
					 "Datasets are foreign tables of server tick; give a name that is not taken.")));
}

void
LoadOpenTarget(Load *load)
{
	Oid			relid = RangeVarGetRelid(load->target, RowExclusiveLock, true);

	if (!OidIsValid(relid))
		return;
	refuse_other_relation(load, relid);
	use_dataset(load, relid);
	mention_ignored(load);
}

/* ---- grain ---- */

/* What one file seems to hold. */
typedef struct Density
{
	double		rows;
	bool		has_days;
	double		first_day;
	double		last_day;
} Density;

static double
count_lines(const char *bytes, size_t length)
{
	double		lines = 0;
	const char *end = bytes + length;

	while ((bytes = memchr(bytes, '\n', end - bytes)) != NULL)
	{
		lines++;
		bytes++;
	}
	return lines;
}

/* Rows and days of a file, projected from its first bytes. */
static void
estimate(const LoadStream *stream, const LoadFile *file, const LoadLayout *layout, Density *density)
{
	double		lines = count_lines(stream->front, stream->front_length) + 1;
	double		raw = LoadStreamRawBytes(stream);
	double		part = stream->complete || raw <= 0 ? 1 : file->program ? UNKNOWN_PARTS : Max(file->stamp.size / raw, 1);
	double		days;

	density->rows = lines * part;
	density->has_days = layout->guess.has_days;
	if (!density->has_days)
		return;
	days = layout->guess.last_day - layout->guess.first_day + 1;
	density->first_day = layout->guess.first_day;
	/* a sample within one day says nothing of how many there are */
	density->last_day = days <= 1 || layout->guess.rows == 0 ? layout->guess.last_day :
		density->first_day + Max(days * density->rows / layout->guess.rows, days) - 1;
}

/* Look at the first bytes of one of the files; errors are about that file. */
static void
sample_file(Load *load, LoadFile *file, Density *density)
{
	LoadFile   *at_hand = load->place.file;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tick sample", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	LoadStream *stream;

	load->place.file = file;
	stream = LoadStreamOpenFile(file);
	LoadStreamLookAhead(stream, SAMPLE_BYTES);
	density->has_days = false;
	density->rows = 0;
	if (stream->front_length > 0)
		estimate(stream, file, LoadLayoutMake(&load->options->reading, stream->front, stream->front_length,
											  stream->complete), density);
	LoadStreamClose(stream);
	load->place.file = at_hand;
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* Distinct days that the path gives to the files. */
static double
captured_days(const Load *load, int capture)
{
	int64	   *day = palloc_extended((Size) load->files * sizeof(int64), MCXT_ALLOC_HUGE);
	int			count = 0;
	int			i;

	for (i = 0; i < load->files; i++)
		day[i] = load->file[i].capture_day[capture];
	qsort(day, load->files, sizeof(int64), TickCompareInt64);
	for (i = 0; i < load->files; i++)
		count += i == 0 || day[i] != day[i - 1];
	pfree(day);
	return count;
}

/*
 * Day, month or year, by the rows of a day in the whole source: some files
 * spread over it are sampled.  A file that cannot be read will be reported
 * when its turn comes, so it is passed over only by not being sampled first.
 */
static const char *
choose_grain(Load *load, const LoadLayout *layout, const Density *first)
{
	int			sampled = Min(load->files, SAMPLED_FILES);
	Density		all = *first;
	double		days;
	int			i;

	for (i = 1; i < sampled && !load->options->skip_files; i++)
	{
		LoadFile   *file = &load->file[(int64) i * load->files / sampled];
		Density		one;

		if (file == load->place.file)
			continue;
		CHECK_FOR_INTERRUPTS();
		sample_file(load, file, &one);
		all.rows += one.rows;
		if (one.has_days)
		{
			all.first_day = all.has_days ? Min(all.first_day, one.first_day) : one.first_day;
			all.last_day = all.has_days ? Max(all.last_day, one.last_day) : one.last_day;
			all.has_days = true;
		}
	}
	if (!load->options->skip_files)
		all.rows *= (double) load->files / sampled;
	else
		all.rows *= load->files;
	if (layout->day_capture >= 0)
		days = captured_days(load, layout->day_capture);
	else
		days = all.has_days ? all.last_day - all.first_day + 1 : 1;
	switch (tick_guess_grain((uint64_t) Max(all.rows, 1), (uint64_t) Max(days, 1)))
	{
		case 'y':
			return "year";
		case 'm':
			return "month";
		default:
			return "day";
	}
}

static bool
has_time(const LoadLayout *layout)
{
	int			i;

	for (i = 0; i < layout->columns; i++)
		if (layout->column[i].role == TICK_ROLE_TIME)
			return true;
	return false;
}

const char *
LoadChooseGrain(Load *load, const LoadStream *stream, const LoadLayout *layout)
{
	Density		first;

	if (load->options->partition_by != NULL)
		return load->options->partition_by;
	if (!has_time(layout))
		return "none";
	estimate(stream, load->place.file, layout, &first);
	return choose_grain(load, layout, &first);
}

/* Rows without a time lie in one partition, in the order they came: hardly ever what is wanted. */
static void
warn_of_no_time(const Load *load)
{
	ereport(WARNING,
			(errmsg("dataset \"%s\" has no time: none of the %d fields is known to be one", load->dataset->name, load->layout->fields),
			 load->layout->fields == 1 ?
			 errhint("If the file has several fields, name the delimiter.") :
			 errhint("See what tick_guess() says, and give the time's format in columns, or a date by date or path.")));
}

/* Prices that belong to nobody: right where there is one instrument only. */
static void
tell_of_no_symbol(const Load *load)
{
	bool		prices = false;
	int			i;

	for (i = 0; i < load->layout->columns; i++)
	{
		TickRole	role = load->layout->column[i].role;

		if (role == TICK_ROLE_SYMBOL)
			return;
		prices = prices || role == TICK_ROLE_PRICE || role == TICK_ROLE_CLOSE || role == TICK_ROLE_BID;
	}
	if (prices)
		ereport(NOTICE,
				(errmsg("dataset \"%s\" has no symbol", load->dataset->name),
				 errhint("If names of files tell it, load with path => '{symbol}...'; symbol => '...' gives all rows the same.")));
}

/* What the guess has doubts of, where nobody said better. */
static void
report_doubts(const LoadLayout *layout)
{
	int			reported = 0;
	int			i;

	for (i = 0; i < layout->columns && reported < MOST_DOUBTS; i++)
	{
		const LoadColumn *column = &layout->column[i];

		if (column->listed || column->guess == NULL || column->guess->warning[0] == '\0')
			continue;
		reported++;
		ereport(NOTICE,
				(errmsg("column \"%s\": %s", column->name, column->guess->warning)));
	}
}

bool
LoadMakeTarget(Load *load, const LoadStream *stream)
{
	Oid			relid;
	const char *grain;

	/* names without values say nothing of types */
	if (load->layout->guess.rows == 0)
		return false;
	LoadLockName(load->target, &relid);
	if (OidIsValid(relid))
	{
		refuse_other_relation(load, relid);
		use_dataset(load, relid);
		return true;
	}
	grain = LoadChooseGrain(load, stream, load->layout);
	relid = LoadCreate(load->layout, load->options, load->target, grain);
	load->created = true;
	load->announced = true;
	use_dataset(load, relid);
	ereport(NOTICE,
			(errmsg("created dataset \"%s\", partitioned by %s", load->dataset->name, grain)));
	report_doubts(load->layout);
	if (load->dataset->schema.time < 0)
		warn_of_no_time(load);
	tell_of_no_symbol(load);
	return true;
}

void
LoadForgetTarget(Load *load)
{
	if (load->spill != NULL)
		LoadSpillEnd(load->spill);
	if (load->aside != NULL)
		LoadAsideEnd(load->aside);
	MemoryContextReset(load->run_context);
	load->spill = NULL;
	load->aside = NULL;
	load->run = NULL;
	load->dataset = NULL;
	load->binding = NULL;
	load->check = NULL;
	load->replaced = NULL;
	load->partitions = NULL;
	load->large_partitions = 0;
	load->created = false;
	load->announced = false;
}
