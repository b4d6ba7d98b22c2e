# smith.sh
#	  Random queries of any shape, by sqlsmith: no query may bring the server
#	  down, fail an assertion, or end in an error that is none of a user's.
#
# What the answers are is not looked at here: test/t/010_oracle.pl and its
# like hold them against a heap table's.  SMITH_SECONDS is the time it takes;
# its seed is printed, and SMITH_SEED takes another.
#
# Sourced by check.sh, which provides the server and the log.

SMITH_SECONDS=${SMITH_SECONDS:-15}

# Datasets of every kind, with heap tables beside them, for a role that may read and change them.
smith_schema() {
	cat <<'SQL'
CREATE EXTENSION tick;
CREATE FOREIGN TABLE trade (time timestamp OPTIONS (role 'time') NOT NULL, sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size'), exchange text, cond varchar(4)) SERVER tick OPTIONS (partition_by 'day');
CREATE FOREIGN TABLE quote (time timestamp OPTIONS (role 'time') NOT NULL, sym text OPTIONS (role 'symbol') COLLATE "C",
	bid float8, ask float8, bsize int) SERVER tick OPTIONS (partition_by 'day');
CREATE FOREIGN TABLE odd (ts timestamptz OPTIONS (role 'time') NOT NULL, s text OPTIONS (role 'symbol') COLLATE "C", a numeric(12,4), b bool,
	c date, d time, e real, f smallint, g text, h numeric) SERVER tick OPTIONS (partition_by 'month');
INSERT INTO trade SELECT timestamp '2024-01-02 09:30' + n % 3 * interval '1 day' + n * interval '0.7 s', 'S' || n % 40, n % 977 / 100.0, n % 500,
	chr(65 + n % 12), CASE WHEN n % 7 > 0 THEN '@' || n % 3 END FROM generate_series(1, 20000) n;
INSERT INTO quote SELECT timestamp '2024-01-02 09:30' + n % 3 * interval '1 day' + n * interval '0.5 s', 'S' || n % 45, n % 977 / 100.0, n % 977 / 100.0 + 0.01, n % 9
	FROM generate_series(1, 25000) n;
INSERT INTO odd SELECT timestamptz '2024-01-01' + n * interval '7 hours', CASE WHEN n % 11 > 0 THEN 'X' || n % 13 END, n / 7.0, n % 3 = 0, date '2024-01-01' + n % 40,
	time '09:00' + n * interval '1 s', n / 3.0, n % 100, CASE WHEN n % 5 > 0 THEN 't' || n % 9 END, n * 1e10 FROM generate_series(1, 3000) n;
SELECT tick_create_asof('trade_quote', 'trade', 'quote');
CREATE TABLE sector AS SELECT 'S' || n AS sym, 'sector ' || n % 5 AS sector, n AS weight FROM generate_series(1, 60) n;
CREATE TABLE heap_trade AS SELECT * FROM trade WHERE size < 50;
ANALYZE;
CREATE ROLE smith LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO smith;
GRANT USAGE ON SCHEMA tick TO smith;
SQL
}

# What the server's log says of the queries: internal errors of tick's own words, and worse.
smith_findings() {
	grep -nE -A 6 'PANIC:|TRAP:|server process .* was terminated by signal|AddressSanitizer|runtime error: |ERROR: +(XX000|XX001|XX002): .*(tick|dataset|segment|symbol|partition|changeset)' "$WORK/server.log"
}

smith_tests() {
	local seed=${SMITH_SEED:-$RANDOM} status

	echo "seed $seed, $SMITH_SECONDS s"
	sql -d postgres -c 'CREATE DATABASE smith' && smith_schema | sql -d smith -f - || return
	sql -d postgres -c "ALTER ROLE smith SET log_error_verbosity = verbose" -c "ALTER ROLE smith SET statement_timeout = '1s'"
	as_user timeout "$SMITH_SECONDS" sqlsmith --target="host=$PGHOST port=$PGPORT dbname=smith user=smith" --seed="$seed" \
		--exclude-catalog >"$WORK/smith.out" 2>&1
	status=$?
	tail -n 5 "$WORK/smith.out"
	# it goes on until it is stopped, or until the server is gone
	[ "$status" = 124 ] || { echo "sqlsmith ended with $status"; return 1; }
	! smith_findings
}
