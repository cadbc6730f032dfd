#!/bin/bash
# Limits of a machine: a Blender that hangs, or takes more memory than it may, is stopped; its task says so.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
limits() { write_config "$WORK/agent.ini" 'failures = 1'; printf '%s\n' '[limits]' "$@" >>"$WORK/agent.ini"; }
reason_of() { head -n 1 "$SHARE/jobs/$1/logs/$2.1.one.log"; }
export BF_FAKE_LOG=$WORK/attempts

# ---- time ----
limits 'frame_limit = 2'
agent one
drop hanging frames=1-4 hang=2
job=$(job_of hanging)
ok 'a job one of whose frames hangs ends' wait_until 40 has_ended "$job"
is "$(count_pictures "$job")" 3 'with all other pictures'
ok 'the frame that hung is given up' has_task "$job" '^f0002\.parked\.'
is "$(reason_of "$job" f0002)" 'not done after 2 s (frame_limit of the machine one)' 'its log says why'
like "$(cat "$SHARE/jobs/$job/logs/f0002.1.one.log")" 'Sample' 'and what Blender said until then'
like "$("$BF_BIN/bfstatus" --share "$SHARE" "$job")" 'frame_limit of the machine one' 'and so does bfstatus'

drop unopened frames=1-2 open_ms=600000
ok 'a file on which Blender hangs is rejected in the end' wait_until 60 is_rejected unopened.blend
stop_agents
ok 'no Blender is left of all these' has_no_blender

# ---- memory ----
limits 'memory_limit = 120M' 'frame_limit = 60'
agent one
drop large frames=1-4 eat=3 eat_mb=200 ms=3000
job=$(job_of large)
ok 'a job one of whose frames needs too much memory ends' wait_until 60 has_ended "$job"
is "$(count_pictures "$job")" 3 'with all other pictures'
like "$(reason_of "$job" f0003)" '^Blender grew to [0-9]+ MB \(memory_limit of the machine one: 120 MB\)$' 'its log says why'
ok 'a Blender that had made pictures before was started afresh first' says one 'restart blender: Blender grew to .* after 2 pictures'
is "$(grep -c '^3 ' "$WORK/attempts")" 3 'so that frame was begun twice (and once in the job before)'

drop leaking frames=1-6 leak_mb=40 ms=1200
job=$(job_of leaking)
ok 'a job in which Blender grows from frame to frame ends' wait_until 60 has_ended "$job"
is "$(count_pictures "$job")" 6 'and no frame of it fails'
ok 'for a fresh Blender went on' says one 'restart blender: .* after [1-9] pictures'
stop_agents
ok 'no Blender is left' has_no_blender

# ---- what is no limit ----
for bad in 'memory_limit = lots' 'memory_limit = 5T' 'memory_limit = -1' 'memory_limit = 0.5' 'frame_limit = 31d' 'frame_limit = -3'; do
	limits "$bad"
	exits 3 "$bad is refused" bfagent --once
	like "$(cat "$WORK/err")" "agent.ini:[0-9]+: \[limits\] ${bad%% *} = .*want" "$bad: with line and what would be right"
done
for good in 'memory_limit = 24G' 'memory_limit = 900' 'memory_limit = 1.5gb' 'memory_limit = 0' 'frame_limit = 2h'; do
	limits "$good"
	exits 4 "$good is taken" bfagent --once
done
# ---- paths of other systems ----
paths() { write_config "$WORK/agent.ini"; printf '%s\n' "$@" >>"$WORK/agent.ini"; }
paths '[path 3]' "from = P:\\" 'to = mnt'
exits 3 'a path here that does not begin at the root is refused' bfagent --once
like "$(cat "$WORK/err")" '\[path 3\] to = "mnt": want a folder of this machine' 'and what would be right'
paths '[path 0]' "from = P:\\"
exits 3 'so is half a rule' bfagent --once
like "$(cat "$WORK/err")" '\[path 0\] from = .*want both from and to' 'saying what is missing'
paths '[path 0]' "from = P:\\" 'to = /mnt/p' '[path 9]' 'from = \\nas\sets' 'to = /'
exits 4 'whole ones are taken, with gaps between their numbers' bfagent --once
unlike "$(cat "$WORK/err")" ' config [^=]' 'without complaint'
done_testing
