-- tick_finalize, tick_delete, tick_restore against a heap.
CREATE SCHEMA organise;
SET search_path = organise, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

CREATE TABLE heap (ts timestamp, sym text COLLATE "C", price float8, size bigint, arrival int);
CREATE FOREIGN TABLE tape (
	date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size'), arrival int
) SERVER tick;
CREATE FUNCTION differ() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM ((SELECT ts, sym, price, size, arrival FROM tape EXCEPT ALL SELECT * FROM heap)
		UNION ALL (SELECT * FROM heap EXCEPT ALL SELECT ts, sym, price, size, arrival FROM tape)) x $$;
CREATE FUNCTION fill(first int, last int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO heap SELECT timestamp '2021-01-04 09:30' + (i % 4) * interval '1 day' + (i * 7919 % 1000) * interval '1 second',
		CASE i % 9 WHEN 0 THEN NULL ELSE 'S' || i % 5 END, 100 + i % 17 * 0.01, i % 100, i FROM generate_series(first, last) i;
	INSERT INTO tape (ts, sym, price, size, arrival) SELECT * FROM heap WHERE arrival BETWEEN first AND last ORDER BY arrival $$;

-- three changesets, whose stamps collide
SELECT fill(1, 500), fill(501, 1000), fill(1001, 1500);
INSERT INTO heap SELECT '2021-01-05 12:00', 'S1', 1, 1, i FROM generate_series(2001, 2010) i;
INSERT INTO tape (ts, sym, price, size, arrival) SELECT ts, sym, price, size, arrival FROM heap WHERE arrival BETWEEN 2006 AND 2010 ORDER BY arrival;
INSERT INTO tape (ts, sym, price, size, arrival) SELECT ts, sym, price, size, arrival FROM heap WHERE arrival BETWEEN 2001 AND 2005 ORDER BY arrival;
SELECT differ();
SELECT partition, segments, rows, symbols, first, last, finalized FROM tick.partitions WHERE dataset = 'tape'::regclass ORDER BY 1;
-- equal stamps come in the order of changesets, then of rows
SELECT array_agg(arrival) FROM tick_fetch(NULL::tape, 'S1', '2021-01-05 12:00', '2021-01-05 12:00');
SELECT tick_finalize('tape', '2021-01-05', '2021-01-05');
SELECT array_agg(arrival) FROM tick_fetch(NULL::tape, 'S1', '2021-01-05 12:00', '2021-01-05 12:00');
SELECT partition, segments, finalized FROM tick.partitions WHERE dataset = 'tape'::regclass ORDER BY 1;
SELECT tick_finalize('tape'), tick_finalize('tape'), tick_finalize('tape', '2030-01-01'), tick_finalize('tape', NULL, '2000-01-01');
SELECT partition, segments, rows, symbols, first, last, finalized FROM tick.partitions WHERE dataset = 'tape'::regclass ORDER BY 1;
SELECT differ();
-- an earlier stamp that comes later, a finalize on top
INSERT INTO heap VALUES ('2021-01-05 12:00', 'S1', 1, 1, 2011), ('2021-01-05 11:59:59.999999', 'S1', 1, 1, 2012);
INSERT INTO tape (ts, sym, price, size, arrival) SELECT * FROM heap WHERE arrival > 2010;
SELECT array_agg(arrival) FROM tick_fetch(NULL::tape, 'S1', '2021-01-05 11:59:59', '2021-01-05 12:00');
SELECT tick_finalize('tape', '2021-01-05', '2021-01-04'), tick_finalize('tape', '2021-01-04', '2021-01-05');
SELECT array_agg(arrival) FROM tick_fetch(NULL::tape, 'S1', '2021-01-05 11:59:59', '2021-01-05 12:00');
SELECT differ();
SELECT kind, rows_added, rows_removed FROM tick.changesets WHERE dataset = 'tape'::regclass ORDER BY changeset;
SELECT * FROM tick_verify('tape', 'full');

-- delete: symbols, days, both, neither
SELECT max(changeset) AS whole FROM tick.changesets WHERE dataset = 'tape'::regclass \gset
SELECT tick_delete('tape', symbols => '{S3,S3,nosuch,NULL}') AS tape, count(*) AS heap FROM heap WHERE sym = 'S3';
DELETE FROM heap WHERE sym = 'S3';
SELECT differ();
SELECT tick_delete('tape', '2021-01-05', '2021-01-06', '{S1,S2}') AS tape, count(*) AS heap
	FROM heap WHERE ts::date BETWEEN '2021-01-05' AND '2021-01-06' AND sym IN ('S1', 'S2');
DELETE FROM heap WHERE ts::date BETWEEN '2021-01-05' AND '2021-01-06' AND sym IN ('S1', 'S2');
SELECT differ();
SELECT tick_delete('tape', '2021-01-07') AS tape, count(*) AS heap FROM heap WHERE ts >= '2021-01-07';
DELETE FROM heap WHERE ts >= '2021-01-07';
SELECT differ();
SELECT tick_delete('tape', NULL, '2021-01-03'), tick_delete('tape', '2021-02-01'), tick_delete('tape', '2021-01-06', '2021-01-05'),
	tick_delete('tape', symbols => '{}'), tick_delete('tape', symbols => '{NULL}'), tick_delete('tape', symbols => '{nosuch}');
SELECT differ();
SELECT partition, segments, rows, symbols FROM tick.partitions WHERE dataset = 'tape'::regclass ORDER BY 1;
SELECT * FROM tick_verify('tape', 'full');

-- back to the whole tape, forth again, and back
CREATE TABLE less AS SELECT * FROM heap;
SELECT max(changeset) AS less FROM tick.changesets WHERE dataset = 'tape'::regclass \gset
SELECT tick_restore('tape', :'whole'), count(*) FROM tape;
SELECT count(*) FROM tape;
SELECT tick_restore('tape', :'less');
SELECT differ();
SELECT tick_restore('tape', :'less');
SELECT differ();
SELECT tick_restore('tape', :'whole');
SELECT count(*), sum(size), array_agg(arrival) FILTER (WHERE sym = 'S1' AND ts = '2021-01-05 12:00') FROM tape;
SELECT kind, rows_added, rows_removed, regexp_replace(note, '[0-9]+', 'N') AS note
	FROM tick.changesets WHERE dataset = 'tape'::regclass AND kind IN ('delete', 'restore') ORDER BY changeset;
SELECT * FROM tick_verify('tape', 'full');
-- rows added since are gone, and those of another transaction too
INSERT INTO tape (ts, sym, price, size, arrival) VALUES ('2021-03-01', 'NEW', 1, 1, 1);
SELECT tick_restore('tape', :'less');
SELECT differ();
-- in one transaction
BEGIN;
SELECT fill(5001, 5020);
SELECT tick_delete('tape', symbols => '{S4}');
SELECT tick_restore('tape', :'less');
SELECT count(*) - (SELECT count(*) FROM less) AS more FROM tape;
ROLLBACK;
SELECT differ();
BEGIN;
SELECT tick_restore('tape', :'whole');
INSERT INTO tape (ts, sym, price, size, arrival) VALUES ('2021-01-04', 'S0', 1, 1, -1);
SELECT tick_delete('tape', symbols => '{S1}') > 0;
COMMIT;
SELECT count(*) FILTER (WHERE arrival = -1) AS new, count(*) FILTER (WHERE sym = 'S1') AS s1, count(*) > 1000 AS old FROM tape;
SELECT tick_delete('tape');
SELECT count(*) FROM tape;
SELECT tick_delete('tape'), tick_finalize('tape');
SELECT tick_restore('tape', '0');
SELECT tick_restore('tape', 'no such version');
SELECT tick_restore('tape', '');
SELECT tick_restore('tape', NULL);
SELECT tick_restore(NULL, '1');
SELECT tick_delete(NULL);
SELECT tick_finalize(NULL);
SELECT tick_finalize('heap');
SELECT tick_delete('heap');
SELECT tick_restore('pg_class', '1');

-- coarser grains, and none
CREATE FUNCTION grains(how text) RETURNS TABLE (step text, answer text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE g (ts timestamp OPTIONS (role ''time''), sym text OPTIONS (role ''symbol'') COLLATE "C", v int)
		SERVER tick OPTIONS (partition_by %L)', how);
	INSERT INTO g SELECT timestamp '2020-12-30' + i * interval '6 hours', 'S' || i % 3, i % 5 FROM generate_series(0, 999) i;
	INSERT INTO g SELECT timestamp '2020-12-30' + i * interval '6 hours', 'S' || i % 3, i % 5 FROM generate_series(1000, 1999) i;
	RETURN QUERY SELECT 'partitions', string_agg(partition || ': ' || segments || '/' || rows, ', ' ORDER BY partition) FROM
		(SELECT * FROM tick.partitions WHERE dataset = 'g'::regclass ORDER BY partition LIMIT 4) p;
	RETURN QUERY SELECT 'finalized', tick_finalize('g')::text;
	RETURN QUERY SELECT 'deleted days', tick_delete('g', '2021-01-01', '2021-01-31')::text;
	RETURN QUERY SELECT 'left', count(*) || ' ' || count(*) FILTER (WHERE ts >= '2021-01-01' AND ts < '2021-02-01') FROM g;
	RETURN QUERY SELECT 'deleted symbol days', tick_delete('g', '2021-02-10', NULL, '{S1}')::text;
	RETURN QUERY SELECT 'left', count(*) || ' ' || count(*) FILTER (WHERE ts >= '2021-02-10' AND sym = 'S1') FROM g;
	RETURN QUERY SELECT 'problems', count(*)::text FROM tick_verify('g', 'full');
	DROP FOREIGN TABLE g;
END $$;
SELECT how, g.* FROM unnest('{day,month,year,none,v}'::text[]) how, grains(how) g;

-- without symbol, without time
CREATE FOREIGN TABLE bare (a int, b text) SERVER tick;
INSERT INTO bare VALUES (1, 'x'), (2, NULL), (1, 'y');
INSERT INTO bare VALUES (3, 'z');
SELECT tick_finalize('bare');
SELECT * FROM bare;
SELECT partition, rows, symbols, first FROM tick.partitions WHERE dataset = 'bare'::regclass;
SELECT tick_finalize('bare', '2021-01-01');
SELECT tick_delete('bare', symbols => '{x}');
SELECT tick_delete('bare', '2021-01-01');
SELECT tick_delete('bare');
SELECT count(*) FROM bare;

-- never written
CREATE FOREIGN TABLE fresh (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C") SERVER tick;
SELECT tick_finalize('fresh'), tick_delete('fresh');
SELECT count(*) FROM fresh;
SELECT count(*) FROM tick.changesets WHERE dataset = 'fresh'::regclass;

SET client_min_messages = warning;
DROP SCHEMA organise CASCADE;
