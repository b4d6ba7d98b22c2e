-- Rows of one symbol by a column that may ascend as its times do.
CREATE FOREIGN TABLE counted (
	date  date OPTIONS (virtual 'date'),
	ts    timestamp OPTIONS (role 'time'),
	sym   text OPTIONS (role 'symbol') COLLATE "C",
	seq   bigint,
	small smallint,
	note  text
) SERVER tick OPTIONS (partition_by 'day');
INSERT INTO counted SELECT NULL, timestamp '2021-01-04 09:30' + i * interval '1 s', (ARRAY['A', 'B'])[1 + i % 2],
	nullif(i, 2999), i % 7, 'n' || i FROM generate_series(1, 3000) i;

-- a plan as every server writes it
CREATE FUNCTION explain(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		RETURN NEXT regexp_replace(line, '( rows=\d+)\.00', '\1');
	END LOOP;
END $$;

-- ascending: nothing is sorted
EXPLAIN (COSTS OFF) SELECT seq, note FROM counted WHERE sym = 'A' ORDER BY seq;
SELECT explain('SELECT note FROM counted WHERE sym = ''A'' ORDER BY seq');
SELECT count(*), bool_and(seq > before) FROM
	(SELECT seq, lag(seq, 1, 0::bigint) OVER () AS before FROM (SELECT seq FROM counted WHERE sym = 'A' ORDER BY seq) a) b;
-- the last one is null
SELECT seq, note FROM (SELECT row_number() OVER () AS n, * FROM (SELECT seq, note FROM counted WHERE sym = 'B' ORDER BY seq) a) b WHERE n > 1498;

-- not ascending: sorted after all
SELECT explain('SELECT small FROM counted WHERE sym = ''A'' ORDER BY small');
SELECT small, count(*) FROM (SELECT small, date, note FROM counted WHERE sym = 'A' ORDER BY small) a GROUP BY small ORDER BY small;
SELECT * FROM counted WHERE sym = 'A' AND seq < 12 ORDER BY small;

-- rows that come later have lower numbers; a null before values
INSERT INTO counted VALUES (NULL, '2021-01-05 09:30', 'A', 0, 0, 'late'), (NULL, '2021-01-03 09:30', 'A', NULL, NULL, 'early');
SELECT explain('SELECT seq, note FROM counted WHERE sym = ''A'' ORDER BY seq');
SELECT seq, note FROM (SELECT row_number() OVER () AS n, * FROM (SELECT seq, note FROM counted WHERE sym = 'A' ORDER BY seq) a) b
	WHERE n < 4 OR n > 1500;

-- again for each outer row; backward; other directions and LIMIT are sorted above
SELECT s.sym, q.n, q.least, q.last FROM (VALUES ('A'), ('B'), ('C')) s (sym) LEFT JOIN LATERAL
	(SELECT count(*) AS n, min(seq) AS least, (array_agg(small))[count(*)] AS last
	FROM (SELECT seq, small FROM counted c WHERE c.sym = s.sym AND seq > 10 ORDER BY small OFFSET 0) o) q ON true ORDER BY 1;
BEGIN;
DECLARE ordered SCROLL CURSOR FOR SELECT seq FROM counted WHERE sym = 'B' ORDER BY seq;
FETCH 3 FROM ordered;
FETCH BACKWARD 2 FROM ordered;
FETCH LAST FROM ordered;
FETCH RELATIVE -1 FROM ordered;
COMMIT;
EXPLAIN (COSTS OFF) SELECT seq FROM counted WHERE sym = 'A' ORDER BY seq DESC;
EXPLAIN (COSTS OFF) SELECT seq FROM counted WHERE sym = 'A' ORDER BY seq NULLS FIRST;
EXPLAIN (COSTS OFF) SELECT seq FROM counted WHERE sym = 'A' ORDER BY seq LIMIT 3;
EXPLAIN (COSTS OFF) SELECT seq FROM counted ORDER BY seq;
DROP FOREIGN TABLE counted;
DROP FUNCTION explain;
