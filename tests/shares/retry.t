#!/bin/bash
# timeout: 600
# bfjob on a client whose agent is at work, as is the other: pause, priority, retry of what is done, remove.
BEDS=5
BED_OPTIONS=(-t 400)
on_host() { . "$here/farm.sh"; render_undisturbed; }
. "${0%/*}/each.sh"
. "$here/farm.sh"
job_tool() { "$here/as" "$1" "$BF_BIN/bfjob" --share "/mnt/$1/$farm" "${@:2}"; } # CLIENT ARGUMENT...
control() { find "$truth"/jobs/shot_*/ -maxdepth 1 -name '[[:upper:]]*' -printf '%f '; }
# Over SMB, what a client has looked at stays in the server's folder when another removes it, until the first closes it: cifs does
# that a second later.
control_is() { [ "$(control)" = "$1" ]; }
has_frames() { [ "$(states | grep -cE '^f[0-9]+\.done\.')" -ge "$1" ]; } # of the animation: no pieces, no join
# Of what was rendered by a machine, something else than the frame that was just asked for again.
has_made_another() { states | grep -E "^f[0-9]+\.done\..*\.$1-" | grep -qv "^f$first\."; }
attempts_of() { states | grep -E "^$1\.done\." | cut -d. -f3; }

begin retry
ok "$farm: in the middle" wait_until 60 has_frames 3
ok "$farm: pause, on client a" job_tool a pause shot
like "$(job_tool b resume shot)" 'goes on$' "$farm: resume, on client b, at once"
ok "$farm: priority, on client b" job_tool b priority shot 7
wait_until 10 control_is 'PRIORITY.7 '
is "$(control)" 'PRIORITY.7 ' "$farm: that is what was asked for"
first=$(states | grep -oE '^f[0-9]+\.done\.' | head -n 1 | cut -c2-5)
ok "$farm: retry of a frame that is done, on client b" job_tool b retry shot --frames "$first"
ok "$farm: machine a has made another" wait_until 60 has_made_another a
ok "$farm: retry of what machine a made, on client a" job_tool a retry shot --machine a
ok "$farm: the jobs end" wait_until 120 ended 2
ok "$farm: retry of what has ended, on client b" job_tool b retry shot --frames 20-24
ok "$farm: and of pieces, on client a" job_tool a retry still --all
settle
isnt "$(attempts_of "f$first")" 1 "$farm: the frame was rendered again"
is "$(attempts_of 'f002[0-4]' | grep -cx 1)" 0 "$farm: so were the others"
ok "$farm: the history is told" job_tool b log shot
like "$(job_tool a log shot "$first")" ' retried ' "$farm: with the retry, on the other client, too"

begin removed
ok "$farm: in the middle" wait_until 60 both_have_done 3
ok "$farm: remove, on client b" job_tool b remove shot --yes
ok "$farm: the other job ends" wait_until 120 ended 1
ok "$farm: the agents stop when asked to" stop_agents
is "$(find "$truth/jobs" "$truth/output" \( -name '*shot_*' -path '*/jobs/*' -o -name '.removed*' -o -name '.bf.*' -o -type f -size 0 ! -name '*.ended' \) \
	! -path '*/still_*/*')" '' "$farm: nothing of it is left but its pictures"

# Client b has just looked, and its file system remembers what it saw: over sshfs up to 20 s.
use unseen
ok "$farm: an agent makes the share" start_configured a
ls "/mnt/b/$farm/jobs" >/dev/null
drop "$BF_HOST_DIR"/drop/*
ok "$farm: two jobs are accepted" wait_until 60 has_jobs 2
ok "$farm: client b, who has seen neither, pauses one" job_tool b pause shot
ok "$farm: and removes all" job_tool b remove 'shot_*' 'still_*' --yes
ok "$farm: the agent stops when asked to" stop_agents
is "$(find "$truth/jobs" -mindepth 1 -maxdepth 1 ! -name .incoming)" '' "$farm: nothing is left of them"
done_testing
