-- Which conditions a scan evaluates, and which are left to the executor.
SET timezone = 'America/New_York';
CREATE FOREIGN TABLE cond (
	date  date OPTIONS (virtual 'date'),
	ts    timestamp OPTIONS (role 'time', field 'Stamp'),
	ts_ns bigint OPTIONS (field 'Stamp'),
	sym   text OPTIONS (role 'symbol') COLLATE "C",
	price double precision,
	size  int,
	num   numeric(10,2),
	wide  numeric,
	cond  text
) SERVER tick OPTIONS (partition_by 'day');
CREATE FOREIGN TABLE zoned (ts timestamptz OPTIONS (role 'time'), n int)
	SERVER tick OPTIONS (partition_by 'day', zone 'America/New_York');
INSERT INTO cond SELECT NULL, timestamp '2021-03-12 09:00' + i * interval '10 min', NULL, (ARRAY['A', 'B'])[1 + i % 2], i / 4.0, i,
	i / 8.0, CASE i WHEN 7 THEN 'NaN' WHEN 8 THEN '-Infinity' ELSE i * 1e18 END, 'c' || i % 3 FROM generate_series(1, 300) i;
INSERT INTO zoned SELECT timestamptz '2021-03-13 20:00' + i * interval '30 min', i FROM generate_series(1, 60) i;

-- the lines of a plan that tell of conditions
CREATE FUNCTION conditions(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Filter:|Segments:|actual' THEN
			RETURN NEXT regexp_replace(line, '^ *(->)? *|\.00(?= loops)', '', 'g');
		END IF;
	END LOOP;
END $$;

-- in the scan, with what they prune
SELECT conditions('SELECT FROM cond WHERE ts::time >= ''09:30'' AND ts::time < ''16:00''');
SELECT conditions('SELECT FROM cond WHERE date_trunc(''day'', ts) = ''2021-03-13''');
SELECT conditions('SELECT FROM cond WHERE date_trunc(''week'', ts) = ''2021-03-13''');
SELECT conditions('SELECT FROM cond WHERE date_bin(''2 hours'', ts, ''2000-01-01'') IN (''2021-03-13 10:00'', ''2021-03-13 14:00'')');
SELECT conditions('SELECT FROM cond WHERE extract(hour FROM ts) BETWEEN 10 AND 11 AND extract(isodow FROM ts) = 6');
SELECT conditions('SELECT FROM cond WHERE extract(epoch FROM ts) < extract(epoch FROM timestamp ''2021-03-12 10:00'')');
SELECT conditions('SELECT FROM cond WHERE size > 10.5 AND num <= 3.333 AND wide > 12.5e18');
SELECT conditions('SELECT FROM cond WHERE wide = ''NaN'' OR wide IN (-''Infinity''::numeric, 3e18)');
SELECT conditions('SELECT FROM cond WHERE cond IS DISTINCT FROM ''c1'' AND size IS NOT DISTINCT FROM 3');
SELECT conditions('SELECT FROM zoned WHERE date_trunc(''day'', ts) = ''2021-03-14''');
SELECT conditions('SELECT FROM zoned WHERE ts::time = ''03:00'' OR extract(hour FROM ts) = 2');

-- left to the executor
SELECT conditions('SELECT FROM cond WHERE length(sym) = 1 AND size = 3');
SELECT conditions('SELECT FROM cond WHERE extract(week FROM ts) = 10');
SELECT conditions('SELECT FROM cond WHERE date_bin(''1 day'', ts, ''-infinity'') = ''2021-03-13'' AND false');
SELECT conditions('SELECT FROM cond WHERE date_trunc(CASE WHEN size > 0 THEN ''day'' ELSE ''hour'' END, ts) = ''2021-03-13''');
SELECT conditions('SELECT FROM cond WHERE price::numeric > 74 AND size % 2 = 0');

-- the zone is that of the session when the scan starts
PREPARE hours AS SELECT count(*), min(ts AT TIME ZONE 'UTC') FROM zoned WHERE ts::time < '04:00' AND date_trunc('day', ts) = $1;
EXECUTE hours ('2021-03-14');
SET timezone = 'Asia/Kolkata';
EXECUTE hours ('2021-03-14');
RESET timezone;
DEALLOCATE hours;
DROP FUNCTION conditions;
DROP FOREIGN TABLE cond, zoned;
