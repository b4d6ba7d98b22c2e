# A streaming standby answers like its primary, also for older versions, and
# takes over; a load that was under way is absent then.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_node('primary', allows_streaming => 1, conf => "shared_buffers = 32MB\n");
stored_table($primary);
my $folder = PostgreSQL::Test::Utils::tempdir;
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

sub catch_up
{
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
}

# ---- the same answers ----

write_csv($primary, "$folder/a.csv.gz", 1, 30000);
write_csv($primary, "$folder/b.csv.gz", 30001, 50000);
$primary->safe_psql('postgres', loads("$folder/a.csv.gz"));
$primary->safe_psql('postgres', loads("$folder/b.csv.gz", 'finalize => false'));
$primary->safe_psql('postgres', 'SELECT fill(50001, 50010)');
catch_up();
my $first = contents($primary);
is(contents($standby), $first, 'the standby holds the same rows');
sound($standby, 'and they are sound');
foreach my $query (
	q{SELECT date, symbol, volume, trades FROM tick_daily_stats('stored')},
	q{SELECT sym, count(*), min(ts), max(ts), sum(size) FROM stored WHERE ts >= '2021-01-05' GROUP BY sym ORDER BY sym},
	q{SELECT * FROM stored WHERE sym = 'S3' AND size BETWEEN 29900 AND 30200 ORDER BY ts},
	q{SELECT dataset, changeset, kind, rows_added FROM tick.changesets ORDER BY changeset},
	q{SELECT partition, segments, rows FROM tick.partitions ORDER BY 1})
{
	my ($code, $out, $err) = $primary->psql('postgres', $query);
	my ($code2, $out2, $err2) = $standby->psql('postgres', $query);
	# roles that a statistic lacks are the same error on both
	is("$code2 $out2", "$code $out", "the same answer: $query");
}

# ---- versions ----

my $number = $primary->safe_psql('postgres', 'SELECT max(changeset) FROM tick.changesets');
$primary->safe_psql('postgres', q{SELECT tick_create_snapshot('named', 'stored')});
my $stamp = $primary->safe_psql('postgres', 'SELECT max(stamp) FROM tick.changesets');
$primary->safe_psql('postgres', q{SELECT tick_delete('stored', symbols => ARRAY['S1'])});
$primary->safe_psql('postgres', q{SELECT tick_finalize('stored')});
catch_up();
isnt(contents($standby), $first, 'the standby follows a delete');
is(contents($standby), contents($primary), 'and a finalize');
foreach my $as_of ('named', $number, '1', $stamp)
{
	my $query = qq{SET tick.as_of = '$as_of'; SELECT count(*), sum(size) FROM stored};
	is($standby->safe_psql('postgres', $query), $primary->safe_psql('postgres', $query), "as of $as_of");
}
foreach my $case ([ 'now', qr/cannot read as of a time after the newest changeset during recovery/ ],
	[ 'nothing of the name', qr/does not exist|no snapshot/ ])
{
	my ($code, $out, $err) = $standby->psql('postgres', qq{SET tick.as_of = '$case->[0]'; SELECT count(*) FROM stored});
	like($err, $case->[1], "as of $case->[0] is an error");
}

# ---- what a standby refuses ----

foreach my $statement (
	loads("$folder/a.csv.gz"),
	'SELECT fill(1, 2)',
	q{SELECT tick_finalize('stored')},
	q{SELECT tick_delete('stored')},
	q{SELECT tick_restore('stored', 'named')},
	q{SELECT tick_create_snapshot('other')},
	'CALL tick_vacuum()',
	'TRUNCATE stored')
{
	my ($code, $out, $err) = $standby->psql('postgres', "\\set VERBOSITY sqlstate\n$statement");
	like($err, qr/25006/, "refused: $statement");
}

# ---- vacuum under a reader of the standby ----

my $reader = $standby->background_psql('postgres', on_error_stop => 0);
$reader->query('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $before = $reader->query('SELECT count(*) FROM stored');
$primary->safe_psql('postgres', q{SELECT tick_drop_snapshot('named'); SELECT tick_delete('stored', symbols => ARRAY['S2']);});
$primary->safe_psql('postgres', q{CALL tick_vacuum('stored', '0')});
$standby->append_conf('postgresql.conf', 'max_standby_streaming_delay = 0');
$standby->reload;
catch_up();
my ($code, $out, $err) = $standby->psql('postgres', 'SELECT count(*) FROM stored');
is($out, $primary->safe_psql('postgres', 'SELECT count(*) FROM stored'), 'a new reader sees the present');
$reader->{stderr} = '';
my $after = eval { $reader->query("SELECT count(*) FROM stored") } // '';
ok($after eq $before || $after eq '', 'an old reader sees its version or is cancelled, never something else')
  or diag("before: $before, after: $after");
eval { $reader->quit };

# ---- promotion in mid-load ----

$primary->safe_psql('postgres', 'SELECT fill(60001, 61000)');
my $expected = contents($primary);
write_csv($primary, "$folder/c.csv.gz", 100001, 160000);
my $writer = start_client($primary, "BEGIN;\n" . loads("$folder/c.csv.gz") . ";\n\\echo loaded\nSELECT pg_sleep(60);\nCOMMIT;\n", 'writer');
ok(wait_for_pid($primary, 'writer', '%pg_sleep%'), 'a load is under way');
catch_up();
$standby->promote;
is(contents($standby), $expected, 'the promoted standby lacks the load');
$primary->stop('immediate');
end_client($writer);
sound($standby, 'it is sound');
is($standby->safe_psql('postgres', loads("$folder/c.csv.gz")), '60000', 'and takes the load anew');
my $promoted = contents($standby);
$standby->safe_psql('postgres', q{SELECT tick_finalize('stored')});
$standby->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
$standby->safe_psql('postgres', 'CHECKPOINT');
is(contents($standby), $promoted, 'finalize and vacuum work');
is(join(' ', stray_files($standby)), '', 'what the lost load wrote is gone');
sound($standby, 'it is sound');
$standby->stop;
done_testing();
