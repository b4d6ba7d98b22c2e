--
-- Answers of a dataset equal those of a heap table with the same rows
--
SET datestyle = 'ISO, MDY';
SET timezone = 'UTC';
CREATE FOREIGN TABLE q_ds (date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time', field 'T'),
	ts_ns bigint OPTIONS (field 'T'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price'),
	size bigint, ratio real, amount numeric(10,2), ok boolean, tod time, day date, note text)
	SERVER tick;
CREATE TABLE q_heap (date date, ts timestamp, ts_ns bigint, sym text COLLATE "C", price float8, size bigint, ratio real,
	amount numeric(10,2), ok boolean, tod time, day date, note text);
INSERT INTO q_heap
	SELECT ts::date, ts, (extract(epoch FROM ts) * 1000000)::bigint * 1000 + i % 1000,
		CASE WHEN i % 13 <> 0 THEN (ARRAY['A', 'AB', 'B', 'b', 'Z'])[1 + i % 5] END,
		CASE i % 17 WHEN 0 THEN 'NaN' WHEN 1 THEN NULL WHEN 2 THEN '-Infinity' ELSE i / 8.0 END,
		CASE WHEN i % 7 > 0 THEN i % 100 END, (i % 10) / 3.0, i / 100.0, CASE i % 3 WHEN 0 THEN true WHEN 1 THEN false END,
		time '09:30' + i * interval '1 s', date '2021-01-01' + i % 9, CASE WHEN i % 4 > 0 THEN 'n' || i % 6 END
	FROM (SELECT i, timestamp '2021-01-04 18:00' + i * interval '97.000001 s' AS ts FROM generate_series(1, 4000) i) s;
-- times at the ends of what can be stored
INSERT INTO q_heap (date, ts, ts_ns, sym) VALUES
	('1677-09-21', '1677-09-21 00:12:43.145225', -9223372036854775000, 'A'),
	('2262-04-11', '2262-04-11 23:47:16.854775', 9223372036854775807, 'A'),
	('1969-12-31', '1969-12-31 23:59:59.999999', -1, 'A'),
	('1970-01-01', '1970-01-01 00:00:00', 999, 'A');
INSERT INTO q_ds SELECT * FROM q_heap WHERE ts_ns % 5 = 0;
INSERT INTO q_ds SELECT * FROM q_heap WHERE ts_ns % 5 <> 0;

-- Prints a condition and the number of its rows when dataset and heap agree.
CREATE FUNCTION same(condition text) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
	differ bigint;
	found bigint;
BEGIN
	EXECUTE format('WITH a AS MATERIALIZED (SELECT * FROM q_ds WHERE %1$s), b AS MATERIALIZED (SELECT * FROM q_heap WHERE %1$s)'
		' SELECT count(*), (SELECT count(*) FROM b) FROM ((TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) x', condition)
		INTO differ, found;
	RETURN CASE WHEN differ = 0 THEN 'same ' || found ELSE 'DIFFERENT ' || differ END || ': ' || condition;
END $body$;

SELECT same(c) FROM unnest(ARRAY[
	$$true$$,
	-- times
	$$ts = '2021-01-04 18:01:37.000001'$$,
	$$ts < '2021-01-05'$$,
	$$ts <= '1970-01-01'$$,
	$$ts >= '2262-04-11 23:47:16.854775'$$,
	$$ts > '2262-04-11 23:47:16.854775'$$,
	$$ts >= '2300-01-01'$$,
	$$ts < '1677-09-21 00:12:43.145225'$$,
	$$ts <> 'infinity'$$,
	$$ts > '-infinity'$$,
	$$ts < '0044-03-15 BC'$$,
	$$ts BETWEEN '2021-01-05 12:00' AND '2021-01-05 13:00'$$,
	$$ts >= date '2021-01-06' AND ts < date '2021-01-07'$$,
	$$ts > date 'infinity'$$,
	$$ts IN ('1970-01-01', '1969-12-31 23:59:59.999999')$$,
	$$ts > timestamptz '2021-01-06 00:00+00'$$,
	$$ts_ns = -1$$,
	$$ts_ns > 999$$,
	$$ts_ns <= -9223372036854775000$$,
	$$ts_ns IN (-1, 999, 5)$$,
	$$ts::date = '2021-01-06'$$,
	$$ts::date <> '2021-01-06'$$,
	$$date_trunc('day', ts) = '2021-01-06'$$,
	-- the virtual date
	$$date = '2021-01-06'$$,
	$$date > '2021-01-07'$$,
	$$date BETWEEN '2021-01-05' AND '2021-01-06'$$,
	$$date IN ('2021-01-05', '1970-01-01')$$,
	$$date NOT IN ('2021-01-05', '2021-01-06')$$,
	$$date < timestamp '2021-01-05 00:00:01'$$,
	$$date = timestamp '2021-01-05 00:00:01'$$,
	$$date < 'infinity'$$,
	$$date IS NULL$$,
	$$date IS NOT NULL$$,
	$$date = ANY (NULL::date[])$$,
	$$date > ALL ('{2021-01-05,2021-01-06}')$$,
	-- symbols and other text
	$$sym = 'A'$$,
	$$sym <> 'A'$$,
	$$sym > 'B'$$,
	$$sym <= 'AB'$$,
	$$sym IN ('A', 'Z', 'nobody')$$,
	$$sym NOT IN ('A', NULL)$$,
	$$sym IS NULL$$,
	$$sym LIKE 'A%'$$,
	$$sym NOT LIKE '%B'$$,
	$$sym = ANY ('{}')$$,
	$$sym <> ALL ('{}')$$,
	$$sym = '' OR sym IS NULL$$,
	$$sym COLLATE "C" < 'b'$$,
	$$note = 'n3'$$,
	$$note < 'n3' COLLATE "C"$$,
	$$note LIKE '_3'$$,
	$$note LIKE '%\%%'$$,
	$$sym = note$$,
	$$sym || note = 'An1'$$,
	$$note ILIKE 'N1'$$,
	-- numbers
	$$price = 'NaN'$$,
	$$price > 'Infinity'$$,
	$$price < 'NaN'$$,
	$$price >= 100$$,
	$$price <> 'NaN'$$,
	$$NOT price > 10$$,
	$$price IN ('NaN', 1.25)$$,
	$$price < 10 OR price IS NULL$$,
	$$size = 5$$,
	$$size > 3000000000$$,
	$$size < 2::smallint$$,
	$$size = 5.0$$,
	$$ratio = 1::real$$,
	$$ratio = (2 / 3.0)::real$$,
	$$ratio = (2 / 3.0)::float8$$,
	$$ratio < 0.7$$,
	$$amount = 12.34$$,
	$$amount = 12.345$$,
	$$amount < 12.345$$,
	$$amount >= 12.345$$,
	$$amount <> 0.001$$,
	$$amount < 'NaN'$$,
	$$amount < '-Infinity'$$,
	$$amount < 1e40$$,
	$$amount IN (1, 2.5, 3.999)$$,
	$$amount > 5 AND size > amount$$,
	-- booleans, times of day, dates
	$$ok$$,
	$$NOT ok$$,
	$$ok IS NOT TRUE$$,
	$$ok IS UNKNOWN$$,
	$$ok = false$$,
	$$ok < true$$,
	$$ok IS NULL AND size IS NULL$$,
	$$tod > '10:00'$$,
	$$tod = '09:30:01'$$,
	$$tod BETWEEN '23:00' AND '24:00'$$,
	$$day = '2021-01-03'$$,
	$$day > timestamp '2021-01-03 12:00'$$,
	$$day >= timestamptz '2021-01-03 00:00'$$,
	-- three-valued logic
	$$NOT (sym = 'A' AND price > 10)$$,
	$$NOT (sym = 'A' OR price > 10)$$,
	$$NOT (size IN (1, NULL))$$,
	$$size = NULL$$,
	$$NOT (size = NULL OR sym = 'A')$$,
	$$(ok AND size > 50) OR (NOT ok AND sym LIKE 'A%') OR note IS NULL$$,
	$$size > ANY ('{90,95,NULL}')$$,
	$$size > ALL ('{90,95,NULL}')$$,
	$$size <> ANY ('{1,1}')$$,
	$$NOT (NOT (sym <> 'A'))$$,
	$$random() < 2 AND sym = 'A'$$]) c;

-- without pushing, and without zone maps
SET tick.enable_filter_pushdown = off;
SELECT same($$sym = 'A' AND date = '2021-01-06' AND price > 10$$);
RESET tick.enable_filter_pushdown;
SET tick.enable_zone_maps = off;
SELECT same($$sym = 'A' AND date = '2021-01-06' AND price > 10$$);
RESET tick.enable_zone_maps;

-- a naive time against timestamptz depends on the session's zone and is left to the executor
SET timezone = 'America/New_York';
SELECT same($$ts > timestamptz '2021-01-06 00:00'$$);
SET timezone = 'UTC';

-- a pattern that PostgreSQL refuses
SELECT count(*) FROM q_ds WHERE sym LIKE 'A\';

-- no columns, whole rows, system columns
SELECT count(*) FROM q_ds;
SELECT count(*) FROM q_ds WHERE sym = 'A';
SELECT (SELECT sum(1) FROM q_ds), EXISTS (SELECT FROM q_ds WHERE sym = 'b');
SELECT tableoid::regclass, q FROM q_ds q WHERE ts_ns = 999;
SELECT ctid FROM q_ds WHERE ts_ns = 999;

-- order, both ways; equal keys may come in any order, so keys alone are compared
SELECT md5(string_agg(x::text, ';')) = (SELECT md5(string_agg(y::text, ';')) FROM (SELECT sym, ts FROM q_heap ORDER BY sym, ts) y)
	FROM (SELECT sym, ts FROM q_ds ORDER BY sym, ts) x;
SELECT md5(string_agg(x::text, ';')) = (SELECT md5(string_agg(y::text, ';')) FROM (SELECT sym, ts_ns FROM q_heap ORDER BY sym DESC, ts_ns DESC) y)
	FROM (SELECT sym, ts_ns FROM q_ds ORDER BY sym DESC, ts_ns DESC) x;
SELECT md5(string_agg(x::text, ';')) = (SELECT md5(string_agg(y::text, ';')) FROM (SELECT date, ts FROM q_heap WHERE sym = 'B' ORDER BY date, ts) y)
	FROM (SELECT date, ts FROM q_ds WHERE sym = 'B' ORDER BY date, ts) x;
SELECT sym, ts, price FROM q_ds WHERE sym = 'Z' AND price > 0 ORDER BY ts DESC LIMIT 2;

-- a prepared plan is right after other parameters, inserts and SETs
SET plan_cache_mode = force_generic_plan;
PREPARE p (text, date, float8) AS
	SELECT count(*), sum(size) FROM q_ds WHERE sym = $1 AND date >= $2 AND ($3 IS NULL OR price > $3);
EXECUTE p ('A', '2021-01-05', 10);
EXECUTE p ('Z', '2021-01-05', NULL);
EXECUTE p ('A', NULL, 10);
EXECUTE p (NULL, '2021-01-05', 10);
INSERT INTO q_ds (ts, sym, price, size) VALUES ('2021-02-01', 'A', 11, 1000000);
EXECUTE p ('A', '2021-01-05', 10);
SELECT tick_create_snapshot('q_now') > 0;
INSERT INTO q_ds (ts, sym, price, size) VALUES ('2021-02-01', 'A', 11, 1000000);
EXECUTE p ('A', '2021-01-05', 10);
SET tick.as_of = 'q_now';
EXECUTE p ('A', '2021-01-05', 10);
SET tick.as_of = 'q_never';
EXECUTE p ('A', '2021-01-05', 10);
RESET tick.as_of;
EXECUTE p ('A', '2021-01-05', 10);
RESET plan_cache_mode;
SELECT tick_drop_snapshot('q_now');

-- joins: parameterised scans, rescans, row locks
CREATE TABLE q_ref AS SELECT s COLLATE "C" AS sym, d::date AS date, timestamp '2021-01-06 12:00' AS at
	FROM unnest(ARRAY['A', 'Z', 'nobody', NULL]) s, generate_series(timestamp '2021-01-05', '2021-01-07', '1 day') d;
ANALYZE q_ref;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT r.sym, r.date, count(t.ts) FROM q_ref r LEFT JOIN q_ds t ON t.sym = r.sym AND t.date = r.date GROUP BY 1, 2 ORDER BY 1, 2;
SELECT r.sym, r.date, count(t.ts) FROM q_ref r LEFT JOIN q_ds t ON t.sym = r.sym AND t.date = r.date GROUP BY 1, 2 ORDER BY 1, 2;
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT r.sym, q.ts FROM q_ref r, LATERAL (SELECT ts FROM q_ds t WHERE t.sym = r.sym AND t.ts <= r.at ORDER BY ts DESC LIMIT 1) q
	WHERE r.date = '2021-01-05' ORDER BY 1;
BEGIN;
SELECT r.sym, t.ts_ns FROM q_ref r JOIN q_ds t ON t.sym = r.sym WHERE r.date = '2021-01-05' AND t.ts_ns < 1000 ORDER BY 1, 2 FOR UPDATE OF r;
SELECT sym FROM q_ds WHERE ts_ns = 999 FOR UPDATE;
ROLLBACK;

-- cursors
BEGIN;
DECLARE c CURSOR FOR SELECT sym, ts FROM q_ds WHERE sym = 'A' ORDER BY ts;
FETCH 2 FROM c;
FETCH 1 FROM c;
ROLLBACK;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT sym, ts FROM q_ds WHERE sym = 'A' ORDER BY ts;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
ROLLBACK;

-- conditions that could tell of rows stay above a security barrier
CREATE VIEW q_barrier WITH (security_barrier) AS SELECT * FROM q_ds WHERE sym = 'A';
CREATE FUNCTION leaks(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'seen %', $1; RETURN true; END $$;
SELECT count(*) FROM q_barrier WHERE leaks(sym) AND ts_ns < 1000;
EXPLAIN (COSTS OFF) SELECT count(*) FROM q_barrier WHERE leaks(sym) AND ts_ns < 1000 AND amount > 5;

-- ANALYZE: exact rows, and statistics
ANALYZE q_ds;
SELECT reltuples FROM pg_class WHERE oid = 'q_ds'::regclass;
SELECT attname, null_frac > 0 AS nulls, n_distinct FROM pg_stats WHERE tablename = 'q_ds' AND attname IN ('sym', 'ok', 'note') ORDER BY 1;

DROP VIEW q_barrier;
DROP TABLE q_heap, q_ref;
DROP FOREIGN TABLE q_ds;
DROP FUNCTION same, leaks;
