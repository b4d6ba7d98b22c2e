# Odd sources, odd clients, odd signals: each is an error of its own kind or
# makes no difference, in bounded memory, and leaves nothing behind.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use IO::Socket::UNIX;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('sources', conf => "max_wal_size = 2GB\nrestart_after_crash = on\n");
stored_table($node);
my $folder = PostgreSQL::Test::Utils::tempdir;
write_csv($node, "$folder/good.csv.gz", 1, 3000);
write_csv($node, "$folder/large.csv.gz", 1, 1_000_000);

# SQLSTATE and message of a statement, '00000' and its rows when it works.
sub attempt
{
	my ($statement, $database) = @_;
	my ($code, $out, $err) = $node->psql($database // 'postgres', "\\set VERBOSITY verbose\nSET statement_timeout = '60s';\n$statement;", on_error_stop => 1);
	my ($state, $message) = $err =~ /ERROR:  (\w{5}): (.*)/;
	return defined $state ? ($state, $message) : ($code == 0 ? '00000' : 'lost', $out);
}

sub refused
{
	my ($source, $expected, $text, $name) = @_;
	my ($state, $message) = attempt("SELECT tick_load('$source', 'stored')");
	is($state, $expected, "$name: SQLSTATE") or diag($message);
	like($message, $text, "$name: message");
}

# ---- what may lie at a path ----

PostgreSQL::Test::Utils::append_to_file("$folder/secret.csv", "ts,sym,size,noise\nSECRET,A,1,x\n");
chmod 0, "$folder/secret.csv";
refused("$folder/secret.csv", '42501', qr/^could not open file .*: Permission denied$/, 'a file that the server may not read');
chmod 0600, "$folder/secret.csv";
refused("$folder/none.csv", '58P01', qr/does not exist|No such file/, 'no file');
system("mkfifo '$folder/fifo'") == 0 or die;
refused("$folder/fifo", '42809', qr/not a regular file/, 'a FIFO');
my $socket = "$folder/socket";
my $listener = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $socket, Listen => 1);
refused($socket, '42809', qr/not a regular file/, 'a socket') if $listener;
refused('/dev/zero', '42809', qr/not a regular file/, 'a device');
symlink("$folder/nowhere", "$folder/dangling");
refused("$folder/dangling", '58P01', qr/does not exist|No such file/, 'a dangling link');
symlink("$folder/loop", "$folder/loop");
my ($state, $message) = attempt("SELECT tick_load('$folder/loop', 'stored')");
isnt($state, '00000', 'a looping link is an error');
unlike($state, qr/^57|^lost/, 'of its own');
symlink("$folder/good.csv.gz", "$folder/link.csv.gz");
is(join(' ', attempt("SELECT tick_load('$folder/link.csv.gz', 'stored')")), '00000 3000', 'a link to a file is followed');
mkdir "$folder/empty";
refused("$folder/empty", '58P01', qr/./, 'an empty folder');
refused('relative.csv', '42602', qr/relative path not allowed/, 'a relative path');
my $strange = "$folder/new\nline \\ % ''quote'' é.csv";
PostgreSQL::Test::Utils::append_to_file($strange =~ s/''/'/gr, "ts,sym,size,noise\nbad,A,1,x\n");
refused($strange, '22007', qr/bad/, 'a strange name');
($state, $message) = attempt("SELECT tick_load('/" . 'x' x 5000 . "', 'stored')");
like($state, qr/^(42602|58P01|XX000|22023)$/, 'a name without end is an error');
my $expected = contents($node);
is($node->safe_psql('postgres', 'SELECT count(*) FROM stored'), '3000', 'nothing of all that is there');

# ---- files that change ----

sub changed_while_read
{
	my ($name, $change) = @_;
	my $file = "$folder/changing.csv.gz";
	system("cp '$folder/large.csv.gz' '$file'") == 0 or die;
	my $client = start_client($node, "SET tick.load_memory = '16MB';\n" . loads($file, q{if_loaded => 'append'}) . ";\n", 'changing');
	my $pid = wait_for_pid($node, 'changing', '%tick_load(%');
	select(undef, undef, undef, 0.1);
	$change->($file);
	my ($code, $out, $err) = end_client($client);
	chomp $out;
	if ($err eq '')
	{
		is($out, '1000000', "$name: loaded whole");
		$node->safe_psql('postgres', q{SELECT tick_restore('stored', (SELECT max(changeset) - 1 FROM tick.changesets)::text)});
	}
	else
	{
		unlike($err, qr/57P0|XX000/, "$name: an error of its own");
	}
	is(contents($node), $expected, "$name: all or nothing");
}

changed_while_read('truncated while it is read', sub { truncate($_[0], 1000) });
changed_while_read('replaced while it is read', sub { rename("$folder/good.csv.gz", "$folder/kept.csv.gz"); system("cp '$folder/kept.csv.gz' '$_[0].new'"); rename("$_[0].new", $_[0]); rename("$folder/kept.csv.gz", "$folder/good.csv.gz") });
changed_while_read('growing while it is read', sub { open(my $f, '>>', $_[0]); print $f 'more'; close $f });
changed_while_read('removed while it is read', sub { unlink $_[0] });

# ---- memory, whatever the input ----

my %bomb = (
	zeros => 'head -c 400000000 /dev/zero',
	'one line' => q{(echo ts,sym,size,noise; echo 2021-01-04 10:00,A,1,x; head -c 400000000 /dev/zero | tr '\0' x; echo; echo 2021-01-04 10:01,B,1,x)},
	'one line of fields' => q{(echo ts,sym,size,noise; echo 2021-01-04 10:00,A,1,x; head -c 100000000 /dev/zero | tr '\0' ,; echo; echo 2021-01-04 10:01,B,1,x)},
	rows => q{(echo ts,sym,size,noise; yes '2021-01-04 10:00:00,A,1,x' | head -n 8000000)},
	quotes => q{(echo ts,sym,size,noise; echo 2021-01-04 10:00,A,1,x; echo '2021-01-04 10:00,A,1,"'; head -c 100000000 /dev/zero | tr '\0' '\n')});
foreach my $what (sort keys %bomb)
{
	system("$bomb{$what} | gzip -1 >'$folder/bomb.csv.gz'") == 0 or die;
	my ($code, $out, $err) = $node->psql('postgres', qq{
		SET tick.load_memory = '32MB';
		SET statement_timeout = '120s';
		BEGIN;
		\\set ON_ERROR_STOP 0
		SELECT tick_load('$folder/bomb.csv.gz', 'stored', on_error => 'skip', if_loaded => 'append');
		\\echo :SQLSTATE
		ROLLBACK;
		SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'VmHWM:\\s+(\\d+)')::int - substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'RssShmem:\\s+(\\d+)')::int});
	my @lines = split /\n/, $out;
	my ($peak, $sqlstate) = ($lines[-1], $lines[-2]);
	unlike($sqlstate, qr/^(57|XX|53)/, "a bomb of $what ends in rows or an error of its own ($sqlstate)");
	# AddressSanitizer keeps what is freed for a while
	cmp_ok($peak, '<', (defined sanitizer() ? 512 : 160) * 1024, "$what: memory is bounded");
}
unlink "$folder/bomb.csv.gz";

# a member whose length does not fit 32 bits; takes half a minute to make
if (($ENV{TICK_FAULTS} // '') eq 'all')
{
	system(q{(echo ts,sym,size,noise; echo 2021-01-04 10:00,A,1,x; head -c 4400000000 /dev/zero | tr '\0' x; echo; echo 2021-01-04 10:01,B,1,x)}
		  . " | gzip -1 >'$folder/wide.csv.gz'") == 0 or die;
	is(join(' ', attempt("BEGIN; SELECT tick_load('$folder/wide.csv.gz', 'stored', on_error => 'skip'); ROLLBACK")), '00000 2', 'a member of more than 4 GiB');
	unlink "$folder/wide.csv.gz";
}
($state, $message) = attempt("SET temp_file_limit = '1MB'; SET tick.load_memory = '16MB'; " . loads("$folder/large.csv.gz"));
is($state, '53400', 'temp_file_limit holds for spilled runs');

# ---- other encodings of the database ----

$node->safe_psql('template1', q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('latin', 'CREATE EXTENSION tick');
PostgreSQL::Test::Utils::append_to_file("$folder/accents.csv", "ts,sym,note\n2021-01-04 10:00:00,A,caf\xc3\xa9\n");
PostgreSQL::Test::Utils::append_to_file("$folder/euro.csv", "ts,sym,note\n2021-01-04 10:00:00,A,\xd0\x96\n");
($state, $message) = attempt("SELECT tick_load('$folder/accents.csv', 'accents')", 'latin');
if ($state eq '00000')
{
	is($node->safe_psql('latin', q{SELECT octet_length(note) FROM accents}), '4', 'text is converted to the encoding of the database');
}
else
{
	like($state, qr/^(0A000|22P05|22021)$/, 'text in another encoding is refused');
}
($state, $message) = attempt("SELECT tick_load('$folder/euro.csv', 'euro')", 'latin');
like($state, qr/^(22P05|0A000|22021)$/, 'what the encoding of the database lacks is an error') or diag($message);

# ---- symbols: a million of them, and the last number that one can have ----

$node->safe_psql('postgres', q{
	CREATE FOREIGN TABLE crowd (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C") SERVER tick;
	COPY (SELECT 'ts,sym' UNION ALL SELECT '2021-01-04 10:00:00,MILLION' || n FROM generate_series(1, 1000000) n) TO '} . "$folder/crowd.csv'");
is(join(' ', attempt("SELECT tick_load('$folder/crowd.csv', 'crowd')")), '00000 1000000', 'a million new symbols');
is($node->safe_psql('postgres', q{SELECT count(*) || ' ' || count(DISTINCT sym) FROM crowd}), '1000000 1000000', 'each is there');
$node->safe_psql('postgres', q{ALTER SEQUENCE tick.symbol_code_seq RESTART 2147483647});
is(join(' ', attempt(q{INSERT INTO crowd VALUES ('2021-01-04 11:00', 'THE LAST')})), '00000 ', 'the last code of a symbol');
($state, $message) = attempt(q{INSERT INTO crowd VALUES ('2021-01-04 11:00', 'ONE MORE')});
is($state, '2200H', 'symbols exhausted') or diag($message);
is($node->safe_psql('postgres', q{SELECT count(*) FROM crowd WHERE sym = 'THE LAST'}), '1', 'the last one is there');
$node->safe_psql('postgres', q{ALTER SEQUENCE tick.symbol_code_seq RESTART 2000000});

# ---- the clock ----

$node->safe_psql('postgres', q{UPDATE tick.changeset SET stamp = stamp + interval '1 hour' WHERE number = (SELECT max(number) FROM tick.changeset)});
$node->safe_psql('postgres', 'SELECT fill(1, 1); SELECT fill(2, 2)');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT stamp <= lag(stamp) OVER (ORDER BY changeset) AS wrong FROM tick.changesets) s WHERE wrong}),
	'0', 'stamps rise although the clock was set back');
$expected = contents($node);

# ---- clients and signals ----

my $again = loads("$folder/large.csv.gz", q{if_loaded => 'append'});
my $client = start_client($node, "SET client_connection_check_interval = '20ms';\n$again;\n", 'gone');
my $pid = wait_for_pid($node, 'gone', '%tick_load(%');
$client->{run}->signal('KILL');
eval { $client->{run}->finish };
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid"), 'the load of a client that is gone ends');
is(contents($node), $expected, 'and leaves nothing');

$client = start_client($node, "BEGIN;\nSET tick.load_memory = '16MB';\n$again;\nROLLBACK;\n", 'signals');
$pid = wait_for_pid($node, 'signals', '%tick_load(%');
foreach (1 .. 200)
{
	kill $_, $pid foreach ('HUP', 'USR1', 'ALRM');
	select(undef, undef, undef, 0.002);
}
my ($code, $out, $err) = end_client($client);
is($out, "1000000\n", 'signals make no difference to a load') or diag($err);

my $locker = start_client($node, "BEGIN;\nLOCK TABLE tick.symbol;\nSELECT pg_sleep(2);\nROLLBACK;\n", 'locker');
wait_for_pid($node, 'locker', '%pg_sleep%');
PostgreSQL::Test::Utils::append_to_file("$folder/fresh.csv", "ts,sym,size,noise\n2021-01-04 10:00:00,NEVER SEEN,1,x\n");
($state) = attempt("SET lock_timeout = '50ms'; SELECT tick_load('$folder/fresh.csv', 'stored')");
is($state, '55P03', 'lock_timeout holds for a load');
end_client($locker);

$client = start_client($node, "$again;\n", 'victim');
$pid = wait_for_pid($node, 'victim', '%tick_load(%');
select(undef, undef, undef, 0.2);
kill 'SEGV', $pid;
end_client($client);
ok(wait_until_up($node), 'the server comes up again after a process crashed in a load');
is(contents($node), $expected, 'nothing of the load is there');
$node->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
$node->safe_psql('postgres', 'CHECKPOINT');
is(join(' ', stray_files($node)), '', 'nor a file of it after a vacuum');
sound($node, 'everything is sound');

# ---- many in one transaction ----

$node->safe_psql('postgres', qq{
	DO \$\$ BEGIN
		FOR i IN 1 .. 1000 LOOP
			BEGIN
				PERFORM tick_load('$folder/fresh.csv', 'stored', if_loaded => 'append', symbol => NULL);
				IF i % 2 = 0 THEN RAISE EXCEPTION 'undone'; END IF;
			EXCEPTION WHEN raise_exception THEN NULL;
			END;
		END LOOP;
	END \$\$});
is($node->safe_psql('postgres', q{SELECT count(*) FROM stored WHERE sym = 'NEVER SEEN'}), '500', 'a thousand loads in subtransactions: those that were not undone');
sound($node, 'everything is sound');
$node->stop;
done_testing();
