-- CALL tick_vacuum: what it keeps and what it frees.
CREATE SCHEMA vac;
SET search_path = vac, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

CREATE FOREIGN TABLE t (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", v int) SERVER tick;
CREATE FOREIGN TABLE u (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
-- 40000 values without a pattern do not fit into a row of the catalog
CREATE FUNCTION fill(round int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO vac.t SELECT timestamp '2021-01-04' + i * interval '2 seconds', 'S' || i % 3, hashint4(i * 10 + round) FROM generate_series(1, 40000) i $$;
CREATE VIEW kept AS SELECT count(*) FILTER (WHERE removed IS NULL) AS live, count(*) FILTER (WHERE removed IS NOT NULL) AS retired FROM tick.segments WHERE dataset = 'vac.t'::regclass;
-- other sessions' snapshots may hold a segment for a moment
CREATE PROCEDURE vacuum_until(target regclass, retain interval, retired int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..100 LOOP
		CALL tick_vacuum(target, retain);
		EXIT WHEN (SELECT k.retired FROM vac.kept k) <= vacuum_until.retired;
		PERFORM pg_sleep(0.1);
	END LOOP;
END $$;
SET client_min_messages = warning;

SELECT fill(1);
SELECT fill(2);
SELECT count(DISTINCT path), bool_and(path IS NOT NULL) AS relations, bool_and((pg_stat_file(path)).size > 65536) AS files FROM tick.segments WHERE dataset = 't'::regclass;
CREATE TEMP TABLE paths AS SELECT path FROM tick.segments WHERE dataset = 't'::regclass;
SELECT tick_create_snapshot('vac two', 't') > 0;
SELECT max(changeset) AS two FROM tick.changesets \gset
SELECT sum(v) AS sum_two, count(*) AS rows_two FROM t \gset
SELECT tick_finalize('t');
SELECT * FROM kept;
-- within the retention nothing goes
CALL tick_vacuum('t');
SELECT * FROM kept;
CALL tick_vacuum('t', '1 day');
SELECT * FROM kept;
-- nor what a snapshot shows
CALL tick_vacuum('t', '0');
SELECT * FROM kept;
SELECT tick_create_dataview('pinned', 't', 'vac two');
SELECT tick_set_dataview('pinned', :'two');
SELECT tick_drop_snapshot('vac two');
-- nor a dataview
CALL tick_vacuum('t', '0');
SELECT * FROM kept;
SELECT sum(v) = :sum_two AND count(*) = :rows_two AS same FROM pinned;
SELECT oldest_readable = 0 AS all_readable FROM tick.datasets WHERE dataset = 't'::regclass;
-- nor what a transaction may still read
DROP FOREIGN TABLE pinned;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM kept;
CALL tick_vacuum('t', '0');
SELECT live FROM kept;
ROLLBACK;
-- then it goes, with its files
CALL vacuum_until('t', '0', 0);
SELECT * FROM kept;
SELECT sum(v) = :sum_two AND count(*) = :rows_two AS same FROM t;
CHECKPOINT;
SELECT count(*) AS gone, count(*) FILTER (WHERE (pg_stat_file(path, true)).size IS NOT NULL) AS files_left FROM paths WHERE path NOT IN (SELECT path FROM tick.segments WHERE path IS NOT NULL);
SELECT count(*) FROM tick_verify('t', 'full');
-- versions before are errors, not guesses
SET tick.as_of = :two;
DO $$ BEGIN PERFORM count(*) FROM vac.t; RAISE 'read'; EXCEPTION WHEN SQLSTATE '72000' THEN RAISE WARNING '%', regexp_replace(SQLERRM, '[0-9]+', 'N'); END $$;
RESET tick.as_of;
DO $$ BEGIN PERFORM tick_restore('vac.t', (SELECT min(changeset)::text FROM tick.changesets WHERE dataset = 'vac.t'::regclass)); RAISE 'restored';
	EXCEPTION WHEN SQLSTATE '72000' THEN RAISE WARNING '%', regexp_replace(SQLERRM, '[0-9]+', 'N'); END $$;
-- a restored version shares its files with the one it restores
SELECT tick_create_snapshot('vac three', 't') > 0;
SELECT tick_delete('t');
SELECT tick_restore('t', 'vac three') = :rows_two;
SELECT count(*) AS segments, count(DISTINCT path) AS files FROM tick.segments WHERE dataset = 't'::regclass;
SELECT tick_drop_snapshot('vac three');
CALL vacuum_until('t', '0', 0);
SELECT * FROM kept;
SELECT sum(v) = :sum_two AND count(*) = :rows_two AS same FROM t;
SELECT count(*) FROM tick_verify('t', 'full');
-- of a dataset dropped and rolled back nothing is lost
BEGIN;
DROP FOREIGN TABLE t CASCADE;
ROLLBACK;
SELECT sum(v) = :sum_two AND count(*) = :rows_two AS same FROM t;
-- truncated, restored, truncated
SELECT tick_create_snapshot('vac four', 't') > 0;
TRUNCATE t;
SELECT count(*) FROM t;
CALL tick_vacuum('t', '0');
SELECT tick_restore('t', 'vac four') = :rows_two;
SELECT sum(v) = :sum_two AS same FROM t;
SELECT tick_drop_snapshot('vac four');
TRUNCATE t;
CALL vacuum_until('t', '0', 0);
SELECT * FROM kept;
-- after that the layout may change
ALTER FOREIGN TABLE t OPTIONS (ADD partition_by 'month');
INSERT INTO t VALUES ('2021-01-04', 'A', 1);
SELECT partition, rows FROM tick.partitions WHERE dataset = 't'::regclass;
-- inline segments leave no relations
INSERT INTO u VALUES ('2021-01-04', 1);
SELECT path FROM tick.segments WHERE dataset = 'u'::regclass;
-- relations without a dataset are found, and dropped by a superuser's call without a target
SELECT fill(3);
DELETE FROM tick.segment WHERE dataset = 't'::regclass AND relid <> 0;
SELECT dataset, problem, detail ~ 'OID [0-9]+; tick_vacuum\(\) drops it' AS detail FROM tick_verify() WHERE problem LIKE 'relation of no%';
CALL tick_vacuum(retain => '100 years');
SELECT count(*) FROM tick_verify() WHERE problem LIKE 'relation of no%';
-- rows of a dataset dropped behind the trigger's back
INSERT INTO u VALUES ('2021-01-05', 1);
BEGIN;
ALTER EVENT TRIGGER tick_sql_drop DISABLE;
DROP FOREIGN TABLE u;
ALTER EVENT TRIGGER tick_sql_drop ENABLE;
COMMIT;
SELECT count(*) > 0 FROM tick.segment s WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.dataset);
CALL tick_vacuum(retain => '100 years');
SELECT count(*) FROM tick.segment s WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.dataset);
-- more than goes in one transaction
CREATE FOREIGN TABLE many (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
DO $$ BEGIN FOR i IN 1..1050 LOOP INSERT INTO vac.many VALUES (timestamp '2021-01-04' + i * interval '1 day', i); END LOOP; END $$;
TRUNCATE many;
DO $$ BEGIN
	FOR i IN 1..100 LOOP
		CALL tick_vacuum('vac.many', '0');
		EXIT WHEN NOT EXISTS (SELECT FROM tick.segment WHERE dataset = 'vac.many'::regclass);
		PERFORM pg_sleep(0.1);
	END LOOP;
END $$;
SELECT count(*) FROM tick.segment WHERE dataset = 'many'::regclass;
-- refused
CALL tick_vacuum('pg_class');
CALL tick_vacuum('kept');
CALL tick_vacuum('t', '-1 day');
SET default_transaction_read_only = on;
CALL tick_vacuum('t');
RESET default_transaction_read_only;
RESET client_min_messages;
CALL tick_vacuum('t', '100 years');

SET client_min_messages = warning;
DROP SCHEMA vac CASCADE;
