-- Loads that do not fit the memory.
CREATE SCHEMA load_spill;
SET search_path = load_spill, public;
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
\getenv abs_builddir PG_ABS_BUILDDIR
\set dir :abs_builddir '/results'
CREATE FUNCTION put(path text, content text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE large oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(large, path);
	RETURN lo_unlink(large);
END $$;
-- what a statement gives, or its error without the folder's name
CREATE FUNCTION try(sql text, dir text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; message text; detail text; hint text; context text;
BEGIN
	EXECUTE sql INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	RETURN replace(concat_ws(E'\n', SQLSTATE || ': ' || message, 'detail: ' || nullif(detail, ''), 'hint: ' || nullif(hint, ''),
		'context: ' || substring(context FROM 'tick_load [^\n]*')), dir || '/', '');
END $$;

-- 16 MB hold about 200,000 of these rows: several runs are spilled and merged
CREATE TABLE heap AS SELECT n, timestamp '2021-01-04 09:30' + (n * 7919 % 1000003) * interval '0.1 s' AS ts, 'S' || n * 31 % 97 AS sym,
	(n * 37 % 100000) / 100.0::float8 AS price, n % 1000 AS size, CASE WHEN n % 3 <> 0 THEN 'text number ' || n % 50 END AS note FROM generate_series(1, 500000::bigint) n;
\set gzip 'gzip -1 -c > ' :dir '/spilled.csv.gz'
COPY heap TO PROGRAM :'gzip' WITH (FORMAT csv, HEADER);
SET tick.load_memory = '16MB';
SELECT tick_load(:'dir' || '/spilled.csv.gz', partition_by => 'day');
SELECT partition, segments, rows, symbols, finalized FROM tick.partitions WHERE dataset = 'spilled'::regclass ORDER BY 1;
SELECT count(*) FROM (SELECT n, ts, sym, price, size, note FROM spilled EXCEPT ALL SELECT n, ts, sym, price, size, note FROM heap) x;
SELECT count(*) FROM (SELECT n, ts, sym, price, size, note FROM heap EXCEPT ALL SELECT n, ts, sym, price, size, note FROM spilled) x;
-- rows lie in order: symbol, time, and the source's order for equal times
SELECT count(*) FROM (SELECT sym, ts, lag(sym) OVER w AS last_sym, lag(ts) OVER w AS last_ts FROM (SELECT sym, ts, row_number() OVER () AS at FROM spilled WHERE date = '2021-01-05') x WINDOW w AS (ORDER BY at)) y
	WHERE (last_sym, last_ts) > (sym, ts);
SELECT * FROM tick_verify('spilled', 'full');
-- days that are complete when the memory is full are written where they stay; rows of such a day that come later are merged in
CREATE TEMP TABLE late_rows AS
	SELECT n, timestamp '2021-03-01' + n * interval '0.4 s' AS ts, 'S' || n % 50 AS sym, n % 977 AS price FROM generate_series(1, 864000) n
	UNION ALL SELECT n, timestamp '2021-03-01' + n * interval '0.7 s', 'S' || n % 60, n % 97 FROM generate_series(1000001, 1050000) n WHERE n % 10 < 9
	UNION ALL SELECT n, timestamp '2021-03-01' + (n - 1050000) * interval '1.1 s', 'S' || n % 60, n % 97 FROM generate_series(1050001, 1100000) n;
\set gzip 'gzip -1 -c > ' :dir '/late.csv.gz'
COPY (SELECT * FROM late_rows ORDER BY n) TO PROGRAM :'gzip' WITH (FORMAT csv, HEADER);
SELECT tick_load(:'dir' || '/late.csv.gz', partition_by => 'day');
SELECT partition, segments, rows, symbols, finalized FROM tick.partitions WHERE dataset = 'late'::regclass ORDER BY 1;
SELECT count(*) FROM (SELECT n, ts, sym, price FROM late EXCEPT ALL SELECT n, ts, sym, price FROM late_rows) x;
SELECT count(*) FROM (SELECT n, ts, sym, price FROM late_rows EXCEPT ALL SELECT n, ts, sym, price FROM late) x;
SELECT * FROM tick_verify('late', 'full');
-- no relation is left behind
SELECT count(*) FROM pg_class c WHERE relnamespace = 'tick_store'::regnamespace AND relkind = 'r' AND NOT EXISTS (SELECT FROM tick.segment s WHERE s.relid = c.oid);
-- one spilled image of a day is copied as it is: days do not mix
\set gzip 'gzip -1 -c > ' :dir '/days.csv.gz'
COPY (SELECT timestamp '2021-02-01' + n * interval '1 s' AS ts, 'S' || n % 50 AS sym, n AS price FROM generate_series(1, 600000) n) TO PROGRAM :'gzip' WITH (FORMAT csv, HEADER);
SELECT tick_load(:'dir' || '/days.csv.gz', stats_where => 'price > 1000');
SELECT partition, segments, rows FROM tick.partitions WHERE dataset = 'days'::regclass ORDER BY 1;
SELECT date, count(*), sum(price), min(price), max(price) FROM days GROUP BY 1 ORDER BY 1;
SELECT date, symbol, open, close, trades FROM days_daily WHERE symbol IN ('S0', 'S49') ORDER BY 1, 2;
SELECT * FROM tick_verify('days', 'full');
-- rows in no order over many days are set aside by day; one day is larger than the memory, and texts become too many to stay;
-- there are equal stamps, whose rows keep the order of the file
CREATE TEMP TABLE mixed_rows AS SELECT n, timestamp '2021-05-01' + CASE WHEN n % 10 < 6 THEN interval '3 days' ELSE n * 7919 % 12 * interval '1 day' END
	+ n * 104729 % 20011 * interval '4 s' AS ts, CASE WHEN n % 1000 <> 7 THEN 'S' || n * 31 % 97 END AS sym, (n * 37 % 100000) / 100.0::float8 AS price,
	CASE WHEN n > 400000 THEN 'a text of its own ' || n WHEN n % 3 <> 0 THEN 'text ' || n % 50 END AS note FROM generate_series(1, 700000::bigint) n;
\set gzip 'gzip -1 -c > ' :dir '/mixed.csv.gz'
COPY (SELECT * FROM mixed_rows ORDER BY n) TO PROGRAM :'gzip' WITH (FORMAT csv, HEADER);
CREATE FOREIGN TABLE mixed (n bigint, ts timestamp OPTIONS (role 'time') NOT NULL, sym text OPTIONS (role 'symbol') COLLATE "C", price float8, note text) SERVER tick OPTIONS (partition_by 'day');
SELECT tick_load(:'dir' || '/mixed.csv.gz', 'mixed');
SELECT partition, segments, rows, symbols FROM tick.partitions WHERE dataset = 'mixed'::regclass ORDER BY 1;
SELECT count(*) FROM (SELECT n, ts, sym, price, note FROM mixed EXCEPT ALL SELECT n, ts, sym, price, note FROM mixed_rows) x;
SELECT count(*) FROM (SELECT n, ts, sym, price, note FROM mixed_rows EXCEPT ALL SELECT n, ts, sym, price, note FROM mixed) x;
SELECT count(*) FROM (SELECT n, ts, sym, lag(n) OVER w AS last_n, lag(sym) OVER w AS last_sym, lag(ts) OVER w AS last_ts FROM (SELECT n, sym, ts, row_number() OVER () AS at FROM mixed WHERE ts::date = '2021-05-04') x WINDOW w AS (ORDER BY at)) y
	WHERE last_ts IS NOT NULL AND (coalesce(last_sym, '~'), last_ts, last_n) > (coalesce(sym, '~'), ts, n);
SELECT * FROM tick_verify('mixed', 'full');
-- without those texts nothing is written before the end
\set gzip 'gzip -1 -c > ' :dir '/mixed_few.csv.gz'
COPY (SELECT * FROM mixed_rows WHERE n <= 400000 ORDER BY n) TO PROGRAM :'gzip' WITH (FORMAT csv, HEADER);
CREATE FOREIGN TABLE mixed_few (n bigint, ts timestamp OPTIONS (role 'time') NOT NULL, sym text OPTIONS (role 'symbol') COLLATE "C", price float8, note text) SERVER tick OPTIONS (partition_by 'day');
SELECT tick_load(:'dir' || '/mixed_few.csv.gz', 'mixed_few');
SELECT sum(segments), sum(rows), max(rows) FROM tick.partitions WHERE dataset = 'mixed_few'::regclass;
SELECT count(*) FROM (SELECT n, ts, sym, price, note FROM mixed_few EXCEPT ALL SELECT n, ts, sym, price, note FROM mixed_rows) x;
SELECT count(*) FROM (SELECT n, ts, sym, lag(n) OVER w AS last_n, lag(sym) OVER w AS last_sym, lag(ts) OVER w AS last_ts FROM (SELECT n, sym, ts, row_number() OVER () AS at FROM mixed_few WHERE ts::date = '2021-05-04') x WINDOW w AS (ORDER BY at)) y
	WHERE last_ts IS NOT NULL AND (coalesce(last_sym, '~'), last_ts, last_n) > (coalesce(sym, '~'), ts, n);
SELECT * FROM tick_verify('mixed_few', 'full');
-- a file that fails after some of its rows were spilled leaves none behind
\set make 'rm -rf ' :dir '/spill && mkdir -p ' :dir '/spill && cd ' :dir '/spill && zcat ../days.csv.gz > 2.csv && head -1000 2.csv > 1.csv && printf "2021-02-08,S1,x\\n" >> 2.csv && printf "ts,sym,price\\n2021-02-09,S1,7\\n" > 3.csv'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SET client_min_messages = error;
SELECT tick_load(:'dir' || '/spill', on_file_error => 'skip');
SET client_min_messages = warning;
SELECT partition, segments, rows FROM tick.partitions WHERE dataset = 'spill'::regclass ORDER BY 1;
SELECT date, count(*), sum(price) FROM spill GROUP BY 1 ORDER BY 1;
SELECT * FROM tick_verify('spill', 'full');
-- small segments make no relations: 20,000 days at once
\set gzip 'gzip -1 -c > ' :dir '/sparse.csv.gz'
COPY (SELECT timestamp '1900-01-01' + n * interval '1 day' AS ts, 'S' AS sym, n AS price FROM generate_series(1, 20000) n) TO PROGRAM :'gzip' WITH (FORMAT csv, HEADER);
SELECT tick_load(:'dir' || '/sparse.csv.gz', partition_by => 'day');
SELECT count(*), sum(rows) FROM tick.partitions WHERE dataset = 'sparse'::regclass;

DROP SCHEMA load_spill CASCADE;
