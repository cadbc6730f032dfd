#!/bin/bash
# bfjob log: the history of a job, with everything that can happen to a task; what each machine did; Blender's logs of a task.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
export TZ=UTC NO_COLOR=
job_tool() { "$BF_BIN/bfjob" --share "$SHARE" "$@"; }
log_says() { job_tool log "$1" | grep -Eq -e "$2"; }
held_by() { has_task "$1" "^f[0-9]+\.run\..*\.$2-"; }

# ---- done, failed, given up, retried ----
agent one
drop shot frames=1-4 fail=2
job=$(job_of shot)
ok 'a job with a frame that fails' wait_until 30 has_ended "$job"
exits 0 'log' job_tool log shot
history=$(cat "$WORK/out")
like "$history" '^20[0-9-]{8} [0-9:]{8}  f0001  one  done  [0-9.]+ s  .*Blender 3\.4' 'who rendered what, when, how long'
is "$(grep -cE '  f0002  one  failed ' <<<"$history") $(grep -cE '  f0002  one  given up  attempt 3  ' <<<"$history")" '2 1' 'what failed and was given up'
like "$history" 'f0002  one  failed .*Cannot render, this frame always fails' 'and why'
is "$(grep -c '  done  ' <<<"$history")" 3 'each frame once'
like "$history" '^  one  +3 pictures +[0-9.]+ s each +[0-9]+ s in all +\+0 % against the mean  failed 3$' 'statistics of the machine stand at the end'
exits 0 'one task' job_tool log shot 2
like "$(cat "$WORK/out")" "^==> jobs/$job/logs/f0002\.1\.one\.log <==" 'its logs'
is "$(grep -cx 'Cannot render, this frame always fails' "$WORK/out")" 3 'all of them'
unlike "$(cat "$WORK/out")" 'f000[134]' 'of no other task'
stop_agents
job_tool retry shot >"$WORK/out"
like "$(job_tool log shot f0002)" "f0002 +[^ ]+ +retried +attempt 4  .* on " 'a retry is in it, and who asked for it'
like "$(job_tool log shot 2)" "^==> jobs/$job/logs/retried/f0002\.1\.one\.log <==" 'logs of forgiven failures are shown, too'

# ---- given back, taken over, too late, picture gone ----
agent one
drop long frames=1-4 ms=1500
job=$(job_of long)
wait_until 20 held_by "$job" one || fail 'one renders'
stop_agents
ok 'given back' log_says long ' one  given back .*stopping'
agent slow
wait_until 20 held_by "$job" slow || fail 'slow renders'
signal_tree "${agent_pid[slow]}" STOP
agent quick
ok 'taken over' wait_until 30 log_says long ' quick +taken over .*from slow-'
ok 'the job ends without the one who sleeps' wait_until 40 has_ended "$job"
signal_tree "${agent_pid[slow]}" CONT
ok 'who wakes late throws his picture away' wait_until 30 log_says long ' slow +late, discarded '
like "$(job_tool log long --machines)" '^  slow .*fell silent in [12]  discarded 1$' 'the statistics tell of it'
unlike "$(job_tool log long --machines)" '^20' 'and --machines shows only them'
rm "$SHARE/output/$job/0003.png" "$SHARE/jobs/$job.ended"
ok 'a picture that was deleted' wait_until 30 log_says long 'f0003 .* rendered again .*its picture was gone'
ok 'the job ends again' wait_until 30 has_ended "$job"
is "$(job_tool log long f0003 | grep -E '^20' | sed -E 's/.*(done|rendered again).*/\1/' | tail -n 3 | tr '\n' ' ')" 'done rendered again done ' \
	'in this order'
exits 0 'JSON' job_tool log long --json
is "$(wc -l <"$WORK/out")" 1 'in one line'
cat >"$WORK/check.py" <<'PY'
import json, sys
d = json.load(sys.stdin)
assert d["format"] == 1
last = {}
for e in d["events"]:
    assert e["event"] in "done failed parked released broken late reopened retried".split(), e
    assert e["attempt"] >= last.get(e["task"], 0), e
    last[e["task"]] = e["attempt"]
assert [e["from"] for e in d["events"] if e["event"] == "broken"][0].startswith("slow-")
assert {"name", "pictures", "seconds", "seconds_per_picture", "deviation"} <= d["machines"][0].keys()
print(" ".join(sorted(set(e["event"] for e in d["events"]))))
PY
is "$(python3 "$WORK/check.py" <"$WORK/out")" 'broken done late released reopened' 'holds all of it, attempts in order'
stop_agents

# ---- logs of what goes well ----
agent one
printf '[job]\nkeep_logs = yes\n' >"$SHARE/queue/kept.ini"
drop kept frames=1-3
job=$(job_of kept)
ok 'a job that keeps its logs' wait_until 20 has_ended "$job"
is "$(find "$SHARE/jobs/$job/logs" -type f -printf '%f\n' | sort | tr '\n' ' ')" 'f0001.1.one.txt f0002.1.one.txt f0003.1.one.txt ' 'does'
like "$(job_tool log kept 2)" '^rendered by one in [0-9.]+ s$' 'bfjob log shows them'
like "$(job_tool log kept 2)" 'Sample' 'with what Blender said'
unlike "$(job_tool log kept 2)" 'f0001' 'of this task'
drop plain frames=1-3
job=$(job_of plain)
ok 'another job' wait_until 20 has_ended "$job"
is "$(ls "$SHARE/jobs/$job/logs")" '' 'keeps none'
job_tool set plain keep_logs=yes >"$WORK/out"
job_tool retry plain --frames 2 >"$WORK/out"
ok 'it is rendered again' wait_until 20 has_ended "$job"
is "$(ls "$SHARE/jobs/$job/logs")" f0002.2.one.txt 'after it was told to'
stop_agents
write_config "$WORK/agent.ini" 'keep_logs = yes'
agent one
drop machine frames=1-2
ok 'a machine that keeps its logs' wait_until 20 has_ended "$(job_of machine)"
is "$(find "$SHARE/jobs/$(job_of machine)/logs" -name '*.txt' | wc -l)" 2 'does'
stop_agents

# ---- evil journals ----
printf 'done task=f0001.run.1.0.pc-abcdef-0-1 note=a%%1b[2Jb\n%s\n\377\376\n' "$(head -c 5000 /dev/zero | tr '\0' x)" >"$SHARE/jobs/$job/journal/pc-abcdef"
mkdir "$SHARE/jobs/$job/journal/dir-abcdef"
exits 0 'control characters in a journal, and a folder that is called like one' job_tool log plain
is "$(grep -c "$(printf '\033')" "$WORK/out")" 0 'do nothing'
like "$(cat "$WORK/out")" 'a.\[2Jb' 'what they were in is shown'
done_testing
