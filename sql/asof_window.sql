-- Window joins: aggregates of the right rows around each left row

SET client_min_messages = warning;
CREATE FOREIGN TABLE aw_trade (
	ts    timestamp OPTIONS (role 'time', field 'Time'),
	sym   text OPTIONS (role 'symbol') COLLATE "C",
	price numeric(10,2)
) SERVER tick;
CREATE FOREIGN TABLE aw_quote (
	ts    timestamp OPTIONS (role 'time', field 'Time'),
	sym   text OPTIONS (role 'symbol') COLLATE "C",
	bid   numeric(10,2),
	ask   double precision,
	size  int,
	total bigint,
	venue text
) SERVER tick;
INSERT INTO aw_quote VALUES
	('2021-01-04 09:30:00', 'A', 10.00, 10.1, 100, 9000000000000000000, 'N'),
	('2021-01-04 09:30:05', 'A', 10.01, NULL, 200, 9000000000000000000, 'N'),
	('2021-01-04 09:30:10', 'A', NULL, 'NaN', 300, 5, 'N'),
	('2021-01-04 09:30:15', 'A', 9.99, 1e300, NULL, NULL, 'N'),
	('2021-01-05 09:30:00', 'A', 11.00, 11.1, 1, 1, 'N'),
	('2021-01-04 09:30:00', NULL, 1, 1, 1, 1, 'N');
INSERT INTO aw_trade VALUES
	('2021-01-04 09:29:59', 'A', 1), ('2021-01-04 09:30:08', 'A', 2), ('2021-01-04 09:30:10', 'A', 3),
	('2021-01-04 12:00', 'A', 4), ('2021-01-05 09:31', 'A', 5), ('2021-01-04 12:00', 'B', 6), ('2021-01-04 12:00', NULL, 7);

-- wj: what stood at the beginning of the window counts too
SELECT tick_create_window('aw_wj', 'aw_trade', 'aw_quote', '4 s', '0',
	'count(*), count(ask) AS asks, min(bid) AS low, max(bid) AS high, sum(size) AS size, avg(bid) AS bid, tick_first(bid, ts), tick_last(bid, ts), max(ts) AS at');
SELECT attname, format_type(atttypid, atttypmod), attfdwoptions FROM pg_attribute
	WHERE attrelid = 'aw_wj'::regclass AND attnum > 3 ORDER BY attnum;
SELECT * FROM aw_wj ORDER BY price;
-- wj1: rows of the window alone
SELECT tick_create_window('aw_wj1', 'aw_trade', 'aw_quote', '4 s', '0',
	'count(*), count(ask) AS asks, min(bid) AS low, max(bid) AS high, sum(size) AS size, avg(bid) AS bid, tick_first(bid, ts), tick_last(bid, ts), max(ts) AS at', false);
SELECT * FROM aw_wj1 ORDER BY price;
-- doubles that are no decimals, NaN, weights
SELECT tick_create_window('aw_odd', 'aw_trade', 'aw_quote', '1 day', '1 day', 'min(ask), max(ask), avg(ask), sum(ask), tick_vwap(bid, size), avg(size)');
SELECT * FROM aw_odd WHERE price IN (1, 5, 6) ORDER BY price;
SELECT price, avg FROM aw_odd WHERE min < 11 AND avg_size > 100 ORDER BY price;
SELECT count(*) FROM aw_odd WHERE sum IS NULL;
EXPLAIN (COSTS OFF) SELECT price, count FROM aw_wj WHERE sym = 'A' AND count > 1 ORDER BY sym, ts;
-- sums that are too large
SELECT tick_create_window('aw_large', 'aw_trade', 'aw_quote', '4 s', '0', 'sum(total)');
SELECT price, sum FROM aw_large WHERE price = 2;
SELECT price, sum FROM aw_large WHERE price = 5;

\set VERBOSITY terse
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', '4 s', '-5 s', 'count(*)');
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', NULL, '5 s', 'count(*)');
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', '4 s', '5 s', 'median(bid)');
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', '4 s', '5 s', 'max(bid + 1)');
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', '4 s', '5 s', 'max(venue)');
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', '4 s', '5 s', 'bid');
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', '4 s', '5 s', 'tick_last(bid, bid)');
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', '4 s', '5 s', 'count(DISTINCT bid)');
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', '4 s', '5 s', 'count(*), count(*)');
SELECT tick_create_window('aw_no', 'aw_trade', 'aw_quote', '4 s', '1 mon', 'count(*)');
DROP FOREIGN TABLE aw_quote;
\set VERBOSITY default
DROP FOREIGN TABLE aw_trade, aw_quote CASCADE;
