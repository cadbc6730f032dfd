#!/bin/bash
# An agent that stands still for longer than the lease (a laptop that slept, a machine that swapped) wakes up
# in the middle of a frame that somebody else has finished meanwhile.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"

new_farm
agent sleepy
drop slow frames=1-14 ms=1200
job=$(job_of slow)
wait_until 10 has_task "$job" '\.run\.1\.0\.sleepy'
agent brisk
wait_until 20 has_task "$job" '\.run\..*\.brisk'

# Early in a frame, so that there is a claim to lose and a picture to come.
wait_until 10 eval 'has_task "$job" "\.run\.1\.0\.sleepy"'
signal_tree "${agent_pid[sleepy]}" STOP
frames=$(tasks_of "$job" '\.run\.1\.0\.sleepy' | cut -d. -f1)
isnt "$frames" '' 'an agent stands still in the middle of a frame'
ok 'it renders one and has claimed at most one ahead' test "$(wc -w <<<"$frames")" -le 2
frame=$(head -n 1 <<<"$frames")
diag "frame $frame"
picture=$SHARE/output/$job/${frame#f}.png

ok 'somebody else takes the frame over' wait_until 20 says brisk "takeover .*of=sleepy-.*"
ok 'and finishes it' wait_until 20 has_task "$job" "^$frame\.done\.2\.0\.brisk"
is "$(tasks_of "$job" "^$frame\.")" "$(tasks_of "$job" "^$frame\.done\.2\.0\.brisk")" 'the task has one state'
wait_until 5 test -s "$picture"
before=$(stat -c '%i %y %s' "$picture") hash=$(md5sum <"$picture")
done_before=$(grep -c ' publish ' "$(log_of sleepy)")

signal_tree "${agent_pid[sleepy]}" CONT
ok 'the late one says so' wait_until 20 says sleepy "late job=$job task=$frame attempt=1"
is "$(stat -c '%i %y %s' "$picture")" "$before" 'the picture is the same file as before'
is "$(md5sum <"$picture")" "$hash" 'with the same content'
is "$(find "$SHARE/output/$job" -name ".bf.$frame.1.*")" '' 'the late picture was thrown away'
goes_on() { [ "$(grep -c ' publish ' "$(log_of sleepy)")" -gt "$done_before" ]; }
ok 'the late one goes on with other work' wait_until 20 goes_on
ok 'the job ends' wait_until 60 has_ended "$job"
is "$(count_pictures "$job") $(count_tasks "$job" '^f[0-9]+\.done\.[0-9]+\.0\.')" '14 14' 'every frame is there, no failure was counted'
ok 'pictures are those on record' hashes_hold "$job"
is "$(leftovers_of "$job")" '' 'nothing is left over'
is "$(find "$SHARE/jobs/$job/logs" -name '*.log')" '' 'nobody was blamed'

# ---- only the heartbeat stands still ----
drop again frames=1-6 ms=1200
job=$(job_of again)
wait_until 20 has_task "$job" '^f.*\.run\.1\.0\.sleepy'
keeper=$(ps -o pid= --ppid "${agent_pid[sleepy]}" | sort -n | head -n 1 | tr -d ' ')
kill -STOP "$keeper"
ok 'an agent without heartbeat loses its frames' wait_until 20 has_task "$job" '\.(run|done)\.[2-9]\.0\.brisk'
ok 'the job ends all the same' wait_until 60 has_ended "$job"
kill -CONT "$keeper"
is "$(count_pictures "$job") $(count_tasks "$job" '^f[0-9]+\.done\.[0-9]+\.0\.')" '6 6' 'every frame is there'
ok 'and is the picture on record' hashes_hold "$job"
is "$(leftovers_of "$job")" '' 'nothing is left over'
stop_agents
ok 'no Blender is left' wait_until 5 has_no_blender
done_testing
