# queries.sh
#	  Read queries.sql.  Sourced by bench.sh and by check.sh.

QUERIES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/queries.sql

# The names, one a line: "Q2 vwap of a day, by symbol"
query_names() { sed -n 's/^-- name: //p' "$QUERIES"; }

# query_text Q2 tick DATE SYMBOL
query_text() {
	awk -v name="$1" -v who="$2" '
		/^-- name: / { here = $3 == name; ours = 0; next }
		here && /^-- / { ours = index($0 " ", " " who " ") > 0 || $2 == "all"; next }
		here && ours { print }
	' "$QUERIES" | sed -e "s/@D@/$3/g" -e "s/@S@/$4/g"
}
