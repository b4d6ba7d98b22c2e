#!/bin/bash
#
# bench.sh
#	  tick beside a heap table (and DuckDB, where it is at hand) on the same
#	  files: loading, size on disk, and the questions of queries.sql; and before
#	  that, what each stage of loading can do alone.
#
# ROWS is the number of trades (default 2 million; there are 1.5 times as many
# quotes), BENCH_DATA a folder to keep the generated files in, RUNS the number
# of timed runs of each query after one untimed.  DuckDB is taken from
# $BENCH_NPM/node_modules or ./node_modules (@duckdb/node-api).
#
# Prints markdown.  The server is private, durable (fsync, wal_level replica)
# and has a quarter of the memory, 1 to 6 GB, as shared_buffers.  Everything is
# timed on this machine in one run; only figures of one run compare.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/queries.sh"

ROWS=${ROWS:-2000000}
DAYS=5
SYMBOLS=5000
RUNS=${RUNS:-5}
SYMBOL=AAPL

# seconds since START, given as an EPOCHREALTIME
since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }'; }

shared_buffers() {
	awk '/^MemTotal/ { mb = int($2 / 4096); print (mb < 1024 ? 1024 : mb > 6144 ? 6144 : mb) "MB" }' /proc/meminfo
}

prepare_data() {
	DATA=${BENCH_DATA:-$WORK/data}
	if [ ! -f "$DATA/meta.json" ] || [ "$(meta "$DATA/meta.json" trades)" != "$ROWS" ]; then
		mkdir -p "$DATA" && { ! is_root || chown "$RUN_USER" "$DATA"; }
		warn "generating $ROWS trades"
		as_user "$GEN" ticks "$DATA" "$ROWS" $((ROWS * 3 / 2)) "$DAYS" "$SYMBOLS" 20240102 || die "the generator failed"
	fi
	DATE=$(meta "$DATA/meta.json" last_date)
	QUOTES=$(meta "$DATA/meta.json" quotes)
	# the files are in the page cache for everybody
	cat "$DATA"/*.gz >/dev/null
}

declare -A MEDIAN

# row NAME TABLE ROWS SECONDS BYTES: a line of the load table
row() {
	local gz

	gz=$(stat -c %s "$DATA/$2.csv.gz")
	awk -v who="$1" -v what="$2" -v rows="$3" -v s="$4" -v bytes="$5" -v gz="$gz" 'BEGIN {
		printf "| %s | %s | %.2f | %.2f | %.1f | %.1f | %.2f |\n", who, what, s, rows / s / 1e6, bytes / rows, gz / rows, bytes / gz }'
}

load_heap() {
	local table start

	sql -d heap -c "CREATE TABLE trades (date date, time time, sym text, exchange text, price float8, size int4, cond text, seq int8)" \
		-c "CREATE TABLE quotes (date date, time time, sym text, exchange text, bid float8, bsize int4, ask float8, asize int4)"
	for table in trades quotes; do
		start=$EPOCHREALTIME
		sql -d heap -c "COPY $table FROM PROGRAM 'gzip -dc $DATA/$table.csv.gz' WITH (FORMAT csv, HEADER)"
		LOAD=$(since "$start")
		sql -d heap -c "VACUUM ANALYZE $table"
		row heap "$table" "$(rows_of "$table")" "$LOAD" "$(sql_value "SELECT pg_table_size('$table')" -d heap)"
	done
	# what a careful user adds before asking by symbol and time
	start=$EPOCHREALTIME
	sql -d heap -c "CREATE INDEX ON trades (sym, date, time)" -c "CREATE INDEX ON quotes (sym, date, time)"
	warn "indexes on the heap: $(since "$start") s"
}

load_tick() {
	local table start

	sql -d tick -c "CREATE EXTENSION tick"
	for table in trades quotes; do
		start=$EPOCHREALTIME
		sql -d tick -o /dev/null -c "SELECT tick_load('$DATA/$table.csv.gz')" 2>"$WORK/load_$table.log" ||
			{ cat "$WORK/load_$table.log" >&2; die "the load failed"; }
		row tick "$table" "$(rows_of "$table")" "$(since "$start")" \
			"$(sql_value "SELECT sum(bytes) FROM tick.partitions WHERE dataset = '$table'::regclass" -d tick)"
	done
}

rows_of() { if [ "$1" = trades ]; then echo "$ROWS"; else echo "$QUOTES"; fi; }

load_sectors() {
	sql -d "$1" -c "CREATE TABLE sectors (sym text COLLATE \"C\" PRIMARY KEY, sector text, lot int)" \
		-c "COPY sectors FROM '$DATA/sectors.csv' WITH (FORMAT csv, HEADER)" \
		-c "CREATE TABLE sector_tags AS SELECT sym, sector FROM sectors UNION ALL SELECT sym, 'Tagged' FROM sectors WHERE length(sym) = 3" \
		-c "ANALYZE sectors" -c "ANALYZE sector_tags"
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# time_query WHO NAME: median ms of RUNS runs in one session, after one untimed
time_query() {
	local text i

	text=$(query_text "$2" "$1" "$DATE" "$SYMBOL")
	[ -n "$text" ] || return 0
	{
		printf '\\o /dev/null\n%s;\n\\timing on\n' "$text"
		for ((i = 0; i < RUNS; i++)); do printf '%s;\n' "$text"; done
	} | sql -d "$1" 2>&1 | tee "$WORK/query.log" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | median
}

duckdb_module() {
	local folder

	command -v node >/dev/null || return
	for folder in "${BENCH_NPM:-}/node_modules" "$TOP/node_modules" "$OLDPWD/node_modules"; do
		[ -d "$folder/@duckdb/node-api" ] && { echo "$folder/@duckdb/node-api"; return; }
	done
}

# duckdb.js prints "load TABLE SECONDS BYTES" and "query NAME MS"
run_duckdb() {
	local name word a b c

	mkdir "$WORK/duckdb"
	query_names | while read -r name _; do
		[ -n "$(query_text "$name" duckdb "$DATE" "$SYMBOL")" ] || continue
		printf -- '-- name: %s\n%s\n' "$name" "$(query_text "$name" duckdb "$DATE" "$SYMBOL")"
	done >"$WORK/duckdb/queries"
	DUCKDB=$1 node "$TOP/test/bench/duckdb.js" "$DATA" "$WORK/duckdb" "$RUNS" >"$WORK/duckdb.out" || die "DuckDB failed"
	while read -r word a b c; do
		case $word in
			load) row duckdb "$a" "$(rows_of "$a")" "$b" "$c" ;;
			query) MEDIAN[duckdb $a]=$b ;;
		esac
	done <"$WORK/duckdb.out"
}

# Figures of one query as a table line, with how many times faster tick is.
query_line() {
	awk -v name="$1" -v text="$2" -v tick="${MEDIAN[tick $1]}" -v heap="${MEDIAN[heap $1]}" -v duckdb="${MEDIAN[duckdb $1]:-}" '
		function ratio(other) { return other == "" || tick == "" || tick == 0 ? "" : sprintf(other < tick ? "%.2f" : "%.1f", other / tick) }
		BEGIN {
			printf "| %s %s | %s | %s | %s |", name, text, tick, heap, ratio(heap)
			if (duckdb != "") printf " %s | %s |", duckdb, ratio(duckdb)
			print ""
		}'
}

# The other's medians over tick's, but for Q11, which is about the client: their geometric mean
geometric_mean() {
	local name

	for name in $(query_names | cut -d' ' -f1); do
		[ "$name" = Q11 ] || [ -z "${MEDIAN[$1 $name]:-}" ] || echo "${MEDIAN[$1 $name]} ${MEDIAN[tick $name]}"
	done | awk '{ sum += log($1 / $2); n++ } END { if (n) printf "%.1f", exp(sum / n) }'
}

# What no engine on this machine can pass: reading memory, and a row on its way to the client
limits() {
	local ms rows

	sql -d heap -c "CREATE TABLE one AS SELECT price, size, exchange, cond, seq FROM trades WHERE date = '$DATE' AND sym = '$SYMBOL'" -c "ANALYZE one"
	rows=$(sql_value "SELECT count(*) FROM one" -d heap)
	ms=$(for _ in 1 2 3 4 5; do printf '\\o /dev/null\nSELECT * FROM one;\n\\timing on\nSELECT * FROM one;\n'; done | sql -d heap 2>&1 |
		sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | median)
	echo "Limits: one thread reads memory at $("$SRC/build/bench/stages" memory) GB/s; the $rows rows of Q11 out of a table of their own take $ms ms."
}

need_packages
make_work
copy_source
warn "building"
make_source -j"$(cores)" with_llvm=no >"$WORK/build.log" 2>&1 || { tail -n 40 "$WORK/build.log"; die "the build failed"; }
install_extension with_llvm=no >"$WORK/install.log" 2>&1 || die "the installation failed"
build_generator
prepare_data
start_server "shared_buffers = $(shared_buffers)" "wal_level = replica" "max_wal_size = 4GB" "checkpoint_timeout = 30min" \
	"work_mem = 256MB" "maintenance_work_mem = 512MB" "jit = off" "autovacuum = off" "random_page_cost = 1.1" \
	"max_parallel_workers_per_gather = $(($(cores) > 1 ? $(cores) - 1 : 0))"
sql -c "CREATE DATABASE heap" -c "CREATE DATABASE tick"

echo "What each stage of loading the trades can do in one thread, without a server (CPU seconds):"
echo
make_source build/bench/stages >"$WORK/stages.log" 2>&1 || { tail -n 40 "$WORK/stages.log"; die "the stages could not be built"; }
"$SRC/build/bench/stages" "$DATA/trades.csv.gz"
echo
echo "$ROWS trades, $QUOTES quotes, $DAYS days, $SYMBOLS symbols; $(cores) cores, shared_buffers $(shared_buffers)"
echo
echo "| | table | seconds | M rows/s | bytes/row | gz bytes/row | size of gz |"
echo "|---|---|---|---|---|---|---|"
load_heap
sql -c CHECKPOINT
load_tick
sql -c CHECKPOINT
DUCK=$(duckdb_module)
[ -z "$DUCK" ] || run_duckdb "$DUCK"
load_sectors heap
load_sectors tick
sql -d tick -o /dev/null -c "SELECT tick_create_asof('trade_quote', 'trades', 'quotes')"

echo
if [ -n "$DUCK" ]; then
	echo "| query, ms | tick | heap | times | duckdb | times |"
	echo "|---|---|---|---|---|---|"
else
	echo "| query, ms | tick | heap | times |"
	echo "|---|---|---|---|"
fi
while read -r name text; do
	MEDIAN[heap $name]=$(time_query heap "$name")
	MEDIAN[tick $name]=$(time_query tick "$name")
	[ -n "${MEDIAN[tick $name]}" ] || { cat "$WORK/query.log" >&2; die "query $name failed"; }
	query_line "$name" "$text"
done < <(query_names)

echo
[ -z "$DUCK" ] || echo "Geometric mean without Q11: DuckDB takes $(geometric_mean duckdb) times as long."
echo "Geometric mean without Q11: the heap table takes $(geometric_mean heap) times as long."
limits
