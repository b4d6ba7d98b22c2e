/*-------------------------------------------------------------------------
 *
 * load_progress.c
 *	  How far a load has come: pg_stat_progress_copy, tick.progress, NOTICEs.
 *
 * A load shows up as a COPY; the parameters that COPY leaves free carry what
 * the view tick.progress adds, and a comment before the session's query
 * names the file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/progress.h"
#include "lib/stringinfo.h"
#include "pgstat.h"
#include "tcop/tcopprot.h"
#include "utils/backend_progress.h"

#include "load.h"

/* Parameters by index; the view counts from 1. */
#define PARAM_FILE 7
#define PARAM_FILES 8
#define PARAM_PHASE 9
#define PARAM_IS_TICK 10

#define NOTICE_SECONDS 5.0
#define STEP_SECONDS 2.0		/* loads that are over sooner need no step log */
#define STEP_FILES 20			/* most files named in it */

static double
seconds_since(instr_time then)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, then);
	return INSTR_TIME_GET_DOUBLE(now);
}

double
LoadSeconds(const Load *load)
{
	return seconds_since(load->progress.start);
}

/* A batch of tick_load_each() counts on from the batches before. */
static int
file_number(const Load *load, const LoadFile *file)
{
	return load->options->files_before + (int) (file - load->file) + 1;
}

static int
files_in_all(const Load *load)
{
	return Max(load->options->all_files, load->files);
}

void
LoadStep(const Load *load, const char *format,...)
{
	StringInfoData text;
	int			elevel = LoadSeconds(load) >= STEP_SECONDS ? NOTICE : DEBUG1;

	initStringInfo(&text);
	for (;;)
	{
		va_list		arguments;
		int			needed;

		va_start(arguments, format);
		needed = appendStringInfoVA(&text, format, arguments);
		va_end(arguments);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	ereport(elevel, (errmsg_internal("%s: %s", load->target != NULL ? load->target->relname : "tick_load", text.data)));
	pfree(text.data);
}

void
LoadProgressBegin(Load *load)
{
	LoadProgress *progress = &load->progress;
	int			i;

	INSTR_TIME_SET_CURRENT(progress->start);
	progress->last_notice = progress->start;
	for (i = 0; i < load->files; i++)
		progress->bytes_total += load->file[i].stamp.size;
	progress->bytes_before = load->options->bytes_before;
	if (load->options->all_files > 0)
		progress->bytes_total = load->options->all_bytes;
	LoadProgressResume(load);
}

void
LoadProgressResume(Load *load)
{
	LoadProgress *progress = &load->progress;

	pgstat_progress_start_command(PROGRESS_COMMAND_COPY, load->dataset != NULL ? load->dataset->relid : InvalidOid);
	progress->started = true;
	pgstat_progress_update_param(PROGRESS_COPY_BYTES_TOTAL, progress->bytes_total);
	pgstat_progress_update_param(PARAM_FILES, files_in_all(load));
	pgstat_progress_update_param(PARAM_IS_TICK, 1);
}

void
LoadProgressFile(Load *load, const LoadFile *file)
{
	const char *query = debug_query_string != NULL ? debug_query_string : "";
	char	   *activity = psprintf("/* tick: %s */ %s", file->path, query);

	if (file - load->file < STEP_FILES)
		LoadStep(load, "reading \"%s\"", file->path);
	pgstat_progress_update_param(PARAM_FILE, file_number(load, file));
	LoadProgressPhase(load, LOAD_READING);
	pgstat_report_activity(STATE_RUNNING, activity);
	pfree(activity);
}

void
LoadProgressPhase(Load *load, LoadPhase phase)
{
	if (load->progress.started)
		pgstat_progress_update_param(PARAM_PHASE, phase);
}

static void
notice(const Load *load, int64 bytes)
{
	const LoadProgress *progress = &load->progress;
	double		seconds = LoadSeconds(load);
	double		done = progress->bytes_total > 0 ? (double) bytes / progress->bytes_total : 0;
	double		done_here = progress->bytes_total > 0 ?
		(double) (bytes - load->options->bytes_before) / progress->bytes_total : 0;
	int64		rows = load->rows + load->place.file->rows;
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s: ", load->target->relname);
	/* nobody knows how much a program will write */
	if (!load->place.file->program)
		appendStringInfo(&text, "file %d of %d, %.0f %%, ", file_number(load, load->place.file),
						 files_in_all(load), done * 100);
	appendStringInfo(&text, "%lld rows, %.1f million rows/s", (long long) rows, rows / seconds / 1e6);
	/* the first percent says little of the rest */
	if (done_here > 0.01)
		appendStringInfo(&text, ", %.0f s left", seconds * (1 - done) / done_here);
	ereport(NOTICE, (errmsg_internal("%s", text.data)));
	pfree(text.data);
}

void
LoadProgressRows(Load *load, uint64 raw_bytes)
{
	LoadProgress *progress = &load->progress;
	int64		bytes = progress->bytes_before + raw_bytes;

	pgstat_progress_update_param(PROGRESS_COPY_BYTES_PROCESSED, bytes);
	pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, load->rows + load->place.file->rows);
	pgstat_progress_update_param(PROGRESS_COPY_TUPLES_EXCLUDED, load->rejected + load->place.file->rejected);
	if (seconds_since(progress->last_notice) < NOTICE_SECONDS)
		return;
	INSTR_TIME_SET_CURRENT(progress->last_notice);
	notice(load, bytes);
}

void
LoadProgressEnd(Load *load)
{
	if (!load->progress.started)
		return;
	load->progress.started = false;
	pgstat_progress_end_command();
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
}
