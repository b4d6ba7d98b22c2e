-- tick_asof() against the same join written as a plain LATERAL over a heap.
CREATE SCHEMA asof_function;
SET search_path = asof_function, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

-- five days, three rows a moment, null symbols; S5 has left rows alone
CREATE TABLE heap (ts timestamp, sym text COLLATE "C", bid float8, venue text, arrival int);
INSERT INTO heap SELECT timestamp '2021-01-04' + (i * 7919 % 5000) / 3 * interval '259 seconds', CASE i % 11 WHEN 0 THEN NULL ELSE 'S' || i / 2 % 5 END,
	CASE i % 31 WHEN 0 THEN NULL ELSE i % 997 END, 'V' || i % 3, i FROM generate_series(1, 9000) i;
CREATE FOREIGN TABLE quote (date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	bid float8, venue text, arrival int) SERVER tick;
CREATE TABLE trade (id int, sym text, ts timestamp);
INSERT INTO trade SELECT i, CASE i % 13 WHEN 0 THEN NULL ELSE 'S' || i % 6 END,
	CASE i % 101 WHEN 0 THEN NULL ELSE timestamp '2021-01-03 12:00' + (i * 31 % 5000) * interval '103.5 seconds' END FROM generate_series(1, 2500) i;
-- some at the very time of a quote
INSERT INTO trade SELECT 10000 + arrival, sym, ts FROM heap WHERE arrival % 18 = 0;

-- rows that differ, and those that matched; the left side in this order
CREATE FUNCTION differ(ordering text, tolerance interval DEFAULT NULL, strict boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got text;
	want text;
	matched bigint;
BEGIN
	EXECUTE format('SELECT md5(string_agg(format(''%%s %%s'', id, arrival), '','' ORDER BY id)), count(arrival) FROM (SELECT t.id, q.arrival
		FROM (SELECT * FROM trade ORDER BY %s) t LEFT JOIN LATERAL tick_asof(NULL::quote, t.sym, t.ts, $1, $2) q ON true) x', ordering)
		INTO got, matched USING tolerance, strict;
	EXECUTE 'SELECT md5(string_agg(format(''%s %s'', id, arrival), '','' ORDER BY id)) FROM (SELECT t.id, q.arrival
		FROM trade t LEFT JOIN LATERAL (SELECT arrival FROM heap h WHERE h.sym = t.sym AND CASE WHEN $2 THEN h.ts < t.ts ELSE h.ts <= t.ts END
			AND ($1 IS NULL OR h.ts >= t.ts - $1) ORDER BY h.ts DESC, arrival DESC LIMIT 1) q ON true) x'
		INTO want USING tolerance, strict;
	RETURN matched || CASE WHEN got IS DISTINCT FROM want THEN ' DIFFER' ELSE '' END;
END $$;
-- the same by conditions on the table
CREATE FUNCTION differ_lateral(ordering text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	different bigint;
	matched bigint;
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE q.arrival IS DISTINCT FROM h.arrival), count(h.arrival) FROM (SELECT * FROM trade ORDER BY %s) t
		LEFT JOIN LATERAL (SELECT arrival FROM quote q WHERE q.sym = t.sym AND q.ts <= t.ts ORDER BY q.ts DESC LIMIT 1) q ON true
		LEFT JOIN LATERAL (SELECT arrival FROM heap h WHERE h.sym = t.sym AND h.ts <= t.ts ORDER BY h.ts DESC, arrival DESC LIMIT 1) h ON true', ordering)
		INTO different, matched;
	RETURN matched || CASE WHEN different > 0 THEN ' DIFFER' ELSE '' END;
END $$;
CREATE FUNCTION differ_all() RETURNS TABLE (ordering text, plain text, strict text, tolerance text, both_of_them text, conditions text) LANGUAGE sql AS $$
	SELECT o, differ(o), differ(o, strict => true), differ(o, '5 min'), differ(o, '259 s', true), differ_lateral(o)
	FROM (VALUES ('sym, ts, id'), ('ts, id'), ('sym DESC, ts DESC'), ('md5(id::text)')) v(o)
$$;

-- nothing yet; then segments that overlap; then one segment a day
SELECT differ('id');
CREATE INDEX ON heap (sym, ts, arrival);
CREATE TEMPORARY TABLE every AS SELECT * FROM heap;
DELETE FROM heap;
SELECT count(*) FROM (SELECT t.id, (tick_asof(NULL::quote, t.sym, t.ts)).arrival FROM trade t) x;
INSERT INTO heap SELECT * FROM every WHERE arrival <= 4000;
INSERT INTO quote SELECT NULL, ts, sym, bid, venue, arrival FROM heap ORDER BY arrival;
SELECT * FROM differ_all();
SELECT tick_create_snapshot('asof_function_first', 'quote') > 0 AS made;
INSERT INTO heap SELECT * FROM every WHERE arrival > 4000;
INSERT INTO quote SELECT NULL, ts, sym, bid, venue, arrival FROM every WHERE arrival BETWEEN 4001 AND 6500 ORDER BY arrival;
INSERT INTO quote SELECT NULL, ts, sym, bid, venue, arrival FROM every WHERE arrival > 6500 ORDER BY arrival;
SELECT * FROM differ_all();
SELECT tick_finalize('quote') > 0 AS rewritten;
SELECT * FROM differ_all();
-- segments close when there is no memory for them
SET tick.cache_memory = '1MB';
SELECT * FROM differ_all();
RESET tick.cache_memory;

-- whole rows
SELECT * FROM (VALUES ('S1', timestamp '2021-01-05 10:00'), ('S5', '2021-01-05 10:00'), ('S2', '2021-01-01'), (NULL, '2021-01-05'), ('S2', NULL)) t(sym, at)
	LEFT JOIN LATERAL tick_asof(NULL::quote, t.sym, t.at) q ON true;
SELECT count(*) FROM trade t CROSS JOIN LATERAL tick_asof(NULL::quote, t.sym, t.ts) q WHERE q.date <> q.ts::date OR q.sym <> t.sym OR q.venue <> 'V' || q.arrival % 3;
-- kinds of moments; a date is its day
SELECT 'infinity' AS at, arrival FROM tick_asof(NULL::quote, 'S1', timestamp 'infinity') UNION ALL
	SELECT 'strictly', arrival FROM tick_asof(NULL::quote, 'S1', timestamp 'infinity', strict => true) UNION ALL
	SELECT 'untyped', arrival FROM tick_asof(NULL::quote, 'S1', '9999-12-31') UNION ALL
	SELECT 'first', arrival FROM tick_asof(NULL::quote, 'S1', timestamp '-infinity') UNION ALL
	SELECT 'date', arrival FROM tick_asof(NULL::quote, 'S1', date '2021-01-05') UNION ALL
	SELECT 'before it', arrival FROM tick_asof(NULL::quote, 'S1', date '2021-01-05', strict => true);
SELECT arrival FROM every WHERE sym = 'S1' AND ts < '2021-01-06' ORDER BY ts DESC, arrival DESC LIMIT 1;
SELECT arrival FROM every WHERE sym = 'S1' AND ts < '2021-01-05' ORDER BY ts DESC, arrival DESC LIMIT 1;
SELECT count(*) FROM tick_asof(NULL::quote, repeat('x', 10000), '2021-01-05');

-- versions: tick.as_of and dataviews, also beside the present one
SELECT tick_create_dataview('quote_first', 'quote', 'asof_function_first') IS NOT NULL AS made;
DELETE FROM heap WHERE arrival > 4000;
SET tick.as_of = 'asof_function_first';
SELECT * FROM differ_all();
RESET tick.as_of;
SELECT count(*) FILTER (WHERE was.arrival > 4000) AS wrong, count(*) FILTER (WHERE was.arrival IS DISTINCT FROM h.arrival) AS differ, count(*) FILTER (WHERE q.arrival > 4000) AS newer
	FROM trade t LEFT JOIN LATERAL tick_asof(NULL::quote_first, t.sym, t.ts) was ON true LEFT JOIN LATERAL tick_asof(NULL::quote, t.sym, t.ts) q ON true
	LEFT JOIN LATERAL (SELECT arrival FROM heap h WHERE h.sym = t.sym AND h.ts <= t.ts ORDER BY h.ts DESC, arrival DESC LIMIT 1) h ON true;
SET tick.as_of = 'nosuch';
SELECT * FROM tick_asof(NULL::quote, 'S1', '2021-01-05');
RESET tick.as_of;

-- a cursor keeps to what it saw; the next query does not
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT n, q.arrival FROM generate_series(1, 4) n LEFT JOIN LATERAL tick_asof(NULL::quote, 'S1', timestamp '2021-01-09' + n * interval '0') q ON true;
FETCH 1 FROM c;
INSERT INTO quote VALUES (NULL, '2021-01-08 23:59:59', 'S1', 1, 'V0', 99999);
FETCH 1 FROM c;
SELECT arrival FROM tick_asof(NULL::quote, 'S1', '2021-01-09');
SAVEPOINT s;
SELECT 1 / (arrival - 99999) FROM tick_asof(NULL::quote, 'S1', '2021-01-09');
ROLLBACK TO s;
FETCH 1 FROM c;
FETCH PRIOR FROM c;
ROLLBACK;
-- statements in a function, a row at a time
CREATE FUNCTION grow() RETURNS SETOF int LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 3 LOOP
		INSERT INTO asof_function.quote VALUES (NULL, '2021-01-09', 'S9', i, 'V0', i);
		RETURN QUERY SELECT q.arrival FROM tick_asof(NULL::asof_function.quote, 'S9', '2021-01-10') q;
	END LOOP;
END $$;
SELECT * FROM grow();
PREPARE p(text, timestamp) AS SELECT arrival FROM tick_asof(NULL::quote, $1, $2);
EXECUTE p('S9', '2021-01-10');
INSERT INTO quote VALUES (NULL, '2021-01-09', 'S9', 4, 'V0', 4);
EXECUTE p('S9', '2021-01-10');
EXECUTE p('S9', NULL);
-- nested, in a sublink, in the select list
SELECT n, (SELECT bid FROM tick_asof(NULL::quote, 'S9', '2021-01-10')), tick_asof(NULL::quote, 'S9', '2021-01-10') FROM generate_series(1, 2) n;
ALTER FOREIGN TABLE quote ADD COLUMN extra text;
ALTER FOREIGN TABLE quote DROP COLUMN venue;
SELECT * FROM tick_asof(NULL::quote, 'S9', '2021-01-10');
EXECUTE p('S9', '2021-01-10');

-- a dataset with a zone: naive moments are local there, whatever the session's zone
CREATE FOREIGN TABLE ny (ts timestamptz OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", n int) SERVER tick OPTIONS (zone 'America/New_York');
INSERT INTO ny VALUES ('2021-06-01 09:30-04', 'A', 1), ('2021-06-01 09:31-04', 'A', 2), ('2021-12-01 09:30-05', 'A', 3);
SET timezone = 'Asia/Tokyo';
SELECT at, q.n FROM (VALUES (timestamp '2021-06-01 09:30:30'), ('2021-06-01 09:31'), ('2021-12-01 09:29:59'), ('2021-12-01 09:30')) t(at)
	LEFT JOIN LATERAL tick_asof(NULL::ny, 'A', t.at) q ON true;
SELECT q.n FROM tick_asof(NULL::ny, 'A', timestamptz '2021-06-01 13:30:30Z') q;
SET timezone = 'UTC';

-- nanoseconds: what shows the same microsecond is at it
CREATE FOREIGN TABLE fine (ts timestamp OPTIONS (role 'time', field 'T'), ts_ns bigint OPTIONS (field 'T'), sym text OPTIONS (role 'symbol') COLLATE "C", n int) SERVER tick;
INSERT INTO fine (ts_ns, sym, n) VALUES (1609754400000000999, 'A', 1), (1609754400000001000, 'A', 2);
SELECT n FROM tick_asof(NULL::fine, 'A', timestamp '2021-01-04 10:00');
SELECT n FROM tick_asof(NULL::fine, 'A', timestamp '2021-01-04 10:00', strict => true);
SELECT n FROM tick_asof(NULL::fine, 'A', timestamp '2021-01-04 10:00:00.000001', strict => true);
SELECT n FROM tick_asof(NULL::fine, 'A', timestamp '2021-01-04 10:00:00.000001', '0', true);

-- times that are dates
CREATE FOREIGN TABLE eod (day date OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", close float8) SERVER tick;
INSERT INTO eod SELECT date '2021-01-01' + n * 7, 'S' || n % 2, n FROM generate_series(0, 40) n;
SELECT at, strict, q.* FROM (VALUES (timestamp '2021-03-05 12:00'), ('2021-03-05 00:00'), ('2020-12-31')) t(at), (VALUES (false), (true)) s(strict),
	LATERAL (SELECT 1) x LEFT JOIN LATERAL tick_asof(NULL::eod, 'S1', t.at, strict => s.strict) q ON true ORDER BY 1, 2;
SELECT q.* FROM tick_asof(NULL::eod, 'S0', date '2021-03-11', '13 days') q;
SELECT q.* FROM tick_asof(NULL::eod, 'S1', date '2021-03-11', '5 days') q;

-- refused
SELECT * FROM tick_asof(NULL::heap, 'S1', '2021-01-05');
SELECT * FROM tick_asof(NULL, 'S1', '2021-01-05');
SELECT * FROM tick_asof(NULL::quote, 'S1', 1);
SELECT * FROM tick_asof(NULL::quote, 'S1', '2021-01-05', '1 month');
SELECT * FROM tick_asof(NULL::quote, 'S1', '2021-01-05', '-1 s');
CREATE FOREIGN TABLE bare (a int) SERVER tick;
SELECT * FROM tick_asof(NULL::bare, 'S1', '2021-01-05');
SELECT tick_create_asof('joined', 'quote', 'quote') IS NOT NULL AS made;
SELECT * FROM tick_asof(NULL::joined, 'S1', '2021-01-05');
CREATE ROLE regress_asof_function;
GRANT USAGE ON SCHEMA asof_function TO regress_asof_function;
SELECT tick_create_dataview('quote_now', 'quote') IS NOT NULL AS made;
GRANT SELECT ON quote_now TO regress_asof_function;
SET ROLE regress_asof_function;
SELECT * FROM tick_asof(NULL::quote, 'S1', '2021-01-05');
SELECT sym FROM tick_asof(NULL::quote_now, 'S1', '2021-01-05');
RESET ROLE;

SET client_min_messages = warning;
DROP OWNED BY regress_asof_function;
DROP ROLE regress_asof_function;
DROP FOREIGN TABLE quote_first;
SELECT tick_drop_snapshot('asof_function_first') IS NOT NULL AS dropped;
DROP SCHEMA asof_function CASCADE;
