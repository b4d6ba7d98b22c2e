--
-- Aggregation below a join: what is pushed, and that the answers are those of
-- the executor and of a heap table with the same rows
--
SET datestyle = 'ISO, MDY';
SET timezone = 'America/New_York';
CREATE SCHEMA heap;
CREATE FUNCTION explain(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		RETURN NEXT regexp_replace(line, '( rows=\d+)\.00', '\1');
	END LOOP;
END $$;
-- whether it is pushed below the join, its rows, and those that differ from the executor's and from the heap's
CREATE FUNCTION differ(query text, OUT pushed boolean, OUT rows bigint, OUT executor bigint, OUT heap bigint) LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	EXECUTE 'CREATE TEMP TABLE a AS SELECT q::text FROM (' || query || ') q';
	SET tick.enable_aggregate_pushdown = off;
	EXECUTE 'CREATE TEMP TABLE b AS SELECT q::text FROM (' || query || ') q';
	SET tick.enable_aggregate_pushdown = on;
	SET search_path = heap, public;
	EXECUTE 'CREATE TEMP TABLE c AS SELECT q::text FROM (' || query || ') q';
	RESET search_path;
	pushed := false;
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		pushed := pushed OR line ~ 'TickJoinAggregate';
	END LOOP;
	SELECT count(*) FROM a INTO rows;
	SELECT count(*) FROM ((TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) x INTO executor;
	SELECT count(*) FROM ((TABLE a EXCEPT ALL TABLE c) UNION ALL (TABLE c EXCEPT ALL TABLE a)) x INTO heap;
	DROP TABLE a, b, c;
END $$;
-- four days, twice each; nulls and NaN
CREATE FOREIGN TABLE x (date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size'), cnt int, small smallint, num numeric(10,3), venue varchar COLLATE "C", d date) SERVER tick;
CREATE TABLE heap.x (date date, ts timestamp, sym text COLLATE "C", price float8, size bigint, cnt int, small smallint, num numeric(10,3), venue varchar COLLATE "C", d date);
INSERT INTO heap.x SELECT ts::date, ts, nullif('S' || i % 23, 'S5'), CASE i % 97 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' ELSE 10 + i % 900 / 100.0 END,
	nullif(i % 50, 7) * 100, i % 1000 - 500, i % 30, i % 3000 / 1000.0, nullif('V' || i % 5, 'V2'), date '2021-01-01' + i % 9
	FROM (SELECT i, timestamp '2021-01-04' + i * interval '34 s 123 us' AS ts FROM generate_series(0, 9999) i) t;
INSERT INTO x SELECT NULL, ts, sym, price, size, cnt, small, num, venue, d FROM heap.x WHERE cnt % 2 = 0;
INSERT INTO x SELECT NULL, ts, sym, price, size, cnt, small, num, venue, d FROM heap.x WHERE cnt % 2 <> 0;
SELECT tick_finalize('x', '2021-01-05', '2021-01-06');
-- one row a symbol, unknown ones among them; several; by days; by numbers and names
CREATE TABLE sectors (sym text COLLATE "C" PRIMARY KEY, sector text, cap numeric, lot int);
INSERT INTO sectors SELECT 'S' || i, 'sector ' || i % 4, i / 3.0, i FROM generate_series(2, 30) i WHERE i <> 11;
CREATE TABLE tags (sym varchar COLLATE "C", tag text, weight int);
INSERT INTO tags SELECT 'S' || i % 20, nullif('tag ' || i % 3, 'tag 2'), i % 2 FROM generate_series(1, 57) i;
INSERT INTO tags VALUES (NULL, 'null', 1), ('S1', 'tag 0', 1), ('S1', 'tag 0', 1), ('nobody', 'nobody', 1);
CREATE TABLE calendar (day date, name text);
INSERT INTO calendar SELECT day::date, to_char(day, 'FMDay') FROM generate_series(timestamp '2021-01-01', '2021-01-06', '1 day') day;
CREATE TABLE venues (code varchar COLLATE "C", n bigint, name text);
INSERT INTO venues SELECT 'V' || i, i, 'venue ' || i % 2 FROM generate_series(0, 3) i;
CREATE TABLE nothing (sym text COLLATE "C", sector text);
ANALYZE sectors, tags, calendar, venues;

-- how it looks
SELECT explain('SELECT s.sector, sum(x.size), count(*) FROM x JOIN sectors s ON s.sym = x.sym WHERE x.size > 100 GROUP BY s.sector');
SELECT explain('SELECT t.tag, x.date, max(x.cnt) FILTER (WHERE x.price > 12) FROM x JOIN tags t USING (sym) WHERE t.weight = 1 AND x.date >= ''2021-01-05'' GROUP BY 1, 2 HAVING count(*) > 20');
SELECT explain('SELECT count(*) FROM x JOIN sectors s USING (sym) WHERE s.sector = ''none''');
SELECT explain('SELECT s.sector, c.name, x.venue, count(*) FROM x JOIN sectors s ON s.sym = x.sym LEFT JOIN calendar c ON c.day = x.date WHERE x.sym IN (SELECT sym FROM tags WHERE weight = 1) GROUP BY 1, 2, 3');
EXPLAIN (VERBOSE, COSTS OFF) SELECT upper(s.sector), count(*) + 1 FROM x JOIN sectors s USING (sym) GROUP BY s.sector ORDER BY 2 DESC LIMIT 2;
EXPLAIN (FORMAT JSON, COSTS OFF) SELECT s.sector, sum(x.size) FROM x JOIN sectors s USING (sym) GROUP BY 1;
SET tick.enable_aggregate_pushdown = off;
EXPLAIN (COSTS OFF) SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) GROUP BY 1 LIMIT 1;
RESET tick.enable_aggregate_pushdown;

-- pushed
SELECT q, d.* FROM unnest(ARRAY[
	'SELECT s.sector, sum(x.size), count(*), count(x.size), avg(x.cnt), min(x.num), max(x.ts), var_samp(x.cnt) FROM x JOIN sectors s ON s.sym = x.sym GROUP BY 1',
	'SELECT t.tag, sum(x.size), count(*), count(x.size), avg(x.num), max(x.num), max(x.price), tick_first(x.cnt, x.ts), tick_last(x.cnt, x.ts), var_pop(x.small) FROM x JOIN tags t ON t.sym = x.sym GROUP BY 1',
	'SELECT t.tag, round(sum(x.price * x.size)::numeric, 4), round(tick_vwap(x.price, x.size)::numeric, 8) FROM x JOIN tags t USING (sym) WHERE x.price < 100 GROUP BY 1',
	'SELECT t.tag, count(*) FILTER (WHERE x.size > 3000), sum(x.cnt) FILTER (WHERE x.venue = ''V1'') FROM x, tags t WHERE t.sym = x.sym AND x.size > 500 GROUP BY 1',
	'SELECT s.sector, s.lot % 3, x.venue, sum(x.size) FROM x JOIN sectors s USING (sym) GROUP BY 1, 2, 3',
	'SELECT x.sym, s.sector, count(*) FROM x JOIN sectors s USING (sym) GROUP BY 1, 2',
	'SELECT sym, count(*) FROM x JOIN tags USING (sym) GROUP BY sym',
	'SELECT s.sector, date_bin(''1 hour'', x.ts, timestamp ''2021-01-01''), sum(x.cnt) FROM x JOIN sectors s USING (sym) GROUP BY 1, 2',
	'SELECT t.tag, x.sym, date_trunc(''day'', x.ts), x.date, max(x.cnt) FROM x JOIN tags t USING (sym) GROUP BY 1, 2, 3, 4',
	'SELECT c.name, count(*), sum(x.cnt) FROM x JOIN calendar c ON c.day = x.date GROUP BY 1',
	'SELECT c.name, count(*), sum(x.cnt) FROM x JOIN calendar c ON c.day = x.d GROUP BY 1',
	'SELECT c.name, t.tag, count(*) FROM x JOIN (calendar c CROSS JOIN tags t) ON c.day = x.date AND t.sym = x.sym GROUP BY 1, 2',
	'SELECT s.sector, c.name, count(*), sum(x.size) FROM x JOIN sectors s ON s.sym = x.sym JOIN calendar c ON c.day = x.date GROUP BY 1, 2',
	'SELECT s.sector, t.tag, v.name, c.name, x.d, count(*) FROM x, sectors s, tags t, venues v, calendar c WHERE s.sym = x.sym AND t.sym = s.sym AND v.code = x.venue AND c.day = x.date GROUP BY 1, 2, 3, 4, 5',
	'SELECT coalesce(s.sector, ''none''), s.lot IS NULL, count(*), max(x.cnt) FROM x LEFT JOIN sectors s USING (sym) GROUP BY 1, 2',
	'SELECT t.tag, c.name, count(*) FROM x LEFT JOIN tags t USING (sym) LEFT JOIN calendar c ON c.day = x.d GROUP BY 1, 2',
	'SELECT t.tag, c.name, count(*) FROM x JOIN tags t USING (sym) LEFT JOIN calendar c ON c.day = x.d AND c.name <> ''Monday'' GROUP BY 1, 2',
	'SELECT q.n, count(*) FROM x LEFT JOIN (SELECT sym, coalesce(tag, ''no tag'') AS n FROM tags) q USING (sym) GROUP BY 1',
	'SELECT count(*), sum(x.cnt) FROM x LEFT JOIN nothing USING (sym)',
	'SELECT x.sym, count(*) FROM x WHERE x.sym IN (SELECT sym FROM tags) GROUP BY 1',
	'SELECT x.venue, count(*) FROM x WHERE EXISTS (SELECT FROM tags t JOIN sectors s USING (sym) WHERE s.sym = x.sym AND t.weight = 1) GROUP BY 1',
	'SELECT count(*) FROM x WHERE (sym, date) IN (SELECT t.sym, c.day FROM tags t, calendar c WHERE c.name LIKE ''T%'')',
	'SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) WHERE EXISTS (SELECT FROM tags t WHERE t.sym = x.sym) GROUP BY 1',
	'SELECT s.sector, count(*) FROM x JOIN sectors s ON s.sym = x.sym JOIN calendar c ON c.day = x.date AND length(c.name) + s.lot = x.cnt GROUP BY 1',
	'SELECT t.tag, count(*) FROM x CROSS JOIN tags t GROUP BY 1',
	'SELECT x.sym, count(*) FROM x JOIN tags t ON t.sym = x.sym AND t.sym = ''S1'' GROUP BY 1',
	'SELECT upper(s.sector) || t.tag, count(*) + sum(t2.n), 1 FROM x JOIN sectors s USING (sym) JOIN tags t USING (sym) JOIN (SELECT ''S2'' AS sym, 1 AS n) t2 USING (sym) GROUP BY 1',
	'SELECT t.tag, count(*) FROM x CROSS JOIN tags t WHERE x.sym = ''nobody'' GROUP BY 1',
	'SELECT count(*), sum(x.cnt) FROM x CROSS JOIN nothing',
	'SELECT t.tag, count(*) FROM x LEFT JOIN tags t ON t.weight > 5 GROUP BY 1',
	'SELECT v.name, sum(x.size) FROM x JOIN venues v ON v.code = x.venue GROUP BY 1',
	'SELECT v.name, sum(x.size) FROM x JOIN venues v ON v.n = x.small GROUP BY 1',
	'SELECT v.name, sum(x.size) FROM x JOIN venues v ON v.n = x.cnt AND v.code = x.venue GROUP BY 1',
	'SELECT count(*), sum(x.cnt), max(x.cnt), avg(x.num) FROM x JOIN tags t USING (sym)',
	'SELECT count(*), sum(x.cnt) FROM x JOIN nothing USING (sym)',
	'SELECT sector, count(*), sum(x.cnt) FROM x JOIN nothing USING (sym) GROUP BY 1',
	'SELECT sector, count(*) FROM x JOIN nothing USING (sym) GROUP BY 1 HAVING count(*) > 0',
	'SELECT t.tag, count(DISTINCT x.sym), count(DISTINCT x.sym) FILTER (WHERE x.cnt > 495), count(*) FROM x JOIN tags t ON t.sym = x.sym GROUP BY 1',
	'SELECT t.tag, c.name, count(DISTINCT x.venue), sum(x.size) FROM x JOIN tags t ON t.sym = x.sym LEFT JOIN calendar c ON c.day = x.d GROUP BY 1, 2',
	'SELECT x.venue, count(DISTINCT x.date) FROM x WHERE x.sym IN (SELECT sym FROM tags WHERE weight = 1) GROUP BY 1',
	'SELECT s.sector FROM x JOIN sectors s USING (sym) GROUP BY 1',
	'SELECT s.sym, s.sector, s.cap * 2, count(*) FROM x JOIN sectors s USING (sym) GROUP BY s.sym',
	'SELECT s.cap, sum(x.size) AS v FROM x JOIN sectors s USING (sym) GROUP BY 1 HAVING sum(x.size) > 100000 ORDER BY v DESC, 1 LIMIT 3',
	'SELECT upper(s.sector) || t.tag, count(*) FROM x JOIN sectors s USING (sym) JOIN tags t USING (sym) GROUP BY 1',
	'SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) LEFT JOIN tags t ON t.sym = s.sym AND t.weight = 1 GROUP BY 1',
	'SELECT t.tag, count(*) FROM x JOIN sectors s USING (sym) LEFT JOIN tags t ON t.sym = s.sym AND t.weight = 1 GROUP BY 1',
	'SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) WHERE EXISTS (SELECT FROM tags t WHERE t.sym = s.sym) GROUP BY 1',
	'SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) WHERE NOT EXISTS (SELECT FROM tags t WHERE t.sym = s.sym) GROUP BY 1',
	'SELECT v.name, sum(x.size) FROM x JOIN (VALUES (''S3'', ''three''), (''S3'', ''drei''), (''S4'', ''four'')) v(sym, name) ON v.sym COLLATE "C" = x.sym GROUP BY 1',
	'SELECT y.n, sum(x.size) FROM x JOIN (SELECT sym, count(*) AS n FROM tags GROUP BY sym) y USING (sym) GROUP BY 1',
	'SELECT y.n, sum(x.size) FROM x JOIN (SELECT sym, count(*) AS n FROM x GROUP BY sym) y USING (sym) GROUP BY 1',
	'SELECT y.venue, count(*), sum(x.size) FROM x JOIN x y ON y.sym = x.sym AND y.date = x.date WHERE y.cnt > 490 AND x.cnt < -490 GROUP BY 1',
	'SELECT a.sector, a.n, b.n FROM (SELECT s.sector, count(*) AS n FROM x JOIN sectors s USING (sym) GROUP BY 1) a JOIN (SELECT t.tag, max(x.cnt) AS n FROM x JOIN tags t USING (sym) GROUP BY 1) b ON b.n > a.n',
	'SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) GROUP BY 1 UNION ALL SELECT t.tag, sum(x.size) FROM x JOIN tags t USING (sym) GROUP BY 1',
	'WITH q AS MATERIALIZED (SELECT s.sector, count(*) AS n FROM x JOIN sectors s USING (sym) GROUP BY 1) SELECT a.n, b.sector FROM q a, q b']) q, differ(q) d;

-- not pushed: other joins, other conditions, arguments of the other side, what the engine does not know
SELECT q, d.* FROM unnest(ARRAY[
	'SELECT s.sector, count(*) FROM x JOIN sectors s ON s.sym = ''S'' || x.small OR s.sym = x.sym GROUP BY 1',
	'SELECT s.sector, count(*) FROM x FULL JOIN sectors s ON s.sym = x.sym GROUP BY 1',
	'SELECT s.sector, count(x.size) FROM sectors s LEFT JOIN x ON s.sym = x.sym GROUP BY 1',
	'SELECT s.sector, count(*) FROM x LEFT JOIN sectors s ON s.sym = x.sym AND x.cnt > 0 GROUP BY 1',
	'SELECT s.sector, count(*) FROM x LEFT JOIN sectors s ON s.sym = x.sym WHERE s.lot > x.cnt OR s.lot IS NULL GROUP BY 1',
	'SELECT s.sector, count(*) FROM x LEFT JOIN sectors s ON s.sym = x.sym LEFT JOIN tags t ON t.sym = x.sym AND t.weight = s.lot GROUP BY 1',
	'SELECT count(*) FROM x LEFT JOIN sectors s USING (sym) WHERE s.sym IS NULL',
	'SELECT s.sector, c.name, count(*) FROM x LEFT JOIN sectors s ON s.sym = x.sym JOIN calendar c ON c.day = x.date AND length(c.name) > coalesce(s.lot, 7) GROUP BY 1, 2',
	'SELECT c.name, count(*) FROM x LEFT JOIN sectors s ON s.sym = x.sym JOIN calendar c ON c.day = x.date AND length(c.name) = coalesce(s.lot, 6) GROUP BY 1',
	'SELECT count(*) FROM x WHERE NOT EXISTS (SELECT FROM sectors s WHERE s.sym = x.sym)',
	'SELECT count(*) FROM x WHERE EXISTS (SELECT FROM tags t WHERE t.sym = x.sym AND t.weight > x.cnt)',
	'SELECT s.sector || c.name, count(*) FROM x JOIN sectors s ON s.sym = x.sym JOIN calendar c ON c.day = x.date GROUP BY 1',
	'SELECT t.tag, count(*) FROM x JOIN tags t ON t.sym = x.sym AND t.weight < x.cnt GROUP BY 1',
	'SELECT t.tag, sum(x.size * t.weight) FROM x JOIN tags t ON t.sym = x.sym GROUP BY 1',
	'SELECT t.tag, count(*) FILTER (WHERE x.cnt > t.weight) FROM x JOIN tags t ON t.sym = x.sym GROUP BY 1',
	'SELECT t.tag || x.sym, count(*) FROM x JOIN tags t ON t.sym = x.sym GROUP BY 1',
	'SELECT t.tag, count(DISTINCT x.cnt), count(DISTINCT x.sym) FROM x JOIN tags t ON t.sym = x.sym GROUP BY 1',
	'SELECT t.tag, sum(DISTINCT x.cnt) FROM x JOIN tags t ON t.sym = x.sym GROUP BY 1',
	'SELECT t.tag, count(t.weight) FROM x JOIN tags t ON t.sym = x.sym GROUP BY 1',
	'SELECT t.tag, count(*) FROM x JOIN tags t ON t.sym = x.sym GROUP BY ROLLUP (1)',
	'SELECT t.tag, count(*) FROM x JOIN tags t ON t.sym = upper(x.sym) GROUP BY 1',
	'SELECT t.tag, count(*) FROM x JOIN tags t ON t.sym::bpchar = x.sym::bpchar GROUP BY 1',
	'SELECT s.lot, count(*) FROM x JOIN sectors s ON s.cap = x.num GROUP BY 1',
	'SELECT t.tag, count(*) FROM x JOIN tags t ON t.sym = x.sym WHERE x.cnt % 2 = 0 GROUP BY 1',
	'SELECT l.n, count(*) FROM x JOIN tags t ON t.sym = x.sym, LATERAL (SELECT x.cnt + t.weight AS n OFFSET 0) l GROUP BY 1']) q, differ(q) d;

-- more groups than memory holds come in several passes
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT explain('SELECT t.tag, x.ts, count(*), sum(x.size), sum(x.num), max(x.cnt), min(x.num) FROM x JOIN tags t USING (sym) WHERE x.date < ''2021-01-06'' GROUP BY 1, 2');
SELECT q, d.* FROM unnest(ARRAY['SELECT t.tag, x.ts, count(*), max(x.cnt), sum(x.size), sum(x.num), min(x.num) FROM x JOIN tags t USING (sym) WHERE x.date < ''2021-01-06'' GROUP BY 1, 2',
	'SELECT t.tag, x.ts, x.sym, x.venue, count(*), sum(x.cnt) FROM x JOIN tags t USING (sym) WHERE x.date < ''2021-01-06'' GROUP BY 1, 2, 3, 4']) q, differ(q) d;
RESET work_mem;
RESET hash_mem_multiplier;

-- values of a column are counted in the same way, without a join too
SELECT explain('SELECT date, count(DISTINCT sym), max(cnt) FROM x WHERE cnt > 0 GROUP BY date HAVING count(DISTINCT sym) > 3');
CREATE FUNCTION counted(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'TickDistinctAggregate' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
SELECT q, counted(q), d.rows, d.executor, d.heap FROM unnest(ARRAY[
	'SELECT count(DISTINCT sym) FROM x',
	'SELECT count(DISTINCT sym), count(sym), count(*), sum(size) FROM x',
	'SELECT date, count(DISTINCT sym), count(DISTINCT sym) FILTER (WHERE price > 18) FROM x GROUP BY date ORDER BY 2, 1',
	'SELECT sym, venue, count(DISTINCT date) FROM x GROUP BY 1, 2',
	'SELECT sym, count(DISTINCT sym) FROM x GROUP BY 1',
	'SELECT date_trunc(''day'', ts), count(DISTINCT venue), count(DISTINCT venue) + 1 FROM x WHERE sym = ''S3'' GROUP BY 1',
	'SELECT count(DISTINCT price), count(DISTINCT price) FILTER (WHERE sym > ''S2'') FROM x',
	'SELECT venue, count(DISTINCT num), count(num) FROM x GROUP BY 1',
	'SELECT count(DISTINCT cnt) FROM x WHERE date = ''1999-01-01''',
	'SELECT count(DISTINCT cnt), count(DISTINCT sym) FROM x',
	'SELECT count(DISTINCT cnt % 10) FROM x', 'SELECT sum(DISTINCT cnt) FROM x', 'SELECT count(DISTINCT (sym, cnt)) FROM x']) q, differ(q) d;

-- errors are those of joined rows alone: of keys, of arguments
SELECT 1 / (s.lot - 25) AS key, count(*) FROM x JOIN sectors s USING (sym) WHERE s.lot > 17 GROUP BY 1 ORDER BY 1;
SELECT 1 / (s.lot - 20), count(*) FROM x JOIN sectors s USING (sym) GROUP BY 1;
INSERT INTO x (ts, sym, size, cnt) VALUES ('2021-01-05 10:00', 'LARGE', 9223372036854775807, 2147483647);
SELECT max(x.size + 1) FROM x JOIN sectors s USING (sym);
SELECT max(x.size + 1) FROM x JOIN (VALUES ('LARGE')) v(sym) ON v.sym COLLATE "C" = x.sym JOIN LATERAL (SELECT v.sym OFFSET 0) w(sym) ON true;
SELECT max(x.size + 1) FROM x JOIN (SELECT 'LARGE' COLLATE "C" AS sym UNION ALL SELECT 'S1') v USING (sym);

-- a prepared plan sees what was loaded after it was made, and its parameters
PREPARE per_sector(text, date, int) AS SELECT s.sector, count(*), sum(x.size) FILTER (WHERE x.cnt > $3) FROM x JOIN sectors s USING (sym) WHERE s.sector >= $1 AND x.date = $2 GROUP BY 1 ORDER BY 1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE per_sector('sector 2', '2021-01-05', 0);
EXECUTE per_sector('sector 2', '2021-01-05', 0);
INSERT INTO x (ts, sym, size, cnt) VALUES ('2021-01-05 23:00', 'S2', 5000000, 1), ('2021-01-05 23:00', 'S3', 5000000, -1), ('2021-01-11 10:00', 'S2', 50, 1);
INSERT INTO sectors VALUES ('LARGE', 'sector 9');
EXECUTE per_sector('sector 2', '2021-01-05', 0);
EXECUTE per_sector('sector 0', '2021-01-11', -5);
ALTER TABLE sectors ADD COLUMN more int;
EXECUTE per_sector('sector 3', '2021-01-05', 0);
RESET plan_cache_mode;
DEALLOCATE per_sector;
DELETE FROM sectors WHERE sym = 'LARGE';

-- starts again for each row of a lateral or correlated subquery, when parameters change and when they do not
SELECT w, n, s FROM (VALUES (0), (1), (7), (0)) v(w), LATERAL (SELECT count(*) AS n, sum(x.cnt) AS s FROM x JOIN tags t USING (sym) WHERE t.weight = w) q;
SELECT day, n, s FROM (VALUES (date '2021-01-04'), ('2021-01-05'), ('2000-01-01'), ('2021-01-05')) v(day),
	LATERAL (SELECT count(*) AS n, sum(x.cnt) AS s FROM x JOIN tags t USING (sym) WHERE x.date = day) q;
SELECT k, (SELECT count(DISTINCT g) FROM (SELECT t.weight + k AS g, count(*) FROM x JOIN tags t USING (sym) GROUP BY 1) q WHERE g > 1) FROM generate_series(0, 2) k;
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT v.w, q.sector, q.n FROM (VALUES (0), (1)) v(w) LEFT JOIN (SELECT s.sector, count(*) AS n FROM x JOIN sectors s USING (sym) GROUP BY 1) q ON q.n % 2 = v.w ORDER BY 1, 2;
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;

-- a cursor that scrolls
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) WHERE x.date = '2021-01-06' GROUP BY 1 ORDER BY 1;
FETCH 2 FROM c;
FETCH PRIOR FROM c;
FETCH LAST FROM c;
COMMIT;

-- a version of the past
SELECT tick_create_snapshot('before') > 0 AS named;
INSERT INTO x (ts, sym, size) VALUES ('2021-01-04 00:00', 'S4', 1);
SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) WHERE x.sym = 'S4' OR x.sym = 'S8' GROUP BY 1;
SET tick.as_of = 'before';
SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) WHERE x.sym = 'S4' OR x.sym = 'S8' GROUP BY 1;
RESET tick.as_of;
SELECT tick_drop_snapshot('before');

-- rights are those of both tables; row security hides rows of the other side before they are joined
CREATE ROLE regress_tick_joiner;
GRANT SELECT ON sectors TO regress_tick_joiner;
SET ROLE regress_tick_joiner;
SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) GROUP BY 1;
RESET ROLE;
GRANT SELECT ON x TO regress_tick_joiner;
ALTER TABLE sectors ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON sectors TO regress_tick_joiner USING (sector = 'sector 3');
SET ROLE regress_tick_joiner;
SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) WHERE x.date = '2021-01-06' GROUP BY 1;
EXPLAIN (COSTS OFF) SELECT s.sector, count(*) FROM x JOIN sectors s USING (sym) WHERE x.date = '2021-01-06' GROUP BY 1;
RESET ROLE;
DROP OWNED BY regress_tick_joiner;
DROP ROLE regress_tick_joiner;
DROP SCHEMA heap CASCADE;
DROP FOREIGN TABLE x;
DROP TABLE sectors, tags, calendar, venues, nothing;
DROP FUNCTION explain, differ, counted;
