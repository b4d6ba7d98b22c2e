-- What a program writes, loaded
SET client_min_messages = warning;
\set VERBOSITY terse
SET DateStyle = ISO;

SELECT tick_load_program($$printf 'time,sym,price\n2021-01-04 09:30:00,A,1.5\n2021-01-04 09:30:01,B,2.5\n'$$, 'piped');
SELECT time, sym, price FROM piped ORDER BY 1;
-- by content, whatever the command; and gzip by its first bytes
SELECT tick_load_program($$printf 'time,sym,price\n2021-01-04 09:30:00,A,1.5\n2021-01-04 09:30:01,B,2.5\n' | cat$$, 'piped');
SELECT tick_load_program($$printf 'time,sym,price\n2021-01-05 09:30:00,C,3.5\n' | gzip$$, 'piped');
SELECT tick_load_program($$printf 'time,sym,price\n2021-01-05 09:30:00,C,3.5\n'$$, 'piped', if_loaded => 'append');
SELECT sym, count(*) FROM piped GROUP BY 1 ORDER BY 1;
-- what the arguments say of the rows makes another load
SELECT tick_load_program($$printf 'time,price\n09:30:00,1\n'$$, 'said', symbol => 'X', date => '2021-01-04');
SELECT tick_load_program($$printf 'time,price\n09:30:00,1\n'$$, 'said', symbol => 'Y', date => '2021-01-04');
SELECT tick_load_program($$printf 'time,price\n09:30:00,1\n'$$, 'said', symbol => 'Y', date => '2021-01-04');
SELECT time, symbol, price FROM said ORDER BY 2;
-- the rows of the same command are replaced
SELECT tick_load_program($$printf 'time,sym,price\n2021-01-04 09:30:00,A,9\n'$$, 'again');
SELECT tick_load_program($$printf 'time,sym,price\n2021-01-04 09:30:00,A,9\n'$$, 'again', replaces => 'file', if_loaded => 'append');
SELECT count(*) FROM again;
SELECT file, file_size, status, lines, header, rows FROM tick.loads WHERE dataset = 'again'::regclass ORDER BY load;

-- the exit status decides
\set VERBOSITY default
SELECT tick_load_program($$printf 'time,sym,price\n2021-01-06 09:30:00,A,1.5\n'; exit 3$$, 'piped');
SELECT tick_load_program($$printf 'time,sym,price\n2021-01-06 09:30:00,A,1.5\n'; kill -9 $$ || '$$', 'piped');
SELECT tick_load_program('false', 'piped');
SELECT tick_load_program('false', 'nowhere');
SELECT tick_load_program($$printf 'time,sym,price\n2021-01-06 09:30:00,A,1.5\n' | gzip | head -c 30; exit 4$$, 'piped');
-- a bad row is told of, not that its program was ended then
SELECT tick_load_program($$echo time,sym,price; yes '2021-01-06 09:30:00,A,bad'$$, 'piped');
SELECT count(*) FROM piped;
-- nothing at all
SELECT tick_load_program('true', 'piped');
SET client_min_messages = notice;
SELECT tick_load_program('true', 'nowhere');
SET client_min_messages = warning;
-- tried again: the second time it succeeds
SELECT tick_load_program($$sh -c 'if mkdir tick_once 2>/dev/null; then exit 5; fi; rmdir tick_once; echo time,sym,price; echo 2021-01-07 09:30:00,D,4'$$,
	'piped', retries => 2, retry_pause => '0');
SELECT sym, price FROM piped WHERE date = '2021-01-07';
SELECT tick_load_program('exit 6', 'piped', retries => 1, retry_pause => '0');

-- a cancelled load ends the program, and what it runs
SET statement_timeout = '200ms';
SELECT tick_load_program('sleep 1000 | cat', 'piped');
SET tick.threads = 1;
SELECT tick_load_program('sleep 1000 | cat', 'piped');
RESET tick.threads;
RESET statement_timeout;

-- refused
SELECT tick_load_program(NULL, 'piped');
SELECT tick_load_program('true');
SELECT tick_load_program('true', 'piped', path => '{symbol}.csv');
SELECT tick_load_program('true', 'piped', retries => -1);
-- the caller's own right counts
CREATE ROLE regress_tick_runner;
GRANT EXECUTE ON FUNCTION tick_load_program TO regress_tick_runner;
GRANT pg_read_server_files TO regress_tick_runner;
SET ROLE regress_tick_runner;
SELECT tick_load_program('true', 'piped');
RESET ROLE;
GRANT pg_execute_server_program TO regress_tick_runner;
REVOKE pg_read_server_files FROM regress_tick_runner;
GRANT INSERT ON piped TO regress_tick_runner;
SET ROLE regress_tick_runner;
SELECT tick_load_program($$printf 'time,sym,price\n2021-01-08 09:30:00,E,5\n'$$, 'piped');
RESET ROLE;
DROP OWNED BY regress_tick_runner;
DROP ROLE regress_tick_runner;
DROP FOREIGN TABLE piped, said, again CASCADE;
