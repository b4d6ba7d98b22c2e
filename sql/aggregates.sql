-- tick_first, tick_last, tick_vwap against plain SQL.
CREATE SCHEMA aggregates;
SET search_path = aggregates, public;
SET datestyle = 'ISO, YMD';
SET extra_float_digits = 1;

CREATE TABLE heap (id serial, ts timestamp, sym text COLLATE "C", price float8, size bigint, exact numeric, words text);
INSERT INTO heap (ts, sym, price, size, exact, words) SELECT timestamp '2021-01-04 09:30' + (i * 7919 % 300) * interval '1 second', 'S' || i % 5,
	CASE i % 7 WHEN 0 THEN NULL ELSE 100 + i % 37 * 0.01 END, CASE i % 11 WHEN 0 THEN NULL ELSE i % 50 END, CASE i % 13 WHEN 0 THEN NULL ELSE i * 1.01 END, 'word ' || i
	FROM generate_series(1, 2000) i;
CREATE FOREIGN TABLE tape (id int, ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size'), exact numeric, words text) SERVER tick;
INSERT INTO tape SELECT * FROM heap WHERE id <= 1000 ORDER BY id;
INSERT INTO tape SELECT * FROM heap WHERE id > 1000 ORDER BY id;

-- over rows in (ts, id), whatever they come from; no sort may come between them and the aggregate
SET enable_sort = off;
CREATE VIEW expected AS SELECT sym,
	(array_agg(price ORDER BY ts, id) FILTER (WHERE price IS NOT NULL))[1] AS first, (array_agg(price ORDER BY ts DESC, id DESC) FILTER (WHERE price IS NOT NULL))[1] AS last,
	(array_agg(words ORDER BY ts, id))[1] AS first_word, (array_agg(words ORDER BY ts DESC, id DESC))[1] AS last_word,
	(array_agg(exact ORDER BY ts, id) FILTER (WHERE exact IS NOT NULL))[1] AS first_exact,
	sum(exact * size) / sum(size) FILTER (WHERE exact IS NOT NULL) AS vwap_exact,
	(sum(price::numeric * size) / sum(size) FILTER (WHERE price IS NOT NULL))::float8 AS vwap
	FROM heap GROUP BY sym;
SELECT count(*) FROM expected e JOIN (SELECT sym, tick_first(price, ts) AS first, tick_last(price, ts) AS last, tick_first(words, ts) AS first_word, tick_last(words, ts) AS last_word,
	tick_first(exact, ts) AS first_exact, tick_vwap(exact, size) AS vwap_exact, tick_vwap(price, size) AS vwap FROM (SELECT * FROM heap ORDER BY id) h GROUP BY sym) g USING (sym)
	WHERE (e.first, e.last, e.first_word, e.last_word, e.first_exact, e.vwap_exact) = (g.first, g.last, g.first_word, g.last_word, g.first_exact, g.vwap_exact)
	AND abs(e.vwap - g.vwap) <= 1e-12 * e.vwap;
-- rows of a dataset come in source order within a symbol and a stamp
SELECT count(*) FROM expected e JOIN (SELECT sym, tick_first(price, ts) AS first, tick_last(price, ts) AS last, tick_first(words, ts) AS first_word, tick_last(words, ts) AS last_word,
	tick_first(exact, ts) AS first_exact, tick_vwap(exact, size) AS vwap_exact, tick_vwap(price, size) AS vwap FROM tape GROUP BY sym) g USING (sym)
	WHERE (e.first, e.last, e.first_word, e.last_word, e.first_exact, e.vwap_exact) = (g.first, g.last, g.first_word, g.last_word, g.first_exact, g.vwap_exact)
	AND abs(e.vwap - g.vwap) <= 1e-12 * e.vwap;
-- nothing, nulls, ties
SELECT tick_first(price, ts), tick_last(price, ts), tick_vwap(price, size), tick_vwap(exact, size) FROM heap WHERE false;
SELECT tick_first(price, ts), tick_last(price, ts), tick_vwap(price, size), tick_vwap(exact, size) FROM (VALUES (NULL::float8, NULL::bigint, NULL::numeric, now())) v(price, size, exact, ts);
SELECT tick_first(v, t), tick_last(v, t) FROM (VALUES (1, 1), (2, NULL), (NULL, 0), (NULL, 9), (3, 1), (4, 2), (5, 2)) x(v, t);
SELECT tick_first(v, t), tick_last(v, t) FROM (VALUES ('a', 'NaN'::float8), ('b', 1), ('c', 'NaN'), ('d', '-inf')) x(v, t);
SELECT tick_first(v, t), tick_last(v, t) FROM (VALUES (ARRAY[1, 2], 'b'::text), (ARRAY[3], 'a'), (NULL, 'c')) x(v, t);
SELECT tick_first(x, t), tick_last(x, t) FROM (VALUES (1, date '2021-01-04'), (2, 'infinity'), (3, '-infinity')) x(x, t);
SELECT tick_first(v, t) FROM (VALUES (1, point '(1,1)')) x(v, t);
SELECT length(tick_last(repeat('x', n), n)), length(tick_first(repeat('x', 10000 - n), n)) FROM generate_series(1, 5000) n;
SELECT tick_vwap(p, s) FROM (VALUES (1.0::float8, 0::float8), (2, 0)) x(p, s);
SELECT tick_vwap(p, s) FROM (VALUES (1.0, 0), (2, 0)) x(p, s);
SELECT tick_vwap(p, s) FROM (VALUES (10, 1), (20, 3), (NULL, 5), (7, NULL)) x(p, s);
SELECT tick_vwap(p, s) FROM (VALUES (10.5::numeric, 1), (20.25, 3), (NULL, 5), (7, NULL)) x(p, s);
SELECT tick_vwap(p, s) FROM (VALUES (0.1::float8, 10::bigint), (0.2, 20), (0.3, 30)) x(p, s);
SELECT tick_vwap(p, s) FROM (VALUES ('NaN'::float8, 1::float8), (1, 1)) x(p, s);
SELECT tick_vwap(p, s) FROM (VALUES ('inf'::float8, 1::float8), (1, 1)) x(p, s);
SELECT tick_vwap(p, s) FROM (VALUES ('NaN'::numeric, 1::numeric), (1, 1)) x(p, s);
SELECT tick_vwap(p, s) FROM (VALUES (-5::float8, 1::float8), (5, 1)) x(p, s);
-- DISTINCT, ORDER BY, FILTER, windows
SELECT tick_first(id, ts ORDER BY id DESC) = (SELECT max(id) FROM heap WHERE ts = (SELECT min(ts) FROM heap)), tick_last(id, ts) FILTER (WHERE id < 3) FROM heap;
SELECT id, tick_first(id, t) OVER w, tick_last(id, t) OVER w, tick_vwap(p, id) OVER w FROM (VALUES (1, 5, 1.5::float8), (2, 4, 2.5), (3, NULL, 3.5), (4, 6, NULL), (5, 5, 5.5)) v(id, t, p)
	WINDOW w AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW);
SELECT id, tick_first(words, t) OVER (ORDER BY id) FROM (VALUES (1, 'one', 5), (2, 'two', 4), (3, 'three', 4)) v(id, words, t);
-- in parallel plans they do not combine, and stay right
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT count(*) FROM (SELECT sym, tick_last(ts, ts) AS l FROM heap GROUP BY sym) a JOIN (SELECT sym, max(ts) AS l FROM heap GROUP BY sym) b USING (sym, l);
COMMIT;
SET client_min_messages = warning;
DROP SCHEMA aggregates CASCADE;
