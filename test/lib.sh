# lib.sh
#	  What demo.sh, check.sh and the benchmark share: packages, a build in a
#	  scratch folder, a private server, and leaving nothing behind.
#
# Nothing of the machine is changed but, as root, packages that are missing
# get installed.  The extension goes to a folder of its own (DESTDIR) that the
# private server is told of (extension_destdir, a setting of Debian's and
# apt.postgresql.org's packages); a server without it gets a plain "make
# install", which needs root.
#
# Sourced by bash.  Folders: TOP is the checkout, WORK the scratch folder,
# SRC the copy of the checkout in it, BIN the server's programs.

set -u -o pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PGVERSION=${PGVERSION:-15}
BIN=${TICK_BIN:-/usr/lib/postgresql/$PGVERSION/bin}
PACKAGES="postgresql-$PGVERSION postgresql-server-dev-$PGVERSION gcc make zlib1g-dev libipc-run-perl gzip"
OPTIONAL_PACKAGES="libisal-dev libzstd-dev clang libclang-rt-dev sqlsmith"
WORK=
SERVER=
export LANG=C.UTF-8 LC_ALL=C.UTF-8

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() { warn "$(basename "$0"): $*"; exit 1; }

is_root() { [ "$(id -u)" = 0 ]; }

# Run a command as the user that servers and tests run as: they refuse root.
as_user() {
	if is_root; then
		runuser -u "$RUN_USER" -- env HOME="$WORK" "$@"
	else
		"$@"
	fi
}

have_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# Install what is missing, or say what to install.
need_packages() {
	local missing='' package

	[ -x "$BIN/postgres" ] && [ -x "$BIN/pg_config" ] && command -v gcc make gzip >/dev/null &&
		[ -f /usr/include/zlib.h ] && perl -MIPC::Run -e 1 2>/dev/null && ! is_root && return
	command -v dpkg-query >/dev/null || die "needs $PACKAGES (written for Debian; install their like here and set PGVERSION)"
	for package in $PACKAGES; do
		have_package "$package" || missing="$missing $package"
	done
	if [ -n "$missing" ]; then
		is_root || die "missing packages; run as root: apt-get install$missing"
		say "installing$missing"
		export DEBIAN_FRONTEND=noninteractive
		apt-get update -qq >/dev/null || die "apt-get update failed"
		# shellcheck disable=SC2086
		apt-get install -y -qq --no-install-recommends $missing </dev/null >/dev/null ||
			die "apt-get install$missing failed"
	fi
	is_root || return 0
	for package in $OPTIONAL_PACKAGES; do
		have_package "$package" && continue
		apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null 2>&1 ||
			say "going on without $package"
	done
}

# Make the scratch folder; it goes away on every way out.
make_work() {
	RUN_USER=$(id -un)
	if is_root; then
		RUN_USER=${TICK_TEST_USER:-postgres}
		id "$RUN_USER" >/dev/null 2>&1 || die "no user \"$RUN_USER\" to run a server as"
	fi
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/tick.XXXXXX") || die "could not make a scratch folder"
	chmod 755 "$WORK"
	is_root && chown "$RUN_USER" "$WORK"
	trap leave EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	cd "$WORK" || exit 1
}

leave() {
	local status=$?

	trap - EXIT
	stop_server
	[ ! -f "$WORK/memory/postmaster.pid" ] || memory_end
	cd /
	! mountpoint -q "$WORK/disk" 2>/dev/null || umount -l "$WORK/disk"
	if [ -n "${TICK_KEEP:-}" ]; then
		warn "kept $WORK"
	else
		rm -rf "$WORK"
	fi
	exit "$status"
}

cores() { nproc 2>/dev/null || echo 2; }

# Copy the checkout as it is, without what a build leaves.
copy_source() {
	SRC=$WORK/src
	mkdir -p "$SRC"
	tar -C "$TOP" --exclude=./.git --exclude=./build --exclude=./results --exclude=./tmp_check --exclude=./output_iso \
		--exclude=node_modules --exclude='*.o' --exclude='*.bc' --exclude='*.so' -cf - . | tar -C "$SRC" -xf - ||
		die "could not copy the checkout"
	is_root && chown -R "$RUN_USER" "$SRC"
	return 0
}

# make in the copy, as the user
make_source() { as_user make -s -C "$SRC" PG_CONFIG="$BIN/pg_config" "$@"; }

# Where the server looks for the extension: our own folder if it can be told so.
install_extension() {
	DESTDIR=
	if grep -q extension_destdir "$("$BIN/pg_config" --sharedir)/postgresql.conf.sample" 2>/dev/null; then
		DESTDIR=$WORK/root
		make_source install DESTDIR="$DESTDIR" "$@"
	elif is_root || [ -w "$("$BIN/pg_config" --pkglibdir)" ]; then
		make -s -C "$SRC" PG_CONFIG="$BIN/pg_config" install "$@"
	else
		die "this server lacks the setting extension_destdir: run as root, or \"sudo make install\" and \"make installcheck\""
	fi
}

# Settings by which a server finds the extension; also for servers that TAP tests start.
extension_settings() {
	[ -z "$DESTDIR" ] || echo "extension_destdir = '$DESTDIR'"
}

# A program that writes test data
build_generator() {
	GEN=$WORK/gen
	as_user gcc -O2 -o "$GEN" "$SRC"/test/gen/*.c -lz || die "could not build the generator"
}

# A value of a generator's json file
meta() { sed -n "s/^\"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$1"; }

free_port() {
	local port

	while :; do
		port=$((20000 + RANDOM % 20000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# Start a server of our own; further arguments are lines of postgresql.conf.
start_server() {
	local try line

	SERVER=$WORK/server
	as_user "$BIN/initdb" -D "$SERVER" -U postgres -A trust -E UTF8 --locale=C >"$WORK/initdb.log" 2>&1 ||
		{ cat "$WORK/initdb.log" >&2; die "initdb failed"; }
	export PGHOST=$WORK PGUSER=postgres PGDATABASE=postgres
	unset PGSERVICE PGOPTIONS PGPASSWORD PGSSLMODE
	for try in 1 2 3 4 5; do
		PGPORT=$(free_port)
		export PGPORT
		{
			echo "listen_addresses = '127.0.0.1'"
			echo "port = $PGPORT"
			echo "unix_socket_directories = '$WORK'"
			echo "timezone = 'UTC'"
			extension_settings
			for line in "$@"; do echo "$line"; done
		} | as_user tee "$SERVER/tick.conf" >/dev/null
		[ "$try" = 1 ] && echo "include 'tick.conf'" | as_user tee -a "$SERVER/postgresql.conf" >/dev/null
		as_user "$BIN/pg_ctl" -w -t 60 -D "$SERVER" -l "$WORK/server.log" start >/dev/null 2>&1 && return
	done
	tail -n 30 "$WORK/server.log" >&2
	SERVER=
	die "could not start a server"
}

stop_server() {
	[ -n "$SERVER" ] || return 0
	as_user "$BIN/pg_ctl" -w -m fast -D "$SERVER" stop >/dev/null 2>&1 ||
		as_user "$BIN/pg_ctl" -w -m immediate -D "$SERVER" stop >/dev/null 2>&1
	SERVER=
}

# psql without surprises: no rc file, stop at the first error
sql() { as_user "$BIN/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }

# One value
sql_value() { sql -At -c "$1" "${@:2}"; }
