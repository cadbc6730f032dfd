#!/bin/bash
# The share goes away under running agents and leaves an empty folder in its place: nothing is made there, it is said once, the
# agents go on when it is back, and no frame is blamed. First by renaming, then as a mount.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"

lost_lines() { grep -c ' share lost: ' "$(log_of "$1")"; }
says_lost() { says "$1" ' share lost: '; }
says_back() { says "$1" ' share back '; }
done_of() { count_tasks "$1" '^f[0-9]+\.done\.'; }
has_done() { [ "$(done_of "$1")" -ge "$2" ]; }

new_farm
mkdir "$WORK/mnt"
SHARE=$WORK/mnt/share
agent one
agent two
drop film frames=1-40 ms=300
job=$(job_of film)
mkdir "$WORK/folder"
"$FAKE" --make "$WORK/folder/scene.blend" frames=101-104 ms=4000
mv "$WORK/folder" "$SHARE/queue/folder"
folder=$(job_of folder)
touch "$SHARE/jobs/$folder/PRIORITY.9"
wait_until 20 has_done "$job" 3 || fail 'frames are rendered'
wait_until 20 has_task "$folder" '\.run\..*\.one-' && wait_until 20 has_task "$folder" '\.run\..*\.two-'

mv "$SHARE" "$WORK/mnt/away" && mkdir "$SHARE"
ok 'the first agent says that the share is lost' wait_until 10 says_lost one
ok 'so does the second' wait_until 10 says_lost two
like "$(grep ' share lost: ' "$(log_of one)")" "the folder $SHARE is there but the share is not: it is not mounted; waiting for it" 'it says what is wrong'
# What was in work ends meanwhile, and the lease: this takes its time, there is nothing to wait for.
began=$(tap_now)
wait_until 20 eval '[ $(($(tap_now) - began)) -ge 6 ]'
is "$(find "$SHARE" -mindepth 1)" '' 'nothing is made in the empty folder'
is "$(lost_lines one) $(lost_lines two)" '1 1' 'it is said once'
is "$(grep -hc ' warning wait: ' "$(log_of one)")" 0 'and not in other words again'
ok 'both agents are there' eval 'is_running "${agent_pid[one]}" && is_running "${agent_pid[two]}"'

# ---- one may be stopped meanwhile ----
code=0
stop "${agent_pid[two]}" TERM 10 || code=$?
is "$code" 0 'an agent that is told to end without its share ends with 0'
exits 3 'bfstatus says that there is no share' "$BF_BIN/bfstatus" --share "$SHARE"
is "$(find "$SHARE" -mindepth 1)" '' 'and nothing was made in the empty folder'

rmdir "$SHARE" && mv "$WORK/mnt/away" "$SHARE"
ok 'it is back: that is said' wait_until 20 says_back one
agent two
ok 'the work goes on' wait_until 60 has_ended "$folder"
ok 'to its end' wait_until 60 has_ended "$job"
is "$(count_pictures "$job") $(count_pictures "$folder")" '40 4' 'with all pictures'
is "$(tasks_of "$job" '^f[0-9]+\.' | cut -d. -f4 | sort -u) $(tasks_of "$folder" '^f[0-9]+\.' | cut -d. -f4 | sort -u)" '0 0' 'no failure was counted'
is "$(find "$SHARE/jobs/$job/logs" "$SHARE/jobs/$folder/logs" -name '*.log')" '' 'no blame was written down'
is "$(find "$SHARE/jobs" -name 'AVOID*')" '' 'nobody stays away'
ok 'the pictures are those on record' hashes_hold "$job"
is "$(leftovers_of "$job"; leftovers_of "$folder")" '' 'nothing is left over'
stop_agents
done_testing
