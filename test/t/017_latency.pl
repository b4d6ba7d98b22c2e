# How soon a cancel takes effect, in every phase of every statement: cancels
# at random moments of each, and the time from the cancel to the session's
# next state, as the server's own clock has it.  The median and the worst are
# printed for each.  The bounds are wide, for other work on the machine counts
# in: the median of what PostgreSQL itself needs is measured first.
# TICK_CANCELS is how many for each, TICK_SEED takes other moments, TICK_PHASES
# (a pattern) takes some statements only.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use List::Util qw(shuffle);

my $cancels = $ENV{TICK_CANCELS} || 7;
my $phases = $ENV{TICK_PHASES} || '.';
srand($ENV{TICK_SEED} || 1);

my $node = new_node('latency', conf => "max_wal_size = 4GB\nfsync = on\nshared_buffers = 64MB\n");
my $folder = PostgreSQL::Test::Utils::tempdir;
my $rows = 1_500_000;
stored_table($node);
write_csv($node, "$folder/large.csv.gz", 1, $rows);
$node->safe_psql('postgres', loads("$folder/large.csv.gz"));

# Quotes beside the trades, of the same symbols and times; some trades in a heap.
$node->safe_psql('postgres', q{
	CREATE FOREIGN TABLE quote (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", bid float8 OPTIONS (role 'price'),
		note text) SERVER tick OPTIONS (partition_by 'day');
	INSERT INTO quote SELECT timestamp '2021-01-04 09:30' + n % 3 * interval '1 day' + n * interval '1 ms', 'S' || n % 5, n / 8.0, 'q' || n % 9
		FROM generate_series(1, 900000) n;
	SELECT tick_create_asof('joined', 'stored', 'quote');
	SELECT tick_create_window('around', 'stored', 'quote', '1 s', '0 s', 'max(bid) AS high, avg(bid) AS mean');
	CREATE TABLE heap AS SELECT ts, sym, size FROM stored WHERE size % 20 = 0;
	CREATE FOREIGN TABLE many (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", size int) SERVER tick OPTIONS (partition_by 'day');
	INSERT INTO many SELECT timestamp '2015-01-01' + n % 1500 * interval '1 day', 'S' || n % 7, n FROM generate_series(1, 15000) n;
	CREATE TABLE days AS SELECT 'S' || n % 5 AS sym, n FROM generate_series(1, 2000) n;
});

# A folder of many files, one that has long texts, one in no order, and one of rejects.
mkdir "$folder/parts";
$node->safe_psql('postgres', qq{
	COPY (SELECT 'ts,sym,size,noise' UNION ALL SELECT to_char(timestamp '2021-01-04 09:30' + n * interval '1 ms', 'YYYY-MM-DD HH24:MI:SS.MS') || ',S' || n % 5 || ',' || n || ',x'
		FROM generate_series(1, 300) n) TO '$folder/part.csv';
	COPY (SELECT 'ts,sym,size,noise' UNION ALL SELECT to_char(timestamp '2021-01-04 09:30' + n * interval '1 ms', 'YYYY-MM-DD HH24:MI:SS.MS') || ',S' || n % 5 || ',' || n || ',' || repeat(md5(n::text), 12)
		FROM generate_series(1, 250000) n) TO '$folder/texts.csv';
	COPY (SELECT 'ts,sym,size,noise' UNION ALL SELECT to_char(timestamp '2021-01-04' + n % 1000 * 7919 % 400 * interval '1 day' + n * interval '1 ms', 'YYYY-MM-DD HH24:MI:SS.MS') || ',N' || n % 50000 || ',' || n || ',y'
		FROM generate_series(1, 500000) n) TO '$folder/mixed.csv';
	COPY (SELECT 'ts,sym,size,noise' UNION ALL SELECT 'no time,S,' || n || ',z' FROM generate_series(1, 400000) n) TO '$folder/bad.csv';});
my $part = slurp_file("$folder/part.csv");
foreach my $n (1 .. 1500)
{
	(my $text = $part) =~ s/,x$/,p$n/mg;
	append_to_file("$folder/parts/p$n.csv", $text);
}
system("(echo ts,sym,size,noise; head -c 1500000000 /dev/zero | tr '\\0' x) | gzip -1 >'$folder/line.csv.gz'") == 0 or die;
$node->safe_psql('postgres', 'CHECKPOINT');

# The clock runs from the cancel to the state after it; null when the statement was over before.
$node->safe_psql('postgres', q{
	CREATE FUNCTION cancel_after(victim int, pause float8) RETURNS float8 LANGUAGE plpgsql AS $$
	DECLARE
		begun timestamptz; at timestamptz; now_state text; changed timestamptz; started timestamptz;
	BEGIN
		LOOP
			PERFORM pg_stat_clear_snapshot();
			SELECT state, query_start INTO now_state, begun FROM pg_stat_activity WHERE pid = victim AND query LIKE '%/*victim*/%';
			IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = victim) THEN RETURN NULL; END IF;
			EXIT WHEN now_state = 'active' AND begun > coalesce(current_setting('test.last', true)::timestamptz, '-infinity');
			PERFORM pg_sleep(0.001);
		END LOOP;
		PERFORM set_config('test.last', begun::text, false);
		PERFORM pg_sleep(pause);
		at := clock_timestamp();
		PERFORM pg_cancel_backend(victim);
		FOR i IN 1 .. 60000 LOOP
			PERFORM pg_stat_clear_snapshot();
			SELECT state, state_change, query_start INTO now_state, changed, started FROM pg_stat_activity WHERE pid = victim;
			IF NOT FOUND OR now_state <> 'active' OR started <> begun THEN
				RETURN CASE WHEN changed > at THEN extract(epoch FROM changed - at) * 1000 END;
			END IF;
			PERFORM pg_sleep(0.001);
		END LOOP;
		RETURN 60000;
	END $$});

# What ends soon by itself goes round in one statement.
sub repeated
{
	return "DO \$\$ BEGIN FOR i IN 1 .. 100000 LOOP $_[0] END LOOP; END \$\$";
}

sub parts
{
	return repeated('PERFORM ' . (loads("$folder/parts", $_[0]) =~ s/^SELECT //r) . ';');
}

my $append = q{if_loaded => 'append'};
my $quiet = q{SET client_min_messages = error};
# name, settings, statement, how long it takes (s, about)
my @statements = (
	[ 'load', '', loads("$folder/large.csv.gz", $append), 1.2 ],
	[ 'load, one thread', 'SET tick.threads = 1', loads("$folder/large.csv.gz", $append), 1.5 ],
	[ 'load, spilled', "SET tick.load_memory = '16MB'; SET tick.threads = 4", loads("$folder/large.csv.gz", $append), 2 ],
	[ 'load, long texts', "SET tick.load_memory = '32MB'", loads("$folder/texts.csv", $append), 1 ],
	[ 'load, 400 days in no order', "SET tick.load_memory = '16MB'", loads("$folder/mixed.csv", $append), 2 ],
	[ 'load, a new dataset', '', "SELECT tick_load('$folder/mixed.csv', 'fresh', partition_by => 'day')", 1.5 ],
	[ 'load, many files', '', parts($append), 2 ],
	[ 'load, many files, jobs', '', parts("$append, jobs => 2"), 2 ],
	[ 'load, rejects', $quiet, loads("$folder/bad.csv", qq{$append, on_error => 'skip', reject_limit => 1000000}), 2 ],
	[ 'load, a line without end', '', loads("$folder/line.csv.gz", "$append, on_error => 'skip'"), 1 ],
	[ 'load, replaces', '', loads("$folder/large.csv.gz", qq{$append, replaces => 'dates'}), 2 ],
	[ 'load each', '', "CALL tick_load_each('$folder/parts', 'stored', $append)", 1 ],
	[ 'known files', '', repeated("PERFORM tick_load('$folder/large.csv.gz', 'stored');"), 0.5 ],
	[ 'program that hangs', '', "SELECT tick_load_program('sleep 100', 'stored')", 0.3 ],
	[ 'program that drips', '', "SELECT tick_load_program('echo ts,sym,size,noise; while sleep 0.01; do echo 2021-01-04 10:00:00,A,1,x; done', 'stored')", 0.3 ],
	[ 'program that fills the pipe', '', "SELECT tick_load_program('yes 2021-01-04 10:00:00,A,1,x', 'stored', columns => 'ts, sym, size, noise')", 0.5 ],
	[ 'insert', '', 'SELECT fill(1, 3000000)', 2 ],
	[ 'finalize', 'SET tick.threads = 2', repeated(q{PERFORM fill(i, i + 10); PERFORM tick_finalize('stored');}), 2 ],
	[ 'delete', '', repeated(q{PERFORM tick_delete('stored', symbols => ARRAY['S' || i % 4]); PERFORM fill(1, 500000);}), 2 ],
	[ 'restore', '', repeated(q{PERFORM tick_delete('stored', symbols => ARRAY['S1']); PERFORM tick_restore('stored', '2');}), 2 ],
	[ 'vacuum', '', repeated(q{PERFORM fill(i, i + 20000); PERFORM tick_finalize('stored'); COMMIT; CALL tick_vacuum(NULL, '0');}), 2 ],
	[ 'verify', '', repeated(q{PERFORM tick_verify('stored', 'full');}), 1 ],
	[ 'verify, pages', '', repeated(q{PERFORM tick_verify('stored', 'pages');}), 0.5 ],
	[ 'guess', '', repeated(qq{PERFORM tick_guess('$folder/large.csv.gz');}), 0.4 ],
	[ 'snapshot', '', repeated(q{PERFORM tick_create_snapshot('s' || i); PERFORM tick_drop_snapshot('s' || i);}), 0.5 ],
	[ 'dataview', '', repeated(q{PERFORM tick_create_dataview('v' || i, 'stored', '3'); EXECUTE 'DROP FOREIGN TABLE v' || i;}), 0.5 ],
	[ 'scan', '', 'SELECT sum(length(noise)), count(*) FROM stored a JOIN generate_series(1, 100) g ON g <> a.size', 2 ],
	[ 'scan, no row passes', '', repeated(q{PERFORM count(*) FROM stored WHERE noise LIKE '%zzz%zzz%';}), 1 ],
	[ 'scan in order', '', 'SELECT count(*) FROM (SELECT * FROM stored a CROSS JOIN generate_series(1, 10) ORDER BY noise, ts OFFSET 100) s', 2 ],
	[ 'scan of many segments', '', repeated('PERFORM count(*) FROM (SELECT sum(size) FROM many GROUP BY size % 7) s;'), 0.5 ],
	[ 'aggregate', '', repeated('PERFORM sym, sum(size), max(noise) FROM stored GROUP BY sym;'), 1 ],
	[ 'aggregate, one thread', 'SET tick.threads = 1', repeated('PERFORM sum(size * 2), sum(size) FILTER (WHERE size > 7) FROM stored;'), 1 ],
	[ 'aggregate, a group a row', "SET work_mem = '4MB'", 'SELECT count(*) FROM (SELECT noise, size, count(*) FROM stored GROUP BY 1, 2 OFFSET 0) s', 2 ],
	[ 'as-of join', '', repeated('PERFORM count(bid), max(note) FROM joined;'), 1 ],
	[ 'as-of join, scanned', '', 'SELECT count(*) FROM (SELECT * FROM joined ORDER BY noise) s', 2 ],
	[ 'window join', '', repeated('PERFORM max(high), sum(mean) FROM around;'), 1 ],
	[ 'as-of, row by row', '', repeated('PERFORM count(q.bid) FROM heap h LEFT JOIN LATERAL tick_asof(NULL::quote, h.sym, h.ts) q ON true;'), 1 ],
	[ 'join with a heap', '', 'SELECT count(*) FROM stored s JOIN days d USING (sym)', 2 ],
	[ 'bars', '', repeated(q{PERFORM count(*) FROM tick_bars('quote', '1 second');}), 1 ],
	[ 'daily', '', repeated('PERFORM * FROM quote_daily;'), 0.3 ],
	[ 'fetch', '', repeated(q{PERFORM count(*) FROM tick_fetch(NULL::stored, 'S1', '2021-01-04', '2021-01-07');}), 0.5 ],
	[ 'segment info', '', repeated(q{PERFORM count(*) FROM tick_segment_info('many');}), 0.5 ],
	[ 'analyze', '', repeated(q{EXECUTE 'ANALYZE stored';}), 0.5 ],
	[ 'copy out', '', q{COPY (SELECT * FROM stored) TO '/dev/null'}, 1.5 ],
	[ 'copy in', '', "COPY stored (ts, sym, size, noise) FROM '$folder/mixed.csv' (FORMAT csv, HEADER)", 1.5 ],
);

sub median
{
	my @sorted = sort { $a <=> $b } @_;
	return $sorted[ int(@sorted / 2) ];
}

# Cancel a statement again and again; returns milliseconds.
sub latencies
{
	my ($settings, $statement, $lasts, $rounds) = @_;
	my $script = "\\set ON_ERROR_STOP 0\n" . ($settings ne '' ? "$settings;\n" : '') . "/*victim*/ $statement;\n" x ($rounds + 2);
	my $client = start_client($node, $script, 'victim');
	my $pid = wait_for_pid($node, 'victim', '%/*victim*/%') or return;
	# from 2 ms on, and closer the shorter they are: a quick machine may be done long before the time that is expected
	my @pauses = map { 0.002 * ($lasts / 0.002) ** (($_ + rand(1)) / $rounds) } 0 .. $rounds - 1;
	my $out = $node->safe_psql('postgres', join('', map { "SELECT round(cancel_after($pid, $_)::numeric, 1);\n" } shuffle(@pauses)));
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	end_client($client);
	return grep { $_ ne '' } split /\n/, $out;
}

my $base = median(latencies('', 'SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 10000) b', 0.3, 9));
note("PostgreSQL's own median: $base ms");
# sanitizers and assertions make everything slow
my $slow = defined sanitizer() || $node->safe_psql('postgres', 'SHOW debug_assertions') eq 'on';
my $bound = 100 + 10 * $base;
my $worst_bound = 2000 + 10 * $base;
my $missed = 0;
foreach my $one (@statements)
{
	my ($name, $settings, $statement, $lasts) = @$one;
	next unless $name =~ /$phases/;
	my @took = latencies($settings, $statement, $lasts, $cancels);
	if (!@took)
	{
		# a quick machine is done, or a slow one has not begun
		note("$name: never under way when it was to be cancelled");
		$missed++;
		next;
	}
	my ($median, $worst) = (median(@took), (sort { $b <=> $a } @took)[0]);
	note(sprintf("%-32s median %6.1f ms, worst %6.1f ms of %d", $name, $median, $worst, scalar(@took)));
	cmp_ok($median, '<', $bound, "$name: a cancel takes effect soon") unless $slow;
	cmp_ok($worst, '<', $slow ? 10 * $worst_bound : $worst_bound, "$name: always");
}

cmp_ok($missed, '<=', @statements / 4, 'nearly all statements were under way when they were cancelled');

# Waiting for locks
sub waiting
{
	my ($name, $lock, $statement) = @_;
	return unless $name =~ /$phases/;
	my $locker = start_client($node, "BEGIN;\n$lock;\nSELECT pg_sleep(600);\n", 'locker');
	my $pid = wait_for_pid($node, 'locker', '%pg_sleep%');
	my @took = latencies('', $statement, 0.6, $cancels);
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	end_client($locker);
	note(sprintf("%-32s median %6.1f ms, worst %6.1f ms of %d", $name, median(@took), (sort { $b <=> $a } @took)[0], scalar(@took)));
	cmp_ok(median(@took), '<', $bound, "$name: a cancel takes effect soon");
}
append_to_file("$folder/fresh.csv", "ts,sym,size,noise\n2021-01-04 10:00:00,NEVER SEEN,1,x\n");
waiting('load that waits for symbols', 'LOCK TABLE tick.symbol', loads("$folder/fresh.csv", $append));
waiting('finalize that waits', "SELECT fill(1, 10); SELECT tick_finalize('stored')", q{SELECT tick_finalize('stored')});

sound($node, 'everything is sound');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|TRAP:/, 'no process has crashed');
$node->stop;
done_testing();
