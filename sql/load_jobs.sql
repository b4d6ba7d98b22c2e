-- Several files read at once give what they give one after the other.
CREATE SCHEMA load_jobs;
SET search_path = load_jobs, public;
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
\getenv abs_builddir PG_ABS_BUILDDIR
\set dir :abs_builddir '/results'
\set make 'rm -rf ' :dir '/jobs && mkdir -p ' :dir '/jobs'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';
CREATE TABLE rows AS SELECT f, n, timestamp '2022-05-02 09:00' + (n / 4) * interval '1 s' AS ts, 'S' || n % 23 AS sym, f * 1000000 + n AS price, 'text ' || n % (f * 100) AS note
	FROM generate_series(1, 6) f, generate_series(1, 30000) n;
\set to 'cat > ' :dir '/jobs/1.csv'
COPY (SELECT ts, sym, price, note FROM rows WHERE f = 1 ORDER BY n) TO PROGRAM :'to' WITH (FORMAT csv, HEADER);
\set to 'gzip -1 > ' :dir '/jobs/2.csv.gz'
COPY (SELECT ts, sym, price, note FROM rows WHERE f = 2 ORDER BY n) TO PROGRAM :'to' WITH (FORMAT csv, HEADER);
-- breaks in its last row
\set to '(cat; echo 2022-05-02 10:00:00,S1,nothing,x) > ' :dir '/jobs/3.csv'
COPY (SELECT ts, sym, price, note FROM rows WHERE f = 3 ORDER BY n) TO PROGRAM :'to' WITH (FORMAT csv, HEADER);
-- another order of columns
\set to 'cat > ' :dir '/jobs/4.csv'
COPY (SELECT note, price, sym, ts FROM rows WHERE f = 4 ORDER BY n) TO PROGRAM :'to' WITH (FORMAT csv, HEADER);
-- a torn gzip
\set to 'gzip -1 | head -c 5000 > ' :dir '/jobs/5.csv.gz'
COPY (SELECT ts, sym, price, note FROM rows WHERE f = 5 ORDER BY n) TO PROGRAM :'to' WITH (FORMAT csv, HEADER);
\set to 'cat > ' :dir '/jobs/6.csv'
COPY (SELECT ts, sym, price, note FROM rows WHERE f = 6 ORDER BY n) TO PROGRAM :'to' WITH (FORMAT csv, HEADER);
-- the bytes of the first, and one that is empty
\set make 'cp ' :dir '/jobs/1.csv ' :dir '/jobs/7.csv && touch ' :dir '/jobs/8.csv'
COPY (SELECT 1 WHERE false) TO PROGRAM :'make';

SET client_min_messages = error;
SELECT tick_load(:'dir' || '/jobs', 'one', on_file_error => 'skip', jobs => 1);
SELECT tick_load(:'dir' || '/jobs', 'four', on_file_error => 'skip', jobs => 4);
SELECT tick_load(:'dir' || '/jobs', 'many', on_file_error => 'skip', jobs => 50);
SET client_min_messages = warning;
SELECT (SELECT count(*) FROM rows WHERE f IN (1, 2, 4, 6)) AS expected;
SELECT count(*) FROM ((SELECT ts, sym, price, note FROM four EXCEPT ALL SELECT ts, sym, price, note FROM rows WHERE f IN (1, 2, 4, 6))
	UNION ALL (SELECT ts, sym, price, note FROM rows WHERE f IN (1, 2, 4, 6) EXCEPT ALL SELECT ts, sym, price, note FROM four)) x;
-- and in the same order
SELECT count(*) FROM (SELECT sym, price, row_number() OVER () AS at FROM one) a FULL JOIN (SELECT sym, price, row_number() OVER () AS at FROM four) b USING (at)
	WHERE (a.sym, a.price) IS DISTINCT FROM (b.sym, b.price);
SELECT count(*) FROM (SELECT sym, price, row_number() OVER () AS at FROM one) a FULL JOIN (SELECT sym, price, row_number() OVER () AS at FROM many) b USING (at)
	WHERE (a.sym, a.price) IS DISTINCT FROM (b.sym, b.price);
SELECT dataset, substring(file FROM '[^/]*$') AS file, status, rows, lines, sqlstate FROM tick.loads WHERE dataset IN ('one'::regclass, 'four'::regclass, 'many'::regclass) ORDER BY dataset::text, 2;
-- an error names its own file, not one that was begun before
\set VERBOSITY terse
SELECT tick_load(:'dir' || '/jobs/[1-4]*', 'none', jobs => 4);
\set VERBOSITY default
SELECT tick_load(:'dir' || '/jobs/1.csv', 'one', jobs => 0);
SELECT * FROM tick_verify('four', 'full');

DROP SCHEMA load_jobs CASCADE;
