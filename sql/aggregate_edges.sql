-- First and last by another time than the dataset's; groups of more texts than memory holds.
CREATE FOREIGN TABLE edge (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", sent timestamp, n int) SERVER tick;
INSERT INTO edge VALUES ('2021-01-04 10:00', 'A', '2021-01-04 12:00', 1), ('2021-01-04 10:01', 'A', '2021-01-04 11:00', 2),
	('2021-01-04 10:02', 'A', '2021-01-04 11:30', 3), ('2021-01-04 10:03', 'A', NULL, 4), ('2021-01-04 10:00', 'B', NULL, 5);
EXPLAIN (COSTS OFF) SELECT sym, tick_first(n, sent), tick_last(n, sent), tick_first(n, ts), tick_last(n, ts) FROM edge GROUP BY sym;
SELECT sym, tick_first(n, sent), tick_last(n, sent), tick_first(n, ts), tick_last(n, ts) FROM edge GROUP BY sym ORDER BY sym;
SELECT tick_first(n, sent), tick_last(n, sent), max(ts) FROM edge WHERE sym = 'A';
DROP FOREIGN TABLE edge;

-- each text is in one pass alone
CREATE FOREIGN TABLE edge (ts timestamp OPTIONS (role 'time'), note text COLLATE "C", n bigint) SERVER tick;
DO $$ BEGIN
	FOR i IN 0 .. 11 LOOP
		INSERT INTO edge SELECT timestamp '2021-01-04' + n * interval '1 ms', repeat('x', 300) || n % 30000, n FROM generate_series(i * 5000 + 1, i * 5000 + 5000) n;
	END LOOP;
END $$;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT count(*), sum(rows), sum(total), count(*) FILTER (WHERE rows <> 2 OR total <> 30000 + 2 * substr(note, 301)::bigint) AS wrong
	FROM (SELECT note, count(*) AS rows, sum(n) AS total FROM edge WHERE n <> 30000 AND n <> 60000 GROUP BY note OFFSET 0) g;
CREATE FUNCTION passes() RETURNS int LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT note, count(*) FROM edge GROUP BY note LOOP
		IF line ~ 'Passes:' THEN RETURN substring(line FROM '\d+'); END IF;
	END LOOP;
	RETURN 1;
END $$;
SELECT passes() BETWEEN 2 AND 256 AS in_some_passes;
DROP FUNCTION passes();
DROP FOREIGN TABLE edge;
RESET work_mem;
RESET hash_mem_multiplier;
