-- Datasets whose time is timestamptz: days, partitions, bars and sessions in
-- their zone, whatever the session's.
CREATE SCHEMA zones;
SET search_path = zones, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'Asia/Tokyo';
SET extra_float_digits = 1;

CREATE TABLE heap (ts timestamptz, sym text COLLATE "C", price float8, size int, arrival serial);
-- both nights of New York in 2021, of São Paulo in 2018 (clocks change at midnight), of St. John's in 2006 (at 00:01)
INSERT INTO heap (ts, sym, price, size) SELECT t, 'S' || n % 2, 100 + n % 17, n % 10 FROM (
	SELECT t, row_number() OVER () AS n FROM (
		SELECT generate_series(timestamptz '2021-03-12 00:00+00', '2021-03-16 00:00+00', '11 minutes') UNION ALL
		SELECT generate_series(timestamptz '2021-11-05 00:00+00', '2021-11-09 00:00+00', '11 minutes') UNION ALL
		SELECT generate_series(timestamptz '2018-02-16 00:00+00', '2018-02-20 00:00+00', '11 minutes') UNION ALL
		SELECT generate_series(timestamptz '2018-11-02 00:00+00', '2018-11-06 00:00+00', '11 minutes') UNION ALL
		SELECT generate_series(timestamptz '2006-10-27 00:00+00', '2006-10-31 00:00+00', '11 minutes') UNION ALL
		SELECT generate_series(timestamptz '2006-03-31 00:00+00', '2006-04-04 00:00+00', '11 minutes') UNION ALL
		VALUES (timestamptz '1890-01-01 00:00+00'), ('1677-09-23 12:00+00'), ('2262-04-10 00:00+00'), ('2100-07-01 12:00+00')) x(t)) y;

-- rows, virtual dates, pruning by days, stats, bars and deletes of a dataset with a zone and a grain
CREATE FUNCTION try(zone text, grain text, day_start text) RETURNS TABLE (step text, answer text) LANGUAGE plpgsql AS $$
DECLARE
	starts interval := CASE WHEN day_start::interval > '12 hours' THEN day_start::interval - interval '24 hours' ELSE day_start::interval END;
	n bigint;
	d date;
	w text;
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE z (day date OPTIONS (virtual ''date''), ts timestamptz OPTIONS (role ''time''), sym text OPTIONS (role ''symbol'') COLLATE "C",
		price float8 OPTIONS (role ''price''), size int OPTIONS (role ''size''), arrival int) SERVER tick OPTIONS (zone %L, partition_by %L, day_start %L)', zone, grain, day_start);
	CREATE TEMP VIEW t AS SELECT ((h.ts AT TIME ZONE 'UTC'))::date AS day, h.* FROM heap h;
	EXECUTE format('CREATE OR REPLACE TEMP VIEW t AS SELECT ((h.ts AT TIME ZONE %L) - interval %L)::date AS day, h.* FROM heap h', zone, starts);
	INSERT INTO z (ts, sym, price, size, arrival) SELECT ts, sym, price, size, heap.arrival FROM heap ORDER BY heap.arrival;
	SELECT count(*) INTO n FROM ((SELECT * FROM z EXCEPT ALL SELECT * FROM t) UNION ALL (SELECT * FROM t EXCEPT ALL SELECT * FROM z)) x;
	RETURN QUERY SELECT 'rows', n || ' differ';
	n := 0;
	FOR d IN SELECT DISTINCT t.day FROM t LOOP
		n := n + (SELECT count(*) FROM ((SELECT * FROM z WHERE z.day = d EXCEPT ALL SELECT * FROM t WHERE t.day = d)
			UNION ALL (SELECT * FROM t WHERE t.day = d EXCEPT ALL SELECT * FROM z WHERE z.day = d)) x);
		n := n + abs((SELECT coalesce(sum(trades), 0) FROM tick_daily_stats('z', d, d)) - (SELECT count(*) FROM t WHERE t.day = d));
	END LOOP;
	RETURN QUERY SELECT 'days', n || ' differ';
	SELECT count(*) INTO n FROM ((SELECT z.day, z.sym, count(*) FROM z WHERE z.day > '2018-11-03' GROUP BY 1, 2 EXCEPT SELECT t.day, t.sym, count(*) FROM t WHERE t.day > '2018-11-03' GROUP BY 1, 2)
		UNION ALL (SELECT t.day, t.sym, count(*) FROM t GROUP BY 1, 2 EXCEPT SELECT z.day, z.sym, count(*) FROM z GROUP BY 1, 2)) x;
	RETURN QUERY SELECT 'groups', n || ' differ';
	SELECT count(*) INTO n FROM (SELECT s.date, s.symbol, s.open, s.high, s.low, s.close, s.volume, s.trades FROM tick_daily_stats('z') s
		EXCEPT SELECT t.day, t.sym, (array_agg(t.price ORDER BY t.ts, t.arrival))[1], max(t.price), min(t.price), (array_agg(t.price ORDER BY t.ts DESC, t.arrival DESC))[1], sum(t.size)::numeric, count(*) FROM t GROUP BY 1, 2) x;
	RETURN QUERY SELECT 'stats', n || ' differ';
	FOREACH w IN ARRAY '{7 minutes,30 minutes,1 hour,1 day}'::text[] LOOP
		SELECT count(*) INTO n FROM ((SELECT b.symbol, b.ts, b.open, b.high, b.low, b.close, b.volume, b.trades FROM tick_bars('z', w::interval) b
			EXCEPT ALL SELECT t.sym, date_bin(w::interval, t.ts AT TIME ZONE zone, '1601-01-01'), (array_agg(t.price ORDER BY t.ts, t.arrival))[1], max(t.price), min(t.price), (array_agg(t.price ORDER BY t.ts DESC, t.arrival DESC))[1], sum(t.size)::numeric, count(*) FROM t GROUP BY 1, 2)
			UNION ALL (SELECT t.sym, date_bin(w::interval, t.ts AT TIME ZONE zone, '1601-01-01'), (array_agg(t.price ORDER BY t.ts, t.arrival))[1], max(t.price), min(t.price), (array_agg(t.price ORDER BY t.ts DESC, t.arrival DESC))[1], sum(t.size)::numeric, count(*) FROM t GROUP BY 1, 2
			EXCEPT ALL SELECT b.symbol, b.ts, b.open, b.high, b.low, b.close, b.volume, b.trades FROM tick_bars('z', w::interval) b)) x;
		RETURN QUERY SELECT 'bars of ' || w, n || ' differ';
	END LOOP;
	SELECT count(*) INTO n FROM ((SELECT f.arrival FROM tick_fetch(NULL::z, 'S1', NULL::timestamp, NULL::timestamp, '22:30', '03:30') f
		EXCEPT SELECT t.arrival FROM t WHERE t.sym = 'S1' AND ((t.ts AT TIME ZONE zone)::time >= '22:30' OR (t.ts AT TIME ZONE zone)::time <= '03:30'))
		UNION ALL (SELECT t.arrival FROM t WHERE t.sym = 'S1' AND ((t.ts AT TIME ZONE zone)::time >= '22:30' OR (t.ts AT TIME ZONE zone)::time <= '03:30')
		EXCEPT SELECT f.arrival FROM tick_fetch(NULL::z, 'S1', NULL::timestamp, NULL::timestamp, '22:30', '03:30') f)) x;
	RETURN QUERY SELECT 'session', n || ' differ';
	n := tick_delete('z', '2018-11-04', '2021-03-14') - (SELECT count(*) FROM t WHERE t.day BETWEEN '2018-11-04' AND '2021-03-14');
	n := abs(n) + (SELECT count(*) FROM z WHERE z.day BETWEEN '2018-11-04' AND '2021-03-14');
	RETURN QUERY SELECT 'deleted', n || ' differ';
	SELECT count(*) INTO n FROM tick_verify('z', 'full');
	RETURN QUERY SELECT 'verify', n || ' problems';
	DROP VIEW t;
	DROP FOREIGN TABLE z;
END $$;
SET client_min_messages = warning;
SELECT zone, grain, day_start, count(*) FILTER (WHERE answer LIKE '0 %') AS right, string_agg(step || ': ' || answer, ', ') FILTER (WHERE answer NOT LIKE '0 %') AS wrong
	FROM (VALUES ('America/New_York', 'day', '0'), ('America/New_York', 'month', '0'), ('America/New_York', 'day', '17:00'), ('America/New_York', 'year', '18:00'), ('America/New_York', 'none', '-06:00'),
		('America/Sao_Paulo', 'day', '0'), ('America/Sao_Paulo', 'month', '00:30'), ('America/St_Johns', 'day', '0'), ('America/St_Johns', 'month', '0'), ('UTC', 'day', '09:00'), ('Asia/Kathmandu', 'day', '0'),
		('Australia/Lord_Howe', 'day', '0')) v(zone, grain, day_start),
	LATERAL (SELECT * FROM try(zone, grain, day_start)) t GROUP BY zone, grain, day_start ORDER BY zone, grain, day_start;
RESET client_min_messages;

-- bounds and conditions mean the same in any session
CREATE FOREIGN TABLE ny (day date OPTIONS (virtual 'date'), ts timestamptz OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price'), arrival int)
	SERVER tick OPTIONS (zone 'America/New_York');
INSERT INTO ny (ts, sym, price, arrival) SELECT ts, sym, price, arrival FROM heap ORDER BY arrival;
SELECT s.zone, (SELECT count(*) FROM ny WHERE ts >= '2021-11-07 00:00-04' AND ts < '2021-11-08 00:00-05') AS day,
	(SELECT count(*) FROM ny WHERE day = '2021-11-07') AS virtual, (SELECT count(*) FROM ny WHERE ts::date = '2021-11-07') AS cast,
	(SELECT count(*) FROM heap WHERE ts::date = '2021-11-07') AS heap_cast, (SELECT count(*) FROM ny WHERE ts >= timestamp '2021-11-07') - (SELECT count(*) FROM heap WHERE ts >= timestamp '2021-11-07') AS naive,
	(SELECT count(*) FROM tick_fetch(NULL::ny, 'S1', timestamp '2021-11-07', timestamp '2021-11-07 23:59:59.999999')) AS fetch,
	(SELECT count(*) FROM tick_fetch(NULL::ny, 'S1', date '2021-11-07', date '2021-11-07')) AS fetch_date,
	(SELECT sum(trades) FROM tick_bars('ny', '1 day', from_ts => date '2021-11-07', to_ts => date '2021-11-08')) AS bars
	FROM (SELECT z AS zone, set_config('timezone', z, false) FROM unnest('{UTC,America/New_York,Asia/Tokyo}'::text[]) z OFFSET 0) s;
SET timezone = 'UTC';
SELECT * FROM ny WHERE sym = 'S1' AND ts BETWEEN '2021-11-07 05:30+00' AND '2021-11-07 06:10+00' ORDER BY ts;
-- an hour comes twice, once in bars
SELECT ts, trades FROM tick_bars('ny', '30 minutes', '{S1}', timestamptz '2021-11-07 04:30+00', timestamptz '2021-11-07 08:00+00');
SELECT ts, trades FROM tick_bars('ny', '30 minutes', '{S1}', timestamptz '2021-03-14 06:00+00', timestamptz '2021-03-14 08:00+00', fill => 'null');
-- in another zone
SELECT ts, trades FROM tick_bars('ny', '1 day', '{S1}', timestamptz '2021-11-05 00:00+00', timestamptz '2021-11-07 00:00+00', time_zone => 'Asia/Tokyo');
SELECT (ts AT TIME ZONE 'Asia/Tokyo')::date, count(*) FROM heap WHERE sym = 'S1' AND ts >= '2021-11-05 00:00+00' AND ts < '2021-11-07 00:00+00' GROUP BY 1 ORDER BY 1;
SELECT * FROM tick_bars('ny', '1 day', time_zone => 'Mars/Base');
SELECT partition, first, last FROM tick.partitions WHERE dataset = 'ny'::regclass ORDER BY 1 LIMIT 5;
SELECT dataset, partition_by, zone, first, last FROM tick.datasets WHERE dataset = 'ny'::regclass;
-- INSERT takes a date that agrees, in the dataset's zone
INSERT INTO ny (day, ts, sym) VALUES ('2021-11-06', '2021-11-07 03:00+00', 'X'), ('2021-11-07', '2021-11-07 04:00+00', 'X');
INSERT INTO ny (day, ts, sym) VALUES ('2021-11-07', '2021-11-07 03:00+00', 'X');
-- zones stay
ALTER FOREIGN TABLE ny OPTIONS (SET zone 'UTC');
SELECT count(*) FROM ny;
INSERT INTO ny (ts, sym) VALUES ('2021-11-07 03:00+00', 'X');
SELECT count(*) FROM tick_daily_stats('ny');
ALTER FOREIGN TABLE ny OPTIONS (SET zone 'America/New_York');
SELECT count(*) > 0 FROM ny;
-- a naive dataset has no zone to speak of; a timestamptz without one has UTC
CREATE FOREIGN TABLE naive (day date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'), v int) SERVER tick OPTIONS (day_start '17:00');
INSERT INTO naive (ts, v) VALUES ('2021-01-04 16:59:59.999999', 1), ('2021-01-04 17:00', 2), ('2021-01-05 16:59', 3), ('2021-01-05 17:00', 4);
SELECT * FROM naive ORDER BY ts;
SELECT * FROM naive WHERE day = '2021-01-05';
SELECT partition, rows FROM tick.partitions WHERE dataset = 'naive'::regclass ORDER BY 1;
SELECT tick_delete('naive', '2021-01-05', '2021-01-05');
SELECT v FROM naive ORDER BY 1;
CREATE FOREIGN TABLE utc (day date OPTIONS (virtual 'date'), ts timestamptz OPTIONS (role 'time'), v int) SERVER tick;
SET timezone = 'Asia/Tokyo';
INSERT INTO utc (ts, v) VALUES ('2021-01-04 23:30+00', 1);
SELECT * FROM utc;

SET client_min_messages = warning;
DROP SCHEMA zones CASCADE;
