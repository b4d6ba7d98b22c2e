#!/bin/bash
#
# core.sh coverage | valgrind
#	  The core's unit tests once more: with branches counted, or under
#	  valgrind, which sees reads of what was never written.
#
# coverage prints, for each file of src/core, lines and branches that the unit
# tests take, and what is taken of all.  valgrind takes minutes a test; TESTS
# names some of them.

cd "$(dirname "$0")/.." || exit 1
what=${1:-coverage}
case $what in
	coverage) flags='-O0 -g --coverage' ;;
	valgrind) flags='-O1 -g' ;;
	*) echo "core.sh coverage | valgrind"; exit 1 ;;
esac
out=build/$what
mkdir -p "$out"
rm -f "$out"/*.gcda
flags="-std=gnu11 $flags -Isrc -Itest/unit $(make -s -f - print <<'M'
include Makefile
print: ; @echo $(filter -DHAVE_%,$(PG_CPPFLAGS))
M
)"
libs="$(make -s -f - print <<'M'
include Makefile
print: ; @echo $(filter -l%,$(SHLIB_LINK))
M
) -lm -lpthread"
status=0

compile() {
	local file object

	for file in src/core/*.c; do
		object=$out/$(basename "$file" .c).o
		# shellcheck disable=SC2086
		[ "$object" -nt "$file" ] && [ -z "$(find src/core -name '*.h' -newer "$object")" ] || gcc $flags -c "$file" -o "$object" || exit 1
	done
	rm -f "$out/core.a"
	ar rcs "$out/core.a" "$out"/*.o
}

compile
for test in ${TESTS:-test/unit/test_*.c}; do
	name=$(basename "$test" .c)
	mkdir -p "$out/tests"
	# shellcheck disable=SC2086
	gcc $flags "$test" "$out/core.a" -o "$out/tests/$name" $libs || exit 1
	case $what in
		coverage) "$out/tests/$name" >/dev/null || status=1 ;;
		valgrind) valgrind -q --error-exitcode=9 --leak-check=full "$out/tests/$name" || status=1 ;;
	esac
done
[ "$what" = coverage ] || exit $status

for file in src/core/*.c; do
	gcov -b -n -o "$out" "$out/$(basename "$file" .c).gcno" 2>/dev/null | awk -v file="$file" '
		$1 == "File" { here = index($0, "\x27" file "\x27") }
		here && /^Lines executed/ { split($0, a, /[:%]| of /); lines = a[2]; all = a[4] }
		here && /^Taken at least once/ { split($0, a, /[:%]| of /); printf "%-34s %5d lines %6.1f %%   %5d branches %6.1f %%\n", file, all, lines, a[4], a[2]; here = 0 }'
done | tee "$out/summary"
awk '{ l += $2; lt += $2 * $4 / 100; b += $6; bt += $6 * $8 / 100 }
	END { printf "%-34s %5d lines %6.1f %%   %5d branches %6.1f %%\n", "all", l, 100 * lt / l, b, 100 * bt / b }' "$out/summary"
exit $status
