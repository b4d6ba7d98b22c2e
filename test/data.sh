# data.sh
#	  Checks over whole files: generated ones against the generator's sums and a
#	  heap table, real ones against their truth, the README's statements.
#
# Sourced by check.sh, which provides the server, pass and fail.

# expect WHAT ACTUAL EXPECTED
expect() {
	if [ "$2" = "$3" ]; then
		pass
		echo "ok      $1"
	else
		fail
		echo "FAILED  $1: got \"$2\", expected \"$3\""
	fi
}
