--
-- INSERT, COPY FROM, TRUNCATE; UPDATE and DELETE are refused
--
SET datestyle = 'ISO, MDY';
CREATE FOREIGN TABLE ins (date date OPTIONS (virtual 'date'), ts timestamp OPTIONS (role 'time', field 'T'),
	ts_ns bigint OPTIONS (field 'T'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 CHECK (price > 0),
	size int NOT NULL DEFAULT 100, value float8 GENERATED ALWAYS AS (price * size) STORED,
	load bigint OPTIONS (virtual 'load_id'))
	SERVER tick;

INSERT INTO ins (ts, sym, price) VALUES ('2021-01-04 09:30', 'A', 1.5), ('2021-01-04 09:30:00.5', 'B', 2);
INSERT INTO ins (ts_ns, sym, price, size) VALUES (1609839000123456789, 'A', 3, 7) RETURNING *;
INSERT INTO ins (date, ts, ts_ns, sym, price) VALUES ('2021-01-05', '2021-01-05 09:30:00.123456', 1609839000123456001, NULL, 4)
	RETURNING tableoid::regclass, ins;
SELECT * FROM ins ORDER BY sym, ts_ns;
SELECT kind, rows_added FROM tick.changesets WHERE dataset = 'ins'::regclass ORDER BY changeset;

-- what is refused
INSERT INTO ins (sym, price) VALUES ('A', 1);
INSERT INTO ins (ts, sym, price) VALUES ('infinity', 'A', 1);
INSERT INTO ins (ts, sym, price) VALUES ('2500-01-01', 'A', 1);
INSERT INTO ins (ts, sym, price) VALUES ('2021-01-04 10:00', 'A', -1);
INSERT INTO ins (ts, sym, price, size) VALUES ('2021-01-04 10:00', 'A', 1, NULL);
INSERT INTO ins (date, ts, sym, price) VALUES ('2021-01-06', '2021-01-04 10:00', 'A', 1);
INSERT INTO ins (ts, ts_ns, sym, price) VALUES ('2021-01-04 10:00', 1609839000123456789, 'A', 1);
INSERT INTO ins (ts, sym, price, load) VALUES ('2021-01-04 10:00', 'A', 1, 5);
INSERT INTO ins (ts, sym, price) VALUES ('2021-01-04 10:00', repeat('x', 256), 1);
INSERT INTO ins (ts, sym, price) VALUES ('2021-01-04 10:00', 'A', 1) ON CONFLICT DO NOTHING;
UPDATE ins SET price = 1;
DELETE FROM ins WHERE sym = 'A';
SET tick.as_of = '1';
INSERT INTO ins (ts, sym, price) VALUES ('2021-01-04 10:00', 'A', 1);
RESET tick.as_of;
SELECT count(*) FROM ins;

-- one changeset a statement; a statement without rows makes none
INSERT INTO ins (ts, sym, price) SELECT '2021-01-04', 'A', 1 WHERE false;
COPY ins (ts, sym, price, size) FROM STDIN (FORMAT csv);
2021-01-06 12:00,C,5,1
2021-01-07 12:00:00.000001,C,6,2
2021-01-06 11:00,,7,3
\.
COPY ins (ts, sym, price, size) FROM STDIN (FORMAT csv);
2021-01-06 12:00,C,-5,1
\.
SELECT kind, rows_added FROM tick.changesets WHERE dataset = 'ins'::regclass ORDER BY changeset;
SELECT date, sym, price, value FROM ins WHERE date >= '2021-01-06' ORDER BY sym, ts;

-- transactions: own rows are seen at once, rolled back rows never
BEGIN;
INSERT INTO ins (ts, sym, price) VALUES ('2021-02-01', 'T', 1);
SELECT count(*) FROM ins WHERE sym = 'T';
SAVEPOINT s;
INSERT INTO ins (ts, sym, price) VALUES ('2021-02-01', 'T', 2);
SELECT count(*) FROM ins WHERE sym = 'T';
ROLLBACK TO s;
SELECT count(*) FROM ins WHERE sym = 'T';
ROLLBACK;
SELECT count(*) FROM ins WHERE sym = 'T';
-- a statement does not see its own rows
WITH i AS (INSERT INTO ins (ts, sym, price) VALUES ('2021-02-02', 'W', 1) RETURNING sym)
	SELECT i.sym, (SELECT count(*) FROM ins WHERE ins.sym = 'W') FROM i;
INSERT INTO ins (ts, sym, price) SELECT ts, sym, price FROM ins WHERE sym = 'W';
SELECT count(*) FROM ins WHERE sym = 'W';

-- a dataset as a partition of a table
CREATE TABLE ins_parent (ts timestamp, sym text COLLATE "C", price float8) PARTITION BY RANGE (ts);
CREATE FOREIGN TABLE ins_child (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8) SERVER tick;
ALTER TABLE ins_parent ATTACH PARTITION ins_child FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE ins_recent PARTITION OF ins_parent FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
INSERT INTO ins_parent SELECT timestamp '2021-12-30' + i * interval '1 day', 'P', i FROM generate_series(0, 3) i;
COPY ins_parent FROM STDIN (FORMAT csv);
2021-12-29,Q,1
2022-01-05,Q,2
\.
INSERT INTO ins_child VALUES ('2022-06-01', 'R', 1);
SELECT tableoid::regclass, * FROM ins_parent ORDER BY sym, ts;
DROP TABLE ins_parent;

-- triggers see complete rows
CREATE FUNCTION ins_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '% % %', TG_WHEN, TG_OP, NEW;
	RETURN NEW;
END $$;
CREATE TRIGGER before_row BEFORE INSERT ON ins FOR EACH ROW EXECUTE FUNCTION ins_note();
CREATE TRIGGER after_row AFTER INSERT ON ins FOR EACH ROW EXECUTE FUNCTION ins_note();
INSERT INTO ins (ts, sym, price) VALUES ('2021-02-03', 'X', 9);
DROP TRIGGER before_row ON ins;
DROP TRIGGER after_row ON ins;

-- many rows, many partitions
INSERT INTO ins (ts, sym, price) SELECT timestamp '2021-03-01' + i * interval '1 minute', 'M' || i % 20, i FROM generate_series(1, 20000) i;
SELECT count(*), count(DISTINCT date), min(price), max(price), sum(value) FROM ins WHERE sym LIKE 'M%';

-- TRUNCATE keeps the past
BEGIN;
TRUNCATE ins;
SELECT count(*) FROM ins;
ROLLBACK;
SELECT count(*) FROM ins;
SELECT tick_create_snapshot('ins_before') > 0;
TRUNCATE ins;
SELECT count(*) FROM ins;
SELECT kind, rows_added, rows_removed FROM tick.changesets WHERE dataset = 'ins'::regclass ORDER BY changeset DESC LIMIT 1;
SET tick.as_of = 'ins_before';
SELECT count(*) FROM ins;
TRUNCATE ins;
RESET tick.as_of;
TRUNCATE ins;

-- dataviews are read only
SELECT tick_create_dataview('ins_view', 'ins', 'ins_before');
SELECT count(*) FROM ins_view;
INSERT INTO ins_view (ts, sym, price) VALUES ('2021-02-03', 'X', 9);
TRUNCATE ins_view;

-- a temporary dataset cannot be written
CREATE FOREIGN TABLE pg_temp.ins_temp (ts timestamp OPTIONS (role 'time'), x int) SERVER tick;
INSERT INTO ins_temp VALUES ('2021-01-01', 1);

DROP FOREIGN TABLE ins_view;
SELECT tick_drop_snapshot('ins_before');
DROP FOREIGN TABLE ins;
DROP FUNCTION ins_note;
