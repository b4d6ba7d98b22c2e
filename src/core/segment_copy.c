/*-------------------------------------------------------------------------
 *
 * segment_copy.c
 *	  Copy a segment under a new uuid and with new symbol codes.
 *
 * How a spilled run becomes a segment: it was written when neither its uuid
 * nor the codes of new symbols were known.  Both lie outside of the chunks,
 * so all but header, codes and trailer is copied as it is, chunks' checksums
 * included; damage on the way is found by whoever reads the copy.
 *
 *-------------------------------------------------------------------------
 */
#include "core/segment_format.h"

#define COPY_BYTES (256 << 10)

/* Copy bytes first .. end - 1 of the source. */
static TickStatus
copy_range(TickSource source, uint64_t first, uint64_t end, uint8_t *buffer, TickSink sink, TickError *error)
{
	while (first < end)
	{
		size_t		step = end - first < COPY_BYTES ? (size_t) (end - first) : COPY_BYTES;

		TICK_TRY(source.read(source.context, first, buffer, step, error));
		TICK_TRY(sink.append(sink.context, buffer, step, error));
		first += step;
	}
	return TICK_OK;
}

/* Read the directory and put the codes in; its checksum goes to the trailer. */
static TickStatus
recode_directory(const TickSegmentReader *reader, TickSource source, TickSymbolCode code, void *context,
				 TickBuffer *directory, TickTrailer *trailer, TickError *error)
{
	TickExtent *extent = &trailer->section[TICK_SECTION_DIRECTORY];

	TICK_TRY(tick_buffer_reserve(directory, extent->length, error));
	TICK_TRY(source.read(source.context, extent->offset, directory->data, extent->length, error));
	if (tick_hash64(directory->data, extent->length, 0) != extent->checksum)
		return tick_corrupt(error, extent->offset, "checksum of the directory does not match");
	directory->length = extent->length;
	for (uint32_t i = 0; i < trailer->symbols; i++)
	{
		TickSymbolEntry entry;
		uint32_t	number = 0;

		tick_segment_symbol(reader, i, &entry);
		if (!entry.is_null)
			TICK_TRY(tick_segment_code(code, context, entry.name, &number, error));
		tick_put32(directory->data + 4 * ((size_t) trailer->symbols + i), number);
	}
	extent->checksum = tick_hash64(directory->data, extent->length, 0);
	return TICK_OK;
}

static TickStatus
copy_image(const TickSegmentReader *reader, TickSource source, const uint8_t uuid[TICK_UUID_BYTES],
		   TickSymbolCode code, void *context, TickBuffer *buffer, TickBuffer *directory,
		   TickSink sink, TickError *error)
{
	TickTrailer trailer = *tick_segment_trailer(reader);
	uint8_t		header_bytes[TICK_HEADER_BYTES];
	uint8_t		trailer_bytes[TICK_TRAILER_BYTES];

	TICK_TRY(recode_directory(reader, source, code, context, directory, &trailer, error));
	TICK_TRY(tick_buffer_reserve(buffer, COPY_BYTES, error));
	tick_header_encode(header_bytes, uuid);
	TICK_TRY(sink.append(sink.context, header_bytes, TICK_HEADER_BYTES, error));
	TICK_TRY(copy_range(source, TICK_HEADER_BYTES, trailer.section[TICK_SECTION_DIRECTORY].offset, buffer->data, sink, error));
	TICK_TRY(sink.append(sink.context, directory->data, directory->length, error));
	memcpy(trailer.uuid, uuid, TICK_UUID_BYTES);
	tick_trailer_encode(trailer_bytes, &trailer);
	return sink.append(sink.context, trailer_bytes, TICK_TRAILER_BYTES, error);
}

TickStatus
tick_segment_copy(const TickMemory *memory, TickSource source, const uint8_t uuid[TICK_UUID_BYTES],
				  TickSymbolCode code, void *context, TickSink sink, TickError *error)
{
	TickSegmentReader *reader;
	TickBuffer	buffer;
	TickBuffer	directory;
	TickStatus	status;

	TICK_TRY(tick_segment_reader_open(&reader, memory, source, NULL, error));
	tick_buffer_init(&buffer, memory);
	tick_buffer_init(&directory, memory);
	status = copy_image(reader, source, uuid, code, context, &buffer, &directory, sink, error);
	tick_buffer_free(&buffer);
	tick_buffer_free(&directory);
	tick_segment_reader_close(reader);
	return status;
}
