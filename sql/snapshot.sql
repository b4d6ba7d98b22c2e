-- Snapshots, tick.as_of, tick_restore by name, and what dropping them asks.
CREATE SCHEMA snap;
SET search_path = snap, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

CREATE FOREIGN TABLE a (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", v int) SERVER tick;
CREATE FOREIGN TABLE b (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO a VALUES ('2021-01-04', 'A', 1), ('2021-01-05', 'B', 2);
SELECT tick_create_snapshot('snap one', 'a', 'the first') = max(changeset) FROM tick.changesets;
SELECT clock_timestamp() AS t1, pg_sleep(0.01) \gset
INSERT INTO a VALUES ('2021-01-05', 'B', 3);
INSERT INTO b VALUES ('2021-01-04', 1);
SELECT tick_create_snapshot('snap all', comment => 'of everything') = max(changeset) FROM tick.changesets;
SELECT max(changeset) AS n2 FROM tick.changesets \gset
SELECT tick_finalize('a'), tick_delete('a', symbols => '{A}');
SELECT clock_timestamp() AS t2, pg_sleep(0.01) \gset
SELECT name, dataset, comment, role = current_user AS mine FROM tick.snapshots WHERE name LIKE 'snap %' ORDER BY changeset;

-- each version, by name, number and time
SELECT array_agg(v ORDER BY v) FROM a;
SET tick.as_of = 'snap one';
SELECT array_agg(v ORDER BY v) FROM a;
SET tick.as_of = 'snap all';
SELECT array_agg(v ORDER BY v) FROM a;
SELECT array_agg(v ORDER BY v) FROM b;
SET tick.as_of = :n2;
SELECT array_agg(v ORDER BY v) FROM a;
SET tick.as_of = :'t1';
SELECT array_agg(v ORDER BY v) FROM a;
SET tick.as_of = :'t2';
SELECT array_agg(v ORDER BY v) FROM a;
SET tick.as_of = 'now';
SELECT array_agg(v ORDER BY v) FROM a;
SET tick.as_of = '';
SELECT array_agg(v ORDER BY v) FROM a;
-- every reader follows it
SET tick.as_of = 'snap one';
SELECT count(*) FROM a WHERE sym = 'B' AND ts = '2021-01-05';
SELECT count(*) FROM tick_fetch(NULL::a, 'B', NULL, NULL);
SELECT count(*) FROM a x JOIN a y USING (sym);
SELECT (SELECT count(*) FROM a), (SELECT max(v) FROM a);
EXPLAIN (COSTS OFF) SELECT * FROM a;
-- a dataset that a snapshot does not hold
SELECT count(*) FROM b;
-- errors, never current data
SET tick.as_of = 'snap on';
SELECT count(*) FROM a;
SET tick.as_of = '999999999';
SELECT count(*) FROM a;
SET tick.as_of = '99999999999999999999999999999';
SELECT count(*) FROM a;
SET tick.as_of = '-1';
SELECT count(*) FROM a;
SET tick.as_of = '3000-01-01';
DO $$ BEGIN PERFORM count(*) FROM snap.a; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM; END $$;
SET tick.as_of = 'infinity';
DO $$ BEGIN PERFORM count(*) FROM snap.a; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM; END $$;
SET tick.as_of = '-infinity';
SELECT count(*) FROM a;
SET tick.as_of = '1999-01-01';
SELECT count(*) FROM a;
-- no writes
SET tick.as_of = 'snap one';
INSERT INTO a VALUES ('2021-01-04', 'A', 1);
TRUNCATE a;
SELECT tick_delete('a');
SELECT tick_finalize('a');
SELECT tick_restore('a', 'snap one');
RESET tick.as_of;
SELECT array_agg(v ORDER BY v) FROM a;

-- prepared statements follow each change, generic plans too
PREPARE q AS SELECT array_agg(v ORDER BY v) AS v FROM a;
PREPARE p(text) AS SELECT array_agg(v ORDER BY v) AS v FROM a WHERE sym = $1;
EXECUTE q; EXECUTE q; EXECUTE q; EXECUTE q; EXECUTE q; EXECUTE q;
EXECUTE p('B'); EXECUTE p('B'); EXECUTE p('B'); EXECUTE p('B'); EXECUTE p('B'); EXECUTE p('B'); EXECUTE p('B');
SET tick.as_of = 'snap one';
EXECUTE q;
EXECUTE p('A');
EXECUTE p('B');
SET tick.as_of = 'snap all';
EXECUTE q;
EXECUTE p('A');
SET tick.as_of = 'nosuch';
EXECUTE q;
RESET tick.as_of;
EXECUTE q;
INSERT INTO a VALUES ('2021-01-06', 'B', 9);
EXECUTE q;
EXECUTE p('B');
-- within a transaction, SET LOCAL and savepoints
BEGIN;
SET LOCAL tick.as_of = 'snap one';
EXECUTE q;
SAVEPOINT s;
SET LOCAL tick.as_of = 'snap all';
EXECUTE q;
ROLLBACK TO s;
EXECUTE q;
COMMIT;
EXECUTE q;
-- a cursor keeps the version it began with
BEGIN;
SET LOCAL tick.as_of = 'snap one';
DECLARE c CURSOR FOR SELECT v FROM a ORDER BY v;
FETCH 1 FROM c;
SET LOCAL tick.as_of = '';
FETCH ALL FROM c;
COMMIT;

-- names
SELECT tick_create_snapshot('snap one');
SELECT tick_create_snapshot('');
SELECT tick_create_snapshot('12');
SELECT tick_create_snapshot(' 12 ');
SELECT tick_create_snapshot('-5');
SELECT tick_create_snapshot('2021-01-04');
SELECT tick_create_snapshot('2021-01-04 09:30:00.5+01');
SELECT tick_create_snapshot('yesterday');
SELECT tick_create_snapshot('now');
SELECT tick_create_snapshot('infinity');
SELECT tick_create_snapshot(NULL);
SELECT tick_create_snapshot('x', 'pg_class');
SELECT tick_create_snapshot('1e5x') > 0, tick_create_snapshot('it''s "quoted"') > 0;
SELECT tick_drop_snapshot('1e5x'), tick_drop_snapshot('it''s "quoted"');
SELECT tick_drop_snapshot('nosuch');
SELECT tick_drop_snapshot(NULL) IS NULL;
-- not of what has no number yet; rolled back with its transaction
BEGIN;
INSERT INTO a VALUES ('2021-01-06', 'C', 10);
SELECT tick_create_snapshot('snap open');
ROLLBACK;
BEGIN;
SELECT tick_create_snapshot('snap rolled back') > 0;
SET LOCAL tick.as_of = 'snap rolled back';
SELECT count(*) FROM a;
ROLLBACK;
SET tick.as_of = 'snap rolled back';
SELECT count(*) FROM a;
RESET tick.as_of;
-- there and back again
SELECT tick_create_snapshot('snap three', 'a') > 0;
SELECT tick_restore('a', 'snap one');
SELECT array_agg(v ORDER BY v) FROM a;
SELECT tick_restore('a', 'snap three');
SELECT array_agg(v ORDER BY v) FROM a;
SELECT tick_restore('a', :'t1');
SELECT array_agg(v ORDER BY v) FROM a;
SELECT tick_restore('b', 'snap one');
SELECT tick_restore('b', 'snap all');
SET tick.as_of = 'snap three';
SELECT array_agg(v ORDER BY v) FROM a;
RESET tick.as_of;

-- what a snapshot shows is not dropped
DROP FOREIGN TABLE a;
SELECT tick_drop_snapshot('snap one'), tick_drop_snapshot('snap three');
DROP FOREIGN TABLE a;
DROP FOREIGN TABLE b;
CREATE FOREIGN TABLE later (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO later VALUES ('2021-01-04', 1);
SET tick.as_of = 'snap all';
DO $$ BEGIN PERFORM count(*) FROM snap.later; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM; END $$;
RESET tick.as_of;
DROP FOREIGN TABLE later;
-- a dataview that reads it holds a snapshot
SELECT tick_create_dataview('av', 'a', 'snap all');
SELECT tick_drop_snapshot('snap all');
SELECT tick_set_dataview('av', NULL);
SELECT tick_drop_snapshot('snap all');
SELECT tick_create_snapshot('of a view', 'av');
DROP FOREIGN TABLE av, a, b;
SELECT count(*) FROM tick.snapshots WHERE name LIKE 'snap %';
DROP SCHEMA snap CASCADE;
