-- The ledger of loads follows tick_delete, tick_restore and TRUNCATE.
CREATE SCHEMA ledger;
SET search_path = ledger, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET client_min_messages = warning;
SELECT current_setting('data_directory') || '/regress_tick_ledger' AS file \gset
CREATE PROCEDURE write(name text, first int, last int) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT timestamp ''2021-01-04 09:30:00'' + i * interval ''1 hour'' AS ts, ''L'' || i %% 2 AS sym, 100 + i AS price, i AS size FROM generate_series(%s, %s) i) TO %L WITH (FORMAT csv, HEADER)',
		first, last, current_setting('data_directory') || '/regress_tick_ledger_' || name || '.csv');
END $$;
CREATE FUNCTION load(name text, if_loaded text DEFAULT 'skip') RETURNS bigint LANGUAGE sql AS $$
	SELECT tick_load(current_setting('data_directory') || '/regress_tick_ledger_' || name || '.csv', 'ledger.t', if_loaded => load.if_loaded) $$;
CREATE VIEW books AS SELECT string_agg(substring(file FROM 'ledger_(.*)\.csv'), ',' ORDER BY load) FILTER (WHERE on_ledger) AS on, string_agg(substring(file FROM 'ledger_(.*)\.csv'), ',' ORDER BY load) FILTER (WHERE NOT on_ledger) AS off
	FROM tick.loads WHERE dataset::text IN ('t', 'ledger.t');
CALL write('a', 0, 9);
CALL write('b', 10, 19);
CALL write('c', 30, 39);
SELECT load('a'), load('b'), load('a');
SELECT * FROM books;
SELECT tick_create_snapshot('ledger two', 't') > 0;
SELECT load('c');
-- part of a load deleted: it stays on the ledger; all of it: it comes off, and loads again
SELECT tick_delete('t', symbols => '{L0}');
SELECT * FROM books;
SELECT load('c');
SELECT tick_delete('t', '2021-01-05', '2021-01-05');
SELECT * FROM books;
SELECT count(*) FROM t;
SELECT tick_delete('t', NULL, '2021-01-04');
SELECT * FROM books;
SELECT load('b');
SELECT * FROM books;
SELECT tick_finalize('t') >= 0;
SELECT load('b');
-- restored: the ledger is what it was then
SELECT tick_restore('t', 'ledger two');
SELECT * FROM books;
SELECT load('a'), load('b'), load('c');
SELECT * FROM books;
SELECT count(*), sum(size) FROM t;
BEGIN;
SELECT tick_restore('t', 'ledger two');
SELECT * FROM books;
ROLLBACK;
SELECT * FROM books;
-- a rewrite by others leaves it; TRUNCATE empties it
TRUNCATE t;
SELECT * FROM books;
SELECT load('a');
SELECT * FROM books;
SELECT tick_restore('t', 'ledger two');
SELECT count(*), sum(size) FROM t;
SELECT load('a', 'append');
SELECT * FROM books;
SELECT tick_delete('t');
SELECT * FROM books;
SELECT count(*) FROM tick_verify('t', 'full');
SELECT tick_drop_snapshot('ledger two');
DROP SCHEMA ledger CASCADE;
SELECT count(*) FROM tick.load l WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = l.dataset);
COPY (SELECT 1 WHERE false) TO PROGRAM 'rm -f regress_tick_ledger_*.csv';
