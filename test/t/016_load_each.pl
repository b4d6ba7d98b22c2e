# CALL tick_load_each: what a cancel leaves is committed and is not read again,
# passing trouble is tried again and then recorded, progress counts over all
# batches; and a file that changes under a load is said to have changed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('each');
my $folder = PostgreSQL::Test::Utils::tempdir;

# The value of a query, asked for until it is not empty, for ten seconds.
sub awaited
{
	my ($query) = @_;
	foreach (1 .. 500)
	{
		my $value = $node->safe_psql('postgres', $query);
		return $value if $value ne '';
		select(undef, undef, undef, 0.02);
	}
	return;
}

sub write_file
{
	my ($name, $text) = @_;
	open(my $handle, '>', "$folder/$name") or die "$folder/$name: $!";
	print $handle $text;
	close $handle;
}

# A dataset whose symbol SLOW takes its time.
$node->safe_psql('postgres', q{
	CREATE FUNCTION take_time(sym text) RETURNS boolean LANGUAGE plpgsql AS $$
		BEGIN IF sym = 'SLOW' THEN PERFORM pg_sleep(60); END IF; RETURN true; END $$;
	CREATE FOREIGN TABLE slow (
		ts timestamp OPTIONS (role 'time'),
		sym text OPTIONS (role 'symbol') COLLATE "C",
		price double precision OPTIONS (role 'price'),
		CHECK (take_time(sym))) SERVER tick OPTIONS (partition_by 'day'); });

# ---- a cancel, and a rerun ----

mkdir "$folder/parts" or die $!;
foreach my $n (1 .. 6)
{
	write_file("parts/$n.csv", "ts,sym,price\n2021-01-0$n 10:00:00," . ($n == 4 ? 'SLOW' : 'A') . ",$n\n");
}
my $call = "CALL tick_load_each('$folder/parts', 'slow', batch_size => '1')";
my $client = start_client($node, "$call;\n", 'cancelled');
my $seen = awaited(q{SELECT file_number || ' of ' || files || ' ' || substring(file FROM '[^/]*$') || ' ' || bytes_total
	FROM tick.progress WHERE file_number = 4});
my $size = 0;
$size += -s "$folder/parts/$_.csv" foreach 1 .. 6;
is($seen, "4 of 6 4.csv $size", 'progress counts files and bytes over all batches');
$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'cancelled'});
my ($code, $out, $err) = end_client($client);
like($err, qr/\b57014\b/, 'a cancelled call fails');
is($node->safe_psql('postgres', q{SELECT string_agg(substring(file FROM '[^/]*$') || ' ' || status, ', ' ORDER BY load) FROM tick.loads}),
	'1.csv loaded, 2.csv loaded, 3.csv loaded', 'the batches before it are there, the cancel is no failure of a file');
# what was loaded is not even opened again
$node->safe_psql('postgres', q{CREATE OR REPLACE FUNCTION take_time(sym text) RETURNS boolean LANGUAGE sql AS 'SELECT true'});
chmod 0, "$folder/parts/$_.csv" foreach 1 .. 3;
is($node->safe_psql('postgres', $call), '6|3|3|0|3|0', 'a rerun takes what is missing');
is($node->safe_psql('postgres', $call), '6|0|6|0|0|0', 'and the next one nothing');
is($node->safe_psql('postgres', 'SELECT count(*), sum(price) FROM slow'), '6|21', 'all rows are there once');

# ---- passing trouble ----

$node->safe_psql('postgres', "COPY (SELECT 'ts,sym,price' UNION ALL SELECT timestamp '2022-01-01' + (n::bigint * 7919 % 600000) * interval '1 min' || ',B' || n % 7 || ',' || n
	FROM generate_series(1, 600000) n) TO '$folder/large.csv'");
my $limits = "SET tick.load_memory = '16MB'; SET temp_file_limit = '1MB'; SET client_min_messages = warning";
($code, $out, $err) = $node->psql('postgres', "$limits; CALL tick_load_each('$folder/large.csv', 'slow', retries => 2, retry_pause => '10 ms')");
isnt($code, 0, 'trouble that does not pass fails the call');
is(() = $err =~ /trying again in 0 s \([12] of 2\)/g, 2, 'after as many tries as were asked for');
is($node->safe_psql('postgres', q{SELECT sqlstate, count(*) FROM tick.loads WHERE status = 'failed' GROUP BY 1}), '53400|1', 'and is recorded once');
is($node->safe_psql('postgres', 'SELECT count(*) FROM slow'), '6', 'nothing of it is there');
like($node->safe_psql('postgres', "CALL tick_load_each('$folder/large.csv', 'slow')"), qr/^1\|1\|0\|0\|600000\|0$/, 'it is loaded when the trouble is gone');

# ---- a file that changes ----

$node->safe_psql('postgres', q{CREATE OR REPLACE FUNCTION take_time(sym text) RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN IF sym = 'SLOW' THEN PERFORM pg_sleep(1.5); END IF; RETURN true; END $$});
my $rows = join '', map { "2023-01-01 10:00:00,A,$_\n" } 1 .. 400_000;
foreach my $cut ([ 'in a row', 7_000_003 ], [ 'gone', 0 ])
{
	my ($how, $length) = @$cut;
	write_file('cut.csv', "ts,sym,price\n2023-01-01 10:00:00,SLOW,0\n$rows");
	$client = start_client($node, "SET tick.threads = 1;\n\\set VERBOSITY default\nSELECT tick_load('$folder/cut.csv', 'slow');\n", 'changed');
	awaited(q{SELECT 1 FROM tick.progress WHERE file LIKE '%cut.csv'});
	awaited(q{SELECT 1 FROM pg_stat_activity WHERE application_name = 'changed' AND wait_event = 'PgSleep'});
	$length > 0 ? truncate("$folder/cut.csv", $length) : unlink("$folder/cut.csv") or die $!;
	($code, $out, $err) = end_client($client);
	like($err, qr/ERROR: .*file "[^"]*cut\.csv" changed while it was read/, "$how: the file is said to have changed");
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM slow WHERE ts >= '2023-01-01' AND price = 0}), '0', 'nothing of it is there');

# ---- programs ----

# Processes that are not gone: [pid, parent, group].
sub processes
{
	my @found;
	foreach my $file (glob '/proc/[0-9]*/stat')
	{
		open(my $handle, '<', $file) or next;
		my $line = <$handle> // '';
		push @found, [ $1, $3, $4 ] if $line =~ /^(\d+) \(.*\) ([A-Z]) (\d+) (\d+)/s && $2 ne 'Z';
	}
	return @found;
}

SKIP:
{
	skip 'no /proc here', 3 unless -e '/proc/self/stat';
	$client = start_client($node, "SELECT tick_load_program('echo ts,sym,price; echo 2024-01-01 10:00:00,A,1; sleep 1000 | cat', 'slow');\n", 'program');
	my $pid = wait_for_pid($node, 'program', '%tick_load_program%');
	# the shell is a child of the session, and the leader of a group
	my @shell;
	foreach (1 .. 500)
	{
		@shell = grep { $_->[1] == $pid && $_->[0] == $_->[2] } processes();
		last if @shell;
		select(undef, undef, undef, 0.02);
	}
	is(scalar @shell, 1, 'a program runs');
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	($code, $out, $err) = end_client($client);
	like($err, qr/\b57P01\b/, 'its session is terminated');
	is(scalar(grep { $_->[2] == $shell[0]->[0] } processes()), 0, 'and nothing of the program is left');
}

sound($node, 'everything is sound');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|TRAP:/, 'no process has crashed');
$node->stop;
done_testing();
