/*-------------------------------------------------------------------------
 *
 * load.h
 *	  What the parts of one load share; see the head of load.c for the picture.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_H
#define TICK_LOAD_H

#include "postgres.h"

#include "nodes/primnodes.h"
#include "portability/instr_time.h"
#include "utils/hsearch.h"
#include "utils/resowner.h"

#include "catalog.h"
#include "core/intake.h"
#include "dataset.h"
#include "load_bind.h"
#include "load_layout.h"
#include "load_options.h"
#include "load_source.h"
#include "load_stream.h"
#include "segment_build.h"
#include "tick.h"

typedef struct LoadAside LoadAside;
typedef struct LoadEarly LoadEarly;
typedef struct LoadJobs LoadJobs;
typedef struct LoadSpill LoadSpill;
typedef struct LoadCheck LoadCheck;
typedef struct LoadReplaced LoadReplaced;
typedef struct LoadRejects LoadRejects;

/* Rows of one partition, over the whole load. */
typedef struct LoadPartition
{
	int32		partition;		/* hash key */
	int64		rows;
	int64		file_rows;		/* of them, of the file being read */
	bool		spilled;		/* there is an image of it */
} LoadPartition;

#define LOAD_RECENT 1024

/* Where reading stands, for the error context. */
typedef struct LoadPlace
{
	LoadFile   *file;			/* NULL: in no file */
	uint64		line;			/* 0: none */
	const char *column;			/* or NULL */
	const char *value;			/* or NULL */
} LoadPlace;

/* The numbers of the tick.progress view. */
typedef enum LoadPhase
{
	LOAD_READING = 1, LOAD_ENUMERATING = 2, LOAD_SORTING = 3, LOAD_WRITING = 4, LOAD_MERGING = 5
} LoadPhase;

typedef struct LoadProgress
{
	instr_time	start;
	instr_time	last_notice;
	int64		bytes_total;	/* of the files to read */
	int64		bytes_before;	/* of those that were read */
	bool		started;
} LoadProgress;

typedef struct Load
{
	const LoadOptions *options;
	MemoryContext context;		/* of the whole load */
	ResourceOwner owner;		/* of its temporary files */
	LoadFile   *file;
	int			files;

	RangeVar   *target;
	TickDataset *dataset;		/* NULL: there is none yet */
	bool		created;		/* by this load */
	bool		announced;		/* a NOTICE said what is appended to */

	MemoryContext file_context; /* of the file being read, with its thread and descriptor; or NULL */
	List	   *ahead;			/* files begun before their turn */
	MemoryContext layout_context;
	LoadLayout *layout;			/* of the last file; NULL: none yet */
	LoadBinding *binding;		/* of layout and dataset, or NULL */
	LoadCheck  *check;			/* NULL: no CHECK constraints */

	MemoryContext run_context;	/* older than those of whatever reads the run in a thread */
	TickRun    *run;
	LoadSpill  *spill;			/* NULL: nothing was spilled */
	LoadAside  *aside;			/* NULL: no rows are set aside */
	LoadEarly  *early;			/* NULL: no segment was written before the end */
	HTAB	   *partitions;		/* of LoadPartition */
	LoadPartition *recent[LOAD_RECENT]; /* some of them, by number, for files in no order */
	List	   *failed;			/* load ids (int64 *) whose rows must not be published */
	LoadReplaced *replaced;		/* what the new rows replace, or NULL */
	LoadRejects *rejects;		/* of the file at hand, or NULL */

	LoadPlace	place;
	LoadProgress progress;
	int64		changeset;		/* 0: none begun */
	int			loaded_files;
	int			skipped_files;
	int			known_files;	/* of them, on the ledger */
	HTAB	   *sizes;			/* of the files that were read ... */
	HTAB	   *contents;		/* ... and their hashes; NULL until they are asked for */
	int			noted_files;	/* first files, which are in both */
	int			failed_files;
	int64		rows;
	int64		rejected;
	int64		removed;		/* rows that were replaced */
	int			symbols;
	int			new_symbols;
	int			large_partitions;	/* that are expected to get a relation each */
	int			logged_partitions;
} Load;

/* ---- load.c ---- */

/*
 * Load files into the target, in the current transaction: the whole of
 * tick_load(), and a batch of tick_load_each().  Allocated in the current
 * context; the entry of each file tells what became of it.
 */
extern Load *LoadBegin(const LoadOptions *options, LoadFile *files, int count, RangeVar *target);
extern void LoadRun(Load *load);
extern void LoadEnd(Load *load);
/* All three: tick_load() once its files are known.  Returns the rows. */
extern int64 LoadFiles(const LoadOptions *options, LoadFile *files, int count, RangeVar *target);

extern void LoadRefuseReader(const char *function);
extern void LoadNoteFailure(LoadFile *file, const ErrorData *error, MemoryContext context);
extern void LoadWarnFailure(const LoadFile *file, const ErrorData *error);
extern bool LoadIsCancel(int sqlstate);
extern bool LoadIsTransient(int sqlstate);

/* ---- load_each.c ---- */

extern void LoadPause(int64 milliseconds);
extern void LoadWarnRetry(const LoadOptions *options, const ErrorData *error, int tries);

/* ---- load_target.c ---- */

/* The name that target says, or that the source's makes. */
extern RangeVar *LoadTargetName(const LoadOptions *options, const LoadFile *files, int count);
/* Open the dataset if there is one. */
extern void LoadOpenTarget(Load *load);
/* Make it from the layout of the file at hand; false when that holds no rows. */
extern bool LoadMakeTarget(Load *load, const LoadStream *stream);
/* The subtransaction that made it is gone. */
extern void LoadForgetTarget(Load *load);
/* partition_by of a new dataset. */
extern const char *LoadChooseGrain(Load *load, const LoadStream *stream, const LoadLayout *layout);

/* ---- load_file.c ---- */

/* Read a file into the run, spilling when it is full. */
extern void LoadReadFile(Load *load, LoadFile *file);

/* Let go of a file whose reading failed. */
extern void LoadCloseFile(Load *load);
/* Let go of the files that were begun before their turn: they are begun again. */
extern void LoadDropAhead(Load *load);

/* ---- load_reject.c ---- */

/*
 * Take the rejects of a block: an ERROR, or kept for tick.load_reject within
 * the limit.
 */
extern void LoadTakeRejects(Load *load, const TickRowBlock *block);
/* All rows of the file at hand were rejected. */
extern void LoadRefuseNothingGood(const Load *load);
/* The first record of a file that has no row to guess from: damaged, or too far from the beginning. */
extern void LoadRefuseUnguessed(Load *load, const TickCsvRecord *record);
extern void LoadFlushRejects(Load *load);
extern void LoadForgetRejects(Load *load);
extern char *LoadPrintable(TickString text, int limit);

/* ---- load_check.c ---- */

extern LoadCheck *LoadCheckPrepare(Relation relation, const TickDataset *dataset);
/* Set bad[i] for parsed rows that break a constraint; true when there is any. */
extern bool LoadCheckRows(LoadCheck *check, const TickIntake *intake, const TickRowBlock *block, uint8 *bad);
extern const char *LoadCheckBroken(const LoadCheck *check, uint32 record);	/* the constraint that a record breaks */

/* ---- load_ledger.c ---- */

/* Is the file on the ledger?  Says so, or raises, as if_loaded wants it. */
extern bool LoadIsLoaded(Load *load, LoadFile *file);
/* Do path, size and time of change say so?  Quick, and silent. */
extern bool LoadIsKnownPath(const Load *load, const LoadFile *file);
/* When all are read: of many that were on the ledger, how many. */
extern void LoadReportKnown(const Load *load);
/* The same of a program's output, once it was read and its hash is known. */
extern bool LoadIsLoadedContent(Load *load, LoadFile *file);
/* The hash of a file's bytes becomes the identity of its rows. */
extern void LoadIdentify(const Load *load, LoadFile *file);
/* Insert the rows of tick.load for the files that were read. */
extern void LoadWriteLedger(Load *load);
/* a row of tick.load; changeset 0 for a file that failed */
extern void LoadInsertEntry(Oid dataset, int64 changeset, const LoadFile *file, bool on_ledger);
/* After rows were replaced: content whose older load is gone counts as this load's. */
extern void LoadSettleLedger(Load *load);

/* ---- load_spill.c ---- */

/*
 * Make room in the run.  Rows in no order are set aside as they are;
 * otherwise the run is sorted, complete partitions go where they stay, the
 * newest may be kept, the others go to a temporary file.
 */
extern void LoadSpillRun(Load *load);
/* Sort the run and spill all of it. */
extern void LoadSpillImagesOf(Load *load);
/* Do the run's texts take too much of the memory for pools that are to stay? */
extern bool LoadPoolsAreLarge(const Load *load);
/* A temporary file that outlives the subtransaction of the file being read. */
extern struct BufFile *LoadTempFile(Load *load);
/* One partition of the sorted run to the temporary file. */
extern void LoadSpillPartitionOf(Load *load, uint32 index);
/* An image to the temporary file: a LoadJobDone, context is the load. */
extern void LoadSpillTake(void *context, int32 partition, const uint8 *uuid, const uint8 *image, Size length);
/* Is there an image of a partition? */
extern bool LoadSpillHolds(const Load *load, int32 partition);
extern int	LoadSpillImages(const LoadSpill *spill);
/* Images are ordered by partition after this; those of one keep their order. */
extern void LoadSpillSort(LoadSpill *spill);
extern int32 LoadSpillPartition(const LoadSpill *spill, int image);
extern Size LoadSpillBytes(const LoadSpill *spill, int first, int end);
extern TickSource LoadSpillSource(LoadSpill *spill, int image);
extern void LoadSpillEnd(LoadSpill *spill);

/* ---- load_aside.c ---- */

/*
 * Set the rows of the run aside; false when they had better be sorted now.
 * Once rows are aside, all that do not fit follow them.
 */
extern bool LoadAsideTake(Load *load, bool ascends);
/* Empty the run and fill it with whole partitions of what is aside; false when nothing is left. */
extern bool LoadAsideFill(Load *load);
/* Are only some of a partition's rows in the run, because it is larger? */
extern bool LoadAsideSplits(const Load *load, int32 partition);
extern void LoadAsideEnd(LoadAside *aside);

/* ---- load_early.c ---- */

/* Write a partition of the sorted run where it stays; false when it has to be spilled. */
extern bool LoadEarlyTake(Load *load, uint32 index);
extern bool LoadEarlyHolds(const Load *load, int32 partition);
/* Close a partition's segment, to be merged with other rows, and read it; NULL when there is none. */
extern TickSource *LoadEarlySource(Load *load, int32 partition);
extern void LoadEarlyDrop(Load *load, int32 partition);	/* after the merge */
extern int	LoadEarlyCount(const Load *load);
/* Publish one of them, with its symbols' codes, and forget it.  The entry lives as long as the load. */
extern TickSegmentEntry *LoadEarlyPublish(Load *load, TickSymbolCode code, void *context);

/* ---- load_jobs.c ---- */

/* Takes an image, in the backend; it is gone afterwards. */
typedef void (*LoadJobDone) (void *context, int32 partition, const uint8 *uuid, const uint8 *image, Size length);

/* Allocated in the current context, whose reset ends the threads at the latest. */
extern LoadJobs *LoadJobsBegin(Load *load, LoadJobDone done, void *context);
/* Is a segment small enough to be made so: of so many rows of the run, or of spilled images? */
extern bool LoadJobsMayWrite(const Load *load, int64 rows);
extern bool LoadJobsMayMerge(const Load *load, int first, int end, int64 rows);
/* Make the segment of a partition of the sorted run, or merge spilled images of one. */
extern void LoadJobsWrite(LoadJobs *jobs, uint32 index, int32 partition, TickSymbolCode code, void *context);
extern void LoadJobsMerge(LoadJobs *jobs, int first, int end, const TickFilter *remove, TickSymbolCode code, void *context);
/* Take the images that are still being made, and end the threads. */
extern void LoadJobsEnd(LoadJobs *jobs);

/* ---- load_publish.c ---- */

/* Log that a partition is written, unless too many were. */
extern void LoadLogPartition(Load *load, int32 partition, int64 rows);

/* Count rows of partitions; an ERROR when there are too many for one transaction. */
extern void LoadCountPartitions(Load *load, const int32 *partition, uint32 rows);
/* The file at hand failed, or was read: its rows count no more, or for good. */
extern void LoadSettlePartitions(Load *load, bool keep);
extern void LoadPublish(Load *load);

/* ---- load_replace.c ---- */

extern void LoadReplaceBegin(Load *load);
extern void LoadReplaceNote(Load *load, const TickRunRoom *room, uint32 rows);
extern void LoadReplaceSettle(Load *load, bool keep);	/* as LoadSettlePartitions() */
extern void LoadReplaceRows(Load *load);

/* ---- load_progress.c ---- */

extern void LoadProgressBegin(Load *load);
extern void LoadProgressFile(Load *load, const LoadFile *file);
extern void LoadProgressPhase(Load *load, LoadPhase phase);
/* raw bytes read of the file at hand; a NOTICE every few seconds */
extern void LoadProgressRows(Load *load, uint64 raw_bytes);
extern void LoadProgressResume(Load *load);
extern void LoadProgressEnd(Load *load);
extern double LoadSeconds(const Load *load);
/* One line of the step log: a NOTICE in loads that take their time, else DEBUG1. */
extern void LoadStep(const Load *load, const char *format,...) pg_attribute_printf(2, 3);

#endif							/* TICK_LOAD_H */
