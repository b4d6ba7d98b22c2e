# Files as vendors write them, each loaded by one call and compared with what was written.
#
# test/vendors.txt says how each writes: rows are made here, from a fixed seed, put into that form, loaded with the
# arguments that are documented for it, and read back by their roles: times to the nanosecond, symbols, prices and sizes.
# Without the arguments the call must do the same, or all but the symbol, or be refused with a hint that names them.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename;
use File::Path qw(make_path);
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::Local;

use lib $FindBin::RealBin;
use TickTest;

my $NS = 1_000_000_000;
my %unit = (ns => 1, '100ns' => 100, us => 1000, ms => 1_000_000, s => $NS, minute => 60 * $NS, '5 minutes' => 300 * $NS,
	hour => 3600 * $NS, day => 86400 * $NS);
my @months = qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec);
my @weekdays = qw(Sun Mon Tue Wed Thu Fri Sat);
my $ROWS = 240;
my $seed;

# A number below the bound, the same in every run.
sub below
{
	my ($bound) = @_;
	$seed = ($seed * 1103515245 + 12345) % 2147483648;
	return ($seed >> 8) % $bound;
}

# ---- the vendors ----

sub read_vendors
{
	my ($file) = @_;
	my (@vendors, %vendor);
	open(my $in, '<', $file) or die "$file: $!";
	while (my $line = <$in>)
	{
		next if $line =~ /^#/;
		chomp $line;
		if ($line eq '')
		{
			push @vendors, {%vendor} if %vendor;
			%vendor = ();
			next;
		}
		my ($key, $value) = split /\t/, $line, 2;
		$vendor{$key} = $value;
	}
	push @vendors, {%vendor} if %vendor;
	return @vendors;
}

# \n, \t, \r and \xNN of a text
sub unescaped
{
	my ($text) = @_;
	my %of = (n => "\n", t => "\t", r => "\r");
	$text =~ s/\\(?:([ntr])|x(..))/defined $1 ? $of{$1} : chr hex $2/ge;
	return $text;
}

# ---- rows ----

# The days that rows are of; one of them tells day from month.
sub days
{
	my ($vendor) = @_;
	my $kind = $vendor->{days} // 'three';
	my @days = $kind eq 'one' ? (4) : $kind eq 'weeks' ? (11 .. 29) : (4, 5, 14);
	return map { timegm(0, 0, 0, $_, 0, 2021) } @days;
}

# Rows in order of time: prices are integers of 1/10000.
sub make_rows
{
	my ($vendor) = @_;
	my $unit = $unit{ $vendor->{unit} };
	my @symbols = split /\|/, $vendor->{symbols} // 'AAPL|MSFT|BRK.B|F';
	my %middle = map { $symbols[$_] => 1000000 + 250000 * $_ } 0 .. $#symbols;
	my @days = days($vendor);
	my $a_day = $unit == $unit{day} ? scalar @symbols : $unit == $unit{hour} ? 20 : $ROWS / @days;
	my ($open, $length) = ($vendor->{hours} // '') eq 'all' ? (0, 86300) : (34200, 23300);
	my @rows;

	foreach my $day (@days)
	{
		foreach my $i (0 .. $a_day - 1)
		{
			my $stamp = ($open + int($i * $length / $a_day) + below(60)) * $NS + below(1000000) * 1000 + below(1000);
			my $symbol = $symbols[ $unit == $unit{day} ? $i : below(scalar @symbols) ];
			my $price = $middle{$symbol} += (below(201) - 100) * 100;
			my ($low, $high) = ($price - below(50) * 100, $price + below(50) * 100);
			my $range = 1 + ($high - $low) / 100;

			$stamp -= $stamp % $unit;
			push @rows, { e => $day + int($stamp / $NS), n => $stamp % $NS, sym => $symbol, price => $price, size => 1 + below(500),
				bid => $price - 100 - below(5) * 100, ask => $price + 100 + below(5) * 100, bsize => 1 + below(90), asize => 1 + below(90),
				open => $low + below($range) * 100, high => $high, low => $low, close => $low + below($range) * 100,
				volume => 100 + below(1000000), count => 1 + below(200), side => below(2), seq => 1 + @rows };
		}
	}
	return ($vendor->{order} // '') eq 'newest first' ? reverse @rows : @rows;
}

# ---- how they are written ----

my %is_price = map { $_ => 1 } qw(price bid ask open high low close);

# An integer of 10^-scale, 4 unless said, without zeros at the end.
sub decimal
{
	my ($value, $scale) = @_;
	my $text = sprintf('%0*d', ($scale // 4) + 1, $value);
	substr($text, -($scale // 4), 0) = '.';
	$text =~ s/\.?0+$//;
	return $text;
}

sub four_decimals
{
	my ($value) = @_;
	return sprintf('%d.%04d', $value / 10000, $value % 10000);
}

# Thousands apart, and a mark before the fraction.
sub marked
{
	my ($text, $thousands, $point) = @_;
	my ($whole, $fraction) = split /\./, $text;
	1 while $whole =~ s/^(\d+)(\d{3})/$1$thousands$2/;
	return defined $fraction ? $whole . $point . $fraction : $whole;
}

sub exponent
{
	return sprintf('%.9e', $_[0]);
}

# A stamp of ISO with no zeros at its end.
sub fraction
{
	my %part = time_parts($_[0], 0);
	return "$part{Y}-$part{m}-$part{d}T$part{H}:$part{M}:$part{S}" . (".$part{6}" =~ s/\.?0+$//r);
}

# The letters of a time behind %.
sub time_parts
{
	my ($row, $east) = @_;
	my ($s, $m, $h, $day, $month, $year, $weekday) = gmtime($row->{e} + $east);
	my $two = sub { sprintf('%02d', $_[0]) };
	return (Y => $year + 1900, y => $two->($year % 100), m => $two->($month + 1), c => $month + 1, d => $two->($day), e => $day,
		b => $months[$month], B => uc $months[$month], a => $weekdays[$weekday], H => $two->($h), k => $h, I => $two->($h % 12 || 12),
		l => $h % 12 || 12, M => $two->($m), S => $two->($s), p => $h < 12 ? 'AM' : 'PM', s => $row->{e} + $east,
		Z => $h * 3600 + $m * 60 + $s, 9 => sprintf('%09d', $row->{n}), 7 => sprintf('%07d', $row->{n} / 100),
		6 => sprintf('%06d', $row->{n} / 1000), 3 => sprintf('%03d', $row->{n} / 1000000), '%' => '%');
}

# What stands in braces.
sub value
{
	my ($r, $name) = @_;
	my ($field, $form) = $name =~ /^([a-z]+)([4,.;]?)$/;

	return $r->{seq} + 500000000 if $name eq 'id';
	return sprintf('%08x-1111-2222-3333-444444444444', $r->{seq}) if $name eq 'guid';
	return sprintf('0.%03d', $r->{size}) if $name eq 'coin';
	return $r->{side} ? 'buy' : 'sell' if $name eq 'side';
	if (defined $field && exists $r->{$field})
	{
		return four_decimals($r->{$field}) if $form eq '4';
		my $plain = $is_price{$field} ? decimal($r->{$field}) : $r->{$field};
		return $form eq ',' ? marked($plain, ',', '.') : $form eq '.' ? marked($plain, '.', ',') : $form eq ';' ? marked($plain, '', ',') : $plain;
	}
	my $result = eval $name;
	die "$name: $@" if $@;
	return $result;
}

sub written
{
	my ($vendor, $row) = @_;
	my %part = time_parts($row, $vendor->{east} // 0);
	# what Perl computes may hold braces of its own, but no percent signs
	my $text = $vendor->{row} =~ s/%(.)/$part{$1}/gr;
	$text =~ s/\{((?:[^{}]|\{[^{}]*\})*)\}/value($row, $1)/ge;
	return unescaped($text);
}

# ---- what must be read ----

my %source = (bid_size => 'bsize', ask_size => 'asize');

sub expected
{
	my ($vendor, $row, $symbol) = @_;
	my $sizes = $vendor->{sizes} // '';
	my @values;

	foreach my $role (grep { $_ ne '-' } split / /, $vendor->{roles})
	{
		my $value = $row->{ $source{$role} // $role };
		$value = decimal($value) if $is_price{$role};
		$value = ($sizes =~ /signed/ && !$row->{side} ? '-' : '') . decimal($value, 3) if $role eq 'size' && $sizes =~ /coins/;
		push @values, $value;
	}
	return join('|', sprintf('%d%09d', $row->{e}, $row->{n}), $symbol ? $row->{sym} : '', @values);
}

# The rows of dataset t by role; a time by its nanoseconds where it has them.
my $functions = q{
	CREATE FUNCTION column_of(wanted text) RETURNS text LANGUAGE sql AS $$
		SELECT attname::text FROM pg_attribute, pg_options_to_table(attfdwoptions)
		WHERE attrelid = to_regclass('t') AND option_name = 'role' AND option_value = wanted $$;
	CREATE FUNCTION rows_of(roles text) RETURNS SETOF text LANGUAGE plpgsql AS $$
	DECLARE
		stamp text := column_of('time'); query text; role text;
	BEGIN
		IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('t') AND attname = stamp || '_ns') THEN
			query := format('%I::text', stamp || '_ns');
		ELSE
			query := format('(extract(epoch FROM %I::timestamptz) * 1000000000)::numeric(30, 0)::text', stamp);
		END IF;
		query := query || '||''|''||' || coalesce(quote_ident(column_of('symbol')), '''''');
		FOREACH role IN ARRAY string_to_array(roles, ' ') LOOP
			query := query || format('||''|''||coalesce(trim_scale(%s::text::numeric)::text, ''null'')', coalesce(quote_ident(column_of(role)), 'NULL'));
		END LOOP;
		RETURN QUERY EXECUTE 'SELECT ' || coalesce(query, '''no time''') || ' FROM t';
	END $$; };

my $node = new_node('vendors');
my $directory = abs_path(PostgreSQL::Test::Utils::tempdir);
$node->safe_psql('postgres', $functions);

# Load a file with some arguments; returns the rows as text, or the error.
sub load
{
	my ($vendor, $path, $arguments) = @_;
	my $roles = $vendor->{roles} eq '-' ? '' : $vendor->{roles};
	my ($code, $out, $err) = $node->psql('postgres', qq{
		SET client_min_messages = error;
		SET timezone = 'UTC';
		DROP FOREIGN TABLE IF EXISTS t CASCADE;
		SELECT 'loaded ' || tick_load('$path', 't'$arguments);
		SELECT 'unaccounted' FROM tick.loads WHERE dataset = to_regclass('t') AND lines <> header + blank + comment + trailer + row_lines + rejected_lines;
		SELECT * FROM rows_of('$roles'); });
	return $code == 0 ? $out : $err;
}

sub as_loaded
{
	my ($vendor, $rows, $symbol) = @_;
	return join("\n", 'loaded ' . @$rows, sort map { expected($vendor, $_, $symbol) } @$rows);
}

# The count first, then the rows, sorted.
sub in_order
{
	my ($first, @rows) = split /\n/, $_[0];
	return join("\n", $first // '', sort @rows);
}

foreach my $vendor (read_vendors(dirname(abs_path($0)) . '/../vendors.txt'))
{
	my $path = "$directory/$vendor->{file}";
	my $arguments = $vendor->{arguments};
	my $alone = $vendor->{alone};
	my $got;

	$seed = 20210104;
	my @rows = make_rows($vendor);
	my $content = unescaped($vendor->{head} // '') . join('', map { written($vendor, $_) } @rows);
	$content .= unescaped($vendor->{tail}) if defined $vendor->{tail};
	chomp $content if ($vendor->{last} // '') eq 'no line end';
	make_path(dirname($path));
	unlink $path;
	PostgreSQL::Test::Utils::append_to_file($path, $content);

	is(in_order(load($vendor, $path, defined $arguments ? ", $arguments" : '')), as_loaded($vendor, \@rows, ($vendor->{symbols} // '') ne 'none'),
		$vendor->{name});
	next unless defined $arguments && defined $alone;
	$got = load($vendor, $path, '');
	if ($alone =~ /^all/)
	{
		is(in_order($got), as_loaded($vendor, \@rows, $alone eq 'all' && ($vendor->{symbols} // '') ne 'none'), "$vendor->{name}, alone");
	}
	else
	{
		like($got, qr/HINT:.*\Q$alone\E/, "$vendor->{name}, alone");
	}
}

$node->stop;
done_testing();
