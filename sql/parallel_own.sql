-- A parallel query sees the own rows of a transaction that is loading.
CREATE FOREIGN TABLE own (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", v int) SERVER tick;
CREATE TABLE own_ref AS SELECT i AS v, i % 7 AS k FROM generate_series(1, 20000) i;
ALTER TABLE own_ref SET (parallel_workers = 2);
ANALYZE own_ref;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'force_parallel_mode' ELSE 'debug_parallel_query' END AS every \gset
SET :every = off;
BEGIN;
INSERT INTO own SELECT timestamp '2021-01-04' + i * interval '1 s', 'S' || i % 3, i FROM generate_series(1, 20000) i;
SELECT count(*), sum(o.v), sum(r.k) FROM own o JOIN own_ref r USING (v);
SELECT count(*) FROM own_ref r WHERE EXISTS (SELECT FROM own o WHERE o.v = r.v);
SAVEPOINT s;
INSERT INTO own SELECT timestamp '2021-01-05', 'T', i FROM generate_series(1, 100) i;
SELECT count(*), sum(r.k) FROM own_ref r JOIN own o USING (v) WHERE o.sym = 'T';
ROLLBACK TO s;
SELECT count(*), sum(r.k) FROM own_ref r JOIN own o USING (v) WHERE o.sym = 'T';
SET LOCAL parallel_leader_participation = off;
SELECT count(*), sum(o.v), sum(r.k) FROM own o JOIN own_ref r USING (v);
ROLLBACK;
SELECT count(*) FROM own;
-- with every plan made parallel
SET :every = on;
BEGIN;
INSERT INTO own VALUES ('2021-01-04', 'A', 1), ('2021-01-04', 'B', 2);
SELECT count(*), sum(v) FROM own;
SELECT sym, v FROM own ORDER BY sym;
ROLLBACK;
RESET :every;
DROP TABLE own_ref;
DROP FOREIGN TABLE own;
