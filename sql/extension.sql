-- CREATE and DROP EXTENSION, in a database of their own.
SELECT current_database() AS olddb \gset
CREATE DATABASE regress_tick_extension TEMPLATE template0;
\c regress_tick_extension
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
CREATE SCHEMA functions;
CREATE EXTENSION tick SCHEMA functions;
CREATE FOREIGN TABLE t (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price'), v int) SERVER tick;
INSERT INTO t SELECT timestamp '2021-01-04' + i * interval '1 second', 'S' || i % 3, i, hashint4(i) FROM generate_series(1, 40000) i;
INSERT INTO t VALUES ('2021-01-05', 'X', 1, 1);
SELECT functions.tick_create_snapshot('one');
SELECT functions.tick_create_dataview('tv', 't', 'one');
SELECT functions.tick_finalize('t');
SELECT functions.tick_last(price, ts) FROM t;
SELECT count(*) FROM functions.tick_daily_stats('t');
SELECT count(*) FROM functions.tick_verify(level => 'full');
-- functions may move, the catalog stays where it is
ALTER EXTENSION tick SET SCHEMA public;
DROP EXTENSION tick;
SET client_min_messages = warning;
DROP EXTENSION tick CASCADE;
RESET client_min_messages;
SELECT count(*) FROM pg_class WHERE relname IN ('t', 'tv');
SELECT nspname FROM pg_namespace WHERE nspname IN ('tick', 'tick_store');
SELECT count(*) FROM pg_am WHERE amname = 'tick_segment';
SELECT count(*) FROM pg_event_trigger;
SELECT count(*) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE amname NOT IN ('heap', 'btree');
-- again, with ids that begin anew
CREATE EXTENSION tick;
CREATE FOREIGN TABLE t (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", v int) SERVER tick;
SELECT count(*) FROM t;
INSERT INTO t SELECT timestamp '2021-01-04' + i * interval '1 second', 'N' || i % 3, i FROM generate_series(1, 1000) i;
INSERT INTO t VALUES ('2021-01-05', 'Y', 2);
SELECT count(*), sum(v), min(sym), max(sym) FROM t;
SELECT name FROM tick.symbols ORDER BY name;
SELECT changeset, kind, rows_added FROM tick.changesets ORDER BY 1;
SELECT count(*) FROM tick_verify(level => 'full');
CREATE SCHEMA elsewhere;
CREATE EXTENSION IF NOT EXISTS tick SCHEMA elsewhere;
-- in one transaction, and rolled back
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION tick CASCADE;
ROLLBACK;
SELECT count(*), sum(v) FROM t;
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION tick CASCADE;
CREATE EXTENSION tick;
CREATE FOREIGN TABLE t (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO t VALUES ('2021-01-04', 1);
COMMIT;
SELECT count(*), sum(v) FROM t;
\c :olddb
DROP DATABASE regress_tick_extension;
