#!/bin/bash
# One fault in one run, at the calls on the share that an agent makes in its jobs' whole life (`make check-faults`).
#
#   tests/fault/run.sh [SCENARIO...]        plain, odd and more, when none is named
#
# Every call is a point (EVERY=N: each N-th). A point fails when the share does not become what it becomes undisturbed. A kind
# of fault fails when fewer points were covered than tests/fault/POINTS says. What failed is in $BF_BIN/fault-logs/. The last line is `N passed, N failed, N skipped`, counted in points; exit
# code 1 if any failed.
set -uo pipefail

cd "$(dirname "$0")/../.." || exit 1
BF_BIN=$(realpath -m "${BF_BIN:-build}")
every=${EVERY:-1}
logs=$BF_BIN/fault-logs
passed=0 failed=0

# Most of a run is waiting, so four at a time are not too many for two cores. In memory, where there is such a place: thousands of shares are made and thrown away.
room=/dev/shm
[ -w "$room" ] || room=${TMPDIR:-/tmp}
work=$(mktemp -d "$room/bf-fault.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM HUP

rm -rf "$logs"
[ $# -gt 0 ] || set -- plain odd more
for scenario in "$@"; do
	mkdir -p "$logs/$scenario" || exit 1
	"$BF_BIN/tests/faultpoints" -s "$scenario" -j 4 -e "$every" "$work" "$BF_BIN/hooks" "$logs/$scenario" | tee "$work/out"
	rc=${PIPESTATUS[0]}
	bad=0
	while read -r kind _ covered _ _ points_failed _; do
		passed=$((passed + covered)) bad=$((bad + points_failed))
		wanted=$(awk -v s="$scenario" -v k="$kind" '$1 == s && $2 == k { print $3 }' tests/fault/POINTS)
		if [ "$covered" -lt "$((${wanted:-1} / every))" ]; then
			echo "$scenario $kind: only $covered points, tests/fault/POINTS wants ${wanted:-a line for it}"
			bad=$((bad + 1))
		fi
	done < <(sed -n 's/^\([^# ][^ ]*\) covered \([0-9]*\) of [0-9]*, \([0-9]*\) failed.*/\1 covered \2 of x \3 failed/p' "$work/out")
	# It has to have come to its end, with all kinds.
	wanted=$(grep -c "^$scenario " tests/fault/POINTS)
	said=$(grep -c '^[^# ][^ ]* covered ' "$work/out")
	[ "$said" -ge "$wanted" ] || { echo "$scenario: only $said of $wanted kinds were tried"; bad=$((bad + 1)); }
	[ "$rc" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	failed=$((failed + bad))
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
