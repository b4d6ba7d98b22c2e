/*-------------------------------------------------------------------------
 *
 * fuzz_csv.c
 *	  Any bytes as CSV: every byte that is delivered is readable, lines add
 *	  up, and borders, scanners and paths make no difference.
 *
 *-------------------------------------------------------------------------
 */
#include "core/csv.h"
#include "core/csv_internal.h"
#include "core/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: %s is false\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

typedef struct Source
{
	const uint8_t *data;
	size_t		length;
	size_t		piece;
} Source;

static TickStatus
source_read(void *context, void *bytes, size_t capacity, size_t *length, TickError *error)
{
	Source	   *source = context;

	*length = source->length < capacity ? source->length : capacity;
	if (*length > source->piece)
		*length = source->piece;
	memcpy(bytes, source->data, *length);
	source->data += *length;
	source->length -= *length;
	return *length > 0 ? TICK_OK : TICK_END;
}

/* Everything that a parse delivers, as one hash. */
static void
digest(Source source, const TickCsvOptions *options, const TickCsvTuning *tuning, uint8_t out[16])
{
	TickCsv    *csv;
	TickCsvBatch batch;
	TickCsvCounts counts;
	TickHash128 hash;
	TickError	error;
	uint64_t	lines = 0;

	tick_hash128_init(&hash);
	REQUIRE(tick_csv_create_tuned(&csv, &tick_memory_malloc, options, tuning, source_read, &source, &error) == TICK_OK);
	while (tick_csv_next(csv, &batch, &error) == TICK_OK)
		for (uint32_t r = 0; r < batch.records; r++)
		{
			const TickCsvRecord known = tick_csv_record(&batch, r);
			const TickCsvRecord *record = &known;
			uint64_t	head[4] = {record->line, record->lines, record->fields, record->fault};

			REQUIRE(record->line == lines + 1 || record->line > lines);
			REQUIRE(record->raw.length <= options->max_line);
			lines += record->lines;
			tick_hash128_update(&hash, head, sizeof(head));
			tick_hash128_update(&hash, record->raw.data, record->raw.length);
			for (uint32_t f = 0; f < record->fields && f < batch.max_fields; f++)
			{
				const TickString field = tick_csv_field(&batch, r, f);
				const uint8_t quoted = tick_csv_quoted(&batch, r, f);

				tick_hash128_update(&hash, &field.length, sizeof(field.length));
				tick_hash128_update(&hash, field.data, field.length);
				tick_hash128_update(&hash, &quoted, 1);
			}
		}
	tick_csv_counts(csv, &counts);
	REQUIRE(counts.lines == counts.skipped + counts.blank + counts.comment + counts.trailer + lines);
	REQUIRE(source.length == 0);
	tick_hash128_update(&hash, &counts, sizeof(counts));
	tick_hash128_final(&hash, out);
	tick_csv_free(csv);
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Four bytes choose options and borders, the rest is the input. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char delimiters[] = ",\t|; ,,,";
	TickCsvOptions options = {0};
	TickCsvTuning whole = {tick_csv_scan_best(), 256 * 1024, 64 * 1024, false};
	TickCsvTuning pieces = {tick_csv_scan_portable, 0, 0, true};
	Source		source;
	uint8_t		first[16],
				second[16];

	if (size < 4)
		return 0;
	options.delimiter = delimiters[data[0] & 7];
	options.quote = data[0] & 8 ? '\0' : data[0] & 16 ? '\'' : '"';
	options.escape = data[0] & 32 ? '\\' : '\0';
	options.comment = data[0] & 64 ? '#' : '\0';
	options.trailer = data[0] & 128 ? "END" : NULL;
	options.skip_lines = data[1] & 3;
	options.max_fields = data[1] & 4 ? 2 : 8;
	options.max_line = data[1] & 8 ? (data[1] >> 4) + 1 : 100000;
	pieces.buffer_bytes = data[2] + 1;
	pieces.window_bytes = data[3] + 1;
	source = (Source) {data + 4, size - 4, size};
	digest(source, &options, &whole, first);
	source.piece = (data[2] ^ data[3]) % 16 + 1;
	digest(source, &options, &pieces, second);
	REQUIRE(memcmp(first, second, 16) == 0);
	return 0;
}
