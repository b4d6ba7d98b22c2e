# memory.sh
#	  Loads and queries of what takes memory, on a server that has 512 MB of
#	  it in all: bombs, lines without end, many symbols, dates, columns and
#	  texts.  Each ends in its rows or in an error of its own, and the kernel
#	  kills nothing.
#
# The limit is a memory control group (version 1 or 2), which needs root; page
# cache counts in it and gives way.  Without, each process gets that much
# address space beyond the server's shared memory, which is said.
#
# Sourced by check.sh, which provides a build, pass and fail.

MEMORY_LIMIT=$((512 * 1024 * 1024))
MEMORY_GROUP=

# A group with the limit, or false
memory_group() {
	local v1=/sys/fs/cgroup/memory v2=/sys/fs/cgroup

	is_root || return 1
	if [ -f $v2/cgroup.controllers ] && grep -qw memory $v2/cgroup.subtree_control 2>/dev/null; then
		MEMORY_GROUP=$v2/tick.$$
		mkdir "$MEMORY_GROUP" && echo "$MEMORY_LIMIT" >"$MEMORY_GROUP/memory.max" &&
			{ echo 0 >"$MEMORY_GROUP/memory.swap.max" || :; } 2>/dev/null && return
	elif [ -f $v1/memory.limit_in_bytes ]; then
		MEMORY_GROUP=$v1/tick.$$
		mkdir "$MEMORY_GROUP" && echo "$MEMORY_LIMIT" >"$MEMORY_GROUP/memory.limit_in_bytes" && return
	fi
	MEMORY_GROUP=
	return 1
}

# Most that was taken since it was asked last, MB, where it is known
memory_peak() {
	local file=$MEMORY_GROUP/memory.max_usage_in_bytes

	[ -n "$MEMORY_GROUP" ] || return
	[ -f "$file" ] || file=$MEMORY_GROUP/memory.peak
	[ -f "$file" ] || return
	echo ", $(($(cat "$file") / 1048576)) MB at most"
	{ echo 0 >"$file"; } 2>/dev/null
}

memory_start() {
	(
		if [ -n "$MEMORY_GROUP" ]; then
			echo $BASHPID >"$MEMORY_GROUP/cgroup.procs" || exit 1
		else
			ulimit -v $((MEMORY_LIMIT / 1024 + 200000)) || exit 1
		fi
		as_user "$BIN/pg_ctl" -w -t 60 -D "$WORK/memory" -l "$WORK/memory_server.log" start >/dev/null
	)
}

memory_sql() {
	as_user "$BIN/psql" -X -q -At -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -h "$WORK" -p "$MEMORY_PORT" -U postgres -d postgres "$@"
}

memory_server() {
	MEMORY_PORT=$(free_port)
	as_user "$BIN/initdb" -D "$WORK/memory" -U postgres -A trust -E UTF8 --locale=C >/dev/null || return 1
	{
		echo "port = $MEMORY_PORT"
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$WORK'"
		echo "shared_buffers = 64MB"
		echo "max_connections = 20"
		echo "max_wal_size = 1GB"
		echo "fsync = off"
		echo "jit = off"
		echo "restart_after_crash = off"
		extension_settings
	} | as_user tee -a "$WORK/memory/postgresql.conf" >/dev/null
	memory_start && memory_sql -c "CREATE EXTENSION tick"
}

memory_lines() { echo "ts,sym,size,noise"; "$@"; }

# What a source holds, by name
memory_source() {
	case $1 in
		zeros) head -c 2000000000 /dev/zero ;;
		line) memory_lines eval "echo 2021-01-04 10:00,A,1,x; head -c 1000000000 /dev/zero | tr '\0' x; echo; echo 2021-01-04 10:01,B,1,x" ;;
		fields) memory_lines eval "echo 2021-01-04 10:00,A,1,x; head -c 300000000 /dev/zero | tr '\0' ,; echo; echo 2021-01-04 10:01,B,1,x" ;;
		quotes) memory_lines eval "echo 2021-01-04 10:00,A,1,x; echo '2021-01-04 10:00,A,1,\"'; head -c 300000000 /dev/zero | tr '\0' '\n'" ;;
		rows) memory_lines eval "yes '2021-01-04 10:00:00,A,1,x' | head -n 20000000" ;;
		symbols) awk 'BEGIN { print "ts,sym,size,noise"; for (i = 0; i < 3000000; i++)
			printf "2021-01-%02d 10:%02d:%02d,SYMBOL%d,%d,x\n", 4 + i % 3, i / 60000 % 60, i / 1000 % 60, i * 7919 % 100000, i }' ;;
		dates) awk 'BEGIN { print "date,time,sym,size,noise"; for (i = 0; i < 2000000; i++) { d = i * 7919 % 2000
			printf "%d-%02d-%02d,10:%02d:%02d,S%d,%d,x\n", 2010 + int(d / 336), 1 + int(d / 28) % 12, 1 + d % 28, i / 60 % 60, i % 60, i % 40, i } }' ;;
		columns) awk 'BEGIN { printf "ts,sym"; for (c = 0; c < 400; c++) printf ",c%d", c; print ""; for (i = 0; i < 100000; i++) {
			printf "2021-01-04 10:%02d:%02d,S%d", i / 60 % 60, i % 60, i % 9; for (c = 0; c < 400; c++) printf ",%d", (i * c) % 1009; print "" } }' ;;
		texts) awk 'BEGIN { print "ts,sym,size,noise"; for (i = 0; i < 1500000; i++)
			printf "2021-01-%02d 10:%02d:%02d,S%d,%d,%d a text that comes once and is long enough to matter to whoever keeps all of them, for it says its number again: %d\n",
				4 + i % 5, i / 60 % 60, i % 60, i % 40, i, i, i }' ;;
	esac
}

# attempt WHAT ROWS COMMAND: the rows, or an error of the user's own where ROWS is "error"
memory_attempt() {
	local out status

	out=$(memory_sql -c "SET client_min_messages = error" -c "$3" 2>&1)
	status=$?
	case $2:$status:$(echo "$out" | tail -n 1) in
		error:0:*) ;;
		error:[13]:*22*|error:[13]:*54000*) status=0 ;;
		*:0:"$2") ;;
		*) status=1 ;;
	esac
	if [ "$status" = 0 ]; then
		pass
		echo "ok      $1: $(echo "$out" | tail -n 1)$(memory_peak)"
	else
		fail
		echo "FAILED  $1: $(echo "$out" | tail -n 3)$(memory_peak)"
	fi
	memory_sql -c "SELECT 1" >/dev/null 2>&1 && return
	fail
	echo "FAILED  $1: the server is gone"
	tail -n 5 "$WORK/memory_server.log"
	memory_start
}

memory_loads() {
	local what rows

	while read -r what rows; do
		memory_source "$what" | gzip -1 >"$WORK/memory.csv.gz"
		chmod 644 "$WORK/memory.csv.gz"
		memory_attempt "$what" "$rows" "SELECT tick_load('$WORK/memory.csv.gz', '$what', on_error => 'skip', partition_by => 'day')"
		rm -f "$WORK/memory.csv.gz"
	done <<-SOURCES
		zeros error
		line 2
		fields 2
		quotes error
		rows 20000000
		symbols 3000000
		dates 2000000
		columns 100000
		texts 1500000
	SOURCES
}

# What was loaded, read and rewritten
memory_queries() {
	memory_source texts | gzip -1 >"$WORK/memory.csv.gz"
	chmod 644 "$WORK/memory.csv.gz"
	memory_attempt "texts again" 1500000 "SELECT tick_load('$WORK/memory.csv.gz', 'texts', if_loaded => 'append', finalize => false)"
	rm -f "$WORK/memory.csv.gz"
	memory_attempt "finalize" 5 "SELECT tick_finalize('texts')"
	memory_attempt "delete" 150000 "SELECT tick_delete('texts', symbols => ARRAY['S7', 'S8'])"
	memory_attempt "a group a row" 1425000 "SELECT count(*) FROM (SELECT noise, count(*) FROM texts GROUP BY noise OFFSET 0) s"
	memory_attempt "a group a symbol" 100000 "SELECT count(*) FROM (SELECT sym, sum(size), max(noise) FROM symbols GROUP BY sym) s"
	memory_attempt "sums over all columns" 100000 "SELECT count(*) FROM (SELECT * FROM columns OFFSET 0) s"
	memory_attempt "as-of join" 3000000 "SELECT tick_create_asof('joined', 'symbols', 'texts', columns => 'noise AS said'); SELECT count(*) FROM joined"
	memory_attempt "verify" "" "SELECT * FROM tick_verify(NULL, 'full')"
	memory_attempt "vacuum" "" "CALL tick_vacuum(NULL, '0')"
}

memory_end() {
	as_user "$BIN/pg_ctl" -w -m fast -D "$WORK/memory" stop >/dev/null 2>&1
	[ -z "$MEMORY_GROUP" ] || rmdir "$MEMORY_GROUP"
}

memory_tests() {
	memory_group || echo "no control group for memory: each process gets so much address space instead"
	if memory_server; then
		memory_loads
		memory_queries
		if grep -E 'terminated by signal|PANIC' "$WORK/memory_server.log"; then
			fail
		else
			pass
		fi
	else
		tail -n 20 "$WORK/memory_server.log"
		fail
	fi
	memory_end
}
