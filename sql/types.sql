-- Every type a dataset can hold: NULLs, extremes, conditions, and the same
-- over a heap.
CREATE SCHEMA types;
SET search_path = types, public;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET extra_float_digits = 1;

CREATE TABLE heap (
	ts timestamp, sym text COLLATE "C", b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision,
	n0 numeric, n9 numeric(9,4), n18 numeric(18,0), n30 numeric(30,10), d date, t time, tsx timestamp, tz timestamptz,
	tx text, vc varchar(5), ch char(4), c1 "char", nm name
);
CREATE FOREIGN TABLE every (
	ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
	b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision,
	n0 numeric, n9 numeric(9,4), n18 numeric(18,0), n30 numeric(30,10), d date, t time, tsx timestamp, tz timestamptz,
	tx text, vc varchar(5), ch char(4), c1 "char", nm name
) SERVER tick;

INSERT INTO heap VALUES
	('2021-01-04 09:30', 'A', true, -32768, -2147483648, -9223372036854775808, '-inf', '-inf', 'NaN', -99999.9999, -999999999999999999, -99999999999999999999.9999999999,
	 '1677-09-22', '00:00', '1677-09-22', '1677-09-22', '', '', '', '', ''),
	('2021-01-04 09:30', 'A', false, 32767, 2147483647, 9223372036854775807, 'inf', 'inf', 'Infinity', 99999.9999, 999999999999999999, 99999999999999999999.9999999999,
	 '9999-12-31', '23:59:59.999999', '2262-04-11', '2262-04-11', E'tab\tnew\nline "quoted" \\ back', 'ab  ', 'ab', 'z', 'a_name'),
	('2021-01-04 09:31', 'B', NULL, 0, 0, 0, 'nan', 'nan', '-Infinity', 0, 0, 0, '0001-01-01', '12:00', '1970-01-01', '1970-01-01 00:00:00.000001+00', 'ünïcödé €', 'ünïcö', 'é', 'q', 'x'),
	('2021-01-04 09:32', 'B', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2021-01-04 09:33', NULL, true, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 1, 0.1, '2021-01-04', '24:00', '1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999+00', repeat('x', 9000), 'a', 'a', 'a', repeat('n', 63)),
	('2021-01-05 00:00', 'C', true, -1, -1, -1, '-0', '-0', 1.500, -0.0001, -1, -0.0000000001, '2000-01-01', '00:00:00.000001', '2000-01-01', '2000-01-01', ' lead', ' a', ' a', ' ', 'N'),
	('2021-01-05 00:00', 'C', false, 2, 2, 2, 3.4028235e38, 1.7976931348623157e308, 1e100, 1.5, 15, 1.25, '-infinity'::date + 0, '01:02:03.456789', NULL, NULL, 'é', 'é', 'é', 'b', 'é'),
	('2021-01-06 00:00', 'C', false, 3, 3, 3, 1.1754944e-38, 5e-324, 1e-100, 2.5, 25, 2.25, NULL, NULL, NULL, NULL, 'a', 'a', 'a ', 'c', 'd');

-- dates that never end have no day number
INSERT INTO every SELECT * FROM heap;
UPDATE heap SET d = '0044-03-15 BC' WHERE d = '-infinity';
INSERT INTO every SELECT * FROM heap;
SELECT count(*) FROM every;
(SELECT * FROM every EXCEPT ALL SELECT * FROM heap) UNION ALL (SELECT * FROM heap EXCEPT ALL SELECT * FROM every);
SELECT sym, i4, f4, f8, n0, n9, n18, n30, d, t, tsx, tz FROM every ORDER BY sym, ts, i4;
SELECT sym, i4, length(tx) AS tx, quote_literal(vc) AS vc, ch || '|' AS ch, length(ch) AS chars, c1, left(nm::text, 8) AS nm
	FROM every ORDER BY sym, ts, i4;

-- the same conditions over both
CREATE FUNCTION same(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	wrong bigint;
	hits bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((SELECT * FROM types.every WHERE %1$s EXCEPT ALL SELECT * FROM types.heap WHERE %1$s)
		UNION ALL (SELECT * FROM types.heap WHERE %1$s EXCEPT ALL SELECT * FROM types.every WHERE %1$s)) x', condition) INTO wrong;
	EXECUTE format('SELECT count(*) FROM types.heap WHERE %s', condition) INTO hits;
	RETURN CASE wrong WHEN 0 THEN hits || ' rows' ELSE wrong || ' DIFFER' END;
END $$;
SELECT c AS condition, same(c) FROM unnest(ARRAY[
	'b', 'NOT b', 'b IS NULL', 'b IS NOT NULL', 'b = false', 'b IS NOT TRUE', 'b IS UNKNOWN', 'b <> true',
	'i2 = 0', 'i2 > 32766', 'i2 < 100000', 'i2 = 32768', 'i4 >= -2147483648', 'i4 = 2147483648', 'i8 > 9223372036854775806',
	'i8 BETWEEN -1 AND 2', 'i8 <> 0', 'i8 IN (1, 2, NULL)', 'i8 NOT IN (1, 2)', 'i8 = ANY (ARRAY[0, 1, 9223372036854775807])', 'i8 = 1.5', 'i8 < 1.5',
	'i4 = ANY (''{}'')', 'i4 <> ALL (''{}'')',
	'f8 = ''NaN''', 'f8 > ''inf''', 'f8 >= ''inf''', 'f8 < ''NaN''', 'f8 <> ''NaN''', 'f8 = 0', 'f8 = ''-0''', 'f8 = 0.1', 'f8 < 0', 'f8 = 5e-324', 'f8 = ''-inf''', 'f8 IN (0.1, ''NaN'')',
	'f4 = 0.1', 'f4 = 0.1::real', 'f4 > 0.1', 'f4 = ''NaN''', 'f4 >= 3.4028235e38', 'f4 < -1e300',
	'n0 = ''NaN''', 'n0 = ''Infinity''', 'n0 = 1.5', 'n0 < 1', 'n9 = 0.1', 'n9 > 99999', 'n9 < -0.00005', 'n9 = 1', 'n18 = -999999999999999999', 'n18 > 1', 'n18 = 1.5', 'n30 = 1.25', 'n30 < 0',
	'd = ''2021-01-04''', 'd < ''0001-01-01''', 'd >= ''9999-12-31''', 'd < ''infinity''', 'd > ''-infinity''', 'd BETWEEN ''2000-01-01'' AND ''2021-01-04''',
	't = ''24:00''', 't < ''00:00:00.000002''', 't >= ''23:59:59.999999''', 'tsx < ''1970-01-01''', 'tsx = ''1969-12-31 23:59:59.999999''', 'tsx < ''infinity''', 'tsx > ''-infinity''', 'tsx >= ''2262-04-11''', 'tsx < ''3000-01-01''', 'tsx > ''0001-01-01''',
	'tz = ''1970-01-01 00:00:00.000001+00''', 'tz < ''1970-01-01 00:00+00''',
	'tx = ''''', 'tx <> ''''', 'tx IS NULL', 'tx LIKE ''%quoted%''', 'tx LIKE ''ün%''', 'tx LIKE ''_''', 'tx NOT LIKE ''a''', 'length(tx) = 9000', 'tx > ''x'' COLLATE "C"', 'tx = repeat(''x'', 9000)',
	'vc = ''''', 'vc = ''ab  ''', 'vc = ''ab''', 'vc LIKE ''a%''', 'vc IN (''a'', ''é'')',
	'ch = ''ab''', 'ch = ''ab  ''', 'ch = ''a''', 'ch < ''b''', 'ch LIKE ''a%''', 'ch LIKE ''a   ''', 'ch = '''' ', 'ch IN (''a'', ''é'')', 'ch::text = ''a''',
	'c1 = ''a''', 'c1 = ''''', 'c1 < ''c''', 'nm = ''x''', 'nm = ''''', 'nm > ''b''', 'nm LIKE ''n%''', 'nm::text = repeat(''n'', 63)',
	'sym IS NULL', 'sym IS NOT NULL', 'sym = ''A''', 'sym <> ''A''', 'sym IN (''A'', ''C'')', 'sym > ''A''', 'sym >= ''B'' AND sym < ''C''', 'sym LIKE ''B%''', 'sym IS NOT DISTINCT FROM ''A''', 'sym IS DISTINCT FROM ''A''', 'sym IS NOT DISTINCT FROM NULL',
	'sym = ''A'' OR i4 = 0', 'NOT (sym = ''A'' OR i4 = 0)', 'sym = ''A'' AND i4 IS NULL', '(sym = ''A'') IS NULL', '(i4 > 0) IS NOT TRUE', 'i4 = i2', 'NOT (i4 > 0 AND f8 > 0)', 'coalesce(i4, 7) = 7',
	'ts = ''2021-01-04 09:30''', 'ts > ''2021-01-04 09:30''', 'ts::date = ''2021-01-05''', 'ts >= ''2021-01-05'' AND ts < ''2021-01-06''', 'ts < ''infinity''', 'ts > ''infinity''', 'ts >= ''1500-01-01''', 'ts > ''2500-01-01''', 'false', 'NULL::boolean'
]) AS c;

-- aggregates
SELECT count(*), count(i4), min(i2), max(i2), min(i4), max(i4), min(i8), max(i8), sum(i2), sum(i4), sum(i8), avg(i4) FROM every
EXCEPT SELECT count(*), count(i4), min(i2), max(i2), min(i4), max(i4), min(i8), max(i8), sum(i2), sum(i4), sum(i8), avg(i4) FROM heap;
SELECT min(f4), max(f4), min(f8), max(f8), sum(f8), min(n0), max(n0), sum(n9), avg(n9), min(n9), max(n9), sum(n18), sum(n30) FROM every
EXCEPT SELECT min(f4), max(f4), min(f8), max(f8), sum(f8), min(n0), max(n0), sum(n9), avg(n9), min(n9), max(n9), sum(n18), sum(n30) FROM heap;
SELECT min(d), max(d), min(t), max(t), min(tsx), max(tsx), min(tz), max(tz), min(tx), max(tx), min(vc), max(vc), min(ch), max(ch), bool_and(b), bool_or(b) FROM every
EXCEPT SELECT min(d), max(d), min(t), max(t), min(tsx), max(tsx), min(tz), max(tz), min(tx), max(tx), min(vc), max(vc), min(ch), max(ch), bool_and(b), bool_or(b) FROM heap;
SELECT sym, count(*), sum(i8), max(tx) FROM every GROUP BY sym EXCEPT SELECT sym, count(*), sum(i8), max(tx) FROM heap GROUP BY sym;

-- finalize, twice, keeps every value
INSERT INTO every SELECT * FROM heap;
SELECT tick_finalize('every'), tick_finalize('every');
INSERT INTO heap SELECT * FROM heap;
(SELECT * FROM every EXCEPT ALL SELECT * FROM heap) UNION ALL (SELECT * FROM heap EXCEPT ALL SELECT * FROM every);
SELECT * FROM tick_verify('every', 'full');

-- values without a stored form
INSERT INTO every (ts, sym, d) VALUES ('2021-01-04', 'A', 'infinity');
INSERT INTO every (ts, sym, tsx) VALUES ('2021-01-04', 'A', '2262-04-12');
INSERT INTO every (ts, sym, tsx) VALUES ('2021-01-04', 'A', '-infinity');
INSERT INTO every (ts, sym) VALUES ('infinity', 'A');
INSERT INTO every (ts, sym) VALUES (NULL, 'A');
INSERT INTO every (ts, sym) VALUES ('1500-01-01', 'A');
INSERT INTO every (ts, sym, n9) VALUES ('2021-01-04', 'A', 'NaN');
INSERT INTO every (ts, sym, n9) VALUES ('2021-01-04', 'A', 100000);
INSERT INTO every (ts, sym) VALUES ('2021-01-04', repeat('s', 256));
SELECT count(*) - (SELECT count(*) FROM heap) AS more FROM every;

-- types a dataset cannot hold are named at the first use
CREATE FOREIGN TABLE bad (ts timestamp OPTIONS (role 'time'), x jsonb) SERVER tick;
SELECT * FROM bad;
INSERT INTO bad VALUES ('2021-01-04', '{}');
DROP FOREIGN TABLE bad;
CREATE FOREIGN TABLE bad (ts text OPTIONS (role 'time')) SERVER tick;
SELECT * FROM bad;
DROP FOREIGN TABLE bad;
CREATE FOREIGN TABLE bad (ts timestamp, day text OPTIONS (virtual 'date')) SERVER tick;
SELECT * FROM bad;
DROP FOREIGN TABLE bad;
CREATE FOREIGN TABLE bad (ts timestamp OPTIONS (role 'time'), a int OPTIONS (role 'price'), b int OPTIONS (role 'price')) SERVER tick;
SELECT * FROM bad;
DROP FOREIGN TABLE bad;

-- nanoseconds beside the stamp, in either order
CREATE FOREIGN TABLE nano (
	ns bigint OPTIONS (field 'T'), ts timestamp OPTIONS (role 'time', field 'T'), sym text OPTIONS (role 'symbol') COLLATE "C", v int
) SERVER tick;
INSERT INTO nano VALUES (1609752600000000001, NULL, 'A', 1), (1609752600000000999, '2021-01-04 09:30', 'A', 2), (NULL, '2021-01-04 09:30:00.000001', 'A', 3),
	(-1, NULL, 'A', 4), (-1000, NULL, 'A', 5), (-1001, NULL, 'A', 6);
INSERT INTO nano VALUES (1609752600000001000, '2021-01-04 09:30', 'A', 9);
DO $$ BEGIN INSERT INTO nano VALUES (NULL, NULL, 'A', 9); EXCEPTION WHEN not_null_violation THEN RAISE NOTICE 'a row without a time is refused'; END $$;
SELECT * FROM nano ORDER BY ns;
SELECT v FROM nano WHERE ts = '2021-01-04 09:30' ORDER BY v;
SELECT v FROM nano WHERE ts > '2021-01-04 09:30' ORDER BY v;
SELECT v FROM nano WHERE ts >= '2021-01-04 09:30:00.000001' ORDER BY v;
SELECT v FROM nano WHERE ts < '1970-01-01' ORDER BY v;
SELECT v FROM nano WHERE ts <= '1969-12-31 23:59:59.999998' ORDER BY v;
SELECT v FROM nano WHERE ns > 1609752600000000001 ORDER BY v;
SELECT v FROM nano WHERE ns = 1609752600000000999 AND ts = '2021-01-04 09:30' ORDER BY v;
SELECT v FROM nano WHERE ns BETWEEN -1000 AND -1 ORDER BY v;
SELECT min(ns), max(ns), min(ts), max(ts), count(DISTINCT ts) FROM nano;
SELECT tick_finalize('nano');
SELECT * FROM nano ORDER BY ns;

-- nanoseconds alone are a time
CREATE FOREIGN TABLE only_ns (ns bigint OPTIONS (role 'time'), day date OPTIONS (virtual 'date'), v int) SERVER tick;
INSERT INTO only_ns (ns, v) VALUES (1609752600000000001, 1), (1609804799999999999, 2), (1609804800000000000, 3);
SELECT * FROM only_ns ORDER BY ns;
SELECT v FROM only_ns WHERE day = '2021-01-05';
SELECT partition, rows FROM tick.partitions WHERE dataset = 'only_ns'::regclass ORDER BY 1;

-- a date as the time
CREATE FOREIGN TABLE eod (day date OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", close numeric(12,2) OPTIONS (role 'price'), size int OPTIONS (role 'size')) SERVER tick OPTIONS (partition_by 'month');
INSERT INTO eod SELECT date '2020-12-30' + i, 'S' || i % 2, 100 + i, i FROM generate_series(0, 5) i;
SELECT * FROM eod WHERE day >= '2021-01-01' ORDER BY day;
SELECT partition, rows, first, last FROM tick.partitions WHERE dataset = 'eod'::regclass ORDER BY 1;
SELECT * FROM tick_daily_stats('eod', '2020-12-31', '2021-01-01');
SELECT symbol, ts, open, close, volume, trades FROM tick_bars('eod', '1 month', by => NULL);
SELECT * FROM tick_fetch(NULL::eod, 'S1', '2020-12-31', date '2021-01-02');
SELECT tick_delete('eod', '2021-01-01', '2021-01-01');
SELECT count(*), min(day), max(day) FROM eod;

SET client_min_messages = warning;
DROP SCHEMA types CASCADE;
