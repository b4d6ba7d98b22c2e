-- Derived datasets: the last right row of the same symbol at or before each left row

SET client_min_messages = warning;
CREATE FOREIGN TABLE at_trade (
	date  date OPTIONS (virtual 'date'),
	ts    timestamp OPTIONS (role 'time', field 'Time'),
	sym   text OPTIONS (role 'symbol') COLLATE "C",
	price numeric(10,2) OPTIONS (role 'price'),
	venue text
) SERVER tick;
CREATE FOREIGN TABLE at_quote (
	date  date OPTIONS (virtual 'date'),
	ts    timestamp OPTIONS (role 'time', field 'Time'),
	ts_ns bigint OPTIONS (field 'Time'),
	sym   text OPTIONS (role 'symbol') COLLATE "C",
	bid   numeric(10,2),
	ask   numeric(10,2),
	venue text
) SERVER tick;
INSERT INTO at_quote (ts, sym, bid, ask, venue) VALUES
	('2021-01-04 09:30', 'A', 10.00, 10.10, 'N'),
	('2021-01-04 09:30', 'A', 10.01, 10.11, NULL),	-- a tie: the last one wins
	('2021-01-04 09:32', 'A', NULL, 10.12, 'P'),
	('2021-01-04 09:31', NULL, 1, 2, 'N'),
	('2021-01-04 09:40', 'C', 30.00, 30.10, 'Q');
INSERT INTO at_quote (ts, sym, bid, ask, venue) VALUES
	('2021-01-04 09:31', 'A', 10.02, 10.13, 'N'),	-- in another segment, between the others
	('2021-01-05 09:30', 'A', 11.00, 11.10, 'N');
INSERT INTO at_trade (ts, sym, price, venue) VALUES
	('2021-01-04 09:29', 'A', 10.05, 'X'),
	('2021-01-04 09:30', 'A', 10.05, 'X'),
	('2021-01-04 09:33', 'A', 10.07, 'Y'),
	('2021-01-04 09:33', 'B', 20.00, 'X'),
	('2021-01-04 09:33', NULL, 1.50, 'X'),
	('2021-01-05 09:29', 'A', 10.90, 'X'),
	('2021-01-05 09:31', 'A', 11.05, 'Z'),
	('2021-01-06 10:00', 'C', 30.05, 'X');

-- aj
SELECT tick_create_asof('at_tq', 'at_trade', 'at_quote');
SELECT attname, format_type(atttypid, atttypmod), attfdwoptions FROM pg_attribute
	WHERE attrelid = 'at_tq'::regclass AND attnum > 0 ORDER BY attnum;
SELECT * FROM at_tq ORDER BY ts, sym;
-- strict: before the left time
SELECT tick_create_asof('at_strict', 'at_trade', 'at_quote', columns => 'bid', strict => true);
SELECT ts, sym, bid FROM at_strict ORDER BY ts, sym;
-- the age of a match
SELECT tick_create_asof('at_near', 'at_trade', 'at_quote', columns => 'bid, ts AS quoted', tolerance => '2 min');
SELECT ts, sym, bid, quoted FROM at_near ORDER BY ts, sym;
-- aj0: the time of the match
SELECT tick_create_asof('at_theirs', 'at_trade', 'at_quote', show_time => 'right');
SELECT date, ts, sym, price, bid FROM at_theirs ORDER BY price, sym;
-- nulls of the right side: the last value before, or the left column of the same name (ajf)
SELECT tick_create_asof('at_previous', 'at_trade', 'at_quote', fill => 'previous');
SELECT ts, sym, bid, ask, venue_right FROM at_previous ORDER BY ts, sym;
SELECT tick_create_asof('at_filled', 'at_trade', 'at_quote', fill => 'left');
SELECT ts, sym, bid, ask, venue, venue_right FROM at_filled ORDER BY ts, sym;

-- conditions on either side mean what they mean in a left join
SELECT ts, sym, bid FROM at_tq WHERE bid IS NULL ORDER BY ts, sym;
SELECT ts, sym, bid FROM at_tq WHERE bid < 10.02;
SELECT ts, sym, bid FROM at_tq WHERE price > ask OR venue_right = 'Q' ORDER BY ts;
SELECT ts, bid FROM at_tq WHERE date = '2021-01-05' AND sym = 'A' ORDER BY sym, ts;
SELECT ts, bid FROM at_tq WHERE ts > '2021-01-05 09:30' ORDER BY ts;
SELECT count(*), count(bid), sum(ask) FROM at_tq;
EXPLAIN (COSTS OFF) SELECT ts, bid FROM at_tq WHERE date = '2021-01-04' AND sym = 'A' AND ask > 10.1 ORDER BY ts;
EXPLAIN (COSTS OFF) SELECT ts, bid FROM at_tq WHERE sym = 'A' ORDER BY ts DESC;

-- aggregates are computed inside the scan
EXPLAIN (COSTS OFF) SELECT sym, count(*), count(bid), sum(ask - price) FROM at_tq WHERE ask > 10.1 GROUP BY sym;
SELECT sym, date, count(*), count(bid), sum(ask - price), tick_last(bid, ts) FROM at_tq GROUP BY sym, date ORDER BY 1, 2;
SELECT count(*), max(bid) FILTER (WHERE price < 11) FROM at_tq WHERE bid IS NOT NULL;
SELECT count(*) FROM at_tq;

-- it follows its sources, and their versions
SELECT tick_create_snapshot('at_then') > 0;
INSERT INTO at_quote (ts, sym, bid, ask) VALUES ('2021-01-04 09:28', 'A', 9, 9.5);
SELECT ts, bid FROM at_tq WHERE sym = 'A' LIMIT 1;
SET tick.as_of = 'at_then';
SELECT ts, bid FROM at_tq WHERE sym = 'A' LIMIT 1;
RESET tick.as_of;
ALTER FOREIGN TABLE at_quote RENAME COLUMN bid TO best_bid;
SELECT ts, bid FROM at_tq WHERE sym = 'A' LIMIT 1;
ALTER FOREIGN TABLE at_quote RENAME COLUMN best_bid TO bid;

-- a temporary one, and one over a dataview
SELECT tick_create_asof('pg_temp.at_mine', 'at_trade', 'at_quote', columns => '"ask"');
SELECT ts, ask FROM at_mine WHERE sym = 'A' LIMIT 1;
SELECT tick_create_dataview('at_quote_then', 'at_quote', 'at_then');
SELECT tick_create_asof('at_then', 'at_trade', 'at_quote_then', columns => 'bid');
SELECT ts, bid FROM at_then WHERE sym = 'A' LIMIT 1;

-- nothing but reading
\set VERBOSITY terse
INSERT INTO at_tq (ts) VALUES ('2021-01-04');
TRUNCATE at_tq;
SELECT tick_finalize('at_tq');
SELECT * FROM tick_bars('at_tq', '1 minute');
SELECT tick_create_dataview('at_view', 'at_tq');
ANALYZE at_tq;
-- what cannot be joined
CREATE FOREIGN TABLE at_local (ts timestamptz OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C") SERVER tick;
CREATE FOREIGN TABLE at_plain (ts timestamp OPTIONS (role 'time'), sym text COLLATE "C") SERVER tick;
CREATE FOREIGN TABLE at_timeless (sym text OPTIONS (role 'symbol') COLLATE "C") SERVER tick;
SELECT tick_create_asof('at_no', 'at_trade', 'at_local');
SELECT tick_create_asof('at_no', 'at_trade', 'at_plain');
SELECT tick_create_asof('at_no', 'at_timeless', 'at_quote');
SELECT tick_create_asof('at_no', 'at_tq', 'at_quote');
SELECT tick_create_asof('at_no', 'at_trade', 'pg_class');
SELECT tick_create_asof('at_no', 'at_trade', 'at_quote', columns => 'bid FROM x');
SELECT tick_create_asof('at_no', 'at_trade', 'at_quote', columns => 'bid, price');
SELECT tick_create_asof('at_no', 'at_trade', 'at_quote', columns => 'bid + 1');
SELECT tick_create_asof('at_no', 'at_trade', 'at_quote', columns => 'date');
SELECT tick_create_asof('at_no', 'at_trade', 'at_quote', columns => 'bid AS price');
SELECT tick_create_asof('at_no', 'at_trade', 'at_quote', tolerance => '1 month');
SELECT tick_create_asof('at_no', 'at_trade', 'at_quote', tolerance => '-1 s');
SELECT tick_create_asof('at_no', 'at_trade', 'at_quote', show_time => 'both');
SELECT tick_create_asof('at_no', 'at_trade', 'at_quote', fill => 'zero');
SELECT tick_create_asof(NULL, 'at_trade', 'at_quote');
\set VERBOSITY default

-- sources stay while something reads them
DROP FOREIGN TABLE at_trade;
-- rights: as with a view, the owner's on the sources, the reader's on the derived dataset
CREATE ROLE at_reader;
GRANT SELECT ON at_tq TO at_reader;
SET ROLE at_reader;
SELECT count(bid) FROM at_tq;
SELECT count(*) FROM at_quote;
SELECT tick_create_asof('pg_temp.at_own', 'at_trade', 'at_quote');
RESET ROLE;
ALTER FOREIGN TABLE at_tq OWNER TO at_reader;
SELECT count(bid) FROM at_tq;
DROP OWNED BY at_reader;
DROP ROLE at_reader;
SELECT tick_drop_snapshot('at_then');
DROP FOREIGN TABLE at_then, at_quote_then;
SELECT tick_drop_snapshot('at_then');
DROP FOREIGN TABLE at_trade, at_quote, at_local, at_plain, at_timeless CASCADE;
