-- tick_bars against date_bin over a heap.
CREATE SCHEMA bars;
SET search_path = bars, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET extra_float_digits = 1;

CREATE TABLE heap (arrival serial, ts timestamp, sym text COLLATE "C", price float8, size bigint, kind text);
INSERT INTO heap (ts, sym, price, size, kind)
	SELECT timestamp '2021-01-04 09:30' + (i * 7919 % 5000) * interval '37.000001 seconds', CASE i % 11 WHEN 0 THEN NULL ELSE 'S' || i % 3 END,
		CASE i % 29 WHEN 0 THEN NULL ELSE 100 + i % 37 * 0.01 END, i % 500, CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 'A' ELSE 'B' END FROM generate_series(1, 4000) i;
CREATE FOREIGN TABLE tape (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size'), kind text) SERVER tick;
INSERT INTO tape SELECT ts, sym, price, size, kind FROM heap WHERE arrival <= 2000 ORDER BY arrival;
INSERT INTO tape SELECT ts, sym, price, size, kind FROM heap WHERE arrival > 2000 ORDER BY arrival;

CREATE FUNCTION expected(bin text, condition text DEFAULT 'true', groups text DEFAULT 'NULL::text[]') RETURNS TABLE (symbol text, ts timestamp,
	open float8, high float8, low float8, close float8, volume numeric, vwap float8, trades bigint, by_values text[]) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT sym::text, %s, (array_agg(price ORDER BY ts, arrival) FILTER (WHERE price IS NOT NULL))[1], max(price), min(price),
		(array_agg(price ORDER BY ts DESC, arrival DESC) FILTER (WHERE price IS NOT NULL))[1], sum(size)::numeric,
		(sum(price::numeric * size) / nullif(sum(size) FILTER (WHERE price IS NOT NULL), 0))::float8, count(*), %s
		FROM bars.heap WHERE %s GROUP BY 1, 2, 10', bin, groups, condition);
END $$;
-- rows that only one of two queries has
CREATE FUNCTION differ(got text, want text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (
		(SELECT symbol, ts, open, high, low, close, volume, round(vwap::numeric, 8), trades, by_values FROM (%1$s) g
			EXCEPT ALL SELECT symbol, ts, open, high, low, close, volume, round(vwap::numeric, 8), trades, by_values FROM (%2$s) w)
		UNION ALL (SELECT symbol, ts, open, high, low, close, volume, round(vwap::numeric, 8), trades, by_values FROM (%2$s) w
			EXCEPT ALL SELECT symbol, ts, open, high, low, close, volume, round(vwap::numeric, 8), trades, by_values FROM (%1$s) g)) x', got, want) INTO n;
	RETURN n;
END $$;

SELECT * FROM tick_bars('tape', '8 hours', '{S1}');
SELECT width, differ(format('SELECT * FROM tick_bars(''tape'', %L)', width), format('SELECT * FROM expected(%L)', bin))
FROM (SELECT w AS width, format('date_bin(%L, ts, ''2001-01-01'')', w) AS bin
	FROM unnest('{1 microsecond,1 millisecond,0.5 seconds,1 second,37 seconds,1 minute,7 minutes,1 hour,90 minutes,1 day,3 days,7 days,1 week,100 hours}'::text[]) w
	UNION ALL VALUES ('1 month', 'date_trunc(''month'', ts)'), ('3 months', 'date_trunc(''quarter'', ts)'), ('1 year', 'date_trunc(''year'', ts)'), ('10 years', 'timestamp ''2021-01-01''')) w;
SELECT ts, extract(isodow FROM ts) FROM tick_bars('tape', '1 week', '{S1}');
-- bounds, symbols, filters, stats_where
SELECT differ($$SELECT * FROM tick_bars('tape', '1 hour', '{S2,S0}', timestamp '2021-01-04 10:10', timestamp '2021-01-04 12:00')$$,
	$$SELECT * FROM expected('date_trunc(''hour'', ts)', 'sym IN (''S0'', ''S2'') AND ts >= ''2021-01-04 10:10'' AND ts < ''2021-01-04 12:00''')$$);
SELECT differ($$SELECT * FROM tick_bars('tape', '1 hour', NULL, '2021-01-04 10:10'::text, date '2021-01-05')$$,
	$$SELECT * FROM expected('date_trunc(''hour'', ts)', 'ts >= ''2021-01-04 10:10'' AND ts < ''2021-01-05''')$$);
SELECT differ($$SELECT * FROM tick_bars('tape', '1 hour', from_ts => '-infinity'::timestamp, to_ts => 'infinity'::timestamp)$$,
	$$SELECT * FROM expected('date_trunc(''hour'', ts)')$$);
SELECT differ($$SELECT * FROM tick_bars('tape', '1 hour', from_ts => timestamp '0044-01-01 BC', to_ts => timestamp '9999-01-01')$$,
	$$SELECT * FROM expected('date_trunc(''hour'', ts)')$$);
SELECT count(*) FROM tick_bars('tape', '1 hour', from_ts => 'infinity'::timestamp);
SELECT count(*) FROM tick_bars('tape', '1 hour', to_ts => '-infinity'::timestamp);
SELECT count(*) FROM tick_bars('tape', '1 hour', from_ts => timestamp '2021-01-05', to_ts => timestamp '2021-01-05');
SELECT count(*) FROM tick_bars('tape', '1 hour', symbols => '{}');
SELECT count(*) FROM tick_bars('tape', '1 hour', symbols => '{nosuch,NULL}');
SELECT differ($$SELECT * FROM tick_bars('tape', '1 hour', filter => 'kind = ''A'' AND size > 100')$$,
	$$SELECT * FROM expected('date_trunc(''hour'', ts)', 'kind = ''A'' AND size > 100')$$);
SELECT differ($$SELECT * FROM tick_bars('tape', '1 hour', filter => 'kind IS NULL OR sym = ''S1''')$$,
	$$SELECT * FROM expected('date_trunc(''hour'', ts)', 'kind IS NULL OR sym = ''S1''')$$);
SELECT differ($$SELECT * FROM tick_bars('tape', '15 minutes') WHERE ts::time >= '10:00' AND ts::time < '16:00'$$,
	$$SELECT * FROM expected('date_bin(''15 minutes'', ts, ''2001-01-01'')', 'ts::time >= ''10:00'' AND ts::time < ''16:00''')$$);
ALTER FOREIGN TABLE tape OPTIONS (ADD stats_where 'kind = ''B''');
SELECT differ($$SELECT * FROM tick_bars('tape', '1 hour')$$, $$SELECT * FROM expected('date_trunc(''hour'', ts)', 'kind = ''B''')$$);
SELECT differ($$SELECT * FROM tick_bars('tape', '1 hour', filter => 'size < 50')$$,
	$$SELECT * FROM expected('date_trunc(''hour'', ts)', 'kind = ''B'' AND size < 50')$$);
ALTER FOREIGN TABLE tape OPTIONS (DROP stats_where);
-- by
SELECT differ($$SELECT * FROM tick_bars('tape', '1 hour', by => '{kind}')$$,
	$$SELECT * FROM expected('date_trunc(''hour'', ts)', 'true', 'ARRAY[kind]')$$);
SELECT differ($$SELECT * FROM tick_bars('tape', '1 day', by => '{kind,size,price}', filter => 'size < 5')$$,
	$$SELECT * FROM expected('date_trunc(''day'', ts)', 'size < 5', 'ARRAY[kind, size::text, price::text]')$$);
SELECT differ($$SELECT * FROM tick_bars('tape', '1 day', by => '{}')$$, $$SELECT * FROM expected('date_trunc(''day'', ts)')$$);
SELECT * FROM tick_bars('tape', '1 day', by => '{nosuch}');
SELECT * FROM tick_bars('tape', '1 day', by => '{kind,NULL}');
SELECT * FROM tick_bars('tape', '1 day', by => '{kind}', fill => 'null');
-- finalized it is the same
SELECT tick_finalize('tape') > 0;
SELECT differ($$SELECT * FROM tick_bars('tape', '1 minute')$$, $$SELECT * FROM expected('date_bin(''1 minute'', ts, ''2001-01-01'')')$$);

-- fill
CREATE FOREIGN TABLE gaps (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size')) SERVER tick;
INSERT INTO gaps VALUES ('2021-01-04 09:30', 'A', 1, 1), ('2021-01-04 09:33', 'A', 2, 2), ('2021-01-04 23:59', 'A', 3, 3), ('2021-01-05 00:02', 'A', 4, 4), ('2021-01-05 00:04', 'A', 5, 5),
	('2021-01-05 00:01', 'B', NULL, 1), ('2021-01-05 00:03', 'B', 7, 1), ('2021-01-05 00:05', 'B', NULL, 1), ('2021-01-05 00:07', 'B', 8, 1);
SELECT * FROM tick_bars('gaps', '1 minute', from_ts => timestamp '2021-01-05');
SELECT * FROM tick_bars('gaps', '1 minute', from_ts => timestamp '2021-01-05', fill => 'previous');
SELECT * FROM tick_bars('gaps', '1 minute', from_ts => timestamp '2021-01-05', fill => 'null');
SELECT ts::date, count(*), sum(trades), sum(volume) FROM tick_bars('gaps', '1 minute', '{A}', fill => 'previous') GROUP BY 1 ORDER BY 1;
SELECT * FROM tick_bars('gaps', '1 day', fill => 'previous');
SELECT * FROM tick_bars('gaps', '1 minute', fill => 'next');

-- bars of bars
CREATE FOREIGN TABLE fine (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	o float8 OPTIONS (role 'open'), h float8 OPTIONS (role 'high'), l float8 OPTIONS (role 'low'), c float8 OPTIONS (role 'close'), v bigint OPTIONS (role 'volume')) SERVER tick;
INSERT INTO fine SELECT ts, symbol, open, high, low, close, volume FROM tick_bars('tape', '1 minute') WHERE open IS NOT NULL;
SELECT count(*) FROM (SELECT symbol, ts, open, high, low, close FROM tick_bars('fine', '1 hour') EXCEPT ALL SELECT symbol, ts, open, high, low, close FROM tick_bars('tape', '1 hour')) x;
SELECT sum(volume) = (SELECT sum(v) FROM fine) FROM tick_bars('fine', '1 hour');

-- refused
SELECT * FROM tick_bars('tape', '0 seconds');
SELECT * FROM tick_bars('tape', '-1 minute');
SELECT * FROM tick_bars('tape', '1 month 1 day');
SELECT * FROM tick_bars('tape', '300 years 1 second');
SELECT count(*) > 0 FROM tick_bars('tape', '300 years');
SELECT count(*) > 0 FROM tick_bars('tape', '1000 years');
SELECT count(*) > 0 FROM tick_bars('tape', '1000 years 1 month');
SELECT count(*) > 0 FROM tick_bars('tape', '178000000 years');
SELECT count(*) > 0 FROM tick_bars('tape', '2000000000 days');
SELECT count(*) > 0 FROM tick_bars('tape', '-1 month');
SELECT count(*) > 0 FROM tick_bars('tape', '100000 days');
SELECT count(*) > 0 FROM tick_bars('tape', '2000000 days');
SELECT * FROM tick_bars('tape', NULL);
SELECT * FROM tick_bars(NULL, '1 day');
SELECT * FROM tick_bars('heap', '1 day');
SELECT * FROM tick_bars('tape', '1 day', from_ts => 5);
SELECT * FROM tick_bars('tape', '1 day', from_ts => 'yesterdayish');
SELECT * FROM tick_bars('tape', '1 day', time_zone => 'America/New_York');
SELECT * FROM tick_bars('tape', '1 day', calendar => 'nyse');
SELECT * FROM tick_bars('tape', '1 day', filter => 'nosuch > 1');
SELECT * FROM tick_bars('tape', '1 day', filter => 'price > size');
SELECT * FROM tick_bars('tape', '1 day', filter => '1');
SELECT count(*) > 0 FROM tick_bars('tape', '1 day', filter => 'ts < now()');

SET client_min_messages = warning;
DROP SCHEMA bars CASCADE;
