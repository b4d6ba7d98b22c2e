--
-- What scans leave out, as EXPLAIN shows it
--
SET datestyle = 'ISO, MDY';
SET max_parallel_workers_per_gather = 0;
SET tick.enable_aggregate_pushdown = off;
-- a plan as every server writes it
CREATE FUNCTION explain(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		RETURN NEXT replace(regexp_replace(line, '( rows=\d+)\.00| \(returns \$\d+\)', '\1', 'g'), '(InitPlan 1).col1', '$0');
	END LOOP;
END $$;

-- ten days, two inserts: two segments a day; four symbols; size ascends, venue came later
CREATE FOREIGN TABLE x (date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'),
	sym text OPTIONS (role 'symbol') COLLATE "C", size int, cond text) SERVER tick;
INSERT INTO x (ts, sym, size, cond) SELECT timestamp '2021-01-04' + i * interval '1 min', 'S' || i % 4, i, 'c' || i % 3 FROM generate_series(0, 14399) i;
ALTER FOREIGN TABLE x ADD COLUMN venue text;
INSERT INTO x (ts, sym, size, cond, venue) SELECT timestamp '2021-01-04' + i * interval '1 min', 'S' || i % 4, i, 'c3', 'V' FROM generate_series(0, 14399, 10) i;

-- plans: no order, orders, prefixes, an order that a scan does not have
EXPLAIN (COSTS OFF) SELECT * FROM x;
EXPLAIN (COSTS OFF) SELECT * FROM x ORDER BY sym, ts;
EXPLAIN (COSTS OFF) SELECT * FROM x ORDER BY sym, date, ts;
EXPLAIN (COSTS OFF) SELECT * FROM x ORDER BY sym DESC, ts DESC;
EXPLAIN (COSTS OFF) SELECT * FROM x ORDER BY sym DESC NULLS LAST, ts DESC;
EXPLAIN (COSTS OFF) SELECT * FROM x ORDER BY sym, ts DESC;
EXPLAIN (COSTS OFF) SELECT * FROM x WHERE sym = 'S1' ORDER BY ts;
EXPLAIN (COSTS OFF) SELECT * FROM x WHERE sym = 'S1' ORDER BY sym, ts DESC LIMIT 1;
EXPLAIN (COSTS OFF) SELECT * FROM x ORDER BY ts;
SELECT line FROM explain('SELECT sym, ts, lag(size) OVER (PARTITION BY sym ORDER BY ts) FROM x') line WHERE line !~ '(Window|Storage):';
SET enable_hashagg = off;
EXPLAIN (COSTS OFF) SELECT sym, count(*) FROM x GROUP BY sym;
RESET enable_hashagg;
SET enable_hashjoin = off;
SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM x a JOIN x b ON a.sym = b.sym AND a.ts = b.ts;
RESET enable_hashjoin;
RESET enable_nestloop;

-- rows that nobody decodes
SELECT explain($$SELECT count(*) FROM x$$);
SELECT explain($$SELECT count(*) FROM x WHERE date = '2021-01-06'$$);
SELECT explain($$SELECT min(date) FROM x$$);
SELECT explain($$SELECT count(*) FROM x WHERE sym IN ('S1', 'S3', 'S9') AND date < '2021-01-06'$$);

-- partitions by the date, the time, a parameter; nothing at all
SELECT explain($$SELECT sum(size) FROM x WHERE date IN ('2021-01-05', '2021-01-09')$$);
SELECT explain($$SELECT sum(size) FROM x WHERE ts >= '2021-01-05 23:00' AND ts < '2021-01-06 01:00'$$);
SELECT explain($$SELECT sum(size) FROM x WHERE date > (SELECT max(date) - 1 FROM x)$$);
SELECT explain($$SELECT sum(size) FROM x WHERE date = '2020-12-31'$$);
SELECT explain($$SELECT sum(size) FROM x WHERE date < (SELECT NULL::date FROM x LIMIT 1)$$);

-- segments by zone maps: of a number, of text, of a column that older segments lack
SELECT explain($$SELECT sum(size) FROM x WHERE size < 100$$);
SELECT explain($$SELECT sum(size) FROM x WHERE cond = 'c3'$$);
SELECT explain($$SELECT sum(size) FROM x WHERE venue = 'V'$$);
SELECT explain($$SELECT sum(size) FROM x WHERE venue IS NULL$$);
SET tick.enable_zone_maps = off;
SELECT explain($$SELECT sum(size) FROM x WHERE size < 100$$);
RESET tick.enable_zone_maps;
SET tick.enable_filter_pushdown = off;
SELECT explain($$SELECT sum(size) FROM x WHERE size < 100$$);
RESET tick.enable_filter_pushdown;

-- row groups: one partition, one symbol after the other
CREATE FOREIGN TABLE x_large (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", size int)
	SERVER tick OPTIONS (partition_by 'none');
INSERT INTO x_large SELECT timestamp '2021-01-04' + i * interval '1 s', 'S' || i % 2, i FROM generate_series(0, 399999) i;
SELECT explain($$SELECT sum(size) FROM x_large WHERE sym = 'S1'$$);
SELECT explain($$SELECT sum(size) FROM x_large WHERE sym = 'S1' AND ts BETWEEN '2021-01-04 00:10:01' AND '2021-01-04 00:20:00'$$);
SELECT explain($$SELECT sum(size) FROM x_large WHERE size < 1000$$);
SELECT explain($$SELECT ts FROM x_large WHERE sym = 'S1' ORDER BY ts DESC LIMIT 3$$);
SELECT explain($$SELECT ts FROM x_large WHERE sym = 'S0' AND ts < '2021-01-05' ORDER BY ts DESC LIMIT 3$$);

-- a version
SELECT tick_create_snapshot('x_then') > 0;
INSERT INTO x (ts, sym, size) VALUES ('2021-02-01', 'S1', 1);
SET tick.as_of = 'x_then';
SELECT regexp_replace(explain($$SELECT count(*) FROM x$$), 'Version: \d+', 'Version: N');
RESET tick.as_of;
SELECT explain($$SELECT count(*) FROM x$$);
SELECT tick_drop_snapshot('x_then');

DROP FOREIGN TABLE x, x_large;
DROP FUNCTION explain;
