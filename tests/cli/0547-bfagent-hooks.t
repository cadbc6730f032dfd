#!/bin/bash
# Hooks: what is told to them, in which order; that they stop nobody.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
hooks() { write_config "$WORK/agent.ini" 'failures = 2'; printf '%s\n' '[hooks]' "$@" >>"$WORK/agent.ini"; }
cat >"$WORK/tell me" <<END
#!/bin/sh
text=\$(echo "== \$1"; env | grep -E '^BF_(EVENT|MACHINE|SHARE|JOB|OUTPUT|DONE|FAILED|TASK|WHY|LOG|GIVEN_UP)=' | sort)
printf '%s\n' "\$text" >>"$WORK/told" # at once, for it is looked at meanwhile
echo "words of \$1"
echo "and more" >&2
ls -l /proc/self/fd >"$WORK/fds"
END
chmod +x "$WORK/tell me"
told() { # EVENT NUMBER: what was told the NUMBERth time
	awk -v event="$1" -v wanted="$2" '/^== / { inside = $2 == event && ++n == wanted } inside && !/^==/' "$WORK/told"
}
has_card() { [ -n "$(ls "$SHARE/agents")" ]; }
was_told() { grep -qx "== $1" "$WORK/told"; }

# ---- what is told ----
hooks "agent_start = $WORK/tell me" "agent_stop = $WORK/tell me" "job_start = $WORK/tell me" "job_end = $WORK/tell me" \
	"task_failed = $WORK/tell me"
agent one
drop good frames=1-3
job=$(job_of good)
ok 'a job ends' wait_until 30 has_ended "$job"
ok 'and its end is told' wait_until 10 was_told job_end
is "$(told job_end 1)" "BF_DONE=3
BF_EVENT=job_end
BF_FAILED=0
BF_JOB=$job
BF_MACHINE=one
BF_OUTPUT=$SHARE/output/$job
BF_SHARE=$SHARE" 'with the job, its pictures and how it went'
drop bad frames=1-2 fail=2
bad=$(job_of bad)
ok 'a job with a failure ends' wait_until 30 has_ended "$bad"
stop "${agent_pid[one]}"
is "$(grep '^==' "$WORK/told" | tr -d '\n=')" ' agent_start job_start job_end job_start task_failed task_failed job_end agent_stop' \
	'each event was told once, in the order of what happened'
is "$(told agent_start 1)" "BF_EVENT=agent_start
BF_MACHINE=one
BF_SHARE=$SHARE" 'agent_start: which machine and share'
is "$(told task_failed 1)" "BF_EVENT=task_failed
BF_GIVEN_UP=no
BF_JOB=$bad
BF_LOG=$SHARE/jobs/$bad/logs/f0002.1.one.log
BF_MACHINE=one
BF_OUTPUT=$SHARE/output/$bad
BF_SHARE=$SHARE
BF_TASK=f0002
BF_WHY=Cannot render, this frame always fails" 'task_failed: what and why'
ok 'the log it names is there' test -s "$(told task_failed 1 | sed -n 's/^BF_LOG=//p')"
like "$(told task_failed 2)" '^BF_GIVEN_UP=yes' 'the last time that it was given up'
like "$(told job_end 2)" '^BF_FAILED=1' 'and how many, at the end of the job'
ok 'what a hook says is in the log' says one 'hook job_end: words of job_end'
ok 'its errors too' says one 'hook job_end: and more'
is "$(awk 'NR > 1 { print $9 }' "$WORK/fds" | grep -cvE '^([012]|3)$')" 0 'hooks see no files of the agent'

# ---- they stop nobody ----
cat >"$WORK/hang" <<'END'
#!/bin/sh
trap '' TERM
while :; do sleep 600; done
END
printf '#!/bin/sh\nexit 3\n' >"$WORK/fails"
chmod +x "$WORK/hang" "$WORK/fails"
hooks 'limit = 2' "agent_start = $WORK/hang" "job_start = $WORK/fails"
agent one
drop third frames=1-3
job=$(job_of third)
ok 'while a hook hangs frames are rendered' wait_until 30 has_ended "$job"
ok 'the hook is ended when its time is up' wait_until 20 says one 'hook agent_start failed: its time was up'
ok 'then comes the next one, whose failure is told' wait_until 20 says one 'hook job_start failed: exit code 3'
code=0; stop "${agent_pid[one]}" || code=$?
is "$code" 0 'the agent ends well'
hooks 'limit = 600' "agent_stop = $WORK/hang"
agent one
ok 'an agent whose last hook hangs' wait_until 10 has_card
kill "${agent_pid[one]}"
ok 'waits for it' wait_until 10 says one 'hook agent_stop program='
stop "${agent_pid[one]}" TERM 10
ok 'but not when told a second time' says one 'hook agent_stop: the agent does not wait'
is "$(pgrep -cf "$WORK/hang")" 0 'and leaves nothing behind'

# ---- what is no hook ----
for bad in 'job_end = hook' 'job_end = /nowhere/at-all' "agent_stop = $WORK/told" 'limit = 0'; do
	hooks "$bad"
	exits 3 "$bad is refused" bfagent --once
	like "$(cat "$WORK/err")" "agent.ini:[0-9]+: \[hooks\] ${bad%% *} = .*want" "$bad: with line and what would be right"
done
done_testing
