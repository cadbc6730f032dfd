#!/bin/bash
# bfjob retry: what was given up, some frames, all, what one machine made; in jobs that have ended, and with pieces.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
export BF_SHARE
job_tool() { "$BF_BIN/bfjob" --share "$SHARE" "$@"; }
state_of() { "$BF_BIN/bfstatus" --share "$SHARE" --json "$1" | tr '{,' '\n' | sed -n 's/^ *"state": *"\([a-z]*\)".*/\1/p' | head -n 1; }
# The pictures' files, so that one written anew is told from the old one.
file_of() { stat -c '%i %y' "$SHARE/output/$1/$2"; }
attempt_of() { tasks_of "$1" "^$2\." | cut -d. -f3; }
ends_as() { wait_until 30 has_ended "$1" && [ "$(state_of "$1")" = "$2" ]; }

# ---- what was given up, after the cause was mended ----
agent one
drop shot frames=1-6 fail=2,5
job=$(job_of shot)
ok 'the job fails' ends_as "$job" failed
stop_agents
: >"$SHARE/jobs/$job/AVOID.one.txt"
before=$(find "$SHARE/jobs/$job" "$SHARE/output" | sort)
exits 0 'a dry run' job_tool -n retry shot
like "$(cat "$WORK/out")" "^$job: would render again: f0002 f0005\$" 'says what would be done'
is "$(find "$SHARE/jobs/$job" "$SHARE/output" | sort)" "$before" 'and changes nothing'
exits 0 'retry' job_tool retry shot
like "$(cat "$WORK/out")" "^$job: renders again: f0002 f0005\$" 'says what is done'
is "$(tasks_of "$job" '^f000[25]' | tr '\n' ' ')" 'f0002.open.4.0 f0005.open.4.0 ' 'with a new attempt each, and no failures'
not_ok 'the job has not ended any more' has_ended "$job"
ok 'its last look is open' has_task "$job" '^finish\.open\.'
not_ok 'machines that stayed away may try again' test -e "$SHARE/jobs/$job/AVOID.one.txt"
is "$(find "$SHARE/jobs/$job/logs" -maxdepth 1 -type f | wc -l) $(find "$SHARE/jobs/$job/logs/retried" -type f | wc -l)" '0 6' \
	'the old failures are forgiven, but kept'
exits 4 'retry once more: nothing to do' job_tool retry shot
like "$(cat "$WORK/out")" 'no frame was given up' 'it says so'
BF_FAKE='fail=5' agent one
ok 'who fails again' ends_as "$job" failed
is "$(tasks_of "$job" '^f000[25]' | sed 's/\.one-.*//' | tr '\n' ' ')" 'f0002.done.4.0 f0005.parked.6.3 ' 'has three attempts again'
stop_agents
BF_FAKE='fail=0' agent one
exits 0 'retry' job_tool retry "$job"
ok 'in the end all is done' ends_as "$job" 'done'
is "$(count_pictures "$job")" 6 'with all pictures'
is "$(leftovers_of "$job")" '' 'and nothing left over'

# ---- frames that are done ----
old=$(file_of "$job" 0003.png) other=$(file_of "$job" 0004.png)
exits 2 'a frame that the job has not' job_tool retry shot --frames 3,99
like "$(cat "$WORK/err")" 'frame 99 is not one of its frames, 1 to 6' 'it says so'
ok 'and nothing was done' has_ended "$job"
exits 0 'retry of a frame' job_tool retry shot --frames 3
like "$(cat "$WORK/out")" 'renders again: f0003; pictures removed: 1' 'its picture goes'
ok 'the job ends again' ends_as "$job" 'done'
is "$(attempt_of "$job" f0003) $(attempt_of "$job" f0004)" '2 1' 'the frame was rendered again, and only that'
isnt "$(file_of "$job" 0003.png)" "$old" 'its picture is a new one'
is "$(file_of "$job" 0004.png)" "$other" 'the others are the old ones'
ok 'all are those on record' hashes_hold "$job"

# ---- a winner that slept before its last rename ----
stop_agents
done=$(tasks_of "$job" '^f0001')
token=$(cut -d. -f5 <<<"$done")
cp "$SHARE/output/$job/0001.png" "$SHARE/output/$job/.bf.f0001.1.$token"
exits 0 'retry of a frame whose picture still lies there as private' job_tool retry shot --frames 1
not_ok 'takes that away' test -e "$SHARE/output/$job/.bf.f0001.1.$token"
not_ok 'and the picture' test -e "$SHARE/output/$job/0001.png"

# ---- everything a machine made ----
exits 4 'a machine that made nothing' job_tool retry shot --machine two
like "$(cat "$WORK/out")" 'no picture of it was made by two' 'it says so'
: >"$SHARE/jobs/$job/AVOID.one.txt"
ok 'one stays away' test -e "$SHARE/jobs/$job/AVOID.one.txt"
exits 0 'what one machine made' job_tool retry shot --machine one
like "$(cat "$WORK/out")" 'renders again: f0002 f0003 f0004 f0005 f0006; pictures removed: 5' 'all that it had done'
ok 'it stays away' test -e "$SHARE/jobs/$job/AVOID.one.txt"
BF_FAKE='fail=0' agent two
ok 'another makes it anew' ends_as "$job" 'done'
is "$(tasks_of "$job" '^f0.*\.done\..*\.two-' | wc -l)" 6 'all of it'

# ---- all, of a job that is cancelled ----
touch "$SHARE/jobs/$job/CANCEL"
exits 0 'all' job_tool retry shot --all
like "$(cat "$WORK/out")" 'is cancelled: nothing is rendered before bfjob resume' 'a retry does not take back a CANCEL'
is "$(count_pictures "$job")" 0 'the pictures are gone'
exits 0 'resume' job_tool resume shot
ok 'does' ends_as "$job" 'done'
is "$(count_pictures "$job")" 6 'all are there again'
stop_agents

# ---- pieces: they go with their join ----
agent one
printf '[job]\npieces = 2x1\n' >"$SHARE/queue/still.ini"
drop still frames=1-2 depth=16
job=$(job_of still)
ok 'a job in pieces' ends_as "$job" 'done'
sum=$(md5sum <"$SHARE/output/$job/0001.png")
old=$(file_of "$job" 0001.png) other=$(file_of "$job" 0002.png)
exits 0 'retry of a frame in pieces' job_tool retry still --frames 1
like "$(cat "$WORK/out")" 'renders again: f0001.p000 f0001.p001 f0001.join; pictures removed: 1' 'takes its pieces and their join'
ok 'it ends' ends_as "$job" 'done'
is "$(md5sum <"$SHARE/output/$job/0001.png")" "$sum" 'with the same picture'
isnt "$(file_of "$job" 0001.png)" "$old" 'made anew'
is "$(file_of "$job" 0002.png)" "$other" 'the other frame is as it was'
is "$(leftovers_of "$job")" '' 'nothing is left over'
stop_agents
BF_FAKE='fail=1' agent one
exits 0 'a piece that fails now' job_tool retry still --all
ok 'fails the job' ends_as "$job" failed
stop_agents
BF_FAKE='fail=0' agent one
exits 0 'retry of what was given up' job_tool retry still
ok 'renders the pieces and joins them' ends_as "$job" 'done'
is "$(md5sum <"$SHARE/output/$job/0001.png")" "$sum" 'to the same picture'
stop_agents
done_testing
