# What the tests here share: servers with the extension, files to load,
# background clients, and a look at what lies on disk.
package TickTest;

use strict;
use warnings;

use Exporter 'import';
use Test::More;

our @EXPORT = qw(new_node tick_ready stored_table write_csv loads contents sound
  start_client end_client wait_for_pid wait_until_up stray_files segment_path sanitizer);

# Skip, rather than fail, where the tools for such tests are missing.
BEGIN
{
	foreach my $module (qw(IPC::Run PostgreSQL::Test::Cluster PostgreSQL::Test::Utils))
	{
		eval "require $module" or plan skip_all => "$module is not installed";
	}
	plan skip_all => 'servers do not run as root' if $> == 0;
	plan skip_all => 'pg_regress is not known: run by make installcheck' unless $ENV{PG_REGRESS};
}

# A server of the test's own with the extension in database postgres, or the end of the test where it is not installed.
sub new_node
{
	my ($name, %params) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	my $conf = delete $params{conf} // '';
	$node->init(%params);
	$node->append_conf('postgresql.conf', "autovacuum = off\nclient_min_messages = warning\n$conf");
	$node->start;
	tick_ready($node);
	return $node;
}

sub tick_ready
{
	my ($node) = @_;
	# pg_available_extensions does not know of extension_destdir
	my ($code, $out, $err) = $node->psql('postgres', 'CREATE EXTENSION tick');
	return if $code == 0;
	$node->stop;
	die $err unless $err =~ /extension control file|is not available/;
	plan skip_all => 'the extension is not installed';
}

# A dataset whose rows do not compress, so that few of them need a relation; fill(first, last) inserts rows.
sub stored_table
{
	my ($node, $database) = @_;
	$node->safe_psql($database // 'postgres', q{
		CREATE FOREIGN TABLE stored (
			ts timestamp OPTIONS (role 'time'),
			sym text OPTIONS (role 'symbol') COLLATE "C",
			size bigint OPTIONS (role 'size'),
			noise text) SERVER tick OPTIONS (partition_by 'day');
		CREATE FUNCTION fill(first int, last int, name text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
			INSERT INTO stored SELECT timestamp '2021-01-04 09:30' + n % 3 * interval '1 day' + n * interval '1 ms',
				coalesce(name, 'S' || n % 5), n, md5(n::text)
			FROM generate_series(first, last) n $$; });
}

# A csv.gz file of the rows that fill() would insert.
sub write_csv
{
	my ($node, $file, $first, $last, $name) = @_;
	my $sym = defined $name ? "'$name'" : q{'S' || n % 5};
	$node->safe_psql('postgres', qq{
		COPY (SELECT 'ts,sym,size,noise' UNION ALL
			SELECT to_char(timestamp '2021-01-04 09:30' + n % 3 * interval '1 day' + n * interval '1 ms', 'YYYY-MM-DD HH24:MI:SS.MS')
				|| ',' || $sym || ',' || n || ',' || md5(n::text)
			FROM generate_series($first, $last) n)
		TO PROGRAM 'gzip -1 >"$file"'});
}

# The statement that loads a file.
sub loads
{
	my ($file, $options) = @_;
	return "SELECT tick_load('$file', 'stored'" . (defined $options ? ", $options" : '') . ')';
}

# Everything the dataset holds, in one line.
sub contents
{
	my ($node, $database) = @_;
	return $node->safe_psql($database // 'postgres',
		q{SELECT count(*) || ' rows, ' || sum(hashtextextended(ts || sym || size || noise, 0)) FROM stored});
}

# tick_verify finds nothing.
sub sound
{
	my ($node, $name, $database) = @_;
	is($node->safe_psql($database // 'postgres', q{SELECT * FROM tick_verify(NULL, 'full')}), '', $name);
}

# Start psql on a script in the background; its output goes to files, so that nobody has to pump it.
sub start_client
{
	my ($node, $script, $name) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/script';
	my ($out, $err) = ("$file.out", "$file.err");
	PostgreSQL::Test::Utils::append_to_file($file, $script);
	my @command = ($node->installed_command('psql'), '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=sqlstate',
		'-d', $node->connstr('postgres') . ' application_name=' . ($name // 'client'), '-f', $file);
	my $run = IPC::Run::start(\@command, '<', '/dev/null', '>', $out, '2>', $err);
	return { run => $run, out => $out, err => $err };
}

# Wait for its end; returns its exit code, what it wrote and its errors.
sub end_client
{
	my ($client) = @_;
	$client->{run}->finish;
	return ($client->{run}->result // 255, map { PostgreSQL::Test::Utils::slurp_file($client->{$_}) } ('out', 'err'));
}

# The process that serves a client, once it has begun a statement that matches.
sub wait_for_pid
{
	my ($node, $name, $query) = @_;
	$query //= '%';
	foreach (1 .. 500)
	{
		my $pid = $node->safe_psql('postgres', qq{
			SELECT pid FROM pg_stat_activity WHERE application_name = '$name' AND state = 'active' AND query LIKE '$query' LIMIT 1});
		return $pid if $pid ne '';
		select(undef, undef, undef, 0.01);
	}
	return;
}

# After a crash: until the server takes connections again.
sub wait_until_up
{
	my ($node) = @_;
	foreach (1 .. 600)
	{
		# a psql that cannot connect may be gone before it is told the query
		my ($code, $out) = eval { $node->psql('postgres', 'SELECT 1', on_error_stop => 0) };
		return 1 if defined $out && $out eq '1';
		select(undef, undef, undef, 0.1);
	}
	return 0;
}

# Files in the database's folder that pg_class does not name, without empty ones.
sub stray_files
{
	my ($node, $database) = @_;
	$database //= 'postgres';
	my $oid = $node->safe_psql($database, 'SELECT oid FROM pg_database WHERE datname = current_database()');
	my %named = map { $_ => 1 }
	  split /\n/, $node->safe_psql($database, 'SELECT pg_relation_filenode(oid) FROM pg_class WHERE pg_relation_filenode(oid) IS NOT NULL');
	my $folder = $node->data_dir . "/base/$oid";
	opendir(my $handle, $folder) or die "$folder: $!";
	my @stray = grep { /^(\d+)/ && !$named{$1} && -s "$folder/$_" } readdir $handle;
	closedir $handle;
	@stray = sort @stray;
	return @stray;
}

# The library of AddressSanitizer, where the server is built with it.
sub sanitizer
{
	my ($library) = `ldd "\$(command -v postgres)" 2>/dev/null` =~ /libasan\S* => (\S+)/;
	return $library;
}

# Path of the newest segment relation as the session sees it, below the data directory.
sub segment_path
{
	return q{SELECT pg_relation_filepath(max(oid)) FROM pg_class
		WHERE relnamespace = 'tick_store'::regnamespace AND relkind = 'r'};
}

1;
