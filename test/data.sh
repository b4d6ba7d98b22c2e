# data.sh
#	  Checks over whole files: generated ones against the generator's sums and
#	  against a heap table, real ones against their truth, and the README's
#	  statements.
#
# Sourced by check.sh, which provides the server, the generator, pass and fail.

. "$TOP/test/bench/queries.sh"

# expect WHAT ACTUAL EXPECTED
expect() {
	if [ "$2" = "$3" ]; then
		pass
		echo "ok      $1"
	else
		fail
		echo "FAILED  $1: got \"$2\", expected \"$3\""
	fi
}

# fresh_database NAME: an empty one, and the default for sql from here on
fresh_database() {
	sql -d postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1"
	export PGDATABASE=$1
}

# ---- generated files ----

# Sums that share no code with the loader
generated_sums() {
	local meta=$DATA/meta.json

	expect "trades loaded" "$(sql_value "SELECT tick_load('$DATA/trades.csv.gz')")" "$(meta "$meta" trades)"
	expect "quotes loaded" "$(sql_value "SELECT tick_load('$DATA/quotes.csv.gz')")" "$(meta "$meta" quotes)"
	expect "trades loaded twice" "$(sql_value "SELECT tick_load('$DATA/trades.csv.gz')" 2>/dev/null)" 0
	expect "count" "$(sql_value "SELECT count(*) FROM trades")" "$(meta "$meta" trades)"
	expect "sum of sizes" "$(sql_value "SELECT sum(size) FROM trades")" "$(meta "$meta" sum_size)"
	expect "sum of prices" "$(sql_value "SELECT sum(price)::numeric(20,4) FROM trades")" "$(meta "$meta" sum_price)"
	expect "sum of price * size" "$(sql_value "SELECT sum(price * size)::numeric(20,1) FROM trades")" \
		"$(printf '%.1f' "$(meta "$meta" sum_price_size)")"
	expect "sums of quotes" \
		"$(sql_value "SELECT sum(bid)::numeric(20,4), sum(bsize), sum(ask)::numeric(20,4), sum(asize) FROM quotes")" \
		"$(meta "$meta" sum_bid)|$(meta "$meta" sum_bsize)|$(meta "$meta" sum_ask)|$(meta "$meta" sum_asize)"
	expect "partitions" "$(sql_value "SELECT count(*), bool_and(finalized) FROM tick.partitions WHERE dataset = 'trades'::regclass")" \
		"$(meta "$meta" days)|t"
	expect "ledger" "$(sql_value "SELECT count(*) FROM tick.loads WHERE lines <> header + blank + comment + trailer + row_lines + rejected_lines OR status <> 'loaded'")" 0
	expect "verify" "$(sql_value "SELECT count(*) FROM tick_verify('trades', 'full')")" 0
}

# The same rows in heap tables of another schema, by COPY
heap_tables() {
	sql -c "CREATE SCHEMA heap" \
		-c "CREATE TABLE heap.trades (date date, time time, sym text, exchange text, price float8, size int4, cond text, seq int8)" \
		-c "CREATE TABLE heap.quotes (date date, time time, sym text, exchange text, bid float8, bsize int4, ask float8, asize int4)" \
		-c "COPY heap.trades FROM PROGRAM 'gzip -dc $DATA/trades.csv.gz' WITH (FORMAT csv, HEADER)" \
		-c "COPY heap.quotes FROM PROGRAM 'gzip -dc $DATA/quotes.csv.gz' WITH (FORMAT csv, HEADER)" \
		-c "CREATE INDEX ON heap.quotes (sym, date, time)" \
		-c "CREATE TABLE sectors (sym text COLLATE \"C\" PRIMARY KEY, sector text, lot int)" \
		-c "COPY sectors FROM '$DATA/sectors.csv' WITH (FORMAT csv, HEADER)" \
		-c "CREATE TABLE sector_tags AS SELECT sym, sector FROM sectors UNION ALL SELECT sym, 'Tagged' FROM sectors WHERE length(sym) = 3" \
		-c "ANALYZE"
}

same_rows() {
	expect "rows of trades are the heap's" "$(sql_value "
		WITH t AS (SELECT date, time, sym, exchange, price, size, cond, seq FROM public.trades),
			h AS (SELECT date, date + time AS time, sym, exchange, price, size, cond, seq FROM heap.trades)
		SELECT (SELECT count(*) FROM (TABLE t EXCEPT ALL TABLE h) x), (SELECT count(*) FROM (TABLE h EXCEPT ALL TABLE t) x)")" "0|0"
	expect "rows of quotes are the heap's" "$(sql_value "
		WITH t AS (SELECT date, time, sym, exchange, bid, bsize, ask, asize FROM public.quotes),
			h AS (SELECT date, date + time AS time, sym, exchange, bid, bsize, ask, asize FROM heap.quotes)
		SELECT (SELECT count(*) FROM (TABLE t EXCEPT ALL TABLE h) x), (SELECT count(*) FROM (TABLE h EXCEPT ALL TABLE t) x)")" "0|0"
}

# An answer with its rows in order
answer() {
	sql -At -c "SET search_path = $1" -c "SET jit = off" -c "$2" | LC_ALL=C sort
}

# same_answer FILE FILE: the same fields, numbers with a point within 1e-9 of each other (sums of doubles depend on their order)
same_answer() {
	[ "$(wc -l <"$1")" = "$(wc -l <"$2")" ] && paste -d '\n' "$1" "$2" | awk -F '|' '
		function same(a, b) {
			if (a == b) return 1
			if (a !~ /^-?[0-9]+(\.[0-9]+)?$/ || b !~ /^-?[0-9]+(\.[0-9]+)?$/ || a b !~ /\./) return 0
			d = a - b; m = a < 0 ? -a : a
			return (d < 0 ? -d : d) <= 1e-9 * (m > 1 ? m : 1)
		}
		NR % 2 { n = NF; for (i = 1; i <= NF; i++) left[i] = $i; next }
		{ if (n != NF) exit 1; for (i = 1; i <= NF; i++) if (!same(left[i], $i)) exit 1 }'
}

same_answers() {
	local name text date symbol

	date=$(meta "$DATA/meta.json" last_date)
	symbol=AAPL
	sql -o /dev/null -c "SELECT tick_create_asof('trade_quote', 'trades', 'quotes')" || fail
	while read -r name text; do
		[ -n "$(query_text "$name" heap "$date" "$symbol")" ] || continue
		answer "public" "$(query_text "$name" tick "$date" "$symbol")" >"$WORK/answer_tick"
		answer "heap, public" "$(query_text "$name" heap "$date" "$symbol")" >"$WORK/answer_heap"
		if [ ! -s "$WORK/answer_heap" ]; then
			expect "$name $text: rows" 0 some
		elif same_answer "$WORK/answer_tick" "$WORK/answer_heap"; then
			expect "$name $text" same same
		else
			expect "$name $text" different same
			diff "$WORK/answer_tick" "$WORK/answer_heap" | head -n 6
		fi
	done < <(query_names)
}

# Nanoseconds, the same instants in both columns
generated_nanoseconds() {
	local meta=$DATA/ns/meta.json

	as_user mkdir "$DATA/ns"
	as_user "$GEN" ticks "$DATA/ns" 20000 0 2 50 99 9 || fail
	expect "nanoseconds loaded" "$(sql_value "SELECT tick_load('$DATA/ns/trades.csv.gz', 'nano')")" 20000
	expect "nanoseconds kept" "$(sql_value "SELECT count(*) FROM nano WHERE time_ns / 1000 <> (extract(epoch FROM time) * 1000000)::bigint")" 0
	expect "digits beyond the microsecond" "$(sql_value "SELECT count(*) > 15000 FROM nano WHERE time_ns % 1000 <> 0")" t
	expect "nano sizes" "$(sql_value "SELECT sum(size) FROM nano")" "$(meta "$meta" sum_size)"
}

generated_bars() {
	local meta=$DATA/bars/bars.json

	as_user mkdir "$DATA/bars"
	as_user "$GEN" bars "$DATA/bars" 12 40 5 || fail
	expect "bars loaded" "$(sql_value "SELECT tick_load('$DATA/bars/*.txt.gz', 'bars', path => '{symbol}_full_1min_adjsplit.txt')")" \
		"$(meta "$meta" rows)"
	expect "bars: files, volume" "$(sql_value "SELECT count(DISTINCT symbol), sum(volume) FROM bars")" \
		"$(meta "$meta" files)|$(meta "$meta" sum_volume)"
	expect "bars: order within prices" "$(sql_value "SELECT count(*) FROM bars WHERE low > least(open, close) OR high < greatest(open, close)")" 0
}

generated_mixed() {
	local meta=$DATA/gencsv.json

	as_user "$GEN" gencsv "$DATA" 60000 11 || fail
	expect "gencsv loaded" "$(sql_value "SELECT tick_load('$DATA/gencsv.csv.gz')")" "$(meta "$meta" rows)"
	expect "gencsv sums" \
		"$(sql_value "SELECT sum(price)::numeric(20,4), sum(size), count(*) FILTER (WHERE active), sum(quantity),
			count(*) - count(quantity), sum(change)::numeric(20,4), count(*) - count(note), sum(octet_length(note)) FROM gencsv")" \
		"$(for key in sum_price sum_size active_true sum_quantity quantity_nulls sum_change note_nulls note_bytes; do
			meta "$meta" $key; done | paste -sd '|')"
	expect "gencsv: kinds" "$(sql_value "SELECT count(DISTINCT id), count(DISTINCT isin) > 59000, count(DISTINCT venue) > 10 FROM gencsv")" "60000|t|t"
}

generated_events() {
	local meta=$DATA/taq.json

	as_user "$GEN" taq "$DATA" 100000 3 4 || fail
	expect "events loaded" "$(sql_value "SELECT tick_load('$DATA/taq.csv.gz')")" "$(meta "$meta" rows)"
	expect "events: trades" "$(sql_value "SELECT count(*), sum(quantity), sum(price * quantity)::numeric(20,1)
		FROM taq WHERE eventtype IN ('TRADE', 'TRADE NB')")" \
		"$(meta "$meta" trades)|$(meta "$meta" volume)|$(printf '%.1f' "$(meta "$meta" turnover)")"
}

generated_tests() {
	DATA=$WORK/data
	as_user mkdir "$DATA"
	as_user "$GEN" ticks "$DATA" 300000 400000 3 400 17 || return 1
	fresh_database generated
	sql -c 'CREATE EXTENSION tick'
	generated_sums
	heap_tables
	same_rows
	same_answers
	generated_nanoseconds
	generated_bars
	generated_mixed
	generated_events
	export PGDATABASE=postgres
}

# ---- real files ----

# real_same WHAT SET TRUTH DATASET SYMBOL TIME NAME=EXPRESSION ...
# For every symbol and date: rows, first and last time, and of each value the count, sum, least, greatest, first and
# last, exactly.  SYMBOL and the EXPRESSIONs are SQL over the dataset; NAMEs are the truth's.  TIME is a timestamp, or
# ns:NANOSECONDS, which are then compared to the last of them.
real_same() {
	local what=$1 truth="$TICK_DATA/real/$2/truth.json" table=$3 dataset=$4 symbol=$5 time=$6 pair name value ns
	local columns='' differs=''

	ns="(extract(epoch FROM $time) * 1000000000)::bigint"
	if [ "${time#ns:}" != "$time" ]; then
		ns="(${time#ns:})"
		time="(timestamp '1970-01-01' + (${time#ns:}) / 1000 * interval '1 microsecond')"
	fi
	shift 6
	for pair in "$@"; do
		name=${pair%%=*} value="(${pair#*=})::text::numeric"
		columns="$columns, count($value) AS ${name}_count, coalesce(sum($value), 0) AS ${name}_sum, min($value) AS ${name}_min, max($value) AS ${name}_max,
			tick_first($value, $ns) AS ${name}_first, tick_last($value, $ns) AS ${name}_last"
		differs="$differs OR (g->'$name'->>'non_empty')::bigint IS DISTINCT FROM ${name}_count
			OR (g->'$name'->>'sum')::numeric IS DISTINCT FROM ${name}_sum
			OR (g->'$name'->>'min')::numeric IS DISTINCT FROM ${name}_min OR (g->'$name'->>'max')::numeric IS DISTINCT FROM ${name}_max
			OR (g->'$name'->>'first')::numeric IS DISTINCT FROM ${name}_first OR (g->'$name'->>'last')::numeric IS DISTINCT FROM ${name}_last"
	done
	expect "$what" "$(sql_value "
		WITH truth AS (
			SELECT g->>'symbol' AS symbol, (g->>'date')::date AS date, g
			FROM jsonb_array_elements(jsonb_path_query_first(pg_read_file('$truth')::jsonb, '\$.tables[*] ? (@.table == \"$table\")')->'groups') g),
		ours AS (
			SELECT $symbol AS symbol, ($time)::date AS date, count(*) AS rows, min($ns) AS first, max($ns) AS last$columns
			FROM $dataset GROUP BY 1, 2)
		SELECT count(*) FILTER (WHERE truth.date IS NULL OR ours.date IS NULL OR (g->>'rows')::bigint <> rows
				OR (g->>'min_ts_ns')::bigint <> first OR (g->>'max_ts_ns')::bigint <> last$differs),
			count(*) > 0
		FROM truth FULL JOIN ours ON truth.symbol = ours.symbol AND truth.date = ours.date")" "0|t"
	real_files "$what" "$truth" "$table" "$dataset"
}

# real_files WHAT TRUTH TABLE DATASET: what the truth says of each file: its bytes, lines, blank ones, rows.  A trailer
# is a rejected row to the truth, and a row that quotes a line end has more lines than one.
real_files() {
	expect "$1 (files)" "$(sql_value "
		WITH truth AS (
			SELECT f FROM jsonb_array_elements(jsonb_path_query_first(pg_read_file('$2')::jsonb, '\$.tables[*] ? (@.table == \"$3\")')->'files') f)
		SELECT count(*) FILTER (WHERE l.load IS NULL OR l.rows <> (f->>'data_rows')::bigint OR l.file_size <> (f->>'stored_bytes')::bigint
				OR l.lines <> (f->>'newlines')::bigint + CASE WHEN (f->>'ends_with_newline')::boolean THEN 0 ELSE 1 END
				OR l.blank <> (f->>'blank_lines')::bigint OR l.trailer + l.rejected <> (f->>'rejected_rows')::bigint
				OR l.lines <> l.header + l.blank + l.comment + l.trailer + l.row_lines + l.rejected_lines),
			count(*) = (SELECT count(*) FROM tick.loads WHERE dataset = '$4'::regclass)
		FROM truth LEFT JOIN tick.loads l ON l.dataset = '$4'::regclass AND l.file LIKE '%/' || (f->>'file')")" "0|t"
}

# real_load WHAT EXPECTED ARGUMENTS: tick_load's arguments as SQL
real_load() { expect "$1: rows" "$(sql_value "SELECT tick_load($3)")" "$2"; }

real_stocks() {
	local real=$TICK_DATA/real side

	real_load algoseek 99 "'$real/algoseek_taq_amzn/AMZN-100.csv.gz', 'algoseek'"
	real_same "algoseek: values" algoseek_taq_amzn taq algoseek "ticker || '|' || eventtype" ns:timestamp_ns price=price quantity=quantity
	real_load lean 1563415 "'$real/lean_us_trades/*/*.csv.gz', 'lean', 'ts = \$1 format ms_midnight, price = \$2 /10000, size bigint, exchange, cond text, suspicious boolean',
		path => '{symbol}/{date:YYYYMMDD}_trade.csv.gz'"
	real_same "lean: values" lean_us_trades trade lean symbol ts "price=price::text::numeric * 10000" size=size suspicious=suspicious::int
	real_load "lean quotes" 2847272 "'$real/lean_us_quotes/*/*.csv.gz', 'lean_quotes', 'ts = \$1 format ms_midnight, bid = \$2 /10000, bid_size = \$3 bigint,
		ask = \$4 /10000, ask_size = \$5 bigint, exchange, cond, suspicious', path => '{symbol}/{date:YYYYMMDD}_quote.csv.gz'"
	real_same "lean quotes: values" lean_us_quotes quote lean_quotes symbol ts "bid=bid::text::numeric * 10000" bid_size=bid_size \
		"ask=ask::text::numeric * 10000" ask_size=ask_size suspicious=suspicious
	real_load firstrate 9 "'$real/seed_firstrate_a/*.gz', 'firstrate', path => '{symbol}_full_1min_adjsplit.txt.gz'"
	real_same "firstrate: values" seed_firstrate_a bars firstrate symbol time open=open high=high low=low close=close volume=volume
	real_load ninjatrader 31757 "'$real/ninjatrader_spy_1min/*.csv.gz', 'ninja', 'ts = \$1 format ''YYYYMMDD HH24MISS'', open, high, low, close, volume bigint', delimiter => ';', symbol => 'SPY'"
	real_same "ninjatrader: values" ninjatrader_spy_1min bars ninja symbol ts open=open high=high low=low close=close volume=volume
	real_load "kx cookbook" 8 "'$real/seed_kx_cookbook/file.csv.gz', 'cookbook', 'date, open, high, low, close, volume bigint, sym role symbol'"
	real_same "kx cookbook: values" seed_kx_cookbook bars cookbook sym date::timestamp open=open high=high low=low close=close volume=volume
	for side in trade quote; do
		real_load "lean bars of minutes ($side)" $([ $side = trade ] && echo 5478 || echo 6344) "'$real/lean_us_bars/*/*_minute_$side.csv.gz', 'minute_$side',
			path => '{symbol}/{date:YYYYMMDD}_minute_$side.csv.gz'"
	done
	real_same "lean bars of minutes (trade): values" lean_us_bars minute_trade minute_trade symbol time open=open high=high low=low close=close volume=volume
	real_same "lean bars of minutes (quote): times" lean_us_bars minute_quote minute_quote symbol time
	real_load "lean bars of seconds" 116596 "'$real/lean_us_bars/*/*_second_trade.csv.gz', 'second_trade', path => '{symbol}/{date:YYYYMMDD}_second_trade.csv.gz'"
	real_same "lean bars of seconds: values" lean_us_bars second_trade second_trade symbol time open=open high=high low=low close=close volume=volume
	real_load lobster 11419 "'$real/lobster_amzn_trades/*.csv.gz', 'lobster', symbol => 'AMZN'"
	real_same "lobster: values" lobster_amzn_trades trades lobster symbol ns:time_ns price=price size=volume
}

# What New York's exchanges sell: times without separators and a trailer; the symbol in two fields
real_taq() {
	local real=$TICK_DATA/real/nyse_taq_snippets

	real_load "daily taq" 3 "'$real/EQY_US_ALL_TRADE_20161024.gz', 'daily_taq', path => 'EQY_US_ALL_TRADE_{date:YYYYMMDD}.gz', trailer => 'END'"
	real_same "daily taq: values" nyse_taq_snippets daily_taq_trade daily_taq symbol ns:time_ns price=trade_price volume=trade_volume
	expect "daily taq: blanks of conditions" "$(sql_value "SELECT string_agg('<' || sale_condition || '>', ',' ORDER BY time) FROM daily_taq")" "<@>,< O  >,< 4 B>"
	real_load "wrds trades" 4 "'$real/taq_ct_20250303.csv.gz', 'wrds_trades', 'ts = DATE + TIME_M, sym = SYM_ROOT + SYM_SUFFIX role symbol, ...'"
	real_same "wrds trades: values" nyse_taq_snippets wrds_ct wrds_trades sym ns:ts_ns price=price size=size
	real_load "wrds quotes" 4 "'$real/taq_cq_20250211.csv.gz', 'wrds_quotes'"
	real_same "wrds quotes: values" nyse_taq_snippets wrds_cq wrds_quotes sym_root ns:time_m_ns bid=bid bidsiz=bidsiz ask=ask asksiz=asksiz
}

real_coins() {
	local real=$TICK_DATA/real

	real_load bitcoincharts 9999 "'$real/bitcoincharts_bitstamp/bitstampUSD.csv.gz', 'coins', 'ts = \$1 format s_epoch, price, amount role size', path => '{symbol}.csv.gz'"
	real_same "bitcoincharts: values" bitcoincharts_bitstamp trades coins symbol ts price=price amount=amount
	real_load "level 3" 50414 "'$real/bitstamp_l3_orders/orders.csv.gz', 'orders'"
	real_same "level 3: values" bitstamp_l3_orders orders orders "'BTCUSD|' || action || '|' || direction" timestamp price=price volume=volume
	real_load perpetual 45031 "'$real/btc_perp_1min/*.gz', 'perp', symbol => 'BTC-PERP'"
	real_same "perpetual: values" btc_perp_1min bars perp symbol timestamp open=open high=high low=low close=close volume=volume
	real_load mtgox 2331 "'$real/mtgox_trades/trades-mgtox-usd-2013-01-01.csv.gz', 'mtgox', 'ts = id format us_epoch, price, amount role size, type', symbol => 'mtgoxUSD'"
	real_same "mtgox: values" mtgox_trades trades mtgox "symbol || '|' || type" ts price=price amount=amount
	real_load "bitstamp bars" 1968 "'$real/mtgox_trades/30min-bitstampUSD-2.csv.gz', 'half_hours', symbol => 'bitstampUSD'"
	real_same "bitstamp bars: values" mtgox_trades bars30 half_hours symbol date_time open=open high=high low=low close=close volume=volume adj_close=adj_close
}

real_futures() {
	local real=$TICK_DATA/real

	real_load cme 29996 "'$real/cme_6e_1min_gz/*.gz', 'cme', path => '{symbol}_1min_bars_*.csv.gz'"
	real_same "cme: values" cme_6e_1min_gz bars cme symbol timestamp_utc open=open high=high low=low close=close volume=volume
	real_load "dollar bars" 24079 "'$real/es_dollar_bars/dollar_bars.csv.gz', 'dollar', symbol => 'ES'"
	real_same "dollar bars: values" es_dollar_bars bars dollar symbol date_time open=open high=high low=low close=close cum_vol=cum_vol \
		cum_dollar=cum_dollar cum_ticks=cum_ticks
	real_load "float noise" 129600 "'$real/mt5_float_noise_bars/*.csv.gz', 'noise', path => '{name}.csv.gz', partition_by => 'year'"
	real_same "float noise: values" mt5_float_noise_bars bars noise "left(name, 6)" ts open=open high=high low=low close=close tick_volume=tick_volume
}

# Bars and quotes whose headers do not fit their rows, whose day and month could be exchanged, whose file name alone has the symbol
real_currencies() {
	local real=$TICK_DATA/real

	real_load "index future" 30889 "'$real/backtrader_samples/2006-01-02-volume-min-001.txt.gz', 'fesx', symbol => 'FESX?'"
	real_same "index future: values" backtrader_samples min1 fesx symbol time open=open high=high low=low close=close volume=volume oi=openinterest
	real_load "five minutes" 2142 "'$real/backtrader_samples/2006-min-005.txt.gz', 'stoxx', symbol => 'STOXX?'"
	real_same "five minutes: values" backtrader_samples min5 stoxx symbol time open=open high=high low=low close=close volume=volume oi=openinterest
	real_load "bars of one tick" 135 "'$real/backtrader_samples/ticksample.csv.gz', 'fesx_ticks', symbol => 'FESX?'"
	real_same "bars of one tick: values" backtrader_samples ticks fesx_ticks symbol datetime open=open high=high low=low close=close volume=volume oi=openinterest
	expect "day and month that cannot be told" "$(sql_state "SELECT tick_load('$real/backtrader_samples/bidask.csv.gz', 'bidask', symbol => 'X')")" 22007
	real_load "day before month" 10 "'$real/backtrader_samples/bidask.csv.gz', 'bidask', 'ts = TIMESTAMP format ''DD/MM/YYYY HH24:MI:SS'', ...', symbol => 'X'"
	real_same "day before month: values" backtrader_samples bidask bidask symbol ts bid=bid ask=ask
	real_load "one sided quotes" 10 "'$real/backtrader_samples/bidask2.csv.gz', 'bidask2',
		'ts = \$1 + \$2 format ''DD/MM/YY HH24:MI:SS'', sym role symbol, status, bid double precision, offer, vol_bid bigint, vol_offer bigint'"
	real_same "one sided quotes: values" backtrader_samples bidask2 bidask2 sym ts bid=bid offer=offer vol_bid=vol_bid vol_offer=vol_offer
	real_load fxcm 117756 "'$real/fxcm_m1_bars/*.gz', 'fxcm', path => '{symbol}-m1-{side}-*.csv.gz'"
	real_same "fxcm: values" fxcm_m1_bars bars fxcm "upper(symbol) || '|' || side" "(timestamp AT TIME ZONE 'UTC')" open=open high=high low=low close=close
	real_load "ticks of euros" 1003 "'$real/marketstore_ticks/ticks-example-1.csv.gz', 'euros', symbol => 'EURUSD'"
	real_same "ticks of euros: values" marketstore_ticks ticks_1 euros symbol epoch bid=bid ask=ask
	real_load "ticks without header" 1000 "'$real/marketstore_ticks/ticks-example-2.csv.gz', 'euros2', symbol => 'EURUSD'"
	real_same "ticks without header: values" marketstore_ticks ticks_2 euros2 symbol time bid=bid ask=ask
	real_load "ticks in no order" 3 "'$real/marketstore_ticks/ticks-example-not-sorted-by-time.csv.gz', 'unsorted', symbol => 'X'"
	real_same "ticks in no order: values" marketstore_ticks unsorted unsorted symbol epoch
	real_load "quoted text" 5 "'$real/marketstore_ticks/example-string.csv.gz', 'strings', 'ts, memo, num', symbol => 'EURUSD'"
	real_same "quoted text: values" marketstore_ticks strings strings symbol ts num=num
	expect "quoted text: kept" "$(sql_value "SELECT string_agg(memo, '|' ORDER BY ts) FROM strings")" \
		"Hello World|Commas, Spaces,,|Too long string for U16 column|\"|$(zcat "$real/marketstore_ticks/example-string.csv.gz" | sed -n '5s/.*,"\(.*\)",.*/\1/p')"
}

# sql_state STATEMENT: its SQLSTATE when it fails
sql_state() { sql -v VERBOSITY=sqlstate -c "$1" 2>&1 | sed -n 's/^.*ERROR:  *\([0-9A-Z]*\).*/\1/p'; }

real_tests() {
	fresh_database real
	sql -c 'CREATE EXTENSION tick'
	real_stocks
	real_taq
	real_coins
	real_futures
	real_currencies
	if [ -d "$TICK_DATA/bad" ]; then
		bad_known
		bad_files
	fi
	export PGDATABASE=postgres
}

# Damaged files whose good version is known: what must load does, what must not leaves nothing.
bad_known() {
	local bad=$TICK_DATA/bad/damaged_real

	sql -c "SET client_min_messages = warning" -c "SELECT tick_load('$TICK_DATA/real/algoseek_taq_amzn/AMZN-100.csv.gz', 'bad_rows')" -o /dev/null
	sql -c "SET client_min_messages = error" -c "CREATE TABLE bad_result (file text, sane text, what text, rows bigint, rejected bigint, sqlstate text, message text)" -c "
		DO \$\$
		DECLARE
			entry jsonb; loaded bigint; state text; text text; refused bigint;
		BEGIN
			FOR entry IN SELECT jsonb_array_elements(pg_read_file('$bad/INDEX.json')::jsonb->'index') LOOP
				loaded := NULL; state := NULL; text := NULL; refused := 0;
				BEGIN
					IF entry->>'file' LIKE 'rows/%' OR entry->>'file' IN ('gz/header_only.csv.gz', 'gz/plain_csv_named_gz.csv.gz') THEN
						loaded := tick_load('$bad/' || (entry->>'file'), 'bad_rows', on_error => 'skip', if_loaded => 'append');
					ELSE
						loaded := tick_load('$bad/' || (entry->>'file'), 'bad_gz', 'ts = \$1 format ms_midnight, price = \$2 /10000, size bigint, exchange, cond text, suspicious boolean',
							symbol => 'IBM', date => '2013-10-07', on_error => 'skip', if_loaded => 'append');
					END IF;
					SELECT l.rejected INTO refused FROM tick.loads l WHERE file = '$bad/' || (entry->>'file') AND status = 'loaded';
				EXCEPTION WHEN OTHERS THEN
					state := SQLSTATE; text := SQLERRM;
				END;
				INSERT INTO bad_result VALUES (entry->>'file', entry->>'sane', entry->>'what', loaded, refused, state, text);
			END LOOP;
		END \$\$" || fail
	sql -c "SELECT * FROM bad_result"
	expect "damaged: files that must be refused" "$(sql_value "SELECT string_agg(file, ' ') FROM bad_result WHERE sane = 'reject-file' AND sqlstate IS NULL
		AND file NOT IN ('gz/plain_csv_named_gz.csv.gz', 'gz/zero_bytes.csv.gz')")" ""
	expect "damaged: rows of files that must load" "$(sql_value "SELECT string_agg(file, ' ') FROM bad_result WHERE sane = 'accept' AND
		rows IS DISTINCT FROM CASE WHEN file LIKE 'rows/%' THEN 99 WHEN file IN ('gz/empty_payload.csv.gz', 'gz/header_only.csv.gz') THEN 0 ELSE 24293 END")" ""
	# twenty digits are a double like any other, as long as they do not wrap
	expect "damaged: a huge price" "$(sql_value "SELECT max(price) > 1e19 FROM bad_rows")" t
	expect "damaged: files with one bad row" "$(sql_value "SELECT string_agg(file, ' ') FROM bad_result WHERE sane = 'reject-row' AND file <> 'rows/price_huge.csv.gz' AND
		(rejected IS DISTINCT FROM 1 OR rows <> CASE WHEN file = 'rows/comment_line.csv.gz' THEN 99 ELSE 98 END)")" ""
	expect "damaged: nothing is left of refused files" "$(sql_value "SELECT (SELECT sum(rows) FROM bad_result WHERE file LIKE 'rows/%' OR file = 'gz/plain_csv_named_gz.csv.gz') - (SELECT count(*) - 99 FROM bad_rows)")" 0
}

# Every broken or odd file of the suites ends as test/bad_files.txt says, in bounded time and memory.
bad_files() {
	local file answer arguments why got

	grep -v '^#' "$TOP/test/bad_files.txt" | cut -f 1,3 | sed 's/\\/\\\\/g' >"$WORK/bad_cases" && chmod a+r "$WORK/bad_cases" || return
	sql -c "CREATE TABLE bad_case (number serial, file text, arguments text, answer text)" -c "\\copy bad_case (file, arguments) FROM '$WORK/bad_cases'"
	sql -c "SET client_min_messages = error" -c "SET statement_timeout = '10min'" -c "
		DO \$\$
		DECLARE
			c record; n bigint; reply text; target text;
		BEGIN
			FOR c IN SELECT * FROM bad_case ORDER BY number LOOP
				DROP FOREIGN TABLE IF EXISTS bad_file, bad_three CASCADE;
				CREATE FOREIGN TABLE bad_three (a bigint, b bigint, c text) SERVER tick OPTIONS (partition_by 'none');
				target := CASE WHEN c.arguments = 'INTO' THEN 'bad_three' ELSE 'bad_file' END;
				BEGIN
					EXECUTE format('SELECT tick_load(%L, %L%s%s%s)', '$TICK_DATA/bad/' || c.file, target,
						CASE WHEN c.arguments NOT IN ('-', 'INTO') THEN ', ' || c.arguments ELSE '' END,
						CASE WHEN c.arguments LIKE '%on_error%' THEN '' ELSE ', on_error => ''skip''' END,
						CASE WHEN c.arguments LIKE '%date =>%' OR c.arguments = 'INTO' THEN '' ELSE ', partition_by => ''none''' END) INTO n;
					reply := n || ' rows';
					SELECT reply || coalesce(', rejected at ' || string_agg(line || coalesce(' ' || \"column\", ''), ', ' ORDER BY line), '') INTO reply
						FROM (SELECT line, \"column\" FROM tick.load_rejects WHERE dataset = to_regclass(target) ORDER BY line LIMIT 10) r;
				EXCEPTION WHEN OTHERS THEN
					reply := SQLSTATE;
				END;
				UPDATE bad_case SET answer = reply WHERE number = c.number;
			END LOOP;
		END \$\$" -c "CREATE TABLE bad_memory AS SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\\s+(\\d+)'))[1]::int / 1024 < 1024 AS bounded" || fail
	sql -At -F "	" -c "SELECT file, answer FROM bad_case ORDER BY number" >"$WORK/bad_answers"
	while IFS=$'\t' read -r file answer arguments why; do
		got=$(grep -F "$file	" "$WORK/bad_answers" | cut -f 2)
		[ "$why" = - ] && why= || why=" ($why)"
		case " or $answer or " in *" or $got or "*) answer=$got ;; esac
		expect "$file$why" "$got" "$answer"
	done < <(grep -v '^#' "$TOP/test/bad_files.txt")
	expect "memory for broken files" "$(sql_value 'SELECT bounded FROM bad_memory')" t
}

# ---- the README ----

# Every ```sql block of README.md, in order, in one database; a block that fails counts as one.  The README's files are
# /data/...: taq.csv.gz, trades.csv.gz, quotes.csv.gz, bars/SYM_full_1min_adjsplit.txt.gz, made by the generator here.
readme_tests() {
	local folder=$WORK/readme block

	DATA=$folder/data
	as_user mkdir -p "$DATA/bars" || return
	as_user "$GEN" taq "$DATA" 20000 2 1 && as_user "$GEN" ticks "$DATA" 20000 30000 2 50 2 &&
		as_user "$GEN" bars "$DATA/bars" 3 5 3 && rm "$DATA/bars/bars.json" || return
	awk -v folder="$folder" '
		/^```sql$/ { block = sprintf("%s/block%03d.sql", folder, ++blocks); printf "" > block; next }
		/^```/ { block = "" }
		block != "" { print > block }
	' "$SRC/README.md"
	sed -i "s|/data/|$DATA/|g" "$folder"/block*.sql || { echo "README.md: no blocks of SQL"; return 1; }
	chmod -R a+rX "$folder"
	fresh_database readme
	for block in "$folder"/block*.sql; do
		if sql -f "$block" >"$WORK/block.log" 2>&1; then
			pass
		else
			fail
			echo "FAILED  a block of README.md:"
			cat "$block" "$WORK/block.log"
		fi
	done
	export PGDATABASE=postgres
}
