#!/bin/bash
#
# versions.sh [VERSION ...]
#	  Build, install and test with each PostgreSQL whose development files are
#	  here, or with those that are named.
#
# Debian's suites have one version each: 15 in bookworm, 17 in trixie; a
# suite of another version goes into a folder of its own, where this script is
# then run (as root; the folder takes 1 GB):
#
#	  debootstrap --include=ca-certificates trixie /srv/trixie
#	  cp -r . /srv/trixie/root/tick
#	  chroot /srv/trixie bash -c 'apt-get install -y postgresql-17 && cd /root/tick && PGVERSION=17 test/check.sh'
#
# With COMPILE=1 only the library is compiled, which needs headers and no
# server: INCLUDES names the folder that has them as VERSION/server.

cd "$(dirname "$0")/.." || exit 1
status=0
INCLUDES=${INCLUDES:-/usr/include/postgresql}
found=("$@")
[ ${#found[@]} -gt 0 ] || for folder in "$INCLUDES"/[0-9]*; do found+=("$(basename "$folder")"); done

compile() {
	local file failed=0

	for file in src/core/*.c src/*.c; do
		gcc -fsyntax-only -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
			-Wno-missing-field-initializers -Isrc -isystem "$INCLUDES/$1/server" "$file" >/tmp/versions.$$ 2>&1 && [ ! -s /tmp/versions.$$ ] && continue
		failed=$((failed + 1))
		echo "$1: $file"
		grep -E 'error|warning' /tmp/versions.$$ | head -n 5
	done
	rm -f /tmp/versions.$$
	echo "PostgreSQL $1: $failed of $(ls src/core/*.c src/*.c | wc -l) files do not compile"
	[ $failed = 0 ]
}

for version in "${found[@]}"; do
	if [ -n "${COMPILE:-}" ]; then
		compile "$version" || status=1
	elif [ -x "/usr/lib/postgresql/$version/bin/postgres" ]; then
		PGVERSION=$version test/check.sh build regress isolation tap || status=1
	else
		echo "PostgreSQL $version: no server here"
	fi
done
exit $status
