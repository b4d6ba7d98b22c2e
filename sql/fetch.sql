-- tick_fetch against a heap.
CREATE SCHEMA fetching;
SET search_path = fetching, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET extra_float_digits = 1;

CREATE TABLE heap (date date, ts timestamp, sym text COLLATE "C", price float8, size int, arrival int);
INSERT INTO heap SELECT (timestamp '2021-01-04' + (i * 7919 % 3000) * interval '97 seconds')::date, timestamp '2021-01-04' + (i * 7919 % 3000) * interval '97 seconds', CASE i % 9 WHEN 0 THEN NULL ELSE 'S' || i % 4 END,
	CASE i % 31 WHEN 0 THEN NULL ELSE 100.0 + i % 997 / 997.0 END, i % 100, i FROM generate_series(1, 6000) i;
CREATE FOREIGN TABLE tape (date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size int OPTIONS (role 'size'), arrival int) SERVER tick;
INSERT INTO tape SELECT * FROM heap WHERE arrival <= 3000 ORDER BY arrival;
INSERT INTO tape SELECT * FROM heap WHERE arrival > 3000 ORDER BY arrival;
-- rows and their order
CREATE FUNCTION differ(symbol text, from_ts timestamp, to_ts timestamp, condition text DEFAULT 'true', session_from time DEFAULT NULL, session_to time DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got text;
	want text;
	n bigint;
BEGIN
	SELECT md5(string_agg(f::text, ',')), count(*) INTO got, n FROM (SELECT * FROM tick_fetch(NULL::fetching.tape, symbol, from_ts, to_ts, session_from, session_to)) f;
	EXECUTE format('SELECT md5(string_agg(h::text, '','')) FROM (SELECT * FROM fetching.heap WHERE sym = $1 AND ($2 IS NULL OR ts >= $2) AND ($3 IS NULL OR ts <= $3) AND %s ORDER BY ts, arrival) h', condition)
		INTO want USING symbol, from_ts, to_ts;
	RETURN n || CASE WHEN got IS DISTINCT FROM want THEN ' DIFFER' ELSE ' rows' END;
END $$;
SELECT differ('S1', '2021-01-04', '2021-01-08'), differ('S1', NULL, NULL), differ('S1', '2021-01-05', NULL), differ('S1', NULL, '2021-01-05'), differ('nosuch', NULL, NULL), differ('', NULL, NULL);
SELECT min(ts) AS lo, max(ts) AS hi FROM (SELECT ts FROM heap WHERE sym = 'S2' ORDER BY ts OFFSET 100 LIMIT 10) x \gset
SELECT differ('S2', :'lo', :'hi'), differ('S2', :'lo', :'lo'), differ('S2', timestamp :'lo' + interval '1 us', timestamp :'hi' - interval '1 us'), differ('S2', :'hi', :'lo');
SELECT differ('S2', '-infinity', 'infinity'), differ('S2', 'infinity', NULL), differ('S2', NULL, '-infinity'), differ('S2', '0044-01-01 BC', '9999-01-01');
-- sessions
SELECT differ('S3', NULL, NULL, 'ts::time BETWEEN ''09:30'' AND ''16:00''', '09:30', '16:00');
SELECT differ('S3', '2021-01-05', '2021-01-06 12:00', 'ts::time BETWEEN ''09:30'' AND ''16:00''', '09:30', '16:00');
SELECT differ('S3', NULL, NULL, '(ts::time >= ''22:00'' OR ts::time <= ''04:00'')', '22:00', '04:00');
SELECT differ('S3', NULL, NULL, 'ts::time >= ''22:00''', '22:00', NULL), differ('S3', NULL, NULL, 'ts::time <= ''02:00''', NULL, '02:00'), differ('S3', NULL, NULL, 'true', '00:00', '24:00');
SELECT tick_finalize('tape') > 0;
SELECT differ('S3', NULL, NULL, '(ts::time >= ''22:00'' OR ts::time <= ''04:00'')', '22:00', '04:00'), differ('S1', NULL, NULL);
-- digits
SELECT count(*) FROM (SELECT ts, price, arrival FROM tick_fetch(NULL::tape, 'S1', NULL, NULL, digits => 2)
	EXCEPT SELECT ts, round(price::numeric, 2)::float8, arrival FROM heap WHERE sym = 'S1') x;
CREATE FOREIGN TABLE noise (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", f8 float8, f4 real, n numeric(10,5), i int) SERVER tick;
INSERT INTO noise VALUES ('2021-01-04', 'A', 1.005, 1.005, 1.00500, 1), ('2021-01-04', 'A', 'NaN', 'NaN', NULL, NULL), ('2021-01-04', 'A', '-inf', 'inf', 0, 0), ('2021-01-04', 'A', -2.675, 0, 0, 0),
	('2021-01-04', 'A', 1e300, 0, 0, 0), ('2021-01-04', 'A', 1e-300, 0, 0, 0), ('2021-01-04', 'A', NULL, 0, 0, 0), ('2021-01-04', 'A', 29.940000534057617, 0, 0, 0);
SELECT f8, f4, n, i FROM tick_fetch(NULL::noise, 'A', NULL, NULL, digits => 2);
SELECT f8 FROM tick_fetch(NULL::noise, 'A', NULL, NULL, digits => 0) WHERE f8 BETWEEN -10 AND 100;
SELECT * FROM tick_fetch(NULL::noise, 'A', NULL, NULL, digits => -1);
SELECT * FROM tick_fetch(NULL::noise, 'A', NULL, NULL, digits => 31);
-- kinds of bounds; naive stamps meet a session's time as it is there
SELECT count(*) FROM tick_fetch(NULL::tape, 'S1', date '2021-01-04', date '2021-01-04');
SELECT count(*) FROM heap WHERE sym = 'S1' AND date = '2021-01-04';
SELECT count(*) FROM tick_fetch(NULL::tape, 'S1', '2021-01-05', '2021-01-06 00:00');
SELECT count(*) FROM tick_fetch(NULL::tape, 'S1', '2021-01-05'::text, '2021-01-06 00:00'::varchar::text);
SET timezone = 'America/New_York';
SELECT count(*) FROM tick_fetch(NULL::tape, 'S1', timestamptz '2021-01-05 00:00-05', timestamptz '2021-01-06 00:00-05');
SET timezone = 'UTC';
SELECT * FROM tick_fetch(NULL::tape, 'S1', 1, 2);
SELECT * FROM tick_fetch(NULL::tape, 'S1', time '09:30', time '10:00');
-- in other places of a query
SELECT sym, n FROM (VALUES ('S0'), ('S1')) v(s), LATERAL (SELECT count(*) AS n, min(sym) AS sym FROM tick_fetch(NULL::tape, v.s, NULL, NULL)) x ORDER BY 1;
SELECT (tick_fetch(NULL::tape, 'S1', NULL, NULL)).arrival LIMIT 2;
SELECT count(*) FROM (SELECT tick_fetch(NULL::tape, 'S1', NULL, NULL) FROM generate_series(1, 2)) x;
PREPARE p(text, timestamp) AS SELECT count(*) FROM tick_fetch(NULL::tape, $1, $2, NULL::timestamp);
EXECUTE p('S1', '2021-01-05');
EXECUTE p('S1', NULL);
EXECUTE p('S2', 'infinity');
ALTER FOREIGN TABLE tape ADD COLUMN extra text;
ALTER FOREIGN TABLE tape DROP COLUMN size;
EXECUTE p('S1', '2021-01-05');
SELECT * FROM tick_fetch(NULL::tape, 'S1', '2021-01-04', '2021-01-04 00:20');
SELECT (f).extra, (f).arrival FROM (SELECT tick_fetch(NULL::tape, 'S1', '2021-01-04', '2021-01-04 00:20') AS f) x;
-- refused
SELECT * FROM tick_fetch(NULL::heap, 'S1', NULL, NULL);
SELECT * FROM tick_fetch(1, 'S1', NULL, NULL);
SELECT * FROM tick_fetch(NULL, 'S1', NULL, NULL);
SELECT * FROM tick_fetch(NULL::tape, NULL, NULL, NULL);
CREATE FOREIGN TABLE bare (a int) SERVER tick;
SELECT * FROM tick_fetch(NULL::bare, 'S1', NULL, NULL);

SET client_min_messages = warning;
DROP SCHEMA fetching CASCADE;
