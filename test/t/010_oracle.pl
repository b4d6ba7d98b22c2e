# Random queries on datasets and on heap tables with the same rows must agree.
#
# Six datasets of different layouts are filled beside heap twins, in several
# statements so that partitions hold several segments.  Each query is made
# from a seed (TICK_SEED, default 1; TICK_QUERIES, default 250 a layout) and
# run on both; row sets are compared with EXCEPT ALL both ways, ordered
# results line by line.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use POSIX qw(strftime);
use Test::More;
use Time::Local;

my $seed = $ENV{TICK_SEED} || 1;
my $queries = $ENV{TICK_QUERIES} || 250;
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('oracle');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'America/New_York'\nmax_locks_per_transaction = 256\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION tick');

# A collation that does not order by bytes, where the server has one.
my $collate = $node->safe_psql('postgres', "SELECT count(*) FROM pg_collation WHERE collname = 'und-x-icu'") eq '1' ? 'COLLATE "und-x-icu"' : '';

# ---- the datasets ----

my $columns = qq{
	tod time,
	d date,
	sym text OPTIONS (role 'symbol') COLLATE "C",
	price double precision OPTIONS (role 'price'),
	size bigint OPTIONS (role 'size'),
	cnt int,
	small smallint,
	ratio real,
	num numeric(12,3),
	flag boolean,
	cond text $collate,
	memo varchar(20) COLLATE "C",
	wide numeric};

my @layouts = (
	{ name => 'day', stamp => 'timestamp', options => "partition_by 'day'", start => '2021-03-10', days => 5 },
	{ name => 'zoned', stamp => 'timestamptz', options => "partition_by 'day', zone 'America/New_York', day_start '17:00'",
		start => '2021-03-10', days => 8 },
	# on 2010-11-07 clocks went back over midnight
	{ name => 'month', stamp => 'timestamptz', options => "partition_by 'month', zone 'America/St_Johns'",
		start => '2010-10-31', days => 9 },
	{ name => 'whole', stamp => 'timestamp', options => "partition_by 'none'", start => '2021-03-10', days => 2 },
	{ name => 'number', stamp => 'timestamp', options => "partition_by 'cnt'", start => '1969-12-30', days => 4 },
	# row groups that one symbol fills
	{ name => 'large', stamp => 'timestamp', options => "partition_by 'year'", start => '2020-12-27', days => 10,
		rows => [ 150000, 5000 ], share => 0.1 });

# The date so many days after a layout begins.
sub day_of
{
	my ($layout, $days) = @_;
	my ($y, $m, $d) = split /-/, $layout->{start};
	return strftime('%Y-%m-%d', gmtime(timegm(0, 0, 0, $d, $m - 1, $y) + 86400 * int($days)));
}

# Rows of a twin: hashes of the row number make every value.
sub twin_rows
{
	my ($layout, $from, $to) = @_;
	my $h = sub { "(hashint4(i * 31 + $_[0]) & 2147483647)" };
	my $null = sub { "CASE WHEN " . $h->($_[0]) . " % 11 = 0 THEN NULL ELSE $_[1] END" };
	return "SELECT ts, (extract(epoch FROM ts AT TIME ZONE 'UTC') * 1000000)::bigint * 1000 + i % 1000 AS ts_ns,"
	  . " " . $null->(1, "time '00:00' + (" . $h->(2) . " % 86400) * interval '1 s'") . ","
	  . " " . $null->(3, "date '$layout->{start}' + " . $h->(4) . " % 20") . ","
	  . " " . $null->(5, ($layout->{name} eq 'large' ? "CASE WHEN " . $h->(28) . " % 10 > 0 THEN 'A' ELSE " : "") . "(ARRAY['A', 'AA', 'AAPL', 'B', 'BRK.A', 'MSFT', 'Z', 'é', 'a'])[1 + " . $h->(6) . " % 9]"
		. ($layout->{name} eq 'large' ? " END" : "")) . ","
	  . " " . $null->(7, "CASE " . $h->(8) . " % 40 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-0' ELSE (" . $h->(9) . " % 5000 / 100.0)::float8 END") . ","
	  . " " . $null->(10, $h->(11) . " % 1000 - 200") . ","
	  . " " . ($layout->{name} eq 'number' ? $h->(13) . " % 5" : $null->(12, $h->(13) . " % 50")) . ","
	  . " " . $null->(14, "(" . $h->(15) . " % 7)::smallint") . ","
	  . " " . $null->(16, "(" . $h->(17) . " % 100 / 7.0)::real") . ","
	  . " " . $null->(18, "(" . $h->(19) . " % 100000 / 1000.0)::numeric(12,3)") . ","
	  . " " . $null->(20, $h->(21) . " % 3 = 0") . ","
	  . " " . $null->(22, "CASE WHEN " . $h->(27) . " % 3 = 0 THEN 'C' ELSE 'c' END || " . $h->(23) . " % 12") . ","
	  . " " . $null->(24, "left(md5(" . $h->(25) . "::text), 1 + " . $h->(26) . " % 6)") . ","
	  . " " . $null->(29, "CASE " . $h->(30) . " % 40 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' WHEN 2 THEN 1e20 WHEN 3 THEN 0.00"
		. " ELSE (" . $h->(31) . " % 2000 - 500)::numeric / (ARRAY[1, 4, 100])[1 + " . $h->(32) . " % 3] END")
	  . " FROM (SELECT i, (timestamp '$layout->{start} 20:00' + make_interval(secs => (hashint4(i) & 2147483647) / 2147483648.0 *"
	  . " 86400 * $layout->{days}))"
	  . ($layout->{stamp} eq 'timestamptz' ? " AT TIME ZONE 'UTC'" : "") . " AS ts"
	  . " FROM generate_series($from, $to) i) s";
}

foreach my $layout (@layouts)
{
	my ($name, $stamp) = ($layout->{name}, $layout->{stamp});
	my $day = $name eq 'zoned' ? "((ts AT TIME ZONE 'America/New_York') + interval '7 hours')::date" :
	  $name eq 'month' ? "(ts AT TIME ZONE 'America/St_Johns')::date" : "ts::date";
	my $plain = $columns;
	$plain =~ s/OPTIONS \([^)]*\)//g;
	$node->safe_psql('postgres', "
		CREATE FOREIGN TABLE ds_$name (date date OPTIONS (virtual 'date'),
			ts $stamp OPTIONS (role 'time', field 'Stamp'), ts_ns bigint OPTIONS (field 'Stamp'), $columns)
			SERVER tick OPTIONS ($layout->{options});
		CREATE TABLE heap_$name (date date, ts $stamp, ts_ns bigint, $plain)");
	my $from = 1;
	foreach my $rows (@{ $layout->{rows} || [ 3000, 40, 1, 700, 2500 ] })
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
$node->safe_psql('postgres', "
	CREATE TABLE ref AS SELECT DISTINCT ON (sym) sym, ts::timestamp AS at, ts AS atz, date, cnt FROM heap_zoned ORDER BY sym, ts;
	INSERT INTO ref SELECT DISTINCT ON (sym) sym, ts, ts AT TIME ZONE 'UTC', date, cnt FROM heap_number ORDER BY sym, ts DESC;
	INSERT INTO ref SELECT DISTINCT ON (sym) sym, ts::timestamp AS at, ts AS atz, date, cnt FROM heap_month ORDER BY sym, heap_month.ts;
	INSERT INTO ref SELECT 'nobody', '2021-03-12', '2021-03-12', '2021-03-12', NULL;
	ANALYZE ds_day; ANALYZE heap_day; ANALYZE ref");

# The rows that a scrolling cursor comes by.
$node->safe_psql('postgres', q{
	CREATE FUNCTION walk(query text, moves int[]) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE c refcursor; step int; row record; seen text := '';
	BEGIN
		OPEN c SCROLL FOR EXECUTE query;
		FOREACH step IN ARRAY moves LOOP
			FETCH RELATIVE step FROM c INTO row;
			seen := seen || coalesce(row::text, 'none') || ';';
		END LOOP;
		FETCH LAST FROM c INTO row;
		seen := seen || coalesce(row::text, 'none') || ';';
		FETCH PRIOR FROM c INTO row;
		RETURN md5(seen || coalesce(row::text, 'none'));
	END $$});

# ---- random conditions ----

sub pick { return $_[ int(rand(@_)) ]; }

my @symbols = ("'A'", "'AA'", "'AAPL'", "'B'", "'BRK.A'", "'MSFT'", "'é'", "'a'", "''", "'ZZ'");

sub stamp_text
{
	my $layout = shift;
	return sprintf("%s %02d:%02d:%02d.%06d", day_of($layout, rand($layout->{days} + 1)), pick(0, 23, rand(24)), rand(60), rand(60),
		pick(0, 0, rand(1000000)));
}

sub date_text { my $layout = shift; return "date '" . day_of($layout, rand($layout->{days} + 3) - 1) . "'"; }

# A value to compare a column with, of one of the types that may meet it.
my %value = (
	date => sub { my $l = shift; pick(date_text($l), date_text($l), "timestamp '" . stamp_text($l) . "'", "date 'infinity'", "date '-infinity'") },
	ts => sub { my $l = shift; my $type = $l->{stamp}; pick(("$type '" . stamp_text($l) . "'") x 4, date_text($l),
			  "$type 'infinity'", "$type '-infinity'", "$type '0001-01-01'", "timestamp '" . stamp_text($l) . "'") },
	ts_ns => sub { my $l = shift; pick(("(extract(epoch FROM timestamp '" . stamp_text($l) . "') * 1000000000)::bigint") x 3,
			  "0", "9223372036854775807", "(-9223372036854775808)", "5") },
	tod => sub { sprintf("time '%02d:%02d'", rand(24), rand(60)) },
	d => sub { my $l = shift; pick(date_text($l), date_text($l), "date 'infinity'", "timestamp '" . stamp_text($l) . "'") },
	sym => sub { pick(@symbols) },
	price => sub { pick(sprintf("%.2f", rand(50)), "'NaN'::float8", "'Infinity'::float8", "'-Infinity'::float8", "0", "'12.5'::real") },
	size => sub { pick(int(rand(1000)) - 200, "3000000000::bigint", int(rand(100)) . "::smallint") },
	cnt => sub { pick(int(rand(50)), "3000000000::bigint", "3::smallint", "25::bigint") },
	small => sub { pick(int(rand(7)), "70000", "4000000000::bigint") },
	ratio => sub { pick("(" . int(rand(100)) . " / 7.0)::real", "(" . int(rand(100)) . " / 7.0)::float8", "3", "'NaN'::real") },
	num => sub { pick(sprintf("%.3f", rand(100)), sprintf("%.5f", rand(100)), "'NaN'::numeric", "'Infinity'::numeric", "1e30", "-1e30", "42") },
	cond => sub { "'" . pick('c', 'c', 'C') . int(rand(14)) . "'" },
	memo => sub { "'" . sprintf("%x", rand(256)) . "'" },
	wide => sub { pick((int(rand(2000)) - 500) / pick(1, 4, 100), sprintf("%.4f", rand(20)), "'NaN'::numeric", "'Infinity'::numeric", "1e20", "-0.0", "3", "3.000") });
my @compared = sort keys %value;
my @operators = ('=', '<>', '<', '<=', '>', '>=');

# A test of something that is made from the time.
sub time_test
{
	my $layout = shift;
	my $stamp = sub { "$layout->{stamp} '" . stamp_text($layout) . "'" };
	my $op = pick(@operators);
	my $field = pick(qw(hour minute second day month quarter year dow isodow doy));
	my %most = (hour => 24, minute => 60, second => 60, day => 32, month => 13, quarter => 5, dow => 7, isodow => 8, doy => 367);
	my $number = sub { $field eq 'year' ? pick(2010, 2021) : int(rand($most{$field})) . pick('', '', '.5') };
	my $unit = pick(qw(second minute hour day week month quarter year));
	my $bin = sub { "date_bin('" . pick('15 min', '7 hours', '1 day', '3 sec') . "', $_[0], $layout->{stamp} '" . pick('2000-01-01', '2021-03-11 10:30', '2100-01-01 00:00:01') . "')" };
	my $r = rand();

	return "ts::time BETWEEN time '" . sprintf('%02d:30', rand(24)) . "' AND time '" . sprintf('%02d:00', rand(25)) . "'" if $r < 0.1;
	return "ts::time $op time '" . sprintf('%02d:%02d', rand(24), rand(60)) . "'" if $r < 0.2;
	return "ts::time $op (SELECT ts::time FROM heap_$layout->{name} LIMIT 1 OFFSET " . int(rand(900)) . ")" if $r < 0.25;
	return "date_trunc('$unit', ts) $op " . pick($stamp->(), "date_trunc('$unit', " . $stamp->() . ")", date_text($layout)) if $r < 0.45;
	return "date_trunc('$unit', ts) IN (date_trunc('$unit', " . $stamp->() . "), date_trunc('$unit', " . $stamp->() . "), NULL)" if $r < 0.5;
	return $bin->('ts') . " $op " . pick($stamp->(), $bin->($stamp->())) if $r < 0.65;
	return "extract(epoch FROM ts) $op extract(epoch FROM " . $stamp->() . ")" . pick('', ' + 0.0000005') if $r < 0.7;
	return "extract($field FROM ts) " . pick('IN', 'NOT IN') . " (" . $number->() . ", " . $number->() . ")" if $r < 0.8;
	return $number->() . " $op extract($field FROM ts)" if $r < 0.85;
	return "extract($field FROM ts) $op " . $number->();
}

# With a list of values, when given, parameters take the place of constants.
sub constant
{
	my ($layout, $column, $params) = @_;
	my $v = $value{$column}->($layout);
	# a value that is there; with a parameter it comes from a plan of its own
	$v = "(SELECT $column FROM heap_$layout->{name} LIMIT 1 OFFSET " . int(rand(900)) . ")" if rand() < 0.15;
	$v = 'NULL' if rand() < 0.02;
	return $v unless $params && $column =~ /^(sym|cond|size|cnt|date|ts|price|ts_ns)$/ && rand() < 0.7;
	my %type = (sym => 'text', cond => 'text', size => 'bigint', cnt => 'int', date => 'date', ts => $layout->{stamp},
		price => 'float8', ts_ns => 'bigint');
	push @$params, [ $type{$column}, $column ];
	return '$' . scalar(@$params);
}

sub simple
{
	my ($layout, $params) = @_;
	my $column = pick(@compared, qw(sym sym ts ts date date price size));
	my $kind = rand();
	my $c = sub { constant($layout, $column, $params) };

	return pick('flag', 'NOT flag', 'flag IS TRUE', 'flag IS NOT TRUE', 'flag IS UNKNOWN', 'flag = false', 'flag <> true', 'flag IS NOT FALSE') if $kind < 0.05;
	return "$column IS " . pick('NULL', 'NOT NULL') if $kind < 0.09;
	return "$column IS " . pick('', 'NOT ') . "DISTINCT FROM " . $c->() if $kind < 0.10;
	return "$column BETWEEN " . $c->() . " AND " . $c->() if $kind < 0.20;
	return "$column " . pick('IN', 'NOT IN') . " (" . join(', ', map { $c->() } 1 .. 1 + rand(4)) . ")" if $kind < 0.30;
	return $c->() . " " . pick(@operators) . " $column" if $kind < 0.36;
	return pick('sym', 'cond', 'memo') . pick(' LIKE ', ' NOT LIKE ') . pick("'A%'", "'c1%'", "'%A'", "'_'", "'__'", "'B%.A'", "''", "'%'", "'a\\%'", "'%3%'") if $kind < 0.42;
	return "ts::date " . pick(@operators) . " " . date_text($layout) if $kind < 0.45;
	return pick('size', 'cnt', 'small') . " " . pick(@operators) . " " . pick('10.5', '3.0', '-1e30', "'NaN'::numeric", '42.00001') if $kind < 0.46;
	return "cond " . pick('<', '>=') . " 'c3' COLLATE \"C\"" if $kind < 0.48;
	return pick('size', 'cnt', 'sym') . " " . pick('=', '<>') . " " . pick('ANY', 'ALL') . " ('{}')" if $kind < 0.49;
	return time_test($layout) if $kind > 0.9;
	return "cnt " . pick(@operators) . " " . pick('ANY', 'ALL') . " (ARRAY[3, 17, NULL, 30])" if $kind < 0.51;
	return "size " . pick(@operators) . " " . pick('ANY', 'ALL') . " (ARRAY[3, 170, 30]::bigint[])" if $kind < 0.53;
	return pick('cnt + 1 = 10', 'price > size', 'length(sym) = 1', 'num::float8 > 50', 'size % 2 = 0') if $kind < 0.58;
	return "size = (SELECT max(cnt) FROM ref)" if $kind < 0.59;
	return "sym = (SELECT min(sym) FROM ref)" if $kind < 0.60;
	return "$column " . pick(@operators) . " " . $c->();
}

sub condition
{
	my ($layout, $depth, $params) = @_;
	my $r = rand();

	return simple($layout, $params) if $depth == 0 || $r < 0.4;
	return "NOT (" . condition($layout, $depth - 1, $params) . ")" if $r < 0.48;
	return "(" . join($r < 0.8 ? ' AND ' : ' OR ', map { condition($layout, $depth - 1, $params) } 1 .. 2 + rand(2)) . ")";
}

# ---- random queries; TABLE stands for the dataset or its twin ----

# The columns of a query, none twice.
sub select_list
{
	my @all = ('date', 'ts', 'ts_ns', @compared, 'flag');
	my %seen;
	return join(', ', grep { !$seen{$_}++ } map { pick(@all) } 1 .. 1 + rand(5));
}

# The rows of a symbol nearest to a time, for each outer row, which come in order or not.
sub lateral_query
{
	my ($layout, $at, $params) = @_;
	my $outer = pick('ref', 'ref', "(SELECT sym, $at, date, cnt FROM ref ORDER BY sym, $at)",
		"(SELECT sym, ts AS $at, date, cnt FROM heap_$layout->{name} WHERE cnt % 7 = 0 ORDER BY " . pick('sym, ts', 'ts', 'ts DESC') . " LIMIT 60)");
	my $op = pick('<=', '<', '>=', '>');
	my $shift = int(rand(50)) - 10;
	my @where = pick("t.sym = r.sym", "t.sym = r.sym", "t.sym = r.sym AND t.date = r.date", "t.sym = " . pick(@symbols));
	push @where, "t.ts $op r.$at + interval '$shift hours'" if rand() < 0.9;
	push @where, "t.ts " . pick('>', '>=') . " r.$at - interval '" . int(rand(30)) . " hours'" if rand() < 0.3;
	push @where, "t.ts_ns < (extract(epoch FROM r.$at) * 1000000000)::bigint" if rand() < 0.1;
	push @where, pick('t.cnt < 10', 't.price > 20', "t.cond = 'c3'", 't.size IS NULL', 't.cnt = r.cnt', condition($layout, 1, $params)) if rand() < 0.4;
	return "SELECT r.sym, r.$at, q.* FROM $outer r LEFT JOIN LATERAL (SELECT t.ts FROM TABLE t WHERE " . join(' AND ', @where)
	  . " ORDER BY t.ts " . pick('', 'DESC', 'DESC') . pick(' LIMIT 1', ' LIMIT 1', ' LIMIT 4', ' OFFSET 2 LIMIT 1') . ") q ON true";
}

sub set_query
{
	my ($layout, $params) = @_;
	my $r = rand();
	my $where = condition($layout, 2, $params);
	my $at = $layout->{stamp} eq 'timestamptz' ? 'atz' : 'at';

	return "SELECT * FROM TABLE WHERE $where" if $r < 0.25;
	return "SELECT count(*) FROM TABLE WHERE $where" if $r < 0.35;
	return "SELECT count(*), min(ts), max(ts), sum(size) FROM TABLE WHERE sym IN ('A', 'Z', " . pick(@symbols) . ") AND ts "
	  . pick('<', '>', '<=', '>=', '=') . " " . constant($layout, 'ts') . " AND $where" if $r < 0.40;
	return "SELECT t::text FROM TABLE t WHERE $where" if $r < 0.43;
	return "SELECT date, sym, count(*), min(ts), max(price), sum(size), count(cond), min(num), bool_or(flag) FROM TABLE WHERE $where GROUP BY date, sym" if $r < 0.55;
	return "SELECT t.*, r.cnt FROM ref r JOIN TABLE t ON t.sym = r.sym AND t.date = r.date WHERE t.size > 0" if $r < 0.58;
	return "SELECT r.sym, t.ts, t.price FROM ref r LEFT JOIN TABLE t ON t.sym = r.sym AND t.ts = r.$at" if $r < 0.61;
	return lateral_query($layout, $at, $params) if $r < 0.66;
	return "SELECT r.sym, t.cnt FROM ref r JOIN TABLE t ON t.cnt = r.cnt WHERE t.sym = 'A'" if $r < 0.68;
	return "SELECT a.sym, a.ts, b.price FROM TABLE a JOIN TABLE b ON a.sym = b.sym AND a.ts = b.ts WHERE a.cnt < 10" if $r < 0.71;
	return "SELECT r.sym, t.sym AS other, t.ts FROM ref r " . pick('LEFT', 'RIGHT', 'FULL') . " JOIN TABLE t ON t.sym = r.sym AND t.ts = r.$at" if $r < 0.72;
	return "SELECT sym FROM ref r WHERE " . pick('', 'NOT ') . "EXISTS (SELECT FROM TABLE t WHERE t.sym = r.sym AND t.ts > r.$at AND t.cnt = 7)" if $r < 0.74;
	return "SELECT " . select_list() . " FROM TABLE WHERE $where";
}

sub ordered_query
{
	my ($layout, $params) = @_;
	my $dir = pick('ASC', 'DESC');
	my $keys = pick('sym, ts', 'sym, ts_ns', 'sym', 'ts', 'ts_ns', 'sym, date, ts', 'date, sym, ts', 'date', 'size', 'cnt', 'small');
	my $where = condition($layout, 1, $params);
	my $at = $layout->{stamp} eq 'timestamptz' ? 'atz' : 'at';
	return "SELECT t.sym, t.ts FROM ref r " . pick('LEFT', 'RIGHT', 'FULL') . " JOIN TABLE t ON t.sym = r.sym AND t.ts = r.$at ORDER BY t.sym $dir, t.ts $dir"
	  if rand() < 0.1;
	my $by = join(', ', map { "$_ $dir" . pick('', '', '', ' NULLS FIRST', ' NULLS LAST') } split /, /, $keys);

	$where = "sym = " . pick("'A'", @symbols) . " AND $where" if rand() < 0.3;
	return "SELECT $keys FROM TABLE WHERE $where ORDER BY $by" . (rand() < 0.3 ? ' LIMIT ' . int(rand(50)) : '');
}

sub on_both
{
	my ($query, $name) = @_;
	my ($dataset, $heap) = ($query, $query);
	$dataset =~ s/TABLE/ds_$name/g;
	$heap =~ s/TABLE/heap_$name/g;
	return ($dataset, $heap);
}

my @settings = ('tick.enable_zone_maps', 'tick.enable_filter_pushdown', 'enable_hashjoin', 'enable_mergejoin', 'enable_nestloop', 'enable_sort');

sub random_settings
{
	return join('', map { "SET $_ = " . (rand() < 0.25 ? 'off' : 'on') . ";\n" } @settings);
}

# EXECUTE's values, another set each time.
sub values_for
{
	my ($layout, $params) = @_;
	return '' unless @$params;
	return '(' . join(', ', map { rand() < 0.05 ? 'NULL' : $_->[0] eq 'int' ? int(rand(50)) : $value{ $_->[1] }->($layout) . "::$_->[0]" } @$params) . ')';
}

foreach my $layout (@layouts)
{
	my $name = $layout->{name};
	my $count = $queries * ($layout->{share} || 1);
	my $script = '';
	my @checks;
	$node->safe_psql('postgres', "CREATE TABLE old_$name AS TABLE heap_$name; SELECT tick_create_snapshot('before $name')");
	my $add = sub {
		my ($text, $label) = @_;
		push @checks, $label;
		$script .= "\\echo #" . $#checks . "\n$text";
	};

	for my $i (1 .. $count)
	{
		$script .= random_settings() if $i % 5 == 0;
		my ($dataset, $heap) = on_both(set_query($layout), $name);
		$add->("SELECT count(*) FROM (($dataset EXCEPT ALL $heap) UNION ALL ($heap EXCEPT ALL $dataset)) x;\n", $dataset);
		($dataset, $heap) = on_both(ordered_query($layout), $name);
		$add->("SELECT md5(coalesce(string_agg(x::text, ';'), '')) FROM ($dataset) x;\n"
			  . "SELECT md5(coalesce(string_agg(x::text, ';'), '')) FROM ($heap) x;\n", $dataset);
	}
	# bounds that are times of rows, of a symbol with many
	for my $i (1 .. $count)
	{
		my ($from, $to) = map { "(SELECT ts_ns FROM heap_$name LIMIT 1 OFFSET " . int(rand(3000)) . ")" } 1 .. 2;
		my ($dataset, $heap) = on_both("SELECT count(*), min(ts_ns), max(ts_ns), sum(cnt) FROM TABLE WHERE sym "
			  . pick("= 'A'", "IN ('A', 'AA')") . " AND ts_ns " . pick('>', '>=') . " $from AND ts_ns " . pick('<', '<=') . " $to", $name);
		$add->("$dataset;\n$heap;\n", $dataset);
	}
	for my $i (1 .. $count / 10)
	{
		my @params;
		my ($dataset, $heap) = on_both(set_query($layout, \@params), $name);
		my $types = @params ? '(' . join(', ', map { $_->[0] } @params) . ')' : '';
		$script .= "SET plan_cache_mode = " . pick('auto', 'force_generic_plan') . ";\n"
		  . "PREPARE p$i $types AS SELECT count(*) FROM (($dataset EXCEPT ALL $heap) UNION ALL ($heap EXCEPT ALL $dataset)) x;\n";
		for my $run (1 .. 7)
		{
			my $values = values_for($layout, \@params);
			$script .= "CREATE TEMP TABLE more AS SELECT * FROM heap_$name LIMIT 3;\n"
			  . "INSERT INTO heap_$name TABLE more; INSERT INTO ds_$name TABLE more; DROP TABLE more;\n" if $run % 3 == 0;
			$add->("EXECUTE p$i $values;\n", "$dataset with $values");
		}
	}
	for my $i (1 .. $count / 10)
	{
		my ($dataset, $heap) = on_both(ordered_query($layout), $name);
		my $moves = 'ARRAY[' . join(', ', map { pick(1, 1, 2, 5, 100, -1, -1, -3, -100) } 1 .. 12) . ']';
		$add->("SELECT walk(\$q\$$dataset\$q\$, $moves);\nSELECT walk(\$q\$$heap\$q\$, $moves);\n", "cursor $moves: $dataset");
	}
	# what rows came since must not show
	$script .= "SET tick.as_of = 'before $name';\n";
	for my $i (1 .. $count / 10)
	{
		my $query = set_query($layout);
		my ($dataset) = on_both($query, $name);
		$query =~ s/TABLE/old_$name/g;
		$add->("SELECT count(*) FROM (($dataset EXCEPT ALL $query) UNION ALL ($query EXCEPT ALL $dataset)) x;\n", "as of before: $dataset");
	}
	my ($result, $out, $err) = $node->psql('postgres', $script, extra_params => ['-q'], on_error_stop => 0);
	my (%answer, $at);
	foreach my $line (split /\n/, $out)
	{
		if ($line =~ /^#(\d+)$/) { $at = $1; next; }
		push @{ $answer{$at} }, $line;
	}
	my @wrong;
	for my $i (0 .. $#checks)
	{
		my @lines = @{ $answer{$i} || [] };
		my $good = @lines == 1 ? $lines[0] eq '0' : @lines == 2 ? $lines[0] eq $lines[1] : 0;
		push @wrong, "$checks[$i]: " . join(' / ', @lines) unless $good;
	}
	is(scalar(@wrong), 0, "$name: " . scalar(@checks) . " queries agree (seed $seed)")
	  or diag(join("\n", @wrong[ 0 .. ($#wrong < 9 ? $#wrong : 9) ]) . "\n" . substr($err, 0, 3000));
	is($node->safe_psql('postgres', "SELECT count(*) FROM ds_$name"), $node->safe_psql('postgres', "SELECT count(*) FROM heap_$name"),
		"$name: as many rows");
}

$node->stop;
done_testing();
