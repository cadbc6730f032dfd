#!/bin/bash
# bfjob retry while agents are at work: again and again, all, some frames, what one machine made, two at a time. In the end every picture is there,
# the one on record, rendered at the last attempt, and nothing is left over.
# timeout: 400
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
retry() { "$BF_BIN/bfjob" --share "$SHARE" retry "$@" >>"$WORK/said" 2>>"$WORK/wrong" || [ $? -eq 4 ]; }
frames_done() { [ "$(count_tasks "$1" '^f-?[0-9]+(\.join)?\.done\.')" -ge "$2" ]; }
state_of() { "$BF_BIN/bfstatus" --share "$SHARE" --json "$1" | tr '{,' '\n' | sed -n 's/^ *"state": *"\([a-z]*\)".*/\1/p' | head -n 1; }
# What is to be true when nobody retries any more: twice, for an end may be taken back by the last retry's look.
is_whole() { has_ended "$1" && [ "$(state_of "$1")" = 'done' ] && frames_done "$1" "$2" && [ "$(count_pictures "$1")" -eq "$2" ]; }

agents=(one two three)
for name in "${agents[@]}"; do agent "$name" --slots 2; done

drop shot frames=1-24 ms=30
job=$(job_of shot)
wrong=0
for round in 1 2 3 4 5 6 7 8; do
	wait_until 20 frames_done "$job" $((round * 2 + 4)) || fail "round $round: frames are done"
	case $((round % 4)) in
	0) retry shot --all & retry shot --all || wrong=1; wait $! || wrong=1 ;;
	1) retry shot --frames 1-8 || wrong=1 ;;
	2) retry shot --machine two || wrong=1 ;;
	3) retry shot --all || wrong=1 ;;
	esac
done
is "$wrong" 0 'every retry succeeds'
is "$(cat "$WORK/wrong")" '' 'without a complaint'
ok 'some retries found work' grep -q 'renders again' "$WORK/said"
ok 'the job comes to its end' wait_until 60 is_whole "$job" 24
ok 'every picture is the one on record' hashes_hold "$job"
is "$(leftovers_of "$job")" '' 'nothing is left over'
ok 'frames were rendered again' has_task "$job" '^f[0-9]+\.done\.([2-9]|[1-9][0-9])\.'
is "$(count_tasks "$job" '^f[0-9]')" 24 'every task is there once'

# At the very moment of the last look.
for round in 1 2 3 4 5 6; do
	wait_until 30 has_task "$job" '^finish\.(run|done)\.' || fail "round $round: the last look is taken"
	retry shot --frames $((round * 3)) || wrong=1
done
is "$wrong" 0 'retries during the last look succeed'
ok 'the job comes to its end' wait_until 60 is_whole "$job" 24
ok 'every picture is the one on record' hashes_hold "$job"
is "$(leftovers_of "$job")" '' 'nothing is left over'

# Killed in the middle, of a job that has ended: agents find it by themselves.
cut_short=0
for ms in 003 005 007 009 012 015 020 030; do
	wait_until 60 is_whole "$job" 24 || fail "$ms: the job has ended"
	timeout -s KILL "0.$ms" "$BF_BIN/bfjob" --share "$SHARE" retry shot --all >"$WORK/killed" 2>&1
	[ -s "$WORK/killed" ] || ! has_task "$job" '^f.*\.open\.' || cut_short=$((cut_short + 1))
done
diag "cut short in the middle: $cut_short times"
ok 'retries that were killed do no harm' wait_until 90 is_whole "$job" 24
# One that was killed while it only looked at what has ended may leave its `.look.*`, for the next last look to remove.
retry shot --frames 1 || wrong=1
ok 'nor does the next one' wait_until 60 is_whole "$job" 24
ok 'every picture is the one on record' hashes_hold "$job"
is "$(leftovers_of "$job")" '' 'nothing is left over'

# In pieces.
printf '[job]\npieces = 3x1\n' >"$SHARE/queue/still.ini"
drop still frames=1-4 ms=60 depth=16
job=$(job_of still)
for round in 1 2 3 4 5; do
	wait_until 20 frames_done "$job" 1 || fail "pieces, round $round: frames are done"
	retry still --all || wrong=1
	retry still --machine one || wrong=1
done
is "$wrong" 0 'pieces: every retry succeeds'
ok 'pieces: the job comes to its end' wait_until 60 is_whole "$job" 4
is "$(leftovers_of "$job")" '' 'pieces: nothing is left over'
is "$(md5sum "$SHARE/output/$job"/*.png | cut -d' ' -f1 | sort -u | wc -l)" 4 'pieces: four pictures'
is "$(cat "$WORK/wrong")" '' 'and no complaint at all'

# ---- removed under the agents' hands ----
drop gone frames=1-40 ms=200
job=$(job_of gone)
wait_until 20 frames_done "$job" 3 || fail 'in the middle'
ok 'remove, while agents render it' "$BF_BIN/bfjob" --share "$SHARE" remove gone --yes
not_ok 'the job is gone' test -e "$SHARE/jobs/$job"
drop next frames=1-3
ok 'the agents go on with the next one' wait_until 30 is_whole "$(job_of next)" 3
ok 'nothing in work stays behind' wait_until 20 eval '[ -z "$(find "$SHARE/output/$job" \( -empty -type f -o -name ".*" \))" ]'
ok 'the pictures stay' has_pictures "$job" 3
stop_agents
is "$(find "$SHARE/jobs" -name "*$job*" -o -name '.removed*')" '' 'and nothing of the job comes back'
ok 'no agent has crashed' eval '! grep -h "ended unexpectedly" "$WORK"/start.*'
done_testing
