# power.sh
#	  Power cuts: a server on a file system of its own, which is shut down
#	  without a flush while loads go on.
#
# EXT4_IOC_SHUTDOWN (2: not even the journal) makes an ext4 on a loop device
# forget what was not synced, as a power cut does; then the server is killed,
# the file system mounted again, and the server started.  What was
# acknowledged is entered in a ledger outside; afterwards the dataset must hold
# exactly that, with the one statement that was under way done whole or not at
# all.  Every third cut is followed by one during recovery.
#
# Needs root and loop devices.  TICK_CUTS is how many, TICK_SEED another course.
#
# Sourced by check.sh, which provides a build, pass and fail.

POWER_ROWS=6000

power_mount() {
	mkdir -p "$WORK/disk" && mount -o loop "$WORK/disk.img" "$WORK/disk"
}

power_unmount() {
	local try

	for try in 1 2 3 4 5 6 7 8 9 10; do
		umount "$WORK/disk" 2>/dev/null && return
		sleep 0.2
	done
	echo "could not unmount $WORK/disk"
	return 1
}

# A file system of our own, or false
power_disk() {
	is_root && command -v mkfs.ext4 >/dev/null || return 1
	truncate -s 2G "$WORK/disk.img" && mkfs.ext4 -q -F "$WORK/disk.img" && power_mount 2>/dev/null || return 1
	: >"$WORK/disk/handle"
	mkdir "$WORK/disk/server" && chown "$RUN_USER" "$WORK/disk/server"
}

power_cut() {
	perl -e 'open(my $handle, "<", $ARGV[0]) or die "$ARGV[0]: $!"; my $flags = pack("L", 2);
		defined ioctl($handle, 0x8004587D, $flags) or die "shutdown: $!"' "$WORK/disk/handle"
}

# Cut, and take the server's processes away: postmaster first, so that it starts no others
power_cut_and_kill() {
	local postmaster children

	postmaster=$(head -n 1 "$WORK/disk/server/postmaster.pid" 2>/dev/null)
	power_cut || return 1
	if [ -n "$postmaster" ]; then
		children=$(ps -o pid= --ppid "$postmaster")
		# shellcheck disable=SC2086
		kill -KILL "$postmaster" $children 2>/dev/null
		while kill -0 "$postmaster" 2>/dev/null; do sleep 0.05; done
	fi
	power_unmount && power_mount
}

power_start() {
	rm -f "$WORK/disk/server/postmaster.pid"
	as_user "$BIN/pg_ctl" -w -t 60 -D "$WORK/disk/server" -l "$WORK/power_server.log" start >/dev/null
}

power_sql() { as_user "$BIN/psql" -X -q -At -v ON_ERROR_STOP=1 -h "$WORK" -p "$POWER_PORT" -U postgres -d postgres -c "$1" 2>>"$WORK/power.err"; }

power_make_server() {
	POWER_PORT=$(free_port)
	as_user "$BIN/initdb" -D "$WORK/disk/server" -U postgres -A trust -k -E UTF8 --locale=C >/dev/null || return 1
	{
		echo "port = $POWER_PORT"
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$WORK'"
		echo "max_wal_size = 64MB"
		echo "min_wal_size = 32MB"
		echo "restart_after_crash = off"
		extension_settings
	} | as_user tee -a "$WORK/disk/server/postgresql.conf" >/dev/null
	# the cut would take our own settings as well
	sync -f "$WORK/disk"
	power_start || return 1
	power_sql "CREATE EXTENSION tick" &&
		power_sql "CREATE FOREIGN TABLE stored (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE \"C\", size bigint OPTIONS (role 'size'), noise text)
			SERVER tick OPTIONS (partition_by 'day')"
}

# Rows that do not compress, of a symbol to be put in
power_template() {
	awk -v rows="$POWER_ROWS" 'BEGIN {
		srand(7); print "ts,sym,size,noise"
		for (i = 0; i < rows; i++)
			printf "2021-01-%02d 09:30:%02d.%03d,@,%d,%08x%08x%08x\n", 4 + i % 2, i / 1000 % 60, i % 1000, i, rand() * 4294967295, rand() * 4294967295, rand() * 4294967295
	}' >"$WORK/template.csv"
}

# Loads and deletes until the power is gone; each is entered before it begins and when it is acknowledged
power_writer() {
	local batch=$1 victim statement

	while :; do
		batch=$((batch + 1))
		if [ $((RANDOM % 5)) = 0 ] && victim=$(awk '$1 == "done" { state[$2] = $3 } END { for (b in state) if (state[b] > 0) print b }' "$WORK/ledger" | head -n 1) && [ -n "$victim" ]; then
			echo "try $victim 0" >>"$WORK/ledger"
			power_sql "SELECT tick_delete('stored', symbols => ARRAY['$victim'])" >/dev/null || return
			echo "done $victim 0" >>"$WORK/ledger"
			continue
		fi
		sed "s/@/B$batch/" "$WORK/template.csv" | gzip -1 >"$WORK/B$batch.csv.gz"
		chmod 644 "$WORK/B$batch.csv.gz"
		statement="SELECT tick_load('$WORK/B$batch.csv.gz', 'stored')"
		echo "try B$batch $POWER_ROWS" >>"$WORK/ledger"
		power_sql "$statement" >/dev/null || return
		echo "done B$batch $POWER_ROWS" >>"$WORK/ledger"
		rm -f "$WORK/B$batch.csv.gz"
	done
}

power_organiser() {
	while power_sql "SELECT tick_finalize('stored')" >/dev/null && power_sql "CALL tick_vacuum(NULL, '0')"; do
		[ $((RANDOM % 3)) = 0 ] || power_sql CHECKPOINT || return
	done
}

# The ledger against the dataset; the statement in doubt becomes what it is
power_compare() {
	local found="$WORK/found" doubt

	power_sql "SELECT sym || ' ' || count(*) FROM stored GROUP BY sym" >"$found" || { echo "the dataset cannot be read"; return 1; }
	doubt=$(awk '$1 == "try" { b = $2; n = $3; open = 1 } $1 == "done" { open = 0 } END { if (open) print b, n }' "$WORK/ledger")
	awk -v doubt="$doubt" -v rows="$POWER_ROWS" '
		FNR == NR { if ($1 == "done") state[$2] = $3; next }
		{ seen[$1] = $2; if (!($1 in state)) state[$1] = 0 }
		END {
			split(doubt, d, " ")
			for (b in state) {
				now = b in seen ? seen[b] : 0
				if (now == state[b] || b == d[1] && now == d[2]) continue
				print "batch " b " holds " now " rows instead of " state[b]; bad = 1
			}
			exit bad
		}' "$WORK/ledger" "$found" || return 1
	if [ -n "$doubt" ]; then
		set -- $doubt
		echo "done $1 $(awk -v b="$1" '$1 == b { n = $2 } END { print n + 0 }' "$found")" >>"$WORK/ledger"
	fi
}

# No damage, and after a vacuum no file that pg_class does not name
power_sound() {
	local damage stray

	damage=$(power_sql "SELECT count(*) FROM tick_verify(NULL, 'full')")
	power_sql "CALL tick_vacuum(NULL, '0')"
	power_sql CHECKPOINT
	stray=$(power_sql "SELECT string_agg(f, ' ') FROM (SELECT 'base/' || oid AS folder FROM pg_database WHERE datname = 'postgres') d, pg_ls_dir(folder) f
		WHERE f ~ '^[0-9]' AND (pg_stat_file(folder || '/' || f)).size > 0
			AND substring(f FROM '^[0-9]+')::oid NOT IN (SELECT pg_relation_filenode(oid) FROM pg_class WHERE pg_relation_filenode(oid) IS NOT NULL)")
	[ "$damage" = 0 ] && [ -z "$stray" ] && return
	echo "damage: $damage; files that nothing names: $stray"
	return 1
}

# power_round NUMBER: one cut, and what is there afterwards
power_round() {
	local number=$1 writer organiser bad=0

	power_writer $((number * 1000)) &
	writer=$!
	power_organiser &
	organiser=$!
	sleep "$((RANDOM % 3)).$((RANDOM % 900 + 100))"
	power_cut_and_kill || return 1
	wait $writer $organiser 2>/dev/null
	if [ $((number % 3)) = 2 ]; then
		as_user "$BIN/pg_ctl" -W -D "$WORK/disk/server" -l "$WORK/power_server.log" start >/dev/null
		sleep "0.$((RANDOM % 400 + 100))"
		power_cut_and_kill || return 1
	fi
	power_start || { echo "the server does not start again"; tail -n 20 "$WORK/power_server.log"; return 1; }
	power_compare || bad=1
	power_sound || bad=1
	return $bad
}

power_tests() {
	local number cuts=${TICK_CUTS:-3}

	power_disk || { SKIP="needs root and loop devices"; return; }
	RANDOM=${TICK_SEED:-1}
	power_template
	: >"$WORK/ledger"
	if power_make_server; then
		for number in $(seq 1 "$cuts"); do
			if power_round "$number"; then
				pass
				echo "ok      cut $number: $(grep -c ^done "$WORK/ledger") statements acknowledged so far"
			else
				fail
				echo "FAILED  cut $number (TICK_SEED ${TICK_SEED:-1})"
			fi
		done
		as_user "$BIN/pg_ctl" -w -m fast -D "$WORK/disk/server" stop >/dev/null 2>&1
	else
		fail
	fi
	power_unmount
}
