-- tick_verify: silent when sound, and what it says of a catalog that was
-- tampered with.
CREATE SCHEMA verify;
SET search_path = verify, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
CREATE FOREIGN TABLE t (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price'), v int) SERVER tick;
INSERT INTO t SELECT timestamp '2021-01-04 09:30' + i * interval '1 second', 'S' || i % 3, i / 4.0, i FROM generate_series(1, 100) i;
INSERT INTO t SELECT timestamp '2021-01-05' + i * interval '1 second', 'S' || i % 3, i / 4.0, hashint4(i) FROM generate_series(1, 40000) i;
SELECT * FROM tick_verify('t', 'quick');
SELECT * FROM tick_verify('t');
SELECT * FROM tick_verify('t', 'full');
SELECT dataset, count(*) FROM tick_verify(level => 'full') GROUP BY 1;

-- change, look, put back
CREATE FUNCTION tampered(changes text, level text DEFAULT 'full', day date DEFAULT '2021-01-04') RETURNS TABLE ("partition" text, problem text, detail text) LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE kept AS SELECT * FROM tick.segment s WHERE s.dataset = 'verify.t'::regclass AND s.partition = day - date '1970-01-01';
	EXECUTE format('UPDATE tick.segment s SET %s WHERE s.dataset = ''verify.t''::regclass AND s.partition = %s', changes, day - date '1970-01-01');
	RETURN QUERY SELECT v.partition, regexp_replace(v.problem, 'segment [0-9]+|seg_[0-9a-f]+|page [0-9]+|[0-9]+ bytes|[0-9]+$|offset [0-9]+', 'X', 'g'), v.detail FROM tick_verify('verify.t', level) v;
	DELETE FROM tick.segment s USING kept WHERE s.id = kept.id;
	INSERT INTO tick.segment SELECT * FROM kept;
	DROP TABLE kept;
END $$;
SELECT * FROM tampered('rows = rows + 1');
SELECT * FROM tampered('rows = 0, symbols = 7');
SELECT problem FROM tampered('bytes = bytes - 1');
SELECT problem FROM tampered('bytes = 0');
SELECT problem FROM tampered('bytes = -1');
SELECT * FROM tampered('time_min = time_min - 1');
SELECT * FROM tampered('time_max = time_max + 1000000000');
SELECT * FROM tampered('time_min = NULL, time_max = NULL');
SELECT * FROM tampered('partition = 5');
SELECT * FROM tampered('uuid = gen_random_uuid()');
SELECT * FROM tampered('image = NULL');
SELECT problem FROM tampered('image = substr(image, 1, 100)');
SELECT problem FROM tampered('image = set_byte(image, length(image) / 2, get_byte(image, length(image) / 2) # 255)');
SELECT problem FROM tampered('image = ''''');
SELECT * FROM tampered('zone_maps = ''''');
SELECT problem FROM tampered('zone_maps = substr(zone_maps, 1, length(zone_maps) - 3)');
SELECT count(*) > 0 FROM tampered('zone_maps = (SELECT zone_maps FROM tick.segment z WHERE z.dataset = s.dataset AND z.partition <> s.partition)');
SELECT * FROM tampered('loads = ''{1,2}''');
SELECT problem FROM tampered('relid = 1', day => '2021-01-05');
SELECT problem FROM tampered('relid = ''pg_class''::regclass', day => '2021-01-05');
SELECT problem FROM tampered('bytes = bytes + 1', day => '2021-01-05');
SELECT problem FROM tampered('relid = 0', day => '2021-01-05');
-- put back it is sound
SELECT count(*) FROM tick_verify('t', 'full');
SELECT count(*), sum(v) = (SELECT sum(hashint4(i)::bigint) + 5050 FROM generate_series(1, 40000) i) FROM t;
-- damage that a reader meets is an error, not a wrong answer
BEGIN;
UPDATE tick.segment SET image = set_byte(image, length(image) / 2, get_byte(image, length(image) / 2) # 255), id = id + 1000000 WHERE dataset = 't'::regclass AND relid = 0;
DO $$ BEGIN PERFORM * FROM verify.t; RAISE NOTICE 'read'; EXCEPTION WHEN data_corrupted THEN RAISE NOTICE 'damage was seen'; END $$;
ROLLBACK;
-- symbols that the catalog does not know
BEGIN;
DELETE FROM tick.symbol WHERE name = 'S2';
SELECT DISTINCT partition, problem, detail FROM tick_verify('t', 'full');
ROLLBACK;
-- an old filter of the statistics, columns that came and went
ALTER FOREIGN TABLE t OPTIONS (ADD stats_where 'v > 50');
SELECT count(*) FROM tick_verify('t', 'full');
SELECT tick_finalize('t');
ALTER FOREIGN TABLE t ADD COLUMN x int, ADD COLUMN y text;
SELECT count(*) FROM tick_verify('t', 'full');
INSERT INTO t VALUES ('2021-01-04', 'S1', 1, 100, 2, 'y');
ALTER FOREIGN TABLE t DROP COLUMN x;
ALTER FOREIGN TABLE t DROP COLUMN price;
SELECT count(*) FROM tick_verify('t', 'full');
SELECT tick_finalize('t');
SELECT count(*) FROM tick_verify('t', 'full');
ALTER FOREIGN TABLE t OPTIONS (SET stats_where 'nosuch');
SELECT DISTINCT problem FROM tick_verify('t', 'full');
-- arguments
SELECT * FROM tick_verify('t', 'deep');
SELECT * FROM tick_verify('pg_class');
SELECT * FROM tick_verify('t', NULL);

SET client_min_messages = warning;
DROP SCHEMA verify CASCADE;
