#!/bin/bash
# Control by files in jobs/JOB/: PAUSE, CANCEL, PRIORITY.N. Each works while agents run, each can be taken back.
# (AVOID: 0542.)
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
export BF_FAKE_LOG=$WORK/began

state_of() { "$BF_BIN/bfstatus" --share "$SHARE" --json "$1" | tr '{,' '\n' | sed -n 's/^ *"state": *"\([a-z]*\)".*/\1/p' | head -n 1; }
done_of() { count_tasks "$1" '^f[0-9]+\.done\.'; }
has_done() { [ "$(done_of "$1")" -ge "$2" ]; }
nothing_runs() { ! has_task "$1" '\.run\.'; }
# ends_meanwhile NAME TEXT: a job that is dropped now is done.
ends_meanwhile() {
	drop "$1" frames=1-3
	ok "$2" wait_until 20 has_ended "$(job_of "$1")"
}

# ---- PAUSE ----
agent one
agent two
drop paused frames=1-20 ms=200
job=$(job_of paused)
wait_until 20 has_done "$job" 3 || fail 'some frames are done'
touch "$SHARE/jobs/$job/Pause.txt"
ok 'PAUSE: what runs is finished' wait_until 10 nothing_runs "$job"
count=$(done_of "$job")
ok 'not all frames were done by then' test "$count" -lt 20
ends_meanwhile meanwhile1 'PAUSE: other jobs go on'
is "$(done_of "$job") $(count_tasks "$job" '\.run\.')" "$count 0" 'PAUSE: nothing more is taken'
is "$(count_tasks "$job" '\.open\.1\.0$')" $((21 - count)) 'nothing was counted against a frame'
is "$(state_of "$job")" paused 'bfstatus calls it paused'
exits 0 '--drain does not wait for it' bfagent --drain --name drain
rm "$SHARE/jobs/$job/Pause.txt"
ok 'without PAUSE it goes on' wait_until 10 has_done "$job" $((count + 1))
ok 'to its end' wait_until 20 has_ended "$job"
is "$(count_pictures "$job")" 20 'with all pictures'

# ---- CANCEL ----
drop wrong frames=1-4 ms=9000
job=$(job_of wrong)
wait_until 20 has_task "$job" '\.run\..*\.one-' && wait_until 20 has_task "$job" '\.run\..*\.two-'
touch "$SHARE/jobs/$job/CANCEL"
began=$(tap_now)
ok 'CANCEL: the job ends' wait_until 20 has_ended "$job"
ok 'before a frame could' test $(($(tap_now) - began)) -lt 8
is "$(count_tasks "$job" '^f[0-9]+\.open\.[0-9]+\.0$')" 4 'CANCEL: what ran was given back, no failure is counted'
is "$(ls -A "$SHARE/output/$job")" '' 'CANCEL: no placeholder is left'
is "$(state_of "$job")" cancelled 'bfstatus calls it cancelled'
ends_meanwhile meanwhile2 'CANCEL: other jobs go on'
rm "$SHARE/jobs/$job/CANCEL"
ok 'without CANCEL it is taken up again, by itself' wait_until 60 has_task "$job" '\.run\.'
not_ok 'and is not marked as ended' has_ended "$job"
touch "$SHARE/jobs/$job/cancel"
ok 'cancelled again it ends again' wait_until 20 has_ended "$job"
rm "$SHARE/jobs/$job/cancel" "$SHARE/jobs/$job.ended"
ok 'with the marker deleted it is taken up at once' wait_until 10 has_task "$job" '\.run\.'

# A worker that is killed while the job is cancelled gives back what it held, when it is there again.
holder=$(tasks_of "$job" '\.run\.' | head -n 1 | sed 's/.*\.\([a-z]*\)-[^.]*$/\1/')
worker=$(ps -o pid= --ppid "${agent_pid[$holder]}" | sort -n | tail -n 1 | tr -d ' ')
kill -KILL "$worker"
touch "$SHARE/jobs/$job/CANCEL"
ok 'a cancelled job ends although a worker was killed in it' wait_until 20 has_ended "$job"
ok 'nothing is held' nothing_runs "$job"
stop_agents

# ---- PRIORITY ----
# One agent, jobs told apart by their frames: 1xx, 2xx …; the order in which pictures were begun.
order() { cut -c1 "$WORK/began" | uniq | tr -d '\n'; }
has_begun() { grep -q "^$1" "$WORK/began"; }
: >"$WORK/began"
agent one
drop a1 frames=101-112 ms=150
wait_until 20 has_begun 1 || fail 'the first job is rendered'
drop b2 frames=201-204 ms=50
printf '[job]\npriority = 5\n' >"$SHARE/queue/c3.ini"
drop c3 frames=301-304 ms=50
job=$(job_of b2)
ok 'they end' wait_until 30 has_ended "$job"
is "$(order)" 1312 'the urgent one goes first, then the older, then the younger'

: >"$WORK/began"
drop a4 frames=401-412 ms=150
wait_until 20 has_begun 4
drop b5 frames=501-504 ms=50
job=$(job_of b5)
touch "$SHARE/jobs/$job/PRIORITY.-3" "$SHARE/jobs/$job/priority.20.txt"
ok 'PRIORITY: they end' wait_until 30 has_ended "$(job_of a4)"
ok 'both' wait_until 30 has_ended "$job"
is "$(order)" 454 'PRIORITY.20 goes before none; the largest counts'

: >"$WORK/began"
drop a6 frames=601-618 ms=150
wait_until 20 has_begun 6
drop b7 frames=701-718 ms=150
job=$(job_of b7)
touch "$SHARE/jobs/$job/PRIORITY.7"
ok 'the younger one is preferred' wait_until 20 has_begun 7
rm "$SHARE/jobs/$job/PRIORITY.7"
ok 'they end' wait_until 30 has_ended "$job"
is "$(order)" 6767 'without the file the older one is preferred again'
stop_agents
done_testing
