/* tick 0.1.0 */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION tick" to load this file. \quit

-- Functions and aggregates live in the schema chosen at CREATE EXTENSION, so
-- that people call them by their bare names; the catalog and the views over
-- it live in schema tick; the hidden relations that hold segments in
-- tick_store.
CREATE SCHEMA tick;
CREATE SCHEMA tick_store;
GRANT USAGE ON SCHEMA tick TO PUBLIC;

---------------------------------------------------------------------------
-- Storage: the access method of segment relations
---------------------------------------------------------------------------

CREATE FUNCTION tick.segment_am_handler(internal) RETURNS table_am_handler
	AS 'MODULE_PATHNAME', 'tick_segment_am_handler' LANGUAGE C STRICT;

CREATE ACCESS METHOD tick_segment TYPE TABLE HANDLER tick.segment_am_handler;
COMMENT ON ACCESS METHOD tick_segment IS 'one immutable columnar segment of a tick dataset';

---------------------------------------------------------------------------
-- Catalog.  Nobody but the extension's owner reads it directly: min, max and
-- symbols of a dataset are data.  The views below show each reader the rows
-- of datasets that reader may SELECT.
---------------------------------------------------------------------------

CREATE TABLE tick.dataset (
	relid           oid PRIMARY KEY,            -- the foreign table
	created         timestamptz NOT NULL DEFAULT now(),
	grain           text NOT NULL,              -- day, month, year, integer, none
	partition_field text,                       -- recorded field that partitions, NULL: the time
	zone            text,                       -- of timestamptz datasets
	day_start       interval NOT NULL DEFAULT '0',
	next_column     int4 NOT NULL DEFAULT 1,
	oldest_readable bigint NOT NULL DEFAULT 0,  -- versions below are gone
	time_column     int4 NOT NULL DEFAULT 0,    -- column ids that segments are sorted by, 0: none
	symbol_column   int4 NOT NULL DEFAULT 0
);

CREATE TABLE tick.dataset_column (
	dataset   oid NOT NULL,
	attnum    int2 NOT NULL,
	column_id int4 NOT NULL,                    -- identity of the stored field in segments
	field     text NOT NULL,                    -- name in the source
	PRIMARY KEY (dataset, attnum)
);

CREATE SEQUENCE tick.segment_id_seq;
CREATE TABLE tick.segment (
	id         bigint PRIMARY KEY,
	dataset    oid NOT NULL,
	partition  int4 NOT NULL,                   -- first day since 1970-01-01, or the integer
	relid      oid NOT NULL,                    -- relation that holds the bytes, 0: inline
	image      bytea,                           -- the bytes of a small segment
	uuid       uuid NOT NULL,                   -- must be the image's own
	rows       bigint NOT NULL,
	bytes      bigint NOT NULL,
	symbols    int4 NOT NULL,
	time_min   bigint,                          -- ns since 1970-01-01
	time_max   bigint,
	sorted     boolean NOT NULL,
	loads      bigint[] NOT NULL,               -- loads whose rows it holds; 0: INSERT
	added      bigint NOT NULL,                 -- changeset ids
	removed    bigint,
	zone_maps  bytea NOT NULL                   -- of each column, over the whole segment
);
ALTER TABLE tick.segment ALTER COLUMN image SET STORAGE EXTERNAL;
CREATE INDEX segment_dataset_idx ON tick.segment (dataset, partition);
CREATE INDEX segment_relid_idx ON tick.segment (relid) WHERE relid <> 0;

CREATE SEQUENCE tick.symbol_code_seq AS int4;
CREATE TABLE tick.symbol (
	code int4 PRIMARY KEY,
	name text COLLATE "C" NOT NULL UNIQUE
);

CREATE SEQUENCE tick.changeset_id_seq;
CREATE TABLE tick.changeset (
	id           bigint PRIMARY KEY,
	number       bigint UNIQUE,                 -- in commit order, set just before the commit
	stamp        timestamptz,
	kind         text NOT NULL,                 -- load, insert, finalize, delete, restore, truncate
	dataset      oid NOT NULL,
	rows_added   bigint NOT NULL DEFAULT 0,
	rows_removed bigint NOT NULL DEFAULT 0,
	role         name NOT NULL DEFAULT current_user,
	note         text
);
CREATE INDEX changeset_stamp_idx ON tick.changeset (stamp);

CREATE SEQUENCE tick.load_id_seq;
CREATE TABLE tick.load (
	id           bigint PRIMARY KEY,
	dataset      oid NOT NULL,
	changeset    bigint,                        -- NULL for a failed file
	file         text NOT NULL,
	file_size    bigint,
	file_mtime   timestamptz,
	content_hash uuid,                          -- 128 bits over the file's bytes
	on_ledger    boolean NOT NULL,              -- counts as loaded: a rerun skips it
	retired      bigint,                        -- changeset id that took it off the ledger
	lines        bigint NOT NULL DEFAULT 0,
	header       bigint NOT NULL DEFAULT 0,
	blank        bigint NOT NULL DEFAULT 0,
	comment      bigint NOT NULL DEFAULT 0,
	trailer      bigint NOT NULL DEFAULT 0,
	rows         bigint NOT NULL DEFAULT 0,
	rejected     bigint NOT NULL DEFAULT 0,
	rejected_lines bigint NOT NULL DEFAULT 0,   -- a rejected record may span lines
	row_lines    bigint NOT NULL DEFAULT 0,     -- and so may a loaded one
	status       text NOT NULL,                 -- loaded, failed
	sqlstate     text,
	message      text,
	started      timestamptz NOT NULL,
	finished     timestamptz NOT NULL,
	role         name NOT NULL DEFAULT current_user
);
CREATE UNIQUE INDEX load_ledger_idx ON tick.load (dataset, content_hash) WHERE on_ledger;
CREATE INDEX load_file_idx ON tick.load (dataset, file);
CREATE INDEX load_size_idx ON tick.load (dataset, file_size);

CREATE TABLE tick.load_reject (
	load        bigint NOT NULL,
	dataset     oid NOT NULL,
	file        text NOT NULL,
	line        bigint NOT NULL,
	column_name text,
	value       text,
	reason      text NOT NULL,
	raw         text
);
CREATE INDEX load_reject_load_idx ON tick.load_reject (load);
CREATE INDEX load_reject_dataset_idx ON tick.load_reject (dataset);

CREATE TABLE tick.snapshot (
	name    text PRIMARY KEY,
	number  bigint NOT NULL,                    -- changeset number it names
	dataset oid,                                -- NULL: the whole database
	comment text,
	created timestamptz NOT NULL DEFAULT now(),
	role    name NOT NULL DEFAULT current_user
);

CREATE TABLE tick.dataview (
	relid   oid PRIMARY KEY,                    -- its foreign table
	dataset oid NOT NULL,
	as_of   text                                -- NULL: follows the present
);

---------------------------------------------------------------------------
-- Exchange calendars, filled by people: anybody reads them, the extension's
-- owner writes and may grant that.  Rows are of weekdays (the rule) or of one
-- date, which then stands for all that the rule says of that date: a half
-- day, or a holiday when it has no times.  Several rows of a weekday or a
-- date are several sessions.
---------------------------------------------------------------------------

CREATE TABLE tick.calendar (
	name      text NOT NULL,
	date      date,                             -- of one day, NULL: a rule
	weekdays  int2[],                           -- of a rule: 1 is Monday, 7 Sunday
	open      time,                             -- NULL: no session; not before close: on the day before
	close     time,                             -- exclusive; 24:00 is the end of the day
	time_zone text,                             -- of the calendar: all rows that name one name the same
	comment   text,
	CONSTRAINT calendar_date_or_weekdays CHECK ((date IS NULL) <> (weekdays IS NULL)),
	CONSTRAINT calendar_date_finite CHECK (pg_catalog.isfinite(date)),
	CONSTRAINT calendar_weekdays CHECK (weekdays <@ '{1,2,3,4,5,6,7}'::int2[]),
	CONSTRAINT calendar_open_and_close CHECK ((open IS NULL) = (close IS NULL)),
	CONSTRAINT calendar_rule_has_times CHECK (weekdays IS NULL OR open IS NOT NULL),
	CONSTRAINT calendar_close_after_midnight CHECK (close > '00:00')
);
CREATE INDEX calendar_name_idx ON tick.calendar (name);
CREATE UNIQUE INDEX calendar_date_idx ON tick.calendar (name, date, open) NULLS NOT DISTINCT WHERE date IS NOT NULL;
GRANT SELECT ON tick.calendar TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('tick.calendar', '');

---------------------------------------------------------------------------
-- Foreign data wrapper and server
---------------------------------------------------------------------------

CREATE FUNCTION tick.fdw_handler() RETURNS fdw_handler
	AS 'MODULE_PATHNAME', 'tick_fdw_handler' LANGUAGE C STRICT;
CREATE FUNCTION tick.fdw_validator(text[], oid) RETURNS void
	AS 'MODULE_PATHNAME', 'tick_fdw_validator' LANGUAGE C STRICT;

CREATE FOREIGN DATA WRAPPER tick_fdw
	HANDLER tick.fdw_handler VALIDATOR tick.fdw_validator;
CREATE SERVER tick FOREIGN DATA WRAPPER tick_fdw;

CREATE FUNCTION tick.on_sql_drop() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'tick_on_sql_drop' LANGUAGE C
	SECURITY DEFINER;
CREATE EVENT TRIGGER tick_sql_drop ON sql_drop EXECUTE FUNCTION tick.on_sql_drop();
CREATE FUNCTION tick.on_ddl_end() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'tick_on_ddl_end' LANGUAGE C;
CREATE EVENT TRIGGER tick_ddl_end ON ddl_command_end WHEN TAG IN ('CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE')
	EXECUTE FUNCTION tick.on_ddl_end();

---------------------------------------------------------------------------
-- Loading
---------------------------------------------------------------------------

CREATE FUNCTION tick_load(
	source text, target text = NULL, columns text = NULL, path text = NULL, symbol text = NULL,
	date date = NULL, time_zone text = NULL, format text = 'csv', delimiter text = NULL,
	header text = NULL, quote text = '"', escape text = NULL, null_as text = '', encoding text = NULL,
	comment text = NULL, trailer text = NULL, partition_by text = NULL, stats_where text = NULL,
	on_error text = 'stop', reject_limit bigint = 1000, on_file_error text = 'stop',
	if_loaded text = 'skip', replaces text = 'none', missing text = 'error',
	finalize boolean = true, jobs int = NULL, expect_files "any" = NULL::text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'tick_load' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION tick_load_program(
	command text, target text = NULL, columns text = NULL, path text = NULL, symbol text = NULL,
	date date = NULL, time_zone text = NULL, format text = 'csv', delimiter text = NULL,
	header text = NULL, quote text = '"', escape text = NULL, null_as text = '', encoding text = NULL,
	comment text = NULL, trailer text = NULL, partition_by text = NULL, stats_where text = NULL,
	on_error text = 'stop', reject_limit bigint = 1000, on_file_error text = 'stop',
	if_loaded text = 'skip', replaces text = 'none', missing text = 'error',
	finalize boolean = true, jobs int = NULL, retries int = 0, retry_pause interval = '1 min') RETURNS bigint
	AS 'MODULE_PATHNAME', 'tick_load_program' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE PROCEDURE tick_load_each(
	source text, target text = NULL, columns text = NULL, path text = NULL, symbol text = NULL,
	date date = NULL, time_zone text = NULL, format text = 'csv', delimiter text = NULL,
	header text = NULL, quote text = '"', escape text = NULL, null_as text = '', encoding text = NULL,
	comment text = NULL, trailer text = NULL, partition_by text = NULL, stats_where text = NULL,
	on_error text = 'stop', reject_limit bigint = 1000, on_file_error text = 'stop',
	if_loaded text = 'skip', replaces text = 'none', missing text = 'error',
	finalize boolean = true, jobs int = NULL,
	batch_size text = '2GB', retries int = 3, retry_pause interval = '1 min', expect_files "any" = NULL::text,
	INOUT files bigint = NULL, INOUT loaded bigint = NULL, INOUT skipped bigint = NULL,
	INOUT failed bigint = NULL, INOUT rows bigint = NULL, INOUT rejected bigint = NULL)
	AS 'MODULE_PATHNAME', 'tick_load_each' LANGUAGE C;

CREATE FUNCTION tick_guess(
	source text, columns text = NULL, path text = NULL, symbol text = NULL, date date = NULL,
	time_zone text = NULL, format text = 'csv', delimiter text = NULL, header text = NULL,
	quote text = '"', escape text = NULL, null_as text = '', encoding text = NULL,
	comment text = NULL, trailer text = NULL)
	RETURNS TABLE ("position" int, field text, name text, type text, role text, format text, rule text,
		nulls bigint, distinct_count bigint, width int, min text, max text, samples text[], warning text)
	AS 'MODULE_PATHNAME', 'tick_guess_file' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION tick_guess_ddl(
	source text, target text = NULL, columns text = NULL, path text = NULL, symbol text = NULL, date date = NULL,
	time_zone text = NULL, format text = 'csv', delimiter text = NULL, header text = NULL,
	quote text = '"', escape text = NULL, null_as text = '', encoding text = NULL,
	comment text = NULL, trailer text = NULL, partition_by text = NULL, stats_where text = NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'tick_guess_ddl' LANGUAGE C VOLATILE PARALLEL UNSAFE;

REVOKE EXECUTE ON FUNCTION tick_load FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tick_load_program FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE tick_load_each FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tick_guess FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tick_guess_ddl FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tick_load TO pg_read_server_files;
GRANT EXECUTE ON FUNCTION tick_load_program TO pg_execute_server_program;
GRANT EXECUTE ON PROCEDURE tick_load_each TO pg_read_server_files;
GRANT EXECUTE ON FUNCTION tick_guess TO pg_read_server_files;
GRANT EXECUTE ON FUNCTION tick_guess_ddl TO pg_read_server_files;

---------------------------------------------------------------------------
-- Organising
---------------------------------------------------------------------------

CREATE FUNCTION tick_finalize(target regclass, from_date date = NULL, to_date date = NULL) RETURNS int
	AS 'MODULE_PATHNAME', 'tick_finalize' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION tick_daily_stats(target regclass, from_date date = NULL, to_date date = NULL, symbols text[] = NULL)
	RETURNS TABLE (date date, symbol text, open float8, high float8, low float8, close float8,
		volume numeric, vwap float8, trades bigint)
	AS 'MODULE_PATHNAME', 'tick_daily_stats' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10000;

CREATE FUNCTION tick_delete(target regclass, from_date date = NULL, to_date date = NULL, symbols text[] = NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'tick_delete' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION tick_restore(target regclass, as_of text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'tick_restore' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE PROCEDURE tick_vacuum(target regclass = NULL, retain interval = NULL)
	AS 'MODULE_PATHNAME', 'tick_vacuum' LANGUAGE C;

CREATE FUNCTION tick_verify(target regclass = NULL, level text = 'pages')
	RETURNS TABLE (dataset regclass, segment bigint, partition text, problem text, detail text)
	AS 'MODULE_PATHNAME', 'tick_verify' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION tick_segment_info(target regclass)
	RETURNS TABLE (segment bigint, partition text, row_group int, column_name text, encoding text,
		rows bigint, nulls bigint, bytes bigint, min text, max text)
	AS 'MODULE_PATHNAME', 'tick_segment_info' LANGUAGE C VOLATILE PARALLEL UNSAFE;

---------------------------------------------------------------------------
-- Versions
---------------------------------------------------------------------------

CREATE FUNCTION tick_create_snapshot(name text, target regclass = NULL, comment text = NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'tick_create_snapshot' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION tick_drop_snapshot(name text) RETURNS void
	AS 'MODULE_PATHNAME', 'tick_drop_snapshot' LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT;
CREATE FUNCTION tick_create_dataview(name text, target regclass, as_of text = NULL) RETURNS void
	AS 'MODULE_PATHNAME', 'tick_create_dataview' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION tick_set_dataview(name text, as_of text) RETURNS void
	AS 'MODULE_PATHNAME', 'tick_set_dataview' LANGUAGE C VOLATILE PARALLEL UNSAFE;

---------------------------------------------------------------------------
-- Joins
---------------------------------------------------------------------------

CREATE FUNCTION tick_create_asof(
	name text, left_table regclass, right_table regclass, columns text = NULL, tolerance interval = NULL,
	strict boolean = false, show_time text = 'left', fill text = 'none') RETURNS void
	AS 'MODULE_PATHNAME', 'tick_create_asof' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION tick_create_window(
	name text, left_table regclass, right_table regclass, before interval, after interval,
	aggregates text, prevailing boolean = true) RETURNS void
	AS 'MODULE_PATHNAME', 'tick_create_window' LANGUAGE C VOLATILE PARALLEL UNSAFE;

---------------------------------------------------------------------------
-- Querying
---------------------------------------------------------------------------

CREATE FUNCTION tick.first_step(internal, anyelement, "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'tick_first_step' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION tick.last_step(internal, anyelement, "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'tick_last_step' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION tick.first_last_final(internal, anyelement, "any") RETURNS anyelement
	AS 'MODULE_PATHNAME', 'tick_first_last_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE tick_first(value anyelement, ts "any") (
	SFUNC = tick.first_step, STYPE = internal, FINALFUNC = tick.first_last_final, FINALFUNC_EXTRA, PARALLEL = SAFE);
CREATE AGGREGATE tick_last(value anyelement, ts "any") (
	SFUNC = tick.last_step, STYPE = internal, FINALFUNC = tick.first_last_final, FINALFUNC_EXTRA, PARALLEL = SAFE);

CREATE FUNCTION tick.vwap_float_step(internal, float8, float8) RETURNS internal
	AS 'MODULE_PATHNAME', 'tick_vwap_float_step' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION tick.vwap_float_final(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'tick_vwap_float_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE tick_vwap(price float8, size float8) (
	SFUNC = tick.vwap_float_step, STYPE = internal, FINALFUNC = tick.vwap_float_final, PARALLEL = SAFE);
CREATE FUNCTION tick.vwap_numeric_step(numeric[], numeric, numeric) RETURNS numeric[]
	AS 'MODULE_PATHNAME', 'tick_vwap_numeric_step' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION tick.vwap_numeric_final(numeric[]) RETURNS numeric
	AS 'MODULE_PATHNAME', 'tick_vwap_numeric_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE tick_vwap(price numeric, size numeric) (
	SFUNC = tick.vwap_numeric_step, STYPE = numeric[], FINALFUNC = tick.vwap_numeric_final, PARALLEL = SAFE);

CREATE FUNCTION tick_bars(
	target regclass, width interval, symbols text[] = NULL, from_ts "any" = NULL, to_ts "any" = NULL,
	by text[] = NULL, filter text = NULL, fill text = 'none', calendar text = NULL, time_zone text = NULL)
	RETURNS TABLE (symbol text, ts timestamp, open float8, high float8, low float8, close float8,
		volume numeric, vwap float8, trades bigint, by_values text[])
	AS 'MODULE_PATHNAME', 'tick_bars' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1000;

CREATE FUNCTION tick_fetch(
	rowtype anyelement, symbol text, from_ts "any", to_ts "any",
	session_from time = NULL, session_to time = NULL, digits int = NULL) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'tick_fetch' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1000;

CREATE FUNCTION tick_asof(
	rowtype anyelement, symbol text, ts "any", tolerance interval = NULL, strict boolean = false) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'tick_asof' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1;

---------------------------------------------------------------------------
-- Views for people.  Each is a security barrier: a cheap function in a
-- query's WHERE must not see rows before has_table_privilege() does.
---------------------------------------------------------------------------

CREATE FUNCTION tick.partition_label(grain text, partition int4) RETURNS text
	AS 'MODULE_PATHNAME', 'tick_partition_label' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION tick.stamp_text(ns bigint, zone text) RETURNS text
	AS 'MODULE_PATHNAME', 'tick_stamp_text' LANGUAGE C STABLE PARALLEL SAFE;

CREATE VIEW tick.datasets WITH (security_barrier) AS
	SELECT d.relid::regclass AS dataset, coalesce(d.partition_field, d.grain) AS partition_by, d.zone,
		count(DISTINCT s.partition) AS partitions, count(s.id) AS segments,
		coalesce(sum(s.rows), 0)::bigint AS rows, coalesce(sum(s.bytes), 0)::bigint AS bytes,
		tick.stamp_text(min(s.time_min), d.zone) AS first, tick.stamp_text(max(s.time_max), d.zone) AS last,
		d.created, d.oldest_readable
	FROM tick.dataset d LEFT JOIN tick.segment s ON s.dataset = d.relid AND s.removed IS NULL
	WHERE pg_catalog.has_table_privilege(d.relid, 'SELECT')
	GROUP BY d.relid;

CREATE VIEW tick.partitions WITH (security_barrier) AS
	SELECT d.relid::regclass AS dataset, tick.partition_label(d.grain, s.partition) AS partition,
		count(*) AS segments, sum(s.rows)::bigint AS rows, sum(s.bytes)::bigint AS bytes,
		max(s.symbols) AS symbols, tick.stamp_text(min(s.time_min), d.zone) AS first,
		tick.stamp_text(max(s.time_max), d.zone) AS last, count(*) = 1 AND bool_and(s.sorted) AS finalized
	FROM tick.dataset d JOIN tick.segment s ON s.dataset = d.relid AND s.removed IS NULL
	WHERE pg_catalog.has_table_privilege(d.relid, 'SELECT')
	GROUP BY d.relid, s.partition;

CREATE VIEW tick.segments WITH (security_barrier) AS
	SELECT d.relid::regclass AS dataset, tick.partition_label(d.grain, s.partition) AS partition, s.id AS segment,
		CASE WHEN s.relid = 0 THEN NULL ELSE pg_catalog.pg_relation_filepath(s.relid) END AS path,
		s.rows, s.bytes, s.symbols,
		tick.stamp_text(s.time_min, d.zone) AS first, tick.stamp_text(s.time_max, d.zone) AS last, s.sorted,
		(SELECT array_agg(DISTINCT c.number ORDER BY c.number)
		 FROM tick.load l JOIN tick.changeset c ON c.id = l.changeset WHERE l.id = ANY (s.loads)) AS changesets,
		a.number AS added, r.number AS removed, s.uuid
	FROM tick.dataset d JOIN tick.segment s ON s.dataset = d.relid
		LEFT JOIN tick.changeset a ON a.id = s.added LEFT JOIN tick.changeset r ON r.id = s.removed
	WHERE pg_catalog.has_table_privilege(d.relid, 'SELECT');

CREATE VIEW tick.symbols WITH (security_barrier) AS
	SELECT code, name FROM tick.symbol
	WHERE pg_catalog.pg_has_role((SELECT extowner FROM pg_catalog.pg_extension WHERE extname = 'tick'), 'USAGE')
		OR NOT EXISTS (SELECT FROM tick.dataset d WHERE NOT pg_catalog.has_table_privilege(d.relid, 'SELECT'));

CREATE VIEW tick.loads WITH (security_barrier) AS
	SELECT l.id AS load, l.dataset::regclass AS dataset, c.number AS changeset, l.file, l.status, l.lines, l.header,
		l.blank, l.comment, l.trailer, l.rows, l.rejected, l.row_lines, l.rejected_lines, l.on_ledger, l.file_size,
		l.file_mtime, l.content_hash, l.sqlstate, l.message, l.started, l.finished, l.role
	FROM tick.load l LEFT JOIN tick.changeset c ON c.id = l.changeset
	WHERE pg_catalog.has_table_privilege(l.dataset, 'SELECT');

CREATE VIEW tick.load_rejects WITH (security_barrier) AS
	SELECT r.load, r.dataset::regclass AS dataset, r.file, r.line, r.column_name AS "column", r.value, r.reason, r.raw
	FROM tick.load_reject r WHERE pg_catalog.has_table_privilege(r.dataset, 'SELECT');

CREATE VIEW tick.changesets WITH (security_barrier) AS
	SELECT c.number AS changeset, c.stamp, c.kind, c.dataset::regclass AS dataset, c.rows_added, c.rows_removed, c.role, c.note
	FROM tick.changeset c
	WHERE c.number IS NOT NULL AND pg_catalog.has_table_privilege(c.dataset, 'SELECT');

CREATE VIEW tick.snapshots WITH (security_barrier) AS
	SELECT s.name, s.number AS changeset, s.dataset::regclass AS dataset, s.comment, s.created, s.role
	FROM tick.snapshot s
	WHERE s.dataset IS NULL OR pg_catalog.has_table_privilege(s.dataset, 'SELECT');

CREATE VIEW tick.dataviews WITH (security_barrier) AS
	SELECT v.relid::regclass AS dataview, v.dataset::regclass AS dataset, v.as_of,
		CASE WHEN v.as_of IS NULL THEN 'following' ELSE 'pinned' END AS mode
	FROM tick.dataview v WHERE pg_catalog.has_table_privilege(v.relid, 'SELECT');

-- The loader reports through pg_stat_progress_copy; what has no column there
-- lies in the parameters that COPY leaves free, the file's name in the
-- comment that it puts before the session's query.
CREATE VIEW tick.progress AS
	SELECT p.pid, p.datname, p.relid::regclass AS dataset,
		CASE i.param10 WHEN 1 THEN 'reading' WHEN 2 THEN 'enumerating' WHEN 3 THEN 'sorting' WHEN 4 THEN 'writing'
			WHEN 5 THEN 'merging' ELSE 'starting' END AS phase,
		substring(a.query FROM '^/\* tick: (.*?) \*/') AS file, i.param8 AS file_number, i.param9 AS files,
		p.bytes_processed, p.bytes_total, p.tuples_processed AS rows, p.tuples_excluded AS rejected
	FROM pg_catalog.pg_stat_progress_copy p
		JOIN pg_catalog.pg_stat_get_progress_info('COPY') i ON i.pid = p.pid
		JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
	WHERE i.param11 = 1;

GRANT SELECT ON tick.datasets, tick.partitions, tick.segments, tick.symbols, tick.loads, tick.load_rejects,
	tick.changesets, tick.snapshots, tick.dataviews, tick.progress TO PUBLIC;
