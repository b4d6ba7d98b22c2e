# What the server promises for relations must hold for segments: crashes,
# prepared transactions, standbys, backups, copies of databases, checksums,
# dumps; and damage must be told.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('durability');
$node->init(allows_streaming => 1, extra => ['--data-checksums']);
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\nautovacuum = off\n");
$node->start;

# Random text does not compress, so that 4,000 rows need a relation.
$node->safe_psql('postgres', q{
	CREATE EXTENSION tick;
	CREATE FOREIGN TABLE stored (
		ts timestamp OPTIONS (role 'time'),
		sym text OPTIONS (role 'symbol') COLLATE "C",
		noise text) SERVER tick;
	CREATE FUNCTION fill(first int, last int) RETURNS void LANGUAGE sql AS $$
		INSERT INTO stored SELECT timestamp '2021-01-04 09:30' + n * interval '1 ms', 'S' || n % 3, md5(n::text)
		FROM generate_series(first, last) n $$;
	SELECT fill(1, 20000);
	SELECT fill(20001, 20010);
});

my $contents = q{SELECT count(*) || ' rows, ' || sum(hashtext(ts || sym || noise)::bigint) FROM stored};
my $expected = $node->safe_psql('postgres', $contents);
like($expected, qr/^20010 rows/, 'the dataset is filled');

# Path of the newest segment relation as the session sees it, uncommitted ones too.
my $newest = q{SELECT pg_relation_filepath(max(oid)) FROM pg_class WHERE relnamespace = 'tick_store'::regnamespace};

sub size_of
{
	my ($path) = @_;
	return -s $node->data_dir . "/$path";
}

# Run statements in a session that then holds its transaction open; returns the session and the last line of output.
sub open_transaction
{
	my ($sql) = @_;
	my $session = $node->background_psql('postgres');
	my @lines = split /\n/, $session->query_safe("BEGIN;\n$sql;");
	return ($session, $lines[-1]);
}

# ---- crashes ----

my ($session, $path) = open_transaction("SELECT fill(30001, 50000); $newest");
cmp_ok(size_of($path), '>', 500_000, 'an open transaction has written its segment');
$node->stop('immediate');
eval { $session->quit };
$node->start;
is($node->safe_psql('postgres', $contents), $expected, 'after a crash nothing of an open transaction is visible');
cmp_ok(size_of($path), '>', 500_000, 'its file is left behind');
my $live = $node->safe_psql('postgres', $newest);
my $live_size = size_of($live);
$node->safe_psql('postgres', 'CALL tick_vacuum()');
$node->safe_psql('postgres', 'CHECKPOINT');
ok(!-e $node->data_dir . "/$path", 'tick_vacuum removes the orphan');
is(size_of($live), $live_size, 'and no other file');

($session, $path) = open_transaction("SELECT fill(30001, 50000); $newest");
$node->safe_psql('postgres', 'CALL tick_vacuum()');
$node->safe_psql('postgres', 'CHECKPOINT');
cmp_ok(size_of($path), '>', 500_000, 'tick_vacuum leaves the file of a running transaction alone');
$session->quit;

$node->safe_psql('postgres', 'SELECT fill(50001, 60000)');
$expected = $node->safe_psql('postgres', $contents);
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', $contents), $expected, 'a committed load survives a crash right after it');

# ---- prepared transactions ----

$node->safe_psql('postgres', "BEGIN; SELECT fill(60001, 70000); PREPARE TRANSACTION 'kept'");
$node->stop('immediate');
$node->start;
$node->safe_psql('postgres', 'CALL tick_vacuum()');
is($node->safe_psql('postgres', $contents), $expected, 'a prepared load is not visible');
$node->safe_psql('postgres', "COMMIT PREPARED 'kept'");
my $with_prepared = $node->safe_psql('postgres', $contents);
like($with_prepared, qr/^40010 rows/, 'and is complete when it is committed after a crash and a vacuum');
$node->safe_psql('postgres', "BEGIN; SELECT fill(70001, 80000); PREPARE TRANSACTION 'undone'");
$node->safe_psql('postgres', "ROLLBACK PREPARED 'undone'");
is($node->safe_psql('postgres', $contents), $with_prepared, 'a prepared load can be rolled back');
is($node->safe_psql('postgres', 'SELECT max(number) = count(*) FROM tick.changeset'), 't',
	'changesets are numbered without gaps');
$expected = $with_prepared;

# ---- standby ----

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('durability_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->safe_psql('postgres', 'SELECT fill(80001, 90000)');
$expected = $node->safe_psql('postgres', $contents);
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('postgres', $contents), $expected, 'a standby gives the same rows');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM tick_verify('stored', 'full')}), '0', 'which are sound');
is( $standby->safe_psql('postgres', q{SET tick.as_of = '1'; SELECT count(*) FROM stored}),
	'20000', 'a standby reads older versions');
my ($code, $out, $err) = $standby->psql('postgres', q{SET tick.as_of = 'now'; SELECT count(*) FROM stored});
like($err, qr/cannot read as of a time after the newest changeset during recovery/, 'but none that may still change');
($code, $out, $err) = $standby->psql('postgres', 'SELECT fill(1, 2)');
like($err, qr/cannot execute INSERT in a read-only transaction/, 'a standby takes no rows');
$standby->promote;
is($standby->safe_psql('postgres', $contents), $expected, 'a promoted standby gives the same rows');
$standby->safe_psql('postgres', 'SELECT fill(90001, 90010)');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM stored'), '50020', 'and takes new ones');
$standby->stop;
command_ok(['pg_checksums', '--check', '--pgdata', $standby->data_dir], 'page checksums of the standby are right');

# ---- copies ----

foreach my $strategy ('wal_log', 'file_copy')
{
	$node->safe_psql('template1', "CREATE DATABASE $strategy TEMPLATE postgres STRATEGY $strategy");
	$node->safe_psql($strategy, 'CALL tick_vacuum()');
	is($node->safe_psql($strategy, $contents), $expected, "a database copied by $strategy has the rows");
	is($node->safe_psql($strategy, q{SELECT count(*) FROM tick_verify('stored', 'full')}), '0', 'which are sound');
	$node->safe_psql($strategy, 'DROP FOREIGN TABLE stored');
	is($node->safe_psql('postgres', $contents), $expected, 'and shares none with its template');
}
my $tablespace = PostgreSQL::Test::Utils::tempdir;
$node->safe_psql('postgres', "CREATE TABLESPACE elsewhere LOCATION '$tablespace'");
$node->safe_psql('template1', 'ALTER DATABASE postgres SET TABLESPACE elsewhere');
is($node->safe_psql('postgres', $contents), $expected, 'a database moves to another tablespace');
$node->safe_psql('template1', 'ALTER DATABASE postgres SET TABLESPACE pg_default');
my $relation = $node->safe_psql('postgres',
	q{SELECT min(oid)::regclass FROM pg_class WHERE relnamespace = 'tick_store'::regnamespace AND relkind = 'r'});
$node->safe_psql('postgres', "ALTER TABLE $relation SET TABLESPACE elsewhere");
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', $contents), $expected, 'and so does one relation, crash or not');
is($node->safe_psql('postgres', q{SELECT count(*) FROM tick_verify('stored', 'full')}), '0', 'whose pages are sound');
$node->safe_psql('postgres', 'VACUUM FULL');
$node->safe_psql('postgres', 'ANALYZE');
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', $contents), $expected, 'VACUUM FULL of the database leaves the rows');

# ---- dumps ----

my ($dump) = run_command(['pg_dump', '--dbname', $node->connstr('postgres')]);
unlike($dump, qr/tick_store/, 'a dump does not name segment relations');
like($dump, qr/CREATE FOREIGN TABLE public\.stored/, 'but the dataset');
my $file = PostgreSQL::Test::Utils::tempdir . '/dump.sql';
PostgreSQL::Test::Utils::append_to_file($file, $dump);
$node->safe_psql('template1', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr('restored') ], 'a dump restores');
is($node->safe_psql('restored', 'SELECT count(*) FROM stored'), '0', 'without rows');
$node->safe_psql('restored', 'SELECT fill(1, 4000)');
is($node->safe_psql('restored', 'SELECT count(*) FROM stored'), '4000', 'and takes rows');

# ---- without WAL for new files ----

$node->append_conf('postgresql.conf', "wal_level = minimal\nmax_wal_senders = 0\n");
$node->restart;
foreach my $threshold ('0', '1GB')
{
	$node->append_conf('postgresql.conf', "wal_skip_threshold = '$threshold'\n");
	$node->reload;
	$node->safe_psql('postgres', 'SELECT fill(100001, 110000)');
	$expected = $node->safe_psql('postgres', $contents);
	$node->stop('immediate');
	$node->start;
	is($node->safe_psql('postgres', $contents), $expected, "wal_level minimal, wal_skip_threshold $threshold: rows survive a crash");
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM tick_verify('stored', 'full')}), '0', 'and are sound');

# ---- damage ----

my ($oid, $damaged) = split /\|/,
  $node->safe_psql('postgres', q{
	SELECT oid, pg_relation_filepath(oid) FROM pg_class
	WHERE relnamespace = 'tick_store'::regnamespace AND relkind = 'r' AND reltablespace = 0 ORDER BY oid LIMIT 1});
my $other = $node->safe_psql('postgres', qq{
	SELECT pg_relation_filepath(oid) FROM pg_class
	WHERE relnamespace = 'tick_store'::regnamespace AND relkind = 'r' AND reltablespace = 0 AND oid <> $oid
	ORDER BY oid LIMIT 1});

sub with_file
{
	my ($change, $problem, $name) = @_;
	$node->stop;
	my $file = $node->data_dir . "/$damaged";
	my $sound = slurp_file($file);
	$change->($file);
	$node->start;
	my ($code, $out, $err) = $node->psql('postgres', $contents);
	isnt($code, 0, "$name: a query fails");
	like($node->safe_psql('postgres', q{SELECT problem || ' ' || coalesce(detail, '') FROM tick_verify('stored')}), $problem,
		"$name: tick_verify tells");
	is($node->safe_psql('postgres', 'SELECT 1'), '1', "$name: the server is up");
	$node->stop;
	write_file($file, 0, $sound, 1);
	$node->start;
	is($node->safe_psql('postgres', $contents), $expected, "$name: repaired");
}

sub write_file
{
	my ($file, $offset, $bytes, $create) = @_;
	open(my $handle, $create ? '>' : '+<', $file) or die "$file: $!";
	binmode $handle;
	seek($handle, $offset, 0);
	print $handle $bytes;
	close $handle;
}

sub read_page
{
	my ($file, $page) = @_;
	open(my $handle, '<', $file) or die "$file: $!";
	binmode $handle;
	seek($handle, $page * 8192, 0);
	read($handle, my $bytes, 8192);
	close $handle;
	return $bytes;
}

with_file(sub { write_file($_[0], 3 * 8192 + 4000, 'x') }, qr/invalid page in block 3/, 'a changed byte');
with_file(sub { truncate($_[0], 4 * 8192) }, qr/has 4 pages instead of/, 'a truncated file');
with_file(sub { write_file($_[0], 2 * 8192, "\0" x 8192) }, qr/page 2: it is not a page of a segment/, 'a zeroed page');
with_file(sub { write_file($_[0], 2 * 8192, read_page($node->data_dir . "/$other", 2)) },
	qr/page 2: it belongs to another segment/, 'a page of another segment');
with_file(sub { unlink($_[0]) }, qr/file does not exist/, 'a missing file');

$node->stop;
command_ok(['pg_checksums', '--check', '--pgdata', $node->data_dir], 'page checksums are right');

done_testing();
