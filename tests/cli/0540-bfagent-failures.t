#!/bin/bash
# Frames that fail: tried again, given up after three failures, with reason and log kept; the rest of the job goes on.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm

logs_of() { find "$SHARE/jobs/$1/logs" -name "$2.*.log" -printf '%f\n' | sort; }
machines_of() { logs_of "$1" "$2" | cut -d. -f3 | sort -u | tr '\n' ' '; }
state_of() { "$BF_BIN/bfstatus" --share "$SHARE" --json "$1" | tr '{,' '\n' | sed -n 's/^ *"state": *"\([a-z]*\)".*/\1/p' | head -n 1; }
attempts_at() { grep -cE "^$2 " "$WORK/attempts"; } # how often Blender began a picture of the frame
# fails FRAME WHY NAME: the frame was given up, all others are there.
ends_without() { # JOB FRAME PICTURES NAME
	ok "$4: the job ends" wait_until 40 has_ended "$1"
	is "$(count_pictures "$1")" "$3" "$4: with all other pictures"
	is "$(tasks_of "$1" '\.(open|run|parked)')" "$(tasks_of "$1" "^$2\.parked\.")" "$4: only that frame is given up"
	is "$(leftovers_of "$1")" '' "$4: no placeholder, nothing half-made is left"
	is "$(state_of "$1")" failed "$4: bfstatus calls the job failed"
}

# ---- one machine: three times in all ----
export BF_FAKE_LOG=$WORK/attempts
agent one
drop single frames=1-5 fail=3
job=$(job_of single)
ends_without "$job" f0003 4 'one machine'
is "$(attempts_at "$job" 3)" 3 'it was tried three times'
is "$(logs_of "$job" f0003 | tr '\n' ' ')" 'f0003.1.one.log f0003.2.one.log f0003.3.one.log ' 'each failure left its log'
log=$SHARE/jobs/$job/logs/f0003.1.one.log
is "$(head -n 1 "$log")" 'Cannot render, this frame always fails' 'its first line is the reason'
like "$(tail -n +2 "$log")" 'Sample' 'then comes what Blender said'
exits 1 'bfstatus --wait tells that a job failed' "$BF_BIN/bfstatus" --share "$SHARE" --wait
like "$(cat "$WORK/out")" 'f0003|frame 3|[^0-9]3[^0-9].*always fails' 'and which frame, and why'

# ---- try again, as the README has it ----
# The mended frame: Blender fails no more, whatever the file says.
stop_agents
BF_FAKE='fail=0' agent one
rm "$SHARE/jobs/$job/tasks/000"/f0003.parked.* "$SHARE/jobs/$job/logs"/f0003.* "$SHARE/jobs/$job.ended"
ok 'a parked frame that is tried again is rendered' wait_until 20 has_pictures "$job" 5
ok 'and the job ends again' wait_until 20 has_ended "$job"
is "$(state_of "$job")" 'done' 'as done'

# ---- a picture that is deleted ----
picture=$SHARE/output/$job/0002.png
before=$(md5sum <"$picture")
rm "$picture" "$SHARE/jobs/$job.ended"
ok 'a deleted picture is rendered again' wait_until 20 test -s "$picture"
ok 'and the job ends again' wait_until 20 has_ended "$job"
is "$(md5sum <"$picture")" "$before" 'it is the same picture'
ok 'that is on record' hashes_hold "$job"
rm "$picture" "$SHARE/jobs/$job/tasks/000"/f0002.done.* "$SHARE/jobs/$job.ended"
ok 'so is one that is deleted with its task' wait_until 20 test -s "$picture"
ok 'and the job ends once more' wait_until 20 has_ended "$job"
rm -r "$SHARE/output/$job" "$SHARE/jobs/$job.ended"
ok 'so are all of them, when the folder is deleted' wait_until 20 has_pictures "$job" 5
ok 'and the job ends for the last time' wait_until 20 has_ended "$job"
stop_agents

# ---- three machines ----
: >"$WORK/attempts"
agent one
agent two
agent three
drop triple frames=1-9 fail=5 ms=100
job=$(job_of triple)
ends_without "$job" f0005 8 'three machines'
is "$(machines_of "$job" f0005)" 'one three two ' 'each of them has tried'
is "$(attempts_at "$job" 5)" 3 'once'
is "$(tasks_of "$job" '^f0005')" 'f0005.parked.3.3' 'three failures are on record'

# ---- ways to fail ----
ways=(crash die quit nofile short wrongsize black fatal nonsense agentfail)
for how in "${ways[@]}"; do
	drop "$how" frames=1-4 "$how=2"
done
for how in "${ways[@]}"; do
	ends_without "$(job_of "$how")" f0002 3 "$how"
	diag "$how: $(head -q -n 1 "$SHARE/jobs/$(job_of "$how")/logs"/f0002.*)"
done
like "$(head -q -n 1 "$SHARE/jobs/$(job_of crash)/logs"/f0002.*)" 'SIGSEGV|crash|segmentation' 'a crash of Blender is called one'
like "$(head -q -n 1 "$SHARE/jobs/$(job_of wrongsize)/logs"/f0002.*)" '65 x 48 pixels instead of 64 x 48' 'a wrong size is told'
like "$(head -q -n 1 "$SHARE/jobs/$(job_of fatal)/logs"/f0002.*)" 'GPU memory' 'a fatal line of the log is the reason'
ok 'no agent has crashed' eval '! grep -h "ended unexpectedly" "$WORK"/start.*'
stop_agents
ok 'no Blender is left' wait_until 5 has_no_blender

# ---- a piece ----
agent one
printf '[job]\npieces = 3x1\n' >"$SHARE/queue/still.ini"
drop still frames=1-1 fail=1 depth=16
job=$(job_of still)
ok 'a frame whose pieces fail: the job ends' wait_until 30 has_ended "$job"
is "$(tasks_of "$job" 'f0001' | sed 's/\.parked.*/ parked/' | tr '\n' ' ')" \
	'f0001.join parked f0001.p000 parked f0001.p001 parked f0001.p002 parked ' 'its pieces and their join are given up'
is "$(leftovers_of "$job")" '' 'no placeholder is left'
stop_agents
done_testing
