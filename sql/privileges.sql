-- What a reader, a loader and nobody may do.
CREATE SCHEMA priv;
SET search_path = priv, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
CREATE ROLE regress_priv_owner;
CREATE ROLE regress_priv_reader;
CREATE ROLE regress_priv_writer;
CREATE ROLE regress_priv_nobody;
GRANT USAGE ON SCHEMA priv TO PUBLIC;
GRANT CREATE ON SCHEMA priv TO regress_priv_owner;
-- USAGE on the server makes datasets
SET ROLE regress_priv_owner;
CREATE FOREIGN TABLE tape (ts timestamp OPTIONS (role 'time')) SERVER tick;
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER tick TO regress_priv_owner;
SET ROLE regress_priv_owner;
CREATE FOREIGN TABLE tape (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price'), secret int) SERVER tick;
CREATE FOREIGN TABLE other (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", v int) SERVER tick;
INSERT INTO tape VALUES ('2021-01-04', 'A', 1, 1), ('2021-01-05', 'B', 2, 2);
INSERT INTO other VALUES ('2021-01-04', 'HIDDEN', 1);
SELECT tick_create_snapshot('priv snap', 'tape') > 0;
INSERT INTO tape VALUES ('2021-01-05', 'B', 3, 3);
GRANT SELECT ON tape TO regress_priv_reader;
GRANT INSERT ON tape TO regress_priv_writer;

-- a reader reads
SET ROLE regress_priv_reader;
SELECT count(*) FROM tape;
SELECT count(*) FROM tick_daily_stats('tape');
SELECT count(*) FROM tick_bars('tape', '1 day');
SELECT count(*) FROM tick_fetch(NULL::tape, 'B', NULL, NULL);
SELECT count(*) > 0 FROM tick_segment_info('tape');
SET tick.as_of = 'priv snap';
SELECT count(*) FROM tape;
RESET tick.as_of;
SELECT tick_last(price, ts) FROM tape;
-- and nothing else
INSERT INTO tape VALUES ('2021-01-06', 'B', 3, 3);
TRUNCATE tape;
SELECT tick_finalize('tape');
SELECT tick_delete('tape');
SELECT tick_restore('tape', 'priv snap');
SELECT tick_create_snapshot('priv mine', 'tape');
SELECT tick_drop_snapshot('priv snap');
SELECT * FROM tick_verify('tape');
CALL tick_vacuum('tape');
DO $$ BEGIN PERFORM tick_create_dataview('priv.view', 'tape'); EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE '%', SQLERRM; END $$;
ALTER FOREIGN TABLE tape OPTIONS (ADD stats_where 'secret > 1');
SELECT tick_load('/etc/passwd', 'tape');
SELECT * FROM tick_guess('/etc/passwd');
-- of other datasets it sees nothing
SELECT count(*) FROM other;
SELECT count(*) FROM tick_daily_stats('other');
SELECT count(*) FROM tick_segment_info('other');
SELECT count(*) FROM tick_fetch(NULL::other, 'HIDDEN', NULL, NULL);
SELECT dataset, segments, rows FROM tick.datasets WHERE dataset::text IN ('tape', 'other', 'priv.tape', 'priv.other');
SELECT DISTINCT dataset FROM tick.partitions WHERE dataset::text IN ('tape', 'other');
SELECT DISTINCT dataset FROM tick.segments WHERE dataset::text IN ('tape', 'other');
SELECT DISTINCT dataset FROM tick.changesets WHERE dataset::text IN ('tape', 'other');
SELECT DISTINCT dataset FROM tick.loads WHERE dataset::text IN ('tape', 'other');
SELECT name FROM tick.snapshots WHERE name LIKE 'priv %';
SELECT count(*) FROM tick.symbols WHERE name = 'HIDDEN';
-- without arguments these are of the reader's own datasets
SELECT count(*) FROM tick_verify();
CALL tick_vacuum(retain => '0');
-- no function of theirs sees what a view keeps back
RESET ROLE;
GRANT CREATE ON SCHEMA priv TO regress_priv_nobody;
SET ROLE regress_priv_nobody;
CREATE FUNCTION spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END$$;
SELECT count(*) FROM tick.segments WHERE spy(uuid::text);
SELECT count(*) FROM tick.partitions WHERE spy(first);
SELECT count(*) FROM tick.datasets WHERE spy(first);
SELECT count(*) FROM tick.changesets WHERE spy(kind);
SELECT count(*) FROM tick.symbols WHERE spy(name);
SELECT count(*) FROM tick.snapshots WHERE spy(name);
SELECT relname FROM pg_class WHERE relnamespace = 'tick'::regnamespace AND relkind = 'v' AND relname <> 'progress'
	AND NOT coalesce('security_barrier=true' = ANY (reloptions) OR 'security_barrier' = ANY (reloptions), false);
-- nor the catalog itself
SELECT count(*) FROM tick.segment;
SELECT count(*) FROM tick.symbol;
SELECT count(*) FROM tick.load;
UPDATE tick.dataset SET grain = 'none';
DELETE FROM tick.changeset;
INSERT INTO tick.snapshot VALUES ('x', 1);
SELECT count(*) FROM tick_store.nosuch;
SELECT nextval('tick.segment_id_seq');
SELECT bool_or(has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')) AS any
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname IN ('tick', 'tick_store') AND relkind IN ('r', 'S') AND relname <> 'calendar';
SELECT has_schema_privilege('tick_store', 'USAGE'), has_schema_privilege('tick', 'CREATE');
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'tick' AND relkind = 'v' AND NOT has_table_privilege(c.oid, 'SELECT');

-- a writer appends, and finalizes what it appended; it reads nothing
SET ROLE regress_priv_writer;
INSERT INTO tape VALUES ('2021-01-06', 'C', 4, 4);
SELECT count(*) FROM tape;
SELECT count(*) FROM tick_daily_stats('tape');
SELECT tick_finalize('tape') >= 0;
SELECT tick_delete('tape');
SELECT tick_restore('tape', 'priv snap');
TRUNCATE tape;
SELECT tick_create_snapshot('priv written', 'tape') > 0;
SELECT tick_drop_snapshot('priv written');
DO $$ BEGIN PERFORM tick_create_snapshot('priv all'); EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
RESET ROLE;
GRANT DELETE ON tape TO regress_priv_writer;
SET ROLE regress_priv_writer;
SELECT tick_delete('tape', '2021-01-06');

SET ROLE regress_priv_nobody;
SELECT count(*) FROM tape;
SELECT count(*) FROM tick_daily_stats('tape');
SELECT tick_finalize('tape');
INSERT INTO tape VALUES ('2021-01-06', 'C', 4, 4);

-- columns alone are not enough for functions over whole rows
RESET ROLE;
GRANT SELECT (ts, sym) ON tape TO regress_priv_nobody;
SET ROLE regress_priv_nobody;
SELECT count(sym) FROM tape;
SELECT secret FROM tape;
SELECT count(*) FROM tick_fetch(NULL::tape, 'A', NULL, NULL);
SELECT count(*) FROM tick_bars('tape', '1 day', filter => 'secret = 1');

-- the owner does all of it
SET ROLE regress_priv_owner;
SELECT count(*) FROM tick_verify('tape', 'full');
SELECT tick_restore('tape', 'priv snap');
SELECT tick_delete('tape', symbols => '{A}');
SELECT count(*) FROM tape;
SELECT tick_drop_snapshot('priv snap');
-- row security does not exist for foreign tables; views with a barrier do
RESET ROLE;
CREATE VIEW barrier WITH (security_barrier) AS SELECT ts, sym, price FROM tape WHERE sym <> 'B';
GRANT SELECT ON barrier TO regress_priv_nobody;
SET ROLE regress_priv_nobody;
SELECT count(*) FROM barrier;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA priv CASCADE;
DROP OWNED BY regress_priv_owner, regress_priv_reader, regress_priv_writer, regress_priv_nobody;
DROP ROLE regress_priv_owner, regress_priv_reader, regress_priv_writer, regress_priv_nobody;
