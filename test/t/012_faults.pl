# Every N-th call fails, N = 1, 2, ... until none is left to fail: a full
# disk, a broken one, no file descriptor, no memory, no thread.  The statement
# fails with the right SQLSTATE or goes through whole, the server stays up, and
# nothing is left of what failed.  See the head of shim.c.  After the first
# twenty N a sample does, unless TICK_FAULTS is "all"; TICK_SEED takes another.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use Errno qw(ENOSPC EIO EMFILE EDQUOT EFBIG EAGAIN EINTR);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

srand($ENV{TICK_SEED} || 1);
my $all = ($ENV{TICK_FAULTS} // '') eq 'all';
my $shim = PostgreSQL::Test::Utils::tempdir . '/shim.so';
plan skip_all => 'AddressSanitizer wants these calls for itself' if defined sanitizer();
plan skip_all => 'needs a C compiler and glibc'
  if system("cc -O1 -shared -fPIC -o '$shim' '$FindBin::RealBin/../shim.c' -ldl 2>/dev/null") != 0;

my $node = new_node('faults', conf => "shared_buffers = 16MB\nrestart_after_crash = off\nmax_wal_size = 4GB\n");
stored_table($node);
my $folder = PostgreSQL::Test::Utils::tempdir;
write_csv($node, "$folder/small.csv.gz", 1, 8000);
write_csv($node, "$folder/large.csv.gz", 10001, 230000);
$node->safe_psql('postgres', 'SELECT fill(300001, 306000)');
$node->safe_psql('postgres', q{SELECT fill(310001, 310100, 'MORE')});
$node->safe_psql('postgres', qq{
	CREATE FOREIGN TABLE quote (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", bid float8 OPTIONS (role 'price'),
		note text) SERVER tick OPTIONS (partition_by 'day');
	INSERT INTO quote SELECT timestamp '2021-01-04 09:30' + n % 3 * interval '1 day' + n * interval '1 ms', 'S' || n % 5, n / 8.0, md5(n::text)
		FROM generate_series(300001, 306000) n;
	SELECT tick_create_asof('joined', 'stored', 'quote');
	COPY (SELECT 'ts,sym,size,noise' UNION ALL SELECT to_char(timestamp '2021-01-04' + n % 4 * interval '1 day' + n * interval '1 ms', 'YYYY-MM-DD HH24:MI:SS.MS')
		|| ',T' || n % 500 || ',' || n || ',' || repeat(md5(n::text), 9) FROM generate_series(1, 80000) n) TO '$folder/texts.csv'});
mkdir "$folder/parts";
write_csv($node, "$folder/parts/p$_.csv.gz", 400000 + $_ * 1000, 400900 + $_ * 1000, "P$_") foreach 1 .. 6;
sub restart
{
	my ($preload) = @_;
	$node->stop;
	local $ENV{LD_PRELOAD} = $preload ? $shim : '';
	$node->start;
}
restart(1);
my ($armed) = $node->safe_psql('postgres', q{SELECT 1; SELECT pg_stat_file('/tick_shim/open/1/24/once/nothing_of_the_kind', true);
	SELECT pg_stat_file('/tick_shim/off', true)});
my $expected = contents($node);

my $load = loads("$folder/small.csv.gz", q{if_loaded => 'append'});
my $spill = loads("$folder/large.csv.gz", q{if_loaded => 'append'});
my %statement = (
	load => $load,
	spill => $spill,
	finalize => q{SELECT tick_finalize('stored')},
	delete => q{SELECT tick_delete('stored', symbols => ARRAY['S1'])},
	verify => q{SELECT count(*) FROM tick_verify('stored', 'full')},
	guess => qq{SELECT count(*) FROM tick_guess('$folder/small.csv.gz')},
	select => q{SELECT count(*), sum(size), max(noise) FROM (SELECT * FROM stored OFFSET 0) s},
	aggregate => q{SELECT sym, count(*), sum(size * 2), max(noise), min(ts) FROM stored GROUP BY sym},
	join => q{SELECT count(bid), max(note) FROM joined},
	rows => q{SELECT count(*) FROM (SELECT * FROM joined OFFSET 0) s},
	snapshot => q{SELECT tick_create_snapshot('taken')},
	dataview => q{SELECT tick_create_dataview('viewed', 'stored', '2')},
	restore => q{SELECT tick_restore('stored', '2')},
	insert => q{SELECT fill(500001, 509000)},
	new => qq{SELECT tick_load('$folder/small.csv.gz', 'fresh')},
	texts => loads("$folder/texts.csv", q{if_loaded => 'append'}),
	jobs => loads("$folder/parts", q{if_loaded => 'append', jobs => 2}),
	program => qq{SELECT tick_load_program('gzip -dc $folder/small.csv.gz', 'stored', if_loaded => 'append')},
	bars => q{SELECT count(*) FROM tick_bars('quote', '1 minute')});

# Run a statement once for each N of the list, each time in a transaction that is rolled back.  Returns what came of each:
# [n, SQLSTATE, did a call fail].
sub sweep
{
	my ($what, $call, $errno, $mode, $path, @numbers) = @_;
	my $script = "\\set ON_ERROR_STOP 0\nSET tick.load_memory = '16MB';\nSET tick.threads = 4;\nSET client_min_messages = error;\nSELECT 1 FROM stored LIMIT 1;\n";
	foreach my $n (@numbers)
	{
		$script .= "BEGIN;\nSELECT pg_stat_file('/tick_shim/$call/$n/$errno/$mode/$path', true) AS shim \\gset\n"
		  . "$statement{$what};\n\\set state :SQLSTATE\n"
		  . "ROLLBACK;\nSELECT (pg_stat_file('/tick_shim/fired', true)).size IS NOT NULL AS fired, pg_stat_file('/tick_shim/off', true) AS shim \\gset\n"
		  . "\\echo ## $n :state :fired\n";
	}
	my ($code, $out, $err) = $node->psql('postgres', $script, on_error_stop => 0);
	my @results = map { [ split / / ] } ($out =~ /^## (\S+ \S+ \S+)$/mg);
	is(scalar(@results), scalar(@numbers), "$what, $call fails with $errno ($mode): the session comes through")
	  or diag(substr($err, -1500));
	return @results;
}

# All N up to the first with which no call failed: every failure has one of these SQLSTATEs, and some N failed.
sub all_numbers
{
	my ($what, $call, $errno, $mode, $path, $states, $most) = @_;
	my $name = "$what, $call fails with $errno ($mode)";
	my ($n, $failed, %seen) = (1, 0);
	my @wrong;
	my $done = 0;

	while (!$done && $n < $most)
	{
		my @numbers;
		while (@numbers < 12)
		{
			push @numbers, $n;
			$n = $n < 20 || $all ? $n + 1 : int($n * (1.05 + rand(0.2))) + 1;
		}
		my @results = sweep($what, $call, $errno, $mode, $path, @numbers);
		last if @results < @numbers;
		foreach my $result (@results)
		{
			my ($number, $state, $fired) = @$result;
			$done = 1 if $fired ne 't';
			$failed++ if $fired eq 't';
			$seen{$state}++ if $fired eq 't';
			push @wrong, "N=$number $state" if $fired eq 't' ? !grep { $_ eq $state } @$states : $state ne '00000';
		}
	}
	note("$name: $failed calls; " . join(' ', map { "$_: $seen{$_}" } sort keys %seen));
	is(join(', ', @wrong), '', "$name: each failure is told");
	cmp_ok($failed, '>', 0, "$name: calls were made to fail");
	return;
}

sub unharmed
{
	my ($name) = @_;
	is(contents($node), $expected, "$name: the rows are as before");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM tick_verify('stored', 'full')}), '0', "$name: they are sound");
	# a rollback that finds no memory leaves its files to the sweep
	$node->safe_psql('postgres', 'CALL tick_vacuum()');
	$node->safe_psql('postgres', 'CHECKPOINT');
	is(join(' ', stray_files($node)), '', "$name: no file is left");
	opendir(my $handle, $node->data_dir . '/base/pgsql_tmp') or return;
	is(join(' ', grep { !/^\.\.?$/ } readdir $handle), '', "$name: no temporary file is left");
	closedir $handle;
}

# the server itself has no SQLSTATE for some of them
my ($full, $io, $files, $memory, $other, $done) = ('53100', '58030', '53000', '53200', 'XX000', '00000');

# ---- writing ----

foreach my $case ([ ENOSPC, [$full] ], [ EIO, [$io] ], [ EDQUOT, [ $full, $other ] ], [ EFBIG, [ $io, $other ] ])
{
	all_numbers('load', 'write', $case->[0], 'once', 'base/', $case->[1], 2000);
}
all_numbers('load', 'write', ENOSPC, 'sticky', 'base/', [$full], 2000);
foreach my $what ('finalize', 'delete')
{
	all_numbers($what, 'write', ENOSPC, 'once', 'base/', [$full], 2000);
	all_numbers($what, 'write', EIO, 'sticky', 'base/', [$io], 2000);
}
all_numbers('spill', 'write', ENOSPC, 'once', 'pgsql_tmp', [$full], 2000);
sweep('spill', 'write', EIO, 'once', 'base/', map { $_ * 37 } 1 .. 8);
foreach my $what ('insert', 'jobs')
{
	all_numbers($what, 'write', ENOSPC, 'once', 'base/', [$full], 2000);
}
all_numbers('texts', 'write', ENOSPC, 'once', 'pgsql_tmp', [$full], 2000);
# a part of a write is written again, or told as a full disk
all_numbers('load', 'write', 0, 'once', 'base/', [ $done, $full ], 2000);
unharmed('writing');

# ---- reading ----

all_numbers('load', 'read', EIO, 'once', '.csv.gz', [$io], 200);
all_numbers('load', 'read', 0, 'once', '.csv.gz', [$done], 200);
all_numbers('load', 'read', EINTR, 'once', '.csv.gz', [$done], 200);
all_numbers('guess', 'read', EIO, 'once', '.csv.gz', [$io], 200);
# a file that cannot be begun before its turn is read again then
all_numbers('jobs', 'read', EIO, 'once', '.csv.gz', [ $io, $done ], 200);
all_numbers('jobs', 'read', EIO, 'sticky', '.csv.gz', [$io], 200);
all_numbers('jobs', 'read', EINTR, 'once', '.csv.gz', [$done], 200);
all_numbers('spill', 'read', EIO, 'once', 'pgsql_tmp', [$io], 3000);
all_numbers('texts', 'read', EIO, 'once', 'pgsql_tmp', [$io], 3000);
# segments that are not in the buffers
restart(1);
all_numbers('select', 'read', EIO, 'once', 'base/', [ $io, 'XX001' ], 3000);
restart(1);
all_numbers('finalize', 'read', EIO, 'once', 'base/', [ $io, 'XX001' ], 3000);
foreach my $what ('aggregate', 'join', 'rows', 'restore', 'bars')
{
	restart(1);
	# what zone maps and the catalog tell is read from no segment
	all_numbers($what, 'read', EIO, 'once', 'base/', [ $io, 'XX001' ], 3000);
}
restart(1);
my ($damage) = sweep('verify', 'read', EIO, 'sticky', 'base/', 40);
isnt($damage->[1], 'XX000', 'tick_verify tells of pages that cannot be read');
unharmed('reading');

# ---- descriptors, memory, threads ----

all_numbers('load', 'open', EMFILE, 'once', 'csv.gz', [ $files, $done ], 100);
all_numbers('load', 'open', EMFILE, 'sticky', 'csv.gz', [$files], 100);
all_numbers('load', 'open', EMFILE, 'sticky', 'base/', [ $files, $done ], 500);
all_numbers('spill', 'open', EMFILE, 'sticky', 'pgsql_tmp', [ $files, $other, $done ], 100);
all_numbers('jobs', 'open', EMFILE, 'once', 'csv.gz', [ $files, $done ], 100);
all_numbers('jobs', 'open', EMFILE, 'sticky', 'csv.gz', [$files], 100);
foreach my $what ('spill', 'jobs', 'texts')
{
	all_numbers($what, 'thread', EAGAIN, 'once', '', [$done], 40);
	all_numbers($what, 'thread', EAGAIN, 'sticky', '', [$done], 40);
}
foreach my $what (sort keys %statement)
{
	# md5() tells of it as of an internal error
	all_numbers($what, 'memory', 0, 'once', '', [ $memory, $done, $what eq 'insert' ? $other : () ], 4000);
}
unharmed('descriptors, memory, threads');

# ---- syncing: without WAL a commit syncs its files itself, and must not go on when that fails ----

$node->append_conf('postgresql.conf', "fsync = on\nwal_level = minimal\nmax_wal_senders = 0\nwal_skip_threshold = 0\ndata_sync_retry = on\n");
restart(1);
my ($code, $out) = $node->psql('postgres', "\\set ON_ERROR_STOP 0\n" . join('', map {
	"SELECT pg_stat_file('/tick_shim/fsync/$_/5/once/base/', true) AS shim \\gset\n$load;\n\\echo ## :SQLSTATE\n"
	  . "SELECT (pg_stat_file('/tick_shim/fired', true)).size IS NOT NULL AS fired, pg_stat_file('/tick_shim/off', true) AS shim \\gset\n\\echo :fired\n" } 1 .. 3), on_error_stop => 0);
is(join(' ', $out =~ /^## (\S+\n\S+)$/mg) =~ s/\n/,/gr, "$io,t $io,t $io,t", 'a file that cannot be synced fails the commit');
unharmed('syncing');

is($node->safe_psql('postgres', $load), '8000', 'a load goes through afterwards');
my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|terminated by signal|TRAP:/, 'no process has crashed');
unlike($log, qr/leak/, 'and none has left anything open');
restart(0);
sound($node, 'everything is sound');
$node->stop;
done_testing();
