/*-------------------------------------------------------------------------
 *
 * catalog_zone_maps.c
 *	  The zone maps of a segment as one value of the catalog.
 *
 * Planning and counting read the maps of thousands of segments, so they are
 * packed: a dozen columns take some 300 bytes and stay in the row.
 *
 *		version		1 byte, 1
 *		count		varint
 *		count times:
 *			type	1 byte
 *			flags	1 byte, see ZONE_*
 *			column	signed varint
 *			rows	varint
 *			nulls	varint
 *			nans	varint, doubles only
 *			min max	with ZONE_RANGE: doubles 8 bytes each, text a length byte
 *					and the bytes each, others signed varints
 *			scale	1 byte, with ZONE_SUM
 *			units	signed varint, with ZONE_SUM
 *			rest	8 bytes, with ZONE_REST
 *
 * A varint has seven bits a byte, lowest first, the top bit set on all but
 * the last, at most 128 bits; a signed one holds (n << 1) ^ (n >> 127).
 * Eight-byte values are little-endian.  The bytes may be damaged: parsing
 * checks every length and number before it uses it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"

#include "catalog_internal.h"
#include "compat.h"

#define ZONE_MAPS_VERSION	1

#define ZONE_RANGE			0x01
#define ZONE_SUM			0x02
#define ZONE_TEXT_MAX_CUT	0x04
#define ZONE_REST			0x08
#define ZONE_OVERFLOW		0x10
#define ZONE_KNOWN			0x1f

typedef unsigned __int128 uint128_t;

static void
put_varint(StringInfo out, uint128_t value)
{
	while (value >= 0x80)
	{
		appendStringInfoCharMacro(out, (char) ((value & 0x7f) | 0x80));
		value >>= 7;
	}
	appendStringInfoCharMacro(out, (char) value);
}

static void
put_signed(StringInfo out, tick_int128 value)
{
	put_varint(out, ((uint128_t) value << 1) ^ (uint128_t) (value >> 127));
}

static void
put_double(StringInfo out, double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	for (int i = 0; i < 8; i++)
		appendStringInfoCharMacro(out, (char) (bits >> (8 * i)));
}

static void
put_text(StringInfo out, const char *text, uint8 length)
{
	appendStringInfoCharMacro(out, (char) length);
	appendBinaryStringInfo(out, text, length);
}

static void
put_range(StringInfo out, TickType type, const TickZoneMap *map)
{
	if (type == TICK_DOUBLE)
	{
		put_double(out, map->min_f64);
		put_double(out, map->max_f64);
	}
	else if (type == TICK_TEXT)
	{
		put_text(out, map->min_text, map->min_text_length);
		put_text(out, map->max_text, map->max_text_length);
	}
	else
	{
		put_signed(out, map->min_i64);
		put_signed(out, map->max_i64);
	}
}

static void
put_map(StringInfo out, int32 column, TickType type, const TickZoneMap *map)
{
	uint8		flags = (map->has_range ? ZONE_RANGE : 0) |
	(map->has_sum ? ZONE_SUM : 0) |
	(map->text_max_cut ? ZONE_TEXT_MAX_CUT : 0) |
	(map->has_sum && map->sum.has_rest ? ZONE_REST : 0) |
	(map->has_sum && map->sum.overflow ? ZONE_OVERFLOW : 0);

	appendStringInfoCharMacro(out, (char) type);
	appendStringInfoCharMacro(out, (char) flags);
	put_signed(out, column);
	put_varint(out, map->rows);
	put_varint(out, map->nulls);
	if (type == TICK_DOUBLE)
		put_varint(out, map->nans);
	if (flags & ZONE_RANGE)
		put_range(out, type, map);
	if (flags & ZONE_SUM)
	{
		appendStringInfoCharMacro(out, (char) map->sum.scale);
		put_signed(out, map->sum.units);
	}
	if (flags & ZONE_REST)
		put_double(out, map->sum.rest);
}

bytea *
TickZoneMapsForm(const TickSegmentEntry *entry)
{
	StringInfoData out;
	int			count = Max(entry->zone_maps, 0);

	initStringInfo(&out);
	appendStringInfoSpaces(&out, VARHDRSZ);
	appendStringInfoCharMacro(&out, ZONE_MAPS_VERSION);
	put_varint(&out, count);
	for (int i = 0; i < count; i++)
		put_map(&out, entry->zone_column[i], entry->zone_type[i], &entry->zone_map[i]);
	SET_VARSIZE(out.data, out.len);
	return (bytea *) out.data;
}

/* What is left of the bytes being parsed; good turns false at the first fault. */
typedef struct ZoneBytes
{
	const uint8 *next;
	const uint8 *end;
	bool		good;
} ZoneBytes;

static uint8
get_byte(ZoneBytes *in)
{
	if (in->next >= in->end)
	{
		in->good = false;
		return 0;
	}
	return *in->next++;
}

/* Values that do not fit 128 bits are faults, so shift stays below 128. */
static uint128_t
get_varint(ZoneBytes *in)
{
	uint128_t	value = 0;

	for (int shift = 0; shift < 128; shift += 7)
	{
		uint8		byte = get_byte(in);

		if (shift > 121 && (byte & 0x7f) >> (128 - shift) != 0)
			break;
		value |= (uint128_t) (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	in->good = false;
	return 0;
}

static tick_int128
get_signed(ZoneBytes *in)
{
	uint128_t	value = get_varint(in);

	return (tick_int128) (value >> 1) ^ -(tick_int128) (value & 1);
}

static uint64
get_uint64(ZoneBytes *in)
{
	uint128_t	value = get_varint(in);

	if (value > PG_UINT64_MAX)
		in->good = false;
	return (uint64) value;
}

static int64
get_int64(ZoneBytes *in)
{
	tick_int128 value = get_signed(in);

	if (value < PG_INT64_MIN || value > PG_INT64_MAX)
		in->good = false;
	return (int64) value;
}

static double
get_double(ZoneBytes *in)
{
	uint64		bits = 0;
	double		value;

	for (int i = 0; i < 8; i++)
		bits |= (uint64) get_byte(in) << (8 * i);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void
get_text(ZoneBytes *in, char *text, uint8 *length)
{
	*length = get_byte(in);
	if (*length > TICK_ZONE_TEXT || *length > in->end - in->next)
	{
		in->good = false;
		*length = 0;
		return;
	}
	memcpy(text, in->next, *length);
	in->next += *length;
}

static void
get_range(ZoneBytes *in, TickType type, TickZoneMap *map)
{
	map->has_range = true;
	if (type == TICK_DOUBLE)
	{
		map->min_f64 = get_double(in);
		map->max_f64 = get_double(in);
		if (!(map->min_f64 <= map->max_f64))
			in->good = false;
	}
	else if (type == TICK_TEXT)
	{
		get_text(in, map->min_text, &map->min_text_length);
		get_text(in, map->max_text, &map->max_text_length);
	}
	else
	{
		map->min_i64 = get_int64(in);
		map->max_i64 = get_int64(in);
		if (map->min_i64 > map->max_i64)
			in->good = false;
	}
}

static void
get_map(ZoneBytes *in, int32 *column, TickType *type, TickZoneMap *map)
{
	uint8		type_byte = get_byte(in);
	uint8		flags = get_byte(in);
	int64		id = get_int64(in);

	if (type_byte < TICK_BOOL || type_byte > TICK_TEXT || (flags & ~ZONE_KNOWN) ||
		id < 0 || id > PG_INT32_MAX)
	{
		in->good = false;
		return;
	}
	*column = (int32) id;
	*type = (TickType) type_byte;
	tick_zone_map_init(map);
	map->rows = get_uint64(in);
	map->nulls = get_uint64(in);
	if (*type == TICK_DOUBLE)
		map->nans = get_uint64(in);
	if (map->nulls > map->rows || map->nans > map->rows - map->nulls)
		in->good = false;
	map->text_max_cut = (flags & ZONE_TEXT_MAX_CUT) != 0;
	if (flags & ZONE_RANGE)
		get_range(in, *type, map);
	map->has_sum = (flags & ZONE_SUM) != 0;
	tick_sum_init(&map->sum);
	if (map->has_sum)
	{
		map->sum.scale = get_byte(in);
		map->sum.units = get_signed(in);
		if (map->sum.scale > TICK_SUM_MAX_SCALE)
			in->good = false;
	}
	map->sum.overflow = (flags & ZONE_OVERFLOW) != 0;
	map->sum.has_rest = (flags & ZONE_REST) != 0;
	if (map->sum.has_rest)
		map->sum.rest = get_double(in);
}

static void pg_attribute_noreturn()
raise_damaged(int64 segment)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("zone maps of segment " INT64_FORMAT " are damaged", segment)));
}

/* A map takes four bytes at least, which bounds the count before anything is allocated. */
void
TickZoneMapsParse(const bytea *blob, TickSegmentEntry *entry)
{
	ZoneBytes	in;
	uint64		count;

	in.next = (const uint8 *) VARDATA_ANY(blob);
	in.end = in.next + VARSIZE_ANY_EXHDR(blob);
	in.good = true;
	if (get_byte(&in) != ZONE_MAPS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("zone maps of segment " INT64_FORMAT " are of a version that this library does not know",
						entry->id)));
	count = get_uint64(&in);
	if (!in.good || count > TICK_MAX_COLUMNS + 1 || count > (uint64) (in.end - in.next) / 4)
		raise_damaged(entry->id);
	entry->zone_maps = (int) count;
	entry->zone_column = palloc(count * sizeof(int32));
	entry->zone_type = palloc(count * sizeof(TickType));
	entry->zone_map = palloc(count * sizeof(TickZoneMap));
	for (uint64 i = 0; i < count && in.good; i++)
		get_map(&in, &entry->zone_column[i], &entry->zone_type[i], &entry->zone_map[i]);
	if (!in.good || in.next != in.end)
		raise_damaged(entry->id);
}

const TickZoneMap *
TickZoneMapsFind(const TickSegmentEntry *entry, int32 column, TickType type, bool *absent)
{
	*absent = false;
	for (int i = 0; i < entry->zone_maps; i++)
		if (entry->zone_column[i] == column)
			return entry->zone_type[i] == type && type != TICK_DECIMAL ? &entry->zone_map[i] : NULL;
	/* maps that were not asked for tell nothing */
	*absent = entry->zone_maps >= 0;
	return NULL;
}
