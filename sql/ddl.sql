-- Columns and datasets that are renamed, added, dropped, retyped, moved.
CREATE SCHEMA ddl;
SET search_path = ddl, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

CREATE FOREIGN TABLE t (
	ts timestamp OPTIONS (role 'time', field 'Stamp'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price real OPTIONS (role 'price'), size int OPTIONS (role 'size'), note varchar(10), flag boolean
) SERVER tick;
INSERT INTO t VALUES ('2021-01-04 09:30', 'A', 1.5, 10, 'one', true), ('2021-01-04 09:31', 'B', 2.5, 20, 'two', false);
-- rename
ALTER FOREIGN TABLE t RENAME COLUMN price TO px;
ALTER FOREIGN TABLE t RENAME COLUMN ts TO stamp;
ALTER FOREIGN TABLE t RENAME COLUMN note TO remark;
INSERT INTO t VALUES ('2021-01-04 09:32', 'A', 3.5, 30, 'three', NULL);
SELECT * FROM t ORDER BY stamp;
-- swapped names are not swapped values
ALTER FOREIGN TABLE t RENAME COLUMN remark TO tmp;
ALTER FOREIGN TABLE t RENAME COLUMN sym TO remark;
ALTER FOREIGN TABLE t RENAME COLUMN tmp TO sym;
SELECT stamp, remark, sym FROM t ORDER BY stamp;
ALTER FOREIGN TABLE t RENAME COLUMN sym TO tmp;
ALTER FOREIGN TABLE t RENAME COLUMN remark TO sym;
ALTER FOREIGN TABLE t RENAME COLUMN tmp TO remark;
-- add
ALTER FOREIGN TABLE t ADD COLUMN venue text, ADD COLUMN day date OPTIONS (virtual 'date'), ADD COLUMN load bigint OPTIONS (virtual 'load_id');
SELECT * FROM t ORDER BY stamp;
SELECT count(*) FROM t WHERE venue IS NULL;
SELECT count(*) FROM t WHERE venue = 'X';
INSERT INTO t (stamp, sym, px, size, venue) VALUES ('2021-01-04 09:33', 'C', 4.5, 40, 'X');
SELECT sym, venue FROM t WHERE venue = 'X' OR venue IS NULL ORDER BY stamp;
SELECT tick_finalize('t');
SELECT * FROM t ORDER BY stamp;
-- a default is of later rows, as NULL is what was stored
ALTER FOREIGN TABLE t ADD COLUMN q int DEFAULT 7;
SELECT sym, q FROM t ORDER BY stamp;
INSERT INTO t (stamp, sym) VALUES ('2021-01-04 09:34', 'D');
SELECT sym, q FROM t ORDER BY stamp;
-- drop, and add under the old name: not the old values
ALTER FOREIGN TABLE t DROP COLUMN remark;
SELECT * FROM t ORDER BY stamp;
ALTER FOREIGN TABLE t ADD COLUMN remark varchar(10);
SELECT sym, remark FROM t ORDER BY stamp;
INSERT INTO t (stamp, sym, remark) VALUES ('2021-01-04 09:35', 'E', 'again');
SELECT sym, remark FROM t ORDER BY stamp;
SELECT tick_finalize('t');
SELECT * FROM t ORDER BY stamp;
SELECT * FROM tick_fetch(NULL::t, 'A', '2021-01-01', '2021-12-31');
SELECT * FROM tick_verify('t', 'full');
SELECT DISTINCT column_name FROM tick_segment_info('t') ORDER BY 1;
-- stats_where over columns behind a dropped one
ALTER FOREIGN TABLE t OPTIONS (ADD stats_where 'size > 15');
SELECT date, symbol, close, volume, trades FROM tick_daily_stats('t');
SELECT tick_finalize('t');
SELECT date, symbol, close, volume, trades FROM tick_daily_stats('t');
ALTER FOREIGN TABLE t DROP COLUMN flag;
SELECT date, symbol, close, volume, trades FROM tick_daily_stats('t');
SELECT symbol, ts, close, volume, trades FROM tick_bars('t', '1 hour');
SELECT * FROM tick_verify('t', 'full');
-- the same text over other columns is another condition
ALTER FOREIGN TABLE t RENAME COLUMN size TO other;
ALTER FOREIGN TABLE t RENAME COLUMN q TO size;
SELECT date, symbol, close, volume, trades FROM tick_daily_stats('t');
ALTER FOREIGN TABLE t RENAME COLUMN size TO q;
SELECT date, symbol, close, volume, trades FROM tick_daily_stats('t');
ALTER FOREIGN TABLE t RENAME COLUMN other TO size;
SELECT date, symbol, close, volume, trades FROM tick_daily_stats('t');
-- wider types
ALTER FOREIGN TABLE t ALTER COLUMN size TYPE bigint, ALTER COLUMN px TYPE double precision, ALTER COLUMN remark TYPE text;
SELECT * FROM t ORDER BY stamp;
SELECT sym FROM t WHERE size = 20;
SELECT sym FROM t WHERE px >= 2.5 ORDER BY sym;
SELECT sym FROM t WHERE remark = 'again';
SELECT date, symbol, close, volume, trades FROM tick_daily_stats('t');
INSERT INTO t (stamp, sym, px, size) VALUES ('2021-01-04 09:36', 'F', 0.1, 5000000000);
SELECT tick_finalize('t');
SELECT sym, px, size FROM t ORDER BY stamp;
ALTER FOREIGN TABLE t ALTER COLUMN size TYPE numeric;
SELECT tick_finalize('t');
ALTER FOREIGN TABLE t OPTIONS (DROP stats_where);
SELECT sym, size, size / 3 AS third FROM t ORDER BY stamp;
SELECT sym FROM t WHERE size > 30 ORDER BY sym;
INSERT INTO t (stamp, sym, px, size) VALUES ('2021-01-04 09:37', 'G', 0.1, 12345678901234567890.5);
SELECT sym, size FROM t ORDER BY stamp;
SELECT tick_finalize('t');
SELECT sym, size FROM t ORDER BY stamp;
SELECT * FROM tick_verify('t', 'full');
ALTER FOREIGN TABLE t ADD COLUMN i smallint, ADD COLUMN n numeric(6,2), ADD COLUMN r real;
INSERT INTO t (stamp, sym, i, n, r) VALUES ('2021-01-05 09:30', 'H', 7, 1234.56, 0.1);
ALTER FOREIGN TABLE t ALTER COLUMN i TYPE int;
SELECT i, n, r FROM t WHERE sym = 'H';
ALTER FOREIGN TABLE t ALTER COLUMN i TYPE numeric(10,2), ALTER COLUMN n TYPE numeric(10,4);
SELECT i, n, r FROM t WHERE sym = 'H';
SELECT sym FROM t WHERE n = 1234.56 AND i = 7;
ALTER FOREIGN TABLE t ALTER COLUMN n TYPE numeric(30,2);
SELECT i, n, r FROM t WHERE sym = 'H';
ALTER FOREIGN TABLE t ALTER COLUMN n TYPE numeric;
SELECT i, n, r FROM t WHERE sym = 'H';
SELECT tick_finalize('t');
INSERT INTO t (stamp, sym, i, n, r) VALUES ('2021-01-05 09:30', 'H', 8, 99999999, 0.2);
SELECT tick_finalize('t');
SELECT i, n, r FROM t WHERE sym = 'H' ORDER BY i;
SELECT size FROM t WHERE size IS NULL OR size < 15 ORDER BY size;
SELECT * FROM tick_verify('t', 'full');
-- the others name the segment, and come back with the type
CREATE FUNCTION without_number(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN regexp_replace(concat_ws(': ', SQLSTATE, SQLERRM, nullif(detail, '')), 'segment [0-9a-f-]{36}', 'segment N', 'g');
END $$;
ALTER FOREIGN TABLE t ALTER COLUMN venue TYPE int;
SELECT without_number('SELECT * FROM t');
SELECT without_number('SELECT venue FROM t');
SELECT count(DISTINCT uuid) = count(*) AS named FROM tick.segments WHERE dataset = 't'::regclass;
SELECT without_number('SELECT sym FROM t WHERE venue = 1');
SELECT count(sym) FROM t;
BEGIN;
INSERT INTO t (stamp, sym, venue) VALUES ('2021-01-04 09:50', 'V', 1);
SELECT without_number('SELECT tick_finalize(''t'')');
SELECT without_number('SELECT tick_delete(''t'', ''2021-01-04'', ''2021-01-04'', ''{V}'')');
ALTER FOREIGN TABLE t ALTER COLUMN venue TYPE text;
SELECT without_number('SELECT venue FROM t');
ROLLBACK;
ALTER FOREIGN TABLE t ALTER COLUMN venue TYPE text;
SELECT without_number('SELECT count(venue) FROM t');
SELECT sym, venue FROM t ORDER BY stamp, sym LIMIT 4;
ALTER FOREIGN TABLE t ALTER COLUMN px TYPE int;
SELECT without_number('SELECT px FROM t');
ALTER FOREIGN TABLE t ALTER COLUMN px TYPE double precision;
ALTER FOREIGN TABLE t ALTER COLUMN stamp TYPE timestamptz;
SELECT without_number('SELECT stamp FROM t');
SELECT without_number('INSERT INTO t (stamp, sym) VALUES (''2021-01-04 09:50'', ''V'')');
ALTER FOREIGN TABLE t ALTER COLUMN stamp TYPE timestamp;
SELECT count(stamp) FROM t;
-- so with options that say where rows lie
ALTER FOREIGN TABLE t OPTIONS (ADD partition_by 'month');
SELECT without_number('SELECT * FROM t WHERE day = ''2021-01-04''');
SELECT without_number('SELECT tick_delete(''t'')');
SELECT without_number('SELECT * FROM tick_daily_stats(''t'')');
ALTER FOREIGN TABLE t OPTIONS (SET partition_by 'day', ADD day_start '17:00');
SELECT without_number('SELECT * FROM t WHERE day = ''2021-01-04''');
ALTER FOREIGN TABLE t OPTIONS (DROP day_start);
SELECT count(*) FROM t WHERE day = '2021-01-04';
CREATE FOREIGN TABLE p (ts timestamp OPTIONS (role 'time'), k int, v int) SERVER tick OPTIONS (partition_by 'k');
INSERT INTO p VALUES ('2021-01-04', 1, 1), ('2021-01-04', 2, 2);
ALTER FOREIGN TABLE p RENAME COLUMN k TO key;
SELECT * FROM p WHERE key = 2;
INSERT INTO p VALUES ('2021-01-04', 3, 3);
SELECT partition, rows FROM tick.partitions WHERE dataset = 'p'::regclass ORDER BY 1;
ALTER FOREIGN TABLE p RENAME COLUMN v TO k;
SELECT without_number('SELECT * FROM p WHERE key = 2');
ALTER FOREIGN TABLE p OPTIONS (SET partition_by 'key');
SELECT * FROM p WHERE key = 2;
TRUNCATE p;
ALTER FOREIGN TABLE p OPTIONS (SET partition_by 'day');
SELECT without_number('INSERT INTO p VALUES (''2021-01-04'', 3, 3)');
-- the time and the symbol that rows are sorted by stay while there are rows
CREATE FOREIGN TABLE r (ts timestamp OPTIONS (role 'time'), other timestamp, sym text OPTIONS (role 'symbol') COLLATE "C", name text COLLATE "C") SERVER tick;
INSERT INTO r VALUES ('2021-01-04', '2021-02-05', 'A', 'B');
ALTER FOREIGN TABLE r ALTER COLUMN ts OPTIONS (DROP role), ALTER COLUMN other OPTIONS (ADD role 'time');
SELECT without_number('SELECT * FROM r WHERE other = ''2021-02-05''');
ALTER FOREIGN TABLE r ALTER COLUMN other OPTIONS (DROP role), ALTER COLUMN ts OPTIONS (ADD role 'time');
SELECT * FROM r WHERE other = '2021-02-05';
ALTER FOREIGN TABLE r ALTER COLUMN sym OPTIONS (DROP role), ALTER COLUMN name OPTIONS (ADD role 'symbol');
SELECT without_number('SELECT * FROM r WHERE name = ''B''');
-- a date is a time only as far as nanoseconds count, and infinite bounds lie beyond all of them
CREATE FOREIGN TABLE days (d date OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO days VALUES ('1677-09-22', 1), ('2021-01-04', 2), ('2262-04-11', 3);
SELECT without_number('INSERT INTO days VALUES (''1677-09-21'', 1)');
SELECT without_number('INSERT INTO days VALUES (''2262-04-12'', 1)');
SELECT v FROM days WHERE d > '2200-01-01';
SELECT v FROM days WHERE d <= '1677-09-22';
SELECT tick_delete('days', from_date => 'infinity') + tick_delete('days', to_date => '-infinity') + tick_delete('days', from_date => '3000-01-01') AS deleted;
CREATE FOREIGN TABLE undivided (d date OPTIONS (role 'time'), v int) SERVER tick OPTIONS (partition_by 'none');
SELECT without_number('INSERT INTO undivided VALUES (''3000-01-01'', 1)');
-- narrower reads while it fits
CREATE FOREIGN TABLE n (ts timestamp OPTIONS (role 'time'), v bigint, s text, f float8, d numeric(10,4)) SERVER tick;
INSERT INTO n VALUES ('2021-01-04', 100, 'abcdef', 0.1, 1.2345);
INSERT INTO n VALUES ('2021-01-05', 100000, 'abcdefgh', 0.2, 2);
ALTER FOREIGN TABLE n ALTER COLUMN v TYPE smallint;
SELECT without_number('SELECT v FROM n');
SELECT v FROM n WHERE ts < '2021-01-05';
ALTER FOREIGN TABLE n ALTER COLUMN v TYPE int, ALTER COLUMN s TYPE varchar(6), ALTER COLUMN f TYPE real, ALTER COLUMN d TYPE numeric(10,2);
SELECT v FROM n ORDER BY ts;
SELECT without_number('SELECT s FROM n');
SELECT without_number('SELECT f FROM n');
SELECT without_number('SELECT d FROM n');

-- the dataset itself
CREATE ROLE regress_ddl_owner;
GRANT USAGE ON SCHEMA ddl TO regress_ddl_owner;
GRANT CREATE ON SCHEMA ddl TO regress_ddl_owner;
ALTER FOREIGN TABLE t RENAME TO u;
SELECT count(*) FROM u;
SELECT dataset, partitions, rows FROM tick.datasets WHERE dataset = 'u'::regclass;
CREATE SCHEMA ddl2;
ALTER FOREIGN TABLE u SET SCHEMA ddl2;
SELECT count(*) FROM ddl2.u;
ALTER FOREIGN TABLE ddl2.u SET SCHEMA ddl;
ALTER FOREIGN TABLE u OWNER TO regress_ddl_owner;
SELECT tick_create_snapshot('ddl snapshot', 'u') > 0;
SET ROLE regress_ddl_owner;
INSERT INTO u (stamp, sym) VALUES ('2021-02-01', 'Z');
SELECT count(*) FROM u;
SELECT tick_finalize('u');
SELECT tick_restore('u', 'ddl snapshot') > 0;
RESET ROLE;
SELECT count(*) FROM u;
DROP FOREIGN TABLE u;
SELECT tick_drop_snapshot('ddl snapshot');
DROP FOREIGN TABLE u;
SELECT count(*) FROM tick.segment s WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.dataset);
DROP SCHEMA ddl2;

-- NOT NULL, CHECK, defaults, generated names
CREATE FOREIGN TABLE c (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C" NOT NULL, v int DEFAULT 5 CHECK (v > 0)) SERVER tick;
INSERT INTO c (ts, sym) VALUES ('2021-01-04', 'A');
INSERT INTO c (ts, sym, v) VALUES ('2021-01-04', 'A', 0);
INSERT INTO c (ts, v) VALUES ('2021-01-04', 1);
SELECT * FROM c;
UPDATE c SET v = 1;
DELETE FROM c;
INSERT INTO c (ts, sym) VALUES ('2021-01-04', 'A') ON CONFLICT DO NOTHING;
-- temporary schemas keep nothing
CREATE FOREIGN TABLE pg_temp.tmp (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO pg_temp.tmp VALUES ('2021-01-04', 1);
SELECT count(*) FROM pg_temp.tmp;
DROP FOREIGN TABLE pg_temp.tmp;
-- options
CREATE FOREIGN TABLE bad (ts timestamp OPTIONS (role 'clock')) SERVER tick;
CREATE FOREIGN TABLE bad (ts timestamp) SERVER tick OPTIONS (zone 'Mars/Base');
CREATE FOREIGN TABLE bad (ts timestamp) SERVER tick OPTIONS (nosuch 'x');
CREATE FOREIGN TABLE bad (ts timestamp) SERVER tick OPTIONS (partition_by 'fortnight');
SELECT * FROM bad;
INSERT INTO bad VALUES ('2021-01-04');
DROP FOREIGN TABLE bad;

-- drops of every kind
SET client_min_messages = warning;
CREATE SCHEMA ddl3 AUTHORIZATION regress_ddl_owner;
GRANT USAGE ON FOREIGN SERVER tick TO regress_ddl_owner;
SET ROLE regress_ddl_owner;
CREATE FOREIGN TABLE ddl3.a (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
CREATE FOREIGN TABLE ddl3.b (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO ddl3.a VALUES ('2021-01-04', 1);
INSERT INTO ddl3.b SELECT timestamp '2021-01-04' + i * interval '1 second', i * 7919 % 104729 FROM generate_series(1, 40000) i;
SELECT tick_create_dataview('ddl3.av', 'ddl3.a');
SELECT tick_create_dataview('ddl3.bv', 'ddl3.b');
DROP SCHEMA ddl3 CASCADE;
RESET ROLE;
CREATE SCHEMA ddl3 AUTHORIZATION regress_ddl_owner;
SET ROLE regress_ddl_owner;
CREATE FOREIGN TABLE ddl3.a (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO ddl3.a SELECT timestamp '2021-01-04' + i * interval '1 second', i * 7919 % 104729 FROM generate_series(1, 40000) i;
SELECT tick_create_dataview('ddl3.av', 'ddl3.a');
DROP FOREIGN TABLE ddl3.a;
DROP FOREIGN TABLE ddl3.av, ddl3.a;
CREATE FOREIGN TABLE ddl3.a (ts timestamp OPTIONS (role 'time'), v int) SERVER tick;
INSERT INTO ddl3.a VALUES ('2021-01-04', 1);
RESET ROLE;
DROP OWNED BY regress_ddl_owner;
DROP ROLE regress_ddl_owner;
DROP SCHEMA ddl CASCADE;
SELECT count(*) FROM tick.segment s WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.dataset);
SELECT count(*) FROM tick.dataview v WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = v.relid);
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND nspname = 'tick_store'
	WHERE NOT EXISTS (SELECT FROM tick.segment s WHERE s.relid = c.oid);
