# ALTER EXTENSION UPDATE: from every release that has an install script here,
# with data in place, to what a fresh installation is; and the way itself,
# with a release that the test makes up.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use File::Copy qw(copy);
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::RealBin/../..";
my $node = new_node('update');
my $destination = $node->safe_psql('postgres', q{SELECT current_setting('extension_destdir', true)});
my $folder = PostgreSQL::Test::Utils::tempdir;

# All that the extension is, in lines that know no object identifiers.
my $catalog = q{
	WITH member AS (
		SELECT classid, objid, objsubid, pg_describe_object(classid, objid, objsubid) AS name FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'tick')
			AND pg_describe_object(classid, objid, objsubid) NOT LIKE 'table tick_store.seg_%')
	SELECT replace(line, E'\n', ' ') FROM (SELECT name FROM member
	UNION ALL SELECT name || ': ' || pg_get_functiondef(objid) || coalesce(proacl::text, 'default')
		FROM member JOIN pg_proc ON classid = 'pg_proc'::regclass AND oid = objid WHERE prokind <> 'a'
	UNION ALL SELECT name || ': ' || (to_jsonb(a) - 'aggfnoid')::text || coalesce(proacl::text, 'default')
		FROM member JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid JOIN pg_aggregate a ON aggfnoid = p.oid
	UNION ALL SELECT concat(name, ' ', relkind, relpersistence) || coalesce(relacl::text, 'default') || coalesce(reloptions::text, '')
		FROM member JOIN pg_class ON classid = 'pg_class'::regclass AND oid = objid
	UNION ALL SELECT concat_ws(' ', name, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attcollation::regcollation,
			pg_get_expr(adbin, adrelid), attacl, col_description(objid, attnum))
		FROM member JOIN pg_attribute ON classid = 'pg_class'::regclass AND attrelid = objid AND attnum > 0 AND NOT attisdropped
		LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	UNION ALL SELECT name || ': ' || conname || ' ' || pg_get_constraintdef(c.oid)
		FROM member JOIN pg_constraint c ON classid = 'pg_class'::regclass AND conrelid = objid
	UNION ALL SELECT name || ': ' || pg_get_indexdef(indexrelid)
		FROM member JOIN pg_index ON classid = 'pg_class'::regclass AND indrelid = objid
	UNION ALL SELECT name || ': ' || pg_get_triggerdef(t.oid)
		FROM member JOIN pg_trigger t ON classid = 'pg_class'::regclass AND tgrelid = objid
	UNION ALL SELECT name || ': ' || pg_get_ruledef(r.oid)
		FROM member JOIN pg_rewrite r ON classid = 'pg_class'::regclass AND ev_class = objid
	UNION ALL SELECT name || ': ' || (to_jsonb(s) - 'seqrelid')::text
		FROM member JOIN pg_sequence s ON classid = 'pg_class'::regclass AND seqrelid = objid
	UNION ALL SELECT name || coalesce(nspacl::text, 'default') FROM member JOIN pg_namespace ON classid = 'pg_namespace'::regclass AND oid = objid
	UNION ALL SELECT concat_ws(' ', name, fdwhandler::regproc, fdwvalidator::regproc, fdwacl, fdwoptions)
		FROM member JOIN pg_foreign_data_wrapper ON classid = 'pg_foreign_data_wrapper'::regclass AND oid = objid
	UNION ALL SELECT concat_ws(' ', name, srvtype, srvversion, srvacl, srvoptions)
		FROM member JOIN pg_foreign_server ON classid = 'pg_foreign_server'::regclass AND oid = objid
	UNION ALL SELECT concat_ws(' ', name, evtevent, evtfoid::regproc, evtenabled, evttags)
		FROM member JOIN pg_event_trigger ON classid = 'pg_event_trigger'::regclass AND oid = objid
	UNION ALL SELECT concat_ws(' ', name, amhandler, amtype) FROM member JOIN pg_am ON classid = 'pg_am'::regclass AND oid = objid
	UNION ALL SELECT name || ' comment ' || description FROM member NATURAL JOIN (SELECT objoid AS objid, classoid AS classid, objsubid, description FROM pg_description) d
	UNION ALL SELECT name || ' first ' || initprivs::text FROM member JOIN pg_init_privs i ON i.classoid = classid AND i.objoid = objid
	UNION ALL SELECT 'dumped ' || c.relation::regclass || ' ' || c.condition
		FROM pg_extension, unnest(extconfig, extcondition) c (relation, condition) WHERE extname = 'tick') o (line)};

sub catalog_of
{
	my ($database) = @_;
	return join "\n", sort split /\n/, $node->safe_psql($database, $catalog);
}

# Lines that one has and the other has not.
sub difference
{
	my ($found, $expected) = @_;
	my %found = map { $_ => 1 } split /\n/, $found;
	my %expected = map { $_ => 1 } split /\n/, $expected;
	return join '', (map { "more: $_\n" } grep { !$expected{$_} } sort keys %found),
	  (map { "less: $_\n" } grep { !$found{$_} } sort keys %expected);
}

sub database_with
{
	my ($database, $version) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION tick' . (defined $version ? " VERSION '$version'" : ''));
}

# An extension of that version with data is updated, and is then the fresh one with the same data.
sub check_update
{
	my ($from, $to, $fresh) = @_;
	my $database = "from_$from" =~ s/\W/_/gr;
	database_with($database, $from);
	stored_table($node, $database);
	write_csv($node, "$folder/$database.csv.gz", 1, 20000);
	$node->safe_psql($database, loads("$folder/$database.csv.gz"));
	$node->safe_psql($database, q{SELECT fill(20001, 20010); SELECT tick_create_snapshot('before', 'stored')});
	my $before = contents($node, $database);
	$node->safe_psql($database, "ALTER EXTENSION tick UPDATE TO '$to'");
	is($node->safe_psql($database, q{SELECT extversion FROM pg_extension WHERE extname = 'tick'}), $to, "$from to $to: updated");
	is(difference(catalog_of($database), $fresh), '', "$from to $to: as a fresh installation");
	is(contents($node, $database), $before, "$from to $to: the same rows");
	is($node->safe_psql($database, loads("$folder/$database.csv.gz")), '0', "$from to $to: the ledger knows what is loaded");
	$node->safe_psql($database, q{SELECT fill(30001, 30010); SELECT tick_finalize('stored')});
	is($node->safe_psql($database, q{SET tick.as_of = 'before'; SELECT count(*) FROM stored}), '20010', "$from to $to: versions are kept");
	sound($node, "$from to $to: sound", $database);
	$node->safe_psql($database, 'DROP EXTENSION tick CASCADE');
	is($node->safe_psql($database, q{SELECT count(*) FROM pg_namespace WHERE nspname IN ('tick', 'tick_store')}), '0', "$from to $to: nothing is left of it");
}

# ---- releases ----

my ($newest) = slurp_file("$top/tick.control") =~ /default_version = '(.*)'/;
my @installable = map { m{/tick--(.+)\.sql$} && $1 !~ /--/ ? $1 : () } glob "$top/sql/tick--*.sql";
ok((grep { $_ eq '0.1.0' } @installable), 'the first release can be installed');
my %steps = map { m{/tick--(.+)--(.+)\.sql$} ? ($1 => $2) : () } glob "$top/sql/tick--*--*.sql";
foreach my $version (@installable)
{
	my $at = $version;
	$at = $steps{$at} while defined $steps{$at} && $at ne $newest;
	is($at, $newest, "scripts lead from $version to $newest");
}

# A script that was released does not change: its checksum is recorded with the release.
my %released = map { /^(\S+)\s+([0-9a-f]{64})$/ ? ($1 => $2) : () } split /\n/, slurp_file("$top/test/data/releases.txt");
foreach my $heading (grep { !/unreleased/ } slurp_file("$top/CHANGELOG.md") =~ /^## (.*)$/mg)
{
	my ($version) = $heading =~ /^(\S+)/;
	ok((grep { /^tick--(.*--)?\Q$version\E\.sql$/ } keys %released), "test/data/releases.txt has the scripts of $version");
}
foreach my $script (sort keys %released)
{
	is($node->safe_psql('postgres', "SELECT encode(sha256(pg_read_binary_file('" . PostgreSQL::Test::Utils::perl2host("$top/sql/$script") . "')), 'hex')"),
		$released{$script}, "$script is as it was released");
}

database_with('fresh');
my $fresh = catalog_of('fresh');
cmp_ok(scalar(split /\n/, $fresh), '>', 200, 'the catalog is looked at');
check_update($_, $newest, $fresh) foreach grep { $_ ne $newest } @installable;

# ---- the way, with a release that is made up ----

SKIP:
{
	# a setting of Debian's packages, or from 18 on of every server
	my $ours = defined $destination && $destination ne '';
	my $path = $node->safe_psql('postgres', q{SELECT current_setting('extension_control_path', true)});
	skip 'the server cannot be told of another folder of extensions', 9 unless $ours || $path ne '';
	my $share = $node->config_data('--sharedir') . '/extension';
	my $library = $node->config_data('--pkglibdir');
	my $own = "$folder/destination" . ($ours ? $share : '/extension');
	make_path($own);
	copy($_, $own) or die $! foreach glob(($ours ? $destination : '') . "$share/tick*");
	if ($ours)
	{
		make_path("$folder/destination$library");
		copy("$destination$library/tick.so", "$folder/destination$library") or die $!;
		chmod 0755, "$folder/destination$library/tick.so";
	}
	my $changes = q{
		ALTER TABLE tick.dataset ADD COLUMN made_up text DEFAULT 'x' NOT NULL;
		CREATE TABLE tick.made_up (id bigint PRIMARY KEY);
		CREATE FUNCTION tick_made_up() RETURNS int LANGUAGE sql AS 'SELECT 1';
		REVOKE EXECUTE ON FUNCTION tick_made_up FROM PUBLIC;
		DROP VIEW tick.progress;
	};
	append_to_file("$own/tick--$newest--made.up.sql", $changes);
	append_to_file("$own/tick--made.up.sql", slurp_file("$own/tick--$newest.sql") . $changes);
	$node->append_conf('postgresql.conf', $ours ? "extension_destdir = '$folder/destination'" : "extension_control_path = '$folder/destination:\$system'");
	$node->restart;
	database_with('made_up', 'made.up');
	my $made_up = catalog_of('made_up');
	like(difference($made_up, $fresh), qr/^more: function tick_made_up\(\)\n.*\nless: view tick\.progress\n/s, 'a difference is seen');
	check_update($newest, 'made.up', $made_up);
}
$node->stop;
done_testing();
