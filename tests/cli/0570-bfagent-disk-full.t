#!/bin/bash
# The disk of the share is full: agents say so once, wait, keep what they rendered and stay alive for each other; when there is room
# again they finish. No frame is blamed, no submission rejected.
# timeout: 180
set -u
. "${0%/*}/../lib/mounts.sh"
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
need_mounts

has_done() { [ "$(count_tasks "$1" '^f[0-9]+\.done\.')" -ge "$2" ]; }
fill() { dd if=/dev/zero bs=4k of="$SHARE/filler" 2>/dev/null; dd if=/dev/zero bs=1 count=4096 of="$SHARE/filler2" 2>/dev/null; }
says_full() { says "$1" 'No space left on device'; }

new_farm
mkdir "$SHARE"
mount -t tmpfs -o size=8m none "$SHARE"
agent one
agent two
agent three
drop film frames=1-60 ms=150
job=$(job_of film)
wait_until 20 has_done "$job" 6 || fail 'frames are rendered'
fill
for name in one two three; do ok "full: agent $name says so" wait_until 20 says_full "$name"; done
count=$(count_tasks "$job" '\.done\.')
# For twice the lease: nobody may be taken for dead, nothing be tried over and over.
began=$(tap_now)
wait_until 20 eval '[ $(($(tap_now) - began)) -ge 5 ]'
for name in one two three; do
	is "$(grep -cE ' (warning|error) .*No space left' "$(log_of "$name")")" 1 "agent $name said it once"
done
is "$(grep -h ' takeover ' "$WORK"/start.*)" '' 'nobody took work from a living agent'
is "$(grep -h ' share lost: ' "$WORK"/start.*)" '' 'nobody says that the share is lost: it is not'
ok 'all are still beating' eval '[ "$(find "$SHARE/agents" -type f ! -name ".*" | wc -l)" -eq 3 ]'
is "$(count_tasks "$job" '\.done\.')" "$count" 'nothing was committed that is not there'
is "$(find "$SHARE/output/$job" -type f -size +0 ! -name '.*' | wc -l)" "$count" 'as many pictures as commits'
is "$(tasks_of "$job" '^f[0-9]+\.' | cut -d. -f4 | sort -u)" 0 'no failure was counted'
status_says() { "$BF_BIN/bfstatus" --share "$SHARE" >"$WORK/status" && grep -Eq -e "$1" "$WORK/status"; }
ok 'bfstatus says so, too' wait_until 20 status_says 'waiting: .*No space left on device'
diag "$(cat "$WORK/status")"

rm "$SHARE/filler" "$SHARE/filler2"
ok 'with room again the work goes on' wait_until 30 has_done "$job" $((count + 3))
ok 'and the job ends' wait_until 60 has_ended "$job"
is "$(count_pictures "$job")" 60 'with all pictures'
is "$(tasks_of "$job" '^f[0-9]+\.' | cut -d. -f4 | sort -u)" 0 'without a failure'
is "$(find "$SHARE/jobs/$job/logs" -name '*.log')" '' 'nobody was blamed'
ok 'the pictures are those on record' hashes_hold "$job"
is "$(leftovers_of "$job")" '' 'nothing is left over'

# ---- accepting on a full disk ----
"$FAKE" --make "$SHARE/queue/.waiting" frames=1-3
fill
mv "$SHARE/queue/.waiting" "$SHARE/queue/waiting.blend"
began=$(tap_now)
wait_until 20 eval '[ $(($(tap_now) - began)) -ge 4 ]'
ok 'a submission is not rejected for want of room' test ! -e "$SHARE/queue/rejected/waiting.blend"
rm "$SHARE/filler" "$SHARE/filler2"
ok 'but accepted when there is some' wait_until 40 is_accepted waiting
ok 'and rendered' wait_until 40 has_ended "$(job_of waiting)"
is "$(find "$SHARE/jobs/.incoming" "$SHARE/queue/rejected" -mindepth 1)" '' 'nothing hangs half-way'
stop_agents
ok 'no Blender is left' wait_until 5 has_no_blender
umount -l "$SHARE"
done_testing
