/*-------------------------------------------------------------------------
 *
 * segment_job.c
 *	  Make the image of a small segment in a thread, beside others.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_job.h"

#include <string.h>

#include "core/worker.h"

/* An image to be merged. */
typedef struct Input
{
	uint8_t    *bytes;
	size_t		length;
} Input;

struct TickSegmentJob
{
	const TickSchema *schema;
	TickWorker *worker;			/* NULL: no thread */

	/* what to do */
	TickRun    *run;			/* NULL: merge */
	uint32_t	index;
	Input	   *input;
	int			inputs;
	int			input_capacity;
	const TickFilter *remove;
	TickSegmentOptions options;
	TickSymbolCode code;
	void	   *context;

	/* what came of it */
	TickBuffer	image;
	TickStatus	status;
	TickError	error;
};

static const TickMemory *const memory = &tick_memory_malloc;

TickStatus
tick_segment_job_create(TickSegmentJob **job, const TickSchema *schema, bool threaded, TickError *error)
{
	TickSegmentJob *made = tick_alloc_zero(memory, sizeof(TickSegmentJob));
	TickStatus	status = TICK_OK;

	*job = NULL;
	if (made == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	made->schema = schema;
	tick_buffer_init(&made->image, memory);
	if (threaded)
		status = tick_worker_create(&made->worker, error);
	if (status != TICK_OK)
		tick_segment_job_free(made);
	else
		*job = made;
	return status;
}

static TickStatus
append_image(void *context, const void *bytes, size_t length, TickError *error)
{
	return tick_buffer_append(context, bytes, length, error);
}

static TickStatus
read_input(void *context, uint64_t offset, void *bytes, size_t length, TickError *error)
{
	memcpy(bytes, ((const Input *) context)->bytes + offset, length);
	return TICK_OK;
}

/* Merge the inputs through readers, of which *opened are open also after an error. */
static TickStatus
merge_readers(TickSegmentJob *job, TickSegmentReader **readers, int *opened, TickSegmentWriter *writer, TickError *error)
{
	const TickSchema *schema = job->schema;
	TickMergeOptions options = {.wanted = schema->column,.wanted_columns = schema->columns,
		.time = schema->time,.time_low = INT64_MIN,.time_high = INT64_MAX};
	TickMerge  *merge;
	TickStatus	status;
	uint64_t	removed;

	for (*opened = 0; *opened < job->inputs; ++*opened)
	{
		Input	   *input = &job->input[*opened];
		TickSource	source = {read_input, input, input->length};

		TICK_TRY(tick_segment_reader_open(&readers[*opened], memory, source, NULL, error));
	}
	TICK_TRY(tick_merge_create(&merge, memory, readers, job->inputs, &options, error));
	status = tick_merge_write(merge, job->remove, job->code, job->context, writer, &removed, NULL, error);
	tick_merge_free(merge);
	return status;
}

static TickStatus
merge_inputs(TickSegmentJob *job, TickSegmentWriter *writer, TickError *error)
{
	TickSegmentReader **readers = tick_alloc_array(memory, (size_t) job->inputs, sizeof(TickSegmentReader *));
	TickStatus	status;
	int			opened;

	if (readers == NULL)
		return tick_error_set(error, TICK_NOMEM, "out of memory");
	status = merge_readers(job, readers, &opened, writer, error);
	while (opened > 0)
		tick_segment_reader_close(readers[--opened]);
	tick_free(memory, readers);
	return status;
}

static TickStatus
write_image(TickSegmentJob *job, TickSegmentWriter *writer, TickError *error)
{
	TickSegmentSummary summary;

	if (job->run != NULL)
		TICK_TRY(tick_run_write(job->run, memory, job->index, job->code, job->context, writer, NULL, error));
	else
		TICK_TRY(merge_inputs(job, writer, error));
	if (tick_segment_writer_rows(writer) == 0)
	{
		job->image.length = 0;
		return TICK_OK;
	}
	return tick_segment_writer_finish(writer, &summary, error);
}

/* A TickJobFunction. */
static void
make_image(void *argument)
{
	TickSegmentJob *job = argument;
	TickSink	sink = {append_image, &job->image};
	TickSegmentWriter *writer;

	job->image.length = 0;
	job->options.threaded = false;
	job->status = tick_segment_writer_create(&writer, memory, job->schema, &job->options, sink, &job->error);
	if (job->status == TICK_OK)
	{
		job->status = write_image(job, writer, &job->error);
		tick_segment_writer_free(writer);
	}
}

static void
start(TickSegmentJob *job, const TickSegmentOptions *options, TickSymbolCode code, void *context)
{
	job->options = *options;
	job->code = code;
	job->context = context;
	if (job->worker != NULL)
		tick_worker_start(job->worker, make_image, job);
	else
		make_image(job);
}

void
tick_segment_job_write(TickSegmentJob *job, TickRun *run, uint32_t index,
					   const TickSegmentOptions *options, TickSymbolCode code, void *context)
{
	job->run = run;
	job->index = index;
	start(job, options, code, context);
}

uint8_t *
tick_segment_job_input(TickSegmentJob *job, size_t length)
{
	uint8_t    *bytes = tick_alloc(memory, length);

	if (bytes != NULL && job->inputs == job->input_capacity)
	{
		int			capacity = job->input_capacity > 0 ? job->input_capacity * 2 : 8;
		Input	   *input = tick_resize(memory, job->input, (size_t) capacity * sizeof(Input));

		if (input == NULL)
		{
			tick_free(memory, bytes);
			return NULL;
		}
		job->input = input;
		job->input_capacity = capacity;
	}
	if (bytes != NULL)
		job->input[job->inputs++] = (Input) {bytes, length};
	return bytes;
}

void
tick_segment_job_merge(TickSegmentJob *job, const TickFilter *remove,
					   const TickSegmentOptions *options, TickSymbolCode code, void *context)
{
	job->run = NULL;
	job->remove = remove;
	start(job, options, code, context);
}

static void
free_inputs(TickSegmentJob *job)
{
	while (job->inputs > 0)
		tick_free(memory, job->input[--job->inputs].bytes);
}

TickStatus
tick_segment_job_wait(TickSegmentJob *job, const uint8_t **image, size_t *length, TickError *error)
{
	if (job->worker != NULL)
		tick_worker_wait(job->worker);
	free_inputs(job);
	if (job->status != TICK_OK)
	{
		if (error != NULL)
			*error = job->error;
		return job->status;
	}
	*image = job->image.data;
	*length = job->image.length;
	return TICK_OK;
}

void
tick_segment_job_free(TickSegmentJob *job)
{
	if (job == NULL)
		return;
	tick_worker_free(job->worker);
	free_inputs(job);
	tick_free(memory, job->input);
	tick_buffer_free(&job->image);
	tick_free(memory, job);
}
