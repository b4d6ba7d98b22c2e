-- The ledger, replacing rows, and loading in batches.
CREATE SCHEMA load_ledger;
SET search_path = load_ledger, public;
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

CREATE FUNCTION trade(file text, price text, day text = '2021-01-04', sym text = 'A') RETURNS int LANGUAGE sql AS
	$$SELECT put(file, E'ts,sym,price\n' || day || ' 10:00:00,' || sym || ',' || price || E'\n' || day || ' 10:00:01,' || sym || ',' || price || E'.5\n')$$;
\set make 'rm -rf ' :dir '/ledger && mkdir -p ' :dir '/ledger'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT trade(:'dir' || '/ledger/a.csv', '1') \gset
SELECT trade(:'dir' || '/ledger/b.csv', '2', '2021-01-05') \gset
-- the folder, the folder again, the folder with one more file
SELECT tick_load(:'dir' || '/ledger', 'l');
SELECT tick_load(:'dir' || '/ledger', 'l');
SELECT trade(:'dir' || '/ledger/c.csv', '3', '2021-01-05', 'B') \gset
SELECT tick_load(:'dir' || '/ledger', 'l');
-- the same bytes under another name and twice in one source; other bytes of the same size
\set make 'cd ' :dir '/ledger && cp a.csv d.csv && cp a.csv e.csv'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT trade(:'dir' || '/ledger/f.csv', '6') \gset
SELECT tick_load(:'dir' || '/ledger', 'l');
SELECT tick_load(:'dir' || '/ledger', 'other');
SELECT count(*) FROM other;
-- equal bytes of different symbols are different rows, renamed ones of one symbol are not
\set make 'rm -rf ' :dir '/quiet && mkdir -p ' :dir '/quiet/X ' :dir '/quiet/Y && cd ' :dir '/quiet && printf "ts,price\\n2021-01-04 10:00:00,1\\n" > X/20210104.csv && cp X/20210104.csv Y/20210104.csv'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT tick_load(:'dir' || '/quiet', path => '{symbol}/*.csv');
\set make 'cd ' :dir '/quiet && cp -p X/20210104.csv X/again.csv'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT tick_load(:'dir' || '/quiet', path => '{symbol}/*.csv');
SELECT * FROM quiet ORDER BY symbol;
-- if_loaded
SELECT try(format('SELECT tick_load(%L, ''l'', if_loaded => ''error'')', :'dir' || '/ledger/a.csv'), :'dir');
SELECT tick_load(:'dir' || '/ledger/a.csv', 'l', if_loaded => 'append');
SELECT regexp_replace(file, '.*/', '') AS file, rows, on_ledger FROM tick.loads WHERE dataset = 'l'::regclass ORDER BY load;
SELECT sym, date, count(*), sum(price) FROM l GROUP BY 1, 2 ORDER BY 1, 2;
-- rows know their load
ALTER FOREIGN TABLE l ADD COLUMN load bigint OPTIONS (virtual 'load_id');
SELECT regexp_replace(file, '.*/', '') AS file, count(*), sum(price) FROM l JOIN tick.loads t ON t.load = l.load GROUP BY t.load, 1 ORDER BY t.load;
-- deleting the rows of a load takes it off the ledger
SELECT tick_delete('l', '2021-01-04', '2021-01-04');
SELECT regexp_replace(file, '.*/', '') AS file, on_ledger FROM tick.loads WHERE dataset = 'l'::regclass ORDER BY load;
SELECT tick_load(:'dir' || '/ledger', 'l');
SELECT sym, date, count(*), sum(price) FROM l GROUP BY 1, 2 ORDER BY 1, 2;

-- replaces: each with fresh rows of A on the 4th and 5th, and of B on the 5th
CREATE FUNCTION replaced(how text, dir text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; n bigint;
BEGIN
	PERFORM trade(dir || '/old1.csv', '1', '2021-01-04', 'A'), trade(dir || '/old2.csv', '2', '2021-01-05', 'A'),
		trade(dir || '/old3.csv', '3', '2021-01-05', 'B'), trade(dir || '/old4.csv', '4', '2021-01-06', 'B');
	EXECUTE format('SELECT tick_load(%L, %L, partition_by => %L)', dir || '/old?.csv', 'r_' || how, CASE WHEN how LIKE '%_month' THEN 'month' ELSE 'day' END);
	PERFORM put(dir || '/old2.csv', E'ts,sym,price\n2021-01-04 11:00:00,A,10\n2021-01-05 11:00:00,B,20\n');
	EXECUTE format('SELECT tick_load(%L, %L, replaces => %L)', dir || '/old2.csv', 'r_' || how, replace(how, '_month', '')) INTO n;
	EXECUTE format('SELECT string_agg(s, '' '' ORDER BY s) FROM (SELECT concat_ws(''/'', to_char(date, ''DD''), sym, sum(price)) AS s FROM %I GROUP BY date, sym) x', 'r_' || how) INTO result;
	EXECUTE format('SELECT %L || string_agg(right(file, 8) || CASE WHEN on_ledger THEN ''+'' ELSE ''-'' END, '' '' ORDER BY load) FROM tick.loads WHERE dataset = %L::regclass', result || ' | ', 'r_' || how) INTO result;
	RETURN n || ': ' || result;
END $$;
SELECT how, replaced(how, :'dir') FROM unnest(ARRAY['none', 'file', 'symbols', 'dates', 'symbol_dates', 'all', 'dates_month', 'symbol_dates_month']) how;
SELECT removed IS NULL AS live, count(*), sum(rows) FROM tick.segments WHERE dataset = 'r_all'::regclass GROUP BY 1 ORDER BY 1;
-- the same content as what it replaces
SELECT tick_load(:'dir' || '/old2.csv', 'r_all', replaces => 'all', if_loaded => 'append');
SELECT count(*) FROM r_all;
SELECT right(file, 8) AS file, on_ledger FROM tick.loads WHERE dataset = 'r_all'::regclass ORDER BY load;
-- what replaces needs
SELECT put(:'dir' || '/rowless.csv', E'a,b\nx,1\ny,2\n') \gset
SELECT tick_load(:'dir' || '/rowless.csv');
SELECT try(format('SELECT tick_load(%L, ''rowless'', replaces => ''dates'', if_loaded => ''append'')', :'dir' || '/rowless.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''rowless'', replaces => ''symbols'', if_loaded => ''append'')', :'dir' || '/rowless.csv'), :'dir');

-- a partition is merged when it has come to more than four segments, unless told not to
CREATE FUNCTION many(target text, finalize boolean, dir text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE counts text := '';
BEGIN
	FOR i IN 1 .. 6 LOOP
		PERFORM trade(dir || '/many.csv', i::text, '2021-01-04', chr(70 - i)), tick_load(dir || '/many.csv', target, finalize => finalize);
		counts := counts || ' ' || (SELECT segments FROM tick.partitions WHERE dataset = target::regclass);
	END LOOP;
	RETURN counts;
END $$;
SELECT many('merged', true, :'dir'), many('unmerged', false, :'dir');
SELECT sym, count(*), sum(price) FROM merged GROUP BY 1 ORDER BY 1;
TABLE merged EXCEPT TABLE unmerged;

-- tick_load_each: batches, bad files, what is missing after a rerun
\set make 'rm -rf ' :dir '/each && mkdir -p ' :dir '/each'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT trade(:'dir' || '/each/1.csv', '1'), trade(:'dir' || '/each/2.csv', '2', '2021-01-05'), trade(:'dir' || '/each/4.csv', '4', '2021-01-06') \gset
CALL tick_load_each(:'dir' || '/each', batch_size => '100');
SELECT count(DISTINCT changeset), count(*) FROM tick.loads WHERE dataset = 'each'::regclass;
CALL tick_load_each(:'dir' || '/each', batch_size => '1kB');
SELECT put(:'dir' || '/each/3.csv', E'ts,sym,price\n2021-01-05 10:00:00,A,1\n2021-01-05 10:00:00,A,x\n') \gset
SELECT trade(:'dir' || '/each/5.csv', '5', '2021-01-07') \gset
\set make 'cd ' :dir '/each && gzip -c 1.csv | head -c 40 > 6.csv.gz'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
\set VERBOSITY terse
SET client_min_messages = error;
CALL tick_load_each(:'dir' || '/each');
\set VERBOSITY default
SET client_min_messages = warning;
SELECT regexp_replace(file, '.*/', '') AS file, status, rows, on_ledger, sqlstate, message FROM tick.loads WHERE dataset = 'each'::regclass ORDER BY load;
SELECT trade(:'dir' || '/each/3.csv', '3', '2021-01-08') \gset
\set make 'cd ' :dir '/each && rm 6.csv.gz'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
CALL tick_load_each(:'dir' || '/each');
SELECT date, count(*) FROM each GROUP BY 1 ORDER BY 1;
-- nothing but bad files, no dataset
SET client_min_messages = error;
\set VERBOSITY terse
SELECT put(:'dir' || '/broken.csv', E'\x01\x02') \gset
SELECT trade(:'dir' || '/good.csv', '1') \gset
\set make 'gzip -c ' :dir '/good.csv | head -c 40 > ' :dir '/broken.csv.gz'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
CALL tick_load_each(:'dir' || '/broken.csv.gz', 'never');
SELECT to_regclass('never');
\set VERBOSITY default
SET client_min_messages = warning;
-- inside a transaction or function it cannot commit
BEGIN;
CALL tick_load_each(:'dir' || '/each');
ROLLBACK;
DO $$ BEGIN CALL tick_load_each('/nowhere'); END $$;
CALL tick_load_each('/nowhere', batch_size => '0');
CALL tick_load_each('/nowhere', retries => -1);
CALL tick_load_each('/nowhere', retry_pause => '3 days');

DROP SCHEMA load_ledger CASCADE;
