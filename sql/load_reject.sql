-- Rows and files that break the rules.
CREATE SCHEMA load_reject;
SET search_path = load_reject, public;
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

-- one file, one fault of each kind; every line is accounted for
SELECT put(:'dir' || '/faults.csv', E'ts,sym,price,size,note\n' || repeat(E'2021-01-04 10:00:00,A,1.5,10,good\n', 400) || E''
	'2021-01-04 10:00:00,A,1.5\n'
	'2021-01-04 10:00:00,A,1.5,10,x,extra\n'
	'2021-13-04 10:00:00,A,1.5,10,month\n'
	'noon,A,1.5,10,time\n'
	',A,1.5,10,no time\n'
	'2021-01-04 10:00:00,,1.5,10,no symbol\n'
	'2021-01-04 10:00:00,A,12.x,10,price\n'
	'2021-01-04 10:00:00,A,NaN,10,nan\n'
	'2021-01-04 10:00:00,A,1e999,10,huge\n'
	'2021-01-04 10:00:00,A,1.5,9223372036854775808,size\n'
	'2021-01-04 10:00:00,A,1.5,1.5,size\n'
	'1600-01-04 10:00:00,A,1.5,10,too early\n'
	'\n'
	'2021-01-04 10:00:01,A,1.5,11,"two\nlines"\n'
	'2021-01-04 10:00:02,A,bad,12,"three\nbad\nlines"\n'
	'2021-01-04 10:00:03,A,,,\n'
	'2021-01-04 10:00:04,A,1,12,"quote" after\n'
	'2021-01-04 10:00:05,A,1,12,"never closed\n') \gset
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/faults.csv'), :'dir');
SELECT to_regclass('faults');
SELECT tick_load(:'dir' || '/faults.csv', on_error => 'skip');
SELECT ts, sym, price, size, note, count(*) FROM faults GROUP BY 1, 2, 3, 4, 5 ORDER BY ts;
SELECT line, "column", value, reason, raw FROM tick.load_rejects WHERE dataset = 'faults'::regclass ORDER BY line;
SELECT lines, header, blank, rows, rejected, row_lines, rejected_lines,
	lines = header + blank + comment + trailer + row_lines + rejected_lines AS adds_up FROM tick.loads WHERE dataset = 'faults'::regclass;
-- each of them stops a load, with its place
CREATE FUNCTION each_fault(dir text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE bad text; i int := 0;
BEGIN
	FOREACH bad IN ARRAY ARRAY['2021-01-04 10:00:00,A,1.5', '2021-01-04 10:00:00,A,1.5,10,x,extra', '2021-13-04 10:00:00,A,1.5,10,month', 'noon,A,1.5,10,time',
		',A,1.5,10,no time', '2021-01-04 10:00:00,,1.5,10,no symbol', '2021-01-04 10:00:00,A,12.x,10,price', '2021-01-04 10:00:00,A,1e999,10,huge',
		'2021-01-04 10:00:00,A,1.5,9223372036854775808,size', '2021-01-04 10:00:00,A,1.5,1.5,size', '2021-01-04 10:00:00,A,1.5,abc,size',
		'2021-01-04 10:00:00,A,1,12,"quote" after', '2021-01-04 10:00:05,A,1,12,"never closed', '2021-01-04 10:00:05,A,1,12,' || repeat('x', 1100000),
		'2021-01-04 10:00:05,' || repeat('S', 256) || ',1,12,x']
	LOOP
		i := i + 1;
		PERFORM put(dir || '/fault.csv', E'ts,sym,price,size,note\n' || repeat(E'2021-01-04 09:00:00,A,1.5,10,good\n', 20) || bad || E'\n');
		RETURN NEXT regexp_replace(try(format('SELECT tick_load(%L, ''faults'')', dir || '/fault.csv'), dir), 'S{50,}', 'SSS', 'g');
	END LOOP;
END $$;
SELECT each_fault(:'dir');
SELECT count(*) FROM faults;
-- limits
SELECT try(format('SELECT tick_load(%L, ''limited'', on_error => ''ignore'', reject_limit => 14)', :'dir' || '/faults.csv'), :'dir');
SELECT tick_load(:'dir' || '/faults.csv', 'limited', on_error => 'ignore', reject_limit => 15);
SELECT put(:'dir' || '/all_bad.csv', E'ts,sym,price\n2021-01-04 10:00:00,A,x\n2021-01-04 10:00:00,A\n') \gset
SELECT try(format('SELECT tick_load(%L, ''limited'', on_error => ''skip'', missing => ''null'')', :'dir' || '/all_bad.csv'), :'dir');
-- NOT NULL and CHECK
CREATE FOREIGN TABLE checked (date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price numeric(10, 2) NOT NULL, size int CHECK (size > 0), note varchar(5), CONSTRAINT cheap CHECK (price * size < 1000 AND date > '2020-01-01' AND sym <> 'Z'))
	SERVER tick;
SELECT put(:'dir' || '/checked.csv', E'ts,sym,price,size,note\n2021-01-04 10:00:00,A,1.50,10,ok\n2021-01-04 10:00:01,A,,10,null\n2021-01-04 10:00:02,A,1,0,size\n'
	'2021-01-04 10:00:03,A,100,10,cheap\n2019-01-04 10:00:04,A,1,1,date\n2021-01-04 10:00:05,Z,1,1,sym\n2021-01-04 10:00:06,A,1,,null\n2021-01-04 10:00:07,A,1.001,1,scale\n'
	'2021-01-04 10:00:08,A,123456789.5,1,big\n2021-01-04 10:00:09,A,1.5000,1,zeros\n2021-01-04 10:00:10,A,1,1,123456\n2021-01-04 10:00:11,A,1,99999999999,int\n') \gset
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/checked.csv'), :'dir');
SELECT tick_load(:'dir' || '/checked.csv', on_error => 'skip');
SELECT * FROM checked ORDER BY ts;
SELECT line, "column", value, reason FROM tick.load_rejects WHERE dataset = 'checked'::regclass ORDER BY line;
SELECT put(:'dir' || '/checked2.csv', E'ts,sym,price,size,note\n2021-01-05 10:00:00,A,1.50,10,ok\n2021-01-05 10:00:02,A,1,0,size\n') \gset
SELECT try(format('SELECT tick_load(%L, ''checked'')', :'dir' || '/checked2.csv'), :'dir');
-- bad files among good ones
\set make 'rm -rf ' :dir '/mixed && mkdir -p ' :dir '/mixed && cd ' :dir '/mixed && printf "ts,sym,price\\n2021-01-04 10:00:00,A,1\\n" > a.csv && printf "ts,sym,price\\n2021-01-05 10:00:00,A,2\\n2021-01-05 10:00:00,A,x\\n" > b.csv && printf "ts,sym,price\\n2021-01-04 11:00:00,B,3\\n" | gzip | head -c 30 > c.csv.gz && printf "ts,sym,price\\n2021-01-04 12:00:00,C,4\\n" > d.csv'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
SELECT try(format('SELECT tick_load(%L)', :'dir' || '/mixed'), :'dir');
SET client_min_messages = error;
SELECT tick_load(:'dir' || '/mixed', on_file_error => 'skip');
SET client_min_messages = warning;
SELECT * FROM mixed ORDER BY ts;
SELECT regexp_replace(file, '.*/', '') AS file, status, rows, on_ledger, sqlstate, message, changeset IS NULL AS no_changeset FROM tick.loads WHERE dataset = 'mixed'::regclass ORDER BY load;
SELECT partition, rows FROM tick.partitions WHERE dataset = 'mixed'::regclass;
-- the first file is bad, so is every file
SET client_min_messages = error;
SELECT put(:'dir' || '/mixed/0.csv', E'ts,sym,price\n' || repeat(E'2021-01-04 10:00:00,A,1\n', 30) || E'2021-01-05 10:00:00,A,x\n') \gset
SELECT tick_load(:'dir' || '/mixed/*', 'mixed2', on_file_error => 'skip');
SELECT regexp_replace(file, '.*/', '') AS file, status, rows, sqlstate FROM tick.loads WHERE dataset = 'mixed2'::regclass ORDER BY load;
SELECT * FROM mixed2 ORDER BY ts;
SELECT try(format('SELECT tick_load(%L, ''mixed3'', on_file_error => ''skip'')', :'dir' || '/mixed/[0c]*'), :'dir');
SELECT to_regclass('mixed3');
SET client_min_messages = warning;
-- nothing stays after an error, a rollback, a rolled back savepoint
BEGIN;
SELECT tick_load(:'dir' || '/mixed/a.csv', 'gone');
SELECT count(*) FROM gone;
ROLLBACK;
SELECT to_regclass('gone');
BEGIN;
SELECT tick_load(:'dir' || '/mixed/a.csv', 'kept');
SAVEPOINT s;
SELECT tick_load(:'dir' || '/mixed/d.csv', 'kept');
SELECT count(*) FROM kept;
ROLLBACK TO s;
SELECT count(*) FROM kept;
COMMIT;
SELECT count(*) FROM kept;
SELECT tick_load(:'dir' || '/mixed/d.csv', 'kept');
-- where nothing may be written
BEGIN READ ONLY;
SELECT tick_load(:'dir' || '/mixed/a.csv', 'kept');
ROLLBACK;
SET tick.as_of = '1';
SELECT tick_load(:'dir' || '/mixed/a.csv', 'kept');
RESET tick.as_of;
-- more rejects than are inserted together, the last of them behind the last line break
CREATE FOREIGN TABLE many (t timestamp OPTIONS (role 'time'), price int) SERVER tick OPTIONS (partition_by 'day');
SELECT put(:'dir' || '/many.csv', 't,price' || (SELECT string_agg(format(E'\n2021-01-04 10:00:00,%s', CASE WHEN n % 5 = 0 THEN n::text ELSE 'x' || n END), '' ORDER BY n) FROM generate_series(1, 3124) n)) \g /dev/null
SELECT tick_load(:'dir' || '/many.csv', 'many', on_error => 'skip', reject_limit => 5000);
SELECT count(*), sum(price) FROM many;
SELECT count(*), count(DISTINCT line), min(line), max(line), count(*) FILTER (WHERE value = 'x' || line - 1
	AND reason = 'invalid input syntax for type integer: "' || value || '"' AND raw = '2021-01-04 10:00:00,' || value AND column_name = 'price')
	FROM tick.load_reject WHERE dataset = 'many'::regclass;

DROP SCHEMA load_reject CASCADE;
