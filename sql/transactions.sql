-- ROLLBACK, savepoints, cursors, DO blocks, COPY and TRUNCATE.
CREATE SCHEMA tx;
SET search_path = tx, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
CREATE FOREIGN TABLE t (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", v int) SERVER tick;
CREATE VIEW state AS SELECT count(*) AS rows, sum(v) AS sum FROM t;
CREATE VIEW log AS SELECT string_agg(kind || ' +' || rows_added || ' -' || rows_removed, ', ' ORDER BY changeset) FROM tick.changesets WHERE dataset = 'tx.t'::regclass;

BEGIN;
INSERT INTO t VALUES ('2021-01-04', 'A', 1);
SELECT * FROM state;
ROLLBACK;
SELECT * FROM state;
SELECT * FROM log;
-- savepoints take their changesets with them
BEGIN;
INSERT INTO t VALUES ('2021-01-04', 'A', 1);
SAVEPOINT a;
INSERT INTO t VALUES ('2021-01-04', 'B', 10);
SELECT * FROM state;
ROLLBACK TO a;
SELECT * FROM state;
INSERT INTO t VALUES ('2021-01-04', 'C', 100);
SAVEPOINT b;
SELECT tick_finalize('t');
SELECT tick_delete('t', symbols => '{A}');
SELECT * FROM state;
ROLLBACK TO b;
SAVEPOINT c;
INSERT INTO t VALUES ('2021-01-05', 'D', 1000);
RELEASE c;
SELECT * FROM state;
COMMIT;
SELECT * FROM state;
SELECT * FROM log;
-- a failed statement leaves nothing
INSERT INTO t SELECT '2021-01-04', 'X', 10 / (3 - i) FROM generate_series(1, 3) i;
SELECT * FROM state;
DO $$
BEGIN
	INSERT INTO tx.t VALUES ('2021-01-06', 'E', 5);
	BEGIN
		INSERT INTO tx.t VALUES ('2021-01-06', 'F', 6);
		RAISE EXCEPTION 'no';
	EXCEPTION WHEN raise_exception THEN
		INSERT INTO tx.t VALUES ('2021-01-06', 'G', 7);
	END;
	PERFORM tick_finalize('tx.t');
	RAISE NOTICE '%', (SELECT string_agg(sym, ',' ORDER BY sym) FROM tx.t);
END $$;
-- procedures that commit
CREATE PROCEDURE steps() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..4 LOOP
		INSERT INTO tx.t VALUES (timestamp '2021-02-01' + i * interval '1 day', 'P', i);
		IF i % 2 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
	END LOOP;
END $$;
CALL steps();
SELECT array_agg(v ORDER BY v) FROM t WHERE sym = 'P';
-- cursors see what there was when they were opened
BEGIN;
DECLARE c CURSOR FOR SELECT v FROM t ORDER BY v;
FETCH 2 FROM c;
INSERT INTO t VALUES ('2021-01-04', 'A', 2);
SELECT tick_delete('t', '2021-01-05', '2021-01-05');
SELECT tick_finalize('t') >= 0;
FETCH ALL FROM c;
COMMIT;
BEGIN;
DECLARE h CURSOR WITH HOLD FOR SELECT v FROM t ORDER BY v;
FETCH 1 FROM h;
COMMIT;
TRUNCATE t;
FETCH ALL FROM h;
CLOSE h;
SELECT * FROM state;
BEGIN;
INSERT INTO t SELECT timestamp '2021-01-04' + i * interval '1 second', 'S', i FROM generate_series(1, 5000) i;
DECLARE s SCROLL CURSOR FOR SELECT v FROM t ORDER BY ts;
FETCH LAST FROM s;
FETCH ABSOLUTE 4000 FROM s;
FETCH PRIOR FROM s;
FETCH FIRST FROM s;
MOVE FORWARD 10 IN s;
FETCH BACKWARD 2 FROM s;
COMMIT;
-- REPEATABLE READ
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM t;
INSERT INTO t VALUES ('2021-01-04', 'RR', 1);
SELECT tick_finalize('t');
SELECT tick_restore('t', (SELECT max(changeset)::text FROM tick.changesets));
SELECT count(*) FROM t;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO t VALUES ('2021-01-04', 'SER', 1);
SELECT tick_finalize('t');
SELECT count(*) FROM t;
COMMIT;
-- read only
BEGIN READ ONLY;
SELECT count(*) FROM t;
SELECT count(*) FROM tick_verify('t');
SAVEPOINT s;
INSERT INTO t VALUES ('2021-01-04', 'RO', 1);
ROLLBACK TO s;
SELECT tick_finalize('t');
ROLLBACK TO s;
SELECT tick_create_snapshot('ro');
ROLLBACK TO s;
TRUNCATE t;
ROLLBACK;
-- COPY, RETURNING, INSERT SELECT from itself
COPY t FROM stdin WITH (FORMAT csv);
2021-01-07,CSV,1
2021-01-07,CSV,
\.
COPY t FROM stdin WITH (FORMAT csv);
2021-01-07,CSV,1
never,CSV,2
\.
SELECT count(*) FROM t WHERE sym = 'CSV';
COPY (SELECT * FROM t WHERE sym = 'CSV' ORDER BY v) TO stdout;
INSERT INTO t VALUES ('2021-01-08', 'RET', 8) RETURNING *;
WITH x AS (INSERT INTO t VALUES ('2021-01-08', 'CTE', 9) RETURNING v) SELECT v, (SELECT count(*) FROM t WHERE sym = 'CTE') AS seen FROM x;
INSERT INTO t SELECT * FROM t WHERE sym IN ('RET', 'CTE');
SELECT sym, count(*) FROM t WHERE sym IN ('RET', 'CTE') GROUP BY 1 ORDER BY 1;
-- TRUNCATE, alone and with others, and back
CREATE FOREIGN TABLE u (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
CREATE TABLE heap (v int);
INSERT INTO u VALUES ('2021-01-04', 1);
INSERT INTO heap VALUES (1);
BEGIN;
TRUNCATE t, u, heap;
SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM u) + (SELECT count(*) FROM heap) AS all;
INSERT INTO t VALUES ('2021-01-04', 'AFTER', 1);
SELECT * FROM state;
ROLLBACK;
SELECT (SELECT count(*) > 0 FROM t) AND (SELECT count(*) > 0 FROM u) AND (SELECT count(*) > 0 FROM heap) AS all;
TRUNCATE t, u, heap;
TRUNCATE t;
SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM u) + (SELECT count(*) FROM heap) AS all;
CREATE FOREIGN TABLE never (ts timestamp OPTIONS (role 'time')) SERVER tick;
TRUNCATE never;
-- a drop that is rolled back gives the changes before it their number after all
CREATE FOREIGN TABLE back (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
BEGIN;
INSERT INTO back VALUES ('2021-01-04', 1);
SAVEPOINT a;
SAVEPOINT b;
DROP FOREIGN TABLE back;
RELEASE b;
ROLLBACK TO a;
INSERT INTO back VALUES ('2021-01-04', 2);
COMMIT;
SELECT count(*) AS rows FROM back;
SELECT count(*) AS segments, count(c.number) AS numbered FROM tick.segment s LEFT JOIN tick.changeset c ON c.id = s.added WHERE s.dataset = 'back'::regclass;
-- created, filled and dropped in one transaction
BEGIN;
CREATE FOREIGN TABLE short (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO short SELECT timestamp '2021-01-04' + i * interval '1 second', hashint4(i) FROM generate_series(1, 40000) i;
SELECT count(*) FROM short;
DROP FOREIGN TABLE short;
COMMIT;
BEGIN;
CREATE FOREIGN TABLE short (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO short SELECT timestamp '2021-01-04' + i * interval '1 second', hashint4(i) FROM generate_series(1, 40000) i;
ROLLBACK;
SELECT count(*) FROM tick_verify() WHERE dataset IS NULL;

SET client_min_messages = warning;
DROP SCHEMA tx CASCADE;
