/*-------------------------------------------------------------------------
 *
 * parse_text.c
 *	  Columns of text and symbols: the code of each value in the run's pool.
 *
 * Symbols, exchanges and conditions are short and few.  A hash table of texts
 * of up to seven bytes, which are one word together with their length,
 * answers for nearly all rows; a smaller one takes those of up to 16.  Only a
 * text that is in neither is checked, folded, converted and interned.  A text
 * lies in one of four neighbouring slots; when they are taken by others, the
 * newest takes the first.
 *
 * The words of a whole batch are made before any is looked up, so that slots
 * come from memory while others are compared: thousands of symbols are more
 * than the nearest cache holds.
 *
 *-------------------------------------------------------------------------
 */
#include "core/parse_column.h"

#define MULTIPLIER UINT64_C(0xD6E8FEB86659FD93)

static inline TickParseSlot *
find_slot(const TickParseState *state, uint64_t low, uint64_t high, uint32_t length)
{
	uint64_t	hash = (low ^ (high * UINT64_C(0x9E3779B97F4A7C15)) ^ length) * MULTIPLIER;

	return &state->slot[hash >> (64 - TICK_PARSE_SLOT_BITS)];
}

static bool
has_high_bit(TickString text)
{
	uint8_t		bits = 0;

	for (uint32_t i = 0; i < text.length; i++)
		bits |= (uint8_t) text.data[i];
	return (bits & 0x80) != 0;
}

/* Characters of well-formed UTF-8; bytes when the encoding is not verified. */
static uint32_t
count_chars(const TickParser *parser, TickString text)
{
	uint32_t	count = 0;

	if (!parser->plan.verify_utf8)
		return text.length;
	for (uint32_t i = 0; i < text.length; i++)
		count += ((uint8_t) text.data[i] & 0xC0) != 0x80;
	return count;
}

/* Fold the ASCII letters of a text, in scratch. */
static TickStatus
fold(TickParser *parser, const TickParseColumn *spec, TickString *text, TickError *error)
{
	char	   *bytes;

	/* a joined text lies in scratch already */
	if ((const char *) parser->scratch.data != text->data)
	{
		parser->scratch.length = 0;
		TICK_TRY(tick_buffer_append(&parser->scratch, text->data, text->length, error));
	}
	bytes = (char *) parser->scratch.data;
	for (uint32_t i = 0; i < text->length; i++)
	{
		if (spec->upper && bytes[i] >= 'a' && bytes[i] <= 'z')
			bytes[i] -= 'a' - 'A';
		else if (spec->lower && bytes[i] >= 'A' && bytes[i] <= 'Z')
			bytes[i] += 'a' - 'A';
	}
	text->data = bytes;
	return TICK_OK;
}

/* Behind an exponent of at most four digits, which numeric takes; where there is none, where it began. */
static const char *
skip_exponent(const char *at, const char *end)
{
	const char *p = at;
	int			digits = 0;

	if (p == end || (*p != 'e' && *p != 'E'))
		return at;
	p++;
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		digits++;
	return digits >= 1 && digits <= 4 ? p : at;
}

/*
 * A numeric that no 64-bit integer holds is kept as its digits, for
 * numeric_in to read: a sign, digits, a point.  Zeros at the end that the
 * type has no place for are cut, other digits are out of range.
 */
static bool
check_number(const TickParseColumn *spec, TickString *text, TickParseFault *fault)
{
	const char *at;
	const char *end;
	uint32_t	before = 0,
				after = 0,
				zeros = 0;

	*text = tick_trim(*text);
	*fault = TICK_FAULT_SYNTAX;
	at = text->data;
	end = at + text->length;
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	while (at < end && *at == '0')
	{
		at++;
		zeros++;
	}
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		before++;
	if (at < end && *at == '.')
	{
		for (at++; at < end && *at >= '0' && *at <= '9'; at++)
			after++;
	}
	if (before + after + zeros == 0)
		return false;
	if (spec->max_integer < 0 && spec->max_fraction < 0)
		at = skip_exponent(at, end);
	if (at != end)
		return false;
	*fault = TICK_FAULT_RANGE;
	for (; spec->max_fraction >= 0 && after > (uint32_t) spec->max_fraction; after--, text->length--)
	{
		if (text->data[text->length - 1] != '0')
			return false;
	}
	return spec->max_integer < 0 || before <= (uint32_t) spec->max_integer;
}

/*
 * Bring a text to its stored form and intern it.  TICK_BAD_INPUT with
 * *fault set when it breaks a rule.
 */
static TickStatus
intern(TickParser *parser, int column, TickString text, uint32_t *code, TickParseFault *fault, TickError *error)
{
	const TickParseColumn *spec = &parser->column[column];

	*fault = TICK_FAULT_ENCODING;
	if (has_high_bit(text))
	{
		if (parser->plan.convert != NULL && !parser->plan.convert(parser->plan.convert_context, text, &text))
			return TICK_BAD_INPUT;
		if (parser->plan.verify_utf8 && !tick_utf8_valid(text.data, text.length))
			return TICK_BAD_INPUT;
	}
	if (spec->number && !check_number(spec, &text, fault))
		return TICK_BAD_INPUT;
	*fault = TICK_FAULT_TOO_LONG;
	if ((spec->is_symbol && text.length > TICK_MAX_SYMBOL_BYTES) ||
		(spec->max_chars > 0 && text.length > spec->max_chars && count_chars(parser, text) > spec->max_chars))
		return TICK_BAD_INPUT;
	if (spec->upper || spec->lower)
		TICK_TRY(fold(parser, spec, &text, error));
	return parser->plan.intern(parser->plan.intern_context, spec->target, text.data, text.length, code, error);
}

/* The first bytes of a field, for the message about it; a joined text does not last. */
static TickString
lasting(const TickParseColumn *spec, TickString text)
{
	TickString	none = {NULL, 0};

	return spec->sources == 1 ? text : none;
}

static inline bool
slot_holds(const TickParseSlot *slot, uint64_t low, uint64_t high, uint32_t length)
{
	return slot->length == length + 1 && slot->low == low && slot->high == high;
}

/* The slot of a text; where there is none, one that it may take. */
static TickParseSlot *
probe_slots(const TickParseState *state, uint64_t low, uint64_t high, uint32_t length)
{
	TickParseSlot *first = find_slot(state, low, high, length);

	for (int i = 0; i < TICK_PARSE_PROBES; i++)
	{
		if (first[i].length == 0 || slot_holds(&first[i], low, high, length))
			return &first[i];
	}
	return first;
}

/* The same for a short one; a word is never 0. */
static TickParseWord *
probe_words(const TickParseState *state, uint64_t word)
{
	TickParseWord *first = &state->word[tick_field_place(word, state->word_bits)];

	for (int i = 0; i < TICK_PARSE_PROBES; i++)
	{
		if (first[i].word == 0 || first[i].word == word)
			return &first[i];
	}
	return first;
}

/*
 * Bring a text in: it is checked and interned.  *known is false when it
 * breaks a rule, and the row is then at fault.
 */
static TickStatus
take_new_text(TickParser *parser, int column, uint32_t row, TickString text, uint32_t *code, bool *known,
			  TickError *error)
{
	TickParseFault fault;
	TickStatus	status = intern(parser, column, text, code, &fault, error);

	*known = status == TICK_OK;
	if (status != TICK_BAD_INPUT)
		return status;
	*code = 0;
	tick_parse_fault(parser, row, column, fault, lasting(&parser->column[column], text));
	return TICK_OK;
}

/* The code of a text, which is left in its table for the next row that holds it. */
static TickStatus
find_text(TickParser *parser, int column, uint32_t row, TickString text, uint32_t *code, TickError *error)
{
	const TickParseState *state = &parser->state[column];
	uint64_t	low,
				high;
	bool		known;

	if (text.length > TICK_PARSE_KEY)
		return take_new_text(parser, column, row, text, code, &known, error);
	/* before interning, which may fold the text in place */
	tick_parse_key(text, &low, &high);
	if (text.length - 1 < TICK_FIELD_WORD)
	{
		uint64_t	word = low | (uint64_t) text.length << 56;
		TickParseWord *place = probe_words(state, word);

		if (place->word == word)
		{
			*code = place->code;
			return TICK_OK;
		}
		TICK_TRY(take_new_text(parser, column, row, text, code, &known, error));
		if (known)
			*place = (TickParseWord) {word, *code};
	}
	else
	{
		TickParseSlot *slot = probe_slots(state, low, high, text.length);

		if (slot_holds(slot, low, high, text.length))
		{
			*code = slot->code;
			return TICK_OK;
		}
		TICK_TRY(take_new_text(parser, column, row, text, code, &known, error));
		if (known)
			*slot = (TickParseSlot) {low, high, text.length + 1, *code};
	}
	return TICK_OK;
}

static inline bool
has_blank_end(TickString text)
{
	return text.length > 0 && ((uint8_t) text.data[0] <= ' ' || (uint8_t) text.data[text.length - 1] <= ' ');
}

/* One row, whatever it holds. */
static TickStatus
parse_text(TickParser *parser, int column, TickRunColumn *out, uint32_t row, TickError *error)
{
	const TickParseColumn *spec = &parser->column[column];
	TickString	text;

	out->codes[row] = 0;
	if (spec->is_symbol && parser->bad[row])
		return TICK_OK;
	if (!tick_parse_text(parser, column, parser->record[row], &text))
	{
		tick_parse_put_null(parser, column, out, row, lasting(spec, text));
		return TICK_OK;
	}
	if (spec->trim && has_blank_end(text))
	{
		text = tick_trim(text);
		if (tick_parse_is_null(parser, spec, text))
		{
			tick_parse_put_null(parser, column, out, row, lasting(spec, text));
			return TICK_OK;
		}
	}
	return find_text(parser, column, row, text, &out->codes[row], error);
}

/*
 * The words of all rows and their places are made first, so that a table of
 * thousands of symbols comes from memory while others are compared.
 */
static TickStatus
parse_words(TickParser *parser, int column, TickRunColumn *out, TickError *error)
{
	const TickParseColumn *spec = &parser->column[column];
	const TickParseState *state = &parser->state[column];
	const TickFields fields = tick_parse_fields(parser, spec->source[0].field, 0);
	const bool	check_bad = spec->is_symbol && parser->rejects > 0;
	const uint32_t rows = parser->rows;
	uint64_t	words[TICK_CSV_RECORDS];
	uint32_t	places[TICK_CSV_RECORDS];

	parser->kernel->words(&fields, spec->trim, state->word_bits, words, places);
	for (uint32_t i = 0; i < rows && state->word_bits > TICK_PARSE_WORD_BITS; i++)
		__builtin_prefetch(&state->word[places[i]]);
	for (uint32_t i = 0; i < rows; i++)
	{
		const TickParseWord *place = &state->word[places[i]];

		/* a text may lie one further on; no word is 0, which a free place holds */
		place += place->word != words[i];
		if (place->word == words[i] && words[i] != 0 && !(check_bad && parser->bad[i]))
			out->codes[i] = place->code;
		else
			TICK_TRY(parse_text(parser, column, out, i, error));
	}
	return TICK_OK;
}

TickStatus
tick_parse_text_column(TickParser *parser, int column, TickRunColumn *out, TickError *error)
{
	if (parser->every && tick_parse_is_plain(parser, column))
		return parse_words(parser, column, out, error);
	for (uint32_t i = 0; i < parser->rows; i++)
		TICK_TRY(parse_text(parser, column, out, i, error));
	return TICK_OK;
}
