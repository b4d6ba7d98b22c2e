/*-------------------------------------------------------------------------
 *
 * filter_like.c
 *	  LIKE, on bytes of UTF-8.
 *
 * One pass with one place to go back to: after a %, a mismatch later on
 * resumes behind the last %, one character further.  Earlier ones need not
 * be tried again, since what stands between them has matched already at its
 * earliest place.  So the cost is bounded by value times pattern.
 *
 *-------------------------------------------------------------------------
 */
#include "core/filter.h"

/* Bytes of the character that begins at data, at most left; broken UTF-8 counts byte by byte. */
static uint32_t
character_bytes(const char *data, uint32_t left)
{
	uint8_t		byte = (uint8_t) *data;
	uint32_t	bytes = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;

	if (bytes > left)
		return 1;
	for (uint32_t i = 1; i < bytes; i++)
		if (((uint8_t) data[i] & 0xc0) != 0x80)
			return 1;
	return bytes;
}

/*
 * Match what stands at pattern[p], not a %, against the character at
 * value[v], and move both past it.  false, and nothing moved, if it differs.
 */
static bool
match_one(TickString value, uint32_t *v, TickString pattern, uint32_t *p)
{
	uint32_t	at = *p;

	if (*v >= value.length || at >= pattern.length)
		return false;
	if (pattern.data[at] == '_')
	{
		*v += character_bytes(value.data + *v, value.length - *v);
		*p += 1;
		return true;
	}
	if (pattern.data[at] == '\\' && ++at >= pattern.length)
		return false;
	if (pattern.data[at] != value.data[*v])
		return false;
	*v += 1;
	*p = at + 1;
	return true;
}

bool
tick_like_match(TickString value, TickString pattern)
{
	uint32_t	v = 0;
	uint32_t	p = 0;
	bool		has_resume = false;
	uint32_t	resume_v = 0;	/* where the last % stops swallowing ... */
	uint32_t	resume_p = 0;	/* ... and what follows it */

	for (;;)
	{
		if (p < pattern.length && pattern.data[p] == '%')
		{
			has_resume = true;
			resume_v = v;
			resume_p = ++p;
			if (p == pattern.length)
				return true;
			continue;
		}
		if (p == pattern.length && v == value.length)
			return true;
		if (match_one(value, &v, pattern, &p))
			continue;
		if (!has_resume || resume_v >= value.length)
			return false;
		resume_v += character_bytes(value.data + resume_v, value.length - resume_v);
		v = resume_v;
		p = resume_p;
	}
}
