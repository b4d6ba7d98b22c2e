/*-------------------------------------------------------------------------
 *
 * load_expect.c
 *	  expect_files: the parts that a source must have.
 *
 * A vendor's day may come in parts, one file for each letter.  A part that
 * has not arrived yet leaves a hole that nobody sees, so the set of parts can
 * be demanded: as a number of files, or by their names.
 *
 *		26
 *		'quotes_{a..z}.csv.gz'
 *		'trades.csv.gz, quotes_{01..12}.csv.gz, splits_{us,eu}_*.csv.gz'
 *
 * Braces hold a list or a range, as in a shell.  A name stands for the end of
 * a path by whole components.  Names are demanded wherever one of them is
 * there: of each folder, and, where a name has a *, of each text that the *
 * stands for; such a text is a day, as a rule.  Files that no name fits are
 * nobody's business.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "load_expect.h"

#define MOST_NAMES 1000		/* that braces may expand to */
#define MOST_SAID 10			/* missing files that a message names */

/* ---- the argument ---- */

static void
refuse_pattern(const char *pattern, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for expect_files: \"%s\"", pattern),
			 errdetail("%s", why),
			 errhint("Give a number of files, or names such as 'quotes_{a..z}.csv.gz'.")));
}

static void expand(LoadExpected *expected, const char *pattern, const char *done, const char *rest);

/* One alternative of braces, and what follows them. */
static void
expand_with(LoadExpected *expected, const char *pattern, const char *done, const char *item, int length, const char *rest)
{
	char	   *more = psprintf("%s%.*s", done, length, item);

	expand(expected, pattern, more, rest);
	pfree(more);
}

/* Digits of the same width, or single letters, around two dots. */
static bool
expand_range(LoadExpected *expected, const char *pattern, const char *done, const char *inside, int length, const char *rest)
{
	const char *dots = strstr(inside, "..");
	int			width = dots != NULL ? dots - inside : 0;
	const char *last = inside + width + 2;
	char		item[16];

	if (dots == NULL || width == 0 || inside + length - last != width)
		return false;
	if (width == 1 && isalpha((unsigned char) inside[0]) && isalpha((unsigned char) last[0]) && inside[0] <= last[0])
	{
		for (item[0] = inside[0]; item[0] <= last[0]; item[0]++)
			expand_with(expected, pattern, done, item, 1, rest);
		return true;
	}
	if (width <= 6 && strspn(inside, "0123456789") >= width && strspn(last, "0123456789") >= width)
	{
		int			number = atoi(inside);
		int			end = atoi(last);

		for (; number <= end; number++)
		{
			snprintf(item, sizeof(item), "%0*d", width, number);
			expand_with(expected, pattern, done, item, width, rest);
		}
		return atoi(inside) <= end;
	}
	return false;
}

static void
expand_list(LoadExpected *expected, const char *pattern, const char *done, const char *inside, int length, const char *rest)
{
	const char *end = inside + length;

	while (inside <= end)
	{
		const char *comma = memchr(inside, ',', end - inside);
		const char *stop = comma != NULL ? comma : end;

		expand_with(expected, pattern, done, inside, stop - inside, rest);
		inside = stop + 1;
	}
}

/* Expand the first braces of rest; without any, done and rest are a name. */
static void
expand(LoadExpected *expected, const char *pattern, const char *done, const char *rest)
{
	const char *open = strchr(rest, '{');
	const char *close = open != NULL ? strchr(open, '}') : NULL;
	char	   *before;
	int			length;

	CHECK_FOR_INTERRUPTS();
	if (open == NULL)
	{
		if (list_length(expected->names) >= MOST_NAMES)
			refuse_pattern(pattern, psprintf("It stands for more than %d names.", MOST_NAMES));
		expected->names = lappend(expected->names, psprintf("%s%s", done, rest));
		return;
	}
	if (close == NULL)
		refuse_pattern(pattern, "A brace is not closed.");
	length = close - open - 1;
	before = psprintf("%s%.*s", done, (int) (open - rest), rest);
	if (memchr(open + 1, ',', length) != NULL)
		expand_list(expected, pattern, before, open + 1, length, close + 1);
	else if (!expand_range(expected, pattern, before, pnstrdup(open + 1, length), length, close + 1))
		refuse_pattern(pattern, "Braces hold a list as {us,eu}, or a range as {a..z} or {01..12}.");
	pfree(before);
}

/* Names are separated by commas outside of braces; blanks around them do not count. */
static void
read_names(LoadExpected *expected, char *text)
{
	char	   *at = text;

	while (*at != '\0')
	{
		char	   *end = at;
		int			depth = 0;
		char	   *name;

		for (; *end != '\0' && (depth > 0 || *end != ','); end++)
			depth += *end == '{' ? 1 : *end == '}' && depth > 0 ? -1 : 0;
		name = pnstrdup(at, end - at);
		while (isspace((unsigned char) *name))
			name++;
		while (*name != '\0' && isspace((unsigned char) name[strlen(name) - 1]))
			name[strlen(name) - 1] = '\0';
		if (*name == '\0')
			refuse_pattern(text, "A name is empty.");
		if (strchr(name, '*') != strrchr(name, '*'))
			refuse_pattern(text, "A name can have one * only.");
		expand(expected, text, "", name);
		at = *end == ',' ? end + 1 : end;
	}
}

/* A number says so itself, a text may hold one. */
static char *
expected_text(FunctionCallInfo fcinfo, int at)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, at);

	switch (type)
	{
		case UNKNOWNOID:
			return pstrdup(DatumGetCString(PG_GETARG_DATUM(at)));
		case TEXTOID:
		case VARCHAROID:
			return text_to_cstring(PG_GETARG_TEXT_PP(at));
		case INT2OID:
			return psprintf("%d", PG_GETARG_INT16(at));
		case INT4OID:
			return psprintf("%d", PG_GETARG_INT32(at));
		case INT8OID:
			return psprintf("%lld", (long long) PG_GETARG_INT64(at));
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("expect_files must be of type integer or text, not %s", format_type_be(type)),
					 errhint("Give a number of files, or names such as 'quotes_{a..z}.csv.gz'.")));
	}
}

void
LoadOptionsReadExpected(LoadOptions *options, FunctionCallInfo fcinfo, int at)
{
	LoadExpected *expected = &options->expected;
	char	   *text;

	if (PG_ARGISNULL(at))
		return;
	text = expected_text(fcinfo, at);
	if (strspn(text, "0123456789") == strlen(text) && strlen(text) > 0 && strlen(text) < 10)
	{
		expected->count = atoi(text);
		return;
	}
	if (text[0] == '-' || text[0] == '\0')
		refuse_pattern(text, "It is neither a number nor a name.");
	expected->text = text;
	read_names(expected, text);
}

/* ---- what is there ---- */

/* A folder, with the text of a *, that has some of the names. */
typedef struct Group
{
	char		key[MAXPGPATH];	/* hash key: folder, a NUL, text of the * */
	char	   *folder;
	char	   *star;
	bool	   *found;			/* by name */
} Group;

/* Does a path end in a name, by whole components?  Then what comes before it, and what its * stands for. */
static bool
ends_in(const char *path, const char *name, char **folder, char **star)
{
	const char *wild = strchr(name, '*');
	const char *last = path + strlen(path);
	const char *slash = path;
	int			depth = 0;
	size_t		before = wild != NULL ? wild - name : strlen(name);
	size_t		after = wild != NULL ? strlen(wild + 1) : 0;
	const char *at;

	for (at = name; (at = strchr(at, '/')) != NULL; at++)
		depth++;
	for (at = last; at > path && depth >= 0; at--)
		if (at[-1] == '/')
		{
			slash = at;
			depth--;
		}
	if (depth >= 0 || (size_t) (last - slash) < before + after || strncmp(slash, name, before) != 0)
		return false;
	if (wild == NULL && (size_t) (last - slash) != before)
		return false;
	if (wild != NULL && (strcmp(last - after, wild + 1) != 0 ||
						 memchr(slash + before, '/', last - slash - before - after) != NULL))
		return false;
	*folder = pnstrdup(path, slash - path);
	*star = pnstrdup(slash + before, last - slash - before - after);
	return true;
}

static Group *
find_group(HTAB *groups, char *folder, char *star, int names)
{
	char		key[MAXPGPATH] = {0};
	Group	   *group;
	bool		found;

	/* paths that were opened are shorter than this */
	snprintf(key, sizeof(key), "%s\n%s", folder, star);
	group = hash_search(groups, key, HASH_ENTER, &found);
	if (!found)
	{
		group->folder = folder;
		group->star = star;
		group->found = palloc0(names * sizeof(bool));
	}
	return group;
}

/* Name what a group lacks; returns how many. */
static int
say_missing(StringInfo text, const List *names, const Group *group, int said)
{
	ListCell   *cell;
	int			missing = 0;

	foreach(cell, names)
	{
		const char *name = lfirst(cell);
		const char *wild = strchr(name, '*');

		if (group->found[foreach_current_index(cell)])
			continue;
		if (said + missing < MOST_SAID)
		{
			appendStringInfo(text, "%s\"%s", said + missing > 0 ? ", " : "", group->folder);
			if (wild != NULL)
				appendStringInfo(text, "%.*s%s%s\"", (int) (wild - name), name, group->star, wild + 1);
			else
				appendStringInfo(text, "%s\"", name);
		}
		else if (said + missing == MOST_SAID)
			appendStringInfoString(text, ", ...");
		missing++;
	}
	return missing;
}

static int
compare_groups(const void *a, const void *b)
{
	return strcmp((*(Group *const *) a)->key, (*(Group *const *) b)->key);
}

static void
refuse_missing(const LoadOptions *options, int missing, const char *named)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FILE),
			 errmsg_plural("%d expected file is missing: %s", "%d expected files are missing: %s",
						   missing, missing, named),
			 errdetail("expect_files is \"%s\".", options->expected.text),
			 errhint("Load when all parts have arrived, or leave expect_files out.")));
}

static void
check_groups(const LoadOptions *options, HTAB *groups)
{
	List	   *names = options->expected.names;
	int			count = hash_get_num_entries(groups);
	Group	  **sorted = palloc(count * sizeof(Group *));
	StringInfoData text;
	HASH_SEQ_STATUS scan;
	int			missing = 0;
	int			i;

	hash_seq_init(&scan, groups);
	for (i = 0; i < count; i++)
		sorted[i] = hash_seq_search(&scan);
	hash_seq_term(&scan);
	qsort(sorted, count, sizeof(Group *), compare_groups);
	initStringInfo(&text);
	for (i = 0; i < count; i++)
		missing += say_missing(&text, names, sorted[i], missing);
	if (missing > 0)
		refuse_missing(options, missing, text.data);
}

static void
check_names(const LoadOptions *options, const LoadFile *files, int count)
{
	List	   *names = options->expected.names;
	HASHCTL		control = {.keysize = MAXPGPATH,.entrysize = sizeof(Group),.hcxt = CurrentMemoryContext};
	HTAB	   *groups = hash_create("tick expected files", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	int			i;

	for (i = 0; i < count; i++)
	{
		ListCell   *cell;

		CHECK_FOR_INTERRUPTS();
		foreach(cell, names)
		{
			char	   *folder;
			char	   *star;

			if (ends_in(files[i].path, lfirst(cell), &folder, &star))
				find_group(groups, folder, star, list_length(names))->found[foreach_current_index(cell)] = true;
		}
	}
	if (hash_get_num_entries(groups) == 0)
	{
		Group		none = {.folder = "",.star = "*",.found = palloc0(list_length(names) * sizeof(bool))};
		StringInfoData text;

		initStringInfo(&text);
		refuse_missing(options, say_missing(&text, names, &none, 0), text.data);
	}
	check_groups(options, groups);
	hash_destroy(groups);
}

void
LoadCheckExpected(const LoadOptions *options, const LoadFile *files, int count)
{
	if (options->expected.count >= 0 && options->expected.count != count)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("source \"%s\" has %d files, expected are %lld", options->source, count,
						(long long) options->expected.count),
				 errhint("Load when all parts have arrived, or leave expect_files out.")));
	if (options->expected.names != NIL)
		check_names(options, files, count);
}
