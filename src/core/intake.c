/*-------------------------------------------------------------------------
 *
 * intake.c
 *	  The rows of one file: bytes to records to columns, ahead in a thread.
 *
 * A ring of blocks under one mutex, as in readahead.c: the thread fills the
 * block at tail, the caller works on the one at head and gives it back with
 * its next call.  Each side tells the other only when it is waiting.
 *
 * Codes: the thread interns every text in its pools and lists in the block
 * the texts that are new in it.  The caller keeps its own list of texts by
 * code, and beside it the code that the run at hand has given to each; so
 * neither side ever looks at what the other is changing.  When the pools have
 * grown too large the thread marks the block as the last of its codes, waits
 * until it has been given back, and begins anew from code 0.
 *
 *-------------------------------------------------------------------------
 */
#include "core/intake.h"

#include <string.h>

#include "core/segment_format.h"
#include "core/string_pool.h"
#include "core/thread.h"

#define MOST_BLOCKS 1024
#define LEAST_BLOCKS 2
#define RING_BYTES (2 << 20)	/* of blocks, unless more is asked for: what the nearest caches hold */
#define UNKNOWN UINT32_MAX		/* no code of the run yet */

/* A text that a block is the first to hold; the next code of its column. */
typedef struct NewText
{
	int			column;
	TickString	text;
} NewText;

typedef struct Block
{
	TickRunColumn *column;		/* one a schema column, TICK_CSV_RECORDS values each */
	int32_t    *partition;
	uint32_t   *record;
	uint32_t	rows;
	uint64_t	header_lines;
	uint64_t	row_lines;
	TickIntakeReject *reject;
	uint32_t	rejects;
	TickBuffer	reject_bytes;
	TickBuffer	new_text;		/* of NewText */
	bool		last_of_codes;	/* codes begin anew behind it */
	TickStatus	status;			/* TICK_OK, or why there is nothing after it */
	TickError	error;
} Block;

/* What the caller knows of a text column. */
typedef struct Texts
{
	TickString *text;			/* by code */
	uint32_t   *code;			/* of the run, or UNKNOWN */
	uint32_t	texts;
	uint32_t	capacity;
	uint32_t	same;			/* that many have the same code in the run, from 0 on */
} Texts;

struct TickIntake
{
	TickIntakeOptions options;
	TickParsePlan plan;
	TickCsv    *csv;
	TickParser *parser;
	TickStringPool *pool;		/* a column each; the thread's */
	uint32_t   *told;			/* texts of each pool that a block has listed */
	bool		header_pending;
	TickCsvBatch batch;			/* the records of the block filled last */
	TickParseResult result;		/* likewise */
	TickCsvCounts counts;		/* when the end was reached */

	Texts	   *texts;			/* the caller's, a column each */
	uint32_t	run_generation; /* that texts' codes are of */

	bool		threaded;
	pthread_t	thread;
	pthread_mutex_t mutex;
	pthread_cond_t filled;		/* the caller waits for it */
	pthread_cond_t freed;		/* the thread waits for it */
	/* under the mutex; stop is also looked at without it */
	bool		stop;
	bool		caller_waits;
	bool		thread_waits;
	unsigned	head;
	unsigned	full;
	/* the caller's */
	bool		holding;		/* the block at head is in the caller's hands */

	unsigned	blocks;
	Block	   *block;
};

static const TickMemory *const memory = &tick_memory_malloc;

static TickStatus
out_of_memory(TickError *error)
{
	return tick_error_set(error, TICK_NOMEM, "out of memory");
}

/* ---- filling a block: the thread's side ---- */

/* A TickPlainRead: a line without end would not let the thread look whether it is wanted otherwise. */
static TickStatus
read_while_wanted(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	TickIntake *intake = context;

	if (__atomic_load_n(&intake->stop, __ATOMIC_RELAXED))
		return tick_error_set(error, TICK_CANCELLED, "reading was given up");
	return intake->options.read(intake->options.context, bytes, capacity, length, error);
}

static TickStatus
intern(void *context, int target, const char *data, uint32_t length, uint32_t *code, TickError *error)
{
	TickIntake *intake = context;

	if (length > TICK_MAX_SYMBOL_BYTES && target == intake->plan.schema->symbol)
		return tick_error_set(error, TICK_OUT_OF_RANGE, "symbol of %u bytes is longer than %d bytes",
							  length, TICK_MAX_SYMBOL_BYTES);
	return tick_pool_intern(&intake->pool[target], data, length, code, error);
}

/* List the texts that came with this block. */
static TickStatus
list_new_texts(TickIntake *intake, Block *block, TickError *error)
{
	block->new_text.length = 0;
	for (int i = 0; i < intake->plan.schema->columns; i++)
		for (; intake->told[i] < intake->pool[i].strings; intake->told[i]++)
		{
			NewText		text = {i, intake->pool[i].string[intake->told[i]]};

			TICK_TRY(tick_buffer_append(&block->new_text, &text, sizeof(text), error));
		}
	return TICK_OK;
}

/* Copy a piece of a record to where it stays; until all are there, data is an offset. */
static TickStatus
keep_bytes(Block *block, TickString *piece, TickError *error)
{
	size_t		at = block->reject_bytes.length;

	if (piece->data == NULL)
		return TICK_OK;
	if (piece->length > TICK_REJECT_BYTES)
		piece->length = TICK_REJECT_BYTES;
	TICK_TRY(tick_buffer_append(&block->reject_bytes, piece->data, piece->length, error));
	piece->data = (const char *) at;
	return TICK_OK;
}

/* Keep what is to be told of the rejects; where nothing was copied, data stays NULL. */
static TickStatus
keep_rejects(TickIntake *intake, Block *block, TickError *error)
{
	const TickParseResult *result = &intake->result;

	block->rejects = 0;
	block->reject_bytes.length = 0;
	if (result->rejects == 0)
		return TICK_OK;
	/* so that no offset is 0 */
	TICK_TRY(tick_buffer_append(&block->reject_bytes, "", 1, error));
	for (uint32_t i = 0; i < result->rejects; i++)
	{
		const TickParseReject *reject = &result->reject[i];
		TickCsvRecord record = tick_csv_record(&intake->batch, reject->record);
		TickIntakeReject kept = {record.line, record.lines, reject->record, record.fields, record.fault,
		reject->fault, reject->column, reject->value, record.raw};

		TICK_TRY(keep_bytes(block, &kept.value, error));
		TICK_TRY(keep_bytes(block, &kept.raw, error));
		block->reject[block->rejects++] = kept;
	}
	for (uint32_t i = 0; i < block->rejects; i++)
	{
		TickIntakeReject *reject = &block->reject[i];

		if (reject->value.data != NULL)
			reject->value.data = (const char *) block->reject_bytes.data + (uintptr_t) reject->value.data;
		if (reject->raw.data != NULL)
			reject->raw.data = (const char *) block->reject_bytes.data + (uintptr_t) reject->raw.data;
	}
	return TICK_OK;
}

/* What parsing (or a refusal of rows) has left of the records. */
static TickStatus
settle_block(TickIntake *intake, Block *block, TickError *error)
{
	block->rows = intake->result.rows;
	block->row_lines = intake->result.row_lines;
	memcpy(block->record, intake->result.record, block->rows * sizeof(uint32_t));
	return keep_rejects(intake, block, error);
}

static TickStatus
parse_block(TickIntake *intake, Block *block, TickError *error)
{
	TickRunRoom room = {TICK_CSV_RECORDS, block->partition, block->column};
	uint32_t	first = 0;

	block->header_lines = 0;
	TICK_TRY(tick_csv_next(intake->csv, &intake->batch, error));
	if (intake->header_pending)
	{
		intake->header_pending = false;
		block->header_lines = tick_csv_record(&intake->batch, 0).lines;
		first = 1;
	}
	TICK_TRY(tick_parse(intake->parser, &intake->batch, first, intake->batch.records - first, &room,
						&intake->result, error));
	TICK_TRY(settle_block(intake, block, error));
	return list_new_texts(intake, block, error);
}

static bool
pools_are_large(const TickIntake *intake)
{
	size_t		bytes = 0;

	for (int i = 0; i < intake->plan.schema->columns; i++)
		if (i != intake->plan.schema->symbol)
			bytes += intake->pool[i].bytes;
	return bytes > intake->options.pool_bytes;
}

static void
fill_block(TickIntake *intake, Block *block)
{
	block->rows = block->rejects = 0;
	block->new_text.length = 0;
	block->status = parse_block(intake, block, &block->error);
	if (block->status != TICK_OK)
	{
		/* a block that failed has no rows */
		block->rows = block->rejects = 0;
		block->header_lines = block->row_lines = 0;
		tick_csv_counts(intake->csv, &intake->counts);
	}
	block->last_of_codes = block->status == TICK_OK && pools_are_large(intake);
}

/* No block with the old codes is left: begin anew. */
static void
forget_texts(TickIntake *intake)
{
	for (int i = 0; i < intake->plan.schema->columns; i++)
		if (i != intake->plan.schema->symbol)
		{
			tick_pool_reset(&intake->pool[i]);
			intake->told[i] = 0;
		}
	tick_parser_forget(intake->parser);
}

static void *
run_thread(void *argument)
{
	TickIntake *intake = argument;
	bool		done = false;
	bool		forget = false;

	pthread_mutex_lock(&intake->mutex);
	while (!done && !intake->stop)
	{
		Block	   *block;

		if (intake->full == intake->blocks || (forget && intake->full > 0))
		{
			intake->thread_waits = true;
			pthread_cond_wait(&intake->freed, &intake->mutex);
			intake->thread_waits = false;
			continue;
		}
		block = &intake->block[(intake->head + intake->full) % intake->blocks];
		pthread_mutex_unlock(&intake->mutex);
		if (forget)
			forget_texts(intake);
		fill_block(intake, block);
		forget = block->last_of_codes;
		done = block->status != TICK_OK;
		pthread_mutex_lock(&intake->mutex);
		intake->full++;
		/* half a ring at a time, so that the caller does not wake for each block */
		if (intake->caller_waits && (done || forget || intake->full >= (intake->blocks + 1) / 2))
			pthread_cond_signal(&intake->filled);
	}
	pthread_mutex_unlock(&intake->mutex);
	return NULL;
}

/* ---- the caller's side ---- */

/* Wait until the block at head is full. */
static void
wait_for_head(TickIntake *intake)
{
	bool		full = false;

	while (!full)
	{
		pthread_mutex_lock(&intake->mutex);
		if (intake->full == 0)
		{
			intake->caller_waits = true;
			tick_thread_wait(&intake->filled, &intake->mutex);
			intake->caller_waits = false;
		}
		full = intake->full > 0;
		pthread_mutex_unlock(&intake->mutex);
		if (!full && intake->options.wait != NULL)
			intake->options.wait();
	}
}

/* Texts of columns other than the symbol's, and what the run calls them, are void. */
static void
void_texts(TickIntake *intake, bool codes_only)
{
	for (int i = 0; i < intake->plan.schema->columns; i++)
	{
		Texts	   *texts = &intake->texts[i];

		if (i == intake->plan.schema->symbol)
			continue;
		memset(texts->code, 0xff, texts->texts * sizeof(uint32_t));
		texts->same = 0;
		if (!codes_only)
			texts->texts = 0;
	}
}

/* Give the block at hand back. */
static void
release_head(TickIntake *intake)
{
	Block	   *block = &intake->block[intake->head];

	if (block->last_of_codes)
		void_texts(intake, false);
	intake->holding = false;
	if (!intake->threaded)
	{
		if (block->last_of_codes)
			forget_texts(intake);
		return;
	}
	pthread_mutex_lock(&intake->mutex);
	intake->head = (intake->head + 1) % intake->blocks;
	intake->full--;
	if (intake->thread_waits && intake->full <= intake->blocks / 2)
		pthread_cond_signal(&intake->freed);
	pthread_mutex_unlock(&intake->mutex);
}

/* Take over the texts that are new in a block. */
static TickStatus
learn_texts(TickIntake *intake, const Block *block, TickError *error)
{
	const NewText *text = (const NewText *) block->new_text.data;
	const NewText *end = text + block->new_text.length / sizeof(NewText);

	for (; text < end; text++)
	{
		Texts	   *texts = &intake->texts[text->column];

		if (texts->texts == texts->capacity)
		{
			uint32_t	capacity = texts->capacity * 2;
			TickString *strings = tick_resize(memory, texts->text, capacity * sizeof(TickString));
			uint32_t   *codes;

			if (strings == NULL)
				return out_of_memory(error);
			texts->text = strings;
			codes = tick_resize(memory, texts->code, capacity * sizeof(uint32_t));
			if (codes == NULL)
				return out_of_memory(error);
			texts->code = codes;
			texts->capacity = capacity;
		}
		texts->text[texts->texts] = text->text;
		texts->code[texts->texts++] = UNKNOWN;
	}
	return TICK_OK;
}

static void
show_block(const Block *shown, TickRowBlock *block)
{
	block->rows = (TickRunRoom) {shown->rows, shown->partition, shown->column};
	block->record = shown->record;
	block->header_lines = shown->header_lines;
	block->row_lines = shown->row_lines;
	block->rejects = shown->rejects;
	block->reject = shown->reject;
}

TickStatus
tick_intake_next(TickIntake *intake, TickRowBlock *block, TickError *error)
{
	Block	   *head;

	if (intake->holding)
		release_head(intake);
	head = &intake->block[intake->head];
	if (intake->threaded)
	{
		wait_for_head(intake);
		head = &intake->block[intake->head];
	}
	else if (head->status == TICK_OK)
		fill_block(intake, head);
	if (head->status != TICK_OK)
	{
		/* it stays at head, so that every later call says the same */
		if (error != NULL)
			*error = head->error;
		return head->status;
	}
	intake->holding = true;
	TICK_TRY(learn_texts(intake, head, error));
	show_block(head, block);
	return TICK_OK;
}

TickString
tick_intake_text(const TickIntake *intake, int column, uint32_t code)
{
	return intake->texts[column].text[code];
}

TickStatus
tick_intake_refuse(TickIntake *intake, const uint8_t *bad, TickRowBlock *block, TickError *error)
{
	Block	   *head = &intake->block[intake->head];
	TickRunRoom room = {TICK_CSV_RECORDS, head->partition, head->column};

	tick_parse_remove(intake->parser, &intake->batch, &room, bad, &intake->result);
	TICK_TRY(settle_block(intake, head, error));
	show_block(head, block);
	return TICK_OK;
}

/* The code that the run gives to a text it has not been asked for yet. */
static TickStatus
ask_run(Texts *texts, TickRun *run, int column, uint32_t code, TickError *error)
{
	TickString	text = texts->text[code];

	return tick_run_intern(run, column, text.data, text.length, &texts->code[code], error);
}

/*
 * The run's codes of a single file are mostly the intake's: it is asked in
 * their order, as long as it answers so.  Not where rows may be refused, for
 * names of refused rows are no symbols.
 */
static TickStatus
ask_in_order(Texts *texts, TickRun *run, int column, TickError *error)
{
	while (texts->same < texts->texts)
	{
		TICK_TRY(ask_run(texts, run, column, texts->same, error));
		if (texts->code[texts->same] != texts->same)
			break;
		texts->same++;
	}
	return TICK_OK;
}

static TickStatus
translate_column(Texts *texts, TickRun *run, int column, const TickRunRoom *rows, TickError *error)
{
	uint32_t   *codes = rows->column[column].codes;
	const uint8_t *present = rows->column[column].present;

	for (uint32_t i = 0; i < rows->rows; i++)
	{
		uint32_t	code = texts->code[codes[i]];

		if (code == UNKNOWN)
		{
			/* a null's code is 0, whether or not there is a text of that code */
			if (present[i])
				TICK_TRY(ask_run(texts, run, column, codes[i], error));
			code = present[i] ? texts->code[codes[i]] : 0;
		}
		codes[i] = code;
	}
	return TICK_OK;
}

TickStatus
tick_intake_translate(TickIntake *intake, TickRun *run, TickRowBlock *block, TickError *error)
{
	if (intake->run_generation != tick_run_generation(run))
		void_texts(intake, true);
	intake->run_generation = tick_run_generation(run);
	for (int i = 0; i < intake->plan.schema->columns; i++)
	{
		Texts	   *texts = &intake->texts[i];

		if (intake->plan.schema->column[i].type != TICK_TEXT)
			continue;
		if (intake->threaded)
			TICK_TRY(ask_in_order(texts, run, i, error));
		if (texts->same < texts->texts || texts->texts == 0)
			TICK_TRY(translate_column(texts, run, i, &block->rows, error));
	}
	return TICK_OK;
}

void
tick_intake_counts(const TickIntake *intake, TickCsvCounts *counts)
{
	*counts = intake->counts;
}

/* ---- creation ---- */

static TickStatus
create_block(const TickIntake *intake, Block *block, TickError *error)
{
	const TickSchema *schema = intake->plan.schema;

	tick_buffer_init(&block->reject_bytes, memory);
	tick_buffer_init(&block->new_text, memory);
	block->column = tick_alloc_zero(memory, (size_t) schema->columns * sizeof(TickRunColumn));
	block->partition = tick_alloc_array(memory, TICK_CSV_RECORDS, sizeof(int32_t));
	block->record = tick_alloc_array(memory, TICK_CSV_RECORDS, sizeof(uint32_t));
	block->reject = tick_alloc_array(memory, TICK_CSV_RECORDS, sizeof(TickIntakeReject));
	if (block->column == NULL || block->partition == NULL || block->record == NULL || block->reject == NULL)
		return out_of_memory(error);
	for (int i = 0; i < schema->columns; i++)
	{
		TickRunColumn *column = &block->column[i];
		TickType	type = schema->column[i].type;
		void	   *values = tick_alloc_array(memory, TICK_CSV_RECORDS, type == TICK_TEXT ? sizeof(uint32_t) : sizeof(int64_t));

		column->present = tick_alloc(memory, TICK_CSV_RECORDS);
		if (type == TICK_TEXT)
			column->codes = values;
		else if (type == TICK_DOUBLE)
			column->f64 = values;
		else
			column->i64 = values;
		if (values == NULL || column->present == NULL)
			return out_of_memory(error);
	}
	return TICK_OK;
}

static void
free_block(const TickIntake *intake, Block *block)
{
	if (block->reject_bytes.memory == NULL)
		return;					/* never made */
	for (int i = 0; block->column != NULL && i < intake->plan.schema->columns; i++)
	{
		tick_free(memory, block->column[i].i64);
		tick_free(memory, block->column[i].f64);
		tick_free(memory, block->column[i].codes);
		tick_free(memory, block->column[i].present);
	}
	tick_free(memory, block->column);
	tick_free(memory, block->partition);
	tick_free(memory, block->record);
	tick_free(memory, block->reject);
	tick_buffer_free(&block->reject_bytes);
	tick_buffer_free(&block->new_text);
}

/* How many blocks fit the ring. */
static unsigned
choose_blocks(const TickSchema *schema, size_t ring_bytes)
{
	size_t		block = (size_t) TICK_CSV_RECORDS * (size_t) (schema->columns + 1) * (sizeof(int64_t) + 1);
	size_t		blocks = (ring_bytes > 0 ? ring_bytes : RING_BYTES) / block;

	return blocks > MOST_BLOCKS ? MOST_BLOCKS : blocks < LEAST_BLOCKS ? LEAST_BLOCKS : (unsigned) blocks;
}

/* Empty pools, and for each the caller's list. */
static TickStatus
create_texts(TickIntake *intake, TickError *error)
{
	size_t		columns = (size_t) intake->plan.schema->columns;

	intake->pool = tick_alloc_zero(memory, columns * sizeof(TickStringPool));
	intake->told = tick_alloc_zero(memory, columns * sizeof(uint32_t));
	intake->texts = tick_alloc_zero(memory, columns * sizeof(Texts));
	if (intake->pool == NULL || intake->told == NULL || intake->texts == NULL)
		return out_of_memory(error);
	for (size_t i = 0; i < columns; i++)
	{
		Texts	   *texts = &intake->texts[i];

		intake->pool[i].memory = memory;
		texts->capacity = 64;
		texts->text = tick_alloc_array(memory, texts->capacity, sizeof(TickString));
		texts->code = tick_alloc_array(memory, texts->capacity, sizeof(uint32_t));
		if (texts->text == NULL || texts->code == NULL)
			return out_of_memory(error);
		/* a column of nothing but nulls asks for code 0 */
		memset(texts->code, 0xff, texts->capacity * sizeof(uint32_t));
	}
	return TICK_OK;
}

static TickStatus
create_parts(TickIntake *intake, TickError *error)
{
	const TickIntakeOptions *options = &intake->options;

	intake->plan = *options->plan;
	intake->plan.intern = intern;
	intake->plan.intern_context = intake;
	intake->header_pending = options->header;
	TICK_TRY(create_texts(intake, error));
	intake->blocks = options->threaded ? choose_blocks(intake->plan.schema, options->ring_bytes) : 1;
	intake->block = tick_alloc_zero(memory, intake->blocks * sizeof(Block));
	if (intake->block == NULL)
		return out_of_memory(error);
	for (unsigned i = 0; i < intake->blocks; i++)
		TICK_TRY(create_block(intake, &intake->block[i], error));
	TICK_TRY(tick_csv_create(&intake->csv, memory, &options->csv, read_while_wanted, intake, error));
	return tick_parser_create(&intake->parser, memory, &intake->plan, error);
}

TickStatus
tick_intake_create(TickIntake **made, const TickIntakeOptions *options, TickError *error)
{
	TickIntake *intake = tick_alloc_zero(memory, sizeof(TickIntake));
	TickStatus	status;

	*made = NULL;
	if (intake == NULL)
		return out_of_memory(error);
	intake->options = *options;
	pthread_mutex_init(&intake->mutex, NULL);
	pthread_cond_init(&intake->filled, NULL);
	pthread_cond_init(&intake->freed, NULL);
	status = create_parts(intake, error);
	if (status != TICK_OK)
	{
		tick_intake_free(intake);
		return status;
	}
	if (options->threaded)
		intake->threaded = tick_thread_start(&intake->thread, run_thread, intake);
	*made = intake;
	return TICK_OK;
}

void
tick_intake_free(TickIntake *intake)
{
	if (intake == NULL)
		return;
	if (intake->threaded)
	{
		pthread_mutex_lock(&intake->mutex);
		__atomic_store_n(&intake->stop, true, __ATOMIC_RELAXED);
		pthread_cond_signal(&intake->freed);
		pthread_mutex_unlock(&intake->mutex);
		pthread_join(intake->thread, NULL);
	}
	pthread_cond_destroy(&intake->filled);
	pthread_cond_destroy(&intake->freed);
	pthread_mutex_destroy(&intake->mutex);
	for (unsigned i = 0; intake->block != NULL && i < intake->blocks; i++)
		free_block(intake, &intake->block[i]);
	tick_free(memory, intake->block);
	for (int i = 0; intake->pool != NULL && i < intake->plan.schema->columns; i++)
		tick_pool_free(&intake->pool[i]);
	for (int i = 0; intake->texts != NULL && i < intake->plan.schema->columns; i++)
	{
		tick_free(memory, intake->texts[i].text);
		tick_free(memory, intake->texts[i].code);
	}
	tick_free(memory, intake->pool);
	tick_free(memory, intake->told);
	tick_free(memory, intake->texts);
	tick_csv_free(intake->csv);
	tick_parser_free(intake->parser);
	tick_free(memory, intake);
}
