--
-- Options of datasets and of their columns
--
CREATE FOREIGN TABLE opt_bad (ts timestamp) SERVER tick OPTIONS (partition_bye 'day');
CREATE FOREIGN TABLE opt_bad (ts timestamp) SERVER tick OPTIONS (partition_by '');
CREATE FOREIGN TABLE opt_bad (ts timestamp) SERVER tick OPTIONS (zone 'Mars/Olympus');
CREATE FOREIGN TABLE opt_bad (ts timestamp) SERVER tick OPTIONS (day_start '2 days');
CREATE FOREIGN TABLE opt_bad (ts timestamp) SERVER tick OPTIONS (dataset 'public.x', zone 'UTC');
CREATE FOREIGN TABLE opt_bad (ts timestamp OPTIONS (role 'clock')) SERVER tick;
CREATE FOREIGN TABLE opt_bad (ts timestamp OPTIONS (rolle 'time')) SERVER tick;
CREATE FOREIGN TABLE opt_bad (d date OPTIONS (virtual 'day')) SERVER tick;
CREATE FOREIGN TABLE opt_bad (d date OPTIONS (virtual 'date', role 'time')) SERVER tick;
CREATE FOREIGN TABLE opt_bad (ts timestamp OPTIONS (field '')) SERVER tick;
CREATE SERVER opt_server FOREIGN DATA WRAPPER tick_fdw OPTIONS (host 'x');
CREATE USER MAPPING FOR CURRENT_USER SERVER tick OPTIONS (password 'x');

-- contradictions between columns show when the dataset is used
CREATE FOREIGN TABLE opt_two_times (a timestamp OPTIONS (role 'time'), b timestamp OPTIONS (role 'time')) SERVER tick;
SELECT * FROM opt_two_times;
CREATE FOREIGN TABLE opt_type (ts timestamp OPTIONS (role 'time'), j jsonb) SERVER tick;
SELECT * FROM opt_type;
CREATE FOREIGN TABLE opt_symbol (ts timestamp OPTIONS (role 'time'), sym int OPTIONS (role 'symbol')) SERVER tick;
SELECT * FROM opt_symbol;
CREATE FOREIGN TABLE opt_date (d date OPTIONS (virtual 'date'), x int) SERVER tick;
SELECT * FROM opt_date;
CREATE FOREIGN TABLE opt_grain (x int, y text) SERVER tick OPTIONS (partition_by 'y');
SELECT * FROM opt_grain;

-- an empty dataset is just empty
CREATE FOREIGN TABLE opt_good (date date OPTIONS (virtual 'date'), ts timestamptz OPTIONS (role 'time', field 'Time'),
	ts_ns bigint OPTIONS (field 'Time'), sym text OPTIONS (role 'symbol') COLLATE "C", price numeric(12,4) OPTIONS (role 'price'),
	load bigint OPTIONS (virtual 'load_id'))
	SERVER tick OPTIONS (partition_by 'month', zone 'America/New_York', day_start '17:00', stats_where 'price > 0');
SELECT * FROM opt_good;
SELECT count(*), max(ts) FROM opt_good WHERE sym = 'A' AND date > '2021-01-01';
SELECT sym FROM opt_good ORDER BY sym, ts DESC;
EXPLAIN (COSTS OFF) SELECT * FROM opt_good WHERE date = '2021-01-05' AND sym = 'A' AND length(sym) > 2;

DROP FOREIGN TABLE opt_two_times, opt_type, opt_symbol, opt_date, opt_grain, opt_good;
