#!/bin/bash
#
# core.sh coverage | valgrind
#	  The core's unit tests once more: with branches counted, or under
#	  valgrind, which sees reads of what was never written.
#
# coverage prints, for each file of src/core, lines and branches that the unit
# tests take, and what is taken of all; it fails when fewer than BRANCHES
# percent of all branches are.  valgrind takes minutes for some tests.  UNITS
# names tests to run instead of all.

cd "$(dirname "$0")/.." || exit 1
what=${1:-coverage}
case $what in
	coverage) flags='-O0 -g --coverage' run= ;;
	valgrind) flags='-O1 -g' run='valgrind -q --error-exitcode=9 --leak-check=full --fair-sched=yes' ;;
	*) echo "core.sh coverage | valgrind"; exit 1 ;;
esac
for tool in gcc ${run%% *} $([ "$what" = valgrind ] || echo gcov); do
	command -v "$tool" >/dev/null || { echo "core.sh: needs $tool"; exit 1; }
done
BRANCHES=${BRANCHES:-90}
jobs=$(nproc 2>/dev/null || echo 2)
out=build/$what
mkdir -p "$out/tests"
rm -f "$out"/*.gcda "$out"/tests/*
make_variable() {
	make -s -f - print <<M
include Makefile
print: ; @echo \$(filter $1,\$($2))
M
}
flags="-std=gnu11 $flags -Isrc -Itest/unit $(make_variable -DHAVE_% PG_CPPFLAGS)"
libs="$(make_variable -l% SHLIB_LINK) -lm -lpthread"
export out flags libs run

# Objects of the core that are older than their source or any header, made anew
compile() {
	local file object

	for file in src/core/*.c; do
		object=$out/$(basename "$file" .c).o
		[ "$object" -nt "$file" ] && [ -z "$(find src/core -name '*.h' -newer "$object")" ] || echo "$file"
	done | xargs -r -P "$jobs" -I '{}' sh -c 'rm -f "$out/$(basename {} .c)".gc*; exec gcc $flags -c {} -o "$out/$(basename {} .c).o"' || exit 1
	rm -f "$out/core.a"
	ar rcs "$out/core.a" "$out"/*.o
}

compile
# shellcheck disable=SC2016
printf '%s\n' ${UNITS:-test/unit/test_*.c} | xargs -P "$jobs" -I '{}' sh -c '
	program=$out/tests/$(basename {} .c)
	gcc $flags {} "$out/core.a" -o "$program" $libs && $run "$program" >"$program.log" 2>&1 && echo "ok      $program" && exit
	echo "FAILED  $program"
	cat "$program.log"
	exit 1' | tee "$out/tests.log"
failed=$(grep -c ^FAILED "$out/tests.log")
echo "$(grep -c ^ok "$out/tests.log") tests passed, $failed failed"
[ "$what" = coverage ] || exit "$((failed > 0))"

for file in src/core/*.c; do
	gcov -b -n -o "$out" "$out/$(basename "$file" .c).gcno" 2>/dev/null | awk -v file="$file" '
		$1 == "File" { here = index($0, "\x27" file "\x27") }
		here && /^Lines executed/ { split($0, a, /[:%]| of /); lines = a[2]; all = a[4] }
		here && /^Taken at least once/ { split($0, a, /[:%]| of /); printf "%-34s %5d lines %6.1f %%   %5d branches %6.1f %%\n", file, all, lines, a[4], a[2]; here = 0 }'
done | tee "$out/summary"
awk -v least="$BRANCHES" '{ l += $2; lt += $2 * $4 / 100; b += $6; bt += $6 * $8 / 100 }
	END {
		printf "%-34s %5d lines %6.1f %%   %5d branches %6.1f %%\n", "all", l, 100 * lt / l, b, 100 * bt / b
		if (100 * bt / b < least) { print "fewer branches than " least " %"; exit 1 }
	}' "$out/summary" || exit 1
exit "$((failed > 0))"
