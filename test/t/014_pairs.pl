# Every operation meets every other one.  One session begins the first and
# holds its transaction open, another begins the second; then the first commits
# or rolls back.  Whatever waits, waits only for that; nobody meets a deadlock;
# what fails, fails with a SQLSTATE that says so; and the rows are those of one
# order of the two, or of the one that went through.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('pairs', conf => "deadlock_timeout = 20ms\nfsync = off\nlog_min_messages = warning\nmax_wal_size = 4GB\n");
my $folder = PostgreSQL::Test::Utils::tempdir;
PostgreSQL::Test::Utils::append_to_file("$folder/one.csv", "ts,sym,size\n2021-01-04 09:30:00,N1,101\n2021-01-05 09:30:00,N2,102\n");
PostgreSQL::Test::Utils::append_to_file("$folder/two.csv", "ts,sym,size\n2021-01-04 09:31:00,N2,203\n2021-01-05 09:31:00,N1,204\n");
PostgreSQL::Test::Utils::append_to_file("$folder/fresh.csv", "ts,sym,size\n2021-01-04 09:31:00,N3,305\n");

my $first_load = "SELECT tick_load('$folder/one.csv', 'stored')";
my %operation = (
	'load' => [ $first_load, "SELECT tick_load('$folder/two.csv', 'stored')" ],
	'replacing load' => [ ("SELECT tick_load('$folder/one.csv', 'stored', replaces => 'dates')") x 2 ],
	'creating load' => [ ("SELECT tick_load('$folder/fresh.csv', 'made')") x 2 ],
	'insert' => [ ("INSERT INTO stored VALUES ('2021-01-04 10:00', 'A', 1000)") x 2 ],
	'finalize' => [ ("SELECT tick_finalize('stored')") x 2 ],
	'delete' => [ ("SELECT tick_delete('stored', '2021-01-04', '2021-01-04', ARRAY['A'])") x 2 ],
	'restore' => [ ("SELECT tick_restore('stored', 'start')") x 2 ],
	'truncate' => [ ('TRUNCATE stored') x 2 ],
	'vacuum' => [ ("CALL tick_vacuum('stored', '0')") x 2 ],
	'snapshot' => [ "SELECT tick_create_snapshot('named one', 'stored') > 0", "SELECT tick_create_snapshot('named two', 'stored') > 0" ],
	'dataview' => [ "SELECT tick_set_dataview('view', NULL)", "SELECT tick_set_dataview('view', 'start')" ],
	'drop' => [ ('DROP FOREIGN TABLE view, stored') x 2 ],
	'select' => [ ('SELECT count(*) > 0 FROM stored') x 2 ],
	'serializable' => [ ("INSERT INTO stored SELECT '2021-01-04 11:00', 'A', count(*) FROM stored") x 2 ]);
my @names = sort keys %operation;

# a function, for a query cannot be planned while its table is not there
$node->safe_psql('postgres', q{
	CREATE FUNCTION held() RETURNS text LANGUAGE plpgsql AS $$
	DECLARE result text;
	BEGIN
		EXECUTE 'SELECT count(*) || '':'' || coalesce(sum(size), 0) FROM stored' INTO result;
		RETURN result;
	END $$});

# The dataset as each pair finds it: segments to merge, a version to go back to, retired segments to vacuum.
my $setup = q{
	DROP FOREIGN TABLE IF EXISTS view;
	SELECT tick_drop_snapshot(name) FROM tick.snapshots;
	DROP FOREIGN TABLE IF EXISTS stored, made;
	CREATE FOREIGN TABLE stored (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", size bigint OPTIONS (role 'size'))
		SERVER tick OPTIONS (partition_by 'day');
	INSERT INTO stored VALUES ('2021-01-04 09:30', 'A', 1), ('2021-01-05 09:30', 'A', 2);
	INSERT INTO stored VALUES ('2021-01-04 09:30', 'B', 4), ('2021-01-05 09:30', 'B', 8);
	SELECT tick_create_snapshot('start', 'stored');
	SELECT tick_create_dataview('view', 'stored', 'start');
	INSERT INTO stored VALUES ('2021-01-04 09:30', 'A', 16), ('2021-01-05 09:30', 'B', 32);
	SELECT tick_delete('stored', symbols => ARRAY['B'], from_date => '2021-01-05');};
my $state = q{
	SELECT CASE WHEN to_regclass('stored') IS NULL THEN 'dropped'
			ELSE held() END
		|| ' ' || CASE WHEN to_regclass('made') IS NULL THEN 'none' ELSE (SELECT rows::text FROM tick.datasets WHERE dataset = to_regclass('made')) END};

# Serializable is a promise among those who ask for it.
sub isolation { return (grep { $_ eq 'serializable' } @_) ? 'SERIALIZABLE' : 'READ COMMITTED'; }

# A session of psql that is written to and read from as it goes, without a limit on its life.
sub session
{
	my $session = { in => '', out => '', number => 0 };
	$session->{run} = IPC::Run::start([ $node->installed_command('psql'), '-XAtq', '-v', 'ON_ERROR_STOP=0', '-d', $node->connstr('postgres') ],
		'<', \$session->{in}, '>', \$session->{out}, '2>', '/dev/null');
	return $session;
}

# Send statements; finished() tells when all are done.
sub begin
{
	my ($session, $script) = @_;
	$session->{number}++;
	$session->{out} = '';
	$session->{in} .= "$script\n\\echo finished $session->{number}\n";
	$session->{run}->pump_nb;
}

sub finished
{
	my ($session) = @_;
	$session->{run}->pump_nb;
	return $session->{out} =~ /^finished $session->{number}$/m;
}

# Send statements and wait for their end, or for half a minute; returns what they wrote.
sub ask
{
	my ($session, $script) = @_;
	begin($session, $script) if defined $script;
	for (my $i = 0; $i < 15000 && !finished($session); $i++)
	{
		select(undef, undef, undef, 0.002);
	}
	return $session->{out} =~ s/\s*^finished .*\s*//mr;
}

my ($first, $second, $watch) = (session(), session(), session());
ask($_, 'SET client_min_messages = error;') foreach ($first, $second, $watch);
my $second_pid = ask($second, 'SELECT pg_backend_pid();');

# What one operation, or two in a row, make of the dataset.
my %alone;
sub outcome_of
{
	my $key = join(' then ', @_);
	$alone{$key} //= (split /\n/, ask($watch, "$setup;\n" . join('', map { my ($name, $variant) = split /#/; "$operation{$name}[$variant];\n" } @_) . "$state;"))[-1];
	return $alone{$key};
}

my %expected_state = map { $_ => 1 } (
	'40001',	# the other one was there first
	'42P01',	# what it works on is dropped
	'2BP01');	# what it drops is needed
my (@wrong, $waited, $failed, $pairs);

# Second meets first; returns what is wrong.
sub meet
{
	my ($x, $y, $end) = @_;
	my $name = "$x, $y, $end";
	my @problems;
	my $waits = 0;

	ask($watch, "$setup;");
	ask($first, 'BEGIN ISOLATION LEVEL ' . isolation($x, $y) . ";\n$operation{$x}[0];");
	begin($second, 'BEGIN ISOLATION LEVEL ' . isolation($x, $y) . ";\n$operation{$y}[1];\n\\set state :SQLSTATE\nCOMMIT;\n"
		  . "\\if :ERROR\n\\set state :SQLSTATE\n\\endif\n\\echo state :state");
	# until it is done or waits for the first
	for (my $i = 0; $i < 10000 && !finished($second) && !$waits; $i++)
	{
		$waits = ask($watch, "SELECT pg_backend_pid() <> ALL (pg_blocking_pids($second_pid)) AND cardinality(pg_blocking_pids($second_pid)) > 0;") eq 't';
	}
	my $ended = ask($first, "$end;\n\\echo state :SQLSTATE");
	# of two serializable ones the first may be told at its end
	$end = 'ROLLBACK', $failed++ if $ended eq 'state 40001';
	push @problems, "$name: the first ends with $ended" unless $ended =~ /^state (00000|40001)$/;
	my $out = ask($second);
	my ($code) = $out =~ /^state (\S+)$/m;
	$code //= 'hangs';
	my $now = (split /\n/, ask($watch, "$state;"))[-1];
	my @right = $end eq 'ROLLBACK' ? ($code eq '00000' ? outcome_of("$y#1") : outcome_of()) :
	  $code eq '00000' ? (outcome_of("$x#0", "$y#1"), outcome_of("$y#1", "$x#0")) : (outcome_of("$x#0"), outcome_of("$y#1", "$x#0"));
	push @problems, "$name: $code" unless $code eq '00000' || $expected_state{$code};
	push @problems, "$name: $code, found $now instead of " . join(' or ', @right) unless grep { $_ eq $now } @right;
	my $damage = ask($watch, q{SELECT string_agg(problem, ', ') FROM tick_verify(NULL, 'full');});
	push @problems, "$name: $damage" if $damage ne '';
	$pairs++;
	$waited += $waits;
	$failed++ if $code ne '00000';
	return @problems;
}

foreach my $x (@names)
{
	foreach my $y (@names)
	{
		push @wrong, meet($x, $y, $_) foreach ('COMMIT', 'ROLLBACK');
	}
}
is(join("\n", @wrong), '', "$pairs pairs of operations come to an end that one order of them explains");
note("$waited waited for the other one, $failed gave way to it");
cmp_ok($waited // 0, '>', 20, 'some of them wait');
cmp_ok($failed // 0, '>', 5, 'some of them fail');
my $log = slurp_file($node->logfile);
unlike($log, qr/deadlock detected/, 'there is no deadlock');
unlike($log, qr/PANIC|terminated by signal|TRAP:/, 'and no crash');
$_->{in} .= "\\q\n", $_->{run}->finish foreach ($first, $second, $watch);
$node->stop;
done_testing();
