# Random aggregate queries on datasets and on heap tables with the same rows
# must agree, with aggregation inside the scan and without it, alone and
# joined with other tables.
#
# Four datasets of different layouts are filled beside heap twins, in several
# statements so that partitions hold several segments.  Queries are made from
# a seed (TICK_SEED, default 1; TICK_QUERIES, default 500 a layout).  Keys and
# exact results are compared as text, doubles within what their sums may
# differ by: the dataset's are rounded once, the heap's at each row.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{TICK_SEED} || 1;
my $queries = $ENV{TICK_QUERIES} || 500;
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('aggregate_oracle');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'America/New_York'\nmax_locks_per_transaction = 256\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION tick');

sub pick { return $_[ int(rand(@_)) ]; }

# ---- the datasets ----

my $columns = qq{
	sym text OPTIONS (role 'symbol') COLLATE "C",
	price double precision OPTIONS (role 'price'),
	size bigint OPTIONS (role 'size'),
	cnt int, small smallint, ratio real, num numeric(10,3), cents numeric(7,2), flag boolean,
	cond text COLLATE "C", memo varchar(20) COLLATE "C", d date, tod time};

my @layouts = (
	{ name => 'day', stamp => 'timestamp', options => "partition_by 'day'", start => '2021-03-10', zone => undef },
	{ name => 'zoned', stamp => 'timestamptz', options => "partition_by 'day', zone 'America/New_York', day_start '17:00'",
		start => '2021-03-10', zone => 'America/New_York', shift => '7 hours' },
	# on 2010-11-07 clocks went back over midnight
	{ name => 'month', stamp => 'timestamptz', options => "partition_by 'month', zone 'America/St_Johns'",
		start => '2010-10-31', zone => 'America/St_Johns', shift => '0' },
	{ name => 'whole', stamp => 'timestamp', options => "partition_by 'none'", start => '2021-03-10', zone => undef });

# Rows of a twin: hashes of the row number make every value but the time, which no two rows share.
sub twin_rows
{
	my ($layout, $from, $to) = @_;
	my $h = sub { "(hashint4(i * 31 + $_[0]) & 2147483647)" };
	my $null = sub { "CASE WHEN " . $h->($_[0]) . " % 11 = 0 THEN NULL ELSE $_[1] END" };
	my $ts = "(timestamp '$layout->{start} 20:00' + (i * 7919 % 20011) * interval '31.415926 s')"
	  . ($layout->{stamp} eq 'timestamptz' ? " AT TIME ZONE 'UTC'" : '');
	return "SELECT ts, (extract(epoch FROM ts AT TIME ZONE 'UTC') * 1000000)::bigint * 1000 + i % 1000 AS ts_ns,"
	  . " " . $null->(5, "(ARRAY['A', 'AA', 'AAPL', 'B', 'BRK.A', 'MSFT', 'é'])[1 + " . $h->(6) . " % 7]") . ","
	  . " " . $null->(7, "CASE " . $h->(8) . " % 4000 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-0' WHEN 3 THEN sqrt(i)"
		. " WHEN 4 THEN 10.12345 ELSE (" . $h->(9) . " % 5000 / 100.0)::float8 END") . ","
	  . " " . $null->(10, $h->(11) . " % 1000 - 200") . "," . " " . $null->(12, $h->(13) . " % 50 - 10") . ","
	  . " " . $null->(14, "(" . $h->(15) . " % 7)::smallint") . "," . " " . $null->(16, "(" . $h->(17) . " % 100 / 8.0)::real") . ","
	  . " " . $null->(18, "(" . $h->(19) . " % 100000 / 1000.0)::numeric(10,3)") . ","
	  . " " . $null->(28, "(" . $h->(29) . " % 1000 / 100.0 - 5)::numeric(7,2)") . ","
	  . " " . $null->(20, $h->(21) . " % 3 = 0") . "," . " " . $null->(22, "'c' || " . $h->(23) . " % 12") . ","
	  . " " . $null->(24, "left(md5(" . $h->(25) . "::text), 1 + " . $h->(26) . " % 3)") . ","
	  . " " . $null->(30, "date '$layout->{start}' + " . $h->(31) . " % 9") . ","
	  . " " . $null->(32, "time '00:00' + (" . $h->(33) . " % 1440) * interval '1 min'")
	  . " FROM (SELECT i, $ts AS ts FROM generate_series($from, $to) i) s";
}

foreach my $layout (@layouts)
{
	my ($name, $stamp) = ($layout->{name}, $layout->{stamp});
	my $day = $layout->{zone} ? "((ts AT TIME ZONE '$layout->{zone}') + interval '$layout->{shift}')::date" : 'ts::date';
	my $plain = $columns;
	$plain =~ s/OPTIONS \([^)]*\)//g;
	$node->safe_psql('postgres', "
		CREATE FOREIGN TABLE ds_$name (date date OPTIONS (virtual 'date'),
			ts $stamp OPTIONS (role 'time', field 'Stamp'), ts_ns bigint OPTIONS (field 'Stamp'), $columns)
			SERVER tick OPTIONS ($layout->{options});
		CREATE TABLE heap_$name (date date, ts $stamp, ts_ns bigint, $plain)");
	my $from = 1;
	foreach my $rows (6000, 40, 1, 2000)
	{
		my $to = $from + $rows - 1;
		$node->safe_psql('postgres', "
			CREATE TEMP TABLE fresh AS SELECT * FROM heap_$name LIMIT 0;
			INSERT INTO fresh SELECT NULL, * FROM (" . twin_rows($layout, $from, $to) . ") r;
			UPDATE fresh SET date = $day;
			INSERT INTO heap_$name TABLE fresh;
			INSERT INTO ds_$name TABLE fresh");
		$from = $to + 1;
	}
}
$node->safe_psql('postgres', "SELECT tick_finalize('ds_zoned')");

# What they are joined with: one row a symbol, several and none; by days and by numbers; nulls, and keys that no dataset has.
$node->safe_psql('postgres', q{
	CREATE TABLE one (osym text COLLATE "C" PRIMARY KEY, oname text, onum numeric);
	INSERT INTO one SELECT s, 'n' || i % 3, i / 7.0 FROM unnest(ARRAY['A', 'AA', 'B', 'MSFT', 'é', 'ZZ']) WITH ORDINALITY u(s, i);
	CREATE TABLE many (msym varchar COLLATE "C", mname text, mday date, mcnt bigint, mflag boolean);
	INSERT INTO many SELECT CASE WHEN h % 13 > 0 THEN (ARRAY['A', 'AA', 'AAPL', 'B', 'BRK.A', 'MSFT', 'YY'])[1 + h % 7] END,
		CASE WHEN h % 5 > 0 THEN 'm' || h % 4 END, CASE WHEN h % 11 > 0 THEN (ARRAY[date '2021-03-10', '2010-10-31'])[1 + h % 2] + h % 9 END,
		nullif(h % 60 - 10, 3), h % 3 = 0 FROM (SELECT hashint4(i) & 2147483647 AS h FROM generate_series(1, 90) i) s;
	CREATE TABLE empty (esym text COLLATE "C", ename text);
	CREATE TABLE conds (ccond text COLLATE "C", cname text);
	INSERT INTO conds SELECT 'c' || i % 14, 'k' || i % 5 FROM generate_series(1, 20) i;
	ANALYZE one; ANALYZE many; ANALYZE conds});

# ---- random queries ----

sub moment
{
	my $layout = shift;
	return "$layout->{stamp} '$layout->{start}' + interval '" . int(rand(180)) . " hours " . int(rand(3600)) . " s'";
}

my @symbols = ("'A'", "'AA'", "'AAPL'", "'B'", "'MSFT'", "'ZZ'");

sub condition
{
	my $layout = shift;
	my $r = rand();
	return "sym = " . pick(@symbols) if $r < 0.15;
	return "sym " . pick('IN', 'NOT IN') . " (" . pick(@symbols) . ", " . pick(@symbols) . ")" if $r < 0.2;
	return "date " . pick('=', '>', '<=') . " date '$layout->{start}' + " . int(rand(9)) if $r < 0.35;
	return "ts " . pick('<', '>=') . " " . moment($layout) if $r < 0.5;
	return "ts::time BETWEEN time '09:30' AND time '16:00'" if $r < 0.55;
	return "price " . pick('<', '>', '>=') . " " . sprintf('%.2f', rand(50)) if $r < 0.65;
	return "size " . pick('<', '>=') . " " . int(rand(1000) - 200) if $r < 0.75;
	return "cond " . pick('=', '<>') . " 'c" . int(rand(13)) . "'" if $r < 0.82;
	return pick('flag', 'NOT flag', 'price IS NULL', 'sym IS NULL', 'cond IS NOT NULL', 'num > 50.5', 'small = 3') if $r < 0.9;
	return "(" . condition($layout) . " OR " . condition($layout) . ")";
}

# Keys, and what is shown of them.
sub random_key
{
	my $layout = shift;
	my $unit = pick(qw(minute hour day week month quarter year second));
	my $r = rand();
	return pick('sym', 'sym', 'sym', 'date', 'date') if $r < 0.4;
	return "date_trunc('$unit', ts)" if $r < 0.52;
	return "date_trunc('$unit', ts, 'Europe/London')" if $r < 0.56 && $layout->{zone};
	return "date_bin('" . pick('15 min', '7 hours', '1 day', '40 sec') . "', ts, $layout->{stamp} '" . pick('2000-01-01', '2021-03-11 10:30', '2100-01-01 00:00:01') . "')" if $r < 0.66;
	my $field = pick(qw(hour hour minute minute dow isodow doy day week month quarter year isoyear));
	return pick("extract($field FROM ts)", "extract($field FROM ts)::int", "date_part('$field', ts)") if $r < 0.7;
	return pick('ts::date', 'ts', 'ts_ns') if $r < 0.76;
	return pick(qw(cond cond flag small cnt memo d tod num cents size)) if $r < 0.97;
	return pick('cnt % 3', 'upper(sym)');
}

my @numbers = ('price', 'size', 'cnt', 'small', 'num', 'cents');

sub exact_aggregate
{
	my $layout = shift;
	my $r = rand();
	my $column = pick(qw(size cnt small num cents));
	return 'count(*)' if $r < 0.15;
	return "count(" . pick(qw(sym price size cond memo num flag d), 'price * size') . ")" if $r < 0.25;
	return "sum($column)" if $r < 0.4;
	return "avg($column)" if $r < 0.48;
	return pick('min', 'max') . "(" . pick(qw(size cnt small num cents d tod ts ts_ns date ratio)) . ")" if $r < 0.65;
	return pick('sum', 'min', 'max', 'avg') . "(" . pick('size + cnt', 'size * cnt', 'cnt - small', 'num + cents', 'num - cnt::numeric', 'cents * cents', 'size - 7', '3 * cnt') . ")" if $r < 0.77;
	return pick('tick_first', 'tick_last') . "(" . pick(qw(size cnt d num flag tod ts_ns)) . ", " . pick('ts', 'ts_ns') . ")" if $r < 0.9;
	return pick('var_samp', 'var_pop', 'variance') . "(" . pick('cnt', 'small') . ")" if $r < 0.94;
	return "count(DISTINCT " . pick(qw(sym sym sym date cond cnt)) . ")" if $r < 0.985;
	return pick("max(cond)", "count(DISTINCT cnt)", "bool_and(flag)", "stddev(cnt)", "max(sym)");
}

sub double_aggregate
{
	my $r = rand();
	my $value = pick('price', 'price', 'size * price', 'price * size', 'price - cnt', 'price * 2', 'ratio', 'price * ratio', 'size::float8', '(size + cnt) * price');
	return "sum(" . ($value eq 'ratio' ? 'ratio::float8' : $value) . ")" if $r < 0.3;
	return "avg($value)" if $r < 0.45;
	return pick('min', 'max') . "($value)" if $r < 0.65;
	return pick('tick_first', 'tick_last') . "(price, " . pick('ts', 'ts_ns') . ")" if $r < 0.8;
	return "tick_vwap(price, size)" if $r < 0.9;
	return "sum(size)::float8" if $r < 0.93;
	return pick('stddev', 'stddev_pop', 'var_samp', 'var_pop') . "(" . pick('size::float8', 'ratio', 'cnt * 0.5::float8') . ")";
}

sub with_filter
{
	my ($layout, $aggregate) = @_;
	return $aggregate if rand() < 0.85 || $aggregate =~ /::float8$/;
	return "$aggregate FILTER (WHERE " . condition($layout) . ")";
}

# Other tables to join with: what stands behind the dataset's name, and keys of theirs.
sub random_join
{
	my $r = rand();
	return (pick(' JOIN', ' JOIN', ' LEFT JOIN') . ' one ON osym = sym', 'oname', 'osym', 'onum', 'upper(oname)', "coalesce(oname, 'none')") if $r < 0.2;
	return (pick(' JOIN', ' JOIN', ' LEFT JOIN') . ' many ON msym = sym', 'mname', 'mname', 'mcnt % 4', 'coalesce(mname, msym)', 'mflag') if $r < 0.37;
	return (pick(' JOIN', ' LEFT JOIN') . ' many ON mday = ' . pick('date', 'date', 'd'), 'mname', 'mday', 'mflag') if $r < 0.44;
	return (pick(' JOIN', ' LEFT JOIN') . ' many ON msym = sym AND mday = date', 'mname', 'mday', 'msym') if $r < 0.5;
	return (' JOIN many ON mcnt = ' . pick('cnt', 'small', 'size'), 'mname', 'mcnt') if $r < 0.55;
	return (' JOIN one ON osym = sym JOIN many ON msym = osym', 'oname', 'mname', 'oname || mname') if $r < 0.6;
	return (' JOIN one ON osym = sym LEFT JOIN many ON msym = osym AND mflag', 'oname', 'mname') if $r < 0.63;
	return (' LEFT JOIN one ON osym = sym ' . pick('LEFT JOIN', 'JOIN') . ' many ON msym = ' . pick('osym', 'sym'), 'oname', 'mname') if $r < 0.68;
	return (pick(' JOIN', ' LEFT JOIN') . ' conds ON ccond = cond', 'cname', 'ccond') if $r < 0.73;
	return (pick(' JOIN', ' LEFT JOIN') . ' empty ON esym = sym', 'ename') if $r < 0.75;
	return (pick(' JOIN', ' LEFT JOIN') . ' one ON osym = sym' . pick(' JOIN', ' LEFT JOIN') . ' conds ON ccond = cond', 'oname', 'cname') if $r < 0.83;
	return (pick(' JOIN', ' LEFT JOIN') . ' many ON mday = date AND mflag' . pick(' JOIN', ' LEFT JOIN') . ' one ON osym = sym'
		. pick('', ' LEFT JOIN conds ON ccond = cond'), 'oname', 'mname', 'oname || mname') if $r < 0.92;
	return (pick(' CROSS JOIN one', ' JOIN one ON osym = sym AND osym = ' . pick(@symbols)), 'oname') if $r < 0.93;
	return (pick(' FULL JOIN', ' RIGHT JOIN') . ' one ON osym = sym', 'oname', 'osym') if $r < 0.95;
	return (pick(' JOIN', ' LEFT JOIN') . ' many ON msym = sym AND ' . pick('mcnt < size', 'flag', 'mflag = flag'), 'mname');
}

sub semi_join
{
	return pick('sym IN (SELECT msym FROM many)', 'sym IN (SELECT osym FROM one WHERE onum > 0.3)', 'date IN (SELECT mday FROM many WHERE mflag)',
		'EXISTS (SELECT FROM many m WHERE m.msym = sym AND m.mday = date)', 'NOT EXISTS (SELECT FROM one o WHERE o.osym = sym)',
		'EXISTS (SELECT FROM many m JOIN one o ON o.osym = m.msym WHERE m.msym = sym)', 'cond IN (SELECT ccond FROM conds)');
}

# The query and what EXPLAIN is asked of: keys, exact results and doubles, each as one column.
sub random_query
{
	my $layout = shift;
	my %seen;
	my ($join, @others) = rand() < 0.35 ? random_join() : ('');
	my @keys = grep { !$seen{$_}++ } map { @others && rand() < 0.6 ? pick(@others) : random_key($layout) } 1 .. pick(0, 1, 1, 2, 2, 3);
	my @exact = map { with_filter($layout, exact_aggregate($layout)) } 1 .. 1 + rand(4);
	my @double = map { with_filter($layout, double_aggregate()) } 1 .. rand(4);
	my $query = "SELECT ROW(" . join(', ', @keys) . ")::text AS k, ROW(" . join(', ', @exact) . ")::text AS e, ARRAY["
	  . join(', ', @double) . "]::float8[] AS f FROM TABLE$join";
	my @where = map { condition($layout) } 1 .. pick(0, 0, 1, 1, 2);
	push @where, pick(map { ("$_ IS NOT NULL", "$_ IS NULL") } @others) if @others && rand() < 0.2;
	push @where, semi_join() if rand() < 0.12;
	$query .= " WHERE " . join(' AND ', @where) if @where;
	$query .= " GROUP BY " . join(', ', @keys) if @keys;
	$query .= " HAVING " . pick('count(*) > 3', 'sum(size) > 500', 'max(cnt) < 38') if rand() < 0.1;
	return $query;
}

sub on
{
	my ($query, $table) = @_;
	$query =~ s/TABLE/$table/;
	return $query;
}

sub compare
{
	my ($query, $name) = @_;
	return "SELECT count(*) FROM (" . on($query, "ds_$name") . ") d FULL JOIN (" . on($query, "heap_$name") . ") h ON h.k = d.k"
	  . " WHERE h.k IS NULL OR d.k IS NULL OR d.e IS DISTINCT FROM h.e OR EXISTS (SELECT FROM unnest(d.f, h.f) u(a, b)"
	  . " WHERE a IS DISTINCT FROM b AND (a IS NULL OR b IS NULL OR 'NaN' IN (a, b) OR NOT abs(a - b) <= 1e-8 + 1e-9 * (abs(a) + abs(b))))";
}

my $pushed = 0;
my $joined = 0;
my $explained = 0;
foreach my $layout (@layouts)
{
	my $name = $layout->{name};
	my @all = map { random_query($layout) } 1 .. $queries;
	my $script = "SET datestyle = 'ISO';\n";
	foreach my $i (0 .. $#all)
	{
		$script .= "SET tick.enable_aggregate_pushdown = " . ($i % 7 == 6 ? 'off' : 'on') . "; SET tick.threads = " . pick(1, 2, 4)
		  . "; SET tick.enable_zone_maps = " . pick('on', 'on', 'off') . "; SET work_mem = '" . pick('64kB', '4MB') . "';\n";
		$script .= "PREPARE q AS " . compare($all[$i], $name) . "; EXECUTE q; DEALLOCATE q;\n";
	}
	my ($status, $out, $err) = $node->psql('postgres', $script, on_error_stop => 0, extra_params => ['-q']);
	my @counts = split /\n/, $out;
	is($err, '', "$name: no query fails");
	is(scalar(@counts), scalar(@all), "$name: all queries answer");
	my @wrong = grep { ($counts[$_] // '') ne '0' } 0 .. $#all;
	is(scalar(@wrong), 0, "$name: $queries queries agree with the heap");
	diag("seed $seed, $name: $counts[$_] differ: $all[$_]") foreach @wrong[ 0 .. ($#wrong < 4 ? $#wrong : 4) ];

	my $plans = $node->safe_psql('postgres', join('', map { "EXPLAIN (COSTS OFF) " . on($all[$_], "ds_$name") . ";\n\\echo =\n" } grep { $_ % 5 == 0 } 0 .. $#all));
	my @plans = split /^=$/m, $plans;
	$explained += grep { /\S/ } @plans;
	$pushed += grep { /^ *(->)? *Dataset: /m } @plans;
	$joined += grep { /TickJoinAggregate/ } @plans;
}
# most of what is asked can be pushed; were nothing, nothing would be tested
cmp_ok($pushed, '>', 0.5 * $explained, "$pushed of $explained plans aggregate inside the scan");
cmp_ok($joined, '>', 0.1 * $explained, "$joined of them below a join");

$node->stop;
done_testing();
