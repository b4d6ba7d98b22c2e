-- Who may load.
CREATE SCHEMA load_rights;
SET search_path = load_rights, public;
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

CREATE ROLE regress_tick_loader LOGIN;
CREATE ROLE regress_tick_appender LOGIN;
CREATE ROLE regress_tick_nobody LOGIN;
GRANT USAGE ON SCHEMA load_rights TO PUBLIC;
SELECT put(:'dir' || '/rights.csv', E'ts,sym,price\n2021-01-04 10:00:00,A,1\n') \gset
SELECT put(:'dir' || '/rights2.csv', E'ts,sym,price\n2021-01-04 10:00:00,A,2\n') \gset
-- EXECUTE is not granted to everybody, and EXECUTE alone is not enough
SET ROLE regress_tick_nobody;
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/rights.csv'), :'dir');
SELECT try(format('SELECT * FROM tick_guess(%L)', :'dir' || '/rights.csv'), :'dir');
SELECT try(format('SELECT tick_guess_ddl(%L)', :'dir' || '/rights.csv'), :'dir');
CALL tick_load_each('/nowhere');
RESET ROLE;
GRANT EXECUTE ON FUNCTION tick_load, tick_guess, tick_guess_ddl TO regress_tick_nobody;
GRANT EXECUTE ON PROCEDURE tick_load_each TO regress_tick_nobody;
SET ROLE regress_tick_nobody;
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/rights.csv'), :'dir');
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/no/such/file'), :'dir');
SELECT try(format('SELECT * FROM tick_guess(%L)', :'dir' || '/rights.csv'), :'dir');
SELECT try(format('SELECT tick_guess_ddl(%L)', :'dir' || '/rights.csv'), :'dir');
CALL tick_load_each('/nowhere');
RESET ROLE;
-- reading files, USAGE on the server, CREATE on the schema
GRANT pg_read_server_files TO regress_tick_loader, regress_tick_appender;
SET ROLE regress_tick_loader;
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/rights.csv'), :'dir');
RESET ROLE;
GRANT CREATE ON SCHEMA load_rights TO regress_tick_loader;
SET ROLE regress_tick_loader;
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/rights.csv'), :'dir');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER tick TO regress_tick_loader;
SET ROLE regress_tick_loader;
SELECT tick_load(:'dir' || '/rights.csv');
SELECT * FROM rights;
SELECT relowner::regrole FROM pg_class WHERE oid = 'rights'::regclass;
SELECT count(*) FROM tick.loads;
-- INSERT to append
SET ROLE regress_tick_appender;
SELECT try(format('SELECT tick_load(%L, ''rights'')', :'dir' || '/rights2.csv'), :'dir');
SELECT count(*) FROM tick.loads;
SET ROLE regress_tick_loader;
GRANT INSERT ON rights TO regress_tick_appender;
SET ROLE regress_tick_appender;
SELECT tick_load(:'dir' || '/rights2.csv', 'rights');
SELECT count(*) FROM tick.loads;
SELECT try('SELECT count(*) FROM rights', '');
SET ROLE regress_tick_loader;
SELECT count(*) FROM rights;
-- a function that runs as its owner loads as its owner
RESET ROLE;
CREATE FUNCTION load_it(file text) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = load_rights, public AS
	$$SELECT tick_load(file, 'rights', if_loaded => 'append')$$;
SET ROLE regress_tick_nobody;
SELECT load_it(:'dir' || '/rights2.csv');
RESET ROLE;
SELECT role, count(*) FROM tick.loads WHERE dataset = 'rights'::regclass GROUP BY 1 ORDER BY 1;
REVOKE EXECUTE ON FUNCTION tick_load, tick_guess, tick_guess_ddl FROM regress_tick_nobody;
REVOKE EXECUTE ON PROCEDURE tick_load_each FROM regress_tick_nobody;
REVOKE USAGE ON FOREIGN SERVER tick FROM regress_tick_loader;
DROP OWNED BY regress_tick_loader CASCADE;
DROP OWNED BY regress_tick_appender, regress_tick_nobody CASCADE;
DROP ROLE regress_tick_loader;
DROP ROLE regress_tick_appender;
DROP ROLE regress_tick_nobody;

DROP SCHEMA load_rights CASCADE;
