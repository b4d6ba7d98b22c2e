-- tick_daily_stats against GROUP BY over a heap.
CREATE SCHEMA stats;
SET search_path = stats, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET extra_float_digits = 1;

-- what the figures are, in SQL; open and close are the first and last price in (time, arrival)
CREATE TABLE heap (ts timestamp, sym text COLLATE "C", price float8, size bigint, kind text, arrival bigserial);
CREATE VIEW truth AS
	SELECT ts::date AS date, sym, kind,
		price, size, ts, arrival FROM heap;
CREATE FUNCTION expected(condition text DEFAULT 'true') RETURNS TABLE (date date, symbol text, open float8, high float8, low float8, close float8,
	volume numeric, vwap float8, trades bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT date, sym::text,
		(array_agg(price ORDER BY ts, arrival) FILTER (WHERE price IS NOT NULL))[1],
		max(price), min(price),
		(array_agg(price ORDER BY ts DESC, arrival DESC) FILTER (WHERE price IS NOT NULL))[1],
		sum(size)::numeric,
		(sum(price::numeric * size) FILTER (WHERE price IS NOT NULL AND size IS NOT NULL) / nullif(sum(size) FILTER (WHERE price IS NOT NULL), 0))::float8,
		count(*) FROM stats.truth WHERE %s GROUP BY date, sym', condition);
END $$;
-- vwap is a quotient of doubles: compared within 1e-12
CREATE FUNCTION differ(target regclass, condition text DEFAULT 'true', from_date date DEFAULT NULL, to_date date DEFAULT NULL, symbols text[] DEFAULT NULL)
	RETURNS TABLE (symbol text, date date, got text, want text) LANGUAGE sql AS $$
	SELECT coalesce(g.symbol, w.symbol), coalesce(g.date, w.date), g::text, w::text
	FROM tick_daily_stats(target, from_date, to_date, symbols) g
	FULL JOIN (SELECT * FROM expected(condition) e WHERE (symbols IS NULL OR e.symbol = ANY (symbols))
		AND (from_date IS NULL OR e.date >= from_date) AND (to_date IS NULL OR e.date <= to_date)) w
		ON g.date = w.date AND coalesce(g.symbol, '(null)') = coalesce(w.symbol, '(null)')
	WHERE (g.open, g.high, g.low, g.close, g.volume, g.trades) IS DISTINCT FROM (w.open, w.high, w.low, w.close, w.volume, w.trades)
		OR (g.vwap IS NULL) <> (w.vwap IS NULL) OR abs(g.vwap - w.vwap) > 1e-12 * abs(w.vwap) $$;

CREATE FOREIGN TABLE day (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size'), kind text) SERVER tick;
CREATE FOREIGN TABLE month (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size'), kind text) SERVER tick OPTIONS (partition_by 'month');
CREATE FOREIGN TABLE filtered (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size'), kind text) SERVER tick OPTIONS (stats_where $$kind IN ('TRADE', 'TRADE NB')$$);
CREATE FUNCTION fill(first int, last int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	seen bigint := (SELECT coalesce(max(arrival), 0) FROM stats.heap);
BEGIN
	INSERT INTO stats.heap (ts, sym, price, size, kind)
	SELECT timestamp '2021-01-04' + (i * 7919 % 400) * interval '15 minutes', CASE i % 11 WHEN 0 THEN NULL ELSE 'S' || i % 4 END,
		CASE i % 13 WHEN 0 THEN NULL ELSE 100 + i % 37 * 0.01 END, CASE i % 17 WHEN 0 THEN NULL ELSE i % 500 END,
		CASE i % 5 WHEN 0 THEN 'QUOTE' WHEN 1 THEN 'TRADE NB' WHEN 2 THEN NULL ELSE 'TRADE' END
	FROM generate_series(first, last) i ORDER BY i;
	INSERT INTO stats.day SELECT ts, sym, price, size, kind FROM stats.heap WHERE arrival > seen ORDER BY arrival;
	INSERT INTO stats.month SELECT ts, sym, price, size, kind FROM stats.heap WHERE arrival > seen ORDER BY arrival;
	INSERT INTO stats.filtered SELECT ts, sym, price, size, kind FROM stats.heap WHERE arrival > seen ORDER BY arrival;
END $$;

SELECT fill(1, 1000);
SELECT * FROM tick_daily_stats('day', '2021-01-04', '2021-01-04');
SELECT count(*) FROM tick_daily_stats('day');
SELECT * FROM differ('day');
SELECT * FROM differ('month');
SELECT * FROM differ('filtered', $$kind IN ('TRADE', 'TRADE NB')$$);
-- several segments a day
SELECT fill(1001, 1500), fill(1501, 1510);
SELECT * FROM differ('day');
SELECT * FROM differ('month');
SELECT * FROM differ('filtered', $$kind IN ('TRADE', 'TRADE NB')$$);
SELECT tick_finalize('day') > 0, tick_finalize('month') > 0, tick_finalize('filtered') > 0;
SELECT * FROM differ('day');
SELECT * FROM differ('month');
SELECT * FROM differ('filtered', $$kind IN ('TRADE', 'TRADE NB')$$);
-- parts of it
SELECT * FROM differ('day', 'true', '2021-01-05', '2021-01-06');
SELECT * FROM differ('month', 'true', '2021-01-05', '2021-01-06');
SELECT * FROM differ('day', 'true', NULL, '2021-01-04', '{S1,S3,S1,nosuch}');
SELECT * FROM differ('month', 'true', '2021-01-06', NULL, '{S1,S3,S1,nosuch}');
SELECT count(*) FROM tick_daily_stats('day', symbols => '{}');
SELECT count(*) FROM tick_daily_stats('month', symbols => '{}');
SELECT count(*) FROM tick_daily_stats('day', symbols => '{NULL}');
SELECT count(*) FROM tick_daily_stats('month', symbols => '{NULL}');
SELECT count(*) FROM tick_daily_stats('day', '2021-01-05', '2021-01-04');
SELECT count(*) FROM tick_daily_stats('month', '2031-01-05');
-- another stats_where: right at once, from summaries after finalize
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'size >= 100 AND size < 400');
SELECT * FROM differ('filtered', 'size >= 100 AND size < 400');
SELECT fill(2001, 2100);
SELECT * FROM differ('filtered', 'size >= 100 AND size < 400');
SELECT tick_finalize('filtered') > 0, tick_finalize('filtered');
SELECT * FROM differ('filtered', 'size >= 100 AND size < 400');
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'sym = ''S1'' OR kind IS NULL');
SELECT * FROM differ('filtered', 'sym = ''S1'' OR kind IS NULL');
SELECT tick_finalize('filtered') > 0;
SELECT * FROM differ('filtered', 'sym = ''S1'' OR kind IS NULL');
SELECT * FROM tick_verify('filtered', 'full');
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'false');
SELECT count(*) FROM tick_daily_stats('filtered');
ALTER FOREIGN TABLE filtered OPTIONS (DROP stats_where);
SELECT * FROM differ('filtered');
SELECT tick_finalize('filtered') > 0;
SELECT * FROM differ('filtered');
-- conditions that cannot be
ALTER FOREIGN TABLE filtered OPTIONS (ADD stats_where 'nosuch = 1');
SELECT count(*) FROM tick_daily_stats('filtered');
SELECT tick_finalize('filtered');
CREATE FUNCTION least_size() RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT 100';
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'size > least_size()');
SELECT * FROM tick_daily_stats('filtered');
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'price > size');
SELECT count(*) FROM tick_daily_stats('filtered');
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'ts > now()');
SELECT count(*) FROM tick_daily_stats('filtered');
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'price >');
SELECT count(*) FROM tick_daily_stats('filtered');
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'price > 1); DROP TABLE heap; --');
SELECT count(*) FROM tick_daily_stats('filtered');
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where '(SELECT true)');
SELECT count(*) FROM tick_daily_stats('filtered');
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'sum(price) > 1');
SELECT count(*) FROM tick_daily_stats('filtered');
ALTER FOREIGN TABLE filtered OPTIONS (SET stats_where 'price');
SELECT count(*) FROM tick_daily_stats('filtered');
-- rows still go in and out while it is wrong
SELECT count(*) FROM filtered WHERE sym = 'S1';

-- extremes of price and size
CREATE FOREIGN TABLE odd (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size float8 OPTIONS (role 'size')) SERVER tick;
INSERT INTO odd VALUES ('2021-01-04 09:30', 'NAN', 'NaN', 1), ('2021-01-04 09:31', 'NAN', 2, 1), ('2021-01-04 09:32', 'NAN', 1, 2),
	('2021-01-04 09:30', 'INF', 1, 1), ('2021-01-04 09:31', 'INF', 'inf', 1), ('2021-01-04 09:32', 'INF', '-inf', 1),
	('2021-01-04 09:30', 'ZERO', 5, 0), ('2021-01-04 09:31', 'ZERO', 6, 0), ('2021-01-04 09:30', 'NONE', NULL, NULL),
	('2021-01-04 09:30', 'SIZES', NULL, 5), ('2021-01-04 09:30', 'PRICES', 5, NULL), ('2021-01-04 09:30', 'TENTH', 0.1, 0.1), ('2021-01-04 09:31', 'TENTH', 0.2, 0.2),
	('2021-01-04 09:30', '', 7, 7), ('2021-01-04 09:30', NULL, 8, 8), ('2021-01-04 09:30', 'NEG', -37.63, 1000), ('2021-01-04 09:30', 'BIG', 1e300, 1e300);
SELECT symbol, volume > 1e299 AS large, CASE WHEN volume < 1e299 THEN volume END AS volume FROM tick_daily_stats('odd');
SELECT symbol, date, open, high, low, close, vwap, trades FROM tick_daily_stats('odd');
INSERT INTO odd VALUES ('2021-01-04 09:29', 'NAN', 3, 1), ('2021-01-04 09:33', 'NAN', 'NaN', 1), ('2021-01-04 09:29', 'NONE', 1, 1), ('2021-01-04 09:29', 'TENTH', 0.3, 0.3);
SELECT * FROM tick_daily_stats('odd', symbols => '{NAN,NONE,TENTH}');
SELECT tick_finalize('odd');
SELECT * FROM tick_daily_stats('odd', symbols => '{NAN,NONE,TENTH}');

-- integer and numeric prices
CREATE FOREIGN TABLE num (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price numeric(12,4) OPTIONS (role 'price'), size numeric(12,2) OPTIONS (role 'size')) SERVER tick;
INSERT INTO num SELECT timestamp '2021-01-04' + i * interval '1 minute', 'S' || i % 2, i % 7 + 0.1234, i % 5 + 0.25 FROM generate_series(1, 100) i;
INSERT INTO num SELECT timestamp '2021-01-04' + i * interval '1 minute', 'S' || i % 2, i % 7 + 0.1234, i % 5 + 0.25 FROM generate_series(101, 200) i;
SELECT * FROM tick_daily_stats('num');
SELECT sym, min(price), max(price), sum(size), sum(price * size) / sum(size) AS vwap, count(*) FROM num GROUP BY sym ORDER BY sym;
CREATE FOREIGN TABLE int (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price int OPTIONS (role 'price')) SERVER tick;
INSERT INTO int VALUES ('2021-01-04', 'A', 3), ('2021-01-04', 'A', 1), ('2021-01-04', 'A', 2);
SELECT * FROM tick_daily_stats('int');

-- bars roll up
CREATE FOREIGN TABLE bar (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	o float8 OPTIONS (role 'open'), h float8 OPTIONS (role 'high'), l float8 OPTIONS (role 'low'), c float8 OPTIONS (role 'close'), v bigint OPTIONS (role 'volume')) SERVER tick;
INSERT INTO bar VALUES ('2021-01-04 09:30', 'A', 10, 12, 9, 11, 100), ('2021-01-04 09:31', 'A', 11, 15, 10, 14, 200), ('2021-01-04 09:32', 'A', 14, 14, 8, 9, 300),
	('2021-01-05 09:30', 'A', 9, 9, 9, 9, NULL), ('2021-01-05 09:31', 'A', NULL, 9, 9, 9, 5);
SELECT * FROM tick_daily_stats('bar');
INSERT INTO bar VALUES ('2021-01-04 09:29', 'A', 1, 2, 0.5, 1, 7);
SELECT * FROM tick_daily_stats('bar');
SELECT tick_finalize('bar');
SELECT * FROM tick_daily_stats('bar');

-- without a symbol; without what it takes
CREATE FOREIGN TABLE lone (ts timestamp OPTIONS (role 'time'), price float8 OPTIONS (role 'price'), size int OPTIONS (role 'size')) SERVER tick;
INSERT INTO lone VALUES ('2021-01-04', 1, 10), ('2021-01-04', 2, 30);
INSERT INTO lone VALUES ('2021-01-04', 3, 40);
SELECT * FROM tick_daily_stats('lone');
CREATE FOREIGN TABLE quote (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", bid float8 OPTIONS (role 'bid'), ask float8 OPTIONS (role 'ask')) SERVER tick;
SELECT * FROM tick_daily_stats('quote');
SELECT * FROM tick_daily_stats(NULL);
SELECT * FROM tick_daily_stats('heap');
-- never stale within a transaction
BEGIN;
INSERT INTO lone VALUES ('2021-01-04', 9, 20);
SELECT * FROM tick_daily_stats('lone');
SELECT tick_delete('lone', '2021-01-04', '2021-01-04');
SELECT * FROM tick_daily_stats('lone');
ROLLBACK;
SELECT * FROM tick_daily_stats('lone');
-- a role given later, and taken away
ALTER FOREIGN TABLE lone ALTER COLUMN size OPTIONS (DROP role);
SELECT * FROM tick_daily_stats('lone');
ALTER FOREIGN TABLE lone ALTER COLUMN price OPTIONS (DROP role);
ALTER FOREIGN TABLE lone ALTER COLUMN size OPTIONS (ADD role 'price');
SELECT * FROM tick_daily_stats('lone');

SET client_min_messages = warning;
DROP SCHEMA stats CASCADE;
