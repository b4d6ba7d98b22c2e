-- queries.sql: what the benchmark asks, and what check.sh compares.
--
-- "-- name: N" begins a query; its text follows a line naming who it is for: all, or tick, heap, duckdb.
-- @D@ is a date and @S@ a symbol of the data.  In tick, trades.csv.gz and quotes.csv.gz are loaded without options:
-- "time" is the stamp and "date" the virtual day; the others keep date and time of day apart.
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
-- name: Q6 extremes and average of a column
-- all
select min(price), max(price), avg(price) from trades
-- name: Q7 ten most traded
-- all
select sym, sum(size) as v from trades where date='@D@' group by sym order by v desc, sym limit 10
-- name: Q8 join with reference data
-- all
select s.sector, sum(t.size) as v, sum(t.size*t.price) as pv, count(*) from trades t join sectors s on s.sym=t.sym group by s.sector order by 1
-- name: Q9 trades with the quote in force, a symbol and day
-- tick heap
select count(*), sum(t.price-q.bid), sum(q.ask-t.price) from trades t cross join lateral (select bid, ask from quotes q where q.date='@D@' and q.sym=t.sym and q.time<=t.time order by q.time desc limit 1) q where t.date='@D@' and t.sym='@S@'
-- duckdb
select count(*), sum(t.price-q.bid), sum(q.ask-t.price) from (select * from trades where date='@D@' and sym='@S@') t asof join (select * from quotes where date='@D@' and sym='@S@') q on t.sym=q.sym and t.time>=q.time
-- name: Q10 conditions on two columns
-- all
select count(*) from trades where price>100 and size>500
-- name: Q11 all rows of a symbol and day
-- all
select price, size, exchange, cond, seq from trades where date='@D@' and sym='@S@' order by seq
-- name: Q12 vwap of a day, round lots only
-- all
select sym, sum(size*price)/sum(size) as vwap from trades where date='@D@' and size>=100 group by sym
-- name: Q13 by exchange
-- all
select exchange, count(*), sum(size), sum(size*price) from trades group by exchange order by 1
-- name: Q14 a symbol on all days
-- all
select date, count(*), sum(size) as v, max(price) as h, min(price) as l from trades where sym='@S@' group by date order by date
-- name: Q15 rows whose condition holds a letter
-- all
select count(*), sum(size) from trades where cond like '%I' and exchange in ('D', 'Q')
