# Copies of databases by both strategies outlive the original; databases move
# between tablespaces.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('template');
$node->safe_psql('template1', 'CREATE DATABASE original');
$node->safe_psql('original', 'CREATE EXTENSION tick');
stored_table($node, 'original');
my $folder = PostgreSQL::Test::Utils::tempdir;
write_csv($node, "$folder/a.csv.gz", 1, 30000);
$node->safe_psql('original', loads("$folder/a.csv.gz"));
$node->safe_psql('original', 'SELECT fill(30001, 40000)');
$node->safe_psql('original', q{SELECT tick_create_snapshot('named', 'stored')});
$node->safe_psql('original', q{SELECT tick_delete('stored', symbols => ARRAY['S1'])});
my $expected = contents($node, 'original');
my $named = q{SET tick.as_of = 'named'; SELECT count(*), sum(size) FROM stored};
my $older = $node->safe_psql('original', $named);

foreach my $strategy ('wal_log', 'file_copy')
{
	$node->safe_psql('template1', "CREATE DATABASE $strategy TEMPLATE original STRATEGY $strategy");
}
# the copies must come through a crash as well
$node->stop('immediate');
$node->start;
$node->safe_psql('template1', 'DROP DATABASE original');
foreach my $copy ('wal_log', 'file_copy')
{
	is(contents($node, $copy), $expected, "$copy: the copy outlives the original");
	is($node->safe_psql($copy, $named), $older, "$copy: with its versions");
	sound($node, "$copy: it is sound", $copy);
	$node->safe_psql($copy, q{CALL tick_vacuum(NULL, '0')});
	is(contents($node, $copy), $expected, "$copy: tick_vacuum takes nothing of it");
	is($node->safe_psql($copy, loads("$folder/a.csv.gz")), '0', "$copy: its ledger knows what is loaded");
	is($node->safe_psql($copy, q{SELECT tick_restore('stored', 'named') > 0}), 't', "$copy: a version is restored");
	is($node->safe_psql($copy, 'SELECT count(*), sum(size) FROM stored'), $older, "$copy: and is right");
	$node->safe_psql($copy, q{SELECT tick_delete('stored', symbols => ARRAY['S1'])});
	$node->safe_psql($copy, q{SELECT tick_finalize('stored')});
	is(contents($node, $copy), $expected, "$copy: and organised");
}

# ---- tablespaces ----

my $elsewhere = PostgreSQL::Test::Utils::tempdir;
$node->safe_psql('postgres', "CREATE TABLESPACE elsewhere LOCATION '$elsewhere'");
foreach my $tablespace ('elsewhere', 'pg_default')
{
	$node->safe_psql('postgres', "ALTER DATABASE wal_log SET TABLESPACE $tablespace");
	is(contents($node, 'wal_log'), $expected, "the database moves to $tablespace");
	$node->safe_psql('wal_log', 'SELECT fill(90001, 95000)');
	$node->safe_psql('wal_log', q{SELECT tick_delete('stored', '2021-01-01', '2021-01-02')});
	$expected = contents($node, 'wal_log');
	$node->safe_psql('wal_log', q{CALL tick_vacuum(NULL, '0')});
	sound($node, "it is sound in $tablespace", 'wal_log');
	$node->stop('immediate');
	$node->start;
	is(contents($node, 'wal_log'), $expected, "also after a crash");
}
$node->safe_psql('postgres', 'CREATE DATABASE moved TEMPLATE wal_log TABLESPACE elsewhere');
is(contents($node, 'moved'), $expected, 'a copy goes to another tablespace');
$node->safe_psql('postgres', 'DROP DATABASE moved');
$node->safe_psql('postgres', 'DROP DATABASE wal_log');
$node->safe_psql('postgres', 'DROP DATABASE file_copy');
$node->safe_psql('postgres', 'DROP TABLESPACE elsewhere');
opendir(my $handle, $elsewhere) or die;
is(join(' ', grep { !/^\./ } readdir $handle), '', 'nothing is left in the tablespace');
closedir $handle;
$node->stop;
done_testing();
