# Base backups taken during loads, recovery to a point before and after a
# load, and page checksums.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('source', allows_streaming => 1, has_archiving => 1, extra => ['--data-checksums'], conf => "shared_buffers = 32MB\n");
stored_table($node);
my $folder = PostgreSQL::Test::Utils::tempdir;
foreach my $part (1 .. 6)
{
	write_csv($node, "$folder/$part.csv.gz", $part * 20000, $part * 20000 + 19999);
}
$node->safe_psql('postgres', loads("$folder/1.csv.gz"));

# ---- a backup while loads go on ----

my $script = join('', map { loads("$folder/$_.csv.gz") . ";\nSELECT tick_finalize('stored');\n" } 2 .. 3);
my $writer = start_client($node, $script . "BEGIN;\n" . loads("$folder/4.csv.gz") . ";\nSELECT pg_sleep(3);\nROLLBACK;\n", 'writer');
wait_for_pid($node, 'writer');
my $backup = $node->backup_dir . '/during';
$node->command_ok([ 'pg_basebackup', '--no-sync', '-D', $backup, '-h', $node->host, '-p', $node->port, '--checkpoint', 'fast' ],
	'a backup is taken while loads go on');
$node->command_ok([ 'pg_verifybackup', $backup ], 'it is verified');
end_client($writer);

my $restored = PostgreSQL::Test::Cluster->new('restored');
$restored->init_from_backup($node, 'during');
$restored->start;
my $count = $restored->safe_psql('postgres', 'SELECT count(*) FROM stored');
ok((grep { $_ == $count } 20000, 40000, 60000), 'it holds whole loads');
is($restored->safe_psql('postgres', q{SELECT sum(rows) FROM tick.loads}), $count, 'as its ledger says');
sound($restored, 'and is sound');
$restored->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
is($restored->safe_psql('postgres', loads("$folder/5.csv.gz")), '20000', 'it takes loads');
$restored->stop;
command_ok([ 'pg_checksums', '--check', '-D', $restored->data_dir ], 'its page checksums are right');

# ---- recovery to a point in time ----

$node->backup('pitr');
my $before = contents($node);
my $lsn_before = $node->lsn('insert');
$node->safe_psql('postgres', loads("$folder/5.csv.gz"));
$node->safe_psql('postgres', q{SELECT tick_delete('stored', symbols => ARRAY['S1'])});
my $after = contents($node);
my $lsn_after = $node->safe_psql('postgres', 'SELECT pg_switch_wal(); SELECT pg_current_wal_insert_lsn()');
$lsn_after = (split /\n/, $lsn_after)[-1];
# recovery to a point needs WAL beyond it
$node->safe_psql('postgres', loads("$folder/6.csv.gz"));
$node->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
my $archived = $node->safe_psql('postgres', 'SELECT pg_walfile_name(pg_current_wal_lsn())');
$node->safe_psql('postgres', 'SELECT pg_switch_wal()');
$node->poll_query_until('postgres', "SELECT '$archived' <= last_archived_wal FROM pg_stat_archiver")
  or die 'WAL is not archived';

foreach my $point ([ 'before', $lsn_before, $before ], [ 'after', $lsn_after, $after ])
{
	my ($name, $lsn, $expected) = @$point;
	my $copy = PostgreSQL::Test::Cluster->new("pitr_$name");
	$copy->init_from_backup($node, 'pitr', has_restoring => 1, standby => 0);
	$copy->append_conf('postgresql.conf', "recovery_target_lsn = '$lsn'\nrecovery_target_action = 'promote'\nrecovery_target_timeline = 'current'\narchive_mode = off\n");
	$copy->start;
	$copy->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die 'recovery does not end';
	is(contents($copy), $expected, "recovered to a point $name a load");
	sound($copy, "$name: sound");
	$copy->safe_psql('postgres', 'SELECT fill(1, 5000)');
	$copy->safe_psql('postgres', q{SELECT tick_finalize('stored')});
	sound($copy, "$name: goes on");
	$copy->stop;
}

# ---- page checksums ----

my $expected = contents($node);
$node->stop;
foreach my $mode ('check', 'disable', 'enable', 'check')
{
	command_ok([ 'pg_checksums', "--$mode", '--no-sync', '-D', $node->data_dir ], "pg_checksums --$mode");
	if ($mode eq 'disable')
	{
		$node->start;
		is(contents($node), $expected, 'without page checksums the rows are the same');
		$node->safe_psql('postgres', 'SELECT fill(900001, 905000)');
		$expected = contents($node);
		$node->stop;
	}
}
$node->start;
is(contents($node), $expected, 'and with them again');
sound($node, 'sound');
$node->stop;
done_testing();
