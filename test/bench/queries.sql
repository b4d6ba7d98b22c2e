-- queries.sql: what the benchmark asks, and what check.sh compares.
--
-- "-- name: N" begins a query; its text follows a line naming who it is for: all, or tick, heap, duckdb.  Who has no
-- text is not asked.  Summaries answer many of the Q; the U have to look at rows.
-- @D@ is a date and @S@ a symbol of the data.  In tick, trades.csv.gz and quotes.csv.gz are loaded without options:
-- "time" is the stamp and "date" the virtual day; the others keep date and time of day apart.  trade_quote is made by
-- tick_create_asof; sector_tags is sectors with two rows for every third symbol.
-- name: Q1 count
-- all
select count(*) from trades
-- name: Q2 vwap of a day, by symbol
-- all
select sym, sum(size*price)/sum(size) as vwap from trades where date='@D@' group by sym
-- name: Q3 minute bars of a symbol and day
-- tick
select date_trunc('minute', time) as m, tick_first(price, time) as o, max(price) as h, min(price) as l, tick_last(price, time) as c, sum(size) as v from trades where date='@D@' and sym='@S@' group by 1 order by 1
-- heap
select date_trunc('minute', date+time) as m, (array_agg(price order by seq))[1] as o, max(price) as h, min(price) as l, (array_agg(price order by seq desc))[1] as c, sum(size) as v from trades where date='@D@' and sym='@S@' group by 1 order by 1
-- duckdb
select date_trunc('minute', date+time) as m, arg_min(price, seq) as o, max(price) as h, min(price) as l, arg_max(price, seq) as c, sum(size) as v from trades where date='@D@' and sym='@S@' group by 1 order by 1
-- name: Q4 ten minutes of a symbol
-- tick
select time, price, size, exchange, cond, seq from trades where date='@D@' and sym='@S@' and time between '@D@ 10:00' and '@D@ 10:10' order by seq
-- heap
select date+time, price, size, exchange, cond, seq from trades where date='@D@' and sym='@S@' and time between '10:00' and '10:10' order by seq
-- duckdb
select date+time, price, size, exchange, cond, seq from trades where date='@D@' and sym='@S@' and time between '10:00:00' and '10:10:00' order by seq
-- name: Q5 daily bars of everything
-- tick
select sym, date, tick_first(price, time) as o, max(price) as h, min(price) as l, tick_last(price, time) as c, sum(size) as v from trades group by sym, date
-- heap
select sym, date, (array_agg(price order by seq))[1] as o, max(price) as h, min(price) as l, (array_agg(price order by seq desc))[1] as c, sum(size) as v from trades group by sym, date
-- duckdb
select sym, date, arg_min(price, seq) as o, max(price) as h, min(price) as l, arg_max(price, seq) as c, sum(size) as v from trades group by sym, date
-- name: Q5b daily extremes, volume and count of everything
-- all
select sym, date, max(price) as h, min(price) as l, sum(size) as v, count(*) from trades group by sym, date
-- name: Q6 extremes and average of a column
-- all
select min(price), max(price), avg(price) from trades
-- name: Q7 ten most traded
-- all
select sym, sum(size) as v from trades where date='@D@' group by sym order by v desc, sym limit 10
-- name: Q8 join with reference data
-- all
select s.sector, sum(t.size) as v, sum(t.size*t.price) as pv, count(*) from trades t join sectors s on s.sym=t.sym group by s.sector order by 1
-- name: Q9a trades with the quote in force, a symbol and day
-- tick
select count(*), sum(price-bid), sum(ask-price) from trade_quote where date='@D@' and sym='@S@' and bid is not null
-- heap
select count(*), sum(t.price-q.bid), sum(q.ask-t.price) from trades t cross join lateral (select bid, ask from quotes q where q.date='@D@' and q.sym=t.sym and q.time<=t.time order by q.time desc limit 1) q where t.date='@D@' and t.sym='@S@'
-- duckdb
select count(*), sum(t.price-q.bid), sum(q.ask-t.price) from (select * from trades where date='@D@' and sym='@S@') t asof join (select * from quotes where date='@D@' and sym='@S@') q on t.sym=q.sym and t.time>=q.time
-- name: Q9aL the same by LATERAL
-- tick heap
select count(*), sum(t.price-q.bid), sum(q.ask-t.price) from trades t cross join lateral (select bid, ask from quotes q where q.date='@D@' and q.sym=t.sym and q.time<=t.time order by q.time desc limit 1) q where t.date='@D@' and t.sym='@S@'
-- name: Q9b trades with the quote in force, all symbols of a day
-- tick
select count(*), sum(price-bid), sum(ask-price) from trade_quote where date='@D@' and bid is not null
-- heap
select count(*), sum(t.price-q.bid), sum(q.ask-t.price) from trades t cross join lateral (select bid, ask from quotes q where q.date='@D@' and q.sym=t.sym and q.time<=t.time order by q.time desc limit 1) q where t.date='@D@'
-- duckdb
select count(*), sum(t.price-q.bid), sum(q.ask-t.price) from (select * from trades where date='@D@') t asof join (select * from quotes where date='@D@') q on t.sym=q.sym and t.time>=q.time
-- name: Q9bL the same by LATERAL
-- tick
select count(*), sum(t.price-q.bid), sum(q.ask-t.price) from trades t cross join lateral (select bid, ask from quotes q where q.date='@D@' and q.sym=t.sym and q.time<=t.time order by q.time desc limit 1) q where t.date='@D@'
-- name: Q10 conditions on two columns
-- all
select count(*) from trades where price>100 and size>500
-- name: Q11 all rows of a symbol and day
-- all
select price, size, exchange, cond, seq from trades where date='@D@' and sym='@S@' order by seq
-- name: U2 vwap of a day, round lots only
-- all
select sym, sum(size*price)/sum(size) as vwap from trades where date='@D@' and size>=100 group by sym
-- name: U3 five-minute bars of all symbols, a day
-- tick
select count(*), sum(o), sum(h), sum(l), sum(c), sum(v) from (select sym, date_bin('5 min', time, timestamp '2000-01-01') as m, tick_first(price, time) as o, max(price) as h, min(price) as l, tick_last(price, time) as c, sum(size) as v from trades where date='@D@' group by 1, 2) x
-- heap
select count(*), sum(o), sum(h), sum(l), sum(c), sum(v) from (select sym, date_bin('5 min', date+time, timestamp '2000-01-01') as m, (array_agg(price order by seq))[1] as o, max(price) as h, min(price) as l, (array_agg(price order by seq desc))[1] as c, sum(size) as v from trades where date='@D@' group by 1, 2) x
-- duckdb
select count(*), sum(o), sum(h), sum(l), sum(c), sum(v) from (select sym, time_bucket(interval '5 minutes', date+time) as m, arg_min(price, seq) as o, max(price) as h, min(price) as l, arg_max(price, seq) as c, sum(size) as v from trades where date='@D@' group by 1, 2) x
-- name: U5 daily extremes within a session
-- tick
select sym, date, max(price) as h, min(price) as l, sum(size) as v, count(*) from trades where time::time >= '09:30' and time::time < '16:00' group by sym, date
-- heap duckdb
select sym, date, max(price) as h, min(price) as l, sum(size) as v, count(*) from trades where time >= '09:30:00' and time < '16:00:00' group by sym, date
-- name: U7 by exchange
-- all
select exchange, count(*), sum(size), sum(size*price) from trades group by exchange order by 1
-- name: U8 join on keys that are not unique
-- all
select s.sector, sum(t.size) as v, count(*) from trades t join sector_tags s on s.sym=t.sym where t.size>=100 and t.price<50 group by s.sector order by 1
-- name: U9 a symbol on all days
-- all
select date, count(*), sum(size) as v, max(price) as h, min(price) as l from trades where sym='@S@' group by date order by date
-- name: U10 rows whose condition holds a letter
-- all
select count(*), sum(size) from trades where cond like '%I' and exchange in ('D', 'Q')
