# Many sessions at once.  Readers check an invariant in every statement while
# others load, delete, restore, finalize and vacuum; sixteen loaders bring the
# same new symbols in different order.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{TICK_TRAFFIC} || 8;
my $node = new_node('traffic', conf => "max_wal_size = 4GB\ndeadlock_timeout = 100ms\nmax_connections = 60\nautovacuum = on\nautovacuum_naptime = 1s\n");
my $folder = PostgreSQL::Test::Utils::tempdir;

# ---- the invariant: every batch of a day holds n rows whose sizes add up to 0 ----

$node->safe_psql('postgres', q{
	CREATE FOREIGN TABLE stored (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C",
		price float8 OPTIONS (role 'price'), size bigint OPTIONS (role 'size')) SERVER tick OPTIONS (partition_by 'day');
	CREATE FUNCTION batch(name text, rows int) RETURNS void LANGUAGE sql AS $$
		INSERT INTO stored SELECT timestamp '2021-01-04 09:30' + n % 4 * interval '1 day' + n * interval '1 ms', name, n, CASE WHEN n <= rows THEN n ELSE rows - n END
		FROM generate_series(1, 2 * rows) n $$;
	CREATE FUNCTION check_all(query text, what text) RETURNS void LANGUAGE plpgsql AS $$
		DECLARE total numeric; wrong bigint;
		BEGIN
			EXECUTE query INTO total, wrong;
			IF total <> 0 OR wrong <> 0 THEN RAISE EXCEPTION 'wrong: %: sum %, % batches', what, total, wrong; END IF;
		END $$;
	SELECT batch('B' || i, 400) FROM generate_series(1, 6) i;
	SELECT tick_create_snapshot('start', 'stored')});
my $start = $node->safe_psql('postgres', 'SELECT count(*), sum(hashtextextended(ts || sym || price || size, 0)) FROM stored');
my $invariant = q{SELECT coalesce(sum(s), 0), count(*) FILTER (WHERE n % 200 <> 0) FROM (SELECT sym, sum(size) AS s, count(*) AS n FROM stored GROUP BY sym) x};
my %script = (
	reader => "SELECT check_all(\$\$$invariant\$\$, 'read committed');\n",
	serial => "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT check_all(\$\$$invariant\$\$, 'first');\n"
	  . "SELECT count(*) AS n, coalesce(sum(hashtextextended(sym || size, 0)), 0) AS h FROM stored \\gset\n"
	  . "SELECT check_all(format('SELECT 0, CASE WHEN count(*) = %s AND coalesce(sum(hashtextextended(sym || size, 0)), 0) = %s THEN 0 ELSE 1 END FROM stored', :n, (:h)::numeric), 'second');\nCOMMIT;\n",
	pruned => "\\set day random(0, 3)\nSELECT check_all(format(\$\$SELECT 0, abs(count(*) - (SELECT sum(trades) FROM tick_daily_stats('stored', date '2021-01-04' + %s, date '2021-01-04' + %s))) FROM stored WHERE ts >= date '2021-01-04' + %s AND ts < date '2021-01-05' + %s\$\$, :day, :day, :day, :day), 'stats');\n",
	past => "SET tick.as_of = 'start';\nSELECT check_all(\$\$SELECT 0, CASE WHEN count(*) || '|' || sum(hashtextextended(ts || sym || price || size, 0)) = '$start' THEN 0 ELSE 1 END FROM stored\$\$, 'as of');\nRESET tick.as_of;\n",
	writer => "\\set b random(1, 1000000)\nSELECT batch('B' || :b, 100 * (1 + :b % 4));\n",
	deleter => "SELECT tick_delete('stored', symbols => ARRAY[(SELECT sym FROM stored ORDER BY random() LIMIT 1)]);\n",
	organiser => "SELECT tick_finalize('stored');\nCALL tick_vacuum('stored', '0');\n\\sleep 50 ms\n",
	restorer => "SELECT tick_restore('stored', 'start');\n\\sleep 700 ms\n");
my @arguments = map { PostgreSQL::Test::Utils::append_to_file("$folder/$_.sql", $script{$_}); ('-f', "$folder/$_.sql\@" . ($_ =~ /reader|serial|pruned|past/ ? 3 : 1)) } sort keys %script;
# what is told to try again does
my ($out, $err) = run_command([ 'pgbench', '-n', '-c', '10', '-j', '2', '-T', $seconds, '--max-tries', '50', '--failures-detailed', @arguments, $node->connstr('postgres') ]);
my ($transactions) = $out =~ /number of transactions actually processed: (\d+)/;
cmp_ok($transactions // 0, '>', 50, 'readers and writers went through') or diag("$out\n$err");
unlike("$out$err", qr/wrong:/, 'no reader saw part of a change') or diag($err);
unlike($err, qr/ERROR/, 'and no statement failed but to be tried again') or diag(substr($err, 0, 2000));
my ($deadlocks) = $out =~ /number of deadlock failures: (\d+)/;
is($deadlocks // 0, 0, 'there was no deadlock');
note(join('; ', $out =~ /^(number of .*)$/mg));
sound($node, 'everything is sound');
is($node->safe_psql('postgres', "SET tick.as_of = 'start'; SELECT count(*), sum(hashtextextended(ts || sym || price || size, 0)) FROM stored"), $start,
	'the snapshot is what it was');

# ---- sixteen loaders, the same new symbols ----

srand($ENV{TICK_SEED} || 1);
my @symbols = map { "NEW$_" } 1 .. 400;
foreach my $loader (1 .. 16)
{
	my @mine = sort { rand() <=> 0.5 } (@symbols[ grep { rand() < 0.7 } 0 .. $#symbols ], "OWN$loader");
	PostgreSQL::Test::Utils::append_to_file("$folder/loader$loader.csv", "ts,sym,price,size\n" . join('', map { "2021-02-01 10:00:00,$_,$loader,1\n" } @mine));
}
my @loaders = map { start_client($node, "SELECT tick_load('$folder/loader$_.csv', 'stored');\n", "loader$_") } 1 .. 16;
my @failed = grep { $_ ne '' } map { (end_client($_))[2] } @loaders;
is(join(' ', @failed), '', 'sixteen loads of overlapping new symbols go through');
is($node->safe_psql('postgres', 'SELECT count(*) - count(DISTINCT name), count(*) - count(DISTINCT code) FROM tick.symbol'), '0|0', 'a name has one code, a code one name');
is($node->safe_psql('postgres', q{SELECT count(*) FROM stored WHERE sym LIKE 'OWN%'}), '16', 'each brought its own');
is($node->safe_psql('postgres', q{SELECT count(DISTINCT sym) FROM stored WHERE sym LIKE 'NEW%'}), '400', 'and all brought the rest');
is($node->safe_psql('postgres', q{SELECT tick_finalize('stored') >= 0}), 't', 'they merge');
sound($node, 'everything is sound');
unlike(slurp_file($node->logfile), qr/deadlock detected|PANIC|terminated by signal|TRAP:/, 'without a deadlock or a crash');
$node->stop;
done_testing();
