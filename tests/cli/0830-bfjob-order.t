#!/bin/bash
# In which order jobs are worked on: priority, then age, as bfjob changes them; and jobs that wait hold nobody up.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
export BF_FAKE_LOG=$WORK/began
job_tool() { "$BF_BIN/bfjob" --share "$SHARE" "$@" >"$WORK/said" 2>&1 || diag "$(cat "$WORK/said")"; }
# Jobs are told apart by their frames: 1xx, 2xx …; the order in which pictures were begun.
order() { cut -c1 "$WORK/began" | uniq | tr -d '\n'; }
has_begun() { grep -q "^$1" "$WORK/began"; }
count_begun() { [ "$(grep -c "^$1" "$WORK/began")" -ge "$2" ]; }

# ---- jobs that wait, with the highest priority ----
: >"$WORK/began"
agent one
drop elsewhere frames=101-140 ms=300
elsewhere=$(job_of elsewhere)
stop_agents
sed -i 's/^blender *=.*/blender = "9.9.0"/' "$SHARE/jobs/$elsewhere/job.ini"
job_tool priority elsewhere 90
: >"$WORK/began"
agent one
drop held frames=201-212 ms=200
held=$(job_of held)
job_tool pause held
job_tool priority held 100
ok 'what runs when a job is paused is finished' wait_until 20 eval '! has_task "$held" "\.run\."'
drop ready frames=301-304 ms=50
ok 'a job is done although a paused one and one for another Blender go before it' wait_until 30 has_ended "$(job_of ready)"
not_ok 'for the other Blender nothing was begun' has_begun 1
ok 'the paused one waits' has_task "$held" '\.open\.'
like "$("$BF_BIN/bfstatus" --share "$SHARE" held)" 'paused +priority 100' 'with its priority'

# ---- resumed, it goes first ----
: >"$WORK/began"
drop low frames=401-430 ms=100
wait_until 20 count_begun 4 2 || fail 'the next one is rendered'
job_tool resume held
ok 'the job that goes on ends' wait_until 30 has_ended "$held"
is "$(order | cut -c1-3)" 424 'it went before the other, which then went on'

# ---- age, and a priority that changes ----
drop low2 frames=501-530 ms=100
low2=$(job_of low2)
not_ok 'of equal priority, the younger one waits' has_begun 5
job_tool priority low2 1
ok 'with more priority it is taken' wait_until 20 has_begun 5
job_tool priority 'low_*' 2
begun=$(grep -c '^4' "$WORK/began")
ok 'until another gets still more' wait_until 20 count_begun 4 $((begun + 2))
job_tool cancel 'low*'
ok 'all are cancelled' wait_until 20 has_ended "$low2"
stop_agents
done_testing
