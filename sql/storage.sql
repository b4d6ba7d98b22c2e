-- Segment relations: hidden, kept by the server, gone with their dataset.

-- Random text does not compress: 4,000 rows make a relation, 10 stay inline.
CREATE FOREIGN TABLE stored (
	ts timestamp OPTIONS (role 'time'),
	sym text OPTIONS (role 'symbol') COLLATE "C",
	noise text
) SERVER tick;
CREATE FUNCTION fill(first int, last int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO stored SELECT timestamp '2021-01-04 09:30' + n * interval '1 ms', 'S' || n % 3, md5(n::text)
	FROM generate_series(first, last) n $$;
-- count and a checksum of all rows
CREATE FUNCTION contents() RETURNS text LANGUAGE sql AS $$
	SELECT count(*) || ' rows, ' || sum(hashtext(ts || sym || noise)::bigint) FROM stored $$;
-- segment relations made since here
CREATE TABLE others AS SELECT oid FROM pg_class;
CREATE VIEW relations AS
	SELECT c.* FROM pg_class c WHERE relnamespace = 'tick_store'::regnamespace AND relkind = 'r'
		AND c.oid NOT IN (SELECT oid FROM others);
SELECT fill(1, 4000);
SELECT fill(4001, 4010);
SELECT contents() AS contents, 'stored'::regclass::oid AS stored \gset
SELECT path IS NULL AS inline, rows FROM tick.segments WHERE dataset = 'stored'::regclass ORDER BY rows;

-- How the server sees the relation.
SELECT count(*), bool_and(relacl IS NULL) AS no_acl, max(relfrozenxid::text) AS frozen, max(relnatts) AS columns
FROM relations;
SELECT a.amname, c.relpersistence, d.deptype, e.extname,
	c.relowner = e.extowner AS owned_by_extension
FROM relations c JOIN pg_am a ON a.oid = c.relam
	JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_extension'::regclass
	JOIN pg_extension e ON e.oid = d.refobjid;

-- To SQL it is empty, and it cannot be changed.
SELECT oid::regclass AS relation FROM relations \gset
SELECT * FROM :relation;
COPY :relation TO STDOUT;
SELECT count(*) FROM :relation TABLESAMPLE SYSTEM (100);
SELECT count(*) FROM :relation WHERE ctid = '(0,1)';
INSERT INTO :relation DEFAULT VALUES;
DELETE FROM :relation;
TRUNCATE :relation;
CREATE INDEX ON :relation ((1));
ALTER TABLE :relation SET UNLOGGED;
\set VERBOSITY sqlstate
DROP TABLE :relation;
\set VERBOSITY default
CREATE TABLE public.segment () USING tick_segment;
CREATE TEMP TABLE segment () USING tick_segment;
CREATE MATERIALIZED VIEW segment USING tick_segment AS SELECT 1 AS one;

-- Maintenance leaves the bytes alone.
VACUUM :relation;
ANALYZE :relation;
SELECT pg_relation_filenode(:'relation') AS filenode \gset
VACUUM FULL :relation;
SELECT pg_relation_filenode(:'relation') <> :filenode AS moved, relfrozenxid, relminmxid
FROM relations;
SET client_min_messages = warning;
REINDEX TABLE :relation;
RESET client_min_messages;
SELECT contents() = :'contents' AS unchanged;
SELECT * FROM tick_verify('stored', 'full');

-- A rollback takes relations with it, and a savepoint's only its own.
BEGIN;
SELECT fill(5001, 9000);
SELECT count(*) FROM relations;
SAVEPOINT s;
SELECT fill(10001, 14000);
SELECT count(*) FROM relations;
ROLLBACK TO s;
SELECT count(*) FROM relations;
SELECT count(*) FROM stored;
ROLLBACK;
SELECT count(*) FROM relations;
SELECT contents() = :'contents' AS unchanged;

-- A drop can be rolled back; done, it leaves nothing.
BEGIN;
DROP FOREIGN TABLE stored;
SELECT count(*) FROM relations;
ROLLBACK;
SELECT contents() = :'contents' AS unchanged;

-- Owners without any right on the catalog drop their datasets too.
CREATE ROLE regress_tick_storage;
GRANT USAGE ON FOREIGN SERVER tick TO regress_tick_storage;
CREATE SCHEMA theirs AUTHORIZATION regress_tick_storage;
SET ROLE regress_tick_storage;
CREATE FOREIGN TABLE theirs.trade (ts timestamp OPTIONS (role 'time'), noise text) SERVER tick;
INSERT INTO theirs.trade SELECT timestamp '2021-01-04 09:30' + n * interval '1 ms', md5(n::text)
FROM generate_series(1, 4000) n;
SELECT count(*), max(noise) FROM theirs.trade;
SELECT count(*) FROM tick.segment;
RESET ROLE;
SELECT count(*) FROM relations;
SET ROLE regress_tick_storage;
DROP FOREIGN TABLE theirs.trade;
RESET ROLE;
SELECT count(*) FROM relations;
SET ROLE regress_tick_storage;
CREATE FOREIGN TABLE theirs.trade (ts timestamp OPTIONS (role 'time'), noise text) SERVER tick;
INSERT INTO theirs.trade SELECT timestamp '2021-01-04 09:30' + n * interval '1 ms', md5(n::text)
FROM generate_series(1, 4000) n;
RESET ROLE;
DROP OWNED BY regress_tick_storage;
DROP ROLE regress_tick_storage;
SELECT count(*) FROM relations;

-- What a snapshot or a dataview needs is not dropped, unless it goes too.
SELECT tick_create_snapshot('regress_stored', 'stored') > 0 AS made;
DROP FOREIGN TABLE stored;
SELECT tick_drop_snapshot('regress_stored');
SELECT tick_create_dataview('stored_view', 'stored');
DROP FOREIGN TABLE stored;
DROP FOREIGN TABLE stored, stored_view;
SELECT count(*) FROM relations;
SELECT (SELECT count(*) FROM tick.segment WHERE dataset = :stored) AS segments,
	(SELECT count(*) FROM tick.dataset WHERE relid = :stored) AS datasets,
	(SELECT count(*) FROM tick.dataset_column WHERE dataset = :stored) AS columns,
	(SELECT count(*) FROM tick.dataview WHERE dataset = :stored) AS dataviews,
	(SELECT count(*) FROM tick.changeset WHERE dataset = :stored) AS changesets;

-- The trigger can be switched off; then tick_vacuum cleans up.
CREATE FOREIGN TABLE stored (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", noise text) SERVER tick;
SELECT fill(1, 4000);
SELECT 'stored'::regclass::oid AS stored \gset
ALTER EVENT TRIGGER tick_sql_drop DISABLE;
DROP FOREIGN TABLE stored;
ALTER EVENT TRIGGER tick_sql_drop ENABLE;
SELECT count(*) FROM relations;
CALL tick_vacuum();
SELECT count(*) FROM relations;
SELECT (SELECT count(*) FROM tick.segment WHERE dataset = :stored) AS segments,
	(SELECT count(*) FROM tick.dataset WHERE relid = :stored) AS datasets;

DROP VIEW relations;
DROP TABLE others;
DROP FUNCTION contents();
DROP FUNCTION fill(int, int);
