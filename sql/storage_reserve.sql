-- A load leaves tick.min_free on the volumes of the data and of the WAL.
CREATE FOREIGN TABLE reserve (ts timestamp OPTIONS (role 'time'), noise text) SERVER tick;
CREATE FUNCTION reserve_fill(rows int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	INSERT INTO reserve SELECT timestamp '2021-01-04' + n * interval '1 ms', md5(n::text) FROM generate_series(1, rows) n;
	RETURN 'filled';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(': ', SQLSTATE, regexp_replace(SQLERRM, '"base/[0-9]+"', '"base/N"'), hint);
END $$;
SELECT count(*) FROM reserve;
SHOW tick.min_free;
-- more than any volume has
SET tick.min_free = '1000 TB';
SELECT reserve_fill(5000);
-- what stays in the catalog is the server's to keep
SELECT reserve_fill(10);
SET tick.min_free = 0;
SELECT reserve_fill(5000);
RESET tick.min_free;
SELECT reserve_fill(5000);
SELECT count(*) FROM reserve;
-- it is the administrator's
CREATE ROLE regress_tick_reserve;
SET ROLE regress_tick_reserve;
SET tick.min_free = 0;
RESET ROLE;
DROP ROLE regress_tick_reserve;
DROP FUNCTION reserve_fill;
DROP FOREIGN TABLE reserve;
