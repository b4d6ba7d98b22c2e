#!/bin/sh
#
# check-faults.sh
#	  Does every case of faults.md have its test, and is every test of faults
#	  of some case?
#
#	(a) the cases are A1 to L5, 160, each once
#	(b) each names tests as `file` "text", the file is there and has the text
#	    in it, or says "not tried:" and why
#	(c) every script of test/t and every spec of test/isolation is named there,
#	    or proves a promise of README.md, whose proofs are all there
#	(d) the extension's script captures nothing: no OR REPLACE, no IF NOT EXISTS
#
# Prints what breaks a rule and exits 1.

cd "$(dirname "$0")/.." || exit 1
LC_ALL=C
export LC_ALL
page=test/faults.md
status=0

say() {
	echo "faults: $1"
	status=1
}

# ---- (a) ----

cases=$(sed -nE 's/^([A-L][0-9]+) \| .*/\1/p' $page)
expected=$(for range in A13 B15 C18 D16 E14 F12 G18 H12 I13 J12 K12 L5; do
	letter=$(echo "$range" | cut -c1)
	seq -f "$letter%g" 1 "$(echo "$range" | cut -c2-)"
done)
[ "$cases" = "$expected" ] || say "the cases are not A1 to L5, 160, in order and each once"

# ---- (b) ----

# case, file and text of each claim, by tabs
claims=$(sed -nE '/^[A-L][0-9]+ \| /p' $page | awk -F ' [|] ' '{
	if ($4 ~ /^not tried: ./) next
	if ($4 !~ /^`[^`]+` "/) { print $1 "\t\t"; next }
	rest = $4
	while (match(rest, /`[^`]+` "/)) {
		file = substr(rest, RSTART + 1, RLENGTH - 4)
		rest = substr(rest, RSTART + RLENGTH)
		end = match(rest, /"(; `|$)/)
		print $1 "\t" file "\t" substr(rest, 1, end - 1)
		rest = substr(rest, end + 1)
	}
}')
tab=$(printf '\t')
broken=$(printf '%s\n' "$claims" | while IFS="$tab" read -r case file text; do
	if [ -z "$file" ] || [ -z "$text" ]; then
		echo "$case has no test"
	elif [ ! -f "$file" ]; then
		echo "$case: there is no $file"
	else
		grep -qF -- "$text" "$file" || echo "$case: $file does not say \"$text\""
	fi
done)
[ -z "$broken" ] || say "$broken"

# ---- (c) ----

# files that the promises of README.md name
proofs=$(sed -n '/^## Promises/,/^## Reference/p' README.md | grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//' | sort -u)
for file in $proofs; do
	[ -f "$file" ] || say "README.md: there is no $file"
done
for file in test/t/*.pl test/isolation/specs/*.spec; do
	printf '%s\n' "$claims" | cut -f 2 | grep -qxF -- "$file" ||
		printf '%s\n' "$proofs" | grep -qxF -- "$file" || say "$file is of no case and no promise"
done

# ---- (d) ----

for script in sql/tick--*.sql; do
	found=$(grep -inE 'or[[:space:]]+replace|if[[:space:]]+not[[:space:]]+exists' "$script")
	[ -z "$found" ] || say "$script captures what is there: $found"
done

[ $status != 0 ] || echo "faults: each of 160 cases has its test"
exit $status
