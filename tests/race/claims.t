#!/bin/sh
# Eight processes, thousands of tasks, one winner of each step; and the same race with broken locks, which has to be
# noticed, or the first part would prove nothing.
# timeout: 300
set -eu
. "${0%/*}/../lib/tap.sh"
race=$BF_BIN/tests/claimrace

number_of() { sed -n "s/.*$1=\([0-9]*\).*/\1/p" "$WORK/out"; }

exits 0 'thousands of tasks: every step has one winner, nobody loses to nobody, all is done once' \
	"$race" "$WORK/exact" 8 6000
diag "$(cat "$WORK/out")"
is "$(number_of doubles) $(number_of false_losses) $(number_of wrong_files)" '0 0 0' 'the referee counted no foul'
ok 'there was a crowd: many lost' test "$(number_of lost)" -gt 1000
ok 'many claims were taken over' test "$(number_of takeovers)" -gt 100
ok 'some owners came too late to commit' test "$(number_of late)" -gt 0

exits 1 'a lock that looks before it creates is found out' "$race" "$WORK/check" 8 800 check
diag "$(cat "$WORK/out")"
ok 'it had two winners of one step' test "$(number_of doubles)" -gt 0
exits 1 'a rename from whatever state there is is found out' "$race" "$WORK/loose" 8 3000 loose
diag "$(cat "$WORK/out")"
ok 'it let owners commit that had been taken over' test "$(number_of doubles)" -gt 0
done_testing
