# Replicas beyond the first: a cascade, a standby fed by the archive alone,
# recovery to a moment inside a load, a rewound primary, and a server that
# lacks the library.  Everywhere the rows are the same, or an error says why not.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_node('primary', allows_streaming => 1, has_archiving => 1,
	conf => "wal_log_hints = on\nwal_keep_size = 1GB\nmax_wal_size = 2GB\nshared_buffers = 32MB\n");
stored_table($primary);
my $folder = PostgreSQL::Test::Utils::tempdir;
write_csv($primary, "$folder/$_.csv.gz", $_ * 20000, $_ * 20000 + 19999) foreach (1 .. 5);
$primary->safe_psql('postgres', loads("$folder/1.csv.gz"));
$primary->backup('base');

# ---- a cascade, and the archive alone ----

my $middle = PostgreSQL::Test::Cluster->new('middle');
$middle->init_from_backup($primary, 'base', has_streaming => 1);
$middle->start;
my $last = PostgreSQL::Test::Cluster->new('last');
$middle->backup('of_a_standby');
$last->init_from_backup($middle, 'of_a_standby', has_streaming => 1);
$last->start;
my $archived = PostgreSQL::Test::Cluster->new('archived');
$archived->init_from_backup($primary, 'base', has_restoring => 1);
$archived->start;

my $lsn_before = $primary->lsn('insert');
my $before = contents($primary);
# points inside a load: its pages are written, its commit is not
my $writer = start_client($primary, "BEGIN;\n" . loads("$folder/2.csv.gz") . ";\nSELECT pg_sleep(1.5);\nCOMMIT;\n", 'writer');
ok(wait_for_pid($primary, 'writer', '%pg_sleep%'), 'a load is under way');
my $lsn_inside = $primary->lsn('insert');
end_client($writer);
$primary->safe_psql('postgres', q{SELECT tick_delete('stored', symbols => ARRAY['S2']); SELECT fill(300001, 300500);});
$primary->safe_psql('postgres', q{SELECT tick_finalize('stored')});
my $after = contents($primary);
isnt($after, $before, 'it changes the rows');
my $lsn_after = $primary->lsn('insert');

$primary->wait_for_catchup($middle, 'replay', $lsn_after);
$middle->wait_for_catchup($last, 'replay', $lsn_after);
foreach my $standby ($middle, $last)
{
	is(contents($standby), $after, $standby->name . ': the same rows');
	sound($standby, $standby->name . ': sound');
}
my $file = $primary->safe_psql('postgres', 'SELECT pg_walfile_name(pg_current_wal_lsn())');
$primary->safe_psql('postgres', 'SELECT pg_switch_wal(); SELECT fill(0, 0)');
$archived->poll_query_until('postgres', "SELECT pg_last_wal_replay_lsn() >= '$lsn_after'::pg_lsn") or die 'the archive is not replayed';
is($archived->safe_psql('postgres', q{SELECT count(*) FROM stored WHERE size <> 0}), (split / /, $after)[0], 'archived: the same rows');
sound($archived, 'archived: sound');
$archived->stop;
$primary->wait_for_catchup($middle, 'replay', $primary->lsn('insert'));
$middle->wait_for_catchup($last, 'replay', $primary->lsn('insert'));
$last->promote;
is(contents($last), contents($primary), 'the end of the cascade is promoted with the same rows');
is($last->safe_psql('postgres', loads("$folder/3.csv.gz")), '20000', 'and takes loads');
sound($last, 'and is sound');
$last->stop;

# ---- to a moment before, inside and after a load ----

foreach my $point ([ 'before', $lsn_before, $before ], [ 'inside', $lsn_inside, $before ], [ 'after', $lsn_after, $after ])
{
	my ($name, $lsn, $expected) = @$point;
	my $copy = PostgreSQL::Test::Cluster->new("point_$name");
	$copy->init_from_backup($primary, 'base', has_restoring => 1, standby => 0);
	$copy->append_conf('postgresql.conf', "recovery_target_lsn = '$lsn'\nrecovery_target_action = 'promote'\narchive_mode = off\n");
	$copy->start;
	$copy->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die 'recovery does not end';
	is(contents($copy), $expected, "recovered to a moment $name a load");
	$copy->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
	$copy->safe_psql('postgres', 'CHECKPOINT');
	is(join(' ', stray_files($copy)), '', "$name: tick_vacuum takes what the load had written") if $name eq 'inside';
	sound($copy, "$name: sound");
	is($copy->safe_psql('postgres', loads("$folder/2.csv.gz")), $name eq 'after' ? '0' : '20000', "$name: the ledger is of that moment");
	$copy->stop;
}

# ---- rewound after a promotion ----

$primary->wait_for_catchup($middle, 'replay', $primary->lsn('insert'));
$middle->promote;
$middle->safe_psql('postgres', loads("$folder/4.csv.gz"));
# what the old primary does now is lost
$primary->safe_psql('postgres', loads("$folder/5.csv.gz"));
$primary->safe_psql('postgres', q{SELECT tick_delete('stored', symbols => ARRAY['S1']); SELECT fill(400001, 420000, 'LOST');});
$primary->safe_psql('postgres', q{CALL tick_vacuum('stored', '0')});
my $expected = contents($middle);
isnt(contents($primary), $expected, 'two servers have gone apart');
$middle->safe_psql('postgres', 'CHECKPOINT');
$primary->stop;
command_ok([ 'pg_rewind', '--no-sync', '--target-pgdata', $primary->data_dir, '--source-server', $middle->connstr('postgres') ],
	'the old primary is rewound');
$primary->append_conf('postgresql.conf', "port = " . $primary->port . "\nprimary_conninfo = '" . $middle->connstr . "'\nrecovery_target_timeline = 'latest'\narchive_mode = off\n");
$primary->append_conf('postgresql.conf', "unix_socket_directories = '" . $primary->host . "'\n");
$primary->set_standby_mode;
$primary->start;
$middle->wait_for_catchup($primary, 'replay', $middle->lsn('insert'));
is(contents($primary), $expected, 'and has the rows of the new one');
is($primary->safe_psql('postgres', q{SELECT count(*) FROM stored WHERE sym = 'LOST'}), '0', 'and none of its own');
sound($primary, 'it is sound');
$middle->safe_psql('postgres', 'SELECT fill(500001, 510000)');
$middle->wait_for_catchup($primary, 'replay', $middle->lsn('insert'));
is(contents($primary), contents($middle), 'and follows');

# ---- without the library ----

my $path = $middle->safe_psql('postgres', 'SHOW dynamic_library_path');
$primary->append_conf('postgresql.conf', "dynamic_library_path = '\$libdir'\n");
$primary->append_conf('postgresql.conf', "extension_destdir = ''\n") if $middle->safe_psql('postgres', q{SELECT current_setting('extension_destdir', true)}) ne '';
$primary->restart;
is($primary->safe_psql('postgres', 'SELECT 1'), '1', 'a standby without the library starts');
my ($code, $out, $err) = $primary->psql('postgres', 'SELECT count(*) FROM stored');
SKIP:
{
	skip 'the library lies where the server finds it', 2 if $code == 0;
	like($err, qr/could not access file|could not load library/, 'queries of datasets are an error there');
	$middle->safe_psql('postgres', 'SELECT fill(600001, 610000)');
	$middle->wait_for_catchup($primary, 'replay', $middle->lsn('insert'));
	$primary->append_conf('postgresql.conf', "dynamic_library_path = '$path'\nextension_destdir = '"
		  . $middle->safe_psql('postgres', q{SELECT current_setting('extension_destdir', true)}) . "'\n");
	$primary->restart;
	is(contents($primary), contents($middle), 'with it, what came meanwhile is there');
}
$primary->stop;
$middle->stop;
done_testing();
