-- Nothing is passed over in silence, nothing taken away without the right to.
CREATE SCHEMA load_refuse;
SET search_path = load_refuse, public;
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

-- a header and not one row that can be read: no empty file
SELECT put(:'dir' || '/refuse.csv', E'ts,sym,price\n"2021-01-04 10:00:00","A"x,1\n"2021-01-04 10:00:01","A"x,2\n') \gset
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/refuse.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, on_error => ''skip'')', :'dir' || '/refuse.csv'), :'dir');
-- the first row lies behind all that is looked at
SELECT put(:'dir' || '/refuse.csv', repeat(E'\n', 1100000) || E'ts,sym,price\n2021-01-04 10:00:00,A,1\n') \gset
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/refuse.csv'), :'dir');
SELECT to_regclass('refuse');
-- a dataset says what to look for, and nothing is guessed
CREATE FOREIGN TABLE refuse (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price double precision) SERVER tick;
SELECT put(:'dir' || '/refuse.csv', E'ts,sym,price\n"2021-01-04 10:00:00","A"x,1\n2021-01-04 10:00:01,A,2\n') \gset
SELECT try(format('SELECT tick_load(%L, on_error => ''skip'')', :'dir' || '/refuse.csv'), :'dir');

-- a failure is recorded although the dataset is made by a later file
\set make 'rm -rf ' :dir '/refuse && mkdir ' :dir '/refuse'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT put(:'dir' || '/refuse/a.csv', E'ts,sym,price\n2021-01-04 10:00:00,A,1\n2021-01-04 10:00:01,A\n2021-01-04 10:00:02,A,1\n') \gset
SELECT put(:'dir' || '/refuse/b.csv', E'ts,sym,price\n2021-01-05 10:00:00,A,1\n') \gset
SELECT set_config('refuse.source', :'dir' || '/refuse', false) \gset
SET client_min_messages = error;
CALL tick_load_each(current_setting('refuse.source'), 'later', batch_size => '1');
SET client_min_messages = warning;
SELECT substring(file FROM '[^/]*$') AS file, status, rows, sqlstate, message FROM tick.loads WHERE dataset = 'later'::regclass ORDER BY 1;
DROP FOREIGN TABLE later CASCADE;

-- content that was appended again goes and comes back with its version
SELECT put(:'dir' || '/refuse.csv', E'ts,sym,price\n2021-01-05 10:00:00,B,1\n2021-01-05 10:00:01,B,2\n') \gset
SELECT put(:'dir' || '/refuse2.csv', E'ts,sym,price\n2021-01-06 10:00:00,C,1\n') \gset
SELECT tick_load(:'dir' || '/refuse.csv', 'twice'), tick_load(:'dir' || '/refuse.csv', 'twice', if_loaded => 'append');
SELECT tick_create_snapshot('refuse twice') > 0;
SELECT tick_load(:'dir' || '/refuse2.csv', 'twice', replaces => 'all'), tick_restore('twice', 'refuse twice');
SELECT date, sym, count(*) FROM twice GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*), count(*) FILTER (WHERE on_ledger) FROM tick.loads WHERE dataset = 'twice'::regclass;
SELECT tick_load(:'dir' || '/refuse.csv', 'twice');
SELECT tick_delete('twice'), tick_restore('twice', 'refuse twice'), count(*) FROM twice;
SELECT tick_drop_snapshot('refuse twice');

-- to replace rows needs DELETE, as tick_delete() does
CREATE ROLE regress_tick_replacer;
GRANT pg_read_server_files TO regress_tick_replacer;
GRANT USAGE ON SCHEMA load_refuse TO regress_tick_replacer;
GRANT SELECT, INSERT ON twice TO regress_tick_replacer;
SET ROLE regress_tick_replacer;
SELECT try(format('SELECT tick_load(%L, ''twice'', replaces => ''all'')', :'dir' || '/refuse2.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''twice'', replaces => ''file'')', :'dir' || '/refuse2.csv'), :'dir');
RESET ROLE;
GRANT DELETE ON twice TO regress_tick_replacer;
SET ROLE regress_tick_replacer;
SELECT tick_load(:'dir' || '/refuse2.csv', 'twice', replaces => 'all');
RESET ROLE;
SELECT count(*) FROM twice;
DROP OWNED BY regress_tick_replacer;
DROP ROLE regress_tick_replacer;

-- symbol and date are for files that do not say
SELECT put(:'dir' || '/refuse3.csv', E'ts,sym,price\n2021-01-04 10:00:00,A,1\n') \gset
SELECT try(format('SELECT tick_load(%L, ''said'', date => ''2021-01-05'')', :'dir' || '/refuse3.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L, ''said'', symbol => ''B'')', :'dir' || '/refuse3.csv'), :'dir');
SELECT put(:'dir' || '/refuse3.csv', E'date,time,price\n2021-01-04,10:00:00,1\n') \gset
SELECT try(format('SELECT tick_load(%L, ''said2'', date => ''2021-01-05'')', :'dir' || '/refuse3.csv'), :'dir');
SELECT put(:'dir' || '/refuse3.csv', E'time,price,settles\n10:00:00,1,2021-01-04\n') \gset
SELECT try(format('SELECT tick_load(%L, ''said3'', date => ''2021-01-05'')', :'dir' || '/refuse3.csv'), :'dir');
SELECT * FROM said;
SELECT * FROM said3;
-- bytes that would have two meanings
SELECT options, try(format('SELECT tick_load(%L, ''bytes'', %s)', :'dir' || '/refuse3.csv', options), :'dir') FROM (VALUES
	($$delimiter => '"'$$), ($$delimiter => '#', comment => '#'$$), ($$comment => '"'$$), ($$delimiter => '\', escape => '\'$$),
	($$delimiter => ',', null_as => 'a,b'$$), ($$null_as => '"'$$), ($$null_as => E'a\nb'$$), ($$delimiter => ',,'$$)) v (options);
-- a name that no message could show
\set make 'cd ' :dir ' && rm -rf names && mkdir names && cp refuse3.csv names/$(printf ''a\\377b.csv'')'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT try(format('SELECT tick_load(%L, ''names'', date => ''2021-01-05'')', :'dir' || '/names'), :'dir');
\set make 'cd ' :dir '/names && mv * $(printf ''.a\\377b.csv'') && cp ../refuse3.csv good.csv'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT try(format('SELECT tick_load(%L, ''names'', date => ''2021-01-05'')', :'dir' || '/names'), :'dir');
DROP FOREIGN TABLE refuse, twice, said, said3, names CASCADE;
DROP SCHEMA load_refuse CASCADE;
