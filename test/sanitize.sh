#!/bin/bash
#
# sanitize.sh [STEP ...]
#	  The tests against a server that is built with assertions, AddressSanitizer
#	  and UndefinedBehaviorSanitizer, all of it: the server, and the library in it.
#
# The server is built once, in some ten minutes, into SANITIZED (default:
# /var/cache/tick-sanitized for root, else ~/.cache/tick-sanitized), and the
# extension is installed there and nowhere else.  PGSOURCE is an unpacked
# source of PostgreSQL as its authors give it out (a Debian source installs
# over the system's libraries); without it "apt-get source" brings the tarball.
#
# Then check.sh runs its steps on that server: those given, or all that need
# a server.  A process that finds something aborts and its test fails; the
# step "logs" fails when any server's log tells of a finding.

. "$(dirname "$0")/lib.sh"
if is_root; then
	SANITIZED=${SANITIZED:-/var/cache/tick-sanitized}
else
	SANITIZED=${SANITIZED:-$HOME/.cache/tick-sanitized}
fi
FLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0

fetch_source() {
	local folder=$SANITIZED/source

	mkdir -p "$folder" && cd "$folder" || exit 1
	ls ./*.orig.tar.* >/dev/null 2>&1 || apt-get source --download-only -qq "postgresql-$PGVERSION" >/dev/null ||
		die "apt-get has no source of postgresql-$PGVERSION (a deb-src line?): name one with PGSOURCE"
	tar -xf ./*.orig.tar.* || exit 1
	PGSOURCE=$folder/$(ls -d postgresql-*/ | head -n 1)
}

build_server() {
	[ ! -x "$SANITIZED/server/bin/postgres" ] || return 0
	[ -n "${PGSOURCE:-}" ] || fetch_source
	! grep -q '/usr/lib/postgresql' "$PGSOURCE/src/Makefile.global.in" || die "$PGSOURCE is patched to install into the system"
	say "building a server in $SANITIZED"
	mkdir -p "$SANITIZED/build" && cd "$SANITIZED/build" || exit 1
	"$PGSOURCE/configure" -q --prefix="$SANITIZED/server" --enable-cassert --enable-debug --enable-tap-tests --without-icu --without-readline \
		CFLAGS="$FLAGS" >make.log 2>&1 &&
		make -s -j"$(cores)" >>make.log 2>&1 && make -s install >>make.log 2>&1 && make -s -C src/test/isolation all install >>make.log 2>&1 ||
		{ tail -n 20 make.log; die "the server does not build: $PWD/make.log"; }
}

need_packages
build_server
export TICK_BIN=$SANITIZED/server/bin
case $("$TICK_BIN/pg_config" --pkglibdir) in
	"$SANITIZED"/*) ;;
	*) die "$TICK_BIN would install outside of $SANITIZED" ;;
esac
! is_root || runuser -u "${TICK_TEST_USER:-postgres}" -- test -x "$TICK_BIN/postgres" ||
	die "${TICK_TEST_USER:-postgres} cannot run $TICK_BIN/postgres: choose another folder with SANITIZED"
[ $# -gt 0 ] || set -- build install regress isolation tap generated real readme power
export OPTFLAGS="-O1 -Wno-maybe-uninitialized"
exec "$TOP/test/check.sh" "$@"
