--
-- Aggregation inside the scan: what is pushed, what answers it, and that the
-- answers are the executor's
--
SET datestyle = 'ISO, MDY';
SET timezone = 'America/New_York';
-- a plan as every server writes it
CREATE FUNCTION explain(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		RETURN NEXT replace(regexp_replace(line, '( rows=\d+)\.00| \(returns \$\d+\)', '\1', 'g'), '(InitPlan 1).col1', '$0');
	END LOOP;
END $$;
-- rows that differ with and without pushdown, and whether it was pushed
CREATE FUNCTION differ(query text, OUT pushed boolean, OUT rows bigint, OUT differing bigint) LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	SET tick.enable_aggregate_pushdown = off;
	EXECUTE 'CREATE TEMP TABLE executor AS SELECT q::text FROM (' || query || ') q';
	SET tick.enable_aggregate_pushdown = on;
	EXECUTE 'CREATE TEMP TABLE pushed AS SELECT q::text FROM (' || query || ') q';
	pushed := false;
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		pushed := pushed OR line ~ '^ *(->)? *Dataset: ';
	END LOOP;
	SELECT count(*) FROM executor INTO rows;
	SELECT count(*) FROM ((TABLE executor EXCEPT ALL TABLE pushed) UNION ALL (TABLE pushed EXCEPT ALL TABLE executor)) x INTO differing;
	DROP TABLE executor, pushed;
END $$;

-- six days; two inserts, so that each day has two segments; nulls, NaN, integers near their bounds
CREATE FOREIGN TABLE x (date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'), ts_ns bigint OPTIONS (field 'ts'),
	sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size'),
	cnt int, small smallint, num numeric(10,3), other numeric(7,2), flag boolean, venue text COLLATE "C", memo text, ratio real, d date) SERVER tick;
INSERT INTO x (ts, sym, price, size, cnt, small, num, other, flag, venue, memo, ratio, d)
	SELECT timestamp '2021-01-04' + i * interval '17 s 123 us', nullif('S' || i % 7, 'S5'), CASE WHEN i % 97 = 0 THEN NULL ELSE 10 + i % 900 / 100.0 END,
		nullif(i % 50, 7) * 100, i % 1000 - 500, i % 30, i % 3000 / 1000.0, i % 20 / 4.0, i % 3 = 0, nullif('V' || i % 5, 'V2'), 'memo ' || i % 400, i % 8 / 4.0, date '2021-01-01' + i % 9
	FROM generate_series(0, 29999) i;
INSERT INTO x (ts, sym, price, size, cnt, venue)
	SELECT timestamp '2021-01-04 00:00:00.5' + i * interval '170 s 123 us', 'S' || i % 3, 10 + i % 700 / 100.0, i % 9, i, 'W' FROM generate_series(0, 2999) i;

-- from zone maps, from summaries of symbols, from rows
SELECT explain('SELECT count(*), min(price), max(ts), sum(size) FROM x');
SELECT explain('SELECT sym, count(*), max(price), sum(size), sum(price * size), tick_first(price, ts), tick_vwap(price, size) FROM x GROUP BY sym');
SELECT explain('SELECT sym, date, sum(size) FROM x WHERE date > ''2021-01-05'' AND sym IN (''S1'', ''S2'') GROUP BY sym, date');
SELECT explain('SELECT venue, count(*) FILTER (WHERE size > 100), avg(price - cnt) FROM x WHERE cnt < 100 GROUP BY venue HAVING count(*) > 2');
SELECT explain('SELECT sym, date_trunc(''hour'', ts), max(price) FROM x WHERE date = ''2021-01-05'' GROUP BY 1, 2');
SET tick.enable_zone_maps = off;
SELECT explain('SELECT sym, count(*), sum(size) FROM x GROUP BY sym');
RESET tick.enable_zone_maps;

-- not pushed: conditions of the executor, distinct and ordered arguments, single precision, other collations, grouping sets
CREATE FUNCTION odd(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 % 2 = 1; END';
SELECT q, (differ(q)).* FROM unnest(ARRAY[
	'SELECT count(*) FROM x WHERE odd(cnt)',
	'SELECT sum(DISTINCT cnt) FROM x',
	'SELECT sum(ratio) FROM x',
	'SELECT string_agg(venue, '','' ORDER BY ts) FROM x WHERE cnt < -490',
	'SELECT max(venue) FROM x',
	'SELECT sum(price / 2) FROM x WHERE cnt = 3',
	'SELECT sum(num * num) FROM x',
	'SELECT cnt % 3, count(*) FROM x GROUP BY 1',
	'SELECT sym, venue, count(*) FROM x GROUP BY ROLLUP (sym, venue)']) q;

-- pushed
SELECT q, (differ(q)).* FROM unnest(ARRAY[
	'SELECT count(*), count(price), count(memo), count(num), count(sym) FROM x',
	'SELECT min(cnt), max(cnt), min(small), max(small), min(num), max(num), min(d), max(d), min(ts), max(ts), min(ts_ns), max(ratio), min(date) FROM x',
	'SELECT sum(cnt), sum(small), sum(size), sum(num), avg(cnt), avg(small), avg(size), avg(num) FROM x',
	'SELECT venue, sum(cnt), sum(small), sum(size), sum(num), avg(cnt), avg(size), avg(num) FROM x GROUP BY venue',
	'SELECT round(sum(price)::numeric, 6), round(avg(price)::numeric, 6), round(avg(ratio)::numeric, 6) FROM x',
	'SELECT sym, round(sum(price * size)::numeric, 6), round(tick_vwap(price, size)::numeric, 9), sum(size)::float8 FROM x GROUP BY sym',
	'SELECT sym, venue, flag, count(*), min(price), max(price) FROM x GROUP BY sym, venue, flag',
	'SELECT memo, max(cnt) FROM x GROUP BY memo',
	'SELECT small, d, count(*) FROM x GROUP BY small, d',
	'SELECT num, other, count(*) FROM x WHERE sym = ''S1'' GROUP BY num, other',
	'SELECT price, count(*) FROM x GROUP BY price',
	'SELECT ts, count(*) FROM x WHERE sym < ''S2'' GROUP BY ts',
	'SELECT date, sym, tick_first(price, ts), tick_last(price, ts), tick_first(cnt, ts), tick_last(d, ts_ns) FROM x GROUP BY date, sym',
	'SELECT venue, tick_first(cnt, ts), tick_last(num, ts) FROM x WHERE cnt < 400 GROUP BY venue',
	'SELECT date_trunc(''minute'', ts), count(*) FROM x GROUP BY 1',
	'SELECT sym, date_trunc(''day'', ts), count(*), sum(cnt) FROM x GROUP BY 1, 2',
	'SELECT date_trunc(''week'', ts), ts::date, count(*) FROM x GROUP BY 1, 2',
	'SELECT sym, date_bin(''7 min'', ts, timestamp ''2001-01-01 00:01''), max(cnt) FROM x GROUP BY 1, 2',
	'SELECT extract(hour FROM ts), date_part(''minute'', ts), count(*), min(cnt) FROM x GROUP BY 1, 2',
	'SELECT sym, extract(hour FROM ts)::int, extract(dow FROM ts)::bigint, sum(size) FROM x GROUP BY 1, 2, 3',
	'SELECT extract(year FROM ts), date_part(''quarter'', ts)::int, extract(doy FROM ts), extract(week FROM ts), extract(isodow FROM ts), max(price) FROM x GROUP BY 1, 2, 3, 4, 5',
	'SELECT date_bin(''36 hours'', ts, timestamp ''2030-01-01''), sum(size) FROM x GROUP BY 1',
	'SELECT round(var_samp(price)::numeric, 6), round(stddev_pop(price)::numeric, 6), var_samp(cnt), variance(small), var_pop(cnt) FROM x',
	'SELECT sym, round(stddev(price * size)::numeric, 4), var_pop(cnt) FROM x WHERE ts < ''2021-01-04 00:03'' GROUP BY sym',
	'SELECT sum(cnt + small), min(size - cnt), max(cnt * small), sum(num + other), sum(num - cnt), sum(other * other), max(price - 1.5) FROM x',
	'SELECT count(*) FILTER (WHERE flag), sum(size) FILTER (WHERE venue = ''V1''), min(price) FILTER (WHERE sym IS NULL) FROM x',
	'SELECT sym, sum(size) AS v, max(cnt) + 1 AS m FROM x GROUP BY sym HAVING sum(size) > 100000 ORDER BY v DESC, sym LIMIT 3',
	'SELECT upper(sym), count(*) + sum(cnt) FROM x GROUP BY sym',
	'SELECT count(*), sum(cnt), min(cnt), avg(price), var_samp(cnt) FROM x WHERE date = ''1999-01-01''',
	'SELECT sym, count(*) FROM x WHERE date = ''1999-01-01'' GROUP BY sym',
	'SELECT date_trunc(''hour'', ts), sym, count(*) FROM (SELECT * FROM x WHERE flag) y GROUP BY 1, 2',
	'SELECT sym FROM x GROUP BY sym',
	'SELECT a.sym, a.n, b.n FROM (SELECT sym, count(*) AS n FROM x GROUP BY sym) a JOIN (SELECT sym, max(cnt) AS n FROM x WHERE flag GROUP BY sym) b USING (sym)']) q;

-- bounds of integers are PostgreSQL's
CREATE FOREIGN TABLE bounds (ts timestamp OPTIONS (role 'time'), a bigint, b int, c smallint, f float8) SERVER tick OPTIONS (partition_by 'none');
INSERT INTO bounds SELECT timestamp '2021-01-04' + i * interval '1 s', 9223372036854775807 - i, 2147483647 - i, 32767 - i, 1e300 * i FROM generate_series(0, 9) i;
SELECT q, (differ(q)).* FROM unnest(ARRAY['SELECT sum(a), avg(a), sum(b), avg(b), sum(c), max(f), sum(a - 5) FROM bounds', 'SELECT sum(b - c), sum(b * 1::bigint) FROM bounds']) q;
SELECT sum(a + 1) FROM bounds;
SELECT max(b + 1) FROM bounds;
SELECT count(c * c * c * c * c * c * c) FROM bounds;
SELECT max(c + c) FROM bounds WHERE b = 2147483647;
SELECT max((c + 1::smallint)::smallint) FROM bounds WHERE b < 2147483647;
SELECT max(f * 1e100) FROM bounds;
SELECT sum(b + 1) FROM bounds WHERE b < 2147483647;

-- a prepared plan sees what was loaded after it was made, and its parameters
PREPARE per_day(date, text) AS SELECT date, count(*), sum(size) FILTER (WHERE venue = $2) FROM x WHERE date >= $1 GROUP BY date ORDER BY date;
SET plan_cache_mode = force_generic_plan;
EXECUTE per_day('2021-01-09', 'V1');
INSERT INTO x (ts, sym, size, venue) VALUES ('2021-01-09 23:00', 'S1', 5, 'V1'), ('2021-01-11 10:00', 'S1', 50, 'V1');
EXECUTE per_day('2021-01-09', 'V1');
EXECUTE per_day('2021-01-11', 'V9');
RESET plan_cache_mode;

-- a lateral subquery starts again for each row, and finds what it found when parameters come again
SELECT day, n, s FROM (VALUES (date '2021-01-04'), ('2021-01-05'), ('2000-01-01'), ('2021-01-05')) v(day),
	LATERAL (SELECT count(*) AS n, sum(cnt) AS s FROM x WHERE date = day) q;

-- more groups than memory holds come in several passes
SET work_mem = '64kB';
SELECT q, (differ(q)).* FROM unnest(ARRAY['SELECT ts_ns, cnt, count(*), max(memo) FROM x GROUP BY ts_ns, cnt', 'SELECT ts, cnt, venue, count(*) FROM x GROUP BY ts, cnt, venue']) q;

-- a part that has more groups than those before it is halved: no group comes twice
CREATE FOREIGN TABLE parts (ts timestamp OPTIONS (role 'time'), n int) SERVER tick OPTIONS (partition_by 'day');
INSERT INTO parts SELECT timestamp '2021-01-01' + i % 60 * interval '1 day' + i * interval '1 ms', i FROM generate_series(0, 33499) i;
SET hash_mem_multiplier = 1;
SET tick.threads = 1;
SELECT count(*), sum(c) FROM (SELECT n, count(*) AS c FROM parts WHERE n < 33250 GROUP BY n) q;
SELECT count(*), sum(c) FROM (SELECT n, count(*) AS c FROM parts WHERE n < 33500 GROUP BY n) q;
RESET tick.threads;
RESET hash_mem_multiplier;
DROP FOREIGN TABLE parts;
RESET work_mem;

-- one thread or many: the same answers, sums of doubles that are no decimals too
CREATE FOREIGN TABLE wide (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", v float8, c text) SERVER tick OPTIONS (partition_by 'none');
INSERT INTO wide SELECT timestamp '2021-01-04' + i * interval '1 ms', 'S' || i % 3, sqrt(i), 'c' || i % 4 FROM generate_series(0, 299999) i;
CREATE TEMP TABLE answers AS SELECT 1 AS threads, c, sum(v), avg(v), tick_first(v, ts) FROM wide GROUP BY c LIMIT 0;
SET tick.threads = 1;
INSERT INTO answers SELECT 1, c, sum(v), avg(v), tick_first(v, ts) FROM wide GROUP BY c;
SET tick.threads = 4;
SET max_parallel_workers_per_gather = 3;
INSERT INTO answers SELECT 4, c, sum(v), avg(v), tick_first(v, ts) FROM wide GROUP BY c;
RESET tick.threads;
RESET max_parallel_workers_per_gather;
SELECT count(*), count(DISTINCT (c, sum, avg, tick_first)) FROM answers;

-- statistics of some rows are no summaries of all
ALTER FOREIGN TABLE x OPTIONS (ADD stats_where 'cnt > 0');
SELECT tick_finalize('x');
SELECT explain('SELECT sym, count(*), sum(size) FROM x GROUP BY sym');
SELECT q, (differ(q)).* FROM unnest(ARRAY['SELECT sym, count(*), sum(size), max(price), tick_last(price, ts) FROM x GROUP BY sym']) q;

-- groups that no two segments share are given out as they are made: to a join, to who stops early, once more for each outer row
SELECT q, (differ(q)).* FROM unnest(ARRAY[
	'SELECT a.sym, a.h, a.n, b.n FROM (SELECT sym, date, date_trunc(''hour'', ts) AS h, count(*) AS n FROM x WHERE price < 15 GROUP BY 1, 2, 3) a
		JOIN (SELECT sym, date, date_trunc(''hour'', ts) AS h, sum(cnt) AS n FROM x WHERE size > 500 AND venue LIKE ''V%'' GROUP BY 1, 2, 3) b USING (sym, date, h)',
	'SELECT count(*) FROM (SELECT sym, date, date_bin(''5 min'', ts, timestamp ''2021-01-01''), count(*) FROM x WHERE price < 15 GROUP BY 1, 2, 3 LIMIT 50) q',
	'SELECT v, n FROM (VALUES (12.5), (16), (12.5)) w(v), LATERAL (SELECT count(*) AS n FROM (SELECT sym, date, date_trunc(''minute'', ts), max(cnt) FROM x WHERE price < v GROUP BY 1, 2, 3) y) q']) q;

-- a column that came later, one that was widened
ALTER FOREIGN TABLE x ADD COLUMN extra int, ALTER COLUMN cnt TYPE numeric(14,2);
SELECT q, (differ(q)).* FROM unnest(ARRAY[
	'SELECT count(extra), min(extra), sum(cnt), avg(cnt), max(cnt) FROM x', 'SELECT extra, sum(cnt) FROM x GROUP BY extra']) q;

-- who may not read may not count; views hide rows before they are counted
CREATE ROLE regress_tick_counter;
SET ROLE regress_tick_counter;
SELECT count(*) FROM x;
RESET ROLE;
CREATE VIEW few WITH (security_barrier) AS SELECT * FROM x WHERE sym = 'S1';
GRANT SELECT ON few TO regress_tick_counter;
SET ROLE regress_tick_counter;
SELECT count(*), sum(size) FROM few;
SELECT count(*) FROM few WHERE odd(size::int);
RESET ROLE;
DROP VIEW few;
DROP ROLE regress_tick_counter;
DROP FOREIGN TABLE x, bounds, wide;
DROP FUNCTION explain, differ, odd;
