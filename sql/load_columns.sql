-- The columns, path and reading arguments of tick_load().
CREATE SCHEMA load_columns;
SET search_path = load_columns, public;
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

-- the path: symbol and day from names, times of day in milliseconds, scaled prices
\set make 'rm -rf ' :dir '/lean && mkdir -p ' :dir '/lean/IBM ' :dir '/lean/SPY'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT put(:'dir' || '/lean/IBM/20131007_trade.csv', E'14400614,1394000,500,P,20002020,0\n34200000,1395050,100,Q,A,1') \gset
SELECT put(:'dir' || '/lean/IBM/20131008_trade.csv', E'14400615,1396000,7,P,0,0') \gset
SELECT put(:'dir' || '/lean/SPY/20131007_trade.csv', E'14400614,1694000,500,P,20002020,0') \gset
SELECT tick_load(:'dir' || '/lean', columns => 'ts = $1 format ms_midnight, price = $2 /10000, size bigint, exchange, cond text, suspicious boolean',
	path => '{symbol}/{date:YYYYMMDD}_trade.csv');
\d lean
SELECT * FROM lean ORDER BY symbol, ts;
-- the same for the next day, by the same words
SELECT put(:'dir' || '/lean/SPY/20131009_trade.csv', E'14400614,1695000,500,P,20002020,0') \gset
SELECT tick_load(:'dir' || '/lean', columns => 'ts = $1 format ms_midnight, price = $2 /10000, size bigint, exchange, cond text, suspicious boolean',
	path => '{symbol}/{date:YYYYMMDD}_trade.csv');
SELECT symbol, date, count(*) FROM lean GROUP BY 1, 2 ORDER BY 1, 2;
-- files that do not fit
SELECT try(format('SELECT tick_load(%L, path => ''{symbol}/{date:YYYYMMDD}_quote.csv'')', :'dir' || '/lean'), :'dir');
-- other captures are columns, explicit symbol and date
SELECT put(:'dir' || '/NYSE_a.csv', E'09:30:00,1.5\n09:30:01.5,2\n') \gset
SELECT tick_load(:'dir' || '/NYSE_a.csv', 'captured', path => '{exchange}_{part}.csv', symbol => 'IBM', date => '2021-01-04');
SELECT * FROM captured;
\d captured

-- joined fields, constants, folded case, blanks, nulls of one column
SELECT put(:'dir' || '/wrds.csv', E'DATE,TIME_M,SYM_ROOT,SYM_SUFFIX,PRICE,SIZE,TR_SCOND\n20250303,9:30:00.123456789,brk,B,490.5,100," O  "\n20250303,9:30:01,aapl,,-1,-1,@\n') \gset
SELECT tick_load(:'dir' || '/wrds.csv', 'wrds', 'sym = SYM_ROOT + SYM_SUFFIX role symbol upper, ts = DATE + TIME_M, venue = ''NYSE'', price = PRICE null ''-1'', size = "SIZE" null ''-1'', ...');
SELECT * FROM wrds ORDER BY ts;
\d wrds
-- positions, skipped fields, types, units
SELECT put(:'dir' || '/positions.csv', E'x;1500000000;7;1,5;A\ny;1500000001;8;2,5;B\n') \gset
SELECT tick_load(:'dir' || '/positions.csv', 'positions', '-, ts = $2 format s_epoch, n smallint, -, sym role symbol', delimiter => ';');
SELECT * FROM positions;
SELECT tick_load(:'dir' || '/positions.csv', 'positions2', 'sym = $5 role symbol, k = $3 int *1000, d = $3 numeric(6,2) /10, ts = $2 format s_epoch, note = ''imported'' + $1', delimiter => ';', time_zone => 'America/New_York');
SELECT * FROM positions2;
\d positions2
-- formats
SELECT put(:'dir' || '/formats.csv', E'a,b,c,d,e,f\n04/01/2021 09:30:00,093000417837000,1609752600000,04Jan2021,34200.5,20210104\n') \gset
SELECT tick_load(:'dir' || '/formats.csv', 'formats', 'ts = a format ''DD/MM/YYYY HH24:MI:SS'', b time format hhmmssns, c timestamp format ms_epoch, d date format ''DDMonYYYY'', e time format s_midnight, f date');
SELECT * FROM formats;
-- ambiguous order of day and month
SELECT put(:'dir' || '/ambiguous.csv', E'when,sym,price\n02/03/2010 16:53:50,A,1\n03/03/2010 16:53:50,A,1\n') \gset
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/ambiguous.csv'), :'dir');
SELECT tick_load(:'dir' || '/ambiguous.csv', columns => '"when" format ''DD/MM/YYYY HH24:MI:SS'', ...');
SELECT * FROM ambiguous;
-- zones: local times in the zone, an overlap and a gap, explicit offsets
SELECT put(:'dir' || '/zones.csv', E'ts,sym,price\n2021-01-04 09:30:00,A,1\n2021-03-14 02:30:00,A,2\n2021-11-07 01:30:00,A,3\n2021-07-01 09:30:00Z,A,4\n2021-07-01 09:30:00+09:00,A,5\n') \gset
SELECT tick_load(:'dir' || '/zones.csv', 'zones', time_zone => 'America/New_York');
SELECT * FROM zones ORDER BY price;
\d zones
SELECT put(:'dir' || '/offsets.csv', E'ts,sym,price\n2012-02-01 00:00:00+00:00,A,1\n2012-02-01 23:30:00-05:00,A,2\n') \gset
SELECT tick_load(:'dir' || '/offsets.csv', 'offsets');
SELECT * FROM offsets ORDER BY price;
\d offsets
SELECT try(format('SELECT tick_load(%L, ''lean'', symbol => ''A'', missing => ''null'')', :'dir' || '/offsets.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''lean'', columns => ''ts, symbol = sym, price'', time_zone => ''UTC'', missing => ''null'')', :'dir' || '/zones.csv'), :'dir');
-- a repeated date is not stored but held against the stamps
SELECT put(:'dir' || '/repeated.csv', E'Date,ts,sym,price\n2021-01-04,2021-01-04 09:30:00,A,1\n2021-01-05,2021-01-05 09:30:00,A,2\n') \gset
SELECT tick_load(:'dir' || '/repeated.csv', 'repeated');
SELECT * FROM repeated;
SELECT put(:'dir' || '/repeated2.csv', E'Date,ts,sym,price\n2021-01-06,2021-01-06 09:30:00,A,1\n2021-01-07,2021-01-06 09:30:00,A,2\n') \gset
SELECT try(format('SELECT tick_load(%L, ''repeated'')', :'dir' || '/repeated2.csv'), :'dir');
-- a day that begins the evening before
CREATE FOREIGN TABLE future (date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price double precision OPTIONS (role 'price')) SERVER tick OPTIONS (day_start '17:00');
SELECT put(:'dir' || '/future.csv', E'date,ts,sym,price\n2021-01-05,2021-01-04 17:00:00,ES,1\n2021-01-05,2021-01-05 16:59:59,ES,2\n2021-01-06,2021-01-05 17:00:00,ES,3\n') \gset
SELECT tick_load(:'dir' || '/future.csv');
SELECT * FROM future;
SELECT partition, rows FROM tick.partitions WHERE dataset = 'future'::regclass;
-- partitions by a number, by a date column, by none
SELECT put(:'dir' || '/numbered.csv', E'ts,sym,price,part,d\n2021-01-04 17:00:00,ES,1,3,2020-01-01\n2021-01-05 17:00:00,ES,1,-3,2020-01-02\n2021-01-05 17:00:00,ES,1,3,2020-01-01\n') \gset
SELECT tick_load(:'dir' || '/numbered.csv', 'numbered', partition_by => 'part');
SELECT partition, rows FROM tick.partitions WHERE dataset = 'numbered'::regclass ORDER BY 1;
SELECT tick_load(:'dir' || '/numbered.csv', 'dated', partition_by => 'd');
SELECT rows FROM tick.partitions WHERE dataset = 'dated'::regclass ORDER BY 1;
SELECT tick_load(:'dir' || '/numbered.csv', 'monthly', partition_by => 'month', stats_where => 'price > 1');
SELECT partition, rows FROM tick.partitions WHERE dataset = 'monthly'::regclass ORDER BY 1;
SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = 'monthly'::regclass;
-- dialects: tabs, other quotes, escapes, comments, trailer, null text, header said
SELECT put(:'dir' || '/dialect.txt', E'# made by hand\nts\tsym\tnote\tn\n2021-01-04 10:00:00\tA\t''it\\''s, quoted''\tNA\n# in between\n\n2021-01-04 10:00:01\tB\tplain\t5\nEND|2|\nafter the end\n') \gset
SELECT tick_load(:'dir' || '/dialect.txt', 'dialect', delimiter => E'\t', quote => '''', escape => E'\\', comment => '#', trailer => 'END', null_as => 'NA', header => 'true');
SELECT * FROM dialect;
SELECT lines, header, blank, comment, trailer, rows FROM tick.loads WHERE dataset = 'dialect'::regclass;
-- another encoding
\set make 'printf ''ts,sym,note\\n2021-01-04 10:00:00,A,caf\\351\\n'' > ' :dir '/latin.csv'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/latin.csv'), :'dir');
SELECT tick_load(:'dir' || '/latin.csv', encoding => 'LATIN1');
SELECT * FROM latin;
-- arguments that cannot be
SELECT try('SELECT tick_load(''/x'', columns => ''a = '')', :'dir');
SELECT try('SELECT tick_load(''/x'', path => ''{a'')', :'dir');
SELECT try('SELECT tick_load(''/x'', delimiter => '',,'')', :'dir');
SELECT try('SELECT tick_load(''/x'', delimiter => ''"'')', :'dir');
SELECT try('SELECT tick_load(''/x'', header => ''perhaps'')', :'dir');
SELECT try('SELECT tick_load(''/x'', encoding => ''nonsense'')', :'dir');
SELECT put(:'dir' || '/pipes.csv', E'ts|sym|price\n2021-01-04 09:30:00|A|1.5\n') \gset
SELECT try(format('SELECT tick_load(%L, encoding => ''SJIS'')', :'dir' || '/pipes.csv'), :'dir');
SELECT try('SELECT tick_load(''/x'', time_zone => ''Mars/Olympus'')', :'dir');
SELECT try('SELECT tick_load(''/x'', format => ''parquet'')', :'dir');
SELECT try('SELECT tick_load(''/x'', on_error => ''maybe'')', :'dir');
SELECT try('SELECT tick_load(''/x'', replaces => ''some'')', :'dir');
SELECT try('SELECT tick_load(''/x'', reject_limit => -1)', :'dir');
SELECT try('SELECT tick_load(''/x'', jobs => 0)', :'dir');
-- columns against files
SELECT try(format('SELECT tick_load(%L, ''n'', ''x = "No Such"'')', :'dir' || '/wrds.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''n'', ''x = $9'')', :'dir' || '/wrds.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''n'', ''x = {nothing}'')', :'dir' || '/wrds.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''n'', ''x = $1, x = $2'')', :'dir' || '/wrds.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''n'', ''x = PRICE point'')', :'dir' || '/wrds.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''n'', ''x = PRICE nosuchtype'')', :'dir' || '/wrds.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''n'', ''x = Name'')', :'dir' || '/positions.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''wrds'', ''y = PRICE, sym = SYM_ROOT, ts = DATE + TIME_M'', if_loaded => ''append'')', :'dir' || '/wrds.csv'), :'dir');
-- an unbounded numeric takes exponents, as COPY does
SELECT put(:'dir' || '/exponents.csv', E'ts,sym,price\n2021-01-04 09:30,A,1e-5\n2021-01-04 09:31,A,2.5E+3\n') \gset
SELECT tick_load(:'dir' || '/exponents.csv', 'exponents', columns => 'ts, sym, price numeric');
SELECT price FROM exponents ORDER BY ts;

DROP SCHEMA load_columns CASCADE;
