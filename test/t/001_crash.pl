# What was acknowledged survives, what was not is there whole or not at all.
#
# Two clients work through scripts: one inserts, loads and deletes batches of
# rows, each under a symbol of its own, and echoes each statement's end; the
# other finalizes and vacuums.  One of them, or the whole server, is killed at
# a random moment; then the echoes are compared with what the dataset holds.
# TICK_SEED gives another course of events, TICK_KILLS more of them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{TICK_SEED} || 1;
my $kills = $ENV{TICK_KILLS} || 12;
srand($seed);

my $node = new_node('crash', conf => "restart_after_crash = on\nmax_wal_size = 256MB\n");
stored_table($node);
my $folder = PostgreSQL::Test::Utils::tempdir;
$node->safe_psql('postgres', "SELECT fill(1, 3000, 'BASE')");
$node->safe_psql('postgres', 'CHECKPOINT');

# The ledger: what each batch must hold.  undef: either all or nothing.
my $rows_of_load = 6000;
my $rows_of_insert = 2500;
my %rows = (BASE => 3000);
my %present = (BASE => 1);
my @files;
my $next = 1;

# A script of the writer, and what it does in order: [batch, present afterwards].
sub writer_script
{
	my ($script, @steps) = ('');
	my @mine;

	foreach my $step (1 .. 14)
	{
		my $what = int(rand(5));
		if ($what == 0 && @mine > 1)
		{
			my $batch = splice(@mine, int(rand(@mine)), 1);
			$script .= "SELECT tick_delete('stored', symbols => ARRAY['$batch']);\n\\echo did " . scalar(@steps) . "\n";
			push @steps, [ $batch, 0 ];
			next;
		}
		my $batch = 'B' . $next++;
		if ($what <= 2)
		{
			my $file = "$folder/$batch.csv.gz";
			write_csv($node, $file, 1, $rows_of_load, $batch);
			$rows{$batch} = $rows_of_load;
			$script .= loads($file, rand(2) < 1 ? 'finalize => false' : undef) . ";\n";
		}
		else
		{
			$rows{$batch} = $rows_of_insert;
			$script .= "SELECT fill(1, $rows_of_insert, '$batch');\n";
		}
		$script .= '\\echo did ' . scalar(@steps) . "\n";
		push @steps, [ $batch, 1 ];
		push @mine, $batch;
	}
	# what is never committed must never be seen
	my $batch = 'B' . $next++;
	$rows{$batch} = $rows_of_insert;
	$script .= "BEGIN;\nSELECT fill(1, $rows_of_insert, '$batch');\nSELECT pg_sleep(5);\n";
	push @steps, [ $batch, 0 ];
	return ($script, @steps);
}

my $organiser_script = "SELECT tick_finalize('stored');\nCALL tick_vacuum(NULL, '0');\n" x 3000;

# Enter the acknowledged steps in the ledger; the one after them is in doubt.
sub settle
{
	my ($out, @steps) = @_;
	my $done = () = $out =~ /^did /mg;
	$present{ $_->[0] } = $_->[1] foreach @steps[ 0 .. $done - 1 ];
	return if $done >= @steps;
	$present{ $steps[$done][0] } = undef unless $done == $#steps;
}

# Compare; a batch in doubt becomes what it is.
sub compare
{
	my ($name) = @_;
	my %found = map { split /\|/ } split /\n/,
	  $node->safe_psql('postgres', 'SELECT sym, count(*) || \'/\' || count(DISTINCT size) FROM stored GROUP BY sym');
	my @wrong;
	foreach my $batch (sort keys %rows)
	{
		my $is = delete $found{$batch} // 'absent';
		my $whole = "$rows{$batch}/$rows{$batch}";
		my $may = !exists $present{$batch} ? 'absent' : defined $present{$batch} ? ($present{$batch} ? $whole : 'absent') : $is;
		push @wrong, "$batch is $is, should be $may" if $is ne $may || ($is ne $whole && $is ne 'absent');
		$present{$batch} = $is eq $whole ? 1 : 0;
	}
	push @wrong, "unknown batches: " . join(' ', keys %found) if %found;
	is(join("\n", @wrong), '', "$name: what was acknowledged and nothing else");
}

my @baseline = stray_files($node);
my $left_behind = 0;
foreach my $kill (1 .. $kills)
{
	my $how = $kill % 4 == 0 ? 'server' : $kill % 4 == 2 ? 'organiser' : 'writer';
	my $name = "kill $kill, $how";
	my ($script, @steps) = writer_script();
	my $writer = start_client($node, $script, 'writer');
	my $organiser = start_client($node, $organiser_script, 'organiser');
	my $pid = wait_for_pid($node, $how eq 'organiser' ? 'organiser' : 'writer');

	ok($pid, "$name: the client is at work");
	select(undef, undef, undef, rand(0.9));
	if ($how eq 'server')
	{
		$node->stop('immediate');
	}
	else
	{
		kill 'KILL', $pid if $pid;
	}
	my ($code, $out) = end_client($writer);
	end_client($organiser);
	$node->start if $how eq 'server';
	die "the server did not come up again" unless wait_until_up($node);
	settle($out, @steps);
	compare($name);
	sound($node, "$name: everything is sound");
	$left_behind += stray_files($node) - @baseline;
	$node->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
	$node->safe_psql('postgres', 'CHECKPOINT');
	is(join(' ', stray_files($node)), join(' ', @baseline), "$name: tick_vacuum leaves no file that nothing names");
	compare("$name, vacuum");
}
note("files left behind by random crashes, all removed: $left_behind");

# A crash at a moment that surely leaves one: files were made, nothing is committed.
my $open = start_client($node, "BEGIN;\nSELECT fill(1, 20 * $rows_of_insert, 'open');\nSELECT pg_sleep(600);\n", 'open');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'open' AND wait_event = 'PgSleep'}),
	'a transaction has written and stays open');
$node->stop('immediate');
end_client($open);
$node->start;
cmp_ok(scalar(stray_files($node)), '>', scalar(@baseline), 'its crash leaves files behind');
$node->safe_psql('postgres', q{CALL tick_vacuum(NULL, '0')});
$node->safe_psql('postgres', 'CHECKPOINT');
is(join(' ', stray_files($node)), join(' ', @baseline), 'tick_vacuum leaves none of them');
compare('open transaction');
is($node->safe_psql('postgres', q{SELECT count(*) FROM tick.segment WHERE removed IS NOT NULL}), '0', 'nothing retired is left');
is($node->safe_psql('postgres', q{SELECT count(*) - count(DISTINCT number) + max(number) - count(*) FROM tick.changeset}), '0',
	'changesets are numbered without gaps');
$node->safe_psql('postgres', q{SELECT tick_finalize('stored')});
compare('finalized');
$node->stop;
done_testing();
