# Prepared loads and rewrites outlive restarts and crashes; tick_vacuum keeps
# their files meanwhile.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('prepared', conf => "max_prepared_transactions = 5\n");
stored_table($node);
my $folder = PostgreSQL::Test::Utils::tempdir;
foreach my $part (1 .. 3)
{
	write_csv($node, "$folder/$part.csv.gz", $part * 20000, $part * 20000 + 19999);
}
$node->safe_psql('postgres', loads("$folder/1.csv.gz"));
$node->safe_psql('postgres', 'SELECT fill(1, 5000)');

# Restart in one way or the other, and vacuum.
sub restart_and_vacuum
{
	my ($mode) = @_;
	$node->stop($mode);
	$node->start;
	$node->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
	$node->safe_psql('postgres', 'CHECKPOINT');
}

foreach my $mode ('fast', 'immediate')
{
	foreach my $case (
		[ 'load', loads("$folder/2.csv.gz") ],
		[ 'finalize', q{SELECT tick_finalize('stored')} ],
		[ 'delete', q{SELECT tick_delete('stored', symbols => ARRAY['S1'])} ],
		[ 'truncate', 'TRUNCATE stored' ])
	{
		my ($what, $statement) = @$case;
		my $name = "$what, $mode";

		$node->safe_psql('postgres', q{SELECT fill(200001, 205000, 'MORE')}) if $what eq 'finalize';
		my $before = contents($node);
		my $after = $node->safe_psql('postgres', "BEGIN; $statement;
			SELECT count(*) || ' rows, ' || sum(hashtextextended(ts || sym || size || noise, 0)) FROM stored; ROLLBACK");
		$after = (split /\n/, $after)[-1] // '';
		is(contents($node), $before, "$name: rolled back");

		$node->safe_psql('postgres', "BEGIN; $statement; PREPARE TRANSACTION 'undone'");
		restart_and_vacuum($mode);
		# TRUNCATE keeps its lock: nobody can look
		is(contents($node), $before, "$name: what is prepared is not seen") if $what ne 'truncate';
		$node->safe_psql('postgres', "ROLLBACK PREPARED 'undone'");
		is(contents($node), $before, "$name: rolled back after a restart");
		restart_and_vacuum($mode);
		is(contents($node), $before, "$name: also after a vacuum");
		is(join(' ', stray_files($node)), '', "$name: and left no file");

		$node->safe_psql('postgres', "BEGIN; $statement; PREPARE TRANSACTION 'kept'");
		restart_and_vacuum($mode);
		$node->safe_psql('postgres', "COMMIT PREPARED 'kept'");
		is(contents($node), $after, "$name: committed after a restart");
		sound($node, "$name: sound");
		restart_and_vacuum($mode);
		is(contents($node), $after, "$name: also after a vacuum");
		sound($node, "$name: sound");

		# back to where it began
		$node->safe_psql('postgres', "TRUNCATE stored");
		$node->safe_psql('postgres', loads("$folder/1.csv.gz"));
		$node->safe_psql('postgres', 'SELECT fill(1, 5000)');
	}
}

# A change that must take its number waits for a prepared one, and a reader does not.
$node->safe_psql('postgres', 'BEGIN; ' . loads("$folder/3.csv.gz") . q{; PREPARE TRANSACTION 'first'});
my $waiting = start_client($node, "SET application_name = 'waiting';\nSELECT fill(300001, 300010);\n\\echo done\n", 'waiting');
ok($node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'waiting' AND wait_event_type = 'Lock'}),
	'another change waits for a prepared one');
is($node->safe_psql('postgres', 'SELECT count(*) FROM stored'), '25000', 'a reader does not');
$node->safe_psql('postgres', "COMMIT PREPARED 'first'");
my ($code, $out, $err) = end_client($waiting);
like($out, qr/done/, 'the change goes on then') or diag($err);
is($node->safe_psql('postgres', 'SELECT count(*) FROM stored'), '45010', 'and both are there');
is($node->safe_psql('postgres', q{SELECT string_agg(kind, ' ' ORDER BY changeset) FROM (SELECT * FROM tick.changesets ORDER BY changeset DESC LIMIT 2) c}),
	'load insert', 'in the order of their commits');
$node->stop;
done_testing();
