#!/bin/bash
#
# sanitize.sh [TEST ...]
#	  The tests against a server that is built with assertions, AddressSanitizer
#	  and UndefinedBehaviorSanitizer, all of it: the server, and the library in it.
#
# PGSOURCE is an unpacked source of PostgreSQL as its authors give it out (a
# Debian source installs over the system's libraries); without it
# "apt-get source" brings the tarball.  The server is built once, into
# SANITIZED (default: ~/.cache/tick-sanitized), which takes some ten minutes.
# Without TESTS: regression and isolation tests, and the scripts of test/t.
#
# A process that finds something aborts; the server's log then has
# "AddressSanitizer", "runtime error" or "TRAP", and the test fails.

. "$(dirname "$0")/lib.sh"
SANITIZED=${SANITIZED:-$HOME/.cache/tick-sanitized}
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0

fetch_source() {
	local folder=$SANITIZED/source

	mkdir -p "$folder" && cd "$folder" || exit 1
	ls ./*.orig.tar.* >/dev/null 2>&1 || apt-get source --download-only -qq "postgresql-$PGVERSION" || die "no source: name it with PGSOURCE"
	tar -xf ./*.orig.tar.* || exit 1
	PGSOURCE=$folder/$(ls -d postgresql-*/ | head -n 1)
}

build_server() {
	[ ! -x "$SANITIZED/server/bin/postgres" ] || return 0
	[ -n "${PGSOURCE:-}" ] || fetch_source
	! grep -q '/usr/lib/postgresql' "$PGSOURCE/src/Makefile.global.in" || die "$PGSOURCE is patched to install into the system"
	mkdir -p "$SANITIZED/build" && cd "$SANITIZED/build" || exit 1
	"$PGSOURCE/configure" -q --prefix="$SANITIZED/server" --enable-cassert --enable-debug --enable-tap-tests --without-icu --without-readline \
		CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer" &&
		make -s -j"$(cores)" >make.log 2>&1 && make -s install >>make.log 2>&1 && make -s -C src/test/isolation all install >>make.log 2>&1 ||
		{ tail -n 20 make.log; die "the server does not build"; }
}

need_packages
build_server
make_work
copy_source
BIN=$SANITIZED/server/bin
as_user test -x "$BIN/postgres" || die "$RUN_USER cannot run $BIN/postgres: choose another folder with SANITIZED"
OPTIONS=(OPTFLAGS="-O1 -Wno-maybe-uninitialized" with_llvm=no)
make_source -j"$(cores)" "${OPTIONS[@]}" || die "the library does not build"
make -s -C "$SRC" PG_CONFIG="$BIN/pg_config" "${OPTIONS[@]}" install || exit 1
DESTDIR=
start_server "fsync = off"
status=0
if [ $# -gt 0 ]; then
	make_source -k installcheck "${OPTIONS[@]}" REGRESS="$*" ISOLATION= TAP_TESTS= || status=1
else
	make_source -k installcheck "${OPTIONS[@]}" || status=1
fi
grep -hE 'AddressSanitizer|runtime error|TRAP:' "$WORK"/server.log "$SRC"/tmp_check/log/*.log 2>/dev/null && status=1
[ $status = 0 ] && say "nothing found"
exit $status
