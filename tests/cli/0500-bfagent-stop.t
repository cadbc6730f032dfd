#!/bin/bash
# Stopping: soon, with nothing left behind and nothing counted against anybody.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"

new_farm
agent one
drop long frames=1-3 ms=60000
job=$(job_of long)
renders() { has_task "$job" "\.run\..*\.$1-" && has_blender; }
is_given_back() { [ "$(count_tasks "$job" '^f[0-9]+\.open\.')" -eq 3 ]; }

# ends_soon SIGNAL NAME: the agent called one is in the middle of a frame.
ends_soon() {
	local began ended code=0
	wait_until 15 renders one || fail "$2: it renders"
	began=$(tap_now)
	stop "${agent_pid[one]}" "$1" 20 || code=$?
	ended=$(tap_now)
	is "$code" 0 "$2: exit status 0"
	ok "$2: within five seconds" test $((ended - began)) -le 5
	ok "$2: no Blender is left" has_no_blender
	ok "$2: the frames are open again" is_given_back
	is "$(count_tasks "$job" '^f[0-9]+\.open\.[0-9]+\.0$')" 3 "$2: no failure was counted"
	is "$(find "$WORK/scratch" 2>/dev/null)" '' "$2: the scratch folder is gone"
	is "$(ls "$SHARE/agents")" '' "$2: the card is gone"
	is "$(find "$SHARE/output/$job" -name '.*' -type f)" '' "$2: no private file"
}
ends_soon TERM SIGTERM
agent one
ends_soon INT SIGINT
agent one
ends_soon HUP SIGHUP

# ---- twice ----
# With stop = finish the first one waits for the frame; the second does not.
write_config "$WORK/agent.ini" 'stop = finish' 'grace = 100'
BF_FAKE_LOG=$WORK/begun agent one
wait_until 30 test -s "$WORK/begun" || fail 'it renders' # what is claimed but not begun is not finished
kill -INT "${agent_pid[one]}"
ok 'stop = finish: it waits for the frame' wait_until 5 says one 'stop: interrupted'
ok 'stop = finish: it goes on rendering' renders one
began=$(tap_now)
stop "${agent_pid[one]}" INT 20
ok 'a second SIGINT ends it at once' test $(($(tap_now) - began)) -le 3
ok 'it says so' says one 'stop at once'
ok 'no Blender is left after the second' wait_until 5 has_no_blender
is "$(find "$WORK/scratch" 2>/dev/null)" '' 'nor a scratch folder'

# ---- stop = finish, and the frame does end ----
touch "$SHARE/jobs/$job/CANCEL"
agent one
drop short frames=1-4 ms=1500
job=$(job_of short)
wait_until 15 renders one || fail 'it renders'
code=0
stop "${agent_pid[one]}" TERM 20 || code=$?
is "$code" 0 'stop = finish: exit status 0'
ok 'the frame in work was finished and published' has_pictures "$job" 1
is "$(count_tasks "$job" '\.run\.')" 0 'and nothing is held'

# ---- while nothing is to be done, while it accepts ----
write_config "$WORK/agent.ini"
agent one --slots 4
wait_until 10 has_ended "$job"
stop "${agent_pid[one]}" TERM 10
is $? 0 'an idle agent with four slots ends with 0'
drop opening frames=1-2 open_ms=60000
agent one
is_planning() { [ -n "$(find "$SHARE/jobs/.incoming" -mindepth 1 -maxdepth 1 -name 'opening*-0-*')" ]; }
ok 'a submission is being accepted' wait_until 15 is_planning
stop "${agent_pid[one]}" TERM 10
is $? 0 'stopped while accepting: exit status 0'
is "$(find "$SHARE/jobs/.incoming" -mindepth 1 -maxdepth 1 -printf '%f\n' | sed 's/_[0-9].*\.\([0-9]*\.\)/ \1/')" 'opening 1.open' \
	'the submission waits for anybody, and nothing was counted against it'
is "$(find "$SHARE/jobs/.incoming" -name opening.blend | wc -l)" 1 'with its file'
ok 'no Blender is left in the end' has_no_blender
done_testing
