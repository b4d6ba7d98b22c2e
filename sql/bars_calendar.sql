-- tick_bars within the sessions of a calendar, against sessions joined to a heap.
CREATE SCHEMA bars_calendar;
SET search_path = bars_calendar, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET extra_float_digits = 1;

-- what the table takes
INSERT INTO tick.calendar (name, weekdays, open, close, time_zone) VALUES ('XNYS', '{1,2,3,4,5}', '09:30', '16:00', 'America/New_York');
INSERT INTO tick.calendar (name, date, open, close, comment) VALUES ('XNYS', '2021-11-26', '09:30', '13:00', 'day after Thanksgiving'),
	('XNYS', '2021-11-25', NULL, NULL, 'Thanksgiving');
INSERT INTO tick.calendar (name, date) VALUES ('XNYS', '2021-11-25');
INSERT INTO tick.calendar (name, open, close) VALUES ('XNYS', '09:30', '16:00');
INSERT INTO tick.calendar (name, date, weekdays, open, close) VALUES ('XNYS', '2021-11-29', '{1}', '09:30', '16:00');
INSERT INTO tick.calendar (name, weekdays, open, close) VALUES ('XNYS', '{0}', '09:30', '16:00');
INSERT INTO tick.calendar (name, weekdays, open, close) VALUES ('XNYS', '{1,NULL}', '09:30', '16:00');
INSERT INTO tick.calendar (name, weekdays) VALUES ('XNYS', '{1}');
INSERT INTO tick.calendar (name, date, open) VALUES ('XNYS', '2021-11-29', '09:30');
INSERT INTO tick.calendar (name, date) VALUES ('XNYS', 'infinity');
INSERT INTO tick.calendar (name, weekdays, open, close) VALUES ('XNYS', '{6}', '09:30', '00:00');
-- lunch; a session that begins the evening before; the whole day; without a zone
INSERT INTO tick.calendar (name, weekdays, open, close, time_zone) VALUES ('XTKS', '{1,2,3,4,5}', '09:00', '11:30', 'Asia/Tokyo'), ('XTKS', '{1,2,3,4,5}', '12:30', '15:00', 'Asia/Tokyo'),
	('GLBX', '{1,2,3,4,5}', '17:00', '16:00', 'America/Chicago'), ('ALL', '{1,2,3,4,5,6,7}', '00:00', '24:00', 'America/New_York'), ('HERE', '{1,2,3,4,5,6,7}', '00:30', '23:15', NULL);

-- rows every 97 seconds, from before a Thanksgiving to the Monday after it, at New York times
CREATE TABLE heap (ts timestamptz, sym text COLLATE "C", price float8, size bigint);
INSERT INTO heap SELECT timestamptz '2021-11-24 00:00 America/New_York' + i * interval '97.000001 seconds', 'S' || i % 2, 100 + i * 7919 % 37 * 0.01, i % 500 FROM generate_series(0, 5000) i;
-- and through both nights when clocks change
INSERT INTO heap SELECT timestamptz '2021-03-13 12:00 America/New_York' + i * interval '61.000001 seconds', 'SPRING', 100 + i * 7919 % 37 * 0.01, i % 500 FROM generate_series(0, 3000) i;
INSERT INTO heap SELECT timestamptz '2021-11-06 12:00 America/New_York' + i * interval '61.000001 seconds', 'AUTUMN', 100 + i * 7919 % 37 * 0.01, i % 500 FROM generate_series(0, 3000) i;
INSERT INTO heap VALUES ('2021-11-26 09:30 America/New_York', 'EDGE', 1, 1), ('2021-11-26 12:59:59.999999 America/New_York', 'EDGE', 2, 1), ('2021-11-26 13:00 America/New_York', 'EDGE', 3, 1),
	('2021-11-26 09:29:59.999999 America/New_York', 'EDGE', 4, 1);
CREATE FOREIGN TABLE zoned (ts timestamptz OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size')) SERVER tick OPTIONS (zone 'Europe/London');
INSERT INTO zoned SELECT * FROM heap ORDER BY ts;
CREATE FOREIGN TABLE naive (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size')) SERVER tick;
INSERT INTO naive SELECT ts AT TIME ZONE 'America/New_York', sym, price, size FROM heap ORDER BY ts;

CREATE FUNCTION sessions(calendar text, zone text) RETURNS TABLE (day date, open timestamptz, close timestamptz) LANGUAGE sql AS $$
	SELECT d::date, (CASE WHEN c.open < c.close THEN d ELSE d - interval '1 day' END + c.open) AT TIME ZONE zone, (d + c.close) AT TIME ZONE zone
	FROM generate_series(timestamp '2021-03-12', timestamp '2021-12-01', '1 day') d, tick.calendar c
	WHERE to_char(d, 'MM-DD') NOT BETWEEN '03-18' AND '11-04' AND to_char(d, 'MM-DD') NOT BETWEEN '11-11' AND '11-22' AND c.name = calendar AND c.open IS NOT NULL AND (c.date = d::date OR (extract(isodow FROM d)::int2 = ANY (c.weekdays)
		AND NOT EXISTS (SELECT FROM tick.calendar x WHERE x.name = calendar AND x.date = d::date)))
$$;
-- bars of an expression over session s and local time l (and its open o), local to a zone
CREATE FUNCTION expected(calendar text, zone text, stamp_zone text, bin text) RETURNS TABLE (symbol text, ts timestamp, open float8, high float8, low float8, close float8, volume numeric, trades bigint)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT sym::text, %s, (array_agg(price ORDER BY h.ts))[1], max(price), min(price), (array_agg(price ORDER BY h.ts DESC))[1], sum(size)::numeric, count(*)
		FROM bars_calendar.heap h JOIN bars_calendar.sessions(%L, %L) s ON h.ts >= s.open AND h.ts < s.close,
		LATERAL (SELECT h.ts AT TIME ZONE %L AS l, s.open AT TIME ZONE %L AS o) x GROUP BY 1, 2', bin, calendar, zone, stamp_zone, stamp_zone);
END $$;
CREATE FUNCTION differ(got text, want text, OUT bars bigint, OUT differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TEMP TABLE got AS SELECT symbol, ts, open, high, low, close, volume, trades FROM (%s) g', got);
	EXECUTE format('CREATE TEMP TABLE want AS SELECT * FROM (%s) w', want);
	SELECT count(*) FROM got INTO bars;
	SELECT count(*) FROM ((TABLE got EXCEPT ALL TABLE want) UNION ALL (TABLE want EXCEPT ALL TABLE got)) x INTO differ;
	DROP TABLE got, want;
END $$;

SELECT symbol, ts, trades FROM tick_bars('zoned', '1 hour', '{S0,EDGE}', calendar => 'XNYS', from_ts => '2021-11-24'::date) ORDER BY 1, 2;
SELECT name, width, stamps, (differ(format('SELECT * FROM tick_bars(''zoned'', %L, calendar => %L, time_zone => %L)', width, name, stamps),
	format('SELECT * FROM expected(%L, %L, %L, %L)', name, zone, coalesce(stamps, zone), format('o + floor(extract(epoch FROM l - o) / extract(epoch FROM interval %1$L)) * interval %1$L', width)))).*
FROM (VALUES ('XNYS', 'America/New_York'), ('XTKS', 'Asia/Tokyo'), ('GLBX', 'America/Chicago'), ('ALL', 'America/New_York'), ('HERE', 'Europe/London')) c (name, zone),
	unnest('{1 minute,7 minutes,1 hour,5 hours}'::text[]) width, unnest('{NULL,UTC}'::text[]) stamps
ORDER BY 1, 3 NULLS FIRST, width::interval;
SELECT name, width, (differ(format('SELECT * FROM tick_bars(''zoned'', %L, calendar => %L)', width, name), format('SELECT * FROM expected(%L, %L, %L, %L)', name, zone, zone, bin))).*
FROM (VALUES ('XNYS', 'America/New_York'), ('XTKS', 'Asia/Tokyo'), ('GLBX', 'America/Chicago')) c (name, zone),
	(VALUES ('1 day', 'day::timestamp'), ('1 week', 'date_trunc(''week'', day::timestamp)'), ('1 month', 'date_trunc(''month'', day::timestamp)')) w (width, bin) ORDER BY 1, 2;
-- without a zone the stamps are the calendar's local time
SELECT (differ('SELECT * FROM tick_bars(''naive'', ''13 minutes'', ''{S0,S1,EDGE}'', calendar => ''XNYS'')',
	'SELECT symbol, ts, open, high, low, close, volume, trades FROM tick_bars(''zoned'', ''13 minutes'', ''{S0,S1,EDGE}'', calendar => ''XNYS'')')).*;
-- days of a dataset by date
CREATE FOREIGN TABLE days (ts date OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price')) SERVER tick;
INSERT INTO days SELECT d, 'A', 1 FROM generate_series(date '2021-11-22', date '2021-11-30', '1 day') d;
SELECT ts, trades FROM tick_bars('days', '1 day', calendar => 'XNYS');
SELECT ts, trades FROM tick_bars('days', '1 week', calendar => 'XNYS');
SELECT ts, trades FROM tick_bars('days', '1 hour', calendar => 'XTKS', to_ts => '2021-11-24'::date);

-- clocks that change: the hour that comes twice is one, the one that is skipped is none
SELECT symbol, ts, trades FROM tick_bars('zoned', '30 minutes', '{SPRING,AUTUMN}', calendar => 'ALL') WHERE ts::time >= '00:30' AND ts::time < '03:30'
	AND ts::date IN ('2021-03-14', '2021-11-07') ORDER BY 1, 2;
SELECT width, (differ(format('SELECT * FROM tick_bars(''zoned'', %L, ''{SPRING,AUTUMN}'', time_zone => ''America/New_York'')', width),
	format($$SELECT sym, date_bin(%L, ts AT TIME ZONE 'America/New_York', '2001-01-01'), (array_agg(price ORDER BY ts))[1] AS o, max(price), min(price), (array_agg(price ORDER BY ts DESC))[1] AS c,
		sum(size), count(*) FROM bars_calendar.heap WHERE sym IN ('SPRING', 'AUTUMN') GROUP BY 1, 2$$, width))).* FROM unnest('{1 minute,7 minutes,43 minutes,5 hours,1 day}'::text[]) width;
CREATE FOREIGN TABLE nights (ts timestamptz OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size')) SERVER tick OPTIONS (zone 'America/New_York');
INSERT INTO nights SELECT ts, night, 1, 1 FROM (VALUES ('SPRING', timestamptz '2021-03-14 01:15 America/New_York'), ('SPRING', '2021-03-14 03:45 America/New_York'),
	('AUTUMN', '2021-11-07 00:45 America/New_York'), ('AUTUMN', '2021-11-07 01:10-04'), ('AUTUMN', '2021-11-07 01:10-05'), ('AUTUMN', '2021-11-07 02:40 America/New_York')) x (night, ts);
SELECT symbol, ts, close, trades FROM tick_bars('nights', '30 minutes', fill => 'previous');
SELECT symbol, ts, close, trades FROM tick_bars('nights', '30 minutes', fill => 'previous', calendar => 'ALL');
SELECT symbol, ts, close, trades FROM tick_bars('nights', '90 minutes', '{SPRING}', fill => 'previous', calendar => 'ALL');

-- fill stays within the sessions of a day
CREATE FOREIGN TABLE gaps (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size')) SERVER tick;
INSERT INTO gaps VALUES ('2021-11-24 10:35', 'A', 1, 1), ('2021-11-24 13:10', 'A', 2, 1), ('2021-11-25 09:00', 'A', 3, 1), ('2021-11-25 10:01', 'A', 4, 1), ('2021-11-26 12:00', 'A', 5, 1),
	('2021-11-24 09:10', 'B', NULL, 1), ('2021-11-24 10:10', 'B', 7, 1), ('2021-11-23 17:10', 'N', 8, 1), ('2021-11-23 18:40', 'N', 9, 1), ('2021-11-24 00:40', 'N', 10, 1), ('2021-11-24 16:40', 'N', 11, 1);
SELECT symbol, ts, close, volume, trades FROM tick_bars('gaps', '30 minutes', '{A,B}', calendar => 'XTKS', fill => 'previous');
SELECT symbol, ts, close, volume, trades FROM tick_bars('gaps', '40 minutes', '{A}', calendar => 'XTKS', fill => 'null', to_ts => '2021-11-25'::date);
SELECT symbol, ts, close, volume, trades FROM tick_bars('gaps', '1 hour', '{N}', calendar => 'GLBX', fill => 'previous');
SELECT count(*), min(ts), max(ts) FROM tick_bars('gaps', '1 day', '{A}', calendar => 'XTKS', fill => 'previous');
SELECT count(*) FROM tick_bars('gaps', '1 millisecond', '{A}', calendar => 'XTKS', fill => 'null');

-- bounds, by and filter with it
SELECT symbol, ts, trades FROM tick_bars('gaps', '1 hour', '{A}', calendar => 'XTKS', from_ts => timestamp '2021-11-25 10:00');
SELECT count(*) FROM tick_bars('gaps', '1 hour', calendar => 'XTKS', from_ts => timestamp '2021-11-27', to_ts => timestamp '2021-11-29');
SELECT symbol, ts, trades, by_values FROM tick_bars('gaps', '1 hour', '{A}', calendar => 'XTKS', by => '{size}', filter => 'price > 3');

-- refused
SELECT * FROM tick_bars('gaps', '1 hour', calendar => 'nosuch');
SELECT * FROM tick_bars('gaps', '36 hours', calendar => 'XTKS');
INSERT INTO tick.calendar (name, weekdays, open, close, time_zone) VALUES ('BAD', '{1,2,3,4,5}', '09:00', '12:30', 'Asia/Tokyo'), ('BAD', '{3}', '12:00', '15:00', 'Asia/Tokyo');
SELECT * FROM tick_bars('gaps', '1 hour', calendar => 'BAD');
UPDATE tick.calendar SET time_zone = 'UTC', open = '13:00' WHERE name = 'BAD' AND weekdays = '{3}';
SELECT * FROM tick_bars('gaps', '1 hour', calendar => 'BAD');
UPDATE tick.calendar SET time_zone = 'Mars/Base' WHERE name = 'BAD';
SELECT * FROM tick_bars('gaps', '1 hour', calendar => 'BAD');
-- everybody reads calendars, the owner writes
CREATE ROLE regress_tick_calendar;
GRANT USAGE ON SCHEMA bars_calendar TO regress_tick_calendar;
GRANT SELECT ON gaps TO regress_tick_calendar;
SET ROLE regress_tick_calendar;
SELECT date, open, close FROM tick.calendar WHERE name = 'XNYS' ORDER BY date;
SELECT count(*) FROM tick_bars('gaps', '1 hour', calendar => 'XTKS');
INSERT INTO tick.calendar (name, date) VALUES ('XNYS', '2021-12-24');
DELETE FROM tick.calendar;
RESET ROLE;
GRANT INSERT ON tick.calendar TO regress_tick_calendar;
SET ROLE regress_tick_calendar;
BEGIN;
INSERT INTO tick.calendar (name, date) VALUES ('XTKS', '2021-11-24');
SELECT count(*) FROM tick_bars('gaps', '1 hour', calendar => 'XTKS');
ROLLBACK;
RESET ROLE;
REVOKE INSERT ON tick.calendar FROM regress_tick_calendar;

SET client_min_messages = warning;
DELETE FROM tick.calendar;
DROP SCHEMA bars_calendar CASCADE;
DROP ROLE regress_tick_calendar;
