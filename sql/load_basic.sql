-- tick_load() without options: what it makes of a file, and of the next ones.
CREATE SCHEMA load_basic;
SET search_path = load_basic, public;
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
\getenv abs_builddir PG_ABS_BUILDDIR
\set dir :abs_builddir '/results'
CREATE FUNCTION put(path text, content text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE large oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(large, path);
	RETURN lo_unlink(large);
END $$;
-- what a statement gives, or its error without the folder's name
CREATE FUNCTION try(sql text, dir text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; message text; detail text; hint text; context text;
BEGIN
	EXECUTE sql INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	RETURN replace(concat_ws(E'\n', SQLSTATE || ': ' || message, 'detail: ' || nullif(detail, ''), 'hint: ' || nullif(hint, ''),
		'context: ' || substring(context FROM 'tick_load [^\n]*')), dir || '/', '');
END $$;

-- a compressed file of trades: date and time of day join, nanoseconds are kept
\set gzip 'gzip -c > ' :dir '/taq_20210104.csv.gz'
COPY (VALUES ('Date,Timestamp,EventType,Ticker,Price,Quantity,Exchange,Conditions'),
	('20210104,04:00:00.021805862,TRADE,AMZN,3271.69,32,ARCA,80000401'),
	('20210104,04:00:00.023217706,QUOTE BID,AMZN,2861.00,200,ARCA,00000001'),
	('20210104,04:00:00.025000001,TRADE,AAPL,133.5,100,NASDAQ,00000001'),
	('20210105,09:30:00,TRADE,AAPL,,,NASDAQ,'))
	TO PROGRAM :'gzip';
SELECT tick_load(:'dir' || '/taq_20210104.csv.gz');
\d taq
SELECT * FROM taq ORDER BY ticker, timestamp;
SELECT replace(pg_get_viewdef('taq_daily'::regclass), ' tick_daily_stats.', ' ') AS definition;
SELECT regexp_replace(file, '.*/', '') AS file, status, lines, header, blank, comment, trailer, rows, rejected, row_lines, rejected_lines,
	on_ledger, file_size > 0 AS size, content_hash IS NOT NULL AS hash, changeset IS NOT NULL AS changeset, sqlstate, message, role = current_user AS role
	FROM tick.loads WHERE dataset = 'taq'::regclass;
SELECT partition, segments, rows, symbols, first, last, finalized FROM tick.partitions WHERE dataset = 'taq'::regclass ORDER BY 1;
-- the dataset takes its view along
BEGIN;
DROP FOREIGN TABLE taq;
SELECT to_regclass('taq_daily');
ROLLBACK;

-- again: nothing; the same bytes under another name: nothing
SELECT tick_load(:'dir' || '/taq_20210104.csv.gz');
\set copy 'cp ' :dir '/taq_20210104.csv.gz ' :dir '/taq_copy.csv.gz'
COPY (SELECT 1 WHERE false) TO PROGRAM :'copy';
SELECT tick_load(:'dir' || '/taq_copy.csv.gz', 'taq');
SELECT count(*) FROM taq;

-- a later file with other columns in another order
SELECT put(:'dir' || '/taq_20210106.csv', E'TICKER,Date,Timestamp,Price,Venue,Quantity,EventType,Exchange,Conditions\nMSFT,20210106,10:00:00.5,210.25,V,7,TRADE,ARCA,x\n') \gset
SET client_min_messages = notice;
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/none'), :'dir');
SET client_min_messages = warning;
SELECT tick_load(:'dir' || '/taq_20210106.csv');
SELECT * FROM taq WHERE ticker = 'MSFT';
-- a missing field is an error, unless it may be null
SELECT put(:'dir' || '/taq_20210107.csv', E'Date,Timestamp,Ticker,Price,Quantity\n20210107,10:00:00,MSFT,211,8\n') \gset
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/taq_20210107.csv'), :'dir');
SELECT tick_load(:'dir' || '/taq_20210107.csv', missing => 'null');
SELECT * FROM taq WHERE date = '2021-01-07';
-- a column that is added takes the field from then on
ALTER FOREIGN TABLE taq ADD COLUMN venue text OPTIONS (field 'Venue');
ALTER FOREIGN TABLE taq RENAME COLUMN price TO px;
SELECT put(:'dir' || '/taq_20210108.csv', E'TICKER,Date,Timestamp,Price,Venue,Quantity,EventType,Exchange,Conditions\nMSFT,20210108,10:00:00.5,212.25,V,9,TRADE,ARCA,y\n') \gset
SELECT tick_load(:'dir' || '/taq_20210108.csv');
SELECT date, ticker, px, venue FROM taq WHERE date >= '2021-01-06' ORDER BY 1;

-- a folder: by name, other files passed over
\set make 'mkdir -p ' :dir '/folder/deeper && cd ' :dir '/folder && echo "ts,sym,price" > .hidden && echo "x" > late.csv.part && echo "x" > late.tmp && rm -f *.csv deeper/*.csv'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT put(:'dir' || '/folder/b.csv', E'ts,sym,price\n2021-01-04 10:00:01,X,2\n2021-01-04 10:00:00,Y,3\n') \gset
SELECT put(:'dir' || '/folder/a.csv', E'ts,sym,price\n2021-01-04 10:00:01,X,1\n') \gset
SELECT put(:'dir' || '/folder/deeper/c.csv', E'sym,ts,price\nX,2021-01-04 10:00:01,3\n') \gset
SELECT tick_load(:'dir' || '/folder');
SELECT * FROM folder;
SELECT load, count(*) FROM (SELECT l.load FROM tick.loads l WHERE l.dataset = 'folder'::regclass) x GROUP BY 1 HAVING count(*) > 1;
-- a glob
SELECT tick_load(:'dir' || '/folder/*.csv', 'globbed');
SELECT count(*) FROM globbed;
SELECT put(:'dir' || '/prices_a_1.csv', E'ts,sym,price\n2021-01-04 10:00:01,X,2\n') \gset
SELECT put(:'dir' || '/prices_a_2.csv', E'ts,sym,price\n2021-01-04 10:00:02,X,2\n') \gset
SELECT tick_load(:'dir' || '/prices_a_*.csv');
SELECT count(*) FROM prices_a;

-- no header: names by role or cN, by position from then on
SELECT put(:'dir' || '/bars.txt', E'2005-01-03 09:30:00,17.2389,17.24,17.2318,17.2389,173492.0\n2005-01-03 09:31:00,17.2389,17.2389,17.2246,17.2246,9646.0\n') \gset
SELECT tick_load(:'dir' || '/bars.txt', symbol => 'A');
\d bars
SELECT * FROM bars;
SELECT put(:'dir' || '/bars2.txt', E'2005-01-03 09:32:00,18,18,18,18,5\n') \gset
SELECT tick_load(:'dir' || '/bars2.txt', 'bars', symbol => 'B');
SELECT * FROM bars WHERE symbol = 'B';
SELECT put(:'dir' || '/bars3.txt', E'2005-01-03 09:32:00,18,18,18,18\n') \gset
SELECT try(format('SELECT tick_load(%L, ''bars'', symbol => ''B'')', :'dir' || '/bars3.txt'), :'dir');

-- columns that cannot be null must be there whatever is missing
SELECT put(:'dir' || '/strict.csv', E'Time,Price\n2005-01-03 09:32:00,18\n') \gset
CREATE FOREIGN TABLE strict (time timestamp OPTIONS (role 'time'), price float8, volume bigint NOT NULL) SERVER tick;
CREATE FOREIGN TABLE strict_part (lot int, price float8) SERVER tick OPTIONS (partition_by 'lot');
SELECT try(format('SELECT tick_load(%L, ''strict'', missing => ''null'')', :'dir' || '/strict.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''strict_part'', missing => ''null'', on_error => ''skip'')', :'dir' || '/strict.csv'), :'dir');

-- a dataset made by hand, loaded by name and by position
CREATE FOREIGN TABLE mine (date date OPTIONS (virtual 'date'), ts timestamptz OPTIONS (role 'time'), ns bigint OPTIONS (field 'ts'),
	sym text OPTIONS (role 'symbol') COLLATE "C", price numeric(10, 2), size smallint, big numeric, flag boolean, d date, t time, f real)
	SERVER tick OPTIONS (zone 'America/New_York', partition_by 'month');
SELECT put(:'dir' || '/mine.csv', E'D,T,F,Flag,Big,Size,Price,Sym,Ts\n2020-02-29,23:59:59.5,0.1,t,123456789012345678901234567890.5,-7,1.5,A,2021-07-01 09:30:00.123456789\n,,,,,,,,2021-12-01 09:30:00+00\n') \gset
SELECT tick_load(:'dir' || '/mine.csv', 'mine');
SELECT * FROM mine ORDER BY ts;
SELECT put(:'dir' || '/mine2.csv', E'2021-07-02 09:30:00,B,2,3,4,f,2020-01-01,12:00,2.5\n') \gset
SELECT tick_load(:'dir' || '/mine2.csv', 'mine');
SELECT * FROM mine WHERE sym = 'B';

-- files that hold no rows make no dataset and are no error
SELECT put(:'dir' || '/nothing.csv', '') \gset
SELECT tick_load(:'dir' || '/nothing.csv');
SELECT put(:'dir' || '/only_header.csv', E'ts,sym,price\n') \gset
SELECT tick_load(:'dir' || '/only_header.csv');
SELECT to_regclass('nothing'), to_regclass('only_header');
SELECT tick_load(:'dir' || '/only_header.csv', 'folder');
SELECT lines, header, rows, status FROM tick.loads WHERE dataset = 'folder'::regclass ORDER BY load DESC LIMIT 1;

-- names that cannot be used
CREATE TABLE plain (a int);
SELECT put(:'dir' || '/plain.csv', E'ts,sym,price\n2021-01-04 10:00:01,X,2\n') \gset
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/plain.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''pg_temp.x'')', :'dir' || '/plain.csv'), :'dir');
SELECT put(:'dir' || '/20210104.csv', E'ts,sym,price\n2021-01-04 10:00:01,X,2\n') \gset
SELECT tick_load(:'dir' || '/20210104.csv', 'Mixed');
SELECT tick_load(:'dir' || '/20210104.csv', '"Mixed Case"');
SELECT count(*) FROM "Mixed Case";
SELECT try('SELECT tick_load(''relative.csv'')', :'dir');
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/no/such.csv'), :'dir');
SELECT try('SELECT tick_load(''/dev/null'')', :'dir');
SELECT try('SELECT tick_load(NULL)', :'dir');

-- the grain follows the rows a day
\set gzip 'gzip -c > ' :dir '/daily.csv.gz'
COPY (SELECT 'ts,sym,price' UNION ALL SELECT to_char(timestamp '2000-01-03' + n * interval '1 day', 'YYYY-MM-DD') || ',A,' || n FROM generate_series(0, 999) n) TO PROGRAM :'gzip';
SELECT tick_load(:'dir' || '/daily.csv.gz');
\d daily
SELECT partition, rows FROM tick.partitions WHERE dataset = 'daily'::regclass ORDER BY 1;
SELECT * FROM daily WHERE date = '2000-02-29';
SELECT tick_load(:'dir' || '/daily.csv.gz', 'daily_by_none', partition_by => 'none');
SELECT partition, rows FROM tick.partitions WHERE dataset = 'daily_by_none'::regclass ORDER BY 1;

DROP SCHEMA load_basic CASCADE;
