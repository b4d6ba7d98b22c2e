-- Dataviews: pinned and following, whose rights they use, what depends on them.
CREATE SCHEMA dv;
SET search_path = dv, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
CREATE ROLE regress_dv_owner;
CREATE ROLE regress_dv_maker;
CREATE ROLE regress_dv_reader;
GRANT USAGE ON SCHEMA dv TO PUBLIC;
GRANT CREATE ON SCHEMA dv TO regress_dv_owner, regress_dv_maker;
GRANT USAGE ON FOREIGN SERVER tick TO regress_dv_owner, regress_dv_maker;

SET ROLE regress_dv_owner;
CREATE FOREIGN TABLE "Tape" (day date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time', field 'T'), ns bigint OPTIONS (field 'T'),
	"Sym" text OPTIONS (role 'symbol') COLLATE "C", price numeric(10,2) OPTIONS (role 'price', field 'Px "last"'), size int OPTIONS (role 'size'), note varchar(10) COLLATE "C", load bigint OPTIONS (virtual 'load_id'))
	SERVER tick OPTIONS (stats_where 'size > 1');
INSERT INTO "Tape" (ts, "Sym", price, size, note) VALUES ('2021-01-04 09:30', 'A', 1.25, 10, 'one'), ('2021-01-04 09:31', 'B', 2.5, 1, NULL);
SELECT tick_create_snapshot('dv first', '"Tape"') > 0;
INSERT INTO "Tape" (ts, "Sym", price, size, note) VALUES ('2021-01-04 09:32', 'A', 3, 30, 'three');
GRANT SELECT ON "Tape" TO regress_dv_maker;
SELECT tick_create_dataview('pinned', '"Tape"', 'dv first');
SELECT tick_create_dataview('dv."Following"', '"Tape"');
RESET ROLE;
\d pinned
SELECT * FROM pinned ORDER BY ts;
SELECT * FROM "Following" ORDER BY ts;
INSERT INTO "Tape" (ts, "Sym", price, size) VALUES ('2021-01-05 09:30', 'C', 4, 40);
SELECT count(*) FROM pinned;
SELECT count(*) FROM "Following";
SELECT * FROM tick_daily_stats('pinned');
SELECT * FROM tick_daily_stats('"Following"');
SELECT symbol, ts, close FROM tick_bars('pinned', '1 day');
SELECT * FROM tick_fetch(NULL::pinned, 'A', NULL, NULL);
SELECT "Sym" FROM pinned WHERE day = '2021-01-04' AND price > 2;
SELECT dataview, dataset, as_of, mode FROM tick.dataviews WHERE dataset = '"Tape"'::regclass ORDER BY dataview::text;
-- switched
SELECT tick_set_dataview('pinned', NULL);
SELECT count(*) FROM pinned;
SELECT tick_set_dataview('pinned', 'dv first');
SELECT count(*) FROM pinned;
SELECT tick_set_dataview('"Following"', 'dv first');
SELECT count(*) FROM "Following";
SELECT tick_set_dataview('"Following"', NULL);
SELECT count(*) FROM "Following";
PREPARE q AS SELECT count(*) FROM pinned;
EXECUTE q; EXECUTE q; EXECUTE q; EXECUTE q; EXECUTE q; EXECUTE q;
SELECT tick_set_dataview('pinned', NULL);
EXECUTE q;
SELECT tick_set_dataview('pinned', 'dv first');
EXECUTE q;
BEGIN;
SELECT tick_set_dataview('pinned', NULL);
EXECUTE q;
ROLLBACK;
EXECUTE q;
-- a pinned one is what it is under tick.as_of; a following one follows that
SET tick.as_of = 'dv first';
SELECT (SELECT count(*) FROM pinned) AS pinned, (SELECT count(*) FROM "Following") AS following;
SET tick.as_of = '1';
SELECT (SELECT count(*) FROM pinned) AS pinned;
RESET tick.as_of;
-- a typo never makes it current
SELECT tick_set_dataview('pinned', 'dv frist');
SELECT tick_create_dataview('typo', '"Tape"', 'dv frist');
SELECT tick_create_dataview('typo', '"Tape"', '3000-01-01') IS NULL;
SELECT count(*) FROM pinned;
-- read only
INSERT INTO pinned (ts) VALUES ('2021-01-04');
TRUNCATE pinned;
SELECT tick_delete('pinned');
SELECT tick_finalize('pinned');
SELECT tick_restore('pinned', 'dv first');
CALL tick_vacuum('pinned', '0');
SELECT tick_create_snapshot('dv of view', 'pinned');
SELECT tick_create_dataview('second', 'pinned');


SELECT tick_create_dataview(NULL, '"Tape"');
SELECT tick_create_dataview('x', NULL);
SELECT tick_create_dataview('x', 'pg_class');
SELECT tick_set_dataview('"Tape"', NULL);
SELECT tick_set_dataview('nosuch', NULL);
-- names of the source may change, and its columns grow
ALTER FOREIGN TABLE "Tape" RENAME TO moved;
CREATE SCHEMA dv2;
ALTER FOREIGN TABLE moved SET SCHEMA dv2;
SELECT count(*) FROM pinned;
ALTER FOREIGN TABLE dv2.moved SET SCHEMA dv;
ALTER FOREIGN TABLE moved RENAME TO "Tape";
DROP SCHEMA dv2;
ALTER FOREIGN TABLE "Tape" RENAME COLUMN note TO remark;
ALTER FOREIGN TABLE "Tape" RENAME COLUMN size TO qty;
ALTER FOREIGN TABLE "Tape" RENAME COLUMN day TO trading_day;
ALTER FOREIGN TABLE "Tape" OPTIONS (SET stats_where 'qty > 1');
ALTER FOREIGN TABLE "Tape" ADD COLUMN extra int;
SELECT * FROM pinned ORDER BY ts;
SELECT * FROM tick_daily_stats('pinned');
ALTER FOREIGN TABLE "Tape" ALTER COLUMN qty TYPE bigint;
SELECT size FROM pinned ORDER BY ts;
ALTER FOREIGN TABLE "Tape" ALTER COLUMN qty TYPE int;
ALTER FOREIGN TABLE "Tape" DROP COLUMN remark;
SELECT note FROM pinned ORDER BY ts;
SELECT count(*) FROM pinned;
DROP FOREIGN TABLE pinned;
SELECT tick_create_dataview('pinned', '"Tape"', 'dv first');
SELECT * FROM pinned ORDER BY ts;

-- rights: its reader needs SELECT on it, its owner on the source
SET ROLE regress_dv_maker;
SELECT tick_create_dataview('made', '"Tape"', 'dv first');
GRANT SELECT ON made TO regress_dv_reader;
SET ROLE regress_dv_reader;
SELECT count(*) FROM made;
SELECT sum(trades) FROM tick_daily_stats('made');
SELECT count(*) FROM pinned;
SELECT count(*) FROM "Tape";
SELECT tick_set_dataview('made', NULL);
SELECT tick_create_dataview('mine', '"Tape"');
SELECT dataview FROM tick.dataviews WHERE dataset = '"Tape"'::regclass;
RESET ROLE;
REVOKE SELECT ON "Tape" FROM regress_dv_maker;
SET ROLE regress_dv_reader;
SELECT count(*) FROM made;
SELECT count(*) FROM tick_daily_stats('made');
SELECT count(*) FROM tick_fetch(NULL::made, 'A', NULL, NULL);
RESET ROLE;
-- in a temporary schema, for this session
SELECT tick_create_dataview('pg_temp.mine', '"Tape"', 'dv first');
SELECT count(*) FROM mine;
DROP FOREIGN TABLE mine;
-- a time is written down as the moment it is, whatever the session that reads
SET client_min_messages = warning;
SELECT tick_create_dataview('moment', '"Tape"', 'now');
RESET client_min_messages;
SELECT as_of <> 'now' AND as_of ~ '[+-][0-9]{2}$' AS fixed FROM tick.dataviews WHERE dataview = 'moment'::regclass;
SELECT count(*) = (SELECT count(*) FROM moment) AS same FROM "Tape";
SELECT tick_set_dataview('moment', 'today');
SELECT as_of ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00[+-][0-9]{2}$' AS fixed FROM tick.dataviews WHERE dataview = 'moment'::regclass;
DROP FOREIGN TABLE moment;
-- one made by hand reads with its owner's rights too, statistics and estimates included
GRANT USAGE ON FOREIGN SERVER tick TO regress_dv_reader;
GRANT CREATE ON SCHEMA dv TO regress_dv_reader;
SET ROLE regress_dv_reader;
CREATE FOREIGN TABLE byhand ("Sym" text COLLATE "C") SERVER tick OPTIONS (dataset 'dv."Tape"');
SELECT count(*) FROM byhand;
ANALYZE byhand;
EXPLAIN SELECT * FROM byhand;
RESET ROLE;
GRANT SELECT ON "Tape" TO regress_dv_reader;
SELECT count(*) > 0 AS reads FROM byhand;
ANALYZE byhand;
DROP FOREIGN TABLE byhand;
-- and none reads another, itself least of all
CREATE FOREIGN TABLE circle (sym text COLLATE "C") SERVER tick OPTIONS (dataset 'dv.circle');
SELECT count(*) FROM circle;
ANALYZE circle;
ALTER FOREIGN TABLE circle OPTIONS (SET dataset 'dv.pinned');
SELECT count(*) FROM circle;
DROP FOREIGN TABLE circle;
-- drops
DROP FOREIGN TABLE "Tape";
BEGIN;
DROP FOREIGN TABLE pinned, "Following", made;
ROLLBACK;
SELECT count(*) FROM pinned;
DROP FOREIGN TABLE pinned, "Following", made;
DROP FOREIGN TABLE "Tape";
SELECT tick_drop_snapshot('dv first');
DROP FOREIGN TABLE "Tape";
SELECT count(*) FROM tick.dataview v WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = v.relid);
SET client_min_messages = warning;
DROP SCHEMA dv CASCADE;
DROP OWNED BY regress_dv_owner, regress_dv_maker, regress_dv_reader;
DROP ROLE regress_dv_owner, regress_dv_maker, regress_dv_reader;
