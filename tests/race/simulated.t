#!/bin/bash
# Thirty-two agents and 1,200 frames in virtual time, on a share in memory: the agents' own code, every call counted.
. "${0%/*}/../lib/tap.sh"
[ -z "${BF_SANITIZER:-}" ] || skip_all 'optional: sanitizers do not know its fibers'
sim=$BF_BIN/sim/tests/sim

# simulate AGENTS FRAMES: the row of the table in $WORK/AGENTS, without the time it took.
simulate() { "$sim" -a "$1" -t "$2" >"$WORK/out" && tail -n 1 "$WORK/out" | sed 's/ *|[^|]*$//; s/[|%]//g' >"$WORK/$1"; }
# column AGENTS NUMBER
column() { awk -v n="$2" '{ print $n }' "$WORK/$1"; }
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 <= b + 0) }'; }

ok 'one agent renders all frames' simulate 1 100
ok '32 agents render all frames' simulate 32 1200
diag "$(cat "$WORK/1" "$WORK/32")"
cp "$WORK/32" "$WORK/first"
ok 'they do it again' simulate 32 1200
is "$(cat "$WORK/32")" "$(cat "$WORK/first")" 'in exactly the same way'
ok 'a frame costs at most 25 requests' at_most "$(column 32 3)" 25
ok 'and at most 1.3 times as many as with one agent' at_most "$(column 32 3)" "$(awk -v one="$(column 1 3)" 'BEGIN { print 1.3 * one }')"
ok 'an agent asks at most 2 times a second without a frame being the cause' \
	at_most "$(awk '{ print $4 + $5 }' "$WORK/32")" 2
ok 'of a thousand claims at most 20 come too late' at_most "$(column 32 6)" 20
ok 'at most 3 % are lost against dealing the frames out' at_most "$(column 32 7)" 3
is "$(column 32 12)" 1001 'a directory of tasks never holds more than 1,000 and one'
ok 'no request waits longer than 50 ms' at_most "$(column 32 16)" 50
done_testing
