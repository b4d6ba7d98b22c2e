# A dump holds definitions, no rows of datasets unless asked for, and restores
# without errors; maintenance of the whole database leaves the rows alone.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('dump');
stored_table($node);
my $folder = PostgreSQL::Test::Utils::tempdir;
write_csv($node, "$folder/a.csv.gz", 1, 30000);
$node->safe_psql('postgres', loads("$folder/a.csv.gz"));
$node->safe_psql('postgres', 'SELECT fill(30001, 30010)');
$node->safe_psql('postgres', loads("$folder/a.csv.gz", q{if_loaded => 'append'}));
$node->safe_psql('postgres', q{SELECT tick_create_snapshot('named', 'stored')});
$node->safe_psql('postgres', q{SELECT tick_delete('stored', symbols => ARRAY['S4'])});
$node->safe_psql('postgres', q{INSERT INTO tick.calendar (name, weekdays, open, close) VALUES ('XNYS', '{1,2,3,4,5}', '09:30', '16:00')});
$node->safe_psql('postgres', q{INSERT INTO tick.calendar (name, date) VALUES ('XNYS', '2021-12-24')});
# its name comes before those of its sources, and a dump must not go by names
$node->safe_psql('postgres', q{CREATE FOREIGN TABLE "left" (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol')) SERVER tick});
$node->safe_psql('postgres', q{CREATE FOREIGN TABLE "right" (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol'), bid double precision) SERVER tick});
$node->safe_psql('postgres', q{SELECT tick_create_asof('joined', '"left"', '"right"')});
my $expected = contents($node);

# ---- maintenance ----

foreach my $statement ('ANALYZE', 'VACUUM', 'VACUUM FULL', 'VACUUM (FREEZE, ANALYZE)', 'REINDEX DATABASE postgres',
	'REINDEX SYSTEM postgres', 'CHECKPOINT')
{
	$node->safe_psql('postgres', $statement);
	is(contents($node), $expected, "$statement leaves the rows");
}
$node->command_ok([ 'vacuumdb', '--all', '--full', '--analyze', '-h', $node->host, '-p', $node->port ], 'vacuumdb --all --full');
$node->command_ok([ 'reindexdb', '--all', '-h', $node->host, '-p', $node->port ], 'reindexdb --all');
$node->command_ok([ 'vacuumdb', '--all', '--freeze', '--jobs', '2', '-h', $node->host, '-p', $node->port ], 'vacuumdb --freeze --jobs');
is(contents($node), $expected, 'they leave the rows');
sound($node, 'which are sound');

# ---- dump and restore ----

foreach my $format ('plain', 'custom', 'directory')
{
	my $file = "$folder/$format";
	my $target = "restored_$format";
	$node->command_ok([ 'pg_dump', '--format', $format, '--file', $file, '-d', $node->connstr('postgres') ], "$format: dumped");
	$node->safe_psql('template1', "CREATE DATABASE $target");
	if ($format eq 'plain')
	{
		my $dump = slurp_file($file);
		unlike($dump, qr/tick_store/, 'a dump does not name segment relations');
		like($dump, qr/^CREATE EXTENSION IF NOT EXISTS tick /m, 'it names the extension');
		like($dump, qr/^CREATE FOREIGN TABLE public\.stored/m, 'and the dataset');
		my @copied = $dump =~ /^COPY (\S+)/mg;
		is(join(' ', @copied), 'tick.calendar', 'it copies no rows but those of calendars');
		my @created = $dump =~ /^CREATE (?!EXTENSION|FUNCTION public.fill|FOREIGN TABLE public\.(?:stored|joined|"left"|"right"))(.*)/mg;
		is(join(' ', @created), '', 'and creates nothing else');
		$node->command_checks_all([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $file, '-d', $node->connstr($target) ],
			0, [qr/^/], [qr/^$/], 'plain: restored without a word');
	}
	else
	{
		$node->command_checks_all([ 'pg_restore', '--exit-on-error', '-d', $node->connstr($target), $file ],
			0, [qr/^$/], [qr/^$/], "$format: restored without a word");
	}
	is($node->safe_psql($target, 'SELECT count(*) FROM stored'), '0', "$format: no rows");
	is($node->safe_psql($target, 'SELECT count(weekdays), count(date) FROM tick.calendar'), '1|1', "$format: calendars are restored");
	is($node->safe_psql($target, loads("$folder/a.csv.gz")), '30000', "$format: the file loads again");
	$node->safe_psql($target, q{SELECT fill(1, 10, 'NEW')});
	is($node->safe_psql($target, 'SELECT count(*) FROM tick.symbol'), '6', "$format: and brings symbols");
	sound($node, "$format: sound", $target);
	foreach my $source ('left', 'right')
	{
		my ($status, $out, $error) = $node->psql($target, qq{DROP FOREIGN TABLE "$source"});
		like($error, qr/foreign table joined depends on foreign table "$source"/, "$format: a derived dataset keeps its $source side");
	}
	is($node->safe_psql($target, q{BEGIN; DROP FOREIGN TABLE "left" CASCADE; SELECT to_regclass('joined') IS NULL; ROLLBACK}), 't', "$format: and goes with it");
	# where the trigger was not there to record it, the drop looks for itself
	$node->safe_psql($target, q{DELETE FROM pg_depend WHERE objid = 'joined'::regclass AND refobjid IN ('"left"'::regclass, '"right"'::regclass)});
	my ($status, $out, $error) = $node->psql($target, 'DROP FOREIGN TABLE "left" CASCADE');
	like($error, qr/derived dataset joined depends on dataset public."left"/, "$format: also when no dependency is recorded");
	is($node->safe_psql($target, q{BEGIN; DROP FOREIGN TABLE "left", "right", joined; SELECT to_regclass('"left"') IS NULL; ROLLBACK}), 't', "$format: all of them can be dropped");
}
$node->command_ok([ 'pg_dumpall', '--file', "$folder/all", '-d', $node->connstr('postgres') ], 'pg_dumpall');

# Rows of a dataset on request; those of a derived one are made of them.
my ($rows, $errors) = run_command([ 'pg_dump', '--include-foreign-data=tick', '--exclude-table-data=joined', '--data-only', '-d', $node->connstr('postgres') ]);
my ($copy) = $rows =~ /^COPY public\.stored [^\n]*\n(.*?)^\\\.$/ms;
is(scalar(() = ($copy // '') =~ /\n/g), (split / /, $expected)[0], '--include-foreign-data writes all rows');
PostgreSQL::Test::Utils::append_to_file("$folder/rows", $rows);
$node->safe_psql('restored_plain', 'TRUNCATE stored, tick.calendar');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$folder/rows", '-d', $node->connstr('restored_plain') ],
	'and they can be restored');
is(contents($node, 'restored_plain'), $expected, 'all of them');
$node->stop;
done_testing();
