#!/bin/bash
# Pictures that Blender finishes after joining: pieces are EXR, and whoever joins them, however it ends, one picture comes.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
LEASE=4
new_farm

pixels() { convert "$1" -depth 16 rgba:- | sha256sum; }

# still NAME PIECES: a still of 8 bit, which is dithered.
still() {
	mkdir -p "$SHARE/queue"
	printf '[job]\npieces = %s\n' "$2" >"$SHARE/queue/$1.ini"
	drop "$1" frames=3-3 size=64x48 depth=8 samples=16 ms=10
}
# finished JOB NAME: it has ended with the one right picture, and nothing else is left.
finished() {
	ok "$2: the job ends" wait_until 40 has_ended "$1"
	is "$(ls -A "$SHARE/output/$1")" 0003.png "$2: one picture"
	is "$(pixels "$SHARE/output/$1/0003.png")" "$whole" "$2: the whole one"
	is "$(ls -A "$SHARE/jobs/$1/pieces")" '' "$2: and no pieces any more"
	ok "$2: the record has its hash" hashes_hold "$1"
}

agents one
printf '[job]\npieces = none\n' >"$SHARE/queue/whole.ini"
drop whole frames=3-3 size=64x48 depth=8 samples=16
job=$(job_of whole)
wait_until 20 has_ended "$job"
whole=$(pixels "$SHARE/output/$job/0003.png")

still tiles 3x2
job=$(job_of tiles)
finished "$job" tiles
like "$(cat "$SHARE/jobs/$job/job.ini")" '^finish = "?blender' 'tiles: Blender was to finish them'
is "$(count_tasks "$job" '\.p00[0-5]\.done\.')" 6 'tiles: six were rendered'
still parts samples:5
job=$(job_of parts)
finished "$job" parts
is "$(count_tasks "$job" '\.p00[0-4]\.done\.')" 5 'parts: five were rendered'
is "$(find "$WORK/scratch" -path '*/join/*' -type f)" '' 'nothing that was joined stays in the scratch folder'
stop_agents

# ---- by hand, while it is in work

export BF_FAKE='joined_hang=3'
still hand 2x2
agent one
job=$(job_of hand)
ok 'hand: it is being finished' wait_until 20 has_task "$job" '\.join\.run\.'
exits 2 'hand: what is joined is not yet the picture' "$BF_BIN/bfmerge" --share "$SHARE" --job hand
like "$(cat "$WORK/err")" 'Blender has to finish .*-o' 'hand: and so it says'
exits 0 'hand: into an EXR file' "$BF_BIN/bfmerge" --share "$SHARE" --job hand --verify -o "$WORK/hand.exr"
like "$(cat "$WORK/out")" '64x48 pixels, EXR .*4 pieces' 'hand: that is all of it'

# ---- stopped, killed, failing

is_hanging() { find "$WORK/scratch" -path '*/join/*.exr' | grep -q .; }
ok 'stopped: it is joined' wait_until 20 is_hanging
stop_agents
like "$(tasks_of "$job" '\.join\.')" '\.join\.open\.2\.0$' 'stopped: the join is given back, and no failure'
export BF_FAKE=''
agent two
finished "$job" stopped
stop_agents

# so many failures are allowed that another machine comes in time
write_config "$WORK/agent.ini" 'failures = 100'
export BF_FAKE='joined_die=3'
still dies 2x1
agent one
job=$(job_of dies)
ok 'dies: Blender dies over it on one machine' wait_until 20 says one ' fail job=dies_.* task=f0003.join '
export BF_FAKE=''
agent two
finished "$job" dies
like "$(tasks_of "$job" '\.join\.')" '\.join\.done\.[0-9]+\.[1-9][0-9]*\.two-' 'dies: another machine finished it'
stop_agents
write_config "$WORK/agent.ini"

export BF_FAKE='joined_fail=3'
still fails 2x2
agent one
job=$(job_of fails)
ok 'fails: the job ends' wait_until 60 has_ended "$job"
like "$(tasks_of "$job" '\.join\.')" '\.join\.parked\.' 'fails: the join is given up'
is "$(count_tasks "$job" '\.p00[0-3]\.done\.')" 4 'fails: the pieces stay'
like "$(head -n 1 "$SHARE/jobs/$job/logs"/f0003.join.*.log)" 'this cannot be finished' 'fails: the log says why'
is "$(leftovers_of "$job")" '' 'fails: and nothing empty stands in output/'
stop_agents
done_testing
