# Damage of every kind to the bytes of segments: an error that names the
# segment, never another answer and never a crash; tick_verify finds each, and
# says nothing of what is sound.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TickTest;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# without page checksums, so that the product's own have to find it
my $node = new_node('damage', conf => "fsync = off\nshared_buffers = 16MB\n");
stored_table($node);
$node->safe_psql('postgres', q{
	CREATE FOREIGN TABLE small (ts timestamp OPTIONS (role 'time'), sym text OPTIONS (role 'symbol') COLLATE "C", price float8 OPTIONS (role 'price'),
		size int OPTIONS (role 'size'), note text) SERVER tick;
	INSERT INTO small SELECT timestamp '2021-01-04 10:00' + n * interval '1 s', 'S' || n % 3, 100 + n / 8.0, n, CASE WHEN n % 4 > 0 THEN 'note ' || n % 5 END FROM generate_series(1, 60) n;
	CREATE TABLE twin AS SELECT * FROM small;
});

# ---- every byte of an image in the catalog ----

my $step = $ENV{TICK_FAULTS} && $ENV{TICK_FAULTS} eq 'all' ? 1 : 3;
my $outcome = $node->safe_psql('postgres', qq{
	CREATE FUNCTION flip() RETURNS TABLE (bytes int, told bigint, silent bigint, wrong bigint, other text) LANGUAGE plpgsql AS \$\$
	DECLARE
		sound bytea := (SELECT image FROM tick.segment WHERE dataset = 'small'::regclass);
		was uuid := (SELECT uuid FROM tick.segment WHERE dataset = 'small'::regclass);
		at int; same boolean; problems bigint;
	BEGIN
		bytes := length(sound); told := 0; silent := 0; wrong := 0;
		FOR at IN 0 .. bytes - 1 BY $step LOOP
			-- a row of another id is not in the session's cache
			UPDATE tick.segment SET image = set_byte(sound, at, get_byte(sound, at) # (1 << (at % 8))), id = nextval('tick.segment_id_seq') WHERE dataset = 'small'::regclass;
			SELECT count(*) INTO problems FROM tick_verify('small', 'full');
			BEGIN
				SELECT NOT EXISTS ((SELECT * FROM small EXCEPT ALL SELECT * FROM twin) UNION ALL (SELECT * FROM twin EXCEPT ALL SELECT * FROM small)) INTO same;
				IF NOT same THEN wrong := wrong + 1; ELSIF problems = 0 THEN silent := silent + 1; END IF;
			EXCEPTION
				WHEN data_corrupted OR feature_not_supported THEN told := told + 1;
				WHEN OTHERS THEN other := concat_ws(', ', other, at || ': ' || SQLSTATE || ' ' || SQLERRM);
			END;
			IF problems = 0 THEN other := concat_ws(', ', other, at || ' is not found'); END IF;
		END LOOP;
		UPDATE tick.segment SET image = sound, id = nextval('tick.segment_id_seq') WHERE dataset = 'small'::regclass;
		RETURN NEXT;
	END \$\$;
	SELECT * FROM flip()});
my ($bytes, $told, $silent, $wrong, $other) = split /\|/, $outcome;
is("$silent $wrong $other", '0 0 ', "every byte of an image ($bytes): no wrong answer, no other error, none unseen");
cmp_ok($told, '>', $bytes / $step / 2, 'most of them are told to readers');
sound($node, 'put back it is sound');

# ---- files ----

$node->safe_psql('postgres', 'SELECT fill(1, 30000); SELECT fill(40001, 70000);');
my $expected = contents($node);
my @segments = map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres',
	q{SELECT path, partition, uuid FROM tick.segments WHERE dataset = 'stored'::regclass AND path IS NOT NULL ORDER BY partition, segment});
cmp_ok(scalar(@segments), '>=', 4, 'there are segments in files');
my ($path, $uuid) = @{ $segments[0] }[ 0, 2 ];
# an older generation of the same partition: what finalize has merged
$node->safe_psql('postgres', 'CHECKPOINT');
my $generation = slurp_file($node->data_dir . "/$segments[0][0]");

sub put
{
	my ($file, $bytes) = @_;
	open(my $handle, '>', $file) or die "$file: $!";
	binmode $handle;
	print $handle $bytes;
	close $handle;
}

# Change a file's bytes while the server is down; reading must fail and name the segment, tick_verify must tell.
sub damaged
{
	my ($name, $change, $victim) = @_;
	$victim //= $path;
	my $file = $node->data_dir . "/$victim";
	my ($oid) = split /\|/, $node->safe_psql('postgres', "SELECT oid::regclass FROM pg_class WHERE pg_relation_filepath(oid) = '$victim'");
	$node->stop;
	my $sound = slurp_file($file);
	my $changed = $change->($sound);
	put($file, $changed) if defined $changed;
	$node->start;
	my ($code, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT count(*) || ' rows, ' || sum(hashtextextended(ts || sym || size || noise, 0)) FROM stored");
	if ($code == 0)
	{
		# what no reader needs may be damaged
		is($out, $expected, "$name: the rows are right");
	}
	else
	{
		like($err, qr/ERROR:  (XX00[12]|58030|58P01|0A000)/, "$name: an error of its kind") or diag($err);
		like($err, qr/seg_|segment|base\//, "$name: it names the segment") or diag($err);
	}
	my $problems = $node->safe_psql('postgres', q{SELECT string_agg(problem || coalesce(' ' || detail, ''), '; ') FROM tick_verify('stored', 'full')});
	isnt($problems, '', "$name: tick_verify tells") or diag("$code $err");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM small'), '60', "$name: the server and other datasets go on");
	$node->stop;
	put($file, $sound);
	$node->start;
	is(contents($node), $expected, "$name: put back");
	return;
}

my $pages = length($generation) / 8192;
my $page = sub { substr($_[0], $_[1] * 8192, 8192) };
damaged('two pages swapped', sub { my $b = shift; my ($x, $y) = ($page->($b, 1), $page->($b, 2)); substr($b, 8192, 16384) = $y . $x; $b });
damaged('an extended file', sub { $_[0] . "\0" x 8192 });
damaged('an extended file, a page twice', sub { $_[0] . $page->($_[0], 1) });
damaged('a file of zeros', sub { "\0" x length($_[0]) });
damaged('an empty file', sub { '' });
damaged('a file cut in a page', sub { substr($_[0], 0, length($_[0]) - 100) });
my $another = slurp_file($node->data_dir . "/$segments[-1][0]");
damaged('the file of another segment', sub { $another });
foreach my $n (1 .. 12)
{
	# a bit anywhere: headers, chunks, directory, trailer
	my $at = int($n * (length($generation) - 1) / 12);
	damaged("a bit of byte $at", sub { my $b = shift; substr($b, $at, 1) = chr(ord(substr($b, $at, 1)) ^ (1 << $n % 8)); $b });
}
sound($node, 'put back everything is sound');

$node->safe_psql('postgres', q{SELECT tick_finalize('stored')});
$expected = contents($node);
my $merged = $node->safe_psql('postgres', qq{SELECT path FROM tick.segments WHERE dataset = 'stored'::regclass AND removed IS NULL AND partition = '$segments[0][1]' AND path IS NOT NULL});
damaged('an older generation', sub { $generation }, $merged);
sound($node, 'put back everything is sound');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|TRAP:/, 'no process has crashed');
$node->stop;
done_testing();
