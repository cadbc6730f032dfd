#!/bin/bash
# The end of a job: an idle machine renders what a slow one still renders, the first commit wins, and nothing else changes.
# timeout: 300
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm

SLOW=12000 # ms a frame of the slow machine: a duplicate has to be worth it by some seconds
# tail_of JOB FRAMES FAST-FAKE: the slow machine has frame 1 in work, the other one does the rest and is idle then.
tail_of() {
	drop "$1" "frames=1-$2" ms=200
	job=$(job_of "$1")
	wait_until 20 has_task "$job" '^f0001\.run\.1\.0\.slow' || diag "$(tasks_of "$job")"
	BF_FAKE=$3 BF_TRACE=duplicate agent fast
}
slow_alone() {
	BF_FAKE="ms=${1:-$SLOW}" agent slow
	wait_until 10 has_share
}
is_marked() { [ -n "$(find "$SHARE/jobs/$job/tasks" -name '.bf.f0001.1.*')" ]; }
ends_once() { # NAME
	ok "$1: the job ends" wait_until 40 has_ended "$job"
	is "$(tasks_of "$job" '^f' | grep -vc '\.done\.1\.0\.')" 0 "$1: every frame was done at its first attempt"
	is "$(leftovers_of "$job")" '' "$1: nothing is left over"
	ok "$1: the pictures are those on record" hashes_hold "$job"
	is "$(find "$SHARE/jobs/$job/logs" -type f)" '' "$1: no failure is on record"
}

# ---- the duplicate wins ----
slow_alone
tail_of wins 3 ms=200
ok 'an idle machine begins a duplicate' wait_until 20 says fast ' duplicate job=.* task=f0001 '
ok 'and says so on the share' is_marked
ok 'it wins' wait_until 20 has_task "$job" '^f0001\.done\.1\.0\.fast'
ok 'the slow machine sees it and drops its render' wait_until 10 says slow ' late job=.* task=f0001 .*render dropped'
ends_once 'the duplicate wins'
journal=$(cat "$SHARE/jobs/$job/journal"/fast-*)
like "$journal" '^done task=f0001.*note=duplicate' 'the journal tells who made it, and how'
like "$(cat "$SHARE/jobs/$job/journal"/slow-*)" '^late task=f0001' 'and that somebody was late'
like "$("$BF_BIN/bfstatus" --share "$SHARE" --json "$job")" '"state": *"done"' 'the job is done'
stop "${agent_pid[fast]}" || :
drop next frames=1-1
next=$(job_of next)
ok 'the slow machine takes other work' wait_until 20 has_task "$next" '^f0001\.run\..*slow'
stop_agents
rm -rf "$SHARE"

# ---- a Blender that hangs: the owner wins ----
slow_alone
tail_of hangs 3 'ms=200 hang=1'
ok 'a duplicate is begun' wait_until 20 is_marked
ok 'the owner is done first' wait_until 30 has_task "$job" '^f0001\.done\.1\.0\.slow'
ok 'the duplicate is dropped' wait_until 10 says fast ' late job=.* task=f0001 .*render dropped'
ends_once 'the owner wins'
stop_agents
rm -rf "$SHARE"

# ---- a duplicate that fails ----
export BF_FAKE_LOG=$WORK/attempts
slow_alone
tail_of fails 3 'ms=200 fail=1'
ok 'a duplicate fails' wait_until 20 says fast ' drop duplicate job=.* task=f0001 .*always fails'
ok 'the owner goes on' wait_until 30 has_task "$job" '^f0001\.done\.1\.0\.slow'
ends_once 'a duplicate that fails'
is "$(grep -c '^1 ' "$WORK/attempts")" 2 'it was not tried again'
like "$(cat "$SHARE/jobs/$job/journal"/fast-*)" '^failed task=f0001.*note=duplicate' 'the journal tells of it'
unset BF_FAKE_LOG
stop_agents
rm -rf "$SHARE"

# ---- killed at it ----
slow_alone
tail_of killed 3 'ms=200 hang=1'
ok 'a duplicate is begun' wait_until 20 is_marked
signal_tree "${agent_pid[fast]}" KILL
wait "${agent_pid[fast]}" 2>/dev/null
ok 'its machine is killed: the owner goes on' wait_until 30 has_task "$job" '^f0001\.done\.1\.0\.slow'
ends_once 'a duplicate that is killed'
stop_agents
rm -rf "$SHARE"

slow_alone 60000
tail_of orphan 3 'ms=200'
ok 'a duplicate is begun' wait_until 40 says fast ' duplicate job=.* task=f0001 '
signal_tree "${agent_pid[slow]}" KILL
wait "${agent_pid[slow]}" 2>/dev/null
ok 'the owner is killed: the frame is done' wait_until 30 has_task "$job" '^f0001\.done\.'
ok 'and the job ends' wait_until 30 has_ended "$job"
is "$(leftovers_of "$job")" '' 'nothing is left over'
ok 'the pictures are those on record' hashes_hold "$job"
stop_agents
rm -rf "$SHARE"

# ---- pieces ----
slow_alone 48000
printf '[job]\npieces = 2x2\n' >"$SHARE/queue/still.ini"
drop still frames=7-7 depth=16 ms=800
job=$(job_of still)
wait_until 20 has_task "$job" '^f0007\.p.*\.run\.1\.0\.slow'
BF_FAKE='ms=800' agent fast
ok 'a piece is duplicated, too' wait_until 20 says fast ' publish job=.* task=f0007\.p00. .*duplicate_of=slow'
ok 'and joined' wait_until 20 has_pictures "$job" 1
ok 'the job ends' wait_until 20 has_ended "$job"
is "$(find "$SHARE/jobs/$job/pieces" -mindepth 1; leftovers_of "$job")" '' 'nothing is left over'
ok 'the slow machine drops its render' wait_until 10 says slow ' late job=.*render dropped'
stop_agents
rm -rf "$SHARE"

# ---- not where it is switched off ----
new_farm 'duplicates = no'
slow_alone 6000
tail_of off 3 ms=200
ok 'switched off: the job ends' wait_until 30 has_ended "$job"
ok 'the slow machine has done its frame' has_task "$job" '^f0001\.done\.1\.0\.slow'
not_ok 'nobody has begun a duplicate' says fast ' duplicate job='
ok 'no agent has crashed' eval '! grep -h "ended unexpectedly" "$WORK"/start.*'
stop_agents
ok 'no Blender is left' wait_until 5 has_no_blender
done_testing
