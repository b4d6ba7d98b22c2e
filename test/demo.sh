#!/bin/bash
#
# demo.sh [FILE.csv.gz]
#	  From a compressed file to answers, on a server of its own.
#
# Builds tick in a scratch folder, starts a private PostgreSQL, loads the file
# (or one made by test/gen: trades and quotes of four symbols) and asks it the
# first questions, printing each statement with its result.  Leaves nothing
# behind; see lib.sh.

. "$(dirname "$0")/lib.sh"

[ $# -le 1 ] || die "usage: demo.sh [FILE.csv.gz]"
if [ $# = 1 ]; then
	[ -r "$1" ] || die "could not read \"$1\""
	FILE=$(readlink -f "$1")
fi

need_packages
make_work
copy_source
say "building in $SRC"
make_source -j"$(cores)" with_llvm=no >"$WORK/build.log" 2>&1 || { tail -n 40 "$WORK/build.log"; die "the build failed"; }
install_extension with_llvm=no >"$WORK/install.log" 2>&1 || { tail -n 20 "$WORK/install.log"; die "the installation failed"; }
start_server

if [ $# = 0 ]; then
	build_generator
	as_user mkdir "$WORK/data"
	as_user "$GEN" taq "$WORK/data" 1000000 3 2021 || die "the generator failed"
	FILE=$WORK/data/taq.csv.gz
else
	# a copy, for the server may not be allowed to look where the file lies
	as_user mkdir "$WORK/data"
	cp "$FILE" "$WORK/data/" && chmod 644 "$WORK/data/"* || die "could not copy \"$FILE\""
	FILE=$WORK/data/$(basename "$FILE")
fi
say "loading $(basename "$FILE"), $(stat -c %s "$FILE") bytes"

# Print a statement and run it.
ask() {
	printf '\n=> %s\n' "$1"
	sql -c "$1" 2>&1 || die "that failed"
}

# The column of the dataset that has a role
role() {
	sql_value "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '$TABLE'::regclass AND 'role=$1' = ANY (attfdwoptions)"
}

ask "CREATE EXTENSION tick"
# rows of the generated file are trades and quotes: figures are over trades
STATS= TRADES=
if [ $# = 0 ]; then
	STATS=", stats_where => \$\$eventtype IN ('TRADE', 'TRADE NB')\$\$" TRADES=" AND eventtype LIKE 'TRADE%'"
fi
ask "SELECT tick_load('$FILE'$STATS)"
TABLE=$(sql_value "SELECT dataset FROM tick.datasets ORDER BY created DESC LIMIT 1")
[ -n "$TABLE" ] || die "no dataset was made"
ask "\\d $TABLE"
ask "SELECT * FROM tick.loads"

SYMBOL=$(role symbol) TIME=$(role time) PRICE=$(role price) SIZE=$(role size)
DAY=$(sql_value "SELECT min(partition) FROM tick.partitions WHERE dataset = '$TABLE'::regclass")
if [ -n "$SYMBOL" ] && [ -n "$PRICE" ] && [ -n "$SIZE" ]; then
	WHERE=
	[ -n "$DAY" ] && [ -n "$(sql_value "SELECT 1 FROM pg_attribute WHERE attrelid = '$TABLE'::regclass AND attname = 'date'")" ] &&
		WHERE=" WHERE date = '$DAY'$TRADES"
	ask "SELECT $SYMBOL, count(*), tick_vwap($PRICE, $SIZE), sum($SIZE) FROM $TABLE$WHERE GROUP BY $SYMBOL ORDER BY $SYMBOL LIMIT 10"
	ask "EXPLAIN (COSTS OFF) SELECT $SYMBOL, tick_vwap($PRICE, $SIZE) FROM $TABLE$WHERE GROUP BY $SYMBOL"
fi
if [ -n "$SYMBOL" ] && [ -n "$TIME" ] && [ -n "$PRICE" ]; then
	ask "SELECT * FROM ${TABLE}_daily ORDER BY 1, 2 LIMIT 10"
	ask "SELECT * FROM tick_bars('$TABLE', '1 hour') ORDER BY 1, 2 LIMIT 5"
fi
ask "SELECT tick_create_snapshot('before-restatement')"
ask "SELECT tick_delete('$TABLE')"
ask "SELECT count(*) FROM $TABLE"
ask "SET tick.as_of = 'before-restatement'; SELECT count(*) FROM $TABLE"
ask "SELECT tick_restore('$TABLE', 'before-restatement')"
ask "SELECT count(*) FROM $TABLE"
ask "SELECT dataset, partition, segments, rows, bytes, finalized FROM tick.partitions ORDER BY 2"
ask "SELECT * FROM tick_verify('$TABLE', 'full')"
say
say "done: $(sql_value "SELECT rows || ' rows in ' || bytes || ' bytes' FROM tick.datasets WHERE dataset = '$TABLE'::regclass")"
