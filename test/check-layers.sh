#!/bin/sh
#
# check-layers.sh
#	  Do includes go downward only, and does each module keep its secrets?
#
# The order of modules is the list below: a file includes headers of earlier
# lines and of its own module.  Modules on one line do not know each other.
# A module is a header with its sources: a file belongs to the longest name of
# the list that it starts with (encoding_frame.c belongs to encoding), so that
# a new file of a known module needs no line here and a new module does.  Names
# joined by = are one module.  Two files stand apart from their module: tick.c
# holds _PG_init(), which calls upward; storage.h names what a catalog row says
# of a segment's place, and its sources look that row up.
#
#	(a) nothing under src/core includes anything but core/ and the C library
#	(b) includes go downward in the order, hence without cycles
#	(c) only catalog*.c name columns of the catalog, only storage*.c know
#	    pages, WAL and the access method, only compat.h asks which version
#	    of PostgreSQL it is
#
# Prints what breaks a rule as file:line and exits 1.

cd "$(dirname "$0")/.." || exit 1
LC_ALL=C
export LC_ALL

order='
core/bytes core/status core/thread core/zstd
core/memory
core/bitpack core/hash core/vector core/zone core/kernel
core/csv core/gunzip core/string_pool core/sum
core/encoding core/readahead core/value
core/filter core/field_kernel
core/segment
core/columns core/row_buffer core/segment_stats core/worker
core/row_group
core/segment_format
core/segment_copy core/segment_reader core/segment_stats_store core/segment_writer
core/cursor
core/aggregate
core/aggregate_run
core/merge core/segment_verify
core/asof
core/guess core/path core/run
core/parse core/segment_job
core/intake

compat
tick
storage.h timezone
catalog
changeset=version dataset statistics storage symbol
convert
qual segment_cache
access calendar foreign_table
moment rollup scan segment_build
rewrite
agg=fdw load
guess
aggregates asof asof_function bars drop fetch inspect modify organise snapshot stats vacuum verify
tick.c
'

# ---- (a) and (b): every include, as file:line:header ----

includes() {
	grep -Hn '^[[:space:]]*#[[:space:]]*include[[:space:]]' src/core/*.[ch] src/*.[ch] 2>/dev/null |
		sed -E 's/^([^:]*):([0-9]+):[^<"]*([<"][^>"]*).*/\1:\2:\3/'
}

ours=$(cd src && ls core/*.h *.h 2>/dev/null | tr '\n' ' ')
files=$(cd src && ls core/*.[ch] *.[ch] 2>/dev/null | tr '\n' ' ')

status=0
includes | awk -F: -v order="$order" -v ours="$ours" -v files="$files" '
	function module(file,   name)
	{
		if (file in joint)
			return joint[file]
		name = file
		sub(/\.[ch]$/, "", name)
		while (!(name in joint) && name ~ /_[^_\/]*$/)
			sub(/_[^_\/]*$/, "", name)
		return name in joint ? joint[name] : ""
	}
	function broken(text)
	{
		print text
		bad = 1
	}
	BEGIN {
		lines = split(order, line, "\n")
		for (i = 1; i <= lines; i++)
		{
			words = split(line[i], word, " ")
			for (j = 1; j <= words; j++)
			{
				rank[word[j]] = i
				parts = split(word[j], part, "=")
				for (k = 1; k <= parts; k++)
					joint[part[k]] = word[j]
			}
		}
		n = split(ours, list, " ")
		for (i = 1; i <= n; i++)
			own[list[i]] = 1
		n = split(files, list, " ")
		for (i = 1; i <= n; i++)
			if (module(list[i]) == "")
				broken("src/" list[i] ": no module of test/check-layers.sh: give it a place in the order")
	}
	{
		file = substr($1, 5)
		place = $1 ":" $2 ": "
		quoted = substr($3, 1, 1) == "\""
		header = substr($3, 2)
		if (header ~ /\.c$/)
			broken(place "includes " header)
		if (file ~ /^core\// && quoted && !(header in own && header ~ /^core\//))
			broken(place "core includes \"" header "\"")
		if (file ~ /^core\// && !quoted && header ~ /^(postgres|c\.h|fmgr|utils\/|access\/|storage\/|catalog\/|lib\/|port)/)
			broken(place "core includes <" header ">")
		if (!(header in own))
			next
		from = module(file)
		to = module(header)
		if (from != "" && to != "" && from != to && rank[to] >= rank[from])
			broken(place from " includes " header ", which is not below it")
	}
	END { exit bad }
' || status=1

# ---- (c): secrets ----

# secret PATTERN WHOSE FILES: say where PATTERN stands outside of the files that may
secret() {
	found=$(grep -nE "$1" $3 /dev/null | grep -vE '^[^:]*:[0-9]+:[[:space:]]*\*')
	[ -z "$found" ] && return
	printf '%s\n' "$found" | sed "s|\$|    <- only $2 may|"
	status=1
}

outside() {
	ls src/*.[ch] 2>/dev/null | grep -vE "^src/($1[a-z_]*|compat)\.[ch]$" | tr '\n' ' '
}

secret '\b(Anum|Natts)_tick_|(FROM|INTO|UPDATE|JOIN) tick\.[a-z]' 'catalog*.c' "$(outside catalog)"
secret '\b(log_newpage|smgr[a-z]+[[:space:]]*\(|TableAmRoutine|PageInit|PageGetContents|BufferGetPage|ReadBuffer|XLogInsert|XLogBeginInsert|GenericXLog)' \
	'storage*.c' "$(outside storage)"
secret '\bPG_(VERSION|MAJORVERSION)' 'compat.h' "$(outside compat)"

[ "$status" = 0 ] && echo 'layers: includes go downward'
exit "$status"
