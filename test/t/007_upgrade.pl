# pg_upgrade to a new cluster, by copy and by link, keeps datasets, versions
# and symbols.  The old cluster is of the same version, or of the one whose
# programs are in the folder TICK_UPGRADE_FROM.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $from = $ENV{TICK_UPGRADE_FROM};
my $old = PostgreSQL::Test::Cluster->new('old', defined $from ? (install_path => $from) : ());
my $new_bin = PostgreSQL::Test::Cluster->new('new')->config_data('--bindir');
my $old_bin = $old->config_data('--bindir');
plan skip_all => 'pg_upgrade is not installed' unless -x "$new_bin/pg_upgrade";
# newer servers have checksums unless told otherwise
$old->init(extra => ['--data-checksums']);
$old->append_conf('postgresql.conf', "autovacuum = off\nclient_min_messages = warning\n");
$old->start;
tick_ready($old);
stored_table($old);
my $folder = PostgreSQL::Test::Utils::tempdir;
write_csv($old, "$folder/a.csv.gz", 1, 30000);
write_csv($old, "$folder/b.csv.gz", 30001, 50000);
$old->safe_psql('postgres', loads("$folder/a.csv.gz"));
$old->safe_psql('postgres', q{SELECT tick_create_snapshot('named', 'stored')});
$old->safe_psql('postgres', q{SELECT tick_create_dataview('older', 'stored', 'named')});
$old->safe_psql('postgres', q{SELECT tick_delete('stored', symbols => ARRAY['S1'])});
$old->safe_psql('postgres', 'SELECT fill(60001, 60010)');
my %queries = (
	rows => q{SELECT count(*), sum(hashtextextended(ts || sym || size || noise, 0)) FROM stored},
	snapshot => q{SET tick.as_of = 'named'; SELECT count(*), sum(size) FROM stored},
	dataview => 'SELECT count(*), sum(size) FROM older',
	symbols => 'SELECT code, name FROM tick.symbol ORDER BY code',
	changesets => 'SELECT changeset, kind, dataset FROM tick.changesets ORDER BY changeset',
	segments => 'SELECT dataset, partition, segment, rows, bytes, path, added, removed FROM tick.segments ORDER BY segment',
	loads => 'SELECT load, dataset, file, rows FROM tick.loads ORDER BY load');
my %expected = map { $_ => $old->safe_psql('postgres', $queries{$_}) } keys %queries;
$old->stop;

foreach my $mode ('copy', 'link')
{
	my $new = PostgreSQL::Test::Cluster->new("new_$mode");
	$new->init(extra => ['--data-checksums']);
	my $sockets = PostgreSQL::Test::Utils::tempdir_short;
	my @command = ("$new_bin/pg_upgrade", '--no-sync', '-b', $old_bin, '-B', $new_bin, '-d', $old->data_dir, '-D', $new->data_dir,
		'-s', $sockets, '-p', $old->port, '-P', $new->port, $mode eq 'link' ? '--link' : ());
	# it writes where it is started
	my $directory = PostgreSQL::Test::Utils::tempdir;
	my $output = "$directory/output";
	my $done = system("cd '$directory' && " . join(' ', map { "'$_'" } @command) . " >'$output' 2>&1") == 0;
	ok($done, "$mode: pg_upgrade succeeds") or diag(slurp_file($output));
	next unless $done;
	$new->start;
	foreach my $what (sort keys %queries)
	{
		is($new->safe_psql('postgres', $queries{$what}), $expected{$what}, "$mode: $what");
	}
	sound($new, "$mode: sound");
	is($new->safe_psql('postgres', loads("$folder/a.csv.gz")), '0', "$mode: the ledger knows what is loaded");
	is($new->safe_psql('postgres', loads("$folder/b.csv.gz")), '20000', "$mode: it takes loads");
	$new->safe_psql('postgres', q{SELECT fill(70001, 70010, 'NEW')});
	$new->safe_psql('postgres', q{SELECT tick_finalize('stored')});
	$new->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
	is($new->safe_psql('postgres', $queries{snapshot}), $expected{snapshot}, "$mode: the snapshot stays");
	sound($new, "$mode: sound after all that");
	$new->safe_psql('postgres', 'DROP FOREIGN TABLE older');
	$new->safe_psql('postgres', q{SELECT tick_drop_snapshot('named')});
	$new->safe_psql('postgres', 'DROP FOREIGN TABLE stored');
	$new->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
	is($new->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'tick_store'::regnamespace}), '0',
		"$mode: dropping the dataset drops its relations");
	$new->safe_psql('postgres', 'DROP EXTENSION tick CASCADE');
	$new->stop;
}
done_testing();
