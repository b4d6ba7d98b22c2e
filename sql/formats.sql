-- What vendors write: every kind of delimiter, header, line, stamp, number and symbol, by the guess, by one
-- argument, or refused with a hint that names the argument.
CREATE SCHEMA formats;
SET search_path = formats, public;
SET client_min_messages = error;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
\getenv abs_builddir PG_ABS_BUILDDIR
\set dir :abs_builddir '/results'
SELECT set_config('formats.dir', :'dir', false) \gset
-- the columns and rows that a file of this content gives, or its error
CREATE FUNCTION load(content text, arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	path text := current_setting('formats.dir') || '/format.csv';
	large oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
	columns text; rows text; message text; hint text;
BEGIN
	PERFORM lo_export(large, path);
	PERFORM lo_unlink(large);
	DROP FOREIGN TABLE IF EXISTS t CASCADE;
	EXECUTE format('SELECT tick_load(%L, ''t''%s)', path, arguments);
	SELECT string_agg(attname || ' ' || CASE atttypid WHEN 'float8'::regtype THEN 'double' WHEN 'timestamp'::regtype THEN 'timestamp'
		WHEN 'timestamptz'::regtype THEN 'timestamptz' ELSE atttypid::regtype::text END ||
		coalesce('=' || (SELECT option_value FROM pg_options_to_table(attfdwoptions) WHERE option_name = 'role'), ''), ', ' ORDER BY attnum)
		INTO columns FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0;
	SELECT string_agg(trim(x::text, '()'), E'\n' ORDER BY x::text) INTO rows FROM t x;
	RETURN columns || E'\n' || rows;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ': ' || replace(message, path, 'FILE') || coalesce(E'\nhint: ' || nullif(hint, ''), '');
END $$;
\pset tuples_only on
\pset format unaligned
\pset fieldsep ':\n'
\pset recordsep '\n\n'

-- delimiters, with a header and without
SELECT '''' || name || '''' || arguments, load(content, arguments) FROM (VALUES
	(1, 'comma', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(2, 'comma, no header', E'2021-01-04 09:29:00,AAPL,1,1\n2021-01-04 09:30:00,AAPL,1.5,10\n2021-01-04 09:30:01,AAPL,2.5,20\n', ''),
	(3, 'semicolon', E'ts;sym;price;size\n2021-01-04 09:30:00;A;1.5;10\n2021-01-04 09:30:01;B;2.5;20\n', ''),
	(4, 'semicolon, no header', E'2021-01-04 09:29:00;AAPL;1;1\n2021-01-04 09:30:00;AAPL;1.5;10\n2021-01-04 09:30:01;AAPL;2.5;20\n', ''),
	(5, 'pipe', E'ts|sym|price|size\n2021-01-04 09:30:00|A|1.5|10\n2021-01-04 09:30:01|B|2.5|20\n', ''),
	(6, 'pipe, no header', E'2021-01-04 09:29:00|AAPL|1|1\n2021-01-04 09:30:00|AAPL|1.5|10\n2021-01-04 09:30:01|AAPL|2.5|20\n', ''),
	(7, 'tab', E'ts\tsym\tprice\tsize\n2021-01-04 09:30:00\tA\t1.5\t10\n2021-01-04 09:30:01\tB\t2.5\t20\n', ''),
	(8, 'tab, no header', E'2021-01-04 09:29:00\tAAPL\t1\t1\n2021-01-04 09:30:00\tAAPL\t1.5\t10\n2021-01-04 09:30:01\tAAPL\t2.5\t20\n', ''),
	(9, 'blanks, when said', E'2021-01-04 A 1.5 10\n2021-01-05 B 2.5 10\n', ', delimiter => '' '''),
	(10, 'one field', E'2021-01-04 A 1.5 10\n2021-01-05 B 2.5 10\n', '')) c (number, name, content, arguments) ORDER BY number;

-- headers
SELECT '''' || name || '''' || arguments, load(content, arguments) FROM (VALUES
	(1, 'in other case and order', E'SIZE,Sym,extra,TS,Price\n10,A,x,2021-01-04 09:30:00,1.5\n', ', columns => ''ts, price, sym, size'''),
	(2, 'by position', E'2021-01-04 09:30:00,x,A,1.5,10\n', ', columns => ''ts, -, sym role symbol, price, size'''),
	(3, 'under a title', E'Trades of 4 January 2021\nts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(4, 'under a title as wide', E'Report, by X, for Y, today\nts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(5, 'under a padded title', E'Trades,,,\nts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(6, 'under titles with values', E'Exchange,NYSE\nStart Date,2021-01-04\n\nts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(7, 'one name too many', E'ts,sym,price,size,\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(8, 'one name too few', E'ts,sym,price\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(9, 'rows end with a delimiter', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10,\n2021-01-04 09:30:01,B,2.5,20,\n', ''),
	(10, 'rows begin with a nameless field', E'ts,sym,price,size\nx,2021-01-04 09:30:00,A,1.5,10\nx,2021-01-04 09:30:01,B,2.5,20\n', ''),
	(11, 'one name over date and time', E'Date,Open,High,Low,Close,Volume\n2006-01-02,09:01:00,3602,3603,3597,3599,5699\n2006-01-02,09:02:00,3600,3601,3598,3599,894\n', ', symbol => ''FESX'''),
	(12, 'brackets', E'<TICKER>,<PER>,<DATE>,<TIME>,<LAST>,<VOL>\nGAZP,1,20210104,100100,212.5,1000\nGAZP,1,20210104,100200,213,2000\n', ''),
	(13, 'a mark before it', E'#ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(14, 'twice the same, empty, reserved', E'ts,price,price,,user,date\n2021-01-04 09:30:00,1.5,2.5,3,u,x\n', ''),
	(15, 'quoted, with blanks', E'"ts","sym",price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', '')) c (number, name, content, arguments) ORDER BY number;

-- lines
SELECT '''' || name || '''' || arguments, load(content, arguments) FROM (VALUES
	(1, 'newest first', E'ts,sym,price,size\n2021-01-05 09:30:00,A,1.5,10\n2021-01-04 09:30:01,A,2.5,20\n', ''),
	(2, 'byte order mark', E'﻿ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(3, 'line ends mixed', E'ts,sym,price,size\r\n2021-01-04 09:30:00,A,1.5,10\r\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(4, 'carriage returns', E'ts,sym,price,size\r2021-01-04 09:30:00,A,1.5,10\r2021-01-04 09:30:01,B,2.5,20\r', ''),
	(5, 'no line end at the end', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20', ''),
	(6, 'blank lines', E'\nts,sym,price,size\n\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\n\n\n', ''),
	(7, 'comments', E'# made by hand\n# with, commas\nts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n# between\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(8, 'comments between, unsaid', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n# between\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(9, 'comments between, said', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n# between\n2021-01-04 09:30:01,B,2.5,20\n', ', comment => ''#'''),
	(10, 'trailer, unsaid', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\nEND,20210104,2\n', ''),
	(11, 'trailer, said', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,B,2.5,20\nEND,20210104,2\n', ', trailer => ''END'''),
	(12, 'blank padding', E'ts                 ,sym  ,price   ,size\n2021-01-04 09:30:00,A    ,   1.50 ,  10\n2021-01-04 09:30:01,B    ,   2.50 ,  20\n', ''),
	(13, 'quotes and line ends inside', E'ts,sym,note,price\n2021-01-04 09:30:00,A,"two\nlines, and ""q""",1.5\n2021-01-04 09:30:01,B,x,2.5\n', ''),
	(14, 'other quotes', E'ts,sym,note\n2021-01-04 09:30:00,A,''a, b''\n', ', quote => '''''''''),
	(15, 'the header again', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\nts,sym,price,size\n2021-01-04 09:30:01,B,2.5,20\n', ''),
	(16, 'trailer of two lines', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\nTotal: 1\n(of all)\n', ', trailer => ''Total'''),
	(17, 'rows behind the trailer', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\nEND\n' || repeat(E'2021-01-04 09:30:00,A,1.5,10\n', 10), ', trailer => ''END'''),
	(18, 'a bracket, unsaid', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n(1 row)\n', ''),
	(19, 'the end of a DOS file, unsaid', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n\x1A', ''),
	(20, 'the end of a DOS file', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n\x1A', ', trailer => E''\x1A'''),
	(21, 'a web page', E'<!DOCTYPE html><html><body>403 Forbidden</body></html>\n', ''),
	(22, 'JSON', E'{"ts": "2021-01-04", "price": 1.5}\n', '')) c
 (number, name, content, arguments) ORDER BY number;

-- stamps
SELECT '''' || name || '''' || arguments, load(content, arguments) FROM (VALUES
	(1, 'ISO', E'ts,sym,price\n2021-01-04 09:30:00,A,2\n2021-01-04T09:30:01,A,1.5\n', ''),
	(2, 'ISO.1', E'ts,sym,price\n2021-01-04 09:30:00.1,A,2\n2021-01-04T09:30:01.1,A,1.5\n', ''),
	(3, 'ISO.123', E'ts,sym,price\n2021-01-04 09:30:00.123,A,2\n2021-01-04T09:30:01.123,A,1.5\n', ''),
	(4, 'ISO.123456', E'ts,sym,price\n2021-01-04 09:30:00.123456,A,2\n2021-01-04T09:30:01.123456,A,1.5\n', ''),
	(5, 'ISO.123456789', E'ts,sym,price\n2021-01-04 09:30:00.123456789,A,2\n2021-01-04T09:30:01.123456789,A,1.5\n', ''),
	(6, 'offsetZ', E'ts,sym,price\n2021-01-04T09:30:00.5Z,A,2\n2021-01-04 09:30:01Z,A,1.5\n', ''),
	(7, 'offset+00:00', E'ts,sym,price\n2021-01-04T09:30:00.5+00:00,A,2\n2021-01-04 09:30:01+00:00,A,1.5\n', ''),
	(8, 'offset-0530', E'ts,sym,price\n2021-01-04T09:30:00.5-0530,A,2\n2021-01-04 09:30:01-0530,A,1.5\n', ''),
	(9, 'offset +05', E'ts,sym,price\n2021-01-04T09:30:00.5 +05,A,2\n2021-01-04 09:30:01 +05,A,1.5\n', ''),
	(10, 'offset UTC', E'ts,sym,price\n2021-01-04T09:30:00.5 UTC,A,2\n2021-01-04 09:30:01 UTC,A,1.5\n', ''),
	(11, 'offset EST', E'ts,sym,price\n2021-01-04T09:30:00.5 EST,A,2\n2021-01-04 09:30:01 EST,A,1.5\n', ''),
	(12, 'offset GMT+0100', E'ts,sym,price\n2021-01-04T09:30:00.5 GMT+0100,A,2\n2021-01-04 09:30:01 GMT+0100,A,1.5\n', ''),
	(13, 'offset of some', E'ts,sym,price\n2021-01-04T09:30:00Z,A,2\n2021-01-04T09:30:01,A,1.5\n', ''),
	(14, 'slashes, no leading zeros', E'ts,sym,price\n2021/1/4 9:30:00,A,2\n2021/1/14 19:31:00,A,1.5\n', ''),
	(15, 'no seconds', E'ts,sym,price\n2021-01-04 09:30,A,2\n2021-01-04 09:31,A,1.5\n', ''),
	(16, 'glued', E'ts,sym,price\n20210104093000,A,2\n20210104093001,A,1.5\n', ''),
	(17, 'glued, milliseconds', E'ts,sym,price\n20210104093000123,A,2\n20210104093001123,A,1.5\n', ''),
	(18, 'glued, nanoseconds', E'ts,sym,price\n20210104093000123456789,A,2\n20210104093001123456789,A,1.5\n', ''),
	(19, 'glued, apart by a blank', E'ts,sym,price\n20210104 093000123456789,A,2\n20210104 093001123456789,A,1.5\n', ''),
	(20, 'glued, apart by a hyphen', E'ts,sym,price\n20210104-09:30:00.123,A,2\n20210104-09:30:01.123,A,1.5\n', ''),
	(21, 'glued ISO', E'ts,sym,price\n20210104T093000Z,A,2\n20210104T093001Z,A,1.5\n', ''),
	(22, 'microseconds behind a blank', E'ts,sym,price\n20210104 09:30:00 123456,A,2\n20210104 09:30:01 123456,A,1.5\n', ''),
	(23, 'kdb+', E'ts,sym,price\n2021.01.04D09:30:00.123456789,A,2\n2021.01.04D09:30:01.123456789,A,1.5\n', ''),
	(24, 'D.M.Y', E'ts,sym,price\n4.1.2021 9:30:00,A,2\n14.1.2021 9:31:00,A,1.5\n', ''),
	(25, 'D.M.YY', E'ts,sym,price\n04.01.21 09:30:00,A,2\n14.01.21 09:31:00,A,1.5\n', ''),
	(26, 'D/M/Y', E'ts,sym,price\n4/1/2021 9:30,A,2\n14/1/2021 9:31,A,1.5\n', ''),
	(27, 'M/D/Y', E'ts,sym,price\n1/4/2021 9:30,A,2\n1/14/2021 9:31,A,1.5\n', ''),
	(28, 'M/D/Y, AM and PM', E'ts,sym,price\n01/04/2021 09:30:00 AM,A,2\n01/14/2021 12:31:00 PM,A,1.5\n', ''),
	(29, 'either', E'ts,sym,price\n01/04/2021 09:30:00,A,2\n01/05/2021 09:31:00,A,1.5\n', ''),
	(30, 'either, said', E'ts,sym,price\n01/04/2021 09:30:00,A,2\n01/05/2021 09:31:00,A,1.5\n', ', columns => $$ts format ''MM/DD/YYYY HH24:MI:SS'', ...$$'),
	(31, 'month names', E'ts,sym,price\n4-Jan-2021 09:30:00,A,2\n14-Feb-2021 09:31:00,A,1.5\n', ''),
	(32, 'long month names', E'date,sym,price\n4 January 2021,A,2\n14 May 2021,A,1.5\n', ''),
	(33, 'weekdays', E'ts,sym,price\n"Mon, 04 Jan 2021 09:30:00 GMT",A,2\n"Tue, 05 Jan 2021 09:30:00 GMT",A,1.5\n', ''),
	(34, 'as C prints it', E'ts,sym,price\nMon Jan  4 09:30:00 2021,A,2\nMon Jan  4 09:30:01 2021,A,1.5\n', ', columns => $$ts format ''DY MON DD HH24:MI:SS YYYY'', ...$$'),
	(35, 'since 1970, s', E'ts,sym,price\n1609752600,A,2\n1609752600,A,1.5\n', ''),
	(36, 'since 1970, ms', E'ts,sym,price\n1609752600123,A,2\n1609752600123,A,1.5\n', ''),
	(37, 'since 1970, us', E'ts,sym,price\n1609752600123456,A,2\n1609752600123456,A,1.5\n', ''),
	(38, 'since 1970, ns', E'ts,sym,price\n1609752600123456789,A,2\n1609752600123456789,A,1.5\n', ''),
	(39, 'since 1970, s and fraction', E'ts,sym,price\n1609752600.123456789,A,2\n1609752600.123456789,A,1.5\n', ''),
	(40, 'since 1970, ms and fraction', E'ts,sym,price\n1609752600123.456,A,2\n1609752600123.456,A,1.5\n', ''),
	(41, 'since 1970, s in exponent form', E'ts,sym,price\n1.6097526e9,A,2\n1.6097526e9,A,1.5\n', ''),
	(42, 'ten decimals', E'ts,sym,price\n2021-01-04T09:30:00.1234567891,A,2\n2021-01-04T09:30:01.1234567891,A,1.5\n', '')) c (number, name, content, arguments) ORDER BY number;

-- dates and times of day
SELECT '''' || name || '''' || arguments, load(content, arguments) FROM (VALUES
	(1, 'ISO', E'date,time,sym,price\n2021-01-04,09:30:00,A,2\n2021-01-05,9:30:01.5,A,1.5\n', ''),
	(2, 'nanoseconds', E'date,time,sym,price\n20210104,09:30:00.123456789,A,2\n20210104,09:30:01.1,A,1.5\n', ''),
	(3, 'HHMMSSnnnnnnnnn', E'date,time,sym,price\n20210104,093000123456789,A,2\n20210104,103001123456789,A,1.5\n', ''),
	(4, 'HMMSSnnnnnnnnn', E'date,time,sym,price\n20210104,93000123456789,A,2\n20210104,103001123456789,A,1.5\n', ''),
	(5, 'HHMMSS', E'date,time,sym,price\n20210104,093000,A,2\n20210104,103001,A,1.5\n', ''),
	(6, 'HMMSS', E'date,time,sym,price\n20210104,93000,A,2\n20210104,103001,A,1.5\n', ''),
	(7, 'HMMSSmmm', E'date,time,sym,price\n20210104,93000123,A,2\n20210104,103001456,A,1.5\n', ''),
	(8, 'HHMM', E'date,time,sym,price\n20210104,0930,A,2\n20210104,1031,A,1.5\n', ''),
	(9, 'HMM', E'date,time,sym,price\n20210104,930,A,2\n20210104,1031,A,1.5\n', ''),
	(10, 'AM and PM', E'date,time,sym,price\n01/14/2021,09:30 AM,A,2\n01/15/2021,12:05 AM,A,1.5\n', ''),
	(11, 'timespans of kdb+', E'date,time,sym,price\n2021.01.04,0D09:30:00.123456789,A,2\n2021.01.04,0D09:30:01.5,A,1.5\n', ''),
	(12, 'either', E'date,time,sym,price\n01/04/2021,9:30:00,A,2\n01/05/2021,9:31:00,A,1.5\n', ''),
	(13, 'either, said', E'date,time,sym,price\n01/04/2021,9:30:00,A,2\n01/05/2021,9:31:00,A,1.5\n', ', columns => $$"time" = "date" + "time" format ''MM/DD/YYYY'', ...$$'),
	(14, 'since midnight, s', E'time,sym,price\n34200,A,2\n57600,A,1.5\n', ', date => ''2021-01-04'''),
	(15, 'since midnight, ms', E'time,sym,price\n34200123,A,2\n57600123,A,1.5\n', ', date => ''2021-01-04'''),
	(16, 'since midnight, us', E'time,sym,price\n34200123456,A,2\n57600123456,A,1.5\n', ', date => ''2021-01-04'''),
	(17, 'since midnight, ns', E'time,sym,price\n34200123456789,A,2\n57600123456789,A,1.5\n', ', date => ''2021-01-04'''),
	(18, 'since midnight, s and fraction', E'time,sym,price\n34200.189960468,A,2\n57600.000000001,A,1.5\n', ', date => ''2021-01-04'''),
	(19, 'since midnight, ms, said', E'time,sym,price\n34200123,A,2\n57600123,A,1.5\n', ', date => ''2021-01-04'', columns => ''ts = time format ms_midnight, ...'''),
	(20, 'without a date', E'time,sym,price\n09:30:00,A,2\n09:30:01,A,1.5\n', ''),
	(21, 'two stamps', E'exchange_time,receive_time,sym,price\n2021-01-04 09:30:00.1,2021-01-04 09:30:00.2,A,2\n2021-01-04 09:30:01.1,2021-01-04 09:30:01.2,A,1.5\n', ''),
	(22, 'two stamps, ns', E'ts_event,ts_recv,sym,price\n1609752600123456789,1609752600123456790,A,2\n1609752601123456789,1609752601123456790,A,1.5\n', ''),
	(23, 'two stamps, the second said', E'exchange_time,receive_time,sym,price\n2021-01-04 09:30:00.1,2021-01-05 09:30:00.2,A,2\n', ', columns => ''receive_time role time, ...''')) c (number, name, content, arguments) ORDER BY number;

-- numbers
SELECT '''' || name || '''' || arguments, load(content, arguments) FROM (VALUES
	(1, 'scaled', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1394000,500\n2021-01-04 09:30:01,A,1395050,100\n', ', columns => ''ts, sym, price = price /10000, size'''),
	(2, '19 decimals', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.1234567890123456789,1\n2021-01-04 09:30:01,A,2,2\n', ''),
	(3, '19 decimals, said', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.1234567890123456789,1\n2021-01-04 09:30:01,A,2,2\n', ', columns => ''price numeric, ...'''),
	(4, 'exponents', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5e-3,1e2\n2021-01-04 09:30:01,A,2.5E+3,20\n', ''),
	(5, 'sizes with decimals', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,0.12345678\n2021-01-04 09:30:01,A,2,3\n', ''),
	(6, 'sizes with .0', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,100.0\n2021-01-04 09:30:01,A,2,300.0\n', ''),
	(7, 'decimal comma', E'ts;sym;price;size\n2021-01-04 09:30:00;A;1,5;10\n2021-01-04 09:30:01;A;2,25;20\n', ''),
	(8, 'decimal comma and thousands', E'ts;sym;price;size\n2021-01-04 09:30:00;A;1.234,50;1.000\n2021-01-04 09:30:01;A;2,25;20\n', ''),
	(9, 'thousands', E'ts,sym,price,size\n2021-01-04 09:30:00,A,"1,234.50","1,000"\n2021-01-04 09:30:01,A,2.25,20\n', ''),
	(10, 'thousands that may be fractions', E'ts;sym;price;size\n2021-01-04 09:30:00;A;1,234;1\n2021-01-04 09:30:01;A;2,345;2\n', ''),
	(11, 'thousands that may be fractions, said', E'ts;sym;price;size\n2021-01-04 09:30:00;A;1,234;1\n2021-01-04 09:30:01;A;2,345;2\n', ', columns => ''price format comma, ...'''),
	(12, 'money, percent, thousands in letters', E'ts,sym,price,size\n2021-01-04 09:30:00,A,$1.50,1.5M\n2021-01-04 09:30:01,A,$2.25,900K\n', ''),
	(13, 'percent and parentheses', E'ts,sym,change,gain\n2021-01-04 09:30:00,A,1.5%,(2.5)\n2021-01-04 09:30:01,A,-2%,3\n', ''),
	(14, 'nothing, by one word', E'ts,sym,price,size\n2021-01-04 09:30:00,A,NA,1\n2021-01-04 09:30:01,A,1.5,2\n2021-01-04 09:30:02,A,2.5,3\n', ''),
	(15, 'nothing, by one word, said', E'ts,sym,price,size\n2021-01-04 09:30:00,A,NA,1\n2021-01-04 09:30:01,A,1.5,2\n2021-01-04 09:30:02,A,2.5,3\n', ', null_as => ''NA'''),
	(16, 'nothing, by two words, said', E'ts,sym,price,size\n2021-01-04 09:30:00,A,NA,1\n2021-01-04 09:30:01,A,-,2\n2021-01-04 09:30:02,A,2.5,3\n', ', null_as => ''NA'', columns => $$price null ''-'', ...$$'),
	(17, 'an empty column', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,\n2021-01-04 09:30:01,A,2.5,\n', ''),
	(18, 'leading zeros', E'ts,sym,price,code\n2021-01-04 09:30:00,A,1.5,007\n2021-01-04 09:30:01,A,2.5,008\n', '')) c (number, name, content, arguments) ORDER BY number;

-- symbols
SELECT '''' || name || '''' || arguments, load(content, arguments) FROM (VALUES
	(1, 'blanks and dots', E'ts,sym,price\n2021-01-04 09:30:00,BRK B,1.5\n2021-01-04 09:30:01,BRK.B,1.5\n', ''),
	(2, 'digits', E'ts,sym,price\n2021-01-04 09:30:00,600000,1.5\n2021-01-04 09:30:01,000001,1.5\n', ''),
	(3, 'lower case', E'ts,sym,price\n2021-01-04 09:30:00,aapl,1.5\n2021-01-04 09:30:01,AAPL,1.5\n', ''),
	(4, 'folded', E'ts,sym,price\n2021-01-04 09:30:00,aapl,1.5\n2021-01-04 09:30:01,AAPL,1.5\n', ', columns => ''ts, sym upper, price'''),
	(5, 'slash, quote, other letters', E'ts,sym,price\n2021-01-04 09:30:00,EUR/JPY,1.5\n2021-01-04 09:30:01,"A""B",1.5\n2021-01-04 09:30:02,ÄÖ,1.5\n', ''),
	(6, 'of two fields', E'DATE,TIME_M,SYM_ROOT,SYM_SUFFIX,PRICE\n20250303,9:30:00.123456789,BRK,B,490.5\n20250303,9:30:01,AAPL,,150\n', ', columns => ''sym = SYM_ROOT + SYM_SUFFIX role symbol, ts = DATE + TIME_M, ...'''),
	(7, 'constant columns', E'ts,sym,price,venue\n2021-01-04 09:30:00,A,1.5,N\n2021-01-04 09:30:01,A,1.5,N\n', '')) c (number, name, content, arguments) ORDER BY number;

-- what breaks the guess
SELECT '''' || name || '''' || arguments, load(content, arguments) FROM (VALUES
	(1, 'a whole number with a fraction', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,A,1.5,10\n2021-01-04 09:30:02,A,1.5,10\n2021-01-04 09:30:03,A,1.5,10\n2021-01-04 09:30:04,A,1.5,10\n2021-01-04 09:30:05,A,1.5,10\n2021-01-04 09:30:06,A,1.5,10\n2021-01-04 09:30:07,A,1.5,10\n2021-01-04 09:30:08,A,1.5,10\n2021-01-04 09:30:09,A,1.5,10\n2021-01-04 09:30:10,A,1.5,10\n2021-01-04 09:30:11,A,1.5,10\n2021-01-04 09:30:12,A,1.5,10\n2021-01-04 09:30:13,A,1.5,10\n2021-01-04 09:30:14,A,1.5,10\n2021-01-04 09:30:15,A,1.5,10\n2021-01-04 09:30:16,A,1.5,10\n2021-01-04 09:30:17,A,1.5,10\n2021-01-04 09:30:18,A,1.5,10\n2021-01-04 09:30:19,A,1.5,10\n2021-01-04 09:30:20,A,1.5,10\n2021-01-04 09:30:21,A,1.5,10\n2021-01-04 09:30:22,A,1.5,10\n2021-01-04 09:30:23,A,1.5,10\n2021-01-04 09:30:24,A,1.5,10\n2021-01-04 09:30:25,A,1.5,10\n2021-01-04 09:30:26,A,1.5,10\n2021-01-04 09:30:27,A,1.5,10\n2021-01-04 09:30:28,A,1.5,10\n2021-01-04 09:30:29,A,1.5,10\n2021-01-04 09:31:00,A,1.5,10.5\n', ''),
	(2, 'a number that is none', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,A,1.5,10\n2021-01-04 09:30:02,A,1.5,10\n2021-01-04 09:30:03,A,1.5,10\n2021-01-04 09:30:04,A,1.5,10\n2021-01-04 09:30:05,A,1.5,10\n2021-01-04 09:30:06,A,1.5,10\n2021-01-04 09:30:07,A,1.5,10\n2021-01-04 09:30:08,A,1.5,10\n2021-01-04 09:30:09,A,1.5,10\n2021-01-04 09:30:10,A,1.5,10\n2021-01-04 09:30:11,A,1.5,10\n2021-01-04 09:30:12,A,1.5,10\n2021-01-04 09:30:13,A,1.5,10\n2021-01-04 09:30:14,A,1.5,10\n2021-01-04 09:30:15,A,1.5,10\n2021-01-04 09:30:16,A,1.5,10\n2021-01-04 09:30:17,A,1.5,10\n2021-01-04 09:30:18,A,1.5,10\n2021-01-04 09:30:19,A,1.5,10\n2021-01-04 09:30:20,A,1.5,10\n2021-01-04 09:30:21,A,1.5,10\n2021-01-04 09:30:22,A,1.5,10\n2021-01-04 09:30:23,A,1.5,10\n2021-01-04 09:30:24,A,1.5,10\n2021-01-04 09:30:25,A,1.5,10\n2021-01-04 09:30:26,A,1.5,10\n2021-01-04 09:30:27,A,1.5,10\n2021-01-04 09:30:28,A,1.5,10\n2021-01-04 09:30:29,A,1.5,10\n2021-01-04 09:31:00,A,x,10\n', ''),
	(3, 'a comma', E'ts;sym;price;size\n2021-01-04 09:30:00;A;1.5;10\n2021-01-04 09:30:01;A;1.5;10\n2021-01-04 09:30:02;A;1.5;10\n2021-01-04 09:30:03;A;1.5;10\n2021-01-04 09:30:04;A;1.5;10\n2021-01-04 09:30:05;A;1.5;10\n2021-01-04 09:30:06;A;1.5;10\n2021-01-04 09:30:07;A;1.5;10\n2021-01-04 09:30:08;A;1.5;10\n2021-01-04 09:30:09;A;1.5;10\n2021-01-04 09:30:10;A;1.5;10\n2021-01-04 09:30:11;A;1.5;10\n2021-01-04 09:30:12;A;1.5;10\n2021-01-04 09:30:13;A;1.5;10\n2021-01-04 09:30:14;A;1.5;10\n2021-01-04 09:30:15;A;1.5;10\n2021-01-04 09:30:16;A;1.5;10\n2021-01-04 09:30:17;A;1.5;10\n2021-01-04 09:30:18;A;1.5;10\n2021-01-04 09:30:19;A;1.5;10\n2021-01-04 09:30:20;A;1.5;10\n2021-01-04 09:30:21;A;1.5;10\n2021-01-04 09:30:22;A;1.5;10\n2021-01-04 09:30:23;A;1.5;10\n2021-01-04 09:30:24;A;1.5;10\n2021-01-04 09:30:25;A;1.5;10\n2021-01-04 09:30:26;A;1.5;10\n2021-01-04 09:30:27;A;1.5;10\n2021-01-04 09:30:28;A;1.5;10\n2021-01-04 09:30:29;A;1.5;10\n2021-01-04 09:31:00;A;1,5;10\n', ''),
	(4, 'a missing value', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,A,1.5,10\n2021-01-04 09:30:02,A,1.5,10\n2021-01-04 09:30:03,A,1.5,10\n2021-01-04 09:30:04,A,1.5,10\n2021-01-04 09:30:05,A,1.5,10\n2021-01-04 09:30:06,A,1.5,10\n2021-01-04 09:30:07,A,1.5,10\n2021-01-04 09:30:08,A,1.5,10\n2021-01-04 09:30:09,A,1.5,10\n2021-01-04 09:30:10,A,1.5,10\n2021-01-04 09:30:11,A,1.5,10\n2021-01-04 09:30:12,A,1.5,10\n2021-01-04 09:30:13,A,1.5,10\n2021-01-04 09:30:14,A,1.5,10\n2021-01-04 09:30:15,A,1.5,10\n2021-01-04 09:30:16,A,1.5,10\n2021-01-04 09:30:17,A,1.5,10\n2021-01-04 09:30:18,A,1.5,10\n2021-01-04 09:30:19,A,1.5,10\n2021-01-04 09:30:20,A,1.5,10\n2021-01-04 09:30:21,A,1.5,10\n2021-01-04 09:30:22,A,1.5,10\n2021-01-04 09:30:23,A,1.5,10\n2021-01-04 09:30:24,A,1.5,10\n2021-01-04 09:30:25,A,1.5,10\n2021-01-04 09:30:26,A,1.5,10\n2021-01-04 09:30:27,A,1.5,10\n2021-01-04 09:30:28,A,1.5,10\n2021-01-04 09:30:29,A,1.5,10\n2021-01-04 09:31:00,A,N/A,10\n', ''),
	(5, 'a stamp of another form', E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,A,1.5,10\n2021-01-04 09:30:02,A,1.5,10\n2021-01-04 09:30:03,A,1.5,10\n2021-01-04 09:30:04,A,1.5,10\n2021-01-04 09:30:05,A,1.5,10\n2021-01-04 09:30:06,A,1.5,10\n2021-01-04 09:30:07,A,1.5,10\n2021-01-04 09:30:08,A,1.5,10\n2021-01-04 09:30:09,A,1.5,10\n2021-01-04 09:30:10,A,1.5,10\n2021-01-04 09:30:11,A,1.5,10\n2021-01-04 09:30:12,A,1.5,10\n2021-01-04 09:30:13,A,1.5,10\n2021-01-04 09:30:14,A,1.5,10\n2021-01-04 09:30:15,A,1.5,10\n2021-01-04 09:30:16,A,1.5,10\n2021-01-04 09:30:17,A,1.5,10\n2021-01-04 09:30:18,A,1.5,10\n2021-01-04 09:30:19,A,1.5,10\n2021-01-04 09:30:20,A,1.5,10\n2021-01-04 09:30:21,A,1.5,10\n2021-01-04 09:30:22,A,1.5,10\n2021-01-04 09:30:23,A,1.5,10\n2021-01-04 09:30:24,A,1.5,10\n2021-01-04 09:30:25,A,1.5,10\n2021-01-04 09:30:26,A,1.5,10\n2021-01-04 09:30:27,A,1.5,10\n2021-01-04 09:30:28,A,1.5,10\n2021-01-04 09:30:29,A,1.5,10\n20210104093200,A,1.5,10\n', ''),
	(6, 'without header', E'2021-01-04 09:30:00,A,1.5,10\n2021-01-04 09:30:01,A,1.5,10\n2021-01-04 09:30:02,A,1.5,10\n2021-01-04 09:30:03,A,1.5,10\n2021-01-04 09:30:04,A,1.5,10\n2021-01-04 09:30:05,A,1.5,10\n2021-01-04 09:30:06,A,1.5,10\n2021-01-04 09:30:07,A,1.5,10\n2021-01-04 09:30:08,A,1.5,10\n2021-01-04 09:30:09,A,1.5,10\n2021-01-04 09:30:10,A,1.5,10\n2021-01-04 09:30:11,A,1.5,10\n2021-01-04 09:30:12,A,1.5,10\n2021-01-04 09:30:13,A,1.5,10\n2021-01-04 09:30:14,A,1.5,10\n2021-01-04 09:30:15,A,1.5,10\n2021-01-04 09:30:16,A,1.5,10\n2021-01-04 09:30:17,A,1.5,10\n2021-01-04 09:30:18,A,1.5,10\n2021-01-04 09:30:19,A,1.5,10\n2021-01-04 09:30:20,A,1.5,10\n2021-01-04 09:30:21,A,1.5,10\n2021-01-04 09:30:22,A,1.5,10\n2021-01-04 09:30:23,A,1.5,10\n2021-01-04 09:30:24,A,1.5,10\n2021-01-04 09:30:25,A,1.5,10\n2021-01-04 09:30:26,A,1.5,10\n2021-01-04 09:30:27,A,1.5,10\n2021-01-04 09:30:28,A,1.5,10\n2021-01-04 09:30:29,A,1.5,10\n2021-01-04 09:31:00,A,1.5,10.5\n', '')) c (number, name, content, arguments) ORDER BY number;

-- symbol and date from any part of the path
CREATE FUNCTION put(name text, content text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE large oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(large, current_setting('formats.dir') || '/formats/' || name);
	RETURN lo_unlink(large);
END $$;
\set make 'rm -rf ' :dir '/formats && mkdir -p ' :dir '/formats/NYSE/2021/01 ' :dir '/formats/BRK.B'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
CREATE FUNCTION load_path(name text, content text, pattern text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	path text := current_setting('formats.dir') || '/formats/' || name;
	rows text; message text;
BEGIN
	PERFORM put(name, content);
	DROP FOREIGN TABLE IF EXISTS t CASCADE;
	EXECUTE format('SELECT tick_load(%L, ''t'', path => %L)', path, pattern);
	SELECT string_agg(trim(x::text, '()'), E'\n' ORDER BY x::text) INTO rows FROM t x;
	RETURN rows;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
	RETURN SQLSTATE || ': ' || replace(message, path, 'FILE');
END $$;
SELECT name || ' by ' || pattern, load_path(name, E'time,price\n09:30:00,1.5\n', pattern) FROM (VALUES
	(1, 'NYSE/2021/01/IBM_20210104.csv', '{exchange}/*/*/{symbol}_{date:YYYYMMDD}.csv'),
	(2, 'NYSE/2021/01/2021-01-05-IBM.csv', '**/{date:YYYY-MM-DD}-{symbol}.csv'),
	(3, 'BRK.B/06012021.csv', '{symbol}/{date:DDMMYYYY}.csv'),
	(4, 'BRK.B/trades 07Jan2021.csv', '{symbol}/trades {date:DDMONYYYY}.csv'),
	(5, 'BRK.B/trades 07Jan2021.csv', '{symbol}/quotes {date:DDMONYYYY}.csv')) c (number, name, pattern) ORDER BY number;
\pset tuples_only off
\pset format aligned
-- a folder whose files differ: what tick_guess() says of it
\set make 'rm -rf ' :dir '/formats && mkdir -p ' :dir '/formats'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT put('d' || n || '.csv', CASE n WHEN 3 THEN E'ts,sym,px,size\n2021-01-04 09:30:00,A,1.5,10\n'
	WHEN 5 THEN E'ts,sym,price,size,cond\n01/28/2021 09:30:00,A,1.5,10.5,x\n' ELSE E'ts,sym,price,size\n2021-01-04 09:30:00,A,1.5,10\n' END) FROM generate_series(1, 5) n \g /dev/null
SELECT field, type, warning FROM tick_guess(:'dir' || '/formats');
-- more symbols than symbols are
SELECT put('many.csv', E'ts,symbol,price\n' || string_agg(format('2021-01-04 09:30:00,S%s,1.5', n), E'\n')) FROM generate_series(1, 2000) n \g /dev/null
SELECT field, role, distinct_count, warning FROM tick_guess(:'dir' || '/formats/many.csv');
-- the statements that it prints run as they are, whatever the names
SELECT put('odd.csv', E'Trade Date,Time (ET),Symbol,"Last, or ""close""",user,Volume\n'
	'01/14/2021,09:30:00.123456789 AM,A,"1,234.50",u,1.5M\n01/15/2021,12:30:00.5 PM,A,2.25,v,900K\n') \g /dev/null
SELECT replace(tick_guess_ddl(:'dir' || '/formats/odd.csv', 'odd'), :'dir', '/data');
SELECT tick_guess_ddl(:'dir' || '/formats/odd.csv', 'odd') AS ddl \gset
:ddl
SELECT * FROM odd;

-- local times on the nights when clocks change, minute by minute: what PostgreSQL makes of them, an hour that comes
-- twice as the second, one that is skipped as the hour after
CREATE FUNCTION night(zone text, day date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE differ bigint; minutes bigint; twice bigint;
BEGIN
	PERFORM put('night.csv', E'local,sym,n\n' || string_agg(format('%s,A,%s', t, to_char(t, '"at "YYYYMMDDHH24MI')), E'\n' ORDER BY t))
		FROM generate_series(day - interval '6 hours', day + interval '18 hours', '1 minute') t;
	DROP FOREIGN TABLE IF EXISTS t CASCADE;
	PERFORM tick_load(current_setting('formats.dir') || '/formats/night.csv', 't', time_zone => zone);
	SELECT count(*) FILTER (WHERE local <> to_timestamp(n, '"at "YYYYMMDDHH24MI')::timestamp AT TIME ZONE zone
		OR date <> (local AT TIME ZONE zone)::date), count(*), count(*) - count(DISTINCT local) INTO differ, minutes, twice FROM t;
	RETURN format('%s of %s minutes differ, %s share a time with another', differ, minutes, twice);
END $$;
SELECT zone, day, night(zone, day) FROM (VALUES ('America/New_York', date '2021-03-14'), ('America/New_York', '2021-11-07'), ('Europe/London', '2021-03-28'),
	('Europe/London', '2021-10-31'), ('America/Sao_Paulo', '2018-02-18'), ('America/Sao_Paulo', '2018-11-04'), ('Australia/Lord_Howe', '2021-04-04')) v(zone, day);
-- an offset in the file knows better
SELECT load(E'ts,sym,price\n2021-11-07 01:30:00-04:00,A,1\n2021-11-07 01:30:00-05:00,A,2\n2021-11-07 01:30:00 EDT,A,3\n2021-11-07 01:30:00,A,4\n', ', time_zone => ''America/New_York''');
-- sessions that begin the evening before, in local time, over such a night
CREATE FOREIGN TABLE futures (date date OPTIONS (virtual 'date'), ts timestamptz OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price double precision OPTIONS (role 'price')) SERVER tick OPTIONS (zone 'America/Chicago', day_start '17:00');
SELECT put('futures.csv', E'ts,sym,price\n2021-11-05 15:59:00,ES,1\n2021-11-07 17:00:00,ES,2\n2021-11-08 16:59:59.999999999,ES,3\n2021-11-08 17:00:00,ES,4\n') \g /dev/null
SELECT tick_load(:'dir' || '/formats/futures.csv', 'futures');
SELECT * FROM futures ORDER BY price;

DROP SCHEMA formats CASCADE;
