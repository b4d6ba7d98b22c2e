-- Thousands of partitions: a date finds its segments without reading of the others.
CREATE FOREIGN TABLE many (
	date date OPTIONS (virtual 'date'),
	ts   timestamp OPTIONS (role 'time'),
	sym  text OPTIONS (role 'symbol') COLLATE "C",
	n    bigint OPTIONS (role 'price')
) SERVER tick OPTIONS (partition_by 'day');
INSERT INTO many SELECT NULL, timestamp '2015-01-01 09:00' + i * interval '1 day', 'A', i FROM generate_series(1, 2500) i;
INSERT INTO many SELECT NULL, timestamp '2015-01-01 10:00' + i * interval '1 day', 'B', i FROM generate_series(1, 2500) i;
INSERT INTO many SELECT NULL, timestamp '2015-01-01 11:00' + i * interval '1 day', 'A', i FROM generate_series(1, 2500) i;
INSERT INTO many SELECT NULL, timestamp '2015-01-01 12:00' + i * interval '1 day', 'C', i FROM generate_series(1, 2500) i;
SELECT count(*) AS segments, count(DISTINCT partition) AS partitions FROM tick.segments WHERE dataset = 'many'::regclass;

-- rows of the catalog that a statement fetches: planning and execution
CREATE FUNCTION fetched(query text) RETURNS TABLE (answer text, catalog_rows bigint) LANGUAGE plpgsql AS $$
DECLARE before bigint := pg_stat_get_xact_tuples_fetched('tick.segment_dataset_idx'::regclass);
BEGIN
	EXECUTE query INTO answer;
	catalog_rows := pg_stat_get_xact_tuples_fetched('tick.segment_dataset_idx'::regclass) - before;
	RETURN NEXT;
END $$;
SELECT * FROM fetched('SELECT count(*) FROM many WHERE date = ''2018-05-05''');
SELECT * FROM fetched('SELECT sum(n) FROM many WHERE ts >= ''2018-05-05 09:30'' AND ts < ''2018-05-07''');
SELECT * FROM fetched('SELECT count(*) FROM many WHERE date_trunc(''month'', ts) = ''2018-05-01'' AND sym = ''A''');
PREPARE day(date) AS SELECT count(*) FROM many WHERE date = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE day('2018-05-05');
SELECT * FROM fetched('EXECUTE day(''2018-05-06'')');
SELECT * FROM fetched('EXECUTE day(NULL)');
RESET plan_cache_mode;
DEALLOCATE day;

-- segments of other symbols are not opened
CREATE FUNCTION plan_lines(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Segments:|Scan' THEN
			RETURN NEXT regexp_replace(line, '^ *(->)? *|\.00(?= loops)', '', 'g');
		END IF;
	END LOOP;
END $$;
SELECT plan_lines('SELECT n FROM many WHERE sym = ''C'' AND date BETWEEN ''2018-05-05'' AND ''2018-05-14''');
SELECT plan_lines('SELECT n FROM many WHERE sym LIKE ''B%'' AND date = ''2018-05-05''');
SELECT plan_lines('SELECT n FROM many WHERE sym IN (''A'', ''nobody'') AND date = ''2018-05-05''');
SELECT count(*), sum(trades) FROM tick_daily_stats('many', '2018-05-05', '2018-05-14', ARRAY['A', 'C']);
SELECT count(*), sum(n) FROM tick_fetch(NULL::many, 'B', '2018-05-05', '2018-05-14 23:00');
SELECT count(*) FROM tick_fetch(NULL::many, 'nobody', NULL, NULL);
DROP FUNCTION fetched, plan_lines;
DROP FOREIGN TABLE many;

-- a dataview is verified with its owner's rights on the source
CREATE ROLE regress_partitions_viewer;
CREATE SCHEMA viewing;
GRANT CREATE, USAGE ON SCHEMA viewing TO regress_partitions_viewer;
GRANT USAGE ON FOREIGN SERVER tick TO regress_partitions_viewer;
CREATE FOREIGN TABLE viewing.source (ts timestamp OPTIONS (role 'time'), n int) SERVER tick;
INSERT INTO viewing.source VALUES ('2021-01-04', 1);
GRANT SELECT ON viewing.source TO regress_partitions_viewer;
SET ROLE regress_partitions_viewer;
SELECT tick_create_dataview('viewing.mine', 'viewing.source');
SELECT count(*) FROM tick_verify('viewing.mine', 'full');
RESET ROLE;
REVOKE SELECT ON viewing.source FROM regress_partitions_viewer;
SET ROLE regress_partitions_viewer;
SELECT count(*) FROM tick_verify('viewing.mine', 'full');
RESET ROLE;
DROP SCHEMA viewing CASCADE;
DROP OWNED BY regress_partitions_viewer;
DROP ROLE regress_partitions_viewer;
