# Real files against figures that were computed without this loader.
#
# TICK_DATA names a folder with real/<set>/: files and truth.json, which gives
# for each symbol and date the rows, the first and the last time to the
# nanosecond, and for each column how many values there are, their sum, least,
# greatest, first and last.  Without the variable, shared/data beside the
# checkout is looked at; without a folder all is skipped.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{TICK_DATA} || dirname(abs_path($0)) . '/../../../shared/data';

plan skip_all => "no folder of real data (TICK_DATA)" unless -d "$data/real";
$data = abs_path($data);

my $node = PostgreSQL::Test::Cluster->new('real');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION tick');

# Each set: how it is loaded, and where symbol, time (ns since 1970) and the truth's columns are found.
my @sets = (
	{
		name => 'algoseek_taq_amzn', files => '/AMZN-100.csv.gz', dataset => 'algoseek', rows => 99, loads => 1,
		symbol => "ticker || '|' || eventtype", ns => 'timestamp_ns', columns => { price => 'price', quantity => 'quantity' },
		notice => 'algoseek: 1 file, 99 rows, 0 rejected, 1 day, 1 symbol \(1 new\), \d+\.\d s; changeset 1'
	},
	{
		name => 'seed_kx_cookbook', files => '/file.csv.gz', dataset => 'cookbook', rows => 8, loads => 1,
		symbol => 'symbol', ns => "(date - '1970-01-01') * 86400000000000",
		columns => { map { $_ => $_ } qw(open high low close volume) }
	},
	{
		name => 'seed_firstrate_a', files => '/*.gz', dataset => 'firstrate', rows => 9, loads => 1,
		arguments => ", path => '{symbol}_full_1min_adjsplit.txt.gz'",
		symbol => 'symbol', columns => { map { $_ => $_ } qw(open high low close volume) }
	},
	{
		name => 'ninjatrader_spy_1min', files => '/*.gz', dataset => 'ninja', rows => 31757, loads => 2,
		arguments => ", symbol => 'SPY'",
		symbol => 'symbol', columns => { map { $_ => $_ } qw(open high low close volume) }
	},
	{
		name => 'fxcm_m1_bars', files => '/*.gz', dataset => 'fxcm', rows => 117756, loads => 4,
		arguments => ", path => '{symbol}-m1-{side}-*.csv.gz'", time => 'timestamp',
		symbol => "upper(symbol) || '|' || side", columns => { map { $_ => $_ } qw(open high low close) }
	},
	{
		name => 'lobster_amzn_trades', files => '/*.gz', dataset => 'lobster', rows => 11419, loads => 1,
		arguments => ", symbol => 'AMZN'", ns => 'time_ns',
		symbol => 'symbol', columns => { price => 'price', size => 'volume' }
	},
	{
		name => 'lean_us_trades', files => '/*/*.csv.gz', dataset => 'lean', rows => 1563415, loads => 9,
		arguments => ", columns => 'ts = \$1 format ms_midnight, price = \$2 /10000, size bigint, exchange, cond text, suspicious boolean',
			path => '{symbol}/{date:YYYYMMDD}_trade.csv.gz'", time => 'ts',
		symbol => 'symbol', columns => { price => 'round(price * 10000)', size => 'size', suspicious => 'suspicious::int' }
	});

# A number without the zeros that do not count
sub plain
{
	my ($number) = @_;

	return '' unless defined $number;
	$number =~ s/(\.\d*?)0+$/$1/;
	$number =~ s/\.$//;
	return $number;
}

# What the set's truth says of a symbol and date, as one line
sub truth_line
{
	my ($set, $group) = @_;
	my @line = ($group->{symbol}, $group->{date}, $group->{rows}, $group->{min_ts_ns}, $group->{max_ts_ns});

	foreach my $column (sort keys %{ $set->{columns} })
	{
		my $figures = $group->{$column};

		push @line, map { plain($figures->{$_}) } qw(non_empty sum min max first last);
	}
	return join('|', @line);
}

# The same lines by SQL; first and last are in the order of the source, which is that of time
sub query
{
	my ($set) = @_;
	my $time = $set->{time} || 'time';
	my $ns = $set->{ns} || "(extract(epoch FROM $time) * 1000000000)::bigint";
	my $sql = "SELECT $set->{symbol}, date, count(*), min($ns), max($ns)";

	foreach my $column (sort keys %{ $set->{columns} })
	{
		my $value = "($set->{columns}{$column})::text::numeric";

		$sql .= ", count($value), coalesce(sum($value), 0), min($value), max($value), tick_first($value, $ns), tick_last($value, $ns)";
	}
	return "$sql FROM $set->{dataset} GROUP BY 1, 2";
}

sub check_set
{
	my ($set) = @_;
	my $truth = decode_json(slurp_file("$data/real/$set->{name}/truth.json"));
	my ($table) = grep { $_->{groups}[0]{ (keys %{ $set->{columns} })[0] } } @{ $truth->{tables} };
	my @expected = sort map { truth_line($set, $_) } @{ $table->{groups} };
	my ($stdout, $stderr);
	my @actual;

	$node->psql('postgres', "SELECT tick_load('$data/real/$set->{name}$set->{files}', '$set->{dataset}'" . ($set->{arguments} || '') . ")",
		stdout => \$stdout, stderr => \$stderr);
	is($stdout, $set->{rows}, "$set->{name}: rows");
	like($stderr, qr/created dataset "$set->{dataset}"/, "$set->{name}: the dataset is announced");
	like($stderr, qr/NOTICE:  $set->{notice}\n?$/, "$set->{name}: the last notice") if $set->{notice};
	foreach my $line (split /\n/, $node->safe_psql('postgres', query($set)))
	{
		my @fields = split /\|/, $line, -1;
		my $figures = 6 * keys %{ $set->{columns} };

		push @actual, join('|', @fields[ 0 .. $#fields - $figures ], map { plain($_) } @fields[ $#fields - $figures + 1 .. $#fields ]);
	}
	is(join("\n", sort @actual), join("\n", @expected), "$set->{name}: figures of every symbol and date");
	is($node->safe_psql('postgres', "SELECT count(*), count(*) FILTER (WHERE on_ledger AND rejected = 0
			AND lines = header + blank + comment + trailer + row_lines + rejected_lines), sum(rows)
			FROM tick.loads WHERE dataset = '$set->{dataset}'::regclass"),
		"$set->{loads}|$set->{loads}|$set->{rows}", "$set->{name}: every line is accounted for");
	is($node->safe_psql('postgres', "SELECT count(*) FROM tick_verify('$set->{dataset}', 'full')"), 0, "$set->{name}: sound");
}

check_set($_) foreach @sets;

# Again: nothing is loaded, and said so.
my ($stdout, $stderr);
$node->psql('postgres', "SELECT tick_load('$data/real/ninjatrader_spy_1min/*.gz', 'ninja', symbol => 'SPY')",
	stdout => \$stdout, stderr => \$stderr);
is($stdout, 0, 'a second load takes nothing');
like($stderr, qr/nt-spy-minute-2011\.csv\.gz" is already loaded into dataset "ninja", skipping/, 'and names the files');

# In batches, little memory, other order of files: the same rows.
$node->safe_psql('postgres', qq{
	SET tick.load_memory = '16MB';
	CALL tick_load_each('$data/real/lean_us_trades/*/*.csv.gz', 'batches',
		columns => 'ts = \$1 format ms_midnight, price = \$2 /10000, size bigint, exchange, cond text, suspicious boolean',
		path => '{symbol}/{date:YYYYMMDD}_trade.csv.gz', batch_size => '2MB')});
is($node->safe_psql('postgres', "SELECT count(*) FROM (SELECT * FROM lean EXCEPT ALL SELECT * FROM batches) x"), 0, 'batches have all rows');
is($node->safe_psql('postgres', "SELECT count(*) FROM (SELECT * FROM batches EXCEPT ALL SELECT * FROM lean) x"), 0, 'and no others');
cmp_ok($node->safe_psql('postgres', "SELECT count(DISTINCT changeset) FROM tick.loads WHERE dataset = 'batches'::regclass"), '>', 1, 'and several commits');

$node->stop;
done_testing();
