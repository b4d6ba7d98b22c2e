-- The views of schema tick, and tick_segment_info.
CREATE SCHEMA views;
SET search_path = views, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
CREATE FOREIGN TABLE t (day date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price'), v int, word text, gone int)
	SERVER tick;
-- before the first row there is nothing to tell
SELECT count(*) FROM tick.datasets WHERE dataset = 't'::regclass;
SELECT count(*) FROM tick_segment_info('t');
INSERT INTO t (ts, sym, price, v, word, gone) SELECT timestamp '2021-01-04 09:30' + i * interval '1 second', 'V' || i % 3, 100 + i % 7 * 0.25, i, 'w' || i % 2, i FROM generate_series(0, 99) i;
INSERT INTO t (ts, sym, v) VALUES ('2021-01-05 00:00:00.000001', NULL, NULL), ('2021-01-04 23:59:59.999999', 'V9', -5);
SELECT dataset, partition_by, zone, partitions, segments, rows, bytes > 0 AS bytes, first, last, oldest_readable FROM tick.datasets WHERE dataset = 't'::regclass;
SELECT partition, segments, rows, bytes > 0 AS bytes, symbols, first, last, finalized FROM tick.partitions WHERE dataset = 't'::regclass ORDER BY 1;
SELECT partition, path, rows, symbols, first, last, sorted, changesets, added IS NOT NULL AS added, removed FROM tick.segments WHERE dataset = 't'::regclass ORDER BY segment;
SELECT kind, rows_added, rows_removed, role = current_user AS mine, note FROM tick.changesets WHERE dataset = 't'::regclass ORDER BY changeset;
SELECT name FROM tick.symbols WHERE name LIKE 'V%' ORDER BY 1;
SELECT count(DISTINCT code) = count(*) AS codes, min(code) > 0 AS positive FROM tick.symbols;
SELECT count(*) FROM tick.loads WHERE dataset = 't'::regclass;
SELECT count(*) FROM tick.load_rejects WHERE dataset = 't'::regclass;
SELECT count(*) FROM tick.progress;
SELECT partition, row_group, column_name, encoding, rows, nulls, bytes > 0 AS bytes, min, max FROM tick_segment_info('t') ORDER BY segment, row_group, column_name;
-- columns that changed since: the chunks show what is stored
ALTER FOREIGN TABLE t DROP COLUMN gone;
ALTER FOREIGN TABLE t RENAME COLUMN price TO px;
ALTER FOREIGN TABLE t ALTER COLUMN v TYPE numeric, ALTER COLUMN word TYPE varchar(20);
SELECT partition, column_name, min, max FROM tick_segment_info('t') WHERE column_name <> 'load_id' ORDER BY segment, row_group, column_name;
ALTER FOREIGN TABLE t ALTER COLUMN px TYPE bigint, ALTER COLUMN word TYPE int, ALTER COLUMN v TYPE text;
SELECT partition, column_name, min, max FROM tick_segment_info('t') WHERE column_name IN ('px', 'word', 'v') ORDER BY segment, row_group, column_name;
ALTER FOREIGN TABLE t ALTER COLUMN px TYPE float8, ALTER COLUMN word TYPE text, ALTER COLUMN v TYPE int;
SELECT tick_finalize('t');
SELECT partition, removed IS NOT NULL AS retired, rows FROM tick.segments WHERE dataset = 't'::regclass ORDER BY segment;
SELECT partition, segments, finalized FROM tick.partitions WHERE dataset = 't'::regclass ORDER BY 1;
-- other grains are labelled by what they are
CREATE FOREIGN TABLE m (ts timestamp OPTIONS (role 'time'), k int) SERVER tick OPTIONS (partition_by 'month');
CREATE FOREIGN TABLE y (ts timestamp OPTIONS (role 'time'), k int) SERVER tick OPTIONS (partition_by 'year');
CREATE FOREIGN TABLE i (ts timestamp OPTIONS (role 'time'), k int) SERVER tick OPTIONS (partition_by 'k');
CREATE FOREIGN TABLE n (k int) SERVER tick;
INSERT INTO m VALUES ('2021-12-31 23:59', 1), ('1969-12-31', 2);
INSERT INTO y VALUES ('2021-12-31 23:59', 1), ('1969-12-31', 2);
INSERT INTO i VALUES ('2021-12-31 23:59', 2147483647), ('1969-12-31', -2147483648);
INSERT INTO n VALUES (1);
SELECT dataset, partition, rows, first, last FROM tick.partitions WHERE dataset IN ('m'::regclass, 'y'::regclass, 'i'::regclass, 'n'::regclass) ORDER BY dataset::text, first, partition;
SELECT * FROM i WHERE k > 0;
SELECT * FROM i WHERE k = -2147483648;
SELECT tick.partition_label('day', 0), tick.partition_label('month', -1), tick.partition_label('nonsense', 5), tick.partition_label('day', NULL);
SELECT tick.stamp_text(0, NULL), tick.stamp_text(-1, NULL), tick.stamp_text(1500000000, 'America/New_York'), tick.stamp_text(9223372036854775807, NULL), tick.stamp_text(-9223372036854775808, 'Asia/Kolkata'), tick.stamp_text(NULL, 'UTC');
-- a date column as the partition, beside the time
CREATE FOREIGN TABLE d (ts timestamp OPTIONS (role 'time'), trade_date date, v int) SERVER tick OPTIONS (partition_by 'trade_date');
INSERT INTO d VALUES ('2021-01-04 23:00', '2021-01-05', 1), ('2021-01-05 01:00', '2021-01-05', 2), ('2021-01-05 23:00', '2021-01-06', 3), ('2021-01-05', NULL, 4);
INSERT INTO d VALUES ('2021-01-04 23:00', '2021-01-05', 1), ('2021-01-05 01:00', '2021-01-05', 2), ('2021-01-05 23:00', '2021-01-06', 3);
SELECT partition_by, partitions FROM tick.datasets WHERE dataset = 'd'::regclass;
SELECT * FROM d WHERE trade_date = '2021-01-05' ORDER BY ts;
SELECT tick_delete('d', '2021-01-05', '2021-01-05');
SELECT * FROM d ORDER BY ts;
SELECT tick_segment_info(NULL);
SELECT * FROM tick_segment_info('pg_class');
SET client_min_messages = warning;
DROP SCHEMA views CASCADE;
