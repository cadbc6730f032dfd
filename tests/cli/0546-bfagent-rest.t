#!/bin/bash
# When a machine takes no work: hours, a person at it, other programs, a PAUSE file; and ending after the frame in work.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
hours() { write_config "$WORK/agent.ini"; printf '%s\n' '[hours]' "$@" >>"$WORK/agent.ini"; }
card_says() { grep -qs "$1" "$SHARE"/agents/*; }
is_run_by() { has_task "$1" "\.run\..*\.$2-"; }
today=$(LC_ALL=C date +%a) # the tests below do not hold over midnight, nor need they
other=$(LC_ALL=C date -d '3 days' +%a)

# ---- hours ----
hours "work = $other"
agent one
drop shot frames=1-3 ms=20
ok 'outside of its hours it says so' wait_until 10 says one 'rest: outside of its work hours'
ok 'and on its card' wait_until 10 card_says 'state = "paused"'
ok 'with the reason' wait_until 5 card_says 'note = "outside of its work hours"'
like "$("$BF_BIN/bfstatus" --share "$SHARE")" 'paused' 'and so does bfstatus'
hours "work = $today 0:00-24:00"
agent two
job=$(job_of shot)
ok 'a machine whose hours it is takes the job and ends it' wait_until 30 has_ended "$job"
is "$(find "$SHARE/jobs/$job/journal" -name 'one-*')" '' 'the resting one did nothing of it'
like "$("$BF_BIN/bfstatus" --share "$SHARE" --json)" '"state": *"paused"' 'it rests still'
not_ok 'and runs no Blender' grep -q 'blender version.*one' "$(log_of two)"
stop_agents
is "$(ls "$SHARE/agents")" '' 'a resting machine ends when told to'

# ---- a PAUSE file in agents/ ----
hours
agent one
drop pausing frames=1-40 ms=400
job=$(job_of pausing)
ok 'it renders' wait_until 20 is_run_by "$job" one
touch "$SHARE/agents/pause.one.txt"
ok 'PAUSE.one in agents/ makes it rest' wait_until 20 says one 'rest: a PAUSE file'
ok 'nothing is held any more' wait_until 20 card_says 'state = "paused"'
is "$(count_tasks "$job" '\.run\.')" 0 'what was in work was finished or given back'
is "$(count_tasks "$job" '\.open\.[0-9]+\.[1-9]')" 0 'nothing counts as failed'
pictures=$(count_pictures "$job")
ok 'it has made pictures' test "$pictures" -ge 1
ok 'and ended its Blender' wait_until 5 has_no_blender
rm "$SHARE/agents/pause.one.txt"
ok 'without the file it goes on' wait_until 20 has_pictures "$job" $((pictures + 1))

# ---- FINISH and STOP files ----
touch "$SHARE/agents/FINISH.one" "$SHARE/agents/STOP.two"
ok 'FINISH.one makes it end' wait_until 20 tap_is_gone "${agent_pid[one]}"
ok 'after the frame in work' says one 'finish: a FINISH file in agents/; ending after what is in work'
code=0; stop "${agent_pid[one]}" || code=$?
is "$code" 0 'with exit status 0'
is "$(ls "$SHARE/agents")" 'STOP.two' 'the order was taken away, one for another machine was not'
is "$(count_tasks "$job" '\.run\.')" 0 'nothing is held'
rm "$SHARE/agents/STOP.two"
touch "$SHARE/jobs/$job/CANCEL"
drop long frames=1-2 ms=60000
agent one
job=$(job_of long)
ok 'it is in the middle of a frame' wait_until 20 is_run_by "$job" one
touch "$SHARE/agents/stop.ONE.txt"
ok 'STOP.one ends it' wait_until 20 tap_is_gone "${agent_pid[one]}"
is "$(count_tasks "$job" '^f[0-9]+\.open\.[0-9]+\.0$')" 2 'the frame was given back at once'
is "$(ls "$SHARE/agents")" '' 'and the order is gone'

# ---- SIGUSR1: as FINISH, whatever the grace ----
touch "$SHARE/jobs/$job/CANCEL"
write_config "$WORK/agent.ini" 'grace = 1'
drop usr frames=1-4 ms=4000
agent one
job=$(job_of usr)
ok 'it is in the middle of a frame again' wait_until 20 is_run_by "$job" one
code=0; stop "${agent_pid[one]}" USR1 20 || code=$?
is "$code" 0 'SIGUSR1: exit status 0'
ok 'the frame in work was finished and published' has_pictures "$job" 1
is "$(count_tasks "$job" '\.run\.')" 0 'and nothing is held'
ok 'no Blender is left' has_no_blender
agent one
ok 'it renders once more' wait_until 20 is_run_by "$job" one
kill -USR1 "${agent_pid[one]}"
ok 'told to finish it goes on rendering' wait_until 5 says one 'finish: asked to'
began=$(tap_now)
code=0; stop "${agent_pid[one]}" TERM 20 || code=$?
is "$code" 0 'SIGTERM after SIGUSR1 ends it orderly'
ok 'without waiting for the frame' test $(($(tap_now) - began)) -le 3
is "$(count_tasks "$job" '\.run\.')" 0 'which was given back'
touch "$SHARE/jobs/$job/CANCEL"

# ---- somebody uses the machine ----
mkdir "$WORK/bin"
cat >"$WORK/bin/busctl" <<END
#!/bin/sh
cat "$WORK/hint"
END
chmod +x "$WORK/bin/busctl"
PATH=$WORK/bin:$PATH
printf 'b false\nt 0\n' >"$WORK/hint"
hours 'user_idle = 2' 'frame = release'
agent one
drop user frames=1-2 ms=60000
ok 'while somebody uses the machine it rests' wait_until 20 says one 'rest: somebody uses this machine'
printf 'b true\nt 1000000\n' >"$WORK/hint"
ok 'it works when nobody has done so for a while' wait_until 40 says one 'work: no reason to rest'
job=$(job_of user)
ok 'and renders' wait_until 20 is_run_by "$job" one
printf 'b false\nt 0\n' >"$WORK/hint"
ok 'when the user comes back, frame = release gives the frame back' wait_until 40 says one 'release .*somebody uses this machine'
ok 'at once' wait_until 10 has_no_blender
is "$(count_tasks "$job" '^f[0-9]+\.open\.[0-9]+\.0$')" 2 'without counting a failure'
stop_agents
touch "$SHARE/jobs/$job/CANCEL"

# ---- other programs ----
hours 'others_busy = 0.0001'
agent one
ok 'while other programs need the processors it rests' wait_until 40 says one 'rest: other programs need the processors'
stop_agents

# ---- what is no rule ----
for bad in 'work = always' 'work = mon-' 'user_idle = -1' 'user_idle = soon' 'others_busy = many' 'others_busy = -1' 'frame = suspend'; do
	hours "$bad"
	exits 3 "$bad is refused" bfagent --once
	like "$(cat "$WORK/err")" "agent.ini:[0-9]+: \[hours\] ${bad%% *} = .*want" "$bad: with line and what would be right"
done
done_testing
