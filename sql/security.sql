-- Who may call what, and what hostile names, paths, functions and arguments
-- can do.
CREATE SCHEMA security;
SET search_path = security, public;
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
\getenv abs_builddir PG_ABS_BUILDDIR
\set file :abs_builddir '/results/security.csv'
COPY (SELECT 'ts,sym,price,size' UNION ALL SELECT '2021-01-04 10:00:00,A,1.5,10') TO :'file';
CREATE ROLE regress_sec_owner;
CREATE ROLE regress_sec_writer;
CREATE ROLE regress_sec_reader;
CREATE ROLE regress_sec_files;
CREATE ROLE regress_sec_nobody;
GRANT USAGE ON SCHEMA security TO PUBLIC;
GRANT CREATE ON SCHEMA security TO regress_sec_owner;
GRANT USAGE ON FOREIGN SERVER tick TO regress_sec_owner;
GRANT pg_read_server_files TO regress_sec_files;
SET ROLE regress_sec_owner;
CREATE FOREIGN TABLE d (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price'), size int OPTIONS (role 'size')) SERVER tick;
INSERT INTO d VALUES ('2021-01-04', 'A', 1, 1), ('2021-01-04', 'B', 2, 2);
GRANT SELECT ON d TO regress_sec_reader;
GRANT SELECT, INSERT ON d TO regress_sec_writer;
RESET ROLE;
SELECT tick_create_snapshot('security', 'd') > 0 AS made;
SELECT tick_create_dataview('v', 'd', 'security');

-- every function that people call, and what each role gets: the SQLSTATE, or nothing when it works
CREATE TABLE calls (name text, call text);
INSERT INTO calls VALUES
	('tick_load', format('SELECT tick_load(%L, ''d'', if_loaded => ''append'')', :'file')),
	('tick_load_program', 'SELECT tick_load_program(''true'', ''d'')'),
	('tick_guess', format('SELECT count(*) FROM tick_guess(%L)', :'file')),
	('tick_guess_ddl', format('SELECT tick_guess_ddl(%L)', :'file')),
	('tick_finalize', 'SELECT tick_finalize(''d'')'),
	('tick_daily_stats', 'SELECT count(*) FROM tick_daily_stats(''d'')'),
	('tick_delete', 'SELECT tick_delete(''d'', symbols => ''{B}'')'),
	('tick_restore', 'SELECT tick_restore(''d'', ''security'')'),
	('tick_vacuum', 'CALL tick_vacuum(''d'')'),
	('tick_verify', 'SELECT count(*) FROM tick_verify(''d'')'),
	('tick_segment_info', 'SELECT count(*) FROM tick_segment_info(''d'')'),
	('tick_create_snapshot', 'SELECT tick_create_snapshot(''more'', ''d'')'),
	('tick_drop_snapshot', 'SELECT tick_drop_snapshot(''security2'')'),
	('tick_create_dataview', 'SELECT tick_create_dataview(''security.w'', ''d'')'),
	('tick_create_asof', 'SELECT tick_create_asof(''security.a'', ''d'', ''d'')'),
	('tick_create_window', 'SELECT tick_create_window(''security.b'', ''d'', ''d'', ''1 s'', ''1 s'', ''count(*)'')'),
	('tick_set_dataview', 'SELECT tick_set_dataview(''v'', NULL)'),
	('tick_bars', 'SELECT count(*) FROM tick_bars(''d'', ''1 hour'')'),
	('tick_fetch', 'SELECT count(*) FROM tick_fetch(NULL::d, ''A'', NULL, NULL)'),
	('tick_asof', 'SELECT count(*) FROM tick_asof(NULL::d, ''A'', ''2021-01-04'')'),
	('tick_first', 'SELECT tick_first(price, ts) FROM d'),
	('tick_last', 'SELECT tick_last(price, ts) FROM d'),
	('tick_vwap', 'SELECT tick_vwap(price, size) FROM d');
SELECT tick_create_snapshot('security2', 'd') > 0 AS made;
-- it commits, so that it has to be called by itself: load_rights shows it
SELECT DISTINCT p.proname AS unlisted FROM pg_proc p JOIN pg_depend e ON e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
	JOIN pg_extension x ON x.oid = e.refobjid AND x.extname = 'tick'
	WHERE p.pronamespace <> 'tick'::regnamespace AND p.proname NOT IN (SELECT name FROM calls) AND p.proname <> 'tick_load_each';
-- undone by the error at its end
CREATE FUNCTION outcome(who text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', who);
	EXECUTE statement;
	RAISE EXCEPTION USING ERRCODE = 'P9999';
EXCEPTION
	WHEN SQLSTATE 'P9999' THEN RETURN '';
	WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
GRANT EXECUTE ON FUNCTION outcome TO PUBLIC;
SELECT name, outcome('regress_sec_owner', call) AS owner, outcome('regress_sec_writer', call) AS writer, outcome('regress_sec_reader', call) AS reader,
	outcome('regress_sec_files', call) AS files, outcome('regress_sec_nobody', call) AS nobody FROM calls ORDER BY name;
-- PUBLIC may call these, of all that the extension has
SELECT string_agg(DISTINCT proname, ' ' ORDER BY proname) FROM pg_proc p JOIN pg_depend e ON e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
	JOIN pg_extension x ON x.oid = e.refobjid AND x.extname = 'tick'
	WHERE NOT has_function_privilege('regress_sec_nobody', p.oid, 'EXECUTE');
-- functions that run as their owner
SELECT proname, prolang::regproc IS NOT NULL AS c FROM pg_proc p JOIN pg_depend e ON e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
	JOIN pg_extension x ON x.oid = e.refobjid AND x.extname = 'tick' WHERE prosecdef;

-- a path on which everything is somebody else's
CREATE SCHEMA trap;
CREATE TABLE trap.caught (what text);
CREATE FUNCTION trap.spring(what text) RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'trapped: %', what; END$$;
CREATE FUNCTION trap.count(int) RETURNS bigint LANGUAGE plpgsql AS $$BEGIN PERFORM trap.spring('count'); RETURN 0; END$$;
CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE plpgsql AS $$BEGIN PERFORM trap.spring('now'); END$$;
CREATE FUNCTION trap.has_table_privilege(oid, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN PERFORM trap.spring('has_table_privilege'); END$$;
CREATE FUNCTION trap.tick_daily_stats(regclass) RETURNS SETOF int LANGUAGE plpgsql AS $$BEGIN PERFORM trap.spring('tick_daily_stats'); END$$;
CREATE FUNCTION trap.texteq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN PERFORM trap.spring('text ='); END$$;
CREATE FUNCTION trap.int8eq(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN PERFORM trap.spring('bigint ='); END$$;
CREATE FUNCTION trap.oideq(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN PERFORM trap.spring('oid ='); END$$;
CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.texteq);
CREATE OPERATOR trap.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = trap.int8eq);
CREATE OPERATOR trap.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = trap.oideq);
CREATE OPERATOR trap.> (LEFTARG = int, RIGHTARG = int, FUNCTION = int4lt);
CREATE TABLE trap.segment (LIKE tick.segment);
CREATE TABLE trap.pg_class (LIKE pg_class);
CREATE DOMAIN trap.timestamp AS text;
CREATE DOMAIN trap.float8 AS text;
CREATE FUNCTION attack(file text) RETURNS SETOF text LANGUAGE plpgsql SET search_path = trap, pg_catalog, public, security AS $$
BEGIN
	RETURN NEXT tick_load(file, 'security.attacked', symbol => 'T', if_loaded => 'append', stats_where => 'size OPERATOR(pg_catalog.>) 1');
	RETURN NEXT tick_load(file, 'security.attacked', symbol => 'T', if_loaded => 'append', replaces => 'symbol_dates');
	RETURN NEXT tick_finalize('security.attacked');
	RETURN NEXT (SELECT trades FROM security.attacked_daily);
	RETURN NEXT (SELECT close FROM tick_bars('security.attacked', '1 hour'));
	RETURN NEXT (SELECT price FROM tick_fetch(NULL::security.attacked, 'T', NULL, NULL));
END $$;
CREATE FUNCTION attack_again() RETURNS SETOF text LANGUAGE plpgsql SET search_path = trap, pg_catalog, public, security AS $$
BEGIN
	RETURN NEXT tick_create_snapshot('attacked', 'security.attacked') OPERATOR(pg_catalog.>) 0;
	PERFORM tick_create_dataview('security.attacked_view', 'security.attacked', 'attacked');
	RETURN NEXT (SELECT max(price) FROM security.attacked_view);
	RETURN NEXT tick_delete('security.attacked', symbols => '{T}');
	RETURN NEXT tick_restore('security.attacked', 'attacked');
	RETURN NEXT (SELECT pg_catalog.count(*) FROM tick_verify('security.attacked', 'full'));
	RETURN NEXT (SELECT max(rows) FROM tick.partitions WHERE dataset OPERATOR(pg_catalog.=) 'security.attacked'::regclass::oid);
	RETURN NEXT (SELECT pg_catalog.count(*) FROM tick.symbols);
	PERFORM tick_set_dataview('security.attacked_view', NULL);
	DROP FOREIGN TABLE security.attacked_view;
	PERFORM tick_drop_snapshot('attacked');
	DROP FOREIGN TABLE security.attacked;
END $$;
SELECT * FROM attack(:'file');
SELECT count(*) FROM attack_again();
SELECT count(*) FROM tick.segment s WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.dataset);

-- names that need quotes, everywhere
CREATE SCHEMA "sc""he'ma; --";
SELECT tick_load(:'file', '"sc""he''ma; --"."ta""ble''; DROP TABLE security.calls; --"');
SET search_path = "sc""he'ma; --", public;
SELECT dataset, rows FROM tick.datasets WHERE dataset::text LIKE '%DROP TABLE%';
ALTER FOREIGN TABLE "ta""ble'; DROP TABLE security.calls; --" RENAME COLUMN price TO "pr""ice'";
ALTER FOREIGN TABLE "ta""ble'; DROP TABLE security.calls; --" OPTIONS (ADD stats_where '"pr""ice''" > 0 AND sym <> ''x''''y''');
SELECT tick_finalize('"ta""ble''; DROP TABLE security.calls; --"');
SELECT symbol, close FROM tick_daily_stats('"ta""ble''; DROP TABLE security.calls; --"');
SELECT tick_create_snapshot('sna"p''; --', '"ta""ble''; DROP TABLE security.calls; --"') > 0 AS made;
SELECT tick_create_dataview('"vi""ew''"', '"ta""ble''; DROP TABLE security.calls; --"', 'sna"p''; --');
SELECT * FROM "vi""ew'";
SELECT tick_set_dataview('"vi""ew''"', NULL), tick_set_dataview('"vi""ew''"', 'sna"p''; --');
SET tick.as_of = 'sna"p''; --';
SELECT count(*) FROM "ta""ble'; DROP TABLE security.calls; --";
RESET tick.as_of;
SELECT tick_bars('"ta""ble''; DROP TABLE security.calls; --"', '1 day', filter => '"pr""ice''" > 0; DROP TABLE security.calls');
SELECT close FROM tick_bars('"ta""ble''; DROP TABLE security.calls; --"', '1 day', filter => '"pr""ice''" > 0');
SELECT tick_load(:'file', 'x', columns => 'ts, sym, "pr""ice''; --" = price, ...');
SELECT * FROM x;
\set VERBOSITY terse
SELECT tick_load(:'file', 'y', partition_by => 'ts; DROP TABLE security.calls');
\set VERBOSITY default
SELECT count(*) > 0 AS still_there FROM security.calls;
DROP FOREIGN TABLE "vi""ew'";
SET search_path = security, public;
SELECT tick_drop_snapshot('sna"p''; --');
DROP SCHEMA "sc""he'ma; --" CASCADE;

-- a leaky function stays above a security barrier, whatever is pushed down
CREATE FUNCTION leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN RAISE WARNING 'saw %', $1; RETURN true; END$$;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM d WHERE sym <> 'B';
GRANT SELECT ON barrier TO regress_sec_nobody;
SET ROLE regress_sec_nobody;
SELECT count(*) FROM barrier WHERE leak(sym);
SELECT count(*) FROM barrier WHERE leak(sym) AND price > 0;
SELECT count(*) FROM barrier b JOIN (VALUES ('A'), ('B')) w(s) ON b.sym = w.s AND leak(b.sym);
RESET ROLE;

-- arguments that are null, empty, huge or of another kind: an error of the user's, whatever it is
CREATE FUNCTION odd(type regtype) RETURNS text[] LANGUAGE sql AS $$
	SELECT CASE $1::text
		WHEN 'text' THEN ARRAY['NULL', '''''', '''x''', 'repeat(''x'', 300000)', '''é" '''' ; %s %n \''']
		WHEN 'regclass' THEN ARRAY['NULL', '0::regclass', '''pg_class''', '''security.v''', '''security.d''', '4294967295::oid::regclass']
		WHEN 'date' THEN ARRAY['NULL', '''infinity''', '''-infinity''', '''5874897-12-31''']
		WHEN 'interval' THEN ARRAY['NULL', '''0''', '''-1 day''', '''178000000 years''', '''1 us''']
		WHEN 'text[]' THEN ARRAY['NULL', '''{}''', '''{NULL}''', '''{{a,b},{c,d}}''', 'array_fill(''x''::text, ''{100000}'')']
		WHEN 'integer' THEN ARRAY['NULL', '-2147483648', '0', '2147483647']
		WHEN 'bigint' THEN ARRAY['NULL', '-9223372036854775808', '0', '9223372036854775807']
		WHEN 'boolean' THEN ARRAY['NULL', 'true']
		WHEN '"any"' THEN ARRAY['NULL', '''infinity''::timestamp', '''-infinity''::timestamptz', '1', '''x''::text']
		WHEN 'anyelement' THEN ARRAY['NULL::security.d', 'NULL::int', 'NULL::pg_class']
		WHEN 'time without time zone' THEN ARRAY['NULL', '''24:00''']
		ELSE ARRAY['NULL'] END $$;
CREATE FUNCTION fuzz() RETURNS TABLE (statement text, state text, message text) LANGUAGE plpgsql AS $$
DECLARE f record; arguments text[]; choice text[]; i int; n int;
BEGIN
	PERFORM setseed(0.5);
	FOR f IN SELECT p.oid, p.proname, p.pronargs, p.prokind, p.proargtypes FROM pg_proc p
			JOIN pg_depend e ON e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
			JOIN pg_extension x ON x.oid = e.refobjid AND x.extname = 'tick'
			WHERE p.pronamespace <> 'tick'::regnamespace AND prokind IN ('f', 'p') AND proname <> 'tick_load_each' ORDER BY p.proname, p.oid LOOP
		FOR n IN 1 .. 60 LOOP
			arguments := '{}';
			FOR i IN 0 .. f.pronargs - 1 LOOP
				choice := odd(f.proargtypes[i]);
				-- mostly one odd value among usual ones
				arguments := arguments || CASE WHEN random() < 0.4 OR f.pronargs < 4 THEN choice[1 + floor(random() * array_length(choice, 1))] ELSE choice[1] END;
			END LOOP;
			IF f.proargtypes[0] = 'regclass'::regtype AND random() < 0.6 THEN arguments[1] := '''security.d'''; END IF;
			statement := CASE f.prokind WHEN 'p' THEN 'CALL ' ELSE 'SELECT * FROM ' END || f.oid::regproc || '(' || array_to_string(arguments, ', ') || ')';
			BEGIN
				EXECUTE statement;
				RAISE EXCEPTION USING ERRCODE = 'P9999';
			EXCEPTION
				WHEN OTHERS THEN
					state := SQLSTATE;
					message := SQLERRM;
					IF state LIKE 'XX%' OR state LIKE '58%' AND state <> '58P01' THEN RETURN NEXT; END IF;
			END;
		END LOOP;
	END LOOP;
END $$;
SELECT left(statement, 200), state, message FROM fuzz();
SELECT count(*) FROM d;
-- functions of the implementation cannot be called with what is not theirs
SELECT tick.partition_label('day', 2147483647) IS NOT NULL AS day, tick.partition_label('year', -2147483648) IS NOT NULL AS year, tick.partition_label('', 0) IS NOT NULL AS none;
SELECT tick.stamp_text(9223372036854775807, 'nowhere');
SELECT tick.fdw_validator('{a=b}', 'pg_class'::regclass);
SELECT tick.on_sql_drop();

SELECT tick_drop_snapshot('security2');
DROP FOREIGN TABLE v;
SELECT tick_drop_snapshot('security');
DROP SCHEMA trap CASCADE;
DROP SCHEMA security CASCADE;
DROP OWNED BY regress_sec_owner, regress_sec_writer, regress_sec_reader, regress_sec_files, regress_sec_nobody;
DROP ROLE regress_sec_owner, regress_sec_writer, regress_sec_reader, regress_sec_files, regress_sec_nobody;

-- what is there before CREATE EXTENSION is not captured: the script fails
SELECT current_database() AS olddb \gset
CREATE DATABASE regress_tick_capture TEMPLATE template0;
\c regress_tick_capture
-- where in the script it is said, newer servers add
\set SHOW_CONTEXT never
CREATE SCHEMA tick;
CREATE EXTENSION tick;
DROP SCHEMA tick;
CREATE FUNCTION tick_finalize(target regclass, from_date date = NULL, to_date date = NULL) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE EXTENSION tick;
DROP FUNCTION tick_finalize;
CREATE FOREIGN DATA WRAPPER tick_fdw;
CREATE EXTENSION tick;
DROP FOREIGN DATA WRAPPER tick_fdw;
CREATE FUNCTION tick_load(text) RETURNS text LANGUAGE sql AS 'SELECT 1::text';
CREATE EXTENSION tick;
\set SHOW_CONTEXT errors
SELECT count(*) FROM pg_extension WHERE extname = 'tick';
\c :olddb
DROP DATABASE regress_tick_capture;
