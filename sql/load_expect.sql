-- The parts that a source must have
SET client_min_messages = warning;
\getenv folder PG_ABS_BUILDDIR
\setenv TICK_FOLDER :folder
\! mkdir -p "$TICK_FOLDER/results/parts/1" "$TICK_FOLDER/results/parts/2" && cd "$TICK_FOLDER/results/parts" && for d in 1 2; do for p in a b c; do printf 'time,sym,price\n2021-01-0%s 09:30:00,%s,1.5\n' $d $p >$d/q_$p.csv; done; done
\set parts :folder '/results/parts'
\set VERBOSITY terse
-- outcome(call): rows, or the message without the folder
CREATE FUNCTION outcome(call text, folder text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE call INTO n;
	RETURN n || ' rows';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || replace(SQLERRM, folder, '...');
END $$;
CREATE FUNCTION expects(source text, what text, folder text) RETURNS text LANGUAGE sql AS $$
	SELECT outcome(format('SELECT tick_load(%L, ''parts'', expect_files => %s, if_loaded => ''append'')', source, what), folder) $$;

-- a number of files
SELECT what, expects(:'parts', what, :'parts') FROM (VALUES
	('6'), ('5'), ('7'), ('''6'''), ('6::bigint'), ('0'), ('NULL'), ('''-6'''), ('6.5'), ('''''')) v (what);
-- names, of each folder that has one of them
SELECT what, expects(:'parts', what, :'parts') FROM (VALUES
	('''q_{a..c}.csv'''), ('''q_{a..d}.csv'''), ('''q_{a,b}.csv'''), ('''q_a.csv, q_{b,c}.csv'''), ('''x_{a..b}.csv'''),
	('''{1..2}/q_{a..c}.csv'''), ('''{1..3}/q_{a..c}.csv'''), ('''{01..02}/q_a.csv'''),
	('''q_*.{csv,txt}'''), ('''q_{a..z}.csv'''),
	('''_a.csv'''), ('''q_{a-c}.csv'''), ('''q_{a..c.csv'''), ('''q_{c..a}.csv'''), ('''*_*.csv'''), ('''q_a.csv,,q_b.csv'''),
	('''q_{0000..9999}.csv''')) v (what);
SELECT count(*) FROM parts;
\! rm "$TICK_FOLDER/results/parts/2/q_b.csv"
SELECT expects(:'parts', '''q_{a..c}.csv''', :'parts');
SELECT expects(:'parts', '''*/q_{a..c}.csv''', :'parts');
-- nothing is read when one is missing
\set VERBOSITY sqlstate
CALL tick_load_each(:'parts', 'others', expect_files => 6);
CALL tick_load_each(:'parts', 'others', expect_files => 'q_{a..c}.csv');
\set VERBOSITY terse
SELECT to_regclass('others');
DROP FOREIGN TABLE parts CASCADE;
DROP FUNCTION expects;
DROP FUNCTION outcome;
