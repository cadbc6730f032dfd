#!/bin/bash
# While one machine plans, the others open the file: each then begins with its part when there is one.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
export BF_FAKE_LOG=$WORK/began BF_FAKE_OPENS=$WORK/opens
new_farm
agents one two

heavy=(size=640x480 samples=64 depth=16 frames=1-1 ms=1000 'map=20,20,20,20')
opens_of() { grep -c "$1" "$BF_FAKE_OPENS"; }
aheads() { cat "$(log_of one)" "$(log_of two)" | grep -c " ahead job=$1_"; }
is_ahead() { [ "$(aheads "$1")" -ge 1 ]; }
both_have_pieces() { [ "$(tasks_of "$1" '\.p[0-9]+\.done' | sed -E 's/.*\.(one|two)-.*/\1/' | sort -u | wc -l)" -eq 2 ]; }
blends() { sed 's/.*\/\([0-9a-f]*\)\.blend$/\1/' "$BF_FAKE_OPENS" | sort | uniq -c | awk '{ print $1 }' | tr '\n' ' '; }

# ---- a picture that is measured

drop still "${heavy[@]}" open_ms=1000 measure_ms=1500
ok 'the other machine opens it' wait_until 20 is_ahead still
not_ok 'before it is planned' is_accepted still
job=$(job_of still)
ok 'it ends' wait_until 60 has_ended "$job"
ok 'with pieces of both machines' both_have_pieces "$job"
is "$(blends)" '2 ' 'each has opened the file once'
is "$(grep -c measure "$BF_FAKE_LOG")" 2 'and warmed up with it, or measured it'
is "$(count_pictures "$job")" 1 'there is one picture'

# ---- an animation

: >"$BF_FAKE_OPENS"
drop film size=64x48 frames=1-12 ms=200 open_ms=1000
job=$(job_of film)
ok 'an animation ends' wait_until 60 has_ended "$job"
is "$(aheads film)" 1 'it was opened ahead'
is "$(blends)" '2 ' 'once by each machine'
is "$(grep -c measure "$BF_FAKE_LOG")" 2 'and not warmed up: it is not measured either'

# ---- what is not opened ahead

: >"$BF_FAKE_OPENS"
mkdir "$WORK/folder"
"$FAKE" --make "$WORK/folder/in.blend" size=64x48 frames=1-2 ms=20 open_ms=1000 >/dev/null
mv "$WORK/folder" "$SHARE/queue/folder"
ok 'a folder ends' wait_until 60 has_ended "$(job_of folder)"
printf '[job]\nmax_agents = 1\n' >"$SHARE/queue/few.ini"
drop few size=64x48 frames=1-2 ms=20 open_ms=1000
ok 'so does what one machine alone may render' wait_until 60 has_ended "$(job_of few)"
# (Of the other nothing is certain: its wishes follow by a rename of their own, and who looks before them does not know.)
is "$(aheads folder)" 0 'the folder was not opened ahead'

# ---- what goes wrong

drop broken size=64x48 frames=1-2 badfile=1 open_ms=1000
ok 'a file that cannot be opened is rejected' wait_until 30 is_rejected broken.blend
drop died "${heavy[@]}" ms=200 open_ms=500 measure_ms=3000
ok 'one machine opens it, the other plans' wait_until 20 is_ahead died
planner=$(find "$SHARE/jobs/.incoming" -name "died_*" | sed -E 's/.*\.(one|two)-.*/\1/')
signal_tree "${agent_pid[$planner]}" KILL
ok 'the planner dies: the job ends all the same' wait_until 60 has_ended "$(job_of died)"
is "$(count_pictures "$(job_of died)")" 1 'with its picture'
unset "agent_pid[$planner]"
stop_agents
done_testing
