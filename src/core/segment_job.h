/*-------------------------------------------------------------------------
 *
 * segment_job.h
 *	  Make the image of a small segment in a thread, beside others.
 *
 * A large segment keeps several threads busy by itself, a row group each; of
 * small ones each thread makes another.  An image is made in memory, from a
 * partition of a sorted run or by merging images, which are handed over in
 * memory too.  The run, the schema and what the options point at must stay
 * as they are until the job was waited for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_CORE_SEGMENT_JOB_H
#define TICK_CORE_SEGMENT_JOB_H

#include "core/cursor.h"
#include "core/run.h"

typedef struct TickSegmentJob TickSegmentJob;

/* Without a thread, and where none can be made, jobs are done when they are started. */
extern TickStatus tick_segment_job_create(TickSegmentJob **job, const TickSchema *schema, bool threaded, TickError *error);

/* code may be NULL: codes are 0.  It is called by the thread. */
extern void tick_segment_job_write(TickSegmentJob *job, TickRun *run, uint32_t index,
								   const TickSegmentOptions *options, TickSymbolCode code, void *context);

/* Room for the next image to be merged, to be filled before the job is started; NULL without memory. */
extern uint8_t *tick_segment_job_input(TickSegmentJob *job, size_t length);
/* Merge the images given, but for the rows that remove (or NULL) finds. */
extern void tick_segment_job_merge(TickSegmentJob *job, const TickFilter *remove,
								   const TickSegmentOptions *options, TickSymbolCode code, void *context);

/* Until the image is made; it stays until the next job is started.  Without rows its length is 0. */
extern TickStatus tick_segment_job_wait(TickSegmentJob *job, const uint8_t **image, size_t *length, TickError *error);

/* Wait for the job, end its thread, free all; NULL is fine. */
extern void tick_segment_job_free(TickSegmentJob *job);

#endif							/* TICK_CORE_SEGMENT_JOB_H */
