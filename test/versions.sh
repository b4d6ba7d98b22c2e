#!/bin/bash
#
# versions.sh [VERSION ...]
#	  Build and test with PostgreSQL 15 to 18, each from the suite that has
#	  it, or with those that are named; then pg_upgrade from 15 to 17 and 18.
#
# A version whose server is installed here is tested here.  For the others,
# as root, debootstrap makes a folder for the suite in VERSIONS_FOLDER
# (~/.cache/tick-versions; 2 GB each, kept for the next time) and everything
# happens in there: nothing of this machine is changed.  Debian has no
# PostgreSQL 16: it comes from Ubuntu 24.04, whose archive key Debian has.
#
# STEPS are those of check.sh.  With COMPILE=1 only the library is compiled,
# which needs headers and no server: INCLUDES names the folder that has them
# as VERSION/server.

cd "$(dirname "$0")/.." || exit 1
TOP=$PWD
FOLDER=${VERSIONS_FOLDER:-${XDG_CACHE_HOME:-$HOME/.cache}/tick-versions}
STEPS=${STEPS:-build unit regress isolation tap}
INCLUDES=${INCLUDES:-/usr/include/postgresql}
DEBIAN=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
UBUNTU=${UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}
WANTED=("$@")
[ ${#WANTED[@]} -gt 0 ] || WANTED=(15 16 17 18)
SUMMARY=()
STATUS=0

# What is said at the end of it all, of one version.
report() {
	SUMMARY+=("PostgreSQL $1: $2")
	[ "${3:-0}" = 0 ] || STATUS=1
}

suite_of() {
	case $1 in
		15) echo bookworm ;; 16) echo noble ;; 17) echo trixie ;; 18) echo forky ;;
		*) return 1 ;;
	esac
}

compile() {
	local file failed=0 output

	for file in src/core/*.c src/*.c; do
		output=$(gcc -fsyntax-only -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
			-Wno-missing-field-initializers -Isrc -isystem "$INCLUDES/$1/server" "$file" 2>&1) && [ -z "$output" ] && continue
		failed=$((failed + 1))
		echo "$1: $file"
		grep -E 'error|warning' <<<"$output" | head -n 5
	done
	report "$1" "$failed of $(ls src/core/*.c src/*.c | wc -l) files do not compile" $failed
}

# A server that can be told of a folder of extensions, so that nothing is installed for it.
is_here() {
	[ -x "/usr/lib/postgresql/$1/bin/postgres" ] && grep -q extension_destdir "/usr/share/postgresql/$1/postgresql.conf.sample" 2>/dev/null
}

# ---- folders ----

# Run a command in a suite's folder, with mounts that go with it.
inside() {
	local root=$FOLDER/$1

	shift
	unshare --mount --pid --fork bash -c 'root=$1; shift
		mount -t proc proc "$root/proc" && mkdir -p "$root/dev/shm" && mount -t tmpfs tmpfs "$root/dev/shm" &&
			exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"' \
		inside "$root" "$@"
}

# debootstrap, unpacked beside the folders where it is not installed
bootstrap() {
	local tool=$FOLDER/debootstrap

	if command -v debootstrap >/dev/null; then
		debootstrap "$@"
		return
	fi
	if [ ! -d "$tool" ]; then
		mkdir -p "$tool.new" &&
			(cd "$tool.new" && apt-get download -qq debootstrap >/dev/null 2>&1 && dpkg-deb -x debootstrap_*.deb .) &&
			mv "$tool.new" "$tool" || return 1
	fi
	DEBOOTSTRAP_DIR=$tool/usr/share/debootstrap "$tool/usr/sbin/debootstrap" "$@"
}

# The key of Ubuntu's archive is a package of Debian's newer suites.
ubuntu_key() {
	local key=/usr/share/keyrings/ubuntu-archive-keyring.gpg

	[ ! -f $key ] || { echo $key; return; }
	make_root trixie >&2 && inside trixie apt-get install -y -qq ubuntu-keyring >/dev/null 2>&1 || return 1
	echo "$FOLDER/trixie$key"
}

# A suite's folder, whole or not at all.
make_root() {
	local suite=$1 root=$FOLDER/$1 script=sid mirror=$DEBIAN key=/usr/share/keyrings/debian-archive-keyring.gpg components=main

	[ ! -f "$root/.complete" ] || return 0
	[ "$(id -u)" = 0 ] || { echo "needs root to make a folder for $suite"; return 1; }
	if [ "$suite" = noble ]; then
		script=gutsy mirror=$UBUNTU components=main,universe
		key=$(ubuntu_key) || { echo "no key of Ubuntu's archive"; return 1; }
	fi
	mkdir -p "$FOLDER"
	rm -rf --one-file-system "$root"
	echo "making $root"
	bootstrap --variant=minbase --include=ca-certificates --components=$components --keyring="$key" \
		"$suite" "$root" "$mirror" $script >"$FOLDER/$suite.log" 2>&1 || { echo "no folder for $suite: $(tail -n 1 "$FOLDER/$suite.log")"; return 1; }
	[ "$suite" != noble ] || echo "deb $mirror noble-updates main universe" >>"$root/etc/apt/sources.list"
	# no server of its own, none started
	mkdir -p "$root/etc/postgresql-common"
	echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	inside "$suite" apt-get update -qq >>"$FOLDER/$suite.log" 2>&1 || { echo "no lists of packages for $suite"; return 1; }
	touch "$root/.complete"
}

# The checkout as it is, without what a build leaves.
copy_checkout() {
	rm -rf --one-file-system "$FOLDER/$1/root/tick"
	mkdir -p "$FOLDER/$1/root/tick"
	tar -C "$TOP" --exclude=./.git --exclude=./build --exclude='*.o' --exclude='*.bc' --exclude='*.so' -cf - . |
		tar -C "$FOLDER/$1/root/tick" -xf -
}

# ---- tests ----

# Of a version, here or in its suite's folder; the last lines of check.sh are what is reported.
check() {
	local version=$1 suite output place=installed

	output=$(mktemp)
	if is_here "$version"; then
		# shellcheck disable=SC2086
		PGVERSION=$version "$TOP/test/check.sh" $STEPS 2>&1 | tee "$output"
	else
		suite=$(suite_of "$version") || { report "$version" "no suite is known to have it"; return; }
		make_root "$suite" | tee "$output"
		[ -f "$FOLDER/$suite/.complete" ] || { report "$version" "not tested: $(tail -n 1 "$output")" 1; return; }
		[ -n "$(inside "$suite" apt-cache search --names-only "^postgresql-$version\$")" ] ||
			{ report "$version" "not offered by $suite"; return; }
		copy_checkout "$suite"
		place=$suite
		# shellcheck disable=SC2086
		inside "$suite" env PGVERSION="$version" TICK_SEED="${TICK_SEED:-}" /root/tick/test/check.sh $STEPS 2>&1 | tee "$output"
	fi
	report "$version ($place)" "$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$output" || echo 'the tests did not end')" \
		"$(grep -qE '^[0-9]+ passed, 0 failed$' "$output"; echo $?)"
	rm -f "$output"
}

# pg_upgrade from 15, whose packages go into the newer suite's folder; headers without what they would pull in.
upgrade() {
	local version=$1 suite output

	suite=$(suite_of "$version")
	[ -f "$FOLDER/$suite/.complete" ] && [ -x "$FOLDER/$suite/usr/lib/postgresql/$version/bin/postgres" ] || return
	output=$(mktemp)
	echo "deb $DEBIAN bookworm main" >"$FOLDER/$suite/etc/apt/sources.list.d/bookworm.list"
	copy_checkout "$suite"
	inside "$suite" bash -c 'version=$1
		if [ ! -f /usr/include/postgresql/15/server/postgres.h ]; then
			apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-15 &&
				cd /tmp && apt-get download -qq postgresql-server-dev-15 && dpkg-deb -x postgresql-server-dev-15_*.deb / || exit 2
		fi
		chown -R postgres /root/tick && chmod 755 /root && cd /root/tick || exit 2
		for each in 15 $version; do
			make -s clean PG_CONFIG=/usr/lib/postgresql/$each/bin/pg_config
			make -s -j"$(nproc)" install with_llvm=no PG_CONFIG=/usr/lib/postgresql/$each/bin/pg_config || exit 2
		done
		runuser -u postgres -- env TICK_UPGRADE_FROM=/usr/lib/postgresql/15 make -s installcheck REGRESS= ISOLATION= \
			PG_CONFIG=/usr/lib/postgresql/$version/bin/pg_config PROVE_TESTS=test/t/007_upgrade.pl' \
		upgrade "$version" 2>&1 | tee "$output"
	if grep -q '^Result: PASS' "$output"; then
		report "15 to $version ($suite)" "pg_upgrade by copy and by link passed"
	else
		report "15 to $version ($suite)" "pg_upgrade failed: $(tail -n 1 "$output")" 1
	fi
	rm -f "$output"
}

for version in "${WANTED[@]}"; do
	if [ -n "${COMPILE:-}" ]; then
		compile "$version"
	else
		check "$version"
	fi
done
if [ -z "${COMPILE:-}" ]; then
	for version in "${WANTED[@]}"; do
		[ "$version" -le 16 ] || upgrade "$version"
	done
fi
echo "----"
printf '%s\n' "${SUMMARY[@]}"
exit $STATUS
