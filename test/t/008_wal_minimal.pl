# With wal_level = minimal a new segment has no WAL: it is on disk before its
# commit, or logged whole, as wal_skip_threshold says.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('minimal', conf => "wal_level = minimal\nmax_wal_senders = 0\nmax_prepared_transactions = 2\n");
stored_table($node);
my $folder = PostgreSQL::Test::Utils::tempdir;
write_csv($node, "$folder/$_.csv.gz", $_ * 20000, $_ * 20000 + 19999) foreach (1 .. 2);

foreach my $threshold ('0', '1GB')
{
	$node->append_conf('postgresql.conf', "wal_skip_threshold = '$threshold'\n");
	$node->reload;
	foreach my $case (
		[ 'load', loads("$folder/1.csv.gz") ],
		[ 'insert', 'SELECT fill(100001, 110000)' ],
		[ 'load in a savepoint', 'BEGIN; SAVEPOINT a; SELECT fill(1, 5000); ROLLBACK TO a; ' . loads("$folder/2.csv.gz") . '; COMMIT' ],
		[ 'finalize', q{SELECT tick_finalize('stored')} ],
		[ 'delete', q{SELECT tick_delete('stored', symbols => ARRAY['S2'])} ],
		[ 'load and delete at once', q{BEGIN; SELECT fill(120001, 125000, 'GONE'); SELECT tick_delete('stored', symbols => ARRAY['GONE']); COMMIT} ],
		[ 'restore', q{SELECT tick_restore('stored', (SELECT max(changeset) - 2 FROM tick.changesets)::text)} ],
		[ 'vacuum', q{CALL tick_vacuum('stored', '0')} ])
	{
		my ($what, $statement) = @$case;
		$node->safe_psql('postgres', $statement);
		my $expected = contents($node);
		$node->stop('immediate');
		$node->start;
		is(contents($node), $expected, "wal_skip_threshold $threshold: a crash after $what loses nothing");
	}
	sound($node, 'everything is sound');

	# what was not committed
	my $expected = contents($node);
	my $writer = start_client($node, "BEGIN;\nSELECT fill(500001, 520000);\nSELECT pg_sleep(60);\n", 'writer');
	ok(wait_for_pid($node, 'writer', '%pg_sleep%'), 'a transaction is open');
	$node->stop('immediate');
	end_client($writer);
	$node->start;
	is(contents($node), $expected, 'a crash takes it away');
	$node->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
	$node->safe_psql('postgres', 'CHECKPOINT');
	is(join(' ', stray_files($node)), '', 'tick_vacuum takes its files');

	$node->safe_psql('postgres', "BEGIN; SELECT fill(600001, 620000); PREPARE TRANSACTION 'kept'");
	$node->stop('immediate');
	$node->start;
	$node->safe_psql('postgres', "COMMIT PREPARED 'kept'");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM stored WHERE size BETWEEN 600001 AND 620000'), '20000', 'a prepared one is kept');
	sound($node, 'and is sound');
	$node->safe_psql('postgres', 'TRUNCATE stored');
}
$node->stop;
done_testing();
