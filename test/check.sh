#!/bin/bash
#
# check.sh [STEP ...]
#	  Every check of the project, on a private server; the steps are the list
#	  at the end.  Ends with "N passed, N failed" and exits 1 if any failed.
#
# On a fresh Debian, as root, it installs what it needs; else it says what to
# install.  What cannot run here (no clang, no real data) is skipped with a
# word.  Real data: TICK_DATA names a folder of sets with a truth.json each;
# without it, shared/data beside the checkout is taken when it is there.
# FUZZ_SECONDS is the time for each fuzzer, SMITH_SECONDS that for random queries; TICK_KILLS and TICK_CUTS are the
# numbers of kills and power cuts, TICK_SEED takes another course of events.

. "$(dirname "$0")/lib.sh"
. "$TOP/test/data.sh"
. "$TOP/test/power.sh"
. "$TOP/test/smith.sh"
. "$TOP/test/memory.sh"

PASSED=0
FAILED=0
BROKEN=
SKIP=
FUZZ_SECONDS=${FUZZ_SECONDS:-8}
[ -n "${TICK_DATA:-}" ] || [ ! -d "$TOP/../shared/data" ] || TICK_DATA=$(cd "$TOP/../shared/data" && pwd)
[ -z "${TICK_DATA:-}" ] || export TICK_DATA

# Where a step's output goes; shown when it fails.
LOG=

pass() { PASSED=$((PASSED + ${1:-1})); }
fail() { FAILED=$((FAILED + ${1:-1})); }

# wanted STEP ...: was any of these asked for?
wanted() {
	local name

	[ ${#WANTED[@]} -gt 0 ] || return 0
	for name in "$@"; do
		case " ${WANTED[*]} " in *" $name "*) return 0 ;; esac
	done
	return 1
}

# step NAME FUNCTION: run it unless others were asked for; counts at least itself
step() {
	local name=$1 passed=$PASSED failed=$FAILED start=$SECONDS status

	wanted "$name" || return
	LOG=$WORK/$name.log
	SKIP=
	"$2" >"$LOG" 2>&1
	status=$?
	if [ -n "$SKIP" ]; then
		printf '%-10s skipped: %s\n' "$name" "$SKIP"
		return
	fi
	if [ "$status" = 0 ] && [ "$PASSED" = "$passed" ] && [ "$FAILED" = "$failed" ]; then
		pass
	elif [ "$status" != 0 ] && [ "$FAILED" = "$failed" ]; then
		fail
	fi
	printf '%-10s %4d passed %3d failed %5d s\n' "$name" $((PASSED - passed)) $((FAILED - failed)) $((SECONDS - start))
	if [ "$FAILED" != "$failed" ]; then
		BROKEN="$BROKEN $name"
		show_failure "$name"
	fi
}

show_failure() {
	local file

	echo "---- $1: the end of its output"
	tail -n 60 "$LOG"
	for file in "$SRC/regression.diffs" "$SRC/output_iso/regression.diffs"; do
		[ -s "$file" ] || continue
		echo "---- $file"
		head -n 200 "$file"
		rm -f "$file"
	done
	if [ "$1" = tap ]; then
		for file in $(sed -n 's/^test\/t\/\([^ ]*\)\.pl  *(Wstat.*/\1/p' "$LOG"); do
			echo "---- the log of $file"
			tail -n 40 "$SRC/tmp_check/log/regress_log_$file"
		done
	fi
	if grep -qE 'PANIC|server process .* was terminated by signal|TRAP:' "$WORK/server.log" 2>/dev/null; then
		echo "---- the server's log"
		grep -nE -B 3 -A 10 'PANIC|server process .* was terminated by signal|TRAP:' "$WORK/server.log" | tail -n 60
	fi
	echo "----"
}

# counted PASSED TOTAL STATUS: add up what a tool reported; a failure that it did not count counts as one
counted() {
	pass "$1"
	fail $(($2 - $1))
	[ "$3" = 0 ] || [ "$2" -gt "$1" ] || fail
	return "$3"
}

layers() { sh "$SRC/test/check-layers.sh" && sh "$SRC/test/check-faults.sh"; }

build() { make_source -j"$(cores)"; }

clang_build() {
	local file status=0

	command -v clang >/dev/null || { SKIP="no clang"; return; }
	for file in "$SRC"/src/core/*.c "$SRC"/src/*.c; do
		clang -fsyntax-only -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
			-Wno-missing-field-initializers -Wno-ignored-attributes -D_GNU_SOURCE \
			-I"$SRC/src" -isystem "$("$BIN/pg_config" --includedir-server)" \
			"$file" || status=1
	done
	return $status
}

unit() {
	local status total

	make_source -j"$(cores)" unit
	status=$?
	total=$(ls "$SRC"/test/unit/test_*.c | wc -l)
	counted "$(grep -c ' checks, 0 failures$' "$LOG")" "$total" $status
}

fuzz() {
	local status total

	ls "$SRC"/test/fuzz/fuzz_*.c >/dev/null 2>&1 || { SKIP="no fuzzers"; return; }
	echo 'int LLVMFuzzerTestOneInput(const char *data, unsigned long size) { return data != 0 && size > 1e9; }' >"$WORK/probe.c"
	clang -fsanitize=fuzzer,address -o "$WORK/probe" "$WORK/probe.c" || { SKIP="no clang with libFuzzer"; return; }
	make_source -j"$(cores)" fuzz FUZZ_SECONDS="$FUZZ_SECONDS"
	status=$?
	total=$(ls "$SRC"/test/fuzz/fuzz_*.c | wc -l)
	# a finding ends in a SUMMARY line
	counted $(($(grep -c '^build/fuzz/fuzz_.* for ' "$LOG") - $(grep -c '^SUMMARY: ' "$LOG"))) "$total" $status
}

install_step() {
	install_extension && build_generator || return
	extension_settings >"$WORK/temp.conf"
	chmod 644 "$WORK/temp.conf"
}

# What pg_regress and the isolation tester report: "test name ... ok", from 16 on "ok 1 - name"
regress_counted() {
	local total

	total=$(grep -cE '^(test| {5}).* \.\.\. +(ok|FAILED)|^(ok|not ok) [0-9]+ ' "$LOG")
	counted "$(grep -cE '^(test| {5}).*\.\.\. +ok|^ok [0-9]+ ' "$LOG")" "$total" "$1"
}

regress() {
	ls "$SRC"/sql/*.sql | grep -qv 'tick--' || { SKIP="no scripts"; return; }
	make_source installcheck ISOLATION= TAP_TESTS=
	regress_counted $?
}

isolation() {
	ls "$SRC"/test/isolation/specs/*.spec >/dev/null 2>&1 || { SKIP="no specs"; return; }
	make_source installcheck REGRESS= TAP_TESTS=
	regress_counted $?
}

tap() {
	local status

	ls "$SRC"/test/t/*.pl >/dev/null 2>&1 || { SKIP="no scripts"; return; }
	TEMP_CONFIG=$WORK/temp.conf make_source installcheck REGRESS= ISOLATION=
	status=$?
	counted "$(grep -cE '^test/t/.*\.pl \.+ (ok|skipped)' "$LOG")" "$(ls "$SRC"/test/t/*.pl | wc -l)" $status
}

generated() {
	generated_tests
}

power() {
	power_tests
}

memory() {
	memory_tests
}

readme() {
	[ -f "$SRC/README.md" ] || { SKIP="no README.md"; return; }
	readme_tests
}

smith() {
	command -v sqlsmith >/dev/null || { SKIP="no sqlsmith"; return; }
	smith_tests
}

# What no server may say, whatever a test was after: assertions, sanitizers, panics.  One whose disk is gone says anything.
logs() {
	! grep -HnE -A 3 'TRAP:|AddressSanitizer|runtime error: |PANIC:' "$WORK/server.log" "$WORK/memory_server.log" \
		"$SRC"/tmp_check/log/*.log 2>/dev/null
}

real() {
	[ -n "${TICK_DATA:-}" ] || { SKIP="TICK_DATA names no folder of real data"; return; }
	[ -d "$TICK_DATA/real" ] || { SKIP="no folder $TICK_DATA/real"; return; }
	real_tests
}

# ---- the steps, in order ----

WANTED=("$@")
START=$SECONDS
need_packages
make_work
copy_source
step layers layers
step build build
step clang clang_build
step unit unit
step fuzz fuzz
if wanted install regress isolation tap generated real readme smith power memory; then
	[ ${#WANTED[@]} = 0 ] || WANTED+=(install)
	step install install_step
	if [ "${BROKEN%install}" = "$BROKEN" ]; then
		start_server
		step regress regress
		step isolation isolation
		step tap tap
		step generated generated
		step real real
		step readme readme
		step smith smith
		step power power
		# takes minutes, so it must be asked for
		[ ${#WANTED[@]} = 0 ] || step memory memory
		WANTED=()
		step logs logs
	fi
fi

[ -z "$BROKEN" ] || echo "failed:$BROKEN"
echo "total $((SECONDS - START)) s"
echo "$PASSED passed, $FAILED failed"
[ "$FAILED" = 0 ]
