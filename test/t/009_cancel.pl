# Cancel, timeout and termination end loads, rewrites and scans soon, with the
# right SQLSTATE, and leave nothing.  The bound is generous: this is not a
# benchmark.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $bound = 2;
srand($ENV{TICK_SEED} || 1);

my $node = new_node('cancel', conf => "max_wal_size = 2GB\n");
stored_table($node);
my $folder = PostgreSQL::Test::Utils::tempdir;
my $rows = 1_500_000;
write_csv($node, "$folder/large.csv.gz", 1, $rows);
$node->safe_psql('postgres', loads("$folder/large.csv.gz"));
$node->safe_psql('postgres', "SELECT fill($rows + 1, $rows + 100000)");
my $expected = contents($node);
my $again = loads("$folder/large.csv.gz", q{if_loaded => 'append'});

# What ends soon by itself goes round in one statement.
sub repeated
{
	return "DO \$\$ BEGIN FOR i IN 1 .. 10000 LOOP $_[0] END LOOP; END \$\$";
}

my %statements = (
	load => $again,
	spill => "SET tick.load_memory = '16MB';\n$again",
	# everything that the load needs is younger than the file being read
	spill_new => "SET tick.load_memory = '16MB';\nSET tick.threads = 4;\n" .
		"SELECT tick_load('$folder/large.csv.gz', 'fresh', partition_by => 'day')",
	insert => 'SELECT fill(1, 5000000)',
	finalize => repeated(q{PERFORM fill(i, i + 10); PERFORM tick_finalize('stored');}),
	delete => repeated(q{PERFORM tick_delete('stored', symbols => ARRAY['S' || i % 4]); PERFORM fill(1, 500000);}),
	restore => repeated(q{PERFORM tick_delete('stored', symbols => ARRAY['S1']); PERFORM tick_restore('stored', '2');}),
	scan => q{SELECT sum(length(noise)), count(*) FROM stored a JOIN generate_series(1, 100) g ON g <> a.size WHERE ts > '2021-01-04'},
	aggregate => 'SELECT max((SELECT sum(size) FROM stored WHERE size > g)) FROM generate_series(1, 100000) g',
	sort => 'SELECT count(*) FROM (SELECT * FROM stored a CROSS JOIN generate_series(1, 10) ORDER BY noise, ts OFFSET 100) s',
	verify => repeated(q{PERFORM tick_verify('stored', 'full');}),
	guess => repeated(qq{PERFORM tick_guess('$folder/large.csv.gz');}));

# Nothing is left of what was ended.
sub unchanged
{
	my ($name) = @_;
	is(contents($node), $expected, "$name: the rows are as before");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE locktype = 'object' OR relation > 16384 AND pid <> pg_backend_pid()}),
		'0', "$name: no lock is left");
	$node->safe_psql('postgres', 'CHECKPOINT');
	is(join(' ', stray_files($node)), '', "$name: no file is left");
	opendir(my $handle, $node->data_dir . '/base/pgsql_tmp') or return;
	is(join(' ', grep { !/^\.\.?$/ } readdir $handle), '', "$name: no temporary file is left");
	closedir $handle;
}

foreach my $what (sort keys %statements)
{
	foreach my $way ('statement_timeout', 'pg_cancel_backend', 'pg_terminate_backend')
	{
		my $name = "$what, $way";
		my $wait = 0.02 + rand(0.25);
		my $timeout = $way eq 'statement_timeout' ? 'SET statement_timeout = ' . int($wait * 1000) . ";\n" : '';
		my $client = start_client($node, "$timeout$statements{$what};\n", 'victim');
		my $began = time;
		if (!$timeout)
		{
			my $pid = wait_for_pid($node, 'victim', $what =~ /load|spill/ ? '%tick%load(%' : $what =~ /scan|aggregate|sort|insert/ ? '%SELECT%' : 'DO%');
			select(undef, undef, undef, $wait);
			$began = time;
			$node->safe_psql('postgres', "SELECT $way($pid)") if defined $pid;
		}
		my ($code, $out, $err) = end_client($client);
		my $took = time - $began;
		my $sqlstate = $way eq 'pg_terminate_backend' ? '57P01' : '57014';
		# a statement may be over before
		if ($code == 0)
		{
			fail("$name: ended before it was to be cancelled");
			next;
		}
		like($err, qr/\b$sqlstate\b/, "$name: SQLSTATE $sqlstate");
		cmp_ok($took, '<', $bound, "$name: ends soon");
	}
	unchanged($what);
}
is($node->safe_psql('postgres', $again), $rows, 'a load goes through afterwards');
sound($node, 'everything is sound');
my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|terminated by signal|TRAP:/, 'no process has crashed');
unlike($log, qr/leak|WARNING: (?!.*not a PostgreSQL)/, 'and none has left anything open');
$node->stop;
done_testing();
