-- tick_guess() and tick_guess_ddl().
CREATE SCHEMA load_guess;
SET search_path = load_guess, public;
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

\pset null '(null)'
SELECT put(:'dir' || '/taq.csv', E'Date,Timestamp,EventType,Ticker,Price,Quantity,Exchange,Conditions\n'
	'20210104,04:00:00.021805862,TRADE,AMZN,3271.69,32,ARCA,80000401\n20210104,04:00:00.023217706,QUOTE BID,AMZN,2861.00,,ARCA,00000001\n') \gset
\x
SELECT * FROM tick_guess(:'dir' || '/taq.csv');
\x
SELECT position, field, name, type, role, format FROM tick_guess(:'dir' || '/taq.csv', columns => 'ts = DATE + TIMESTAMP, px = PRICE numeric(10,2), sym = TICKER, ...');
-- no header; what the path gives has no position
\set make 'mkdir -p ' :dir '/guess/IBM'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT put(:'dir' || '/guess/IBM/20131007.csv', E'14400614,139.4,500,P\n34200000,139.55,100,Q\n') \gset
SELECT position, field, name, type, role, format, samples, warning FROM tick_guess(:'dir' || '/guess', path => '{symbol}/{date:YYYYMMDD}.csv');
SELECT position, field, name, type, role, format, warning FROM tick_guess(:'dir' || '/guess/IBM/20131007.csv');
-- the statements that a load amounts to
SELECT replace(tick_guess_ddl(:'dir' || '/taq.csv'), :'dir', '/data');
SELECT replace(tick_guess_ddl(:'dir' || '/guess', 'my.prices', path => '{symbol}/{date:YYYYMMDD}.csv', time_zone => 'America/New_York',
	delimiter => ',', header => 'false', null_as => 'NA', encoding => 'LATIN1', comment => '#', partition_by => 'month', stats_where => 'price > 0'), :'dir', '/data');
-- they run
SELECT tick_guess_ddl(:'dir' || '/taq.csv', 'made') AS ddl \gset
:ddl
SELECT * FROM made;
SELECT try(format('SELECT * FROM tick_guess(%L)', :'dir' || '/no/such'), :'dir');
SELECT put(:'dir' || '/empty.csv', '') \gset
SELECT try(format('SELECT * FROM tick_guess(%L)', :'dir' || '/empty.csv'), :'dir');

DROP SCHEMA load_guess CASCADE;
