#!/bin/bash
# --once and --drain: what they wait for, and what their exit status says.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm

# ---- --once ----
exits 4 '--once with nothing to do' bfagent --once
drop shot frames=1-3
exits 0 '--once accepts and renders one frame' bfagent --once
job=$(job_of shot 1)
is "$(count_pictures "$job") $(count_tasks "$job" '\.open\.')" '1 3' 'one picture, the rest is open'
is "$(count_tasks "$job" '\.run\.')" 0 'nothing is claimed ahead'
exits 0 '--once again' bfagent --once
exits 0 '--once for the third' bfagent --once
is "$(count_pictures "$job")" 3 'three pictures'
exits 0 '--once for the last look' bfagent --once
ok 'the job has ended' has_ended "$job"
exits 4 '--once with nothing left' bfagent --once
drop bad frames=1-1 fail=1
exits 1 '--once whose frame fails' bfagent --once
touch "$SHARE/jobs/$(job_of bad 1)/CANCEL"
drop nocamera nocamera=1
exits 1 '--once whose submission is rejected' bfagent --once
like "$(why_of nocamera.blend)" 'no camera' 'the reason lies beside it'

# ---- --drain ----
exits 0 '--drain with nothing to do' bfagent --drain
drop film frames=1-12 ms=30
printf '[job]\npieces = 3x2\n' >"$SHARE/queue/still.ini"
drop still frames=1-1 depth=16 ms=60
exits 0 '--drain does everything there is' bfagent --drain --slots 2
ok 'the film has ended' has_ended "$(job_of film 1)"
ok 'the still has ended' has_ended "$(job_of still 1)"
is "$(count_pictures "$(job_of film 1)") $(count_pictures "$(job_of still 1)")" '12 1' 'with all pictures'
drop half frames=1-6 fail=4
exits 1 '--drain with a frame that cannot be rendered' bfagent --drain
is "$(count_pictures "$(job_of half 1)") $(count_tasks "$(job_of half 1)" 'f0004\.parked')" '5 1' 'the others are there'
drop waiting frames=1-2
touch "$SHARE/queue/waiting.suspend"
exits 0 '--drain does not wait for what is held back' bfagent --drain
ok 'which still waits' test -f "$SHARE/queue/waiting.blend"
rm "$SHARE/queue/waiting".*

# ---- --drain waits for what others do ----
drop slow frames=1-1 ms=2500
agent other
job=$(job_of slow)
wait_until 10 has_task "$job" 'f0001\.run\..*\.other'
exits 0 '--drain while another agent renders the last frame' bfagent --name watcher --drain
ok 'it ended when that frame was done' has_task "$job" 'f0001\.done\..*\.other'
stop_agents

# --drain finishes what a dead agent left.
drop left frames=1-2 ms=600
agent doomed
job=$(job_of left)
wait_until 10 has_task "$job" '\.run\..*\.doomed'
kill -KILL "${agent_pid[doomed]}"
exits 0 '--drain waits for the lease of a dead agent and does its work' bfagent --name heir --drain
is "$(count_pictures "$job")" 2 'all pictures are there'
done_testing
