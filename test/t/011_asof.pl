# Random queries on derived datasets (as-of and window joins) must agree with the same joins in SQL.
#
# Pairs of datasets of different layouts are filled beside heap twins, in
# several statements so that segments overlap, with ties, nulls, symbols that
# one side lacks and days without right rows.  Each variant of a join is a
# derived dataset and a table made by LEFT JOIN LATERAL; each query is made
# from a seed (TICK_SEED, default 1; TICK_QUERIES, default 60 a variant) and run
# on both.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{TICK_SEED} || 1;
my $queries = $ENV{TICK_QUERIES} || 60;
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('asof');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'America/New_York'\nmax_locks_per_transaction = 256\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION tick');

sub pick { return $_[ int(rand(@_)) ]; }

# ---- the pairs ----

my @layouts = (
	{ name => 'day', stamp => 'timestamp', left => "partition_by 'day'", right => "partition_by 'day'", days => 6 },
	{ name => 'zoned', stamp => 'timestamptz', left => "partition_by 'day', zone 'America/New_York', day_start '17:00'",
		right => "partition_by 'day', zone 'UTC'", days => 6 },
	{ name => 'mixed', stamp => 'timestamp', left => "partition_by 'size'", right => "partition_by 'month'", days => 50 },
	{ name => 'whole', stamp => 'timestamp', left => "partition_by 'day'", right => "partition_by 'none'", days => 4 },
	{ name => 'single', stamp => 'timestamp', left => "partition_by 'day'", right => "partition_by 'day'", days => 5, no_symbol => 1 },
	# symbols that fill row groups
	{ name => 'large', stamp => 'timestamp', left => "partition_by 'day'", right => "partition_by 'day'", days => 3,
		left_rows => [ 9000, 2000 ], right_rows => [ 90000, 4000, 100 ], share => 0.3 });

# Rows of a side: hashes of the row number make every value.
sub side_rows
{
	my ($layout, $side, $from, $to) = @_;
	my $salt = $side eq 'l' ? 0 : 1000;
	my $h = sub { "(hashint4(i * 31 + " . ($_[0] + $salt) . ") & 2147483647)" };
	my $null = sub { "CASE WHEN " . $h->($_[0]) . " % 7 = 0 THEN NULL ELSE $_[1] END" };
	my $symbols = $side eq 'l' ? "'A', 'B', 'C', 'D', 'LEFT', 'a'" : "'A', 'B', 'C', 'E', 'RIGHT', 'a'";
	my $symbol = "(ARRAY[$symbols])[1 + " . $h->(5) . " % 6]";
	$symbol = "CASE WHEN " . $h->(6) . " % 10 > 0 THEN 'A' ELSE $symbol END" if $layout->{name} eq 'large';
	# the right side has no rows on the fourth day, and C only on the first
	my $day = $side eq 'l' ? $h->(1) . " % $layout->{days}" :
	  "CASE WHEN $symbol = 'C' THEN 0 WHEN " . $h->(1) . " % $layout->{days} = 3 THEN 1 ELSE " . $h->(1) . " % $layout->{days} END";
	my $second = $layout->{name} eq 'large' ? $h->(2) . " % 30000 / 2.0" : $h->(2) . " % 900";
	my $at = "timestamp '2021-03-10 09:30' + ($day) * interval '1 day' + ($second) * interval '1 s' + " . $h->(3) . " % 3 * interval '1 us'";
	$at = "($at) AT TIME ZONE 'America/New_York'" if $layout->{stamp} eq 'timestamptz';
	return "SELECT r.ts, (extract(epoch FROM r.ts"
	  . ($layout->{stamp} eq 'timestamptz' ? '' : " AT TIME ZONE 'UTC'") . ") * 1000000)::bigint * 1000 + i % 2 * 500 AS ts_ns,"
	  . " r.sym, r.price, r.size, r.cond, r.flag, i AS seq FROM (SELECT i, $at AS ts, " . $null->(4, $symbol) . " AS sym,"
	  . " " . $null->(7, "(" . $h->(8) . " % 1000 / 10.0)::float8") . " AS price, "
	  . ($side eq 'l' ? $h->(9) . " % 4" : $null->(10, $h->(9) . " % 100")) . " AS size,"
	  . " " . $null->(11, "left(md5(" . $h->(12) . "::text), " . $h->(13) . " % 5)") . " AS cond,"
	  . " " . $null->(14, $h->(15) . " % 2 = 0") . " AS flag"
	  . " FROM generate_series($from, $to) i) r";
}

my $columns = "price double precision, size int, cond text, flag boolean, seq int";

foreach my $layout (@layouts)
{
	my ($name, $stamp) = ($layout->{name}, $layout->{stamp});
	my $role = $layout->{no_symbol} ? '' : "OPTIONS (role 'symbol')";
	foreach my $side ('l', 'r')
	{
		my $options = $side eq 'l' ? $layout->{left} : $layout->{right};
		$node->safe_psql('postgres', "
			CREATE FOREIGN TABLE ${side}_$name (date date OPTIONS (virtual 'date'), ts $stamp OPTIONS (role 'time', field 'Stamp'),
				ts_ns bigint OPTIONS (field 'Stamp'), sym text $role COLLATE \"C\", $columns) SERVER tick OPTIONS ($options);
			CREATE TABLE heap_${side}_$name (ts $stamp, ts_ns bigint, sym text COLLATE \"C\", $columns)");
		my $from = 1;
		my @rows = @{ $layout->{ $side eq 'l' ? 'left_rows' : 'right_rows' } || [ 900, 30, 1, 200, 500 ] };
		for my $i (0 .. $#rows)
		{
			my $to = $from + $rows[$i] - 1;
			$node->safe_psql('postgres', "
				CREATE TEMP TABLE fresh AS " . side_rows($layout, $side, $from, $to) . ";
				INSERT INTO heap_${side}_$name TABLE fresh;
				INSERT INTO ${side}_$name (ts, ts_ns, sym, price, size, cond, flag, seq) TABLE fresh");
			if ($side eq 'r' && $i == $#rows - 1)
			{
				$node->safe_psql('postgres', "SELECT tick_create_snapshot('r_$name')");
				$layout->{r_then} = $to;
			}
			$node->safe_psql('postgres', "SELECT tick_finalize('${side}_$name')") if $i == 1 && $name =~ /day|large/;
			$from = $to + 1;
		}
	}
	$node->safe_psql('postgres', "SELECT tick_create_snapshot('now_$name');
		CREATE INDEX ON heap_r_$name (sym, ts_ns, seq);
		CREATE TABLE ref_$name AS SELECT DISTINCT ON (sym) sym, ts AS at, seq FROM heap_l_$name ORDER BY sym, hashint4(seq);
		ANALYZE heap_r_$name; ANALYZE ref_$name");
}

# ---- the joins ----

my @variants = (
	{ name => 'plain' },
	{ name => 'strict', options => "strict => true", strict => 1 },
	{ name => 'near', options => "tolerance => '100 s'", tolerance => 100000000000 },
	{ name => 'days', options => "tolerance => '1 day 1 us', strict => true", tolerance => 86400000001000, strict => 1 },
	{ name => 'theirs', options => "show_time => 'right'", theirs => 1 },
	{ name => 'filled', options => "fill => 'previous'", fill => 'previous' },
	{ name => 'filled_near', options => "fill => 'previous', tolerance => '50 s'", fill => 'previous', tolerance => 50000000000 },
	{ name => 'ours', options => "fill => 'left', show_time => 'right', tolerance => '200 s'", fill => 'left', theirs => 1, tolerance => 200000000000 },
	{ name => 'picked', options => "columns => 'cond AS rcond, ts AS rts, ts_ns AS rns, seq rseq'", picked => 1 });

# Sums and averages are rounded, as SQL adds doubles in some order; away from where rounding goes either way.
my @rounded = qw(sum_price avg_price avg_size vwap);
my $window_columns = "count(*) AS n, count(price) AS n_price, sum(size) AS sum_size, sum(price) AS sum_price, avg(price) AS avg_price,"
  . " avg(size) AS avg_size, min(price) AS min_price, max(size) AS max_size, max(ts) AS max_ts, tick_first(price, ts) AS first_price,"
  . " tick_last(seq, ts) AS last_seq, tick_first(flag, ts) AS first_flag, tick_vwap(price, size) AS vwap";
my @windows = (
	{ name => 'wj', before => 60, after => 0, prevailing => 1 },
	{ name => 'wj1', before => 30, after => 30 },
	{ name => 'wj_past', before => 90000, after => -10, prevailing => 1, small => 1 },
	{ name => 'wj1_next', before => -5, after => 20 });
$_->{window} = 1 foreach @windows;

sub windowed
{
	my ($layout, $variant) = @_;
	my $name = $layout->{name};
	my $same = $layout->{no_symbol} ? 'true' : 'q.sym = t.sym';
	my ($from, $to) = ("t.ts_ns - ($variant->{before}000000000)", "t.ts_ns + ($variant->{after}000000000)");
	my $prevailing = $variant->{prevailing} ?
	  "LEFT JOIN LATERAL (SELECT q.seq FROM heap_r_$name q WHERE $same AND q.ts_ns <= $from ORDER BY q.ts_ns DESC, q.seq DESC LIMIT 1) p ON true" :
	  "CROSS JOIN (SELECT NULL::int AS seq) p";
	my $day = $name eq 'zoned' ? "((t.ts AT TIME ZONE 'America/New_York') + interval '7 hours')::date" : 't.ts::date';
	return "SELECT $day AS date, t.ts, t.ts_ns, t.sym, t.price, t.size, t.cond, t.flag, t.seq, w.* FROM heap_l_$name t $prevailing
		LEFT JOIN LATERAL (SELECT count(*) AS n, count(price) AS n_price, sum(size) AS sum_size, round((sum(price) + 1e-9)::numeric, 6) AS sum_price,
			round((avg(price) + 1e-9)::numeric, 6) AS avg_price, round(avg(size) + 1e-9, 6) AS avg_size, min(price) AS min_price, max(size) AS max_size, max(ts) AS max_ts,
			(array_agg(price ORDER BY ts_ns, seq) FILTER (WHERE price IS NOT NULL))[1] AS first_price,
			(array_agg(seq ORDER BY ts_ns DESC, seq DESC))[1] AS last_seq,
			(array_agg(flag ORDER BY ts_ns, seq) FILTER (WHERE flag IS NOT NULL))[1] AS first_flag,
			round((sum(price * size) FILTER (WHERE price IS NOT NULL) / nullif(sum(size) FILTER (WHERE price IS NOT NULL), 0) + 1e-9)::numeric, 6) AS vwap
			FROM heap_r_$name q WHERE $same AND q.ts_ns <= $to AND (q.ts_ns >= $from OR q.seq = p.seq)) w ON true";
}

sub make_window
{
	my ($layout, $variant) = @_;
	my $table = "$layout->{name}_$variant->{name}";
	my @columns = split /\n/, $node->safe_psql('postgres', "
		SELECT tick_create_window('raw_$table', 'l_$layout->{name}', 'r_$layout->{name}', '$variant->{before} s', '$variant->{after} s', '$window_columns'"
		  . ($variant->{prevailing} ? '' : ', prevailing => false') . ");
		SELECT attname FROM pg_attribute WHERE attrelid = 'raw_$table'::regclass AND attnum > 0 ORDER BY attnum");
	my %round = map { $_ => 1 } @rounded;
	my $list = join(', ', map { $round{$_} ? "round(($_ + 1e-9)::numeric, 6) AS $_" : $_ } grep { $_ ne '' } @columns);
	$node->safe_psql('postgres', "CREATE VIEW d_$table AS SELECT $list FROM raw_$table;
		CREATE TABLE h_$table AS " . windowed($layout, $variant));
}

# The heap's rows of a join; the right side up to a row number, when there is one.
sub joined
{
	my ($layout, $variant, $right_then) = @_;
	my $name = $layout->{name};
	my $op = $variant->{strict} ? '<' : '<=';
	my $same = $layout->{no_symbol} ? 'true' : 'q.sym = t.sym';
	my $then = $right_then ? "AND q.seq <= $right_then" : '';
	my $match = "(SELECT * FROM heap_r_$name q WHERE $same AND q.ts_ns $op t.ts_ns $then ORDER BY q.ts_ns DESC, q.seq DESC LIMIT 1)";
	my $found = $variant->{tolerance} ? "t.ts_ns - q.ts_ns <= $variant->{tolerance}" : 'q.seq IS NOT NULL';
	my $right = sub {
		my $column = shift;
		my $value = "q.$column";
		$value = "(SELECT $column FROM heap_r_$name p WHERE " . ($layout->{no_symbol} ? 'true' : 'p.sym = t.sym')
		  . " AND p.ts_ns $op t.ts_ns AND p.$column IS NOT NULL " . ($right_then ? "AND p.seq <= $right_then" : '')
		  . " ORDER BY p.ts_ns DESC, p.seq DESC LIMIT 1)" if ($variant->{fill} || '') eq 'previous';
		$value = "CASE WHEN $found THEN $value END";
		$value = "coalesce($value, t.$column)" if ($variant->{fill} || '') eq 'left';
		return $value;
	};
	my $day = $name eq 'zoned' ? "((t.ts AT TIME ZONE 'America/New_York') + interval '7 hours')::date" : 't.ts::date';
	my $time = $variant->{theirs} ?
	  "CASE WHEN $found THEN q.ts ELSE t.ts END AS ts, CASE WHEN $found THEN q.ts_ns ELSE t.ts_ns END AS ts_ns" : "t.ts, t.ts_ns";
	my $list = "$day AS date, $time, t.sym, t.price, t.size, t.cond, t.flag, t.seq, "
	  . ($variant->{picked} ? "q.cond AS rcond, q.ts AS rts, q.ts_ns AS rns, q.seq AS rseq" :
		join(', ', map { $right->($_) . " AS ${_}_right" } ($layout->{no_symbol} ? 'sym' : ()), qw(price size cond flag seq)));
	return "SELECT $list FROM heap_l_$name t LEFT JOIN LATERAL $match q ON true";
}

foreach my $layout (@layouts)
{
	foreach my $variant (@variants)
	{
		my $table = "$layout->{name}_$variant->{name}";
		$node->safe_psql('postgres', "SELECT tick_create_asof('d_$table', 'l_$layout->{name}', 'r_$layout->{name}'"
			  . ($variant->{options} ? ", $variant->{options}" : '') . ");
			CREATE TABLE h_$table AS " . joined($layout, $variant));
	}
	my $name = $layout->{name};
	# long windows of many rows take the heap a while
	$layout->{windows} = [ grep { !$_->{small} || $name ne 'large' } @windows ];
	make_window($layout, $_) foreach @{ $layout->{windows} };
	# the right side as it was before its last rows
	$node->safe_psql('postgres', "CREATE TABLE then_r_$name AS " . joined($layout, $variants[0], $layout->{r_then}) . ";
		SELECT tick_create_dataview('past_$name', 'r_$name', 'r_$name');
		SELECT tick_create_asof('d_then_$name', 'l_$name', 'past_$name')");
}

# ---- random queries; TABLE stands for the derived dataset or its twin ----

sub right_column
{
	my $variant = shift;
	return pick(qw(n n_price sum_size min_price max_size first_price last_seq vwap)) if $variant->{window};
	return $variant->{picked} ? pick(qw(rcond rts rseq rns)) : pick(qw(price_right size_right cond_right flag_right seq_right));
}

sub right_number
{
	my $variant = shift;
	return pick(qw(n n_price sum_size min_price max_size last_seq)) if $variant->{window};
	return $variant->{picked} ? 'rseq' : pick(qw(price_right size_right seq_right));
}

# Aggregates that are computed where the rows are joined.
sub pushed
{
	my ($layout, $variant, $where) = @_;
	my ($one, $two) = (right_number($variant), right_number($variant));
	my $what = "count(*), count($one), min($one), max($two), sum(seq), min(price), max(ts), count(*) FILTER (WHERE $two > 20)";
	my $by = pick('', '', 'sym', 'sym, date', 'date', "sym, date_bin('5 min', ts, $layout->{stamp} '2021-01-01')", $one);

	return "SELECT $what FROM TABLE WHERE $where" if $by eq '';
	return "SELECT $by, $what FROM TABLE WHERE $where GROUP BY $by";
}

sub stamp
{
	my $layout = shift;
	my $seconds = $layout->{name} eq 'large' ? int(rand(15000)) : int(rand(900));
	return sprintf("$layout->{stamp} '2021-03-%02d 09:30' + interval '%d s'", 10 + rand($layout->{days} % 20), $seconds);
}

sub simple
{
	my ($layout, $variant) = @_;
	my $c = pick(qw(sym sym date ts ts seq price size), right_column($variant), right_column($variant));
	my $op = pick('=', '<', '<=', '>', '>=', '<>');

	return "$c IS " . pick('NULL', 'NOT NULL') if rand() < 0.15;
	return "sym " . pick("= 'A'", "= 'B'", "= 'C'", "= 'LEFT'", "IN ('A', 'B', 'ZZ')", "LIKE 'A%'", "> 'A'", "<> 'A'") if $c eq 'sym';
	return "date $op date '2021-03-10' + " . int(rand($layout->{days})) if $c eq 'date';
	return "$c " . pick('<', '<=', '>', '>=') . " " . stamp($layout) if $c =~ /ts$/;
	return pick("price > price_right", "size = size_right", "cond < cond_right", "seq_right < seq") if rand() < 0.1 && !$variant->{picked} && !$variant->{window};
	return "$c > " . int(rand(10)) if $c =~ /^n/;
	return "$c $op " . int(rand(1000)) if $c =~ /seq/;
	return "$c $op " . int(rand(100)) if $c =~ /price|size/;
	return "$c $op '" . pick('a', '3', '7f', '') . "'" if $c =~ /cond/;
	return pick($c, "NOT $c", "$c IS NOT TRUE") if $c =~ /flag/;
	return "$c > 0";
}

sub condition
{
	my ($layout, $variant, $depth) = @_;
	my $r = rand();

	return simple($layout, $variant) if $depth == 0 || $r < 0.4;
	return "NOT (" . condition($layout, $variant, $depth - 1) . ")" if $r < 0.48;
	return "(" . join($r < 0.8 ? ' AND ' : ' OR ', map { condition($layout, $variant, $depth - 1) } 1 .. 2 + rand(2)) . ")";
}

sub set_query
{
	my ($layout, $variant) = @_;
	my $r = rand();
	my $where = condition($layout, $variant, 2);
	my $right = right_column($variant);

	return pushed($layout, $variant, $where) if $r < 0.25;
	return pushed($layout, $variant, "sym IS NOT NULL") if $r < 0.3;
	return "SELECT * FROM TABLE WHERE $where" if $r < 0.5;
	return "SELECT count(*), count($right), max(${right}::text), sum(seq), min(price) FROM TABLE WHERE $where" if $r < 0.6;
	return "SELECT $right, seq FROM TABLE WHERE $where" if $r < 0.7;
	return "SELECT sym, date, count(*), count($right), min(${right}::text) FROM TABLE WHERE $where GROUP BY sym, date" if $r < 0.8;
	return "SELECT r.sym, t.* FROM ref_$layout->{name} r JOIN TABLE t ON t.sym = r.sym AND t.ts >= r.at" if $r < 0.85;
	return "SELECT r.sym, t.* FROM ref_$layout->{name} r LEFT JOIN LATERAL (SELECT $right, seq, ts FROM TABLE t WHERE t.sym = r.sym AND t.ts "
	  . pick('<', '<=', '>') . " r.at AND $where ORDER BY ts, seq LIMIT 3) t ON true" if $r < 0.9;
	return "SELECT seq, sym FROM TABLE WHERE $where" if $r < 0.95;
	return "SELECT t::text FROM TABLE t WHERE $where";
}

sub ordered_query
{
	my ($layout, $variant) = @_;
	my $where = condition($layout, $variant, 1);
	my $dir = pick('ASC', 'ASC', 'DESC');
	my $keys = pick('sym, ts, seq', 'sym, seq', 'ts, seq', 'sym, date, ts, seq');

	$where = "sym = 'A' AND $where" if rand() < 0.3;
	return "SELECT $keys, " . right_column($variant) . " FROM TABLE WHERE $where ORDER BY "
	  . join(', ', map { "$_ $dir" } split /, /, $keys) . (rand() < 0.3 ? ' LIMIT ' . int(rand(50)) : '');
}

my @label;
my $script;

sub compare_sets
{
	my ($query, $derived, $heap) = @_;
	my ($a, $b) = ($query, $query);
	$a =~ s/TABLE/$derived/g;
	$b =~ s/TABLE/$heap/g;
	push @label, $a;
	$script .= "\\echo #$#label\nSELECT count(*) FROM (($a EXCEPT ALL $b) UNION ALL ($b EXCEPT ALL $a)) x;\n";
}

sub compare_lists
{
	my ($query, $derived, $heap) = @_;
	my ($a, $b) = ($query, $query);
	$a =~ s/TABLE/$derived/g;
	$b =~ s/TABLE/$heap/g;
	push @label, $a;
	$script .= "\\echo #$#label\nSELECT md5(coalesce(string_agg(x::text, ';'), '')) FROM ($a) x;\n"
	  . "SELECT md5(coalesce(string_agg(x::text, ';'), '')) FROM ($b) x;\n";
}

# Run what was gathered; each check prints 0, or two equal lines.
sub run_checks
{
	my $what = shift;
	my ($result, $out, $err) = $node->psql('postgres', $script, extra_params => ['-q'], on_error_stop => 0);
	my (%answer, $at, @wrong);
	foreach my $line (split /\n/, $out)
	{
		if ($line =~ /^#(\d+)$/) { $at = $1; next; }
		push @{ $answer{$at} }, $line;
	}
	for my $i (0 .. $#label)
	{
		my @lines = @{ $answer{$i} || [] };
		my $good = @lines == 1 ? $lines[0] eq '0' : @lines == 2 ? $lines[0] eq $lines[1] : 0;
		push @wrong, "$label[$i]: " . join(' / ', @lines) unless $good;
	}
	is(scalar(@wrong), 0, "$what: " . scalar(@label) . " queries agree (seed $seed)")
	  or diag(join("\n", @wrong[ 0 .. ($#wrong < 9 ? $#wrong : 9) ]) . "\n" . substr($err, 0, 3000));
	@label = ();
	$script = '';
}

my @settings = ('tick.enable_zone_maps', 'tick.enable_filter_pushdown', 'tick.enable_aggregate_pushdown', 'enable_hashjoin', 'enable_mergejoin', 'enable_sort');

foreach my $layout (@layouts)
{
	my $name = $layout->{name};
	foreach my $variant (@variants, @{ $layout->{windows} })
	{
		my ($derived, $heap) = ("d_${name}_$variant->{name}", "h_${name}_$variant->{name}");
		compare_sets("SELECT * FROM TABLE", $derived, $heap);
		for my $i (1 .. $queries * ($layout->{share} || 1))
		{
			$script .= join('', map { "SET $_ = " . (rand() < 0.2 ? 'off' : 'on') . ";\n" } @settings) if $i % 5 == 0;
			compare_sets(set_query($layout, $variant), $derived, $heap);
			compare_lists(ordered_query($layout, $variant), $derived, $heap);
		}
		# a plan that is used again, with other constants
		$script .= "SET plan_cache_mode = " . pick('auto', 'force_generic_plan') . ";\n"
		  . "PREPARE p_$derived (text, $layout->{stamp}) AS SELECT count(*), count(seq" . ($variant->{picked} || $variant->{window} ? "" : "_right") . ") FROM $derived WHERE sym = \$1 AND ts >= \$2;\n"
		  . "PREPARE p_$heap (text, $layout->{stamp}) AS SELECT count(*), count(seq" . ($variant->{picked} || $variant->{window} ? "" : "_right") . ") FROM $heap WHERE sym = \$1 AND ts >= \$2;\n";
		for my $i (1 .. 7)
		{
			my $values = "(" . pick("'A'", "'B'", "'C'", 'NULL', "'LEFT'") . ", " . stamp($layout) . ")";
			push @label, "EXECUTE p_$derived $values";
			$script .= "\\echo #$#label\nEXECUTE p_$derived $values;\nEXECUTE p_$heap $values;\n";
		}
		run_checks("$name, $variant->{name}");
	}
	# versions: of the right side by a dataview, and of both by the setting
	for my $i (1 .. $queries / 4)
	{
		compare_sets(set_query($layout, $variants[0]), "d_then_$name", "then_r_$name");
	}
	$script .= "INSERT INTO l_$name (ts, sym, size, seq) SELECT ts, sym, 1, seq + 100000 FROM heap_l_$name LIMIT 20;\n"
	  . "INSERT INTO r_$name (ts, sym, seq) SELECT ts, sym, seq + 100000 FROM heap_r_$name LIMIT 20;\n"
	  . "SET tick.as_of = 'now_$name';\n";
	compare_sets("SELECT * FROM TABLE", "d_${name}_plain", "h_${name}_plain");
	compare_sets(set_query($layout, $variants[0]), "d_${name}_plain", "h_${name}_plain") for 1 .. 5;
	$script .= "SET tick.as_of = 'r_$name';\n";
	compare_sets("SELECT * FROM TABLE", "d_${name}_plain", "then_r_$name");
	run_checks("$name, versions");
}

$node->stop;
done_testing();
